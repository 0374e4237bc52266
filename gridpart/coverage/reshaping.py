"""
Reshaping a few faces of a coverage in place: moved vertices, bent edges, cuts; both sides of a border in one step.

What is reshaped is a *star*: the faces concerned with all that must change with them. A star that covers the same land
as before, exactly once, leaves the rest of a coverage as true as it was: the certificate of a whole need be checked on
the star alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage._matching import group_edges
from gridpart.coverage._rings import DirectedEdges, directed_edges
from gridpart.coverage.arrangement import arrange
from gridpart.coverage.coverage import Coverage
from gridpart.coverage.proof import MAX_BOUNDARY_SHIFT_M, prove_partition
from gridpart.coverage.tessellation import SNAP_M

Vertex: TypeAlias = tuple[float, float]
Insertions: TypeAlias = Mapping[tuple[Vertex, Vertex], list[Vertex]]
"""New vertices along directed edges, in the direction of each."""


@dataclass(frozen=True)
class Crossing:
    """
    An edge that stands in the way of moved borders.

    Attributes
    ----------
    edge
        The edge that would be crossed or touched.
    place
        Where.
    """

    edge: shapely.LineString
    place: shapely.Point


def move_vertices(star: GeometryArray, start: FloatArray, end: FloatArray) -> GeometryArray:
    """
    Move vertices in all faces that have them.

    Parameters
    ----------
    star
        Every face that has one of the vertices, shape (n_faces,).
    start, end
        The vertices, bit for bit, and where they go, in m, shape (n_moves, 2).

    Returns
    -------
    moved
        The faces with moved vertices, nothing else changed, shape (n_faces,).
    """

    def move(points: FloatArray) -> FloatArray:
        points = points.copy()
        found = [(points == vertex).all(axis=1) for vertex in start]
        for rows, place in zip(found, end, strict=True):
            points[rows] = place
        return points

    moved: GeometryArray = shapely.transform(star, move)
    return moved


def insert_vertices(polygon: shapely.Geometry, insertions: Insertions) -> shapely.Geometry:
    """Return a polygon with vertices inserted along its edges, whichever way it walks them."""
    both = dict(insertions) | {(head, tail): inner[::-1] for (tail, head), inner in insertions.items()}

    def ring(line: shapely.LinearRing) -> list[Vertex]:
        points = [(float(x), float(y)) for x, y in shapely.get_coordinates(line)]
        closed = [points[0]]
        for tail, head in itertools.pairwise(points):
            closed += [*both.get((tail, head), []), head]
        return closed

    parts = [
        shapely.Polygon(ring(shapely.get_exterior_ring(part)), [ring(hole) for hole in part.interiors])
        for part in shapely.get_parts(polygon)
    ]
    return parts[0] if polygon.geom_type == "Polygon" else shapely.multipolygons(parts)


def is_same_land(before: GeometryArray, after: GeometryArray) -> bool:
    """
    Tell whether faces cover exactly once what other faces covered exactly once.

    Valid polygons do so if their directed edges cancel against those of the others: the certificate, of a star.

    Parameters
    ----------
    before
        Faces of a coverage, shape (n_before,).
    after
        Any polygons, shape (n_after,).
    """
    if not (shapely.is_valid(after).all() and (shapely.area(after) > 0).all()):
        return False
    edges = DirectedEdges.concatenate([directed_edges(after), directed_edges(before).reversed(owner=-1)])
    return not group_edges(edges).net.any()


def is_same_land_within_rim(before: GeometryArray, after: GeometryArray) -> bool:
    """Tell the same where edges on the rim of the coverage got new vertices, as near to them as a certificate asks."""
    region = Coverage.from_polygons(before).boundary()
    proof = prove_partition(after, region)
    return proof.holds and proof.boundary_shift_m <= MAX_BOUNDARY_SHIFT_M


def on_rim(star: GeometryArray, vertices: FloatArray) -> BoolArray:
    """
    Tell which vertices lie on the border of a coverage.

    Parameters
    ----------
    star
        Every face that has one of the vertices, shape (n_faces,).
    vertices
        In m, shape (n_vertices, 2).
    """
    edges = directed_edges(star)
    groups = group_edges(edges)
    lonely = edges.take(groups.members(groups.net != 0))
    ends = {(x, y) for x, y in np.concatenate([lonely.start, lonely.end]).tolist()}
    # edges of the star's own outline are lonely too, but only those at a vertex of the rim end at it
    return np.array([(x, y) in ends for x, y in vertices.tolist()], dtype=np.bool_)


def first_crossing(after: GeometryArray, moved: FloatArray) -> Crossing | None:
    """
    Find the edge that moved vertices' edges cross or touch, nearest to one of these vertices.

    Parameters
    ----------
    after
        The star with moved vertices, shape (n_faces,).
    moved
        Where these vertices are now, in m, shape (n_moves, 2).

    Returns
    -------
    crossing
        None if no edge of the star stands in the way.
    """
    edges = directed_edges(after)
    ends = np.stack([edges.start, edges.end], axis=1)
    low = (ends[:, 0, 0] < ends[:, 1, 0]) | ((ends[:, 0, 0] == ends[:, 1, 0]) & (ends[:, 0, 1] < ends[:, 1, 1]))
    ends = np.unique(np.where(low[:, None, None], ends, ends[:, ::-1]), axis=0)
    lines = shapely.linestrings(ends)
    places = {(x, y) for x, y in moved.tolist()}
    fresh = np.array([any((x, y) in places for x, y in pair) for pair in ends.tolist()])
    one, two = shapely.STRtree(lines).query(lines[fresh], predicate="intersects")
    one = np.flatnonzero(fresh)[one]
    one, two = one[one != two], two[one != two]
    shared = shapely.intersection(lines[one], lines[two])
    apart = ~_meets_at_an_end(ends[one], ends[two], shared)
    if not apart.any():
        return None
    found, edge = shapely.centroid(shared[apart]), lines[two[apart]]
    # rows are sorted by coordinates, so that the first of equals is always the same
    nearest = int(np.argmin(shapely.distance(found, shapely.multipoints(moved))))
    return Crossing(edge[nearest], found[nearest])


def _meets_at_an_end(one: FloatArray, two: FloatArray, shared: GeometryArray) -> BoolArray:
    """Tell which pairs of edges have an end in common and nothing else."""
    common = (one[:, :, None, :] == two[:, None, :, :]).all(axis=3).any(axis=(1, 2))
    alone: BoolArray = common & (shapely.get_type_id(shared) == 0)
    return alone


@dataclass(frozen=True, eq=False)
class Cut:
    """
    Faces cut along a line, and what their neighbours get with it.

    Attributes
    ----------
    polygons
        The pieces, connected, shape (n_pieces,).
    source
        Row of the face that each was, shape (n_pieces,).
    is_left
        Which lie left of the line, shape (n_pieces,).
    insertions
        Vertices that the cut put on edges of the faces, for their neighbours.
    """

    polygons: GeometryArray
    source: IntArray
    is_left: BoolArray
    insertions: Insertions


def cut_along(faces: GeometryArray, path: FloatArray) -> Cut:
    """
    Cut faces along a line that is prolonged straight beyond its ends.

    Parameters
    ----------
    faces
        Edge-matched polygons, shape (n_faces,).
    path
        Vertices of the line in m, shape (n_vertices, 2); it must not cross itself.

    Returns
    -------
    cut
        Pieces sorted by face, then left before right.

    Raises
    ------
    CoverageError
        If the cut does not settle, naming the place.
    """
    sides = _sides(faces, path)
    noded = arrange([faces, sides], tolerance=SNAP_M)
    label = noded.labels
    inside = (label >= 0).all(axis=1)
    code = np.where(inside, label[:, 0] * 2 + (label[:, 1] != 0), -1)
    codes, shapes = noded.coverage.dissolve(code)
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    source, is_left = codes[part_of] // 2, codes[part_of] % 2 == 0
    whole = np.bincount(source, minlength=len(faces)) == 1
    return (
        Cut(parts, source, is_left, _insertions(faces, parts)) if not whole.all() else Cut(faces, source, is_left, {})
    )


def _sides(faces: GeometryArray, path: FloatArray) -> GeometryArray:
    """Return what lies left and right of a prolonged path, within a frame around the faces and the path."""
    corners = np.concatenate([shapely.bounds(faces).reshape(-1, 2), path])
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = 1.0 + float(np.hypot(*(high - low)))
    frame = shapely.box(*(low - margin), *(high + margin))
    line = shapely.LineString(prolonged(path, 4 * margin))
    pieces = shapely.get_parts(shapely.ops.split(frame, line)) if line.is_simple else np.array([frame], dtype=object)
    middle, along = path[:2].mean(axis=0), path[1] - path[0]
    beside = shapely.Point(middle + np.array([-along[1], along[0]]) * 1e-6)
    left = shapely.intersects(pieces, beside)
    return np.concatenate([pieces[left], pieces[~left]])


def prolonged(path: FloatArray, reach: float) -> FloatArray:
    """Return a path with straight pieces of `reach` m added at both ends, shape (n_vertices + 2, 2)."""
    start, end = path[0] - path[1], path[-1] - path[-2]
    before = path[0] + start / np.hypot(*start) * reach
    after = path[-1] + end / np.hypot(*end) * reach
    longer: FloatArray = np.vstack([before, path, after])
    return longer


def _insertions(before: GeometryArray, after: GeometryArray) -> Insertions:
    """Return the vertices that edges of faces got when they were cut."""
    old, new = directed_edges(before), directed_edges(after)
    everything = DirectedEdges.concatenate([old, new.reversed(owner=-1)])
    groups = group_edges(everything)
    gone = everything.take(groups.members(groups.net != 0))
    gone = gone.take(gone.owner >= 0)
    known = {(x, y) for x, y in old.start.tolist()}
    fresh = np.array(sorted({(x, y) for x, y in new.start.tolist()} - known)).reshape(-1, 2)
    found: dict[tuple[Vertex, Vertex], list[Vertex]] = {}
    for (ax, ay), (bx, by) in zip(gone.start.tolist(), gone.end.tolist(), strict=True):
        along = np.array([bx - ax, by - ay])
        away = fresh - (ax, ay)
        share = away @ along / (along @ along)
        off = np.abs(away[:, 0] * along[1] - away[:, 1] * along[0]) / np.hypot(*along)
        rows = np.flatnonzero((share > 0) & (share < 1) & (off <= MAX_BOUNDARY_SHIFT_M))
        if len(rows):
            inner = fresh[rows[np.argsort(share[rows])]].tolist()
            found[(ax, ay), (bx, by)] = [(x, y) for x, y in inner]
    return found
