"""A news series read onto the sessions of an instrument: by a stated rule, and nothing filled."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..alignment.series_moves import FactorReader, series_moves
from ..errors import DataError, InputError, MarketImpactWarning
from ..ledger import Ledger
from ..market.coupon_rolls import coupon_words
from ..market.instruments import sign_words
from ..market.panel import Panel, instrument_of
from ..maths.frozen import Frozen, read_only
from ..study.given import given_or
from ..units import MoveKind, MoveRule
from .news_days import NO_DAY, Day, NewsDays

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NewsAndMoves", "NewsReading", "read_news"]

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]

ONE_DAY = np.timedelta64(1, "D")

LONGEST = 1_000
"""Days before the first session that a reading may reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsReading:
    """How a news series and an instrument are read together.

    Parameters
    ----------
    how : {"mean", "sum"}
        What a session takes of the days since the session before it. A count is a sum, and a Monday's is then one of
        three days; an index or a sentiment is a mean.
    dating_lag : int
        Days by which the source dates a value after what it is about: 1 for an index made of next morning's papers.
    until : {"session", "day before"}
        Last day that counts: that of the session, whose evening is after the quote, or the day before it, which is over
        when the quote is made.
    days : {"all", "weekdays"}
        Days on which the source has a value. One that is missing among them makes the session's missing; nothing is
        filled. A source without weekends has no Monday by "all", and a warning says so.
    of : {"move", "size"}
        What of the moves: themselves, or their absolute values. News without a sign goes with sizes.
    move : {"log", "simple"}
        How prices and currencies move.
    level : float
        Level of bands and intervals.

    Raises
    ------
    InputError
        If a choice is unknown.

    Examples
    --------
    >>> str(NewsReading(dating_lag=1, of="size"))
    'mean of the days since the session before, to the day of the session, dated 1 day late; sizes of moves'
    """

    how: Literal["mean", "sum"] = "mean"
    dating_lag: int = 0
    until: Literal["session", "day before"] = "session"
    days: Literal["all", "weekdays"] = "all"
    of: Literal["move", "size"] = "move"
    move: MoveRule = "log"
    level: float = 0.95

    def __post_init__(self) -> None:
        choices: dict[str, tuple[str, ...]] = {
            "how": ("mean", "sum"), "until": ("session", "day before"), "days": ("all", "weekdays"),
            "of": ("move", "size"), "move": get_args(MoveRule),
        }  # fmt: skip
        for name, allowed in choices.items():
            if getattr(self, name) not in allowed:
                raise InputError(
                    "is not known", parameter=name, received=getattr(self, name),
                    allowed=", ".join(map(repr, allowed)),
                )  # fmt: skip
        whole = isinstance(self.dating_lag, int) and not isinstance(self.dating_lag, bool)
        if not whole or abs(self.dating_lag) > LONGEST:
            raise InputError(
                "is no number of days",
                parameter="dating_lag",
                received=self.dating_lag,
                allowed="a whole number",
            )
        if not 0.0 < self.level < 1.0:
            raise InputError("no level", parameter="level", received=self.level, allowed="0 < level < 1")

    def __str__(self) -> str:
        late = (
            f", dated {self.dating_lag} day{'s' if self.dating_lag != 1 else ''} late"
            if self.dating_lag
            else ""
        )
        end = "the day of the session" if self.until == "session" else "the day before it"
        weekdays = "weekdays" if self.days == "weekdays" else "days"
        sizes = "; sizes of moves" if self.of == "size" else ""
        return f"{self.how} of the {weekdays} since the session before, to {end}{late}{sizes}"


@dataclass(frozen=True, slots=True, eq=False)
class NewsAndMoves(Frozen):
    """A news series on the n sessions of an instrument, beside its moves.

    Attributes
    ----------
    news : ndarray, shape (n,)
        NaN where a day is missing.
    moves : ndarray, shape (n,)
        Moves or their sizes [unit of the kind]; NaN where missing.
    sessions : ndarray of datetime64[D], shape (n,)
        From the first to the last that has both.
    name, instrument : str
    kind : MoveKind
    reading : NewsReading
    stamp : str or None
    ledger : Ledger
        One row a day of the series: the session that takes it, or why none does.
    sign : str
        What a move above zero is, of currency pairs; empty for others, and for sizes.
    coupons : tuple of str
        Which coupons were taken out of the moves, in sentences.
    """

    news: Floats
    moves: Floats
    sessions: Days
    name: str
    instrument: str
    kind: MoveKind
    reading: NewsReading
    stamp: str | None = None
    ledger: Ledger = field(default_factory=Ledger.empty)
    sign: str = ""
    coupons: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        read_only(self.news, self.moves, self.sessions)

    def __repr__(self) -> str:
        return f"NewsAndMoves: {self.name} beside {self.moves_words}: {self.counted}"

    @property
    def both(self) -> NDArray[np.bool_]:
        """Sessions that have both."""
        return np.isfinite(self.news) & np.isfinite(self.moves)

    @property
    def counted(self) -> str:
        """How many sessions have both, and how many one alone."""
        both = int(self.both.sum())
        without_news = int(np.isnan(self.news).sum())
        without_move = int(np.isnan(self.moves).sum())
        lost = [
            f"{count} without {what}"
            for count, what in ((without_news, "all days of news"), (without_move, "a move"))
            if count
        ]
        return f"{both} sessions from {self.sessions[0]} to {self.sessions[-1]}" + "".join(
            f", {one}" for one in lost
        )

    @property
    def span(self) -> Days:
        """First and last session, shape (2,)."""
        return self.sessions[[0, -1]]

    @property
    def sample(self) -> str:
        """How many sessions have both, and how many of them news, where some have none."""
        both = self.both
        n, some = int(both.sum()), int(np.count_nonzero(self.news[both]))
        return f"{n} sessions" + (f", {some} with news" if some < n else "")

    @property
    def moves_words(self) -> str:
        """The moves in words: "sizes of moves of EUR/RUB"."""
        return f"{'sizes of ' if self.reading.of == 'size' else ''}moves of {self.instrument}"

    def to_frame(self) -> pd.DataFrame:
        """Give one row a session: ``session``, ``news``, ``move``; NaN where missing."""
        import pandas as pd

        return pd.DataFrame(
            {"session": self.sessions.astype("datetime64[s]"), "news": self.news, "move": self.moves}
        )


def read_news(
    series: pd.Series,
    panel: Panel,
    instrument: str | None = None,
    *,
    reading: NewsReading | None = None,
) -> NewsAndMoves:
    """Read a news series onto the sessions of an instrument.

    A session takes the sum or mean of the values about the days after the session before it, to its own day; a value
    dated d is about the day d less the dating lag. A session of whose days one has no value has none.

    Parameters
    ----------
    series : Series
        Daily counts, sentiment or an index; dates in the index. Its name is the news' name.
    panel : Panel
    instrument : str, optional
        Id; may be left out where there is one member.
    reading : NewsReading, optional

    Returns
    -------
    NewsAndMoves

    Raises
    ------
    InputError, DataError
        If the series does not hold dated numbers, does not vary, or meets fewer than 30 moves.

    Warns
    -----
    MarketImpactWarning
        If sessions have no news for weekends alone, on which the series has no value.

    Examples
    --------
    The third session is a Monday: it takes Saturday, Sunday and Monday.

    >>> import pandas as pd, marketimpact as mi
    >>> days = pd.bdate_range("2022-01-05", periods=60)
    >>> prices = pd.Series(range(100, 160), index=days)
    >>> panel = mi.Panel.from_frame(prices, instruments=mi.SovereignBond("KZ", quoted="clean price"))
    >>> counts = pd.Series(range(90), index=pd.date_range("2022-01-05", periods=90), name="articles")
    >>> read_news(counts, panel, reading=NewsReading(how="sum")).news[:4].tolist()
    [1.0, 2.0, 12.0, 6.0]
    """
    chosen = given_or(reading, NewsReading(), "reading")
    name = instrument_of(panel, instrument)
    dates, values = _checked(series, chosen)
    found = series_moves(FactorReader(panel, chosen.move, keep_frozen=False), panel.position(name), ())
    sessions = panel.quotes_of(name).sessions
    moves = np.abs(found.y) if chosen.of == "size" else found.y
    news, days = _on_sessions((dates, values), (sessions, found.frozen, moves), chosen, name)
    both = np.flatnonzero(np.isfinite(news) & np.isfinite(moves))
    if len(both) < 30:
        raise InputError(
            f"meets {len(both)} moves of {name}", parameter="series",
            received=f"{dates[0]} to {dates[-1]}; sessions {sessions[0]} to {sessions[-1]}",
            allowed="30 sessions or more that have a move and a value on each of their days; days='weekdays' for a"
            " series without weekends",
        )  # fmt: skip
    _warn_of_weekends((dates, values), (sessions, found.frozen, moves), chosen, news)
    part = slice(int(both[0]), int(both[-1]) + 1)
    if np.ptp(news[both]) == 0.0 or np.ptp(moves[both]) == 0.0:
        raise InputError(
            "does not vary where both are known",
            parameter="series",
            received=str(series.name),
            allowed="a series that does",
        )
    label = "news" if series.name is None else str(series.name)
    stamp = panel.select(name).stamp
    return NewsAndMoves(
        news[part].copy(),
        moves[part].copy(),
        sessions[part].copy(),
        label,
        name,
        found.kind,
        chosen,
        stamp,
        days.ledger,
        "" if chosen.of == "size" else sign_words([panel.instrument(name)]),
        coupon_words(panel, (name,)),
    )


def _warn_of_weekends(
    series: tuple[Days, Floats],
    series_of_moves: tuple[Days, NDArray[np.bool_], Floats],
    reading: NewsReading,
    news: Floats,
) -> None:
    """Warn where a series without weekends is read as one of all days: every Monday is lost."""
    (dates, values), (_, _, moves) = series, series_of_moves
    if reading.days == "weekdays" or not np.is_busday(dates[np.isfinite(values)]).all():
        return
    without, _ = _on_sessions(series, series_of_moves, replace(reading, days="weekdays"), "")
    lost = int((np.isnan(news) & np.isfinite(without) & np.isfinite(moves)).sum())
    if lost:
        both = int((np.isfinite(without) & np.isfinite(moves)).sum())
        warnings.warn(
            f"{lost} of {both} sessions have no news, and do not enter, because days='all' asks for a value on"
            " Saturdays and Sundays, on which the series has none: NewsReading(days='weekdays') reads it as one of"
            " weekdays",
            MarketImpactWarning,
            stacklevel=4,
        )


def _checked(series: pd.Series, reading: NewsReading) -> tuple[Days, Floats]:
    """Give dates and values of a series; weekdays alone where it has no others."""
    import pandas as pd

    if not isinstance(series, pd.Series) or not isinstance(series.index, pd.DatetimeIndex):
        raise InputError(
            "is no series of dates", parameter="series", received=type(series).__name__,
            allowed="a pandas Series of numbers with a DatetimeIndex (read_csv makes one with parse_dates)",
        )  # fmt: skip
    if not pd.api.types.is_numeric_dtype(series) or pd.api.types.is_bool_dtype(series):
        raise DataError(
            "does not hold numbers", parameter="series", received=str(series.dtype), allowed="numbers"
        )
    index = series.index.tz_localize(None)
    if index.hasnans or not index.is_monotonic_increasing or (index != index.normalize()).any():
        raise DataError(
            "is not of dates in order", parameter="series.index",
            allowed="a date in each row, ascending, no times of day: series.groupby(series.index.normalize()).sum()",
        )  # fmt: skip
    if index.has_duplicates:
        raise DataError(
            "has a date more than once", parameter="series.index", received=str(index[index.duplicated()][0].date()),
            allowed="one value a day: series.groupby(level=0).sum(), or mean()",
        )  # fmt: skip
    dates = index.to_numpy().astype("datetime64[D]")
    values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(values).any():
        raise DataError(
            "is infinite", parameter="series", received=str(dates[np.isinf(values)][0]), allowed="numbers"
        )
    if reading.days == "weekdays":
        weekday = np.is_busday(dates)
        if (np.isfinite(values) & ~weekday).any():
            raise DataError(
                "has values on weekends", parameter="series",
                received=str(dates[np.isfinite(values) & ~weekday][0]), allowed="days='all'",
            )  # fmt: skip
    if not len(dates):
        raise DataError("is empty", parameter="series", allowed="a value a day")
    return dates, values


def _on_sessions(
    series: tuple[Days, Floats],
    series_of_moves: tuple[Days, NDArray[np.bool_], Floats],
    reading: NewsReading,
    instrument: str,
) -> tuple[Floats, NewsDays]:
    """Sum or mean of the days since the session before; NaN where one of them has no value. And what became of each."""
    (dates, values), (sessions, frozen, moves) = series, series_of_moves
    quoted = sessions[~frozen]
    over = quoted if reading.until == "session" else quoted - ONE_DAY  # last day of each session
    there = np.isfinite(values)
    need = np.diff(over, prepend=over[:1]).astype(np.int64)
    if reading.days == "weekdays":
        late = reading.dating_lag * ONE_DAY  # weekdays are those of the source's own dates
        need[1:] = np.busday_count(over[:-1] + ONE_DAY + late, over[1:] + ONE_DAY + late)
    at = np.searchsorted(over, dates - reading.dating_lag * ONE_DAY)
    inside = (at > 0) & (at < len(over))
    value, have = np.zeros(len(quoted)), np.zeros(len(quoted), dtype=np.int64)
    np.add.at(value, at[inside & there], values[inside & there])
    np.add.at(have, at[inside & there], 1)
    whole = (have == need) & (need > 0)
    out = np.full(len(sessions), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        out[~frozen] = np.where(whole, value / need if reading.how == "mean" else value, np.nan)
    place = np.minimum(at, len(over) - 1)
    codes = np.select(
        [~there, at == 0, at == len(over), ~whole[place], ~np.isfinite(moves[~frozen])[place]],
        [Day.NO_VALUE, Day.BEFORE, Day.AFTER, Day.INCOMPLETE, Day.NO_MOVE],
        Day.USED,
    ).astype(np.int8)
    shown = np.where(inside, quoted[place], NO_DAY)
    return out, NewsDays(
        instrument, dates, codes, shown, have[place], need[place], reading.how, reading.dating_lag
    )
