"""Repair: the least change that turns polygons into an exact partition, and the list of those changes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage._matching import group_edges
from gridpart.coverage._repair_borders import NOBODY
from gridpart.coverage._repair_changes import Change, face_changes, snap_changes, validity_changes, vertex_changes
from gridpart.coverage._repair_faces import OwnedFaces, own_faces
from gridpart.coverage._repair_labels import Decision, Marks, Rules, decide
from gridpart.coverage._repair_scope import concerned
from gridpart.coverage._repair_snap import snap_vertices
from gridpart.coverage._rim import fit_to_border
from gridpart.coverage._rings import DirectedEdges, directed_edges
from gridpart.coverage._validity import MAX_COORDINATE_M
from gridpart.coverage.coverage import Coverage
from gridpart.coverage.proof import MAX_BOUNDARY_SHIFT_M, prove_partition
from gridpart.errors import CoverageError
from gridpart.i18n import messages

say = messages("coverage")

_KINDS = {
    "gap": say("gap"),
    "overlap": say("overlap"),
    "mismatch": say("mismatch"),
    "invalid": say("invalid"),
}

NODING_TOLERANCES_M = (1e-7, 3e-7, 8e-7)
"""Points closer than this, in metres, are one point. Tried in turn: linework that is off by about one of them may not
settle or not pass the proof, with another it does. All are less than what a proof allows along the area's border."""

MAX_ROUNDS = 10
"""Rounds of snapping and repair: what a repair cuts may lie close to other vertices again."""

LEAST_SHARE = 0.1
"""A polygon that would keep less than this share of its area is not repaired away: the caller has to decide."""

__all__ = ["LEAST_SHARE", "MAX_COORDINATE_M", "NODING_TOLERANCES_M", "Change", "Loss", "Repair", "repair"]


@dataclass(frozen=True)
class Loss:
    """
    A polygon that a repair would take away, wholly or nearly.

    Attributes
    ----------
    polygon
        Its index.
    rivals
        Polygons that cover it.
    area, left
        Its area before, and what it would keep, in m².
    """

    polygon: int
    rivals: tuple[int, ...]
    area: float
    left: float


@dataclass(frozen=True, eq=False)
class Repair:
    """
    Outcome of `repair`.

    Attributes
    ----------
    polygons
        One for each given polygon; those without a change are the same objects, shape (n_polygons,).
    changes
        Every change, and every gap that stays.
    losses
        Polygons that would vanish or nearly so. If there are any, `polygons` are the given ones.
    """

    polygons: GeometryArray
    changes: tuple[Change, ...]
    losses: tuple[Loss, ...]


def repair(
    polygons: GeometryArray,
    area: shapely.Geometry | None = None,
    *,
    max_gap_width: float,
    snap_distance: float = 0.0,
    keep_places: GeometryArray | None = None,
    keep_beside: IntArray | None = None,
) -> Repair:
    """
    Turn polygons into an exact partition with the least change.

    Parameters
    ----------
    polygons
        Polygons with finite coordinates in metres, shape (n_polygons,). They may be invalid and overlap.
    area
        Valid polygon to cover exactly. If None, only enclosed gaps are looked at and the outline stays.
    max_gap_width
        In metres; wider gaps stay.
    snap_distance
        Vertices of different polygons closer than this, in metres, become one along borders that do not match.
    keep_places
        Points or polygons that mark gaps to keep, shape (n_places,).
    keep_beside
        Polygons beside which all gaps stay, shape (n_kept,).

    Returns
    -------
    repaired
        Polygons and changes.

    Raises
    ------
    CoverageError
        If the linework does not settle, or the outcome is not proved to be a partition.
    """
    empty_places: GeometryArray = np.empty(0, dtype=object)
    marks = Marks(
        empty_places if keep_places is None else keep_places,
        np.zeros(0, dtype=np.int64) if keep_beside is None else keep_beside,
    )
    rules = Rules(max_gap_width, marks)
    current, changes = _mend(polygons)
    if area is not None and not changes and _is_partition(polygons, area):
        return Repair(polygons.copy(), (), ())
    for _ in range(MAX_ROUNDS):
        if snap_distance > 0:
            before, (current, moves) = current, snap_vertices(current, area, distance=snap_distance)
            current, _ = _mend(current)
            changes += snap_changes(before, current, moves)
        outcome = _repair_once(current, area, rules)
        if outcome.losses:
            return Repair(polygons.copy(), (), outcome.losses)
        current = outcome.polygons
        changes = [change for change in changes if change.kind != "gap_kept"] + list(outcome.changes)
        if snap_distance == 0 or len(snap_vertices(current, area, distance=snap_distance)[1].before) == 0:
            break
    return Repair(current, tuple(changes), ())


def _repair_once(polygons: GeometryArray, area: shapely.Geometry | None, rules: Rules) -> Repair:
    """Repair valid polygons with the first noding tolerance whose outcome is proved."""
    for tolerance in NODING_TOLERANCES_M[:-1]:
        with suppress(CoverageError):
            return _repair_with(polygons, area, rules, tolerance)
    return _repair_with(polygons, area, rules, NODING_TOLERANCES_M[-1])


def _repair_with(polygons: GeometryArray, area: shapely.Geometry | None, rules: Rules, tolerance: float) -> Repair:
    faces, frozen, chosen = _refine(polygons, area, tolerance)
    inside = np.ones(len(faces.coverage), dtype=np.bool_) if area is None else faces.covered_by(len(polygons))
    decision, losses = _decide(polygons, faces, chosen, rules=rules, inside=inside, frozen=frozen)
    if losses:
        return Repair(polygons, (), losses)
    touched = _touched(faces, decision, len(polygons))
    result = _dissolve(polygons, faces, decision, touched)
    changes = face_changes(faces, decision, n_polygons=len(polygons))
    changes += vertex_changes(polygons, result, faces, decision, touched)
    _prove(result, faces.coverage.polygons[decision.kept], area)
    return Repair(result, tuple(changes), ())


def _is_partition(polygons: GeometryArray, area: shapely.Geometry) -> bool:
    """Return whether valid polygons partition the area, as `prove_partition` would, without looking where not."""
    border = directed_edges(np.array([area], dtype=object)).reversed(owner=len(polygons))
    remaining = _uncancelled(DirectedEdges.concatenate([directed_edges(polygons), border]))
    if len(remaining) == 0:
        return True
    fitted, _ = fit_to_border(remaining, border_owner=len(polygons), tolerance=MAX_BOUNDARY_SHIFT_M)
    return len(_uncancelled(fitted)) == 0


def _uncancelled(edges: DirectedEdges) -> DirectedEdges:
    groups = group_edges(edges)
    return edges.take(np.sort(groups.members(groups.net != 0)))


def _mend(polygons: GeometryArray) -> tuple[GeometryArray, list[Change]]:
    """Make invalid polygons valid: what their rings wind around belongs to them."""
    wrong = np.flatnonzero(~shapely.is_valid(polygons))
    if len(wrong) == 0:
        return polygons, []
    mended = polygons.copy()
    mended[wrong] = shapely.make_valid(shapely.force_2d(polygons[wrong]), method="structure", keep_collapsed=False)
    return mended, validity_changes(polygons, mended, wrong)


def _refine(
    polygons: GeometryArray, area: shapely.Geometry | None, tolerance: float
) -> tuple[OwnedFaces, BoolArray, BoolArray]:
    """Node what is concerned; return the faces, which of them are known to be right, and which polygons took part."""
    n = len(polygons)
    chosen = concerned(polygons, area, tolerance=tolerance)
    while True:
        edges = _edges_to_node(polygons, area, chosen)
        faces = own_faces(edges, n_owners=n + 2, tolerance=tolerance)
        frozen = faces.covered_by(n + 1)
        claimed = np.bincount(faces.face[faces.owner < n], minlength=len(faces.coverage)) > 0
        outline = edges.owner == n + 1
        if chosen.all() or (faces.intact[outline].all() and not (frozen & claimed).any()):
            return faces, frozen, chosen
        # the repair would reach into polygons taken for granted: take none for granted
        chosen = np.ones(n, dtype=np.bool_)


def _decide(
    polygons: GeometryArray,
    faces: OwnedFaces,
    chosen: BoolArray,
    *,
    rules: Rules,
    inside: BoolArray,
    frozen: BoolArray,
) -> tuple[Decision, tuple[Loss, ...]]:
    """Give each face to one polygon; where that buries a polygon, it comes first, and the others get a hole."""
    areas = shapely.area(polygons)
    nested = np.zeros(len(polygons), dtype=np.bool_)
    decision = decide(faces, rules=rules, inside=inside, frozen=frozen, areas=areas, nested=nested)
    losses = _losses(areas, faces, decision, chosen)
    if losses:
        nested[[loss.polygon for loss in losses]] = True
        decision = decide(faces, rules=rules, inside=inside, frozen=frozen, areas=areas, nested=nested)
        losses = _losses(areas, faces, decision, chosen)
    return decision, losses


def _touched(faces: OwnedFaces, decision: Decision, n_polygons: int) -> BoolArray:
    """Return which polygons lose or gain a face or have an edge that was split or moved."""
    touched = np.zeros(faces.n_owners, dtype=np.bool_)
    touched[faces.changed_owners] = True
    touched[faces.owner[decision.label[faces.face] != faces.owner]] = True
    touched[decision.label[decision.filled | decision.moved]] = True
    return touched[:n_polygons]


def _edges_to_node(polygons: GeometryArray, area: shapely.Geometry | None, chosen: BoolArray) -> DirectedEdges:
    """Return edges of the area (owner n), of the outline of all polygons not chosen (owner n + 1) and of the chosen."""
    n = len(polygons)
    parts = []
    if area is not None:
        border = directed_edges(np.array([area], dtype=object))
        parts.append(DirectedEdges(border.points, border.tail, border.head, np.full(len(border), n, dtype=np.int64)))
    everything = directed_edges(polygons)
    is_chosen = chosen[everything.owner]
    if not chosen.all():
        rest = everything.take(~is_chosen)
        outline = _uncancelled(rest)
        parts.append(DirectedEdges(outline.points, outline.tail, outline.head, np.full(len(outline), n + 1)))
    parts.append(everything.take(is_chosen))
    return DirectedEdges.concatenate(parts)


def _losses(areas: FloatArray, faces: OwnedFaces, decision: Decision, chosen: BoolArray) -> tuple[Loss, ...]:
    kept = decision.label != NOBODY
    left = np.bincount(decision.label[kept], faces.coverage.areas[kept], minlength=len(areas))
    found = []
    for polygon in np.flatnonzero((chosen & (left < areas * LEAST_SHARE)) | (areas == 0)).tolist():
        rivals = np.unique(decision.label[faces.face[faces.owner == polygon]])
        others = tuple(rivals[(rivals != polygon) & (rivals != NOBODY)].tolist())
        found.append(Loss(polygon, others, float(areas[polygon]), float(left[polygon])))
    return tuple(found)


def _dissolve(polygons: GeometryArray, faces: OwnedFaces, decision: Decision, touched: BoolArray) -> GeometryArray:
    """Return the polygons, those that change rebuilt from their faces."""
    chosen = np.append(touched, False)[decision.label]
    rows, shapes = faces.coverage.dissolve(np.where(chosen, decision.label, NOBODY))
    result = polygons.copy()
    result[rows] = shapes
    return result


def _prove(polygons: GeometryArray, kept_gaps: GeometryArray, area: shapely.Geometry | None) -> None:
    """Raise unless polygons and kept gaps together are an exact partition of the area, or of their own outline."""
    everything = np.concatenate([polygons, kept_gaps])
    target = Coverage.from_polygons(everything).boundary() if area is None else area
    proof = prove_partition(everything, target)
    if proof.holds:
        return
    worst = proof.defects[0]
    x, y = shapely.get_coordinates(worst.geometry)[0]
    raise CoverageError(
        say(
            "The repair left {n} defects, the largest a {defect} of {area_m2:.6g} m² near ({x:.3f}, {y:.3f}). "
            "Nothing was changed. A snapping distance above the noise of the data may help.",
            n=len(proof.defects),
            defect=_KINDS[worst.kind],
            area_m2=worst.area,
            x=x,
            y=y,
        )
    )
