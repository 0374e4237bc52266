"""One column of a table as values that SQLite holds exactly, and back to the very same column."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pandas.api import types

from gridpart.i18n import messages
from gridpart.project._values import from_text, to_text

say = messages("project")

Held: TypeAlias = Literal["flag", "whole", "real", "text", "date", "instant", "json", "geometry"]
"""How SQLite holds a column: 0 or 1, integer, double, text, date, date with time to the ms, JSON text, hex of WKB."""

Value: TypeAlias = int | float | str | None

_INT64 = 2**63
_LINEAR_RING = 2
_FIRST_YEAR, _LAST_YEAR = np.datetime64("0001-01-01"), np.datetime64("9999-12-31")


@dataclass(frozen=True)
class EncodedColumn:
    """
    A column ready to be stored.

    Attributes
    ----------
    held
        How SQLite holds it.
    dtype
        Type of the column in pandas, to be restored.
    rows
        The value of each row, None for missing.
    details
        What else is needed to restore it; plain JSON.
    """

    held: Held
    dtype: str
    rows: list[Value]
    details: dict[str, Any] = field(default_factory=dict)


def encode_column(column: pd.Series[Any]) -> EncodedColumn:  # noqa: PLR0911 - one line per kind of column
    """
    Turn a column into values that SQLite holds exactly.

    Raises
    ------
    TypeError
        If a value, or the type of the column, cannot be stored and restored unchanged.
    """
    dtype = column.dtype
    if isinstance(dtype, gpd.array.GeometryDtype):
        return _encode_geometry(column)
    if isinstance(dtype, pd.CategoricalDtype):
        return _encode_categories(column, dtype)
    if types.is_datetime64_any_dtype(dtype):
        return _encode_times(column)
    if types.is_timedelta64_dtype(dtype):
        whole = [
            None if missing else int(value)
            for value, missing in zip(column.to_numpy().view("int64"), column.isna(), strict=True)
        ]
        return EncodedColumn("whole", str(dtype), list(whole))
    if isinstance(dtype, pd.StringDtype):
        return _encode_text(column, str(dtype))
    if types.is_object_dtype(dtype):
        return _encode_objects(column.tolist())
    if types.is_bool_dtype(dtype) or types.is_integer_dtype(dtype) or types.is_float_dtype(dtype):
        return _encode_numbers(column)
    raise TypeError(say("columns of type {dtype}", dtype=dtype))


def _encode_numbers(column: pd.Series[Any]) -> EncodedColumn:
    dtype = column.dtype
    known = str(dtype).lower() in _PLAIN_NUMBERS  # not sparse, not Arrow
    if not known:
        raise TypeError(say("columns of type {dtype}", dtype=dtype))
    values = [None if value is pd.NA else value for value in column.astype(object).tolist()]
    if types.is_bool_dtype(dtype):
        return EncodedColumn("flag", str(dtype), [None if value is None else int(value) for value in values])
    if types.is_integer_dtype(dtype):
        if any(value is not None and value >= _INT64 for value in values):
            return EncodedColumn(
                "json", str(dtype), [None if value is None else to_text(int(value)) for value in values]
            )
        return EncodedColumn("whole", str(dtype), values)
    return EncodedColumn("real", str(dtype), [_real(value) for value in values])


_PLAIN_NUMBERS = frozenset(
    ["bool", "boolean", "float16", "float32", "float64"]
    + [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]
)


def _real(value: float | None) -> float | None:
    """Return the value with NaN as missing; SQLite knows no negative zero."""
    return None if value is None or math.isnan(value) else float(value) + 0.0


def _encode_text(column: pd.Series[Any], dtype: str) -> EncodedColumn:
    rows = zip(column.astype(object).tolist(), column.isna().tolist(), strict=True)
    values = [None if missing else str(value) for value, missing in rows]
    details = {"storage": column.dtype.storage} if isinstance(column.dtype, pd.StringDtype) else {}
    if _are_storable(values):
        return EncodedColumn("text", dtype, list(values), details)
    return EncodedColumn("json", dtype, [None if value is None else to_text(value) for value in values], details)


def is_text(text: str) -> bool:
    """Tell whether a text can be written as UTF-8: half a surrogate pair cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _are_storable(texts: Iterable[str | None]) -> bool:
    """Tell whether texts survive as they are; at a NUL one would be cut."""
    joined = "".join(text for text in texts if text is not None)
    return "\0" not in joined and is_text(joined)


def _encode_times(column: pd.Series[Any]) -> EncodedColumn:
    dtype = column.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        if pd.DatetimeTZDtype.construct_from_string(str(dtype)) != dtype:  # raises TypeError where it cannot be read
            raise TypeError(say("columns of type {dtype}", dtype=dtype))
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    times = column.to_numpy()
    known = times[~np.isnat(times)]
    in_calendar = bool(((known >= _FIRST_YEAR) & (known <= _LAST_YEAR)).all())
    if in_calendar and not isinstance(dtype, pd.DatetimeTZDtype):
        for held, unit in (("date", "D"), ("instant", "ms")):
            if (known.astype(f"datetime64[{unit}]").astype(times.dtype) == known).all():
                return EncodedColumn(held, str(dtype), _iso(times.astype(f"datetime64[{unit}]")))  # type: ignore[arg-type]
    return EncodedColumn("text", str(dtype), _iso(times))


def _iso(times: np.ndarray[Any, Any]) -> list[Value]:
    return [
        None if missing else text
        for text, missing in zip(np.datetime_as_string(times).tolist(), np.isnat(times), strict=True)
    ]


def _encode_categories(column: pd.Series[Any], dtype: pd.CategoricalDtype) -> EncodedColumn:
    categories = dtype.categories.tolist()
    details = {
        "categories": to_text(categories),
        "categories_dtype": str(dtype.categories.dtype),
        "ordered": bool(dtype.ordered),
    }
    plain = all(isinstance(item, str) for item in categories) and _are_storable(categories)
    labels: list[Value] = [item if plain else to_text(item) for item in categories]
    values = [None if code < 0 else labels[code] for code in column.cat.codes]
    return EncodedColumn("text" if plain else "json", "category", values, details)


def encode_crs(column: pd.Series[Any]) -> dict[str, Any]:
    """
    Return the details of a column of geometries.

    Raises
    ------
    TypeError
        If there are linear rings: they would come back as lines.
    """
    layer = gpd.GeoSeries(column)
    if (shapely.get_type_id(np.asarray(layer.array, dtype=object)) == _LINEAR_RING).any():
        raise TypeError(say("linear rings"))
    return {"crs": None if layer.crs is None else layer.crs.to_wkt()}


def _encode_geometry(column: pd.Series[Any]) -> EncodedColumn:
    shapes = np.asarray(column.array, dtype=object)
    details = encode_crs(column)
    return EncodedColumn(
        "geometry", "geometry", shapely.to_wkb(shapes, hex=True, byte_order=1, flavor="iso").tolist(), details
    )


def _encode_objects(values: list[Any]) -> EncodedColumn:
    """Objects of one kind are held as such, with NaN told from None by its rows; anything else as JSON."""
    kinds = {type(value) for value in values if value is not None and not _is_nan(value)}
    held = _OBJECT_KINDS.get(next(iter(kinds))) if len(kinds) == 1 else "text" if not kinds else None
    if held is not None and (plain := _plain(values, held)) is not None:
        nan_rows = [row for row, value in enumerate(values) if _is_nan(value)]
        return EncodedColumn(held, "object", plain, {"nan_rows": nan_rows} if nan_rows else {})
    return EncodedColumn("json", "object", [None if value is None else to_text(value) for value in values])


_OBJECT_KINDS: dict[type, Held] = {
    str: "text",
    np.str_: "text",
    bool: "flag",
    np.bool_: "flag",
    int: "whole",
    np.int64: "whole",
    np.int32: "whole",
    float: "real",
    np.float64: "real",
    dt.date: "date",
}


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _plain(values: list[Any], held: Held) -> list[Value] | None:
    """Return objects of one kind as SQLite holds them, or None if one of them does not fit."""
    known = [None if value is None or _is_nan(value) else value for value in values]
    if held == "text":
        return [None if value is None else str(value) for value in known] if _are_storable(known) else None
    if held == "whole":
        fits = all(value is None or -_INT64 <= value < _INT64 for value in known)
        return [None if value is None else int(value) for value in known] if fits else None
    if held == "date":
        return [None if value is None else value.isoformat() for value in known]
    if held == "flag":
        return [None if value is None else int(value) for value in known]
    return [_real(value) for value in known]


def decode_column(column: EncodedColumn) -> pd.Series[Any]:
    """
    Restore a column.

    Raises
    ------
    TypeError, ValueError
        If the values are not what the column is said to hold.
    """
    values: list[Any] = list(column.rows)
    if column.held == "json":
        values = [None if value is None else from_text(value) for value in values]
    if column.held == "flag":
        values = [None if value is None else bool(value) for value in values]
    if column.dtype == "geometry":
        shapes: pd.Series[Any] = gpd.GeoSeries(
            shapely.from_wkb(np.array(values, dtype=object)), crs=column.details["crs"]
        )
        return shapes
    if column.dtype == "category":
        return _decode_categories(values, column.details)
    if column.dtype == "object":
        return _decode_objects(values, column)
    if column.dtype.startswith(("datetime64", "timedelta64")):
        return _decode_times(values, column.dtype)
    if column.dtype in ("str", "string"):
        text: pd.Series[Any] = pd.Series(values, dtype=_text_dtype(column))
        return text
    return _decode_numbers(values, column)


def _decode_numbers(values: list[Any], column: EncodedColumn) -> pd.Series[Any]:
    """Restore numbers and flags; where another program left one out, the column becomes one that can."""
    dtype = column.dtype
    of_numpy = dtype.islower() and dtype != "boolean"
    if of_numpy and None in values and column.held != "real":
        dtype, of_numpy = "boolean" if column.held == "flag" else "Int64", False
    if of_numpy:
        return pd.Series(np.array(values, dtype=dtype))
    nullable: Any = types.pandas_dtype(dtype)
    return pd.Series(pd.array(values, dtype=nullable))


def _text_dtype(column: EncodedColumn) -> Any:  # noqa: ANN401 - pandas names a type per kind of missing value
    missing = np.nan if column.dtype == "str" else pd.NA
    try:
        return pd.StringDtype(column.details.get("storage"), na_value=missing)
    except ImportError:  # stored where pyarrow was installed; here it is not
        return pd.StringDtype("python", na_value=missing)
    except TypeError:  # stored with a newer pandas: an older one has no such type
        return "object"


def _decode_objects(values: list[Any], column: EncodedColumn) -> pd.Series[Any]:
    if column.held == "date":
        values = [None if value is None else dt.date.fromisoformat(value) for value in values]
    restored = np.empty(len(values), dtype=object)
    restored[:] = values
    nan_rows = [row for row in column.details.get("nan_rows", []) if row < len(values) and values[row] is None]
    restored[nan_rows] = math.nan
    return pd.Series(restored, dtype=object)


def _decode_categories(values: list[Any], details: dict[str, Any]) -> pd.Series[Any]:
    categories = pd.Index(from_text(details["categories"]), dtype=details["categories_dtype"])
    known = categories.append(
        pd.Index([value for value in dict.fromkeys(values) if value is not None and value not in categories])
    )
    return pd.Series(
        pd.Categorical(
            values, categories=known if len(known) > len(categories) else categories, ordered=details["ordered"]
        )
    )


def _decode_times(values: list[Any], dtype: str) -> pd.Series[Any]:
    if dtype.startswith("timedelta64"):
        whole = np.array([np.iinfo(np.int64).min if value is None else value for value in values], dtype=np.int64)
        return pd.Series(whole.view(dtype.replace("timedelta64", "m8")))
    unit = dtype.partition("[")[2].partition("]")[0].partition(",")[0]
    times = np.array(["NaT" if value is None else value for value in values], dtype=f"datetime64[{unit}]")
    restored = pd.Series(times)
    return restored.dt.tz_localize("UTC").astype(dtype) if "," in dtype else restored  # type: ignore[call-overload]
