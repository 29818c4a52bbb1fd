"""The ledger of an alignment: its columns, its counts, its words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.alignment.reasons import LEFT_OUT, REMARKS, Reason, status_of
from marketimpact.ledger import COLUMNS
from tests.alignment.samples import ALMATY, JANUARY, SHORT, aligned, bond, news, quoted, row

GOOD = news("2022-01-05T16:10", id="good", place="KZ")
AMBIGUOUS = news("2022-01-05", id="ambiguous")
LATE = news("2023-01-05", id="late")


def some_rejected() -> mi.EventSet:
    rows = pd.DataFrame(
        {
            "id": ["good", "bad", "ambiguous", "worse"],
            "announced_at": ["2022-01-05T16:10", "2022-13-05", "2022-01-05", "soon"],
            "zone": ALMATY,
        }
    )
    with pytest.warns(
        mi.MarketImpactWarning, match="2 of 4 events could not be read and stand in the ledger"
    ):
        return mi.EventSet.from_frame(rows)


def kinds(frame: pd.DataFrame) -> dict[str, str]:
    return {str(column): str(kind) for column, kind in frame.dtypes.items()}


def test_the_columns_are_those_of_every_ledger() -> None:
    alignment = aligned(quoted(bond()), GOOD, AMBIGUOUS, LATE)
    assert tuple(alignment.ledger.to_frame().columns) == COLUMNS


@pytest.mark.parametrize("with_rejected", [False, True])
def test_each_column_has_the_kind_of_its_contents(with_rejected: bool) -> None:
    events: Any = some_rejected() if with_rejected else [GOOD, LATE]
    frame = mi.align(quoted(bond()), events, timeline=SHORT).ledger.to_frame()
    found = kinds(frame)
    for column in ("instant", "snapshot"):
        assert found[column] == "datetime64[s, UTC]"
    assert found["session"] == "datetime64[s]"
    for column in ("span", "shift", "estimation_used", "estimation_lost"):
        assert found[column] == "Int64"
    assert found["zero_share"] == "float64"
    assert found["asynchronous"] == "boolean"
    for column in ("event_id", "local_time", "status", "reason"):
        assert all(isinstance(cell, str) for cell in frame[column]), column


def test_rejected_rows_change_no_kind_of_a_column() -> None:
    panel = quoted(bond())
    without = mi.align(panel, [GOOD, AMBIGUOUS], timeline=SHORT).ledger.to_frame()
    with_them = mi.align(panel, some_rejected(), timeline=SHORT).ledger.to_frame()
    assert kinds(with_them) == kinds(without)


def test_a_row_in_full() -> None:
    found = row(aligned(quoted(bond()), GOOD))
    assert pd.isna(found.pop("confounders")), "missing where nobody has looked"
    assert found == {
        "event_id": "good",
        "instrument": "KZ 2045",
        "instant": pd.Timestamp("2022-01-05T10:10", tz="UTC"),
        "local_time": "2022-01-05T16:10+06:00",
        "snapshot": pd.Timestamp("2022-01-05T16:30", tz="UTC"),
        "session": pd.Timestamp("2022-01-05"),
        "candidates": "2022-01-05",
        "span": 1,
        "shift": 0,
        "dating_lag": 0,
        "estimation_used": 10,
        "estimation_lost": 0,
        "contaminated": 0,
        "zero_share": 0.0,
        "asynchronous": False,
        "status": "used",
        "reason": "",
    }


def test_the_counts_are_in_words() -> None:
    alignment = aligned(quoted(bond()), GOOD, AMBIGUOUS, LATE)
    assert str(alignment.ledger) == "2 used of 3 given (1 flagged, 1 left out)"
    assert repr(alignment) == "Alignment: 2 used of 3 given (1 flagged, 1 left out)"
    assert alignment.ledger.to_frame()["status"].tolist() == ["used", "flagged", "left out"]
    assert [alignment.words(i) for i in range(3)] == alignment.ledger.to_frame()["reason"].tolist()


def test_an_unknown_snapshot_is_missing() -> None:
    found = row(aligned(quoted(bond(snapshot=None)), GOOD))
    assert found["snapshot"] is pd.NaT
    assert found["session"] == pd.Timestamp("2022-01-05")


def test_events_that_could_not_be_read_stand_at_the_end_of_every_ledger() -> None:
    events = some_rejected()
    panel = quoted(bond()).join(quoted(mi.CurrencyPair("USD", "KZT")))
    for pairs in ("all", [("good", "KZ 2045")]):
        ledger = mi.align(panel, events, timeline=SHORT, pairs=pairs).ledger
        frame = ledger.to_frame()
        assert len(frame) == len(ledger)
        lost = frame.tail(2)
        assert lost["event_id"].tolist() == ["bad", "worse"]
        assert lost["status"].tolist() == ["left out", "left out"]
        assert lost["local_time"].tolist() == ["2022-13-05", "soon"]
        assert lost["instrument"].isna().all()
        assert "the frame, row 1: " in lost["reason"].iloc[0]
        assert lost.drop(columns=["event_id", "status", "local_time", "reason"]).isna().all(axis=None)
    assert str(ledger) == "1 used of 3 given (0 flagged, 2 left out)"


def test_a_selection_keeps_the_rows_that_could_not_be_read() -> None:
    ledger = mi.align(quoted(bond()), some_rejected().select("good"), timeline=SHORT).ledger
    assert ledger.to_frame()["event_id"].tolist() == ["good", "bad", "worse"]


def test_what_was_left_out_can_be_said_in_short() -> None:
    alignment = mi.align(quoted(bond()), some_rejected(), timeline=SHORT)
    assert [words.partition(":")[0] for words in alignment.left_out(5)] == ["bad", "worse"]
    late = aligned(quoted(bond()), GOOD, LATE)
    (words,) = late.left_out(5)
    assert (
        words
        == "late on KZ 2045: no snapshot after the event: the series ends on 2022-02-28; bring later quotes"
    )
    assert late.left_out(0) == []
    assert len(alignment.left_out(1)) == 1


def test_several_reasons_stand_beside_one_another_most_severe_first() -> None:
    days = JANUARY.drop(["2022-01-06", "2022-01-07"])
    alignment = aligned(
        quoted(bond(quoted="dirty price"), days), news("2022-01-06", "Europe/London", precision="2d")
    )
    assert row(alignment)["reason"] == (
        "a move of the headline window spans several sessions: from 2022-01-05 to 2022-01-10, 3 sessions; "
        "dirty prices: coupons are not removed from the moves, as the bond's coupon, maturity, frequency and day"
        " count are not given; "
        "nothing is quoted on the event's day: rolled to the next session, 2022-01-10"
    )


def test_every_reason_has_words() -> None:
    alignment = aligned(quoted(bond()), GOOD)
    alone = [reason for reason in Reason if reason != Reason.JOINED]  # which another pair leads
    said = {reason: replace(alignment, codes=np.array([int(reason)])).words(0) for reason in alone}
    assert all(said.values())
    assert len({*said.values()}) == len(Reason) - 1


def test_the_status_is_the_worst_of_the_reasons() -> None:
    codes = np.array([0, *(int(reason) for reason in Reason), int(Reason.STALE | Reason.AFTER_LAST)])
    expected = [0, *(2 if reason in LEFT_OUT else 0 if reason in REMARKS else 1 for reason in Reason), 2]
    assert status_of(codes).tolist() == expected


def test_the_arrays_cannot_be_written_to() -> None:
    alignment = aligned(quoted(bond()), GOOD)
    for array in (alignment.position, alignment.last, alignment.codes, alignment.estimation_used):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_the_ledger_is_the_same_every_time_it_is_asked_for() -> None:
    alignment = aligned(quoted(bond()), GOOD, AMBIGUOUS, LATE)
    pd.testing.assert_frame_equal(alignment.ledger.to_frame(), alignment.ledger.to_frame())


def test_the_default_time_line_is_used_when_none_is_given() -> None:
    alignment = mi.align(quoted(bond(), pd.bdate_range("2021-01-04", "2022-02-28")), GOOD)
    assert alignment.timeline == mi.Timeline()
    assert row(alignment)["estimation_used"] == 120


def test_frozen_fixings_of_a_real_rate_are_not_quoted(shared: Any) -> None:
    """172 equal fixings from 29 July 2022: never "no reaction"."""
    panel = mi.read_prices(
        shared / "data" / "nbp_pln_per_uah.csv", mi.CurrencyPair("UAH", "PLN"), value="pln_per_uah"
    )
    events = [
        news("2022-02-24T05:00", "Europe/Kyiv", "invasion", place="UA"),
        news("2023-01-14", "Europe/Kyiv", "after", place="UA"),
    ]
    frame = mi.align(panel, events).ledger.to_frame().set_index("event_id")
    assert frame.loc["after", "status"] == "left out"
    frozen = (
        "not quoted: 172 quotes that stand still from 2022-07-29 to 2023-04-03; where the market was shut,"
    )
    assert frame.loc["after", "reason"].startswith(frozen)
    assert "6 usable estimation moves" in frame.loc["after", "reason"]
    assert frame.loc["invasion", "zero_share"] < 0.2
