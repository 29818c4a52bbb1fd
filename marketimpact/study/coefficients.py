"""What the normal model fitted: coefficients of every pair with their standard errors, as a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..market.donors import Donors
from ..market.factors import Term, factor_id, free_factors, members_of
from .estimates import Estimates
from .models import DimsonModel, ScholesWilliams, VolatilityStandardized
from .spec import Spec

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MEAN", "SUM", "coefficient_table"]

MEAN = "mean per session"
SUM = "sum of betas"
WEIGHT = "weight"
NOBODY = ""

COLUMNS = ("event_id", "instrument", "term", "estimate", "std_error", "df", "n", "unit", "reason")


def coefficient_table(alignment: Alignment, estimates: Estimates, spec: Spec) -> pd.DataFrame:
    """Give the coefficients of every pair, one row a coefficient; see `StudyResult.coefficients`.

    The standard error is s sqrt(c_jj), C = (X'WX)^-1; that of the sum of a Dimson model's betas s sqrt(1'C1) over their
    rows and columns.
    """
    import pandas as pd

    rows, fit = estimates.rows, estimates.fit
    kinds = np.array([one.kind.unit for one in alignment.design.series], dtype=object)[alignment.series[rows]]
    parts = []
    for names, chosen, per in _terms(alignment, rows, spec, fit.params.shape[1]):
        variance = fit.error2 * fit.xtx_inv[:, chosen][:, :, chosen].sum(axis=(1, 2))
        columns = {
            "event_id": alignment.events.ids[alignment.event[rows]],
            "instrument": np.array(alignment.panel.ids, dtype=object)[alignment.instrument[rows]],
            "term": names,
            "estimate": fit.params[:, chosen].sum(axis=1),
            "std_error": np.sqrt(variance),
            "df": fit.df,
            "n": fit.n_obs,
            "unit": per if per == WEIGHT else [f"{unit} per {per}" if per else unit for unit in kinds],
            "reason": estimates.no_covariance,
        }
        parts.append(pd.DataFrame(columns, columns=list(COLUMNS)))
    if not parts:  # nothing is fitted
        return pd.DataFrame(columns=list(COLUMNS)).astype(dict.fromkeys(("estimate", "std_error"), float))
    frame = pd.concat(parts, ignore_index=True)
    order = np.arange(len(frame)).reshape(len(parts), len(rows)).T.ravel()
    frame = frame.iloc[order]
    return frame[frame["term"] != NOBODY].reset_index(drop=True)


def _terms(
    alignment: Alignment, rows: NDArray[np.int64], spec: Spec, k: int
) -> list[tuple[str | NDArray[np.object_], NDArray[np.int64], str]]:
    """Name of each row of the table, or of each pair's; columns; and unit of the regressor, none for the mean."""
    if not k:
        return []
    factors = free_factors(spec.model.factors)
    if any(isinstance(one, Donors) and one.each for one in factors):
        return [
            (names, np.array([j]), WEIGHT) for j, names in enumerate(_donors(alignment, rows, k), start=1)
        ]
    units = [_unit(alignment, one, spec) for one in factors]
    betas = [(factor_id(one), np.array([j]), units[j - 1]) for j, one in enumerate(factors, start=1)]
    model = spec.model.model if isinstance(spec.model, VolatilityStandardized) else spec.model
    if isinstance(model, ScholesWilliams):  # the slopes around its beta are not coefficients
        betas = [betas[1]]
    if isinstance(model, DimsonModel):
        betas.append((SUM, np.arange(1, k), units[0]))
    return [(MEAN, np.array([0]), ""), *betas]


def _donors(alignment: Alignment, rows: NDArray[np.int64], k: int) -> NDArray[np.object_]:
    """Names of the donors of each pair, shape (k - 1, N); nobody where a pair has fewer than another."""
    names = np.full((k - 1, len(rows)), NOBODY, dtype=object)
    for i, s in enumerate(alignment.series[rows]):
        own = [name for one in alignment.design.series[s].read for name in one.members]
        names[: len(own), i] = own
    return names


def _unit(alignment: Alignment, factor: Term, spec: Spec) -> str:
    """Unit of the moves of a factor; those of components of donors, which stand for no member, have none."""
    members = members_of(factor)
    return alignment.panel.instrument(members[0]).move_kind(spec.move).unit if members else "donor move"
