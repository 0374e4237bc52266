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
import weakref
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from gridpart.errors import ProjectError
from gridpart.i18n import messages
from gridpart.project import try_lock

say = messages("studio")

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
        Values before and after, see `encode_changes`; of commands, and of a save that adopts the plan.
    """

    seq: int
    kind: EntryKind
    at: str
    who: str
    why: str
    command: str
    args: dict[str, Any]
    changes: list[list[Any]]


class LogInUseError(ProjectError):
    """A log is being written by another session."""


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
    before_last
        Bytes of the whole lines but the last, and SHA-256 of the last of these.
    """

    entries: tuple[LogEntry, ...]
    dropped: str
    size: int
    last_hash: str
    before_last: tuple[int, str] = (0, "")


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
        raise ProjectError(say("The log {file} cannot be read: {why}.", file=file, why=error.strerror)) from error
    lines = body.split(b"\n")
    torn = lines.pop()
    entries: list[LogEntry] = []
    previous = earlier = ""
    for number, line in enumerate(lines, start=1):
        entry, before = _parse(line)
        if entry is None and number == len(lines) and not torn:
            torn = line + b"\n"
            lines.pop()
            break
        if entry is None or before != previous:
            raise ProjectError(
                say(
                    "Line {line} of the log {file} was changed or damaged; {whole} lines before it are whole.",
                    line=number,
                    file=file,
                    whole=number - 1,
                )
            )
        entries.append(entry)
        earlier, previous = previous, hashlib.sha256(line).hexdigest()
    if not entries or entries[0].kind != "open":
        raise ProjectError(say("{file} is not the log of a session: it has no opening line.", file=file))
    size = len(body) - len(torn)
    before_last = (size - len(lines[-1]) - 1, earlier)
    return ReadLog(tuple(entries), torn.decode("utf-8", "replace"), size, previous, before_last)


def _parse(line: bytes) -> tuple[LogEntry | None, str]:
    try:
        content = json.loads(line)
        previous = content.pop("prev")
        return LogEntry(**content), previous
    except (ValueError, TypeError, KeyError, AttributeError):
        return None, ""


class LogFile:
    """
    A log on disk, appended to by one session alone.

    Parameters
    ----------
    path
        File; made with the first entry if it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: ReadLog | None = None
        self._previous = ""
        self._size = 0
        self._before_last = (0, "")
        self._handle: int | None = None
        self._is_retired = False
        if path.exists() and os.fstat(self._open()).st_size:
            self.found = read_log(path)
            self._previous, self._size = self.found.last_hash, self.found.size
            self._before_last = self.found.before_last

    def _open(self) -> int:
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        self._handle, self._closing = handle, weakref.finalize(self, os.close, handle)
        if not try_lock(handle, self.path):
            self.close()
            raise LogInUseError(say("The log {path} is in use by another session.", path=self.path))
        return handle

    def _lent(self) -> int:
        if self._handle is None and os.fstat(self._open()).st_size > self._size:
            self.close()
            raise LogInUseError(say("The log {path} was begun by another session meanwhile.", path=self.path))
        assert self._handle is not None  # noqa: S101 - opened above
        return self._handle

    @property
    def is_new(self) -> bool:
        """Whether nothing was written yet."""
        return self._size == 0

    def retire(self) -> None:
        """Let another session of this process go on with the log; this one takes no more entries."""
        self._is_retired = True
        self.close()

    def append(self, entry: LogEntry) -> None:
        """
        Write an entry and flush it to disk.

        Raises
        ------
        ProjectError
            If the disk does not take it; the log is as it was.
        """
        if self._is_retired:
            raise ProjectError(
                say("A later session goes on with the log {path}; edit there. The edit was not made.", path=self.path)
            )
        line = json.dumps({**asdict(entry), "prev": self._previous}, ensure_ascii=False, separators=(",", ":"))
        body = line.encode("utf-8", "surrogatepass") + b"\n"
        try:
            handle = self._lent()
            os.ftruncate(handle, self._size)  # a torn line of a killed session
            os.lseek(handle, self._size, os.SEEK_SET)
            written = 0
            while written < len(body):
                written += os.write(handle, body[written:])
            os.fsync(handle)
        except OSError as error:
            raise ProjectError(
                say(
                    "The log {path} could not be written: {why}. The edit was not made.",
                    path=self.path,
                    why=error.strerror,
                )
            ) from error
        self._before_last = (self._size, self._previous)
        self._size += len(body)
        self._previous = hashlib.sha256(body[:-1]).hexdigest()

    def take_back(self) -> None:
        """
        Drop the last line, whose edit was not made after all; once, and never the opening line.

        Raises
        ------
        ProjectError
            If the disk does not take it; the next entry takes the place of that line all the same.
        """
        self._size, self._previous = self._before_last
        if self.found is not None and self.found.size > self._size:
            entries = self.found.entries[:-1]
            self.found = ReadLog(entries, self.found.dropped, self._size, self._previous)
        try:
            handle = self._lent()
            os.ftruncate(handle, self._size)
            os.fsync(handle)
        except OSError as error:
            raise ProjectError(
                say("The last line of the log {path} could not be dropped: {why}.", path=self.path, why=error.strerror)
            ) from error

    def close(self) -> None:
        """Let go of the file, so that another session may go on with it."""
        if self._handle is not None:
            self._closing()
            self._handle = None
