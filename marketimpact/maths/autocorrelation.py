"""Moves that depend on those of the session before: how much more a sum of them varies, and whether they do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..errors import InputError
from .outcome import Outcome, not_applicable
from .parametric import t_p_value

__all__ = [
    "CORRECTED",
    "LJUNG_BOX",
    "MIN_LENGTHS",
    "autocorrelations",
    "corrected_t",
    "ljung_box",
    "variance_ratio_df",
    "variance_ratio_factor",
]

Floats = NDArray[np.float64]

CORRECTED = "t corrected for autocorrelation"
LJUNG_BOX = "Ljung-Box Q of residuals"

MIN_LENGTHS = 5
"""Window lengths that must fit into the residuals: below, sums of the length say too little."""


def variance_ratio_factor(residuals: Floats, sessions: int, *, k: int = 1) -> Floats:
    """Give how much more a sum of L moves varies than L independent ones, from residuals.

    factor = mean of d^2 / (L (1 - L / T) s^2), d the sums of all L residuals in a row and s^2 = e'e / (T - k): Lo and
    MacKinlay's variance ratio of overlapping sums, corrected for the mean that was taken out (where none was, k = 0,
    without (1 - L / T)), so that it is about 1 on average where moves are independent, and
    1 + 2 sum_j (1 - j / L) rho_j where they are not. It is itself uncertain: see `variance_ratio_df`.

    Parameters
    ----------
    residuals : ndarray, shape (N, T)
        Residuals of the estimation windows in order of time [any unit, one a pair]; NaN where missing: sums over a
        missing session do not enter.
    sessions : int
        Length L of the window [sessions].
    k : int
        Parameters of the fit, the mean among them; 0 where no mean was taken out.

    Returns
    -------
    ndarray, shape (N,)
        NaN where fewer than 5 L sessions stand in known sums.

    Raises
    ------
    InputError
        With a length below 1.

    References
    ----------
    Lo and MacKinlay (1988), doi:10.1093/rfs/1.1.41; Campbell, Lo and MacKinlay (1997), The Econometrics of Financial
    Markets, section 2.4.3.

    Examples
    --------
    Moves that take turns cancel in pairs, (1 / (2 (1 - 2 / 40) 40 / 39)) times zero; single ones are their own measure:

    >>> turns = np.tile([1.0, -1.0], 20)[None]
    >>> variance_ratio_factor(turns, 2).tolist(), variance_ratio_factor(turns, 1).tolist()
    ([0.0], [1.0])
    """
    used, held = _counts(residuals, sessions)
    if sessions == 1:
        return np.where(used > k, 1.0, np.nan)
    filled = np.where(np.isfinite(residuals), residuals, 0.0)
    whole = _whole(residuals, sessions)
    running = np.concatenate([np.zeros((len(filled), 1)), np.cumsum(filled, axis=1)], axis=1)
    sums = running[:, sessions:] - running[:, :-sessions]
    with np.errstate(divide="ignore", invalid="ignore"):
        s2 = (filled**2).sum(axis=1) / (used - k)
        square = (np.where(whole, sums, 0.0) ** 2).sum(axis=1) / whole.sum(axis=1)
        kept = 1.0 - sessions / used if k else 1.0  # sums about no mean are not pulled towards it
        factor = square / (sessions * kept * s2)
    return np.where((held >= MIN_LENGTHS * sessions) & (used > k), factor, np.nan)


def variance_ratio_df(residuals: Floats, sessions: int, *, k: int = 1) -> Floats:
    """Give the degrees of freedom of a variance that is a residual variance times a variance ratio.

    1 / df = 1 / (T - k) + q / 2, q = 2 (2 L - 1) (L - 1) / (3 L n) the variance of the ratio over independent moves, n
    the sessions that stand in known sums: by Satterthwaite's rule, two over the relative variance of the product.

    Parameters
    ----------
    residuals, sessions, k
        As for `variance_ratio_factor`.

    Returns
    -------
    ndarray, shape (N,)

    References
    ----------
    Lo and MacKinlay (1988), doi:10.1093/rfs/1.1.41; Satterthwaite (1946), doi:10.2307/3002019.

    Examples
    --------
    >>> variance_ratio_df(np.ones((1, 120)), 11).round(1).tolist(), variance_ratio_df(np.ones((1, 120)), 1).tolist()
    ([16.3], [119.0])
    """
    used, held = _counts(residuals, sessions)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = 2.0 * (2 * sessions - 1) * (sessions - 1) / (3.0 * sessions * held)
        df = 1.0 / (1.0 / (used - k) + (ratio / 2.0 if sessions > 1 else 0.0))
    return np.where(used > k, df, np.nan)


def corrected_t(car: float, variance: float, residuals: Floats, sessions: int, *, k: int = 1) -> Outcome:
    """Test one CAR with its variance corrected for autocorrelation.

    t = CAR / sqrt(factor Var(CAR)), the factor of `variance_ratio_factor` and the degrees of freedom of
    `variance_ratio_df`. It stands beside the plain t: where moves depend on those before with a coefficient of .2, the
    plain one rejects 10 % over eleven sessions after 120 at a nominal 5 %, this one 5 %. What it costs where they do
    not: 16 degrees of freedom are left of 119.

    Parameters
    ----------
    car : float
        [move unit]
    variance : float
        Its exact variance over independent moves.
    residuals : ndarray, shape (T,)
        Of the estimation window in order of time; NaN where missing.
    sessions : int
        Sessions of the window.
    k : int
        Parameters of the fit.

    Returns
    -------
    Outcome
        ``parts`` hold the factor. Not applicable where fewer than 5 L sessions stand in sums of the length.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> outcome = corrected_t(2.0, 1.1, rng.standard_normal(120), 1)
    >>> round(outcome.statistic, 4), outcome.df, outcome.part("variance ratio")
    (1.9069, 119.0, 1.0)
    """
    if not (np.isfinite(car) and np.isfinite(variance)):
        return not_applicable(CORRECTED, "the sum or its variance is not known")
    rows = np.asarray(residuals, dtype=np.float64)[None]
    factor, df = (float(one[0]) for one in (
        variance_ratio_factor(rows, sessions, k=k), variance_ratio_df(rows, sessions, k=k)
    ))  # fmt: skip
    if not factor > 0.0:
        need = f"needs {MIN_LENGTHS * sessions} estimation moves in sums of {sessions} sessions"
        return not_applicable(CORRECTED, need if np.isnan(factor) else "sums of the residuals do not vary")
    error = float(np.sqrt(variance * factor))
    p_value = float(t_p_value(np.array(car / error), np.array(df)))
    note = f"variance times {factor:.2f}, the variance ratio of the estimation window's sums"
    return Outcome(
        CORRECTED, car / error, p_value, car, error, df, note=note, parts=(("variance ratio", factor),)
    )


def autocorrelations(residuals: Floats, lags: int) -> Floats:
    """Give the autocorrelations of residuals at lags 1 to m: r_j = sum e_t e_(t-j) / sum e_t^2.

    Parameters
    ----------
    residuals : ndarray, shape (N, T)
        In order of time; NaN where missing: products with a missing session do not enter.
    lags : int
        How many, m.

    Returns
    -------
    ndarray, shape (N, m)
        NaN where all residuals are zero or missing.

    Raises
    ------
    InputError
        With fewer than one lag, or as many as there are sessions.

    Examples
    --------
    >>> autocorrelations(np.array([[1.0, -1.0, 1.0, -1.0]]), 2).tolist()
    [[-0.75, 0.5]]
    """
    length = residuals.shape[1]
    if not 1 <= lags < length:
        raise InputError(
            "no such number of lags", parameter="lags", received=lags, allowed=f"1 to {length - 1}"
        )  # fmt: skip
    filled = np.where(np.isfinite(residuals), residuals, 0.0)
    products = [np.einsum("nt,nt->n", filled[:, j:], filled[:, :-j]) for j in range(1, lags + 1)]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.stack(products, axis=1) / (filled**2).sum(axis=1)[:, None])


def ljung_box(residuals: Floats, lags: int = 5) -> Outcome:
    """Test whether residuals depend on those of the sessions before.

    Q = n (n + 2) sum_j r_j^2 / (n - j) over lags j = 1..m, chi-square with m degrees of freedom. Volatility that
    clusters makes it reject too often; a missing session only loses its products.

    Parameters
    ----------
    residuals : ndarray, shape (T,)
        In order of time; NaN where missing.
    lags : int
        How many, m: a week of sessions by default.

    Returns
    -------
    Outcome
        ``estimate`` is r_1. Not applicable with fewer than 4 m residuals, or where they are all zero.

    References
    ----------
    Ljung and Box (1978), doi:10.1093/biomet/65.2.297.

    Examples
    --------
    >>> outcome = ljung_box(np.tile([1.0, 1.0, -1.0, -1.0], 10), lags=2)
    >>> round(outcome.statistic, 4), outcome.df, outcome.p_value < 0.001
    (39.9269, 2.0, True)
    """
    n = int(np.isfinite(residuals).sum())
    if n < 4 * lags:
        return not_applicable(LJUNG_BOX, f"needs {4 * lags} residuals for {lags} lags, has {n}")
    r = autocorrelations(residuals[None], lags)[0]
    if np.isnan(r[0]):
        return not_applicable(LJUNG_BOX, "no residual differs from zero")
    statistic = float(n * (n + 2) * (r**2 / (n - np.arange(1, lags + 1))).sum())
    p_value = float(stats.chi2.sf(statistic, lags))
    return Outcome(
        LJUNG_BOX,
        statistic,
        p_value,
        estimate=float(r[0]),
        df=float(lags),
        note=f"{lags} lags of {n} residuals",
    )


def _whole(residuals: Floats, sessions: int) -> NDArray[np.bool_]:
    """Where a run of so many residuals begins none of which is missing."""
    there = np.isfinite(residuals).astype(np.int64)
    running = np.concatenate([np.zeros((len(there), 1), dtype=np.int64), np.cumsum(there, axis=1)], axis=1)
    return np.asarray(running[:, sessions:] - running[:, :-sessions] == sessions)


def _counts(residuals: Floats, sessions: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Residuals of each pair, and the sessions that as many runs of a length would stand on without a hole."""
    if sessions < 1:
        raise InputError(
            "no window has such a length", parameter="sessions", received=sessions, allowed="1 or more"
        )
    used = np.isfinite(residuals).sum(axis=1)
    if sessions > residuals.shape[1]:
        return used, np.zeros(len(residuals), dtype=np.int64)
    runs = _whole(residuals, sessions).sum(axis=1)
    return used, np.where(runs > 0, runs + sessions - 1, 0)
