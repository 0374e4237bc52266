"""What each bank claims to serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from gridpart._typing import GeometryArray, IntArray
from gridpart.audit.units import AuditUnits
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.partition import Grid


@dataclass(frozen=True, eq=False)
class Claim:
    """
    The land that one bank claims.

    Attributes
    ----------
    bank_id
        The bank.
    polygons
        What it claims, in m, shape (n_claimed,); they may overlap each other.
    cell_ids
        Cell of each polygon, shape (n_claimed,).
    digest
        Certificate digest of the grid that the claim comes from, None for polygons of other origin.
    """

    bank_id: str
    polygons: GeometryArray
    cell_ids: tuple[str, ...]
    digest: str | None


def claims_of(
    grids: Mapping[str, Grid | gpd.GeoDataFrame],
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    reach: float | Mapping[str, float] | None = None,
    units: AuditUnits | None = None,
) -> tuple[Claim, ...]:
    """
    Read the claim of every bank, sorted by bank.

    Parameters
    ----------
    grids
        By bank: a grid (claims all of its cells) or polygons, such as `Grid.reach` returns.
    service_area
        For its CRS.
    reach
        If given, a grid claims only what lies within this service radius, in m, of its outlets.
    units
        Tell the zone class of outlets whose grid does not know it.

    Raises
    ------
    InputError
        If there is no bank, or a polygon is invalid; bank and rows are named.
    CRSError
        If a CRS differs.
    """
    if len(grids) == 0:
        message = "grids is empty; an audit needs the grid of at least one bank."
        raise InputError(message)
    known = {
        bank: _with_zones(grid, units) if isinstance(grid, Grid) and units is not None else grid
        for bank, grid in grids.items()
    }
    return tuple(_claim(str(bank), known[bank], service_area, reach) for bank in sorted(known, key=str))


def _with_zones(grid: Grid, units: AuditUnits) -> Grid:
    """Fill in the zone class of outlets from the units they stand in."""
    outlets = grid.outlets
    blank = outlets["zone_class"].isna().to_numpy()
    if not blank.any():
        return grid
    zones = units.text_at("zone_class", units.rows_at(np.asarray(outlets.geometry.array, dtype=object)))
    outlets["zone_class"] = np.where(blank, zones, outlets["zone_class"].to_numpy(dtype=object))
    return grid.with_(outlets=outlets)


def _claim(
    bank: str,
    grid: Grid | gpd.GeoDataFrame,
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    reach: float | Mapping[str, float] | None,
) -> Claim:
    digest = grid.digest if isinstance(grid, Grid) else None
    cells = grid if not isinstance(grid, Grid) else grid.cells if reach is None else grid.reach(reach)
    require_same_crs(service_area, cells, names=("service_area", f"the cells of bank {bank}"))
    shapes: GeometryArray = shapely.force_2d(np.asarray(cells.geometry.array, dtype=object))
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    ids = np.array([str(v) for v in (cells["cell_id"] if "cell_id" in cells.columns else cells.index)], dtype=object)
    polygonal = np.isin(shapely.get_type_id(shapes), (3, 6))
    wrong = there & ~(polygonal & shapely.is_valid(shapes))
    if wrong.any():
        named = "; ".join(f"{ids[row]}: {shapely.is_valid_reason(shapes[row])}" for row in np.flatnonzero(wrong)[:8])
        message = (
            f"{int(wrong.sum())} of {len(shapes)} cells of bank {bank} are not valid polygons: {named}. "
            "Nothing was changed. `gridpart.clean` can repair them and lists what it changes."
        )
        raise InputError(message)
    order = _canonical(shapes[there], ids[there] if "cell_id" in cells.columns else None)
    return Claim(bank, shapes[there][order], tuple(ids[there][order]), digest)


def _canonical(shapes: GeometryArray, ids: GeometryArray | None) -> IntArray:
    """Return an order of polygons that is the same for shuffled rows: sums of areas then have the same last digits."""
    bytes_of: GeometryArray = shapely.to_wkb(shapes)
    names = np.full(len(shapes), "", dtype=object) if ids is None else ids
    return np.array(sorted(range(len(shapes)), key=lambda row: (names[row], bytes_of[row])), dtype=np.int64)
