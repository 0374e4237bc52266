"""A small book by hand: two banks, five cells, a tree of staff, and records whose answers are known."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gridpart.ledger import Book, typed

CELLS = pd.DataFrame(
    {
        "cell_id": ["A1", "A2", "A3", "B1", "B2"],
        "bank_id": ["A", "A", "A", "B", "B"],
        "outlet_id": ["a1", "a2", "a2", "b1", "b2"],
        "zone_class": ["urban", "rural", "rural", "urban", "rural"],
        "ring": ["urban_core", "middle_ring", "outer_ring", "urban_core", "rural"],
    }
)
STAFF = pd.DataFrame(
    [
        ("M1", "manager", None, None),
        ("M2", "manager", None, "M1"),
        ("M9", "manager", None, None),
        ("F1", "officer", "A1", "M1"),
        ("F2", "officer", "A2", "M2"),
        ("F3", "officer", "A3", "M2"),
        ("G1", "officer", "B1", "M9"),
        ("G2", "officer", "B2", "M9"),
        ("G3", "officer", None, "M9"),
    ],
    columns=["staff_id", "role", "cell_id", "manager_id"],
)


def record(number: int, kind: str, cell_id: str, date: str = "2025-03-01", **columns: Any) -> dict[str, Any]:
    """One record with the common columns filled."""
    version = 2 if kind == "profile" else 1
    row = {"record_id": f"R{number:04d}", "kind": kind, "schema_version": version, "cell_id": cell_id, "date": date}
    return {**row, **columns}


def records(*rows: dict[str, Any]) -> pd.DataFrame:
    """A typed table of records."""
    return typed(pd.DataFrame(list(rows)))


def book(*rows: dict[str, Any], **tables: pd.DataFrame) -> Book:
    """A book of the five cells."""
    return Book(CELLS, records=records(*rows), staff=STAFF, **tables) if rows else Book(CELLS, staff=STAFF, **tables)
