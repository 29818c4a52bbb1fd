"""Bonds of one issuer share their news: they are averaged first, or they are one cluster, and never independent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from tests.study.world import SNAPSHOT, news, weekdays

TIMELINE = mi.Timeline(estimation=(-90, -6), event=(-2, 3))


def yields(issuers: dict[str, str], seed: int = 5) -> mi.Panel:
    """Yields of bonds under their names, with their issuers."""
    rng, days = np.random.default_rng(seed), weekdays(500)
    frame = pd.DataFrame(
        {name: 5.0 + np.cumsum(rng.normal(0.0, 0.04, len(days))) for name in issuers}, index=days
    )
    bonds = [
        mi.SovereignBond(name, quoted="yield", issuer=issuer, snapshot=SNAPSHOT)
        for name, issuer in issuers.items()
    ]
    return mi.Panel.from_frame(frame, instruments=bonds)


def headline(panel: mi.Panel, cluster: str | None) -> pd.Series:
    study = mi.EventStudy(timeline=TIMELINE, cluster=cluster)
    tests = study.run(panel, news([weekdays(500)[200], weekdays(500)[350]]), pairs="all").to_frame("tests")
    chosen = tests[(tests["term"] == "CAAR headline") & tests["test"].str.contains("t")]
    return chosen.iloc[0]


@pytest.mark.parametrize(
    ("issuers", "clusters"),
    [
        ({"A": "KZ", "B": "KZ", "C": "KZ"}, 2),
        ({"A": "KZ", "B": "KZ", "C": "TR"}, 4),
        ({"A": "KZ", "B": "TR", "C": "UA"}, 6),
    ],
)
def test_without_clusters_the_bonds_of_one_issuer_stay_one_observation(
    issuers: dict[str, str], clusters: int
) -> None:
    assert headline(yields(issuers), None)["n_clusters"] == clusters
    assert headline(yields(issuers), "overlap")["n_clusters"] == 2


def test_bonds_without_an_issuer_are_taken_as_they_are() -> None:
    panel = yields({"A": "KZ", "B": "KZ"})
    bare = mi.Panel(
        tuple(mi.SovereignBond(name, quoted="yield", snapshot=SNAPSHOT) for name in panel.ids), panel.quotes
    )
    assert headline(bare, None)["n_clusters"] == 4


def test_the_average_of_an_issuer_moves_by_the_mean_of_its_bonds_moves() -> None:
    panel = yields({"A": "KZ", "B": "KZ", "C": "KZ"})
    average = mi.issuer_average(panel, ["A", "B", "C"])
    study, event = mi.EventStudy(timeline=TIMELINE), news([weekdays(500)[200]])
    one = study.run(average, event).one("e0").headline.estimate
    each = [study.run(panel.select(name), event).one("e0").headline.estimate for name in panel]
    assert one == pytest.approx(np.mean(each), abs=1e-9)


def test_an_average_has_a_quote_only_where_all_have_one_and_says_how_many_days_are_lost() -> None:
    frame = pd.DataFrame(
        {"A": [4.0, np.nan, 4.2], "B": [5.0, 5.2, 5.4]}, index=pd.bdate_range("2022-01-03", periods=3)
    )
    bonds = [mi.SovereignBond(name, quoted="yield", issuer="KZ") for name in frame]
    average = mi.issuer_average(mi.Panel.from_frame(frame, instruments=bonds), ["A", "B"], id="KZ")
    assert average["KZ"].round(9).tolist() == [4.5, 4.8]
    assert average.quotes_of("KZ").notes == ("1 days on which not all of A, B are quoted: no average",)


@pytest.mark.parametrize(
    "wrong",
    [
        [
            mi.SovereignBond("A", quoted="yield", issuer="KZ"),
            mi.SovereignBond("B", quoted="yield", issuer="TR"),
        ],
        [mi.SovereignBond("A", quoted="yield"), mi.SovereignBond("B", quoted="yield")],
        [mi.SovereignBond("A", quoted="yield", issuer="KZ"), mi.Factor("B")],
        [
            mi.SovereignBond("A", quoted="yield", issuer="KZ"),
            mi.SovereignBond("B", quoted="yield", issuer="KZ", yield_unit="decimal"),
        ],
        [mi.SovereignBond(name, quoted="clean price", issuer="KZ") for name in "AB"],
        [mi.SovereignBond("A", quoted="yield", issuer="KZ")],
    ],
    ids=["two issuers", "no issuer", "a factor", "two units", "prices", "one bond"],
)
def test_what_has_no_average_is_refused(wrong: list[mi.SovereignBond]) -> None:
    days = pd.bdate_range("2022-01-03", periods=3)
    panel = mi.Panel.from_frame(
        pd.DataFrame({one.id: [4.0, 4.1, 4.2] for one in wrong}, index=days), instruments=wrong
    )
    with pytest.raises(mi.InputError, match="ids: are not two bonds or more of one issuer"):
        mi.issuer_average(panel, panel.ids)
