"""How much of a result rests on its choices: every variant that differs in one thing, and all combinations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from itertools import product
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from ..alignment.pipeline import reexamined
from ..alignment.reasons import Reason
from ..errors import InputError
from ..market.factors import members_of
from ..maths.frozen import Frozen
from ..timeline import Window
from .estimates import estimate
from .event_study import EventStudy
from .leave_out import without_clusters, without_events
from .models import NormalModel
from .placebos import placebo_variants
from .result import StudyResult
from .robust_words import cells_tried, summarise_variants
from .spec import Spec
from .summary import Summary
from .variants import Choice, Subject, Variant, lost_variants, variants_of, window_words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LENGTHS", "Robustness", "robustness"]

LENGTHS = (60, 90, 120, 180, 250)
"""Estimation windows that are tried [sessions]."""

SHIFTS = (-2, -1, 0, 1, 2)
"""How much later the event is put [sessions]."""

Cell = tuple[int, int, int]
"""Places of a model, a length and a window in the grid; (0, 0, 0) is the study itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Robustness(Frozen):
    """A result beside its variants.

    Attributes
    ----------
    spec : Spec
        The study itself.
    event_id, instrument : str or None
        The pair; None for the means over events.
    stamp : str or None
        Word to stamp across figures: a series was not observed.
    variants : tuple of Variant
        The base first; the groups in this order: base, model, estimation length, window, shift, without event,
        without cluster, without confounded, placebo date, grid.

    See Also
    --------
    robustness : makes it.
    plot_specification_curve : draws the grid.
    """

    spec: Spec
    event_id: str | None
    instrument: str | None
    stamp: str | None
    variants: tuple[Variant, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of moves: the pair's, or one for each mean."""
        return tuple(dict.fromkeys(one.kind for one in self.variants))

    @property
    def n_cells(self) -> int:
        """Variants with a number, each once: the grid, which holds the base, and what is no cell of it."""
        return cells_tried(self.variants)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a variant and kind of move: numbers only, no rounding, with the reason where there is none.

        Returns
        -------
        DataFrame
            Columns as the attributes of `Variant`.
        """
        import pandas as pd

        rows = [asdict(one) for one in self.variants]
        return pd.DataFrame(rows, columns=[field.name for field in fields(Variant)])

    def summary(self) -> Summary:
        """Give the range of the estimates of each group, how many are significant, and what differs most."""
        return summarise_variants(self.spec, self._what, self.variants, self.stamp)

    @property
    def _what(self) -> str:
        return "mean over events" if self.event_id is None else f"{self.event_id} on {self.instrument}"

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def __repr__(self) -> str:
        grid = [one for one in self.variants if one.group == "grid"]
        without = sum(isnan(one.estimate) for one in self.variants)
        stamped = f", {self.stamp}" if self.stamp else ""
        return (
            f"Robustness: {self._what}, {len(self.variants)} variants, {len(grid)} of them in the grid,"
            f" {without} without a number{stamped}"
        )


def robustness(
    result: StudyResult,
    *,
    event_id: str | None = None,
    instrument: str | None = None,
    lengths: Iterable[int] = LENGTHS,
    models: Iterable[NormalModel] = (),
    windows: Iterable[Window] | None = None,
) -> Robustness:
    """Put a result beside every variant that differs from it in one thing, and beside all combinations.

    The variants: other normal models; other lengths of the estimation window, which ends where it did; other windows
    summed, a different question each; the event -2 to +2 sessions away; without the confounded pairs, where the study
    knows confounders. Of means over events, also each event and each cluster of dates left out in turn. Of one pair,
    also the standardized headline at every placebo date of its estimation window. The grid holds every combination
    of models, lengths and windows: it is what `plot_specification_curve` draws.

    Variants are not independent, and none is chosen by its p: a share of them below .05 is no test.

    Parameters
    ----------
    result : StudyResult
    event_id, instrument : str, optional
        The pair. Without them, and where the study has several pairs, the mean over events of each kind of move.
    lengths : iterable of int
        Of the estimation window [sessions]; one below ``Timeline.min_estimation`` is a row with that reason.
    models : iterable of normal models
        `ConstantMean`, `MarketModel`, `SyntheticControl` and all others: models beside the study's own, whose factors
        are members of the panel.
    windows : iterable of (int, int), optional
        Windows beside the headline, within the event window; the study's when not given.

    Returns
    -------
    Robustness
        A length, a model or a window that is the study's own stands once, as the base; so does a window that is the
        headline of every pair, as (0, 0) where every event session is known. A variant that cannot be computed is a
        row with its reason. Where a series begins within a longer estimation window, ``n_obs`` says what there was.

    Raises
    ------
    InputError
        If a pair is unknown, left out or not named in full, a length, model or window is none or repeats, a factor is
        unknown, or the study has no pair with numbers.

    References
    ----------
    Simonsohn, Simmons and Nelson (2020), Specification curve analysis, doi:10.1038/s41562-020-0912-z.

    Examples
    --------
    >>> import marketimpact as mi
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow", place="RU")
    >>> result = mi.EventStudy(timeline=mi.Timeline(event=(-5, 1))).run(mi.fetch("ecb:EUR/RUB"), news)
    >>> table = mi.robustness(result, lengths=(60, 250)).to_frame()
    >>> table = table[table["group"].isin(["base", "estimation length"])].set_index("variant")
    >>> (table["estimate"] * 100).round(2).to_dict()
    {'base': 5.2, '60 sessions': 5.12, '250 sessions': 5.21}
    """
    subject = _subject(result, event_id, instrument)
    tried = _tried(result, subject, models, lengths, windows)
    cells, stamp = _grid(result, subject, tried)
    choice = _choice(tried, (0, 0, 0), "", "")
    parts = [
        _renamed(cells[0, 0, 0], "base", "base"),
        *_one_at_a_time(tried, cells),
        *_shifted(result, subject, replace(choice, group="shift")),
        *_other_samples(result, subject, choice),
        *(
            _renamed(rows, "grid", ", ".join(_names(tried, cell)))
            for cell, rows in cells.items()
        ),
    ]  # fmt: skip
    event, name = (None, None) if subject.row is None else _named_pair(result, subject.row)
    return Robustness(result.spec, event, name, stamp, tuple(one for part in parts for one in part))


@dataclass(frozen=True, slots=True)
class _Tried:
    """Models, lengths and windows of the grid, the study's own first."""

    models: tuple[NormalModel, ...]
    lengths: tuple[int, ...]
    windows: tuple[Window | None, ...]


def _subject(result: StudyResult, event_id: str | None, instrument: str | None) -> Subject:
    """Find the pair that is named or the only one; else the means over events."""
    a, rows = result.alignment, result.estimates.rows
    series = a.design.series
    if event_id is None and instrument is None and len(rows) != 1:
        if not len(rows):
            raise InputError(
                "the study has no pair with numbers", parameter="result", allowed="result.ledger says why"
            )
        groups = {name: rows[group] for name, group in result.kinds.items()}
        return Subject(
            None,
            tuple((name, series[a.series[group[0]]].kind.unit) for name, group in groups.items()),
            tuple(frozenset(a.instrument[group].tolist()) for group in groups.values()),
        )
    if event_id is None:
        ids = a.events.ids[a.event[rows]]
        known = rows[[instrument in (None, a.panel.ids[i]) for i in a.instrument[rows]]]
        if len(known) != 1:
            raise InputError(
                "must be named: the instrument met several events" if len(known) else "names no pair of this study",
                parameter="event_id, instrument",
                received=(event_id, instrument),
                allowed=", ".join(map(repr, sorted(set(map(str, ids)))[:5])),
            )  # fmt: skip
        event_id = str(a.events.ids[a.event[known[0]]])
    pair = result.one(event_id, instrument)
    here = (a.events.ids[a.event] == event_id) & (a.instrument == a.panel.position(pair.instrument.id))
    row = int(np.flatnonzero(here)[0])
    return Subject(row, ((str(pair.kind), pair.kind.unit),), (frozenset({int(a.instrument[row])}),))


def _named_pair(result: StudyResult, row: int) -> tuple[str, str]:
    a = result.alignment
    return str(a.events.ids[a.event[row]]), str(a.panel.ids[a.instrument[row]])


def _tried(
    result: StudyResult,
    subject: Subject,
    models: Iterable[NormalModel],
    lengths: Iterable[int],
    windows: Iterable[Window] | None,
) -> _Tried:
    """Check what is asked, and put the study's own choices first."""
    spec, a = result.spec, result.alignment
    others = [one for one in _checked_models(result, models) if one != spec.model]
    own = spec.timeline.estimation_length
    sessions = [one for one in _checked_lengths(lengths) if one != own]
    given = tuple(windows) if isinstance(windows, Iterable) else windows
    asked = (
        spec.window_list if given is None else () if given == () else replace(spec, windows=given).window_list
    )
    rows = result.estimates.rows if subject.row is None else np.array([subject.row])
    spans = set((a.last - a.position)[rows].tolist())
    summed = [one for one in asked if not (one[0] == 0 and spans == {one[1]})]
    return _Tried((spec.model, *others), (own, *sessions), (None, *summed))


def _checked_models(result: StudyResult, models: Iterable[NormalModel]) -> tuple[NormalModel, ...]:
    given = tuple(models) if isinstance(models, Iterable) else (models,)
    for one in given:
        if not isinstance(one, NormalModel):
            raise InputError(
                "is not a normal model",
                parameter="models",
                received=one,
                allowed="ConstantMean(), MarketModel(benchmark), FactorModel(factors), BenchmarkSpread(benchmark)",
            )
        for name in {name for factor in one.factors for name in members_of(factor)}:
            result.panel.position(name)
    own = result.spec.model
    names = [str(one) for one in given] + [str(own)] * (own not in given)
    if len(set(names)) < len(names):
        raise InputError(
            "models must not repeat, nor read alike", parameter="models", received=names[: len(given)],
            allowed="models with names of their own",
        )  # fmt: skip
    return given


def _checked_lengths(lengths: Iterable[int]) -> tuple[int, ...]:
    given = tuple(lengths) if isinstance(lengths, Iterable) else ()
    whole = isinstance(lengths, Iterable) and all(
        isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in given
    )
    if not whole or len(set(given)) < len(given):
        raise InputError(
            "are not lengths of an estimation window", parameter="lengths", received=given or lengths,
            allowed="whole numbers of sessions from 1, each once",
        )  # fmt: skip
    return given


def _choice(tried: _Tried, cell: Cell, group: str, variant: str) -> Choice:
    model, length, window = cell
    return Choice(group, variant, str(tried.models[model]), tried.lengths[length], tried.windows[window])


def _names(tried: _Tried, cell: Cell) -> tuple[str, str, str]:
    choice = _choice(tried, cell, "", "")
    return choice.model, f"{choice.length} sessions", window_words(choice.window)


def _renamed(rows: tuple[Variant, ...], group: str, variant: str) -> tuple[Variant, ...]:
    return tuple(one.named(group, variant) for one in rows)


def _grid(
    result: StudyResult, subject: Subject, tried: _Tried
) -> tuple[dict[Cell, tuple[Variant, ...]], str | None]:
    """Run the study with every model and length, and read every window off it."""
    cells: dict[Cell, tuple[Variant, ...]] = {}
    stamps = []
    for m, t in product(range(len(tried.models)), range(len(tried.lengths))):
        found = _run(result, tried, m, t)
        for w in range(len(tried.windows)):
            choice = _choice(tried, (m, t, w), "", "")
            if isinstance(found, str):
                cells[m, t, w] = lost_variants(subject, choice, found)
            else:
                cells[m, t, w] = variants_of(found, subject, choice)
        if not isinstance(found, str):
            stamps.append(found.panel.stamp if subject.row is None else found.alignment.stamp_of(subject.row))
    return cells, next((one for one in stamps if one), None)


def _run(result: StudyResult, tried: _Tried, m: int, t: int) -> StudyResult | str:
    """Run the study with another model or length; a reason where it cannot be."""
    a, spec = result.alignment, result.spec
    last = spec.timeline.estimation[1]
    windows = tuple(one for one in tried.windows if one is not None) or spec.windows
    pairs = [_named_pair(result, row) for row in range(len(a.event))]
    try:
        timeline = replace(spec.timeline, estimation=(last - tried.lengths[t] + 1, last))
        study = EventStudy(
            tried.models[m], timeline, windows, spec.level, spec.move, spec.cluster, spec.policies
        )
        found = study.run(result.panel, a.events, pairs=pairs, confounders=a.confounders, seed=result.seed)
    except InputError as error:  # of a length or a model that these series cannot have
        return str(error)
    out = a.codes & int(Reason.CONFOUNDED_OUT)  # the study itself may be one without its confounded pairs
    if not out.any():
        return found
    alignment = replace(found.alignment, codes=found.alignment.codes | out)
    return StudyResult(found.spec, found.seed, *estimate(alignment, found.spec.window_list, found.spec.model))


def _one_at_a_time(tried: _Tried, cells: dict[Cell, tuple[Variant, ...]]) -> Iterator[tuple[Variant, ...]]:
    """Give the cells of the grid that differ from the study in one thing."""
    for axis, group in enumerate(("model", "estimation length", "window")):
        for cell, rows in cells.items():
            if cell[axis] and sum(map(bool, cell)) == 1:
                yield _renamed(rows, group, _names(tried, cell)[axis])


def _shifted(result: StudyResult, subject: Subject, choice: Choice) -> Iterator[tuple[Variant, ...]]:
    """Put the event some sessions earlier or later, as `StudyResult.shift_sensitivity` does."""
    for shift in SHIFTS:
        moved = reexamined(result.alignment, shift)
        found = StudyResult(
            result.spec, result.seed, *estimate(moved, result.spec.window_list, result.spec.model)
        )
        yield variants_of(
            found, subject, replace(choice, variant=f"{shift:+d}" if shift else "0"), shift=shift
        )


def _other_samples(result: StudyResult, subject: Subject, choice: Choice) -> Iterator[tuple[Variant, ...]]:
    """Give the means over fewer events, the result without confounded pairs, and one pair's placebo dates."""
    if subject.row is None:
        yield from without_events(result, subject, replace(choice, group="without event"))
        yield from without_clusters(result, subject, replace(choice, group="without cluster"))
    if result.alignment.confounders is not None:
        without = result.excluding_confounded().without
        named = replace(choice, group="without confounded", variant="headline sessions")
        yield variants_of(without, subject, named)
    if subject.row is not None:
        yield placebo_variants(result, subject, replace(choice, group="placebo date"))
