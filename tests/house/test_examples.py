"""The examples in the docstrings run."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest

from tests.house.source import ROOT, read_tree


@pytest.mark.parametrize("name", [name for name, module in read_tree(ROOT).items() if ">>>" in module.text])
def test_examples_of(name: str) -> None:
    results = doctest.testmod(import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert results.attempted > 0
    assert results.failed == 0
