"""What a test says of itself: the numbers printed give the statistic and the p that are printed."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import marketimpact as mi
from marketimpact.errors import InputError
from marketimpact.maths import bhar, joint, rank_tests, sign_tests
from marketimpact.maths import one_event as single
from marketimpact.maths import over_events as means
from marketimpact.maths.calendar_weights import MeanCorrelation
from marketimpact.maths.outcome import Outcome, not_applicable
from marketimpact.maths.parametric import cluster_t
from marketimpact.maths.resample import date_permutation
from marketimpact.study.about import ABOUT
from marketimpact.study.explain import explain_outcome
from tests.study.many_events import apart, plain
from tests.study.world import mixed_panel, news, price_panel, walk, weekdays

TAILS = {
    r"P\(t_([\d.]+) > ([-\d.e+]+)\)": lambda df, x: stats.t.sf(x, df),
    r"P\(chi2_([\d.]+) > ([-\d.e+]+)\)": lambda df, x: stats.chi2.sf(x, df),
    r"P\(F_(\d+),([\d.]+) > ([-\d.e+]+)\)": lambda p, df, x: stats.f.sf(x, p, df),
    r"P\(chi2_([\d.]+) / [\d.]+ > ([-\d.e+]+)\)": lambda df, x: stats.chi2.sf(x * df, df),
    r"P\(chi2_([\d.]+) / [\d.]+ < ([-\d.e+]+)\)": lambda df, x: stats.chi2.cdf(x * df, df),
    r"P\(z > ([-\d.e+]+)\)": stats.norm.sf,
    r"P\(binomial_(\d+) <= (\d+)\)": lambda n, x: stats.binom.cdf(x, n, 0.5),
}


def evaluated(expression: str) -> float:
    """Do what is printed, with the tails of the distributions that it names."""
    text = expression
    for pattern, tail in TAILS.items():
        text = re.sub(pattern, lambda found, tail=tail: repr(float(tail(*map(float, found.groups())))), text)
    text = re.sub(r"\b2 (?=[\d.])", "2 * ", text)
    assert "P(" not in text, text
    text = text.replace(" x ", " * ").replace("^", "**")
    return float(eval(text, {"__builtins__": {}}, {"sqrt": math.sqrt, "min": min}))


def last_digit(written: str) -> float:
    """The unit of the last digit that is written."""
    number, _, exponent = written.partition("e")
    decimals = len(number.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals)


def check(outcome: Outcome, scale: float = 1.0) -> list[str]:
    """Every line that computes something gives the value that it ends with; the p and the statistic are there."""
    said = explain_outcome(outcome, where="here", scale=scale)
    values = {}
    for line in said.numbers:
        symbol, *steps = line.split(" = ")
        if len(steps) == 2:
            # Seven digits are put in: they carry a value to its last digit, a difference of large numbers to 1e-6.
            assert evaluated(steps[0]) == pytest.approx(
                float(steps[1]), rel=2e-6, abs=1.01 * last_digit(steps[1])
            ), line
        values[symbol] = float(steps[-1])
    if not math.isnan(outcome.p_value):
        assert values["p"] == pytest.approx(outcome.p_value, rel=5.1e-2 if outcome.p_value < 1e-4 else 5.1e-3)
    return list(said.numbers)


def computed(lines: list[str]) -> list[str]:
    """Symbols that are computed from numbers put in."""
    return [line.split(" = ")[0] for line in lines if line.count(" = ") == 2]


seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(10, 40)
shifts = st.floats(-2.0, 2.0)
scales = st.sampled_from([1e-4, 1.0, 100.0, 1e4])


@settings(max_examples=60, deadline=None)
@given(seeds, sizes, shifts, scales, st.floats(0.0, 0.6))
def test_means_over_events(seed, n, shift, scale, r):
    rng = np.random.default_rng(seed)
    values = (rng.standard_normal(n) + shift) * scale
    df = rng.integers(50, 200, n)
    correlation = MeanCorrelation(r, 7.25)
    found = {
        "cluster t": cluster_t(values, np.arange(n) // 2, name="cluster t"),
        means.CROSS_SECTIONAL: means.cross_sectional_t(values),
        means.SKEWNESS_ADJUSTED: means.skewness_adjusted_t(values),
        bhar.BHAR: bhar.bhar_t(values, np.arange(n) // 2),
        bhar.BHAR_SKEWNESS: bhar.bhar_skewness_t(values, np.arange(n) // 2),
        means.CRUDE: means.crude_dependence_t(values, rng.standard_normal((n, 60)) * scale, 3),
        means.PATELL: means.patell_z(values / scale, df),
        means.ADJUSTED_PATELL: means.adjusted_patell_z(values / scale, df, correlation),
        means.BMP: means.bmp_t(values / scale),
        means.KOLARI_PYNNONEN: means.kolari_pynnonen_t(values / scale, correlation),
    }
    for name, outcome in found.items():
        lines = check(outcome, scale=100.0)
        assert not outcome.applies or set(computed(lines)) >= {"z" if "Patell" in name else "t", "p"}, name
    skewed = check(found[means.SKEWNESS_ADJUSTED])
    assert computed(skewed) == ["S", "t", "p"]


@settings(max_examples=40, deadline=None)
@given(seeds, sizes, shifts)
def test_ranks_and_signs_over_events(seed, n, shift):
    rng = np.random.default_rng(seed)
    rows, event = rng.standard_normal((n, 40)), rng.standard_normal((n, 2)) + shift
    car = event.sum(axis=1)
    ranked = (
        rank_tests.corrado_rank(rows, event, window=(0, 1)),
        rank_tests.corrado_zivney_rank(rows, event, zero_share=0.0, window=(0, 1)),
        rank_tests.grank_z(rows, car, zero_share=0.0),
        sign_tests.sign_test(car),
        sign_tests.generalized_sign(car, np.full(n, 0.45)),
    )
    for outcome in ranked:
        assert set(computed(check(outcome))) >= {"z", "p"}, outcome.test
    grank = rank_tests.grank_t(rows, car, zero_share=0.0)
    if math.isfinite(grank.statistic):
        assert computed(check(grank)) == ["Z", "t", "p"]
    wilcoxon = check(sign_tests.wilcoxon_signed_rank(car))
    assert wilcoxon[1] == f"W = {sign_tests.wilcoxon_signed_rank(car).statistic:.7g}"


def test_a_mean_rank_that_cannot_be_larger_makes_t_infinite():
    parts = (("T", 40.0), ("S", 0.0624))
    told = Outcome(rank_tests.GRANK_T, math.inf, 0.0, 0.4, df=39.0, n=12, parts=parts)
    assert explain_outcome(told, where="").numbers[0].endswith("the largest it can be: t is infinite")


@settings(max_examples=30, deadline=None)
@given(seeds, st.floats(-5.0, 5.0), st.floats(0.1, 10.0))
def test_one_event(seed, estimate, margin):
    rng = np.random.default_rng(seed)
    error, df = float(rng.uniform(0.2, 2.0)), float(rng.integers(20, 300))
    t = estimate / error
    plain_t = Outcome("t", t, float(2 * stats.t.sf(abs(t), df)), estimate, error, df)
    assert computed(check(plain_t, 100.0)) == ["t", "p"]
    assert computed(check(single.equivalence_t(estimate, error, df, margin), 100.0)) == ["t", "p"]
    clustering = single.squared_autocorrelation(rng.standard_normal(80))
    assert computed(check(clustering)) == ["Q", "p"]
    rank = Outcome("rank with refit", math.nan, 7 / 121, estimate, p_floor=1 / 121)
    assert computed(check(rank)) == ["p"]
    assert explain_outcome(rank, where="").numbers[-1] == "p = 7 / 121 = 0.0579"
    effect = Outcome("minimum detectable effect", 2.8234, math.nan, 2.8234 * error, error, df)
    assert computed(check(effect, 100.0)) == ["effect"]


@settings(max_examples=30, deadline=None)
@given(seeds, st.integers(1, 4))
def test_several_series(seed, p):
    rng = np.random.default_rng(seed)
    rows, abnormal = rng.standard_normal((60, p)), rng.standard_normal(p) * 2.0
    factor, signs = np.full(p, 1.02), np.ones(p)
    assert computed(check(joint.joint_f(abnormal, factor, rows, 1))) == ["F", "p"]
    assert computed(check(joint.directed_t(abnormal, factor, rows, 1, signs))) == ["t", "p"]
    assert computed(check(joint.joint_rank(rows, 1))) == ["p"]


def test_a_permutation_is_a_share_of_its_draws():
    rng = np.random.default_rng(2)
    scars, offsets = rng.standard_normal((6, 61)), np.tile(np.arange(60), (6, 1))
    scars[:, -1] += 1.0
    outcome = date_permutation(scars, offsets, np.arange(6), np.arange(6), 0)
    line = check(outcome)[-1]
    hits, total = map(int, re.findall(r"(\d+) / (\d+)", line)[0])
    assert hits / total == outcome.p_value
    assert total == 10_000


def test_the_largest_of_several_days_is_no_share():
    """Its smallest p is L / (T + L): a share of it says nothing."""
    outcome = Outcome("largest of the candidates, rank with refit", 1.0, 4 / 122, 0.05, p_floor=2 / 122)
    assert explain_outcome(outcome, where="", scale=100.0).numbers == (
        "largest at tau = 1: 5",
        "p = 0.0328",
    )


# ---------------------------------------------------------------- through a study


@pytest.mark.parametrize("window", [None, (-5, 5)])
def test_every_test_over_events_says_its_numbers(window):
    found = plain(30).over_events(window)
    kind = found.kinds[0]
    for outcome in kind.outcomes:
        text = str(found.explain(outcome.test))
        facts = ABOUT[outcome.test]
        for said in (facts.null, facts.distribution, facts.assumptions, facts.formula, facts.source):
            assert said in text
        assert f"{outcome.n} pairs in {outcome.n_clusters} date cluster" in text
        assert kind.kind in text
        if outcome.applies:
            check(outcome, 100.0)
            assert outcome.note in text
    first = [one.test for one in kind.diagnosis.verdicts if one.read == "first"]
    assert [one.test for one in kind.outcomes if "read it first" in str(found.explain(one.test))] == first


def test_the_variance_of_event_days_says_its_numbers():
    variance = plain(30).over_events((0, 0)).kinds[0].diagnosis.variance
    assert computed(check(variance)) == ["ratio", "p"]


def test_moves_are_written_in_the_unit_that_is_shown():
    """The mean of log moves in %, that of yields in bp."""
    found = plain(30).over_events((-5, 5))
    outcome, said = found.one("cross-sectional t"), found.explain("cross-sectional t")
    assert f"{outcome.estimate * 100:.7g}" in said.numbers[0]
    assert "moves in %" in said.warnings
    result = mi.EventStudy(timeline=mi.Timeline(estimation=(-90, -6), event=(-2, 3))).run(
        mixed_panel(3), apart(weekdays(700), 6, 45), pairs="all"
    )
    tests = result.over_events()
    for kind in tests.kinds:
        one = tests.one("cluster t", kind.kind)
        scale, unit = (1.0, "bp") if kind.unit == "bp" else (100.0, "%")
        explained = tests.explain("cluster t", kind.kind)
        assert f"{one.estimate * scale:.7g}" in explained.numbers[0]
        assert f"moves in {unit}" in explained.warnings


def test_a_test_that_does_not_apply_says_why():
    found = plain(3).over_events()
    said = found.explain("BMP t")
    assert said.numbers == (f"not applicable: {found.one('BMP t').reason}",)
    assert "do not read it" not in str(said)


def test_html_holds_what_the_text_holds():
    said = plain(12).over_events().explain("sign")
    html = said._repr_html_()
    assert "&lt;" in html
    assert "binomial, exact" in html
    assert repr(said) == str(said)


def test_an_unknown_name_is_refused():
    found = plain(12).over_events()
    with pytest.raises(InputError, match="is no test over events"):
        found.explain("no such test")


@pytest.fixture(scope="module")
def pairs() -> mi.StudyResult:
    timeline = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
    rng, days = np.random.default_rng(1), weekdays(700)
    panel = price_panel({name: walk(rng, 700) for name in "ABC"}, days)
    return mi.EventStudy(timeline=timeline).run(panel, news(days[[300, 420, 540]]), pairs="all")


def test_a_result_explains_every_row_of_its_tests(pairs):
    """What the table says and what the text says are one."""
    table = pairs.to_frame("tests")
    seen = set()
    for row in table.to_dict("records"):
        name, of_pair = row["test"], isinstance(row["event_id"], str)
        if name in ("cluster t", "date permutation") and row["term"] not in ("CAAR headline", "CAAR"):
            continue
        window = (
            None
            if row["term"] in ("headline", "CAAR headline", "which day")
            else (row["tau_from"], row["tau_to"])
        )
        if of_pair:
            said = pairs.explain(name, row["event_id"], row["instrument"])
        else:
            said = pairs.explain(name, window=window)
        seen.add(name)
        assert said.test == name
        assert (row["null"], row["distribution"], row["assumptions"]) == (
            said.about.null, said.about.distribution, said.about.assumptions,
        )  # fmt: skip
        if row["reason"]:
            assert said.numbers == (f"not applicable: {row['reason']}",)
        else:
            written = [line for line in said.numbers if line.startswith("p = ")]
            assert float(written[0].split(" = ")[-1]) == pytest.approx(row["p_value"], rel=5e-2)
    assert {"t", "rank with refit", "cluster t", "date permutation"} <= seen


def test_candidate_days_are_explained_by_the_test_that_judged_them():
    days = weekdays(700)
    panel = price_panel({"A": walk(np.random.default_rng(1), 700)}, days)
    unknown = mi.Event("doubt", announced_at=str(days[400]), zone="Asia/Almaty", precision="+-2d")
    result = mi.EventStudy(timeline=mi.Timeline(estimation=(-130, -11), event=(-5, 5))).run(panel, unknown)
    test = result.one("doubt").which_day.test
    said = result.explain(test, "doubt")
    assert said.numbers[0].startswith("largest at tau = ")
    other = (
        {"largest of the candidates, rank with refit", "largest of the candidates, sup-t"} - {test}
    ).pop()
    with pytest.raises(InputError, match="does not judge the candidates"):
        result.explain(other, "doubt")


def test_what_a_result_cannot_explain_is_refused(pairs):
    with pytest.raises(InputError, match="names an instrument without an event"):
        pairs.explain("t", instrument="A")
    with pytest.raises(InputError, match="names no test of this study"):
        pairs.explain("date permutation", window=(7, 9))
    with pytest.raises(InputError, match="is no test of one event"):
        pairs.explain("BMP t", "e0", pairs.pairs[0][1])


def test_one_event_explains_all_of_its_tests(pairs):
    event, instrument = pairs.pairs[0]
    found = pairs.one_event(event, instrument, margin=0.02)
    for outcome in found.outcomes:
        said = found.explain(outcome.test)
        assert f"{event} on {instrument}" in said.where
        assert said.about == ABOUT[outcome.test]
        assert (
            said.numbers == pairs.explain(outcome.test, event, instrument).numbers
            or "equivalence" in outcome.test
        )
        if outcome.applies:
            check(outcome, 100.0)
    for sums in found.sums:
        for outcome in sums.outcomes:
            said = found.explain(outcome.test, sums.window)
            first, last = sums.window
            assert said.where.endswith(f"tau = {first}" if first == last else f"tau = {first} to {last}")
            if outcome.applies:
                assert said.numbers == explain_outcome(outcome, where="", scale=100.0).numbers
    with pytest.raises(InputError, match="is no test of a window of this pair"):
        found.explain("t", (7, 9))
    table = found.to_frame()
    assert table["null"].tolist() == [ABOUT[one.test].null for one in found.outcomes]


def test_a_joint_test_explains_itself(pairs):
    event = pairs.pairs[0][0]
    found = pairs.joint(event)
    for outcome in found.outcomes:
        said = found.explain(outcome.test)
        assert f"{outcome.n} series" in said.counts
        check(outcome)
    assert found.explain().test == "joint F"
    with pytest.raises(InputError, match="is no joint test"):
        found.explain("BMP t")
    frame = found.to_frame()
    assert frame["test"].tolist() == [one.test for one in found.outcomes]
    assert frame["p_value"].tolist() == [one.p_value for one in found.outcomes]
    assert frame["null"].tolist() == [ABOUT[one.test].null for one in found.outcomes]


def test_an_outcome_of_an_unknown_test_says_what_it_holds():
    outcome = Outcome("mine", 2.0, 0.05, 4.0, 2.0, parts=(("draws", 99.0),))
    assert explain_outcome(outcome, where="").numbers[0] == "t = 4 / 2 = 2"
    bare = replace(outcome, std_error=math.nan)
    assert explain_outcome(bare, where="").numbers == (
        "statistic = 2", "draws = 99", "estimate = 4", "p = 0.05",
    )  # fmt: skip
    gone = not_applicable("mine", "why not")
    assert explain_outcome(gone, where="").numbers == ("not applicable: why not",)
