"""Robustness: every variant is the study run by hand with that one thing changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import marketimpact as mi
from marketimpact.maths.resample import placebo_scars
from marketimpact.study.estimates import sample_of
from marketimpact.study.variants import Variant
from tests.study.world import mixed_panel, news, price_panel, walk, weekdays

DAYS = weekdays(900)
PLACES = [200, 206, 330, 420, 520, 640]
NUMBERS = ["estimate", "std_error", "p_value", "conf_low", "conf_high", "n"]
PLACED = ["tau_from", "tau_to", "unit", *NUMBERS]
GROUPS = ["base", "model", "estimation length", "window", "shift", "without event", "without cluster"]
MODELS = (mi.MarketModel("EM"), mi.FactorModel(("EM", "UST")))
LENGTHS = (60, 90, 180)
WINDOWS = ((0, 1), (-2, 2))
POLICIES = mi.Policies(contamination="keep")


def timeline(length: int) -> mi.Timeline:
    return mi.Timeline(estimation=(-10 - length, -11), event=(-5, 5), min_estimation=50)


def study(**changes: Any) -> mi.EventStudy:
    chosen = {
        "timeline": timeline(120),
        "policies": POLICIES,
        "level": 0.9,
    }
    return mi.EventStudy(**(chosen | changes))


@pytest.fixture(scope="module")
def panel() -> mi.Panel:
    return mixed_panel(5, n=900, holidays=0.02, missing=0.02)


@pytest.fixture(scope="module")
def result(panel: mi.Panel) -> mi.StudyResult:
    """Three kinds of moves; e0 and e1 are one cluster, and a confounder meets e2."""
    confounder = mi.Event("c", announced_at=f"{DAYS[330]}T08:00", zone="UTC")
    pairs = [(f"e{i}", name) for i in range(6) for name in ("KZ yield", "KZ price", "USD/KZT")]
    return study().run(panel, news(DAYS[PLACES]), pairs=pairs, confounders=confounder)


@pytest.fixture(scope="module")
def over_events(result: mi.StudyResult) -> pd.DataFrame:
    return mi.robustness(result, models=MODELS, lengths=LENGTHS, windows=WINDOWS).to_frame()


def again(result: mi.StudyResult, **changes: Any) -> mi.StudyResult:
    """Run the study by hand with some things changed."""
    names = list(result.pairs)
    return study(**changes).run(result.panel, result.events, pairs=names)


def row_by_hand(found: mi.StudyResult, pair: tuple[str, str] | None, kind: str, window: str) -> pd.Series:
    """The row of the study's own table."""
    if pair is None:
        table = found.to_frame("caar")
        table = table[table["kind"] == kind]
        head = table["term"] == "CAAR headline"
    else:
        table = found.to_frame("car").set_index(["event_id", "instrument"]).loc[[pair]]
        head = table["term"] == "headline"
    if window == "headline":
        return table[head].iloc[0]
    spans = "(" + table["tau_from"].astype(str) + ", " + table["tau_to"].astype(str) + ")"
    return table[~head & (spans == window)].iloc[0]


def same(found: pd.Series, expected: pd.Series, columns: list[str] = PLACED) -> None:
    pd.testing.assert_series_equal(
        found[columns], expected[columns], check_names=False, check_dtype=False, rtol=1e-10
    )


@pytest.mark.parametrize("pair", [None, ("e3", "KZ yield")], ids=["means", "pair"])
def test_every_cell_of_the_grid_is_the_study_run_by_hand(
    result: mi.StudyResult, pair: tuple[str, str] | None
) -> None:
    event, instrument = pair or (None, None)
    found = mi.robustness(
        result, event_id=event, instrument=instrument, models=MODELS, lengths=LENGTHS, windows=WINDOWS
    )
    grid = found.to_frame().query("group == 'grid'")
    kinds = list(result.kinds) if pair is None else ["yield change [bp]"]
    assert list(found.kinds) == kinds
    assert len(grid) == 3 * 4 * 3 * len(kinds)
    checked = 0
    for model in (mi.ConstantMean(), *MODELS):
        for length in (120, *LENGTHS):
            by_hand = again(result, model=model, timeline=timeline(length), windows=WINDOWS)
            mine = grid[(grid["model"] == str(model)) & (grid["length"] == length)]
            assert len(mine) == 3 * len(kinds)
            for _, row in mine.iterrows():
                same(row, row_by_hand(by_hand, pair, row["kind"], row["window"]))
                assert row["reason"] == ""
                checked += 1
    assert checked == len(grid)


@pytest.mark.parametrize("pair", [None, ("e3", "KZ yield")], ids=["means", "pair"])
def test_one_thing_at_a_time_is_that_cell_of_the_grid(
    result: mi.StudyResult, pair: tuple[str, str] | None
) -> None:
    event, instrument = pair or (None, None)
    table = mi.robustness(
        result, event_id=event, instrument=instrument, models=MODELS, lengths=LENGTHS, windows=WINDOWS
    ).to_frame()
    wanted = {
        "base": ["base"],
        "model": [str(one) for one in MODELS],
        "estimation length": ["60 sessions", "90 sessions", "180 sessions"],
        "window": ["(0, 1)", "(-2, 2)"],
        "shift": ["-2", "-1", "0", "+1", "+2"],
    }
    grid = table[table["group"] == "grid"].set_index(["kind", "model", "length", "window"])
    for group, names in wanted.items():
        mine = table[table["group"] == group]
        assert mine["variant"].drop_duplicates().tolist() == names
        if group == "shift":
            continue
        for _, row in mine.iterrows():
            same(row, grid.loc[(row["kind"], row["model"], row["length"], row["window"])])
            other = [row["model"] != "constant mean", row["length"] != 120, row["window"] != "headline"]
            expected = [group == "model", group == "estimation length", group == "window"]
            assert other == expected


def test_the_base_is_the_result(result: mi.StudyResult, over_events: pd.DataFrame) -> None:
    for _, row in over_events.query("group == 'base'").iterrows():
        same(row, row_by_hand(result, None, row["kind"], "headline"))
    alone = mi.robustness(result, event_id="e3", instrument="KZ price").to_frame().iloc[0]
    same(alone, row_by_hand(result, ("e3", "KZ price"), "", "headline"))
    assert alone["n_obs"] == result.one("e3", "KZ price").n_obs


def test_n_obs_of_a_mean_is_the_fewest(result: mi.StudyResult) -> None:
    """The factor has holes."""
    market = again(result, model=MODELS[0])
    row = mi.robustness(market).to_frame().query("group == 'base' and kind == 'yield change [bp]'").iloc[0]
    counts = [market.one(f"e{i}", "KZ yield").n_obs for i in range(6)]
    assert row["n_obs"] == min(counts) < max(counts)


@pytest.mark.parametrize("pair", [None, ("e2", "USD/KZT")], ids=["means", "pair"])
def test_shifts_are_those_of_the_shift_table(result: mi.StudyResult, pair: tuple[str, str] | None) -> None:
    event, instrument = pair or (None, None)
    found = mi.robustness(result, event_id=event, instrument=instrument).to_frame().query("group == 'shift'")
    table = result.shift_sensitivity()
    if pair is None:
        table = table[table["event_id"].isna()]
    else:
        table = table[(table["event_id"] == event) & (table["instrument"] == instrument)]
    assert len(found) == len(table) == 5 * (3 if pair is None else 1)
    for _, row in found.iterrows():
        expected = table[(table["shift"] == int(row["variant"])) & (table["kind"] == row["kind"])].iloc[0]
        same(row, expected)


def cluster_t(values: list[list[float]]) -> tuple[float, float, float]:
    """Mean, standard error and p of cluster means by scipy."""
    means = np.array([np.mean(one) for one in values])
    return means.mean(), stats.sem(means), stats.ttest_1samp(means, 0.0).pvalue


def test_one_event_out_is_the_mean_of_the_others_by_hand(
    result: mi.StudyResult, over_events: pd.DataFrame
) -> None:
    """e0 and e1 are one cluster; without one of them the other is a cluster of its own."""
    mine = over_events.query("group == 'without event' and kind == 'yield change [bp]'").set_index("variant")
    assert mine.index.tolist() == [f"e{i}" for i in range(6)]
    moves = {f"e{i}": result.one(f"e{i}", "KZ yield").headline.estimate for i in range(6)}
    for out in moves:
        clusters = [[moves[name] for name in names if name != out] for names in
                    (["e0", "e1"], ["e2"], ["e3"], ["e4"], ["e5"])]  # fmt: skip
        expected = cluster_t([one for one in clusters if one])
        assert tuple(mine.loc[out, ["estimate", "std_error", "p_value"]]) == pytest.approx(expected)
        assert mine.loc[out, "n"] == 5


def test_one_cluster_out_is_the_mean_of_the_other_clusters_by_hand(
    result: mi.StudyResult, over_events: pd.DataFrame
) -> None:
    mine = over_events.query("group == 'without cluster' and kind == 'yield change [bp]'")
    moves = {f"e{i}": result.one(f"e{i}", "KZ yield").headline.estimate for i in range(6)}
    clusters = [["e0", "e1"], ["e2"], ["e3"], ["e4"], ["e5"]]
    assert len(mine) == 5
    assert mine["variant"].iloc[0].startswith(str(DAYS[200]))
    assert " to " in mine["variant"].iloc[0]
    for i, (_, row) in enumerate(mine.iterrows()):
        kept = [[moves[name] for name in names] for j, names in enumerate(clusters) if j != i]
        assert tuple(row[["estimate", "std_error", "p_value"]]) == pytest.approx(cluster_t(kept))


def test_pairs_taken_as_independent_are_left_out_one_by_one_and_named() -> None:
    panel = price_panel({"A": walk(np.random.default_rng(1), 900)}, DAYS)
    result = study(cluster=None).run(panel, news(DAYS[PLACES[:3]]))
    mine = mi.robustness(result).to_frame().query("group == 'without cluster'")
    assert mine["variant"].tolist() == ["e0 on A", "e1 on A", "e2 on A"]


def test_without_confounded_is_the_comparison(result: mi.StudyResult, over_events: pd.DataFrame) -> None:
    without = result.excluding_confounded().without
    mine = over_events.query("group == 'without confounded'")
    assert set(mine["kind"]) == set(result.kinds)
    for _, row in mine.iterrows():
        same(row, row_by_hand(without, None, row["kind"], "headline"))
        assert row["n"] == 5


def test_a_pair_that_is_confounded_has_no_number_without_confounded_pairs(result: mi.StudyResult) -> None:
    row = mi.robustness(result, event_id="e2", instrument="KZ yield").to_frame()
    row = row.query("group == 'without confounded'").iloc[0]
    assert np.isnan(row["estimate"])
    assert row["reason"].startswith("confounded, and left out on request")


def test_without_confounders_there_is_no_such_row() -> None:
    panel = price_panel({"A": walk(np.random.default_rng(2), 900)}, DAYS)
    table = mi.robustness(study().run(panel, news(DAYS[PLACES]))).to_frame()
    assert table["group"].drop_duplicates().tolist() == [
        one for one in GROUPS if one != "model"
    ] + ["grid"]  # fmt: skip


def test_a_study_without_its_confounded_pairs_stays_without_them(result: mi.StudyResult) -> None:
    without = result.excluding_confounded().without
    table = mi.robustness(without, lengths=(90,)).to_frame()
    assert set(table.query("group in ['base', 'grid', 'estimation length']")["n"]) == {5}
    base = table.query("group == 'base' and kind == 'yield change [bp]'").iloc[0]
    same(base, row_by_hand(without, None, base["kind"], "headline"))
    kept = [pair for pair in result.pairs if pair[0] != "e2"]
    longer = study(timeline=timeline(90)).run(result.panel, result.events, pairs=kept)
    row = table.query("group == 'estimation length' and kind == 'yield change [bp]'").iloc[0]
    same(
        row, row_by_hand(longer, None, row["kind"], "headline")
    )  # contamination="keep": nothing else differs


@pytest.mark.parametrize("clock", ["09:00", None], ids=["one session", "two candidates"])
def test_placebo_dates_are_the_standardized_sums_with_their_own_window_left_out(clock: str | None) -> None:
    """By brute force: a fit of the rest for every window, and the event treated alike."""
    levels = walk(np.random.default_rng(3), 900)
    result = study().run(price_panel({"A": levels}, DAYS), news(DAYS[[400]], clock))
    table = mi.robustness(result).to_frame().query("group == 'placebo date'")
    length = 1 if clock else 2
    event, placed = table.iloc[0], table.iloc[1:]
    moves = np.diff(np.log(levels), prepend=np.nan)
    sample = np.concatenate([np.arange(270, 390), 400 + np.arange(length)])
    assert (event["variant"], event["unit"], event["n"]) == ("event date", "standard errors", length)
    assert len(placed) == 120 - length + 1
    for (_, row), start in zip(placed.iterrows(), range(120 - length + 1), strict=True):
        inside = sample[start : start + length]
        rest = moves[np.setdiff1d(sample, inside)]
        n = len(rest)
        expected = (moves[inside] - rest.mean()).sum() / (rest.std(ddof=1) * np.sqrt(length + length**2 / n))
        assert row["estimate"] == pytest.approx(expected, rel=1e-8)
        assert row["variant"] == str(DAYS[270 + start])
        assert (row["tau_from"], row["tau_to"]) == (start - 130, start - 130 + length - 1)
    head = result.one("e0").headline
    assert event["estimate"] == pytest.approx(head.statistic, rel=1e-9)
    assert event["p_value"] == result.one("e0").rank.p_value
    if length == 1:
        larger = (placed["estimate"].abs() >= abs(event["estimate"])).sum()
        assert event["p_value"] == pytest.approx((1 + larger) / 121)


def test_placebo_dates_leave_out_days_that_other_news_contaminates() -> None:
    panel = price_panel({"A": walk(np.random.default_rng(4), 900)}, DAYS)
    result = study(policies=mi.Policies()).run(panel, news(DAYS[[350, 400]]))
    table = mi.robustness(result, event_id="e1").to_frame().query("group == 'placebo date'").iloc[1:]
    lost = table[table["estimate"].isna()]
    assert lost["variant"].tolist() == [str(day) for day in DAYS[345:356]]
    assert (lost["reason"] == "holds a day left out of the estimation window, or no quote").all()
    assert (table["reason"] == "").sum() == 109
    a = result.alignment
    scars = placebo_scars(sample_of(a, np.array([1])), a.positions[[1]], 1)[0, :-1]
    np.testing.assert_array_equal(table["estimate"], scars)


def test_a_rank_that_does_not_apply_says_so_beside_its_number() -> None:
    panel = price_panel({"A": walk(np.random.default_rng(5), 900)}, DAYS)
    week = mi.Event("week", announced_at=str(DAYS[400]), precision="7d", zone="UTC")
    result = study(timeline=timeline(90)).run(panel, week)
    event = mi.robustness(result).to_frame().query("group == 'placebo date'").iloc[0]
    assert np.isfinite(event["estimate"])
    assert np.isnan(event["p_value"])
    assert "needs" in event["reason"]


def test_a_variant_that_cannot_be_computed_is_a_row_with_its_reason(panel: mi.Panel) -> None:
    result = study().run(panel, news(DAYS[[200, 420]]), pairs=[("e0", "KZ price"), ("e1", "KZ price")])
    asked = {"lengths": (40, 250, 2000), "models": (mi.BenchmarkSpread("UST"), mi.MarketModel("KZ price"))}
    pair = mi.robustness(result, event_id="e0", instrument="KZ price", **asked).to_frame()
    mean = mi.robustness(result, **asked).to_frame()
    for table in (pair, mean):
        rows = table[table["group"].isin(["model", "estimation length"])].set_index("variant")
        assert rows.loc["40 sessions", "reason"].startswith(
            "Timeline.estimation: the estimation window holds 40"
        )
        assert 150 < rows.loc["2000 sessions", "n_obs"] < 190  # what there is before session 189
        assert "a spread is a difference of yields" in rows.loc["spread to UST", "reason"]
        assert rows.loc["market model on KZ price", "reason"]
        lost = rows.loc[["40 sessions", "spread to UST", "market model on KZ price"]]
        assert lost[["estimate", "std_error", "p_value", "conf_low", "conf_high"]].isna().all(axis=None)
        assert (lost["n"] == 0).all()
        grid = table[table["group"] == "grid"]
        assert len(grid) == 3 * 4 * 4
        assert (grid["reason"] != "").sum() == grid["estimate"].isna().sum() > 0
    assert "40 sessions: Timeline.estimation" in str(mi.robustness(result, **asked).summary())


def test_a_mean_of_one_cluster_has_its_reason_in_every_row(panel: mi.Panel) -> None:
    pairs = [("e0", "KZ yield"), ("e1", "KZ yield")]
    result = study().run(panel, news(DAYS[[200, 203]]), pairs=pairs)
    table = mi.robustness(result, lengths=(90,)).to_frame()
    assert table["estimate"].isna().all()
    assert table["reason"].str.contains("needs two date clusters or more").any()
    assert table["reason"].ne("").all()
    out = table.query("group == 'without cluster'").iloc[0]
    assert out["reason"] == "no pair has a number"


def test_spreads_stand_beside_the_changes_of_the_same_yields(result: mi.StudyResult) -> None:
    table = mi.robustness(result, models=[mi.BenchmarkSpread("UST")], lengths=()).to_frame()
    rows = table[(table["group"] == "model") & (table["variant"] == "spread to UST")].set_index("kind")
    spreads = study(model=mi.BenchmarkSpread("UST")).run(
        result.panel, result.events, pairs=[(f"e{i}", "KZ yield") for i in range(6)]
    )
    same(rows.loc["yield change [bp]"], row_by_hand(spreads, None, "spread change [bp]", "headline"))
    assert set(rows.index) == set(result.kinds)
    assert "none" in rows.loc["currency log move [log]", "reason"]


def test_what_is_the_study_s_own_stands_once(result: mi.StudyResult) -> None:
    table = mi.robustness(
        result, event_id="e3", instrument="KZ yield", models=[mi.ConstantMean()], lengths=(120, 90),
        windows=((0, 0), (0, 1)),
    ).to_frame()  # fmt: skip
    assert len(table.query("group == 'grid'")) == 4
    assert table.query("group == 'model'").empty
    assert table.query("group == 'window'")["variant"].tolist() == ["(0, 1)"]


def test_a_window_is_a_variant_where_the_session_is_in_doubt() -> None:
    panel = price_panel({"A": walk(np.random.default_rng(6), 900)}, DAYS)
    result = study().run(panel, news(DAYS[[400]], None))
    table = mi.robustness(result, windows=((0, 0), (0, 1))).to_frame()
    assert table.query("group == 'window'")["variant"].tolist() == ["(0, 0)"]
    assert table.iloc[0][["tau_from", "tau_to"]].tolist() == [0, 1]


@settings(max_examples=5)
@given(order=st.permutations(range(6)))
def test_the_order_of_events_changes_nothing(order: list[int]) -> None:
    panel = mixed_panel(7, n=900).select(["KZ yield", "KZ price"])
    events = list(news(DAYS[PLACES]))
    first = mi.robustness(study().run(panel, events, pairs="all"), lengths=(90,))
    other = mi.robustness(study().run(panel, [events[i] for i in order], pairs="all"), lengths=(90,))
    pd.testing.assert_frame_equal(first.to_frame(), other.to_frame(), check_exact=True)
    assert first == other
    assert repr(first) == repr(other)
    assert str(first.summary()) == str(other.summary())


def test_the_order_of_what_is_tried_orders_the_rows_alone(result: mi.StudyResult) -> None:
    keys = ["kind", "group", "model", "length", "window", "variant"]
    one, other = (
        mi.robustness(result, models=MODELS[::step], lengths=LENGTHS[::step], windows=WINDOWS[::step])
        .to_frame()
        .sort_values(keys, ignore_index=True)
        for step in (1, -1)
    )
    pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_the_only_pair_needs_no_name() -> None:
    panel = price_panel({"A": walk(np.random.default_rng(8), 900)}, DAYS)
    result = study().run(panel, news(DAYS[[400]]))
    found = mi.robustness(result)
    assert (found.event_id, found.instrument) == ("e0", "A")
    assert (
        found == mi.robustness(result, event_id="e0", instrument="A") == mi.robustness(result, instrument="A")
    )
    assert found != mi.robustness(result, lengths=(90,))
    assert repr(found) == "Robustness: e0 on A, 154 variants, 20 of them in the grid, 0 without a number"


def test_the_table_and_the_summary_say_what_the_variants_hold(result: mi.StudyResult) -> None:
    found = mi.robustness(result, event_id="e3", instrument="KZ yield", models=MODELS, lengths=(60, 90))
    table = found.to_frame()
    assert table.columns.tolist() == list(Variant.__dataclass_fields__)
    grid = table.query("group == 'grid'")
    rows = {row[0]: row[1:] for row in found.summary().rows}
    base = table["estimate"].iloc[0]
    away = grid.loc[(grid["estimate"] - base).abs().idxmax()]
    assert rows["grid"] == (
        str(len(grid)), str(len(grid)), f"{grid['estimate'].min():+.2f} bp", f"{grid['estimate'].max():+.2f} bp",
        f"{(grid['p_value'] < 0.1).sum()} of {len(grid)}", f"{away['variant']}: {away['estimate']:+.2f} bp",
    )  # fmt: skip
    assert "p < .1" in found.summary().columns
    assert "placebo dates from" in str(found.summary())
    assert "<table>" in found._repr_html_()
    kinds = mi.robustness(result).summary()
    assert kinds.columns[0] == "kind"


def test_reconstructed_series_are_stamped() -> None:
    result = mi.EventStudy().run(
        mi.datasets.load_panel("kazakhstan_2045"), mi.datasets.load_events("kazakhstan_2022"), pairs="all"
    )
    found = mi.robustness(result, event_id="kz-2022-01-05-emergency")
    assert found.stamp == "RECONSTRUCTION"
    assert "every p is illustrative" in str(found.summary())
    assert repr(found).endswith("RECONSTRUCTION")


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        ({"event_id": "nobody"}, r"names no pair of this study"),
        ({"instrument": "KZ yield"}, r"must be named: the instrument met several events"),
        ({"instrument": "EM"}, r"names no pair of this study"),
        ({"event_id": "e1"}, r"met several instruments: name one"),
        ({"lengths": (60, 60)}, r"lengths: are not lengths of an estimation window"),
        ({"lengths": (60.0,)}, r"lengths: are not lengths of an estimation window"),
        ({"lengths": 60}, r"lengths: are not lengths"),
        ({"models": ("EM",)}, r"models: is not a normal model; received 'EM'"),
        ({"models": (mi.MarketModel("SPX"),)}, r"SPX"),
        ({"models": (MODELS[0], MODELS[0])}, r"models must not repeat, nor read alike"),
        ({"windows": ((0, 9),)}, r"a window leaves the event window"),
        ({"windows": 1}, r"is not a list of windows"),
        ({"windows": ((0, 1), (0, 1))}, r"needs windows that do not repeat"),
    ],
)
def test_what_cannot_be_asked_is_refused(result: mi.StudyResult, asked: dict[str, Any], match: str) -> None:
    with pytest.raises(mi.InputError, match=match):
        mi.robustness(result, **asked)


def test_a_study_without_numbers_is_refused() -> None:
    panel = price_panel({"A": walk(np.random.default_rng(9), 900)}, DAYS)
    result = study().run(panel, news(DAYS[[20, 30]]))
    with pytest.raises(mi.InputError, match=r"the study has no pair with numbers"):
        mi.robustness(result)
