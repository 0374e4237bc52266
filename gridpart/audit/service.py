"""Cells without service: every cell needs at least one channel and one responsible officer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import BoolArray, GeometryArray
from gridpart.arguments import checked
from gridpart.audit.cell_faces import cell_name
from gridpart.partition import Grid
from gridpart.partition.layers import require_columns
from gridpart.tables import is_closed

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit
    from gridpart.audit.claims import Claim


@checked
def cells_without_service(
    grid: Grid,
    *,
    outlets: gpd.GeoDataFrame | None = None,
    equipment: gpd.GeoDataFrame | None = None,
    staff: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    List the cells of a grid that lack a channel or an officer.

    Parameters
    ----------
    grid
        Cells of one bank.
    outlets
        ``outlet_id``, ``bank_id``, points in the CRS of the grid.
    equipment
        ``bank_id``, ``status``, points; closed pieces are no channel.
    staff
        ``staff_id``, ``role``, ``cell_id``; only officers answer for a cell.

    Returns
    -------
    lacking
        ``cell_id``, ``outlet_id``, ``missing`` (tuple of "channel", "officer"), in the order of the cells. What a layer
        that is None would tell is not judged: without `staff` no officer is called missing, without outlets and
        equipment no channel.

    Raises
    ------
    CRSError
        If a CRS differs from that of the grid.
    """
    cells = grid.cells
    layers = [layer for layer in (outlets, equipment) if layer is not None]
    served = np.zeros(len(cells), dtype=np.bool_)
    for layer in layers:
        served |= cells["cell_id"].isin(set(grid.locate(_active(layer, grid)).dropna())).to_numpy()
    manned = np.ones(len(cells), dtype=np.bool_)
    if staff is not None:
        require_columns(staff, ["role", "cell_id"], name="staff")
        officers = staff[staff["role"] == "officer"]
        manned = cells["cell_id"].isin(set(officers["cell_id"].dropna().astype(str))).to_numpy()
    missing = [
        tuple(
            what
            for what, lacks in (("channel", bool(layers) and not has_channel), ("officer", not has_officer))
            if lacks
        )
        for has_channel, has_officer in zip(served, manned, strict=True)
    ]
    table = pd.DataFrame({"cell_id": cells["cell_id"], "outlet_id": cells["outlet_id"]})
    table["missing"] = pd.Series(missing, index=table.index, dtype=object)
    return table[table["missing"].map(len) > 0].reset_index(drop=True)


def _active(layer: gpd.GeoDataFrame, grid: Grid) -> gpd.GeoDataFrame:
    """Leave out closed pieces and other banks' points."""
    require_columns(layer, ["bank_id"], name="outlets and equipment")
    kept = layer if grid.bank_id == "several" else layer[layer["bank_id"].astype(str) == grid.bank_id]
    return kept[~is_closed(kept, name="outlets and equipment")]


@dataclass(frozen=True, eq=False)
class LackingCell:
    """A cell without officer or channel."""

    bank_id: str
    cell_id: str
    missing: tuple[str, ...]
    geometry: shapely.Geometry


def claims_without_service(audit: Audit) -> list[LackingCell]:
    """
    List the cells of every bank in an audit that lack a channel or an officer.

    A bank none of whose officers has a cell is judged only if some bank's officers have: a register without cells says
    nothing. A grid is judged by its whole cells, polygons of other origin by what they claim.
    """
    known = officers_of(audit.staff)
    officers = None if known is None else set(known)
    return [
        LackingCell(claim.bank_id, cell, missing, shape)
        for claim in audit.claims
        for cell, shape, missing in _lacking(audit, claim, officers)
        if missing
    ]


def officers_of(staff: pd.DataFrame | None) -> list[str] | None:
    """Return the cell of every officer who has one as ``bank/cell``; None if that is not known of anybody."""
    if staff is None or not {"role", "bank_id", "cell_id"} <= set(staff.columns):
        return None
    officers = staff[(staff["role"] == "officer") & staff["cell_id"].notna() & staff["bank_id"].notna()]
    pairs = zip(officers["bank_id"].astype(str), officers["cell_id"].astype(str), strict=True)
    return [cell_name(bank, cell) for bank, cell in pairs] or None


def _lacking(
    audit: Audit, claim: Claim, officers: set[str] | None
) -> list[tuple[str, shapely.Geometry, tuple[str, ...]]]:
    ids, shapes = _whole_cells(claim)
    channel = _has_channel(audit, claim.bank_id, shapes)
    rows = []
    for cell, shape, has_channel in zip(ids, shapes, channel.tolist(), strict=True):
        has_officer = officers is None or cell_name(claim.bank_id, cell) in officers
        judged = (("channel", has_channel or cell in claim.planned), ("officer", has_officer))
        missing = [what for what, has in judged if not has]
        rows.append((cell, shape, tuple(missing)))
    return rows


def _whole_cells(claim: Claim) -> tuple[tuple[str, ...], GeometryArray]:
    """Return the cells of a grid in the CRS of the audit, or what other polygons claim."""
    if claim.grid is None or claim.crs_note is not None:
        return claim.cell_ids, claim.polygons
    cells = claim.grid.cells.sort_values("cell_id", kind="stable")
    return tuple(cells["cell_id"].astype(str)), np.asarray(cells.geometry.array, dtype=object)


def _has_channel(audit: Audit, bank: str, shapes: GeometryArray) -> BoolArray:
    """
    Return whether an outlet or active equipment of the bank stands in each cell.

    All true where no outlet is known at all: a register of equipment alone does not tell that there is no outlet.
    """
    has = np.ones(len(shapes), dtype=np.bool_)
    if audit.points is None or not (audit.points["source"] == "outlet").any():
        return has
    mine = audit.points[audit.points["bank_id"] == bank]
    _, row = shapely.STRtree(shapes).query(np.asarray(mine.geometry.array, dtype=object), predicate="intersects")
    has[:] = False
    has[row] = True
    return has
