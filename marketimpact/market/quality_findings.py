"""What was found in series: one finding a line, grouped by instrument, never a repair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Days", "Finding", "Findings", "counted", "dates_in_words"]

Days = NDArray[np.datetime64]

SHOWN = 5
"""Findings of one kind that are shown for an instrument; the rest are counted, and stand in the frame."""

SHOWN_DATES = 4
"""Dates that words list before they count the rest."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a series that a reader should know before it is studied.

    Parameters
    ----------
    instrument : str
        Id of the series.
    kind : str
        What was found, in two or three words: ``"frozen run"``.
    first, last : datetime64[D]
        First and last date it concerns, both inclusive.
    value : float
        Its size [unit].
    unit : str
        Unit of the size.
    words : str
        The finding in words, dates included.

    Examples
    --------
    >>> day = np.datetime64("2022-02-25")
    >>> str(Finding("USD/RUB", "closure", day, day, 1.0, "sessions", "no quotes on 2022-02-25"))
    'USD/RUB, closure: no quotes on 2022-02-25'
    """

    instrument: str
    kind: str
    first: np.datetime64
    last: np.datetime64
    value: float
    unit: str
    words: str

    def __str__(self) -> str:
        return f"{self.instrument}, {self.kind}: {self.words}"


@dataclass(frozen=True, slots=True)
class Findings(Sequence[Finding]):
    """What `inspect` found, by instrument in the panel's order, by kind, and by date.

    Parameters
    ----------
    found : tuple of Finding
    looked_at : tuple of (str, str)
        Id of each series that was looked at, and its extent in words.
    notes : tuple of str
        What was not looked at, and why.

    Examples
    --------
    >>> import pandas as pd, marketimpact as mi
    >>> days = pd.bdate_range("2022-07-01", periods=40)
    >>> levels = pd.Series([13.0, 12.8, 13.1, 12.9] * 5 + [12.6] * 20, index=days)
    >>> panel = mi.Panel.from_frame(levels, instruments=mi.CurrencyPair("UAH", "PLN"))
    >>> print(mi.inspect(panel))
    UAH/PLN: 40 quotes, 2022-07-01 to 2022-08-25
      frozen run: 20 quotes at 12.6 from 2022-07-29 to 2022-08-25; 49 % of all moves are zero
    """

    found: tuple[Finding, ...]
    looked_at: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.found)

    @overload
    def __getitem__(self, at: int) -> Finding: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Finding, ...]: ...
    def __getitem__(self, at: int | slice) -> Finding | tuple[Finding, ...]:
        return self.found[at]

    def of(self, instrument: str) -> Findings:
        """Give the findings of one instrument.

        Raises
        ------
        InputError
            If it was not looked at.
        """
        looked_at = tuple(one for one in self.looked_at if one[0] == instrument)
        if not looked_at:
            raise InputError(
                "was not looked at",
                parameter="instrument",
                received=instrument,
                allowed=", ".join(repr(name) for name, _ in self.looked_at),
            )
        return Findings(tuple(one for one in self.found if one.instrument == instrument), looked_at)

    def to_frame(self) -> pd.DataFrame:
        """Give all findings as a frame, one row a finding, a column for each field of `Finding`."""
        import pandas as pd

        names = [one.name for one in fields(Finding)]
        frame = pd.DataFrame({name: [getattr(one, name) for one in self.found] for name in names})
        return frame.astype({"first": "datetime64[s]", "last": "datetime64[s]", "value": "float64"})

    def _blocks(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Give headings with the (kind, words) below each: first what is said alike of every instrument."""
        said = {name: self._said(name) for name, _ in self.looked_at}
        alike: list[tuple[str, str]] = []
        if len(said) > 1:
            first, *others = said.values()
            alike = [line for line in first if all(line in lines for lines in others)]
        if alike:
            yield f"all {len(said)} series", alike
        for name, extent in self.looked_at:
            lines = [line for line in said[name] if line not in alike]
            nothing = f": nothing {'else ' if alike else ''}found"
            yield f"{name}: {extent}{'' if lines else nothing}", lines

    def _said(self, instrument: str) -> list[tuple[str, str]]:
        """Kind and words of each finding of an instrument, the largest alone where many are of a kind."""
        lines = []
        mine = [one for one in self.found if one.instrument == instrument]
        for kind, group in groupby(mine, key=lambda one: one.kind):
            alike = list(group)
            largest = sorted(alike, key=lambda one: abs(one.value), reverse=True)[:SHOWN]
            lines += [(kind, one.words) for one in alike if one in largest]
            if len(alike) > len(largest):
                lines.append((kind, f"and {len(alike) - len(largest)} smaller ones"))
        return lines

    def __str__(self) -> str:
        text = []
        for heading, lines in self._blocks():
            text += [heading, *(f"  {kind}: {words}" for kind, words in lines)]
        return "\n".join([*text, *(f"note: {note}" for note in self.notes)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        text = []
        for heading, lines in self._blocks():
            items = "".join(f"<li><b>{escape(kind)}</b>: {escape(words)}</li>" for kind, words in lines)
            text.append(f"<p>{escape(heading)}</p><ul>{items}</ul>")
        return "".join([*text, *(f"<p>note: {escape(note)}</p>" for note in self.notes)])


def dates_in_words(days: Days) -> str:
    """List dates, the first few of them where they are many.

    Examples
    --------
    >>> dates_in_words(np.array(["2022-01-06", "2022-04-18"], dtype="datetime64[D]"))
    '2022-01-06, 2022-04-18'
    """
    shown = ", ".join(map(str, days[:SHOWN_DATES]))
    return shown if len(days) <= SHOWN_DATES else f"{shown} and {len(days) - SHOWN_DATES} more"


def counted(number: int, noun: str) -> str:
    """Give a number and its noun.

    Examples
    --------
    >>> counted(1, "quote"), counted(2, "quote")
    ('1 quote', '2 quotes')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
