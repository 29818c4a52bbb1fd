"""Panels against statsmodels with a dummy for every instrument and date, brute force, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats import sandwich_covariance as sandwich

import marketimpact as mi
from marketimpact.maths.cluster_robust import cluster_robust
from marketimpact.maths.fixed_effects import absorber
from marketimpact.maths.panel_errors import driscoll_kraay
from marketimpact.regress.panel_carried import ONE_CLUSTER
from marketimpact.regress.panels import PanelRegression, PanelResult
from tests.study.world import news, price_panel, weekdays

DAYS = weekdays(80)
NAMES = ("A", "B", "C", "D", "E", "F")
PLACES = (10, 18, 25, 33, 41, 52, 60, 71)


def made_up(
    seed: int = 1, missing: float = 0.0, names: tuple[str, ...] = NAMES
) -> tuple[mi.Panel, pd.DataFrame]:
    """Prices with a shared shock, and their log moves by hand: a row a quoted session."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 0.01, len(DAYS))
    levels = {
        name: 100 * np.exp(np.cumsum(common * (1 + 0.1 * i) + rng.normal(0, 0.01, len(DAYS))))
        for i, name in enumerate(names)
    }
    frame = pd.DataFrame(levels, index=DAYS)
    if missing:
        frame = frame.mask(rng.random(frame.shape) < missing)
        frame.iloc[list(PLACES)] = frame.iloc[list(PLACES)].fillna(100.0)
    panel = mi.Panel.from_frame(
        frame, instruments=[mi.SovereignBond(n, quoted="clean price", snapshot="17:00 UTC") for n in names]
    )
    rows = [
        pd.DataFrame({"unit": name, "y": np.log(frame[name].dropna()).diff().iloc[1:]})
        .rename_axis("date")
        .reset_index()
        for name in names
    ]
    return panel, pd.concat(rows, ignore_index=True)


def pairs_of(treated: str) -> list[tuple[str, str]]:
    """Every event with some of the treated instruments, so that dates and instruments cross."""
    return [(f"e{i}", name) for i in range(len(PLACES)) for j, name in enumerate(treated) if (i + j) % 3]


def dummy(rows: pd.DataFrame, treated: str, tau: int = 0, some: str = "01234567") -> np.ndarray:
    """1 tau own sessions after the event session of some events."""
    out = np.zeros(len(rows))
    for event, name in pairs_of(treated):
        if event[1:] not in some:
            continue
        own = rows.index[rows["unit"] == name]
        at = rows.loc[own, "date"].searchsorted(pd.Timestamp(str(DAYS[PLACES[int(event[1:])]]))) + tau
        out[own[at]] += 1.0
    return out


def with_dummies(rows: pd.DataFrame, x: np.ndarray, effects: str = "both") -> pd.DataFrame:
    """Regressors and all dummies but one that is not told apart."""
    sets = {"both": ("unit", "date"), "instrument": ("unit",), "date": ("date",)}[effects]
    parts = [pd.get_dummies(rows[name], dtype=float).iloc[:, i:] for i, name in enumerate(sets)]
    return pd.concat([pd.DataFrame(x.reshape(len(rows), -1)), *parts], axis=1)


@pytest.mark.parametrize("missing", [0.0, 0.08])
@pytest.mark.parametrize("effects", ["both", "instrument", "date"])
def test_estimates_are_those_of_statsmodels_with_all_dummies(effects: str, missing: float) -> None:
    panel, rows = made_up(2, missing)
    found = PanelRegression(effects=effects, leads=1, lags=1, wild=0).run(
        panel, news(DAYS[list(PLACES)]), pairs=pairs_of("ABC")
    )
    x = np.column_stack([dummy(rows, "ABC", tau) for tau in (-1, 0, 1)])
    full = with_dummies(rows, x, effects)
    theirs = sm.OLS(rows["y"].to_numpy(), full.to_numpy()).fit()
    np.testing.assert_allclose(found.estimates, theirs.params[:3], rtol=1e-7)
    assert found.terms == ("event (tau -1)", "event (tau 0)", "event (tau +1)")
    assert found.n == len(rows)
    assert found.effects == full.shape[1] - 3
    np.testing.assert_allclose(found.model.params, found.estimates)
    np.testing.assert_allclose(found.model.resid, theirs.resid, atol=1e-10)
    assert found.units == ("log per event",) * 3


def test_types_have_coefficients_of_their_own() -> None:
    panel, rows = made_up(14, 0.05)
    types = {"late": ["e5", "e6", "e7"], "early": ["e0", "e2"]}
    found = PanelRegression(types=types).run(panel, news(DAYS[list(PLACES)]), pairs=pairs_of("ABC"))
    x = np.column_stack([dummy(rows, "ABC", 0, "567"), dummy(rows, "ABC", 0, "02")])
    full = with_dummies(rows, x).to_numpy()
    theirs = np.linalg.lstsq(full, rows["y"].to_numpy(), rcond=None)[0][:2]
    assert found.terms == ("late", "early")
    np.testing.assert_allclose(found.estimates, theirs, rtol=1e-8)
    assert found.n_events == (3, 2)


@pytest.mark.parametrize("cluster", ["date", "instrument"])
def test_cr1_is_statsmodels_without_its_count_of_dummies(cluster: str) -> None:
    panel, rows = made_up(3, 0.05)
    with pytest.warns(
        mi.MarketImpactWarning, match="News in few clusters .event: . of .*these errors are too small"
    ):
        found = PanelRegression(cluster=cluster, errors="CR1", wild=0).run(
            panel, news(DAYS[list(PLACES)]), pairs=pairs_of("ABC")
        )
    groups = rows["date" if cluster == "date" else "unit"].astype("category").cat.codes.to_numpy()
    full = with_dummies(rows, dummy(rows, "ABC")).to_numpy()
    theirs = sm.OLS(rows["y"].to_numpy(), full).fit()
    many = len(np.unique(groups))
    cov = sandwich.cov_cluster(theirs, groups, use_correction=False)[0, 0] * many / (many - 1)
    assert found.std_errors[0] == pytest.approx(np.sqrt(cov), rel=1e-7)
    assert found.dfs[0] == many - 1 == found.n_clusters - 1


def test_two_ways_and_driscoll_kraay_are_statsmodels() -> None:
    panel, rows = made_up(4, 0.05)
    spec, events = {"wild": 0}, news(DAYS[list(PLACES)])
    full = with_dummies(rows, dummy(rows, "ABC")).to_numpy()
    theirs = sm.OLS(rows["y"].to_numpy(), full).fit()
    unit, date = (rows[name].astype("category").cat.codes.to_numpy() for name in ("unit", "date"))
    with pytest.warns(mi.MarketImpactWarning, match="these errors are too small"):
        both = PanelRegression(cluster="both", **spec).run(panel, events, pairs=pairs_of("ABC"))
    parts = [
        sandwich.cov_cluster(theirs, one, use_correction=False)[0, 0] * g / (g - 1) * sign
        for one, sign in ((unit, 1), (date, 1), (np.arange(len(rows)), -1))
        for g in [len(np.unique(one))]
    ]
    assert both.std_errors[0] == pytest.approx(np.sqrt(sum(parts)), rel=1e-7)
    assert both.dfs[0] == 5
    assert "6 instruments and 79 dates (CR1), t with 5 df" in both.cov_type
    with pytest.warns(mi.MarketImpactWarning, match="these errors are too small"):
        kraay = PanelRegression(errors="Driscoll-Kraay", bandwidth=4, **spec).run(
            panel, events, pairs=pairs_of("ABC")
        )
    order = np.argsort(date, kind="stable")
    sorted_fit = sm.OLS(rows["y"].to_numpy()[order], full[order]).fit()
    cov = sandwich.cov_nw_groupsum(sorted_fit, 4, date[order], use_correction=0)[0, 0] * 79 / 78
    assert kraay.std_errors[0] == pytest.approx(np.sqrt(cov), rel=1e-7)
    assert "bandwidth 4 dates" in kraay.cov_type


def test_few_dates_under_driscoll_kraay_and_cr1_have_the_rate_to_expect() -> None:
    panel, _ = made_up(4, 0.05)
    events = news(DAYS[list(PLACES)])
    for errors in ("Driscoll-Kraay", "CR1"):
        spec = PanelRegression(errors=errors, wild=0)
        with pytest.warns(
            mi.MarketImpactWarning,
            match=r"event: 8 of 79, rejects about 10 % .*'CR2' along one .*wild=9999",
        ):
            found = spec.run(panel, events, pairs=pairs_of("ABC"))
        assert "rejects about 10 %" in str(found.summary())
        with pytest.warns(
            mi.MarketImpactWarning, match=r"1 of 79, would reject about 82 % .* and is refused"
        ):
            alone = spec.run(panel, events, pairs=[("e0", "A"), ("e0", "B")])
        assert np.isnan(alone.std_errors[0])
        assert alone.notes[0] == ONE_CLUSTER


def test_the_bandwidth_of_driscoll_kraay_is_bounded() -> None:
    panel, rows = made_up(4)
    table = pd.DataFrame({"A": np.tile([0.0, 1.0], 40)}, index=pd.DatetimeIndex(DAYS))
    for bandwidth in (40, 79, 100_000):
        spec = PanelRegression(errors="Driscoll-Kraay", bandwidth=bandwidth, wild=0)
        with pytest.raises(mi.InputError, match="bandwidth: reaches over more than half of 79 dates"):
            spec.run_treatment(panel, table)
    spec = PanelRegression(errors="Driscoll-Kraay", bandwidth=16, wild=0)
    with pytest.warns(mi.MarketImpactWarning, match="A bandwidth of 16 reaches over 20 % of 79 dates"):
        found = spec.run_treatment(panel, table)
    assert any("reaches over 20 %" in line for line in found.reading)
    assert len(rows) == found.n


@pytest.mark.parametrize(("dates", "low", "high"), [(2, 0.25, 0.49), (5, 0.08, 0.25)])
def test_driscoll_kraay_rejects_as_the_guard_says_and_cr2_holds(dates: int, low: float, high: float) -> None:
    """Straight from the arrays, as a run is slow; 1,000 samples of 250 dates: 37 and 17 %, CR2 1 and 6 %."""
    rng = np.random.default_rng(dates)
    unit, date = np.repeat(np.arange(6), 100), np.tile(np.arange(100), 6)
    made, hits, samples = absorber((unit, date)), np.zeros(2), 150
    for _ in range(samples):
        x = np.isin(date, rng.choice(100, dates, replace=False)) & (unit < 3)
        y = rng.normal(size=600) + rng.normal(size=100)[date]
        left, moves = made.left_of(x[:, None].astype(float)), made.left_of(y)
        b = float(left[:, 0] @ moves / (left[:, 0] @ left[:, 0]))
        v = driscoll_kraay(left, moves - left[:, 0] * b, date)[0, 0]
        hits += [abs(b) > 1.984 * np.sqrt(v), cluster_robust(moves, left, date).p_value[0] < 0.05]
    assert low < hits[0] / samples < high
    assert hits[1] / samples < 0.12


@pytest.mark.parametrize("effects", ["both", "instrument", "date"])
def test_cr2_by_date_is_that_of_the_regression_with_all_dummies(effects: str) -> None:
    panel, rows = made_up(5, 0.05)
    found = PanelRegression(effects=effects, wild=0).run(
        panel, news(DAYS[list(PLACES)]), pairs=pairs_of("ABC")
    )
    date = rows["date"].astype("category").cat.codes.to_numpy(dtype=np.int64)
    full = cluster_robust(
        rows["y"].to_numpy(), with_dummies(rows, dummy(rows, "ABC"), effects).to_numpy(), date
    )
    assert found.std_errors[0] == pytest.approx(full.std_error[0], rel=1e-6)
    assert found.dfs[0] == pytest.approx(full.df[0], rel=1e-6)
    assert "left out" not in found.cov_type


def test_by_instrument_the_leverage_of_many_dates_is_left_out_and_it_is_said() -> None:
    panel, _ = made_up(5)
    found = PanelRegression(cluster="instrument").run(panel, news(DAYS[list(PLACES)]), pairs=pairs_of("ABC"))
    assert "the leverage of effects across clusters left out" in found.cov_type


def test_controls_and_a_map_of_countries() -> None:
    panel, rows = made_up(6)
    spec = PanelRegression(
        effects="instrument", controls=("F",), cluster=dict(zip("ABCDE", "xxyyz", strict=True)), wild=499
    )
    found = spec.run(panel, news(DAYS[list(PLACES)]), pairs=pairs_of("ABC"))
    part = rows[rows["unit"] != "F"].reset_index(drop=True)
    control = part.merge(rows[rows["unit"] == "F"], on="date")["y_y"]
    full = with_dummies(part, np.column_stack([dummy(part, "ABC"), control]), "instrument").to_numpy()
    np.testing.assert_allclose(
        found.estimates, np.linalg.lstsq(full, part["y"].to_numpy(), rcond=None)[0][:2], rtol=1e-8
    )
    assert found.units == ("log per event", "log per 1.0 log")
    assert found.n_clusters == 3
    assert found.news_clusters == (2, 0)
    names = [one.test for _, one in found.tests]
    assert names[:2] == [
        "wild cluster bootstrap, restricted",
        "wild cluster bootstrap, restricted, Webb weights",
    ]


def test_estimates_by_country_have_a_t_and_sign_changes() -> None:
    panel, rows = made_up(7)
    found = PanelRegression(effects="instrument", cluster="instrument").run(
        panel, news(DAYS[list(PLACES)]), pairs=pairs_of("ABCDEF")
    )
    d = dummy(rows, "ABCDEF")
    own = []
    for name in NAMES:
        part = (rows["unit"] == name).to_numpy()
        own.append(rows["y"][part & (d > 0)].mean() - rows["y"][part & (d == 0)].mean())
    outcome = {one.test: one for _, one in found.tests}["Ibragimov-Mueller t on estimates by cluster"]
    assert outcome.estimate == pytest.approx(np.mean(own), rel=1e-9)
    assert outcome.statistic == pytest.approx(np.mean(own) / (np.std(own, ddof=1) / np.sqrt(6)), rel=1e-9)
    assert outcome.df == 5
    signs = {one.test: one for _, one in found.tests}["sign-change randomisation"]
    all_signs = np.array(np.meshgrid(*[[1, -1]] * 6)).reshape(6, -1).T @ own
    assert signs.p_value == np.mean(np.abs(all_signs) >= abs(sum(own)) * (1 - 1e-9))


def test_news_in_one_cluster_has_no_standard_error_whatever_is_asked_for() -> None:
    panel, _ = made_up(8)
    events = news(DAYS[list(PLACES)])
    one = [(f"e{i}", "A") for i in range(len(PLACES))]
    for spec in (
        PanelRegression(cluster="instrument"), PanelRegression(cluster="both"),
        PanelRegression(cluster="instrument", errors="CR1"),
    ):  # fmt: skip
        if spec.errors == "CR1" or spec.cluster == "both":
            rate = 36 if spec.errors == "CR1" else 21
            with pytest.warns(
                mi.MarketImpactWarning, match=f"1 of 6, would reject about {rate} % .* and is refused"
            ):
                found = spec.run(panel, events, pairs=one)
        else:
            found = spec.run(panel, events, pairs=one)
        assert np.isnan(found.std_errors[0])
        assert np.isnan(found.p_values[0])
        assert found.notes[0] == ONE_CLUSTER
        permuted = {out.test: out for _, out in found.tests}["permutation over units"]
        assert permuted.p_floor == 1 / 6
        wild = {out.test: out for _, out in found.tests}["wild cluster bootstrap, restricted"]
        assert "one cluster alone" in wild.reason
    by_date = PanelRegression().run(panel, events, pairs=one)
    assert np.isfinite(by_date.std_errors[0])
    single = PanelRegression().run(panel, news(DAYS[[30]]), pairs=[("e0", "A"), ("e0", "B")])
    assert np.isnan(single.std_errors[0])
    assert "n/a" in str(single.summary())


def test_a_table_of_treatments_is_read_by_date_and_instrument() -> None:
    panel, rows = made_up(9, 0.05)
    table = pd.DataFrame(0.0, index=pd.DatetimeIndex(DAYS.astype("datetime64[s]")), columns=["A", "C"])
    table.loc[table.index[40:], "A"] = 1.0
    table.loc[table.index[55:], "C"] = 2.0
    found = PanelRegression(wild=0).run_treatment(panel, table)
    dose = [
        table[u].get(t, 0.0) if u in table else 0.0 for u, t in zip(rows["unit"], rows["date"], strict=True)
    ]
    full = with_dummies(rows, np.array(dose)).to_numpy()
    assert found.estimates[0] == pytest.approx(
        np.linalg.lstsq(full, rows["y"].to_numpy(), rcond=None)[0][0], rel=1e-8
    )
    assert found.units == ("log per 1.0 treatment",)
    short = PanelRegression(wild=0).run_treatment(panel, table.iloc[20:])
    assert short.n == int((rows["date"] >= table.index[20]).sum())
    assert any("without a number in the table" in line for line in short.reading)


@given(seed=st.integers(0, 500))
@settings(max_examples=8, deadline=None)
def test_the_order_of_instruments_and_events_changes_no_number(seed: int) -> None:
    panel, _ = made_up(10)
    rng = np.random.default_rng(seed)
    events, pairs = news(DAYS[list(PLACES)]), pairs_of("ABCD")
    spec = PanelRegression(cluster="instrument", wild=199)
    one = spec.run(panel, events, pairs=pairs)
    order = [str(name) for name in rng.permutation(list(NAMES))]
    other = spec.run(panel.select(order), events, pairs=[pairs[i] for i in rng.permutation(len(pairs))])
    np.testing.assert_allclose(one.estimates, other.estimates, rtol=1e-9)
    np.testing.assert_allclose(one.std_errors, other.std_errors, rtol=1e-7)
    assert [out.p_value for _, out in one.tests if out.applies] == [
        out.p_value for _, out in other.tests if out.applies
    ]


def test_the_tables_hold_what_the_result_holds() -> None:
    panel, _ = made_up(11)
    found = PanelRegression(cluster="instrument").run(panel, news(DAYS[list(PLACES)]), pairs=pairs_of("ABC"))
    assert isinstance(found, PanelResult)
    frame = found.to_frame()
    assert frame["estimate"].tolist() == found.estimates.tolist()
    tests = found.tests_frame()
    assert tests["test"].tolist() == [out.test for _, out in found.tests]
    assert tests["n"].tolist() == [out.n for _, out in found.tests]
    text = str(found.summary())
    assert "Association is not effect" in text
    assert re.search(
        r"\nevent: wild cluster bootstrap, restricted: p = \.\d{3}, smallest \.031 \[enumerated\]\n", text
    )
    alone = PanelRegression(cluster="instrument", effects="instrument").run(
        panel, news(DAYS[list(PLACES)]), pairs=pairs_of("ABC")
    )
    assert re.search(
        r"\nevent: Ibragimov-Mueller t on estimates by cluster: p = \.\d{3}\n", str(alone.summary())
    )
    assert "News in few clusters (event: 3 of 6)" in text
    assert found.ledger.used == len(pairs_of("ABC"))


def test_what_cannot_be_fitted_is_refused() -> None:
    panel, _ = made_up(12)
    events = news(DAYS[list(PLACES)])
    with pytest.raises(mi.InputError, match="held by the instrument and date effects"):
        PanelRegression().run(panel, events, pairs="all")
    with pytest.raises(mi.InputError, match="holds one instrument"):
        PanelRegression().run(panel.select("A"), events, pairs="all")
    types = {"a": [f"e{i}" for i in range(8)], "b": [f"e{i}" for i in range(8)]}
    with pytest.raises(mi.InputError, match="depend on one another: 'b' is made of 'a'"):
        PanelRegression(types=types).run(panel, events, pairs=pairs_of("AB"))
    with pytest.raises(mi.InputError, match="event type 'war' is of no event"):
        PanelRegression(types=["war"]).run(panel, events, pairs=pairs_of("AB"))
    with pytest.raises(mi.InputError, match="a name for every instrument"):
        PanelRegression(cluster={"A": "x"}).run(panel, events, pairs=pairs_of("AB"))
    with pytest.raises(mi.InputError, match="1 cluster"):
        PanelRegression(cluster=dict.fromkeys(NAMES, "x")).run(panel, events, pairs=pairs_of("AB"))
    with pytest.raises(mi.InputError, match="columns that are no units"):
        PanelRegression().run_treatment(
            panel, pd.DataFrame({"Z": [1.0]}, index=pd.to_datetime(["2015-02-02"]))
        )
    with pytest.raises(mi.InputError, match="is no table of dates"):
        PanelRegression().run_treatment(panel, pd.DataFrame({"A": [1.0]}))
    few = price_panel({n: np.array([100.0, 101.0, 103.0]) * (1 + i) for i, n in enumerate("AB")}, DAYS[:3])
    with pytest.raises(mi.InputError, match="usable moves do not fit"):
        PanelRegression().run_treatment(
            few, pd.DataFrame({"A": [0.0, 0.0, 1.0]}, index=pd.DatetimeIndex(DAYS[:3]))
        )
    mixed = panel.join(
        mi.Panel.from_frame(
            pd.DataFrame({"Y": np.linspace(3, 4, 80)}, index=DAYS),
            instruments=mi.SovereignBond("Y", quoted="yield"),
        )
    )
    with pytest.raises(mi.InputError, match="differ in kind"):
        PanelRegression().run(mixed, events, pairs=pairs_of("AB"))


def table(numbers: object, column: object = "A", days: object = DAYS) -> pd.DataFrame:
    index = pd.DatetimeIndex(days)  # type: ignore[arg-type]
    return pd.DataFrame({column: np.resize(np.asarray(numbers, dtype=object), len(index))}, index=index)


@pytest.mark.parametrize(
    ("treatment", "match"),
    [
        (None, "is no table of dates; received 'NoneType'"),
        (table(1.0)["A"], "is no table of dates; received 'Series'"),
        (table(["on", 0.0]), "holds what is no dose in 'A'; received 'on'"),
        (table([np.inf, 0.0]), "holds what is no dose in 'A'; received inf"),
        (pd.concat([table(1.0), table(0.0)], axis=1), "or one twice; received .'A'."),
        (table(1.0, days=["1990-01-02"]), "no date that is a session .*; received '1990-01-02 to 1990-01-02'"),
        (table(np.nan), "is zero in every usable move"),
        (table(0.0), "is zero in every usable move"),
    ],
)  # fmt: skip
def test_a_table_that_is_no_treatment_is_refused(treatment: Any, match: str) -> None:
    with pytest.raises(mi.InputError, match=match):
        PanelRegression().run_treatment(made_up(12)[0], treatment)


@pytest.mark.parametrize(
    ("choice", "match"),
    [
        ({"units": "AB"}, "units: is not known; received 'AB'; allowed: a list of ids"),
        ({"controls": "F"}, "controls: are no list of factors; received 'F'"),
        ({"effects": "unit"}, "effects"), ({"cluster": "country"}, "cluster"), ({"errors": "HC1"}, "errors"),
        ({"leads": -1}, "leads"), ({"wild": True}, "wild"), ({"level": 1.0}, "level"),
        ({"bandwidth": 3}, "bandwidth"), ({"errors": "Driscoll-Kraay", "cluster": "instrument"}, "Driscoll-Kraay"),
    ],
)  # fmt: skip
def test_unknown_choices_are_refused(choice: dict[str, object], match: str) -> None:
    with pytest.raises(mi.InputError, match=match):
        PanelRegression(**choice)  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", [0.0, 0.06])
@pytest.mark.parametrize("errors", ["CR1", "CR2"])
def test_a_large_panel_is_fitted_by_sums_over_dates(
    monkeypatch: pytest.MonkeyPatch, errors: str, missing: float
) -> None:
    panel, _ = made_up(13, missing)
    events = news(DAYS[list(PLACES)])
    spec = PanelRegression(
        effects="instrument", errors=errors, types={"a": ["e0", "e2", "e5"], "b": ["e1", "e3"]}
    )
    if errors == "CR1":
        monkeypatch.setattr("marketimpact.regress.panel_carried.ENOUGH", 0)
    whole = spec.run(panel, events, pairs="all")
    assert whole.model is not None
    monkeypatch.setattr("marketimpact.regress.panels.LARGE", 0)
    sums = spec.run(panel, events, pairs="all")
    assert sums.model is None
    assert "by sums over dates" in sums.cov_type
    np.testing.assert_allclose(sums.estimates, whole.estimates, rtol=1e-9)
    np.testing.assert_allclose(
        sums.std_errors, whole.std_errors, rtol=0.02 if errors == "CR2" and missing else 1e-7
    )
    np.testing.assert_allclose(sums.dfs, whole.dfs, rtol=0.07 if errors == "CR2" and missing else 1e-7)
    assert (sums.n, sums.n_events, sums.units, sums.effects) == (
        whole.n, whole.n_events, whole.units, whole.effects,
    )  # fmt: skip
    some = spec.run(panel, events, pairs=pairs_of("ABC"))
    assert some.model is not None
