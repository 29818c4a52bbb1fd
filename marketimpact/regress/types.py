"""Which events are of which type: the dummies of an event regression, and the releases of surprises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .observations import Observations

__all__ = ["EventTypes", "resolve_types"]

EventTypes = Literal["category"] | Sequence[str] | Mapping[str, Iterable[str]] | None
"""None: all events are of one type; "category": one a category; names of categories; or event ids by type."""

ALL = "event"
NO_CATEGORY = "no category"


def resolve_types(
    found: Observations, types: EventTypes, *, parameter: str = "types"
) -> dict[str, NDArray[np.bool_]]:
    """Say of each type which of the N event sessions are its own, in the order of the types' names or as given.

    Parameters
    ----------
    found : Observations
    types : None, "category", sequence of str, or mapping of str to event ids
    parameter : str
        What the caller calls them.

    Returns
    -------
    dict of str to ndarray of bool, shape (N,)

    Raises
    ------
    InputError
        If a type names a category or an event that is not there, or has no event that shows in a usable move.
    """
    events = found.events
    column = events.columns["category"]
    category = np.array([NO_CATEGORY if one is None else str(one) for one in column], dtype=object)
    if types is None:
        members = {ALL: np.full(len(events), True)}
    elif isinstance(types, Mapping):
        members = {str(name): _named(found, str(name), ids, parameter) for name, ids in types.items()}
    elif not isinstance(types, Iterable) or (isinstance(types, str) and types != "category"):
        raise InputError(
            "is no set of types", parameter=parameter, received=types,
            allowed="None, 'category', a list of categories, or a mapping of type to event ids",
        )  # fmt: skip
    else:
        names = sorted(set(category)) if isinstance(types, str) else [str(one) for one in types]
        members = {name: category == name for name in names}
    if not members:
        raise InputError("names no type", parameter=parameter, received=types, allowed="one type or more")
    categories = sorted(set(category))
    return {name: _shown(found, name, of_type, categories, parameter) for name, of_type in members.items()}


def _named(found: Observations, name: str, ids: Iterable[str], parameter: str) -> NDArray[np.bool_]:
    if not isinstance(ids, Iterable):
        raise InputError(
            f"type {name!r} has no list of event ids",
            parameter=parameter,
            received=ids,
            allowed="ids of events",
        )
    wanted = {ids} if isinstance(ids, str) else set(map(str, ids))
    known: list[str] = found.events.ids.astype(str).tolist()
    if unknown := sorted(wanted.difference(known)):
        raise InputError(
            f"type {name!r} names events that are not in the set", parameter=parameter, received=unknown[:5],
            allowed=", ".join(map(repr, known[:5])) + (", ..." if len(known) > 5 else ""),
        )  # fmt: skip
    return np.isin(known, list(wanted))


def _shown(
    found: Observations, name: str, of_type: NDArray[np.bool_], categories: Sequence[str], parameter: str
) -> NDArray[np.bool_]:
    """Refuse a type without an event that shows in a usable move."""
    chosen = of_type[found.event]
    if (chosen & found.usable[found.at]).any():
        return np.asarray(chosen)
    if not of_type.any():
        what, allowed = "is of no event", f"one of {', '.join(map(repr, categories))}"
    else:
        why = "; ".join(found.alignment.left_out(3)) or "their moves, or a control's, are missing"
        what = f"has no usable event among {int(of_type.sum())}: {why}"
        allowed = f"types that show in the series: {parameter}=[...] names those that are wanted"
    raise InputError(f"event type {name!r} {what}", parameter=parameter, received=name, allowed=allowed)
