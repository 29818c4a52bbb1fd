"""The largest abnormal moves: those of a study of each session, and the news beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.maths.chance_match import CHANCE_MATCH, SHIFTED_MATCH
from marketimpact.regress.undated import MoveSearch, largest_moves
from tests.study.world import mixed_panel, news, price_panel, weekdays


def jumpy(n: int = 500) -> tuple[mi.Panel, np.ndarray, np.ndarray]:
    """A price with jumps at sessions 200, 300 and 400."""
    days, rng = weekdays(n), np.random.default_rng(0)
    moves = 0.005 * rng.standard_normal(n)
    jumps = np.array([200, 300, 400])
    moves[jumps] += np.array([-0.08, 0.06, 0.05])
    return price_panel({"KZ": 100.0 * np.exp(np.cumsum(moves))}, days), days, jumps


@pytest.mark.parametrize("model", [mi.ConstantMean(), mi.MarketModel("EM")])
@pytest.mark.parametrize("instrument", ["KZ yield", "USD/KZT"])
def test_each_abnormal_move_is_that_of_a_study_of_its_session(model: object, instrument: str) -> None:
    panel, days = mixed_panel(4, holidays=0.03, missing=0.03), weekdays(700)
    found = largest_moves(panel, news([days[350]]), instrument, model=model)
    for at in (*found.chosen[:3], 5, len(found.ar) - 1):
        when = found.sessions[int(at)]
        study = mi.EventStudy(model, mi.Timeline(event=(0, 0))).run(
            panel, news([when]), pairs=[("e0", instrument)]
        )
        assert study.ar[0].iloc[0] == pytest.approx(found.ar[int(at)], rel=1e-9)
        assert study.sar[0].iloc[0] == pytest.approx(found.sar[int(at)], rel=1e-9)


def test_jumps_are_listed_with_the_news_beside_them() -> None:
    panel, days, jumps = jumpy()
    dated = news(
        [days[199], days[300], days[250]]
    )  # the eve of the first, the day of the second, and nowhere
    found = largest_moves(panel, dated, search=MoveSearch(n=3))
    frame = found.to_frame()
    assert frame["session"].tolist() == [pd.Timestamp(days[at]) for at in jumps]
    assert found.candidates == ((("e0", -1),), (("e1", 0),), ())
    assert frame["candidates"].tolist() == ["e0", "e1", ""]
    assert frame["distances"].tolist() == ["-1", "0", ""]
    assert found.share_matched == pytest.approx(2 / 3)
    assert found.chance_rate == pytest.approx(6 / len(found.ar))
    assert [one.test for one in found.matches] == [CHANCE_MATCH, SHIFTED_MATCH]
    assert found.matches[0].p_value < 0.001
    narrow = largest_moves(panel, dated, search=MoveSearch(n=3, before=0))
    assert narrow.candidates == ((), (("e1", 0),), ())
    later = largest_moves(panel, news([days[201]]), search=MoveSearch(n=3, before=0, after=1))
    assert later.candidates[0] == (("e0", 1),)


def test_dense_news_match_everything_and_prove_nothing() -> None:
    panel, days, _ = jumpy()
    found = largest_moves(panel, news(days[1::2]), search=MoveSearch(n=10))
    assert found.share_matched == 1.0
    assert found.chance_rate == 1.0
    assert not any(one.applies for one in found.matches)
    assert "all sessions have news beside them" in str(found.summary())


def test_permuting_the_news_changes_nothing() -> None:
    panel, days, _ = jumpy()
    one = largest_moves(panel, news([days[200], days[250]]), search=MoveSearch(n=5))
    events = mi.EventSet.from_events(list(news([days[200], days[250]]))[::-1])
    other = largest_moves(panel, events, search=MoveSearch(n=5))
    assert one.candidates == other.candidates
    assert [m.p_value for m in one.matches] == [m.p_value for m in other.matches]


def test_news_that_rolls_counts_at_its_session_and_stands_in_the_ledger() -> None:
    panel, days, jumps = jumpy()
    monday = next(int(at) for at in range(380, 400) if pd.Timestamp(days[at]).day_of_week == 0)
    saturday = days[monday] - np.timedelta64(2, "D")
    found = largest_moves(panel, news([saturday, "2031-01-01"]), search=MoveSearch(n=3))
    assert found.sessions[found.beside].tolist() == days[[monday, monday + 1]].tolist()
    assert found.ledger.to_frame()["status"].tolist() == ["used", "left out"]
    assert len(jumps) == 3


def test_what_it_shows() -> None:
    panel, days, _ = jumpy()
    found = largest_moves(panel, news([days[200]]), search=MoveSearch(n=3))
    text = str(found.summary())
    for words in (
        "Largest abnormal moves of KZ, constant mean",
        "33 % of the moves listed",
        "candidates, not causes",
    ):
        assert words in text
    assert "<table>" in found._repr_html_()
    assert "moves: " not in text
    assert repr(found).startswith("LargestMoves: KZ, constant mean: 33 % of the moves listed")
    assert repr(found).endswith("by chance")
    again = largest_moves(panel, news([days[200]]), search=MoveSearch(n=3))
    pd.testing.assert_frame_equal(found.to_frame(), again.to_frame())


def test_the_sign_of_a_currency_is_said() -> None:
    panel, days = mixed_panel(4), weekdays(700)
    found = largest_moves(panel, news([days[350]]), "USD/KZT", search=MoveSearch(n=3))
    assert found.sign == "+ = weaker KZT"
    assert "moves: + = weaker KZT" in str(found.summary())


def test_what_cannot_be_listed() -> None:
    panel, days, _ = jumpy()
    dated = news([days[200]])
    with pytest.raises(mi.InputError, match="n: is no count"):
        MoveSearch(n=0)
    with pytest.raises(mi.InputError, match="before: is no count"):
        MoveSearch(before=-1)
    with pytest.raises(mi.InputError, match="have an abnormal move, no more than are to be listed"):
        largest_moves(panel, dated, search=MoveSearch(n=400))
    with pytest.raises(mi.InputError, match="no event shows in any series"):
        largest_moves(panel, news(["2031-01-01"]))
    with pytest.raises(mi.InputError, match="model: is no least-squares model"):
        largest_moves(panel, dated, model="mean")
    short = price_panel({"KZ": np.linspace(100.0, 101.0, 80)}, weekdays(80))
    with pytest.raises(mi.InputError, match="0 sessions have an abnormal move"):
        largest_moves(short, news([weekdays(80)[40]]))


def test_news_of_a_day_that_may_show_in_two_sessions_stands_on_both() -> None:
    _, days, _ = jumpy()
    moves = 0.005 * np.random.default_rng(0).standard_normal(500)
    moves[[300, 301]] += (0.06, -0.05)
    panel = price_panel({"KZ": 100.0 * np.exp(np.cumsum(moves))}, days, snapshot=None)
    found = largest_moves(panel, news([days[300]], clock=None), search=MoveSearch(n=2, before=0))
    assert found.to_frame()["session"].tolist() == [pd.Timestamp(days[300]), pd.Timestamp(days[301])]
    assert found.candidates == ((("e0", 0),), (("e0", 0),))
    assert int(found.beside.sum()) == 2


def test_numbers_by_session_have_no_p_because_they_were_chosen() -> None:
    panel, days, jumps = jumpy()
    found = largest_moves(panel, news([days[300]]), search=MoveSearch(n=3))
    assert found.params.index.tolist() == [str(days[at]) for at in jumps]
    np.testing.assert_array_equal(found.params, found.ar[found.chosen])
    np.testing.assert_allclose(found.bse, found.ar[found.chosen] / found.sar[found.chosen])
    frame = found.to_frame()
    assert frame["n"].tolist() == [120, 120, 120], "the estimation window of the default timeline"
    assert frame[["p_value", "conf_low", "conf_high"]].isna().all().all()
    assert found.conf_int(0.5).isna().all().all()
    assert set(frame["note"]) == {"chosen for its size: no p, no interval"}
    assert found.model is None


def test_the_ledger_tells_which_news_cannot_match() -> None:
    panel, days, _ = jumpy()
    dated = news([days[5], days[100], days[250]])
    found = largest_moves(panel, dated, search=MoveSearch(n=3))
    first = np.datetime64(found.sessions[0], "D")
    assert days[100] < first <= days[250]
    rows = found.ledger.to_frame()
    assert rows["status"].tolist() == ["left out", "left out", "used"]
    assert rows["reason"].str.startswith("no session beside it has an abnormal move").tolist() == [
        True,
        True,
        False,
    ]
    said = [words for words in found.reading if "which cannot match: 2." in words]
    assert len(said) == 1
    # News one session before the first abnormal move can match it, and does not where no session before is looked at.
    eve = news([days[int(np.searchsorted(days, first)) - 1]])
    assert largest_moves(panel, eve, search=MoveSearch(n=3)).ledger.used == 1
    assert largest_moves(panel, eve, search=MoveSearch(n=3, before=0)).ledger.used == 0
