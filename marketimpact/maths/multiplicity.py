"""Families of tests: p-values adjusted for their number, and the step-down maximum over placebo dates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .frozen import Frozen, read_only
from .single_event import TIE

__all__ = [
    "BENJAMINI_HOCHBERG",
    "BENJAMINI_YEKUTIELI",
    "HOLM",
    "ROMANO_WOLF",
    "ROWS",
    "Adjusted",
    "benjamini_hochberg",
    "benjamini_yekutieli",
    "holm",
    "romano_wolf",
    "step_down",
]

HOLM = "Holm"
BENJAMINI_HOCHBERG = "Benjamini-Hochberg"
BENJAMINI_YEKUTIELI = "Benjamini-Yekutieli"
ROMANO_WOLF = "Romano-Wolf"

ROWS = 512
"""Draws that are held in the order of the statistics at one time."""

NEVER = "cannot reject any of {n} tests at {level:g}: {why}"
ALONE = (
    "cannot reject fewer than {least} of {n} tests at {level:g}: the smallest p of a test is {floor:.3g}, and one"
    " alone needs {need:.3g}"
)


@dataclass(frozen=True, slots=True, eq=False)
class Adjusted(Frozen):
    """p-values adjusted for the number of tests.

    Attributes
    ----------
    method : str
    p_value : ndarray
        As many as were given; NaN where the test says nothing, and does not count.
    n : int
        Tests that count.
    note : str
        Where the smallest p that the tests can reach forbids rejections; empty where it does not.
    """

    method: str
    p_value: NDArray[np.float64]
    n: int
    note: str = ""

    def __post_init__(self) -> None:
        read_only(self.p_value)


def holm(
    p: NDArray[np.float64], *, p_floor: NDArray[np.float64] | float = 0.0, level: float = 0.05
) -> Adjusted:
    """Adjust p-values so that the chance of any false rejection is held, whatever the dependence.

    With p in rising order, adjusted p_i = max over j <= i of min(1, (n - j + 1) p_j).

    Parameters
    ----------
    p : ndarray
        NaN where a test says nothing.
    p_floor : ndarray or float
        The smallest p that each test can reach; 0 for a continuous distribution.
    level : float
        Level at which the note says whether anything can be rejected at all.

    Returns
    -------
    Adjusted

    Raises
    ------
    InputError
        If a p or a smallest p is not between 0 and 1, or the level is not inside.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> import numpy as np
    >>> holm(np.array([0.01, 0.04, 0.03, np.nan])).p_value.tolist()
    [0.03, 0.06, 0.06, nan]

    Ranks among 121 moves say nothing of ten tests:

    >>> holm(np.full(10, 0.5), p_floor=1 / 121).note
    'cannot reject any of 10 tests at 0.05: the smallest p of a test is 0.00826, and one needs 0.005'
    """
    known, floors = _checked(p, p_floor, level)
    n = len(known)
    order = np.argsort(known, kind="stable")
    steps = np.minimum(known[order] * np.arange(n, 0, -1), 1.0)
    note = ""
    if n and floors.min() * n > level * (1.0 + TIE):
        why = f"the smallest p of a test is {floors.min():.3g}, and one needs {level / n:.3g}"
        note = NEVER.format(n=n, level=level, why=why)
    return _placed(HOLM, p, order, np.maximum.accumulate(steps), note)


def benjamini_hochberg(
    p: NDArray[np.float64], *, p_floor: NDArray[np.float64] | float = 0.0, level: float = 0.05
) -> Adjusted:
    """Adjust p-values so that the expected share of false rejections among the rejections is held.

    With p in rising order, adjusted p_i = min over j >= i of min(1, n p_j / j). It trusts independent tests, or such
    as are positively dependent on each true null; of two-sided tests with any correlation that is not proven.

    Parameters
    ----------
    p : ndarray
        NaN where a test says nothing.
    p_floor : ndarray or float
        The smallest p that each test can reach; 0 for a continuous distribution.
    level : float
        Level at which the note says how many tests at their smallest p it takes to reject any.

    Returns
    -------
    Adjusted

    Raises
    ------
    InputError
        If a p or a smallest p is not between 0 and 1, or the level is not inside.

    References
    ----------
    Benjamini and Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> import numpy as np
    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).p_value.round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    return _step_up(BENJAMINI_HOCHBERG, p, p_floor, level)


def benjamini_yekutieli(
    p: NDArray[np.float64], *, p_floor: NDArray[np.float64] | float = 0.0, level: float = 0.05
) -> Adjusted:
    """Adjust p-values so that the expected share of false rejections is held, whatever the dependence.

    As `benjamini_hochberg`, times 1 + 1/2 + ... + 1/n.

    Parameters
    ----------
    p : ndarray
        NaN where a test says nothing.
    p_floor : ndarray or float
        The smallest p that each test can reach; 0 for a continuous distribution.
    level : float
        Level at which the note says how many tests at their smallest p it takes to reject any.

    Returns
    -------
    Adjusted

    Raises
    ------
    InputError
        If a p or a smallest p is not between 0 and 1, or the level is not inside.

    References
    ----------
    Benjamini and Yekutieli (2001), doi:10.1214/aos/1013699998.

    Examples
    --------
    >>> import numpy as np
    >>> benjamini_yekutieli(np.array([0.01, 0.04, 0.03])).p_value.round(3).tolist()
    [0.055, 0.073, 0.073]
    """
    return _step_up(BENJAMINI_YEKUTIELI, p, p_floor, level)


def romano_wolf(observed: NDArray[np.float64], draws: NDArray[np.float64]) -> Adjusted:
    """Adjust for all tests at once by the step-down maximum over draws that keep their dependence.

    With abs(observed) in falling order, p_i = (1 + #{max over j >= i of abs(draw_j) >= abs(observed_i)}) / (n + 1)
    over n draws, and adjusted p_i = max over j <= i of p_j: each test is judged against the largest of those that are
    not yet rejected. The chance of any false rejection is held, and strongly dependent tests cost less than by Holm.

    Parameters
    ----------
    observed : ndarray, shape (cells,)
        Studentised statistics; NaN where a test says nothing.
    draws : ndarray, shape (n, cells)
        The same statistics under the null: a row is one draw of a date for all tests.

    Returns
    -------
    Adjusted

    Raises
    ------
    InputError
        If the draws have not one column a test, are none, or are unknown where the test is known.

    References
    ----------
    Romano and Wolf (2005), doi:10.1111/j.1468-0262.2005.00615.x; the adjusted p: Romano and Wolf (2016),
    doi:10.1016/j.spl.2016.02.012.

    Examples
    --------
    Beside 3 stands the largest of both columns; beside 1 the second alone:

    >>> import numpy as np
    >>> draws = np.array([[0.5, -4.0], [2.0, 0.1], [0.3, 0.2]])
    >>> romano_wolf(np.array([-3.0, 1.0]), draws).p_value.tolist()
    [0.5, 0.5]
    """
    draws = np.asarray(draws, dtype=np.float64)
    if draws.ndim != 2 or not len(draws) or draws.shape[1:] != np.shape(observed):
        raise InputError(
            "needs one column a test and one row a draw",
            parameter="draws",
            received=draws.shape,
            allowed=f"shape (n, {np.size(observed)}), n >= 1",
        )
    return step_down(observed, (draws[at : at + ROWS] for at in range(0, len(draws), ROWS)))


def step_down(observed: NDArray[np.float64], blocks: Iterable[NDArray[np.float64]]) -> Adjusted:
    """Give `romano_wolf` of draws that come in blocks of rows, so that a large family need not be held at once.

    Parameters
    ----------
    observed : ndarray, shape (cells,)
    blocks : iterable of ndarray, shape (n, cells)

    Returns
    -------
    Adjusted

    Raises
    ------
    InputError
        If draws are unknown where the test is known.
    """
    size = np.abs(np.asarray(observed, dtype=np.float64))
    places = np.flatnonzero(np.isfinite(size))
    order = np.argsort(-size[places], kind="stable")
    falling = size[places][order]
    hits, n = np.zeros(len(places), dtype=np.int64), 0
    for block in blocks:
        rest = np.abs(block[:, places[order]])
        if np.isnan(rest).any():
            raise InputError(
                "are unknown where the test is known",
                parameter="draws",
                allowed="draws without NaN; a test without draws is NaN among the observed",
            )
        largest = np.maximum.accumulate(rest[:, ::-1], axis=1)[:, ::-1]
        hits += (largest >= falling * (1.0 - TIE)).sum(axis=0)
        n += len(block)
    return _placed(ROMANO_WOLF, size, order, np.maximum.accumulate((1 + hits) / (n + 1)), "")


def _step_up(
    method: str, p: NDArray[np.float64], p_floor: NDArray[np.float64] | float, level: float
) -> Adjusted:
    """Adjust by n p_j / j from the largest down; for any dependence times 1 + 1/2 + ... + 1/n."""
    known, floors = _checked(p, p_floor, level)
    n = len(known)
    place = np.arange(1, n + 1)
    cost = n * float((1.0 / place).sum()) if method == BENJAMINI_YEKUTIELI else float(n)
    order = np.argsort(known, kind="stable")
    steps = np.minimum(known[order] * cost / place, 1.0)
    adjusted = np.minimum.accumulate(steps[::-1])[::-1]
    return _placed(method, p, order, adjusted, _step_up_note(np.sort(floors), cost, level))


def _step_up_note(floors: NDArray[np.float64], cost: float, level: float) -> str:
    """Say how many tests must stand at their smallest p together before any can be rejected."""
    n = len(floors)
    enough = np.flatnonzero(floors * cost <= level * np.arange(1, n + 1) * (1.0 + TIE))
    if not n or (len(enough) and not enough[0]):
        return ""
    if not len(enough):
        why = f"the smallest p of a test is {floors[0]:.3g}, and all together need {level * n / cost:.3g}"
        return NEVER.format(n=n, level=level, why=why)
    least = int(enough[0]) + 1
    return ALONE.format(least=least, n=n, level=level, floor=floors[0], need=level / cost)


def _checked(
    p: NDArray[np.float64], p_floor: NDArray[np.float64] | float, level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Known p-values and the smallest that each can reach."""
    p = np.asarray(p, dtype=np.float64)
    known = np.isfinite(p)
    floors = np.broadcast_to(np.asarray(p_floor, dtype=np.float64), p.shape)[known]
    for name, values in (("p", p[~np.isnan(p)]), ("p_floor", floors)):
        if not np.all((values >= 0.0) & (values <= 1.0)):
            raise InputError(
                "is no probability", parameter=name, received=values.tolist()[:5], allowed="0 <= p <= 1"
            )
    if not 0.0 < level < 1.0:
        raise InputError("is no level", parameter="level", received=level, allowed="0 < level < 1")
    return p[known], floors


def _placed(
    method: str,
    p: NDArray[np.float64],
    order: NDArray[np.int64],
    adjusted: NDArray[np.float64],
    note: str,
) -> Adjusted:
    """Put adjusted p-values, in the order of the known ones, where these stood."""
    p = np.asarray(p, dtype=np.float64)
    values = np.empty(len(order))
    values[order] = adjusted
    placed = np.full(p.shape, np.nan)
    placed[np.isfinite(p)] = values
    return Adjusted(method, placed, len(order), note)
