"""Writing into the register of outlets what a plan has opened, closed and moved; no row is ever taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.studio._register import Following, former_id

_DATES = ("valid_from", "valid_to")
_NULLABLE = {"i": "Int64", "u": "UInt64", "b": "boolean"}
"""Types that hold blanks without losing a digit, by kind of the type that does not."""


def followed(
    register: gpd.GeoDataFrame, plan: Following, *, facts: Mapping[str, Mapping[str, Any]]
) -> gpd.GeoDataFrame:
    """
    Return a register as it is once a plan is adopted.

    An outlet that opens gets a row; one that closes a date in ``valid_to``. One that moves keeps its id for its row at
    the new place, in force from that day; its former place stays as a row of its own, called `former_id`, in force up
    to that day. What is not known of a new place stays blank.

    Parameters
    ----------
    register
        Outlets of all banks; left as it is.
    plan
        What it gets to know.
    facts
        By id of outlets that open or move: ``geometry``, ``bank_id``, and ``name``, ``kind``, ``unit_id`` or None.
    """
    shape, day = register.geometry.name, plan.day
    table = pd.DataFrame(register).rename(columns={shape: "geometry"})
    rows: list[dict[Any, Any]] = table.to_dict("records")
    row_of = {str(row["outlet_id"]): row for row in rows}
    since, until = _day_as(table, "valid_from", day), _day_as(table, "valid_to", day)
    for name in plan.closed:
        row_of[name]["valid_to"] = until
    for name in plan.moved:
        row = row_of[name]
        rows.append({**row, "outlet_id": former_id(name, day), "valid_to": until})
        row |= {"geometry": facts[name]["geometry"], "valid_from": since}
        row |= {column: facts[name].get(column) for column in ("unit_id", "address") if column in row}
    for name in plan.opened:
        known = {column: value for column, value in facts[name].items() if value is not None}
        rows.append({"outlet_id": name, "valid_from": since, **known})
    columns = list(dict.fromkeys([*table.columns, *(column for row in rows for column in row)]))
    index = register.index if len(rows) == len(register) else pd.RangeIndex(len(rows))
    made = {
        name: _column(table, name, [row.get(name) for row in rows], index) for name in columns if name != "geometry"
    }
    given = gpd.GeoDataFrame(made, geometry=[row["geometry"] for row in rows], index=index, crs=register.crs)
    given = given[columns]
    return given if shape == "geometry" else given.rename_geometry(shape)


def _column(table: pd.DataFrame, name: str, values: Sequence[Any], index: pd.Index) -> pd.Series:
    """Return values as the column held them; a type that cannot hold blanks gives way to one that can."""
    plain = pd.Series(values, index=index, dtype=object)
    if name not in table.columns:
        return plain.astype("datetime64[ms]") if name in _DATES else plain
    dtype = table[name].dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return plain.astype(dtype) if set(plain.dropna()) <= set(dtype.categories) else plain
    if isinstance(dtype, np.dtype) and plain.isna().any() and dtype.kind in _NULLABLE:
        return plain.astype(pd.api.types.pandas_dtype(_NULLABLE[dtype.kind]))
    is_blank = pd.api.types.is_object_dtype(dtype) and table[name].isna().all()
    return plain.astype("datetime64[ms]") if is_blank and name in _DATES else plain.astype(dtype)


def _day_as(table: pd.DataFrame, column: str, day: date) -> object:
    """Return a date as a column holds dates: times, dates or text."""
    held = table[column] if column in table.columns else pd.Series(dtype="datetime64[ms]")
    if pd.api.types.is_datetime64_any_dtype(held.dtype):
        return pd.Timestamp(day, tz=held.dt.tz)
    first = next(iter(held.dropna()), None)
    if first is None or isinstance(first, datetime):
        return pd.Timestamp(day)
    return day if isinstance(first, date) else day.isoformat()
