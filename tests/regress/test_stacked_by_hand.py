"""Stacked instruments with sessions of their own, against frames made by pandas and fits by statsmodels."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.stats import sandwich_covariance as sandwich

import marketimpact as mi
from marketimpact.regress.dummies import EventRegression
from marketimpact.regress.surprises import SurpriseResponse
from tests.study.world import SNAPSHOT, weekdays

DAYS = weekdays(260)
PLACES = tuple(range(12, 250, 9))
KINDS = np.array(["a", "b"])[np.arange(len(PLACES)) % 2]
SIZES = np.random.default_rng(3).normal(0.0, 0.5, len(PLACES))
NAMES = ("one", "two", "three")


def made_up() -> mi.Panel:
    """Three yields with days off of their own, and two controls with holes of their own."""
    rng = np.random.default_rng(11)
    common = rng.normal(0.0, 0.03, len(DAYS))
    frame = pd.DataFrame(
        {name: 5.0 + np.cumsum(common + rng.normal(0.0, 0.04, len(DAYS))) for name in NAMES}, index=DAYS
    )
    for name, share in zip(NAMES, (0.12, 0.0, 0.06), strict=True):
        frame.loc[rng.random(len(DAYS)) < share, name] = np.nan
    frame["EM"] = 50.0 * np.exp(np.cumsum(0.01 * rng.normal(size=len(DAYS)) - 0.1 * common))
    frame["UST"] = 2.0 + np.cumsum(rng.normal(0.0, 0.05, len(DAYS)))
    for name in ("EM", "UST"):
        frame.loc[rng.random(len(DAYS)) < 0.07, name] = np.nan
    bonds = [mi.SovereignBond(name, quoted="yield", snapshot=SNAPSHOT) for name in NAMES]
    factors = [
        mi.Factor("EM", snapshot=SNAPSHOT),
        mi.Factor("UST", move="difference", unit="percent", snapshot=SNAPSHOT),
    ]
    return mi.Panel.from_frame(frame, instruments=[*bonds, *factors])


PANEL = made_up()


def releases() -> mi.EventSet:
    return mi.EventSet.from_events(
        mi.Event(
            f"e{i}", announced_at=f"{DAYS[place]}T09:00", zone="UTC", category=str(kind), surprise=float(s),
            surprise_unit="points",
        )
        for i, (place, kind, s) in enumerate(zip(PLACES, KINDS, SIZES, strict=True))
    )  # fmt: skip


def reaches(i: int, name: str) -> bool:
    """Which pairs are studied: not all, so that dates and instruments cross."""
    return (i + NAMES.index(name)) % 4 != 0


PAIRS = [(f"e{i}", name) for i in range(len(PLACES)) for name in NAMES if reaches(i, name)]


def by_hand(
    taus: tuple[int, ...], values: dict[str, np.ndarray]
) -> tuple[pd.Series, pd.DataFrame, np.ndarray]:
    """y, X, dates: values of each kind put on each instrument's own sessions, tau sessions from the first behind."""
    parts = []
    for name in NAMES:
        levels = PANEL[name].dropna()
        index = levels.index
        rows = pd.DataFrame({"y": levels.diff() * 100.0})
        for kind, given in values.items():
            for tau in taus:
                column = pd.Series(0.0, index=index)
                for i, place in enumerate(PLACES):
                    at = index.searchsorted(pd.Timestamp(str(DAYS[place]))) + tau
                    if reaches(i, name) and KINDS[i] == kind and 0 <= at < len(index):
                        column.iloc[at] += given[i]
                rows[f"{kind} {tau}"] = column
        rows["EM"] = np.log(PANEL["EM"].reindex(index)).diff()
        rows["UST"] = PANEL["UST"].reindex(index).diff() * 100.0
        day = index.to_numpy().astype("datetime64[D]")
        spans = np.append(1.0, np.busday_count(day[:-1], day[1:]))
        for other in NAMES:
            rows[f"intercept {other}"] = spans if other == name else 0.0
        parts.append(rows.dropna().rename_axis("date").reset_index())
    whole = pd.concat(parts, ignore_index=True)
    return (
        whole["y"],
        whole.drop(columns=["y", "date"]),
        whole["date"].astype("category").cat.codes.to_numpy(),
    )


@pytest.mark.parametrize(("cov", "kind"), [("HC0", "CR0"), ("HC1", "CR1")])
@pytest.mark.parametrize(("leads", "lags"), [(0, 0), (2, 3), (0, 1)])
def test_dummies_with_leads_lags_and_controls_with_holes(leads: int, lags: int, cov: str, kind: str) -> None:
    taus = tuple(range(-leads, lags + 1))
    ones = np.ones(len(PLACES))
    y, x, dates = by_hand(taus, {"a": ones, "b": ones})
    spec = EventRegression(
        types="category", leads=leads, lags=lags, controls=("EM", "UST"), cov=cov, permutations=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mi.MarketImpactWarning)
        found = spec.run(PANEL, releases(), pairs=PAIRS)
    theirs = sm.OLS(y.to_numpy(), x.to_numpy()).fit()
    many = len(np.unique(dates))
    cov_theirs = sandwich.cov_cluster(theirs, dates, use_correction=False) * (
        many / (many - 1) if kind == "CR1" else 1
    )
    assert (found.n, found.n_clusters) == (len(y), many)
    np.testing.assert_allclose(found.estimates, theirs.params, rtol=1e-8)
    np.testing.assert_allclose(found.std_errors, np.sqrt(np.diag(cov_theirs)), rtol=1e-7)
    assert found.n_events[: len(taus) * 2] == tuple(
        len(np.unique(dates[x.iloc[:, j].to_numpy() > 0])) for j in range(len(taus) * 2)
    )


def test_surprises_of_stacked_instruments() -> None:
    raw = {kind: np.where(kind == KINDS, SIZES, 0.0) for kind in ("a", "b")}
    y, x, dates = by_hand((0,), raw)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mi.MarketImpactWarning)
        found = SurpriseResponse(controls=("EM", "UST"), cov="HC1").run(PANEL, releases(), pairs=PAIRS)
    theirs = sm.OLS(y.to_numpy(), x.to_numpy()).fit()
    many = len(np.unique(dates))
    cov = sandwich.cov_cluster(theirs, dates, use_correction=False) * many / (many - 1)
    plain = found.per_unit()
    np.testing.assert_allclose(plain.estimates, theirs.params, rtol=1e-8)
    np.testing.assert_allclose(plain.std_errors, np.sqrt(np.diag(cov)), rtol=1e-7)
    index = [PANEL[name].dropna().index.searchsorted(pd.Timestamp(str(DAYS[PLACES[0]]))) for name in NAMES]
    assert len(set(index)) > 1, "sessions are the instruments' own"


def test_hac_of_one_instrument_with_holes() -> None:
    """Lags count the moves that enter."""
    ones = np.ones(len(PLACES))
    y, x, _ = by_hand((0, 1), {"a": ones, "b": ones})
    mine = x["intercept one"].to_numpy() != 0.0
    x = x.loc[mine].drop(columns=["intercept two", "intercept three"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", mi.MarketImpactWarning)
        found = EventRegression(
            types="category", lags=1, controls=("EM", "UST"), cov="HAC", maxlags=6, permutations=0
        ).run(PANEL, releases(), pairs=[pair for pair in PAIRS if pair[1] == "one"])
    theirs = sm.OLS(y[mine].to_numpy(), x.to_numpy()).fit(cov_type="HAC", cov_kwds={"maxlags": 6})
    np.testing.assert_allclose(found.estimates, theirs.params, rtol=1e-8)
    np.testing.assert_allclose(found.std_errors, theirs.bse, rtol=1e-7)
