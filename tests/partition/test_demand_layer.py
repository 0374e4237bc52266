"""Demand as a layer, a column of units or area, with units and without: every rule takes it or says what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

import gridpart as gp

CRS = "EPSG:4546"
AREA = gpd.GeoSeries([shapely.box(0, 0, 12_000, 9_000)], crs=CRS)
HOMES = [(1_200, 1_300), (5_700, 2_100), (10_400, 4_700), (3_300, 7_600), (8_100, 7_900)]


def units_of() -> gpd.GeoDataFrame:
    rng = np.random.default_rng(2)
    boxes = [shapely.box(x, y, x + 500, y + 500) for x in range(0, 12_000, 500) for y in range(0, 9_000, 500)]
    return gpd.GeoDataFrame(
        {
            "unit_id": [f"U{number:03d}" for number in range(len(boxes))],
            "township_id": [f"T{number % 3}" for number in range(len(boxes))],
            "households": rng.integers(1, 90, len(boxes)),
        },
        geometry=boxes,
        crs=CRS,
    )


UNITS = units_of()
OUTLETS = gpd.GeoDataFrame(
    {"outlet_id": [f"{n}" for n in range(5)], "bank_id": "A"}, geometry=[shapely.Point(p) for p in HOMES], crs=CRS
)


def people() -> gpd.GeoDataFrame:
    rng = np.random.default_rng(7)
    places = rng.uniform((0, 0), (12_000, 9_000), (3_000, 2))
    # on borders and corners of units too
    places[:40] = np.round(places[:40] / 500) * 500
    return gpd.GeoDataFrame({"weight": rng.integers(1, 9, 3_000)}, geometry=shapely.points(places), crs=CRS)


PEOPLE = people()
ESTATES = gpd.GeoDataFrame(
    {"households": [801, 402, 77, 1203]},
    geometry=[
        shapely.box(200, 200, 1_700, 900),
        shapely.box(4_900, 1_900, 7_300, 3_100),
        shapely.Point(9_000, 4_000).buffer(900),
        shapely.box(2_100, 6_600, 9_900, 8_800),
    ],
    crs=CRS,
)


def roads() -> nx.Graph:
    graph = nx.grid_2d_graph(13, 10)
    for (x, y), data in graph.nodes(data=True):
        data |= {"x": 1_000.0 * x - 3, "y": 1_000.0 * y + 7}
    nx.set_edge_attributes(graph, 2.0, "minutes")
    return graph


ROADS = roads()


def nearest(**options: Any) -> gp.Grid:
    return gp.partition.nearest(AREA, OUTLETS, **options)


def nodes(**options: Any) -> gp.Grid:
    kind = "nodes" if options.get("units") is None else "units"
    return gp.partition.travel_time(AREA, OUTLETS, ROADS, polygons=kind, **options)


def blocks(**options: Any) -> gp.Grid:
    return gp.partition.travel_time(AREA, OUTLETS, ROADS, polygons="blocks", **options)


def balanced(**options: Any) -> gp.Grid:
    return gp.partition.balanced(AREA, OUTLETS, **options)


def aggregate(*, units: gpd.GeoDataFrame, **options: Any) -> gp.Grid:
    return gp.partition.aggregate(units, OUTLETS, **options)


def admin(*, units: gpd.GeoDataFrame, **options: Any) -> gp.Grid:
    return gp.partition.admin(units, **options)


def wellfield(**options: Any) -> gp.Grid:
    return gp.partition.wellfield(AREA, OUTLETS, **options)


def fields(**options: Any) -> gp.Grid:
    return gp.partition.wellfield(AREA, OUTLETS, arrangement="equal_demand", **options)


def nested(**options: Any) -> gp.Grid:
    return gp.partition.nest(nearest(), "wellfield", **options)


FREE = [nearest, nodes, blocks, balanced, wellfield, fields, nested]
BY_UNITS = [nearest, nodes, balanced, aggregate, admin]


@pytest.mark.parametrize("rule", FREE)
@pytest.mark.parametrize("layer", [PEOPLE, ESTATES])
def test_a_layer_without_units_is_counted_where_it_lies(rule: Callable[..., gp.Grid], layer: gpd.GeoDataFrame) -> None:
    grid = rule(demand=layer)
    total = layer["weight" if layer is PEOPLE else "households"].sum()
    assert grid.certify().valid
    assert grid.cells["demand"].sum() == pytest.approx(total, rel=1e-9)
    if layer is PEOPLE:
        inside = np.ones(len(layer), dtype=bool)
        inside[:40] = False  # on borders the cell is a matter of order
        cells = grid.cells.set_index("cell_id")["demand"]
        counted = layer["weight"][inside].groupby(grid.locate(layer.geometry[inside]).to_numpy()).sum()
        assert (cells[counted.index] >= counted).all()
        assert cells.sum() == total
    elif rule is not balanced:
        assert (grid.cells["demand"] % 1 == 0).all()


@pytest.mark.parametrize("rule", BY_UNITS)
@pytest.mark.parametrize("layer", [PEOPLE, ESTATES])
def test_a_layer_with_units_never_cuts_them(rule: Callable[..., gp.Grid], layer: gpd.GeoDataFrame) -> None:
    options = {"tolerance": 0.2} if rule == aggregate else {}
    grid = rule(units=UNITS, demand=layer, **options)
    assert grid.certify().valid
    assert set(grid.face_ids) == set(UNITS["unit_id"])
    assert len(grid.coverage) == len(UNITS)
    assert grid.cells["demand"].sum() == layer["weight" if layer is PEOPLE else "households"].sum()
    cell = grid.locate(gpd.GeoSeries(UNITS.geometry.centroid, crs=CRS))
    assert (shapely.area(np.asarray(UNITS.geometry.array)) > 0).all()
    areas = UNITS.geometry.area.groupby(cell.to_numpy()).sum()
    assert areas[grid.cells["cell_id"]].to_numpy() == pytest.approx(grid.cells["area_m2"].to_numpy())


@pytest.mark.parametrize("rule", [*BY_UNITS, wellfield, fields, nested])
def test_a_column_of_units_adds_up(rule: Callable[..., gp.Grid]) -> None:
    grid = rule(units=UNITS, demand="households")
    assert grid.certify().valid
    exact = rule is not balanced
    total = UNITS["households"].sum()
    assert grid.cells["demand"].sum() == (total if exact else pytest.approx(total, rel=1e-9))


@pytest.mark.parametrize("rule", [nearest, nodes, blocks, balanced, wellfield, fields, nested])
def test_a_column_without_units_says_what_to_give(rule: Callable[..., gp.Grid]) -> None:
    with pytest.raises(gp.InputError, match=r"units.*layer"):
        rule(demand="households")


@pytest.mark.parametrize("rule", [nearest, nodes, admin, wellfield, nested, aggregate])
def test_a_weight_without_a_layer_is_refused(rule: Callable[..., gp.Grid]) -> None:
    with pytest.raises(gp.InputError, match="weight is 'weight'"):
        rule(units=UNITS, demand="households", weight="weight")


def test_a_layer_and_units_that_wellfield_would_cut_are_refused() -> None:
    with pytest.raises(gp.InputError, match="wellfield cuts units"):
        wellfield(units=UNITS, demand=PEOPLE)


@pytest.mark.parametrize("rule", FREE)
def test_a_layer_outside_the_area_is_refused(rule: Callable[..., gp.Grid]) -> None:
    with pytest.raises(gp.InputError, match="lie outside the service area"):
        rule(demand=PEOPLE.set_geometry(PEOPLE.translate(9_000, 0)))


@pytest.mark.parametrize(
    ("options", "limit"),
    [
        ({"demand": "households", "units": UNITS, "whole_units": True}, 0.06),
        ({"demand": PEOPLE, "units": UNITS}, 0.06),
        ({"demand": "area", "units": UNITS}, 0.06),
    ],
)
def test_balanced_keeps_units_whole_and_says_what_is_left(options: dict[str, Any], limit: float) -> None:
    grid = balanced(**options)
    assert grid.provenance["whole_units"]
    assert len(grid.coverage) == len(UNITS)
    load = grid.cells["demand"].to_numpy()
    assert grid.provenance["max_deviation"] == pytest.approx(np.abs(load / load.mean() - 1).max())
    assert grid.provenance["max_deviation"] <= limit
    beyond = {
        cell for cell, value in zip(grid.cells["cell_id"], load / load.mean() - 1, strict=True) if abs(value) > 0.05
    }
    assert set(grid.provenance["beyond_tolerance"]) == beyond
    assert balanced(**options).digest == grid.digest


def test_whole_units_that_leave_an_outlet_without_any_name_it() -> None:
    lone = UNITS.assign(households=0)
    lone.loc[[0, 5, 300], "households"] = [5, 5, 5]
    with pytest.raises(gp.InfeasibleError, match="5 outlets but only 3 places"):
        balanced(demand="households", units=lone, whole_units=True)
    heavy = UNITS.assign(households=0)
    heavy.loc[[0, 5, 300, 301, 302], "households"] = [1, 1, 1, 1, 10_000]
    try:
        grid = balanced(demand="households", units=heavy, whole_units=True)
    except gp.InfeasibleError as error:
        assert "would have no whole unit: " in str(error)  # noqa: PT017 - one of two answers
    else:
        assert grid.provenance["beyond_tolerance"]


def test_children_hold_exactly_what_their_parent_holds() -> None:
    for big in (
        nearest(units=UNITS, demand="households"),
        nearest(demand=ESTATES),
        gp.Grid.from_cells(nearest(units=UNITS, demand="households").cells, AREA, bank_id="A", outlets=OUTLETS),
    ):
        whole = big.cells.set_index("cell_id")["demand"]
        small = [
            gp.partition.nest(big, "wellfield"),
            gp.partition.nest(big, "wellfield", arrangement="equal_demand"),
            gp.partition.nest(big, "admin", units=UNITS, by="township_id"),
        ]
        if big.face_ids is not None:
            small.append(gp.partition.nest(big, "aggregate", officers=3))
        small.append(gp.partition.nest(small[0], "wellfield"))
        for grid in small:
            parents = whole if grid is not small[-1] else small[0].cells.set_index("cell_id")["demand"]
            parts = grid.cells.groupby("parent_id")["demand"].sum()
            assert parts[parents.index].tolist() == parents.tolist()
            assert grid.face_demand is not None


def test_units_outside_the_area_are_listed_by_wellfield() -> None:
    round_ = gpd.GeoSeries([shapely.Point(6_000, 4_500).buffer(4_000)], crs=CRS)
    outlet = OUTLETS.iloc[[1]]
    grid = gp.partition.wellfield(round_, outlet, units=UNITS, demand="households")
    left_out = grid.provenance["demand_outside_ignored"]
    assert "U000" in left_out
    assert grid.cells["demand"].sum() == pytest.approx(UNITS["households"].sum() - sum(left_out.values()))


@pytest.mark.parametrize("arrangement", ["square", "equal_demand"])
def test_a_project_counts_its_people_or_a_layer_in_small_cells(arrangement: str) -> None:
    project = gp.sample_project()
    project.partition(rule="wellfield", arrangement=arrangement)
    people = project.units["population"].sum()
    assert {grid.cells["demand"].sum() for grid in project.grids.values()} == {people}
    layer = gpd.GeoDataFrame(
        {"weight": project.units["population"]}, geometry=project.units.representative_point(), crs=project.crs
    )
    project.partition(rule="wellfield", arrangement=arrangement, demand=layer)
    assert {grid.cells["demand"].sum() for grid in project.grids.values()} == {people}
