"""Proximity standards: basic service in every community and village, full service in every township; blind spots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy
import shapely

from gridpart._typing import FloatArray, GeometryArray
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import messages

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit
    from gridpart.profiles import Threshold

say = messages("audit")

SERVICE_LEVELS = ("basic", "full")
"""Of an access point: what an outlet offers, and what a piece of equipment does unless it says otherwise."""


def proximity(audit: Audit) -> pd.DataFrame:
    """Return the table that `Audit.proximity` documents."""
    if audit.points is None or len(audit.units) == 0:
        raise InputError(say("Proximity standards need units and outlets or equipment; give them to audit_grids."))
    units, points = audit.units.table, audit.points.dropna(subset=["unit_id"])
    township = units.set_index("unit_id")["township_id"]
    basic = points.groupby("unit_id").size()
    full = points.loc[points["service_level"] == "full", "unit_id"].map(township).value_counts()
    rules = audit.profile.audit
    townships = pd.Series(sorted(set(township.dropna())), dtype=object)
    parts = [
        _standard("unit", units["unit_id"], "basic", basic, rules.min_basic_points_per_unit),
        _standard("township", townships, "full", full, rules.min_full_points_per_township),
    ]
    return pd.concat(parts, ignore_index=True)


def _standard(level: str, names: pd.Series, required: str, number: pd.Series, limit: Threshold) -> pd.DataFrame:
    found = names.map(number).fillna(0).astype(np.int64).to_numpy()
    wanted = max(limit.count, 1)
    return pd.DataFrame(
        {"level": level, "id": names.to_numpy(dtype=object), "required": required, "points": found}
    ).assign(passed=found >= wanted, limit=wanted, is_rule=limit.count > 0, assumed=limit.assumed)


def blind_spots(
    audit: Audit, places: gpd.GeoDataFrame, *, reach: float | Mapping[str, float] | None
) -> gpd.GeoDataFrame:
    """Return the places that `Audit.blind_spots` documents."""
    require_same_crs(audit.faces, places, names=("the audit", "places"))
    shapes: GeometryArray = np.asarray(places.geometry.array, dtype=object)
    place, face = shapely.STRtree(np.asarray(audit.faces.geometry.array, dtype=object)).query(
        shapes, predicate="intersects"
    )
    count = np.full(len(places), -1, dtype=np.int64)
    np.maximum.at(count, place, audit.faces["bank_count"].to_numpy()[face])
    zone = audit.units.text_at("zone_class", audit.units.rows_at(shapes)) if len(audit.units) else [None] * len(places)
    limit = np.array([_limit(audit, name, reach) for name in zone], dtype=np.float64)
    distance = _distance(audit, shapes)
    reason = np.select(
        [count < 0, count == 0, distance > limit], ["outside_area", "no_cell", "beyond_reach"], default=""
    )
    table = places.copy()
    table["reason"], table["distance_m"], table["limit_m"] = reason.astype(object), distance, limit
    found: gpd.GeoDataFrame = table[table["reason"] != ""]
    return found


def _limit(audit: Audit, zone: str | None, reach: float | Mapping[str, float] | None) -> float:
    if reach is None:
        return audit.profile.reach("rural" if zone == "rural" else "urban").value
    if isinstance(reach, Mapping):
        return float(reach["rural" if zone == "rural" else "urban"])
    return float(reach)


def _distance(audit: Audit, shapes: GeometryArray) -> FloatArray:
    """Return the straight distance to the nearest access point; NaN without any layer of them."""
    if audit.points is None or len(audit.points) == 0:
        return np.full(len(shapes), np.nan)
    targets = shapely.get_coordinates(np.asarray(audit.points.geometry.array, dtype=object))
    distance: FloatArray = scipy.spatial.cKDTree(targets).query(shapely.get_coordinates(shapely.centroid(shapes)))[0]
    return distance
