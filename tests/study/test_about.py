"""Every test has its facts: a null, a distribution, what it assumes, a formula and a source."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from types import SimpleNamespace

import pandas as pd
import pytest

from marketimpact.maths import rank_tests
from marketimpact.maths.outcome import About
from marketimpact.study.about import ABOUT, ABOUT_COLUMNS, about, with_about
from tests.house.source import Module, read_tree

MADE_BY = {"Outcome", "not_applicable"}


def named(module: Module) -> Iterator[tuple[str, str]]:
    """Names of tests that outcomes of a module are made with, and where; not those that a parameter hands on."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or getattr(node.func, "id", None) not in MADE_BY or not node.args:
            continue
        first, where = node.args[0], f"{module.name}:{node.lineno}"
        if isinstance(first, ast.Constant):
            yield str(first.value), where
        elif isinstance(first, ast.Name | ast.Attribute):
            found = resolved(first, importlib.import_module(module.name))
            if isinstance(found, str):
                yield found, where


def resolved(node: ast.expr, inside: object) -> object:
    """What a name or an attribute stands for at the top of a module; None where it is a parameter."""
    if isinstance(node, ast.Name):
        return getattr(inside, node.id, None)
    if isinstance(node, ast.Attribute):
        return getattr(resolved(node.value, inside), node.attr, None)
    return None


def names() -> dict[str, str]:
    modules = [*read_tree("marketimpact").values()]
    rooms = ("marketimpact.maths.", "marketimpact.study.")
    return {name: where for one in modules if one.name.startswith(rooms) for name, where in named(one)}


def test_every_name_of_a_test_has_its_facts():
    found = names()
    assert {"BMP t", "t", "joint F", "date permutation", "Corrado rank"} <= {*found, *ABOUT}
    assert len(found) > 20
    missing = {name: where for name, where in found.items() if name not in ABOUT}
    assert not missing


def test_the_search_resolves_each_form_of_a_name():
    """A constant of the module, one of a module that it imports; a parameter is no name."""
    inside = SimpleNamespace(MINE="mine", rank_tests=rank_tests)
    forms = {"MINE": "mine", "rank_tests.CORRADO": "Corrado rank", "name": None, "self.name": None}
    for text, expected in forms.items():
        assert resolved(ast.parse(text, mode="eval").body, inside) == expected
    module = Module("marketimpact.study.pair", read_tree("marketimpact")["marketimpact.study.pair"].text)
    assert "rank with refit" in dict(named(module))


@pytest.mark.parametrize("name", sorted(ABOUT))
def test_facts_are_whole(name):
    facts = ABOUT[name]
    for field in ("null", "distribution", "assumptions", "formula", "reference"):
        text = getattr(facts, field)
        assert text, field
        assert text == text.strip(), field
        assert not text.endswith("."), field
        assert text.isprintable(), field
    assert re.search(r"\((1[89]|20)\d\d\)", facts.reference), "a year"
    assert not facts.doi or re.fullmatch(r"10\.\d{4,9}/\S+", facts.doi)
    assert "doi" not in facts.reference


def test_one_paper_has_one_doi():
    """Author and year decide the DOI, wherever they stand."""
    papers: dict[str, set[str]] = {}
    for facts in ABOUT.values():
        if facts.doi:
            papers.setdefault(facts.doi, set()).add(facts.reference.partition(")")[0])
    assert not {doi: found for doi, found in papers.items() if len(found) > 1}


def test_dois_are_those_of_the_docstrings():
    """A DOI that a docstring gives for the same authors and year is the same."""
    written: dict[str, set[str]] = {}
    for module in read_tree("marketimpact").values():
        flat = re.sub(r"\s+", " ", module.text)
        for authors, year, doi in re.findall(
            r"([A-Z][\w-]+)[^.;()]{0,60}\((\d{4})\)[^;()]{0,90}?doi:(10\.\d{4,9}/\S+?)[.,;]?(?:\s|$)", flat
        ):
            written.setdefault(f"{authors} {year}", set()).add(doi)
    assert len(written) > 15
    for facts in ABOUT.values():
        head = re.match(r"([A-Z][\w.-]+).*?\((\d{4})\)", facts.reference)
        assert head
        known = written.get(f"{head[1]} {head[2]}")
        if known and facts.doi:
            assert facts.doi in known, facts.reference


def test_an_unknown_test_has_empty_words():
    assert about("no such test") == About("", "", "", "", "")
    assert about("no such test").source == ""


def test_a_table_gets_three_columns():
    table = pd.DataFrame({"test": ["BMP t", "none"], "p_value": [0.1, 0.2]})
    told = with_about(table, table["test"])
    assert told.columns.tolist() == ["test", "p_value", *ABOUT_COLUMNS]
    assert told["null"].tolist() == [ABOUT["BMP t"].null, ""]
    assert table.columns.tolist() == ["test", "p_value"]
