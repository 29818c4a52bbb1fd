"""Real cases without data of others: Almaty in January 2022, Moscow in February and March, a rate dated a day late.

What no free source gives is simulated around the facts: when the markets were shut, and what stood still.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi

SHORT = mi.Timeline(event=(-1, 1))


def walk(first: str, last: str, level: float, sigma: float, seed: int) -> pd.Series:
    """A simulated series on weekdays: a random walk in logs."""
    days = pd.bdate_range(first, last)
    moves = sigma * np.random.default_rng(seed).standard_normal(len(days))
    return pd.Series(level * np.exp(np.cumsum(moves)), index=days)


def rows_of(result: mi.StudyResult) -> pd.DataFrame:
    return result.ledger.to_frame().set_index(["event_id", "instrument"])


# Kazakhstan, January 2022.


@pytest.fixture(scope="module")
def airport() -> mi.Event:
    """Reported seized at 22:52 in Almaty: 16:52 in London, 11:52 in New York."""
    return mi.datasets.load_events("kazakhstan_2022")["kz-2022-01-05-airport"]


def test_one_bond_at_two_closes_has_two_event_sessions(airport: mi.Event) -> None:
    panel = mi.datasets.load_panel("kazakhstan_2045")
    closes = {"London": "16:30 Europe/London", "New York": "17:00 America/New_York"}
    two = mi.Panel.from_frame(
        pd.DataFrame(dict.fromkeys(closes, panel["KZ 2045"])),
        instruments=[
            mi.SovereignBond(name, quoted="yield", issuer="KZ", snapshot=at) for name, at in closes.items()
        ],
        provenance=panel.quotes_of("KZ 2045").provenance,
    )
    result = mi.EventStudy(timeline=SHORT).run(two, airport, pairs="place")
    rows = rows_of(result).loc["kz-2022-01-05-airport"]
    assert rows["candidates"].to_dict() == {"London": "2022-01-06", "New York": "2022-01-05"}
    assert rows["snapshot"].astype(str).tolist() == ["2022-01-06 16:30:00+00:00", "2022-01-05 22:00:00+00:00"]
    moves = [result.one("kz-2022-01-05-airport", name).moves[1] for name in closes]
    np.testing.assert_allclose(moves, [-7.0, 33.0], atol=1e-9)
    assert result.panel.stamp == "RECONSTRUCTION"


def test_three_markets_of_almaty_open_on_three_days() -> None:
    """Government securities were shut from 6 to 9 January, shares to the 10th, currencies to the 11th."""
    levels = walk("2021-05-03", "2022-02-28", 100.0, 0.002, seed=1)
    last_closed = {"securities": 9, "shares": 10, "currency": 11}
    instruments = [
        mi.SovereignBond(
            name,
            quoted="clean price",
            snapshot="17:00 Asia/Almaty",
            closures=(mi.Closure("2022-01-06", f"2022-01-{day:02}", reason="unrest"),),
        )
        for name, day in last_closed.items()
    ]
    panel = mi.Panel.from_frame(pd.DataFrame(dict.fromkeys(last_closed, levels)), instruments=instruments)
    news = mi.Event("troops", announced_at="2022-01-06T12:00", zone="Asia/Almaty")
    rows = rows_of(mi.EventStudy(timeline=SHORT).run(panel, news, pairs="all")).loc["troops"]
    assert rows["session"].dt.day.to_dict() == {"securities": 10, "shares": 11, "currency": 12}
    assert rows["span"].to_dict() == {"securities": 3, "shares": 4, "currency": 5}, "weekdays from the 6th on"
    for name, day in last_closed.items():
        assert f"closed 2022-01-06 to 2022-01-{day:02} (unrest)" in rows.loc[name, "reason"]


@pytest.fixture(scope="module")
def tenge() -> pd.Series:
    """A simulated USD/KZT, but for 3 to 13 January 2022: the official rate stood at 431.80 or 431.81, then 433.78."""
    levels = walk("2021-05-03", "2022-02-28", 1.0, 0.0025, seed=20220105)
    before, after = levels[:"2021-12-31"], levels["2022-01-13":]
    stood = pd.Series(
        [431.80, 431.81, 431.80, 431.80, 431.81, 431.81, 431.80, 431.80],
        index=pd.bdate_range("2022-01-03", "2022-01-12"),
    )
    return pd.concat([before * 431.20 / before.iloc[-1], stood, after * 433.78 / after.iloc[0]]).round(2)


def in_tenge(levels: pd.Series, *closures: tuple[str, str]) -> mi.Panel:
    pair = mi.CurrencyPair("USD", "KZT", snapshot="15:30 Asia/Almaty", closures=closures)  # type: ignore[arg-type]
    return mi.Panel.from_frame(levels, instruments=pair)


EMERGENCY = mi.Event("emergency", announced_at="2022-01-05T16:10", zone="Asia/Almaty", place="KZ")


def test_an_official_rate_of_a_shut_market_is_found_and_refused(tenge: pd.Series) -> None:
    panel = in_tenge(tenge)
    found = [one for one in mi.inspect(panel) if one.kind == "frozen run"]
    assert [(one.value, str(one.first), str(one.last)) for one in found] == [(8, "2022-01-03", "2022-01-12")]
    result = mi.EventStudy(timeline=SHORT).run(panel, EMERGENCY)
    assert result.to_frame().empty
    assert (
        "not quoted: 8 quotes that stand still from 2022-01-03 to 2022-01-12"
        in rows_of(result)["reason"].iloc[0]
    )


def test_declared_shut_the_emergency_shows_where_the_rate_moves_again(tenge: pd.Series) -> None:
    panel = in_tenge(tenge, ("2022-01-03", "2022-01-12"))
    assert panel.quotes_of("USD/KZT").notes == (
        "8 of 216 quotes on days on which the market was closed (2022-01-03 to 2022-01-12): not quoted",
    )
    assert [one.kind for one in mi.inspect(panel)] == ["on loading", "closure"]
    result = mi.EventStudy(timeline=SHORT).run(panel, EMERGENCY)
    one = result.one("emergency")
    assert (str(one.session), one.span_ratio[0], one.status) == ("2022-01-13", 9, "flagged")
    assert one.moves[1] == pytest.approx(np.log(433.78 / 431.20), rel=1e-12)
    assert "closed 2022-01-03 to 2022-01-12" in one.reason


def test_a_true_closure_makes_no_answer_of_what_stood_still(tenge: pd.Series) -> None:
    """Currencies were shut from 6 to 11 January; the rates of the 5th and the 12th are the same, and no reaction."""
    panel = in_tenge(tenge, ("2022-01-06", "2022-01-11"))
    result = mi.EventStudy(timeline=SHORT).run(panel, EMERGENCY)
    assert result.to_frame().empty


# Moscow, 2022: no government bond was quoted from 25 February to 21 March, 17 weekdays.


@pytest.fixture(scope="module")
def ofz() -> mi.Panel:
    """A simulated yield, with +150 bp on 24 February and +200 bp over the closure."""
    days = pd.bdate_range("2021-06-01", "2022-05-31")
    levels = pd.Series(8.0 + np.cumsum(np.random.default_rng(24).normal(0.0, 0.04, len(days))), index=days)
    levels["2022-02-24":] += 1.5
    levels["2022-03-22":] += 2.0
    bond = mi.SovereignBond("OFZ", quoted="yield", issuer="RU", snapshot="18:45 Europe/Moscow")
    return mi.Panel.from_frame(levels.drop(pd.bdate_range("2022-02-25", "2022-03-21")), instruments=bond)


def moscow(name: str, announced_at: str) -> mi.Event:
    return mi.Event(name, announced_at=announced_at, zone="Europe/Moscow", place="RU")


MORNING = moscow("morning", "2022-02-24T05:50")
ACROSS = (
    moscow("evening", "2022-02-24T21:00"),
    moscow("in between", "2022-02-28T10:00"),
    moscow("reopening", "2022-03-22T09:00"),
)
SPANNED = "several sessions: from 2022-02-24 to 2022-03-22, 18 sessions"


def test_a_closure_of_weeks_is_found(ofz: mi.Panel) -> None:
    (found,) = mi.inspect(ofz)
    assert str(found) == "OFZ, closure: no quotes from 2022-02-25 to 2022-03-21, 17 weekdays"


def test_a_move_across_a_closure_is_kept_flagged_and_counted_once(ofz: mi.Panel) -> None:
    result = mi.EventStudy(timeline=SHORT).run(ofz, [MORNING, *ACROSS], pairs="place")
    rows = rows_of(result).droplevel("instrument")
    assert (rows["status"] == "flagged").all(), "tau = 1 of the morning is the move across the closure"
    for news in ACROSS:
        one, row = result.one(news.id), rows.loc[news.id]
        assert (str(one.session), row["span"]) == ("2022-03-22", 18)
        assert one.moves[1] == pytest.approx(200.0, abs=60.0), "4 bp times root 18 is 17 bp"
        assert SPANNED in row["reason"]
        assert "one move, counted once in averages" in row["reason"]
    assert rows["shift"].to_dict() == {"morning": 0, "evening": 26, "in between": 22, "reopening": 0}
    assert "26 days lie between the event and its session" in rows.loc["evening", "reason"]
    assert "rolled to the next session, 2022-03-22" in rows.loc["in between", "reason"]
    assert len(result.kinds["yield change [bp]"]) == 2, "four pieces of news, two moves"


def test_a_move_across_a_closure_is_left_out_or_an_error_on_request(ofz: mi.Panel) -> None:
    leave = mi.EventStudy(timeline=SHORT, policies=mi.Policies(spanned="leave_out"))
    result = leave.run(ofz, [MORNING, *ACROSS], pairs="place")
    assert result.pairs.get_level_values("event_id").tolist() == ["morning"]
    for reason in rows_of(result).droplevel("instrument").loc[[news.id for news in ACROSS], "reason"]:
        assert f"{SPANNED}, and the policy is to leave it out" in reason
    refuse = mi.EventStudy(timeline=SHORT, policies=mi.Policies(spanned="raise"))
    assert refuse.run(ofz, MORNING).one("morning").moves[1] == pytest.approx(150.0, abs=20.0)
    for news in ACROSS:
        with pytest.raises(mi.InputError, match=rf"spans several sessions: {news.id} on OFZ"):
            refuse.run(ofz, news)


def test_news_within_a_closure_rolls_and_news_after_a_close_does_not(ofz: mi.Panel) -> None:
    """The 24th was quoted, so the news of its evening has a day; the 28th was not."""
    for roll, day in (("previous", "2022-02-24"), ("nearest", "2022-02-24"), ("drop", None)):
        study = mi.EventStudy(timeline=SHORT, policies=mi.Policies(roll=roll))  # type: ignore[arg-type]
        rows = rows_of(study.run(ofz, ACROSS, pairs="place")).droplevel("instrument")
        assert str(rows.loc["evening", "session"].date()) == "2022-03-22"
        row = rows.loc["in between"]
        if day is None:
            assert row["status"] == "left out"
        else:
            assert str(row["session"].date()) == day
            assert f"rolled back to the last session before it, {day}" in row["reason"]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (ACROSS[1], "the series ends on 2022-03-01, tau = 1; the event window asks for tau = 2"),
        (ACROSS[2], "no snapshot after the event: the series ends on 2022-03-01"),
    ],
    ids=["28 February", "22 March"],
)
def test_the_ruble_of_the_ecb_ends_before_the_news(event: mi.Event, words: str) -> None:
    result = mi.EventStudy(timeline=mi.Timeline(event=(-5, 2))).run(mi.fetch("ecb:EUR/RUB"), event)
    assert rows_of(result)["reason"].iloc[0].startswith(words)


# A central bank that dates its rate by the day it is in force: set Monday to Friday, dated Tuesday to Saturday.


@pytest.fixture(scope="module")
def exchange() -> pd.Series:
    """A simulated USD/RUB of an exchange, +8 % on 24 February 2022."""
    levels = walk("2021-06-01", "2022-03-31", 73.0, 0.005, seed=23)
    levels["2022-02-24":] *= 1.08
    return levels


def official(exchange: pd.Series, **terms: object) -> mi.Panel:
    in_force = pd.Series(exchange.to_numpy(), index=exchange.index + pd.Timedelta(days=1)).round(4)
    pair = mi.CurrencyPair("USD", "RUB", snapshot="15:30 Europe/Moscow", **terms)  # type: ignore[arg-type]
    return mi.Panel.from_frame(in_force, instruments=pair)


def test_dates_of_the_day_in_force_are_found(exchange: pd.Series) -> None:
    (found,) = mi.inspect(official(exchange))
    assert found.kind == "dated in force"
    assert "propose dating_lag=1" in found.words
    put_back = mi.inspect(official(exchange, dating_lag=1))
    assert "dated in force" not in {one.kind for one in put_back}


def test_put_back_a_rate_moves_on_the_day_of_the_news(exchange: pd.Series) -> None:
    late = mi.EventStudy(timeline=SHORT).run(official(exchange), MORNING)
    assert np.abs(late.ar.to_numpy()).argmax() == 2, "the rate set on the 24th is dated the 25th"
    result = mi.EventStudy(timeline=SHORT).run(official(exchange, dating_lag=1), MORNING)
    one = result.one("morning")
    assert one.quotes.sessions.tolist() == [day.date() for day in exchange.index]
    set_on = np.log(exchange["2022-02-24"] / exchange["2022-02-23"])
    assert one.moves[1] == pytest.approx(set_on, abs=2e-6)  # rates of four digits
    row = rows_of(result).iloc[0]
    assert (str(row["session"].date()), row["dating_lag"], row["span"]) == ("2022-02-24", 1, 1)
    assert rows_of(late)["dating_lag"].tolist() == [0]
