"""What a study must collapse to, and what must change nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import marketimpact as mi
from marketimpact.study import inference
from tests.study.world import mixed_panel, news, price_panel, walk, weekdays

TIMELINE = mi.Timeline(estimation=(-90, -6), event=(-2, 2))
WINDOWS = ((0, 0), (0, 1), (-2, 2))
SORTED = ["test", "kind", "term", "tau_from", "tau_to", "event_id", "instrument"]
NAMES = ("EUR/TRY", "EUR/ZAR", "EUR/MXN")
DAYS = (
    "2014-03-03",
    "2015-06-08",
    "2015-06-09",
    "2016-07-18",
    "2017-04-18",
    "2018-08-13",
    "2019-03-25",
    "2020-03-09",
)


@pytest.fixture(scope="module")
def rates() -> mi.Panel:
    return mi.fetch([f"ecb:{name}" for name in NAMES], start="2013-01-01", end="2021-01-01")


def study(**options: object) -> mi.EventStudy:
    return mi.EventStudy(timeline=TIMELINE, windows=WINDOWS, **options)


def by_name(result: mi.StudyResult) -> pd.DataFrame:
    return result.to_frame("tests").sort_values(SORTED, ignore_index=True)


def test_the_order_of_events_and_instruments_permutes_rows_and_changes_no_p(rates):
    """Real rates, events that share a date cluster, drawn permutations: the same to the last bit."""
    pairs = [(f"e{i}", name) for i in range(len(DAYS)) for name in NAMES]
    given = news(DAYS, "03:00", "Europe/Berlin")
    one = study().run(rates, given, pairs=pairs, seed=3)
    order = np.random.default_rng(0).permutation(len(pairs))
    shuffled = given.select([f"e{i}" for i in np.random.default_rng(1).permutation(len(DAYS))])
    other = study().run(rates.select(NAMES[::-1]), shuffled, pairs=[pairs[i] for i in order], seed=3)
    drawn = one.to_frame("tests").query("test == 'date permutation'")
    assert drawn["note"].str.contains("draws").any()
    assert other.pairs.tolist() == [pairs[i] for i in order]
    pd.testing.assert_frame_equal(by_name(other), by_name(one), check_exact=True)
    pd.testing.assert_frame_equal(other.ar.loc[one.pairs.tolist()], one.ar, check_exact=True)
    pd.testing.assert_frame_equal(other.car.loc[one.pairs.tolist()], one.car, check_exact=True)


def test_an_event_added_elsewhere_changes_no_other_pair(rates):
    few, more = (study().run(rates, news(DAYS[:n], "03:00"), pairs="all") for n in (4, 8))
    pd.testing.assert_frame_equal(more.ar.loc[few.pairs.tolist()], few.ar, check_exact=True)
    known = few.to_frame("tests").dropna(subset="event_id").set_index(["test", "event_id", "instrument"])
    again = more.to_frame("tests").dropna(subset="event_id").set_index(["test", "event_id", "instrument"])
    pd.testing.assert_frame_equal(again.loc[known.index], known, check_exact=True)


@pytest.mark.parametrize("start", ["2014-01-06", "2015-01-12", "2020-10-05"])
def test_whole_weeks_apart_nothing_else_changes(start):
    """Series with holidays, in a zone without clock changes; dates key the draws, so drawn p may differ a little."""
    results = []
    for monday in ("2015-01-05", start):
        days = weekdays(400, monday)[[120, 180, 181, 260, 330]]
        panel = mixed_panel(5, 400, holidays=0.1, start=monday)
        results.append(study(model=mi.FactorModel(("EM", "UST"))).run(panel, news(days), pairs="all"))
    here, there = results
    pd.testing.assert_frame_equal(there.ar, here.ar, check_exact=True)
    pd.testing.assert_frame_equal(there.to_frame("car"), here.to_frame("car"), check_exact=True)
    pd.testing.assert_frame_equal(there.to_frame("caar"), here.to_frame("caar"), check_exact=True)
    one, other = here.to_frame("tests"), there.to_frame("tests")
    drawn = one["note"].str.contains("draws")
    columns = [column for column in one if column != "p_value"]
    pd.testing.assert_frame_equal(other[columns], one[columns], check_exact=True)
    pd.testing.assert_frame_equal(other[~drawn], one[~drawn], check_exact=True)
    assert drawn.any()
    error = np.sqrt(2 * one["p_value"] * (1 - one["p_value"]) / 9_999) + 1 / 10_000
    assert ((other["p_value"] - one["p_value"]).abs() <= 3.7 * error)[drawn].all()
    apart = there.ledger.to_frame()["session"] - here.ledger.to_frame()["session"]
    assert (apart == pd.Timestamp(start) - pd.Timestamp("2015-01-05")).all()


def test_one_event_alone_is_its_own_average():
    result = study().run(mixed_panel(6).select(["KZ price"]), news(weekdays(700)[[300]]))
    np.testing.assert_array_equal(result.aar.to_numpy(), result.ar.to_numpy())
    np.testing.assert_array_equal(result.caar.to_numpy(), result.car.to_numpy())
    assert result.to_frame("caar")["statistic"].isna().all()


def test_clusters_of_one_pair_are_the_plain_t():
    """Events far apart: with and without clusters the same t, that of scipy."""
    panel, given = mixed_panel(7).select(["USD/KZT"]), news(weekdays(700)[120:680:40])
    clustered, plain = (study(cluster=cluster).run(panel, given) for cluster in ("overlap", None))
    columns = [
        "estimate",
        "std_error",
        "statistic",
        "df",
        "p_value",
        "conf_low",
        "conf_high",
        "n",
        "n_clusters",
    ]
    for table in ("caar", "aar"):
        one, other = clustered.to_frame(table)[columns], plain.to_frame(table)[columns]
        pd.testing.assert_frame_equal(one, other, rtol=1e-12)
    wanted = stats.ttest_1samp(plain.car[(0, 1)], 0.0)
    row = plain.to_frame("caar").query("term == 'CAAR' and tau_from == 0 and tau_to == 1").iloc[0]
    assert row["statistic"] == pytest.approx(wanted.statistic, rel=1e-12)
    interval = wanted.confidence_interval(0.95)
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((interval.low, interval.high), rel=1e-9)


@pytest.mark.parametrize(("apart", "clusters"), [(0, 1), (4, 1), (5, 2)])
def test_events_whose_windows_share_a_session_are_one_cluster(apart, clusters):
    """Five sessions from -2 to 2: windows four sessions apart share one, five apart none."""
    rng = np.random.default_rng(14)
    panel = price_panel({name: walk(rng, 400) for name in ("A", "B")}, weekdays(400))
    result = study().run(panel, news(weekdays(400)[[300, 300 + apart]]), pairs=[("e0", "A"), ("e1", "B")])
    table = result.to_frame("caar")
    assert (table["n_clusters"] == clusters).all()
    assert (table["n"] == 2).all()
    assert (table["n_dates"] == (2 if apart else 1)).all()


def test_the_permutation_tests_the_mean_over_clusters_of_the_standardized_sums():
    """Leaving the event's own window out of its sample leaves the estimation window: the statistic is the SCAR's."""
    given = news(weekdays(700)[[300, 303, 450, 600]])
    longer = mi.EventStudy(timeline=mi.Timeline(estimation=(-205, -6), event=(-2, 2)), windows=WINDOWS)
    result = longer.run(mixed_panel(15).select("KZ price"), given)
    tests = result.to_frame("tests").query("test == 'date permutation'")
    scar = result.scar
    for window in WINDOWS:
        wanted = np.mean([scar[window].iloc[:2].mean(), scar[window].iloc[2], scar[window].iloc[3]])
        rows = tests[(tests["tau_from"] == window[0]) & (tests["tau_to"] == window[1])]
        assert rows["n_clusters"].tolist() == [3] * len(rows)
        np.testing.assert_allclose(rows["statistic"], wanted, rtol=1e-9)


def test_the_headline_of_a_whole_day_is_permuted_over_windows_as_long_as_its_candidates():
    panel = mixed_panel(16).select("KZ price")
    minute = mi.Event("minute", announced_at=f"{weekdays(700)[300]}T09:00", zone="Asia/Almaty")
    day = mi.Event("day", announced_at=str(weekdays(700)[400]), zone="Asia/Almaty")
    result = study().run(panel, [minute, day])
    heads = result.to_frame("car").query("term == 'headline'")
    assert heads["n"].tolist() == [1, 2]
    headline = result.to_frame("tests").query("test == 'date permutation' and term == 'CAAR headline'")
    np.testing.assert_allclose(headline["statistic"], heads["statistic"].mean(), rtol=1e-9)


def test_draws_are_keyed_by_the_date_of_a_cluster(monkeypatch):
    """Each date its own key, whatever other events there are and in whatever order they come."""
    seen = []

    def spy(scars, offsets, clusters, keys, seed, **named):
        seen.append({*keys.tolist()})
        return original(scars, offsets, clusters, keys, seed, **named)

    original = inference.date_permutation
    monkeypatch.setattr(inference, "date_permutation", spy)
    panel, days = mixed_panel(17).select("KZ price"), weekdays(700)
    for places in ([200, 300], [400, 300, 200]):
        study().run(panel, news(days[places])).to_frame("tests")
    few, more = seen[0], seen[-1]
    assert (len(few), len(more)) == (2, 3)
    assert few < more


def test_one_factor_is_a_market_model():
    panel, given = mixed_panel(8, holidays=0.05), news(weekdays(700)[[200, 300]])
    one = study(model=mi.FactorModel(("EM",))).run(panel, given, pairs="all")
    other = study(model=mi.MarketModel("EM")).run(panel, given, pairs=one.pairs.to_frame())
    pd.testing.assert_frame_equal(one.to_frame("car"), other.to_frame("car"), check_exact=True)


def test_a_factor_that_is_orthogonal_to_everything_leaves_the_constant_mean():
    """A factor whose moves are +, -, +, - in turn against moves that repeat in fours: its coefficient is 0."""
    days = weekdays(200)
    pattern = 0.01 * np.tile([1.0, 1.0, -1.0, -1.0], 50)
    factor = 0.02 * np.tile([1.0, -1.0], 100)
    panel = price_panel({"A": 100 * np.exp(np.cumsum(pattern))}, days)
    em = mi.Factor("EM", snapshot="17:00 UTC")
    panel = panel.join(
        mi.Panel.from_frame(pd.DataFrame({"EM": np.exp(np.cumsum(factor))}, index=days), instruments=em)
    )
    timeline = mi.Timeline(estimation=(-90, -11), event=(-5, 5))
    given = news(days[[150]])
    mean = mi.EventStudy(timeline=timeline).run(panel, given)
    factored = mi.EventStudy(timeline=timeline, model=mi.MarketModel("EM")).run(panel, given, pairs="all")
    assert factored.one("e0").params[1] == pytest.approx(0.0, abs=1e-12)
    pair = [("e0", "A")]
    np.testing.assert_allclose(factored.ar.loc[pair], mean.ar.loc[pair], rtol=0, atol=1e-14)


def test_kinds_are_never_averaged_together():
    """Yields in bp, prices in logs, currencies in logs: three rows, each the average of its own pairs alone."""
    panel, given = mixed_panel(9), news(weekdays(700)[[150, 250, 350, 450]])
    together = study().run(panel, given, pairs="all")
    kinds = {
        "KZ yield": "yield change [bp]",
        "KZ price": "clean price log move [log]",
        "USD/KZT": "currency log move [log]",
    }
    assert sorted(together.aar.index) == sorted(together.caar.index) == sorted(kinds.values())
    assert (
        set(together.to_frame("caar")["kind"]) == set(together.to_frame("aar")["kind"]) == set(kinds.values())
    )
    for name, kind in kinds.items():
        alone = study().run(panel.select([name]), given)
        pd.testing.assert_series_equal(together.aar.loc[kind], alone.aar.loc[kind], check_exact=True)
        wanted = alone.to_frame("caar")
        found = together.to_frame("caar").query("kind == @kind").reset_index(drop=True)
        pd.testing.assert_frame_equal(found, wanted, check_exact=True)
    units = together.to_frame("caar").groupby("kind")["unit"].unique().map(list).to_dict()
    assert units["yield change [bp]"] == ["bp"]
    assert units["currency log move [log]"] == ["log"]


def test_adding_a_drift_changes_no_abnormal_move_and_scaling_no_t():
    """Logs plus a constant a session; a yield quoted as a decimal instead of percent."""
    rng = np.random.default_rng(10)
    days, given = weekdays(300), news(weekdays(300)[[150, 220]])
    levels = walk(rng, 300)
    plain = study().run(price_panel({"A": levels}, days), given)
    drifting = study().run(price_panel({"A": levels * np.exp(0.003 * np.arange(300))}, days), given)
    np.testing.assert_allclose(drifting.ar, plain.ar, rtol=0, atol=1e-13)
    np.testing.assert_allclose(drifting.scar, plain.scar, rtol=1e-9)
    percent = mi.SovereignBond("A", quoted="yield", snapshot="17:00 UTC")
    decimal = mi.SovereignBond("A", quoted="yield", yield_unit="decimal", snapshot="17:00 UTC")
    one = study().run(mi.Panel.from_frame(pd.Series(levels, index=days), instruments=percent), given)
    other = study().run(mi.Panel.from_frame(pd.Series(levels / 100, index=days), instruments=decimal), given)
    np.testing.assert_allclose(other.ar, one.ar, rtol=1e-9)
    np.testing.assert_allclose(other.scar, one.scar, rtol=1e-9)


def test_windows_that_adjoin_add_up():
    timeline = mi.Timeline(estimation=(-90, -6), event=(-2, 2))
    windows = ((-2, 0), (1, 2), (-2, 2))
    panel = mixed_panel(11, holidays=0.1)
    result = mi.EventStudy(timeline=timeline, windows=windows).run(
        panel, news(weekdays(700)[[150, 450]]), pairs="all"
    )
    parts = result.car[(-2, 0)] + result.car[(1, 2)]
    np.testing.assert_allclose(result.car[(-2, 2)], parts, rtol=1e-12)


def test_pairs_taken_as_independent_draw_their_dates_apart():
    """Six prices that move as one, +1.2 sd on the day: as one date it is usual, as six independent pairs it is not."""
    rng = np.random.default_rng(12)
    n, at = 200, 150
    common = rng.standard_normal(n)
    common[at] = 1.2
    moves = {f"B{i}": 0.01 * (common + 0.05 * rng.standard_normal(n)) for i in range(6)}
    panel = price_panel({name: 100 * np.exp(np.cumsum(one)) for name, one in moves.items()}, weekdays(n))
    p = {}
    for cluster in ("overlap", None):
        result = study(cluster=cluster).run(panel, news(weekdays(n)[[at]]), pairs="all")
        tests = result.to_frame("tests").query("term == 'CAAR headline' and test == 'date permutation'")
        p[cluster] = tests["p_value"].iloc[0]
    assert p["overlap"] > 0.1
    assert p[None] < 0.05


def test_without_clusters_every_number_over_events_says_so():
    panel, given = mixed_panel(13).select(["USD/KZT"]), news(weekdays(700)[[200, 300, 400]])
    tests = study(cluster=None).run(panel, given).to_frame("tests")
    over = tests[tests["event_id"].isna()]
    known = over[over["reason"] == ""]
    assert len(known) > 10
    assert (known["test"] + known["note"]).str.contains("independent").all()


@pytest.mark.parametrize(("dates", "applies"), [(5, False), (10, True)])
def test_few_dates_and_long_windows_need_long_estimation_windows(dates, applies):
    """With five dates, windows of eleven sessions and T = 150 the permutation rejected 7 to 8 % at a nominal 5 %."""
    days = weekdays(900)
    panel = price_panel({"A": walk(np.random.default_rng(22), 900)}, days)
    given = news(days[200 : 200 + 60 * dates : 60])
    timeline = mi.Timeline(estimation=(-160, -11), event=(-5, 5))
    tests = mi.EventStudy(timeline=timeline, windows=((0, 0), (-5, 5))).run(panel, given).to_frame("tests")
    permuted = tests[tests["test"] == "date permutation"]
    one, wide = (
        permuted[(permuted["tau_from"] == first) & (permuted["tau_to"] == last)].iloc[-1]
        for first, last in ((0, 0), (-5, 5))
    )
    assert np.isfinite(one["p_value"])
    assert bool(np.isfinite(wide["p_value"])) == applies
    assert applies or "needs 220 usable estimation moves for a window of 11 sessions" in wide["reason"]


@pytest.mark.parametrize(("apart", "block"), [(1, 20), (3, 58)])
def test_windows_shifted_jointly_need_a_long_estimation_window(apart, block):
    """20 events one session apart, 120 estimation moves: the joint shift rejected 11 % at a nominal 5 %."""
    panel = price_panel({"A": walk(np.random.default_rng(21), 400)}, weekdays(400))
    given = news(weekdays(400)[[200 + apart * i for i in range(20)]])
    long = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
    kept = mi.Policies(contamination="keep")
    tests = mi.EventStudy(timeline=long, policies=kept).run(panel, given).to_frame("tests")
    row = tests.query("test == 'date permutation' and term == 'CAAR headline'").iloc[0]
    assert np.isnan(row["p_value"])
    assert (
        row["reason"]
        == f"needs {20 * block} usable estimation moves for a cluster whose windows cover {block} sessions, has 120"
    )


def test_one_date_for_many_instruments_needs_no_longer_window():
    panel = price_panel({f"B{i}": walk(np.random.default_rng(i), 400) for i in range(4)}, weekdays(400))
    given = news(weekdays(400)[[200, 300]])
    tests = study().run(panel, given, pairs="all").to_frame("tests")
    row = tests.query("test == 'date permutation' and term == 'CAAR headline'").iloc[0]
    assert 0 < row["p_value"] <= 1


def test_a_pairs_result_is_equal_by_value():
    panel, given = mixed_panel(16).select("KZ price"), news(weekdays(700)[[300, 450]])
    result = study().run(panel, given)
    assert result.one("e0") == result.one("e0")
    assert result.one("e0") != result.one("e1")


def test_wide_windows_of_one_instrument_say_what_the_t_does_not_know():
    """Events 40 sessions apart share estimation windows; over one session that is of no account."""
    panel = price_panel({"A": walk(np.random.default_rng(31), 700)}, weekdays(700))
    given = news(weekdays(700)[[200, 240, 280, 320]])
    tests = mi.EventStudy(timeline=mi.Timeline(event=(-5, 5))).run(panel, given).to_frame("tests")
    notes = tests.query("test == 'cluster t' and term == 'CAAR'").set_index(["tau_from", "tau_to"])["note"]
    assert "share estimation windows" in notes[-5, 5]
    assert notes[0, 0] == ""
    apart = news(weekdays(700)[[200, 400, 600]])
    tests = mi.EventStudy(timeline=mi.Timeline(event=(-5, 5))).run(panel, apart).to_frame("tests")
    assert (tests.query("test == 'cluster t' and term == 'CAAR'")["note"] == "").all()
