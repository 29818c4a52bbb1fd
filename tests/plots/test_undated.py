"""The largest moves: every session drawn, the listed ones marked by whether news stand beside them."""

from __future__ import annotations

from matplotlib.figure import Figure

from marketimpact.plots.undated import largest_moves_data, plot_largest_moves
from marketimpact.regress.undated import MoveSearch, largest_moves
from tests.regress.test_undated import jumpy
from tests.study.world import mixed_panel, news


def test_marks_are_those_of_the_twin() -> None:
    panel, days, _ = jumpy()
    found = largest_moves(panel, news([days[200]]), search=MoveSearch(n=3))
    data = largest_moves_data(found)
    assert len(data) == len(found.ar)
    assert int(data["listed"].sum()) == 3
    assert data.loc[data["matched"], "candidates"].tolist() == ["e0"]
    assert data["ar"].tolist() == (found.ar * 100.0).tolist()
    ax = plot_largest_moves(found, ax=Figure(figsize=(8, 4)).subplots())
    marked = {line.get_label(): line for line in ax.lines if line.get_marker() in ("D", "o")}
    assert list(marked) == ["news beside it (1)", "no news beside it (2)"]
    assert marked["news beside it (1)"].get_ydata().tolist() == data.loc[data["matched"], "ar"].tolist()
    assert marked["no news beside it (2)"].get_markerfacecolor() == "white"
    assert [text.get_text() for text in ax.texts] == ["e0"]
    assert ax.get_legend().get_title().get_text() == "33 % matched, 0.53 % of all sessions are"
    assert ax.get_ylabel() == "abnormal move [%]"
    of_currency = largest_moves(mixed_panel(4), news([days[350]]), "USD/KZT", search=MoveSearch(n=3))
    ax = plot_largest_moves(of_currency, ax=Figure(figsize=(8, 4)).subplots())
    assert ax.get_ylabel() == "abnormal move [%]\n+ = weaker KZT"
