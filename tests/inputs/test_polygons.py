"""Areas and units as counties send them: rows 22 to 40 of the list of bad inputs, as far as a reader meets them."""

from __future__ import annotations

import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from input_files import codes, fates, notes, only, square, write_csv, write_geojson, write_layer

from gridpart.inputs import read_cells, read_roads, read_service_area, read_units
from gridpart.tables import RowsRefusedError

BOWTIE = "POLYGON ((0 0, 10 10, 10 0, 0 10, 0 0))"


def ring(*corners: tuple[float, float]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [[list(corner) for corner in corners]]}


def test_bad_input_22_bowtie_is_mended_and_told_with_areas_and_place(tmp_path: Path) -> None:
    table, report = read_units(write_layer(tmp_path, [BOWTIE, square(100)]))
    assert table.geometry.is_valid.all()
    assert table.geometry.area.tolist() == [50.0, 10_000.0]
    issue = only(report.repaired).issues[0]
    assert issue.code == "crossing"
    assert (issue.before, issue.after) == ("area 0", "area 50")
    assert "Self-intersection[5 5]" in str(issue.reason)


def test_bad_input_22_bowtie_is_refused_in_strict_reading(tmp_path: Path) -> None:
    with pytest.raises(RowsRefusedError, match=r"(?s)1 of 1 rows.*row 1, id a, geometry.*Self-intersection"):
        read_units(write_layer(tmp_path, [BOWTIE]), strict=True)


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
def test_bad_input_23_vertex_that_is_no_number_names_part_and_vertex(tmp_path: Path) -> None:
    parts = [square(), shapely.Polygon([(200, 0), (300, 0), (np.nan, 100), (200, 100)])]
    path = write_layer(tmp_path, [square(500), shapely.MultiPolygon(parts)], name="layer.parquet")
    table, report = read_units(path)
    assert table["unit_id"].tolist() == ["a"]
    record = only(report.rejected)
    assert (record.id, record.issues[0].code) == ("b", "not_finite")
    assert "part 2, vertex 3" in record.reason


def test_bad_input_23_not_a_number_in_geojson(tmp_path: Path) -> None:
    broken = ring((0, 0), (1, 0), (float("nan"), 1), (0, 0))
    _, report = read_units(write_geojson(tmp_path, broken, ring((0, 0), (1, 0), (1, 1), (0, 0))))
    assert codes(report.rejected) == [(1, "geometry", "not_finite")]
    assert "vertex 3" in report.rejected[0].reason


def test_bad_input_24_empty_and_missing_polygons_are_rejected(tmp_path: Path) -> None:
    table, report = read_units(write_layer(tmp_path, [square(), None, shapely.Polygon()]))
    assert len(table) == 1
    assert codes(report.rejected) == [(2, "geometry", "no_geometry"), (3, "geometry", "no_geometry")]


def test_bad_input_25_lines_and_points_among_polygons(tmp_path: Path) -> None:
    shapes = [f'u{place},"{wkt}"' for place, wkt in enumerate([square().wkt, "POINT (1 1)", "LINESTRING (0 0, 1 1)"])]
    _, report = read_units(write_csv(tmp_path, "unit_id,geometry", *shapes), crs="EPSG:32650")
    assert codes(report.rejected) == [(2, "geometry", "wrong_shape"), (3, "geometry", "wrong_shape")]
    assert report.rejected[0].reason == "the geometry is a Point; expected: Polygon or MultiPolygon."


def test_bad_input_26_zero_area(tmp_path: Path) -> None:
    flat = ["POLYGON ((0 0, 5 5, 0 0, 0 0))", "POLYGON ((0 0, 1 1, 2 2, 0 0))", square().wkt]
    lines = [f'u{place},"{wkt}"' for place, wkt in enumerate(flat)]
    _, report = read_units(write_csv(tmp_path, "unit_id,wkt", *lines), crs="EPSG:32650")
    assert [(row, code) for row, _, code in codes(report.rejected)] == [(1, "zero_area"), (2, "zero_area")]
    assert fates(report) == (1, 0, 2)


def test_bad_input_27_unclosed_ring_repeated_vertices_and_spikes(tmp_path: Path) -> None:
    unclosed = ring((0, 0), (1, 0), (1, 1), (0, 1))
    repeated = ring((2, 0), (3, 0), (3, 0), (3, 1), (2, 1), (2, 0))
    spike = ring((4, 0), (5, 0), (5, 1), (4.5, 1), (4.5, 2), (4.5, 1), (4, 1), (4, 0))
    two_points = ring((6, 0), (7, 0))
    table, report = read_units(write_geojson(tmp_path, unclosed, repeated, spike, two_points))
    assert [code for _, _, code in codes(report.repaired)] == ["unclosed", "repeated_vertices", "crossing"]
    assert only(report.rejected).id == "d"
    assert shapely.area(table.geometry.array).tolist() == [1.0, 1.0, 1.0]


def test_bad_input_27_unclosed_ring_in_wkt(tmp_path: Path) -> None:
    path = write_csv(tmp_path, "unit_id,wkt", 'u1,"POLYGON ((0 0, 10 0, 10 10))"')
    table, report = read_units(path, crs="EPSG:32650")
    assert table.geometry.area.tolist() == [50.0]
    assert codes(report.repaired) == [(1, "geometry", "unclosed")]


def test_bad_input_28_holes_stay_holes(shared_data: Path) -> None:
    path = shared_data / "cn_admin" / "counties_gcj02.gpkg"
    table, _ = read_service_area(path, layer="qianjiang_and_neighbours", datum="gcj02")
    county = table.loc[table["name"] == "潜江市"].geometry.iloc[0]
    assert sum(len(part.interiors) for part in shapely.get_parts(county)) == 5


def test_bad_input_34_the_same_polygon_twice_names_both_rows_and_keeps_them(tmp_path: Path) -> None:
    again = shapely.Polygon([(100, 100), (0, 100), (0, 0), (100, 0)])
    table, report = read_units(write_layer(tmp_path, [square(), square(500), again]))
    assert len(table) == 3
    assert "same geometry stands in several rows: 1, 3" in notes(report)


def test_bad_input_37_curves_are_refused_with_a_remedy(tmp_path: Path) -> None:
    curve = "CURVEPOLYGON (CIRCULARSTRING (0 0, 1 1, 2 0, 1 -1, 0 0))"
    lines = [f'u1,"{curve}"', f'u2,"{square().wkt}"']
    table, report = read_units(write_csv(tmp_path, "unit_id,wkt", *lines), columns={"wkt": "wkt"}, crs="EPSG:32650")
    assert table["unit_id"].tolist() == ["u2"]
    assert codes(report.rejected) == [(1, "wkt", "curved")]
    assert "straight segments" in report.rejected[0].remedy


def test_bad_input_38_wider_than_half_the_globe(tmp_path: Path) -> None:
    crossing = ring((-179, 0), (179, 0), (179, 1), (-179, 1), (-179, 0))
    beyond = ring((179, 0), (181, 0), (181, 1), (179, 1), (179, 0))
    fine = ring((116, 40), (117, 40), (117, 41), (116, 40))
    _, report = read_units(write_geojson(tmp_path, crossing, beyond, fine))
    assert codes(report.rejected) == [(1, "geometry", "antimeridian"), (2, "geometry", "off_globe")]


def test_bad_input_39_very_many_vertices_and_very_small_shapes(tmp_path: Path) -> None:
    angle = np.linspace(0, 2 * np.pi, 200_000, endpoint=False)
    large = shapely.Polygon(np.column_stack([np.cos(angle), np.sin(angle)]) * 5_000 + 50_000)
    path = write_layer(tmp_path, [large, square(size=1e-6)])
    start = time.perf_counter()
    table, report = read_units(path)
    assert time.perf_counter() - start < 5.0
    assert len(table) == 2
    assert "1 geometries are smaller than 1 mm across: rows 2" in notes(report)


def test_bad_input_40_columns_named_like_our_own(tmp_path: Path) -> None:
    header = "unit_id,wkt,geometry,fid,Name,NAME_2,name"
    path = write_csv(tmp_path, header, f'u1,"{square().wkt}",square,17,first,second,third')
    table, report = read_units(path, columns={"name": "name"}, crs="EPSG:32650")
    values = table.drop(columns="geometry").iloc[0].to_dict()
    assert values == {
        "unit_id": "u1", "name": "third",
        "geometry_2": "square", "fid_2": "17", "Name_2": "first", "NAME_2_2": "second",
    }  # fmt: skip
    assert "Column fid is kept as fid_2" in notes(report)


def test_bad_input_40_row_keys_can_be_ids(shared_data: Path) -> None:
    path = shared_data / "auckland_dirty" / "auckland.gpkg"
    table, report = read_units(path, columns={"unit_id": "fid"}, crs="EPSG:27200")
    assert fates(report) == (167, 0, 0)
    assert table["unit_id"].tolist()[:3] == ["1", "2", "3"]


def test_real_dirty_tracts_keep_their_population(shared_data: Path) -> None:
    path = shared_data / "ny_onondaga" / "case.gpkg"
    table, report = read_units(path, layer="atoms_dirty", columns={"population": "POP8"})
    assert len(table) == report.rows_read == 142
    assert table["population"].sum() == 463_920
    assert table.geometry.is_valid.all()
    mended = [record.id for record in report.repaired if any(issue.code == "crossing" for issue in record.issues)]
    assert len(mended) == 3


def test_real_blocks_in_feet_and_precincts_with_heights(shared_data: Path) -> None:
    columns = {"unit_id": "GEOID20", "population": "TOTPOP20"}
    table, report = read_units(shared_data / "denver_dirty" / "blocks.parquet", columns=columns)
    assert (len(table), table["population"].sum()) == (10_149, 715_522)
    assert table["unit_id"].str.len().eq(15).all()
    assert "EPSG:2232" in report.crs
    path = shared_data / "denver_dirty" / "precincts.gpkg"
    flat, told = read_units(path, layer="precincts2016_orig", columns={"unit_id": "fid"})
    assert not flat.geometry.has_z.any()
    assert "346 rows were dropped" in notes(told)


def test_real_villages(shared_data: Path) -> None:
    villages, report = read_units(shared_data / "tw_admin" / "tw.gpkg", layer="villages")
    assert fates(report) == (441, 0, 0)
    assert report.columns["unit_id"] == "VILLCODE"
    assert report.columns["township_id"] == "TOWNCODE"
    assert villages["name"].notna().all()


@pytest.mark.full
def test_real_roads(shared_data: Path) -> None:
    roads, told = read_roads(shared_data / "roads_wuhan" / "edges.parquet")
    assert len(roads) == told.rows_read == 92_667
    assert roads["road_class"].notna().all()


def test_roads_with_their_classes_and_times(tmp_path: Path) -> None:
    header = "起点,终点,道路等级,minutes,oneway,wkt"
    rows = ['1,2,县道,1.5,否,"LINESTRING (0 0, 100 0)"', '2,3,村道,-1,是,"MULTILINESTRING ((100 0, 200 0))"']
    table, report = read_roads(write_csv(tmp_path, header, *rows), crs="EPSG:4547")
    assert table[["road_id", "from_node", "to_node", "road_class"]].to_numpy().tolist() == [["1", "1", "2", "县道"]]
    assert (table["minutes"].tolist(), table["oneway"].tolist()) == ([1.5], [False])
    assert codes(report.rejected) == [(2, "minutes", "negative")]
    assert "rows are numbered from 1" in notes(report)


def test_cells_drawn_elsewhere(tmp_path: Path) -> None:
    path = write_layer(tmp_path, [square(), square(100)], cell_id=["1", "2"], bank_id=["x", "x"], level=[1, None])
    table, _ = read_cells(path)
    assert isinstance(table, gpd.GeoDataFrame)
    assert table["cell_id"].tolist() == ["1", "2"]
    assert table["level"].dtype == "Int64"


@pytest.mark.parametrize("column", ["id", "area_id"])
def test_an_area_whose_column_of_ids_is_blank_is_numbered(tmp_path: Path, column: str) -> None:
    shapes = [shapely.box(500_000, 3_400_000, 501_000, 3_401_000), shapely.box(501_000, 3_400_000, 502_000, 3_401_000)]
    table = gpd.GeoDataFrame({column: np.array([None, None], dtype=object)}, geometry=shapes, crs=4547)
    table.to_file(tmp_path / "area.gpkg")
    area, report = read_service_area(tmp_path / "area.gpkg")
    assert area["area_id"].tolist() == ["1", "2"]
    assert len(report.kept) == 2
    assert f"Column {column}, read as area_id, is blank throughout" in report.summary()
