"""Real news on real series of the shared folder: what a sceptical reader of the history would expect."""

from __future__ import annotations

import json
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from tests.sources.turkish import CG37, bid_yield

LONDON, NEW_YORK = "16:30 Europe/London", "17:00 America/New_York"
COUP, TARIFFS = "tr-2016-07-15-coup", "tr-2018-08-10-tariffs"
ELECTION, SATURDAY, SANCTIONS = "tr-2018-06-24-election", "tr-2019-07-06-governor", "tr-2018-08-01-sanctions"


def turkish_events(shared: Path) -> mi.EventSet:
    return mi.read_events(shared / "data" / "turkey_events.csv")


def bond(shared: Path, snapshot: str | None) -> mi.Panel:
    """The bid yield of the Turkish bond of 2045, quoted at a time of our choice: its own is not known."""
    terms = mi.SovereignBond(CG37, quoted="yield", issuer="TR", currency="USD", snapshot=snapshot)
    return mi.Panel.from_frame(bid_yield(shared)[CG37], instruments=terms)


def rows_of(result: mi.StudyResult) -> pd.DataFrame:
    return result.ledger.to_frame().set_index("event_id")


# The coup attempt of Friday, 15 July 2016, 22:30 in Istanbul: 20:30 in London, 15:30 in New York.


@pytest.mark.parametrize(
    ("snapshot", "candidates"),
    [(None, "2016-07-15 2016-07-18"), (LONDON, "2016-07-18"), (NEW_YORK, "2016-07-15")],
)
def test_the_coup_shows_on_friday_or_on_monday(shared: Path, snapshot: str | None, candidates: str) -> None:
    row = rows_of(mi.EventStudy().run(bond(shared, snapshot), turkish_events(shared))).loc[COUP]
    assert row["candidates"] == candidates
    assert (row["status"], "may be any of tau = 0 to 1" in row["reason"]) == ("flagged", snapshot is None)


def test_of_friday_and_monday_the_largest_is_monday(shared: Path) -> None:
    """5.07, 5.10, 5.32, 5.37, 5.80 and 5.78 % from the 14th on; one ordinary move, of 24 June, is larger than 22 bp.

    Of 120 ordinary moves and the two candidates two are as large as Monday's, itself included.
    """
    result = mi.EventStudy().run(bond(shared, None), turkish_events(shared))
    one = result.one(COUP)
    after = one.taus >= 0
    np.testing.assert_allclose(one.moves[after], [3, 22, 5, 43, -2, -15], atol=1e-9)
    bp = 100 * bid_yield(shared)[CG37].diff()
    at = bp.index.get_loc("2016-07-15")
    assert bp.iloc[at - 130 : at - 10].abs().nlargest(2).round(1).tolist() == [27.0, 16.0]
    assert one.which_day.statistic == 1.0
    assert one.which_day.p_value == pytest.approx(1 - comb(120, 2) / comb(122, 2), rel=1e-12)
    assert one.which_day.p_floor == pytest.approx(2 / 122)
    tests = result.tests.set_index(["event_id", "term"])
    assert tests.loc[(COUP, "which day"), "tau_from"] == 1


def test_shifted_by_two_sessions_the_coup_moves_most(shared: Path) -> None:
    """On 20 July came a state of emergency and a lower rating: the largest day is not the first after the news."""
    table = mi.EventStudy().run(bond(shared, LONDON), turkish_events(shared)).shift_sensitivity()
    coup = table[table["event_id"] == COUP].set_index("shift")
    np.testing.assert_allclose(
        coup["estimate"], [2, 3, 22, 5, 43], atol=1.0
    )  # the mean of a session is below 1 bp
    assert (coup["tau_from"] == coup.index).all()
    assert coup["p_rank"].idxmin() == 2
    assert coup.loc[2, "p_rank"] == coup.loc[2, "p_floor"] == pytest.approx(1 / 121)


# The tariffs of Friday, 10 August 2018, 08:47 in New York: before both closes.


@pytest.mark.parametrize(
    ("snapshot", "candidates", "moves"),
    [
        (None, "2018-08-10 2018-08-13", [34, 100]),
        (LONDON, "2018-08-10", [34]),
        (NEW_YORK, "2018-08-10", [34]),
    ],
)
def test_the_tariffs_show_on_the_day(
    shared: Path, snapshot: str | None, candidates: str, moves: list[int]
) -> None:
    result = mi.EventStudy().run(bond(shared, snapshot), turkish_events(shared))
    assert rows_of(result).loc[TARIFFS, "candidates"] == candidates
    one = result.one(TARIFFS)
    np.testing.assert_allclose(one.moves[5 : 5 + len(moves)], moves, atol=1e-9)
    assert one.headline.estimate == pytest.approx(sum(moves), abs=3.0)


def test_windows_of_other_news_stay_out_of_the_tariffs_estimation(shared: Path) -> None:
    """Eleven sessions around the election; two of the sanctions', 25 and 26 July, lie before tau = -10."""
    row = rows_of(mi.EventStudy().run(bond(shared, LONDON), turkish_events(shared))).loc[TARIFFS]
    assert (row["estimation_used"], row["estimation_lost"], row["contaminated"]) == (107, 13, 13)
    kept = mi.EventStudy(policies=mi.Policies(contamination="keep"))
    assert (
        rows_of(kept.run(bond(shared, LONDON), turkish_events(shared))).loc[TARIFFS, "estimation_used"] == 120
    )


# Sunday, 24 June 2018, and Saturday, 6 July 2019. From London's Friday close to the Saturday are five hours and a
# half, from its end to Monday's close 42 and a half; of the Sunday 29 and a half and 18 and a half. In New York the
# Friday's close falls on midnight in Istanbul, to the second, and so before the Saturday.


@pytest.mark.parametrize("snapshot", [LONDON, NEW_YORK])
@pytest.mark.parametrize(
    ("roll", "election", "saturday"),
    [
        ("next", "2018-06-25", "2019-07-08"),
        ("previous", "2018-06-22", "2019-07-05"),
        ("nearest", "2018-06-25", "2019-07-05"),
        ("drop", None, None),
    ],
)
def test_a_weekend_rolls_as_asked(
    shared: Path, snapshot: str, roll: str, election: str | None, saturday: str | None
) -> None:
    study = mi.EventStudy(policies=mi.Policies(roll=roll))  # type: ignore[arg-type]
    rows = rows_of(study.run(bond(shared, snapshot), turkish_events(shared)))
    for name, day in ((ELECTION, election), (SATURDAY, saturday)):
        row = rows.loc[name]
        if day is None:
            assert (row["status"], pd.isna(row["session"])) == ("left out", True)
            assert "the policy is to leave such events out" in row["reason"]
        else:
            assert str(row["session"].date()) == row["candidates"] == day
            rolled_back = row["shift"] < 0
            assert (
                "rolled back to the last session before it" in row["reason"],
                "rolled to the next" in row["reason"],
            ) == (
                rolled_back,
                not rolled_back,
            )


def test_a_saturday_may_be_friday_where_the_clock_is_unknown(shared: Path) -> None:
    rows = rows_of(mi.EventStudy().run(bond(shared, None), turkish_events(shared)))
    assert rows.loc[SATURDAY, "candidates"] == "2019-07-05 2019-07-08"
    assert rows.loc[ELECTION, "candidates"] == "2018-06-25"


def test_the_bad_asks_of_a_turkish_bond_are_found(shared: Path) -> None:
    raw = pd.read_csv(shared / "data" / "turkey_dollar_bonds" / "US900123CB40.csv")
    day = pd.to_datetime(raw["Maturity"], format="%d.%m.%Y") - pd.to_timedelta(raw["Days Until"], unit="D")
    both = raw.set_index(pd.DatetimeIndex(day))[["Buy Rate", "Sell Rate"]]
    terms = [mi.SovereignBond(name, quoted="yield", issuer="TR") for name in both]
    findings = mi.inspect(mi.Panel.from_frame(both, instruments=terms))
    spikes = [(one.instrument, str(one.first)) for one in findings if one.kind == "spike that reverts"]
    assert spikes == [("Sell Rate", day) for day in ("2015-04-13", "2016-01-11", "2016-08-10")]


# Announcements of the FOMC: clock times of twelve hours, New York.


def fomc(shared: Path, *, first: str = "1988", scheduled: bool = False) -> mi.EventSet:
    raw = pd.read_csv(shared / "data" / "fomc_announcements.csv")
    raw = raw[(raw["Date"] >= first) & ((raw["Unscheduled"] == 0) | (not scheduled))]
    when = pd.to_datetime(raw["Date"] + " " + raw["Time"], format="%Y-%m-%d %I:%M%p")
    frame = pd.DataFrame({"announced_at": when, "zone": "America/New_York", "title": "FOMC announcement"})
    return mi.EventSet.from_frame(frame.assign(id="fomc-" + when.dt.strftime("%Y-%m-%dT%H:%M")))


def treasuries(shared: Path) -> mi.Panel:
    terms = {
        column: mi.SovereignBond(
            f"UST {column}", quoted="yield", issuer="US", snapshot="15:30 America/New_York"
        )
        for column in ("2yr", "10yr")
    }
    return mi.read_prices(shared / "data" / "us_treasury_par_curve.csv", terms)


def test_a_clock_of_twelve_hours_is_read_with_its_zone(shared: Path) -> None:
    events = fomc(shared)
    assert len(events) == 315
    starts = {name: str(start) for name, start in zip(events.ids, events.start, strict=True)}
    assert starts["fomc-2013-06-19T14:00"] == "2013-06-19T18:00:00", "summer time"
    assert starts["fomc-2018-12-19T14:00"] == "2018-12-19T19:00:00"


def test_the_same_announcement_meets_each_market_at_its_own_close(shared: Path) -> None:
    """1 August 2018, 14:00 in New York: before the marks of Treasuries, after the close of London."""
    events, others = turkish_events(shared), fomc(shared)
    on_bond = mi.EventStudy().run(bond(shared, LONDON), events, confounders=others)
    words = rows_of(on_bond)["confounders"]
    assert words[SANCTIONS] == "FOMC announcement, 2018-08-01 14:00 New York, tau = 1"
    assert words[ELECTION] == "FOMC announcement, 2018-06-13 14:00 New York, tau = -5", (
        "14 and 15 June are not quoted"
    )
    assert (words.drop([SANCTIONS, ELECTION]) == "").all()
    at_home = mi.EventStudy().run(treasuries(shared), events, pairs="all", confounders=others)
    words = rows_of(at_home)["confounders"]
    assert words[SANCTIONS].tolist() == ["FOMC announcement, 2018-08-01 14:00 New York, tau = 0"] * 2


def test_without_the_confounded_the_others_stay_as_they_are(shared: Path) -> None:
    result = mi.EventStudy().run(
        bond(shared, LONDON), turkish_events(shared), confounders=fomc(shared, first="2014")
    )
    lost = {}
    for window in ("headline", "event"):
        both = result.excluding_confounded(window)  # type: ignore[arg-type]
        pd.testing.assert_frame_equal(both.without.ar, result.ar.loc[both.without.pairs])
        lost[window] = {*result.pairs.get_level_values(0)} - {*both.without.pairs.get_level_values(0)}
        frame = both.to_frame().query("term == 'CAAR headline'").set_index("sample")
        assert frame["n"].to_dict() == {"all pairs": 6, "without confounded": 6 - len(lost[window])}
    assert lost == {"headline": {SANCTIONS}, "event": {SANCTIONS, ELECTION}}


@pytest.fixture(scope="module")
def announcements(shared: Path) -> mi.StudyResult:
    """Scheduled announcements of 2010-2018 on the 2- and the 10-year yield."""
    study = mi.EventStudy(timeline=mi.Timeline(event=(-1, 1)))
    return study.run(treasuries(shared), fomc(shared, first="2010", scheduled=True), pairs="all")


def curve_and_places(shared: Path) -> tuple[pd.DataFrame, list[int]]:
    """Levels [percent], and where the announcements stand in them: all were made before the marks of their day."""
    levels = pd.read_csv(shared / "data" / "us_treasury_par_curve.csv", index_col="date")[["2yr", "10yr"]]
    days = [name[5:15] for name in fomc(shared, first="2010", scheduled=True).ids]
    return levels, [levels.index.get_loc(day) for day in days]


def test_eight_announcements_a_year_leave_enough_to_estimate(
    announcements: mi.StudyResult, shared: Path
) -> None:
    """Of 120 sessions three go to each of the three or four announcements before; the series begins in 2010."""
    rows = announcements.ledger.to_frame()
    lost = rows[rows["status"] == "left out"]
    assert len(rows) == 144
    assert {*lost["event_id"]} == {"fomc-2010-01-27T14:15", "fomc-2010-03-16T14:15"}
    _, places = curve_and_places(shared)
    taken = np.array([at + tau for at in places for tau in (-1, 0, 1)])
    inside = [np.count_nonzero((taken >= max(at - 130, 1)) & (taken <= at - 11)) for at in places]
    for _, own in rows.groupby("instrument"):
        assert own["contaminated"].tolist() == inside
        assert own["estimation_used"].tolist() == [
            min(120, max(at - 11, 0)) - n for at, n in zip(places, inside, strict=True)
        ]
    assert np.median(rows["estimation_used"]) == 108


def test_the_average_announcement_by_hand(announcements: mi.StudyResult, shared: Path) -> None:
    """Plain means over the sessions left, one number a date: holidays weigh a little, so the digits are few."""
    levels, places = curve_and_places(shared)
    moves = 100 * levels.diff().to_numpy()
    taken = {at + tau for at in places for tau in (-1, 0, 1)}
    means = []
    for at in places[2:]:
        window = [i for i in range(max(at - 130, 1), at - 10) if i not in taken]
        means.append((moves[at] - moves[window].mean(axis=0)).mean())
    t = np.mean(means) / (np.std(means, ddof=1) / np.sqrt(len(means)))
    row = announcements.to_frame("caar").set_index("term").loc["CAAR headline"]
    assert (row["n"], row["n_clusters"], row["df"]) == (140, 70, 69)
    assert row["estimate"] == pytest.approx(np.mean(means), abs=0.03)
    assert row["statistic"] == pytest.approx(t, rel=0.05)


def test_an_announcement_moves_yields_both_ways(announcements: mi.StudyResult) -> None:
    """Its average says nothing, p = .5, and yet its days are twice as volatile as those before."""
    row = announcements.to_frame("caar").set_index("term").loc["CAAR headline"]
    assert row["p_value"] > 0.3
    variance = (announcements.sar**2).groupby(level="instrument").mean()
    assert (variance[0] > 1.8).all()
    assert (variance[-1] < 1.0).all()


# The hryvnia in Warsaw: 83 equal fixings until the devaluation of 21 July 2022, 172 from 29 July.


def hryvnia(shared: Path) -> mi.Panel:
    pair = mi.CurrencyPair("UAH", "PLN", snapshot="12:15 Europe/Warsaw")
    return mi.read_prices(shared / "data" / "nbp_pln_per_uah.csv", pair, value="pln_per_uah")


def test_frozen_fixings_are_found(shared: Path) -> None:
    runs = [one for one in mi.inspect(hryvnia(shared)) if one.kind == "frozen run"]
    assert [(int(one.value), str(one.first), str(one.last)) for one in runs] == [
        (20, "2022-02-24", "2022-03-23"),
        (83, "2022-03-24", "2022-07-21"),
        (172, "2022-07-29", "2023-04-03"),
    ]


@pytest.mark.parametrize(
    ("when", "run"),
    [
        ("2022-10-10T08:20", "172 quotes that stand still from 2022-07-29 to 2023-04-03"),
        ("2022-07-21T09:00", "83 quotes that stand still from 2022-03-24 to 2022-07-21"),
    ],
    ids=["missiles", "devaluation"],
)
def test_a_frozen_fixing_is_no_answer(shared: Path, when: str, run: str) -> None:
    """In the morning of the devaluation Warsaw still fixed the old rate: that is no move of nought either."""
    news = mi.Event("news", announced_at=when, zone="Europe/Kyiv")
    result = mi.EventStudy(timeline=mi.Timeline(event=(0, 0))).run(hryvnia(shared), news)
    assert result.to_frame().empty
    assert "not quoted" in str(result.summary())
    assert result.ledger.to_frame()["reason"][0].startswith(f"not quoted: {run}")
    with pytest.raises(mi.InputError, match="was left out: not quoted"):
        result.one("news")


def test_the_first_fixing_after_the_devaluation_spans_what_stood_still(shared: Path) -> None:
    """0.1467 to 0.1277 on 22 July; the rate last moved on 24 March, 86 weekdays before."""
    news = mi.Event("devaluation", announced_at="2022-07-21T17:00", zone="Europe/Kyiv")
    study = mi.EventStudy(timeline=mi.Timeline(event=(0, 0), min_estimation=20))
    one = study.run(hryvnia(shared), news).one("devaluation")
    assert (str(one.session), one.status) == ("2022-07-22", "flagged")
    assert one.moves[0] == pytest.approx(np.log(0.1277 / 0.1467), rel=1e-12)
    assert one.span_ratio[0] == np.busday_count("2022-03-25", "2022-07-23") == 86


# The six Turkish events in three forms of file.


def as_calendar(rows: list[dict[str, str]]) -> str:
    """iCalendar has neither a zone for whole days nor an hour of precision: the first is added, the second lost."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//hand//made//EN"]
    for row in rows:
        start = row["announced_at"].replace("-", "").replace(":", "")
        start = f":{start}00" if "T" in start else f";VALUE=DATE:{start}"
        lines += ["BEGIN:VEVENT", f"UID:{row['id']}", f"DTSTART;TZID={row['zone']}{start}"]
        lines += [f"SUMMARY:{row['title']}", f"CATEGORIES:{row['category']}", f"LOCATION:{row['place']}"]
        lines += ["END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def test_one_list_of_events_in_three_forms(shared: Path, tmp_path: Path) -> None:
    pytest.importorskip("icalendar", reason="calendars need the extra ics")
    events = turkish_events(shared)
    rows = pd.read_csv(shared / "data" / "turkey_events.csv", dtype=str).to_dict("records")
    (tmp_path / "news.json").write_text(json.dumps(rows))
    assert mi.read_events(tmp_path / "news.json") == events
    (tmp_path / "news.ics").write_bytes(as_calendar(rows).encode())
    minute = events.to_frame()[["id", "announced_at", "zone", "precision", "place", "category", "title"]]
    minute["precision"] = minute["precision"].replace("hour", "minute")
    minute["announced_at"] = [row["announced_at"] for row in rows]
    assert mi.read_events(tmp_path / "news.ics") == mi.EventSet.from_frame(minute)
