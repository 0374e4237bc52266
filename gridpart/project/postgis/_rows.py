"""A row of a table as JSON and WKB, and back: every value comes back as it was."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gridpart.errors import ProjectError
from gridpart.i18n import messages
from gridpart.project._columns import Held, Value
from gridpart.project._manifest import ColumnDefinition, TableDefinition
from gridpart.project._tables import StoredTable
from gridpart.project._values import to_text
from gridpart.project.postgis._parts import sealed

say = messages("project")

_INFINITE = "$float"
"""Marks a number that JSON has no word for."""


def attributes_of(table: StoredTable) -> list[dict[str, Any]]:
    """Return each row as a mapping from name in the database to value; missing values are left out."""
    rows: list[dict[str, Any]] = [{} for _ in range(table.definition.rows)]
    for column in table.definition.columns:
        if column.is_active:
            continue
        for row, value in zip(rows, table.by_column[column.stored], strict=True):
            if value is not None:
                row[column.stored] = _outward(value, column.held)
    return rows


def _outward(value: float | str, held: Held) -> Any:  # noqa: ANN401 - what JSON holds
    if held == "flag":
        return bool(value)
    if held == "real" and not math.isfinite(float(value)):
        return {_INFINITE: str(value)}
    return value


def _inward(value: Any, held: Held) -> Value:  # noqa: ANN401 - what JSON holds
    """
    Return a value as it is held.

    Raises
    ------
    TypeError, ValueError
        If it is of another kind.
    """
    if value is None:
        return None
    if held in ("flag", "whole"):
        if isinstance(value, bool) != (held == "flag") or not isinstance(value, int):
            raise TypeError(
                say("{value!r} is no {kind}", value=value, kind=say("flag") if held == "flag" else say("whole number"))
            )
        return int(value)
    if held == "real":
        if isinstance(value, dict):
            return float(value[_INFINITE])
        return float(value)
    if not isinstance(value, str):
        raise TypeError(say("{value!r} is no text", value=value))
    return value


def digest_of_row(text: str, shape: bytes | None) -> str:
    """Return a digest of a row, given as JSON and WKB: rows with the same are the same."""
    result = hashlib.sha256(text.encode("utf-8"))
    result.update(b"\n-" if shape is None else b"\n+" + shape)
    return result.hexdigest()[:32]


def table_of(
    rows: Sequence[Mapping[str, Any]], geometry: Sequence[bytes | None], *, definition: TableDefinition
) -> StoredTable:
    """
    Restore a table from its rows as the database holds them, which need not be what was saved.

    Parameters
    ----------
    rows, geometry
        Of each row.
    definition
        How the table was stored.

    Raises
    ------
    ProjectError
        If a value is not of the kind that its column holds; table and column are named.
    """
    columns = [column for column in definition.columns if not column.is_active]
    known = {column.stored for column in columns}
    new = dict.fromkeys(name for row in rows for name in row if name not in known)
    values: dict[str, list[Value]] = {}
    for column in columns:
        try:
            values[column.stored] = [_inward(row.get(column.stored), column.held) for row in rows]
        except (TypeError, ValueError, LookupError) as error:
            raise ProjectError(
                say(
                    "Column {column!r} of {table} does not hold what it should: {error}.",
                    column=column.label,
                    table=definition.name,
                    error=error,
                )
            ) from error
    for name in new:
        values[name] = [None if row.get(name) is None else to_text(row[name]) for row in rows]
    more = tuple(ColumnDefinition(label=name, stored=name, held="json", dtype="object") for name in new)
    has_shapes = any(column.is_active for column in definition.columns)
    return sealed(
        definition,
        (*definition.columns, *more),
        len(rows),
        values,
        list(geometry) if has_shapes else None,
    )


def as_json(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the text of each row."""
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
    return [encode(row) for row in rows]


def from_json(rows: Sequence[str]) -> list[dict[str, Any]]:
    """Return what each text holds; read as one, which takes half the time."""
    found: list[dict[str, Any]] = json.loads(f"[{','.join(rows)}]")
    return found
