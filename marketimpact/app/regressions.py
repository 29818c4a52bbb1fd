"""The regressions of a study file: [[regression]], read, checked and run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ..alignment.policies import Policies
from ..errors import InputError
from ..market.panel import Panel
from ..news.event_set import EventSet
from ..regress.dummies import EventRegression
from ..regress.panels import PanelRegression
from ..regress.result import RegressionResult
from ..regress.surprises import SurpriseResponse
from .study_keys import POLICIES, CheckedTable, Keys, blamed

__all__ = [
    "KINDS",
    "REGRESSION",
    "RegressionRun",
    "RegressionTable",
    "pairs_in_words",
    "read_regressions",
    "run_regression",
]

Spec = EventRegression | SurpriseResponse | PanelRegression

OWN_POLICIES: Keys = {key: form for key, form in POLICIES.items() if key != "contamination"}
"""Policies of a regression: without an estimation window there is nothing to contaminate."""

OF_ALL: Keys = {
    "kind": "kind of regression", "name": "text", "pairs": "pairs", "controls": "texts", "level": "number",
    "move": "move", **OWN_POLICIES,
}  # fmt: skip
OF_ONE: Keys = {"each": "switch", "cov": "cov", "maxlags": "whole"}
AROUND: Keys = {"types": "types", "leads": "whole", "lags": "whole", "seed": "whole"}

KINDS: dict[str, tuple[type[Spec], Keys]] = {
    "events": (EventRegression, {**OF_ALL, **OF_ONE, **AROUND, "permutations": "whole"}),
    "surprises": (
        SurpriseResponse,
        {
            **OF_ALL, **OF_ONE, "by": "types", "expected": "numbers", "asymmetric": "switch", "weights": "weights",
            "days": "days",
        },
    ),
    "panel": (
        PanelRegression,
        {
            **OF_ALL, **AROUND, "effects": "effects", "cluster": "clusters", "errors": "errors", "bandwidth": "whole",
            "units": "texts", "wild": "whole",
        },
    ),
}  # fmt: skip
"""Kinds of regression: the class, and its keys; a key that is no field says what is run, and on what."""

REGRESSION: Keys = {key: form for _, keys in KINDS.values() for key, form in keys.items()}

NO_FIELDS = ("kind", "name", "pairs", "seed", "each", *OWN_POLICIES)
"""Keys that are no field of a regression: of its run, its name, its policies."""

FROM_STUDY = ("level", "move")
"""Fields that a regression takes from [study] where it does not say them itself; so it does pairs, seed, policies."""


@dataclass(frozen=True, slots=True)
class RegressionTable:
    """One [[regression]] of a study file, checked.

    Parameters
    ----------
    place : str
        File and key, for errors.
    name : str
        Unlike that of any other regression of the file.
    kind : str
        "events", "surprises" or "panel".
    spec : EventRegression, SurpriseResponse or PanelRegression
    pairs : str or list of tuple, optional
    seed : int
    each : bool
        One regression an instrument.
    """

    place: str
    name: str
    kind: str
    spec: Spec
    pairs: Any
    seed: int
    each: bool


@dataclass(frozen=True, slots=True)
class RegressionRun:
    """One [[regression]] of a study file, run.

    Attributes
    ----------
    name, kind : str
    results : mapping of str to RegressionResult
        By instrument where there is one each; else one under the empty name.
    """

    name: str
    kind: str
    results: Mapping[str, RegressionResult]


def read_regressions(top: CheckedTable, study: CheckedTable) -> tuple[RegressionTable, ...]:
    """Read and check the regressions of a study file.

    Parameters
    ----------
    top : CheckedTable
        The whole file.
    study : CheckedTable
        Its [study], from which a regression takes pairs, level, move, seed and policies that it does not say itself.

    Returns
    -------
    tuple of RegressionTable

    Raises
    ------
    InputError
        If a key is unknown, of another kind of regression, or refused; or two regressions have one name.

    Examples
    --------
    >>> from .study_keys import STUDY, TOP, checked
    >>> cells = {"regression": [{"kind": "events", "lags": 1}]}
    >>> top = checked("ruble.toml", "", cells, TOP)
    >>> read_regressions(top, top.below("study", STUDY))[0].spec.lags
    1
    """
    out: dict[str, RegressionTable] = {}
    for table in top.each("regression", REGRESSION, ("kind",)):
        one = _read(table, study)
        if one.name.casefold() in out:
            raise InputError(
                "two regressions have one name", parameter=table.place("name"), received=one.name,
                allowed='a name of its own: name = "..."',
            )  # fmt: skip
        out[one.name.casefold()] = one
    return tuple(out.values())


def _read(table: CheckedTable, study: CheckedTable) -> RegressionTable:
    kind = table.cells["kind"]
    make, keys = KINDS[kind]
    for key in table.cells:
        if key not in keys:
            raise table.error(key, f'does not go with kind = "{kind}"', ", ".join(keys))
    fields = study.some(FROM_STUDY) | {
        key: value for key, value in table.cells.items() if key not in NO_FIELDS
    }
    for key in ("types", "by"):
        if fields.get(key) == "none":
            fields[key] = None
    if "level" in fields:
        fields["level"] = float(fields["level"])
    with blamed(table.place(), keys):
        policies = Policies(**(study.some(POLICIES) | table.some(OWN_POLICIES)))
        spec = make(**fields, policies=policies)
    return RegressionTable(
        place=table.place(),
        name=table.get("name", kind),
        kind=kind,
        spec=spec,
        pairs=(table if "pairs" in table.cells else study).pairs(),
        seed=(table if "seed" in table.cells else study).seed(),
        each=table.get("each", False),
    )


def run_regression(table: RegressionTable, panel: Panel, events: EventSet) -> RegressionRun:
    """Run one regression of a study file.

    Parameters
    ----------
    table : RegressionTable
    panel : Panel
    events : EventSet

    Returns
    -------
    RegressionRun

    Raises
    ------
    InputError, DataError
        If it is refused: the message begins with the study file and the key.
    MissingExtraError
        If a package is needed that is not installed.
    """
    for key in ("controls", "units"):
        for name in getattr(table.spec, key, None) or ():
            if name not in panel:
                raise InputError(
                    "is not one of the series", parameter=f"{table.place}.{key}", received=name,
                    allowed=", ".join(map(repr, panel.ids)),
                )  # fmt: skip
    also = {"types": "by"} if table.kind == "surprises" else {}
    with blamed(table.place, KINDS[table.kind][1], also), pairs_in_words(table.pairs):
        return RegressionRun(table.name, table.kind, _run(table, panel, events))


def _run(table: RegressionTable, panel: Panel, events: EventSet) -> Mapping[str, RegressionResult]:
    spec, pairs = table.spec, table.pairs
    if isinstance(spec, PanelRegression):
        return {"": spec.run(panel, events, pairs=pairs, seed=table.seed)}
    if isinstance(spec, SurpriseResponse):
        return (
            spec.each(panel, events, pairs=pairs)
            if table.each
            else {"": spec.run(panel, events, pairs=pairs)}
        )
    run = {"pairs": pairs, "seed": table.seed}
    return spec.each(panel, events, **run) if table.each else {"": spec.run(panel, events, **run)}


@contextmanager
def pairs_in_words(pairs: object) -> Iterator[None]:
    """Where pairs must be said and are not, say how a study file says them."""
    try:
        yield
    except InputError as error:
        if error.parameter == "pairs" and pairs is None:
            error.allowed = '"all", "place" or [["event", "instrument"]]'
        raise
