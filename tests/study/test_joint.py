"""Several instruments on one event: the same days for all, the same numbers as one multivariate regression."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.multivariate.multivariate_ols import _MultivariateOLS

import marketimpact as mi
from tests.study.world import SNAPSHOT, news, weekdays

TIMELINE = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
DAYS = weekdays(400)
AT = 300
NAMES = ("KZ 2030", "KZ 2045", "USD/KZT", "KZ CDS")


def levels(seed: int = 1, shock: float = 0.0) -> pd.DataFrame:
    """Two yields, a currency and a CDS spread that move together; a shock in standard deviations on one day."""
    rng = np.random.default_rng(seed)
    z = rng.multivariate_normal(np.zeros(4), 0.5 + 0.5 * np.eye(4), len(DAYS))
    z[AT] += shock
    path = z.cumsum(axis=0)
    return pd.DataFrame(
        {
            "KZ 2030": 4.0 + 0.03 * path[:, 0],
            "KZ 2045": 5.0 + 0.04 * path[:, 1],
            "USD/KZT": 430.0 * np.exp(0.005 * path[:, 2]),
            "KZ CDS": 200.0 + 3.0 * path[:, 3],
            "UST": 2.0 + 0.02 * rng.standard_normal(len(DAYS)).cumsum(),
        },
        index=DAYS,
    )


def members(snapshot: str | None = SNAPSHOT) -> dict[str, Any]:
    return {
        "KZ 2030": mi.SovereignBond("KZ 2030", quoted="yield", issuer="KZ", snapshot=snapshot),
        "KZ 2045": mi.SovereignBond("KZ 2045", quoted="yield", issuer="KZ", snapshot=snapshot),
        "USD/KZT": mi.CurrencyPair("USD", "KZT", snapshot=snapshot),
        "KZ CDS": mi.Factor(
            "KZ CDS", move="difference", unit="bp", quoted="CDS spread", place="KZ", gains="down", snapshot=snapshot
        ),
        "UST": mi.Factor("UST", move="difference", unit="percent", snapshot=snapshot),
    }  # fmt: skip


def study(frame: pd.DataFrame, model: Any = None, event: Any = None, **options: Any) -> mi.StudyResult:
    panel = mi.Panel.from_frame(frame, instruments=members().values())
    pairs = [("e0", name) for name in NAMES]
    asked = mi.EventStudy(**({"model": model or mi.ConstantMean(), "timeline": TIMELINE} | options))
    return asked.run(panel, event or news([DAYS[AT]]), pairs=pairs)


def moves_of(frame: pd.DataFrame) -> pd.DataFrame:
    moves = frame.diff() * 100
    moves["USD/KZT"] = np.log(frame["USD/KZT"]).diff()
    moves["KZ CDS"] = frame["KZ CDS"].diff()
    return moves


@pytest.mark.parametrize("factor", [False, True])
def test_the_joint_f_is_that_of_one_multivariate_regression(factor: bool) -> None:
    frame = levels(2)
    moves = moves_of(frame)
    result = study(frame, mi.MarketModel("UST") if factor else None)
    rows = np.append(np.arange(AT - 130, AT - 10), AT)
    x = np.column_stack([np.ones(121), *([moves["UST"].iloc[rows]] if factor else []), np.arange(121) == 120])
    y = moves[list(NAMES)].iloc[rows].to_numpy()
    fitted = _MultivariateOLS(y, x.astype(float)).fit()
    contrast = np.eye(1, x.shape[1], x.shape[1] - 1)
    stat = fitted.mv_test([("event", contrast)]).results["event"]["stat"].loc["Wilks' lambda"]
    found = result.joint("e0")
    assert found.joint.statistic == pytest.approx(float(stat["F Value"]), rel=1e-10)
    assert found.joint.p_value == pytest.approx(float(stat["Pr > F"]), rel=1e-8)
    assert (found.n_obs, found.df) == (120, 120 - x.shape[1] + 1)
    params = np.linalg.lstsq(x.astype(float), y, rcond=None)[0]
    np.testing.assert_allclose(found.abnormal, params[-1], rtol=1e-8)
    table = result.to_frame("car").query("term == 'headline'")
    np.testing.assert_allclose(found.std_error, table["std_error"], rtol=1e-10)
    np.testing.assert_allclose(found.abnormal, table["estimate"], rtol=1e-10)


def test_beside_a_benchmark_nothing_is_fitted_and_the_mean_is_zero() -> None:
    frame = levels(3)
    moves = moves_of(frame)
    spreads = moves[["KZ 2030", "KZ 2045", "KZ CDS"]].sub(moves["UST"], axis=0)
    panel = mi.Panel.from_frame(frame, instruments=members().values())
    names = list(spreads)
    asked = mi.EventStudy(model=mi.BenchmarkSpread("UST"), timeline=TIMELINE)
    found = asked.run(panel, news([DAYS[AT]]), pairs=[("e0", name) for name in names]).joint("e0")
    rows, event = spreads.iloc[AT - 130 : AT - 10].to_numpy(), spreads.iloc[AT].to_numpy()
    squared = event @ np.linalg.inv(rows.T @ rows / 120) @ event
    assert found.joint.statistic == pytest.approx(squared * 118 / 360, rel=1e-9)
    assert found.joint.p_value == pytest.approx(stats.f.sf(squared * 118 / 360, 3, 118), rel=1e-8)
    whole = np.vstack([rows, event])
    inverse = np.linalg.inv(whole.T @ whole)
    distance = np.einsum("ti,ij,tj->t", whole, inverse, whole)
    assert found.rank.p_value == pytest.approx(np.mean(distance >= distance[-1] * (1 - 1e-9)))
    assert found.df == 120


def test_only_days_on_which_all_are_quoted_enter() -> None:
    frame = levels(4)
    frame.loc[DAYS[[200, 230]], "KZ CDS"] = np.nan
    frame.loc[DAYS[[230, 250]], "USD/KZT"] = np.nan
    found = study(frame).joint("e0")
    # The window of each counts its own quotes, so that two of them reach two sessions further back; of the common
    # days, the three on which one is not quoted are lost.
    common = set(DAYS[AT - 130 : AT - 10]) - set(DAYS[[200, 230, 250]])
    assert found.n_obs == len(common)


def test_the_order_of_instruments_turns_rows_and_changes_no_test() -> None:
    result = study(levels(5, shock=3.0))
    one, other = result.joint("e0", NAMES), result.joint("e0", NAMES[::-1])
    np.testing.assert_array_equal(one.abnormal, other.abnormal[::-1])
    assert one.joint.p_value == pytest.approx(other.joint.p_value, rel=1e-9)
    assert one.rank.p_value == other.rank.p_value
    assert one.direction.p_value == pytest.approx(other.direction.p_value, rel=1e-9)


def test_the_place_gives_the_signs_and_leaves_nothing_out_in_silence() -> None:
    result = study(levels(6, shock=5.0))
    found = result.joint("e0", place="KZ")
    assert found.instruments == NAMES
    assert found.signs.tolist() == [-1, -1, -1, -1]
    assert found.direction.estimate < -3
    assert found.direction.p_value < 0.01
    plain = result.joint("e0")
    assert plain.signs.tolist() == [1, 1, 1, 1]
    assert plain.direction.statistic == -found.direction.statistic
    bare = mi.Factor("KZ CDS", move="difference", unit="bp", place="KZ", snapshot=SNAPSHOT)
    panel = mi.Panel.from_frame(levels(6), instruments=(members() | {"KZ CDS": bare}).values())
    asked = mi.EventStudy(timeline=TIMELINE)
    quiet = asked.run(panel, news([DAYS[AT]]), pairs=[("e0", n) for n in (*NAMES, "UST")])
    found = quiet.joint("e0", place="KZ")
    assert found.instruments == NAMES[:3]
    assert found.left_out == ("KZ CDS: does not say how the assets of KZ gain",)  # UST is of no country
    named = quiet.joint("e0", ["KZ 2045", "UST"], place="KZ")
    assert named.left_out == ("UST: does not say how the assets of KZ gain",)


def test_the_mean_is_not_taken_for_its_t() -> None:
    found = study(levels(6, shock=5.0)).joint("e0", place="KZ")
    mean, t = found.direction.estimate, found.direction.statistic
    assert abs(t - mean) > 0.5
    words = str(found.summary())
    assert f"(4 series): mean {mean:+.2f} standard deviations, t = {t:.2f}, p " in words
    assert "sign: +1 counts a move up as a gain, -1 a move down" in words


def test_one_name_is_one_instrument() -> None:
    result = study(levels(7))
    found, pair = result.joint("e0", "KZ 2045"), result.one("e0", "KZ 2045")
    assert found.instruments == ("KZ 2045",)
    assert found.joint.p_value == pytest.approx(pair.headline.p_value, rel=1e-10)
    assert found.rank.p_value == pytest.approx(pair.rank.p_value)


def test_quotes_of_different_clocks_cover_the_same_days() -> None:
    """News of the evening: after the London quote of one, before the New York quote of the other."""
    frame = levels(8)[["KZ 2030", "KZ 2045"]]
    bonds = [
        mi.SovereignBond("KZ 2030", quoted="yield", issuer="KZ", snapshot="16:30 Europe/London"),
        mi.SovereignBond("KZ 2045", quoted="yield", issuer="KZ", snapshot="17:00 America/New_York"),
    ]
    panel = mi.Panel.from_frame(frame, instruments=bonds)
    event = mi.Event("e0", announced_at=f"{DAYS[AT]}T18:00", zone="Europe/London")
    result = mi.EventStudy(timeline=TIMELINE).run(panel, event, pairs="all")
    found = result.joint("e0")
    assert (found.first, found.last) == (DAYS[AT], DAYS[AT + 1])
    moves = frame.diff() * 100
    common = moves.iloc[AT - 129 : AT - 10]  # one window ends a session after the other
    assert found.n_obs == len(common) == 119
    expected = moves.iloc[AT : AT + 2].sum() - 2 * common.mean()
    np.testing.assert_allclose(found.abnormal, expected, rtol=1e-9)
    np.testing.assert_allclose(found.std_error, common.std() * np.sqrt(2 + 4 / 119), rtol=1e-9)
    assert "several sessions" in found.rank.reason
    assert found.joint.applies
    short = mi.EventStudy(timeline=mi.Timeline(estimation=(-130, -11), event=(0, 1)))
    found = short.run(panel, event, pairs="all").joint("e0")
    assert found.instruments == ("KZ 2045",)
    assert found.left_out == (
        "KZ 2030: the joint window reaches beyond its event window, from tau = -1 to 0",
    )


def test_of_news_of_an_unknown_hour_the_window_covers_every_candidate() -> None:
    frame = levels(13)
    event = mi.Event("e0", announced_at=str(DAYS[AT]), zone="Asia/Almaty", precision="2d")
    result = study(frame, event=event)
    candidates = result.one("e0", "KZ 2045").candidates
    found = result.joint("e0")
    assert len(candidates) == 3
    assert (found.first, found.last) == (candidates[0], candidates[-1])
    headline = result.to_frame("car").query("term == 'headline'")
    np.testing.assert_allclose(found.abnormal, headline["estimate"], rtol=1e-9)
    np.testing.assert_allclose(found.std_error, headline["std_error"], rtol=1e-9)


def test_a_sum_that_its_event_window_would_cut_is_left_out_and_said() -> None:
    """The currency's market is shut for a week; the bond's window ends two sessions after the news."""
    frame = levels(9)
    frame.loc[DAYS[AT : AT + 4], "USD/KZT"] = np.nan
    result = study(frame, timeline=mi.Timeline(estimation=(-130, -11), event=(-1, 2)), windows=None)
    found = result.joint("e0", place="KZ")
    assert (found.first, found.last) == (DAYS[AT], DAYS[AT + 4])
    assert found.instruments == ("USD/KZT",)
    assert len(found.left_out) == 3
    assert found.left_out[0] == (
        "KZ 2030: the joint window reaches beyond its event window, from tau = 0 to 4"
    )
    wide = study(frame).joint("e0", place="KZ")
    assert wide.instruments == NAMES
    moves = moves_of(levels(9))["KZ 2030"]
    expected = moves.iloc[AT : AT + 5].sum() - 5 * moves.iloc[AT - 130 : AT - 10].mean()
    assert wide.abnormal[0] == pytest.approx(expected, rel=1e-9)


def test_a_missing_move_leaves_its_series_out_and_says_so() -> None:
    frame = levels(10)
    frame.loc[DAYS[AT], "UST"] = np.nan
    result = study(frame, mi.MarketModel("UST"))
    found = result.joint("e0")
    assert found.instruments == ()
    assert found.left_out[0] == "KZ 2030: a move of the window is missing"
    for outcome in found.outcomes:
        assert not outcome.applies
        assert np.isnan(outcome.p_value)
    assert "no series" in found.rank.reason


@pytest.mark.parametrize(
    ("event", "options", "words"),
    [
        ("e9", {}, "event_id: no instrument with numbers; received 'e9'"),
        ("e0", {"place": "TR"}, "event_id: no instrument with numbers belongs to TR"),
        ("e0", {"instruments": ["KZ 2045", "UST"]}, "instruments: has no numbers for this event; received ['UST']"),
        ("e0", {"instruments": "KZ"}, "instruments: has no numbers for this event; received ['KZ']"),
    ],
)  # fmt: skip
def test_what_cannot_be_tested_together_is_refused(event: str, options: Any, words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        study(levels(11)).joint(event, **options)


def test_level_slope_and_curvature_are_tested_together() -> None:
    """A fall of the short end alone is found by the joint test and by its slope."""
    rng = np.random.default_rng(12)
    moves = rng.normal(0, 0.04, (len(DAYS), 3)) + rng.normal(0, 0.04, (len(DAYS), 1))
    moves[AT, 0] -= 0.5
    frame = pd.DataFrame(moves.cumsum(axis=0) + np.arange(1, 4), index=DAYS, columns=["2y", "5y", "10y"])
    rates = [mi.Factor(name, move="difference", unit="percent", snapshot=SNAPSHOT) for name in frame]
    panel = mi.Panel.from_frame(frame, instruments=rates)
    made = mi.curve(panel, {"2y": 2, "5y": 5, "10y": 10}, id="TR")
    shape = mi.curve_shape(panel, made, place="TR")
    event = mi.Event("e0", announced_at=f"{DAYS[AT]}T09:00", zone="UTC", place="TR")
    found = mi.EventStudy(timeline=TIMELINE).run(shape, event, pairs="place").joint("e0")
    assert found.instruments == ("TR level", "TR slope 2s10s", "TR curvature 2s5s10s")
    assert found.joint.p_value < 1e-6
    raw = mi.EventStudy(timeline=TIMELINE).run(panel, event, pairs=[("e0", name) for name in frame])
    assert raw.joint("e0").joint.statistic == pytest.approx(
        found.joint.statistic, rel=1e-8
    )  # a mixture of them
    assert found.abnormal[1] == pytest.approx(
        raw.joint("e0").abnormal[2] - raw.joint("e0").abnormal[0], abs=1e-8
    )


def test_on_ordinary_days_of_the_treasury_curve_clustered_volatility_shows(shared: Path) -> None:
    """Every third day of thirteen years: the rank calls 7.5 % of them unusual at a nominal 5 %, the F 8.8 %."""
    frame = pd.read_csv(shared / "data/us_treasury_par_curve.csv", index_col="date", parse_dates=True)
    clock = "15:30 America/New_York"
    rates = [mi.Factor(name, move="difference", unit="percent", snapshot=clock) for name in frame]
    panel = mi.Panel.from_frame(frame, instruments=rates)
    tenors = {"2yr": 2, "5yr": 5, "10yr": 10}
    shape = mi.curve_shape(panel, mi.curve(panel, tenors, id="UST"), place="US")
    days = frame.index[200:-20:3]
    events = mi.EventSet.from_events(
        mi.Event(f"e{i}", announced_at=f"{day:%Y-%m-%d}T09:00", zone="America/New_York", place="US")
        for i, day in enumerate(days)
    )
    asked = mi.EventStudy(timeline=mi.Timeline(event=(0, 0)), policies=mi.Policies(contamination="keep"))
    result = asked.run(shape, events, pairs="place")
    tests = [result.joint(str(name)) for name in events.ids]
    assert len(tests) == 1094
    assert np.mean([one.rank.p_value <= 0.05 for one in tests]) == pytest.approx(0.075, abs=0.001)
    assert np.mean([one.joint.p_value <= 0.05 for one in tests]) == pytest.approx(0.088, abs=0.001)


def test_the_joint_f_of_real_days_is_that_of_one_multivariate_regression(shared: Path) -> None:
    """19 June 2013, the Federal Reserve speaks of tapering: level, slope and curvature of the Treasury curve."""
    frame = pd.read_csv(shared / "data/us_treasury_par_curve.csv", index_col="date", parse_dates=True)
    clock = "15:30 America/New_York"
    rates = [mi.Factor(name, move="difference", unit="percent", snapshot=clock) for name in frame]
    panel = mi.Panel.from_frame(frame, instruments=rates)
    shape = mi.curve_shape(panel, mi.curve(panel, {"2yr": 2, "5yr": 5, "10yr": 10}, id="UST"), place="US")
    event = mi.Event("taper", announced_at="2013-06-19T14:00", zone="America/New_York", place="US")
    found = mi.EventStudy().run(shape, event, pairs="place").joint("taper")
    y2, y5, y10 = (frame[name].diff() * 100 for name in ("2yr", "5yr", "10yr"))
    at = frame.index.get_loc(pd.Timestamp("2013-06-19"))
    rows = np.append(np.arange(at - 130, at - 10), at)
    y = np.column_stack([(y2 + y5 + y10) / 3, y10 - y2, 2 * y5 - y2 - y10])[rows]
    spans = np.busday_count(
        frame.index[rows - 1].to_numpy().astype("M8[D]"), frame.index[rows].to_numpy().astype("M8[D]")
    )
    assert (spans > 1).any()
    x = np.column_stack([spans, np.arange(121) == 120]).astype(float)
    weights = [
        1 + one.slope * (spans - 1)
        for one in mi.EventStudy().run(shape, event, pairs="place").alignment.design.series
    ]
    fits = []
    for column, v in zip(y.T, weights, strict=True):
        params = np.linalg.lstsq(x / np.sqrt(v)[:, None], column / np.sqrt(v), rcond=None)[0]
        fits.append((params[-1], (column - x @ params) / np.sqrt(v), v))
    rest = np.column_stack([one[1][:-1] for one in fits])
    factor = np.array([one[2][-1] + 1 / (spans[:-1] ** 2 / one[2][:-1]).sum() for one in fits])
    z = np.array([one[0] for one in fits]) / np.sqrt(factor)
    squared = z @ np.linalg.inv(rest.T @ rest / 119) @ z
    assert found.joint.statistic == pytest.approx(squared * 117 / (119 * 3), rel=1e-9)
    assert found.joint.p_value < 1e-8
