"""The mean correlation of very many pairs, by sums over instruments and days.

Where the correlation of two pairs is that of their instruments, rho_kl, the sum over all pairs parts into sums over
sessions: sum_{i<j} rho_ij a_i . a_j = (sum_s A(s)' R A(s) - sum_i a_i . a_i) / 2, A(s) the weights of each instrument's
pairs summed on session s. The work grows with the pairs, not with their square.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .calendar_sample import CalendarSample, MeanCorrelation

__all__ = ["MANY_PAIRS", "MOST_INSTRUMENTS", "CalendarSums", "instrument_correlation", "with_itself"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MANY_PAIRS = 5_000
"""Pairs above which correlations are those of the instruments: twelve million pairs of pairs are compared below."""

MOST_INSTRUMENTS = 2_500
"""Instruments up to which they are compared two by two: with 5,000 sessions that takes 760 MB and 3 seconds."""

NOTE = "mean correlation {raw:.4f}, of instruments over all their estimation sessions"
NEGATIVE = "warning: the mean correlation {raw:.4f} is negative and was set to 0"


def instrument_correlation(mean: Floats, there: Floats, least: int, lag: int = 0) -> Floats:
    """Correlate instruments over the sessions that both have, one read some sessions after the other.

    rho_kl = sum_s u_k(s) u_l(s + lag) / sqrt(sum_s u_k(s)^2 sum_s u_l(s + lag)^2) over their common sessions.

    Parameters
    ----------
    mean : ndarray, shape (I, S)
        Standardized residual of each instrument on each session, averaged over its windows; zero where unknown.
    there : ndarray, shape (I, S)
        One where it is known, else zero.
    least : int
        Common sessions that a correlation needs.
    lag : int
        Sessions by which the second is read later.

    Returns
    -------
    ndarray, shape (I, I)
        NaN where unknown.

    Examples
    --------
    >>> u = np.array([[1.0, -1.0, 2.0], [-2.0, 2.0, -4.0]])
    >>> instrument_correlation(u, np.ones((2, 3)), 2).round(12).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    width = mean.shape[1]
    left, right = slice(max(-lag, 0), width + min(-lag, 0)), slice(max(lag, 0), width + min(lag, 0))
    u, w = mean[:, left], mean[:, right]
    m, o = there[:, left], there[:, right]
    squares = u**2 @ o.T
    # At no lag one instrument's squares over another's sessions are the other way round the same table.
    scale = np.sqrt(squares * (squares.T if lag == 0 else m @ (w**2).T))
    unknown = ~((m @ o.T >= least) & (scale > 0.0))
    return np.where(unknown, np.nan, u @ w.T / np.where(scale > 0.0, scale, 1.0))


def with_itself(rho: Floats, lag: int) -> tuple[Floats, Floats]:
    """Set what an instrument has with itself, and part what is known from what is not."""
    rho = rho.copy()
    np.fill_diagonal(rho, 1.0 if lag == 0 else 0.0)
    unknown = np.isnan(rho)
    return np.where(unknown, 0.0, rho), unknown.astype(np.float64)


class CalendarSums:
    """Residuals and weights of many pairs, summed by instrument and day as the pairs come, part by part.

    An instrument's correlation rests on all its estimation windows, a pair's on two of them: of 30 instruments with 400
    to 1,500 events, 1 + (N - 1) r differs by 1 to 2 %, and is 1 to 2 % larger in the mean, where it varies by 3 to 6 %
    from sample to sample. What changes over the sample enters as its mean: with a correlation of .1 that rises to .7
    halfway, 40 windows of 11 sessions are rejected at 4.7 %, pairs one by one at 4.6 %.

    Parameters
    ----------
    instruments : int
        Instruments, which pairs name by numbers from 0.
    days : int
        Days, which pairs name by numbers from 0. Days without any move are no sessions.

    Examples
    --------
    Two instruments whose residuals are the same, in windows of two sessions of which they share one:

    >>> e = np.tile([1.0, -1.0], (2, 20))
    >>> estimation, event = np.tile(np.arange(40), (2, 1)), np.array([[50, 51], [51, 52]])
    >>> sample = CalendarSample(e, estimation, np.zeros((2, 40)), event, np.ones((2, 2)), np.array([0, 1]))
    >>> sums = CalendarSums(2, 60)
    >>> sums.add(sample)
    >>> round(sums.correlation(30).r, 12)
    0.5
    """

    def __init__(self, instruments: int, days: int) -> None:
        self.days, self.pairs = days, 0
        self.total, self.count, self.weight = (np.zeros((instruments, days)) for _ in range(3))
        self.seen = np.zeros(days, dtype=np.bool_)

    def add(self, sample: CalendarSample) -> None:
        """Add some pairs.

        The last bits depend on the order in which pairs come: give them in an order of their own.

        Parameters
        ----------
        sample : CalendarSample
            Numbers of instruments and days as the sums know them.
        """
        counted = np.isfinite(sample.residuals)
        a = np.where(counted, sample.estimation_weights, 0.0)
        length = np.sqrt(
            np.einsum("nt,nt->n", a, a) + np.einsum("nt,nt->n", sample.event_weights, sample.event_weights)
        )
        first, last = int(sample.instrument.min(initial=0)), int(sample.instrument.max(initial=-1))
        rows = slice(first, last + 1)
        begin = (sample.instrument - first)[:, None] * self.days
        at = (begin + sample.estimation_days).ravel()
        # A session that does not count adds zero to a day that it stands for.
        self._spread(self.total[rows], at, np.where(counted, sample.residuals, 0.0))
        self._spread(self.count[rows], at, counted.astype(np.float64))
        self._spread(self.weight[rows], at, a / length[:, None])
        at = (begin + sample.event_days).ravel()
        self._spread(self.weight[rows], at, sample.event_weights / length[:, None])
        self.seen[sample.event_days[sample.event_weights != 0.0]] = True
        self.pairs += len(sample.instrument)

    def _spread(self, table: Floats, at: Ints, values: Floats) -> None:
        """Add values to the cells of some rows of a table."""
        flat, values = table.reshape(-1), values.ravel()
        if len(at) * 8 < len(flat):
            np.add.at(flat, at, values)
        else:
            flat += np.bincount(at, values, minlength=len(flat))

    def correlation(self, least: int, *, lags: int = 0, instruments: Floats | None = None) -> MeanCorrelation:
        """Give the mean correlation of all pairs that were added.

        Parameters
        ----------
        least : int
            Common sessions that the correlation of two instruments needs. Where it is unknown, their pairs count as
            fully correlated if that makes the mean larger, else as uncorrelated.
        lags : int
            Sessions before and after which moves are compared too.
        instruments : ndarray, shape (1 + 2 lags, I, I), optional
            Correlations to take instead, at lags from -lags to lags; NaN where unknown.

        Returns
        -------
        MeanCorrelation
            Not a number with fewer than two pairs.
        """
        if self.pairs < 2:
            return MeanCorrelation(np.nan, note="one pair has no correlation with others")
        total, count, weight = self.total, self.count, self.weight
        if lags:  # a day without any move is no session, and the next one follows at once
            used = self.seen | np.any(self.count > 0.0, axis=0)
            total, count, weight = total[:, used], count[:, used], weight[:, used]
        there, mean = (count > 0.0).astype(np.float64), total / np.maximum(count, 1.0)
        found, width = -float(self.pairs), weight.shape[1]
        for lag in range(lags + 1):
            overlap = weight[:, : width - lag] @ weight[:, lag:].T
            given = None if instruments is None else instruments[lags + lag]
            rho = instrument_correlation(mean, there, least, lag) if given is None else given
            known, unknown = with_itself(rho, lag)
            both = float((known * overlap).sum()) + float((unknown * np.maximum(overlap, 0.0)).sum())
            found += both if lag == 0 else 2.0 * both  # the same pairs, the other one read later
        raw = found / (self.pairs * (self.pairs - 1.0))
        return MeanCorrelation(raw, note=(NEGATIVE if raw < 0.0 else NOTE).format(raw=raw))
