"""The choices of an alignment: what may be chosen, how it is said, and that each is a value."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from tests.alignment.samples import (
    ALMATY,
    JANUARY,
    LONDON,
    NEW_YORK,
    SHORT,
    aligned,
    at_session,
    bond,
    candidate_days,
    news,
    quoted,
    row,
)

OTHERS = {
    "roll": "nearest",
    "latency": 15,
    "spanned": "leave_out",
    "contamination": "keep",
    "frozen": "keep",
    "same_session": "joint",
}


# The values


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("roll", "forward"),
        ("roll", None),
        ("spanned", "keep"),
        ("contamination", True),
        ("frozen", "flag"),
        ("same_session", "merge"),
    ],
)
def test_an_unknown_choice_is_refused_with_those_there_are(name: str, bad: Any) -> None:
    with pytest.raises(mi.InputError, match=rf"Policies\.{name}: is not known; .*allowed: '") as caught:
        mi.Policies(**{name: bad})
    assert caught.value.parameter == f"Policies.{name}"
    for choice in str(caught.value.allowed).replace("'", "").split(", "):
        assert getattr(mi.Policies(**{name: choice}), name) == choice


@pytest.mark.parametrize("bad", [-1, 10_081, 0.5, 15.0, True, "15", None, timedelta(minutes=15)])
def test_a_latency_is_a_whole_number_of_minutes_up_to_a_week(bad: Any) -> None:
    with pytest.raises(
        mi.InputError, match=r"Policies\.latency: is not a number of minutes.*from 0 to 10080"
    ):
        mi.Policies(latency=bad)


@pytest.mark.parametrize("minutes", [0, 1, 10_080])
def test_both_ends_of_the_latency_are_allowed(minutes: int) -> None:
    assert mi.Policies(latency=minutes).latency == minutes


def test_the_text_says_what_differs_from_the_defaults() -> None:
    assert str(mi.Policies()) == ""
    for name, value in OTHERS.items():
        unit = " minutes" if name == "latency" else ""
        assert str(mi.Policies(**{name: value})) == f"{name} = {value}{unit}"
    assert str(mi.Policies(same_session="joint", latency=15)) == "latency = 15 minutes, same_session = joint"


def test_policies_are_values() -> None:
    assert mi.Policies(**OTHERS) == mi.Policies(**OTHERS) != mi.Policies()
    assert hash(mi.Policies(**OTHERS)) == hash(mi.Policies(**OTHERS))
    with pytest.raises(AttributeError, match="cannot assign to field 'roll'"):
        mi.Policies().roll = "drop"  # type: ignore[misc]


@pytest.mark.parametrize("wrong", ["previous", {"roll": "previous"}, mi.Policies])
def test_anything_else_is_no_set_of_policies(wrong: Any) -> None:
    with pytest.raises(mi.InputError, match="policies: is not a set of policies"):
        aligned(quoted(bond()), news("2022-01-05"), policies=wrong)
    with pytest.raises(mi.InputError, match=r"EventStudy\.policies: is not a set of policies"):
        mi.EventStudy(policies=wrong)


# Latency


def days_of(event: mi.Event, snapshot: str, minutes: int) -> list[str]:
    return candidate_days(
        aligned(quoted(bond(snapshot=snapshot)), event, policies=mi.Policies(latency=minutes))
    )


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (0, ["2022-01-05", "2022-01-06"]),
        (60, ["2022-01-05", "2022-01-06"]),
        (22 * 60 + 30, ["2022-01-05", "2022-01-06"]),
        (22 * 60 + 31, ["2022-01-06", "2022-01-07"]),
        (24 * 60, ["2022-01-06", "2022-01-07"]),
        (46 * 60 + 31, ["2022-01-07", "2022-01-10"]),
    ],
)
def test_the_latency_of_a_day_counts_from_its_midnights(minutes: int, expected: list[str]) -> None:
    """5 January in Almaty begins at 18:00 UTC on the 4th and ends a day later; London's close is at 16:30 UTC."""
    assert days_of(news("2022-01-05"), LONDON, minutes) == expected


@settings(max_examples=60)
@given(
    st.integers(0, 3_000),
    st.datetimes(datetime(2021, 11, 10), datetime(2022, 2, 15)),
    st.sampled_from(["minute", "hour", "day", "2d"]),
    st.sampled_from([LONDON, NEW_YORK]),
)
def test_candidates_with_latency_are_those_of_a_loop(
    minutes: int, at: datetime, precision: str, snapshot: str
) -> None:
    """Walk over all closes; a latency of none asks for a close strictly after the news."""
    text = f"{at:%Y-%m-%dT%H:%M}" if precision in ("minute", "hour") else f"{at:%Y-%m-%d}"
    event = mi.Event("e", announced_at=text, zone="UTC", precision=precision)
    clock, _, zone = snapshot.partition(" ")
    closes = [
        datetime(day.year, day.month, day.day, *map(int, clock.split(":")), tzinfo=ZoneInfo(zone)).astimezone(
            UTC
        )
        for day in JANUARY
    ]
    wait = timedelta(minutes=minutes)
    first = next(i for i, one in enumerate(closes) if one > event.start and one >= event.start + wait)
    last = next(i for i, one in enumerate(closes) if one >= event.end + wait)
    assert days_of(event, snapshot, minutes) == [f"{day:%Y-%m-%d}" for day in JANUARY[first : last + 1]]


def test_news_by_a_side_of_the_session_knows_no_latency() -> None:
    """The market's own dates decide, whatever its clock."""
    for side, day in (("before open", "2022-01-05"), ("after close", "2022-01-06")):
        event = mi.Event("e", announced_at=f"2022-01-05 {side}", zone=ALMATY)
        assert days_of(event, LONDON, 0) == days_of(event, LONDON, 3_000) == [day]


def test_a_snapshot_that_was_passed_over_is_said() -> None:
    """News at noon, an hour's latency: the 16:30 close will do, a latency of five hours asks for the next."""
    noon = news("2022-01-05T12:00", "Europe/London")
    one, five = (
        row(aligned(quoted(bond()), noon, policies=mi.Policies(latency=60 * hours))) for hours in (1, 5)
    )
    assert (one["reason"], one["session"]) == ("", pd.Timestamp("2022-01-05"))
    assert (five["status"], five["session"]) == ("used", pd.Timestamp("2022-01-06"))
    assert five["reason"] == "a snapshot came before the latency of 300 minutes had passed"


# Results are values with every policy

PLACES = (20, 20, 26, 40, 44, 70)
POLICIES = [mi.Policies(), *(mi.Policies(**{name: value}) for name, value in OTHERS.items())]


def study(policies: mi.Policies, order: list[int] | None = None) -> mi.StudyResult:
    days = JANUARY.drop(["2021-12-24", "2022-01-03"])
    events = [at_session(days, at, f"e{i}") for i, at in enumerate(PLACES)]
    events += [news("2022-01-08", ALMATY, "saturday"), news("2022-01-24", "Europe/London", "day")]
    levels = 50.0 + np.cumsum(np.random.default_rng(3).normal(0.0, 0.1, len(days)))
    levels[67:75] = levels[67]  # eight quotes that stand still, with the last event among them
    return mi.EventStudy(timeline=SHORT, policies=policies).run(
        quoted(bond(), days, levels),
        events if order is None else [events[i] for i in order],
        confounders=[at_session(days, 41, "other")],
    )


@pytest.mark.parametrize("policies", POLICIES, ids=str)
def test_results_are_equal_by_value_and_come_out_of_a_pickle_the_same(policies: mi.Policies) -> None:
    result = study(policies)
    assert result == study(policies)
    again = pickle.loads(pickle.dumps(result))
    assert again == result
    assert again.spec.policies == policies
    np.testing.assert_array_equal(again.ar, result.ar)
    for shifted in (result, again):
        assert len(shifted.shift_sensitivity((0,))) == len(result.shift_sensitivity((0,)))
    assert result.to_dict()["spec"]["policies"] == {name: getattr(policies, name) for name in OTHERS}


def test_each_policy_changes_something_here() -> None:
    plain = study(POLICIES[0])
    assert [study(one) == plain for one in POLICIES[1:]] == [False] * len(OTHERS)
    ledgers = [study(one).ledger.to_frame().drop(columns=["snapshot"]) for one in POLICIES]
    for name, ledger in zip(OTHERS, ledgers[1:], strict=True):
        changed = not ledger.equals(ledgers[0])
        assert changed == (name != "latency"), name  # no close comes within a quarter of an hour of the news


@pytest.mark.parametrize("policies", POLICIES, ids=str)
def test_the_order_of_events_permutes_the_rows_of_the_ledger_and_changes_none(policies: mi.Policies) -> None:
    order = np.random.default_rng(4).permutation(len(PLACES) + 2).tolist()
    keys = ["event_id", "instrument"]
    given, shuffled = study(policies), study(policies, order)
    one, other = (result.ledger.to_frame() for result in (given, shuffled))
    assert other["event_id"].tolist() == [one["event_id"][i] for i in order]
    pd.testing.assert_frame_equal(one.set_index(keys).sort_index(), other.set_index(keys).sort_index())
    tests = [
        result.to_frame("tests").sort_values(
            ["event_id", "test", "term", "tau_from", "tau_to"], kind="stable"
        )
        for result in (given, shuffled)
    ]
    pd.testing.assert_frame_equal(*(frame.reset_index(drop=True) for frame in tests))


def test_an_alignment_equals_itself_and_what_comes_out_of_its_pickle() -> None:
    """Its arrays hold dates that are missing, between one series and the next: equal too, as NaN is to NaN."""
    alignment = aligned(quoted(bond()), news("2022-01-05"))
    again = pickle.loads(pickle.dumps(alignment))
    np.testing.assert_array_equal(again.design.sessions, alignment.design.sessions)
    assert alignment == alignment
    assert again == alignment
