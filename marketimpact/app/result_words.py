"""What the command says of a result in one line, by the kind of regression or association."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..maths.confidence_sets import ConfidenceSet
from ..maths.outcome import Outcome
from ..regress.panels import PanelResult
from ..study.summary import number_or_na, p_said
from ..units import shown_unit

if TYPE_CHECKING:
    from ..associate.result import Association
    from ..associate.spillovers import Spillovers
    from ..regress.break_result import Breaks
    from ..regress.exchange_regimes import ExchangeRegimes
    from ..regress.heteroskedasticity import RigobonSack
    from ..regress.local_projections import LocalProjection
    from ..regress.result import RegressionResult
    from ..regress.staggered import EventTimeResult
    from ..regress.surprises import SurpriseResult
    from ..regress.undated import LargestMoves
    from ..regress.variance_ratios import EventVariance
    from ..study.cross_section import CrossSection

__all__ = [
    "association_words",
    "breaks_words",
    "coefficient_words",
    "cross_section_words",
    "event_time_words",
    "granger_words",
    "lag_words",
    "largest_words",
    "lead_lag_words",
    "regimes_words",
    "response_words",
    "rigobon_words",
    "spillover_words",
    "surprise_words",
    "variance_words",
]

MOST_SAID = 4
"""Coefficients that a line says; the table has them all."""


def coefficient_words(result: RegressionResult) -> list[str]:
    """Say the first coefficients of news, in the unit shown, with t and p."""
    rows = [row for row in result.to_frame().to_dict("records") if row["n_events"]]
    more = len(rows) - MOST_SAID
    said = [_coefficient(row, result) for row in rows[:MOST_SAID]]
    return [*said, *([f"{more} more in regression.csv"] if more > 0 else [])]


def surprise_words(result: SurpriseResult) -> list[str]:
    """Say the first responses, and whether those of one release differ by sign or state."""
    return [*coefficient_words(result), *difference_words(result)]


def difference_words(result: SurpriseResult) -> list[str]:
    """Say each difference of two responses of one release, in the unit shown, with its p."""
    said = []
    for one, (i, _) in zip(result.tests, result.compared, strict=True):
        unit, scale = shown_unit(result.units[i])
        p = p_said(one.p_value) if np.isfinite(one.p_value) else "no p"
        said.append(f"{one.note} {one.estimate * scale:+.3g} {unit} ({p})")
    return said


def _coefficient(row: Mapping[Any, Any], result: RegressionResult) -> str:
    about = [_days(row["n_events"])]
    if np.isnan(row["std_error"]):
        about.append("no standard error")
        tests = result.tests if isinstance(result, PanelResult) else ()
        about += [
            f"{one.test}: {p_said(one.p_value)}" for term, one in tests if term == row["term"] and one.applies
        ]
    else:
        about += [f"t = {row['statistic']:.2f}", p_said(row["p_value"])]
    return f"{_number(row)} ({', '.join(about)})"


def _days(n: int) -> str:
    return f"{n} event {'day' if n == 1 else 'days'}"


def _number(row: Mapping[Any, Any]) -> str:
    """Say a coefficient in the unit shown: "h = 5 +1.2 % per event"."""
    unit, scale = shown_unit(row["unit"])
    return f"{row['term']} {row['estimate'] * scale:+.3g} {unit}"


def _test(one: Outcome) -> str:
    return f"{one.test}: {p_said(one.p_value) if one.applies else one.reason}"


def cross_section_words(result: CrossSection) -> list[str]:
    """Say the first characteristics, in the unit shown, with t and p, and how many pairs and clusters they rest on."""
    rows = result.to_frame().to_dict("records")[1:]
    said = [
        f"{_number(row)} ("
        + (
            f"t = {row['statistic']:.2f}, {p_said(row['p_value'])}"
            if np.isfinite(row["std_error"])
            else "no standard error"
        )
        + ")"
        for row in rows[:MOST_SAID]
    ]
    more = len(rows) - MOST_SAID
    return [*said, *([f"{more} more in regression.csv"] if more > 0 else []), result.counts]


def response_words(result: LocalProjection) -> list[str]:
    """Say the response on the day of the shock and at the last horizon that has one."""
    rows = result.to_frame()
    rows = rows[np.isfinite(rows["estimate"])].to_dict("records")
    chosen = rows[:1] + rows[1:][-1:]
    said = [
        f"{_number(row)} (t = {row['statistic']:.2f}, {p_said(row['p_value'])})"
        if np.isfinite(row["std_error"])
        else f"{_number(row)} (no standard error)"
        for row in chosen
    ]
    more = len(result.terms) - len(chosen)
    return [*said, *([f"{more} more in regression.csv"] if more else [])]


def event_time_words(result: EventTimeResult) -> list[str]:
    """Say the average effect and the test of pre-trends."""
    rows = [row for row in result.to_frame().to_dict("records") if np.isnan(row["tau"])]
    return [*(_coefficient(row, result) for row in rows), _test(result.pre_trends)]


def rigobon_words(result: RigobonSack) -> list[str]:
    """Say both estimates, each with its confidence set, whatever shape it has."""
    said = []
    for which, row in enumerate(result.to_frame().to_dict("records")):
        scale, found = shown_unit(row["unit"])[1], result.confidence_set(which=which)
        scaled = ConfidenceSet(tuple((low * scale, high * scale) for low, high in found.parts), found.level)
        whole = f"{result.level * 100:g} % set {scaled.words('.3g')}"
        said.append(f"{_number(row)} ({_days(row['n_events'])}, {whole}, {p_said(row['p_value'])})")
    return said


def variance_words(result: EventVariance) -> list[str]:
    """Say the ratio of variances and its leading test."""
    about = f"{_days(result.n_event)}, {_test(result.outcomes[0])}"
    return [f"variance ratio {number_or_na(result.ratio, '.3g')} ({about})"]


def largest_words(result: LargestMoves) -> list[str]:
    """Say the share of large moves with news beside them, by chance, and the tests."""
    return [f"{result.words} by chance", *map(_test, result.matches)]


def breaks_words(result: Breaks) -> list[str]:
    """Say the dates of breaks with their intervals."""
    days = result.sessions
    said = [
        f"break on {days[at]} ({result.level * 100:g} % interval {days[a]} to {days[b]})"
        for at, a, b in zip(result.breaks, result.first, result.last, strict=True)
    ]
    return said or ["no break"]


def regimes_words(result: ExchangeRegimes) -> list[str]:
    """Say each regime in words, with its first and last session."""
    return [
        f"{result.sessions[a]} to {result.sessions[b - 1]} {words}"
        for (a, b), words in zip(result.edges, result.words, strict=True)
    ]


def association_words(result: Association) -> list[str]:
    """Say the numbers of an association: the last of many, which puts the others together, and those before."""
    rows = result.to_frame().to_dict("records")
    chosen = rows if len(rows) <= MOST_SAID else [*rows[: MOST_SAID - 1], rows[-1]]
    more = len(rows) - len(chosen)
    return [*map(_associated, chosen), *([f"{more} more in association.csv"] if more else [])]


def lag_words(result: Association) -> list[str]:
    """Say the coefficients of the session itself and of the first lags, their sum, and then what the leads say."""
    rows = result.to_frame().to_dict("records")
    lags, leads = [row for row in rows if row["lag"] >= 0], [row for row in rows if row["lag"] < 0]
    more = len(lags) - MOST_SAID
    said = [
        *map(_associated, lags[:MOST_SAID]),
        *([f"{more} more lags in association.csv"] if more > 0 else []),
    ]
    said.append(_associated(rows[-1]))
    known = [row["p_value"] for row in leads if np.isfinite(row["p_value"])]
    if known:
        many = "the placebo lead" if len(leads) == 1 else f"smallest of {len(leads)} placebo leads"
        said.append(f"{many}: {p_said(min(known))}")
    return said


def _associated(row: Mapping[Any, Any]) -> str:
    known = np.isfinite(row["p_value"])
    return f"{_number(row)} ({p_said(row['p_value']) if known else row['note'] or 'no p'})"


def granger_words(result: Association) -> list[str]:
    """Say F and p of either direction."""
    rows: Sequence[Mapping[Any, Any]] = result.to_frame().to_dict("records")
    return [f"{row['term']}: F = {row['statistic']:.2f}, {p_said(row['p_value'])}" for row in rows]


def lead_lag_words(result: Association) -> list[str]:
    """Say the largest correlation, and the p of the largest over all lags."""
    rows = result.to_frame().to_dict("records")
    row = max(rows, key=lambda one: abs(one["estimate"]))
    return [
        f"largest correlation {row['estimate']:+.3g} at {row['term']} (over all lags {p_said(row['p_joint'])})"
    ]


def spillover_words(result: Spillovers) -> list[str]:
    """Say the total, and which market gives and takes most."""
    net = result.net
    return [
        f"total {result.total_words} of error variance",
        f"{net.idxmax()} gives most, net {net.max() * 100:+.1f} %",
        f"{net.idxmin()} takes most, net {net.min() * 100:+.1f} %",
    ]
