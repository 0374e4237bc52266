"""Business figures by cell, rolled up by branch, ring or anything else known of a cell; every customer once."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.ledger.aggregates import MISSING, labels
from gridpart.ledger.book import Book

say = messages("ledger")


@checked
def roll_up(book: Book, by: Sequence[str] = ("bank_id",), *, period: str | None = None) -> pd.DataFrame:
    """
    Add up the business figures of physical cells.

    Every customer lives in one physical cell, so adding these up counts everybody once. Virtual cells hold the same
    customers again: see `virtual_totals`.

    Parameters
    ----------
    book
        With ``kpis``: ``cell_id``, ``indicator``, ``period``, ``value``.
    by
        Columns of the cells: ``bank_id``, ``outlet_id`` (branch), ``ring``, ``zone_class``, ….
    period
        Which one; None keeps all apart.

    Returns
    -------
    totals
        ``indicator``, ``period``, the columns of `by`, ``value``; sorted. Cells that the book does not have stand in a
        group "missing": they are counted, never dropped.

    Raises
    ------
    InputError
        If the cells have no such column.
    """
    unknown = [name for name in by if name not in book.cells.columns]
    if unknown:
        raise InputError(
            say(
                "cells have no column {unknown}; they have {columns}.",
                unknown=Joined(unknown),
                columns=Joined(map(str, book.cells.columns)),
            )
        )
    table = book.kpis if period is None else book.kpis[book.kpis["period"] == period]
    table = table[~table["cell_id"].isin(book.members["group_id"])]
    facts = book.cells.set_index("cell_id")
    keys = {name: labels(table["cell_id"].map(facts[name])) for name in by}
    frame = pd.DataFrame({"indicator": table["indicator"], "period": table["period"], **keys, "value": table["value"]})
    return frame.groupby(["indicator", "period", *by], sort=True)["value"].sum().reset_index()


@checked
def virtual_totals(book: Book, values: pd.DataFrame) -> pd.DataFrame:
    """
    Add up figures of customers by virtual cell, and by bank with every customer once.

    Parameters
    ----------
    book
        With ``members``.
    values
        ``customer_id``, ``indicator``, ``period``, ``value``.

    Returns
    -------
    totals
        ``indicator``, ``period``, ``bank_id``, ``group_id``, ``value``; "all" counts a member of several groups once.
    """
    members = book.members[["bank_id", "group_id", "customer_id"]].drop_duplicates()
    once = members.drop_duplicates(["bank_id", "customer_id"]).assign(group_id="all")
    joined = values.merge(pd.concat([members, once]), on="customer_id", how="left")
    joined = joined.fillna({"bank_id": MISSING, "group_id": MISSING})
    return joined.groupby(["indicator", "period", "bank_id", "group_id"], sort=True)["value"].sum().reset_index()
