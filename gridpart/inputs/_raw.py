"""A layer as it stands in a file, before anything is judged: columns of objects, geometries, CRS."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyproj
from numpy.typing import NDArray

from gridpart.inputs._log import ReadLog

if TYPE_CHECKING:
    from gridpart._typing import GeometryArray

Values: TypeAlias = NDArray[Any]
"""Object array of one column: text, numbers, dates, or None where the file holds nothing."""


@dataclass
class RawLayer:
    """
    Rows of a file, nothing dropped, nothing converted.

    Attributes
    ----------
    log
        What the format had to say about rows and the layer so far.
    columns
        Values by source column, each of shape (n_rows,).
    geometry
        Geometries, shape (n_rows,), or None for tables of text.
    crs
        Coordinate system the file declares, or None.
    keys
        Row keys of a format that has them (``fid``), shape (n_rows,).
    digits
        Significant digits the format keeps in numbers, or None if all.
    cut_names
        Columns whose names the format may have cut at their end.
    layer, encoding
        Layer or sheet read, and text encoding found, where they apply.
    """

    log: ReadLog
    columns: dict[str, Values]
    geometry: GeometryArray | None = None
    crs: pyproj.CRS | None = None
    keys: Values | None = None
    digits: int | None = None
    cut_names: frozenset[str] = frozenset()
    layer: str | None = None
    encoding: str | None = None

    @property
    def n_rows(self) -> int:
        """Rows read."""
        return self.log.n_rows


def object_array(values: Iterable[Any]) -> Values:
    """Make an object array of the values themselves, never of their items."""
    items = list(values)
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def scalar(value: object) -> object:
    """Lists and objects as values have no place in a table; they are kept as their JSON text."""
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, (list, dict)) else value
