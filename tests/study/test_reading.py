"""What the diagnosis of tests over events says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from marketimpact.maths.calendar_weights import MeanCorrelation
from marketimpact.maths.outcome import Outcome, not_applicable
from marketimpact.study.reading import Facts, diagnose

PLAIN = Facts(
    pairs=30, clusters=30, absent=0, partial=0, correlation=MeanCorrelation(0.1),
    variance=Outcome("variance", 1.1, 0.4), zero_share=0.0, shortest=120, staggered=False, shared=False,
    overlapping=False, independent=False, lags=0, unknown=False,
)  # fmt: skip


def said(**changes: object) -> str:
    return "\n".join(diagnose(replace(PLAIN, **changes)).words)  # type: ignore[arg-type]


def test_numbers():
    one = diagnose(replace(PLAIN, absent=2, partial=3))
    assert one.effective == pytest.approx(30 / 3.9)
    assert (one.r, one.correlation, one.incomplete) == (0.1, 0.1, 5)
    assert one == diagnose(replace(PLAIN, absent=2, partial=3))


def test_separate_dates():
    words = diagnose(PLAIN).words
    assert words[0].startswith(
        "read the t on the means of the 30 date clusters first: here it is the cross-sectional t"
    )
    assert "Patell is never the headline" in words[0]
    assert words[1] == "mean correlation 0.100: 30 pairs are worth 7.7 independent ones"
    assert words[2].startswith(
        "variance of event days 1.10 times that of the estimation windows (p = .400): no change"
    )
    assert len(words) == 3


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"pairs": 1, "clusters": 1}, "fewer than two pairs"),
        ({"clusters": 1}, "one date cluster: no mean over events can be tested"),
        ({"clusters": 1, "staggered": True}, "one date cluster: their windows overlap in a chain: no mean"),
        ({"clusters": 5, "shared": True}, "tests of independent pairs are refused; Kolari-Pynnonen, and ranks"),
        ({"clusters": 5, "shared": True, "staggered": True}, "are staggered: tests in event time"),
        ({"independent": True}, "cluster=None takes pairs as independent"),
        ({"independent": True, "overlapping": True}, "overlap all the same: read those two"),
        ({"correlation": MeanCorrelation(-0.02)}, "-0.020 is negative and was set to 0"),
        ({"correlation": MeanCorrelation(0.3, 5.26)}, "takes 5.3 degrees of freedom for the spread over pairs, not 29"),
        ({"lags": 1}, "more than an hour apart"),
        ({"unknown": True}, "a snapshot is unknown"),
        ({"variance": Outcome("variance", 2.5, 1e-5)}, "of the estimation windows (p < .001): do not read"),
        ({"variance": Outcome("variance", 0.4, 0.01)}, "it fell, and tests that trust"),
        ({"zero_share": 0.5}, "50% of the moves are zero"),
        ({"shortest": 60}, "the shortest estimation window holds 60 moves"),
        ({"partial": 2}, "2 of the pairs lack a move of the window"),
        ({"absent": 4}, "4 more pairs have no sum over the window"),
        ({"absent": 1}, "1 more pair has no sum over the window"),
        ({"variance": not_applicable("variance", "theory has no covariance")}, "is not tested here, and crude"),
    ],
)  # fmt: skip
def test_each_fact_has_its_words(changes, expected):
    assert expected in said(**changes)
    assert expected not in said()


def test_nothing_is_said_of_what_is_not_known():
    words = said(
        pairs=1,
        clusters=1,
        correlation=MeanCorrelation(np.nan),
        variance=not_applicable("variance", "too few"),
    )
    assert "correlation" not in words
    assert "variance" not in words
    assert "degrees of freedom" not in said(correlation=MeanCorrelation(0.0, 29.0))
