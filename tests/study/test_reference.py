"""Against the stored reference values of the shared folder: loops over the formulas, checked with other packages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi

VARIANTS = ("spread", "sameday")
PLAIN = "cross-sectional t (pairs taken as independent)"


def label(window: tuple[int, int]) -> str:
    return f"[{window[0]},{window[1]}]"


def windows_of(expected: pd.DataFrame) -> tuple[tuple[int, int], ...]:
    labels = expected.query("test == 'csect_t' and level == 'window'")["label"].unique()
    return tuple(tuple(int(end) for end in one.strip("[]").split(",")) for one in labels)


class Reference:
    """One variant's files and the study of them."""

    def __init__(self, folder: Path, variant: str) -> None:
        returns = pd.read_csv(folder / f"returns_{variant}.csv", parse_dates=["date"], index_col="date")
        given = pd.read_csv(folder / f"events_{variant}.csv", dtype={"event_id": str})
        self.events = self._of(folder, "events", variant).set_index(["event_id", "asset"])
        self.ar = self._of(folder, "ar", variant)
        self.aar = self._of(folder, "aar", variant).set_index("rel_day")
        self.stats = self._of(folder, "stats", variant)
        common = {"snapshot": "17:00 America/New_York", "calendar": "XNYS"}
        instruments = [mi.Factor("MKT", **common)] + [
            mi.SovereignBond(name, quoted="clean price", **common) for name in returns.columns.drop("MKT")
        ]
        self.panel = mi.Panel.from_frame(100 * np.exp(returns.cumsum()), instruments=instruments)
        self.news = mi.EventSet.from_events(
            mi.Event(row.event_id, announced_at=f"{row.date}T09:00", zone="America/New_York")
            for row in given.itertuples()
        )
        self.pairs = given.rename(columns={"asset": "instrument"})
        self.result = self.run(None)

    @staticmethod
    def _of(folder: Path, name: str, variant: str) -> pd.DataFrame:
        frame = pd.read_csv(folder / f"expected_{name}.csv", dtype={"event_id": str})
        return frame[frame["variant"] == variant]

    def run(self, cluster: str | None) -> mi.StudyResult:
        study = mi.EventStudy(
            model=mi.MarketModel("MKT"),
            timeline=mi.Timeline(estimation=(-130, -11), event=(-5, 5)),
            windows=windows_of(self.stats),
            cluster=cluster,
        )
        return study.run(self.panel, self.news, pairs=self.pairs)


@pytest.fixture(scope="module", params=VARIANTS)
def reference(shared: Path, request: pytest.FixtureRequest) -> Reference:
    return Reference(shared / "reference", request.param)


def test_every_pair_is_used_with_120_moves(reference):
    ledger = reference.result.ledger.to_frame()
    assert len(ledger) == 30
    assert (ledger["status"] != "left out").all()
    assert (ledger["estimation_used"] == 120).all()
    assert (ledger["span"] == 1).all()
    sessions = ledger.set_index(["event_id", "instrument"])["session"].dt.strftime("%Y-%m-%d")
    assert sessions.to_dict() == reference.events["date"].to_dict()


def test_coefficients_and_sigma(reference):
    for pair, expected in reference.events.iterrows():
        one = reference.result.one(*pair)
        np.testing.assert_allclose(one.params, [expected["alpha"], expected["beta"]], rtol=1e-9, atol=1e-12)
        assert one.sigma == pytest.approx(expected["sigma"], rel=1e-11)


def test_sums_over_the_event_window(reference):
    """CAR, its t with the error of the fit in it, that t's p, and the SCAR."""
    table = reference.result.to_frame("car").query("term == 'CAR' and tau_from == -5 and tau_to == 5")
    table = table.set_index(["event_id", "instrument"]).loc[list(reference.events.index)]
    for found, expected in (("estimate", "car"), ("statistic", "car_t_pred"), ("p_value", "car_t_pred_p")):
        np.testing.assert_allclose(table[found], reference.events[expected], rtol=1e-9, atol=1e-12)
    scar = reference.result.scar[(-5, 5)].loc[list(reference.events.index)]
    np.testing.assert_allclose(scar, reference.events["scar"], rtol=1e-9)


def test_daily_moves_and_paths(reference):
    assets = reference.events.reset_index().set_index("event_id")["asset"]
    for event_id, expected in reference.ar.groupby("event_id"):
        one = reference.result.one(event_id, assets[event_id])
        assert one.taus.tolist() == expected["rel_day"].tolist()
        np.testing.assert_allclose(one.ar, expected["ar"], rtol=0, atol=1e-12)
        np.testing.assert_allclose(one.path, expected["car"], rtol=0, atol=1e-12)
        np.testing.assert_allclose(one.ar / one.ar_error, expected["ar_t_pred"], rtol=1e-9)


def test_daily_p_values(reference):
    table = reference.result.to_frame("ar").set_index(["event_id", "tau_from"])["p_value"].sort_index()
    expected = reference.ar.set_index(["event_id", "rel_day"])["ar_t_pred_p"].sort_index()
    np.testing.assert_allclose(table, expected, rtol=1e-8)


def test_averages_over_pairs(reference):
    np.testing.assert_allclose(reference.result.aar.iloc[0], reference.aar["aar"], rtol=0, atol=1e-13)
    from_the_start = reference.result.caar[[(-5, tau) for tau in range(-5, 6)]].iloc[0]
    np.testing.assert_allclose(from_the_start, reference.aar["caar_cum"], rtol=0, atol=1e-13)


def test_the_cross_sectional_t_of_each_day(reference):
    expected = reference.stats.query("test == 'csect_t' and level == 'day'")
    expected = expected.set_index(expected["label"].astype(int))
    table = reference.result.to_frame("aar").set_index("tau_from").loc[expected.index]
    np.testing.assert_allclose(table["statistic"], expected["stat"], rtol=1e-9)
    np.testing.assert_allclose(table["p_value"], expected["p"], rtol=1e-8)


def test_the_cross_sectional_t_of_each_window(reference):
    expected = reference.stats.query("test == 'csect_t' and level == 'window'").set_index("label")
    table = reference.result.to_frame("caar").query("term == 'CAAR'")
    table.index = [label(window) for window in zip(table["tau_from"], table["tau_to"], strict=True)]
    assert set(expected.index) == set(table.index)
    np.testing.assert_allclose(table.loc[expected.index, "statistic"], expected["stat"], rtol=1e-9)
    np.testing.assert_allclose(table.loc[expected.index, "p_value"], expected["p"], rtol=1e-8)


def test_the_plain_t_is_named_as_resting_on_independence(reference):
    assert set(reference.result.to_frame("tests")["test"]) >= {PLAIN}


def test_one_common_date_is_one_cluster_and_no_mean_can_be_tested(shared):
    """The plain t on one date is a number; with clusters by date it is not applicable, and says so."""
    clustered = Reference(shared / "reference", "sameday").run("overlap").to_frame("caar")
    assert clustered["statistic"].isna().all()
    assert clustered["reason"].str.contains("needs two date clusters or more").all()
    assert (clustered["n_clusters"] == 1).all()
    assert (clustered["n_dates"] == 1).all()
    assert (clustered["n"] == 30).all()
