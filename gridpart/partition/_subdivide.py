"""Big cells divided into small cells of whole units and like demand, one for each officer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.coverage import SNAP_M, Coverage, arrange
from gridpart.errors import InfeasibleError, InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import Joined, messages
from gridpart.partition._aggregate.ground import ground_of
from gridpart.partition._aggregate.officers import solve_staffed
from gridpart.partition._aggregate.problem import Problem
from gridpart.partition._build import Faces
from gridpart.partition._cut import face_at
from gridpart.partition._demand_layer import given_demand
from gridpart.partition._units import faces_of_units
from gridpart.partition.grid import Grid
from gridpart.steps import counted

say = messages("partition")

MOST_PARTS = 9
"""Small cells of a big one where no number is given: those of a block of nine squares."""

_TOLERANCE = 0.02
"""Evenness aimed at; what is missed is reported."""


@dataclass(frozen=True, eq=False)
class Parts:
    """
    Small cells of whole units.

    Attributes
    ----------
    faces
        Units, parted where big cells part them.
    big
        Big cell of each face, shape (n_faces,).
    part
        Small cell within the big one of each face, 0 holds the outlet, shape (n_faces,).
    imbalance
        Largest deviation from the mean of its big cell, relative to it, by big cell, shape (n_big,).
    """

    faces: Faces
    big: IntArray
    part: IntArray
    imbalance: FloatArray


def divide_among_officers(
    grid: Grid,
    origins: FloatArray,
    *,
    units: gpd.GeoDataFrame | None,
    demand: str | None,
    officers: Mapping[str, int] | pd.Series[int] | int | None,
) -> Parts:
    """
    Divide every cell of a grid.

    Parameters
    ----------
    grid
        The big cells.
    origins
        Where small cells start in each big cell: its outlet or a point inside, shape (n_big, 2), m.
    units
        ``unit_id``, polygons, same CRS; None for the units that the grid was made of.
    demand
        Column of the units; if None, that of the big cells, else population. The area counts where a big cell has none.
    officers
        Number of small cells by ``cell_id`` of the big one, or one number for all; by default nine, or as many as
        there are units if these are fewer.

    Raises
    ------
    InputError
        If there are no units, or a number of officers is no whole number of at least 1.
    InfeasibleError
        If a big cell has fewer units than officers; it is named.
    """
    faces, big = _faces(grid, units, demand)
    ids = grid.cells["cell_id"].tolist()
    counts = _counts(officers, ids, np.bincount(big, minlength=len(ids)))
    part = np.zeros(len(big), dtype=np.int64)
    imbalance = np.zeros(len(ids))
    for row, count in enumerate(counted("big_cells", counts.tolist())):
        mine = np.flatnonzero(big == row)
        if count > 1:
            part[mine], imbalance[row] = _parts_of(faces, mine, origins[row], count)
    return Parts(faces, big, part, imbalance)


def _faces(grid: Grid, units: gpd.GeoDataFrame | None, demand: str | None) -> tuple[Faces, IntArray]:
    """Return the units of the grid, parted where it parts them, and the big cell of each."""
    if units is None:
        _require_units(grid)
        held = Faces(grid.coverage, grid.face_ids, grid.face_demand)
        return held, grid.labels
    require_same_crs(grid.cells, units, names=("grid", "units"))
    whole = faces_of_units(units, demand=demand)
    noded = arrange([np.asarray(grid.cells.geometry.array, dtype=object), whole.coverage.polygons], tolerance=SNAP_M)
    big, unit = noded.labels.T
    blank = (big >= 0) & (unit < 0)
    if blank.any():
        x, y = shapely.get_coordinates(shapely.point_on_surface(noded.coverage.polygons[blank][0]))[0]
        raise InputError(
            say(
                "The units leave {area_m2:,.1f} m² of the grid blank, near ({x:.1f}, {y:.1f}).",
                area_m2=noded.coverage.areas[blank].sum(),
                x=x,
                y=y,
            )
        )
    inside = np.flatnonzero(big >= 0)
    pairs, label = np.unique(np.column_stack([big[inside], unit[inside]]), axis=0, return_inverse=True)
    labels = np.full(len(big), -1, dtype=np.int64)
    labels[inside] = label.ravel()
    coverage = Coverage.from_polygons(noded.coverage.dissolve(labels)[1])
    given = given_demand(grid, units=units, demand=demand, weight=None)
    unit_ids = None if whole.unit_ids is None else tuple(whole.unit_ids[row] for row in pairs[:, 1])
    return Faces(coverage, unit_ids, None if given is None else given.on(coverage, pairs[:, 0])), pairs[:, 0]


def _require_units(grid: Grid) -> None:
    if grid.face_ids is None:
        raise InputError(say("units are needed: this grid was not made of any. Give them as option `units`."))


def own_units(grid: Grid) -> gpd.GeoDataFrame:
    """
    Return the units that a grid was made of; pieces of a unit that was cut have numbers.

    Raises
    ------
    InputError
        If it was made of none.
    """
    _require_units(grid)
    ids = pd.Series(grid.face_ids or (), dtype=str)
    number = ids.groupby(ids).cumcount() + 1
    several = ids.duplicated(keep=False)
    names = ids.where(~several, ids + "-" + number.astype(str))
    return gpd.GeoDataFrame({"unit_id": names}, geometry=grid.coverage.polygons, crs=grid.crs)


def _counts(officers: Mapping[str, int] | pd.Series[int] | int | None, ids: list[str], n_units: IntArray) -> IntArray:
    if officers is None:
        return np.minimum(MOST_PARTS, n_units)
    if hasattr(officers, "items"):  # a mapping, or a column with ids for an index
        given = {str(cell): count for cell, count in officers.items()}
    else:
        given = dict.fromkeys(ids, officers)
    unknown = sorted(set(given) - set(ids))
    if unknown:
        raise InputError(
            say(
                "officers names {n} cells that are not in the grid: {unknown}.",
                n=len(unknown),
                unknown=Joined(unknown[:8]),
            )
        )
    counts = [given.get(name, 1) for name in ids]
    wrong = [
        say("{id}: {value}", id=name, value=count)
        for name, count in zip(ids, counts, strict=True)
        if count != int(count) or count < 1
    ]
    if wrong:
        raise InputError(
            say("officers must be whole numbers of at least 1; {wrong} was given.", wrong=Joined(wrong[:8]))
        )
    short = [
        say("{id} ({officers} officers, {units} units)", id=name, officers=count, units=have)
        for name, count, have in zip(ids, counts, n_units.tolist(), strict=True)
        if count > have
    ]
    if short:
        raise InfeasibleError(
            say(
                "{n} cells have fewer units than officers: {short}. No grid was made.",
                n=len(short),
                short=Joined(short[:8]),
            )
        )
    return np.array(counts, dtype=np.int64)


def _parts_of(faces: Faces, mine: IntArray, origin: FloatArray, count: int) -> tuple[IntArray, float]:
    """Divide some faces into connected parts, and return the part of each and the largest deviation from the mean."""
    coverage = Coverage.from_polygons(faces.coverage.polygons[mine])
    home = face_at(coverage, origin[None, :])
    if home[0] < 0:
        home[0] = shapely.STRtree(coverage.polygons).nearest(shapely.Point(origin))
    ground = ground_of(coverage, home, np.empty(0, dtype=object))
    weight = coverage.areas if faces.demand is None or faces.demand[mine].sum() <= 0 else faces.demand[mine]
    problem = Problem(
        points=ground.points, demand=weight, edges=ground.edges, outlets=origin[None, :], homes=home,
        tolerance=_TOLERANCE, shares=np.array([float(count)]),
    )  # fmt: skip
    labels = solve_staffed(problem, np.array([count])).solution.labels
    load = np.bincount(labels, weights=weight, minlength=count)
    return labels, float(np.abs(load / load.mean() - 1).max())
