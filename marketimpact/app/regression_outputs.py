"""What regressions and associations write: tables, a picture each, their part of the JSON; and the command's lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from ..ledger import Ledger, csv_text, plain_rows
from ..market.panel import Panel
from ..plots.association import plot_association, plot_lead_lag
from ..plots.coefficients import plot_coefficients
from ..plots.responses import plot_response
from ..plots.spillovers import plot_spillovers
from ..regress.result import RegressionResult
from ..reporting.canvas import bare_figure, png_bytes
from ..units import shown_unit
from .characteristics_file import LabelledNumbers
from .kinds import KINDS, Room
from .outputs import Rendered, page_names, render
from .regressions import RegressionRun
from .series_missing import series_table
from .study_file import OutputTable
from .study_run import Ran

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "common_reading",
    "ledgers_of",
    "line_of",
    "main_table",
    "picture",
    "picture_names",
    "render_ran",
    "tables_of",
]

WIDTH, DPI = 9.0, 110
"""Of a picture [inches, dots per inch]."""

ROOM_ABOVE = -1.8
"""Upper end of the axes, for the legend [rows]: the rows of a picture have one height, however many they are."""

TALL = 4.6
"""Height of axes that show days, lags or horizons [inches]."""

MOST_ROWS, MOST_AXES = 120, 24
"""Coefficients, and axes, beyond which a picture is left out: nobody reads it."""

WHOLE = ("tau", "horizon", "lag", "n", "n_events", "n_clusters")
"""Columns of whole numbers, of which some rows have none."""


def render_ran(
    ran: Ran,
    output: OutputTable,
    *,
    title: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Rendered:
    """Make the content of every file, of the study, of the regressions and of the associations.

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
        made = render(ran.result, replace(output, json=False), title=title, progress=progress)
    else:
        said = ("sheet.png is left out: there is no [study]",) if output.sheet else ()
        made = Rendered((), {}, said)
    files, remarks = dict(made.files), list(made.remarks)
    for room in get_args(Room):
        runs = [run for run in ran.runs if KINDS[run.kind].room == room]
        if not runs:
            continue
        if output.png:
            drawn, missing = _pictures(runs)
            files |= drawn
            remarks += missing
        if output.csv:
            files |= {name: csv_text(table).encode() for name, table in _tables(runs, room).items()}
    if output.csv and ran.panel.ledger is not None:
        files["series_ledger.csv"] = csv_text(series_table(ran.panel.ledger)).encode()
    if output.json:
        files["result.json"] = _json_text(ran).encode()
    return Rendered(made.findings, files, tuple(remarks))


def _pictures(runs: Sequence[RegressionRun]) -> tuple[dict[str, bytes], list[str]]:
    """Draw what can be read; say what is left out."""
    files, missing = {}, []
    for run, name in zip(runs, picture_names(runs), strict=True):
        if KINDS[run.kind].plots:
            many, most, what = sum(len(_plots(run, one)) for one in run.results.values()), MOST_AXES, "axes"
        else:
            many = sum(int((one.to_frame()["n_events"] > 0).sum()) for one in run.results.values())
            most, what = MOST_ROWS, "coefficients"
        if many > most:
            missing.append(f"{name} is left out: {many} {what}, more than {most}")
        else:
            files[name] = picture(run)
    return files, missing


def picture_names(runs: Sequence[RegressionRun]) -> list[str]:
    """Give each picture a file name; no page of a pair has it, whose names hold one underscore.

    Examples
    --------
    >>> picture_names([RegressionRun("Rate decisions", "events", {}), RegressionRun("gpr", "granger", {})])
    ['regression-Rate-decisions.png', 'association-gpr.png']
    """
    names = page_names([(KINDS[run.kind].room, run.name) for run in runs])
    return [name.replace("_", "-", 1) for name in names]


def picture(run: RegressionRun) -> bytes:
    """Draw a regression or an association as PNG, axes one below the other.

    Parameters
    ----------
    run : RegressionRun
        Of coefficients of news the axes are by unit; of everything else by result.

    Returns
    -------
    bytes
    """
    if not KINDS[run.kind].plots:
        return _coefficients(run)
    drawn = [(plot, result) for result in run.results.values() for plot in _plots(run, result)]
    figure, axes = _axes([_height(plot, result) for plot, result in drawn])
    for ax, (plot, result) in zip(axes, drawn, strict=True):
        plot(result, ax=ax)
    _same_scale(drawn, axes)
    _headed(figure, run)
    return png_bytes(figure)


def _same_scale(drawn: Sequence[tuple[Callable[..., Axes], Any]], axes: Sequence[Axes]) -> None:
    """Give axes of one plot and unit the same limits: what lies one below the other is compared."""
    alike: dict[tuple[Callable[..., Axes], str], list[Axes]] = {}
    for ax, (plot, _) in zip(axes, drawn, strict=True):
        if (scale := SCALES.get(plot)) is not None:
            unit = (ax.get_xlabel() if scale == "x" else ax.get_ylabel()).partition(";")[0].partition("(")[0]
            alike.setdefault((plot, unit.partition("\n")[0]), []).append(ax)
    for (plot, _), some in alike.items():
        ends = np.array([ax.get_xlim() if SCALES[plot] == "x" else ax.get_ylim() for ax in some])
        limits = (float(ends[:, 0].min()), float(ends[:, 1].max()))
        for ax in some:
            ax.set(**{f"{SCALES[plot]}lim": limits})


SCALES: Mapping[Callable[..., Axes], str] = {plot_association: "x", plot_lead_lag: "y", plot_response: "y"}
"""Axis that holds the numbers of a plot, which are compared between instruments."""


def _headed(figure: Figure, run: RegressionRun) -> None:
    """Put the name of a run above its picture, where it has one of its own."""
    if run.name != run.kind:
        figure.suptitle(run.name, x=0.01, ha="left", fontsize=13, fontweight="bold", parse_math=False)


def _axes(heights: Sequence[float]) -> tuple[Figure, list[Axes]]:
    """Make a figure with axes of some heights one below the other [inches]."""
    figure = bare_figure(WIDTH, sum(heights), DPI)
    figure.set_layout_engine("constrained")
    return figure, list(figure.subplots(len(heights), squeeze=False, height_ratios=heights)[:, 0])


def _plots(run: RegressionRun, result: Any) -> list[Callable[..., Axes]]:
    kind = KINDS[run.kind]
    return [*kind.plots, *(plot for plot, has in kind.more_plots if has(result))]


def _height(plot: Callable[..., Axes], result: Any) -> float:
    """Inches: by its rows where a picture has rows."""
    rows = {plot_association: "terms", plot_coefficients: "terms", plot_spillovers: "names"}.get(plot)
    return TALL if rows is None else 2.2 + 0.45 * len(getattr(result, rows))


def _coefficients(run: RegressionRun) -> bytes:
    """Draw the coefficients of news: axes of their own where units differ."""
    groups: dict[tuple[str, tuple[str, ...]], dict[str, RegressionResult]] = {}
    for name, result in run.results.items():
        terms: dict[str, list[str]] = {}
        for term, unit, n in zip(result.terms, result.units, result.n_events, strict=True):
            if n:
                terms.setdefault(shown_unit(unit)[0], []).append(term)
        for unit, some in terms.items():
            groups.setdefault((unit, tuple(some)), {})[name] = result
    figure, axes = _axes([1.9 + 0.6 * len(terms) * len(some) for (_, terms), some in groups.items()])
    for ax, ((_, chosen), shown) in zip(axes, groups.items(), strict=True):
        plot_coefficients(shown.get("", shown), chosen, ax=ax)
        ax.set_ylim(len(chosen) * len(shown) - 0.4, ROOM_ABOVE)
    _headed(figure, run)
    return png_bytes(figure)


def _tables(runs: Sequence[RegressionRun], room: Room) -> dict[str, pd.DataFrame]:
    """Give the tables of a room by the name of the file: those that have rows."""
    frames: dict[str, list[pd.DataFrame]] = {"": [main_table(runs)]}
    for run in runs:
        for instrument, result in run.results.items():
            for name, frame in tables_of(run, result).items():
                frames.setdefault(f"_{name}", []).append(_named(frame, run, instrument))
    frames["_ledger"] = [_ledgers(runs)]
    joined = {f"{room}{end}.csv": _joined(some) for end, some in frames.items()}
    return {name: frame for name, frame in joined.items() if len(frame)}


def _joined(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put frames one below the other: what one has no column for is missing, and whole numbers stay so."""
    import pandas as pd

    table = pd.DataFrame([row for frame in frames for row in frame.to_dict("records")])
    for name in WHOLE:
        if name in table:
            table[name] = table[name].astype("Float64").astype("Int64")
    return table


def main_table(runs: Sequence[RegressionRun]) -> pd.DataFrame:
    """Give one row a coefficient, or other number, of every regression or association: as its `to_frame`.

    Parameters
    ----------
    runs : sequence of RegressionRun

    Returns
    -------
    DataFrame
        ``regression``, or ``association``, and ``kind``; ``instrument``, missing where it is not one; then the columns
        of the results, missing where a kind has no such column.
    """
    return _joined(
        _named(result.to_frame(), run, name) for run in runs for name, result in run.results.items()
    )


def tables_of(run: RegressionRun, result: Any) -> dict[str, pd.DataFrame]:
    """Give a result's further tables by name, "tests" among them."""
    return {name: table(result) for name, table in KINDS[run.kind].tables.items()}


def _named(frame: pd.DataFrame, run: RegressionRun, instrument: str) -> pd.DataFrame:
    frame = frame.copy()
    frame.insert(0, KINDS[run.kind].room, run.name)
    frame.insert(1, "kind", run.kind)
    if "instrument" not in frame:
        frame.insert(2, "instrument", instrument or None)
    return frame


def ledgers_of(run: RegressionRun) -> list[Ledger]:
    """Give the ledgers of a run's results: which events, or days of news, each used, flagged and left out."""
    return [result.ledger for result in run.results.values()]


def _ledgers(runs: Iterable[RegressionRun]) -> pd.DataFrame:
    import pandas as pd

    rows = [
        {KINDS[run.kind].room: run.name, **row}
        for run in runs
        for ledger in ledgers_of(run)
        for row in ledger.to_frame().to_dict("records")
    ]
    return pd.DataFrame(rows)


def _json_text(ran: Ran) -> str:
    """Write study, regressions and associations as JSON, keys in alphabetical order, null for NaN."""
    content: dict[str, Any] = {} if ran.result is None else ran.result.to_dict()
    for name, runs in (("regressions", ran.regressions), ("associations", ran.associations)):
        if runs:
            content[name] = [
                {
                    "name": run.name,
                    "kind": run.kind,
                    "files": {
                        **{key: _origin(panel) for key, panel in run.files.items()},
                        **{key: _origin_of(one) for key, one in run.characteristics.items()},
                    },
                    "results": [_result_dict(run, name, result) for name, result in run.results.items()],
                }
                for run in runs
            ]
    content.setdefault("series", _origin(ran.panel))
    if ran.panel.ledger is not None:
        content["series_ledger"] = plain_rows(series_table(ran.panel.ledger))
    return json.dumps(content, allow_nan=False, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _origin(panel: Panel) -> list[dict[str, Any]]:
    """Give where series came from."""
    return [
        {"id": instrument.id, "provenance": str(quotes.provenance), "notes": list(quotes.notes)}
        for instrument, quotes in zip(panel.instruments, panel.quotes, strict=True)
    ]


def _origin_of(numbers: LabelledNumbers) -> list[dict[str, Any]]:
    """Give where characteristics came from."""
    from_where = {"provenance": str(numbers.provenance), "notes": list(numbers.notes)}
    return [{"id": name, **from_where} for name in numbers.columns]


def _result_dict(run: RegressionRun, instrument: str, result: Any) -> dict[str, Any]:
    """Give a result as plain data; degrees of freedom are None for a normal, which has no end of them."""
    summary = result.summary()
    tables = {name: _plain(frame) for name, frame in tables_of(run, result).items()}
    return {
        "instrument": instrument or None,
        "title": result.title,
        "errors": getattr(result, "cov_type", None),
        "level": result.level,
        "stamp": result.stamp,
        "coefficients": _plain(result.to_frame()),
        "tests": tables.pop("tests", []),
        "tables": tables,
        "summary": {
            "head": list(summary.head),
            "columns": list(summary.columns),
            "rows": [list(row) for row in summary.rows],
            "tail": list(summary.tail),
        },
        "ledger": result.ledger.to_dicts(),
    }


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give a frame as plain data: nothing that JSON has no number for."""
    return plain_rows(frame.replace([np.inf, -np.inf], np.nan))


def line_of(run: RegressionRun, instrument: str, result: Any) -> str:
    """Say a regression or an association in one line, in the words of its kind.

    Parameters
    ----------
    run : RegressionRun
    instrument : str
        Empty where one regression has them all.
    result : result
        Of coefficients of news the first are said, in the unit shown, with t and p; without a standard error with the
        tests that stand in its place, or that there is none.

    Returns
    -------
    str
    """
    # of the largest moves the line says shares, which have no sign
    sign = "" if run.kind == "largest" else getattr(result, "sign", "")
    stamp = "".join(f" [{one}]" for one in (sign, result.stamp) if one)
    where = f"{run.name}, {instrument}" if instrument else run.name
    return f"{where}: {'; '.join(KINDS[run.kind].words(result))}{stamp}"


def common_reading(run: RegressionRun) -> tuple[str, ...]:
    """Give the sentences of the reading that all results of a regression share; the JSON has every one."""
    first, *others = run.results.values()
    return tuple(text for text in first.reading if all(text in one.reading for one in others))
