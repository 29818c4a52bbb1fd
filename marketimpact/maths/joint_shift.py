"""A joint calendar shift: all windows of a study moved together round a ring of days, their spacing kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .frozen import Frozen, read_only
from .least_squares import fit_rows, invert
from .outcome import Outcome, not_applicable
from .over_events import MIN_PAIRS
from .single_event import TIE

__all__ = [
    "JOINT_SHIFT",
    "JOINT_SHIFT_T",
    "MIN_SHIFTS",
    "Ring",
    "Runs",
    "Shifts",
    "joint_shift",
    "joint_shift_t",
    "shift_sums",
    "shifted_scars",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

JOINT_SHIFT = "joint calendar shift"
JOINT_SHIFT_T = "joint calendar shift of BMP's t"

MIN_SHIFTS = 20
"""Shifts, none among them, below which p = .05 cannot be reached."""

ENOUGH = 0.5
"""Share of the estimation moves of the event that a shifted window must hold, and of the clusters' weight that must
have a SCAR at a shift."""

CELLS = 2**17
"""Pairs times days worked on at once: they stay in the processor's cache."""

ROUNDING = 1e-12
"""A spread below this share of the mean square is rounding."""

SAME_VARIANCE = "trusts that the event days' variance is the estimation window's"
OWN_VARIANCE = "allows the event a variance of its own if it is idiosyncratic, not a common factor's"
UNUSUAL_DAYS = "one date cluster: a joint test of unusual days, not of a mean over events"


@dataclass(frozen=True, slots=True, eq=False)
class Ring(Frozen):
    """Moves of one instrument on a ring of n days, the same for all instruments; the first day follows the last.

    Attributes
    ----------
    y : ndarray, shape (n,)
        Weighted moves, zero on days that do not count.
    x : ndarray, shape (k, n)
        Weighted regressors, zero on days that do not count.
    roots : ndarray, shape (n,)
        Roots of the variance ratios; zero on days that do not count.
    usable : ndarray of bool, shape (n,)
        Days that count.
    """

    y: Floats
    x: Floats
    roots: Floats
    usable: NDArray[np.bool_]

    def __post_init__(self) -> None:
        read_only(self.y, self.x, self.roots, self.usable)


@dataclass(frozen=True, slots=True, eq=False)
class Runs(Frozen):
    """Runs of days on a ring, one for each of N pairs.

    Attributes
    ----------
    begin, length : ndarray of int, shape (N,)
        First day, counted from 0, and number of days; a run of no days holds nothing.
    """

    begin: Ints
    length: Ints

    def __post_init__(self) -> None:
        read_only(self.begin, self.length)

    def part(self, chosen: slice) -> Runs:
        """Give the runs of some pairs."""
        return Runs(self.begin[chosen], self.length[chosen])


def shifted_scars(ring: Ring, window: Runs, estimation: Runs, holes: tuple[Runs, ...] = ()) -> Floats:
    """Give the standardized CAR of every pair of an instrument at every shift round the ring, refitted at each.

    Shifted by d days, a window W, its estimation window and the holes of that one, whose rest is K, move together.
    With e the residuals of the whole ring, which only keep the sums small, C = (sum_K xx')^-1 and g = C sum_K xe,
    CAR = sum_W sqrt(v) (e - x'g), its variance is s^2 (sum_W v + x'C x), x the summed regressors of W, and
    s^2 = (sum_K e^2 - g' sum_K xe) / (T - k). At the shift by none this is the study's own SCAR.

    Parameters
    ----------
    ring : Ring
    window, estimation : Runs
        Of N pairs.
    holes : tuple of Runs
        What other events' windows take out of the estimation windows.

    Returns
    -------
    ndarray, shape (N, n)
        Column d is the shift by d days, column 0 the event itself; NaN where a window holds no move, or its estimation
        window fewer than half the moves that the event's holds.

    Examples
    --------
    Two moves before each give their mean: the event's 6 beside 2 and 4 is (6 - 3) / sqrt(2 (1 + 1/2)).

    >>> ring = Ring(np.array([1.0, 2.0, 4.0, 6.0]), np.ones((1, 4)), np.ones(4), np.full(4, True))
    >>> shifted_scars(ring, Runs(np.array([3]), np.array([1])), Runs(np.array([1]), np.array([2]))).round(4).tolist()
    [[1.7321, -2.3094, -0.3464, 2.8868]]
    """
    k, n = ring.x.shape
    e = fit_rows(ring.y[None], ring.x[:, None])[2][0]
    upper = [(i, j) for i in range(k) for j in range(i + 1)]
    fitted = _running([ring.usable, e**2, *ring.x * e, *(ring.x[i] * ring.x[j] for i, j in upper)])
    summed = _running([ring.usable, ring.roots**2, ring.roots * e, *ring.roots * ring.x])
    scars = np.empty((len(window.begin), n))
    for part in _parts(len(scars), n):
        sums = _moving(fitted, estimation.part(part), n)
        for hole in holes:
            sums -= _moving(fitted, hole.part(part), n)
        cross = np.empty((k, k, *sums.shape[1:]))
        for (i, j), column in zip(upper, sums[2 + k :], strict=True):
            cross[i, j] = cross[j, i] = column
        scars[part] = _scars(sums[: 2 + k], cross, _moving(summed, window.part(part), n))
    return scars


def _running(columns: list[NDArray[np.generic]]) -> Floats:
    """Give running sums of some columns thrice round the ring, shape (columns, 3 n + 1)."""
    stacked = np.tile(np.array(columns, dtype=np.float64), 3)
    return np.concatenate([np.zeros((len(stacked), 1)), np.cumsum(stacked, axis=1)], axis=1)


def _moving(running: Floats, runs: Runs, n: int) -> Floats:
    """Sum columns over runs that are shifted by 0 to n - 1 days, shape (columns, N, n)."""
    turned = sliding_window_view(running, n, axis=-1)
    return np.asarray(turned[:, runs.begin + runs.length] - turned[:, runs.begin])


def _parts(total: int, n: int) -> Iterator[slice]:
    rows = max(CELLS // n, 1)
    return (slice(begin, begin + rows) for begin in range(0, total, rows))


def _scars(sums: Floats, cross: Floats, window: Floats) -> Floats:
    """Standardized CARs from sums over the estimation windows and over the windows."""
    k = len(cross)
    used, squares, xe = np.rint(sums[0]), sums[1], sums[2:]
    moves, v, car, x = np.rint(window[0]), window[1], window[2], window[3:]
    inverse = invert(cross.reshape(k, k, used.size)).reshape(cross.shape)
    g = np.einsum("ijnp,jnp->inp", inverse, xe)
    spread = np.einsum("inp,ijnp,jnp->np", x, inverse, x, optimize=True)
    known = (moves > 0) & (used > k) & (used >= ENOUGH * used[:, :1])
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma2 = (squares - np.einsum("inp,inp->np", g, xe)) / (used - k)
        scar = (car - np.einsum("inp,inp->np", x, g)) / np.sqrt(sigma2 * (v + spread))
    return np.where(known & np.isfinite(scar), scar, np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class Shifts(Frozen):
    """Sums over pairs at each of n shifts, none first; those of several instruments add up.

    Attributes
    ----------
    total, square : ndarray, shape (n,)
        SCARs, and their squares, each times the weight of its pair.
    weight : ndarray, shape (n,)
        Weights of the pairs that have one.
    """

    total: Floats
    square: Floats
    weight: Floats

    def __post_init__(self) -> None:
        read_only(self.total, self.square, self.weight)

    def plus(self, other: Shifts) -> Shifts:
        """Add other pairs' sums."""
        return Shifts(self.total + other.total, self.square + other.square, self.weight + other.weight)


def shift_sums(scars: Floats, weights: Floats) -> Shifts:
    """Add up the SCARs of some pairs at every shift.

    Parameters
    ----------
    scars : ndarray, shape (N, n)
        As `shifted_scars` gives them.
    weights : ndarray, shape (N,)
        One over the pairs of the cluster: all clusters then count alike; or ones, for all pairs to.

    Returns
    -------
    Shifts

    Examples
    --------
    >>> found = shift_sums(np.array([[1.0, 4.0], [3.0, np.nan], [5.0, 0.0]]), np.array([0.5, 0.5, 1.0]))
    >>> found.total.tolist(), found.weight.tolist()
    ([7.0, 2.0], [2.0, 1.5])
    """
    known = np.isfinite(scars)
    filled = np.where(known, scars, 0.0)
    return Shifts(weights @ filled, weights @ filled**2, weights @ known)


def joint_shift(
    shifts: Shifts, *, n: int, n_clusters: int, apart: int = 1, note: str = "", name: str = JOINT_SHIFT
) -> Outcome:
    """Test a mean standardized CAR against the same windows shifted together round a ring of days.

    The statistic is the mean over clusters of the mean SCAR in a cluster, S_0; at a shift where some pairs have no
    SCAR, S_d is the sum of those that are there over the root of their weight, which has the variance of S_0 where
    clusters are independent. p = (1 + #{abs(S_d) >= abs(S_0)}) / (D + 1) over D shifts. Where the days of the ring are
    exchangeable, whatever joins the pairs within a day, turning the ring changes nothing, so that with all shifts
    (``apart=1``) p is exact, however the windows overlap: a block of windows at the end of a line has fewer neighbours
    than one in its middle, and is too often the largest; on a ring each has as many.

    Parameters
    ----------
    shifts : Shifts
        The sums of all pairs.
    n, n_clusters : int
        Pairs and date clusters.
    apart : int
        Days by which a shift moves the windows at least. Below the length of a window a shift leaves them on part of
        what they hold, and news of one day counts against itself; from there on p is no longer exact.
    note : str
        What else a reader must know.
    name : str
        Name under which the outcome is shown.

    Returns
    -------
    Outcome
        With ``p_floor``; not applicable with fewer than 19 shifts.

    References
    ----------
    Lehmann and Romano (2005), Testing Statistical Hypotheses, section 15.2 (tests invariant under a group).

    Examples
    --------
    >>> falling = np.arange(40.0)[::-1]
    >>> outcome = joint_shift(Shifts(falling, falling**2, np.ones(40)), n=1, n_clusters=1)
    >>> outcome.statistic, outcome.p_value
    (39.0, 0.025)
    """
    if not shifts.weight[0] > 0.0:
        return not_applicable(name, "no pair has a value", n=0, n_clusters=0)
    chosen = _chosen(shifts, apart)
    means = shifts.total[chosen] / np.sqrt(shifts.weight[chosen] * shifts.weight[0])
    remarks = (SAME_VARIANCE, UNUSUAL_DAYS if n_clusters == 1 else "", note)
    return _ranked(name, means, float(means[0]), (n, n_clusters), remarks)


def joint_shift_t(
    shifts: Shifts, *, n: int, n_clusters: int, apart: int = 1, note: str = "", name: str = JOINT_SHIFT_T
) -> Outcome:
    """Test a mean standardized CAR by its t over pairs against that of the same windows shifted together.

    t = sqrt(N) mean(SCAR) / sd(N-1), that of `bmp_t`, at every shift over the pairs that have a SCAR there, and
    p = (1 + #{abs(t_d) >= abs(t_0)}) / (D + 1) as in `joint_shift`, exact where that is. Pairs may depend on one
    another within a day, as they may there; and the event may raise the variance of each pair on its own, which t_0 is
    free of: of 20 pairs with twice and three times the variance `joint_shift` rejects 13 and 25 % at a nominal 5 %,
    this one 5 %. Where pairs are correlated such a variance makes it reject too seldom (1 % of windows of 11 days, a
    day apart and correlated .5).

    Parameters
    ----------
    shifts : Shifts
        The sums of all pairs, with the weight one for each.
    n, n_clusters, apart, note, name
        As for `joint_shift`.

    Returns
    -------
    Outcome
        ``estimate`` is the mean [standard deviations]. Not applicable with fewer than five pairs, or 19 shifts.

    References
    ----------
    Boehmer, Musumeci and Poulsen (1991), doi:10.1016/0304-405X(91)90032-F; Lehmann and Romano (2005), Testing
    Statistical Hypotheses, section 15.2.

    Examples
    --------
    >>> scars = np.random.default_rng(1).standard_normal((6, 60))
    >>> outcome = joint_shift_t(shift_sums(scars, np.ones(6)), n=6, n_clusters=6)
    >>> bool(np.isclose(outcome.statistic, np.sqrt(6) * scars[:, 0].mean() / scars[:, 0].std(ddof=1)))
    True
    """
    if n < MIN_PAIRS:
        reason = f"needs {MIN_PAIRS} pairs or more, has {n}" if n else "no pair has a value"
        return not_applicable(name, reason, n=n, n_clusters=n_clusters)
    chosen = _chosen(shifts, apart) & (shifts.weight > 1.0)
    weight = shifts.weight[chosen]
    means = shifts.total[chosen] / weight
    spread = (shifts.square[chosen] - weight * means**2) / (weight - 1.0)
    if not spread[0] > ROUNDING * shifts.square[0]:
        return not_applicable(name, "the values do not vary", n=n, n_clusters=n_clusters)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.sqrt(weight / np.where(spread > 0.0, spread, np.nan)) * means
    remarks = (OWN_VARIANCE, UNUSUAL_DAYS if n_clusters == 1 else "", note)
    return _ranked(name, t[np.isfinite(t)], float(means[0]), (n, n_clusters), remarks)


def _chosen(shifts: Shifts, apart: int) -> NDArray[np.bool_]:
    """Tell which shifts are far enough and have enough pairs, none first."""
    days = np.arange(len(shifts.total))
    far = np.minimum(days, len(days) - days) >= apart
    return np.asarray((far | (days == 0)) & (shifts.weight >= ENOUGH * shifts.weight[0]))


def _ranked(
    name: str, statistics: Floats, estimate: float, counts: tuple[int, int], remarks: tuple[str, ...]
) -> Outcome:
    """Rank the first of the statistics by size among all."""
    (n, groups), total = counts, len(statistics)
    if total < MIN_SHIFTS:
        reason = f"needs {MIN_SHIFTS - 1} shifts at which half of the pairs have a move, has {total - 1}"
        return not_applicable(name, reason, n=n, n_clusters=groups)
    hits = int(np.count_nonzero(np.abs(statistics) >= abs(statistics[0]) * (1.0 - TIE)))
    note = "; ".join((f"{total - 1} shifts", *filter(None, remarks)))
    return Outcome(
        name, float(statistics[0]), hits / total, estimate=estimate, n=n, n_clusters=groups, p_floor=1 / total,
        note=note,
    )  # fmt: skip
