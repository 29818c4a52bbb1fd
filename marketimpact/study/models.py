"""Normal models: what a move would have been without the event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import InputError
from ..market.baskets import Basket
from ..market.curves import Curve
from ..market.factors import Benchmark, Term, factor_id
from .models_donors import DonorAverage, DonorComponents, SyntheticControl
from .models_lagged import DimsonModel, ScholesWilliams
from .models_volatility import VolatilityStandardized

__all__ = [
    "BenchmarkSpread",
    "ConstantMean",
    "DimsonModel",
    "DonorAverage",
    "DonorComponents",
    "FactorModel",
    "MarketAdjusted",
    "MarketModel",
    "NormalModel",
    "ScholesWilliams",
    "SyntheticControl",
    "VolatilityStandardized",
]

Fitted = str | Basket | Curve
"""A factor whose coefficient is fitted."""


def _checked(factors: object) -> tuple[Fitted, ...]:
    found = tuple(factors) if isinstance(factors, Iterable) else ()
    names = [factor_id(factor) if isinstance(factor, Fitted) else None for factor in found]
    if not found or None in names or len(set(names)) < len(names):
        raise InputError(
            "needs factors that do not repeat",
            parameter="factors",
            received=factors,
            allowed="ids of panel members, mi.basket(panel, ids) or mi.curve(panel, {id: tenor})",
        )
    return found


@dataclass(frozen=True, slots=True)
class ConstantMean:
    """The normal move is the mean of the estimation window: E(y_t) = a m_t, m_t the sessions a move spans.

    When to use it: where nothing else is quoted with the instrument. It takes every move of the whole market for
    news of this one country.

    References
    ----------
    Brown and Warner (1985), doi:10.1016/0304-405X(85)90042-X.

    Examples
    --------
    >>> print(ConstantMean())
    constant mean
    """

    @property
    def factors(self) -> tuple[Term, ...]:
        """No factors."""
        return ()

    @property
    def method(self) -> None:
        """Least squares."""
        return None

    def __str__(self) -> str:
        return "constant mean"


@dataclass(frozen=True, slots=True)
class MarketModel:
    """The normal move is a line in one benchmark's move: E(y_t | f_t) = a m_t + b f_t.

    Parameters
    ----------
    benchmark : str, Basket or Curve
        Id of a panel member, a basket of members, or a curve read at the bond's remaining maturity; never the
        instrument itself.

    References
    ----------
    MacKinlay (1997), Event Studies in Economics and Finance, Journal of Economic Literature 35, 13-39.

    Examples
    --------
    >>> print(MarketModel("EMBI"))
    market model on EMBI
    """

    benchmark: Fitted

    def __post_init__(self) -> None:
        _checked((self.benchmark,))

    @property
    def factors(self) -> tuple[Term, ...]:
        """The benchmark."""
        return (self.benchmark,)

    @property
    def method(self) -> None:
        """Least squares."""
        return None

    def __str__(self) -> str:
        return f"market model on {factor_id(self.benchmark)}"


@dataclass(frozen=True, slots=True)
class FactorModel:
    """The normal move is a plane in several factors: E(y_t | f_t) = a m_t + b_1 f_1t + ... + b_p f_pt.

    Factors may differ in kind from the instrument and from one another; a coefficient is then in mixed units.

    Parameters
    ----------
    factors : tuple of str, Basket or Curve
        Ids of panel members, baskets, or curves read at the bond's remaining maturity; never the instrument itself.

    References
    ----------
    Campbell, Lo and MacKinlay (1997), The Econometrics of Financial Markets, section 4.3.

    Examples
    --------
    >>> print(FactorModel(("Brent", "UST 10y")))
    factor model on Brent, UST 10y
    """

    factors: tuple[Fitted, ...]

    def __post_init__(self) -> None:
        given = (self.factors,) if isinstance(self.factors, Fitted) else self.factors
        object.__setattr__(self, "factors", _checked(given))

    @property
    def method(self) -> None:
        """Least squares."""
        return None

    def __str__(self) -> str:
        return "factor model on " + ", ".join(map(factor_id, self.factors))


@dataclass(frozen=True, slots=True)
class BenchmarkSpread:
    """The normal move is the benchmark's own: E(y_t | f_t) = f_t, so that the abnormal move is the change of spread.

    Nothing is fitted: the coefficient is one, and there is no mean. For bonds quoted as yields; of a curve the yield at
    the bond's remaining maturity is taken on each day (the G-spread), so that a curve's slope does not look like news.
    When to use it: for a bond in a currency that has a curve of its own, as a dollar bond beside US Treasuries. The
    marks of the two are seldom taken at one time; the ledger flags what lies more than an hour apart.

    Parameters
    ----------
    benchmark : str or Curve
        Id of a panel member that holds a yield or a rate, or ``mi.curve(panel, {id: tenor})``; never the bond itself.

    References
    ----------
    Ederington, Guan and Yang (2015), Bond market event study methods, doi:10.1016/j.jbankfin.2015.03.013.

    Examples
    --------
    >>> print(BenchmarkSpread("UST 30y"))
    spread to UST 30y
    """

    benchmark: str | Curve

    def __post_init__(self) -> None:
        if not isinstance(self.benchmark, str | Curve):
            raise InputError(
                "is not a benchmark",
                parameter="BenchmarkSpread.benchmark",
                received=self.benchmark,
                allowed="the id of a panel member, or mi.curve(panel, {id: tenor})",
            )

    @property
    def factors(self) -> tuple[Term, ...]:
        """The benchmark, with coefficient one."""
        return (Benchmark(self.benchmark),)

    @property
    def method(self) -> None:
        """Least squares."""
        return None

    def __str__(self) -> str:
        return f"spread to {factor_id(self.benchmark)}"


@dataclass(frozen=True, slots=True)
class MarketAdjusted:
    """The normal move is the market's own: E(y_t | f_t) = f_t. Nothing is fitted: no mean, and a coefficient of one.

    When to use it: where the estimation window is short, or holds so much other news that no coefficient can be
    learned from it. It takes whatever the instrument moves more or less than the market on ordinary days into the
    abnormal move; s^2 = sum A_t^2 / T counts that. For yields it is `BenchmarkSpread`.

    Parameters
    ----------
    benchmark : str, Basket or Curve
        Id of a panel member, a basket of members, or a curve; it must move in the instrument's unit, and is never the
        instrument itself.

    References
    ----------
    Brown and Warner (1985), doi:10.1016/0304-405X(85)90042-X.

    Examples
    --------
    >>> print(MarketAdjusted("EMBI"))
    market-adjusted model on EMBI
    """

    benchmark: Fitted

    def __post_init__(self) -> None:
        _checked((self.benchmark,))

    @property
    def factors(self) -> tuple[Term, ...]:
        """The benchmark, with coefficient one."""
        return (Benchmark(self.benchmark, spread=False),)

    @property
    def method(self) -> None:
        """Least squares."""
        return None

    def __str__(self) -> str:
        return f"market-adjusted model on {factor_id(self.benchmark)}"


NormalModel = (
    ConstantMean
    | MarketModel
    | FactorModel
    | BenchmarkSpread
    | MarketAdjusted
    | DimsonModel
    | ScholesWilliams
    | VolatilityStandardized
    | DonorAverage
    | DonorComponents
    | SyntheticControl
)
"""Any normal model: a least-squares plane in its factors, fitted to the estimation window; a benchmark itself; or a
rule whose errors have no known covariance."""
