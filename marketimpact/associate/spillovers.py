"""Spillovers: how much of each market's forecast error is made of shocks to the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
from ..maths.spillover import generalised_shares
from ..study.estimated import TERMS, Estimated
from ..study.given import given_or
from ..study.summary import Summary
from ..units import MoveRule
from .result import ASSOCIATION

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SpilloverSpec", "Spillovers", "spillovers"]

Floats = NDArray[np.float64]

GENERALISED = (
    "Shares are generalised: correlated shocks are counted to each market they come with, so that a spillover is"
    " what goes together, whoever began. Series of different snapshots within a day make the earlier one seem to lead."
)


NO_ERROR = "a share is bounded by 0 and 1: no standard error, no p, no interval"
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

    def __post_init__(self) -> None:
        for name, least in (("lags", 1), ("horizon", 1), ("step", 1), ("window", 10)):
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

    def __post_init__(self) -> None:
        read_only(self.shares, self.ends, self.totals, self.nets)

    @property
    def ledger(self) -> Ledger:
        """Without rows: no dated news enters. ``head`` says which sessions are left out."""
        return Ledger.empty()

    @property
    def level(self) -> float:
        """Level of intervals, of which there are none."""
        return 0.95

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
        """Give NaN, as there are no standard errors."""
        return self.std_errors, self.std_errors

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
        nothing = self.std_errors
        columns = {
            "term": self.terms, "estimate": self.estimates, "std_error": nothing, "statistic": nothing,
            "p_value": nothing, "conf_low": nothing, "conf_high": nothing, "n": self.n,
            "unit": "share of error variance", "note": NO_ERROR, "market": np.repeat(self.names, k),
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
        head = [self.title, *self.head, f"total spillover {self.total * 100:.1f} %"]
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
        return f"Spillovers: {self.title}: total {self.total * 100:.1f} %"


def _total(shares: Floats) -> float:
    return float((shares.sum() - np.trace(shares)) / len(shares))


def _net(shares: Floats) -> Floats:
    return np.asarray(shares.sum(axis=0) - shares.sum(axis=1))


def spillovers(
    panel: Panel, instruments: Sequence[str] | None = None, *, spec: SpilloverSpec | None = None
) -> Spillovers:
    """Decompose the forecast errors of several markets into shocks to each, by a vector autoregression.

    Moves are those between the sessions that all markets share; statsmodels estimates the autoregression, and its
    forecast errors ``horizon`` sessions ahead are decomposed as `generalised_shares` says.

    Parameters
    ----------
    panel : Panel
    instruments : sequence of str, optional
        Two or more ids; all members when not given.
    spec : SpilloverSpec, optional

    Returns
    -------
    Spillovers

    Raises
    ------
    InputError
        If fewer than two members are named, one is unknown or does not move, or there are too few sessions.

    References
    ----------
    Diebold and Yilmaz (2012), doi:10.1016/j.ijforecast.2011.02.006.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch(["ecb:EUR/TRY", "ecb:EUR/ZAR", "ecb:EUR/CZK"], start="2017-01-01", end="2018-12-31")
    >>> found = spillovers(panel)
    >>> round(found.total, 3), found.net.idxmax()
    (0.124, 'EUR/TRY')
    """
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
    what = "sizes of moves" if wanted.of == "size" else "moves"
    head = (
        f"{len(moves)} {what} from {sessions[0]} to {sessions[-1]}; VAR({wanted.lags}), {wanted.horizon} sessions"
        " ahead",
        *notes,
        *(("the autoregression is not stable: shares hang on the horizon",) if not model.is_stable() else ()),
    )
    return Spillovers(
        f"Spillovers of {what} among {', '.join(names)}", names, shares, int(model.nobs), wanted, ends, totals, nets,
        head, (*coupon_words(chosen, names), GENERALISED, ASSOCIATION), model, chosen.stamp,
    )  # fmt: skip


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
