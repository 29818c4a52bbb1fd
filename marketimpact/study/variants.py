"""One variant of a study: the move of one pair, or the mean over events of each kind of move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..maths.frozen import Frozen
from ..timeline import Window
from .estimates import Estimates
from .frames import across_table, car_table
from .inference import MISSING, Across, cluster_test, clusters_of, kind_groups
from .result import StudyResult

__all__ = ["HEADLINE", "Choice", "Subject", "Variant", "lost_variants", "variants_of", "window_words"]

HEADLINE = "headline"

NO_MOVE = "no move of the window is known"
NO_PAIR = "no pair has a number"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a variant is, and its specification: model, sessions of the estimation window, window summed."""

    group: str
    variant: str
    model: str
    length: int
    window: Window | None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at: one pair by its row in the alignment, or the means over events where that is None.

    ``kinds`` holds kind and unit of the pair, or of every mean; ``members`` the instruments of each kind. A kind is
    that of the study's own moves: beside it, under `BenchmarkSpread`, stand changes of the same instruments' spreads.
    """

    row: int | None
    kinds: tuple[tuple[str, str], ...]
    members: tuple[frozenset[int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Variant(Frozen):
    """One row of a table of variants: what it is, its number, or why it has none.

    Attributes
    ----------
    kind, group, variant, model : str
        The kind is that of the study's own moves, under whatever model.
    length : int
        Sessions of the estimation window.
    window : str
        ``"headline"``, or the window that is summed.
    term : str
        ``"headline"`` or ``"CAR"`` of a pair, ``"CAAR headline"`` or ``"CAAR"`` of a mean, ``"SCAR"`` of a placebo.
    tau_from, tau_to : int
        Sessions summed, from the true event session.
    estimate, std_error, conf_low, conf_high : float
        [unit].
    p_value : float
        Of the t, two-sided; of the event's own placebo row that of the rank.
    n : int
        Sessions summed, or pairs in the mean.
    n_obs : int
        Moves T of the estimation window, the fewest of them in a mean.
    unit : str
    reason : str
        Why the number is missing, or the p of a placebo's event row; empty where nothing is.
    """

    kind: str
    group: str
    variant: str
    model: str
    length: int
    window: str
    term: str
    tau_from: int
    tau_to: int
    estimate: float
    std_error: float
    p_value: float
    conf_low: float
    conf_high: float
    n: int
    n_obs: int
    unit: str
    reason: str

    def named(self, group: str, variant: str) -> Variant:
        """Give the same numbers under another group and name."""
        return replace(self, group=group, variant=variant)


def window_words(window: Window | None) -> str:
    """Name what is summed.

    Examples
    --------
    >>> window_words(None), window_words((-1, 1))
    ('headline', '(-1, 1)')
    """
    return HEADLINE if window is None else f"({window[0]}, {window[1]})"


def variants_of(
    result: StudyResult,
    subject: Subject,
    choice: Choice,
    keep: NDArray[np.bool_] | None = None,
    shift: int = 0,
) -> tuple[Variant, ...]:
    """Give the numbers of one result: one row for a pair, one a kind of move for means.

    Parameters
    ----------
    result : StudyResult
    subject : Subject
    choice : Choice
        Its window is the headline or one of the result's windows.
    keep : ndarray of bool, shape (N,), optional
        Pairs with numbers that enter the means; all when not given.
    shift : int
        By how much the result's events are moved [sessions]; taus count from where they truly are.

    Returns
    -------
    tuple of Variant
    """
    if subject.row is not None:
        return (_of_pair(result, subject, choice, shift),)
    everything = np.arange(len(result.estimates.rows))
    chosen = result.estimates.some(everything if keep is None else np.flatnonzero(keep))
    return tuple(_of_means(result, chosen, subject, choice, shift))


def lost_variants(subject: Subject, choice: Choice, reason: str, shift: int = 0) -> tuple[Variant, ...]:
    """Give the rows of a variant that has no number, with the reason."""
    return tuple(_lost(kind, choice, reason, subject.row is not None, shift) for kind in subject.kinds)


def _of_pair(result: StudyResult, subject: Subject, choice: Choice, shift: int) -> Variant:
    a, row = result.alignment, subject.row
    place = np.flatnonzero(result.estimates.rows == row)
    if not len(place):
        return _lost(subject.kinds[0], choice, a.words(int(row or 0)), True, shift)
    one = result.estimates.some(place)
    table = car_table(a, one, result.spec)
    at = 0 if choice.window is None else 1 + result.spec.window_list.index(choice.window)
    record = {**table.iloc[at].to_dict(), "kind": subject.kinds[0][0]}
    reason = one.no_covariance
    if np.isnan(record["estimate"]):
        reason = MISSING if choice.window is None else NO_MOVE
    return _row(record, choice, int(one.fit.n_obs[0]), reason, shift)


def _of_means(
    result: StudyResult, chosen: Estimates, subject: Subject, choice: Choice, shift: int
) -> Iterator[Variant]:
    a, spec = result.alignment, result.spec
    instruments = a.instrument[chosen.rows]
    clusters = clusters_of(a, chosen.rows, spec) if len(chosen.rows) else np.empty(0, dtype=np.int64)
    for (kind, unit), members in zip(subject.kinds, subject.members, strict=True):
        inside = np.flatnonzero(np.isin(instruments, list(members)))
        if not len(inside):
            yield _lost((kind, unit), choice, _no_pair(result, members), False, shift)
            continue
        groups = kind_groups(a, chosen.rows[inside])
        group = inside[np.sort(np.concatenate(list(groups.values())))]
        outcome = cluster_test(a, chosen, spec, choice.window, group, clusters)
        across = Across(kind, unit, "CAAR", choice.window, outcome, float("nan"), 0)
        record = across_table([across], "CAAR", spec).iloc[0].to_dict()
        record["kind"] = kind
        yield _row(record, choice, int(chosen.fit.n_obs[group].min()), outcome.reason, shift)


def _no_pair(result: StudyResult, members: frozenset[int]) -> str:
    """Say that no pair has a number, and of the first that was left out why; none was where a sample is empty."""
    a, rows = result.alignment, result.estimates.rows
    lost = np.flatnonzero(np.isin(a.instrument, list(members)))
    words = [a.words(int(row)) for row in lost if row not in rows]
    return ": ".join([NO_PAIR, *words[:1]])


def _row(record: dict[Any, Any], choice: Choice, n_obs: int, reason: str, shift: int) -> Variant:
    return Variant(
        kind=str(record["kind"]),
        group=choice.group,
        variant=choice.variant,
        model=choice.model,
        length=choice.length,
        window=window_words(choice.window),
        term=str(record["term"]),
        tau_from=int(record["tau_from"]) + shift,
        tau_to=int(record["tau_to"]) + shift,
        estimate=float(record["estimate"]),
        std_error=float(record["std_error"]),
        p_value=float(record["p_value"]),
        conf_low=float(record["conf_low"]),
        conf_high=float(record["conf_high"]),
        n=int(record["n"]),
        n_obs=n_obs,
        unit=str(record["unit"]),
        reason=reason,
    )


def _lost(kind: tuple[str, str], choice: Choice, reason: str, pair: bool, shift: int) -> Variant:
    """Give the row of a variant without a number: the taus are those asked, a headline's the event session."""
    nothing = dict.fromkeys(("estimate", "std_error", "p_value", "conf_low", "conf_high"), float("nan"))
    first, last = choice.window or (0, 0)
    of_mean = "CAAR headline" if choice.window is None else "CAAR"
    of_pair = HEADLINE if choice.window is None else "CAR"
    record = {
        "kind": kind[0], "unit": kind[1], "term": of_pair if pair else of_mean, "tau_from": first,
        "tau_to": last, "n": 0, **nothing,
    }  # fmt: skip
    return _row(record, choice, 0, reason, shift)
