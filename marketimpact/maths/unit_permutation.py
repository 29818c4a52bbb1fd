"""One treated unit among several: its coefficient against those that the others would have had on the same dates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .fixed_effects import absorber
from .outcome import Outcome, not_applicable
from .single_event import TIE
from .wild_bootstrap import floor_words

__all__ = ["PERMUTED_UNITS", "PERMUTED_UNITS_SCALED", "permute_units"]

PERMUTED_UNITS = "permutation over units"
PERMUTED_UNITS_SCALED = "permutation over units, by own volatility"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def permute_units(
    y: Floats, x: Floats, units: Ints, dates: Ints, *, news: int, effects: Sequence[Ints] = ()
) -> tuple[tuple[Outcome, Outcome], ...]:
    """Give the treated unit's news to every other unit in turn, refit, and rank its coefficients among all.

    With D_i the news columns moved to unit i, and y~, D_i~ what the other regressors and the effects leave, b_i =
    (D_i~'D_i~)^-1 D_i~'y~, and p = #{abs(b_i) >= abs(b_treated)} / G over the G units that have moves on all those
    dates. It is exact where units could be exchanged without the news, and never below 1 / G: 19 other units for 5 %.
    No error is estimated from the one treated unit: standard errors clustered by unit reject 35 to 69 % there.

    Units of unlike volatility cannot be exchanged: a quiet treated unit is rejected too seldom, a lively one too often.
    The second outcome divides each coefficient by what its unit's own moves make of it without news, the standard
    deviation of its residuals on the other dates times sqrt(sum of D_i~^2 on its rows) / sum of D_i~^2: the reweighting
    of Ferman and Pinto with the variances of the units themselves. Conley and Taber's distribution is that of the other
    units alone, without the treated one: #(others) / (G - 1), which reaches 0 and holds where there are many.

    Parameters
    ----------
    y : ndarray, shape (n,)
    x : ndarray, shape (n, k)
        The news columns first, zero but on one unit; an intercept among the rest if there are no effects.
    units, dates : ndarray of int, shape (n,)
    news : int
        News columns m.
    effects : sequence of ndarray of int, shape (n,)

    Returns
    -------
    tuple of (Outcome, Outcome), length m
        By the coefficient, and by the coefficient over its unit's own volatility. Not applicable unless one unit alone
        has news.

    References
    ----------
    Conley and Taber (2011), doi:10.1162/REST_a_00049; Ferman and Pinto (2019), doi:10.1162/rest_a_00759; Abadie,
    Diamond and Hainmueller (2010), doi:10.1198/jasa.2009.ap08746, on permuting units.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> units, dates = np.repeat(np.arange(20), 50), np.tile(np.arange(50), 20)
    >>> d = ((units == 3) & (dates >= 40)).astype(float)
    >>> found = permute_units(rng.normal(size=1000) + 2 * d, d[:, None], units, dates, news=1, effects=[units, dates])
    >>> found[0][0].p_value, found[0][0].p_floor
    (0.05, 0.05)
    """
    treated = np.unique(units[(x[:, :news] != 0.0).any(axis=1)])
    if len(treated) != 1:
        return _none(f"{len(treated)} units have news: it is for one", news, len(y))
    own = units == treated[0]
    hit = own & (x[:, :news] != 0.0).any(axis=1)
    order = np.argsort(dates[hit])
    when, what = dates[hit][order], x[hit, :news][order]
    made = absorber(effects) if effects else None
    left = np.column_stack([y, x[:, news:]])
    left = left if made is None else made.left_of(left)
    others = _basis(left[:, 1:])
    known = left[:, 0] - others @ (others.T @ left[:, 0])
    plain: dict[int, Floats] = {}
    scaled: dict[int, Floats] = {}
    for unit in np.unique(units):
        rows = np.flatnonzero((units == unit) & np.isin(dates, when))
        if len(rows) != len(when):
            continue
        moved = np.zeros((len(y), news))
        moved[rows] = what[np.searchsorted(when, dates[rows])]
        moved = moved if made is None else made.left_of(moved)
        moved -= others @ (others.T @ moved)
        gram = moved.T @ moved
        if np.linalg.eigvalsh(gram)[0] <= TIE * max(float((what**2).sum()), 1.0):
            continue
        b = np.asarray(np.linalg.solve(gram, moved.T @ known), dtype=np.float64)
        mine = units == unit
        rest = mine.copy()
        rest[rows] = False
        inner = np.linalg.solve(gram, moved[mine].T)
        plain[int(unit)] = b
        own_error = float(known[rest].std(ddof=1)) * np.sqrt((inner**2).sum(axis=1))
        scaled[int(unit)] = np.asarray(b / own_error, dtype=np.float64)
    return _ranked(int(treated[0]), (plain, scaled), len(np.unique(units)), len(y))


def _ranked(
    treated: int, found: tuple[dict[int, Floats], dict[int, Floats]], given: int, n: int
) -> tuple[tuple[Outcome, Outcome], ...]:
    plain, scaled = found
    news = len(next(iter(plain.values()))) if plain else 1
    if treated not in plain or len(plain) < 2:
        return _none("no other unit has moves on the dates of the news", news, n)
    left_out = given - len(plain)
    floor = 1.0 / len(plain)
    lost = f"{left_out} units without moves on all these dates left out" if left_out else ""
    note = "; ".join(filter(None, (f"{len(plain)} units", lost, floor_words(floor, 0.95))))
    out = []
    for j in range(news):
        pair = []
        for name, values in ((PERMUTED_UNITS, plain), (PERMUTED_UNITS_SCALED, scaled)):
            all_of = np.abs(np.array([b[j] for b in values.values()]))
            mine = abs(float(values[treated][j]))
            hits = int(np.count_nonzero(all_of >= mine * (1.0 - TIE)))
            pair.append(
                Outcome(
                    name,
                    float(values[treated][j]),
                    hits / len(plain),
                    float(plain[treated][j]),
                    n=n,
                    n_clusters=len(plain),
                    p_floor=floor,
                    note=note,
                )
            )
        out.append((pair[0], pair[1]))
    return tuple(out)


def _none(reason: str, news: int, n: int) -> tuple[tuple[Outcome, Outcome], ...]:
    one = (not_applicable(PERMUTED_UNITS, reason, n=n), not_applicable(PERMUTED_UNITS_SCALED, reason, n=n))
    return (one,) * news


def _basis(columns: Floats) -> Floats:
    """Give an orthonormal basis of columns; of none where there are none."""
    if not columns.shape[1]:
        return columns
    sizes = np.sqrt((columns**2).sum(axis=0))
    return np.asarray(np.linalg.qr(columns / np.where(sizes > 0.0, sizes, 1.0))[0])
