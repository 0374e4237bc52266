"""Virtual cells: lists of members without land, and the one cell that each customer counts in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import GeometryArray
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import Joined, messages
from gridpart.partition.grid import Grid
from gridpart.partition.layers import text_ids

say = messages("partition")

VIRTUAL = "virtual"
"""Kind of a cell that is a list of members; the others are ``"physical"``."""

MEMBERSHIP_COLUMNS = ("customer_id", "bank_id", "cell_id", "kind", "is_primary", "reason")
"""Columns of the table that `memberships` returns, in order."""

_NAMED = 8


@dataclass(frozen=True, eq=False)
class VirtualCells:
    """
    The virtual cells of one bank: by market, association, employer, industry.

    Attributes
    ----------
    cells
        ``cell_id``, ``bank_id``, ``kind`` ("virtual"), ``name``, ``n_members``, and geometry for display only: the hull
        of the members' places, or none. It never counts as land.
    members
        ``customer_id``, ``cell_id``: who belongs to which; a customer may belong to several.
    """

    cells: gpd.GeoDataFrame
    members: pd.DataFrame

    def __len__(self) -> int:
        """Return the number of virtual cells."""
        return len(self.cells)

    def __repr__(self) -> str:
        """Show how many cells and members there are."""
        n_members = self.members["customer_id"].nunique()
        return f"<VirtualCells: {len(self):,} cells without land, {n_members:,} members>"


@checked
def virtual_cells(
    customers: gpd.GeoDataFrame | pd.DataFrame, *, by: str, bank_id: str, min_members: int = 1
) -> VirtualCells:
    """
    Gather customers to virtual cells by what they have in common.

    Parameters
    ----------
    customers
        ``customer_id`` and the column `by`; places are not needed.
    by
        Column such as "association" or "employer". A value may be a list: the customer belongs to all of it; blanks
        belong to none.
    bank_id
        Bank whose cells these are.
    min_members
        Smaller groups make no cell.

    Returns
    -------
    virtual
        One cell for each value, sorted; ``cell_id`` is bank, column and value.

    Raises
    ------
    InputError
        If a column is missing or an id is blank or repeats.
    """
    ids = text_ids(customers, "customer_id", name="customers")
    if by not in customers.columns:
        raise InputError(
            say(
                "customers needs the column {by}; it has {columns}.", by=by, columns=Joined(map(str, customers.columns))
            )
        )
    pairs = [(customer, value) for customer, given in zip(ids, customers[by], strict=True) for value in _values(given)]
    members = pd.DataFrame(pairs, columns=["customer_id", "name"], dtype=object).drop_duplicates()
    size = members["name"].map(members["name"].value_counts())
    members = members[size >= min_members].sort_values(["name", "customer_id"], kind="stable", ignore_index=True)
    members["cell_id"] = [f"{bank_id}-{by}-{name}" for name in members["name"]]
    places = dict(zip(ids, customers.geometry, strict=True)) if isinstance(customers, gpd.GeoDataFrame) else {}
    groups = members.groupby("cell_id", sort=False)
    columns = {
        "cell_id": list(groups.groups),
        "bank_id": bank_id,
        "kind": VIRTUAL,
        "name": groups["name"].first().tolist(),
        "n_members": groups.size().to_numpy(),
    }
    hulls = [_hull(places.get(customer) for customer in group) for _, group in groups["customer_id"]]
    cells = gpd.GeoDataFrame(columns, geometry=_objects(hulls), crs=getattr(customers, "crs", None))
    return VirtualCells(cells, members[["customer_id", "cell_id"]])


@checked
def memberships(
    customers: gpd.GeoDataFrame,
    grids: Grid | Mapping[str, Grid],
    *,
    virtual: Sequence[VirtualCells] = (),
    primary: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """
    Say which cells each customer belongs to, and which one of them counts.

    Parameters
    ----------
    customers
        ``customer_id``, points in the CRS of the grids (a customer without a place has none). With ``bank_id`` a
        customer belongs to cells of that bank only, otherwise to those of all banks given.
    grids
        Grid of one bank, or grids by ``bank_id``: a customer has at most one cell in each.
    virtual
        Virtual cells of the same banks; a customer may belong to any number of them.
    primary
        Cell that counts, by ``customer_id``. Otherwise the physical cell of the first bank in order of ids, or, for
        customers without a place in the area, their first virtual cell.

    Returns
    -------
    table
        `MEMBERSHIP_COLUMNS`: one row for each customer and cell, in the order of the customers, the primary cell first.
        ``is_primary`` is true in exactly one row of every customer with a cell; a customer without any has one row
        with no ``cell_id`` and a ``reason``.

    Raises
    ------
    InputError
        If an id is blank or repeats, or `primary` names a cell that the customer does not belong to.
    CRSError
        If the CRSs differ.
    """
    ids = text_ids(customers, "customer_id", name="customers")
    by_bank = {grids.bank_id: grids} if isinstance(grids, Grid) else dict(grids)
    own_bank = customers["bank_id"].astype(object).tolist() if "bank_id" in customers.columns else [None] * len(ids)
    found: list[list[tuple[str, str, str]]] = [[] for _ in ids]
    for bank_id in sorted(by_bank):
        require_same_crs(by_bank[bank_id].cells, customers, names=(say("grid of {bank}", bank=bank_id), "customers"))
        for row, cell in enumerate(by_bank[bank_id].locate(customers)):
            if cell is not None and own_bank[row] in (None, bank_id):
                found[row].append((bank_id, cell, "physical"))
    row_of = {customer: row for row, customer in enumerate(ids)}
    for group in virtual:
        bank_of = dict(zip(group.cells["cell_id"], group.cells["bank_id"], strict=True))
        for customer, cell in group.members.itertuples(index=False):
            row = row_of.get(customer, -1)
            if row >= 0 and own_bank[row] in (None, bank_of[cell]):
                found[row].append((bank_of[cell], cell, VIRTUAL))
    reasons = _reasons(customers)
    chosen = {} if primary is None else {str(customer): str(cell) for customer, cell in primary.items()}
    _require_members(chosen, row_of, found)
    rows: list[tuple[object, ...]] = []
    for customer, cells, reason in zip(ids, found, reasons, strict=True):
        first = next((cell for cell in cells if cell[1] == chosen.get(customer)), None) or next(iter(cells), None)
        ordered = cells if first is None else [first, *(cell for cell in cells if cell != first)]
        rows += [(customer, *cell, cell == first, None) for cell in ordered]
        if first is None:
            rows.append((customer, None, None, None, False, reason))
    return pd.DataFrame(rows, columns=list(MEMBERSHIP_COLUMNS), dtype=object).astype({"is_primary": bool})


def _values(given: object) -> list[str]:
    """Return the groups that one entry names, each once."""
    several = list(given) if isinstance(given, (list, tuple, set, frozenset, np.ndarray)) else [given]
    texts = pd.Series(several, dtype=object).dropna().astype(str).str.strip()
    return sorted(set(texts) - {""})


def _hull(places: Iterable[shapely.Geometry | None]) -> shapely.Geometry | None:
    known = [place for place in places if place is not None and not place.is_empty]
    return shapely.convex_hull(shapely.GeometryCollection(known)) if known else None


def _objects(values: Sequence[object]) -> GeometryArray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _reasons(customers: gpd.GeoDataFrame) -> list[str]:
    shapes: GeometryArray = np.asarray(customers.geometry.array, dtype=object)
    bare = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    return ["no place is known" if missing else "the place lies in no cell" for missing in bare]


def _require_members(
    chosen: Mapping[str, str], row_of: Mapping[str, int], found: Sequence[Sequence[tuple[str, str, str]]]
) -> None:
    wrong = [
        f"{customer}: {cell}"
        for customer, cell in sorted(chosen.items())
        if customer not in row_of or all(cell != held[1] for held in found[row_of[customer]])
    ]
    if wrong:
        raise InputError(
            say(
                "primary names {n} cells that the customer does not belong to: {wrong}.",
                n=len(wrong),
                wrong=Joined(wrong[:_NAMED]),
            )
        )
