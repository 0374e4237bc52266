"""What is due: visits, post-loan checks, issues; lists and figures as of a day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.arguments import checked
from gridpart.ledger.schemas import completed
from gridpart.partition.layers import require_columns
from gridpart.profiles import Profile, load
from gridpart.tables import required_day


def of_kind(records: pd.DataFrame, kind: str, *, until: str | dt.date | None = None) -> pd.DataFrame:
    """
    Return the records of a kind in their types, dated no later than a day.

    Raises
    ------
    InputError
        If the table is no table of records, or a value cannot be read.
    """
    require_columns(records, ["record_id", "kind", "cell_id", "date"], name="records")
    found = completed(records[records["kind"] == kind])
    return found if until is None else found[found["date"] <= _moment(until)]


def _moment(as_of: object) -> pd.Timestamp:
    return pd.Timestamp(required_day(as_of, name="as_of"))


@checked
def last_visits(records: pd.DataFrame, customers: pd.DataFrame, *, as_of: str | dt.date) -> pd.DataFrame:
    """
    Tell when each customer was last visited.

    Parameters
    ----------
    records
        Those of kind "visit" count.
    customers
        ``customer_id``, ``cell_id``.
    as_of
        Day; later visits are not known yet.

    Returns
    -------
    visits
        ``customer_id``, ``cell_id``, ``last_visit`` (NaT for never), ``days`` since (NaN for never).
    """
    require_columns(customers, ["customer_id", "cell_id"], name="customers")
    last = of_kind(records, "visit", until=as_of).groupby("customer_id")["date"].max()
    table = customers[["customer_id", "cell_id"]].reset_index(drop=True)
    table["last_visit"] = _days_of(table["customer_id"], last)
    table["days"] = (_moment(as_of) - table["last_visit"]).dt.days
    return table


def _days_of(keys: pd.Series[Any], days: pd.Series[Any]) -> pd.Series[Any]:
    """Look up the day of each key; `map` would make numbers of days where there are none at all."""
    return pd.Series(days.reindex(keys).to_numpy(), index=keys.index)


@checked
def visit_shares(
    records: pd.DataFrame, customers: pd.DataFrame, *, as_of: str | dt.date, profile: str | Profile = "default"
) -> pd.DataFrame:
    """
    Tell per cell how many customers were visited in time; the boundary day counts as in time.

    Returns
    -------
    shares
        ``cell_id``, ``customers``, ``visited``, ``stale``, ``share`` of visited (0 to 1); sorted.
    """
    days = _rules(profile).follow_up.visit_within_days.value
    last = last_visits(records, customers, as_of=as_of).dropna(subset=["cell_id"])
    grouped = (last["days"] <= days).groupby(last["cell_id"])
    table = grouped.agg(customers="size", visited="sum").astype("int64").reset_index()
    table["stale"] = table["customers"] - table["visited"]
    return table.assign(share=table["visited"] / table["customers"])


@checked
def stale_customers(
    records: pd.DataFrame, customers: pd.DataFrame, *, as_of: str | dt.date, profile: str | Profile = "default"
) -> pd.DataFrame:
    """List customers not visited in time by ``days`` since the last visit, those never visited first."""
    days = _rules(profile).follow_up.visit_within_days.value
    last = last_visits(records, customers, as_of=as_of)
    stale = last[~(last["days"] <= days)]
    order = stale.assign(_never=stale["days"].fillna(np.inf)).sort_values(
        ["_never", "customer_id"], ascending=[False, True]
    )
    return order.drop(columns="_never").reset_index(drop=True)


@checked
def due_checks(records: pd.DataFrame, *, as_of: str | dt.date, profile: str | Profile = "default") -> pd.DataFrame:
    """
    List the post-loan checks that are due: each open loan is checked again within the profile's days.

    Returns
    -------
    checks
        Per open loan (balance above 0, or not stated): ``record_id``, ``customer_id``, ``cell_id``, ``last_check``
        (NaT for none), ``due_on``, ``overdue`` (due before the day) and ``days_overdue``; earliest first.
    """
    days = _rules(profile).follow_up.post_loan_check_days.count
    loans = of_kind(records, "loan", until=as_of)
    if "balance_yuan" in loans.columns:
        loans = loans[~(loans["balance_yuan"] <= 0)]
    checks = of_kind(records, "check", until=as_of).groupby("customer_id")["date"].max()
    table = loans[["record_id", "customer_id", "cell_id", "date"]].reset_index(drop=True)
    last = _days_of(table["customer_id"], checks)
    table["last_check"] = last.where(last >= table["date"])  # a check before the loan is not one of this loan
    table["due_on"] = table["last_check"].fillna(table["date"]) + pd.Timedelta(days=days)
    return _overdue(table.drop(columns="date"), as_of)


@checked
def open_issues(records: pd.DataFrame, *, as_of: str | dt.date, profile: str | Profile = "default") -> pd.DataFrame:
    """
    List the issues that are open on a day, with their age.

    Returns
    -------
    issues
        ``record_id``, ``cell_id``, ``issue_type``, ``owner_id``, ``opened_on``, ``age_days``, ``due_on`` (as
        recorded, else the profile's days after opening), ``overdue``, ``days_overdue``; earliest due first.
    """
    days = _rules(profile).follow_up.issue_days.count
    issues = of_kind(records, "issue", until=as_of)
    closed = issues["closed_on"] <= _moment(as_of) if "closed_on" in issues.columns else False
    table = issues[~(closed & True)].reset_index(drop=True)
    due = table["due_on"] if "due_on" in table.columns else pd.Series(pd.NaT, index=table.index)
    found = pd.DataFrame(
        {
            "record_id": table["record_id"],
            "cell_id": table["cell_id"],
            "issue_type": table["issue_type"],
            "owner_id": table.get("owner_id", pd.Series(None, index=table.index, dtype=object)),
            "opened_on": table["date"],
            "age_days": (_moment(as_of) - table["date"]).dt.days,
            "due_on": pd.to_datetime(due).fillna(table["date"] + pd.Timedelta(days=days)),
        }
    )
    return _overdue(found, as_of)


def _overdue(table: pd.DataFrame, as_of: str | dt.date) -> pd.DataFrame:
    late = (_moment(as_of) - table["due_on"]).dt.days
    table = table.assign(overdue=late > 0, days_overdue=late.clip(lower=0).astype("int64"))
    return table.sort_values(["due_on", "record_id"], kind="stable").reset_index(drop=True)


@checked
def notice_list(records: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """
    Return the ratings to be posted in each village: pseudonyms only, nothing that tells who a person is.

    Returns
    -------
    notices
        ``unit_id``, ``unit``, ``customer_id``, ``rating``, ``rated_on``, ``source``: the last rating of each customer,
        sorted by village.
    """
    require_columns(units, ["unit_id"], name="units")
    ratings = of_kind(records, "rating").sort_values(["date", "record_id"], kind="stable")
    last = ratings.drop_duplicates("customer_id", keep="last")
    names = dict(zip(units["unit_id"], units["name"], strict=True)) if "name" in units.columns else {}
    table = pd.DataFrame(
        {
            "unit_id": last["unit_id"] if "unit_id" in last.columns else None,
            "customer_id": last["customer_id"],
            "rating": last["rating"],
            "rated_on": last["date"],
            "source": last["source"],
        }
    )
    table.insert(1, "unit", table["unit_id"].map(names))
    return table.sort_values(["unit_id", "customer_id"], kind="stable").reset_index(drop=True)


@checked
def out_of_range(records: pd.DataFrame, *, profile: str | Profile = "default") -> pd.DataFrame:
    """
    List the loans whose amount lies outside the limits of their product.

    Returns
    -------
    loans
        ``record_id``, ``cell_id``, ``product``, ``amount_yuan``, ``min_yuan``, ``max_yuan``, ``assumed`` (the
        limit that is broken is assumed), ``problem`` ("below", "above" or "unknown_product").
    """
    products = {item.code: item for item in _rules(profile).products}
    loans = of_kind(records, "loan")
    table = loans[["record_id", "cell_id", "product", "amount_yuan"]].reset_index(drop=True)
    low, high = (
        table["product"].map({code: getattr(item, name).value for code, item in products.items()}).astype("float64")
        for name in ("min_yuan", "max_yuan")
    )
    below, above = table["amount_yuan"] < low, table["amount_yuan"] > high
    known = table["product"].isin(products)
    problem = np.select([~known, below, above], ["unknown_product", "below", "above"], default="")
    assumed = [
        bool(product in products and getattr(products[product], limit).assumed)
        for product, limit in zip(table["product"], np.where(below, "min_yuan", "max_yuan"), strict=True)
    ]
    table = table.assign(min_yuan=low, max_yuan=high, assumed=assumed, problem=problem)
    broken: pd.DataFrame = table[problem != ""]
    return broken.reset_index(drop=True)


@checked
def needs_table(records: pd.DataFrame, by: tuple[str, ...] = ("cell_id", "segment", "product")) -> pd.DataFrame:
    """Count the needs found by surveys, by ``cell_id``, ``segment`` and ``product`` or others; they sum to the rows."""
    from gridpart.ledger.aggregates import pivot

    return pivot(of_kind(records, "need"), None, by, total=False)


@checked
def needs_layer(records: pd.DataFrame, cells: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """
    Put the needs of each cell on the map.

    Parameters
    ----------
    records
        Those of kind "need" count.
    cells
        ``cell_id`` and polygons.

    Returns
    -------
    layer
        Every cell with ``needs`` (0 for none) and ``most_wanted``, the product named most (the first by name among
        equals; None for none), geometry. The needs of cells that are not there are not on the map.
    """
    require_columns(cells, ["cell_id"], name="cells")
    needs = of_kind(records, "need")
    counts = needs.groupby(["cell_id", "product"], sort=True).size().rename("n").reset_index()
    most = counts.sort_values("n", ascending=False, kind="stable").drop_duplicates("cell_id").set_index("cell_id")
    ids = cells["cell_id"]
    number = ids.map(needs["cell_id"].value_counts()).fillna(0).astype("int64")
    wanted = ids.map(most["product"]).astype(object)
    columns = {"cell_id": ids, "needs": number, "most_wanted": wanted.where(wanted.notna(), None)}
    return gpd.GeoDataFrame(columns, geometry=cells.geometry, crs=cells.crs)


def _rules(profile: str | Profile) -> Profile:
    return load(profile) if isinstance(profile, str) else profile


@checked
def village_credit(records: pd.DataFrame, *, as_of: str | dt.date) -> pd.DataFrame:
    """
    Return the progress of whole-village credit: the last figures of each village.

    Returns
    -------
    villages
        ``unit_id``, ``cell_id``, ``date``, ``households``, ``listed``, ``granted``, ``drawn`` and ``listed_rate``,
        ``granted_rate``, ``drawn_rate`` in per cent of the households, of those listed, of those granted.
    """
    rows = of_kind(records, "village_credit", until=as_of).sort_values(["date", "record_id"], kind="stable")
    last = rows.drop_duplicates("unit_id", keep="last").sort_values("unit_id")
    counts = ["households", "listed", "granted", "drawn"]
    table = last[["unit_id", "cell_id", "date", *counts]].reset_index(drop=True)
    for part, whole in (("listed", "households"), ("granted", "listed"), ("drawn", "granted")):
        table[f"{part}_rate"] = 100 * table[part] / table[whole].where(table[whole] > 0)
    return table


@checked
def industry_credit(records: pd.DataFrame, members: pd.DataFrame, *, as_of: str | dt.date) -> pd.DataFrame:
    """
    Return the progress of credit through markets and associations, with a member of several counted once in the total.

    Returns
    -------
    groups
        ``bank_id``, ``group_id``, ``members``, ``granted`` (members with a loan), ``rate`` in per cent; and one row per
        bank under group "all".
    """
    with_loan = set(of_kind(records, "loan", until=as_of)["customer_id"])
    table = members.assign(granted=members["customer_id"].isin(with_loan))
    parts = [(keys, rows) for keys, rows in table.groupby(["bank_id", "group_id"], sort=True)]
    parts += [((bank_id, "all"), rows) for bank_id, rows in table.groupby("bank_id", sort=True)]
    rows: list[tuple[Any, ...]] = []
    for (bank_id, group_id), part in parts:
        once = part.drop_duplicates("customer_id")
        rows.append((bank_id, group_id, len(once), int(once["granted"].sum()), 100 * float(once["granted"].mean())))
    return pd.DataFrame(rows, columns=["bank_id", "group_id", "members", "granted", "rate"])
