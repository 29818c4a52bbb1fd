"""A study's summary: text in a terminal, HTML in Jupyter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..ledger import MOST_SHOWN, Ledger, html_table
from ..market.panel import Panel
from ..maths.outcome import Outcome
from ..units import DISPLAY_UNITS, shown_unit
from .inference import Across, PairRanks
from .spec import Spec
from .verdicts import Verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ILLUSTRATIVE",
    "MOST_LEFT_OUT",
    "MOST_ROWS",
    "Summary",
    "across_line",
    "both_samples",
    "interval_or_na",
    "number_or_na",
    "p_with_floor",
    "p_words",
    "shown_row",
    "summarise",
    "tau_words",
]

MOST_ROWS = MOST_SHOWN
"""Pairs that a summary lists."""

ILLUSTRATIVE = "{stamp}: not all series were observed; every p is illustrative"

MOST_LEFT_OUT = 5
"""Pairs left out of which a summary says why; the ledger says it of all."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Lines of text and two small tables.

    Attributes
    ----------
    head : tuple of str
        What was asked, what was used.
    columns : tuple of str
        Columns of the table of pairs.
    rows : tuple of tuple of str
        One a pair.
    tail : tuple of str
        Tests over events, and what a reader must know.
    """

    head: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    tail: tuple[str, ...]

    def __str__(self) -> str:
        table = (self.columns, *self.rows)
        widths = [max(len(row[j]) for row in table) for j in range(len(self.columns))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in table
        ]
        return "\n".join([*self.head, "", *lines, "", *self.tail])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html_table(self.columns, self.rows, head=self.head, tail=self.tail)


def summarise(
    spec: Spec,
    headline: pd.DataFrame,
    ranks: PairRanks,
    status: Sequence[str],
    over: Sequence[str],
    ledger: Sequence[str],
    panel: Panel,
) -> Summary:
    """Make the summary of a study.

    Parameters
    ----------
    spec : Spec
    headline : DataFrame
        Headline moves by pair; with the columns ``observed`` and ``normal`` of a spread's split, which are shown then.
    ranks : PairRanks
    status : sequence of str
        These two at least of the pairs that are listed.
    over : sequence of str
        Tests over events, a line each.
    ledger : sequence of str
        What was used, a line each.
    panel : Panel
    """
    head = [
        f"Event study: {spec.model}; estimation {spec.timeline.estimation}, event window {spec.timeline.event}",
    ]
    if policies := str(spec.policies):
        head.append(f"Policies: {policies}")
    head.extend(ledger)
    if panel.stamp:
        head.append(ILLUSTRATIVE.format(stamp=panel.stamp))
    shown = headline.head(MOST_ROWS).to_dict("records")
    rows = [(*_pair_row(row, ranks, i), status[i]) for i, row in enumerate(shown)]
    tail = [*over]
    if len(headline) > MOST_ROWS:
        tail.insert(0, f"... and {len(headline) - MOST_ROWS} pairs more: result.to_frame()")
    columns = (
        "event",
        "instrument",
        "tau",
        *(("observed", "benchmark") if "observed" in headline else ()),
        "abnormal",
        "se",
        "t",
        "p (t)",
        "p (rank)",
        "smallest rank p",
        "status",
    )
    return Summary(tuple(head), columns, tuple(rows), tuple(tail))


def both_samples(everything: Iterable[str], without: Iterable[str], ledger: Ledger) -> Summary:
    """Put the headline tests over events of two samples side by side, a line each."""
    rows = [
        (name, line)
        for name, sample in (("all pairs", everything), ("without confounded", without))
        for line in sample
    ]
    head = f"Without confounded pairs: {ledger}"
    return Summary((head,), ("sample", "test over events"), tuple(rows), ())


def _pair_row(row: dict[object, object], ranks: PairRanks, i: int) -> tuple[str, ...]:
    unit, scale = DISPLAY_UNITS[str(row["unit"])]
    return (
        str(row["event_id"]),
        str(row["instrument"]),
        tau_words(row["tau_from"], row["tau_to"]),
        *(
            _written(_float(row[name]) * scale, "+.2f", f" {unit}")
            for name in ("observed", "normal")
            if name in row
        ),
        _written(_float(row["estimate"]) * scale, "+.2f", f" {unit}"),
        _tested(row, _float(row["std_error"]) * scale),
        _tested(row, _float(row["statistic"])),
        p_words(_float(row["p_value"])),
        p_words(float(ranks.p_value[i])),
        p_words(float(ranks.p_floor[i])),
    )


def _written(number: float, form: str, unit: str = "") -> str:
    return "missing" if np.isnan(number) else f"{number:{form}}{unit}"


def _tested(row: dict[object, object], number: float) -> str:
    """Write a number of the t; it does not apply where there is a move and no standard error of it."""
    if np.isnan(number) and not np.isnan(_float(row["estimate"])):
        return "n/a"
    return _written(number, ".2f")


def _float(value: object) -> float:
    return float(np.float64(value))  # type: ignore[arg-type]  # numbers of a frame's row


def tau_words(first: object, last: object) -> str:
    """Write a window: "0", "0 to 1"."""
    return str(first) if first == last else f"{first} to {last}"


def p_words(p: float) -> str:
    """Write a p-value: three decimals, "< .001" below, "n/a" where there is none."""
    if np.isnan(p):
        return "n/a"
    return "< .001" if p < 0.0005 else f"{p:.3f}".lstrip("0") if p < 1 else "1"


def p_said(p: float) -> str:
    """Write a p-value in a sentence: "p = .025", "p < .001"."""
    words = p_words(p)
    return f"p {words}" if words.startswith("<") else f"p = {words}"


def p_with_floor(outcome: Outcome) -> str:
    """Write the p of a test in a sentence, with the smallest that it can reach and what a reader must know of it."""
    floor = f", smallest {p_words(outcome.p_floor)}" if outcome.p_floor else ""
    note = f" [{outcome.note}]" if outcome.note else ""
    return f"{p_said(outcome.p_value)}{floor}{note}"


def number_or_na(value: float, form: str) -> str:
    """Write a number of a table; "n/a" where there is none."""
    return "n/a" if np.isnan(value) else f"{value:{form}}"


def interval_or_na(low: float, high: float) -> str:
    """Write an interval of a table; "n/a" where there is none."""
    return "n/a" if np.isnan(low) else f"{low:+.4g} to {high:+.4g}"


def shown_row(estimate: float, error: float, low: float, high: float, unit: str) -> tuple[str, str, str, str]:
    """Write an estimate, its standard error and interval in the unit in which they are shown, and that unit.

    Examples
    --------
    >>> shown_row(0.0031, 0.001, 0.0011, float("inf"), "log per event")
    ('+0.31', '0.1', '+0.11 to +inf', '% per event')
    >>> shown_row(300.0, float("nan"), float("nan"), float("nan"), "bp per 1.0 log")
    ('+3', 'n/a', 'n/a', 'bp per %')
    """
    shown, scale = shown_unit(unit)
    return (
        number_or_na(estimate * scale, "+.4g"), number_or_na(error * scale, ".3g"),
        interval_or_na(low * scale, high * scale), shown,
    )  # fmt: skip


def across_line(one: Across, verdict: Verdict) -> str:
    """Say a test over events in one line, and whether to read it."""
    outcome = one.outcome
    unit, scale = DISPLAY_UNITS[one.unit]
    clusters = "1 date cluster" if outcome.n_clusters == 1 else f"{outcome.n_clusters} date clusters"
    where = f"{one.kind.partition(' [')[0]}, headline, {outcome.test} ({outcome.n} pairs, {clusters})"
    if not outcome.applies:
        return f"{where}: not applicable: {outcome.reason}"
    average = "" if np.isnan(outcome.estimate) else f"CAAR {outcome.estimate * scale:+.2f} {unit}, "
    advice = f"; {verdict.advice}" if verdict.advice else ""
    return f"{where}: {average}{p_with_floor(outcome)}{advice}"
