"""Series made of yields: spreads, the shape of a curve; against pandas, in every unit, and honest about lost days."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.provenance import Provenance
from tests.market.test_curves import DAYS, POINTS, SNAPSHOT, bond, by_numpy, made_up, rates

LONDON = "16:30 Europe/London"
MATURES = date(2045, 7, 21)
PER_PERCENT = {"percent": 1.0, "decimal": 0.01, "bp": 100.0}


def dollars(seed: int = 4, **terms: Any) -> tuple[pd.Series, mi.Panel]:
    rng = np.random.default_rng(seed)
    levels = pd.Series(4.0 + rng.normal(0.0, 0.05, len(DAYS)).cumsum(), index=DAYS, name="KZ")
    instrument = bond("KZ", MATURES, issuer="KZ", snapshot=LONDON, **terms)
    scale = 0.01 if terms.get("yield_unit") == "decimal" else 1.0
    return levels, mi.Panel.from_frame((levels * scale).to_frame(), instruments=instrument)


def years(day: pd.Timestamp) -> float:
    return (MATURES - day.date()).days / 365.25


def test_a_g_spread_is_the_yield_less_the_curve_on_each_day() -> None:
    frame = made_up(5, holes=0.1)
    own, panel = dollars()
    own = own.drop(DAYS[[3, 17]])
    panel = mi.Panel.from_frame(own.to_frame(), instruments=panel.instruments[0]).join(rates(frame))
    made = mi.spread(panel, "KZ", mi.curve(panel, POINTS, id="UST"))
    tenors = np.array(list(POINTS.values()))
    expected = own - pd.Series({day: by_numpy(row, tenors, years(day)) for day, row in frame.iterrows()})
    expected = expected.dropna()
    pd.testing.assert_series_equal(made["KZ less UST"], expected, check_names=False, check_index_type=False)
    lost = len(own) - len(expected)
    assert lost > 0
    assert made.quotes[0].notes[0] == f"{lost} of {len(own)} quotes of KZ without one of UST: no spread"


@pytest.mark.parametrize("unit", PER_PERCENT)
@pytest.mark.parametrize("own_unit", ["percent", "decimal"])
def test_the_units_of_bond_and_benchmark_do_not_matter(own_unit: str, unit: str) -> None:
    frame = made_up(6)
    own, panel = dollars(yield_unit=own_unit)
    panel = panel.join(rates(frame * PER_PERCENT[unit], unit))
    plain = mi.spread(panel, "KZ", "10y")
    np.testing.assert_allclose(plain["KZ less 10y"], own - frame["10y"], rtol=0, atol=1e-12)
    curved = mi.spread(panel, "KZ", mi.curve(panel, POINTS))
    _, other = dollars()
    reference = other.join(rates(frame))
    expected = mi.spread(reference, "KZ", mi.curve(reference, POINTS))
    np.testing.assert_allclose(curved["KZ less curve"], expected["KZ less curve"], rtol=0, atol=1e-12)
    assert curved.instruments[0].quoted_unit == "percent"
    assert str(curved.instruments[0].move_kind()) == "spread change [bp]"


def test_it_carries_what_its_parents_are() -> None:
    _, panel = dollars()
    made_up_rates = mi.Panel.from_frame(
        made_up(7), instruments=rates(made_up(7)).instruments, provenance=Provenance("a model", kind="simulation")
    )  # fmt: skip
    panel = panel.join(made_up_rates)
    made = mi.spread(panel, "KZ", "10y", id="KZ spread")
    (instrument,), (quotes,) = made.instruments, made.quotes
    assert instrument.id == "KZ spread"
    assert instrument.gain_sign("KZ") == -1
    assert instrument.gain_sign("TR") == 0
    assert instrument.snapshot is None  # of two clocks
    assert quotes.provenance.kind == "simulation"
    assert made.stamp == "SIMULATION"
    assert quotes.notes == ("asynchronous: made of quotes at 15:30 America/New_York, 16:30 Europe/London",)


def test_quotes_of_one_clock_keep_it_and_unknown_clocks_are_said() -> None:
    own, panel = dollars()
    alike = mi.Factor("UST", move="difference", unit="percent", snapshot=LONDON)
    unknown = mi.Factor("UST", move="difference", unit="percent")
    found = []
    for factor in (alike, unknown):
        other = mi.Panel.from_frame((own - 2.0).to_frame("UST"), instruments=factor)
        found.append(mi.spread(panel.join(other), "KZ", "UST"))
    assert str(found[0].instruments[0].snapshot) == LONDON
    assert found[0].quotes[0].notes == ()
    assert found[1].quotes[0].notes == (
        "made of quotes whose snapshots are not all known: perhaps asynchronous",
    )


def test_beyond_the_curve_its_end_is_taken_and_the_days_are_counted() -> None:
    frame = made_up(8)
    _, panel = dollars()
    long = bond("KZ", date(2051, 11, 30), issuer="KZ", snapshot=LONDON)  # 30 years are left on the 30th
    panel = mi.Panel((long,), panel.quotes).join(rates(frame))
    made = mi.spread(panel, "KZ", mi.curve(panel, POINTS))
    far = int(sum((date(2051, 11, 30) - day.date()).days > 30 * 365.25 for day in DAYS))
    assert 0 < far < len(DAYS)
    assert f"on {far} days the maturity lies beyond curve: its end was taken, flat" in made.quotes[0].notes
    first = panel["KZ"].iloc[0] - frame["30y"].iloc[0]
    assert made["KZ less curve"].iloc[0] == pytest.approx(first, abs=1e-12)


def test_a_bond_of_the_curve_is_left_out_of_its_own_benchmark_and_its_end_said() -> None:
    rng = np.random.default_rng(9)
    names = {"A": date(2030, 1, 1), "B": date(2035, 1, 1), "C": date(2045, 1, 1)}
    frame = pd.DataFrame({name: 4.0 + rng.normal(0, 0.05, len(DAYS)).cumsum() for name in names}, index=DAYS)
    panel = mi.Panel.from_frame(
        frame, instruments=[bond(name, matures, issuer="KZ") for name, matures in names.items()]
    )
    made = mi.spread(panel, "C", mi.curve(panel, list(names), id="KZ"))
    np.testing.assert_allclose(made["C less KZ"], frame["C"] - frame["B"], atol=1e-12)
    assert f"on {len(DAYS)} days the maturity lies beyond KZ: its end was taken, flat" in made.quotes[0].notes


def test_a_frozen_point_that_is_not_needed_freezes_no_spread() -> None:
    """A bill near zero that stands for weeks says nothing of a bond of 23 years."""
    frame = made_up(10)
    frame.iloc[10:22, 0] = 1.0
    frame.iloc[25:36, 3] = 2.6
    _, panel = dollars()
    panel = panel.join(rates(frame))
    curved, plain = (
        mi.spread(panel, "KZ", benchmark).quotes[0].standing_still()
        for benchmark in (mi.curve(panel, POINTS), "2y")
    )
    assert np.flatnonzero(curved).tolist() == list(range(26, 36))
    assert np.flatnonzero(plain).tolist() == list(range(11, 22))


def test_a_frozen_bond_freezes_its_spread() -> None:
    own, panel = dollars()
    own.iloc[12:24] = 4.0
    panel = mi.Panel.from_frame(own.to_frame(), instruments=panel.instruments[0]).join(rates(made_up(11)))
    made = mi.spread(panel, "KZ", mi.curve(panel, POINTS))
    assert np.flatnonzero(made.quotes[0].standing_still()).tolist() == list(range(13, 24))


def wrong_panel() -> mi.Panel:
    frame = pd.DataFrame({name: [90.0, 91.0] for name in ("KZ", "open", "price", "VIX")}, index=DAYS[:2])
    instruments = [
        bond("KZ", MATURES),
        mi.SovereignBond("open", quoted="yield"),
        bond("price", MATURES, quoted="clean price"),
        mi.Factor("VIX", move="difference", unit="points"),
    ]
    return mi.Panel.from_frame(frame, instruments=instruments).join(rates(made_up(1)))


@pytest.mark.parametrize(
    ("name", "benchmark", "words"),
    [
        ("KZ", "KZ", "benchmark: is its own benchmark; received 'KZ'"),
        ("KZ", "unknown", "is not in the panel; received 'unknown'"),
        ("price", "10y", "a spread is a difference of yields, and these are none; received {'price': 'clean price"),
        ("KZ", "price", "mi.requote(panel, id, 'yield') turns prices into yields"),
        ("KZ", "VIX", "these are none; received {'VIX': 'factor change [points]'}"),
    ],
)  # fmt: skip
def test_what_has_no_spread_is_refused(name: str, benchmark: str, words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        mi.spread(wrong_panel(), name, benchmark)


def test_a_curve_needs_a_maturity_to_be_read_at() -> None:
    panel = wrong_panel()
    with pytest.raises(
        mi.InputError, match="has no maturity, at which a curve could be read; received 'open'"
    ):
        mi.spread(panel, "open", mi.curve(panel, POINTS))


def test_series_that_never_meet_have_no_spread() -> None:
    _, panel = dollars()
    later = made_up(1).set_axis(pd.bdate_range("2023-01-02", periods=40))
    with pytest.raises(mi.DataError, match="KZ less 10y: nothing is quoted"):
        mi.spread(panel.join(rates(later)), "KZ", "10y")


def test_the_shape_of_a_curve_by_hand() -> None:
    frame = made_up(12, holes=0.1)
    panel = rates(frame)
    shape = mi.curve_shape(panel, mi.curve(panel, POINTS, id="UST"), place="US")
    y2, y5, y10 = frame["2y"], frame["5y"], frame["10y"]
    expected = {
        "UST level": (y2 + y5 + y10) / 3,
        "UST slope 2s10s": y10 - y2,
        "UST curvature 2s5s10s": 2 * y5 - y2 - y10,
    }
    assert shape.ids == tuple(expected)
    for name, levels in expected.items():
        np.testing.assert_allclose(shape[name], levels.dropna(), atol=1e-12)
        assert (shape[name].index == levels.dropna().index).all()
        assert shape.instrument(name).places == {"US"}
        assert str(shape.instrument(name).snapshot) == SNAPSHOT
    assert len(shape["UST slope 2s10s"]) > len(shape["UST level"])  # the five-year rate is not needed


@pytest.mark.parametrize("unit", PER_PERCENT)
def test_a_shape_is_in_percent_whatever_the_unit(unit: str) -> None:
    frame = made_up(13)
    panel, other = rates(frame * PER_PERCENT[unit], unit), rates(frame)
    found = mi.curve_shape(panel, mi.curve(panel, POINTS), tenors=(3, 7, 20))
    expected = mi.curve_shape(other, mi.curve(other, POINTS), tenors=(3, 7, 20))
    assert found.ids == ("curve level", "curve slope 3s20s", "curve curvature 3s7s20s")
    np.testing.assert_allclose(found.to_frame(), expected.to_frame(), atol=1e-12)


def test_parallel_steeper_and_more_bent_move_one_shape_each() -> None:
    days = pd.bdate_range("2022-01-03", periods=4)
    moves = pd.DataFrame(
        {"2y": [1.0, 1.1, 1.0, 1.0], "5y": [1.5, 1.6, 1.6, 1.8], "10y": [2.0, 2.1, 2.2, 2.2]}, index=days
    )
    panel = rates(moves)
    shape = mi.curve_shape(panel, mi.curve(panel, {"2y": 2, "5y": 5, "10y": 10})).to_frame().diff().dropna()
    expected = [[0.1, 0.0, 0.0], [0.0, 0.2, 0.0], [0.2 / 3, 0.0, 0.4]]
    np.testing.assert_allclose(shape, expected, atol=1e-12)


def test_a_frozen_rate_freezes_only_the_shapes_that_need_it() -> None:
    frame = made_up(14)
    frame.iloc[10:22, 1] = 2.0  # five years
    frame.iloc[25:36, 3] = 2.6  # thirty years, which no shape needs
    panel = rates(frame)
    shape = mi.curve_shape(panel, mi.curve(panel, POINTS))
    counts = [int(quotes.standing_still().sum()) for quotes in shape.quotes]
    assert counts == [11, 0, 11]


@pytest.mark.parametrize(
    ("tenors", "words"),
    [
        ((5, 2, 10), "tenors: are not a short, a middle and a long tenor; received (5, 2, 10)"),
        ((2, 5), "are not a short, a middle and a long tenor"),
        ((0, 5, 10), "are not a short, a middle and a long tenor"),
        ((1, 5, 10), "lies beyond UST on every day, or is never quoted with its neighbours; received 1"),
        ((2, 5, 31), "lies beyond UST on every day, or is never quoted with its neighbours; received 31"),
    ],
)
def test_tenors_that_the_curve_does_not_have_are_refused(tenors: Any, words: str) -> None:
    panel = rates(made_up(15))
    with pytest.raises(mi.InputError, match=re.escape(words)):
        mi.curve_shape(panel, mi.curve(panel, POINTS, id="UST"), tenors=tenors)


def test_the_average_of_an_issuer_keeps_the_currency_that_its_bonds_share() -> None:
    frame = pd.DataFrame({"A": [4.0, 4.2], "B": [5.0, 5.4]}, index=DAYS[:2])
    found = []
    for second in ("USD", "EUR"):
        bonds = [
            mi.SovereignBond(name, quoted="yield", issuer="KZ", currency=currency)
            for name, currency in (("A", "USD"), ("B", second))
        ]
        found.append(mi.issuer_average(mi.Panel.from_frame(frame, instruments=bonds), frame).instruments[0])
    assert [one.currency for one in found] == ["USD", None]


def test_a_curve_of_one_issuers_bonds_belongs_to_its_country() -> None:
    names = {"A": date(2024, 1, 1), "B": date(2028, 1, 1), "C": date(2035, 1, 1)}
    frame = pd.DataFrame({name: np.linspace(4.0, 5.0, len(DAYS)) for name in names}, index=DAYS)
    bonds = [bond(name, matures, issuer="TR") for name, matures in names.items()]
    panel = mi.Panel.from_frame(frame, instruments=bonds)
    shape = mi.curve_shape(panel, mi.curve(panel, list(names)), tenors=(3, 6, 12))
    assert {one.place for one in shape.instruments if isinstance(one, mi.Factor)} == {"TR"}
    mixed = mi.Panel((*bonds[:2], bond("C", names["C"], issuer="KZ")), panel.quotes)
    shape = mi.curve_shape(mixed, mi.curve(mixed, list(names)), tenors=(3, 6, 12))
    assert {one.place for one in shape.instruments if isinstance(one, mi.Factor)} == {None}
