"""The door to all sources: `fetch`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from ..errors import InputError
from ..market.instruments import Instrument
from ..market.panel import Panel
from .ecb import Ecb
from .protocol import Request, Source, day_of

__all__ = ["SOURCES", "fetch"]

SOURCES: dict[str, Source] = {"ecb": Ecb()}
"""Sources by the word before the colon."""


def fetch(
    symbols: str | Iterable[str],
    *,
    start: object = None,
    end: object = None,
    instruments: Mapping[str, Instrument] | None = None,
    timeout: float = 30.0,
    offline: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Panel:
    """Fetch series from a source of data.

    Parameters
    ----------
    symbols : str or iterable of str
        ``"source:symbol"``, such as ``"ecb:EUR/RUB"``. Here the European Central Bank's reference rates answer
        (``ecb``), from a file that comes with a dependency: no network.
    start, end : date or str, optional
        First and last session, both inclusive.
    instruments : mapping, optional
        What a symbol quotes, where it shall not be what the source says: id, calendar, snapshot.
    timeout : float
        Longest wait for a source on the network [s].
    offline : bool
        Never touch the network.
    progress : callable, optional
        Called with (done, all) after each symbol.

    Returns
    -------
    Panel
        One member a symbol, in the order asked for, each with its provenance.

    Raises
    ------
    InputError
        If the source or the symbol is unknown, or start lies after end.
    SourceError
        If a source does not answer as expected.

    Examples
    --------
    >>> import marketimpact as mi
    >>> rates = mi.fetch("ecb:EUR/RUB", start="2022-02-23", end="2022-02-24")
    >>> rates["EUR/RUB"].tolist()
    [90.8791, 95.7175]
    """
    wanted = [symbols] if isinstance(symbols, str) else list(symbols)
    if not wanted:
        raise InputError(
            "names no series", parameter="symbols", received=wanted, allowed="like 'ecb:EUR/RUB'"
        )
    asked = Request("", day_of(start, "start"), day_of(end, "end"), timeout=timeout, offline=offline)
    if asked.start is not None and asked.end is not None and asked.start > asked.end:
        raise InputError("lies after end", parameter="start", received=str(start), allowed=f"up to {end}")
    requests = [(_source(name), replace(asked, symbol=name.partition(":")[2])) for name in wanted]
    unknown = sorted(set(instruments or ()) - set(wanted))
    if unknown:
        raise InputError(
            "describes a series that is not asked for",
            parameter="instruments",
            received=unknown,
            allowed=", ".join(map(repr, wanted)),
        )
    if instruments:
        requests = [
            (source, replace(request, instrument=instruments.get(name)))
            for name, (source, request) in zip(wanted, requests, strict=True)
        ]
    for source, request in requests:
        source.check(request)
    panels = []
    for done, (source, request) in enumerate(requests, start=1):
        panels.append(source.parse(request, source.read(request)))
        if progress is not None:
            progress(done, len(requests))
    return panels[0].join(*panels[1:])


def _source(name: str) -> Source:
    word, colon, symbol = name.partition(":")
    if not colon or not symbol or word not in SOURCES:
        raise InputError(
            "names no known source",
            parameter="symbols",
            received=name,
            allowed="'source:symbol' with a source of " + ", ".join(SOURCES),
        )
    return SOURCES[word]
