"""What is saved is what is opened: types, ids, order, CRS, coordinates bit by bit."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pyogrio
import pyproj
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from project.small_county import CRS, assert_same_layer, assert_same_project, small_project

from gridpart.errors import ProjectError
from gridpart.partition import Grid, revise
from gridpart.project import Project, open_project
from gridpart.project._tables import decode_table, encode_table

TEXT = st.text(max_size=12)
LAST = 2**63 - 1


def saved_and_opened(project: Project, folder: Path) -> Project:
    project.save(folder / "county.gpkg")
    return open_project(folder / "county.gpkg")


def test_whole_project_comes_back_unchanged(tmp_path: Path) -> None:
    project = small_project(7)
    opened = saved_and_opened(project, tmp_path)
    assert_same_project(project, opened)
    assert_same_project(opened, saved_and_opened(opened, tmp_path))


def test_project_without_tables_comes_back(tmp_path: Path) -> None:
    project = Project("empty", gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 9, 9)], crs=CRS))
    opened = saved_and_opened(project, tmp_path)
    assert_same_project(project, opened)
    assert opened.outlets.columns.tolist()[:3] == ["outlet_id", "bank_id", "name"]
    assert opened.outlets.crs == project.crs


def test_every_field_of_a_grid_is_compared() -> None:
    compared = {"coverage", "labels", "bank_id", "certificate", "provenance", "_cells", "_service_area", "_outlets"}
    compared |= {"version", "status", "face_ids", "face_demand", "face_zone", "drawn_area"}
    # what a rule read is remembered until a grid is saved, and no longer
    assert {field.name for field in dataclasses.fields(Grid)} == compared | {"inputs"}, (
        "store and compare the new field too"
    )


def test_grids_of_every_rule_come_back(tmp_path: Path) -> None:
    project = small_project()
    project.service_area["name"] = None
    project.units["township_id"] = ["01"] * 5 + ["02"] * 7
    project.partition(rule="admin", by="township_id")
    project.grids["free"] = Grid.from_cells(project.units, project.service_area[["geometry"]], bank_id="free")
    assert_same_project(project, saved_and_opened(project, tmp_path))
    project.partition(units=None)
    assert [len(grid) for grid in project.grids.values()] == [2, 2, 12]
    project.service_area = gpd.GeoDataFrame(project.units[["geometry"]])  # other than the grids were drawn on
    assert_same_project(project, saved_and_opened(project, tmp_path))


def test_opened_grid_is_revised_to_the_same_bytes(tmp_path: Path) -> None:
    project = small_project()
    opened = saved_and_opened(project, tmp_path)
    project.outlets.loc[4] = project.outlets.loc[0]
    project.outlets.loc[4, ["outlet_id", "geometry"]] = ["new", shapely.Point(2100.3, 1400.7)]
    own = project.outlets[project.outlets["bank_id"] == "ABC"]
    for_memory, for_file = (revise(each.grids["ABC"], own, as_of="2026-01-01")[0] for each in (project, opened))
    assert_same_layer(for_memory.cells, for_file.cells)


def test_path_with_spaces_and_chinese(tmp_path: Path) -> None:
    folder = tmp_path / "沙洲 县 #1? 100%"
    folder.mkdir()
    project = small_project()
    project.save(str(folder / "网格 (2026).gpkg"))
    assert_same_project(project, open_project(str(folder / "网格 (2026).gpkg")))
    assert sorted(path.name for path in folder.iterdir()) == ["网格 (2026).gpkg", "网格 (2026).gpkg.lock"]


COLUMNS = {
    "leading zeros": pd.Series(["001", "1", "01", None]),
    "objects": pd.Series(["001", None, "NA", "null"], dtype=object),
    "nan among text": pd.Series(["001", np.nan, None, ""], dtype=object),
    "nul and half a pair": pd.Series(["a\0b", "\ud800", "\x0b\u202e𠮷", "\r\n\t "], dtype=object),
    "whole": pd.Series([1, -(2**63), LAST, 0]),
    "nullable": pd.Series([2**60 + 1, None, 3, 0], dtype="Int64"),
    "small": pd.Series([1, 2, 3, 255], dtype="uint8"),
    "beyond": pd.Series([2**64 - 1, 0, 1, 2], dtype="uint64"),
    "real": pd.Series([0.1 + 0.2, np.nan, np.inf, 5e-324]),
    "single": pd.Series([0.1, np.nan, -np.inf, 1], dtype="float32"),
    "flag": pd.Series([True, False, True, True]),
    "flag or not": pd.Series([True, None, False, True], dtype="boolean"),
    "flag objects": pd.Series([True, None, False, True], dtype=object),
    "dates": pd.Series(pd.to_datetime(["2020-01-01", None, "1999-12-31", "2262-04-11"])),
    "times": pd.Series(pd.to_datetime(["2020-01-01 10:20:30.123", None, "2020-01-01", "2020-01-02"], format="ISO8601")),
    "nanoseconds": pd.Series(pd.to_datetime([1, None, 3, 4], unit="ns")),
    "zone": pd.Series(pd.to_datetime(["2020-01-01 10:20:30.123456", None] * 2)).dt.tz_localize("Asia/Shanghai"),
    "durations": pd.Series(pd.to_timedelta([1, None, 3, 4], unit="s")),
    "days": pd.Series([dt.date(2020, 2, 29), None, dt.date(1, 1, 1), dt.date(9999, 12, 31)], dtype=object),
    "kinds": pd.Series(pd.Categorical(["b", None, "a", "b"], categories=["b", "a", "c"], ordered=True)),
    "number kinds": pd.Series(pd.Categorical([2, None, 1, 2])),
    "lists": pd.Series([[1, "二"], [], None, [[None]]], dtype=object),
    "dicts": pd.Series([{"a": (1, 2)}, {1: "x"}, {"$float": 1}, {}], dtype=object),
    "mixture": pd.Series([Decimal("1.10"), b"\0", pd.Timestamp("2020-01-01"), 2**70], dtype=object),
    "second geometry": gpd.GeoSeries([shapely.Point(0.1, 0.2), None, shapely.Point(), shapely.Point(1, 1)], crs=4490),
    "FID": pd.Series([9, 8, 7, 6]),
    "fid": pd.Series(["a", "b", "c", "d"]),
    "geom": pd.Series(["p", "q", "r", "s"]),
    'x"; DROP TABLE units; --': pd.Series([1, 2, 3, 4]),
    "\n": pd.Series([1.0, 2, 3, 4]),
    "": pd.Series([4, 3, 2, 1]),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_every_kind_of_column(name: str) -> None:
    table = pd.DataFrame({name: COLUMNS[name]})
    restored = decode_table(encode_table(table, name="staff"))
    pd.testing.assert_frame_equal(table, restored)
    assert [type(value) for value in table[name]] == [type(value) for value in restored[name]]


def test_all_kinds_of_columns_in_a_file(tmp_path: Path) -> None:
    project = small_project()
    project.staff = pd.DataFrame(COLUMNS)
    geometry = [shapely.Point(0.1, 0.7).buffer(1), None, shapely.Polygon(), shapely.box(0, 0, 1e-300, 1)]
    project.equipment = gpd.GeoDataFrame(pd.DataFrame(COLUMNS), geometry=geometry, crs=CRS)
    assert_same_project(project, saved_and_opened(project, tmp_path))


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (pd.Series([{1, 2}, None]), "type set"),
        (pd.Series(pd.period_range("2020", periods=2)), "period"),
        (pd.Series([1j, 2j]), "complex"),
        (pd.Series([lambda: 0, None]), "function"),
    ],
)
def test_column_that_cannot_be_stored_is_named(column: pd.Series[Any], words: str, tmp_path: Path) -> None:
    project = small_project()
    project.staff["odd one"] = column
    with pytest.raises(ProjectError, match=f"'odd one' of staff.*{words}.*Nothing was saved"):
        project.save(tmp_path / "county.gpkg")
    assert list(tmp_path.iterdir()) == []


def test_column_names_must_be_text_and_differ(tmp_path: Path) -> None:
    project = small_project()
    project.staff = pd.DataFrame({1: ["a"]})
    with pytest.raises(ProjectError, match=r"staff must be named by text; these are not: \[1\]"):
        project.save(tmp_path / "county.gpkg")
    project.staff = pd.DataFrame([["a"]], columns=pd.Index(["\ud800"], dtype=object))
    with pytest.raises(ProjectError, match="staff must be named by text"):
        project.save(tmp_path / "county.gpkg")
    project.staff = pd.DataFrame([["a", "b"]], columns=["same", "same"])
    with pytest.raises(ProjectError, match="staff occur more than once: 'same'"):
        project.save(tmp_path / "county.gpkg")


def test_ids_that_were_made_the_index_are_not_lost(tmp_path: Path) -> None:
    project = small_project(3)
    project.staff = project.staff.set_index("staff_id")
    with pytest.raises(ProjectError, match="'staff_id' of staff stand in the index"):
        project.save(tmp_path / "county.gpkg")
    assert not (tmp_path / "county.gpkg").exists()
    project.staff = project.staff.reset_index()
    assert saved_and_opened(project, tmp_path).staff["staff_id"].tolist() == project.staff["staff_id"].tolist()
    project.staff = project.staff.set_index("staff_id", drop=False)  # the ids are still a column
    assert "staff_id" in saved_and_opened(project, tmp_path).staff.columns


def test_linear_rings_are_refused(tmp_path: Path) -> None:
    project = small_project()
    project.equipment = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.LinearRing([(0, 0), (1, 0), (1, 1)])], crs=CRS)
    with pytest.raises(ProjectError, match=r"Column 'geometry' of equipment.*linear rings"):
        project.save(tmp_path / "county.gpkg")


def test_heights_and_measures_come_back(tmp_path: Path) -> None:
    texts = ["POINT Z (1 2 3)", "POINT M (1 2 3)", "POINT ZM (1 2 3 4)", "POINT Z EMPTY", "LINESTRING M (0 0 1, 1 1 2)"]
    project = small_project()
    project.equipment = gpd.GeoDataFrame({"n": range(5)}, geometry=shapely.from_wkt(texts), crs=CRS)
    opened = saved_and_opened(project, tmp_path).equipment
    assert_same_layer(project.equipment, opened)
    assert opened.geometry.has_m.tolist() == [False, True, True, False, True]


def test_layer_without_crs_is_refused(tmp_path: Path) -> None:
    project = small_project()
    project.outlets = gpd.GeoDataFrame(
        project.outlets.drop(columns="geometry"), geometry=list(project.outlets.geometry)
    )
    with pytest.raises(ProjectError, match=r"Project\.outlets has no CRS"):
        project.save(tmp_path / "county.gpkg")


@pytest.mark.parametrize(
    "crs",
    [
        "EPSG:4546",
        "EPSG:32650",
        pyproj.CRS.from_proj4(
            "+proj=tmerc +lat_0=0 +lon_0=112.5 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m +no_defs"
        ),
    ],
)
def test_coordinate_system_comes_back(crs: Any, tmp_path: Path) -> None:
    project = Project("crs", gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 9, 9)], crs=crs))
    opened = saved_and_opened(project, tmp_path)
    assert opened.crs == pyproj.CRS(crs)
    assert opened.crs.to_epsg() == pyproj.CRS(crs).to_epsg()
    assert pyproj.CRS(pyogrio.read_info(tmp_path / "county.gpkg", layer="service_area")["crs"]).is_projected


def test_simple_and_multiple_shapes_stay_what_they_were(tmp_path: Path) -> None:
    box, other = shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)
    shapes = [box, shapely.MultiPolygon([box]), shapely.MultiPolygon([box, other]), None, other]
    project = small_project()
    project.equipment = gpd.GeoDataFrame({"n": range(5)}, geometry=shapes, crs=CRS)
    assert_same_layer(project.equipment, saved_and_opened(project, tmp_path).equipment)
    assert pyogrio.read_info(tmp_path / "county.gpkg", layer="equipment")["geometry_type"] == "MultiPolygon"


@pytest.mark.parametrize("kind", [nx.Graph, nx.DiGraph, nx.MultiGraph, nx.MultiDiGraph])
@pytest.mark.parametrize("nodes", [("a", "01", "1"), (1, 2, 3), ((0.5, 1.0), (2.0, 3.0), ("x", 4))])
def test_every_kind_of_road_graph(kind: type, nodes: tuple[Any, ...], tmp_path: Path) -> None:
    roads = kind(name="路网")
    one, two, three = nodes
    roads.add_node(three, x=5.0, y=6.0)
    roads.add_node(one, x=1.0, y=2.0, geometry="not a shape", node_id="own")
    roads.add_node(two)
    roads.add_edge(one, two, minutes=1, from_node="own", key="k", length_m=0.1)
    roads.add_edge(two, three, minutes=2.5, geometry=shapely.LineString([(0, 0.1), (1, 1)]), names=["a", None])
    roads.add_edge(three, three, minutes=np.float64(2.5), absent=None)
    roads.add_edge(one, two, minutes=4.0)
    project = small_project()
    project.roads = roads
    opened = saved_and_opened(project, tmp_path).roads
    assert type(opened) is kind
    assert opened.graph == roads.graph
    assert list(opened.nodes(data=True)) == list(roads.nodes(data=True))
    assert list(opened.edges(data=True)) == list(roads.edges(data=True))
    if roads.is_multigraph():
        assert list(opened.edges(keys=True)) == list(roads.edges(keys=True))


SHAPES = st.one_of(
    st.none(),
    st.builds(shapely.Point, *[st.floats(allow_nan=False, allow_infinity=False)] * 2),
    st.builds(shapely.box, *[st.floats(-1e7, 1e7)] * 4),
    st.lists(st.tuples(*[st.floats(-1e9, 1e9)] * 2), min_size=2, max_size=5).map(shapely.LineString),
    st.lists(st.tuples(*[st.floats(-1e9, 1e9)] * 3), min_size=2, max_size=5).map(shapely.LineString),
    st.sampled_from([shapely.Point(), shapely.Polygon(), shapely.MultiPolygon(), shapely.GeometryCollection()]),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3) | st.tuples(inner, inner),
    max_leaves=5,
)
VALUES: dict[str, tuple[st.SearchStrategy[Any], Any]] = {
    "object": (st.none() | TEXT, object),
    "surrogates": (st.none() | st.text(st.characters(), max_size=4), object),
    "str": (st.none() | TEXT, "str"),
    "int64": (st.integers(-(2**63), LAST), "int64"),
    "Int64": (st.none() | st.integers(-(2**63), LAST), "Int64"),
    "float64": (st.floats(), "float64"),
    "float32": (st.floats(width=32), "float32"),
    "boolean": (st.none() | st.booleans(), "boolean"),
    "bool": (st.booleans(), "bool"),
    "day": (st.none() | st.dates(dt.date(1700, 1, 1), dt.date(2200, 1, 1)), "datetime64[ns]"),
    "instant": (st.none() | st.datetimes(pd.Timestamp(1700, 1, 1), pd.Timestamp(2200, 1, 1)), "datetime64[us]"),
    "anything": (JSON, object),
}


@st.composite
def tables(draw: st.DrawFn) -> gpd.GeoDataFrame:
    n_rows = draw(st.integers(0, 6))
    names = draw(st.lists(TEXT.filter(lambda name: name != "geometry"), max_size=6, unique=True))
    columns = {}
    for name in names:
        values, dtype = VALUES[draw(st.sampled_from(sorted(VALUES)))]
        held = np.empty(n_rows, dtype=object)
        held[:] = draw(st.lists(values, min_size=n_rows, max_size=n_rows))
        columns[name] = pd.Series(held, dtype=object).astype(dtype)
    shapes = np.array([*draw(st.lists(SHAPES, min_size=n_rows, max_size=n_rows)), None], dtype=object)[:-1]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)


@settings(max_examples=200, deadline=None)
@given(tables())
def test_any_table_is_encoded_without_loss(table: gpd.GeoDataFrame) -> None:
    assert_same_layer(table, gpd.GeoDataFrame(decode_table(encode_table(table, name="units"))))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=tables(), two=tables())
def test_any_table_survives_the_file(one: gpd.GeoDataFrame, two: gpd.GeoDataFrame, tmp_path: Path) -> None:
    project = Project("any", gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 9, 9)], crs=CRS))
    project.units, project.staff = one, pd.DataFrame(two.drop(columns="geometry"))
    opened = saved_and_opened(project, tmp_path)
    assert_same_layer(one, opened.units)
    pd.testing.assert_frame_equal(project.staff, opened.staff)
