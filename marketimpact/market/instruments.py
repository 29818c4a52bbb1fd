"""What a series quotes: sovereign bonds, currency pairs, factors."""

from __future__ import annotations

import math
import re
from dataclasses import KW_ONLY, dataclass
from datetime import date
from typing import Literal, get_args

from ..errors import InputError
from ..units import MoveKind, MoveRule, YieldUnit, move_kind
from .closures import Closure, closures_of
from .snapshots import Snapshot, snapshot_of

__all__ = ["CurrencyPair", "Factor", "Instrument", "SovereignBond"]

Quoted = Literal["clean price", "dirty price", "yield"]
DayCount = Literal["30/360", "30E/360", "ACT/ACT ICMA", "ACT/365", "ACT/360"]

NOWHERE = frozenset({"USD", "EUR"})
"""Currencies of so many places that news of a place never matches them."""


def _one_of(value: object, allowed: tuple[object, ...], parameter: str) -> None:
    if value not in allowed:
        raise InputError(
            "is not known", parameter=parameter, received=value, allowed=", ".join(map(repr, allowed))
        )


def _code(value: str, pattern: str, parameter: str, allowed: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise InputError("is not a code", parameter=parameter, received=value, allowed=allowed)


def _named(instrument: SovereignBond | CurrencyPair | Factor) -> None:
    """Check what every instrument has: an id, a snapshot, a calendar, a dating lag and closures."""
    name = type(instrument).__name__
    if not isinstance(instrument.id, str) or not instrument.id.strip():
        raise InputError("is empty", parameter=f"{name}.id", received=instrument.id, allowed="a name")
    object.__setattr__(instrument, "snapshot", snapshot_of(instrument.snapshot, f"{name}.snapshot"))
    if instrument.calendar is not None and not isinstance(instrument.calendar, str):
        raise InputError(
            "is not the name of a calendar",
            parameter=f"{name}.calendar",
            received=instrument.calendar,
            allowed="a name like 'XLON' or 'SIFMA_US', or None for Monday to Friday",
        )
    lag = instrument.dating_lag
    if not isinstance(lag, int) or isinstance(lag, bool) or not 0 <= lag <= 5:
        raise InputError(
            "is not a dating lag",
            parameter=f"{name}.dating_lag",
            received=lag,
            allowed="0 to 5 working days of the setting calendar",
        )
    object.__setattr__(instrument, "closures", closures_of(instrument.closures, f"{name}.closures"))


@dataclass(frozen=True, slots=True)
class SovereignBond:
    """A bond of a sovereign, quoted as a price or as a yield.

    Parameters
    ----------
    id : str
        Name of the series in a panel.
    quoted : {"clean price", "dirty price", "yield"}
        What the series holds; a yield moves in bp, a price in logs.
    yield_unit : {"percent", "decimal"}
        Unit of a yield; declared, never guessed.
    issuer : str, optional
        Country, ISO 3166 alpha-2 (``"KZ"``); news of this place matches the bond.
    isin : str, optional
        ISO 6166.
    currency : str, optional
        Currency of payment, ISO 4217.
    coupon : float, optional
        Coupon [percent a year].
    maturity : date, optional
        Day of redemption.
    frequency : {1, 2, 4}, optional
        Coupons a year.
    day_count : str, optional
        ``"30/360"``, ``"30E/360"``, ``"ACT/ACT ICMA"``, ``"ACT/365"`` or ``"ACT/360"``.
    settlement_lag : int, optional
        Working days from trade to settlement.
    snapshot : Snapshot or str, optional
        When in its session it is quoted: ``"16:30 Europe/London"``; None: somewhere in its day.
    calendar : str, optional
        Named calendar of expected sessions, ``"XLON"`` or ``"SIFMA_US"``; None: Monday to Friday.
    dating_lag : int
        Working days by which the source dates a quote too late.
    closures : tuple of Closure
        When its market was shut: quotes of these days are left out. Also as a list, of (first, last) or (first, last,
        reason) too; kept in order of time.

    Raises
    ------
    InputError
        If a term is not of its form.

    Examples
    --------
    >>> bond = SovereignBond("KZ 2045", quoted="yield", issuer="KZ", snapshot="16:30 Europe/London")
    >>> str(bond.move_kind())
    'yield change [bp]'
    """

    id: str
    _: KW_ONLY
    quoted: Quoted
    yield_unit: YieldUnit = "percent"
    issuer: str | None = None
    isin: str | None = None
    currency: str | None = None
    coupon: float | None = None
    maturity: date | None = None
    frequency: int | None = None
    day_count: DayCount | None = None
    settlement_lag: int | None = None
    snapshot: Snapshot | str | None = None
    calendar: str | None = None
    dating_lag: int = 0
    closures: tuple[Closure, ...] = ()

    def __post_init__(self) -> None:
        _named(self)
        _one_of(self.quoted, get_args(Quoted), "SovereignBond.quoted")
        _one_of(self.yield_unit, get_args(YieldUnit), "SovereignBond.yield_unit")
        _one_of(self.settlement_lag, (None, *range(11)), "SovereignBond.settlement_lag")
        _one_of(self.frequency, (None, 1, 2, 4), "SovereignBond.frequency")
        _one_of(self.day_count, (None, *get_args(DayCount)), "SovereignBond.day_count")
        if self.issuer is not None:
            _code(self.issuer, "[A-Z]{2}", "SovereignBond.issuer", "ISO 3166 alpha-2, like 'KZ'")
        if self.currency is not None:
            _code(self.currency, "[A-Z]{3}", "SovereignBond.currency", "ISO 4217, like 'USD'")
        if self.isin is not None:
            _code(self.isin, "[A-Z]{2}[A-Z0-9]{9}[0-9]", "SovereignBond.isin", "ISO 6166, 12 characters")
        coupon = self.coupon
        if coupon is not None and not (
            isinstance(coupon, int | float) and math.isfinite(coupon) and coupon >= 0
        ):
            raise InputError(
                "is not a coupon",
                parameter="SovereignBond.coupon",
                received=self.coupon,
                allowed="percent, >= 0",
            )
        if self.maturity is not None and not isinstance(self.maturity, date):
            raise InputError(
                "is not a date",
                parameter="SovereignBond.maturity",
                received=self.maturity,
                allowed="datetime.date",
            )

    @property
    def places(self) -> frozenset[str]:
        """Countries whose news match this bond."""
        return frozenset() if self.issuer is None else frozenset({self.issuer})

    def move_kind(self, rule: MoveRule = "log") -> MoveKind:
        """Give the kind of its moves; ``rule`` is used for prices alone, yields are differenced."""
        if self.quoted == "yield":
            return move_kind("yield", "difference", self.yield_unit)
        return move_kind(self.quoted, rule)

    @property
    def quoted_unit(self) -> str:
        """Unit of the levels."""
        if self.quoted == "yield":
            return self.yield_unit
        return "price"


@dataclass(frozen=True, slots=True)
class CurrencyPair:
    """The price of one unit of ``base`` in units of ``quote``: USD/KZT up means a weaker tenge.

    Parameters
    ----------
    base, quote : str
        ISO 4217 codes.
    id : str, optional
        Name of the series in a panel; ``"USD/KZT"`` when not given.
    snapshot, calendar, dating_lag, closures
        As for `SovereignBond`.

    Raises
    ------
    InputError
        If a code is not of its form, or both are the same.

    Examples
    --------
    >>> CurrencyPair("USD", "KZT").id, sorted(CurrencyPair("USD", "KZT").places)
    ('USD/KZT', ['KZ'])
    """

    base: str
    quote: str
    _: KW_ONLY
    id: str = ""
    snapshot: Snapshot | str | None = None
    calendar: str | None = None
    dating_lag: int = 0
    closures: tuple[Closure, ...] = ()

    def __post_init__(self) -> None:
        _code(self.base, "[A-Z]{3}", "CurrencyPair.base", "ISO 4217, like 'USD'")
        _code(self.quote, "[A-Z]{3}", "CurrencyPair.quote", "ISO 4217, like 'KZT'")
        if self.base == self.quote:
            raise InputError("equals the base", parameter="CurrencyPair.quote", received=self.quote)
        if self.id == "":
            object.__setattr__(self, "id", f"{self.base}/{self.quote}")
        _named(self)

    @property
    def places(self) -> frozenset[str]:
        """Countries whose news match this pair: an ISO 4217 code begins with its country's ISO 3166 code.

        Dollar, euro and the supranational codes (X..) match nothing.
        """
        codes = {self.base, self.quote} - NOWHERE
        return frozenset(code[:2] for code in codes if not code.startswith("X"))

    def move_kind(self, rule: MoveRule = "log") -> MoveKind:
        """Give the kind of its moves."""
        return move_kind("currency", rule)

    @property
    def quoted_unit(self) -> str:
        """Unit of the levels."""
        return f"{self.quote} per {self.base}"


@dataclass(frozen=True, slots=True)
class Factor:
    """A series that explains others: an index, a commodity, a benchmark rate.

    Parameters
    ----------
    id : str
        Name of the series in a panel.
    move : {"log", "simple", "difference"}
        How its levels are differenced; rates and indices of fear take ``"difference"``.
    unit : {"percent", "decimal", "points"}, optional
        Unit of the levels; needed for differences: percent and decimal move in bp, points in points.
    snapshot, calendar, dating_lag, closures
        As for `SovereignBond`.

    Raises
    ------
    InputError
        If the rule is unknown, or a difference has no unit.

    Examples
    --------
    >>> str(Factor("UST 10y", move="difference", unit="percent").move_kind())
    'factor change [bp]'
    """

    id: str
    _: KW_ONLY
    move: MoveRule = "log"
    unit: Literal["percent", "decimal", "points"] | None = None
    snapshot: Snapshot | str | None = None
    calendar: str | None = None
    dating_lag: int = 0
    closures: tuple[Closure, ...] = ()

    def __post_init__(self) -> None:
        _named(self)
        _one_of(self.move, get_args(MoveRule), "Factor.move")
        units = ("percent", "decimal", "points")
        _one_of(self.unit, units if self.move == "difference" else (None, *units), "Factor.unit")

    @property
    def places(self) -> frozenset[str]:
        """A factor belongs to no place."""
        return frozenset()

    def move_kind(self, rule: MoveRule = "log") -> MoveKind:
        """Give the kind of its moves: the factor's own, whatever rule a study has for prices."""
        return move_kind("factor", self.move, self.unit)

    @property
    def quoted_unit(self) -> str:
        """Unit of the levels."""
        return self.unit or "level"


Instrument = SovereignBond | CurrencyPair | Factor
"""Any member of a panel."""
