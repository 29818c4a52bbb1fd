"""What an event regression found: coefficients with their units, errors that hold, and the events used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..ledger import Ledger
from ..maths.frozen import read_only
from ..study.estimated import Estimated, half_width
from ..study.summary import ILLUSTRATIVE, Summary, number_or_na, p_words, shown_row
from ..units import shown_unit

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "RegressionResult"]

Floats = NDArray[np.float64]

COLUMNS = (
    "term", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "n", "n_events",
    "n_clusters", "unit", "note",
)  # fmt: skip
"""Columns of the tidy table."""


@dataclass(frozen=True, slots=True, eq=False)
class RegressionResult(Estimated):
    """The result of an event regression with k coefficients.

    Attributes
    ----------
    title : str
        What was regressed on what, in one line.
    terms : tuple of str, length k
    estimates, std_errors, dfs : ndarray, shape (k,)
        Coefficients, standard errors, degrees of freedom of each t (infinite for a normal).
    p_values : ndarray, shape (k,)
        Two-sided.
    cov : ndarray, shape (k, k)
        Covariance of the coefficients.
    units : tuple of str, length k
        Unit of each coefficient: "bp per event", "bp per sd", "bp per 1.0 log".
    cov_type : str
        How the standard errors were made, in words.
    level : float
        Level of the intervals.
    n, n_clusters : int
        Observations, and the clusters that the standard errors rest on.
    n_events : tuple of int, length k
        Event days that each coefficient rests on; 0 for a control.
    notes : tuple of str, length k
        What a reader must know of each coefficient; empty where nothing.
    reading : tuple of str
        Warnings and the rule for reading, in sentences.
    ledger : Ledger
        Events used, flagged and left out, and why.
    model : object
        The fitted model of the library that made the estimates (statsmodels, arch, linearmodels), or several; None
        where the package's own arithmetic did, as for effects by group and time. Equality leaves it out.
    stamp : str or None
        Word to stamp across figures: a series was not observed.
    sign : str
        What a move above zero is, of currency pairs: "+ = weaker RUB"; else empty.
    """

    title: str
    terms: tuple[str, ...]
    estimates: Floats
    std_errors: Floats
    dfs: Floats
    p_values: Floats
    cov: Floats
    units: tuple[str, ...]
    cov_type: str
    level: float
    n: int
    n_clusters: int
    n_events: tuple[int, ...]
    notes: tuple[str, ...]
    reading: tuple[str, ...]
    ledger: Ledger
    model: object = None
    stamp: str | None = None
    sign: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        read_only(self.estimates, self.std_errors, self.dfs, self.p_values, self.cov)
        lengths = {len(self.terms), len(self.units), len(self.n_events), len(self.notes)}
        arrays = (self.estimates, self.std_errors, self.dfs, self.p_values)
        if lengths | {len(one) for one in arrays} != {len(self.terms)}:
            raise InputError("every coefficient has one entry in each column", parameter="RegressionResult")

    @property
    def statistics(self) -> Floats:
        """t of each coefficient against zero."""
        return np.asarray(self.estimates / np.where(self.std_errors > 0.0, self.std_errors, np.nan))

    def interval_at(self, level: float) -> tuple[Floats, Floats]:
        """Give the ends of the intervals as arrays: t with each coefficient's own degrees of freedom."""
        half = half_width(self.std_errors, self.dfs, level)
        return np.asarray(self.estimates - half), np.asarray(self.estimates + half)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a coefficient: numbers only, no rounding, a unit in every row."""
        import pandas as pd

        low, high = self.interval_at(self.level)
        columns: Mapping[str, object] = {
            "term": self.terms, "estimate": self.estimates, "std_error": self.std_errors,
            "statistic": self.statistics, "df": self.dfs, "p_value": self.p_values, "conf_low": low,
            "conf_high": high, "n": self.n, "n_events": self.n_events, "n_clusters": self.n_clusters,
            "unit": self.units, "note": self.notes,
        }  # fmt: skip
        return pd.DataFrame(columns, columns=list(COLUMNS))

    def summary(self) -> Summary:
        """Give the coefficients with what they rest on, fractions in per cent: text in a terminal, HTML in Jupyter."""
        low, high = self.interval_at(self.level)
        head = [self.title, f"{self.n} moves, {self.cov_type}; {self.ledger}"]
        if self.sign:
            head.append(f"moves: {self.sign}")
        if self.stamp:
            head.append(ILLUSTRATIVE.format(stamp=self.stamp))
        shown = map(shown_row, self.estimates, self.std_errors, low, high, self.units)
        rows = [
            (
                term, estimate, error, number_or_na(t, ".2f"), "" if not np.isfinite(df) else f"{df:.3g}", p_words(p),
                span, unit, str(events) if events else "", note,
            )
            for term, (estimate, error, span, unit), t, df, p, events, note in zip(
                self.terms, shown, self.statistics, self.dfs, self.p_values, self.n_events, self.notes, strict=True,
            )
        ]  # fmt: skip
        interval = f"{self.level * 100:g} % interval"
        columns = ("term", "estimate", "se", "t", "df", "p", interval, "unit", "event days", "note")
        return Summary(tuple(head), columns, tuple(rows), self.reading)

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{term} {estimate * scale:+.4g} {unit} (p {p_words(p)})"
            for term, estimate, (unit, scale), p, events in zip(
                self.terms,
                self.estimates,
                map(shown_unit, self.units),
                self.p_values,
                self.n_events,
                strict=True,
            )
            if events
        )
        return f"{type(self).__name__}: {self.title}: {shown or f'{len(self.terms)} coefficients'}"
