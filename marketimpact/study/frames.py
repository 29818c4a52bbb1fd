"""A study's numbers as frames: wide by pair, or tidy with a unit in every row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..alignment.pipeline import Alignment
from ..ledger import Ledger, plain_rows
from ..market.baskets import Basket
from ..market.curves import Curve
from ..market.donors import Donors
from ..market.factors import Benchmark, Shifted, Term
from ..market.panel import Panel
from ..maths.abnormal import Sums
from ..maths.parametric import t_p_value, t_quantile
from ..units import MoveKind
from .about import ABOUT_COLUMNS, about, with_about
from .estimates import Estimates
from .inference import MISSING, PERMUTATION, Across, PairRanks
from .methods import Model
from .models_volatility import VolatilityStandardized
from .spec import Spec
from .which_day import WhichDays

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "SCHEMA",
    "across_table",
    "ar_table",
    "as_dict",
    "averages",
    "car_table",
    "headline_table",
    "pair_index",
    "tests_table",
    "wide",
]

SCHEMA = 1
"""Number of the form that ``to_dict`` writes."""


ACROSS_COLUMNS = (
    "kind", "term", "tau_from", "tau_to", "estimate", "std_error", "statistic", "df", "p_value", "conf_low",
    "conf_high", "n", "n_clusters", "n_dates", "pair_mean", "unit", "reason",
)  # fmt: skip
"""Columns of tables over events."""


def pair_index(alignment: Alignment, estimates: Estimates) -> pd.MultiIndex:
    """Index (event_id, instrument) of the pairs with numbers."""
    import pandas as pd

    names = _names(alignment, estimates)
    return pd.MultiIndex.from_arrays(list(names.values()), names=list(names))


def wide(
    index: pd.MultiIndex, values: NDArray[np.float64], columns: Sequence[object], name: str
) -> pd.DataFrame:
    """One row a pair, one column a tau or window."""
    import pandas as pd

    return pd.DataFrame(
        values.copy(), index=index, columns=pd.Index(list(columns), name=name, tupleize_cols=False)
    )


def averages(
    kinds: Mapping[str, NDArray[np.int64]], values: NDArray[np.float64], columns: Sequence[object], name: str
) -> pd.DataFrame:
    """Means over pairs, one row a kind of move."""
    import pandas as pd

    with np.errstate(invalid="ignore"):
        rows = [np.nansum(values[at], axis=0) / np.isfinite(values[at]).sum(axis=0) for at in kinds.values()]
    return pd.DataFrame(
        np.array(rows).reshape(len(kinds), len(columns)),
        index=pd.Index(list(kinds), name="kind"),
        columns=pd.Index(list(columns), name=name, tupleize_cols=False),
    )


def _names(alignment: Alignment, estimates: Estimates) -> dict[str, NDArray[np.object_]]:
    ids = np.array(alignment.panel.ids, dtype=object)
    return {
        "event_id": alignment.events.ids[alignment.event[estimates.rows]],
        "instrument": ids[alignment.instrument[estimates.rows]],
    }


def _kinds(alignment: Alignment, estimates: Estimates, say: Callable[[MoveKind], str]) -> NDArray[np.object_]:
    each = [say(one.kind) for one in alignment.design.series]
    return np.array(each, dtype=object)[alignment.series[estimates.rows]]


def _tidy(
    alignment: Alignment,
    estimates: Estimates,
    spec: Spec,
    numbers: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]],
    taus: tuple[NDArray[np.int64], NDArray[np.int64]],
    term: str,
) -> dict[str, Any]:
    """Columns of one row a pair: estimate, standard error, t, p and interval."""
    estimate, variance, n = numbers
    df = estimates.fit.df
    error = np.sqrt(variance)
    with np.errstate(invalid="ignore", divide="ignore"):
        statistic = estimate / error
    half = t_quantile(spec.level, df) * error
    return {
        **_names(alignment, estimates),
        "kind": _kinds(alignment, estimates, str),
        "term": term,
        "tau_from": taus[0],
        "tau_to": taus[1],
        "estimate": estimate,
        "std_error": error,
        "statistic": statistic,
        "df": df,
        "p_value": t_p_value(statistic, df),
        "conf_low": estimate - half,
        "conf_high": estimate + half,
        "n": n,
        "unit": _kinds(alignment, estimates, lambda kind: kind.unit),
    }


def _stack(parts: Sequence[Mapping[str, Any]], n: int) -> pd.DataFrame:
    """One row a pair and part, the parts of one pair together."""
    import pandas as pd

    frame = pd.concat([pd.DataFrame(part) for part in parts], ignore_index=True)
    return frame.iloc[np.arange(len(frame)).reshape(len(parts), n).T.ravel()].reset_index(drop=True)


def car_table(alignment: Alignment, estimates: Estimates, spec: Spec) -> pd.DataFrame:
    """Cumulative abnormal moves by pair and window, the headline first."""
    zero = np.zeros(len(estimates.rows), dtype=np.int64)
    parts = [_headline(alignment, estimates, spec)]
    for w, (first, last) in enumerate(spec.window_list):
        taus = (zero + first, zero + last)
        parts.append(_tidy(alignment, estimates, spec, _column(estimates.sums, w), taus, "CAR"))
    return _stack(parts, len(estimates.rows))


def headline_table(alignment: Alignment, estimates: Estimates, spec: Spec) -> pd.DataFrame:
    """The headline move by pair: tau = 0, or the candidates of the event session."""
    import pandas as pd

    return pd.DataFrame(_headline(alignment, estimates, spec))


def _headline(alignment: Alignment, estimates: Estimates, spec: Spec) -> dict[str, Any]:
    span = (alignment.last - alignment.position)[estimates.rows].astype(np.int64)
    numbers = _column(estimates.headline, 0)
    return _tidy(alignment, estimates, spec, numbers, (np.zeros_like(span), span), "headline")


def _column(sums: Sums, w: int) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    return sums.car[:, w], sums.variance[:, w], sums.sessions[:, w]


def ar_table(alignment: Alignment, estimates: Estimates, spec: Spec) -> pd.DataFrame:
    """Abnormal moves by pair and tau, with their sessions."""
    rows = estimates.rows
    variance = estimates.abnormal.variance(estimates.fit)
    parts = []
    for t, tau in enumerate(spec.timeline.taus):
        ar = estimates.abnormal.ar[:, t]
        at = np.full(len(rows), tau)
        numbers = (ar, variance[:, t], np.isfinite(ar).astype(np.int64))
        part = _tidy(alignment, estimates, spec, numbers, (at, at), "AR")
        part["session"] = alignment.design.sessions[alignment.positions[rows] + tau].astype("datetime64[s]")
        parts.append(part)
    return _stack(parts, len(rows))


def across_table(across: Sequence[Across], term: str, spec: Spec) -> pd.DataFrame:
    """Averages over events with the t on cluster means: one row a kind and window.

    ``estimate`` is what is tested, the mean of the cluster means; ``pair_mean`` is the average over pairs. They
    differ where clusters differ in size.
    """
    import pandas as pd

    rows = []
    for one in across:
        outcome = one.outcome
        if one.term != term or outcome.test == PERMUTATION:
            continue
        half = float(t_quantile(spec.level, np.array(outcome.df))) * outcome.std_error
        rows.append(
            {
                **_across_head(one),
                "estimate": outcome.estimate,
                "std_error": outcome.std_error,
                "statistic": outcome.statistic,
                "df": outcome.df,
                "p_value": outcome.p_value,
                "conf_low": outcome.estimate - half,
                "conf_high": outcome.estimate + half,
                "n": outcome.n,
                "n_clusters": outcome.n_clusters,
                "n_dates": one.n_dates,
                "pair_mean": one.pair_mean,
                "unit": one.unit,
                "reason": outcome.reason,
            }
        )
    return pd.DataFrame(rows, columns=ACROSS_COLUMNS)


def _across_head(one: Across) -> dict[str, Any]:
    first, last = one.window or (0, 0)
    return {
        "kind": one.kind,
        "term": one.term if one.window else "CAAR headline",
        "tau_from": first,
        "tau_to": last,
    }


def tests_table(
    alignment: Alignment,
    estimates: Estimates,
    spec: Spec,
    ranks: PairRanks,
    days: WhichDays,
    across: Sequence[Across],
) -> pd.DataFrame:
    """Every test: t and rank of each pair's headline, the largest of its candidates, then those over events.

    A model whose errors have no known covariance has no t; why stands in its reason.
    """
    import pandas as pd

    head = headline_table(alignment, estimates, spec)
    shared = head[["event_id", "instrument", "kind", "term", "tau_from", "tau_to"]]
    t_rows = shared.assign(
        test="t", statistic=head["statistic"], df=head["df"].astype(float), p_value=head["p_value"],
        p_floor=np.where(head["p_value"].isna(), np.nan, 0.0), n=1, n_clusters=1,
        reason=np.select([head["estimate"].isna(), head["p_value"].isna()], [MISSING, estimates.no_covariance], ""),
        note="trusts normal errors",
    )  # fmt: skip
    rank_rows = shared.assign(
        test="rank with refit", statistic=np.nan, df=np.nan, p_value=ranks.p_value, p_floor=ranks.p_floor,
        n=1, n_clusters=1, reason=ranks.reason, note="",
    )  # fmt: skip
    day_rows = shared.assign(
        term="which day", tau_from=np.maximum(days.which, 0),
        tau_to=np.where(days.which < 0, head["tau_to"], days.which), test=days.test, statistic=np.nan, df=np.nan,
        p_value=days.p_value, p_floor=days.p_floor, n=1, n_clusters=1, reason=days.reason, note=days.note,
    )[head["tau_to"] > head["tau_from"]]  # fmt: skip
    over = pd.DataFrame(
        [
            {
                "event_id": None,
                "instrument": None,
                **_across_head(one),
                **{
                    name: getattr(one.outcome, name)
                    for name in (
                        "test",
                        "statistic",
                        "df",
                        "p_value",
                        "p_floor",
                        "n",
                        "n_clusters",
                        "reason",
                        "note",
                    )
                },
            }
            for one in across
        ],
        columns=t_rows.columns,
    )
    parts = [
        part for part in (t_rows, rank_rows, day_rows, over.astype(t_rows.dtypes.to_dict())) if len(part)
    ]
    table = pd.concat(parts, ignore_index=True) if parts else t_rows
    return with_about(table, table["test"])


def as_dict(
    spec: Spec, seed: int, panel: Panel, ledger: Ledger, tables: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    """Plain data for JSON."""
    return {
        "schema": SCHEMA,
        "spec": _spec_dict(spec),
        "seed": seed,
        "series": [
            {"id": instrument.id, "provenance": str(quotes.provenance), "notes": list(quotes.notes)}
            for instrument, quotes in zip(panel.instruments, panel.quotes, strict=True)
        ],
        "tables": {
            name: plain_rows(frame.drop(columns=[*ABOUT_COLUMNS], errors="ignore"))
            for name, frame in tables.items()
        },
        "about": {name: asdict(about(name)) for name in sorted(set(tables["tests"]["test"]))},
        "ledger": ledger.to_dicts(),
    }


def _factor_dict(factor: Term) -> str | dict[str, Any]:
    if isinstance(factor, Donors):
        of = {"donors": None if factor.members is None else list(factor.members)}
        weighted = {} if factor.weights is None else {"weights": list(factor.weights)}
        return {"id": factor.id, **of, **weighted}
    if isinstance(factor, Shifted):
        return {"id": factor.id, "of": _factor_dict(factor.of), "by": factor.by}
    inner = factor.of if isinstance(factor, Benchmark) else factor
    if isinstance(inner, Basket):
        weighted = {} if inner.weights is None else {"weights": list(inner.weights)}
        return {"id": inner.id, "members": list(inner.members), **weighted}
    if isinstance(inner, Curve):
        return {"id": inner.id, "points": [list(point) for point in inner.points]}
    return inner


def _model_dict(model: Model) -> dict[str, Any]:
    plain = {"name": type(model).__name__, "factors": [_factor_dict(one) for one in model.factors]}
    if isinstance(model, VolatilityStandardized):
        return plain | {"model": _model_dict(model.model), "volatility": model.volatility}
    return plain


def _spec_dict(spec: Spec) -> dict[str, Any]:
    return {
        "model": _model_dict(spec.model),
        "estimation": list(spec.timeline.estimation),
        "event": list(spec.timeline.event),
        "min_estimation": spec.timeline.min_estimation,
        "windows": [list(window) for window in spec.window_list],
        "level": spec.level,
        "move": spec.move,
        "cluster": spec.cluster,
        "policies": asdict(spec.policies),
    }
