"""The bands of cumulative paths: by default they hold the whole path, and the legend says which one is drawn."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import marketimpact as mi
from marketimpact.maths.max_statistic import path_quantile
from marketimpact.plots.cumulative import caar_data, car_data

DAYS = ("2008-09-16", "2010-05-06", "2011-08-05", "2015-01-16", "2016-06-24", "2020-03-16")


@pytest.fixture(scope="module")
def dollar() -> mi.StudyResult:
    """Six days of the dollar."""
    news = mi.EventSet.from_events(mi.Event(day, announced_at=day, zone="Europe/Berlin") for day in DAYS)
    return mi.EventStudy().run(mi.fetch("ecb:USD/EUR"), news)


def axes() -> Axes:
    return Figure().subplots()


def legend(ax: Axes) -> list[str]:
    found = ax.get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


def test_the_band_of_a_path_holds_all_of_it_and_says_so(dollar: mi.StudyResult) -> None:
    event = str(dollar.pairs[0][0])
    pair = dollar.one(event)
    assert pair.path_critical == pytest.approx(path_quantile(dollar.cov[0], pair.df, 0.95))
    assert pair.path_critical > 1.25 * pair.critical
    whole, single = car_data(pair), car_data(pair, band="pointwise")
    np.testing.assert_allclose(whole["band_high"] * pair.critical, single["band_high"] * pair.path_critical)
    assert f"simultaneous 95 % band of paths (sup-t, {pair.df} df)" in legend(mi.plot_car(pair, ax=axes()))
    drawn = legend(mi.plot_car(pair, band="pointwise", ax=axes()))
    assert f"pointwise 95 % band of ordinary moves (t, {pair.df} df)" in drawn


def test_the_mean_path_is_the_table_of_means(dollar: mi.StudyResult) -> None:
    path = dollar.caar_path()
    table = dollar.to_frame("caar").query("tau_from == -5 and tau_to == 5").iloc[0]
    assert path.caar[-1] == pytest.approx(table["estimate"], rel=1e-12)
    assert path.std_error[-1] == pytest.approx(table["std_error"], rel=1e-12)
    assert (path.n, path.n_clusters, path.reason) == (6, 6, "")
    np.testing.assert_allclose(path.caar, dollar.ar.to_numpy().cumsum(axis=1).mean(axis=0), rtol=1e-12)
    assert path.pointwise == pytest.approx(2.5706, abs=1e-4)  # t with 5 degrees of freedom
    assert path.critical > path.pointwise
    frame = path.to_frame()
    np.testing.assert_allclose(frame["band_high"], path.critical * path.std_error)
    np.testing.assert_allclose(frame["point_low"], -path.pointwise * path.std_error)


def test_the_mean_drawn_is_the_mean_returned(dollar: mi.StudyResult) -> None:
    ax = axes()
    mi.plot_caar(dollar, ax=ax)
    data = caar_data(dollar)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), data["caar"])
    vertices = np.asarray(ax.collections[0].get_paths()[0].vertices)
    assert vertices[:, 1].max() == pytest.approx(data["band_high"].max())
    assert "simultaneous 95 % band of means without effect (sup-t, 5 df)" in legend(ax)
    assert ax.get_ylabel() == "mean cumulative abnormal log move [%]"


def test_one_cluster_has_a_mean_and_no_band(dollar: mi.StudyResult) -> None:
    one = mi.EventStudy().run(dollar.panel, mi.Event("a", announced_at=DAYS[4], zone="Europe/Berlin"))
    path = one.caar_path()
    assert np.isnan(path.critical)
    assert np.isnan(path.std_error).all()
    ax = mi.plot_caar(one, ax=axes())
    assert not ax.collections
    assert any("no band: the pairs of one date cluster are one observation" in words for words in legend(ax))


def test_one_cluster_is_one(dollar: mi.StudyResult) -> None:
    one = mi.EventStudy().run(dollar.panel, mi.Event("a", announced_at=DAYS[4], zone="Europe/Berlin"))
    title = mi.plot_caar(one, ax=axes()).get_title(loc="left")
    assert title == "Mean cumulative abnormal move: 1 pair, 1 cluster"


def test_an_unknown_band_or_kind_is_refused(dollar: mi.StudyResult) -> None:
    with pytest.raises(mi.InputError, match="band: is no band"):
        mi.plot_car(dollar, str(dollar.pairs[0][0]), band="narrow", ax=axes())  # type: ignore[arg-type]
    with pytest.raises(mi.InputError, match="kind: is no kind of move of this study"):
        dollar.caar_path("yield")
