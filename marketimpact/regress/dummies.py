"""Event dummies: the mean move on days of news, by type of news, before and after it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import MarketImpactWarning
from ..market.panel import Panel
from ..maths.outcome import Outcome, not_applicable
from ..maths.resample import check_seed
from ..news.event import Event
from ..news.event_set import EventSet
from ..study.summary import Summary
from .beside import DRAWS, check_count, check_draws, frame_beside, summary_beside
from .estimation import (
    Column,
    Estimates,
    RegressionSpec,
    Sample,
    control_columns,
    estimate,
    make_sample,
    several_candidates,
    stamp_of_sample,
)
from .guard import ENOUGH_DAYS, GUARDED, few_days, few_left
from .influence import Influence, LeavesOneOut, influence_of
from .observations import Observations, observe
from .one_by_one import run_each
from .permuted import PERMUTED, permute_dates
from .result import RegressionResult
from .types import EventTypes, resolve_types

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventRegression", "EventRegressionResult"]

ONE_DAY = "one event day: no standard error; mi.EventStudy(...).run(...).one_event(...) tests it"
ALONE = (
    "one date carries it, beside the other regressors: no standard error; mi.EventStudy(...).run(...).one_event(...)"
    " tests one event"
)

READING = (
    "A coefficient is the mean move of its sessions beside the controls, less that of sessions without news. "
    "Association is not effect: other news of the same sessions is in it."
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EventRegressionResult(LeavesOneOut, RegressionResult):
    """The result of a regression on event dummies: a `RegressionResult` with permutation p-values beside.

    Attributes
    ----------
    types : tuple of str, length k
        Event type of each coefficient; empty for a control.
    taus : tuple of int, length k
        Sessions from the event session; 0 for a control.
    permutation : tuple of Outcome, length k
        The coefficient against event dates drawn at random; "not applicable" where nothing was drawn.
    influence : Influence or None
        Leverage of each session of news, and the coefficients without it.
    """

    types: tuple[str, ...] = ()
    taus: tuple[int, ...] = ()
    permutation: tuple[Outcome, ...] = ()
    influence: Influence | None = None

    def to_frame(self) -> pd.DataFrame:
        """Give one row a coefficient: as `RegressionResult.to_frame`, with ``type``, ``tau``, ``p_permutation``,
        ``p_floor`` (the smallest that the permutation could reach).
        """
        frame = RegressionResult.to_frame(self).assign(type=list(self.types), tau=list(self.taus))
        return frame_beside(frame, self.permutation)

    def summary(self) -> Summary:
        """Give the coefficients with what they rest on, and permutation p-values where there are any."""
        return summary_beside(RegressionResult.summary(self), self.permutation)


@dataclass(frozen=True, kw_only=True)
class EventRegression(RegressionSpec):
    """A regression of moves on event dummies; ``run`` applies it.

    dy_t = a m_t + sum_k sum_j b_kj D_k,t-j + c'X_t + e_t, D_k,t the events of type k whose event session is t, j from
    -leads to lags, X the moves of the controls, m_t the sessions that the move spans (1 but after a hole). Several
    instruments are stacked: one coefficient for all of them, an intercept for each, and a date is one cluster.

    The default errors, HC2 with Bell and McCaffrey's degrees of freedom, hold from two event days on. HC0, HC1 and HAC
    do not: without any effect they reject 90 % of one-day dummies at a nominal 5 %, 38 % with two event days, 15 % with
    five, 9 % with ten, and HC3 21, 9 and 7 % with two, five and ten. With fewer than 20 event days a coefficient these
    four come with a warning that says so, and with a
    permutation p beside. With one event day a coefficient has no standard error whatever is asked for: a single event
    has tests of its own, `marketimpact.study.one_event`.

    Parameters
    ----------
    types : None, "category", sequence of str, or mapping of str to event ids
        None takes all events as one type; "category" makes one of each category; a list takes those categories alone.
    leads, lags : int
        Sessions before and after the event session that have coefficients of their own.
    permutations : int, optional
        Draws of event dates; 999 where errors need them and none otherwise, when not given; 0 for never.
    controls, cov, maxlags, level, move, policies
        As in `RegressionSpec`, which see.

    Raises
    ------
    InputError
        If a choice is unknown, or a number is negative.

    References
    ----------
    Bell and McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage samples, Survey
    Methodology 28, 169-181; Newey and West (1987), doi:10.2307/1913610; White (1980), doi:10.2307/1912934.

    Examples
    --------
    >>> import marketimpact as mi
    >>> days = ("2008-09-16", "2010-05-06", "2011-08-05", "2015-01-16", "2016-06-24", "2020-03-16")
    >>> news = mi.EventSet.from_events(mi.Event(day, announced_at=day, zone="Europe/Berlin") for day in days)
    >>> result = EventRegression().run(mi.fetch("ecb:USD/EUR", start="2007-01-01", end="2020-12-31"), news)
    >>> result.terms[0], result.n_events[0], result.units[0]
    ('event', 6, 'log per event')
    >>> bool(result.dfs[0] < 6.0), result.cov_type
    (True, 'HC2, degrees of freedom of Bell and McCaffrey')
    """

    types: EventTypes = None
    leads: int = 0
    lags: int = 0
    permutations: int | None = None

    def __post_init__(self) -> None:
        RegressionSpec.__post_init__(self)
        for name in ("leads", "lags"):
            check_count(name, getattr(self, name))
        check_draws(self.permutations)

    def run(
        self,
        panel: Panel,
        events: EventSet | Event | Iterable[Event],
        *,
        pairs: Literal["all", "place"] | pd.DataFrame | Iterable[tuple[str, str]] | None = None,
        seed: int = 0,
    ) -> EventRegressionResult:
        """Fit one regression; several instruments are stacked.

        Parameters
        ----------
        panel : Panel
            Instruments, and the controls.
        events : EventSet, Event or iterable of Event
        pairs : {"all", "place"}, frame or iterable of (event_id, instrument)
            Required when the panel holds more than one instrument.
        seed : int
            Of the permutation.

        Returns
        -------
        EventRegressionResult

        Raises
        ------
        InputError
            As `mi.align` does; if instruments differ in kind, a type has no usable event, dummies fall on the same
            sessions or depend on controls, or there are no more moves than coefficients.

        Warns
        -----
        MarketImpactWarning
            If errors were asked for that few event days make too small.
        """
        check_seed(seed)
        found = observe(
            panel, events, pairs=pairs, controls=self.controls, move=self.move, policies=self.policies,
            around=(-self.leads, self.lags),
        )  # fmt: skip
        types = resolve_types(found, self.types)
        taus = tuple(range(-self.leads, self.lags + 1))
        news = [
            Column(_term(name, tau, taus), found.dummy(chosen, tau), "event")
            for name, chosen in types.items()
            for tau in taus
        ]
        sample = make_sample(found, [*news, *control_columns(found, self)])
        fitted = estimate(sample, self)
        guarded = self._guard(sample, fitted, len(news))
        permutation = self._permuted(found, sample, types, taus, (bool(guarded), seed))
        labels = [(name, tau) for name in types for tau in taus] + [("", 0)] * (len(sample.terms) - len(news))
        return EventRegressionResult(
            f"{', '.join(found.instruments)} on event dummies", sample.terms, fitted.params, fitted.std_errors,
            fitted.dfs, fitted.p_values, fitted.cov, sample.units, fitted.cov_type, self.level, len(sample.y),
            sample.n_dates, sample.n_events, _notes(fitted, sample), (*guarded, *_lost(found, types, taus), READING),
            found.ledger_of_used(taus=taus), fitted.model, stamp_of_sample(found),
            tuple(name for name, _ in labels), tuple(tau for _, tau in labels), permutation,
            influence_of(found, sample, fitted, len(news), taus=taus), sign=found.sign,
        )  # fmt: skip

    def each(
        self,
        panel: Panel,
        events: EventSet | Event | Iterable[Event],
        *,
        pairs: Literal["all", "place"] | pd.DataFrame | Iterable[tuple[str, str]] | None = None,
        seed: int = 0,
    ) -> dict[str, EventRegressionResult]:
        """Fit one regression an instrument; kinds of move may differ.

        Parameters
        ----------
        panel, events, pairs, seed
            As in ``run``.

        Returns
        -------
        dict of str to EventRegressionResult
            By instrument.
        """
        return run_each(
            panel, events, pairs, self.controls, lambda some: self.run(panel, events, pairs=some, seed=seed)
        )

    def _guard(self, sample: Sample, fitted: Estimates, news: int) -> tuple[str, ...]:
        """Warn of errors that few event days make too small; give the sentences for the result."""
        days = np.minimum(sample.n_events[:news], fitted.effective[:news])
        few = np.flatnonzero(days < ENOUGH_DAYS - 0.5)
        if self.cov not in GUARDED:
            return ()
        words = [(sample.terms[j], self._few(sample, fitted, int(j))) for j in few]
        said = "; ".join(f"{term}: {one}" for term, one in words if one)
        if not said:
            return ()
        text = (
            f"{self.cov} is too small with fewer than {ENOUGH_DAYS} event days a coefficient ({said}): "
            "cov='HC2' holds from two; read the permutation p"
        )
        warnings.warn(text, MarketImpactWarning, stacklevel=3)
        return (text,)

    def _few(self, sample: Sample, fitted: Estimates, j: int) -> str:
        """Say how often errors reject by chance; other regressors may leave less than all event days."""
        count, left = sample.n_events[j], float(fitted.effective[j])
        if left > count - 0.5:
            return few_days(count, sample.n_dates, 1.0 - self.level, cov=self.cov)
        how = (1.0 - self.level, self.cov, bool(np.isnan(fitted.std_errors[j])))
        return few_left((count, left), sample.wx, j, sample.dates, how)

    def _permuted(
        self,
        found: Observations,
        sample: Sample,
        types: dict[str, NDArray[np.bool_]],
        taus: tuple[int, ...],
        how: tuple[bool, int],
    ) -> tuple[Outcome, ...]:
        guarded, seed = how
        draws = (DRAWS if guarded else 0) if self.permutations is None else self.permutations
        k = len(sample.terms)
        if not draws:
            return (not_applicable(PERMUTED, "not asked for"),) * k
        out: list[Outcome] = []
        for chosen, name in zip(types.values(), types, strict=True):
            columns = tuple(range(len(out), len(out) + len(taus)))
            out.extend(permute_dates(found, sample, chosen, taus, columns, (name, draws, seed)))
        return (*out, *[not_applicable(PERMUTED, "no event dummy")] * (k - len(out)))


def _term(name: str, tau: int, taus: tuple[int, ...]) -> str:
    return name if len(taus) == 1 else f"{name} (tau {tau:+d})" if tau else f"{name} (tau 0)"


def _notes(fitted: Estimates, sample: Sample) -> tuple[str, ...]:
    return tuple(
        "" if not np.isnan(error) else ONE_DAY if days == 1 else ALONE
        for error, days in zip(fitted.std_errors, sample.n_events, strict=True)
    )


def _lost(found: Observations, types: dict[str, NDArray[np.bool_]], taus: tuple[int, ...]) -> tuple[str, ...]:
    """Say which event sessions enter nowhere."""
    of_type = np.any(list(types.values()), axis=0)
    said = []
    if n := int((of_type & several_candidates(found)).sum()):
        said.append(f"Event sessions that are the first of several candidates: {n}; lags show the others.")
    said.extend(found.unseen(of_type, taus=taus))
    said.extend(found.dated(of_type & found.usable[found.at]))
    said.extend((*found.spanned, *found.coupons))
    if n := int((~of_type).sum()):
        said.append(f"Event sessions of no type asked for, which stay among the others: {n}.")
    return tuple(said)
