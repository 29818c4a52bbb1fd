"""Keys of the study file whose values are lists of their own: closures."""

from __future__ import annotations

import re

import pytest

import marketimpact as mi
from marketimpact.app.study_file import read_study_file
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
    "is not what this key takes; received {}; allowed: a list of first day, last day and perhaps the reason, like"
    ' [["2022-01-06", "2022-01-11", "unrest"]]'
)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (
            "[2022-01-06, 2022-01-09]",
            FORM.format("['2022-01-06', '2022-01-09']"),
        ),  # brackets around each closure
        ('[["2022-01-06", "January"]]', FORM.format("[['2022-01-06', 'January']]")),
        ("[[2022-01-06, 2022-01-09T12:00:00]]", FORM.format("[['2022-01-06', '2022-01-09T12:00:00']]")),
        ("[[2022-01-06]]", FORM.format("[['2022-01-06']]")),
        ('[[2022-01-06, 2022-01-09, "a", "b"]]', FORM.format("[['2022-01-06', '2022-01-09', 'a', 'b']]")),
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
