"""Regressions by hand: moves made by pandas, dummies placed by date, one matrix a regression."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

import marketimpact as mi
from tests.study.world import mixed_panel, news, weekdays

DAYS = weekdays(700)
PANEL = mixed_panel(3, holidays=0.03, missing=0.02)
PLACES = (100, 133, 150, 222, 301, 380, 455, 540, 600, 650)


def changes(levels: pd.Series, name: str) -> pd.Series:
    """Moves in bp or logs."""
    return levels.diff() * 100 if name in ("KZ yield", "UST") else np.log(levels).diff()


def by_hand(name: str, controls: Sequence[str] = ()) -> pd.DataFrame:
    """Give move, controls and span on the instrument's own sessions; usable rows alone."""
    levels = PANEL[name]
    day = levels.index.to_numpy().astype("datetime64[D]")
    out = pd.DataFrame({"move": changes(levels, name)})
    for one in controls:
        out[one] = changes(PANEL[one].reindex(levels.index), one)
    out["intercept"] = np.append(1.0, np.busday_count(day[:-1], day[1:]))
    return out.dropna()


def event_sessions(name: str, days: Sequence[np.datetime64]) -> list[pd.Timestamp]:
    """The first quoted session from each day on: news at nine shows at five."""
    index = PANEL[name].index
    return [index[index.searchsorted(pd.Timestamp(str(day)))] for day in days]


def dummy(name: str, sessions: Sequence[pd.Timestamp], tau: int = 0) -> pd.Series:
    """Counts of events tau sessions before, on the instrument's own sessions."""
    index = PANEL[name].index
    out = pd.Series(0.0, index=index)
    for session in sessions:
        out.iloc[index.get_loc(session) + tau] += 1.0
    return out


def some_news(places: Sequence[int] = PLACES) -> mi.EventSet:
    """Events e0, e1, ... on weekdays of these places."""
    return news(DAYS[list(places)])


def on(name: str, count: int = len(PLACES)) -> list[tuple[str, str]]:
    """All events on one instrument."""
    return [(f"e{i}", name) for i in range(count)]
