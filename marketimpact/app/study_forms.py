"""Forms that a value of the study file may have: a check, and what is allowed in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import get_args

from ..alignment.policies import Contamination, Frozen, Roll, SameSession, Spanned
from ..associate.lags import Cov as LagsCov
from ..delimited import iso_date
from ..market.bonds import Quoted
from ..maths.coincidence import Surrogate
from ..maths.projections import ProjectionCov
from ..regress.break_result import Choice
from ..regress.estimation import Cov
from ..regress.panels import Effects, Errors
from ..regress.shocks import ShockForm
from ..regress.staggered import Controls, Method
from ..regress.surprises import Per
from ..regress.weights import Weights
from ..sources.layouts import layout_names
from ..study.methods import Volatility
from .bundle_tables import Form as BundleForm

__all__ = ["FORMS", "Form"]

Form = tuple[Callable[[object], bool], str]
"""Whether a value has the form, and the form in words."""


def _is_date(value: object) -> bool:
    if isinstance(value, str):
        try:
            iso_date(value)
        except ValueError:
            return False
        return True
    return isinstance(value, date) and not isinstance(value, datetime)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return _is_whole(value) or isinstance(value, float)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: object) -> bool:
    return (
        isinstance(value, list) and bool(value) and all(map(_is_text, value)) and len({*value}) == len(value)
    )


def _are_pairs(value: object) -> bool:
    if not isinstance(value, list):
        return value in ("all", "place")
    return bool(value) and all(
        isinstance(pair, list) and len(pair) == 2 and all(map(_is_text, pair)) for pair in value
    )


def _are_closures(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_closure, value))


def _is_closure(value: object) -> bool:
    """Two days; then perhaps the reason, which may be empty where the market stands behind it."""
    if not isinstance(value, list) or len(value) not in (2, 3, 4):
        return False
    words = value[2:]
    return (
        all(map(_is_date, value[:2]))
        and all(isinstance(one, str) for one in words)
        and all(map(_is_text, words[-1:]))
    )


def _are_points(value: object) -> bool:
    return (
        isinstance(value, dict)
        and len(value) > 1
        and all(isinstance(one, int | float) and not isinstance(one, bool) for one in value.values())
    )


def _are_types(value: object) -> bool:
    """Categories, or event ids by the name of their type."""
    if isinstance(value, dict):
        return bool(value) and all(map(_are_texts, value.values()))
    return value in ("category", "none") or _are_texts(value)


def _are_numbers(value: object) -> bool:
    return isinstance(value, dict) and bool(value) and all(map(_is_number, value.values()))


def _are_clusters(value: object) -> bool:
    if isinstance(value, dict):
        return bool(value) and all(map(_is_text, value.values()))
    return value in ("date", "instrument", "both")


def _is_term(value: object) -> bool:
    """An id; or a basket or a curve, perhaps with a name."""
    if not isinstance(value, dict):
        return _is_text(value)
    rest = {key: one for key, one in value.items() if key != "id"}
    return _is_text(value.get("id", "unnamed")) and (
        (list(rest) == ["basket"] and _are_texts(rest["basket"]))
        or (list(rest) == ["points"] and _are_points(rest["points"]))
    )


def _are_terms(value: object) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(map(_is_term, value))
        and not any(one in value[:place] for place, one in enumerate(value))
    )


def _is_dated(value: object) -> bool:
    return isinstance(value, dict) or _is_text(value)


def _is_turbulent(value: object) -> bool:
    return _is_dated(value) or (isinstance(value, list) and len(value) == 2 and all(map(_is_date, value)))


def _are_quantiles(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_number, value))


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _one_of(*options: str) -> Form:
    """Make the form of a text that is one of a few."""
    named = [f'"{option}"' for option in options]
    return lambda value: value in options, f"{', '.join(named[:-1])} or {named[-1]}"


TERM_WORDS = 'an id, { basket = ["a", "b"] } or { points = { "UST 10y" = 10, "UST 30y" = 30 } }'
DATED_WORDS = 'a file, like "gpr.csv" or { file = "gpr.csv", date = "day", value = "index" }'

FORMS: dict[str, Form] = {
    "text": (_is_text, "text in quotes, not empty"),
    "texts": (_are_texts, 'a list of texts that do not repeat, like ["a", "b"]'),
    "text or texts": (lambda value: _is_text(value) or _are_texts(value), 'text in quotes, or a list ["a", "b"]'),
    "character": (lambda value: isinstance(value, str) and len(value) == 1 and value not in '"\r\n\0', "one character"),
    "switch": (lambda value: isinstance(value, bool), "true or false, without quotes"),
    "file or switch": (
        lambda value: _is_text(value) or isinstance(value, bool),
        "a file in quotes, or true (the user's own) or false (none), without quotes",
    ),
    "number": (_is_number, "a number, without quotes"),
    "whole": (_is_whole, "a whole number, without quotes"),
    "date": (_is_date, "a date like 2022-01-05"),
    "moment": (
        lambda value: _is_text(value) or isinstance(value, date),
        "a date like 2022-01-05 or a time like 2022-01-05T16:10",
    ),
    "band": (lambda value: isinstance(value, list), "the lowest and the highest rate, like [7.75, 7.85]"),
    "window": (lambda value: isinstance(value, list), "two whole numbers, like [-5, 3]"),
    "points": (_are_points, 'ids of series with their tenors in years, like { "UST 10y" = 10, "UST 30y" = 30 }'),
    "windows": (lambda value: isinstance(value, list), "a list of windows, like [[0, 0], [0, 1]]"),
    "pairs": (_are_pairs, '"all", "place", or a list like [["event", "instrument"]]'),
    "closures": (
        _are_closures,
        "a list of first day, last day and perhaps the reason and the market, like"
        ' [["2022-01-06", "2022-01-11", "unrest", "KASE currency"]]',
    ),
    "table": (lambda value: isinstance(value, dict), "a table, under its name in square brackets"),
    "tables": (_are_tables, "tables, each under its name in double square brackets"),
    "move": _one_of("log", "simple"),
    "cluster": _one_of("overlap", "none"),
    "model": _one_of(
        "constant mean", "market", "adjusted", "dimson", "scholes-williams", "factors", "spread", "donors",
        "components", "synthetic",
    ),
    "volatility": _one_of(*get_args(Volatility)),
    "layout": _one_of(*layout_names()),
    "requote": _one_of(*get_args(Quoted)),
    "format": _one_of("csv", "json", "ics"),
    "form of bundle": _one_of(*get_args(BundleForm)),
    "roll": _one_of(*get_args(Roll)),
    "spanned": _one_of(*get_args(Spanned)),
    "contamination": _one_of(*get_args(Contamination)),
    "frozen": _one_of(*get_args(Frozen)),
    "same session": _one_of(*get_args(SameSession)),
    "kind of regression": _one_of(
        "events", "surprises", "panel", "staggered", "projection", "heteroskedasticity", "volatility", "variance",
        "largest", "breaks", "regimes", "cross_section",
    ),
    "kind of association": _one_of(
        "lead_lag", "coincidence", "granger", "distributed_lags", "quantiles", "adjusted_correlation", "spillovers",
    ),
    "any": (lambda value: True, "a value"),
    "types": (
        _are_types,
        '"none" (all events are of one type), "category", a list of categories, or ids by type,'
        ' like { cut = ["a", "b"] }',
    ),
    "numbers": (_are_numbers, 'numbers by event id, like { "cpi-2022-01" = 5.1 }'),
    "cov": _one_of(*get_args(Cov)),
    "weights": _one_of(*get_args(Weights)),
    "per": _one_of(*get_args(Per)),
    "days": _one_of("all", "events"),
    "effects": _one_of(*get_args(Effects)),
    "errors": _one_of(*get_args(Errors)),
    "clusters": (
        _are_clusters,
        '"date", "instrument", "both", or a name for each instrument, like { "KZ 2045" = "KZ" }',
    ),
    "member": (_is_text, "the id of a series, in quotes"),
    "members": (_are_texts, 'a list of ids of series that do not repeat, like ["a", "b"]'),
    "term": (_is_term, TERM_WORDS),
    "terms": (_are_terms, f"a list without repetition, each {TERM_WORDS}"),
    "dated": (_is_dated, DATED_WORDS),
    "characteristics": (
        _is_dated, 'a file, like "debt.csv" or { file = "debt.csv", columns = ["debt"] }',
    ),
    "turbulent": (_is_turbulent, f'first and last day, like ["2022-02-21", "2022-03-01"], or of 0 and 1 {DATED_WORDS}'),
    "method": _one_of(*get_args(Method)),
    "reached": _one_of(*get_args(Controls)),
    "by": _one_of("unit", "date"),
    "outcome": _one_of("level", "move"),
    "shock": _one_of(*get_args(ShockForm)),
    "cov of projection": _one_of(*get_args(ProjectionCov)),
    "cov of lags": _one_of(*get_args(LagsCov)),
    "cov of volatility": _one_of("robust", "classic"),
    "control days": _one_of("before", "all"),
    "garch": _one_of("garch", "gjr"),
    "scaled": _one_of("ewma", "none"),
    "choose": (
        lambda value: _is_whole(value) or value in get_args(Choice),
        '"sequential", "BIC", "LWZ" or a whole number',
    ),
    "least squares": _one_of("constant mean", "market", "adjusted", "dimson", "scholes-williams", "factors", "spread"),
    "how": _one_of("mean", "sum"),
    "until": _one_of("session", "day before"),
    "days of news": _one_of("all", "weekdays"),
    "of": _one_of("move", "size"),
    "side": _one_of("both", "up", "down"),
    "surrogate": _one_of(*get_args(Surrogate)),
    "quantiles": (_are_quantiles, "a list of numbers, like [0.05, 0.5, 0.95]"),
}  # fmt: skip
"""Forms by name."""
