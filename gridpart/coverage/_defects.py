"""Where edges do not cancel: the gaps and overlaps they bound, and edges that bound nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage._covers import Cover, covers_of
from gridpart.coverage._graph import connected_components
from gridpart.coverage._noding import NodedSegments, node_segments
from gridpart.coverage._rings import DirectedEdges
from gridpart.coverage._winding import faces_of_edges, walk_inwards
from gridpart.i18n import messages

say = messages("coverage")

_RESOLUTION_M = 2e-9
"""Defects thinner than this, in metres, have no area in float64 map coordinates: they are mismatches."""

_RESOLUTION_STEPS = 8.0
"""…or thinner than this many steps of float64 at the largest coordinate."""


_UNMATCHED = say("edges run side by side without matching")
_TOO_SHORT = say("an edge too short to bound an area")


@dataclass(frozen=True)
class Defect:
    """
    One place where polygons are not an exact partition.

    Attributes
    ----------
    kind
        What is wrong: a gap, an overlap, edges that run side by side without matching, an invalid polygon.
    polygons
        Indices of the polygons concerned, sorted.
    geometry
        Where, as polygon (gap, overlap), lines (mismatch), or the invalid geometry itself.
    area
        In m².
    width
        Largest width in m: the smaller of the short side of the tightest rectangle and four
        times area by perimeter.
    reason
        In words.
    """

    kind: Literal["gap", "overlap", "mismatch", "invalid"]
    polygons: tuple[int, ...]
    geometry: shapely.Geometry
    area: float
    width: float
    reason: str


def locate_defects(edges: DirectedEdges, polygons: GeometryArray, area: shapely.Geometry) -> list[Defect]:
    """
    Return the defects that uncancelled edges bound.

    Parameters
    ----------
    edges
        Directed edges that remain after opposite ones cancelled; those of the area's border are
        walked with the area on the right and have owner ``len(polygons)``.
    polygons
        The polygons that own the edges, shape (n_polygons,).
    area
        What they should cover.

    Returns
    -------
    defects
        Gaps and overlaps, largest first, then mismatches.
    """
    if len(edges) == 0:
        return []
    scale = float(max(np.abs(edges.start).max(), np.abs(edges.end).max()))
    tolerance = max(_RESOLUTION_M, _RESOLUTION_STEPS * float(np.spacing(scale)))
    noded = node_segments(edges.start, edges.end, tolerance=tolerance)
    owner = edges.owner[noded.source]
    net, edge = noded.net, noded.edge
    counts = net != 0
    faces, left, right = faces_of_edges(noded.vertices, noded.ends[counts])
    winding = _winding_numbers(left, right, net[counts], len(faces))
    beside = np.full((len(net), 2), -1, dtype=np.int64)
    beside[counts] = np.column_stack([left, right])
    defects = _areal_defects(faces, winding, beside[edge], owner, polygons, area)
    on_defect = ((beside >= 0) & (np.append(winding, 0)[beside] != 0)).any(axis=1)
    explained = np.bincount(noded.source, on_defect[edge], minlength=len(edges)) > 0
    return defects + _mismatches(edges, noded, ~explained, len(polygons))


def _winding_numbers(left: IntArray, right: IntArray, net: IntArray, n_faces: int) -> IntArray:
    winding = np.zeros(n_faces + 1, dtype=np.int64)
    for step in walk_inwards(left, right, n_faces):
        # an edge walked forward has one more on its left than on its right
        change = np.where(step.child_is_left, net[step.edge], -net[step.edge])
        winding[step.child] = winding[step.parent] + change
    return winding[:-1]


def _areal_defects(
    faces: GeometryArray,
    winding: IntArray,
    beside: IntArray,
    owner: IntArray,
    polygons: GeometryArray,
    area: shapely.Geometry,
) -> list[Defect]:
    """Return gaps and overlaps, the largest first."""
    gaps, overlaps = np.flatnonzero(winding < 0), np.flatnonzero(winding > 0)
    owners = _owners_of_faces(beside, owner, gaps, len(polygons))
    places = [Cover(faces[face], tuple(sorted(owners[face]))) for face in gaps.tolist()]
    if len(overlaps):
        places += covers_of(faces[overlaps], polygons, area)
    if not places:
        return []
    shapes = np.array([place.shape for place in places], dtype=object)
    areas, widths = shapely.area(shapes), widths_of(shapes)
    order = np.lexsort((*shapely.bounds(shapes).T, -areas))
    found = []
    for at in order.tolist():
        who = places[at].polygons
        is_gap = at < len(gaps)
        reason = say("covered by no polygon") if is_gap else say("covered by {n} polygons", n=len(who))
        if not is_gap and len(who) == 1:
            reason = say("covered, but outside the area")
        kind: Literal["gap", "overlap"] = "gap" if is_gap else "overlap"
        found.append(Defect(kind, who, shapes[at], float(areas[at]), float(widths[at]), reason))
    return found


def _owners_of_faces(beside: IntArray, owner: IntArray, chosen: IntArray, n_polygons: int) -> dict[int, set[int]]:
    """Return the polygons whose edges bound each of the chosen faces."""
    owners: dict[int, set[int]] = {int(face): set() for face in chosen}
    for side in (beside[:, 0], beside[:, 1]):
        for face, who in zip(side.tolist(), owner.tolist(), strict=True):
            if face in owners and who < n_polygons:
                owners[face].add(who)
    return owners


def _mismatches(edges: DirectedEdges, noded: NodedSegments, chosen: BoolArray, n_polygons: int) -> list[Defect]:
    """Return one defect per connected run of edges that bound no area."""
    rows = np.flatnonzero(chosen[noded.source])
    if len(rows) == 0:
        return _vanished(edges, noded, chosen, n_polygons)
    tail, head = noded.tail[rows], noded.head[rows]
    component = connected_components(len(noded.vertices), tail, head)[tail]
    order = np.argsort(component, kind="stable")
    runs = np.split(rows[order], np.flatnonzero(np.diff(component[order])) + 1)
    found = []
    for mine in runs:
        sources = np.unique(noded.source[mine])
        run = edges.take(sources)
        lines = shapely.linestrings(np.stack([run.start, run.end], axis=1))
        who = np.unique(edges.owner[sources])
        ids = tuple(who[who < n_polygons].tolist())
        where = shapely.union_all(lines)
        found.append(Defect("mismatch", ids, where, 0.0, _spread(lines), _UNMATCHED))
    return found + _vanished(edges, noded, chosen, n_polygons)


def _vanished(edges: DirectedEdges, noded: NodedSegments, chosen: BoolArray, n_polygons: int) -> list[Defect]:
    """Return edges shorter than the resolution, which noding merged into a point."""
    survives = np.zeros(len(edges), dtype=np.bool_)
    survives[noded.source] = True
    found = []
    for row in np.flatnonzero(chosen & ~survives).tolist():
        line = shapely.LineString([edges.start[row], edges.end[row]])
        ids = (int(edges.owner[row]),) if edges.owner[row] < n_polygons else ()
        found.append(Defect("mismatch", ids, line, 0.0, float(line.length), _TOO_SHORT))
    return found


def _spread(lines: GeometryArray) -> float:
    """Return how far, in metres, the vertices of lines that should coincide lie off each other's lines."""
    points = shapely.points(shapely.get_coordinates(lines))
    longest = lines[int(np.argmax(shapely.length(lines)))]
    return (
        float(shapely.distance(points, longest).min(initial=0.0)) if len(lines) == 1 else _largest_offset(lines, points)
    )


def _largest_offset(lines: GeometryArray, points: GeometryArray) -> float:
    tree = shapely.STRtree(lines)
    pairs = tree.query(points, predicate="dwithin", distance=_RESOLUTION_M * 100)
    return float(shapely.distance(points[pairs[0]], lines[pairs[1]]).max(initial=0.0))


def widths_of(polygons: GeometryArray) -> FloatArray:
    """
    Return how wide polygons are at most, in m, shape (n_polygons,).

    Parameters
    ----------
    polygons
        Polygons in metres, shape (n_polygons,).

    Returns
    -------
    width
        The smaller of the short side of the tightest rectangle and four times area by perimeter: exact for a
        straight strip, at most double for a winding one.
    """
    boxes = shapely.oriented_envelope(polygons)
    corners = [shapely.get_coordinates(box) for box in boxes]
    short = np.array([_short_side(corner) for corner in corners])
    length = shapely.length(polygons)
    mean: FloatArray = 4 * shapely.area(polygons) / np.where(length > 0, length, 1)
    width: FloatArray = np.minimum(short, mean)
    return width


def _short_side(corners: FloatArray) -> float:
    if len(corners) < 4:
        return 0.0
    return float(np.hypot(*np.diff(corners[:3], axis=0).T).min())
