"""The time line of an event study, in sessions relative to the event."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import InputError

__all__ = ["Timeline", "Window", "window"]

Window = tuple[int, int]
"""First and last tau of a window, both ends inclusive."""

MIN_ESTIMATION = 60

FURTHEST = 100_000
"""Sessions that a window may lie away from tau = 0: more than any series has, few enough to lay out in memory."""


def window(value: object, parameter: str) -> Window:
    """Read a pair of whole numbers as a window, both ends inclusive.

    Raises
    ------
    InputError
        If the value is not two whole numbers in ascending order.
    """
    allowed = "two whole numbers (first, last), first <= last, both ends inclusive"
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise InputError("is not a window", parameter=parameter, received=value, allowed=allowed)
    first, last = value
    whole = all(isinstance(end, int) and not isinstance(end, bool) for end in (first, last))
    if not whole or first > last:
        raise InputError("is not a window", parameter=parameter, received=value, allowed=allowed)
    return (first, last)


def _near(value: Window, name: str) -> Window:
    """Refuse a window that no series can fill."""
    if not -FURTHEST <= value[0] <= value[1] <= FURTHEST:
        raise InputError(
            "reaches too far",
            parameter=f"Timeline.{name}",
            received=value,
            allowed=f"-{FURTHEST} <= first, last <= {FURTHEST} [sessions]",
        )
    return value


@dataclass(frozen=True, slots=True)
class Timeline:
    """Estimation window and event window, in the instrument's own sessions, both ends inclusive.

    tau = 0 is the event session: the first snapshot strictly after the news. The sessions between the
    two windows are the gap.

    Parameters
    ----------
    estimation : tuple of int
        First and last tau of the estimation window [sessions].
    event : tuple of int
        First and last tau of the event window [sessions]; holds 0.
    min_estimation : int
        Usable moves that an estimation window must hold, else the pair is left out [sessions].

    Raises
    ------
    InputError
        If a window is malformed or reaches more than 100,000 sessions from tau = 0, the windows overlap,
        the event window misses tau = 0, or the estimation window is shorter than ``min_estimation``.

    Examples
    --------
    >>> timeline = Timeline(estimation=(-130, -11), event=(-5, 5))
    >>> timeline.estimation_length, timeline.event_length
    (120, 11)
    """

    estimation: Window = (-130, -11)
    event: Window = (-5, 5)
    min_estimation: int = MIN_ESTIMATION

    def __post_init__(self) -> None:
        for name in ("estimation", "event"):
            object.__setattr__(self, name, _near(window(getattr(self, name), f"Timeline.{name}"), name))
        if not self.event[0] <= 0 <= self.event[1]:
            raise InputError(
                "the event window must hold tau = 0",
                parameter="Timeline.event",
                received=self.event,
                allowed="first <= 0 <= last",
            )
        if self.estimation[1] >= self.event[0]:
            raise InputError(
                f"the estimation window overlaps the event window {self.event}",
                parameter="Timeline.estimation",
                received=self.estimation,
                allowed=f"a last tau below {self.event[0]}",
            )
        self._check_minimum()

    def _check_minimum(self) -> None:
        whole = isinstance(self.min_estimation, int) and not isinstance(self.min_estimation, bool)
        if not whole or self.min_estimation < 3:
            raise InputError(
                "is not a number of sessions",
                parameter="Timeline.min_estimation",
                received=self.min_estimation,
                allowed="a whole number from 3",
            )
        if self.estimation_length < self.min_estimation:
            raise InputError(
                f"the estimation window holds {self.estimation_length} sessions, fewer than "
                f"min_estimation = {self.min_estimation}",
                parameter="Timeline.estimation",
                received=self.estimation,
                allowed="a longer window, or a smaller min_estimation said explicitly",
            )

    @property
    def estimation_length(self) -> int:
        """Sessions in the estimation window (T when all are usable)."""
        return self.estimation[1] - self.estimation[0] + 1

    @property
    def event_length(self) -> int:
        """Sessions in the event window (L2)."""
        return self.event[1] - self.event[0] + 1

    @property
    def taus(self) -> tuple[int, ...]:
        """Every tau of the event window, in order."""
        return tuple(range(self.event[0], self.event[1] + 1))
