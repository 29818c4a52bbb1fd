"""The result of a regression: columns that fit together, intervals by hand, and what it shows."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import marketimpact as mi
from marketimpact.ledger import Ledger
from marketimpact.regress.result import COLUMNS, RegressionResult

FOUND = RegressionResult(
    title="KZ yield on news",
    terms=("strike", "UST"),
    estimates=np.array([3.0, 0.5]),
    std_errors=np.array([1.0, 0.1]),
    dfs=np.array([4.0, np.inf]),
    p_values=np.array([2 * stats.t.sf(3.0, 4), 2 * stats.norm.sf(5.0)]),
    cov=np.diag([1.0, 0.01]),
    units=("bp per event", "bp per bp"),
    cov_type="HC2, Bell-McCaffrey degrees of freedom",
    level=0.9,
    n=250,
    n_clusters=250,
    n_events=(5, 0),
    notes=("", ""),
    reading=("Association is not effect.",),
    ledger=Ledger(np.zeros(5, dtype=np.int8), dict),
)


def test_intervals_have_each_coefficients_own_degrees_of_freedom() -> None:
    frame = FOUND.to_frame()
    assert tuple(frame.columns) == COLUMNS
    np.testing.assert_allclose(frame["conf_high"], [3.0 + 2.131847, 0.5 + 0.1644854], atol=1e-6)
    np.testing.assert_allclose(frame["statistic"], [3.0, 5.0])
    narrow = FOUND.conf_int(0.5)
    assert narrow.loc["strike", "conf_low"] == pytest.approx(3.0 - stats.t.isf(0.25, 4))
    pd.testing.assert_series_equal(
        FOUND.params, pd.Series(frame["estimate"].to_numpy(), narrow.index, name="params")
    )
    assert FOUND.bse["UST"] == 0.1
    assert FOUND.pvalues["strike"] == pytest.approx(0.0399, abs=1e-4)


def test_a_refused_coefficient_has_an_estimate_and_no_error() -> None:
    refused = replace(
        FOUND,
        std_errors=np.array([np.nan, 0.1]),
        p_values=np.array([np.nan, 0.0]),
        notes=("one event day", ""),
    )
    frame = refused.to_frame()
    assert frame.loc[0, ["std_error", "statistic", "p_value", "conf_low"]].isna().all()
    text = str(refused.summary())
    assert "n/a" in text
    assert "one event day" in text


def test_what_it_shows() -> None:
    text = str(FOUND.summary())
    for words in ("KZ yield on news", "250 moves, HC2", "5 used of 5 given", "bp per event", "90 % interval"):
        assert words in text
    assert text.endswith("Association is not effect.")
    assert repr(FOUND) == "RegressionResult: KZ yield on news: strike +3 bp per event (p .040)"
    assert "<table>" in FOUND._repr_html_()


def test_columns_of_different_length_are_no_result() -> None:
    with pytest.raises(mi.InputError, match="every coefficient has one entry in each column"):
        replace(FOUND, units=("bp per event",))
