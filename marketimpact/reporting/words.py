"""What a page says in words; never more than the test can carry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..alignment.nearby import NearbyNews
from ..market.baskets import Basket
from ..market.instruments import CurrencyPair
from ..market.snapshots import snapshot_of
from ..plots.style import date_words
from ..study.pair import PairResult
from ..study.summary import p_words

__all__ = ["finding", "illustrative", "notes", "number_words", "reading", "sessions_words"]

LARGE_LOG = 0.02
"""Log moves beyond this are told apart from simple ones in prose."""

MOST_NEWS = 4


def number_words(pair: PairResult, value: float, *, sign: bool = True) -> str:
    """Write a move with its unit: "+33.2 bp", "+5.19 %"; "missing" where there is none."""
    if np.isnan(value):
        return "missing"
    shown = value * pair.kind.scale
    digits = 1 if pair.kind.unit == "bp" else 2
    return f"{shown:{'+' if sign else ''}.{digits}f} {pair.kind.display_unit}"


def sessions_words(pair: PairResult) -> str:
    """Write the event session, or the sessions it may be."""
    if len(pair.candidates) == 1:
        return date_words(pair.session)
    first, last = date_words(pair.candidates[0]), date_words(pair.candidates[-1])
    if first.split()[1:] == last.split()[1:]:
        first = first.split()[0]
    return f"{first} to {last}"


def illustrative(stamp: str | None) -> str:
    """What a finding begins with where a series was not observed; nothing where all were."""
    return f"{stamp}, p illustrative: " if stamp else ""


def finding(pair: PairResult) -> str:
    """Say the finding in one line.

    Parameters
    ----------
    pair : PairResult

    Returns
    -------
    str
    """
    what = f"{pair.instrument.id}, {sessions_words(pair)}"
    if np.isnan(pair.headline.estimate):
        return f"{what}: no finding, {pair.rank.reason}"
    move = number_words(pair, pair.headline.estimate)
    tests = f"t = {pair.headline.statistic:.1f}, {_rank_words(pair)}"
    return f"{illustrative(pair.stamp)}{what}: abnormal move {move} ({tests})"


def _rank_words(pair: PairResult) -> str:
    if not pair.rank.applies:
        return f"rank not applicable: {pair.rank.reason}"
    return f"rank p = {p_words(pair.rank.p_value)}, smallest possible {p_words(pair.rank.p_floor)}"


def reading(pair: PairResult) -> str:
    """Say the finding in plain sentences: what moved, how much of it is abnormal, how unusual that is.

    Parameters
    ----------
    pair : PairResult

    Returns
    -------
    str
    """
    if np.isnan(pair.headline.estimate):
        return f"There is no finding: {pair.rank.reason}."
    sentences = [_observed(pair), _abnormal(pair), _unusual(pair)]
    sentences.append(
        "One event cannot tell a shift of the mean from a burst of variance, nor this news from other news of the day."
    )
    if pair.stamp:
        sentences.append(f"{pair.stamp}: ordinary days are not observed, so every p here is illustrative.")
    return " ".join(sentences)


def _observed(pair: PairResult) -> str:
    total = float(np.nansum(pair.moves[_headline_part(pair)]))
    name = f"the yield of {pair.instrument.id}" if pair.kind.quoted == "yield" else pair.instrument.id
    when = "On" if len(pair.candidates) == 1 else "From"
    if total == 0.0:
        return f"{when} {sessions_words(pair)} {name} stood still."
    size = number_words(pair, abs(total), sign=False)
    if pair.kind.unit == "log":
        size += " in logs"
        if abs(total) > LARGE_LOG:
            size += f" ({abs(np.expm1(total)):.1%} as a simple move)".replace("%", " %")
    return f"{when} {sessions_words(pair)} {name} {'rose' if total > 0 else 'fell'} by {size}."


def _headline_part(pair: PairResult) -> slice:
    at = int(np.flatnonzero(pair.taus == 0)[0])
    return slice(at, at + len(pair.candidates))


def _abnormal(pair: PairResult) -> str:
    head = pair.headline
    low, high = number_words(pair, head.conf_low), number_words(pair, head.conf_high)
    return (
        f"Against a {pair.spec.model}, fitted to {pair.n_obs} earlier sessions, the abnormal move is"
        f" {number_words(pair, head.estimate)} ({pair.spec.level * 100:g} % interval {low} to {high}, from t)."
    )


def _unusual(pair: PairResult) -> str:
    rank = pair.rank
    if not rank.applies:
        return f"Its rank among ordinary moves is not applicable: {rank.reason}; t = {pair.headline.statistic:.1f}."
    about = "" if len(pair.candidates) == 1 else "approximate: windows of one length overlap; "
    about = ("illustrative; " if pair.stamp else "") + about
    smallest = f"{about}the smallest this window allows is {p_words(rank.p_floor)}"
    level = f"{100.0 - 100.0 * pair.spec.level:g} %"
    said = f"its rank among ordinary ones gives p = {p_words(rank.p_value)} ({smallest})"
    if rank.p_value <= 1.0 - pair.spec.level:
        return f"That is an unusual move: {said}."
    if rank.p_floor > 1.0 - pair.spec.level:
        return f"The window is too short to call anything unusual at the {level} level: {said}."
    return f"That is not unusual at the {level} level: {said}."


def notes(
    pair: PairResult, confounders: Sequence[NearbyNews], others: Sequence[NearbyNews]
) -> tuple[str, ...]:
    """Give a page's notes: source, session, model, ledger, other news.

    Parameters
    ----------
    pair : PairResult
    confounders : sequence of NearbyNews
        Scheduled or foreign news in the event window.
    others : sequence of NearbyNews
        Other events of the same study in the event window.

    Returns
    -------
    tuple of str
        "Name: text".
    """
    said = ["* illustrative: ordinary days of this series are not observed."] if pair.stamp else []
    said.append(f"Source: {pair.quotes.provenance}.")
    if pair.quotes.provenance.note:
        said.append(f"Note: {pair.quotes.provenance.note}")
    if isinstance(pair.instrument, CurrencyPair):
        base, quote = pair.instrument.base, pair.instrument.quote
        said.append(f"Direction: {pair.instrument.id} up means that {base} gains and {quote} loses.")
    said += [f"Session: {_session_words(pair)}", f"Model: {_model_words(pair)}"]
    if pair.sessions[-1] == pair.quotes.sessions[-1]:
        end = date_words(pair.sessions[-1])
        said.append(f"Window: it ends at tau = {pair.taus[-1]}, the last session of the series, {end}.")
    long = [str(tau) for tau, span in zip(pair.taus, pair.spans, strict=True) if span > 1]
    if long:
        said.append(f"Bands: wider at tau = {', '.join(long)}, where a move spans days without a quote.")
    said.append(f"Ledger: {pair.status}" + (f": {pair.reason}." if pair.reason else "."))
    said += [f"Data: {note}." for note in pair.quotes.notes]
    for name, news in (("Other news in the window", confounders), ("Same study, same window", others)):
        if news:
            more = f"; and {len(news) - MOST_NEWS} more" if len(news) > MOST_NEWS else ""
            said.append(f"{name}: " + "; ".join(map(_news_words, news[:MOST_NEWS])) + more + ".")
    return tuple(said)


def _session_words(pair: PairResult) -> str:
    snapshot = snapshot_of(pair.instrument.snapshot)
    shown = "unknown snapshot, somewhere in its day" if snapshot is None else f"snapshot {snapshot}"
    local = pair.event.local
    clock = f"{local:%H:%M} on " if pair.event.precision in ("minute", "hour") else ""
    day = date_words(np.datetime64(local.date(), "D"))
    return (
        f"tau = 0 is the first snapshot after the news of {clock}{day}, {pair.event.zone}"
        f" (precision: {pair.event.precision}); {shown}; tau counts the series' own sessions."
    )


def _model_words(pair: PairResult) -> str:
    first, last = (date_words(day) for day in pair.estimation_sessions)
    m, v = pair.span_ratio
    baskets = [
        factor.without(pair.instrument.id) for factor in pair.spec.model.factors if isinstance(factor, Basket)
    ]
    made_of = "".join(f" {one.id}: {', '.join(one.members)}." for one in baskets)
    spanned = (
        f" The move at tau = 0 spans {m} sessions, variance ratio {v:.2f} (at most {m})." if m > 1 else ""
    )
    asked = pair.spec.timeline.estimation_length
    lost = f" of {asked} ({asked - pair.n_obs} not usable)" if pair.n_obs < asked else ""
    return (
        f"{pair.spec.model}; estimation {first} to {last}, {pair.n_obs}{lost} sessions; residual sd"
        f" {number_words(pair, pair.sigma, sign=False)} a session; intervals and bands from t with {pair.df} df,"
        f" parameter error included.{made_of}{spanned}"
    )


def _news_words(news: NearbyNews) -> str:
    tau = f"{news.first}" if news.first == news.last else f"{news.first} to {news.last}"
    return f"{news.title}, {news.local_time} (tau = {tau})"
