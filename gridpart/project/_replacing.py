"""Put a finished file in the place of another in one step, and tidy up after saves that were killed."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from gridpart.errors import ProjectError
from gridpart.i18n import messages

say = messages("project")

_SIDE_FILES = ("-journal", "-wal", "-shm")
_BUSY_S = 5.0
_CANNOT_FLUSH = (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES)
_SHOWN_LETTERS = 24


def temporary_beside(target: Path) -> Path:
    """Return a name that no other save uses, in the folder of the target and hidden."""
    return target.with_name(f"{_prefix(target)}{secrets.token_hex(8)}.saving.gpkg")


def _prefix(target: Path) -> str:
    """Return what the names of all temporary files of one target begin with; short, for names have a limit."""
    code = hashlib.sha256(os.fsencode(target.name)).hexdigest()[:10]
    return f".{target.stem[:_SHOWN_LETTERS]}-{code}-"


def remove_leftovers(target: Path) -> None:
    """Remove what killed saves of this target left. The caller holds the lock, so no save is under way."""
    pattern = re.compile(re.escape(_prefix(target)) + r"[0-9a-f]{16}\.saving\.gpkg(-journal|-wal|-shm)?")
    for path in target.parent.iterdir():
        if pattern.fullmatch(path.name):
            path.unlink(missing_ok=True)


def remove_with_side_files(path: Path) -> None:
    """Remove a temporary file and what SQLite put beside it."""
    for name in (path.name, *(path.name + suffix for suffix in _SIDE_FILES)):
        path.with_name(name).unlink(missing_ok=True)


def has_side_files(path: Path) -> bool:
    """Tell whether SQLite left a journal or log beside a file, after a crash or because it is in use."""
    return any(path.with_name(path.name + suffix).exists() for suffix in _SIDE_FILES[:2])


def connect(path: Path, *, writable: bool = False) -> sqlite3.Connection:
    """
    Open a file of unknown origin with SQLite, so that nothing stored in its schema is executed.

    Parameters
    ----------
    path
        An existing file.
    writable
        Whether SQLite may write: it must where a crash has to be recovered.
    """
    address = f"{path.absolute().as_uri()}?mode={'rw' if writable else 'ro'}"
    connection = sqlite3.connect(address, uri=True, timeout=_BUSY_S, isolation_level=None)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    if not writable:
        connection.execute("PRAGMA query_only = ON")
    return connection


def recover(path: Path) -> None:
    """
    Let SQLite finish or undo what a crashed program left half done, and empty its log into the file.

    A file can be set to use a log without having one: the next program to look at it would begin one.

    Raises
    ------
    ProjectError
        If another program, QGIS say, has the file open in a way that forbids it to be replaced.
    """
    try:
        with closing(connect(path, writable=True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise _in_use(path, str(error)) from error
    if mode != "delete" or has_side_files(path):
        raise _in_use(path, say("journal mode {mode}", mode=mode))


def _in_use(path: Path, reason: str) -> ProjectError:
    return ProjectError(
        say(
            "{path} cannot be replaced: another program (QGIS?) has it open, or its journal cannot be recovered "
            "({reason}). Nothing was changed. Close the file there and save again, or save under another name.",
            path=path,
            reason=reason,
        )
    )


def put_in_place(temporary: Path, target: Path) -> None:
    """
    Replace the target by the temporary file in one step, both safe on disk.

    Raises
    ------
    ProjectError
        If another program is writing into the target.
    OSError
        If the system refuses; the target is as it was.
    """
    if target.exists():
        shutil.copymode(target, temporary)
    _flush(temporary)
    if os.name == "nt":  # Windows replaces no file that is open
        recover(target)
        os.replace(temporary, target)  # noqa: PTH105 - the name of the step that counts
        return
    with _no_other_writer(target):
        os.replace(temporary, target)  # noqa: PTH105 - the name of the step that counts
    try:
        _flush(target.parent)
    except OSError as error:  # some network file systems cannot flush a folder; the file is in its place
        if error.errno not in _CANNOT_FLUSH:
            raise


@contextmanager
def _no_other_writer(target: Path) -> Iterator[None]:
    """Keep other programs from beginning to write into the target, or from opening a log beside it; reading goes on."""
    if not target.exists() or target.stat().st_size == 0:
        yield
        return
    try:
        connection = connect(target, writable=True)
    except sqlite3.DatabaseError as error:
        raise _in_use(target, str(error)) from error
    with closing(connection):
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.DatabaseError as error:
            raise _in_use(target, str(error)) from error
        if has_side_files(target):
            raise _in_use(target, say("a journal appeared beside it"))
        yield


def _flush(path: Path) -> None:
    """Wait until a file, or the list of names of a folder, is on disk."""
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
