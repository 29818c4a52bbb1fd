"""Tests over events through a study: stored values, what applies where, and the result as a value."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.maths import over_events as means
from marketimpact.maths import rank_tests as ranks
from marketimpact.maths import sign_tests as signs
from marketimpact.study import event_tests as internals
from marketimpact.study import over_events as module
from marketimpact.study.over_time import OVER_TIME
from marketimpact.study.resampled import RESAMPLED
from tests.maths.many_events import correlation_by_pairs
from tests.study.many_events import (
    CLASSICAL,
    IN_EVENT_TIME,
    NAMES,
    TIMELINE,
    TRUSTING,
    agree,
    apart,
    common_dates,
    loops,
    plain,
)
from tests.study.test_reference import VARIANTS, Reference
from tests.study.world import SNAPSHOT, mixed_panel, news, price_panel, walk, weekdays

# ---------------------------------------------------------------- stored values


@pytest.fixture(scope="module", params=VARIANTS)
def reference(shared: Path, request: pytest.FixtureRequest) -> Reference:
    return Reference(shared / "reference", request.param)


def stored(reference: Reference, window: tuple[int, int]) -> pd.DataFrame:
    label = f"[{window[0]},{window[1]}]"
    return reference.stats[reference.stats["label"] == label].set_index("test")


@pytest.mark.parametrize("window", [(-5, 5), (-1, 1), (-5, -5), (-5, 0)])
def test_stored_values_of_a_window(reference, window):
    """The market model's 30 pairs, taken as independent: what other packages and loops find."""
    expected, found = stored(reference, window), reference.result.over_events(window)
    for test, name in (
        (means.CROSS_SECTIONAL, "csect_t"),
        (means.PATELL, "patell_z_scar"),
        (means.BMP, "bmp_t_scar"),
        (ranks.CORRADO, "rank_z"),
        (signs.SIGN, "sign_z"),
        (signs.WILCOXON, "wilcoxon_w"),
    ):
        assert found.one(test).statistic == pytest.approx(expected.loc[name, "stat"], rel=1e-9, abs=1e-12), (
            test
        )
        if name in ("csect_t", "patell_z_scar", "bmp_t_scar", "rank_z"):
            assert found.one(test).p_value == pytest.approx(expected.loc[name, "p"], rel=1e-8), test
    assert found.one(signs.SIGN).estimate * 30 == pytest.approx(expected.loc["sign_binom", "stat"])
    assert found.one(signs.SIGN).p_value == pytest.approx(expected.loc["sign_binom", "p"], rel=1e-9)


@pytest.mark.parametrize("window", [(-5, 5), (-1, 1), (-5, -5)])
def test_stored_crude_dependence_but_for_its_parameters(reference, window):
    """The stored one divides by T - 1 and by sqrt(L): here it is T - k, and sqrt(L + L^2 / T)."""
    found, length = reference.result.over_events(window).one(means.CRUDE), window[1] - window[0] + 1
    published = stored(reference, window).loc["cda_t", "stat"]
    factor = np.sqrt(length / (length + length**2 / 120) * 118 / 119)
    assert found.statistic == pytest.approx(published * factor, rel=1e-9)
    assert found.df == 118


def test_stored_values_of_a_common_date(shared):
    """On one date the calendar's correlation is that of event time: adjusted Patell and Kolari-Pynnonen coincide."""
    one = Reference(shared / "reference", "sameday")
    for window in ((-5, 5), (-1, 1)):
        found, expected = one.result.over_events(window), stored(one, window)["stat"]
        assert found.kinds[0].diagnosis.correlation == pytest.approx(0.014406663926722523, abs=1e-12)
        assert found.one(means.ADJUSTED_PATELL).statistic == pytest.approx(
            expected["adj_patell_scar"], rel=1e-9
        )
        assert found.one(means.KOLARI_PYNNONEN).statistic == pytest.approx(expected["kp_t_scar"], rel=1e-9)


def test_stored_values_of_30_dates(shared):
    """The calendar's exact weights give 3.671 where overlap weights left out give 3.190."""
    one = Reference(shared / "reference", "spread")
    found = one.result.over_events((-5, 5))
    assert found.one(means.KOLARI_PYNNONEN).statistic == pytest.approx(3.671, abs=5e-4)
    assert found.one(ranks.GRANK_T).statistic == pytest.approx(
        stored(one, (-5, 5))["stat"]["grank_t"], rel=1e-9
    )
    assert one.result.over_events((0, 0)).one(ranks.CORRADO_ZIVNEY).statistic == pytest.approx(
        2.7193, abs=5e-5
    )


def test_dates_make_clusters_of_the_stored_pairs(shared):
    for variant, applying in (
        ("spread", {"cluster t", means.ADJUSTED_PATELL, means.KOLARI_PYNNONEN}),
        ("sameday", {means.ADJUSTED_PATELL}),
    ):
        found = Reference(shared / "reference", variant).run("overlap").over_events(tests=CLASSICAL).kinds[0]
        assert {one.test for one in found.outcomes if one.applies} == applying
        assert found.diagnosis.staggered == (variant == "spread")


# ---------------------------------------------------------------- few pairs, spans of candidates, zeros


@pytest.mark.parametrize(
    ("count", "applying"),
    [
        (1, set()),
        (3, {"cluster t", means.PATELL, means.ADJUSTED_PATELL}),
        (6, set(NAMES) - {ranks.CORRADO_ZIVNEY, ranks.GRANK_T, signs.SIGN, signs.GENERALIZED_SIGN}),
        (12, set(NAMES)),
        (30, set(NAMES)),
    ],
)
def test_how_many_pairs_a_test_needs(count, applying):
    kind = plain(count).over_events((0, 0), tests=CLASSICAL).kinds[0]
    found = {outcome.test for outcome in kind.outcomes if outcome.applies}
    if (
        means.CRUDE not in found and count > 3
    ):  # its sessions are those that no event window masks in any pair
        assert "sessions that all pairs have" in kind.outcomes[3].reason
        applying = applying - {means.CRUDE}
    assert found == applying
    assert all(np.isnan(one.p_value) and one.reason for one in kind.outcomes if not one.applies)
    assert kind.diagnosis.variance.applies == (count >= 5)


def test_one_pair_is_no_mean():
    kind = plain(1).over_events(tests=CLASSICAL).kinds[0]
    assert "fewer than two pairs" in kind.diagnosis.words[0]
    assert kind.diagnosis.effective == 1.0
    assert np.isnan(kind.diagnosis.r)


def test_one_date_is_one_observation():
    panel, events, pairs = common_dates(2, dates=1)
    found = mi.EventStudy(timeline=TIMELINE).run(panel, events, pairs=pairs).over_events(tests=CLASSICAL)
    outcomes = {outcome.test: outcome for outcome in found.kinds[0].outcomes}
    patell = outcomes.pop(means.ADJUSTED_PATELL)
    assert patell.applies
    assert "unusual day" in patell.note
    assert not any(outcome.applies for outcome in outcomes.values())
    assert all("one observation" in outcome.reason for outcome in outcomes.values())
    assert "one date cluster: no mean" in found.kinds[0].diagnosis.words[0]
    assert not found.kinds[0].diagnosis.variance.applies


def test_pairs_taken_as_independent_are_labelled():
    panel, events, pairs = common_dates(2, dates=2, apart=1)
    found = (
        mi.EventStudy(timeline=TIMELINE, cluster=None).run(panel, events, pairs=pairs).over_events((-5, 5))
    )
    kind = found.kinds[0]
    assert kind.outcomes[0].test == "cross-sectional t (pairs taken as independent)"
    assert kind.outcomes[0].statistic == pytest.approx(found.one(means.CROSS_SECTIONAL).statistic, rel=1e-12)
    for name in (*TRUSTING, *IN_EVENT_TIME[1:]):
        outcome = found.one(name)
        assert not outcome.applies or "taken as" in outcome.note
    assert "cluster=None takes pairs as independent" in kind.diagnosis.words[0]
    assert "their windows overlap all the same" in kind.diagnosis.words[0]
    assert kind.diagnosis.staggered


def test_bonds_of_one_issuer_are_never_independent():
    rng = np.random.default_rng(6)
    n = 700
    days, frame = weekdays(n), {}
    for name in ("KZ 2030", "KZ 2045"):
        frame[name] = walk(rng, n)
    bonds = [mi.SovereignBond(name, quoted="clean price", issuer="KZ", snapshot=SNAPSHOT) for name in frame]
    panel = mi.Panel.from_frame(pd.DataFrame(frame, index=days), instruments=bonds)
    found = (
        mi.EventStudy(timeline=TIMELINE, cluster=None)
        .run(panel, apart(days, 12, 40), pairs="all")
        .over_events()
    )
    assert "24 pairs form 12 date clusters" in found.one(means.BMP).reason
    assert "24 pairs form 12 date clusters" in found.one(signs.WILCOXON).reason


def test_candidates_of_several_lengths_are_one_headline():
    """Days named without a clock have one or two candidates: averages by session are refused, sums are not."""
    days = weekdays(900)
    panel = price_panel({"KZ": walk(np.random.default_rng(9), 900)}, days)
    events = mi.EventSet.from_events(
        mi.Event(
            f"e{i:02}", announced_at=f"{days[150 + 45 * i]}" + ("T09:00" if i % 2 else ""), zone="Asia/Almaty"
        )
        for i in range(14)
    )
    result = mi.EventStudy(timeline=TIMELINE).run(panel, events)
    span = result.alignment.last - result.alignment.position
    assert set(span) == {0, 1}
    found = result.over_events()
    for name in (means.CRUDE, ranks.CORRADO, ranks.CORRADO_ZIVNEY):
        assert found.one(name).reason.startswith("the headline holds from 1 to 2 sessions")
    scar = result.estimates.headline.scar[:, 0]
    assert found.one(means.BMP).statistic == pytest.approx(means.bmp_t(scar).statistic, rel=1e-12)
    rows = [loops(result, found.kinds[0].kind, window) for window in ((0, 0), (0, 1))]
    shares = np.where(
        span == 0,
        signs.positive_share(rows[0].moves, sessions=1),
        signs.positive_share(rows[1].moves, sessions=2),
    )
    car = result.estimates.headline.car[:, 0]
    agree(found.one(signs.GENERALIZED_SIGN), signs.generalized_sign(car, shares))


def test_stale_quotes_refuse_what_they_break():
    days = weekdays(1400)
    rng = np.random.default_rng(12)
    moves = np.where(rng.random(1400) < 0.4, 0.0, rng.normal(0, 0.01, 1400))
    panel = price_panel({"KZ": np.exp(np.cumsum(moves)) * 100}, days)
    result = mi.EventStudy(timeline=TIMELINE, policies=mi.Policies(frozen="keep")).run(
        panel, apart(days, 25, 45)
    )
    found = result.over_events((0, 0))
    one = loops(result, found.kinds[0].kind, (0, 0))
    assert found.kinds[0].diagnosis.zero_share == one.zero_share > 0.3
    for name in (ranks.CORRADO_ZIVNEY, ranks.GRANK_T):
        assert "of the moves are zero" in found.one(name).reason
    zeros = int(one.still.sum())
    assert 5 < zeros < 15
    assert one.quiet.mean() > 0.3
    shares = signs.positive_share(one.moves, sessions=1, still=one.quiet)
    agree(found.one(signs.GENERALIZED_SIGN), signs.generalized_sign(one.car, shares, still=one.still))
    agree(found.one(signs.SIGN), signs.sign_test(one.car, still=one.still))
    agree(found.one(signs.WILCOXON), signs.wilcoxon_signed_rank(one.car, still=one.still))
    assert found.one(signs.SIGN).applies
    assert found.one(signs.WILCOXON).n == 25 - zeros
    assert found.one(ranks.CORRADO).applies
    assert any("of the moves are zero" in words for words in found.kinds[0].diagnosis.words)


def test_a_window_that_no_estimation_window_holds():
    days = weekdays(2200)
    panel = price_panel({"KZ": walk(np.random.default_rng(2), 2200)}, days)
    timeline = mi.Timeline(estimation=(-130, -71), event=(-70, 5), min_estimation=20)
    study = mi.EventStudy(timeline=timeline, windows=((-70, 5),), policies=mi.Policies(contamination="keep"))
    found = study.run(panel, apart(days, 12, 160)).over_events((-70, 5))
    assert found.one(signs.GENERALIZED_SIGN).reason == "the estimation window holds no window of 76 sessions"
    assert found.one(signs.SIGN).applies


def test_news_that_raises_the_variance_is_said():
    days = weekdays(1000)
    rng = np.random.default_rng(3)
    moves = rng.normal(0, 0.01, 1000)
    moves[150:1000:40] *= 4.0
    panel = price_panel({"KZ": 100 * np.exp(np.cumsum(moves))}, days)
    kind = (
        mi.EventStudy(timeline=TIMELINE).run(panel, apart(days, 20, 40)).over_events(tests=CLASSICAL).kinds[0]
    )
    assert kind.diagnosis.variance.statistic > 5
    assert kind.diagnosis.variance.p_value < 1e-6
    assert any("do not read Patell" in words for words in kind.diagnosis.words)


def test_closes_hours_apart_are_compared_a_session_before_and_after():
    days = weekdays(700)
    rng = np.random.default_rng(5)
    bonds = [
        mi.SovereignBond("London", quoted="clean price", snapshot="16:30 Europe/London"),
        mi.SovereignBond("Tokyo", quoted="clean price", snapshot="15:00 Asia/Tokyo"),
    ]
    frame = pd.DataFrame({"London": walk(rng, 700), "Tokyo": walk(rng, 700)}, index=days)
    events = news(days[150:630:40], "01:00")
    both = mi.EventStudy(timeline=TIMELINE).run(
        mi.Panel.from_frame(frame, instruments=bonds), events, pairs="all"
    )
    kind = both.over_events((-5, 5)).kinds[0]
    one = loops(both, kind.kind, (-5, 5))
    matrix = correlation_by_pairs(one.sample, 1, lags=1)
    n = len(matrix)
    assert kind.diagnosis.correlation == pytest.approx((matrix.sum() - n) / (n * (n - 1)), abs=1e-10)
    assert any("more than an hour apart" in words for words in kind.diagnosis.words)


# ---------------------------------------------------------------- the result is a value


def test_the_table_has_one_row_a_kind_and_test():
    result = mi.EventStudy(model=mi.MarketModel("EM"), timeline=TIMELINE).run(
        mixed_panel(3), apart(weekdays(700), 11, 45), pairs="all"
    )
    found = result.over_events(tests=CLASSICAL)
    frame = found.to_frame()
    assert tuple(frame.columns) == module.COLUMNS
    assert len(frame) == 14 * len(found.kinds)
    assert list(frame["test"].iloc[:14]) == list(NAMES)
    assert set(frame["kind"]) == set(result.kinds)
    units = frame.set_index(["kind", "test"])["unit"]
    assert units["yield change [bp]", "cluster t"] == "bp"
    assert units["currency log move [log]", means.CROSS_SECTIONAL] == "log"
    assert set(units[:, means.BMP]) == {"standard deviations"}
    for name in ("statistic", "df", "p_value", "p_floor", "estimate", "std_error"):
        assert frame[name].dtype == float
    applies = frame["reason"] == ""
    assert frame.loc[applies, "p_value"].between(0, 1).all()
    assert frame.loc[~applies, "p_value"].isna().all()


def test_the_first_row_is_the_headline_test():
    """The same number as the study's own, whose other tables know nothing of the rest."""
    result = plain(12)
    before = result.to_frame("tests")
    for window, term in ((None, "CAAR headline"), ((-5, 5), "CAAR")):
        table = result.to_frame("caar")
        at = (table["tau_from"], table["tau_to"]) if window else (0, 0)
        row = table[(table["term"] == term) & ((at[0] == -5) & (at[1] == 5) if window else True)].iloc[0]
        outcome = result.over_events(window).kinds[0].outcomes[0]
        assert (outcome.statistic, outcome.p_value) == (row["statistic"], row["p_value"])
        across = [one.outcome for one in result.across if one.term == "CAAR" and one.window == window]
        assert outcome == across[0]
    pd.testing.assert_frame_equal(result.to_frame("tests"), before)
    assert not set(before["test"]) & set(NAMES[1:])


def test_summary_and_repr_are_text():
    found = plain(12).over_events((-1, 1), tests=CLASSICAL)
    text = str(found.summary())
    assert text.startswith("Tests over events, window (-1, 1)")
    for name in NAMES:
        assert name in text
    assert repr(found) == repr(plain(12).over_events((-1, 1), tests=CLASSICAL))
    assert repr(found).startswith(
        "OverEvents: window (-1, 1): clean price log move [log], 12 pairs in 12 clusters"
    )
    assert found._repr_html_() == found.summary()._repr_html_()
    assert "<td>Kolari-Pynnonen t</td>" in found._repr_html_()
    few = plain(3).over_events()
    assert "(1) needs 5 pairs or more, has 3" in str(few.summary())
    assert str(few.summary()).count("needs 5 pairs or more, has 3: take the t on cluster means") == 1


def test_equal_by_value_and_picklable():
    found = plain(3).over_events()
    assert found == plain(3).over_events()
    assert found != plain(3, seed=2).over_events()
    assert pickle.loads(pickle.dumps(found)) == found


def test_what_may_be_asked():
    result = plain(3)
    with pytest.raises(mi.InputError, match=r"is no window of this study.*\(0, 7\)"):
        result.over_events((0, 7))
    with pytest.raises(mi.InputError, match="is not a window"):
        result.over_events((1, 0))
    found = result.over_events()
    with pytest.raises(mi.InputError, match=r"is no test over events.*'Patell z'"):
        found.one("patell")
    with pytest.raises(mi.InputError, match="names no kind of move"):
        found.one(means.BMP, "yield change [bp]")
    several = mi.EventStudy(model=mi.MarketModel("EM"), timeline=TIMELINE).run(
        mixed_panel(3), apart(weekdays(700), 3, 45), pairs="all"
    )
    with pytest.raises(mi.InputError, match="several kinds: name one"):
        several.over_events().one(means.BMP)
    assert several.over_events().one(means.PATELL, "yield change [bp]").n == 3


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), order=st.permutations(range(12)))
def test_permuting_events_changes_nothing(seed, order):
    """To the last bit: the order of the events is no information."""
    panel, events, pairs = common_dates(seed, dates=2, instruments=6, apart=1, holidays=0.02)
    shuffled = mi.EventSet.from_events([list(events)[i] for i in order])
    for cluster in ("overlap", None):
        study = mi.EventStudy(timeline=TIMELINE, windows=((0, 0), (-5, 5)), cluster=cluster)
        for window in (None, (-5, 5)):
            one = study.run(panel, events, pairs=pairs).over_events(window)
            other = study.run(panel, shuffled, pairs=pairs.iloc[list(order)]).over_events(window)
            assert one == other
            assert repr(one) == repr(other)
            assert str(one.summary()) == str(other.summary())


@settings(max_examples=10)
@given(seed=st.integers(0, 1000), scale=st.floats(0.1, 3.0))
def test_scaling_moves_leaves_every_statistic(seed, scale):
    """Log moves times a number: estimates in the unit of the moves scale, nothing else changes."""
    n = 200 + 25 * 12
    levels = walk(np.random.default_rng(seed), n)
    days = weekdays(n)
    outcomes = []
    for values in (levels, 100.0 * np.exp(scale * np.log(levels / 100.0))):
        result = mi.EventStudy(timeline=TIMELINE).run(price_panel({"KZ": values}, days), apart(days, 12, 25))
        outcomes.append(result.over_events((-1, 1), tests=CLASSICAL).kinds[0].outcomes)
    for one, other in zip(*outcomes, strict=True):
        assert one.reason == other.reason
        assert other.statistic == pytest.approx(one.statistic, rel=1e-6, abs=1e-9, nan_ok=True)
        assert other.p_value == pytest.approx(one.p_value, rel=1e-5, abs=1e-9, nan_ok=True)


def test_many_pairs_are_not_listed_two_by_two(monkeypatch):
    """Above the number that is listed, few dates give their own number less one as degrees of freedom."""
    panel, events, pairs = common_dates(8)
    result = mi.EventStudy(timeline=TIMELINE).run(panel, events, pairs=pairs)
    listed = result.over_events((0, 0)).one(means.KOLARI_PYNNONEN)
    monkeypatch.setattr(internals, "DENSE", 29)
    found = result.over_events((0, 0)).one(means.KOLARI_PYNNONEN)
    assert (found.statistic, found.df) == (listed.statistic, 4.0)
    assert listed.df > 4.0
    monkeypatch.setattr(internals, "FEW_CLUSTERS", 5)
    assert result.over_events((0, 0)).one(means.KOLARI_PYNNONEN).df == 29.0
    assert result.over_events((0, 0)).kinds[0].diagnosis.variance.df == 4.0


def test_a_kind_without_any_sum_has_reasons_only():
    """The factor is missing on every event day: no pair has a headline move, and the table keeps its shape."""
    days = weekdays(700)
    rng = np.random.default_rng(3)
    events = apart(days, 12, 40)
    frame = pd.DataFrame({"KZ": walk(rng, 700), "EM": walk(rng, 700)}, index=days)
    frame.loc[days[150 : 150 + 480 : 40], "EM"] = np.nan
    panel = mi.Panel.from_frame(
        frame,
        instruments=[
            mi.SovereignBond("KZ", quoted="clean price", snapshot=SNAPSHOT),
            mi.Factor("EM", snapshot=SNAPSHOT),
        ],
    )
    pairs = pd.DataFrame([(name, "KZ") for name in events.ids], columns=["event_id", "instrument"])
    result = mi.EventStudy(model=mi.MarketModel("EM"), timeline=TIMELINE).run(panel, events, pairs=pairs)
    assert np.isnan(result.estimates.headline.car).all()
    found = result.over_events()
    names = [outcome.test for outcome in found.kinds[0].outcomes]
    assert names == [*NAMES, *RESAMPLED, *OVER_TIME]
    assert not any(outcome.applies for outcome in found.kinds[0].outcomes)
    assert {outcome.n for outcome in found.kinds[0].outcomes} == {0}
    diagnosis = found.kinds[0].diagnosis
    assert (diagnosis.pairs, diagnosis.incomplete, diagnosis.shortest) == (0, 12, 0)
    assert any("12 more pairs have no sum" in words for words in diagnosis.words)
    assert str(found.summary())


def test_an_unknown_snapshot_is_said_where_there_are_several_instruments():
    days, rng = weekdays(500), np.random.default_rng(8)
    levels = {name: walk(rng, 500) for name in ("A", "B")}
    for chosen, expected in ((["A", "B"], True), (["A"], False)):
        panel = price_panel({name: levels[name] for name in chosen}, days, None)
        result = mi.EventStudy(timeline=TIMELINE).run(panel, news(days[150:450:50], None), pairs="all")
        words = result.over_events((0, 0)).kinds[0].diagnosis.words
        assert any("a snapshot is unknown" in one for one in words) == expected
