"""What a page says in words; never more than the test can carry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..alignment.nearby import NearbyNews
from ..alignment.reasons import Reason
from ..maths.stale import last_quoted
from ..plots.style import date_words
from ..study.models import BenchmarkSpread
from ..study.pair import PairResult
from ..study.summary import p_said, p_words
from .other_news import in_headline

__all__ = [
    "MOST_NEWS",
    "days_words",
    "finding",
    "illustrative",
    "number_words",
    "reading",
    "sessions_words",
    "split_words",
]

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
    return days_words(pair.candidates[0], pair.candidates[-1])


def days_words(first: np.datetime64, last: np.datetime64) -> str:
    """Write days from a first to a last: "5 to 6 January 2022", "5 January 2022" where they are one.

    Examples
    --------
    >>> days_words(np.datetime64("2021-12-31"), np.datetime64("2022-01-03"))
    '31 December 2021 to 3 January 2022'
    """
    if first == last:
        return date_words(first)
    begin, end = date_words(first), date_words(last)
    if begin.split()[1:] == end.split()[1:]:
        begin = begin.split()[0]
    return f"{begin} to {end}"


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
    tests = _rank_words(pair)
    if not pair.no_covariance:
        tests = f"t = {pair.headline.statistic:.1f}, {tests}"
    if isinstance(pair.spec.model, BenchmarkSpread):
        return f"{illustrative(pair.stamp)}{what}: {split_words(pair)} ({tests})"
    move = number_words(pair, pair.headline.estimate)
    return f"{illustrative(pair.stamp)}{what}: abnormal move {move} ({tests})"


def split_words(pair: PairResult) -> str:
    """Say what a move is made of beside a benchmark: "+33.0 bp: +2.0 bp US Treasuries, +31.0 bp the country's own".

    Quotes that were not taken at one time are said to be so.
    """
    parts = pair.split
    timing = f"; {parts.timing}" if parts.timing else ""
    return (
        f"{number_words(pair, parts.observed)}: {number_words(pair, parts.normal)} {', '.join(parts.factors)},"
        f" {number_words(pair, parts.abnormal)} {_whose(pair)}{timing}"
    )


def _parts(pair: PairResult) -> str:
    """Say the parts of a move beside a benchmark as a sentence."""
    parts = pair.split
    timing = f" ({parts.timing})" if parts.timing else ""
    return (
        f"Of that {number_words(pair, parts.normal)} is {', '.join(parts.factors)} and"
        f" {number_words(pair, parts.abnormal)} {_whose(pair)}{timing}."
    )


def _whose(pair: PairResult) -> str:
    return "the country's own" if pair.instrument.places else "its own"


def _rank_words(pair: PairResult) -> str:
    if not pair.rank.applies:
        return f"rank not applicable: {pair.rank.reason}"
    return f"rank {p_said(pair.rank.p_value)}, smallest possible {p_words(pair.rank.p_floor)}"


def reading(pair: PairResult, confounders: Sequence[NearbyNews] = ()) -> str:
    """Say the finding in plain sentences: what moved, how much of it is abnormal, how unusual that is.

    Parameters
    ----------
    pair : PairResult
    confounders : sequence of NearbyNews
        Other dated news in the event window.

    Returns
    -------
    str
    """
    if np.isnan(pair.headline.estimate):
        return f"There is no finding: {pair.rank.reason}."
    sentences = [_observed(pair), _abnormal(pair), _unusual(pair)]
    if Reason.ROLLED_BACK & pair.codes:
        sentences.insert(0, "This session was quoted before the day of the news, as the roll policy asks.")
    if len(pair.candidates) > 1:
        sentences.append(_which_day(pair))
    same = [news for news in confounders if in_headline(pair, news)]
    if same:
        sentences.append(_confounded(pair, same))
    sentences.append(
        "One event cannot tell a shift of the mean from a burst of variance, nor this news from other news of the day."
    )
    if pair.stamp:
        sentences.append(f"{pair.stamp}: ordinary days are not observed, so every p here is illustrative.")
    return " ".join(sentences)


def _observed(pair: PairResult) -> str:
    total = float(np.nansum(pair.moves[_headline_part(pair)]))
    name = pair.instrument.id
    if getattr(pair.instrument, "quoted", None) == "yield" and "yield" not in name.lower():
        name = f"the yield of {name}"
    when = _when(pair)
    if total == 0.0:
        doubt = ": a move of exactly zero, which may be no quote" if Reason.STOOD_STILL & pair.codes else ""
        return f"{when} {name} stood still{doubt}."
    size = number_words(pair, abs(total), sign=False)
    if pair.kind.unit == "log":
        size += " in logs"
        if abs(total) > LARGE_LOG:
            size += f" ({abs(np.expm1(total)):.1%} as a simple move)".replace("%", " %")
    return f"{when} {name} {'rose' if total > 0 else 'fell'} by {size}."


def _when(pair: PairResult) -> str:
    """Say the day of an ordinary move; of a longer one the quotes that it lies between."""
    spans = pair.spans[_headline_part(pair)]
    if len(spans) == 1 and spans[0] <= 1:
        return f"On {sessions_words(pair)}"
    position = int(np.searchsorted(pair.quotes.sessions, pair.session))
    earlier = last_quoted(pair.standing_still())[max(position - 1, 0)]
    before, last = pair.quotes.sessions[earlier], pair.candidates[-1]
    sessions = f" ({int(np.nansum(spans))} sessions)" if np.nansum(spans) > len(spans) else ""
    return f"From the quote of {date_words(before)} to that of {date_words(last)}{sessions}"


def _headline_part(pair: PairResult) -> slice:
    at = int(np.flatnonzero(pair.taus == 0)[0])
    return slice(at, at + len(pair.candidates))


def _abnormal(pair: PairResult) -> str:
    head = pair.headline
    if pair.no_covariance:
        return (
            f"Against a {pair.spec.model}, fitted to {pair.n_obs} earlier sessions, the abnormal move is"
            f" {number_words(pair, head.estimate)}. It has no interval: {pair.no_covariance}."
        )
    low, high = number_words(pair, head.conf_low), number_words(pair, head.conf_high)
    if isinstance(pair.spec.model, BenchmarkSpread):
        return (
            f"{_parts(pair)} The change of the spread has a {pair.spec.level * 100:g} % interval of {low} to {high},"
            f" from t and the {pair.n_obs} earlier changes."
        )
    fitted = "fitted to" if len(pair.params) else "with the variance of"
    return (
        f"Against a {pair.spec.model}, {fitted} {pair.n_obs} earlier sessions, the abnormal move is"
        f" {number_words(pair, head.estimate)} ({pair.spec.level * 100:g} % interval {low} to {high}, from t)."
    )


def _unusual(pair: PairResult) -> str:
    rank = pair.rank
    if not rank.applies:
        t = "" if pair.no_covariance else f"; t = {pair.headline.statistic:.1f}"
        return f"Its rank among ordinary moves is not applicable: {rank.reason}{t}."
    about = "" if len(pair.candidates) == 1 else "approximate: windows of one length overlap; "
    about = ("illustrative; " if pair.stamp else "") + about
    smallest = f"{about}the smallest this window allows is {p_words(rank.p_floor)}"
    level = f"{100.0 - 100.0 * pair.spec.level:g} %"
    said = f"its rank among ordinary ones gives {p_said(rank.p_value)} ({smallest})"
    if rank.p_value <= 1.0 - pair.spec.level:
        return f"That is an unusual move: {said}."
    if rank.p_floor > 1.0 - pair.spec.level:
        return f"The window is too short to call anything unusual at the {level} level: {said}."
    return f"That is not unusual at the {level} level: {said}."


def _which_day(pair: PairResult) -> str:
    """Say which candidate session moved most, judged as the largest of them."""
    found, count = pair.which_day, len(pair.candidates)
    if not found.applies:
        return f"Which of the {count} candidate sessions moved is not known: {found.reason}."
    tau, p = int(found.statistic), p_words(found.p_value)
    smallest = f"the smallest possible is {p_words(found.p_floor)}" if found.p_floor > 0 else found.note
    return (
        f"The largest, on {date_words(pair.candidates[tau])} (tau = {tau}), is {number_words(pair, found.estimate)};"
        f" as the largest of {count} candidates it has p {'' if p.startswith('<') else '= '}{p} ({smallest})."
    )


def _confounded(pair: PairResult, same: Sequence[NearbyNews]) -> str:
    """Say that other news fell into the headline sessions, and that the move may belong to it."""
    several = len(pair.candidates) > 1
    certain = any(news.first >= 0 and news.last < len(pair.candidates) for news in same)
    named = "; ".join(news.title for news in same[:MOST_NEWS])
    more = f"; and {len(same) - MOST_NEWS} more" if len(same) > MOST_NEWS else ""
    return (
        f"Other news {'fell' if certain else 'may have fallen'} into the same session{'s' if several else ''}"
        f" ({named}{more}): this move may belong to it."
    )
