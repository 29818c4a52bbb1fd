"""`inspect` and its findings: what they say, in which order, and that nothing is repaired."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.market.quality import inspect
from marketimpact.market.quality_findings import Finding, Findings
from marketimpact.market.quotes import make_quotes
from tests.market.quality_samples import MADE_UP, day, normal, panel, weekdays


def bad() -> mi.Panel:
    """Make one series with a frozen run and a hole, one with a spike, one with nothing."""
    days = np.delete(weekdays(300), 30)
    frozen = 500.0 + np.cumsum(normal(299))
    frozen[100:120] = frozen[100]
    moves = normal(300, 3)
    moves[200:202] = 15.0, -15.0
    return panel(
        frozen=(days, frozen), spiky=500.0 + np.cumsum(moves), plain=500.0 + np.cumsum(normal(300, 4))
    )


def test_findings_stand_in_the_order_of_the_panel() -> None:
    assert [(one.instrument, one.kind) for one in inspect(bad())] == [
        ("frozen", "weekdays without a quote"),
        ("frozen", "frozen run"),
        ("spiky", "spike that reverts"),
    ]


def test_findings_are_the_same_each_time_and_the_panel_is_as_it_was() -> None:
    given = bad()
    assert inspect(given) == inspect(given)
    assert str(inspect(given)) == str(inspect(bad()))
    assert given.quotes == bad().quotes


def test_findings_are_a_sequence() -> None:
    findings = inspect(bad())
    assert len(findings) == 3
    assert findings[-1] == list(findings)[2] == findings[1:][-1]
    assert [one.kind for one in findings.of("spiky")] == ["spike that reverts"]
    assert len(findings.of("plain")) == 0
    with pytest.raises(mi.InputError, match="instrument: was not looked at; received 'brent'"):
        findings.of("brent")


def test_findings_as_a_frame_have_dates_and_numbers() -> None:
    frame = inspect(bad()).to_frame()
    assert frame.columns.tolist() == ["instrument", "kind", "first", "last", "value", "unit", "words"]
    assert frame["value"].tolist()[:2] == [1.0, 20.0]
    assert [str(kind.kind) for kind in frame[["first", "last", "value"]].dtypes] == ["M", "M", "f"]
    empty = Findings(()).to_frame()
    assert len(empty) == 0
    assert empty.columns.tolist() == frame.columns.tolist()
    assert [kind.kind for kind in empty[["first", "last", "value"]].dtypes] == ["M", "M", "f"]


def test_text_is_grouped_by_instrument_with_dates() -> None:
    lines = str(inspect(bad())).splitlines()
    days = weekdays(300)
    assert lines[0] == f"frozen: 299 quotes, {days[0]} to {days[-1]}"
    assert (
        lines[1] == f"  weekdays without a quote: 1 (holidays or holes: name a calendar to tell): {days[30]}"
    )
    assert lines[2].startswith("  frozen run: 20 quotes at ")
    assert lines[3] == f"spiky: 300 quotes, {days[0]} to {days[-1]}"
    assert lines[5:] == [f"plain: 300 quotes, {days[0]} to {days[-1]}: nothing found"]


def test_what_holds_of_all_is_said_once() -> None:
    days = np.delete(weekdays(300), 30)
    two = panel(x=(days, 500.0 + np.cumsum(normal(299, 3))), y=(days, 500.0 + np.cumsum(normal(299, 4))))
    assert len(inspect(two)) == 2
    lines = str(inspect(two)).splitlines()
    assert lines[0] == "all 2 series"
    assert [line.partition(":")[0].strip() for line in lines[1:]] == ["weekdays without a quote", "x", "y"]
    assert lines[-1].endswith(": nothing else found")


def finding(value: float, words: str = "words", kind: str = "spike") -> Finding:
    return Finding("<x>", kind, day("2022-01-05"), day("2022-01-06"), value, "bp", words)


def test_the_largest_of_a_kind_are_shown_and_the_others_counted() -> None:
    findings = Findings(
        tuple(finding(size, f"of {size:g}") for size in (1, -9, 3, 4, 5, 6, 7)), (("<x>", ""),)
    )
    assert [line.strip() for line in str(findings).splitlines()[1:]] == [
        "spike: of -9", "spike: of 4", "spike: of 5", "spike: of 6", "spike: of 7", "spike: and 2 smaller ones",
    ]  # fmt: skip


def test_html_is_escaped() -> None:
    html = Findings((finding(1.0, "a < b", "<i>"),), (("<x>", "1 & 2"),), ("<note>",))._repr_html_()
    assert html == (
        "<p>&lt;x&gt;: 1 &amp; 2</p><ul><li><b>&lt;i&gt;</b>: a &lt; b</li></ul><p>note: &lt;note&gt;</p>"
    )


def test_related_is_a_member_or_all_or_none() -> None:
    with pytest.raises(mi.InputError, match=r"related: is not in the panel; received 'brent'.*'frozen'"):
        inspect(bad(), related="brent")


def test_a_calendar_that_nobody_knows_is_an_error() -> None:
    pytest.importorskip("exchange_calendars", reason="named calendars come with an extra")
    given = panel(x=np.cumsum(normal(50)))
    named = mi.Panel((mi.Factor("x", move="difference", unit="points", calendar="NOWHERE"),), given.quotes)
    with pytest.raises(mi.InputError, match="calendar: is not a calendar"):
        inspect(named)


@pytest.mark.parametrize("n", [1, 2, 5, 21, 126])
def test_short_series_are_looked_at_too(n: int) -> None:
    assert len(inspect(panel(x=500.0 + np.cumsum(normal(n)), y=500.0 + np.cumsum(normal(n, 2))))) == 0
    constant = inspect(panel(x=np.full(n, 5.0), y=np.full(n, 5.0)))
    assert {one.kind for one in constant} == ({"frozen run"} if n >= 5 else set())


def test_what_was_noted_on_loading_is_said() -> None:
    days, levels = weekdays(50), 0.01 * np.arange(1.0, 51.0) ** 0.5
    levels[7] = np.nan
    bond = mi.SovereignBond("KZ", quoted="yield")
    quotes = make_quotes(bond, days[::-1], levels[::-1], MADE_UP)
    findings = inspect(mi.Panel((bond,), (quotes,)))
    said = [one.words for one in findings if one.kind == "on loading"]
    assert said == list(quotes.notes)
    assert said[:2] == [
        "rows stood in descending order: reversed",
        "1 of 50 dates without a value: not quoted",
    ]
    assert said[2].startswith("the median level is 0.05")
    assert "  on loading: rows stood in descending order: reversed" in str(findings).splitlines()


@pytest.mark.parametrize("largest", [1e-310, 1e150, 1e308])
def test_levels_near_the_ends_of_binary_fractions_give_findings_and_no_warning(largest: float) -> None:
    levels = [largest * (1.0 - 0.01 * np.abs(normal(300, seed))) for seed in (1, 2)]
    for sign in (1.0, -1.0):
        signs = np.where(np.arange(300) % 2, 1.0, sign)
        inspect(panel(x=levels[0] * signs, y=levels[1] * signs))


# Real series


def test_the_hryvnia_of_the_polish_bank_is_frozen_and_nothing_worse(shared: Path) -> None:
    given = mi.read_prices(
        shared / "data" / "nbp_pln_per_uah.csv", mi.CurrencyPair("UAH", "PLN"), value="pln_per_uah"
    )
    findings = inspect(given)
    assert [(one.kind, str(one.first), one.value) for one in findings][1:] == [
        ("frozen run", "2022-02-24", 20.0),
        ("frozen run", "2022-03-24", 83.0),
        ("frozen run", "2022-07-29", 172.0),
    ]
    assert findings[0].kind == "weekdays without a quote"


def test_market_factors_have_holidays_alone(shared: Path) -> None:
    given = mi.read_prices(
        shared / "data" / "market_factors.csv",
        {"brent_usd": mi.Factor("Brent"), "vix": mi.Factor("VIX"), "broad_dollar": mi.Factor("dollar")},
    )
    assert {one.kind for one in inspect(given)} == {"on loading", "weekdays without a quote"}


def test_the_curve_of_the_treasury_is_coarse_at_its_short_end(shared: Path) -> None:
    curve = ["3mo", "2yr", "5yr", "10yr", "30yr"]
    given = mi.read_prices(
        shared / "data" / "us_treasury_par_curve.csv",
        {one: mi.Factor(one, move="difference", unit="percent") for one in curve},
    )
    kinds = {name: {one.kind for one in inspect(given).of(name)} for name in curve}
    holidays = {"weekdays without a quote"}
    assert kinds["3mo"] == {"frozen run", "coarse tick", *holidays}
    assert kinds["2yr"] == {"zero moves", *holidays}
    assert kinds["5yr"] == kinds["10yr"] == kinds["30yr"] == holidays


def test_reference_rates_of_the_ecb_give_no_false_alarm() -> None:
    given = mi.fetch([f"ecb:EUR/{code}" for code in ("USD", "CHF", "ZAR", "MXN", "PLN", "RUB")])
    kinds = {name: {one.kind for one in inspect(given).of(name)} for name in given}
    holidays = {"weekdays without a quote"}
    assert kinds.pop("EUR/CHF") == {"frozen run", *holidays}, "the floor of 1.20"
    assert kinds.pop("EUR/RUB") == {"ends early", *holidays}
    assert all(kind == holidays for kind in kinds.values())
