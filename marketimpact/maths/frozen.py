"""Arrays that nobody can write to."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Frozen", "read_only"]


class Frozen:
    """A frozen dataclass of arrays: equal by value, NaN equal to NaN; read-only also when it comes out of a pickle."""

    __slots__ = ()
    not_compared: ClassVar[tuple[str, ...]] = ()
    """Fields that equality leaves out, as objects of other libraries that are equal only to themselves."""

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        names = [field.name for field in fields(self) if field.name not in self.not_compared]  # type: ignore[arg-type]
        return all(_same(getattr(self, name), getattr(other, name)) for name in names)

    __hash__ = None  # type: ignore[assignment]  # holds arrays, like a frame

    def __reduce__(self) -> tuple[Any, tuple[type, dict[str, Any]]]:
        return _made, (type(self), {field.name: getattr(self, field.name) for field in fields(self)})  # type: ignore[arg-type]


def _made(kind: type, values: dict[str, Any]) -> Any:
    return kind(**values)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return bool(np.array_equal(one, other, equal_nan=np.asarray(one).dtype.kind in "fcmM"))
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (one != one and other != other)
    if isinstance(one, Frozen):
        return bool(one == other)
    if is_dataclass(one) and type(one) is type(other):
        return all(_same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))
    return bool(one == other)


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
