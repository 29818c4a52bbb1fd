"""Arrays that nobody can write to."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from numpy.typing import NDArray

__all__ = ["Frozen", "read_only"]


class Frozen:
    """A frozen dataclass that comes out of a pickle as it was made: through its constructor, arrays read-only."""

    __slots__ = ()

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), tuple(getattr(self, field.name) for field in fields(self))  # type: ignore[arg-type]


def read_only(*arrays: NDArray[Any]) -> None:
    """Make arrays read-only: a result is a value.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.zeros(2)
    >>> read_only(a)
    >>> a.flags.writeable
    False
    """
    for array in arrays:
        array.flags.writeable = False
