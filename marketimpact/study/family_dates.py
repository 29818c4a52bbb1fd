"""The dates that Romano and Wolf's step-down draws for a family: one for all tests of a date cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from ..maths.dependence import overlap_clusters
from ..maths.multiplicity import ROMANO_WOLF, ROWS, Adjusted, step_down
from ..maths.resample import DRAWS, MIN_POOL

__all__ = ["Look", "romano_wolf"]

FEW_DATES = (
    "the {cells} tests of a date cluster share {shared} placebo dates, needs "
    + str(MIN_POOL - 1)
    + " or more"
)
NOBODY = "no test has every move of its window"


@dataclass(frozen=True, slots=True)
class Look:
    """One window of the n distinct moves: the t, the rank, and the placebos of those with every move."""

    days: tuple[NDArray[np.int64], NDArray[np.int64]]  # first and last day of the event windows
    keys: NDArray[np.int64]  # of the event sessions
    statistic: NDArray[np.float64]
    p_t: NDArray[np.float64]
    p_rank: NDArray[np.float64]
    p_floor: NDArray[np.float64]
    lengths: NDArray[np.int64]
    reason: str  # why its placebos cannot be used together
    entered: NDArray[np.int64]  # places of those that have placebos
    scars: NDArray[np.float64]  # (entered, P + 1)
    offsets: NDArray[np.int64]  # (entered, P)


@dataclass(frozen=True, slots=True)
class Pool:
    """Statistics of one date cluster at each date that all its tests share, their own date last."""

    name: int
    cells: NDArray[np.int64]
    values: NDArray[np.float64]  # (dates, cells)


def romano_wolf(looks: list[Look], seed: int) -> tuple[Adjusted, NDArray[np.float64], str]:
    """Adjust by the largest statistic over placebo dates, one date a cluster for all its tests."""
    nothing = np.full(sum(len(one.statistic) for one in looks), np.nan)
    reason = next((one.reason for one in looks if one.reason), "")
    pools = [] if reason else _pools(looks)
    if not reason and not pools:
        reason = NOBODY
    for pool in pools:
        if len(pool.values) < MIN_POOL:
            reason = FEW_DATES.format(cells=len(pool.cells), shared=len(pool.values) - 1)
            break
    if reason:
        return Adjusted(ROMANO_WOLF, nothing, 0), nothing.copy(), reason
    observed, floor = nothing.copy(), nothing.copy()
    indices, words = _dates(pools, seed)
    for pool, index in zip(pools, indices, strict=True):
        observed[pool.cells] = pool.values[-1]
        # no p is smaller than the share of draws in which the test's own cluster keeps its own date
        floor[pool.cells] = (1 + np.count_nonzero(index == len(pool.values) - 1)) / (len(index) + 1)
    found = step_down(observed, _blocks(pools, indices, len(observed)))
    return Adjusted(ROMANO_WOLF, found.p_value, found.n, words), floor, ""


def _pools(looks: list[Look]) -> list[Pool]:
    """Statistics at the dates that all tests of a cluster share, cluster by cluster.

    A cluster holds the events whose windows share sessions, whatever the study's clusters: one date is drawn for all.
    """
    first, last = (np.concatenate([one.days[i] for one in looks]) for i in (0, 1))
    clusters, keys = overlap_clusters(first, last), np.concatenate([one.keys for one in looks])
    starts = np.cumsum([0, *(len(one.statistic) for one in looks)])
    members: dict[int, list[tuple[int, NDArray[np.int64], NDArray[np.float64]]]] = {}
    names: dict[int, int] = {}
    for start, look in zip(starts, looks, strict=False):
        for i, scars, offsets in zip(look.entered, look.scars, look.offsets, strict=True):
            known = np.isfinite(scars[:-1])
            at, unique = np.unique(offsets[known], return_index=True)
            cell, values = int(start + i), np.append(scars[:-1][known][unique], scars[-1])
            cluster, key = int(clusters[cell]), int(keys[cell])
            members.setdefault(cluster, []).append((cell, at, values))
            names[cluster] = min(names.get(cluster, key), key)
    pools = []
    for cluster, tests in members.items():
        shared = reduce(np.intersect1d, [at for _, at, _ in tests])
        cells = np.array([cell for cell, _, _ in tests])
        columns = [np.append(one[np.searchsorted(at, shared)], one[-1]) for _, at, one in tests]
        pools.append(Pool(names[cluster], cells, np.stack(columns, axis=1)))
    return pools


def _dates(pools: list[Pool], seed: int) -> tuple[list[NDArray[np.int64]], str]:
    """Which date each cluster takes in each draw: every combination but the true one, or draws keyed by cluster."""
    sizes = [len(pool.values) for pool in pools]
    dates = f"{min(sizes) - 1} shared placebo dates"
    if len(pools) > 1:
        dates += f" or more in each of {len(pools)} date clusters"
    if np.prod(np.array(sizes, dtype=float)) <= DRAWS:
        every = np.unravel_index(np.arange(int(np.prod(sizes)) - 1), sizes)
        return [np.asarray(index, dtype=np.int64) for index in every], f"enumerated, {dates}"
    drawn = [
        np.random.default_rng([seed, pool.name]).integers(0, size, DRAWS)
        for pool, size in zip(pools, sizes, strict=True)
    ]
    return drawn, f"{DRAWS} draws, seed {seed}, {dates}"


def _blocks(pools: list[Pool], indices: list[NDArray[np.int64]], cells: int) -> Iterator[NDArray[np.float64]]:
    """Draws in blocks of rows; NaN for tests that do not enter."""
    for at in range(0, len(indices[0]), ROWS):
        part = slice(at, at + ROWS)
        block = np.full((len(indices[0][part]), cells), np.nan)
        for pool, index in zip(pools, indices, strict=True):
            block[:, pool.cells] = pool.values[index[part]]
        yield block
