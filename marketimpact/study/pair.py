"""One pair's result: what a figure and a page need, as plain numbers and arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..alignment.reasons import status_of
from ..alignment.series_moves import SeriesMoves
from ..ledger import Status, html_table
from ..market.baskets import Basket
from ..market.donors import Donors
from ..market.factors import Benchmark
from ..market.instruments import Instrument
from ..market.quotes import Quotes
from ..maths.abnormal import Abnormal, Sums, covariance, cumulative_path
from ..maths.frozen import Frozen, read_only
from ..maths.max_statistic import path_quantile
from ..maths.outcome import Outcome, not_applicable
from ..maths.parametric import t_p_value, t_quantile
from ..news.event import Event
from ..timeline import Window
from ..units import MoveKind
from .estimates import Estimates
from .inference import headline_ranks
from .spec import Spec
from .split import Split, split_of
from .summary import number_or_na, p_with_floor, p_words, tau_words
from .which_day import largest_candidates

__all__ = ["PairResult", "WindowMove", "pair_result"]


@dataclass(frozen=True, slots=True)
class WindowMove:
    """A cumulative abnormal move over one window, with its t against the estimation window.

    Attributes
    ----------
    window : (int, int)
        First and last tau, both inclusive.
    estimate, std_error : float
        CAR and its standard error [unit of the kind].
    statistic, p_value : float
        t with ``df`` degrees of freedom, two-sided; it trusts normal errors.
    df : int
        T - k.
    conf_low, conf_high : float
        Interval of the study's level [unit of the kind].
    n : int
        Sessions summed.
    reason : str
        Why there is no standard error, t and interval where there is a move; empty where there is.
    """

    window: Window
    estimate: float
    std_error: float
    statistic: float
    p_value: float
    df: int
    conf_low: float
    conf_high: float
    n: int
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class PairResult(Frozen):
    """The result of one event on one instrument.

    Attributes
    ----------
    event : Event
    instrument : Instrument
    quotes : Quotes
        The instrument's quotes, all of them.
    kind : MoveKind
        Kind and unit of the moves.
    spec : Spec
    taus : ndarray of int, shape (L2,)
    sessions : ndarray of datetime64[D], shape (L2,)
        Sessions of the event window.
    candidates : ndarray of datetime64[D]
        Every session that may be the event session.
    spans : ndarray, shape (L2,)
        Expected sessions that each move covers; NaN where a move is missing.
    moves : ndarray, shape (L2,)
        Observed moves [unit of the kind].
    ar, ar_error : ndarray, shape (L2,)
        Abnormal moves and their standard errors.
    path, path_error : ndarray, shape (L2,)
        Cumulative abnormal moves from the window's first session, and their standard errors.
    cov : ndarray, shape (L2, L2)
        Exact covariance of the abnormal moves; NaN in rows and columns of missing ones.
    params : ndarray, shape (k,)
        Coefficients: mean per session, then factors.
    sigma : float
        Residual standard deviation [unit of the kind].
    n_obs, df : int
        Estimation moves T, and T - k.
    estimation_sessions : tuple of datetime64[D]
        First and last session of the estimation window.
    headline : WindowMove
        tau = 0, or the candidates of the event session.
    windows : tuple of WindowMove
    rank : Outcome
        Rank p of the headline, with the smallest p it can reach.
    coupons : ndarray of datetime64[D]
        Sessions whose moves had a coupon taken out: dirty prices fall there, and that is no news.
    split : Split
        The observed headline move in two parts: what the model explains, and the abnormal rest.
    which_day : Outcome
        Of several candidate sessions the largest abnormal move, judged as the largest; its ``estimate`` is that
        move, its ``statistic`` the tau.
    span_ratio : tuple of (int, float)
        Sessions spanned by the move at tau = 0, and the variance v_m it was given.
    status, reason : str
        As in the ledger.
    codes : int
        The reasons as `Reason` bits.
    stamp : str or None
        Word to stamp across figures: a series was not observed.
    baskets : tuple of Basket
        Baskets among the factors, as this instrument reads them: without itself, and its currency in other pairs. Of
        donors those of the event, with the weights of their component or of the synthetic control.
    """

    event: Event
    instrument: Instrument
    quotes: Quotes
    kind: MoveKind
    spec: Spec
    taus: NDArray[np.int64]
    sessions: NDArray[np.datetime64]
    candidates: NDArray[np.datetime64]
    spans: NDArray[np.float64]
    moves: NDArray[np.float64]
    ar: NDArray[np.float64]
    ar_error: NDArray[np.float64]
    path: NDArray[np.float64]
    path_error: NDArray[np.float64]
    cov: NDArray[np.float64]
    params: NDArray[np.float64]
    sigma: float
    n_obs: int
    df: int
    estimation_sessions: tuple[np.datetime64, np.datetime64]
    headline: WindowMove
    windows: tuple[WindowMove, ...]
    rank: Outcome
    coupons: NDArray[np.datetime64]
    split: Split
    which_day: Outcome
    span_ratio: tuple[int, float]
    status: str
    reason: str
    codes: int
    stamp: str | None
    baskets: tuple[Basket, ...]

    def __post_init__(self) -> None:
        read_only(self.taus, self.sessions, self.spans, self.moves, self.ar, self.ar_error)
        read_only(self.path, self.path_error, self.cov, self.params)

    @property
    def session(self) -> np.datetime64:
        """The event session, tau = 0."""
        return np.datetime64(self.candidates[0])

    def standing_still(self) -> NDArray[np.bool_]:
        """Mark the quotes that the study takes for none; nothing where its policy keeps them."""
        if self.spec.policies.frozen == "keep":
            return np.zeros(len(self.quotes), dtype=np.bool_)
        return self.quotes.standing_still()

    @property
    def critical(self) -> float:
        """Half width of a pointwise interval of the study's level, in standard errors."""
        return float(t_quantile(self.spec.level, self.df))

    @property
    def no_covariance(self) -> str:
        """Why theory has no covariance for the model's errors, and there is no t and no band; empty where it has."""
        return "" if self.spec.model.method is None else self.spec.model.method.no_covariance

    @property
    def normal(self) -> NDArray[np.float64]:
        """The counterfactual path: moves that the normal model leads to expect, shape (L2,) [unit of the kind]."""
        return np.asarray(self.moves - self.ar)

    @property
    def path_critical(self) -> float:
        """Half width of the band that holds the whole cumulative path (sup-t), in standard errors; some .1 s."""
        if self.no_covariance:
            return float("nan")
        return path_quantile(self.cov, self.df, self.spec.level)

    def _repr_html_(self) -> str:
        scale, unit = self.kind.scale, self.kind.display_unit
        rows = [
            (
                name, tau_words(*one.window), number_or_na(one.estimate * scale, "+.2f"),
                number_or_na(one.std_error * scale, ".2f"), number_or_na(one.statistic, ".2f"), p_words(one.p_value),
            )
            for name, one in (("headline", self.headline), *(("CAR", one) for one in self.windows))
        ]  # fmt: skip
        judged = [one for one in (self.rank, self.which_day) if one.applies]
        tail = [f"{one.test}: {p_with_floor(one)}" for one in judged]
        head = [repr(self), f"{self.spec.model}, {self.n_obs} estimation moves"]
        return html_table(
            ("", "tau", f"abnormal [{unit}]", "se", "t", "p (t)"), rows, head=head,
            tail=[*tail, *filter(None, (self.no_covariance, self.reason))],
        )  # fmt: skip

    def __repr__(self) -> str:
        move = self.headline
        t = f"t = {move.statistic:.2f}, " if not self.no_covariance else f"rank p = {self.rank.p_value:.3g}, "
        size, known = f"{move.estimate * self.kind.scale:+.4g} {self.kind.display_unit}", move.n > 0
        return (
            f"PairResult: {self.event.id} on {self.instrument.id}, {self.session}:"
            f" {size if known else 'no move in the headline window'}"
            f" ({t if known else ''}{self.status}{', ' + self.stamp if self.stamp else ''})"
        )


def pair_result(alignment: Alignment, estimates: Estimates, spec: Spec, place: int) -> PairResult:
    """Give the result of one pair.

    Parameters
    ----------
    alignment : Alignment
    estimates : Estimates
    spec : Spec
    place : int
        Place of the pair among the estimates.

    Returns
    -------
    PairResult
    """
    row = int(estimates.rows[place])
    one = slice(place, place + 1)
    fit = estimates.fit.some(one)
    abnormal = Abnormal(*(getattr(estimates.abnormal, name)[one] for name in ("ar", "x", "v")))
    path = cumulative_path(abnormal, fit)
    member, at = int(alignment.instrument[row]), int(alignment.positions[row])
    series = alignment.design.series[alignment.series[row]]
    quotes = alignment.panel.quotes[member]
    first, last = spec.timeline.event
    position, late = int(alignment.position[row]), int(alignment.last[row])
    begin, end = (max(position + tau, 0) for tau in spec.timeline.estimation)
    sums = [
        *_window_moves(estimates, estimates.headline, place, [(0, late - position)], spec.level),
        *_window_moves(estimates, estimates.sums, place, spec.window_list, spec.level),
    ]
    return PairResult(
        event=alignment.events[str(alignment.events.ids[alignment.event[row]])],
        instrument=alignment.panel.instruments[member],
        quotes=quotes,
        kind=series.kind,
        spec=spec,
        taus=np.arange(first, last + 1),
        sessions=alignment.design.sessions[at + first : at + last + 1],
        candidates=quotes.sessions[position : late + 1],
        spans=alignment.design.x[0][at + first : at + last + 1],
        moves=alignment.design.y[at + first : at + last + 1],
        ar=abnormal.ar[0],
        ar_error=np.sqrt(abnormal.variance(fit)[0]),
        path=path.car[0],
        path_error=np.sqrt(path.variance[0]),
        cov=covariance(abnormal, fit)[0],
        params=fit.params[0],
        sigma=float(np.sqrt(fit.sigma2[0])),
        n_obs=int(fit.n_obs[0]),
        df=int(fit.df[0]),
        estimation_sessions=(quotes.sessions[begin], quotes.sessions[end]),
        headline=sums[0],
        windows=tuple(sums[1:]),
        rank=_rank(alignment, estimates, place),
        coupons=_coupons(series),
        split=split_of(
            alignment,
            row,
            alignment.design.y[at : at + late - position + 1],
            abnormal.ar[0, -first : late - position - first + 1],
            sums[0].estimate,
        ),
        which_day=_which_day(alignment, estimates, place),
        span_ratio=(int(series.spans[position]), float(alignment.design.v[at])),
        status=Status(status_of(alignment.codes[row : row + 1])[0]).words,
        reason=alignment.words(row),
        codes=int(alignment.codes[row]),
        stamp=alignment.stamp_of(row),
        baskets=_baskets(series, spec, fit.params[0]),
    )


def _baskets(series: SeriesMoves, spec: Spec, params: NDArray[np.float64]) -> tuple[Basket, ...]:
    """Give the averages that stand behind a fit, as they were read, or as the fit weighs donors."""
    factors = spec.model.factors
    if any(isinstance(factor, Donors) and factor.each for factor in factors):
        names = [name for one in series.read for name in one.members]  # series that never move have none
        weighed = [(name, float(w)) for name, w in zip(names, params[1:], strict=False) if w > 0.0]
        return (Basket(tuple(name for name, _ in weighed), "donors", tuple(w for _, w in weighed)),)
    read = zip(factors, series.read, strict=True)
    inner = [(factor.of if isinstance(factor, Benchmark) else factor, one) for factor, one in read]
    return tuple(one for factor, one in inner if isinstance(factor, Basket | Donors))


def _coupons(series: SeriesMoves) -> NDArray[np.datetime64]:
    """Sessions at which coupons were taken out of the moves."""
    if series.rolls is None or not series.takes_coupons_out:
        return np.empty(0, dtype="datetime64[D]")
    return series.rolls.sessions


def _window_moves(
    estimates: Estimates,
    sums: Sums,
    place: int,
    windows: list[Window] | tuple[Window, ...],
    level: float,
) -> list[WindowMove]:
    df = int(estimates.fit.df[place])
    half = float(t_quantile(level, df))
    moves = []
    for w, window in enumerate(windows):
        estimate, error = float(sums.car[place, w]), float(np.sqrt(sums.variance[place, w]))
        statistic = estimate / error
        p_value = float(t_p_value(np.array(statistic), np.array(df)))
        low, high = estimate - half * error, estimate + half * error
        count = int(sums.sessions[place, w])
        reason = estimates.no_covariance if np.isfinite(estimate) else ""
        moves.append(WindowMove(window, estimate, error, statistic, p_value, df, low, high, count, reason))
    return moves


def _rank(alignment: Alignment, estimates: Estimates, place: int) -> Outcome:
    ranks = headline_ranks(alignment, estimates, np.array([place]))
    if ranks.reason[0]:
        return not_applicable("rank with refit", str(ranks.reason[0]))
    return Outcome("rank with refit", np.nan, float(ranks.p_value[0]), p_floor=float(ranks.p_floor[0]))


def _which_day(alignment: Alignment, estimates: Estimates, place: int) -> Outcome:
    found = largest_candidates(alignment, estimates, np.array([place]))
    if found.reason[0]:
        return not_applicable(str(found.test[0]), str(found.reason[0]))
    tau = int(found.which[0])
    return Outcome(
        str(found.test[0]),
        float(tau),
        float(found.p_value[0]),
        estimate=float(estimates.abnormal.ar[place, tau - alignment.timeline.event[0]]),
        p_floor=float(found.p_floor[0]),
        note=str(found.note[0]),
    )
