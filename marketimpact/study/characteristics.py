"""Characteristics of events, instruments or pairs, brought to the pairs of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..errors import DataError, InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EVENT", "FORMS", "INSTRUMENT", "INTERCEPT", "Characteristics", "read_characteristics"]

INTERCEPT = "intercept"
EVENT, INSTRUMENT = "event_id", "instrument"
FORMS = (
    "a frame, or a mapping of columns, indexed by (event_id, instrument), by event_id, or by instrument;"
    " each label once"
)


@dataclass(frozen=True, slots=True)
class Characteristics:
    """Columns of numbers for N pairs.

    Attributes
    ----------
    names : tuple of str
    values : ndarray, shape (N, k)
        NaN where a pair has none.
    unknown : tuple of str
        Labels of the table that name no event, instrument or pair of the study.
    """

    names: tuple[str, ...]
    values: NDArray[np.float64]
    unknown: tuple[str, ...]


def read_characteristics(
    alignment: Alignment, rows: NDArray[np.int64], characteristics: pd.DataFrame | Mapping[str, Any]
) -> Characteristics:
    """Give the characteristics of some pairs.

    Parameters
    ----------
    alignment : Alignment
    rows : ndarray of int, shape (N,)
        Places of the pairs in the alignment.
    characteristics : DataFrame, or mapping of str to Series or mapping
        Columns of numbers, whose labels are events, instruments, or (event_id, instrument). Columns of a mapping may
        differ in that. A label with one level names events if its name is ``event_id`` or it holds ids of events, and
        instruments likewise.

    Returns
    -------
    Characteristics

    Raises
    ------
    InputError
        If there is no column, one has the intercept's name, or labels name nothing of the study or both an event and
        an instrument.
    DataError
        If a column holds what is no number, an infinite one, or a label twice.
    """
    import pandas as pd

    if not isinstance(characteristics, pd.DataFrame | Mapping):
        raise InputError(
            "are neither frame nor mapping",
            parameter="characteristics",
            received=type(characteristics).__name__,
            allowed=FORMS,
        )
    given = list(characteristics.items())
    names = tuple(str(name) for name, _ in given)
    if not names or INTERCEPT in names or len(set(names)) < len(names):
        raise InputError(
            "need columns, each with a name of its own",
            parameter="characteristics",
            received=names,
            allowed=f"one column or more, none of them {INTERCEPT!r}: it is added",
        )
    columns = [_column(alignment, rows, str(name), pd.Series(column)) for name, column in given]
    unknown = tuple(dict.fromkeys(label for _, labels in columns for label in labels))
    return Characteristics(names, np.stack([values for values, _ in columns], axis=1), unknown)


def _column(
    alignment: Alignment, rows: NDArray[np.int64], name: str, series: pd.Series
) -> tuple[NDArray[np.float64], list[str]]:
    """Give one column's value for each pair, and the labels that name nothing of the study."""
    import pandas as pd

    values = _numbers(name, series)
    ids, instruments = alignment.events.ids.astype(str), np.array(alignment.panel.ids, dtype=object)
    labels = series.index
    if isinstance(labels, pd.MultiIndex) and labels.nlevels == 2:
        if list(labels.names) == [INSTRUMENT, EVENT]:
            labels = labels.swaplevel()
        have = pd.MultiIndex.from_arrays(
            [ids[alignment.event[rows]], instruments[alignment.instrument[rows]]]
        )
        known = pd.MultiIndex.from_arrays([ids[alignment.event], instruments[alignment.instrument]])
    else:
        by_event = _names_events(name, labels, ids, instruments)
        have = pd.Index(ids[alignment.event[rows]] if by_event else instruments[alignment.instrument[rows]])
        known = pd.Index(ids if by_event else instruments)
    if labels.has_duplicates:
        raise DataError(
            "gives a label twice",
            parameter=f"characteristics[{name!r}]",
            received=labels[labels.duplicated()][0],
            allowed=FORMS,
        )
    at = labels.get_indexer(have)
    unknown = labels[~labels.isin(known)]
    if len(unknown) == len(labels):
        raise _nothing(name, labels)
    found = np.where(at >= 0, values[np.maximum(at, 0)], np.nan)
    return found, [", ".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in unknown]


def _numbers(name: str, series: pd.Series) -> NDArray[np.float64]:
    """Read a column as numbers, NaN where missing."""
    import pandas as pd

    given = series.astype(object)
    wrong = [
        not isinstance(one, int | float | np.number | np.bool_)
        and not (pd.api.types.is_scalar(one) and pd.isna(one))
        for one in given
    ]
    values = given.where(~np.array(wrong, dtype=bool), np.inf).to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(values).any():
        raise DataError(
            "holds what is no number, or an infinite one",
            parameter=f"characteristics[{name!r}]",
            received=str(given.iloc[int(np.argmax(np.isinf(values)))]),
            allowed="numbers, True or False, missing values; a column of 0 and 1 for each group",
        )
    return np.asarray(values)


def _names_events(
    name: str, labels: pd.Index, ids: NDArray[np.object_], instruments: NDArray[np.object_]
) -> bool:
    """Whether labels of one level name events; False where they name instruments."""
    if labels.nlevels != 1:
        raise InputError(
            "has an index of more than two levels",
            parameter=f"characteristics[{name!r}]",
            received=tuple(labels.names),
            allowed=FORMS,
        )
    if labels.name in (EVENT, INSTRUMENT):
        return bool(labels.name == EVENT)
    events, others = bool(labels.isin(ids).any()), bool(labels.isin(instruments).any())
    if events and others:
        raise InputError(
            "has labels of events and of instruments",
            parameter=f"characteristics[{name!r}]",
            received=labels.tolist()[:5],
            allowed=f"an index named {EVENT!r} or {INSTRUMENT!r}",
        )
    if not events and not others:
        raise _nothing(name, labels)
    return events


def _nothing(name: str, labels: pd.Index) -> InputError:
    return InputError(
        "has no label that names an event, an instrument or a pair of the study",
        parameter=f"characteristics[{name!r}]",
        received=labels.tolist()[:5],
        allowed=FORMS,
    )
