"""The package's source as data: its modules, what each imports, which of its lines are code."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ROOT = "marketimpact"

Function = ast.FunctionDef | ast.AsyncFunctionDef

_NO_CODE = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}


@dataclass(frozen=True)
class Module:
    """One file of source under its dotted name."""

    name: str
    text: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree: it is walked once for all rules."""
        return tuple(ast.walk(self.tree))

    @property
    def room(self) -> str:
        """The name below the root: `maths` for `marketimpact.maths.moves`; empty for the root itself."""
        return room_of(self.name)

    @property
    def package(self) -> str:
        """The package that a relative import of level one starts from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    def _tokens(self) -> Iterator[tokenize.TokenInfo]:
        return tokenize.generate_tokens(io.StringIO(self.text).readline)

    @cached_property
    def code_lines(self) -> frozenset[int]:
        """Numbers of the lines that hold code: no blank line, no comment, no docstring."""
        docs = [
            range(node.lineno, (node.end_lineno or node.lineno) + 1)
            for node in self.nodes
            if isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ]
        doc_lines = {line for lines in docs for line in lines}
        return frozenset(
            line
            for token in self._tokens()
            if token.type not in _NO_CODE
            and not (token.type == tokenize.STRING and token.start[0] in doc_lines)
            for line in range(token.start[0], token.end[0] + 1)
        )

    @cached_property
    def reasons(self) -> Mapping[int, str]:
        """Line number -> the words of its comment, without the codes that only silence a tool."""
        silencer = r"noqa(:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*)?|type:\s*ignore(\[[^]]*\])?|pragma:[ \w]*"
        comments = {t.start[0]: t.string for t in self._tokens() if t.type == tokenize.COMMENT}
        return {line: re.sub(silencer, "", text).strip("# -:.") for line, text in comments.items()}

    def functions(self) -> Iterator[tuple[Function, ast.ClassDef | None]]:
        """Every function, nested ones too, with the class whose method it is."""
        methods = {
            child: node
            for node in self.nodes
            if isinstance(node, ast.ClassDef)
            for child in node.body
            if isinstance(child, Function)
        }
        for node in self.nodes:
            if isinstance(node, Function):
                yield node, methods.get(node)

    @property
    def lines(self) -> int:
        """How many lines the file has, code or not: counted at once, where code has to be told from words."""
        return len(self.text.splitlines())

    def lines_of(self, function: Function) -> range:
        """The lines of a function, code or not, from its `def` to its end."""
        return range(function.lineno, (function.end_lineno or function.lineno) + 1)

    def code_lines_of(self, function: Function) -> int:
        """How many code lines a function has."""
        return len(self.code_lines.intersection(self.lines_of(function)))

    def imports(self, known: Mapping[str, Module]) -> list[tuple[str, int]]:
        """Every import as (dotted target, line): those inside functions and under TYPE_CHECKING too.

        A name imported from a package is the submodule where `known` has one, else the package.
        """
        found = []
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found += [(alias.name, node.lineno) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node.module or "", node.level)
                inner = [f"{base}.{alias.name}" for alias in node.names]
                found += [(name if name in known else base, node.lineno) for name in inner]
            elif isinstance(node, ast.Call) and (name := _imported_by_call(node)):
                bare = name.lstrip(".")
                found.append((self._absolute(bare, len(name) - len(bare)), node.lineno))
        return found

    def _absolute(self, name: str, level: int) -> str:
        if level == 0:
            return name
        above = self.package.split(".")[: self.package.count(".") + 2 - level]
        return ".".join([*above, name] if name else above)


def room_of(dotted: str) -> str:
    """The room a dotted name of the package lies in; empty for the root."""
    return dotted.split(".")[1] if "." in dotted else ""


def is_own(dotted: str) -> bool:
    """Whether a dotted name lies in the package."""
    return dotted == ROOT or dotted.startswith(f"{ROOT}.")


def house(texts: Mapping[str, str]) -> dict[str, Module]:
    """A small house for a test's test: dotted name -> text; a name that others lie under is a package."""
    return {
        name: Module(name, text, is_package=any(other.startswith(f"{name}.") for other in texts))
        for name, text in texts.items()
    }


@cache
def read_tree(folder: str) -> dict[str, Module]:
    """Every Python file under a folder of the repository, by its dotted name."""
    modules = {}
    for path in sorted((REPOSITORY / folder).rglob("*.py")):
        parts = path.relative_to(REPOSITORY).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        modules[name] = Module(name, path.read_text(encoding="utf-8"), is_package)
    return modules


def _imported_by_call(node: ast.Call) -> str | None:
    """The literal name that `import_module("x")` or `__import__("x")` would import."""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
    if called not in {"import_module", "__import__"} or not node.args:
        return None
    first = node.args[0]
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
