"""What a file, a function and a signature may cost. The source is read, never run."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator

import pytest

from tests.house.source import ROOT, Function, Module, house, is_own, read_tree, room_of

FILE_LINES = 400
FUNCTION_LINES = 60
USUAL_FUNCTION_LINES = 30
SHARE_OF_USUAL = 0.90
PARAMETERS = 7

MATHS_MAY_IMPORT = {"numpy", "scipy"} | sys.stdlib_module_names - {"calendar", "datetime", "time", "zoneinfo"}
MATHS_MAY_ENTER = {"errors", "units", "maths"}
MUTABLE = {"list", "dict", "set", "bytearray", "defaultdict", "deque", "Counter", "OrderedDict"}

Rule = Callable[[Module], Iterable[str]]


def long_files(module: Module) -> Iterator[str]:
    if module.lines > FILE_LINES and len(module.code_lines) > FILE_LINES:
        yield f"{module.name}: {len(module.code_lines)} code lines in one file, allowed {FILE_LINES}"


def long_functions(module: Module) -> Iterator[str]:
    for function, _ in module.functions():
        if (lines := _code_lines_above(FUNCTION_LINES, module, function)) is not None:
            yield f"{_place(module, function)}: {lines} code lines, allowed {FUNCTION_LINES}"


def many_parameters(module: Module) -> Iterator[str]:
    for function, owner in module.functions():
        constructor = function.name == "__init__" and owner is not None and _is_dataclass(owner)
        if (count := len(_parameters(function, owner))) > PARAMETERS and not constructor:
            yield f"{_place(module, function)}: {count} parameters, allowed {PARAMETERS}"


def missing_annotations(module: Module) -> Iterator[str]:
    for function, owner in module.functions():
        bare = [p.arg for p in _parameters(function, owner) if p.annotation is None]
        if bare or function.returns is None:
            yield f"{_place(module, function)}: no annotation on {', '.join(bare) or 'what it returns'}"


def prints(module: Module) -> Iterator[str]:
    if module.room == "cli":
        return
    for node in module.nodes:
        stream = isinstance(node, ast.Attribute) and ast.unparse(node) in {"sys.stdout", "sys.stderr"}
        if stream or (isinstance(node, ast.Name) and node.id == "print"):
            yield f"{module.name}:{node.lineno} writes to the terminal; only cli may"


def broad_excepts(module: Module) -> Iterator[str]:
    for node in module.nodes:
        if isinstance(node, ast.ExceptHandler):
            caught = [node.type]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"suppress", "contextlib.suppress"}:
            caught = [*node.args]
        else:
            continue
        if any(_is_broad(kind) for kind in caught) and not module.reasons.get(node.lineno):
            yield f"{module.name}:{node.lineno} catches everything and gives no reason on its line"


def mutable_defaults(module: Module) -> Iterator[str]:
    for function in (n for n in module.nodes if isinstance(n, Function | ast.Lambda)):
        for default in [*function.args.defaults, *function.args.kw_defaults]:
            if default is not None and _is_mutable(default):
                yield f"{module.name}:{default.lineno} has a mutable default, {ast.unparse(default)}"


def unmatched_raises(module: Module) -> Iterator[str]:
    for node in module.nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"pytest.raises", "raises"}:
            patterns = [k.value for k in node.keywords if k.arg == "match"]
            if not patterns or (isinstance(patterns[0], ast.Constant) and not patterns[0].value):
                yield f"{module.name}:{node.lineno} expects an error and does not say which: add match="


def heavy_maths(module: Module) -> Iterator[str]:
    if module.room != "maths":
        return
    for target, line in module.imports(read_tree(ROOT)):
        allowed = room_of(target) in MATHS_MAY_ENTER if is_own(target) else _top(target) in MATHS_MAY_IMPORT
        if not allowed:
            yield f"{module.name}:{line} imports {target}; maths knows arrays only"


RULES_OF_THE_PACKAGE = [
    long_files,
    long_functions,
    many_parameters,
    missing_annotations,
    prints,
    broad_excepts,
    mutable_defaults,
    heavy_maths,
]
RULES_OF_TESTS_AND_SCRIPTS = [long_files, broad_excepts, mutable_defaults, unmatched_raises]


@pytest.mark.parametrize("rule", RULES_OF_THE_PACKAGE, ids=lambda rule: rule.__name__)
def test_the_package_has_no(rule: Rule) -> None:
    assert [fault for module in read_tree(ROOT).values() for fault in rule(module)] == []


@pytest.mark.parametrize("folder", ["tests", "scripts"])
@pytest.mark.parametrize("rule", RULES_OF_TESTS_AND_SCRIPTS, ids=lambda rule: rule.__name__)
def test_tests_and_scripts_have_no(rule: Rule, folder: str) -> None:
    assert [fault for module in read_tree(folder).values() for fault in rule(module)] == []


def test_nine_functions_in_ten_are_short() -> None:
    lengths = {
        _place(m, f): _code_lines_above(USUAL_FUNCTION_LINES, m, f)
        for m in read_tree(ROOT).values()
        for f, _ in m.functions()
    }
    long = {place: lines for place, lines in lengths.items() if lines is not None}
    assert len(long) <= (1 - SHARE_OF_USUAL) * len(lengths), long


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (long_files, "x = 1\n" * 401),
        (long_functions, "def f() -> None:\n" + "    x = 1\n" * 60),
        (many_parameters, "def f(a, b, /, c, d, *e, g, h, **i): ..."),
        (many_parameters, "class C:\n    def __init__(self, a, b, c, d, e, f, g, h): ..."),
        (missing_annotations, "def f(a: int, b) -> None: ..."),
        (missing_annotations, "def f(a: int): ..."),
        (missing_annotations, "def f(*a: int, **b) -> None: ..."),
        (missing_annotations, "class C:\n    @staticmethod\n    def f(a) -> None: ..."),
        (missing_annotations, "def f() -> int:\n    def g(): ...\n    return 1"),
        (prints, "def f() -> None:\n    print(1)"),
        (prints, "show = print"),
        (prints, "sys.stderr.write('x')"),
        (broad_excepts, "try: ...\nexcept: ..."),
        (broad_excepts, "try: ...\nexcept Exception: ..."),
        (broad_excepts, "try: ...\nexcept (ValueError, BaseException):  # noqa: BLE001\n    ..."),
        (broad_excepts, "with contextlib.suppress(Exception): ..."),
        (mutable_defaults, "def f(a=[]): ..."),
        (mutable_defaults, "def f(*, a={}): ..."),
        (mutable_defaults, "f = lambda a=dict(): a"),
        (mutable_defaults, "def f(a=collections.defaultdict(int)): ..."),
        (unmatched_raises, "with pytest.raises(ValueError): ..."),
        (unmatched_raises, "with raises(ValueError, match=''): ..."),
        (heavy_maths, "import pandas"),
        (heavy_maths, "def f() -> None:\n    import statsmodels.api"),
        (heavy_maths, "from datetime import date"),
        (heavy_maths, "from ..ledger import Ledger"),
    ],
)
def test_a_breach_is_caught(rule: Rule, text: str) -> None:
    assert len(list(rule(_of_maths(text)))) == 1


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (long_files, '"""Long.\n' + "word\n" * 500 + '"""\n' + "# why\n\n" * 300 + "x = 1\n" * 400),
        (long_functions, 'def f() -> None:\n    """Long.' + "\n" * 80 + '    """\n' + "    x = 1\n" * 59),
        (many_parameters, "class C:\n    def f(self, a, b, c, d, e, f, g): ..."),
        (
            many_parameters,
            "@dataclass(frozen=True)\nclass C:\n    def __init__(self, a, b, c, d, e, f, g, h): ...",
        ),
        (
            missing_annotations,
            "class C:\n    @classmethod\n    def f(cls, a: int, *b: int, **c: int) -> None: ...",
        ),
        (
            broad_excepts,
            "try: ...\nexcept Exception:  # noqa: BLE001 - a plug-in may raise anything\n    ...",
        ),
        (broad_excepts, "try: ...\nexcept (KeyError, ValueError): ..."),
        (mutable_defaults, "def f(a=(), b=None, *, c=frozenset()): ..."),
        (unmatched_raises, "with pytest.raises(ValueError, match='level'): ..."),
        (
            heavy_maths,
            "import math\nimport numpy as np\nfrom scipy import stats\nfrom ..errors import InputError",
        ),
        (heavy_maths, "from .moves import x\nfrom marketimpact.units import MoveKind"),
    ],
)
def test_what_is_allowed_passes(rule: Rule, text: str) -> None:
    assert list(rule(_of_maths(text))) == []


def test_the_command_line_prints() -> None:
    assert list(prints(Module(f"{ROOT}.cli", "print(1)"))) == []


def _of_maths(text: str) -> Module:
    return house({f"{ROOT}.maths.sample": text})[f"{ROOT}.maths.sample"]


def _code_lines_above(most: int, module: Module, function: Function) -> int | None:
    """Count the code lines of a function that has more than so many; None of others, without reading short ones."""
    lines = module.code_lines_of(function) if len(module.lines_of(function)) > most else 0
    return lines if lines > most else None


def _place(module: Module, function: Function) -> str:
    return f"{module.name}:{function.lineno} {function.name}"


def _parameters(function: Function, owner: ast.ClassDef | None) -> list[ast.arg]:
    """Every parameter, without the self or cls of a method."""
    given = function.args
    static = any(ast.unparse(d) == "staticmethod" for d in function.decorator_list)
    places = [*given.posonlyargs, *given.args][1 if owner is not None and not static else 0 :]
    return [*places, *given.kwonlyargs, *(arg for arg in (given.vararg, given.kwarg) if arg is not None)]


def _is_dataclass(owner: ast.ClassDef) -> bool:
    return any(ast.unparse(d).partition("(")[0].endswith("dataclass") for d in owner.decorator_list)


def _is_broad(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        return any(_is_broad(one) for one in kind.elts)
    return kind is None or ast.unparse(kind).removeprefix("builtins.") in {"Exception", "BaseException"}


def _is_mutable(default: ast.expr) -> bool:
    if isinstance(default, ast.Call):
        return ast.unparse(default.func).rpartition(".")[2] in MUTABLE
    return isinstance(default, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp)


def _top(dotted: str) -> str:
    return dotted.partition(".")[0]
