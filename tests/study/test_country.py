"""One country on one event: whatever its assets quote, a gain has one sign; the reading says what the signs say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.provenance import Provenance
from marketimpact.study.country import READINGS
from tests.study.world import SNAPSHOT, weekdays

DAYS = weekdays(300)
AT = 250
EVENT = mi.Event("news", announced_at=f"{DAYS[AT]}T09:00", zone="UTC", place="KZ", title="News of the day")
KINDS: dict[str, tuple[mi.SovereignBond | mi.CurrencyPair | mi.Factor, int]] = {
    "yield": (mi.SovereignBond("yield", quoted="yield", issuer="KZ", currency="USD", snapshot=SNAPSHOT), -1),
    "price": (mi.SovereignBond("price", quoted="clean price", issuer="KZ", currency="USD", snapshot=SNAPSHOT), 1),
    "USD/KZT": (mi.CurrencyPair("USD", "KZT", snapshot=SNAPSHOT), -1),
    "KZT/USD": (mi.CurrencyPair("KZT", "USD", snapshot=SNAPSHOT), 1),
    "CDS": (
        mi.Factor(
            "CDS", move="difference", unit="bp", quoted="CDS spread", place="KZ", gains="down", snapshot=SNAPSHOT
        ),
        -1,
    ),
    "KASE": (mi.Factor("KASE", quoted="equity index", place="KZ", gains="up", snapshot=SNAPSHOT), 1),
}  # fmt: skip
"""Instruments of one country, each with the sign with which a move is a gain."""


def panel_of(gains: dict[str, float], instruments: dict[str, Any] | None = None, seed: int = 1) -> mi.Panel:
    """Series with a move on the day of the news, in standard deviations of a gain of the country."""
    members = instruments or {name: KINDS[name][0] for name in gains}
    rng = np.random.default_rng(seed)
    columns = {}
    for name, gain in gains.items():
        sign = KINDS[name][1] if name in KINDS else members[name].gain_sign("KZ")
        path = rng.standard_normal(len(DAYS))
        path[AT] = sign * gain
        kind = members[name].move_kind()
        columns[name] = (
            np.exp(4.0 + 0.01 * path.cumsum()) if kind.rule == "log" else 40.0 + 0.05 * path.cumsum()
        )
    return mi.Panel.from_frame(pd.DataFrame(columns, index=DAYS), instruments=members.values())


def view(
    gains: dict[str, float], instruments: dict[str, Any] | None = None, **options: Any
) -> mi.CountryView:
    panel = panel_of(gains, instruments)
    return mi.country_view(mi.EventStudy(**options).run(panel, EVENT, pairs="place"))


@pytest.mark.parametrize(("gain", "word"), [(8.0, "gained"), (-8.0, "lost")])
def test_whatever_it_quotes_a_gain_has_one_sign(gain: float, word: str) -> None:
    found = view(dict.fromkeys(KINDS, gain))
    table = found.to_frame().set_index("instrument")
    assert table.index.tolist() == list(KINDS)
    assert table["sign"].tolist() == [sign for _, sign in KINDS.values()]
    assert (np.sign(table["gain"]) == np.sign(gain)).all()
    assert (np.sign(table["estimate"]) == np.sign(gain) * table["sign"]).all()
    assert table["reading"].tolist() == [word] * 6
    assert table["unit"].tolist() == ["bp", "log", "log", "log", "bp", "log"]
    assert table["what"].tolist() == ["bond", "bond", "currency", "currency", "CDS spread", "equity index"]
    assert found.test.direction.p_value < 1e-6
    assert np.sign(found.test.direction.estimate) == np.sign(gain)
    assert found.test.joint.p_value < 1e-6
    assert found.test.rank.p_value == found.test.rank.p_floor == pytest.approx(1 / 121)
    assert f"(bond: {word}, currency: {word}, CDS: {word}, KASE: {word})" in found.reading


def test_the_inverse_quote_says_the_same() -> None:
    panel = panel_of({"USD/KZT": -6.0, "yield": -6.0})
    frame = panel.to_frame()
    frame["KZT/USD"] = 1.0 / frame.pop("USD/KZT")
    turned = mi.Panel.from_frame(frame, instruments=[KINDS["yield"][0], KINDS["KZT/USD"][0]])
    one, other = (
        mi.country_view(mi.EventStudy().run(each, EVENT, pairs="place")) for each in (panel, turned)
    )
    left, right = (
        each.to_frame().set_index("what")[["gain", "p_value", "reading", "std_error"]].sort_index()
        for each in (one, other)
    )
    pd.testing.assert_frame_equal(left, right, rtol=1e-9)
    assert one.reading == other.reading
    assert one.test.joint.p_value == pytest.approx(other.test.joint.p_value, rel=1e-9)
    assert one.test.direction.p_value == pytest.approx(other.test.direction.p_value, rel=1e-9)


def test_the_numbers_are_those_of_the_pairs() -> None:
    """All have the same days, so that fitting on common sessions changes nothing."""
    panel = panel_of(dict.fromkeys(KINDS, 3.0))
    result = mi.EventStudy().run(panel, EVENT, pairs="place")
    found = mi.country_view(result).to_frame().set_index("instrument")
    pairs = result.to_frame("car").query("term == 'headline'").set_index("instrument").loc[found.index]
    np.testing.assert_allclose(found["estimate"], pairs["estimate"], rtol=1e-9)
    np.testing.assert_allclose(found["std_error"], pairs["std_error"], rtol=1e-9)
    np.testing.assert_allclose(found["gain"], found["sign"] * pairs["statistic"], rtol=1e-9)
    np.testing.assert_allclose(found["p_value"], pairs["p_value"], rtol=1e-7)


LOCAL = {name: KINDS[name][0] for name in ("yield", "USD/KZT")} | {
    "yield": mi.SovereignBond("yield", quoted="yield", issuer="KZ", currency="KZT", snapshot=SNAPSHOT)
}
CLEAR = {"lost": -8.0, "gained": 8.0, "no clear move": 0.1}


@pytest.mark.parametrize("bond", CLEAR)
@pytest.mark.parametrize("currency", CLEAR)
def test_every_reading_of_a_bond_in_the_countrys_currency(bond: str, currency: str) -> None:
    found = view({"yield": CLEAR[bond], "USD/KZT": CLEAR[currency]}, LOCAL)
    words = READINGS[(bond, currency)]
    assert found.reading == f"{words[0].upper()}{words[1:]} (bond: {bond}, currency: {currency})."


@pytest.mark.parametrize("paid", ["USD", None])
def test_a_bond_in_another_currency_says_nothing_of_tight_money(paid: str | None) -> None:
    bond = mi.SovereignBond("yield", quoted="yield", issuer="KZ", currency=paid, snapshot=SNAPSHOT)
    members = LOCAL | {"yield": bond}
    for one, other in (("lost", "gained"), ("gained", "lost")):
        found = view({"yield": CLEAR[one], "USD/KZT": CLEAR[other]}, members)
        assert found.reading == (
            f"The bonds {one} and the currency {other}, and the bonds are not known to be in that currency: credit and"
            f" currency went apart (bond: {one}, currency: {other})."
        )
    both = view({"yield": -8.0, "USD/KZT": -8.0}, members)
    assert both.reading.startswith("Bonds and currency lost together, as when investors leave")


@pytest.mark.parametrize("gain", CLEAR.values(), ids=CLEAR)
def test_one_kind_alone_is_read_alone(gain: float) -> None:
    bond, currency, stocks = (view({name: gain}).reading for name in ("yield", "USD/KZT", "KASE"))
    assert "no currency stands beside them (bond: " in bond
    assert "no bond stands beside it (currency: " in currency
    assert stocks.startswith("Neither a bond nor the currency is among the instruments (KASE: ")


def test_bonds_that_differ_are_not_read_as_one() -> None:
    found = view({"yield": 8.0, "price": -8.0, "USD/KZT": -8.0})
    assert found.reading == ("The signs differ among instruments of one kind (bond: mixed, currency: lost).")
    clear_and_not = view({"yield": 8.0, "price": 0.1, "USD/KZT": 8.0})
    assert "(bond: gained, currency: gained)" in clear_and_not.reading


def test_a_move_is_clear_from_the_level_of_the_study() -> None:
    """2.5 standard errors are clear at 95 %, and not at 99 %."""
    panel = panel_of({"yield": 2.5})
    found = [
        mi.country_view(mi.EventStudy(level=level).run(panel, EVENT, pairs="place")).to_frame().iloc[0]
        for level in (0.95, 0.99)
    ]
    assert [row["reading"] for row in found] == ["gained", "no clear move"]
    assert 0.01 < found[0]["p_value"] < 0.05


def test_what_declares_no_sign_stays_out_and_is_named() -> None:
    quiet = mi.Factor("reserves", quoted="reserves", place="KZ", snapshot=SNAPSHOT)
    panel = panel_of({"yield": -8.0, "reserves": 0.0}, {"yield": KINDS["yield"][0], "reserves": quiet})
    found = mi.country_view(mi.EventStudy().run(panel, EVENT, pairs="place"))
    assert found.test.instruments == ("yield",)
    assert "left out: reserves: does not say how the assets of KZ gain" in str(found.summary())


def test_a_spread_of_a_bond_is_one_of_the_countrys_assets() -> None:
    panel = panel_of({"yield": -8.0, "USD/KZT": -8.0})
    rng = np.random.default_rng(9)
    rates = pd.DataFrame({"UST": 2.0 + 0.02 * rng.standard_normal(len(DAYS)).cumsum()}, index=DAYS)
    ust = mi.Factor("UST", move="difference", unit="percent", snapshot=SNAPSHOT)
    made = mi.spread(panel.join(mi.Panel.from_frame(rates, instruments=ust)), "yield", "UST")
    found = mi.country_view(mi.EventStudy().run(panel.join(made), EVENT, pairs="place"))
    row = found.to_frame().set_index("instrument").loc["yield less UST"]
    assert (row["sign"], row["reading"], row["what"]) == (-1, "lost", "spread")


def test_the_summary_shows_units_the_rule_and_every_test() -> None:
    words = str(view(dict.fromkeys(KINDS, 8.0)).summary())
    assert words.startswith(f"KZ, {DAYS[AT]}: News of the day\ngain: + = the country's assets gained\n")
    for expected in (
        " bp ",
        " % ",
        "joint F (6 series)",
        "joint distance, rank with refit (6 series)",
        "smallest",
    ):
        assert expected in words
    assert "t of the mean signed move (6 series): mean +" in words


def test_only_series_that_enter_stamp_the_view() -> None:
    panel, other = panel_of({"yield": -8.0}), panel_of({"USD/KZT": -8.0})
    made_up = mi.Panel(
        other.instruments,
        tuple(
            type(one)(
                one.sessions, one.levels, Provenance("a model", kind="simulation"), one.notes, one.still
            )
            for one in other.quotes
        ),
    )
    both = panel.join(made_up)
    stamped = mi.country_view(mi.EventStudy().run(both, EVENT, pairs="place"))
    assert stamped.stamp == "SIMULATION"
    assert "SIMULATION: not all series were observed; every p is illustrative" in str(stamped.summary())
    alone = mi.country_view(mi.EventStudy().run(both, EVENT, pairs=[("news", "yield")]))
    assert alone.stamp is None


def test_the_place_may_be_named_and_must_be_known() -> None:
    panel = panel_of({"yield": -8.0})
    nowhere = mi.Event("news", announced_at=f"{DAYS[AT]}T09:00", zone="UTC")
    result = mi.EventStudy().run(panel, nowhere)
    assert mi.country_view(result, place="KZ").place == "KZ"
    with pytest.raises(mi.InputError, match="place: has no place; received 'news'"):
        mi.country_view(result)
    with pytest.raises(mi.InputError, match="no instrument with numbers belongs to TR"):
        mi.country_view(result, place="TR")
    with pytest.raises(mi.InputError, match="unknown"):
        mi.country_view(result, "unknown")


def test_of_several_events_one_must_be_named() -> None:
    other = mi.Event("other", announced_at=f"{DAYS[AT - 30]}T09:00", zone="UTC", place="KZ")
    result = mi.EventStudy().run(panel_of({"yield": -8.0}), mi.EventSet.from_events([EVENT, other]))
    with pytest.raises(mi.InputError, match="event_id: the study holds 2 events: name one"):
        mi.country_view(result)
    assert mi.country_view(result, "other").title == "other"


def test_a_view_without_numbers_says_so_and_claims_nothing() -> None:
    """The benchmark is not quoted on the day: no series has a move, and the view names them."""
    panel = panel_of({"yield": -8.0, "CDS": -8.0})
    rng = np.random.default_rng(9)
    rates = pd.DataFrame({"UST": 2.0 + 0.02 * rng.standard_normal(len(DAYS)).cumsum()}, index=DAYS)
    rates.loc[DAYS[AT]] = np.nan
    ust = mi.Factor("UST", move="difference", unit="percent", snapshot=SNAPSHOT)
    panel = panel.join(mi.Panel.from_frame(rates, instruments=ust))
    for model in (mi.BenchmarkSpread("UST"), mi.MarketModel("UST")):
        found = mi.country_view(mi.EventStudy(model=model).run(panel, EVENT, pairs="place"))
        assert len(found.to_frame()) == 0
        assert found.reading == "No instrument has every move of the window."
        words = str(found.summary())
        assert words.count("not applicable") == 3
        assert "left out: yield: a move of the window is missing" in words
        assert "left out: CDS: a move of the window is missing" in words


def test_a_model_without_standard_errors_claims_nothing_of_a_large_move() -> None:
    """A bond that loses eight deviations did not "not move clearly": nobody can say by how much moves err."""
    model = mi.VolatilityStandardized(mi.ConstantMean())
    found = view({"yield": -8.0, "USD/KZT": -8.0}, model=model)
    assert not found.tested
    assert set(found.to_frame()["reading"]) == {"not tested"}
    assert found.reading.startswith("No move is told from ordinary ones: theory has no covariance")
    words = str(found.summary())
    assert "nan" not in words
    assert "not move clearly" not in words
    assert view({"yield": -8.0}).tested
