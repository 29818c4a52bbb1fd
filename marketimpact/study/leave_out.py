"""Means over events with one event, or one cluster of dates, left out in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .inference import clusters_of
from .result import StudyResult
from .variants import Choice, Subject, Variant, variants_of

__all__ = ["without_clusters", "without_events"]


def without_events(result: StudyResult, subject: Subject, choice: Choice) -> Iterator[tuple[Variant, ...]]:
    """Leave every event out in turn: all its pairs, on whatever instrument.

    What is left out stays news: its event window stays out of the others' estimation windows, and their abnormal
    moves are the same. Where two events share a move, the other one stands for it.
    """
    a, rows = result.alignment, result.estimates.rows
    days = a.design.sessions[a.positions[rows]]
    events = a.event[rows]
    order = sorted(
        (days[events == event].min(), str(a.events.ids[event]), int(event)) for event in np.unique(events)
    )
    for _, name, event in order:
        yield variants_of(result, subject, replace(choice, variant=name), events != event)


def without_clusters(result: StudyResult, subject: Subject, choice: Choice) -> Iterator[tuple[Variant, ...]]:
    """Leave every cluster out in turn, as the t on cluster means forms them.

    A cluster is named by its first and last event session, in a study that takes pairs for independent by its pairs.
    """
    a, rows = result.alignment, result.estimates.rows
    clusters = clusters_of(a, rows, result.spec) if len(rows) else rows
    days = a.design.sessions[a.positions[rows]]
    found = []
    for cluster in np.unique(clusters):
        inside = clusters == cluster
        name = _dates(days[inside]) if result.spec.cluster else _pairs(result, rows[inside])
        found.append((days[inside].min(), name, inside))
    for _, name, inside in sorted(found, key=lambda one: one[:2]):
        yield variants_of(result, subject, replace(choice, variant=name), ~inside)


def _dates(days: NDArray[np.datetime64]) -> str:
    first, last = days.min(), days.max()
    return str(first) if first == last else f"{first} to {last}"


def _pairs(result: StudyResult, rows: NDArray[np.int64]) -> str:
    a = result.alignment
    return ", ".join(
        sorted(f"{a.events.ids[a.event[row]]} on {a.panel.ids[a.instrument[row]]}" for row in rows)
    )
