"""What a study found: frozen numbers keyed by pair, tables on demand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ..alignment.confounders import without_confounded
from ..alignment.pipeline import Alignment
from ..alignment.reasons import LEFT_OUT
from ..errors import InputError
from ..ledger import Ledger, Status
from ..market.panel import Panel
from ..maths.abnormal import covariance
from ..news.event_set import EventSet
from ..timeline import Window
from . import frames
from .cells import NOT_COUNTED, Cells, cells_of
from .coefficients import coefficient_table
from .estimates import Estimates, estimate
from .explain import Explanation
from .explained import explain_permutation, explain_which_day
from .families import Families, Part, families_of
from .inference import PERMUTATION, Across, PairRanks, across_events, headline_ranks, kind_groups
from .joint import JointTest, joint_of_event
from .models import BenchmarkSpread, MarketAdjusted
from .one_event import OneEvent, one_event_tests
from .over_events import OverEvents, over_events
from .pair import PairResult, pair_result
from .paths import CaarPath, caar_path
from .shifts import checked_shifts, shift_table
from .spec import Spec
from .split import split_table
from .summary import MOST_LEFT_OUT, MOST_ROWS, Summary, across_line, both_samples, summarise
from .verdicts import Verdict
from .which_day import MAX_RANK, SUP_T, WhichDays, largest_candidates

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Comparison", "StudyResult"]

Table = Literal["car", "ar", "caar", "aar", "split", "tests"]


@dataclass(frozen=True, eq=False)
class StudyResult:
    """The result of an event study over N pairs of event and instrument.

    Everything is keyed by (event_id, instrument), in the order of the pairs; pairs that were left out stand in
    the ledger alone. Yields are in bp, prices and currencies are fractions (log or simple).

    Attributes
    ----------
    spec : Spec
        What was asked.
    seed : int
        Seed of the permutations.
    alignment : Alignment
        Sessions, masks and reasons; with panel and events by reference.
    estimates : Estimates
        The arrays.

    See Also
    --------
    EventStudy.run : makes it.
    """

    spec: Spec
    seed: int
    alignment: Alignment
    estimates: Estimates

    @property
    def panel(self) -> Panel:
        """The panel as it was studied: by reference, but for series with copied weekend or holiday rows."""
        return self.alignment.panel

    @property
    def events(self) -> EventSet:
        """The events, by reference."""
        return self.alignment.events

    @property
    def ledger(self) -> Ledger:
        """What was used, flagged and left out, and why."""
        return self.alignment.ledger

    @property
    def pairs(self) -> pd.MultiIndex:
        """The pairs with numbers, as an index (event_id, instrument)."""
        return frames.pair_index(self.alignment, self.estimates)

    @property
    def ar(self) -> pd.DataFrame:
        """Abnormal moves, one row a pair, one column a tau [unit of the kind]."""
        return frames.wide(self.pairs, self.estimates.abnormal.ar, self.spec.timeline.taus, "tau")

    @property
    def sar(self) -> pd.DataFrame:
        """Standardized abnormal moves: A_t / (s sqrt(v_t + h_t)), or over the volatility that the model follows."""
        return frames.wide(self.pairs, self.estimates.sar, self.spec.timeline.taus, "tau")

    @property
    def normal(self) -> pd.DataFrame:
        """The counterfactual path: moves that the normal model leads to expect, one row a pair, one column a tau.

        Observed moves less abnormal ones [unit of the kind]; NaN where a move or a factor is missing.
        """
        taus = self.spec.timeline.taus
        at = self.alignment.positions[self.estimates.rows][:, None] + np.asarray(taus)
        values = self.alignment.design.y[at] - self.estimates.abnormal.ar
        return frames.wide(self.pairs, values, taus, "tau")

    @property
    def coefficients(self) -> pd.DataFrame:
        """What the normal model fitted: one row a pair and coefficient, with its standard error and unit.

        Of a Dimson model also the sum of its betas, with the standard error of the sum. Where theory has no standard
        error it is NaN with a reason.
        """
        return coefficient_table(self.alignment, self.estimates, self.spec)

    @property
    def car(self) -> pd.DataFrame:
        """Cumulative abnormal moves, one row a pair, one column a window [unit of the kind]."""
        return frames.wide(self.pairs, self.estimates.sums.car, self.spec.window_list, "window")

    @property
    def scar(self) -> pd.DataFrame:
        """Standardized cumulative abnormal moves: CAR over the square root of its exact variance.

        Under `VolatilityStandardized` over the volatility known before the window, times sqrt(sum v).
        """
        opens = [first - self.spec.timeline.event[0] for first, _ in self.spec.window_list]
        values = self.estimates.scar(self.estimates.sums, opens)
        return frames.wide(self.pairs, values, self.spec.window_list, "window")

    @property
    def sigma2(self) -> pd.Series:
        """Residual variance of the estimation window, e'We / (T - k) [unit squared]."""
        import pandas as pd

        return pd.Series(self.estimates.fit.sigma2, index=self.pairs, name="sigma2")

    @property
    def cov(self) -> NDArray[np.float64]:
        """Exact prediction-error covariance of the abnormal moves, shape (N, L2, L2), made on demand.

        NaN where theory has none: ``no_covariance`` says why.
        """
        return covariance(self.estimates.abnormal, self.estimates.fit)

    @property
    def no_covariance(self) -> str:
        """Why theory has no covariance for the model's errors, which leaves placebo windows; empty where it has."""
        return self.estimates.no_covariance

    @property
    def kinds(self) -> dict[str, NDArray[np.int64]]:
        """Places of the pairs of each kind of move that enter averages: kinds apart, each move once."""
        return kind_groups(self.alignment, self.estimates.rows)

    @cached_property
    def cells(self) -> Cells:
        """What was tested: moves x windows x models; what other runs looked at no result can count."""
        return cells_of(self.alignment, self.estimates, self.spec)

    @property
    def n_cells(self) -> int:
        """Moves and windows with a number, each of them a test."""
        return self.cells.n

    @cached_property
    def across(self) -> tuple[Across, ...]:
        """Every test over events, kind by kind."""
        return across_events(self.alignment, self.estimates, self.spec, self.seed)

    @cached_property
    def judged(self) -> tuple[tuple[Across, Verdict], ...]:
        """The tests of the headline over events, each with the verdict that the diagnosis of ``over_events`` gives."""
        tested = [one for one in self.across if one.term == "CAAR" and one.window is None]
        found: list[tuple[Across, Verdict]] = []
        for kind in self.over_events(tests=()).kinds if tested else ():
            of_kind = [one for one in tested if one.kind == kind.kind]
            verdicts = kind.diagnosis.judged([one.outcome for one in of_kind])
            found += zip(of_kind, verdicts, strict=True)
        return tuple(found)

    @cached_property
    def ranks(self) -> PairRanks:
        """The rank p of every pair's headline move, with the smallest p it can reach."""
        everything = np.arange(len(self.estimates.rows))
        return headline_ranks(self.alignment, self.estimates, everything)

    @cached_property
    def which_days(self) -> WhichDays:
        """Of every pair with several candidate sessions the largest abnormal move, judged as the largest."""
        everything = np.arange(len(self.estimates.rows))
        return largest_candidates(self.alignment, self.estimates, everything)

    @property
    def aar(self) -> pd.DataFrame:
        """Average abnormal moves over pairs, one row a kind of move, one column a tau."""
        return frames.averages(self.kinds, self.estimates.abnormal.ar, self.spec.timeline.taus, "tau")

    @property
    def caar(self) -> pd.DataFrame:
        """Average cumulative abnormal moves over pairs, one row a kind of move, one column a window."""
        return frames.averages(self.kinds, self.estimates.sums.car, self.spec.window_list, "window")

    @property
    def tests(self) -> pd.DataFrame:
        """Every test, of one pair and over events, with p, the smallest p it can reach, and why it does not apply."""
        return self.to_frame("tests")

    def one(self, event_id: str, instrument: str | None = None) -> PairResult:
        """Give the result of one pair.

        Parameters
        ----------
        event_id : str
        instrument : str, optional
            May be left out where the event met one instrument only.

        Returns
        -------
        PairResult

        Raises
        ------
        InputError
            If there is no such pair, several match, or it was left out: the message says why.
        """
        place = self._place(event_id, instrument)
        return pair_result(self.alignment, self.estimates, self.spec, place)

    def _place(self, event_id: str, instrument: str | None) -> int:
        """Place of one pair among the estimates."""
        a = self.alignment
        match = np.flatnonzero(a.events.ids[a.event] == event_id)
        if instrument is not None:
            match = match[a.instrument[match] == a.panel.position(instrument)]
        if len(match) != 1:
            known = sorted({a.panel.ids[i] for i in a.instrument[match]})
            raise InputError(
                "names no pair of this study" if not len(match) else "met several instruments: name one",
                parameter="event_id, instrument",
                received=(event_id, instrument),
                allowed=", ".join(known) if known else ", ".join(map(str, a.events.ids[:5])),
            )
        row = int(match[0])
        if a.codes[row] & int(LEFT_OUT):
            raise InputError(
                "was left out: " + a.words(row),
                parameter="event_id, instrument",
                received=(event_id, a.panel.ids[a.instrument[row]]),
            )
        return int(np.searchsorted(self.estimates.rows, row))

    def one_event(
        self, event_id: str, instrument: str | None = None, *, margin: float | None = None
    ) -> OneEvent:
        """Test the headline move of one pair in every way one event allows, and say which of the tests leads.

        Parameters
        ----------
        event_id : str
        instrument : str, optional
            May be left out where the event met one instrument only.
        margin : float, optional
            An effect that would not matter, above 0 [unit of the pair's moves: bp, or a fraction]. When it is given,
            two one-sided tests say whether the effect is smaller.

        Returns
        -------
        OneEvent
            ``to_frame()``, ``summary()``, and what to read of it in words.

        Raises
        ------
        InputError
            If there is no such pair, several match, it was left out, or the margin is no number above 0.

        Examples
        --------
        >>> import marketimpact as mi
        >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
        >>> result = mi.EventStudy(timeline=mi.Timeline(event=(-5, 1))).run(mi.fetch("ecb:EUR/RUB"), news)
        >>> found = result.one_event("invasion")
        >>> found.leads, round(found.one(found.leads).p_value, 4)
        ('rank with refit', 0.0083)
        """
        place = self._place(event_id, instrument)
        return one_event_tests(self.alignment, self.estimates, self.spec, place, margin)

    def joint(
        self, event_id: str, instruments: Iterable[str] | None = None, *, place: str | None = None
    ) -> JointTest:
        """Test several instruments on one event together: a country's assets, or level, slope and curvature of a curve.

        Parameters
        ----------
        event_id : str
        instruments : iterable of str, optional
            Ids; every instrument with numbers for the event when not given.
        place : str, optional
            Only instruments that say how this country's assets gain, with that sign in the test of one direction; by
            default all, each as it is quoted.

        Returns
        -------
        JointTest

        Raises
        ------
        InputError
            If the event or an instrument has no numbers in this study, or no instrument remains.
        """
        return joint_of_event(self.alignment, self.estimates, event_id, instruments, place)

    def caar_path(self, kind: str | None = None) -> CaarPath:
        """Give the mean cumulative abnormal move at every session of the event window, with a band for all of it.

        Parameters
        ----------
        kind : str, optional
            Kind of move; may be left out where the study has one.

        Returns
        -------
        CaarPath
            ``to_frame()``; `plot_caar` draws it.

        Raises
        ------
        InputError
            If there is no such kind, or there are several and none is named.
        """
        return caar_path(self.alignment, self.estimates, self.spec, kind)

    def over_events(self, window: Window | None = None, *, tests: Iterable[str] | None = None) -> OverEvents:
        """Test the mean over events in every classical way, and say which of the tests to read.

        They are computed when they are asked for, and stand in no other table. Pairs enter as they enter averages:
        kinds apart, each move once. The headline test stays what it is: the t on cluster means.

        A test that takes pairs for independent does not apply where pairs share a date cluster; one in event time not
        where windows of a cluster are staggered; of one cluster nothing applies but adjusted Patell. Averages by
        session, ranks by session and the generalized sign take pairs with every move of the window alone. The
        correlation of Kolari and Pynnonen's t and of adjusted Patell has exact weights on calendar sessions; the
        degrees of freedom of the former are Satterthwaite's below 50 date clusters, else N - 1. Above 5,000 pairs the
        correlation is that of instruments, and few clusters give their own number less one.

        Parameters
        ----------
        window : (int, int), optional
            One of the study's windows; the headline when not given.
        tests : iterable of str, optional
            Groups of tests to run, of "moves", "ranks", "signs", "resampling" and "calendar"; all when not given. The
            headline test and the diagnosis always stand. With tens of thousands of pairs the last takes a while.

        Returns
        -------
        OverEvents
            ``to_frame()``, ``summary()`` and a diagnosis for each kind of move.

        Raises
        ------
        InputError
            If the window is none of the study's, or a group of tests has another name.

        Examples
        --------
        >>> import marketimpact as mi
        >>> days = ("2008-09-16", "2010-05-06", "2011-08-05", "2015-01-16", "2016-06-24", "2020-03-16")
        >>> news = mi.EventSet.from_events(mi.Event(day, announced_at=day, zone="Europe/Berlin") for day in days)
        >>> result = mi.EventStudy().run(mi.fetch("ecb:USD/EUR"), news)
        >>> tests = result.over_events((0, 0))
        >>> tests.one("BMP t").n, tests.one("GRANK-T").reason
        (6, 'needs 10 pairs or more, has 6')
        """
        return over_events(self.alignment, self.estimates, self.spec, window, tests=tests, seed=self.seed)

    def explain(
        self,
        test: str,
        event_id: str | None = None,
        instrument: str | None = None,
        *,
        window: Window | None = None,
        kind: str | None = None,
    ) -> Explanation:
        """Put a test into words: its formula with this result's numbers put in, its null, what it assumes.

        Parameters
        ----------
        test : str
            As tables name it: "cluster t", "date permutation" or any test of ``over_events``; with an event, "t",
            "rank with refit" or any test of ``one_event``, and the largest of candidate sessions.
        event_id, instrument : str, optional
            A test of one pair; one over events without.
        window : (int, int), optional
            One of the study's windows; the headline when not given.
        kind : str, optional
            Kind of move of a test over events; may be left out where the study has one.

        Returns
        -------
        Explanation
            Its ``str`` is the text.

        Raises
        ------
        InputError
            If there is no such test, window, kind or pair.

        Examples
        --------
        >>> import marketimpact as mi
        >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
        >>> result = mi.EventStudy(timeline=mi.Timeline(event=(-5, 1))).run(mi.fetch("ecb:EUR/RUB"), news)
        >>> for line in result.explain("t", "invasion").numbers:
        ...     print(line)
        t = 5.197746 / 0.7264347 = 7.1551
        p = 2 P(t_119 > 7.1551) = 7.4e-11
        """
        if event_id is not None:
            if test in (MAX_RANK, SUP_T):
                return explain_which_day(self.one(event_id, instrument), test)
            return self.one_event(event_id, instrument).explain(test, window)
        if instrument is not None:
            raise InputError(
                "names an instrument without an event",
                parameter="instrument",
                received=instrument,
                allowed="event_id= and instrument= for a test of one pair, neither for one over events",
            )
        if test == PERMUTATION:
            return explain_permutation(self.across, window, kind)
        return self.over_events(window).explain(test, kind)

    def families(
        self, windows: Iterable[Window] | None = None, *, beside: Iterable[StudyResult] = ()
    ) -> Families:
        """Take the tests of all pairs as one family: count them, and say what is left of each when all are counted.

        A family is every pair's test of its headline move, or of each window that is named; a move that several
        events share is one test. The p of the t and of the rank are adjusted by Holm, Benjamini-Hochberg and
        Benjamini-Yekutieli. Where the smallest p of a rank forbids rejections, the summary says so: 200 tests need
        3,999 estimation moves before Holm can reject one. Romano-Wolf judges each test against the largest of those
        not yet rejected, over dates drawn for a date cluster's tests together, its own among them, each refitted
        without its window; its smallest p does not grow with the number of instruments.

        Parameters
        ----------
        windows : iterable of (int, int), optional
            Some of the study's windows, each another test of every pair; the headline alone when not given. Ranks of
            a window, and Romano-Wolf, need 20 estimation moves a session.
        beside : iterable of StudyResult
            Results with other models that were looked at too: their tests belong to the family. Level and seed are
            this result's.

        Returns
        -------
        Families
            ``to_frame()`` and ``summary()``. Romano-Wolf is NaN with a reason where the tests of a date cluster share
            fewer than 19 placebo dates.

        Raises
        ------
        InputError
            If a window is none of the study's, or of those beside it.

        Examples
        --------
        >>> import marketimpact as mi
        >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
        >>> panel = mi.fetch(["ecb:EUR/RUB", "ecb:EUR/PLN", "ecb:EUR/SEK", "ecb:EUR/CAD"])
        >>> study = mi.EventStudy(timeline=mi.Timeline(event=(-5, 1)))
        >>> family = study.run(panel, news, pairs="all").families()
        >>> family.n, family.romano_wolf.p_value.round(3).tolist()
        (4, [0.008, 0.008, 0.008, 0.19])
        """
        parts = [Part(one.alignment, one.estimates, one.spec, one.ranks) for one in (self, *beside)]
        return families_of(parts, self.seed, windows)

    def to_frame(self, table: Table = "car") -> pd.DataFrame:
        """Give a tidy frame: numbers only, no rounding, a unit in every row.

        Parameters
        ----------
        table : {"car", "ar", "caar", "aar", "split", "tests"}
            Cumulative moves by pair and window (the headline first), abnormal moves by pair and tau, their averages
            over events, observed moves as what the model explains and the abnormal rest, or every test.

        Returns
        -------
        DataFrame
            Columns ``term, estimate, std_error, statistic, p_value, conf_low, conf_high, n`` among others.
        """
        makers = {
            "car": lambda: frames.car_table(self.alignment, self.estimates, self.spec),
            "ar": lambda: frames.ar_table(self.alignment, self.estimates, self.spec),
            "caar": lambda: frames.across_table(self.across, "CAAR", self.spec),
            "aar": lambda: frames.across_table(self.across, "AAR", self.spec),
            "split": lambda: split_table(self.alignment, self.estimates, self.spec),
            "tests": lambda: frames.tests_table(
                self.alignment, self.estimates, self.spec, self.ranks, self.which_days, self.across
            ),
        }
        if table not in makers:
            raise InputError(
                "is not a table", parameter="table", received=table, allowed=", ".join(map(repr, makers))
            )
        return makers[table]()

    def shift_sensitivity(self, shifts: Iterable[int] = (-2, -1, 0, 1, 2)) -> pd.DataFrame:
        """Give the headline moves with every event some sessions earlier or later: how much rests on the day.

        Parameters
        ----------
        shifts : iterable of int
            [sessions]; the estimation window goes with the event.

        Returns
        -------
        DataFrame
            One row a shift and pair, and one a shift and kind of move for the mean over events, which has no
            event_id. ``tau_from`` and ``tau_to`` count from the true event session.

        Raises
        ------
        InputError
            If the shifts are no whole numbers, or repeat.

        Examples
        --------
        >>> import marketimpact as mi
        >>> news = mi.Event("invasion", announced_at="2022-02-24T05:50", zone="Europe/Moscow")
        >>> result = mi.EventStudy(timeline=mi.Timeline(event=(-5, 1))).run(mi.fetch("ecb:EUR/RUB"), news)
        >>> table = result.shift_sensitivity()
        >>> (table.set_index("shift")["estimate"] * 100).round(1).to_dict()
        {-2: 0.8, -1: 1.2, 0: 5.2, 1: -3.3, 2: 22.1}
        """
        return shift_table(self.alignment, self.spec, checked_shifts(shifts))

    def excluding_confounded(self, window: Literal["headline", "event"] = "headline") -> Comparison:
        """Run again without the confounded pairs, and keep both results.

        The abnormal moves of the pairs that remain are the same; what changes is every number over events. The news
        left out stays news: its event windows stay out of the others' estimation windows.

        Parameters
        ----------
        window : {"headline", "event"}
            Where a confounder counts: in the headline sessions, or anywhere in the event window.

        Returns
        -------
        Comparison
            ``everything`` and ``without``, side by side in ``summary()`` and ``to_frame()``.

        Raises
        ------
        InputError
            If the study was run without confounders.
        """
        if window not in ("headline", "event"):
            raise InputError(
                "is not known", parameter="window", received=window, allowed="'headline', 'event'"
            )
        if self.alignment.confounders is None:
            raise InputError(
                "the study was run without confounders",
                parameter="confounders",
                allowed="EventStudy(...).run(panel, events, confounders=...)",
            )
        alignment = without_confounded(self.alignment, whole_window=window == "event")
        return Comparison(
            self,
            StudyResult(self.spec, self.seed, *estimate(alignment, self.spec.window_list, self.spec.model)),
        )

    def summary(self) -> Summary:
        """Give a summary: text in a terminal, HTML in Jupyter.

        Tests over events say whether to read them, by the diagnosis of ``over_events``.
        """
        several = any(one.outcome.n > 1 for one in self.across)
        over = [across_line(*one) for one in self.judged if one[0].outcome.n > 1] if several else []
        return self._summary(self.ranks, over)

    def _repr_html_(self) -> str:
        """The summary without the tests over events, which are drawn when they are asked for."""
        first = np.arange(min(len(self.estimates.rows), MOST_ROWS))
        ranks = headline_ranks(self.alignment, self.estimates, first)
        over = ["Tests over events: .summary(), .over_events()"] if len(self.events) > 1 else []
        return self._summary(ranks, over)._repr_html_()

    def _summary(self, ranks: PairRanks, over: list[str]) -> Summary:
        lost = [f"left out: {words}" for words in self.alignment.left_out(MOST_LEFT_OUT)]
        more = self.ledger.given - self.ledger.used - len(lost)
        lines = [
            f"Pairs: {self.ledger}",
            *lost,
            *([f"... and {more} more left out: result.ledger"] if more else []),
            *(f"not read: {row.event_id}: {row.reason}" for row in self.alignment.asides[:MOST_LEFT_OUT]),
            f"{self.cells}; {NOT_COUNTED}",
        ]
        status = [Status(code).words for code in self.alignment.status[self.estimates.rows[:MOST_ROWS]]]
        if self.estimates.no_covariance:
            lines.append(f"No standard errors: {self.estimates.no_covariance}")
        headline = frames.headline_table(self.alignment, self.estimates, self.spec)
        if isinstance(self.spec.model, BenchmarkSpread | MarketAdjusted):  # whose move it was is the question
            split = self.to_frame("split").query("term == 'headline'")
            headline[["observed", "normal"]] = split[["observed", "normal"]].to_numpy()
        return summarise(self.spec, headline, ranks, status, over, lines, self.panel)

    def to_dict(self) -> dict[str, Any]:
        """Give everything as plain data for JSON: schema number, specification, tables, ledger; None for NaN.

        Nothing makes a result of it again: a result stands on its panel and events, which a bundle (`write_bundle`)
        keeps to the last digit, so that the study run again gives the same.
        """
        return frames.as_dict(self.spec, self.seed, self.panel, self.ledger, {
            name: self.to_frame(name) for name in get_args(Table)
        })  # fmt: skip

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StudyResult):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]  # holds arrays, like a frame

    def __repr__(self) -> str:
        stamped = f", {self.panel.stamp}" if self.panel.stamp else ""
        return f"StudyResult: {self.spec.model}, {self.ledger}{stamped}"


@dataclass(frozen=True, eq=False)
class Comparison:
    """A study with all its pairs, and without those that other news confounds.

    Attributes
    ----------
    everything, without : StudyResult

    See Also
    --------
    StudyResult.excluding_confounded : makes it.
    """

    everything: StudyResult
    without: StudyResult

    def to_frame(self, table: Literal["caar", "aar", "tests"] = "caar") -> pd.DataFrame:
        """Give a table of both results, with a column ``sample``: "all pairs" or "without confounded"."""
        import pandas as pd

        both = {"all pairs": self.everything, "without confounded": self.without}
        frames = [result.to_frame(table) for result in both.values()]
        for name, frame in zip(both, frames, strict=True):
            frame.insert(0, "sample", name)
        return pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True)

    def summary(self) -> Summary:
        """Give both results over events side by side: text in a terminal, HTML in Jupyter."""
        everything, without = (
            [across_line(*one) for one in of.judged] for of in (self.everything, self.without)
        )
        return both_samples(everything, without, self.without.ledger)

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def __repr__(self) -> str:
        return f"Comparison: all pairs, {self.everything.ledger}; without confounded, {self.without.ledger}"
