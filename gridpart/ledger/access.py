"""Who sees what: an officer the own cells, a manager those of the subtree, a regulator aggregates only."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

import pandas as pd
from pydantic import BaseModel, ConfigDict

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.ledger.aggregates import aggregate
from gridpart.ledger.book import Book, HasBook, as_book
from gridpart.ledger.schemas import OPEN_COLUMNS, record_schemas
from gridpart.partition.layers import require_columns
from gridpart.profiles import Profile
from gridpart.tables import required_day, valid_on

say = messages("ledger")

Role = Literal["officer", "manager", "head_office", "regulator"]
Shown = Literal["full", "masked", "absent"]
TableName = Literal["records", "customers", "kpis", "figures"]

_ALWAYS = ("record_id", "kind", "cell_id", "date", "customer_id", "indicator", "period")
"""Columns that a view has even where there is nothing to see; others are left out when empty."""


class RoleRule(BaseModel):
    """
    What a role may see.

    Attributes
    ----------
    cells
        "own", "subtree", "bank", or "none" for aggregates only.
    personal
        How columns are shown that tell who a person is.
    restricted
        Whether records of restricted kinds are shown.
    part_time
        How personal columns are shown to part-time people, who come from other organisations; as to the others if None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    cells: Literal["own", "subtree", "bank", "none"]
    personal: Shown
    restricted: Literal["full", "absent"]
    part_time: Shown | None = None


@dataclass(frozen=True)
class Grant:
    """
    What one person may see.

    Attributes
    ----------
    role, rule
        The role, and what it may see.
    cell_ids
        Cells whose records the person may see.
    """

    role: Role
    rule: RoleRule
    cell_ids: frozenset[str]

    @checked
    def shows(self, column: str) -> Shown:
        """Tell how a column is shown: in full, masked, or not at all. Unknown columns count as personal."""
        fields = record_schemas().fields
        if column in fields:
            return "full" if fields[column].tier == "open" else self.rule.personal
        if column in OPEN_COLUMNS:
            return "full"
        return "full" if self.rule.personal == "full" else "absent"


@cache
def access_rules() -> dict[Role, RoleRule]:
    """Read the packaged rules of access."""
    text = (resources.files("gridpart.ledger") / "data" / "access.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    return {role: RoleRule.model_validate(content[role]) for role in get_args(Role)}


@checked
def grant(book: Book | HasBook, role: Role, scope: str | None = None, *, as_of: str | dt.date | None = None) -> Grant:
    """
    Work out which cells a person may see.

    Parameters
    ----------
    book
        With its table of staff; or a project.
    role
        "officer", "manager", "head_office" or "regulator".
    scope
        ``staff_id`` of an officer or manager; ``bank_id`` of a head office; nothing for a regulator.
    as_of
        Day on which they look; today if None. Rows of the staff count from ``valid_from`` to the day before
        ``valid_to``, where these are known: who has left sees nothing.

    Raises
    ------
    InputError
        If the role is unknown, or the person is not on the staff in that role on the day. Nothing is shown.
    """
    if role not in access_rules():
        raise InputError(
            say(
                "unknown role {role!r}; expected one of {known}. Nothing is shown.",
                role=role,
                known=Joined(access_rules()),
            )
        )
    rule, book = access_rules()[role], as_book(book)
    if rule.cells == "none":
        return Grant(role, rule, frozenset())
    if rule.cells == "bank":
        return Grant(role, rule, frozenset(book.cells.loc[book.cells["bank_id"] == _of_bank(book, scope), "cell_id"]))
    staff = _in_force(
        book.staff, pd.Timestamp.today() if as_of is None else pd.Timestamp(required_day(as_of, name="as_of"))
    )
    people = {_on_staff(staff, role, scope)}
    if rule.part_time is not None and _is_part_time(staff, people):
        rule = rule.model_copy(update={"personal": rule.part_time})
    if rule.cells == "subtree":
        people = _below(staff, people)
    cells = staff.loc[staff["staff_id"].isin(people), "cell_id"]
    return Grant(role, rule, frozenset(cells.dropna()))


def _of_bank(book: Book, bank_id: str | None) -> str:
    if bank_id is None or bank_id not in set(book.cells["bank_id"]):
        raise InputError(say("{bank_id!r} is no bank of this book. Nothing is shown.", bank_id=bank_id))
    return bank_id


def _in_force(staff: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    """Return the rows of the staff that count on a day."""
    require_columns(staff, ["staff_id", "role", "cell_id"], name="staff")
    return staff[valid_on(staff, day, name="staff")]


def _on_staff(staff: pd.DataFrame, role: Role, staff_id: str | None) -> str:
    found = staff[staff["staff_id"] == staff_id]
    if staff_id is None or not (found["role"] == role).any():
        raise InputError(
            say("{staff_id!r} is not on the staff as {role}. Nothing is shown.", staff_id=staff_id, role=role)
        )
    return staff_id


def _is_part_time(staff: pd.DataFrame, people: set[str]) -> bool:
    """Tell whether a person works part time in any of their rows; where it is not known, they do not."""
    if "employment_type" not in staff.columns:
        return False
    return bool((staff.loc[staff["staff_id"].isin(people), "employment_type"] == "part_time").any())


def _below(staff: pd.DataFrame, people: set[str]) -> set[str]:
    """Add everyone who answers to the people, directly or not; circles end by themselves."""
    if "manager_id" not in staff.columns:
        return people
    while True:
        more = people | set(staff.loc[staff["manager_id"].isin(people), "staff_id"])
        if more == people:
            return people
        people = more


@checked
def view(
    ledger: Book | HasBook,
    role: Role,
    scope: str | None = None,
    *,
    table: TableName = "records",
    by: Sequence[str] = ("bank_id", "kind"),
    profile: str | Profile = "default",
    as_of: str | dt.date | None = None,
) -> pd.DataFrame:
    """
    Return what a person may see of a book.

    What may not be seen is not in the table at all: neither rows, nor columns, nor categories, nor attributes.

    Parameters
    ----------
    ledger
        The book, or a project.
    role, scope
        Who looks: see `grant`.
    table
        "records", "customers", "kpis" or "figures".
    by
        For a regulator: the one or two columns to count by.
    profile
        For a regulator: says below which number counts are hidden.
    as_of
        Day on which they look; today if None.

    Returns
    -------
    seen
        Rows by ``cell_id`` of the cells granted, personal columns in full, masked or left out. For a regulator, counts
        by `by`.

    Raises
    ------
    InputError
        If the role is unknown or the person is not on the staff in that role.
    """
    ledger = as_book(ledger)
    if table not in get_args(TableName):
        raise InputError(
            say(
                "unknown table {table!r}; expected one of {known}. Nothing is shown.",
                table=table,
                known=Joined(get_args(TableName)),
            )
        )
    granted = grant(ledger, role, scope, as_of=as_of)
    if granted.rule.cells == "none":
        return aggregate(ledger, by, table=table, profile=profile)
    return seen(getattr(ledger, "cell_figures" if table == "figures" else table), granted)


@checked
def seen(table: pd.DataFrame, granted: Grant) -> pd.DataFrame:
    """Return the rows of a table whose ``cell_id`` a grant shows, with the columns it shows."""
    rows = table["cell_id"].isin(granted.cell_ids)
    if granted.rule.restricted == "absent" and "kind" in table.columns:
        rows &= ~table["kind"].isin(record_schemas().restricted_kinds)
    part = table[rows]
    shown: dict[str, pd.Series[Any]] = {}
    for name in table.columns:
        how = "full" if name in _plain_figures(table) else granted.shows(str(name))
        if how != "absent" and (name in _ALWAYS or not part[name].isna().all()):
            shown[str(name)] = _copy(part[name]) if how == "full" else _masked(part[name], str(name))
    # built anew: a copy would carry attributes and unused categories of what may not be seen
    return pd.DataFrame(shown, index=pd.RangeIndex(len(part)))


def _plain_figures(table: pd.DataFrame) -> frozenset[str]:
    """Columns of monthly figures: sums over households, which tell nothing of one."""
    if "period" not in table.columns or "customer_id" in table.columns:
        return frozenset()
    return frozenset(str(name) for name in table.columns if pd.api.types.is_numeric_dtype(table[name].dtype))


def _copy(column: pd.Series[Any]) -> pd.Series[Any]:
    plain = column.astype(object) if isinstance(column.dtype, pd.CategoricalDtype) else column
    return plain.copy().reset_index(drop=True)


def _masked(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    """Return a column with the first letter of each text, or nothing."""
    if record_schemas().fields[name].mask == "nothing":
        return pd.Series([None] * len(column), dtype=object)
    return pd.Series([f"{value[0]}**" if isinstance(value, str) and value else None for value in column], dtype=object)
