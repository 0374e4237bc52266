"""Counties to edit and commands at random, for the tests of sessions."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import shapely
from square_counties import CRS, square_county

from gridpart.coverage import prove_partition
from gridpart.errors import EditRefused
from gridpart.partition import Grid, nearest
from gridpart.studio import Session
from gridpart.studio.delta import Delta


def outlets_in(seed: int, number: int, low: tuple[float, float], high: tuple[float, float]) -> gpd.GeoDataFrame:
    points = np.random.default_rng(seed).uniform(low, high, (number, 2)).round(2)
    ids = [f"O{n:03d}" for n in range(number)]
    return gpd.GeoDataFrame({"outlet_id": ids, "bank_id": "A"}, geometry=shapely.points(points), crs=CRS)


def unit_grid(seed: int = 0, *, columns: int = 8, rows: int = 6, outlets: int = 6) -> Grid:
    """Return a grid of square units."""
    area, units = square_county(seed, columns=columns, rows=rows)
    return nearest(area, outlets_in(seed, outlets, (10, 10), (columns * 990.0, rows * 990.0)), units=units)


def free_grid(seed: int = 0, *, outlets: int = 12) -> Grid:
    """Return a grid of free polygons on an area with a lake and an island."""
    lake = shapely.box(3000, 2000, 4500, 3500)
    land = shapely.box(0, 0, 8000, 6000).difference(lake)
    area = gpd.GeoSeries([shapely.MultiPolygon([land, shapely.box(9000, 0, 10000, 1000)])], crs=CRS)
    table = outlets_in(seed, 4 * outlets, (10, 10), (7900, 5900))
    return nearest(area, table[~table.intersects(lake)].iloc[:outlets].reset_index(drop=True))


def strip_grid() -> Grid:
    """
    Return twelve square units in two rows, three outlets.

    ::

        U6  U7  U8  U9  U10 U11
        U0  U1  U2  U3  U4  U5
        WW  W   C   C   E   E    outlets in U0, U2 and U5
    """
    boxes = [shapely.box(x, y, x + 100, y + 100) for y in (0, 100) for x in range(0, 600, 100)]
    units = gpd.GeoDataFrame(
        {
            "unit_id": [f"U{n}" for n in range(12)],
            "population": [100.0] * 12,
            "households": [30] * 12,
            "zone_class": "urban",
        },
        geometry=boxes,
        crs=CRS,
    )
    outlets = gpd.GeoDataFrame(
        {"outlet_id": ["west", "mid", "east"], "bank_id": "A"},
        geometry=gpd.points_from_xy([50, 250, 550], [50, 50, 50]),
        crs=CRS,
    )
    area = gpd.GeoSeries([shapely.box(0, 0, 600, 200)], crs=CRS)
    return nearest(area, outlets, units=units)


Command = Callable[[Session, np.random.Generator], Delta]


def _cell(session: Session, rng: np.random.Generator) -> str:
    return str(rng.choice(session.cell_ids))


def assign(session: Session, rng: np.random.Generator) -> Delta:
    ground, labels = session._state.ground, session._state.labels
    pairs = np.flatnonzero(labels[ground.one] != labels[ground.two])
    force = bool(rng.random() < 0.1)
    if len(pairs) == 0 or rng.random() < 0.1:
        return session.assign_faces([int(rng.integers(len(labels)))], _cell(session, rng), force=force)
    pair = rng.choice(pairs)
    one, two = sorted([int(ground.one[pair]), int(ground.two[pair])], key=lambda _: rng.random())
    unit = session.unit_ids[one]
    if unit is None:
        return session.assign_faces([one], session.labels[two], force=force)
    return session.assign([unit], session.labels[two], force=force)


def split(session: Session, rng: np.random.Generator) -> Delta:
    cell = _cell(session, rng)
    cut = [None, True, False][int(rng.integers(3))]
    if rng.random() < 0.3:
        return session.split(cell, cut=cut)
    faces = session._state.members(cell)
    centre = session._state.middles[rng.choice(faces)] + rng.normal(0, 100, 2)
    line = np.array([centre, centre + rng.normal(0, 500, 2)])
    if rng.random() < 0.3:
        line = np.vstack([line, line[-1] + rng.normal(0, 500, 2)])
    return session.split(cell, line=shapely.LineString(line), cut=cut)


def merge(session: Session, rng: np.random.Generator) -> Delta:
    adjacency = session._state.ground
    labels, names = session._state.labels, session._state.names
    pairs = np.flatnonzero(labels[adjacency.one] != labels[adjacency.two])
    if len(pairs) == 0 or len(session.cell_ids) < 4:
        return session.merge([_cell(session, rng), _cell(session, rng)])
    pair = rng.choice(pairs)
    return session.merge([names[labels[adjacency.one[pair]]], names[labels[adjacency.two[pair]]]])


def _vertex(session: Session, rng: np.random.Generator) -> np.ndarray:
    face = int(rng.integers(len(session._state)))
    points = shapely.get_coordinates(session._state.polygons[face])
    return points[rng.integers(len(points))]


def _span(session: Session, rng: np.random.Generator) -> np.ndarray:
    size = np.sqrt(np.median(session._state.areas))
    return rng.normal(0, size * rng.choice([0.02, 0.1, 0.4]), 2)


def move_vertex(session: Session, rng: np.random.Generator) -> Delta:
    vertex = _vertex(session, rng)
    return session.move_vertex(vertex, vertex + _span(session, rng))


def bend_border(session: Session, rng: np.random.Generator) -> Delta:
    face = int(rng.integers(len(session._state)))
    points = shapely.get_coordinates(session._state.polygons[face])
    row = int(rng.integers(len(points) - 1))
    middle = points[row] + (points[row + 1] - points[row]) * rng.uniform(0.2, 0.8)
    return session.bend_border(middle, middle + _span(session, rng))


def move_stretch(session: Session, rng: np.random.Generator) -> Delta:
    return session.move_stretch(_vertex(session, rng), _span(session, rng) / 4)


def lock(session: Session, rng: np.random.Generator) -> Delta:
    locked = [name for name, record in session._state.cells.items() if record.locked]
    if locked:
        return session.unlock(locked[0])
    return session.lock(_cell(session, rng))


def _place(session: Session, rng: np.random.Generator) -> np.ndarray:
    return session._state.middles[rng.integers(len(session._state))] + rng.normal(0, 50, 2)


def move_outlet(session: Session, rng: np.random.Generator) -> Delta:
    record = session._state.outlets[str(rng.choice(list(session._state.outlets)))]
    step = rng.normal(0, 300, 2) if rng.random() < 0.5 else _place(session, rng) - (record.x, record.y)
    return session.move_outlet(record.outlet_id, (record.x + step[0], record.y + step[1]))


def add_outlet(session: Session, rng: np.random.Generator) -> Delta:
    cell = _cell(session, rng) if rng.random() < 0.2 else None
    return session.add_outlet(f"N{rng.integers(10**6)}", _place(session, rng), cell_id=cell)


def close_outlet(session: Session, rng: np.random.Generator) -> Delta:
    return session.close_outlet(str(rng.choice(list(session._state.outlets))))


def rebalance(session: Session, rng: np.random.Generator) -> Delta:
    count = min(len(session.cell_ids), int(rng.integers(2, 5)))
    return session.rebalance([str(name) for name in rng.choice(session.cell_ids, count, replace=False)])


def accept(session: Session, rng: np.random.Generator) -> Delta:
    found = session.suggest(_cell(session, rng))
    if not found:
        message = "nothing to suggest"
        raise EditRefused(message)
    return session.accept(found[int(rng.integers(len(found)))])


def assign_officer(session: Session, rng: np.random.Generator) -> Delta:
    return session.assign_officer(f"P{rng.integers(5)}", _cell(session, rng))


def comment(session: Session, rng: np.random.Generator) -> Delta:
    return session.comment("the village asks for the school", cell_id=_cell(session, rng))


COMMANDS: list[Command] = [
    rebalance,
    accept,
    assign_officer,
    comment,
    *[assign] * 3,
    split,
    merge,
    move_vertex,
    bend_border,
    move_stretch,
    lock,
    move_outlet,
    add_outlet,
    close_outlet,
]


def edit(session: Session, rng: np.random.Generator, commands: list[Command] = COMMANDS) -> tuple[str, Delta | None]:
    """Try one command; return its name, and the delta or None if it was refused and nothing changed."""
    command = commands[int(rng.integers(len(commands)))]
    seq = session.seq
    try:
        return command.__name__, command(session, rng)
    except EditRefused:
        if session.seq != seq:
            raise
        return command.__name__, None


def require_exact(session: Session, area: shapely.Geometry) -> None:
    """Prove that the faces, and so the cells, cover the area exactly once."""
    proof = prove_partition(session._state.polygons, area)
    assert proof.holds, proof.defects[:3]
