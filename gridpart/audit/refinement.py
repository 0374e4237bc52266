"""Faces at the level of banks and of cells, both joined from the pieces of one noding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.audit.pieces import TOLERANCE_M, Column, Pieces, numbered
from gridpart.coverage import Members


@dataclass(frozen=True, eq=False)
class _Joined:
    polygons: GeometryArray
    areas: FloatArray
    unit: IntArray
    is_sliver: BoolArray


@dataclass(frozen=True, eq=False)
class Refinement(_Joined):
    """
    Faces on which unit and banks do not change.

    Attributes
    ----------
    polygons
        Disjoint, together the service area; one per unit, set of banks and sliver or not, and one per piece of blank
        land outside all units, shape (n_faces,).
    areas
        In m², shape (n_faces,).
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

    served: BoolArray
    outside_m2: FloatArray
    doubled_m2: FloatArray


def refine(pieces: Pieces) -> Refinement:
    """
    Join pieces of the same unit and banks.

    Parameters
    ----------
    pieces
        Of the service area.

    Returns
    -------
    refinement
        Sorted by unit, then by set of banks. Where the border of a cell meets that of a face without ending there, the
        face has no vertex, as if cells had been joined before noding.

    Raises
    ------
    CoverageError
        If the faces do not add up to the service area within 1e-9.
    """
    areas, inside, served = pieces.coverage.areas, pieces.inside, pieces.served
    outside_m2 = (served * areas[:, None])[~inside].sum(axis=0)
    doubled_m2 = ((pieces.members.codes >= pieces.members.sizes) * areas[:, None])[inside].sum(axis=0)
    labels, first = _labels(pieces, [(column, 2) for column in served.T])
    _, polygons = pieces.coverage.dissolve(labels, loose=pieces.is_crossing, within=TOLERANCE_M / 4)
    blank = (pieces.unit[first] < 0) & ~served[first].any(axis=1)
    polygons, source = _single_blanks(polygons, blank)
    rows = first[source]
    facts = pieces.unit[rows], pieces.is_sliver[rows], served[rows]
    result = Refinement(polygons, shapely.area(polygons), *facts, outside_m2, doubled_m2)
    pieces.require_sum(result.areas)
    return result


def _labels(pieces: Pieces, columns: list[Column]) -> tuple[IntArray, IntArray]:
    """Number pieces inside by unit, sliver and some columns; return the number of each, -1 outside, and one of each."""
    inside = np.flatnonzero(pieces.inside)
    n_units = int(pieces.unit.max(initial=-1)) + 1
    keys: list[Column] = [(pieces.unit + 1, n_units + 1), (pieces.is_sliver, 2), *columns]
    number, first = numbered((values[inside], bound) for values, bound in keys)
    labels = np.full(len(pieces.inside), -1, dtype=np.int64)
    labels[inside] = number
    return labels, inside[first]


def _single_blanks(polygons: GeometryArray, blank: BoolArray) -> tuple[GeometryArray, IntArray]:
    """Take blank land outside all units apart: each piece is a place of its own. Return the row each came from."""
    split, kept = np.flatnonzero(blank), np.flatnonzero(~blank)
    parts, source = shapely.get_parts(polygons[split], return_index=True)
    corner = shapely.bounds(parts)
    order = np.lexsort((corner[:, 1], corner[:, 0], source))
    pieces = np.concatenate([parts[order], polygons[kept]])
    rows = np.concatenate([split[source[order]], kept])
    back = np.argsort(rows, kind="stable")
    return pieces[back], rows[back]


@dataclass(frozen=True, eq=False)
class CellRefinement(_Joined):
    """
    Faces on which unit and cells do not change.

    Attributes
    ----------
    polygons
        Disjoint, together the service area, shape (n_faces,).
    areas
        In m², shape (n_faces,).
    unit
        Row of the unit, -1 where there is none, shape (n_faces,).
    codes
        Which cells of each bank lie there, see `members`, shape (n_faces, n_banks).
    is_sliver
        Whether the face belongs to a region of its unit narrower than the sliver width, shape (n_faces,).
    members
        What the codes stand for.
    """

    codes: IntArray
    members: Members


def refine_cells(pieces: Pieces) -> CellRefinement:
    """
    Join pieces of the same unit and cells.

    Parameters
    ----------
    pieces
        Of the service area.

    Returns
    -------
    refinement
        Sorted by unit, then by cells.

    Raises
    ------
    CoverageError
        If the faces do not add up to the service area within 1e-9.
    """
    members = pieces.members
    bounds = [size + len(sets) + 1 for size, sets in zip(members.sizes.tolist(), members.sets, strict=True)]
    labels, first = _labels(pieces, list(zip(members.codes.T + 1, bounds, strict=True)))
    polygons, areas = pieces.coverage.polygons[first], pieces.coverage.areas[first]
    # a piece that is alone with its label is taken as it is
    several = np.append(np.bincount(labels[pieces.inside], minlength=len(first)) > 1, False)[labels]
    names, joined = pieces.coverage.dissolve(np.where(several, labels, -1))
    polygons[names], areas[names] = joined, shapely.area(joined)
    result = CellRefinement(polygons, areas, pieces.unit[first], pieces.is_sliver[first], members.codes[first], members)
    pieces.require_sum(result.areas)
    return result
