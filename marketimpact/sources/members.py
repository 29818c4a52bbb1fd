"""From what is held of a series to quotes with their provenance: one place for all sources."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .._version import __version__
from ..errors import NoDataError
from ..market.instruments import Instrument
from ..market.quotes import Quotes, make_quotes
from ..provenance import Provenance
from .coverage import FIRST_DAY, LONGEST_REST, Covered
from .held import Held, hash_of, hosts_in
from .protocol import Request, Source

__all__ = ["member_of", "reach_of"]


def reach_of(request: Request, instrument: Instrument) -> Request:
    """Give the request of the dates that hold the sessions wanted: a lag dates them later.

    Without a calendar working days are Monday to Friday, so the last such date is known, and no later one is asked for:
    it may not be there yet, and would be missing offline. A named calendar may have holidays in a row.
    """
    lag = instrument.dating_lag
    if request.end is None or not lag:
        return request
    end = np.busday_offset(request.end, lag, roll="backward")
    return replace(request, end=end if instrument.calendar is None else end + LONGEST_REST)


def member_of(name: str, source: Source, request: Request, instrument: Instrument, held: Held) -> Quotes:
    """Make the quotes of one series.

    Raises
    ------
    NoDataError
        If nothing of it is quoted in the dates asked for.
    DataError, InputError
        As `make_quotes`.
    """
    block = held.block
    inside = np.ones(len(block.dates), dtype=bool)
    if request.start is not None:
        inside &= block.dates >= request.start
    if request.end is not None and not instrument.dating_lag:
        inside &= block.dates <= request.end
    dates, values = block.dates[inside], block.values[inside]
    if not np.isfinite(values).any():
        raise NoDataError(
            f"no value in these dates ({source.title})", parameter=name,
            received=f"{request.start or 'the first'} to {request.end or 'the last'}", allowed=_known(block.dates),
        )  # fmt: skip
    quotes = make_quotes(instrument, dates, values, _provenance(source, request, instrument, held, dates[-1]))
    said = dict.fromkeys(note for one in _used(request, instrument, held) for note in one.notes)
    quotes = replace(quotes, notes=(*said, *block.notes, *quotes.notes))
    return _within(quotes, request) if instrument.dating_lag else quotes


def _within(quotes: Quotes, request: Request) -> Quotes:
    """Leave away sessions before the start and after the end, which dates with a lag reach."""
    kept = np.ones(len(quotes), dtype=bool)
    if request.start is not None:
        kept &= quotes.sessions >= request.start
    if request.end is not None:
        kept &= quotes.sessions <= request.end
    if not kept.any():
        raise NoDataError(
            "no session in these dates, once dates are put back to the day that set them",
            parameter=quotes.provenance.symbol,
            received=f"{request.start or 'the first'} to {request.end or 'the last'}",
            allowed=f"dates around {quotes.sessions[0]} to {quotes.sessions[-1]}",
        )
    still = None if quotes.still is None else quotes.still[kept].copy()
    origin = replace(quotes.provenance, last_date=str(quotes.sessions[kept][-1]))
    return Quotes(quotes.sessions[kept].copy(), quotes.levels[kept].copy(), origin, quotes.notes, still)


def _provenance(
    source: Source, request: Request, instrument: Instrument, held: Held, last: np.datetime64
) -> Provenance:
    block, used = held.block, _used(request, instrument, held)
    newest = max(used, key=lambda one: one.retrieved)
    longest = max(used, key=lambda one: one.end - one.start)
    far = not source.local
    return Provenance(
        source.title,
        file=block.file or None,
        package=newest.package or block.package or f"marketimpact {__version__}",
        last_date=str(last),
        sha256=hash_of(used),
        note=longest.note or None,
        unit=block.unit or None,
        adjusted=block.adjusted,
        snapshot=None if instrument.snapshot is None else str(instrument.snapshot),
        dating_lag=instrument.dating_lag,
        symbol=request.symbol,
        request=_asked(used) if far else None,
        retrieved=f"{newest.retrieved}Z" if far else None,
        host=hosts_in(used) or None,
        made=None if far else block.made or None,  # a cache does not keep it
    )


def _used(request: Request, instrument: Instrument, held: Held) -> tuple[Covered, ...]:
    """Give the answers that the dates of a request come from."""
    reach = reach_of(request, instrument)
    used = tuple(
        one
        for one in held.covered
        if (reach.end is None or one.start <= reach.end)
        and (reach.start is None or one.end >= reach.start)
    )  # fmt: skip
    return used or held.covered


def _asked(covered: tuple[Covered, ...]) -> str:
    """Give what was asked: one request, or the first of several and their number."""
    requests = list(dict.fromkeys(one.request for one in covered))
    return requests[0] if len(requests) == 1 else f"{requests[0]}, and {len(requests) - 1} more"


def _known(dates: NDArray[np.datetime64]) -> str:
    if not len(dates):
        return f"dates in the life of the series, from {FIRST_DAY} on"
    return f"dates within {dates.min()} to {dates.max()}, in the life of the series"
