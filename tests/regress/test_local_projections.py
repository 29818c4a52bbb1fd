"""Local projections of a series on news, surprises, dated numbers and moves."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import marketimpact as mi
from marketimpact.regress.local_projections import (
    CARRIED,
    NONE_LEFT,
    LocalProjection,
    ProjectionSpec,
    local_projection,
)
from marketimpact.regress.result import COLUMNS
from tests.regress.test_dummies import told_by_a_control
from tests.study.world import mixed_panel, news, price_panel, weekdays

DAYS = weekdays(700)
SOME = DAYS[np.arange(40, 660, 18)]


def surprising(days: np.ndarray, sizes: np.ndarray, unit: str = "bp") -> mi.EventSet:
    return mi.EventSet.from_events(
        mi.Event(f"e{i}", announced_at=f"{day}T09:00", zone="UTC", surprise=float(size), surprise_unit=unit)
        for i, (day, size) in enumerate(zip(days, sizes, strict=True))
    )


def answering(sizes: np.ndarray, later: float) -> mi.Panel:
    """A price that moves by 2 % a unit of the surprise on the day, and by ``later`` on the next."""
    rng = np.random.default_rng(7)
    moves = rng.normal(0.0, 0.005, 700)
    at = np.searchsorted(DAYS, SOME)
    moves[at] += 0.02 * sizes
    moves[at + 1] += later * sizes
    return price_panel({"A": 100.0 * np.exp(np.cumsum(moves))}, DAYS)


@pytest.fixture(scope="module")
def found() -> LocalProjection:
    return local_projection(
        mixed_panel(3, missing=0.02), news(SOME), "KZ yield", spec=ProjectionSpec(horizons=3)
    )


def test_each_horizon_is_statsmodels_on_columns_made_by_hand() -> None:
    panel = mixed_panel(5, holidays=0.03)
    events = news(SOME)
    result = local_projection(
        panel, events, "KZ price", spec=ProjectionSpec(horizons=4, lags=1, controls=("EM",))
    )
    quotes = panel["KZ price"].dropna()
    frame = pd.DataFrame({"y": np.log(quotes).diff()})
    frame["EM"] = np.log(panel["EM"].reindex(quotes.index)).diff()
    first = quotes.index.searchsorted(pd.DatetimeIndex(SOME))
    frame["s"] = np.bincount(first, minlength=len(quotes))
    for lag in (1, 2):
        frame[f"y{lag}"], frame[f"s{lag}"] = frame["y"].shift(lag), frame["s"].shift(lag)
    for h in (0, 4):
        data = frame.assign(sum=np.log(quotes).shift(-h) - np.log(quotes).shift(1)).dropna()
        x = sm.add_constant(data[["s", "EM", "y1", "y2", "s1", "s2"]])
        direct = sm.OLS(data["sum"], x).fit(cov_type="HC2")
        assert result.estimates[h] == pytest.approx(direct.params["s"], rel=1e-8)
        assert result.std_errors[h] == pytest.approx(direct.bse["s"], rel=1e-8)
        assert result.counts[h] == len(data)
        assert result.model[h].params["shock"] == pytest.approx(direct.params["s"], rel=1e-8)  # type: ignore[index]


def test_a_response_is_the_sum_of_what_happened() -> None:
    sizes = np.random.default_rng(1).normal(0.0, 1.0, len(SOME))
    stays = local_projection(answering(sizes, -0.01), surprising(SOME, sizes), shock="surprise")
    assert stays.units[0] == "log per 1.0 bp of surprise"
    assert abs(stays.estimates[0] - 0.02) < 4 * stays.std_errors[0]
    assert abs(stays.estimates[1] - 0.01) < 4 * stays.std_errors[1]
    assert stays.std_errors[12] > 2 * stays.std_errors[0]
    scaled = local_projection(answering(sizes, -0.01), surprising(SOME, sizes), shock="sd")
    np.testing.assert_allclose(scaled.estimates, stays.estimates * sizes.std(ddof=1), rtol=1e-9)
    np.testing.assert_allclose(scaled.pvalues, stays.pvalues, rtol=1e-9)
    assert scaled.units[0] == "log per sd of surprise"


def test_the_frame_and_the_summary_hold_the_band(found: LocalProjection) -> None:
    frame = found.to_frame()
    assert list(frame.columns) == ["term", "horizon", *COLUMNS[1:], "band_low", "band_high"]
    half = (frame["band_high"] - frame["band_low"]) / 2
    np.testing.assert_allclose(half, found.critical * frame["std_error"])
    assert (half > (frame["conf_high"] - frame["conf_low"]) / 2).all()
    assert (frame["n_events"] <= len(SOME)).all()
    assert found.sup_t(0.5) < found.critical == found.sup_t()
    text = str(found.summary())
    for words in (
        "h = 3",
        "simultaneous band",
        "bp per event",
        "Association is not effect",
        "h = 0 to 3",
        "shocks",
    ):
        assert words in text
    assert found.reading[-1].startswith("Association is not effect")
    assert repr(found).startswith(
        "LocalProjection: cumulative yield change of KZ yield on news, h = 0 to 3: h = 0 "
    )


def test_the_band_of_one_horizon_is_its_interval() -> None:
    one = local_projection(mixed_panel(3), news(SOME), "KZ yield", spec=ProjectionSpec(horizons=0))
    frame = one.to_frame()
    np.testing.assert_allclose(frame["band_high"], frame["conf_high"], rtol=1e-3)


def test_permuting_the_events_changes_nothing(found: LocalProjection) -> None:
    panel, order = mixed_panel(3, missing=0.02), np.random.default_rng(2).permutation(len(SOME))
    other = local_projection(panel, news(SOME[order]), "KZ yield", spec=ProjectionSpec(horizons=3))
    np.testing.assert_array_equal(other.estimates, found.estimates)
    assert other.critical == found.critical


def test_lags_are_one_more_where_augmented() -> None:
    panel = mixed_panel(3)
    for augmented, lags in ((True, 3), (False, 2)):
        spec = ProjectionSpec(horizons=1, lags=2, augmented=augmented)
        names = local_projection(panel, news(SOME), "KZ yield", spec=spec).model[0].model.exog_names  # type: ignore[index]
        assert sum(name.startswith("move") for name in names) == lags
        assert sum(name.startswith("shock, lag") for name in names) == lags


def test_its_own_move_and_a_members_moves() -> None:
    panel = mixed_panel(3)
    own = local_projection(panel, "KZ price", "KZ price", spec=ProjectionSpec(horizons=2))
    assert own.estimates[0] == pytest.approx(1.0)
    assert own.std_errors[0] == 0.0
    assert own.notes[0].startswith("the fit is exact")
    assert np.isnan(own.p_values[0])
    assert own.to_frame()["band_low"].iloc[0] == pytest.approx(1.0)
    assert any("own move" in line for line in own.reading)
    assert own.units[0] == "log per 1.0 log"
    member = local_projection(
        panel, "EM", "KZ price", spec=ProjectionSpec(horizons=0, lags=0, augmented=False)
    )
    y, x = np.log(panel["KZ price"]).diff(), np.log(panel["EM"]).diff()
    assert member.estimates[0] == pytest.approx(np.polyfit(x.dropna(), y.dropna(), 1)[0])
    per_sd = local_projection(panel, "EM", "KZ price", shock="sd", spec=ProjectionSpec(horizons=0))
    assert per_sd.units[0] == "log per sd"


def test_a_series_is_read_by_date_and_what_is_missing_is_said() -> None:
    panel = mixed_panel(3)
    rng = np.random.default_rng(4)
    dated = pd.Series(rng.normal(size=720), index=pd.DatetimeIndex(weekdays(720)), name="tone")
    dated.iloc[100:110] = np.nan
    found = local_projection(
        panel, dated, "KZ yield", spec=ProjectionSpec(horizons=1, lags=0, augmented=False)
    )
    assert found.counts[0] == 689
    text = str(found.summary())
    assert "20 numbers of the series are dated on no session" in text
    assert "10 sessions have no number of the series" in text
    assert "on tone" in found.title


def test_one_shock_has_no_error_and_says_so() -> None:
    found = local_projection(mixed_panel(3), news(DAYS[[300]]), "KZ yield", spec=ProjectionSpec(horizons=2))
    assert np.isfinite(found.estimates).all()
    frame = found.to_frame()
    assert frame[["std_error", "p_value", "conf_low", "band_low"]].isna().all(axis=None)
    assert found.notes[0].startswith("one session with a shock")


def test_errors_that_do_not_hold_warn() -> None:
    panel = mixed_panel(3)
    with pytest.warns(mi.MarketImpactWarning, match="Newey-West errors of overlapping sums are too small"):
        found = local_projection(panel, news(SOME), "KZ yield", spec=ProjectionSpec(horizons=1, cov="HAC"))
    assert "bandwidth 1 sessions" in found.cov_type
    with pytest.warns(
        mi.MarketImpactWarning, match="10 shocks carry a coefficient, and HC0 errors are too small"
    ):
        local_projection(panel, news(SOME[:10]), "KZ yield", spec=ProjectionSpec(horizons=1, cov="HC0"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        local_projection(panel, news(SOME[:10]), "KZ yield", spec=ProjectionSpec(horizons=1))


def test_shocks_lost_at_the_end_are_counted() -> None:
    days = np.append(SOME, DAYS[697])
    found = local_projection(mixed_panel(3), news(days), "KZ yield", spec=ProjectionSpec(horizons=4))
    assert found.n_events[0] == len(days)
    assert found.n_events[4] == len(days) - 1
    assert f"Of {len(days)} shocks at h = 0, {len(days) - 1} are left at h = 3." in found.reading


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"horizons": -1}, "horizons: is no count; received -1"),
        ({"lags": 1.5}, "lags: is no count"),
        ({"cov": "HC4"}, "cov: is not known; received 'HC4'"),
        ({"bandwidth": 3}, "bandwidth: is no bandwidth; received 3"),
        ({"bandwidth": 2.5, "cov": "HAC"}, "bandwidth: is no bandwidth; received 2.5"),
        ({"bandwidth": True, "cov": "HAC"}, "bandwidth: is no bandwidth; received True"),
        ({"bandwidth": -1, "cov": "HAC"}, "bandwidth: is no bandwidth; received -1"),
        ({"controls": "EM"}, "controls: are no list of factors; received 'EM'"),
        ({"level": 95}, "level: no level; received 95"),
        ({"later_shocks": "no"}, "later_shocks: is not known; received 'no'; allowed: True, False"),
        ({"augmented": "no"}, "augmented: is not known; received 'no'"),
        ({"augmented": 1}, "augmented: is not known; received 1"),
    ],
)
def test_a_specification_that_cannot_be(options: dict[str, object], match: str) -> None:
    with pytest.raises(mi.InputError, match=match):
        ProjectionSpec(**options)  # type: ignore[arg-type]


def test_a_level_that_is_none_is_refused(found: LocalProjection) -> None:
    for call in (found.sup_t, found.band):
        with pytest.raises(mi.InputError, match="level: no level; received 2"):
            call(2)


def test_bad_input_is_named() -> None:
    panel, rng = mixed_panel(3), np.random.default_rng(1)
    sizes = rng.normal(size=len(SOME))
    with pytest.raises(mi.InputError, match="instrument: must be named: the panel holds several"):
        local_projection(panel, news(SOME))
    with pytest.raises(mi.InputError, match="instrument: is not in the panel; received 'XX'"):
        local_projection(panel, news(SOME), "XX")
    with pytest.raises(mi.InputError, match="events: the events have no surprise"):
        local_projection(panel, news(SOME), "KZ yield", shock="surprise")
    with pytest.raises(mi.InputError, match="events: the surprises do not vary"):
        local_projection(panel, surprising(SOME, np.ones(len(SOME))), "KZ yield", shock="sd")
    day = f"{SOME[10]}T09:00"
    other = mi.Event("x", announced_at=day, zone="UTC", surprise=1.0, surprise_unit="pp")
    mixed = [*surprising(SOME[:9], sizes[:9]), other]
    with pytest.raises(mi.InputError, match=r"surprises are in several units; received \['bp', 'pp'\]"):
        local_projection(panel, mi.EventSet.from_events(mixed), "KZ yield", shock="surprise")
    with pytest.raises(mi.InputError, match="shock: is not known; received 'size'"):
        local_projection(panel, news(SOME), "KZ yield", shock="size")  # type: ignore[arg-type]
    with pytest.raises(mi.InputError, match="events: is not in the panel; received 'VIX'"):
        local_projection(panel, "VIX", "KZ yield")
    with pytest.raises(mi.InputError, match="shock: only news has surprises"):
        local_projection(panel, "EM", "KZ yield", shock="surprise")
    with pytest.raises(mi.InputError, match="events: is no dated series"):
        local_projection(panel, pd.Series([1.0, 2.0]), "KZ yield")
    twice = pd.Series([1.0, 2.0], index=pd.DatetimeIndex([DAYS[5], DAYS[5]]))
    with pytest.raises(mi.DataError, match="the series has several numbers a day; received '2015-01-12'"):
        local_projection(panel, twice, "KZ yield")


def dated(numbers: Any, days: Any) -> pd.Series:
    return pd.Series(numbers, index=pd.DatetimeIndex(days))


@pytest.mark.parametrize(
    ("shock", "match"),
    [
        (dated(np.nan, DAYS), "the series has no number on a session .*; received 'no number at all'"),
        (dated([], []), "the series has no number on a session .*; received 'no number at all'"),
        (dated([1.0, 2.0], ["1990-01-02", "1990-01-03"]), "received '1990-01-02 to 1990-01-03'; allowed: .*2015-01-05"),
        (dated(0.0, DAYS), "the series is zero on every session"),
        (dated(["up", "down"], DAYS[[100, 200]]), "the series holds what is no number; received 'up'"),
        (dated([1.0, 2.0], DAYS[[100, 200]]), "leaves 0 sessions with a move, .* a dated series has 0"),
        (dated(3.0, DAYS), "the shock does not vary"),
    ],
)  # fmt: skip
def test_a_series_that_is_no_shock_is_named(shock: pd.Series, match: str) -> None:
    with pytest.raises(mi.InputError, match=match):
        local_projection(mixed_panel(3), shock, "KZ yield")


def test_news_outside_the_dates_of_the_panel_is_refused() -> None:
    for day in ("1990-01-02", "2030-01-02"):
        with pytest.raises(mi.InputError, match="events: no event shows in any series"):
            local_projection(mixed_panel(3), news([day]), "KZ yield")


def test_horizons_beyond_the_sample_are_refused_before_anything_is_fitted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("nothing may be summed before the horizons are checked")

    monkeypatch.setattr("marketimpact.regress.local_projections.long_differences", never)
    panel = mixed_panel(3)
    with pytest.raises(
        mi.InputError, match=r"horizons: .*697 usable sessions.*received 4500; allowed: 0 to 348"
    ):
        local_projection(panel, news(SOME), "KZ yield", spec=ProjectionSpec(horizons=4500))
    with pytest.raises(mi.InputError, match=r"lags: reach over more than half of 699 .*; allowed: 0 to 348"):
        local_projection(panel, news(SOME), "KZ yield", spec=ProjectionSpec(lags=4500))


def test_the_bandwidth_of_hac_stays_below_half_of_the_sessions() -> None:
    panel = mixed_panel(3)
    for bandwidth, horizons in ((348, 2), (10_000, 2), (None, 340)):
        spec = ProjectionSpec(horizons=horizons, cov="HAC", bandwidth=bandwidth)
        with pytest.raises(
            mi.InputError, match=r"bandwidth: reaches over more than half of \d+ observations"
        ):
            local_projection(panel, news(SOME), "KZ yield", spec=spec)
    with pytest.warns(mi.MarketImpactWarning, match="Newey-West"):
        local_projection(
            panel, news(SOME), "KZ yield", spec=ProjectionSpec(horizons=2, cov="HAC", bandwidth=346)
        )


def test_horizons_after_the_last_shock_have_no_coefficient_and_say_so() -> None:
    panel, events = mixed_panel(3), news(DAYS[[690, 696]])
    found = local_projection(panel, events, "KZ yield", spec=ProjectionSpec(horizons=12))
    short = local_projection(panel, events, "KZ yield", spec=ProjectionSpec(horizons=3))
    np.testing.assert_allclose(found.estimates[:4], short.estimates)
    np.testing.assert_allclose(found.std_errors[:4], short.std_errors)
    assert found.n_events == (2,) * 4 + (1,) * 6 + (0,) * 3
    assert np.isfinite(found.estimates[:10]).all()
    assert np.isnan(found.std_errors[4:]).all()
    assert np.isnan(found.estimates[10:]).all()
    assert found.notes[3] == ""
    assert found.notes[4].startswith("one session with a shock")
    assert set(found.notes[10:]) == {NONE_LEFT}
    assert found.model[12] is None  # type: ignore[index]
    assert "No coefficient at h = 10, 11, 12: see the notes." in found.reading
    assert np.isnan(found.cov[10]).all()
    assert "no shock is left" in str(found.summary())
    assert {row[1] for row in found.summary().rows[10:]} == {"n/a"}
    frame = found.to_frame()
    assert frame.loc[10:, ["estimate", "p_value", "conf_low", "band_low"]].isna().all(axis=None)
    assert frame.loc[:3, ["band_low", "band_high"]].notna().all(axis=None)


def test_few_shocks_are_warned_of_where_the_errors_do_not_know() -> None:
    panel = mixed_panel(3)
    with pytest.warns(mi.MarketImpactWarning, match=r"5 event days: rejects about 15 % of true nulls"):
        local_projection(panel, news(SOME[:5]), "KZ yield", spec=ProjectionSpec(horizons=0, cov="HC0"))
    sizes = np.random.default_rng(3).normal(size=len(SOME))
    sizes[4] = 10.0
    world, events = answering(sizes, 0.0), surprising(SOME, sizes)
    for cov in ("HC0", "HC1", "HC3"):
        spec = ProjectionSpec(horizons=0, cov=cov)
        with pytest.warns(mi.MarketImpactWarning, match="% of the leverage"):  # noqa: SIM117 - two warnings of one call
            with pytest.warns(
                mi.MarketImpactWarning, match=f"{cov} errors are too small where few large shocks"
            ):
                local_projection(world, events, shock="surprise", spec=spec)


def test_one_huge_surprise_is_named_with_the_response_without_it() -> None:
    sizes = np.random.default_rng(3).normal(size=len(SOME))
    sizes[4] = 10.0
    spec = ProjectionSpec(horizons=2)
    with pytest.warns(
        mi.MarketImpactWarning,
        match=rf"{SOME[4]} has \d+ % of the leverage at h = 0: .* without, % per 1.0 bp of surprise;",
    ):
        found = local_projection(answering(sizes, 0.0), surprising(SOME, sizes), shock="surprise", spec=spec)
    table = found.leverage()
    assert (table["session"] == pd.Timestamp(str(SOME[4]))).all()
    assert (table["share"] > 0.6).all()
    assert (found.dfs < 5.0).all()
    assert (table["estimate"] == found.estimates).all()
    assert (table["unit"] == found.units[0]).all()
    assert found.units[0] == "log per 1.0 bp of surprise"  # in frames; text is in per cent
    assert found.summary().rows[0][1] == f"{found.estimates[0] * 100.0:+.4g}"
    assert "% per 1.0 bp of surprise" in found.summary().rows[0]


def test_shocks_in_rows_are_warned_of() -> None:
    panel = mixed_panel(3)
    rows = DAYS[300 + 3 * np.arange(10)]
    with (
        pytest.warns(
            mi.MarketImpactWarning, match=r"By h = 12 a shock is followed by 3\.0 more than other sessions"
        ),
        pytest.warns(mi.MarketImpactWarning, match=r"from h = \d on, .* rejects about .*later_shocks=True"),
    ):
        local_projection(panel, news(rows), "KZ yield")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        local_projection(panel, news(SOME), "KZ yield")
        local_projection(panel, "EM", "KZ yield")


def test_later_shocks_are_controls_of_the_fitted_models_too() -> None:
    panel, rows = mixed_panel(3), DAYS[300 + 3 * np.arange(10)]
    spec = ProjectionSpec(horizons=4, later_shocks=True)
    found = local_projection(panel, news(rows), "KZ yield", spec=spec)  # without a warning
    assert "controls: the response is that to one shock alone" in " ".join(found.reading)
    for h, model in enumerate(found.model):  # type: ignore[arg-type]
        assert sum("shock, lead" in name for name in model.params.index) == h
        assert model.params["shock"] == pytest.approx(found.estimates[h], rel=1e-9)
        assert model.bse["shock"] == pytest.approx(found.std_errors[h], rel=1e-6)
    with pytest.raises(mi.InputError, match="later_shocks: would explain its own moves by themselves"):
        local_projection(panel, "KZ yield", "KZ yield", spec=spec)


def test_the_band_of_few_shocks_is_sidaks_and_needs_no_correlation() -> None:
    few = local_projection(mixed_panel(3), news(SOME[:6]), "KZ yield", spec=ProjectionSpec(horizons=4))
    share = (1.0 - 0.95 ** (1.0 / 5.0)) / 2.0
    assert few.band_words == "Sidak's bound"
    assert few.critical == pytest.approx(stats.t.isf(share, few.dfs.min()))
    half = few.to_frame()["band_high"] - few.estimates
    np.testing.assert_allclose(half, stats.t.isf(share, few.dfs) * few.std_errors)
    np.testing.assert_allclose(
        few.band(0.5)["band_high"] - few.estimates,
        stats.t.isf((1.0 - 0.5**0.2) / 2.0, few.dfs) * few.std_errors,
    )
    assert few.sup_t(0.5) == pytest.approx(stats.t.isf((1.0 - 0.5**0.2) / 2.0, few.dfs.min()))
    many = local_projection(mixed_panel(3), news(SOME), "KZ yield", spec=ProjectionSpec(horizons=4))
    assert many.band_words == "sup-t"
    assert many.critical < stats.t.isf(share, many.dfs.min())


def test_events_without_a_surprise_do_not_enter_and_are_counted() -> None:
    sizes = np.random.default_rng(1).normal(size=len(SOME))
    events = [*surprising(SOME[1:], sizes[1:]), mi.Event("none", announced_at=f"{SOME[0]}T09:00", zone="UTC")]
    found = local_projection(answering(sizes, 0.0), mi.EventSet.from_events(events), shock="surprise")
    assert found.n_events[0] == len(SOME) - 1
    assert "1 events without a surprise: their sessions do not enter." in found.reading
    # The session and the two after it, whose lag the surprise would be; a shock of zero would be a number made up.
    whole = local_projection(answering(sizes, 0.0), surprising(SOME, sizes), shock="surprise")
    assert found.counts[0] == whole.counts[0] - 3


def test_arrays_are_read_only(found: LocalProjection) -> None:
    for name in ("estimates", "horizons", "counts", "largest", "shares", "without"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(found, name)[0] = 0


def test_policy_surprises_move_two_year_yields_and_stay(shared: Path) -> None:
    curve = pd.read_csv(shared / "data" / "us_treasury_par_curve.csv", parse_dates=["date"], index_col="date")
    raw = pd.read_csv(shared / "data" / "fomc_announcements.csv").dropna(subset=["Time", "MPS"])
    raw = raw[raw["Date"] >= "2010-03-01"]
    events = [
        mi.Event(f"f{i}", announced_at=f"{pd.Timestamp(f'{day} {clock}'):%Y-%m-%dT%H:%M}", zone="America/New_York",
                 surprise=float(size), surprise_unit="pp")
        for i, (day, clock, size) in enumerate(zip(raw["Date"], raw["Time"], raw["MPS"], strict=True))
    ]  # fmt: skip
    bond = mi.SovereignBond("2yr", quoted="yield", issuer="US", snapshot="15:30 America/New_York")
    panel = mi.Panel.from_frame(curve[["2yr"]], instruments=[bond])
    found = local_projection(panel, events, shock="sd", spec=ProjectionSpec(horizons=5, level=0.9))
    assert found.units[0] == "bp per sd of surprise"
    assert 1.5 < found.estimates[0] < 4.5
    assert found.p_values[0] < 0.001
    assert found.band()["band_low"].iloc[0] > 0.0
    assert found.dfs[0] < 30  # few large surprises carry the slope


@pytest.mark.parametrize("cov", ["HC0", "HC1"])
def test_shocks_of_which_a_control_leaves_one_session_are_refused_but_by_hc2(cov: Any) -> None:
    panel, events = told_by_a_control(0.05)
    spec = ProjectionSpec(horizons=0, controls=["B"], cov=cov)
    with pytest.warns(
        mi.MarketImpactWarning, match="less what the controls tell of them, carry a coefficient"
    ):
        found = local_projection(panel, events, "A", spec=spec)
    assert np.isnan([found.std_errors[0], found.p_values[0]]).all()
    assert found.notes[0] == CARRIED
    held = local_projection(panel, events, "A", spec=replace(spec, cov="HC2"))
    assert held.dfs[0] < 1.2
    assert held.notes[0] == ""
