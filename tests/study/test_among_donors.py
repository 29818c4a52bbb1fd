"""A synthetic control in a study and among its donors: every number by hand, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi
from marketimpact.maths.synthetic_control import SYNTHETIC_CAR, SYNTHETIC_RMSPE, control_weights
from marketimpact.study.among_donors import donor_placebos
from marketimpact.study.models_donors import NO_THEORY, DonorAverage, SyntheticControl
from tests.study.test_donor_models import (
    DAYS,
    ISSUERS,
    PAIRS,
    PLACES,
    TIMELINE,
    clean_rows,
    donors_by_hand,
    moves_by_hand,
    region,
    studied,
)

WINDOWS = ((0, 0), (-1, 3), (-5, 5))


def by_hand(panel: mi.Panel, event: str, issuer: str) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Moves of the pair, its clean estimation rows with every donor known, and the moves of the donors."""
    y, others = moves_by_hand(panel, issuer, donors_by_hand(event))
    rows = clean_rows(panel, issuer, DAYS[PLACES[int(event[1:])]])
    known = np.isfinite(others.to_numpy()).all(axis=1)
    return y.to_numpy(), rows[known[rows]], others


@pytest.mark.parametrize("missing", [0.0, 0.004])
def test_a_study_predicts_with_the_weights_of_the_estimation_window(missing: float) -> None:
    """Counterfactual sum w d, abnormal y less that, s^2 over T less the free weights; no variance, with the reason."""
    panel = region(21, missing=missing)
    result = studied(panel, SyntheticControl())
    seen = 0
    for event, issuer in PAIRS:
        y, rows, others = by_hand(panel, event, issuer)
        pair = result.one(event, issuer)
        days = panel[issuer].index.to_numpy().astype("datetime64[D]")
        series = result.alignment.design.series[int(result.alignment.series[PAIRS.index((event, issuer))])]
        v = 1.0 + series.slope * (series.spans[rows] - 1.0)
        donors = others.to_numpy()[rows].T
        weights = control_weights(y[rows] / np.sqrt(v), donors / np.sqrt(v))
        window = np.arange(-5, 6) + int(np.searchsorted(days, pair.session))
        expected = y[window] - others.to_numpy()[window] @ weights
        np.testing.assert_allclose(pair.ar, expected, rtol=0, atol=1e-13)
        errors = (y[rows] - weights @ donors) / np.sqrt(v)
        free = np.count_nonzero(weights) - 1
        assert pair.sigma**2 == pytest.approx((errors**2).sum() / (len(rows) - free), rel=1e-9)
        assert (pair.n_obs, pair.df) == (len(rows), len(rows) - free)
        assert np.isnan([pair.headline.std_error, pair.headline.p_value, *pair.ar_error]).all()
        assert pair.headline.estimate == pytest.approx(expected[5], abs=1e-13) or np.isnan(expected[5])
        (basket,) = pair.baskets
        assert dict(zip(basket.members, basket.weights or (), strict=True)) == pytest.approx(
            {name: w for name, w in zip(others, weights, strict=True) if w > 0}
        )
        seen += int(np.isnan(expected).any())
    assert (seen > 0) == (missing > 0.0)
    tests = result.to_frame("tests")
    assert (
        tests.loc[
            (tests["test"] == "t") & tests["reason"].ne("a move of the headline window is missing"), "reason"
        ]
        == NO_THEORY
    ).all()
    assert np.isnan(result.cov).all()


@pytest.mark.parametrize("missing", [0.0, 0.004])
def test_every_donor_stands_in_the_place_of_the_instrument(missing: float) -> None:
    """Both ratios and both p of every window, by loops over donors and pandas moves."""
    panel = region(22, shock=5.0, missing=missing)
    result = studied(panel, SyntheticControl(), windows=WINDOWS)
    for event, issuer in PAIRS:
        y, rows, others = by_hand(panel, event, issuer)
        found = donor_placebos(result, event, issuer)
        assert found.series == (issuer, *others.columns)
        series = result.alignment.design.series[int(result.alignment.series[PAIRS.index((event, issuer))])]
        root = np.sqrt(1.0 + series.slope * (series.spans[rows] - 1.0))
        moves = np.vstack([y, others.to_numpy().T])
        days = panel[issuer].index.to_numpy().astype("datetime64[D]")
        at = int(np.searchsorted(days, result.one(event, issuer).session))
        cars, rmspes = {window: [] for window in WINDOWS}, {window: [] for window in WINDOWS}
        for j in range(len(moves)):
            rest = [i for i in range(1, len(moves)) if i != j]
            w = control_weights(moves[j, rows] / root, moves[rest][:, rows] / root)
            before = (moves[j, rows] - w @ moves[rest][:, rows]) / root
            for first, last in WINDOWS:
                part = slice(at + first, at + last + 1)
                gap = moves[j, part] - w @ moves[rest, part]
                cars[(first, last)].append(abs(gap.sum()) / np.sqrt(np.mean(before**2)))
                rmspes[(first, last)].append(np.sqrt(np.mean(gap**2) / np.mean(before**2)))
        frame = found.to_frame()
        for window in WINDOWS:
            for name, ratios in ((SYNTHETIC_CAR, cars[window]), (SYNTHETIC_RMSPE, rmspes[window])):
                outcome = found.one(window, name)
                if not np.isfinite(ratios).all():
                    assert outcome.reason == "a move of the window is missing"
                    continue
                assert outcome.statistic == pytest.approx(ratios[0], rel=1e-8)
                assert outcome.p_value == np.mean(np.array(ratios) >= ratios[0])
                assert outcome.p_floor == 1 / len(moves)
            part = frame[(frame["tau_from"] == window[0]) & (frame["tau_to"] == window[1])]
            np.testing.assert_allclose(part["car_ratio"], cars[window], rtol=1e-7)
            np.testing.assert_allclose(part["rmspe_ratio"], rmspes[window], rtol=1e-7)
            assert part["treated"].tolist() == [True] + [False] * len(others.columns)


def test_a_shock_ranks_first_and_the_floor_is_printed() -> None:
    result = studied(region(23, shock=8.0), SyntheticControl(), pairs=[("e1", "AE")])
    found = donor_placebos(result, "e1")
    headline = found.one((0, 0))
    assert (headline.p_value, headline.p_floor, headline.n) == (1 / 12, 1 / 12, 12)
    assert headline.note == "11 donors; the smallest p is 1/12, and .05 needs 19 donors"
    text = str(found.summary())
    assert "synthetic control of 11 donors" in text
    assert ".05 needs 19 donors" in text
    assert "exchangeable" in text
    assert sum(found.weights.values()) == pytest.approx(1.0, rel=1e-12)
    assert list(found.weights.values()) == sorted(found.weights.values(), reverse=True)
    pair = result.one("e1")
    np.testing.assert_allclose(found.counterfactual + pair.ar, pair.moves, rtol=0, atol=1e-15)
    assert "p = 0.0833, at least 0.0833" in repr(found)


def test_the_headline_of_an_ambiguous_event_is_its_candidates() -> None:
    day = mi.Event("day", announced_at=str(DAYS[300]), zone="Asia/Almaty", precision="+-1d")
    study = mi.EventStudy(model=SyntheticControl(), timeline=TIMELINE, windows=WINDOWS)
    result = study.run(region(24), day, pairs=[("day", "AE")])
    span = int(result.alignment.last[0] - result.alignment.position[0])
    assert span > 0
    found = donor_placebos(result, "day")
    assert found.windows == ((0, span), *WINDOWS)
    assert found.one((0, span)).applies


def test_a_donor_that_stands_still_before_the_event_is_none() -> None:
    panel = region(25)
    frame = panel.to_frame()
    frame.loc[DAYS[PLACES[1] - 131] : DAYS[PLACES[1] + 5], "CE"] = 90.0
    flat = mi.Panel.from_frame(frame, instruments=panel.instruments)
    keep = mi.Policies(frozen="keep")
    result = studied(flat, SyntheticControl(), pairs=[("e1", "AE")], policies=keep)
    found = donor_placebos(result, "e1")
    assert "CE" not in found.series
    assert len(found.series) == 11
    named = tuple(name for name in ISSUERS if name not in ("AE", "CE"))
    without = studied(flat, SyntheticControl(named), pairs=[("e1", "AE")], policies=keep)
    np.testing.assert_allclose(
        found.controls.weights, donor_placebos(without, "e1").controls.weights, atol=1e-12
    )


def test_donors_that_the_data_cannot_tell_apart_leave_the_pair_out() -> None:
    panel = region(26)
    twin = panel.to_frame()["CZ"].rename("CZ again")
    doubled = panel.join(
        mi.Panel.from_frame(
            twin, instruments=mi.SovereignBond("CZ again", quoted="clean price", snapshot="17:00 UTC")
        )
    )
    result = studied(doubled, SyntheticControl(), pairs=[("e1", "AE")])
    row = result.ledger.to_frame().iloc[0]
    assert row["status"] == "left out"
    assert "repeats another" in row["reason"]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: donor_placebos(studied(region(27), DonorAverage()), "e1"), "is a study with another model"),
        (lambda: donor_placebos(studied(region(27), SyntheticControl()), "e9"), "names no pair of this study"),
        (lambda: donor_placebos(studied(region(27), SyntheticControl()), "e0"), "met several instruments"),
        (
            lambda: donor_placebos(studied(region(27), SyntheticControl()), "e1").one((0, 9)),
            r"is not among the tests; received \(\(0, 9\), 'synthetic control: CAR among donors'\)",
        ),
    ],
)  # fmt: skip
def test_what_has_no_answer_is_refused(make: Any, words: str) -> None:
    with pytest.raises(mi.InputError, match=words):
        make()


def test_permuted_members_change_no_number() -> None:
    panel = region(28, shock=2.0)
    turned = panel.select(list(reversed(panel.ids)))
    one, other = (donor_placebos(studied(of, SyntheticControl()), "e1") for of in (panel, turned))
    assert one.series == other.series
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame(), check_exact=True)


def test_a_shock_to_the_treated_touches_no_placebo() -> None:
    """The instrument stands in no donor's control."""
    calm, shocked = (
        donor_placebos(studied(region(29, shock=size), SyntheticControl()), "e1") for size in (0.0, 50.0)
    )
    np.testing.assert_allclose(calm.controls.abnormal[1:], shocked.controls.abnormal[1:], rtol=0, atol=1e-13)
    assert np.abs(shocked.controls.abnormal[0, 5]) > 10 * np.abs(calm.controls.abnormal[0, 5])
