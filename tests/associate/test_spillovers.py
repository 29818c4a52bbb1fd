"""Spillovers against statsmodels' autoregression and the formula in loops; who leads is known."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.api import VAR

import marketimpact as mi
from marketimpact.associate.spillovers import SpilloverSpec, spillovers
from tests.associate.world import panel_of


def three(n: int = 600) -> mi.Panel:
    """TR answers KZ a session later; UA stands alone."""
    rng = np.random.default_rng(0)
    e = 0.01 * rng.standard_normal((3, n))
    tr = e[1] + 0.8 * np.r_[0.0, e[0][:-1]]
    return panel_of(e[0], "KZ").join(panel_of(tr, "TR"), panel_of(e[2], "UA"))


def test_shares_are_those_of_the_fitted_autoregression() -> None:
    panel = three()
    found = spillovers(panel, spec=SpilloverSpec(lags=2, horizon=5))
    moves = np.column_stack([np.diff(np.log(panel[name].to_numpy())) for name in panel])
    model = VAR(1_000.0 * moves).fit(2)  # another unit: shares are the same
    psi, sigma = model.ma_rep(4), np.asarray(model.sigma_u)
    theta = np.zeros((3, 3))
    for i in range(3):
        below = sum(psi[h][i] @ sigma @ psi[h][i] for h in range(5))
        for j in range(3):
            theta[i, j] = sum((psi[h][i] @ sigma[:, j]) ** 2 for h in range(5)) / sigma[j, j] / below
    theta /= theta.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.shares, theta, rtol=1e-6)
    assert found.total == pytest.approx((theta.sum() - np.trace(theta)) / 3)
    assert found.n == 598


def test_who_leads_sends() -> None:
    found = spillovers(three())
    assert found.net.idxmax() == "KZ"
    assert found.net.idxmin() == "TR"
    assert found.net.sum() == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(found.shares.sum(axis=1), 1.0)
    assert found.shares[1, 0] == pytest.approx(0.64 / 1.64, abs=0.06)
    assert found.received["UA"] < 0.05
    table = found.table()
    assert table.index.tolist() == ["KZ", "TR", "UA", "to others"]
    assert table.loc["to others", "from others"] == found.total
    assert table.loc["to others", "KZ"] == pytest.approx(found.sent["KZ"])
    frame = found.to_frame()
    assert len(frame) == 9
    assert frame.query("market == 'TR' and source == 'KZ'")["net"].iloc[0] > 0.3


def test_the_order_of_markets_does_not_matter() -> None:
    one, other = spillovers(three()), spillovers(three(), ["UA", "TR", "KZ"])
    np.testing.assert_allclose(other.shares[::-1, ::-1], one.shares, rtol=1e-7, atol=1e-10)


def test_rolling_windows_are_those_of_their_moves() -> None:
    panel = three()
    found = spillovers(panel, spec=SpilloverSpec(window=200, step=50))
    rolling = found.rolling()
    assert len(rolling) == 9
    last = mi.Panel.from_frame(panel.to_frame().iloc[-201:], instruments=panel.instruments)
    assert rolling["total"].iloc[-1] == pytest.approx(spillovers(last).total)
    assert rolling.index[-1] == panel["KZ"].index[-1]
    assert spillovers(panel).rolling().empty


def test_short_windows_are_said_to_show_more_than_there_is() -> None:
    """Five markets that have nothing to do with one another: chance makes the more of the shares the fewer sessions."""
    moves = 0.01 * np.random.default_rng(1).standard_normal((5, 600))
    panel = panel_of(moves[0], "A").join(*(panel_of(moves[i], "ABCDE"[i]) for i in range(1, 5)))
    found = spillovers(panel, spec=SpilloverSpec(window=120, step=60, draws=0))
    assert found.totals.mean() > 3 * found.total
    assert found.totals.min() > found.total
    words = "larger by chance than the whole sample's. Compare windows with each other."
    assert words in str(found.summary())
    assert words not in str(spillovers(panel, spec=SpilloverSpec(draws=0)).summary())


def test_a_market_that_hardly_moves_is_named() -> None:
    moves = np.zeros(600)
    moves[[100, 300]] = 0.02, -0.02
    panel, few = (
        three().join(panel_of(moves, "PEG")),
        "What PEG sends and receives rests on about 2 sessions: ",
    )
    found = spillovers(panel, spec=SpilloverSpec(draws=0))
    assert found.reading[0].startswith(few)
    assert "rests on about" not in "".join(found.reading[1:])
    assert "rests on about" not in str(spillovers(three(), spec=SpilloverSpec(draws=0)).summary())


def test_sizes_are_absolute_moves() -> None:
    found = spillovers(three(), spec=SpilloverSpec(of="size"))
    assert "sizes of moves" in found.title
    assert found.total != pytest.approx(spillovers(three()).total)


def test_what_it_shows() -> None:
    found = spillovers(three())
    text = str(found.summary())
    for words in (
        "total spillover",
        "VAR(2), 10 sessions ahead",
        "from others",
        "whoever began",
        "not effect",
    ):
        assert words in text
    assert repr(found).startswith("Spillovers: moves among KZ, TR, UA: total ")
    assert "<table>" in found._repr_html_()
    assert found == spillovers(three())
    assert found != spillovers(three(), spec=SpilloverSpec(lags=1))


def test_what_does_not_spill() -> None:
    panel = three()
    for chosen in (["KZ"], "KZ", ["KZ", "KZ"]):
        with pytest.raises(mi.InputError, match="instruments: are not several markets"):
            spillovers(panel, chosen)
    with pytest.raises(mi.InputError, match="is not in the panel"):
        spillovers(panel, ["KZ", "XX"])
    still = panel.join(panel_of(np.zeros(600), "ZZ"))
    with pytest.raises(mi.InputError, match="instruments: does not move; received 'ZZ'"):
        spillovers(still)
    with pytest.raises(mi.InputError, match="moves do not carry 7 coefficients an equation"):
        spillovers(panel, spec=SpilloverSpec(window=20))
    with pytest.raises(mi.InputError, match=r"window: 600 moves .* received 700"):
        spillovers(panel, spec=SpilloverSpec(window=700))
    with pytest.raises(mi.InputError, match="lags: is out of its range"):
        SpilloverSpec(lags=0)
    with pytest.raises(mi.InputError, match="of: is not known"):
        SpilloverSpec(of="level")  # type: ignore[arg-type]


def test_shares_by_name() -> None:
    found = spillovers(three())
    assert found.params["TR from KZ"] == found.shares[1, 0]
    frame = found.to_frame().set_index("term")
    assert frame.loc["UA from TR", "estimate"] == found.shares[2, 1]
    assert frame["estimate"].groupby(frame["market"]).sum().tolist() == pytest.approx([1.0] * 3)
    assert found.ledger.given == 0


def test_intervals_are_about_the_shares_as_far_as_the_draws_are() -> None:
    found = spillovers(three(), seed=3)
    low, high = found.interval_at(0.9)
    drawn = found.drawn.reshape(499, 9)
    lower, upper = np.quantile(drawn, 0.05, axis=0), np.quantile(drawn, 0.95, axis=0)
    np.testing.assert_allclose(low, np.clip(np.minimum(lower, 2 * found.estimates - upper), 0, 1))
    np.testing.assert_allclose(high, np.clip(np.maximum(upper, 2 * found.estimates - lower), 0, 1))
    totals = np.array([(one.sum() - np.trace(one)) / 3 for one in found.drawn])
    lower, upper = np.quantile(totals, 0.05), np.quantile(totals, 0.95)
    assert found.total_interval(0.9)[0] == pytest.approx(min(lower, 2 * found.total - upper))
    frame = found.to_frame().set_index("term")
    assert frame.loc["UA from TR", "conf_low"] == 0.0
    assert frame.loc["TR from KZ", "conf_low"] > 0.2
    assert found.total_words in str(found.summary())
    assert found == spillovers(three(), seed=3)
    assert found != spillovers(three(), seed=4)
    turned = spillovers(three(), ["UA", "TR", "KZ"], seed=3)
    np.testing.assert_allclose(turned.total_interval(), found.total_interval(), rtol=1e-6)
    narrow = spillovers(three(), spec=SpilloverSpec(level=0.5))
    assert narrow.conf_int().equals(spillovers(three()).conf_int(0.5))


def test_without_draws_there_is_no_interval() -> None:
    found = spillovers(three(), spec=SpilloverSpec(draws=0))
    assert np.isnan(found.to_frame()["conf_low"]).all()
    assert found.to_frame()["note"].str.contains("no interval").all()
    assert np.isnan(found.total_interval()).all()
    assert "to" not in found.total_words
    with pytest.raises(mi.InputError, match="draws: is out of its range"):
        SpilloverSpec(draws=-1)
    for few in (1, 98):
        with pytest.raises(
            mi.InputError, match=f"draws: are too few for an interval; received {few}; allowed: 99 or"
        ):
            SpilloverSpec(draws=few)
    for level in (0.0, 1.0, "x"):
        with pytest.raises(mi.InputError, match="level: no level"):
            SpilloverSpec(level=level)  # type: ignore[arg-type]


def test_intervals_hold_the_true_total() -> None:
    """Three markets with shocks of correlation .3, and none: percentiles of the draws would never hold the latter."""
    rng, held = np.random.default_rng(5), {0.0: 0, 0.3: 0}
    for rho in held:
        root = np.linalg.cholesky(np.full((3, 3), rho) + (1 - rho) * np.eye(3))
        true = 2 * rho**2 / (1 + 2 * rho**2)
        for _ in range(20):
            shocks = 0.01 * rng.standard_normal((300, 3)) @ root.T
            panel = panel_of(shocks[:, 0], "A").join(panel_of(shocks[:, 1], "B"), panel_of(shocks[:, 2], "C"))
            low, high = spillovers(panel, spec=SpilloverSpec(lags=1, horizon=3, draws=99)).total_interval()
            held[rho] += low <= true <= high
    assert held[0.0] >= 18
    assert held[0.3] >= 17
