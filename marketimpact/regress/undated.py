"""Undated events: the largest abnormal moves of a series, and the news that stand beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..alignment.policies import Policies
from ..errors import InputError
from ..ledger import Ledger, Status, remarked_ledger
from ..market.factors import check_members, members_of
from ..market.panel import Panel, instrument_of
from ..maths.chance_match import chance_match, near, shifted_match
from ..maths.frozen import read_only
from ..maths.least_squares import fit_windows
from ..maths.outcome import Outcome
from ..news.event import Event
from ..news.event_set import EventSet
from ..study.estimated import TERMS, Estimated
from ..study.given import given_or
from ..study.models import ConstantMean
from ..study.summary import ILLUSTRATIVE, Summary, p_words
from ..timeline import Timeline
from ..units import DISPLAY_UNITS, MoveKind, MoveRule
from .observations import Observations
from .one_series import observe_one, stamp_of_terms

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LargestMoves", "MoveSearch", "largest_moves"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNMATCHED = "no session beside it has an abnormal move, and it cannot match"
"""What the ledger says of news that show in the series, and take no part."""

CHOSEN = (
    "The moves were chosen because they are large: their t against zero says nothing, and has no p here. What is tested"
    " is whether news stand beside them more often than beside other sessions."
)
NO_P = "chosen for its size: no p, no interval"
"""What the rows of the moves listed say of what they do not have."""

BESIDE = (
    "News beside a large move are candidates, not causes: where news is dense, chance finds some beside any date. Read"
    " the share matched only against the chance rate."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSearch:
    """How large moves and news beside them are looked for.

    Parameters
    ----------
    n : int
        Moves to list.
    before, after : int
        How many sessions before a large move, and after it, an event session may lie to be a candidate. News after the
        move is no cause of it; 1 allows for dates that are a day late.
    timeline : Timeline
        Its estimation window says what a normal move is, for each session anew.
    move : {"log", "simple"}
        How prices and currencies move.
    policies : Policies
        What to do where the news and the market do not fit.

    Raises
    ------
    InputError
        If a number is out of its range.

    Examples
    --------
    >>> MoveSearch(n=10).before
    1
    """

    n: int = 20
    before: int = 1
    after: int = 0
    timeline: Timeline = Timeline()
    move: MoveRule = "log"
    policies: Policies = Policies()

    def __post_init__(self) -> None:
        for name, least in (("n", 1), ("before", 0), ("after", 0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(
                    "is no count", parameter=name, received=value, allowed=f"a whole number from {least} on"
                )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LargestMoves(Estimated):
    """The largest of N abnormal moves; arrays have the shape (N,) or, of what was chosen, (n,).

    Attributes
    ----------
    title : str
    instrument : str
    kind : MoveKind
    sessions : ndarray of datetime64[D]
        Sessions with an abnormal move.
    move, ar, sar : ndarray
        Moves, abnormal moves [unit of the kind], and these over their standard error.
    chosen : ndarray of int, shape (n,)
        Places of the moves listed, the largest first.
    candidates : tuple of tuple of (str, int), length n
        Ids of the news beside each, with the sessions from the move to the event session: negative before it.
    beside : ndarray of bool
        Whether news stand beside the session.
    search : MoveSearch
    matches : tuple of Outcome
        The chance-match tests.
    reading : tuple of str
    ledger : Ledger
        News that could match a move, and news left out, and why.
    stamp : str or None
    fitted : ndarray of int, shape (N,)
        Estimation moves behind each.
    sign : str
        What a move above zero is, of a currency pair: "+ = weaker RUB"; else empty.
    """

    title: str
    instrument: str
    kind: MoveKind
    sessions: NDArray[np.datetime64]
    move: Floats
    ar: Floats
    sar: Floats
    chosen: Ints
    candidates: tuple[tuple[tuple[str, int], ...], ...]
    beside: NDArray[np.bool_]
    search: MoveSearch
    matches: tuple[Outcome, ...]
    reading: tuple[str, ...]
    ledger: Ledger
    stamp: str | None = None
    fitted: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    sign: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        read_only(self.sessions, self.move, self.ar, self.sar, self.chosen, self.beside, self.fitted)

    @property
    def model(self) -> None:
        """None: the package's own arithmetic fits the normal model anew before every session."""

    @property
    def level(self) -> float:
        """Level of intervals, of which there are none."""
        return 0.95

    @property
    def terms(self) -> tuple[str, ...]:
        """Sessions of the moves listed."""
        return tuple(map(str, self.sessions[self.chosen]))

    @property
    def estimates(self) -> Floats:
        """Abnormal moves listed [unit of the kind]."""
        return np.asarray(self.ar[self.chosen])

    @property
    def std_errors(self) -> Floats:
        """Standard errors of the abnormal moves listed, as if they had not been chosen for their size."""
        return np.asarray(self.ar[self.chosen] / self.sar[self.chosen])

    @property
    def statistics(self) -> Floats:
        """Abnormal moves listed over their standard errors."""
        return np.asarray(self.sar[self.chosen])

    @property
    def p_values(self) -> Floats:
        """NaN: a move that is listed because it is large is no test of anything. ``matches`` has the tests."""
        return np.full(len(self.chosen), np.nan)

    def interval_at(self, level: float) -> tuple[Floats, Floats]:
        """Give NaN: an interval about a move that was chosen for its size would be too far out."""
        return self.p_values, self.p_values

    @property
    def share_matched(self) -> float:
        """Share of the moves listed that have news beside them."""
        return sum(map(bool, self.candidates)) / len(self.candidates)

    @property
    def chance_rate(self) -> float:
        """Share of all sessions that have news beside them."""
        return float(self.beside.mean())

    @property
    def words(self) -> str:
        """Both shares in words, "10 % of the moves listed have news beside them, .095 %"."""
        share, chance = self.share_matched * 100.0, self.chance_rate * 100.0
        return f"{share:.0f} % of the moves listed have news beside them, {chance:.2g} %"

    def to_frame(self) -> pd.DataFrame:
        """Give one row a listed move: the abnormal move and its standard error, then ``session``, ``move``, and the ids
        of the candidates with their distances in sessions.
        """
        import pandas as pd

        at = self.chosen
        low, high = self.interval_at(self.level)
        columns = {
            "term": self.terms, "estimate": self.estimates, "std_error": self.std_errors,
            "statistic": self.statistics, "p_value": self.p_values, "conf_low": low, "conf_high": high,
            "n": self.fitted[at], "unit": self.kind.unit, "note": NO_P,
            "session": self.sessions[at].astype("datetime64[s]"), "move": self.move[at],
            "candidates": [", ".join(name for name, _ in found) for found in self.candidates],
            "distances": [", ".join(str(tau) for _, tau in found) for found in self.candidates],
        }  # fmt: skip
        return pd.DataFrame(columns, columns=[*TERMS, "session", "move", "candidates", "distances"])

    def summary(self) -> Summary:
        """Give the moves with their candidates, and the chance-match tests: text, or HTML in Jupyter."""
        unit, scale = DISPLAY_UNITS[self.kind.unit]
        head = [self.title, f"{len(self.ar)} sessions with an abnormal move; {self.ledger}"]
        if self.sign:
            head.append(f"moves: {self.sign}")
        if self.stamp:
            head.append(ILLUSTRATIVE.format(stamp=self.stamp))
        head.append(f"{self.words} of all sessions")
        head.extend(
            f"{one.test}: p {p_words(one.p_value)}" if one.applies else f"{one.test}: {one.reason}"
            for one in self.matches
        )
        rows = tuple(
            (
                str(self.sessions[at]),
                f"{self.ar[at] * scale:+.2f} {unit}",
                f"{self.sar[at]:+.1f}",
                _names(found),
            )
            for at, found in zip(self.chosen, self.candidates, strict=True)
        )
        columns = ("session", "abnormal move", "in standard errors", "news beside it (sessions away)")
        return Summary(tuple(head), columns, rows, self.reading)

    def __repr__(self) -> str:
        what = self.title.removeprefix("Largest abnormal moves of ")
        return f"{type(self).__name__}: {what}: {self.words} by chance"


def _names(found: tuple[tuple[str, int], ...]) -> str:
    return "; ".join(f"{name} ({tau:+d})" if tau else name for name, tau in found) or "none"


def largest_moves(
    panel: Panel,
    events: EventSet | Event | Iterable[Event],
    instrument: str | None = None,
    *,
    model: Any = None,
    search: MoveSearch | None = None,
) -> LargestMoves:
    """List the largest abnormal moves of a series, the news beside them, and how often chance puts news there.

    Each session's move is measured against a fit to the estimation window before it, and is large by its size over the
    standard error of that prediction. Event sessions are those of `mi.align`; news of which several sessions can be the
    event session stands on each of them.

    Parameters
    ----------
    panel : Panel
    events : EventSet, Event or iterable of Event
        News of which some may have moved the series. The denser they are, the less a match says.
    instrument : str, optional
        Id; may be left out where there is one member.
    model : ConstantMean, MarketModel, FactorModel or BenchmarkSpread, optional
        What a normal move is; the mean when not given.
    search : MoveSearch, optional

    Returns
    -------
    LargestMoves

    Raises
    ------
    InputError
        If the model is no least-squares model, the series is too short, or no event shows in it.

    References
    ----------
    Cutler, Poterba and Summers (1989), What moves stock prices?, Journal of Portfolio Management 15, 4-12; Fair (2002),
    Events that shook the market, Journal of Business 75, 713-731, for large moves to which no event is found.

    Examples
    --------
    >>> import marketimpact as mi
    >>> found = largest_moves(mi.fetch("ecb:EUR/RUB"), mi.datasets.load_events("ruble_2022"), search=MoveSearch(n=3))
    >>> found.to_frame()["session"].astype(str).tolist()
    ['2022-02-28', '2020-03-09', '2014-12-16']
    """
    wanted = given_or(search, MoveSearch(), "search")
    chosen_model = ConstantMean() if model is None else model
    if getattr(chosen_model, "method", model) is not None:
        raise InputError(
            "is no least-squares model", parameter="model", received=str(model),
            allowed="ConstantMean, MarketModel, FactorModel or BenchmarkSpread",
        )  # fmt: skip
    name = instrument_of(panel, instrument)
    check_members(panel, chosen_model.factors, "model")
    if name in chosen_model.factors:
        raise InputError(
            "is its own factor", parameter="model", received=name, allowed="factors that are other series"
        )
    found = observe_one(
        panel, events, name, controls=chosen_model.factors, move=wanted.move, policies=wanted.policies
    )
    ar, sar, fitted = _abnormal(found, wanted.timeline)
    known = np.flatnonzero(np.isfinite(sar))
    if len(known) <= wanted.n:
        raise InputError(
            f"{len(known)} sessions have an abnormal move, no more than are to be listed", parameter="n",
            received=wanted.n, allowed="fewer moves, a shorter estimation window, or a longer series",
        )  # fmt: skip
    order = np.argsort(-np.abs(sar[known]), kind="stable")[: wanted.n]
    last = _last_candidates(found)
    is_news = np.zeros(len(found.y), dtype=bool)
    for begin, end in zip(found.at, last, strict=True):
        is_news[begin : end + 1] = True
    sessions = found.sessions[known]
    beside = tuple(_beside(found, last, int(at), wanted) for at in known[order])
    picked = np.zeros(len(known), dtype=bool)
    picked[order] = True
    matched = near(is_news, wanted.before, wanted.after)[known]
    terms = chosen_model.factors
    names = [one for term in terms for one in members_of(term)]
    lost = _unmatched(found, last, np.isfinite(sar), wanted)
    return LargestMoves(
        f"Largest abnormal moves of {name}, {chosen_model}", name, found.kind, sessions, found.y[known].copy(),
        ar[known], sar[known], order.astype(np.int64), beside, matched, wanted,
        (chance_match(picked, matched), shifted_match(picked, matched)),
        (*_unmatched_words(lost), *found.coupons, CHOSEN, BESIDE),
        remarked_ledger(found.ledger, dict.fromkeys(map(int, found.shown[lost]), UNMATCHED), Status.LEFT_OUT),
        stamp_of_terms(panel, name, names), fitted[known], sign=found.sign,
    )  # fmt: skip


def _last_candidates(found: Observations) -> Ints:
    """Positions of the last sessions that can be each event's."""
    a = found.alignment
    return np.asarray(found.at + (a.last - a.position)[found.shown], dtype=np.int64)


def _unmatched(
    found: Observations, last: Ints, known: NDArray[np.bool_], wanted: MoveSearch
) -> NDArray[np.bool_]:
    """Whether each event stands beside no session with an abnormal move: it cannot match."""
    counts = np.concatenate([[0], np.cumsum(known)])
    begin = np.maximum(found.at - wanted.after, 0)
    end = np.minimum(last + wanted.before + 1, len(known))
    return np.asarray(counts[end] == counts[begin])


def _unmatched_words(lost: NDArray[np.bool_]) -> tuple[str, ...]:
    n = int(lost.sum())
    return (f"Events beside no session with an abnormal move, which cannot match: {n}.",) if n else ()


def _beside(found: Observations, last: Ints, at: int, wanted: MoveSearch) -> tuple[tuple[str, int], ...]:
    """Ids of the events of which a candidate session lies beside a move, and where the nearest does."""
    ids = found.events.ids
    shown = np.flatnonzero((last >= at - wanted.before) & (found.at <= at + wanted.after))
    pairs = sorted(
        (int(np.clip(at, found.at[i], last[i])) - at, str(ids[int(found.event[i])])) for i in shown
    )
    return tuple((name, tau) for tau, name in pairs)


def _abnormal(found: Observations, timeline: Timeline) -> tuple[Floats, Floats, Ints]:
    """Abnormal move of every session against the window before it, that over its standard error, and its moves."""
    n = len(found.y)
    first, length = timeline.estimation[0], timeline.estimation_length
    at = np.arange(max(-first, 0), n)
    if not len(at):
        return np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, dtype=np.int64)
    design = found.alignment.design
    x = design.regressors
    fit = fit_windows(design.weighted_y, design.weighted_x, design.usable, at + first, length)
    error2 = design.v[at] + np.einsum("jn,nji,in->n", x[:, at], fit.xtx_inv, x[:, at])
    ar, sar, fitted = np.full(n, np.nan), np.full(n, np.nan), np.zeros(n, dtype=np.int64)
    fitted[at] = fit.n_obs
    ar[at] = found.y[at] - np.einsum("nj,jn->n", fit.params, x[:, at])
    enough = (fit.n_obs >= timeline.min_estimation) & (fit.sigma2 > 0.0)
    ar[at[~enough]] = np.nan
    sar[at] = ar[at] / np.sqrt(np.where(enough, fit.sigma2 * error2, np.nan))
    return ar, sar, fitted
