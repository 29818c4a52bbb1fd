"""What every result with estimates offers: statsmodels' words for its numbers, and equality by value."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..errors import InputError
from ..ledger import Ledger
from ..maths.frozen import Frozen
from .summary import Summary

if TYPE_CHECKING:
    import pandas as pd

    class Given(Frozen):
        """What each result gives, as attributes or as properties."""

        @property
        def terms(self) -> tuple[str, ...]: ...
        @property
        def estimates(self) -> Floats: ...
        @property
        def std_errors(self) -> Floats: ...
        @property
        def statistics(self) -> Floats: ...
        @property
        def p_values(self) -> Floats: ...
        @property
        def level(self) -> float: ...
        @property
        def ledger(self) -> Ledger: ...
        @property
        def model(self) -> object: ...
        def to_frame(self) -> pd.DataFrame: ...
        def summary(self) -> Summary: ...

else:
    Given = Frozen  # properties of a base would be taken for defaults by the dataclasses below it

__all__ = ["TERMS", "Estimated", "half_width"]

Floats = NDArray[np.float64]

TERMS = (
    "term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "n", "unit", "note",
)  # fmt: skip
"""Columns of every table of estimates; results have more of their own."""


class Estimated(Given):
    """A result of k estimates with names; results of regressions and of associations are ones.

    A result gives ``terms``, ``estimates``, ``std_errors``, ``statistics``, ``p_values``, ``level``, ``ledger`` (news
    used and left out) and ``model`` (the fitted model of a library, or None), as attributes or as properties, and
    ``interval_at``, ``to_frame`` and ``summary``. NaN stands where a number does not exist; ``note`` of its row in the
    table says why. Two results are equal where all their numbers and words are, whatever the fitted models' identity.
    """

    __slots__ = ()
    not_compared: ClassVar[tuple[str, ...]] = ("model",)

    @property
    def params(self) -> pd.Series:
        """Estimates by term."""
        return self._by_term(self.estimates, "params")

    @property
    def bse(self) -> pd.Series:
        """Standard errors by term."""
        return self._by_term(self.std_errors, "bse")

    @property
    def tvalues(self) -> pd.Series:
        """Statistics by term: of each estimate against zero, unless its row says otherwise."""
        return self._by_term(self.statistics, "tvalues")

    @property
    def pvalues(self) -> pd.Series:
        """p by term."""
        return self._by_term(self.p_values, "pvalues")

    def conf_int(self, level: float | None = None) -> pd.DataFrame:
        """Give the interval of each estimate: columns ``conf_low`` and ``conf_high``.

        Parameters
        ----------
        level : float, optional
            That of the result when not given.

        Raises
        ------
        InputError
            If the level is none, or the intervals are known at that of the result alone.
        """
        import pandas as pd

        if level is not None and not (isinstance(level, Real) and 0.0 < level < 1.0):
            raise InputError("is not a level", parameter="level", received=level, allowed="0 < level < 1")
        low, high = self.interval_at(self.level if level is None else level)
        return pd.DataFrame({"conf_low": low, "conf_high": high}, index=self._index())

    def interval_at(self, level: float) -> tuple[Floats, Floats]:
        """Give the ends of the intervals as arrays; NaN where there is none."""
        raise NotImplementedError

    def _index(self) -> pd.Index:
        import pandas as pd

        return pd.Index(self.terms, name="term")

    def _by_term(self, values: Floats, name: str) -> pd.Series:
        import pandas as pd

        return pd.Series(np.array(values, dtype=np.float64), index=self._index(), name=name)

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()


def half_width(std_errors: Floats, dfs: Floats, level: float) -> Floats:
    """Give the half width of intervals by Student's t: t(dfs) times the standard errors.

    Parameters
    ----------
    std_errors : ndarray, shape (k,)
    dfs : ndarray, shape (k,)
        Degrees of freedom; infinite for a normal, NaN where there is no interval.
    level : float

    Returns
    -------
    ndarray, shape (k,)

    Examples
    --------
    >>> half_width(np.ones(3), np.array([4.0, np.inf, np.nan]), 0.95).round(3).tolist()
    [2.776, 1.96, nan]
    """
    share = (1.0 - level) / 2.0
    finite = np.isfinite(dfs)
    quantile = np.where(finite, stats.t.isf(share, np.where(finite, dfs, 1.0)), stats.norm.isf(share))
    return np.asarray(np.where(np.isnan(dfs), np.nan, quantile) * std_errors)
