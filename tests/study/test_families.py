"""All tests of a study as one family: the same p as statsmodels', and as a loop over shared placebo dates."""

from __future__ import annotations

import pickle
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.stats.multitest import multipletests

import marketimpact as mi
from marketimpact.maths.resample import DRAWS
from tests.maths.test_multiplicity import step_by_step
from tests.study.world import SNAPSHOT, mixed_panel, news, price_panel, walk, weekdays

SHORT = mi.Timeline(estimation=(-70, -11), event=(-5, 5))
DAYS = weekdays(500)


def prices(seed: int, names: str = "ABCD", shock: float = 0.0, at: int = 300, n: int = 500) -> pd.DataFrame:
    """Prices that move together; on one day the first moves by so many standard deviations more."""
    rng = np.random.default_rng(seed)
    z = np.sqrt(0.5) * (rng.standard_normal((n, 1)) + rng.standard_normal((n, len(names))))
    z[at, 0] += shock
    return pd.DataFrame(100 * np.exp(0.01 * z.cumsum(axis=0)), index=weekdays(n), columns=list(names))


def study(frame: pd.DataFrame, days: list[Any], **options: Any) -> mi.StudyResult:
    panel = price_panel({name: frame[name].to_numpy() for name in frame}, frame.index.to_numpy())
    seed = options.pop("seed", 0)
    return mi.EventStudy(**({"timeline": SHORT} | options)).run(panel, news(days), pairs="all", seed=seed)


def left_out(moves: np.ndarray, at: np.ndarray, length: int) -> np.ndarray:
    """SCAR of each window of some moves, against the mean and the variance of all the others."""
    found = []
    for begin in at:
        inside = np.arange(begin, begin + length)
        rest = np.delete(moves, inside)
        n = len(rest)
        excess = moves[inside].sum() - length * rest.mean()
        found.append(excess / np.sqrt(rest.var(ddof=1) * (length + length**2 / n)))
    return np.array(found)


# The same numbers as other software's, and as loops'.


@pytest.mark.parametrize("windows", [None, [(0, 0), (-1, 1)]])
def test_the_adjusted_p_are_those_of_statsmodels(windows):
    found = study(prices(1, shock=5.0), [DAYS[300], DAYS[400]]).families(windows)
    frame = found.to_frame()
    for basis in ("t", "rank"):
        p = frame[f"p_value_{basis}"].to_numpy()
        assert np.isfinite(p).all()
        for column, name in (("holm", "holm"), ("bh", "fdr_bh"), ("by", "fdr_by")):
            expected = multipletests(p, method=name)[1]
            np.testing.assert_allclose(frame[f"{column}_{basis}"], expected, rtol=1e-12)


def test_the_p_are_those_of_the_study():
    result = study(prices(2, shock=5.0), [DAYS[300], DAYS[400]])
    frame, car = result.families().to_frame(), result.to_frame("car").query("term == 'headline'")
    np.testing.assert_array_equal(frame["p_value_t"], car["p_value"])
    np.testing.assert_array_equal(frame["statistic"], car["statistic"])
    np.testing.assert_array_equal(frame["p_value_rank"], result.ranks.p_value)
    np.testing.assert_array_equal(frame["p_floor_rank"], result.ranks.p_floor)
    assert list(frame["event_id"]) == list(car["event_id"])
    keys = ["event_id", "instrument", "tau_from", "tau_to"]
    windows = result.families(result.spec.window_list[:2]).to_frame()
    car = result.to_frame("car").query("term == 'CAR'")
    both = windows.merge(car, on=keys)
    assert len(both) == len(windows) == 16
    np.testing.assert_array_equal(both["p_value_t"], both["p_value"])


def test_one_event_is_judged_against_the_largest_of_each_placebo_date():
    frame = prices(3, shock=4.0)
    found = study(frame, [DAYS[300]]).families()
    moves = np.log(frame).diff().to_numpy()[np.append(np.arange(230, 290), 300)]
    scars = np.stack([left_out(column, np.arange(61), 1) for column in moves.T], axis=1)
    expected = step_by_step(scars[-1], scars[:-1])
    np.testing.assert_allclose(found.romano_wolf.p_value, expected, rtol=1e-12)
    np.testing.assert_allclose(found.p_floor, 1 / 61)
    assert found.romano_wolf.note == "enumerated, 60 shared placebo dates"
    assert expected[0] == pytest.approx(1 / 61)


def test_two_events_take_every_pair_of_dates():
    frame = prices(4, "ABC", shock=3.0)
    found = study(frame, [DAYS[200], DAYS[300]]).families()
    moves = np.log(frame).diff().to_numpy()
    pools = []
    for at in (200, 300):
        rows = np.append(np.arange(at - 70, at - 10), at)
        pools.append(np.stack([left_out(moves[rows, j], np.arange(61), 1) for j in range(3)], axis=1))
    null = np.array([np.concatenate([a, b]) for a, b in product(*pools)])
    expected = step_by_step(null[-1], null[:-1])
    cells = [("e0", name) for name in "ABC"] + [("e1", name) for name in "ABC"]
    frame = found.to_frame().set_index(["event_id", "instrument"])
    np.testing.assert_allclose(frame.loc[cells, "p_value_romano_wolf"], expected, rtol=1e-12)
    np.testing.assert_allclose(found.p_floor, 1 / 61)


def test_windows_of_a_pair_move_together_from_date_to_date():
    """Two windows, (0, 0) and (0, 1): over every date of the longer one, both begin on it."""
    frame = prices(5, "AB", shock=3.0)
    found = study(frame, [DAYS[300]], windows=((0, 0), (0, 1))).families([(0, 0), (0, 1)])
    moves = np.log(frame).diff().to_numpy()
    columns = []
    for length in (1, 2):
        rows = np.append(np.arange(230, 290), np.arange(300, 300 + length))
        at = np.append(np.arange(59), 60)  # no window of two sessions begins on the last
        columns += [left_out(moves[rows, j], at, length) for j in range(2)]
    null = np.stack(columns, axis=1)
    np.testing.assert_allclose(found.romano_wolf.p_value, step_by_step(null[-1], null[:-1]), rtol=1e-12)
    sizes = np.abs(null[:, 2:])
    np.testing.assert_allclose(found.rank.p_value[2:], (sizes >= sizes[-1] * (1 - 1e-9)).mean(axis=0))
    assert list(found.tau_to) == [0, 0, 1, 1]


def test_more_events_are_drawn_and_each_says_its_smallest_p():
    days = [DAYS[at] for at in (120, 220, 320, 420)]
    found = study(prices(6), days, seed=5).families()
    assert f"{DRAWS} draws, seed 5, 60 shared placebo dates or more in each of 4" in found.romano_wolf.note
    assert np.all(np.abs(found.p_floor - 1 / 61) < 3.7 * np.sqrt(1 / 61 / DRAWS))
    assert np.all(found.romano_wolf.p_value >= found.p_floor)
    assert found == study(prices(6), days, seed=5).families()
    assert found != study(prices(6), days, seed=6).families()


def test_the_order_of_events_and_instruments_changes_no_p():
    frame, days = prices(7, shock=4.0), [DAYS[at] for at in (120, 220, 320, 420)]
    one = study(frame, days).families().to_frame()
    panel = price_panel({name: frame[name].to_numpy() for name in "DBCA"}, DAYS)
    events = mi.EventSet.from_events(
        mi.Event(f"e{i}", announced_at=f"{days[i]}T09:00", zone="UTC") for i in (2, 0, 3, 1)
    )
    other = mi.EventStudy(timeline=SHORT).run(panel, events, pairs="all").families().to_frame()
    keys = ["event_id", "instrument"]
    pd.testing.assert_frame_equal(
        one.sort_values(keys, ignore_index=True), other.sort_values(keys, ignore_index=True), rtol=1e-9
    )


def test_kinds_and_holidays_share_the_dates_on_which_all_are_quoted():
    panel = mixed_panel(8, holidays=0.05)
    result = mi.EventStudy(timeline=mi.Timeline(estimation=(-130, -11), event=(-5, 5))).run(
        panel,
        news([weekdays(700)[400]]),
        pairs=[("e0", name) for name in ("KZ yield", "KZ price", "USD/KZT")],
    )
    found = result.families()
    shared = int(found.romano_wolf.note.split(", ")[1].split()[0])
    assert found.n == 3
    assert 90 < shared < 120
    np.testing.assert_allclose(found.p_floor, 1 / (shared + 1))


def test_models_beside_one_another_are_one_family_on_the_same_dates():
    """Without the factor, and with it: in one draw both models have the same date."""
    frame = prices(16, "ABF", shock=4.0)
    bonds = [mi.SovereignBond(name, quoted="clean price", snapshot=SNAPSHOT) for name in "AB"]
    panel = mi.Panel.from_frame(frame, instruments=[*bonds, mi.Factor("F", snapshot=SNAPSHOT)])
    plain, market = (
        mi.EventStudy(model=model, timeline=SHORT).run(
            panel, news([DAYS[300]]), pairs=[("e0", "A"), ("e0", "B")]
        )
        for model in (mi.ConstantMean(), mi.MarketModel("F"))
    )
    found = plain.families(beside=[market])
    moves = np.log(frame).diff().to_numpy()[np.append(np.arange(230, 290), 300)]
    scars = [left_out(moves[:, j], np.arange(61), 1) for j in range(2)]
    for j in range(2):  # an externally studentised residual is the t of a dummy of its own
        t = []
        for row in range(61):
            x = np.column_stack([np.ones(61), moves[:, 2], np.arange(61) == row])
            t.append(sm.OLS(moves[:, j], x).fit().tvalues[2])
        scars.append(np.array(t))
    null = np.stack(scars, axis=1)
    np.testing.assert_allclose(found.romano_wolf.p_value, step_by_step(null[-1], null[:-1]), rtol=1e-12)
    p = np.concatenate(
        [one.to_frame("car").query("term == 'headline'")["p_value"] for one in (plain, market)]
    )
    np.testing.assert_allclose(found.t.adjusted[0].p_value, multipletests(p, method="holm")[1], rtol=1e-12)
    assert "Family of 4 tests: 2 pairs of 1 event and 2 instruments, 1 window (headline), 2 models" in repr(
        found
    )
    assert list(found.to_frame()["model"]) == ["constant mean"] * 2 + ["market model on F"] * 2
    assert found.summary().columns[0] == "model"


def test_draws_belong_to_dates_and_not_to_instruments():
    days = [DAYS[at] for at in (120, 220, 320, 420)]
    frame = prices(18)
    everything, some = (
        study(frame[names], days).families().to_frame() for names in (list("ABCD"), ["C", "A"])
    )
    both = everything.merge(some, on=["event_id", "instrument"])
    assert len(both) == 8
    np.testing.assert_array_equal(both["p_floor_romano_wolf_x"], both["p_floor_romano_wolf_y"])
    assert both["p_floor_romano_wolf_x"].nunique() > 1


@pytest.mark.parametrize("freq", ["B", "D"])
def test_a_family_of_one_is_the_date_permutation(freq):
    """Quotes on weekends too: two of them lie equally far from the event, and are one placebo date."""
    days = pd.date_range("2015-01-05", periods=400, freq=freq).to_numpy().astype("datetime64[D]")
    for seed in range(8):
        panel = price_panel({"A": walk(np.random.default_rng(seed), 400)}, days)
        result = mi.EventStudy(timeline=SHORT).run(panel, news([days[301]]), pairs="all")
        permuted = next(one.outcome for one in result.across if one.outcome.test == "date permutation")
        found = result.families()
        assert found.romano_wolf.p_value[0] == pytest.approx(permuted.p_value, rel=1e-12)
        assert found.p_floor[0] == pytest.approx(permuted.p_floor, rel=1e-12)
        assert (found.p_floor[0] > 1 / 61) == (freq == "D")


# What is counted, and what does not apply.


def test_two_events_of_one_move_are_one_test():
    frame = prices(9, "AB", shock=4.0)
    events = mi.EventSet.from_events(
        mi.Event(name, announced_at=f"{DAYS[300]}T0{i}:00", zone="UTC") for i, name in enumerate(("x", "w"))
    )
    panel = price_panel({name: frame[name].to_numpy() for name in frame}, DAYS)
    found = mi.EventStudy(timeline=SHORT).run(panel, events, pairs="all").families()
    assert (found.n, len(found.statistic), found.romano_wolf.n) == (2, 4, 2)
    table = found.to_frame().set_index(["event_id", "instrument"])
    assert table["repeats"].to_dict() == {
        ("x", "A"): True, ("x", "B"): True, ("w", "A"): False, ("w", "B"): False,
    }  # fmt: skip
    columns = [column for column in table if column.startswith(("p_", "holm", "bh", "by"))]
    np.testing.assert_array_equal(table.loc["x", columns], table.loc["w", columns])
    alone = mi.EventStudy(timeline=SHORT).run(panel, mi.EventSet.from_events(
        [mi.Event("w", announced_at=f"{DAYS[300]}T01:00", zone="UTC")]
    ), pairs="all").families()  # fmt: skip
    np.testing.assert_array_equal(table.loc["w", "holm_t"], alone.t.adjusted[0].p_value)
    assert "2 repeat the move of another event's pair" in repr(found)


def test_too_few_shared_dates_are_said():
    """One bond is quoted on odd days of the estimation window alone, the other on even ones."""
    frame = prices(10, "AB", n=700)
    near = np.arange(480, 510)
    odd = np.arange(700) % 2 == 1
    frame.loc[odd & ~np.isin(np.arange(700), near), "A"] = np.nan
    frame.loc[~odd & ~np.isin(np.arange(700), near), "B"] = np.nan
    found = study(frame, [weekdays(700)[500]]).families()
    assert "share" in found.reason
    assert "needs 19 or more" in found.reason
    assert np.isnan(found.romano_wolf.p_value).all()
    assert np.isnan(found.p_floor).all()
    assert np.isfinite(found.t.adjusted[0].p_value).all()
    assert f"Romano-Wolf: not applicable: {found.reason}" in str(found.summary())


def test_windows_too_long_for_their_placebos_are_said():
    found = study(prices(11), [DAYS[300]]).families([(0, 0), (-5, 5)])
    assert found.reason == "needs 220 usable estimation moves for a window of 11 sessions, has 60"
    assert np.isnan(found.rank.p_value[4:]).all()
    assert found.rank.adjusted[0].n == 4
    assert found.n == 8


def test_a_missing_move_is_no_test_and_a_broken_window_enters_no_maximum():
    """The factor of one bond is not quoted on one day: on the event's, or on the next."""
    frame = prices(12, "ABF")
    bonds = [mi.SovereignBond(name, quoted="clean price", snapshot=SNAPSHOT) for name in "AB"]
    asked = mi.EventStudy(model=mi.MarketModel("F"), timeline=SHORT, windows=((0, 1),))

    def families(hole: int, windows: Any = None) -> Any:
        holed = frame.copy()
        holed.loc[DAYS[hole], "F"] = np.nan
        holed.loc[DAYS[250], "B"] = np.nan
        panel = mi.Panel.from_frame(holed, instruments=[*bonds, mi.Factor("F", snapshot=SNAPSHOT)])
        pairs = [(event, name) for event in ("e0", "e1") for name in "AB"]
        return asked.run(panel, news([DAYS[200], DAYS[300]]), pairs=pairs).families(windows)

    missing = families(300)
    assert (missing.n, missing.rank.adjusted[0].n, missing.romano_wolf.n) == (2, 2, 2)
    for p in (missing.t.p_value, missing.t.adjusted[0].p_value, missing.romano_wolf.p_value, missing.p_floor):
        np.testing.assert_array_equal(np.isnan(p), [False, False, True, True])
    assert "Family of 2 tests: 4 pairs of 2 events" in repr(missing)
    assert "2 without a move are no tests" in repr(missing)
    broken = families(301, [(0, 1)])
    assert (broken.n, broken.rank.adjusted[0].n, broken.romano_wolf.n) == (4, 2, 2)
    np.testing.assert_array_equal(np.isnan(broken.romano_wolf.p_value), [False, False, True, True])
    assert "2 tests with missing moves in the window do not enter" in str(broken.summary())


def test_the_summary_counts_and_says_what_ranks_cannot_do():
    names = [f"N{i:02d}" for i in range(25)]
    rng = np.random.default_rng(13)
    panel = price_panel({name: walk(rng, 500) for name in names}, DAYS)
    result = mi.EventStudy().run(panel, news([DAYS[300]]), pairs="all")
    text = str(result.families().summary())
    assert "Family of 25 tests: 25 pairs of 1 event and 25 instruments, 1 window (headline), 1 model" in text
    assert "By chance alone 1.25 of 25 would have p <= 0.05" in text
    assert "Holm cannot reject any of 25 tests at 0.05: the smallest p of a test is 0.00826" in text
    assert "Benjamini-Hochberg cannot reject fewer than 5 of 25" in text
    assert "... and 5 tests more" in text
    assert "<table>" in result.families()._repr_html_()


def test_a_family_is_a_value():
    result = study(prices(14), [DAYS[300]])
    found = result.families()
    assert pickle.loads(pickle.dumps(found)) == found
    assert repr(found) == repr(result.families())
    assert repr(found).startswith("Families: Family of 4 tests: 4 pairs of 1 event and 4 instruments")
    with pytest.raises(ValueError, match="read-only"):
        found.statistic[0] = 0.0


def test_windows_of_another_study_are_refused():
    result = study(prices(15), [DAYS[300]])
    for windows in ([(0, 3)], []):
        with pytest.raises(mi.InputError, match="windows: are no windows of this study"):
            result.families(windows)
    other = study(prices(15), [DAYS[300]], windows=((0, 1),))
    with pytest.raises(mi.InputError, match="windows: are no windows of this study and of those beside it"):
        result.families([(0, 0)], beside=[other])
    assert result.families(iter([(0, 1)]), beside=[other]).n == 8


def test_a_study_without_pairs_is_a_family_of_none():
    found = study(prices(17), [DAYS[20]]).families()
    assert (found.n, found.reason) == (0, "no test has every move of its window")
    assert found.to_frame().empty
    assert "Family of 0 tests" in str(found.summary())
