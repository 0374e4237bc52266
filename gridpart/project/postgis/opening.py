"""Open a project from a database: one moment of it, as much as the role may see, checked part by part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gridpart.errors import ProjectError
from gridpart.i18n import Joined, Message, clauses, messages
from gridpart.project._addresses import DatabaseAddress
from gridpart.project._contents import decode_project
from gridpart.project._manifest import STORED_TABLES, TableDefinition
from gridpart.project._tables import difference
from gridpart.project.postgis._connection import connected
from gridpart.project.postgis._layout import PROJECT_PART, require_layout, tables_there
from gridpart.project.postgis._parts import NOBODY, Part, joined
from gridpart.project.postgis._records import DatabaseOrigin, PartKey, PartRecord, part_records, seals
from gridpart.project.postgis._rows import from_json, table_of
from gridpart.project.postgis._scope import county_to_open, scope_in
from gridpart.project.project import Project
from gridpart.steps import counted, step

if TYPE_CHECKING:
    import psycopg

say = messages("project")


def open_database(address: DatabaseAddress, *, accept_edits: bool = False) -> Project:
    """
    Open a project from a database.

    Parameters
    ----------
    address
        Of the database, and the county where it holds several.
    accept_edits
        Take rows that another program has changed since, as they are now.

    Returns
    -------
    project
        With `Project.only_banks` set where the role sees a part only.

    Raises
    ------
    ProjectError
        If the database cannot be reached or holds no such project, or rows are not those that were saved.
    """
    with connected(address, snapshot=True) as connection:
        database_id = require_layout(connection, address)
        county = county_to_open(connection, address)
        found = address.of(county)
        scope = scope_in(connection, county)
        records = part_records(connection, county)
        if (PROJECT_PART, NOBODY) not in records:
            raise ProjectError(
                say(
                    "{address} is damaged: its list of parts lacks the project itself. Restore a backup.",
                    address=str(found),
                )
            )
        heading = records[PROJECT_PART, NOBODY].heading()
        there = tables_there(connection)
        parts = {
            name: _read(connection, county, name, {bank: r for (table, bank), r in records.items() if table == name})
            for name in counted("tables", [name for name in STORED_TABLES if name in there])
        }
        edited = _edited(parts, records)
        if edited and not accept_edits:
            raise _refusal(found, records, edited)
        as_found = {key: seals(connection, county, key[0], [key[1]])[key[1]] for key in edited}
    step("grids")
    stored = {name: joined(each, name=name) for name, each in parts.items() if each}
    project = decode_project(
        stored,
        name=heading.name,
        profile=heading.profile,
        roads=heading.roads,
        changed=sorted({table for table, _bank in edited}),
    )
    project.only_banks = scope.sees
    project.origins[found] = DatabaseOrigin.of(database_id, county, records, edited=as_found)
    return project


def _read(connection: psycopg.Connection[Any], county: str, name: str, records: Mapping[str, PartRecord]) -> list[Part]:
    """Return the parts of a table as the database holds them; rows of banks that have no part get one."""
    from psycopg import sql

    query = sql.SQL(
        "SELECT bank_id, attributes::text, ST_AsBinary(geom, 'NDR') FROM gridpart.{} WHERE county = %s "
        "ORDER BY position, bank_id, row_key"
    )
    places: dict[str, list[int]] = {bank: [] for bank in records}
    attributes: dict[str, list[str]] = {bank: [] for bank in records}
    shapes: dict[str, list[bytes | None]] = {bank: [] for bank in records}
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(query.format(sql.Identifier(name)), (county,)).fetchall()
    for place, (bank, row, shape) in enumerate(rows):
        places.setdefault(bank, []).append(place)
        attributes.setdefault(bank, []).append(row)
        shapes.setdefault(bank, []).append(shape)
    definitions = {bank: record.table() for bank, record in records.items()}
    other = next(iter(definitions.values()), _no_columns(name))
    return [
        Part(
            bank,
            table_of(from_json(attributes[bank]), shapes[bank], definition=definitions.get(bank, other)),
            tuple(places[bank]),
        )
        for bank in places
    ]


def _no_columns(name: str) -> TableDefinition:
    return TableDefinition(name=name, rows=0, columns=(), id_column="fid", digest="")


def _edited(parts: Mapping[str, list[Part]], records: Mapping[PartKey, PartRecord]) -> dict[PartKey, str]:
    """Return each part that is not what was saved, and how it differs."""
    found: dict[PartKey, str] = {}
    for name, each in parts.items():
        for part in each:
            record = records.get((name, part.bank_id))
            if record is None:
                found[name, part.bank_id] = say("{n:,} rows that gridpart did not save", n=part.table.definition.rows)
            elif how := difference(record.table(), part.table.definition):
                found[name, part.bank_id] = how
    return found


def said_part(key: PartKey) -> Message:
    """Return what a part is called in a message."""
    table, bank = key
    return say("{table!r} of bank {bank}", table=table, bank=bank) if bank else say("{table!r}", table=table)


def _refusal(
    address: DatabaseAddress, records: Mapping[PartKey, PartRecord], edited: Mapping[PartKey, str]
) -> ProjectError:
    return ProjectError(
        say(
            "{address} was changed by another program than gridpart: {changes}. Nothing was opened. If the change is "
            "meant (made in QGIS or by SQL, say), open it with `accept_edits=True`; otherwise restore a backup.",
            address=str(address),
            changes=Joined((_change(key, how, records.get(key)) for key, how in edited.items()), clauses),
        )
    )


def _change(key: PartKey, how: str, record: PartRecord | None) -> Message:
    change = say("{part} has {how}", part=said_part(key), how=how)
    if record is None:
        return change
    return say("{change} (saved by {who} at {when})", change=change, who=record.saved_by, when=record.saved_at)
