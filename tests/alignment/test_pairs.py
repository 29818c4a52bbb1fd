"""Which event meets which instrument."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import pytest

import marketimpact as mi
from tests.alignment.samples import SHORT, aligned, bond, news, quoted

KAZAKH = news("2022-01-05T16:10", id="kz", place="KZ")
RUSSIAN = news("2022-01-10T12:00", id="ru", place="RU")
NOWHERE = news("2022-01-12T12:00", id="nowhere")
ALL = (KAZAKH, RUSSIAN, NOWHERE)

FIVE = quoted(bond()).join(
    quoted(mi.CurrencyPair("USD", "KZT")),
    quoted(mi.CurrencyPair("EUR", "RUB")),
    quoted(mi.CurrencyPair("EUR", "USD")),
    quoted(mi.Factor("VIX", move="difference", unit="points")),
)
STUDIED = ["KZ 2045", "USD/KZT", "EUR/RUB", "EUR/USD"]


def met(panel: mi.Panel, *events: mi.Event, **more: Any) -> list[tuple[str, str]]:
    ledger = aligned(panel, *events, **more).ledger.to_frame().dropna(subset="instrument")
    return list(zip(ledger["event_id"], ledger["instrument"], strict=True))


def test_one_instrument_meets_every_event_unasked() -> None:
    assert met(quoted(bond()), *ALL) == [("kz", "KZ 2045"), ("ru", "KZ 2045"), ("nowhere", "KZ 2045")]


def test_a_factor_does_not_make_a_panel_of_two() -> None:
    panel = quoted(bond()).join(quoted(mi.Factor("Brent")))
    assert met(panel, KAZAKH) == [("kz", "KZ 2045")]
    assert met(panel, KAZAKH, factors=["Brent"]) == [("kz", "KZ 2045")]


def test_a_member_used_as_a_factor_is_not_studied_either() -> None:
    panel = quoted(bond()).join(quoted(bond("KZ 2044")))
    assert met(panel, KAZAKH, factors=["KZ 2044"]) == [("kz", "KZ 2045")]
    assert met(panel, KAZAKH, factors=["KZ 2044"], pairs="all") == [("kz", "KZ 2045")]


def test_all_is_every_event_with_every_instrument_but_factors() -> None:
    assert met(FIVE, *ALL, pairs="all") == [(event.id, name) for event in ALL for name in STUDIED]


def test_place_is_the_issuers_country_or_that_of_either_currency() -> None:
    assert met(FIVE, *ALL, pairs="place") == [("kz", "KZ 2045"), ("kz", "USD/KZT"), ("ru", "EUR/RUB")]


def test_an_event_that_meets_nothing_by_its_place_is_left_out_with_the_reason() -> None:
    german = news("2022-01-05T16:10", id="de", place="DE")
    ledger = aligned(FIVE, *ALL, german, pairs="place").ledger
    assert (ledger.used, ledger.given) == (3, 5)
    rows = ledger.to_frame().tail(2)
    assert rows["event_id"].tolist() == ["nowhere", "de"]
    assert rows["status"].tolist() == ["left out", "left out"]
    assert rows["reason"].tolist() == ["the event has no place", "no instrument belongs to the place DE"]


@pytest.mark.parametrize("place", ["US", "EU", "DE", "XX", None])
def test_dollar_and_euro_match_nothing(place: str | None) -> None:
    event = news("2022-01-05T16:10", place=place)
    with pytest.raises(
        mi.InputError, match=r"pairs: no event meets an instrument; received 'place'; .*'all', or instr"
    ):
        aligned(FIVE, event, pairs="place")


def test_exactly_the_pairs_of_a_frame() -> None:
    named = pd.DataFrame({"event_id": ["ru", "kz"], "instrument": ["EUR/USD", "KZ 2045"], "why": ["x", "y"]})
    assert met(FIVE, *ALL, pairs=named) == [("ru", "EUR/USD"), ("kz", "KZ 2045")]


def test_pairs_may_be_tuples() -> None:
    named = [("ru", "EUR/USD"), ("kz", "KZ 2045")]
    assert met(FIVE, *ALL, pairs=named) == named
    assert met(FIVE, *ALL, pairs=iter(named)) == named


def test_a_factor_is_studied_when_a_pair_names_it() -> None:
    assert met(FIVE, *ALL, pairs=[("kz", "VIX")]) == [("kz", "VIX")]


def test_more_than_one_instrument_needs_pairs() -> None:
    words = "pairs: must be said, since the panel holds 4 instruments; allowed: 'all', 'place', or a frame"
    with pytest.raises(mi.InputError, match=words):
        aligned(FIVE, *ALL)


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ("every", "pairs: is not known; received 'every'; allowed: 'all', 'place', or a frame"),
        (5, "pairs: is not known; received 5"),
        ([("kz", "KZ 2045", "more")], "pairs: is not known"),
        (
            [("kz", "EUR/KZT")],
            "pairs.instrument: is unknown; received ['EUR/KZT']; allowed: 'KZ 2045', 'USD/KZT'",
        ),
        ([("by", "KZ 2045")], "pairs.event_id: is unknown; received ['by']; allowed: 'kz', 'ru', 'nowhere'"),
        (
            [("kz", "KZ 2045"), ("ru", "EUR/RUB"), ("kz", "KZ 2045")],
            "pairs: a pair is given twice; received ('kz', 'KZ 2045'); allowed: each (event_id, instrument) once",
        ),
        (
            pd.DataFrame({"event": ["kz"], "instrument": ["KZ 2045"]}),
            "pairs: the frame of pairs lacks a column; received ['event', 'instrument']; allowed: event_id",
        ),
        ([], "pairs: no event meets an instrument"),
        (pd.DataFrame({"event_id": [], "instrument": []}), "pairs: no event meets an instrument"),
    ],
    ids=["word", "number", "triple", "instrument", "event", "twice", "column", "none", "empty frame"],
)
def test_pairs_that_cannot_be_are_refused(pairs: Any, words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        aligned(FIVE, *ALL, pairs=pairs)


def test_a_panel_of_factors_alone_says_how_to_study_one() -> None:
    with pytest.raises(
        mi.InputError,
        match=r"pairs: no event meets an instrument; .* a Factor without a place is studied only when a frame",
    ):
        aligned(quoted(mi.Factor("Brent")), KAZAKH, pairs="place")
    for pairs in ("all", None):
        with pytest.raises(
            mi.InputError,
            match=r"no instrument that 'all' takes: each is a Factor .*; allowed: pairs=\[\(event_id",
        ):
            aligned(quoted(mi.Factor("Brent")), KAZAKH, pairs=pairs)


def rejected_one() -> mi.EventSet:
    rows = pd.DataFrame(
        {"id": ["good", "bad"], "announced_at": ["2022-01-05T16:10", "2022-13-05"], "zone": "Asia/Almaty"}
    )
    with pytest.warns(mi.MarketImpactWarning, match="1 of 2 events"):
        return mi.EventSet.from_frame(rows)


def test_pairs_may_name_an_event_that_could_not_be_read() -> None:
    ledger = mi.align(
        FIVE, rejected_one(), timeline=SHORT, pairs=[("good", "USD/KZT"), ("bad", "USD/KZT")]
    ).ledger
    frame = ledger.to_frame()
    assert frame["event_id"].tolist() == ["good", "bad"]
    assert frame["instrument"].isna().tolist() == [False, True]
    assert frame["status"].tolist()[1] == "left out"


@pytest.mark.parametrize("events", [[], ()])
def test_no_event_is_refused(events: Any) -> None:
    with pytest.raises(mi.DataError, match="events: there is no event"):
        mi.align(quoted(bond()), events)
