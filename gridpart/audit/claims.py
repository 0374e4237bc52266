"""What each bank claims to serve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.audit.units import AuditUnits
from gridpart.errors import InputError
from gridpart.geo import crs_label, require_near
from gridpart.i18n import Joined, messages
from gridpart.partition import Grid
from gridpart.partition.layers import require_valid_polygons, text_ids
from gridpart.steps import counted

say = messages("audit")


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
    grid
        That grid.
    planned
        Cells that a fill plan cut or added: it says from where they are served.
    crs_note
        How the polygons were brought into the CRS of the service area; None if they were in it.
    """

    bank_id: str
    polygons: GeometryArray
    cell_ids: tuple[str, ...]
    digest: str | None
    grid: Grid | None = None
    planned: frozenset[str] = frozenset()
    crs_note: str | None = None


def claims_of(
    grids: Mapping[str, Grid | gpd.GeoDataFrame | gpd.GeoSeries],
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
        By bank: a grid (claims all of its cells) or polygons, such as `Grid.reach` returns, in any CRS.
    service_area
        For its CRS, into which all polygons are brought, vertex by vertex.
    reach
        If given, a grid claims only what lies within this service radius, in m, of its outlets.
    units
        Tell the zone class of outlets whose grid does not know it.

    Raises
    ------
    InputError
        If there is no bank, two banks have one id, cell ids of a bank repeat, or a polygon is invalid; bank and rows
        are named.
    CRSError
        If a CRS is missing, or polygons lie nowhere near the service area.
    """
    if not hasattr(grids, "items"):
        raise InputError(
            say("grids must map each bank_id to its grid or polygons; a {kind} was given.", kind=type(grids).__name__)
        )
    if len(grids) == 0:
        raise InputError(say("grids is empty; an audit needs the grid of at least one bank."))
    _require_distinct(grids)
    known = {
        bank: _with_zones(grid, units) if isinstance(grid, Grid) and units is not None else grid
        for bank, grid in grids.items()
    }
    banks = counted("claims", sorted(known, key=str))
    return tuple(_claim(str(bank), known[bank], service_area, reach) for bank in banks)


def _with_zones(grid: Grid, units: AuditUnits) -> Grid:
    """Fill in the zone class of outlets from the units they stand in."""
    outlets = grid.outlets
    blank = outlets["zone_class"].isna().to_numpy()
    if not blank.any():
        return grid
    zones = units.text_at("zone_class", units.rows_at(np.asarray(outlets.geometry.array, dtype=object)))
    outlets["zone_class"] = np.where(blank, zones, outlets["zone_class"].to_numpy(dtype=object))
    return grid.with_(outlets=outlets)


def _require_distinct(grids: Mapping[Any, object]) -> None:
    """Refuse banks without id, and those whose ids are the same as text: 1 and "1"."""
    blank = [bank for bank in grids if pd.isna(bank) or not str(bank).strip()]
    if blank:
        raise InputError(
            say(
                "{n} banks of grids have no id: {banks}. No audit was made.",
                n=len(blank),
                banks=Joined(map(repr, blank)),
            )
        )
    names = [str(bank) for bank in grids]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(
            say("grids has several banks with the id {banks}; ids are text. No audit was made.", banks=Joined(twice))
        )


def _claim(
    bank: str,
    grid: Grid | gpd.GeoDataFrame | gpd.GeoSeries,
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    reach: float | Mapping[str, float] | None,
) -> Claim:
    mine = grid if isinstance(grid, Grid) else None
    cells = grid if not isinstance(grid, Grid) else grid.cells if reach is None else grid.reach(reach)
    cells, note = _in_crs_of(service_area, cells, bank)
    shapes: GeometryArray = shapely.force_2d(np.asarray(cells.geometry.array, dtype=object))
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    named = isinstance(cells, gpd.GeoDataFrame) and "cell_id" in cells.columns
    ids = np.array(
        text_ids(cells, "cell_id", name=f"the cells of bank {bank}") if named else [str(v) for v in cells.index],
        dtype=object,
    )
    _require_valid(shapes, there, ids, bank)
    order = _canonical(shapes[there], ids[there] if named else None)
    digest = mine.digest if mine is not None else None
    planned = ids[cells["origin"].isin(["cut", "taken"])] if named and "origin" in cells.columns else ids[:0]
    return Claim(
        bank,
        shapes[there][order],
        tuple(ids[there][order]),
        digest,
        grid=mine,
        planned=frozenset(planned),
        crs_note=note,
    )


def _in_crs_of(
    service_area: gpd.GeoDataFrame | gpd.GeoSeries, cells: gpd.GeoDataFrame | gpd.GeoSeries, bank: str
) -> tuple[gpd.GeoDataFrame | gpd.GeoSeries, str | None]:
    """Bring polygons into the CRS of the area, and say so."""
    name = f"the cells of bank {bank}"
    if len(cells) == 0:
        return cells, None
    same = cells.crs is not None and service_area.crs.equals(cells.crs, ignore_axis_order=True)
    if same and _meets(cells.total_bounds, service_area.total_bounds):
        return cells, None
    require_near(cells, service_area, names=(name, "the service area"))
    if same:
        return cells, None
    return cells.to_crs(service_area.crs), f"{crs_label(cells.crs)} → {crs_label(service_area.crs)}"


def _meets(bounds: FloatArray, area: FloatArray) -> bool:
    """Whether two boxes (min x, min y, max x, max y) have a point in common."""
    return bool((bounds[:2] <= area[2:]).all() and (bounds[2:] >= area[:2]).all())


def _require_valid(shapes: GeometryArray, there: BoolArray, ids: GeometryArray, bank: str) -> None:
    """Raise naming cells that are no valid polygons; an empty one claims nothing, but a missing one is a fault."""
    read = there | shapely.is_missing(shapes)
    if read.any():
        require_valid_polygons(shapes[read], ids[read].tolist(), name=f"the cells of bank {bank}")


def _canonical(shapes: GeometryArray, ids: GeometryArray | None) -> IntArray:
    """Return an order of polygons that is the same for shuffled rows: sums of areas then have the same last digits."""
    bytes_of: GeometryArray = shapely.to_wkb(shapes)
    names = np.full(len(shapes), "", dtype=object) if ids is None else ids
    return np.array(sorted(range(len(shapes)), key=lambda row: (names[row], bytes_of[row])), dtype=np.int64)
