"""Many currencies as one: a currency against its trade partners', and the dollar against all others."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from ..errors import InputError
from .baskets import Basket, normalised
from .codes import check_currency
from .derived import derived_panel
from .exchange_rates import check_one_snapshot, levels_on, pair_of, shared_calendar, shared_sessions
from .instruments import NOWHERE, CurrencyPair, Factor
from .panel import Panel

__all__ = ["dollar_factor", "gain_sign_of", "other_currency", "trade_weighted"]

START = 100.0
"""Level at which indices begin."""


def other_currency(pair: CurrencyPair, currency: str) -> str:
    """Give the other currency of a pair.

    Raises
    ------
    InputError
        If the currency is not one of the pair.
    """
    if currency not in (pair.base, pair.quote):
        raise InputError(
            f"has no {currency}",
            parameter=pair.id,
            received=pair.quoted_unit,
            allowed=f"pairs with {currency} on one side",
        )
    return pair.quote if pair.base == currency else pair.base


def gain_sign_of(pair: CurrencyPair, currency: str) -> int:
    """Give the sign of a move with which a currency of a pair gains: +1 as the base, -1 as the quote."""
    return 1 if pair.base == currency else -1


def trade_weighted(
    panel: Panel, currency: str, weights: Mapping[str, float], *, id: str | None = None
) -> Panel:
    """Make the index of a currency against others, by their weights in its trade.

    The index is geometric, begins at 100 and rises when the currency gains: log(I_t / 100) = sum_k w_k
    log(E_kt / E_k0), where E_k is the price of a unit of the currency in currency k. The pairs may be quoted either
    way round. All must have one and the same declared snapshot; a date counts only where all are quoted. Weights
    that change over time are beyond it: make one index a period.

    Parameters
    ----------
    panel : Panel
        Holds exactly one pair of the currency with each of the others.
    currency : str
        ISO 4217.
    weights : mapping of str to float
        Weight of each other currency, above zero, in any scale: they are divided by their sum.
    id : str, optional
        Id of the index; ``"KZT trade-weighted"`` when not given.

    Returns
    -------
    Panel
        Of one `Factor`, an index level; its notes say the weights. Its place is the currency's country, whose
        assets gain when it rises; dollar and euro have none, as for `CurrencyPair`.

    Raises
    ------
    InputError
        If the panel has no pair, or several, of the currency with one of the others, a weight is not above zero, or
        the snapshots differ or are not declared.
    DataError
        If the pairs are never quoted on one date.

    References
    ----------
    Turner, P., Van 't dack, J. (1993), Measuring International Price and Cost Competitiveness, BIS Economic Papers
    39: geometric averaging, for which a rise and a fall of equal ratio are of equal size.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch(["ecb:EUR/ZAR", "ecb:USD/ZAR"], start="2022-02-23", end="2022-02-25")
    >>> trade_weighted(panel, "ZAR", {"EUR": 2, "USD": 1})["ZAR trade-weighted"].round(3).tolist()
    [100.0, 98.813, 99.735]
    """
    check_currency(currency, "currency")
    _check_numbers(weights)
    names = [_only_pair(panel, currency, other) for other in weights]
    pairs = [pair_of(panel, name) for name in names]
    check_one_snapshot(pairs)
    quotes = [panel.quotes_of(name) for name in names]
    sessions, left_out = shared_sessions(quotes, ", ".join(names))
    shares = normalised(weights.values())
    logs = np.zeros(len(sessions))
    for pair, each, share in zip(pairs, quotes, shares, strict=True):
        price = np.log(levels_on(each, sessions))
        logs += share * gain_sign_of(pair, currency) * (price - price[0])
    place = None if currency in NOWHERE or currency.startswith("X") else currency[:2]
    calendar, said = shared_calendar(pairs)
    index = Factor(
        id or f"{currency} trade-weighted",
        quoted="currency index",
        place=place,
        gains=None if place is None else "up",
        snapshot=pairs[0].snapshot,
        calendar=calendar,
    )
    by = ", ".join(f"{other} {share:.4g}" for other, share in zip(weights, shares, strict=True))
    return derived_panel(
        index,
        sessions,
        START * np.exp(logs),
        quotes,
        f"trade-weighted index of {currency}",
        notes=[f"weights: {by}", *left_out, *said],
    )


def _check_numbers(weights: Mapping[str, float]) -> None:
    for other, weight in weights.items():
        check_currency(other, "weights")
        if not isinstance(weight, int | float) or not math.isfinite(weight) or not weight > 0:
            raise InputError(
                "is not a weight", parameter=f"weights[{other!r}]", received=weight, allowed="above zero"
            )
    if not weights:
        raise InputError("is empty", parameter="weights", allowed="like {'USD': 0.4, 'CNY': 0.3, 'RUB': 0.3}")


def _only_pair(panel: Panel, currency: str, other: str) -> str:
    found = [
        one.id
        for one in panel.instruments
        if isinstance(one, CurrencyPair) and {one.base, one.quote} == {currency, other}
    ]
    if len(found) != 1:
        raise InputError(
            f"{'several pairs' if found else 'no pair'} of {currency} and {other} in the panel",
            parameter="weights",
            received=found or other,
            allowed="exactly one: "
            + ("panel.select(...) first" if found else "join it, or mi.cross_rate(panel, one, other)"),
        )
    return found[0]


def dollar_factor(
    panel: Panel,
    ids: Iterable[str] | None = None,
    *,
    currency: str = "USD",
    leave_out: str | Iterable[str] = (),
    id: str = "dollar factor",
) -> Basket:
    """Make the dollar factor: the mean log move of the dollar against all other currencies.

    Every pair with the dollar on one side has the weight 1/n where the dollar is the base and -1/n where it is the
    quote, so that up means that the dollar gains. In a study each instrument is left out of its own factor, and so
    is its currency in other pairs: what remains is the leave-one-out mean (`basket_for`). Members of several
    snapshots are allowed, as in any basket; a study flags them as asynchronous.

    Lustig, Roussanov and Verdelhan take the mean excess return of a US investor who buys every currency: the
    opposite sign, and with the interest, whose day-to-day moves are small beside those of exchange rates.

    Parameters
    ----------
    panel : Panel
    ids : iterable of str, optional
        Ids of currency pairs; all of the panel's that hold the currency when not given.
    currency : str
        The currency that all pairs share, ISO 4217.
    leave_out : str or iterable of str
        Ids of pairs to leave out, such as those that the same news hits.
    id : str
        Name of the factor.

    Returns
    -------
    Basket

    Raises
    ------
    InputError
        If an id is unknown, no currency pair or without the currency, fewer than two pairs remain, or two are of
        one other currency, which would count twice.

    References
    ----------
    Lustig, H., Roussanov, N., Verdelhan, A. (2011), Common Risk Factors in Currency Markets, Review of Financial
    Studies 24, 3731-3777, doi:10.1093/rfs/hhr068.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch(["ecb:USD/ZAR", "ecb:EUR/USD", "ecb:EUR/GBP"])
    >>> dollar_factor(panel)
    Basket(members=('USD/ZAR', 'EUR/USD'), id='dollar factor', weights=(0.5, -0.5))
    """
    check_currency(currency, "currency")
    left_out = {leave_out} if isinstance(leave_out, str) else set(leave_out)
    for name in left_out:
        panel.position(name)
    asked = _all_with(panel, currency) if ids is None else dict.fromkeys(ids)
    members = tuple(name for name in asked if name not in left_out)
    pairs = [pair_of(panel, name) for name in members]
    others = [other_currency(pair, currency) for pair in pairs]
    twice = sorted({other for other in others if others.count(other) > 1})
    if twice or len(members) < 2:
        raise InputError(
            f"several pairs of {', '.join(twice)}, which would count twice"
            if twice
            else f"needs two pairs or more with {currency} on one side",
            parameter="ids",
            received=list(members),
            allowed=f"one pair of {currency} with each other currency; leave_out names those that are not to count",
        )
    return Basket(members, id, normalised(gain_sign_of(pair, currency) for pair in pairs))


def _all_with(panel: Panel, currency: str) -> list[str]:
    return [
        one.id
        for one in panel.instruments
        if isinstance(one, CurrencyPair) and currency in (one.base, one.quote)
    ]
