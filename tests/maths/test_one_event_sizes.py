"""How often tests of one event's days and windows reject where there is nothing, in the cases that their words name."""

from __future__ import annotations

import numpy as np
import pytest

from marketimpact.maths.max_statistic import sup_t_quantile
from marketimpact.maths.resample import placebo_scars
from marketimpact.maths.sample import Sample


@pytest.mark.parametrize(("sessions", "rate"), [(2, 0.076), (5, 0.12), (11, 0.20)])
def test_with_heavy_tails_the_sup_t_rejects_the_more_the_more_days(sessions, rate):
    """T = 120, t3 errors, a nominal 5 %."""
    draws, length = 20_000, 120
    y = np.random.default_rng(sessions).standard_t(3, (draws, length + sessions))
    window = y[:, :length]
    deviation = window.std(axis=1, ddof=1) * np.sqrt(1 + 1 / length)
    largest = np.abs(y[:, length:] - window.mean(axis=1, keepdims=True)).max(axis=1) / deviation
    corr = (np.eye(sessions) + 1 / length) / (1 + 1 / length)
    assert np.mean(largest > sup_t_quantile(corr, length - 1, 0.95)) == pytest.approx(rate, abs=0.012)


@pytest.mark.parametrize("tails", [np.inf, 3.0], ids=["normal", "t3"])
@pytest.mark.parametrize(("length", "sessions"), [(40, 2), (60, 3), (100, 5), (220, 11)])
def test_placebo_windows_hold_about_the_level_from_twenty_times_their_length(length, sessions, tails):
    """Each window by a fit without it: between 4.1 and 6.0 %, where the floor alone gives 3.4 to 5."""
    draws, n = 4_000, length + 10 + sessions
    rng = np.random.default_rng(length)
    y = rng.standard_normal(draws * n) if np.isinf(tails) else rng.standard_t(tails, draws * n)
    known, starts = np.full(y.size, True), np.arange(draws) * n
    sample = Sample(y, np.ones((1, y.size)), np.ones(y.size), known, known, starts, length)
    size = np.abs(placebo_scars(sample, starts + length + 10, sessions))
    p_value = np.mean(size >= size[:, -1:] * (1 - 1e-9), axis=1)
    assert 0.035 < np.mean(p_value <= 0.05) < 0.065
