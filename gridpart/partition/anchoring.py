"""What a cell may be anchored on: outlets in town, outlets or service points in the country."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import GeometryArray
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import Joined, messages
from gridpart.partition.grid import Grid
from gridpart.partition.layers import require_columns, text_ids

say = messages("partition")

ANCHOR_KINDS: Mapping[str, Collection[str]] = MappingProxyType(
    {"urban": ("outlet",), "rural": ("outlet", "service_point")}
)
"""Kinds of anchor that each zone class allows: P1 and P2 rest urban cells on outlets, rural ones on either."""


@checked
def anchors(
    outlets: gpd.GeoDataFrame,
    equipment: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame,
    *,
    allowed: Mapping[str, Collection[str]] = ANCHOR_KINDS,
) -> gpd.GeoDataFrame:
    """
    Gather what cells may be anchored on, to be used as the outlets of a rule.

    Parameters
    ----------
    outlets
        ``outlet_id``, ``bank_id``, points.
    equipment
        ``equipment_id``, ``bank_id``, ``kind``, ``status``, points: active service points count.
    units
        Polygons with ``zone_class``, which says where a service point may be an anchor.
    allowed
        Kinds of anchor by zone class.

    Returns
    -------
    anchors
        ``outlet_id`` (of a service point its ``equipment_id``), ``bank_id``, ``anchor_kind``, ``zone_class``, geometry:
        outlets first, then the service points that their zone class allows, each in the order given.

    Raises
    ------
    InputError
        If a column is missing, or an id occurs twice.
    CRSError
        If CRSs differ.
    """
    require_columns(equipment, ["equipment_id", "bank_id", "kind", "status"], name="equipment")
    require_columns(outlets, ["outlet_id", "bank_id"], name="outlets")
    for layer, name in ((equipment, "equipment"), (units, "units")):
        require_same_crs(outlets, layer, names=("outlets", name))
    points = equipment[(equipment["kind"] == "service_point") & (equipment["status"] == "active")]
    zone = zone_at(points, units)
    may = np.array(["service_point" in allowed.get(str(zone_class), ()) for zone_class in zone], dtype=np.bool_)
    parts = [
        _frame(outlets, outlets["outlet_id"], "outlet", zone_at(outlets, units)),
        _frame(points[may], points["equipment_id"][may], "service_point", zone[may]),
    ]
    table = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=outlets.crs)
    text_ids(table, "outlet_id", name=say("outlets and service points together"))
    return table


@checked
def anchor_violations(
    grid: Grid, anchors: gpd.GeoDataFrame, *, allowed: Mapping[str, Collection[str]] = ANCHOR_KINDS
) -> pd.DataFrame:
    """
    List the cells whose anchor their zone class does not allow.

    Parameters
    ----------
    grid
        Cells with ``outlet_id`` and ``zone_class``.
    anchors
        ``outlet_id``, ``anchor_kind``, and ``zone_class`` of the place where known, which then counts before the
        cell's; a table without ``anchor_kind`` holds outlets only.
    allowed
        Kinds of anchor by zone class.

    Returns
    -------
    violations
        ``cell_id``, ``outlet_id``, ``anchor_kind`` (None if the cell has no anchor), ``zone_class``, ``reason``; empty
        if all is well. Cells without zone class are listed, because nothing can be said of them.
    """
    ids = text_ids(anchors, "outlet_id", name="anchors")
    kinds = anchors["anchor_kind"] if "anchor_kind" in anchors.columns else ["outlet"] * len(ids)
    kind_of = dict(zip(ids, kinds, strict=True))
    zones = anchors["zone_class"] if "zone_class" in anchors.columns else [None] * len(ids)
    zone_of = {name: zone for name, zone in zip(ids, zones, strict=True) if not pd.isna(zone)}
    rows = []
    for cell in grid.cells.itertuples():
        kind = kind_of.get(cell.outlet_id)
        zone = zone_of.get(cell.outlet_id, cell.zone_class)
        if zone is None or pd.isna(zone):
            reason = "the zone class is not known"
        elif kind is None:
            reason = "the cell has no anchor"
        elif kind not in allowed.get(zone, ()):
            reason = f"cells of class {zone} may be anchored on {' or '.join(allowed.get(zone, ())) or 'nothing'}"
        else:
            continue
        rows.append((cell.cell_id, cell.outlet_id, kind, zone, reason))
    return pd.DataFrame(rows, columns=["cell_id", "outlet_id", "anchor_kind", "zone_class", "reason"])


def zone_at(points: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> GeometryArray:
    """Return the zone class of the unit each point stands in, the first in order on a border, None outside."""
    if "zone_class" not in units.columns:
        raise InputError(
            say("units needs the column zone_class; it has {columns}.", columns=Joined(map(str, units.columns)))
        )
    shapes: GeometryArray = np.asarray(units.geometry.array, dtype=object)
    at, unit = shapely.STRtree(shapes).query(np.asarray(points.geometry.array, dtype=object), predicate="intersects")
    zone = np.full(len(points), None, dtype=object)
    values = units["zone_class"].to_numpy(dtype=object)
    for row, found in sorted(zip(at.tolist(), unit.tolist(), strict=True), reverse=True):
        zone[row] = None if pd.isna(values[found]) else str(values[found])
    return zone


def _frame(table: gpd.GeoDataFrame, ids: pd.Series, kind: str, zones: GeometryArray) -> gpd.GeoDataFrame:
    columns = {
        "outlet_id": ids.astype(str).to_numpy(dtype=object),
        "bank_id": table["bank_id"].astype(str).to_numpy(dtype=object),
        "anchor_kind": np.full(len(table), kind, dtype=object),
        "zone_class": zones,
    }
    return gpd.GeoDataFrame(columns, geometry=table.geometry.to_numpy(), crs=table.crs)
