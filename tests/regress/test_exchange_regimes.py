"""Exchange-rate regimes: weights that were put in come out, and pegs known to everybody are found."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.regress.break_result import BreakSearch
from marketimpact.regress.exchange_regimes import PEG, exchange_regimes
from tests.study.world import SNAPSHOT, weekdays

ANCHORS = ("USD", "EUR", "JPY")


def rates(n: int = 500, at: int = 300, *, inverse: tuple[str, ...] = ()) -> mi.Panel:
    """Rates against the euro; KZT follows USD by .7 and JPY by .3, and from a session on USD alone."""
    rng, days = np.random.default_rng(0), weekdays(n + 1)
    moves = {one: 0.006 * rng.standard_normal(n) for one in ("USD", "JPY", "CHF")}
    early = np.arange(n) < at
    noise = 0.0003 * rng.standard_normal(n)
    moves["KZT"] = np.where(early, 0.7 * moves["USD"] + 0.3 * moves["JPY"], moves["USD"]) + noise
    frame, members = {}, []
    for one, moved in moves.items():  # values in euros: the rate of EUR/one falls as one gains
        value = np.exp(np.r_[0.0, np.cumsum(moved)])
        turned = one in inverse
        pair = (
            mi.CurrencyPair(one, "EUR", snapshot=SNAPSHOT)
            if turned
            else mi.CurrencyPair("EUR", one, snapshot=SNAPSHOT)
        )
        frame[pair.id] = 0.9 * value if turned else 1.1 / value
        members.append(pair)
    return mi.Panel.from_frame(pd.DataFrame(frame, index=days), instruments=members)


def test_weights_and_the_date_come_out() -> None:
    panel = rates()
    found = exchange_regimes(panel, "KZT", anchors=ANCHORS)
    assert len(found.breaks) == 1
    assert abs(int(found.breaks[0]) - 300) <= 1
    table = found.regimes()
    assert table["USD"].tolist() == pytest.approx([0.7, 1.0], abs=0.02)
    assert table["JPY"].tolist() == pytest.approx([0.3, 0.0], abs=0.02)
    assert table["EUR"].abs().max() < 0.02
    assert found.words == ("pegged to a basket", "pegged to USD")
    assert found.anchors_led == ("USD", "USD")
    assert found.peg[0].p_value < 1e-6
    assert found.peg[1].p_value > 0.01
    assert all(one.test == PEG for one in found.peg)
    text = str(found.summary())
    for words in ("pegged to a basket, R2", "bp a session", "weight", "what the currency followed, not what"):
        assert words in text


def test_the_way_round_of_a_pair_does_not_matter() -> None:
    one = exchange_regimes(rates(), "KZT", anchors=ANCHORS, search=BreakSearch(choose=1))
    other = exchange_regimes(
        rates(inverse=("USD", "KZT")), "KZT", anchors=ANCHORS, search=BreakSearch(choose=1)
    )
    np.testing.assert_allclose(one.estimates, other.estimates, atol=1e-9)


def test_the_numeraire_hardly_matters_where_the_fit_is_close() -> None:
    base, search = rates(), BreakSearch(choose=1)
    one = exchange_regimes(base, "KZT", anchors=("USD", "JPY"), numeraire="CHF", search=search)
    other = exchange_regimes(base, "KZT", anchors=("USD", "JPY"), numeraire="EUR", search=search)
    np.testing.assert_allclose(one.estimates, other.estimates, atol=0.03)


def test_the_peg_of_the_yuan_ended_in_july_2005() -> None:
    """It was announced on 21 July 2005 at 19:00 in Beijing, 13:00 in Frankfurt: before that day's ECB rate."""
    panel = mi.fetch(
        [f"ecb:EUR/{one}" for one in ("CNY", "USD", "JPY", "CHF")], start="2005-01-03", end="2006-06-30"
    )
    found = exchange_regimes(panel, "CNY", anchors=ANCHORS)
    assert "2005-07-21" in found.sessions[found.breaks].astype(str).tolist()
    assert found.words[0] == "pegged to USD"
    assert found.r2[0] > 0.9999
    assert found.regimes()["USD"].iloc[0] == pytest.approx(1.0, abs=0.001)


def test_a_peg_to_the_currency_of_all_pairs_is_exact() -> None:
    """A currency that stands at 1.9558 to the euro is the euro, measured through the euro: residuals are zero."""
    panel = rates()
    still = mi.Panel.from_frame(
        pd.Series(np.full(501, 1.9558), index=weekdays(501)),
        instruments=mi.CurrencyPair("EUR", "BGN", snapshot=SNAPSHOT),
    )
    for search in (BreakSearch(variance=True), BreakSearch()):
        found = exchange_regimes(panel.join(still), "BGN", anchors=("USD", "EUR"), search=search)
        assert len(found.breaks) == 0
        assert found.words == ("pegged to EUR",)
        assert found.peg[0].reason == "the weights fit exactly"
        assert found.regimes()["EUR"].iloc[0] == pytest.approx(1.0)


def test_what_is_no_question() -> None:
    panel = rates()
    with pytest.raises(mi.InputError, match="anchors: stand more than once"):
        exchange_regimes(panel, "KZT", anchors=("USD", "CHF"))
    with pytest.raises(mi.InputError, match="anchors: stand more than once, or there is none"):
        exchange_regimes(panel, "KZT", anchors="USD")
    with pytest.raises(mi.InputError, match="panel: has no pair"):
        exchange_regimes(panel, "KZT", anchors=("USD", "GBP"))
    days = weekdays(501)
    other = mi.Panel.from_frame(
        pd.Series(np.ones(501), index=days), instruments=mi.CurrencyPair("USD", "TRY", snapshot=SNAPSHOT)
    )
    with pytest.raises(mi.InputError, match="panel: do not share one currency"):
        exchange_regimes(panel.join(other), "KZT", anchors=("USD",))
    bare = mi.Panel(tuple(mi.CurrencyPair(one.base, one.quote) for one in panel.instruments), panel.quotes)
    with pytest.raises(mi.InputError, match="snapshot: has no declared snapshot"):
        exchange_regimes(bare, "KZT", anchors=("USD",))
