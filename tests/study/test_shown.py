"""What results show of themselves: bounded, the same at every run, escaped, with verdicts; and nothing drawn for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.study.inference import PERMUTATION
from tests.shown import shown
from tests.study.world import news, price_panel, walk, weekdays

EVIL = "<script>alert('x')</script>"
DAYS = weekdays(500)
AT = (150, 300, 301, 420)
STUDY = mi.EventStudy(timeline=mi.Timeline(estimation=(-90, -6), event=(-2, 3)), windows=((0, 0), (-1, 1)))


def hostile() -> mi.StudyResult:
    """Four events on a bond and a currency, whose every text is an element of HTML."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": walk(rng, 500), "b": walk(rng, 500)}, index=DAYS)
    panel = mi.Panel.from_frame(
        frame,
        instruments={
            "a": mi.SovereignBond(f"{EVIL} bond", quoted="clean price", issuer="KZ"),
            "b": mi.CurrencyPair("USD", "KZT", id=f"{EVIL} pair"),
        },
        provenance=mi.Provenance(EVIL, kind="reconstruction", note=EVIL),
    )
    events = mi.EventSet.from_events(
        mi.Event(f"{EVIL} {i}", announced_at=str(DAYS[at]), zone="UTC", place="KZ", title=EVIL, source=EVIL)
        for i, at in enumerate(AT)
    )
    return STUDY.run(panel, events, pairs="all", confounders=events.select([f"{EVIL} 3"]))


MADE: dict[str, Callable[[mi.StudyResult], object]] = {
    "result": lambda result: result,
    "summary": lambda result: result.summary(),
    "pair": lambda result: result.one(f"{EVIL} 0", f"{EVIL} bond"),
    "one event": lambda result: result.one_event(f"{EVIL} 0", f"{EVIL} bond"),
    "joint": lambda result: result.joint(f"{EVIL} 0"),
    "country": lambda result: mi.country_view(result, f"{EVIL} 0"),
    "path": lambda result: result.caar_path("clean price log move [log]"),
    "over events": lambda result: result.over_events(tests=("moves",)),
    "families": lambda result: result.families(),
    "comparison": lambda result: result.excluding_confounded(),
    "explanation": lambda result: result.explain("t", f"{EVIL} 0", f"{EVIL} bond"),
    "alignment": lambda result: result.alignment,
    "ledger": lambda result: result.ledger,
    "panel": lambda result: result.panel,
    "events": lambda result: result.events,
    "event": lambda result: result.events[f"{EVIL} 0"],
    "findings": lambda result: mi.inspect(result.panel),
}
BARE: dict[str, Callable[[mi.StudyResult], object]] = {
    "estimates": lambda result: result.estimates,
    "overlaps": lambda result: result.alignment.overlaps(),
}
NAMED = set(MADE) - {"over events", "path", "comparison"}
"""Values that name an event or a series."""


@pytest.fixture(scope="module")
def result() -> mi.StudyResult:
    return hostile()


@pytest.mark.parametrize("name", MADE)
def test_no_text_of_a_value_becomes_an_element(result: mi.StudyResult, name: str) -> None:
    """A parser finds plain elements alone, and the ids as text."""
    read = shown(MADE[name](result))
    assert read.text.strip()
    assert (EVIL in read.text) == (name in NAMED)


@pytest.mark.parametrize("name", [*MADE, *BARE])
def test_a_repr_is_short_and_the_same_whenever_it_is_made(result: mi.StudyResult, name: str) -> None:
    make = (MADE | BARE)[name]
    text = repr(make(result))
    assert text == repr(make(hostile()))
    assert len(text) < 4_000
    assert " at 0x" not in text


def test_a_result_shows_the_table_of_its_summary_and_draws_nothing_for_it(result: mi.StudyResult) -> None:
    fresh = hostile()
    read, summary = shown(fresh), result.summary()
    assert not {"across", "ranks", "judged"} & set(vars(fresh))
    assert read.rows == [list(summary.columns), *map(list, summary.rows)]
    assert read.lines[1 : len(summary.head) + 1] == list(summary.head)
    assert read.lines[-1] == "Tests over events: .summary(), .over_events()"
    assert "RECONSTRUCTION: not all series were observed; every p is illustrative" in read.lines


def test_what_a_result_of_many_pairs_shows_is_bounded() -> None:
    rng = np.random.default_rng(4)
    panel = price_panel({f"B{i:02}": walk(rng, 500) for i in range(30)}, DAYS)
    many = STUDY.run(panel, news(DAYS[[150, 300]]), pairs="all")
    read = shown(many)
    assert len(read.rows) == 21
    assert read.rows[1:] == [list(row) for row in many.summary().rows]
    assert read.lines[-2:] == [
        "... and 40 pairs more: result.to_frame()",
        "Tests over events: .summary(), .over_events()",
    ]
    assert len(repr(many)) < 200


def test_a_result_whose_pairs_were_all_left_out_shows_why() -> None:
    empty = STUDY.run(price_panel({"A": walk(np.random.default_rng(1), 500)}, DAYS), news(["2030-01-01"]))
    read = shown(empty)
    assert len(read.rows) == 1
    assert "Pairs: 0 used of 1 given (0 flagged, 1 left out)" in read.lines
    assert str(empty.summary())


def test_a_pair_shows_its_windows_and_its_rank(result: mi.StudyResult) -> None:
    pair = result.one(f"{EVIL} 0", f"{EVIL} bond")
    read = shown(pair)
    assert [row[1] for row in read.rows] == ["tau", "0 to 1", "0", "-1 to 1"]
    table = result.to_frame("car").query(f"event_id == {EVIL + ' 0'!r} and instrument == {EVIL + ' bond'!r}")
    assert [row[2] for row in read.rows[1:]] == [f"{100 * one:+.2f}" for one in table["estimate"]]
    assert [row[4] for row in read.rows[1:]] == [f"{one:.2f}" for one in table["statistic"]]
    assert any(re.fullmatch(r"rank with refit: p = \.\d{3}, smallest \.\d{3}", line) for line in read.lines)


# The joint test


def test_the_summary_of_a_joint_test_says_what_its_table_says(result: mi.StudyResult) -> None:
    joint = result.joint(f"{EVIL} 0", place="KZ")
    said = joint.summary()
    assert said.columns == ("instrument", "abnormal", "se", "t", "sign")
    assert said.rows == tuple(
        (name, f"{100 * move:+.2f} %", f"{100 * error:.2f}", f"{move / error:.2f}", sign)
        for name, move, error, sign in zip(
            joint.instruments, joint.abnormal, joint.std_error, ("+1", "-1"), strict=True
        )
    )
    assert joint.units == ("log", "log")
    assert joint.stamp == "RECONSTRUCTION"
    assert said.head[1] == "RECONSTRUCTION: not all series were observed; every p is illustrative"
    sign, *tests = said.tail
    assert sign == "sign: +1 counts a move up as a gain, -1 a move down"
    assert [line.partition(" (")[0] for line in tests] == joint.to_frame()["test"].tolist()
    assert f"p = {joint.joint.p_value:.3f}".replace("0.", ".") in tests[0]
    assert joint.rank.reason
    assert tests[1].endswith(f"not applicable: {joint.rank.reason}")
    assert shown(joint).rows[0] == list(said.columns)
    assert shown(mi.country_view(result, f"{EVIL} 0")).lines[-3:] == tests


def test_a_joint_test_without_standard_errors_shows_its_moves(result: mi.StudyResult) -> None:
    joint = result.joint(f"{EVIL} 0")
    bare = replace(joint, std_error=np.full(2, np.nan), left_out=("C: a move of the window is missing",))
    assert [row[2:4] for row in bare.summary().rows] == [("n/a", "n/a")] * 2
    assert bare.summary().tail[-1] == "left out: C: a move of the window is missing"


# Whether to read a test over events


def study(shock: float, step: int = 20, **options: object) -> mi.StudyResult:
    """Ten events on two bonds, with moves of so many standard deviations, either way, on their sessions."""
    rng = np.random.default_rng(8)
    places = 150 + step * np.arange(10)
    moves = rng.normal(0.0, 0.01, (2, 500))
    moves[:, places] += shock * 0.01 * np.array([1, -1, 1, 1, -1, 1, -1, -1, 1, -1])
    panel = price_panel({f"B{i}": 100.0 * np.exp(one.cumsum()) for i, one in enumerate(moves)}, DAYS)
    return replace(STUDY, **options).run(panel, news(DAYS[places]), pairs="all")


@pytest.mark.parametrize(
    ("made", "rose"),
    [(lambda: study(0.0), False), (lambda: study(4.0), True), (lambda: study(4.0, cluster=None), True),
     (lambda: study(0.0, step=3, cluster=None), False), (lambda: study(4.0, step=1), None)],
)  # fmt: skip
def test_a_summary_gives_the_verdicts_of_the_tests_over_events(
    made: Callable[[], mi.StudyResult], rose: bool | None
) -> None:
    """The t as over_events judges it; the permutation not where event days vary more, which it trusts they do not."""
    result = made()
    (kind,) = result.over_events().kinds
    known = kind.diagnosis.variance
    t, permuted = str(result.summary()).splitlines()[-2:]
    advice = kind.diagnosis.verdicts[0].advice if kind.outcomes[0].applies else ""
    assert t.endswith(f"; {advice}" if advice else t)
    assert ("do not read it" in t) == ("takes pairs as independent, and" in t)
    if rose is None:  # one chain of windows: no test of a mean, and nothing known of the variance
        assert "not applicable" in t
        assert "not applicable" in permuted
        return
    assert (known.applies and known.p_value < 0.05 and known.statistic > 1.0) == rose
    distrusted = "trusts that the variance of event days is the estimation windows', and it is larger"
    assert (distrusted in permuted) == rose
    assert ("do not read it: " in permuted) == (rose or "takes pairs as independent, and" in permuted)
    found = [one.outcome for one in result.across if one.outcome.test == PERMUTATION and one.window is None]
    assert kind.diagnosis.judged(found)[0].why in permuted


def test_a_comparison_gives_verdicts_too(result: mi.StudyResult) -> None:
    both = study(4.0)
    summary = mi.Comparison(both, both).summary()
    assert [row[0] for row in summary.rows] == ["all pairs"] * 2 + ["without confounded"] * 2
    assert [row[1] for row in summary.rows] == str(both.summary()).splitlines()[-2:] * 2
