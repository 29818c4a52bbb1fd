"""Closures: the days on which a market was shut, as the user knows them."""

from __future__ import annotations

import pickle
import re
from datetime import date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.market.closures import Closure, closed_days, closures_of

# Almaty in January 2022: one exchange, three markets.
SECURITIES = Closure(
    "2022-01-06", "2022-01-09", reason="state of emergency", market="KASE government securities"
)
SHARES = Closure("2022-01-06", "2022-01-10", reason="state of emergency", market="KASE shares")
CURRENCY = Closure("2022-01-06", "2022-01-11", reason="state of emergency", market="KASE currency")


def days(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("closure", "words"),
    [
        (CURRENCY, "2022-01-06 to 2022-01-11 (KASE currency: state of emergency)"),
        (
            Closure("2022-01-06", "2022-01-11", market="KASE currency"),
            "2022-01-06 to 2022-01-11 (KASE currency)",
        ),
        (Closure("2022-01-06", "2022-01-11", reason="unrest"), "2022-01-06 to 2022-01-11 (unrest)"),
        (Closure("2022-01-06", "2022-01-11"), "2022-01-06 to 2022-01-11"),
        (Closure("2018-12-05", "2018-12-05", reason="mourning"), "2018-12-05 (mourning)"),
    ],
)
def test_a_closure_says_its_days_its_market_and_its_reason(closure: Closure, words: str) -> None:
    assert str(closure) == words


def test_days_are_kept_as_dates_however_they_were_given() -> None:
    closure = Closure("2022-01-06", date(2022, 1, 11))
    assert (closure.first, closure.last) == (date(2022, 1, 6), date(2022, 1, 11))
    assert closure == Closure(date(2022, 1, 6), "2022-01-11")
    assert hash(closure) == hash(Closure(date(2022, 1, 6), "2022-01-11"))
    assert pickle.loads(pickle.dumps(CURRENCY)) == CURRENCY


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (
            {"last": "2022-01-05"},
            "Closure.last: is before the first day, 2022-01-06; received '2022-01-05'; allowed: the last closed day",
        ),
        ({"first": "6 January"}, "Closure.first: is not a date; received '6 January'; allowed: datetime.date, or text"),
        ({"first": "2021-W01-1"}, "Closure.first: is not a date; received '2021-W01-1'"),
        ({"first": "20210120"}, "Closure.first: is not a date; received '20210120'"),
        ({"first": "2022-02-30"}, "Closure.first: is not a date; received '2022-02-30'"),
        ({"first": datetime(2022, 1, 6)}, "Closure.first: is not a date; received datetime.datetime(2022, 1, 6"),
        ({"last": None}, "Closure.last: is not a date; allowed: datetime.date, or text like '2022-01-06'"),
        ({"last": 20220111}, "Closure.last: is not a date; received 20220111"),
        ({"reason": 7}, "Closure.reason: is not text; received 7; allowed: text"),
        ({"market": None}, "Closure.market: is not text; allowed: text"),
    ],
    ids=str,
)  # fmt: skip
def test_a_closure_not_of_its_form_is_refused(terms: dict[str, Any], words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        Closure(**({"first": "2022-01-06", "last": "2022-01-11"} | terms))


def test_reason_and_market_are_given_by_name() -> None:
    with pytest.raises(TypeError, match="positional"):
        Closure("2022-01-06", "2022-01-11", "unrest")  # type: ignore[misc]


# Several closures


@pytest.mark.parametrize("sequence", [list, tuple])
def test_closures_are_read_from_what_is_short_to_write_and_put_in_order_of_time(sequence: Any) -> None:
    written = sequence([("2022-02-28", "2022-03-18"), ["2022-01-03", date(2022, 1, 4), "holiday"], CURRENCY])
    assert closures_of(written) == (
        Closure("2022-01-03", "2022-01-04", reason="holiday"),
        CURRENCY,
        Closure("2022-02-28", "2022-03-18"),
    )


def test_closures_may_follow_each_other_at_once() -> None:
    assert len(closures_of([("2022-01-06", "2022-01-09"), ("2022-01-10", "2022-01-10")])) == 2


@pytest.mark.parametrize("later", ["2022-01-06", "2022-01-08", "2022-01-11"])
def test_closures_that_share_a_day_are_refused(later: str) -> None:
    words = (
        f"KZT.closures: {CURRENCY} and {later} to 2022-01-12 overlap; received ['2022-01-06 to 2022-01-11', '{later} to"
        " 2022-01-12']; allowed: closures that share no day; join these into one"
    )
    with pytest.raises(mi.InputError, match=re.escape(words)):
        closures_of([CURRENCY, (later, "2022-01-12")], "KZT.closures")


@pytest.mark.parametrize(
    "value", [CURRENCY, "2022-01-06", ("2022-01-06", "2022-01-11"), [("2022-01-06",)], [None], {}, None,
              [("2022-01-06", "2022-01-11", "unrest", "KASE", "")]], ids=repr
)  # fmt: skip
def test_what_is_no_list_of_closures_is_refused(value: object) -> None:
    with pytest.raises(
        mi.InputError, match=r"closures: is not a closure; .*allowed: a list of Closure, \(first, last"
    ):
        closures_of(value)


# Closed days


def test_each_market_of_almaty_was_shut_for_days_of_its_own() -> None:
    january = np.arange(np.datetime64("2022-01-05"), np.datetime64("2022-01-14"))
    for closure, n in ((SECURITIES, 4), (SHARES, 5), (CURRENCY, 6)):
        assert january[closed_days((closure,), january)].tolist() == [date(2022, 1, 6 + i) for i in range(n)]


def test_nothing_is_closed_without_closures_and_no_day_is_closed_of_none() -> None:
    assert closed_days((), days("2022-01-06")).tolist() == [False]
    assert closed_days((CURRENCY,), days()).tolist() == []


@given(st.lists(st.integers(0, 60), unique=True), st.sets(st.integers(0, 60), max_size=6))
def test_a_day_is_closed_where_it_is_a_day_of_a_closure(offsets: list[int], edges: set[int]) -> None:
    start = np.datetime64("2022-01-01", "D")
    ends = sorted(edges)[: len(edges) // 2 * 2]
    spans = list(zip(ends[::2], ends[1::2], strict=True))
    closures = closures_of([(str(start + first), str(start + last)) for first, last in spans])
    shut = {day for first, last in spans for day in range(first, last + 1)}
    assert closed_days(closures, start + np.array(offsets, dtype=int)).tolist() == [
        day in shut for day in offsets
    ]
