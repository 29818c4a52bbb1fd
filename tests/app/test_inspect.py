"""The command `inspect`: what it prints, which columns it reads, and how it ends."""

from __future__ import annotations

from datetime import date
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


def test_a_number_among_words_makes_no_column_of_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("day,x,word\n2022-01-04,1,2045\n2022-01-05,2,KZ\n2022-01-06,3,TR\n", encoding="utf-8")
    assert findings_of_file(path).notes == ()


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


# Known layouts

INVESTING = (
    '"Date","Price","Open","High","Low","Vol.","Change %"\n'
    '"01/13/2022","1,234.50","1","1","1","1.2M","0.4%"\n"01/14/2022","987.25","1","1","1","-","-0.2%"\n'
)


def test_a_known_layout_is_recognised_and_its_own_column_read(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "a.csv"
    path.write_text(INVESTING, encoding="utf-8")
    assert main(["inspect", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines == [
        "Price: 2 quotes, 2022-01-13 to 2022-01-14",
        "  on loading: read as an investing.com-style table: dates %m/%d/%Y from 'Date' (row 2, '01/13/2022', allows no"
        " other order)",
    ]
    assert panel_of_file(path)["Price"].tolist() == [1234.5, 987.25]


def test_a_layout_without_a_column_of_its_own_gives_every_column_of_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "observation_date,DGS2,DGS10\n2022-01-14,.,1.78\n2022-01-18,1.06,1.87\n", encoding="utf-8"
    )
    assert panel_of_file(path).ids == ("DGS2", "DGS10")
    path.write_text(
        "ISIN,Maturity,Days Until,Currency,Buy,Buy Rate\nUS900123CG37,17.02.2045,8444,USD,90.1,7.5\n",
        encoding="utf-8",
    )
    panel = panel_of_file(path)
    assert panel.ids == ("Buy", "Buy Rate")
    assert panel.quotes[0].sessions.astype(str).tolist() == ["2022-01-05"]


def test_what_to_set_is_said_as_an_option(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "a.csv"
    path.write_text(INVESTING.replace("/13/", "/05/").replace("/14/", "/06/"), encoding="utf-8")
    assert main(["inspect", str(path)]) == 2
    said = capsys.readouterr().err
    assert "is 1 May 2022 or 5 January 2022: no row tells day from month; received '01/05/2022'" in said
    assert said.endswith("allowed: --date-format '%d/%m/%Y' or --date-format '%m/%d/%Y'\n")
    assert main(["inspect", str(path), "--date-format", "%m/%d/%Y"]) == 0
    path.write_text(INVESTING.replace("1,234.50", "1,234").replace("987.25", "987"), encoding="utf-8")
    capsys.readouterr()
    assert main(["inspect", str(path)]) == 2
    assert "allowed: --decimal '.' --thousands ',' or --decimal ','\n" in capsys.readouterr().err
    assert main(["inspect", str(path), "--decimal", ".", "--thousands", ","]) == 0


@pytest.mark.parametrize(("mark", "option"), [(";", "';'"), ("\t", "$'\\t'")])
def test_another_delimiter_is_an_option(tmp_path: Path, capsys: Captured, mark: str, option: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"date{mark}value\n2022-01-05{mark}1.5\n", encoding="utf-8")
    assert main(["inspect", str(path)]) == 2
    assert capsys.readouterr().err.endswith(f"the delimiter? --delimiter {option}\n")
    assert main(["inspect", str(path), "--delimiter", mark]) == 0


def test_rows_of_one_series_are_an_option(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "history\n\nBOARDID;TRADEDATE;SECID;CLOSE\nTQOB;2022-01-04;A;84.5\nPSOB;2022-01-04;A;84.1\n",
        encoding="utf-8",
    )
    assert main(["inspect", str(path)]) == 2
    assert "allowed: one of them: --only 'BOARDID=TQOB'\n" in capsys.readouterr().err
    assert main(["inspect", str(path), "--only", "BOARDID=TQOB"]) == 0
    assert capsys.readouterr().out.startswith("CLOSE: 1 quotes, 2022-01-04 to 2022-01-04\n")


def test_the_layout_may_be_named(tmp_path: Path, capsys: Captured) -> None:
    path = tmp_path / "a.csv"
    path.write_text(INVESTING, encoding="utf-8")
    assert main(["inspect", str(path), "--layout", "yahoo"]) == 2
    assert "layout: a.csv has not the header of this layout; received" in capsys.readouterr().err
    assert main(["inspect", str(path), "--layout", "bloomberg"]) == 2
    assert (
        "is not a known layout; received 'bloomberg'; allowed: 'days until', 'investing'"
        in capsys.readouterr().err
    )
    assert main(["inspect", str(path), "--layout", "plain", "--value", "Open"]) == 0
    assert capsys.readouterr().out.startswith("Open: 2 quotes")


def test_dates_of_any_form_are_found_where_the_rows_tell_the_order(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,Tag,x\nKZ,12.01.2022,1\nKZ,13.01.2022,2\n", encoding="utf-8")
    (quotes,) = panel_of_file(path).quotes
    assert quotes.sessions.astype(str).tolist() == ["2022-01-12", "2022-01-13"]
    assert quotes.notes == ("dates %d.%m.%Y from 'Tag' (row 3, '13.01.2022', allows no other order)",)


def test_a_workbook_is_inspected_like_a_csv(tmp_path: Path, capsys: Captured) -> None:
    openpyxl = pytest.importorskip("openpyxl", reason="workbooks need the extra 'excel'")
    book = openpyxl.Workbook()
    for row in (["day", "x"], [date(2022, 1, 4), 1], [date(2022, 1, 5), 2]):
        book.active.append(row)
    book.create_sheet("more").append(["day"])
    book.save(tmp_path / "a.xlsx")
    assert main(["inspect", str(tmp_path / "a.xlsx")]) == 2
    assert (
        "has several sheets; received ['Sheet', 'more']; allowed: one of them by name: --sheet 'Sheet'"
        in (capsys.readouterr().err)
    )
    assert main(["inspect", str(tmp_path / "a.xlsx"), "--sheet", "Sheet"]) == 0
    assert capsys.readouterr().out.startswith("x: 2 quotes, 2022-01-04 to 2022-01-05")


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
