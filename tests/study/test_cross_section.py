"""CARs on characteristics: against statsmodels and n x n matrices, which pairs enter, and what is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.errors import DataError, InputError
from marketimpact.maths.cluster_robust import cluster_robust
from marketimpact.study.cross_section import COLUMNS, CrossSection, cross_section
from marketimpact.study.inference import clusters_of
from tests.maths.test_cluster_robust import by_matrices
from tests.study.many_events import TIMELINE, apart, common_dates, plain
from tests.study.world import SNAPSHOT, mixed_panel, news, price_panel, walk, weekdays


def dates_and_bonds(dates: int = 8, **options: float) -> mi.StudyResult:
    panel, events, pairs = common_dates(3, dates, 6, **options)
    return mi.EventStudy(timeline=TIMELINE).run(panel, events, pairs=pairs)


def of_both(dates: int = 8) -> dict[str, dict[str, float]]:
    """A characteristic of events, and one of instruments."""
    draw = np.random.default_rng(5)
    return {
        "surprise": {f"e{i}": float(v) for i, v in enumerate(draw.standard_normal(dates))},
        "rating": {f"b{i}": float(v) for i, v in enumerate(draw.integers(1, 9, 6))},
    }


def by_hand(
    result: mi.StudyResult, values: dict[str, dict[str, float]], column: object
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Moves, regressors and clusters of all pairs, pair by pair from the result's own frames."""
    car = result.car[column].dropna()
    x = [[1.0, *(one.get(event, one.get(bond)) for one in values.values())] for event, bond in car.index]
    return car.to_numpy(), np.array(x, dtype=float), np.array([int(event[1:]) for event, _ in car.index])


# ---------------------------------------------------------------- against other software


@pytest.mark.parametrize("holidays", [0.0, 0.04])
def test_clustered_by_date(holidays):
    result, values = dates_and_bonds(holidays=holidays), of_both()
    y, x, dates = by_hand(result, values, (-1, 1))
    found = cross_section(result, values, window=(-1, 1))
    table = found.to_frame().set_index("term")
    assert tuple(table.index) == ("intercept", "surprise", "rating")
    assert table["estimate"].to_numpy() == pytest.approx(sm.OLS(y, x).fit().params, rel=1e-9)
    cov, df = by_matrices(y, x, dates, "CR2")
    assert table["std_error"].to_numpy() == pytest.approx(np.sqrt(np.diag(cov)), rel=1e-9)
    assert table["df"].to_numpy() == pytest.approx(df, rel=1e-9)
    assert np.all(table["n_clusters"] == 8)
    assert np.all(table["n"] == len(y))
    other = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": dates, "use_correction": False})
    for kind, factor in (("CR0", 1.0), ("CR1", np.sqrt(8 / 7))):
        fit = cluster_robust(y, x, dates, kind=kind)
        assert fit.std_error == pytest.approx(other.bse * factor, rel=1e-9)
    corrected = sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": dates})
    stretch = np.sqrt((len(y) - 1) / (len(y) - 3))  # statsmodels' other factor
    assert cluster_robust(y, x, dates, kind="CR1").std_error * stretch == pytest.approx(
        corrected.bse, rel=1e-9
    )


def test_dates_of_their_own_have_statsmodels_hc2():
    result = plain(14)
    draw = np.random.default_rng(1)
    frame = pd.DataFrame(
        {"a": draw.standard_normal(14), "b": draw.random(14) < 0.5}, index=[f"e{i}" for i in range(14)]
    )
    found = cross_section(result, frame, window=(0, 1))
    x = sm.add_constant(frame.astype(float).to_numpy())
    other = sm.OLS(result.car[(0, 1)].to_numpy(), x).fit(cov_type="HC2")
    assert found.fit.params == pytest.approx(other.params, rel=1e-9)
    assert found.fit.std_error == pytest.approx(other.bse, rel=1e-9)
    assert np.all(found.fit.df < 12.0)
    low, high = found.fit.interval(0.95)
    assert found.to_frame()["conf_low"].to_numpy() == pytest.approx(low, rel=1e-12)
    assert np.all(low < found.fit.params)
    assert np.all(found.fit.params < high)


def test_an_effect_that_is_put_in_is_found():
    """Bonds fall 1 % more for each step of the rating on every date."""
    days = weekdays(500)
    steps = {f"b{i}": i for i in range(6)}
    draw = np.random.default_rng(2)
    at = np.arange(150, 150 + 10 * 30, 30)
    levels = {}
    for bond, step in steps.items():
        moves = draw.normal(0.0, 0.002, len(days))
        moves[at] -= 0.01 * step
        levels[bond] = 100.0 * np.exp(moves.cumsum())
    result = mi.EventStudy(timeline=TIMELINE).run(price_panel(levels, days), news(days[at]), pairs="all")
    row = cross_section(result, {"rating": steps}).to_frame().set_index("term").loc["rating"]
    assert row["conf_low"] < -0.01 < row["conf_high"]
    assert row["p_value"] < 1e-6
    assert row["unit"] == "log per unit"


# ---------------------------------------------------------------- which pairs enter


def test_frames_of_every_index_say_the_same():
    result, values = dates_and_bonds(), of_both()
    found = cross_section(result, values, window=(0, 0))
    pairs = pd.DataFrame(
        {
            "surprise": [values["surprise"][event] for event, _ in result.pairs],
            "rating": [values["rating"][bond] for _, bond in result.pairs],
        },
        index=result.pairs,
    )
    assert cross_section(result, pairs, window=(0, 0)) == found
    turned = pairs.swaplevel()
    assert cross_section(result, turned.sample(frac=1.0, random_state=1), window=(0, 0)) == found
    unnamed = pairs.copy()
    unnamed.index.names = [None, None]
    assert cross_section(result, unnamed, window=(0, 0)) == found
    mixed = {"surprise": pairs["surprise"], "rating": pd.Series(values["rating"])}
    assert cross_section(result, mixed, window=(0, 0)) == found


def test_pairs_without_a_characteristic_are_counted():
    result, values = dates_and_bonds(), of_both()
    values["surprise"]["e2"] = np.nan
    del values["rating"]["b4"]
    values["rating"]["b99"] = 3.0
    found = cross_section(result, values)
    assert (found.fit.n, found.fit.n_clusters, len(found.left_out)) == (7 * 5, 7, 8 + 5)
    assert found.unknown == ("b99",)
    reasons = {(event, bond): reason for event, bond, reason in found.left_out}
    assert reasons["e2", "b0"] == "no value of surprise"
    assert reasons["e1", "b4"] == "no value of rating"
    assert reasons["e2", "b4"] == "no value of surprise, rating"
    assert not set(reasons) & set(zip(found.event_ids, found.instruments, strict=True))
    text = str(found.summary())
    assert "left out: 7 pairs: no value of rating" in text
    assert "characteristics of what is not in the study: 1 (b99)" in text
    assert "35 pairs in 7 date clusters, 13 left out" in repr(found)


def test_a_move_counts_once_and_a_missing_one_not():
    days = weekdays(700)
    panel = price_panel({"KZ": walk(np.random.default_rng(1), 700)}, days)
    at = [*range(150, 600, 40), 150]
    result = mi.EventStudy(timeline=TIMELINE).run(panel, news(days[at]))
    size = {f"e{i}": float(i % 4) for i in range(len(at))}
    found = cross_section(result, {"size": size})
    assert found.fit.n == len(at) - 1
    (lost,) = found.left_out
    assert lost[2] == "another event stands for the same move"


def test_no_move_in_the_window():
    result = dates_and_bonds(holidays=0.25)
    values = of_both()
    y, _, _ = by_hand(result, values, (0, 0))
    found = cross_section(result, values, window=(0, 0))
    assert found.fit.n == len(y)
    missing = int(result.car[(0, 0)].isna().sum())
    assert missing == sum(reason == "no move in the window" for *_, reason in found.left_out)


# ---------------------------------------------------------------- kinds


def three_kinds() -> tuple[mi.StudyResult, dict[str, dict[str, float]]]:
    panel = mixed_panel(4, 800)
    days = panel.to_frame().index.to_numpy().astype("datetime64[D]")
    result = mi.EventStudy(timeline=TIMELINE).run(panel, apart(days, 10, 25), pairs="all")
    draw = np.random.default_rng(3)
    return result, {"size": {f"e{i}": float(v) for i, v in enumerate(draw.standard_normal(10))}}


def test_kinds_are_never_taken_together_unless_standardized():
    result, values = three_kinds()
    with pytest.raises(InputError, match="kind: the study has several kinds, which have no common unit"):
        cross_section(result, values)
    with pytest.raises(InputError, match="kind: names no kind of move of this study; received 'bp'"):
        cross_section(result, values, kind="bp", standardized=True)
    for kind, unit in (("yield difference [bp]", "bp"), ("currency log [log]", "log")):
        matching = [one for one in result.kinds if one.startswith(kind.split()[0])]
        found = cross_section(result, values, kind=matching[0])
        assert found.unit == unit
        assert (found.fit.n, len(found.left_out)) == (10, 20)
        assert {reason for *_, reason in found.left_out} == {"another kind of move"}


def test_kinds_together_have_the_sign_of_gains():
    """A higher yield and a weaker currency are losses: -, + and -."""
    result, values = three_kinds()
    found = cross_section(result, values, window=(0, 1), standardized=True)
    sign = {"KZ yield": -1.0, "KZ price": 1.0, "USD/KZT": -1.0}
    scar = result.scar[(0, 1)].sort_index()
    y = scar.to_numpy() * [sign[bond] for _, bond in scar.index]
    x = np.array([[1.0, values["size"][event]] for event, _ in scar.index])
    cov, df = by_matrices(y, x, np.array([int(event[1:]) for event, _ in scar.index]), "CR2")
    assert found.fit.params == pytest.approx(np.linalg.lstsq(x, y, rcond=None)[0], rel=1e-9)
    assert found.fit.std_error == pytest.approx(np.sqrt(np.diag(cov)), rel=1e-9)
    assert found.fit.df == pytest.approx(df, rel=1e-9)
    assert (found.unit, found.fit.n, found.fit.n_clusters) == ("standard deviations", 30, 10)
    text = str(found.summary())
    assert "+ where the country's assets gained" in text
    assert "Cross-section of standardized CAR, window (0, 1)" in text


def test_one_kind_standardized_keeps_its_sign():
    result, values = three_kinds()
    kind = next(one for one in result.kinds if one.startswith("yield"))
    found = cross_section(result, values, kind=kind, standardized=True, window=(0, 0))
    y = result.scar[(0, 0)].xs("KZ yield", level="instrument").sort_index().to_numpy()
    x = np.array([[1.0, values["size"][event]] for event in sorted(values["size"])])
    assert found.fit.params == pytest.approx(np.linalg.lstsq(x, y, rcond=None)[0], rel=1e-9)


def test_a_cross_rate_needs_the_events_place():
    """KZT/RUB belongs to two countries: with the event's the tenge gains as it rises, without one it is left out."""
    n = 800
    days, draw = weekdays(n), np.random.default_rng(6)
    frame = pd.DataFrame({"KZ": walk(draw, n), "KZT/RUB": walk(draw, n, level=0.2)}, index=days)
    panel = mi.Panel.from_frame(
        frame,
        instruments=[
            mi.SovereignBond("KZ", quoted="clean price", issuer="KZ", snapshot=SNAPSHOT),
            mi.CurrencyPair("KZT", "RUB", snapshot=SNAPSHOT),
        ],
    )
    places = ["KZ", "RU", None, "KZ", "RU", "KZ", "RU", "KZ"]
    events = mi.EventSet.from_events(
        mi.Event(f"e{i}", announced_at=f"{days[150 + 40 * i]}T09:00", zone="UTC", place=place)
        for i, place in enumerate(places)
    )
    result = mi.EventStudy(timeline=TIMELINE).run(panel, events, pairs="all")
    values = {"size": {f"e{i}": float(i) for i in range(8)}}
    found = cross_section(result, values, standardized=True)
    assert found.left_out == (("e2", "KZT/RUB", "the instrument does not say how a country's assets gain"),)
    sign = {"KZ": 1.0, "RU": -1.0}
    scar = result.scar[(0, 0)].sort_index().drop(("e2", "KZT/RUB"))
    y = [
        v * (1.0 if name == "KZ" else sign[places[int(event[1:])]])
        for (event, name), v in zip(scar.index, scar, strict=True)
    ]
    x = np.array([[1.0, values["size"][event]] for event, _ in scar.index])
    assert found.fit.params == pytest.approx(np.linalg.lstsq(x, np.array(y), rcond=None)[0], rel=1e-9)


# ---------------------------------------------------------------- clusters


def test_clusters_are_the_studys():
    """Windows that overlap are one cluster; taken as independent each pair is one, and the summary says so."""
    panel, events, pairs = common_dates(3, 8, 6, apart=1)
    draw = np.random.default_rng(1)
    values = {"rating": {f"b{i}": float(v) for i, v in enumerate(draw.standard_normal(6))}}
    found = {}
    for cluster in ("overlap", None):
        result = mi.EventStudy(timeline=TIMELINE, cluster=cluster).run(panel, events, pairs=pairs)
        found[cluster] = cross_section(result, values)
        numbers = clusters_of(result.alignment, result.estimates.rows, result.spec)
        assert found[cluster].fit.n_clusters == len(np.unique(numbers))
    assert (found["overlap"].fit.n_clusters, found[None].fit.n_clusters) == (8, 48)
    assert "pairs taken as independent" in str(found[None].summary())
    assert "pairs taken as independent" not in str(found["overlap"].summary())


def test_a_characteristic_of_one_date_has_no_standard_error():
    result = dates_and_bonds()
    found = cross_section(result, {"crisis": {f"e{i}": i == 3 for i in range(8)}})
    assert np.isnan(found.fit.std_error[1])
    row = found.to_frame().iloc[1]
    assert np.isnan([row["p_value"], row["conf_low"], row["df"]]).all()
    assert "crisis: one date cluster alone determines it" in str(found.summary())
    two = cross_section(result, {"crisis": {f"e{i}": i in (3, 4) for i in range(8)}})
    assert two.fit.df[1] < 2.0
    assert "fewer than 4 degrees of freedom, p is rough: crisis" in str(two.summary())


# ---------------------------------------------------------------- a value


def test_it_is_a_value():
    result, values = dates_and_bonds(), of_both()
    one, again = cross_section(result, values), cross_section(result, values)
    assert one == again == pickle.loads(pickle.dumps(one))
    assert one != cross_section(result, values, window=(0, 0))
    assert tuple(one.to_frame().columns) == COLUMNS
    assert repr(one) == (
        "CrossSection: headline, intercept + surprise + rating: 48 pairs in 8 date clusters, 0 left out"
    )
    html = one._repr_html_()
    assert html.count("<tr>") == 4
    assert max(map(len, str(one.summary()).splitlines())) <= 110


@settings(max_examples=5, deadline=None)
@given(st.permutations(range(8)))
def test_the_order_of_events_changes_no_bit(order):
    panel, events, pairs = common_dates(3, 8, 3)
    study = mi.EventStudy(timeline=TIMELINE)
    values = {"surprise": {f"e{i}": float(v) for i, v in enumerate(np.random.default_rng(1).random(8))}}
    straight = cross_section(study.run(panel, events, pairs=pairs), values)
    turned = mi.EventSet.from_events(events[f"e{i}"] for i in order)
    rows = pairs.sample(frac=1.0, random_state=order[0])
    assert cross_section(study.run(panel, turned, pairs=rows), values) == straight


# ---------------------------------------------------------------- what is asked wrongly


@pytest.fixture(scope="module")
def small() -> mi.StudyResult:
    return dates_and_bonds()


SIZE = {f"e{i}": float(i) for i in range(8)}


@pytest.mark.parametrize(
    ("characteristics", "kind", "message"),
    [
        (3.0, InputError, "characteristics: are neither frame nor mapping; received 'float'"),
        ({}, InputError, "need columns, each with a name of its own"),
        ({"intercept": SIZE}, InputError, "none of them 'intercept': it is added"),
        ({"a": {"nobody": 1.0}}, InputError, r"characteristics\['a'\]: has no label that names an event"),
        (
            {"a": {("e1", "nobody"): 1.0}},
            InputError,
            "has no label that names an event, an instrument or a pair",
        ),
        ({"a": {("e1", "b1", "x"): 1.0}}, InputError, "has an index of more than two levels"),
        ({"a": {"e1": 1.0, "b1": 2.0}}, InputError, "has labels of events and of instruments"),
        (
            {"a": {**SIZE, "e1": "big"}},
            DataError,
            "holds what is no number, or an infinite one; received 'big'",
        ),
        ({"a": {**SIZE, "e1": "3"}}, DataError, "holds what is no number, or an infinite one; received '3'"),
        ({"a": {**SIZE, "e1": [1.0, 2.0]}}, DataError, "holds what is no number"),
        (
            {"a": {**SIZE, "e1": np.inf}},
            DataError,
            "holds what is no number, or an infinite one; received 'inf'",
        ),
        ({"a": pd.Series([1.0, 2.0], ["e1", "e1"])}, DataError, "gives a label twice; received 'e1'"),
        (
            {"a": dict.fromkeys(SIZE, 2.0)},
            InputError,
            "depend on one another over the 48 pairs: 'a' does not vary",
        ),
        ({"a": dict.fromkeys(SIZE, 0.0)}, InputError, "'a' does not vary"),
        (
            {"a": SIZE, "b": {e: 2 * v + 1 for e, v in SIZE.items()}},
            InputError,
            "'b' is made of a constant, 'a'",
        ),
        ({"a": {"e1": 1.0, "e2": 2.0}}, InputError, "leave 12 pairs in 2 date clusters for 2 coefficients"),
        (
            {"a": dict.fromkeys(SIZE, np.nan)},
            InputError,
            "leave 0 pairs in 0 date clusters for 2 coefficients",
        ),
    ],
)
def test_characteristics_that_cannot_be_used(small, characteristics, kind, message):
    with pytest.raises(kind, match=message):
        cross_section(small, characteristics)


def test_windows_that_are_none(small):
    with pytest.raises(InputError, match=r"window: is no window of this study; received \(0, 3\)"):
        cross_section(small, {"a": SIZE}, window=(0, 3))


def test_names_of_the_index_decide():
    """An event named as an instrument: the name of the index says which is meant."""
    result = dates_and_bonds()
    both = pd.Series({**SIZE, "b1": 4.0}, name="a")
    found = cross_section(result, {"a": both.rename_axis("event_id")})
    assert found.fit.n == 48
    assert found.unknown == ("b1",)
    assert isinstance(found, CrossSection)
