"""Tables as CSV and XLSX: text comes back exactly and never runs, numbers stay numbers, bytes repeat."""

from __future__ import annotations

import math
import re
import zipfile
from datetime import date, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pandas as pd
import pytest

from gridpart.errors import InputError
from gridpart.tables import export, read_csv, write_csv, write_xlsx

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

HOSTILE = [
    "=1+1",
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\nx",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
    "'=1",
    "''",
    'a "quoted", text',
    "two\nlines",
    "https://example.org/",
    "<script>alert(1)</script>",
    "𠮷野家",
    "\u202egnp.exe",
    "_x0041_",
    "\x0bmark",
    "x" * 10_000,
    "",
    "007",
]


def texts() -> pd.DataFrame:
    return pd.DataFrame({"=id": [str(n) for n in range(len(HOSTILE))], "name": HOSTILE})


def test_csv_brings_every_text_back(tmp_path: Path) -> None:
    again = read_csv(write_csv(texts(), tmp_path / "t.csv"))
    assert again.columns.tolist() == ["=id", "name"]
    assert again["name"].tolist() == HOSTILE


def test_bad_input_76_no_cell_of_a_csv_can_run(tmp_path: Path) -> None:
    import csv

    with write_csv(texts(), tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝", "＋"))]
    assert rows[0][-1] == export.GUARDED_NOTE
    assert {len(row) for row in rows} == {3}


def test_bad_input_76_texts_of_a_workbook_are_texts(tmp_path: Path) -> None:
    path = write_xlsx({"names": texts()}, tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(path)["names"]
    cells = [sheet.cell(row, 2) for row in range(2, len(HOSTILE) + 2)]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert not [cell for cell in cells if cell.hyperlink]
    with zipfile.ZipFile(path) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
        texts_of = ET.fromstring(parts.read("xl/sharedStrings.xml")).iter(f"{{{MAIN}}}t")
        stored = [re.sub("_x([0-9A-F]{4})_", lambda code: chr(int(code[1], 16)), text.text or "") for text in texts_of]
    assert set(HOSTILE) <= {*stored, ""}


def test_numbers_dates_and_flags_keep_their_kind(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "count": [-3, 2],
            "share": [0.1, math.nan],
            "day": [pd.Timestamp("2025-03-01"), pd.NaT],
            "old": [date(1899, 1, 1), None],
            "at": [datetime(2025, 3, 1, 12, 30), None],  # noqa: DTZ001 - spreadsheets know no zones
            "active": [True, False],
            "id": [2**60, 1],
        }
    )
    row = next(openpyxl.load_workbook(write_xlsx({"t": table}, tmp_path / "t.xlsx"))["t"].iter_rows(min_row=2))
    assert [cell.value for cell in row] == [
        -3,
        0.1,
        datetime(2025, 3, 1),  # noqa: DTZ001
        "1899-01-01",
        datetime(2025, 3, 1, 12, 30),  # noqa: DTZ001
        True,
        str(2**60),
    ]
    lines = write_csv(table, tmp_path / "t.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[1] == f"-3,0.1,2025-03-01,1899-01-01,2025-03-01T12:30:00,true,{2**60}"
    assert lines[2] == "2,,,,,false,1"


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_same_table_same_bytes(tmp_path: Path, ending: str) -> None:
    for name in ("one", "two"):
        target = tmp_path / f"{name}.{ending}"
        write_csv(texts(), target) if ending == "csv" else write_xlsx({"t": texts()}, target)
    assert (tmp_path / f"one.{ending}").read_bytes() == (tmp_path / f"two.{ending}").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"one.{ending}", f"two.{ending}"]


def test_bad_input_77_long_tables_and_odd_titles_get_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MAX_SHEET_ROWS", 4)
    tables = {"海淀/朝阳[1]": pd.DataFrame({"n": range(7)}), "x" * 40: pd.DataFrame({"n": [1]}), "History": texts()[:1]}
    book = openpyxl.load_workbook(write_xlsx(tables, tmp_path / "t.xlsx"))
    assert book.sheetnames == ["index", "海淀_朝阳_1_", "海淀_朝阳_1_ 2", "海淀_朝阳_1_ 3", "x" * 31, "History 2"]
    index = [tuple(cell.value for cell in row[1:]) for row in book["index"].iter_rows(min_row=2)]
    long = [("海淀/朝阳[1]", rows) for rows in (3, 3, 1)]
    assert index == [*long, ("x" * 40, 1), ("History", 1)]
    assert [cell.value for sheet in book.sheetnames[1:4] for cell in book[sheet]["A"][1:]] == list(range(7))


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("x" * 32_768, "row 2, column 'name': a text of 32,768 letters"),
        ("half \ud800", "row 2, column 'name': .*lone surrogate"),
        ("a\0b", "row 2, column 'name': .*NUL"),
        (object(), "row 2, column 'name': a object cannot stand"),
    ],
)
def test_what_cannot_be_stored_is_named_and_leaves_no_file(tmp_path: Path, value: object, says: str) -> None:
    table = pd.DataFrame({"name": pd.Series(["fine", value], dtype=object)})
    with pytest.raises(InputError, match=says):
        write_xlsx({"t": table}, tmp_path / "t.xlsx")
    if not isinstance(value, str) or len(value) < 100:
        with pytest.raises(InputError, match=says):
            write_csv(table, tmp_path / "t.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_workbook_needs_a_table(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least one table"):
        write_xlsx({}, tmp_path / "t.xlsx")


def test_numbers_are_shown_as_people_read_them_and_sheets_fit_paper(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"area_m2": [356354981.430923, None], "rate": [0.24707830370245, 0.5], "year": [2025, 2026], "n": [140419, 3]}
    )
    sheet = openpyxl.load_workbook(write_xlsx({"t": table}, tmp_path / "t.xlsx"))["t"]
    assert [cell.number_format for cell in sheet[2]] == ["#,##0.0", "0.000", "General", "#,##0"]
    assert [cell.value for cell in sheet[2]] == [356354981.430923, 0.24707830370245, 2025, 140419]
    assert sheet.column_dimensions["A"].width < 20
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage) == (0, True)
    assert sheet.print_title_rows == "$1:$1"
