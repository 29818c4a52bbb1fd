"""Series made of series: a panel member that says what it was made of, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..provenance import Provenance, SeriesKind
from .instruments import Instrument
from .panel import Panel
from .quotes import Quotes, make_quotes

__all__ = ["derived_panel"]

BY_WEIGHT: tuple[SeriesKind, ...] = ("simulation", "reconstruction", "observed")
"""Kinds of series: one that is made of several is of the first kind among theirs."""


MADE_OF = "; made of "
"""Between how a series was made and the sources at the bottom of it: series made of series name no steps between."""


def derived_panel(
    instrument: Instrument,
    sessions: NDArray[np.datetime64],
    levels: NDArray[np.float64],
    parents: Sequence[Quotes],
    how: str,
    *,
    notes: Sequence[str] = (),
    rates: Sequence[Quotes] = (),
) -> Panel:
    """Make a panel of one member that was made of other series.

    It carries what its parents are: a series made of a simulation is a simulation, and a quote made of one that
    stands still, and counts as none, counts as none too.

    Parameters
    ----------
    instrument : Instrument
        What the series quotes. The dates are sessions already, so that a dating lag or closures of a parent are left
        away.
    sessions : ndarray of datetime64[D], shape (n,)
        Ascending.
    levels : ndarray, shape (n,)
        [quoted unit]; NaN where it cannot be made.
    parents : sequence of Quotes
    how : str
        How it was made, in the words that begin its source: ``"yield of KZ 2045 from its clean price"``.
    notes : sequence of str
        What a reader must know of its making; shown on pages.
    rates : sequence of Quotes
        Parents that may rightly stand still, as a policy rate does for months: their quotes count nevertheless.

    Returns
    -------
    Panel

    Raises
    ------
    DataError, InputError
        As for any series: nothing is quoted, or a price is not positive.
    """
    bare = replace(instrument, dating_lag=0, closures=())
    quotes = make_quotes(bare, sessions, levels, _provenance([*parents, *rates], how))
    still = np.zeros(len(quotes), dtype=np.bool_)
    for parent in parents:
        frozen = parent.sessions[parent.standing_still()]
        still |= np.isin(quotes.sessions, frozen)
    marked = still if still.any() else None
    return Panel((bare,), (replace(quotes, notes=(*notes, *quotes.notes), still=marked),))


def _provenance(parents: Sequence[Quotes], how: str) -> Provenance:
    origins = list(dict.fromkeys(parent.provenance for parent in parents))
    sources = [one for origin in origins for one in origin.source.rpartition(MADE_OF)[2].split("; ")]
    kinds = {origin.kind for origin in origins}
    said = list(dict.fromkeys(origin.note for origin in origins if origin.note))
    hosts = [one for origin in origins if origin.host for one in origin.host.split(", ")]
    return Provenance(
        f"{how}{MADE_OF}{'; '.join(dict.fromkeys(sources))}",
        kind=next(kind for kind in BY_WEIGHT if kind in kinds),
        file=", ".join(dict.fromkeys(origin.file for origin in origins if origin.file)) or None,
        last_date=min((origin.last_date for origin in origins if origin.last_date), default=None),
        note=" ".join(said) or None,
        host=", ".join(dict.fromkeys(hosts)) or None,
    )
