"""The well-field lattice: squares about an outlet, cut to its catchment, remnants joined to neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage import SNAP_M, Coverage, arrange, connected_components

OUTER_FIELDS = 8


@dataclass(frozen=True)
class Lattice:
    """
    Squares about one outlet, turned to the main direction of the area.

    Attributes
    ----------
    origin
        The outlet, middle of the centre square, in m.
    angle
        Direction of the rows, in radians anticlockwise from east.
    side
        Side of a square in m.
    endless
        Whether there are nine fields only, the outer ones without end, instead of squares throughout.
    """

    origin: FloatArray
    angle: float
    side: float
    endless: bool

    def square_of(self, points: FloatArray) -> IntArray:
        """Return column and row of the square at each point, the centre square being (0, 0), shape (n_points, 2)."""
        index = np.floor(self.local(points) / self.side + 0.5).astype(np.int64)
        return np.clip(index, -1, 1) if self.endless else index

    def local(self, points: FloatArray) -> FloatArray:
        """Return points in the turned system with the outlet at zero, in m, shape (n_points, 2)."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        moved = points - self.origin
        return np.column_stack([moved[:, 0] * cos + moved[:, 1] * sin, moved[:, 1] * cos - moved[:, 0] * sin])

    def world(self, points: FloatArray) -> FloatArray:
        """Return points of the turned system in m of the map, shape (n_points, 2)."""
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        turned = np.column_stack([points[:, 0] * cos - points[:, 1] * sin, points[:, 0] * sin + points[:, 1] * cos])
        moved: FloatArray = self.origin + turned
        return moved

    def squares_over(self, area: shapely.Geometry) -> tuple[GeometryArray, IntArray]:
        """Return the squares that an area may touch, and column and row of each, shapes (n,) and (n, 2)."""
        corners = self.local(shapely.get_coordinates(area))
        low, high = corners.min(axis=0), corners.max(axis=0)
        columns, rows = (self._cuts(low[axis], high[axis]) for axis in (0, 1))
        boxes, index = [], []
        for column, (west, east) in columns:
            for row, (south, north) in rows:
                ring = np.array([(west, south), (east, south), (east, north), (west, north)])
                boxes.append(self.world(ring))
                index.append((column, row))
        return shapely.polygons(np.array(boxes)), np.array(index, dtype=np.int64)

    def _cuts(self, low: float, high: float) -> list[tuple[int, tuple[float, float]]]:
        """Return the strips of the lattice between two coordinates, the outermost wide enough."""
        margin = self.side
        first, last = (int(np.floor(value / self.side + 0.5)) for value in (low - margin, high + margin))
        if not self.endless:
            return [(n, ((n - 0.5) * self.side, (n + 0.5) * self.side)) for n in range(first, last + 1)]
        half = self.side / 2
        ends = (min(low, -half) - margin, -half, half, max(high, half) + margin)
        return [(n, (ends[n + 1], ends[n + 2])) for n in (-1, 0, 1)]


def main_direction(area: shapely.Geometry) -> float:
    """Return the direction of the longer side of the tightest rectangle about an area, in radians, -π/4 to π/4."""
    corners = shapely.get_coordinates(shapely.oriented_envelope(area))
    sides = np.diff(corners[:3], axis=0)
    longer = sides[np.argmax(np.hypot(sides[:, 0], sides[:, 1]))]
    angle = float(np.arctan2(longer[1], longer[0]))
    # a lattice of squares looks the same after a quarter turn
    return (angle + np.pi / 4) % (np.pi / 2) - np.pi / 4


def cut_to_squares(catchment: shapely.Geometry, lattice: Lattice) -> tuple[GeometryArray, IntArray]:
    """Return the connected pieces of a catchment in each square, and column and row of each piece."""
    squares, index = lattice.squares_over(catchment)
    noded = arrange([shapely.get_parts(catchment), squares], tolerance=SNAP_M)
    inside = noded.labels[:, 0] >= 0
    return noded.coverage.polygons[inside], index[noded.labels[inside, 1]]


def cut_to_sectors(catchment: shapely.Geometry, lattice: Lattice, angles: FloatArray) -> tuple[GeometryArray, IntArray]:
    """
    Return the centre square and the sectors between rays from the outlet, cut to a catchment.

    Parameters
    ----------
    catchment
        In m.
    lattice
        Its centre square stays whole.
    angles
        Directions of the rays in radians in the turned system, rising, shape (8,).

    Returns
    -------
    pieces
        Connected, shape (n_pieces,).
    index
        (0, 0) for the centre; (sector, 9) with the number of the sector from 1 else, shape (n_pieces, 2).
    """
    corners = lattice.local(shapely.get_coordinates(catchment))
    far = 4 * float(np.hypot(corners[:, 0], corners[:, 1]).max()) + 4 * lattice.side
    half = lattice.side / 2
    turned = Lattice(lattice.origin, lattice.angle, lattice.side, endless=True)
    centre = turned.world(np.array([(-half, -half), (half, -half), (half, half), (-half, half)]))
    sectors = []
    for start, end in zip(angles, np.append(angles[1:], angles[0] + 2 * np.pi), strict=True):
        middle = np.linspace(start, end, 5)
        ring = np.concatenate([[(0.0, 0.0)], far * np.column_stack([np.cos(middle), np.sin(middle)])])
        sectors.append(shapely.Polygon(turned.world(ring)))
    layers = [shapely.get_parts(catchment), np.array([shapely.Polygon(centre)]), np.array(sectors, dtype=object)]
    noded = arrange(layers, tolerance=SNAP_M)
    inside = noded.labels[:, 0] >= 0
    in_centre = noded.labels[:, 1] >= 0
    label = np.where(in_centre, OUTER_FIELDS, noded.labels[:, 2])
    label[~inside] = -1
    names, polygons = noded.coverage.dissolve(label)
    pieces, source = shapely.get_parts(polygons, return_index=True)
    name = names[source]
    is_centre = name == OUTER_FIELDS
    return pieces, np.column_stack([np.where(is_centre, 0, name + 1), np.where(is_centre, 0, OUTER_FIELDS + 1)])


def equal_angles(points: FloatArray, weights: FloatArray, lattice: Lattice) -> FloatArray:
    """
    Return directions of eight rays between which demand is as equal as its points allow.

    Parameters
    ----------
    points
        Places of demand in m, shape (n_points, 2).
    weights
        Demand at each, shape (n_points,).
    lattice
        Demand inside its centre square is left out.

    Returns
    -------
    angles
        In radians in the turned system, rising, the first in [-π, π), shape (8,); even ones where there is no demand.
    """
    local = lattice.local(points)
    outside = np.abs(local).max(axis=1) > lattice.side / 2
    even = -np.pi + 2 * np.pi * np.arange(OUTER_FIELDS) / OUTER_FIELDS
    angle, weight = np.arctan2(local[outside, 1], local[outside, 0]), weights[outside]
    if weight.sum() <= 0 or len(weight) < OUTER_FIELDS:
        return even
    order = np.argsort(angle, kind="stable")
    angle, weight = angle[order], weight[order]
    reached = np.cumsum(weight) - weight / 2
    wanted = weight.sum() * np.arange(1, OUTER_FIELDS) / OUTER_FIELDS
    after = np.clip(np.searchsorted(reached, wanted), 1, len(angle) - 1)
    rays = (angle[after - 1] + angle[after]) / 2
    first = (angle[-1] - 2 * np.pi + angle[0]) / 2
    rays = np.sort(np.concatenate([[first], rays]))
    return rays if (np.diff(rays) > 0).all() else even


def join_remnants(
    coverage: Coverage, labels: IntArray, big: IntArray, *, least: FloatArray, fixed: BoolArray
) -> IntArray:
    """
    Join cells that are too small to the neighbour in the same big cell with the longest shared border.

    One without neighbour there, on an island of its own, joins the nearest.

    Parameters
    ----------
    coverage
        Faces.
    labels
        Cell of each face, shape (n_faces,).
    big
        Big cell of each cell, shape (n_cells,).
    least
        Smallest area of a cell in m² by big cell, shape (n_big,).
    fixed
        Cells that keep their name when joined, such as those with an outlet, shape (n_cells,).

    Returns
    -------
    labels
        Cell of each face; smaller cells are gone unless they are a whole big cell.
    """
    n_cells = len(big)
    area: FloatArray = np.bincount(labels, weights=coverage.areas, minlength=n_cells).astype(np.float64)
    neighbours: list[dict[int, float]] = [{} for _ in range(n_cells)]
    for one, two, border in _borders(coverage, labels):
        if big[one] == big[two]:
            neighbours[one][two] = neighbours[two][one] = border
    into: IntArray = np.arange(n_cells, dtype=np.int64)
    waiting = sorted(range(n_cells), key=lambda cell: (area[cell], cell))
    while waiting:
        cell = waiting.pop(0)
        if into[cell] != cell or area[cell] >= least[big[cell]] or not neighbours[cell]:
            continue
        host = min(neighbours[cell], key=lambda other: (-neighbours[cell][other], other))
        if fixed[cell] and not fixed[host]:
            cell, host = host, cell
        _merge(cell, host, neighbours, area, into)
        if area[host] < least[big[host]]:
            waiting.append(host)
            waiting.sort(key=lambda other: (area[other], other))
    _join_islands(coverage, labels, big, area, into, least=least, fixed=fixed)
    joined: IntArray = _final(into)[labels]
    return joined


def _final(into: IntArray) -> IntArray:
    """Follow every joining to its end."""
    while (into[into] != into).any():
        into = into[into]
    return into


def _join_islands(
    coverage: Coverage,
    labels: IntArray,
    big: IntArray,
    area: FloatArray,
    into: IntArray,
    *,
    least: FloatArray,
    fixed: BoolArray,
) -> None:
    """Join what is still too small to the nearest cell of its big cell, the smallest first."""
    number = np.arange(len(big))
    left = np.flatnonzero((into == number) & (area < least[big]))
    for cell in sorted(left.tolist(), key=lambda small: (area[small], small)):
        others = np.flatnonzero((into == number) & (big == big[cell]) & (number != cell))
        if into[cell] != cell or area[cell] >= least[big[cell]] or not len(others):
            continue
        now = _final(into)[labels]
        own = coverage.polygons[now == cell]
        gap = [shapely.distance(own[:, None], coverage.polygons[now == other][None]).min() for other in others]
        host = int(others[np.argmin(gap)])
        joining, host = (host, cell) if fixed[cell] and not fixed[host] else (cell, host)
        into[joining] = host
        area[host] += area[joining]


def _borders(coverage: Coverage, labels: IntArray) -> Iterator[tuple[int, int, float]]:
    one, two, border = coverage.adjacency(labels)
    return zip(one.tolist(), two.tolist(), border.tolist(), strict=True)


def _merge(cell: int, host: int, neighbours: list[dict[int, float]], area: FloatArray, into: IntArray) -> None:
    for other, border in neighbours[cell].items():
        neighbours[other].pop(cell)
        if other != host:
            neighbours[host][other] = neighbours[other][host] = neighbours[host].get(other, 0.0) + border
    neighbours[cell] = {}
    area[host] += area[cell]
    into[cell] = host


def split_apart(coverage: Coverage, labels: IntArray) -> IntArray:
    """Give every connected piece of equal label a number of its own, shape (n_faces,)."""
    one, two, _ = coverage.adjacency()
    same = labels[one] == labels[two]
    return connected_components(len(coverage), one[same], two[same])
