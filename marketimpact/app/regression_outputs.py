"""What regressions write: one table, a picture each, their part of the JSON; and what the command says of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..ledger import csv_text, plain_rows
from ..plots.coefficients import plot_coefficients, shown_unit
from ..regress.panels import PanelResult
from ..regress.result import RegressionResult
from ..reporting.canvas import bare_figure, png_bytes
from ..study.summary import p_said
from .outputs import Rendered, page_names, render
from .regressions import RegressionRun
from .study_file import OutputTable
from .study_run import Ran

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["coefficient_table", "common_reading", "line_of", "picture", "picture_names", "render_ran"]

WIDTH, DPI = 9.0, 110
"""Of a picture [inches, dots per inch]."""

ROOM_ABOVE = -1.8
"""Upper end of the axes, for the legend [rows]: the rows of a picture have one height, however many they are."""

MOST_ROWS = 120
"""Coefficients beyond which a picture is left out: nobody reads it."""

MOST_SAID = 4
"""Coefficients that a line says; the table has them all."""


def render_ran(
    ran: Ran,
    output: OutputTable,
    *,
    title: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Rendered:
    """Make the content of every file, of the study and of the regressions.

    Parameters
    ----------
    ran : Ran
    output : OutputTable
    title, progress
        As in `render`.

    Returns
    -------
    Rendered
    """
    if ran.result is not None:
        own = replace(output, json=False) if ran.regressions else output
        made = render(ran.result, own, title=title, progress=progress)
        if not ran.regressions:
            return made
    else:
        said = ("sheet.png is left out: there is no [study]",) if output.sheet else ()
        made = Rendered((), {}, said)
    files, remarks = dict(made.files), list(made.remarks)
    if output.png:
        for run, name in zip(ran.regressions, picture_names(ran.regressions), strict=True):
            rows = sum(int((one.to_frame()["n_events"] > 0).sum()) for one in run.results.values())
            if rows > MOST_ROWS:
                remarks.append(f"{name} is left out: {rows} coefficients, more than {MOST_ROWS}")
            else:
                files[name] = picture(run)
    if output.csv:
        files["regression.csv"] = csv_text(coefficient_table(ran.regressions)).encode()
        files["regression_ledger.csv"] = csv_text(_ledgers(ran.regressions)).encode()
    if output.json:
        files["result.json"] = _json_text(ran).encode()
    return Rendered(made.findings, files, tuple(remarks))


def picture_names(runs: Sequence[RegressionRun]) -> list[str]:
    """Give each regression's picture a file name; no page of a pair has it, whose names hold one underscore.

    Examples
    --------
    >>> picture_names([RegressionRun("Rate decisions", "events", {})])
    ['regression-Rate-decisions.png']
    """
    return [name.replace("_", "-", 1) for name in page_names([("regression", run.name) for run in runs])]


def picture(run: RegressionRun) -> bytes:
    """Draw a regression's coefficients of news as PNG: axes one below the other where units differ.

    Parameters
    ----------
    run : RegressionRun

    Returns
    -------
    bytes
    """
    groups: dict[tuple[str, tuple[str, ...]], dict[str, RegressionResult]] = {}
    for name, result in run.results.items():
        terms: dict[str, list[str]] = {}
        for term, unit, n in zip(result.terms, result.units, result.n_events, strict=True):
            if n:
                terms.setdefault(shown_unit(unit)[0], []).append(term)
        for unit, some in terms.items():
            groups.setdefault((unit, tuple(some)), {})[name] = result
    heights = [1.9 + 0.6 * len(terms) * len(some) for (_, terms), some in groups.items()]
    figure = bare_figure(WIDTH, sum(heights), DPI)
    figure.set_layout_engine("constrained")
    axes = figure.subplots(len(groups), squeeze=False, height_ratios=heights)[:, 0]
    for ax, ((_, chosen), shown) in zip(axes, groups.items(), strict=True):
        plot_coefficients(shown.get("", shown), chosen, ax=ax)
        ax.set_ylim(len(chosen) * len(shown) - 0.4, ROOM_ABOVE)
    return png_bytes(figure)


def coefficient_table(runs: Sequence[RegressionRun]) -> pd.DataFrame:
    """Give one row a coefficient of every regression, numbers as in `RegressionResult.to_frame`.

    Parameters
    ----------
    runs : sequence of RegressionRun

    Returns
    -------
    DataFrame
        ``regression`` and ``kind``; ``instrument``, missing where several or all are in one regression; then the
        columns of the results, missing where a kind of regression has no such column.
    """
    import pandas as pd

    table = pd.concat(
        [_named(result.to_frame(), run, name) for run in runs for name, result in run.results.items()],
        ignore_index=True,
    )
    if "tau" in table:
        table["tau"] = table["tau"].astype("Int64")
    return table


def _named(frame: pd.DataFrame, run: RegressionRun, instrument: str) -> pd.DataFrame:
    frame.insert(0, "regression", run.name)
    frame.insert(1, "kind", run.kind)
    frame.insert(2, "instrument", instrument or None)
    return frame


def _ledgers(runs: Sequence[RegressionRun]) -> pd.DataFrame:
    """Give which events each regression used, flagged and left out, and why."""
    import pandas as pd

    frames = [
        result.ledger.to_frame().assign(regression=run.name)
        for run in runs
        for result in run.results.values()
    ]
    table = pd.DataFrame([row for frame in frames for row in frame.to_dict("records")])
    return table[["regression", *[name for name in table if name != "regression"]]]


def _json_text(ran: Ran) -> str:
    """Write study and regressions as JSON, keys in alphabetical order, null for NaN."""
    content: dict[str, Any] = {} if ran.result is None else ran.result.to_dict()
    content["regressions"] = [
        {
            "name": run.name,
            "kind": run.kind,
            "results": [_result_dict(name, result) for name, result in run.results.items()],
        }
        for run in ran.regressions
    ]
    content.setdefault(
        "series",
        [
            {"id": instrument.id, "provenance": str(quotes.provenance), "notes": list(quotes.notes)}
            for instrument, quotes in zip(ran.panel.instruments, ran.panel.quotes, strict=True)
        ],
    )
    return json.dumps(content, allow_nan=False, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _result_dict(instrument: str, result: RegressionResult) -> dict[str, Any]:
    """Give a result as plain data; degrees of freedom are None for a normal, which has no end of them."""
    frame, summary = result.to_frame(), result.summary()
    frame["df"] = frame["df"].where(np.isfinite(frame["df"]))
    return {
        "instrument": instrument or None,
        "title": result.title,
        "errors": result.cov_type,
        "level": result.level,
        "stamp": result.stamp,
        "coefficients": plain_rows(frame),
        "tests": plain_rows(result.tests_frame()) if isinstance(result, PanelResult) else [],
        "summary": {
            "head": list(summary.head),
            "columns": list(summary.columns),
            "rows": [list(row) for row in summary.rows],
            "tail": list(summary.tail),
        },
        "ledger": result.ledger.to_dicts(),
    }


def line_of(run: RegressionRun, instrument: str, result: RegressionResult) -> str:
    """Say a regression in one line: its coefficients of news, in the unit shown, with t and p.

    Parameters
    ----------
    run : RegressionRun
    instrument : str
        Empty where one regression has them all.
    result : RegressionResult

    Returns
    -------
    str
        Without a standard error a coefficient has the tests that stand in its place, or says that there is none.
    """
    rows = [row for row in result.to_frame().to_dict("records") if row["n_events"]]
    said = [_coefficient_words(row, result) for row in rows[:MOST_SAID]]
    if more := len(rows) - MOST_SAID:
        said += [f"{more} more in regression.csv"] if more > 0 else []
    stamp = f" [{result.stamp}]" if result.stamp else ""
    where = f"{run.name}, {instrument}" if instrument else run.name
    return f"{where}: {'; '.join(said)}{stamp}"


def _coefficient_words(row: Mapping[Any, Any], result: RegressionResult) -> str:
    unit, scale = shown_unit(row["unit"])
    n = row["n_events"]
    about = [f"{n} event {'day' if n == 1 else 'days'}"]
    if np.isnan(row["std_error"]):
        about.append("no standard error")
        tests = result.tests if isinstance(result, PanelResult) else ()
        about += [
            f"{one.test}: {p_said(one.p_value)}" for term, one in tests if term == row["term"] and one.applies
        ]
    else:
        about += [f"t = {row['statistic']:.2f}", p_said(row["p_value"])]
    return f"{row['term']} {row['estimate'] * scale:+.3g} {unit} ({', '.join(about)})"


def common_reading(run: RegressionRun) -> tuple[str, ...]:
    """Give the sentences of the reading that all results of a regression share; the JSON has every one."""
    first, *others = run.results.values()
    return tuple(text for text in first.reading if all(text in one.reading for one in others))
