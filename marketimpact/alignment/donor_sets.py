"""Which series a study needs: one for each instrument, or for each instrument with each set of donors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..market.donors import Donors, donor_pool, donors_for, single_donors
from ..market.factors import Term
from ..market.panel import Panel
from ..news.event_set import EventSet
from .pairs import Pairs

__all__ = ["StudiedSeries", "hit_instruments", "studied_series"]


@dataclass(frozen=True, slots=True)
class StudiedSeries:
    """The series of a study, S of them, for N pairs.

    Attributes
    ----------
    members : ndarray of int, shape (S,)
        Place of each series' instrument in the panel, ascending; an instrument stands once for each set of donors.
    of_pair : ndarray of int, shape (N,)
        The series of each pair.
    factors : tuple of tuple of Term
        The model's factors as each series reads them: donors are those of its events.
    """

    members: NDArray[np.int64]
    of_pair: NDArray[np.int32]
    factors: tuple[tuple[Term, ...], ...]


def studied_series(panel: Panel, events: EventSet, pairs: Pairs, factors: Sequence[Term]) -> StudiedSeries:
    """Number the series that the pairs need.

    Without donors among the factors there is one for each instrument. Donors depend on the event, so that pairs of one
    instrument may need several: one for each set of donors, however many events share it.

    Parameters
    ----------
    panel : Panel
    events : EventSet
    pairs : tuple of ndarray
        Places of the events and of the instruments.
    factors : sequence of Term
        Factors of the normal model.

    Returns
    -------
    StudiedSeries
    """
    terms = tuple(factors)
    if not any(isinstance(term, Donors) for term in terms):
        members, of_pair = _numbered(pairs[1], len(panel))
        return StudiedSeries(members, of_pair, (terms,) * len(members))
    keys, of_key = _combinations(panel, events, pairs, terms)
    read: dict[tuple[int, tuple[Term, ...]], int] = {}
    number = np.empty(len(keys), dtype=np.int64)
    for i, (member, hit) in enumerate(keys):
        instrument = panel.instruments[member]
        known = tuple(
            donors_for(panel, term, instrument, hit) if isinstance(term, Donors) else term for term in terms
        )
        number[i] = read.setdefault((member, known), len(read))
    order = sorted(read, key=lambda key: (key[0], _named(key[1])))
    rank = np.empty(len(read), dtype=np.int32)
    rank[[read[key] for key in order]] = np.arange(len(order), dtype=np.int32)
    members = np.array([member for member, _ in order], dtype=np.int64)
    return StudiedSeries(members, rank[number[of_key]], _spread([known for _, known in order]))


def _spread(read: Sequence[tuple[Term, ...]]) -> tuple[tuple[Term, ...], ...]:
    """Take donors that are factors each for itself apart, into as many as the longest list of them has."""
    most = max(
        (len(term.members or ()) for terms in read for term in terms if isinstance(term, Donors)), default=0
    )
    return tuple(
        tuple(
            one
            for term in terms
            for one in (
                single_donors(term, max(most, 1)) if isinstance(term, Donors) and term.each else (term,)
            )
        )
        for terms in read
    )


def _numbered(instrument: NDArray[np.int32], n: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Give the instruments that occur, and the place of each pair's among them."""
    members = np.flatnonzero(np.bincount(instrument, minlength=n))
    number = np.zeros(n, dtype=np.int32)
    number[members] = np.arange(len(members))
    return members, number[instrument]


def _named(terms: tuple[Term, ...]) -> tuple[tuple[str, ...], ...]:
    """The donors of a series by name: an order that no order of events changes."""
    return tuple(term.members or () for term in terms if isinstance(term, Donors))


def _combinations(
    panel: Panel, events: EventSet, pairs: Pairs, terms: tuple[Term, ...]
) -> tuple[list[tuple[int, frozenset[str]]], NDArray[np.int64]]:
    """Give each instrument with each set of possible donors that an event hits, and the number of each pair's."""
    pool = sorted({name for term in terms if isinstance(term, Donors) for name in donor_pool(panel, term)})
    hit = hit_instruments(panel, events, pairs, pool)
    sets, of_event = np.unique(np.packbits(hit, axis=1), axis=0, return_inverse=True)
    event, instrument = pairs
    combined = instrument.astype(np.int64) * len(sets) + of_event.ravel()[event]
    found, of_pair = np.unique(combined, return_inverse=True)
    unpacked = np.unpackbits(sets, axis=1, count=len(pool)).astype(bool)
    names = [frozenset(np.array(pool, dtype=object)[row].tolist()) for row in unpacked]
    keys = [(int(one) // len(sets), names[int(one) % len(sets)]) for one in found]
    return keys, np.asarray(of_pair, dtype=np.int64)


def hit_instruments(panel: Panel, events: EventSet, pairs: Pairs, names: Sequence[str]) -> NDArray[np.bool_]:
    """Say which events hit which of some panel members: those they are paired with, and those of their place.

    Parameters
    ----------
    panel : Panel
    events : EventSet
    pairs : tuple of ndarray
        Places of the events and of the instruments.
    names : sequence of str
        Ids of panel members.

    Returns
    -------
    ndarray of bool, shape (events, names)
    """
    hit = np.zeros((len(events), len(names)), dtype=bool)
    places, of_event = np.unique(events.columns["place"].astype(str), return_inverse=True)
    column = np.full(len(panel), -1)
    for j, name in enumerate(names):
        column[panel.position(name)] = j
        own = panel.instrument(name).places
        hit[:, j] = np.array([place in own for place in places], dtype=bool)[of_event]
    event, instrument = pairs
    known = column[instrument] >= 0
    hit[event[known], column[instrument[known]]] = True
    return hit
