"""Surprises as regressors: standardised by type of release, split by sign or by a state, the expected part beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, InputError
from .estimation import Column
from .observations import Observations

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Part",
    "Release",
    "expected_column",
    "read_expected",
    "read_releases",
    "read_state",
    "sign_parts",
    "state_parts",
]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

PER_SD = "sd of surprise"


@dataclass(frozen=True, slots=True, eq=False)
class Release:
    """The surprises of one type of release.

    Attributes
    ----------
    name : str
    values : ndarray, shape (N,)
        Standardised surprise of each pair's event; zero where the pair is none of this type's.
    known : ndarray of bool, shape (N,)
        Pairs of the type whose event has a surprise.
    missing : ndarray of bool, shape (N,)
        Pairs of the type whose event has none.
    sd : float
        Standard deviation of the surprises of the events that enter [unit].
    unit : str
        Unit of the surprise.
    """

    name: str
    values: Floats
    known: Mask
    missing: Mask
    sd: float
    unit: str


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A regressor made of a release: what each pair's event brings along, times what its event session holds.

    Attributes
    ----------
    term : str
    carried : ndarray, shape (N,)
        The surprise, or the part of it with one sign; the same for all pairs of an event.
    stays : ndarray, shape (N,)
        One, or a state.
    per : str
        What one unit of it is.
    """

    term: str
    carried: Floats
    stays: Floats
    per: str = PER_SD

    def column(self, found: Observations) -> Column:
        """Put it on the moves."""
        return Column(self.term, found.spread(self.carried * self.stays), self.per)


def read_releases(
    found: Observations, types: Mapping[str, Mask], state: Floats | None = None
) -> list[Release]:
    """Standardise surprises by type of release: S / sd(S), sd over the events that enter, each once, with n - 1.

    An event enters if its move is usable and, where there is one, its state known.

    A surprise is actual less expected, so that zero means "as expected": nothing is taken from it.

    Raises
    ------
    DataError
        If the surprises of a type have no unit, or several.
    InputError
        If a type has fewer than two events with a surprise, or its surprises do not vary.
    """
    seen = np.full(len(found.at), True) if state is None else np.isfinite(state)
    return [_release(found, name, chosen, seen) for name, chosen in types.items()]


def _release(found: Observations, name: str, chosen: Mask, seen: Mask) -> Release:
    surprise = found.events.columns["surprise"][found.event].astype(np.float64)
    known = chosen & np.isfinite(surprise)
    usable = known & found.usable[found.at]
    entering = np.unique(found.event[usable & seen])
    if len(entering) < 2:  # the surprises may be enough, and the state not: it has an error of its own
        entering = np.unique(found.event[usable])
    if len(entering) < 2:
        raise InputError(
            f"type {name!r} has {'one' if len(entering) else 'no'} usable event with a surprise: "
            "their spread needs two",
            parameter="events",
            received=int(chosen.sum()),
            allowed="events with surprise= and surprise_unit=, or by=[...] for the types that have them; a single "
            "event has tests of its own: mi.EventStudy(...).run(...).one_event(...)",
        )
    units = {found.events.columns["surprise_unit"][i] for i in entering}
    if len(units) > 1 or None in units:
        raise DataError(
            f"the surprises of type {name!r} have no common unit",
            parameter="surprise_unit",
            received=sorted(map(str, units)),
            allowed="one unit for all events of a type, like surprise_unit='percent': convert them, or give each unit "
            "a category of its own",
        )
    values = np.sort(
        found.events.columns["surprise"][entering].astype(np.float64)
    )  # in no order of the events
    sd = float(values.std(ddof=1))
    if not sd > 1e-12 * np.abs(values).max():
        raise InputError(
            f"the surprises of type {name!r} do not vary",
            parameter="surprise",
            received=float(values[0]),
            allowed="surprises that differ; EventRegression gives the mean move of such days",
        )
    unit = str(next(iter(units)))
    return Release(name, np.where(known, surprise / sd, 0.0), known, chosen & ~known, sd, unit)


def sign_parts(found: Observations, release: Release) -> list[Part]:
    """Give the positive and the negative part: their coefficients are responses to a surprise of that sign."""
    sides = (("positive", np.maximum(release.values, 0.0)), ("negative", np.minimum(release.values, 0.0)))
    for side, values in sides:
        if not (values[found.usable[found.at]] != 0.0).any():
            raise InputError(
                f"type {release.name!r} has no {side} surprise",
                parameter="asymmetric",
                received=True,
                allowed="surprises of both signs, or asymmetric=False",
            )
    ones = np.ones(len(release.values))
    return [Part(f"{release.name}, {side} surprise", values, ones) for side, values in sides]


def read_state(found: Observations, state: pd.Series[Any]) -> Floats:
    """Read a state on the session before each event session, shape (N,); NaN where the state has no value of that date.

    Nothing is carried forward: a monthly state is made daily by whoever knows when it was published.

    Raises
    ------
    InputError
        If it is no series of numbers or booleans with a date each.
    """
    import pandas as pd

    if not isinstance(state, pd.Series) or not isinstance(state.index, pd.DatetimeIndex):
        index = f" with an index of {state.index.dtype}" if isinstance(state, pd.Series) else ""
        raise InputError(
            "is no series by date", parameter="state", received=f"{type(state).__name__}{index}",
            allowed="a Series of numbers or booleans with a DatetimeIndex (read_csv makes one with parse_dates, "
            "pd.to_datetime of an index of texts)",
        )  # fmt: skip
    if not len(state) or not state.index.tz_localize(None).normalize().is_unique:
        raise InputError(
            "has a day more than once" if len(state) else "is empty", parameter="state",
            received=f"{len(state)} rows", allowed="a Series of numbers or booleans with each day once",
        )  # fmt: skip
    if not pd.api.types.is_numeric_dtype(state.dtype):  # a boolean is numeric to pandas
        raise InputError(
            "holds no numbers", parameter="state", received=str(state.dtype), allowed="numbers or booleans"
        )
    days = state.index.tz_localize(None).to_numpy().astype("datetime64[D]")
    before = found.sessions[found.at - 1]
    order = np.argsort(days)
    at = np.minimum(np.searchsorted(days[order], before), len(days) - 1)
    values = state.to_numpy(dtype=np.float64, na_value=np.nan)[order][at]
    return np.asarray(np.where(days[order][at] == before, values, np.nan))


def state_parts(found: Observations, release: Release, state: Floats, name: str) -> list[Part]:
    """Give the surprise by state: where a boolean holds and where not, or at a number's mean and for one sd of it."""
    enters = release.known & found.usable[found.at] & np.isfinite(state)
    seen = state[enters]
    if not len(seen) or np.ptp(seen) == 0.0:
        raise InputError(
            f"does not vary over the {len(seen)} event sessions of type {release.name!r} on whose eve it is known",
            parameter="state",
            received=name,
            allowed="a state that differs between events and has a value on the session before each",
        )
    known = np.where(np.isfinite(state), state, 0.0)
    if set(np.unique(seen)) == {0.0, 1.0}:
        parts = ((name, known, PER_SD), (f"not {name}", 1.0 - known, PER_SD))
    else:
        score = np.where(np.isfinite(state), (known - seen.mean()) / seen.std(ddof=1), 0.0)
        parts = (
            (f"at mean {name}", np.ones(len(known)), PER_SD),
            (f"per sd of {name}", score, f"{PER_SD} and sd of {name}"),
        )
    return [Part(f"{release.name}, {label}", release.values, factor, per) for label, factor, per in parts]


def read_expected(expected: Mapping[str, float] | pd.Series[Any]) -> dict[str, float]:
    """Read expected values by event id.

    Raises
    ------
    InputError
        If it is no mapping or Series of numbers.
    """
    import pandas as pd

    if not isinstance(expected, Mapping | pd.Series):
        raise InputError(
            "are not by event id", parameter="expected", received=type(expected).__name__,
            allowed="a mapping or Series of event id to expected value",
        )  # fmt: skip
    try:
        return {str(name): float(value) for name, value in expected.items()}
    except (TypeError, ValueError):
        raise InputError(
            "are no numbers", parameter="expected", received=list(expected.values())[:5]
            if isinstance(expected, Mapping) else str(expected.dtype), allowed="one number an event",
        ) from None  # fmt: skip


def expected_column(found: Observations, release: Release, given: Mapping[str, float]) -> Column:
    """Give the expected part, less its mean and over its standard deviation: markets knew it, so its coefficient is 0.

    Raises
    ------
    InputError
        If an event with a surprise has no expected value, or the expected values do not vary.
    """
    names = found.events.ids.astype(str)
    entering = np.unique(found.event[release.known & found.usable[found.at]])
    values = np.array([given.get(names[i], np.nan) for i in entering])
    if not np.isfinite(values).all():
        lost = [str(names[i]) for i in entering[~np.isfinite(values)]]
        raise InputError(
            f"{len(lost)} events of type {release.name!r} have a surprise and no expected value",
            parameter="expected",
            received=lost[:5],
            allowed="a mapping or Series of event id to expected value, for every event with a surprise",
        )
    if not np.ptp(values) > 0.0:
        raise InputError(
            f"the expected values of type {release.name!r} do not vary", parameter="expected",
            received=float(values[0]), allowed="expected=None: there is nothing to compare with",
        )  # fmt: skip
    mean, sd = values.mean(), values.std(ddof=1)
    scores = np.array([(given.get(names[i], mean) - mean) / sd for i in found.event])
    return Column(
        f"{release.name}, expected part", found.spread(np.where(release.known, scores, 0.0)), "sd of expected"
    )
