"""Instruments: what they quote, how they move, whose news they meet, and what they refuse."""

from __future__ import annotations

import pickle
import re
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.market.closures import Closure


def bond(**terms: Any) -> mi.SovereignBond:
    return mi.SovereignBond(**({"id": "KZ 2045", "quoted": "yield"} | terms))


def test_a_bond_with_all_its_terms() -> None:
    full = bond(
        issuer="KZ",
        isin="XS1263139856",
        currency="USD",
        coupon=6.5,
        maturity=date(2045, 7, 21),
        frequency=2,
        day_count="30/360",
        settlement_lag=2,
        snapshot="16:30 Europe/London",
        calendar="XLON",
    )
    assert full.places == {"KZ"}
    assert full.quoted_unit == "percent"
    assert full.snapshot == mi.Snapshot("16:30", "Europe/London")
    assert hash(full) == hash(full)


@pytest.mark.parametrize(
    ("instrument", "rule", "words", "unit"),
    [
        (bond(), "log", "yield change [bp]", "percent"),
        (bond(yield_unit="decimal"), "simple", "yield change [bp]", "decimal"),
        (bond(quoted="clean price"), "log", "clean price log move [log]", "price"),
        (bond(quoted="dirty price"), "simple", "dirty price simple move [simple]", "price"),
        (mi.CurrencyPair("USD", "KZT"), "log", "currency log move [log]", "KZT per USD"),
        (mi.CurrencyPair("USD", "KZT"), "simple", "currency simple move [simple]", "KZT per USD"),
        (mi.Factor("Brent"), "simple", "factor log move [log]", "level"),
        (mi.Factor("UST", move="difference", unit="percent"), "log", "factor change [bp]", "percent"),
        (mi.Factor("VIX", move="difference", unit="points"), "log", "factor change [points]", "points"),
    ],
    ids=str,
)
def test_the_kind_of_move_follows_from_what_is_quoted(
    instrument: Any, rule: Any, words: str, unit: str
) -> None:
    assert str(instrument.move_kind(rule)) == words
    assert instrument.quoted_unit == unit


@pytest.mark.parametrize(
    ("base", "quote", "places"),
    [
        ("USD", "KZT", {"KZ"}),
        ("EUR", "USD", set()),
        ("RUB", "KZT", {"RU", "KZ"}),
        ("EUR", "XAF", set()),
        ("GBP", "TRY", {"GB", "TR"}),
    ],
)
def test_a_pair_meets_news_of_either_currency_but_dollar_and_euro(
    base: str, quote: str, places: set[str]
) -> None:
    assert mi.CurrencyPair(base, quote).places == places


def test_a_bond_without_issuer_and_a_factor_meet_no_place() -> None:
    assert bond().places == frozenset()
    assert mi.Factor("Brent").places == frozenset()


def test_a_pair_is_named_after_its_currencies_unless_it_has_a_name() -> None:
    assert mi.CurrencyPair("USD", "KZT").id == "USD/KZT"
    assert mi.CurrencyPair("USD", "KZT", id="tenge").id == "tenge"


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"id": ""}, "SovereignBond.id: is empty; received ''"),
        ({"id": 7}, "SovereignBond.id: is empty; received 7"),
        (
            {"quoted": "price"},
            "SovereignBond.quoted: is not known; received 'price'; allowed: 'clean price', 'dirty",
        ),
        (
            {"yield_unit": "bp"},
            "SovereignBond.yield_unit: is not known; received 'bp'; allowed: 'percent', 'decimal'",
        ),
        ({"frequency": 3}, "SovereignBond.frequency: is not known; received 3"),
        ({"day_count": "30/365"}, "SovereignBond.day_count: is not known; received '30/365'"),
        ({"issuer": "KAZ"}, "SovereignBond.issuer: is not a code; received 'KAZ'; allowed: ISO 3166 alpha-2"),
        ({"issuer": "kz"}, "SovereignBond.issuer: is not a code"),
        ({"currency": "$"}, "SovereignBond.currency: is not a code; received '$'; allowed: ISO 4217"),
        (
            {"isin": "XS126313985"},
            "SovereignBond.isin: is not a code; received 'XS126313985'; allowed: ISO 6166",
        ),
        ({"coupon": -1.0}, "SovereignBond.coupon: is not a coupon; received -1.0; allowed: percent, >= 0"),
        ({"coupon": float("nan")}, "SovereignBond.coupon: is not a coupon; received nan"),
        ({"maturity": "2045-07-21"}, "SovereignBond.maturity: is not a date; received '2045-07-21'"),
        ({"maturity": datetime(2045, 7, 21, 12)}, "SovereignBond.maturity: is not a date"),
        ({"issued": pd.Timestamp("2015-07-21")}, "or .date() of a time stamp"),
        ({"first_coupon": pd.NaT}, "SovereignBond.first_coupon: is not a date; received NaT"),
        ({"coupon": True}, "SovereignBond.coupon: is not a coupon; received True"),
        ({"frequency": True}, "SovereignBond.frequency: is not known; received True"),
        ({"frequency": 2.0}, "SovereignBond.frequency: is not known; received 2.0"),
        ({"settlement_lag": False}, "SovereignBond.settlement_lag: is not known; received False"),
        ({"settlement_lag": 2.0}, "SovereignBond.settlement_lag: is not known; received 2.0"),
        ({"end_of_month": 1}, "SovereignBond.end_of_month: is not known; received 1"),
        (
            {"snapshot": "16:30"},
            "SovereignBond.snapshot: is not a snapshot; received '16:30'; allowed: like '16:30 Eu",
        ),
        ({"snapshot": "16:30 London"}, "Snapshot.zone: is not a time zone; received 'London'"),
        (
            {"dating_lag": -1},
            "SovereignBond.dating_lag: is not a dating lag; received -1; allowed: 0 to 5 working",
        ),
        ({"dating_lag": 6}, "SovereignBond.dating_lag: is not a dating lag; received 6"),
        ({"dating_lag": True}, "SovereignBond.dating_lag: is not a dating lag; received True"),
        (
            {"calendar": 7},
            "SovereignBond.calendar: is not the name of a calendar; received 7; allowed: a name like 'XLON' or",
        ),
        (
            {"closures": ("2022-01-06", "2022-01-09")},
            "SovereignBond.closures: is not a closure; received '2022-01-06'; allowed: a list of Closure, (first",
        ),
        ({"closures": None}, "SovereignBond.closures: is not a closure; allowed: a list of Closure"),
        ({"closures": [("2022-01-09", "2022-01-06")]}, "Closure.last: is before the first day, 2022-01-09"),
        (
            {"closures": [("2022-01-06", "2022-01-09"), ("2022-01-09", "2022-01-10")]},
            "SovereignBond.closures: 2022-01-06 to 2022-01-09 and 2022-01-09 to 2022-01-10 overlap",
        ),
    ],
    ids=str,
)
def test_a_term_not_of_its_form_is_refused(terms: dict[str, Any], words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        bond(**terms)


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (("usd", "KZT"), "CurrencyPair.base: is not a code; received 'usd'; allowed: ISO 4217, like 'USD'"),
        (("USD", "TENGE"), "CurrencyPair.quote: is not a code; received 'TENGE'"),
        (("USD", "USD"), "CurrencyPair.quote: equals the base; received 'USD'"),
        ((None, "USD"), "CurrencyPair.base: is not a code"),
    ],
)
def test_a_pair_of_what_are_no_two_currencies_is_refused(codes: tuple[Any, Any], words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        mi.CurrencyPair(*codes)


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"move": "difference"}, "Factor.unit: is not known; allowed: 'percent', 'decimal', 'bp', 'points'"),
        (
            {"move": "diff"},
            "Factor.move: is not known; received 'diff'; allowed: 'log', 'simple', 'difference'",
        ),
        ({"unit": "pips"}, "Factor.unit: is not known; received 'pips'"),
    ],
)
def test_a_factor_of_unknown_moves_is_refused(terms: dict[str, Any], words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        mi.Factor("VIX", **terms)


def test_terms_are_given_by_name() -> None:
    with pytest.raises(TypeError, match="positional"):
        mi.SovereignBond("KZ 2045", "yield")  # type: ignore[misc]


def test_an_instrument_is_a_value() -> None:
    assert bond(snapshot="16:30 Europe/London") == bond(snapshot=mi.Snapshot("16:30", "Europe/London"))
    with pytest.raises(AttributeError, match="coupon"):
        bond().coupon = 5.0  # type: ignore[misc]


@pytest.mark.parametrize(
    "make",
    [
        lambda closures: bond(closures=closures),
        lambda closures: mi.CurrencyPair("USD", "KZT", closures=closures),
        lambda closures: mi.Factor("KASE", closures=closures),
    ],
    ids=["bond", "currency", "factor"],
)
def test_every_instrument_keeps_closures_in_order_of_time_and_stays_a_value(make: Any) -> None:
    shut = (
        Closure("2022-01-06", "2022-01-11", reason="state of emergency"),
        Closure("2022-03-01", "2022-03-02"),
    )
    one = make([("2022-03-01", "2022-03-02"), ("2022-01-06", date(2022, 1, 11), "state of emergency")])
    assert one.closures == shut
    assert one == make(shut)
    assert hash(one) == hash(make(shut))
    assert one != make(())
    assert pickle.loads(pickle.dumps(one)) == one
