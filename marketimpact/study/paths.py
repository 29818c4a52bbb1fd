"""The path of the mean cumulative abnormal move, with a band that holds all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..errors import InputError
from ..ledger import html_table
from ..maths.dependence import cluster_means
from ..maths.frozen import Frozen, read_only
from ..maths.max_statistic import sup_t_of_means
from ..maths.parametric import t_quantile
from ..units import MoveKind
from .estimates import Estimates
from .inference import clusters_of, kind_groups
from .spec import Spec
from .summary import number_or_na

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CaarPath", "caar_path"]

ONE_CLUSTER = "the pairs of one date cluster are one observation: its mean has no band"


@dataclass(frozen=True, slots=True, eq=False)
class CaarPath(Frozen):
    """The mean cumulative abnormal move over events at every session of the event window.

    Attributes
    ----------
    kind : MoveKind
    level : float
        Level of the bands.
    taus : ndarray of int, shape (L,)
    caar : ndarray, shape (L,)
        Mean of the cluster means of the moves summed from the first session [move unit]; a missing move adds
        nothing.
    std_error : ndarray, shape (L,)
        Standard error over cluster means; NaN with one cluster.
    critical, pointwise : float
        Half width in standard errors of the band that holds the whole path, and of one session's alone.
    n, n_clusters : int
        Pairs, and date clusters among them.
    reason : str
        Why there is no band; empty where there is one.
    stamp : str or None
        Word to stamp across figures: a series was not observed.

    See Also
    --------
    StudyResult.caar_path : makes it.
    """

    kind: MoveKind
    level: float
    taus: NDArray[np.int64]
    caar: NDArray[np.float64]
    std_error: NDArray[np.float64]
    critical: float
    pointwise: float
    n: int
    n_clusters: int
    reason: str
    stamp: str | None

    def __post_init__(self) -> None:
        read_only(self.taus, self.caar, self.std_error)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a session: the mean path, its standard error, and both bands around zero [move unit].

        Within ``band_low`` and ``band_high`` lie whole paths of news without effect in a share of ``level``; within
        ``point_low`` and ``point_high`` each session's sum on its own.
        """
        import pandas as pd

        wide, narrow = self.critical * self.std_error, self.pointwise * self.std_error
        return pd.DataFrame(
            {
                "tau": self.taus, "caar": self.caar, "std_error": self.std_error, "band_low": -wide,
                "band_high": wide, "point_low": -narrow, "point_high": narrow, "n": self.n,
                "n_clusters": self.n_clusters, "unit": self.kind.unit,
            }
        )  # fmt: skip

    def _repr_html_(self) -> str:
        scale = self.kind.scale
        rows = [
            (
                str(tau), number_or_na(mean * scale, "+.2f"), number_or_na(error * scale, ".2f"),
                number_or_na(wide * scale, ".2f"),
            )
            for tau, mean, error, wide in zip(
                self.taus, self.caar, self.std_error, self.critical * self.std_error, strict=True
            )
        ]  # fmt: skip
        columns = ("tau", f"CAAR [{self.kind.display_unit}]", "se", f"{self.level * 100:g} % band, +-")
        head = [repr(self), *filter(None, (self.stamp,))]
        return html_table(columns, rows, head=head, tail=[f"no band: {self.reason}"] if self.reason else [])

    def __repr__(self) -> str:
        end = f"{self.caar[-1] * self.kind.scale:+.4g} {self.kind.display_unit}"
        return f"CaarPath: {self.n} pairs in {self.n_clusters} clusters, {end} over {self.taus[0]} to {self.taus[-1]}"


def caar_path(alignment: Alignment, estimates: Estimates, spec: Spec, kind: str | None = None) -> CaarPath:
    """Give the path of one kind's mean; see `StudyResult.caar_path`."""
    groups = kind_groups(alignment, estimates.rows)
    if kind is None and len(groups) == 1:
        kind = next(iter(groups))
    if kind not in groups:
        raise InputError(
            "the study has several kinds: name one"
            if kind is None and groups
            else "is no kind of move of this study",
            parameter="kind",
            received=kind,
            allowed=", ".join(map(repr, groups)) or "a study with usable pairs",
        )
    places = groups[kind]
    rows = estimates.rows[places]
    clusters = clusters_of(alignment, estimates.rows, spec)[places]
    ar = estimates.abnormal.ar[places]
    sums = np.cumsum(np.where(np.isfinite(ar), ar, 0.0), axis=1)
    means = np.stack([cluster_means(column, clusters) for column in sums.T], axis=1)
    n_clusters, length = means.shape
    critical, error = np.nan, np.full(length, np.nan)
    if n_clusters > 1:
        error = means.std(axis=0, ddof=1) / np.sqrt(n_clusters)
        critical = sup_t_of_means(_correlation(length), n_clusters, spec.level)
    return CaarPath(
        alignment.design.series[alignment.series[rows[0]]].kind, spec.level, np.asarray(spec.timeline.taus),
        means.mean(axis=0), error, critical, float(t_quantile(spec.level, n_clusters - 1)), len(places), n_clusters,
        "" if n_clusters > 1 else ONE_CLUSTER,
        next(filter(None, (alignment.stamp_of(int(row)) for row in rows)), None),
    )  # fmt: skip


def _correlation(length: int) -> NDArray[np.float64]:
    """Correlation of the sums of independent moves of one variance: sqrt(shorter / longer).

    Estimated from a handful of clusters it would be too close to one, and the band too narrow.
    """
    days = np.arange(1.0, length + 1.0)
    return np.asarray(np.sqrt(np.minimum(days, days[:, None]) / np.maximum(days, days[:, None])))
