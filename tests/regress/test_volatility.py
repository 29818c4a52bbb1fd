"""GARCH with news, against arch, and the ratio of variances."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.maths.garch_news import fit_garch_news
from marketimpact.maths.variance_ratio import brown_forsythe, f_ratio_interval
from marketimpact.regress.variance_ratios import event_variance
from marketimpact.regress.volatility import VolatilityResult, VolatilitySpec, event_volatility
from tests.study.world import news, price_panel, weekdays

N = 1200
DAYS = weekdays(N)
AT = np.arange(30, 1190, 14)


def moves(seed: int = 1, *, mean: float = 0.0, ratio: float = 1.0, at: np.ndarray = AT) -> np.ndarray:
    rng = np.random.default_rng(seed)
    out, h, u = np.empty(N), 1e-4, 0.0
    for t in range(N):
        h = 5e-6 + 0.08 * u * u + 0.87 * h
        u = np.sqrt(h) * rng.standard_normal()
        out[t] = mean + u * np.sqrt(ratio) if t in set(at.tolist()) else u
    return out


def panel(y: np.ndarray) -> mi.Panel:
    return price_panel({"A": 100.0 * np.exp(np.cumsum(y))}, DAYS)


@pytest.fixture(scope="module")
def found() -> VolatilityResult:
    return event_volatility(panel(moves(mean=0.004, ratio=4.0)), news(DAYS[AT]))


@pytest.mark.parametrize(("model", "o"), [("garch", 0), ("gjr", 1)])
def test_without_news_in_the_variance_it_is_arch(model: str, o: int) -> None:
    arch = pytest.importorskip("arch.univariate")
    y = np.diff(np.log(mi.fetch("ecb:EUR/TRY")["EUR/TRY"].loc["2006":"2013"].to_numpy()))
    y = y / y.std()
    event = (np.arange(len(y)) % 25 == 3).astype(float)
    direct = arch.LS(y, x=event[:, None], constant=True, volatility=arch.GARCH(p=1, o=o, q=1), rescale=False)
    fits = {kind: direct.fit(disp="off", backcast=1.0, cov_type=kind) for kind in ("robust", "classic")}
    x = np.column_stack([np.ones(len(y)), event])
    mine = fit_garch_news(y, x, np.zeros((len(y), 0)), model=model, start=1.0)  # type: ignore[arg-type]
    assert mine.likelihood >= fits["robust"].loglikelihood - 1e-5
    assert mine.likelihood == pytest.approx(fits["robust"].loglikelihood, abs=1e-3)
    errors = fits["robust"].std_err.to_numpy()
    np.testing.assert_allclose((mine.params - fits["robust"].params.to_numpy()) / errors, 0.0, atol=2e-3)
    np.testing.assert_allclose(np.sqrt(np.diag(mine.cov)), errors, rtol=2e-3)
    classic = fits["classic"].std_err.to_numpy()
    np.testing.assert_allclose(np.sqrt(np.diag(mine.cov_classic)), classic, rtol=2e-3)


def test_the_effects_of_news_are_found(found: VolatilityResult) -> None:
    assert found.terms == ("mean: event", "variance: event", "intercept", "omega", "alpha", "beta")
    assert abs(found.params["mean: event"] - 0.004) < 3.5 * found.bse["mean: event"]
    ratio, low, high = found.variance_ratio("event")
    assert low < 4.0 < high
    assert ratio == pytest.approx(np.exp(found.params["variance: event"]))
    assert found.units[:3] == ("log per event", "log ratio of variances per event", "log per session")
    assert found.dfs[0] == len(AT) - 1
    assert found.n_events == (len(AT), len(AT), 0, 0, 0, 0)
    assert found.event.sum() == len(AT)
    assert repr(found).startswith(
        "VolatilityResult: clean price log move of A on news, GARCH(1,1): mean: event "
    )
    text = str(found.summary())
    for words in ("variance x", "GARCH(1,1)", "does not last", "Association is not effect"):
        assert words in text


def test_it_is_the_likelihood_of_the_moves_by_hand(found: VolatilityResult) -> None:
    y = np.diff(np.log(panel(moves(mean=0.004, ratio=4.0))["A"].to_numpy()))
    event = np.isin(np.arange(1, N), AT).astype(float)[:, None]
    mine = fit_garch_news(y, np.column_stack([event, np.ones(N - 1)]), event)
    order = [0, 5, 1, 2, 3, 4]
    np.testing.assert_allclose(found.estimates, mine.params[order], rtol=1e-9)
    np.testing.assert_allclose(found.std_errors, np.sqrt(np.diag(mine.cov))[order], rtol=1e-9)
    np.testing.assert_allclose(np.diag(found.cov), found.std_errors**2)
    np.testing.assert_array_equal(found.volatility, mine.volatility)
    own = mine.standardized
    on = event[:, 0] > 0
    (test,) = found.variance_tests
    assert test.estimate == pytest.approx(own[on].var(ddof=1) / own[~on].var(ddof=1))
    assert test.estimate == pytest.approx(found.variance_ratio("event")[0], rel=0.1)
    assert found.pvalues["variance: event"] == test.p_value == test.p_floor == 2.0 / 2_000


def test_a_burst_is_no_lasting_volatility() -> None:
    """A burst that does not last hides the memory of a plain GARCH; with news in the variance it is found."""
    y = moves(2, ratio=16.0)
    with_news = event_volatility(panel(y), news(DAYS[AT]))
    without = event_volatility(panel(y), news(DAYS[AT]), spec=VolatilitySpec(variance=False))
    assert abs(with_news.params["alpha"] - 0.08) < 3.0 * with_news.bse["alpha"]
    assert without.params["alpha"] < 0.03
    after = np.flatnonzero(with_news.event)[:-1] + 1
    steps = with_news.volatility[after] / with_news.volatility[after - 2]
    assert np.median(steps) < 1.08


def test_types_have_their_own_coefficients() -> None:
    y = moves(3)
    loud, calm = AT[::2], AT[1::2]
    y[loud] *= 3.0
    events = [
        mi.Event(
            f"e{t}", announced_at=f"{DAYS[t]}T09:00", zone="UTC", category="policy" if t in loud else None
        )
        for t in AT
    ]
    spec = VolatilitySpec(by_category=True, mean=False, model="gjr")
    found = event_volatility(panel(y), events, spec=spec)
    assert found.terms[:2] == ("variance: no category", "variance: policy")
    assert "gamma" in found.terms
    assert found.variance_ratio("policy")[1] > 2.0
    assert found.n_events[:2] == (len(calm), len(loud))
    with pytest.raises(mi.InputError, match="term: has no variance coefficient; received 'war'"):
        found.variance_ratio("war")


def test_few_event_days_warn_and_fewer_are_refused() -> None:
    world = panel(moves())
    with pytest.warns(
        mi.MarketImpactWarning,
        match="event: 8 event days; below 20 the standard errors of their coefficients are rough",
    ):
        found = event_volatility(world, news(DAYS[AT[:8]]))
    assert any("8 event days" in line for line in found.reading)
    with pytest.raises(mi.InputError, match=r"would fit the days themselves; received \{'event': 4\}"):
        event_volatility(world, news(DAYS[AT[:4]]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        event_volatility(world, news(DAYS[AT]))


def test_bad_input_is_named() -> None:
    short = price_panel({"A": 100.0 * np.exp(np.cumsum(moves()[:400]))}, DAYS[:400])
    with pytest.raises(mi.InputError, match="too few usable moves for a GARCH; received 399"):
        event_volatility(short, news(DAYS[AT[:20]]))
    same = [
        mi.Event(f"{kind}{t}", announced_at=f"{DAYS[t]}T09:00", zone="UTC", category=kind)
        for t in AT
        for kind in ("a", "b")
    ]
    with pytest.raises(mi.InputError, match=r"cannot be told apart; received \['b'\]"):
        event_volatility(panel(moves()), same, spec=VolatilitySpec(by_category=True))
    with pytest.raises(mi.InputError, match="the events enter nowhere"):
        VolatilitySpec(mean=False, variance=False)
    with pytest.raises(mi.InputError, match="model: is not known; received 'egarch'"):
        VolatilitySpec(model="egarch")  # type: ignore[arg-type]
    with pytest.raises(mi.InputError, match="controls: are no list"):
        VolatilitySpec(controls="EM")


def test_the_ratio_of_variances_is_that_of_the_moves() -> None:
    y = moves(5, ratio=5.0)
    found = event_variance(panel(y), news(DAYS[AT]), scaled=None)
    own = np.diff(np.log(panel(y)["A"].to_numpy()))
    event = np.isin(np.arange(1, N), AT)
    assert found.ratio == pytest.approx(own[event].var(ddof=1) / own[~event].var(ddof=1))
    assert found.p_value == found.outcomes[0].p_floor == 2.0 / 10_000
    direct = brown_forsythe(own[event], own[~event])
    assert found.pvalues["Brown-Forsythe"] == pytest.approx(direct.p_value)
    frame = found.to_frame()
    assert frame["term"].tolist() == [one.test for one in found.outcomes]
    assert (frame["n_events"] == len(AT)).all()
    assert "event days were unusual" not in str(found.summary())
    assert "these days were unusual" in str(found.summary())
    assert repr(found).startswith("EventVariance: variance of the clean price log move of A")
    assert event_variance(panel(y), news(DAYS[AT[::-1]]), scaled=None).pvalues.equals(found.pvalues)


def test_event_days_in_a_nervous_time_are_not_its_cause() -> None:
    rng = np.random.default_rng(9)
    y = rng.normal(0.0, 0.005, N)
    y[600:720] *= 4.0
    events = news(DAYS[np.arange(640, 720, 4)])
    raw, scaled = (event_variance(panel(y), events, scaled=how) for how in (None, "ewma"))  # type: ignore[arg-type]
    assert raw.p_value < 0.01
    assert scaled.p_value > 0.05
    assert scaled.unit == "sd"


def test_spells_one_event_and_controls() -> None:
    world = panel(moves())
    spell = event_variance(world, news(DAYS[100:110]))
    assert any("10 event days follow one another" in line for line in spell.reading)
    one = event_variance(world, news(DAYS[[100]]))
    assert np.isnan(one.p_value)
    assert one.outcomes[0].reason.startswith("needs two event days")
    assert "needs two event days" in str(one.summary())
    early = event_variance(world, news(DAYS[[5, 100, 200, 300]]))
    assert any(
        "Event days without 20 other moves before them, which do not enter: 1" in line
        for line in early.reading
    )
    with pytest.raises(mi.InputError, match="scaled: is not known; received 'garch'"):
        event_variance(world, news(DAYS[AT]), scaled="garch")  # type: ignore[arg-type]


def test_policy_days_are_louder(shared: Path) -> None:
    curve = pd.read_csv(shared / "data" / "us_treasury_par_curve.csv", parse_dates=["date"], index_col="date")
    raw = pd.read_csv(shared / "data" / "fomc_announcements.csv").dropna(subset=["Time"])
    raw = raw[raw["Date"] >= "2010-03-01"]
    events = [
        mi.Event(
            f"f{i}", announced_at=f"{pd.Timestamp(f'{day} {clock}'):%Y-%m-%dT%H:%M}", zone="America/New_York"
        )
        for i, (day, clock) in enumerate(zip(raw["Date"], raw["Time"], strict=True))
    ]
    bond = mi.SovereignBond("10yr", quoted="yield", issuer="US", snapshot="15:30 America/New_York")
    world = mi.Panel.from_frame(curve[["10yr"]], instruments=[bond])
    fitted, ratio = event_volatility(world, events), event_variance(world, events)
    assert fitted.variance_ratio("event")[1] > 1.0
    assert 1.3 < fitted.variance_ratio("event")[0] < 2.3
    assert 1.3 < ratio.ratio < 2.3
    assert ratio.p_value < 0.05


def test_the_ratio_has_an_interval_by_permutation_and_one_by_f() -> None:
    found = event_variance(panel(moves(ratio=4.0)), news(DAYS[AT]), scaled=None, level=0.9, seed=3)
    frame = found.to_frame().set_index("term")
    low, high = frame.loc["variance ratio permutation", ["conf_low", "conf_high"]]
    assert 1.0 < low < found.ratio < high
    assert found.conf_int(0.5)["conf_low"].iloc[0] > low
    groups = found.event_moves, found.other_moves
    by_f = f_ratio_interval(*groups, 0.9)
    assert tuple(frame.loc["variance ratio F", ["conf_low", "conf_high"]]) == by_f
    assert frame.loc["Brown-Forsythe", ["conf_low", "conf_high"]].isna().all()
    assert frame["std_error"].isna().all()
    assert frame["note"].str.contains("no standard error").all()
    assert "90 % interval" in str(found.summary())
    assert found.model is None
    again = event_variance(panel(moves(ratio=4.0)), news(DAYS[AT[::-1]]), scaled=None, level=0.9, seed=3)
    assert again.conf_int().equals(found.conf_int())
    one = event_variance(panel(moves()), news(DAYS[AT[:1]]))
    assert one.conf_int().isna().all().all()
    with pytest.raises(mi.InputError, match="level: no level"):
        event_variance(panel(moves()), news(DAYS[AT]), level=95.0)
