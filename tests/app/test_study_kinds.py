"""The keys of every kind of regression and association: those of Python, documented, and refused by file and key."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

import marketimpact as mi
from marketimpact.app.kinds import KINDS, MODEL, NEEDS, OWN_POLICIES, TIMELINE, Room, kinds_of
from marketimpact.app.regressions import FROM_STUDY
from marketimpact.app.study_file import read_study_file
from marketimpact.app.study_forms import FORMS
from marketimpact.app.study_run import run_file
from tests.app.kinds import EVENTS, GPR, SERIES

DOCUMENT = Path(__file__).parents[2] / "docs" / "study_file.md"


def python_names(kind: str) -> set[str]:
    """What Python calls the options of a kind: the parameters of what is run, and the fields of its specifications."""
    one = KINDS[kind]
    names = {field.name for made in one.into.values() for field in fields(made)}
    names |= set(inspect.signature(one.call).parameters)
    names -= {"self", "panel", "result", *one.into}
    names = names - {*one.named.values()} | {*one.named}
    for name, keys in (("policies", OWN_POLICIES), ("timeline", TIMELINE)):
        if name in names:
            names = names - {name} | set(keys)
    if one.news != "events":  # else a member's id may stand in the place of events
        names -= {"events"}
    return names - {"series"} | ({"news"} if one.news else set())


@pytest.mark.parametrize("kind", KINDS)
def test_the_keys_are_the_names_of_python(kind: str) -> None:
    keys = set(KINDS[kind].keys) - {"kind", "name"}
    expected = python_names(kind) | ({"each"} if KINDS[kind].each else set())
    assert keys == expected | (set(MODEL) if kind == "largest" else set())
    assert set(NEEDS.get(kind, ())) <= keys
    assert set(KINDS[kind].keys.values()) <= set(FORMS)
    assert set(KINDS[kind].also.values()) <= keys


def test_the_kinds_are_those_of_the_forms() -> None:
    for room in get_args(Room):
        assert re.findall(r'"(\w+)"', FORMS[f"kind of {room}"][1]) == list(kinds_of(room))
    assert {key for kind in KINDS.values() for key in kind.keys} >= set(FROM_STUDY)


def test_every_key_is_in_the_documentation_beside_its_kind() -> None:
    section = DOCUMENT.read_text(encoding="utf-8").partition("## Regressions and associations")[2]
    rows = re.findall(r'^\| `"(\w+)"` \| `mi\.(\w+)` \| (.*) \|$', section, flags=re.MULTILINE)
    assert [kind for kind, _, _ in rows] == list(KINDS)
    shared = dict(re.findall(r"^- \*([a-z ]+)\*: (.*)$", section, flags=re.MULTILINE))
    for kind, python, cells in rows:
        for name, meaning in shared.items():
            cells = cells.replace(f"*{name}*", meaning)
        assert set(re.findall(r"`(\w+)`", cells)) == set(KINDS[kind].keys) - {"kind", "name"}, kind
        assert hasattr(mi, python)
        called = getattr(mi, python)
        assert KINDS[kind].call in (called, getattr(called, "run", None))
    elsewhere = {*OWN_POLICIES.values(), "pairs", "kind of regression", "kind of association"}
    for form in {form for kind in KINDS.values() for form in kind.keys.values()} - elsewhere:
        words = re.sub(r"\{.*?\}|\[.*?\]", "", FORMS[form][1])
        if not words.startswith('"'):
            continue
        for word in re.findall(r'"[^"]+"', words):
            assert f"`{word}`" in section, f"{form}: {word}"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('[[regression]]\nkind = "granger"', 'regression[1].kind: is not what this key takes'),
        ('[[association]]\nkind = "breaks"', 'association[1].kind: is not what this key takes'),
        ('[association]\nkind = "granger"', "association: is not what this key takes"),
        ('[[association]]\nkind = "granger"', "association[1].news: is missing; allowed: a file, like"),
        ('[[association]]\nkind = "granger"\nnews = 3', "association[1].news: is not what this key takes; received 3"),
        ('[[association]]\nkind = "granger"\nnews = "../gpr.csv"', "association[1].news: lies outside the study file"),
        (
            '[[association]]\nkind = "granger"\nnews = { file = "gpr.csv", valu = "GPRD" }',
            "association[1].news.valu: is not a known key; the nearest is 'value'",
        ),
        (
            '[[association]]\nkind = "granger"\nnews = { date = "day" }',
            "association[1].news.file: is missing",
        ),
        (
            '[[association]]\nkind = "granger"\nnews = { file = "gpr.csv", layout = "sheet" }',
            "association[1].news.layout: is not what this key takes",
        ),
        (
            '[[association]]\nkind = "granger"\nnews = "gpr.csv"\nquantiles = [0.5]',
            'association[1].quantiles: does not go with kind = "granger"',
        ),
        (
            '[[association]]\nkind = "granger"\nnews = "gpr.csv"\nof = "sizes"',
            "association[1].of: is not what this key takes; received 'sizes'; allowed: \"move\" or \"size\"",
        ),
        (
            '[[association]]\nkind = "granger"\nnews = "gpr.csv"\nlevel = 95',
            "association[1].level: no level; received 95.0",
        ),
        (
            '[[association]]\nkind = "coincidence"\nshare = 2',
            "association[1].share: chooses no moves",
        ),
        ('[[association]]\nkind = "spillovers"\nwindow = 3', "association[1].window: is out of its range; received 3"),
        ('[[regression]]\nkind = "regimes"', "regression[1].currency: is missing"),
        ('[[regression]]\nkind = "heteroskedasticity"', "regression[1].driver: is missing; allowed: an id, { basket"),
        ('[[regression]]\nkind = "projection"\nhorizon = 4', "regression[1].horizon: is not a known key; the nearest"),
        ('[[regression]]\nkind = "projection"\nhorizons = -4', "regression[1].horizons: "),
        (
            '[[regression]]\nkind = "projection"\nevents = "EUR/TRY"\nnews = "gpr.csv"',
            'regression[1].news: does not go with "events"',
        ),
        (
            '[[regression]]\nkind = "staggered"\ncontrols = ["EUR/TRY"]',
            'regression[1].controls: is not what this key takes; received [\'EUR/TRY\']; allowed: "not yet" or "never"',
        ),
        (
            '[[regression]]\nkind = "events"\ncontrols = [{ basket = ["EUR/TRY"], weights = 1 }]',
            "regression[1].controls: is not what this key takes",
        ),
        (
            '[[regression]]\nkind = "events"\ncontrols = ["EUR/TRY", "EUR/TRY"]',
            "regression[1].controls: is not what this key takes",
        ),
        ('[[regression]]\nkind = "largest"\nmodel = "donors"', "regression[1].model: is not what this key takes"),
        ('[[regression]]\nkind = "largest"\nmodel = "market"', "regression[1].model: the model 'market' needs exactly"),
        ('[[regression]]\nkind = "largest"\nn = 0', "regression[1].n: is no count; received 0"),
        ('[[regression]]\nkind = "breaks"\ntrimming = 0.6', "regression[1].trimming: leaves no date; received 0.6"),
        (
            '[[regression]]\nkind = "surprises"\nasymmetric = true\nstate = "crisis.csv"',
            "regression[1].state: signs and a state at once",
        ),
        (
            '[[association]]\nkind = "spillovers"\n[[association]]\nkind = "spillovers"',
            "association[2].name: two associations have one name; received 'spillovers'",
        ),
    ],
)  # fmt: skip
def test_what_is_refused_before_anything_is_loaded_names_file_and_key(
    home: Path, lines: str, words: str
) -> None:
    path = home / "refused.toml"
    path.write_text(f"{EVENTS}{SERIES}{lines}\n", encoding="utf-8")
    with pytest.raises(mi.InputError, match="^" + re.escape(f"{path}: {words}")):
        read_study_file(path)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ('[[association]]\nkind = "granger"\nnews = "no.csv"', "association[1].news"),
        (
            '[[association]]\nkind = "granger"\nnews = "gpr.csv"\ninstrument = "EUR/TRY"',
            "association[1].news.date: ",
        ),
        (
            f'[[association]]\nkind = "granger"\n{GPR.replace("GPRD", "index")}instrument = "EUR/TRY"',
            "association[1].news.value: ",
        ),
        (
            f'[[association]]\nkind = "granger"\n{GPR.replace("GPRD", "other")}instrument = "EUR/TRY"',
            "association[1].news: does not vary",
        ),
        (f'[[association]]\nkind = "granger"\n{GPR}', "association[1].instrument: must be named: the panel holds sev"),
        (
            f'[[association]]\nkind = "granger"\n{GPR}instrument = ["EUR/TRY", "EUR/XXX"]',
            "association[1].instrument: is not one of the series; received 'EUR/XXX'",
        ),
        (
            f'[[association]]\nkind = "granger"\n{GPR}instrument = "EUR/TRY"\nlags = 400',
            "association[1].lags: is no number of sessions that the sample carries",
        ),
        (
            '[[association]]\nkind = "adjusted_correlation"\nsource = "EUR/TRY"\ntarget = "EUR/X"\n'
            'turbulent = "crisis.csv"',
            "association[1].target: is not one of the series; received 'EUR/X'",
        ),
        (
            '[[association]]\nkind = "adjusted_correlation"\nsource = "EUR/TRY"\ntarget = "EUR/ZAR"\n'
            'turbulent = { file = "gpr.csv", date = "day", value = "GPRD" }',
            "association[1].turbulent: is neither 0 nor 1 on 2019-01-01",
        ),
        (
            '[[association]]\nkind = "adjusted_correlation"\nsource = "EUR/TRY"\ntarget = "EUR/ZAR"\n'
            'turbulent = ["2019-06-01", "2019-06-05"]',
            "association[1].turbulent: has ",
        ),
        (
            '[[association]]\nkind = "spillovers"\ninstruments = ["EUR/TRY", "X"]',
            "association[1].instruments: is not one of the series; received 'X'",
        ),
        (
            '[[regression]]\nkind = "events"\npairs = [["e1", "EUR/TRY"]]\ncontrols = [{ basket = ["EUR/ZAR", "X"] }]',
            "regression[1].controls: ",
        ),
        (
            '[[regression]]\nkind = "breaks"\ninstrument = "EUR/TRY"\nfactors = ["X"]',
            "regression[1].factors: is not one of the series; received 'X'",
        ),
        (
            '[[regression]]\nkind = "heteroskedasticity"\ninstrument = "EUR/TRY"\ndriver = "EUR/TRY"',
            "regression[1].driver: drives itself",
        ),
        (
            '[[regression]]\nkind = "largest"\ninstrument = "EUR/TRY"\nmodel = "market"\nbenchmark = "X"',
            "regression[1].benchmark: is not one of the series; received 'X'",
        ),
        ('[[regression]]\nkind = "regimes"\ncurrency = "XXX"', "regression[1]"),
    ],
)  # fmt: skip
def test_what_the_data_refuse_names_file_and_key_too(home: Path, lines: str, words: str) -> None:
    path = home / "refused.toml"
    path.write_text(f"{EVENTS}{SERIES}{lines}\n", encoding="utf-8")
    with pytest.raises(mi.MarketImpactError, match="^" + re.escape(f"{path}: {words}")):
        run_file(read_study_file(path))
