"""Event coincidence: how often sessions of one kind follow sessions of another, and how often they would by chance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..errors import InputError
from .outcome import Outcome, not_applicable
from .wild_bootstrap import checked_draws

__all__ = [
    "PRECURSOR",
    "TRIGGER",
    "CoincidenceRule",
    "Surrogate",
    "coincidence_rates",
    "coincidence_tests",
]

Ints = NDArray[np.int64]

PRECURSOR, TRIGGER = "precursor coincidence rate", "trigger coincidence rate"

Surrogate = Literal["shift", "shuffle", "intervals"]


def coincidence_rates(later: Ints, earlier: Ints, window: int, lag: int = 0) -> tuple[float, float]:
    """Give the precursor and the trigger coincidence rate of two sets of sessions.

    An a of the later kind and a b of the earlier kind coincide where 0 <= (a - lag) - b <= window. The precursor
    rate is the share of a that coincide with a b or more, the trigger rate the share of b that coincide with an a or
    more.

    Parameters
    ----------
    later, earlier : ndarray of int
        Places of the sessions.
    window, lag : int
        [sessions]; a lag below 0 lets the later kind come first.

    Returns
    -------
    precursor, trigger : float
        NaN where there is none of its kind.

    References
    ----------
    Donges, Schleussner, Siegmund and Donner (2016), doi:10.1140/epjst/e2015-50233-y, equations 1 and 2.

    Examples
    --------
    >>> coincidence_rates(np.array([5, 9, 20]), np.array([4, 18]), 1)
    (0.3333333333333333, 0.5)
    """
    a, b = np.sort(later), np.sort(earlier)
    preceded = np.searchsorted(b, a - lag, "right") > np.searchsorted(b, a - lag - window, "left")
    followed = np.searchsorted(a, b + lag + window, "right") > np.searchsorted(a, b + lag, "left")
    nan = float("nan")
    return (float(preceded.mean()) if len(a) else nan, float(followed.mean()) if len(b) else nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoincidenceRule:
    """What counts as a coincidence, and what it is compared with.

    Parameters
    ----------
    window, lag : int
        a and b coincide where 0 <= (a - lag) - b <= window [sessions]. A lag below 0 lets a come first.
    surrogate : {"shift", "shuffle", "intervals"}
        How chance is made: "shift" moves b as a whole, round the sample, to all n places, and keeps everything but what
        the two kinds have to do with each other; "shuffle" puts both kinds on sessions drawn at random; "intervals"
        keeps the distances within each kind and draws their order. Large moves and news come in clusters, which the
        last two do not keep.
    draws : int
        Of "shuffle" and "intervals".

    Raises
    ------
    InputError
        For a surrogate of another name, a window below 0, or no draws.
    """

    window: int = 1
    lag: int = 0
    surrogate: Surrogate = "shift"
    draws: int = 999

    def __post_init__(self) -> None:
        if self.surrogate not in get_args(Surrogate):
            raise InputError(
                "is not known", parameter="surrogate", received=self.surrogate,
                allowed=", ".join(map(repr, get_args(Surrogate))),
            )  # fmt: skip
        if self.window < 0:
            raise InputError("is no window", parameter="window", received=self.window, allowed="0 or more")
        checked_draws(self.draws)


def coincidence_tests(
    later: Ints, earlier: Ints, n: int, rule: CoincidenceRule, rng: np.random.Generator
) -> tuple[Outcome, Outcome]:
    """Test both coincidence rates against what chance gives.

    With 30 and 40 clustered sessions of 500 and a window of 2, 5 % tests reject 2 to 3 % by "shift", 6 to 8 % by
    "shuffle" and 7 % by "intervals" where the kinds have nothing to do with each other.

    Parameters
    ----------
    later, earlier : ndarray of int
        Places from 0 to n - 1; those that repeat count once.
    n : int
        Sessions.
    rule : CoincidenceRule
    rng : Generator
        Not used by "shift".

    Returns
    -------
    tuple of Outcome
        Precursor and trigger, one-sided. ``estimate`` is the rate; parts "chance rate", "chance low" and "chance high"
        (95 % of surrogates lie between), "binomial p": of a number of coincidences with the chance
        1 - (1 - (window + 1) / (n - abs(lag)))^N of each, N the events of the other kind (Poisson events; Donges et
        al., equations 7 and 8).

    Raises
    ------
    InputError
        If the window does not fit the sample, or places lie outside it.

    Examples
    --------
    >>> news, rng = np.array([10, 40, 70]), np.random.default_rng(0)
    >>> precursor, trigger = coincidence_tests(news + 1, news, 100, CoincidenceRule(window=1), rng)
    >>> precursor.estimate, precursor.p_value, precursor.p_floor
    (1.0, 0.02, 0.01)
    """
    a, b = np.unique(later), np.unique(earlier)
    window, lag, draws = rule.window, rule.lag, rule.draws
    _check(a, b, n, window, lag)
    counts = (len(a), len(b))
    if not all(counts):
        why = "there is no session of one of the two kinds"
        return not_applicable(PRECURSOR, why, n=counts[0]), not_applicable(TRIGGER, why, n=counts[1])
    found = coincidence_rates(a, b, window, lag)
    if rule.surrogate == "shift":
        drawn = np.array([coincidence_rates(a, (b + by) % n, window, lag) for by in range(n)])
        note, floor = f"all {n} shifts, one-sided", 1.0 / n
    else:
        make = _shuffled if rule.surrogate == "shuffle" else _intervals
        drawn = np.array(
            [coincidence_rates(make(a, n, rng), make(b, n, rng), window, lag) for _ in range(draws)]
        )
        note, floor = f"{draws} draws, one-sided", 1.0 / (draws + 1)
    chances = tuple(_chance(others, n, window, lag) for others in counts[::-1])
    added = 0 if rule.surrogate == "shift" else 1
    precursor, trigger = (
        replace(_outcome(name, found[j], drawn[:, j], counts[j], chances[j], added), note=note, p_floor=floor)
        for j, name in enumerate((PRECURSOR, TRIGGER))
    )
    return precursor, trigger


def _check(a: Ints, b: Ints, n: int, window: int, lag: int) -> None:
    if n <= abs(lag) + window:
        raise InputError(
            "does not fit the sample", parameter="window", received=(window, lag),
            allowed=f"with the lag fewer than the {n} sessions",
        )  # fmt: skip
    places = np.concatenate([a, b])
    if len(places) and (places.min() < 0 or places.max() >= n):
        raise InputError("lie outside the sample", parameter="places", allowed=f"0 to {n - 1}")


def _shuffled(places: Ints, n: int, rng: np.random.Generator) -> Ints:
    return np.asarray(rng.choice(n, len(places), replace=False))


def _intervals(places: Ints, n: int, rng: np.random.Generator) -> Ints:
    """Put the distances, round the sample, in an order drawn at random, from a place drawn at random."""
    distances = np.diff(places, append=places[0] + n)
    return np.asarray((rng.integers(n) + np.cumsum(rng.permutation(distances))) % n)


def _chance(others: int, n: int, window: int, lag: int) -> float:
    return float(1.0 - (1.0 - min((window + 1) / (n - abs(lag)), 1.0)) ** others)


def _outcome(
    name: str, rate: float, drawn: NDArray[np.float64], count: int, chance: float, added: int
) -> Outcome:
    """``added`` is 1 where surrogates are drawn, and the observed sets count as one of them."""
    hits = int(np.count_nonzero(drawn >= rate - 1e-12))
    binomial = float(stats.binom.sf(round(rate * count) - 1, count, chance))
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Outcome(
        name, rate * count, (added + hits) / (len(drawn) + added), rate, n=count,
        parts=(
            ("chance rate", float(drawn.mean())), ("chance low", float(low)), ("chance high", float(high)),
            ("binomial p", binomial),
        ),
    )  # fmt: skip
