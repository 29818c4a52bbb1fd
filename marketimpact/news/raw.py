"""What an event file holds, before it is read as events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..errors import MarketImpactError

__all__ = ["RawEvents"]


@dataclass(frozen=True)
class RawEvents:
    """The rows of an event file, whatever its form.

    Parameters
    ----------
    where : str
        Name of the file, for errors.
    rows : list of dict
        What each event holds, by field.
    places : list of str
        Where each row stands in the file, for errors: "row 3".
    faults : dict of int to error
        Rows, counted from 0, that cannot be read, and why; of these the id and the date are kept as written.
    """

    where: str
    rows: list[dict[str, Any]]
    places: list[str]
    faults: dict[int, MarketImpactError] = field(default_factory=dict)
