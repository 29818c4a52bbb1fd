"""Bundles: what is written is read back equal by value, and nothing that was changed is read."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, replace
from datetime import date
from importlib.util import find_spec
from math import inf, nan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import marketimpact as mi
from marketimpact.app import bundle as rooms
from marketimpact.app import publish
from marketimpact.app.bundle import Bundle, bundle_bytes, read_bundle, write_bundle
from marketimpact.app.bundle_tables import Form
from marketimpact.app.outputs import json_text
from marketimpact.ledger import LedgerRow
from marketimpact.market.closures import Closure
from marketimpact.market.quotes import Quotes
from marketimpact.market.snapshots import Snapshot
from tests.app.bundles import BUNDLES, CLASSES, PRICES

BOTH = [
    "csv",
    pytest.param(
        "parquet", marks=pytest.mark.skipif(find_spec("pyarrow") is None, reason="needs the extra parquet")
    ),
]


def again(bundle: Bundle, form: Form) -> Bundle:
    with TemporaryDirectory() as folder:
        for name, content in bundle_bytes(bundle, form).items():
            (Path(folder) / name).write_bytes(content)
        return read_bundle(folder)


def bits(panel: mi.Panel) -> list[tuple[bytes, bytes]]:
    """Sessions and levels, bit by bit: -0.0 is not 0.0 here."""
    return [(one.sessions.tobytes(), one.levels.tobytes()) for one in panel.quotes]


def columns(found: mi.EventSet) -> dict[str, list[Any]]:
    arrays = {"id": found.ids, "start": found.start, "end": found.end, **found.columns}
    return {
        name: [None if cell != cell else cell for cell in array.tolist()] for name, array in arrays.items()
    }


def test_every_field_of_an_instrument_and_of_provenance_is_drawn() -> None:
    for make, kwargs in CLASSES.items():
        assert {field.name for field in fields(make)} - {"_"} == set(kwargs)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(BUNDLES)
@pytest.mark.parametrize("form", BOTH)
def test_random_panels_and_events_are_read_back_equal_by_value(form: Form, bundle: Bundle) -> None:
    found = again(bundle, form)
    assert found == bundle
    for one, other in zip(
        (bundle.panel, *bundle.numbers.values()), (found.panel, *found.numbers.values()), strict=True
    ):
        assert bits(one) == bits(other)
        assert one.ledger == other.ledger
        assert one.stamp == other.stamp
    for one, other in ((bundle.events, found.events), (bundle.confounders, found.confounders)):
        if one is not None and other is not None:
            assert columns(one) == columns(other)
            assert list(one) == list(other)
            assert one.rejected == other.rejected


@given(st.lists(PRICES, min_size=1, max_size=50))
@pytest.mark.parametrize("form", BOTH)
def test_every_float_comes_back_bit_by_bit(form: Form, levels: list[float]) -> None:
    days = np.datetime64("1900-01-01") + np.arange(len(levels))
    panel = mi.Panel((mi.Factor("x"),), (Quotes(days, np.array(levels), mi.Provenance("mine")),))
    assert bits(again(Bundle(panel), form).panel) == bits(panel)


# one bundle, looked at from all sides

BOND = mi.SovereignBond(
    "=KZ 2045",
    quoted="clean price",
    issuer="KZ",
    coupon=6.5,
    maturity=date(2045, 7, 21),
    frequency=2,
    day_count="30/360",
    snapshot=Snapshot("16:30", "Europe/London", (("2022-03-02", "14:10"),)),
    closures=(Closure("2022-01-06", "2022-01-11", reason="unrest"),),
)


def small() -> mi.Panel:
    days = pd.to_datetime(["2022-01-04", "2022-01-05", "2022-01-12"])
    return mi.Panel.from_frame(
        pd.Series([99.1, 0.1 + 0.2, 95.0], index=days),
        instruments=BOND,
        provenance=mi.Provenance("=made up", kind="reconstruction", note="-1 sentence"),
    )


NEWS = mi.Event("@news", announced_at="2022-01-05 after close", zone="Asia/Almaty", title="=HYPERLINK(1)")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_bundle(tmp_path / "deep" / "bundle", small(), NEWS, confounders=[NEWS])


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def reseal(folder: Path) -> None:
    """Write the hash of a manifest that was changed on purpose."""
    digest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    (folder / "manifest.sha256").write_text(f"{digest}  manifest.json\n", encoding="utf-8")


def test_the_tables_hold_dates_and_numbers_alone(folder: Path) -> None:
    assert (folder / "series_1.csv").read_text() == (
        "session,level\n2022-01-04,99.1\n2022-01-05,0.30000000000000004\n2022-01-12,95.0\n"
    )
    assert sorted(contents(folder)) == [
        "confounders.json", "events.json", "manifest.json", "manifest.sha256", "series_1.csv",
    ]  # fmt: skip


def test_an_outsider_can_check_the_hashes(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for name, said in manifest["files"].items():
        content = (folder / name).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (said["sha256"], said["bytes"])
    digest = hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    assert (folder / "manifest.sha256").read_text() == f"{digest}  manifest.json\n"
    assert manifest["versions"]["numpy"] == np.__version__
    assert manifest["panel"]["series"][0]["instrument"]["snapshot"]["later"] == [["2022-03-02", "14:10"]]


def test_a_reconstruction_is_still_stamped(folder: Path) -> None:
    assert read_bundle(folder).panel.stamp == "RECONSTRUCTION"


def test_text_that_is_no_text_is_read_back_too() -> None:
    panel = small()
    odd = mi.Panel(panel.instruments, (replace(panel.quotes[0], notes=("\ud83d half",)),))
    assert again(Bundle(odd), "csv").panel == odd


@pytest.mark.parametrize("form", BOTH)
def test_the_same_data_give_the_same_bytes(form: Form) -> None:
    bundle = Bundle(small(), mi.EventSet.from_events([NEWS]))
    assert bundle_bytes(bundle, form) == bundle_bytes(bundle, form) == bundle_bytes(again(bundle, form), form)


@pytest.mark.parametrize("form", BOTH)
def test_any_changed_byte_of_any_file_is_named(form: Form, tmp_path: Path) -> None:
    folder = write_bundle(tmp_path / "b", small(), NEWS, form=form)
    for name, content in contents(folder).items():
        named = "manifest.json" if name == "manifest.sha256" else name
        for at in (0, len(content) // 2, len(content) - 1):
            changed = bytearray(content)
            changed[at] ^= 1
            (folder / name).write_bytes(changed)
            if (
                name == "manifest.sha256" and at == len(content) - 1
            ):  # what ends the line is no part of the hash
                continue
            with pytest.raises(mi.errors.DataError, match=f"^{named}: was changed after"):
                read_bundle(folder)
        (folder / name).write_bytes(content)
    read_bundle(folder)


@pytest.mark.parametrize("name", ["series_1.csv", "events.json", "confounders.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(mi.errors.DataError, match=f"^{name}: is missing from the bundle"):
        read_bundle(folder)


@pytest.mark.parametrize("name", ["manifest.json", "manifest.sha256"])
def test_a_folder_without_manifest_or_seal_is_no_bundle(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(mi.errors.InputError, match=f"is no bundle: it has no {name}"):
        read_bundle(folder)


@pytest.mark.parametrize("name", ["more.csv", ".hidden", "series_2.csv"])
def test_an_additional_file_or_folder_is_named(folder: Path, name: str) -> None:
    (folder / name).mkdir()
    with pytest.raises(mi.errors.DataError, match=f"^{re.escape(name)}: was not written with the bundle"):
        read_bundle(folder)


def test_no_folder_at_all(tmp_path: Path) -> None:
    for path in (tmp_path / "none", "a\0b"):
        with pytest.raises(mi.errors.InputError, match="folder: cannot be read"):
            read_bundle(path)


def test_another_schema_is_refused(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"schema": 1', '"schema": 2'), encoding="utf-8")
    reseal(folder)
    with pytest.raises(mi.errors.DataError, match=r"has another form .* received '2'; allowed: 1"):
        read_bundle(folder)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)


def places(content: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = (
        content.items()
        if isinstance(content, dict)
        else enumerate(content)
        if isinstance(content, list)
        else ()
    )
    return [path, *(below for key, one in items for below in places(one, (*path, key)))]


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
@pytest.mark.parametrize("form", BOTH)
def test_whatever_a_manifest_says_the_errors_are_typed(form: Form, data: st.DataObject) -> None:
    """Also where somebody wrote the hashes anew."""
    files = bundle_bytes(
        Bundle(small(), mi.EventSet.from_events([NEWS], rejected=[LedgerRow("a", "b")])), form
    )
    name = data.draw(st.sampled_from(["manifest.json", "events.json"]))
    content = json.loads(files[name])
    path = data.draw(st.sampled_from(places(content)))
    if path:
        holder = content
        for key in path[:-1]:
            holder = holder[key]
        if data.draw(st.booleans()):
            del holder[path[-1]]
        else:
            holder[path[-1]] = data.draw(JSON)
    else:
        content = data.draw(JSON)
    manifest = json.loads(files["manifest.json"])
    files[name] = json.dumps(content).encode()
    if name != "manifest.json":
        manifest["files"][name]["sha256"] = hashlib.sha256(files[name]).hexdigest()
        files["manifest.json"] = json.dumps(manifest).encode()
    with TemporaryDirectory() as home:
        for one, written in files.items():
            (Path(home) / one).write_bytes(written)
        reseal(Path(home))
        with suppress(mi.errors.MarketImpactError):
            read_bundle(home)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "session,level",
        "level,session\n1.0,2022-01-04\n",
        "session,level\ntoday,1.0\n",
        "session,level\n2022-01,1.0\n",
        "session,level\n2022-01-04\n",
        "session,level\n2022-01-04,x\n",
        "session,level\n2022-01-04,1.0,1\n",
        "\xff",
    ],
)
def test_a_table_of_another_form_is_a_typed_error_even_when_its_hash_is_right(
    folder: Path, text: str
) -> None:
    (folder / "series_1.csv").write_bytes(text.encode("latin-1"))
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"]["series_1.csv"]["sha256"] = hashlib.sha256(text.encode("latin-1")).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    reseal(folder)
    with pytest.raises(mi.errors.DataError, match=r"^series_1\.csv: is not what a bundle holds"):
        read_bundle(folder)


# writing


def test_a_bundle_replaces_a_bundle_whole(folder: Path) -> None:
    write_bundle(folder, small())
    assert sorted(contents(folder)) == ["manifest.json", "manifest.sha256", "series_1.csv"]
    assert read_bundle(folder).events is None
    assert [path.name for path in folder.parent.iterdir()] == ["bundle"]


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years", encoding="utf-8")
    with pytest.raises(mi.errors.InputError, match="would replace what is no bundle"):
        write_bundle(tmp_path / "mine", small())
    assert contents(tmp_path) == {"mine/thesis.txt": b"years"}


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    assert read_bundle(write_bundle(tmp_path / "b", small())).panel == small()


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("fails_at", [0, 1])
def test_a_bundle_that_fails_leaves_the_old_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, fails_at: int
) -> None:
    before, moves, replace_ = contents(folder.parent), iter(range(9)), os.replace

    def failing(*places: Path) -> None:
        if next(moves) == fails_at:
            raise error
        replace_(*places)

    monkeypatch.setattr(publish.os, "replace", failing)
    with pytest.raises((mi.errors.InputError, KeyboardInterrupt), match=r"cannot be written \(No space|^$"):
        write_bundle(folder, small())
    assert contents(folder.parent) == before


@pytest.mark.parametrize("value", [nan, inf, -inf, object(), [1, (2, object())], b"x"])
def test_what_could_not_be_read_back_is_not_written(tmp_path: Path, value: object) -> None:
    panel = small()
    odd = replace(panel.quotes[0], provenance=mi.Provenance("mine", unit=value))  # type: ignore[arg-type]
    with pytest.raises(mi.errors.InputError, match=r"Provenance\.unit: cannot stand in a bundle"):
        write_bundle(tmp_path / "b", mi.Panel(panel.instruments, (odd,)))
    assert list(tmp_path.iterdir()) == []


def test_an_instrument_of_the_users_own_class_is_refused(tmp_path: Path) -> None:
    class Mine(mi.Factor):
        pass

    panel = mi.Panel((Mine("x"),), small().quotes)
    with pytest.raises(mi.errors.InputError, match="x: is an instrument of another class"):
        write_bundle(tmp_path / "b", panel)


def test_an_unknown_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(mi.errors.InputError, match="form: is not a form of bundle; received 'pickle'"):
        write_bundle(tmp_path / "b", small(), form="pickle")  # type: ignore[arg-type]


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(mi.errors.MissingExtraError, match=r"pip install 'marketimpact\[parquet\]'"):
        write_bundle(tmp_path / "b", small(), form="parquet")
    assert list(tmp_path.iterdir()) == []


def test_other_versions_are_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_bundle(folder).other_versions == ()
    now: Callable[[str], str] = rooms.version
    monkeypatch.setattr(rooms, "version", lambda name: "9.9" if name == "numpy" else now(name))
    assert read_bundle(folder).other_versions == (f"numpy {np.__version__} (now 9.9)",)


def test_a_study_in_python_runs_again_on_what_it_wrote(tmp_path: Path) -> None:
    panel = mi.fetch(["ecb:EUR/RUB", "ecb:EUR/ZAR"], start="2021-06-01", end="2022-03-31")
    news = mi.datasets.load_events("ruble_2022")
    others = mi.datasets.load_events("confounders_2022")
    study = mi.EventStudy(mi.MarketModel("EUR/ZAR"), mi.Timeline(event=(-5, 3)))
    found = study.run(panel, news, pairs="all", confounders=others)
    write_bundle(tmp_path / "b", panel, news, confounders=others)
    bundle = read_bundle(tmp_path / "b")
    assert bundle.events is not None
    rerun = study.run(bundle.panel, bundle.events, pairs="all", confounders=bundle.confounders)
    assert rerun == found
    assert json_text(rerun) == json_text(found)
    assert rerun.ledger.to_csv() == found.ledger.to_csv()
