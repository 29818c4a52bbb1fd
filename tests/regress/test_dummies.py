"""Event dummies against statsmodels called by itself, brute force from the formulas, and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import marketimpact as mi
from marketimpact.regress.dummies import ALONE, ONE_DAY, EventRegression
from tests.regress.world import DAYS, PANEL, PLACES, by_hand, dummy, event_sessions, on, some_news
from tests.study.world import news, price_panel, walk, weekdays

NAME, CONTROLS = "KZ yield", ("EM", "UST")
HALVES = {"a": [f"e{i}" for i in range(5)], "b": [f"e{i}" for i in range(5, 10)]}


def hand_made() -> tuple[pd.Series, pd.DataFrame]:
    """y and X of two types with one lead and two lags, in the order of the result."""
    rows = by_hand(NAME, CONTROLS)
    sessions = event_sessions(NAME, DAYS[list(PLACES)])
    x = {
        f"{kind} (tau {tau:+d})" if tau else f"{kind} (tau 0)": dummy(NAME, some, tau).loc[rows.index]
        for kind, some in (("a", sessions[:5]), ("b", sessions[5:]))
        for tau in (-1, 0, 1, 2)
    }
    return rows["move"], pd.concat([pd.DataFrame(x), rows[[*CONTROLS, "intercept"]]], axis=1)


@pytest.mark.parametrize(
    ("cov", "kwds"), [("HC0", None), ("HC1", None), ("HC3", None), ("HAC", {"maxlags": 7}), ("HAC", {})]
)
def test_estimates_and_errors_are_those_of_statsmodels(cov: str, kwds: dict[str, int] | None) -> None:
    y, x = hand_made()
    spec = EventRegression(
        types=HALVES, leads=1, lags=2, controls=CONTROLS, cov=cov, maxlags=(kwds or {}).get("maxlags"),
        permutations=0,
    )  # fmt: skip
    with pytest.warns(mi.MarketImpactWarning, match="too small with fewer than 20 event days"):
        result = spec.run(PANEL, some_news(), pairs=on(NAME))
    if cov == "HAC" and not kwds:
        kwds = {"maxlags": int(4 * (len(y) / 100) ** (2 / 9))}
        assert f"bandwidth {kwds['maxlags']}" in result.cov_type
    theirs = sm.OLS(y, x).fit(cov_type=cov, cov_kwds=kwds)
    assert result.terms == tuple(x.columns)
    np.testing.assert_allclose(result.estimates, theirs.params, rtol=1e-8)
    np.testing.assert_allclose(result.std_errors, theirs.bse, rtol=1e-8)
    np.testing.assert_allclose(result.p_values, theirs.pvalues, rtol=1e-6, atol=1e-300)
    np.testing.assert_allclose(result.conf_int(0.9), theirs.conf_int(0.1), rtol=1e-6)
    np.testing.assert_allclose(result.model.params, theirs.params)
    assert result.units[0] == "bp per event"
    assert result.units[-3:] == ("bp per 1.0 log", "bp per bp", "bp per session")


def test_newey_west_is_the_formula() -> None:
    """S = G0 + sum_l (1 - l/(m+1))(G_l + G_l'), between (X'X)^-1, without a correction for k."""
    y, x = hand_made()
    with pytest.warns(mi.MarketImpactWarning, match="HAC is too small"):
        result = EventRegression(
            types=HALVES, leads=1, lags=2, controls=CONTROLS, cov="HAC", maxlags=5, permutations=0
        ).run(PANEL, some_news(), pairs=on(NAME))
    m = x.to_numpy()
    bread = np.linalg.inv(m.T @ m)
    scores = m * (y.to_numpy() - m @ (bread @ m.T @ y.to_numpy()))[:, None]
    middle = scores.T @ scores
    for lag in range(1, 6):
        gamma = scores[lag:].T @ scores[:-lag]
        middle += (1.0 - lag / 6.0) * (gamma + gamma.T)
    np.testing.assert_allclose(result.cov, bread @ middle @ bread, rtol=1e-7, atol=1e-12)


def test_the_default_is_hc2_with_bell_and_mccaffreys_degrees_of_freedom_from_dense_matrices() -> None:
    y, x = hand_made()
    result = EventRegression(types=HALVES, leads=1, lags=2, controls=CONTROLS).run(
        PANEL, some_news(), pairs=on(NAME)
    )
    m, n = x.to_numpy(), len(x)
    bread = np.linalg.inv(m.T @ m)
    left = np.eye(n) - m @ bread @ m.T
    e, lifted = left @ y.to_numpy(), 1.0 / np.sqrt(np.diag(left))
    cov = bread @ (m.T * (e * lifted) ** 2) @ m @ bread
    np.testing.assert_allclose(result.std_errors, np.sqrt(np.diag(cov)), rtol=1e-8)
    np.testing.assert_allclose(result.std_errors, sm.OLS(y, x).fit(cov_type="HC2").bse, rtol=1e-8)
    for j in (0, 5, 8):
        g = left * (lifted * (m @ bread[:, j]))  # column t: (I - H)_t A_t x_t'(X'X)^-1 c
        square = g.T @ g
        df = np.trace(square) ** 2 / np.trace(square @ square)
        assert result.dfs[j] == pytest.approx(df, rel=1e-6)
        assert result.p_values[j] == pytest.approx(2 * stats.t.sf(abs(result.tvalues.iloc[j]), df), rel=1e-6)


@pytest.mark.parametrize("cov", ["HC0", "HC1", "HC2", "cluster"])
def test_stacked_instruments_share_dates_which_are_clusters(cov: str) -> None:
    days = weekdays(90)
    rng = np.random.default_rng(2)
    common = np.cumsum(rng.normal(0, 0.01, 90))
    levels = {name: 100 * np.exp(common + np.cumsum(rng.normal(0, 0.004, 90))) for name in "ABC"}
    panel, events = price_panel(levels, days), news(days[[10, 11, 25, 40, 41, 60, 75]])
    spec = EventRegression(cov=cov, permutations=0)
    if cov in ("HC0", "HC1"):
        with pytest.warns(mi.MarketImpactWarning, match="too small with fewer than 20"):
            result = spec.run(panel, events, pairs="all")
    else:
        result = spec.run(panel, events, pairs="all")
    moves = np.diff(np.log(np.stack(list(levels.values()))), axis=1)
    y, dates = moves.ravel(), np.tile(np.arange(89), 3)
    x = np.column_stack(
        [np.isin(dates + 1, [10, 11, 25, 40, 41, 60, 75]), *np.repeat(np.eye(3), 89, axis=0).T]
    )
    bread = np.linalg.inv(x.T @ x)
    hat = x @ bread @ x.T
    e = y - hat @ y
    middle = np.zeros((4, 4))
    for date in range(89):
        rows = dates == date
        values, vectors = np.linalg.eigh(np.eye(3) - hat[np.ix_(rows, rows)])
        root = vectors @ np.diag(values**-0.5) @ vectors.T if cov in ("HC2", "cluster") else np.eye(3)
        score = x[rows].T @ root @ e[rows]
        middle += np.outer(score, score)
    cov_by_hand = bread @ middle @ bread * (89 / 88 if cov == "HC1" else 1.0)
    np.testing.assert_allclose(result.estimates, bread @ x.T @ y, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(result.std_errors, np.sqrt(np.diag(cov_by_hand)), rtol=1e-8)
    assert result.n_clusters == 89
    assert result.n_events == (7, 0, 0, 0)
    assert "clustered by 89 dates" in result.cov_type


def test_a_dummy_of_one_day_is_the_abnormal_move_of_the_event_study() -> None:
    """With all other sessions as estimation window: the move less the mean of the others; and it has no error."""
    days = weekdays(120)
    panel = price_panel({"A": walk(np.random.default_rng(4), 120)}, days)
    result = EventRegression().run(panel, news([days[-1]]))
    study = mi.EventStudy(timeline=mi.Timeline(estimation=(-118, -1), event=(0, 0))).run(
        panel, news([days[-1]])
    )
    assert result.estimates[0] == pytest.approx(study.one("e0").headline.estimate, rel=1e-9)
    assert np.isnan([result.std_errors[0], result.p_values[0], result.dfs[0]]).all()
    assert result.notes[0] == ONE_DAY


@pytest.mark.parametrize("cov", ["HC0", "HC1", "HC2", "HC3", "HAC", "cluster"])
def test_one_event_day_has_no_error_by_any_estimator(cov: str) -> None:
    spec = EventRegression(types={"one": ["e0"], "more": [f"e{i}" for i in range(1, 10)]}, cov=cov)
    if cov in ("HC0", "HC1", "HC3", "HAC"):
        with pytest.warns(mi.MarketImpactWarning, match="1 event day: would reject about 9. %"):
            result = spec.run(PANEL, some_news(), pairs=on(NAME))
    else:
        result = spec.run(PANEL, some_news(), pairs=on(NAME))
    frame = result.to_frame().set_index("term")
    assert frame.loc["one", ["std_error", "statistic", "df", "p_value", "conf_low", "conf_high"]].isna().all()
    assert np.isfinite(frame.loc["one", "estimate"])
    assert frame.loc["one", "n_events"] == 1
    assert "one_event" in frame.loc["one", "note"]
    assert frame.loc["more", "std_error"] > 0


def test_what_dummies_of_other_types_absorb_leaves_one_day_and_no_error() -> None:
    types = {"a": ["e0", "e1"], "b": ["e1", "e2", "e3"], "c": ["e0"]}
    result = EventRegression(types=types).run(PANEL, some_news(), pairs=on(NAME))
    assert result.n_events[:3] == (2, 3, 1)
    assert np.isnan(result.std_errors[0])
    assert result.notes[0] == ALONE


def test_guarded_errors_show_a_permutation_beside_and_the_default_when_asked() -> None:
    spec = EventRegression(types=HALVES, cov="HC1", permutations=199)
    with pytest.warns(mi.MarketImpactWarning, match=r"a: 5 event days: rejects about 15 %"):
        guarded = spec.run(PANEL, some_news(), pairs=on(NAME))
    assert "rejects about 15 % of true nulls at a nominal 5 %" in guarded.reading[0]
    text = str(guarded.summary())
    assert "p (permutation)" in text
    frame = guarded.to_frame()
    assert frame["p_permutation"].notna().tolist() == [True, True, False]
    assert frame["p_floor"][0] == 1 / 200
    asked = replace(spec, cov="HC2").run(PANEL, some_news(), pairs=on(NAME))
    assert [one.p_value for one in asked.permutation[:2]] == frame["p_permutation"][:2].tolist()
    silent = replace(spec, cov="HC2", permutations=None).run(PANEL, some_news(), pairs=on(NAME))
    assert "permutation" not in str(silent.summary())


def test_twenty_event_days_need_no_warning() -> None:
    places = range(30, 650, 25)
    result = EventRegression(cov="HAC").run(PANEL, some_news(list(places)), pairs=on(NAME, len(places)))
    assert result.n_events[0] >= 20
    assert not any("too small" in line for line in result.reading)


def test_each_instrument_alone_is_a_run_on_its_pairs() -> None:
    pairs = [*on("KZ yield"), *on("USD/KZT", 7)]
    found = EventRegression(types=None).each(PANEL, some_news(), pairs=pairs)
    assert list(found) == ["KZ yield", "USD/KZT"]
    alone = EventRegression().run(PANEL, some_news(), pairs=on("USD/KZT", 7))
    np.testing.assert_array_equal(found["USD/KZT"].estimates, alone.estimates)
    np.testing.assert_array_equal(found["USD/KZT"].std_errors, alone.std_errors)
    assert found["KZ yield"].units[0] == "bp per event"
    assert found["USD/KZT"].units[0] == "log per event"


def test_the_order_of_events_changes_nothing() -> None:
    events = list(some_news().ids)
    turned = some_news().select(events[::-1])
    one, other = (
        EventRegression(types=HALVES, permutations=99).run(PANEL, some, pairs=on(NAME))
        for some in (some_news(), turned)
    )
    np.testing.assert_array_equal(one.estimates, other.estimates)
    np.testing.assert_array_equal(one.p_values, other.p_values)
    assert one.permutation == other.permutation


def test_events_lost_are_told() -> None:
    events = some_news()
    rows = by_hand(NAME, CONTROLS).index
    lost = [s not in rows for s in event_sessions(NAME, DAYS[list(PLACES)])]
    result = EventRegression(types={"a": ["e0", "e1", "e2"]}, controls=CONTROLS).run(
        PANEL, events, pairs=on(NAME)
    )
    assert "Event sessions of no type asked for, which stay among the others: 7." in result.reading
    assert any("without a usable move" in line for line in result.reading) == any(lost[:3])
    assert result.ledger.to_frame()["event_id"].nunique() == 10


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"cov": "HC9"}, "cov: is not known; received 'HC9'; allowed: 'HC2'"),
        ({"maxlags": 3}, "maxlags: is no bandwidth; received 3"),
        ({"cov": "HAC", "maxlags": -1}, "maxlags: is no bandwidth; received -1"),
        ({"leads": -1}, "leads: is no number; received -1"),
        ({"permutations": True}, "permutations: is no number; received True"),
        ({"level": 1.0}, "level: no level; received 1.0"),
        ({"controls": "EM"}, "controls: is one factor, not several"),
    ],
)
def test_a_specification_that_makes_no_sense(change: dict[str, object], match: str) -> None:
    with pytest.raises(mi.InputError, match=match):
        EventRegression(**change)


@pytest.mark.parametrize(
    ("types", "match"),
    [
        ({"a": ["e0", "e1"], "b": ["e0", "e1"]}, "regressors depend on one another: 'b' is made of 'a'"),
        (
            {"a": ["e0", "e1"], "b": ["e2"], "ab": ["e0", "e1", "e2"]},
            "'ab' is made of 'a', 'b'; received",
        ),
        (
            {"a": ["e0", "nothing"]},
            r"type 'a' names events that are not in the set; received \['nothing'\]; allowed: 'e0', 'e1', ",
        ),
        (["strike"], "event type 'strike' is of no event; received 'strike'; allowed: one of 'no category'"),
        ("strike", "types: is no set of types; received 'strike'"),
        ({}, "types: names no type"),
        ({"intercept": ["e0", "e1"]}, "types: has names that repeat"),
        ({"late": ["e10"], "a": ["e0"]}, "event type 'late' has no usable event among 1: e10 on KZ yield"),
    ],
)
def test_types_that_cannot_be_fitted_are_named(types: object, match: str) -> None:
    events = news([*DAYS[list(PLACES)], DAYS[-1] + np.timedelta64(60, "D")])
    with pytest.raises(mi.InputError, match=match):
        EventRegression(types=types).run(PANEL, events, pairs=on(NAME, 11))


def test_more_coefficients_than_moves_and_errors_that_ignore_shared_dates() -> None:
    days = weekdays(12)
    panel = price_panel({"A": walk(np.random.default_rng(1), 12)}, days)
    with pytest.raises(mi.InputError, match="11 usable moves do not fit 11 coefficients"):
        EventRegression(types={f"t{i}": [f"e{i}"] for i in range(10)}).run(panel, news(days[1:11]))
    two = price_panel({name: walk(np.random.default_rng(1), 12) for name in "AB"}, days)
    with pytest.raises(mi.InputError, match="cov: HAC takes moves of one date as independent"):
        EventRegression(cov="HAC").run(two, news(days[4:6]), pairs="all")
    with pytest.raises(mi.InputError, match="differ in kind, and have no common coefficient"):
        EventRegression().run(PANEL, some_news(), pairs=[*on("KZ price"), *on("KZ yield")])


def test_a_scale_of_the_moves_is_a_scale_of_the_coefficients() -> None:
    days = weekdays(100)
    levels = walk(np.random.default_rng(9), 100)
    events = news(days[[10, 30, 50, 70]])
    small = EventRegression(permutations=99).run(price_panel({"A": levels}, days), events)
    large = EventRegression(permutations=99).run(price_panel({"A": levels**3}, days), events)
    np.testing.assert_allclose(large.estimates, 3 * small.estimates, rtol=1e-7)
    np.testing.assert_allclose(large.p_values, small.p_values, rtol=1e-6)
    assert large.permutation[0].p_value == small.permutation[0].p_value


def test_the_permutation_of_one_day_is_the_rank_with_refit() -> None:
    days = weekdays(80)
    panel = price_panel({"A": walk(np.random.default_rng(5), 80)}, days)
    result = EventRegression(permutations=99).run(panel, news([days[-1]]))
    study = mi.EventStudy(timeline=mi.Timeline(estimation=(-78, -1), event=(0, 0))).run(
        panel, news([days[-1]])
    )
    assert result.permutation[0].p_value == pytest.approx(study.one("e0").rank.p_value)
    assert result.permutation[0].note == "enumerated"


def test_a_day_that_could_be_one_of_two_sessions_counts_as_the_first_and_is_told() -> None:
    """A day of New York, with quotes of London: it begins after that day's snapshot of the night before."""
    days = weekdays(100)
    panel = price_panel({"A": walk(np.random.default_rng(4), 100)}, days)
    events = news([days[20], days[50]], clock=None, zone="America/New_York")
    result = EventRegression(lags=1).run(panel, events)
    assert result.n_events[:2] == (2, 2)
    assert (
        "Event sessions that are the first of several candidates: 2; lags show the others." in result.reading
    )
    assert result.ledger.to_frame()["status"].tolist() == ["flagged", "flagged"]
    alone = EventRegression().run(panel, events)
    assert alone.n_events[0] == 2


def test_what_it_is_called() -> None:
    result = EventRegression().run(PANEL, some_news(), pairs=on(NAME))
    assert repr(result).startswith("EventRegressionResult: KZ yield on event dummies: event ")
    assert "<table>" in result._repr_html_()


def told_by_a_control(noise: float) -> tuple[mi.Panel, mi.EventSet]:
    """Six event days, and a control that tells five of them but for a noise, and nothing of the sixth."""
    rng = np.random.default_rng(17)
    days, at = weekdays(260), np.arange(20, 245, 40)
    other = np.zeros(260)
    other[at[:5]] = 0.01 * (1.0 + noise * rng.standard_normal(5))
    walks = {"A": np.cumsum(0.01 * rng.standard_normal(260)), "B": np.cumsum(other)}
    return price_panel({name: 100.0 * np.exp(walk) for name, walk in walks.items()}, days), news(days[at])


@pytest.mark.parametrize("cov", ["HC0", "HC1", "HAC"])
def test_a_dummy_of_which_a_control_leaves_one_day_is_refused_but_by_hc2(cov: str) -> None:
    panel, events = told_by_a_control(0.05)
    pairs = [(f"e{i}", "A") for i in range(6)]
    with pytest.warns(
        mi.MarketImpactWarning,
        match=r"6 event days, of which about 1\.\d carry what the other regressors leave: would reject about \d\d %",
    ):
        found = EventRegression(controls=["B"], cov=cov, permutations=0).run(panel, events, pairs=pairs)  # type: ignore[arg-type]
    assert np.isnan([found.std_errors[0], found.p_values[0]]).all()
    assert found.notes[0] == ALONE
    held = EventRegression(controls=["B"]).run(panel, events, pairs=pairs)
    assert held.dfs[0] < 1.2
    assert held.notes[0] == ""


def test_hc1_rejects_as_often_as_is_said_where_a_control_leaves_little() -> None:
    panel, events = told_by_a_control(0.5)
    pairs = [(f"e{i}", "A") for i in range(6)]
    with pytest.warns(mi.MarketImpactWarning, match=r"about \d\.\d carry .*: rejects about \d\d %") as caught:
        found = EventRegression(controls=["B"], cov="HC1", permutations=0).run(panel, events, pairs=pairs)
    said = int(re.search(r"rejects about (\d+) %", str(caught[0].message))[1]) / 100  # type: ignore[index]
    x = np.asarray(found.model.model.exog)  # type: ignore[attr-defined]
    rng, samples = np.random.default_rng(0), 4000
    y = rng.standard_normal((samples, len(x)))
    inverse = np.linalg.pinv(x)
    b, residuals = y @ inverse[0], y - (y @ inverse.T) @ x.T
    errors = np.sqrt(residuals**2 @ inverse[0] ** 2 * len(x) / (len(x) - x.shape[1]))
    assert (np.abs(b) > 1.96 * errors).mean() == pytest.approx(said, abs=0.03)


def test_leave_one_out_is_a_fit_without_the_session() -> None:
    y, x = hand_made()
    result = EventRegression(types=HALVES, leads=1, lags=2, controls=CONTROLS).run(
        PANEL, some_news(), pairs=on(NAME)
    )
    table, sessions = result.leave_one_out(), event_sessions(NAME, DAYS[list(PLACES)])
    assert table["unit"].tolist() == [result.units[result.terms.index(term)] for term in table["term"]]
    assert table.groupby("term").size().to_dict() == (x.iloc[:, :8] != 0).sum().to_dict()
    own = list(PANEL[NAME].index)
    for row in table.to_dict("records"):
        tau, event = int(re.findall(r"[-+]?\d+", row["term"])[0]), int(row["event_id"].removeprefix("e"))
        assert own.index(row["session"]) - own.index(sessions[event]) == tau
        without = sm.OLS(y.drop(row["session"]), x.drop(row["session"])).fit().params[row["term"]]
        assert row["estimate_without"] == pytest.approx(without, rel=1e-7)
        assert row["share"] == pytest.approx(1.0 / (x[row["term"]] != 0).sum(), abs=0.03)
        j = result.terms.index(row["term"])
        assert row["change_in_se"] == pytest.approx(
            (without - result.estimates[j]) / result.std_errors[j], rel=1e-6
        )


def test_without_its_one_session_a_coefficient_is_none() -> None:
    result = EventRegression(types={"a": ["e0"], "b": [f"e{i}" for i in range(1, 10)]}).run(
        PANEL, some_news(), pairs=on(NAME)
    )
    with pytest.raises(mi.InputError, match=r"EventRegressionResult\.influence: is not known"):
        replace(result, influence=None).leave_one_out()
    alone = result.leave_one_out().query("term == 'a'")
    assert list(alone["event_id"]) == ["e0"]
    assert np.isnan(alone["estimate_without"]).all()
