"""Panels and instruments against linearmodels called by itself; where its factors for small samples differ, by which.

linearmodels multiplies each covariance by n / (n - effects), and clusters by (G / (G - 1)) ((n - 1) / n) where it is
asked to; the package multiplies clusters by G / (G - 1) and Driscoll and Kraay's by T / (T - 1).
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from linearmodels.iv import IV2SLS
from linearmodels.panel import PanelOLS

import marketimpact as mi
from marketimpact.regress.heteroskedasticity import VarianceSpec, rigobon_sack
from marketimpact.regress.panels import PanelRegression, PanelResult
from tests.regress.test_heteroskedasticity import AT
from tests.regress.test_heteroskedasticity import DAYS as RATE_DAYS
from tests.regress.test_heteroskedasticity import panel as rates
from tests.regress.test_panels import DAYS, NAMES, PLACES, dummy, made_up, pairs_of
from tests.study.world import news

TREATED = "ABC"
TAUS = (-1, 0, 1)
TERMS = [f"tau {tau:+d}" for tau in TAUS]


def ours(panel: mi.Panel, **choices: Any) -> PanelResult:
    """Two-way effects and a lead and a lag; errors other than CR2 come with a warning, which has tests of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mi.MarketImpactWarning)
        return PanelRegression(leads=1, lags=1, wild=0, **choices).run(
            panel, news(DAYS[list(PLACES)]), pairs=pairs_of(TREATED)
        )


def theirs(rows: pd.DataFrame, effects: str = "both", **choices: Any) -> Any:
    """PanelOLS with the same dummies; effects are not counted unless asked."""
    x = pd.DataFrame({name: dummy(rows, TREATED, tau) for name, tau in zip(TERMS, TAUS, strict=True)})
    table = pd.concat([rows, x], axis=1).set_index(["unit", "date"])
    model = PanelOLS(
        table["y"], table[TERMS], entity_effects=effects in ("both", "instrument"),
        time_effects=effects in ("both", "date"),
    )  # fmt: skip
    return model.fit(**{"auto_df": False, "count_effects": False, "debiased": False, **choices})


@pytest.mark.parametrize("missing", [0.0, 0.08])
@pytest.mark.parametrize("effects", ["both", "instrument", "date"])
def test_coefficients_are_those_of_panelols(effects: str, missing: float) -> None:
    panel, rows = made_up(21, missing)
    mine, other = ours(panel, effects=effects), theirs(rows, effects)
    np.testing.assert_allclose(mine.estimates, other.params, rtol=1e-7)
    assert mine.n == other.nobs


@pytest.mark.parametrize("missing", [0.0, 0.08])
@pytest.mark.parametrize(("cluster", "many"), [("date", 79), ("instrument", 6)])
def test_one_way_clusters_are_those_of_panelols(cluster: str, many: int, missing: float) -> None:
    panel, rows = made_up(22, missing)
    mine = ours(panel, cluster=cluster, errors="CR1")
    which = {"cluster_time": True} if cluster == "date" else {"cluster_entity": True}
    bare = theirs(rows, cov_type="clustered", group_debias=False, **which)
    np.testing.assert_allclose(mine.cov, bare.cov * many / (many - 1), rtol=1e-6)
    debiased = theirs(rows, cov_type="clustered", group_debias=True, **which)
    n = len(rows)
    np.testing.assert_allclose(mine.cov, debiased.cov * n / (n - 1), rtol=1e-6)
    counted = theirs(rows, cov_type="clustered", group_debias=True, count_effects=True, **which)
    np.testing.assert_allclose(mine.cov, counted.cov * (n - mine.effects) / (n - 1), rtol=1e-6)


@pytest.mark.parametrize("missing", [0.0, 0.08])
def test_two_way_clusters_are_those_of_panelols(missing: float) -> None:
    panel, rows = made_up(23, missing)
    mine = ours(panel, cluster="both")
    n = len(rows)
    other = theirs(rows, cov_type="clustered", group_debias=True, cluster_entity=True, cluster_time=True)
    # linearmodels leaves a matrix with negative eigenvalues as it is; the package sets these to zero, and says so.
    values, vectors = np.linalg.eigh(other.cov.to_numpy() * n / (n - 1))
    mended = (vectors * np.maximum(values, 0.0)) @ vectors.T
    np.testing.assert_allclose(mine.cov, mended, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("missing", [0.0, 0.08])
@pytest.mark.parametrize("bandwidth", [0, 4, None])
def test_driscoll_kraay_is_that_of_panelols(bandwidth: int | None, missing: float) -> None:
    panel, rows = made_up(24, missing)
    mine = ours(panel, errors="Driscoll-Kraay", bandwidth=bandwidth)
    other = theirs(rows, cov_type="kernel", kernel="bartlett", bandwidth=bandwidth)
    np.testing.assert_allclose(mine.cov, other.cov * 79 / 78, rtol=1e-6)


def test_a_mapping_to_countries_is_a_column_of_clusters() -> None:
    panel, rows = made_up(25)
    countries = dict(zip(NAMES, ("KZ", "KZ", "PL", "PL", "TR", "ZA"), strict=True))
    mine = ours(panel, cluster=countries, errors="CR1")
    clusters = pd.Series(
        rows["unit"].map(countries).astype("category").cat.codes.to_numpy(),
        index=pd.MultiIndex.from_frame(rows[["unit", "date"]]),
        name="country",
    )
    other = theirs(rows, cov_type="clustered", clusters=clusters)
    np.testing.assert_allclose(mine.cov, other.cov * 4 / 3, rtol=1e-6)


@pytest.mark.parametrize("control_days", ["before", "all"])
def test_identification_by_variances_is_two_stage_least_squares(control_days: str) -> None:
    """The instrument: the driver over n - 1 of its regime, with changed sign on control days; less regime means."""
    found = rigobon_sack(
        rates(), news(RATE_DAYS[AT]), "bond", driver="policy", spec=VarianceSpec(control_days=control_days)
    )
    moves = pd.DataFrame({name: rates()[name].diff() * 100.0 for name in ("bond", "policy")}).iloc[1:]
    event = np.isin(np.arange(1, len(moves) + 1), AT)
    control = np.isin(np.arange(1, len(moves) + 1), AT - 1) if control_days == "before" else ~event
    left = pd.concat([moves[rows] - moves[rows].mean() for rows in (event, control)])
    sign = np.concatenate(
        [np.full(event.sum(), 1 / (event.sum() - 1)), np.full(control.sum(), -1 / (control.sum() - 1))]
    )
    for place, by in enumerate(("policy", "bond")):
        z = (sign * left[by]).rename("z")
        other = IV2SLS(left["bond"], None, left["policy"], z).fit(cov_type="unadjusted", debiased=True)
        assert found.estimates[place] == pytest.approx(other.params["policy"], rel=1e-8)
        model = found.model[place]  # type: ignore[index]
        assert model.params[0] == pytest.approx(other.params["policy"], rel=1e-8)
        assert model.bse[0] == pytest.approx(other.std_errors["policy"], rel=1e-7)
