"""Panels: each member keeps its own sessions, whatever frame it came in."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.ledger import instrument_ledger
from tests.shown import shown

BOND = mi.SovereignBond("KZ 2045", quoted="yield", issuer="KZ")
PRICE = mi.SovereignBond("KZ 2044", quoted="clean price", issuer="KZ")
TENGE = mi.CurrencyPair("USD", "KZT")
WEEK = pd.bdate_range("2022-01-03", periods=5)


def frame(**more: Any) -> pd.DataFrame:
    columns = {"KZ 2045": [4.2, 4.2, 4.53, 4.4, 4.3], "USD/KZT": [435.0, np.nan, 434.0, np.nan, 433.0]}
    return pd.DataFrame(columns | more, index=WEEK)


def panel(**more: Any) -> mi.Panel:
    return mi.Panel.from_frame(frame(), instruments=[BOND, TENGE], **more)


def only(values: Any, index: Any = WEEK, instrument: Any = BOND) -> mi.Panel:
    return mi.Panel.from_frame(pd.DataFrame({instrument.id: values}, index=index), instruments=instrument)


# What a panel is


def test_each_member_keeps_its_own_sessions() -> None:
    both = panel()
    assert both.ids == ("KZ 2045", "USD/KZT")
    assert len(both["KZ 2045"]) == 5
    assert both["USD/KZT"].index.tolist() == WEEK[[0, 2, 4]].tolist()
    assert both["USD/KZT"].tolist() == [435.0, 434.0, 433.0]
    assert both.quotes_of("USD/KZT").notes == ("2 of 5 dates without a value: not quoted",)
    assert both.quotes_of("KZ 2045").notes == ()


def test_nothing_is_filled_on_the_way_out() -> None:
    pd.testing.assert_frame_equal(
        panel().to_frame(), frame(), check_freq=False, check_names=False, check_index_type=False
    )


@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.floats(0.5, 9.5)), min_size=2, max_size=2), min_size=2, max_size=8
    )
)
def test_a_frame_goes_in_and_comes_out(rows: list[list[float | None]]) -> None:
    made = pd.DataFrame(
        rows,
        columns=["KZ 2044", "USD/KZT"],
        index=pd.bdate_range("2022-01-03", periods=len(rows)),
        dtype=float,
    )
    if made.notna().any().all():
        back = mi.Panel.from_frame(made, instruments=[PRICE, TENGE]).to_frame()
        expected = made.dropna(how="all")
        np.testing.assert_array_equal(back.to_numpy(), expected.to_numpy())
        assert back.index.tolist() == expected.index.tolist()


def test_a_series_is_taken_for_a_single_instrument() -> None:
    series = pd.Series([4.2, 4.53], index=WEEK[:2], name="some other name")
    assert mi.Panel.from_frame(series, instruments=BOND)["KZ 2045"].tolist() == [4.2, 4.53]


@pytest.mark.parametrize("instruments", [[BOND], {"KZ 2045": BOND}], ids=["list", "mapping"])
def test_a_named_series_is_taken_like_a_frame_of_one_column(instruments: Any) -> None:
    series = pd.Series([4.2, 4.53], index=WEEK[:2], name="KZ 2045")
    assert mi.Panel.from_frame(series, instruments=instruments)["KZ 2045"].tolist() == [4.2, 4.53]


def test_columns_of_other_names_are_mapped() -> None:
    renamed = frame().rename(columns={"KZ 2045": "Mid Yield", "USD/KZT": "KZT BGN Curncy"})
    made = mi.Panel.from_frame(renamed, instruments={"KZT BGN Curncy": TENGE, "Mid Yield": BOND})
    assert made.ids == ("USD/KZT", "KZ 2045")
    assert made == panel().select(["USD/KZT", "KZ 2045"])


def test_only_the_columns_of_instruments_are_read() -> None:
    made = mi.Panel.from_frame(frame(remark="text"), instruments=TENGE)
    assert made.ids == ("USD/KZT",)


def test_midnights_of_a_zone_give_its_dates_and_other_times_are_refused() -> None:
    """Midnights of Almaty, exported in UTC, are evenings of the day before."""
    almaty = pd.DatetimeIndex(["2022-01-05", "2022-01-06"]).tz_localize("Asia/Almaty")
    days = [pd.Timestamp("2022-01-05"), pd.Timestamp("2022-01-06")]
    assert only([1.0, 2.0], almaty)["KZ 2045"].index.tolist() == days
    with pytest.raises(
        mi.DataError, match=r"frame\.index: the index holds zone-aware times of day, whose date"
    ):
        only([1.0, 2.0], almaty.tz_convert("UTC"))


def test_a_yield_that_may_be_in_decimals_is_noted_and_not_converted() -> None:
    for level, noted in ((0.042, True), (4.2, False)):
        quotes = only([level] * 3, pd.DatetimeIndex(WEEK[:3])).quotes[0]
        assert quotes.levels.tolist() == [level] * 3
        assert any("if these are decimals, declare that unit" in note for note in quotes.notes) is noted


def test_whole_numbers_and_nullable_numbers_are_numbers() -> None:
    nullable = pd.array([4, None, 5, 6, 7], dtype="Int64")
    assert only(nullable)["KZ 2045"].tolist() == [4.0, 5.0, 6.0, 7.0]
    assert only([1, 2, 3, 4, 5])["KZ 2045"].dtype == np.float64


def test_the_frame_can_change_later_and_the_panel_does_not() -> None:
    source = frame()
    made = mi.Panel.from_frame(source, instruments=BOND)
    source.loc[:, "KZ 2045"] = 0.0
    assert made["KZ 2045"].iloc[2] == 4.53


def test_descending_rows_are_reversed_and_noted() -> None:
    made = mi.Panel.from_frame(frame().iloc[::-1], instruments=BOND)
    pd.testing.assert_series_equal(made["KZ 2045"], panel()["KZ 2045"])
    assert made.quotes_of("KZ 2045").notes == ("rows stood in descending order: reversed",)


# Select, join, ask


def test_select_takes_the_order_asked_for() -> None:
    assert panel().select(["USD/KZT", "KZ 2045"]).ids == ("USD/KZT", "KZ 2045")
    assert panel().select("USD/KZT").ids == ("USD/KZT",)


def test_join_puts_members_one_after_another() -> None:
    bond, tenge = panel().select("KZ 2045"), panel().select("USD/KZT")
    assert bond.join(tenge) == panel()
    assert bond.join() == bond
    assert tenge.join(bond).ids == ("USD/KZT", "KZ 2045")


def test_join_refuses_ids_that_repeat() -> None:
    with pytest.raises(
        mi.InputError, match=r"Panel\.instruments: .*received \['KZ 2045'\]; .*rename before joining"
    ):
        panel().join(panel().select("KZ 2045"))


def test_a_panel_is_asked_like_a_collection_of_ids() -> None:
    both = panel()
    assert (len(both), list(both), "USD/KZT" in both, "EUR/KZT" in both) == (
        2,
        ["KZ 2045", "USD/KZT"],
        True,
        False,
    )
    assert both.instrument("USD/KZT") is TENGE
    assert both.position("USD/KZT") == 1


@pytest.mark.parametrize(
    "ask", [mi.Panel.__getitem__, mi.Panel.instrument, mi.Panel.quotes_of, mi.Panel.select]
)
def test_an_unknown_member_is_named_with_those_that_there_are(ask: Any) -> None:
    words = r"instrument: is not in the panel; received 'EUR/KZT'; allowed: 'KZ 2045', 'USD/KZT'"
    with pytest.raises(mi.InputError, match=words):
        ask(panel(), "EUR/KZT" if ask is not mi.Panel.select else ["EUR/KZT"])


def test_equality_is_by_value() -> None:
    assert panel() == panel()
    assert panel() != panel().select("KZ 2045")
    assert panel() != mi.Panel.from_frame(
        frame(), instruments=[BOND, mi.CurrencyPair("USD", "KZT", calendar="XLON")]
    )


# Where the numbers came from


def test_a_panel_says_how_much_it_holds_and_from_where() -> None:
    assert repr(panel()) == (
        "Panel of 2\n"
        "  KZ 2045: 5 sessions, 2022-01-03 to 2022-01-07 [percent], a frame of the user's\n"
        "  USD/KZT: 3 sessions, 2022-01-03 to 2022-01-07 [KZT per USD], a frame of the user's"
    )


def test_a_reconstruction_is_called_one_in_the_repr_and_stamped() -> None:
    rebuilt = mi.Provenance("from what was reported", kind="reconstruction")
    made = mi.Panel.from_frame(frame(), instruments=BOND, provenance=rebuilt)
    assert made.quotes_of("KZ 2045").provenance is rebuilt
    assert "RECONSTRUCTION: from what was reported" in repr(made)
    assert made.stamp == "RECONSTRUCTION"


def test_one_reconstruction_stamps_the_panel_and_leaves_the_other_series_alone() -> None:
    rebuilt = mi.Panel.from_frame(
        frame(), instruments=BOND, provenance=mi.Provenance("a", kind="reconstruction")
    )
    observed = panel().select("USD/KZT")
    assert observed.stamp is None
    assert "RECONSTRUCTION" not in repr(observed)
    assert rebuilt.join(observed).stamp == "RECONSTRUCTION"
    assert rebuilt.join(observed).select("USD/KZT").stamp is None


# What is refused


@pytest.mark.parametrize(
    ("instruments", "words"),
    [
        ("KZ 2045", "instruments: is not an instrument; received 'K'"),
        (
            [BOND, "USD/KZT"],
            "instruments: is not an instrument; received 'USD/KZT'; allowed: SovereignBond, Currency",
        ),
        ({"KZ 2045": "a bond"}, "instruments: is not an instrument; received 'a bond'"),
        ([], "instruments: needs at least one instrument, under ids that do not repeat"),
        (
            [BOND, BOND],
            "instruments: needs at least one instrument, under ids that do not repeat; received ['KZ 2045', 'KZ 2045']",
        ),
        ({"KZ 2045": BOND, "USD/KZT": BOND}, "under ids that do not repeat; received ['KZ 2045']"),
        (
            mi.CurrencyPair("EUR", "KZT"),
            "instruments: the frame has no such column; received 'EUR/KZT'; allowed: 'KZ 20",
        ),
        (
            {"close": BOND},
            "instruments: the frame has no such column; received 'close'; allowed: 'KZ 2045', 'USD/KZT'",
        ),
    ],
    ids=repr,
)
def test_instruments_that_do_not_fit_the_frame_are_refused(instruments: Any, words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        mi.Panel.from_frame(frame(), instruments=instruments)


def test_a_column_that_stands_twice_is_refused() -> None:
    twice = pd.concat([frame(), frame()[["KZ 2045"]]], axis=1)
    with pytest.raises(
        mi.DataError, match="frame: the frame has this column more than once; received 'KZ 2045'"
    ):
        mi.Panel.from_frame(twice, instruments=BOND)


@pytest.mark.parametrize("before", [1.0, np.nan, None, pd.NA], ids=["number", "nan", "none", "NA"])
def test_text_in_a_column_of_numbers_is_named_with_its_cell(before: object) -> None:
    cells = pd.Series([4.2, before, "n.a.", 4.4, 4.3], dtype=object, index=WEEK)
    words = (
        r"KZ 2045: text in a column of numbers, at 2022-01-05.*; received 'n\.a\.'; allowed: numbers, or NaN"
    )
    with pytest.raises(mi.DataError, match=words):
        only(cells)


def test_digits_grouped_with_an_underscore_are_text() -> None:
    with pytest.raises(
        mi.DataError, match=r"KZ 2045: text in a column of numbers, at 2022-01-04.*received '1_000'"
    ):
        only(pd.Series([4.2, "1_000", 4.5, 4.4, 4.3], dtype=object, index=WEEK))


@pytest.mark.parametrize(
    "cells",
    [
        WEEK,
        WEEK - WEEK[0] + pd.Timedelta("1D"),
        pd.array([True, False, True, True, True]),
        np.arange(1, 6) * 1j,
    ],
    ids=["dates", "lengths of time", "truth values", "complex numbers"],
)
def test_what_is_no_column_of_numbers_is_refused(cells: Any) -> None:
    with pytest.raises(mi.DataError, match="KZ 2045"):
        only(cells)


@pytest.mark.parametrize("value", [np.inf, -np.inf, "inf"])
def test_an_infinite_value_is_named_with_its_date(value: object) -> None:
    with pytest.raises(mi.DataError, match="KZ 2045: 2022-01-04 is infinite"):
        only(pd.Series([4.2, value, 4.5, 4.4, 4.3], dtype=object, index=WEEK))


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_a_price_that_is_not_positive_is_named_with_its_date(value: float) -> None:
    with pytest.raises(
        mi.DataError, match=rf"KZ 2044: 2022-01-04 holds a price that is not positive; received {value}"
    ):
        only([130.0, value, 129.0, 128.0, 127.0], instrument=PRICE)


@pytest.mark.parametrize(
    ("index", "words"),
    [
        (
            range(5),
            "frame.index: the index does not hold dates; received 'RangeIndex'; allowed: a DatetimeIndex",
        ),
        ([str(day) for day in WEEK], "frame.index: the index does not hold dates"),
        (WEEK.to_period("D"), "frame.index: the index does not hold dates; received 'PeriodIndex'"),
        ([pd.NaT, *WEEK[1:]], "frame.index: the index has a missing date"),
        (WEEK[[0, 1, 1, 2, 3]], "KZ 2045: 2022-01-04"),
        (
            WEEK[[0, 2, 1, 3, 4]],
            "KZ 2045: dates are out of order: 2022-01-04 (2022-01-04) comes after 2022-01-05",
        ),
        (
            pd.date_range("2022-01-03", periods=5, freq="h"),
            "intraday bars are refused: keep one snapshot of each day",
        ),
    ],
    ids=["numbers", "text", "periods", "missing", "repeated", "disordered", "hours"],
)
def test_an_index_that_is_not_one_date_a_row_is_refused(index: Any, words: str) -> None:
    with pytest.raises(mi.DataError, match=re.escape(words)):
        only([4.2, 4.2, 4.53, 4.4, 4.3], index)


@pytest.mark.parametrize(("freq", "gap"), [("W-FRI", 7), ("ME", 31)])
def test_weekly_and_monthly_frames_are_refused(freq: str, gap: int) -> None:
    with pytest.raises(
        mi.InputError, match=rf"KZ 2045: the series is not daily: the median gap between quotes is {gap}"
    ):
        only(np.ones(24), pd.date_range("2020-01-31", periods=24, freq=freq))


@pytest.mark.parametrize("empty", [frame().iloc[:0], frame() * np.nan], ids=["no rows", "no numbers"])
def test_a_frame_without_a_quote_is_refused(empty: pd.DataFrame) -> None:
    with pytest.raises(mi.DataError, match="KZ 2045: nothing is quoted"):
        mi.Panel.from_frame(empty, instruments=[BOND, TENGE])


def test_a_panel_of_nothing_is_refused() -> None:
    with pytest.raises(
        mi.InputError, match=r"Panel\.instruments: a panel needs one series for each of at least one"
    ):
        panel().select([])


# A dating lag on the way in


def test_official_dates_are_put_back_to_the_day_of_setting() -> None:
    official = mi.CurrencyPair("USD", "RUB", dating_lag=1)
    dated = pd.DatetimeIndex(["2022-02-22", "2022-02-23", "2022-02-24", "2022-02-25", "2022-02-26"])
    made = only([76.1, 77.2, 80.0, 86.9, 83.5], dated, official)
    assert made["USD/RUB"].index.tolist() == pd.bdate_range("2022-02-21", periods=5).tolist()
    assert made.quotes_of("USD/RUB").notes == ("dates put back by 1 working day(s) to the day that set them",)


# Quotes left out


def quoted_prices() -> mi.Panel:
    days = pd.bdate_range("2016-08-08", periods=5)
    frame = pd.DataFrame(
        {"ask": [90.0, 90.1, 109.5, 90.3, 90.2], "bid": [88.0, 88.1, 88.0, np.nan, 88.2]}, index=days
    )
    members = [mi.SovereignBond(name, quoted="dirty price") for name in ("ask", "bid")]
    return mi.Panel.from_frame(frame, instruments=members)


@pytest.mark.parametrize(
    "days",
    [
        ["2016-08-10"],
        "2016-08-10",
        [date(2016, 8, 10)],
        np.array(["2016-08-10"], dtype="datetime64[D]"),
        pd.DatetimeIndex(["2016-08-10"]),
        [pd.Timestamp("2016-08-10"), "2016-08-10"],
    ],
)
def test_quotes_are_left_out_by_date_and_a_note_says_so(days: Any) -> None:
    panel = quoted_prices()
    cleaned = panel.without_quotes("ask", days, reason="a spike that is undone")
    assert cleaned["ask"].tolist() == [90.0, 90.1, 90.3, 90.2]
    assert cleaned.quotes_of("ask").notes == ("1 quote left out (a spike that is undone): 2016-08-10",)
    assert cleaned.quotes_of("bid") is panel.quotes_of("bid")
    assert cleaned.instruments == panel.instruments
    assert len(panel["ask"]) == 5, "the panel itself stays as it is"


def test_several_quotes_are_left_out_in_order_of_time_and_notes_stay() -> None:
    panel = quoted_prices()
    cleaned = panel.without_quotes("bid", ["2016-08-12", "2016-08-08"], reason="bad")
    assert cleaned["bid"].tolist() == [88.1, 88.0]
    assert cleaned.quotes_of("bid").notes == (
        "1 of 5 dates without a value: not quoted",
        "2 quotes left out (bad): 2016-08-08, 2016-08-12",
    )
    again = cleaned.without_quotes("bid", ["2016-08-09"], reason="worse")
    assert again.quotes_of("bid").notes[-1] == "1 quote left out (worse): 2016-08-09"
    assert panel.without_quotes("bid", [], reason="none") is panel


def test_a_quote_that_stands_still_stands_still_without_its_neighbours() -> None:
    days = pd.bdate_range("2022-01-03", periods=60)
    levels = 100.0 + np.cumsum(np.random.default_rng(2).normal(size=60))
    levels[20:30] = levels[20]
    panel = mi.Panel.from_frame(
        pd.Series(levels, days, name="B"), instruments=mi.SovereignBond("B", quoted="clean price")
    )
    cleaned = panel.without_quotes("B", days[21:28], reason="bad")
    assert np.flatnonzero(cleaned.quotes_of("B").standing_still()).tolist() == [21, 22]


@pytest.mark.parametrize(
    ("name", "days", "reason", "words"),
    [
        ("mid", ["2016-08-10"], "bad", "instrument: is not in the panel"),
        ("bid", ["2016-08-11"], "bad", "days: is not quoted on these days; received '2016-08-11'"),
        (
            "ask",
            ["2016-08-10", "2016-08-13"],
            "bad",
            "received '2016-08-13'; allowed: sessions of the series, from",
        ),
        ("ask", ["yesterday"], "bad", "days: does not hold dates"),
        ("ask", [None], "bad", "days: does not hold dates"),
        ("ask", [20160810.5], "bad", "days: does not hold dates"),
        ("ask", ["2016-08-10"], " ", "reason: does not say why"),
        ("ask", ["2016-08-10"], None, "reason: does not say why"),
        ("ask", pd.bdate_range("2016-08-08", periods=5), "bad", "days: leaves no quote of the series"),
    ],
)
def test_quotes_that_cannot_be_left_out_are_refused(name: Any, days: Any, reason: Any, words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        quoted_prices().without_quotes(name, days, reason=reason)


def test_times_of_day_in_an_index_without_a_zone_are_noted_and_midnights_are_not() -> None:
    days = pd.bdate_range("2022-01-03", periods=12)
    for index, notes in (
        (days, ()),
        (days + pd.Timedelta(hours=16), ("times of day in the index are not read: dates alone",)),
    ):
        panel = mi.Panel.from_frame(pd.Series(range(1, 13), index=index), instruments=mi.Factor("x"))
        assert panel.quotes_of("x").notes == notes
        assert panel.quotes_of("x").sessions.tolist() == [day.date() for day in days]


def test_a_panel_shows_what_each_member_quotes_and_what_is_missing() -> None:
    made = panel(provenance=mi.Provenance("a <b>desk</b>", file="quotes.csv"))
    assert shown(made).rows == [
        ["instrument", "quoted", "unit", "first", "last", "quotes", "missing", "source"],
        [
            "KZ 2045", "yield", "percent", "2022-01-03", "2022-01-07", "5", "0 weekdays",
            "a <b>desk</b> (quotes.csv)",
        ],
        [
            "USD/KZT", "currency", "KZT per USD", "2022-01-03", "2022-01-07", "3", "2 weekdays",
            "a <b>desk</b> (quotes.csv)",
        ],
    ]  # fmt: skip
    assert shown(made).lines[1:] == ["Panel of 2"]


def test_missing_days_are_those_of_the_named_calendar() -> None:
    """London is shut on Monday 3 January 2022; where nobody knows the calendar nothing is counted, nothing fails."""

    def missing(calendar: str) -> str:
        pair = mi.CurrencyPair("USD", "KZT", calendar=calendar)
        made = mi.Panel.from_frame(pd.Series([435.0] * 2, index=WEEK[[0, 4]]), instruments=pair)
        return shown(made).rows[1][6]

    assert missing("XLON") == "3 sessions of XLON"
    assert missing("NOWHERE") == "not known"


def test_a_panel_that_was_fetched_shows_its_ledger_and_its_stamp() -> None:
    one = panel(provenance=mi.Provenance("reports", kind="reconstruction"))
    made = mi.Panel(
        one.instruments, one.quotes, instrument_ledger(["a", "b", "c"], ["", "", "no such series"])
    )
    assert shown(made).lines[1:] == [
        "Panel of 2",
        "RECONSTRUCTION: not all series were observed",
        "ledger: 2 used of 3 given (0 flagged, 1 left out)",
    ]


def test_what_a_large_panel_shows_is_bounded() -> None:
    many = pd.DataFrame({f"<script>{i}": [1.0, 2.0] for i in range(300)}, index=WEEK[:2])
    made = mi.Panel.from_frame(many, instruments=[mi.Factor(name) for name in many])
    text = repr(made).splitlines()
    assert (len(text), text[0], text[-1]) == (22, "Panel of 300", "  ... and 280 series more: .to_frame()")
    read = shown(made)
    assert [row[0] for row in read.rows[1:]] == [f"<script>{i}" for i in range(20)]
    assert read.lines[-1] == "... and 280 series more: .to_frame()"
