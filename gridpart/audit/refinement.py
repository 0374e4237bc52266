"""The common refinement: service area, units and all claims noded together once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.audit.claims import Claim
from gridpart.coverage import Coverage, Members, arrange, connected_components, widths_of
from gridpart.errors import CoverageError, InputError

TOLERANCE_M = 1e-6
"""Snapping distance in m: what a certificate allows towards the border."""


@dataclass(frozen=True, eq=False)
class Refinement:
    """
    Faces on which unit and banks do not change.

    Attributes
    ----------
    polygons
        Disjoint, together the service area; one per unit, set of banks and sliver or not, and one per piece of blank
        land outside all units, shape (n_faces,).
    unit
        Row of the unit, -1 where there is none, shape (n_faces,).
    served
        Which banks claim the face, shape (n_faces, n_banks).
    is_sliver
        Whether the face belongs to a region of its unit narrower than the sliver width, shape (n_faces,).
    outside_m2
        Land that each bank claims outside the service area, shape (n_banks,).
    doubled_m2
        Land inside that each bank claims more than once, shape (n_banks,).
    """

    polygons: GeometryArray
    unit: IntArray
    served: BoolArray
    is_sliver: BoolArray
    outside_m2: FloatArray
    doubled_m2: FloatArray

    @property
    def areas(self) -> FloatArray:
        """Area of each face in m², shape (n_faces,)."""
        areas: FloatArray = shapely.area(self.polygons)
        return areas


def refine(
    area: shapely.Geometry, units: GeometryArray, claims: Sequence[Claim], *, sliver_width_m: float
) -> Refinement:
    """
    Cut the service area by the borders of units and the outlines of claims.

    Parameters
    ----------
    area
        Service area in m.
    units
        Valid polygons that do not overlap, shape (n_units,); may be none.
    claims
        What each bank claims.
    sliver_width_m
        Regions narrower than this are marked as slivers.

    Returns
    -------
    refinement
        Sorted by unit, then by set of banks.

    Raises
    ------
    InputError
        If units overlap.
    CoverageError
        If the faces do not add up to the service area within 1e-9.

    References
    ----------
    .. [1] Hobby, J. D. (1999). Practical segment intersection with finite precision output.
       Computational Geometry 13(4), 199-214.
    """
    parts = shapely.get_parts(area)
    try:
        noded = arrange([parts, units], tolerance=TOLERANCE_M, counted=[claim.polygons for claim in claims])
    except CoverageError as error:
        message = f"The units overlap each other, so people would count twice. {error}"
        raise InputError(message) from error
    inside = noded.labels[:, 0] >= 0
    areas = noded.coverage.areas
    outside_m2 = ((noded.counts > 0) * areas[:, None])[~inside].sum(axis=0)
    doubled_m2 = ((noded.counts > 1) * areas[:, None])[inside].sum(axis=0)
    served = noded.counts > 0
    sliver = np.zeros(len(areas), dtype=np.bool_)
    sliver[inside] = _in_slivers(noded.coverage, served, noded.labels[:, 1], inside, sliver_width_m)[inside]
    key = np.column_stack([noded.labels[:, 1], sliver, served])
    rows, label = np.unique(key[inside], axis=0, return_inverse=True)
    labels = np.full(len(areas), -1, dtype=np.int64)
    labels[inside] = label.ravel()
    polygons = _joined(noded.coverage, labels, len(rows))
    polygons, source = _single_blanks(polygons, (rows[:, 0] < 0) & (rows[:, 2:] == 0).all(axis=1))
    rows = rows[source]
    result = Refinement(
        polygons,
        rows[:, 0].astype(np.int64),
        rows[:, 2:].astype(np.bool_),
        rows[:, 1].astype(np.bool_),
        outside_m2,
        doubled_m2,
    )
    _require_sum(result.areas, area)
    return result


def _joined(coverage: Coverage, labels: IntArray, number: int) -> GeometryArray:
    """Merge faces of one label; a face that is alone with its label is taken as it is, shape (number,)."""
    size = np.bincount(labels[labels >= 0], minlength=number)
    alone = (labels >= 0) & (size[labels] == 1)
    polygons = np.empty(number, dtype=object)
    polygons[labels[alone]] = coverage.polygons[alone]
    names, joined = coverage.dissolve(np.where(alone, -1, labels))
    polygons[names] = joined
    return polygons


def _single_blanks(polygons: GeometryArray, blank: BoolArray) -> tuple[GeometryArray, IntArray]:
    """Take blank land outside all units apart: each piece is a place of its own. Return the row each came from."""
    parts, source = shapely.get_parts(polygons, return_index=True)
    apart = blank[source]
    kept = np.flatnonzero(~blank)
    corner = shapely.bounds(parts[apart])
    order = np.lexsort((corner[:, 1], corner[:, 0], source[apart]))
    pieces = np.concatenate([parts[apart][order], polygons[kept]])
    rows = np.concatenate([source[apart][order], kept])
    back = np.argsort(rows, kind="stable")
    return pieces[back], rows[back]


@dataclass(frozen=True, eq=False)
class CellRefinement:
    """
    Faces on which unit and cells do not change.

    Attributes
    ----------
    polygons
        Disjoint, together the service area, shape (n_faces,).
    unit
        Row of the unit, -1 where there is none, shape (n_faces,).
    codes
        Which cells of each bank lie there, see `members`, shape (n_faces, n_banks).
    is_sliver
        Whether the face belongs to a region of its unit narrower than the sliver width, shape (n_faces,).
    members
        What the codes stand for.
    """

    polygons: GeometryArray
    unit: IntArray
    codes: IntArray
    is_sliver: BoolArray
    members: Members


def refine_cells(
    area: shapely.Geometry, units: GeometryArray, claims: Sequence[Claim], *, sliver_width_m: float
) -> CellRefinement:
    """
    Cut the service area by the borders of units and of every single cell.

    Parameters
    ----------
    area, units, claims, sliver_width_m
        As for `refine`.

    Returns
    -------
    refinement
        Sorted by unit, then by cells.

    Raises
    ------
    CoverageError
        If the faces do not add up to the service area within 1e-9.
    """
    noded = arrange([shapely.get_parts(area), units], tolerance=TOLERANCE_M, members=[c.polygons for c in claims])
    inside = noded.labels[:, 0] >= 0
    codes = noded.members.codes
    sliver = _in_slivers(noded.coverage, codes >= 0, noded.labels[:, 1], inside, sliver_width_m) & inside
    key = np.column_stack([noded.labels[:, 1], sliver, codes])[inside]
    order = np.lexsort(key.T[::-1])
    ordered = key[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    labels = np.full(len(inside), -1, dtype=np.int64)
    labels[np.flatnonzero(inside)[order]] = np.cumsum(new) - 1
    polygons = _joined(noded.coverage, labels, int(new.sum()))
    rows = ordered[new]
    _require_sum(shapely.area(polygons), area)
    return CellRefinement(polygons, rows[:, 0], rows[:, 2:], rows[:, 1].astype(np.bool_), noded.members)


def _in_slivers(coverage: Coverage, served: BoolArray, unit: IntArray, inside: BoolArray, width_m: float) -> BoolArray:
    """
    Return which faces lie in a region of one unit and equal banks that is narrower than `width_m`.

    Within a unit: a drawing that misses the border of its unit by less is no blank, though the next unit may be one.
    """
    one, two, _ = coverage.adjacency()
    same = (served[one] == served[two]).all(axis=1) & (unit[one] == unit[two]) & inside[one] & inside[two]
    region = connected_components(len(coverage), one[same], two[same])
    # twice its area by its perimeter is a lower bound of a polygon's width, and no region is narrower than a part of it
    wide = 2 * coverage.areas >= width_m * shapely.length(coverage.polygons)
    has_wide = np.zeros(int(region.max()) + 1 if len(region) else 0, dtype=np.bool_)
    has_wide[region[wide & inside]] = True
    names, polygons = coverage.dissolve(np.where(inside & ~has_wide[region], region, -1))
    narrow = np.zeros(len(has_wide), dtype=np.bool_)
    narrow[names] = widths_of(polygons) < width_m
    return narrow[region] & inside


def _require_sum(areas: FloatArray, area: shapely.Geometry) -> None:
    total, expected = float(areas.sum()), float(shapely.area(area))
    if abs(total - expected) > 1e-9 * expected:
        message = (
            f"The faces of the audit add up to {total:,.6f} m², the service area has {expected:,.6f} m². "
            "No audit was made; please report this with the input."
        )
        raise CoverageError(message)
