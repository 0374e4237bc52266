"""Any plain Python value as JSON text and back, exactly; used where a column mixes kinds of values."""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely

from gridpart.i18n import messages

say = messages("project")

_MARK = "$"
"""First character of the single key that marks a value JSON has no word for."""

_SPECIAL_FLOATS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def to_text(value: object) -> str:
    """
    Write a value as JSON text.

    Raises
    ------
    TypeError
        If the value is of a kind that cannot be written and read back unchanged.
    """
    prepared = _prepare(value)
    text = json.dumps(prepared, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:  # half a surrogate pair: only its escape can be stored
        text = json.dumps(prepared, allow_nan=False, separators=(",", ":"))
    return text


def from_text(text: str) -> Any:  # noqa: ANN401 - whatever was written
    """
    Read a value that `to_text` wrote.

    Raises
    ------
    ValueError
        If the text was not written by `to_text`.
    """
    return _restore(json.loads(text))


def _prepare(value: object) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": str(value)}
    if isinstance(value, list):
        return [_prepare(item) for item in value]
    if isinstance(value, Mapping):
        return _prepare_mapping(value)
    name, content = _tagged(value)
    return {_MARK + name: content}


def _prepare_mapping(value: Mapping[Any, Any]) -> object:
    plain = all(isinstance(key, str) and not key.startswith(_MARK) for key in value)
    if plain:
        return {key: _prepare(item) for key, item in value.items()}
    return {"$dict": [[_prepare(key), _prepare(item)] for key, item in value.items()]}


def _tagged(value: object) -> tuple[str, object]:  # noqa: C901, PLR0911 - one line per kind of value
    if isinstance(value, tuple):
        return "tuple", [_prepare(item) for item in value]
    if value is pd.NA:
        return "missing", "NA"
    if value is pd.NaT:
        return "missing", "NaT"
    if isinstance(value, pd.Timestamp):
        return "timestamp", [value.isoformat(), value.unit]
    if isinstance(value, dt.datetime):
        return "datetime", value.isoformat()
    if isinstance(value, dt.date):
        return "date", value.isoformat()
    if isinstance(value, Decimal):
        return "decimal", str(value)
    if isinstance(value, bytes):
        return "bytes", base64.b64encode(value).decode("ascii")
    if isinstance(value, shapely.Geometry):
        return "geometry", shapely.to_wkb(value, hex=True, byte_order=1, flavor="iso")
    if isinstance(value, pyproj.CRS):
        return "crs", value.to_wkt()
    raise TypeError(say("a value of type {kind}", kind=type(value).__name__))


_RESTORE = {
    "float": lambda content: _SPECIAL_FLOATS[content],
    "dict": lambda content: {_restore(key): _restore(item) for key, item in content},
    "tuple": lambda content: tuple(_restore(item) for item in content),
    "missing": lambda content: pd.NA if content == "NA" else pd.NaT,
    "timestamp": lambda content: pd.Timestamp(content[0]).as_unit(content[1]),
    "datetime": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "decimal": Decimal,
    "bytes": base64.b64decode,
    "geometry": shapely.from_wkb,
    "crs": pyproj.CRS.from_wkt,
}


def _restore(value: Any) -> Any:  # noqa: ANN401 - what JSON holds
    if isinstance(value, list):
        return [_restore(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (key := next(iter(value))).startswith(_MARK):
        kind = key.removeprefix(_MARK)
        if kind not in _RESTORE:
            raise ValueError(say("unknown mark {mark!r}", mark=key))
        return _RESTORE[kind](value[key])
    return {key: _restore(item) for key, item in value.items()}
