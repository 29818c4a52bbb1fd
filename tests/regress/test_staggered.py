"""Staggered events from prices to effects: the moves by hand, both methods, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.maths.group_time import group_time
from marketimpact.regress.staggered import AVERAGE, NO_ERROR, SINGLE, EventTimeResult, StaggeredEvents
from tests.sources.turkish import bid_yield
from tests.study.world import news, weekdays

DAYS = weekdays(60)
PLACES = {"a": 20, "b": 30, "c": 42}
"""Event sessions of the three cohorts of three instruments each; six instruments have no event."""
NAMES = [f"{cohort}{i}" for cohort in "abc" for i in range(3)] + [f"n{i}" for i in range(6)]
PAIRS = [(f"e{'abc'.index(name[0])}", name) for name in NAMES if name[0] != "n"]
EVENTS = news(DAYS[list(PLACES.values())])


def frame(seed: int = 1, jump: float = 0.02) -> pd.DataFrame:
    """Prices with a shared shock; from the event on each session adds a jump, twice it for the first cohort."""
    rng = np.random.default_rng(seed)
    moves = rng.normal(0, 0.01, (60, 1)) + rng.normal(0, 0.01, (60, len(NAMES)))
    for j, name in enumerate(NAMES):
        if name[0] != "n":
            at = PLACES[name[0]]
            moves[at : at + 3, j] += jump * (2.0 if name[0] == "a" else 1.0)
    return pd.DataFrame(100 * np.exp(np.cumsum(moves, axis=0)), index=DAYS, columns=NAMES)


def panel(prices: pd.DataFrame) -> mi.Panel:
    bonds = [mi.SovereignBond(n, quoted="clean price", snapshot="17:00 UTC") for n in prices]
    return mi.Panel.from_frame(prices, instruments=bonds)


@pytest.fixture(scope="module")
def result() -> EventTimeResult:
    return StaggeredEvents(leads=4, lags=4).run(panel(frame()), EVENTS, pairs=PAIRS)


def test_cells_are_differences_of_log_prices(result: EventTimeResult) -> None:
    logs = np.log(frame())
    cells = result.cells().set_index(["cohort", "tau"])
    for cohort, at in PLACES.items():
        day = pd.Timestamp(str(DAYS[at]))
        for tau in (-4, -2, 0, 3):
            change = logs.iloc[at + tau] - logs.iloc[at - 1]
            later = [c for c, p in PLACES.items() if p > max(at + tau, at - 1) and c != cohort]
            others = change[[n for n in NAMES if n[0] in ["n", *later]]]
            own = change[[n for n in NAMES if n[0] == cohort]]
            assert cells.loc[(day, tau), "effect"] == pytest.approx(own.mean() - others.mean(), abs=1e-12)
            assert cells.loc[(day, tau), "n_controls"] == len(others)


def test_the_effect_of_the_made_up_world_is_found(result: EventTimeResult) -> None:
    true = np.array([0, 0, 0, 1, 2, 3, 3, 3]) * 0.02 * 4 / 3
    low, high = (result.to_frame()[name].to_numpy()[:8] for name in ("band_low", "band_high"))
    assert result.taus == (-4, -3, -2, 0, 1, 2, 3, 4)
    assert ((low < true) & (true < high)).all()
    assert (low[4:] > 0.0).all()
    assert result.pre_trends.p_value > 0.05
    assert result.summary().tail[0].endswith(f" df, p = {result.pre_trends.p_value:.3f}".replace("0.", "."))
    assert result.units == ("log per event",) * 9
    assert result.n_events == (3,) * 9


def test_the_average_is_that_of_the_event_times_since_the_event(result: EventTimeResult) -> None:
    assert result.terms[-1] == AVERAGE
    assert result.estimates[-1] == pytest.approx(result.estimates[3:8].mean())
    assert result.std_errors[-1] == pytest.approx(np.sqrt(result.cov[3:8, 3:8].mean()))
    assert np.isnan(result.to_frame()["band_low"].iloc[-1])


def test_sun_abraham_is_statsmodels_with_every_dummy() -> None:
    found = StaggeredEvents(leads=2, lags=1, method="Sun-Abraham").run(panel(frame(2)), EVENTS, pairs=PAIRS)
    logs = np.log(frame(2))
    long = logs.stack().rename("y").rename_axis(["date", "unit"]).reset_index()
    at = long["unit"].map(lambda n: PLACES.get(n[0], np.nan))
    tau = long["date"].map({d: i for i, d in enumerate(logs.index)}) - at
    inside = tau.between(-2, 1)
    used = long["date"].isin(long["date"][inside])
    long, at, tau = long[(inside | at.isna()) & used], at, tau
    at, tau = at[long.index], tau[long.index]
    cells = {(p, e): ((at == p) & (tau == e)).astype(float) for p in PLACES.values() for e in (-2, 0, 1)}
    x = pd.concat(
        [pd.DataFrame(cells), pd.get_dummies(long["unit"], dtype=float),
         pd.get_dummies(long["date"], dtype=float).iloc[:, 1:]], axis=1
    )  # fmt: skip
    theirs = sm.OLS(long["y"].to_numpy(), x.to_numpy()).fit()
    np.testing.assert_allclose(found.effects.ravel(), theirs.params[:9], atol=1e-9)
    np.testing.assert_allclose(found.estimates[:3], theirs.params[:9].reshape(3, 3).mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(np.sort(found.model.resid), np.sort(theirs.resid), atol=1e-9)
    assert found.n == len(long)
    assert np.isfinite(found.std_errors).all()
    assert (found.controls == -1).all()


def test_yields_are_in_bp_and_single_moves_can_be_asked_for() -> None:
    rng = np.random.default_rng(3)
    levels = pd.DataFrame(
        4 + np.cumsum(rng.normal(0, 0.05, (60, 5)), axis=0), index=DAYS, columns=list("vwxyz")
    )
    bonds = [mi.SovereignBond(n, quoted="yield", snapshot="17:00 UTC") for n in levels]
    made = mi.Panel.from_frame(levels, instruments=bonds)
    pairs = [("e0", "v"), ("e1", "w"), ("e2", "x")]
    sums = StaggeredEvents(leads=2, lags=2).run(made, EVENTS, pairs=pairs)
    moves = StaggeredEvents(leads=2, lags=2, outcome="move").run(made, EVENTS, pairs=pairs)
    assert sums.units[0] == "bp per event"
    assert sums.unit == "bp"
    first = np.array([20, 30, 42, -1, -1])
    taus = np.array(sums.taus)
    np.testing.assert_allclose(
        sums.effects, group_time(levels.to_numpy().T * 100, first, taus).effects, atol=1e-9
    )
    np.testing.assert_allclose(
        moves.effects, group_time(levels.diff().to_numpy().T * 100, first, taus).effects, atol=1e-9
    )


def test_holes_leave_out_instruments_where_they_are_not_quoted_and_nowhere_else() -> None:
    prices = frame(4)
    prices.iloc[20, NAMES.index("a0")] = np.nan  # the event shows on the next session
    prices.iloc[31, NAMES.index("b1")] = np.nan
    found = StaggeredEvents(leads=2, lags=2, controls="never").run(panel(prices), EVENTS, pairs=PAIRS)
    cells = found.cells()
    assert (
        "Not quoted, or standing still, on the session before their event, and not compared: a0."
        in found.reading
    )
    a = cells[cells["cohort"] == pd.Timestamp(str(DAYS[20]))].set_index("tau")["n_treated"]
    assert a.to_dict() == {-2: 2, 0: 2, 1: 2, 2: 2}
    b = cells[cells["cohort"] == pd.Timestamp(str(DAYS[30]))].set_index("tau")["n_treated"]
    assert b.to_dict() == {-2: 3, 0: 3, 1: 2, 2: 3}


def test_later_events_of_an_instrument_are_counted_and_said() -> None:
    found = StaggeredEvents().run(panel(frame(5)), EVENTS, pairs=[*PAIRS, ("e2", "a0")])
    assert "Events after an instrument's first, which count as part of it: 1." in found.reading
    assert found.effects.shape[0] == 3


def test_by_date_the_clusters_are_the_event_dates() -> None:
    found = StaggeredEvents(by="date", leads=1).run(panel(frame(6)), EVENTS, pairs=PAIRS)
    assert found.n_clusters == 3
    np.testing.assert_allclose(found.dfs, 2.0)
    assert "not applicable" in str(found.summary())


def test_one_treated_instrument_has_effects_and_no_error() -> None:
    found = StaggeredEvents().run(panel(frame(7)), EVENTS, pairs=[("e0", "a0")], seed=3)
    assert np.isfinite(found.estimates).all()
    assert np.isnan(found.std_errors).all()
    assert set(found.notes) == {NO_ERROR}
    assert "no simultaneous band" in str(found.summary())


@given(seed=st.integers(0, 300))
@settings(max_examples=6, deadline=None)
def test_the_order_of_instruments_and_pairs_changes_no_number(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = panel(frame(8))
    order = [str(n) for n in rng.permutation(NAMES)]
    spec = StaggeredEvents(leads=2, lags=1, draws=199)
    one = spec.run(made, EVENTS, pairs=PAIRS)
    other = spec.run(made.select(order), EVENTS, pairs=[PAIRS[i] for i in rng.permutation(len(PAIRS))])
    np.testing.assert_allclose(one.estimates, other.estimates, atol=1e-12)
    np.testing.assert_allclose(one.std_errors, other.std_errors, rtol=1e-8)
    assert one.critical == pytest.approx(other.critical, rel=1e-9)


def test_what_cannot_be_estimated_is_refused() -> None:
    made = panel(frame(9))
    with pytest.raises(mi.InputError, match="every unit is reached at the same time"):
        StaggeredEvents(units=["a0", "a1"]).run(made, EVENTS, pairs=[("e0", "a0"), ("e0", "a1")])
    with pytest.raises(mi.InputError, match="holds one instrument"):
        StaggeredEvents(units=["a0"]).run(made, EVENTS, pairs=PAIRS)
    with pytest.raises(mi.InputError, match="is unknown"):
        StaggeredEvents(units=["a0", "n0"]).run(made, EVENTS, pairs=[("e1", "b9")])
    for choice, match in (
        ({"method": "TWFE"}, "method"), ({"controls": "all"}, "controls"), ({"by": "issuer"}, "by"),
        ({"leads": 0}, "leads"), ({"units": "a0"}, "a list of ids"), ({"draws": True}, "draws"),
        ({"outcome": "price"}, "outcome"),
        ({"method": "Sun-Abraham", "by": "date"}, "clustered by instrument"),
    ):  # fmt: skip
        with pytest.raises(mi.InputError, match=match):
            StaggeredEvents(**choice)  # type: ignore[arg-type]


def only(*names: str) -> list[tuple[str, str]]:
    """The pairs of some instruments."""
    return [pair for pair in PAIRS if pair[1] in names]


@pytest.mark.parametrize("method", ["Callaway-Sant'Anna", "Sun-Abraham"])
def test_without_controls_it_is_refused(method: Any) -> None:
    made, treated = panel(frame(9)), [name for name in NAMES if name[0] != "n"]
    spec = StaggeredEvents(method=method, units=["a0", "a1", "a2"])
    with pytest.raises(mi.InputError, match="every unit is reached at the same time"):
        spec.run(made, EVENTS, pairs=only("a0", "a1", "a2"))
    with pytest.raises(mi.InputError, match="controls: no unit can serve as a control; received 'never'"):
        StaggeredEvents(method=method, controls="never", units=treated).run(made, EVENTS, pairs=PAIRS)
    found = StaggeredEvents(method=method, units=treated).run(made, EVENTS, pairs=PAIRS)
    assert any("the last ones are controls until then" in line for line in found.reading)
    lost = f"Event sessions without a control, or a session before them, which do not enter: {DAYS[42]}."
    assert (lost in found.reading) == (method == "Callaway-Sant'Anna")  # Sun-Abraham: they are the controls


@pytest.mark.parametrize("method", ["Callaway-Sant'Anna", "Sun-Abraham"])
def test_one_control_leaves_no_error(method: Any) -> None:
    names = ("a0", "a1", "b0", "b1")
    found = StaggeredEvents(leads=2, lags=1, method=method, units=[*names, "n0"]).run(
        panel(frame(9)), EVENTS, pairs=only(*names)
    )
    assert np.isfinite(found.estimates).all()
    assert np.isnan(found.std_errors).all()
    assert set(found.notes) == {NO_ERROR}
    few = StaggeredEvents(leads=2, lags=1, method=method, units=[*names, "n0", "n1", "n2"]).run(
        panel(frame(9)), EVENTS, pairs=only(*names)
    )
    assert np.isfinite(few.std_errors).all()
    if method == "Sun-Abraham":
        assert (few.dfs <= 2.0).all()


def test_one_instrument_an_event_is_said_and_has_no_error_by_the_regression() -> None:
    pairs = only("a0", "b0", "c0")
    found = StaggeredEvents(leads=2, lags=1).run(panel(frame(9)), EVENTS, pairs=pairs)
    assert any(line.startswith("Event sessions of one instrument: 3; errors hold") for line in found.reading)
    assert np.isfinite(found.std_errors).all()
    regression = StaggeredEvents(leads=2, lags=1, method="Sun-Abraham").run(
        panel(frame(9)), EVENTS, pairs=pairs
    )
    assert set(regression.notes) == {NO_ERROR}


def test_events_at_the_ends_of_a_panel_say_what_is_not_seen() -> None:
    pairs = [("e0", "a0"), ("e1", "b0"), ("e2", "c0")]
    found = StaggeredEvents(leads=2, lags=1).run(panel(frame(9)), news(DAYS[[0, 59, 30]]), pairs=pairs)
    text = "\n".join(found.reading)
    assert "before their event, and not compared: a0." in text
    assert f"which do not enter: {DAYS[0]}." in text
    assert "not all 2 event sessions are seen, and whose coefficients are of other instruments" in text
    assert "than the rest: +1 (1)." in text
    early = StaggeredEvents(leads=3, lags=1).run(panel(frame(9)), news(DAYS[[1]]), pairs=[("e0", "a0")])
    assert early.taus == (0, 1)
    assert (
        "Event times that no event session with a control has, which are left out: -3, -2." in early.reading
    )


def test_an_unbalanced_panel_uses_what_is_quoted_and_says_so() -> None:
    rng = np.random.default_rng(0)
    prices = frame(10)
    prices = prices.mask(rng.random(prices.shape) < 0.1)
    prices.loc[prices.index[:25], "n0"] = np.nan
    prices.loc[prices.index[22:], "a1"] = np.nan
    found = StaggeredEvents(leads=2, lags=3).run(panel(prices), EVENTS, pairs=PAIRS)
    logs = np.log(prices)
    for row in found.cells().itertuples():
        at = logs.index.get_loc(row.cohort)
        own = {
            n: int(logs[n].loc[DAYS[PLACES[n[0]]] :].dropna().index[0] == row.cohort)
            for n in NAMES
            if n[0] != "n"
        }
        change = logs.iloc[at + row.tau] - logs.iloc[at - 1]
        late = max(logs.index[at - 1], logs.index[at + row.tau])
        first = {n: logs[n].loc[DAYS[PLACES[n[0]]] :].dropna().index[:1] for n in own}
        free = [n for n in NAMES if n[0] == "n" or (len(first[n]) and first[n][0] > late)]
        treated = change[[n for n, same in own.items() if same]].dropna()
        others = change[[n for n in free if not own.get(n)]].dropna()
        assert (row.n_treated, row.n_controls) == (len(treated), len(others))
        assert row.effect == pytest.approx(treated.mean() - others.mean(), abs=1e-12)
    assert any(
        line.startswith("Event sessions whose instruments are not quoted at all") for line in found.reading
    )


def test_event_times_beyond_the_panel_are_refused() -> None:
    for leads, lags in ((10**9, 1), (1, 60)):
        with pytest.raises(mi.InputError, match="leads, lags: reach beyond the 60 sessions of the panel"):
            StaggeredEvents(leads=leads, lags=lags).run(panel(frame()), EVENTS, pairs=PAIRS)


def test_arrays_are_read_only(result: EventTimeResult) -> None:
    for name in ("estimates", "effects", "treated", "controls", "cohorts"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(result, name)[0] = 0


def test_a_move_that_is_left_out_ends_the_sums_and_it_is_said() -> None:
    prices = frame(9)
    prices.iloc[25:31, NAMES.index("n0")] = np.nan
    made, spec = panel(prices), StaggeredEvents(leads=2, lags=1, policies=mi.Policies(spanned="leave_out"))
    found = spec.run(made, EVENTS, pairs=PAIRS)
    assert (
        "Sums of moves end where a move is left out, and these do not enter from there on: n0."
        in found.reading
    )
    cells = found.cells().set_index(["cohort", "tau"])["n_controls"]
    assert cells[pd.Timestamp(str(DAYS[20])), 0] == 12
    assert cells[pd.Timestamp(str(DAYS[42])), 0] == 5
    assert not any(
        line.startswith("Sums of moves end")
        for line in StaggeredEvents().run(made, EVENTS, pairs=PAIRS).reading
    )


def test_single_moves_say_that_the_base_is_in_them() -> None:
    found = StaggeredEvents(outcome="move").run(panel(frame(9)), EVENTS, pairs=PAIRS)
    assert SINGLE in found.reading
    assert SINGLE not in StaggeredEvents().run(panel(frame(9)), EVENTS, pairs=PAIRS).reading


NEWS = {
    "EUR/GBP": ("2016-06-24T04:40", "Europe/London"),
    "EUR/MXN": ("2016-11-09T02:30", "America/New_York"),
    "EUR/RUB": ("2018-04-06T16:00", "Europe/Moscow"),
    "EUR/TRY": ("2018-08-10T08:47", "America/New_York"),
}
QUIET = ("EUR/PLN", "EUR/HUF", "EUR/NOK", "EUR/SEK", "EUR/AUD", "EUR/CAD", "EUR/ZAR", "EUR/KRW")


def currencies() -> tuple[mi.Panel, list[mi.Event], list[tuple[str, str]]]:
    """The reference rates of twelve currencies, of which four had news of their own on four dates."""
    made = None
    for name in (*NEWS, *QUIET):
        one = mi.fetch(f"ecb:{name}", start="2016-01-01", end="2018-12-31")
        made = one if made is None else made.join(one)
    assert made is not None
    events = [mi.Event(name[4:], announced_at=at, zone=zone) for name, (at, zone) in NEWS.items()]
    return made, events, [(name[4:], name) for name in NEWS]


def test_real_currencies_on_news_of_different_dates() -> None:
    made, events, pairs = currencies()
    found = StaggeredEvents(leads=4, lags=4).run(made, events, pairs=pairs)
    logs = np.log(pd.DataFrame({name: made[name] for name in made.ids}))
    cells = found.cells().set_index(["cohort", "tau"])
    sessions = {
        "EUR/GBP": "2016-06-24",
        "EUR/MXN": "2016-11-09",
        "EUR/RUB": "2018-04-09",
        "EUR/TRY": "2018-08-13",
    }
    assert [str(one) for one in found.cohorts] == list(sessions.values())
    for name, day in sessions.items():
        at = logs.index.get_loc(pd.Timestamp(day))
        free = [*QUIET, *(n for n, other in sessions.items() if other > str(logs.index[at + 4])[:10])]
        for tau in (-4, 0, 4):
            change = logs.iloc[at + tau] - logs.iloc[at - 1]
            later = [
                n for n in free if n in QUIET or pd.Timestamp(sessions[n]) > logs.index[max(at + tau, at - 1)]
            ]
            expected = change[name] - change[later].mean()
            assert cells.loc[(pd.Timestamp(day), tau), "effect"] == pytest.approx(expected, abs=1e-12)
    assert (cells.xs(0, level="tau")["effect"] > 0.03).all()
    assert 0.05 < found.params["tau 0"] < 0.10
    assert found.pre_trends.applies is False or found.pre_trends.p_value > 0.05
    assert np.isfinite(found.std_errors).all()


def test_real_bonds_of_one_country_have_no_control_but_bonds_of_another(shared: Path) -> None:
    curve = pd.read_csv(shared / "data" / "us_treasury_par_curve.csv", parse_dates=["date"], index_col="date")
    own = {isin: bid_yield(shared, isin)[isin] for isin in ("US900123BJ84", "US900123CB40", "US900123CG37")}
    yields = pd.DataFrame(own).join(curve[["5yr", "10yr", "20yr", "30yr"]], how="inner").loc["2018":"2018"]
    bonds = [mi.SovereignBond(n, quoted="yield", snapshot="17:00 America/New_York") for n in yields]
    made = mi.Panel.from_frame(yields, instruments=bonds)
    event = mi.Event("tariffs", announced_at="2018-08-10T08:47", zone="America/New_York")
    pairs = [("tariffs", isin) for isin in own]
    with pytest.raises(mi.InputError, match="every unit is reached at the same time"):
        StaggeredEvents(units=list(own)).run(made, event, pairs=pairs)
    found = StaggeredEvents(leads=3, lags=3).run(made, event, pairs=pairs)
    assert found.unit == "bp"
    at = yields.index.get_loc(pd.Timestamp(str(found.cohorts[0])))
    change = 100 * (yields.iloc[at + 1] - yields.iloc[at - 1])
    assert found.params["tau +1"] == pytest.approx(change[list(own)].mean() - change.drop(list(own)).mean())
    assert found.params["tau +1"] > 50.0
    assert StaggeredEvents(by="date").run(made, event, pairs=pairs).notes[0] == NO_ERROR


def taken_part(result: EventTimeResult) -> dict[str, int]:
    """Event times at which each instrument is compared, by the ledger."""
    asked = len(result.taus)
    rows = result.ledger.to_frame().query("status != 'left out'")
    told = rows["reason"].str.extract(r"takes part at (\d+) of \d+ event times")[0]
    return dict(zip(rows["instrument"], told.astype(float).fillna(asked).astype(int), strict=True))


@pytest.mark.parametrize("method", ["Callaway-Sant'Anna", "Sun-Abraham"])
@pytest.mark.parametrize("seed", range(4))
def test_the_ledger_tells_which_pairs_the_cells_are_made_of(method: Any, seed: int) -> None:
    prices, rng = frame(), np.random.default_rng(seed)
    holes = prices.mask(rng.uniform(size=prices.shape) < 0.1)
    holes.iloc[10, :], holes.iloc[[*PLACES.values()], :] = prices.iloc[10], prices.iloc[[*PLACES.values()]]
    found = StaggeredEvents(leads=4, lags=4, method=method).run(panel(holes), EVENTS, pairs=PAIRS)
    told = taken_part(found)
    for cohort, row in zip("abc", found.treated, strict=True):
        assert sum(n for name, n in told.items() if name[0] == cohort) == row.sum()
    for name, n in told.items():
        at = PLACES[name[0]]
        quoted = holes[name].iloc[[at + tau for tau in found.taus]].notna().sum()
        assert (n, True) == (quoted, bool(pd.notna(holes[name].iloc[at - 1])))
    frames = found.ledger.to_frame()
    base = frames["reason"].str.contains("on the session before, and is not compared")
    assert (frames["status"][base] == "left out").all()
    assert len(told) + int(base.sum()) == len(PAIRS)
    assert (frames["status"] == "flagged").equals(frames["reason"].str.contains("takes part at"))


def test_the_ledger_tells_why_pairs_take_no_part() -> None:
    prices = frame()
    events = news([*DAYS[list(PLACES.values())], DAYS[22]])
    found = StaggeredEvents(leads=2, lags=2).run(panel(prices), events, pairs=[*PAIRS, ("e3", "a0")])
    last = found.ledger.to_frame().iloc[-1]
    assert (last["event_id"], last["status"]) == ("e3", "left out")
    assert last["reason"].startswith("comes after the instrument's first event")
    assert found.ledger.used == len(PAIRS)
    # Without instruments that no event reaches, the last cohort serves as controls alone.
    treated = [name for name in NAMES if name[0] != "n"]
    methods: tuple[Any, ...] = ("Callaway-Sant'Anna", "Sun-Abraham")
    for method in methods:
        short = StaggeredEvents(leads=2, lags=2, units=treated, method=method).run(
            panel(prices), EVENTS, pairs=PAIRS
        )
        last = short.ledger.to_frame().query("event_id == 'e2'")
        assert set(last["status"]) == {"left out"}
        assert last["reason"].str.startswith("no session around it has controls").all()
        assert short.ledger.used == 6


def test_two_events_of_one_session_are_one_event_and_both_used() -> None:
    events = news([DAYS[20], DAYS[20], DAYS[30], DAYS[42]])
    pairs = [("e0", "a0"), ("e1", "a0"), ("e2", "b0"), ("e3", "c0")]
    found = StaggeredEvents(leads=2, lags=2).run(panel(frame()), events, pairs=pairs)
    assert found.ledger.used == 4
    assert not any("after an instrument's first" in words for words in found.reading)
