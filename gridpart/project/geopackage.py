"""
A project in one GeoPackage file: opened with checks, saved all or nothing.

A save goes through these steps; a kill at any of them leaves the old file or the new one, whole.

1. Everything is encoded in memory; what cannot be stored is an error before the disk is touched.
2. The lock beside the file is taken, and what killed saves left is removed.
3. SQLite recovers the file if another program crashed in it. A file that is not a project, or that changed since it was
   opened, is not replaced.
4. A new file is written beside it, read back, and compared value by value with what was to be stored.
5. The new file is flushed to disk and takes the place of the old one in one step; then the folder is flushed.

Plain overwriting with GDAL lost a layer in a third of kills, and a file replaced while a journal of SQLite lay
beside it held wrong rows or was corrupt.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import sqlite3
import warnings
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from gridpart.errors import ProjectError
from gridpart.i18n import Joined, Message, clauses, messages
from gridpart.project._contents import Contents, decode_project, digest_of, encode_project
from gridpart.project._lock import signature, utc_now, writing_alone
from gridpart.project._manifest import FORMAT, Manifest, Origin, TableDefinition
from gridpart.project._others import compact, copy_with_others, tables_of_others
from gridpart.project._reading import feature_counts, read_manifest, read_table, reading
from gridpart.project._replacing import (
    put_in_place,
    recover,
    remove_leftovers,
    remove_with_side_files,
    temporary_beside,
)
from gridpart.project._tables import StoredTable, difference
from gridpart.project._writing import write_file
from gridpart.project.project import Project
from gridpart.steps import counted, step, task

say = messages("project")


def open_geopackage(path: str | Path, *, accept_edits: bool = False) -> Project:
    """
    Open a project from a GeoPackage.

    Parameters
    ----------
    path
        File that `Project.save` wrote.
    accept_edits
        Take tables that another program, QGIS say, has changed since, as they are now.

    Raises
    ------
    ProjectError
        If there is no such file, it is no project, was written by a newer gridpart, or holds other rows than were
        saved (the table is named).
    """
    file = Path(path)
    if not file.is_file():
        raise ProjectError(
            say(
                "{file} is {what}; a project is a .gpkg file that gridpart saved.",
                file=file,
                what=say("a folder") if file.is_dir() else say("not there"),
            )
        )
    target = file.resolve()
    stamp = _stamp(target)
    with reading(target) as connection:
        manifest = read_manifest(connection, file)
        counts = feature_counts(connection)
        stored = {table.name: read_table(connection, table, path=file) for table in counted("tables", manifest.tables)}
    changed = _changed(manifest.tables, stored.values())
    if changed and not accept_edits:
        raise _edited(file, manifest, changed)
    _warn_of_counts(file, stored.values(), counts)
    step("grids")
    project = decode_project(
        stored,
        name=manifest.name,
        profile=manifest.profile,
        roads=manifest.roads,
        changed=[name for name, _ in changed],
    )
    project.only_banks = manifest.only_banks
    project.origins[target] = Origin.of(manifest, stamp=stamp, contents=_contents_digest(stored.values()))
    return project


def _stamp(path: Path) -> tuple[int, int, int]:
    """Return what changes whenever a file is written or replaced."""
    status = path.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _contents_digest(stored: Iterable[StoredTable]) -> str:
    return hashlib.sha256(" ".join(table.definition.digest for table in stored).encode()).hexdigest()


def _changed(definitions: Iterable[TableDefinition], stored: Iterable[StoredTable]) -> list[tuple[str, str]]:
    """Return each table that differs from its definition, and how."""
    pairs = zip(definitions, stored, strict=True)
    return [(saved.name, how) for saved, table in pairs if (how := difference(saved, table.definition))]


def _edited(path: Path, manifest: Manifest, changed: list[tuple[str, str]]) -> ProjectError:
    return ProjectError(
        say(
            "{path} was changed by another program after {who} saved it at {when}: table {tables}. Nothing was opened. "
            "If the change is meant (made in QGIS, say), open it with `accept_edits=True`; otherwise open a backup.",
            path=path,
            who=manifest.saved_by,
            when=manifest.saved_at,
            tables=Joined((say("{table!r} has {how}", table=name, how=how) for name, how in changed), clauses),
        )
    )


def _warn_of_counts(path: Path, stored: Iterable[StoredTable], counts: dict[str, int]) -> None:
    """Other programs read only as many rows as the file says; gridpart reads all, and the next save mends the count."""
    for table in stored:
        name, rows = table.definition.name, table.definition.rows
        if counts.get(name, rows) != rows:
            message = (
                f"{path}: layer {name!r} has {rows:,} rows but its feature_count says {counts[name]:,}, so that other "
                "programs lose or invent rows. All rows were read here; saving the project mends the count."
            )
            warnings.warn(message, UserWarning, stacklevel=4)


@task("save", steps=("encoding", "writing", "reading_back"))
def save_geopackage(project: Project, path: str | Path, *, overwrite_changes: bool = False) -> None:
    """
    Save a project to a GeoPackage, all or nothing; see `Project.save`.

    Raises
    ------
    ProjectError
        If it cannot be saved; the file is as it was.
    """
    target = _target(path)
    step("encoding")
    contents = encode_project(project)
    step("writing")
    with writing_alone(target):
        try:
            remove_leftovers(target)
            previous, others = _previous(project, target, overwrite_changes=overwrite_changes)
            manifest = _manifest(project, contents, revision=1 if previous is None else previous.revision + 1)
            _write_and_replace(target, contents, manifest, keep_others=bool(others))
        except (OSError, sqlite3.DatabaseError) as error:
            raise ProjectError(
                say("{target} could not be saved: {error}. It is as it was.", target=target, error=error)
            ) from error
        project.origins[target] = Origin.of(manifest, stamp=_stamp(target), contents=_contents_digest(contents.tables))


def _target(path: str | Path) -> Path:
    target = Path(path).resolve()  # a link stays a link: what it points to is replaced
    if target.suffix.lower() != ".gpkg":
        raise ProjectError(
            say("{path} must end in .gpkg: a project is saved as a GeoPackage. Nothing was saved.", path=path)
        )
    if target.exists() and not os.access(target, os.W_OK):
        raise ProjectError(say("{path} cannot be saved: it is read-only. Save under another name.", path=path))
    if target.is_dir() or not target.parent.is_dir():
        raise ProjectError(
            say(
                "{path} cannot be saved: {why}.",
                path=path,
                why=say("it is a folder")
                if target.is_dir()
                else say("there is no folder {folder}", folder=target.parent),
            )
        )
    return target


def _previous(project: Project, target: Path, *, overwrite_changes: bool) -> tuple[Manifest | None, list[str]]:
    """Return manifest and foreign tables of the file to be replaced; refuse if it is not ours to replace."""
    if not target.exists() or target.stat().st_size == 0:
        return None, []
    with reading(target) as connection:
        read_manifest(connection, target)  # a foreign file is refused before anything about it is touched
    recover(target)
    known = project.origins.get(target)
    origin = known if isinstance(known, Origin) else None
    with reading(target) as connection:
        manifest = read_manifest(connection, target)
        others = tables_of_others(connection)
        if origin is None or overwrite_changes or origin.stamp == _stamp(target):
            return manifest, others
        if manifest.digest != origin.digest or manifest.revision != origin.revision:
            by = say(
                "by {who} at {when} (revision {revision})",
                who=manifest.saved_by,
                when=manifest.saved_at,
                revision=manifest.revision,
            )
            raise _conflict(target, by, origin)
        stored = [read_table(connection, table, path=target) for table in manifest.tables]
    if _contents_digest(stored) != origin.contents:
        written = dt.datetime.fromtimestamp(target.stat().st_mtime, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        tables = Joined(name for name, _ in _changed(manifest.tables, stored))
        by = say("by another program, such as QGIS, at {when} (tables: {tables})", when=written, tables=tables)
        raise _conflict(target, by, origin)
    return manifest, others


def _conflict(target: Path, by: Message, origin: Origin) -> ProjectError:
    return ProjectError(
        say(
            "{target} was changed {who_and_when} after it was opened here (revision {revision}, saved at {saved_at}). "
            "Nothing was saved. Save under another name and compare, open the file again and repeat your changes, or "
            "lose those of the other with `save(path, overwrite_changes=True)`.",
            target=target,
            who_and_when=by,
            revision=origin.revision,
            saved_at=origin.saved_at,
        )
    )


def _version() -> str:
    try:
        return metadata.version("gridpart")
    except metadata.PackageNotFoundError:  # run from a source folder that is not installed
        return "not installed"


def _manifest(project: Project, contents: Contents, *, revision: int) -> Manifest:
    return Manifest(
        format=FORMAT,
        gridpart=_version(),
        name=project.name,
        revision=revision,
        saved_at=utc_now(),
        saved_by=signature(),
        profile=project.profile,
        roads=contents.roads,
        tables=tuple(table.definition for table in contents.tables),
        digest=digest_of(contents, name=project.name, profile=project.profile),
        only_banks=project.only_banks,
    )


def _write_and_replace(target: Path, contents: Contents, manifest: Manifest, *, keep_others: bool) -> None:
    temporary = temporary_beside(target)
    try:
        if keep_others:
            copy_with_others(target, temporary)
        write_file(temporary, contents.tables, manifest)
        if keep_others:
            compact(temporary)
        _require_exact(temporary, target, manifest)
        put_in_place(temporary, target)
    finally:
        remove_with_side_files(temporary)


def _require_exact(temporary: Path, target: Path, manifest: Manifest) -> None:
    """Read back what was written: every row and every value must be there before it may replace anything."""
    step("reading_back")
    try:
        with reading(temporary) as connection:
            written = read_manifest(connection, temporary)
            stored = [read_table(connection, table, path=temporary) for table in manifest.tables]
            counts = feature_counts(connection)
    except ProjectError as error:  # GDAL does not notice every write that fails
        raise ProjectError(
            say(
                "{target} could not be written completely. Is the disk full? It is as it was. {error}",
                target=target,
                error=error,
            )
        ) from error
    wrong: list[str] = [say("{table} ({how})", table=name, how=how) for name, how in _changed(manifest.tables, stored)]
    wrong += [name for table in stored if counts.get(name := table.definition.name, -1) != table.definition.rows]
    if wrong or written != manifest:
        raise ProjectError(
            say(
                "{target} was not saved: what was written did not read back as given: {tables}. It is as it was.",
                target=target,
                tables=Joined(wrong) or say("manifest"),
            )
        )
