"""What a bond earns: in its own currency, in another one, and in another one hedged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, InputError
from .bond_members import valued_member
from .bond_values import BondValues, value_bond
from .bonds import SovereignBond
from .codes import check_currency
from .currency_indices import START, gain_sign_of
from .currency_returns import rate_levels, year_fractions
from .derived import derived_panel
from .exchange_rates import levels_on, pair_of
from .instruments import Factor
from .panel import Panel
from .snapshots import ASYNCHRONOUS_HOURS, Snapshot, snapshot_of, widest_gap

__all__ = ["bond_return_index"]

Sessions = NDArray[np.datetime64]


def bond_return_index(
    panel: Panel,
    bond: str,
    *,
    currency: str = "local",
    fx: str | None = None,
    rates: Mapping[str, str] | None = None,
    hedged: bool = False,
    id: str | None = None,
) -> Panel:
    """Make the total-return index of a bond, in its own currency, in another one, or in another one hedged.

    It begins at 100 and multiplies by 1 + R_t over the span from session t-1 to t. With
    r_t = (dirty_t + coupons - dirty_t-1) / dirty_t-1, the coupons those paid between the two settlements,

        local:     R_t = r_t
        unhedged:  R_t = (1 + r_t) S_t / S_{t-1} - 1
        hedged:    R_t = r_t + (i_target - i_local)_{t-1} d_t / 360,

    S the price of the bond's currency in the target currency and d_t calendar days. The hedged return sells the value
    of the bond forward at the start of each span. It is an approximation twice over: the forward premium F / S - 1 is
    taken from the rates by covered interest parity without its term in the square of i d / 360, and what the bond gains
    within the span is not hedged, r_t (S_t / S_{t-1} - 1), and left away: .25 percent over a day on which both move by
    5 percent. The rates do not hold the basis to covered interest parity, which widens in crises.

    Only sessions on which all that is needed is quoted count; moves span the others, and a note counts them. Nothing
    is filled.

    Parameters
    ----------
    panel : Panel
    bond : str
        Id of a bond with coupon, maturity, frequency and day count; with its currency too for another one.
    currency : str
        ``"local"``, or ISO 4217: the currency that the return is measured in.
    fx : str, optional
        Id of the pair of the bond's and the target currency, either way round: for an unhedged return.
    rates : mapping of currency to str, optional
        Ids of the short rates of the bond's and the target currency, ``{"KZT": "TONIA", "USD": "SOFR"}``: factors in
        percent or decimal, or yields, on Actual/360. For a hedged return.
    hedged : bool
        Whether the currency is hedged.
    id : str, optional
        Id of the index; ``"KZ 2045 return in EUR"`` when not given.

    Returns
    -------
    Panel
        Of one `Factor`, an index level of the bond's issuer, whose assets gain when it rises. Where the bond and the
        pair are quoted at different instants its snapshot is not known, and a note says so: a move of the one then
        meets a move of the other that came before or after it.

    Raises
    ------
    InputError
        If a member is unknown or is not what it must be, terms or the currency of the bond are missing, or ``fx``,
        ``rates`` and ``hedged`` do not fit the currency.
    DataError
        If no session has all that is needed.

    References
    ----------
    Eun, C. S., Resnick, B. G. (1988), Exchange Rate Uncertainty, Forward Contracts, and International Portfolio
    Selection, Journal of Finance 43, 197-215, doi:10.1111/j.1540-6261.1988.tb02597.x: hedged returns.

    Examples
    --------
    >>> import pandas as pd
    >>> from marketimpact.market.instruments import CurrencyPair
    >>> from marketimpact.market.known_bonds import known_bond
    >>> days = pd.to_datetime(["2022-01-04", "2022-01-05"])
    >>> frame = pd.DataFrame({"KZ 2045": [4.20, 4.53], "EUR/USD": [1.1279, 1.1319]}, index=days)
    >>> members = [known_bond("KZ 2045", quoted="yield"), CurrencyPair("EUR", "USD")]
    >>> panel = Panel.from_frame(frame, instruments=members)
    >>> bond_return_index(panel, "KZ 2045")["KZ 2045 return"].round(2).tolist()
    [100.0, 95.75]
    >>> made = bond_return_index(panel, "KZ 2045", currency="EUR", fx="EUR/USD")
    >>> made["KZ 2045 return in EUR"].round(2).tolist()  # the dollar fell too
    [100.0, 95.42]
    """
    valued, settled = valued_member(panel, bond)
    needed = _needed(panel, valued.bond, currency, fx, rates, hedged)
    sessions, lost = _sessions(panel, valued, needed)
    returns = _own_returns(valued, sessions)
    if hedged:
        target, own = (rate_levels(panel, name, sessions) for name in needed)
        returns = returns + (target - own)[:-1] * year_fractions(sessions)
    elif needed:
        price = levels_on(panel.quotes_of(needed[0]), sessions)
        price = price ** gain_sign_of(pair_of(panel, needed[0]), str(valued.bond.currency))
        returns = (1.0 + returns) * (price[1:] / price[:-1]) - 1.0
    what = f"{bond} return" + (f" {'hedged into' if hedged else 'in'} {currency}" if needed else "")
    snapshot, apart = _snapshot(panel, valued.bond, None if hedged else fx, sessions)
    index = Factor(
        id or what,
        quoted="bond return index",
        place=valued.bond.issuer,
        gains=None if valued.bond.issuer is None else "up",
        snapshot=snapshot,
        calendar=valued.bond.calendar,
    )
    levels = START * np.concatenate(([1.0], np.cumprod(1.0 + returns)))
    parents = [panel.quotes_of(name) for name in (bond, *needed)]
    prices = parents[:1] if hedged else parents
    rest = parents[len(prices) :]
    notes = [*settled, *lost, *apart]
    return derived_panel(index, sessions, levels, prices, what, notes=notes, rates=rest)


def _needed(
    panel: Panel,
    bond: SovereignBond,
    currency: str,
    fx: str | None,
    rates: Mapping[str, str] | None,
    hedged: bool,
) -> tuple[str, ...]:
    """Give the ids that are needed beside the bond: none, the pair, or the rates of the target and of the bond."""
    if currency in ("local", bond.currency):
        if fx is not None or rates is not None or hedged:
            raise InputError(
                "is the bond's own, which needs neither fx nor rates and has nothing to hedge",
                parameter="currency",
                received=currency,
                allowed="another currency, like 'EUR'",
            )
        return ()
    check_currency(currency, "currency")
    if bond.currency is None:
        raise InputError(
            "does not say the currency of its payments",
            parameter=bond.id,
            received=bond.currency,
            allowed="SovereignBond(..., currency='USD')",
        )
    if hedged:
        return _rates_of(bond.currency, currency, fx, rates)
    _check_fx(panel, {bond.currency, currency}, fx, rates)
    return (str(fx),)


def _rates_of(own: str, target: str, fx: str | None, rates: Mapping[str, str] | None) -> tuple[str, str]:
    if fx is not None or rates is None or set(rates) != {own, target}:
        raise InputError(
            "a hedged return needs the rates of the two currencies, and no fx",
            parameter="rates",
            received=f"rates={rates!r}, fx={fx!r}",
            allowed=f"rates={{{own!r}: id, {target!r}: id}}",
        )
    return rates[target], rates[own]


def _check_fx(panel: Panel, currencies: set[str], fx: str | None, rates: Mapping[str, str] | None) -> None:
    if fx is None or rates is not None:
        raise InputError(
            "an unhedged return needs the pair of the two currencies, and no rates",
            parameter="fx",
            received=f"fx={fx!r}, rates={rates!r}",
            allowed="fx='EUR/USD', or hedged=True with rates",
        )
    pair = pair_of(panel, fx)
    if {pair.base, pair.quote} != currencies:
        raise InputError(
            f"is not the pair of {' and '.join(sorted(currencies))}",
            parameter="fx",
            received=f"{fx}: {pair.quoted_unit}",
            allowed="their pair, either way round; mi.cross_rate makes one of two others",
        )


def _sessions(panel: Panel, valued: BondValues, needed: Sequence[str]) -> tuple[Sessions, list[str]]:
    """Give the sessions on which all that is needed is quoted, and a note of those of the bond that are left out."""
    sessions: Sessions = valued.dates[np.isfinite(valued.dirty)]
    for name in needed:
        sessions = np.intersect1d(sessions, panel.quotes_of(name).sessions)
    lost = len(valued) - len(sessions)
    said = ", ".join(("a value of the bond", *needed))
    if not len(sessions):
        raise DataError(
            f"no session has all that is needed: {said}",
            parameter=valued.bond.id,
            received=f"quotes from {valued.dates[0]} to {valued.dates[-1]}",
            allowed="series that overlap in time, in the life of the bond",
        )
    return sessions, [f"{lost} of {len(valued)} sessions without all of {said}: left out"] if lost else []


def _own_returns(valued: BondValues, sessions: Sessions) -> NDArray[np.float64]:
    """Give the simple total return of a bond over each span between sessions, shape (n - 1,)."""
    dirty = valued.dirty[np.searchsorted(valued.dates, sessions)]
    return value_bond(valued.bond, sessions, dirty, quoted="dirty price").total_returns()[1:]


def _snapshot(
    panel: Panel, bond: SovereignBond, fx: str | None, sessions: Sessions
) -> tuple[Snapshot | None, list[str]]:
    """Give the snapshot of the index, and a note where the bond and the pair may be quoted at different instants."""
    own = snapshot_of(bond.snapshot)
    if fx is None:
        return own, []
    other = snapshot_of(panel.instrument(fx).snapshot)
    if own is None or other is None:
        unknown = " and ".join(name for name, one in ((bond.id, own), (fx, other)) if one is None)
        return None, [
            f"the snapshot of {unknown} is not declared: bond and pair may be quoted at different instants"
        ]
    hours = float(widest_gap(own, [other], sessions).max())
    if hours == 0.0:
        return own, []
    word = "asynchronous: " if hours > ASYNCHRONOUS_HOURS else ""
    return None, [f"{word}{bond.id} is quoted at {own}, {fx} at {other}, up to {hours:.1f} hours apart"]
