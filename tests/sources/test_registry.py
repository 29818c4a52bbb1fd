"""The door to all sources: which series, which dates, and what it refuses."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.sources.protocol import day_of
from marketimpact.sources.registry import SOURCES


def test_several_series_come_in_the_order_asked_for() -> None:
    panel = mi.fetch(["ecb:EUR/ZAR", "ecb:EUR/MXN"], start="2022-01-03", end="2022-01-07")
    assert panel.ids == ("EUR/ZAR", "EUR/MXN")
    assert len(panel["EUR/ZAR"]) == 5


def test_both_ends_are_inclusive() -> None:
    rates = mi.fetch("ecb:EUR/USD", start="2022-01-04", end="2022-01-06")["EUR/USD"]
    assert rates.index.strftime("%Y-%m-%d").tolist() == ["2022-01-04", "2022-01-05", "2022-01-06"]
    assert len(mi.fetch("ecb:EUR/USD", start="2022-01-05", end="2022-01-05")["EUR/USD"]) == 1


@pytest.mark.parametrize(
    "day",
    [
        "2022-01-05",
        date(2022, 1, 5),
        datetime(2022, 1, 5, 16, 30),
        np.datetime64("2022-01-05"),
        pd.Timestamp("2022-01-05"),
    ],
    ids=repr,
)
def test_a_date_may_come_in_many_forms(day: Any) -> None:
    assert day_of(day, "start") == np.datetime64("2022-01-05")
    assert len(mi.fetch("ecb:EUR/USD", start=day, end=day)["EUR/USD"]) == 1


def test_no_date_is_no_bound() -> None:
    assert day_of(None, "start") is None


def test_progress_is_told_after_each_series() -> None:
    told: list[tuple[int, int]] = []
    mi.fetch(
        ["ecb:EUR/USD", "ecb:EUR/ZAR"],
        start="2022-01-03",
        end="2022-01-05",
        progress=lambda *p: told.append(p),
    )
    assert told == [(1, 2), (2, 2)]


def test_the_user_may_say_what_a_series_quotes() -> None:
    mine = mi.CurrencyPair("EUR", "ZAR", id="rand", calendar="XLON")
    panel = mi.fetch(["ecb:EUR/ZAR", "ecb:EUR/MXN"], instruments={"ecb:EUR/ZAR": mine}, start="2022-01-03")
    assert panel.ids == ("rand", "EUR/MXN")
    assert panel.instrument("rand") is mine


@pytest.mark.parametrize("symbols", ["nobody:KZT=X", "EUR/RUB", "ecb:", ":EUR/RUB", "", "ECB:EUR/RUB"])
def test_an_unknown_source_is_refused(symbols: str) -> None:
    with pytest.raises(
        mi.InputError, match=r"symbols: names no known source; .*'source:symbol' with a source of ecb"
    ):
        mi.fetch(symbols)


def test_the_sources_are_named_in_the_message() -> None:
    with pytest.raises(mi.InputError, match="names no known source") as caught:
        mi.fetch("nobody:EUR/RUB")
    assert all(word in str(caught.value.allowed) for word in SOURCES)


def test_no_series_is_refused() -> None:
    with pytest.raises(mi.InputError, match=r"symbols: names no series; .*like 'ecb:EUR/RUB'"):
        mi.fetch([])


def test_one_series_twice_is_refused() -> None:
    with pytest.raises(
        mi.InputError, match=r"symbols: a panel needs ids that do not repeat; received \['EUR/RUB'\]"
    ):
        mi.fetch(["ecb:EUR/RUB", "ecb:EUR/RUB"])


def test_a_start_after_the_end_is_refused() -> None:
    with pytest.raises(
        mi.InputError, match="start: lies after end; received '2022-01-06'; allowed: up to 2022-01-05"
    ):
        mi.fetch("ecb:EUR/RUB", start="2022-01-06", end="2022-01-05")


@pytest.mark.parametrize("day", ["soon", "05.01.2022", "2022-13-05", "", pd.NaT, 1.5])
@pytest.mark.parametrize("name", ["start", "end"])
def test_what_is_no_date_is_refused(name: str, day: Any) -> None:
    with pytest.raises(mi.InputError, match=rf"{name}: is not a date; .*like '2022-01-05'"):
        mi.fetch("ecb:EUR/RUB", **{name: day})


@pytest.mark.parametrize("day", [20220105, 0, True, "2022", "2022-01"])
def test_a_number_or_part_of_a_date_is_not_guessed_at(day: Any) -> None:
    """ "2022" as an end would mean its first day, and 20220105 a day in the year 57330."""
    with pytest.raises(mi.InputError, match="end: is not a date"):
        mi.fetch("ecb:EUR/RUB", end=day)


@pytest.mark.parametrize("key", ["EUR/RUB", "ecb:EUR/TRY"])
def test_an_instrument_for_a_series_that_was_not_asked_for_is_refused(key: str) -> None:
    with pytest.raises(mi.InputError, match="instruments"):
        mi.fetch("ecb:EUR/RUB", instruments={key: mi.CurrencyPair("EUR", "RUB", id="ruble")})


def test_every_request_is_checked_before_any_is_answered() -> None:
    told: list[tuple[int, int]] = []
    with pytest.raises(mi.InputError, match="is not a pair of currencies; received 'ecb:RUBLE'"):
        mi.fetch(["ecb:EUR/USD", "ecb:RUBLE"], progress=lambda *p: told.append(p))
    assert told == []
