"""
Save a project to a database: one transaction, which keeps whatever others put there.

1. Everything is encoded in memory; what cannot be stored is an error before the server is asked.
2. The county is locked. A part that someone else saved since the project was opened is not replaced.
3. Of each part that differs, the rows that differ are sent, put in by key, and rows that are gone are removed. No table
   is made, altered or dropped: grants, policies, indexes and triggers stay.
4. What was written is compared, bit by bit, with what was sent; then all of it is committed in one step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridpart.errors import ProjectError
from gridpart.i18n import Joined, Message, clauses, messages
from gridpart.project._addresses import DatabaseAddress
from gridpart.project._contents import Contents, encode_project
from gridpart.project._lock import signature, utc_now
from gridpart.project._manifest import STORED_TABLES
from gridpart.project.postgis._connection import connected
from gridpart.project.postgis._cutting import Cut, cut_table, heading_of
from gridpart.project.postgis._layout import (
    COMMON_TABLES,
    PROJECT_PART,
    is_prepared,
    prepare,
    require_layout,
    tables_there,
)
from gridpart.project.postgis._parts import NOBODY, banks_of
from gridpart.project.postgis._records import DatabaseOrigin, PartKey, PartRecord, part_records, seals
from gridpart.project.postgis._scope import Scope, county_to_save, scope_in
from gridpart.project.postgis._sending import Sender
from gridpart.project.postgis.opening import said_part
from gridpart.project.project import Project
from gridpart.steps import counted, step, task

if TYPE_CHECKING:
    import psycopg

say = messages("project")

_MAX_LISTED = 8


@task("save", steps=("encoding", "writing", "reading_back"))
def save_database(project: Project, address: DatabaseAddress, *, overwrite_changes: bool = False) -> None:
    """
    Save a project to a database, all or nothing; see `Project.save`.

    Raises
    ------
    ProjectError
        If it cannot be saved; the database is as it was.
    """
    step("encoding")
    contents = encode_project(project)
    step("writing")
    with connected(address) as connection:
        if not is_prepared(connection):
            prepare(connection, address)
        database_id = require_layout(connection, address)
        _require_tables(connection, address)
        known = [each for each in project.origins.values() if isinstance(each, DatabaseOrigin)]
        here = [each for each in known if each.database_id == database_id]
        opened_as = here[-1].county if here else None
        county = county_to_save(connection, address, opened_as=opened_as, name=project.name)
        save = _Save(
            connection=connection,
            address=address.of(county),
            county=county,
            scope=scope_in(connection, county),
            only_banks=project.only_banks,
            origin=next((each for each in reversed(here) if each.county == county), None),
            overwrites=overwrite_changes,
        )
        save.run(project, contents)
        records = part_records(connection, county)
    # known to be saved from here on
    project.origins.pop(save.address, None)
    project.origins[save.address] = DatabaseOrigin.of(database_id, county, records, edited={})


def _require_tables(connection: psycopg.Connection[Any], address: DatabaseAddress) -> None:
    missing = [name for name in STORED_TABLES if name not in tables_there(connection)]
    if missing:
        raise ProjectError(
            say(
                "{address} was prepared by an earlier gridpart: it has no tables {tables}. Run "
                "`gridpart.project.prepare_database(address)` as the owner of the tables; nothing that is there is "
                "changed. Nothing was saved.",
                address=str(address),
                tables=Joined(missing),
            )
        )


@dataclass(frozen=True)
class _Save:
    """One save under way."""

    connection: psycopg.Connection[Any]
    address: DatabaseAddress
    county: str
    scope: Scope
    only_banks: tuple[str, ...] | None
    origin: DatabaseOrigin | None
    overwrites: bool

    def run(self, project: Project, contents: Contents) -> None:
        """Write what differs, or refuse."""
        revision, next_position = self._locked()
        records = part_records(self.connection, self.county)
        self._require_unchanged(records)
        cuts = self._cuts(project, contents, records)
        changed = self._changed(cuts, records)
        gone = self._gone(cuts, records)
        heading = heading_of(contents, name=project.name, profile=project.profile)
        key = (PROJECT_PART, NOBODY)
        heading_changed = heading.digest != self._reference(key, records)
        reordered = [name for name, cut in cuts.items() if self._is_reordered(cut, records.get((name, NOBODY)))]
        self._require_right([*changed, *gone, *([key] if heading_changed else [])])
        if not (changed or gone or heading_changed or reordered):
            return
        self._require_unedited([*changed, *gone], records)
        sender = Sender(self.connection, self.county, revision + 1, next_position, utc_now(), self._signature())
        for name, cut in counted("tables", list(cuts.items())):
            banks = {bank for table, bank in changed if table == name}
            edited = {bank for table, bank in (self.origin.edited if self.origin else ()) if table == name}
            lost = [bank for table, bank in gone if table == name]
            sender.table(cut, banks, edited=edited, gone=lost, reorder=name in reordered)
        if heading_changed:
            sender.heading(PROJECT_PART, heading)
        step("reading_back")
        sender.require_complete()
        sender.finish()

    def _signature(self) -> str:
        return f"{signature()} (role {self.scope.role})"

    def _locked(self) -> tuple[int, int]:
        """Lock the county, which is begun if it is new; return its revision and the next free position of a row."""
        query = "SELECT revision, next_position FROM gridpart.counties WHERE county = %s FOR UPDATE"
        row = self.connection.execute(query, (self.county,)).fetchone()
        if row is None:
            self._require_right([(PROJECT_PART, NOBODY)])
            self.connection.execute(
                "INSERT INTO gridpart.counties VALUES (%s, 0, 0, %s, %s)", (self.county, utc_now(), self._signature())
            )
            return 0, 0
        return int(row[0]), int(row[1])

    def _counts(self, key: PartKey) -> bool:
        """Tell whether a part is one that this save may write: it must be the one that was opened."""
        table, bank = key
        if table in COMMON_TABLES or table == PROJECT_PART:
            return True
        return all(banks is None or bank in banks for banks in (self.only_banks, self.scope.writes))

    def _require_unchanged(self, records: Mapping[PartKey, PartRecord]) -> None:
        """Refuse to replace what someone else saved since the project was opened."""
        if self.overwrites or not records:
            return
        if self.origin is None:
            last = max(records.values(), key=lambda record: record.revision)
            raise ProjectError(
                say(
                    "{address} is there already, saved by {saved_by} at {saved_at}, and this project was not opened "
                    "from there. Nothing was saved. Save under another name with county=, open the one that is there "
                    "and edit that, or replace it with `save(address, overwrite_changes=True)`.",
                    address=str(self.address),
                    saved_by=last.saved_by,
                    saved_at=last.saved_at,
                )
            )
        known = self.origin.parts
        moved = [
            say("{part} by {who} at {when}", part=said_part(key), who=record.saved_by, when=record.saved_at)
            for key, record in records.items()
            if self._counts(key) and known.get(key) != (record.revision, record.digest)
        ]
        gone = [key for key in known if self._counts(key) and key not in records]
        moved += [say("{part}, which was removed", part=said_part(key)) for key in gone]
        if moved:
            shown: Message = Joined(moved[:_MAX_LISTED], clauses)
            if len(moved) > _MAX_LISTED:
                shown = say("{parts}; and {n} more", parts=shown, n=len(moved) - _MAX_LISTED)
            raise ProjectError(
                say(
                    "{address} was changed after it was opened here: {shown}. Nothing was saved. Save your project "
                    "as a .gpkg file, open the county again and repeat your changes, comparing with that file; or "
                    "lose those of the other with `save(address, overwrite_changes=True)`.",
                    address=str(self.address),
                    shown=shown,
                )
            )

    def _require_unedited(self, keys: list[PartKey], records: Mapping[PartKey, PartRecord]) -> None:
        """Refuse to replace rows that another program changed, QGIS say or SQL by hand."""
        if self.overwrites:
            return
        accepted = {} if self.origin is None else self.origin.edited
        known = {key: accepted.get(key, records[key].seal if key in records else "") for key in keys}
        odd = []
        for table in sorted({table for table, _bank in keys}):
            found = seals(self.connection, self.county, table, [bank for name, bank in keys if name == table])
            odd += [(table, bank) for bank, seal in found.items() if seal != known[table, bank]]
        if odd:
            raise ProjectError(
                say(
                    "{address}: another program than gridpart changed {parts} since it was opened here. Nothing was "
                    "saved. Save your project as a .gpkg file, open the county again with `accept_edits=True` and "
                    "repeat your changes; or lose those of the other with `save(address, overwrite_changes=True)`.",
                    address=str(self.address),
                    parts=Joined(map(said_part, odd)),
                )
            )

    def _cuts(self, project: Project, contents: Contents, records: Mapping[PartKey, PartRecord]) -> dict[str, Cut]:
        """Return every table of the project in parts."""
        tables = {table.definition.name: table for table in contents.tables}
        cells = _cells_of(project)
        filed = banks_of(tables["records"], "record_id")
        banks = project.bank_ids if self.only_banks is None else list(self.only_banks)
        return {
            name: cut_table(
                tables[name],
                stored_in=(self.connection, self.county) if any(key[0] == name for key in records) else None,
                cells=cells,
                records=filed,
                banks=banks,
                scope=self.scope,
                is_whole=self.only_banks is None,
            )
            for name in STORED_TABLES
        }

    def _reference(self, key: PartKey, records: Mapping[PartKey, PartRecord]) -> str | None:
        """Return the digest of a part as the project knows it: what differs from it was changed here."""
        if self.origin is not None and not self._counts(key):
            return self.origin.parts.get(key, (0, None))[1]
        record = records.get(key)
        return None if record is None else record.digest

    def _changed(self, cuts: Mapping[str, Cut], records: Mapping[PartKey, PartRecord]) -> list[PartKey]:
        edited = {} if self.origin is None else self.origin.edited
        return [
            key
            for name, cut in cuts.items()
            for part in cut.parts
            if (key := (name, part.bank_id)) in edited or part.digest != self._reference(key, records)
        ]

    def _gone(self, cuts: Mapping[str, Cut], records: Mapping[PartKey, PartRecord]) -> list[PartKey]:
        """Return the parts that the project held when it was opened and holds no more."""
        kept = {(name, part.bank_id) for name, cut in cuts.items() for part in cut.parts}
        return [
            (name, bank)
            for name, bank in records
            if name != PROJECT_PART
            and (name, bank) not in kept
            and (self.only_banks is None or bank in self.only_banks)
        ]

    def _is_reordered(self, cut: Cut, record: PartRecord | None) -> bool:
        """Tell whether rows of the banks follow each other in another order; only who writes all can say."""
        if self.only_banks is not None or self.scope.writes is not None:
            return False
        return record is None or record.interleaving != cut.interleaving

    def _require_right(self, keys: list[PartKey]) -> None:
        """Refuse what the role may not write before the server does, in words."""
        writes, held = self.scope.writes, self.only_banks
        odd = [key for key in keys if writes is not None and key[1] not in writes]
        odd += [key for key in keys if held is not None and key[1] not in (*held, NOBODY)]
        if odd:
            listed = Joined(said_part(key) for key in sorted(set(odd))[:_MAX_LISTED])
            may = say("banks {banks}", banks=Joined(writes)) if writes else say("nothing")
            held_banks = (
                ""
                if held is None
                else say(", and the project was opened with rows of {banks} only", banks=Joined(held))
            )
            raise ProjectError(
                say(
                    "Role {role} may write {may} in {address}{held_banks}; this save would change {listed}. Nothing "
                    "was saved. Undo that change, or have it saved by a role that may.",
                    role=self.scope.role,
                    may=say("everything") if writes is None else may,
                    address=str(self.address),
                    held_banks=held_banks,
                    listed=listed,
                )
            )


def _cells_of(project: Project) -> dict[str, str]:
    """Return the bank of each cell; a cell id that two banks use belongs to none."""
    found: dict[str, str] = {}
    for bank, grid in project.grids.items():
        for cell in grid.cells["cell_id"]:
            found[str(cell)] = bank if found.get(str(cell), bank) == bank else NOBODY
    return found
