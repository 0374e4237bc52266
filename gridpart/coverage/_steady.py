"""Corners on the border of an area, computed so that sites which come and go elsewhere leave them alone to the bit."""

from __future__ import annotations

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage._matching import unique_points
from gridpart.coverage._noding import meeting_points
from gridpart.coverage._rings import directed_edges
from gridpart.coverage._voronoi import ConvexCells


def steady_corners(
    faces: GeometryArray, cells: ConvexCells, sites: FloatArray, parts: GeometryArray, *, rim: BoolArray, within: float
) -> GeometryArray:
    """
    Place the corners where Voronoi borders meet the border of the area by their two sites alone.

    Noding computes such a corner from the ends of the Voronoi border. One end may lie outside the area and belong to a
    third site that is no neighbour inside: when that site goes, the corner would move by a last bit.

    Parameters
    ----------
    faces
        Faces cut from cells on the rim of the area.
    cells, sites
        Voronoi cells in metres, and their sites, shape (n_sites, 2).
    parts
        Polygons of the area.
    rim
        Which cells were cut, shape (n_sites,).
    within
        Corners that would move farther than this, in metres, stay.

    Returns
    -------
    faces
        The same faces; every face that had a corner has it at the new place.
    """
    ends, pair = _borders(cells, rim)
    border = directed_edges(parts)
    if not len(pair):
        return faces
    lines = shapely.linestrings(np.stack([border.start, border.end], axis=1))
    one, two = shapely.STRtree(lines).query(shapely.linestrings(cells.vertices[ends]), predicate="intersects")
    first, last = border.start[two], border.end[two]
    with np.errstate(divide="ignore", invalid="ignore"):  # parallel ones meet nowhere in particular
        noded = meeting_points(cells.vertices[ends[one, 0]], cells.vertices[ends[one, 1]], first, last)
    steady = _on_bisector(sites[pair[one, 0]], sites[pair[one, 1]], first, last)
    near = np.hypot(*(steady - noded).T) <= within
    noded, steady = noded[near], steady[near]
    corners = shapely.get_coordinates(faces)
    points, index = unique_points(np.concatenate([border.start, noded, corners]))
    given, met, held = np.split(index, [len(border.start), len(border.start) + len(noded)])
    # a corner of the area itself stays where it is; of others that coincide, the order of sites does not matter
    fresh = np.flatnonzero(met > given.max())
    order = fresh[np.lexsort(steady[fresh].T)[::-1]]
    place = points.copy()
    place[met[order]] = steady[order]
    moved: GeometryArray = shapely.set_coordinates(faces.copy(), place[held])
    return moved


def _borders(cells: ConvexCells, rim: BoolArray) -> tuple[IntArray, IntArray]:
    """Return the ends of every border between two cells of which one is on the rim, and both cells, shape (n, 2)."""
    size = np.diff(cells.offset)
    cell = np.repeat(np.arange(len(size)), size)
    successor = np.arange(1, len(cells.corner) + 1)
    successor[cells.offset[1:][size > 0] - 1] = cells.offset[:-1][size > 0]
    ends = np.sort(np.column_stack([cells.corner, cells.corner[successor]]), axis=1)
    code = ends[:, 0] * np.int64(len(cells.vertices)) + ends[:, 1]
    order = np.argsort(code, kind="stable")
    same = np.flatnonzero(code[order][1:] == code[order][:-1])
    one, two = order[same], order[same + 1]
    wanted = rim[cell[one]] | rim[cell[two]]
    return ends[one[wanted]], np.column_stack([cell[one[wanted]], cell[two[wanted]]])


def _on_bisector(one: FloatArray, two: FloatArray, first: FloatArray, last: FloatArray) -> FloatArray:
    """Return where the bisector of two sites meets a segment, whichever way either is given, shape (n, 2)."""
    turned = (first[:, 0] > last[:, 0]) | ((first[:, 0] == last[:, 0]) & (first[:, 1] > last[:, 1]))
    low, high = np.where(turned[:, None], last, first), np.where(turned[:, None], first, last)
    across, middle = two - one, (one + two) / 2
    side_low = (across * (low - middle)).sum(axis=1)
    side_high = (across * (high - middle)).sum(axis=1)
    span = side_low - side_high
    share = np.divide(side_low, span, out=np.full(len(span), np.nan), where=span != 0)
    points: FloatArray = low + share[:, None] * (high - low)
    return points
