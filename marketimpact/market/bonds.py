"""Sovereign bonds: what a series of one quotes, and the terms that turn prices into yields."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Literal, get_args

from ..errors import InputError
from ..units import MoveKind, MoveRule, YieldUnit, move_kind
from .closures import Closure
from .codes import check_country, check_currency, check_isin
from .snapshots import Snapshot
from .terms import check_one_of, check_series

__all__ = ["DayCount", "Quoted", "SovereignBond", "YieldConvention"]

Quoted = Literal["clean price", "dirty price", "yield"]
DayCount = Literal["30/360", "30E/360", "ACT/ACT ICMA", "ACT/365", "ACT/360"]
YieldConvention = Literal["street", "ICMA"]

TERMS = ("coupon", "maturity", "frequency", "day_count")
"""Terms without which a price says nothing of a yield."""


@dataclass(frozen=True, slots=True)
class SovereignBond:
    """A bond of a sovereign, quoted as a price or as a yield.

    Parameters
    ----------
    id : str, optional
        Name of the series in a panel; the ISIN when not given.
    quoted : {"clean price", "dirty price", "yield"}
        What the series holds, prices per 100 of face value; a yield moves in bp, a price in logs.
    yield_unit : {"percent", "decimal"}
        Unit of a yield; declared, never guessed.
    issuer : str, optional
        Country, ISO 3166 alpha-2 (``"KZ"``); news of this place matches the bond.
    isin : str, optional
        ISO 6166; its check digit is verified.
    currency : str, optional
        Currency of payment, ISO 4217.
    coupon : float, optional
        Coupon [percent a year]; 0 for a zero-coupon bond.
    maturity : date, optional
        Day of redemption.
    frequency : {1, 2, 4}, optional
        Coupons a year; of a zero-coupon bond the compounding periods a year.
    day_count : str, optional
        How interest accrues: ``"30/360"`` (bond basis), ``"30E/360"`` (European), ``"ACT/ACT ICMA"``, ``"ACT/365"`` or
        ``"ACT/360"``.
    settlement_lag : int, optional
        Working days from trade to settlement; 0 when not given.
    issued : date, optional
        Day from which interest accrues; a regular first period when not given.
    first_coupon : date, optional
        Day of the first coupon, where the first period is short or long; when not given, the first regular date after
        ``issued``.
    end_of_month : bool
        Whether coupons fall on the last day of their months where the maturity does.
    yield_convention : {"street", "ICMA"}
        Both compound at the coupon frequency, over a fraction of a period too; in the last period "street" takes
        simple interest, as markets do, and "ICMA" compounds there too.
    snapshot : Snapshot or str, optional
        When in its session it is quoted: ``"16:30 Europe/London"``; None: somewhere in its day.
    calendar : str, optional
        Named calendar of expected sessions and of settlement, ``"XLON"`` or ``"SIFMA_US"``; None: Monday to Friday.
    dating_lag : int
        Working days by which the source dates a quote too late.
    closures : tuple of Closure
        When its market was shut: quotes of these days are left out. Also as a list, of (first, last) or (first, last,
        reason) too; kept in order of time.

    Raises
    ------
    InputError
        If a term is not of its form.

    See Also
    --------
    known_bond : bonds whose terms the package knows.

    Examples
    --------
    >>> bond = SovereignBond("KZ 2045", quoted="yield", issuer="KZ", snapshot="16:30 Europe/London")
    >>> str(bond.move_kind())
    'yield change [bp]'
    """

    id: str = ""
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
    issued: date | None = None
    first_coupon: date | None = None
    end_of_month: bool = False
    yield_convention: YieldConvention = "street"
    snapshot: Snapshot | str | None = None
    calendar: str | None = None
    dating_lag: int = 0
    closures: tuple[Closure, ...] = ()

    def __post_init__(self) -> None:
        if self.isin is not None:
            check_isin(self.isin, "SovereignBond.isin")
            if self.id == "":
                object.__setattr__(self, "id", self.isin)
        check_series(self)
        check_one_of(self.quoted, get_args(Quoted), "SovereignBond.quoted")
        check_one_of(self.yield_unit, get_args(YieldUnit), "SovereignBond.yield_unit")
        check_one_of(self.settlement_lag, (None, *range(11)), "SovereignBond.settlement_lag")
        check_one_of(self.frequency, (None, 1, 2, 4), "SovereignBond.frequency")
        check_one_of(self.day_count, (None, *get_args(DayCount)), "SovereignBond.day_count")
        check_one_of(self.end_of_month, (False, True), "SovereignBond.end_of_month")
        check_one_of(self.yield_convention, get_args(YieldConvention), "SovereignBond.yield_convention")
        if self.issuer is not None:
            check_country(self.issuer, "SovereignBond.issuer")
        if self.currency is not None:
            check_currency(self.currency, "SovereignBond.currency")
        coupon = self.coupon
        if coupon is not None and not (
            isinstance(coupon, int | float)
            and not isinstance(coupon, bool)
            and math.isfinite(coupon)
            and coupon >= 0
        ):
            raise InputError(
                "is not a coupon",
                parameter="SovereignBond.coupon",
                received=self.coupon,
                allowed="percent, >= 0",
            )
        self._check_dates()

    def _check_dates(self) -> None:
        for name in ("maturity", "issued", "first_coupon"):
            value = getattr(self, name)
            # A datetime is a date to Python, but compares with none; NaT is a datetime.
            if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
                raise InputError(
                    "is not a date",
                    parameter=f"SovereignBond.{name}",
                    received=value,
                    allowed="datetime.date: date(2045, 7, 21), or .date() of a time stamp",
                )
        given = [
            (name, value)
            for name in ("issued", "first_coupon", "maturity")
            if (value := getattr(self, name)) is not None
        ]
        for (name, earlier), (other, later) in pairwise(given):
            if earlier > later or (earlier == later and name == "issued"):
                raise InputError(
                    f"does not come before {other}",
                    parameter=f"SovereignBond.{name}",
                    received=str(earlier),
                    allowed=f"a day before {later}",
                )

    @property
    def missing_terms(self) -> tuple[str, ...]:
        """Terms that a yield needs and that are not given."""
        return tuple(name for name in TERMS if getattr(self, name) is None)

    @property
    def places(self) -> frozenset[str]:
        """Countries whose news match this bond."""
        return frozenset() if self.issuer is None else frozenset({self.issuer})

    def gain_sign(self, place: str) -> int:
        """Give the sign of a move with which the assets of a country gain: -1 for a yield, +1 for a price, else 0."""
        if self.issuer != place:
            return 0
        return -1 if self.quoted == "yield" else 1

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
