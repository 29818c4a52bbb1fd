"""The response of one series to another by event days' variances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.maths.outcome import Outcome
from marketimpact.maths.variance_shift import ONE_SHOCK
from marketimpact.regress.heteroskedasticity import RigobonSack, VarianceSpec, rigobon_sack
from tests.study.world import SNAPSHOT, news, weekdays

N = 900
DAYS = weekdays(N)
AT = np.arange(20, 880, 8)


def panel(seed: int = 1, *, ratio: float = 9.0, b: float = 0.6, common: float = 0.0) -> mi.Panel:
    """A policy rate and a yield that move each other; on event days policy shocks are larger."""
    rng = np.random.default_rng(seed)
    v, u, f = rng.normal(0.0, 0.03, (3, N))
    v[AT] *= np.sqrt(ratio)
    x = (v + 0.4 * u) / (1.0 - 0.4 * b)
    y = b * x + u
    frame = pd.DataFrame(
        {
            "bond": 5 + np.cumsum(y + common * f),
            "policy": 2 + np.cumsum(x + common * f),
            "EM": 50 + np.cumsum(f),
        },
        index=DAYS,
    )
    members = [
        mi.SovereignBond(name, quoted="yield", issuer="KZ", snapshot=SNAPSHOT) for name in ("bond", "policy")
    ]
    factor = mi.Factor("EM", move="difference", unit="percent", snapshot=SNAPSHOT)
    return mi.Panel.from_frame(frame, instruments=[*members, factor])


@pytest.fixture(scope="module")
def found() -> RigobonSack:
    return rigobon_sack(panel(), news(DAYS[AT]), "bond", driver="policy")


def test_it_is_the_ratio_of_the_differences_by_hand(found: RigobonSack) -> None:
    levels = panel()
    y, x = (levels[name].diff().to_numpy() * 100.0 for name in ("bond", "policy"))
    before = AT - 1
    e, c = np.cov(x[AT], y[AT]), np.cov(x[before], y[before])
    assert found.estimates[0] == pytest.approx((e[0, 1] - c[0, 1]) / (e[0, 0] - c[0, 0]), rel=1e-8)
    assert found.estimates[1] == pytest.approx((e[1, 1] - c[1, 1]) / (e[0, 1] - c[0, 1]), rel=1e-8)
    np.testing.assert_allclose([one.params[0] for one in found.model], found.estimates, rtol=1e-8)  # type: ignore[attr-defined]
    moments = found.moments()
    np.testing.assert_allclose(moments["event"], [e[0, 1], e[0, 0], e[1, 1]])
    assert list(moments.index) == ["cov(policy, bond)", "var(policy)", "var(bond)"]


def test_the_covariance_of_both_estimators_is_the_delta_methods(found: RigobonSack) -> None:
    shift = found.shift
    assert shift is not None
    slopes, d = np.empty((2, 3)), shift.difference
    for j in range(3):
        step = np.zeros(3)
        step[j] = 1e-6 * abs(d[j])
        up, down = ((m[0] / m[1], m[2] / m[0]) for m in (d + step, d - step))
        slopes[:, j] = (np.array(up) - down) / (2.0 * step[j])
    np.testing.assert_allclose(found.cov, slopes @ shift.spread @ slopes.T, rtol=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(found.cov)), found.std_errors)
    assert found.cov[0, 1] != 0.0
    assert found.units[0] == "bp per bp"


def test_least_squares_is_wrong_and_the_variances_are_right(found: RigobonSack) -> None:
    levels = panel()
    y, x = levels["bond"].diff(), levels["policy"].diff()
    slope = np.polyfit(x.dropna(), y.dropna(), 1)[0]
    assert slope > 0.75
    assert 0.6 in found.confidence_set()
    assert abs(found.estimates[0] - 0.6) < 0.1
    assert slope not in found.confidence_set()


def test_the_frame_holds_the_set_where_it_is_an_interval(found: RigobonSack) -> None:
    frame, chosen = found.to_frame(), found.confidence_set()
    assert chosen.shape == "interval"
    assert (frame.loc[0, "conf_low"], frame.loc[0, "conf_high"]) == chosen.parts[0]
    assert found.conf_int(0.5).iloc[0].tolist() == list(found.confidence_set(0.5).parts[0])
    assert found.units == ("bp per bp",) * 2
    assert frame["p_value"].iloc[0] == found.shift.p_value(0.0)  # type: ignore[union-attr]
    text = str(found.summary())
    for words in ("by policy's variance", "event days", "Association is not effect", "studentised bootstrap"):
        assert words in text


def test_a_set_that_is_no_interval_is_shown_as_what_it_is() -> None:
    weak = rigobon_sack(panel(4, ratio=1.0), news(DAYS[AT]), "bond", driver="policy")
    chosen = weak.confidence_set()
    assert chosen.shape in ("whole line", "complement")
    assert np.isnan(weak.to_frame().loc[0, ["conf_low", "conf_high"]].astype(float)).all()
    assert weak.notes[0] == f"the set is {chosen}"
    assert any("identification is weak" in line for line in weak.reading)


def test_a_set_is_said_in_the_unit_of_the_table_beside_it() -> None:
    weak = panel(7, ratio=1.5)
    fund = mi.Factor("FX", move="log", unit="points", snapshot=SNAPSHOT)
    bond = mi.SovereignBond("bond", quoted="yield", issuer="KZ", snapshot=SNAPSHOT)
    frame = pd.DataFrame({"bond": weak["bond"], "FX": np.exp(weak["policy"])})
    world = mi.Panel.from_frame(frame, instruments=[bond, fund])
    found = rigobon_sack(world, news(DAYS[AT]), "bond", driver="FX", spec=VarianceSpec(draws=199))
    low, high = found.confidence_set().parts[0][1], found.confidence_set().parts[1][0]
    row = found.summary().rows[0]
    assert (found.units[0], row[7]) == ("bp per 1.0 log", "bp per %")
    assert row[1] == f"{found.estimates[0] / 100:+.4g}"
    assert row[-1] == f"the set is all but {low / 100:.4g} to {high / 100:.4g}"
    assert found.to_frame()["note"][0] == found.notes[0] == f"the set is all but {low:.4g} to {high:.4g}"


def test_other_control_days_and_controls() -> None:
    events = news(DAYS[AT])
    wide = rigobon_sack(panel(), events, "bond", driver="policy", spec=VarianceSpec(control_days="all"))
    assert wide.shift.n_control == N - 1 - len(AT)  # type: ignore[union-attr]
    assert abs(wide.estimates[0] - 0.6) < 0.15
    loud = panel(2, common=3.0)
    plain = rigobon_sack(loud, events, "bond", driver="policy")
    cleaned = rigobon_sack(loud, events, "bond", driver="policy", spec=VarianceSpec(controls=("EM",)))
    assert cleaned.std_errors[0] < plain.std_errors[0] / 1.5
    assert abs(cleaned.estimates[0] - 0.6) < 0.15


def test_one_shock_is_tested(found: RigobonSack) -> None:
    outcome = found.one_shock
    assert isinstance(outcome, Outcome)
    assert outcome.test == ONE_SHOCK
    assert outcome.p_value > 0.01
    assert outcome.p_floor == 0.001
    assert repr(found).startswith(
        "RigobonSack: response of bond to policy, by the variances of event and control"
    )


def test_the_order_of_the_events_changes_no_number(found: RigobonSack) -> None:
    order = np.random.default_rng(1).permutation(AT)
    other = rigobon_sack(panel(), news(DAYS[order]), "bond", driver="policy")
    assert other.shift == found.shift
    changed = rigobon_sack(panel(), news(DAYS[AT]), "bond", driver="policy", seed=1)
    assert changed.shift != found.shift


def test_bad_input_is_named() -> None:
    world, events = panel(), news(DAYS[AT])
    with pytest.raises(mi.InputError, match="driver: drives itself; received 'bond'"):
        rigobon_sack(world, events, "bond", driver="bond")
    with pytest.raises(mi.InputError, match="instrument: must be named"):
        rigobon_sack(world, events, driver="policy")
    with pytest.raises(mi.InputError, match=r"too few with moves of both series; received \{'event days': 3"):
        rigobon_sack(world, news(DAYS[AT[:3]]), "bond", driver="policy")
    with pytest.raises(mi.InputError, match="control_days: is not known; received 'after'"):
        VarianceSpec(control_days="after")  # type: ignore[arg-type]
    with pytest.raises(mi.InputError, match="controls: are no list of factors"):
        VarianceSpec(controls="EM")


def test_ten_year_yields_answer_two_year_yields_on_policy_days(shared: Path) -> None:
    curve = pd.read_csv(shared / "data" / "us_treasury_par_curve.csv", parse_dates=["date"], index_col="date")
    raw = pd.read_csv(shared / "data" / "fomc_announcements.csv").dropna(subset=["Time"])
    raw = raw[raw["Date"] >= "2010-03-01"]
    events = [
        mi.Event(
            f"f{i}", announced_at=f"{pd.Timestamp(f'{day} {clock}'):%Y-%m-%dT%H:%M}", zone="America/New_York"
        )
        for i, (day, clock) in enumerate(zip(raw["Date"], raw["Time"], strict=True))
    ]
    members = [
        mi.SovereignBond(name, quoted="yield", issuer="US", snapshot="15:30 America/New_York")
        for name in ("2yr", "10yr")
    ]
    world = mi.Panel.from_frame(curve[["2yr", "10yr"]], instruments=members)
    found = rigobon_sack(world, events, "10yr", driver="2yr", spec=VarianceSpec(level=0.9))
    assert 0.5 < found.estimates[0] < 2.0
    assert found.confidence_set().shape == "interval"
    # Beside all other days, the loud years 2020 to 2023 among them, policy days are not louder: nothing identifies.
    wide = rigobon_sack(world, events, "10yr", driver="2yr", spec=VarianceSpec(level=0.9, control_days="all"))
    assert wide.confidence_set().shape == "whole line"
