"""Local projections: where a series stands h sessions after a shock, one regression a horizon."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from ..alignment.policies import Policies
from ..errors import InputError, MarketImpactWarning
from ..market.factors import Benchmark, Term, factor_id
from ..market.panel import Panel
from ..maths.max_statistic import sup_t_quantile
from ..maths.projections import ProjectionCov, Projections, lags_of, long_differences, project
from ..news.event import Event
from ..news.event_set import EventSet
from ..study.summary import Summary
from ..units import MoveKind, MoveRule
from .one_series import ASSOCIATION, check_level, instrument_of, stamp_of_terms
from .result import RegressionResult
from .shocks import Shocked, ShockForm, find_shock

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LocalProjection", "ProjectionSpec", "local_projection"]

Floats = NDArray[np.float64]

FEW = 20
"""Shocks below which errors without Bell and McCaffrey's degrees of freedom are too small."""

ONE = "one session with a shock: its regression leaves no residual; mi.EventStudy(...).run(...) tests single events"

CUMULATIVE = (
    "The response at h is that of the sum of moves from the session of the shock to h sessions later, beside sessions"
    " without it: where the series stands, not how it moved on that session."
)
COVERAGE = (
    "Coverage is below the level where horizons are long beside the series: of 90 % intervals for independent shocks"
    " over 150 sessions HC2 holds 89 % at h = 12 and 86 % at h = 36, Newey-West 81 and 66 %."
)
OWN = (
    "The shock is the series' own move: over 240 sessions a 90 % interval holds 88 % at h = 12 where the moves are"
    " independent. Own moves are no news: what stands behind them is not identified."
)
HAC_WORDS = (
    "Newey-West errors of overlapping sums are too small for observed shocks: 90 % intervals over 150 sessions hold"
    " 81 % at h = 12 and 66 % at h = 36. cov='HC2' holds 89 and 86 %."
)


@dataclass(frozen=True, kw_only=True)
class ProjectionSpec:
    """What a local projection is told, beside its shock.

    Parameters
    ----------
    horizons : int
        Last horizon H [sessions]; 0 to H are estimated.
    lags : int
        Lags of the moves and of the shock that the dynamics of the moves need.
    augmented : bool
        Whether one lag more is a control: inference then holds by HC errors whatever the persistence of the moves.
    controls : sequence of str, Basket or Curve
        Factors whose moves on the session of the shock are controls.
    cov : {"HC2", "HC0", "HC1", "HC3", "HAC"}
        How standard errors are made; HC2 has Bell and McCaffrey's degrees of freedom.
    bandwidth : int, optional
        Of HAC [sessions]; H when not given.
    level : float
        Level of the intervals and of the band.
    move : {"log", "simple"}
        How prices and currencies move. Sums of simple moves are no move of the whole span: logs are.
    policies : Policies
        What to do where the news and the market do not fit.

    Raises
    ------
    InputError
        If a choice is unknown or out of its range.

    Examples
    --------
    >>> ProjectionSpec(horizons=20).control_lags
    2
    """

    horizons: int = 12
    lags: int = 1
    augmented: bool = True
    controls: Sequence[Term] = ()
    cov: ProjectionCov = "HC2"
    bandwidth: int | None = None
    level: float = 0.95
    move: MoveRule = "log"
    policies: Policies = field(default_factory=Policies)

    def __post_init__(self) -> None:
        for name in ("horizons", "lags"):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise InputError("is no count", parameter=name, received=value, allowed="0 or more sessions")
        if self.cov not in get_args(ProjectionCov):
            allowed = ", ".join(map(repr, get_args(ProjectionCov)))
            raise InputError("is not known", parameter="cov", received=self.cov, allowed=allowed)
        if self.bandwidth is not None and (self.cov != "HAC" or self.bandwidth < 0):
            raise InputError(
                "is no bandwidth", parameter="bandwidth", received=self.bandwidth,
                allowed="0 or more sessions, and cov='HAC'",
            )  # fmt: skip
        if isinstance(self.controls, Term) or any(isinstance(term, Benchmark) for term in self.controls):
            raise InputError(
                "are no list of factors", parameter="controls", received=self.controls,
                allowed="a list of ids, baskets or curves, none a benchmark with coefficient one",
            )  # fmt: skip
        check_level(self.level)

    @property
    def control_lags(self) -> int:
        """Lags that are controls."""
        return self.lags + int(self.augmented)

    @property
    def errors(self) -> str:
        """The errors in words."""
        if self.cov == "HAC":
            width = self.horizons if self.bandwidth is None else self.bandwidth
            return f"HAC (Newey-West, bandwidth {width} sessions)"
        return "HC2, degrees of freedom of Bell and McCaffrey" if self.cov == "HC2" else self.cov


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LocalProjection(RegressionResult):
    """Cumulative responses at horizons 0 to H; a `RegressionResult` with one coefficient a horizon.

    Attributes
    ----------
    horizons : ndarray of int, shape (H + 1,)
        [sessions]
    counts : ndarray of int, shape (H + 1,)
        Sessions that each regression is fitted to.
    kind : MoveKind
        Of the moves.
    shock : str
        What the shock is, in words.
    per : str
        One unit of it.
    seed : int
        Of the draws behind the simultaneous band.
    critical : float
        Half width of the simultaneous band at ``level`` [standard errors].
    """

    horizons: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    kind: MoveKind = field(default_factory=lambda: MoveKind("", "difference", "points"))
    shock: str = ""
    per: str = ""
    seed: int = 0
    critical: float = np.nan

    def sup_t(self, level: float | None = None) -> float:
        """Give the half width, in standard errors, of the band that holds the whole path.

        The quantile of the largest t over horizons, from a multivariate t with the correlation of the coefficients and
        the smallest of their degrees of freedom (Montiel Olea and Plagborg-Møller 2019, doi:10.1002/jae.2656).
        """
        if level is None or level == self.level:
            return self.critical
        return _sup_t(self.cov, self.std_errors, self.dfs, level, self.seed)

    def band(self, level: float | None = None) -> pd.DataFrame:
        """Give the simultaneous band: columns ``band_low`` and ``band_high``, by term."""
        import pandas as pd

        half = self.sup_t(level) * self.std_errors
        columns = {"band_low": self.estimates - half, "band_high": self.estimates + half}
        return pd.DataFrame(columns, index=pd.Index(self.terms, name="term"))

    def summary(self) -> Summary:
        """Give the responses with their intervals and the simultaneous band."""
        base, band = RegressionResult.summary(self), self.band()
        head = (
            base.head
            if self.ledger.given
            else (base.head[0], f"{self.n} moves, {self.cov_type}", *base.head[2:])
        )
        cells = [
            "n/a" if np.isnan(low) else f"{low:+.4g} to {high:+.4g}"
            for low, high in zip(band["band_low"], band["band_high"], strict=True)
        ]
        columns = (*base.columns[:7], "simultaneous band", base.columns[7], "shocks", base.columns[9])
        rows = tuple((*row[:7], cell, *row[7:]) for row, cell in zip(base.rows, cells, strict=True))
        return Summary(head, columns, rows, base.tail)

    def to_frame(self) -> pd.DataFrame:
        """Give one row a horizon: the columns of every regression, then ``horizon``, ``band_low``, ``band_high``."""
        frame = RegressionResult.to_frame(self)
        frame["n"] = frame["n_clusters"] = self.counts
        band = self.band().reset_index(drop=True)
        frame.insert(1, "horizon", self.horizons)
        return frame.assign(band_low=band["band_low"], band_high=band["band_high"])


def local_projection(
    panel: Panel,
    events: EventSet | Event | Iterable[Event] | pd.Series | str,
    instrument: str | None = None,
    *,
    shock: ShockForm = "event",
    spec: ProjectionSpec | None = None,
    seed: int = 0,
) -> LocalProjection:
    """Estimate where a series stands 0 to H sessions after a shock, one regression a horizon.

    By horizon h the sum of moves from the session of the shock to h sessions later is regressed on the shock, the
    moves of the controls on that session, and lags of moves and shock: y_t + ... + y_(t+h) = a_h + b_h s_t + c_h'z_t
    + e_th. With ``augmented``, the default, one lag more than the dynamics need is a control. Errors are HC: the
    residuals overlap, but their products with a shock that earlier ones do not tell are uncorrelated; HAC errors cover
    less. Pointwise intervals hold one horizon, the simultaneous band the whole path.

    Parameters
    ----------
    panel : Panel
    events : EventSet, Event, iterable of Event, Series or str
        News, on its event sessions; numbers by session date, which must not be known from earlier ones; or the id of a
        panel member, whose moves are the shock (the instrument's own among them).
    instrument : str, optional
        May be left out where the panel holds one.
    shock : {"event", "surprise", "sd"}
        Of news: one an event, its surprise in its unit, or over the standard deviation of the surprises. Of a series or
        a member "sd" divides by the standard deviation.
    spec : ProjectionSpec, optional
    seed : int
        Seed of the draws behind the simultaneous band.

    Returns
    -------
    LocalProjection

    Raises
    ------
    InputError
        If the instrument is not named, no event shows, surprises have no unit or do not vary, a series is dated on no
        session, or a horizon has too few sessions or no shock that can be told from the controls.

    Warns
    -----
    MarketImpactWarning
        For HAC errors, and for HC0, HC1 and HC3 with fewer than 20 shocks.

    References
    ----------
    Jordà (2005), doi:10.1257/0002828053828518; Montiel Olea and Plagborg-Møller (2021), doi:10.3982/ECTA18756.

    Examples
    --------
    The rouble per euro after the moves of the zloty per euro:

    >>> import marketimpact as mi
    >>> panel = mi.fetch("ecb:EUR/RUB").join(mi.fetch("ecb:EUR/PLN"))
    >>> found = local_projection(panel, "EUR/PLN", "EUR/RUB", spec=ProjectionSpec(horizons=2))
    >>> list(found.terms), found.units[0], found.to_frame()["estimate"].round(1).tolist()
    (['h = 0', 'h = 1', 'h = 2'], 'log per log', [0.2, 0.2, 0.2])
    """
    spec = spec or ProjectionSpec()
    name = instrument_of(panel, instrument)
    found = find_shock(
        panel, events, name, form=shock, controls=spec.controls, move=spec.move, policies=spec.policies
    )
    outcomes = long_differences(found.y, spec.horizons)
    controls, names = _controls(found, spec)
    fit = project(outcomes, found.shock, controls, cov=spec.cov, bandwidth=spec.bandwidth)
    shocks = np.array([int(np.count_nonzero(found.shock[rows])) for rows in fit.used.T])
    reading = _reading(found, spec, shocks)
    return LocalProjection(
        title=f"cumulative {found.kind.noun} of {name} on {found.name}, h = 0 to {spec.horizons}",
        terms=tuple(f"h = {h}" for h in range(spec.horizons + 1)),
        estimates=fit.estimates.copy(),
        std_errors=fit.std_errors.copy(),
        dfs=fit.dfs.copy(),
        p_values=_p_values(fit),
        cov=fit.cov.copy(),
        units=(f"{found.kind.unit} per {found.per}",) * (spec.horizons + 1),
        cov_type=spec.errors,
        level=spec.level,
        n=int(fit.used[:, 0].sum()),
        n_clusters=int(fit.used[:, 0].sum()),
        n_events=tuple(shocks.tolist()),
        notes=tuple(ONE if np.isnan(error) else "" for error in fit.std_errors),
        reading=reading,
        ledger=found.ledger,
        model=_models(outcomes, np.column_stack([found.shock, controls]), ("shock", *names), fit, spec),
        stamp=stamp_of_terms(panel, name, [*spec.controls, *([events] if isinstance(events, str) else [])]),
        horizons=np.arange(spec.horizons + 1),
        counts=fit.used.sum(axis=0),
        kind=found.kind,
        shock=found.name,
        per=found.per,
        seed=seed,
        critical=_sup_t(fit.cov, fit.std_errors, fit.dfs, spec.level, seed),
    )


def _sup_t(cov: Floats, errors: Floats, dfs: Floats, level: float, seed: int) -> float:
    known = np.isfinite(errors) & (errors > 0.0)
    if not known.any():
        return np.nan
    corr = cov[np.ix_(known, known)] / np.outer(errors[known], errors[known])
    return sup_t_quantile(corr, float(dfs[known].min()), level, seed)


def _controls(found: Shocked, spec: ProjectionSpec) -> tuple[Floats, tuple[str, ...]]:
    """Give the moves of the controls and the lags of moves and shock, and their names."""
    lags = spec.control_lags
    columns, names = [found.controls, lags_of(found.y, lags)], list(map(factor_id, spec.controls))
    names += [f"move, lag {lag}" for lag in range(1, lags + 1)]
    if not found.own:
        columns.append(lags_of(found.shock, lags))
        names += [f"shock, lag {lag}" for lag in range(1, lags + 1)]
    return np.column_stack(columns), tuple(names)


def _p_values(fit: Projections) -> Floats:
    t = fit.estimates / np.where(fit.std_errors > 0.0, fit.std_errors, np.nan)
    return np.asarray(2.0 * stats.t.sf(np.abs(t), fit.dfs))


def _reading(found: Shocked, spec: ProjectionSpec, shocks: NDArray[np.int64]) -> tuple[str, ...]:
    """Say how to read the response; warn where its errors do not hold."""
    lines = [CUMULATIVE, *found.notes, OWN if found.own else COVERAGE]
    alarms = [HAC_WORDS] if spec.cov == "HAC" else []
    least = int(shocks.min())
    if spec.cov != "HC2" and least < FEW:
        alarms.append(
            f"{least} shocks carry a coefficient, and {spec.cov} errors are too small below {FEW}; cov='HC2' has"
            " degrees of freedom that know it."
        )
    for words in alarms:
        warnings.warn(words, MarketImpactWarning, stacklevel=3)
    if len(found.ledger) and shocks[0] > least:
        lines.append(f"Of {shocks[0]} shocks at h = 0, {least} are left at h = {int(shocks.argmin())}.")
    return (*alarms, *lines, ASSOCIATION)


def _models(
    outcomes: Floats, x: Floats, names: tuple[str, ...], fit: Projections, spec: ProjectionSpec
) -> tuple[object, ...]:
    """Fit each horizon by statsmodels: a tuple of its results, one a horizon."""
    import pandas as pd
    import statsmodels.api as sm

    options: dict[str, object] = {"cov_type": spec.cov}
    if spec.cov == "HAC":
        options["cov_kwds"] = {"maxlags": spec.horizons if spec.bandwidth is None else spec.bandwidth}
    models = []
    for h, rows in enumerate(fit.used.T):
        regressors = pd.DataFrame(x[rows], columns=list(names))
        regressors = regressors.loc[:, (regressors != 0.0).any(axis=0)].assign(intercept=1.0)
        with np.errstate(
            divide="ignore", invalid="ignore"
        ):  # a row that a dummy alone explains has leverage one
            models.append(sm.OLS(pd.Series(outcomes[rows, h], name=f"h = {h}"), regressors).fit(**options))
    return tuple(models)
