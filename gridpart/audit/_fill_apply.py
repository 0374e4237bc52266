"""The claims of the banks once a plan is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from gridpart._typing import GeometryArray, IntArray
from gridpart.audit.pieces import TOLERANCE_M
from gridpart.steps import task

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit
    from gridpart.audit.claims import Claim


@task("plan_apply")
def claims_after(
    audit: Audit, *, taken: Mapping[str, Mapping[str, IntArray]], left: Mapping[str, IntArray]
) -> dict[str, gpd.GeoDataFrame]:
    """
    Return what each bank claims after it took some faces and left others.

    Parameters
    ----------
    audit
        The audit before.
    taken
        By bank and new cell id, rows of the faces it takes.
    left
        By bank, rows of the faces it leaves.

    Returns
    -------
    claims
        By bank: ``cell_id``, ``bank_id``, ``origin`` (``kept`` untouched, ``cut`` where the bank left land, ``taken``),
        geometry. Cells without any land left are gone.
    """
    faces: GeometryArray = np.asarray(audit.faces.geometry.array, dtype=object)
    none: dict[str, IntArray] = {}
    return {
        claim.bank_id: _claim_after(
            claim,
            {cell: faces[rows] for cell, rows in taken.get(claim.bank_id, none).items()},
            faces[left.get(claim.bank_id, np.zeros(0, dtype=np.int64))],
            crs=audit.faces.crs,
        )
        for claim in audit.claims
    }


def _claim_after(
    claim: Claim, taken: Mapping[str, GeometryArray], left: GeometryArray, *, crs: object
) -> gpd.GeoDataFrame:
    shapes = claim.polygons.copy()
    origin = np.full(len(shapes), "kept", dtype=object)
    if len(left):
        gone = shapely.coverage_union_all(left)
        shapely.prepare(gone)
        touched = np.flatnonzero(shapely.intersects(gone, shapes) & ~shapely.touches(gone, shapes))
        # GEOS' fixed-precision overlay is robust, its floating one is not
        shapes[touched] = _polygonal(shapely.difference(shapes[touched], gone, grid_size=TOLERANCE_M / 10))
        origin[touched] = "cut"
    there = ~shapely.is_empty(shapes)
    new = [shapely.coverage_union_all(parts) for parts in taken.values()]
    cells = [*np.array(claim.cell_ids, dtype=object)[there], *_unused(list(taken), claim.cell_ids)]
    return gpd.GeoDataFrame(
        {
            "cell_id": np.array(cells, dtype=object),
            "bank_id": np.full(len(cells), claim.bank_id, dtype=object),
            "origin": np.concatenate([origin[there], np.full(len(new), "taken", dtype=object)]),
        },
        geometry=np.concatenate([shapes[there], np.array(new, dtype=object)]),
        crs=crs,
    )


def _unused(names: list[str], used: tuple[str, ...]) -> list[str]:
    """Mark names that exist already: a plan applied to the outcome of a plan meets its own cells."""
    taken, free = set(used), []
    for name in names:
        candidate, number = name, 2
        while candidate in taken:
            candidate, number = f"{name}~{number}", number + 1
        taken.add(candidate)
        free.append(candidate)
    return free


def _polygonal(shapes: GeometryArray) -> GeometryArray:
    """Keep the polygons of what is left, without crumbs thinner than the noding tolerance."""
    kept = np.empty(len(shapes), dtype=object)
    for row, shape in enumerate(shapes):
        parts: GeometryArray = shapely.get_parts(shape)
        parts = parts[(shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)]
        parts = parts[2 * shapely.area(parts) > TOLERANCE_M * shapely.length(parts)]
        kept[row] = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    return kept
