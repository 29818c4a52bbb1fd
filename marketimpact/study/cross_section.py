"""What goes with large moves: cumulative abnormal moves regressed on characteristics of events and instruments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..errors import InputError
from ..ledger import Ledger
from ..maths.cluster_robust import ClusterFit, cluster_robust, dependent_columns
from ..timeline import Window
from ..timeline import window as read_window
from ..units import DISPLAY_UNITS
from .characteristics import INTERCEPT, Characteristics, read_characteristics
from .estimated import Estimated
from .inference import clusters_of
from .result import StudyResult
from .summary import ILLUSTRATIVE, MOST_LEFT_OUT, Summary, p_words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "CrossSection", "cross_section"]

Floats = NDArray[np.float64]

COLUMNS = (
    "term", "estimate", "std_error", "statistic", "df", "p_value", "conf_low", "conf_high", "n", "n_clusters", "unit",
    "note",
)  # fmt: skip
"""Columns of the table."""

STANDARD = "standard deviations"
FEW_DF = 4.0
"""Degrees of freedom below which a p of a t is rough."""

ALONE = "one date cluster alone determines it, so that it has no standard error"

NO_MOVE = "no move in the window"
OTHER_KIND = "another kind of move"
REPEATS = "another event stands for the same move"
NO_SIGN = "the instrument does not say how a country's assets gain"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CrossSection(Estimated):
    """A regression of cumulative abnormal moves on characteristics: with numbers by term, as other regressions have.

    Attributes
    ----------
    terms : tuple of str
        The intercept, then the characteristics.
    fit : ClusterFit
        Coefficients, their standard errors and degrees of freedom, residuals.
    event_ids, instruments : tuple of str
        The pairs that entered, in the order of their names; ``fit.residuals`` is in that order.
    kinds : tuple of str
        Kinds of their moves: one, or several where the moves are standardized.
    unit : str
        Unit of the moves.
    window : (int, int) or None
        None for the headline.
    level : float
        Level of the intervals.
    independent : bool
        Whether the study takes pairs as independent.
    left_out : tuple of (str, str, str)
        Event, instrument and reason of each pair with numbers that did not enter.
    unknown : tuple of str
        Labels of the characteristics that name nothing of the study.
    stamp : str or None
        What a reader of a figure or table must see: some series were not observed.
    ledger : Ledger
        That of the study, in the order of its events; equality leaves it out, as it does the model.
    model : object
        The results object of statsmodels, whose own errors are not those of ``fit``.

    See Also
    --------
    cross_section : makes it.
    """

    terms: tuple[str, ...]
    fit: ClusterFit
    event_ids: tuple[str, ...]
    instruments: tuple[str, ...]
    kinds: tuple[str, ...]
    unit: str
    window: Window | None
    level: float
    independent: bool
    left_out: tuple[tuple[str, str, str], ...]
    unknown: tuple[str, ...]
    stamp: str | None
    ledger: Ledger = field(default_factory=Ledger.empty)
    model: object = None

    not_compared: ClassVar[tuple[str, ...]] = ("model", "ledger")

    @property
    def title(self) -> str:
        """What was regressed on what, in one line."""
        what = "standardized CAR" if self.unit == STANDARD else "CAR"
        return f"{what}, {self._where}, on {', '.join(self.terms[1:])}"

    @property
    def cov_type(self) -> str:
        """How the standard errors were made, in words."""
        return f"clustered by {self.fit.n_clusters} date clusters (CR2, degrees of freedom of Bell and McCaffrey)"

    @property
    def estimates(self) -> Floats:
        """Coefficients [unit of the moves per unit of the characteristic]."""
        return self.fit.params

    @property
    def std_errors(self) -> Floats:
        """Their standard errors; NaN where one cluster alone determines a coefficient."""
        return self.fit.std_error

    @property
    def statistics(self) -> Floats:
        """t of each coefficient against zero."""
        return self.fit.statistic

    @property
    def p_values(self) -> Floats:
        """Two-sided p of each t, with its own degrees of freedom."""
        return self.fit.p_value

    def interval_at(self, level: float) -> tuple[Floats, Floats]:
        """Give the ends of the intervals as arrays: t with each coefficient's own degrees of freedom."""
        return self.fit.interval(level)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a term: numbers only, no rounding.

        A characteristic's coefficient is in the unit of the moves for a difference of 1 in it.
        """
        import pandas as pd

        low, high = self.fit.interval(self.level)
        table = {
            "term": self.terms,
            "estimate": self.fit.params,
            "std_error": self.fit.std_error,
            "statistic": self.fit.statistic,
            "df": self.fit.df,
            "p_value": self.fit.p_value,
            "conf_low": low,
            "conf_high": high,
            "n": self.fit.n,
            "n_clusters": self.fit.n_clusters,
            "unit": [self.unit] + [f"{self.unit} per unit"] * (len(self.terms) - 1),
            "note": ["" if np.isfinite(error) else ALONE for error in self.fit.std_error],
        }
        return pd.DataFrame(table, columns=list(COLUMNS))

    def summary(self) -> Summary:
        """Give the coefficients and what they rest on: text in a terminal, HTML in Jupyter."""
        unit, scale = DISPLAY_UNITS.get(self.unit, (self.unit, 1.0))
        what = "standardized CAR" if self.unit == STANDARD else "CAR"
        head = [
            f"Cross-section of {what}, {self._where}: {self.counts}",
            f"Moves in {unit}; standard errors CR2, degrees of freedom of Bell and McCaffrey",
        ]
        if self.stamp:
            head.append(ILLUSTRATIVE.format(stamp=self.stamp))
        rows = [
            (
                str(row["term"]),
                _written(float(row["estimate"]) * scale, "+.3f"),
                _written(float(row["std_error"]) * scale, ".3f"),
                _written(float(row["statistic"]), ".2f"),
                _written(float(row["df"]), ".1f"),
                p_words(float(row["p_value"])),
                f"{_written(float(row['conf_low']) * scale, '+.3f')} to"
                f" {_written(float(row['conf_high']) * scale, '+.3f')}",
            )
            for row in self.to_frame().to_dict("records")
        ]
        columns = ("term", "estimate", "se", "t", "df", "p", f"{100 * self.level:g} % interval")
        return Summary(tuple(head), columns, tuple(rows), self.reading)

    @property
    def reading(self) -> tuple[str, ...]:
        """What a reader must know: weak coefficients, what did not enter, what named nothing."""
        alone = [term for term, se in zip(self.terms, self.fit.std_error, strict=True) if np.isnan(se)]
        rough = [term for term, df in zip(self.terms, self.fit.df, strict=True) if df < FEW_DF]
        remarks = [f"{term}: {ALONE}" for term in alone]
        if rough:
            remarks.append(f"fewer than {FEW_DF:g} degrees of freedom, p is rough: {', '.join(rough)}")
        if self.independent:
            remarks.append("pairs taken as independent")
        if len(self.kinds) > 1:
            remarks.append(f"kinds together: {', '.join(self.kinds)}; + where the country's assets gained")
        counts = Counter(reason for _, _, reason in self.left_out)
        remarks.extend(f"left out: {n} {_pairs(n)}: {reason}" for reason, n in counts.items())
        if self.unknown:
            named = ", ".join(self.unknown[:MOST_LEFT_OUT]) + (
                ", ..." if len(self.unknown) > MOST_LEFT_OUT else ""
            )
            remarks.append(f"characteristics of what is not in the study: {len(self.unknown)} ({named})")
        return tuple(remarks)

    def left_out_frame(self) -> pd.DataFrame:
        """Give one row a pair with numbers that did not enter: ``event_id``, ``instrument``, ``reason``."""
        import pandas as pd

        return pd.DataFrame(list(self.left_out), columns=["event_id", "instrument", "reason"])

    @property
    def _where(self) -> str:
        return "headline" if self.window is None else f"window {self.window}"

    @property
    def counts(self) -> str:
        """Say how many pairs and date clusters it rests on, and how many pairs did not enter."""
        n, groups = self.fit.n, self.fit.n_clusters
        return f"{n} {_pairs(n)} in {groups} date clusters, {len(self.left_out)} left out"

    def __repr__(self) -> str:
        return f"CrossSection: {self._where}, {' + '.join(self.terms)}: {self.counts}"


def cross_section(
    result: StudyResult,
    characteristics: pd.DataFrame | Mapping[str, Any],
    *,
    window: Window | None = None,
    kind: str | None = None,
    standardized: bool = False,
) -> CrossSection:
    """Regress the cumulative abnormal moves of a study's pairs on characteristics, by least squares.

    The standard errors are clustered as the study clusters its pairs (connected event windows are one cluster), in the
    form CR2 with Bell and McCaffrey's degrees of freedom: see `cluster_robust`. A characteristic that differs between
    few dates alone has few degrees of freedom, whatever the number of pairs. Pairs enter as they enter averages: each
    move once. A pair without a move in the window, or without one of the characteristics, is left out and counted.

    The abnormal moves are estimates, whose own error makes the residuals unlike; that costs power and is allowed for
    in the standard errors. It is a description: characteristics are not assigned at random.

    Parameters
    ----------
    result : StudyResult
    characteristics : DataFrame, or mapping of str to Series or mapping
        Columns of numbers indexed by (event_id, instrument), by event_id, or by instrument. Columns of a mapping may
        differ in that. An intercept is added.
    window : (int, int), optional
        One of the study's windows; the headline when not given.
    kind : str, optional
        Kind of move, as the study's tables name it; needed where the study has several.
    standardized : bool
        Take CARs over their own standard errors. Kinds may then be taken together, with the sign with which the
        country's assets gain: the instrument's only country, or that of the event.

    Returns
    -------
    CrossSection
        ``params``, ``bse``, ``pvalues``, ``conf_int()``, ``to_frame()``, ``summary()``.

    Raises
    ------
    InputError
        If the window is none of the study's, there are several kinds and none is named, characteristics cannot be read
        or depend on one another, there are no more date clusters than coefficients, or the moves of a model whose
        errors have no known covariance shall be standardized.

    References
    ----------
    Bell and McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage samples, Survey
    Methodology 28, 169-181; Pustejovsky and Tipton (2018), doi:10.1080/07350015.2016.1247004.

    Examples
    --------
    >>> import marketimpact as mi
    >>> days = ("2008-09-16", "2010-05-06", "2011-08-05", "2015-01-16", "2016-06-24", "2020-03-16")
    >>> news = mi.EventSet.from_events(mi.Event(day, announced_at=day, zone="Europe/Berlin") for day in days)
    >>> result = mi.EventStudy().run(mi.fetch("ecb:USD/EUR"), news)
    >>> found = cross_section(result, {"crisis": dict(zip(days, (1, 1, 1, 0, 0, 1)))}, window=(0, 0))
    >>> found
    CrossSection: window (0, 0), intercept + crisis: 6 pairs in 6 date clusters, 0 left out
    """
    spec, a, estimates = result.spec, result.alignment, result.estimates
    if window is not None and (window := read_window(window, "window")) not in spec.window_list:
        raise InputError(
            "is no window of this study",
            parameter="window",
            received=window,
            allowed=f"None for the headline, {', '.join(map(str, spec.window_list))}; or EventStudy(windows=...)",
        )
    if standardized and result.no_covariance:
        raise InputError(
            f"moves of this model have no standard errors: {result.no_covariance}",
            parameter="standardized",
            received=True,
            allowed="False",
        )
    sums, w = (estimates.headline, 0) if window is None else (estimates.sums, spec.window_list.index(window))
    moves = (sums.scar if standardized else sums.car)[:, w]
    kinds = _kinds(result, kind, standardized)
    given = read_characteristics(a, estimates.rows, characteristics)
    signs = _signs(a, estimates.rows) if len(kinds) > 1 else np.ones(len(moves))
    reasons = _reasons(result, kinds, moves, given, signs)
    events = a.events.ids[a.event[estimates.rows]].astype(str)
    names = np.array(a.panel.ids)[a.instrument[estimates.rows]]
    order = np.lexsort((names, events))  # the last bit of a fit depends on the order of its rows
    used, out = (order[(reasons[order] == "") == enters] for enters in (True, False))
    clusters = clusters_of(a, estimates.rows, spec)[used]
    x = np.column_stack([np.ones(len(used)), given.values[used]])
    terms = (INTERCEPT, *given.names)
    _check(terms, x, clusters)
    y = moves[used] * signs[used]
    fit = cluster_robust(y, x, clusters)
    unit = STANDARD if standardized else a.design.series[a.series[estimates.rows[used[0]]]].kind.unit
    return CrossSection(
        terms, fit, tuple(map(str, events[used])), tuple(map(str, names[used])), kinds, unit, window, spec.level,
        spec.cluster is None, tuple((str(events[i]), str(names[i]), str(reasons[i])) for i in out), given.unknown,
        result.panel.stamp or None, result.ledger, _model(y, x, terms),
    )  # fmt: skip


def _model(y: Floats, x: Floats, terms: tuple[str, ...]) -> object:
    """Let statsmodels fit the same: its tools are at hand, and its coefficients are the same numbers."""
    import pandas as pd
    import statsmodels.api as sm

    return sm.OLS(pd.Series(y, name="CAR"), pd.DataFrame(x, columns=list(terms))).fit()


def _kinds(result: StudyResult, kind: str | None, standardized: bool) -> tuple[str, ...]:
    """Give the kinds of move that enter: the one that is named, the only one, or all where moves are standardized."""
    every = tuple(result.kinds)
    if kind is None and (len(every) == 1 or (standardized and every)):
        return every
    if kind in every:
        return (str(kind),)
    raise InputError(
        "names no kind of move of this study"
        if kind is not None
        else "the study has several kinds, which have no common unit"
        if every
        else "the study has no pair with numbers",
        parameter="kind",
        received=kind,
        allowed=f"{', '.join(map(repr, every))}; or all together by standardized=True" if every else None,
    )


def _signs(a: Alignment, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give the sign with which the assets of a pair's country gain: the instrument's only one, or the event's."""
    signs = np.zeros(len(rows))
    places = a.events.columns.get("place")
    for i, row in enumerate(rows):
        instrument = a.panel.instruments[int(a.instrument[row])]
        own = instrument.places
        place = None if places is None else places[a.event[row]]
        if len(own) == 1:
            (place,) = own
        signs[i] = instrument.gain_sign(str(place)) if place in own else 0
    return signs


def _reasons(
    result: StudyResult,
    kinds: tuple[str, ...],
    moves: NDArray[np.float64],
    given: Characteristics,
    signs: NDArray[np.float64],
) -> NDArray[np.object_]:
    """Say of each pair with numbers why it does not enter; empty where it does."""
    a, rows = result.alignment, result.estimates.rows
    chosen = np.zeros(len(rows), dtype=bool)
    chosen[np.concatenate([result.kinds[one] for one in kinds])] = True
    of_series = np.array([str(one.kind) in kinds for one in a.design.series])
    missing = np.isnan(given.values)
    reasons = np.where(of_series[a.series[rows]], REPEATS, OTHER_KIND).astype(object)
    reasons[chosen] = ""
    reasons[chosen & (signs == 0.0)] = NO_SIGN
    for i in np.flatnonzero(chosen & missing.any(axis=1)):
        reasons[i] = f"no value of {', '.join(np.array(given.names)[missing[i]])}"
    reasons[chosen & np.isnan(moves)] = NO_MOVE
    return reasons


def _check(terms: tuple[str, ...], x: NDArray[np.float64], clusters: NDArray[np.int64]) -> None:
    """Refuse fewer clusters than can carry the coefficients, and characteristics that depend on one another."""
    groups = len(np.unique(clusters))
    if groups <= len(terms):
        raise InputError(
            f"leave {len(x)} {_pairs(len(x))} in {groups} date clusters for {len(terms)} coefficients",
            parameter="characteristics",
            received=terms[1:],
            allowed="more date clusters with every characteristic than coefficients; or fewer characteristics",
        )
    if dependent := dependent_columns(x):
        words = [
            f"{terms[j]!r} does not vary"
            if of in ((), (0,))
            else f"{terms[j]!r} is made of {_listed(terms, of)}"
            for j, of in dependent.items()
        ]
        raise InputError(
            f"depend on one another over the {len(x)} pairs: {'; '.join(words)}",
            parameter="characteristics",
            received=terms[1:],
            allowed="characteristics of which none is a combination of others and of a constant",
        )


def _listed(terms: tuple[str, ...], places: tuple[int, ...]) -> str:
    return ", ".join("a constant" if i == 0 else repr(terms[i]) for i in places)


def _pairs(n: int) -> str:
    return "pair" if n == 1 else "pairs"


def _written(number: float, form: str) -> str:
    return "n/a" if np.isnan(number) else f"{number:{form}}"
