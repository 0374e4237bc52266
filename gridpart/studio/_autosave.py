"""Where a session's log lies, who goes on with it, and which part of it a project does not hold yet."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from gridpart.errors import ProjectError
from gridpart.i18n import messages
from gridpart.studio._log import LogEntry, LogFile, LogInUseError

if TYPE_CHECKING:
    from gridpart.project import Project

say = messages("studio")

Note: TypeAlias = tuple[str, dict[str, object]]
"""Key of `notes_in`, and what it is filled in with."""

_OPEN: weakref.WeakValueDictionary[Path, LogFile] = weakref.WeakValueDictionary()
"""Logs that sessions of this process write."""

_MOST_BESIDE = 100


def log_beside(project: Project, bank_id: str) -> Path | None:
    """
    Return where the log of a project lies: beside its file, or in the user's folder where it is from a database.

    None for a project that was never saved.
    """
    if not project.origins:
        return None
    own = list(project.origins)[-1]
    file = own if isinstance(own, Path) else own.stand_in()
    name = "".join(letter if letter.isalnum() or letter in "-_" else f"%{ord(letter):02X}" for letter in bank_id)
    return file.with_name(f"{file.name}.{name}.edits.jsonl")


def take_log(path: Path, *, notes: list[Note], fresh: bool = False) -> LogFile:
    """
    Take a log for a session; one that is in use elsewhere is left alone, and a numbered one beside it taken.

    With `fresh` a log that holds anything is left alone, too.

    A session of this process that wrote the log before has to stop: notebooks run cells twice.

    Raises
    ------
    ProjectError
        If the log is damaged.
    """
    target = path.resolve()
    for number in range(1, _MOST_BESIDE):
        chosen = target if number == 1 else target.with_name(f"{target.stem}-{number}{target.suffix}")
        earlier = _OPEN.get(chosen)
        if earlier is not None and not fresh:
            earlier.retire()
        try:
            log = LogFile(chosen)
        except LogInUseError:
            notes.append(("in_use", {"name": chosen.name}))
            continue
        if fresh and log.found is not None:
            log.close()
            continue
        _OPEN[chosen] = log
        return log
    raise ProjectError(
        say("{n} sessions are writing logs like {target}; close some of them.", n=_MOST_BESIDE, target=target)
    )


def put_aside(log: LogFile) -> Path:
    """Rename a log that belongs to another state of the project, and return its new name."""
    log.close()
    number = 1
    while (aside := log.path.with_name(f"{log.path.name}.{number}.old")).exists():
        number += 1
    log.path.rename(aside)
    return aside


def adoption_lost(entries: tuple[LogEntry, ...], resting: str) -> str | None:
    """Return the day of an adoption that ends a log and that the grid does not hold: it was killed while it saved."""
    last = entries[-1]
    if last.kind != "save" or not last.changes or last.args["resting"] == resting:
        return None
    return str(last.args["effective"])


def unsaved_from(entries: tuple[LogEntry, ...], resting: str) -> int | None:
    """
    Return where in a log the edits begin that a grid does not hold.

    Parameters
    ----------
    entries
        Of the log.
    resting
        What the grid is now, as `History.resting_digest` says.

    Returns
    -------
    start
        Index of an entry; None if the log never began or saved at this state.
    """
    for number in range(len(entries) - 1, -1, -1):
        entry = entries[number]
        if entry.kind in ("open", "save") and entry.args.get("resting") == resting:
            return number + 1
    return None
