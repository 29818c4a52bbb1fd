"""A news series on sessions: which days a session takes, by loops over a calendar, and what is never filled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.associate.news_series import NewsReading, read_news
from tests.associate.world import WEEKDAYS, led, news_of, panel_of
from tests.study.world import weekdays


def prices_on(days: np.ndarray) -> mi.Panel:
    levels = 100.0 + np.random.default_rng(0).standard_normal(len(days)).cumsum()
    return mi.Panel.from_frame(
        pd.Series(np.abs(levels) + 1.0, index=days), instruments=mi.SovereignBond("KZ", quoted="clean price")
    )


@settings(max_examples=25)
@given(
    st.integers(0, 10_000), st.sampled_from(("mean", "sum")), st.sampled_from(("session", "day before")),
    st.integers(-2, 3),
)  # fmt: skip
def test_a_session_takes_the_days_since_the_one_before(seed: int, how: str, until: str, lag: int) -> None:
    rng = np.random.default_rng(seed)
    sessions = weekdays(90)[rng.random(90) < 0.8]
    every = pd.date_range("2015-01-01", periods=140)
    every = every[rng.random(140) < 0.97]
    series = pd.Series(rng.standard_normal(len(every)), index=every)
    by_day = {day.date() - pd.Timedelta(days=lag).to_pytimedelta(): value for day, value in series.items()}
    found = read_news(series, prices_on(sessions), reading=NewsReading(how=how, until=until, dating_lag=lag))
    back = pd.Timedelta(days=0 if until == "session" else 1)
    for session, value in zip(found.sessions, found.news, strict=True):
        at = int(np.searchsorted(sessions, session))
        days = pd.date_range(
            pd.Timestamp(sessions[at - 1]) + pd.Timedelta(days=1) - back, pd.Timestamp(session) - back
        )
        values = [by_day.get(day.date()) for day in days]
        if None in values:
            assert np.isnan(value), "a missing day is not filled"
        else:
            assert value == pytest.approx(np.sum(values) if how == "sum" else np.mean(values))


@settings(max_examples=20)
@given(
    st.integers(0, 10_000), st.sampled_from(("mean", "sum")), st.sampled_from(("session", "day before")),
    st.integers(-2, 3),
)  # fmt: skip
def test_the_ledger_says_of_each_day_where_it_went(seed: int, how: str, until: str, lag: int) -> None:
    """Sums and means of the days that it calls used are the news, and no session is made of others."""
    rng = np.random.default_rng(seed)
    sessions = weekdays(90)[rng.random(90) < 0.8]
    every = pd.date_range("2014-12-20", periods=160)
    every = every[rng.random(160) < 0.97]
    values = np.where(rng.random(len(every)) < 0.03, np.nan, rng.standard_normal(len(every)))
    reading = NewsReading(how=how, until=until, dating_lag=lag)
    found = read_news(pd.Series(values, index=every), prices_on(sessions), reading=reading)
    rows = found.ledger.to_frame()
    assert rows["event_id"].tolist() == [str(day.date()) for day in every]
    used = (rows["status"] == "used").to_numpy()
    assert found.ledger.used == used.sum()
    made = pd.Series(values[used]).groupby(rows["session"][used].to_numpy()).agg(how)
    both = found.both
    assert made.index.tolist() == list(map(pd.Timestamp, found.sessions[both]))
    np.testing.assert_allclose(made.to_numpy(), found.news[both], rtol=1e-12, atol=1e-12)
    assert (rows.loc[~used, "reason"] != "").all()
    assert (rows.loc[np.isnan(values), "reason"] == "no value").all()
    about = pd.to_datetime(rows["local_time"])
    there = rows["session"].notna()
    assert (
        about[there] + pd.to_timedelta(rows["shift"][there].astype(int), unit="D") == rows["session"][there]
    ).all()


def test_the_ledger_in_words() -> None:
    days = weekdays(60)  # from Monday 5 January 2015
    series = pd.Series(np.arange(90.0), index=pd.date_range("2015-01-04", periods=90))
    series["2015-01-14"] = np.nan
    series = series.drop(pd.Timestamp("2015-01-17"))
    prices = prices_on(days)
    found = read_news(series, prices, reading=NewsReading(how="sum"))
    why = found.ledger.to_frame().set_index("event_id")["reason"]
    assert why["2015-01-05"] == "on or before the first session, which has no move"
    assert why["2015-01-06"] == ""
    assert why["2015-01-10"] == "one of 3 days in the sum of 2015-01-12"
    assert why["2015-01-14"] == "no value"
    assert why["2015-01-18"] == "one of 3 days in the sum of 2015-01-19, of which 1 has no value"
    assert why["2015-04-01"] == "after the last session"
    again = read_news(series, prices, reading=NewsReading(how="sum"))
    assert again == found
    assert again.ledger == found.ledger
    other = read_news(series.drop(pd.Timestamp("2015-01-18")), prices, reading=NewsReading(how="sum"))
    assert other.ledger != found.ledger


def test_a_paper_of_the_next_morning() -> None:
    """A value dated Tuesday is about Monday, and Saturday's, Sunday's and Monday's papers about Friday to Sunday."""
    days = weekdays(60)
    series = pd.Series(np.arange(120.0), index=pd.date_range("2015-01-01", periods=120))
    found = read_news(series, prices_on(days), reading=NewsReading(how="sum", dating_lag=1))
    tuesday = int(np.flatnonzero(found.sessions == np.datetime64("2015-01-13"))[0])
    assert found.news[tuesday] == series["2015-01-14"]
    monday = tuesday - 1
    assert found.news[monday] == series["2015-01-11"] + series["2015-01-12"] + series["2015-01-13"]


def test_weekdays_alone_where_the_source_has_no_others() -> None:
    news, panel = led(0)
    found = read_news(news, panel, reading=WEEKDAYS)
    np.testing.assert_allclose(found.news, news.to_numpy())
    assert found.counted.startswith("500 sessions from 2015-01-06 to ")
    with pytest.warns(
        mi.MarketImpactWarning,
        match=r"^100 of 500 sessions have no news.*Saturdays and Sundays.*days='weekdays'",
    ) as caught:
        strict = read_news(news, panel)  # every Monday lacks its weekend
    assert len(caught) == 1
    assert int(np.isnan(strict.news).sum()) == 99
    assert "without all days of news" in strict.counted
    weekend = news.copy()
    weekend.loc[pd.Timestamp("2016-12-31")] = 1.0
    with pytest.raises(mi.DataError, match="has values on weekends; received '2016-12-31'"):
        read_news(weekend.sort_index(), panel, reading=WEEKDAYS)


def test_a_series_with_a_weekend_value_loses_mondays_without_a_warning_that_would_not_help() -> None:
    news, panel = led(0)
    news.loc[pd.Timestamp("2016-12-31")] = 1.0
    assert int(np.isnan(read_news(news.sort_index(), panel).news).sum()) == 99  # days='weekdays' refuses it


def test_holes_are_counted_and_move_nothing_else() -> None:
    news, panel = led(0)
    holed = news.copy()
    holed.iloc[100] = np.nan
    one, other = read_news(news, panel, reading=WEEKDAYS), read_news(holed, panel, reading=WEEKDAYS)
    assert np.isnan(other.news[100])
    np.testing.assert_array_equal(np.delete(one.news, 100), np.delete(other.news, 100))
    assert "1 without all days of news" in other.counted
    absent = read_news(news.drop(news.index[100]), panel, reading=WEEKDAYS)
    np.testing.assert_array_equal(absent.news, other.news)


def test_sizes_are_absolute_moves() -> None:
    news, panel = led(0)
    plain = read_news(news, panel, reading=WEEKDAYS)
    sizes = read_news(news, panel, reading=replace(WEEKDAYS, of="size"))
    np.testing.assert_array_equal(sizes.moves, np.abs(plain.moves))
    assert sizes.moves_words == "sizes of moves of KZ"
    assert plain.to_frame().columns.tolist() == ["session", "news", "move"]
    assert plain == read_news(news, panel, reading=WEEKDAYS)


def test_what_is_no_news_series() -> None:
    news, panel = led(0, n=100)
    cases = [
        (news.to_numpy(), mi.InputError, "is no series of dates"),
        (news.reset_index(drop=True), mi.InputError, "is no series of dates"),
        (news.astype(str), mi.DataError, "does not hold numbers"),
        (news > 0, mi.DataError, "does not hold numbers"),
        (news.iloc[::-1], mi.DataError, "is not of dates in order"),
        (news.set_axis(news.index + pd.Timedelta(hours=9)), mi.DataError, "is not of dates in order"),
        (pd.concat([news.iloc[:1], news]), mi.DataError, "has a date more than once; received '2015-01-06'"),
        (news.replace(news.iloc[3], np.inf), mi.DataError, "is infinite; received '2015-01-09'"),
        (news.iloc[:0], mi.DataError, "is empty"),
        (news.iloc[:20], mi.InputError, "meets 20 moves of KZ"),
        (0.0 * news, mi.InputError, "does not vary where both are known"),
    ]
    for series, kind, match in cases:
        with pytest.raises(kind, match=match):
            read_news(series, panel, reading=WEEKDAYS)
    with pytest.raises(mi.InputError, match="instrument: must be named"):
        read_news(news, panel.join(panel_of(np.ones(5) * 0.01, "TR")))
    with pytest.raises(mi.InputError, match="is not in the panel"):
        read_news(news_of(np.ones(4)), panel, "XX")


@pytest.mark.parametrize(
    ("keywords", "match"),
    [
        ({"how": "median"}, "how: is not known"),
        ({"until": "now"}, "until: is not known"),
        ({"of": "level"}, "of: is not known"),
        ({"days": "some"}, "days: is not known"),
        ({"dating_lag": 0.5}, "dating_lag: is no number of days"),
        ({"level": 0.0}, "level: no level"),
    ],
)
def test_readings_that_are_none(keywords: dict[str, object], match: str) -> None:
    with pytest.raises(mi.InputError, match=match):
        NewsReading(**keywords)  # type: ignore[arg-type]
