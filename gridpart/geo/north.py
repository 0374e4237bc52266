"""Where north is on a projected map."""

from __future__ import annotations

import math
from typing import Any

from pyproj import CRS, Transformer

_STEP_DEGREES = 0.01


def north_at(crs: Any, x: float, y: float) -> float:  # noqa: ANN401 - whatever pyproj reads as a CRS
    """
    Return the direction of true north at a point of a projected map.

    Parameters
    ----------
    crs
        Projected CRS.
    x, y
        In its units.

    Returns
    -------
    angle
        Degrees clockwise from up: the meridian convergence with its sign turned, 0 on a central meridian.

    References
    ----------
    .. [1] Snyder, J. P. (1987). Map Projections: A Working Manual. USGS Professional Paper 1395, p. 19.
    """
    projected = CRS.from_user_input(crs)
    to_degrees = Transformer.from_crs(projected, projected.geodetic_crs, always_xy=True)
    lon, lat = to_degrees.transform(x, y)
    east, up = to_degrees.transform(lon, min(lat + _STEP_DEGREES, 90.0), direction="INVERSE")
    return math.degrees(math.atan2(east - x, up - y))
