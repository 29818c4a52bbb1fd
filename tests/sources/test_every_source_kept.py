"""What a source on the network has given stays, whatever happens after: to other series, and to other dates."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import marketimpact as mi
from marketimpact import errors
from marketimpact.sources.options import FetchOptions
from tests.sources.every_source import (
    CASES,
    END,
    SOME,
    START,
    check,
    every,
    failures,
    fetched,
    playing,
    unhurried,
)
from tests.sources.loopback import Reply, Script, Seen
from tests.sources.providers import PROVIDERS, Provider


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    return unhurried(monkeypatch)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept.sqlite"


@pytest.mark.parametrize(("provider", "name"), [case for case in CASES if case.values[1] in SOME])
def test_one_series_that_fails_takes_no_other_with_it(
    provider: Provider, name: str, monkeypatch: pytest.MonkeyPatch, kept: Path
) -> None:
    """The first series fails, the others come, and what came is in the cache."""
    script, _ = failures(provider)[name]
    first, second, third = provider.symbols
    failing = threading.Event()

    def play(seen: Seen) -> Reply:
        return (script if failing.is_set() else provider.answers)(seen)

    options = {"largest": 2_000_000, "cache": kept, **({"timeout": 0.1} if name == "slow" else {})}
    with playing(provider, monkeypatch, play) as server:
        check(fetched(provider, first, **options), provider, first)
        failing.set()
        asked = len(server.seen)
        with pytest.warns(
            mi.MarketImpactWarning, match=f"2 of 3 series did not come: {provider.word}:{second}"
        ):
            panel = mi.fetch(
                [f"{provider.word}:{second}", f"{provider.word}:{third}", "ecb:EUR/NOK"],
                start=START, end=END, options=FetchOptions(rate=1e5, retries=0, **options),
            )  # fmt: skip
        assert panel.ids == ("EUR/NOK",)
        assert panel.ledger is not None
        rows = panel.ledger.to_frame()
        assert rows["status"].tolist() == ["left out", "left out", "used"]
        assert rows["instrument"].tolist()[:2] == [f"{provider.word}:{second}", f"{provider.word}:{third}"]
        assert all(rows["reason"][:2].str.len() > 20)
        assert len(server.seen) > asked
        before = len(server.seen)
        check(fetched(provider, first, **options), provider, first)
        check(fetched(provider, first, offline=True, **options), provider, first)
        assert len(server.seen) == before, "what is there is not asked for again"
        failing.clear()
        check(fetched(provider, **options), provider, *provider.symbols)


@every
def test_later_series_still_come(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("404", "500", "HTML", "cut", "reset", "changed"):
        script, _ = failures(provider)[name]
        left = iter([True, True, True] if provider.word == "ecb-live" and name == "404" else [True])

        def play(seen: Seen, script: Script = script, left: Iterator[bool] = left) -> Reply:
            return (script if next(left, False) else provider.answers)(seen)

        with (
            playing(provider, monkeypatch, play),
            pytest.warns(mi.MarketImpactWarning, match="1 of 3 series did not"),
        ):
            panel = fetched(provider)
        check(panel, provider, *provider.symbols[1:])


@every
def test_a_source_that_asks_to_be_left_alone_is(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    limited = Reply(status=429, headers=(("Retry-After", "3600"),))
    with (
        playing(provider, monkeypatch, lambda _: limited) as server,
        pytest.raises(errors.SourceError, match="none of 3 series came") as caught,
    ):
        fetched(provider, retries=4)
    assert isinstance(caught.value.__cause__, errors.RateLimitedError)
    assert len(server.seen) == 1


@every
def test_a_source_that_is_down_is_not_asked_for_ever(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        playing(provider, monkeypatch, lambda _: Reply(status=503)) as server,
        pytest.raises(errors.SourceError, match="none of 3 series came"),
    ):
        fetched(provider)
    assert len(server.seen) == 2


@every
def test_what_came_before_a_failure_is_kept(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, kept: Path
) -> None:
    """Earlier and later dates are asked for; the later ones fail; the next call asks for those alone."""
    symbol = provider.symbols[0]
    start, end = provider.wider
    failing = {"on": False, "count": 0}

    def play(seen: Seen) -> Reply:
        failing["count"] += failing["on"]
        return Reply(status=500) if failing["on"] and failing["count"] > 1 else provider.answers(seen)

    with playing(provider, monkeypatch, play) as server:
        fetched(provider, symbol, cache=kept)
        failing["on"] = True
        with pytest.raises(
            errors.SourceDownError, match=r"1 of \d+ answers are in the cache: the next call goes on"
        ):
            fetched(provider, symbol, start=start, end=end, cache=kept)
        failing["on"] = False
        before = {seen.raw for seen in server.seen[:-1]}
        count = len(server.seen)
        check(
            fetched(provider, symbol, start=start, end=end, cache=kept),
            provider,
            symbol,
            start=start,
            end=end,
        )
        assert not before & {seen.raw for seen in server.seen[count:]}


@every
def test_dates_without_a_value_beside_what_is_held_cost_nothing(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, kept: Path
) -> None:
    """The next call reaches two days further, a Saturday and a Sunday: the source has nothing of them."""
    symbol = provider.symbols[0]
    with playing(provider, monkeypatch):
        fetched(provider, symbol, cache=kept)
    with playing(provider, monkeypatch, lambda _: provider.empty):
        panel = fetched(provider, symbol, end="2021-06-13", cache=kept)
        check(panel, provider, symbol)
        unit = panel.quotes[0].provenance.unit
        check(fetched(provider, symbol, end="2021-06-13", cache=kept, offline=True), provider, symbol)
    assert unit == provider.unit


@pytest.mark.parametrize("provider", [one for one in PROVIDERS if one.word != "nbk"], ids=str)
def test_a_long_time_without_a_value_is_told_and_not_remembered(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, kept: Path
) -> None:
    """Months of nothing may be a failure: they are noted, and asked for again (one bank answers for one day each)."""
    symbol, start = provider.symbols[0], "2021-05-03" if provider.word != "treasury" else "2020-12-01"
    with playing(provider, monkeypatch):
        fetched(provider, symbol, cache=kept)
    with playing(provider, monkeypatch, lambda _: provider.empty):
        panel = fetched(provider, symbol, start=start, cache=kept)
    check(panel, provider, symbol, start="2021-01-01" if provider.word == "treasury" else START)
    assert f"the source had nothing from {start[:4]}-" in "; ".join(panel.quotes[0].notes)
    with pytest.raises(errors.NotCachedError, match=f"{provider.word}:{symbol}"):
        fetched(provider, symbol, start=start, cache=kept, offline=True)
    with playing(provider, monkeypatch):
        again = fetched(provider, symbol, start=start, cache=kept)
    check(again, provider, symbol, start=start)
    assert "the source had nothing" not in "; ".join(again.quotes[0].notes)


@pytest.mark.parametrize("provider", [one for one in PROVIDERS if one.word in ("nbk", "treasury")], ids=str)
def test_a_first_answer_without_a_value_takes_no_later_one_with_it(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, kept: Path
) -> None:
    start, end = provider.wider
    first = date.fromisoformat("2021-01-01" if provider.word == "treasury" else "2021-05-25")
    with playing(provider, monkeypatch) as server:
        fetched(provider, provider.symbols[1], start=start, end=end)
        earliest = server.seen[1 if provider.word == "nbk" else 0].raw
    with playing(
        provider, monkeypatch, lambda seen: provider.empty if seen.raw == earliest else provider.answers(seen)
    ):
        panel = fetched(provider, provider.symbols[0], start=start, end=end, cache=kept)
    check(panel, provider, provider.symbols[0], start=str(first), end=end)
