"""
A generalised outline of mainland China, for one numerical question only.

GCJ-02 and BD-09 shift points inside mainland China and nowhere else, and CGCS2000 zones are
defined there only. The outline answers "inside or not" for whole towns; it is drawn about 30 km
outside the coast and the frontier, and says nothing about where any border runs.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from gridpart._typing import BoolArray

_MARGIN_DEGREES = 0.3

# longitude, latitude in degrees, clockwise from the western tip; Taiwan is not shifted and left out
_NODES = (
    "73.5 39.5,73.9 40.2,74.8 40.5,76.3 40.4,78.3 41.4,80.2 42.1,80.2 43.1,80.8 43.2,80.4 44.8,"
    "82.4 45.3,82.4 47.2,83.0 47.2,85.5 47.1,85.6 48.2,86.8 49.1,87.8 49.1,88.0 48.6,89.7 47.9,"
    "90.3 47.6,91.0 46.6,90.9 45.3,93.5 45.0,95.4 44.3,96.4 42.7,100.8 42.6,104.9 41.6,107.5 42.4,"
    "110.4 42.7,111.9 43.7,111.9 45.1,113.6 44.7,116.0 45.7,117.4 46.6,119.9 46.7,118.5 48.0,"
    "115.6 47.9,116.2 49.8,117.8 49.5,119.3 50.1,120.1 52.7,121.0 53.3,123.6 53.5,125.6 53.1,"
    "127.5 50.4,127.9 49.6,130.9 48.9,130.7 47.7,132.5 47.7,134.7 48.4,134.0 47.0,133.1 45.1,"
    "131.0 44.9,131.3 43.4,130.6 42.4,129.9 43.0,128.1 42.0,127.0 41.7,126.2 41.1,124.3 39.9,"
    "123.8 39.4,122.0 38.5,122.8 37.4,122.7 36.8,120.9 35.8,121.2 34.0,122.3 32.5,122.9 31.0,"
    "122.9 29.8,122.0 28.0,120.8 26.5,119.9 25.3,118.6 24.3,117.6 23.3,114.6 22.0,111.5 21.0,"
    "111.3 19.6,110.1 18.0,108.4 18.2,108.3 19.5,109.4 20.6,107.9 21.4,106.8 21.9,106.6 22.5,"
    "105.4 23.3,104.0 22.6,102.5 22.6,101.7 21.2,100.2 21.4,99.2 22.0,98.8 23.6,97.5 23.9,97.4 24.8,"
    "98.6 26.5,98.2 27.9,97.2 28.0,96.2 28.3,94.0 28.8,92.0 27.8,89.5 28.1,88.9 27.4,86.0 28.0,"
    "84.0 28.8,81.2 30.1,79.0 31.0,78.8 32.6,79.2 33.0,78.2 34.5,77.8 35.5,76.0 35.9,75.6 36.7,"
    "74.8 37.2,74.8 38.5"
)


@cache
def _outline() -> shapely.Polygon:
    nodes = np.array([pair.split() for pair in _NODES.split(",")], dtype=np.float64)
    outline = shapely.Polygon(nodes).buffer(_MARGIN_DEGREES)
    shapely.prepare(outline)
    return outline


def is_in_china(lon: ArrayLike, lat: ArrayLike) -> BoolArray:
    """
    Tell whether points lie in mainland China, within about 30 km.

    Parameters
    ----------
    lon, lat
        Longitude and latitude in degrees, arrays of one shape.

    Returns
    -------
    inside
        True where a point lies within the generalised outline; False for NaN.
    """
    inside: BoolArray = shapely.contains_xy(
        _outline(), np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    )
    return inside
