"""The geopolitical-risk index beside real currencies, and Turkish bonds on Turkish events: findings, recomputed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import marketimpact as mi
from marketimpact.associate.coincidence import LargeMoves, event_coincidence
from marketimpact.associate.lags import distributed_lags
from marketimpact.associate.lead_lag import lead_lag
from marketimpact.associate.news_series import NewsReading, read_news
from marketimpact.regress.undated import MoveSearch, largest_moves

PAIRS = ("EUR/RUB", "EUR/TRY", "EUR/ZAR")


@pytest.fixture(scope="module")
def risk(shared: Path) -> pd.Series:
    """The daily index of Caldara and Iacoviello, newspaper-dated, seven days a week."""
    file = shared / "data" / "geopolitical_risk_daily.csv"
    return pd.read_csv(file, index_col="date", parse_dates=["date"])["value"].rename("geopolitical risk")


@pytest.fixture(scope="module")
def turkish(shared: Path) -> mi.Panel:
    folder = shared / "data" / "turkey_dollar_bonds"
    bond = mi.known_bond("TR 2045", quoted="yield", settlement_lag=0)
    return mi.read_prices(folder / "US900123CG37.csv", bond, value="Buy Rate")


def test_the_index_is_read_a_day_late(risk: pd.Series) -> None:
    panel = mi.fetch("ecb:EUR/RUB")
    found = read_news(risk, panel, reading=NewsReading(dating_lag=1))
    for day in ("2014-03-18", "2014-07-17"):
        at = int(np.flatnonzero(found.sessions == np.datetime64(day))[0])
        assert found.news[at] == risk[pd.Timestamp(day) + pd.Timedelta(days=1)]
    assert int(found.both.sum()) > 3_000


@pytest.mark.parametrize("pair", PAIRS)
def test_correlations_with_sizes_lie_within_the_bands(risk: pd.Series, pair: str) -> None:
    """Over 2010-2021 no lag stands out once both series' dependence is allowed for, where 1.96 / sqrt(n) is passed."""
    found = lead_lag(
        risk, mi.fetch(f"ecb:{pair}"), lags=5, reading=NewsReading(dating_lag=1, of="size"), draws=199
    )
    assert found.column("p_joint").min() > 0.05
    assert (found.column("pointwise") > 1.03 * found.column("plain")).all()
    if pair != "EUR/ZAR":
        assert (np.abs(found.estimates) > found.column("plain")).any()


def test_lags_of_the_index_recomputed(risk: pd.Series) -> None:
    panel = mi.fetch("ecb:EUR/RUB")
    found = distributed_lags(risk, panel, lags=2, reading=NewsReading(dating_lag=1))
    rates = panel["EUR/RUB"]
    moves = np.log(rates).diff()
    about = risk.set_axis(risk.index - pd.Timedelta(days=1))
    days = pd.Series(about.index, about.index)
    session = days.map(lambda day: rates.index[min(rates.index.searchsorted(day), len(rates) - 1)])
    news = about.groupby(session.to_numpy()).mean().reindex(moves.index).iloc[:]
    frame = pd.DataFrame({"move": moves, "news": news}).loc["2010-01-04":"2021-12-30"]
    z = (frame["news"] - frame["news"].mean()) / frame["news"].std(ddof=0)
    x = sm.add_constant(pd.concat([z.shift(k).rename(str(k)) for k in range(3)], axis=1).dropna())
    fit = sm.OLS(frame["move"].loc[x.index], x).fit(cov_type="HC2")
    np.testing.assert_allclose(found.estimates[:3], fit.params.iloc[1:], rtol=0.02, atol=2e-6)
    np.testing.assert_allclose(found.std_errors[:3], fit.bse.iloc[1:], rtol=0.02)


def test_turkish_events_and_the_largest_moves_of_a_bond(shared: Path, turkish: mi.Panel) -> None:
    events = mi.read_events(shared / "data" / "turkey_events.csv")
    found = largest_moves(turkish, events, search=MoveSearch(n=20))
    matched = {name for row in found.candidates for name, _ in row}
    assert {"tr-2016-07-15-coup", "tr-2018-08-10-tariffs"} <= matched
    assert found.chance_rate < 0.02
    assert found.matches[0].p_value == pytest.approx(0.032, abs=0.001)
    assert found.matches[1].p_value == pytest.approx(0.055, abs=0.001)
    rates = event_coincidence(turkish, events, LargeMoves(share=0.02))
    assert rates.params["trigger"] == pytest.approx(1 / 3)
    assert rates.pvalues["trigger"] == pytest.approx(0.017, abs=0.001)
