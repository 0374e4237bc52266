"""Which mistake explains coordinates that lie in the wrong place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyproj

if TYPE_CHECKING:
    from gridpart._typing import FloatArray

_PREFIX_UNIT = 1_000_000.0
_GK3_ZONE_25, _GK6_ZONE_13 = 4513, 4491  # first CGCS2000 Gauss-Kruger zones with prefix
_UTM_NORTH = 32600


def prefixed_zone_crs(easting: FloatArray) -> pyproj.CRS | None:
    """
    Name the CGCS2000 zone whose number stands before the eastings, as in 39 500 000.

    Parameters
    ----------
    easting
        Eastings in m, ``n`` values; NaN is ignored.

    Returns
    -------
    crs
        The 3-degree (zones 25 to 45) or 6-degree (13 to 23) Gauss-Kruger CRS with that prefix, or None
        if the eastings carry no common prefix.
    """
    values = easting[np.isfinite(easting)]
    if not values.size:
        return None
    zones = np.unique((values // _PREFIX_UNIT).astype(np.int64))
    if zones.size != 1:
        return None
    zone = int(zones[0])
    if 25 <= zone <= 45:
        return pyproj.CRS.from_epsg(_GK3_ZONE_25 + zone - 25)
    if 13 <= zone <= 23:
        return pyproj.CRS.from_epsg(_GK6_ZONE_13 + zone - 13)
    return None


def likely_crs(
    x: FloatArray,
    y: FloatArray,
    *,
    crs: pyproj.CRS,
    near: tuple[float, float, float, float],
) -> str | None:
    """
    Find the reading of coordinates that puts them near a known place.

    Parameters
    ----------
    x, y
        Coordinates as read, ``n`` points in `crs`.
    crs
        The CRS they were read in.
    near
        West, south, east, north in WGS 84 degrees: where they should lie.

    Returns
    -------
    reading
        Such as "EPSG:4548 (CGCS2000 / …)" or "… with x and y exchanged", or None if nothing fits.
    """
    candidates = [crs] if crs.is_geographic else [crs, *_zones_near(near)]
    prefixed = prefixed_zone_crs(x)
    if prefixed is not None:
        candidates.insert(0, prefixed)
    for candidate in candidates:
        for first, second, note in ((x, y, ""), (y, x, " with x and y exchanged")):
            if _fits(first, second, crs=candidate, near=near):
                authority = candidate.to_authority()
                name = ":".join(authority) if authority else "its own CRS"
                return f"{name} ({candidate.name}){note}"
    return None


def _zones_near(near: tuple[float, float, float, float]) -> list[pyproj.CRS]:
    """List the metric zones in use around a place, in a fixed order."""
    middle = (near[0] + near[2]) / 2.0
    codes = []
    for zone in (round(middle / 3.0) + step for step in (0, -1, 1)):
        if 25 <= zone <= 45:
            codes += [4534 + zone - 25, _GK3_ZONE_25 + zone - 25]
    utm = int((middle + 180.0) // 6.0) % 60 + 1
    codes += [_UTM_NORTH + utm, 3857]
    return [pyproj.CRS.from_epsg(code) for code in codes]


def _fits(x: FloatArray, y: FloatArray, *, crs: pyproj.CRS, near: tuple[float, float, float, float]) -> bool:
    lon, lat = pyproj.Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y)
    margin = max(near[2] - near[0], near[3] - near[1], 0.1)
    lon, lat = np.asarray(lon), np.asarray(lat)
    within = (lon > near[0] - margin) & (lon < near[2] + margin)
    within &= (lat > near[1] - margin) & (lat < near[3] + margin)
    return bool(within.mean() > 0.5) if within.size else False
