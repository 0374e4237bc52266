"""Who keeps each face: overlaps go to one owner, narrow gaps to a neighbour, by the longest shared border."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage._defects import widths_of
from gridpart.coverage._repair_faces import OwnedFaces
from gridpart.coverage.coverage import Coverage

NOBODY = -1
"""Label of a face that no polygon gets."""


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
    gap = inside & ~frozen & (claims == 0)
    width = np.zeros(len(label))
    width[gap] = widths_of(faces.coverage.polygons[gap])
    marked = gap & _is_marked(faces.coverage, label, gap, rules.marks)
    receiver = _longest_neighbour(faces.coverage, label, gap & ~marked & (width <= rules.max_gap_width))
    filled = receiver != NOBODY
    return Decision(np.where(filled, receiver, label), claims, outside, filled, gap & ~filled, marked, width)


def _settle_overlaps(coverage: Coverage, label: IntArray, face: IntArray, owner: IntArray) -> IntArray:
    """Label disputed faces, round by round from the undisputed parts inwards."""
    label = label.copy()
    span = np.int64(owner.max(initial=0) + 1)
    one, two, border = _both_ways(coverage)
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
        winner = _best(code[allowed] // span, code[allowed] % span, border[possible][allowed])
        label[winner[0]] = winner[1]
    # what touches no undisputed part of any owner goes to the first of them
    first, index = np.unique(face[open_rows], return_index=True)
    label[first] = owner[open_rows][index]
    return label


def _both_ways(coverage: Coverage) -> tuple[IntArray, IntArray, FloatArray]:
    one, two, border = coverage.adjacency()
    return np.concatenate([one, two]), np.concatenate([two, one]), np.concatenate([border, border])


def _best(face: IntArray, owner: IntArray, border: FloatArray) -> tuple[IntArray, IntArray]:
    """Return for each face the owner with the longest border in total, the first one if equal."""
    span = np.int64(owner.max(initial=0) + 1)
    codes, inverse = np.unique(face * span + owner, return_inverse=True)
    # border lengths are sums of rounded square roots: what is equal on paper must tie here too
    total = np.round(np.bincount(inverse, border, minlength=len(codes)), 6)
    order = np.lexsort((codes % span, -total, codes // span))
    faces, first = np.unique((codes // span)[order], return_index=True)
    return faces, (codes % span)[order][first]


def _longest_neighbour(coverage: Coverage, label: IntArray, chosen: BoolArray) -> IntArray:
    receiver = np.full(len(label), NOBODY, dtype=np.int64)
    one, two, border = _both_ways(coverage)
    beside = chosen[one] & (label[two] != NOBODY)
    if beside.any():
        gaps, who = _best(one[beside], label[two[beside]], border[beside])
        receiver[gaps] = who
    return receiver


def neighbours(coverage: Coverage, label: IntArray, chosen: BoolArray) -> dict[int, tuple[int, ...]]:
    """Return the polygons that share a border with each chosen face, sorted."""
    one, two, _ = _both_ways(coverage)
    beside = chosen[one] & (label[two] != NOBODY)
    found: dict[int, set[int]] = {}
    for face, who in zip(one[beside].tolist(), label[two[beside]].tolist(), strict=True):
        found.setdefault(face, set()).add(who)
    return {face: tuple(sorted(who)) for face, who in found.items()}


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
