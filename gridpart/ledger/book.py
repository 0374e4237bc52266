"""One ledger per cell, and the book that holds all of them."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.ledger.figures import require_single, typed_figures, typed_kpis
from gridpart.ledger.schemas import completed, empty_records
from gridpart.partition.layers import require_columns

if TYPE_CHECKING:
    from gridpart.partition import Grid

say = messages("ledger")

CUSTOMER_COLUMNS = ("customer_id", "bank_id", "segment", "cell_id", "unit_id", "reason", "industry", "circle", "x", "y")
"""Columns of the register of customers: pseudonyms, never names."""

MEMBER_COLUMNS = ("group_id", "group_name", "kind", "bank_id", "customer_id")
"""Columns of the members of virtual cells: markets, associations, employers."""

KPI_COLUMNS = ("cell_id", "indicator", "period", "value")
"""Columns of the business figures."""

_CELL_COLUMNS = ("cell_id", "bank_id", "outlet_id", "zone_class")


@dataclass(frozen=True, eq=False, repr=False)
class Ledger:
    """
    The ledger of one cell.

    Attributes
    ----------
    cell_id
        The cell.
    facts
        What is known of the cell: ``bank_id``, ``outlet_id``, ``zone_class``, ….
    records, customers, kpis, figures
        Rows of the book's tables that belong to the cell.
    """

    cell_id: str
    facts: Mapping[str, Any]
    records: pd.DataFrame
    customers: pd.DataFrame
    kpis: pd.DataFrame
    figures: pd.DataFrame

    def __repr__(self) -> str:
        """Show the sizes."""
        return f"<Ledger {self.cell_id}: {len(self.records):,} records, {len(self.customers):,} customers>"

    def _repr_html_(self) -> str:
        kinds = self.records["kind"].value_counts().sort_index()
        rows = [(str(kind), f"{count:,}") for kind, count in kinds.items()]
        rows.append(("customers", f"{len(self.customers):,}"))
        cells = "".join(f"<tr><th>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>" for name, value in rows)
        return f"<p><b>{html.escape(self.cell_id)}</b></p><table>{cells}</table>"


@dataclass(frozen=True, eq=False, repr=False)
class Book:
    """
    The ledgers of all cells, as a few long tables.

    Attributes
    ----------
    cells
        Active cells: ``cell_id``, ``bank_id``, ``outlet_id``, ``zone_class``; perhaps ``ring``.
    records
        Everything that happened, by kind; see `gridpart.ledger.record_schemas`.
    customers
        Pseudonymous customers: ``customer_id``, ``segment``, ``cell_id`` or the ``reason`` why there is none.
    members
        Members of virtual cells: ``group_id``, ``customer_id``.
    kpis
        Business figures: ``cell_id``, ``indicator``, ``period``, ``value``.
    figures
        Monthly figures per unit (``period``, ``unit_id``, …), or per cell if there is a ``cell_id``.
    staff
        Officers and managers: ``staff_id``, ``role``, ``cell_id``, ``manager_id``.
    units
        Units with what is known of each.
    unit_cells
        Cell of each unit at each bank: ``unit_id``, ``bank_id``, ``cell_id``.
    """

    cells: pd.DataFrame
    records: pd.DataFrame = field(default_factory=empty_records)
    customers: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(CUSTOMER_COLUMNS)))
    members: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(MEMBER_COLUMNS)))
    kpis: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(KPI_COLUMNS)))
    figures: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["period", "unit_id"]))
    staff: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["staff_id", "role", "cell_id"]))
    units: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["unit_id"]))
    unit_cells: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["unit_id", "bank_id", "cell_id"]))
    _opened: dict[str, Ledger] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Refuse cells without id or with the same id; put records and figures in their types."""
        missing = [name for name in _CELL_COLUMNS[:2] if name not in self.cells.columns]
        if missing:
            raise InputError(
                say(
                    "cells need the columns {missing}; they have {columns}.",
                    missing=Joined(missing),
                    columns=Joined(map(str, self.cells.columns)),
                )
            )
        ids = self.cells["cell_id"]
        repeated = sorted(set(map(str, ids[ids.duplicated() | ids.isna()])))
        if repeated:
            raise InputError(
                say(
                    "cells: ids are missing or repeated: {cells}. A cell has exactly one ledger.",
                    cells=Joined(repeated[:8]),
                )
            )
        object.__setattr__(self, "records", completed(self.records))
        object.__setattr__(self, "figures", typed_figures(self.figures))
        object.__setattr__(self, "kpis", typed_kpis(_whole(self.kpis, KPI_COLUMNS, "kpis")))
        object.__setattr__(self, "customers", _whole(self.customers, ("customer_id", "cell_id"), "customers"))
        object.__setattr__(self, "members", _whole(self.members, ("group_id", "customer_id"), "members"))
        require_single(self.figures)

    @property
    def cell_ids(self) -> list[str]:
        """Ids of all active cells, in the order of `cells`."""
        return [str(cell_id) for cell_id in self.cells["cell_id"]]

    @checked
    def open(self, cell_id: str) -> Ledger:
        """
        Open the ledger of a cell; opened again, it is the same one.

        Raises
        ------
        InputError
            If there is no such active cell.
        """
        if cell_id not in self._places:
            raise InputError(
                say(
                    "there is no active cell {cell_id!r}, so it has no ledger; the book has {n:,} cells.",
                    cell_id=cell_id,
                    n=len(self.cells),
                )
            )
        if cell_id not in self._opened:
            facts = {str(key): value for key, value in self.cells.iloc[self._places[cell_id]].items()}
            figures = self.cell_figures
            parts = {
                name: _rows(table, self._rows_by_cell[name], cell_id)
                for name, table in (("records", self.records), ("customers", self.customers), ("kpis", self.kpis))
            }
            parts["figures"] = _rows(figures, self._rows_by_cell["figures"], cell_id)
            self._opened[cell_id] = Ledger(cell_id, facts, **parts)
        return self._opened[cell_id]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {cell_id: place for place, cell_id in enumerate(self.cell_ids)}

    @cached_property
    def _rows_by_cell(self) -> dict[str, dict[Any, Any]]:
        tables = {"records": self.records, "customers": self.customers, "kpis": self.kpis, "figures": self.cell_figures}
        return {name: table.groupby("cell_id", sort=False).indices for name, table in tables.items()}

    @cached_property
    def cell_figures(self) -> pd.DataFrame:
        """Monthly figures with the cell they belong to: of each bank, where they are kept by unit."""
        if "cell_id" in self.figures.columns:
            return self.figures
        return self.figures.merge(self.unit_cells, on="unit_id", how="inner", validate="many_to_many")

    def _repr_html_(self) -> str:
        kinds = pd.crosstab(self.records["kind"], self.records["bank_id"].fillna("")).reset_index()
        return f"<p>{html.escape(repr(self)[1:-1])}</p>{kinds.to_html(index=False, border=0)}"

    def __len__(self) -> int:
        """Return the number of ledgers: one per active cell."""
        return len(self.cells)

    def __repr__(self) -> str:
        """Show the sizes."""
        return f"<Book: {len(self):,} ledgers, {len(self.records):,} records, {len(self.customers):,} customers>"


class HasBook(Protocol):
    """Something that can open its book, as a `gridpart.Project` can."""

    def book(self) -> Book:
        """Return the ledgers of all cells."""
        ...


def as_book(source: Book | HasBook) -> Book:
    """Return a book, or the book of a project."""
    return source if isinstance(source, Book) else source.book()


def _whole(table: pd.DataFrame, columns: Sequence[str], name: str) -> pd.DataFrame:
    """Return a table that has its columns: an empty one gets them, of another they are asked for."""
    if table.empty:
        return table.reindex(columns=[*table.columns, *(column for column in columns if column not in table.columns)])
    require_columns(table, columns, name=name)
    return table


def _rows(table: pd.DataFrame, rows: Mapping[Any, Any], cell_id: str) -> pd.DataFrame:
    part: pd.DataFrame = table.iloc[rows.get(cell_id, np.empty(0, dtype=np.int64))]
    return part


@checked
def cells_of(grids: Mapping[str, Grid]) -> pd.DataFrame:
    """Return the cells of all grids as a table by ``cell_id`` without geometry, bank by bank."""
    tables = [pd.DataFrame(grid.cells.drop(columns="geometry")) for _, grid in sorted(grids.items())]
    if not tables:
        return pd.DataFrame(columns=list(_CELL_COLUMNS))
    return pd.concat(tables, ignore_index=True)


@checked
def unit_cells_of(grids: Mapping[str, Grid], units: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Tell which cell of each bank a unit belongs to.

    Parameters
    ----------
    grids
        By bank.
    units
        ``unit_id`` and polygons, in the CRS of the grids.

    Returns
    -------
    unit_cells
        ``unit_id``, ``bank_id``, ``cell_id``: one row per unit and bank. A unit that several cells share belongs to
        the one that holds its representative point.
    """
    points = gpd.GeoSeries(shapely.point_on_surface(np.asarray(units.geometry.array, dtype=object)), crs=units.crs)
    ids = units["unit_id"].astype(str).to_numpy(object)
    parts = [
        pd.DataFrame({"unit_id": ids, "bank_id": bank_id, "cell_id": grid.locate(points).to_numpy(object)})
        for bank_id, grid in sorted(grids.items())
    ]
    if not parts:
        return pd.DataFrame(columns=["unit_id", "bank_id", "cell_id"])
    return pd.concat(parts, ignore_index=True)
