"""Whether an option is the specification that it should be."""

from __future__ import annotations

from typing import TypeVar

from ..errors import InputError

__all__ = ["given_or"]

Spec = TypeVar("Spec")


def given_or(value: Spec | None, plain: Spec, parameter: str) -> Spec:
    """Give a specification, or the plain one where none is given.

    Parameters
    ----------
    value : specification, optional
    plain : specification
        Of the class that is wanted.
    parameter : str
        What the caller calls it.

    Raises
    ------
    InputError
        If it is of another class.

    Examples
    --------
    >>> given_or(None, 1.5, "spec")
    1.5
    """
    if value is not None and not isinstance(value, type(plain)):
        raise InputError(
            "is of another class", parameter=parameter, received=type(value).__name__,
            allowed=f"{type(plain).__name__}(...), or None",
        )  # fmt: skip
    return plain if value is None else value
