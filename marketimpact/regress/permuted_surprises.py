"""Surprises drawn anew: what `shuffle_slopes` needs of a regression on surprises."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from ..maths.outcome import Outcome
from ..maths.shuffled_slopes import Entries, shuffle_slopes
from .estimation import Sample
from .observations import Observations
from .surprise_columns import Part, Release

__all__ = ["permute_surprises"]


def permute_surprises(
    found: Observations,
    sample: Sample,
    release: Release,
    parts: Sequence[Part],
    columns: Sequence[int],
    how: tuple[int, int],
) -> tuple[Outcome, ...]:
    """Test the slopes of one release: its surprises are shuffled over its events, everything else stays.

    The instruments of an event keep one surprise; a state stays with its session, the sign goes with the surprise, and
    a weight is that of the move.

    Parameters
    ----------
    found : Observations
    sample : Sample
    release : Release
    parts : sequence of Part, length m
    columns : sequence of int, length m
        Places of the parts among the regressors.
    how : (int, int)
        Number of orders, seed: what is drawn hangs on these, the release's name and the order of the dates alone.

    Returns
    -------
    tuple of Outcome, length m
    """
    draws, seed = how
    place = np.full(len(found.y), -1, dtype=np.int64)
    place[sample.rows] = np.arange(len(sample.rows))
    inside = np.flatnonzero(release.known & (place[found.at] >= 0))
    at = found.at[inside]
    order = np.lexsort(
        (found.series[at], found.events.ids[found.event[inside]].astype(str), found.sessions[at])
    )
    inside = inside[order]
    rows, unit = place[found.at[inside]], _first_seen(found.event[inside])
    _, first = np.unique(unit, return_index=True)
    weights = np.ones(len(rows)) if sample.volatility is None else 1.0 / sample.volatility[rows]
    entries = Entries(
        rows, unit, np.unique(sample.dates[rows], return_inverse=True)[1],
        np.stack([part.carried[inside][first] for part in parts]),
        np.stack([part.stays[inside] * weights for part in parts]),
    )  # fmt: skip
    rng = np.random.default_rng([seed, crc32(release.name.encode())])
    others = np.delete(sample.wx, list(columns), axis=1)
    return shuffle_slopes(sample.wy, others, entries, draws=draws, rng=rng, note=f"seed {seed}")


def _first_seen(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number labels from 0 in the order in which they first come."""
    _, first, of = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[of])
