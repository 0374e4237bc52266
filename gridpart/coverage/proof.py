"""
Proof that polygons are an exact partition of an area, or every place where they are not.

Valid polygons partition an area exactly if and only if the directed edges of all their rings cancel pairwise
and what remains is the boundary of the area, noded with the polygons' vertices: the winding numbers then give
every point of the area exactly one polygon and every other point none. The test needs no tolerance. Where
edges remain, the faces that they bound are the gaps (winding number below zero) and the overlaps (above).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import shapely

from gridpart._typing import BoolArray, GeometryArray
from gridpart.coverage._defects import Defect, locate_defects
from gridpart.coverage._matching import EdgeGroups, group_edges
from gridpart.coverage._rim import fit_to_border
from gridpart.coverage._rings import DirectedEdges, directed_edges, is_polygonal
from gridpart.coverage._validity import MAX_COORDINATE_M, is_certainly_valid, why_invalid
from gridpart.i18n import messages

say = messages("coverage")

MAX_BOUNDARY_SHIFT_M = 1e-6
"""Vertices may lie off the border of the area by this much, in metres; anything more is a gap or an overlap."""

__all__ = ["MAX_BOUNDARY_SHIFT_M", "Defect", "Proof", "prove_partition"]


@dataclass(frozen=True)
class Proof:
    """
    Outcome of `prove_partition`.

    Attributes
    ----------
    defects
        Every gap, overlap, mismatch and invalid polygon; empty if the proof holds.
    n_polygons
        Polygons looked at.
    n_edges
        Distinct edges among them.
    boundary_shift_m
        Largest distance in metres between a vertex and the border of the area that it stands for.
    """

    defects: tuple[Defect, ...]
    n_polygons: int
    n_edges: int
    boundary_shift_m: float

    @property
    def holds(self) -> bool:
        """Whether the polygons are an exact partition of the area."""
        return not self.defects

    def of_kind(self, kind: Literal["gap", "overlap", "mismatch", "invalid"]) -> list[Defect]:
        """Return the defects of one kind."""
        return [defect for defect in self.defects if defect.kind == kind]


def prove_partition(polygons: GeometryArray, area: shapely.Geometry) -> Proof:
    """
    Prove that polygons cover an area exactly once, or find every defect.

    Parameters
    ----------
    polygons
        Any geometries, shape (n_polygons,); coordinates in metres.
    area
        Valid polygon or multipolygon. Its holes must stay uncovered.

    Returns
    -------
    proof
        With the defects: where, which polygons, how large, how wide.
    """
    faulty = _invalid_polygons(polygons)
    mended = _edges_can_be_read(polygons, faulty)
    # the border runs with the area on its right, so that it cancels against the polygons along it
    border = directed_edges(np.array([area], dtype=object)).reversed(owner=len(polygons))
    everything = DirectedEdges.concatenate([directed_edges(mended), border])
    groups = group_edges(everything)
    odd = groups.net != 0
    remaining = everything.take(groups.members(odd))
    of_border_alone = (remaining.owner == len(polygons)) & (np.repeat(groups.size[odd], groups.size[odd]) == 1)
    n_edges = len(groups.first) - int(of_border_alone.sum())
    shift = 0.0
    if len(remaining):
        remaining, shift = fit_to_border(remaining, border_owner=len(polygons), tolerance=MAX_BOUNDARY_SHIFT_M)
        groups = group_edges(remaining)
        remaining = remaining.take(
            groups.members((groups.net != 0) | _joins_polygons(remaining, groups, border_owner=len(polygons)))
        )
    defects = [*_invalid_defects(polygons, faulty), *locate_defects(remaining, mended, area)]
    return Proof(tuple(defects), len(polygons), n_edges, shift)


def _joins_polygons(edges: DirectedEdges, groups: EdgeGroups, *, border_owner: int) -> BoolArray:
    """Return which groups hold edges of several polygons, which only matched once the border's vertices split them."""
    owner = edges.owner[groups.order]
    is_border = owner == border_owner
    lowest = np.minimum.reduceat(np.where(is_border, border_owner, owner), groups.first)
    highest = np.maximum.reduceat(np.where(is_border, -1, owner), groups.first)
    joins: BoolArray = lowest < highest
    return joins


def _invalid_polygons(polygons: GeometryArray) -> BoolArray:
    certain = is_certainly_valid(polygons)
    wrong = ~certain
    rest = polygons[wrong]
    wrong[wrong] = ~shapely.is_valid(rest) | ~is_polygonal(rest) | shapely.is_empty(rest) | ~_lies_on_a_map(rest)
    return wrong


def _lies_on_a_map(shapes: GeometryArray) -> BoolArray:
    """Return which geometries have coordinates that are finite and not absurd; those without bounds have not."""
    inside: BoolArray = (np.abs(shapely.bounds(shapes)) <= MAX_COORDINATE_M).all(axis=1)
    return inside


def _edges_can_be_read(polygons: GeometryArray, faulty: BoolArray) -> GeometryArray:
    """Return polygons with invalid ones mended for the search, or left out where that is impossible."""
    if not faulty.any():
        return polygons
    mended = polygons.copy()
    for row in np.flatnonzero(faulty):
        shape = polygons[row]
        readable = is_polygonal(polygons[row : row + 1])[0] and _faulty_vertex(shape) is None
        mended[row] = _even_odd(shape) if readable else None
    return mended


def _even_odd(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Return what an invalid polygon covers: land that its rings go round twice is not covered but a gap."""
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(shape)))
    return shapely.multipolygons(parts[is_polygonal(parts)])


def _invalid_defects(polygons: GeometryArray, faulty: BoolArray) -> list[Defect]:
    return [
        Defect("invalid", (int(row),), polygons[row], 0.0, 0.0, _reason(polygons[row]))
        for row in np.flatnonzero(faulty)
    ]


def _reason(shape: shapely.Geometry | None) -> str:
    if shape is None:
        return say("no geometry")
    if shape.is_empty:
        return say("empty {geometry}", geometry=shape.geom_type)
    if not is_polygonal(np.array([shape], dtype=object))[0]:
        return say("a {geometry}, not a polygon", geometry=shape.geom_type)
    vertex = _faulty_vertex(shape)
    if vertex is not None:
        return vertex
    return say("zero area") if shapely.convex_hull(shape).area == 0 else why_invalid(shape)


def _faulty_vertex(shape: shapely.Geometry) -> str | None:
    """Name the first vertex that lies on no map: part, ring (0 is the shell) and vertex, all counted from 0."""
    for part_number, part in enumerate(shapely.get_parts(shape)):
        for ring_number, ring in enumerate(shapely.get_rings(part)):
            points = shapely.get_coordinates(ring)
            fine = (np.abs(points) <= MAX_COORDINATE_M).all(axis=1)
            if not fine.all():
                number = int(np.argmin(fine))
                x, y = points[number]
                return say(
                    "vertex {vertex} of ring {ring} of part {part} lies on no map: ({x:g}, {y:g})",
                    vertex=number,
                    ring=ring_number,
                    part=part_number,
                    x=x,
                    y=y,
                )
    return None
