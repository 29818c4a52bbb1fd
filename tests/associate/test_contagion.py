"""The adjusted correlation: its formula, and that it takes out what the source's variance adds and no more."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.associate.contagion import adjusted_correlation
from tests.associate.world import panel_of
from tests.study.world import weekdays


def two(seed: int = 0, *, beta: float = 1.0, storm: float = 4.0, stormy: float | None = None) -> mi.Panel:
    """TR follows KZ by beta; from move 400 of 600 on KZ varies ``storm`` times as much, and beta may be another."""
    rng = np.random.default_rng(seed)
    late = np.arange(600) >= 400
    source = 0.005 * np.where(late, storm, 1.0) * rng.standard_normal(600)
    slope = np.where(late, beta if stormy is None else stormy, beta)
    target = slope * source + 0.01 * rng.standard_normal(600)
    return panel_of(source, "KZ").join(panel_of(target, "TR"))


SPAN = tuple(map(str, weekdays(601)[[401, 600]]))


def test_the_formula() -> None:
    panel = two()
    found = adjusted_correlation(panel, "KZ", "TR", SPAN)
    x, y = (np.diff(np.log(panel[name].to_numpy())) for name in ("KZ", "TR"))
    rho = np.corrcoef(x[400:], y[400:])[0, 1]
    d = x[400:].var(ddof=1) / x[:400].var(ddof=1) - 1.0
    calm = np.corrcoef(x[:400], y[:400])[0, 1]
    adjusted = rho / np.sqrt(1.0 + d * (1.0 - rho**2))
    np.testing.assert_allclose(found.estimates, [calm, rho, adjusted, adjusted - calm], rtol=1e-9)
    assert found.n == (400, 200, 200, 600)
    assert f"d = {d:+.2f}" in str(found.summary())
    marked = pd.Series(np.arange(601) > 400, index=weekdays(601))
    assert found == adjusted_correlation(panel, "KZ", "TR", marked)


def test_a_relation_that_does_not_change_is_no_contagion() -> None:
    """The correlation rises in every one of 25 worlds; the adjusted change is taken for one in about 5 %."""
    found = [adjusted_correlation(two(seed), "KZ", "TR", SPAN) for seed in range(25)]
    raw = np.array([one.estimates[1] - one.estimates[0] for one in found])
    change = np.array([one.estimates[3] for one in found])
    assert (raw > 0.2).all()
    assert abs(change.mean()) < 0.03
    assert np.mean([one.p_values[3] < 0.05 for one in found]) < 0.2


def test_a_relation_that_grows_is_found() -> None:
    found = adjusted_correlation(two(beta=0.3, stormy=2.0), "KZ", "TR", SPAN)
    assert found.p_values[3] < 0.01
    assert found.low[3] > 0.0


def test_what_is_no_turbulence() -> None:
    panel = two()
    with pytest.raises(mi.InputError, match="target: are one series"):
        adjusted_correlation(panel, "KZ", "KZ", SPAN)
    with pytest.raises(mi.InputError, match="is not in the panel"):
        adjusted_correlation(panel, "KZ", "UA", SPAN)
    with pytest.raises(mi.InputError, match="turbulent: has 3 turbulent moves"):
        adjusted_correlation(panel, "KZ", "TR", tuple(map(str, weekdays(601)[[401, 403]])))
    for span in (("2016-05-01", "2016-01-01"), ("spring", "autumn"), ("2016-01-01",)):
        with pytest.raises(mi.InputError, match="turbulent: is no span of dates"):
            adjusted_correlation(panel, "KZ", "TR", span)  # type: ignore[arg-type]
    with pytest.raises(mi.InputError, match="turbulent: does not say it of dates"):
        adjusted_correlation(panel, "KZ", "TR", pd.Series([1.0, 2.0]))
    with pytest.raises(mi.InputError, match="no level"):
        adjusted_correlation(panel, "KZ", "TR", SPAN, level=1.0)


def test_intervals_of_any_level_are_percentiles_of_the_draws_and_the_ledger_has_the_turbulence() -> None:
    panel = two()
    found = adjusted_correlation(panel, "KZ", "TR", SPAN, level=0.9)
    assert found.drawn is not None
    np.testing.assert_allclose(found.conf_int(), np.quantile(found.drawn, (0.05, 0.95), axis=0).T)
    np.testing.assert_allclose(found.conf_int(0.5), np.quantile(found.drawn, (0.25, 0.75), axis=0).T)
    rows = found.ledger.to_frame()
    assert len(rows) == found.n[1] == found.ledger.used
    assert rows["event_id"].iloc[[0, -1]].tolist() == list(SPAN)
    frame = panel.to_frame()
    frame.iloc[450, 0] = np.nan
    holed = adjusted_correlation(
        mi.Panel.from_frame(frame, instruments=panel.instruments), "KZ", "TR", SPAN
    ).ledger
    assert (holed.used, holed.given) == (198, 200)
    lost = holed.to_frame().query("status == 'left out'")
    assert set(lost["reason"]) == {"no move of both TR and KZ"}
