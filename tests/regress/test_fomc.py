"""Monetary surprises on the US curve, 2010-2018: real data, by statsmodels too, and as large as the literature says."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import marketimpact as mi
from marketimpact.regress.dummies import EventRegression
from marketimpact.regress.surprises import SurpriseResponse

TENORS = ("2yr", "5yr", "10yr", "30yr")
MARKS = "15:30 America/New_York"


@pytest.fixture(scope="module")
def curve(shared: Path) -> mi.Panel:
    """Par yields of the US Treasury, marks of the New York afternoon."""
    file = shared / "data" / "us_treasury_par_curve.csv"
    factors = {one: mi.Factor(one, move="difference", unit="percent", snapshot=MARKS) for one in TENORS}
    return mi.read_prices(file, factors)


@pytest.fixture(scope="module")
def announcements(shared: Path) -> pd.DataFrame:
    """FOMC announcements since 2010, with a clock of 24 hours."""
    table = pd.read_csv(shared / "data" / "fomc_announcements.csv").query("Date >= '2010'")
    clock = pd.to_datetime(table["Time"], format="%I:%M%p").dt.strftime("%H:%M")
    return table.assign(clock=clock)


@pytest.fixture(scope="module")
def fomc(announcements: pd.DataFrame) -> mi.EventSet:
    """The announcements as events, with the surprise of Bauer and Swanson."""
    return mi.EventSet.from_events(
        mi.Event(
            f"FOMC {row.Date}", announced_at=f"{row.Date}T{row.clock}", zone="America/New_York", place="US",
            category="FOMC", surprise=row.MPS, surprise_unit="percentage points",
        )
        for row in announcements.itertuples()
    )  # fmt: skip


@pytest.fixture(scope="module")
def pairs(fomc: mi.EventSet) -> list[tuple[str, str]]:
    return [(str(event), tenor) for event in fomc.ids for tenor in TENORS]


def test_responses_are_those_of_statsmodels_on_the_days_themselves(
    shared: Path,
    curve: mi.Panel,
    announcements: pd.DataFrame,
    fomc: mi.EventSet,
    pairs: list[tuple[str, str]],
) -> None:
    """All 72 clocks lie before 15:30: each shows on its own day, and the move is that day's change."""
    assert (announcements["clock"] < "15:30").all()
    yields = pd.read_csv(
        shared / "data" / "us_treasury_par_curve.csv", parse_dates=["date"], index_col="date"
    )
    for tenor, result in SurpriseResponse().each(curve, fomc, pairs=pairs).items():
        y = yields[tenor].diff() * 100
        day = yields.index.to_numpy().astype("datetime64[D]")
        spans = np.append(1, np.busday_count(day[:-1], day[1:]))
        surprise = pd.Series(0.0, index=yields.index)
        surprise[pd.to_datetime(announcements["Date"]).to_numpy()] = announcements["MPS"].to_numpy()
        x = pd.DataFrame({"FOMC": surprise, "intercept": spans}, index=yields.index)
        entered = y.dropna().index
        theirs = sm.OLS(y[entered], x.loc[entered]).fit(cov_type="HC2")
        found = result.per_unit()
        assert result.n == len(entered)
        np.testing.assert_allclose(found.estimates, theirs.params, rtol=1e-7)
        np.testing.assert_allclose(found.std_errors, theirs.bse, rtol=1e-7)
        assert result.n_events[0] == 72


def test_short_rates_respond_most_and_about_one_for_one(
    curve: mi.Panel, fomc: mi.EventSet, pairs: list[tuple[str, str]]
) -> None:
    """bp per percentage point of surprise: 101 (se 19), 117 (25), 61 (27), 3 (31) at 2, 5, 10, 30 years."""
    found = {name: one.per_unit() for name, one in SurpriseResponse().each(curve, fomc, pairs=pairs).items()}
    estimates = {name: one.estimates[0] for name, one in found.items()}
    errors = {name: one.std_errors[0] for name, one in found.items()}
    assert estimates == pytest.approx({"2yr": 100.7, "5yr": 116.8, "10yr": 60.8, "30yr": 3.2}, abs=0.1)
    assert errors == pytest.approx({"2yr": 18.9, "5yr": 25.2, "10yr": 26.9, "30yr": 30.6}, abs=0.1)
    assert found["2yr"].units[0] == "bp per 1.0 percentage points of surprise"
    assert found["2yr"].p_values[0] < 0.001 < 0.5 < found["30yr"].p_values[0]


def test_no_single_meeting_carries_the_slope_and_weights_do_not_turn_it(
    curve: mi.Panel, fomc: mi.EventSet, pairs: list[tuple[str, str]]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain = SurpriseResponse().each(curve, fomc, pairs=pairs)["2yr"]
        weighted = SurpriseResponse(weights="ewma").each(curve, fomc, pairs=pairs)["2yr"]
    table = plain.leave_one_out()
    assert table["share"].max() < 0.2
    assert table["estimate_without"].min() > 0
    assert weighted.estimates[0] == pytest.approx(plain.estimates[0], rel=0.25)
    assert any("before there is a volatility, left out: 1" in line for line in weighted.reading)


def test_the_day_itself_has_no_mean_move_and_the_day_before_answers_nothing(
    curve: mi.Panel, fomc: mi.EventSet, pairs: list[tuple[str, str]]
) -> None:
    """Dummies of 72 days with a lead: the surprises average out; news does not show before it is out."""
    result = EventRegression(leads=1).each(curve, fomc, pairs=pairs)["2yr"]
    assert result.n_events[:2] == (72, 72)
    assert result.p_values[0] > 0.05
    assert abs(result.estimates[1]) < 1.5
