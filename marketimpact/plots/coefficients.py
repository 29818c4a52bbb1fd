"""The coefficients of a regression with their intervals, one row a term."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..ledger import Status
from ..regress.result import RegressionResult
from ..regress.surprises import SurpriseResult
from ..study.characteristics import INTERCEPT
from ..study.cross_section import CrossSection
from ..study.summary import p_said
from ..units import shown_unit
from .style import EVENT, INK, LINE, MUTED, axes_of, date_words, finish, stamp

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["coefficient_data", "plot_coefficients"]

Drawn = RegressionResult | CrossSection


def coefficient_data(
    result: Drawn | Mapping[str, Drawn], terms: str | Sequence[str] | None = None
) -> pd.DataFrame:
    """Give what `plot_coefficients` draws.

    Parameters
    ----------
    result : RegressionResult or CrossSection, or mapping of str to them
        One regression, or several by name, as one an instrument.
    terms : str or sequence of str, optional
        Those that are wanted, of one unit; when not given the terms that rest on events, or the characteristics.

    Returns
    -------
    DataFrame
        One row a term and result, from the top: ``name`` (empty where there is one result), ``term``, ``estimate``,
        ``conf_low``, ``conf_high`` [unit shown on the axis], ``n_events``, ``unit``; ``one_sd``: one standard deviation
        of the surprise, in words, where the coefficient is of one; ``difference`` from the row above and its
        ``p_difference``, where responses of one release are compared.

    Raises
    ------
    InputError
        If a term is unknown, there is none, units differ, or levels.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from marketimpact.regress.dummies import EventRegression
    >>> days = ("2008-09-16", "2010-05-06", "2011-08-05", "2015-01-16", "2016-06-24", "2020-03-16")
    >>> news = mi.EventSet.from_events(mi.Event(day, announced_at=day, zone="Europe/Berlin") for day in days)
    >>> result = EventRegression().run(mi.fetch("ecb:USD/EUR", start="2007-01-01", end="2020-12-31"), news)
    >>> coefficient_data(result)[["term", "n_events", "unit"]].to_numpy().tolist()
    [['event', 6, '% per event']]
    """
    import pandas as pd

    results = _named(result)
    if len({one.level for one in results.values()}) > 1:
        raise InputError(
            "have intervals of several levels", parameter="result",
            received=sorted({one.level for one in results.values()}), allowed="results of one level",
        )  # fmt: skip
    table = pd.concat([_rows(name, one, terms) for name, one in results.items()], ignore_index=True)
    if table["unit"].nunique() > 1:
        raise InputError(
            "differ in unit, and have no common axis", parameter="terms", received=sorted(set(table["unit"])),
            allowed="terms of one unit: terms=[...]; results of one kind of move",
        )  # fmt: skip
    return table


def _named(result: Drawn | Mapping[str, Drawn]) -> dict[str, Drawn]:
    results = dict(result.items()) if isinstance(result, Mapping) else {"": result}
    if not results or not all(isinstance(one, RegressionResult | CrossSection) for one in results.values()):
        given = [result] if not isinstance(result, Mapping) else list(results.values())
        raise InputError(
            "is no result of a regression", parameter="result",
            received=", ".join(sorted({type(one).__name__ for one in given})) or "an empty mapping",
            allowed="a RegressionResult, or a mapping of them by name",
        )  # fmt: skip
    return results


def _rows(name: str, result: Drawn, terms: str | Sequence[str] | None) -> pd.DataFrame:
    table = result.to_frame()
    if isinstance(result, CrossSection):
        table["n_events"], own = 0, table["term"] != INTERCEPT
    else:
        own = table["n_events"] > 0
    named = [terms] if isinstance(terms, str) else terms
    wanted = list(table["term"][own]) if named is None else list(named)
    unknown = [one for one in wanted if one not in set(table["term"])]
    if unknown or not wanted:
        why = "must be named: none rests on events" if named is None else "are no terms of this regression"
        raise InputError(
            why, parameter="terms", received=unknown or wanted,
            allowed=", ".join(map(repr, table["term"])),
        )  # fmt: skip
    table = table.set_index("term").loc[wanted].reset_index()
    units = [shown_unit(unit) for unit in table["unit"]]
    scale = np.array([factor for _, factor in units])
    numbers = {column: table[column] * scale for column in ("estimate", "conf_low", "conf_high")}
    shown = table[["term"]].assign(**numbers, n_events=table["n_events"], unit=[unit for unit, _ in units])
    shown.insert(0, "name", name)
    return shown.assign(**_of_surprises(result, wanted))


def _of_surprises(result: Drawn, wanted: Sequence[str]) -> dict[str, Any]:
    """Give what a result on surprises has beside: one standard deviation of each, and differences of responses."""
    one_sd, differences = [""] * len(wanted), np.full((2, len(wanted)), np.nan)
    if isinstance(result, SurpriseResult):
        at = {term: place for place, term in enumerate(result.terms)}
        if result.per == "sd":
            one_sd = [
                f"{result.scales[at[term]]:.3g} {unit}" if (unit := result.surprise_units[at[term]]) else ""
                for term in wanted
            ]
        above = {term: place + 1 for place, term in enumerate(wanted[:-1])}
        for test, (i, j) in zip(result.tests, result.compared, strict=True):
            row = above.get(result.terms[i])
            if row is not None and wanted[row] == result.terms[j]:
                differences[:, row] = test.estimate * shown_unit(result.units[i])[1], test.p_value
    return {"one_sd": one_sd, "difference": differences[0], "p_difference": differences[1]}


def plot_coefficients(
    result: Drawn | Mapping[str, Drawn],
    terms: str | Sequence[str] | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Draw coefficients with their pointwise intervals, from the first term down.

    A coefficient without a standard error, as of one event day, is a hollow diamond without an interval. Where
    responses of one release are compared, by sign or by state, their difference and its p stand below the second.

    Parameters
    ----------
    result : RegressionResult or CrossSection, or mapping of str to them
        One regression, or several by name, as one an instrument.
    terms : str or sequence of str, optional
        Those that are wanted, of one unit; when not given the terms that rest on events, or the characteristics.
    ax : Axes, optional
        Where to draw; a new figure when not given.

    Returns
    -------
    Axes

    Raises
    ------
    InputError
        If a term is unknown, there is none, units differ, or levels.

    Examples
    --------
    >>> import marketimpact as mi
    >>> from matplotlib.figure import Figure
    >>> from marketimpact.regress.dummies import EventRegression
    >>> days = ("2008-09-16", "2010-05-06", "2011-08-05", "2015-01-16", "2016-06-24", "2020-03-16")
    >>> news = mi.EventSet.from_events(mi.Event(day, announced_at=day, zone="Europe/Berlin") for day in days)
    >>> result = EventRegression().run(mi.fetch("ecb:USD/EUR", start="2007-01-01", end="2020-12-31"), news)
    >>> plot_coefficients(result, ax=Figure().subplots()).get_xlabel()
    'coefficient [% per event]; + = weaker EUR'
    """
    data, ax, results = coefficient_data(result, terms), axes_of(ax), list(_named(result).values())
    places = np.arange(len(data))
    known = data["conf_low"].notna().to_numpy()
    ax.plot([0.0, 0.0], [-0.5, len(data) - 0.5], color=INK, linewidth=0.8, zorder=1)
    if known.any():
        some = data[known]
        error = [some["estimate"] - some["conf_low"], some["conf_high"] - some["estimate"]]
        label = f"pointwise {results[0].level * 100:g} % interval"
        ax.errorbar(some["estimate"], places[known], xerr=error, fmt="o", color=LINE, capsize=3, label=label)
    if not known.all():
        ax.plot(
            data["estimate"][~known], places[~known], "D", color=EVENT, markerfacecolor="white",
            label="no standard error",
        )  # fmt: skip
    sds = set(data["one_sd"])
    common = next(iter(sds)) if len(sds) == 1 else ""
    rows = data.assign(one_sd="") if common else data
    ax.set_yticks(places, [_row_words(row) for row in rows.to_dict("records")], parse_math=False)
    ax.set_ylim(len(data) - 0.4, -0.6 - 0.25 * len(data))  # room for the legend
    unit = str(data["unit"].iloc[0])
    said = ["", f"1 sd = {common}"] if common else [""]
    said += [sign] if (sign := _sign(results)) else []
    finish(
        ax,
        xlabel=f"coefficient [{unit}]{'; '.join(said)}",
        ylabel="",
        title=_events(results),
        name=_title(results),
    )
    ax.grid(visible=False)
    ax.grid(axis="x", color="#e8e8e8", linewidth=0.8)
    ax.legend(loc="upper left", fontsize=9, ncols=2, framealpha=0.85, edgecolor="none", title=_errors(results),
              title_fontsize=8, alignment="left", labelcolor=MUTED)  # fmt: skip
    stamp(ax, next((one.stamp for one in results if one.stamp), None))
    return ax


def _row_words(row: Mapping[Hashable, object]) -> str:
    n = row["n_events"]
    term = f"{row['name']}: {row['term']}" if row["name"] else str(row["term"])
    days = [f"{n} event {'day' if n == 1 else 'days'}"] if n else []
    sd = [f"1 sd = {row['one_sd']}"] if row["one_sd"] else []
    lines = [term, ", ".join(days + sd)]
    if not np.isnan(row["difference"]):  # type: ignore[call-overload]
        lines.append(f"difference {row['difference']:+.3g}, {p_said(row['p_difference'])}")  # type: ignore[arg-type]
    return "\n".join(filter(None, lines))


def _title(results: Sequence[Drawn]) -> str:
    """Name what was regressed on what; of several results the instruments, and what they have in common."""
    parts = [one.title.rpartition(" on ") for one in results]
    whats = dict.fromkeys(what for what, _, _ in parts)
    return (
        f"{', '.join(whats)} on {' or '.join(sorted({on for _, _, on in parts}))}"
        if len(whats) > 1
        else results[0].title
    )


def _events(results: Sequence[Drawn]) -> str:
    """Say from when to when the event sessions are: ", 5 January 2015 to 3 March 2017"."""
    import pandas as pd

    frames = [one.ledger.to_frame() for one in results if isinstance(one, RegressionResult)]
    days = pd.concat(
        [
            frame["session"][frame["status"] != Status.LEFT_OUT.words].dropna()
            for frame in frames
            if "session" in frame
        ]
        or [pd.Series(dtype="datetime64[s]")]
    )
    if not len(days):
        return ""
    first, last = (date_words(np.datetime64(day, "D")) for day in (days.min(), days.max()))
    return f", {first}" if first == last else f", {first} to {last}"


def _sign(results: Sequence[Drawn]) -> str:
    """Say what a move above zero is, where it is easily mistaken."""
    signs = list(dict.fromkeys(getattr(one, "sign", "") for one in results))
    return signs[0] if len(signs) == 1 else "+ = weaker quote currency"


def _errors(results: Sequence[Drawn]) -> str:
    kinds = dict.fromkeys(one.cov_type for one in results)
    return "; ".join(kinds) if len(kinds) <= 2 else f"errors of {len(kinds)} kinds: see summary()"
