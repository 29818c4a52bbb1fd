"""Identification through heteroskedasticity: the response of one series to another, told by event days' variances."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ..alignment.policies import Policies
from ..errors import InputError
from ..market.factors import Term, check_members, factor_id, members_of
from ..market.panel import Panel, instrument_of
from ..maths.confidence_sets import ConfidenceSet
from ..maths.outcome import Outcome
from ..maths.resample import check_seed
from ..maths.variance_shift import FEWEST_DAYS, ONE_SHOCK, VarianceShift, variance_shift
from ..news.event import Event
from ..news.event_set import EventSet
from ..study.given import given_or
from ..study.summary import Summary
from ..units import MoveRule, one_of, shown_unit
from .observations import Observations
from .one_series import (
    ASSOCIATION,
    check_level,
    check_terms,
    observe_one,
    stamp_of_terms,
    unit_of,
)
from .result import RegressionResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RigobonSack", "VarianceSpec", "rigobon_sack"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FEW = 20
"""Event days below which the resampled variances are rough."""

STRONG = 4.0
"""Standard errors by which the denominator changes, from which the delta method's errors are close."""

ASSUMED = (
    "The coefficient is the response to the shock whose variance is larger on event days, if that of everything else is"
    " not: other news of the same days, or a market that is nervous then, breaks it."
)
SETS = (
    "The interval is the set of values that a studentised bootstrap by regime does not reject. It may be all but an"
    " interval or any number, where the variance hardly changes: the data then bound the coefficient so, and no"
    " standard error does."
)


@dataclass(frozen=True, kw_only=True)
class VarianceSpec:
    """What an identification through heteroskedasticity is told.

    Parameters
    ----------
    control_days : {"before", "all"}
        Control days: the session before each event session, or every session that is none.
    controls : sequence of str, Basket or Curve
        Factors that are partialled out of both series first, over event and control days together.
    draws : int
        Draws of the bootstrap.
    level : float
        Level of the set.
    move : {"log", "simple"}
        How prices and currencies move.
    policies : Policies
        What to do where the news and the market do not fit.

    Raises
    ------
    InputError
        If a choice is unknown.
    """

    control_days: Literal["before", "all"] = "before"
    controls: Sequence[Term] = ()
    draws: int = 999
    level: float = 0.95
    move: MoveRule = "log"
    policies: Policies = field(default_factory=Policies)

    def __post_init__(self) -> None:
        if self.control_days not in ("before", "all"):
            raise InputError(
                "is not known",
                parameter="control_days",
                received=self.control_days,
                allowed="'before', 'all'",
            )
        check_terms(self.controls, "controls")
        check_level(self.level)
        if not isinstance(self.draws, int) or (self.draws + 1) * (1.0 - self.level) < 1.0:
            raise InputError(
                "cannot reach the level", parameter="draws", received=self.draws,
                allowed=f"{int(np.ceil(1.0 / (1.0 - self.level))) - 1} or more at a level of {self.level:g}",
            )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RigobonSack(RegressionResult):
    """One coefficient by two estimators: by the change in the driver's variance, and by that in the instrument's.

    ``conf_low`` and ``conf_high`` are the ends of a confidence set that is an interval, and NaN where it is none:
    `confidence_set` gives it whatever it is.

    Attributes
    ----------
    shift : VarianceShift or None
        Moments of event and control days, and the draws.
    instrument, driver : str
    """

    shift: VarianceShift | None = None
    instrument: str = ""
    driver: str = ""

    def confidence_set(self, level: float | None = None, which: int = 0) -> ConfidenceSet:
        """Give the values that are not rejected.

        Parameters
        ----------
        level : float, optional
            That of the result when not given.
        which : int
            0 for the estimator by the driver's variance, 1 for that by the instrument's.
        """
        wanted = self.level if level is None else level
        check_level(wanted)
        return _shift(self).confidence_set(wanted, which)

    @property
    def one_shock(self) -> Outcome:
        """Test that one shock alone changed its variance, which both estimators rest on."""
        shift = _shift(self)
        statistic, p_value, floor = shift.rank_test()
        return Outcome(
            ONE_SHOCK, statistic, p_value, n=shift.n_event + shift.n_control, n_clusters=shift.n_event, p_floor=floor,
            note=f"{len(shift.drawn)} draws",
        )  # fmt: skip

    def moments(self) -> pd.DataFrame:
        """Give variances and covariance on event and control days, their difference and its standard error."""
        import pandas as pd

        shift = _shift(self)
        names = [f"cov({self.driver}, {self.instrument})", f"var({self.driver})", f"var({self.instrument})"]
        return pd.DataFrame(
            {
                "event": shift.event,
                "control": shift.control,
                "difference": shift.difference,
                "std_error": np.sqrt(np.diag(shift.spread)),
            },
            index=pd.Index(names, name="moment"),
        )

    def interval_at(self, level: float) -> tuple[Floats, Floats]:
        """Give the ends of the confidence sets that are intervals, and NaN for those that are none."""
        low, high = zip(*(self.confidence_set(level, which).interval for which in (0, 1)), strict=True)
        return np.array(low), np.array(high)

    def summary(self) -> Summary:
        """Give the coefficients, and the sets that are no interval in the units of the table."""
        notes = tuple(
            _set_words(self.confidence_set(self.level, which), shown_unit(unit)[1])
            for which, unit in enumerate(self.units)
        )
        return RegressionResult.summary(replace(self, notes=notes))


def _set_words(one: ConfidenceSet, scale: float = 1.0) -> str:
    """Write a set that is no interval, its ends times a scale; empty for an interval."""
    if one.shape == "interval":
        return ""
    return f"the set is {replace(one, parts=tuple((low * scale, high * scale) for low, high in one.parts))}"


def _shift(result: RigobonSack) -> VarianceShift:
    if result.shift is None:
        raise InputError("has no moments", parameter="RigobonSack.shift", allowed="what rigobon_sack returns")
    return result.shift


def rigobon_sack(
    panel: Panel,
    events: EventSet | Event | Iterable[Event],
    instrument: str | None = None,
    *,
    driver: Term,
    spec: VarianceSpec | None = None,
    seed: int = 0,
) -> RigobonSack:
    """Estimate what a move of one series does to another, from how news changes variances and their covariance.

    A policy rate and a bond move each other on every day, so that a regression of one on the other tells nothing. If
    on event days the variance of policy news alone is larger, b = (cov_E - cov_C) / (var_E - var_C) of event days E
    and control days C is the response to it. It is two-stage least squares with the driver as its own instrument, with
    changed sign on control days; ``model`` holds that fit and the one with the instrument's moves for it.

    Parameters
    ----------
    panel : Panel
    events : EventSet, Event or iterable of Event
        News that moves the driver.
    instrument : str, optional
        The series that responds; may be left out where the panel holds one.
    driver : str, Basket or Curve
        The series that the news drives, as a two-year yield; read on the instrument's own sessions.
    spec : VarianceSpec, optional
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    RigobonSack

    Raises
    ------
    InputError
        If the instrument is not named, drives itself, no event shows, or there are fewer than five event or control
        days with moves of both.

    References
    ----------
    Rigobon (2003), doi:10.1162/003465303772815727; Rigobon and Sack (2004), doi:10.1016/j.jmoneco.2004.02.004.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch("ecb:EUR/RUB").join(mi.fetch("ecb:EUR/PLN"))
    >>> days = panel["EUR/PLN"].loc["2008"].index[::10]
    >>> clocks = [f"{day.date()}T09:00" for day in days]
    >>> news = [mi.Event(f"e{i}", announced_at=at, zone="Europe/Berlin") for i, at in enumerate(clocks)]
    >>> found = rigobon_sack(panel, news, "EUR/RUB", driver="EUR/PLN")
    >>> found.terms, found.confidence_set().shape
    (("by EUR/PLN's variance", "by EUR/RUB's variance"), 'whole line')
    """
    check_seed(seed)
    spec = given_or(spec, VarianceSpec(), "spec")
    name = instrument_of(panel, instrument)
    if not isinstance(driver, Term):
        raise InputError(
            "is no factor",
            parameter="driver",
            received=driver,
            allowed="the id of a series, a basket or a curve",
        )
    check_members(panel, (driver,), "driver")
    if name in members_of(driver):
        raise InputError("drives itself", parameter="driver", received=name, allowed="another series")
    found = observe_one(
        panel, events, name, controls=(driver, *spec.controls), move=spec.move, policies=spec.policies
    )
    event, control = _regimes(found, spec)
    rows = event | control
    x, y = (_partial(one[rows], found.controls[1:, rows]) for one in (found.controls[0], found.y))
    if np.sqrt(x @ x) <= NOTHING_LEFT * np.linalg.norm(found.controls[0, rows]):
        raise InputError(
            "moves as the controls do: nothing of it is left to identify by"
            if spec.controls
            else "does not move",
            parameter="controls" if spec.controls else "driver",
            received=[factor_id(term) for term in spec.controls] or factor_id(driver),
            allowed="controls that do not span the driver" if spec.controls else "a series that does",
        )
    if min(event.sum(), control.sum()) < FEWEST_DAYS:
        raise InputError(
            "are too few with moves of both series",
            parameter="events",
            received={"event days": int(event.sum()), "control days": int(control.sum())},
            allowed=f"{FEWEST_DAYS} of each or more; control_days='all' takes every other session",
        )
    shift = variance_shift(x, y, event[rows], np.random.default_rng(seed), draws=spec.draws)
    return _result(shift, found, (panel, name, driver), spec, _models(x, y, event[rows]))


NOTHING_LEFT = 1e-9
"""Share of a driver beside its controls that is noise of rounding."""


def _regimes(found: Observations, spec: VarianceSpec) -> tuple[Bools, Bools]:
    """Give event and control days: masks over the observations."""
    on_event = found.dummy(np.full(len(found.at), True)) > 0
    usable = found.usable & (found.series == 0)
    if spec.control_days == "all":
        return on_event & usable, usable & ~on_event
    before = found.dummy(np.full(len(found.at), True), -1) > 0
    return on_event & usable, before & usable & ~on_event


def _partial(values: Floats, controls: Floats) -> Floats:
    """Take an intercept and the controls out by least squares."""
    x = np.column_stack([np.ones(len(values)), controls.T])
    return np.asarray(values - x @ np.linalg.lstsq(x, values, rcond=None)[0])


def _models(x: Floats, y: Floats, event: Bools) -> tuple[object, ...]:
    """Fit both estimators as two-stage least squares by statsmodels: their coefficients are the same numbers."""
    from statsmodels.sandbox.regression.gmm import IV2SLS

    sign = np.where(event, 1.0 / (event.sum() - 1.0), -1.0 / ((~event).sum() - 1.0))
    own = [one - np.where(event, one[event].mean(), one[~event].mean()) for one in (x, y)]
    return tuple(IV2SLS(own[1], own[0], instrument=sign * one).fit() for one in own)


def _result(
    shift: VarianceShift,
    found: Observations,
    named: tuple[Panel, str, Term],
    spec: VarianceSpec,
    models: tuple[object, ...],
) -> RigobonSack:
    panel, name, driver = named
    word = factor_id(driver)
    sets = [shift.confidence_set(spec.level, which) for which in (0, 1)]
    errors = shift.std_errors
    return RigobonSack(
        title=f"response of {name} to {word}, by the variances of event and control days",
        terms=(f"by {word}'s variance", f"by {name}'s variance"),
        estimates=shift.estimates.copy(),
        std_errors=errors,
        dfs=np.full(2, np.inf),
        p_values=np.array([shift.p_value(0.0, which) for which in (0, 1)]),
        cov=shift.cov,
        units=(f"{found.kind.unit} per {one_of(unit_of(panel, driver, spec.move))}",) * 2,
        cov_type=f"studentised bootstrap by regime, {spec.draws} draws",
        level=spec.level,
        n=shift.n_event + shift.n_control,
        n_clusters=shift.n_event + shift.n_control,
        n_events=(shift.n_event,) * 2,
        notes=tuple(map(_set_words, sets)),
        reading=(*found.unseen(), *found.coupons, *_reading(shift, spec, name, word)),
        ledger=found.ledger_of_used(),
        model=models,
        stamp=stamp_of_terms(panel, name, [driver, *spec.controls]),
        shift=shift,
        sign=found.sign,
        instrument=name,
        driver=word,
    )


def _reading(shift: VarianceShift, spec: VarianceSpec, name: str, driver: str) -> tuple[str, ...]:
    ratios = shift.event[1:] / shift.control[1:]
    where = "on the session before each" if spec.control_days == "before" else "on all other sessions"
    lines = [
        f"Variance on {shift.n_event} event days over that {where} ({shift.n_control} control days): {driver}"
        f" {ratios[0]:.2f}, {name} {ratios[1]:.2f}; it changed by {shift.strength[0]:.1f} and, of their covariance,"
        f" {shift.strength[1]:.1f} standard errors."
    ]
    if abs(shift.strength[0]) < STRONG:
        lines.append(
            f"Below {STRONG:g} standard errors identification is weak: read the set, not the standard error."
        )
    if ratios[0] < 1.0:
        lines.append(f"{driver} moves less on event days: what identifies is not the news.")
    if shift.n_event < FEW:
        lines.append(
            f"{shift.n_event} event days: their variance is rough, and so is the set; {FEW} or more are better."
        )
    if spec.controls:
        lines.append("Controls are taken out of both series first; the draws take them as known.")
    return (*lines, ASSUMED, SETS, ASSOCIATION)
