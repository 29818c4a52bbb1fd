"""The within transformation is the residual of the regression on all dummies, whatever cells are missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketimpact.errors import InputError
from marketimpact.maths.fixed_effects import absorber


def by_dummies(columns: np.ndarray, *groups: np.ndarray) -> tuple[np.ndarray, int]:
    dummies = np.column_stack([one[:, None] == np.unique(one) for one in groups]).astype(float)
    fitted = dummies @ np.linalg.lstsq(dummies, columns, rcond=None)[0]
    return columns - fitted, int(np.linalg.matrix_rank(dummies))


@given(
    seed=st.integers(0, 10_000), units=st.integers(1, 7), dates=st.integers(1, 9), share=st.floats(0.1, 1.0)
)
@settings(max_examples=60, deadline=None)
def test_two_sets_of_effects_with_any_cells_missing(seed: int, units: int, dates: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    there = rng.random((units, dates)) < share
    there[rng.integers(units), rng.integers(dates)] = True
    unit, date = np.nonzero(there)
    columns = rng.normal(size=(len(unit), 3))
    made = absorber([unit * 3 + 5, date - 40])
    expected, rank = by_dummies(columns, unit, date)
    np.testing.assert_allclose(made.left_of(columns), expected, atol=1e-9)
    np.testing.assert_allclose(made.left_of(columns[:, 0]), expected[:, 0], atol=1e-9)
    assert made.degrees == rank
    one = absorber([date])
    np.testing.assert_allclose(one.left_of(columns), by_dummies(columns, date)[0], atol=1e-9)
    assert one.degrees == len(np.unique(date))


def test_parts_of_a_panel_that_no_row_joins_have_effects_of_their_own() -> None:
    unit, date = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 2, 3])
    assert absorber([unit, date]).degrees == 3 + 4 - 2


def test_many_dates_with_few_cells_go_by_sparse_counts() -> None:
    rng = np.random.default_rng(4)
    unit, date = rng.integers(0, 60, 400), rng.integers(0, 200, 400)
    columns = rng.normal(size=(400, 2))
    expected, rank = by_dummies(columns, unit, date)
    made = absorber([unit, date])
    np.testing.assert_allclose(made.left_of(columns), expected, atol=1e-8)
    assert made.degrees == rank


def test_what_is_no_set_of_groups() -> None:
    with pytest.raises(InputError, match="are no sets of groups"):
        absorber([np.array([0, 1]), np.array([0])])
    with pytest.raises(InputError, match="are no sets of groups"):
        absorber([])
    many = np.arange(5_001)
    with pytest.raises(InputError, match="too many to be solved at once"):
        absorber([many, many])
