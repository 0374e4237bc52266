"""Whose each row of a project is, and its tables cut accordingly."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridpart.errors import ProjectError
from gridpart.i18n import messages
from gridpart.profiles import Profile
from gridpart.project._contents import Contents
from gridpart.project._manifest import FORMAT
from gridpart.project._tables import StoredTable
from gridpart.project.postgis._layout import COMMON_TABLES, SEPARATOR
from gridpart.project.postgis._parts import NOBODY, Part, keys, owners, split, texts
from gridpart.project.postgis._records import Heading
from gridpart.project.postgis._scope import Scope

if TYPE_CHECKING:
    import psycopg

say = messages("project")


@dataclass(frozen=True)
class Cut:
    """
    A table in parts.

    Attributes
    ----------
    name
        Of the table.
    parts
        Of each bank that has rows or is to know the columns.
    interleaving
        Digest of the order in which rows of different banks follow each other.
    """

    name: str
    parts: tuple[Part, ...]
    interleaving: str


@dataclass(frozen=True)
class SealedHeading:
    """JSON of a `Heading`, and its digest."""

    text: str
    digest: str


def heading_of(contents: Contents, *, name: str, profile: Profile) -> SealedHeading:
    """Return what is no table of a project."""
    text = Heading(format=FORMAT, name=name, profile=profile, roads=contents.roads).model_dump_json()
    return SealedHeading(text, hashlib.sha256(text.encode("utf-8")).hexdigest())


def cut_table(
    stored: StoredTable,
    *,
    stored_in: tuple[psycopg.Connection[Any], str] | None,
    cells: Mapping[str, str],
    records: Mapping[str, str],
    banks: Sequence[str],
    scope: Scope,
    is_whole: bool,
) -> Cut:
    """
    Cut a table into parts.

    Parameters
    ----------
    stored
        The table.
    stored_in
        Connection and county where rows of this table are stored already.
    cells, records
        Bank of each cell and record.
    banks
        Banks that get a part even without rows.
    scope
        Of the role: new rows that name no bank become those of the one bank that it writes.
    is_whole
        Whether the project holds the rows of all banks, and of none.
    """
    name = stored.definition.name
    whose = owners(stored, cells=cells, records=records)
    _require_separable(name, whose)
    if name not in COMMON_TABLES and texts(stored, "bank_id") is None and NOBODY in whose:
        whose = _settled(stored, whose, stored_in=stored_in, scope=scope)
    parts = split(stored, whose, banks=banks)
    if not is_whole and name not in COMMON_TABLES:
        parts = [part for part in parts if part.bank_id != NOBODY or part.rows]
    interleaving = hashlib.sha256("\n".join(whose).encode()).hexdigest()
    return Cut(name, tuple(parts), interleaving)


def _require_separable(name: str, whose: Sequence[str]) -> None:
    odd = sorted(bank for bank in set(whose) if SEPARATOR in bank or bank == "*")
    if odd:
        raise ProjectError(
            say("{name}: {bank!r} cannot be the id of a bank in a database. Nothing was saved.", name=name, bank=odd[0])
        )


def _settled(
    stored: StoredTable,
    whose: list[str],
    *,
    stored_in: tuple[psycopg.Connection[Any], str] | None,
    scope: Scope,
) -> list[str]:
    """Return whose rows are that name no bank: whose they were, or the one bank's for which the role writes."""
    from psycopg import sql

    name = stored.definition.name
    nobodys = [row for row, bank in enumerate(whose) if bank == NOBODY]
    part = next(part for part in split(stored, whose, banks=()) if part.bank_id == NOBODY)
    known: dict[str, set[str]] = {}
    if stored_in is not None:
        connection, county = stored_in
        query = sql.SQL("SELECT row_key, bank_id FROM gridpart.{} WHERE county = %s").format(sql.Identifier(name))
        for key, bank in connection.execute(query, (county,)):
            known.setdefault(key, set()).add(bank)
    new = scope.writes[0] if scope.writes is not None and len(scope.writes) == 1 else NOBODY
    found = list(whose)
    for row, key in zip(nobodys, keys(part), strict=True):
        before = known.get(key)
        found[row] = new if before is None else NOBODY if NOBODY in before else min(before)
    return found
