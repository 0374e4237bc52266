"""
A table in parts, one for each bank, and back: what is saved, checked and seen by itself.

A part has its own definition and digest, so that a bank that sees only its own can check it and save it. Parts that
were saved together make up the very table that they were cut from; parts whose columns have come to differ, because
banks saved by themselves, are put together like tables.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.project._columns import Value
from gridpart.project._grids import EARLIER_TABLES, GRID_TABLES
from gridpart.project._manifest import ColumnDefinition, TableDefinition
from gridpart.project._tables import StoredTable, decode_table, digest_values, encode_table
from gridpart.project._values import from_text, to_text
from gridpart.project.postgis._layout import COMMON_TABLES

NOBODY = ""
"""Stands for the bank of rows that belong to none."""

_KEYS: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {
        "service_area": ("area_id",),
        "units": ("unit_id",),
        "outlets": ("outlet_id",),
        "equipment": ("equipment_id",),
        "cells": ("grid_bank_id", "cell_id"),
        "grid_areas": ("grid_bank_id",),
        "grid_outlets": ("grid_bank_id", "outlet_id"),
        "grid_faces": ("grid_bank_id", "unit_id", "cell_id"),
        "road_nodes": ("node_id",),
        "roads": ("from_node", "to_node", "key"),
        "staff": ("staff_id",),
        "banks": ("bank_id",),
        "ledger": ("period", "unit_id", "cell_id", "segment"),
        "grids": ("grid_bank_id",),
        "history": ("at", "who", "what"),
        "exceptions": ("exception_id",),
        "records": ("record_id",),
        "customers": ("customer_id",),
        "members": ("group_id", "customer_id"),
        "kpis": ("cell_id", "indicator", "period"),
        "changes": ("at", "record_id", "column"),
        "workstations": ("workstation_id",),
        "social_officers": ("social_officer_id",),
        "organisation": ("org_id",),
        "documents": ("document_id",),
        "earlier_grids": ("grid_bank_id", "place"),
        "earlier_cells": ("grid_bank_id", "place", "cell_id"),
        "earlier_grid_areas": ("grid_bank_id", "place"),
        "earlier_grid_outlets": ("grid_bank_id", "place", "outlet_id"),
        "earlier_grid_faces": ("grid_bank_id", "place", "unit_id", "cell_id"),
    }
)
"""Columns that tell rows of a table apart; rows that they do not tell apart are numbered."""

_BY_ROW = ("nan_rows", "one_part_rows")
"""Details of a column that name rows by number."""

_LONGEST_KEY = 400


@dataclass(frozen=True)
class Part:
    """
    Rows of one table that belong to one bank.

    Attributes
    ----------
    bank_id
        `NOBODY` where rows belong to no bank.
    table
        The rows, with a definition of their own.
    rows
        Where each row stands in the whole table.
    """

    bank_id: str
    table: StoredTable
    rows: tuple[int, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over columns and values."""
        return hashlib.sha256(self.table.definition.model_dump_json().encode("utf-8", "surrogatepass")).hexdigest()


def owners(stored: StoredTable, *, cells: Mapping[str, str], records: Mapping[str, str]) -> list[str]:
    """
    Return the bank that each row of a table belongs to.

    Parameters
    ----------
    stored
        The table.
    cells, records
        Bank of each cell and of each record, for tables that name only these.
    """
    name, n_rows = stored.definition.name, stored.definition.rows
    if name in COMMON_TABLES:
        return [NOBODY] * n_rows
    if name in (*GRID_TABLES, *EARLIER_TABLES):
        return [bank or NOBODY for bank in texts(stored, "grid_bank_id") or ()]
    own = texts(stored, "bank_id")
    if own is not None:
        return [bank or NOBODY for bank in own]
    for label, banks in (("cell_id", cells), ("record_id", records)):
        named = texts(stored, label)
        if named is not None:
            return [banks.get(item or "", NOBODY) for item in named]
    return [NOBODY] * n_rows


def texts(stored: StoredTable, label: str) -> list[str | None] | None:
    """Return a column as text, None where a value is missing; None if there is no such column."""
    for column in stored.definition.columns:
        if column.label == label and not column.is_active:
            values = stored.by_column[column.stored]
            if column.held == "json":
                values = [None if value is None else from_text(str(value)) for value in values]
            return [None if value is None else str(value) for value in values]
    return None


def banks_of(stored: StoredTable, label: str) -> dict[str, str]:
    """Return the bank of each cell or record that a table lists once; one listed for two banks belongs to none."""
    names, banks = texts(stored, label) or [], texts(stored, "bank_id") or []
    found: dict[str, str] = {}
    for name, bank in zip(names, banks, strict=False):
        if name is not None:
            found[name] = (bank or NOBODY) if found.get(name, bank) == bank else NOBODY
    return found


def split(stored: StoredTable, whose: Sequence[str], *, banks: Iterable[str]) -> list[Part]:
    """
    Cut a table into parts.

    Parameters
    ----------
    stored
        The table.
    whose
        Bank of each row.
    banks
        Banks that get a part even without rows, so that they know the columns; nobody's rows always have one.
    """
    rows: dict[str, list[int]] = {NOBODY: []}
    if stored.definition.name not in COMMON_TABLES:
        rows |= {bank: [] for bank in banks}
    for number, bank in enumerate(whose):
        rows.setdefault(bank, []).append(number)
    return [Part(bank, _subset(stored, mine, is_whole=bank == NOBODY), tuple(mine)) for bank, mine in rows.items()]


def _subset(stored: StoredTable, rows: list[int], *, is_whole: bool) -> StoredTable:
    """Return some rows; only nobody's part keeps kinds that do not occur in it: they may tell of other banks."""
    if len(rows) == stored.definition.rows and is_whole:
        return stored
    values = {name: [column[row] for row in rows] for name, column in stored.by_column.items()}
    geometry = None if stored.geometry is None else [stored.geometry[row] for row in rows]
    columns = tuple(_cut(column, rows, values, is_whole=is_whole) for column in stored.definition.columns)
    return sealed(stored.definition, columns, len(rows), values, geometry)


def sealed(
    like: TableDefinition,
    columns: tuple[ColumnDefinition, ...],
    n_rows: int,
    values: dict[str, list[Value]],
    geometry: list[bytes | None] | None,
) -> StoredTable:
    """Return a table of these values with the digest that they have."""
    digest = digest_values(n_rows, list(values.values()), geometry)
    found = like.model_copy(update={"rows": n_rows, "columns": columns, "digest": digest})
    return StoredTable(found, values, geometry)


def _cut(
    column: ColumnDefinition, rows: Sequence[int], values: Mapping[str, list[Value]], *, is_whole: bool
) -> ColumnDefinition:
    details = dict(column.details)
    for name in _BY_ROW:
        if name in details:
            named = set(details.pop(name))
            mine = [number for number, row in enumerate(rows) if row in named]
            if mine or name == "one_part_rows":
                details[name] = mine
    if "categories" in details and not is_whole:
        used = set(values[column.stored])
        kept = [item for item in from_text(details["categories"]) if _as_held(item, column) in used]
        details["categories"] = to_text(kept)
    return column.model_copy(update={"details": details})


def _as_held(category: object, column: ColumnDefinition) -> Value:
    return category if column.held == "text" and isinstance(category, str) else to_text(category)


def joined(parts: Sequence[Part], *, name: str) -> StoredTable:
    """
    Put parts together.

    Parameters
    ----------
    parts
        At least one; `Part.rows` says where their rows stand.
    name
        Of the table.
    """
    filled = [part for part in parts if part.rows] or list(parts[:1])
    if len({_general(part.table.definition) for part in filled}) > 1:
        return _joined_tables(filled, name)
    n_rows = sum(len(part.rows) for part in filled)
    first = filled[0].table
    values = {
        column: _spread(n_rows, [(part.rows, part.table.by_column[column]) for part in filled])
        for column in first.by_column
    }
    geometry = None
    if first.geometry is not None:
        geometry = _spread(n_rows, [(part.rows, part.table.geometry or []) for part in filled])
    leading = next((part for part in parts if part.bank_id == NOBODY), filled[0])
    columns = tuple(_common(number, filled, leading) for number in range(len(first.definition.columns)))
    return sealed(first.definition, columns, n_rows, values, geometry)


def _general(definition: TableDefinition) -> str:
    """Return what columns of parts must have in common to be one column."""
    columns = [column.model_copy(update={"details": _general_details(column)}) for column in definition.columns]
    return definition.model_copy(update={"rows": 0, "digest": "", "columns": tuple(columns)}).model_dump_json()


def _general_details(column: ColumnDefinition) -> dict[str, Any]:
    details = {key: item for key, item in column.details.items() if key not in (*_BY_ROW, "categories")}
    # shapes that were made alike stay so, whichever rows they are
    return details | ({"one_part_rows": True} if "one_part_rows" in column.details else {})


def _spread(n_rows: int, pieces: Iterable[tuple[Sequence[int], Sequence[Any]]]) -> list[Any]:
    whole: list[Any] = [None] * n_rows
    for rows, values in pieces:
        for row, value in zip(rows, values, strict=True):
            whole[row] = value
    return whole


def _common(number: int, parts: Sequence[Part], leading: Part) -> ColumnDefinition:
    """Return one column for all parts: rows by their number in the whole, kinds in the order of nobody's part."""
    columns = [part.table.definition.columns[number] for part in parts]
    details = dict(columns[0].details)
    for name in _BY_ROW:
        if any(name in column.details for column in columns):
            details[name] = sorted(
                part.rows[row]
                for part, column in zip(parts, columns, strict=True)
                for row in column.details.get(name, ())
            )
    if "categories" in details:
        known = leading.table.definition.columns
        first = [each for each in known if each.label == columns[0].label and "categories" in each.details]
        lists = [from_text(column.details["categories"]) for column in (*first, *columns)]
        details["categories"] = to_text(list(dict.fromkeys(item for each in lists for item in each)))
    return columns[0].model_copy(update={"details": details})


def _joined_tables(parts: Sequence[Part], name: str) -> StoredTable:
    """Put parts with different columns together: a column keeps its type where all parts that have it agree."""
    tables = [decode_table(part.table) for part in parts]
    order = np.argsort([row for part in parts for row in part.rows], kind="stable")
    columns: dict[str, Any] = {}
    for label in dict.fromkeys(label for table in tables for label in table.columns):
        pieces = [
            table[label] if label in table.columns else pd.Series([None] * len(table), dtype=object) for table in tables
        ]
        alike = len({str(piece.dtype) for piece in pieces}) == 1
        whole = pd.concat([piece if alike else piece.astype(object) for piece in pieces], ignore_index=True)
        columns[label] = whole.iloc[order].reset_index(drop=True)
    active = next((table.active_geometry_name for table in tables if isinstance(table, gpd.GeoDataFrame)), None)
    frame = pd.DataFrame(columns)
    return encode_table(frame if active is None else gpd.GeoDataFrame(frame, geometry=active), name=name)


def keys(part: Part) -> list[str]:
    """Return a key for each row, told apart within its part; rows alike in their key columns are numbered."""
    name, n_rows = part.table.definition.name, part.table.definition.rows
    columns = [column for label in _KEYS[name] if (column := texts(part.table, label)) is not None]
    counts: dict[tuple[str | None, ...], int] = {}
    encode = json.JSONEncoder(ensure_ascii=False).encode
    found = []
    for row in range(n_rows):
        ids = tuple(column[row] for column in columns)
        counts[ids] = counts.get(ids, 0) + 1
        key = encode([*ids, counts[ids]] if counts[ids] > 1 or not ids else ids)
        long = len(key) > _LONGEST_KEY
        found.append(hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest() if long else key)
    return found
