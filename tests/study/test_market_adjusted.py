"""The market's own move as the normal one: nothing is fitted, and the two must move in one unit."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.study.models import MarketAdjusted
from tests.study.world import SNAPSHOT, mixed_panel, news, price_panel, row_of, walk, weekdays

TIMELINE = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
PLACES = (160, 301, 600)


def studied(panel: mi.Panel, model: Any, pairs: Any, **options: Any) -> mi.StudyResult:
    study = mi.EventStudy(model=model, timeline=TIMELINE, **options)
    return study.run(panel, news(weekdays(700)[list(PLACES)]), pairs=pairs)


@pytest.mark.parametrize("move", ["log", "simple"])
@pytest.mark.parametrize("name", ["KZ price", "USD/KZT"])
@pytest.mark.parametrize("holidays", [0.0, 0.1])
def test_every_number_by_hand(holidays, name, move):
    """A = y - f on the instrument's own sessions; s^2 the mean of A^2 / v; t = A / (s sqrt(v)) with T degrees."""
    panel = mixed_panel(1, holidays=holidays, missing=holidays / 2)
    others = [one for one in panel.instruments if one.id != "EM"]
    market = mi.Factor("EM", move=move, snapshot=SNAPSHOT)
    panel = mi.Panel.from_frame(
        panel.to_frame()[[*panel.ids[:3], "UST", "EM"]], instruments=[*others, market]
    )
    result = studied(panel, MarketAdjusted("EM"), [(f"e{i}", name) for i in range(3)], move=move)
    own = panel[name]
    levels = pd.DataFrame({"y": own, "f": panel["EM"].reindex(own.index)})
    moves = np.log(levels).diff() if move == "log" else levels.pct_change(fill_method=None)
    rest = (moves["y"] - moves["f"]).to_numpy()
    events = [own.index.get_loc(row_of(result, f"e{i}", name)["session"]) for i in range(3)]
    for i, at in enumerate(events):
        pair = result.one(f"e{i}", name)
        np.testing.assert_allclose(pair.ar, rest[at - 5 : at + 6], rtol=0, atol=1e-12)
        np.testing.assert_allclose(
            pair.normal, moves["f"].to_numpy()[at - 5 : at + 6] + 0 * pair.ar, atol=1e-12
        )
        begin = int(result.alignment.positions[i])
        v = result.alignment.design.v[begin - 130 : begin - 10]
        rows = [t for t in range(at - 130, at - 10) if all(abs(t - other) > 5 for other in events)]
        e = rest[rows] / np.sqrt(v[np.array(rows) - at + 130])
        e = e[np.isfinite(e)]
        assert pair.sigma == pytest.approx(np.sqrt(np.mean(e**2)), rel=1e-9)
        assert (pair.n_obs, pair.df, len(pair.params)) == (len(e), len(e), 0)
    assert result.coefficients.empty
    assert "observed" in str(result.summary())


def test_of_yields_it_is_the_spread():
    panel = mixed_panel(2, holidays=0.05)
    pairs = [(f"e{i}", "KZ yield") for i in range(3)]
    found = studied(panel, MarketAdjusted("UST"), pairs)
    spread = studied(panel, mi.BenchmarkSpread("UST"), pairs)
    for table in ("car", "ar", "caar", "split", "tests"):
        pd.testing.assert_frame_equal(found.to_frame(table), spread.to_frame(table), check_exact=True)


def test_a_basket_is_a_market_and_its_members_leave_it():
    days = weekdays(700)
    rng = np.random.default_rng(3)
    levels = {name: walk(rng, 700) for name in ("A", "B", "C")}
    panel = price_panel(levels, days)
    region = mi.basket(panel, ["A", "B", "C"], id="region")
    result = studied(panel, MarketAdjusted(region), [("e1", "A")])
    assert [one.members for one in result.one("e1", "A").baskets] == [("B", "C")]
    y = {name: np.diff(np.log(level), prepend=np.nan) for name, level in levels.items()}
    at = PLACES[1]
    np.testing.assert_allclose(
        result.one("e1", "A").ar, (y["A"] - (y["B"] + y["C"]) / 2)[at - 5 : at + 6], atol=1e-12
    )


def test_a_log_move_is_not_taken_from_a_simple_one():
    words = "received {'KZ price': 'clean price simple move [simple]', 'EM': 'factor log move [log]'}"
    with pytest.raises(mi.InputError, match=re.escape(words)):
        studied(mixed_panel(4), MarketAdjusted("EM"), [("e0", "KZ price")], move="simple")


@pytest.mark.parametrize(
    ("instrument", "benchmark"), [("KZ yield", "EM"), ("KZ price", "UST"), ("USD/KZT", "KZ yield")]
)
def test_moves_of_different_units_are_not_subtracted(instrument, benchmark):
    words = "MarketAdjusted: a move less another needs moves of one unit, and these differ; received"
    with pytest.raises(mi.InputError, match=re.escape(words)):
        studied(mixed_panel(4), MarketAdjusted(benchmark), [("e0", instrument)])


@pytest.mark.parametrize("wrong", [None, 5, [], ("EM", "UST"), {"EM"}])
def test_something_else_is_no_market(wrong):
    with pytest.raises(mi.InputError, match=r"factors: needs factors that do not repeat"):
        MarketAdjusted(wrong)


def test_nothing_is_its_own_market():
    result = studied(mixed_panel(5), MarketAdjusted("USD/KZT"), [("e0", "USD/KZT")])
    assert "own benchmark" in row_of(result, "e0", "USD/KZT")["reason"]


def test_the_page_says_that_nothing_is_fitted():
    days = weekdays(700)
    rng = np.random.default_rng(6)
    bond = mi.SovereignBond("X", quoted="clean price", snapshot=SNAPSHOT)
    frame = pd.DataFrame({"X": walk(rng, 700), "M": walk(rng, 700)}, index=days)
    panel = mi.Panel.from_frame(frame, instruments=[bond, mi.Factor("M", snapshot=SNAPSHOT)])
    page = mi.report(studied(panel, MarketAdjusted("M"), [("e0", "X")]), "e0", "X")
    assert "Against a market-adjusted model on M, with the variance of 120 earlier sessions" in page.reading
    assert "nothing is fitted but the variance" in " ".join(page.notes)


@pytest.mark.parametrize(("model", "shares"), [(MarketAdjusted("EM"), False), (mi.MarketModel("EM"), True)])
def test_events_share_no_error_of_a_fit_where_nothing_is_fitted(model, shares):
    """Estimation windows of one instrument overlap; sums of moves less the market's do not depend on them."""
    events = news(weekdays(700)[160 + 40 * np.arange(12)])
    study = mi.EventStudy(model=model, timeline=TIMELINE, windows=((0, 0), (-5, 5)))
    pairs = [(f"e{i}", "KZ price") for i in range(12)]
    found = study.run(mixed_panel(1), events, pairs=pairs).over_events((-5, 5), tests="moves")
    assert ("share estimation windows" in found.one("cluster t").note) == shares
    assert found.kinds[0].diagnosis.verdict("cluster t").read == ("no" if shares else "first")
