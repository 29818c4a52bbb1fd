"""Whether a plot was given what it draws."""

from __future__ import annotations

from ..errors import InputError

__all__ = ["check_kind"]


def check_kind(result: object, kind: type, made_by: str) -> None:
    """Check that a result is of the kind that a plot draws.

    Raises
    ------
    InputError
        If it is not, with what is expected and what gives it.

    Examples
    --------
    >>> check_kind(1.0, int, "counting")
    Traceback (most recent call last):
    marketimpact.errors.InputError: result: is nothing that this draws; received 'float'; allowed: an int, of counting
    """
    if not isinstance(result, kind):
        article = "an" if kind.__name__[0] in "AEIOUaeiou" else "a"
        raise InputError(
            "is nothing that this draws", parameter="result", received=type(result).__name__,
            allowed=f"{article} {kind.__name__}, of {made_by}",
        )  # fmt: skip
