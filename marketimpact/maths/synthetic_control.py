"""Synthetic control: the average of untreated series that ran beside the treated one, and placebos among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from ..errors import DataError
from .frozen import Frozen, read_only
from .outcome import Outcome, not_applicable
from .single_event import TIE

__all__ = [
    "MIN_DONORS",
    "SYNTHETIC_CAR",
    "SYNTHETIC_RMSPE",
    "PlaceboControls",
    "control_weights",
    "fit_control",
    "placebo_controls",
    "placebo_rank",
]

MIN_DONORS = 2
"""With one donor nothing is weighed, and nothing can be a placebo."""

SYNTHETIC_CAR = "synthetic control: CAR among donors"
SYNTHETIC_RMSPE = "synthetic control: RMSPE ratio among donors"

ALIKE = 1e-9
"""Singular values below this, of differences between donors scaled to unit length, mean that they are alike."""

FOR_FIVE_PERCENT = 19
"""Donors from which on the smallest p of a rank among donors is .05."""


@dataclass(frozen=True, slots=True, eq=False)
class PlaceboControls(Frozen):
    """A treated series and, in its place, each of its J donors: how far each left its synthetic control.

    Attributes
    ----------
    weights : ndarray, shape (1 + J, J)
        Of the treated series, then of each donor in its place, who has none in its own row.
    fit_error : ndarray, shape (1 + J,)
        Root of the mean squared weighted residual before the event (pre-event RMSPE) [move unit].
    abnormal : ndarray, shape (1 + J, L)
        Moves after the event less those of the synthetic control [move unit].
    """

    weights: NDArray[np.float64]
    fit_error: NDArray[np.float64]
    abnormal: NDArray[np.float64]

    def __post_init__(self) -> None:
        read_only(self.weights, self.fit_error, self.abnormal)

    @property
    def rmspe_ratio(self) -> NDArray[np.float64]:
        """Root mean squared abnormal move over the pre-event RMSPE, shape (1 + J,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.sqrt((self.abnormal**2).mean(axis=1)) / self.fit_error)

    @property
    def car_ratio(self) -> NDArray[np.float64]:
        """Size of the summed abnormal move over the pre-event RMSPE, shape (1 + J,)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.abs(self.abnormal.sum(axis=1)) / self.fit_error)


def control_weights(y: NDArray[np.float64], donors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the weights, none below zero and of sum one, with which donors come closest to a series.

    They minimise sum_t (y_t - sum_j w_j d_jt)^2. No mean is fitted: moves are compared, and a difference between the
    levels of two series never enters their moves. As the weights sum to one, y - sum w d = sum_j w_j (y - d_j), and the
    problem is the point of least length in the convex hull of the columns y - d_j: with A these columns on a scale of
    one, u >= 0 minimises |A u|^2 + (1'u - 1)^2 exactly where w = u / 1'u minimises |A w|^2, since over the size of u
    the least of the former is q / (1 + q), q = |A w|^2. That is a least-squares problem without negative coefficients,
    solved exactly by an active set (`scipy.optimize.nnls`).

    Parameters
    ----------
    y : ndarray, shape (T,)
        Moves of the treated series before the event, weighted.
    donors : ndarray, shape (J, T)
        Moves of the donors over the same spans, weighted alike.

    Returns
    -------
    ndarray, shape (J,)

    Raises
    ------
    DataError
        If a move is not finite, or the donors are so alike or so many that several weights serve as well: they agree
        before the event, but not after it.

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), doi:10.1198/jasa.2009.ap08746; Lawson and Hanson (1974), Solving Least
    Squares Problems, chapter 23, doi:10.1137/1.9781611971217.

    Examples
    --------
    >>> donors = np.array([[1.0, 0.0, -1.0, 2.0], [0.0, 2.0, 1.0, 0.0]])
    >>> control_weights(0.25 * donors[0] + 0.75 * donors[1], donors).round(12).tolist()
    [0.25, 0.75]
    """
    _check(y, donors)
    gaps = (y - donors).T
    scale = np.abs(gaps).max()
    stacked = np.vstack([gaps / (scale if scale > 0.0 else 1.0), np.ones(len(donors))])
    found, _ = optimize.nnls(stacked, np.append(np.zeros(len(y)), 1.0))
    return np.asarray(found / found.sum())


def _check(y: NDArray[np.float64], donors: NDArray[np.float64]) -> None:
    if not (np.isfinite(y).all() and np.isfinite(donors).all()):
        raise DataError("holds a move that is not finite", parameter="donors", allowed="known moves alone")
    apart = donors[1:] - donors[:1]  # weights of sum one are unique where these are independent
    size = np.sqrt((apart**2).sum(axis=1, keepdims=True))
    scaled = np.divide(apart, size, out=np.zeros_like(apart), where=size > 0.0)
    if len(apart) and np.linalg.matrix_rank(scaled, tol=ALIKE) < len(apart):
        raise DataError(
            "several weights serve as well: a donor moves as a mix of others does",
            parameter="donors",
            received=f"{len(donors)} donors over {len(y)} moves",
            allowed="no more donors than moves, and none of them a mix of others",
        )


def fit_control(
    y: NDArray[np.float64], x: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Fit synthetic controls to N windows; an `Estimator` as `marketimpact.maths.estimators` has them.

    Parameters
    ----------
    y : ndarray, shape (N, n)
        Weighted moves, zero where unusable.
    x : ndarray, shape (1 + J, N, n)
        Weighted m, which has no coefficient here, and donors, zero where unusable. A donor that does not move in a
        window is none there.

    Returns
    -------
    params : ndarray, shape (1 + J, N)
        0 and the weights; NaN where no donor moves, or several weights serve as well.
    spent : ndarray of int, shape (N,)
        Donors with weight, less one for their sum: what the data left free.

    Examples
    --------
    >>> donors = np.array([[1.0, 0.0, -1.0, 2.0], [0.0, 2.0, 1.0, 0.0]])
    >>> params, spent = fit_control(0.5 * donors.sum(axis=0)[None], np.stack([np.ones(4), *donors])[:, None])
    >>> params.ravel().round(12).tolist(), spent.tolist()
    ([0.0, 0.5, 0.5], [1])
    """
    params, spent = np.full((len(x), len(y)), np.nan), np.zeros(len(y), dtype=np.int64)
    for i in range(len(y)):
        rows = x[0, i] != 0.0
        moving = np.flatnonzero((x[1:, i] != 0.0).any(axis=1))
        if not len(moving):
            continue
        try:
            weights = control_weights(y[i, rows], x[1:, i][moving][:, rows])
        except DataError:
            continue
        params[:, i] = 0.0
        params[1 + moving, i] = weights
        spent[i] = max(int(np.count_nonzero(weights)) - 1, 0)
    return params, spent


def placebo_controls(
    before: NDArray[np.float64], after: NDArray[np.float64], root_v: NDArray[np.float64]
) -> PlaceboControls:
    """Fit a synthetic control to the treated series, and to each donor in its place.

    A donor's control is made of the other donors: the treated series stands in none, as the news hit it.

    Parameters
    ----------
    before : ndarray, shape (1 + J, T)
        Moves before the event [move unit], of the treated series first.
    after : ndarray, shape (1 + J, L)
        Moves of the sessions to test.
    root_v : ndarray, shape (T,)
        Root of the variance ratio of each move before the event: what it is divided by in the fits.

    Returns
    -------
    PlaceboControls

    Raises
    ------
    DataError
        As `control_weights`; if there are fewer than two donors.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> before, after = rng.normal(size=(4, 30)), np.array([[5.0], [0.5], [-0.5], [0.1]])
    >>> found = placebo_controls(before, after, np.ones(30))
    >>> found.weights.shape, int(np.argmax(found.rmspe_ratio))
    ((4, 3), 0)
    """
    count = len(before) - 1
    if count < MIN_DONORS:
        raise DataError("too few donors", parameter="donors", received=count, allowed=f"{MIN_DONORS} or more")
    weighted = before / root_v
    weights = np.zeros((1 + count, count))
    weights[0] = control_weights(weighted[0], weighted[1:])
    for j in range(count):
        others = np.delete(np.arange(count), j)
        weights[1 + j, others] = control_weights(weighted[1 + j], weighted[1 + others])
    errors = weighted - weights @ weighted[1:]
    return PlaceboControls(weights, np.sqrt((errors**2).mean(axis=1)), after - weights @ after[1:])


def placebo_rank(ratios: NDArray[np.float64], name: str) -> Outcome:
    """Rank the treated series among its donors: p = #{ratio_j >= ratio_0} / (1 + J), itself included.

    Under the null that the news moved no series more than another, and where the series are alike, every rank is as
    likely as another. Large ratios count, of either sign of the move.

    Parameters
    ----------
    ratios : ndarray, shape (1 + J,)
        A statistic of the treated series, then of each donor in its place.
    name : str
        Name of the test.

    Returns
    -------
    Outcome
        ``n`` counts the series; ``p_floor`` is 1 / (1 + J).

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), section 3.4, doi:10.1198/jasa.2009.ap08746.

    Examples
    --------
    >>> found = placebo_rank(np.array([4.0, 1.0, 2.0, 5.0]), SYNTHETIC_CAR)
    >>> found.p_value, found.p_floor
    (0.5, 0.25)
    """
    total = len(ratios)
    if not np.isfinite(ratios).all():
        return not_applicable(name, "a ratio is unknown: a move is missing, or a fit leaves nothing", n=total)
    at_least = int(np.count_nonzero(ratios >= ratios[0] * (1.0 - TIE)))
    said = f"{total - 1} donors; the smallest p is 1/{total}"
    if total <= FOR_FIVE_PERCENT:
        said += f", and .05 needs {FOR_FIVE_PERCENT} donors"
    parts = (("m", float(at_least)), ("J", float(total - 1)))
    return Outcome(
        name, float(ratios[0]), at_least / total, n=total, p_floor=1.0 / total, note=said, parts=parts
    )
