"""Guards that a first user found missing: HC3 with few days, bandwidths without end, a driver that is a control."""

import numpy as np
import pytest
from scipy import stats

import marketimpact as mi
from marketimpact.regress.guard import false_rejection
from tests.regress.test_result import FOUND
from tests.study.world import news, price_panel, walk, weekdays


@pytest.mark.parametrize("days", [2, 5])
def test_hc3_rejects_as_often_as_is_said(days: int) -> None:
    """A dummy of a few days among 250, by simulation with the formula of HC3."""
    rng, n, draws = np.random.default_rng(3), 250, 20_000
    e, rest = rng.standard_normal((draws, days)), rng.standard_normal((draws, n - days))
    b = e.mean(axis=1) - rest.mean(axis=1)
    own = ((e - e.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / (1 - 1 / days) ** 2 / days**2
    others = ((rest - rest.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / (n - days) ** 2
    share = float((np.abs(b) > stats.norm.isf(0.025) * np.sqrt(own + others)).mean())
    assert false_rejection(days, n, cov="HC3") == pytest.approx(share, abs=0.012)
    assert false_rejection(days, n, cov="HC3") < false_rejection(days, n)


def panel() -> mi.Panel:
    rng = np.random.default_rng(4)
    return price_panel({"A": walk(rng, 300), "B": walk(rng, 300)}, weekdays(300))


def test_hc3_warns_with_few_event_days() -> None:
    given = news(weekdays(300)[[100, 180]])
    with pytest.warns(mi.MarketImpactWarning, match="HC3 is too small with fewer than 20 event days"):
        mi.EventRegression(cov="HC3").run(panel(), given, pairs=[("e0", "A"), ("e1", "A")])


def test_a_bandwidth_over_half_the_sample_is_refused() -> None:
    given = news(weekdays(300)[50:250:8])
    pairs = [(one, "A") for one in given.ids]
    with pytest.raises(mi.InputError, match="maxlags: reaches over more than half of 299 moves"):
        mi.EventRegression(cov="HAC", maxlags=150).run(panel(), given, pairs=pairs)


def test_a_driver_that_is_a_control_is_refused() -> None:
    given = news(weekdays(300)[50:250:8])
    with pytest.raises(mi.InputError, match="controls: moves as the controls do: nothing of it is left"):
        mi.rigobon_sack(panel(), given, "A", driver="B", spec=mi.VarianceSpec(controls=("B",)))


@pytest.mark.parametrize("level", [95.0, 0.0, -1.0])
def test_a_level_is_between_0_and_1(level: float) -> None:
    with pytest.raises(mi.InputError, match="level: is not a level"):
        FOUND.conf_int(level)
