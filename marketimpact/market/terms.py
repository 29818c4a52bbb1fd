"""What every instrument says of its series, and the checks of its terms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ..errors import InputError
from .closures import Closure, closures_of
from .snapshots import Snapshot, snapshot_of

__all__ = ["Described", "check_one_of", "check_series"]


class Described(Protocol):
    """What every instrument says of its series."""

    @property
    def id(self) -> str: ...
    @property
    def snapshot(self) -> Snapshot | str | None: ...
    @property
    def calendar(self) -> str | None: ...
    @property
    def dating_lag(self) -> int: ...
    @property
    def closures(self) -> tuple[Closure, ...]: ...


def check_one_of(value: object, allowed: tuple[object, ...], parameter: str) -> None:
    """Refuse a choice that is not allowed, also one that only equals it: True is not 1, and 2.0 is no count.

    Raises
    ------
    InputError
    """
    switch = any(isinstance(one, bool) for one in allowed)
    if value not in allowed or isinstance(value, float) or isinstance(value, bool) != switch:
        raise InputError(
            "is not known", parameter=parameter, received=value, allowed=", ".join(map(repr, allowed))
        )


def check_series(instrument: Described) -> None:
    """Check and normalise what every instrument has: an id, a snapshot, a calendar, a dating lag and closures.

    Raises
    ------
    InputError
    """
    name = type(instrument).__name__
    put: Callable[[Any, str, object], None] = object.__setattr__  # instruments are frozen
    if not isinstance(instrument.id, str) or not instrument.id.strip():
        raise InputError("is empty", parameter=f"{name}.id", received=instrument.id, allowed="a name")
    put(instrument, "snapshot", snapshot_of(instrument.snapshot, f"{name}.snapshot"))
    if instrument.calendar is not None and not isinstance(instrument.calendar, str):
        raise InputError(
            "is not the name of a calendar",
            parameter=f"{name}.calendar",
            received=instrument.calendar,
            allowed="a name like 'XLON' or 'SIFMA_US', or None for Monday to Friday",
        )
    lag = instrument.dating_lag
    if not isinstance(lag, int) or isinstance(lag, bool) or not 0 <= lag <= 5:
        raise InputError(
            "is not a dating lag",
            parameter=f"{name}.dating_lag",
            received=lag,
            allowed="0 to 5 working days of the setting calendar",
        )
    put(instrument, "closures", closures_of(instrument.closures, f"{name}.closures"))
