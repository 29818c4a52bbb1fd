"""Made-up panels for the tests of quality: random walks on weekdays, with one thing wrong."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import marketimpact as mi
from marketimpact.market.quality import inspect
from marketimpact.market.quality_findings import Finding
from marketimpact.market.quotes import Quotes

MADE_UP = mi.Provenance("made up")

Days = NDArray[np.datetime64]
Numbers = NDArray[np.float64]


def weekdays(n: int, first: str = "2015-01-05") -> Days:
    return np.busday_offset(first, np.arange(n)).astype("datetime64[D]")


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def normal(n: int, seed: int = 1) -> Numbers:
    return np.random.default_rng(seed).normal(size=n)


def points(name: str = "x", **more: Any) -> mi.Factor:
    return mi.Factor(name, move="difference", unit="points", **more)


def panel(**series: tuple[Days, Numbers] | Numbers) -> mi.Panel:
    """Make a panel of factors in points, each of (days, levels), or of levels on weekdays."""
    quotes = []
    for one in series.values():
        days, levels = one if isinstance(one, tuple) else (weekdays(len(one)), one)
        quotes.append(Quotes(days.copy(), levels.astype(np.float64), MADE_UP))
    return mi.Panel(tuple(points(name) for name in series), tuple(quotes))


def on(days: Days, instrument: Any = None, seed: int = 1) -> mi.Panel:
    """Make a panel of one random walk on the days."""
    quotes = Quotes(days.copy(), 500.0 + np.cumsum(normal(len(days), seed)), MADE_UP)
    return mi.Panel((instrument or points(),), (quotes,))


def found(given: mi.Panel, **more: Any) -> list[tuple[str, str]]:
    return [(one.instrument, one.kind) for one in inspect(given, **more)]


def only(given: mi.Panel, kind: str) -> Finding:
    """Give the one finding, which is of this kind."""
    assert [one.kind for one in inspect(given)] == [kind]
    return inspect(given)[0]


def turkish(shared: Path, isin: str, column: str, quoted: Any) -> mi.Panel:
    """Read a column of a Turkish dollar bond; the day of a quote is the maturity less the days until it."""
    path = shared / "data" / "turkey_dollar_bonds" / f"{isin}.csv"
    with path.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    maturity = datetime.strptime(rows[0]["Maturity"], "%d.%m.%Y").date()
    days = np.array([np.datetime64(maturity) - int(row["Days Until"]) for row in rows])
    levels = np.array([float(row[column]) for row in rows])
    return mi.Panel((mi.SovereignBond(isin, quoted=quoted),), (Quotes(days, levels, MADE_UP),))
