"""Which tests over events the diagnosis lets be read, test by test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import marketimpact as mi
from marketimpact.errors import InputError
from marketimpact.maths import over_events as means
from marketimpact.maths import rank_tests as ranks
from marketimpact.maths import sign_tests as signs
from marketimpact.maths.calendar_weights import MeanCorrelation
from marketimpact.maths.outcome import Outcome, not_applicable
from marketimpact.maths.pooled import AUTOCORRELATION, POSITIVE_SHARE, variance_growth
from marketimpact.study.detectable import OF_CLUSTER_MEANS, detectable_move
from marketimpact.study.inference import SHARED_FITS
from marketimpact.study.reading import FACTS, Diagnosis, diagnose
from marketimpact.study.residual_facts import UNREAD, common_correlation, crowding
from marketimpact.study.verdicts import GROWN, SKEWED, growth_of, skew_of
from tests.study.many_events import NAMES, plain
from tests.study.test_reading import PLAIN
from tests.study.world import news, price_panel, walk, weekdays

OUTCOMES = tuple(Outcome(name, 1.0, 0.3, 1.0, 1.0, 29.0, n=30, n_clusters=30) for name in NAMES)
RAISED = Outcome("variance", 2.5, 1e-5)


def diagnosed(*, outcomes: tuple[Outcome, ...] = OUTCOMES, **changes: object) -> Diagnosis:
    of_fits = {"autocorrelation", "positive", "outside", "sessions", "crowding"} & set(changes)
    known = {name: changes.pop(name) for name in of_fits}
    return diagnose(replace(PLAIN, **changes), replace(UNREAD, **known), outcomes)  # type: ignore[arg-type]


def unread(**changes: object) -> set[str]:
    return {one.test for one in diagnosed(**changes).verdicts if one.read == "no"}


def test_nothing_speaks_against_a_test_of_separate_dates():
    found = diagnosed()
    assert [one.test for one in found.verdicts] == list(NAMES)
    assert found.verdict("cluster t").read == "first"
    assert not unread()
    assert found.verdict(means.PATELL).why.startswith("never the headline")
    assert found.unread == ()


FOLLOWS = Outcome(AUTOCORRELATION, 12.0, 1e-20, 0.2, 0.017)
LEANS = Outcome(POSITIVE_SHARE, -15.0, 1e-30, -0.13, 0.009)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"variance": RAISED}, {means.CRUDE, means.PATELL, means.ADJUSTED_PATELL, ranks.CORRADO}),
        ({"variance": Outcome("variance", 0.4, 1e-5)}, set()),
        ({"crowding": 5.7}, {means.CRUDE, ranks.CORRADO, ranks.CORRADO_ZIVNEY, ranks.GRANK_T}),
        ({"crowding": 4.3}, set()),
        ({"shared": True, "clusters": 5}, {ranks.CORRADO_ZIVNEY, ranks.GRANK_T}),
        ({"shared": True, "clusters": 10}, set()),
        ({"variance": Outcome("variance", 2.5, 0.06)}, set()),
        (
            {"autocorrelation": FOLLOWS, "sessions": 11},
            {means.CRUDE, means.PATELL, means.ADJUSTED_PATELL, ranks.CORRADO, ranks.CORRADO_ZIVNEY},
        ),
        ({"autocorrelation": FOLLOWS, "sessions": 1}, set()),
        ({"autocorrelation": replace(FOLLOWS, p_value=0.06), "sessions": 11}, set()),
        ({"autocorrelation": replace(FOLLOWS, estimate=-0.2), "sessions": 11}, set()),
        ({"positive": LEANS}, {signs.SIGN, signs.WILCOXON, ranks.CORRADO_ZIVNEY, ranks.GRANK_T}),
        ({"positive": LEANS, "sessions": 250}, set()),
        ({"positive": replace(LEANS, p_value=0.06)}, set()),
        (
            {"independent": True, "overlapping": True},
            set(NAMES) - {means.KOLARI_PYNNONEN, means.ADJUSTED_PATELL},
        ),
        ({"independent": True}, set()),
    ],
)  # fmt: skip
def test_each_fact_speaks_against_the_tests_that_trust_it(changes, expected):
    assert unread(**changes) == expected
    found = diagnosed(**changes)
    assert bool(found.unread) == bool(expected)
    for verdict in found.verdicts:
        assert (verdict.read == "no") == (verdict.test in expected)
        assert verdict.why or verdict.read != "no"


OTHERS = tuple(
    Outcome(name, 1.0, 0.3, n=30, n_clusters=30)
    for name in (
        "joint calendar shift",
        "joint calendar shift of BMP's t",
        "date permutation",
        "calendar-time portfolio t",
        "wild bootstrap",
        "GRANK-Z",
    )
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, set()),
        ({"variance": RAISED}, {"joint calendar shift", "date permutation"}),
        ({"autocorrelation": FOLLOWS, "sessions": 11}, {"calendar-time portfolio t"}),
        ({"positive": LEANS}, {"GRANK-Z"}),
        ({"independent": True, "overlapping": True}, {"date permutation", "wild bootstrap", "GRANK-Z"}),
    ],
)
def test_tests_that_draw_dates_or_go_by_days(changes, expected):
    assert unread(outcomes=OTHERS, **changes) == expected


def test_where_fits_are_shared_kolari_and_pynnonen_lead():
    marked = (replace(OUTCOMES[0], note=SHARED_FITS.format(sessions=11)), *OUTCOMES[1:])
    found = diagnosed(outcomes=marked)
    assert found.verdict(means.KOLARI_PYNNONEN).read == "first"
    assert {one.test for one in found.verdicts if one.read != "no"} == {
        means.KOLARI_PYNNONEN, means.ADJUSTED_PATELL,
    }  # fmt: skip
    assert found.words[0].startswith("read Kolari-Pynnonen first")
    alone = diagnosed(outcomes=marked, independent=True)
    assert alone.words[0].startswith("cluster=None takes pairs as independent")
    assert alone.words[1].startswith("read Kolari-Pynnonen first")


def test_what_does_not_apply_is_not_read_and_not_told_twice():
    some = tuple(
        not_applicable(one.test, "why not") if one.test in (means.BMP, signs.SIGN) else one
        for one in OUTCOMES
    )
    found = diagnosed(outcomes=some)
    assert found.verdict(means.BMP).why == "not applicable: why not"
    assert found.verdict(means.BMP).read == "no"
    assert found.unread == ()


def test_limits_of_tests_that_may_be_read():
    rose = diagnosed(variance=RAISED, shared=True, clusters=5).verdict(means.KOLARI_PYNNONEN)
    assert (rose.read, "a factor which pairs share" in rose.why) == ("beside", True)
    short = diagnosed(staggered=True, shortest=60)
    assert "correlations are uncertain" in short.verdict(means.KOLARI_PYNNONEN).why
    assert diagnosed(staggered=True, shortest=120).verdict(means.KOLARI_PYNNONEN).why == ""


def test_an_unknown_test_has_no_verdict():
    with pytest.raises(InputError, match="is no test of this diagnosis"):
        diagnosed().verdict("mine")


@pytest.mark.parametrize("threshold", [GROWN, SKEWED])
def test_thresholds_are_where_a_5_percent_test_rejects_6_4(threshold):
    """Of a sum whose variance is larger by that factor, and of a mean sign that is shifted by so many errors."""
    critical = stats.norm.isf(0.025)
    if threshold == GROWN:
        size = 2.0 * stats.norm.sf(critical / np.sqrt(GROWN))
    else:
        size = stats.norm.sf(critical - SKEWED) + stats.norm.sf(critical + SKEWED)
    assert size == pytest.approx(0.064, abs=5e-4)


def test_growth_and_skew_are_nothing_where_nothing_is_seen():
    assert growth_of(FOLLOWS, 11) == pytest.approx(variance_growth(0.2, 11))
    assert growth_of(replace(FOLLOWS, p_value=0.05), 11) == 1.0
    assert growth_of(not_applicable(AUTOCORRELATION, "few"), 11) == 1.0
    assert skew_of(LEANS, 30, 1) == pytest.approx(2 * 0.13 * np.sqrt(30))
    assert skew_of(LEANS, 30, 9) == pytest.approx(skew_of(LEANS, 30, 1) / 3.0)
    assert skew_of(not_applicable(POSITIVE_SHARE, "few"), 30, 1) == 0.0


def test_words_say_what_the_residuals_put_in_doubt():
    words = "\n".join(diagnosed(autocorrelation=FOLLOWS, sessions=11).words)
    assert (
        "residuals follow those of the session before (+0.20, se 0.02): a sum over 11 sessions varies 1.44"
        in words
    )
    words = "\n".join(diagnosed(autocorrelation=FOLLOWS, sessions=1).words)
    assert "residuals follow those of the session before (+0.20, se 0.02)" in words
    assert "varies" not in words
    assert "37% of the residuals are positive" in "\n".join(diagnosed(positive=LEANS).words)
    outside = "\n".join(diagnosed(outside=0.25).words)
    assert "in 25% of the pairs the factors took values that the estimation window did not hold" in outside
    assert "factors" not in "\n".join(diagnosed(outside=0.0).words)


def test_the_table_of_facts():
    frame = diagnosed(
        variance=RAISED, autocorrelation=FOLLOWS, positive=LEANS, outside=0.25, zero_share=0.1, absent=1
    ).to_frame()
    assert tuple(frame.columns) == FACTS
    values = frame.set_index("fact")
    assert values["value"].to_dict() == {
        "pairs": 30.0, "date clusters": 30.0, "pairs with missing moves": 1.0, "mean correlation": 0.1,
        "effective pairs": pytest.approx(30 / 3.9), "variance of event days over estimation days": 2.5,
        AUTOCORRELATION: 0.2, POSITIVE_SHARE: pytest.approx(0.37), "share of zero moves": 0.1,
        "date clusters that share an estimation day and move together": 1.0,
        "share of pairs outside factor support": 0.25, "shortest estimation window": 120.0, "staggered windows": 0.0,
    }  # fmt: skip
    assert values.loc[AUTOCORRELATION, ["std_error", "p_value"]].tolist() == [0.017, 1e-20]
    unknown = diagnosed(pairs=1, clusters=1, correlation=MeanCorrelation(np.nan)).to_frame().set_index("fact")
    assert unknown.loc["mean correlation", "reason"]
    assert unknown.loc["share of pairs outside factor support", "reason"] == "the model has no factors"
    assert unknown.loc[AUTOCORRELATION, "reason"] == "nobody looked at the residuals"


# ---------------------------------------------------------------- through a study


def test_a_study_reads_its_own_residuals():
    """Averages of two days' quotes follow one another by a half, as moves, and the diagnosis sees it."""
    rng, days = np.random.default_rng(4), weekdays(900)
    level = walk(rng, 901)
    averaged = np.sqrt(level[1:] * level[:-1])
    timeline = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
    study = mi.EventStudy(timeline=timeline, windows=((0, 0), (-5, 5)))
    given = news(days[np.arange(150, 880, 60)])
    for levels, follows in ((averaged, True), (level[1:], False)):
        found = study.run(price_panel({"A": levels}, days), given).over_events((-5, 5)).kinds[0].diagnosis
        rho = found.residuals.autocorrelation
        assert (rho.p_value < 1e-4) == follows
        assert rho.estimate == pytest.approx(0.5 if follows else 0.0, abs=0.1)
        assert any("residuals follow" in words for words in found.words) == follows
        assert found.residuals.sessions == 11


def test_factors_outside_their_support_are_seen():
    rng, days = np.random.default_rng(7), weekdays(700)
    market = rng.normal(0.0, 0.01, 700)
    at = np.arange(200, 650, 60)
    market[at[:3]] = 0.15
    own = rng.normal(0.0, 0.005, 700)
    panel = price_panel(
        {"A": 100 * np.exp(np.cumsum(own + 0.5 * market)), "M": 100 * np.exp(np.cumsum(market))}, days
    )
    pairs = [(f"e{i}", "A") for i in range(len(at))]
    result = mi.EventStudy(
        model=mi.MarketModel("M"), timeline=mi.Timeline(estimation=(-130, -11), event=(-1, 1))
    ).run(panel, news(days[at]), pairs=pairs)
    found = result.over_events((0, 0)).kinds[0].diagnosis
    h = result.estimates.abnormal.leverage(result.estimates.fit)[:, 1]
    expected = np.mean(h > 3.0 * 2 / result.estimates.fit.n_obs)
    assert found.residuals.outside == expected == pytest.approx(3 / 8)
    assert any("in 38% of the pairs the factors took values" in words for words in found.words)
    constant = mi.EventStudy(timeline=mi.Timeline(estimation=(-130, -11), event=(-1, 1))).run(
        panel, news(days[at]), pairs=pairs
    )
    assert np.isnan(constant.over_events((0, 0)).kinds[0].diagnosis.residuals.outside)


def test_the_table_of_tests_has_a_verdict_and_what_is_detectable():
    found = plain(30).over_events((0, 0))
    frame, kind = found.to_frame().set_index("test"), found.kinds[0]
    for verdict in kind.diagnosis.verdicts:
        assert frame.loc[verdict.test, ["read", "why"]].tolist() == [verdict.read, verdict.why]
    for outcome in kind.outcomes:
        assert frame.loc[outcome.test, "detectable"] == pytest.approx(kind.detectable(outcome), nan_ok=True)
    assert (frame.loc[list(NAMES), "detectable"] > 0.0).all()
    text = str(found.summary())
    assert "  first" in text
    assert all(line in text for line in kind.diagnosis.unread)
    size = frame.loc["cluster t", "detectable"] * 100.0
    (seen,) = kind.seen
    assert seen.startswith(f"the cluster t finds 80 % of effects of {size:.3g} % that all pairs have alike")
    assert seen in text
    assert plain(1).over_events().kinds[0].seen == ()


# ---------------------------------------------------------------- what a test could have seen


def test_detectable_effects_are_in_the_unit_of_the_moves():
    """An effect that all pairs have alike moves the mean SCAR by it over the harmonic mean of the errors."""
    result = plain(30)
    kind = result.over_events((0, 0)).kinds[0]
    place = result.spec.window_list.index((0, 0))
    errors = np.sqrt(result.estimates.sums.variance[:, place])
    harmonic = 1.0 / np.mean(1.0 / errors)
    assert kind.diagnosis.residuals.typical_error == pytest.approx(harmonic)
    z = stats.norm.isf(0.025) + stats.norm.ppf(0.8)
    patell = next(one for one in kind.outcomes if one.test == means.PATELL)
    assert kind.detectable(patell) == pytest.approx(z * patell.std_error * harmonic, rel=1e-5)
    t = next(one for one in kind.outcomes if one.test == means.CROSS_SECTIONAL)
    factor, critical = kind.detectable(t) / t.std_error, stats.t.isf(0.025, 29)
    power = stats.nct.sf(critical, 29, factor) + stats.nct.cdf(-critical, 29, factor)
    assert power == pytest.approx(0.8, abs=1e-6)


@pytest.mark.parametrize("name", [means.CROSS_SECTIONAL, means.BMP, means.PATELL, signs.WILCOXON])
def test_an_effect_that_is_detectable_is_found_in_four_of_five_cases(name):
    """Thirty pairs with errors between 1 and 3, an effect alike in all, 1,500 draws."""
    rng, n = np.random.default_rng(11), 30
    errors = np.full(n, 2.0) if name in (means.CROSS_SECTIONAL, signs.WILCOXON) else np.linspace(1.0, 3.0, n)
    harmonic = 1.0 / np.mean(1.0 / errors)
    df = np.full(n, 118)

    def tested(effect: float) -> Outcome:
        car = effect + errors * rng.standard_normal(n)
        if name == means.CROSS_SECTIONAL:
            return means.cross_sectional_t(car)
        if name == signs.WILCOXON:
            return signs.wilcoxon_signed_rank(car)
        return means.bmp_t(car / errors) if name == means.BMP else means.patell_z(car / errors, df)

    sizes = [detectable_move(tested(0.0), typical_error=harmonic, r=0.0, level=0.95) for _ in range(40)]
    effect = float(np.mean(sizes))
    power = np.mean([tested(effect).p_value < 0.05 for _ in range(1500)])
    assert power == pytest.approx(0.8, abs=0.045)


def test_what_has_no_detectable_effect():
    gone = not_applicable(means.BMP, "few")
    assert np.isnan(detectable_move(gone, typical_error=1.0, r=0.0, level=0.95))
    other = Outcome("date permutation", 1.0, 0.1, n=30)
    assert np.isnan(detectable_move(other, typical_error=1.0, r=0.0, level=0.95))
    for name in OF_CLUSTER_MEANS:
        drawn = Outcome(name, 1.0, 0.1, 2.0, 2.0, n=30, n_clusters=5)
        assert detectable_move(drawn, typical_error=1.0, r=0.0, level=0.95) == pytest.approx(
            3.76 * 2.0, rel=2e-3
        )


def test_correlated_pairs_see_less():
    one = Outcome(ranks.CORRADO, 1.0, 0.3, 0.1, n=30)
    alone, together = (detectable_move(one, typical_error=2.0, r=r, level=0.95) for r in (0.0, 0.3))
    assert together / alone == pytest.approx(np.sqrt(1.0 + 29 * 0.3))
    assert detectable_move(one, typical_error=2.0, r=np.nan, level=0.95) == alone


def test_windows_that_follow_one_another_crowd_their_estimation_windows():
    """By counting: days of 20 estimation windows of 140 days, one, seven and 300 days apart."""
    for step in (1, 7, 300):
        begins = step * np.arange(20)
        covered = {int(day) for begin in begins for day in range(begin - 140, begin)}
        assert crowding(begins, np.arange(20), 100) == pytest.approx(20 * 140 / len(covered), rel=1e-12)
    once = crowding(np.arange(20), np.arange(20), 100)
    assert crowding(np.repeat(np.arange(20), 3), np.repeat(np.arange(20), 3), 100) == once
    assert crowding(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), 100) == 1.0


def test_dates_that_share_days_of_independent_instruments_do_not_crowd():
    """The same dates, and instruments that have nothing in common: each test stands."""
    rng, days = np.random.default_rng(6), weekdays(400)
    levels = {f"b{i}": walk(rng, 400) for i in range(30)}
    study = mi.EventStudy(timeline=mi.Timeline(event=(0, 0)), windows=((0, 0),))
    pairs = [(f"e{i}", f"b{i}") for i in range(30)]
    found = study.run(price_panel(levels, days), news(days[200:230]), pairs=pairs).over_events((0, 0))
    diagnosis = found.kinds[0].diagnosis
    assert diagnosis.residuals.crowding < 2.0
    assert diagnosis.verdict(ranks.GRANK_T).read == "beside"


def test_the_correlation_on_common_days_is_the_mean_over_pairs_by_hand():
    rng = np.random.default_rng(7)
    residuals, days = (
        rng.standard_normal((4, 30)),
        rng.permuted(np.tile(np.arange(40), (4, 1)), axis=1)[:, :30],
    )
    residuals[1, ::7] = np.nan
    products = [
        residuals[i, a] * residuals[j, b]
        for i in range(4) for j in range(4) if i != j
        for a in range(30) for b in range(30)
        if days[i, a] == days[j, b] and np.isfinite(residuals[i, a] * residuals[j, b])
    ]  # fmt: skip
    assert common_correlation(residuals, days) == pytest.approx(max(np.mean(products), 0.0), abs=1e-12)
    assert common_correlation(-residuals[:1], days[:1]) == 0.0


def test_ranks_of_news_a_session_apart_are_not_read():
    """Six instruments' news one session apart, in turn: 30 dates whose estimation windows are nearly one."""
    rng, days = np.random.default_rng(5), weekdays(400)
    common = rng.standard_normal(400)
    levels = {
        f"b{i}": 100.0 * np.exp(0.01 * np.cumsum(0.7 * common + 0.7 * rng.standard_normal(400)))
        for i in range(30)
    }
    pairs = [(f"e{i}", f"b{i}") for i in range(30)]
    study = mi.EventStudy(timeline=mi.Timeline(event=(0, 0)), windows=((0, 0),))
    found = study.run(price_panel(levels, days), news(days[200:230]), pairs=pairs).over_events((0, 0))
    diagnosis = found.kinds[0].diagnosis
    assert diagnosis.residuals.crowding == pytest.approx(1 + 0.5 * (30 * 168 / (168 + 41) - 1), rel=0.15)
    for name in (ranks.GRANK_T, ranks.CORRADO):
        assert diagnosis.verdict(name).read == "no"
        assert "estimation windows of many dates" in diagnosis.verdict(name).why
    assert diagnosis.verdict("cluster t").read == "first"
