"""Outlets that move, open and close: the cells of rule nearest, and nothing else changes."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from random_edits import free_grid, outlets_in, strip_grid
from square_counties import square_county

from gridpart.errors import EditRefused
from gridpart.partition import Grid, aggregate, nearest
from gridpart.studio import Session

COLUMNS, ROWS = 12, 10
SEED = 7
"""A county in which no piece of a cell is cut off."""


def outlets_of(grid: Grid) -> gpd.GeoDataFrame:
    return grid.outlets.assign(bank_id="A")[["outlet_id", "bank_id", "geometry"]]


@pytest.fixture(scope="module")
def county() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, Grid]:
    area, units = square_county(SEED, columns=COLUMNS, rows=ROWS)
    return area, units, nearest(area, outlets_in(SEED, 8, (10, 10), (11_900.0, 9_900.0)), units=units)


@pytest.mark.parametrize("seed", range(12))
def test_cells_are_those_of_rule_nearest(county: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, Grid], seed: int) -> None:
    area, units, grid = county
    session, outlets, rng = Session.of(grid), outlets_of(grid), np.random.default_rng(seed)
    name = str(rng.choice(outlets["outlet_id"]))
    place = rng.uniform((10, 10), (11_900, 9_900))
    held = session._state.face_at(*place) in session._state.home.values()
    if seed % 3 == 2:
        session.close_outlet(name)
        outlets = outlets[outlets["outlet_id"] != name]
    elif held:
        with pytest.raises(EditRefused, match="one unit holds one outlet"):
            session.add_outlet("new", place)
        return
    elif seed % 3 == 1:
        session.add_outlet("new", place)
        new = gpd.GeoDataFrame({"outlet_id": ["new"], "bank_id": ["A"]}, geometry=[shapely.Point(place)], crs=grid.crs)
        outlets = gpd.GeoDataFrame(pd.concat([outlets, new], ignore_index=True), crs=grid.crs)
    else:
        session.move_outlet(name, place)
        outlets.loc[outlets["outlet_id"] == name, "geometry"] = shapely.Point(place)
    wanted = nearest(area, outlets, units=units)
    assert "pieces_moved" not in wanted.provenance
    assert session.digest == wanted.digest
    session.undo()
    assert session.grid is grid


@pytest.mark.parametrize("seed", range(4))
def test_free_cells_are_drawn_again_as_rule_nearest_draws_them(seed: int) -> None:
    grid = free_grid(seed)
    session, outlets, rng = Session.of(grid), outlets_of(grid), np.random.default_rng(seed)
    name = str(rng.choice(outlets["outlet_id"]))
    place = shapely.get_coordinates(outlets.geometry[outlets["outlet_id"] == name])[0] + (40, 25)
    session.move_outlet(name, place)
    outlets.loc[outlets["outlet_id"] == name, "geometry"] = shapely.Point(place)
    area = gpd.GeoSeries([grid.drawn_area], crs=grid.crs)
    assert session.digest == nearest(area, outlets).digest
    assert session.grid.certify().valid
    session.close_outlet(name)
    assert session.digest == nearest(area, outlets[outlets["outlet_id"] != name]).digest
    session.add_outlet("new", place)
    assert session.grid.certify().valid
    while session.can_undo:
        session.undo()
    assert session.grid is grid


def test_a_free_cell_that_was_redrawn_by_hand_is_not_drawn_over() -> None:
    session = Session.of(free_grid(0))
    name = session.cell_ids[0]
    session.split(name)
    with pytest.raises(EditRefused, match=f"Redrawn by hand: cells .*{name}"):
        session.close_outlet(session.records[name].outlet_id or "")


def test_R17_closing_an_outlet_alters_only_its_cell_and_those_beside_it(
    county: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, Grid],
) -> None:
    grid = county[2]
    session = Session.of(grid)
    closed = session.cell_ids[3]
    beside = set(grid.adjacency()[closed])
    session.close_outlet(session.records[closed].outlet_id or "", why="lease ended")
    before, after = grid.cells.set_index("cell_id").geometry, session.grid.cells.set_index("cell_id").geometry
    assert set(before.index) - set(after.index) == {closed}
    changed = {name for name in after.index if before[name].wkb != after[name].wkb}
    assert changed
    assert changed <= beside


def test_land_given_by_hand_and_locked_cells_stay() -> None:
    grid = strip_grid()
    session = Session.of(grid)
    session.assign(["U3", "U9"], "A-east")
    session.move_outlet("mid", (240, 60))
    cell_of = dict(zip(session.unit_ids, session.labels, strict=True))
    assert [cell_of[unit] for unit in ("U2", "U3", "U9")] == ["A-mid", "A-east", "A-east"]
    session.lock("A-west")
    session.move_outlet("mid", (105, 150))  # now nearest to U6, which is locked
    cell_of = dict(zip(session.unit_ids, session.labels, strict=True))
    assert [cell_of[unit] for unit in ("U0", "U6", "U7")] == ["A-west", "A-west", "A-mid"]
    session.undo()
    session.unlock("A-west")
    session.move_outlet("mid", (105, 150))
    cell_of = dict(zip(session.unit_ids, session.labels, strict=True))
    assert [cell_of[unit] for unit in ("U0", "U6", "U7")] == ["A-west", "A-mid", "A-mid"]


def test_moves_that_cannot_be_are_refused(county: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, Grid]) -> None:
    session = Session.of(county[2])
    one, two = list(session.outlets.values())[:2]
    before = session.state_digest
    for place, reason in (
        ((-50.0, 0.0), "outside the service area"),
        ((two.x + 1, two.y), f"Outlet {two.outlet_id} stands in U"),
        ((np.nan, 0.0), "two finite numbers"),
    ):
        with pytest.raises(EditRefused, match=reason):
            session.move_outlet(one.outlet_id, place)
    with pytest.raises(EditRefused, match="There is no outlet nobody"):
        session.close_outlet("nobody")
    with pytest.raises(EditRefused, match="There is an outlet 'O000' already"):
        session.add_outlet("O000", (5000, 5000))
    assert session.state_digest == before


def test_on_grids_of_other_rules_an_outlet_moves_within_its_cell() -> None:
    _, units = square_county(4, columns=8, rows=6)
    outlets = outlets_in(4, 4, (10, 10), (7900.0, 5900.0))
    session = Session.of(aggregate(units, outlets, demand="population", tolerance=0.3))
    record = next(iter(session.outlets.values()))
    before = session.digest
    session.move_outlet(record.outlet_id, (record.x + 5, record.y))
    assert session.digest == before
    assert session.outlets[record.outlet_id].x == record.x + 5
    away = next(item for item in session.outlets.values() if item.cell_id != record.cell_id)
    with pytest.raises(EditRefused, match=f"would stand in cell {away.cell_id}"):
        session.move_outlet(record.outlet_id, (away.x + 5, away.y))
    session.move_outlet(record.outlet_id, (record.x - 900, record.y), cells="nearest")
    assert session.grid.certify().valid


def test_a_preview_changes_nothing_and_foretells_the_command(
    county: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, Grid],
) -> None:
    session = Session.of(county[2])
    record = list(session.outlets.values())[2]
    state = session.state_digest
    to = (record.x + 1500, record.y - 700)
    shown = session.preview("move_outlet", record.outlet_id, to)
    assert shown.kind == "preview"
    assert (session.state_digest, session.seq, session.log) == (state, 0, ())
    session.preview("add_outlet", "new", (5500, 5500))
    assert session.move_outlet(record.outlet_id, to).changes == shown.changes
    with pytest.raises(EditRefused, match="outside the service area"):
        session.preview("move_outlet", record.outlet_id, (-1, -1))
    session.undo()
    with pytest.raises(ValueError, match="There is no command 'save' to preview"):
        session.preview("save")
