"""The list of what a repair changed: one row per polygon and place, so that the areas add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage._defects import widths_of
from gridpart.coverage._matching import unique_points
from gridpart.coverage._repair_borders import NOBODY, neighbours
from gridpart.coverage._repair_faces import OwnedFaces
from gridpart.coverage._repair_labels import Decision
from gridpart.coverage._repair_snap import Moves
from gridpart.coverage._rings import directed_edges
from gridpart.coverage._validity import why_invalid

ChangeKind = Literal[
    "made_valid",
    "snapped",
    "overlap_assigned",
    "outside_removed",
    "sliver_moved",
    "gap_filled",
    "gap_kept",
    "vertex_added",
]


_THINNEST_M = 1e-6
"""Places thinner than this, in metres, are rounding, not land."""


@dataclass(frozen=True)
class Change:
    """
    One change of one polygon, or one gap that stays.

    Attributes
    ----------
    kind
        What happened.
    polygon
        The polygon that changed; None for a gap that stays.
    others
        Other polygons concerned, the one that gains first.
    area
        In m²: gained if positive, lost if negative; of a gap that stays, its area.
    width
        In m: of the face that changed hands, or the largest move of a vertex.
    geometry
        Where: the face, the vertices, or the polygon that became valid.
    reason
        In words.
    """

    kind: ChangeKind
    polygon: int | None
    others: tuple[int, ...]
    area: float
    width: float
    geometry: shapely.Geometry
    reason: str


def validity_changes(before: GeometryArray, after: GeometryArray, rows: IntArray) -> list[Change]:
    """
    Return what making polygons valid changed.

    One row for each polygon, its place the polygon as it was; and one for each place that its rings go round twice: it
    belongs to the polygon once, while an even-odd reading would see a gap there.
    """
    changes = []
    gained = shapely.area(after[rows]) - shapely.area(before[rows])
    for row, area in zip(rows.tolist(), gained.tolist(), strict=True):
        twice = _wound_twice(before[row], after[row])
        areas = shapely.area(twice)
        reason = why_invalid(before[row])
        changes.append(Change("made_valid", row, (), area + float(areas.sum()), 0.0, before[row], reason))
        reason = "its rings go round this place twice; it belongs to the cell once"
        for place, size, width in zip(twice, areas.tolist(), widths_of(twice).tolist(), strict=True):
            changes.append(Change("made_valid", row, (), -size, width, place, reason))
    return changes


def _wound_twice(before: shapely.Geometry, after: shapely.Geometry) -> GeometryArray:
    """Return the places inside by winding number but outside by the even-odd rule, largest first."""
    odd = shapely.get_parts(shapely.make_valid(shapely.force_2d(before), method="linework"))
    odd = shapely.multipolygons(shapely.get_parts(odd[np.isin(shapely.get_type_id(odd), (3, 6))]))
    parts = shapely.get_parts(shapely.difference(after, odd))
    parts = parts[shapely.get_type_id(parts) == 3]
    parts = parts[widths_of(parts) > _THINNEST_M]
    largest: GeometryArray = parts[np.argsort(-shapely.area(parts), kind="stable")]
    return largest


def snap_changes(before: GeometryArray, after: GeometryArray, moves: Moves) -> list[Change]:
    """Return one change for each polygon with moved vertices, its place the moves as lines."""
    rows = np.flatnonzero([one is not two for one, two in zip(before, after, strict=True)])
    gained = dict(zip(rows.tolist(), (shapely.area(after[rows]) - shapely.area(before[rows])).tolist(), strict=True))
    distance = np.hypot(*(moves.after - moves.before).T)
    points, place = shapely.get_coordinates(before[rows], return_index=True)
    _, index = unique_points(np.concatenate([moves.before, points + 0.0]))
    move = index[len(moves.before) :]
    known = move < len(moves.before)
    changes = []
    for row, moved in _by_polygon(rows[place[known]], move[known]):
        lines = _lines(moves.before[moved], moves.after[moved])
        reason = f"{_count(len(moved))} moved onto vertices of a neighbour or of the area"
        changes.append(Change("snapped", row, (), gained[row], float(distance[moved].max()), lines, reason))
    return changes


def _by_polygon(polygon: IntArray, item: IntArray) -> list[tuple[int, IntArray]]:
    """Return each polygon with its distinct items, sorted."""
    pairs = np.unique(np.column_stack([polygon, item]), axis=0)
    polygons, first = np.unique(pairs[:, 0], return_index=True)
    return list(zip(polygons.tolist(), np.split(pairs[:, 1], first[1:]), strict=False))


def _lines(start: FloatArray, end: FloatArray) -> shapely.MultiLineString:
    return shapely.multilinestrings(shapely.linestrings(np.stack([start, end], axis=1)))


def face_changes(faces: OwnedFaces, decision: Decision, *, n_polygons: int) -> list[Change]:
    """Return the changes of hands: overlaps, land outside the area, gaps filled and gaps kept; largest first."""
    shapes, areas = faces.coverage.polygons, faces.coverage.areas
    is_gap = decision.filled | decision.kept
    beside = neighbours(faces.coverage, np.where(is_gap, NOBODY, decision.label), is_gap)
    mine = faces.owner < n_polygons
    face, owner = faces.face[mine], faces.owner[mine]
    lost = np.flatnonzero(decision.label[face] != owner)
    lost = lost[np.lexsort((owner[lost], face[lost], -areas[face[lost]]))]
    widths = widths_of(shapes[face[lost]])
    changes = []
    for row, width in zip(lost.tolist(), widths.tolist(), strict=True):
        where, loser = int(face[row]), int(owner[row])
        rivals = [int(who) for who in _owners_of(face, owner, where) if who != loser]
        changes.append(_loss(faces, decision, where, loser, rivals, width))
    changes += _sliver_gains(faces, decision, face, owner)
    gaps = np.flatnonzero(is_gap)
    gaps = gaps[np.argsort(-areas[gaps], kind="stable")]
    return changes + [_gap_change(faces, decision, where, beside.get(where, ())) for where in gaps.tolist()]


def _loss(faces: OwnedFaces, decision: Decision, where: int, loser: int, rivals: list[int], width: float) -> Change:
    winner = int(decision.label[where])
    others = (winner, *(who for who in rivals if who != winner))
    kind: ChangeKind = "overlap_assigned"
    reason = f"covered by {decision.claims[where]} cells; one of them keeps it"
    if decision.moved[where]:
        kind, reason = "sliver_moved", "cut off from its cell by an overlap or the area; given to the longest neighbour"
    elif winner == NOBODY:
        kind, reason, others = "outside_removed", "outside the service area", tuple(rivals)
    return Change(
        kind, loser, others, -float(faces.coverage.areas[where]), width, faces.coverage.polygons[where], reason
    )


def _sliver_gains(faces: OwnedFaces, decision: Decision, face: IntArray, owner: IntArray) -> list[Change]:
    """Return what neighbours gain by slivers that they did not cover before."""
    moved = np.flatnonzero(decision.moved)
    widths = widths_of(faces.coverage.polygons[moved])
    changes = []
    for where, width in zip(moved.tolist(), widths.tolist(), strict=True):
        winner, owners = int(decision.label[where]), _owners_of(face, owner, where).tolist()
        if winner not in owners:
            area, shape = float(faces.coverage.areas[where]), faces.coverage.polygons[where]
            reason = "cut off from another cell; given to the longest neighbour"
            changes.append(Change("sliver_moved", winner, tuple(owners), area, width, shape, reason))
    return changes


def _owners_of(face: IntArray, owner: IntArray, where: int) -> IntArray:
    first, last = np.searchsorted(face, [where, where + 1])
    return owner[first:last]


def _gap_change(faces: OwnedFaces, decision: Decision, where: int, beside: tuple[int, ...]) -> Change:
    area, width = float(faces.coverage.areas[where]), float(decision.width[where])
    shape = faces.coverage.polygons[where]
    if decision.filled[where]:
        receiver = int(decision.label[where])
        others = tuple(who for who in beside if who != receiver)
        return Change("gap_filled", receiver, others, area, width, shape, "given to the longest neighbour")
    reason = "wider than max_gap_width"
    if decision.marked[where]:
        reason = "marked by keep_holes"
    elif not beside:
        reason = "no cell beside it"
    return Change("gap_kept", None, beside, area, width, shape, reason)


def vertex_changes(
    before: GeometryArray, after: GeometryArray, faces: OwnedFaces, decision: Decision, touched: BoolArray
) -> list[Change]:
    """Return vertices added to match a neighbour and vertices merged by noding, without those of faces that changed."""
    rows = np.flatnonzero(touched)
    old, new = directed_edges(before[rows]), directed_edges(after[rows])
    known, known_row = _vertices_of_changes(faces, decision, len(before))
    vertices, index = unique_points(np.concatenate([old.start, new.start, known + 0.0]))
    polygon = np.concatenate([rows[old.owner], rows[new.owner], known_row])
    # each polygon with each of its vertices as one number: before, after, and on faces that changed hands
    codes, index = np.unique(polygon * np.int64(len(vertices)) + index, return_inverse=True)
    three = np.split(index, [len(old), len(old) + len(new)])
    was, now, explained = (np.bincount(numbers, minlength=len(codes)) for numbers in three)
    changes = []
    for chosen, make in (((was > 0) & (now == 0), _merged), (now > was, _added)):
        listed = codes[chosen & (explained == 0)]
        for row, vertex in _by_polygon(listed // len(vertices), listed % len(vertices)):
            changes.append(make(row, vertices[vertex], after[row]))
    return changes


def _added(row: int, points: FloatArray, _: shapely.Geometry) -> Change:
    reason = f"{_count(len(points))} added on a border, where a neighbour has one or borders meet"
    return Change("vertex_added", row, (), 0.0, 0.0, shapely.multipoints(points), reason)


def _merged(row: int, points: FloatArray, after: shapely.Geometry) -> Change:
    corners = shapely.get_coordinates(after)
    apart = np.hypot(points[:, None, 0] - corners[None, :, 0], points[:, None, 1] - corners[None, :, 1])
    reason = f"{_count(len(points))} merged with another within the noding tolerance"
    lines = _lines(points, corners[apart.argmin(axis=1)])
    return Change("snapped", row, (), 0.0, float(apart.min(axis=1).max()), lines, reason)


def _count(number: int) -> str:
    return "1 vertex" if number == 1 else f"{number} vertices"


def _vertices_of_changes(faces: OwnedFaces, decision: Decision, n_polygons: int) -> tuple[FloatArray, IntArray]:
    """Return the vertices of the faces that polygons lost or gained, and the polygon of each."""
    lost = (faces.owner < n_polygons) & (decision.label[faces.face] != faces.owner)
    gained = decision.filled | decision.moved
    who = np.concatenate([faces.owner[lost], decision.label[gained]])
    where = np.concatenate([faces.face[lost], np.flatnonzero(gained)])
    points, place = shapely.get_coordinates(faces.coverage.polygons[where], return_index=True)
    return points, who[place]
