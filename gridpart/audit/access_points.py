"""Access points: outlets and active equipment, by unit and bank."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.geo import require_same_crs
from gridpart.partition.layers import require_columns, text_column, text_ids
from gridpart.tables import is_closed

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit
    from gridpart.audit.units import AuditUnits
    from gridpart.profiles import Profile


def access_points(
    outlets: gpd.GeoDataFrame | None,
    equipment: gpd.GeoDataFrame | None,
    units: AuditUnits,
    *,
    crs: object,
    profile: Profile,
) -> gpd.GeoDataFrame | None:
    """
    Gather outlets and active equipment with the unit each stands in.

    Parameters
    ----------
    outlets
        ``outlet_id``, ``bank_id``, points; may be None.
    equipment
        ``equipment_id``, ``bank_id``, ``kind``, points; closed pieces (``status`` "closed") are left out; may be None.
    units
        A point on a border counts once, for the lower unit id.
    crs
        What the layers must be in.
    profile
        Its service levels say what each kind offers; of other kinds an outlet offers full, equipment basic services.

    Returns
    -------
    points
        ``point_id``, ``bank_id``, ``source`` ("outlet" or "equipment"), ``kind``, ``service_level`` ("full" or
        "basic"), ``unit_id`` (None outside all units), geometry; None if there is no layer at all.
    """
    # a kind that offers several levels offers the fullest, which stands last
    levels = {kind: level.code for level in profile.service_levels for kind in level.offered_by}
    tables = []
    for table, source in ((outlets, "outlet"), (equipment, "equipment")):
        if table is not None:
            require_same_crs(gpd.GeoSeries([], crs=crs), table, names=("service_area", source))
            tables.append(_points(table, source, levels))
    if not tables:
        return None
    table = pd.concat(tables, ignore_index=True).sort_values(["source", "point_id"], kind="stable", ignore_index=True)
    points = gpd.GeoDataFrame(table, geometry="geometry", crs=crs)
    rows = units.rows_at(np.asarray(points.geometry.array, dtype=object))
    points["unit_id"] = pd.Series(units.text_at("unit_id", rows), index=points.index, dtype=object)
    return points


def _points(table: gpd.GeoDataFrame, source: str, levels: Mapping[str, str]) -> pd.DataFrame:
    active, name = table, f"{source}s" if source == "outlet" else source
    require_columns(table, [f"{source}_id", "bank_id"], name=name)
    if source == "equipment":
        active = table[~is_closed(table, name=name)]
    kind = active["kind"] if "kind" in active.columns else pd.Series(source, index=active.index)
    usual = "full" if source == "outlet" else "basic"
    level = kind.map(levels).fillna(usual)
    if "service_level" in active.columns:
        level = active["service_level"].fillna(level)
    return pd.DataFrame(
        {
            "point_id": np.array(text_ids(active, f"{source}_id", name=name), dtype=object),
            "bank_id": np.array(text_column(active, "bank_id", name=name), dtype=object),
            "source": source,
            "kind": kind.to_numpy(dtype=object),
            "service_level": level.to_numpy(dtype=object),
            "geometry": np.asarray(active.geometry.array, dtype=object),
        }
    )


def counts_by_unit(audit: Audit, *, equipment_kind: str | None = None) -> pd.DataFrame | None:
    """Count access points by ``unit_id`` and ``bank_id``, all or of one kind of equipment; None without any layer."""
    points = audit.points
    if points is None:
        return None
    if equipment_kind is not None:
        points = points[(points["source"] == "equipment") & (points["kind"] == equipment_kind)]
    counted = points.dropna(subset=["unit_id"]).groupby(["unit_id", "bank_id"]).size()
    table: pd.DataFrame = counted.rename("count").reset_index()
    return table
