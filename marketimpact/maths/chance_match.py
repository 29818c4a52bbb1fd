"""How often dates that were chosen by their moves have news beside them by chance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from .outcome import Outcome, not_applicable

__all__ = ["CHANCE_MATCH", "SHIFTED_MATCH", "chance_match", "near", "shifted_match"]

CHANCE_MATCH = "chance match (hypergeometric)"
SHIFTED_MATCH = "chance match (shifted news)"


def near(marks: NDArray[np.bool_], before: int, after: int) -> NDArray[np.bool_]:
    """Say which sessions have a mark from ``before`` sessions earlier to ``after`` sessions later, shape (n,).

    Parameters
    ----------
    marks : ndarray of bool, shape (n,)
    before, after : int
        Sessions, 0 or more.

    Examples
    --------
    >>> near(np.array([False, False, True, False, False, False]), 1, 1).tolist()
    [False, True, True, True, False, False]
    """
    n = len(marks)
    running = np.concatenate([[0], np.cumsum(marks)])
    low = np.maximum(np.arange(n) - before, 0)
    high = np.minimum(np.arange(n) + after + 1, n)
    return np.asarray(running[high] > running[low])


def chance_match(chosen: NDArray[np.bool_], matched: NDArray[np.bool_]) -> Outcome:
    """Test whether chosen sessions have news beside them more often than sessions drawn at random.

    Of N sessions M have news beside them; n sessions drawn without replacement have K of them with the hypergeometric
    distribution, and p = P(K >= k). It takes the chosen sessions as drawn one by one: where both large moves and news
    come in clusters, `shifted_match` holds and this does not.

    Parameters
    ----------
    chosen, matched : ndarray of bool, shape (N,)
        The sessions chosen, and those with news beside them.

    Returns
    -------
    Outcome
        ``estimate`` is the share k / n, the part "chance rate" M / N. One-sided.

    References
    ----------
    Fisher (1935), The Design of Experiments, section 2: the test is exact under its null.

    Examples
    --------
    >>> chosen = np.array([True, True, False, False, False, False])
    >>> outcome = chance_match(chosen, np.array([True, True, True, False, False, False]))
    >>> outcome.p_value.__round__(6), outcome.part("chance rate")
    (0.2, 0.5)
    """
    total, with_news, n = len(chosen), int(matched.sum()), int(chosen.sum())
    if not n or not 0 < with_news < total:
        reason = "no session is chosen" if not n else "all sessions have news beside them, or none has"
        return not_applicable(CHANCE_MATCH, reason, n=n)
    hits = int((chosen & matched).sum())
    most = min(n, with_news)
    return Outcome(
        CHANCE_MATCH, float(hits), float(stats.hypergeom.sf(hits - 1, total, with_news, n)), hits / n, n=n,
        p_floor=float(stats.hypergeom.sf(most - 1, total, with_news, n)), note="one-sided",
        parts=(("chance rate", with_news / total), ("sessions", float(total)), ("with news", float(with_news))),
    )  # fmt: skip


def shifted_match(chosen: NDArray[np.bool_], matched: NDArray[np.bool_]) -> Outcome:
    """Test the same with the news moved as a whole, round the sample, to every other place.

    The distances among the news stay, and so do those among the chosen sessions: two series that both come in clusters
    match by chance more often, or in more uneven numbers, than scattered ones. All N shifts are counted, none drawn:
    p = #{shifts, that by 0 among them, with k or more matches} / N.

    Parameters
    ----------
    chosen, matched : ndarray of bool, shape (N,)

    Returns
    -------
    Outcome
        ``estimate`` is the share of chosen sessions matched, the part "chance rate" its mean over shifts. One-sided.

    Examples
    --------
    >>> chosen = np.array([True, True, False, False, False, False])
    >>> round(shifted_match(chosen, np.array([True, True, True, False, False, False])).p_value, 6)
    0.333333
    """
    total, n = len(chosen), int(chosen.sum())
    if not n or not 0 < int(matched.sum()) < total:
        reason = "no session is chosen" if not n else "all sessions have news beside them, or none has"
        return not_applicable(SHIFTED_MATCH, reason, n=n)
    spectrum = np.conj(np.fft.rfft(chosen.astype(float))) * np.fft.rfft(matched.astype(float))
    hits = np.rint(np.fft.irfft(spectrum, total))
    return Outcome(
        SHIFTED_MATCH, float(hits[0]), float(np.mean(hits >= hits[0])), float(hits[0]) / n, n=n,
        p_floor=1.0 / total, note="one-sided",
        parts=(("chance rate", float(hits.mean()) / n), ("shifts", float(total))),
    )  # fmt: skip
