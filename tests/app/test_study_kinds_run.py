"""Every kind of regression and association through the command: Python's numbers, and all that is written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import marketimpact as mi
from marketimpact.app import regression_outputs
from marketimpact.app.kinds import KINDS, Room
from marketimpact.app.regression_outputs import picture, render_ran
from marketimpact.app.result_words import response_words, rigobon_words, variance_words
from marketimpact.app.study_file import OutputTable, read_study_file
from marketimpact.app.study_run import Ran, run_file
from marketimpact.cli import main
from tests.app.kinds import DAYS, EVENTS, FIVE, GPR, IDS, KEYS, PAIRS, SERIES, WITHOUT_STUDY


@pytest.fixture(scope="module")
def said(home: Path) -> tuple[int, list[str]]:
    """What the command printed, and how it ended."""
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(StringIO()):
        code = main(["study", str(home / "study.toml")])
    return code, out.getvalue().splitlines()


def news_of(home: Path, name: str = "GPRD") -> pd.Series:
    frame = pd.read_csv(home / "gpr.csv")
    return frame.set_index(pd.to_datetime(frame["day"], format="%d.%m.%Y"))[name]


def crisis_of(home: Path) -> pd.Series:
    return pd.read_csv(home / "crisis.csv", index_col="date", parse_dates=True)["value"].rename("crisis")


SIGNED = {
    "events", "surprises", "panel", "staggered", "projection", "heteroskedasticity", "distributed_lags",
    "quantiles",
}  # fmt: skip
"""Kinds of numbers whose sign says which currency lost; sizes, rates and variances have none."""

Made = Callable[[mi.Panel, list[mi.Event], Path], dict[str, Any]]


def pairs(rows: list[list[str]]) -> list[tuple[str, str]]:
    return [(event, instrument) for event, instrument in rows]


IN_PYTHON: dict[str, Made] = {
    "events": lambda panel, news, home: {"": mi.EventRegression().run(panel, news, pairs=pairs(PAIRS[:6]))},
    "surprises": lambda panel, news, home: {
        "": mi.SurpriseResponse(
            by=None, state=crisis_of(home), controls=[mi.basket(panel, ["EUR/CHF", "EUR/JPY"], id="havens")]
        ).run(panel, news, pairs=pairs(PAIRS))
    },
    "panel": lambda panel, news, home: {
        "": mi.PanelRegression(units=FIVE, wild=99).run(panel, news, pairs=pairs(PAIRS[:6]))
    },
    "staggered": lambda panel, news, home: {
        "": mi.StaggeredEvents(leads=2, lags=3, units=FIVE, controls="never", draws=199).run(
            panel, news, pairs=[("e3", "EUR/TRY"), ("e9", "EUR/ZAR")], seed=4
        )
    },
    "projection": lambda panel, news, home: {
        name: mi.local_projection(
            panel, news, name, shock="surprise", spec=mi.ProjectionSpec(horizons=4, controls=["EUR/CHF"])
        )
        for name in ("EUR/TRY", "EUR/ZAR")
    },
    "heteroskedasticity": lambda panel, news, home: {
        "EUR/ZAR": mi.rigobon_sack(
            panel, news, "EUR/ZAR", driver="EUR/TRY", spec=mi.VarianceSpec(control_days="all", draws=199, level=0.9)
        )
    },
    "volatility": lambda panel, news, home: {
        "EUR/TRY": mi.event_volatility(panel, news, "EUR/TRY", spec=mi.VolatilitySpec(model="gjr"))
    },
    "variance": lambda panel, news, home: {
        "EUR/TRY": mi.event_variance(panel, news, "EUR/TRY", controls=["EUR/CHF"], scaled=None, seed=2)
    },
    "largest": lambda panel, news, home: {
        "EUR/TRY": mi.largest_moves(
            panel, news, "EUR/TRY",
            model=mi.MarketModel(mi.basket(panel, ["EUR/CHF", "EUR/JPY"], id="EUR/CHF, EUR/JPY")),
            search=mi.MoveSearch(n=9, after=1, timeline=mi.Timeline(estimation=(-90, -6))),
        )
    },
    "breaks": lambda panel, news, home: {
        "EUR/CNY": mi.structural_breaks(
            panel, "EUR/CNY", factors=["EUR/USD"], search=mi.BreakSearch(variance=True, most=2)
        )
    },
    "regimes": lambda panel, news, home: {
        "": mi.exchange_regimes(
            panel, "CNY", anchors=("USD", "EUR", "JPY"), search=mi.BreakSearch(variance=True, most=2)
        )
    },
    "lead_lag": lambda panel, news, home: {
        "EUR/TRY": mi.lead_lag(
            news_of(home), panel, "EUR/TRY", lags=4, reading=mi.NewsReading(of="size"), draws=199, seed=3
        )
    },
    "coincidence": lambda panel, news, home: {
        "EUR/TRY": mi.event_coincidence(
            panel, news, mi.LargeMoves(share=0.1, side="up"), instrument="EUR/TRY",
            rule=mi.CoincidenceRule(surrogate="shuffle", draws=99),
        )
    },
    "granger": lambda panel, news, home: {
        "EUR/TRY": mi.granger(
            news_of(home), panel, "EUR/TRY", lags=2, reading=mi.NewsReading(how="sum", dating_lag=1)
        )
    },
    "distributed_lags": lambda panel, news, home: {
        name: mi.distributed_lags(news_of(home), panel, name, lags=2, leads=1, cov="HC1")
        for name in ("EUR/TRY", "EUR/ZAR")
    },
    "quantiles": lambda panel, news, home: {
        "EUR/TRY": mi.quantile_response(news_of(home), panel, "EUR/TRY", quantiles=(0.1, 0.5, 0.9), draws=29)
    },
    "adjusted_correlation": lambda panel, news, home: {
        "": mi.adjusted_correlation(panel, "EUR/TRY", "EUR/ZAR", crisis_of(home) == 1, seed=1)
    },
    "spillovers": lambda panel, news, home: {
        "": mi.spillovers(panel, ["EUR/TRY", "EUR/ZAR", "EUR/CHF"], spec=mi.SpilloverSpec(window=200, step=90))
    },
}  # fmt: skip
"""Each kind as a user of Python writes it; nothing of the study file in it."""


def test_every_kind_is_tried() -> None:
    assert list(IN_PYTHON) == list(KEYS) == WITHOUT_STUDY


@pytest.mark.filterwarnings("ignore::marketimpact.MarketImpactWarning")
@pytest.mark.parametrize("kind", WITHOUT_STUDY)
def test_each_kind_is_that_of_python(ran: Ran, home: Path, kind: str) -> None:
    found = next(run for run in ran.runs if run.kind == kind).results
    expected = IN_PYTHON[kind](ran.panel, list(mi.read_events(home / "events.csv")), home)
    assert list(found) == list(expected)
    for name, one in expected.items():
        pd.testing.assert_frame_equal(found[name].to_frame(), one.to_frame())
        assert str(found[name].summary()) == str(one.summary())


def test_news_and_members_stand_in_the_place_of_events(home: Path) -> None:
    start = '[[regression]]\nkind = "projection"\ninstrument = "EUR/ZAR"\nhorizons = 2\n'
    lines = f'{start}name = "member"\nevents = "EUR/TRY"\n{start}name = "index"\n{GPR}shock = "sd"\n'
    path = home / "no_events.toml"
    path.write_text(SERIES + lines, encoding="utf-8")
    asked = read_study_file(path)
    assert asked.news is None
    assert not asked.has_study
    member, index = (run.results["EUR/ZAR"].to_frame() for run in run_file(asked).regressions)
    panel, spec = run_file(asked).panel, mi.ProjectionSpec(horizons=2)
    pd.testing.assert_frame_equal(
        member, mi.local_projection(panel, "EUR/TRY", "EUR/ZAR", spec=spec).to_frame()
    )
    expected = mi.local_projection(panel, news_of(home), "EUR/ZAR", shock="sd", spec=spec)
    pd.testing.assert_frame_equal(index, expected.to_frame())
    path.write_text(SERIES + '[[regression]]\nkind = "variance"\n', encoding="utf-8")
    with pytest.raises(mi.InputError, match=r"events: is missing; allowed: a table"):
        read_study_file(path)


def test_turbulence_may_be_two_days_and_settings_are_taken_from_the_study(home: Path) -> None:
    path = home / "span.toml"
    study = '[study]\npairs = [["e1", "EUR/TRY"]]\nlevel = 0.8\nseed = 6\nestimation = [-60, -6]\nmin_estimation = 30\n'
    lines = (
        '[[association]]\nkind = "adjusted_correlation"\nsource = "EUR/TRY"\ntarget = "EUR/ZAR"\n'
        'turbulent = ["2019-06-01", "2019-09-30"]\n[[regression]]\nkind = "largest"\ninstrument = "EUR/TRY"\n'
    )
    path.write_text(EVENTS + SERIES + study + lines, encoding="utf-8")
    asked = read_study_file(path)
    span = ("2019-06-01", "2019-09-30")
    ran = run_file(asked)
    expected = mi.adjusted_correlation(ran.panel, "EUR/TRY", "EUR/ZAR", span, level=0.8, seed=6)
    pd.testing.assert_frame_equal(ran.associations[0].results[""].to_frame(), expected.to_frame())
    timeline = mi.Timeline(estimation=(-60, -6), min_estimation=30)
    assert asked.regressions[0].spec.timeline == timeline
    assert ran.result is not None


# files


def test_the_command_writes_tables_pictures_and_json(
    home: Path, said: tuple[int, list[str]], ran: Ran
) -> None:
    code, out = said
    written = home / "out"
    names = {path.name for path in written.iterdir()}
    assert code == 4  # three events lie before the first abnormal move, and cannot match a large one
    assert {f"{KINDS[kind].room}-{kind.replace('_', '-')}.png" for kind in WITHOUT_STUDY} <= names
    for room in get_args(Room):
        runs = [run for run in ran.runs if KINDS[run.kind].room == room]
        table = pd.read_csv(written / f"{room}.csv")
        frames = [one.to_frame() for run in runs for one in run.results.values()]
        with_terms = [frame for frame in frames if "term" in frame]
        expected = pd.DataFrame([row for frame in with_terms for row in frame.to_dict("records")])
        np.testing.assert_allclose(table["estimate"], expected["estimate"], rtol=1e-15)
        np.testing.assert_allclose(table["p_value"], expected["p_value"], rtol=1e-15)
        assert table["term"].fillna("").tolist() == expected["term"].tolist()
        assert set(table[room]) == {
            run.name for run in runs if "term" in next(iter(run.results.values())).to_frame()
        }
    assert set(pd.read_csv(written / "regression_breaks.csv")["kind"]) == {"breaks", "regimes"}
    tests = pd.read_csv(written / "regression_tests.csv")
    assert {
        "surprises",
        "panel",
        "staggered",
        "heteroskedasticity",
        "volatility",
        "variance",
        "largest",
        "regimes",
    } == set(tests["kind"])
    state = next(run for run in ran.runs if run.kind == "surprises").results[""].tests
    by_state = tests[tests["kind"] == "surprises"]
    np.testing.assert_allclose(by_state["p_value"], [one.p_value for one in state], rtol=1e-15)
    assert by_state["term"].tolist() == ["event, crisis less event, not crisis"]
    without = pd.read_csv(written / "regression_leave_one_out.csv").groupby("kind").size()
    (dummies,) = next(run for run in ran.runs if run.kind == "events").results.values()
    assert without.to_dict() == {"surprises": len(IDS), "events": dummies.n_events[0]}
    rolling = pd.read_csv(written / "association_rolling.csv")
    assert len(rolling) == len(range(200, len(DAYS), 90))
    assert names <= {Path(line).name for line in out}


def test_the_json_holds_every_number(home: Path, said: tuple[int, list[str]], ran: Ran) -> None:
    content = json.loads((home / "out" / "result.json").read_text(encoding="utf-8"))
    assert sorted(content) == ["associations", "regressions", "series"]
    (origin,) = content["associations"][0]["files"]["news"]
    assert origin["id"] == "GPRD"
    assert "gpr.csv" in origin["provenance"]
    assert any("day" in note for note in origin["notes"])
    for run, one in zip(ran.runs, content["regressions"] + content["associations"], strict=True):
        assert (one["name"], one["kind"], len(one["results"])) == (run.name, run.kind, len(run.results))
        for result, written in zip(run.results.values(), one["results"], strict=True):
            frame = result.to_frame()
            numbers = np.array([row["estimate"] for row in written["coefficients"]], dtype=np.float64)
            np.testing.assert_array_equal(numbers, frame["estimate"] if "term" in frame else [])
            assert written["summary"]["tail"] == list(result.summary().tail)
            assert {"tests", *written["tables"]} >= set(KINDS[run.kind].tables)


def test_the_command_says_one_line_a_result_in_the_words_of_its_kind(
    ran: Ran, said: tuple[int, list[str]]
) -> None:
    count = sum(len(run.results) for run in ran.runs)
    lines = {run.kind: [] for run in ran.runs}  # type: dict[str, list[str]]
    for line in said[1][:count]:
        name, _, words = line.partition(": ")
        kind = name.partition(",")[0]
        words, sign, _ = words.partition(" [+ = weaker ")
        assert bool(sign) == (kind in SIGNED)
        lines[kind].append(words)
    assert {kind: len(one) for kind, one in lines.items()} == {run.kind: len(run.results) for run in ran.runs}
    number, p = r"[+-]\d\S*", r"(?:p [=<] \.\d{3}|p = 1\.000)"
    forms = {
        "surprises": rf"event, crisis {number} % .*; event, not crisis {number} % .*; "
        rf"event, crisis less event, not crisis {number} % per sd of surprise \({p}\)",
        "staggered": rf"average {number} % per event \(2 event days, .*\); joint test of pre-trends: .*",
        "projection": rf"h = 0 {number} % per 1\.0 points of surprise \(t = \S+, {p}\); h = 4 .*; 3 more in .*",
        "heteroskedasticity": rf"by EUR/TRY's variance {number} % per % \(25 event days, 90 % set .*, {p}\);"
        " by .*",
        "volatility": rf"mean: event {number} % per event .*; variance: event {number} log ratio of variances .*",
        "variance": rf"variance ratio \d\S* \(25 event days, variance ratio permutation: ({p})\)",
        "largest": r"\d+ % of the moves listed have news beside them, \S+ % by chance; chance match .*",
        "breaks": r"break on 20\d\d-\d\d-\d\d \(95 % interval \S+ to \S+\)",
        "regimes": r"2019-01-02 to \S+ pegged to USD; \S+ to \S+ floating",
        "lead_lag": rf"largest correlation {number} at same session \(over all lags ({p})\)",
        "coincidence": rf"precursor {number} share \(({p})\); trigger {number} share \(({p})\)",
        "granger": rf"GPRD before moves: F = \S+, ({p}); moves before GPRD: F = \S+, ({p})",
        "distributed_lags": rf"same session {number} % per sd of GPRD \(({p})\); lag 1 .*; lag 2 .*; "
        rf"sum of lags 0 to 2 .*; the placebo lead: {p}",
        "quantiles": rf"quantile 0.1 {number} % per sd of GPRD \(({p})\); .*; 0.9 less 0.1 .*",
        "adjusted_correlation": rf"calm {number} correlation \(({p})\); turbulent .*; change, adjusted .*",
        "spillovers": r"total \d\S* % \(\S+ to \S+\) of error variance; \S+ gives most, net \+\S+ %; "
        r"\S+ takes most, net -\S+ %",
    }  # fmt: skip
    for kind, form in forms.items():
        for words in lines[kind]:
            assert re.fullmatch(form, words), (kind, words)
    for run in ran.runs:
        assert any(run.name in line.strip().partition(": ")[0].split(", ") for line in said[1][count:])
    assert len(set(said[1])) == len(said[1])


def test_a_kind_that_fails_leaves_nothing_written(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "fails.toml"
    lines = KEYS["spillovers"] + '[[association]]\nkind = "spillovers"\nname = "two"\nlags = 90\n'
    output = '[output]\nfolder = "not_there"\n'
    path.write_text(f'{SERIES}[[association]]\nkind = "spillovers"\n{lines}{output}', encoding="utf-8")
    assert main(["study", str(path)]) == 2
    assert "association[2].window: " in capsys.readouterr().err.replace("\n", " ")
    assert not (home / "not_there").exists()


def test_a_file_of_numbers_is_never_replaced(home: Path) -> None:
    asked = read_study_file(home / "study.toml")
    assert {path.name for path in asked.inputs} >= {"gpr.csv", "crisis.csv", "events.csv", "try.csv"}


# what is said where there is little to say


def test_a_set_that_is_no_interval_is_said_in_the_unit_of_the_estimate(ran: Ran, home: Path) -> None:
    news = list(mi.read_events(home / "events.csv"))
    peers = mi.basket(ran.panel, ["EUR/TRY", "EUR/PLN"], id="peers")
    result = mi.rigobon_sack(ran.panel, news, "EUR/ZAR", driver=peers, spec=mi.VarianceSpec(draws=99))
    sets = [result.confidence_set(which=which) for which in (0, 1)]
    assert [one.shape for one in sets] == ["whole line", "complement"]
    first, second = rigobon_words(result)
    assert "95 % set any number, " in first
    (_, low), (high, _) = sets[1].parts
    assert f"{result.estimates[1]:+.3g} % per %" in second
    assert f"95 % set all but {low:.3g} to {high:.3g}, " in second


def test_a_ratio_that_there_is_none_of_is_said_so(ran: Ran, home: Path) -> None:
    (lone,) = [one for one in mi.read_events(home / "events.csv") if one.id == "e3"]
    found = mi.event_variance(ran.panel, lone, "EUR/TRY")
    assert variance_words(found)[0].startswith(
        "variance ratio n/a (1 event day, variance ratio permutation: needs two"
    )
    projected = mi.local_projection(ran.panel, lone, "EUR/TRY", spec=mi.ProjectionSpec(horizons=2))
    assert re.fullmatch(r"h = 0 \S+ % per event \(no standard error\)", response_words(projected)[0])


def test_news_that_lie_on_no_session_do_not_end_in_part_and_events_do(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = home / "part.toml"
    no_files = '[output]\npng = false\nfolder = "part"\n'
    news = f'[[association]]\nkind = "lead_lag"\ndraws = 99\ninstrument = "EUR/TRY"\n{GPR}'
    path.write_text(SERIES + news + no_files, encoding="utf-8")
    assert main(["study", str(path)]) == 0
    late = '[[events.list]]\nid = "late"\nannounced_at = 2030-01-01\nzone = "Europe/Berlin"\n'
    inside = '[[events.list]]\nid = "inside"\nannounced_at = 2019-09-03\nzone = "Europe/Berlin"\n'
    events = '[[association]]\nkind = "coincidence"\ninstrument = "EUR/TRY"\ndraws = 99\n'
    path.write_text(late + inside + SERIES + events + no_files, encoding="utf-8")
    assert main(["study", str(path)]) == 4
    assert "coincidence: done in part: 1 of 2 left out" in capsys.readouterr().err


def test_a_picture_of_too_many_axes_is_left_out_and_it_is_said(
    ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = OutputTable(Path("unused"), csv=False, json=False)
    some = Ran(None, tuple(run for run in ran.regressions if run.kind in ("projection", "breaks")), ran.panel)
    monkeypatch.setattr(regression_outputs, "MOST_AXES", 1)
    found = render_ran(some, output)
    assert list(found.files) == ["regression-breaks.png"]
    assert found.remarks == ("regression-projection.png is left out: 2 axes, more than 1",)


def test_pictures_are_the_same_bytes_each_time(ran: Ran) -> None:
    for run in ran.associations:
        if run.kind in ("coincidence", "spillovers"):
            assert picture(run) == picture(run)


def test_axes_one_below_the_other_have_one_scale_and_the_picture_its_name(
    ran: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(regression_outputs, "png_bytes", lambda figure: drawn.append(figure) or b"")
    for kind, axis in (("distributed_lags", "x"), ("projection", "y")):
        run = next(one for one in ran.runs if one.kind == kind)
        picture(run)
        first, second = drawn[-1].axes
        ends = [getattr(ax, f"get_{axis}lim")() for ax in (first, second)]
        assert ends[0] == ends[1]
        assert drawn[-1].get_suptitle() == ""
        for ax, result in zip((first, second), run.results.values(), strict=True):
            low, high = (one[np.isfinite(one)] * 100.0 for one in result.interval_at(result.level))
            assert ends[0][0] <= low.min() <= high.max() <= ends[0][1]
            assert ax.get_title(loc="left")
        picture(replace(run, name="Wars $"))
        assert drawn[-1].get_suptitle() == "Wars $"


@pytest.mark.filterwarnings("ignore::marketimpact.MarketImpactWarning")
def test_surprises_per_unit_and_their_differences_in_every_output(ran: Ran, home: Path) -> None:
    path = home / "unit.toml"
    lines = (
        f'[[regression]]\nkind = "surprises"\nby = "none"\nasymmetric = true\npairs = {json.dumps(PAIRS)}\n'
    )
    path.write_text(EVENTS + SERIES + lines + 'per = "unit"\n[output]\nfolder = "unit"\n', encoding="utf-8")
    out = StringIO()
    with redirect_stdout(out), redirect_stderr(StringIO()):
        assert main(["study", str(path)]) == 0
    news = list(mi.read_events(home / "events.csv"))
    pairs = [(event, "EUR/TRY") for event in IDS]
    found = mi.SurpriseResponse(by=None, asymmetric=True).run(ran.panel, news, pairs=pairs).per_unit()
    (test,) = found.tests
    row = pd.read_csv(home / "unit" / "regression_tests.csv").loc[0]
    assert row["estimate"] == pytest.approx(test.estimate)
    assert row["p_value"] == pytest.approx(test.p_value)
    line = out.getvalue().splitlines()[0]
    assert (
        f"surprise less event, negative surprise {100 * test.estimate:+.3g} % per 1.0 points of surprise"
        in line
    )
    assert line.endswith("[+ = weaker TRY]")
    (one,) = json.loads((home / "unit" / "result.json").read_text(encoding="utf-8"))["regressions"][0][
        "results"
    ]
    assert one["tests"][0]["p_value"] == pytest.approx(test.p_value)
    assert one["coefficients"][0]["estimate"] == pytest.approx(found.estimates[0])
    assert one["coefficients"][0]["unit"] == "log per 1.0 points of surprise"
