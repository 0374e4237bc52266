"""Coordinates and their systems: rows 41 to 51 of the list of bad inputs."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from input_files import codes, fates, notes, only, square, write_csv, write_geojson, write_layer, write_outlets

from gridpart.errors import CRSError, InputError
from gridpart.geo import require_metric, require_same_crs, to_metric
from gridpart.inputs import read_outlets, read_service_area, read_units

CUSTOM = pyproj.CRS.from_proj4("+proj=tmerc +lat_0=0 +lon_0=112.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m")


def test_bad_input_41_missing_crs_is_refused_and_can_be_stated(shared_data: Path) -> None:
    path = shared_data / "auckland_dirty" / "auckland.gpkg"
    with pytest.raises(
        CRSError, match=r"no coordinate system; it is never guessed.*bounds are 7\.6.*crs=\"EPSG:4547\""
    ):
        read_units(path, columns={"unit_id": "fid"})
    table, _ = read_units(path, columns={"unit_id": "fid"}, crs="EPSG:27200")
    assert table.crs.to_epsg() == 27200


def test_bad_input_41_columns_x_and_y_need_a_crs(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "outlet_id,bank,x,y", "B1,ABC,528000.5,3380000.25")
    with pytest.raises(CRSError, match="no coordinate system"):
        read_outlets(path)
    table, _ = read_outlets(path, crs=4546)
    assert shapely.get_coordinates(table.geometry.array).tolist() == [[528000.5, 3380000.25]]


def test_unknown_crs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CRSError, match=r"crs='EPSG:1' is not a known coordinate system"):
        read_outlets(write_outlets(tmp_path, "B1,ABC,one,114.3,30.6"), crs="EPSG:1")


def test_bad_input_42_local_crs_without_code_is_kept_whole(tmp_path: Path) -> None:
    path = write_layer(tmp_path, [square(500_000, 3_400_000)], crs=CUSTOM.to_wkt())
    table, report = read_units(path)
    assert require_metric(table).equals(CUSTOM, ignore_axis_order=True)
    assert "custom" in report.crs


def test_bad_input_43_degrees_are_read_but_never_taken_for_metres(tmp_path: Path) -> None:
    table, _ = read_outlets(write_outlets(tmp_path, "B1,ABC,one,114.30,30.60"), datum="wgs84")
    with pytest.raises(CRSError, match=r"in degrees.*gp\.to_metric"):
        require_metric(table)
    metric = to_metric(table)
    assert metric.crs.to_epsg() == 4547
    assert "lengths true within" in metric.attrs["crs_note"]


def test_bad_input_43_longitude_with_a_metric_crs_stated(tmp_path: Path) -> None:
    path = write_outlets(tmp_path, "B1,ABC,one,114.30,30.60")
    with pytest.raises(CRSError, match=r"columns lon, lat hold longitude and latitude, but EPSG:4547.*gp\.to_metric"):
        read_outlets(path, crs="EPSG:4547")


def test_bad_input_44_layers_in_different_systems_are_refused(tmp_path: Path) -> None:
    area, _ = read_service_area(write_layer(tmp_path, [square()], crs="EPSG:4547"))
    outlets, _ = read_outlets(write_outlets(tmp_path, "B1,ABC,one,114.30,30.60"))
    with pytest.raises(CRSError, match=r"service area is in EPSG:4547.*outlets is in EPSG:4326.*to_crs"):
        require_same_crs(area, outlets, names=("service area", "outlets"))


def test_bad_input_45_all_rows_exchanged(tmp_path: Path) -> None:
    rows = [f"B{i},ABC,n{i},39.{i},116.{i}" for i in range(1, 5)]
    with pytest.raises(CRSError, match=r"looks like latitude, longitude: rows 1 \(line 2\), 2 \(line 3\)"):
        read_outlets(write_outlets(tmp_path, *rows))
    table, _ = read_outlets(write_outlets(tmp_path, *rows), columns={"lon": "lat", "lat": "lon"})
    assert table.geometry.x.between(116, 117).all()


@pytest.mark.parametrize(("good", "bad"), [("116.{i},39.9", "39.9,116.4"), ("-91.{i},30.5", "30.5,-91.2")])
def test_bad_input_46_some_rows_exchanged_are_listed_not_mended(tmp_path: Path, good: str, bad: str) -> None:
    rows = [f"B{i},ABC,n{i}," + good.format(i=i) for i in range(6)]
    table, report = read_outlets(write_outlets(tmp_path, *rows, f"B9,ABC,nine,{bad}"))
    assert len(table) == 6
    assert codes(report.rejected) == [(7, "geometry", "swapped")]
    assert only(report.rejected).value == tuple(float(item) for item in bad.split(","))


def test_exchanged_rows_are_not_suspected_in_a_wide_country(shared_data: Path) -> None:
    _, report = read_outlets(shared_data / "fdic_louisiana" / "outlets.csv")
    assert not report.rejected


@pytest.mark.parametrize(("datum", "columns", "most_m"), [("gcj02", "GCJ02", 5.0), ("bd09", "BD09", 5.0)])
def test_bad_input_47_declared_datum_is_converted(
    shared_data: Path, tmp_path: Path, datum: str, columns: str, most_m: float
) -> None:
    pairs = pd.read_csv(shared_data / "cn_coord_pairs" / "pairs.csv")
    rows = [
        f"P{i},ABC,p,{x},{y}" for i, (x, y) in enumerate(zip(pairs[f"{columns}_x"], pairs[f"{columns}_y"], strict=True))
    ]
    table, report = read_outlets(write_outlets(tmp_path, *rows), datum=datum)  # type: ignore[arg-type]
    assert len(table) == len(pairs)
    assert table.crs.to_epsg() == 4326
    truth = gpd.points_from_xy(pairs["WGS84_x"], pairs["WGS84_y"])
    away = pyproj.Geod(ellps="WGS84").inv(table.geometry.x, table.geometry.y, truth.x, truth.y)[2]
    assert float(np.max(away)) < most_m
    assert "Coordinates were converted from" in notes(report)


def test_bad_input_47_undeclared_datum_in_china_is_pointed_out(tmp_path: Path) -> None:
    path = write_outlets(tmp_path, "B1,ABC,one,114.30,30.60")
    assert "GCJ-02" in notes(read_outlets(path)[1])
    assert "GCJ-02" not in notes(read_outlets(path, datum="cgcs2000")[1])
    assert read_outlets(path, datum="cgcs2000")[0].crs.to_epsg() == 4490
    abroad = write_outlets(tmp_path, "B1,ABC,one,-75.6,39.7")
    assert "GCJ-02" not in notes(read_outlets(abroad)[1])


def test_bad_input_47_a_column_that_names_the_datum_is_believed_enough_to_warn(shared_data: Path) -> None:
    path = shared_data / "cn_admin" / "counties_gcj02.gpkg"
    _, report = read_service_area(path, layer="yichang")
    assert 'Column coord_system says "GCJ-02" (13), but no datum was stated; pass datum="gcj02"' in notes(report)
    table, told = read_service_area(path, layer="yichang", datum="gcj02")
    assert "places moved by 531 to 627 m" in notes(told)
    assert "coord_system" not in table.columns
    assert shapely.coverage_is_valid(table.geometry.array)


def test_bad_input_47_rows_outside_china_are_rejected(tmp_path: Path) -> None:
    rows = ["B1,ABC,one,114.30,30.60", "B2,ABC,two,121.56,25.03"]
    table, report = read_outlets(write_outlets(tmp_path, *rows), datum="gcj02")
    assert table["outlet_id"].tolist() == ["B1"]
    assert codes(report.rejected) == [(2, "geometry", "outside_china")]


def test_datum_of_projected_coordinates_is_converted_in_degrees(tmp_path: Path) -> None:
    points = gpd.GeoSeries([shapely.Point(114.30, 30.60)], crs=4326)
    path = write_layer(tmp_path, list(points.to_crs(3857)), crs="EPSG:3857", outlet_id=["a"], bank_id=["x"])
    table, _ = read_outlets(path, datum="gcj02")
    plain, _ = read_outlets(write_outlets(tmp_path, "a,x,one,114.30,30.60"), datum="gcj02")
    assert table.geometry.iloc[0].distance(plain.geometry.iloc[0]) < 1e-8


def test_unknown_datum_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="unknown datum 'mars'; expected one of declared, wgs84"):
        read_outlets(write_outlets(tmp_path, "B1,ABC,one,114.3,30.6"), datum="mars")  # type: ignore[arg-type]


def test_bad_input_48_wrong_zone_is_found_by_the_area(tmp_path: Path) -> None:
    area = gpd.GeoSeries([shapely.box(117.0, 30.0, 117.3, 30.3)], crs=4490)
    metric = area.to_crs(4548).iloc[0].centroid
    path = write_csv(tmp_path, "outlet_id,bank,x,y", f"B1,ABC,{metric.x},{metric.y}")
    with pytest.raises(CRSError, match=r"km from the service area.*Read as EPSG:4548.*State the right CRS with crs=…"):
        read_outlets(path, crs="EPSG:4547", service_area=area)
    assert len(read_outlets(path, crs="EPSG:4548", service_area=area)[0]) == 1


def test_bad_input_49_eastings_with_a_zone_number(tmp_path: Path) -> None:
    path = write_layer(tmp_path, [square(39_500_000, 3_400_000)], crs="EPSG:4548")
    with pytest.raises(CRSError, match=r"carry the number of a zone.*likely EPSG:4527.*state crs=\"EPSG:4527\""):
        read_units(path)
    table, report = read_units(path, crs="EPSG:4527")
    assert table.crs.to_epsg() == 4527
    assert "The file declares EPSG:4548" in notes(report)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("116°23'29\"", 116.39138889),
        ("东经116°23′29″", 116.39138889),
        ("116度23分29秒", 116.39138889),
        ("E116°23.5'", 116.39166667),
        ("116° 23' 29'' E", 116.39138889),
        ("１１６.３", 116.3),
        ("75°36'W", -75.6),
    ],
)
def test_bad_input_50_degrees_minutes_seconds_and_full_width_digits(tmp_path: Path, text: str, degrees: float) -> None:
    quoted = '"' + text.replace('"', '""') + '"'
    table, report = read_outlets(write_outlets(tmp_path, f"B1,ABC,one,{quoted},39.9"))
    assert table.geometry.x.tolist() == pytest.approx([degrees])
    assert codes(report.repaired) == [(1, "lon", "coordinate_read")]
    assert only(report.repaired).before == text


@pytest.mark.parametrize("text", ["116.3km", "116°75'", "116,39", "一一六"])
def test_bad_input_50_other_units_are_refused_by_row_and_column(tmp_path: Path, text: str) -> None:
    _, report = read_outlets(write_outlets(tmp_path, f'B1,ABC,one,"{text}",39.9'))
    assert codes(report.rejected) == [(1, "lon", "not_a_coordinate")]


def test_bad_input_50_metres_under_a_label_of_degrees(tmp_path: Path) -> None:
    shape = {
        "type": "Polygon",
        "coordinates": [[[528000, 3380000], [528100, 3380000], [528100, 3380100], [528000, 3380000]]],
    }
    with pytest.raises(CRSError, match=r"declares degrees.*go up to 3,380,100\.0.*crs=…"):
        read_units(write_geojson(tmp_path, shape))


def test_bad_input_51_zero_zero_and_placeholders(tmp_path: Path) -> None:
    rows = [f"B{i},ABC,n{i},114.{i + 10},30.6" for i in range(8)]
    rows += [f"P{i},ABC,p{i},116,40" for i in range(5)]
    table, report = read_outlets(write_outlets(tmp_path, *rows, "Z,ABC,zero,0,0"))
    assert codes(report.rejected) == [(14, "geometry", "zero_zero")]
    assert len(table) == 13
    assert "Suspicious: the same coordinates (116, 40) stand in 5 rows: 9 (line 10)" in notes(report)
    assert fates(report) == (13, 0, 1)
