"""Runs of quotes that stand still are not quoted: no reaction is measured on them, and the next move spans them."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.alignment.design import Design
from tests.alignment.samples import LONDON, SHORT, aligned, at_session, bond, quoted, row

DAYS = pd.bdate_range("2021-11-01", "2022-05-31")
FIRST, LAST = 60, 67
"""The run: eight quotes that stand still, the first of them a real one."""


def levels_of(seed: int = 5) -> np.ndarray:
    return 50.0 + np.cumsum(np.random.default_rng(seed).choice([-1.0, 1.0, 2.0], len(DAYS)) / 16.0)


def frozen_levels(seed: int = 5) -> np.ndarray:
    levels = levels_of(seed)
    levels[FIRST : LAST + 1] = levels[FIRST]
    levels[LAST + 1] = levels[FIRST] + 0.5
    return levels


def weekdays_behind(before: pd.Timestamp, day: pd.Timestamp) -> int:
    return sum((before + timedelta(k)).weekday() < 5 for k in range(1, (day - before).days + 1))


def factor_panel(kind: str = "Brent") -> tuple[mi.Panel, np.ndarray]:
    """Brent in dollars, or a rate in percent, on the same days."""
    levels = levels_of(9)
    instrument = (
        mi.Factor("Brent", snapshot=LONDON)
        if kind == "Brent"
        else mi.Factor("UST", move="difference", unit="percent", snapshot=LONDON)
    )
    return quoted(instrument, DAYS, levels), levels


def design_of(levels: np.ndarray, days: pd.DatetimeIndex = DAYS) -> Design:
    return aligned(quoted(bond(), days, levels), at_session(days, 30)).design


PANEL = quoted(bond(), DAYS, frozen_levels())


@pytest.mark.parametrize("at", range(FIRST - 3, LAST + 4))
def test_news_inside_is_left_out_and_never_a_reaction_of_zero(at: int) -> None:
    """The run's first quote was made, and so was the first after it; nothing in between was."""
    timeline = mi.Timeline(SHORT.estimation, SHORT.event, min_estimation=3)
    result = mi.EventStudy(timeline=timeline).run(PANEL, at_session(DAYS, at))
    found = result.ledger.to_frame().iloc[0]
    inside = FIRST < at <= LAST
    assert (found["status"] == "left out") == inside
    assert len(result.pairs) == (0 if inside else 1)
    days = f"8 quotes that stand still from {DAYS[FIRST].date()} to {DAYS[LAST].date()}"
    assert found["reason"].startswith(f"not quoted: {days}") == inside
    if not inside:
        assert not (result.alignment.design.y[result.alignment.positions] == 0.0).any()


@pytest.mark.parametrize("at", [FIRST, LAST])
def test_one_frozen_candidate_is_enough(at: int) -> None:
    """News of a day may have shown on either of two sessions; where one is not quoted, their sum is not known."""
    event = mi.Event("day", announced_at=f"{DAYS[at]:%Y-%m-%d}", zone="Europe/London")
    alignment = aligned(PANEL, event)
    assert alignment.last[0] == alignment.position[0] + 1 == at + 1
    assert row(alignment)["status"] == "left out"
    assert row(alignment)["reason"].startswith("not quoted: 8 quotes that stand still")


def test_the_first_move_after_a_run_covers_it() -> None:
    """Eight sessions lie behind the run's first quote up to the first quote after it, a weekend or two apart."""
    alignment = aligned(PANEL, at_session(DAYS, LAST + 1))
    levels, design = frozen_levels(), alignment.design
    m = weekdays_behind(DAYS[FIRST], DAYS[LAST + 1])
    assert m == LAST - FIRST + 1 == 8
    begin = int(design.offset[0])
    assert design.x[0, begin + LAST + 1] == m
    assert design.v[begin + LAST + 1] == m  # one gap: the upper bound
    assert design.y[begin + LAST + 1] == pytest.approx((levels[LAST + 1] - levels[FIRST]) * 100.0, rel=1e-12)
    assert np.isnan(design.y[begin + FIRST + 1 : begin + LAST + 1]).all()
    assert design.frozen[begin : begin + len(DAYS)].nonzero()[0].tolist() == list(range(FIRST + 1, LAST + 1))
    assert row(alignment)["span"] == m
    assert f", {m} sessions" in row(alignment)["reason"]


@pytest.mark.parametrize("kind", ["Brent", "UST"])
def test_factors_are_differenced_over_the_same_span(kind: str) -> None:
    factors, levels = factor_panel(kind)
    alignment = aligned(PANEL.join(factors), at_session(DAYS, 30), factors=[kind])
    design, begin = alignment.design, int(alignment.design.offset[0])
    for i in range(1, len(DAYS)):
        before = FIRST if i == LAST + 1 else i - 1
        move = design.x[1, begin + i]
        if FIRST < i <= LAST:
            assert np.isnan(move)
        elif kind == "Brent":
            assert move == pytest.approx(np.log(levels[i] / levels[before]), rel=1e-12)
        else:
            assert move == pytest.approx((levels[i] - levels[before]) * 100.0, rel=1e-12)


def test_a_factor_that_is_missing_at_either_end_of_the_span_masks_its_move() -> None:
    factors, levels = factor_panel()
    for gone, usable in ((FIRST, False), (FIRST + 3, True), (LAST + 1, False)):
        some = quoted(factors.instruments[0], DAYS.delete(gone), np.delete(levels, gone))
        design = aligned(PANEL.join(some), at_session(DAYS, 30), factors=["Brent"]).design
        assert design.usable[int(design.offset[0]) + LAST + 1] == usable


def test_estimation_windows_lose_the_frozen_moves_and_say_so() -> None:
    """Every event in turn: ten sessions of estimation, less the seven that are not quoted."""
    for at in range(LAST + 1, LAST + 20):
        window = range(at + SHORT.estimation[0], at + SHORT.estimation[1] + 1)
        lost = sum(FIRST < i <= LAST for i in window)
        found = row(aligned(PANEL, at_session(DAYS, at)))
        assert (found["estimation_used"], found["contaminated"]) == (10 - lost, 0)
        assert (found["status"] == "left out") == (10 - lost < 5)
        reaches = any(FIRST < i <= LAST for i in range(window[0], at + SHORT.event[1] + 1))
        words = (
            "the windows hold quotes that stand still, taken as not quoted: 8 quotes that stand still from"
        )
        assert (words in found["reason"]) == reaches
        assert found["zero_share"] == 0.0


def test_two_runs_are_both_named_and_the_first_move_after_each_covers_its_own() -> None:
    levels = frozen_levels()
    levels[72:79] = levels[72]
    levels[79] = levels[72] - 0.5
    alignment = aligned(quoted(bond(), DAYS, levels), at_session(DAYS, 79))
    design = alignment.design
    spans = design.x[0, int(design.offset[0]) :]
    assert (spans[LAST + 1], spans[79]) == (8, 7)
    first, second = (f"from {DAYS[a].date()} to {DAYS[b].date()}" for a, b in ((FIRST, LAST), (72, 78)))
    assert (
        f"8 quotes that stand still {first}, 7 quotes that stand still {second}" in row(alignment)["reason"]
    )


def test_a_run_at_the_end_of_a_series_leaves_no_move_behind_it() -> None:
    levels = levels_of()
    levels[-8:] = levels[-8]
    alignment = aligned(quoted(bond(), DAYS, levels), at_session(DAYS, len(DAYS) - 5))
    assert np.isnan(alignment.design.y[-7:]).all()
    assert row(alignment)["reason"].startswith("not quoted: 8 quotes that stand still")


def test_a_run_at_the_beginning_is_the_first_quote_of_the_series() -> None:
    levels = levels_of()
    levels[:8] = levels[0]
    levels[8] = levels[0] + 0.5
    design = design_of(levels)
    begin = int(design.offset[0])
    assert np.isnan(design.y[begin : begin + 8]).all()
    assert design.y[begin + 8] == pytest.approx(50.0, rel=1e-12)
    assert design.x[0, begin + 8] == 8


def test_a_holiday_in_a_run_counts_no_less() -> None:
    """The span is counted from dates: a day on which nobody quoted lies within it as the others do."""
    gone = FIRST + 4
    days, levels = DAYS.delete(gone), np.delete(frozen_levels(), gone)
    design = design_of(levels, days)
    begin = int(design.offset[0])
    assert design.x[0, begin + LAST] == weekdays_behind(DAYS[FIRST], DAYS[LAST + 1]) == 8


@pytest.mark.parametrize(
    "levels",
    [
        50.0 + np.round(np.cumsum(np.random.default_rng(6).standard_normal(len(DAYS)))),
        np.repeat(levels_of(7)[: (len(DAYS) + 1) // 2], 2)[: len(DAYS)],
        np.repeat(levels_of(8)[: len(DAYS) // 3 + 1], 3)[: len(DAYS)],
    ],
    ids=["a tick of one standard deviation", "half stale", "two of three stale"],
)
def test_coarse_and_stale_series_are_not_touched(levels: np.ndarray) -> None:
    """Equal quotes are their rule; their zeros stay moves of zero, and are counted."""
    design = design_of(levels)
    begin = int(design.offset[0])
    assert not design.frozen.any()
    np.testing.assert_allclose(design.y[begin + 1 : begin + len(DAYS)], np.diff(levels) * 100.0, atol=1e-9)
    assert (design.y[begin + 1 : begin + len(DAYS)] == 0.0).mean() > 0.25
    alignment = aligned(quoted(bond(), DAYS, levels), at_session(DAYS, 40))
    zeros = np.mean(np.diff(levels)[40 - 12 - 1 : 40 - 3] == 0.0)
    assert row(alignment)["zero_share"] == pytest.approx(zeros)
    assert "taken as not quoted" not in row(alignment)["reason"]
    assert not row(alignment)["reason"].startswith("not quoted")


def test_kept_quotes_are_moves_of_zero_and_span_nothing() -> None:
    """A bill near its floor truly rests: the plain differences, and the share of zeros says the rest."""
    levels = frozen_levels()
    keep = mi.Policies(frozen="keep")
    for at in (FIRST + 3, LAST + 1, LAST + 5):
        alignment = aligned(PANEL, at_session(DAYS, at), policies=keep)
        design, begin = alignment.design, int(alignment.design.offset[0])
        np.testing.assert_allclose(design.y[begin + 1 :], np.diff(levels) * 100.0, atol=1e-9)
        assert not design.frozen.any()
        assert (design.x[0, begin:] == 1.0).all()
        found = row(alignment)
        assert found["estimation_used"] == 10
        assert found["zero_share"] == sum(FIRST < i <= LAST for i in range(at - 12, at - 2)) / 10
        assert not found["reason"].startswith("not quoted")


def test_the_words_on_the_first_move_after_a_run_name_the_quote_that_it_begins_at() -> None:
    """Its eight sessions begin at the run's first quote, not at its last, which was no quote."""
    words = row(aligned(PANEL, at_session(DAYS, LAST + 1)))["reason"]
    assert f": from {DAYS[FIRST].date()} to {DAYS[LAST + 1].date()}, 8 sessions" in words
