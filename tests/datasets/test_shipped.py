"""What the package ships: the reconstruction is what its script makes, and is called a reconstruction."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import marketimpact as mi

REPOSITORY = Path(__file__).parents[2]
SCRIPT = REPOSITORY / "scripts" / "reconstruct_kazakhstan_2045.py"
SERIES = REPOSITORY / "marketimpact" / "datasets" / "data" / "kazakhstan_2045_reconstruction.csv"


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return pd.read_csv(SERIES, parse_dates=["date"], index_col="date")


def test_the_committed_series_is_what_the_script_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("reconstruct", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    made = tmp_path / "made.csv"
    monkeypatch.setattr("sys.argv", ["reconstruct", str(made)])
    script.main()
    assert made.read_bytes() == SERIES.read_bytes()


def test_three_days_are_not_simulated_and_every_row_says_which(rows: pd.DataFrame) -> None:
    reported = rows[~rows["basis"].str.startswith("simulated")]
    assert reported["change_bp"].to_dict() == {
        pd.Timestamp("2022-01-05"): 33.0,
        pd.Timestamp("2022-01-06"): -7.0,
        pd.Timestamp("2022-01-07"): -10.0,
    }
    assert reported["basis"].iloc[0].startswith("reported: more than 30 bp")
    assert (reported["basis"].iloc[1:] == "a fall is reported; its size is an assumption").all()


def test_levels_and_changes_agree(rows: pd.DataFrame) -> None:
    np.testing.assert_allclose(100 * np.diff(rows["yield_percent"]), rows["change_bp"].iloc[1:], atol=1e-9)


def test_it_is_quoted_when_london_is_open(rows: pd.DataFrame) -> None:
    assert (rows.index.day_of_week < 5).all()
    for holiday in ("2021-04-02", "2021-04-05", "2021-12-27", "2021-12-28", "2022-01-03"):
        assert pd.Timestamp(holiday) not in rows.index
    assert rows.index[0] == pd.Timestamp("2021-01-04")
    assert rows.index[-1] == pd.Timestamp("2022-01-31")


def test_it_is_called_a_reconstruction_everywhere() -> None:
    panel = mi.datasets.load_panel("kazakhstan_2045")
    provenance = panel.quotes[0].provenance
    assert provenance.kind == "reconstruction"
    assert "No free daily series of this bond exists" in str(provenance.note)
    assert "RECONSTRUCTION" in repr(panel)
    result = mi.EventStudy().run(panel, mi.datasets.load_events("kazakhstan_2022"))
    assert "RECONSTRUCTION" in repr(result)
    assert "RECONSTRUCTION" in str(result.summary())
    assert "RECONSTRUCTION" in repr(result.one("kz-2022-01-05-emergency"))
    assert "RECONSTRUCTION" in result.to_dict()["series"][0]["provenance"]


def test_the_bond_of_the_founding_case_is_described() -> None:
    bond = mi.datasets.load_panel("kazakhstan_2045").instruments[0]
    assert isinstance(bond, mi.SovereignBond)
    assert (bond.isin, bond.coupon, bond.frequency, bond.day_count) == ("XS1263139856", 6.5, 2, "30/360")


@pytest.mark.parametrize("name", mi.datasets.EVENTS)
def test_event_lists_load_whole_and_name_their_sources(name: str) -> None:
    events = mi.datasets.load_events(name)
    assert not events.rejected
    assert all(event.source for event in events)
    assert all(event.title for event in events)


def test_event_lists_agree_with_the_facts_collected(shared: Path) -> None:
    facts = mi.read_events(shared / "data" / "kazakhstan_2022_events.csv")
    ours = mi.datasets.load_events("kazakhstan_2022")
    np.testing.assert_array_equal(ours.start, facts.start)
    np.testing.assert_array_equal(ours.end, facts.end)


def test_the_confounder_falls_on_the_session_after_the_event() -> None:
    """FOMC minutes, 14:00 in New York on 5 January 2022, are after the close of London."""
    panel = mi.datasets.load_panel("kazakhstan_2045")
    minutes = mi.datasets.load_events("confounders_2022").select("us-2022-01-05-minutes")
    frame = mi.align(panel, minutes).ledger.to_frame()
    assert frame["session"].tolist() == [pd.Timestamp("2022-01-06")]


@pytest.mark.parametrize("load", [mi.datasets.load_events, mi.datasets.load_panel])
def test_an_unknown_name_lists_the_known_ones(load: object) -> None:
    with pytest.raises(mi.InputError, match=r"is not shipped; received 'mars'; allowed: 'k"):
        load("mars")  # type: ignore[operator]
