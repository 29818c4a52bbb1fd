"""The ledger: what was used, what was flagged, what was left out, and why; and tables as text and HTML."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .maths.frozen import Frozen

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "COLUMNS",
    "MOST_SHOWN",
    "Ledger",
    "LedgerRow",
    "Status",
    "and_more",
    "csv_text",
    "html_table",
    "instrument_ledger",
    "joined_ledger",
    "plain_rows",
    "remarked_ledger",
    "shortened",
]

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A text cell that begins with one of these may run as a formula in a spreadsheet."""

MOST_SHOWN = 20
"""Rows of a table that a value shows of itself; the rest are counted, and stand in its frame."""

MOST_LETTERS = 200
"""Letters of a text that a table shows."""

MOST_TOLD = 100_000
"""Rows of a ledger up to which it shows some of them: making the text of as many takes a second."""

SHOWN = ("event_id", "instrument", "local_time", "session", "status", "reason")
"""Columns that a ledger shows of itself."""

COLUMNS = (
    "event_id",
    "instrument",
    "instant",
    "local_time",
    "snapshot",
    "session",
    "candidates",
    "span",
    "shift",
    "dating_lag",
    "estimation_used",
    "estimation_lost",
    "contaminated",
    "zero_share",
    "confounders",
    "asynchronous",
    "status",
    "reason",
)
"""The ledger's columns, in order.

event_id, instrument
    The pair; ``instrument`` is missing for an event that could not be read.
instant, local_time
    Start of the event's interval in UTC; its clock time, or the day that it names, on its own clock (news of
    "+-2d" begins two days before that).
snapshot
    Snapshot of the event session in UTC; missing when the instrument's snapshot is unknown.
session
    The event session (tau = 0); missing where the event shows in no session.
candidates
    Every session that could be the event session, first to last.
span
    Expected sessions that the move at tau = 0 covers [sessions].
shift
    Calendar days from the event's local date to the event session [days].
dating_lag
    Working days by which the source dates a quote too late, as declared; sessions are put back by it [days].
estimation_used, estimation_lost
    Moves of the estimation window that were used, and that were not [sessions].
contaminated
    Of the lost moves those that lie in event windows of other events [sessions].
zero_share
    Share of the used estimation moves that are exactly zero.
confounders
    Other dated news in the event window, "FOMC minutes, 2022-01-05 14:00 New York, tau = 0"; empty where there is none,
    missing where nobody has looked.
asynchronous
    Whether the snapshots of instrument and factors lie more than an hour apart; missing when unknown.
status
    ``"used"``, ``"flagged"`` or ``"left out"``.
reason
    Why, in words; empty for a pair used without remark. A used pair may have a remark, as on an event that rolled
    from a weekend to the next session.
"""


class Status(IntEnum):
    """What became of a pair."""

    USED = 0
    FLAGGED = 1
    LEFT_OUT = 2

    @property
    def words(self) -> str:
        """The status as the ledger shows it."""
        return ("used", "flagged", "left out")[self]


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One event that could not be read: its name, as far as known, and the reason."""

    event_id: str
    reason: str
    local_time: str | None = None


@dataclass(frozen=True, eq=False)
class Ledger(Frozen):
    """Rows of what was used, flagged and left out; text is made only when it is asked for.

    Two are equal where they say the same of the same rows, however their text is made.

    Parameters
    ----------
    status : ndarray of int8, shape (n,)
        `Status` of each row.
    build : callable
        Makes the columns, named as in `COLUMNS`.
    asides : int
        Rows at the end that are no pair and no event, as confounders that could not be read: not counted.

    Examples
    --------
    >>> import marketimpact as mi
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    >>> ledger = mi.align(mi.fetch("ecb:EUR/RUB"), news, timeline=mi.Timeline(event=(-5, 3))).ledger
    >>> ledger
    Ledger(1 used of 1 given (0 flagged, 0 left out))
    >>> row = ledger.to_dicts()[0]
    >>> row["instant"], row["session"], row["confounders"]
    ('2022-02-24T02:50:00Z', '2022-02-24', None)
    """

    status: NDArray[np.int8]
    build: Callable[[], Mapping[str, Any]]
    asides: int = 0

    def __len__(self) -> int:
        return len(self.status)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ledger):
            return NotImplemented
        if self.asides != other.asides or not np.array_equal(self.status, other.status):
            return False
        return self.build is other.build or self.to_dicts() == other.to_dicts()

    __hash__ = None  # holds an array, like a frame

    @staticmethod
    def empty() -> Ledger:
        """Give the ledger of what rests on no events."""
        return Ledger(np.zeros(0, dtype=np.int8), dict)

    def count(self, status: Status) -> int:
        """Pairs of one status, and events that could not be read."""
        return int(np.count_nonzero(self.status[: self.given] == status))

    @property
    def given(self) -> int:
        """Pairs, and events without one."""
        return len(self) - self.asides

    @property
    def used(self) -> int:
        """Pairs that were used, flagged ones included."""
        return self.given - self.count(Status.LEFT_OUT)

    def __str__(self) -> str:
        return (
            f"{self.used} used of {self.given} given"
            f" ({self.count(Status.FLAGGED)} flagged, {self.count(Status.LEFT_OUT)} left out)"
        )

    def __repr__(self) -> str:
        return f"Ledger({self})"

    def to_frame(self) -> pd.DataFrame:
        """Give the ledger as a frame, one row a pair, columns as in `COLUMNS`."""
        import pandas as pd

        return pd.DataFrame(dict(self.build()), columns=list(COLUMNS))

    def _repr_html_(self) -> str:
        """Counts, and the first rows: those left out first, then the flagged ones, then the others."""
        order = np.argsort(-self.status, kind="stable")[: MOST_SHOWN if len(self) <= MOST_TOLD else 0]
        told = plain_rows(self.to_frame().iloc[order]) if len(order) else []
        names = [name for name in SHOWN if any(row[name] is not None for row in told)]
        rows = [["" if row[name] is None else shortened(str(row[name])) for name in names] for row in told]
        return html_table(names, rows, head=[str(self)], tail=and_more(len(self) - len(rows), "rows"))

    def to_csv(self) -> str:
        """Give the ledger as CSV, one line a pair; see `csv_text`."""
        return csv_text(self.to_frame())

    def to_dicts(self) -> list[dict[str, Any]]:
        """Give the ledger as plain data, one dict a pair; see `plain_rows`."""
        return plain_rows(self.to_frame())

    def to_json(self) -> str:
        """Give the ledger as JSON: a list with one object a pair, null for what is missing."""
        return json.dumps(self.to_dicts(), allow_nan=False, ensure_ascii=False, indent=1) + "\n"


def instrument_ledger(names: Sequence[str], reasons: Sequence[str]) -> Ledger:
    """Make the ledger of series: one row each, left out where there is a reason.

    Examples
    --------
    >>> instrument_ledger(["ecb:EUR/RUB", "fred:NONE"], ["", "no such series"])
    Ledger(1 used of 2 given (0 flagged, 1 left out))
    """
    status = np.array([Status.LEFT_OUT if reason else Status.USED for reason in reasons], dtype=np.int8)

    def build() -> Mapping[str, Any]:
        nothing = dict.fromkeys(COLUMNS, [None] * len(names))
        words = [Status(one).words for one in status]
        return {**nothing, "instrument": list(names), "status": words, "reason": list(reasons)}

    return Ledger(status, build)


def joined_ledger(*ledgers: Ledger) -> Ledger | None:
    """Give the rows of several ledgers as one; None of none.

    Examples
    --------
    >>> one, two = instrument_ledger(["a"], [""]), instrument_ledger(["b"], ["no such series"])
    >>> joined_ledger(one, two).to_frame()["instrument"].tolist()
    ['a', 'b']
    """
    if len(ledgers) < 2:
        return ledgers[0] if ledgers else None

    def build() -> Mapping[str, Any]:
        columns = [one.build() for one in ledgers]
        return {name: [cell for column in columns for cell in column[name]] for name in COLUMNS}

    return Ledger(np.concatenate([one.status for one in ledgers]), build)


def remarked_ledger(ledger: Ledger, remarks: Mapping[int, str], status: Status) -> Ledger:
    """Give a ledger with a status, and a reason before those that they have, for some rows; no status becomes milder.

    Parameters
    ----------
    ledger : Ledger
    remarks : mapping of int to str
        Reasons by place of the row.
    status : Status

    Examples
    --------
    >>> ledger = instrument_ledger(["a", "b"], ["", ""])
    >>> remarked_ledger(ledger, {1: "no move"}, Status.LEFT_OUT).to_frame()[["status", "reason"]].to_numpy().tolist()
    [['used', ''], ['left out', 'no move']]
    """
    if not remarks:
        return ledger
    rows = list(remarks)
    codes = ledger.status.copy()
    codes[rows] = np.maximum(codes[rows], np.int8(status))

    # A function of its own: results travel between processes, and a local one does not.
    return Ledger(codes, partial(_remarked, ledger, dict(remarks), codes), ledger.asides)


def _remarked(ledger: Ledger, remarks: Mapping[int, str], codes: NDArray[np.int8]) -> Mapping[str, Any]:
    columns = dict(ledger.build())
    reasons = [str(one) for one in columns["reason"]]
    for row, words in remarks.items():
        reasons[row] = "; ".join(filter(None, (words, reasons[row])))
    return {**columns, "status": [Status(one).words for one in codes], "reason": reasons}


def html_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    head: Sequence[str] = (),
    tail: Sequence[str] = (),
) -> str:
    """Write lines, a table, and lines below it as HTML, as values show themselves in Jupyter.

    Everything is escaped, and the notebook is told to look for no formulas: "$5bn" in a title begins none.

    Parameters
    ----------
    columns : sequence of str
        Where there are none, there is no table.
    rows : iterable of sequence of str
        As many cells each.
    head, tail : sequence of str
        Lines above and below.

    Examples
    --------
    >>> html_table([], [], head=["1 used of 1 given", "spread < 5 bp"])
    '<div class="tex2jax_ignore mathjax_ignore"><p>1 used of 1 given<br>spread &lt; 5 bp</p></div>'
    """
    above, below = (f"<p>{'<br>'.join(map(escape, lines))}</p>" if lines else "" for lines in (head, tail))
    names = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    table = f"<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>" if names else ""
    return f'<div class="tex2jax_ignore mathjax_ignore">{above}{table}{below}</div>'


def shortened(text: str, most: int = MOST_LETTERS) -> str:
    """Give a text on one line, its end cut where it is long.

    Examples
    --------
    >>> shortened("Protests\\nagainst the price of gas", 20)
    'Protests against the...'
    """
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most].rstrip()}..."


def and_more(count: int, what: str) -> list[str]:
    """Say that so many rows are not shown, and where they stand; nothing where all are.

    Examples
    --------
    >>> and_more(3, "events"), and_more(0, "events")
    (['... and 3 events more: .to_frame()'], [])
    """
    return [f"... and {count} {what} more: .to_frame()"] if count else []


def csv_text(frame: pd.DataFrame) -> str:
    """Write a frame as CSV: numbers in full, dates in ISO, and no text that a spreadsheet would run.

    Parameters
    ----------
    frame : DataFrame

    Returns
    -------
    str
        Lines end in a line feed; text cells that begin like a formula carry a leading apostrophe.

    Examples
    --------
    >>> import pandas as pd
    >>> print(csv_text(pd.DataFrame({"event_id": ["=1+1"], "estimate": [-0.5]})), end="")
    event_id,estimate
    '=1+1,-0.5
    """
    import pandas as pd

    columns = {
        name: column.map(_harmless, na_action="ignore")
        if pd.api.types.is_object_dtype(column.dtype) or pd.api.types.is_string_dtype(column.dtype)
        else column
        for name, column in _with_iso_dates(frame).items()
    }
    return pd.DataFrame(columns, index=frame.index).to_csv(index=False, lineterminator="\n")


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give a frame as plain data for JSON: None for what is missing, dates in ISO, every digit of a number.

    Parameters
    ----------
    frame : DataFrame

    Returns
    -------
    list of dict
        One a row, by column.

    Examples
    --------
    >>> import pandas as pd
    >>> plain_rows(pd.DataFrame({"session": pd.to_datetime(["2022-01-05"]), "p_value": [float("nan")]}))
    [{'session': '2022-01-05', 'p_value': None}]
    """
    columns = {
        name: column.astype(object).where(column.notna(), None).tolist()
        for name, column in _with_iso_dates(frame).items()
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _with_iso_dates(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Give the columns of a frame, days as text like 2022-01-05 and instants like 2022-01-05T10:10:00Z."""
    import pandas as pd

    columns = {}
    for name in frame:
        column = frame[name]
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            column = column.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        elif pd.api.types.is_datetime64_dtype(column.dtype):
            column = column.dt.strftime("%Y-%m-%d")
        columns[str(name)] = column
    return columns


def _harmless(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    safe = f"'{cell}" if cell.startswith(FORMULA) else cell
    return safe.replace("\r\n", "\n").replace("\r", "\n")  # a bare carriage return would not be quoted
