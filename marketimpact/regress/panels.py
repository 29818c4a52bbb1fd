"""Panels: news that reaches some instruments and not others, beside instrument and date effects."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..alignment.policies import Policies
from ..errors import InputError, MarketImpactWarning
from ..ledger import Ledger
from ..market.coupon_rolls import coupon_words
from ..market.factors import Term, factor_id, members_of
from ..market.panel import Panel
from ..maths.cluster_robust import dependent_columns
from ..maths.collapsed import stacked_by_dates
from ..maths.fixed_effects import Absorber, absorber
from ..maths.outcome import Outcome
from ..maths.panel_errors import clustered, default_bandwidth, driscoll_kraay, two_way
from ..maths.resample import check_seed
from ..news.event import Event
from ..news.event_set import EventSet
from ..study.summary import Summary, p_with_floor
from ..units import MoveRule, one_of
from .guard import slope_rejection
from .observations import BY_MOVE
from .one_series import check_level, check_terms, unit_of
from .outcome_table import outcome_table
from .panel_carried import Bearers, bearers_of, bearers_of_dates, few_clusters_words, rate_of
from .panel_dates import LARGE, DateTable, date_table
from .panel_moves import PanelMoves, panel_moves, place_news, read_treatment
from .panel_sample import PanelSample, cr2_of_panel
from .panel_tests import few_clusters
from .result import RegressionResult
from .types import EventTypes, resolve_types

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PanelRegression", "PanelResult"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Effects = Literal["instrument", "date", "both"]
Errors = Literal["CR2", "CR1", "Driscoll-Kraay"]

ABSORBED = 1e-9
"""Share of a regressor that effects must leave."""

LONG = 0.1
"""Share of the dates that the bandwidth of Driscoll and Kraay may reach over without a warning."""

READING = (
    "A coefficient is the difference of moves with news to those of other instruments and dates, beside the effects. "
    "Association is not effect: it is one only where, without the news, instruments would have moved alike."
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PanelResult(RegressionResult):
    """The result of a panel regression: a `RegressionResult` with tests that do not trust few clusters beside.

    Attributes
    ----------
    tests : tuple of (str, Outcome)
        Term and test: wild cluster bootstrap, Ibragimov-Mueller and sign changes over clusters of instruments,
        permutation over units; "not applicable" with the reason where one is not.
    n_units, n_dates : int
        Instruments and dates of the sample.
    effects : int
        Instrument and date effects that were taken out.
    news_clusters : tuple of int, length k
        Clusters in which a regressor of news is not zero; 0 for a control.
    effective_clusters : tuple of float, length k
        How many clusters of equal weight would carry as much of what effects and other regressors leave; NaN for a
        control.
    """

    tests: tuple[tuple[str, Outcome], ...] = ()
    n_units: int = 0
    n_dates: int = 0
    effects: int = 0
    news_clusters: tuple[int, ...] = ()
    effective_clusters: tuple[float, ...] = ()

    def tests_frame(self) -> pd.DataFrame:
        """Give one row a term and test: statistic, p, the smallest p it can reach, note or reason."""
        return outcome_table(self.tests)

    def summary(self) -> Summary:
        """Give the coefficients, and the tests for few clusters below them."""
        plain = RegressionResult.summary(self)
        said = [f"{term}: {one.test}: {p_with_floor(one)}" for term, one in self.tests if one.applies]
        head = (
            *plain.head,
            f"{self.n_units} instruments, {self.n_dates} dates, {self.effects} effects taken out",
        )
        return replace(plain, head=head, tail=(*said, *plain.tail))


@dataclass(frozen=True, kw_only=True)
class PanelRegression:
    """A regression of the moves of all instruments of a panel on news of some of them; ``run`` applies it.

    dy_it = a_i + l_t + sum_k sum_j b_kj D_ik,t-j + c'X_it + e_it, the effects a and l taken out exactly, whatever cells
    are missing (`absorber`); statsmodels fits what is left. With date effects news that reaches every instrument on the
    same dates has no coefficient: they hold it.

    Errors. "CR2" has Bell and McCaffrey's degrees of freedom. Effects that are nested in the clusters are taken out
    beforehand, which changes nothing (Pustejovsky and Tipton); others are dummies up to 60 regressors in all, and
    beyond it is said that their leverage is left out, 1 / T a move of instruments and 1 / S a move of dates. "CR1" is
    the usual one, G / (G - 1), with G - 1 degrees of freedom, and the only one of ``cluster="both"`` (Cameron, Gelbach
    and Miller; negative eigenvalues set to zero, and it is said), with min(G) - 1. "Driscoll-Kraay" needs many dates
    with news, as CR1 by date does: with 2, 5, 10 and 20 of 250 its 5 % test rejects 37, 17, 9 and 7 % of true nulls,
    CR2's by date 1, 6, 5 and 4 %; that of ``cluster="both"``, with six of twelve instruments reached, 16, 10, 7 and 5
    %, and without date effects 29, 15, 10 and 8 % where instruments share half of their variance. Below 20 a warning
    has the rate to expect, without date effects the larger of shocks that a date's moves share wholly and not at all;
    with one there is no standard error.

    Where news reaches all instruments on the same dates (``effects="instrument"``, clusters of dates, no controls), a
    panel of more than 20 million numbers is fitted by sums over dates, and its matrix never formed; ``model`` is None
    then.

    Where one cluster alone has the news, whether a date or an instrument, nothing in the data says how far its
    coefficient may be off, and there is no standard error: CR1's 5 % test rejects most true nulls there. It is counted
    what the effects leave: where date effects hold five of six events, as all instruments have them on the same date,
    and a bond that was not quoted has the sixth on a date of its own, that date carries the coefficient, and there is
    no standard error either. With one treated instrument read the permutation over units, which is in ``tests`` then.
    With several treated clusters, but few, read the wild cluster bootstrap and its floor.

    Parameters
    ----------
    types : None, "category", sequence of str, or mapping of str to event ids
        As in `EventRegression`.
    leads, lags : int
        Sessions before and after the event session that have coefficients of their own.
    effects : {"both", "instrument", "date"}
    cluster : {"date", "instrument", "both"} or mapping of instrument to name
        A mapping makes clusters of instruments, like countries; it names every instrument.
    errors : {"CR2", "CR1", "Driscoll-Kraay"}
    bandwidth : int, optional
        Lags of Driscoll-Kraay [dates]; 4 (T / 100)^(2/9), rounded down, when not given. Half of the dates at most, and
        a warning from a tenth on: its 5 % test rejects 8 % with a tenth, 12 % with a fifth and 19 % with half.
    units : sequence of str, optional
        Instruments of the panel; when not given all but controls and factors without a place.
    controls : sequence of str, Basket or Curve
    wild : int, optional
        Draws of the wild cluster bootstrap: 9,999 with up to 50 clusters and none above when not given; 0 for never.
    level, move, policies
        As in `EventRegression`.

    Raises
    ------
    InputError
        If a choice is unknown, or choices do not go together.

    See Also
    --------
    marketimpact.cross_section : one abnormal move a pair on what is known of it, with date clusters.
    StaggeredEvents : events that stay and come at different times.

    References
    ----------
    Cameron, Gelbach and Miller (2011), doi:10.1198/jbes.2010.07136; Driscoll and Kraay (1998),
    doi:10.1162/003465398557825; Pustejovsky and Tipton (2018), doi:10.1080/07350015.2016.1247004; Conley and Taber
    (2011), doi:10.1162/REST_a_00049, on one treated unit.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch("ecb:EUR/RUB", start="2021-01-01", end="2022-03-01")
    >>> for other in ("TRY", "PLN", "HUF", "CZK", "ZAR"):
    ...     panel = panel.join(mi.fetch(f"ecb:EUR/{other}", start="2021-01-01", end="2022-03-01"))
    >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
    >>> result = PanelRegression(cluster="instrument").run(panel, news, pairs=[("invasion", "EUR/RUB")])
    >>> result.units, dict(result.tests)["event"].test
    (('log per event',), 'permutation over units, by own volatility')
    """

    types: EventTypes = None
    leads: int = 0
    lags: int = 0
    effects: Effects = "both"
    cluster: Literal["date", "instrument", "both"] | Mapping[str, str] = "date"
    errors: Errors = "CR2"
    bandwidth: int | None = None
    units: Sequence[str] | None = None
    controls: Sequence[Term] = ()
    wild: int | None = None
    level: float = 0.95
    move: MoveRule = "log"
    policies: Policies = field(default_factory=Policies)

    def __post_init__(self) -> None:
        check_level(self.level)
        for name, kind in (("effects", Effects), ("errors", Errors)):
            if getattr(self, name) not in get_args(kind):
                raise _wrong(name, getattr(self, name), ", ".join(map(repr, get_args(kind))))
        if not isinstance(self.cluster, Mapping) and self.cluster not in ("date", "instrument", "both"):
            raise _wrong("cluster", self.cluster, "'date', 'instrument', 'both', or instrument: name")
        check_terms(self.controls, "controls")
        if isinstance(self.units, str):
            raise _wrong("units", self.units, "a list of ids")
        for name in ("leads", "lags", "bandwidth", "wild"):
            number = getattr(self, name)
            may_miss = name in ("bandwidth", "wild") and number is None
            if not may_miss and (not isinstance(number, int) or isinstance(number, bool) or number < 0):
                raise _wrong(name, number, "a whole number from 0 on")
        if self.errors == "Driscoll-Kraay" and self.cluster != "date":
            raise _wrong("cluster", self.cluster, "'date': Driscoll-Kraay takes a date as one cluster")
        if self.bandwidth is not None and self.errors != "Driscoll-Kraay":
            raise _wrong("bandwidth", self.bandwidth, "None, or errors='Driscoll-Kraay'")

    def run(
        self,
        panel: Panel,
        events: EventSet | Event | Iterable[Event],
        *,
        pairs: Literal["all", "place"] | pd.DataFrame | Iterable[tuple[str, str]] | None = None,
        seed: int = 0,
    ) -> PanelResult:
        """Fit the regression on events.

        Parameters
        ----------
        panel : Panel
            Instruments with news and without, and the controls.
        events : EventSet, Event or iterable of Event
        pairs : {"all", "place"}, frame or iterable of (event_id, instrument)
            Which news reaches which instrument; the others are there for comparison.
        seed : int
            Of the bootstrap.

        Returns
        -------
        PanelResult

        Raises
        ------
        InputError
            As `mi.align` does; for a panel of one instrument or of several kinds, a type without a usable event, news
            that the effects hold, and regressors that depend on one another.

        Warns
        -----
        MarketImpactWarning
            If errors other than CR2 were asked for and news is in fewer than 20 clusters, and if the bandwidth of
            Driscoll-Kraay is more than a tenth of the dates.
        """
        check_seed(seed)
        moves = self._moves(panel)
        around = (-self.leads, self.lags)
        at = place_news(
            panel, moves, events, pairs=pairs, controls=self.controls, policies=self.policies, around=around
        )
        types = resolve_types(at.found, self.types)
        taus = range(-self.leads, self.lags + 1)
        wanted = {
            name if len(taus) == 1 else f"{name} (tau {tau:+d})" if tau else f"{name} (tau 0)": (chosen, tau)
            for name, chosen in types.items()
            for tau in taus
        }
        outside = int((at.at < 0).sum())
        said = (f"Event sessions of instruments outside the panel: {outside}.",) if outside else ()
        said = (
            *said,
            *at.found.unseen(chosen := np.any(list(types.values()), axis=0) & (at.at >= 0), taus=taus),
            *at.found.dated(chosen),
            *self._coupons(panel, moves),
        )
        ledger = at.found.ledger_of_used(taus=taus)
        spread = (at.spread(moves, chosen, tau) for chosen, tau in wanted.values())
        if self._by_sums() and len(moves.y) * len(wanted) > LARGE:
            table = date_table(moves, spread)
            if table is not None:
                return self._collapsed(moves, table, tuple(wanted), (said, ledger))
            spread = (at.spread(moves, chosen, tau) for chosen, tau in wanted.values())
        columns = dict(zip(wanted, spread, strict=True))
        return self._fit(panel, moves, columns, ("event", said, ledger, seed))

    def _by_sums(self) -> bool:
        """Whether sums over dates are enough, if the news is the same for all instruments of a date."""
        alone = self.effects == "instrument" and self.cluster == "date" and not self.controls
        return alone and self.errors != "Driscoll-Kraay" and not self.wild

    def _collapsed(
        self,
        moves: PanelMoves,
        table: DateTable,
        terms: tuple[str, ...],
        rest: tuple[tuple[str, ...], Ledger],
    ) -> PanelResult:
        """Give the result from sums over dates: no matrix of all rows, and no fitted model of a library."""
        said, ledger = rest
        full = bool(np.isfinite(table.y).all())
        kind: Literal["CR1", "CR2"] = "CR2" if self.errors == "CR2" else "CR1"
        fit = stacked_by_dates(table.y, table.x, kind=kind)
        dates = tuple(map(int, (table.x != 0.0).sum(axis=0)))
        bearers = bearers_of_dates(table.x, np.isfinite(table.y).sum(axis=1))
        lonely = bearers.alone
        errors, dfs = np.where(lonely, np.nan, fit.std_error), np.where(lonely, np.nan, fit.df)
        t = np.abs(fit.params) / np.where(errors > 0.0, errors, np.nan)
        x = np.column_stack([table.x, np.ones(len(table.x))])
        few = self._guard(
            bearers, terms, fit.n_clusters,
            lambda j: slope_rejection(x, j, np.arange(len(x)), 1.0 - self.level),
        )  # fmt: skip
        bell = "degrees of freedom of Bell and McCaffrey"
        how = f"CR2, {bell}" + ("" if full else "; the leverage of instrument effects left out")
        how = how if kind == "CR2" else f"CR1, t with {fit.n_clusters - 1} df"
        return PanelResult(
            f"{', '.join(terms)} in a panel of {table.y.shape[1]} instruments, instrument effects",
            terms, fit.params.copy(), errors, dfs, 2.0 * np.asarray(stats.t.sf(t, dfs)), fit.cov.copy(),
            (f"{moves.kind.unit} per event",) * len(terms),
            f"clustered by date, {fit.n_clusters} clusters ({how}), by sums over dates", self.level, fit.n,
            fit.n_clusters, dates, bearers.notes(errors), (*few, *said, READING), ledger, None, moves.stamp, (),
            table.y.shape[1], fit.n_clusters, table.y.shape[1], dates, tuple(map(float, bearers.effective)),
            sign=moves.sign,
        )  # fmt: skip

    def run_treatment(self, panel: Panel, treatment: pd.DataFrame, *, seed: int = 0) -> PanelResult:
        """Fit the regression on a table of treatments: session dates in the index, a column an instrument.

        Parameters
        ----------
        panel : Panel
        treatment : DataFrame
            1 while an instrument is treated, or a dose; an instrument without a column is never treated, a date that is
            not in the table does not enter.
        seed : int

        Returns
        -------
        PanelResult

        Raises
        ------
        InputError, DataError
            As ``run``, and for a table without dates or with columns that are no instruments of the panel.
        """
        check_seed(seed)
        moves = self._moves(panel)
        values, said = read_treatment(moves, treatment)
        said = (*said, *self._coupons(panel, moves))
        return self._fit(panel, moves, {"treatment": values}, ("1.0 treatment", said, Ledger.empty(), seed))

    def _coupons(self, panel: Panel, moves: PanelMoves) -> tuple[str, ...]:
        return coupon_words(
            panel, (*moves.names, *(one for term in self.controls for one in members_of(term)))
        )

    def _moves(self, panel: Panel) -> PanelMoves:
        return panel_moves(
            panel, units=self.units, controls=self.controls, move=self.move, policies=self.policies
        )

    def _fit(
        self,
        panel: Panel,
        moves: PanelMoves,
        news: Mapping[str, Floats],
        rest: tuple[str, tuple[str, ...], Ledger, int],
    ) -> PanelResult:
        per, said, ledger, seed = rest
        names = tuple(factor_id(term) for term in self.controls)
        terms = (*news, *names)
        columns = np.column_stack([*news.values(), *moves.controls])
        rows = np.flatnonzero(moves.usable & np.isfinite(columns).all(axis=1))
        sample, made = self._sample(moves, columns, rows, terms, len(news))
        y, x = made.left_of(sample.y), made.left_of(sample.x)
        _check_left(sample.x, x, terms, len(news), self.effects)
        model = _fitted(y, x, terms)
        estimates = np.asarray(model.params, dtype=np.float64)
        errors, dfs, cov, words = self._errors(y, x, sample)
        bearers = bearers_of(sample, x)
        lonely = np.append(bearers.alone, np.full(len(names), False))
        errors[lonely], dfs[lonely] = np.nan, np.nan
        t = np.abs(estimates) / np.where(errors > 0.0, errors, np.nan)
        tests = few_clusters(sample, terms, bearers.alone, (self._draws(sample), seed))
        unit = moves.kind.unit
        units = [f"{unit} per {per}"] * len(news) + [
            f"{unit} per {one_of(unit_of(panel, term, self.move))}" for term in self.controls
        ]
        dates = tuple(
            len(np.unique(sample.dates[sample.x[:, j] != 0.0])) if j < len(news) else 0
            for j in range(len(terms))
        )
        few = self._guard(bearers, terms, sample.n_clusters, lambda j: self._rate(sample, x, j))
        spanned = int((moves.spans[rows] != 1.0).sum())
        more = (
            f"Moves that span several sessions, which share the effect of their last one: {spanned}; {BY_MOVE}.",
        )
        return PanelResult(
            f"{', '.join(news)} in a panel of {len(np.unique(sample.units))} instruments, "
            f"{_effect_words(self.effects)}",
            terms, estimates, errors, dfs, 2.0 * np.asarray(stats.t.sf(t, dfs)), cov, tuple(units), words, self.level,
            len(rows), sample.n_clusters, dates, bearers.notes(errors),
            (*few, *said, *(more if spanned else ()), READING), ledger, model, moves.stamp, tests,
            len(np.unique(sample.units)), len(np.unique(sample.dates)), made.degrees,
            (*map(int, bearers.reached), *[0] * len(names)),
            (*map(float, bearers.effective), *[np.nan] * len(names)), sign=moves.sign,
        )  # fmt: skip

    def _rate(self, sample: PanelSample, left: Floats, term: int) -> float:
        """Give the share of true nulls that a t rejects; without date effects, the larger of shared shocks and none."""
        rates = [rate_of(sample, left, term, 1.0 - self.level)]
        if self.cluster == "both" and self.effects == "instrument":
            rates.append(rate_of(sample, left, term, 1.0 - self.level, shared=1.0))
        return max(rates)

    def _guard(
        self, bearers: Bearers, terms: tuple[str, ...], clusters: int, rate: Callable[[int], float]
    ) -> tuple[str, ...]:
        """Say which coefficients few clusters carry, and warn where the errors do not allow for it."""
        held = self.errors == "CR2" and self.cluster != "both"
        # Where dates have no effects, shocks that instruments share make clusters of these reject at any rate.
        shared = self.cluster not in ("date", "both") and self.effects == "instrument"
        rated = None if held or shared else rate
        few = few_clusters_words(bearers, terms, rated, 1.0 - self.level)
        long = self._long(clusters)
        if not few:
            return long
        said, none = f"News in few clusters ({few})", bool(bearers.alone.all())
        if held:
            return (f"{said}: {'no t is given' if none else 'the t is read beside the other tests'}.",)
        text = f"{said}: " + (
            "no t is given, see the note"
            if none
            else "these errors are too small; errors='CR2' along one set of clusters holds better, and wild=9999 puts "
            "the wild cluster bootstrap beside"
        )
        warnings.warn(text, MarketImpactWarning, stacklevel=4)
        return (*long, f"{text}.")

    def _long(self, dates: int) -> tuple[str, ...]:
        """Warn of a bandwidth that makes Driscoll and Kraay's errors too small."""
        if self.bandwidth is None or self.bandwidth <= LONG * dates:
            return ()
        text = (
            f"A bandwidth of {self.bandwidth} reaches over {self.bandwidth / dates * 100:.0f} % of {dates} dates: 5 % "
            "tests reject 8 % of true nulls where it is a tenth, 12 % where a fifth, 19 % where half"
        )
        warnings.warn(text, MarketImpactWarning, stacklevel=5)
        return (f"{text}.",)

    def _sample(
        self, moves: PanelMoves, columns: Floats, rows: Ints, terms: tuple[str, ...], news: int
    ) -> tuple[PanelSample, Absorber]:
        if len(set(terms)) < len(terms):
            raise _wrong("types", terms, "types named unlike any control")
        units, dates = moves.units[rows], moves.dates[rows]
        if len(np.unique(units)) < 2:
            raise InputError(
                "leaves one instrument with usable moves", parameter="panel",
                received=[moves.names[u] for u in np.unique(units)],
                allowed="two instruments or more with moves and controls; EventRegression is for one",
            )  # fmt: skip
        groups = {"instrument": (units,), "date": (dates,), "both": (units, dates)}[self.effects]
        made = absorber(groups)
        if len(rows) <= made.degrees + len(terms):
            raise InputError(
                f"{len(rows)} usable moves do not fit {len(terms)} coefficients and {made.degrees} effects",
                parameter="panel", received=len(rows),
                allowed="more moves than coefficients and effects; fewer types, leads or lags, or one set of effects",
            )  # fmt: skip
        return PanelSample(
            moves.y[rows], columns[rows], units, dates, self._clusters(moves, units, dates), groups, news
        ), made

    def _clusters(self, moves: PanelMoves, units: Ints, dates: Ints) -> tuple[Ints, ...]:
        if isinstance(self.cluster, Mapping):
            if missing := [name for name in moves.names if name not in self.cluster]:
                raise _wrong("cluster", missing[:5], "a name for every instrument of the panel")
            names = [str(self.cluster[name]) for name in moves.names]
            place = np.unique(names, return_inverse=True)[1].astype(np.int64)
            return (place[units],)
        # By name, so that the order of the panel changes no draw.
        order = np.argsort(np.argsort(np.array(moves.names)))[units].astype(np.int64)
        return {"date": (dates,), "instrument": (order,), "both": (order, dates)}[self.cluster]

    def _draws(self, sample: PanelSample) -> int:
        if self.wild is not None:
            return self.wild
        return 9_999 if sample.n_clusters <= 50 else 0

    def _errors(self, y: Floats, x: Floats, sample: PanelSample) -> tuple[Floats, Floats, Floats, str]:
        """Give standard errors, degrees of freedom, covariance, and how they were made."""
        many = [len(np.unique(one)) for one in sample.clusters]
        if min(many) < 2:
            raise _wrong("cluster", f"{min(many)} cluster", "two clusters or more")
        what = self.cluster if isinstance(self.cluster, str) else "groups of instruments"
        df, e = min(many) - 1.0, y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
        if self.errors == "CR2" and len(many) == 1:
            fit, exact = cr2_of_panel(sample)
            short = "" if exact else "; the leverage of effects across clusters left out"
            words = f"clustered by {what}, {many[0]} clusters (CR2, degrees of freedom of Bell and McCaffrey{short})"
            k = x.shape[1]
            return fit.std_error[:k].copy(), fit.df[:k].copy(), fit.cov[:k, :k].copy(), words
        if self.errors == "Driscoll-Kraay":
            lags = default_bandwidth(many[0]) if self.bandwidth is None else self.bandwidth
            cov = driscoll_kraay(x, e, sample.dates, bandwidth=lags)
            words = f"Driscoll-Kraay (Bartlett weights, bandwidth {lags} dates), t with {df:.0f} df"
        elif len(many) == 2:
            cov, mended = two_way(x, e, *sample.clusters)
            fix = ", negative eigenvalues set to zero" if mended else ""
            words = f"clustered by {many[0]} instruments and {many[1]} dates (CR1{fix}), t with {df:.0f} df"
        else:
            cov = clustered(x, e, sample.clusters[0])
            words = f"clustered by {what}, {many[0]} clusters (CR1), t with {df:.0f} df"
        return np.sqrt(np.maximum(np.diag(cov), 0.0)), np.full(len(cov), df), cov, words


def _effect_words(effects: Effects) -> str:
    return "instrument and date effects" if effects == "both" else f"{effects} effects"


def _check_left(given: Floats, left: Floats, terms: tuple[str, ...], news: int, effects: Effects) -> None:
    """Name the regressors that effects hold, and those that are made of others."""
    sizes, before = np.sqrt((left**2).sum(axis=0)), np.sqrt((given**2).sum(axis=0))
    gone = [term for term, a, b in zip(terms, sizes, before, strict=True) if a <= ABSORBED * b]
    if gone:
        empty = [term for term, b in zip(terms, before, strict=True) if b == 0.0]
        raise InputError(
            "is zero in every usable move" if empty else f"is held by the {_effect_words(effects)}",
            parameter="types" if gone[0] in terms[:news] else "controls", received=empty or gone,
            allowed="news with a usable move" if empty else
            "news that reaches some instruments and not others on a date: pairs='place' or tuples; "
            "or effects='instrument', and factors as controls",
        )  # fmt: skip
    # Controls first, so that news is named where the two cannot be told apart.
    order = [*range(news, len(terms)), *range(news)]
    if dependent := dependent_columns(left[:, order]):
        said = [
            f"{terms[order[j]]!r} is made of {', '.join(repr(terms[order[i]]) for i in of)}"
            for j, of in dependent.items()
        ]
        raise InputError(
            f"regressors depend on one another: {'; '.join(said)}", parameter="types",
            received=[terms[order[j]] for j in dependent],
            allowed="event types of which none falls on the sessions of others: join them, or leave one out",
        )  # fmt: skip


def _fitted(y: Floats, x: Floats, terms: tuple[str, ...]) -> Any:
    """Let statsmodels fit what the effects leave; its own errors do not know of the effects."""
    import pandas as pd
    import statsmodels.api as sm

    return sm.OLS(pd.Series(y, name="move"), pd.DataFrame(x, columns=list(terms))).fit()


def _wrong(name: str, received: object, allowed: str) -> InputError:
    return InputError("is not known", parameter=name, received=received, allowed=allowed)
