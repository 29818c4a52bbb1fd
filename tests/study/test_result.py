"""The result: its tables, its plain data, one pair of it, and what it refuses."""

from __future__ import annotations

import json
import math
import pickle
import re
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.study.about import ABOUT
from tests.study.world import mixed_panel, news, price_panel, walk, weekdays

TIDY = ["term", "estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high", "n"]
PAIR = ["event_id", "instrument", "kind", "term", "tau_from", "tau_to"]
COLUMNS = {
    "car": [*PAIR, *TIDY[1:4], "df", *TIDY[4:], "unit"],
    "ar": [*PAIR, *TIDY[1:4], "df", *TIDY[4:], "unit", "session"],
    "caar": [*PAIR[2:], *TIDY[1:4], "df", *TIDY[4:], "n_clusters", "n_dates", "pair_mean", "unit", "reason"],
    "aar": [*PAIR[2:], *TIDY[1:4], "df", *TIDY[4:], "n_clusters", "n_dates", "pair_mean", "unit", "reason"],
    "split": [*PAIR, "observed", "normal", "abnormal", "n", "unit", "hours_apart", "timing"],
    "tests": [
        *PAIR, "test", "statistic", "df", "p_value", "p_floor", "n", "n_clusters", "reason", "note", "null",
        "distribution", "assumptions",
    ],
}  # fmt: skip
TIMELINE = mi.Timeline(estimation=(-90, -6), event=(-2, 3))
STUDY = mi.EventStudy(timeline=TIMELINE, windows=((0, 0), (0, 1), (-2, 3)), model=mi.MarketModel("EM"))
LATE = "2030-01-01"


def run(places: tuple[int, ...] = (150, 152, 300, 450), seed: int = 0, **options: object) -> mi.StudyResult:
    """Four events on three instruments, and one after the end of every series."""
    days = [*(str(day) for day in weekdays(700)[list(places)]), LATE]
    return STUDY.run(mixed_panel(1, holidays=0.1), news(days), pairs="all", seed=seed, **options)


@pytest.fixture(scope="module")
def result() -> mi.StudyResult:
    return run()


@pytest.fixture(scope="module")
def nothing() -> mi.StudyResult:
    """A study whose every pair was left out."""
    return run(places=())


@pytest.mark.parametrize("table", COLUMNS)
def test_the_columns_of_a_table_stay(result, table):
    frame = result.to_frame(table)
    assert frame.columns.tolist() == COLUMNS[table]
    assert table in ("split", "tests") or set(TIDY) <= set(frame.columns)


@pytest.mark.parametrize(
    ("table", "rows"), [("car", 12 * 4), ("ar", 12 * 6), ("split", 12 * 4), ("caar", 3 * 4), ("aar", 3 * 6)]
)
def test_a_table_has_one_row_a_pair_or_kind_and_window(result, table, rows):
    frame = result.to_frame(table)
    assert len(frame) == rows
    assert not frame.duplicated([c for c in PAIR if c in frame]).any()


def test_the_table_of_tests_holds_every_test(result):
    """t and rank for 12 pairs; t and permutation for 3 kinds over headline and 3 windows; t for 6 days."""
    tests = result.to_frame("tests")
    counts = tests["test"].value_counts().to_dict()
    assert counts == {"t": 12, "rank with refit": 12, "cluster t": 3 * (4 + 6), "date permutation": 3 * 4}
    pd.testing.assert_frame_equal(result.tests, tests)
    applies = tests["reason"] == ""
    assert tests.loc[applies, "p_value"].between(0, 1).all()
    assert (tests.loc[applies, "p_value"] >= tests.loc[applies, "p_floor"]).all()
    assert tests.loc[~applies, "p_value"].isna().all()


def test_tables_and_wide_frames_hold_the_same_numbers(result):
    car = result.to_frame("car").query("term == 'CAR'")
    for window in result.spec.window_list:
        rows = car[(car["tau_from"] == window[0]) & (car["tau_to"] == window[1])].set_index(
            ["event_id", "instrument"]
        )
        pd.testing.assert_series_equal(rows["estimate"], result.car[window], check_names=False)
        pd.testing.assert_series_equal(rows["statistic"], result.scar[window], check_names=False, rtol=1e-12)
    ar = result.to_frame("ar").pivot(index=["event_id", "instrument"], columns="tau_from", values="estimate")
    np.testing.assert_array_equal(ar.loc[result.pairs.tolist()], result.ar)
    error = result.to_frame("ar").pivot(
        index=["event_id", "instrument"], columns="tau_from", values="std_error"
    )
    np.testing.assert_allclose(result.sar, result.ar / error.loc[result.pairs.tolist()])


def test_the_covariance_gives_the_variance_of_every_sum(result):
    car = result.to_frame("car").query("term == 'CAR' and tau_from == -2 and tau_to == 3")
    np.testing.assert_allclose(np.sqrt(np.nansum(result.cov, axis=(1, 2))), car["std_error"], rtol=1e-10)


def test_intervals_have_the_level_that_was_asked():
    wide, narrow = (
        mi.EventStudy(timeline=TIMELINE, level=level).run(
            mixed_panel(1).select("KZ price"), news(["2016-05-02"])
        )
        for level in (0.99, 0.5)
    )
    one, other = wide.to_frame("car").iloc[0], narrow.to_frame("car").iloc[0]
    assert one["conf_low"] < other["conf_low"] < other["estimate"] < other["conf_high"] < one["conf_high"]
    assert one["conf_high"] - one["estimate"] == pytest.approx(2.636 * one["std_error"], rel=1e-3)


@pytest.mark.parametrize("made", ["result", "nothing"])
def test_plain_data_is_json_without_nan(made, request):
    given = request.getfixturevalue(made)
    plain = given.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert (plain["schema"], plain["seed"]) == (1, 0)
    assert plain["spec"]["model"] == {"name": "MarketModel", "factors": ["EM"]}
    assert set(plain["tables"]) == set(COLUMNS)
    assert len(plain["ledger"]) == len(given.ledger)


def test_plain_data_says_what_each_test_is_once(result):
    """The facts of a test stand beside the tables, not in every row of them."""
    plain, table = result.to_dict(), result.to_frame("tests")
    assert set(plain["about"]) == set(table["test"])
    for name, facts in plain["about"].items():
        assert facts == asdict(ABOUT[name])
    for name, row in table.set_index("test")[["null", "distribution", "assumptions"]].iterrows():
        assert row.to_dict() == {column: plain["about"][name][column] for column in row.index}
    assert not {"null", "distribution", "assumptions"} & set(plain["tables"]["tests"][0])


def test_plain_data_holds_numbers_as_they_are(result):
    """No rounding: a p of 1e-20 and an abnormal move of 1e-5 come back to the last bit."""
    for table in ("car", "ar", "tests"):
        frame, records = result.to_frame(table), result.to_dict()["tables"][table]
        for column in ("statistic", "p_value"):
            found = [math.nan if row[column] is None else row[column] for row in records]
            np.testing.assert_array_equal(found, frame[column])


def test_the_same_inputs_and_seed_give_an_equal_result(result):
    again = run()
    assert again == result
    assert (
        repr(again)
        == repr(result)
        == "StudyResult: market model on EM, 12 used of 15 given (2 flagged, 3 left out)"
    )
    assert str(again.summary()) == str(result.summary())
    assert run(seed=1) != result
    assert result != "result"


def test_a_result_that_differs_in_the_last_digits_is_not_equal():
    """Prices a few parts in 1e15 apart."""
    levels = walk(np.random.default_rng(2), 200)
    nudged = levels.copy()
    nudged[150] *= 1 + 2e-15
    one, other = (
        mi.EventStudy(timeline=TIMELINE).run(
            price_panel({"A": given}, weekdays(200)), news(weekdays(200)[[150]])
        )
        for given in (levels, nudged)
    )
    assert not np.array_equal(other.ar, one.ar)
    assert other != one


@pytest.mark.parametrize("made", ["result", "nothing"])
def test_a_result_survives_pickling(made, request):
    given = request.getfixturevalue(made)
    back = pickle.loads(pickle.dumps(given))
    assert back == given
    assert repr(back) == repr(given)
    pd.testing.assert_frame_equal(back.to_frame("tests"), given.to_frame("tests"), check_exact=True)


def test_a_result_from_a_pickle_cannot_be_written_to_either(result):
    back = pickle.loads(pickle.dumps(result))
    assert [name for name, array in arrays_of(back).items() if array.flags.writeable] == []


def test_the_seed_stands_in_the_result_and_moves_only_drawn_p():
    one, other = run(seed=7), run(seed=8)
    assert (one.seed, one.to_dict()["seed"]) == (7, 7)
    a, b = one.to_frame("tests"), other.to_frame("tests")
    drawn = a["note"].str.contains("seed 7")
    assert drawn.any()
    assert (a.loc[drawn, "p_value"] != b.loc[drawn, "p_value"]).any()
    pd.testing.assert_frame_equal(a[~drawn], b[~drawn], check_exact=True)


@pytest.mark.parametrize("seed", [-1, 1.0, True, "0", None])
def test_a_seed_is_a_whole_number_from_zero(seed):
    with pytest.raises(mi.InputError, match="seed: is not a seed"):
        run(seed=seed)


def test_progress_is_told_in_steps():
    told = []
    run(progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def arrays_of(result: mi.StudyResult) -> dict[str, np.ndarray]:
    """Arrays of every part of a result."""
    a = result.alignment
    return {
        "sessions": result.panel.quotes[0].sessions,
        "levels": result.panel.quotes[0].levels,
        "start": result.events.start,
        "position": a.position,
        "codes": a.codes,
        "design.y": a.design.y,
        "params": result.estimates.fit.params,
        "ar": result.estimates.abnormal.ar,
        "car": result.estimates.sums.car,
        "headline": result.estimates.headline.car,
    }


def test_arrays_cannot_be_written_to(result):
    one = result.one("e0", "KZ yield")
    arrays = {**arrays_of(result), "one.moves": one.moves, "one.ar": one.ar, "one.path": one.path}
    assert [name for name, array in arrays.items() if array.flags.writeable] == []
    with pytest.raises(ValueError, match="read-only"):
        one.ar[0] = 0.0


def test_writing_into_a_frame_does_not_reach_the_result(result):
    before = result.ar.iloc[0, 0]
    frame = result.ar
    frame.iloc[0, 0] = 99.0
    assert result.ar.iloc[0, 0] == before


def test_one_pair_holds_what_the_tables_hold(result):
    one = result.one("e2", "KZ yield")
    car = result.to_frame("car").query("event_id == 'e2' and instrument == 'KZ yield'")
    for found, (_, row) in zip((one.headline, *one.windows), car.iterrows(), strict=True):
        assert found.window == (row["tau_from"], row["tau_to"])
        for name in ("estimate", "std_error", "statistic", "p_value", "df", "conf_low", "conf_high", "n"):
            assert getattr(found, name) == pytest.approx(row[name], rel=1e-12)
    rank = result.to_frame("tests").query(
        "test == 'rank with refit' and event_id == 'e2' and instrument == 'KZ yield'"
    )
    assert one.rank.p_value == rank["p_value"].iloc[0]
    assert one.rank.p_floor == rank["p_floor"].iloc[0] == 1 / (one.n_obs + 1)
    assert one.kind.unit == "bp"
    assert one.df == one.n_obs - 2
    levels = result.panel["KZ yield"]
    at = levels.index.get_loc(pd.Timestamp(one.session))
    np.testing.assert_allclose(one.moves, levels.diff().iloc[at - 2 : at + 4] * 100, rtol=1e-9)
    assert one.estimation_sessions == tuple(
        levels.index.to_numpy()[[at - 90, at - 6]].astype("datetime64[D]")
    )
    assert repr(one) == repr(result.one("e2", "KZ yield"))


@pytest.mark.parametrize(
    ("pair", "says"),
    [
        (("e4", "KZ yield"), "was left out: no snapshot after the event: the series ends on 20"),
        (
            ("e9", "KZ yield"),
            "names no pair of this study; received ('e9', 'KZ yield'); allowed: e0, e1, e2, e3, e4",
        ),
        (("e0", "EM"), "names no pair of this study"),
        (("e0", "KZ 2045"), "is not in the panel; received 'KZ 2045'"),
        (
            ("e0", None),
            "met several instruments: name one; received ('e0', None); allowed: KZ price, KZ yield, USD/KZT",
        ),
    ],
    ids=["left out", "unknown event", "not studied", "unknown instrument", "several"],
)
def test_one_pair_that_cannot_be_given_says_why(result, pair, says):
    with pytest.raises(mi.InputError, match=re.escape(says)):
        result.one(*pair)


def test_the_instrument_may_be_left_out_where_there_is_one():
    alone = mi.EventStudy(timeline=TIMELINE).run(mixed_panel(1).select("KZ price"), news(["2016-05-02"]))
    assert alone.one("e0").instrument.id == "KZ price"


def test_an_unknown_table_names_the_known_ones(result):
    with pytest.raises(mi.InputError, match="table: is not a table; received 'tables'; allowed: 'car', 'ar'"):
        result.to_frame("tables")


@pytest.mark.parametrize("table", COLUMNS)
def test_a_study_whose_every_pair_was_left_out_has_empty_tables(nothing, table):
    assert nothing.ledger.used == 0
    assert len(nothing.ledger.to_frame()) == 3
    assert nothing.to_frame(table).columns.tolist() == COLUMNS[table]
    assert len(nothing.to_frame(table)) == 0
    assert "0 used of 3 given" in str(nothing.summary())


def test_tests_that_do_not_apply_keep_the_shape_of_the_tables():
    """One event: every test over events is a row with a reason, NaN, and the same columns."""
    single = run(places=(300,))
    tests = single.to_frame("tests").query("test == 'cluster t'")
    assert single.to_frame("tests").columns.tolist() == COLUMNS["tests"]
    assert len(tests) == 3 * (4 + 6)
    assert (tests["reason"] != "").all()
    assert tests[["statistic", "p_value", "df", "p_floor"]].isna().all(axis=None)
    assert single.to_frame("caar").columns.tolist() == COLUMNS["caar"]
    assert single.to_frame("caar")[["estimate", "p_value", "conf_low"]].isna().all(axis=None)
    permuted = single.to_frame("tests").query("test == 'date permutation'")
    short = permuted["tau_to"] < 3
    assert permuted.loc[short, "note"].str.contains("one date cluster: a joint test").all()
    assert (
        permuted.loc[~short, "reason"]
        .str.contains("needs 120 usable estimation moves for a window of 6")
        .all()
    )
    assert permuted.loc[~short, "p_value"].isna().all()


def test_the_summary_shows_every_pair_and_the_ledger(result):
    text = str(result.summary())
    assert "12 used of 15 given (2 flagged, 3 left out)" in text
    for event_id, instrument in result.pairs:
        assert re.search(rf"^{event_id} +{instrument} ", text, re.MULTILINE)
    html = result.summary()._repr_html_()
    assert html.count("<tr>") == 13
    assert "<th>event</th>" in html
