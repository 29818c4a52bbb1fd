"""The kinds of regression and association of a study file: one entry each, with all that is special to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ..associate.coincidence import LargeMoves, event_coincidence
from ..associate.contagion import adjusted_correlation
from ..associate.lags import distributed_lags, granger
from ..associate.lead_lag import lead_lag
from ..associate.news_series import NewsReading
from ..associate.quantiles import quantile_response
from ..associate.spillovers import Spillovers, SpilloverSpec, spillovers
from ..maths.coincidence import CoincidenceRule
from ..maths.outcome import Outcome
from ..plots.association import plot_association, plot_lead_lag
from ..plots.breaks import plot_breaks
from ..plots.coefficients import plot_coefficients
from ..plots.confidence_sets import plot_confidence_sets
from ..plots.event_time import plot_event_time
from ..plots.event_volatility import plot_event_variance, plot_volatility
from ..plots.responses import plot_response
from ..plots.spillovers import plot_spillovers, plot_total_spillover
from ..plots.undated import plot_largest_moves
from ..regress.break_result import Breaks, BreakSearch
from ..regress.breaks import structural_breaks
from ..regress.dummies import EventRegression, EventRegressionResult
from ..regress.exchange_regimes import ExchangeRegimes, exchange_regimes
from ..regress.heteroskedasticity import RigobonSack, VarianceSpec, rigobon_sack
from ..regress.local_projections import ProjectionSpec, local_projection
from ..regress.outcome_table import outcome_table
from ..regress.panels import PanelRegression, PanelResult
from ..regress.staggered import EventTimeResult, StaggeredEvents
from ..regress.surprises import SurpriseResponse, SurpriseResult
from ..regress.undated import MoveSearch, largest_moves
from ..regress.variance_ratios import event_variance
from ..regress.volatility import VolatilityResult, VolatilitySpec, event_volatility
from ..study.cross_section import CrossSection, cross_section
from .result_words import (
    association_words,
    breaks_words,
    coefficient_words,
    cross_section_words,
    event_time_words,
    granger_words,
    lag_words,
    largest_words,
    lead_lag_words,
    regimes_words,
    response_words,
    rigobon_words,
    spillover_words,
    surprise_words,
    variance_words,
)
from .study_keys import POLICIES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["KINDS", "MODEL", "NEEDS", "OWN_POLICIES", "TIMELINE", "Kind", "Room", "kinds_of"]

Keys = Mapping[str, str]
Room = Literal["regression", "association"]


def _window(result: Any) -> bool:
    """Whether spillovers have rolling windows to draw."""
    return bool(len(result.ends))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind: what is run with which keys, and what is drawn, tabulated and said of its result.

    Parameters
    ----------
    room : {"regression", "association"}
    call : callable
        What is run; all it takes is given by name.
    keys : mapping of str to str
        Keys, each with its form.
    into : mapping of str to class
        Specifications by the parameter that takes them; the keys that are their fields go into them.
    each : callable, optional
        What gives one regression an instrument, for the key of that name.
    events : bool
        Whether [events] is used.
    of_study : bool
        Whether it is run on the result of [study], in the place of series and events.
    news : str
        Parameter that takes the series of the key ``news``.
    defaults : mapping of str to object
        Values of keys that are not said, where they are not those of the specification.
    named : mapping of str to str
        Keys that Python calls otherwise, each with its parameter.
    also : mapping of str to str
        Parameters that errors name, each with the key that stands for it.
    plots : tuple of callable
        Drawn one below the other, each result; empty where the coefficients of news are drawn.
    more_plots : tuple of (callable, callable)
        Further ones, each with whether a result has it.
    tables : mapping of str to callable
        Further tables, by the end of the file's name.
    words : callable
        Says a result in a line: its parts.
    """

    room: Room = "regression"
    call: Callable[..., Any]
    keys: Keys
    into: Mapping[str, Any] = field(default_factory=dict)
    each: Callable[..., Mapping[str, Any]] | None = None
    events: bool = True
    of_study: bool = False
    news: str = ""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    named: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)
    plots: tuple[Callable[..., Axes], ...] = ()
    more_plots: tuple[tuple[Callable[..., Axes], Callable[[Any], bool]], ...] = ()
    tables: Mapping[str, Callable[[Any], pd.DataFrame]] = field(default_factory=dict)
    words: Callable[[Any], list[str]]


def _tests(of: Callable[[Any], Iterable[tuple[str, Outcome]]]) -> Callable[[Any], pd.DataFrame]:
    """Make the table of a result's tests: one row a term and test."""

    return lambda result: outcome_table(of(result))


def _of_volatility(result: VolatilityResult) -> list[tuple[str, Outcome]]:
    variances = [term for term in result.terms if term.startswith("variance: ")]
    return list(zip(variances, result.variance_tests, strict=True))


def _of_regimes(result: ExchangeRegimes) -> list[tuple[str, Outcome]]:
    return [
        (f"{anchor} [{result.sessions[a]} to {result.sessions[b - 1]}]", one)
        for anchor, one, (a, b) in zip(result.anchors_led, result.peg, result.edges, strict=True)
    ]


def _moments(result: RigobonSack) -> pd.DataFrame:
    return result.moments().reset_index()


def _rolling(result: Spillovers) -> pd.DataFrame:
    return result.rolling().reset_index()


OWN_POLICIES: Keys = {key: form for key, form in POLICIES.items() if key != "contamination"}
"""Policies of a regression: without an estimation window there is nothing to contaminate."""

TIMELINE: Keys = {"estimation": "window", "event": "window", "min_estimation": "whole"}
MODEL: Keys = {
    "model": "least squares", "benchmark": "text", "basket": "texts", "factors": "texts", "curve": "table",
}  # fmt: skip
"""Keys of the normal model of `largest_moves`, as in [study]."""

EVERY: Keys = {"kind": "kind of regression", "name": "text"}
MOVES: Keys = {"level": "number", "move": "move", **OWN_POLICIES}
PAIRED: Keys = {**EVERY, "pairs": "pairs", **MOVES}
"""Keys of regressions of pairs of an event and an instrument."""

OF_ONE: Keys = {"each": "switch", "cov": "cov", "maxlags": "whole"}
AROUND: Keys = {"types": "types", "leads": "whole", "lags": "whole", "seed": "whole"}
ONE: Keys = {**EVERY, "instrument": "text or texts"}
"""Keys of what is run on one instrument at a time."""

BREAKS: Keys = {
    "most": "whole", "trimming": "number", "variance": "switch", "choose": "choose", "level": "number",
}  # fmt: skip
ASSOCIATED: Keys = {"kind": "kind of association", "name": "text"}
READ: Keys = {
    **ASSOCIATED, "news": "dated", "instrument": "text or texts", "how": "how", "dating_lag": "whole",
    "until": "until", "days": "days of news", "of": "of", "move": "move", "level": "number",
}  # fmt: skip
"""Keys of an association of a series of news."""

DRAWN: Keys = {"draws": "whole", "seed": "whole"}
BREAK_TABLES = {"breaks": Breaks.dates, "regimes": Breaks.regimes, "break_tests": Breaks.tests}
READING: Mapping[str, Any] = {"reading": NewsReading}

KINDS: dict[str, Kind] = {
    "events": Kind(
        call=EventRegression.run, each=EventRegression.each, into={"self": EventRegression},
        keys={**PAIRED, "controls": "terms", **OF_ONE, **AROUND, "permutations": "whole"}, words=coefficient_words,
        tables={"leave_one_out": EventRegressionResult.leave_one_out},
    ),
    "surprises": Kind(
        call=SurpriseResponse.run, each=SurpriseResponse.each, into={"self": SurpriseResponse},
        keys={
            **PAIRED, "controls": "terms", **OF_ONE, "by": "types", "expected": "numbers", "asymmetric": "switch",
            "state": "dated", "weights": "weights", "per": "per", "days": "days", "permutations": "whole",
            "seed": "whole",
        },
        also={"types": "by"}, words=surprise_words,
        tables={
            "tests": _tests(lambda one: [(test.note, test) for test in one.tests]),
            "leave_one_out": SurpriseResult.leave_one_out,
        },
    ),
    "panel": Kind(
        call=PanelRegression.run, into={"self": PanelRegression},
        keys={
            **PAIRED, "controls": "terms", **AROUND, "effects": "effects", "cluster": "clusters", "errors": "errors",
            "bandwidth": "whole", "units": "members", "wild": "whole",
        },
        tables={"tests": PanelResult.tests_frame}, words=coefficient_words,
    ),
    "staggered": Kind(
        call=StaggeredEvents.run, into={"self": StaggeredEvents},
        keys={
            **PAIRED, "leads": "whole", "lags": "whole", "method": "method", "controls": "reached", "by": "by",
            "outcome": "outcome", "units": "members", **DRAWN,
        },
        plots=(plot_event_time,), words=event_time_words,
        tables={"tests": _tests(lambda one: [("before the event", one.pre_trends)]), "cohorts": EventTimeResult.cells},
    ),
    "projection": Kind(
        call=local_projection, into={"spec": ProjectionSpec}, news="events",
        keys={
            **ONE, **MOVES, "events": "member", "news": "dated", "shock": "shock", "horizons": "whole", "lags": "whole",
            "augmented": "switch", "later_shocks": "switch", "controls": "terms", "cov": "cov of projection",
            "bandwidth": "whole", "seed": "whole",
        },
        plots=(plot_response,), words=response_words,
    ),
    "heteroskedasticity": Kind(
        call=rigobon_sack, into={"spec": VarianceSpec},
        keys={**ONE, **MOVES, "driver": "term", "control_days": "control days", "controls": "terms", **DRAWN},
        plots=(plot_confidence_sets,), words=rigobon_words,
        tables={"tests": _tests(lambda one: [("", one.one_shock)]), "moments": _moments},
    ),
    "volatility": Kind(
        call=event_volatility, into={"spec": VolatilitySpec},
        keys={
            **ONE, **MOVES, "model": "garch", "mean": "switch", "variance": "switch", "by_category": "switch",
            "controls": "terms", "cov": "cov of volatility", "seed": "whole",
        },
        plots=(plot_volatility,), tables={"tests": _tests(_of_volatility)}, words=coefficient_words,
    ),
    "variance": Kind(
        call=event_variance, keys={**ONE, "controls": "terms", "scaled": "scaled", "level": "number", "seed": "whole"},
        plots=(plot_event_variance,), words=variance_words,
        tables={"tests": _tests(lambda one: [("variance ratio", test) for test in one.outcomes])},
    ),
    "largest": Kind(
        call=largest_moves, into={"search": MoveSearch},
        keys={
            **ONE, **MODEL, "n": "whole", "before": "whole", "after": "whole", **TIMELINE, "move": "move",
            **OWN_POLICIES,
        },
        plots=(plot_largest_moves,), words=largest_words,
        tables={"tests": _tests(lambda one: [("news beside large moves", test) for test in one.matches])},
    ),
    "breaks": Kind(
        call=structural_breaks, into={"search": BreakSearch}, events=False,
        keys={**ONE, "factors": "terms", **BREAKS, "move": "move"},
        plots=(plot_breaks,), tables=BREAK_TABLES, words=breaks_words,
    ),
    "regimes": Kind(
        call=exchange_regimes, into={"search": BreakSearch}, events=False, defaults={"variance": True},
        keys={**EVERY, "currency": "text", "anchors": "texts", "numeraire": "text", **BREAKS},
        plots=(plot_breaks,), tables={**BREAK_TABLES, "tests": _tests(_of_regimes)}, words=regimes_words,
    ),
    "cross_section": Kind(
        call=cross_section, of_study=True,
        keys={
            **EVERY, "characteristics": "characteristics", "window": "window", "move_kind": "text",
            "standardized": "switch",
        },
        named={"move_kind": "kind"}, also={"kind": "move_kind"},
        plots=(plot_coefficients,), tables={"left_out": CrossSection.left_out_frame}, words=cross_section_words,
    ),
    "lead_lag": Kind(
        room="association", call=lead_lag, into=READING, events=False, news="series",
        keys={**READ, "lags": "whole", **DRAWN}, plots=(plot_lead_lag,), words=lead_lag_words,
    ),
    "coincidence": Kind(
        room="association", call=event_coincidence, into={"others": LargeMoves, "rule": CoincidenceRule},
        keys={
            **ASSOCIATED, "instrument": "text or texts", "share": "number", "side": "side", "move": "move",
            "window": "whole", "lag": "whole", "surrogate": "surrogate", **DRAWN,
        },
        also={"large": "share"}, plots=(plot_association,), words=association_words,
    ),
    "granger": Kind(
        room="association", call=granger, into=READING, events=False, news="series",
        keys={**READ, "lags": "whole", "robust": "switch", "seed": "whole"},
        plots=(plot_association,), words=granger_words,
    ),
    "distributed_lags": Kind(
        room="association", call=distributed_lags, into=READING, events=False, news="series",
        keys={**READ, "lags": "whole", "leads": "whole", "cov": "cov of lags"},
        plots=(plot_association,), words=lag_words,
    ),
    "quantiles": Kind(
        room="association", call=quantile_response, into=READING, events=False, news="series",
        keys={**READ, "quantiles": "quantiles", **DRAWN}, plots=(plot_association,), words=association_words,
    ),
    "adjusted_correlation": Kind(
        room="association", call=adjusted_correlation, events=False,
        keys={
            **ASSOCIATED, "source": "member", "target": "member", "turbulent": "turbulent", "move": "move",
            "level": "number", "seed": "whole",
        },
        plots=(plot_association,), words=association_words,
    ),
    "spillovers": Kind(
        room="association", call=spillovers, into={"spec": SpilloverSpec}, events=False,
        keys={
            **ASSOCIATED, "instruments": "members", "lags": "whole", "horizon": "whole", "window": "whole",
            "step": "whole", "of": "of", "move": "move", "level": "number", **DRAWN,
        },
        plots=(plot_spillovers,), more_plots=((plot_total_spillover, _window),), words=spillover_words,
        tables={"rolling": _rolling},
    ),
}  # fmt: skip
"""Kinds by name."""

NEEDS: Mapping[str, tuple[str, ...]] = {
    "heteroskedasticity": ("driver",), "regimes": ("currency",), "cross_section": ("characteristics",),
    **dict.fromkeys(("lead_lag", "granger", "distributed_lags", "quantiles"), ("news",)),
    "adjusted_correlation": ("source", "target", "turbulent"),
}  # fmt: skip
"""Keys that a kind must have."""


def kinds_of(room: Room) -> dict[str, Kind]:
    """Give the kinds of a room by name.

    Examples
    --------
    >>> "granger" in kinds_of("association"), "granger" in kinds_of("regression")
    (True, False)
    """
    return {name: kind for name, kind in KINDS.items() if kind.room == room}
