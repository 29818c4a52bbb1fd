"""Normal models made of donors: series that the news does not hit say what the instrument would have done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..errors import InputError
from ..market.baskets import Basket
from ..market.donors import Donors
from ..market.factors import Term
from ..maths.synthetic_control import fit_control
from .methods import Method

__all__ = ["DonorAverage", "DonorComponents", "SyntheticControl"]

NO_THEORY = "theory has no covariance for errors of a synthetic control: placebos only"


@dataclass(frozen=True, slots=True)
class DonorAverage:
    """The normal move is a line in the average move of donors: E(y_t | d_t) = a m_t + b mean_j d_jt.

    A leave-one-out regional average. Donors of a pair are the series that its event does not hit: without every
    instrument that is paired with the event or belongs to its place, without the instrument itself, and without what
    shares its country or its currency. Else the abnormal moves of a region sum to nearly nothing by construction, since
    each instrument stands in the average of the others. As the donors hang on the event, two events on one instrument
    may have different ones; `PairResult.baskets` names them. Pairs with fewer than two are left out, and the ledger
    says so. A move counts only where all donors are quoted on both its days: many donors with holidays of their own
    leave little, which the ledger counts; name fewer then.

    Parameters
    ----------
    donors : iterable of str or Basket, optional
        Ids of panel members that may be donors, all of one kind of move; of a basket its weights are kept. When not
        given, every member that moves as the instrument does, but factors without a place.

    Raises
    ------
    InputError
        If the donors are no ids, or repeat.

    References
    ----------
    MacKinlay (1997), Event Studies in Economics and Finance, Journal of Economic Literature 35, 13-39, section 4.B.

    Examples
    --------
    >>> print(DonorAverage(["EUR/MXN", "EUR/ZAR"]))
    market model on the average of donors (2 named)
    >>> print(DonorAverage())
    market model on the average of donors
    """

    donors: tuple[str, ...] | Basket | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "donors", _checked(self.donors, "DonorAverage.donors", weighted=True))

    @property
    def factors(self) -> tuple[Term, ...]:
        """The average of the donors."""
        return (_term(self.donors),)

    @property
    def method(self) -> None:
        """Least squares."""
        return None

    def __str__(self) -> str:
        return "market model on the average of donors" + _number(self.donors)


@dataclass(frozen=True, slots=True)
class DonorComponents:
    """The normal move is a plane in the first principal components of donors: E(y_t) = a m_t + sum_k b_k c_kt.

    Components of standardized moves over all sessions that the donors share, with donors as in `DonorAverage`. Weights
    come from the donors alone and stay the same over the whole series, so that given the donors' moves the fit is
    ordinary least squares and its covariance exact; the signs are fixed, see `maths.components.component_weights`.
    When to use it: where a region has more than one common driver, or its members' volatilities differ much.

    Parameters
    ----------
    donors : iterable of str or Basket, optional
        As for `DonorAverage`; a basket without weights.
    n : int
        Components, from 1.

    Raises
    ------
    InputError
        If the donors are no ids, repeat, or carry weights, or n is no whole number from 1.

    References
    ----------
    Connor and Korajczyk (1988), doi:10.1016/0304-405X(88)90062-1; Jolliffe (2002), Principal Component Analysis,
    doi:10.1007/b98835.

    Examples
    --------
    >>> print(DonorComponents(n=2))
    2 principal components of donors
    """

    donors: tuple[str, ...] | Basket | None = None
    n: int = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "donors", _checked(self.donors, "DonorComponents.donors"))
        if not isinstance(self.n, int) or isinstance(self.n, bool) or self.n < 1:
            raise InputError(
                "is no number of components",
                parameter="DonorComponents.n",
                received=self.n,
                allowed="a whole number from 1",
            )

    @property
    def factors(self) -> tuple[Term, ...]:
        """The components, the one that varies most first."""
        plain = _term(self.donors)
        return tuple(replace(plain, component=k, id=f"component {k} of donors") for k in range(1, self.n + 1))

    @property
    def method(self) -> None:
        """Least squares."""
        return None

    def __str__(self) -> str:
        return f"{self.n} principal component{'s' if self.n > 1 else ''} of donors" + _number(self.donors)


@dataclass(frozen=True, slots=True)
class SyntheticControl:
    """The normal move is a weighted average of donors' moves: E(y_t) = sum_j w_j d_jt, w_j >= 0, sum_j w_j = 1.

    The weights minimise the squared distance to the instrument's moves over the estimation window. No mean is fitted:
    moves are matched, and a difference of levels never enters them. Donors are those of `DonorAverage`, and must move
    in the instrument's unit. When to use it: for one event on a volatile day, beside a constant mean
    and a benchmark; a weighted average of comparable countries cannot predict beyond what they did.

    Theory has no covariance for its errors: variances and everything made of them are NaN with this reason. The
    headline is ranked among placebo windows, each predicted by weights fitted without it; `donor_placebos` puts each
    donor in the instrument's place and ranks it among them, with the smallest p 1 / (1 + J). s^2 is the sum of squared
    errors over T - (donors with weight - 1), the parameters that the data left free.

    Parameters
    ----------
    donors : iterable of str or Basket, optional
        As for `DonorAverage`; a basket without weights. At least 19 for a p of .05 among donors.

    Raises
    ------
    InputError
        If the donors are no ids, repeat, or carry weights.

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), doi:10.1198/jasa.2009.ap08746; Goldsmith-Pinkham and Lyu (2025), Causal
    Inference in Financial Event Studies.

    Examples
    --------
    >>> print(SyntheticControl(["EUR/MXN", "EUR/ZAR", "EUR/PLN"]))
    synthetic control of donors (3 named)
    """

    donors: tuple[str, ...] | Basket | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "donors", _checked(self.donors, "SyntheticControl.donors"))

    @property
    def factors(self) -> tuple[Term, ...]:
        """The donors, each for itself."""
        return (replace(_term(self.donors), each=True, same_unit=True),)

    @property
    def method(self) -> Method:
        """Weights that are none below zero and sum to one."""
        return Method(NO_THEORY, fit_control)

    def __str__(self) -> str:
        return "synthetic control of donors" + _number(self.donors)


def _checked(donors: object, parameter: str, *, weighted: bool = False) -> tuple[str, ...] | Basket | None:
    """Give the donors as a tuple of ids, or as the basket they are."""
    if donors is None:
        return None
    members: object = donors.members if isinstance(donors, Basket) else donors
    names = tuple(members) if isinstance(members, Iterable) and not isinstance(members, str) else ()
    plain = all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
    weightless = not isinstance(donors, Basket) or donors.weights is None or weighted
    if not names or not plain or not weightless:
        raise InputError(
            "are no donors" if weightless else "carry weights, and the model has its own",
            parameter=parameter,
            received=donors,
            allowed="ids of panel members that do not repeat, or None for all that move as the instrument does",
        )
    return donors if isinstance(donors, Basket) else names


def _term(donors: tuple[str, ...] | Basket | None) -> Donors:
    if isinstance(donors, Basket):
        return Donors(donors.members, weights=donors.weights)
    return Donors(donors)


def _number(donors: tuple[str, ...] | Basket | None) -> str:
    if donors is None:
        return ""
    names = donors.members if isinstance(donors, Basket) else donors
    return f" ({len(names)} named)"
