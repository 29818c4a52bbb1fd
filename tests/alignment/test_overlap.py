"""The overlap graph against a double loop over pairs of windows."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.alignment.overlap import OverlapGraph
from marketimpact.study.inference import clusters_of
from tests.alignment.samples import JANUARY, SHORT, at_session, bond, news, quoted

FRAME = ["event_id", "instrument", "other_event_id", "other_instrument", "sessions", "share", "cluster"]


def two_calendars(seed: int) -> tuple[mi.Panel, dict[str, list[date]]]:
    """Two bonds with holidays of their own."""
    rng = np.random.default_rng(seed)
    panel, sessions = None, {}
    for name in ("A", "B"):
        days = JANUARY.delete(rng.choice(np.arange(1, len(JANUARY)), 9, replace=False))
        one = quoted(bond(name), days)
        panel = one if panel is None else panel.join(one)
        sessions[name] = [day.date() for day in days]
    return panel, sessions


def some_events(seed: int, count: int = 8) -> list[mi.Event]:
    places = np.random.default_rng(seed).integers(3, len(JANUARY) + 2, count)
    days = [JANUARY[min(at, len(JANUARY) - 1)] for at in places]
    return [
        mi.Event(f"e{i}", announced_at=f"{day:%Y-%m-%d}T09:00", zone="Europe/London")
        for i, day in enumerate(days)
    ]


def windows_by_loops(
    events: list[mi.Event], sessions: dict[str, list[date]]
) -> dict[tuple[str, str], list[date]]:
    """Days of each window that lies within its series behind five usable moves."""
    windows = {}
    for event in events:
        for name, days in sessions.items():
            behind = [i for i, day in enumerate(days) if day >= event.local.date()]
            at = behind[0] if behind else len(days)
            moves = [i for i in range(at - 12, at - 2) if i >= 1]
            if at - 2 >= 1 and at + 2 < len(days) and len(moves) >= 5:
                windows[event.id, name] = days[at - 2 : at + 3]
    return windows


KEEP = mi.Policies(contamination="keep")


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_edges_and_shared_sessions_are_those_of_a_double_loop(seed: int) -> None:
    panel, sessions = two_calendars(seed)
    events = some_events(seed)
    alignment = mi.align(panel, events, timeline=SHORT, pairs="all", policies=KEEP)
    graph = alignment.overlaps()
    windows = windows_by_loops(events, sessions)
    assert len(graph.pairs) == len(windows)
    edges = {}
    names = sorted(windows)
    before = {
        (event, name): sessions[name][sessions[name].index(days[0]) - 1]
        for (event, name), days in windows.items()
    }
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            # Moves run from quote to quote: a window reaches back to the day after the quote before it.
            if before[one] < windows[other][-1] and before[other] < windows[one][-1]:
                edges[frozenset((one, other))] = len({*windows[one]} & {*windows[other]})
    frame = graph.to_frame()
    found = {
        frozenset(((row.event_id, row.instrument), (row.other_event_id, row.other_instrument))): row.sessions
        for row in frame.itertuples()
    }
    assert len(frame) == len(found)
    assert found == edges
    np.testing.assert_allclose(frame["share"], frame["sessions"] / 5.0, rtol=1e-15)
    assert frame["share"].sum() == pytest.approx(sum(edges.values()) / 5.0)
    assert list(frame.columns) == FRAME
    check_clusters(graph, windows, edges)


def check_clusters(
    graph: OverlapGraph, windows: dict[tuple[str, str], list[date]], edges: dict[frozenset, int]
) -> None:
    """Walk along the edges from every window: what is reached is one cluster."""
    a = graph.aligned
    named = [(str(a.events.ids[a.event[i]]), a.panel.ids[a.instrument[i]]) for i in graph.pairs]
    cluster = dict(zip(named, graph.cluster.tolist(), strict=True))
    neighbours = {name: {other for edge in edges if name in edge for other in edge} for name in windows}
    for name in windows:
        reached, ahead = {name}, [name]
        while ahead:
            new = neighbours[ahead.pop()] - reached
            reached |= new
            ahead += new
        assert {other for other in windows if cluster[other] == cluster[name]} == reached
    assert graph.n_clusters == len({*cluster.values()})
    begins = {
        number: min(windows[one][0] for one in windows if cluster[one] == number)
        for number in cluster.values()
    }
    assert [number for number, _ in sorted(begins.items(), key=lambda item: item[1])] == list(
        range(len(begins))
    )


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_the_clusters_are_those_that_tests_over_events_count(seed: int) -> None:
    panel, _ = two_calendars(seed)
    result = mi.EventStudy(timeline=SHORT, policies=KEEP).run(panel, some_events(seed), pairs="all")
    graph = result.alignment.overlaps()
    np.testing.assert_array_equal(graph.pairs, result.estimates.rows)
    np.testing.assert_array_equal(graph.cluster, clusters_of(result.alignment, graph.pairs, result.spec))


def test_windows_that_interleave_without_a_common_session_share_news() -> None:
    """One bond is quoted on even days, the other on odd ones: joined, with nothing shared."""
    days = pd.bdate_range("2021-01-04", periods=120)
    panel = quoted(bond("even"), days[::2]).join(quoted(bond("odd"), days[1::2]))
    event = mi.Event("e", announced_at=f"{days[60]:%Y-%m-%d}T09:00", zone="Europe/London")
    graph = mi.align(panel, [event], timeline=SHORT, pairs="all").overlaps()
    frame = graph.to_frame()
    assert frame[["instrument", "other_instrument", "sessions", "share"]].values.tolist() == [
        ["even", "odd", 0, 0.0]
    ]
    assert graph.n_clusters == 1


@pytest.mark.parametrize(("apart", "sessions"), [(0, 5), (1, 4), (3, 2), (4, 1), (5, None), (6, None)])
def test_two_windows_on_one_instrument_share_what_they_are_not_apart(
    apart: int, sessions: int | None
) -> None:
    panel = quoted(bond())
    events = [at_session(JANUARY, 40 + apart, "late"), at_session(JANUARY, 40, "early")]
    graph = mi.align(panel, events, timeline=SHORT, policies=KEEP).overlaps()
    frame = graph.to_frame()
    assert frame["sessions"].tolist() == ([] if sessions is None else [sessions])
    assert graph.n_clusters == (2 if sessions is None else 1)
    if sessions is not None and apart:
        assert frame.loc[0, ["event_id", "other_event_id"]].tolist() == ["early", "late"]
    assert repr(graph) == f"OverlapGraph: 2 pairs, {len(frame)} overlaps, {graph.n_clusters} clusters"


def test_pairs_that_are_left_out_are_no_nodes() -> None:
    """A chain of three whose middle is left out falls into two; an empty study has an empty graph."""
    panel = quoted(bond()).join(quoted(mi.Factor("EM", snapshot=bond().snapshot), JANUARY.delete(43)))
    chain = [at_session(JANUARY, at) for at in (40, 44, 48)]
    alignment = mi.align(panel, chain, timeline=SHORT, policies=KEEP)
    assert alignment.overlaps().n_clusters == 1
    frame = pd.DataFrame({"event_id": ["at 40", "at 48"], "instrument": "KZ 2045"})
    assert mi.align(panel, chain, timeline=SHORT, pairs=frame, policies=KEEP).overlaps().n_clusters == 2
    days = JANUARY.delete([43])
    spanned = mi.Policies(contamination="keep", spanned="leave_out")
    left = mi.align(quoted(bond(), days), chain, timeline=SHORT, policies=spanned)
    assert left.status.tolist()[1] == 2
    graph = left.overlaps()
    assert graph.pairs.tolist() == [0, 2]
    assert (graph.n_clusters, len(graph.one)) == (2, 0)
    nothing = mi.align(panel, [at_session(JANUARY, 1)], timeline=SHORT).overlaps()
    assert (len(nothing.pairs), nothing.n_clusters, len(nothing.to_frame())) == (0, 0, 0)
    assert list(nothing.to_frame().columns) == FRAME


def test_a_window_reaches_back_over_the_days_that_its_first_move_spans() -> None:
    """A is not quoted from 6 to 24 January; news of the 14th shows on A on the 25th and on B at once."""
    closed = JANUARY.drop(pd.bdate_range("2022-01-06", "2022-01-24"))
    panel = quoted(bond("A"), closed).join(quoted(bond("B"), JANUARY))
    timeline = mi.Timeline(estimation=(-12, -3), event=(0, 2), min_estimation=5)
    events = [news("2022-01-14T12:00", "Europe/London", "a"), news("2022-01-17T12:00", "Europe/London", "b")]
    graph = mi.align(panel, events, timeline=timeline, pairs=[("a", "A"), ("b", "B")]).overlaps()
    assert (len(graph.one), graph.n_clusters, graph.shared.tolist()) == (1, 1, [0])
