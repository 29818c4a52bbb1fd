"""The command `inspect`: what it prints, which columns it reads, and how it ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import marketimpact as mi
from marketimpact.app.inspect_file import FileForm, findings_of_file, panel_of_file
from marketimpact.cli import main
from marketimpact.sources.files import Layout
from tests.app.conftest import RUBLE, Write

Captured = pytest.CaptureFixture[str]


def series(path: Path, *, first: str = "date", sep: str = ",", n: int = 120, shift: float = 0.0) -> Path:
    """Write a CSV: a name, a date, a price with a frozen run, and a rate that may be negative."""
    rng = np.random.default_rng(1)
    days = np.busday_offset("2022-01-03", np.arange(n))
    price = 100.0 + np.cumsum(rng.normal(size=n))
    price[50:62] = price[50]
    rate = 4.0 + 0.05 * np.cumsum(rng.normal(size=n)) + shift
    rows = [f"KZ{sep}{d}{sep}{p:.4f}{sep}{r:.4f}" for d, p, r in zip(days, price, rate, strict=True)]
    path.write_text("\n".join([sep.join(["name", first, "price", "rate"]), *rows]), encoding="utf-8")
    return path


def test_a_csv_is_inspected_column_by_column(tmp_path: Path, capsys: Captured) -> None:
    assert main(["inspect", str(series(tmp_path / "a.csv"))]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == "price: 120 quotes, 2022-01-03 to 2022-06-17"
    assert lines[1].startswith("  frozen run: 12 quotes at ")
    assert " from 2022-03-14 to 2022-03-29; " in lines[1]
    assert lines[2:] == ["rate: 120 quotes, 2022-01-03 to 2022-06-17: nothing found"]
    assert err == ""


def test_value_names_the_columns(tmp_path: Path, capsys: Captured) -> None:
    path = str(series(tmp_path / "a.csv"))
    assert main(["inspect", path, "--value", "rate"]) == 0
    assert capsys.readouterr().out == "rate: 120 quotes, 2022-01-03 to 2022-06-17: nothing found\n"
    assert main(["inspect", path, "--value", "rate", "--value", "price"]) == 0
    assert capsys.readouterr().out.startswith("rate: ")


def test_negative_values_ask_for_yield(tmp_path: Path, capsys: Captured) -> None:
    path = str(series(tmp_path / "a.csv", shift=-4.0))
    assert main(["inspect", path]) == 2
    err = capsys.readouterr().err
    assert err.startswith("marketimpact: rate: a.csv, row ")
    assert "--yield for yields in percent" in err
    assert main(["inspect", path, "--yield"]) == 0


def test_a_yield_moves_in_bp_and_a_price_in_logs(tmp_path: Path) -> None:
    path = series(tmp_path / "a.csv")
    kinds = [panel_of_file(path, FileForm(as_yield=one)).instruments[0].move_kind() for one in (False, True)]
    assert [kind.unit for kind in kinds] == ["log", "bp"]


def test_form_and_calendar_are_options(tmp_path: Path, capsys: Captured) -> None:
    pytest.importorskip("exchange_calendars", reason="named calendars come with an extra")
    path = tmp_path / "a.csv"
    path.write_text("Tag;Kurs\n14.01.2022;4,20\n18.01.2022;4,53\n20.01.2022;4,6\n", encoding="utf-8")
    form = ["--delimiter", ";", "--decimal", ",", "--date-format", "%d.%m.%Y"]
    assert main(["inspect", str(path), *form]) == 0
    assert "2 (holidays or holes: name a calendar to tell): 2022-01-17, 2022-01-19" in capsys.readouterr().out
    assert main(["inspect", str(path), *form, "--calendar", "XNYS"]) == 0
    assert "  holes: 1 session of XNYS without a quote: 2022-01-19\n" in capsys.readouterr().out
    layout = Layout(";", ",", "%d.%m.%Y")
    assert panel_of_file(path, FileForm(layout=layout))["Kurs"].tolist() == [4.2, 4.53, 4.6]


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (
            "day,x\n04.01.2022,1\n",
            [],
            "column 'day': is 4 January 2022 or 1 April 2022: no row tells day from month",
        ),
        ("day,x\ntoday,1\n", [], r"--date: a\.csv has no column of dates, like 2022-01-05"),
        ("day,x\n2022-01-04,one\n", [], r"--value: a\.csv has no column of numbers beside 'day'"),
        ("day,x\n2022-01-04,1\n", ["--value", "y"], "--value: a.csv has no such column; received 'y'"),
        ("day,x\n2022-01-04,1\n", ["--date", "y"], "--date: a.csv has no such column; received 'y'"),
        ("day,x\n2022-01-04,1\n", ["--calendar", "NOWHERE"], "calendar: is not a calendar"),
        ("day,x\n2022-01-04,1\n2022-01-04,2\n", [], "carry one date, 2022-01-04"),
        ("day,x\n", [], "has a header and no rows"),
    ],
)
def test_bad_input_ends_with_2(
    tmp_path: Path, capsys: Captured, text: str, options: list[str], said: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    assert main(["inspect", str(path), *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said.replace("\\", "") in err


def test_a_file_that_is_not_there_is_bad_input(tmp_path: Path, capsys: Captured) -> None:
    assert main(["inspect", str(tmp_path / "none.csv")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_columns_of_text_and_empty_ones_are_no_series(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("isin,day,x,empty,y\nKZ,2022-01-04,1,,\nKZ,2022-01-05,2,NA,3\n", encoding="utf-8")
    assert panel_of_file(path).ids == ("x", "y")


BAD = "day,x,y\n" + "".join(f"2022-01-{d:02},{d},{d}\n" for d in range(3, 8)) + "2022-01-10,9,#N/A\n"


def test_a_column_with_a_bad_cell_is_named_and_the_others_are_read(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "a.csv"
    path.write_text(BAD, encoding="utf-8")
    note = "column 'y' is not read: row 7 holds '#N/A'; empty the cell to have the column read"
    assert findings_of_file(path).notes == (note,)
    assert main(["inspect", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("x: 6 quotes")
    assert lines[-1] == f"note: {note}"


def test_a_bad_cell_in_the_only_column_is_an_error(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "\n".join(",".join(np.array(row.split(","))[[0, 2]]) for row in BAD.split()), encoding="utf-8"
    )
    assert main(["inspect", str(path)]) == 2
    assert "a.csv, row 7, column 'y': is not a number; received '#N/A'" in capsys.readouterr().err


def test_a_column_without_a_name_is_an_index(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",day,x\n0,2022-01-04,1\n1,2022-01-05,2\n", encoding="utf-8")
    findings = findings_of_file(path)
    assert [name for name, _ in findings.looked_at] == ["x"]
    assert findings.notes == (
        "a column without a name is not read: an index, as a rule; name it to have it read",
    )
    path.write_text(",x\n2022-01-04,1\n2022-01-05,2\n", encoding="utf-8")
    assert findings_of_file(path).notes == (), "dates may stand without a name"
    path.write_text("day,x,\n2022-01-04,a,\n2022-01-05,b,\n", encoding="utf-8")
    with pytest.raises(mi.DataError, match="has no column of numbers beside 'day'"):
        findings_of_file(path)


# A study file


def test_the_series_of_a_study_file_are_inspected(write: Write, capsys: Captured) -> None:
    path = write(RUBLE + '[[series]]\nsource = "ecb:EUR/ZAR"\nstart = 2021-06-01\n')
    assert main(["inspect", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "EUR/RUB: 196 quotes, 2021-06-01 to 2022-03-01"
    assert any(line.startswith("EUR/ZAR: ") for line in lines)


def test_a_study_file_says_itself_how_series_are_read(write: Write, capsys: Captured) -> None:
    assert main(["inspect", str(write()), "--yield"]) == 2
    assert "a study file says itself how its series are read" in capsys.readouterr().err


def test_a_bad_study_file_is_bad_input(write: Write) -> None:
    with pytest.raises(mi.InputError, match="events: is missing"):
        panel_of_file(write("[study]\n"))


def test_the_real_curve_as_a_user_would(shared: Path, capsys: Captured) -> None:
    path = str(shared / "data" / "us_treasury_par_curve.csv")
    assert main(["inspect", path]) == 2, "rates of nought have no logarithm"
    assert "--yield" in capsys.readouterr().err
    assert main(["inspect", path, "--yield"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "all 10 series"
    assert lines[-1] == "30yr: 3502 quotes, 2010-01-04 to 2023-12-29: nothing else found"
    assert len(lines) < 30
