"""A GARCH whose mean and variance answer to news: the likelihood, its maximum, and the errors of the parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.signal import lfilter

from ..errors import InputError
from .frozen import Frozen, read_only

__all__ = ["GarchNews", "fit_garch_news", "garch_news_likelihood"]

Floats = NDArray[np.float64]

LOW, HIGH = 1e-8, 1.0 - 1e-6
"""Least omega [of moves of unit size], and largest persistence."""

BEGINNINGS = ((0.03, 0.95), (0.08, 0.9), (0.05, 0.8), (0.15, 0.7), (0.2, 0.4))
"""alpha + gamma / 2 and beta from which the search may begin."""

NEWTON = 8
"""Steps after the search, which make the maximum exact where it lies inside the bounds."""

STEP = 1e-4
"""Relative step of the numerical derivatives."""

MARGIN = 1e-5
"""Distance from a bound within which a parameter counts as lying on it."""


@dataclass(frozen=True, slots=True, eq=False)
class GarchNews(Frozen):
    """A fitted GARCH or GJR with regressors in mean and variance, k parameters.

    Attributes
    ----------
    params : ndarray, shape (k,)
        Mean coefficients [move unit per unit of x], omega [move unit squared], alpha, gamma where there is one, beta,
        then the coefficients of the log variance.
    cov, cov_classic : ndarray, shape (k, k)
        Bollerslev and Wooldridge's covariance, which does not trust that moves are normal, and that of the Hessian.
    likelihood : float
        Log likelihood at the maximum.
    volatility : ndarray, shape (n,)
        Of each session, news included [move unit].
    residuals, standardized : ndarray, shape (n,)
        [move unit]; and over the volatility without the news's share of it, in which a burst stays visible.
    asymmetric : bool
        Whether it is a GJR.
    n_mean, n_variance : int
        Regressors in the mean and in the variance.
    code : int
        0 where the search converged.
    on_bound : tuple of str
        Parameters that lie on a bound, where no standard error holds.
    """

    params: Floats
    cov: Floats
    cov_classic: Floats
    likelihood: float
    volatility: Floats
    residuals: Floats
    standardized: Floats
    asymmetric: bool
    n_mean: int
    n_variance: int
    code: int
    on_bound: tuple[str, ...]

    def __post_init__(self) -> None:
        read_only(self.params, self.cov, self.cov_classic, self.volatility, self.residuals, self.standardized)

    @property
    def persistence(self) -> float:
        """alpha + gamma / 2 + beta."""
        alpha, gamma, beta = _dynamics(self.params[self.n_mean :], self.asymmetric)[1:]
        return float(alpha + gamma / 2.0 + beta)


def _dynamics(tail: Floats, asymmetric: bool) -> tuple[float, float, float, float]:
    """Give omega, alpha, gamma and beta of the parameters behind the mean's."""
    if asymmetric:
        return float(tail[0]), float(tail[1]), float(tail[2]), float(tail[3])
    return float(tail[0]), float(tail[1]), 0.0, float(tail[2])


def garch_news_likelihood(
    params: Floats, y: Floats, x: Floats, z: Floats, start: float, *, asymmetric: bool = False
) -> tuple[Floats, Floats, Floats]:
    """Give the log likelihood of each session, its variance and its residual.

    e = y - x b; the variance is h s with s = exp(z d) the share of the news, and h follows what the news does not
    explain: u = e / sqrt(s), h_t = omega + (alpha + gamma [u_(t-1) < 0]) u_(t-1)^2 + beta h_(t-1), begun with
    u_0^2 = h_0 = start, half of it below zero. A burst on an event day thus does not last because of the recursion;
    where volatility stays high the sessions after the news say so.

    Parameters
    ----------
    params : ndarray, shape (k,)
        As in `GarchNews`.
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k_x)
        Regressors of the mean, a column of ones among them if a mean is wanted.
    z : ndarray, shape (n, k_z)
        Regressors of the log variance; may have no columns.
    start : float
        Variance before the first session.
    asymmetric : bool
        Whether there is a gamma: Glosten, Jagannathan and Runkle's model.

    Returns
    -------
    likelihood, variance, residuals : ndarray, shape (n,)

    References
    ----------
    Bollerslev (1986), doi:10.1016/0304-4076(86)90063-1; Glosten, Jagannathan and Runkle (1993),
    doi:10.1111/j.1540-6261.1993.tb05128.x; Jones, Lamont and Lumsdaine (1998), doi:10.1016/S0304-405X(97)00046-3.

    Examples
    --------
    >>> y, x, z = np.array([2.0, 0.0]), np.zeros((2, 0)), np.array([[1.0], [0.0]])
    >>> garch_news_likelihood(np.array([0.1, 0.1, 0.8, np.log(4.0)]), y, x, z, 1.0)[1].round(12).tolist()
    [4.0, 1.0]
    """
    k = x.shape[1]
    omega, alpha, gamma, beta = _dynamics(params[k:], asymmetric)
    residuals = y - x @ params[:k]
    with np.errstate(over="ignore", divide="ignore"):  # a step of the search may reach too far
        share = np.exp(z @ params[k + 3 + asymmetric :])
        squares = residuals**2 / share
    news = omega + (alpha + gamma * (residuals[:-1] < 0.0)) * squares[:-1]
    first = omega + (alpha + gamma / 2.0 + beta) * start
    own, _ = lfilter([1.0], [1.0, -beta], np.append(first, news), zi=np.zeros(1))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        variance = own * share
        likelihood = -0.5 * (np.log(2.0 * np.pi) + np.log(variance) + residuals**2 / variance)
    return likelihood, variance, residuals


def fit_garch_news(
    y: Floats, x: Floats, z: Floats, *, model: Literal["garch", "gjr"] = "garch", start: float | None = None
) -> GarchNews:
    """Fit a GARCH(1,1) or GJR(1,1,1) with regressors in the mean and in the log variance, by normal likelihood.

    Moves are divided by their spread first. The search (sequential quadratic programming within omega > 0, alpha, beta
    and alpha + gamma not below 0, alpha + gamma / 2 + beta below 1) begins at the best of several beginnings, and ends
    with Newton's steps. With H the Hessian of the log likelihood and s_t the scores, both by central differences, the
    covariance is H^-1 (sum_t s_t s_t') H^-1, and in `cov_classic` -H^-1.

    Without regressors in the variance it is arch's model: parameters, likelihood and errors agree to four digits where
    ``start`` is arch's backcast.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Moves in the order of time, none missing.
    x : ndarray, shape (n, k_x)
    z : ndarray, shape (n, k_z)
    model : {"garch", "gjr"}
    start : float, optional
        Variance before the first session [move unit squared]; the mean square of the residuals of least squares when
        not given.

    Returns
    -------
    GarchNews

    Raises
    ------
    InputError
        For values that are missing or fewer sessions than parameters.

    References
    ----------
    Bollerslev and Wooldridge (1992), doi:10.1080/07474939208800229, and those of `garch_news_likelihood`.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> event = (np.arange(2000) % 20 == 0).astype(float)[:, None]
    >>> y = (rng.standard_normal(2000) * np.exp(0.5 * np.log(4.0) * event[:, 0])).astype(float)
    >>> found = fit_garch_news(y, np.ones((2000, 1)), event)
    >>> found.code, bool(3.0 < np.exp(found.params[-1]) < 5.5)
    (0, True)
    """
    n, size = len(y), x.shape[1] + 3 + (model == "gjr") + z.shape[1]
    if not (np.isfinite(y).all() and np.isfinite(x).all() and np.isfinite(z).all()):
        raise InputError("hold values that are missing", parameter="y, x, z", allowed="numbers alone")
    if n <= size:
        raise InputError(
            "are too few", parameter="y", received=n, allowed=f"more sessions than the {size} parameters"
        )
    coefficients = np.asarray(np.linalg.lstsq(x, y, rcond=None)[0], dtype=np.float64)
    left = y - x @ coefficients
    scale = float(np.sqrt(np.mean(left**2)))
    if not scale > 0.0:
        raise InputError("do not vary", parameter="y", allowed="moves that do")
    problem = _Problem(
        y / scale, x, z, 1.0 if start is None else start / scale**2, model == "gjr", coefficients / scale
    )
    params, code = problem.maximise()
    units = problem.units(scale)
    total = problem.likelihood(params)
    _, variance, residuals = problem.evaluate(params)
    robust, classic = problem.covariances(params)
    outer = np.outer(units, units)
    share = np.exp(z @ params[len(params) - z.shape[1] :])
    return GarchNews(
        params * units, robust * outer, classic * outer, total - n * float(np.log(scale)),
        scale * np.sqrt(variance), scale * residuals,
        residuals * np.sqrt(share / variance), problem.asymmetric, x.shape[1], z.shape[1], code,
        problem.on_bound(params),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Problem:
    """Moves of unit size, their regressors, and where the search begins."""

    y: Floats
    x: Floats
    z: Floats
    start: float
    asymmetric: bool
    mean: Floats

    @property
    def tail(self) -> int:
        """Place of omega."""
        return int(self.x.shape[1])

    def evaluate(self, params: Floats) -> tuple[Floats, Floats, Floats]:
        return garch_news_likelihood(params, self.y, self.x, self.z, self.start, asymmetric=self.asymmetric)

    def likelihood(self, params: Floats) -> float:
        return float(self.evaluate(params)[0].sum())

    def units(self, scale: float) -> Floats:
        """What turns parameters of moves of unit size into those of the moves."""
        out = np.ones(self.tail + 3 + self.asymmetric + self.z.shape[1])
        out[: self.tail] = scale
        out[self.tail] = scale**2
        return np.asarray(out)

    def beginnings(self) -> list[Floats]:
        """Give the beginnings, the best first; their log variance ratios are those of least squares' residuals."""
        squares = (self.y - self.x @ self.mean) ** 2
        shares = [
            np.log(max(float(np.mean(squares[column != 0.0])), 1e-4) / max(float(squares.mean()), 1e-4))
            if set(np.unique(column)) <= {0.0, 1.0} and column.any()
            else 0.0
            for column in self.z.T
        ]
        every = []
        for news, beta in BEGINNINGS:
            own = [0.5 * news, news] if self.asymmetric else [news]
            every.append(np.concatenate([self.mean, [1.0 - news - beta], own, [beta], shares]))
        return sorted(every, key=lambda one: -_number(self.likelihood(one)))

    def maximise(self) -> tuple[Floats, int]:
        """Search the maximum, from the next beginning where a search stops; 0 where one converged."""
        starts, at = self.beginnings(), self.tail
        first, size = starts[0], float(len(self.y))  # what the optimiser sees is of order one
        bounds: list[tuple[float | None, float | None]] = [(None, None)] * len(first)
        bounds[at], bounds[at + 1] = (LOW, None), (0.0, 1.0)
        bounds[at + 2 + self.asymmetric] = (0.0, 1.0)
        bounds[at + 3 + self.asymmetric :] = [(-10.0, 10.0)] * self.z.shape[1]
        constraints: list[Any] = [{"type": "ineq", "fun": self._room}]
        if self.asymmetric:
            bounds[at + 2] = (-1.0, 2.0)
            constraints.append({"type": "ineq", "fun": lambda p: p[at + 1] + p[at + 2]})

        def cost(params: Floats) -> float:
            return -_number(self.likelihood(params)) / size

        for start in starts:
            found = minimize(
                cost, start, method="SLSQP", bounds=bounds, constraints=constraints, tol=1e-10,
                options={"maxiter": 500},
            )  # fmt: skip
            if not found.status:
                break
        params = np.asarray(found.x, dtype=np.float64)
        return (params if self.on_bound(params) else self._newton(params)), int(found.status)

    def _room(self, params: Floats) -> float:
        _, alpha, gamma, beta = _dynamics(params[self.tail :], self.asymmetric)
        return HIGH - alpha - gamma / 2.0 - beta

    def on_bound(self, params: Floats) -> tuple[str, ...]:
        """Name the parameters on a bound."""
        omega, alpha, gamma, beta = _dynamics(params[self.tail :], self.asymmetric)
        rooms = {"omega": omega - LOW, "alpha": alpha, "beta": beta, "persistence": self._room(params)}
        if self.asymmetric:
            rooms["alpha + gamma"] = alpha + gamma
        return tuple(name for name, room in rooms.items() if room <= MARGIN)

    def _newton(self, params: Floats) -> Floats:
        """Take Newton's steps as long as they raise the likelihood and stay inside the bounds."""
        best = self.likelihood(params)
        for _ in range(NEWTON):
            gradient = self._scores(params).sum(axis=0)
            try:
                step = np.linalg.solve(_hessian(self.likelihood, params), -gradient)
            except np.linalg.LinAlgError:
                break
            tried = params + step
            value = _number(self.likelihood(tried))
            if self.on_bound(tried) or not value >= best:
                break
            params, best = tried, value
            if float(np.abs(step).max()) < 1e-9:
                break
        return params

    def _scores(self, params: Floats) -> Floats:
        """Give the derivatives of each session's log likelihood by central differences, shape (n, k)."""
        columns = []
        for i, h in enumerate(_steps(params)):
            up, down = params.copy(), params.copy()
            up[i] += h
            down[i] -= h
            columns.append((self.evaluate(up)[0] - self.evaluate(down)[0]) / (2.0 * h))
        return np.column_stack(columns)

    def covariances(self, params: Floats) -> tuple[Floats, Floats]:
        """Give the robust and the classic covariance; NaN where the Hessian has no inverse."""
        try:
            inverse = np.linalg.inv(-_hessian(self.likelihood, params))
        except np.linalg.LinAlgError:
            inverse = np.full((len(params), len(params)), np.nan)
        scores = self._scores(params)
        return np.asarray(inverse @ (scores.T @ scores) @ inverse), np.asarray(inverse)


def _number(value: float) -> float:
    """Give a likelihood the search can compare: very small where it is none."""
    return value if np.isfinite(value) else -1e12


def _steps(params: Floats) -> Floats:
    return STEP * np.maximum(np.abs(params), 1e-2)


def _hessian(function: Callable[[Floats], float], params: Floats) -> Floats:
    """Give the matrix of second derivatives by central differences."""
    k, h = len(params), 3.0 * _steps(params)
    found, centre = np.empty((k, k)), function(params)
    eye = np.diag(h)
    for i in range(k):
        up, down = function(params + eye[i]), function(params - eye[i])
        found[i, i] = (up - 2.0 * centre + down) / h[i] ** 2
        for j in range(i):
            four = [
                function(params + a * eye[i] + b * eye[j])
                for a, b in ((1.0, 1.0), (1.0, -1.0), (-1.0, 1.0), (-1.0, -1.0))
            ]
            found[i, j] = found[j, i] = (four[0] - four[1] - four[2] + four[3]) / (4.0 * h[i] * h[j])
    return found
