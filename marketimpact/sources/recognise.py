"""From the bytes of a file to a table in a known layout: what the file is, told by its first bytes and its header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..delimited import MISSING, Record, Table, decode, split_records, tabulate
from ..errors import DataError, InputError
from .layouts import KNOWN, PLAIN, KnownLayout, Layout, layout_names
from .workbooks import Cells, as_text, calendar_columns, percent_columns, read_parquet, read_workbook

__all__ = ["Reading", "as_layout", "recognise", "rows_left"]

LOOK = 8192
"""Bytes from which a header is told."""

OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MARKUP = ("<!doctype", "<html", "<table", "<?xml")


@dataclass(frozen=True, slots=True)
class Reading:
    """A file as a table, and how it is to be read.

    Parameters
    ----------
    table : Table
        Its cells; rows before the header, or of other series by ``Layout.only``, are left away.
    known : KnownLayout
        What it was recognised as; the plain form if as nothing.
    layout : Layout
        The user's words, with marks that are settled: ``decimal`` is given.
    proof : bool
        Whether a mark between thousands comes from the known layout, so that a column must prove it.
    notes : tuple of str
        What was left away, in words.
    percent : frozenset of str
        Columns of a workbook that are shown as percentages: their cells hold decimals.
    """

    table: Table
    known: KnownLayout
    layout: Layout
    proof: bool = False
    notes: tuple[str, ...] = ()
    percent: frozenset[str] = frozenset()

    @property
    def missing(self) -> frozenset[str]:
        """Cells that say "no value"."""
        return MISSING.union(self.known.missing, self.layout.missing)


def as_layout(layout: Layout | str | None) -> Layout:
    """Give a layout, also by its name.

    Raises
    ------
    InputError
        If it is neither a layout nor the name of a known one.

    Examples
    --------
    >>> as_layout("yahoo").name
    'yahoo'
    """
    if isinstance(layout, Layout):
        return layout
    if layout is None or layout in layout_names():
        return Layout(name=layout)
    raise InputError(
        "is not a known layout",
        parameter="layout",
        received=layout,
        allowed=f"{', '.join(map(repr, layout_names()))}, or Layout(...)",
    )


def recognise(content: bytes, name: str, layout: Layout) -> Reading:
    """Read the bytes of a file as a table in a known layout.

    Parameters
    ----------
    content : bytes
        Delimited text, an Excel workbook or Parquet; the bytes tell which, not the name.
    name : str
        Name of the file, for errors.
    layout : Layout
        What the user says of it: that wins over what is recognised.

    Returns
    -------
    Reading

    Raises
    ------
    MissingExtraError
        If a package that reads it is not installed.
    InputError, DataError
        If it is no table, or not of the layout that was named.

    Examples
    --------
    >>> recognise(b"observation_date,DGS10\\n2022-01-05,1.71\\n", "DGS10.csv", Layout()).known.name
    'fred'
    """
    encoding = ""
    if content.startswith(b"PK\x03\x04"):
        cells = read_workbook(content, name, sheet=layout.sheet)
    elif content.startswith(b"PAR1"):
        cells = read_parquet(content, name)
    else:
        _check_text(content, name)
        known = _known_by_text(content, name, layout)
        text, encoding = _decode(content, name, known, layout)
        delimiter = known.delimiter if layout.delimiter is None else layout.delimiter
        cells = [(n, list(row)) for n, row in split_records(text, name, delimiter=delimiter)]
    cells = [row for row in cells if row[0] > layout.skip]
    if not encoding:
        known = _known(as_text(cells[:2], decimal="."), name, layout)
    cells, notes = _without_frame(cells, known)
    return _reading(cells, name, known, layout, (*_in_encoding(encoding, known, layout), *notes))


def _reading(
    cells: Sequence[Cells], name: str, known: KnownLayout, layout: Layout, notes: tuple[str, ...]
) -> Reading:
    decimal = layout.decimal or known.decimal or _decimal_mark(cells)
    ours = layout.decimal in (None, known.decimal) and layout.thousands is None
    thousands = known.thousands if ours else layout.thousands
    table = tabulate(as_text(cells, decimal=decimal), name, calendar=calendar_columns(cells))
    if layout.only is not None:
        table, note = _only(table, *layout.only)
        notes = (*notes, note)
    settled = replace(layout, decimal=decimal, thousands=thousands)
    said = tuple(filter(None, notes))
    return Reading(table, known, settled, proof=ours, notes=said, percent=percent_columns(cells))


def _check_text(content: bytes, name: str) -> None:
    """Refuse what is no text, in words that say what to do."""
    if content.startswith(OLD_WORKBOOK):
        raise DataError(
            f"{name} is a workbook of the old form (.xls), or one under a password",
            parameter="path",
            received=name,
            allowed="a workbook without a password (.xlsx), or CSV: save it as such in a spreadsheet program",
        )
    if content[:LOOK].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(tuple(map(str.encode, MARKUP))):
        raise DataError(
            f"{name} is HTML or XML, whatever its name says",
            parameter="path",
            received=name,
            allowed="CSV, .xlsx or Parquet: open it in a spreadsheet program and save it as such",
        )


def _known_by_text(content: bytes, name: str, layout: Layout) -> KnownLayout:
    """Tell the layout by the header, which the delimiter of the layout itself must give."""
    try:
        text = content[:LOOK].decode(layout.encoding or "utf-8-sig", errors="replace")
    except (LookupError, ValueError):  # no encoding of text: whoever decodes the whole file says so
        text = ""
    seen: list[str] = []
    for known in _candidates(layout):
        delimiter = known.delimiter if layout.delimiter is None else layout.delimiter
        try:
            rows = split_records(text, name, delimiter=delimiter)
        except DataError:  # as above
            continue
        header = _header([row for row in rows if row[0] > layout.skip][:2], known.lead)
        if header and known.fits(header):
            return known
        seen = seen or header
    return _unknown(seen, name, layout)


def _known(rows: Sequence[Record], name: str, layout: Layout) -> KnownLayout:
    """Tell the layout of a file that has no delimiter."""
    headers = [(known, _header(rows, known.lead)) for known in _candidates(layout)]
    fitting = [known for known, header in headers if header and known.fits(header)]
    return fitting[0] if fitting else _unknown(_header(rows, None), name, layout)


def _candidates(layout: Layout) -> list[KnownLayout]:
    return [known for known in KNOWN if layout.name in (None, known.name)]


def _unknown(header: list[str], name: str, layout: Layout) -> KnownLayout:
    if layout.name in (None, PLAIN.name):
        return PLAIN
    raise DataError(
        f"{name} has not the header of this layout",
        parameter="layout",
        received=f"{layout.name!r}, and a header of {', '.join(map(repr, header))}",
        allowed="a file of that layout; without a name the layout is recognised; 'plain' takes any header",
    )


def _header(rows: Sequence[Record], lead: str | None) -> list[str]:
    """Give the header of the first rows, after the line that some files begin with."""
    at = 1 if lead and rows and _is_line(rows[0][1], lead) else 0
    header = list(rows[at][1]) if len(rows) > at else []
    while header and header[-1] == "":
        header.pop()
    return header


def _is_line(row: Sequence[object], words: str) -> bool:
    return [cell for cell in row if cell not in ("", None)] == [words]


def _decode(content: bytes, name: str, known: KnownLayout, layout: Layout) -> tuple[str, str]:
    """Decode in the encoding that was said, or in the first of the layout's in which the bytes are text."""
    encodings = known.encodings if layout.encoding is None else (layout.encoding,)
    for encoding in encodings[:-1]:
        try:
            return decode(content, name, encoding), encoding
        except DataError:
            continue
    return decode(content, name, encodings[-1]), encodings[-1]


def _in_encoding(encoding: str, known: KnownLayout, layout: Layout) -> list[str]:
    told = layout.encoding is None and encoding not in ("", known.encodings[0])
    return [f"the text is read in {encoding}"] if told else []


def _without_frame(cells: list[Cells], known: KnownLayout) -> tuple[list[Cells], list[str]]:
    """Leave away the line before the header and the table after the rows, which may say that rows are missing."""
    if known.lead and cells and _is_line(cells[0][1], known.lead):
        cells = cells[1:]
    end = next((i for i, (_, row) in enumerate(cells) if known.tail and _is_line(row, known.tail)), None)
    if end is None:
        return cells, []
    after = [row for _, row in cells[end + 1 :]]
    cursor = dict(zip(after[0], after[1], strict=False)) if len(after) > 1 else {}
    total, rows = str(cursor.get("TOTAL", "")), end - 1
    if total.isdigit() and int(total) > rows:
        return cells[:end], [f"one page of an answer: {rows} of its {total} rows are in the file"]
    return cells[:end], []


def _decimal_mark(cells: Sequence[Cells]) -> str:
    """Tell a decimal comma by the first number with one, in files where nothing groups thousands."""
    texts = (cell for _, row in cells[1:] for cell in row if isinstance(cell, str))
    return "," if any(re.fullmatch("[+-]?[0-9]+,[0-9]+", cell) for cell in texts) else "."


def _only(table: Table, column: str, cell: str) -> tuple[Table, str]:
    texts = table.texts(column)
    keep = [i for i, text in enumerate(texts) if text == cell]
    if not keep:
        raise DataError(
            f"{table.name} has no row of this {column!r}",
            parameter="only",
            received=cell,
            allowed=", ".join(map(repr, dict.fromkeys(texts))),
        )
    return table.subset(keep), rows_left(len(texts) - len(keep), f"another {column!r} than {cell!r}")


def rows_left(left: int, of: str) -> str:
    """Say how many rows are left away; nothing where none is.

    Examples
    --------
    >>> rows_left(1, "another 'ISIN'")
    "1 row of another 'ISIN' left away"
    """
    return f"{left} row{'' if left == 1 else 's'} of {of} left away" if left else ""
