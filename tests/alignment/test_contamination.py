"""Which moves enter a fit: the estimation window less every event window on the instrument, by plain loops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.ledger import Status
from tests.maths.brute import Series, fit_one, predicted, scar_left_out
from tests.study.world import news, price_panel, row_of, walk, weekdays

TIMELINE = mi.Timeline(estimation=(-40, -4), event=(-2, 3), min_estimation=8)
TAUS = np.arange(-2, 4)
STUDY = mi.EventStudy(model=mi.MarketModel("EM"), timeline=TIMELINE, windows=((0, 0), (-2, 3)))
PRICES = ("A", "B")
SESSIONS = 160
DAYS = weekdays(SESSIONS)
KINDS = (("T09:00", None), ("T18:00", None), ("", None), ("", "3d"), ("T16:30", "hour"))


@dataclass(frozen=True)
class World:
    """Two prices, one with days off, a factor with holes, and news of minutes and of days on chosen pairs."""

    levels: pd.DataFrame
    events: list[mi.Event]
    pairs: list[tuple[str, str]]

    @classmethod
    def of(cls, seed: int) -> World:
        rng = np.random.default_rng(seed)
        levels = pd.DataFrame({name: walk(rng, SESSIONS) for name in (*PRICES, "EM")}, index=DAYS)
        for name, holes in (("A", 0.05), ("EM", 0.04)):
            levels.loc[rng.random(SESSIONS) < holes, name] = np.nan
        events = []
        for i, at in enumerate(rng.integers(10, SESSIONS + 3, 10)):
            clock, precision = KINDS[rng.integers(len(KINDS))]
            day = np.datetime64("2015-01-05") + int(at * 7 / 5)
            events.append(mi.Event(f"e{i}", announced_at=f"{day}{clock}", zone="UTC", precision=precision))
        named = [(event.id, name) for event in events for name in PRICES]
        kept = rng.random(len(named)) < 0.8
        return cls(levels, events, [pair for pair, keep in zip(named, kept, strict=True) if keep])

    @property
    def panel(self) -> mi.Panel:
        bonds = [mi.SovereignBond(name, quoted="clean price", snapshot="17:00 UTC") for name in PRICES]
        instruments = [*bonds, mi.Factor("EM", snapshot="17:00 UTC")]
        return mi.Panel.from_frame(self.levels, instruments=instruments)

    def run(self, study: mi.EventStudy = STUDY) -> mi.StudyResult:
        return study.run(self.panel, self.events, pairs=self.pairs)

    def series(self, name: str) -> tuple[list[date], Series]:
        """Dates of the quotes, moves, and regressors, one date at a time; fewer than 20 gaps, so that v is m."""
        quotes, factor = dict(self.levels[name].dropna()), dict(self.levels["EM"])
        days = list(quotes)
        dates = [day.date() for day in days]
        y, em = np.full(len(dates), np.nan), np.full(len(dates), np.nan)
        spans = np.ones(len(dates))
        for i in range(1, len(dates)):
            now, before = days[i], days[i - 1]
            y[i] = np.log(quotes[now] / quotes[before])
            em[i] = np.log(factor[now] / factor[before])
            between = [dates[i - 1] + timedelta(k) for k in range(1, (dates[i] - dates[i - 1]).days + 1)]
            spans[i] = sum(day.weekday() < 5 for day in between)
        assert np.count_nonzero(spans > 1) < 20
        return dates, Series(y, np.vstack([spans, em]), spans.copy())


@dataclass(frozen=True)
class Expected:
    """What the loops say of one pair: candidates, sessions of the series, known and clean estimation moves."""

    first: int
    last: int
    n: int
    known: list[int]
    clean: list[int]


def candidates(event: mi.Event, dates: list[date]) -> tuple[int, int]:
    """The first close after the start, and the first that no instant of the event can miss."""
    closes = [datetime.combine(day, time(17), tzinfo=UTC) for day in dates]
    start, end = event.start, event.end
    first = [i for i, close in enumerate(closes) if close > start]
    last = [i for i, close in enumerate(closes) if close >= end]
    return (first or [len(dates)])[0], (last or [len(dates)])[0]


def by_loops(world: World, timeline: mi.Timeline = TIMELINE) -> dict[tuple[str, str], Expected]:
    """Walk over the pairs of each instrument, and over the sessions of each window."""
    found = {}
    for name in PRICES:
        dates, series = world.series(name)
        placed = {one.id: candidates(one, dates) for one in world.events if (one.id, name) in world.pairs}
        taken = set()
        for first, last in placed.values():
            if first < len(dates):
                taken |= set(range(first + timeline.event[0], first + timeline.event[1] + 1))
                taken |= set(range(first, last + 1))
        for id, (first, last) in placed.items():
            window = range(first + timeline.estimation[0], first + timeline.estimation[1] + 1)
            known = [at for at in window if 0 <= at < len(dates) and series.usable[at]]
            clean = [at for at in known if at not in taken]
            found[id, name] = Expected(first, last, len(dates), known, clean)
    return found


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_the_ledger_counts_what_the_loops_count(seed: int) -> None:
    world = World.of(seed)
    alignment = mi.align(world.panel, world.events, timeline=TIMELINE, pairs=world.pairs, factors=["EM"])
    frame = alignment.ledger.to_frame().set_index(["event_id", "instrument"])
    for pair, wanted in by_loops(world).items():
        got = frame.loc[pair]
        if wanted.first == wanted.n:
            assert pd.isna(got["contaminated"])
            assert got["status"] == "left out"
            continue
        assert got["estimation_used"] == len(wanted.clean)
        assert got["contaminated"] == len(wanted.known) - len(wanted.clean)
        assert got["estimation_lost"] == TIMELINE.estimation_length - len(wanted.clean)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_too_few_clean_moves_are_a_row_that_says_how_many_others_take(seed: int) -> None:
    world = World.of(seed)
    frame = mi.align(
        world.panel, world.events, timeline=TIMELINE, pairs=world.pairs, factors=["EM"]
    ).ledger.to_frame()
    said = frame.set_index(["event_id", "instrument"])["reason"]
    for pair, wanted in by_loops(world).items():
        taken = len(wanted.known) - len(wanted.clean)
        words = f"{len(wanted.clean)} usable estimation moves, fewer than min_estimation = 8"
        short = wanted.first < wanted.n and len(wanted.clean) < 8
        assert (words in said[pair]) == short
        assert (f"{words} ({taken} lie in event windows of other events" in said[pair]) == (
            short and taken > 0
        )


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_fit_abnormal_moves_and_rank_use_exactly_the_clean_moves(seed: int) -> None:
    """One weighted regression a pair; the rank with its own event session put back into the sample."""
    world = World.of(seed)
    result, loops = world.run(), by_loops(world)
    ranks = result.to_frame("tests").query("test == 'rank with refit' and tau_to == 0")
    ranks = ranks.set_index(["event_id", "instrument"])
    series = {name: world.series(name)[1] for name in PRICES}
    for pair in result.pairs:
        wanted, whole = loops[pair], series[pair[1]]
        rows = np.array(wanted.clean)
        fit = fit_one(whole, rows)
        ar, _ = predicted(whole, fit, wanted.first + TAUS)
        assert result.one(*pair).n_obs == len(rows)
        assert result.sigma2[pair] == pytest.approx(fit.sigma2, rel=1e-9)
        np.testing.assert_allclose(result.ar.loc[pair], ar, rtol=0, atol=1e-13)
        if wanted.first == wanted.last and whole.usable[wanted.first]:
            size = np.abs(fit_one(whole, np.append(rows, wanted.first)).residuals)
            at_least = np.count_nonzero(size >= size[-1] * (1 - 1e-9))
            assert ranks.loc[pair, "p_value"] == pytest.approx(at_least / (len(rows) + 1), rel=1e-13)
            assert ranks.loc[pair, "p_floor"] == pytest.approx(1 / (len(rows) + 1), rel=1e-13)


def test_the_worlds_above_hold_what_they_are_to_prove() -> None:
    """Pairs with masked moves, pairs too short, series that end, and pairs with numbers: enough of each."""
    loops = [one for seed in range(20) for one in by_loops(World.of(seed)).values()]
    masked = [len(one.known) - len(one.clean) for one in loops]
    assert sum(taken > 0 for taken in masked) > 100
    assert sum(taken == 0 and one.first < one.n for taken, one in zip(masked, loops, strict=True)) > 20
    assert sum(len(one.clean) >= 8 for one in loops) > 100
    assert sum(len(one.clean) < 8 and one.first < one.n for one in loops) > 10
    assert sum(one.first == one.n for one in loops) > 5
    assert sum(one.last > one.first + 3 for one in loops) == 0 < sum(one.last > one.first for one in loops)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.randoms())
def test_the_order_of_events_and_pairs_changes_nothing(seed: int, random: object) -> None:
    world = World.of(seed)
    events, pairs = list(world.events), list(world.pairs)
    random.shuffle(events)  # type: ignore[attr-defined]
    random.shuffle(pairs)  # type: ignore[attr-defined]
    result, shuffled = world.run(), World(world.levels, events, pairs).run()
    order = result.pairs
    np.testing.assert_array_equal(shuffled.ar.loc[order], result.ar)
    np.testing.assert_array_equal(shuffled.sigma2.loc[order], result.sigma2)
    keys = ["event_id", "instrument"]
    frames = [one.ledger.to_frame().set_index(keys).sort_index() for one in (result, shuffled)]
    pd.testing.assert_frame_equal(*frames)
    over = [
        one.to_frame("tests").query("event_id.isna()").reset_index(drop=True) for one in (result, shuffled)
    ]
    pd.testing.assert_frame_equal(*over)


@settings(max_examples=4)
@given(st.integers(0, 2**32 - 1))
def test_keeping_them_gives_what_each_event_gives_alone(seed: int) -> None:
    world = World.of(seed)
    keep = mi.EventStudy(
        model=STUDY.model, timeline=TIMELINE, windows=STUDY.windows,
        policies=mi.Policies(contamination="keep"),
    )  # fmt: skip
    together = world.run(keep)
    assert (together.alignment.contaminated == 0).all()
    for pair in world.pairs:
        alone = World(world.levels, [one for one in world.events if one.id == pair[0]], [pair]).run()
        assert (pair in together.pairs) == (len(alone.pairs) == 1)
        for tau_free, found in (("ar", alone.ar), ("scar", alone.scar)):
            if len(alone.pairs):
                np.testing.assert_array_equal(getattr(together, tau_free).loc[pair], found.iloc[0])
        one = alone.ranks.p_value
        if len(one):
            at = list(together.pairs).index(pair)
            np.testing.assert_array_equal(together.ranks.p_value[at], one[0])


# Placebo and permutation


CROWDED = mi.Timeline(estimation=(-60, -6), event=(-2, 2), min_estimation=40)


@pytest.mark.parametrize("sessions", [1, 2])
def test_the_permutation_of_one_event_is_the_share_of_the_clean_placebos(sessions: int) -> None:
    """Three early events are left out as too short, and take moves from the fourth all the same."""
    days = weekdays(200)
    levels = walk(np.random.default_rng(11), 200)
    window = (0, sessions - 1)
    study = mi.EventStudy(timeline=CROWDED, windows=(window,))
    result = study.run(price_panel({"A": levels}, days), news(days[[30, 34, 44, 90]]))
    status = result.alignment.status
    assert status.tolist() == [Status.LEFT_OUT] * 3 + [Status.USED]
    taken = {at + tau for at in (30, 34, 44) for tau in range(-2, 3)}
    clean = [at for at in range(30, 85) if at not in taken]
    y = np.diff(np.log(levels), prepend=np.nan)
    series = Series(y, np.ones((1, 200)), np.ones(200))
    event = np.arange(90, 90 + sessions)
    rows = np.append(clean, event)
    placebos = [at + np.arange(sessions) for at in range(30, 85 - sessions + 1)]
    whole = [one for one in placebos if set(one) <= set(clean)]
    scars = np.abs([scar_left_out(series, rows, one) for one in [*whole, event]])
    tests = result.to_frame("tests").query("test == 'date permutation' and term == 'CAAR'")
    (found,) = tests.to_dict("records")
    assert len(clean) >= 20 * sessions
    assert found["p_floor"] == pytest.approx(1 / len(scars), rel=1e-13)
    assert found["p_value"] == pytest.approx(np.mean(scars >= scars[-1] * (1 - 1e-9)), rel=1e-13)
    assert len(scars) == (len(clean) + 1 if sessions == 1 else len(whole) + 1)
    assert row_of(result, "e3", "A")["estimation_used"] == len(clean) == 55 - 12


def test_only_events_that_meet_the_instrument_take_its_moves() -> None:
    days = weekdays(200)
    rng = np.random.default_rng(12)
    panel = price_panel({"A": walk(rng, 200), "B": walk(rng, 200)}, days)
    pairs = [("e0", "A"), ("e1", "A"), ("e1", "B")]
    frame = mi.align(panel, news(days[[60, 100]]), timeline=CROWDED, pairs=pairs).ledger.to_frame()
    assert frame["contaminated"].tolist() == [0, 5, 0]


def test_the_candidates_beyond_the_event_window_are_left_out_of_other_fits_too() -> None:
    """Six days of news reach to tau = 5, the event window to tau = 2: the pair has no numbers, its days do no harm."""
    days = weekdays(200)
    panel = price_panel({"A": walk(np.random.default_rng(13), 200)}, days)
    long = mi.Event("long", announced_at=str(days[60]), zone="UTC", precision="8d")  # Monday to Monday
    late = mi.Event("late", announced_at=f"{days[100]}T09:00", zone="UTC")
    frame = mi.align(panel, [long, late], timeline=CROWDED).ledger.to_frame()
    assert "may be as late as tau = 6, beyond the event window's end 2" in frame["reason"][0]
    assert frame["contaminated"].tolist() == [0, 2 + 1 + 6]


def test_an_event_that_the_roll_policy_drops_still_takes_moves() -> None:
    """Saturday's news has no session by the policy; that it moved Monday's fit can not be excluded."""
    days = weekdays(200)
    panel = price_panel({"A": walk(np.random.default_rng(14), 200)}, days)
    saturday = mi.Event("saturday", announced_at=str(days[59] + 1), zone="UTC")
    assert days[59].item().weekday() == 4
    late = mi.Event("late", announced_at=f"{days[100]}T09:00", zone="UTC")
    alignment = mi.align(panel, [saturday, late], timeline=CROWDED, policies=mi.Policies(roll="drop"))
    frame = alignment.ledger.to_frame()
    assert frame["status"].tolist() == ["left out", "used"]
    assert frame["contaminated"][1] == 5


def test_news_of_the_first_session_takes_the_moves_behind_it() -> None:
    """It has no move of its own, and is left out; the two sessions after it are in its window all the same."""
    days = weekdays(200)
    panel = price_panel({"A": walk(np.random.default_rng(15), 200)}, days)
    frame = mi.align(panel, news(days[[0, 61]]), timeline=CROWDED).ledger.to_frame()
    assert frame["status"].tolist() == ["left out", "used"]
    assert frame["contaminated"][1] == 2


def test_news_of_years_before_the_series_takes_no_moves_from_it() -> None:
    """Its session lay where nobody quoted; the first quote of the series is not its event session."""
    days = weekdays(200)
    panel = price_panel({"A": walk(np.random.default_rng(15), 200)}, days)
    old = mi.Event("old", announced_at="2009-06-01T09:00", zone="UTC")
    late = mi.Event("late", announced_at=f"{days[61]}T09:00", zone="UTC")
    frame = mi.align(panel, [old, late], timeline=CROWDED).ledger.to_frame()
    assert frame["status"].tolist() == ["left out", "used"]
    assert frame["contaminated"][1] == 0
