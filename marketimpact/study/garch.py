"""Volatility by a GARCH(1,1), fitted by the package arch; the extra ``volatility`` brings it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, MissingExtraError
from ..maths.frozen import Frozen, read_only
from ..maths.volatility import garch_variance

__all__ = ["GARCH_SESSIONS", "Garch", "garch_volatility"]

GARCH_SESSIONS = 500
"""Residuals from which three parameters of volatility can be estimated."""

USUAL = (0.05, 0.05, 0.9)
"""omega, alpha and beta of moves of unit size from which a search begins anew that found nothing: without clusters the
likelihood is flat in beta, and from arch's own beginning one search in 200 stops there."""

TOO_SHORT = "a GARCH needs {need} usable sessions or more, has {n}"
STILL = "the residuals do not vary"
NOT_FOUND = "the GARCH did not converge: the optimiser of arch stopped with code {code}"
NO_NUMBER = "the GARCH gives a volatility that is no number above 0"


@dataclass(frozen=True, slots=True, eq=False)
class Garch(Frozen):
    """A fitted GARCH(1,1): s2_t = omega + alpha (y_(t-1) - mean)^2 + beta s2_(t-1).

    Attributes
    ----------
    volatility : ndarray, shape (n,)
        Of each session, from the sessions before it alone [move unit]; NaN where there is a reason.
    forecast : float
        Of the session after the last [move unit]: with residuals up to tau = -1 the volatility that is frozen there.
    omega, alpha, beta, mean : float
        Parameters [move unit squared; none; none; move unit].
    n_obs : int
        Residuals behind them.
    reason : str
        Why there is none: too few sessions, no variation, no convergence. Empty where there is one.
    """

    volatility: NDArray[np.float64]
    forecast: float
    omega: float
    alpha: float
    beta: float
    mean: float
    n_obs: int
    reason: str = ""

    def __post_init__(self) -> None:
        read_only(self.volatility)

    @property
    def converged(self) -> bool:
        """Whether there is a volatility."""
        return not self.reason

    @property
    def persistence(self) -> float:
        """alpha + beta: the share of today's variance, beside its mean, that is left tomorrow."""
        return self.alpha + self.beta


def garch_volatility(
    residuals: NDArray[np.float64],
    usable: NDArray[np.bool_] | None = None,
    fitted: NDArray[np.bool_] | None = None,
    *,
    constant: bool = False,
) -> Garch:
    """Fit a GARCH(1,1) with normal errors, and give the volatility of every session.

    The parameters maximise the likelihood of the sessions that may be fitted, taken one after another; with them the
    volatility then follows all usable sessions, other events' windows too: what news did to volatility stays. The
    residuals are divided by their root mean square first, so that basis points and fractions are one to the optimiser,
    and the mean square stands for what lies before the first session. Nothing is drawn: the same residuals give the
    same numbers.

    Parameters
    ----------
    residuals : ndarray, shape (n,)
        In the order of time: weighted residuals of a model, or moves with ``constant=True`` [move unit].
    usable : ndarray of bool, shape (n,), optional
        Sessions whose move is known; where not given, those with a finite residual.
    fitted : ndarray of bool, shape (n,), optional
        Those of them that the parameters may see, 500 or more; all when not given.
    constant : bool
        Whether a mean is estimated beside the variance. Residuals of a model have none.

    Returns
    -------
    Garch
        With a reason, and NaN, where there are fewer than 500 sessions, no variation, or no convergence.

    Raises
    ------
    MissingExtraError
        If the package arch is not installed.
    InputError
        If a usable residual is not finite, or the arrays differ in shape.

    References
    ----------
    Bollerslev (1986), doi:10.1016/0304-4076(86)90063-1.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> calm, storm = rng.normal(0.0, 1.0, 400), rng.normal(0.0, 3.0, 200)
    >>> found = garch_volatility(np.concatenate([calm, storm]))
    >>> bool(found.volatility[:400].mean() < 1.5), bool(found.forecast > 2.0), found.reason
    (True, True, '')
    >>> garch_volatility(calm).reason
    'a GARCH needs 500 usable sessions or more, has 400'
    """
    y = np.asarray(residuals, dtype=np.float64)
    known = np.isfinite(y) if usable is None else np.asarray(usable, dtype=bool)
    seen = known if fitted is None else known & np.asarray(fitted, dtype=bool)
    if y.ndim != 1 or known.shape != y.shape or not np.isfinite(y[known]).all():
        raise InputError(
            "are no residuals in a row",
            parameter="residuals",
            received=y.shape,
            allowed="one dimension, finite where usable, and masks of the same shape",
        )
    sample = y[seen]
    if len(sample) < GARCH_SESSIONS:
        return _none(len(y), len(sample), TOO_SHORT.format(need=GARCH_SESSIONS, n=len(sample)))
    scale = float(sample.std() if constant else np.sqrt(np.mean(sample**2)))
    if not scale > 0.0 or np.ptp(sample) <= 1e-12 * np.abs(sample).max():
        return _none(len(y), len(sample), STILL)
    mean, omega, alpha, beta, code = _fit(sample / scale, constant)
    if code:
        return _none(len(y), len(sample), NOT_FOUND.format(code=code))
    standard = np.where(known, y / scale, 0.0) - mean
    start = float(np.mean((sample / scale - mean) ** 2))
    path = scale * np.sqrt(garch_variance(standard, known, (omega, alpha, beta), start))
    if not (np.isfinite(path).all() and path.min() > 0.0):
        return _none(len(y), len(sample), NO_NUMBER)
    return Garch(path[:-1], float(path[-1]), omega * scale**2, alpha, beta, mean * scale, len(sample))


def _fit(y: NDArray[np.float64], constant: bool) -> tuple[float, float, float, float, int]:
    """Give mean, omega, alpha, beta of moves of unit size, and the optimiser's code: 0 where it converged."""
    try:
        from arch.univariate import GARCH, ConstantMean, ZeroMean
    except ImportError as error:
        raise MissingExtraError(
            "the package arch, which fits it, is not installed",
            parameter="GARCH volatility",
            allowed="pip install 'marketimpact[volatility]'",
        ) from error
    model = (ConstantMean if constant else ZeroMean)(y, volatility=GARCH(p=1, q=1), rescale=False)
    mean = float(y.mean()) if constant else 0.0
    usual = np.array([*[mean] * constant, *USUAL])
    for start in (None, usual):
        found = model.fit(
            disp="off", show_warning=False, starting_values=start, backcast=float(np.mean((y - mean) ** 2))
        )
        if not found.convergence_flag:
            break
    *means, omega, alpha, beta = map(float, found.params.to_numpy())
    return (means[0] if means else 0.0), omega, alpha, beta, int(found.convergence_flag)


def _none(n: int, n_obs: int, reason: str) -> Garch:
    nan = float("nan")
    return Garch(np.full(n, np.nan), nan, nan, nan, nan, nan, n_obs, reason)
