"""Ids, numbers and text: rows 52 to 63 of the list of bad inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from input_files import codes, fates, notes, only, square, write_csv, write_geojson, write_layer

from gridpart.errors import InputError
from gridpart.inputs import read_equipment, read_outlets, read_staff, read_units
from gridpart.inputs._log import ReadLog
from gridpart.inputs._raw import object_array
from gridpart.inputs._values import ruled_column
from gridpart.tables import contract

TRIANGLE = {"type": "Polygon", "coordinates": [[[116, 40], [117, 40], [117, 41], [116, 40]]]}


def units_csv(folder: Path, *rows: str, header: str = "unit_id,wkt,population,name") -> Path:
    return write_csv(folder, header, *rows, name="units.csv")


def unit(identity: str, population: str = "1", name: str = "村", *, place: int = 0) -> str:
    return f'{identity},"{square(place * 100).wkt}",{population},{name}'


def write_xlsx(folder: Path, *rows: list[Any], formats: dict[str, str] | None = None) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    for cell, number_format in (formats or {}).items():
        sheet[cell].number_format = number_format
    path = folder / "table.xlsx"
    book.save(path)
    return path


def test_bad_input_52_zeros_in_front_survive_in_text_files(tmp_path: Path) -> None:
    path = units_csv(tmp_path, unit("010108000001"), unit(""), unit("007", place=2))
    table, report = read_units(path, crs="EPSG:32650")
    assert table["unit_id"].tolist() == ["010108000001", "007"]
    assert codes(report.rejected) == [(2, "unit_id", "blank")]


def test_bad_input_52_excel_text_and_numbers_shown_with_zeros(tmp_path: Path) -> None:
    header = ["outlet_id", "bank", "lon", "lat"]
    path = write_xlsx(
        tmp_path, header, ["007", "x", 114.1, 30.1], [7, "x", 114.2, 30.2], [110108000001, "x", 114.3, 30.3],
        formats={"A3": "000000"},
    )  # fmt: skip
    table, report = read_outlets(path)
    assert table["outlet_id"].tolist() == ["007", "000007", "110108000001"]
    assert "Column outlet_id holds numbers" in notes(report)


def test_bad_input_53_eighteen_digits_with_a_blank_beside_them(tmp_path: Path) -> None:
    long = [429005000000000123, None, 429005000000000125]
    path = write_layer(tmp_path, [square(0), square(100), square(200)], unit_id=pd.array(long, dtype="Int64"))
    table, report = read_units(path)
    assert table["unit_id"].tolist() == ["429005000000000123", "429005000000000125"]
    assert codes(report.rejected) == [(2, "unit_id", "blank")]


@pytest.mark.parametrize("suffix", [".shp", ".parquet"])
def test_bad_input_53_eighteen_digits_in_other_formats(tmp_path: Path, suffix: str) -> None:
    long = pd.array([429005000000000123, None], dtype="Int64")
    path = write_layer(tmp_path, [square(0), square(100)], unit_id=["a", "b"], code=long, name=f"layer{suffix}")
    table, _ = read_units(path, columns={"township_id": "code"})
    assert table["township_id"].tolist()[0] == "429005000000000123"
    assert table["township_id"].isna().tolist() == [False, True]


@pytest.mark.parametrize("text", ["1.10108E+11", "1.1E+11", "4.29005E+17"])
def test_bad_input_54_ids_that_lost_digits_in_excel(tmp_path: Path, text: str) -> None:
    table, report = read_units(units_csv(tmp_path, unit(text), unit("110108000002", place=2)), crs="EPSG:32650")
    assert len(table) == 1
    assert codes(report.rejected) == [(1, "unit_id", "digits_lost")]
    assert only(report.rejected).reason == "the id lost digits in Excel."


def test_bad_input_54_long_numbers_in_a_workbook(tmp_path: Path) -> None:
    header = ["staff_id", "role"]
    path = write_xlsx(tmp_path, header, [429005000000000123, "网格员"], [1.2e11, "网格长"], [12.5, "网格员"])
    table, report = read_staff(path)
    assert codes(report.rejected) == [(1, "staff_id", "digits_lost"), (3, "staff_id", "not_an_id")]
    assert table[["staff_id", "role"]].to_numpy().tolist() == [["120000000000", "manager"]]


def test_ids_that_a_spreadsheet_wrote_with_decimals(tmp_path: Path) -> None:
    table, report = read_units(units_csv(tmp_path, unit("110108000001.0")), crs="EPSG:32650")
    assert table["unit_id"].tolist() == ["110108000001"]
    assert codes(report.repaired) == [(1, "unit_id", "id_with_decimals")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-5", "negative"),
        ("约500", "not_a_number"),
        ("1e12", "too_large"),
        ("12.5", "not_whole"),
        ("NaN", "not_a_number"),
        ("99999999999999999999999", "too_large"),
    ],
)
def test_bad_input_55_figures_that_cannot_be(tmp_path: Path, text: str, code: str) -> None:
    _, report = read_units(units_csv(tmp_path, unit("a", text), unit("b", place=2)), crs="EPSG:32650")
    assert codes(report.rejected) == [(1, "population", code)]
    assert only(report.rejected).value is not None


@pytest.mark.parametrize(("text", "number"), [('"1,234"', 1234), ("１２３４", 1234), ('"1,234,567"', 1234567)])
def test_bad_input_55_separators_are_read_and_told(tmp_path: Path, text: str, number: int) -> None:
    table, report = read_units(units_csv(tmp_path, unit("a", text)), crs="EPSG:32650")
    assert table["population"].tolist() == [number]
    assert codes(report.repaired) == [(1, "population", "number_read")]


def test_bad_input_55_blank_is_not_zero(tmp_path: Path) -> None:
    path = units_csv(tmp_path, unit("a", ""), unit("b", "0", place=2), unit("c", "7", place=4))
    table, report = read_units(path, crs="EPSG:32650")
    assert table["population"].isna().tolist() == [True, False, False]
    assert table["population"].dtype == "Int64"
    assert "Column population is blank in 1 of 3 rows" in notes(report)


def test_bad_input_56_integers_beyond_64_bits(tmp_path: Path) -> None:
    path = write_geojson(tmp_path, TRIANGLE, population=[2**64], code=[2**70])
    table, report = read_units(path)
    assert codes(report.rejected) == [(1, "population", "too_large")]
    path = write_geojson(tmp_path, TRIANGLE, population=[5], code=[2**70])
    table, _ = read_units(path)
    assert table["code"].tolist() == [str(2**70)]
    assert table["population"].dtype == np.int64


def test_bad_input_57_names_that_look_like_nothing(tmp_path: Path) -> None:
    names = ["NA", "null", "None", "NaN", "N/A"]
    path = units_csv(tmp_path, *(unit(f"u{i}", "1", name, place=2 * i) for i, name in enumerate(names)))
    table, report = read_units(path, crs="EPSG:32650")
    assert table["name"].tolist() == names
    assert fates(report) == (5, 0, 0)


def test_bad_input_58_missing_group_keys_are_counted(tmp_path: Path) -> None:
    header = "unit_id,wkt,population,name,township_id"
    rows = [unit(f"u{i}", place=2 * i) + "," + ("" if i == 2 else "420506001") for i in range(6)]
    table, report = read_units(units_csv(tmp_path, *rows, header=header), crs="EPSG:32650")
    assert len(table) == 6
    assert "Column township_id is blank in 1 of 6 rows" in notes(report)


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\ud800"])
def test_bad_input_59_60_characters_no_file_can_hold(tmp_path: Path, bad: str) -> None:
    path = write_geojson(tmp_path, TRIANGLE, name=[f"甲{bad}村"], remark=[f"x{bad}y"])
    table, report = read_units(path)
    assert table["name"].tolist() == ["甲村"]
    assert table["remark"].tolist() == ["xy"]
    assert codes(report.repaired) == [(1, "name", "cleaned"), (1, "remark", "cleaned")]
    assert only(report.repaired).issues[0].before == f"甲{bad}村"
    table.to_file(tmp_path / "again.gpkg")


def test_bad_input_61_unusual_text_is_kept_shown_escaped_and_look_alikes_flagged(tmp_path: Path) -> None:
    names = ["𠮷野\n村", "甲\u202e乙", "甲乙", "甲\u200b乙", "😀"]
    path = write_geojson(tmp_path, *[TRIANGLE] * 5, name=names)
    table, report = read_units(path)
    assert table["name"].tolist() == names
    assert "\\u202e" in notes(report)
    assert '"甲乙"' in notes(report)
    assert "\u202e" not in report.summary()
    assert "\u202e" not in report.to_html()


def test_bad_input_62_long_text(tmp_path: Path) -> None:
    long = "字" * 40_000
    table, _ = read_units(units_csv(tmp_path, unit("a", name=long)), crs="EPSG:32650")
    assert table["name"].str.len().tolist() == [40_000]


def test_bad_input_62_shapefiles_that_cut_text(tmp_path: Path) -> None:
    path = write_layer(tmp_path, [square()], name="layer.shp", unit_id=["a"], remark=["x" * 254])
    _, report = read_units(path)
    assert "Column remark: 1 texts fill the 254 bytes" in notes(report)


def test_bad_input_63_ragged_rows_name_their_line(tmp_path: Path) -> None:
    rows = ["B1,x,114.1,30.1", "B2,x,114.2", "B3,x,y,114.3,30.3", "", "B4,x,114.4,30.4,"]
    table, report = read_outlets(write_csv(tmp_path, "outlet_id,bank,lon,lat", *rows))
    assert table["outlet_id"].tolist() == ["B1", "B4"]
    assert [(record.row, record.line, record.issues[0].code) for record in report.rejected] == [
        (2, 3, "ragged_row"),
        (3, 4, "ragged_row"),
    ]
    assert report.rejected[1].reason == "the row has 5 cells, the header 4."


def test_bad_input_63_header_twice_or_missing(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "outlet_id,bank,lon,lat,bank", "B1,x,114.1,30.1,y")
    with pytest.raises(InputError, match=r"line 1 names a column twice: 'bank' in columns 2, 5"):
        read_outlets(path)
    with pytest.raises(InputError, match=r"line 1 looks like data .*the header is missing"):
        read_outlets(write_csv(tmp_path, "B1,x,114.1,30.1", "B2,x,114.2,30.2"))


def test_bad_input_63_titles_above_and_totals_below(tmp_path: Path) -> None:
    rows = ["2026年网点表,,,", "网点编号,银行,经度,纬度", "B1,x,114.1,30.1", "合计,,,1"]
    table, report = read_outlets(write_csv(tmp_path, *rows))
    assert table["outlet_id"].tolist() == ["B1"]
    assert only(report.rejected).line == 4
    assert report.rejected[0].issues[0].code == "total_row"
    assert "1 lines above the header were skipped: 2026年网点表" in notes(report)


def test_bad_input_63_a_quote_never_closed_names_its_line(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "outlet_id,bank,lon,lat", "B1,x,114.1,30.1", 'B2,"x,114.2,30.2')
    with pytest.raises(InputError, match=r"row that starts in line 3 cannot be read: a quote opened there"):
        read_outlets(path)


def test_codes_dates_and_flags_in_chinese(tmp_path: Path) -> None:
    header = "设备编号,银行,设备类型,状态,经度,纬度"
    rows = ["E1,x,POS机,在用,114.1,30.1", "E2,x,转账电话,停用,114.2,30.2", "E3,x,咖啡机,在用,114.3,30.3"]
    table, report = read_equipment(write_csv(tmp_path, header, *rows))
    assert table[["kind", "status"]].to_numpy().tolist() == [["pos", "active"], ["transfer_phone", "closed"]]
    assert codes(report.rejected) == [(3, "kind", "unknown_code")]
    assert "self_service_terminal" in only(report.rejected).remedy
    assert '"POS机" → pos (1)' in notes(report)


@pytest.mark.parametrize("text", ["2026-11-24", "2026/11/24", "20261124", "2026年11月24日", "2026-11-24 08:00"])
def test_dates(tmp_path: Path, text: str) -> None:
    path = write_csv(tmp_path, "outlet_id,bank,lon,lat,开业日期", f"B1,x,114.1,30.1,{text}", "B2,x,114.2,30.1,24 Nov")
    table, report = read_outlets(path)
    assert table["valid_from"].dt.strftime("%Y-%m-%d").tolist() == ["2026-11-24"]
    assert codes(report.rejected) == [(2, "valid_from", "not_a_date")]


def test_unknown_kind_of_outlet_is_blanked_and_told(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "outlet_id,bank,lon,lat,kind", "B1,x,114.1,30.1,Brick and Mortar")
    table, report = read_outlets(path)
    assert table["kind"].isna().all()
    assert only(report.repaired).before == "Brick and Mortar"


def test_staff_have_names_but_no_identity_cards(tmp_path: Path) -> None:
    header = "工号,姓名,职务,用工类型,身份证号,联系电话"
    table, report = read_staff(write_csv(tmp_path, header, "007,张三,网格员,专职,x,y"))
    assert table.to_dict("records") == [
        {"staff_id": "007", "name": "张三", "role": "officer", "employment_type": "full_time"}
    ]
    assert "身份证号, 联系电话" in notes(report)
    assert report.crs == "none"


def test_flags_in_either_language() -> None:
    rule = contract("roads").rule("oneway")
    assert rule is not None

    log = ReadLog(4)
    values = ruled_column(object_array(["是", "no", True, "maybe"]), rule, kind="roads", log=log)
    assert values.tolist() == [True, False, True, None]
    assert list(log.rejected) == [3]
