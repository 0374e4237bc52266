"""What the database says about a project: its parts, when and by whom each was saved."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from pydantic import ValidationError

from gridpart.errors import ProjectError
from gridpart.i18n import messages
from gridpart.profiles import Profile
from gridpart.project._manifest import FORMAT, RoadsDefinition, Strict, TableDefinition

if TYPE_CHECKING:
    import psycopg

say = messages("project")

_Model = TypeVar("_Model", bound=Strict)

PartKey: TypeAlias = tuple[str, str]
"""Name of the table, and bank."""


class Heading(Strict):
    """
    What is no table of a project.

    Attributes
    ----------
    format
        Version of the format of tables, as in files.
    name, profile, roads
        See `Manifest`.
    """

    format: int
    name: str
    profile: Profile
    roads: RoadsDefinition


@dataclass(frozen=True)
class PartRecord:
    """
    One row of the list of parts.

    Attributes
    ----------
    revision, saved_at, saved_by
        Revision of the county in which it was saved last, when and by whom.
    digest
        See `Part.digest`.
    seal
        What `seals` said of the rows when they were saved.
    interleaving
        Digest of the order in which rows of banks follow each other in the table; with nobody's part only.
    definition
        JSON of a `TableDefinition`, or of a `Heading`.
    """

    revision: int
    saved_at: str
    saved_by: str
    digest: str
    seal: str
    interleaving: str | None
    definition: Any

    def table(self) -> TableDefinition:
        """
        Return how the part is stored.

        Raises
        ------
        ProjectError
            If the definition does not hold what it should.
        """
        return _validated(TableDefinition, self.definition)

    def heading(self) -> Heading:
        """
        Return the heading of a project.

        Raises
        ------
        ProjectError
            If it does not hold what it should, or was written by a newer gridpart.
        """
        found = self.definition.get("format") if isinstance(self.definition, dict) else None
        if not isinstance(found, int) or found > FORMAT:
            raise ProjectError(
                say(
                    "The project in the database was written by a newer gridpart: its format is {found}, this "
                    "gridpart reads up to {newest}. Update gridpart to open it. Nothing was changed.",
                    found=found,
                    newest=FORMAT,
                )
            )
        return _validated(Heading, self.definition)


def _validated(model: type[_Model], definition: object) -> _Model:
    try:
        return model.model_validate_json(json.dumps(definition))
    except ValidationError as error:
        raise ProjectError(
            say(
                "The project in the database is damaged: a definition does not hold what it should. {error}",
                error=error,
            )
        ) from error


def part_records(connection: psycopg.Connection[Any], county: str) -> dict[PartKey, PartRecord]:
    """Return the parts of a county that a role sees."""
    query = (
        "SELECT table_name, bank_id, revision, saved_at, saved_by, digest, seal, interleaving, definition "
        "FROM gridpart.parts WHERE county = %s ORDER BY table_name, bank_id"
    )
    return {(table, bank): PartRecord(*rest) for table, bank, *rest in connection.execute(query, (county,))}


def seals(connection: psycopg.Connection[Any], county: str, table: str, banks: Iterable[str]) -> dict[str, str]:
    """Return what the server makes of the rows of each bank: another value once somebody changed one."""
    from psycopg import sql

    wanted = list(banks)
    query = sql.SQL(
        "SELECT bank_id, md5(string_agg(md5(attributes::text || coalesce(geom::text, '-')), '' "
        'ORDER BY row_key COLLATE "C")) FROM gridpart.{} WHERE county = %s AND bank_id = ANY(%s) GROUP BY bank_id'
    ).format(sql.Identifier(table))
    return dict.fromkeys(wanted, "") | dict(connection.execute(query, (county, wanted)).fetchall())


@dataclass(frozen=True)
class DatabaseOrigin:
    """
    State of a project in a database when it was opened from there or saved there.

    Attributes
    ----------
    database_id, county
        Which project, whatever the address.
    parts
        Revision and digest of each part that the role saw.
    edited
        Parts that another program changed and that were taken as they were, with their seals: the next save writes all
        their rows.
    """

    database_id: str
    county: str
    parts: Mapping[PartKey, tuple[int, str]]
    edited: Mapping[PartKey, str] = field(default_factory=dict)

    @staticmethod
    def of(
        database_id: str, county: str, records: Mapping[PartKey, PartRecord], *, edited: Mapping[PartKey, str]
    ) -> DatabaseOrigin:
        """Return the state in which these parts are."""
        parts = {key: (record.revision, record.digest) for key, record in records.items()}
        return DatabaseOrigin(database_id, county, parts, edited)
