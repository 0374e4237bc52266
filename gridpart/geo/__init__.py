"""Where coordinates are: metric coordinate systems, and the Chinese map datums GCJ-02 and BD-09."""

from gridpart.geo.crs import (
    crs_label,
    local_metric_crs,
    require_metric,
    require_near,
    require_same_crs,
    to_metric,
)
from gridpart.geo.datum import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    likely_datum,
    wgs84_to_gcj02,
)
from gridpart.geo.north import north_at
from gridpart.geo.outline import is_in_china
from gridpart.geo.suspects import likely_crs, prefixed_zone_crs

__all__ = [
    "bd09_to_gcj02",
    "bd09_to_wgs84",
    "crs_label",
    "gcj02_to_bd09",
    "gcj02_to_wgs84",
    "is_in_china",
    "likely_crs",
    "likely_datum",
    "local_metric_crs",
    "north_at",
    "prefixed_zone_crs",
    "require_metric",
    "require_near",
    "require_same_crs",
    "to_metric",
    "wgs84_to_gcj02",
]
