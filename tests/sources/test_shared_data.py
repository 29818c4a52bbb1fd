"""Real files of the shared folder, with the traps that are in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from tests.sources.turkish import CG37, bid_yield

CURVE = ["3mo", "6mo", "1yr", "2yr", "3yr", "5yr", "7yr", "10yr", "20yr", "30yr"]


def in_bp(maturity: str) -> mi.Factor:
    return mi.Factor(f"UST {maturity}", move="difference", unit="percent", snapshot="15:30 America/New_York")


def test_the_rates_of_the_polish_bank_are_all_read(shared: Path) -> None:
    panel = mi.read_prices(
        shared / "data" / "nbp_pln_per_uah.csv", mi.CurrencyPair("UAH", "PLN"), value="pln_per_uah"
    )
    rates = panel["UAH/PLN"]
    assert len(rates) == 757
    assert rates["2021-01-04":"2021-01-07"].tolist() == [0.13, 0.1304, 0.1297], (
        "6 January is a holiday in Poland"
    )
    frozen = rates["2022-07-29":]
    assert (frozen.diff().iloc[1:172] == 0.0).all(), "172 equal fixings are kept: nothing is repaired"
    assert panel.quotes_of("UAH/PLN").notes == ()


def test_the_curve_of_the_treasury_is_read_column_by_column(shared: Path) -> None:
    panel = mi.read_prices(
        shared / "data" / "us_treasury_par_curve.csv", {maturity: in_bp(maturity) for maturity in CURVE}
    )
    assert panel.ids == tuple(f"UST {maturity}" for maturity in CURVE)
    moves = 100.0 * panel.to_frame().diff().loc["2022-01-05", ["UST 10yr", "UST 20yr", "UST 30yr"]]
    np.testing.assert_allclose(moves, [5.0, 2.0, 2.0], atol=1e-9)
    assert panel["UST 10yr"].loc["2022-01-17":"2022-01-17"].empty, (
        "a holiday in the United States stays absent"
    )


def test_factors_of_different_holidays_keep_their_own_sessions(shared: Path) -> None:
    factors = {
        "brent_usd": mi.Factor("Brent"),
        "vix": mi.Factor("VIX", move="difference", unit="points"),
        "broad_dollar": mi.Factor("dollar"),
    }
    panel = mi.read_prices(shared / "data" / "market_factors.csv", factors)
    raw = pd.read_csv(shared / "data" / "market_factors.csv", index_col="date", parse_dates=True)
    for column, factor in factors.items():
        known = raw[column].dropna()
        assert panel[factor.id].tolist() == known.tolist()
        assert panel[factor.id].index.tolist() == known.index.tolist()
        empty = len(raw) - len(known)
        assert panel.quotes_of(factor.id).notes == (
            f"{empty} of {len(raw)} dates without a value: not quoted",
        )
    sessions = [{*panel[name].index} for name in panel]
    assert sessions[0] - sessions[1]
    assert sessions[1] - sessions[0]


def test_the_price_of_a_factor_is_no_level_to_difference_without_a_unit() -> None:
    with pytest.raises(mi.InputError, match=r"Factor\.unit: is not known"):
        mi.Factor("VIX", move="difference")


def test_a_turkish_bond_is_read_after_its_dates_are_worked_out(shared: Path) -> None:
    panel = bid_yield(shared)
    yields = panel[CG37]
    assert len(yields) == 1449
    assert (yields.index[0], yields.index[-1]) == (pd.Timestamp("2014-02-19"), pd.Timestamp("2019-12-31"))
    assert {*yields.index.day_of_week} == {0, 1, 2, 3, 4}
    assert (yields.min(), yields.max()) == (4.82, 9.58)
    assert panel.quotes_of(CG37).notes == ()
    assert str(panel.instrument(CG37).move_kind()) == "yield change [bp]"


def test_its_days_until_maturity_are_no_dates(shared: Path) -> None:
    path = shared / "data" / "turkey_dollar_bonds" / f"{CG37}.csv"
    bond = mi.SovereignBond(CG37, quoted="yield")
    with pytest.raises(
        mi.DataError, match=rf"{CG37}\.csv, row 2, column 'Days Until': is not a date; received '11321'"
    ):
        mi.read_prices(path, bond, date="Days Until", value="Buy Rate")
    with pytest.raises(mi.DataError, match=rf"{CG37}\.csv, row 2 and .*, row 3 carry one date, 2045-02-17"):
        mi.read_prices(
            path, bond, date="Maturity", value="Buy Rate", layout=mi.Layout(date_format="%d.%m.%Y")
        )
