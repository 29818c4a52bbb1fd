"""Adjusted correlation: did two markets move together more in turbulence, or does volatility alone make it look so?"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..alignment.series_moves import FactorReader, series_moves
from ..errors import InputError
from ..ledger import Ledger, Status
from ..market.coupon_rolls import coupon_words
from ..market.panel import Panel, instrument_of
from ..maths.block_bootstrap import block_length, stationary_indices
from ..maths.frozen import Frozen
from ..maths.resample import check_seed
from ..units import MoveRule
from .result import ASSOCIATION, Association

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["adjusted_correlation"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TurbulentDays(Frozen):
    """Sessions of a target in turbulence, and whether both it and its source moved on each."""

    target: str
    source: str
    sessions: NDArray[np.datetime64]
    both: NDArray[np.bool_]

    @property
    def ledger(self) -> Ledger:
        """One row a session."""
        return Ledger(np.where(self.both, Status.USED, Status.LEFT_OUT).astype(np.int8), self._columns)

    def _columns(self) -> dict[str, object]:
        days = np.datetime_as_string(self.sessions, unit="D").astype(object)
        return {
            "event_id": days, "instrument": np.full(len(days), self.target, dtype=object), "local_time": days,
            "session": self.sessions.astype("datetime64[s]"),
            "status": [Status(0 if one else 2).words for one in self.both],
            "reason": ["" if one else f"no move of both {self.target} and {self.source}" for one in self.both],
        }  # fmt: skip


FEWEST = 20
"""Moves of either regime below which a correlation says little."""

ADJUSTED = (
    "The adjustment holds where the turbulence began in the source, nothing else moved both, and the target does not"
    " move the source: otherwise it takes too much or too little. A source whose variance did not rise needs none."
)


def adjusted_correlation(
    panel: Panel,
    source: str,
    target: str,
    turbulent: tuple[str, str] | pd.Series,
    *,
    move: MoveRule = "log",
    level: float = 0.95,
    seed: int = 0,
) -> Association:
    """Compare the correlation of two markets in turbulence with that before, less what the source's variance adds.

    With r the correlation in turbulence and d = var(source, turbulent) / var(source, calm) - 1, what it would be
    with the variance of calm is r / sqrt(1 + d (1 - r^2)): a linear relation that does not change has a larger
    correlation where its source varies more.

    Parameters
    ----------
    panel : Panel
    source, target : str
        Ids. Moves are those over the target's sessions.
    turbulent : (str, str) or Series of bool
        First and last session of the turbulence, "2022-02-21" and "2022-03-01", or whether each date is of it. All
        other sessions are calm.
    move : {"log", "simple"}
    level : float
    seed : int
        Of 999 draws of the stationary bootstrap, in each regime apart.

    Returns
    -------
    Association
        Rows "calm", "turbulent", "turbulent, adjusted" and "change, adjusted": intervals are percentiles of the
        draws; p compares the changes of Fisher's z with their spread over draws. Further column ``z``. ``ledger`` has a
        row for each session of the turbulence.

    Raises
    ------
    InputError
        If a member is unknown, both are one, or a regime has fewer than 20 moves of both.

    References
    ----------
    Forbes and Rigobon (2002), doi:10.1111/0022-1082.00494.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch(["ecb:EUR/TRY", "ecb:EUR/ZAR"], start="2017-01-01", end="2018-12-31")
    >>> found = adjusted_correlation(panel, "EUR/TRY", "EUR/ZAR", ("2018-08-01", "2018-09-30"))
    >>> found.params.round(2).tolist()
    [0.33, 0.47, 0.13, -0.2]
    """
    check_seed(seed)
    for name in (source, target):
        instrument_of(panel, name)
    if source == target or not isinstance(level, Real) or not 0.0 < level < 1.0:
        raise InputError(
            "are one series" if source == target else "no level", parameter="target", received=(source, target, level),
            allowed="two members, and 0 < level < 1",
        )  # fmt: skip
    found = series_moves(FactorReader(panel, move, keep_frozen=False), panel.position(target), (source,))
    if found.fault is not None:
        raise found.fault
    x, y, sessions = found.factors[0], found.y, panel.quotes_of(target).sessions
    both = np.isfinite(x) & np.isfinite(y)
    stormy = _turbulent(turbulent, sessions)
    x, y = x[both], y[both]
    regimes = [np.flatnonzero(~stormy[both]), np.flatnonzero(stormy[both])]
    for name, places in zip(("calm", "turbulent"), regimes, strict=True):
        if len(places) < FEWEST:
            raise InputError(
                f"has {len(places)} {name} moves", parameter="turbulent", received=str(turbulent)[:80],
                allowed=f"{FEWEST} moves or more of both series in either regime",
            )  # fmt: skip
        if np.ptp(x[places]) == 0.0 or np.ptp(y[places]) == 0.0:
            still = source if np.ptp(x[places]) == 0.0 else target
            raise InputError(
                f"does not vary in the {name} moves", parameter="source" if still == source else "target",
                received=still, allowed="a series that does",
            )  # fmt: skip
    estimates = _four(x, y, regimes)
    drawn = _drawn(x, y, regimes, np.random.default_rng(seed))
    low, high = np.nanquantile(drawn, ((1.0 - level) / 2.0, (1.0 + level) / 2.0), axis=0)
    z, spread = _z(estimates), np.nanstd(_z(drawn), axis=0, ddof=1)
    statistic = z / np.where(spread > 0.0, spread, np.nan)
    variances = [float(x[places].var(ddof=1)) for places in regimes]
    ratio = variances[1] / variances[0]
    return Association(
        "adjusted correlation", f"Correlation of {target} with {source}, in turbulence and calm",
        ("calm", "turbulent", "turbulent, adjusted", "change, adjusted"), estimates,
        np.nanstd(drawn, axis=0, ddof=1), statistic, 2.0 * stats.norm.sf(np.abs(statistic)), low, high,
        (len(regimes[0]), len(regimes[1]), len(regimes[1]), len(x)), ("correlation",) * 4, ("",) * 4,
        f"{level * 100:g} % interval (stationary bootstrap)", (("z", z),),
        (f"{len(regimes[1])} turbulent and {len(regimes[0])} calm moves; the source's variance is {ratio:.2f} times"
         f" that of calm, d = {ratio - 1.0:+.2f}", f"999 draws in each regime apart; seed {seed}"),
        (*coupon_words(panel, (source, target)), ADJUSTED, ASSOCIATION), None, panel.select([source, target]).stamp,
        TurbulentDays(target, source, sessions[stormy], both[stormy]).ledger, level, None, drawn,
        span=sessions[both][[0, -1]], sample=f"{len(x)} moves, {len(regimes[1])} turbulent",
    )  # fmt: skip


def _turbulent(turbulent: tuple[str, str] | pd.Series, sessions: NDArray[np.datetime64]) -> NDArray[np.bool_]:
    """Say of each session whether it is turbulent."""
    import pandas as pd

    if isinstance(turbulent, pd.Series):
        if not isinstance(turbulent.index, pd.DatetimeIndex) or not pd.api.types.is_bool_dtype(turbulent):
            raise InputError(
                "does not say it of dates", parameter="turbulent", received=str(turbulent.dtype),
                allowed="a Series of True and False with a DatetimeIndex, or (first, last)",
            )  # fmt: skip
        days = turbulent.index[turbulent.to_numpy(dtype=bool)].to_numpy().astype("datetime64[D]")
        return np.isin(sessions, days)
    try:
        span = np.array(tuple(turbulent), dtype="datetime64[D]")
    except (TypeError, ValueError):
        span = np.array([], dtype="datetime64[D]")
    if len(span) != 2 or not span[0] <= span[1]:
        raise InputError(
            "is no span of dates", parameter="turbulent", received=turbulent,
            allowed="(first, last), like ('2018-08-01', '2018-09-30')",
        )  # fmt: skip
    return np.asarray((sessions >= span[0]) & (sessions <= span[1]))


def _four(x: Floats, y: Floats, regimes: list[NDArray[np.int64]]) -> Floats:
    """Correlations in calm and turbulence, the latter adjusted, and the change."""
    calm, stormy = (float(np.corrcoef(x[at], y[at])[0, 1]) for at in regimes)
    d = float(x[regimes[1]].var(ddof=1) / x[regimes[0]].var(ddof=1)) - 1.0
    adjusted = stormy / np.sqrt(1.0 + d * (1.0 - stormy**2))
    return np.array([calm, stormy, adjusted, adjusted - calm])


def _z(four: Floats) -> Floats:
    """Fisher's z of three correlations, and its change."""
    z = np.arctanh(np.clip(four[..., :3], -1.0 + 1e-12, 1.0 - 1e-12))
    return np.concatenate([z, z[..., 2:3] - z[..., :1]], axis=-1)


def _drawn(
    x: Floats, y: Floats, regimes: list[NDArray[np.int64]], rng: np.random.Generator, draws: int = 999
) -> Floats:
    """The four numbers of samples drawn in blocks within each regime, shape (draws, 4)."""
    places = []
    for at in regimes:
        product = (x[at] - x[at].mean()) * (y[at] - y[at].mean())
        block = min(block_length(product), len(at) / 5.0)
        places.append(at[stationary_indices(len(at), max(block, 1.0), rng, draws)])
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.array([_four(x, y, [calm, stormy]) for calm, stormy in zip(*places, strict=True)])
