"""The public surface: what `import marketimpact as mi` offers, and how little it costs."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from importlib import import_module
from types import ModuleType

import pytest

import marketimpact as mi
from tests.house.source import REPOSITORY, ROOT, read_tree
from tests.house.test_floors import FLOORS

TABLE: dict[str, str] = mi._DOOR
HEAVY = [
    "numpy",
    "scipy",
    "pandas",
    "statsmodels",
    "matplotlib",
    "yfinance",
    "currency_converter",
    "exchange_calendars",
    "icalendar",
    "pandas_market_calendars",
    "requests",
]

MODULES = {name: f"{ROOT}.{module}" for name, module in TABLE.items()}
BUILT = [name for name, module in MODULES.items() if module in read_tree(ROOT)]


def test_all_is_the_table() -> None:
    assert mi.__all__ == sorted(TABLE)
    assert set(mi.__all__) <= set(dir(mi))


@pytest.mark.skipif(f"{ROOT}.cli" not in read_tree(ROOT), reason="the house is not built to the top yet")
def test_the_door_leads_to_rooms_that_exist() -> None:
    assert sorted(set(TABLE) - set(BUILT)) == []


@pytest.mark.parametrize("name", BUILT)
def test_a_public_name_is_what_its_module_defines(name: str) -> None:
    thing = getattr(mi, name)
    module = import_module(MODULES[name])
    assert thing is (module if isinstance(thing, ModuleType) else getattr(module, name))
    assert getattr(mi, name) is thing, "importing the module must not overwrite the name"
    assert thing.__name__ in {name, MODULES[name]}
    assert isinstance(thing, ModuleType) or thing.__module__ == MODULES[name], "re-exported from elsewhere"


def test_every_error_is_public() -> None:
    errors = import_module(f"{ROOT}.errors")
    assert {name for name, module in TABLE.items() if module == "errors"} == set(errors.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'marketimpact' has no attribute 'EventStudio'"):
        mi.EventStudio  # noqa: B018 - the access is the test


def test_the_stub_says_the_same() -> None:
    stub = ast.parse((REPOSITORY / ROOT / "__init__.pyi").read_text(encoding="utf-8"))
    names: dict[str, str] = {}
    for node in (n for n in stub.body if isinstance(n, ast.ImportFrom)):
        assert node.level == 1
        for alias in node.names:
            assert alias.asname == alias.name, "a stub re-exports a name as itself"
            names[alias.name] = node.module or alias.name
    assert names.pop("__version__") == "_version"
    assert names == TABLE
    (listed,) = (ast.literal_eval(n.value) for n in stub.body if isinstance(n, ast.Assign))
    assert listed == mi.__all__


def test_no_public_name_is_a_submodule() -> None:
    on_disk = {name.split(".")[1] for name in read_tree(ROOT) if "." in name}
    planned = {room for floor in FLOORS for room in floor}
    assert set(TABLE) & (on_disk | planned) == {"datasets"}


def test_import_is_light() -> None:
    loaded = f"[name for name in {HEAVY} if name in sys.modules]"
    code = f"import json, sys, marketimpact as mi; mi.InputError; print(json.dumps({loaded}))"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, check=True, text=True
    )
    assert json.loads(answer.stdout) == []


@pytest.mark.parametrize("name", BUILT)
def test_a_public_object_is_documented(name: str) -> None:
    thing = getattr(mi, name)
    assert _is_documented(thing), name
    if inspect.isclass(thing):
        public = {n: member for n, member in vars(thing).items() if not n.startswith("_")}
        methods = {n: m for n, m in public.items() if callable(m) or isinstance(m, property | classmethod)}
        assert [n for n, member in methods.items() if not _is_documented(member)] == []


def _is_documented(thing: object) -> bool:
    """Whether there is a docstring of its own: neither inherited nor the one a dataclass writes."""
    text = vars(thing).get("__doc__") if inspect.isclass(thing) else getattr(thing, "__doc__", None)
    return bool(text and text.strip()) and not text.startswith(f"{getattr(thing, '__name__', '')}(")
