"""Tables that other programs keep in a project file (map styles of QGIS, layers of one's own) outlive a save."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

from gridpart.project._manifest import MANIFEST_TABLE, STORED_TABLES
from gridpart.project._reading import quoted
from gridpart.project._replacing import connect

_OURS = frozenset(name.lower() for name in (*STORED_TABLES, MANIFEST_TABLE))
_SYSTEM = re.compile(r"(gpkg_|rtree_|sqlite_)")
_SYSTEM_TRIGGER = re.compile(r"(gpkg_|rtree_|trigger_(insert|delete)_feature_count_)")


def tables_of_others(connection: sqlite3.Connection) -> list[str]:
    """Return the tables that gridpart did not write, sorted."""
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return sorted(name for name in names if name.lower() not in _OURS and not _SYSTEM.match(name.lower()))


def copy_with_others(source: Path, temporary: Path) -> None:
    """
    Begin a new file as a copy of the one it will replace; gridpart's own tables are then written anew.

    Views and triggers that other programs defined are left out: they could change what is written.
    """
    with closing(connect(source)) as old, closing(sqlite3.connect(temporary)) as new:
        old.backup(new)
    with closing(connect(temporary, writable=True)) as connection:
        rows = connection.execute("SELECT type, name FROM sqlite_master WHERE type IN ('view', 'trigger')").fetchall()
        for kind, name in rows:
            if kind == "view" or not _SYSTEM_TRIGGER.match(name.lower()):
                connection.execute(f"DROP {kind} {quoted(name)}")


def compact(path: Path) -> None:
    """Remove what deleted rows left in the free pages of a file."""
    with closing(connect(path, writable=True)) as connection:
        connection.execute("VACUUM")
