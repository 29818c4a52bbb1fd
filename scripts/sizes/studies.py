"""One draw of a situation as a study of its own: what the package says of it, test by test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import marketimpact as mi
from marketimpact.maths.outcome import Outcome
from marketimpact.maths.simulate import Windows, windows_of

from .rows import Row

SCALE = 0.01
"""Standard deviation of a simulated price's log moves."""

BEFORE = 3
"""Days before the first move: its quote must have one before it."""


@dataclass(frozen=True)
class Said:
    """What the package says of one draw: the outcome of each test, and which of them its diagnosis says not to read."""

    outcomes: dict[str, Outcome]
    unread: frozenset[str] = frozenset()


def levels(moves: NDArray[np.float64], windows: Windows) -> pd.DataFrame:
    """Prices of all instruments whose moves are those of one draw, shape (I, S); NaN where there is none."""
    instruments, sessions = moves.shape
    days = np.busday_offset("2000-01-03", np.arange(sessions + BEFORE), roll="forward")
    prices = np.full((instruments, sessions + BEFORE), np.nan)
    prices[:, BEFORE:] = np.where(np.isnan(moves), np.nan, np.exp(SCALE * np.nancumsum(moves, axis=1)))
    first = np.zeros(instruments, dtype=np.int64)
    first[windows.instrument[::-1]] = (windows.days - windows.spans)[::-1, 0]
    # A move of the first session is one from a quote before it.
    before = np.where(np.isnan(moves[:, 0]), first, -1) + BEFORE
    prices[np.arange(instruments), before] = 1.0
    return pd.DataFrame(100.0 * prices.T, index=days, columns=[f"b{i:03d}" for i in range(instruments)])


def run(row: Row, moves: NDArray[np.float64], *, cluster: str | None = "overlap") -> mi.StudyResult:
    """Run a study of one draw."""
    s, windows = row.situation, windows_of(row.situation)
    frame = levels(moves, windows)
    bonds = [mi.SovereignBond(name, quoted="clean price", snapshot="17:00 UTC") for name in frame]
    panel = mi.Panel.from_frame(frame, instruments=bonds)
    on = frame.index[windows.days[:, windows.estimation] + BEFORE]
    events = [
        mi.Event(f"e{i:03d}", announced_at=f"{day.date()}T09:00", zone="UTC") for i, day in enumerate(on)
    ]
    pairs = pd.DataFrame(
        {"event_id": [one.id for one in events], "instrument": [f"b{i:03d}" for i in windows.instrument]}
    )
    timeline = mi.Timeline(
        estimation=(-s.estimation, -1), event=(0, s.sessions - 1), min_estimation=min(60, s.estimation)
    )
    study = mi.EventStudy(timeline=timeline, windows=((0, s.sessions - 1),), cluster=cluster)
    return study.run(panel, mi.EventSet.from_events(events), pairs=pairs)


def said(row: Row, moves: NDArray[np.float64]) -> Said:
    """What the package says of the tests over events of one draw."""
    result = run(row, moves)
    window = (0, row.situation.sessions - 1)
    kind = result.over_events(window).kinds[0]
    outcomes = {outcome.test: outcome for outcome in kind.outcomes}
    for one in result.across:
        if one.window == window and one.term == "CAAR" and one.outcome.test not in outcomes:
            outcomes[one.outcome.test] = one.outcome
    told = (one.test for one in kind.diagnosis.verdicts if one.read == "no" and outcomes[one.test].applies)
    return Said(outcomes, frozenset(told))
