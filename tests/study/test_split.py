"""What observed moves are made of: parts that add up, window by window, and the hours between the quotes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.study.split import timing_words
from tests.study.world import mixed_panel, news, weekdays

TIMELINE = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
WINDOWS = ((0, 0), (0, 1), (-5, 5))
DAYS = weekdays(700)
EVENTS = news(DAYS[[301, 455]])
MODELS = {
    "constant mean": mi.ConstantMean(),
    "market model": mi.MarketModel("UST"),
    "factors": mi.FactorModel(("EM", "UST")),
    "spread": mi.BenchmarkSpread("UST"),
}


@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_the_parts_add_up_to_what_was_observed_on_the_days_that_have_one(name: str, holes: bool) -> None:
    panel = mixed_panel(3)
    if holes:
        frame = panel.to_frame()
        frame.loc[DAYS[[303, 305, 455]], "UST"] = np.nan
        panel = mi.Panel.from_frame(frame, instruments=panel.instruments)
    study = mi.EventStudy(model=MODELS[name], timeline=TIMELINE, windows=WINDOWS)
    result = study.run(panel, EVENTS, pairs=[(f"e{i}", "KZ yield") for i in range(2)])
    table = result.to_frame("split")
    assert table["term"].tolist() == ["headline", "CAR", "CAR", "CAR"] * 2
    lost = 0
    for _, row in table.iterrows():
        pair = result.one(row["event_id"], "KZ yield")
        moves = pd.Series(pair.moves, pair.taus).loc[row["tau_from"] : row["tau_to"]]
        ar = pd.Series(pair.ar, pair.taus).loc[row["tau_from"] : row["tau_to"]]
        known = ar.notna()
        assert row["n"] == known.sum()
        if row["term"] == "headline" and not known.all():
            assert np.isnan([row["observed"], row["normal"], row["abnormal"]]).all()
            continue
        lost += int((~known).sum())
        if not known.any():
            assert np.isnan(row["observed"])
            continue
        assert row["observed"] == pytest.approx(moves[known].sum(), rel=1e-12)
        assert row["abnormal"] == pytest.approx(ar[known].sum(), rel=1e-12)
        assert row["normal"] == pytest.approx(row["observed"] - row["abnormal"], abs=1e-12)
        assert row["unit"] == "bp"
    assert (lost > 0) == (holes and name != "constant mean")  # which has no factors


@pytest.mark.parametrize("name", MODELS)
def test_the_split_of_a_pair_is_the_headline_row_of_the_table(name: str) -> None:
    result = mi.EventStudy(model=MODELS[name], timeline=TIMELINE).run(
        mixed_panel(4), EVENTS, pairs=[("e0", "KZ yield")]
    )
    (row,) = result.to_frame("split").query("term == 'headline'").to_dict("records")
    split = result.one("e0", "KZ yield").split
    parts = np.array([split.observed, split.normal, split.abnormal])
    np.testing.assert_allclose(parts, [row["observed"], row["normal"], row["abnormal"]], atol=1e-12)
    assert split.timing == row["timing"] == ""
    assert split.hours_apart == 0.0
    assert split.abnormal == result.one("e0", "KZ yield").headline.estimate


def test_of_a_spread_the_normal_part_is_the_benchmarks_move() -> None:
    panel = mixed_panel(5)
    result = mi.EventStudy(model=mi.BenchmarkSpread("UST"), timeline=TIMELINE).run(
        panel, EVENTS, pairs=[("e0", "KZ yield")]
    )
    split = result.one("e0", "KZ yield").split
    assert split.normal == pytest.approx(panel["UST"].diff().loc[DAYS[301]] * 100, abs=1e-9)
    assert split.factors == ("UST",)


def test_candidates_are_split_together_and_a_missing_one_leaves_no_split() -> None:
    panel = mixed_panel(6)
    day = mi.Event("e", announced_at=str(DAYS[301]), zone="UTC", precision="2d")
    study = mi.EventStudy(model=mi.BenchmarkSpread("UST"), timeline=TIMELINE)
    pair = study.run(panel, day, pairs=[("e", "KZ yield")]).one("e", "KZ yield")
    assert len(pair.candidates) > 1
    last = len(pair.candidates) - 1
    assert pair.split.observed == pytest.approx(pair.moves[5 : 6 + last].sum(), abs=1e-9)
    frame = panel.to_frame()
    frame.loc[pair.candidates[-1], "UST"] = np.nan
    holed = mi.Panel.from_frame(frame, instruments=panel.instruments)
    result = study.run(holed, day, pairs=[("e", "KZ yield")])
    split = result.one("e", "KZ yield").split
    assert np.isnan([split.observed, split.normal, split.abnormal]).all()
    (row,) = result.to_frame("split").query("term == 'headline'").to_dict("records")
    assert np.isnan([row["observed"], row["normal"], row["abnormal"]]).all()


def apart(day: str, own: Any, other: Any) -> mi.PairResult:
    """A bond and a benchmark with their clocks, on one event."""
    days = pd.bdate_range(end=pd.Timestamp(day) + pd.Timedelta(days=21), periods=260)
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        4.0 + rng.normal(0, 0.05, (260, 2)).cumsum(axis=0), index=days, columns=["KZ", "UST"]
    )
    instruments = [
        mi.SovereignBond("KZ", quoted="yield", issuer="KZ", snapshot=own),
        mi.Factor("UST", move="difference", unit="percent", snapshot=other),
    ]  # fmt: skip
    event = mi.Event("e", announced_at=f"{day}T08:00", zone="Europe/London")
    study = mi.EventStudy(model=mi.BenchmarkSpread("UST"), timeline=TIMELINE)
    return study.run(mi.Panel.from_frame(frame, instruments=instruments), event).one("e")


NEW_YORK, LONDON = "15:30 America/New_York", "16:30 Europe/London"


@pytest.mark.parametrize(
    ("day", "own", "other", "hours", "timing"),
    [
        ("2022-01-05", LONDON, NEW_YORK, 4.0, "asynchronous, 4.0 hours apart"),
        ("2022-07-06", LONDON, NEW_YORK, 4.0, "asynchronous, 4.0 hours apart"),
        (
            "2022-03-16",
            LONDON,
            NEW_YORK,
            3.0,
            "asynchronous, 3.0 hours apart",
        ),  # summer time in New York alone
        ("2022-01-05", LONDON, "17:30 Europe/London", 1.0, ""),  # not more than an hour
        ("2022-01-05", LONDON, "17:31 Europe/London", 61 / 60, "asynchronous, 1.0 hours apart"),
        ("2022-01-05", LONDON, None, np.nan, "perhaps asynchronous: a snapshot is unknown"),
        ("2022-01-05", None, NEW_YORK, np.nan, "perhaps asynchronous: a snapshot is unknown"),
    ],
)
def test_the_hours_between_the_quotes_are_said(
    day: str, own: Any, other: Any, hours: float, timing: str
) -> None:
    split = apart(day, own, other).split
    assert split.hours_apart == pytest.approx(hours, nan_ok=True)
    assert split.timing == timing == timing_words(split.hours_apart)


def test_without_factors_there_is_nothing_to_be_asynchronous_with() -> None:
    panel = mixed_panel(7)
    bare = mi.Panel((mi.SovereignBond("KZ", quoted="yield"),), panel.quotes[:1])
    result = mi.EventStudy(timeline=TIMELINE).run(bare, EVENTS)
    assert result.one("e0").split.timing == ""
    assert set(result.to_frame("split")["timing"]) == {""}
