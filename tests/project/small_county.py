"""A county of twelve squares for the tests of saving and opening; and a strict comparison of projects."""

from __future__ import annotations

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely

from gridpart.partition import Grid, nearest
from gridpart.project import Project
from gridpart.project.project import TABLES

CRS = "EPSG:4546"
_SIDE = 1000.0


def small_project(state: int = 0) -> Project:
    """Make a project whose every table says which state it is in."""
    squares = [shapely.box(x, y, x + _SIDE, y + _SIDE) for x in np.arange(4) * _SIDE for y in np.arange(3) * _SIDE]
    area = gpd.GeoDataFrame(
        {"area_id": ["0420"], "name": ["沙洲县"]}, geometry=[shapely.box(0, 0, 4 * _SIDE, 3 * _SIDE)], crs=CRS
    )
    units = gpd.GeoDataFrame(
        {
            "unit_id": [f"{n:012d}" for n in range(12)],
            "population": np.arange(12) * 100,
            "zone_class": ["urban"] * 4 + ["rural"] * 8,
        },
        geometry=squares,
        crs=CRS,
    )
    outlets = gpd.GeoDataFrame(
        {
            "outlet_id": ["007", "010", "0100", "a"],
            "bank_id": ["ABC", "ABC", "XYZ", "XYZ"],
            "name": ["东街支行", "西街支行", "NA", "<b>&`${x}"],
            "valid_from": pd.to_datetime(["2020-01-01", None, "2021-06-30", "1999-12-31"]),
        },
        geometry=gpd.points_from_xy([0.1 + 0.2, 3500.7, 500.25, 3900.1], [500.0, 2500.9, 2999.0, 100.3]),
        crs=CRS,
    )
    project = Project("", area, units=units, outlets=outlets, roads=_roads(), profile="p2")
    project.staff = pd.DataFrame(
        {"staff_id": ["01", "02"], "role": ["officer", "manager"], "duties": [["a", "b"], None]}
    )
    project.banks = pd.DataFrame({"bank_id": ["ABC", "XYZ"], "name": ["甲银行", None]})
    project.grids = {
        "XYZ": nearest(area, outlets[outlets["bank_id"] == "XYZ"], units=units),
        "ABC": nearest(area, outlets[outlets["bank_id"] == "ABC"]).with_(version=3, status="proposed", checked_by="李"),
    }
    former = project.grids["ABC"].with_(version=1, status="adopted", as_of="2024-01-01")
    project.earlier = {"ABC": (nearest(area, outlets[outlets["bank_id"] == "ABC"], units=units), former)}
    set_state(project, state)
    return project


def set_state(project: Project, state: int) -> None:
    """Change every table of a project to a state."""
    project.name = f"state {state}"
    for table in (project.units, project.outlets, project.staff, project.banks):
        table["state"] = state
    project.history = pd.DataFrame({"at": pd.Timestamp("2026-01-01"), "what": [f"step {n}" for n in range(state % 50)]})
    project.ledger = pd.DataFrame({"cell_id": ["c"] * 40, "state": state})
    project.grids["ABC"] = project.grids["ABC"].with_(version=state + 1)
    project.roads.graph["state"] = state


def require_whole(project: Project) -> int:
    """Check that all parts of a project are in the same state, and return it."""
    state = int(project.name.removeprefix("state "))
    for table in (project.units, project.outlets, project.staff, project.banks, project.ledger):
        assert table["state"].tolist() == [state] * len(table)
    assert len(project.history) == state % 50
    assert [len(project.units), len(project.outlets), len(project.ledger)] == [12, 4, 40]
    assert project.grids["ABC"].version == state + 1
    assert project.roads.graph["state"] == state
    assert sorted(project.grids) == ["ABC", "XYZ"]  # opening has proved them again
    return state


def _roads() -> nx.DiGraph:
    roads = nx.DiGraph(crs=CRS)
    roads.add_node("j1", x=0.1, y=500.0)
    roads.add_node("j2", x=2000.0, y=500.0, signals=True)
    roads.add_edge(
        "j1", "j2", minutes=3, road_class="main", geometry=shapely.LineString([(0.1, 500), (9, 9), (2000, 500)])
    )
    roads.add_edge("j2", "j1", minutes=2.5)
    return roads


def assert_same_project(left: Project, right: Project) -> None:
    """Check that two projects hold the same, down to types and the bits of coordinates."""
    assert left.name == right.name
    assert left.profile == right.profile
    for name in ("service_area", "units", "outlets", "equipment"):
        assert_same_layer(getattr(left, name), getattr(right, name))
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(left, name), getattr(right, name))
    assert type(left.roads) is type(right.roads)
    assert list(left.roads.nodes(data=True)) == list(right.roads.nodes(data=True))
    assert list(left.roads.edges(data=True)) == list(right.roads.edges(data=True))
    assert left.roads.graph == right.roads.graph
    assert list(left.grids) == list(right.grids)
    for bank_id, grid in left.grids.items():
        assert_same_grid(grid, right.grids[bank_id])
    assert {bank_id: len(past) for bank_id, past in left.earlier.items()} == {
        bank_id: len(past) for bank_id, past in right.earlier.items()
    }
    for bank_id, past in left.earlier.items():
        for one, other in zip(past, right.earlier[bank_id], strict=True):
            assert_same_grid(one, other)


def assert_same_layer(left: gpd.GeoDataFrame, right: gpd.GeoDataFrame) -> None:
    assert isinstance(right, gpd.GeoDataFrame)
    assert left.columns.tolist() == right.columns.tolist()
    assert left.active_geometry_name == right.active_geometry_name
    for name in left.columns:
        if isinstance(left[name].dtype, gpd.array.GeometryDtype):
            assert left[name].crs == right[name].crs
            assert left[name].to_wkb().tolist() == right[name].to_wkb().tolist()
        else:
            pd.testing.assert_series_equal(left[name].reset_index(drop=True), right[name])


def assert_same_grid(left: Grid, right: Grid) -> None:
    assert_same_layer(left.cells, right.cells)
    assert_same_layer(left.service_area, right.service_area)
    assert_same_layer(left.outlets, right.outlets)
    assert (left.digest, left.version, left.status, left.bank_id) == (
        right.digest,
        right.version,
        right.status,
        right.bank_id,
    )
    assert dict(left.provenance) == dict(right.provenance)
    assert left.labels.tolist() == right.labels.tolist()
    assert left.face_ids == right.face_ids
    np.testing.assert_array_equal(left.face_demand, right.face_demand)
    assert left.face_zone == right.face_zone
    assert shapely.to_wkb(left.drawn_area) == shapely.to_wkb(right.drawn_area)
    assert shapely.to_wkb(left.coverage.polygons).tolist() == shapely.to_wkb(right.coverage.polygons).tolist()
