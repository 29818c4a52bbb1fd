"""Reconstruct a daily yield series of Kazakhstan 6.5 % 2045, January 2021 - 31 January 2022.

No free daily series of this bond exists, so this one is NOT observed. Its ordinary days are simulated: a slow
pull towards 4.15 % and normal changes of 3.5 bp a day, on the days on which London trades. Three days are not:

  5 January 2022   +33 bp   reported: "more than 30 basis points" (Bloomberg, 7 January 2022), and a fall in price
                            of nearly six points (Reuters, 5 January 2022), which at a yield of 4.2 % implies 33 bp
  6 January 2022    -7 bp   a fall is reported, its size is an assumption
  7 January 2022   -10 bp   a fall is reported, its size is an assumption

Usage: python scripts/reconstruct_kazakhstan_2045.py [OUTPUT.csv]
"""

import csv
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np

SEED = (
    6  # one whose simulated days around the event are unremarkable, so that nothing simulated looks like news
)
DAILY_BP, PULL, CENTRE, BEFORE_EVENT = 3.5, 0.03, 4.15, 4.20
LONDON_HOLIDAYS = {
    date(2021, 1, 1), date(2021, 4, 2), date(2021, 4, 5), date(2021, 5, 3), date(2021, 5, 31),
    date(2021, 8, 30), date(2021, 12, 27), date(2021, 12, 28), date(2022, 1, 3),
}  # fmt: skip
FIXED = {
    date(2022, 1, 5): (33.0, "reported: more than 30 bp; 33 implied by the reported fall in price"),
    date(2022, 1, 6): (-7.0, "a fall is reported; its size is an assumption"),
    date(2022, 1, 7): (-10.0, "a fall is reported; its size is an assumption"),
}
OUTPUT = Path(__file__).parents[1] / "marketimpact/datasets/data/kazakhstan_2045_reconstruction.csv"


def sessions() -> list[date]:
    days = (date(2021, 1, 4) + timedelta(days=i) for i in range(393))
    return [day for day in days if day.weekday() < 5 and day not in LONDON_HOLIDAYS]


def reconstruct() -> list[tuple[date, float, float, str]]:
    """Rows of (session, yield in percent, change in bp, how the change came about)."""
    days = sessions()
    draws = np.random.default_rng(SEED).standard_normal(len(days)) * DAILY_BP
    levels, changes, basis = [CENTRE], [0.0], ["simulated: starting level"]
    for day, draw in zip(days[1:], draws[1:], strict=True):
        pulled = PULL * (CENTRE - levels[-1]) * 100.0 + draw
        change, word = FIXED.get(day, (round(pulled, 1), "simulated"))
        changes.append(change)
        basis.append(word)
        levels.append(levels[-1] + change / 100.0)
    shift = BEFORE_EVENT - levels[days.index(date(2022, 1, 4))]  # the level before the event is known, 4.2 %
    return [
        (day, round(level + shift, 3), change, word)
        for day, level, change, word in zip(days, levels, changes, basis, strict=True)
    ]


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "yield_percent", "change_bp", "basis"])
        for day, level, change, word in reconstruct():
            writer.writerow([day.isoformat(), f"{level:.3f}", f"{change:.1f}", word])
    print(f"{path}: a reconstruction, not quotes")


if __name__ == "__main__":
    main()
