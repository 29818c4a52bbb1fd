"""The floors of the house: imports go down only, siblings never meet, nothing turns in a circle.

Imports inside functions and under TYPE_CHECKING count like any other: a hidden import is an import.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.house.source import REPOSITORY, ROOT, Module, house, is_own, read_tree, room_of

FLOORS = (
    ("errors", "units"),
    ("maths",),
    ("ledger", "provenance", "timeline", "delimited"),
    ("news", "market"),
    ("alignment",),
    ("study", "sources"),
    ("datasets", "regress", "associate", "scale"),
    ("plots",),
    ("reporting",),
    ("app",),
    ("cli",),
    ("__main__",),
)
"""From the ground up; the rooms of one floor never import each other."""

FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
OPEN_TO_ALL = "_version"
DOOR = ""


def wrong_imports(modules: Mapping[str, Module]) -> list[str]:
    """One line for every module without a floor and every import that does not go down."""
    wrong = []
    for module in modules.values():
        if module.room not in FLOOR_OF and module.room not in {DOOR, OPEN_TO_ALL}:
            wrong.append(f"{module.name}: belongs to no floor")
            continue
        for target, line in module.imports(modules):
            if is_own(target) and (fault := _fault(module.room, room_of(target))):
                wrong.append(f"{module.name}:{line} imports {target}: {fault}")
    return wrong


def _fault(room: str, other: str) -> str | None:
    """Say what is wrong with an import from one room into another; None where nothing is."""
    if other == OPEN_TO_ALL or (room == other and room != DOOR):
        return None
    if room in {DOOR, OPEN_TO_ALL}:
        return "the door is lazy and the version needs nothing"
    if other == DOOR:
        return "the door is for users; import from the module that defines the name"
    if other not in FLOOR_OF:
        return "the target belongs to no floor"
    if FLOOR_OF[other] > FLOOR_OF[room]:
        return "goes up"
    return "siblings never import each other" if FLOOR_OF[other] == FLOOR_OF[room] else None


def first_cycle(modules: Mapping[str, Module]) -> list[str] | None:
    """Return the first circle of imports, or None; importing a.b.c from outside a.b runs a.b as well."""
    graph: dict[str, set[str]] = {}
    for module in modules.values():
        targets = {target for target, _ in module.imports(modules) if is_own(target)}
        above = {".".join(t.split(".")[:depth]) for t in targets for depth in range(2, t.count(".") + 1)}
        above = {package for package in above if not f"{module.name}.".startswith(f"{package}.")}
        graph[module.name] = (targets | above) & modules.keys()
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return None


def test_the_package_is_read() -> None:
    assert {ROOT, f"{ROOT}._version"} <= read_tree(ROOT).keys()


def test_every_module_has_a_floor_and_imports_go_down() -> None:
    assert wrong_imports(read_tree(ROOT)) == []


def test_no_imports_in_a_circle() -> None:
    assert first_cycle(read_tree(ROOT)) is None


def test_import_linter_holds_the_same_floors() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (c for c in settings["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    layers = [tuple(room.strip(" ()") for room in layer.split("|")) for layer in contract["layers"]]
    assert tuple(reversed(layers)) == FLOORS
    assert contract["exhaustive"] is True
    assert contract["exhaustive_ignores"] == [OPEN_TO_ALL]


GROUND = {
    "marketimpact": "from ._version import __version__",
    "marketimpact._version": "__version__ = '1'",
    "marketimpact.errors": "class InputError(Exception): ...",
    "marketimpact.news": "",
    "marketimpact.news.event": "from ..errors import InputError",
    "marketimpact.market": "from .panel import Panel",
    "marketimpact.market.panel": "from marketimpact import errors, _version\nimport numpy",
    "marketimpact.study": "",
    "marketimpact.study.run": "from marketimpact.market.panel import Panel\nfrom .spec import Spec",
    "marketimpact.study.spec": "from marketimpact.news import event",
}


def test_a_sound_house_has_no_fault() -> None:
    assert wrong_imports(house(GROUND)) == []
    assert first_cycle(house(GROUND)) is None


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("market.panel", "import marketimpact.study.run", ":1 imports marketimpact.study.run: goes up"),
        ("market.panel", "from ..study import run", "imports marketimpact.study.run: goes up"),
        ("market.panel", "def f():\n    from ..study.run import x", ":2 imports"),
        ("market.panel", "if TYPE_CHECKING:\n    from marketimpact import study", ":2 imports"),
        ("market.panel", "def f():\n    import_module('marketimpact.study')", ":2 imports"),
        ("market.panel", "importlib.import_module('..study.run', __package__)", "goes up"),
        ("market.panel", "from marketimpact.news.event import Event", "siblings never import each other"),
        ("study.run", "from marketimpact import Event", "the door is for users"),
        ("study.run", "from .. import Event", "the door is for users"),
        ("study.run", "from ..attic import thing", "the target belongs to no floor"),
        ("attic", "", "marketimpact.attic: belongs to no floor"),
        ("attic.box", "", "marketimpact.attic.box: belongs to no floor"),
        ("_version", "from .errors import InputError", "the version needs nothing"),
    ],
)
def test_a_wrong_import_is_caught(name: str, text: str, fault: str) -> None:
    wrong = wrong_imports(house({**GROUND, f"marketimpact.{name}": text}))
    assert len(wrong) == 1
    assert fault in wrong[0]


def test_a_door_that_is_not_lazy_is_caught() -> None:
    wrong = wrong_imports(house({**GROUND, "marketimpact": "from .news.event import Event"}))
    assert wrong[0].startswith("marketimpact:1 imports marketimpact.news.event: the door is lazy")
    assert len(wrong) == 1


@pytest.mark.parametrize(
    "texts",
    [
        {"study.spec": "def f():\n    from .run import x"},
        {"market.panel": "from .curves import c", "market.curves": "from . import panel"},
        {
            "market.bonds": "from . import price",
            "market.bonds.price": "from .. import book",
            "market.book": "from .bonds import x",
        },
    ],
    ids=["inside a function", "two files", "through a package"],
)
def test_a_circle_is_caught(texts: dict[str, str]) -> None:
    own = {f"marketimpact.{name}": text for name, text in texts.items()}
    assert first_cycle(house({**GROUND, **own})) is not None
