"""The list of what a repair changed: one row per polygon and place, so that the areas add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage._defects import widths_of
from gridpart.coverage._matching import unique_points
from gridpart.coverage._repair_faces import OwnedFaces
from gridpart.coverage._repair_labels import NOBODY, Decision, neighbours
from gridpart.coverage._repair_snap import Moves

ChangeKind = Literal[
    "made_valid", "snapped", "overlap_assigned", "outside_removed", "gap_filled", "gap_kept", "vertex_added"
]


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
    """Return one change for each polygon made valid; its place is the polygon as it was."""
    gained = shapely.area(after[rows]) - shapely.area(before[rows])
    return [
        Change("made_valid", row, (), area, 0.0, before[row], str(shapely.is_valid_reason(before[row])))
        for row, area in zip(rows.tolist(), gained.tolist(), strict=True)
    ]


def snap_changes(before: GeometryArray, after: GeometryArray, moves: Moves) -> list[Change]:
    """Return one change for each polygon with moved vertices, its place the moves as lines."""
    distance = np.hypot(*(moves.after - moves.before).T)
    changes = []
    for row in np.flatnonzero([one is not two for one, two in zip(before, after, strict=True)]).tolist():
        _, index = unique_points(np.concatenate([moves.before, shapely.get_coordinates(before[row]) + 0.0]))
        moved = np.unique(index[len(moves.before) :])
        moved = moved[moved < len(moves.before)]
        lines = shapely.multilinestrings(
            shapely.linestrings(np.stack([moves.before[moved], moves.after[moved]], axis=1))
        )
        area = float(shapely.area(after[row]) - shapely.area(before[row]))
        reason = f"{len(moved)} vertices moved onto vertices of a neighbour or of the area"
        changes.append(Change("snapped", row, (), area, float(distance[moved].max()), lines, reason))
    return changes


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
        where, loser, winner = int(face[row]), int(owner[row]), int(decision.label[face[row]])
        rivals = [int(who) for who in _owners_of(face, owner, where) if who not in (loser, winner)]
        kind: ChangeKind = "overlap_assigned"
        reason = f"covered by {decision.claims[where]} cells; given to the one with the longest border"
        others = (winner, *rivals)
        if winner == NOBODY:
            kind, reason, others = "outside_removed", "outside the service area", tuple(rivals)
        changes.append(Change(kind, loser, others, -float(areas[where]), width, shapes[where], reason))
    gaps = np.flatnonzero(is_gap)
    for where in gaps[np.argsort(-areas[gaps], kind="stable")].tolist():
        changes.append(_gap_change(faces, decision, where, beside.get(where, ())))
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
    explained = _vertices_of_changes(faces, decision, len(before))
    changes: list[Change] = []
    for row in np.flatnonzero(touched).tolist():
        old, new = _vertices(before[row]), _vertices(after[row])
        known = explained.get(row, np.zeros((0, 2)))
        added = _missing(new, np.concatenate([old, known]))
        gone = _missing(old, np.concatenate([new, known]))
        if len(gone):
            changes.append(_merged(row, gone, new))
        if len(added):
            place = shapely.multipoints(added)
            reason = f"{len(added)} vertices added where neighbours have them"
            changes.append(Change("vertex_added", row, (), 0.0, 0.0, place, reason))
    return changes


def _merged(row: int, gone: FloatArray, new: FloatArray) -> Change:
    apart = np.hypot(gone[:, None, 0] - new[None, :, 0], gone[:, None, 1] - new[None, :, 1])
    reason = f"{len(gone)} vertices merged with others within the noding tolerance"
    lines = shapely.multilinestrings(shapely.linestrings(np.stack([gone, new[apart.argmin(axis=1)]], axis=1)))
    return Change("snapped", row, (), 0.0, float(apart.min(axis=1).max()), lines, reason)


def _vertices(shape: shapely.Geometry) -> FloatArray:
    return unique_points(shapely.get_coordinates(shape) + 0.0)[0]


def _missing(points: FloatArray, among: FloatArray) -> FloatArray:
    """Return the points that do not occur among others, to the bit."""
    _, index = unique_points(np.concatenate([among, points]))
    n_among = int(index[: len(among)].max(initial=-1)) + 1
    return points[index[len(among) :] >= n_among]


def _vertices_of_changes(faces: OwnedFaces, decision: Decision, n_polygons: int) -> dict[int, FloatArray]:
    """Return for each polygon the vertices of the faces it lost or gained."""
    mine = faces.owner < n_polygons
    face, owner = faces.face[mine], faces.owner[mine]
    lost = decision.label[face] != owner
    who = np.concatenate([owner[lost], decision.label[face[lost]], decision.label[decision.filled]])
    where = np.concatenate([face[lost], face[lost], np.flatnonzero(decision.filled)])
    found: dict[int, list[FloatArray]] = {}
    for polygon, number in zip(who.tolist(), where.tolist(), strict=True):
        if polygon != NOBODY:
            found.setdefault(polygon, []).append(shapely.get_coordinates(faces.coverage.polygons[number]))
    return {polygon: np.concatenate(points) for polygon, points in found.items()}
