"""The sample of a placebo or rank test: which rows it holds, gathered one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketimpact.maths import sample as sample_module
from marketimpact.maths.sample import Sample

N, LENGTH = 60, 12


def made(seed: int, k: int = 2) -> Sample:
    """Moves with holes, a mask with more of them, and windows whose event rows stand behind them."""
    rng = np.random.default_rng(seed)
    usable = rng.random(N) > 0.2
    clean = usable & (rng.random(N) > 0.3)
    y = np.where(usable, rng.standard_normal(N), 0.0)
    x = np.where(usable, rng.standard_normal((k, N)), 0.0)
    starts = rng.integers(0, N - LENGTH - 8, 9)
    return Sample(y, x, rng.uniform(1.0, 3.0, N), usable, clean, starts, LENGTH)


def by_hand(sample: Sample, start: int, event: int, sessions: int) -> list[tuple[int, bool]]:
    """Position of each row, and whether it counts: estimation rows where clean, event rows where usable."""
    estimation = [(at, bool(sample.clean[at])) for at in range(start, start + LENGTH)]
    return estimation + [(at, bool(sample.usable[at])) for at in range(event, event + sessions)]


@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.integers(1, 3))
def test_rows_are_clean_estimation_moves_and_the_event_s_own(seed: int, sessions: int, k: int) -> None:
    sample = made(seed, k)
    events = sample.starts + LENGTH + 2
    rows = sample.rows(slice(None), events, sessions)
    roots = sample.roots(slice(None), events, sessions)
    assert rows.y.shape == rows.usable.shape == roots.shape == (9, LENGTH + sessions)
    assert rows.x.shape == (k, 9, LENGTH + sessions)
    for i in range(9):
        for j, (at, counts) in enumerate(by_hand(sample, sample.starts[i], events[i], sessions)):
            assert rows.usable[i, j] == counts
            assert rows.y[i, j] == (sample.y[at] if counts else 0.0)
            assert rows.x[:, i, j].tolist() == (sample.x[:, at].tolist() if counts else [0.0] * k)
            assert roots[i, j] == np.sqrt(sample.v[at])


def test_a_part_is_the_part_of_the_whole() -> None:
    """Events of all windows are given; the part says which."""
    sample = made(1)
    events = sample.starts + LENGTH
    whole = sample.rows(slice(None), events, 2)
    part = sample.rows(slice(3, 7), events, 2)
    np.testing.assert_array_equal(part.y, whole.y[3:7])
    np.testing.assert_array_equal(part.x, whole.x[:, 3:7])
    np.testing.assert_array_equal(part.usable, whole.usable[3:7])


@pytest.mark.parametrize(("chunk", "sizes"), [(4, [4, 4, 1]), (9, [9]), (100, [9])])
def test_chunks_hold_every_window_once(monkeypatch: pytest.MonkeyPatch, chunk: int, sizes: list[int]) -> None:
    monkeypatch.setattr(sample_module, "CHUNK", chunk)
    sample = made(2)
    parts = [sample.starts[part] for part in sample.chunks()]
    assert [len(part) for part in parts] == sizes
    np.testing.assert_array_equal(np.concatenate(parts), sample.starts)


def test_the_long_arrays_of_a_fit_hold_clean_moves_alone() -> None:
    sample = made(3)
    y, x, usable = sample.estimation()
    for at in range(N):
        assert usable[at] == sample.clean[at]
        assert y[at] == (sample.y[at] if sample.clean[at] else 0.0)
        assert x[:, at].tolist() == (sample.x[:, at].tolist() if sample.clean[at] else [0.0, 0.0])


def test_where_nothing_is_masked_the_long_arrays_are_not_copied() -> None:
    sample = made(4)
    known = Sample(sample.y, sample.x, sample.v, sample.usable, sample.usable, sample.starts, LENGTH)
    y, x, usable = known.estimation()
    assert (y is known.y, x is known.x, usable is known.usable) == (True, True, True)
    copied = Sample(sample.y, sample.x, sample.v, sample.usable, sample.usable.copy(), sample.starts, LENGTH)
    for one, other in zip(copied.estimation(), (y, x, usable), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_move_that_is_masked_leaves_no_trace_whatever_it_was() -> None:
    """Infinity times nothing is no number: a masked row is replaced, not multiplied."""
    sample = made(5)
    masked = np.flatnonzero(~sample.clean)[0]
    y = sample.y.copy()
    y[masked] = np.inf
    wild = Sample(y, sample.x, sample.v, sample.usable, sample.clean, np.array([masked]), LENGTH)
    rows = wild.rows(slice(None), np.array([masked + LENGTH]), 1)
    assert rows.y[0, 0] == 0.0
    assert wild.estimation()[0][masked] == 0.0
