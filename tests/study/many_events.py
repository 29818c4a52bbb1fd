"""Studies of many events, and the arrays of their tests gathered day by day in loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.maths import over_events as means
from marketimpact.maths import rank_tests as ranks
from marketimpact.maths import sign_tests as signs
from marketimpact.maths.calendar_weights import CalendarSample, MeanCorrelation, satterthwaite_df
from marketimpact.maths.outcome import Outcome
from marketimpact.maths.parametric import cluster_t
from tests.maths.many_events import correlation_by_pairs
from tests.study.world import news, price_panel, walk, weekdays

TIMELINE = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
CLASSICAL = ("moves", "ranks", "signs")
"""Groups of the tests that `NAMES` names, after the headline test."""

NAMES = (
    "cluster t",
    means.CROSS_SECTIONAL,
    means.SKEWNESS_ADJUSTED,
    means.CRUDE,
    means.PATELL,
    means.ADJUSTED_PATELL,
    means.BMP,
    means.KOLARI_PYNNONEN,
    ranks.CORRADO,
    ranks.CORRADO_ZIVNEY,
    ranks.GRANK_T,
    signs.SIGN,
    signs.GENERALIZED_SIGN,
    signs.WILCOXON,
)
TRUSTING = (means.CROSS_SECTIONAL, means.SKEWNESS_ADJUSTED, means.PATELL, means.BMP, *NAMES[-3:])
IN_EVENT_TIME = (means.CRUDE, ranks.CORRADO, ranks.CORRADO_ZIVNEY, ranks.GRANK_T)


@dataclass
class Loops:
    """Pairs of one kind in the order of their names, gathered day by day."""

    names: list[tuple[str, str]]
    car: np.ndarray
    scar: np.ndarray
    df: np.ndarray
    whole: np.ndarray
    still: np.ndarray
    residuals: np.ndarray
    moves: np.ndarray
    quiet: np.ndarray
    days: np.ndarray
    event: np.ndarray
    sample: CalendarSample
    zero_share: float
    k: int


def loops(result: mi.StudyResult, kind: str, window: tuple[int, int]) -> Loops:
    """Fit, predict and sum every pair of one kind by itself, with lstsq."""
    a, design = result.alignment, result.alignment.design
    rows = [int(row) for row in result.estimates.rows[result.kinds[kind]]]
    rows.sort(key=lambda row: (str(a.events.ids[a.event[row]]), int(a.instrument[row])))
    out: dict[str, list[Any]] = {name: [] for name in (
        "car", "scar", "df", "whole", "still", "residuals", "moves", "quiet", "days", "event", "weights", "on", "names"
    )}  # fmt: skip
    zeros = used = 0
    x_all, y_all = design.regressors, design.to_fit
    for row in rows:
        at = int(a.positions[row])
        estimation = np.arange(at + TIMELINE.estimation[0], at + TIMELINE.estimation[1] + 1)
        good = np.array([bool(a.clean[p]) for p in estimation])
        p, root = estimation[good], np.sqrt(design.v[estimation[good]])
        y, x = y_all[p] / root, x_all[:, p].T / root[:, None]
        b = np.linalg.lstsq(x, y, rcond=None)[0] if x.shape[1] else np.zeros(0)
        e = y - x @ b
        inverse = np.linalg.inv(x.T @ x) if x.shape[1] else np.zeros((0, 0))
        df = len(p) - x.shape[1]
        s = np.sqrt(e @ e / df)
        inside = np.arange(at + window[0], at + window[1] + 1)
        there = [q for q in inside if design.usable[q]]
        total = x_all[:, there].sum(axis=1)
        factor = design.v[there].sum() + total @ inverse @ total
        car = sum(y_all[q] - x_all[:, q] @ b for q in there)
        if not there:
            continue
        residuals, moves, weights = np.full(120, np.nan), np.full(120, np.nan), np.zeros(120)
        residuals[good], moves[good], weights[good] = e / s, e * root, -(x @ inverse @ total)
        everywhere = np.arange(at - 5, at + 6)
        event = [
            (y_all[q] - x_all[:, q] @ b) / s / np.sqrt(design.v[q]) if design.usable[q] else np.nan
            for q in everywhere
        ]
        on = [np.sqrt(design.v[q]) if q in there else 0.0 for q in everywhere]
        raw = design.y[inside]
        zeros, used = zeros + int((design.y[p] == 0).sum()), used + len(p)
        for name, value in {
            "car": car, "scar": car / (s * np.sqrt(factor)), "df": df, "whole": len(there) == len(inside),
            "still": bool(np.all(raw[np.isfinite(raw)] == 0)) and bool(np.isfinite(raw).any()),
            "residuals": residuals, "moves": moves, "quiet": design.y[estimation] == 0, "weights": weights, "on": on,
            "days": design.sessions[estimation].astype(np.int64), "event": event,
            "names": (str(a.events.ids[a.event[row]]), a.panel.ids[a.instrument[row]]),
        }.items():  # fmt: skip
            out[name].append(value)
        out.setdefault("event_days", []).append(design.sessions[everywhere].astype(np.int64))
        out.setdefault("instrument", []).append(int(a.instrument[row]))
    names = out.pop("names")
    arrays = {name: np.array(value) for name, value in out.items()}
    sample = CalendarSample(
        arrays["residuals"].copy(), arrays["days"].copy(), arrays.pop("weights"), arrays.pop("event_days"),
        arrays.pop("on"), arrays.pop("instrument"),
    )  # fmt: skip
    return Loops(names=names, sample=sample, zero_share=zeros / used, k=len(x_all), **arrays)


def mean_correlation(one: Loops) -> MeanCorrelation:
    """Mean and Satterthwaite's degrees of freedom of correlations listed pair by pair."""
    matrix = correlation_by_pairs(one.sample, one.k)
    n = len(one.names)
    return MeanCorrelation((matrix.sum() - n) / (n * (n - 1)), satterthwaite_df(matrix))


def wanted(one: Loops, clusters: np.ndarray, window: tuple[int, int]) -> dict[str, Outcome]:
    """The tests of pairs in windows that are not staggered, the residuals as they lie."""
    r, w, length = mean_correlation(one), one.whole, window[1] - window[0] + 1
    columns = (window[0] + 5, window[1] + 5)
    fewest = 18 + 2 * length
    shares = signs.positive_share(one.moves[w], sessions=length, still=one.quiet[w], fewest=fewest)
    common = {"zero_share": one.zero_share, "correlation": r.r}
    outcomes = (
        cluster_t(one.car, clusters),
        means.cross_sectional_t(one.car, clusters=clusters),
        means.skewness_adjusted_t(one.car, clusters=clusters),
        means.crude_dependence_t(
            one.car[w], one.moves[w], length, k=one.k, parameter_error=one.k > 0, clusters=clusters[w]
        ),
        means.patell_z(one.scar, one.df, clusters=clusters),
        means.adjusted_patell_z(one.scar, one.df, r, clusters=clusters),
        means.bmp_t(one.scar, clusters=clusters),
        means.kolari_pynnonen_t(one.scar, r, clusters=clusters),
        ranks.corrado_rank(one.residuals[w], one.event[w], window=columns, correlation=r.r),
        ranks.corrado_zivney_rank(one.residuals[w], one.event[w], window=columns, **common),
        ranks.grank_t(one.residuals, one.scar, **common),
        signs.sign_test(one.car, still=one.still),
        signs.generalized_sign(one.car[w], shares, still=one.still[w]),
        signs.wilcoxon_signed_rank(one.car, still=one.still),
    )
    return {outcome.test: outcome for outcome in outcomes}


def agree(found: Outcome, expected: Outcome) -> None:
    for name in ("statistic", "p_value", "estimate", "std_error", "df", "p_floor"):
        value = getattr(expected, name)
        assert getattr(found, name) == pytest.approx(value, rel=1e-7, abs=1e-12, nan_ok=True), (
            found.test,
            name,
        )
    assert (found.n, found.reason) == (expected.n, expected.reason)


def apart(days: np.ndarray, count: int, gap: int, first: int = 150) -> mi.EventSet:
    return news(days[first : first + count * gap : gap])


def common_dates(
    seed: int,
    dates: int = 5,
    instruments: int = 6,
    *,
    holidays: float = 0.0,
    apart: int = 0,
    rho: float = 0.5,
) -> tuple[mi.Panel, mi.EventSet, pd.DataFrame]:
    """Correlated prices, and events on some dates, one for each instrument, some sessions after one another."""
    rng = np.random.default_rng(seed)
    n = 170 + 30 * dates
    days, common = weekdays(n), rng.standard_normal(n)
    levels = {}
    for i in range(instruments):
        moves = 0.01 * (np.sqrt(rho) * common + np.sqrt(1 - rho) * rng.standard_normal(n))
        levels[f"b{i}"] = 100.0 * np.exp(moves.cumsum())
        levels[f"b{i}"][rng.random(n) < holidays] = np.nan
    pairs, events = [], []
    for date in range(dates):
        for i in range(instruments):
            name = f"e{date}-{i}" if apart else f"e{date}"
            day = days[150 + 30 * date + apart * i]
            if apart or not i:
                events.append(mi.Event(name, announced_at=f"{day}T09:00", zone="UTC"))
            pairs.append((name, f"b{i}"))
    return price_panel(levels, days), mi.EventSet.from_events(events), pd.DataFrame(
        pairs, columns=["event_id", "instrument"]
    )  # fmt: skip


def aligned(one: Loops, values: np.ndarray, clusters: Sequence[int]) -> np.ndarray:
    """Rows of one cluster on the days that any of its pairs has, counted back from the last; in dictionaries."""
    laid: list[dict[int, float]] = []
    for i, cluster in enumerate(clusters):
        members = [j for j, other in enumerate(clusters) if other == cluster]
        union = sorted({int(day) for j in members for day in one.days[j]}, reverse=True)
        back = {day: place for place, day in enumerate(union)}
        laid.append({back[int(day)]: value for day, value in zip(one.days[i], values[i], strict=True)})
    width = max(max(row) for row in laid) + 1
    return np.array([[row.get(column, np.nan) for column in reversed(range(width))] for row in laid])


def plain(
    count: int, *, seed: int = 1, cluster: str | None = "overlap", clock: str | None = "09:00"
) -> mi.StudyResult:
    n = 200 + 25 * count
    days = weekdays(n)
    panel = price_panel({"KZ": walk(np.random.default_rng(seed), n)}, days)
    events = news(days[150 : 150 + 25 * count : 25], clock)
    return mi.EventStudy(timeline=TIMELINE, cluster=cluster).run(panel, events)
