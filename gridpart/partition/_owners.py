"""Which outlet answers for a cell that was not drawn around one."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gridpart._typing import GeometryArray
from gridpart.errors import InfeasibleError
from gridpart.i18n import messages
from gridpart.partition._cells import anchor_frame
from gridpart.partition.grid import Grid
from gridpart.partition.layers import point_coordinates, text_ids

say = messages("partition")


def owned_by_outlets(grid: Grid, outlets: gpd.GeoDataFrame) -> Grid:
    """
    Give every cell its outlet: the one inside nearest to its middle, else the nearest one of all.

    Parameters
    ----------
    grid
        Cells of any shape.
    outlets
        ``outlet_id`` and points in the CRS of the grid.

    Returns
    -------
    owned
        The same cells with ``outlet_id``; the outlets are those inside the service area or owning a cell.

    Raises
    ------
    InfeasibleError
        If there is no outlet.
    """
    ids = text_ids(outlets, "outlet_id", name="outlets")
    if not ids:
        raise InfeasibleError(say("There is no outlet to own the {n} cells. No grid was made.", n=len(grid)))
    order = sorted(range(len(ids)), key=ids.__getitem__)
    points = point_coordinates(outlets, grid.service_area, ids, name="outlets")[order]
    ids = [ids[row] for row in order]
    places: GeometryArray = shapely.points(points)
    cell_of = grid.locate(gpd.GeoSeries(places, crs=grid.crs)).to_numpy(dtype=object)
    cells = grid.cells
    middles: GeometryArray = shapely.point_on_surface(np.asarray(cells.geometry.array, dtype=object))
    owners, bare = [], {}
    for cell_id, middle in zip(cells["cell_id"], middles, strict=True):
        inside = np.flatnonzero(cell_of == cell_id)
        rows = inside if len(inside) else np.arange(len(ids))
        owner = ids[rows[np.argmin(shapely.distance(places[rows], middle))]]
        owners.append(owner)
        if not len(inside):
            bare[cell_id] = owner
    kept = [row for row, name in enumerate(ids) if cell_of[row] is not None or name in bare.values()]
    stands_in = [cell_of[row] for row in kept]
    anchors = anchor_frame([ids[row] for row in kept], stands_in, places[kept], crs=grid.crs)
    told: dict[str, Any] = {"cells_without_outlet": bare} if bare else {}
    if any(cell is None for cell in cell_of):
        told["outlets_outside"] = [name for name, cell in zip(ids, cell_of, strict=True) if cell is None]
    return grid.with_(outlets=anchors, owners=owners, **told)
