"""Spillovers of a vector autoregression: whose shocks the forecast errors of each series are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

__all__ = ["generalised_shares"]

Floats = NDArray[np.float64]


def generalised_shares(responses: Floats, sigma: Floats, *, normalised: bool = True) -> Floats:
    """Give the generalised variance decomposition of forecast errors.

    Share of the error variance of series i, H steps ahead, from shocks to series j:

        theta_ij = sum_h (e_i'A_h S e_j)^2 / s_jj / sum_h e_i'A_h S A_h'e_i,

    A_h the moving-average matrices of h = 0, ..., H - 1 and S the covariance of the shocks. Shocks are not made
    orthogonal, so that the order of the series does not matter; rows then do not add up to 1, and are divided by their
    sums unless ``normalised`` is false.

    Parameters
    ----------
    responses : ndarray, shape (H, k, k)
        A_h, with A_0 the identity.
    sigma : ndarray, shape (k, k)
    normalised : bool

    Returns
    -------
    ndarray, shape (k, k)
        Row i: of what the variance of series i is made.

    Raises
    ------
    InputError
        If the shapes do not fit, or a shock has no variance.

    References
    ----------
    Pesaran and Shin (1998), doi:10.1016/S0165-1765(97)00214-0; Diebold and Yilmaz (2012),
    doi:10.1016/j.ijforecast.2011.02.006.

    Examples
    --------
    One step ahead the share is the squared correlation of the shocks:

    >>> sigma = np.array([[1.0, 0.6], [0.6, 1.0]])
    >>> generalised_shares(np.eye(2)[None], sigma, normalised=False).round(2).tolist()
    [[1.0, 0.36], [0.36, 1.0]]
    """
    k = len(sigma)
    if responses.ndim != 3 or responses.shape[1:] != (k, k) or sigma.shape != (k, k):
        raise InputError(
            "do not fit",
            parameter="responses",
            received=(responses.shape, sigma.shape),
            allowed="(H, k, k), (k, k)",
        )
    own = np.diag(sigma)
    if not (own > 0.0).all():
        raise InputError("has a shock without variance", parameter="sigma", received=own.tolist())
    moved = responses @ sigma
    of_shocks = (moved**2).sum(axis=0) / own
    total = np.einsum("hij,hij->i", moved, responses)
    shares = of_shocks / total[:, None]
    return np.asarray(shares / shares.sum(axis=1, keepdims=True) if normalised else shares)
