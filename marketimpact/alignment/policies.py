"""What to do where the news and the market do not fit: the choices of an alignment."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal, get_args

from ..errors import InputError

__all__ = ["Contamination", "Frozen", "Policies", "Roll", "SameSession", "Spanned"]

Roll = Literal["next", "previous", "nearest", "drop", "raise"]
Spanned = Literal["flag", "leave_out", "raise"]
Contamination = Literal["leave_out", "keep"]
Frozen = Literal["leave_out", "keep"]
SameSession = Literal["apart", "joint"]

MOST_LATENCY = 7 * 24 * 60
"""A wait longer than a week is no latency [minutes]."""


@dataclass(frozen=True, slots=True)
class Policies:
    """Choices of an alignment; every one that changes something stands in the ledger.

    Parameters
    ----------
    roll : {"next", "previous", "nearest", "drop", "raise"}
        Where news meets no session, because none of the days it touches is quoted: take the first snapshot after
        it, the last session before it, the nearer of both (a tie is the next), leave the pair out, or raise. The
        estimation window goes with the session taken. News after a close has a session: the next one.
    latency : int
        The event session is the first whose snapshot lies at least this long after the news [minutes]. News of a
        minute is an interval: where the latency ends within the minute of a snapshot there are two candidates.
    spanned : {"flag", "leave_out", "raise"}
        What becomes of a move that spans several expected sessions, as the first after a closure does: it is kept,
        with the variance v_m of `span_variance`, and flagged; left out of every window, and the pair with it where
        it is the headline's; or an error where it is the headline's.
    contamination : {"leave_out", "keep"}
        Whether the event windows of other events on the instrument are left out of each estimation window.
    frozen : {"leave_out", "keep"}
        Whether quotes that stand still improbably long count as not quoted (`marketimpact.maths.stale.frozen_runs`),
        of instruments and factors: a pair whose event falls among them is left out, and the first move after them
        spans them. Rows that repeat a quote over a weekend or a holiday of the named calendar are then no sessions.
        Keep them all where a rate truly rests, as a bill's near its floor.
    same_session : {"apart", "joint"}
        Events that first show in the same sessions of an instrument stay apart (their one move enters averages
        once), or become one joint event under the name of the earliest.

    Raises
    ------
    InputError
        If a choice is unknown, or the latency is not a whole number of minutes up to a week.

    Examples
    --------
    >>> Policies(roll="previous").roll
    'previous'
    """

    roll: Roll = "next"
    latency: int = 0
    spanned: Spanned = "flag"
    contamination: Contamination = "leave_out"
    frozen: Frozen = "leave_out"
    same_session: SameSession = "apart"

    def __post_init__(self) -> None:
        choices = {
            "roll": Roll,
            "spanned": Spanned,
            "contamination": Contamination,
            "frozen": Frozen,
            "same_session": SameSession,
        }
        for name, choice in choices.items():
            if getattr(self, name) not in get_args(choice):
                raise InputError(
                    "is not known",
                    parameter=f"Policies.{name}",
                    received=getattr(self, name),
                    allowed=", ".join(map(repr, get_args(choice))),
                )
        whole = isinstance(self.latency, int) and not isinstance(self.latency, bool)
        if not whole or not 0 <= self.latency <= MOST_LATENCY:
            raise InputError(
                "is not a number of minutes",
                parameter="Policies.latency",
                received=self.latency,
                allowed=f"a whole number from 0 to {MOST_LATENCY}",
            )

    def __str__(self) -> str:
        """Say what differs from the defaults; empty where nothing does."""
        default = Policies()
        return ", ".join(
            f"{field.name} = {getattr(self, field.name)}{' minutes' if field.name == 'latency' else ''}"
            for field in fields(self)
            if getattr(self, field.name) != getattr(default, field.name)
        )
