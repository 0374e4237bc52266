"""What is saved to a database is what is opened, to the bit, and the same as from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgis_server import Database
from project.small_county import CRS, assert_same_project, small_project
from project.test_round_trip import COLUMNS

from gridpart.partition import Grid
from gridpart.project import Project, open_project
from gridpart.project._contents import digest_of, encode_project
from gridpart.project.sample import sample_project

TEXT = st.text(max_size=12)


def saved_and_opened(project: Project, database: Database, county: str = "county") -> Project:
    project.save(database.url(county=county), overwrite_changes=True)
    return open_project(database.url(county=county))


def digest(project: Project) -> str:
    return digest_of(encode_project(project), name=project.name, profile=project.profile)


def test_whole_project_comes_back_unchanged(database: Database) -> None:
    project = small_project(7)
    opened = saved_and_opened(project, database)
    assert_same_project(project, opened)
    assert_same_project(opened, saved_and_opened(opened, database))
    assert opened.only_banks is None


def test_the_sample_is_the_same_from_file_and_database(database: Database, tmp_path: Path) -> None:
    project = sample_project()
    project.save(tmp_path / "county.gpkg")
    from_file, from_database = open_project(tmp_path / "county.gpkg"), saved_and_opened(project, database)
    assert_same_project(from_file, from_database)
    assert digest(project) == digest(from_file) == digest(from_database)


def test_project_without_tables_comes_back(database: Database) -> None:
    project = Project("empty", gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 9, 9)], crs=CRS))
    opened = saved_and_opened(project, database)
    assert_same_project(project, opened)
    assert digest(project) == digest(opened)


def test_grids_of_every_rule_come_back(database: Database) -> None:
    project = small_project()
    project.units["township_id"] = ["01"] * 5 + ["02"] * 7
    project.partition(rule="admin", by="township_id")
    project.grids["free"] = Grid.from_cells(project.units, project.service_area[["geometry"]], bank_id="free")
    assert_same_project(project, saved_and_opened(project, database))
    del project.grids["free"]
    project.partition(units=None)
    assert_same_project(project, saved_and_opened(project, database))


@pytest.mark.parametrize("table", ["staff", "outlets"])
def test_columns_of_every_kind_come_back(database: Database, table: str) -> None:
    project = small_project()
    more = pd.DataFrame(index=range(4)).assign(**COLUMNS)
    if table == "staff":
        project.staff = more.assign(staff_id=list("abcd"), bank_id=["ABC", "XYZ", None, "ABC"])
    else:
        own = project.outlets.drop(columns=[name for name in project.outlets.columns if name in more.columns])
        project.outlets = gpd.GeoDataFrame(pd.concat([own, more], axis=1), geometry="geometry", crs=CRS)
    opened = saved_and_opened(project, database)
    assert_same_project(project, opened)
    assert digest(project) == digest(opened)


SHAPES: dict[str, list[Any]] = {
    "empty": [shapely.Point(), shapely.Polygon(), shapely.MultiPoint(), None],
    "deep": [shapely.Point(1, 2, 3), shapely.Point(1, 2), shapely.LineString([(0, 0, 1), (1, 1, 1)]), None],
    "mixed": [shapely.Polygon([(0, 0), (1, 0), (1, 1)]), shapely.MultiPolygon([shapely.box(3, 3, 4, 4)]), None, None],
    "collection": [shapely.GeometryCollection([shapely.Point(1, 1), shapely.LineString([(0, 0), (1, 1)])])] * 4,
    "far": [shapely.Point(0.1 + 0.2, 5e-324), shapely.Point(1e300, -1e-300), shapely.Point(-0.0, 2**53), None],
    "infinite": [shapely.Point(np.inf, 1), shapely.Point(np.nan, 1), None, None],
}


@pytest.mark.parametrize("kind", SHAPES)
def test_shapes_of_every_kind_come_back(database: Database, kind: str) -> None:
    project = small_project()
    project.grids = {}
    project.equipment = gpd.GeoDataFrame(
        {"equipment_id": list("abcd"), "bank_id": ["ABC", "ABC", "XYZ", "XYZ"]}, geometry=SHAPES[kind], crs=CRS
    )
    opened = saved_and_opened(project, database)
    assert_same_project(project, opened)
    assert digest(project) == digest(opened)


@pytest.mark.parametrize("graph", [nx.MultiDiGraph, nx.MultiGraph, nx.Graph])
def test_roads_of_every_kind_come_back(database: Database, graph: type[nx.Graph]) -> None:
    project = small_project()
    project.roads = graph(name="街")
    for number in range(4):
        project.roads.add_node((number, "x"), x=number * 10.0, y=0.5)
    project.roads.add_edge((0, "x"), (1, "x"), minutes=1.5)
    project.roads.add_edge((0, "x"), (1, "x"), minutes=2.5, name="'; DROP TABLE units; --")
    project.roads.add_edge((2, "x"), (2, "x"))
    assert_same_project(project, saved_and_opened(project, database))


EDITS = st.lists(
    st.tuples(st.sampled_from(["add", "drop", "change", "shuffle", "repeat", "column"]), st.integers(0, 99), TEXT),
    min_size=1,
    max_size=4,
)


def edit(project: Project, what: str, number: int, text: str) -> None:
    """Change outlets, staff and history at random."""
    rows = project.staff
    if what == "add":
        rows = pd.concat([rows, pd.DataFrame({"staff_id": [f"new{number}"], "bank_id": ["ABC"]})], ignore_index=True)
        project.history = pd.concat([project.history, pd.DataFrame({"what": [text]})], ignore_index=True)
    elif what == "drop":
        rows = rows.drop(index=rows.index[number % len(rows)]) if len(rows) else rows
    elif what == "change" and len(rows):
        rows = rows.assign(position=[text if row == number % len(rows) else None for row in range(len(rows))])
    elif what == "shuffle":
        rows = rows.sample(frac=1, random_state=number)
    elif what == "repeat" and len(rows):
        rows = pd.concat([rows, rows.iloc[[number % len(rows)]]])
    elif what == "column":
        rows = rows.assign(**{f"column {number}": [text] * len(rows)})
    project.staff = rows.reset_index(drop=True)


def require_every_save_whole(database: Database, edits: list[tuple[str, int, str]]) -> None:
    project = small_project()
    project.staff["bank_id"] = ["ABC", "XYZ"]
    project.save(database.url(county="random"), overwrite_changes=True)
    for what, number, text in edits:
        edit(project, what, number, text)
        project.save(database.url(county="random"))
        opened = open_project(database.url(county="random"))
        assert_same_project(project, opened)
        assert digest(project) == digest(opened)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_random_edits_come_back_save_after_save(database: Database, edits: list[tuple[str, int, str]]) -> None:
    require_every_save_whole(database, edits)


@pytest.mark.full
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_three_hundred_random_histories_come_back(database: Database, edits: list[tuple[str, int, str]]) -> None:
    require_every_save_whole(database, edits)
