"""A panel: instruments and their quotes, each on its own sessions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, InputError, MarketImpactError
from ..ledger import MOST_SHOWN, Ledger, and_more, html_table, joined_ledger, shortened
from ..provenance import Provenance, stamp_of
from .bonds import SovereignBond
from .calendars import expected_days
from .instruments import CurrencyPair, Factor, Instrument
from .quality_gaps import noun_of
from .quotes import Quotes, make_quotes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Panel", "instrument_of", "members_by_column"]


@dataclass(frozen=True, slots=True)
class Panel:
    """Instruments and their quotes. Every instrument keeps its own sessions; nothing is aligned or filled.

    Parameters
    ----------
    instruments : tuple of SovereignBond, CurrencyPair or Factor
        Members, with ids that do not repeat.
    quotes : tuple of Quotes
        Their quotes, in the same order.
    ledger : Ledger, optional
        Of a panel that was fetched: which series came, and why others did not.

    Attributes
    ----------
    ids : tuple of str
        Ids of the members, in order.

    Raises
    ------
    InputError
        If ids repeat.

    See Also
    --------
    Panel.from_frame : the usual way to make one.
    """

    instruments: tuple[Instrument, ...]
    quotes: tuple[Quotes, ...]
    ledger: Ledger | None = field(default=None, compare=False, repr=False)
    ids: tuple[str, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        ids = [instrument.id for instrument in self.instruments]
        object.__setattr__(self, "ids", tuple(ids))
        repeated = sorted(name for name, count in Counter(ids).items() if count > 1)
        if repeated or len(ids) != len(self.quotes) or not ids:
            raise InputError(
                "a panel needs one series for each of at least one instrument, under ids that do not repeat",
                parameter="Panel.instruments",
                received=repeated or ids,
                allowed="unique ids; select or rename before joining",
            )

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame | pd.Series,
        *,
        instruments: Instrument | Iterable[Instrument] | Mapping[str, Instrument],
        provenance: Provenance | None = None,
    ) -> Panel:
        """Make a panel of a wide frame: dates in the index, one column an instrument.

        Parameters
        ----------
        frame : DataFrame or Series
            Prices or yields; the index holds dates (``DatetimeIndex``), NaN means "not quoted". Times of day are not
            read; zone-aware ones must be midnights of their own zone.
        instruments : instrument, iterable of them, or mapping of column to instrument
            Which columns to read, and what they quote. Without a mapping a column carries its
            instrument's id.
        provenance : Provenance, optional
            Where the numbers came from.

        Returns
        -------
        Panel

        Raises
        ------
        InputError, DataError
            If a column is missing or not numeric, the index is not of dates, dates repeat or are out of order,
            or a value cannot be.

        Examples
        --------
        >>> import pandas as pd, marketimpact as mi
        >>> frame = pd.DataFrame({"KZ 2045": [4.20, 4.53]}, index=pd.to_datetime(["2022-01-04", "2022-01-05"]))
        >>> panel = mi.Panel.from_frame(frame, instruments=mi.SovereignBond("KZ 2045", quoted="yield"))
        >>> panel["KZ 2045"].tolist()
        [4.2, 4.53]
        """
        import pandas as pd

        if isinstance(frame, pd.Series):
            single = [instruments] if isinstance(instruments, SovereignBond | CurrencyPair | Factor) else None
            frame = frame.to_frame(single[0].id if single else frame.name)
        members = members_by_column(instruments)
        days = _session_dates(frame.index)
        where = provenance or Provenance("a frame of the user's")
        clocks = ("times of day in the index are not read: dates alone",) if _has_clocks(frame.index) else ()
        quotes = [
            make_quotes(instrument, days, _numbers(frame, column), where)
            for column, instrument in members.items()
        ]
        noted = tuple(replace(one, notes=(*clocks, *one.notes)) for one in quotes)
        return cls(tuple(members.values()), noted if clocks else tuple(quotes))

    @property
    def stamp(self) -> str | None:
        """Word to stamp across figures when a series was not observed, else None."""
        return stamp_of(quotes.provenance for quotes in self.quotes)

    def position(self, name: str) -> int:
        """Give the place of a member.

        Raises
        ------
        InputError
            If there is no such member.
        """
        try:
            return self.ids.index(name)
        except ValueError:
            raise InputError(
                "is not in the panel",
                parameter="instrument",
                received=name,
                allowed=", ".join(map(repr, self.ids)),
            ) from None

    def instrument(self, name: str) -> Instrument:
        """Give a member's description."""
        return self.instruments[self.position(name)]

    def quotes_of(self, name: str) -> Quotes:
        """Give a member's quotes."""
        return self.quotes[self.position(name)]

    def __getitem__(self, name: str) -> pd.Series:
        """Give a member's levels as a pandas Series on its own sessions."""
        import pandas as pd

        quotes = self.quotes_of(name)
        index = pd.DatetimeIndex(quotes.sessions.astype("datetime64[s]"), name="session")
        return pd.Series(quotes.levels, index=index, name=name)

    def __len__(self) -> int:
        return len(self.instruments)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)

    def __contains__(self, name: object) -> bool:
        return name in self.ids

    def select(self, names: str | Iterable[str]) -> Panel:
        """Give the panel of some members, in the order asked for."""
        wanted = [names] if isinstance(names, str) else list(names)
        at = [self.position(name) for name in wanted]
        return Panel(tuple(self.instruments[i] for i in at), tuple(self.quotes[i] for i in at))

    def join(self, *others: Panel) -> Panel:
        """Give the panel of all members of several panels; ids must not repeat."""
        panels = (self, *others)
        return Panel(
            tuple(instrument for panel in panels for instrument in panel.instruments),
            tuple(quotes for panel in panels for quotes in panel.quotes),
            joined_ledger(*(panel.ledger for panel in panels if panel.ledger is not None)),
        )

    def without_quotes(self, name: str, days: Iterable[np.datetime64 | date | str], *, reason: str) -> Panel:
        """Give the panel without some quotes of a member, such as bad ones that `inspect` names.

        The next move then spans from the quote before to the one after; a note of the quotes says what is left out.

        Parameters
        ----------
        name : str
            Id of the member.
        days : iterable of date
            Their sessions, each of them quoted.
        reason : str
            Why, in the words of the note.

        Returns
        -------
        Panel

        Raises
        ------
        InputError
            If it is not in the panel, a day is no date or not quoted, no reason is given, or no quote would be left.

        Examples
        --------
        >>> import pandas as pd, marketimpact as mi
        >>> prices = pd.Series([90.1, 109.5, 90.3], index=pd.to_datetime(["2016-08-09", "2016-08-10", "2016-08-11"]))
        >>> panel = mi.Panel.from_frame(prices, instruments=mi.SovereignBond("ask", quoted="dirty price"))
        >>> cleaned = panel.without_quotes("ask", ["2016-08-10"], reason="a spike that is undone")
        >>> cleaned["ask"].tolist(), cleaned.quotes_of("ask").notes
        ([90.1, 90.3], ('1 quote left out (a spike that is undone): 2016-08-10',))
        """
        at, quotes = self.position(name), self.quotes_of(name)
        left_out = _quoted_days(quotes, days)
        if not isinstance(reason, str) or not reason.strip():
            raise InputError(
                "does not say why",
                parameter="reason",
                received=reason,
                allowed="words, like 'a spike that is undone'",
            )
        kept = ~np.isin(quotes.sessions, left_out)
        if not kept.any():
            raise InputError(
                "leaves no quote of the series",
                parameter="days",
                received=f"all {len(quotes)} sessions of {name}",
                allowed="some of them, or panel.select(...) without it",
            )
        if not len(left_out):
            return self
        said = f"{len(left_out)} quote{'s' if len(left_out) > 1 else ''} left out ({reason}): "
        still = quotes.standing_still()[kept]
        rest = Quotes(
            quotes.sessions[kept],
            quotes.levels[kept],
            quotes.provenance,
            (*quotes.notes, said + ", ".join(map(str, left_out))),
            still if still.any() else None,
        )
        return replace(self, quotes=(*self.quotes[:at], rest, *self.quotes[at + 1 :]))

    def to_frame(self) -> pd.DataFrame:
        """Give all levels side by side, NaN where a member is not quoted."""
        import pandas as pd

        return pd.concat([self[name] for name in self.ids], axis=1, sort=True)

    def __repr__(self) -> str:
        lines = [f"Panel of {len(self)}"]
        for instrument, quotes in self._first:
            lines.append(
                f"  {instrument.id}: {len(quotes)} sessions, {quotes.sessions[0]} to {quotes.sessions[-1]}"
                f" [{instrument.quoted_unit}], {quotes.provenance}"
            )
        return "\n".join([*lines, *(f"  {words}" for words in self._more)])

    @property
    def _first(self) -> list[tuple[Instrument, Quotes]]:
        """The members that a panel shows of itself."""
        return list(zip(self.instruments, self.quotes, strict=True))[:MOST_SHOWN]

    @property
    def _more(self) -> list[str]:
        return and_more(len(self) - len(self._first), "series")

    def _repr_html_(self) -> str:
        """The first members: what they quote, from when to when, what is missing, and where it is from."""
        rows = [
            (
                one.id,
                one.move_kind().quoted,
                one.quoted_unit,
                str(quotes.sessions[0]),
                str(quotes.sessions[-1]),
                str(len(quotes)),
                _missing_words(one, quotes),
                shortened(str(quotes.provenance)),
            )
            for one, quotes in self._first
        ]
        stamp = [f"{self.stamp}: not all series were observed"] if self.stamp else []
        fetched = [f"ledger: {self.ledger}"] if self.ledger is not None else []
        columns = ("instrument", "quoted", "unit", "first", "last", "quotes", "missing", "source")
        return html_table(columns, rows, head=[f"Panel of {len(self)}", *stamp], tail=[*self._more, *fetched])


def _missing_words(instrument: Instrument, quotes: Quotes) -> str:
    """Count the expected sessions from the first quote to the last that have none: "12 weekdays"."""
    try:
        expected = expected_days(instrument.calendar, quotes.sessions[0], quotes.sessions[-1])
    except MarketImpactError:  # a calendar that is not installed or does not reach so far: a study says so
        return "not known"
    return f"{int((~np.isin(expected, quotes.sessions)).sum())} {noun_of(instrument)}"


def _quoted_days(quotes: Quotes, days: Iterable[np.datetime64 | date | str]) -> NDArray[np.datetime64]:
    """Read days that are quoted, ascending and each once."""
    given = [days] if isinstance(days, str | date | np.datetime64) else list(days)
    try:
        wanted = np.unique(np.array(given, dtype="datetime64[D]"))
    except (TypeError, ValueError):
        wanted = np.array(["NaT"], dtype="datetime64[D]")
    if np.isnat(wanted).any():
        raise InputError(
            "does not hold dates",
            parameter="days",
            received=given,
            allowed="dates, like ['2016-08-10']",
        )
    missing = wanted[~np.isin(wanted, quotes.sessions)]
    if len(missing):
        raise InputError(
            "is not quoted on these days",
            parameter="days",
            received=", ".join(map(str, missing)),
            allowed=f"sessions of the series, from {quotes.sessions[0]} to {quotes.sessions[-1]}",
        )
    return wanted


def check_panel(panel: object) -> None:
    """Refuse what is no panel.

    Raises
    ------
    InputError
    """
    if not isinstance(panel, Panel):
        raise InputError(
            "is not a panel",
            parameter="panel",
            received=type(panel).__name__,
            allowed="mi.Panel.from_frame(frame, ...)",
        )


def instrument_of(panel: Panel, instrument: str | None) -> str:
    """Give the instrument that is named, or the only one.

    Raises
    ------
    InputError
        If there is no panel, it has several and none is named, or it has no such one.
    """
    check_panel(panel)
    if instrument is None and len(panel.ids) == 1:
        return str(panel.ids[0])
    if instrument is None or instrument not in panel:
        raise InputError(
            "must be named: the panel holds several" if instrument is None else "is not in the panel",
            parameter="instrument",
            received=instrument,
            allowed=", ".join(map(repr, panel.ids[:10])),
        )
    return instrument


def members_by_column(
    instruments: Instrument | Iterable[Instrument] | Mapping[str, Instrument],
) -> dict[str, Instrument]:
    """Give the instrument of each column; without a mapping a column carries its instrument's id."""
    if isinstance(instruments, SovereignBond | CurrencyPair | Factor):
        return {instruments.id: instruments}
    if isinstance(instruments, Mapping):
        pairs = list(instruments.items())
    else:
        pairs = [(getattr(instrument, "id", ""), instrument) for instrument in instruments]
    for _, instrument in pairs:
        if not isinstance(instrument, SovereignBond | CurrencyPair | Factor):
            raise InputError(
                "is not an instrument",
                parameter="instruments",
                received=instrument,
                allowed="SovereignBond, CurrencyPair or Factor",
            )
    members = dict(pairs)
    if len(members) != len(pairs) or not pairs:
        raise InputError(
            "needs at least one instrument, under ids that do not repeat",
            parameter="instruments",
            received=[column for column, _ in pairs],
        )
    return members


def _has_clocks(index: pd.Index) -> bool:
    """Whether an index without a zone holds times of day beside its dates."""
    import pandas as pd

    if not isinstance(index, pd.DatetimeIndex) or index.tz is not None:
        return False
    return bool((index != index.normalize()).any())


def _session_dates(index: pd.Index) -> NDArray[np.datetime64]:
    """Read the dates of an index; an aware index gives the dates of its own zone."""
    import pandas as pd

    if not isinstance(index, pd.DatetimeIndex):
        raise DataError(
            "the index does not hold dates",
            parameter="frame.index",
            received=type(index).__name__,
            allowed="a DatetimeIndex: pass the frame through set_index(pd.to_datetime(...)) first",
        )
    if index.hasnans:
        raise DataError("the index has a missing date", parameter="frame.index", allowed="a date in each row")
    local = index.tz_localize(None)
    if index.tz is not None and (local != local.normalize()).any():
        raise DataError(
            "the index holds zone-aware times of day, whose date may be another one where the market is",
            parameter="frame.index",
            received=str(index[0]),
            allowed="dates, or midnights of the market's own zone: index.tz_convert('Europe/London') first",
        )
    return local.to_numpy().astype("datetime64[D]")


def _numbers(frame: pd.DataFrame, column: str) -> NDArray[np.float64]:
    import pandas as pd

    if column not in frame.columns:
        raise DataError(
            "the frame has no such column",
            parameter="instruments",
            received=column,
            allowed=", ".join(map(repr, frame.columns)),
        )
    values = frame[column]
    if isinstance(values, pd.DataFrame):
        raise DataError("the frame has this column more than once", parameter="frame", received=column)
    kinds = pd.api.types
    if (
        kinds.is_bool_dtype(values)
        or not (
            kinds.is_numeric_dtype(values) or kinds.is_object_dtype(values) or kinds.is_string_dtype(values)
        )
        or kinds.is_complex_dtype(values)
    ):
        raise DataError(
            "the column does not hold numbers",
            parameter=column,
            received=str(values.dtype),
            allowed="numbers",
        )
    if kinds.is_numeric_dtype(values):
        return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
    numbers = [_number(cell) for cell in values]
    for label, cell, number in zip(frame.index, values, numbers, strict=True):
        if number is None:
            raise DataError(
                f"text in a column of numbers, at {label}",
                parameter=column,
                received=cell,
                allowed="numbers, or NaN for 'not quoted'",
            )
    return np.array(numbers, dtype=np.float64)


def _number(cell: object) -> float | None:
    """Read a cell as a number, NaN where nothing is quoted, None where it is something else."""
    import pandas as pd

    if cell is None or cell is pd.NA:
        return float("nan")
    if isinstance(cell, str) and "_" in cell:  # float() takes 1_000 for a number
        return None
    try:
        return float(cell)  # type: ignore[arg-type]  # anything else raises
    except (ValueError, TypeError):
        return None
