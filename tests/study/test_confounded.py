"""Without the confounded pairs: what changes, and what must not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from tests.study.world import news, price_panel, walk, weekdays

DAYS = weekdays(900)
PLACES = [200, 206, 330, 420, 520, 640, 760]
TIMELINE = mi.Timeline(estimation=(-90, -6), event=(-3, 3))
STUDY = mi.EventStudy(timeline=TIMELINE, windows=((0, 0), (-3, 3)))
OTHERS = {"in e2": 330, "beside e4": 522, "in e5": 640, "nowhere": 700}
KEYS = ["event_id", "instrument"]


def panel(instruments: str = "AB") -> mi.Panel:
    return price_panel(
        {name: walk(np.random.default_rng(i), 900) for i, name in enumerate(instruments)}, DAYS
    )


def others(places: dict[str, int]) -> list[mi.Event]:
    return [mi.Event(id, announced_at=f"{DAYS[at]}T10:00", zone="UTC") for id, at in places.items()]


@pytest.fixture(scope="module")
def result() -> mi.StudyResult:
    return STUDY.run(panel(), news(DAYS[PLACES]), pairs="all", confounders=others(OTHERS))


@pytest.mark.parametrize(
    ("window", "gone"), [("headline", ["e2", "e5"]), ("event", ["e2", "e4", "e5"])], ids=["headline", "event"]
)
def test_the_pairs_that_remain_are_the_same_and_what_is_over_events_changes(
    result: mi.StudyResult, window: str, gone: list[str]
) -> None:
    both = result.excluding_confounded(window)
    assert both.everything is result
    without = both.without
    kept = [pair for pair in result.pairs if pair[0] not in gone]
    assert without.pairs.tolist() == kept
    for name in ("ar", "sar", "car", "scar"):
        pd.testing.assert_frame_equal(getattr(without, name), getattr(result, name).loc[kept])
    pd.testing.assert_series_equal(without.sigma2, result.sigma2.loc[kept])
    at = [list(result.pairs).index(pair) for pair in kept]
    np.testing.assert_array_equal(without.ranks.p_value, result.ranks.p_value[at])
    np.testing.assert_allclose(without.aar.iloc[0], result.ar.loc[kept].mean(), rtol=1e-13)
    table = without.to_frame("caar")
    assert set(table["n"]) == {len(kept)}
    assert (without.aar.to_numpy() != result.aar.to_numpy()).all()
    assert str(without.ledger) == f"{len(kept)} used of 14 given (0 flagged, {2 * len(gone)} left out)"
    ledger = without.ledger.to_frame().set_index("event_id")
    assert set(ledger.index[ledger["status"] == "left out"]) == set(gone)
    assert ledger.loc[gone, "reason"].str.startswith("confounded, and left out on request").all()


def test_the_mean_without_them_is_that_of_cluster_means_by_hand(result: mi.StudyResult) -> None:
    """Two bonds a date; the dates of e0 and e1 share sessions, and are one cluster."""
    without = result.excluding_confounded().without
    moves = without.car[(0, 0)]
    clusters = [("e0", "e1"), ("e3",), ("e4",), ("e6",)]
    means = np.array([moves.loc[list(names)].mean() for names in clusters])
    row = without.to_frame("caar").query("term == 'CAAR headline'").iloc[0]
    assert (row["n"], row["n_clusters"]) == (10, 4)
    assert row["estimate"] == pytest.approx(means.mean(), rel=1e-12)
    assert row["std_error"] == pytest.approx(means.std(ddof=1) / 2, rel=1e-12)
    assert row["pair_mean"] == pytest.approx(moves.mean(), rel=1e-12)


def test_the_news_left_out_stays_news() -> None:
    """Its event window stays out of the estimation windows of the pairs that remain."""
    both = STUDY.run(
        panel("A"), news(DAYS[[200, 240]]), confounders=others({"in e0": 200})
    ).excluding_confounded()
    assert both.without.pairs.tolist() == [("e1", "A")]
    assert both.without.one("e1").n_obs == both.everything.one("e1").n_obs == 85 - 7


def test_both_samples_stand_side_by_side(result: mi.StudyResult) -> None:
    both = result.excluding_confounded("event")
    for table in ("caar", "aar", "tests"):
        frame = both.to_frame(table)
        for name, one in (("all pairs", both.everything), ("without confounded", both.without)):
            part = frame[frame["sample"] == name].drop(columns="sample").reset_index(drop=True)
            pd.testing.assert_frame_equal(part, one.to_frame(table), check_dtype=False)
    words = str(both.summary())
    assert "Without confounded pairs: 8 used of 14 given (0 flagged, 6 left out)" in words
    assert repr(both) == (
        "Comparison: all pairs, 14 used of 14 given (4 flagged, 0 left out); without confounded,"
        " 8 used of 14 given (0 flagged, 6 left out)"
    )


def test_a_study_that_is_all_confounded_has_nothing_left_and_says_so() -> None:
    both = STUDY.run(
        panel("A"), news(DAYS[[200, 400]]), confounders=others({"one": 200, "two": 400})
    ).excluding_confounded()
    without = both.without
    assert len(without.pairs) == len(without.ar) == len(without.across) == 0
    assert str(without.ledger) == "0 used of 2 given (0 flagged, 2 left out)"
    assert set(both.to_frame()["sample"]) == {"all pairs"}
    assert len(both.to_frame("tests")) == len(both.everything.to_frame("tests"))
    assert "0 used of 2 given" in str(both.summary())
    assert len(without.shift_sensitivity()) == 0
    assert len(without.to_frame()) == len(without.tests) == 0
    with pytest.raises(mi.InputError, match="was left out: confounded, and left out on request"):
        without.one("e0")


def test_a_study_without_any_confounded_pair_is_unchanged() -> None:
    study = STUDY.run(panel(), news(DAYS[PLACES]), pairs="all", confounders=others({"nowhere": 700}))
    both = study.excluding_confounded("event")
    assert both.without == study


def test_confounders_change_no_number_of_the_study_itself(result: mi.StudyResult) -> None:
    plain = STUDY.run(panel(), news(DAYS[PLACES]), pairs="all")
    for table in ("car", "ar", "caar", "aar", "tests"):
        pd.testing.assert_frame_equal(plain.to_frame(table), result.to_frame(table))
    changed = ["confounders", "status", "reason"]
    one, other = (each.ledger.to_frame().drop(columns=changed) for each in (plain, result))
    pd.testing.assert_frame_equal(one, other)


def test_without_confounders_there_is_nothing_to_leave_out() -> None:
    plain = STUDY.run(panel("A"), news(DAYS[[200]]))
    with pytest.raises(
        mi.InputError, match=r"confounders: the study was run without confounders;.*confounders="
    ):
        plain.excluding_confounded()


def test_an_unknown_window_is_refused(result: mi.StudyResult) -> None:
    with pytest.raises(
        mi.InputError, match="window: is not known; received 'estimation'; allowed: 'headline', 'event'"
    ):
        result.excluding_confounded("estimation")


def test_a_shift_of_what_remains_does_not_bring_the_confounded_back(result: mi.StudyResult) -> None:
    table = result.excluding_confounded().without.shift_sensitivity((-1, 0, 1))
    assert not {"e2", "e5"} & {*table["event_id"].dropna()}
    assert set(table[table["event_id"].isna()]["n"]) == {10}


def test_confounders_that_could_not_be_read_stand_in_the_ledger() -> None:
    """A row of the second list that cannot be read is as lost as one of the first."""
    rows = pd.DataFrame(
        {"id": ["good", "bad"], "announced_at": [str(DAYS[700]), "2022-13-05"], "zone": "UTC"}
    )
    with pytest.warns(
        mi.MarketImpactWarning, match="1 of 2 events could not be read and stand in the ledger"
    ):
        unread = mi.EventSet.from_frame(rows)
    ledger = STUDY.run(panel("A"), news(DAYS[[200]]), confounders=unread).ledger
    assert ledger.to_frame()["event_id"].tolist() == ["e0", "bad"]
    assert ledger.to_frame().loc[1, "reason"].startswith("a confounder: ")
    assert (ledger.given, ledger.used, len(ledger)) == (1, 1, 2), "it is no pair, and is not counted as one"


def test_the_summary_counts_pairs_and_names_what_could_not_be_read() -> None:
    rows = pd.DataFrame(
        {"id": ["good", "bad"], "announced_at": [str(DAYS[700]), "2022-13-05"], "zone": "UTC"}
    )
    with pytest.warns(mi.MarketImpactWarning, match="1 of 2 events could not be read"):
        unread = mi.EventSet.from_frame(rows)
    head = STUDY.run(panel("A"), news(DAYS[[200]]), confounders=unread).summary().head
    assert head[1].startswith("Pairs: 1 used of 1 given")
    assert head[2].startswith("not read: bad: a confounder: ")
    assert head[3].startswith("2 cells tested: 1 move (1 event, 1 instrument) x 2 windows")
    assert len(head) == 4
