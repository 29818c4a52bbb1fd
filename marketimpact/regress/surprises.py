"""Responses to surprises: what a bond or currency does when a release differs from what was expected."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, MarketImpactWarning
from ..ledger import Ledger
from ..market.panel import Panel
from ..maths.outcome import Outcome, not_applicable
from ..maths.resample import check_seed
from ..maths.shuffled_slopes import SHUFFLED
from ..news.event import Event
from ..news.event_set import EventSet
from ..study.summary import Summary, p_said
from ..units import shown_unit
from .beside import DRAWS, check_draws, frame_beside, summary_beside
from .dummies import ALONE, ONE_DAY
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
from .guard import ENOUGH_DAYS, GUARDED, few_surprises
from .influence import LARGEST_SHARE, Influence, LeavesOneOut, Points, influence_of, points_of
from .observations import Observations, observe
from .one_by_one import run_each
from .permuted_surprises import permute_surprises
from .result import RegressionResult
from .surprise_columns import (
    PER_SD,
    Part,
    Release,
    expected_column,
    read_expected,
    read_releases,
    read_state,
    sign_parts,
    state_parts,
)
from .types import EventTypes, resolve_types
from .weights import Weights, fitted_volatility

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ASYMMETRY", "STATE", "Per", "SurpriseResponse", "SurpriseResult"]

Per = Literal["sd", "unit"]
"""What a coefficient is of."""

ASYMMETRY = "asymmetry of responses"
STATE = "responses differ by state"

READING = (
    "A coefficient is the mean move that goes with a surprise one standard deviation above what was expected. "
    "Association is not effect: what else the release said, and other news of the session, is in it; a surprise that "
    "is measured with error has a coefficient nearer to zero."
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SurpriseResult(LeavesOneOut, RegressionResult):
    """The result of a regression on surprises: a `RegressionResult` that knows what one surprise carries.

    Attributes
    ----------
    scales : tuple of float, length k
        One standard deviation of the surprise [its unit]; 1 for other regressors.
    surprise_units : tuple of str, length k
        Empty for other regressors.
    influence : Influence or None
        Leverage of each event day, and the coefficients without it.
    points : Points or None
        Surprises and the moves beside all other regressors, for figures.
    tests : tuple of Outcome
        Whether responses differ by sign or state, a release each.
    permutation : tuple of Outcome, length k
        The coefficient against the same surprises in another order; "not applicable" where nothing was drawn.
    per : {"sd", "unit"}
        Whether coefficients, `tests`, `influence` and `points` are per standard deviation or per unit of surprise;
        ``model`` is per standard deviation.
    """

    scales: tuple[float, ...] = ()
    surprise_units: tuple[str, ...] = ()
    influence: Influence | None = None
    points: Points | None = None
    tests: tuple[Outcome, ...] = ()
    permutation: tuple[Outcome, ...] = ()
    per: Per = "sd"

    @property
    def compared(self) -> tuple[tuple[int, int], ...]:
        """Places of the two responses that each of `tests` compares."""
        notes = {_compares(one, other): (i, i + 1) for i, (one, other) in enumerate(pairwise(self.terms))}
        return tuple(notes[one.note] for one in self.tests)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a coefficient: as `RegressionResult.to_frame`, with ``p_permutation`` and ``p_floor`` (the
        smallest that the permutation could reach).
        """
        return frame_beside(RegressionResult.to_frame(self), self.permutation)

    def per_unit(self) -> SurpriseResult:
        """Give the same result per unit of surprise, not per standard deviation; other regressors stay."""
        if self.per == "unit":
            return self
        whole, scales = self._influence(), np.array(self.scales)
        units = tuple(
            unit.replace(PER_SD, f"1.0 {own} of surprise", 1) if own else unit
            for unit, own in zip(self.units, self.surprise_units, strict=True)
        )
        news = len(whole.terms)
        influence = whole.over(scales[:news], units[:news])
        carried = dict(zip(_carried(whole), _carried(influence), strict=True))
        at = self.points
        points = None if at is None else replace(at, surprise=at.surprise * scales[at.term])
        reading = tuple(
            carried.get(one, one.replace("one standard deviation above", "one unit above"))
            for one in self.reading
        )
        return replace(
            self, title=f"{self.title}, per unit", estimates=self.estimates / scales,
            std_errors=self.std_errors / scales, cov=self.cov / np.outer(scales, scales), units=units, reading=reading,
            influence=influence, points=points,
            tests=tuple(_over(one, scales[i]) for one, (i, _) in zip(self.tests, self.compared, strict=True)),
            permutation=tuple(map(_over, self.permutation, scales)), per="unit",
        )  # fmt: skip

    def summary(self) -> Summary:
        """Give the coefficients, tests of differences, and what one event day carries."""
        plain = summary_beside(RegressionResult.summary(self), self.permutation)
        said = tuple(
            f"{one.test}, {one.note}: difference {one.estimate * scale:+.4g} {unit}, "
            f"t = {one.statistic:.2f}, {p_said(one.p_value)}"
            for one, (unit, scale) in zip(
                self.tests, (shown_unit(self.units[i]) for i, _ in self.compared), strict=True
            )
        )
        return replace(plain, tail=(*said, *plain.tail))


@dataclass(frozen=True, kw_only=True)
class SurpriseResponse(RegressionSpec):
    """A regression of moves on surprises; ``run`` applies it.

    dy_t = a m_t + sum_k b_k s_k,t + c'X_t + e_t, s_k,t = S_k,t / sd(S_k) the surprise (actual less expected) of type k
    whose event session is t, over its standard deviation, and zero on other days; m_t the sessions that a move spans.
    A day of a release without a known surprise is left out, and counted.

    The default errors are HC2 with Bell and McCaffrey's degrees of freedom, which count how many surprises truly carry
    the slope. With 40 surprises of which one has ten standard deviations HC1 rejects 15 to 31 % of true nulls at a
    nominal 5 %, as the others fall; the default rejects less than 1 %, with wide intervals, and a warning names the
    day. Where HC0, HC1, HC3 or HAC are asked for and few surprises carry a slope, a warning gives the share that they
    would reject; there, and where one event day carries more than a third of a slope, the p of a permutation stands
    beside: the surprises of a release in other orders. A slope of one event day has no standard error whatever is asked
    for.

    Parameters
    ----------
    by : "category", None, sequence of str, or mapping of str to event ids
        Types of release, each with a response of its own; None takes all events as one.
    expected : mapping or Series of event id to float, optional
        What was expected, in the surprise's unit: a placebo, since markets knew it. A response to it says that the
        expectation is stale, or the surprise is not one.
    asymmetric : bool
        Positive and negative surprises have responses of their own.
    state : Series by date, optional
        Responses differ by a state, read on the session before the event session: booleans give two responses,
        numbers the response at their mean and its change for one standard deviation. Nothing is carried forward.
    weights : {"garch", "ewma"}, optional
        Weigh each move by one over its fitted variance, known before its session.
    per : {"sd", "unit"}
        What coefficients are of: one standard deviation of the surprise, or one unit of it.
    days : {"all", "events"}
        All sessions, or event sessions alone, whose intercept is then the mean move of such days.
    permutations : int, optional
        Orders of the surprises that are drawn; 999 where they are needed and none otherwise, when not given; 0 for
        never.
    controls, cov, maxlags, level, move, policies
        As in `RegressionSpec`, which see.

    Raises
    ------
    InputError
        If a choice is unknown, or signs and a state are asked for at once.

    References
    ----------
    Andersen, Bollerslev, Diebold and Vega (2003), doi:10.1257/000282803321455151; Balduzzi, Elton and Green (2001),
    doi:10.2307/2676223.

    Examples
    --------
    >>> import marketimpact as mi
    >>> days = ("2008-09-16", "2010-05-06", "2011-08-05", "2015-01-16", "2016-06-24", "2020-03-16")
    >>> news = mi.EventSet.from_events(
    ...     mi.Event(day, announced_at=day, zone="Europe/Berlin", surprise=s, surprise_unit="points", category="toy")
    ...     for day, s in zip(days, (1.0, -0.9, 0.8, -1.1, 0.9, -1.0)))
    >>> result = SurpriseResponse().run(mi.fetch("ecb:USD/EUR", start="2007-01-01", end="2020-12-31"), news)
    >>> result.terms[0], result.n_events[0], result.units[0]
    ('toy', 6, 'log per sd of surprise')
    >>> result.per_unit().units[0], round(result.scales[0], 3)
    ('log per 1.0 points of surprise', 1.045)
    """

    by: EventTypes = "category"
    expected: Mapping[str, float] | pd.Series[Any] | None = None
    asymmetric: bool = False
    state: pd.Series[Any] | None = None
    weights: Weights | None = None
    per: Per = "sd"
    days: Literal["all", "events"] = "all"
    permutations: int | None = None

    def __post_init__(self) -> None:
        RegressionSpec.__post_init__(self)
        check_draws(self.permutations)
        allowed = (
            ("weights", (None, "garch", "ewma")),
            ("per", get_args(Per)),
            ("days", ("all", "events")),
            ("asymmetric", (True, False)),
        )
        for name, choices in allowed:
            if getattr(self, name) not in choices:
                raise InputError(
                    "is not known", parameter=name, received=getattr(self, name),
                    allowed=", ".join(map(repr, choices)),
                )  # fmt: skip
        if self.asymmetric and self.state is not None:
            raise InputError(
                "signs and a state at once leave few events a coefficient", parameter="state",
                allowed="asymmetric=True or a state, one after the other",
            )  # fmt: skip

    def run(
        self,
        panel: Panel,
        events: EventSet | Event | Iterable[Event],
        *,
        pairs: Literal["all", "place"] | pd.DataFrame | Iterable[tuple[str, str]] | None = None,
        seed: int = 0,
    ) -> SurpriseResult:
        """Fit one regression; several instruments are stacked, a date is then one cluster.

        Parameters
        ----------
        panel : Panel
            Instruments, and the controls.
        events : EventSet, Event or iterable of Event
            With surprises and their units.
        pairs : {"all", "place"}, frame or iterable of (event_id, instrument)
            Required when the panel holds more than one instrument.
        seed : int
            Of the permutation.

        Returns
        -------
        SurpriseResult

        Raises
        ------
        InputError
            As `mi.align` does; if a type has no usable event, surprises have no unit or do not vary, an expected value
            is missing, a state does not vary, or regressors depend on one another.
        MissingExtraError
            If a GARCH is asked for and the package arch is not installed.

        Warns
        -----
        MarketImpactWarning
            If one event day carries more than a third of a slope, or errors were asked for that do not hold.
        """
        check_seed(seed)
        found = observe(
            panel, events, pairs=pairs, controls=self.controls, move=self.move, policies=self.policies
        )
        state = None if self.state is None else read_state(found, self.state)
        releases = read_releases(found, resolve_types(found, self.by, parameter="by"), state)
        kept, lost = _kept(found, releases, state)
        parts = self._parts(found, releases, state)
        columns = [part.column(found) for part, _ in parts]
        columns.extend(self._expected(found, releases))
        news = len(columns)
        columns.extend(control_columns(found, self))
        sample = self._sample(found, columns, kept, releases)
        lost = (*lost, *_without_volatility(found, sample, releases, kept))
        fitted = estimate(sample, self)
        test = STATE if self.state is not None else ASYMMETRY
        tests = tuple(_difference(sample, self, pair, test) for pair in _compared(parts))
        influence = influence_of(found, sample, fitted, news)
        said = (*_carried(influence), *self._guard(sample, fitted, news))
        owners = [release for _, release in parts] + [None] * (len(columns) - len(parts))
        result = SurpriseResult(
            f"{', '.join(found.instruments)} on surprises", sample.terms, fitted.params, fitted.std_errors,
            fitted.dfs, fitted.p_values, fitted.cov, sample.units, fitted.cov_type, self.level, len(sample.y),
            sample.n_dates, sample.n_events, _notes(fitted, sample, owners), (*said, *lost, READING),
            _ledger(found, sample, (releases, state, kept)),
            fitted.model, stamp_of_sample(found), tuple(1.0 if one is None else one.sd for one in owners),
            tuple("" if one is None else one.unit for one in owners), influence,
            points_of(found, sample, fitted, influence), tests,
            self._permuted(found, sample, fitted, parts, (bool(said), seed)), sign=found.sign,
        )  # fmt: skip
        result = result if self.per == "sd" else result.per_unit()
        for text in result.reading[: len(said)]:
            warnings.warn(text, MarketImpactWarning, stacklevel=2)
        return result

    def each(
        self,
        panel: Panel,
        events: EventSet | Event | Iterable[Event],
        *,
        pairs: Literal["all", "place"] | pd.DataFrame | Iterable[tuple[str, str]] | None = None,
        seed: int = 0,
    ) -> dict[str, SurpriseResult]:
        """Fit one regression an instrument; kinds of move may differ.

        Parameters
        ----------
        panel, events, pairs, seed
            As in ``run``.

        Returns
        -------
        dict of str to SurpriseResult
            By instrument.
        """
        return run_each(
            panel, events, pairs, self.controls, lambda some: self.run(panel, events, pairs=some, seed=seed)
        )

    def _parts(
        self, found: Observations, releases: Sequence[Release], state: NDArray[np.float64] | None
    ) -> list[tuple[Part, Release]]:
        """Give the regressors of surprises, each with its release."""
        out: list[tuple[Part, Release]] = []
        for release in releases:
            if self.asymmetric:
                mine = sign_parts(found, release)
            elif state is not None:
                mine = state_parts(found, release, state, str(getattr(self.state, "name", None) or "state"))
            else:
                mine = [Part(release.name, release.values, np.ones(len(release.values)))]
            out.extend((part, release) for part in mine)
        return out

    def _expected(self, found: Observations, releases: Sequence[Release]) -> list[Column]:
        """Give the expected parts, where they are known."""
        if self.expected is None:
            return []
        given = read_expected(self.expected)
        return [expected_column(found, release, given) for release in releases]

    def _sample(
        self,
        found: Observations,
        columns: Sequence[Column],
        kept: NDArray[np.bool_],
        releases: Sequence[Release],
    ) -> Sample:
        """Take the moves, and divide them by their volatility where that was asked for: it follows all days."""
        volatility = None
        if self.weights is not None:
            plain = make_sample(found, columns, kept=kept)
            unweighted = estimate(plain, RegressionSpec())
            volatility = fitted_volatility(found, plain, unweighted, self.weights)
        if self.days == "events":
            known = np.any([release.known for release in releases], axis=0)
            kept = kept & (found.dummy(known) > 0.0)
        return make_sample(found, columns, kept=kept, volatility=volatility)

    def _guard(self, sample: Sample, fitted: Estimates, news: int) -> tuple[str, ...]:
        """Say which slopes rest on so few surprises that the errors asked for are too small, and what they reject."""
        if self.cov not in GUARDED:
            return ()
        days = np.minimum(np.nan_to_num(fitted.honest_df[:news]) + 1.0, sample.n_events[:news])
        days[np.isnan(fitted.std_errors[:news])] = 1.0
        weak = [
            few_surprises(
                sample.terms[j], sample.wx, int(j), sample.dates, (1.0 - self.level, self.cov, float(days[j]))
            )
            for j in np.flatnonzero(days < ENOUGH_DAYS)
        ]
        return (
            (
                f"{self.cov} is too small where few surprises carry a slope ({'; '.join(weak)}): "
                "cov='HC2' holds; read the permutation p",
            )
            if weak
            else ()
        )

    def _permuted(
        self,
        found: Observations,
        sample: Sample,
        fitted: Estimates,
        parts: Sequence[tuple[Part, Release]],
        how: tuple[bool, int],
    ) -> tuple[Outcome, ...]:
        """Shuffle the surprises of each release, where it was asked for or few of them carry a slope."""
        needed, seed = how
        draws = (DRAWS if needed else 0) if self.permutations is None else self.permutations
        k = len(sample.terms)
        if not draws:
            return (not_applicable(SHUFFLED, "not asked for"),) * k
        out: list[Outcome] = []
        while len(out) < len(parts):
            release = parts[len(out)][1]
            mine = [part for part, of in parts if of is release]
            columns = range(len(out), len(out) + len(mine))
            out.extend(
                not_applicable(SHUFFLED, ALONE) if np.isnan(fitted.honest_df[j]) else one
                for j, one in zip(
                    columns,
                    permute_surprises(found, sample, release, mine, columns, (draws, seed)),
                    strict=True,
                )
            )
        return (*out, *[not_applicable(SHUFFLED, "no surprise")] * (k - len(out)))


def _compared(parts: Sequence[tuple[Part, Release]]) -> list[tuple[int, int]]:
    """Give the places of two responses of one release that could be the same."""
    return [
        (i, i + 1)
        for i, ((_, one), (part, other)) in enumerate(pairwise(parts))
        if one is other and part.per == PER_SD
    ]


def _kept(
    found: Observations, releases: Sequence[Release], state: NDArray[np.float64] | None
) -> tuple[NDArray[np.bool_], tuple[str, ...]]:
    """Leave out days of a release whose surprise or state is not known; say how many."""
    kept, said = np.full(len(found.y), True), []
    known = np.any([one.known for one in releases], axis=0)
    for words, _, rows in _unknown(releases, state):
        kept[found.at[rows]] = False
        if rows.any():
            said.append(f"Event sessions {words}, which are left out: {int(rows.sum())}.")
    if n := int((known & several_candidates(found)).sum()):
        said.append(f"Event sessions that are the first of several candidates: {n}.")
    return kept, (
        *said,
        *found.unseen(known),
        *found.dated(known & found.usable[found.at] & kept[found.at]),
        *found.spanned,
        *found.coupons,
    )


def _unknown(
    releases: Sequence[Release], state: NDArray[np.float64] | None
) -> list[tuple[str, str, NDArray[np.bool_]]]:
    """Give the events of a release whose surprise is not known, and those whose state is not: words, reason, which."""
    missing, known = (
        np.any([getattr(one, name) for one in releases], axis=0) for name in ("missing", "known")
    )
    gone = [("without a surprise", "its surprise is not known", missing)]
    if state is not None:
        eve = known & np.isnan(state)
        gone.append(("on whose eve the state has no value", "the state has no value on its eve", eve))
    return gone


def _ledger(
    found: Observations,
    sample: Sample,
    rest: tuple[Sequence[Release], NDArray[np.float64] | None, NDArray[np.bool_]],
) -> Ledger:
    """Say which events were used, and why others that show are left out."""
    releases, state, kept = rest
    lost = {why: rows for _, why, rows in _unknown(releases, state)}
    return found.ledger_of_used({**lost, "no volatility is known": _early(found, sample, releases, kept)})


def _without_volatility(
    found: Observations, sample: Sample, releases: Sequence[Release], kept: NDArray[np.bool_]
) -> tuple[str, ...]:
    gone = int(_early(found, sample, releases, kept).sum())
    return (f"Event sessions before there is a volatility, left out: {gone}.",) if gone else ()


def _early(
    found: Observations, sample: Sample, releases: Sequence[Release], kept: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell the events of a release that all but the weights would let enter."""
    known = np.any([release.known for release in releases], axis=0)
    return np.asarray(known & found.usable[found.at] & kept[found.at] & ~np.isin(found.at, sample.rows))


def _difference(sample: Sample, spec: RegressionSpec, pair: tuple[int, int], test: str) -> Outcome:
    """Test b_i = b_j: beside s_i + s_j the coefficient of s_i is their difference, with its own degrees of freedom."""
    i, j = pair
    x = sample.x.copy()
    x[:, j] += x[:, i]
    other = estimate(replace(sample, x=x), spec)
    b, error = float(other.params[i]), float(other.std_errors[i])
    return Outcome(
        test, b / error if error > 0.0 else np.nan, float(other.p_values[i]), estimate=b, std_error=error,
        df=float(other.dfs[i]), n=len(sample.y), n_clusters=sample.n_dates,
        note=_compares(sample.terms[i], sample.terms[j]),
    )  # fmt: skip


def _compares(one: str, other: str) -> str:
    return f"{one} less {other}"


def _over(one: Outcome, scale: float) -> Outcome:
    return replace(one, estimate=one.estimate / scale, std_error=one.std_error / scale)


def _carried(influence: Influence) -> tuple[str, ...]:
    """Say of each slope that one event day carries what it would be without the day."""
    said = []
    for j, term in enumerate(influence.terms):
        if not len(influence.sessions):
            break
        g = influence.largest(j)
        day = f"{influence.sessions[g]} ({influence.events[g]})"
        unit, scale = shown_unit(influence.units[j])
        estimate, without = influence.estimates[j] * scale, influence.without[g, j] * scale
        if influence.shares[g, j] > LARGEST_SHARE and np.isnan(influence.without[g, j]):
            said.append(f"{term}: {day} alone determines it, {estimate:+.4g} {unit}: {ONE_DAY}")
        elif influence.shares[g, j] > LARGEST_SHARE:
            said.append(
                f"{term}: {day} has {influence.shares[g, j] * 100:.0f} % of "
                f"the leverage: {estimate:+.4g} with it, {without:+.4g} without, {unit}; see leave_one_out()"
            )
    return tuple(said)


def _notes(fitted: Estimates, sample: Sample, owners: Sequence[Release | None]) -> tuple[str, ...]:
    why = (
        "" if not np.isnan(error) else ONE_DAY if days == 1 else ALONE
        for error, days in zip(fitted.std_errors, sample.n_events, strict=True)
    )
    sizes = ("" if one is None else f"1 sd = {one.sd:.4g} {one.unit}" for one in owners)
    return tuple("; ".join(filter(None, both)) for both in zip(why, sizes, strict=True))
