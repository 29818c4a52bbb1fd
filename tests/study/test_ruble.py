"""The ruble in February 2022 on the ECB's rates: moves that the news itself reports."""

from __future__ import annotations

import numpy as np
import pytest

import marketimpact as mi

INVASION = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow", place="RU")
SANCTIONS = mi.Event(
    "sanctions", announced_at="2022-02-26", zone="Europe/Brussels", precision="2d", place="RU"
)
WINDOWS = mi.Timeline(event=(-1, 1))


@pytest.fixture(scope="module")
def ruble() -> mi.Panel:
    return mi.fetch("ecb:EUR/RUB")


@pytest.mark.parametrize(
    ("event", "session", "simple", "rounding"),
    [(INVASION, "2022-02-24", 5.3, 0.05), (SANCTIONS, "2022-02-28", 24.8, 0.05)],
    ids=["invasion", "sanctions"],
)
def test_the_simple_move_of_the_day(ruble, event, session, simple, rounding):
    result = mi.EventStudy(model=mi.ConstantMean(), move="simple", timeline=WINDOWS).run(ruble, event)
    one = result.one(event.id)
    at = one.taus.tolist().index(0)
    assert str(one.session) == str(one.sessions[at]) == session
    assert [str(day) for day in one.candidates] == [session]
    assert one.moves[at] * 100 == pytest.approx(simple, abs=rounding)
    assert (one.kind.unit, one.kind.display_unit) == ("simple", "%")
    quotes = ruble["EUR/RUB"]
    place = quotes.index.get_loc(session)
    assert one.moves[at] == pytest.approx(quotes.iloc[place] / quotes.iloc[place - 1] - 1, rel=1e-13)


def test_the_log_move_of_the_invasion(ruble):
    """log(95.7175 / 90.8791) = 5.19 %."""
    one = mi.EventStudy(timeline=WINDOWS).run(ruble, INVASION).one("invasion")
    assert one.moves[1] == pytest.approx(np.log(95.7175 / 90.8791), rel=1e-13)
    assert one.moves[1] * 100 == pytest.approx(5.19, abs=0.005)
    assert one.kind.unit == "log"


def test_the_abnormal_move_is_the_move_less_the_mean_of_its_window(ruble):
    """120 moves that end 11 sessions before; the day of the invasion is the largest of them."""
    one = mi.EventStudy(timeline=WINDOWS).run(ruble, INVASION).one("invasion")
    levels = ruble["EUR/RUB"]
    at = levels.index.get_loc("2022-02-24")
    window = np.log(levels).diff().iloc[at - 130 : at - 10]
    assert one.estimation_sessions[0] == np.datetime64(window.index[0], "D")
    assert one.estimation_sessions[1] == np.datetime64(window.index[-1], "D")
    assert one.n_obs == len(window) == 120
    assert one.ar[1] == pytest.approx(one.moves[1] - one.params[0], rel=1e-12)
    assert one.params[0] == pytest.approx(window.mean(), abs=2e-5)
    assert one.rank.p_value == one.rank.p_floor == 1 / 121
    assert one.headline.p_value < 1e-9


def test_the_series_ends_on_1_march_and_the_windows_with_it(ruble):
    """Sanctions on the 28th: one session more was quoted."""
    longer = mi.EventStudy(timeline=mi.Timeline(event=(-1, 2))).run(ruble, [INVASION, SANCTIONS])
    ledger = longer.ledger.to_frame().set_index("event_id")
    assert ledger.loc["invasion", "status"] == "used"
    assert ledger.loc["sanctions", "status"] == "left out"
    assert (
        "the series ends on 2022-03-01, tau = 1; the event window asks for tau = 2"
        in ledger.loc["sanctions", "reason"]
    )


def test_a_day_in_almaty_has_two_rates_that_may_be_the_first(ruble):
    """5 January 2022, the day as a whole: the ECB's rate of the 5th may be before the news or after."""
    event = mi.Event("unrest", announced_at="2022-01-05", zone="Asia/Almaty", place="KZ")
    one = mi.EventStudy(timeline=WINDOWS).run(ruble, event).one("unrest")
    assert [str(day) for day in one.candidates] == ["2022-01-05", "2022-01-06"]
    assert one.headline.window == (0, 1)
    assert one.headline.estimate == pytest.approx(one.ar[1:].sum(), rel=1e-12)
    assert one.rank.p_floor == 1 / 120
    assert one.rank.p_floor < one.rank.p_value < 1.0


def test_clusters_weigh_alike_in_what_is_tested_and_pairs_in_the_average(ruble):
    """Two pieces of news in one week and one in another year: two clusters, three pairs."""
    earlier = mi.Event("earlier", announced_at="2019-02-26T09:00", zone="Europe/Moscow")
    result = mi.EventStudy(timeline=WINDOWS).run(ruble, [INVASION, SANCTIONS, earlier])
    cars = dict(zip(result.pairs.get_level_values("event_id"), result.car[(0, 0)], strict=True))
    row = result.to_frame("caar").query("term == 'CAAR' and tau_from == 0 and tau_to == 0").iloc[0]
    week = (cars["invasion"] + cars["sanctions"]) / 2
    assert (row["n"], row["n_clusters"], row["n_dates"]) == (3, 2, 3)
    assert row["estimate"] == pytest.approx((week + cars["earlier"]) / 2, rel=1e-12)
    assert row["pair_mean"] == pytest.approx(sum(cars.values()) / 3, rel=1e-12)
    assert row["pair_mean"] == pytest.approx(result.caar[(0, 0)].iloc[0], rel=1e-12)


def test_two_pieces_of_news_on_one_session_are_one_move(ruble):
    """Both are flagged, and the averages over events count their move once."""
    later = mi.Event("later", announced_at="2022-02-24T09:00", zone="Europe/Moscow")
    earlier = mi.Event("earlier", announced_at="2019-02-26T09:00", zone="Europe/Moscow")
    study = mi.EventStudy(timeline=WINDOWS)
    single, double = study.run(ruble, [INVASION, earlier]), study.run(ruble, [later, INVASION, earlier])
    assert double.ledger.to_frame()["status"].tolist() == ["flagged", "flagged", "used"]
    assert "counted once in averages" in double.ledger.to_frame()["reason"].iloc[0]
    assert len(double.pairs) == 3
    assert double.to_frame("caar").equals(single.to_frame("caar"))
    assert double.caar.equals(single.caar)
