"""The page of a spread: the split in its words, the curve in its notes, and the clocks that lie apart."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.reporting.words import split_words
from tests.reporting.test_page import assert_readable, boxes

LONDON, NEW_YORK = "16:30 Europe/London", "15:30 America/New_York"
TENORS = {"5y": 5.0, "10y": 10.0, "20y": 20.0, "30y": 30.0}
DAYS = pd.bdate_range("2021-01-04", "2022-02-28")
EVENT = mi.Event("news", announced_at="2022-01-05T16:10", zone="Asia/Almaty", title="News")


def panel_of(*, jump: float = 0.33, other: str | None = NEW_YORK, **terms: Any) -> mi.Panel:
    """A bond that jumps on a day on which the curve rises by 2 bp at every tenor."""
    rng = np.random.default_rng(1)
    common = rng.normal(0, 0.03, len(DAYS))
    moves = {name: common + rng.normal(0, 0.002, len(DAYS)) for name in TENORS}
    moves = {"KZ 2045": common + rng.normal(0, 0.02, len(DAYS)), **moves}
    at = DAYS.get_loc(pd.Timestamp("2022-01-05"))
    for name, path in moves.items():
        path[at] = jump if name == "KZ 2045" else 0.02
    frame = pd.DataFrame({name: 3.0 + path.cumsum() for name, path in moves.items()}, index=DAYS)
    bond = mi.SovereignBond(
        "KZ 2045",
        **({"quoted": "yield", "issuer": "KZ", "maturity": date(2045, 7, 21), "snapshot": LONDON} | terms),
    )
    rates = [mi.Factor(name, move="difference", unit="percent", snapshot=other) for name in TENORS]
    return mi.Panel.from_frame(frame, instruments=[bond, *rates])


def result_of(panel: mi.Panel, benchmark: str | mi.Curve, event: mi.Event = EVENT) -> mi.StudyResult:
    study = mi.EventStudy(model=mi.BenchmarkSpread(benchmark))
    return study.run(panel, event, pairs=[("news", "KZ 2045")])


def words_on(page: mi.Report) -> str:
    return " ".join(words for words, _ in boxes(page.figure)).replace("\n", " ")


@pytest.fixture(scope="module")
def page() -> mi.Report:
    panel = panel_of()
    return mi.report(result_of(panel, mi.curve(panel, TENORS, id="US Treasuries")))


def test_nothing_overlaps_and_nothing_is_cut(page: mi.Report) -> None:
    assert_readable(page.figure)


def test_the_finding_is_the_split_with_the_hours_between_the_marks(page: mi.Report) -> None:
    split = "+33.0 bp: +2.0 bp US Treasuries, +31.0 bp the country's own; asynchronous, 4.0 hours apart"
    assert page.finding.startswith(f"KZ 2045, 5 January 2022: {split} (t = ")


def test_the_reading_says_the_parts_and_that_only_the_spread_has_an_interval(page: mi.Report) -> None:
    assert "the yield of KZ 2045 rose by 33.0 bp." in page.reading
    assert (
        "Of that +2.0 bp is US Treasuries and +31.0 bp the country's own (asynchronous, 4.0 hours apart)."
        in page.reading
    )
    assert "The change of the spread has a 95 % interval of +" in page.reading
    assert "from t and the 120 earlier changes." in page.reading
    assert "fitted" not in page.reading


def test_the_notes_say_the_curve_its_maturity_its_clock_and_that_nothing_is_fitted(page: mi.Report) -> None:
    shown = words_on(page)
    assert "Curve: US Treasuries, 5y, 10y, 20y, 30y, read at 23.5 years; " in shown
    assert "snapshot 15:30 America/New_York" in shown
    assert "nothing is fitted but the variance" in shown
    assert "spread to US Treasuries; estimation" in shown
    assert "beyond its end" not in shown


def test_beyond_the_curve_the_page_says_that_its_end_is_flat() -> None:
    panel = panel_of(maturity=date(2055, 7, 21))
    shown = words_on(mi.report(result_of(panel, mi.curve(panel, TENORS, id="UST"))))
    assert "read at 33.5 years, beyond its end, which is taken flat" in shown


def test_a_named_bond_is_a_factor_of_the_page() -> None:
    page = mi.report(result_of(panel_of(other=LONDON), "20y"))
    assert "+33.0 bp: +2.0 bp 20y, +31.0 bp the country's own (t = " in page.finding
    assert "asynchronous" not in page.finding
    assert "Factor: 20y, " in words_on(page)


def test_an_unknown_clock_is_perhaps_asynchronous_and_no_issuer_is_no_country() -> None:
    pair = result_of(panel_of(other=None, issuer=None), "20y").one("news")
    assert split_words(pair) == (
        "+33.0 bp: +2.0 bp 20y, +31.0 bp its own; perhaps asynchronous: a snapshot is unknown"
    )


def test_a_move_that_is_all_the_benchmarks_is_not_called_unusual() -> None:
    page = mi.report(result_of(panel_of(jump=0.021), "20y"))
    assert "+2.1 bp: +2.0 bp 20y, +0.1 bp the country's own" in page.finding
    assert "not unusual" in page.reading


def test_where_the_benchmark_is_missing_there_is_no_finding() -> None:
    panel = panel_of()
    frame = panel.to_frame()
    frame.loc["2022-01-05", list(TENORS)] = np.nan
    holed = mi.Panel.from_frame(frame, instruments=panel.instruments)
    page = mi.report(result_of(holed, mi.curve(holed, TENORS)))
    assert "no finding" in page.finding
    assert "nan" not in words_on(page)


def test_a_fitted_model_keeps_its_words() -> None:
    study = mi.EventStudy(model=mi.MarketModel("20y"))
    page = mi.report(study.run(panel_of(), EVENT, pairs=[("news", "KZ 2045")]))
    assert "abnormal move +" in page.finding
    assert "the country's own" not in page.finding
    assert "Against a market model on 20y, fitted to 120 earlier sessions" in page.reading
    assert "parameter error included" in words_on(page)
