"""What a study of association found: a table of numbers with their units, and the rule for reading them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..ledger import Ledger
from ..maths.frozen import read_only
from ..study.estimated import TERMS, Estimated, half_width
from ..study.summary import ILLUSTRATIVE, Summary, number_or_na, p_words, shown_row

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ASSOCIATION", "COLUMNS", "Association"]

Floats = NDArray[np.float64]

COLUMNS = TERMS
"""Columns of every table; some have more behind them."""

NO_INTERVAL = {
    "lead-lag": "no interval: the bands are of no association",
    "coincidence": "no standard error, no interval: the bounds are those of chance",
    "granger": "no interval: several coefficients are tested at once",
}
"""What the table says of rows without an interval, by method."""

ASSOCIATION = (
    "Association is not effect: both may answer a third thing, and papers write of markets that moved."
)
"""The rule for reading every result of this room."""


@dataclass(frozen=True, slots=True, eq=False)
class Association(Estimated):
    """k numbers that say how a news series, or another market, goes with moves.

    Attributes
    ----------
    method : str
        "lead-lag", "coincidence", "granger", "distributed lags", "quantile response", "adjusted correlation".
    title : str
        What was compared with what, in one line.
    terms : tuple of str, length k
    estimates, std_errors, statistics, p_values, low, high : ndarray, shape (k,)
        NaN where there is none. ``low`` and ``high`` bound the interval that ``interval`` names.
    n : tuple of int, length k
        What each rests on.
    units, notes : tuple of str, length k
    interval : str
        Which interval, in words: "95 % interval (HC2)".
    more : tuple of (str, ndarray)
        Further columns.
    head : tuple of str
        How it was read and made, in lines.
    reading : tuple of str
        Warnings, and the rule for reading.
    model : object
        The fitted model of statsmodels, or several; None where the package's own arithmetic made the numbers, as
        correlations and rates. Equality leaves it out.
    stamp : str or None
        Word to stamp across figures: a series was not observed.
    ledger : Ledger
        News used and left out, and why: one row an event, or a day of the news series.
    level : float
        Level of ``low`` and ``high``.
    dfs : ndarray, shape (k,), or None
        Degrees of freedom of each interval by Student's t (infinite for a normal); None where the column "df", or
        the draws, say it.
    drawn : ndarray, shape (draws, k), or None
        Draws of which the intervals are percentiles.
    sign : str
        What a move above zero is, of currency pairs: "+ = weaker RUB"; else empty, as of sizes of moves.
    span : ndarray of datetime64[D], shape (2,)
        First and last session of the sample.
    sample : str
        How many sessions there are, and how many of them have news: "509 sessions, 20 with news".
    """

    method: str
    title: str
    terms: tuple[str, ...]
    estimates: Floats
    std_errors: Floats
    statistics: Floats
    p_values: Floats
    low: Floats
    high: Floats
    n: tuple[int, ...]
    units: tuple[str, ...]
    notes: tuple[str, ...]
    interval: str
    more: tuple[tuple[str, Floats], ...] = ()
    head: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    model: object = None
    stamp: str | None = None
    ledger: Ledger = field(default_factory=Ledger.empty)
    level: float = 0.95
    dfs: Floats | None = None
    drawn: Floats | None = None
    sign: str = field(default="", kw_only=True)
    span: NDArray[np.datetime64] = field(
        default_factory=lambda: np.empty(0, dtype="datetime64[D]"), kw_only=True
    )
    sample: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        arrays = (self.estimates, self.std_errors, self.statistics, self.p_values, self.low, self.high)
        read_only(*arrays, self.span, *(column for _, column in self.more))
        read_only(*(one for one in (self.dfs, self.drawn) if one is not None))
        columns = (*arrays, *(column for _, column in self.more))
        lengths = {len(self.n), len(self.units), len(self.notes), *(len(one) for one in columns)}
        if lengths != {len(self.terms)}:
            raise InputError("every number has one entry in each column", parameter="Association")

    def interval_at(self, level: float) -> tuple[Floats, Floats]:
        """Give the ends of the intervals as arrays; NaN where the method has none, as of rates.

        Raises
        ------
        InputError
            If neither degrees of freedom nor draws say what another level's are.
        """
        if level == self.level or not np.isfinite(self.low).any():
            return self.low, self.high
        if self.drawn is not None:
            ends = np.nanquantile(self.drawn, ((1.0 - level) / 2.0, (1.0 + level) / 2.0), axis=0)
            return ends[0], ends[1]
        dfs = dict(self.more).get("df") if self.dfs is None else self.dfs
        if dfs is None:
            raise InputError(
                "is not that of the intervals", parameter="level", received=level, allowed=f"{self.level:g}"
            )
        half = np.where(np.isfinite(self.low), half_width(self.std_errors, dfs, level), np.nan)
        return np.asarray(self.estimates - half), np.asarray(self.estimates + half)

    def column(self, name: str) -> Floats:
        """Give one of the further columns.

        Raises
        ------
        InputError
            If this method has none of that name.
        """
        found = dict(self.more)
        if name not in found:
            raise InputError(
                "is no column here",
                parameter="name",
                received=name,
                allowed=", ".join(map(repr, found)) or "none",
            )
        return found[name]

    def to_frame(self) -> pd.DataFrame:
        """Give one row a number: nothing rounded, a unit in every row, the method's own columns last."""
        import pandas as pd

        lacks = NO_INTERVAL.get(self.method, "")
        notes = [
            note or (lacks if np.isnan(low) else "") for note, low in zip(self.notes, self.low, strict=True)
        ]
        columns: Mapping[str, object] = {
            "term": self.terms, "estimate": self.estimates, "std_error": self.std_errors,
            "statistic": self.statistics, "p_value": self.p_values, "conf_low": self.low, "conf_high": self.high,
            "n": self.n, "unit": self.units, "note": notes, **dict(self.more),
        }  # fmt: skip
        return pd.DataFrame(columns, columns=[*COLUMNS, *(name for name, _ in self.more)])

    def summary(self) -> Summary:
        """Give the numbers, fractions in per cent, and how to read them: text in a terminal, HTML in Jupyter."""
        head = [self.title, *self.head, *([f"moves: {self.sign}"] if self.sign else [])]
        if self.stamp:
            head.append(ILLUSTRATIVE.format(stamp=self.stamp))
        names = [name for name, _ in self.more]
        shown = map(shown_row, self.estimates, self.std_errors, self.low, self.high, self.units)
        rows = tuple(
            (
                term, b, se, p_words(float(p)), span, unit,
                *(number_or_na(float(column[i]), ".3g") for _, column in self.more), note,
            )
            for i, (term, (b, se, span, unit), p, note) in enumerate(
                zip(self.terms, shown, self.p_values, self.notes, strict=True)
            )
        )  # fmt: skip
        columns = ("term", "estimate", "se", "p", self.interval, "unit", *names, "note")
        kept = [j for j in range(len(columns)) if j < 2 or any(row[j] not in ("", "n/a") for row in rows)]
        return Summary(
            tuple(head), tuple(columns[j] for j in kept), tuple(tuple(row[j] for j in kept) for row in rows),
            self.reading,
        )  # fmt: skip

    def __repr__(self) -> str:
        known = np.isfinite(self.p_values)
        if not known.any():
            return f"Association: {self.title}: {len(self.terms)} numbers"
        best = int(np.nanargmin(self.p_values))
        return (
            f"Association: {self.title}: smallest p of {int(known.sum())}: {p_words(float(self.p_values[best]))}"
            f" ({self.terms[best]})"
        )
