"""Bonds whose terms the package knows, from their prospectuses."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from ..errors import InputError
from .bonds import Quoted, SovereignBond

__all__ = ["KnownBond", "known_bond", "known_bonds"]


@dataclass(frozen=True, slots=True)
class KnownBond:
    """Terms of a bond that the package knows.

    All are of dollars, with semi-annual coupons, 30/360, and settle two working days after the trade, as the market
    of Eurobonds has done since October 2014. In the United States it was three days until 4 September 2017, and is one
    since 28 May 2024: ``settlement_lag=1`` for later quotes of that market.

    Attributes
    ----------
    name : str
        Country and year of maturity: ``"KZ 2045"``.
    isin : str
        ISO 6166.
    issuer : str
        Country, ISO 3166 alpha-2.
    coupon : float
        [percent a year]
    maturity : date
    """

    name: str
    isin: str
    issuer: str
    coupon: float
    maturity: date


KNOWN = (
    KnownBond("KZ 2045", "XS1263139856", "KZ", 6.5, date(2045, 7, 21)),
    KnownBond("KZ 2045 144A", "US486661AH44", "KZ", 6.5, date(2045, 7, 21)),
    KnownBond("TR 2034", "US900123AT75", "TR", 8.0, date(2034, 2, 14)),
    KnownBond("TR 2036", "US900123AY60", "TR", 6.875, date(2036, 3, 17)),
    KnownBond("TR 2041", "US900123BJ84", "TR", 6.0, date(2041, 1, 14)),
    KnownBond("TR 2043", "US900123CB40", "TR", 4.875, date(2043, 4, 16)),
    KnownBond("TR 2045", "US900123CG37", "TR", 6.625, date(2045, 2, 17)),
)
"""The register."""


def known_bonds() -> tuple[KnownBond, ...]:
    """List the bonds whose terms the package knows.

    Examples
    --------
    >>> [bond.name for bond in known_bonds()][:3]
    ['KZ 2045', 'KZ 2045 144A', 'TR 2034']
    """
    return KNOWN


def known_bond(isin_or_name: str, *, quoted: Quoted, **changes: Any) -> SovereignBond:
    """Give a bond with its terms.

    Parameters
    ----------
    isin_or_name : str
        As `known_bonds` lists them; the bond's id is what it was asked by, so that a column of that name is its series.
    quoted : {"clean price", "dirty price", "yield"}
        What your series holds: no register knows.
    **changes
        Any other term of `SovereignBond`: ``snapshot="16:30 Europe/London"``, ``id="KZ"``.

    Returns
    -------
    SovereignBond
        ``issued`` is not given: a day before the issue is valued as one of a regular period.

    Raises
    ------
    InputError
        If the bond or a term is not known.

    Examples
    --------
    >>> bond = known_bond("XS1263139856", quoted="yield", snapshot="16:30 Europe/London")
    >>> bond.coupon, str(bond.maturity), bond.missing_terms
    (6.5, '2045-07-21', ())
    """
    listed = {key: bond for bond in KNOWN for key in (bond.name, bond.isin)}
    if isin_or_name not in listed:
        near = difflib.get_close_matches(str(isin_or_name).upper(), list(listed), n=1)
        raise InputError(
            "is no bond that the package knows" + (f"; the nearest is {near[0]!r}" if near else ""),
            parameter="isin_or_name",
            received=isin_or_name,
            allowed=", ".join(f"{bond.name} ({bond.isin})" for bond in KNOWN)
            + "; or SovereignBond(...) with the terms of its prospectus",
        )
    terms = {field.name for field in fields(SovereignBond)} - {"_", "quoted"}
    unknown = [name for name in changes if name not in terms]
    if unknown:
        near = difflib.get_close_matches(unknown[0], sorted(terms), n=3, cutoff=0.0)
        raise InputError("is no term of a bond", parameter=unknown[0], allowed=f"like {', '.join(near)}")
    known = listed[isin_or_name]
    given: dict[str, Any] = {
        "id": isin_or_name,
        "issuer": known.issuer,
        "isin": known.isin,
        "currency": "USD",
        "coupon": known.coupon,
        "maturity": known.maturity,
        "frequency": 2,
        "day_count": "30/360",
        "settlement_lag": 2,
    }
    return SovereignBond(quoted=quoted, **(given | changes))
