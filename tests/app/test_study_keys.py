"""Keys of the study file with forms of their own: closures, policies, formats of event files."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import marketimpact as mi
from marketimpact.app.study_file import read_study_file
from marketimpact.app.study_forms import FORMS
from marketimpact.app.study_keys import POLICIES
from marketimpact.market.closures import Closure
from tests.app.conftest import Write

FILE = '[events]\ndataset = "kazakhstan_2022"\n[[series]]\nfile = "kz.csv"\n'
EMERGENCY = Closure("2022-01-06", "2022-01-11", reason="state of emergency")


@pytest.mark.parametrize(
    ("written", "closures"),
    [
        ('["2022-01-06", "2022-01-11", "state of emergency"]', (EMERGENCY,)),
        ("[2022-01-06, 2022-01-11]", (Closure("2022-01-06", "2022-01-11"),)),
        (
            '[2022-03-01, "2022-03-02"], [2022-01-06, 2022-01-11, "state of emergency"]',
            (EMERGENCY, Closure("2022-03-01", "2022-03-02")),
        ),
        (
            '["2022-01-06", "2022-01-11", "state of emergency", "KASE currency"]',
            (replace(EMERGENCY, market="KASE currency"),),
        ),
        (
            '[2022-01-06, 2022-01-11, "", "KASE currency"]',
            (Closure("2022-01-06", "2022-01-11", market="KASE currency"),),
        ),
        ("", ()),
    ],
)
def test_every_instrument_takes_closures(write: Write, written: str, closures: tuple[Closure, ...]) -> None:
    for terms, instrument in (
        ('bond = { id = "KZ", quoted = "yield"', mi.SovereignBond("KZ", quoted="yield", closures=closures)),
        ('currency = { base = "USD", quote = "KZT"', mi.CurrencyPair("USD", "KZT", closures=closures)),
        ('factor = { id = "KASE"', mi.Factor("KASE", closures=closures)),
    ):
        path = write(f"{FILE}{terms}, closures = [{written}] }}")
        assert read_study_file(path).series[0].instrument == instrument


FORM = (
    "is not what this key takes; received {}; allowed: a list of first day, last day and perhaps the reason and the"
    ' market, like [["2022-01-06", "2022-01-11", "unrest", "KASE currency"]]'
)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (
            "[2022-01-06, 2022-01-09]",
            FORM.format("['2022-01-06', '2022-01-09']"),
        ),  # brackets around each closure
        ('[["20220106", "2022-01-09"]]', FORM.format("[['20220106', '2022-01-09']]")),
        ('[["2022-01-06", "2022-W02-1"]]', FORM.format("[['2022-01-06', '2022-W02-1']]")),
        ('[["2022-01-06", "January"]]', FORM.format("[['2022-01-06', 'January']]")),
        ("[[2022-01-06, 2022-01-09T12:00:00]]", FORM.format("[['2022-01-06', '2022-01-09T12:00:00']]")),
        ("[[2022-01-06]]", FORM.format("[['2022-01-06']]")),
        (
            '[[2022-01-06, 2022-01-09, "a", "b", "c"]]',
            FORM.format("[['2022-01-06', '2022-01-09', 'a', 'b', 'c']]"),
        ),
        ('[[2022-01-06, 2022-01-09, "a", ""]]', FORM.format("[['2022-01-06', '2022-01-09', 'a', '']]")),
        ('[[2022-01-06, 2022-01-09, 7, "b"]]', FORM.format("[['2022-01-06', '2022-01-09', 7, 'b']]")),
        ("[[2022-01-06, 2022-01-09, 7]]", FORM.format("[['2022-01-06', '2022-01-09', 7]]")),
        ('"2022-01-06"', FORM.format("'2022-01-06'")),
        (
            "[[2022-01-11, 2022-01-06]]",
            "is before the first day, 2022-01-11; received '2022-01-06'; allowed: the last closed day",
        ),
        (
            "[[2022-01-06, 2022-01-09], [2022-01-09, 2022-01-10]]",
            "2022-01-06 to 2022-01-09 and 2022-01-09 to 2022-01-10 overlap; received ['2022-01-06 to 2022-01-09', '20",
        ),
    ],
)
def test_closures_that_are_refused_name_file_and_key(write: Write, written: str, words: str) -> None:
    path = write(f'{FILE}factor = {{ id = "KASE", closures = {written} }}')
    with pytest.raises(mi.InputError, match="^" + re.escape(f"{path}: series[1].factor.closures: {words}")):
        read_study_file(path)


EVENTS = '[events]\ndataset = "kazakhstan_2022"\n'
CALENDAR = '[events]\nfile = "e.ics"\n'
SOURCE = '[[series]]\nsource = "ecb:EUR/RUB"\n'


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('roll = "back"', '{}; received \'back\'; allowed: "next", "previous", "nearest", "drop" or "raise"'),
        ('latency = "30"', "{}; received '30'; allowed: a whole number, without quotes"),
        (
            "latency = 99999",
            "is not a number of minutes; received 99999; allowed: a whole number from 0 to 10080",
        ),
        ('spanned = "drop"', '{}; received \'drop\'; allowed: "flag", "leave_out" or "raise"'),
        ("contamination = false", '{}; received False; allowed: "leave_out" or "keep"'),
        ('frozen = "drop"', '{}; received \'drop\'; allowed: "leave_out" or "keep"'),
        ('same_session = ["joint"]', '{}; received [\'joint\']; allowed: "apart" or "joint"'),
    ],
)
def test_policies_that_are_refused_name_file_and_key(write: Write, line: str, words: str) -> None:
    path = write(f"{EVENTS}{SOURCE}[study]\n{line}")
    key, message = line.partition(" ")[0], words.format("is not what this key takes")
    with pytest.raises(mi.InputError, match="^" + re.escape(f"{path}: study.{key}: {message}") + "$"):
        read_study_file(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            CALENDAR + 'format = "ICS"\n',
            'events.format: is not what this key takes; received \'ICS\'; allowed: "csv", "json" or "ics"',
        ),
        (
            EVENTS + 'format = "json"\n',
            "events.format: does not go with 'dataset'; received 'json'; allowed: select",
        ),
    ],
)
def test_formats_that_are_refused_name_file_and_key(write: Write, text: str, words: str) -> None:
    path = write(text + SOURCE)
    with pytest.raises(mi.InputError, match="^" + re.escape(f"{path}: {words}") + "$"):
        read_study_file(path)


@pytest.mark.parametrize("key", ["roll", "spanned", "contamination", "frozen", "same_session"])
def test_every_policy_that_a_message_allows_is_taken(write: Write, key: str) -> None:
    options = re.findall(r'"(\w+)"', FORMS[POLICIES[key]][1])
    assert len(options) >= 2
    for option in options:
        study = read_study_file(write(f'{EVENTS}{SOURCE}[study]\n{key} = "{option}"')).study
        assert getattr(study.policies, key) == option
