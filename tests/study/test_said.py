"""Words of results whose headline is missing, or whose model knows no covariance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.study.models import NormalModel
from marketimpact.study.summary import p_said

DAYS = ("2012-07-26", "2013-05-22", "2015-01-22", "2016-06-24", "2018-06-14", "2020-03-16", "2021-06-16")
LATER = DAYS[2:]
"""Those on which the franc was no pegged rate."""

STERLING = mi.ScholesWilliams("EUR/GBP")
BY_VOLATILITY = mi.VolatilityStandardized(mi.MarketModel("EUR/GBP"))


@pytest.fixture(scope="module")
def panel() -> mi.Panel:
    return mi.fetch(["ecb:EUR/USD", "ecb:EUR/GBP", "ecb:EUR/CHF"], start="2011-06-01", end="2021-12-31")


@pytest.fixture(scope="module")
def pegged(panel: mi.Panel) -> mi.StudyResult:
    return study(panel, mi.FactorModel(("EUR/GBP", "EUR/CHF")), DAYS)


def study(panel: mi.Panel, model: NormalModel, days: tuple[str, ...]) -> mi.StudyResult:
    news = mi.EventSet.from_events(mi.Event(day, announced_at=day, zone="Europe/Berlin") for day in days)
    pairs = [(day, "EUR/USD") for day in days]
    return mi.EventStudy(model=model, timeline=mi.Timeline(min_estimation=30)).run(panel, news, pairs=pairs)


@pytest.mark.parametrize(
    ("p", "words"), [(0.0251, "p = .025"), (1e-9, "p < .001"), (1.0, "p = 1"), (np.nan, "p = n/a")]
)
def test_a_p_in_a_sentence(p: float, words: str) -> None:
    assert p_said(p) == words


def test_a_pair_without_a_headline_move_says_so(pegged: mi.StudyResult) -> None:
    """The franc stood still on its floor in July 2012, and a rate that stands still is no factor."""
    missing = [day for day in DAYS if np.isnan(pegged.one(day).headline.estimate)]
    assert missing == ["2012-07-26"]
    assert repr(pegged.one(missing[0])) == (
        "PairResult: 2012-07-26 on EUR/USD, 2012-07-26: no move in the headline window (flagged)"
    )
    assert "1 pair with missing moves does not enter" in str(pegged.summary())
    assert "1 more pair has no sum over the window" in str(pegged.over_events().summary())


def test_without_a_covariance_the_variance_of_event_days_is_not_tested(panel: mi.Panel) -> None:
    known = str(study(panel, mi.MarketModel("EUR/GBP"), LATER).over_events().summary())
    unknown = str(study(panel, STERLING, LATER).over_events().summary())
    words = "whether event days vary more than the estimation windows is not tested here"
    assert words not in known
    assert f"{words}, and crude dependence, Corrado and the date permutation trust" in unknown


@pytest.mark.parametrize("model", [STERLING, BY_VOLATILITY], ids=str)
def test_moves_without_a_standard_error_are_not_standardized(panel: mi.Panel, model: NormalModel) -> None:
    found = study(panel, model, LATER)
    odd = pd.Series(np.arange(len(LATER)) % 2, index=list(LATER))
    assert mi.cross_section(found, {"odd": odd}).fit.n == len(LATER)
    with pytest.raises(
        mi.InputError, match="standardized: moves of this model have no standard errors: theory has"
    ):
        mi.cross_section(found, {"odd": odd}, standardized=True)


def test_the_base_is_named_once(panel: mi.Panel) -> None:
    found = study(panel, STERLING, LATER)
    words = str(mi.robustness(found, event_id=LATER[0], instrument="EUR/USD", lengths=(90,)).summary())
    assert "base, estimation length 90 sessions" in words
    assert "base base" not in words
