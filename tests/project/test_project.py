"""The project as a value: what it counts, and the rules and the audit it hands on to."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from project.small_county import CRS, small_project

from gridpart.errors import InputError, ProjectError
from gridpart.project import Project


def test_partition_makes_one_grid_per_bank() -> None:
    project = small_project()
    project.grids.clear()
    project.partition()
    assert list(project.grids) == ["ABC", "XYZ"]
    assert all(grid.certify().valid for grid in project.grids.values())


def test_partition_needs_a_known_rule_and_banks() -> None:
    project = small_project()
    with pytest.raises(InputError, match="rule is 'magic'; it must be one of nearest, admin"):
        project.partition(rule="magic")
    project.outlets = project.outlets.iloc[:0]
    with pytest.raises(InputError, match="no outlet has a bank_id"):
        project.partition()


def test_failed_partition_keeps_the_grids() -> None:
    project = small_project()
    before = dict(project.grids)
    project.outlets.loc[3, "geometry"] = shapely.Point(-5000, 0)
    with pytest.raises(InputError, match="Bank XYZ: "):
        project.partition()
    assert project.grids == before


def test_audit_needs_a_grid() -> None:
    project = small_project()
    project.partition()
    assert project.audit().faces["area_m2"].sum() == pytest.approx(12e6, rel=1e-9)
    project.grids.clear()
    with pytest.raises(InputError, match="has no grid to audit"):
        project.audit()


def test_empty_tables_have_their_columns_and_crs() -> None:
    project = Project("x", gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 9, 9)], crs=CRS), profile="p4")
    assert project.profile.name == "p4"
    assert project.equipment.crs == project.crs
    assert project.staff.columns.tolist()[:2] == ["staff_id", "name"]
    assert repr(project) == "<Project 'x': 0 banks, 0 outlets, 0 grids>"
    assert "Grids: none yet" in project.summary()


def test_grids_must_be_grids(tmp_path: object) -> None:
    project = small_project()
    project.grids["ABC"] = project.units  # type: ignore[assignment]
    with pytest.raises(ProjectError, match=r"Project\.grids\['ABC'\] is a GeoDataFrame; it must map bank ids to Grid"):
        project.save(f"{tmp_path}/county.gpkg")


@pytest.mark.parametrize("name", [None, 7, "\ud800"])
def test_name_must_be_text(name: object, tmp_path: object) -> None:
    project = small_project()
    project.name = name  # type: ignore[assignment]
    with pytest.raises(ProjectError, match=r"Project\.name is .*; it must be text"):
        project.save(f"{tmp_path}/county.gpkg")


def test_an_outlet_of_no_bank_is_not_left_out_unsaid() -> None:
    project = small_project()
    project.outlets["bank_id"] = project.outlets["bank_id"].astype(object)
    project.outlets.loc[3, "bank_id"] = None
    before = dict(project.grids)
    with pytest.raises(InputError, match="1 rows of outlets have no bank_id: rows 3"):
        project.partition()
    assert project.grids == before


def test_an_area_of_shapes_alone_and_a_table_without_rows_will_do() -> None:
    area = gpd.GeoSeries([shapely.box(0, 0, 9, 9)], crs=CRS)
    project = Project("x", area, units=pd.DataFrame())  # type: ignore[arg-type]
    assert isinstance(project.service_area, gpd.GeoDataFrame)
    assert project.units.crs == project.crs


@pytest.mark.parametrize(
    ("what", "match"),
    [
        ({"service_area": None}, "service_area must be a GeoDataFrame; a NoneType was given"),
        ({"units": None}, "units must be a GeoDataFrame; a NoneType was given"),
        ({"outlets": pd.DataFrame({"outlet_id": ["1"]})}, "outlets must be a GeoDataFrame; a DataFrame was given"),
        ({"staff": "staff.csv"}, "staff must be a DataFrame; a str was given"),
    ],
)
def test_what_is_no_table_is_refused(what: dict[str, Any], match: str) -> None:
    county = small_project()
    with pytest.raises(InputError, match=match):
        Project("x", **({"service_area": county.service_area} | what))
