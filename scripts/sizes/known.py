"""Cells of the table that do not hold, and what is known of them. None is left out in silence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """Some cells that do not hold: rows whose name holds all ``rows``, and the tests named."""

    rows: tuple[str, ...]
    tests: tuple[str, ...]
    words: str

    def covers(self, row: str, test: str) -> bool:
        """Whether a cell is one of them."""
        return all(part in row for part in self.rows) and test in self.tests


KNOWN: tuple[Known, ...] = ()


def explained(row: str, test: str) -> bool:
    """Whether what is known covers a cell."""
    return any(known.covers(row, test) for known in KNOWN)
