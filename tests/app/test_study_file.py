"""The study file: what it takes, and what each message says about what it does not take."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

import marketimpact as mi
from marketimpact.app.study_file import OutputTable, read_study_file
from marketimpact.app.study_forms import FORMS
from marketimpact.app.study_keys import (
    EVENT,
    INSTRUMENTS,
    LAYOUT,
    MODELS,
    NEWS,
    NEWS_WAYS,
    POLICIES,
    SERIES,
    SERIES_WAYS,
)
from marketimpact.news.event import FIELDS
from tests.app.conftest import RUBLE, Write

EVENTS = '[events]\ndataset = "kazakhstan_2022"\n'
SOURCE = '[[series]]\nsource = "ecb:EUR/RUB"\n'
LEAST = EVENTS + SOURCE
BOND = 'bond = { id = "KZ 2045", quoted = "yield"'
FILE = f'{EVENTS}[[series]]\nfile = "kz.csv"\n'
FULL = """
title = "A full study"
[events]
file = "events.csv"
zone = "Europe/Moscow"
select = ["invasion"]
columns = { id = "Headline" }
format = "csv"
[[series]]
source = ["ecb:EUR/RUB", "ecb:EUR/ZAR"]
start = 2021-06-01
end = "2022-03-01"
[[series]]
file = "kz.csv"
date = "Date"
value = "Yield"
delimiter = ";"
decimal = ","
date_format = "%d.%m.%Y"
encoding = "latin-1"
bond = { id = "KZ", quoted = "yield", issuer = "KZ", snapshot = "16:30 Europe/London", maturity = 2045-07-21 }
kind = "reconstruction"
note = "simulated"
[[series]]
dataset = "kazakhstan_2045"
[study]
pairs = [["invasion", "EUR/RUB"]]
estimation = [-130, -11]
event = [-5, 3]
min_estimation = 50
windows = [[0, 0], [0, 1]]
model = "market"
benchmark = "EUR/ZAR"
level = 0.9
move = "simple"
cluster = "none"
seed = 7
roll = "nearest"
latency = 30
spanned = "leave_out"
contamination = "keep"
frozen = "keep"
same_session = "joint"
[confounders]
dataset = "confounders_2022"
[output]
folder = "made/here"
png = false
sheet = true
"""


def test_a_full_study_is_read_as_written(write: Write) -> None:
    path = write(FULL)
    asked = read_study_file(path)
    home = path.parent.resolve()
    assert asked.title == "A full study"
    assert (asked.news.file, asked.news.zone, asked.news.select) == (
        home / "events.csv",
        "Europe/Moscow",
        ("invasion",),
    )
    assert (dict(asked.news.columns), dict(asked.news.form)) == ({"id": "Headline"}, {"format": "csv"})
    rates, bond, shipped = asked.series
    assert rates.source == ("ecb:EUR/RUB", "ecb:EUR/ZAR")
    assert (rates.start, rates.end) == (date(2021, 6, 1), "2022-03-01")
    assert bond.instrument == mi.SovereignBond(
        "KZ", quoted="yield", issuer="KZ", snapshot="16:30 Europe/London", maturity=date(2045, 7, 21)
    )
    assert bond.layout == mi.Layout(delimiter=";", decimal=",", date_format="%d.%m.%Y", encoding="latin-1")
    assert (bond.date, bond.value, bond.provenance.kind) == ("Date", "Yield", "reconstruction")
    assert shipped.dataset == "kazakhstan_2045"
    assert asked.study == mi.EventStudy(
        mi.MarketModel("EUR/ZAR"),
        mi.Timeline((-130, -11), (-5, 3), 50),
        windows=((0, 0), (0, 1)),
        level=0.9,
        move="simple",
        cluster=None,
        policies=mi.Policies("nearest", 30, "leave_out", "keep", "keep", "joint"),
    )
    assert (asked.pairs, asked.seed) == ([("invasion", "EUR/RUB")], 7)
    assert asked.confounders is not None
    assert asked.confounders.dataset == "confounders_2022"
    assert asked.output == OutputTable(home / "made/here", png=False, csv=True, json=True, sheet=True)
    assert asked.inputs == (path, home / "events.csv", home / "kz.csv")


def test_what_is_left_out_takes_the_defaults(write: Write) -> None:
    asked = read_study_file(write(LEAST))
    assert asked.study == mi.EventStudy()
    assert (asked.title, asked.pairs, asked.seed, asked.confounders) == (None, None, 0, None)
    assert asked.output == OutputTable(asked.output.folder, png=True, csv=True, json=True, sheet=None)
    assert asked.output.folder.name == "out"


@pytest.mark.parametrize(
    ("lines", "model"),
    [
        ('model = "constant mean"', mi.ConstantMean()),
        ('model = "market"\nbasket = ["a", "b"]', mi.MarketModel(mi.Basket(("a", "b")))),
        ('model = "factors"\nfactors = ["a", "b"]', mi.FactorModel(("a", "b"))),
    ],
)
def test_each_model_is_understood(write: Write, lines: str, model: object) -> None:
    assert read_study_file(write(f"{LEAST}[study]\n{lines}")).study.model == model


@pytest.mark.parametrize(
    ("terms", "instrument"),
    [
        ('currency = { base = "USD", quote = "KZT", dating_lag = 1 }', mi.CurrencyPair("USD", "KZT", dating_lag=1)),
        ('factor = { id = "VIX", move = "difference", unit = "points" }',
         mi.Factor("VIX", move="difference", unit="points")),
        ('bond = { id = "KZ", quoted = "yield", maturity = "2045-07-21" }',
         mi.SovereignBond("KZ", quoted="yield", maturity=date(2045, 7, 21))),
    ],
)  # fmt: skip
def test_each_instrument_is_understood(write: Write, terms: str, instrument: object) -> None:
    assert read_study_file(write(FILE + terms)).series[0].instrument == instrument


REFUSED = {
    "no events": (SOURCE, "events: is missing; allowed: a table"),
    "no series": (EVENTS, "series: is missing; allowed: tables"),
    "a series that is one table": (
        EVENTS + '[series]\nsource = "ecb:EUR/RUB"',
        "series: is not what this key takes; received {'source': 'ecb:EUR/RUB'}; allowed: tables, each under its name"
        " in double square brackets",
    ),
    "an unknown table": (
        LEAST + "[timeline]\n",
        "timeline: is not a known key; the nearest is 'title'; received {}; allowed: title, events, series,",
    ),
    "an unknown key": (
        LEAST + "[study]\nwindow = [0, 1]",
        "study.window: is not a known key; the nearest is 'windows'; received [0, 1]; allowed: pairs, estimation,",
    ),
    "an unknown key of a series": (
        LEAST + '[[series]]\nsorce = "ecb:EUR/ZAR"',
        "series[2].sorce: is not a known key; the nearest is 'source'; received 'ecb:EUR/ZAR'",
    ),
    "an unknown term of a bond": (
        FILE + 'bond = { id = "KZ", quoted = "yield", cupon = 6.5 }',
        "series[1].bond.cupon: is not a known key; the nearest is 'coupon'; received 6.5",
    ),
    "an unknown column of an event": (
        '[events]\nfile = "e.csv"\ncolumns = { announced = "Date" }\n' + SOURCE,
        "events.columns.announced: is not a known key; the nearest is 'announced_at'; received 'Date'",
    ),
    "an unknown key of an event": (
        '[[events.list]]\nid = "a"\nannounced_at = 2022-01-05\n[[events.list]]\nzon = "UTC"\n' + SOURCE,
        "events.list[2].zon: is not a known key; the nearest is 'zone'; received 'UTC'",
    ),
    "an event without a date": (
        '[[events.list]]\nid = "a"\n' + SOURCE,
        "events.list[1].announced_at: is missing; allowed: a date like 2022-01-05 or a time",
    ),
    "an event at a time of no date": (
        '[[events.list]]\nid = "a"\nannounced_at = 16:10:00\n' + SOURCE,
        "events.list[1].announced_at: is not what this key takes; received '16:10:00'; allowed: a date like",
    ),
    "no way to events": ("[events]\n" + SOURCE, "events: names no data; allowed: one of file, dataset, list"),
    "two ways to events": (
        '[events]\nfile = "a.csv"\ndataset = "b"\n' + SOURCE,
        "events: names its data more than once; received ['file', 'dataset']; allowed: one of file, dataset, list",
    ),
    "a key that goes with another way": (
        '[events]\ndataset = "kazakhstan_2022"\nzone = "UTC"\n' + SOURCE,
        "events.zone: does not go with 'dataset'; received 'UTC'; allowed: select",
    ),
    "a dataset with more": (
        EVENTS + '[[series]]\ndataset = "kazakhstan_2045"\nnote = "x"',
        "series[1].note: does not go with 'dataset'; received 'x'; allowed: nothing else",
    ),
    "a source with a column": (
        LEAST + 'value = "x"',
        "series[1].value: does not go with 'source'; received 'x'; allowed: start, end, adjusted, bond, currency",
    ),
    "a file without an instrument": (
        FILE,
        "series[1]: a file needs exactly one instrument, which says what it quotes; allowed: bond = {",
    ),
    "a file with two instruments": (
        FILE + BOND + ' }\nfactor = { id = "x" }',
        "series[1]: a file needs exactly one instrument, which says what it quotes; received ['bond', 'factor']",
    ),
    "a bond that does not say what is quoted": (
        FILE + 'bond = { id = "KZ" }',
        "series[1].bond.quoted: is missing; allowed: text in quotes",
    ),
    "a bond that quotes an unknown thing": (
        FILE + 'bond = { id = "KZ", quoted = "Yield" }',
        "series[1].bond.quoted: is not known; received 'Yield'; allowed: 'clean price', 'dirty price', 'yield'",
    ),
    "an issuer that is no code": (
        FILE + BOND + ', issuer = "Kazakhstan" }',
        "series[1].bond.issuer: is not a code; received 'Kazakhstan'; allowed: ISO 3166 alpha-2, like 'KZ'",
    ),
    "a coupon in quotes": (
        FILE + BOND + ', coupon = "6.5" }',
        "series[1].bond.coupon: is not what this key takes; received '6.5'; allowed: a number, without quotes",
    ),
    "a coupon that is no number": (
        FILE + BOND + ", coupon = nan }",
        "series[1].bond.coupon: is not a coupon; received nan; allowed: percent, >= 0",
    ),
    "a maturity that is an instant": (
        FILE + BOND + ", maturity = 2045-07-21T00:00:00 }",
        "series[1].bond.maturity: is not what this key takes; received '2045-07-21T00:00:00'; allowed: a date like",
    ),
    "a maturity that is no date": (
        FILE + BOND + ', maturity = "2045-02-30" }',
        "series[1].bond.maturity: is not what this key takes; received '2045-02-30'; allowed: a date like 2022-01-05",
    ),
    "a snapshot without a zone": (
        FILE + BOND + ', snapshot = "16:30" }',
        "series[1].bond.snapshot: is not a snapshot; received '16:30'; allowed: like '16:30 Europe/London'",
    ),
    "a snapshot in an unknown zone": (
        FILE + BOND + ', snapshot = "16:30 Europe/Londn" }',
        "series[1].bond.snapshot: is not a time zone; received 'Europe/Londn'; allowed: a name of the tz database",
    ),
    "a factor without a unit": (
        FILE + 'factor = { id = "UST", move = "difference" }',
        "series[1].factor.unit: is not known; allowed: 'percent', 'decimal', 'bp', 'points'",
    ),
    "a delimiter of two characters": (
        FILE + BOND + ' }\ndelimiter = ";;"',
        "series[1].delimiter: is not what this key takes; received ';;'; allowed: one character",
    ),
    "an unknown kind of series": (
        FILE + BOND + ' }\nkind = "guess"',
        "series[1].kind: is not a kind of series; received 'guess'; allowed: 'observed', 'reconstruction', 'sim",
    ),
    "a start that is no date": (
        LEAST + 'start = "January"',
        "series[1].start: is not what this key takes; received 'January'; allowed: a date like 2022-01-05",
    ),
    "a selection that repeats": (
        EVENTS + 'select = ["a", "a"]\n' + SOURCE,
        "events.select: is not what this key takes; received ['a', 'a']; allowed: a list of texts that do not repeat",
    ),
    "an empty title": ('title = " "\n' + LEAST, "title: is not what this key takes; received ' '; allowed: text in"),
    "pairs by an unknown rule": (
        LEAST + '[study]\npairs = "each"',
        'study.pairs: is not what this key takes; received \'each\'; allowed: "all", "place", or a list like',
    ),
    "a pair of three": (
        LEAST + '[study]\npairs = [["a", "b", "c"]]',
        "study.pairs: is not what this key takes; received [['a', 'b', 'c']]; allowed: \"all\", \"place\"",
    ),
    "a window that is text": (
        LEAST + '[study]\nevent = "-5 to 5"',
        "study.event: is not what this key takes; received '-5 to 5'; allowed: two whole numbers, like [-5, 3]",
    ),
    "a window of three numbers": (
        LEAST + "[study]\nevent = [-5, 0, 5]",
        "study.event: is not a window; received [-5, 0, 5]; allowed: two whole numbers (first, last)",
    ),
    "windows that overlap": (
        LEAST + "[study]\nestimation = [-130, -5]",
        "study.estimation: the estimation window overlaps the event window (-5, 5); received (-130, -5); allowed: a",
    ),
    "an estimation window that is too short": (
        LEAST + "[study]\nestimation = [-40, -11]",
        "study.estimation: the estimation window holds 30 sessions, fewer than min_estimation = 60",
    ),
    "too small a minimum": (
        LEAST + "[study]\nmin_estimation = 2",
        "study.min_estimation: is not a number of sessions; received 2; allowed: a whole number from 3",
    ),
    "a window beyond the event window": (
        LEAST + "[study]\nwindows = [[0, 9]]",
        "study.windows: a window leaves the event window (-5, 5); received (0, 9)",
    ),
    "a level in percent": (
        LEAST + "[study]\nlevel = 95",
        "study.level: is not a level; received 95.0; allowed: 0.5 <= level < 1",
    ),
    "a level that is true": (
        LEAST + "[study]\nlevel = true",
        "study.level: is not what this key takes; received True; allowed: a number, without quotes",
    ),
    "an unknown rule of moves": (
        LEAST + '[study]\nmove = "difference"',
        'study.move: is not what this key takes; received \'difference\'; allowed: "log" or "simple"',
    ),
    "an unknown cluster": (
        LEAST + '[study]\ncluster = "date"',
        'study.cluster: is not what this key takes; received \'date\'; allowed: "overlap" or "none"',
    ),
    "a seed below zero": (
        LEAST + "[study]\nseed = -1",
        "study.seed: is not a seed; received -1; allowed: a whole number from 0",
    ),
    "an unknown model": (
        LEAST + '[study]\nmodel = "capm"',
        "study.model: is not what this key takes; received 'capm'; allowed: \"constant mean\", \"market\", \"adj",
    ),
    "a benchmark without its model": (
        LEAST + '[study]\nbenchmark = "EUR/ZAR"',
        "study.benchmark: is not used by the model 'constant mean'; received 'EUR/ZAR'; allowed: model = \"market\"",
    ),
    "a model without its benchmark": (
        LEAST + '[study]\nmodel = "market"',
        "study.model: the model 'market' needs exactly one of benchmark, basket; allowed: benchmark = \"id\" or",
    ),
    "a model with two benchmarks": (
        LEAST + '[study]\nmodel = "market"\nbenchmark = "a"\nbasket = ["b", "c"]',
        "study.model: the model 'market' needs exactly one of benchmark, basket; received ['benchmark', 'basket']",
    ),
    "a model without its factors": (
        LEAST + '[study]\nmodel = "factors"',
        "study.model: the model 'factors' needs exactly one of factors; allowed: factors = [\"id\"]",
    ),
    "a switch in quotes": (
        LEAST + '[output]\npng = "yes"',
        "output.png: is not what this key takes; received 'yes'; allowed: true or false, without quotes",
    ),
    "nothing to write": (
        LEAST + "[output]\npng = false\ncsv = false\njson = false",
        "output: writes nothing; received {'png': False, 'csv': False, 'json': False}; allowed: png, csv, js",
    ),
    "a folder that is a file": (
        LEAST + '[output]\nfolder = "study.toml"',
        "output.folder: is not a folder; received 'study.toml'; allowed: a folder",
    ),
    "a path that no system takes": (
        '[events]\nfile = "a\\u0000b"\n' + SOURCE,
        "events.file: is not a path (",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_names_file_key_value_and_what_is_allowed(
    write: Write, text: str, words: str
) -> None:
    path = write(text)
    with pytest.raises(mi.InputError, match="^" + re.escape(f"{path}: {words}")):
        read_study_file(path)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("title = \n", "line 1, column 9"),
        ('title = "a"\ntitle = "b"\n', "line 2, column 12"),
        ('title = "a"\n[events\n', "line 2, column 8"),
        ("a = 1\nb = [1, 2", "line 2, column 10"),
        ("x = " + "9" * 5000, "integer string conversion"),
    ],
)
def test_a_slip_of_syntax_names_line_and_column(write: Write, text: str, where: str) -> None:
    path = write(text)
    with pytest.raises(mi.InputError, match=re.escape(f"{path}: is not TOML: ") + f".*{where}"):
        read_study_file(path)


def test_brackets_without_end_are_refused(write: Write) -> None:
    with pytest.raises(mi.InputError, match="is nested too deeply"):
        read_study_file(write("a = " + "[" * 10_000))


def test_another_encoding_names_line_and_column(write: Write) -> None:
    path = write()
    path.write_bytes('# ok\ntitle = "Málaga"'.encode("cp1252"))
    with pytest.raises(mi.InputError, match=r"study.toml: is not UTF-8 text \(line 2, column 11\)"):
        read_study_file(path)


def test_a_byte_order_mark_is_no_slip(write: Write) -> None:
    assert read_study_file(write("\ufeff" + RUBLE)).title == "Ruble, February 2022"


def test_a_study_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(mi.InputError, match=r"nix.toml: cannot be read \(No such file"):
        read_study_file(tmp_path / "nix.toml")


def test_the_keys_are_those_of_the_instruments_events_and_layout() -> None:
    for make, keys, needs in INSTRUMENTS.values():
        terms = {field.name for field in fields(make)} - {"_"}
        assert set(keys) == terms
        assert set(needs) <= terms
    assert set(EVENT) == set(FIELDS)
    assert set(LAYOUT) == {field.name for field in fields(mi.Layout)} - {"name"} | {"layout"}
    assert set(POLICIES) == {field.name for field in fields(mi.Policies)}


def test_every_key_goes_with_a_way() -> None:
    for ways, keys in ((NEWS_WAYS, NEWS), (SERIES_WAYS, SERIES)):
        assert {*ways, *(key for fitting in ways.values() for key in fitting)} == set(keys)
    models = list(MODELS)
    assert FORMS["model"][1] == ", ".join(f'"{one}"' for one in models[:-1]) + ' or "synthetic"'
    assert models[0] == "constant mean"
