"""Spillovers: how much of each market's forecast error is made of shocks to the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..ledger import Ledger
from ..market.coupon_rolls import coupon_words, levels_with_coupons
from ..market.exchange_rates import shared_sessions
from ..market.panel import Panel, check_panel
from ..maths.frozen import read_only
from ..maths.moves import moves_from_levels
from ..maths.resample import check_seed
from ..maths.spillover import generalised_shares, resampled_shares
from ..study.estimated import TERMS, Estimated
from ..study.given import given_or
from ..study.summary import Summary
from ..units import MoveRule
from .few_sessions import ENOUGH, behind_spread, few_words
from .result import ASSOCIATION

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SpilloverSpec", "Spillovers", "spillovers"]

Floats = NDArray[np.float64]

BY_BOOTSTRAP = (
    "Intervals are by a bootstrap of blocks of residuals, each for one share. One that begins at zero holds that there"
    " is no spillover: shares are made of squares, and above zero by chance. Rolling windows have no intervals."
)

GENERALISED = (
    "Shares are generalised: correlated shocks are counted to each market they come with, so that a spillover is"
    " what goes together, whoever began. Series of different snapshots within a day make the earlier one seem to lead."
)


ROLLING = (
    "Shares of short windows are larger by chance than the whole sample's. Compare windows with each other."
)

LEAST_DRAWS = 99
"""Draws below which percentiles are those of the outermost few."""

NO_ERROR = "a share is bounded by 0 and 1: no standard error, no p"
"""What every row says of what it does not have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpilloverSpec:
    """How spillovers are estimated.

    Parameters
    ----------
    lags : int
        Of the vector autoregression [sessions].
    horizon : int
        Sessions ahead of the forecast errors.
    window : int, optional
        Sessions of a rolling window; none when not given.
    step : int
        Sessions between rolling windows.
    of : {"move", "size"}
        Moves, or their absolute values: spillovers of volatility.
    move : {"log", "simple"}
    draws : int
        Of the bootstrap behind the intervals, 99 or more; 0 for none.
    level : float
        Of the intervals.

    Raises
    ------
    InputError
        If a number is out of its range.

    Examples
    --------
    >>> SpilloverSpec(window=250).horizon
    10
    """

    lags: int = 2
    horizon: int = 10
    window: int | None = None
    step: int = 5
    of: Literal["move", "size"] = "move"
    move: MoveRule = "log"
    draws: int = 499
    level: float = 0.95

    def __post_init__(self) -> None:
        for name, least in (("lags", 1), ("horizon", 1), ("step", 1), ("window", 10), ("draws", 0)):
            value = getattr(self, name)
            if value is None and name == "window":
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(
                    "is out of its range",
                    parameter=name,
                    received=value,
                    allowed=f"a whole number from {least} on",
                )
        for name, allowed in (("of", ("move", "size")), ("move", get_args(MoveRule))):
            if getattr(self, name) not in allowed:
                words = ", ".join(map(repr, allowed))
                raise InputError("is not known", parameter=name, received=getattr(self, name), allowed=words)
        if 0 < self.draws < LEAST_DRAWS:
            raise InputError(
                "are too few for an interval", parameter="draws", received=self.draws,
                allowed=f"{LEAST_DRAWS} or more, or 0 for none",
            )  # fmt: skip
        _check_level(self.level)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Spillovers(Estimated):
    """Shares of forecast-error variance of k markets; of ``params`` and tables one row a market and source.

    Attributes
    ----------
    title : str
    names : tuple of str, length k
    shares : ndarray, shape (k, k)
        Row i: of what the error variance of market i is made; rows add up to 1.
    n : int
        Moves of the vector autoregression.
    spec : SpilloverSpec
    ends : ndarray of datetime64[D], shape (w,)
        Last session of each rolling window.
    totals : ndarray, shape (w,)
        Total spillover of each; NaN where its autoregression is not stable.
    nets : ndarray, shape (w, k)
    head, reading : tuple of str
    model : object
        The results object of statsmodels' VAR over the whole sample.
    stamp : str or None
    drawn : ndarray, shape (draws, k, k)
        Shares of the bootstrap, of which the intervals are made; without rows where none was asked for, or the
        autoregression is not stable.
    span : ndarray of datetime64[D], shape (2,)
        First and last session of the moves.
    """

    title: str
    names: tuple[str, ...]
    shares: Floats
    n: int
    spec: SpilloverSpec
    ends: NDArray[np.datetime64] = field(default_factory=lambda: np.empty(0, dtype="datetime64[D]"))
    totals: Floats = field(default_factory=lambda: np.empty(0))
    nets: Floats = field(default_factory=lambda: np.empty((0, 0)))
    head: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    model: object = None
    stamp: str | None = None
    drawn: Floats = field(default_factory=lambda: np.empty((0, 0, 0)))
    span: NDArray[np.datetime64] = field(default_factory=lambda: np.empty(0, dtype="datetime64[D]"))

    def __post_init__(self) -> None:
        read_only(self.shares, self.ends, self.totals, self.nets, self.drawn, self.span)

    @property
    def ledger(self) -> Ledger:
        """Without rows: no dated news enters. ``head`` says which sessions are left out."""
        return Ledger.empty()

    @property
    def level(self) -> float:
        """Level of the intervals."""
        return self.spec.level

    @property
    def terms(self) -> tuple[str, ...]:
        """Market and source of each share, "TR from KZ", row by row."""
        return tuple(f"{market} from {source}" for market in self.names for source in self.names)

    @property
    def estimates(self) -> Floats:
        """Shares, row by row."""
        return self.shares.ravel()

    @property
    def std_errors(self) -> Floats:
        """NaN: shares are never below zero and add up to one, so that no standard error bounds them."""
        return np.full(self.shares.size, np.nan)

    @property
    def statistics(self) -> Floats:
        """NaN: without standard errors there is no t."""
        return self.std_errors

    @property
    def p_values(self) -> Floats:
        """NaN: a share of zero lies on its bound, and is not tested; `granger` tests whether a market leads."""
        return self.std_errors

    def interval_at(self, level: float) -> tuple[Floats, Floats]:
        """Give intervals of the shares by the draws of a bootstrap; NaN without draws.

        s plus and minus max(s - q, q' - s), q and q' the percentiles of the draws, within 0 and 1: no narrower than the
        basic interval and that of percentiles. Shares are made of squares, too large where true ones are near zero, and
        larger again in the draws: percentiles alone never hold a share of zero, and basic intervals of 95 % hold the
        total in about 88 % of samples. Each holds one share: of 95 % intervals 90 to 95 % hold a market's own share in
        the situations that `total_interval` names, about 95 % one from another market, and all hold a share of zero.
        """
        _check_level(level)
        return _about(self.estimates, self.drawn.reshape(len(self.drawn), self.shares.size), level)

    def total_interval(self, level: float | None = None) -> tuple[float, float]:
        """Give the interval of ``total``, made as those of the shares; NaN without draws.

        95 % intervals hold the true total in 90 to 97 % of samples: of three markets with shocks of correlation .3 over
        500 sessions, of which one leads another, in 92 to 96 %, over 250 sessions without a lead in 92 to 95 %, of five
        markets with shocks of correlation .5 in 94 %, of ten over 250 sessions in 90 to 93 %, each by some 40 to 200
        samples; and where there is no spillover in all: they then reach from zero to .04.
        """
        chosen = self.level if level is None else level
        _check_level(chosen)
        totals = np.array([[_total(one)] for one in self.drawn]).reshape(-1, 1)
        low, high = _about(np.array([self.total]), totals, chosen)
        return float(low[0]), float(high[0])

    @property
    def total_words(self) -> str:
        """The total in per cent, with its interval where there is one: "12.4 % (9.1 to 15.2)"."""
        low, high = (bound * 100.0 for bound in self.total_interval())
        return f"{self.total * 100:.1f} %" + ("" if np.isnan(low) else f" ({low:.1f} to {high:.1f})")

    @property
    def total(self) -> float:
        """Share of all error variance that is made of shocks to other markets."""
        return _total(self.shares)

    @property
    def received(self) -> pd.Series:
        """Share of each market's error variance made of others' shocks ("from others")."""
        return self._series(self.shares.sum(axis=1) - np.diag(self.shares), "received")

    @property
    def sent(self) -> pd.Series:
        """What each market's shocks make of the others' error variances ("to others"); may be above 1."""
        return self._series(self.shares.sum(axis=0) - np.diag(self.shares), "sent")

    @property
    def net(self) -> pd.Series:
        """Sent less received."""
        return self._series(_net(self.shares), "net")

    def table(self) -> pd.DataFrame:
        """Give the table of Diebold and Yilmaz: a row a market, a column a source, "from others", and "to others"."""
        import pandas as pd

        out = pd.DataFrame(self.shares, index=list(self.names), columns=list(self.names))
        out["from others"] = self.received
        out.loc["to others"] = [*self.sent, self.total]
        return out

    def to_frame(self) -> pd.DataFrame:
        """Give one row a pair: the share as ``estimate``, then ``market``, ``source``, and ``net``: less what goes the
        other way.
        """
        import pandas as pd

        k = len(self.names)
        nothing, (low, high) = self.std_errors, self.interval_at(self.level)
        note = NO_ERROR if len(self.drawn) else f"{NO_ERROR}, no interval"
        columns = {
            "term": self.terms, "estimate": self.estimates, "std_error": nothing, "statistic": nothing,
            "p_value": nothing, "conf_low": low, "conf_high": high, "n": self.n,
            "unit": "share of error variance", "note": note, "market": np.repeat(self.names, k),
            "source": np.tile(self.names, k), "net": (self.shares - self.shares.T).ravel(),
        }  # fmt: skip
        return pd.DataFrame(columns, columns=[*TERMS, "market", "source", "net"])

    def rolling(self) -> pd.DataFrame:
        """Give one row a rolling window: ``total`` and each market's net, by the window's last session."""
        import pandas as pd

        index = pd.DatetimeIndex(self.ends.astype("datetime64[s]"), name="session")
        return pd.DataFrame(
            {"total": self.totals, **{f"net {one}": self.nets[:, j] for j, one in enumerate(self.names)}},
            index=index,
        )

    def summary(self) -> Summary:
        """Give the table in percent, and how to read it."""
        level = f"; {self.level * 100:g} % interval in brackets" if len(self.drawn) else ""
        head = [self.title, *self.head, f"total spillover {self.total_words}{level}"]
        if self.stamp:
            head.append(f"{self.stamp}: not all series were observed")
        rows = tuple(
            (str(name), *(f"{value * 100:.1f}" for value in row)) for name, row in zip(
                (*self.names, "to others"), self.table().to_numpy(), strict=True
            )
        )  # fmt: skip
        columns = ("% of the error variance of, from shocks to", *self.names, "from others")
        return Summary(tuple(head), columns, rows, self.reading)

    def _series(self, values: Floats, name: str) -> pd.Series:
        import pandas as pd

        return pd.Series(values, index=pd.Index(self.names, name="market"), name=name)

    def __repr__(self) -> str:
        what = self.title.removeprefix("Spillovers of ")
        return f"{type(self).__name__}: {what}: total {self.total * 100:.1f} %"


def _total(shares: Floats) -> float:
    return float((shares.sum() - np.trace(shares)) / len(shares))


def _about(estimates: Floats, drawn: Floats, level: float) -> tuple[Floats, Floats]:
    """Give intervals about estimates, shape (m,), no narrower than the basic ones and percentiles of (draws, m)."""
    if not len(drawn):
        return np.full(len(estimates), np.nan), np.full(len(estimates), np.nan)
    low, high = np.quantile(drawn, [(1.0 - level) / 2.0, (1.0 + level) / 2.0], axis=0)
    half = np.maximum(estimates - low, high - estimates)
    return np.maximum(estimates - half, 0.0), np.minimum(estimates + half, 1.0)


def _check_level(level: float) -> None:
    if not isinstance(level, Real) or not 0.0 < level < 1.0:
        raise InputError("no level", parameter="level", received=level, allowed="0 < level < 1")


def _net(shares: Floats) -> Floats:
    return np.asarray(shares.sum(axis=0) - shares.sum(axis=1))


def spillovers(
    panel: Panel,
    instruments: Sequence[str] | None = None,
    *,
    spec: SpilloverSpec | None = None,
    seed: int = 0,
) -> Spillovers:
    """Decompose the forecast errors of several markets into shocks to each, by a vector autoregression.

    Moves are those between the sessions that all markets share; statsmodels estimates the autoregression, and its
    forecast errors ``horizon`` sessions ahead are decomposed as `generalised_shares` says. Intervals are by a
    bootstrap of blocks of residuals, as `resampled_shares` says.

    Parameters
    ----------
    panel : Panel
    instruments : sequence of str, optional
        Two or more ids; all members when not given.
    spec : SpilloverSpec, optional
    seed : int
        Of the bootstrap.

    Returns
    -------
    Spillovers

    Raises
    ------
    InputError
        If fewer than two members are named, one is unknown or does not move, or there are too few sessions.

    References
    ----------
    Diebold and Yilmaz (2012), doi:10.1016/j.ijforecast.2011.02.006; Brüggemann, Jentsch and Trenkler (2016),
    doi:10.1016/j.jeconom.2015.10.004.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch(["ecb:EUR/TRY", "ecb:EUR/ZAR", "ecb:EUR/CZK"], start="2017-01-01", end="2018-12-31")
    >>> found = spillovers(panel)
    >>> found.total_words, found.net.idxmax()
    ('12.4 % (6.6 to 18.2)', 'EUR/TRY')
    """
    check_seed(seed)
    wanted = given_or(spec, SpilloverSpec(), "spec")
    check_panel(panel)
    several = isinstance(instruments, Iterable) and not isinstance(instruments, str)
    names = panel.ids if instruments is None else tuple(instruments) if several else (instruments,)
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError(
            "are not several markets",
            parameter="instruments",
            received=names,
            allowed="two ids or more, each once",
        )
    chosen = panel.select(names)
    sessions, moves, notes = _moves(chosen, wanted)
    need = len(names) * wanted.lags + 1
    shortest = len(moves) if wanted.window is None else min(wanted.window, len(moves))
    if shortest < 5 * need or (wanted.window or 0) > len(moves):
        raise InputError(
            f"{shortest} moves do not carry {need} coefficients an equation", parameter="window",
            received=wanted.window,
            allowed=f"{5 * need} moves or more, no more than the {len(moves)} there are; fewer lags or markets",
        )  # fmt: skip
    model, shares = _decomposed(moves, wanted)
    ends, totals, nets = _rolled(moves, sessions, wanted)
    drawn = np.empty((0, 0, 0))
    if (stable := bool(model.is_stable())) and wanted.draws:
        drawn = resampled_shares(
            moves / moves.std(axis=0),
            wanted.lags,
            wanted.horizon,
            np.random.default_rng(seed),
            draws=wanted.draws,
        )
    what = "sizes of moves" if wanted.of == "size" else "moves"
    head = (
        f"{len(moves)} {what} from {sessions[0]} to {sessions[-1]}; VAR({wanted.lags}), {wanted.horizon} sessions"
        " ahead",
        *notes,
        *(("the autoregression is not stable: shares hang on the horizon",) if not stable else ()),
        *((f"intervals by {wanted.draws} draws of blocks of residuals, seed {seed}",) if len(drawn) else ()),
    )
    reading = (
        *coupon_words(chosen, names), *_few(moves, names), *([BY_BOOTSTRAP] if len(drawn) else []),
        *([ROLLING] if wanted.window else []), GENERALISED, ASSOCIATION,
    )  # fmt: skip
    return Spillovers(
        f"Spillovers of {what} among {', '.join(names)}", names, shares, int(model.nobs), wanted, ends, totals, nets,
        head, reading, model, chosen.stamp, drawn, sessions[[0, -1]],
    )  # fmt: skip


def _few(moves: Floats, names: Sequence[str]) -> list[str]:
    """Name the markets of which few sessions have most of the spread."""
    behind = map(behind_spread, moves.T)
    return [
        few_words(f"What {name} sends and receives", sessions)
        for name, sessions in zip(names, behind, strict=True)
        if sessions < ENOUGH
    ]


def _moves(panel: Panel, spec: SpilloverSpec) -> tuple[NDArray[np.datetime64], Floats, tuple[str, ...]]:
    """Moves of all members between the sessions they share, shape (n, k)."""
    sessions, notes = shared_sessions(panel.quotes, ", ".join(panel.ids))
    columns = []
    for instrument, quotes in zip(panel.instruments, panel.quotes, strict=True):
        kind = instrument.move_kind(spec.move)
        unit = instrument.quoted_unit if kind.rule == "difference" else None
        levels = levels_with_coupons(panel, instrument.id)[np.isin(quotes.sessions, sessions)]
        moved = moves_from_levels(levels, kind.rule, unit)[1:]
        if len(moved) < 2 or np.ptp(moved) == 0.0:
            raise InputError(
                "does not move", parameter="instruments", received=instrument.id, allowed="others"
            )
        columns.append(np.abs(moved) if spec.of == "size" else moved)
    found = np.column_stack(columns)
    if np.linalg.matrix_rank(found / found.std(axis=0)) < len(columns):
        raise InputError(
            "move alike: their shocks cannot be told apart", parameter="instruments", received=list(panel.ids),
            allowed="markets of which none is made of the others",
        )  # fmt: skip
    return sessions[1:], found, tuple(notes)


def _decomposed(moves: Floats, spec: SpilloverSpec) -> tuple[Any, Floats]:
    """Fit the autoregression to moves of unit size, which decompose alike, and give its shares."""
    from statsmodels.tsa.vector_ar.var_model import VAR

    model = VAR(moves / moves.std(axis=0)).fit(spec.lags)
    responses = np.asarray(model.ma_rep(spec.horizon - 1), dtype=np.float64)
    return model, generalised_shares(responses, np.asarray(model.sigma_u, dtype=np.float64))


def _rolled(
    moves: Floats, sessions: NDArray[np.datetime64], spec: SpilloverSpec
) -> tuple[NDArray[np.datetime64], Floats, Floats]:
    """Total and net spillovers of rolling windows."""
    k = moves.shape[1]
    if spec.window is None:
        return np.empty(0, dtype="datetime64[D]"), np.empty(0), np.empty((0, k))
    stops = np.arange(spec.window, len(moves) + 1, spec.step)
    totals, nets = np.full(len(stops), np.nan), np.full((len(stops), k), np.nan)
    for row, stop in enumerate(stops):
        part = moves[stop - spec.window : stop]
        if (np.ptp(part, axis=0) > 0.0).all():
            model, shares = _decomposed(part, spec)
            if model.is_stable():
                totals[row], nets[row] = _total(shares), _net(shares)
    return sessions[stops - 1].copy(), totals, nets
