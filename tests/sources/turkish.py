"""The Turkish dollar bonds of the shared folder, converted: their files say neither the date nor the order of days."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

import marketimpact as mi

CG37 = "US900123CG37"


def bid_yield(shared: Path, isin: str = CG37) -> mi.Panel:
    """Read a bond's bid yield; the day of a quote is the maturity less the days until it."""
    path = shared / "data" / "turkey_dollar_bonds" / f"{isin}.csv"
    with path.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    days = [
        datetime.strptime(row["Maturity"], "%d.%m.%Y") - timedelta(days=int(row["Days Until"]))
        for row in rows
    ]
    yields = pd.Series([float(row["Buy Rate"]) for row in rows], index=pd.DatetimeIndex(days))
    bond = mi.SovereignBond(isin, quoted="yield", issuer="TR", currency="USD")
    return mi.Panel.from_frame(
        yields, instruments=bond, provenance=mi.Provenance("AliBYetiser", file=path.name)
    )
