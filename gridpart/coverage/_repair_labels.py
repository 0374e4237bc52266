"""Who keeps each face: overlaps go to one owner, narrow gaps to a neighbour, by the longest shared border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage._defects import widths_of
from gridpart.coverage._repair_borders import NOBODY, both_ways, longest_border, neighbours
from gridpart.coverage._repair_faces import OwnedFaces
from gridpart.coverage._repair_slivers import move_slivers
from gridpart.coverage.coverage import Coverage


@dataclass(frozen=True, eq=False)
class Decision:
    """
    Who gets each face.

    Attributes
    ----------
    label
        Polygon of each face, -1 for none, shape (n_faces,).
    claims
        How many polygons cover each face, shape (n_faces,).
    outside
        Faces that polygons cover outside the area, shape (n_faces,).
    moved
        Slivers that losing land cut off from their polygon, and that a neighbour gets, shape (n_faces,).
    filled
        Gaps that a neighbour gets, shape (n_faces,).
    kept
        Gaps that stay, shape (n_faces,).
    marked
        Those of `kept` that stay because they were marked, shape (n_faces,).
    width
        Width of each gap in m, zero elsewhere, shape (n_faces,).
    """

    label: IntArray
    claims: IntArray
    outside: BoolArray
    moved: BoolArray
    filled: BoolArray
    kept: BoolArray
    marked: BoolArray
    width: FloatArray


@dataclass(frozen=True, eq=False)
class Marks:
    """
    Gaps that must stay.

    Attributes
    ----------
    places
        Points in the gaps, or polygons that lie in them or hold them, shape (n_places,).
    polygons
        Polygons whose gaps all stay, shape (n_polygons,).
    """

    places: GeometryArray
    polygons: IntArray


@dataclass(frozen=True, eq=False)
class Rules:
    """
    What the caller allows.

    Attributes
    ----------
    max_gap_width
        In metres; wider gaps stay.
    marks
        Gaps that stay however narrow.
    """

    max_gap_width: float
    marks: Marks


def decide(
    faces: OwnedFaces, *, rules: Rules, inside: BoolArray, frozen: BoolArray, areas: FloatArray, nested: BoolArray
) -> Decision:
    """
    Give every face to one polygon or to none.

    Parameters
    ----------
    faces
        Faces and their owners; owners from `n_polygons` on are not polygons.
    rules
        What the caller allows.
    inside
        Faces within the area to cover, shape (n_faces,).
    frozen
        Faces that are known to be right and take no part, shape (n_faces,).
    areas
        Area of each polygon in m², shape (n_polygons,).
    nested
        Polygons that come first where they overlap others, the smallest before all, shape (n_polygons,).

    Returns
    -------
    decision
        Overlaps go to the owner whose undisputed part has the longest border with them, gaps to the neighbour with
        the longest shared border; the first row wins a tie.
    """
    of_polygon = faces.owner < len(areas)
    face, owner = faces.face[of_polygon], faces.owner[of_polygon]
    claims = np.bincount(face, minlength=len(faces.coverage))
    outside = ~inside & (claims > 0)
    label = np.full(len(faces.coverage), NOBODY, dtype=np.int64)
    single = (claims == 1) & inside
    chosen = single[face]
    label[face[chosen]] = owner[chosen]
    disputed = ((claims > 1) & inside)[face]
    face, owner = face[disputed], owner[disputed]
    first = np.flatnonzero(nested[owner])
    # written from the largest to the smallest, so that the smallest nested polygon stays
    first = first[np.lexsort((-owner[first], -areas[owner[first]]))]
    label[face[first]] = owner[first]
    label = _settle_overlaps(faces.coverage, label, face, owner)
    settled, label = label, move_slivers(faces, label, n_polygons=len(areas), max_width=rules.max_gap_width)
    moved = label != settled
    gap = inside & ~frozen & (claims == 0)
    width = np.zeros(len(label))
    width[gap] = widths_of(faces.coverage.polygons[gap])
    marked = gap & _is_marked(faces.coverage, label, gap, rules.marks)
    receiver = _longest_neighbour(faces.coverage, label, gap & ~marked & (width <= rules.max_gap_width))
    filled = receiver != NOBODY
    label = np.where(filled, receiver, label)
    return Decision(label, claims, outside, moved, filled, gap & ~filled, marked, width)


def _settle_overlaps(coverage: Coverage, label: IntArray, face: IntArray, owner: IntArray) -> IntArray:
    """Label disputed faces, round by round from the undisputed parts inwards."""
    label = label.copy()
    span = np.int64(owner.max(initial=0) + 1)
    one, two, border = both_ways(coverage)
    while True:
        open_rows = label[face] == NOBODY
        if not open_rows.any():
            return label
        candidates = np.sort(face[open_rows] * span + owner[open_rows])
        beside = label[two]
        possible = (label[one] == NOBODY) & (beside != NOBODY) & (beside < span)
        code = one[possible] * span + beside[possible]
        place = np.minimum(np.searchsorted(candidates, code), len(candidates) - 1)
        allowed = candidates[place] == code
        if not allowed.any():
            break
        winner = longest_border(code[allowed] // span, code[allowed] % span, border[possible][allowed])
        label[winner[0]] = winner[1]
    # what touches no undisputed part of any owner goes to the first of them
    first, index = np.unique(face[open_rows], return_index=True)
    label[first] = owner[open_rows][index]
    return label


def _longest_neighbour(coverage: Coverage, label: IntArray, chosen: BoolArray) -> IntArray:
    receiver = np.full(len(label), NOBODY, dtype=np.int64)
    one, two, border = both_ways(coverage)
    beside = chosen[one] & (label[two] != NOBODY)
    if beside.any():
        gaps, who = longest_border(one[beside], label[two[beside]], border[beside])
        receiver[gaps] = who
    return receiver


def _is_marked(coverage: Coverage, label: IntArray, gap: BoolArray, marks: Marks) -> BoolArray:
    marked = np.zeros(len(label), dtype=np.bool_)
    rows = np.flatnonzero(gap)
    if len(rows) == 0:
        return marked
    shapes = coverage.polygons[rows]
    if len(marks.places):
        # a marking polygon may be larger or smaller than its gap; touching a gap from outside does not mark it
        _, holds = shapely.STRtree(shapes).query(shapely.point_on_surface(marks.places), predicate="intersects")
        held, _ = shapely.STRtree(marks.places).query(shapely.point_on_surface(shapes), predicate="intersects")
        marked[rows[holds]] = True
        marked[rows[held]] = True
    if len(marks.polygons):
        named = set(marks.polygons.tolist())
        beside = neighbours(coverage, label, gap)
        marked[[face for face, who in beside.items() if not named.isdisjoint(who)]] = True
    return marked
