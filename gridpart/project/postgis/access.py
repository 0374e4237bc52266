"""Administration: prepare a database, grant roles what they may see and write, take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from gridpart.errors import InputError, ProjectError
from gridpart.i18n import messages
from gridpart.project._addresses import DatabaseAddress, place_of
from gridpart.project._manifest import STORED_TABLES
from gridpart.project.postgis._connection import connected
from gridpart.project.postgis._layout import SEPARATOR, first_row_sql, layout_sql, prepare, require_layout
from gridpart.project.postgis._scope import ALL

if TYPE_CHECKING:
    import psycopg

say = messages("project")

_COLUMNS = ["role_name", "county", "bank_id", "may_write"]


def prepare_database(address: str | DatabaseAddress) -> None:
    """
    Prepare a database for projects: extension, tables, row level security. Running it again changes nothing.

    The role that runs it owns the tables and sees and writes everything; others get what `grant_access` gives them.
    `preparation_sql` returns what is run, for an administrator who would rather read it first.

    Parameters
    ----------
    address
        As ``postgresql://owner@host/database``.

    Raises
    ------
    ProjectError
        If the role may not make a schema, the server has no PostGIS, or the database is not in UTF8.
    """
    database = _database(address)
    with connected(database) as connection:
        prepare(connection, database)


def preparation_sql() -> str:
    """Return the SQL of `prepare_database`, to be run in one transaction after ``CREATE EXTENSION postgis``."""
    return f"BEGIN;\n{layout_sql()}{first_row_sql()}COMMIT;\n"


def grant_access(
    address: str | DatabaseAddress,
    role: str,
    *,
    bank_id: str | None = None,
    county: str | None = None,
    write: bool = False,
) -> None:
    """
    Let a role, and whoever belongs to it, see a bank's rows or all rows.

    With them it sees what is common to a county: service area, units, roads and the names of the banks. To write those,
    or rows of no bank, a role needs all banks.

    Parameters
    ----------
    address
        Of the database, as its owner.
    role
        Role of the server; a group role or that of one person.
    bank_id
        Whose rows; None for those of all banks, and of none.
    county
        Where; None takes the one of the address, or else all counties, future ones too.
    write
        Whether the role may change them too.

    Raises
    ------
    ProjectError
        If there is no such role, or the right to grant is missing.
    InputError
        If the bank cannot be one.
    """
    database = _database(address)
    where, bank = _named(county or database.county, "county"), _named(bank_id, "bank_id")
    with connected(database) as connection:
        require_layout(connection, database)
        if connection.execute("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
            raise ProjectError(
                say(
                    "{database} has no role {role!r}. Make it first: CREATE ROLE … LOGIN. Nothing was changed.",
                    database=str(database),
                    role=role,
                )
            )
        connection.execute(
            "INSERT INTO gridpart.access AS a (role_name, county, bank_id, may_write) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (role_name, county, bank_id) DO UPDATE SET may_write = excluded.may_write",
            (role, where, bank, write),
        )
        _set_privileges(connection, role)


def revoke_access(
    address: str | DatabaseAddress, role: str, *, bank_id: str | None = None, county: str | None = None
) -> None:
    """
    Take back what `grant_access` gave with the same bank and county.

    Parameters
    ----------
    address, role, bank_id, county
        As in `grant_access`.

    Raises
    ------
    ProjectError
        If there is no such grant, or the right to change it is missing.
    InputError
        If the bank cannot be one.
    """
    database = _database(address)
    where, bank = _named(county or database.county, "county"), _named(bank_id, "bank_id")
    with connected(database) as connection:
        require_layout(connection, database)
        done = connection.execute(
            "DELETE FROM gridpart.access WHERE (role_name, county, bank_id) = (%s, %s, %s)", (role, where, bank)
        )
        if done.rowcount == 0:
            raise ProjectError(
                say(
                    "{database}: role {role!r} has no such grant (county {county}, bank {bank}). Nothing was changed.",
                    database=str(database),
                    role=role,
                    county=where,
                    bank=bank,
                )
            )
        if connection.execute("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = %s", (role,)).fetchone():
            _set_privileges(connection, role)


def access(address: str | DatabaseAddress) -> pd.DataFrame:
    """
    Return who may see and write what: ``role_name``, ``county``, ``bank_id``, ``may_write``; ``*`` stands for all.

    A role sees its own grants, the owner all.

    Raises
    ------
    ProjectError
        If the database cannot be reached, or the role may not see projects in it.
    """
    database = _database(address)
    with connected(database, snapshot=True) as connection:
        require_layout(connection, database)
        rows = connection.execute(
            "SELECT role_name, county, bank_id, may_write FROM gridpart.access ORDER BY 1, 2, 3"
        ).fetchall()
    return pd.DataFrame(rows, columns=_COLUMNS)


def _database(address: str | DatabaseAddress) -> DatabaseAddress:
    place = place_of(address)
    if not isinstance(place, DatabaseAddress):
        raise ProjectError(
            say("{place} is a file; give the address of a database, as postgresql://owner@host/database.", place=place)
        )
    return place


def _named(given: str | None, what: str) -> str:
    if given is None:
        return ALL
    if given in ("", ALL) or SEPARATOR in given or "\0" in given:
        raise InputError(
            say(
                "{what} {given!r} cannot be granted; leave it out for all. Nothing was changed.", what=what, given=given
            )
        )
    return given


def _set_privileges(connection: psycopg.Connection[Any], role: str) -> None:
    """Give a role the privileges that its grants need, and no others; rows are for the policies."""
    from psycopg import sql

    name = sql.Identifier(role)
    row = connection.execute(
        "SELECT count(*), coalesce(bool_or(may_write), false) FROM gridpart.access WHERE role_name = %s", (role,)
    ).fetchone()
    n_grants, writes = row or (0, False)
    connection.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA gridpart FROM {}").format(name))
    if not n_grants:
        connection.execute(sql.SQL("REVOKE ALL ON SCHEMA gridpart FROM {}").format(name))
        return
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA gridpart TO {}").format(name))
    connection.execute(sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA gridpart TO {}").format(name))
    if writes:
        tables = sql.SQL(", ").join(sql.Identifier("gridpart", each) for each in ("parts", "counties", *STORED_TABLES))
        connection.execute(sql.SQL("GRANT INSERT, UPDATE, DELETE ON {} TO {}").format(tables, name))
