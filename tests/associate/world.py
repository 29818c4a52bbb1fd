"""Made-up news beside made-up prices: what leads, and by how much, is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

import marketimpact as mi
from marketimpact.associate.news_series import NewsReading
from tests.study.world import SNAPSHOT, weekdays

WEEKDAYS = NewsReading(days="weekdays")
WEEKDAY_SIZES = NewsReading(days="weekdays", of="size")


def panel_of(moves: np.ndarray, name: str = "KZ") -> mi.Panel:
    """A clean price with these moves, on weekdays from 5 January 2015."""
    levels = 100.0 * np.exp(np.r_[0.0, np.cumsum(moves)])
    series = pd.Series(levels, index=weekdays(len(levels)), name=name)
    return mi.Panel.from_frame(
        series, instruments=mi.SovereignBond(name, quoted="clean price", snapshot=SNAPSHOT)
    )


def news_of(values: np.ndarray, name: str = "articles") -> pd.Series:
    """A value on each weekday, the first on the first session with a move."""
    return pd.Series(values, index=weekdays(len(values) + 1)[1:], name=name)


def led(lag: int, *, n: int = 500, beta: float = 0.5, seed: int = 0) -> tuple[pd.Series, mi.Panel]:
    """Moves that answer the news of so many sessions before them."""
    rng = np.random.default_rng(seed)
    news = rng.standard_normal(n)
    moves = 0.01 * (beta * np.roll(news, lag) + rng.standard_normal(n))
    return news_of(news), panel_of(moves)
