"""Responses to surprises against statsmodels called by itself, brute force, and a slope that one day carries."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import marketimpact as mi
from marketimpact.maths.cluster_robust import cluster_robust
from marketimpact.regress.surprises import ASYMMETRY, STATE, SurpriseResponse, SurpriseResult
from marketimpact.study.garch import garch_volatility
from tests.regress.world import DAYS, PANEL, by_hand, event_sessions, on
from tests.study.world import price_panel, weekdays

NAME = "KZ yield"
PLACES = tuple(range(30, 680, 16))
N = len(PLACES)
SIZES = np.random.default_rng(8).normal(0.0, 0.3, N)
KINDS = np.array(["CPI", "rate"])[np.arange(N) % 2]


def releases(sizes: np.ndarray | None = None, unit: str = "points") -> mi.EventSet:
    values = SIZES if sizes is None else sizes
    return mi.EventSet.from_events(
        mi.Event(
            f"e{i}", announced_at=f"{DAYS[place]}T09:00", zone="UTC", category=str(kind),
            surprise=None if np.isnan(s) else float(s), surprise_unit=None if np.isnan(s) else unit,
        )
        for i, (place, kind, s) in enumerate(zip(PLACES, KINDS, values, strict=True))
    )  # fmt: skip


def column(values: np.ndarray) -> pd.Series:
    """Values of events on the instrument's own sessions."""
    out = pd.Series(0.0, index=PANEL[NAME].index)
    for session, value in zip(event_sessions(NAME, DAYS[list(PLACES)]), values, strict=True):
        out[session] += value
    return out


def hand_made(*parts: np.ndarray, controls: tuple[str, ...] = ("EM",)) -> tuple[pd.Series, np.ndarray]:
    rows = by_hand(NAME, controls)
    x = [column(part).loc[rows.index] for part in parts]
    return rows["move"], np.column_stack([*x, rows[[*controls, "intercept"]]])


def entering(controls: tuple[str, ...] = ("EM",)) -> np.ndarray:
    """Events whose session has a usable move."""
    index = by_hand(NAME, controls).index
    return np.array([session in index for session in event_sessions(NAME, DAYS[list(PLACES)])])


def scaled() -> list[np.ndarray]:
    usable = entering()
    return [
        np.where(kind == KINDS, SIZES / SIZES[(kind == KINDS) & usable].std(ddof=1), 0.0)
        for kind in ("CPI", "rate")
    ]


def run(**choices: object) -> SurpriseResult:
    """A run that may warn of leverage and of too small errors, which have tests of their own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mi.MarketImpactWarning)
        return SurpriseResponse(controls=("EM",), **choices).run(PANEL, releases(), pairs=on(NAME, N))


@pytest.mark.parametrize("cov", ["HC0", "HC1", "HC2", "HC3", "HAC"])
def test_responses_by_type_are_those_of_statsmodels(cov: str) -> None:
    spec = SurpriseResponse(controls=("EM",), cov=cov, maxlags=4 if cov == "HAC" else None)
    if cov != "HC2":
        with pytest.warns(mi.MarketImpactWarning, match="too small where few surprises carry a slope"):
            result = spec.run(PANEL, releases(), pairs=on(NAME, N))
    else:
        result = spec.run(PANEL, releases(), pairs=on(NAME, N))
    y, x = hand_made(*scaled())
    theirs = sm.OLS(y.to_numpy(), x).fit(cov_type=cov, cov_kwds={"maxlags": 4} if cov == "HAC" else None)
    assert result.terms == ("CPI", "rate", "EM", "intercept")
    np.testing.assert_allclose(result.estimates, theirs.params, rtol=1e-8)
    np.testing.assert_allclose(result.std_errors, theirs.bse, rtol=1e-8)
    assert result.units[:2] == ("bp per sd of surprise",) * 2
    fit = cluster_robust(y.to_numpy(), x, np.arange(len(y)))
    if cov == "HC2":
        np.testing.assert_allclose(result.dfs, fit.df, rtol=1e-8)
        np.testing.assert_allclose(result.p_values, fit.p_value, rtol=1e-8)


def test_per_unit_is_the_regression_on_raw_surprises() -> None:
    found = run().per_unit()
    y, x = hand_made(*(np.where(kind == KINDS, SIZES, 0.0) for kind in ("CPI", "rate")))
    theirs = sm.OLS(y.to_numpy(), x).fit(cov_type="HC2")
    np.testing.assert_allclose(found.estimates, theirs.params, rtol=1e-8)
    np.testing.assert_allclose(found.std_errors, theirs.bse, rtol=1e-8)
    np.testing.assert_allclose(found.cov, theirs.cov_params(), rtol=1e-6, atol=1e-12)
    assert found.units == ("bp per 1.0 points of surprise",) * 2 + ("bp per 1.0 log", "bp per session")
    np.testing.assert_array_equal(found.p_values, run().p_values)


def test_a_specification_per_unit_gives_all_of_the_result_per_unit() -> None:
    """One surprise of four standard deviations carries the slope, so that there is a warning with numbers in it."""
    sizes = SIZES.copy()
    sizes[2] = 2.0
    given: dict[str, object] = {"by": ["CPI"], "asymmetric": True, "cov": "HC1", "permutations": 99}
    with pytest.warns(mi.MarketImpactWarning) as per_sd:
        per = SurpriseResponse(controls=["EM"], **given).run(PANEL, releases(sizes), pairs=on(NAME, N))
    with pytest.warns(mi.MarketImpactWarning) as per_unit:
        found = SurpriseResponse(controls=["EM"], per="unit", **given).run(
            PANEL, releases(sizes), pairs=on(NAME, N)
        )
    assert found == per.per_unit() == found.per_unit() != per
    sd = per.scales[0]
    assert sd == pytest.approx(np.std(sizes[entering() & (KINDS == "CPI")], ddof=1))
    np.testing.assert_allclose(found.estimates[:2] * sd, per.estimates[:2])
    np.testing.assert_array_equal(found.estimates[2:], per.estimates[2:])
    (one,), (other,) = found.tests, per.tests
    assert one.p_value == other.p_value < 1.0
    assert one.estimate == pytest.approx(found.estimates[0] - found.estimates[1])
    assert one.estimate / one.std_error == pytest.approx(other.statistic)
    assert found.compared == ((0, 1),)
    assert [one.p_value for one in found.permutation] == [one.p_value for one in per.permutation]
    assert found.to_frame()["p_permutation"].notna().tolist() == [True, True, False, False]
    assert found.notes == per.notes
    assert found.notes[0] == f"1 sd = {sd:.4g} points"
    left, whole = found.leave_one_out(), per.leave_one_out()
    np.testing.assert_allclose(left["estimate_without"] * sd, whole["estimate_without"])
    np.testing.assert_allclose(left["change_in_se"], whole["change_in_se"])
    assert set(left["unit"]) == {"bp per 1.0 points of surprise"}
    assert set(whole["unit"]) == {"bp per sd of surprise"}
    assert str(per_sd[0].message) == per.reading[0]
    assert str(per_unit[0].message) == found.reading[0]
    without = whole["estimate_without"][0] / sd
    assert f"{found.estimates[0]:+.4g} with it, {without:+.4g} without, bp per 1.0 points" in found.reading[0]
    assert "one unit above" in found.reading[-1]
    assert "asymmetry of responses, CPI, positive surprise less" in str(found.summary())


def test_positive_and_negative_surprises_and_their_difference() -> None:
    result = run(by=["CPI"], asymmetric=True, cov="HC3")
    z = scaled()[0]
    y, x = hand_made(np.maximum(z, 0), np.minimum(z, 0))
    theirs = sm.OLS(y.to_numpy(), x).fit(cov_type="HC3")
    assert result.terms[:2] == ("CPI, positive surprise", "CPI, negative surprise")
    np.testing.assert_allclose(result.estimates, theirs.params, rtol=1e-8)
    contrast = theirs.t_test(np.array([1.0, -1.0, 0.0, 0.0]))
    (outcome,) = result.tests
    assert outcome.test == ASYMMETRY
    assert outcome.estimate == pytest.approx(contrast.effect[0], rel=1e-8)
    assert outcome.std_error == pytest.approx(contrast.sd[0, 0], rel=1e-8)
    assert outcome.p_value == pytest.approx(float(contrast.pvalue), rel=1e-6)
    assert "asymmetry of responses, CPI, positive surprise less" in str(result.summary())
    said = f"difference {outcome.estimate:+.4g} bp per sd of surprise, t = {outcome.statistic:.2f}, p "
    assert said in result.summary().tail[0]


def test_a_state_is_read_on_the_session_before_and_an_unknown_eve_leaves_the_day_out() -> None:
    index = PANEL[NAME].index
    sessions = event_sessions(NAME, DAYS[list(PLACES)])
    state = pd.Series(np.arange(len(index)) % 3 == 0, index=index, name="stress")
    z = scaled()[0]
    eve = np.array([state.iloc[index.get_loc(one) - 1] for one in sessions])
    result = run(by=["CPI"], state=state, cov="HC3")
    y, x = hand_made(np.where(eve, z, 0), np.where(eve, 0, z))
    theirs = sm.OLS(y.to_numpy(), x).fit(cov_type="HC3")
    assert result.terms[:2] == ("CPI, stress", "CPI, not stress")
    np.testing.assert_allclose(result.estimates, theirs.params, rtol=1e-8)
    assert result.tests[0].test == STATE
    assert result.tests[0].p_value == pytest.approx(
        float(theirs.t_test(np.array([1.0, -1, 0, 0])).pvalue), rel=1e-6
    )
    first = next(i for i in range(N) if KINDS[i] == "CPI" and entering()[i])
    holed = state.drop(index[index.get_loc(sessions[first]) - 1])
    fewer = run(by=["CPI"], state=holed, cov="HC3")
    assert fewer.n == result.n - 1
    rest = SIZES[(KINDS == "CPI") & entering() & (np.arange(N) != first)]
    assert fewer.scales[0] == pytest.approx(rest.std(ddof=1))
    assert "Event sessions on whose eve the state has no value, which are left out: 1." in fewer.reading


def test_a_state_of_numbers_gives_the_response_at_its_mean_and_for_one_sd() -> None:
    index = PANEL[NAME].index
    state = pd.Series(np.random.default_rng(2).normal(5, 2, len(index)), index=index, name="VIX")
    sessions, usable, z = event_sessions(NAME, DAYS[list(PLACES)]), entering(), scaled()[0]
    eve = np.array([state.iloc[index.get_loc(one) - 1] for one in sessions])
    seen = eve[(KINDS == "CPI") & usable]
    result = run(by=["CPI"], state=state)
    y, x = hand_made(z, z * (eve - seen.mean()) / seen.std(ddof=1))
    np.testing.assert_allclose(result.estimates, sm.OLS(y.to_numpy(), x).fit().params, rtol=1e-8)
    assert result.terms[:2] == ("CPI, at mean VIX", "CPI, per sd of VIX")
    assert result.units[1] == "bp per sd of surprise and sd of VIX"
    assert result.tests == ()


def test_the_expected_part_is_a_placebo_regressor() -> None:
    expected = np.random.default_rng(4).normal(3.0, 1.0, N)
    given = {f"e{i}": value for i, value in enumerate(expected)}
    result = run(by=["rate"], expected=given)
    mine = (KINDS == "rate") & entering()
    scores = np.where(KINDS == "rate", (expected - expected[mine].mean()) / expected[mine].std(ddof=1), 0.0)
    y, x = hand_made(scaled()[1], scores)
    np.testing.assert_allclose(result.estimates, sm.OLS(y.to_numpy(), x).fit().params, rtol=1e-8)
    assert result.terms[:2] == ("rate", "rate, expected part")
    assert result.units[1] == "bp per sd of expected"
    with pytest.raises(
        mi.InputError, match=r"17 events of type 'rate' have a surprise and no expected value"
    ):
        run(by=["rate"], expected={"e1": 1.0})
    with pytest.raises(mi.InputError, match="the expected values of type 'rate' do not vary"):
        run(by=["rate"], expected=dict.fromkeys(given, 2.0))


@pytest.mark.parametrize("weights", ["ewma", "garch"])
def test_weights_are_one_over_the_variance_known_before(weights: str) -> None:
    result = run(by=["CPI"], weights=weights, cov="HC3")
    y, x = hand_made(scaled()[0])
    e = sm.OLS(y.to_numpy(), x).fit().resid
    if weights == "garch":
        volatility = garch_volatility(e).volatility
    else:
        variance = np.full(len(e), np.nan)
        variance[20] = np.mean(e[:20] ** 2)
        for t in range(21, len(e)):
            variance[t] = 0.94 * variance[t - 1] + 0.06 * e[t - 1] ** 2
        volatility = np.sqrt(variance)
    known = np.isfinite(volatility)
    theirs = sm.WLS(y.to_numpy()[known], x[known], weights=1 / volatility[known] ** 2).fit(cov_type="HC3")
    np.testing.assert_allclose(result.estimates, theirs.params, rtol=1e-6)
    np.testing.assert_allclose(result.std_errors, theirs.bse, rtol=1e-6)
    assert result.cov_type.startswith("weighted by volatility")


def test_event_days_alone() -> None:
    result = run(by=["CPI"], days="events")
    y, x = hand_made(scaled()[0])
    days = column((KINDS == "CPI").astype(float)).loc[y.index].to_numpy() > 0
    theirs = sm.OLS(y.to_numpy()[days], x[days]).fit(cov_type="HC2")
    np.testing.assert_allclose(result.std_errors, theirs.bse, rtol=1e-8)
    assert result.n == days.sum()


def test_leave_one_out_is_a_fit_without_the_day() -> None:
    result = run()
    y, x = hand_made(*scaled())
    index = list(y.index)
    table = result.leave_one_out()
    for row in table.groupby("term").head(5).to_dict("records"):
        j, at = result.terms.index(row["term"]), index.index(row["session"])
        keep = np.arange(len(y)) != at
        without = np.linalg.lstsq(x[keep], y.to_numpy()[keep], rcond=None)[0][j]
        assert row["estimate_without"] == pytest.approx(without, rel=1e-8)
        assert row["change_in_se"] == pytest.approx((without - result.estimates[j]) / result.std_errors[j])
        others = np.delete(x, j, axis=1)
        left = x[:, j] - others @ np.linalg.lstsq(others, x[:, j], rcond=None)[0]
        assert row["share"] == pytest.approx(left[at] ** 2 / (left @ left), rel=1e-8)
    assert table.groupby("term")["share"].sum().between(0.9, 1.0).all()
    assert table.groupby("term")["share"].apply(lambda s: s.is_monotonic_decreasing).all()


def test_leave_one_out_of_stacked_instruments_leaves_out_the_date() -> None:
    days = weekdays(90)
    rng = np.random.default_rng(2)
    panel = price_panel({n: 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 90))) for n in "AB"}, days)
    places, sizes = [10, 25, 40, 60, 75], [1.0, -2.0, 0.5, 0.7, -1.0]
    events = mi.EventSet.from_events(
        mi.Event(
            f"e{i}", announced_at=f"{days[p]}T09:00", zone="UTC", category="c", surprise=s, surprise_unit="u"
        )
        for i, (p, s) in enumerate(zip(places, sizes, strict=True))
    )
    with pytest.warns(mi.MarketImpactWarning, match=r"c: .* \(e1\) has .* % of the leverage"):
        result = SurpriseResponse().run(panel, events, pairs="all")
    z = np.zeros(90)
    z[places] = np.array(sizes) / np.std(sizes, ddof=1)
    y = np.diff(np.log(np.stack([panel[n].to_numpy() for n in "AB"])), axis=1).ravel()
    x = np.column_stack([np.tile(z[1:], 2), *np.repeat(np.eye(2), 89, axis=0).T])
    keep = np.tile(np.arange(1, 90) != 25, 2)
    row = result.leave_one_out().iloc[0]
    assert row["event_id"] == "e1"
    assert row["estimate_without"] == pytest.approx(
        np.linalg.lstsq(x[keep], y[keep], rcond=None)[0][0], rel=1e-8
    )


def test_one_huge_surprise_is_named() -> None:
    sizes = SIZES.copy()
    sizes[4] = 5.0
    with pytest.warns(
        mi.MarketImpactWarning, match=r"CPI: 20\d\d-\d\d-\d\d \(e4\) has 9\d % of the leverage"
    ):
        result = SurpriseResponse(by=["CPI"]).run(PANEL, releases(sizes), pairs=on(NAME, N))
    assert result.reading[0].startswith("CPI: ")
    assert "see leave_one_out()" in result.reading[0]
    assert result.dfs[0] < 2.0


def test_with_one_surprise_of_ten_sd_hc1_rejects_far_too_often_and_the_default_holds() -> None:
    """40 days, one surprise of 10 sd; here HC1 27 % at a nominal 5 %, the default less than 1 %."""
    rng, draws = np.random.default_rng(40), 2_000
    s = rng.normal(size=40)
    s[7] = 10.0
    x = np.column_stack([s, np.ones(40)])
    inverse = np.linalg.inv(x.T @ x)
    y = rng.normal(size=(40, draws))
    b = inverse @ x.T @ y
    e = y - x @ b
    weights = (x @ inverse[0]) ** 2
    hc1 = np.sqrt(weights @ e**2 * 40 / 38)
    assert 0.24 < np.mean(np.abs(b[0]) > 1.96 * hc1) < 0.32
    held = [cluster_robust(y[:, i], x, np.arange(40)).p_value[0] < 0.05 for i in range(600)]
    assert np.mean(held) < 0.02


def test_points_are_the_moves_beside_all_other_regressors() -> None:
    result = run()
    y, x = hand_made(*scaled())
    points = result.points
    mine = points.term == 1
    rest = y.to_numpy() - np.delete(x, 1, axis=1) @ np.delete(result.estimates, 1)
    at = [list(y.index).index(pd.Timestamp(day)) for day in points.sessions[mine]]
    np.testing.assert_allclose(points.move[mine], rest[at], rtol=1e-8)
    np.testing.assert_allclose(points.surprise[mine], x[at, 1], rtol=1e-10)


def test_days_without_a_surprise_are_left_out_and_told() -> None:
    sizes = SIZES.copy()
    sizes[[2, 6]] = np.nan
    result = SurpriseResponse(by=["CPI"]).run(PANEL, releases(sizes), pairs=on(NAME, N))
    everything = SurpriseResponse(by=["CPI"]).run(PANEL, releases(), pairs=on(NAME, N))
    assert result.n == everything.n - 2
    assert "Event sessions without a surprise, which are left out: 2." in result.reading


def test_a_scale_of_the_surprises_changes_nothing_but_the_coefficient_per_unit() -> None:
    one, other = (
        SurpriseResponse().run(PANEL, releases(scale * SIZES), pairs=on(NAME, N)) for scale in (1.0, 100.0)
    )
    np.testing.assert_allclose(one.estimates, other.estimates, rtol=1e-9)
    np.testing.assert_allclose(one.p_values, other.p_values, rtol=1e-9)
    np.testing.assert_allclose(one.per_unit().estimates[:2], 100 * other.per_unit().estimates[:2], rtol=1e-9)


def test_each_instrument_alone() -> None:
    pairs = [*on("KZ yield", N), *on("KZ price", N)]
    found = SurpriseResponse().each(PANEL, releases(), pairs=pairs)
    assert {name: result.units[0] for name, result in found.items()} == {
        "KZ yield": "bp per sd of surprise",
        "KZ price": "log per sd of surprise",
    }


def test_surprises_that_cannot_be_standardised() -> None:
    mixed = list(releases().columns["surprise_unit"])
    mixed[0] = "percent"
    events = replace(
        releases(), columns={**releases().columns, "surprise_unit": np.array(mixed, dtype=object)}
    )
    with pytest.raises(mi.DataError, match=r"'CPI' have no common unit; received \['percent', 'points'\]"):
        SurpriseResponse().run(PANEL, events, pairs=on(NAME, N))
    none = replace(events, columns={**events.columns, "surprise_unit": np.full(N, None, dtype=object)})
    with pytest.raises(mi.DataError, match="surprise_unit: the surprises of type 'CPI' have no common unit"):
        SurpriseResponse().run(PANEL, none, pairs=on(NAME, N))
    with pytest.raises(mi.InputError, match=r"the surprises of type 'CPI' do not vary; received 0\.5"):
        SurpriseResponse().run(PANEL, releases(np.full(N, 0.5)), pairs=on(NAME, N))
    with pytest.raises(mi.InputError, match="type 'CPI' has no usable event with a surprise: their spread"):
        SurpriseResponse().run(PANEL, releases(np.where(KINDS == "CPI", np.nan, SIZES)), pairs=on(NAME, N))
    alone = np.where((KINDS == "CPI") & (np.arange(N) != 2), np.nan, SIZES)
    with pytest.raises(mi.InputError, match="type 'CPI' has one usable event with a surprise: their spread"):
        SurpriseResponse().run(PANEL, releases(alone), pairs=on(NAME, N))
    with pytest.raises(mi.InputError, match="type 'CPI' has no negative surprise"):
        SurpriseResponse(asymmetric=True).run(PANEL, releases(np.abs(SIZES)), pairs=on(NAME, N))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"weights": "arch"}, "weights: is not known; received 'arch'; allowed: None, 'garch', 'ewma'"),
        ({"days": "some"}, "days: is not known; received 'some'"),
        ({"per": "bp"}, "per: is not known; received 'bp'; allowed: 'sd', 'unit'"),
        ({"asymmetric": True, "state": pd.Series([1.0])}, "state: signs and a state at once"),
        ({"asymmetric": "yes"}, "asymmetric: is not known; received 'yes'"),
        ({"cov": "HAC", "maxlags": 2.5}, "maxlags: is no bandwidth; received 2.5"),
        ({"level": "0.9"}, "level: no level; received '0.9'"),
        ({"controls": None}, "controls: are no factors"),
        ({"controls": [5]}, r"controls: are no factors; received \[5\]"),
    ],
)
def test_a_specification_that_makes_no_sense(change: dict[str, object], match: str) -> None:
    with pytest.raises(mi.InputError, match=match):
        SurpriseResponse(**change)


@pytest.mark.parametrize(
    ("state", "match"),
    [
        ([1, 2], "state: is no series by date; received 'list'"),
        (pd.Series([1.0, 2.0]), "state: is no series by date; received 'Series with an index of int64'"),
        (pd.Series([1.0, 2.0], index=["2015-01-05", "2015-01-06"]), "with an index of .*; .*parse_dates"),
        (pd.Series([], dtype=float, index=pd.DatetimeIndex([])), "state: is empty"),
        (
            pd.Series([1.0, 2.0], index=pd.DatetimeIndex(["2015-01-05T09:00", "2015-01-05T17:00"])),
            "state: has a day more than once; .* with each day once",
        ),
        (pd.Series(["a"], index=pd.DatetimeIndex(["2015-01-05"])), "state: holds no numbers"),
        (
            pd.Series(1.0, index=PANEL[NAME].index),
            r"does not vary over the \d\d event sessions of type 'CPI'",
        ),
        (pd.Series([1.0], index=pd.DatetimeIndex(["1999-01-05"])), "does not vary over the 0 event sessions"),
    ],
)
def test_states_that_say_nothing(state: object, match: str) -> None:
    with pytest.raises(mi.InputError, match=match):
        run(state=state)


def test_too_few_moves_for_a_garch() -> None:
    few = SurpriseResponse(by={"some": ["e1", "e3", "e5"]}, weights="garch")
    days = weekdays(120)
    panel = price_panel({"A": 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.01, 120)))}, days)
    with pytest.raises(mi.DataError, match="A: a GARCH needs 500 usable sessions or more, has 119"):
        few.run(panel, releases(), pairs=on("A", N))


@pytest.mark.parametrize(
    ("by", "match"),
    [
        (5, "by: is no set of types; received 5"),
        ({"x": 5}, "by: type 'x' has no list of event ids; received 5"),
        ({"x": ["zz"]}, r"by: type 'x' names events that are not in the set; .* allowed: 'e0', 'e1', "),
        ([], "by: names no type"),
        (["jobs"], "by: event type 'jobs' is of no event; received 'jobs'; allowed: one of 'CPI', 'rate'"),
    ],
)
def test_types_of_release_that_are_none(by: object, match: str) -> None:
    with pytest.raises(mi.InputError, match=match):
        run(by=by)


@pytest.mark.parametrize(
    ("expected", "match"),
    [
        ([1.0, 2.0], "expected: are not by event id; received 'list'"),
        ({"e0": "x"}, r"expected: are no numbers; received \['x'\]"),
        (pd.Series(["x"], index=["e0"]), "expected: are no numbers; received "),
    ],
)
def test_expected_values_that_are_none(expected: object, match: str) -> None:
    with pytest.raises(mi.InputError, match=match):
        run(expected=expected)


@pytest.mark.parametrize("seed", [-1, "a", True])
def test_a_seed_is_a_whole_number(seed: object) -> None:
    for spec in (SurpriseResponse(), mi.EventRegression()):
        with pytest.raises(mi.InputError, match="seed: is no seed"):
            spec.run(PANEL, releases(), pairs=on(NAME, N), seed=seed)
