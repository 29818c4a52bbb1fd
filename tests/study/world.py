"""Small made-up worlds: weekday sessions, series with holidays and holes, and news on chosen days."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

import marketimpact as mi

SNAPSHOT = "17:00 UTC"


def weekdays(n: int, start: str = "2015-01-05") -> np.ndarray:
    """The first n days, Monday to Friday, from a day on."""
    return np.busday_offset(start, np.arange(n), roll="forward").astype("datetime64[D]")


def news(days: Iterable[object], clock: str | None = "09:00", zone: str = "UTC") -> mi.EventSet:
    """One event a day, named e0, e1, ...; before that day's snapshot, or on the day as a whole."""
    return mi.EventSet.from_events(
        mi.Event(f"e{i}", announced_at=f"{day}T{clock}" if clock else str(day), zone=zone)
        for i, day in enumerate(days)
    )


def walk(rng: np.random.Generator, n: int, scale: float = 0.01, level: float = 100.0) -> np.ndarray:
    """Levels of a geometric random walk."""
    return level * np.exp(np.cumsum(rng.normal(0.0, scale, n)))


def mixed_panel(
    seed: int, n: int = 700, *, holidays: float = 0.0, missing: float = 0.0, start: str = "2015-01-05"
) -> mi.Panel:
    """A yield, a price and a currency, each with days off of its own, and two factors with holes of their own."""
    rng = np.random.default_rng(seed)
    days = weekdays(n, start)
    market, rate = rng.normal(0.0, 0.01, n), rng.normal(0.0, 0.05, n)
    moves = {
        "KZ yield": 4.0 + np.cumsum(rng.normal(0.0, 0.04, n) + 0.5 * rate - 0.8 * market),
        "KZ price": 90.0 * np.exp(np.cumsum(rng.normal(0.0, 0.006, n) + 0.5 * market)),
        "USD/KZT": 400.0 * np.exp(np.cumsum(rng.normal(0.0, 0.005, n) - 0.3 * market + 0.02 * rate)),
    }
    frame = pd.DataFrame(
        {**moves, "EM": 50.0 * np.exp(np.cumsum(market)), "UST": 2.0 + np.cumsum(rate)}, index=days
    )
    for name in moves:
        frame.loc[rng.random(n) < holidays, name] = np.nan
    for name in ("EM", "UST"):
        frame.loc[rng.random(n) < missing, name] = np.nan
    instruments = [
        mi.SovereignBond("KZ yield", quoted="yield", issuer="KZ", snapshot=SNAPSHOT),
        mi.SovereignBond("KZ price", quoted="clean price", issuer="KZ", snapshot=SNAPSHOT),
        mi.CurrencyPair("USD", "KZT", snapshot=SNAPSHOT),
        mi.Factor("EM", snapshot=SNAPSHOT),
        mi.Factor("UST", move="difference", unit="percent", snapshot=SNAPSHOT),
    ]
    return mi.Panel.from_frame(frame, instruments=instruments)


def price_panel(levels: dict[str, np.ndarray], days: np.ndarray, snapshot: str | None = SNAPSHOT) -> mi.Panel:
    """Clean prices under their names."""
    bonds = [mi.SovereignBond(name, quoted="clean price", snapshot=snapshot) for name in levels]
    return mi.Panel.from_frame(pd.DataFrame(levels, index=days), instruments=bonds)


def row_of(result: mi.StudyResult, event_id: str, instrument: str) -> pd.Series:
    """A pair's row of the ledger."""
    ledger = result.ledger.to_frame().set_index(["event_id", "instrument"])
    return ledger.loc[(event_id, instrument)]
