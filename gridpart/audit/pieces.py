"""One noding of service area, units and the cells of all banks: the pieces that all faces of an audit are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.audit.claims import Claim
from gridpart.coverage import Coverage, Members, arrange, connected_components, grouped, widths_of
from gridpart.errors import CoverageError, InputError
from gridpart.i18n import messages
from gridpart.partition.layers import told_overlaps

say = messages("audit")

TOLERANCE_M = 1e-6
"""Snapping distance in m: what a certificate allows towards the border."""

Column = tuple[IntArray | BoolArray, int]
"""Whole numbers from 0, and a bound that none of them reaches."""

_KEY_LIMIT = 2**62
"""Columns of whole numbers are packed into one as long as it stays below this."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """
    Pieces of land on which unit and cells do not change; each is connected.

    Attributes
    ----------
    coverage
        The pieces, those of claims outside the service area too.
    inside
        Which pieces lie in the service area, shape (n_pieces,).
    unit
        Row of the unit, -1 where there is none, shape (n_pieces,).
    members
        Which cells of each bank cover the piece.
    is_sliver
        Whether the piece lies in a region of one unit and equal banks that is narrower than the sliver width,
        shape (n_pieces,).
    is_crossing
        Which vertices of the coverage were made where edges cross, shape (n_vertices,).
    area_m2
        Service area as given.
    """

    coverage: Coverage
    inside: BoolArray
    unit: IntArray
    members: Members
    is_sliver: BoolArray
    is_crossing: BoolArray
    area_m2: float

    @property
    def served(self) -> BoolArray:
        """Which banks claim the piece, shape (n_pieces, n_banks)."""
        served: BoolArray = self.members.codes >= 0
        return served

    def require_sum(self, areas: FloatArray) -> None:
        """
        Raise unless faces add up to the service area.

        Raises
        ------
        CoverageError
            If they do not within 1e-9.
        """
        total = float(areas.sum())
        if abs(total - self.area_m2) > 1e-9 * self.area_m2:
            raise CoverageError(
                say(
                    "The faces of the audit add up to {total:,.6f} m², the service area has {area_m2:,.6f} m². No "
                    "audit was made; please report this with the input.",
                    total=total,
                    area_m2=self.area_m2,
                )
            )


def cut_to_pieces(
    area: shapely.Geometry,
    units: GeometryArray,
    claims: Sequence[Claim],
    *,
    sliver_width_m: float,
    unit_ids: Sequence[str] | None = None,
) -> Pieces:
    """
    Cut the service area by the borders of units and of every cell of every bank.

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
    unit_ids
        What to call units in messages; their rows if None.

    Returns
    -------
    pieces
        From which faces at the level of banks and of cells are joined, without noding again.

    Raises
    ------
    InputError
        If units overlap; pairs are named with the area they share.

    References
    ----------
    .. [1] Hobby, J. D. (1999). Practical segment intersection with finite precision output.
       Computational Geometry 13(4), 199-214.
    """
    layers = [shapely.get_parts(area), units]
    try:
        noded = arrange(layers, tolerance=TOLERANCE_M, members=[claim.polygons for claim in claims])
    except CoverageError as error:
        told = told_overlaps(units, [str(row) for row in range(len(units))] if unit_ids is None else unit_ids)
        raise InputError(
            say("The units overlap each other, so people would count twice. {told}{error}", told=told, error=error)
        ) from error
    inside, unit = noded.labels[:, 0] >= 0, noded.labels[:, 1]
    sliver = _in_slivers(noded.coverage, noded.members.codes >= 0, unit, inside, sliver_width_m)
    return Pieces(noded.coverage, inside, unit, noded.members, sliver, noded.is_crossing, float(shapely.area(area)))


def _in_slivers(coverage: Coverage, served: BoolArray, unit: IntArray, inside: BoolArray, width_m: float) -> BoolArray:
    """
    Return which pieces lie in a region of one unit and equal banks that is narrower than `width_m`.

    Within a unit: a drawing that misses the border of its unit by less is no blank, though the next unit may be one.
    """
    place, _ = numbered([(unit + 1, int(unit.max(initial=-1)) + 2), (inside, 2), *((column, 2) for column in served.T)])
    one, two = coverage.left_face, coverage.right_face
    same = (two >= 0) & (place[one] == place[two]) & inside[one]
    region = connected_components(len(coverage), one[same], two[same])
    # twice its area by its perimeter is a lower bound of a polygon's width, and no region is narrower than a part of it
    wide = 2 * coverage.areas >= width_m * shapely.length(coverage.polygons)
    has_wide = np.zeros(int(region.max(initial=-1)) + 1, dtype=np.bool_)
    has_wide[region[wide & inside]] = True
    names, polygons = coverage.dissolve(np.where(inside & ~has_wide[region], region, -1))
    narrow = np.zeros(len(has_wide), dtype=np.bool_)
    narrow[names] = widths_of(polygons) < width_m
    return narrow[region] & inside


def numbered(columns: Iterable[Column]) -> tuple[IntArray, IntArray]:
    """
    Number the distinct rows of a table in the order in which they sort.

    Parameters
    ----------
    columns
        Whole numbers from 0, shape (n_rows,), and a bound that none of them reaches; the first column leads.

    Returns
    -------
    number
        Of each row, shape (n_rows,).
    first
        The first row of each number.
    """
    keys: list[IntArray] = []
    span = 1
    for values, bound in columns:
        if not keys or span * bound > _KEY_LIMIT:
            keys.append(values.astype(np.int64))
            span = bound
        else:
            keys[-1] = keys[-1] * bound + values
            span *= bound
    order = grouped(keys[0]) if len(keys) == 1 else np.lexsort(keys[::-1])
    ordered = np.stack(keys)[:, order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    return number, order[new]
