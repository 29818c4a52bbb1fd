"""Normal models for quotes that are not taken at one time: sums of the coefficients of neighbouring factor moves."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import InputError
from ..market.baskets import Basket
from ..market.curves import Curve
from ..market.factors import Shifted, Term, factor_id
from ..maths.estimators import scholes_williams
from .methods import Method

__all__ = ["MOST_SHIFTED", "DimsonModel", "ScholesWilliams"]

MOST_SHIFTED = 5
"""Leads, and lags, that a model may have: a week of sessions."""

NO_THEORY = "theory has no covariance for the errors of a Scholes-Williams beta: placebo windows only"


@dataclass(frozen=True, slots=True)
class DimsonModel:
    """The normal move is a plane in a benchmark's moves around the session: E(y_t) = a m_t + sum_j b_j f_(t+j).

    j runs from minus ``lags`` to ``leads``. When to use it: where instrument and benchmark are not quoted at one time,
    or one is quoted late: part of what moves both shows in the session before or after, and the beta on f_t alone is
    too near zero. The sum of the b_j is the beta of quotes taken at one time; `StudyResult.coefficients` gives it with
    its standard error.

    The abnormal move is y_t - a m_t - sum_j b_j f_(t+j), each neighbouring move with its own coefficient, not
    y_t - a m_t - (sum_j b_j) f_t. Only the former is what least squares predicts, so that its covariance is exact; and
    the latter charges the session with the benchmark's move of today where the instrument answers yesterday's, which
    leaves the timing in the abnormal move as noise. Over windows much longer than leads and lags the two sums agree.

    Neighbouring moves are those of the instrument's own sessions before and after, over their own spans. A lead needs
    the session after: an event in the last session of the series has no abnormal move, which the ledger says. A
    benchmark that answers the same news a session late takes part of the event's move away. Where the benchmark is
    quoted after the instrument the lags suffice, and ``leads=0`` keeps its next move out.

    Parameters
    ----------
    benchmark : str, Basket or Curve
        Id of a panel member, a basket of members, or a curve; never the instrument itself.
    leads, lags : int
        From 0 to 5 [sessions]; none of either is the market model.

    Raises
    ------
    InputError
        If the benchmark is none, or leads or lags are no whole numbers from 0 to 5.

    References
    ----------
    Dimson (1979), doi:10.1016/0304-405X(79)90013-8.

    Examples
    --------
    >>> print(DimsonModel("EMBI"))
    Dimson model on EMBI, 1 lead and 1 lag
    """

    benchmark: str | Basket | Curve
    leads: int = 1
    lags: int = 1

    def __post_init__(self) -> None:
        _check_benchmark(self.benchmark, "DimsonModel")
        for name in ("leads", "lags"):
            number = getattr(self, name)
            if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= MOST_SHIFTED:
                raise InputError(
                    "is no number of neighbouring sessions",
                    parameter=f"DimsonModel.{name}",
                    received=number,
                    allowed=f"a whole number from 0 to {MOST_SHIFTED}",
                )

    @property
    def factors(self) -> tuple[Term, ...]:
        """The benchmark's moves, from the earliest session to the latest."""
        return tuple(_at(self.benchmark, j) for j in range(-self.lags, self.leads + 1))

    @property
    def method(self) -> None:
        """Least squares."""
        return None

    def __str__(self) -> str:
        leads, lags = (
            f"{number} {word}{'' if number == 1 else 's'}"
            for number, word in ((self.leads, "lead"), (self.lags, "lag"))
        )
        return f"Dimson model on {factor_id(self.benchmark)}, {leads} and {lags}"


@dataclass(frozen=True, slots=True)
class ScholesWilliams:
    """The normal move is a line in a benchmark's move: E(y_t) = alpha m_t + beta f_t, beta for quotes of other times.

    beta = (b_-1 + b_0 + b_1) / (1 + 2 rho), b_j the slope of y_t on f_(t+j) alone, rho the first autocorrelation of the
    benchmark's moves; see `maths.estimators.scholes_williams`. When to use it: as `DimsonModel`, where the beta itself
    is of interest. The Dimson model predicts with less error, and its errors have an exact covariance.

    Theory has no covariance for the prediction errors of such a ratio: variances and everything made of them are NaN
    with this reason, and the headline is ranked among placebo windows, each predicted by a beta fitted without it.

    Parameters
    ----------
    benchmark : str, Basket or Curve
        Id of a panel member, a basket of members, or a curve; never the instrument itself.

    References
    ----------
    Scholes and Williams (1977), doi:10.1016/0304-405X(77)90041-1.

    Examples
    --------
    >>> print(ScholesWilliams("EMBI"))
    Scholes-Williams model on EMBI
    """

    benchmark: str | Basket | Curve

    def __post_init__(self) -> None:
        _check_benchmark(self.benchmark, "ScholesWilliams")

    @property
    def factors(self) -> tuple[Term, ...]:
        """The benchmark's moves of the session before, this one, and the one after."""
        return tuple(_at(self.benchmark, j) for j in (-1, 0, 1))

    @property
    def method(self) -> Method:
        """The ratio of sums of slopes."""
        return Method(NO_THEORY, scholes_williams)

    def __str__(self) -> str:
        return f"Scholes-Williams model on {factor_id(self.benchmark)}"


def _at(benchmark: str | Basket | Curve, by: int) -> Term:
    return Shifted(benchmark, by) if by else benchmark


def _check_benchmark(benchmark: object, model: str) -> None:
    if not isinstance(benchmark, str | Basket | Curve):
        raise InputError(
            "is not a benchmark",
            parameter=f"{model}.benchmark",
            received=benchmark,
            allowed="the id of a panel member, mi.basket(panel, ids) or mi.curve(panel, {id: tenor})",
        )
