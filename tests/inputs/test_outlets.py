"""Points as banks send them: rows 1 to 21 of the list of bad inputs, as far as a reader meets them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from input_files import codes, fates, notes, only, write_csv, write_layer, write_outlets

from gridpart.errors import InputError
from gridpart.inputs import read_equipment, read_outlets
from gridpart.tables import RowsRefusedError

GOOD = "B1,ABC,one,114.30,30.60"


def test_bad_input_01_no_outlets_is_an_empty_table_and_a_note(tmp_path: Path) -> None:
    table, report = read_outlets(write_outlets(tmp_path))
    assert len(table) == 0
    assert list(table.columns) == ["outlet_id", "bank_id", "name", "geometry"]
    assert fates(report) == (0, 0, 0)
    assert "no rows" in notes(report)


@pytest.mark.parametrize("value", ["nan", "inf", "1e308", "-inf", "about 114"])
def test_bad_input_14_15_numbers_that_are_no_place_name_row_and_column(tmp_path: Path, value: str) -> None:
    table, report = read_outlets(write_outlets(tmp_path, GOOD, f"B2,ABC,two,{value},30.6"))
    assert table["outlet_id"].tolist() == ["B1"]
    record = only(report.rejected)
    assert (record.row, record.line, record.column, record.value) == (2, 3, "lon", value)
    assert "not a coordinate" in record.reason
    assert "decimal degrees" in record.remedy


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e308])
def test_bad_input_14_15_points_not_finite_in_a_layer(tmp_path: Path, value: float) -> None:
    points = [shapely.Point(1, 2), shapely.Point(value, 2)]
    path = write_layer(tmp_path, points, outlet_id=["a", "b"], bank_id=["x", "x"], name="points.parquet")
    table, report = read_outlets(path)
    assert table["outlet_id"].tolist() == ["a"]
    assert only(report.rejected).id == "b"
    assert codes(report.rejected)[0][2] in {"not_finite", "no_geometry"}


def test_bad_input_16_missing_and_empty_points_are_rejected_by_name(tmp_path: Path) -> None:
    points = [shapely.Point(1, 2), None, shapely.Point()]
    path = write_layer(tmp_path, points, outlet_id=["a", "b", "c"], bank_id=["x"] * 3)
    table, report = read_outlets(path)
    assert table["outlet_id"].tolist() == ["a"]
    assert codes(report.rejected) == [(2, "geometry", "no_geometry"), (3, "geometry", "no_geometry")]


def test_bad_input_16_blank_coordinates(tmp_path: Path) -> None:
    _, report = read_outlets(write_outlets(tmp_path, GOOD, "B2,ABC,two,,", "B3,ABC,three,114.3,"))
    assert codes(report.rejected) == [(2, "lon, lat", "no_coordinates"), (3, "lat", "no_coordinates")]


def test_bad_input_17_other_geometries_as_outlets(tmp_path: Path) -> None:
    shapes = ["POINT (1 2)", "MULTIPOINT ((3 4))", "MULTIPOINT ((3 4), (5 6))", "LINESTRING (0 0, 1 1)"]
    lines = [f'B{place},ABC,"{wkt}"' for place, wkt in enumerate([*shapes, "POLYGON ((0 0, 1 0, 1 1, 0 0))"])]
    table, report = read_outlets(write_csv(tmp_path, "outlet_id,bank_id,wkt", *lines), crs="EPSG:32650")
    assert table.geometry.to_wkt().tolist() == ["POINT (1 2)", "POINT (3 4)"]
    assert codes(report.repaired) == [(2, "geometry", "one_part")]
    assert codes(report.rejected) == [(row, "geometry", "wrong_shape") for row in (3, 4, 5)]
    assert "LineString; expected: Point" in report.rejected[1].reason


def test_bad_input_18_heights_and_measures_are_dropped_and_told(tmp_path: Path) -> None:
    lines = ['B1,ABC,"POINT Z (1.25 2.5 99)"', 'B2,ABC,"POINT M (3 4 7)"', 'B3,ABC,"POINT (5 6)"']
    table, report = read_outlets(write_csv(tmp_path, "outlet_id,bank_id,wkt", *lines), crs="EPSG:32650")
    assert not table.geometry.has_z.any()
    assert shapely.get_coordinates(table.geometry.array).tolist() == [[1.25, 2.5], [3.0, 4.0], [5.0, 6.0]]
    assert fates(report) == (3, 0, 0)
    assert "Z, M) of 2 rows were dropped" in notes(report)


def test_bad_input_19_many_rows_keep_their_lines(tmp_path: Path) -> None:
    rows = [f"B{i:06d},ABC,n{i},{114 + i * 1e-6:.6f},{30 + i * 1e-6:.6f}" for i in range(10_000)]
    table, report = read_outlets(write_outlets(tmp_path, *rows))
    assert len(table) == 10_000
    assert report.kept[9_999].line == 10_001


def test_bad_input_20_same_id_at_two_places_names_both_rows(tmp_path: Path) -> None:
    rows = [GOOD, "B2,ABC,two,114.4,30.6", "B1,ABC,one,114.5,30.6"]
    table, report = read_outlets(write_outlets(tmp_path, *rows))
    assert table["outlet_id"].tolist() == ["B2"]
    assert codes(report.rejected) == [(1, "outlet_id", "same_id"), (3, "outlet_id", "same_id")]
    assert "1 (line 2), 3 (line 4)" in report.rejected[0].reason


def test_bad_input_20_a_row_repeated_in_full_is_kept_once(tmp_path: Path) -> None:
    table, report = read_outlets(write_outlets(tmp_path, GOOD, GOOD))
    assert len(table) == 1
    assert codes(report.rejected) == [(2, "outlet_id", "same_row")]


def test_bad_input_21_bank_names_by_alias(tmp_path: Path) -> None:
    banks = ["农行", "中国农业银行", "ABC ", "ＡＢＣ", "", "某村镇银行"]
    rows = [f"B{i},{bank},n{i},114.{i + 1},30.6" for i, bank in enumerate(banks)]
    aliases = {"农行": "ABC", "中国农业银行": "ABC"}
    table, report = read_outlets(write_outlets(tmp_path, *rows), bank_aliases=aliases)
    assert table["bank_id"].tolist() == ["ABC"] * 4 + ["某村镇银行"]
    assert codes(report.rejected) == [(5, "bank_id", "blank")]
    assert '"某村镇银行" (1)' in notes(report)
    assert '"农行" → ABC (1)' in notes(report)


def test_bad_input_21_lists_of_names_by_bank(tmp_path: Path) -> None:
    rows = [f"B{i},{bank},n{i},114.{i + 1},30.6" for i, bank in enumerate(["农行", "中国农业银行", "abc"])]
    table, _ = read_outlets(write_outlets(tmp_path, *rows), bank_aliases={"ABC": ["农行", "中国农业银行"]})
    assert table["bank_id"].tolist() == ["ABC"] * 3


def test_bad_input_21_blank_banks_by_stated_name_only(shared_data: Path) -> None:
    table, report = read_equipment(shared_data / "osm_atm_bangalore" / "atms.csv", bank_aliases={"": "unknown"})
    assert len(table) == report.rows_read == 552
    assert (table["bank_id"] == "unknown").sum() == 172
    _, without = read_equipment(shared_data / "osm_atm_bangalore" / "atms.csv")
    assert len(without.rejected) == 172


def test_look_alike_bank_names_are_flagged(shared_data: Path) -> None:
    _, report = read_equipment(shared_data / "osm_atm_bangalore" / "atms.csv")
    assert '"State Bank of India" / "State Bank Of India"' in notes(report)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("网点编号,银行,网点名称,经度,纬度", "B1,ABC,名,114.3,30.6"),
        ("網點編號,所屬銀行,網點名稱,經度,緯度", "B1,ABC,名,114.3,30.6"),
        ("BRANCH_NO,Bank Name,Branch-Name,LONGITUDE,LATITUDE", "B1,ABC,名,114.3,30.6"),
        ("机构号,银行（简称）,网点名称,经度(°),纬度(°)", "B1,ABC,名,114.3,30.6"),
    ],
)
def test_headers_in_either_language_are_recognised(tmp_path: Path, header: str, row: str) -> None:
    table, report = read_outlets(write_csv(tmp_path, header, row))
    assert table[["outlet_id", "bank_id", "name"]].to_numpy().tolist() == [["B1", "ABC", "名"]]
    assert report.columns["outlet_id"] == header.split(",", maxsplit=1)[0]


def test_columns_stated_by_the_caller(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "KEY,WHO,EW,NS,SIZE", "007,ABC,114.3,30.6,big")
    columns = {"outlet_id": "KEY", "bank_id": "WHO", "lon": "EW", "lat": "NS", "staff_class": "SIZE"}
    table, report = read_outlets(path, columns=columns)
    assert table.drop(columns="geometry").to_dict("records")[0] == {
        "outlet_id": "007",
        "bank_id": "ABC",
        "name": pytest.approx(np.nan, nan_ok=True),
        "staff_class": "big",
    }
    assert report.columns["geometry"] == "EW, NS"


def test_a_stated_column_that_is_missing_offers_near_names(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "BRANCH_NR,WHO,lon,lat", "007,ABC,114.3,30.6")
    with pytest.raises(InputError, match=r"no column 'BRANCH_NO' \(stated for 'outlet_id'\).*Did you mean 'BRANCH_NR'"):
        read_outlets(path, columns={"outlet_id": "BRANCH_NO"})


def test_columns_stated_the_wrong_way_round_and_places_by_their_long_names(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "KEY,bank,E,N", "007,ABC,114.3,30.6")
    with pytest.raises(InputError, match=r"the other way round: columns=\{'outlet_id': 'KEY'\}"):
        read_outlets(path, columns={"KEY": "outlet_id"})
    table, _ = read_outlets(path, columns={"outlet_id": "KEY", "longitude": "E", "纬度": "N"})
    assert table.geometry.iloc[0].coords[0] == (114.3, 30.6)


def test_a_required_column_that_is_missing_says_how_to_state_it(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "KEY,bank,lon,lat", "007,ABC,114.3,30.6")
    with pytest.raises(InputError, match=r'no column was recognised as \'outlet_id\'.*columns=\{"outlet_id": "…"\}'):
        read_outlets(path)


def test_personal_data_is_left_out_unless_asked_for(tmp_path: Path) -> None:
    header = "outlet_id,bank,lon,lat,手机号码,memo,hours"
    path = write_csv(tmp_path, header, "B1,ABC,114.3,30.6,13800000000,11010519491231002X,9-17")
    table, report = read_outlets(path)
    assert list(table.columns) == ["outlet_id", "bank_id", "name", "hours", "geometry"]
    assert "personal data: 手机号码, memo" in notes(report)
    asked, _ = read_outlets(path, columns={"hotline": "手机号码"})
    assert asked["hotline"].tolist() == ["13800000000"]


def test_strict_reading_names_every_fault_at_once(tmp_path: Path) -> None:
    rows = [GOOD, "B2,,two,114.4,30.6", "B3,ABC, three ,114.5,30.6", "B4,ABC,four,x,30.6"]
    with pytest.raises(RowsRefusedError, match=r"(?s)3 of 4 rows.*row 2 \(line 3\), id B2, bank_id") as caught:
        read_outlets(write_outlets(tmp_path, *rows), strict=True)
    assert fates(caught.value.report) == (1, 1, 2)
    assert "row 4 (line 5), id B4, lon" in str(caught.value)


def test_real_outlets_of_three_sources(shared_data: Path) -> None:
    sizes = {"de_new_castle": (82, 18), "ny_onondaga": (77, None), "fdic_louisiana": (1098, 111)}
    for folder, (rows, banks) in sizes.items():
        table, report = read_outlets(shared_data / folder / "outlets.csv")
        assert fates(report) == (rows, 0, 0)
        assert table.crs.to_epsg() == 4326
        assert banks is None or table["bank_id"].nunique() == banks


def test_equipment_without_coordinates_is_rejected_by_row(shared_data: Path) -> None:
    table, report = read_equipment(shared_data / "ny_onondaga" / "equipment_snapshot_a.csv")
    assert fates(report) == (191, 0, 11)
    assert len(table) == 191
    assert report.rejected[0].id == "A00024"
    assert table["zip"].str.len().eq(5).all()
