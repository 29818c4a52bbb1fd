"""How much of a slope one day carries: shares of leverage, and the coefficients without each event day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..maths.frozen import Frozen, read_only
from .estimation import Estimates, Sample
from .observations import Observations

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LARGEST_SHARE", "Influence", "LeavesOneOut", "Points", "influence_of", "points_of"]

Floats = NDArray[np.float64]

LARGEST_SHARE = 1.0 / 3.0
"""Share of a slope's leverage above which one event day carries it."""


@dataclass(frozen=True, slots=True, eq=False)
class Influence(Frozen):
    """What each of G event days does to the coefficients of k surprises, or event dummies.

    Attributes
    ----------
    terms : tuple of str, length k
    sessions : ndarray of datetime64[D], shape (G,)
    events : tuple of str, length G
        Ids of the events of the day, or around it, joined by " + ".
    shares : ndarray, shape (G, k)
        Share of the day in the sum of squares of the regressor beside all others; a column sums to one with the share
        of all days without news.
    without : ndarray, shape (G, k)
        Coefficients of a fit without the day; NaN where the day alone determines one.
    estimates, std_errors : ndarray, shape (k,)
        Of the whole fit.
    units : tuple of str, length k
        Unit of each coefficient.
    """

    terms: tuple[str, ...]
    sessions: NDArray[np.datetime64]
    events: tuple[str, ...]
    shares: Floats
    without: Floats
    estimates: Floats
    std_errors: Floats
    units: tuple[str, ...]

    def __post_init__(self) -> None:
        read_only(self.sessions, self.shares, self.without, self.estimates, self.std_errors)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a term and event day: share of leverage, the estimate without it, the change and in errors.

        The estimate without the day and the change are in the ``unit`` of the coefficient.
        Ordered by term and share, the largest first; days whose share in a term is zero to rounding stay out of it.
        """
        import pandas as pd

        parts = []
        for j, term in enumerate(self.terms):
            change = self.without[:, j] - self.estimates[j]
            parts.append(
                pd.DataFrame(
                    {
                        "term": term,
                        "session": self.sessions.astype("datetime64[s]"),
                        "event_id": self.events,
                        "share": self.shares[:, j],
                        "estimate_without": self.without[:, j],
                        "change": change,
                        "change_in_se": change / self.std_errors[j],
                        "unit": self.units[j],
                    }
                ).sort_values("share", ascending=False, kind="stable")
            )
        table = pd.concat(parts, ignore_index=True)
        return table[table["share"] > 1e-4].reset_index(drop=True)

    def over(self, scales: Floats, units: Sequence[str]) -> Influence:
        """Give the same of coefficients over k scales, which are in other units then."""
        return replace(
            self, without=self.without / scales, estimates=self.estimates / scales,
            std_errors=self.std_errors / scales, units=tuple(units),
        )  # fmt: skip

    def largest(self, term: int) -> int:
        """Give the place of the day with the largest share in a term."""
        return int(np.argmax(self.shares[:, term]))


class LeavesOneOut:
    """What results with an `Influence` have in common."""

    __slots__ = ()

    influence: Influence | None

    def _influence(self) -> Influence:
        if self.influence is None:
            own = type(self).__name__
            raise InputError(
                "is not known", parameter=f"{own}.influence", allowed="what a regression's run returns"
            )
        return self.influence

    def leave_one_out(self) -> pd.DataFrame:
        """Give one row a coefficient and session of news: its share of the leverage, and the coefficient without it.

        Raises
        ------
        InputError
            If the result was made by hand, without an influence.
        """
        return self._influence().to_frame()


def influence_of(
    found: Observations, sample: Sample, fitted: Estimates, news: int, *, taus: tuple[int, ...] = (0,)
) -> Influence:
    """Give shares of leverage, and the coefficients without each event day, in closed form.

    Beside the others a surprise, or a dummy, leaves s~; the share of day g is sum_(t in g) s~_t^2 / sum_t s~_t^2.
    Without the moves of day g the coefficients are b - (X'X)^-1 X_g' (I - H_g)^-1 e_g: no fit is repeated.

    Parameters
    ----------
    found : Observations
    sample : Sample
    fitted : Estimates
    news : int
        Number of surprises or dummies: the first regressors.
    taus : tuple of int
        Sessions from the event session that have regressors of their own.

    Returns
    -------
    Influence

    References
    ----------
    Belsley, Kuh and Welsch (1980), Regression Diagnostics, doi:10.1002/0471725153, chapter 2.
    """
    x, e = sample.wx, sample.wy - sample.wx @ fitted.params
    m = np.linalg.pinv(x)
    left = m[:news] ** 2  # a row of (X'X)^-1 X' is s~ over its sum of squares: Frisch and Waugh
    left /= left.sum(axis=1, keepdims=True)
    dates = np.unique(sample.dates[(sample.x[:, :news] != 0.0).any(axis=1)])
    shares, without = np.empty((len(dates), news)), np.full((len(dates), news), np.nan)
    order = np.argsort(sample.dates, kind="stable")
    begins = np.searchsorted(sample.dates[order], dates)
    ends = np.searchsorted(sample.dates[order], dates, side="right")
    for g, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        rows = order[begin:end]
        shares[g] = left[:, rows].sum(axis=1)
        rest = np.eye(len(rows)) - x[rows] @ m[:, rows]
        if np.linalg.eigvalsh((rest + rest.T) / 2.0)[0] > 1e-9:
            without[g] = fitted.params[:news] - m[:news, rows] @ np.linalg.solve(rest, e[rows])
    sessions = dates.astype("datetime64[D]")
    return Influence(
        sample.terms[:news], sessions, _ids(found, sessions, taus), shares, without,
        fitted.params[:news].copy(), fitted.std_errors[:news].copy(), sample.units[:news],
    )  # fmt: skip


def _ids(found: Observations, sessions: NDArray[np.datetime64], taus: tuple[int, ...]) -> tuple[str, ...]:
    names, by_day = found.events.ids.astype(str)[found.event], dict[np.datetime64, dict[str, None]]()
    for tau in taus:
        entered, at = found.after(tau)
        for name, day in zip(names[entered].tolist(), found.sessions[at], strict=True):
            by_day.setdefault(day, {})[name] = None
    return tuple(" + ".join(by_day[day]) for day in sessions)


@dataclass(frozen=True, slots=True, eq=False)
class Points(Frozen):
    """Surprises, and the moves beside all other regressors; one entry a term and move, shape (n,).

    Attributes
    ----------
    term : ndarray of int
        Place of the surprise among the terms.
    surprise : ndarray
        Value of the regressor [sd, or its unit].
    move : ndarray
        Residual and the part of the surprise: e_t + b_k s_k,t [move unit].
    sessions : ndarray of datetime64[D]
    instrument, events : ndarray of str
    share : ndarray
        Share of the day in the leverage.
    """

    term: NDArray[np.int64]
    surprise: Floats
    move: Floats
    sessions: NDArray[np.datetime64]
    instrument: NDArray[np.object_]
    events: NDArray[np.object_]
    share: Floats

    def __post_init__(self) -> None:
        read_only(
            self.term, self.surprise, self.move, self.sessions, self.instrument, self.events, self.share
        )


def points_of(found: Observations, sample: Sample, fitted: Estimates, influence: Influence) -> Points:
    """Give what a figure of responses draws: the move of each day with a surprise, beside all other regressors."""
    rows, term = np.nonzero(sample.x[:, : len(influence.terms)])
    s, days = sample.x[rows, term], sample.dates[rows]
    at = np.searchsorted(influence.sessions.astype(np.int64), days)
    names = np.array(found.instruments, dtype=object)
    return Points(
        term, s, fitted.residuals[rows] + fitted.params[term] * s, days.astype("datetime64[D]"),
        names[found.series[sample.rows[rows]]], np.array(influence.events, dtype=object)[at],
        influence.shares[at, term],
    )  # fmt: skip
