"""Normal models: what a move would have been without the event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import InputError
from ..market.baskets import Basket, factor_id

__all__ = ["ConstantMean", "FactorModel", "MarketModel", "NormalModel"]


def _checked(factors: object) -> tuple[str | Basket, ...]:
    found = tuple(factors) if isinstance(factors, Iterable) else ()
    names = [factor_id(factor) if isinstance(factor, str | Basket) else None for factor in found]
    if not found or None in names or len(set(names)) < len(names):
        raise InputError(
            "needs factors that do not repeat",
            parameter="factors",
            received=factors,
            allowed="ids of panel members, or mi.basket(panel, ids)",
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
    def factors(self) -> tuple[str | Basket, ...]:
        """No factors."""
        return ()

    def __str__(self) -> str:
        return "constant mean"


@dataclass(frozen=True, slots=True)
class MarketModel:
    """The normal move is a line in one benchmark's move: E(y_t | f_t) = a m_t + b f_t.

    Parameters
    ----------
    benchmark : str or Basket
        Id of a panel member, or a basket of members; never the instrument itself.

    References
    ----------
    MacKinlay (1997), Event Studies in Economics and Finance, Journal of Economic Literature 35, 13-39.

    Examples
    --------
    >>> print(MarketModel("EMBI"))
    market model on EMBI
    """

    benchmark: str | Basket

    def __post_init__(self) -> None:
        _checked((self.benchmark,))

    @property
    def factors(self) -> tuple[str | Basket, ...]:
        """The benchmark."""
        return (self.benchmark,)

    def __str__(self) -> str:
        return f"market model on {factor_id(self.benchmark)}"


@dataclass(frozen=True, slots=True)
class FactorModel:
    """The normal move is a plane in several factors: E(y_t | f_t) = a m_t + b_1 f_1t + ... + b_p f_pt.

    Factors may differ in kind from the instrument and from one another; a coefficient is then in mixed units.

    Parameters
    ----------
    factors : tuple of str or Basket
        Ids of panel members, or baskets; never the instrument itself.

    References
    ----------
    Campbell, Lo and MacKinlay (1997), The Econometrics of Financial Markets, section 4.3.

    Examples
    --------
    >>> print(FactorModel(("Brent", "UST 10y")))
    factor model on Brent, UST 10y
    """

    factors: tuple[str | Basket, ...]

    def __post_init__(self) -> None:
        given = (self.factors,) if isinstance(self.factors, str | Basket) else self.factors
        object.__setattr__(self, "factors", _checked(given))

    def __str__(self) -> str:
        return "factor model on " + ", ".join(map(factor_id, self.factors))


NormalModel = ConstantMean | MarketModel | FactorModel
"""Any normal model: a least-squares line in its factors, fitted to the estimation window."""
