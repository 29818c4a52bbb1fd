"""Stored values of `scripts/reference_values.py`: loops straight from the formulas, scipy's and statsmodels' tests."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from marketimpact.maths import multiplicity, over_events, rank_tests, sign_tests
from marketimpact.maths.abnormal import Abnormal, Sums, abnormal_moves, cumulate
from marketimpact.maths.calendar_weights import (
    CalendarSample,
    MeanCorrelation,
    calendar_correlation,
    exact_weights,
)
from marketimpact.maths.least_squares import Fit, fit_windows, weigh
from marketimpact.maths.outcome import Outcome
from marketimpact.maths.parametric import t_p_value
from marketimpact.maths.sample import Sample
from marketimpact.maths.single_event import rank_with_refit

STORED = Path(__file__).with_name("reference_values.json")
SCRIPT = Path(__file__).parents[2] / "scripts" / "reference_values.py"
CASES: dict[str, Any] = json.loads(STORED.read_text(encoding="utf-8"))
NAMES = list(CASES["cases"])


@dataclass(frozen=True)
class Case:
    """One case's moves, through the package."""

    fit: Fit
    abnormal: Abnormal
    sums: Sums
    residuals: np.ndarray
    sample: Sample
    events: np.ndarray
    days: np.ndarray
    correlation: float

    @property
    def standard(self) -> np.ndarray:
        """Residuals over their own s."""
        return self.residuals / np.sqrt(self.fit.sigma2)[:, None]

    @property
    def event(self) -> np.ndarray:
        return self.abnormal.ar / np.sqrt(self.fit.sigma2)[:, None]


def through_the_package(stored: dict[str, Any]) -> Case:
    """Fit every pair, sum over the event window, and correlate the sums."""
    estimation, event = stored["estimation"], stored["event"]
    pairs = stored["pairs"]
    n, width = len(pairs), estimation + event
    y = np.concatenate([pair["y"] for pair in pairs]).astype(float)
    x = np.vstack([np.ones(len(y)), np.concatenate([pair["f"] for pair in pairs])])
    v = np.ones(len(y))
    weighted, regressors, usable = weigh(y, x, v)
    starts = np.arange(n) * width
    fit = fit_windows(weighted, regressors, usable, starts, estimation)
    events = starts + estimation
    abnormal = abnormal_moves(y, x, v, events, (0, event - 1), fit)
    sums = cumulate(abnormal, fit, [(np.array(0), np.array(event - 1))])
    rows = np.stack([x[:, begin : begin + estimation] for begin in starts], axis=1)
    residuals = np.stack([y[begin : begin + estimation] for begin in starts])
    residuals = residuals - np.einsum("nk,knt->nt", fit.params, rows)
    weights, event_weights = exact_weights(abnormal.x, abnormal.v, rows, fit.xtx_inv)
    days = np.array([pair["day"] for pair in pairs])[:, None] + np.arange(width)
    sample = CalendarSample(
        residuals / np.sqrt(fit.sigma2)[:, None], days[:, :estimation], weights, days[:, estimation:],
        event_weights, np.arange(n),
    )  # fmt: skip
    r = calendar_correlation(sample, 2)
    return Case(
        fit, abnormal, sums, residuals,
        Sample(weighted, regressors, v, usable, usable, starts, estimation), events, days, r.raw,
    )  # fmt: skip


@pytest.fixture(scope="module", params=NAMES)
def both(request: pytest.FixtureRequest) -> tuple[dict[str, Any], Case]:
    stored = CASES["cases"][request.param]
    return stored, through_the_package(stored)


def test_the_values_are_those_of_the_script_beside_them() -> None:
    text = json.dumps(CASES["cases"], sort_keys=True)
    assert hashlib.sha256(SCRIPT.read_bytes()).hexdigest() == CASES["script_sha256"]
    assert hashlib.sha256(text.encode()).hexdigest() == CASES["cases_sha256"]


def test_fits_and_sums(both: tuple[dict[str, Any], Case]) -> None:
    stored, case = both
    each = stored["each"]
    np.testing.assert_allclose(case.fit.params, np.column_stack([each["alpha"], each["beta"]]), atol=1e-11)
    np.testing.assert_allclose(case.fit.sigma2, each["s2"], rtol=1e-11)
    np.testing.assert_allclose(case.sums.car[:, 0], each["car"], atol=1e-10)
    np.testing.assert_allclose(case.sums.variance[:, 0] / case.fit.sigma2, each["factor"], rtol=1e-11)
    np.testing.assert_allclose(case.sums.scar[:, 0], each["scar"], atol=1e-11)


def test_the_correlation_of_sums_on_the_calendar(both: tuple[dict[str, Any], Case]) -> None:
    stored, case = both
    assert case.correlation == pytest.approx(stored["r"], abs=1e-12)


def outcomes(case: Case) -> dict[str, Outcome]:
    """Every test of the window."""
    car, scar = case.sums.car[:, 0], case.sums.scar[:, 0]
    window = (0, case.abnormal.ar.shape[1] - 1)
    r = MeanCorrelation(case.correlation)
    df = case.fit.df
    variance = case.abnormal.variance(case.fit)[:, 2]
    shares = sign_tests.positive_share(case.residuals, sessions=window[1] + 1)
    return {
        "cross-sectional t": over_events.cross_sectional_t(car),
        "skewness-adjusted t": over_events.skewness_adjusted_t(car),
        "crude dependence t": over_events.crude_dependence_t(car, case.residuals, window[1] + 1),
        "Patell z": over_events.patell_z(scar, df),
        "adjusted Patell z": over_events.adjusted_patell_z(scar, df, r),
        "BMP t": over_events.bmp_t(scar),
        "BMP t, third day": over_events.bmp_t(case.abnormal.ar[:, 2] / np.sqrt(variance)),
        "Kolari-Pynnonen t": over_events.kolari_pynnonen_t(scar, r),
        "Corrado z": rank_tests.corrado_rank(case.residuals, case.abnormal.ar, window=window),
        "Corrado-Zivney z": rank_tests.corrado_zivney_rank(
            case.standard, case.event, zero_share=0.0, window=window
        ),
        "GRANK-T": rank_tests.grank_t(case.standard, scar, zero_share=0.0, correlation=r.r),
        "sign test": sign_tests.sign_test(car),
        "generalized sign": sign_tests.generalized_sign(car, shares),
        "Wilcoxon signed rank": sign_tests.wilcoxon_signed_rank(car),
        "Wilcoxon signed rank, scipy": sign_tests.wilcoxon_signed_rank(car),
    }


def test_every_test_over_pairs(both: tuple[dict[str, Any], Case]) -> None:
    stored, case = both
    found = outcomes(case)
    assert set(found) | {"t", "rank with refit"} == set(stored["tests"])
    for name, outcome in found.items():
        expected = stored["tests"][name]
        assert outcome.applies, (name, outcome.reason)
        if "statistic" in expected:
            assert outcome.statistic == pytest.approx(expected["statistic"], abs=1e-10), name
        if name != "Wilcoxon signed rank, scipy" or not _ties(case):
            assert outcome.p_value == pytest.approx(expected["p_value"], rel=1e-9), name
        if "df" in expected:
            assert outcome.df == expected["df"], name


def _ties(case: Case) -> bool:
    """Whether sums tie in size, of which scipy's exact distribution knows nothing."""
    return len(np.unique(np.abs(case.sums.car))) < len(case.sums.car)


def test_one_event(both: tuple[dict[str, Any], Case]) -> None:
    stored, case = both
    t, rank = stored["tests"]["t"], stored["tests"]["rank with refit"]
    statistic = case.abnormal.ar[0, 2] / np.sqrt(case.abnormal.variance(case.fit)[0, 2])
    assert statistic == pytest.approx(t["statistic"], abs=1e-11)
    assert float(t_p_value(np.array(statistic), case.fit.df[0])) == pytest.approx(t["p_value"], rel=1e-10)
    ranks = rank_with_refit(case.sample, case.events + 2)
    assert ranks.p_value[0] == pytest.approx(rank["p_value"], abs=1e-12)
    assert ranks.p_floor[0] == pytest.approx(rank["p_floor"], abs=1e-12)


def test_families(both: tuple[dict[str, Any], Case]) -> None:
    stored, case = both
    families = stored["families"]
    p = t_p_value(case.sums.scar[:, 0], case.fit.df)
    np.testing.assert_allclose(p, families["p"], rtol=1e-9)
    for name, adjust in (
        ("Holm", multiplicity.holm),
        ("Benjamini-Hochberg", multiplicity.benjamini_hochberg),
        ("Benjamini-Yekutieli", multiplicity.benjamini_yekutieli),
    ):
        np.testing.assert_allclose(adjust(p).p_value, families[name], rtol=1e-9, err_msg=name)
