"""Tests of a study that no object of their own explains: the largest of candidate days, and the date permutation."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import InputError
from ..timeline import Window
from ..units import DISPLAY_UNITS
from .explain import Explanation, explain_outcome
from .inference import PERMUTATION, Across
from .pair import PairResult

__all__ = ["explain_permutation", "explain_which_day"]


def explain_which_day(pair: PairResult, test: str) -> Explanation:
    """Put the test of a pair's candidate sessions into words, if it is the one that judged them."""
    if pair.which_day.test != test:
        raise InputError(
            "does not judge the candidates of this pair",
            parameter="test",
            received=test,
            allowed=repr(pair.which_day.test),
        )
    where = f"{pair.event.id} on {pair.instrument.id}, {pair.kind}, {len(pair.candidates)} candidate sessions"
    return explain_outcome(pair.which_day, where=where, scale=pair.kind.scale, unit=pair.kind.display_unit)


def explain_permutation(across: Sequence[Across], window: Window | None, kind: str | None) -> Explanation:
    """Put the date permutation of one kind and window into words."""
    permuted = [one for one in across if one.outcome.test == PERMUTATION]
    found = [one for one in permuted if one.window == window and kind in (None, one.kind)]
    if len(found) != 1:
        windows, kinds = (
            dict.fromkeys(getattr(one, name) for one in permuted) for name in ("window", "kind")
        )
        raise InputError(
            "the study has several kinds: name one" if found else "names no test of this study",
            parameter="window, kind",
            received=(window, kind),
            allowed=f"{', '.join(map(str, windows))}; {', '.join(map(repr, kinds))}",
        )
    one = found[0]
    unit, scale = DISPLAY_UNITS[one.unit]
    where = f"{one.kind}, {'headline' if window is None else f'window {window}'}"
    return explain_outcome(one.outcome, where=where, scale=scale, unit=unit)
