"""Models made of donors: against baskets made by hand, statsmodels, and what construction alone would give."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.multivariate.pca import PCA

import marketimpact as mi
from marketimpact.study.models import MarketAdjusted
from marketimpact.study.models_donors import DonorAverage, DonorComponents, SyntheticControl
from tests.study.world import SNAPSHOT, news, row_of, weekdays

TIMELINE = mi.Timeline(estimation=(-130, -11), event=(-5, 5))
DAYS = weekdays(520)
PLACES = (200, 300, 400, 480)
EVENTS = news(DAYS[list(PLACES)])
ISSUERS = tuple(f"{one}{two}" for one in "ABC" for two in "EGMZ")
HIT = {"e0": ("AE", "AG"), "e1": ("AE",), "e2": ("AE", "BM"), "e3": ("CZ", "BM", "AE")}
PAIRS = [(event, issuer) for event, issuers in HIT.items() for issuer in issuers]
MODELS = [DonorAverage(), DonorComponents(n=2), SyntheticControl()]


def region(
    seed: int = 1,
    *,
    shock: float = 0.0,
    hit: dict[str, tuple[str, ...]] = HIT,
    missing: float = 0.0,
    yields: bool = False,
) -> mi.Panel:
    """Twelve countries with two common drivers; the news moves whom it hits by some standard deviations of theirs."""
    rng = np.random.default_rng(seed)
    loads = rng.uniform(0.5, 1.5, (2, len(ISSUERS))) * [[1.0], [0.5]]
    moves = rng.normal(size=(len(DAYS), 2)) @ loads + rng.normal(size=(len(DAYS), len(ISSUERS)))
    moves *= rng.uniform(0.004, 0.012, len(ISSUERS))
    for event, issuers in hit.items():
        for issuer in issuers:
            column = ISSUERS.index(issuer)
            moves[PLACES[int(event[1:])], column] += shock * moves[:, column].std()
    paths = np.cumsum(moves, axis=0)
    frame = pd.DataFrame(5.0 + paths if yields else 90.0 * np.exp(paths), DAYS, ISSUERS)
    frame = frame.mask(rng.random(frame.shape) < missing)
    bonds = [
        mi.SovereignBond(
            name,
            quoted="yield" if yields else "clean price",
            issuer="KZ" if name == "AE" else None,
            snapshot=SNAPSHOT,
        )
        for name in ISSUERS
    ]
    return mi.Panel.from_frame(frame, instruments=bonds)


def studied(panel: mi.Panel, model: Any, pairs: Any = PAIRS, **options: Any) -> mi.StudyResult:
    return mi.EventStudy(model=model, timeline=TIMELINE, **options).run(panel, EVENTS, pairs=pairs)


def donors_by_hand(event: str) -> list[str]:
    return [name for name in sorted(ISSUERS) if name not in HIT[event]]


def moves_by_hand(panel: mi.Panel, name: str, donors: list[str]) -> tuple[pd.Series, pd.DataFrame]:
    """Moves of one bond and of its donors between its own sessions; missing where a donor is on either day."""
    own = np.log(panel[name])
    others = np.log(panel.to_frame()[donors].reindex(own.index))
    others[others.isna().any(axis=1)] = np.nan
    return own.diff(), others.diff()


def clean_rows(panel: mi.Panel, name: str, at: np.datetime64) -> np.ndarray:
    """The estimation sessions of an event outside the windows of all events on the bond."""
    days = panel[name].index.to_numpy().astype("datetime64[D]")
    position = int(np.searchsorted(days, at))
    rows = np.arange(position - 130, position - 10)
    for event, issuers in HIT.items():
        if name in issuers:
            other = int(np.searchsorted(days, DAYS[PLACES[int(event[1:])]]))
            rows = rows[(rows < other - 5) | (rows > other + 5)]
    return rows


@pytest.mark.parametrize("missing", [0.0, 0.01])
@pytest.mark.parametrize("yields", [False, True])
def test_the_average_of_donors_is_a_basket_without_whom_the_event_hits(yields: bool, missing: float) -> None:
    """Event by event a market model on the basket that is made by hand; all numbers of the pairs agree."""
    panel = region(2, yields=yields, missing=missing)
    found = studied(panel, DonorAverage())
    for event, issuers in HIT.items():
        basket = mi.basket(panel, donors_by_hand(event))
        byhand = studied(panel, mi.MarketModel(basket))
        for issuer in issuers:
            one, other = found.one(event, issuer), byhand.one(event, issuer)
            np.testing.assert_array_equal(one.ar, other.ar)
            np.testing.assert_array_equal(one.ar_error, other.ar_error)
            assert one.params.tolist() == other.params.tolist()
            assert (one.headline, one.windows) == (other.headline, other.windows)
            assert (one.rank.p_value, one.n_obs, one.df) == (other.rank.p_value, other.n_obs, other.df)
            assert [basket.members for basket in one.baskets] == [tuple(donors_by_hand(event))]


def test_statsmodels_finds_the_same_abnormal_move_and_t() -> None:
    """The dummy of the event session in a regression on the average of the donors."""
    panel = region(3, missing=0.01)
    result = studied(panel, DonorAverage())
    for event, issuer in PAIRS:
        y, others = moves_by_hand(panel, issuer, donors_by_hand(event))
        day = DAYS[PLACES[int(event[1:])]]
        days = panel[issuer].index.to_numpy().astype("datetime64[D]")
        pair = result.one(event, issuer)
        at = int(np.searchsorted(days, pair.session))
        rows = np.append(clean_rows(panel, issuer, day), at)
        spans = np.array([np.busday_count(days[i - 1], days[i]) for i in rows], dtype=float)
        frame = pd.DataFrame({"m": spans, "f": others.mean(axis=1).iloc[rows].to_numpy(), "dummy": 0.0})
        frame.loc[frame.index[-1], "dummy"] = 1.0
        known = np.isfinite(frame["f"])
        if not known.iloc[-1]:
            assert np.isnan(pair.headline.estimate)
            continue
        slope = result.alignment.design.series[
            int(result.alignment.series[PAIRS.index((event, issuer))])
        ].slope
        v = 1.0 + slope * (spans - 1.0)
        fit = sm.WLS(y.iloc[rows].to_numpy()[known], frame[known], weights=1.0 / v[known]).fit()
        assert pair.headline.estimate == pytest.approx(fit.params["dummy"], rel=1e-9)
        assert pair.headline.statistic == pytest.approx(fit.tvalues["dummy"], rel=1e-9)
        assert pair.headline.p_value == pytest.approx(fit.pvalues["dummy"], rel=1e-7)


def test_components_are_those_of_statsmodels() -> None:
    """Scores of the donors' standardized moves as regressors: the same abnormal moves, errors and residual variance."""
    panel = region(4)
    result = studied(panel, DonorComponents(n=2))
    for event, issuer in PAIRS:
        y, others = moves_by_hand(panel, issuer, donors_by_hand(event))
        scores = PCA(others.dropna(), ncomp=2, standardize=True).factors.reindex(y.index)
        at = PLACES[int(event[1:])]
        rows = clean_rows(panel, issuer, DAYS[at])
        x = sm.add_constant(scores)
        fit = sm.OLS(y.iloc[rows], x.iloc[rows]).fit()
        pair = result.one(event, issuer)
        expected = y.iloc[at - 5 : at + 6] - fit.predict(x.iloc[at - 5 : at + 6])
        np.testing.assert_allclose(pair.ar, expected, rtol=0, atol=1e-12)
        assert pair.sigma**2 == pytest.approx(fit.scale, rel=1e-9)
        error = fit.get_prediction(x.iloc[[at]]).se_obs
        assert pair.ar_error[5] == pytest.approx(float(error[0]), rel=1e-9)
        assert pair.df == fit.df_resid
        assert [one.id for one in pair.baskets] == ["component 1 of donors", "component 2 of donors"]


def test_all_components_together_are_all_donors() -> None:
    """They span the same plane, so that nothing of the fit but the coefficients differs."""
    panel, named = region(5), ("BE", "BG", "CM", "AZ")
    components = studied(panel, DonorComponents(named, n=4), pairs=[("e0", "AE")]).one("e0", "AE")
    factors = studied(panel, mi.FactorModel(named), pairs=[("e0", "AE")]).one("e0", "AE")
    np.testing.assert_allclose(components.ar, factors.ar, rtol=0, atol=1e-12)
    np.testing.assert_allclose(components.ar_error, factors.ar_error, rtol=1e-9)
    assert components.sigma == pytest.approx(factors.sigma, rel=1e-9)


EVERYBODY = {"e0": ISSUERS}
HALF = {"e0": ISSUERS[:6]}


def test_if_whom_the_event_hits_stays_in_the_average_the_abnormal_moves_sum_to_nothing() -> None:
    """By construction, whatever the news did: exactly with the coefficient one, and where the mean holds everybody."""
    panel = region(6, shock=8.0, hit=EVERYBODY)
    pairs = [("e0", name) for name in ISSUERS]
    left_out = studied(panel, MarketAdjusted(mi.basket(panel, ISSUERS)), pairs=pairs)
    np.testing.assert_allclose(left_out.ar.sum(axis=0), 0.0, atol=1e-12)
    index = np.exp(np.log(panel.to_frame()).mean(axis=1)).rename("mean")
    whole = panel.join(mi.Panel.from_frame(index, instruments=mi.Factor("mean", snapshot=SNAPSHOT)))
    fitted = studied(whole, mi.MarketModel("mean"), pairs=pairs)
    np.testing.assert_allclose(fitted.ar.sum(axis=0), 0.0, atol=1e-12)
    assert np.abs(fitted.ar[0]).max() > 1e-3  # none of them is zero


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_donors_that_the_event_does_not_hit_leave_its_shock_in_the_abnormal_moves(model: Any) -> None:
    """Half of the region moves by 8 standard deviations: its own average hides most of that, the other half none."""
    panel, pairs = region(7, shock=8.0, hit=HALF), [("e0", name) for name in ISSUERS[:6]]
    sizes = 8.0 * np.log(panel.to_frame()[list(ISSUERS[:6])]).diff().std().to_numpy()
    with_them = studied(panel, mi.MarketModel(mi.basket(panel, ISSUERS[:6])), pairs=pairs).ar[0]
    without = studied(panel, model, pairs=pairs).ar[0]
    assert abs((with_them / sizes).mean()) < 0.35
    assert 0.8 < (without / sizes).mean() < 1.2


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_the_order_of_events_pairs_and_members_only_moves_rows(model: Any) -> None:
    panel = region(8, missing=0.005)
    turned = panel.select(list(reversed(panel.ids)))
    backwards = mi.EventSet.from_events([EVENTS[name] for name in ("e2", "e0", "e3", "e1")])
    study = mi.EventStudy(model=model, timeline=TIMELINE)
    one = study.run(panel, EVENTS, pairs=PAIRS)
    other = study.run(turned, backwards, pairs=PAIRS[::-1])
    for table in ("car", "ar", "caar", "tests"):
        left, right = (
            result.to_frame(table)  # type: ignore[arg-type]
            .sort_values(
                ["event_id", "instrument", "term", "tau_from", "tau_to", "test"][: 5 + (table == "tests")]
            )
            .reset_index(drop=True)
            if table in ("car", "ar", "tests")
            else result.to_frame(table)  # type: ignore[arg-type]
            for result in (one, other)
        )
        pd.testing.assert_frame_equal(left, right, check_exact=True)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_every_output_can_be_made(model: Any) -> None:
    result = studied(region(9), model)
    assert "donors" in str(result.summary())
    made = json.dumps(result.to_dict(), allow_nan=False)
    assert type(model).__name__ in made
    assert result == studied(region(9), model)
    assert len(result.shift_sensitivity((-1, 0))) > 0
    for table in ("car", "ar", "caar", "aar", "split", "tests"):
        assert len(result.to_frame(table)) > 0
    split = result.to_frame("split")
    np.testing.assert_allclose(split["normal"] + split["abnormal"], split["observed"], atol=1e-15)
    assert result.one("e1").split.factors  # the donors are named as what explains the normal move


@pytest.mark.parametrize("model", [DonorAverage(), DonorComponents(n=3)], ids=str)
def test_the_t_holds_its_level_where_nothing_happens(model: Any) -> None:
    """Twelve donors with two drivers, 60 placebo events on each of six worlds, 5 %."""
    at = np.arange(140, 510, 6)
    events = news(DAYS[at])
    study = mi.EventStudy(
        model=model,
        timeline=mi.Timeline(estimation=(-130, -11), event=(0, 0)),
        policies=mi.Policies(contamination="keep"),
    )
    p = np.concatenate(
        [
            study.run(region(100 + seed), events, pairs=[(f"e{i}", "AE") for i in range(len(at))])
            .to_frame("car")["p_value"]
            .to_numpy()
            for seed in range(6)
        ]
    )
    assert abs(np.mean(p <= 0.05) - 0.05) < 3.7 * np.sqrt(0.05 * 0.95 / len(p))
    assert stats.kstest(p, "uniform").pvalue > 1e-3


def test_pairs_without_enough_donors_stand_in_the_ledger_and_the_batch_lives() -> None:
    pairs = [*(("e0", name) for name in ISSUERS[:-1]), ("e1", "AE")]
    for model in MODELS:
        result = studied(region(10), model, pairs=pairs)
        lost = row_of(result, "e0", "AE")
        assert lost["status"] == "left out"
        assert "too few donors are left" in lost["reason"]
        assert "received 'CZ'; allowed: 2 or more" in lost["reason"]
        assert result.ledger.to_frame()["status"].tolist().count("left out") == 11
        nobody = studied(region(10), model, pairs="all")
        assert nobody.ledger.to_frame()["status"].tolist() == ["left out"] * 48


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: DonorAverage("AE"), "DonorAverage.donors: are no donors; received 'AE'"),
        (lambda: DonorAverage([]), "are no donors"),
        (lambda: DonorAverage(["AE", "AE"]), "are no donors"),
        (lambda: DonorComponents(["AE", 3]), "DonorComponents.donors: are no donors"),
        (lambda: SyntheticControl(5), "SyntheticControl.donors: are no donors; received 5"),
        (
            lambda: SyntheticControl(mi.Basket(("AE", "AG"), "b", (0.5, 0.5))),
            "carry weights, and the model has its own",
        ),
        (lambda: DonorComponents(n=0), "DonorComponents.n: is no number of components; received 0"),
        (lambda: DonorComponents(n=True), "is no number of components"),
    ],
)
def test_what_are_no_donors_is_refused(make: Any, words: str) -> None:
    with pytest.raises(mi.InputError, match=re.escape(words)):
        make()


def test_donors_of_several_kinds_have_no_average_and_are_refused_at_once() -> None:
    frame = pd.DataFrame({"y": 5.0 + np.arange(520) % 7}, DAYS)
    mixed = region(11).join(mi.Panel.from_frame(frame, instruments=mi.SovereignBond("y", quoted="yield")))
    with pytest.raises(mi.InputError, match="donors must be of one kind, quoted in one unit"):
        studied(mixed, DonorAverage(["AG", "y"]))
    with pytest.raises(mi.InputError, match="donors: needs donors"):
        studied(mixed, DonorAverage(["AG"]))
    with pytest.raises(mi.InputError, match="is not in the panel; received 'unknown'"):
        studied(mixed, DonorAverage(["AG", "unknown"]))
    wrong = studied(mixed, SyntheticControl(["AG", "y"]))
    assert "donors must move in the instrument's unit" in row_of(wrong, "e1", "AE")["reason"]


def test_a_weighted_basket_keeps_its_weights() -> None:
    panel = region(12)
    basket = mi.basket(panel, ["BE", "BM", "CM"], weights={"BE": 3, "BM": 2, "CM": 1})
    pair = studied(panel, DonorAverage(basket), pairs=PAIRS).one("e2", "AE")  # the event hits BM
    assert pair.baskets == (mi.Basket(("BE", "CM"), "donors", (0.75, 0.25)),)
    made = mi.basket(panel, ["BE", "CM"], weights={"BE": 3, "CM": 1})
    np.testing.assert_allclose(pair.ar, studied(panel, mi.MarketModel(made)).one("e2", "AE").ar, atol=1e-15)


def test_a_donor_that_was_not_observed_stamps_what_it_explains() -> None:
    panel = region(13)
    frame = panel.to_frame()
    rebuilt = mi.Provenance("rebuilt", kind="reconstruction")
    (bond,) = (one for one in panel.instruments if one.id == "CE")
    made = mi.Panel.from_frame(frame["CE"], instruments=bond, provenance=rebuilt)
    panel = panel.select([name for name in panel.ids if name != "CE"]).join(made)
    assert studied(panel, DonorAverage()).one("e1").stamp == "RECONSTRUCTION"
    assert studied(panel, DonorAverage(["BE", "BG"])).one("e1").stamp is None
    view = mi.country_view(studied(panel, DonorAverage(), pairs=[("e1", "AE")]), "e1", place="KZ")
    assert view.stamp == "RECONSTRUCTION"
