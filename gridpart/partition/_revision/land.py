"""A grid taken apart for revision: faces that know their cell by its id, so that cells can come and go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.coverage import SNAP_M, Coverage, arrange, connected_components
from gridpart.partition.apportion import share_by_weight
from gridpart.partition.grid import Grid


@dataclass(frozen=True, eq=False)
class Outlet:
    """An outlet that anchors a cell: place in m, bank, zone class of the place."""

    point: tuple[float, float]
    cell_id: str
    bank_id: str
    zone: str | None = None


@dataclass(frozen=True, eq=False)
class Land:
    """
    Faces and whose they are.

    Attributes
    ----------
    coverage
        The faces.
    cell
        Cell id of each face, shape (n_faces,).
    unit_ids, demand, zone
        Of each face where known, shape (n_faces,), else None.
    outlets
        By id.
    facts
        Other columns of each cell, by cell id.
    """

    coverage: Coverage
    cell: GeometryArray
    unit_ids: GeometryArray | None
    demand: FloatArray | None
    zone: GeometryArray | None
    outlets: Mapping[str, Outlet]
    facts: Mapping[str, Mapping[str, Any]]

    def loads(self) -> dict[str, float]:
        """Return the demand of each cell."""
        assert self.demand is not None  # noqa: S101 - asked only where it is known
        ids, number = np.unique(self.cell.astype(str), return_inverse=True)
        return dict(zip(ids.tolist(), np.bincount(number.ravel(), self.demand).tolist(), strict=True))

    def beside(self, cells: Iterable[str]) -> list[str]:
        """Return the cells that share a border with some cells, without these, sorted."""
        names, number = np.unique(self.cell.astype(str), return_inverse=True)
        one, two, _ = self.coverage.adjacency(number.ravel())
        mine = np.isin(names, list(cells))
        found = np.concatenate([two[mine[one]], one[mine[two]]])
        return sorted({str(names[row]) for row in found} - set(cells))

    def faces_of(self, cells: Iterable[str]) -> IntArray:
        """Return the faces of some cells."""
        rows: IntArray = np.flatnonzero(np.isin(self.cell.astype(str), list(cells)))
        return rows

    def seat(self, cell_id: str) -> tuple[float, float]:
        """Return the place that speaks for a cell: its outlet, or else a point in its largest face."""
        owner = self.facts[cell_id]["outlet_id"]
        if owner in self.outlets:
            return self.outlets[owner].point
        rows = self.faces_of([cell_id])
        inside = shapely.point_on_surface(self.coverage.polygons[rows[np.argmax(self.coverage.areas[rows])]])
        return float(inside.x), float(inside.y)

    def seats(self, cells: Sequence[str]) -> FloatArray:
        """Return the places that speak for some cells, shape (n_cells, 2)."""
        return np.array([self.seat(cell) for cell in cells], dtype=np.float64).reshape(-1, 2)

    def relabelled(self, rows: IntArray, cells: object) -> Land:
        """Return the land with other cells on some faces."""
        cell = self.cell.copy()
        cell[rows] = cells
        return replace(self, cell=cell)


def land_of(grid: Grid) -> Land:
    """Take a grid apart; demand that only its cells know is spread evenly over each."""
    cells = grid.cells
    ids = cells["cell_id"].to_numpy(dtype=object)
    demand = grid.face_demand
    known = cells["demand"].to_numpy(dtype=np.float64)
    if demand is None and np.isfinite(known).all():
        demand = share_by_weight(known, grid.labels, grid.coverage.areas)
    kept = [name for name in cells.columns if name not in {"cell_id", "demand", "area_m2", "geometry"}]
    facts = {str(row["cell_id"]): {name: row[name] for name in kept} for row in cells.to_dict("records")}
    outlets = {
        str(row.outlet_id): Outlet(
            (float(row.geometry.x), float(row.geometry.y)),
            str(row.cell_id),
            str(facts[str(row.cell_id)]["bank_id"]),
            None if pd.isna(row.zone_class) else row.zone_class,
        )
        for row in grid.outlets.itertuples()
    }
    return Land(
        coverage=grid.coverage,
        cell=ids[grid.labels],
        unit_ids=None if grid.face_ids is None else np.array(grid.face_ids, dtype=object),
        demand=demand,
        zone=None if grid.face_zone is None else np.array([*grid.face_zone, None], dtype=object)[:-1],
        outlets=outlets,
        facts=facts,
    )


def clusters_of(land: Land, cells: Iterable[str]) -> list[list[str]]:
    """Return cells that border each other together, each group sorted, groups in the order of their first."""
    names = sorted(cells)
    number = {name: row for row, name in enumerate(names)}
    pairs = np.array(
        [(number[name], number[other]) for name in names for other in land.beside([name]) if other in number],
        dtype=np.int64,
    ).reshape(-1, 2)
    part = connected_components(len(names), pairs[:, 0], pairs[:, 1])
    return [[names[row] for row in np.flatnonzero(part == one)] for one in dict.fromkeys(part.tolist())]


def divided(land: Land, shapes: GeometryArray, source: IntArray, cell: GeometryArray) -> tuple[Land, IntArray]:
    """
    Put pieces in the place of some faces and give all others the vertices where pieces end.

    Parameters
    ----------
    land
        Before.
    shapes
        The pieces, filling the faces they come from, shape (n_pieces,).
    source
        Face that each comes from, shape (n_pieces,).
    cell
        Cell that each belongs to, shape (n_pieces,).

    Returns
    -------
    land, piece
        After, and the row of the piece that each face is, -1 for faces that were not cut.
    """
    cut = np.unique(source)
    whole = np.setdiff1d(np.arange(len(land.coverage)), cut)
    noded = arrange([np.concatenate([land.coverage.polygons[whole], shapes])], tolerance=SNAP_M)
    rows, polygons = noded.coverage.dissolve(noded.labels[:, 0])
    coverage = Coverage.from_polygons(polygons)
    origin = np.concatenate([whole, source])[rows]
    owner = np.concatenate([land.cell[whole], cell])[rows]
    new = replace(
        land,
        coverage=coverage,
        cell=owner,
        unit_ids=None if land.unit_ids is None else land.unit_ids[origin],
        demand=None if land.demand is None else share_by_weight(land.demand, origin, coverage.areas),
        zone=None if land.zone is None else land.zone[origin],
    )
    return new, np.maximum(rows - len(whole), -1)
