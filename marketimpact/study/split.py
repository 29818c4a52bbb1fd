"""What observed moves are made of: the part that the normal model explains, and the abnormal rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..market.factors import factor_id
from ..market.snapshots import ASYNCHRONOUS_HOURS
from .estimates import Estimates
from .frames import headline_table
from .spec import Spec

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Split", "split_of", "split_table", "timing_words"]


@dataclass(frozen=True, slots=True)
class Split:
    """The headline move of one pair in two parts: "33 bp: 2 bp US Treasuries, 31 bp the country's own".

    Attributes
    ----------
    observed : float
        Sum of the observed moves of the headline sessions that have an abnormal move [unit of the kind].
    normal : float
        What the normal model explains of it; of a spread the benchmark's move.
    abnormal : float
        The rest.
    hours_apart : float
        Widest distance between the snapshots of instrument and factors [hours]; NaN where one is unknown.
    factors : tuple of str
        Names of the model's factors.
    """

    observed: float
    normal: float
    abnormal: float
    hours_apart: float
    factors: tuple[str, ...]

    @property
    def timing(self) -> str:
        """What a reader must know of the times of the quotes; empty where they go together."""
        return timing_words(self.hours_apart) if self.factors else ""


def timing_words(hours_apart: float) -> str:
    """Say whether quotes that are compared were taken at one time.

    Examples
    --------
    >>> timing_words(4.5), timing_words(0.25), timing_words(float("nan"))
    ('asynchronous, 4.5 hours apart', '', 'perhaps asynchronous: a snapshot is unknown')
    """
    if np.isnan(hours_apart):
        return "perhaps asynchronous: a snapshot is unknown"
    return f"asynchronous, {hours_apart:.1f} hours apart" if hours_apart > ASYNCHRONOUS_HOURS else ""


def split_table(alignment: Alignment, estimates: Estimates, spec: Spec) -> pd.DataFrame:
    """Give the parts of every pair's moves, one row a pair and window, the headline first.

    Returns
    -------
    DataFrame
        Columns ``event_id, instrument, kind, term, tau_from, tau_to, observed, normal, abnormal, n, unit,
        hours_apart, timing``. Sessions without an abnormal move enter no part; ``n`` counts the others.
    """
    import pandas as pd

    head = headline_table(alignment, estimates, spec)
    names = head[["event_id", "instrument", "kind", "unit"]]
    windows = [("headline", head["tau_from"].to_numpy(), head["tau_to"].to_numpy())]
    ones = np.ones(len(head), dtype=np.int64)
    windows += [("CAR", first * ones, last * ones) for first, last in spec.window_list]
    hours = alignment.hours_apart[estimates.rows] if spec.model.factors else np.zeros(len(head))
    frames = []
    for term, first, last in windows:
        observed, abnormal, n = _sums(alignment, estimates, first, last)
        if term == "headline":  # a sum over some of the candidates is not the candidates' sum
            lost = np.isnan(estimates.headline.car[:, 0])
            observed[lost] = abnormal[lost] = np.nan
        frames.append(
            names[["event_id", "instrument", "kind"]].assign(
                term=term, tau_from=first, tau_to=last, observed=observed, normal=observed - abnormal,
                abnormal=abnormal, n=n, unit=names["unit"], hours_apart=hours,
                timing=[timing_words(float(one)) for one in hours],
            )
        )  # fmt: skip
    frame = pd.concat(frames, ignore_index=True)
    order = np.arange(len(frame)).reshape(len(windows), len(head)).T.ravel()
    return frame.iloc[order].reset_index(drop=True)


def _sums(
    alignment: Alignment, estimates: Estimates, first: NDArray[np.int64], last: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Observed and abnormal moves of each pair summed from a first to a last tau, and their number."""
    taus = np.array(alignment.timeline.taus)
    ar = estimates.abnormal.ar
    y = alignment.design.y[alignment.positions[estimates.rows][:, None] + taus]
    inside = np.isfinite(ar) & (taus >= first[:, None]) & (taus <= last[:, None])
    n = np.count_nonzero(inside, axis=1)
    observed, abnormal = (np.where(inside, moves, 0.0).sum(axis=1) for moves in (y, ar))
    observed[n == 0] = abnormal[n == 0] = np.nan
    return observed, abnormal, n


def split_of(
    alignment: Alignment, row: int, moves: NDArray[np.float64], ar: NDArray[np.float64], headline: float
) -> Split:
    """Give the parts of one pair's headline move.

    Parameters
    ----------
    alignment : Alignment
    row : int
        Place of the pair in the alignment.
    moves, ar : ndarray, shape (L,)
        Observed and abnormal moves of the headline sessions.
    headline : float
        Their abnormal sum; NaN where it is missing.

    Returns
    -------
    Split
    """
    observed = float(moves[np.isfinite(ar)].sum()) if np.isfinite(headline) else float("nan")
    return Split(
        observed,
        observed - headline,
        headline,
        float(alignment.hours_apart[row]),
        tuple(factor_id(factor) for factor in alignment.factors),
    )
