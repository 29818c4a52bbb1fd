"""Spoil answers of sources for some minutes, and look whether a parser ever lets out what it must not.

    python scripts/fuzz_sources.py [--seconds 180] [--seed 1] [--source SOURCE] [--own]

Right answers of every source (those of the tests, with made-up numbers) are spoilt in the ways of
`tests/sources/mutations.py` and parsed: what comes must be an error of the tree that names source and series, or dates
and finite numbers that `mi.fetch` can go on with. Where the package atheris is installed it chooses the bytes, led by
the lines that they reach; else, or with --own, a seed and a count do, so that every failure can be made again. The exit
code is not zero where anything failed.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the right answers are those of the tests

if TYPE_CHECKING:
    from tests.sources.mutations import Case

SHOWN = 20
"""Failures that are written out."""

SLOW = 2.0
"""An answer that takes longer to read is a failure too [s]."""


def by_seed(source: str | None, seconds: float, seed: int) -> int:
    """Spoil answers with one seed each, in turn, until the time is over; give how many failed."""
    from tests.sources.mutations import CASES, outcome_of, spoilt

    cases = [case for case in CASES if source in (None, case.word)]
    came: Counter[tuple[str, str]] = Counter()
    failed: list[str] = []
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        case, key = cases[number % len(cases)], f"{seed}.{number}"
        begun = time.monotonic()
        said = outcome_of(case, spoilt(random.Random(key), case.body))  # noqa: S311 - no secret
        if (took := time.monotonic() - begun) > SLOW:
            said = f"! took {took:.1f} s"
        if said.startswith("!"):
            failed.append(f"{case}, random.Random({key!r}): {said}")
            said = "! failed"
        came[case.word, said] += 1
        number += 1
    report(cases, came, failed)
    return len(failed)


def report(cases: list[Case], came: Counter[tuple[str, str]], failed: list[str]) -> None:
    """Write what came of how many answers of each source."""
    for word in dict.fromkeys(case.word for case in cases):
        counts = {what: count for (name, what), count in sorted(came.items()) if name == word}
        print(
            f"{word:12} {sum(counts.values()):8}  " + ", ".join(f"{what} {n}" for what, n in counts.items())
        )
    print(f"{sum(came.values())} answers, {len(failed)} failures")
    for line in failed[:SHOWN]:
        print("  " + line)


def by_atheris(source: str | None, seconds: float, seed: int) -> None:
    """Let atheris choose: the first byte takes the answer, the second what becomes of it; it ends the process."""
    import atheris

    with atheris.instrument_imports(include=["marketimpact"]):
        from tests.sources.mutations import CASES, ends_well, spoilt
    cases = [case for case in CASES if source in (None, case.word)]

    def once(data: bytes) -> None:
        if len(data) < 5:
            return
        case: Case = cases[data[0] % len(cases)]
        if data[1] < 64:
            body = data[2:]
        elif data[1] < 160:
            body = spoilt(random.Random(data[2:]), case.body)  # noqa: S311 - no secret
        else:
            at = int.from_bytes(data[2:4], "big") % (len(case.body) + 1)
            body = case.body[:at] + data[4:] + case.body[at + len(data[4:]) :]
        ends_well(case, body)

    atheris.Setup(
        [sys.argv[0], f"-max_total_time={seconds:.0f}", f"-seed={seed}", "-max_len=2048", "-timeout=10"], once
    )
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--source", help="the word before the colon; all by default")
    parser.add_argument("--own", action="store_true", help="do not use atheris")
    said = parser.parse_args()
    led = find_spec("atheris") is not None and not said.own
    how = "atheris" if led else "own mutations (atheris is not installed, or not wanted)"
    print(f"{how}, seed {said.seed}, {said.seconds:g} s", flush=True)
    if led:
        by_atheris(said.source, said.seconds, said.seed)
        return 0
    return 1 if by_seed(said.source, said.seconds, said.seed) else 0


if __name__ == "__main__":
    sys.exit(main())
