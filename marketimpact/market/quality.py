"""The quality of series before they are studied: what a reader should know. It finds, and never repairs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .coupon_rolls import levels_with_coupons
from .instruments import Instrument
from .panel import Panel
from .quality_bands import band_findings
from .quality_bonds import bond_findings
from .quality_dates import date_findings, dated_in_force, early_end, holiday_copies, weekend_copies
from .quality_findings import Finding, Findings
from .quality_levels import level_findings
from .quality_related import Lag, drift_finding, lag_finding, lags
from .quality_spikes import spike_findings
from .quotes import Quotes

__all__ = ["inspect"]

MOST_MEMBERS = 12
"""Members up to which all pairs are compared."""

Member = tuple[Instrument, Quotes]


def inspect(panel: Panel, *, related: str | None = "all") -> Findings:
    """Look for what is wrong or odd in the series of a panel. Nothing is repaired, moved or left out.

    It looks for frozen runs, a coarse tick or many zero moves, quotes on weekends and holidays, weekdays or sessions
    without a quote, a thin series, closures, spikes undone within three sessions, levels times or over a power of
    ten, an outlier as the last quote, a series that ends before the rest or changes frequency, dates of the day in
    force, quotes outside a declared band, a lag of one session beside a related series, and a ratio to it that drifts
    in jumps. Of bonds: levels that another unit would explain, quotes after maturity, terms that are missing, and where
    they are known, coupons that drop out, clean prices that behave like dirty ones
    and the reverse, prices that a quoted yield of the bond denies, bid and ask that cross or whose gap jumps. What was
    noted on loading is repeated.

    Parameters
    ----------
    panel : Panel
    related : "all", id of a member, or None
        Which series are compared with each other: all pairs (up to 12 members), every member with one, or none.

    Returns
    -------
    Findings

    Raises
    ------
    InputError
        If ``related`` is not a member.
    MissingExtraError, DataError
        If an instrument's calendar cannot be used.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch("ecb:EUR/RUB", start="2021-06-01")
    >>> print(inspect(panel))  # doctest: +ELLIPSIS
    EUR/RUB: ...
    """
    if related not in ("all", None, *panel.ids):
        raise InputError(
            "is not in the panel",
            parameter="related",
            received=related,
            allowed=", ".join(map(repr, ("all", *panel.ids))) + ", or None",
        )
    with np.errstate(
        all="ignore"
    ):  # levels near the ends of binary fractions have no scale, and give nothing
        found = _found(panel, related)
    extents = tuple(
        (name, f"{len(quotes)} quotes, {quotes.sessions[0]} to {quotes.sessions[-1]}")
        for name, quotes in zip(panel.ids, panel.quotes, strict=True)
    )
    return Findings(tuple(one for name in panel.ids for one in found[name]), extents, _notes(panel, related))


def _found(panel: Panel, related: str | None) -> dict[str, list[Finding]]:
    """Give the findings by id."""
    found: dict[str, list[Finding]] = {name: [] for name in panel.ids}
    end = max(quotes.sessions[-1] for quotes in panel.quotes)
    cleaned = []
    for instrument, quotes in zip(panel.instruments, panel.quotes, strict=True):
        kept = _without(quotes, weekend_copies(instrument, quotes) | holiday_copies(instrument, quotes))
        found[instrument.id] += [
            *_on_loading(instrument, quotes),
            *date_findings(instrument, quotes),
            *early_end(instrument, quotes.sessions[-1], end),
            *level_findings(instrument, kept),
            *spike_findings(instrument, _with_coupons(panel, quotes, kept, instrument.id)),
            *band_findings(instrument, kept),
        ]
        cleaned.append((instrument, _as_set(kept)))
    for finding in (*bond_findings(panel), *_compared(_pairs(cleaned, related))):
        found[finding.instrument].append(finding)
    return found


def _on_loading(instrument: Instrument, quotes: Quotes) -> Iterator[Finding]:
    """Repeat what was noted when the series was loaded."""
    first, last = quotes.sessions[0], quotes.sessions[-1]
    for note in quotes.notes:
        yield Finding(instrument.id, "on loading", first, last, 1.0, "notes", note)


def _without(quotes: Quotes, rows: NDArray[np.bool_]) -> Quotes:
    still = quotes.standing_still()[~rows]
    return Quotes(quotes.sessions[~rows], quotes.levels[~rows], quotes.provenance, still=still)


def _with_coupons(panel: Panel, quotes: Quotes, kept: Quotes, name: str) -> Quotes:
    """Add the coupons that dirty prices dropped, so that their falls are not taken for spikes."""
    levels = levels_with_coupons(panel, name)
    if levels is quotes.levels:
        return kept
    return replace(kept, levels=levels[np.isin(quotes.sessions, kept.sessions)])


def _as_set(quotes: Quotes) -> Quotes:
    """Put rates dated by the day in force back by a working day, so that they compare with others."""
    if not dated_in_force(quotes.sessions):
        return quotes
    days, first = np.unique(np.busday_offset(quotes.sessions, -1, roll="forward"), return_index=True)
    return Quotes(days, quotes.levels[first], quotes.provenance)


def _pairs(members: list[Member], related: str | None) -> list[tuple[Member, Member]]:
    if related is None or (related == "all" and len(members) > MOST_MEMBERS):
        return []
    return [
        (one, other)
        for one, other in combinations(members, 2)
        if related == "all" or related in (one[0].id, other[0].id)
    ]


def _compared(pairs: list[tuple[Member, Member]]) -> Iterator[Finding]:
    """Compare series pair by pair; an instrument that lags several is one finding."""
    lagging: dict[str, list[Lag]] = defaultdict(list)
    for one, other in pairs:
        lagging[one[0].id] += lags(one, other)
        lagging[other[0].id] += lags(other, one)
    instruments = {member[0].id: member[0] for pair in pairs for member in pair}
    for name, found in lagging.items():
        yield from lag_finding(instruments[name], found)
    for one, other in pairs:
        yield from drift_finding(one, other)


def _notes(panel: Panel, related: str | None) -> tuple[str, ...]:
    if related == "all" and len(panel) > MOST_MEMBERS:
        return (
            f"{len(panel)} series were not compared with each other, as more than {MOST_MEMBERS} are:"
            " name one of them as related",
        )
    return ()
