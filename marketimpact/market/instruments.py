"""What a series quotes: sovereign bonds, currency pairs, factors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import Literal, get_args

from ..errors import InputError
from ..units import MoveKind, MoveRule, move_kind
from .bonds import SovereignBond
from .closures import Closure
from .codes import check_country, check_currency
from .snapshots import Snapshot
from .terms import check_one_of, check_series

__all__ = ["CurrencyPair", "Factor", "Instrument", "sign_words"]

NOWHERE = frozenset({"USD", "EUR"})
"""Currencies of so many places that news of a place never matches them."""

RateUnit = Literal["percent", "decimal", "bp", "points"]


@dataclass(frozen=True, slots=True)
class CurrencyPair:
    """The price of one unit of ``base`` in units of ``quote``: USD/KZT up means a weaker tenge.

    Parameters
    ----------
    base, quote : str
        ISO 4217 codes.
    id : str, optional
        Name of the series in a panel; ``"USD/KZT"`` when not given.
    band : tuple of float, optional
        Lowest and highest rate of a declared peg or band [quote per base]; see `band_moves`.
    snapshot, calendar, dating_lag, closures
        As for `SovereignBond`.

    Raises
    ------
    InputError
        If a code is none of ISO 4217, both are the same, or a band is no pair of ascending rates.

    Examples
    --------
    >>> CurrencyPair("USD", "KZT").id, sorted(CurrencyPair("USD", "KZT").places)
    ('USD/KZT', ['KZ'])
    """

    base: str
    quote: str
    _: KW_ONLY
    id: str = ""
    band: tuple[float, float] | None = None
    snapshot: Snapshot | str | None = None
    calendar: str | None = None
    dating_lag: int = 0
    closures: tuple[Closure, ...] = ()

    def __post_init__(self) -> None:
        check_currency(self.base, "CurrencyPair.base")
        check_currency(self.quote, "CurrencyPair.quote")
        if self.base == self.quote:
            raise InputError("equals the base", parameter="CurrencyPair.quote", received=self.quote)
        if self.id == "":
            object.__setattr__(self, "id", f"{self.base}/{self.quote}")
        if self.band is not None:
            object.__setattr__(self, "band", _checked_band(self.band))
        check_series(self)

    @property
    def places(self) -> frozenset[str]:
        """Countries whose news match this pair: an ISO 4217 code begins with its country's ISO 3166 code.

        Dollar, euro and the supranational codes (X..) match nothing.
        """
        codes = {self.base, self.quote} - NOWHERE
        return frozenset(code[:2] for code in codes if not code.startswith("X"))

    def gain_sign(self, place: str) -> int:
        """Give the sign of a move with which a country's currency gains: +1 as the base, -1 as the quote, else 0."""
        ours = [code[:2] == place for code in (self.base, self.quote)]
        return ours[0] - ours[1]

    def move_kind(self, rule: MoveRule = "log") -> MoveKind:
        """Give the kind of its moves."""
        return move_kind("currency", rule)

    @property
    def quoted_unit(self) -> str:
        """Unit of the levels."""
        return f"{self.quote} per {self.base}"


def _checked_band(band: object) -> tuple[float, float]:
    ends = tuple(band) if isinstance(band, tuple | list) else ()
    if len(ends) != 2 or not all(isinstance(end, int | float) for end in ends) or not 0 < ends[0] < ends[1]:
        raise InputError(
            "is not a band",
            parameter="CurrencyPair.band",
            received=band,
            allowed="the lowest and the highest rate, like (7.75, 7.85)",
        )
    return float(ends[0]), float(ends[1])


@dataclass(frozen=True, slots=True)
class Factor:
    """A series that explains others: an index, a commodity, a benchmark rate.

    Parameters
    ----------
    id : str
        Name of the series in a panel.
    move : {"log", "simple", "difference"}
        How its levels are differenced; rates and indices of fear take ``"difference"``.
    unit : {"percent", "decimal", "bp", "points"}, optional
        Unit of the levels; needed for differences: percent, decimal and bp move in bp, points in points.
    quoted : str
        What it is, in the words of axes and tables: ``"CDS spread"``, ``"equity index"``.
    place : str, optional
        Country, ISO 3166 alpha-2, where the series belongs to one: news of this place matches it.
    gains : {"up", "down"}, optional
        The direction in which that country's assets gain: up for an equity index, down for a CDS spread.
    snapshot, calendar, dating_lag, closures
        As for `SovereignBond`.

    Raises
    ------
    InputError
        If the rule is unknown, a difference has no unit, or ``gains`` has no place.

    Examples
    --------
    >>> str(Factor("UST 10y", move="difference", unit="percent").move_kind())
    'factor change [bp]'
    """

    id: str
    _: KW_ONLY
    move: MoveRule = "log"
    unit: RateUnit | None = None
    quoted: str = "factor"
    place: str | None = None
    gains: Literal["up", "down"] | None = None
    snapshot: Snapshot | str | None = None
    calendar: str | None = None
    dating_lag: int = 0
    closures: tuple[Closure, ...] = ()

    def __post_init__(self) -> None:
        check_series(self)
        check_one_of(self.move, get_args(MoveRule), "Factor.move")
        units = get_args(RateUnit)
        check_one_of(self.unit, units if self.move == "difference" else (None, *units), "Factor.unit")
        check_one_of(self.gains, (None, "up", "down"), "Factor.gains")
        if not isinstance(self.quoted, str) or not self.quoted.strip():
            raise InputError("is empty", parameter="Factor.quoted", received=self.quoted, allowed="words")
        if self.place is not None:
            check_country(self.place, "Factor.place")
        elif self.gains is not None:
            raise InputError(
                "needs the place whose assets gain",
                parameter="Factor.gains",
                received=self.gains,
                allowed="place='KZ' with it",
            )

    @property
    def places(self) -> frozenset[str]:
        """The country it belongs to, if it belongs to one."""
        return frozenset() if self.place is None else frozenset({self.place})

    def gain_sign(self, place: str) -> int:
        """Give the sign of a move with which the assets of a country gain, 0 where that is not declared."""
        if self.place != place or self.gains is None:
            return 0
        return 1 if self.gains == "up" else -1

    def move_kind(self, rule: MoveRule = "log") -> MoveKind:
        """Give the kind of its moves: the factor's own, whatever rule a study has for prices."""
        return move_kind(self.quoted, self.move, self.unit)

    @property
    def quoted_unit(self) -> str:
        """Unit of the levels."""
        return self.unit or "level"


Instrument = SovereignBond | CurrencyPair | Factor
"""Any member of a panel."""


def sign_words(instruments: Iterable[Instrument]) -> str:
    """Say what a move above zero is where it is easily mistaken: a pair's quote currency loses.

    Examples
    --------
    >>> sign_words([CurrencyPair("EUR", "RUB")]), sign_words([CurrencyPair("EUR", "TRY"), CurrencyPair("EUR", "ZAR")])
    ('+ = weaker RUB', '+ = weaker quote currency')
    >>> sign_words([Factor("Brent")])
    ''
    """
    every = tuple(instruments)
    quotes = {one.quote for one in every if isinstance(one, CurrencyPair)}
    if not quotes:
        return ""
    alone = len(quotes) == 1 and all(isinstance(one, CurrencyPair) for one in every)
    return f"+ = weaker {quotes.pop()}" if alone else "+ = weaker quote currency"
