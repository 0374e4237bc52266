"""Cells without service: every cell needs at least one channel and one responsible officer."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.partition import Grid


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
    kept = layer if grid.bank_id == "several" else layer[layer["bank_id"].astype(str) == grid.bank_id]
    return kept[kept["status"] != "closed"] if "status" in kept.columns else kept
