"""Tests over events that look at calendar days, at what a holder earned, and at ranks of independent pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..maths.bhar import BHAR, BHAR_SKEWNESS, bhar_skewness_t, bhar_t, buy_and_hold
from ..maths.calendar_time import CALENDAR_TIME, CalendarTime, calendar_time_t
from ..maths.calendar_weights import MeanCorrelation
from ..maths.joint_shift import JOINT_SHIFT, JOINT_SHIFT_T
from ..maths.outcome import Outcome, not_applicable
from ..maths.rank_tests import GRANK_Z, grank_z
from ..timeline import Window
from .estimates import Estimates
from .gathered import Gathered
from .joint_shift import joint_calendar_shift

__all__ = ["MOST_INFLATION", "OVER_TIME", "over_time"]

OVER_TIME = (JOINT_SHIFT, JOINT_SHIFT_T, CALENDAR_TIME, BHAR, BHAR_SKEWNESS, GRANK_Z)
"""The tests in their order."""

MOST_INFLATION = 0.05
"""(N - 1) r, what correlation adds to the variance of a mean, up to which GRANK-Z takes pairs for independent: it
rejects 6 % there at a nominal 5 %, and 7 and 10 % at .15 and .3."""

DEPENDENT = "takes pairs for independent, but {n} pairs form {clusters} date clusters: take GRANK-T, or the joint shift"
NO_COMPOUNDING = "moves in {unit} do not compound"
APART = "snapshots lie more than an hour apart, so that days may depend on those before"
NO_VARIANCE = "the residual variance is not known: the expected move is that of the mean log move"


def over_time(
    gathered: Gathered,
    alignment: Alignment,
    estimates: Estimates,
    window: Window | None,
    *,
    correlation: MeanCorrelation,
    zero_share: float,
) -> tuple[Outcome, ...]:
    """Test a mean over events by calendar days, by buy-and-hold moves, and by ranks of independent pairs.

    Parameters
    ----------
    gathered : Gathered
        N pairs of one kind, for one window.
    alignment : Alignment
    estimates : Estimates
    window : (int, int) or None
        The window; None for the headline.
    correlation : MeanCorrelation
        Of the same pairs and the same window.
    zero_share : float
        Share of zero moves in the estimation windows.

    Returns
    -------
    tuple of Outcome
        The joint calendar shift of the mean and of BMP's t, the calendar-time portfolio's t, the t of BHAR and the one
        adjusted for skewness, and GRANK-Z; those that do not apply with their reason.
    """
    g, first = gathered, (window or (0, 0))[0]
    return (
        *joint_calendar_shift(g, alignment, estimates, first),
        _scaled(g, CALENDAR_TIME, lambda: _calendar_time(g)),
        *_bhar(g, alignment, estimates),
        _scaled(g, GRANK_Z, lambda: _grank_z(g, correlation, zero_share)),
    )


def _scaled(g: Gathered, name: str, test: Callable[[], Outcome]) -> Outcome:
    """Run a test of standardized moves, or say why there are none."""
    if g.no_scale:
        return not_applicable(name, g.no_scale, n=len(g), n_clusters=g.n_clusters)
    return test()


def _inside(g: Gathered) -> tuple[slice, NDArray[np.bool_]]:
    """Columns of the event window that the longest window takes, and which of them each pair's own does."""
    columns = slice(g.columns[0], g.columns[1] + 1)
    return columns, np.arange(g.columns[1] - g.columns[0] + 1) < g.lengths[:, None]


def _calendar_time(g: Gathered) -> Outcome:
    """Take moves over s sqrt(v), so that pairs of any volatility weigh alike in a portfolio."""
    columns, inside = _inside(g)
    sample = CalendarTime(
        np.where(inside, g.event[:, columns], np.nan), g.sample.event_days[:, columns], g.residuals, g.days,
        g.sample.estimation_weights,
    )  # fmt: skip
    outcome = calendar_time_t(sample, g.k, n_clusters=g.n_clusters)
    if outcome.applies and g.lags:
        return replace(outcome, note=f"{outcome.note}; {APART}")
    return outcome


def _bhar(g: Gathered, alignment: Alignment, estimates: Estimates) -> tuple[Outcome, ...]:
    """Compound moves and normal moves of each window; the normal move is what the abnormal one leaves of the move."""
    rows = estimates.rows[g.places]
    unit = alignment.design.series[int(alignment.series[rows[0]])].kind.unit if len(g) else ""
    if unit not in ("log", "simple"):
        reason = NO_COMPOUNDING.format(unit=unit) if len(g) else "no pair has a value"
        return tuple(
            not_applicable(name, reason, n=len(g), n_clusters=g.n_clusters) for name in (BHAR, BHAR_SKEWNESS)
        )
    columns, inside = _inside(g)
    taus = np.arange(columns.start, columns.stop) + alignment.timeline.event[0]
    moves = np.where(inside, alignment.design.y[alignment.positions[rows][:, None] + taus], np.nan)
    normal = moves - estimates.abnormal.ar[g.places, columns]
    variance = estimates.fit.sigma2[g.places, None] * estimates.abnormal.v[g.places, columns]
    unknown = unit == "log" and not np.isfinite(variance).all()
    values = (
        buy_and_hold(moves, normal, rule="log", variance=np.nan_to_num(variance))
        if unit == "log"
        else buy_and_hold(moves, normal, rule="simple")
    )
    found = (bhar_t(values, g.clusters), bhar_skewness_t(values, g.clusters))
    return tuple(
        replace(one, note="; ".join(filter(None, (one.note, NO_VARIANCE))))
        if unknown and one.applies
        else one
        for one in found
    )


def _grank_z(g: Gathered, correlation: MeanCorrelation, zero_share: float) -> Outcome:
    """Rank the sums of pairs that count as independent: one cluster each, and next to no correlation."""
    n, groups = len(g), g.n_clusters
    if groups < n:
        return not_applicable(GRANK_Z, DEPENDENT.format(n=n, clusters=groups), n=n, n_clusters=groups)
    r = 0.0 if np.isnan(correlation.r) else min(correlation.r, 1.0 - 1e-12)
    taken = r if (n - 1) * r > MOST_INFLATION else 0.0
    return grank_z(g.residuals, g.scar, zero_share=zero_share, correlation=taken)
