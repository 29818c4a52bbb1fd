"""The work behind `fetch`: what is missing is planned (pure), asked for, kept, and read; one failure ends no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np

from .._version import __version__
from ..errors import (
    MarketImpactError,
    NoDataError,
    NotCachedError,
    RateLimitedError,
    SourceDownError,
    SourceError,
)
from ..market.instruments import Instrument
from ..market.quotes import Quotes
from .coverage import FIRST_DAY, LONGEST_REST, Covered, missing
from .held import Held, covered_by, joined
from .members import member_of, reach_of
from .protocol import Block, Query, Request, Source
from .web import Web

__all__ = ["Key", "Series", "Store", "blamed_on", "fetch_all", "planned"]

T = TypeVar("T")

DOWN_AT = 2
"""After so many of its series in a row could not be reached, a source is not asked for more."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Under which a series is kept."""

    source: str
    symbol: str
    adjusted: bool = False

    def __str__(self) -> str:
        return f"{self.source}:{self.symbol}" + (" (adjusted)" if self.adjusted else "")


class Store(Protocol):
    """Where series are kept between calls."""

    def load(self, keys: Sequence[Key]) -> Mapping[Key, Held]:
        """Give what is held of series; a series of which nothing is held is missing."""

    def add(self, key: Key, block: Block, covered: Covered) -> Held:
        """Join an answer to what is held, and give what is held now."""

    def put(self, key: Key, held: Held) -> None:
        """Keep a series in the place of what was held."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series of a call.

    Parameters
    ----------
    name : str
        As the user wrote it, "ecb:EUR/RUB".
    key : Key
    source : Source
    request : Request
        With the dates of the sessions wanted.
    instrument : instrument
        What it quotes.
    """

    name: str
    key: Key
    source: Source
    request: Request
    instrument: Instrument


@dataclass(frozen=True, slots=True)
class Plan:
    """What must be asked for one series, and what is held of it."""

    held: Held | None
    queries: tuple[Query, ...]
    whole: bool


def planned(series: Series, held: Held | None, now: np.datetime64, *, offline: bool) -> Plan:
    """Say what must be asked for a series (pure).

    Raises
    ------
    NotCachedError
        Offline, if something would have to be asked.
    NoDataError
        If the dates lie in the future.
    """
    request = reach_of(series.request, series.instrument)
    if series.source.local:
        return Plan(None, series.source.build(request), whole=True)
    covered = () if held is None else held.covered
    start = FIRST_DAY if request.start is None else max(request.start, FIRST_DAY)
    today = now.astype("datetime64[D]")
    end = today if request.end is None else min(request.end, today)
    if start > today:
        raise NoDataError(
            "no source has the future", parameter=series.name, received=str(start),
            allowed=f"up to {today}, today by UTC",
        )  # fmt: skip
    if offline:
        last = covered[-1].end if covered and request.end is None else end
        if not covered or missing(covered, start, last):
            raise _not_cached(series, held)
        return Plan(held, (), whole=False)
    gaps = missing(covered, start, end, now=now)
    if not gaps:
        return Plan(held, (), whole=False)
    whole = not series.source.lasting(request)
    if whole and covered:
        gaps = ((min(start, covered[0].start), max(end, covered[-1].end)),)
    queries = [
        query
        for low, high in gaps
        for query in series.source.build(replace(request, start=None if low <= FIRST_DAY else low, end=high))
    ]
    return Plan(held, tuple(queries), whole)


def fetch_all(
    series: Sequence[Series],
    store: Store | None,
    webs: Callable[[Series], Web],
    *,
    now: np.datetime64,
    offline: bool,
    progress: Callable[[int, int], None] | None,
    announce: Callable[[Mapping[str, int]], None] | None = None,
) -> list[Quotes | MarketImpactError]:
    """Give the quotes of each series, or the error that kept it from coming.

    Parameters
    ----------
    series : sequence of Series
    store : Store or None
        None keeps nothing.
    webs : callable
        Gives the network of a series' source.
    now : datetime64[s]
        UTC.
    offline : bool
    progress : callable, optional
        Called with (done, all), counted in queries.
    announce : callable, optional
        Called once, before anything is asked, with the number of queries by source.

    Returns
    -------
    list
        In the order of ``series``.
    """
    loaded = {} if store is None else store.load([one.key for one in series if not one.source.local])
    plans = [_planned_or_error(one, loaded.get(one.key), now, offline) for one in series]
    if announce is not None:
        announce(_queries_by_source(series, plans))
    steps = _Steps([len(plan.queries) if isinstance(plan, Plan) else 1 for plan in plans], progress)
    trouble = _Trouble({})
    found: list[Quotes | MarketImpactError] = []
    for one, plan in zip(series, plans, strict=True):
        try:
            if not isinstance(plan, Plan):
                raise plan
            trouble.check(one, plan)
            held = _completed(one, plan, store, webs, now, steps)
            found.append(member_of(one.name, one.source, one.request, one.instrument, held))
            if plan.queries:
                trouble.none(one.key.source)
        except MarketImpactError as error:
            trouble.note(one.key.source, error)
            found.append(error)
        steps.finish()
    return found


def _queries_by_source(series: Sequence[Series], plans: Sequence[Plan | MarketImpactError]) -> dict[str, int]:
    """Count what will be asked of each source on the network; series that stand in one answer ask for it once."""
    asked: dict[str, set[str]] = {}
    for one, plan in zip(series, plans, strict=True):
        if isinstance(plan, Plan) and not one.source.local:
            asked.setdefault(one.key.source, set()).update(map(str, plan.queries))
    return {source: len(queries) for source, queries in asked.items()}


def _planned_or_error(
    one: Series, held: Held | None, now: np.datetime64, offline: bool
) -> Plan | MarketImpactError:
    try:
        with blamed_on(one.name):
            return planned(one, held, now, offline=offline)
    except MarketImpactError as error:
        return error


def _completed(
    one: Series,
    plan: Plan,
    store: Store | None,
    webs: Callable[[Series], Web],
    now: np.datetime64,
    steps: _Steps,
) -> Held:
    """Ask what is missing; every answer that lasts is kept at once, others when all of them are there."""
    held = None if plan.whole else plan.held
    kept = store is not None and not one.source.local
    at_once = store if kept and not plan.whole else None
    nothing: NoDataError | None = None
    empty: list[tuple[Block | None, Covered]] = []
    notes: list[str] = []
    for done, query in enumerate(plan.queries):
        content, block = b"", None
        try:
            with blamed_on(one.name):
                content = _of_kind(bytes, one.source.fetch(query, webs(one)))
                block = _of_kind(Block, one.source.parse(query, content))
        except NoDataError as error:  # of these dates: others of the series may have come, or may come
            nothing = error
        except SourceError as error:
            webs(one).forget(query)
            if done > len(empty) and at_once is not None:
                error.message += (
                    f"; {done - len(empty)} of {len(plan.queries)} answers are in the cache: "
                    "the next call goes on there"
                )
            raise
        package = block.package if block is not None else ""
        reader = package or f"marketimpact {__version__}"
        covered = covered_by(query, content, now, reader, webs(one).stood_in)
        if block is not None and not np.isnan(block.values).all():
            held = _joined(one, held, block, covered, at_once)
        elif (block is None or not len(block.dates)) and covered.end - covered.start > LONGEST_REST:
            # about so many days it may be a failure: it is not remembered
            notes.append(f"the source had nothing from {covered.start} to {covered.end}")
        else:
            empty.append((block, covered))
        while held is not None and empty:
            block, covered = empty.pop()
            held = _joined(one, held, block or _none_of(held.block), covered, at_once)
        steps.step()
    if held is None:
        raise nothing or NoDataError(
            f"no value in these dates ({one.source.title})", parameter=one.name,
            received=f"{one.request.start or 'the first'} to {one.request.end or 'the last'}",
            allowed="dates in the life of the series",
        )  # fmt: skip
    if kept and plan.whole and plan.queries and store is not None:
        store.put(one.key, held)
    return replace(held, block=replace(held.block, notes=(*held.block.notes, *notes))) if notes else held


@contextmanager
def blamed_on(name: str) -> Iterator[None]:
    """Make what a source trips over an error of ours: the defect of one, a user's own perhaps, ends no other series.

    Its words are left to the cause: they may hold an address with a key in it.

    Raises
    ------
    SourceError
    """
    try:
        yield
    except MarketImpactError:
        raise
    except Exception as error:  # a source of the user's may raise anything
        raise SourceError(
            f"the source has a defect ({type(error).__name__})", parameter=name,
            allowed="a source that raises errors of marketimpact; what it raised is the cause of this one",
        ) from error  # fmt: skip


def _of_kind(kind: type[T], value: object) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"a source gave {type(value).__name__} in the place of {kind.__name__}")
    return value


def _joined(one: Series, held: Held | None, block: Block, covered: Covered, store: Store | None) -> Held:
    return joined(held, block, covered, one.name) if store is None else store.add(one.key, block, covered)


def _none_of(block: Block) -> Block:
    """Give a block without a row, for dates in which the source has nothing."""
    return replace(block, dates=block.dates[:0], values=block.values[:0], notes=())


def _not_cached(series: Series, held: Held | None) -> NotCachedError:
    spans: list[tuple[np.datetime64, np.datetime64]] = []
    for one in () if held is None else sorted(held.covered, key=lambda one: one.start):
        if spans and one.start <= spans[-1][1] + np.timedelta64(1, "D"):  # of a source with one answer a day
            spans[-1] = spans[-1][0], max(spans[-1][1], one.end)
        else:
            spans.append((one.start, one.end))
    ranges = [f"{start} to {end}" for start, end in spans]
    lag = series.instrument.dating_lag
    late = f" (as dated by the source, {lag} working day(s) late)" if lag else ""
    return NotCachedError(
        "offline, and the cache does not hold all of these dates", parameter=series.name,
        received=f"{series.request.start or 'the first'} to {series.request.end or 'the last'}",
        allowed=f"dates within {', '.join(ranges)}{late}" if ranges else "one call online: nothing of it is held",
    )  # fmt: skip


@dataclass(slots=True)
class _Steps:
    """Progress, counted in queries; a series that asks nothing counts as one."""

    queries: list[int]
    progress: Callable[[int, int], None] | None
    series: int = 0
    over: int = 0
    done: int = 0

    def step(self) -> None:
        self._to(self.done + 1)

    def finish(self) -> None:
        """A series has ended, whatever came of its queries."""
        self.over += max(self.queries[self.series], 1)
        self.series += 1
        self._to(self.over)

    def _to(self, done: int) -> None:
        if done > self.done and self.progress is not None:
            self.progress(done, sum(max(one, 1) for one in self.queries))
        self.done = max(done, self.done)


@dataclass(slots=True)
class _Trouble:
    """Sources that shall not be asked again in this call."""

    in_a_row: dict[str, list[MarketImpactError]]

    def check(self, one: Series, plan: Plan) -> None:
        if not plan.queries or one.source.local:
            return
        errors = self.in_a_row.get(one.key.source, [])
        limited = [error for error in errors if isinstance(error, RateLimitedError)]
        if limited:
            raise RateLimitedError(
                "was not asked for: its source had asked to be left alone", parameter=one.name,
                allowed="a later call", retry_after=limited[-1].retry_after,
            )  # fmt: skip
        if len(errors) >= DOWN_AT:
            raise SourceDownError(
                f"was not asked for: {one.key.source} could not be reached {DOWN_AT} times in a row",
                parameter=one.name, allowed="a later call",
            )  # fmt: skip

    def note(self, source: str, error: MarketImpactError) -> None:
        if isinstance(error, RateLimitedError | SourceDownError):
            self.in_a_row.setdefault(source, []).append(error)

    def none(self, source: str) -> None:
        self.in_a_row.pop(source, None)
