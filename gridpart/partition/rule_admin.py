"""Rule admin: cells follow the administrative division."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.partition._build import build_grid
from gridpart.partition._cells import anchor_frame
from gridpart.partition._demand_layer import column_of, measured_on
from gridpart.partition._owners import owned_by_outlets
from gridpart.partition._units import faces_of_units
from gridpart.partition.grid import Grid
from gridpart.partition.layers import require_columns, text_ids
from gridpart.steps import task

say = messages("partition")


@checked
@task("admin", steps=("proof",))
def admin(
    units: gpd.GeoDataFrame,
    *,
    by: str = "township_id",
    bank_id: str = "admin",
    service_area: gpd.GeoDataFrame | gpd.GeoSeries | None = None,
    demand: str | gpd.GeoDataFrame | None = None,
    weight: str | None = None,
    outlets: gpd.GeoDataFrame | None = None,
) -> Grid:
    """
    Join units to cells by an administrative code.

    Parameters
    ----------
    units
        ``unit_id``, the column `by`, polygons in a metric CRS that share borders exactly.
    by
        Column whose values become the cells; ``"unit_id"`` makes every unit a cell.
    bank_id
        Bank that the grid is for.
    service_area
        What the cells must cover exactly; if None, the union of the units.
    demand
        Column to sum per cell; if None, ``population`` where present. Or a layer of points or polygons with weights.
    weight
        Column of the weights of a demand layer, as in `balanced`.
    outlets
        ``outlet_id`` and points in the same CRS. Every cell then belongs to an outlet: of those inside the one nearest
        to its middle, the lowest id if equal; a cell without any to the nearest one elsewhere.

    Returns
    -------
    grid
        One cell per value of `by`, sorted; ``cell_id`` is the value as text. With `outlets`, cells that hold none
        are listed under ``cells_without_outlet`` in ``grid.provenance``, outlets outside under ``outlets_outside``.

    Raises
    ------
    InputError
        If a unit has no value in `by`, units overlap, or ids repeat; units are named.
    CRSError
        If the CRS is missing or not metric.
    CertificateError
        If the units do not partition the service area.
    """
    require_columns(units, [by], name="units")
    faces = faces_of_units(units, demand=column_of(demand, units=units, weight=weight))
    missing = units[by].isna() | (units[by].astype(str).str.strip() == "")
    if missing.any():
        named = Joined(units["unit_id"].astype(str)[missing].tolist()[:8])
        raise InputError(
            say(
                "{n} units have no {by}: {named}. Every unit must belong to one cell.",
                n=int(missing.sum()),
                by=by,
                named=named,
            )
        )
    of_unit = dict(zip(text_ids(units, "unit_id", name="units"), units[by].astype(str), strict=True))
    labels, values = pd.factorize(pd.Series([of_unit[name] for name in faces.unit_ids or ()]), sort=True)
    if service_area is None:
        service_area = gpd.GeoSeries([faces.coverage.boundary()], crs=units.crs)
    decisions: dict[str, Any] = {}
    faces = measured_on(faces, demand, weight=weight, service_area=service_area, decisions=decisions)
    grid = build_grid(
        faces,
        labels.astype(np.int64),
        cells=pd.DataFrame({"cell_id": np.asarray(values, dtype=object)}),
        service_area=service_area,
        bank_id=bank_id,
        provenance={"rule": "admin", "by": by, **decisions},
        outlets=anchor_frame([], [], [], crs=units.crs),
    )
    return grid if outlets is None else owned_by_outlets(grid, outlets)
