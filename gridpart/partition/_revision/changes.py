"""What a revision changed, as a table; and whether it kept to the neighbourhood."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import GeometryArray
from gridpart.partition._sites import COINCIDENT_M
from gridpart.partition.grid import Grid

CHANGE_COLUMNS = (
    "cell_id",
    "outlet_id",
    "change",
    "area_before_m2",
    "area_after_m2",
    "demand_before",
    "demand_after",
)
"""Columns of the change table, in order."""


def changes_between(before: Grid, after: Grid) -> pd.DataFrame:
    """Return one row per cell that opened, closed, moved, was reshaped or has another owner, sorted by id."""
    old, new = before.cells.set_index("cell_id"), after.cells.set_index("cell_id")
    places = [
        dict(zip(grid.outlets["cell_id"], shapely.get_coordinates(_shapes(grid.outlets)).tolist(), strict=True))
        for grid in (before, after)
    ]
    rows = []
    for cell_id in sorted(set(old.index) | set(new.index)):
        change = _change(cell_id, old, new, places)
        if change is not None:
            one = old.loc[cell_id] if cell_id in old.index else None
            two = new.loc[cell_id] if cell_id in new.index else None
            known = two if one is None else one
            rows.append(
                (
                    cell_id,
                    None if known is None else (known if two is None else two)["outlet_id"],
                    change,
                    *(0.0 if cell is None else float(cell["area_m2"]) for cell in (one, two)),
                    *(0.0 if cell is None else float(cell["demand"]) for cell in (one, two)),
                )
            )
    return pd.DataFrame(rows, columns=list(CHANGE_COLUMNS))


def _change(
    cell_id: str, old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, places: list[dict[str, list[float]]]
) -> str | None:
    if cell_id not in new.index:
        return "closed"
    if cell_id not in old.index:
        return "opened"
    here, there = places[0].get(cell_id), places[1].get(cell_id)
    if here is not None and there is not None and np.hypot(here[0] - there[0], here[1] - there[1]) > COINCIDENT_M:
        return "moved"
    if old.geometry[cell_id].wkb != new.geometry[cell_id].wkb:
        return "reshaped"
    if old["outlet_id"][cell_id] != new["outlet_id"][cell_id]:
        return "owner"
    return None


def _shapes(table: gpd.GeoDataFrame) -> GeometryArray:
    shapes: GeometryArray = np.asarray(table.geometry.array, dtype=object)
    return shapes


def demand_moved(before: Grid, after: Grid) -> float | None:
    """Return the demand of units that change cells, None where there are no units."""
    if before.face_ids is None or before.face_demand is None:
        return None
    centres = gpd.GeoSeries(shapely.point_on_surface(before.coverage.polygons), crs=before.crs)
    differs = before.locate(centres).to_numpy() != after.locate(centres).to_numpy()
    return float(before.face_demand[differs].sum())


def is_local(before: Grid, after: Grid, closed: Collection[str], opened: Collection[str]) -> bool:
    """
    Tell whether only cells of some outlets and those beside them changed.

    Parameters
    ----------
    before, after
        The grids.
    closed, opened
        Cells of outlets that closed or moved, and of those that opened or moved: the neighbours are those before, and
        those after.
    """
    allowed = {*closed, *opened}
    for grid, cells in ((before, closed), (after, opened)):
        graph = grid.adjacency()
        allowed |= {other for cell in cells if cell in graph for other in graph.neighbors(cell)}
    one, two = (dict(zip(grid.cells["cell_id"], grid.cells.geometry.to_wkb(), strict=True)) for grid in (before, after))
    return {cell for cell in {*one, *two} if one.get(cell) != two.get(cell)} <= allowed
