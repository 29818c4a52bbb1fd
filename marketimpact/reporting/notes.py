"""The notes below a page's table: source, session, model, ledger, other news."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np

from ..alignment.nearby import NearbyNews
from ..alignment.reasons import Reason
from ..market.baskets import Basket
from ..market.curves import Curve, curve_for, curve_levels, remaining_years
from ..market.factors import Benchmark
from ..market.instruments import CurrencyPair
from ..market.snapshots import snapshot_of
from ..news.event import Event
from ..news.event_set import EventSet
from ..news.precision import AFTER_CLOSE, BEFORE_OPEN, day_span
from ..plots.style import date_words
from ..study.pair import PairResult
from ..study.result import StudyResult
from .other_news import events_around, in_headline
from .words import MOST_NEWS, days_words, number_words, sessions_words

__all__ = ["notes"]

MOST_DAYS = 10
"""Candidate sessions whose moves are written out; the figure shows all."""

SIDES = {
    BEFORE_OPEN: "tau = 0 is the session of {day}, or the first after it: the news came before the open",
    AFTER_CLOSE: "tau = 0 is the first session after {day}: the news came after the close",
}


def notes(
    result: StudyResult,
    pair: PairResult,
    known: EventSet | None,
    confounders: Sequence[NearbyNews],
    others: Sequence[NearbyNews],
) -> tuple[str, ...]:
    """Give a page's notes.

    Parameters
    ----------
    result : StudyResult
    pair : PairResult
        One of its pairs.
    known : EventSet or None
        All confounders; None where nobody has looked.
    confounders : sequence of NearbyNews
        Those in the event window.
    others : sequence of NearbyNews
        Other events of the same study in the event window.

    Returns
    -------
    tuple of str
        "Name: text".
    """
    a = result.alignment
    chosen = (a.event == a.events.position(pair.event.id)) & (
        a.instrument == a.panel.position(pair.instrument.id)
    )
    row = int(np.flatnonzero(chosen)[0])
    said = [
        *_on_source(pair),
        f"Session: {_session_words(pair, Reason(pair.codes), a.policies.latency)}",
    ]
    if len(pair.candidates) > 1:
        said.append(f"Candidates: {_candidate_words(pair)}.")
    said += [f"Model: {_model_words(pair, int(a.contaminated[row]))}", *_on_estimation(result, pair)]
    if str(a.policies):
        said.append(f"Policies: {a.policies}; the others by default.")
    said += _on_windows(pair)
    reason = f": {pair.reason}" if pair.reason else ""
    tested = f"; {result.n_cells} cells tested, moves x windows" if result.n_cells > 1 else ""
    said.append(f"Ledger: {pair.status}{reason}. The whole study: {result.ledger}{tested}.")
    said += [f"Data: {note}." for note in pair.quotes.notes]
    said.append(f"Other news{_other_words(pair, known, confounders)}.")
    if others:
        said.append(f"Same study, same window: {_listed(pair, others)}.")
    return tuple(said)


def _on_source(pair: PairResult) -> Iterator[str]:
    if pair.stamp:
        yield "* illustrative: ordinary days of this series are not observed."
    yield f"Source: {pair.quotes.provenance}."
    if pair.quotes.provenance.note:
        yield f"Note: {pair.quotes.provenance.note}"
    if isinstance(pair.instrument, CurrencyPair):
        base, quote = pair.instrument.base, pair.instrument.quote
        yield f"Direction: {pair.instrument.id} up means that {base} gains and {quote} loses."


def _session_words(pair: PairResult, code: Reason, latency: int) -> str:
    """Say how the event session was found: by the clock, by a side of the session, or by a roll."""
    snapshot = snapshot_of(pair.instrument.snapshot)
    shown = "unknown snapshot, somewhere in its day" if snapshot is None else f"snapshot {snapshot}"
    wait = f"at least {latency} minutes after" if latency else "after"
    first = f"the first snapshot {wait} the news of {_dated(pair.event)}, {pair.event.zone}"
    if Reason.ROLLED_BACK in code:
        found = f"tau = 0 is the last session before the news of {_dated(pair.event)}, {pair.event.zone}"
    elif pair.event.precision in SIDES:
        day = date_words(np.datetime64(pair.event.local.date(), "D"))
        found = SIDES[pair.event.precision].format(day=day)
    elif len(pair.candidates) > 1:
        found = f"any of tau = 0 to {len(pair.candidates) - 1}, {sessions_words(pair)}, may hold {first}"
    else:
        found = f"tau = 0 is {first}"
    return f"{found}; {shown}; tau counts the series' own sessions."


def _dated(event: Event) -> str:
    """Write when news became known, as precisely as that is known.

    Examples
    --------
    >>> _dated(Event("unrest", announced_at="2022-01-05", zone="Asia/Almaty", precision="+-2d"))
    'around 5 January 2022 (give or take 2 days: 3 to 7 January 2022)'
    """
    precision, local = str(event.precision), event.local
    day = date_words(np.datetime64(local.date(), "D"))
    span = day_span(precision)
    if span is None:
        clock = f"{local:%H:%M} on {day}"
        return clock if precision == "minute" else f"the hour from {clock}"
    if precision == "day":
        return f"{day}, hour unknown"
    if precision in SIDES:
        return f"{day}, {precision}"
    ends = (local.date() + timedelta(days=span[0]), local.date() + timedelta(days=span[1] - 1))
    days = days_words(*(np.datetime64(end, "D") for end in ends))
    if span[0] < 0:
        return f"around {day} (give or take {-span[0]} day{'s' if span[0] < -1 else ''}: {days})"
    return f"{days}, day unknown"


def _candidate_words(pair: PairResult) -> str:
    """Write the abnormal move of each candidate session."""
    at = int(np.flatnonzero(pair.taus == 0)[0])
    moves = [
        f"{number_words(pair, float(pair.ar[at + tau]))} on {date_words(day)} (tau = {tau})"
        for tau, day in enumerate(pair.candidates[:MOST_DAYS])
    ]
    more = len(pair.candidates) - MOST_DAYS
    return "; ".join(moves) + (f"; and {more} more" if more > 0 else "")


def _model_words(pair: PairResult, contaminated: int) -> str:
    first, last = (date_words(day) for day in pair.estimation_sessions)
    m, v = pair.span_ratio
    made_of = "".join(f" {one.id}: {', '.join(_weighted(one))}." for one in pair.baskets)
    spanned = (
        f" The move at tau = 0 spans {m} sessions, variance ratio {v:.2f} (at most {m})." if m > 1 else ""
    )
    fitted = "parameter error included" if len(pair.params) else "nothing is fitted but the variance"
    judged = f"intervals and bands from t with {pair.df} df, {fitted}"
    if pair.no_covariance:
        judged = f"no intervals and bands: {pair.no_covariance}"
    return (
        f"{pair.spec.model}; estimation {first} to {last}, {_sessions_used(pair, contaminated)}; residual sd"
        f" {number_words(pair, pair.sigma, sign=False)} a session; {judged}.{made_of}{spanned}"
    )


def _weighted(basket: Basket) -> list[str]:
    """Name the members of a basket, with their weights where they differ."""
    if basket.weights is None:
        return list(basket.members)
    return [
        f"{member} ({weight:+.3g})" for member, weight in zip(basket.members, basket.weights, strict=True)
    ]


def _sessions_used(pair: PairResult, contaminated: int) -> str:
    """Write the estimation moves used: "109 of 120 sessions (2 left out as in other events' windows, 9 not usable)"."""
    asked = pair.spec.timeline.estimation_length
    unusable = asked - pair.n_obs - contaminated
    lost = [
        f"{count} {why}"
        for count, why in (
            (contaminated, "left out, in windows of other events"),
            (unusable, "not usable"),
        )
        if count
    ]
    return f"{pair.n_obs} of {asked} sessions ({'; '.join(lost)})" if lost else f"{asked} sessions"


def _on_estimation(result: StudyResult, pair: PairResult) -> Iterator[str]:
    """Say what the normal model rests on besides the series itself: factors, and other events' moves in the fit."""
    for term in pair.spec.model.factors:
        factor = term.of if isinstance(term, Benchmark) else term
        if isinstance(factor, str):
            yield f"Factor: {factor}, {_origin(result, factor)}."
        elif isinstance(factor, Curve):
            yield _curve_words(result, pair, factor)
    a = result.alignment
    inside = {news.event_id for news in events_around(result, pair, pair.spec.timeline.estimation)}
    if (
        a.policies.contamination == "leave_out"
    ):  # only events that meet this instrument are left out of its windows
        paired = a.event[a.instrument == a.panel.position(pair.instrument.id)]
        inside -= set(map(str, a.events.ids[paired]))
    if inside:
        yield (
            f"Estimation: other events of this study fall into its window ({len(inside)}), and their moves are in it."
        )


def _origin(result: StudyResult, name: str) -> str:
    """Say where a factor's quotes come from, and when in their day they were taken."""
    snapshot = snapshot_of(result.panel.instrument(name).snapshot)
    clock = "an unknown snapshot" if snapshot is None else f"snapshot {snapshot}"
    return f"{result.panel.quotes_of(name).provenance}; {clock}"


def _curve_words(result: StudyResult, pair: PairResult, curve: Curve) -> str:
    """Say what a curve is made of, at which maturity it is read, and where its end stands in for what lies beyond."""
    rest = curve_for(result.panel, curve, pair.instrument)
    at = float(remaining_years(pair.instrument, np.array([pair.session]))[0])
    read = curve_levels(result.panel, rest, pair.instrument)
    window = (read.sessions >= pair.sessions[0]) & (read.sessions <= pair.sessions[-1])
    beyond = ", beyond its end, which is taken flat" if read.beyond[window].any() else ""
    origins = dict.fromkeys(_origin(result, name) for name in rest.members)
    return (
        f"Curve: {curve.id}, {', '.join(rest.members)}, read at {at:.1f} years{beyond}; {'; '.join(origins)}."
    )


def _on_windows(pair: PairResult) -> Iterator[str]:
    if pair.sessions[-1] == pair.quotes.sessions[-1]:
        end = date_words(pair.sessions[-1])
        yield f"Window: it ends at tau = {pair.taus[-1]}, the last session of the series, {end}."
    long = [str(tau) for tau, span in zip(pair.taus, pair.spans, strict=True) if span > 1]
    if long:
        yield f"Bands: wider at tau = {', '.join(long)}, where a move spans days without a quote."


def _other_words(pair: PairResult, known: EventSet | None, confounders: Sequence[NearbyNews]) -> str:
    if known is None:
        return ": nobody has looked (run(..., confounders=...))"
    if confounders:
        return f" in the window: {_listed(pair, confounders)}"
    if not len(known):
        return " in the window: no confounders were given"
    days = known.local_days()
    return f" in the window: none of the confounders given, which run from {days.min()} to {days.max()}"


def _listed(pair: PairResult, news: Sequence[NearbyNews]) -> str:
    """Write news with its tau: what may fall into the headline sessions first, the rest in order of time."""
    ordered = sorted(news, key=lambda one: not in_headline(pair, one))
    more = f"; and {len(news) - MOST_NEWS} more" if len(news) > MOST_NEWS else ""
    return "; ".join(_news_words(pair, one) for one in ordered[:MOST_NEWS]) + more


def _news_words(pair: PairResult, news: NearbyNews) -> str:
    tau = f"{news.first}" if news.first == news.last else f"{news.first} to {news.last}"
    where = ", in the headline" if in_headline(pair, news) else ""
    return f"{news.title}, {news.local_time} (tau = {tau}{where})"
