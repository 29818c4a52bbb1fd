"""The multiplier bootstrap: how wide a band over several estimates is that holds all of them at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .resample import DRAWS
from .wild_bootstrap import checked_draws, sign_blocks

__all__ = ["multiplier_critical", "sup_t_critical"]

Floats = NDArray[np.float64]


def multiplier_critical(
    influence: Floats, level: float, rng: np.random.Generator, *, draws: int = DRAWS
) -> float:
    """Give the half width, in standard errors, of the band that holds all E estimates in a share of samples.

    The estimates are theta + sum_c psi_c, psi_c the influence of cluster c. A draw gives every cluster a sign w_c, and
    t*_e = sum_c w_c psi_ce / sqrt(C / (C - 1) sum_c (w_c psi_ce - mean)^2): studentised, so that few clusters widen the
    band. Its maximum over the estimates has the quantile that is returned. Signs are listed up to 14 clusters.

    Parameters
    ----------
    influence : ndarray, shape (C, E)
        A column without any influence does not enter.
    level : float
    rng : numpy.random.Generator
    draws : int
        Draws where the signs are not listed.

    Returns
    -------
    float
        NaN with fewer than two clusters, or where no column has influence.

    References
    ----------
    Callaway and Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001, without the studentisation; Chernozhukov,
    Chetverikov and Kato (2013), doi:10.1214/13-AOS1161.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> round(multiplier_critical(rng.normal(size=(200, 8)), 0.95, rng), 1)
    2.8
    """
    checked_draws(draws)
    used = influence[(influence != 0.0).any(axis=1)]
    used = used[:, (used != 0.0).any(axis=0)]
    many = len(used)
    if many < 2 or not used.shape[1]:
        return np.nan
    squares = (used**2).sum(axis=0)
    largest = []
    for block in sign_blocks(many, rng, draws):
        sums = block @ used
        spread = np.maximum((squares - sums**2 / many) * many / (many - 1), 0.0)
        # Draws whose sign is that of every cluster have no spread: they are beyond any band.
        t = np.abs(sums) / np.sqrt(np.where(spread > 0.0, spread, np.nan))
        t = np.where(np.isnan(t), np.where(np.abs(sums) > 0.0, np.inf, 0.0), t)
        largest.append(t.max(axis=1))
    return float(np.quantile(np.concatenate(largest), level, method="higher"))


def sup_t_critical(
    cov: Floats, df: float, level: float, rng: np.random.Generator, *, draws: int = DRAWS
) -> float:
    """Give the half width, in standard errors, of the band that holds all estimates of a covariance.

    The quantile of max abs(t), t from the multivariate t with the covariance's correlation and df degrees of freedom,
    by draws.

    Parameters
    ----------
    cov : ndarray, shape (E, E)
    df : float
    level : float
    rng : numpy.random.Generator
    draws : int

    Returns
    -------
    float
        NaN where a variance is missing or not above zero.

    References
    ----------
    Montiel Olea and Plagborg-Moller (2019), doi:10.1002/jae.2656.

    Examples
    --------
    >>> round(sup_t_critical(np.eye(8), 1e6, 0.95, np.random.default_rng(0)), 1)
    2.7
    """
    checked_draws(draws)
    spread = np.sqrt(np.maximum(np.diag(cov), 0.0))
    if not len(cov) or not np.isfinite(df) or not (spread > 0.0).all():
        return np.nan
    values, vectors = np.linalg.eigh(cov / np.outer(spread, spread))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = rng.standard_normal((draws, len(cov))) @ root.T
    scale = np.sqrt(rng.chisquare(df, draws) / df)
    return float(np.quantile(np.abs(normal).max(axis=1) / scale, level, method="higher"))
