"""Lead and lag: the lag put in is the lag found, against the arrays' own arithmetic; what it shows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.associate.lead_lag import lead_lag
from marketimpact.associate.result import ASSOCIATION, COLUMNS, Association
from marketimpact.maths.cross_correlation import cross_correlation, independent_bands
from tests.associate.world import WEEKDAY_SIZES, WEEKDAYS, led, news_of, panel_of


@pytest.mark.parametrize("lag", [-2, 0, 3])
def test_the_lag_put_in_comes_out(lag: int) -> None:
    news, panel = led(lag)
    found = lead_lag(news, panel, lags=5, reading=WEEKDAYS, draws=199)
    frame = found.to_frame()
    assert frame.loc[frame["estimate"].abs().idxmax(), "lag"] == lag
    assert frame.set_index("lag").loc[lag, "p_joint"] == pytest.approx(1 / 200)
    assert frame.loc[frame["lag"] != lag, "p_joint"].min() > 0.01


def test_numbers_are_those_of_the_arrays() -> None:
    news, panel = led(1)
    found = lead_lag(news, panel, lags=3, reading=WEEKDAYS, draws=99, seed=7)
    moves = np.diff(np.log(panel["KZ"].to_numpy()))
    np.testing.assert_allclose(found.estimates, cross_correlation(news.to_numpy(), moves, 3), rtol=1e-9)
    bands = independent_bands(news.to_numpy(), moves, 3, np.random.default_rng(7), draws=99)
    np.testing.assert_allclose(found.column("simultaneous"), bands.simultaneous, rtol=1e-9)
    np.testing.assert_array_equal(found.p_values, bands.p_values)
    assert found.n == tuple(500 - abs(k) for k in range(-3, 4))
    assert found.column("plain")[0] == pytest.approx(1.96 / np.sqrt(500))


def test_news_without_a_sign_goes_with_sizes() -> None:
    rng = np.random.default_rng(1)
    news = rng.gamma(1.0, 1.0, 600)
    series, panel = news_of(news), panel_of(0.005 * (0.3 + news) * rng.standard_normal(600))
    signed = lead_lag(series, panel, lags=2, reading=WEEKDAYS, draws=199)
    sizes = lead_lag(series, panel, lags=2, reading=WEEKDAY_SIZES, draws=199)
    assert sizes.to_frame().set_index("lag").loc[0, "p_joint"] < 0.01
    assert abs(signed.estimates[2]) < 0.5 * sizes.estimates[2]


def test_what_it_shows() -> None:
    news, panel = led(1)
    found = lead_lag(news, panel, lags=2, reading=WEEKDAYS, draws=49)
    assert isinstance(found, Association)
    assert found.terms == (
        "news 2 sessions after", "news 1 session after", "same session", "news 1 session before",
        "news 2 sessions before",
    )  # fmt: skip
    text = str(found.summary())
    for words in (
        "articles and moves of KZ",
        "read as the mean of the weekdays",
        "49 draws",
        "seed 0",
        ASSOCIATION,
    ):
        assert words in text
    assert found.to_frame().columns.tolist()[: len(COLUMNS)] == list(COLUMNS)
    assert found.params.index.tolist() == found.pvalues.index.tolist() == list(found.terms)
    assert "<table>" in found._repr_html_()
    assert repr(found).endswith("(news 1 session before)")
    assert found == lead_lag(news, panel, lags=2, reading=WEEKDAYS, draws=49)
    with pytest.raises(mi.InputError, match="name: is no column here; received 'lead'"):
        found.column("lead")


def test_lags_beyond_the_sample() -> None:
    news, panel = led(0, n=100)
    for lags in (-1, 11, True):
        with pytest.raises(mi.InputError, match="lags: is no number of sessions that the sample carries"):
            lead_lag(news, panel, lags=lags, reading=WEEKDAYS)
    with pytest.raises(mi.InputError, match="draws"):
        lead_lag(news, panel, lags=1, reading=WEEKDAYS, draws=0)


def test_columns_that_do_not_fit_are_no_result() -> None:
    nothing = np.full(1, np.nan)
    arrays = [nothing.copy() for _ in range(6)]
    with pytest.raises(mi.InputError, match="every number has one entry in each column"):
        Association("lead-lag", "x", ("a",), *arrays, n=(1,), units=("",), notes=(), interval="")
    empty = Association(
        "lead-lag",
        "x",
        ("a",),
        *[one.copy() for one in arrays],
        n=(1,),
        units=("",),
        notes=("",),
        interval="",
    )
    assert repr(empty) == "Association: x: 1 numbers"
    assert isinstance(empty.conf_int(), pd.DataFrame)


def test_one_session_of_news_is_refused_and_few_are_said() -> None:
    rng = np.random.default_rng(2)
    panel = panel_of(0.01 * rng.standard_normal(300))
    news = np.zeros(300)
    news[150] = 1.0
    with pytest.raises(mi.InputError, match=r"varies on one session: .* 100 % of its spread.*one_event"):
        lead_lag(news_of(news), panel, lags=2, reading=WEEKDAYS, draws=19)
    news[[20, 90]] = 1.0
    few = lead_lag(news_of(news), panel, lags=2, reading=WEEKDAYS, draws=19)
    assert few.reading[0].startswith("The spread of articles rests on about 3 sessions")
    pegged = np.full(300, 1e-9) * rng.standard_normal(300)
    pegged[[40, 200]] = 0.1
    jumps = lead_lag(*led(0, n=300)[:1], panel_of(pegged), lags=2, reading=WEEKDAYS, draws=19)
    assert jumps.reading[0] == "The spread of moves of KZ rests on about 2 sessions."
    assert not any(
        "rests on" in line for line in lead_lag(*led(1), lags=2, reading=WEEKDAYS, draws=19).reading
    )


def test_size_with_news_on_two_sessions() -> None:
    rng, hits = np.random.default_rng(3), np.zeros(4)
    for _ in range(120):
        news = np.zeros(200)
        news[rng.choice(np.arange(5, 195), 2, replace=False)] = 1.0
        found = lead_lag(
            news_of(news), panel_of(0.01 * rng.standard_normal(200)), lags=1, reading=WEEKDAYS, draws=99
        )
        hits += [*(found.p_values <= 0.05), found.column("p_joint").min() <= 0.05]
    assert (hits / 120 < 0.12).all()
