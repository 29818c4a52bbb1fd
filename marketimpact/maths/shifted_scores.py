"""Does a quantile of one series move with another? By ranks, against one of them moved as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["shifted_scores"]

Floats = NDArray[np.float64]


def shifted_scores(y: Floats, z: Floats, quantiles: Sequence[float]) -> Floats:
    """Give p of no association of quantiles of y with z, against z moved round the sample to all n places.

    The score of the quantile q is S_q(s) = sum_t (z_(t-s) - mean z) (q - 1{y_t < Q_q}), Q_q the q-quantile of y: the
    slope of the quantile regression is zero where it is. p = #{s: abs(S_q(s)) >= abs(S_q(0))} / n, s = 0 to n - 1; the
    last p is that of the difference of the scores of the outermost quantiles. Both series keep their own dependence,
    and no variance is estimated, so that it holds where few observations carry z, and for heavy tails. The null is that
    the two have nothing to do with one another.

    Parameters
    ----------
    y, z : ndarray, shape (n,)
        None missing.
    quantiles : sequence of float, length k
        Ascending.

    Returns
    -------
    ndarray, shape (k + 1,)

    References
    ----------
    Gutenbrunner, Jurečková, Koenker and Portnoy (1993), Tests of linear hypotheses based on regression rank scores,
    Journal of Nonparametric Statistics 2, 307-331, on the scores.

    Examples
    --------
    >>> y = np.r_[np.linspace(-1.0, 1.0, 98), 5.0, 6.0]
    >>> shifted_scores(y, np.r_[np.zeros(98), 1.0, 1.0], (0.05, 0.95)).tolist()
    [1.0, 0.04, 0.09]
    """
    n = len(y)
    scores = np.array([q - (y < np.quantile(y, q)) for q in quantiles])
    scores = np.vstack([scores, scores[-1] - scores[0]])
    turned = np.conj(np.fft.rfft(z - z.mean())) * np.fft.rfft(scores, axis=1)
    sums = np.abs(np.fft.irfft(turned, n, axis=1))
    scale = np.abs(scores).max() * np.abs(z - z.mean()).sum()
    return np.asarray((sums >= sums[:, :1] - 1e-10 * scale).mean(axis=1))
