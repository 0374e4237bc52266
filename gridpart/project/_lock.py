"""One writer at a time: a lock file beside the target, held through the operating system, signed by its owner."""

from __future__ import annotations

import datetime as dt
import getpass
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gridpart.arguments import checked
from gridpart.errors import ProjectError
from gridpart.i18n import messages

say = messages("project")

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

WAIT_S = 20.0
"""How long a save waits for another one to finish, in seconds."""

_FIXED_TIME = "SOURCE_DATE_EPOCH"
_POLL_S = 0.05
_FAR_BYTE = 1 << 30
"""Windows locks bytes, also against reading; one far behind the signature leaves that readable."""


def signature() -> str:
    """Return user and computer, as ``anna@office-3``; nobody where the time is fixed to make builds repeatable."""
    if _FIXED_TIME in os.environ:
        return "a reproducible build"
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # no such user on this system, as in some containers
        user = "unknown user"
    return f"{user}@{platform.node() or 'unknown computer'}"


def utc_now() -> str:
    """Return the present time in ISO form; ``SOURCE_DATE_EPOCH`` in the environment stands for it where set."""
    fixed = os.environ.get(_FIXED_TIME)
    now = dt.datetime.now(dt.UTC) if fixed is None else dt.datetime.fromtimestamp(int(fixed), dt.UTC)
    return now.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@contextmanager
def writing_alone(target: Path, *, wait_s: float = WAIT_S) -> Iterator[None]:
    """
    Hold the lock of a file.

    The lock belongs to the open lock file, so the system releases it when its owner ends in any way; what a killed
    owner leaves is only its signature. The lock file stays: removing it would let two writers hold different ones.

    Parameters
    ----------
    target
        File that is to be written; the lock is ``<target>.lock``.
    wait_s
        How long to wait for another owner, in seconds.

    Raises
    ------
    ProjectError
        If the lock is still held after that time (its owner is named), or the folder or the file system allow none.
    """
    path = target.with_name(target.name + ".lock")
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    except OSError as error:
        raise ProjectError(
            say(
                "{target} cannot be saved: its lock file {lock} cannot be opened ({why}). Nothing was changed.",
                target=target,
                lock=path.name,
                why=error.strerror,
            )
        ) from error
    try:
        _acquire(handle, target=target, wait_s=wait_s)
        _sign(handle, target=target)
        yield
    finally:
        os.close(handle)


def _acquire(handle: int, *, target: Path, wait_s: float) -> None:
    owner = wait_for_lock(handle, target, wait_s=wait_s)
    if owner is not None:
        raise ProjectError(
            say(
                "{target} is being saved by {owner}; waited {wait_s:g} s. Nothing was changed. Try again when "
                "that save is done.",
                target=target,
                owner=owner or say("another process"),
                wait_s=wait_s,
            )
        )


def wait_for_lock(handle: int, target: Path, *, wait_s: float) -> str | None:
    """Lock a file; return None, or after so many seconds who holds it, "" where that is unknown."""
    deadline = time.monotonic() + wait_s
    while not try_lock(handle, target):
        if time.monotonic() >= deadline:
            return os.pread(handle, 200, 0).decode("utf-8", "replace").strip() if hasattr(os, "pread") else ""
        time.sleep(_POLL_S)
    return None


@checked
def try_lock(handle: int, target: Path) -> bool:
    """
    Lock an open file for this process alone; tell whether nobody else holds it.

    Raises
    ------
    ProjectError
        If the file system allows no locks.
    """
    try:
        if sys.platform == "win32":
            os.lseek(handle, _FAR_BYTE, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError as error:
        raise ProjectError(
            say(
                "{target} cannot be saved safely: its file system does not lock files ({why}). Nothing was changed. "
                "Save to a local folder and copy the file.",
                target=target,
                why=error.strerror,
            )
        ) from error
    return True


def _sign(handle: int, *, target: Path) -> None:
    text = f"{signature()}, process {os.getpid()}, since {utc_now()}\n"
    try:
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, text.encode("utf-8"))
    except OSError as error:
        raise ProjectError(
            say(
                "{target} cannot be saved: its lock file cannot be written ({why}). Nothing was changed.",
                target=target,
                why=error.strerror,
            )
        ) from error
