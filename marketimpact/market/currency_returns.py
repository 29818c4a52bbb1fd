"""What it earns to hold a currency: its move and the interest, alone and sorted into a carry portfolio."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .codes import check_currency
from .currency_indices import START, gain_sign_of, other_currency
from .derived import derived_panel
from .exchange_rates import check_one_snapshot, levels_on, pair_of, shared_calendar, shared_sessions
from .instruments import CurrencyPair, Factor
from .panel import Panel

__all__ = ["carry_factor", "excess_return", "rate_levels", "year_fractions"]

DECIMALS = {"percent": 0.01, "decimal": 1.0}
"""Factor from a quoted unit to a rate as a fraction."""

DAYS_A_YEAR = 360.0
"""Of the money market's Actual/360."""

ROUNDING = 1e-9
"""A third of nine pairs is three, whatever a binary fraction makes of it."""


def rate_levels(panel: Panel, name: str, sessions: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Give the levels of an interest rate on sessions of which each is quoted [fraction a year].

    Raises
    ------
    InputError
        If the member is unknown or no rate: neither a yield nor a factor in percent or decimal.
    """
    unit = panel.instrument(name).quoted_unit
    if unit not in DECIMALS:
        raise InputError(
            "is not an interest rate",
            parameter=name,
            received=f"levels in {unit}",
            allowed="Factor(..., move='difference', unit='percent'), or 'decimal', or a bond quoted as a yield",
        )
    return levels_on(panel.quotes_of(name), sessions) * DECIMALS[unit]


def year_fractions(sessions: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Give the time from each session to the next as Actual/360, shape (n - 1,) [years].

    Examples
    --------
    >>> year_fractions(np.array(["2022-01-06", "2022-01-07", "2022-01-10"], dtype="datetime64[D]")) * 360
    array([1., 3.])
    """
    return np.diff(sessions).astype(np.float64) / DAYS_A_YEAR


def excess_return(
    panel: Panel, pair: str, *, base_rate: str, quote_rate: str, id: str | None = None
) -> Panel:
    """Make the index of the return of holding the base currency, funded in the quote currency.

    The index begins at 100, and its log move over the span from session t-1 to t is

        rx_t = log(S_t / S_{t-1}) + (i_base - i_quote)_{t-1} d_t / 360,

    the interest differential less the depreciation of the base currency; d_t is the number of calendar days of the
    span. It rises when the base currency gains, or earns more than it loses: for USD/KZT it is the return of dollars
    bought with borrowed tenge; `inverse` gives the tenge's. Rates are simple rates a year on Actual/360, read at the
    start of each span, by date: whoever holds a position over a span knows its rates at the start. By covered
    interest parity rx_t is log(S_t / F_{t-1}), F the forward rate for t, up to terms in the square of i d / 360.

    Parameters
    ----------
    panel : Panel
    pair : str
        Id of a currency pair.
    base_rate, quote_rate : str
        Ids of the short rates of its base and its quote currency: factors in percent or decimal, or yields.
    id : str, optional
        Id of the index; ``"USD/KZT excess return"`` when not given.

    Returns
    -------
    Panel
        Of one `Factor`, an index level. Sessions of the pair without both rates are left out, and the next move
        spans them; a note counts them. Its place is the pair's where it has one alone.

    Raises
    ------
    InputError
        If a member is unknown, the pair is none, or a rate is not in percent or decimal.
    DataError
        If pair and rates are never quoted on one date.

    References
    ----------
    Lustig, H., Roussanov, N., Verdelhan, A. (2011), Common Risk Factors in Currency Markets, Review of Financial
    Studies 24, 3731-3777, doi:10.1093/rfs/hhr068, equation 1.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2022-01-06", "2022-01-07", "2022-01-10"])
    >>> frame = pd.DataFrame({"EUR/TRY": [15.0, 15.3, 15.3], "EUR": [-0.5] * 3, "TRY": [14.0] * 3}, index=days)
    >>> rates = [Factor(name, move="difference", unit="percent") for name in ("EUR", "TRY")]
    >>> panel = Panel.from_frame(frame, instruments=[CurrencyPair("EUR", "TRY"), *rates])
    >>> made = excess_return(panel, "EUR/TRY", base_rate="EUR", quote_rate="TRY")
    >>> made["EUR/TRY excess return"].round(3).tolist()  # the euro earns 14.5 percent a year less
    [100.0, 101.959, 101.836]
    """
    said = pair_of(panel, pair)
    quotes = [panel.quotes_of(name) for name in (pair, base_rate, quote_rate)]
    sessions, _ = shared_sessions(quotes, ", ".join((pair, base_rate, quote_rate)))
    differential = rate_levels(panel, base_rate, sessions) - rate_levels(panel, quote_rate, sessions)
    moves = np.diff(np.log(levels_on(quotes[0], sessions)))
    moves += differential[:-1] * year_fractions(sessions)
    lost = len(quotes[0]) - len(sessions)
    notes = [
        f"{lost} of {len(quotes[0])} sessions of {pair} without both rates, {base_rate} and {quote_rate}: left out"
    ]
    return derived_panel(
        _index_of(said, id or f"{pair} excess return"),
        sessions,
        _index_levels(moves),
        quotes[:1],
        f"excess return of {said.base} funded in {said.quote}, from {pair}, {base_rate} and {quote_rate}",
        notes=notes if lost else [],
        rates=quotes[1:],
    )


def _index_of(pair: CurrencyPair, id: str) -> Factor:
    places = sorted(pair.places)
    place = places[0] if len(places) == 1 else None
    return Factor(
        id,
        quoted="currency excess return index",
        place=place,
        gains=None if place is None else ("up" if pair.gain_sign(place) > 0 else "down"),
        snapshot=pair.snapshot,
        calendar=pair.calendar,
    )


def _index_levels(moves: NDArray[np.float64]) -> NDArray[np.float64]:
    return START * np.exp(np.concatenate(([0.0], np.cumsum(moves))))


def carry_factor(
    panel: Panel,
    rates: Mapping[str, str],
    *,
    currency: str = "USD",
    share: float = 1 / 3,
    id: str = "carry factor",
) -> Panel:
    """Make the carry factor: high-rate currencies bought, low-rate currencies sold.

    At each session the currencies are sorted by the rates of the session before, which is all that is known when the
    position is taken. The share with the highest rates is held and the share with the lowest is owed, each equally
    weighted and set anew at each session; the factor's log move is the mean log excess return of the former less
    that of the latter,

        hml_t = mean over high (s_kt - s_k,t-1 + i_k,t-1 d_t / 360) - the same over low,

    s_k the log price of currency k in the home currency, d_t calendar days. The home currency's rate stands on both
    sides and cancels, in the order too: it is not needed. Of equal rates the one whose pair's id comes first in the
    alphabet counts as the lower. A session counts where every pair and every rate is quoted, and the move that ends
    at it begins at the previous such session.

    Parameters
    ----------
    panel : Panel
    rates : mapping of str to str
        For each currency pair's id the id of the foreign currency's short rate: a factor in percent or decimal, or a
        yield.
    currency : str
        The home currency, which all pairs share; ISO 4217.
    share : float
        Share of the currencies that is held, and that is owed; rounded down to a number of them.
    id : str
        Id of the factor.

    Returns
    -------
    Panel
        Of one `Factor`, an index level that begins at 100. A note says how many currencies stand on each side, and
        how many dates do not count.

    Raises
    ------
    InputError
        If a member is unknown, no pair or no rate, a pair is without the currency, two are of one other currency,
        the snapshots differ or are not declared, the share is not in (0, 1/2], or it makes no whole currency.
    DataError
        If pairs and rates are never all quoted on one date.

    References
    ----------
    Lustig, H., Roussanov, N., Verdelhan, A. (2011), Common Risk Factors in Currency Markets, Review of Financial
    Studies 24, 3731-3777, doi:10.1093/rfs/hhr068: HML_FX, there of monthly sorts into six portfolios.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.to_datetime(["2022-01-06", "2022-01-07"])
    >>> frame = pd.DataFrame({"USD/TRY": [14.0, 14.0], "USD/JPY": [115.0, 115.0], "TRY": 14.0, "JPY": -0.4}, index=days)
    >>> pairs = [CurrencyPair("USD", code, snapshot="17:00 America/New_York") for code in ("TRY", "JPY")]
    >>> short = [Factor(code, move="difference", unit="percent") for code in ("TRY", "JPY")]
    >>> panel = Panel.from_frame(frame, instruments=[*pairs, *short])
    >>> made = carry_factor(panel, {"USD/TRY": "TRY", "USD/JPY": "JPY"}, share=1 / 2)
    >>> made["carry factor"].round(4).tolist()  # one day of 14.4 percent a year
    [100.0, 100.04]
    """
    names = sorted(rates)
    pairs = [pair_of(panel, name) for name in names]
    number = _number_a_side(pairs, currency, share)
    check_one_snapshot(pairs)
    quotes = [panel.quotes_of(name) for name in (*names, *(rates[name] for name in names))]
    sessions, left_out = shared_sessions(quotes, f"{', '.join(names)} and their rates")
    known = np.stack([rate_levels(panel, rates[name], sessions) for name in names])[:, :-1]
    signs = -np.array([gain_sign_of(pair, currency) for pair in pairs])[:, None]
    prices = np.stack([levels_on(one, sessions) for one in quotes[: len(names)]])
    returns = signs * np.diff(np.log(prices), axis=1) + known * year_fractions(sessions)
    order = np.argsort(known, axis=0, kind="stable")
    low, high = (
        np.take_along_axis(returns, at, axis=0).mean(axis=0) for at in (order[:number], order[-number:])
    )
    calendar, said = shared_calendar(pairs)
    made = Factor(id, quoted="carry index", snapshot=pairs[0].snapshot, calendar=calendar)
    sides = f"{number} of {len(names)} currencies held, and {number} owed, at each session"
    return derived_panel(
        made,
        sessions,
        _index_levels(high - low),
        quotes[: len(names)],
        f"carry factor of {', '.join(names)}",
        notes=[sides, *left_out, *said],
        rates=quotes[len(names) :],
    )


def _number_a_side(pairs: list[CurrencyPair], currency: str, share: float) -> int:
    """Give the number of currencies on each side."""
    check_currency(currency, "currency")
    others = [other_currency(pair, currency) for pair in pairs]
    if len(set(others)) != len(others):
        raise InputError(
            "several pairs of one currency, which would count twice",
            parameter="rates",
            received=[pair.id for pair in pairs],
            allowed=f"one pair of {currency} with each other currency",
        )
    if not isinstance(share, int | float) or not 0.0 < share <= 0.5:
        raise InputError("is not a share", parameter="share", received=share, allowed="above 0, at most 1/2")
    number = int(share * len(pairs) + ROUNDING)
    if number < 1:
        raise InputError(
            f"makes no whole currency of {len(pairs)}",
            parameter="share",
            received=share,
            allowed="a larger share, or more pairs",
        )
    return number
