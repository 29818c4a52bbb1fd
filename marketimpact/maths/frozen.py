"""Arrays that nobody can write to."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

__all__ = ["read_only"]


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
