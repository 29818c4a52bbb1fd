"""Newey and West's errors against figures that other software printed: R's sandwich, and Stata's newey."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import marketimpact as mi
from marketimpact.maths.panel_errors import driscoll_kraay
from marketimpact.regress.estimation import Estimates, RegressionSpec, Sample, estimate
from marketimpact.regress.surprises import SurpriseResponse
from tests.study.world import SNAPSHOT, weekdays

# Greene (1993), Econometric Analysis, second edition, table 15.1, the United States in 1963 to 1982; the data set
# `Investment` of R's sandwich. GNP and investment [billions of dollars], price index (1972 = 1), interest rate [%].
GNP = (596.7, 637.7, 691.1, 756.0, 799.6, 873.4, 944.0, 992.7, 1077.6, 1185.9, 1326.4, 1434.2, 1549.2, 1718.0,
       1918.3, 2163.9, 2417.8, 2631.7, 2954.1, 3073.0)  # fmt: skip
INVESTED = (90.9, 97.4, 113.5, 125.7, 122.8, 133.3, 149.3, 144.2, 166.4, 195.0, 229.8, 228.7, 206.1, 257.9, 324.1,
            386.6, 423.0, 401.9, 474.9, 414.5)  # fmt: skip
PRICE = (0.7167, 0.7277, 0.7436, 0.7676, 0.7906, 0.8254, 0.8679, 0.9145, 0.9601, 1.0, 1.0575, 1.1508, 1.2579, 1.3234,
         1.4005, 1.5042, 1.6342, 1.7842, 1.9514, 2.0688)  # fmt: skip
INTEREST = (3.23, 3.55, 4.04, 4.50, 4.19, 5.16, 5.87, 5.95, 4.88, 4.50, 6.44, 7.83, 6.25, 5.50, 5.46, 7.46, 10.28,
            11.77, 13.42, 11.02)  # fmt: skip

# Printed by R 4.0.4 for NeweyWest(fm, lag = 4, prewhite = FALSE), whose default is adjust = FALSE; the package's own
# tests/Examples/sandwich-Ex.Rout.save. Order: intercept, real GNP, real interest rate.
R_COV = np.array(
    [
        [359.4170681, -0.3115505035, -4.089319305],
        [-0.3115505035, 0.0002805888, -0.005355931],
        [-4.089319305, -0.005355931, 11.171472998],
    ]
)
R_COEFFICIENTS = (-12.53360, 0.16914, -1.00144)
R_P = (
    0.5085,
    0.0,
    0.7645,
)  # printed by coeftest(fm, df = Inf, ...) of Zeileis (2004), doi:10.18637/jss.v011.i10


def investment() -> tuple[np.ndarray, np.ndarray]:
    """Real investment, and intercept, real GNP, interest less inflation, of 1964 to 1982."""
    price = np.array(PRICE)
    real = np.array(INTEREST)[1:] - 100 * np.diff(price) / price[:-1]
    gnp, y = (np.array(one) / price for one in (GNP, INVESTED))
    return y[1:], np.column_stack([np.ones(19), gnp[1:], real])


def fitted(y: np.ndarray, x: np.ndarray, lags: int) -> Estimates:
    n, k = x.shape
    names = tuple("abc")
    at = np.arange(n)
    return estimate(
        Sample(y, x, None, at, at, names, names, (0,) * k), RegressionSpec(cov="HAC", maxlags=lags)
    )


def test_the_covariance_is_that_of_sandwich() -> None:
    found = fitted(*investment(), 4)
    np.testing.assert_allclose(found.params, R_COEFFICIENTS, atol=6e-6)
    np.testing.assert_allclose(found.cov, R_COV, rtol=2e-7)
    np.testing.assert_allclose(found.p_values, R_P, atol=6e-5)
    assert np.isinf(found.dfs).all()


def test_a_regression_of_moves_on_surprises_gives_the_printed_errors() -> None:
    """Each year a session: investment the move, the interest rate its surprise, GNP the move of a control."""
    y, x = investment()
    days = weekdays(20)
    frame = pd.DataFrame(
        {"invested": np.append(0.0, np.cumsum(y / 100)), "gnp": np.append(0.0, np.cumsum(x[:, 1]))},
        index=days,
    )
    panel = mi.Panel.from_frame(
        frame,
        instruments=[
            mi.SovereignBond("invested", quoted="yield", snapshot=SNAPSHOT),
            mi.Factor("gnp", move="difference", unit="points", snapshot=SNAPSHOT),
        ],
    )
    events = [
        mi.Event(f"e{i}", announced_at=f"{day}T09:00", zone="UTC", surprise=float(s), surprise_unit="%")
        for i, (day, s) in enumerate(zip(days[1:], x[:, 2], strict=True))
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mi.MarketImpactWarning)
        result = SurpriseResponse(by=None, controls=("gnp",), cov="HAC", maxlags=4).run(
            panel, events, pairs=[(one.id, "invested") for one in events]
        )
    found = result.per_unit()
    assert found.n == 19
    np.testing.assert_allclose(found.estimates, np.array(R_COEFFICIENTS)[[2, 1, 0]], atol=6e-6)
    np.testing.assert_allclose(found.cov, R_COV[np.ix_([2, 1, 0], [2, 1, 0])], rtol=2e-7)


def test_the_errors_of_panels_are_the_same_for_a_panel_of_one() -> None:
    """Driscoll and Kraay's, with a move a date, is Newey and West's times T / (T - 1)."""
    y, x = investment()
    residuals = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    cov = driscoll_kraay(x, residuals, np.arange(19), bandwidth=4)
    np.testing.assert_allclose(cov * 18 / 19, R_COV, rtol=2e-7)


# `newey g_realinv g_realgdp L.realint, lag(4)` of Stata, of the quarters of the United States that statsmodels ships
# as `macrodata`; its figures are those of statsmodels' own tests. Stata multiplies by n / (n - k).
STATA = {"b": (4.3742216647032, -0.61399696947899, -9.4816727746549)}
STATA_SE = (0.33125644884286, 0.29582347593197, 1.1859338087713)


@pytest.fixture(scope="module")
def quarters() -> tuple[np.ndarray, np.ndarray]:
    data = sm.datasets.macrodata.load_pandas().data
    growth = [400 * np.diff(np.log(data[name].to_numpy())) for name in ("realinv", "realgdp")]
    return growth[0], np.column_stack([growth[1], data["realint"].to_numpy()[:-1], np.ones(202)])


def test_stata_prints_the_same_but_for_its_factor(quarters: tuple[np.ndarray, np.ndarray]) -> None:
    found = fitted(*quarters, 4)
    np.testing.assert_allclose(found.params, STATA["b"], rtol=1e-10)
    np.testing.assert_allclose(found.std_errors * np.sqrt(202 / 199), STATA_SE, rtol=1e-9)
