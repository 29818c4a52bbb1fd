"""How many questions a study asked of its data: events x instruments x windows x models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..alignment.pipeline import Alignment
from .estimates import Estimates
from .inference import kind_groups
from .spec import Spec

__all__ = ["NOT_COUNTED", "Cells", "cells_of", "counted"]

NOT_COUNTED = "what other runs looked at, by other models, windows or dates, no result can count"


@dataclass(frozen=True, slots=True)
class Cells:
    """The tests of single moves that a study holds: one for each move and window that has a number.

    Attributes
    ----------
    n : int
        Cells with a number: each move once, though several events share it; the headline once, though it is a window.
    moves, events, instruments : int
        Moves, and the events and instruments that they are of.
    windows : int
        Windows of a move, the headline among them; the most that one has.
    models : int
        Normal models.

    Examples
    --------
    >>> print(Cells(36, 12, 4, 3, 3, 1))
    36 cells tested: 12 moves (4 events, 3 instruments) x 3 windows x 1 model
    """

    n: int
    moves: int
    events: int
    instruments: int
    windows: int
    models: int

    def __str__(self) -> str:
        of = f"{counted(self.events, 'event')}, {counted(self.instruments, 'instrument')}"
        return (
            f"{counted(self.n, 'cell')} tested: {counted(self.moves, 'move')} ({of}) x"
            f" {counted(self.windows, 'window')} x {counted(self.models, 'model')}"
        )


def counted(n: int, what: str) -> str:
    """Write a count with its noun: "1 window", "3 windows"."""
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def cells_of(alignment: Alignment, estimates: Estimates, spec: Spec) -> Cells:
    """Count the cells of a study with one model.

    Parameters
    ----------
    alignment : Alignment
    estimates : Estimates
    spec : Spec

    Returns
    -------
    Cells
    """
    groups = kind_groups(alignment, estimates.rows).values()
    places = np.concatenate([*groups, np.empty(0, dtype=np.int64)])
    rows = estimates.rows[places]
    late = (alignment.last - alignment.position)[rows]
    own = [(first == 0) & (late == last) for first, last in spec.window_list]  # the headline by another name
    apart = ~np.any([np.zeros(len(rows), dtype=bool), *own], axis=0)
    known = np.isfinite(estimates.sums.car[places]).sum(axis=1)
    headline = np.isfinite(estimates.headline.car[places, 0]) & apart
    return Cells(
        int(known.sum() + headline.sum()),
        len(rows),
        len(np.unique(alignment.event[rows])),
        len(np.unique(alignment.instrument[rows])),
        len(spec.window_list) + int(apart.any()),
        1,
    )
