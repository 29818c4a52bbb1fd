"""What the variants of a result say together, in a small table and words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ..units import DISPLAY_UNITS
from .cells import NOT_COUNTED, counted
from .placebos import EVENT_DATE
from .spec import Spec
from .summary import ILLUSTRATIVE, Summary, p_said
from .variants import Variant

__all__ = ["cells_tried", "summarise_variants"]

MOST_NAMES = 3
"""Variants that are named for one reason; the table has them all."""

TRIED = ("grid", "shift", "without event", "without cluster", "without confounded")
"""Groups whose variants are other looks at the data; the rest stand in the grid too, or are placebos."""

NO_TEST = "variants are not independent of one another: a share of small p is no test"


def summarise_variants(spec: Spec, what: str, variants: Sequence[Variant], stamp: str | None) -> Summary:
    """Make the summary of variants: one row a kind of move and group.

    Parameters
    ----------
    spec : Spec
        Its level says which p is small: below 1 - level.
    what : str
        The pair, or the means.
    variants : sequence of Variant
        The base first.
    stamp : str or None

    Returns
    -------
    Summary
    """
    alpha = 1.0 - spec.level
    head = [
        f"Robustness of {what}: {spec.model}; estimation {spec.timeline.estimation},"
        f" event window {spec.timeline.event}"
    ]
    if stamp:
        head.append(ILLUSTRATIVE.format(stamp=stamp))
    kinds = list(dict.fromkeys(one.kind for one in variants))
    rows, tail = [], []
    for kind in kinds:
        base, *others = [one for one in variants if one.kind == kind]
        name = (kind.partition(" [")[0],) if len(kinds) > 1 else ()
        groups = dict.fromkeys(one.group for one in others if one.group != "placebo date")
        rows += [(*name, "base", *_cells([base], base, alpha))]
        rows += [
            (*name, group, *_cells([v for v in others if v.group == group], base, alpha)) for group in groups
        ]
        tail += [": ".join([*name, line]) for line in _placebos(others)]
    tail += [*_reasons(variants), _counted(variants), NO_TEST]
    columns = (
        *(("kind",) if len(kinds) > 1 else ()), "group", "variants", "with a number", "lowest", "highest",
        f"p < {alpha:.3g}".replace("0.", "."), "differs most",
    )  # fmt: skip
    return Summary(tuple(head), columns, tuple(rows), tuple(tail))


def cells_tried(variants: Iterable[Variant]) -> int:
    """Count the variants with a number, each once: an event that is shifted by nothing is the base."""
    return sum(
        one.group in TRIED and bool(np.isfinite(one.estimate)) and (one.group, one.variant) != ("shift", "0")
        for one in variants
    )


def _counted(variants: Sequence[Variant]) -> str:
    """Say how many looks at the data these are."""
    grid = [one for one in variants if one.group == "grid"]
    sizes = [len({getattr(one, name) for one in grid}) for name in ("model", "length", "window")]
    words = [counted(n, what) for n, what in zip(sizes, ("model", "length", "window"), strict=True)]
    return (
        f"{counted(cells_tried(variants), 'cell')} tested: {' x '.join(words)}, and other dates and samples;"
        f" {NOT_COUNTED}"
    )


def _cells(group: Sequence[Variant], base: Variant, alpha: float) -> tuple[str, ...]:
    """Say of one group how many there are, their range, how many p are small, and which is furthest from the base."""
    known = [one for one in group if np.isfinite(one.estimate)]
    tested = [one for one in known if np.isfinite(one.p_value)]
    counts = (str(len(group)), str(len(known)))
    if not known:
        return (*counts, "n/a", "n/a", "n/a", "")
    by_size = sorted(known, key=lambda one: one.estimate)
    small = sum(one.p_value < alpha for one in tested)
    away = max(known, key=lambda one: abs(one.estimate - base.estimate))
    most = away.variant if np.isfinite(base.estimate) and away.estimate != base.estimate else ""
    return (
        *counts,
        _written(by_size[0]),
        _written(by_size[-1]),
        f"{small} of {len(tested)}",
        f"{most}: {_written(away)}" if most else "",
    )


def _written(one: Variant) -> str:
    unit, scale = DISPLAY_UNITS[one.unit]
    return f"{one.estimate * scale:+.2f} {unit}"


def _placebos(variants: Iterable[Variant]) -> Iterator[str]:
    """Say in one line where the event's standardized headline lies among those of placebo dates."""
    group = [one for one in variants if one.group == "placebo date"]
    own = [one for one in group if one.variant == EVENT_DATE]
    placed = np.array([one.estimate for one in group if one.variant != EVENT_DATE and not one.reason])
    if not own or np.isnan(own[0].estimate) or not len(placed):
        return
    size = abs(own[0].estimate)
    larger = int(np.count_nonzero(np.abs(placed) >= size))
    p = own[0].p_value
    ranked = f"; rank {p_said(p)}" if np.isfinite(p) else ""
    yield (
        f"{len(placed)} placebo dates from {placed.min():+.2f} to {placed.max():+.2f} standard errors, the event"
        f" {own[0].estimate:+.2f}: {larger} of them as large{ranked}"
    )


def _named(one: Variant) -> str:
    """Name a variant by its group and itself, once where they are one word."""
    return one.group if one.variant in ("", one.group) else f"{one.group} {one.variant}"


def _reasons(variants: Iterable[Variant]) -> Iterator[str]:
    """Say why variants have no number: one line a reason, with the first that it concerns; the grid repeats most."""
    concerned: dict[str, list[str]] = {}
    for one in variants:
        if one.reason and (one.group != "grid" or one.reason not in concerned):
            concerned.setdefault(one.reason, []).append(_named(one))
    for reason, names in concerned.items():
        named = list(dict.fromkeys(names))
        more = f" and {len(named) - MOST_NAMES} more" if len(named) > MOST_NAMES else ""
        yield f"{', '.join(named[:MOST_NAMES])}{more}: {reason}"
