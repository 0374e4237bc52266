"""Names for the arrays and choices that pass between modules."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
"""64-bit floats: coordinates in metres, areas in m², lengths in m."""

IntArray: TypeAlias = NDArray[np.int64]
"""64-bit integers: indices, labels, counts."""

BoolArray: TypeAlias = NDArray[np.bool_]
"""Masks."""

GeometryArray: TypeAlias = NDArray[Any]
"""Object arrays of shapely geometries."""

Language: TypeAlias = Literal["en", "zh-Hans", "zh-Hant"]
Datum: TypeAlias = Literal["declared", "wgs84", "cgcs2000", "gcj02", "bd09"]
ZoneClass: TypeAlias = Literal["urban", "rural"]
