"""Nesting by whole units: one small cell for each officer."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import gridpart as gp
from gridpart.coverage import Coverage


@pytest.fixture(scope="module")
def project() -> gp.Project:
    return gp.sample_project()


def one_part(cells: gpd.GeoDataFrame) -> bool:
    return bool((shapely.get_num_geometries(np.asarray(cells.geometry.array)) == 1).all())


@pytest.mark.parametrize("bank", ["YLSB", "CLVB"])
def test_R24_every_officer_has_a_connected_small_cell_of_whole_units(project: gp.Project, bank: str) -> None:
    big = gp.partition.nearest(
        project.service_area, project.outlets[project.outlets["bank_id"] == bank], units=project.units
    )
    small = gp.partition.nest(big, "aggregate", officers=2)
    counts = small.cells["parent_id"].value_counts()
    assert counts.to_dict() == dict.fromkeys(big.cells["cell_id"], 2)
    # cells of big cells in one part are in one part themselves
    whole = big.cells["cell_id"][shapely.get_num_geometries(np.asarray(big.cells.geometry.array)) == 1]
    assert one_part(small.cells[small.cells["parent_id"].isin(whole)])
    demand = small.cells.groupby("parent_id")["demand"].sum()
    assert demand[big.cells["cell_id"]].tolist() == pytest.approx(big.cells["demand"].tolist())
    for cell_id, cells in small.cells.groupby("parent_id"):
        imbalance = (cells["demand"] / cells["demand"].mean() - 1).abs().max()
        assert imbalance == pytest.approx(small.provenance["imbalance"][cell_id])
        own = gpd.GeoSeries(Coverage.from_polygons(np.asarray(cells.geometry.array)).boundary(), crs=big.crs)
        assert gp.certify(cells, own).valid


def test_units_given_are_those_of_the_grid_and_numbers_may_differ_by_cell(project: gp.Project) -> None:
    big = gp.partition.admin(project.units, service_area=project.service_area)
    officers = {cell: 1 + number % 3 for number, cell in enumerate(big.cells["cell_id"])}
    own = gp.partition.nest(big, "aggregate", officers=officers)
    given = gp.partition.nest(big, "aggregate", officers=officers, units=project.units, demand="population")
    assert own.cells["parent_id"].value_counts().to_dict() == officers
    assert own.digest == given.digest
    nine = gp.partition.nest(big, "aggregate")
    assert set(nine.cells["parent_id"].value_counts()) == {9}
    assert nine.cells["demand"].sum() == project.units["population"].sum()


def test_units_that_big_cells_cut_are_parted_with_their_people(project: gp.Project) -> None:
    outlets = project.outlets[project.outlets["bank_id"] == "YLSB"]
    big = gp.partition.nearest(project.service_area, outlets)
    small = gp.partition.nest(big, "aggregate", officers=3, units=project.units)
    assert len(small) == 3 * len(big)
    assert small.cells["demand"].sum() == pytest.approx(project.units["population"].sum())


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"officers": 0}, gp.InputError, "officers must be whole numbers"),
        ({"officers": {"nowhere": 2}}, gp.InputError, "not in the grid: nowhere"),
        ({"officers": 500}, gp.InfeasibleError, "fewer units than officers: 429971001"),
        ({"tolerance": -1.0}, gp.InputError, "tolerance is -1"),
        ({"officers": 2, "tolerance": 1e-6}, gp.NotReachedError, "was not reached in .* big cells: "),
    ],
)
def test_what_cannot_be_is_named(
    project: gp.Project, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    big = gp.partition.admin(project.units, service_area=project.service_area)
    with pytest.raises(error, match=message):
        gp.partition.nest(big, "aggregate", **options)


def test_a_grid_without_units_needs_some(project: gp.Project) -> None:
    big = gp.partition.wellfield(project.service_area, project.outlets[project.outlets["bank_id"] == "YLSB"])
    with pytest.raises(gp.InputError, match="not made of any"):
        gp.partition.nest(big, "aggregate")
    with pytest.raises(gp.InputError, match="not made of any"):
        gp.partition.nest(big, "admin")


def test_units_of_the_grid_are_its_small_cells_where_none_are_given(project: gp.Project) -> None:
    big = gp.partition.admin(project.units, service_area=project.service_area)
    own, given = gp.partition.nest(big, "admin"), gp.partition.nest(big, "admin", units=project.units)
    assert own.digest == given.digest
    with pytest.raises(gp.InputError, match="does not take these options: got an unexpected keyword argument 'colour'"):
        gp.partition.nest(big, "admin", colour="red")


def test_small_cells_hold_what_their_big_cell_counts(project: gp.Project) -> None:
    outlets = project.outlets[project.outlets["bank_id"] == "YLSB"]
    big = gp.partition.nearest(project.service_area, outlets, units=project.units, demand="households")
    small = gp.partition.nest(big, "aggregate", units=project.units, officers=np.int64(2))
    held = small.cells.groupby("parent_id")["demand"].sum()
    assert held[big.cells["cell_id"]].tolist() == big.cells["demand"].tolist()


def test_officers_may_be_a_column_and_a_slip_of_the_unit_is_refused(project: gp.Project) -> None:
    big = gp.partition.admin(project.units, service_area=project.service_area)
    officers = pd.Series(2, index=big.cells["cell_id"])
    assert gp.partition.nest(big, "aggregate", officers=officers).cells["parent_id"].value_counts().unique() == [2]
    with pytest.raises(gp.InputError, match=r"cell_size of 0\.5 m would make [\d,]+ squares; at most 1,000,000"):
        gp.partition.nest(big, cell_size=0.5)


def test_small_cells_know_the_units_that_they_are_made_of(project: gp.Project) -> None:
    outlets = project.outlets[project.outlets["bank_id"] == "CLVB"]
    big = gp.partition.nearest(project.service_area, outlets, units=project.units)
    cut = gp.partition.nearest(project.service_area, outlets)
    for grid, options in ((big, {}), (cut, {"units": project.units, "demand": "population"})):
        small = gp.partition.nest(grid, "aggregate", officers=2, **options)
        assert small.face_ids is not None
        assert set(small.face_ids) == set(project.units["unit_id"])
        cell_of = small.cells["cell_id"].to_numpy()[small.labels]
        held = pd.Series(small.coverage.areas).groupby(cell_of).sum()
        assert held[small.cells["cell_id"]].to_numpy() == pytest.approx(small.cells["area_m2"].to_numpy())
        inside = small.locate(gpd.GeoSeries(shapely.point_on_surface(small.coverage.polygons), crs=small.crs))
        assert inside.tolist() == cell_of.tolist()
