"""Tests over events of a study against the same tests on arrays that loops gather day by day."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.maths import over_events as means
from marketimpact.maths import rank_tests as ranks
from marketimpact.maths import sign_tests as signs
from marketimpact.maths.calendar_weights import CalendarSample
from marketimpact.maths.parametric import cluster_t
from marketimpact.study.gathered import gather
from marketimpact.study.inference import clusters_of
from tests.study.many_events import (
    CLASSICAL,
    IN_EVENT_TIME,
    NAMES,
    TIMELINE,
    TRUSTING,
    agree,
    aligned,
    apart,
    common_dates,
    loops,
    mean_correlation,
    wanted,
)
from tests.study.world import mixed_panel, news, price_panel, walk, weekdays


@pytest.mark.parametrize("window", [(0, 0), (-1, 1), (-5, 5)])
@pytest.mark.parametrize("model", [mi.ConstantMean(), mi.MarketModel("EM"), mi.BenchmarkSpread("UST")])
def test_loops_over_holidays_spans_and_masks(model, window):
    """Twelve dates; a yield, a price and a currency with holidays of their own; a factor with holes."""
    panel = mixed_panel(3, n=760, holidays=0.04, missing=0.03)
    names = ["KZ yield"] if isinstance(model, mi.BenchmarkSpread) else ["KZ yield", "KZ price", "USD/KZT"]
    events = apart(weekdays(760), 12, 45)
    pairs = pd.DataFrame(
        [(event, name) for event in events.ids for name in names], columns=["event_id", "instrument"]
    )
    result = mi.EventStudy(model=model, timeline=TIMELINE, windows=((0, 0), (-1, 1), (-5, 5))).run(
        panel, events, pairs=pairs
    )
    found = result.over_events(window, tests=CLASSICAL)
    assert len(found.kinds) == len(names)
    partial = 0
    for kind in found.kinds:
        one = loops(result, kind.kind, window)
        partial += int((~one.whole).sum())
        expected = wanted(one, np.arange(len(one.names)), window)
        assert [outcome.test for outcome in kind.outcomes] == list(NAMES)
        for outcome in kind.outcomes:
            agree(outcome, expected[outcome.test])
            assert outcome.n_clusters == outcome.n
        d = kind.diagnosis
        r = mean_correlation(one)
        assert (d.pairs, d.clusters, d.staggered) == (len(one.names), len(one.names), False)
        assert d.correlation == pytest.approx(r.raw, abs=1e-9)
        assert d.r == max(d.correlation, 0.0)
        assert d.effective == pytest.approx(d.pairs / (1 + (d.pairs - 1) * d.r))
        assert d.zero_share == one.zero_share
        assert d.shortest == one.df.min() + one.k
        assert d.incomplete == 12 - len(one.names) + (~one.whole).sum()
        spread = one.scar.var(ddof=1) / (one.df / (one.df - 2)).mean() / (1 - d.r)
        assert d.variance.statistic == pytest.approx(spread, rel=1e-7)
        assert d.variance.df == pytest.approx(r.df, rel=1e-7)
    if window == (-5, 5):  # a factor's holes are no instrument's
        assert bool(partial) == (not isinstance(model, mi.ConstantMean))


def test_pairs_with_missing_moves_are_counted():
    panel = mixed_panel(3, n=760, missing=0.05)
    result = mi.EventStudy(model=mi.MarketModel("EM"), timeline=TIMELINE).run(
        panel, apart(weekdays(760), 12, 45), pairs=pd.DataFrame(
            [(f"e{i}", "KZ price") for i in range(12)], columns=["event_id", "instrument"]
        ),
    )  # fmt: skip
    found = result.over_events((-5, 5), tests=CLASSICAL)
    one = loops(result, found.kinds[0].kind, (-5, 5))
    lost = int((~one.whole).sum())
    assert 0 < lost < 7
    for test in (means.CRUDE, ranks.CORRADO, signs.GENERALIZED_SIGN):
        assert found.one(test).n <= 12 - lost
    assert f"{lost} pairs with missing moves do not enter" in found.one(ranks.CORRADO).note
    assert found.one(means.BMP).n == 12
    assert found.kinds[0].diagnosis.incomplete == lost
    assert any(f"{lost} of the pairs lack a move" in words for words in found.kinds[0].diagnosis.words)


@pytest.mark.parametrize("holidays", [0.0, 0.02])
def test_loops_over_dates_that_instruments_share(holidays):
    """Five dates, six instruments with days off of their own: within a date residuals stand on one day.

    Estimation windows lie in each other's event windows, which are masked.
    """
    panel, events, pairs = common_dates(8, holidays=holidays)
    result = mi.EventStudy(timeline=TIMELINE, windows=((0, 0),)).run(panel, events, pairs=pairs)
    kind = result.over_events((0, 0), tests=CLASSICAL).kinds[0]
    one = loops(result, kind.kind, (0, 0))
    clusters = np.array([int(name[1:]) for name, _ in one.names])
    ledger = result.ledger.to_frame()
    same_day = ledger.groupby("event_id")["session"].nunique().max() == 1
    spans = ledger.groupby("event_id")["span"].nunique().max() == 1
    assert kind.diagnosis.staggered == (not (same_day and spans))
    if kind.diagnosis.staggered:
        pytest.fail("the made-up holidays move an event window: choose another seed")
    rows, r = aligned(one, one.residuals, clusters), mean_correlation(one)
    assert (rows.shape[1] > 120) == bool(holidays)
    by_name = {outcome.test: outcome for outcome in kind.outcomes}
    expected = {
        "cluster t": cluster_t(one.car, clusters),
        means.CRUDE: means.crude_dependence_t(one.car, aligned(one, one.moves, clusters), 1, k=1, clusters=clusters),
        means.ADJUSTED_PATELL: means.adjusted_patell_z(one.scar, one.df, r, clusters=clusters),
        means.KOLARI_PYNNONEN: means.kolari_pynnonen_t(one.scar, r, clusters=clusters),
        ranks.CORRADO: ranks.corrado_rank(rows, one.event, window=(5, 5), correlation=r.r),
        ranks.CORRADO_ZIVNEY: ranks.corrado_zivney_rank(
            rows, one.event, window=(5, 5), correlation=r.r, zero_share=one.zero_share
        ),
        ranks.GRANK_T: ranks.grank_t(rows, one.scar, correlation=r.r, zero_share=one.zero_share),
    }  # fmt: skip
    for name, outcome in expected.items():
        agree(by_name[name], outcome)
        assert by_name[name].n_clusters == 5
    for name in TRUSTING:
        assert "30 pairs form 5 date clusters" in by_name[name].reason
    assert by_name[means.KOLARI_PYNNONEN].df < 15  # not 29: five dates
    assert any("few date clusters" in words and "not 29" in words for words in kind.diagnosis.words)
    assert any("Pairs share clusters" in words for words in kind.diagnosis.words)


@pytest.mark.parametrize("policy", ["leave_out", "keep"])
def test_loops_over_overlapping_windows_of_one_instrument(policy):
    """Twelve events in four clusters of three, four sessions apart: what a study refuses, and what holds."""
    days = weekdays(600)
    panel = price_panel({"KZ": walk(np.random.default_rng(4), 600)}, days)
    at = np.concatenate([150 + 60 * g + np.arange(3) * 4 for g in range(4)])
    study = mi.EventStudy(
        timeline=TIMELINE, windows=((0, 0), (-5, 5)), policies=mi.Policies(contamination=policy)
    )
    result = study.run(panel, news(days[at]))
    for window in ((0, 0), (-5, 5)):
        kind = result.over_events(window, tests=CLASSICAL).kinds[0]
        one = loops(result, kind.kind, window)
        clusters = np.array([int(name[1:]) // 3 for name, _ in one.names])
        by_name = {outcome.test: outcome for outcome in kind.outcomes}
        r = mean_correlation(one)
        agree(by_name["cluster t"], cluster_t(one.car, clusters))
        agree(by_name[means.KOLARI_PYNNONEN], means.kolari_pynnonen_t(one.scar, r, clusters=clusters))
        agree(by_name[means.ADJUSTED_PATELL], means.adjusted_patell_z(one.scar, one.df, r, clusters=clusters))
        assert (r.raw > 0.05) == (window == (-5, 5))
        for name in TRUSTING:
            assert "12 pairs form 4 date clusters" in by_name[name].reason
        for name in IN_EVENT_TIME:
            assert "do not begin and end on the same days" in by_name[name].reason
        assert kind.diagnosis.staggered
        assert any("staggered" in words for words in kind.diagnosis.words)


def test_gathered_arrays_are_those_of_the_loops():
    panel = mixed_panel(3, n=760, holidays=0.04, missing=0.03)
    events = apart(weekdays(760), 12, 45)
    pairs = pd.DataFrame([(event, "KZ yield") for event in events.ids], columns=["event_id", "instrument"])
    result = mi.EventStudy(model=mi.FactorModel(["EM", "UST"]), timeline=TIMELINE).run(
        panel, events, pairs=pairs
    )
    clusters = clusters_of(result.alignment, result.estimates.rows, result.spec)
    (kind, places), = result.kinds.items()  # fmt: skip
    g = gather(result.alignment, result.estimates, result.spec, (-1, 1), places, clusters)
    one = loops(result, kind, (-1, 1))
    for name in ("car", "scar", "df", "whole", "still", "residuals", "moves", "days", "event"):
        np.testing.assert_allclose(
            np.asarray(getattr(g, name), dtype=float),
            getattr(one, name).astype(float),
            rtol=1e-7,
            atol=1e-10,
            err_msg=name,
        )
    for field in fields(CalendarSample):
        if field.name == "instrument":
            continue
        here, there = getattr(g.sample, field.name), getattr(one.sample, field.name)
        np.testing.assert_allclose(here, there, rtol=1e-7, atol=1e-10, err_msg=field.name)
    lengths = (g.sample.estimation_weights**2).sum(axis=1) + (g.sample.event_weights**2).sum(axis=1)
    np.testing.assert_allclose(
        g.car / np.sqrt(lengths * result.estimates.fit.sigma2[g.places]), g.scar, rtol=1e-9
    )
