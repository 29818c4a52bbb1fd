"""How much a result rests on the day: the same study with every event some sessions earlier or later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from ..alignment.pipeline import Alignment, reexamined
from ..errors import InputError
from ..ledger import Status
from .estimates import Estimates, estimate
from .frames import across_table, headline_table
from .inference import headline_means, headline_ranks
from .spec import Spec

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["checked_shifts", "shift_table"]

COLUMNS = (
    "shift", "event_id", "instrument", "kind", "term", "tau_from", "tau_to", "estimate", "std_error", "statistic",
    "df", "p_value", "conf_low", "conf_high", "n", "unit", "p_rank", "p_floor", "reason",
)  # fmt: skip
"""Columns of the table."""

MOST = 20
"""Sessions beyond which a shift says nothing of the event any more [sessions]."""


def checked_shifts(shifts: Iterable[int]) -> tuple[int, ...]:
    """Read shifts: whole numbers of sessions that do not repeat.

    Raises
    ------
    InputError
        If one is no whole number, too large, or given twice.

    Examples
    --------
    >>> checked_shifts(range(-1, 2))
    (-1, 0, 1)
    """
    asked = tuple(shifts)
    whole = all(isinstance(one, int) and not isinstance(one, bool) and abs(one) <= MOST for one in asked)
    if not asked or not whole or len(set(asked)) < len(asked):
        raise InputError(
            "are not shifts",
            parameter="shifts",
            received=asked,
            allowed=f"whole numbers of sessions from {-MOST} to {MOST}, each once",
        )
    return asked


def shift_table(alignment: Alignment, spec: Spec, shifts: tuple[int, ...]) -> pd.DataFrame:
    """Give every pair's headline move, and the mean over events, at each shift.

    The estimation window goes with the event; the event windows of all events where they truly are stay out of
    it. ``tau_from`` and ``tau_to`` count from the true event session.

    Parameters
    ----------
    alignment : Alignment
    spec : Spec
    shifts : tuple of int
        [sessions].

    Returns
    -------
    DataFrame
        Columns as in `COLUMNS`; the means over events have no event_id, and a pair without a number at a shift has a
        reason.
    """
    import pandas as pd

    frames = [frame for shift in shifts for frame in _at(alignment, spec, shift) if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def _at(alignment: Alignment, spec: Spec, shift: int) -> Iterator[pd.DataFrame]:
    moved, estimates = estimate(reexamined(alignment, shift), spec.window_list, spec.model)
    pairs = headline_table(moved, estimates, spec)
    ranks = headline_ranks(moved, estimates, np.arange(len(estimates.rows)))
    reason = np.where(np.isnan(pairs["estimate"]), "", estimates.no_covariance)
    yield _shifted(pairs.assign(p_rank=ranks.p_value, p_floor=ranks.p_floor, reason=reason), shift)
    yield _shifted(_lost(alignment, moved, estimates), shift)
    yield _shifted(_over_events(moved, estimates, spec), shift)


def _lost(alignment: Alignment, moved: Alignment, estimates: Estimates) -> pd.DataFrame:
    """Pairs of the study that have no number at a shift, with the reason."""
    import pandas as pd

    rows = np.setdiff1d(np.flatnonzero(alignment.status != Status.LEFT_OUT), estimates.rows)
    numbers = [name for name in COLUMNS[7:-1] if name not in ("n", "unit")]
    kinds = [moved.design.series[s].kind for s in moved.series[rows]]
    return pd.DataFrame(
        {
            "event_id": moved.events.ids[moved.event[rows]],
            "instrument": np.array(moved.panel.ids, dtype=object)[moved.instrument[rows]],
            "kind": [str(kind) for kind in kinds],
            "term": "headline",
            "tau_from": 0,
            "tau_to": (moved.last - moved.position)[rows].astype(np.int64),
            **dict.fromkeys(numbers, np.nan),
            "n": 0,
            "unit": [kind.unit for kind in kinds],
            "reason": [moved.words(int(row)) for row in rows],
        }
    )


def _over_events(alignment: Alignment, estimates: Estimates, spec: Spec) -> pd.DataFrame:
    means = [one for one in headline_means(alignment, estimates, spec) if one.outcome.n > 1]
    return across_table(means, "CAAR", spec).drop(columns=["n_clusters", "n_dates", "pair_mean"])


def _shifted(table: pd.DataFrame, shift: int) -> pd.DataFrame:
    table = table.assign(tau_from=table["tau_from"] + shift, tau_to=table["tau_to"] + shift)
    table.insert(0, "shift", shift)
    return table
