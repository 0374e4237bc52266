"""The common refinement: service area, units and all claims noded together once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.audit.claims import Claim
from gridpart.coverage import Coverage, arrange, connected_components, widths_of
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
        Disjoint, together the service area; one per unit, set of banks and sliver or not, shape (n_faces,).
    unit
        Row of the unit, -1 where there is none, shape (n_faces,).
    served
        Which banks claim the face, shape (n_faces, n_banks).
    is_sliver
        Whether the face belongs to a region narrower than the sliver width, shape (n_faces,).
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
    sliver[inside] = _in_slivers(noded.coverage, served, inside, sliver_width_m)[inside]
    key = np.column_stack([noded.labels[:, 1], sliver, served])
    rows, label = np.unique(key[inside], axis=0, return_inverse=True)
    labels = np.full(len(areas), -1, dtype=np.int64)
    labels[inside] = label.ravel()
    _, polygons = noded.coverage.dissolve(labels)
    result = Refinement(
        polygons,
        rows[:, 0].astype(np.int64),
        rows[:, 2:].astype(np.bool_),
        rows[:, 1].astype(np.bool_),
        outside_m2,
        doubled_m2,
    )
    _require_sum(result, area)
    return result


def _in_slivers(coverage: Coverage, served: BoolArray, inside: BoolArray, width_m: float) -> BoolArray:
    """Return which faces lie in a region of equal banks that is narrower than `width_m`, units aside."""
    one, two, _ = coverage.adjacency()
    same = (served[one] == served[two]).all(axis=1) & inside[one] & inside[two]
    region = connected_components(len(coverage), one[same], two[same])
    labels = np.where(inside, region, -1)
    names, polygons = coverage.dissolve(labels)
    # a wide region cannot be a sliver: twice its area by its perimeter is a lower bound of its width
    thin = 2 * shapely.area(polygons) < width_m * shapely.length(polygons)
    narrow = np.zeros(int(region.max()) + 1 if len(region) else 0, dtype=np.bool_)
    narrow[names[thin]] = widths_of(polygons[thin]) < width_m
    return narrow[region] & inside


def _require_sum(refinement: Refinement, area: shapely.Geometry) -> None:
    total, expected = float(refinement.areas.sum()), float(shapely.area(area))
    if abs(total - expected) > 1e-9 * expected:
        message = (
            f"The faces of the audit add up to {total:,.6f} m², the service area has {expected:,.6f} m². "
            "No audit was made; please report this with the input."
        )
        raise CoverageError(message)
