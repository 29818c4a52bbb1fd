"""Structural breaks of moves: made-up changes found, the surface of the result, and real pegs with known dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import marketimpact as mi
from marketimpact.maths.breaks import best_partitions
from marketimpact.regress.break_result import BreakSearch
from marketimpact.regress.breaks import structural_breaks
from marketimpact.regress.result import COLUMNS
from tests.study.world import SNAPSHOT, weekdays


def changing(n: int = 400, at: int = 250) -> tuple[mi.Panel, np.ndarray]:
    """A currency that follows a factor by .2 and, from a session on, by 1.2."""
    rng, days = np.random.default_rng(0), weekdays(n + 1)
    factor = 0.01 * rng.standard_normal(n)
    beta = np.where(np.arange(n) < at, 0.2, 1.2)
    own = beta * factor + 0.005 * rng.standard_normal(n)
    levels = {
        "USD/KZT": 400.0 * np.exp(np.r_[0.0, np.cumsum(own)]),
        "oil": 80.0 * np.exp(np.r_[0.0, np.cumsum(factor)]),
    }
    members = [mi.CurrencyPair("USD", "KZT", snapshot=SNAPSHOT), mi.Factor("oil", snapshot=SNAPSHOT)]
    return mi.Panel.from_frame(pd.DataFrame(levels, index=days), instruments=members), days


def test_a_change_is_found_dated_and_fitted() -> None:
    panel, days = changing()
    found = structural_breaks(panel, "USD/KZT", factors=["oil"])
    assert len(found.breaks) == 1
    first, last = found.sessions[found.first[0]], found.sessions[found.last[0]]
    assert first <= days[251] <= last
    regimes = found.regimes()
    assert regimes["oil"].tolist() == pytest.approx([0.2, 1.2], abs=0.15)
    assert regimes["n"].sum() == found.n == 400
    assert regimes["end"].iloc[0] < regimes["start"].iloc[1]
    a, b = found.edges[1]
    y = np.diff(np.log(panel["USD/KZT"].to_numpy()))[a:b]
    x = np.column_stack([np.ones(b - a), np.diff(np.log(panel["oil"].to_numpy()))[a:b]])
    spans = np.ones(b - a)
    x[:, 0] = spans
    fit = sm.OLS(y, x).fit(cov_type="HC2")
    np.testing.assert_allclose(found.estimates[2:], fit.params, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(found.std_errors[2:], fit.bse, rtol=1e-6)
    np.testing.assert_allclose(found.model[1].params, fit.params, rtol=1e-7, atol=1e-10)


def test_the_surface_is_that_of_a_regression() -> None:
    found = structural_breaks(changing()[0], "USD/KZT", factors=["oil"])
    frame = found.to_frame()
    assert tuple(frame.columns) == COLUMNS
    assert frame["unit"].tolist() == ["log per session", "log per 1.0 log"] * 2
    assert found.params.index.tolist() == found.bse.index.tolist() == found.conf_int().index.tolist()
    assert found.params.index[1].startswith("oil [2015-01-06 to ")
    text = str(found.summary())
    for words in (
        "0 against 1 breaks: F",
        "break on",
        "taken: sequential",
        "where the regression changed, not why",
    ):
        assert words in text
    assert repr(found).startswith("Breaks: currency log moves of USD/KZT on oil: 20")
    again = structural_breaks(changing()[0], "USD/KZT", factors=["oil"])
    pd.testing.assert_frame_equal(frame, again.to_frame())
    table = found.tests()
    assert table.columns.tolist() == [
        "breaks", "ssr", "bic", "lwz", "sup_f", "critical_5", "next_f", "next_p",
    ]  # fmt: skip
    assert table["critical_5"].tolist()[1:] == [11.47, 9.75, 8.36, 7.19, 5.85]
    assert table["ssr"].is_monotonic_decreasing


def test_choices_of_their_number() -> None:
    panel = changing()[0]
    two = structural_breaks(panel, "USD/KZT", factors=["oil"], search=BreakSearch(choose=2))
    assert len(two.breaks) == 2
    assert "2 breaks were asked for" in two.chosen
    crowded = structural_breaks(panel, "USD/KZT", search=BreakSearch(most=9, choose=9))
    assert len(crowded.breaks) == 5
    assert "there is room for no more than 5" in crowded.chosen
    for choose in ("BIC", "LWZ"):
        one = structural_breaks(panel, "USD/KZT", factors=["oil"], search=BreakSearch(choose=choose))
        assert len(one.breaks) == 1
        assert f"taken: {choose}" in one.chosen


def test_quiet_series_have_no_break() -> None:
    rng, days = np.random.default_rng(3), weekdays(301)
    levels = pd.Series(100.0 * np.exp(np.r_[0.0, np.cumsum(0.01 * rng.standard_normal(300))]), index=days)
    panel = mi.Panel.from_frame(levels, instruments=mi.SovereignBond("KZ", quoted="clean price"))
    found = structural_breaks(panel)
    assert found.breaks.tolist() == []
    assert found.dates().empty
    assert repr(found).endswith("no break")
    assert found.terms == ("intercept",)


def test_the_loosened_peg_of_june_2010_is_dated_by_the_variance() -> None:
    """On Saturday 19 June 2010 the People's Bank of China let the yuan move again; Monday's rate was the first."""
    panel = mi.fetch(["ecb:EUR/CNY", "ecb:EUR/USD"], start="2009-06-01", end="2011-06-30")
    found = structural_breaks(panel, "EUR/CNY", factors=["EUR/USD"], search=BreakSearch(variance=True))
    assert len(found.breaks) == 1
    first, last = found.sessions[found.first[0]], found.sessions[found.last[0]]
    assert first <= np.datetime64("2010-06-21") <= last
    assert found.sigma[1] > 5.0 * found.sigma[0]
    assert np.isnan(found.next_p).all()
    assert "clusters looks like regimes" in str(found.summary())


def test_variance_breaks_of_arrays_and_of_panels_agree() -> None:
    panel, _ = changing()
    found = structural_breaks(panel, "USD/KZT", factors=["oil"], search=BreakSearch(variance=True, choose=2))
    y = np.diff(np.log(panel["USD/KZT"].to_numpy()))
    x = np.column_stack([np.ones(400), np.diff(np.log(panel["oil"].to_numpy()))])
    expected = best_partitions(y, x, 2, 60, variance=True)[2]
    np.testing.assert_array_equal(found.breaks, expected.breaks)


@pytest.mark.parametrize(
    ("keywords", "match"),
    [
        ({"most": 0}, "most: is no count"),
        ({"trimming": 0.5}, "trimming: leaves no date"),
        ({"choose": "AIC"}, "choose: is not known"),
        ({"choose": 6}, "choose: is not known"),
        ({"choose": True}, "choose: is not known"),
        ({"variance": True, "choose": "sequential"}, "choose: tests coefficients, not variances"),
        ({"level": 1.0}, "level: no level"),
    ],
)
def test_searches_that_are_none(keywords: dict[str, object], match: str) -> None:
    with pytest.raises(mi.InputError, match=match):
        BreakSearch(**keywords)  # type: ignore[arg-type]


def test_what_cannot_be_read() -> None:
    panel = changing()[0]
    with pytest.raises(mi.InputError, match="factors: are no list of factors"):
        structural_breaks(panel, "USD/KZT", factors="oil")
    with pytest.raises(mi.InputError, match="factors: is its own factor"):
        structural_breaks(panel, "USD/KZT", factors=["USD/KZT"])
    with pytest.raises(mi.InputError, match="instrument: must be named"):
        structural_breaks(panel)
    with pytest.raises(mi.InputError, match="is not in the panel"):
        structural_breaks(panel, "USD/KZT", factors=["gas"])
    twice = mi.Panel.from_frame(
        pd.DataFrame({"USD/KZT": panel["USD/KZT"], "oil": panel["oil"], "gas": panel["oil"]}),
        instruments=(*panel.instruments, mi.Factor("gas", snapshot=SNAPSHOT)),
    )
    with pytest.raises(mi.InputError, match="cannot be told apart within"):
        structural_breaks(twice, "USD/KZT", factors=["oil", "gas"])
