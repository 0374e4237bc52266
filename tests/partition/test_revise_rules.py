"""Revision of grids of every rule: the neighbourhood alone changes, and what is taken back comes back to the bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from rough_counties import ISLANDS, County, county_of, points_inside

import gridpart as gp
from gridpart.project import Project
from gridpart.studio import Session

COUNTY = county_of(ISLANDS)


def people(county: County) -> gpd.GeoDataFrame:
    rng = np.random.default_rng(3)
    places = points_inside(county.area.iloc[0], 3_000, rng)
    return gpd.GeoDataFrame({"weight": rng.integers(1, 9, 3_000)}, geometry=shapely.points(places), crs=county.area.crs)


def given(county: County) -> gp.Grid:
    made = gp.partition.nearest(county.area, county.outlets, units=county.units, demand="households")
    return gp.Grid.from_cells(made.cells, county.area, bank_id="银", outlets=county.outlets)


def reconciled(county: County) -> gp.Grid:
    grid = gp.partition.nearest(county.area, county.outlets)
    drafts = grid.cells.set_geometry(grid.cells.buffer(100.0))
    return gp.partition.reconcile(drafts, county.area, outlets=county.outlets)[0]


def opening(place: shapely.Point) -> gpd.GeoDataFrame:
    new = gpd.GeoDataFrame({"outlet_id": ["新"], "bank_id": "银"}, geometry=[place], crs=COUNTY.outlets.crs)
    return pd.concat([COUNTY.outlets, new])


RULES: dict[str, Callable[[County], gp.Grid]] = {
    "nearest": lambda c: gp.partition.nearest(c.area, c.outlets),
    "nearest, layer": lambda c: gp.partition.nearest(c.area, c.outlets, demand=people(c)),
    "nearest, units": lambda c: gp.partition.nearest(c.area, c.outlets, units=c.units, demand="households"),
    "balanced, area": lambda c: gp.partition.balanced(c.area, c.outlets, demand="area"),
    "balanced, units": lambda c: gp.partition.balanced(c.area, c.outlets, demand="households", units=c.units),
    "balanced, points": lambda c: gp.partition.balanced(c.area, c.outlets, demand=people(c)),
    "balanced, whole": lambda c: gp.partition.balanced(c.area, c.outlets, demand=people(c), units=c.units),
    "balanced, contiguous": lambda c: gp.partition.balanced(c.area, c.outlets, demand="area", contiguous=True),
    "aggregate": lambda c: gp.partition.aggregate(c.units, c.outlets, service_area=c.area, tolerance=0.3),
    "travel_time, units": lambda c: gp.partition.travel_time(
        c.area, c.outlets, c.roads, units=c.units, demand="households"
    ),
    "travel_time, nodes": lambda c: gp.partition.travel_time(c.area, c.outlets, c.roads, polygons="nodes"),
    "travel_time, blocks": lambda c: gp.partition.travel_time(c.area, c.outlets, c.roads, polygons="blocks"),
    "given": given,
    "reconcile": reconciled,
    "admin": lambda c: gp.partition.admin(c.units, service_area=c.area, outlets=c.outlets, demand="households"),
}
IN_PIECES = ("balanced, area", "balanced, units", "balanced, points", "balanced, whole")
"""Cells may be in several pieces, of which one may go whole to an outlet that opens."""


def wkb_of(grid: gp.Grid) -> dict[str, bytes]:
    return dict(zip(grid.cells["cell_id"], grid.cells.geometry.to_wkb(), strict=True))


def changed(one: gp.Grid, two: gp.Grid) -> set[str]:
    before, after = wkb_of(one), wkb_of(two)
    return {cell for cell in {*before, *after} if before.get(cell) != after.get(cell)}


def around(grid: gp.Grid, outlet_id: str) -> set[str]:
    own = set(grid.cells.loc[grid.cells["outlet_id"] == outlet_id, "cell_id"])
    graph = grid.adjacency()
    return own.union(*(graph.neighbors(cell) for cell in own))


def same_demand(one: gp.Grid, two: gp.Grid) -> bool:
    totals = [grid.cells["demand"].sum(skipna=False) for grid in (one, two)]
    return bool(np.isnan(totals).all()) or totals[1] == pytest.approx(totals[0], rel=1e-9)


def moved_to(outlets: gpd.GeoDataFrame, row: int, place: shapely.Point) -> gpd.GeoDataFrame:
    shapes = outlets.geometry.to_numpy(dtype=object).copy()
    shapes[row] = place
    return outlets.set_geometry(gpd.GeoSeries(shapes, index=outlets.index, crs=outlets.crs))


@pytest.fixture(scope="module", params=RULES)
def drawn(request: pytest.FixtureRequest) -> tuple[str, gp.Grid]:
    return request.param, RULES[request.param](COUNTY)


@pytest.mark.parametrize("row", [0, 7])
def test_R17_closing_keeps_to_the_neighbourhood_and_opening_again_restores(
    drawn: tuple[str, gp.Grid], row: int
) -> None:
    rule, first = drawn
    name = COUNTY.outlets["outlet_id"].iloc[row]
    closed, changes = gp.partition.revise(first, COUNTY.outlets.drop(COUNTY.outlets.index[row]))
    assert closed.certify().valid
    assert gp.certify(closed.cells, COUNTY.area).valid
    assert changed(first, closed) <= around(first, name)
    assert name not in set(closed.cells["outlet_id"])
    assert same_demand(first, closed)
    if rule == "admin":
        assert set(changes["change"]) <= {"owner"}
    else:
        assert set(changes["cell_id"]) == changed(first, closed)
        assert len(closed) == len(first) - 1
    again, _ = gp.partition.revise(closed, COUNTY.outlets)
    assert again.digest == first.digest
    assert again.cells["outlet_id"].tolist() == first.cells["outlet_id"].tolist()
    assert again.cells["demand"].to_numpy() == pytest.approx(first.cells["demand"].to_numpy(), nan_ok=True)


@pytest.mark.parametrize("row", [1, 5])
def test_R17_opening_and_moving_keep_to_the_neighbourhood(drawn: tuple[str, gp.Grid], row: int) -> None:
    rule, first = drawn
    place = COUNTY.units.representative_point().iloc[20 * row + 7]
    moved = moved_to(COUNTY.outlets, row, place)
    name = COUNTY.outlets["outlet_id"].iloc[row]
    for table, who in ((opening(place), "新"), (moved, name)):
        after, _ = gp.partition.revise(first, table)
        assert after.certify().valid
        assert same_demand(first, after)
        assert who in set(after.outlets["outlet_id"]) or rule == "admin"
        beyond = changed(first, after) - around(after, who)
        if who == name:
            beyond -= around(first, name)
        if rule == "aggregate":  # the cell it opens in and those beside that are solved again
            home = first.locate(gpd.GeoSeries([place], crs=first.crs)).iloc[0]
            beyond -= {home, *first.adjacency().neighbors(home)}
        if rule in IN_PIECES:
            size = [grid.cells.set_index("cell_id")["area_m2"] for grid in (first, after)]
            beyond = {cell for cell in beyond if abs(size[0][cell] - size[1][cell]) < 1e-3}
        assert not beyond
        assert gp.partition.revise(after, COUNTY.outlets)[0].digest == first.digest


def test_any_order_of_closing_and_opening_ends_at_the_first_grid(drawn: tuple[str, gp.Grid]) -> None:
    _, first = drawn
    rng = np.random.default_rng(1)
    grid, closed = first, set()
    for name in rng.choice(COUNTY.outlets["outlet_id"], 7):
        closed ^= {name}
        grid, _ = gp.partition.revise(grid, COUNTY.outlets[~COUNTY.outlets["outlet_id"].isin(closed)])
        assert grid.certify().valid
    grid, _ = gp.partition.revise(grid, COUNTY.outlets)
    assert grid.digest == first.digest


@pytest.mark.parametrize("rule", ["balanced, units", "balanced, points", "balanced, whole", "aggregate"])
def test_how_even_cells_still_are_is_told(rule: str) -> None:
    first = RULES[rule](COUNTY)
    closed, _ = gp.partition.revise(first, COUNTY.outlets.iloc[1:])
    load = closed.cells["demand"] / closed.cells["demand"].mean() - 1
    told = closed.provenance["imbalance" if rule == "aggregate" else "max_deviation"]
    assert told == pytest.approx(load.abs().max())
    limit = closed.provenance["tolerance"]
    assert set(closed.provenance["beyond_tolerance"]) == set(closed.cells["cell_id"][load.abs() > limit + 1e-9])
    # the neighbours share what is left as evenly as they can: nobody outside is worse than before
    heirs = around(first, COUNTY.outlets["outlet_id"].iloc[0]) - {f"银-{COUNTY.outlets['outlet_id'].iloc[0]}"}
    share = first.cells.set_index("cell_id")["demand"]
    level = share[list(around(first, COUNTY.outlets["outlet_id"].iloc[0]))].sum() / len(heirs)
    after = closed.cells.set_index("cell_id")["demand"][list(heirs)]
    assert after.max() <= level * 1.35


def test_nearest_with_loose_pieces_is_always_the_whole_rule() -> None:
    first = gp.partition.nearest(COUNTY.area, COUNTY.outlets, contiguous=False)
    for row in range(len(COUNTY.outlets)):
        rest = COUNTY.outlets.drop(COUNTY.outlets.index[row])
        closed, _ = gp.partition.revise(first, rest)
        assert closed.digest == gp.partition.nearest(COUNTY.area, rest, contiguous=False).digest


def test_an_outlet_alone_on_its_island_leaves_it_to_the_nearest() -> None:
    county = county_of(ISLANDS, seed=1)
    second = shapely.covers(ISLANDS.geoms[1], county.outlets.geometry.to_numpy())
    assert second.sum() == 1
    lone = f"银-{county.outlets['outlet_id'][second].iloc[0]}"
    for rule in ("nearest", "nearest, units", "travel_time, units", "given"):
        grid = RULES[rule](county)
        closed, _ = gp.partition.revise(grid, county.outlets[~second])
        heirs = changed(grid, closed) - {lone}
        assert len(heirs) == 1
        assert closed.certify().valid
        assert gp.partition.revise(closed, county.outlets)[0].digest == grid.digest


def test_a_redrawn_grid_keeps_what_was_drawn_by_hand() -> None:
    first = gp.partition.nearest(COUNTY.area, COUNTY.outlets, units=COUNTY.units, demand="households")
    session = Session(first)
    one, two, _ = max(first.adjacency().edges(data="border_m"), key=lambda edge: edge[2])
    inner = [
        unit
        for unit, label in zip(first.face_ids or (), first.labels, strict=True)
        if first.cells["cell_id"].iloc[label] == one
    ]
    for unit in inner:
        try:
            session.assign([unit], two)
        except gp.EditRefused:
            continue
        break
    edited = session.grid
    assert edited.digest != first.digest
    away = next(
        name
        for name, cell in zip(edited.outlets["outlet_id"], edited.outlets["cell_id"], strict=True)
        if cell not in {one, two, *edited.adjacency().neighbors(one), *edited.adjacency().neighbors(two)}
    )
    closed, _ = gp.partition.revise(edited, COUNTY.outlets[COUNTY.outlets["outlet_id"] != away])
    assert wkb_of(closed)[one] == wkb_of(edited)[one]
    assert wkb_of(closed)[two] == wkb_of(edited)[two]
    assert gp.partition.revise(closed, COUNTY.outlets)[0].digest == edited.digest


def test_a_file_keeps_what_it_takes_to_restore_and_asks_for_the_rest(tmp_path: Path) -> None:
    rest = COUNTY.outlets.iloc[1:]
    made = {name: RULES[name](COUNTY) for name in ("balanced, units", "travel_time, units", "nearest, layer")}
    closed = {name: gp.partition.revise(grid, rest)[0] for name, grid in made.items()}
    area = gpd.GeoDataFrame({"area_id": ["1"]}, geometry=[ISLANDS], crs=COUNTY.area.crs)
    project = Project(name="县", service_area=area, units=COUNTY.units, grids=dict(closed))
    project.save(tmp_path / "a.gpkg")
    opened = gp.open_project(tmp_path / "a.gpkg").grids
    for name, grid in made.items():
        assert gp.partition.revise(opened[name], COUNTY.outlets)[0].digest == grid.digest
    fewer = rest.iloc[1:]
    with pytest.raises(gp.InputError, match="Give it again: demand"):
        gp.partition.revise(opened["balanced, units"], fewer)
    with pytest.raises(gp.InputError, match="Give it again: roads"):
        gp.partition.revise(opened["travel_time, units"], fewer)
    with pytest.raises(gp.InputError, match="Give it again: demand"):
        gp.partition.revise(opened["nearest, layer"], fewer)
    again = {
        "balanced, units": {"demand": "households", "units": COUNTY.units},
        "travel_time, units": {"roads": COUNTY.roads},
        "nearest, layer": {"demand": people(COUNTY)},
    }
    for name, options in again.items():
        one = gp.partition.revise(opened[name], fewer, **options)[0]
        assert one.digest == gp.partition.revise(closed[name], fewer)[0].digest
        assert same_demand(one, made[name])


def test_wellfield_is_drawn_again_beside_what_changed() -> None:
    first = gp.partition.wellfield(COUNTY.area, COUNTY.outlets, units=COUNTY.units, demand="households")
    catchments = gp.partition.nearest(COUNTY.area, COUNTY.outlets)
    name = COUNTY.outlets["outlet_id"].iloc[0]
    closed, changes = gp.partition.revise(first, COUNTY.outlets.iloc[1:])
    concerned = around(catchments, name)
    parent = first.cells.set_index("cell_id")["parent_id"]
    inside = set(parent.index[parent.isin(concerned)])
    touching = inside.union(*(first.adjacency().neighbors(cell) for cell in inside))
    assert changed(first, closed) - set(closed.cells["cell_id"][closed.cells["parent_id"].isin(concerned)]) <= touching
    outside = changes[~changes["cell_id"].isin(inside) & (changes["change"] == "reshaped")]
    assert outside["area_after_m2"].to_numpy() == pytest.approx(outside["area_before_m2"].to_numpy(), rel=1e-9)
    assert closed.cells["demand"].sum() == COUNTY.units["households"].sum()
    assert gp.partition.revise(closed, COUNTY.outlets)[0].digest == first.digest


def test_an_outlet_that_opens_in_the_unit_of_another_cuts_it_or_is_refused() -> None:
    beside = COUNTY.outlets.geometry.iloc[0].buffer(30).exterior.interpolate(0)
    table = opening(beside)
    for rule in ("nearest, units", "travel_time, units"):
        after, _ = gp.partition.revise(RULES[rule](COUNTY), table)
        assert len(after.coverage) == len(COUNTY.units) + 1
        assert after.certify().valid
    with pytest.raises(gp.InfeasibleError, match=r"网点000, 新|新, 网点000"):
        gp.partition.revise(RULES["aggregate"](COUNTY), table)


def test_what_cannot_be_revised_says_what_to_do() -> None:
    big = gp.partition.nearest(COUNTY.area, COUNTY.outlets, units=COUNTY.units, demand="households")
    for rule in ("wellfield", "admin", "aggregate"):
        with pytest.raises(gp.InputError, match="Revise the grid of the big cells, then nest again"):
            gp.partition.revise(gp.partition.nest(big, rule), COUNTY.outlets)
    with pytest.raises(gp.InputError, match=r"knows no outlets.*outlets="):
        gp.partition.revise(gp.Grid.from_cells(big.cells, COUNTY.area, bank_id="银"), COUNTY.outlets)
    for rule in ("balanced, area", "aggregate", "given"):
        with pytest.raises(gp.InfeasibleError, match=r"No outlet is open|None of the 0 outlets"):
            gp.partition.revise(RULES[rule](COUNTY), COUNTY.outlets.iloc[:0])


def test_outlets_merged_in_one_unit_take_over_from_each_other() -> None:
    beside = COUNTY.outlets.geometry.iloc[3].buffer(20).exterior
    more = [beside.interpolate(share, normalized=True) for share in (0.0, 0.5)]
    extra = gpd.GeoDataFrame({"outlet_id": ["甲", "乙"], "bank_id": "银"}, geometry=more, crs=COUNTY.outlets.crs)
    table = pd.concat([COUNTY.outlets, extra])
    first = gp.partition.aggregate(COUNTY.units, table, service_area=COUNTY.area, tolerance=0.3, shared_units="merge")
    lead = min("甲", "乙", COUNTY.outlets["outlet_id"].iloc[3])
    assert set(first.provenance["outlets_merged"]) == {lead}
    closed, changes = gp.partition.revise(first, table[table["outlet_id"] != lead])
    assert changes.set_index("cell_id")["change"][f"银-{lead}"] == "closed"
    assert len(closed) == len(first)
    assert gp.partition.revise(closed, table)[0].digest == first.digest
