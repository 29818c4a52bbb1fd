"""The door to all sources: `fetch`, and `register_source` for the user's own."""

from __future__ import annotations

import os
import re
import time
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..errors import InputError, MarketImpactError, MarketImpactWarning, SourceError
from ..ledger import Ledger, instrument_ledger
from ..market.instruments import Instrument
from ..market.panel import Panel
from ..market.quotes import Quotes
from .cbr import Cbr
from .ecb import Ecb
from .ecb_live import EcbLive
from .fetching import Key, Series, Store, blamed_on, fetch_all
from .frankfurter import Frankfurter
from .fred import Fred
from .nbk import Nbk
from .options import FetchOptions, hosts_of, read_config
from .protocol import Request, Source, day_of
from .treasury import Treasury
from .web import Deadline, Web
from .yahoo import Yahoo

__all__ = ["SOURCES", "fetch", "register_source", "requested"]

SOURCES: dict[str, Source] = {
    "ecb": Ecb(),
    "ecb-live": EcbLive(),
    "cbr": Cbr(),
    "frankfurter": Frankfurter(),
    "fred": Fred(),
    "nbk": Nbk(),
    "treasury": Treasury(),
    "yahoo": Yahoo(),
}
"""Sources by the word before the colon."""

LONG = 15.0
"""Work of this length is announced [s]."""


def register_source(name: str, source: Source) -> None:
    """Make a source of the user's own known to `fetch`.

    Parameters
    ----------
    name : str
        The word before the colon: small letters, digits and hyphens.
    source : Source
        An object with ``title``, ``local``, ``instrument``, ``lasting``, ``build``, ``fetch`` and ``parse``.

    Raises
    ------
    InputError
        If the name is taken or no such word, or something of a source is missing.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9-]*", name) or name in SOURCES:
        raise InputError(
            "is no name for a new source",
            parameter="name",
            received=name,
            allowed="small letters, digits and hyphens; not " + ", ".join(SOURCES),
        )
    parts = ("title", "local", "instrument", "lasting", "build", "fetch", "parse")
    lacking = [part for part in parts if not hasattr(source, part)]
    if lacking:
        raise InputError(
            "is no source",
            parameter="source",
            received=source,
            allowed="an object with " + ", ".join(lacking),
        )
    SOURCES[name] = source


def fetch(
    symbols: str | Iterable[str],
    *,
    start: object = None,
    end: object = None,
    instruments: Mapping[str, Instrument] | None = None,
    offline: bool = False,
    options: FetchOptions | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Panel:
    """Fetch series from sources of data.

    What was fetched before is read from the cache, recent days aside; where one series fails, the others come.

    Parameters
    ----------
    symbols : str or iterable of str
        ``"source:symbol"``, such as ``"ecb:EUR/RUB"`` (the European Central Bank's reference rates, from a file that
        comes with a dependency: no network).
    start, end : date or str, optional
        First and last session, both inclusive; the source's first, and today, when not given.
    instruments : mapping, optional
        What a symbol quotes, where it shall not be what the source says: id, calendar, snapshot.
    offline : bool
        Never touch the network: what the cache does not hold is an error.
    options : FetchOptions, optional
        Patience, manners, the cache, adjusted prices.
    progress : callable, optional
        Called with (done, all), counted in requests.

    Returns
    -------
    Panel
        One member a symbol, in the order asked for, each with its provenance. Where some failed, those are left out,
        with a warning, and stand in the panel's ``ledger``.

    Raises
    ------
    InputError
        If the source or the symbol is unknown, or start lies after end.
    SourceError
        If no series came: the error of the first.
    CacheError
        Offline, if the cache cannot be read.

    Warns
    -----
    MarketImpactWarning
        If some series failed; if the cache cannot be used, or rows of it are damaged: the call goes on without them; if
        a host is to stand in for a source that there is not.

    Examples
    --------
    >>> import marketimpact as mi
    >>> rates = mi.fetch("ecb:EUR/RUB", start="2022-02-23", end="2022-02-24")
    >>> rates["EUR/RUB"].tolist()
    [90.8791, 95.7175]
    """
    options = options or FetchOptions()
    series = requested(symbols, start=start, end=end, instruments=instruments, adjusted=options.adjusted)
    far = [one for one in series if not one.source.local]
    hosts = hosts_of(os.environ, read_config()) if far else {}
    deadline = Deadline.after(options.total)
    webs = {
        one.key.source: Web(one.key.source, options, deadline, hosts.get(one.key.source)) for one in series
    }
    strange = sorted(set(hosts) - set(SOURCES))
    said = [f"hosts.{name}: no source has that name; the host stands in for none" for name in strange]
    try:
        found = fetch_all(
            series,
            _store(options, said.append, offline=offline) if far else None,
            lambda one: webs[one.key.source],
            now=_now(),
            offline=offline,
            progress=progress,
            announce=lambda queries: _announce(queries, options),
        )
    finally:
        for remark in said:
            warnings.warn(remark, MarketImpactWarning, stacklevel=2)
    return _panel(series, found)


def _store(options: FetchOptions, tell: Callable[[str], None], *, offline: bool) -> Store | None:
    from .cache import store_of  # sqlite is not everywhere, and not needed for what lies on this machine

    return store_of(options.cache, tell, offline=offline)


def _now() -> np.datetime64:
    """Give the time, UTC."""
    return np.datetime64(int(time.time()), "s")


def _announce(queries: Mapping[str, int], options: FetchOptions) -> None:
    """Say beforehand how long many requests will take at the pace that is kept."""
    for source, count in queries.items():
        seconds = count / options.rate
        if seconds >= LONG:
            enough = "" if seconds < options.total else (
                f"; {options.total:g} s are allowed (FetchOptions(total=...), or total under [fetch] in a study file): "
                + ("what has come by then is kept, and the next call goes on there" if options.cache
                   else "without a cache, nothing of what has come by then is kept")
            )  # fmt: skip
            warnings.warn(
                f"{source}: {count} requests, at {options.rate:g} a second some {seconds:.0f} s or more{enough}",
                MarketImpactWarning, stacklevel=6,
            )  # fmt: skip


def _panel(series: Sequence[Series], found: Sequence[Quotes | MarketImpactError]) -> Panel:
    came = [(one, quotes) for one, quotes in zip(series, found, strict=True) if isinstance(quotes, Quotes)]
    failed = {
        one.name: error for one, error in zip(series, found, strict=True) if not isinstance(error, Quotes)
    }
    if not came:
        first = next(iter(failed.values()))
        if len(failed) == 1:
            raise first
        raise SourceError(
            f"none of {len(failed)} series came; the first: {_named(series[0].name, first)}"
        ) from first
    if failed:
        warnings.warn(
            f"{len(failed)} of {len(series)} series did not come: "
            + "; ".join(_named(name, error) for name, error in failed.items()),
            MarketImpactWarning,
            stacklevel=3,
        )
    panel = Panel(tuple(one.instrument for one, _ in came), tuple(quotes for _, quotes in came))
    return replace(panel, ledger=_ledger(series, found))


def _named(name: str, error: MarketImpactError) -> str:
    """Give the words of an error, which name its series once."""
    return str(error) if error.parameter == name else f"{name}: {error}"


def _ledger(series: Sequence[Series], found: Sequence[Quotes | MarketImpactError]) -> Ledger:
    reasons = ["" if isinstance(one, Quotes) else str(one) for one in found]
    return instrument_ledger([one.name for one in series], reasons)


def requested(
    symbols: str | Iterable[str],
    *,
    start: object = None,
    end: object = None,
    instruments: Mapping[str, Instrument] | None = None,
    adjusted: bool = False,
) -> tuple[Series, ...]:
    """Read what is asked for; every request is checked before any is answered (pure).

    Parameters
    ----------
    symbols, start, end, instruments, adjusted
        As of `fetch` and `FetchOptions`.

    Raises
    ------
    InputError
        If a source, a symbol, a date or an instrument can never be answered.
    """
    asked = Request("", day_of(start, "start"), day_of(end, "end"), adjusted=adjusted)
    if asked.start is not None and asked.end is not None and asked.start > asked.end:
        raise InputError("lies after end", parameter="start", received=str(start), allowed=f"up to {end}")
    instruments = instruments or {}
    wanted = [symbols] if isinstance(symbols, str) else list(symbols)
    if not wanted:
        raise InputError(
            "names no series", parameter="symbols", received=wanted, allowed="like 'ecb:EUR/RUB'"
        )
    unknown = sorted(set(instruments) - set(wanted))
    if unknown:
        raise InputError(
            "describes a series that is not asked for",
            parameter="instruments",
            received=unknown,
            allowed=", ".join(map(repr, wanted)),
        )
    series = []
    for name in wanted:
        word, source = _source(name)
        request = replace(asked, symbol=name.partition(":")[2], instrument=instruments.get(name))
        key = Key(word, request.symbol, request.adjusted)
        with blamed_on(name):
            series.append(Series(name, key, source, request, source.instrument(request)))
    ids = [one.instrument.id for one in series]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        raise InputError(
            "a panel needs ids that do not repeat",
            parameter="symbols",
            received=twice,
            allowed="each series once, or other ids through instruments={...}",
        )
    return tuple(series)


def _source(name: str) -> tuple[str, Source]:
    word, colon, symbol = name.partition(":")
    if not colon or not symbol or word not in SOURCES:
        raise InputError(
            "names no known source",
            parameter="symbols",
            received=name,
            allowed="'source:symbol' with a source of " + ", ".join(SOURCES),
        )
    return word, SOURCES[word]
