"""
The log of a session: append-only, one JSON line for each entry, flushed to disk before the edit is confirmed.

The first line says which grid the log belongs to. Each further line carries who, when and why, the command with its
arguments and every value before and after, and the SHA-256 of the line before: a line that was changed or lost in
between is noticed. A last line that a kill tore is dropped and reported; a torn line anywhere else is an error.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from gridpart.errors import ProjectError

FORMAT = 1
EntryKind = Literal["open", "command", "undo", "redo", "save"]


@dataclass(frozen=True)
class LogEntry:
    """
    One line of the log.

    Attributes
    ----------
    seq
        Sequence number of the delta; 0 for the opening line, that of the last delta for a save.
    kind
        ``open``, ``command``, ``undo``, ``redo`` or ``save``.
    at, who, why
        When (UTC, ISO), by whom and for what reason.
    command
        Name of the command.
    args
        Its arguments as JSON values.
    changes
        Values before and after, see `encode_changes`; of commands only.
    """

    seq: int
    kind: EntryKind
    at: str
    who: str
    why: str
    command: str
    args: dict[str, Any]
    changes: list[list[Any]]


@dataclass(frozen=True)
class ReadLog:
    """
    A log as it was read.

    Attributes
    ----------
    entries
        All whole lines.
    dropped
        Text of a torn last line, empty if there was none.
    size
        Bytes of the whole lines.
    last_hash
        SHA-256 of the last whole line.
    """

    entries: tuple[LogEntry, ...]
    dropped: str
    size: int
    last_hash: str


def read_log(path: str | Path) -> ReadLog:
    """
    Read a log file.

    Raises
    ------
    ProjectError
        If the file is missing or no log, or a line but the last was torn or changed; its number is named.
    """
    file = Path(path)
    try:
        body = file.read_bytes()
    except OSError as error:
        message = f"The log {file} cannot be read: {error.strerror}."
        raise ProjectError(message) from error
    lines = body.split(b"\n")
    torn = lines.pop()
    entries: list[LogEntry] = []
    previous = ""
    for number, line in enumerate(lines, start=1):
        entry, before = _parse(line)
        if entry is None and number == len(lines) and not torn:
            torn = line + b"\n"
            lines.pop()
            break
        if entry is None or before != previous:
            message = f"Line {number} of the log {file} was changed or damaged; {number - 1} lines before it are whole."
            raise ProjectError(message)
        entries.append(entry)
        previous = hashlib.sha256(line).hexdigest()
    if not entries or entries[0].kind != "open":
        message = f"{file} is not the log of a session: it has no opening line."
        raise ProjectError(message)
    size = len(body) - len(torn)
    return ReadLog(tuple(entries), torn.decode("utf-8", "replace"), size, previous)


def _parse(line: bytes) -> tuple[LogEntry | None, str]:
    try:
        content = json.loads(line)
        previous = content.pop("prev")
        return LogEntry(**content), previous
    except (ValueError, TypeError, KeyError, AttributeError):
        return None, ""


class LogFile:
    """
    A log on disk, open for appending by one session alone.

    Parameters
    ----------
    path
        File; made if it is not there.
    found
        What it holds already, None for a new one: whatever follows the whole lines is cut off.
    """

    def __init__(self, path: Path, found: ReadLog | None = None) -> None:
        self.path = path
        self._previous = "" if found is None else found.last_hash
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        self._size = 0 if found is None else found.size
        os.ftruncate(self._handle, self._size)

    def append(self, entry: LogEntry) -> None:
        """
        Write an entry and flush it to disk.

        Raises
        ------
        ProjectError
            If the disk does not take it; the log is as it was.
        """
        line = json.dumps({**asdict(entry), "prev": self._previous}, ensure_ascii=False, separators=(",", ":"))
        body = line.encode("utf-8", "surrogatepass") + b"\n"
        try:
            os.lseek(self._handle, self._size, os.SEEK_SET)
            written = 0
            while written < len(body):
                written += os.write(self._handle, body[written:])
            os.fsync(self._handle)
        except OSError as error:
            os.ftruncate(self._handle, self._size)
            message = f"The log {self.path} could not be written: {error.strerror}. The edit was not made."
            raise ProjectError(message) from error
        self._size += len(body)
        self._previous = hashlib.sha256(body[:-1]).hexdigest()

    def close(self) -> None:
        """Close the file; the session can no longer be edited."""
        os.close(self._handle)


def resting_points(entries: Sequence[LogEntry]) -> list[tuple[int, str]]:
    """Return each place of a log where the grid was that of a project: index of the entry after it, and digest."""
    at_rest = ("open", "save")
    return [(row + 1, str(entry.args["digest"])) for row, entry in enumerate(entries) if entry.kind in at_rest]
