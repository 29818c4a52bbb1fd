"""Distributed lags and Granger tests against statsmodels called directly, and their size under GARCH."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.tsa.stattools import grangercausalitytests

import marketimpact as mi
from marketimpact.associate.few_sessions import ENOUGH, earlier, shifted_p
from marketimpact.associate.lags import bandwidth, distributed_lags, granger
from marketimpact.maths.wild_f import wild_f
from tests.associate.world import WEEKDAY_SIZES, WEEKDAYS, led, news_of, panel_of


def satterthwaite(x: np.ndarray, c: np.ndarray) -> float:
    """Bell and McCaffrey's degrees of freedom of c'b, from the n x n matrices of the definition."""
    n = len(x)
    inverse = np.linalg.inv(x.T @ x)
    left = np.eye(n) - x @ inverse @ x.T
    g = left * (x @ inverse @ c / np.sqrt(np.diag(left)))
    inner = g.T @ g
    return float(np.trace(inner) ** 2 / np.trace(inner @ inner))


def test_lags_are_those_of_least_squares() -> None:
    news, panel = led(1)
    found = distributed_lags(news, panel, lags=2, leads=1, reading=WEEKDAYS)
    z = (news.to_numpy() - news.mean()) / news.std(ddof=0)
    y = np.diff(np.log(panel["KZ"].to_numpy()))
    at = np.arange(2, 499)
    x = sm.add_constant(np.column_stack([z[at - k] for k in (-1, 0, 1, 2)]))
    fit = sm.OLS(y[at], x).fit(cov_type="HC2", use_t=True)
    np.testing.assert_allclose(found.estimates[:4], fit.params[1:], rtol=1e-9)
    np.testing.assert_allclose(found.std_errors[:4], fit.bse[1:], rtol=1e-9)
    df = np.array([satterthwaite(x, np.eye(5)[j]) for j in (1, 2, 3, 4)])
    np.testing.assert_allclose(found.column("df")[:4], df, rtol=1e-7)
    np.testing.assert_allclose(found.p_values[:4], 2.0 * stats.t.sf(np.abs(fit.tvalues[1:]), df), rtol=1e-6)
    half = stats.t.isf(0.025, df) * fit.bse[1:]
    np.testing.assert_allclose(found.conf_int()["conf_high"][:4], fit.params[1:] + half, rtol=1e-7)
    total = fit.t_test(np.array([0.0, 0.0, 1.0, 1.0, 1.0]))
    assert found.estimates[4] == pytest.approx(float(total.effect[0]))
    assert found.std_errors[4] == pytest.approx(float(total.sd[0, 0]))
    assert found.column("df")[4] == pytest.approx(satterthwaite(x, np.array([0.0, 0.0, 1.0, 1.0, 1.0])))
    assert np.isnan(found.column("p_permutation")).all()
    assert found.terms == ("lead 1", "same session", "lag 1", "lag 2", "sum of lags 0 to 2")
    assert found.column("lag")[:4].tolist() == [-1.0, 0.0, 1.0, 2.0]
    assert found.n == (497,) * 5
    assert int(np.argmin(found.p_values[:4])) == 2


def test_sizes_have_hac_errors_unless_asked_otherwise() -> None:
    news, panel = led(0)
    found = distributed_lags(news, panel, lags=1, reading=WEEKDAY_SIZES)
    assert "HAC, bandwidth 5" in found.interval
    z = (news.to_numpy() - news.mean()) / news.std(ddof=0)
    y = np.abs(np.diff(np.log(panel["KZ"].to_numpy())))
    x = sm.add_constant(np.column_stack([z[1:], z[:-1]]))
    fit = sm.OLS(y[1:], x).fit(cov_type="HAC", cov_kwds={"maxlags": 5}, use_t=True)
    np.testing.assert_allclose(found.std_errors[:2], fit.bse[1:], rtol=1e-9)
    assert "HC1" in distributed_lags(news, panel, lags=1, reading=WEEKDAY_SIZES, cov="HC1").interval


def test_granger_is_that_of_statsmodels_and_its_robust_form_a_wald_test() -> None:
    news, panel = led(2)
    y = np.diff(np.log(panel["KZ"].to_numpy()))
    z = news.to_numpy()
    plain = granger(news, panel, lags=3, reading=WEEKDAYS, robust=False)
    for j, pair in enumerate((np.column_stack([y, z]), np.column_stack([z, y]))):
        f, p, df_denom, df_num = grangercausalitytests(pair, [3])[3][0]["ssr_ftest"]
        assert plain.statistics[j] == pytest.approx(f, rel=1e-8)
        assert plain.p_values[j] == pytest.approx(p, rel=1e-6)
        assert (plain.column("df_num")[j], plain.column("df_denom")[j]) == (df_num, df_denom)
    assert plain.p_values[0] < 1e-6
    assert plain.p_values[1] > 0.05
    robust = granger(news, panel, lags=3, reading=WEEKDAYS)
    at = np.arange(3, 500)
    zs = (z - z.mean()) / z.std()
    x = np.column_stack([np.ones(497)] + [y[at - k] for k in (1, 2, 3)] + [zs[at - k] for k in (1, 2, 3)])
    fit = sm.OLS(y[at], x).fit(cov_type="HC1", use_t=True)
    test = fit.f_test(np.eye(7)[4:])
    assert robust.statistics[0] == pytest.approx(float(test.fvalue))
    assert robust.column("p_f")[0] == pytest.approx(float(test.pvalue))
    direct = wild_f(y[at], x, 3, np.random.default_rng([0, 0]), draws=999)
    assert robust.p_values[0] == direct.p_value == robust.column("p_floor")[0] == 1e-3
    assert robust.estimates[0] == pytest.approx(fit.params[4:].sum())


def test_size_where_news_raise_the_variance_of_the_next_move() -> None:
    """Moves that past news widen but do not shift: the plain F rejects too often at 5 %, the bootstrap does not."""
    rng, hits = np.random.default_rng(0), np.zeros(2)
    for _ in range(60):
        news = rng.gamma(0.5, 1.0, 300)
        moves = 0.01 * np.r_[1.0, 0.2 + news[:-1]] * rng.standard_normal(300)
        series, panel = news_of(news), panel_of(moves)
        hits += [
            granger(series, panel, lags=1, reading=WEEKDAYS, robust=robust).p_values[0] < 0.05
            for robust in (True, False)
        ]
    robust, plain = hits / 60
    assert plain > 0.2
    assert robust < 0.14


def test_what_has_no_lags() -> None:
    news, panel = led(0, n=100)
    for lags in (-1, 11):
        with pytest.raises(mi.InputError, match="lags: is no number of sessions"):
            distributed_lags(news, panel, lags=lags, reading=WEEKDAYS)
    with pytest.raises(mi.InputError, match="leads: is no number of sessions"):
        distributed_lags(news, panel, lags=1, leads=99, reading=WEEKDAYS)
    with pytest.raises(mi.InputError, match="cov: is not known"):
        distributed_lags(news, panel, lags=1, reading=WEEKDAYS, cov="HC9")  # type: ignore[arg-type]
    with pytest.raises(mi.InputError, match="lags: is no past"):
        granger(news, panel, lags=0, reading=WEEKDAYS)
    for lags in ("3", None, 2.0, True):
        with pytest.raises(mi.InputError, match="lags: is no number of sessions"):
            granger(news, panel, lags=lags, reading=WEEKDAYS)  # type: ignore[arg-type]
    with pytest.raises(mi.InputError, match="moves with all lags are too few for 11 coefficients"):
        granger(news, panel, lags=5, reading=WEEKDAYS)


def on_days(days: int | list[int], rng: np.random.Generator, n: int = 300) -> np.ndarray:
    """One article on so many sessions, none on the others."""
    values = np.zeros(n)
    values[rng.choice(np.arange(10, n - 10), days, replace=False) if isinstance(days, int) else days] = 1.0
    return values


def test_size_of_lags_with_news_on_two_sessions() -> None:
    """Nominal 5 %: HC2 by the usual degrees of freedom rejects about 30 %, by its own no more than it says."""
    rng, hits, usual = np.random.default_rng(1), np.zeros(3), np.zeros(3)
    for _ in range(60):
        found = distributed_lags(
            news_of(on_days(2, rng, 150)), panel_of(0.01 * rng.standard_normal(150)), lags=1, reading=WEEKDAYS
        )
        hits += found.p_values < 0.05
        usual += np.abs(found.statistics) > 1.97
    assert (usual[:2] / 60 > 0.12).all()
    assert (hits / 60 < 0.12).all()


def test_sizes_on_few_adjacent_sessions_say_that_the_permutation_is_the_p_to_read() -> None:
    rng = np.random.default_rng(4)
    news, panel = news_of(on_days(list(range(150, 155)), rng)), panel_of(0.01 * rng.standard_normal(300))
    sizes = distributed_lags(news, panel, lags=1, reading=WEEKDAY_SIZES)
    assert any(
        "five in a row under GARCH" in words and "p_permutation is the p to read" in words
        for words in sizes.reading
    )
    assert np.isfinite(sizes.column("p_permutation")).all()
    moves = distributed_lags(news, panel, lags=1, reading=WEEKDAYS)
    assert not any("in a row under GARCH" in words for words in moves.reading)


def test_size_of_lags_with_news_of_heavy_tails() -> None:
    rng, hits, kept = np.random.default_rng(2), np.zeros((2, 3)), 0
    for _ in range(60):
        news, moves = np.exp(2.0 * rng.standard_normal(150)), 0.006 * rng.standard_t(3, 150)
        try:
            found = distributed_lags(news_of(news), panel_of(moves), lags=1, reading=WEEKDAYS)
        except mi.InputError:
            continue  # one session has it all
        kept += 1
        hits += [found.p_values < 0.05, found.column("p_permutation") <= 0.05]
    assert kept > 40
    assert (hits / kept < 0.15).all()


def test_size_of_granger_with_news_on_three_sessions() -> None:
    """Nominal 5 %: the law of the F rejects 40 %, the bootstrap no more than it says."""
    rng, hits = np.random.default_rng(3), np.zeros((2, 2))
    for _ in range(60):
        found = granger(
            news_of(on_days(3, rng, 150)), panel_of(0.006 * rng.standard_t(3, 150)), lags=3, reading=WEEKDAYS
        )
        hits += [found.p_values <= 0.05, found.column("p_f") <= 0.05]
    assert hits[0, 0] / 60 < 0.12
    assert hits[0, 1] / 60 < 0.12
    assert hits[1, 0] / 60 > 0.2


def test_granger_foresees_by_five_sessions_of_large_moves() -> None:
    rng = np.random.default_rng(4)
    news, moves = on_days(8, rng), 0.01 * rng.standard_normal(300)
    moves[1:] += 0.05 * news[:-1]
    found = granger(news_of(news), panel_of(moves), lags=2, reading=WEEKDAYS)
    assert found.p_values[0] < 0.02
    assert found.column("sessions")[0] == 8.0
    assert any("rests on about 8 sessions" in line for line in found.reading)
    assert found == granger(news_of(news), panel_of(moves), lags=2, reading=WEEKDAYS)
    other = granger(news_of(news), panel_of(moves), lags=2, reading=WEEKDAYS, seed=1)
    assert found.statistics.tolist() == other.statistics.tolist()


def test_one_session_of_news_is_refused_and_the_single_event_study_named() -> None:
    rng = np.random.default_rng(5)
    panel = panel_of(0.01 * rng.standard_normal(300))
    spike = rng.poisson(3.0, 300).astype(float)
    spike[150] = 900.0
    for values in (on_days([120], rng), spike):
        series = news_of(values)
        with pytest.raises(mi.InputError, match=r"to one session: the move of .*one_event\(...\); .*log1p"):
            distributed_lags(series, panel, lags=1, reading=WEEKDAYS)
        with pytest.raises(mi.InputError, match=r"varies on one session: .*one_event"):
            granger(series, panel, lags=1, reading=WEEKDAYS)
    last = news_of(on_days([120, 299], rng))
    with pytest.raises(mi.InputError, match=r"leaves 'lag 1' to one session"):
        distributed_lags(last, panel, lags=1, reading=WEEKDAYS)
    alone = granger(last, panel, lags=1, reading=WEEKDAYS)
    assert np.isnan(alone.p_values[0])
    assert alone.notes[0] == "one session carries a lag of articles: no p"
    assert (
        distributed_lags(np.log1p(news_of(spike)), panel, lags=1, reading=WEEKDAYS).column("sessions").min()
        > 5
    )


def test_lags_that_cannot_be_told_apart_are_named() -> None:
    rng = np.random.default_rng(6)
    panel = panel_of(0.01 * rng.standard_normal(300))
    weekly = news_of((np.arange(300) % 5 == 0).astype(float))
    with pytest.raises(
        mi.InputError, match=r"lags that cannot be told apart: 'lag 4' is made of 'same session', 'lag 1"
    ):
        distributed_lags(weekly, panel, lags=4, reading=WEEKDAYS)
    with pytest.raises(mi.InputError, match=r"lags that cannot be told apart: 'articles lag 5' is made of"):
        granger(weekly, panel, lags=5, reading=WEEKDAYS)
    ends = news_of(on_days([297, 298, 299], rng))
    with pytest.raises(mi.InputError, match=r"'lag 3' is made of 'const'"):
        distributed_lags(ends, panel, lags=3, reading=WEEKDAYS)


@pytest.mark.parametrize("cov", ["HC1", "HAC"])
def test_errors_that_few_sessions_make_too_small_warn_and_say_how_often(cov: str) -> None:
    rng = np.random.default_rng(7)
    news, panel = news_of(on_days(5, rng)), panel_of(0.01 * rng.standard_normal(300))
    with pytest.warns(mi.MarketImpactWarning, match=rf"{cov} is too small.*5 sessions: rejects about 1\d %"):
        found = distributed_lags(news, panel, lags=1, reading=WEEKDAYS, cov=cov)  # type: ignore[arg-type]
    assert found.reading[0].startswith(f"{cov} is too small with fewer than 20 sessions")
    assert found.column("sessions")[:2].tolist() == [5.0, 5.0]
    p = found.column("p_permutation")
    assert ((p >= 1 / 300) & (p <= 1.0)).all()
    sizes = distributed_lags(news, panel, lags=1, reading=WEEKDAY_SIZES)
    assert any("p_permutation is the p to read" in line for line in sizes.reading)
    assert "HC2" in sizes.interval, "the default for sizes is HAC from 20 sessions on alone"


def test_permutation_of_lags_is_that_of_a_loop_over_places() -> None:
    rng = np.random.default_rng(8)
    news, moves = on_days(4, rng, 60), rng.standard_normal(60)
    weights = np.array([[0.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
    sizes = []
    for by in range(60):
        z = np.roll(news, by)
        x = np.column_stack([np.ones(59), z[1:], z[:-1]])
        sizes.append(np.abs(weights @ np.linalg.lstsq(x, moves[1:], rcond=None)[0]))
    p, places = shifted_p(news, moves, [0, 1], weights)
    assert places == 60
    np.testing.assert_allclose(p, (np.array(sizes) >= sizes[0] - 1e-12).mean(axis=0))


def test_the_bandwidth_stays_within_half_of_the_moves() -> None:
    assert all(0 <= bandwidth(n) <= n / 2 for n in range(1, 3_000))
    assert bandwidth(400) == 5
    assert ENOUGH == 20.0
    assert np.isnan(earlier(np.ones(2), 3)).all()
