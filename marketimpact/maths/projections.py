"""Local projections: one regression a horizon of what moves became on a shock, and what their errors share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .carried import ALONE
from .cluster_robust import cluster_robust, dependent_columns
from .frozen import Frozen, read_only

__all__ = [
    "ProjectionCov",
    "Projections",
    "lags_of",
    "leads_of",
    "long_differences",
    "longest_horizon",
    "project",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ProjectionCov = Literal["HC2", "HC0", "HC1", "HC3", "HAC"]
"""How the standard errors of local projections are made."""

EXACT = 1e-10
"""Share of the outcome that residuals are to rounding, where the shock is the outcome itself."""

FULL = 1e-9
"""Share of an observation that the other ones leave unexplained, below which it determines a coefficient alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Projections(Frozen):
    """The coefficients of a shock at H + 1 horizons; shape (H + 1,) unless said.

    Attributes
    ----------
    estimates, std_errors, dfs : ndarray
        Coefficients [unit of the outcome per unit of the shock], their standard errors, and the degrees of freedom of
        their t. NaN but for the coefficient where one observation alone determines it, or has more than 90 % of the
        squares that the controls leave of the shock and errors are not HC2 or HC3; all NaN where there is nothing
        to regress. The standard error is zero where the fit is exact.
    cov : ndarray, shape (H + 1, H + 1)
        Covariance of the coefficients over horizons, from the sum of the products of their influences; NaN where there
        is no standard error.
    used : ndarray of bool, shape (n, H + 1)
        Observations that are known at each horizon.
    residuals : ndarray, shape (n, H + 1)
        NaN where an observation did not enter.
    honest_dfs : ndarray
        Bell and McCaffrey's degrees of freedom, whatever the errors: how many observations truly carry a coefficient.
    largest : ndarray of int
        Observation with the largest leverage on the coefficient; -1 where there is no coefficient.
    shares : ndarray
        Its share z_t^2 / z'z.
    without : ndarray
        The coefficient without it; NaN where it alone determines it.
    overlaps : ndarray
        Variance of the coefficient over what HC errors take it for, where moves are alike and independent and outcomes
        their sums: above 1 where shocks follow one another within the horizon.
    followers : ndarray
        Shocks of the sessions t + 1 to t + h that come with one at t beside the controls, z'(s_(t+1) + ... + s_(t+h)) /
        z'z [shocks]: the coefficient holds their responses. Zero where they are controls; those not known are not
        counted.
    missing : tuple of str
        Why a horizon has no coefficient; empty where it has one.
    """

    estimates: Floats
    std_errors: Floats
    dfs: Floats
    cov: Floats
    used: NDArray[np.bool_]
    residuals: Floats
    honest_dfs: Floats
    largest: Ints
    shares: Floats
    without: Floats
    overlaps: Floats
    followers: Floats
    missing: tuple[str, ...]

    def __post_init__(self) -> None:
        read_only(self.estimates, self.std_errors, self.dfs, self.cov, self.used, self.residuals)
        read_only(self.honest_dfs, self.largest, self.shares, self.without, self.overlaps, self.followers)


def long_differences(moves: Floats, horizons: int) -> Floats:
    """Give the sums of moves from each session to h sessions later: levels there less the level before the session.

    Parameters
    ----------
    moves : ndarray, shape (n,)
        NaN where missing.
    horizons : int
        Last horizon H [sessions].

    Returns
    -------
    ndarray, shape (n, H + 1)
        NaN where a move of the sum is missing, or the series ends before.

    Examples
    --------
    >>> long_differences(np.array([1.0, 2.0, 4.0]), 1).tolist()
    [[1.0, 3.0], [2.0, 6.0], [4.0, nan]]
    """
    n = len(moves)
    found = np.full((n, horizons + 1), np.nan)
    total = moves.astype(np.float64)
    for h in range(min(horizons + 1, n)):
        if h:
            total = total[:-1] + moves[h:]
        found[: n - h, h] = total
    return found


def lags_of(values: Floats, lags: int) -> Floats:
    """Give the values of 1 to ``lags`` sessions before each, shape (n, lags); NaN before the first.

    Examples
    --------
    >>> lags_of(np.array([1.0, 2.0, 4.0]), 2).tolist()
    [[nan, nan], [1.0, nan], [2.0, 1.0]]
    """
    found = np.full((len(values), lags), np.nan)
    for lag in range(1, min(lags, len(values) - 1) + 1):
        found[lag:, lag - 1] = values[:-lag]
    return found


def leads_of(values: Floats, leads: int) -> Floats:
    """Give the values of 1 to ``leads`` sessions after each, shape (n, leads); NaN after the last.

    Examples
    --------
    >>> leads_of(np.array([1.0, 2.0, 4.0]), 2).tolist()
    [[2.0, 4.0], [4.0, nan], [nan, nan]]
    """
    return lags_of(values[::-1], leads)[::-1]


def longest_horizon(moves: Floats, shock: Floats, controls: Floats, *, leads: bool = False) -> int:
    """Give the last horizon that a sample lets be estimated: half of its sessions, and more of them than coefficients.

    The sum of h + 1 moves from session t on is known where none of them is missing. Sums over more than half of the
    sessions all hold those in the middle, and differ by the others alone. Of 90 % intervals for independent shocks over
    150 sessions HC2 holds 86 % at h = 36 and 81 % at h = 75.

    Parameters
    ----------
    moves, shock : ndarray, shape (n,)
        NaN where missing.
    controls : ndarray, shape (n, p)
        Without the intercept.
    leads : bool
        Whether the h shocks after each are controls at horizon h.

    Returns
    -------
    int
        -1 where h = 0 has no more observations than coefficients.

    Examples
    --------
    >>> longest_horizon(np.ones(20), np.ones(20), np.empty((20, 0)))
    10
    >>> longest_horizon(np.ones(20), np.ones(20), np.zeros((20, 12)))
    5
    >>> longest_horizon(np.ones(20), np.ones(20), np.zeros((20, 12)), leads=True)
    2
    >>> longest_horizon(np.ones(2), np.ones(2), np.empty((2, 0)))
    -1
    """
    n, least = len(moves), controls.shape[1] + 2
    gaps = np.where(np.isfinite(moves), n, np.arange(n))
    ahead = np.minimum.accumulate(gaps[::-1])[::-1] - np.arange(n) - 1
    ready = np.isfinite(shock) & np.isfinite(controls).all(axis=1)
    reach = np.sort(ahead[ready & (ahead >= 0)])[::-1]
    if len(reach) <= least:
        return -1
    longest = int(min(reach[least], len(reach) // 2))
    if leads:  # the row of place least + h must reach as far as h
        enough = reach[least : least + longest + 1] >= np.arange(min(longest + 1, len(reach) - least))
        longest = int(np.flatnonzero(enough)[-1])
    return longest


def project(
    outcomes: Floats,
    shock: Floats,
    controls: Floats,
    *,
    cov: ProjectionCov = "HC2",
    bandwidth: int | None = None,
    leads: bool = False,
) -> Projections:
    """Regress the outcome of every horizon on a shock and controls, with the covariance over horizons.

    By horizon, with z the shock less what intercept and controls explain of it, b_h = z'y_h / z'z, and the influence
    of observation t on it is psi_th = w_t z_t e_th / z'z; e are the residuals, and w = 1 in HC0, sqrt(n / (n - k)) in
    HC1, 1 / sqrt(1 - lev) in HC2 and 1 / (1 - lev) in HC3, lev the leverages. The covariance of all horizons is
    psi'psi, where an observation that did not enter a horizon has no influence on it; its diagonal is that of the
    horizons on their own. HAC adds sum_l (1 - l / (m + 1)) (G_l + G_l') with G_l the products l observations apart.

    HC2's t has Bell and McCaffrey's degrees of freedom, the others n - k. Where the shock cannot be told from the
    shocks before it, its products with the overlapping sums of later moves are uncorrelated, though the residuals are
    not, so that HC holds and HAC only adds noise. Of 90 % intervals of the response to independent shocks over 150
    sessions HC0 holds 88 % at h = 12 and 85 % at h = 36, HC2 and HC3 89 and 86 %, Newey-West of bandwidth h 81 and
    66 %. The 13 intervals to h = 12 all hold in 59 %, the simultaneous band in 90 %. Shocks that come in rows are told
    by those before them, and HC errors are too small: with ten alike shocks, three sessions apart, of 500 the 5 % test
    rejects 15 % at h = 4 and 40 % at h = 12. `overlaps` has the factor that the variance lacks: z'W z / z'z with
    W_ts = max(0, 1 - abs(t - s) / (h + 1)).

    Of a level with a unit root on its own innovation, over 240 sessions at h = 12, the interval with Newey-West errors
    holds 32 % where the level alone is the regressor, and that with HC errors 67 % where the level before is a control
    (Montiel Olea and Plagborg-Møller): least squares in levels pulls towards the mean. Sums of moves on the last
    move, with the move before as control, hold 88 %. (2,000 samples of each, `scripts/response_coverage.py`.)

    Parameters
    ----------
    outcomes : ndarray, shape (n, H + 1)
        One row a session in the order of time, one column a horizon; NaN where missing.
    shock : ndarray, shape (n,)
    controls : ndarray, shape (n, p)
        Without the intercept, which is added. May have no columns; one that is zero in every row of a horizon says
        nothing there, and is left out.
    cov : {"HC2", "HC0", "HC1", "HC3", "HAC"}
    bandwidth : int, optional
        Bandwidth m of HAC [sessions]; H when not given. Half of the observations of a horizon at most: where it
        reaches over all of them the weighted sum of products is the square of a sum that is zero.

    Returns
    -------
    Projections
        A horizon with no more observations than coefficients, or with a shock that does not vary beside the controls,
        has no coefficient.

    Raises
    ------
    InputError
        For an unknown covariance, shapes that do not fit, a bandwidth out of its range, or where no horizon has a
        coefficient.

    References
    ----------
    Jordà (2005), doi:10.1257/0002828053828518; Montiel Olea and Plagborg-Møller (2021), doi:10.3982/ECTA18756;
    MacKinnon and White (1985), doi:10.1016/0304-4076(85)90158-7; Newey and West (1987), doi:10.2307/1913610.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> shock = rng.standard_normal(400)
    >>> moves = 2.0 * shock + rng.standard_normal(400)
    >>> found = project(long_differences(moves, 2), shock, np.empty((400, 0)))
    >>> found.estimates.round(1).tolist(), found.used.sum(axis=0).tolist()
    ([2.1, 1.9, 1.6], [400, 399, 398])
    """
    _check(outcomes, shock, controls, cov)
    used = (np.isfinite(shock) & np.isfinite(controls).all(axis=1))[:, None] & np.isfinite(outcomes)
    ahead = leads_of(shock, outcomes.shape[1] - 1)
    if leads:
        used[:, 1:] &= np.isfinite(np.cumsum(ahead, axis=1))
    fits: list[_Horizon | InputError] = []
    for h, rows in enumerate(used.T):
        later = ahead[rows, : h if leads else 0]
        x = np.column_stack([shock[rows], controls[rows], later, np.ones(int(rows.sum()))])
        x = x[:, np.append(True, (x[:, 1:] != 0.0).any(axis=0))]
        fits.append(_trouble(x, h) or _one(outcomes[rows, h], x, cov))
    if isinstance(fits[0], InputError) and all(isinstance(fit, InputError) for fit in fits):
        raise fits[0]
    found = _joined(fits, used, cov, bandwidth)
    return found if leads else replace(found, followers=_followers(fits, used, shock, ahead))


@dataclass(frozen=True, slots=True)
class _Horizon:
    """One regression: its coefficient, and what each of its observations has to do with it."""

    estimate: float
    df: float
    honest_df: float
    largest: int
    share: float
    without: float
    left: Floats
    influence: Floats
    residuals: Floats


def _joined(
    fits: Sequence[_Horizon | InputError], used: NDArray[np.bool_], cov: ProjectionCov, bandwidth: int | None
) -> Projections:
    """Put the horizons side by side; those with nothing to regress are NaN."""
    size = len(fits)
    numbers, largest = np.full((6, size), np.nan), np.full(size, -1, dtype=np.int64)
    influence, residuals = np.zeros(used.shape), np.full(used.shape, np.nan)
    for h, fit in enumerate(fits):
        if isinstance(fit, _Horizon):
            rows = np.flatnonzero(used[:, h])
            overlap = _overlap(rows, fit.left, h)
            numbers[:, h] = fit.estimate, fit.df, fit.honest_df, fit.share, fit.without, overlap
            largest[h], influence[rows, h], residuals[rows, h] = (
                rows[fit.largest],
                fit.influence,
                fit.residuals,
            )
    estimates, dfs, honest, shares, without, overlaps = numbers
    joint = influence.T @ influence
    if cov == "HAC":
        joint = _long_run(influence, _width(bandwidth, used[:, largest >= 0].sum(axis=0).min(), size))
    alone = np.isnan(dfs)
    joint[alone] = joint[:, alone] = np.nan
    errors = np.sqrt(np.maximum(np.diag(joint), 0.0))
    missing = tuple(str(fit.message) if isinstance(fit, InputError) else "" for fit in fits)
    return Projections(
        estimates.copy(), errors, dfs.copy(), joint, used, residuals, honest.copy(), largest, shares.copy(),
        without.copy(), overlaps.copy(), np.where(largest < 0, np.nan, 0.0), missing,
    )  # fmt: skip


def _followers(
    fits: Sequence[_Horizon | InputError], used: NDArray[np.bool_], shock: Floats, ahead: Floats
) -> Floats:
    """Give the coefficient of the sum of later shocks, in the place of the outcome, at each horizon."""
    later = np.column_stack([np.zeros(len(shock)), np.cumsum(np.nan_to_num(ahead), axis=1)])
    return np.array(
        [
            float(fit.left @ later[rows, h] / (fit.left @ shock[rows]))
            if isinstance(fit, _Horizon)
            else np.nan
            for h, (fit, rows) in enumerate(zip(fits, used.T, strict=True))
        ]
    )


def _overlap(rows: Ints, z: Floats, h: int) -> float:
    """Give sum_l (1 - abs(l) / (h + 1)) g_l / g_0, g_l the products of z that lie l apart."""
    # The squares of sums over h + 1 rows are the same number, in time that does not grow with h.
    line = np.zeros(rows[-1] - rows[0] + 1)
    line[rows - rows[0]] = z
    total = np.concatenate([np.zeros(h + 1), np.cumsum(line), np.full(h, line.sum())])
    return float(((total[h + 1 :] - total[: -h - 1]) ** 2).sum() / ((h + 1) * (z @ z)))


def _width(bandwidth: int | None, fewest: int, size: int) -> int:
    """Give the bandwidth, which reaches over at most half of the observations of any horizon."""
    width = size - 1 if bandwidth is None else bandwidth
    if not 0 <= width <= fewest / 2:
        raise InputError(
            f"reaches over more than half of {fewest} observations, where the errors vanish",
            parameter="bandwidth", received=width,
            allowed=f"0 to {fewest // 2} sessions, or fewer horizons: H is the bandwidth when none is given",
        )  # fmt: skip
    return width


def _one(y: Floats, x: Floats, cov: ProjectionCov) -> _Horizon:
    """Fit the coefficient of the first regressor; without degrees of freedom where one row carries it."""
    n, k = x.shape
    q, _ = np.linalg.qr(np.column_stack([x[:, 1:] / np.sqrt((x[:, 1:] ** 2).sum(axis=0)), x[:, 0]]))
    z, others = q[:, -1], q[:, :-1]
    own = x[:, 0] - others @ (others.T @ x[:, 0])
    scale = float(z @ own)
    left = y - others @ (others.T @ y)
    estimate = float(z @ left) / scale
    residuals = left - z * (z @ left)
    if residuals @ residuals <= EXACT**2 * float(left @ left):
        residuals = np.zeros(n)  # rounding is no error: a t of it would be huge
    free = 1.0 - (q**2).sum(axis=1)
    lonely = bool(
        ((free <= FULL) & (np.abs(z) > np.sqrt(FULL))).any()
        or (cov not in ("HC2", "HC3") and (z**2).max() > ALONE)
    )
    free = np.where(free <= FULL, np.inf, free)  # a residual of zero has no influence
    weight = {
        "HC0": np.ones(n), "HAC": np.ones(n), "HC1": np.full(n, np.sqrt(n / (n - k))), "HC2": 1.0 / np.sqrt(free),
        "HC3": 1.0 / free,
    }[cov]  # fmt: skip
    honest = np.nan if lonely else float(cluster_robust(y, x, np.arange(n)).df[0])
    df = honest if cov == "HC2" else np.nan if lonely else float(n - k)
    top = int(np.argmax(z**2))
    without = np.nan if np.isinf(free[top]) else estimate - z[top] * residuals[top] / (scale * free[top])
    influence = weight * z * residuals / scale
    return _Horizon(estimate, df, honest, top, float(z[top] ** 2), float(without), z, influence, residuals)


def _long_run(influence: Floats, bandwidth: int) -> Floats:
    """Bartlett's weighted sum of the products of influences."""
    total = influence.T @ influence
    for lag in range(1, min(bandwidth, len(influence) - 1) + 1):
        product = influence[lag:].T @ influence[:-lag]
        total += (1.0 - lag / (bandwidth + 1.0)) * (product + product.T)
    return np.asarray(total)


def _check(outcomes: Floats, shock: Floats, controls: Floats, cov: str) -> None:
    if cov not in get_args(ProjectionCov):
        allowed = ", ".join(map(repr, get_args(ProjectionCov)))
        raise InputError("is not known", parameter="cov", received=cov, allowed=allowed)
    if outcomes.ndim != 2 or controls.ndim != 2 or not len(outcomes) == len(shock) == len(controls):
        raise InputError(
            "do not fit one another",
            parameter="outcomes, shock, controls",
            received=(outcomes.shape, shock.shape, controls.shape),
            allowed="shapes (n, H + 1), (n,) and (n, p)",
        )


def _trouble(x: Floats, h: int) -> InputError | None:
    """Say why there is nothing to regress at a horizon, if so."""
    n, k = x.shape
    if n <= k:
        return InputError(
            f"leave {n} observations for {k} coefficients at h = {h}",
            parameter="horizons, lags",
            allowed="a longer series, fewer horizons, lags or controls",
        )
    # The intercept before the shock, so that a constant shock is the one that is named.
    order = [k - 1, *range(1, k - 1), 0]
    if not (found := dependent_columns(x[:, order])):
        return None
    which = "the shock" if k - 1 in found else "a control"
    return InputError(
        f"{which} does not vary, or is a combination of the controls, at h = {h}",
        parameter="shock, controls",
        received={order[j]: tuple(order[i] for i in made) for j, made in found.items()},
        allowed="columns (0 is the shock, then the controls, the intercept last) of which none is made of others",
    )
