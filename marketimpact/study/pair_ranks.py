"""Where the headline move of one pair stands among the moves of other sessions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..alignment.confounders import scheduled_sessions
from ..errors import MissingExtraError
from ..maths.least_squares import fit_rows
from ..maths.one_event import BURN_IN, conditional_rank, rank_in_volatility, rank_interval
from ..maths.outcome import Outcome, not_applicable
from ..maths.single_event import Ranks
from ..maths.strata import FEWEST_DATES, Stratum, choose_stratum, stratified_rank
from .garch import garch_volatility
from .inference import MISSING, headline_ranks
from .tested import NOWHERE, Found, Tested

__all__ = ["CONDITIONAL", "GARCH_RANK", "RANK", "STRATIFIED", "ranks_of"]

RANK = "rank with refit"
CONDITIONAL = "conditional rank"
GARCH_RANK = "conditional rank (GARCH)"
STRATIFIED = "stratified rank"

SEVERAL = "the headline holds {sessions} sessions: it is of single ones"
APPROXIMATE = "approximate: windows of {sessions} sessions that overlap; no interval"
ENDLESS = "T = {n} is too short to reject any effect at this level: the interval is the whole line"
NO_VOLATILITY = (
    f"needs more than {BURN_IN} usable estimation moves, of which the first {BURN_IN} do not stand still"
)
BY_PLACEBO = "among placebo windows, each by a fit without it; no interval"
NOT_BY_RULE = "is of least squares: the model's own rank is among placebo windows, each by a fit without it"
EWMA_NOTE = "in units of the volatility until tau = -1"
GARCH_NOTE = "in units of a GARCH(1,1) of {n} sessions until tau = -1, alpha {alpha:.2f}, beta {beta:.2f}"

WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
THURSDAY = 3
"""Weekday of 1 January 1970."""


def ranks_of(tested: Tested) -> list[Found]:
    """Rank the headline: with refit, in units of its volatility by EWMA and by GARCH, and within its stratum."""
    several = SEVERAL.format(sessions=tested.late + 1) if tested.late else ""
    reason = MISSING if tested.missing else several or (NOT_BY_RULE if tested.no_covariance else "")
    single = (
        (CONDITIONAL, _conditional),
        (GARCH_RANK, _garch),
        (STRATIFIED, _stratified),
    )
    outcomes = [not_applicable(name, reason) if reason else of(tested) for name, of in single]
    return [_rank(tested), *((outcome, tested.headline, NOWHERE) for outcome in outcomes)]


def _rank(tested: Tested) -> Found:
    """Rank the headline, and invert the rank where it is one of a single session."""
    ranks = headline_ranks(tested.alignment, tested.estimates, np.array([tested.place]))
    if ranks.reason[0]:
        return not_applicable(RANK, str(ranks.reason[0])), tested.headline, NOWHERE
    outcome = Outcome(RANK, np.nan, float(ranks.p_value[0]), tested.estimate, p_floor=float(ranks.p_floor[0]))
    if tested.no_covariance:  # each placebo has a fit of its own, and the inversion knows one
        return replace(outcome, note=BY_PLACEBO), tested.headline, NOWHERE
    if tested.late:
        note = APPROXIMATE.format(sessions=tested.late + 1)
        return replace(outcome, note=note), tested.headline, NOWHERE
    sample, events = tested.sample(), np.array([tested.at])
    rows = sample.rows(slice(None), events, 1)
    root = sample.roots(slice(None), events, 1)[:, -1]
    found = rank_interval(rows.y, rows.x, rows.usable, root, tested.spec.level)
    interval = float(found.conf_low[0]), float(found.conf_high[0])
    note = "" if np.isfinite(interval).all() else ENDLESS.format(n=tested.n_obs)
    return replace(outcome, note=note), tested.headline, interval


def _outcome(tested: Tested, name: str, ranks: Ranks, note: str) -> Outcome:
    return Outcome(
        name, np.nan, float(ranks.p_value[0]), tested.estimate, p_floor=float(ranks.p_floor[0]), note=note
    )


def _history(
    tested: Tested, begin: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Weighted moves, regressors and usable sessions from a position to the event's."""
    design, through = tested.alignment.design, slice(begin, tested.at + 1)
    return design.weighted_y[through][None], design.weighted_x[:, None, through], design.usable[through][None]


def _fitted(tested: Tested, begin: int) -> NDArray[np.bool_]:
    """Which sessions from a position to the event's are fitted and ranked: clean estimation moves, and the event."""
    timeline = tested.spec.timeline
    window = slice(tested.at + timeline.estimation[0], tested.at + timeline.estimation[1] + 1)
    fitted = np.zeros((1, tested.at + 1 - begin), dtype=bool)
    fitted[0, window.start - begin : window.stop - begin] = tested.alignment.clean[window]
    fitted[0, -1] = True
    return fitted


def _conditional(tested: Tested) -> Outcome:
    """Rank the headline in units of the EWMA volatility before the event."""
    begin = tested.at + tested.spec.timeline.estimation[0]
    y, x, usable = _history(tested, begin)
    ranks = conditional_rank(y, x, usable, _fitted(tested, begin))
    if np.isnan(ranks.p_value[0]):
        return not_applicable(CONDITIONAL, NO_VOLATILITY)
    return _outcome(tested, CONDITIONAL, ranks, EWMA_NOTE)


def _garch(tested: Tested) -> Outcome:
    """Rank the headline in units of a GARCH volatility, which is fitted to all clean sessions before the event."""
    alignment, estimation = tested.alignment, tested.spec.timeline.estimation
    series = int(alignment.design.offset[alignment.series[tested.row]])
    begin = min(series, tested.at + estimation[0])  # the window may begin in the pad before the series
    y, x, usable = _history(tested, begin)
    kept = _fitted(tested, begin) & usable
    params, _, _ = fit_rows(np.where(kept, y, 0.0), np.where(kept, x, 0.0))
    residuals = np.where(usable, y - np.einsum("kn,knt->nt", params, x), 0.0)
    clean = alignment.clean[begin : tested.at].copy()
    clean[len(clean) + min(tested.first, 0) :] = False  # where contamination is kept, the event's own too
    try:
        found = garch_volatility(residuals[0, :-1], usable[0, :-1], clean)
    except MissingExtraError as error:
        return not_applicable(GARCH_RANK, f"{error.message}: {error.allowed}")
    if found.reason:
        return not_applicable(GARCH_RANK, found.reason)
    volatility = np.append(found.volatility, found.forecast)[None]
    ranks = rank_in_volatility(residuals, volatility, kept)
    note = GARCH_NOTE.format(n=found.n_obs, alpha=found.alpha, beta=found.beta)
    return _outcome(tested, GARCH_RANK, ranks, note)


def _stratified(tested: Tested) -> Outcome:
    """Rank the headline among sessions of its weekday, with scheduled news or without."""
    alignment, timeline = tested.alignment, tested.spec.timeline
    rows = tested.sample().rows(slice(None), np.array([tested.at]), 1)
    window = tested.at + np.arange(timeline.estimation[0], timeline.estimation[1] + 1)
    places = np.append(window, tested.at)
    weekdays = (alignment.design.sessions[places].astype(np.int64) + THURSDAY) % 7
    news = scheduled_sessions(alignment, int(alignment.series[tested.row]))
    scheduled = None
    if news is not None:
        inside = places - int(alignment.design.offset[alignment.series[tested.row]])
        scheduled = np.where(inside >= 0, news[np.maximum(inside, 0)], False)
    stratum = choose_stratum(weekdays, rows.usable[0], scheduled)
    ranks = stratified_rank(rows.y, rows.x, rows.usable, stratum.chosen[None])
    return _outcome(tested, STRATIFIED, ranks, stratum_words(stratum, looked=news is not None))


def stratum_words(stratum: Stratum, *, looked: bool) -> str:
    """Say which sessions an event was ranked among.

    Examples
    --------
    >>> stratum_words(Stratum(np.array([True] * 25), (2,), None, False), looked=False)
    'Wednesdays: 24 dates; no scheduled news was joined'
    """
    days = [WEEKDAYS[day] for day in stratum.weekdays]
    named = f"{', '.join(days[:-1])} and {days[-1]}" if len(days) > 1 else "".join(days)
    news = (
        "" if stratum.scheduled is None else f" {'with' if stratum.scheduled else 'without'} scheduled news"
    )
    remarks = [f"{named}{news}: {np.count_nonzero(stratum.chosen) - 1} dates"]
    if stratum.merged:
        both = ", with scheduled news and without" if looked and stratum.scheduled is None else ""
        remarks.append(f"merged{both}: the event's own stratum has fewer than {FEWEST_DATES}")
    if not looked:
        remarks.append("no scheduled news was joined")
    return "; ".join(remarks)
