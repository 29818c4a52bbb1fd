"""News on few sessions: what a coefficient rests on, what is refused, and a p that few sessions can carry."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, MarketImpactWarning
from ..maths.carried import ALONE, carried, rejection_of_white
from ..maths.cluster_robust import dependent_columns
from ..maths.frozen import Frozen, read_only

__all__ = [
    "ALONE",
    "ENOUGH",
    "Design",
    "behind_spread",
    "check_alone",
    "check_columns",
    "check_spread",
    "earlier",
    "few_words",
    "sessions_behind",
    "shifted_p",
    "warn_of_white",
]

Floats = NDArray[np.float64]

ENOUGH = 20.0
"""Sessions a coefficient from which the usual robust errors are let pass without a word."""

SHIFTS = 999
"""Places that the news are moved to at most, beside their own."""

ONE_EVENT = (
    "news on several sessions, or fewer lags and leads; one dated event has tests of its own,"
    " mi.EventStudy(...).run(...).one_event(...); where one huge value stands among many, np.log1p(series), or the"
    " series without that day"
)
"""What to do where one session carries everything."""


@dataclass(frozen=True, slots=True, eq=False)
class Design(Frozen):
    """A regression on values of sessions before and after, and the combinations of coefficients that are asked for.

    Attributes
    ----------
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
        A column of ones first.
    rows : ndarray of int, shape (n,)
        Place of each among all sessions.
    weights : ndarray, shape (m, k)
        A row a combination.
    terms : tuple of str, length m
    columns : tuple of str, length k
    """

    y: Floats
    x: Floats
    rows: NDArray[np.int64]
    weights: Floats
    terms: tuple[str, ...]
    columns: tuple[str, ...]

    def __post_init__(self) -> None:
        read_only(self.y, self.x, self.rows, self.weights)


def earlier(values: Floats, by: int) -> Floats:
    """Give the value so many sessions before each; NaN where there is none.

    Examples
    --------
    >>> earlier(np.array([1.0, 2.0, 3.0]), 1).tolist(), earlier(np.array([1.0, 2.0, 3.0]), -2).tolist()
    ([nan, 1.0, 2.0], [3.0, nan, nan])
    """
    out = np.full(len(values), np.nan)
    n = len(values) - abs(by)
    if n > 0:
        out[max(by, 0) : max(by, 0) + n] = values[max(-by, 0) : max(-by, 0) + n]
    return out


def sessions_behind(design: Design) -> Floats:
    """Give the effective number of sessions behind each combination, shape (m,).

    That of `carried`, and no more than the sessions on which one of its columns is off its commonest value: four days
    of news are four sessions, although all days without news share in the coefficient.
    """
    off = np.column_stack([column != _commonest(column) for column in design.x.T])
    most = [float(off[:, row != 0.0].any(axis=1).sum()) for row in design.weights]
    return np.minimum(carried(design.x, design.weights).effective, most)


def check_columns(design: Design, name: str) -> None:
    """Refuse columns that depend on one another, and name them.

    Raises
    ------
    InputError
    """
    dependent = dependent_columns(design.x)
    if not dependent:
        return
    said = "; ".join(
        f"{design.columns[j]!r} is made of {', '.join(repr(design.columns[i]) for i in of)}"
        if of
        else f"{design.columns[j]!r} is zero throughout"
        for j, of in dependent.items()
    )
    raise InputError(
        f"has lags that cannot be told apart: {said}", parameter="series", received=name,
        allowed="fewer lags or leads: news that come back after a fixed number of sessions repeat themselves, and news"
        " at the ends of the sample have no lag there",
    )  # fmt: skip


def check_alone(design: Design, name: str, sessions: NDArray[np.datetime64]) -> None:
    """Refuse a coefficient that rests on one session.

    Parameters
    ----------
    design : Design
    name : str
        Of the series.
    sessions : ndarray of datetime64[D]
        All sessions.

    Raises
    ------
    InputError
    """
    found = carried(design.x, design.weights)
    worst = int(np.argmax(found.largest))
    if found.largest[worst] > ALONE:
        date = sessions[design.rows[found.at[worst]]]
        raise InputError(
            f"leaves {design.terms[worst]!r} to one session: the move of {date} has"
            f" {found.largest[worst] * 100:.0f} % of it, and nothing says how far it may be off",
            parameter="series", received=name, allowed=ONE_EVENT,
        )  # fmt: skip


def check_spread(values: Floats, sessions: NDArray[np.datetime64], name: str) -> tuple[float, str]:
    """Refuse a series of which one session has all the spread; give the sessions that carry it, and words where few.

    Returns
    -------
    sessions : float
        `behind_spread`.
    words : str
        Empty from `ENOUGH` sessions on.

    Raises
    ------
    InputError
    """
    shares = _shares(values)
    at = int(shares.argmax())
    if shares[at] > ALONE:
        raise InputError(
            f"varies on one session: {sessions[at]} has {shares[at] * 100:.0f} % of its spread", parameter="series",
            received=name, allowed=ONE_EVENT,
        )  # fmt: skip
    behind = behind_spread(values)
    return behind, few_words(name, behind) if behind < ENOUGH else ""


def behind_spread(values: Floats) -> float:
    """Give the effective number of values that carry the spread of a series, NaN where missing.

    (sum of d^2)^2 / sum of d^4, d the deviations from the mean, and no more than are off the commonest value.

    Examples
    --------
    >>> behind_spread(np.r_[np.zeros(96), np.ones(4)])
    4.0
    """
    shares, known = _shares(values), values[np.isfinite(values)]
    return min(float(1.0 / (shares @ shares)), float((known != _commonest(known)).sum()))


def _shares(values: Floats) -> Floats:
    squares = np.where(np.isfinite(values), values - np.nanmean(values), 0.0) ** 2
    return np.asarray(squares / squares.sum())


def few_words(what: str, behind: float) -> str:
    """Say that few sessions carry a number.

    Examples
    --------
    >>> few_words("lag 1", 3.21)
    'lag 1 rests on about 3.2 sessions: other days, and other news of those days, could turn it.'
    """
    return f"{what} rests on about {behind:.2g} sessions: other days, and other news of those days, could turn it."


def warn_of_white(design: Design, behind: Floats, cov: str, level: float) -> str:
    """Warn of HC1 or HAC errors that few sessions make too small; give the sentence for the result, or none."""
    few = np.flatnonzero(behind < ENOUGH)
    if not len(few):
        return ""
    rates = rejection_of_white(design.x, design.weights, 1.0 - level)
    worst = int(few[np.argmax(rates[few])])
    text = (
        f"{cov} is too small with fewer than {ENOUGH:g} sessions a coefficient ({design.terms[worst]}: about"
        f" {behind[worst]:.2g} sessions: rejects about {rates[worst] * 100:.0f} % of true nulls at a nominal"
        f" {(1.0 - level) * 100:.3g} %): cov='HC2' holds from two; read p_permutation"
    )
    warnings.warn(text, MarketImpactWarning, stacklevel=3)
    return text


def shifted_p(news: Floats, moves: Floats, every: list[int], weights: Floats) -> tuple[Floats, int]:
    """Give p of combinations of lag coefficients against the news moved as a whole, round the sample, to other places.

    p = #{abs(c'b*) >= abs(c'b)} / places, their own place among them; up to `SHIFTS` others, evenly spread. Both series
    keep their own dependence. The null is that news and moves have nothing to do with one another at any lag.

    Parameters
    ----------
    news, moves : ndarray, shape (n,)
        NaN where missing.
    every : list of int
        Lags; below 0 leads.
    weights : ndarray, shape (m, 1 + len(every))

    Returns
    -------
    p : ndarray, shape (m,)
    places : int
    """
    n = len(news)
    places = np.unique(np.linspace(0.0, n, min(n, SHIFTS + 1), endpoint=False).astype(np.int64))
    drawn = np.array([_coefficients(np.roll(news, int(by)), moves, every, weights) for by in places])
    hits = drawn >= drawn[0] * (1.0 - 1e-9)
    return np.asarray(hits.mean(axis=0)), len(places)


def _coefficients(news: Floats, moves: Floats, every: list[int], weights: Floats) -> Floats:
    """Sizes of combinations; endless where the columns depend on one another, which counts against the news."""
    x = np.column_stack([np.ones(len(news)), *[earlier(news, k) for k in every]])
    rows = np.isfinite(moves) & np.isfinite(x).all(axis=1)
    solved, _, rank, _ = np.linalg.lstsq(x[rows], moves[rows], rcond=1e-9)
    return np.abs(weights @ solved) if rank == x.shape[1] else np.full(len(weights), np.inf)


def _commonest(values: Floats) -> float:
    found, counts = np.unique(values, return_counts=True)
    return float(found[counts.argmax()])
