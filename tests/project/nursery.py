"""
A process that has everything imported and starts one writer per line of its input, so that killing many is quick.

Each line is ``<what> <path>``, where a path may be the address of a database; the answer is the process id of the
writer. An empty line waits for it to end.
"""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from project.small_county import require_whole, set_state, small_project

from gridpart.errors import ProjectError
from gridpart.project import DatabaseAddress, open_project, place_of
from gridpart.project._lock import writing_alone


def save_for_ever(path: Path | DatabaseAddress) -> None:
    """Open the project and save one new state after the other."""
    project = open_project(path)
    state = require_whole(project)
    while True:
        state += 1
        set_state(project, state)
        project.save(path)


def hold_lock(path: Path) -> None:
    """Hold the lock of a file and say so in ``<path>.held``."""
    with writing_alone(path):
        path.with_name(path.name + ".held").touch()
        time.sleep(600)


def edit_ledger(path: Path | DatabaseAddress) -> None:
    """Add five rows to the ledger, one save each; after a conflict open the project again."""
    added = 0
    while added < 5:
        project = open_project(path)
        project.ledger.loc[len(project.ledger)] = [f"{os.getpid()}-{added}", 0]
        try:
            project.save(path)
        except ProjectError as error:
            if "was changed " not in str(error):
                raise
        else:
            added += 1


def fill_disk(path: Path) -> None:
    """Save where no file may grow beyond half of what is needed; write the outcome to ``<path>.outcome``."""
    project = small_project(99)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limit = path.stat().st_size // 2
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        project.save(path)
        outcome = "saved"
    except ProjectError as error:
        outcome = str(error)
    path.with_name(path.name + ".outcome").write_text(outcome, encoding="utf-8")


def _begin(path: Path, *, mode: str) -> sqlite3.Connection:
    """Write into a file like another program, in the given journal mode."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA journal_mode = {mode}")
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE ledger SET cell_id = 'edited'")
    return connection


def write_and_hang(path: Path) -> None:
    """Be in the middle of a transaction whose pages are partly in the file already, with a hot journal."""
    connection = _begin(path, mode="DELETE")
    for number in range(3000):
        connection.execute("INSERT INTO ledger (cell_id) VALUES (?)", (f"lost {number}" * 20,))
    path.with_name(path.name + ".held").touch()
    time.sleep(600)


def log_and_hang(path: Path) -> None:
    """Commit an edit that stays in the write-ahead log, and keep the file open."""
    connection = _begin(path, mode="WAL")
    connection.execute("COMMIT")
    path.with_name(path.name + ".held").touch()
    time.sleep(600)


def read_and_hang(path: Path) -> None:
    """Be in the middle of reading."""
    cursor = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True).execute("SELECT * FROM ledger")
    cursor.fetchone()
    path.with_name(path.name + ".held").touch()
    time.sleep(600)


DEEDS: dict[str, Callable[[Any], None]] = {
    deed.__name__: deed
    for deed in (
        save_for_ever,
        hold_lock,
        edit_ledger,
        fill_disk,
        write_and_hang,
        log_and_hang,
        read_and_hang,
    )
}


def main() -> None:
    """Answer every line with the id of a new process."""
    for line in sys.stdin:
        if not line.strip():
            print(os.wait()[0], flush=True)
            continue
        what, _, path = line.rstrip("\n").partition(" ")
        child = os.fork()
        if child == 0:
            try:
                DEEDS[what](place_of(path))
            except BaseException:  # noqa: BLE001 - the child must end here, whatever happened
                traceback.print_exc()
            finally:
                os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
