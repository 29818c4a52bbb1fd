"""The page: nothing overlaps, nothing is cut, the same bytes every time, and no word beyond the test."""

import hashlib
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import marketimpact as mi
from marketimpact.reporting.canvas import bare_figure, save_png, text_width, wrap

EMERGENCY = "kz-2022-01-05-emergency"
LONG = (
    "A very long headline that goes on about taxes, prices, $ and $$ signs, and everything else in the world "
    * 2
)


def quotes(jump: float, *, seed: int = 1, start: str = "2021-01-04") -> pd.DataFrame:
    """A simulated yield with one jump on 5 January 2022."""
    days = pd.bdate_range(start, "2022-02-28")
    changes = np.random.default_rng(seed).normal(scale=0.03, size=len(days))
    changes[days.get_loc(pd.Timestamp("2022-01-05"))] = jump
    return pd.DataFrame({"KZ 2045": 4.0 + changes.cumsum()}, index=days)


def result_of(jump: float, **event: str) -> mi.StudyResult:
    bond = mi.SovereignBond("KZ 2045", quoted="yield", issuer="KZ", snapshot="16:30 Europe/London")
    news = {"announced_at": "2022-01-05T16:10", "zone": "Asia/Almaty", "title": "News"} | event
    return mi.EventStudy().run(mi.Panel.from_frame(quotes(jump), instruments=bond), mi.Event("news", **news))


@pytest.fixture(scope="module")
def bond() -> mi.StudyResult:
    panel, events = mi.datasets.load_panel("kazakhstan_2045"), mi.datasets.load_events("kazakhstan_2022")
    return mi.EventStudy().run(panel, events)


def boxes(figure: Figure) -> list[tuple[str, object]]:
    """Words on the page and the boxes they fill; the stamp lies across on purpose."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    hidden = undrawn_labels(figure)
    found = [
        (text.get_text(), text.get_window_extent(renderer))
        for text in figure.findobj(Text)
        if text.get_text().strip() and text.get_text() != "RECONSTRUCTION" and text not in hidden
    ]
    return [(words, box) for words, box in found if box.width > 0]


def undrawn_labels(figure: Figure) -> set[Text]:
    """Labels of ticks outside their axis, which matplotlib keeps and does not draw."""
    hidden: set[Text] = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in axis.get_major_ticks():
                if not low <= tick.get_loc() <= high or not tick.label1.get_visible():
                    hidden.update((tick.label1, tick.label2))
    return hidden


def assert_readable(figure: Figure) -> None:
    width, height = figure.get_size_inches() * figure.dpi
    found = boxes(figure)
    assert len(found) > 30
    for words, box in found:
        assert box.x0 >= 0, words
        assert box.y0 >= 0, words
        assert box.x1 <= width, words
        assert box.y1 <= height, words
    for (words, one), (others, other) in combinations(found, 2):
        wide = min(one.x1, other.x1) - max(one.x0, other.x0)
        tall = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert wide < 2 or tall < 3, f"{words!r} lies over {others!r}"


@pytest.mark.parametrize("event_id", [EMERGENCY, "kz-2022-01-05-government", "kz-2022-01-02-zhanaozen"])
def test_nothing_overlaps_and_nothing_is_cut(bond: mi.StudyResult, event_id: str) -> None:
    page = mi.report(bond, event_id, confounders=mi.datasets.load_events("confounders_2022"))
    assert_readable(page.figure)


def test_long_words_wrap_and_dollar_signs_are_no_formulas() -> None:
    figure = mi.report(result_of(0.33, title=LONG)).figure
    assert_readable(figure)
    shown = " ".join(words for words, _ in boxes(figure))
    assert "$ and $$ signs" in shown


def test_wrapping_loses_no_character_even_of_a_word_wider_than_the_page() -> None:
    word = "W" * 300
    lines = wrap(bare_figure(5.0, 1.0, 100), f"a {word} b", 12.0, 3.0)
    assert "".join(lines).replace(" ", "") == f"a{word}b"
    assert len(lines) > 5


@pytest.mark.parametrize("width", [0.7, 1.9, 4.6])
def test_each_line_holds_as_many_words_as_fit(width: float) -> None:
    """By a search word by word: narrow letters, wide ones and none at all."""
    figure = bare_figure(5.0, 1.0, 100)
    for text in (
        "",
        "ill it ill, it lit a tilt " * 4,
        "WOMM MWO OWWM " * 5,
        "the ruble fell by 5.2 % in a day; " * 3,
    ):
        lines, words = [""], text.split()
        for word in words:
            longer = f"{lines[-1]} {word}".strip()
            if text_width(figure, longer, 11.0) <= width:
                lines[-1] = longer
            else:
                lines.append(word)
        assert wrap(figure, text, 11.0, width) == lines


def test_the_same_study_gives_the_same_bytes_in_another_process(bond: mi.StudyResult) -> None:
    script = (
        "import hashlib, marketimpact as mi\n"
        "panel, events = mi.datasets.load_panel('kazakhstan_2045'), mi.datasets.load_events('kazakhstan_2022')\n"
        f"page = mi.report(mi.EventStudy().run(panel, events), {EMERGENCY!r})\n"
        "print(hashlib.sha256(page.png()).hexdigest())"
    )
    there = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert hashlib.sha256(mi.report(bond, EMERGENCY).png()).hexdigest() == there


def test_a_reconstruction_says_so_and_calls_its_p_illustrative(bond: mi.StudyResult) -> None:
    page = mi.report(bond, EMERGENCY)
    words = [text for text, _ in boxes(page.figure)]
    assert any("RECONSTRUCTION, not quotes" in text for text in words)
    assert page.reading.endswith("every p here is illustrative.")
    assert page.finding.startswith(
        "RECONSTRUCTION, p illustrative: KZ 2045, 5 January 2022: abnormal move +32.8 bp"
    )
    assert sum(text.endswith(" *") for text in words) == 4  # each p of the table
    assert any(text.startswith("* illustrative") for text in words)


def test_with_quotes_of_the_users_own_nothing_is_stamped() -> None:
    page = mi.report(result_of(0.33))
    everything = " ".join(words for words, _ in boxes(page.figure)) + page.reading + page.finding
    assert "RECONSTRUCTION" not in everything
    assert "illustrative" not in everything


def test_a_large_move_is_called_unusual_and_no_more() -> None:
    reading = mi.report(result_of(0.33)).reading
    assert "the yield of KZ 2045 rose by 33.0 bp" in reading
    assert "That is an unusual move: its rank among ordinary ones gives p = .008" in reading
    assert "One event cannot tell a shift of the mean from a burst of variance" in reading
    for word in ("caused", "significant", "proves", "because of"):
        assert word not in reading


def test_an_ordinary_move_is_called_not_unusual() -> None:
    reading = mi.report(result_of(-0.01)).reading
    assert "the yield of KZ 2045 fell by 1.0 bp" in reading
    assert "That is not unusual at the 5 % level: its rank among ordinary ones gives p = ." in reading


def test_a_window_too_short_for_the_level_is_not_called_ordinary() -> None:
    """The largest of all moves, at a level that 61 sessions cannot reach."""
    bond = mi.SovereignBond("KZ 2045", quoted="yield", snapshot="16:30 Europe/London")
    news = mi.Event("news", announced_at="2022-01-05T16:10", zone="Asia/Almaty")
    study = mi.EventStudy(timeline=mi.Timeline(estimation=(-70, -11)), level=0.99)
    reading = mi.report(study.run(mi.Panel.from_frame(quotes(0.9), instruments=bond), news)).reading
    assert "The window is too short to call anything unusual at the 1 % level" in reading
    assert "gives p = .016 (the smallest this window allows is .016)" in reading


def test_the_page_counts_estimation_moves_that_were_lost() -> None:
    frame = quotes(0.33)
    frame["F"] = quotes(0.0, seed=2)["KZ 2045"]
    frame.loc["2021-09-01":"2021-09-10", "F"] = np.nan
    members = [
        mi.SovereignBond("KZ 2045", quoted="yield", snapshot="16:30 Europe/London"),
        mi.Factor("F", move="difference", unit="percent", snapshot="16:30 Europe/London"),
    ]
    news = mi.Event("news", announced_at="2022-01-05T16:10", zone="Asia/Almaty", title="News")
    result = mi.EventStudy(mi.MarketModel("F")).run(mi.Panel.from_frame(frame, instruments=members), news)
    words = " ".join(text for text, _ in boxes(mi.report(result).figure))
    assert "111 of 120 sessions (9 not usable)" in words


def test_a_rank_that_does_not_apply_says_why() -> None:
    """Nine days of news need more estimation moves than there are."""
    page = mi.report(result_of(0.33, announced_at="2022-01-05", precision="7d"))
    assert len(page.pair.candidates) == 6
    assert "Its rank among ordinary moves is not applicable: needs 120" not in page.reading
    shorter = mi.EventStudy(timeline=mi.Timeline(estimation=(-110, -11))).run(
        page.pair and mi.Panel((page.pair.instrument,), (page.pair.quotes,)), page.pair.event
    )
    said = mi.report(shorter).reading
    assert "not applicable: needs 120 usable estimation moves for a window of 6 sessions, has 100" in said


def test_the_page_says_which_factors_its_numbers_rest_on() -> None:
    frame = quotes(0.33)
    frame["F"] = quotes(0.0, seed=2)["KZ 2045"]
    members = [
        mi.SovereignBond("KZ 2045", quoted="yield", snapshot="16:30 Europe/London"),
        mi.Factor("F", move="difference", unit="percent"),
    ]
    news = mi.Event("news", announced_at="2022-01-05T16:10", zone="Asia/Almaty")
    result = mi.EventStudy(mi.MarketModel("F")).run(mi.Panel.from_frame(frame, instruments=members), news)
    page = mi.report(result)
    assert "Factor: F, a frame of the user's; an unknown snapshot." in page.notes
    assert_readable(page.figure)


def test_a_missing_headline_is_no_finding_and_no_number() -> None:
    frame = quotes(0.33)
    frame["F"] = quotes(0.0, seed=2)["KZ 2045"]
    frame.loc["2022-01-05", "F"] = np.nan
    members = [
        mi.SovereignBond("KZ 2045", quoted="yield", snapshot="16:30 Europe/London"),
        mi.Factor("F", move="difference", unit="percent", snapshot="16:30 Europe/London"),
    ]
    news = mi.Event("news", announced_at="2022-01-05T16:10", zone="Asia/Almaty", title="News")
    result = mi.EventStudy(mi.MarketModel("F")).run(mi.Panel.from_frame(frame, instruments=members), news)
    page = mi.report(result)
    words = [text for text, _ in boxes(page.figure)]
    assert page.reading == "There is no finding: a move of the headline window is missing."
    assert "missing" in words
    assert not any("nan" in text for text in [*words, page.finding, str(result.summary())])
    t_row = result.to_frame("tests").query("test == 't'").iloc[0]
    assert t_row["reason"] == "a move of the headline window is missing"
    assert np.isnan(t_row["p_floor"])


def test_the_page_says_why_its_window_ends_early() -> None:
    events = mi.datasets.load_events("ruble_2022").select("ru-2022-02-24-invasion")
    result = mi.EventStudy(timeline=mi.Timeline(event=(-5, 3))).run(mi.fetch("ecb:EUR/RUB"), events)
    words = " ".join(text for text, _ in boxes(mi.report(result).figure))
    assert "it ends at tau = 3, the last session of the series, 1 March 2022" in words
    assert "The ECB suspended its ruble rate on 2 March 2022" in words
    assert "rose by 5.19 % in logs (5.3 % as a simple move)" in words


def test_the_page_says_where_its_bands_are_wider_and_why(bond: mi.StudyResult) -> None:
    """London was shut on 27 and 28 December 2021 and on 3 January 2022."""
    words = [text for text, _ in boxes(mi.report(bond, EMERGENCY).figure)]
    assert "Bands: wider at tau = -4, -1, where a move spans days without a quote." in words


def test_other_news_of_the_window_is_named(bond: mi.StudyResult) -> None:
    page = mi.report(bond, EMERGENCY, confounders=mi.datasets.load_events("confounders_2022"))
    assert [(news.title, news.first) for news in page.confounders] == [
        ("FOMC minutes", 1),
        ("US employment report", 2),
    ]
    assert len(page.others) == 11
    words = " ".join(text for text, _ in boxes(page.figure))
    assert "FOMC minutes, 2022-01-05 14:00 New York (tau = 1)" in words
    assert "and 7 more" in words


def test_jupyter_and_files_get_the_same_picture(bond: mi.StudyResult, tmp_path: Path) -> None:
    page = mi.report(bond, EMERGENCY)
    path = page.save(tmp_path / "page.png")
    assert path.read_bytes() == page.png() == page._repr_png_()
    assert page.png().startswith(b"\x89PNG")


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "page.png"
    target.write_bytes(b"before")

    def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(OSError, match="disk full"):
        save_png(b"after", target)
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def test_a_missing_folder_is_named(bond: mi.StudyResult, tmp_path: Path) -> None:
    with pytest.raises(mi.InputError, match=r"path: cannot be written \(No such file or directory\)"):
        mi.report(bond, EMERGENCY).save(tmp_path / "nowhere" / "page.png")


def test_a_pair_that_was_left_out_says_why() -> None:
    late = mi.Event("late", announced_at="2022-03-01T09:00", zone="Europe/Moscow")
    result = mi.EventStudy().run(mi.fetch("ecb:EUR/RUB"), late)
    with pytest.raises(mi.InputError, match=r"was left out: the series ends on 2022-03-01, tau = 0"):
        mi.report(result)
