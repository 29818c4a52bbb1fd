"""Events that reach instruments at different times: effects by event time that no treated instrument distorts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..alignment.policies import Policies
from ..errors import InputError
from ..ledger import Ledger, Status, remarked_ledger
from ..market.coupon_rolls import coupon_words
from ..market.panel import Panel
from ..maths.frozen import read_only
from ..maths.group_time import NEVER, group_time, joint_wald
from ..maths.interaction_weighted import interaction_weighted
from ..maths.multiplier import multiplier_critical, sup_t_critical
from ..maths.outcome import Outcome, not_applicable
from ..maths.resample import DRAWS, check_seed
from ..news.event import Event
from ..news.event_set import EventSet
from ..study.summary import Summary, p_with_floor
from ..units import MoveRule
from .one_series import check_level
from .panel_moves import NewsAt, PanelMoves, panel_moves, place_news
from .result import RegressionResult

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EventTimeResult", "StaggeredEvents"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Method = Literal["Callaway-Sant'Anna", "Sun-Abraham"]
Controls = Literal["not yet", "never"]

SINGLE = "Single moves are less that of the session before the event: a move there enters every coefficient."

AVERAGE = "average"
NOT_COMPARED = "no session around it has controls that no event has reached, and it serves at most as one"
"""What the ledger says of an event whose instruments are compared with none."""

NO_ERROR = "one treated unit, date or control carries it: no standard error"

READING = (
    "A coefficient is the difference that instruments with the event gained on those without since the session before "
    "it. It is an effect only if the two would have moved alike without the event, and none was awaited: coefficients "
    "before the event speak to that, and cannot prove it."
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EventTimeResult(RegressionResult):
    """Effects by event time: a `RegressionResult` of E event times and, last, the average from tau = 0 on.

    Attributes
    ----------
    taus : tuple of int, length E
        Sessions from the event; the base -1 has no coefficient.
    critical : float
        Half width, in standard errors, of the band that holds all E coefficients at once; NaN where there is none.
    pre_trends : Outcome
        Joint test that all coefficients before the base are zero.
    cohorts : ndarray of datetime64[D], shape (C,)
        Event session of each cohort.
    effects : ndarray, shape (C, E)
        Effect of each cohort at each event time [unit]; NaN where it cannot be seen.
    treated, controls : ndarray of int, shape (C, E)
        Instruments that each rests on; -1 where the method does not count them.
    method : str
    unit : str
        Unit of the outcome.

    See Also
    --------
    StaggeredEvents : makes it.
    """

    taus: tuple[int, ...] = ()
    critical: float = np.nan
    pre_trends: Outcome = field(default_factory=lambda: not_applicable("", "nothing was tested"))
    cohorts: NDArray[np.datetime64] = field(default_factory=lambda: np.empty(0, dtype="datetime64[D]"))
    effects: Floats = field(default_factory=lambda: np.empty((0, 0)))
    treated: Ints = field(default_factory=lambda: np.empty((0, 0), dtype=np.int64))
    controls: Ints = field(default_factory=lambda: np.empty((0, 0), dtype=np.int64))
    method: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        RegressionResult.__post_init__(self)
        read_only(self.cohorts, self.effects, self.treated, self.controls)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a coefficient: as `RegressionResult.to_frame`, with ``tau`` (missing for the average) and the
        simultaneous band ``band_low``, ``band_high``.
        """
        frame = RegressionResult.to_frame(self)
        half = self.critical * self.std_errors
        half = np.where(np.arange(len(half)) < len(self.taus), half, np.nan)
        return frame.assign(
            tau=[*map(float, self.taus), np.nan],
            band_low=self.estimates - half,
            band_high=self.estimates + half,
        )

    def cells(self) -> pd.DataFrame:
        """Give one row a cohort and event time: effect, and the instruments that it rests on."""
        import pandas as pd

        c, e = np.nonzero(np.isfinite(self.effects))
        return pd.DataFrame(
            {
                "cohort": self.cohorts[c].astype("datetime64[s]"), "tau": np.array(self.taus)[e],
                "effect": self.effects[c, e], "n_treated": self.treated[c, e], "n_controls": self.controls[c, e],
                "unit": self.unit,
            }
        )  # fmt: skip

    def summary(self) -> Summary:
        """Give the coefficients, the test of pre-trends and the width of the band."""
        plain = RegressionResult.summary(self)
        test = self.pre_trends
        said = (
            f"{test.test}: F {test.statistic:.3g} with {test.n} and {test.df:.3g} df, {p_with_floor(test)}"
            if test.applies
            else f"{test.test}: not applicable: {test.reason}"
        )
        band = (
            f"simultaneous {self.level * 100:g} % band: {self.critical:.3g} standard errors"
            if np.isfinite(self.critical)
            else "no simultaneous band: too few clusters"
        )
        return replace(plain, tail=(said, band, *plain.tail))


@dataclass(frozen=True, kw_only=True)
class StaggeredEvents:
    """Effects of events that reach some instruments, each at its own time; ``run`` estimates them.

    "Callaway-Sant'Anna" compares each cohort, the instruments of one event session, with instruments that no event has
    reached, session by session (`marketimpact.maths.group_time`). "Sun-Abraham" is the regression with a dummy for
    every cohort and event time (`marketimpact.maths.interaction_weighted`); with instruments that are never reached
    and no holes the two give the same numbers. A regression with instrument and date effects and one dummy "since the
    event" does not: it takes treated instruments as controls, and where effects grow its coefficient may have the wrong
    sign.

    Standard errors of "Callaway-Sant'Anna" are from the influences of instruments (``by="unit"``), or of event dates
    (``by="date"``), which allows for shocks that all instruments of a date share, and needs several dates; those of
    "Sun-Abraham" are CR2 by instrument, and there are none where a cohort is one instrument. Bands hold all event times
    at once: the wider of a studentised multiplier bootstrap over the clusters and the multivariate t (by date Sidak's
    bound), or the multivariate t of the regression. With seven event times, no effect, and five cohorts of one
    instrument beside ten, three of two beside six, two of ten beside twenty, 95 % bands hold all of them in 96, 97 and
    95 of 100 samples (the bootstrap alone: 80, 86 and 95), those of "Sun-Abraham" in 91 and 95 of the last two.

    With one control there is no standard error by instrument; with two controls, or two treated instruments of one
    event, intervals are cautious: a 5 % test rejects less than 1 % of true nulls.

    Parameters
    ----------
    leads, lags : int
        First and last event time: -leads and lags, on the sessions that the panel's instruments have together.
    method : {"Callaway-Sant'Anna", "Sun-Abraham"}
    controls : {"not yet", "never"}
        Whether instruments whose event is still to come are controls. "Sun-Abraham" takes those of the last event, and
        only where every instrument has one.
    by : {"unit", "date"}
        What the clusters are; of "Callaway-Sant'Anna".
    outcome : {"level", "move"}
        Sums of moves since the session before the event, or single moves less that of the session before the event: a
        move there enters all their coefficients.
    units : sequence of str, optional
        Instruments of the panel; when not given all but factors without a place. Average the bonds of an issuer first
        (`mi.issuer_average`): they are one unit.
    draws : int
        Of the bootstrap.
    level, move, policies
        As in `EventRegression`.

    Raises
    ------
    InputError
        If a choice is unknown, or choices do not go together.

    References
    ----------
    Callaway and Sant'Anna (2021), doi:10.1016/j.jeconom.2020.12.001; Sun and Abraham (2021),
    doi:10.1016/j.jeconom.2020.09.006; Goodman-Bacon (2021), doi:10.1016/j.jeconom.2021.03.014, on the one dummy.

    Examples
    --------
    >>> import marketimpact as mi
    >>> panel = mi.fetch("ecb:EUR/RUB", start="2018-01-01", end="2018-12-31")
    >>> for other in ("TRY", "PLN", "HUF", "CZK", "ZAR"):
    ...     panel = panel.join(mi.fetch(f"ecb:EUR/{other}", start="2018-01-01", end="2018-12-31"))
    >>> news = [mi.Event("sanctions", announced_at="2018-04-06T16:00", zone="Europe/Moscow"),
    ...         mi.Event("speech", announced_at="2018-08-09T23:00", zone="Europe/Istanbul")]
    >>> pairs = [("sanctions", "EUR/RUB"), ("speech", "EUR/TRY")]
    >>> result = StaggeredEvents(leads=3, lags=3).run(panel, news, pairs=pairs)
    >>> result.taus, result.cells().query("tau == 0")["effect"].round(2).tolist()
    ((-3, -2, 0, 1, 2, 3), [0.04, 0.09])
    """

    leads: int = 5
    lags: int = 5
    method: Method = "Callaway-Sant'Anna"
    controls: Controls = "not yet"
    by: Literal["unit", "date"] = "unit"
    outcome: Literal["level", "move"] = "level"
    units: Sequence[str] | None = None
    draws: int = DRAWS
    level: float = 0.95
    move: MoveRule = "log"
    policies: Policies = field(default_factory=Policies)

    def __post_init__(self) -> None:
        check_level(self.level)
        for name, allowed in (
            ("method", get_args(Method)), ("controls", get_args(Controls)), ("by", ("unit", "date")),
            ("outcome", ("level", "move")),
        ):  # fmt: skip
            if getattr(self, name) not in allowed:
                raise _wrong(name, getattr(self, name), ", ".join(map(repr, allowed)))
        for name, least in (("leads", 1), ("lags", 0), ("draws", 1)):
            number = getattr(self, name)
            if not isinstance(number, int) or isinstance(number, bool) or number < least:
                raise _wrong(name, number, f"a whole number from {least}")
        if isinstance(self.units, str):
            raise _wrong("units", self.units, "a list of ids")
        if self.method == "Sun-Abraham" and self.by == "date":
            raise _wrong("by", "date", "'unit': the regression is clustered by instrument")

    def run(
        self,
        panel: Panel,
        events: EventSet | Event | Iterable[Event],
        *,
        pairs: Literal["all", "place"] | pd.DataFrame | Iterable[tuple[str, str]] | None = None,
        seed: int = 0,
    ) -> EventTimeResult:
        """Estimate the effects.

        Parameters
        ----------
        panel : Panel
            Instruments with an event, and others for comparison.
        events : EventSet, Event or iterable of Event
        pairs : {"all", "place"}, frame or iterable of (event_id, instrument)
            Which event reaches which instrument. An instrument counts as reached from its first event on.
        seed : int

        Returns
        -------
        EventTimeResult

        Raises
        ------
        InputError
            As `mi.align` does; for a panel of one instrument or of several kinds, and where no instrument can be a
            control.
        """
        check_seed(seed)
        moves = panel_moves(panel, units=self.units, move=self.move, policies=self.policies)
        at = place_news(panel, moves, events, pairs=pairs, policies=self.policies)
        table, days = moves.levels()
        if self.outcome == "move":
            table = _moves_table(moves, days)
        first, said = _first_events(moves, at.at, days)
        if self.controls == "never" and not (first == NEVER).any():
            raise InputError(
                "no unit can serve as a control", parameter="controls", received="never",
                allowed="units without an event; controls='not yet' and events at different times",
            )  # fmt: skip
        said = (*said, *_broken(moves, self.outcome), *_without_base(moves, table, first))
        said = (*said, *coupon_words(panel, moves.names))
        if max(self.leads, self.lags) >= len(days):
            raise InputError(
                f"reach beyond the {len(days)} sessions of the panel", parameter="leads, lags",
                received=(self.leads, self.lags), allowed=f"less than {len(days)} sessions each",
            )  # fmt: skip
        # By name, so that the order of the panel changes no draw.
        order = np.argsort(np.array(moves.names))
        taus = np.array([t for t in range(-self.leads, self.lags + 1) if t != -1], dtype=np.int64)
        rng = np.random.default_rng(seed)
        how = self._sun_abraham if self.method == "Sun-Abraham" else self._callaway_santanna
        found = how(table[order], first[order], taus, rng)
        asked = len(taus)
        return self._result(
            moves, found, days, (said, _ledger(at, moves, (table, days, first), found, asked))
        )

    def _callaway_santanna(self, table: Floats, first: Ints, taus: Ints, rng: np.random.Generator) -> _Found:
        made = group_time(table, first, taus, controls=self.controls, by=self.by)
        there = np.isfinite(made.average)
        average, influence, dfs = made.average[there], made.influence[:, there], made.dfs[there]
        known = np.isfinite(dfs)
        critical = self._critical(influence[:, known], dfs[known], rng)
        reached = made.treated[:, there]
        clusters = len(influence) if self.by == "unit" else len(made.cohorts)
        what = f"{self.controls} reached controls" if self.controls == "not yet" else "never reached controls"
        words = f"{what}, clustered by {'instrument' if self.by == 'unit' else 'event date'} (influences, Welch's df)"
        return _Found(
            taus[there], average, influence.T @ influence, dfs, critical, clusters, words, made.cohorts,
            made.effects[:, there], reached, made.controls[:, there], int(np.isfinite(table).sum()), None,
            self.by == "unit",
        )  # fmt: skip

    def _critical(self, influence: Floats, dfs: Floats, rng: np.random.Generator) -> float:
        """Give the wider of the bootstrap's band and that of a t, as the bootstrap is too narrow with few clusters.

        The correlation that few event dates give is too near to one: Sidak's bound needs none.
        """
        if not len(dfs):
            return np.nan
        boot = multiplier_critical(influence, self.level, rng, draws=self.draws)
        if self.by == "date":
            share = (1.0 - self.level ** (1.0 / len(dfs))) / 2.0
            return max(boot, float(stats.t.isf(share, dfs.min())))
        return max(
            boot,
            sup_t_critical(influence.T @ influence, float(dfs.min()), self.level, rng, draws=self.draws),
        )

    def _unseen(self, found: _Found) -> tuple[str, ...]:
        """Say which event times that were asked for have no coefficient."""
        gone = sorted(set(range(-self.leads, self.lags + 1)) - {-1, *map(int, found.taus)})
        if not gone:
            return ()
        some = ", ".join(f"{tau:+d}" for tau in gone[:5]) + (", ..." if len(gone) > 5 else "")
        return (f"Event times that no event session with a control has, which are left out: {some}.",)

    def _sun_abraham(self, table: Floats, first: Ints, taus: Ints, rng: np.random.Generator) -> _Found:
        import statsmodels.api as sm

        made = interaction_weighted(table, first, taus)
        many = len(made.taus)
        fit = made.fit
        cov, dfs = fit.cov[:many, :many].copy(), np.where(np.isnan(fit.std_error[:many]), np.nan, made.dfs)
        known = np.isfinite(dfs)
        critical = np.nan
        if known.any():
            part = cov[np.ix_(known, known)]
            critical = sup_t_critical(part, float(dfs[known].min()), self.level, rng, draws=self.draws)
        return _Found(
            made.taus, fit.params[:many].copy(), cov, dfs, critical, fit.n_clusters,
            f"clustered by instrument, {fit.n_clusters} clusters (CR2, degrees of freedom of Bell and McCaffrey)",
            made.cohorts, made.effects.copy(), made.treated.copy(), np.full(made.treated.shape, -1), fit.n,
            sm.OLS(made.y, made.x).fit(),
        )  # fmt: skip

    def _result(
        self,
        moves: PanelMoves,
        found: _Found,
        days: NDArray[np.datetime64],
        rest: tuple[tuple[str, ...], Ledger],
    ) -> EventTimeResult:
        said, ledger = (*rest[0], *_seen(found, days), *self._unseen(found)), rest[1]
        estimates, cov, dfs = _with_average(found)
        lonely = np.isnan(dfs)
        errors = np.where(lonely, np.nan, np.sqrt(np.maximum(np.diag(cov), 0.0)))
        t = np.abs(estimates) / np.where(errors > 0.0, errors, np.nan)
        before = found.taus < -1
        pre = joint_wald(
            found.estimates[before], found.cov[np.ix_(before, before)],
            float(found.dfs[before].min()) if before.any() else np.nan, found.clusters,
        )  # fmt: skip
        dates = (found.treated > 0).sum(axis=0)
        after = int(dates[found.taus >= 0].max(initial=0))
        names = tuple(f"tau {tau:+d}" if tau else "tau 0" for tau in found.taus)
        reached = len(np.unique(found.cohorts))
        unit = moves.kind.unit
        return EventTimeResult(
            f"{'levels' if self.outcome == 'level' else 'moves'} of {len(moves.names)} instruments around events on "
            f"{reached} dates, {self.method}",
            (*names, AVERAGE), estimates, errors, dfs, 2.0 * np.asarray(stats.t.sf(t, dfs)), cov,
            (f"{unit} per event",) * len(estimates), found.words, self.level, found.n, found.clusters,
            (*map(int, dates), after), tuple(NO_ERROR if one else "" for one in lonely),
            (*said, *((SINGLE,) if self.outcome == "move" else ()), READING),
            ledger, found.model, moves.stamp, tuple(map(int, found.taus)),
            found.critical if np.isfinite(found.critical) else np.nan, pre, days[found.cohorts], found.effects,
            found.treated, found.controls, self.method, unit, sign=moves.sign,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Found:
    """What either method gives, by event time."""

    taus: Ints
    estimates: Floats
    cov: Floats
    dfs: Floats
    critical: float
    clusters: int
    words: str
    cohorts: Ints
    effects: Floats
    treated: Ints
    controls: Ints
    n: int
    model: object
    by_unit: bool = True


def _with_average(found: _Found) -> tuple[Floats, Floats, Floats]:
    """Put the mean from tau = 0 on behind the event times."""
    after = found.taus >= 0
    many = len(found.taus)
    weights = np.vstack([np.eye(many), after / max(after.sum(), 1)])
    df = float(found.dfs[after].min()) if after.any() else np.nan
    return weights @ found.estimates, weights @ found.cov @ weights.T, np.append(found.dfs, df)


def _seen(found: _Found, days: NDArray[np.datetime64]) -> tuple[str, ...]:
    """Say which cohorts are not seen, at all or at some event times, and which are one instrument."""
    said, there = [], found.treated > 0
    some = there.any(axis=1)
    if not some.all():
        dates = ", ".join(map(str, days[found.cohorts[~some]][:5]))
        said.append(
            f"Event sessions without a control, or a session before them, which do not enter: {dates}."
        )
    many = there.sum(axis=0)
    if (few := many < some.sum()).any():
        taus = ", ".join(f"{tau:+d} ({n})" for tau, n in zip(found.taus[few][:5], many[few][:5], strict=True))
        more = ", ..." if few.sum() > 5 else ""
        said.append(
            f"Event times at which not all {some.sum()} event sessions are seen, and whose coefficients are of other "
            f"instruments than the rest: {taus}{more}."
        )
    holes = sum(len(set(row[row > 0].tolist())) > 1 for row in found.treated)
    if holes:
        said.append(
            f"Event sessions whose instruments are not quoted at all event times: {holes}; see cells()."
        )
    alone = int((found.treated.max(axis=1, initial=0) == 1).sum())
    if alone and found.by_unit and np.isfinite(found.dfs).any():
        said.append(
            f"Event sessions of one instrument: {alone}; errors hold the differences between their effects as well."
        )
    return tuple(said)


def _first_events(
    moves: PanelMoves, rows: Ints, days: NDArray[np.datetime64]
) -> tuple[Ints, tuple[str, ...]]:
    """Give the place of each instrument's first event session among the days; and what was not used."""
    first = np.full(len(moves.names), NEVER, dtype=np.int64)
    later = 0
    for row in sorted(map(int, rows[rows >= 0])):
        unit, place = int(moves.units[row]), int(np.searchsorted(days, moves.sessions[row]))
        if first[unit] == NEVER:
            first[unit] = place
        later += place > first[unit]  # rows stand in the order of time
    if not (first >= 0).any():
        raise InputError(
            "no event reaches an instrument of the panel", parameter="pairs",
            allowed="pairs of events with instruments among the units",
        )  # fmt: skip
    said = []
    if later:
        said.append(f"Events after an instrument's first, which count as part of it: {later}.")
    if outside := int((rows < 0).sum()):
        said.append(f"Event sessions of instruments outside the panel: {outside}.")
    if not (first == NEVER).any():
        said.append("Every instrument is reached by an event: the last ones are controls until then.")
    return first, tuple(said)


def _ledger(
    at: NewsAt,
    moves: PanelMoves,
    cells: tuple[Floats, NDArray[np.datetime64], Ints],
    found: _Found,
    asked: int,
) -> Ledger:
    """Say of each event on an instrument whether it took part, at how many of the event times asked for, or why not."""
    table, days, first = cells
    lost: dict[int, str] = {}
    part: dict[int, str] = {}
    for pair, row in zip(map(int, at.found.shown), map(int, at.at), strict=True):
        if row < 0:
            lost[pair] = "its instrument is none of those compared"
            continue
        unit, place = int(moves.units[row]), int(np.searchsorted(days, moves.sessions[row]))
        if place > first[unit]:
            lost[pair] = "comes after the instrument's first event, and counts as part of it"
        elif place == 0 or np.isnan(table[unit, place - 1]):
            lost[pair] = (
                "the instrument is not quoted, or stands still, on the session before, and is not compared"
            )
        elif not (n := _seen_at(table[unit], place, found)):
            lost[pair] = NOT_COMPARED
        elif n < asked:
            part[pair] = f"takes part at {n} of {asked} event times"
    ledger = remarked_ledger(at.found.ledger, part, Status.FLAGGED)
    return remarked_ledger(ledger, lost, Status.LEFT_OUT)


def _seen_at(row: Floats, place: int, found: _Found) -> int:
    """Count the event times at which an instrument, reached at a place, is compared."""
    cohort = np.flatnonzero(found.cohorts == place)
    if not len(cohort):  # the last one, whose instruments are the controls of the others
        return 0
    taus = found.taus[found.treated[cohort[0]] > 0]
    return int(np.isfinite(row[place + taus]).sum())


def _without_base(moves: PanelMoves, table: Floats, first: Ints) -> tuple[str, ...]:
    """Name the instruments that cannot be compared, as the session before their event has no quote of theirs."""
    lost = [
        name
        for unit, name in enumerate(moves.names)
        if first[unit] != NEVER and (first[unit] == 0 or np.isnan(table[unit, first[unit] - 1]))
    ]
    if not lost:
        return ()
    some = ", ".join(lost[:5]) + (", ..." if len(lost) > 5 else "")
    return (f"Not quoted, or standing still, on the session before their event, and not compared: {some}.",)


def _broken(moves: PanelMoves, outcome: str) -> tuple[str, ...]:
    """Name the instruments whose sums of moves end, as a move of theirs was left out."""
    begins = np.append(True, moves.units[1:] != moves.units[:-1])
    lost = np.unique(moves.units[np.isnan(moves.y) & moves.quoted & ~begins])
    if outcome == "move" or not len(lost):
        return ()
    some = ", ".join(moves.names[unit] for unit in lost[:5]) + (", ..." if len(lost) > 5 else "")
    return (f"Sums of moves end where a move is left out, and these do not enter from there on: {some}.",)


def _moves_table(moves: PanelMoves, days: NDArray[np.datetime64]) -> Floats:
    table = np.full((len(moves.names), len(days)), np.nan)
    table[moves.units, np.searchsorted(days, moves.sessions)] = moves.y
    return table


def _wrong(name: str, received: object, allowed: str) -> InputError:
    return InputError("is not known", parameter=name, received=received, allowed=allowed)
