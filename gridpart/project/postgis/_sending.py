"""Rows on their way into the database: only those that differ, put in by key, read back before anything counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyproj

from gridpart.errors import ProjectError
from gridpart.i18n import Message, messages
from gridpart.project.postgis._cutting import Cut, SealedHeading
from gridpart.project.postgis._parts import NOBODY, Part, keys
from gridpart.project.postgis._records import seals
from gridpart.project.postgis._rows import as_json, attributes_of, digest_of_row

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

say = messages("project")

_INCOMING = "gridpart_incoming"
RowKey = tuple[str, str]
"""Bank, and key within the part."""


@dataclass
class Sender:
    """
    Writes what differs.

    Parameters
    ----------
    connection, county
        Where to.
    revision
        Of the county when this is done.
    next_position
        Where in its table a new row stands that comes last.
    saved_at, saved_by
        When and by whom.
    """

    connection: psycopg.Connection[Any]
    county: str
    revision: int
    next_position: int
    saved_at: str
    saved_by: str
    _parts: dict[str, dict[str, Part]] = field(default_factory=dict)
    """Parts that were written, by table and bank."""

    def table(
        self, cut: Cut, banks: AbstractSet[str], *, edited: AbstractSet[str], gone: Sequence[str], reorder: bool
    ) -> None:
        """
        Write the parts of a table that differ.

        Parameters
        ----------
        cut
            The table.
        banks
            Whose parts differ.
        edited
            Whose rows are written even where they seem to be what is there.
        gone
            Whose parts are removed.
        reorder
            Whether rows of different banks follow each other in another order than before.
        """
        if not (banks or gone or reorder):
            return
        touched = [part for part in cut.parts if reorder or part.bank_id in banks]
        found = self._index(cut.name, [*(part.bank_id for part in touched), *gone])
        outgoing: list[_Row] = []
        kept: set[RowKey] = set()
        for group in [touched] if reorder else [[part] for part in touched]:
            rows = _rows_of(group)
            positions = self._positions([found.get(row.key, (None, ""))[0] for row in rows])
            for row, position in zip(rows, positions, strict=True):
                kept.add(row.key)
                row.position = position
                if row.key[0] in edited or found.get(row.key) != (position, row.digest):
                    outgoing.append(row)
        self._remove(cut.name, [key for key in found if key not in kept])
        self._put(cut.name, outgoing, srid=self._srid(cut))
        self._parts[cut.name] = {part.bank_id: part for part in touched}
        for part in touched:
            if part.bank_id in banks or (reorder and part.bank_id == NOBODY):
                definition = part.table.definition.model_dump_json()
                interleaving = cut.interleaving if reorder and part.bank_id == NOBODY else None
                self._record(cut.name, part.bank_id, part.digest, interleaving, definition)
        for bank in gone:
            self.connection.execute(
                "DELETE FROM gridpart.parts WHERE county = %s AND table_name = %s AND bank_id = %s",
                (self.county, cut.name, bank),
            )

    def heading(self, name: str, heading: SealedHeading) -> None:
        """Write what is no table."""
        self._record(name, NOBODY, heading.digest, None, heading.text)

    def finish(self) -> None:
        """Note the new revision of the county, and what the server makes of the rows that were written."""
        for table, parts in self._parts.items():
            for bank, seal in seals(self.connection, self.county, table, parts).items():
                self.connection.execute(
                    "UPDATE gridpart.parts SET seal = %s WHERE (county, table_name, bank_id) = (%s, %s, %s)",
                    (seal, self.county, table, bank),
                )
        self.connection.execute(
            "UPDATE gridpart.counties SET revision = %s, next_position = %s, saved_at = %s, saved_by = %s "
            "WHERE county = %s",
            (self.revision, self.next_position, self.saved_at, self.saved_by, self.county),
        )

    def _index(self, table: str, banks: Sequence[str]) -> dict[RowKey, tuple[int, str]]:
        """Return position and digest of each row that is stored."""
        from psycopg import sql

        query = sql.SQL(
            "SELECT bank_id, row_key, position, digest FROM gridpart.{} WHERE county = %s AND bank_id = ANY(%s)"
        ).format(sql.Identifier(table))
        with self.connection.cursor(binary=True) as cursor:
            rows = cursor.execute(query, (self.county, list(banks)))
            return {(bank, key): (position, digest) for bank, key, position, digest in rows}

    def _positions(self, before: Sequence[int | None]) -> list[int]:
        """
        Return where rows stand, in rising order: where they stood, if that is in order and new rows come last.

        Otherwise the positions that they have, and new ones, are dealt out again; those of other rows are left alone.
        """
        had = [position for position in before if position is not None]
        new = range(self.next_position, self.next_position + len(before) - len(had))
        self.next_position = new.stop
        in_order = before[: len(had)] == had and all(one < two for one, two in pairwise(had))
        return [*had, *new] if in_order else [*sorted(had), *new]

    def _remove(self, table: str, gone: Sequence[RowKey]) -> None:
        from psycopg import sql

        if not gone:
            return
        query = sql.SQL(
            "DELETE FROM gridpart.{} WHERE county = %s AND (bank_id, row_key) IN "
            "(SELECT * FROM unnest(%s::text[], %s::text[]))"
        ).format(sql.Identifier(table))
        banks, names = [bank for bank, _ in gone], [name for _, name in gone]
        self.connection.execute(query, (self.county, banks, names))

    def _put(self, table: str, rows: Sequence[_Row], *, srid: int) -> None:
        """Copy rows to a table of this connection alone, and from there put them in by key."""
        from psycopg import sql

        if not rows:
            return
        self.connection.execute(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {_INCOMING} (bank_id text, row_key text, position bigint, "
            "digest text, attributes jsonb, shape bytea) ON COMMIT DROP"
        )
        incoming = sql.SQL("pg_temp.{}").format(sql.Identifier(_INCOMING))
        self.connection.execute(sql.SQL("TRUNCATE {}").format(incoming))
        with self.connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(incoming)) as copy:
            for row in rows:
                copy.write_row((*row.key, row.position, row.digest, row.attributes, row.shape))
        query = sql.SQL(
            "INSERT INTO gridpart.{} AS t (county, bank_id, row_key, position, version, digest, attributes, geom) "
            "SELECT %s, bank_id, row_key, position, %s, digest, attributes, ST_GeomFromWKB(shape, %s) FROM {} "
            "ON CONFLICT (county, bank_id, row_key) DO UPDATE SET position = excluded.position, "
            "version = excluded.version, digest = excluded.digest, attributes = excluded.attributes, "
            "geom = excluded.geom"
        ).format(sql.Identifier(table), incoming)
        self.connection.execute(query, (self.county, self.revision, srid))
        self._require_as_given(table, incoming)

    def _require_as_given(self, table: str, incoming: sql.Composed) -> None:
        """Refuse to go on if a row is not as it was sent, to the bit."""
        from psycopg import sql

        query = sql.SQL(
            "SELECT i.row_key, count(*) OVER () FROM {} i LEFT JOIN gridpart.{} t "
            "ON (t.county, t.bank_id, t.row_key) = (%s, i.bank_id, i.row_key) "
            "WHERE (t.position, t.attributes) IS DISTINCT FROM (i.position, i.attributes) "
            "OR ST_AsBinary(t.geom, 'NDR') IS DISTINCT FROM i.shape ORDER BY i.position LIMIT 1"
        ).format(incoming, sql.Identifier(table))
        odd = self.connection.execute(query, (self.county,)).fetchone()
        if odd is not None:
            raise _not_as_given(table, say("{n:,} rows did not come back as given, first {row}", n=odd[1], row=odd[0]))

    def _srid(self, cut: Cut) -> int:
        """Return the number of a layer's coordinate system; 0 for one without, which PostGIS then does not know."""
        crs = next(
            (column.details["crs"] for column in cut.parts[0].table.definition.columns if column.is_active), None
        )
        code = None if crs is None else _epsg(crs)
        if code is None:
            return 0
        known = self.connection.execute("SELECT count(*) FROM spatial_ref_sys WHERE srid = %s", (code,)).fetchone()
        return code if known and known[0] else 0

    def _record(self, table: str, bank: str, digest: str, interleaving: str | None, definition: str) -> None:
        self.connection.execute(
            "INSERT INTO gridpart.parts AS p (county, table_name, bank_id, revision, saved_at, saved_by, digest, "
            "interleaving, definition) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (county, table_name, bank_id) DO UPDATE SET revision = excluded.revision, "
            "saved_at = excluded.saved_at, saved_by = excluded.saved_by, digest = excluded.digest, "
            "interleaving = coalesce(excluded.interleaving, p.interleaving), definition = excluded.definition",
            (
                self.county,
                table,
                bank,
                self.revision,
                self.saved_at,
                self.saved_by,
                digest,
                interleaving,
                definition,
            ),
        )

    def require_complete(self) -> None:
        """
        Count what was written: every row must be there, and no other, before it counts.

        Raises
        ------
        ProjectError
            If a number differs; the table is named.
        """
        from psycopg import sql

        query = sql.SQL("SELECT bank_id, count(*) FROM gridpart.{} WHERE county = %s GROUP BY bank_id")
        for table, parts in self._parts.items():
            rows = self.connection.execute(query.format(sql.Identifier(table)), (self.county,)).fetchall()
            counts = dict(rows)
            for bank, part in parts.items():
                if counts.get(bank, 0) != part.table.definition.rows:
                    saved = part.table.definition.rows
                    told = say("{n:,} rows of {saved:,} are there", n=counts.get(bank, 0), saved=saved)
                    raise _not_as_given(table, told)


@dataclass
class _Row:
    """A row to be written; `place` is where it stands in the table."""

    key: RowKey
    digest: str
    attributes: str
    shape: bytes | None
    place: int
    position: int = 0


def _rows_of(parts: Iterable[Part]) -> list[_Row]:
    """Return the rows of some parts, in the order of the table."""
    rows = []
    for part in parts:
        texts = as_json(attributes_of(part.table))
        shapes = part.table.geometry or [None] * len(texts)
        for key, text, shape, place in zip(keys(part), texts, shapes, part.rows, strict=True):
            rows.append(_Row((part.bank_id, key), digest_of_row(text, shape), text, shape, place))
    return sorted(rows, key=lambda row: row.place)


def _not_as_given(table: str, told: Message) -> ProjectError:
    return ProjectError(
        say(
            "Nothing was saved: in {table!r} of the database {told}. A trigger or rule there changes rows of gridpart, "
            "or a policy hides them; ask its administrator.",
            table=table,
            told=told,
        )
    )


@lru_cache(maxsize=64)
def _epsg(crs: str) -> int | None:
    return pyproj.CRS.from_wkt(crs).to_epsg()
