"""The report of a bond from a file of one's own, and the bundle from which it runs again.

``python scripts/own_data.py my_kz2045.csv`` reads columns ``date`` and ``price`` (clean) of Kazakhstan's 6.5 % bond due
2045, and writes the page of 5 January 2022 and ``kz2045_bundle/``. ``python scripts/own_data.py kz2045_bundle`` runs
again from that folder, with the file gone, and gives the same page byte for byte. Without an argument the prices are
drawn at random, and the page is stamped.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

import marketimpact as mi

HEADLINE = "kz-2022-01-05-emergency"
BOND = mi.known_bond("KZ 2045", quoted="clean price", snapshot="16:30 Europe/London")


def drawn(seed: int = 2045) -> mi.Panel:
    """Draw prices that nobody observed."""
    days = pd.bdate_range("2021-04-01", "2022-02-25")
    prices = 128.0 + np.cumsum(np.random.default_rng(seed).normal(0.0, 0.45, len(days)))
    made = mi.Provenance("numbers drawn at random", kind="simulation")
    return mi.Panel.from_frame(pd.Series(prices.round(3), index=days), instruments=BOND, provenance=made)


def read(argument: str | None) -> mi.Bundle:
    """Read a bundle, or a file beside the events that come with the package."""
    if argument is not None and Path(argument).is_dir():
        return mi.read_bundle(argument)
    prices = drawn() if argument is None else mi.read_prices(argument, BOND, date="date", value="price")
    panel = mi.requote(prices, "KZ 2045", "yield", id="KZ 2045")
    events, others = (mi.datasets.load_events(name) for name in ("kazakhstan_2022", "confounders_2022"))
    folder = mi.write_bundle("kz2045_bundle", panel, events, confounders=others)
    print(f"wrote {folder.name}/")
    return mi.read_bundle(folder)


data = read(sys.argv[1] if len(sys.argv) > 1 else None)
study = mi.EventStudy(mi.ConstantMean(), mi.Timeline(estimation=(-130, -11), event=(-5, 5)))
result = study.run(data.panel, data.events or [], confounders=data.confounders)
page = mi.report(result, HEADLINE)
Path("kz2045.png").write_bytes(page.png())
print(page.finding)
