"""The demonstration: four pages, real numbers, the same bytes as the pictures of the README."""

from pathlib import Path
from types import SimpleNamespace

import pytest

import marketimpact as mi
from marketimpact.app.demo import kazakhstan_2045, ruble_invasion, ruble_sanctions, run_demo


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, str]]:
    steps: list[tuple[int, int]] = []
    folder = tmp_path_factory.mktemp("demo") / "reports"
    pages = run_demo(folder, lambda done, total: steps.append((done, total)))
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    return {path.name: (path, finding) for path, finding in pages}


def test_it_writes_four_pages_with_a_finding_each(made: dict[str, tuple[Path, str]]) -> None:
    assert set(made) == {
        "kazakhstan_2045_yield.png",
        "ruble_invasion.png",
        "ruble_sanctions.png",
        "kazakhstan_news_currencies.png",
    }
    for path, finding in made.values():
        assert path.read_bytes().startswith(b"\x89PNG")
        assert "\n" not in finding


def test_the_yield_spike_carries_what_was_reported() -> None:
    pair = kazakhstan_2045().pair
    assert str(pair.session) == "2022-01-05"
    assert pair.moves[5] == pytest.approx(33.0)
    assert pair.moves[6] < 0
    assert pair.moves[7] < 0
    assert pair.stamp == "RECONSTRUCTION"


def test_the_ruble_moved_as_the_fixings_say() -> None:
    invasion, sanctions = ruble_invasion().pair, ruble_sanctions().pair
    assert str(invasion.session) == "2022-02-24"
    assert str(sanctions.session) == "2022-02-28"
    levels = dict(zip(invasion.quotes.sessions.astype(str), invasion.quotes.levels, strict=True))
    assert levels["2022-02-24"] / levels["2022-02-23"] - 1 == pytest.approx(0.053, abs=0.0005)
    assert levels["2022-02-28"] / levels["2022-02-25"] - 1 == pytest.approx(0.248, abs=0.0005)
    assert invasion.taus[-1] == 3
    assert sanctions.taus[-1] == 1
    assert invasion.stamp is None


def test_the_pages_appear_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = SimpleNamespace(png=lambda: b"1", finding="one")

    def broken() -> None:
        raise mi.SourceError("no rates")

    monkeypatch.setattr("marketimpact.app.demo.PAGES", {"1.png": lambda: page, "2.png": broken})
    with pytest.raises(mi.SourceError, match="no rates"):
        run_demo(tmp_path / "reports")
    assert list(tmp_path.iterdir()) == []
