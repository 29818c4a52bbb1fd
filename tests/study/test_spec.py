"""What a study may be asked, and what it refuses."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import marketimpact as mi
from tests.study.world import mixed_panel, news, weekdays

SHORT = mi.Timeline(estimation=(-70, -6), event=(0, 3))


def test_the_default_study():
    study = mi.EventStudy()
    assert (study.model, study.level, study.move, study.cluster) == (
        mi.ConstantMean(),
        0.95,
        "log",
        "overlap",
    )
    assert (study.timeline.estimation, study.timeline.event) == ((-130, -11), (-5, 5))
    assert study.windows == ((0, 0), (0, 1), (-1, 1), (-5, 5))


@pytest.mark.parametrize(
    ("event", "windows"),
    [
        ((-5, 3), ((0, 0), (0, 1), (-1, 1), (-5, 3))),
        ((0, 3), ((0, 0), (0, 1), (0, 3))),
        ((0, 0), ((0, 0),)),
        ((-1, 1), ((0, 0), (0, 1), (-1, 1))),
        ((-10, 10), ((0, 0), (0, 1), (-1, 1), (-5, 5), (-10, 10))),
    ],
)
def test_default_windows_are_those_that_fit_and_the_event_window(event, windows):
    timeline = mi.Timeline(estimation=(-130, -11 - max(0, -event[0] - 5)), event=event)
    assert mi.EventStudy(timeline=timeline).windows == windows


def test_windows_keep_the_order_that_was_asked():
    study = mi.EventStudy(windows=[[-1, 1], (0, 0), (-5, -1)])
    assert study.windows == ((-1, 1), (0, 0), (-5, -1))
    result = mi.EventStudy(timeline=SHORT, windows=((0, 3), (0, 0))).run(
        mixed_panel(1).select("KZ price"), news(weekdays(700)[[300]])
    )
    assert result.car.columns.tolist() == [(0, 3), (0, 0)]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            {"windows": ((0, 6),)},
            "EventStudy.windows: a window leaves the event window (-5, 5); received (0, 6)",
        ),
        (
            {"windows": ((-6, 0),)},
            "EventStudy.windows: a window leaves the event window (-5, 5); received (-6, 0)",
        ),
        ({"windows": ((1, 0),)}, "EventStudy.windows: is not a window; received (1, 0)"),
        ({"windows": ((0, 0.5),)}, "EventStudy.windows: is not a window; received (0, 0.5)"),
        ({"windows": ((0, True),)}, "EventStudy.windows: is not a window; received (0, True)"),
        ({"windows": ((0, 1, 2),)}, "EventStudy.windows: is not a window; received (0, 1, 2)"),
        ({"windows": (0, 1)}, "EventStudy.windows: is not a window; received 0"),
        ({"windows": 5}, "EventStudy.windows: "),
        ({"windows": ((0, 0), (0, 0))}, "EventStudy.windows: needs windows that do not repeat"),
        ({"windows": ()}, "EventStudy.windows: needs windows"),
        ({"level": 1.0}, "EventStudy.level: is not a level; received 1.0; allowed: 0.5 <= level < 1"),
        ({"level": 0.49}, "EventStudy.level: is not a level; received 0.49"),
        ({"level": 95}, "EventStudy.level: is not a level; received 95"),
        ({"level": "0.95"}, "EventStudy.level: is not a level; received '0.95'"),
        ({"level": float("nan")}, "EventStudy.level: is not a level; received nan"),
        (
            {"move": "difference"},
            "EventStudy.move: is not known; received 'difference'; allowed: 'log', 'simple'",
        ),
        ({"cluster": "date"}, "EventStudy.cluster: is not known; received 'date'; allowed: 'overlap', None"),
        (
            {"model": "market"},
            "EventStudy.model: is not a normal model; received 'market'; allowed: ConstantMean()",
        ),
        ({"model": mi.ConstantMean}, "EventStudy.model: is not a normal model"),
        ({"timeline": (-130, -11)}, "EventStudy.timeline: is not a time line; received (-130, -11)"),
    ],
)
def test_a_study_refuses_what_it_cannot_mean(options, says):
    with pytest.raises(mi.InputError, match=re.escape(says)):
        mi.EventStudy(**options)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.999])
def test_levels_from_a_half_to_below_one(level):
    assert mi.EventStudy(level=level).level == level


@pytest.mark.parametrize("factors", [(), ("EM", "EM"), (1,), ("EM", None), 7])
def test_a_factor_model_needs_factors_that_differ(factors):
    with pytest.raises(mi.InputError, match="factors: needs factors that do not repeat"):
        mi.FactorModel(factors)


def test_a_market_model_needs_a_name():
    with pytest.raises(mi.InputError, match="factors: needs factors"):
        mi.MarketModel(None)


def test_models_are_values_with_names():
    assert mi.FactorModel(["EM", "UST"]) == mi.FactorModel(("EM", "UST"))
    assert mi.FactorModel("EM").factors == mi.MarketModel("EM").factors == ("EM",)
    assert mi.ConstantMean().factors == ()
    assert str(mi.FactorModel(("EM", "UST"))) == "factor model on EM, UST"


def test_a_study_is_a_value():
    assert mi.EventStudy() == mi.EventStudy()
    assert mi.EventStudy(level=0.9) != mi.EventStudy()
    assert hash(mi.EventStudy()) == hash(mi.EventStudy())
    with pytest.raises(AttributeError, match="cannot assign to field 'level'"):
        mi.EventStudy().level = 0.9


def test_pairs_must_be_said_for_several_instruments():
    with pytest.raises(mi.InputError, match="pairs: must be said, since the panel holds 3 instruments"):
        mi.EventStudy().run(mixed_panel(1), news(weekdays(700)[[300]]))


def test_an_unknown_factor_is_named_with_the_known_ones():
    study = mi.EventStudy(model=mi.MarketModel("EMBI"))
    with pytest.raises(mi.InputError, match="is not in the panel; received 'EMBI'; allowed: 'KZ yield'"):
        study.run(mixed_panel(1), news(weekdays(700)[[300]]), pairs="all")


@pytest.mark.parametrize("model", [mi.MarketModel("flat"), mi.FactorModel(("EM", "flat"))])
def test_a_factor_that_never_varies_is_an_error_of_the_data(model):
    flat = mi.Panel.from_frame(
        pd.DataFrame({"flat": 3.5}, index=weekdays(700)), instruments=mi.Factor("flat", snapshot="17:00 UTC")
    )
    with pytest.raises(
        mi.DataError, match=r"flat: a factor has zero variance: every level is the same; received 3\.5"
    ):
        mi.EventStudy(model=model).run(mixed_panel(1).join(flat), news(weekdays(700)[[300]]), pairs="all")
