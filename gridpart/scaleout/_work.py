"""One county of a run, wherever it is computed: from a source to files that are not yet part of the results."""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import secrets
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from gridpart.errors import GridpartError, InputError, RunError
from gridpart.i18n import Joined, Message, messages
from gridpart.project import open_project
from gridpart.scaleout._names import folder_name
from gridpart.scaleout._sources import County, digest_of, rows_of
from gridpart.scaleout._tables import Figure, Harvest, parquet_bytes, system_of
from gridpart.scaleout._versions import differences, versions

say = messages("scaleout")

Takes = Literal["project", "path", "rows"]

_MOST_LETTERS = 4_000
"""Of a message or trace that is kept: thousands of counties may fail."""


@dataclass(frozen=True)
class Job:
    """
    What a worker is told: paths and a function, no data of a county kept in a file.

    Attributes
    ----------
    county
        Name, folder and source.
    function
        The function itself, or pickled.
    takes
        What it is called with.
    folder
        Where the worker may write: a folder of this run and county alone.
    versions
        Those of the driver.
    ends_with_parent
        Whether the process is to end when the one that started it does.
    """

    county: County
    function: Callable[[Any], object] | bytes
    takes: Takes
    folder: Path
    versions: Mapping[str, str]
    ends_with_parent: bool = False


@dataclass(frozen=True)
class File:
    """
    A file that a worker wrote.

    Attributes
    ----------
    table, path
        Name of the table; where the file belongs, relative to the folder of results.
    rows
        Their number.
    sha256
        Of the file.
    """

    table: str
    path: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Made:
    """
    A county that is computed.

    Attributes
    ----------
    source
        SHA-256 of what was read.
    files
        By the name that the worker gave each, within `folder`.
    figures
        Few and small.
    """

    source: str
    folder: Path
    files: Mapping[str, File]
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class Failed:
    """
    A county that could not be computed.

    Attributes
    ----------
    error, message, trace
        Class of the error, what it said, and where it was raised.
    """

    error: str
    message: str
    trace: str = ""


@dataclass
class _Caught:
    """Takes any error of a county, the caller's function included, as the outcome of that county alone."""

    failure: Failed | None = field(default=None, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, (Exception, SystemExit)):
            return False  # Ctrl+C ends the run
        said = error.args[0] if error.args else ""
        message = said if isinstance(said, Message) else "\n".join([str(error), *getattr(error, "__notes__", ())])
        place = "" if isinstance(error, GridpartError) else "".join(traceback.format_tb(trace)[1:])
        shown = message if len(message) <= _MOST_LETTERS else message[:_MOST_LETTERS]
        self.failure = Failed(type(error).__name__, shown, place[-_MOST_LETTERS:])
        return True


def compute(job: Job) -> Made | Failed:
    """Compute one county; whatever goes wrong is told, not raised."""
    if job.ends_with_parent:
        _end_with_parent()
    caught = _Caught()
    with caught:
        return _computed(job)
    return caught.failure or Failed("RunError", "unknown")


def _computed(job: Job) -> Made:
    _require_same_world(job)
    folder = job.folder / secrets.token_hex(8)  # a job may run twice at once, where a worker was thought dead
    folder.mkdir(parents=True)
    source = digest_of(job.county.source)
    function = _unpickled(job.function) if isinstance(job.function, bytes) else job.function
    harvest = Harvest.of(function(_argument(job)))
    files = {}
    for number, (name, table) in enumerate(sorted(harvest.tables.items())):
        content = parquet_bytes(table, county=job.county.name, name=name)
        _write(folder / f"{number}.parquet", content)
        system = system_of(table)
        srid = "" if system is None else f"srid={system}/"
        path = f"{folder_name(name)}/{srid}part={job.county.folder}/data.parquet"
        files[f"{number}.parquet"] = File(name, path, len(table), hashlib.sha256(content).hexdigest())
    return Made(source, folder, files, harvest.figures)


def _argument(job: Job) -> object:
    source = job.county.source
    if isinstance(source, bytes):
        return rows_of(source)
    return source if job.takes == "path" else open_project(source)


def _require_same_world(job: Job) -> None:
    """A worker must see the folder of the run, and compute with the same versions."""
    if not job.folder.parent.is_dir():
        raise RunError(
            say(
                "{computer} sees no folder {folder}: the run has ended, or the worker is on a computer without the "
                "folder of results. Put it on a disk that all workers share.",
                computer=platform.node(),
                folder=job.folder.parent,
            )
        )
    other = differences(job.versions, versions())
    if other:
        raise RunError(
            say(
                "The worker on {computer} has other versions than the driver ({versions}), which may give other "
                "results. Install the same on all.",
                computer=platform.node(),
                versions=Joined(other),
            )
        )


@lru_cache(maxsize=4)
def _unpickled(function: bytes) -> Callable[[Any], object]:
    loaded: Callable[[Any], object] = pickle.loads(function)  # noqa: S301 - the driver's own function
    return loaded


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def pickled(function: Callable[..., object]) -> bytes:
    """
    Return a function for other processes, one of a notebook or a lambda too where cloudpickle is installed.

    Raises
    ------
    InputError
        If it cannot be pickled.
    """
    try:
        import cloudpickle
    except ImportError:
        cloudpickle = None
    try:
        dumped: bytes = (pickle if cloudpickle is None else cloudpickle).dumps(function)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        raise InputError(
            say(
                "The function cannot go to other processes: {error}. Nothing was run. Define it at the top of a "
                "module, without open files or locks; functions of a notebook need `pip install 'gridpart[scale]'`.",
                error=error,
            )
        ) from error
    return dumped


_watching = threading.Event()


def _end_with_parent() -> None:
    """End this process when the driver is killed: processes of a pool would wait for it for ever."""
    process = sys.modules.get("multiprocessing.process")
    parent = None if process is None else process.parent_process()
    if parent is None or _watching.is_set():
        return
    _watching.set()

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, name="gridpart-parent", daemon=True).start()
