"""Made-up moves: that they are what a situation says they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from marketimpact.errors import InputError
from marketimpact.maths.abnormal import abnormal_moves, cumulate
from marketimpact.maths.dependence import overlap_clusters
from marketimpact.maths.least_squares import fit_windows
from marketimpact.maths.simulate import LEAST, MOST, Situation, simulate, windows_of

DRAWS = 4_000


def drawn(seed: int = 1, draws: int = DRAWS, **kwargs: object) -> tuple[np.ndarray, Situation]:
    situation = Situation("x", **kwargs)
    return simulate(situation, draws, np.random.default_rng(seed)), situation


@pytest.mark.parametrize("law", ["normal", "t3", "skewed", "garch", "autoregressive"])
def test_a_move_has_mean_0_and_variance_1_under_every_law(law):
    moves, _ = drawn(pairs=2, estimation=20, layout="one date", law=law, draws=20_000)
    alone = moves[:, :, -1].ravel()
    n = len(alone)
    assert abs(alone.mean()) < 4.0 / np.sqrt(n)
    # The fourth moment of a t with 3 degrees of freedom is infinite, that of a GARCH large.
    assert abs(alone.var() - 1.0) < {"t3": 0.25, "garch": 0.1}.get(law, 0.06)


def test_the_laws_are_those_that_are_named():
    last = {
        law: drawn(pairs=1, estimation=30, law=law)[0][:, 0] for law in ("t3", "skewed", "autoregressive")
    }
    assert stats.kstest(last["t3"][:, 5] * np.sqrt(3.0), stats.t(3).cdf).pvalue > 0.01
    assert stats.kstest(last["skewed"][:, 5] + 1.0, stats.expon.cdf).pvalue > 0.01
    pairs = last["autoregressive"]
    for lag, wanted in ((1, 0.2), (2, 0.04)):
        found = (pairs[:, lag:] * pairs[:, :-lag]).mean()
        assert abs(found - wanted) < 4.0 / np.sqrt(DRAWS * 30)


def test_the_variance_of_a_garch_follows_its_rule():
    """The squares of a GARCH are correlated by a (1 - a b - b^2) / (1 - 2 a b - b^2) with those of the day before."""
    moves, _ = drawn(pairs=1, estimation=60, law="garch", draws=30_000)
    squares = moves[:, 0] ** 2 - 1.0
    a, b = 0.10, 0.88
    wanted = a * (1.0 - a * b - b**2) / (1.0 - 2.0 * a * b - b**2)
    found = (squares[:, 1:] * squares[:, :-1]).mean() / (squares**2).mean()
    assert abs(found - wanted) < 0.05


def test_instruments_of_one_session_are_correlated_as_said():
    moves, _ = drawn(pairs=4, estimation=3, layout="one date", rho=0.3, draws=20_000)
    found = np.corrcoef(moves[:, :, 0].T)
    assert np.abs(found[np.triu_indices(4, 1)] - 0.3).max() < 4.0 * 0.91 / np.sqrt(20_000)
    moves, _ = drawn(pairs=3, estimation=3, layout="one date", unequal=True, draws=20_000)
    found = np.corrcoef(moves[:, :, 0].T)
    assert abs(found[0, 2] - LEAST * MOST) < 0.03
    assert abs(found[0, 1] - LEAST * (LEAST + MOST) / 2) < 0.03


def test_the_events_variance_is_raised_on_its_sessions_alone():
    moves, _ = drawn(
        pairs=3, sessions=2, estimation=5, layout="one date", rho=0.4, event_variance=3.0, common_variance=2.0
    )
    before, event = moves[:, :, :5], moves[:, :, 5:]
    assert abs(before.var() - 1.0) < 0.05
    assert abs(event.var() - (0.4 * 2.0 + 0.6 * 3.0)) < 0.15
    between = (event[:, 0] * event[:, 1]).mean()
    assert abs(between - 0.4 * 2.0) < 0.1


def test_an_effect_lies_on_the_first_session_of_each_window():
    with_effect, s = drawn(pairs=6, sessions=3, estimation=8, layout="few dates", dates=2, effect=5.0)
    without, _ = drawn(pairs=6, sessions=3, estimation=8, layout="few dates", dates=2)
    moved = windows_of(s).gather(with_effect - without)[0]
    assert moved[:, 8].tolist() == pytest.approx([5.0] * 6)
    assert np.count_nonzero(np.abs(moved[:, 9:]) > 1e-12) == 0


def test_half_of_the_moves_are_zero():
    moves, _ = drawn(pairs=2, estimation=50, stale=0.5)
    assert abs((moves == 0.0).mean() - 0.5) < 4.0 * 0.5 / np.sqrt(moves.size)


def test_spanned_moves_stand_behind_missing_quotes_and_vary_more():
    moves, s = drawn(pairs=5, sessions=2, estimation=60, spanned=True)
    w = windows_of(s)
    assert set(np.unique(w.spans)) == {1, 2, 3}
    assert np.array_equal(w.spans[:, 1:], np.diff(w.days, axis=1))
    for pair in range(5):
        missing = w.days[pair, 1:][w.spans[pair, 1:] > 1] - 1
        assert np.isnan(moves[:, pair, missing]).all()
    y = w.gather(moves)
    assert np.isfinite(y).all()
    for m in (1, 2, 3):
        assert abs(y[:, w.spans == m].var() - (1.0 + 0.3 * (m - 1))) < 0.05


@given(
    st.integers(1, 12), st.integers(1, 11), st.integers(3, 40),
    st.sampled_from(["apart", "one date", "one instrument", "staggered"]), st.integers(0, 12),
)  # fmt: skip
@settings(deadline=None, max_examples=60)
def test_windows_lie_as_their_layout_says(pairs, sessions, estimation, layout, step):
    s = Situation(
        "x", pairs, sessions, estimation, layout=layout, step=step if layout == "staggered" else None
    )
    w = windows_of(s)
    assert w.days.shape == (pairs, estimation + sessions)
    assert np.all(np.diff(w.days, axis=1) == 1)
    clusters = overlap_clusters(w.days[:, estimation], w.days[:, -1])
    own = len(np.unique(clusters))
    if layout in ("apart", "one instrument"):
        assert own == pairs
    if layout == "one date":
        assert own == 1
    if layout == "staggered":
        assert own == (pairs if step >= sessions else 1)
    hit = {(int(i), int(d)) for i, row in zip(w.instrument, w.days[:, estimation:], strict=True) for d in row}
    masked = [
        [(int(i), int(d)) in hit for d in row[:estimation]]
        for i, row in zip(w.instrument, w.days, strict=True)
    ]
    assert np.array_equal(w.usable[:, :estimation], ~np.array(masked))
    assert w.usable[:, estimation:].all()


def test_few_dates_hold_every_instrument_once():
    w = windows_of(Situation("x", 30, 11, 150, layout="few dates", dates=5))
    begins = w.days[:, 150]
    assert len(np.unique(begins)) == 5
    for day in np.unique(begins):
        assert sorted(w.instrument[begins == day]) == list(range(6))
    assert len(np.unique(overlap_clusters(begins, w.days[:, -1]))) == 5


def test_windows_gather_what_the_package_fits():
    """The fits and sums of the long arrays are those of the gathered windows."""
    moves, s = drawn(pairs=4, sessions=3, estimation=30, layout="staggered", step=2, rho=0.5, draws=1)
    w = windows_of(s)
    long, n = moves[0].ravel(), moves.shape[2]
    ones, known = np.ones(len(long)), np.full(len(long), True)
    starts = w.instrument * n + w.days[:, 0]
    fit = fit_windows(long, ones[None], known, starts, 30)
    abnormal = abnormal_moves(long, ones[None], ones, starts + 30, (0, 2), fit)
    sums = cumulate(abnormal, fit, [(np.array(0), np.array(2))])
    y = w.gather(moves)[0]
    mean = y[:, :30].mean(axis=1)
    scar = (y[:, 30:].sum(axis=1) - 3 * mean) / (y[:, :30].std(axis=1, ddof=1) * np.sqrt(3 + 9 / 30))
    assert sums.scar[:, 0] == pytest.approx(scar, rel=1e-12)


def test_a_seed_gives_the_same_moves_and_another_does_not():
    one, _ = drawn(seed=3, draws=5, pairs=2, rho=0.2, layout="one date")
    same, _ = drawn(seed=3, draws=5, pairs=2, rho=0.2, layout="one date")
    other, _ = drawn(seed=4, draws=5, pairs=2, rho=0.2, layout="one date")
    assert np.array_equal(one, same)
    assert not np.any(one == other)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"law": "cauchy"}, r"Situation\.law"),
        ({"layout": "nowhere"}, r"Situation\.layout"),
        ({"pairs": 0}, r"Situation\.pairs"),
        ({"estimation": 2}, r"Situation\.estimation"),
        ({"sessions": True}, r"Situation\.sessions"),
        ({"step": 1}, r"Situation\.step"),
        ({"layout": "staggered"}, r"Situation\.step"),
        ({"layout": "few dates", "pairs": 7}, r"Situation\.pairs"),
        ({"rho": 1.0}, r"Situation\.rho"),
        ({"stale": -0.1}, r"Situation\.stale"),
        ({"event_variance": 0.0}, r"Situation\.event_variance"),
        ({"common_variance": np.inf}, r"Situation\.common_variance"),
        ({"effect": np.nan}, r"Situation\.effect"),
        ({"spanned": True, "rho": 0.1}, r"Situation\.spanned"),
        ({"spanned": True, "law": "garch"}, r"Situation\.spanned"),
    ],
)
def test_what_is_no_situation_is_said(wrong, message):
    with pytest.raises(InputError, match=message):
        Situation("x", **wrong)
