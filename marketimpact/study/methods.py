"""How a normal model is fitted and judged where no theory says how far its predictions err."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from ..market.factors import Term
from ..maths.estimators import Estimator

__all__ = ["Method", "Model", "Volatility"]

Volatility = Literal["ewma", "garch"]
"""How volatility follows the sessions before: with fixed weights, or as the estimation finds."""


@dataclass(frozen=True, slots=True)
class Method:
    """The rule of a model whose prediction errors have no known covariance: placebo inference only.

    Attributes
    ----------
    no_covariance : str
        Why theory has none, in words that stand beside every test it takes away.
    estimator : callable
        Coefficients from weighted moves and regressors; see `maths.estimators`.
    volatility : {"ewma", "garch"}, optional
        How the volatility that standardises is followed; None where s does.
    """

    no_covariance: str
    estimator: Estimator
    volatility: Volatility | None = None


@runtime_checkable
class Model(Protocol):
    """What every normal model has."""

    @property
    def factors(self) -> tuple[Term, ...]:
        """Factors whose moves it reads."""
        ...

    @property
    def method(self) -> Method | None:
        """How it is fitted and judged where its errors have no known covariance; None for least squares."""
        ...
