"""
The folder of results: parts of counties, a record for each finished one, and the manifest of the whole, written last.

::

    cells/srid=4547/part=hanchuan/data.parquet    a table of a county; tables without geometry have no srid
    _parts/part=hanchuan.json                     its record: what it was made of, by what, and the digests of its files
    _sha256sums                                   digests of all files of the last run, as ``sha256sum -c`` reads them
    _manifest.json                                the last run, once it came to its end
    _work/                                        what workers write; the driver alone moves it into place
    _lock

Names with ``_`` are passed over by readers of Parquet folders. A county is part of the results when its record is
there, and the record is written after its files are in their places: a kill at any moment leaves whole counties, and
what else it leaves is removed by the next run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from gridpart.errors import RunError
from gridpart.i18n import messages
from gridpart.project import signature, wait_for_lock
from gridpart.scaleout._sources import County
from gridpart.scaleout._work import File, Made

say = messages("scaleout")

FORMAT = 1
_WAIT_S = 3.0
"""For a driver that was killed a moment ago, in s."""

_OWN_PATH = re.compile(r"(?!\.)[^/\\:]+/(srid=[^/\\:]+/)?part=[^/\\:]+/data\.parquet")
"""Files are removed by what a record says: one that names others is not ours."""

_held: set[int] = set()
if hasattr(os, "register_at_fork"):  # a process of a pool would hold the lock of a driver that was killed

    def _let_go() -> None:
        while _held:
            os.close(_held.pop())

    os.register_at_fork(after_in_child=_let_go)


@dataclass(frozen=True)
class Record:
    """
    A finished county.

    Attributes
    ----------
    county
        Its name.
    source
        SHA-256 of what it was made from.
    function, versions
        What it was made by, see `function_version` and `versions`.
    files
        Its files.
    figures
        Its figures.
    """

    county: str
    source: str
    function: Mapping[str, str]
    versions: Mapping[str, str]
    files: tuple[File, ...]
    figures: Mapping[str, Any]

    @property
    def lines(self) -> list[str]:
        """The files as ``sha256sum`` lists them."""
        return [f"{file.sha256}  {file.path}\n" for file in self.files]


@dataclass
class Store:
    """
    An open folder of results, held by this run alone.

    Attributes
    ----------
    out
        The folder.
    """

    out: Path
    _previous: dict[str, Any] = field(default_factory=dict)

    @property
    def work(self) -> Path:
        """Where the workers of this run write."""
        return self.out / "_work"

    @property
    def _manifest(self) -> Path:
        return self.out / "_manifest.json"

    @property
    def _sums(self) -> Path:
        return self.out / "_sha256sums"

    @property
    def _parts(self) -> Path:
        return self.out / "_parts"

    def record_path(self, folder: str) -> Path:
        """Return the path of the record of a county."""
        return self._parts / f"part={folder}.json"

    def record(self, county: County) -> Record | None:
        """Return what is known of a finished county; None if it is not finished, or its record is damaged."""
        return _read_record(self.record_path(county.folder))

    def records(self) -> Iterator[tuple[str, Record]]:
        """Go through all finished counties, those of other runs too, by the names of their folders."""
        for path in sorted(self._parts.glob("part=*.json")):
            record = _read_record(path)
            if record is not None:
                yield path.stem.removeprefix("part="), record

    def own_state(self) -> set[str]:
        """Return what the function itself changed while the run before went on, by the names of `function_version`."""
        return set(self._previous.get("own_state", ()))

    def begin(self) -> None:
        """Forget the end of the run before, and remove what killed runs left."""
        self._previous = _read_json(self._manifest)
        for path in (self._manifest, self._sums):
            path.unlink(missing_ok=True)
        known = {file.path for _, record in self.records() for file in record.files}
        shutil.rmtree(self.work, ignore_errors=True)
        for pattern in ("*/part=*/data.parquet", "*/srid=*/part=*/data.parquet"):
            for path in list(self.out.glob(pattern)):
                if path.relative_to(self.out).as_posix() not in known:
                    self._remove(path)
        self.work.mkdir(exist_ok=True)

    def is_whole(self, record: Record) -> bool:
        """Whether all files of a county are there, byte for byte."""
        for file in record.files:
            try:
                with (self.out / file.path).open("rb") as stored:
                    if hashlib.file_digest(stored, "sha256").hexdigest() != file.sha256:
                        return False
            except OSError:
                return False
        return True

    def publish(
        self, county: County, made: Made, *, function: Mapping[str, str], versions: Mapping[str, str]
    ) -> Record:
        """
        Make a county part of the results.

        Raises
        ------
        OSError
            If the system refuses; then the county is not finished.
        """
        files = tuple(sorted(made.files.values(), key=lambda file: file.path))
        self.forget(county, but={file.path for file in files})
        for name, file in made.files.items():
            target = self.out / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            (made.folder / name).replace(target)
        record = Record(county.name, made.source, function, versions, files, made.figures)
        self._write(self.record_path(county.folder), {"format": FORMAT, **asdict(record)})
        shutil.rmtree(made.folder.parent, ignore_errors=True)
        return record

    def forget(self, county: County, *, but: Collection[str] = ()) -> None:
        """Take a county out of the results; files that are to be replaced may stay a moment longer."""
        record = self.record(county)
        self.record_path(county.folder).unlink(missing_ok=True)
        for file in () if record is None else record.files:
            if file.path not in but:
                self._remove(self.out / file.path)

    def finish(self, lines: list[str], content: Mapping[str, Any]) -> None:
        """Write the digests of all files, then the manifest."""
        self._write(self._sums, "".join(lines))
        self._write(self._manifest, {"format": FORMAT, **content})

    def _write(self, target: Path, content: str | Mapping[str, Any]) -> None:
        """Write a small file so that it is there whole or not at all."""
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        temporary = self.work / (target.name + ".new")
        with temporary.open("wb") as file:
            file.write(text.encode("utf-8", "surrogatepass"))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        if sys.platform != "win32":
            handle = os.open(target.parent, os.O_RDONLY)
            with contextlib.suppress(OSError):  # some network file systems cannot flush a folder
                os.fsync(handle)
            os.close(handle)

    def _remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == self.out:
                break
            try:
                folder.rmdir()
            except OSError:  # other counties are in it
                break


@contextmanager
def held(out: Path) -> Iterator[Store]:
    """
    Hold a folder of results for one run.

    Raises
    ------
    RunError
        If another run holds it, or it is no folder.
    """
    if out.exists() and not out.is_dir():
        raise RunError(say("{out} is a file; the results of a run are a folder. Nothing was run.", out=out))
    store = Store(out)
    store._parts.mkdir(parents=True, exist_ok=True)  # noqa: SLF001 - it is ours
    handle = os.open(out / "_lock", os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
    _held.add(handle)
    try:
        _acquire(handle, out)
        try:
            yield store
        finally:
            shutil.rmtree(store.work, ignore_errors=True)
    finally:
        _held.discard(handle)
        os.close(handle)


def _acquire(handle: int, out: Path) -> None:
    owner = wait_for_lock(handle, out, wait_s=_WAIT_S)
    if owner is not None:
        raise RunError(
            say(
                "{out} is in use by another run ({owner}). Nothing was run or changed. Wait until it is done, or "
                "give another folder.",
                out=out,
                owner=owner or "?",
            )
        )
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, f"{signature()}, process {os.getpid()}\n".encode())


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) and content.get("format") == FORMAT else {}


def _read_record(path: Path) -> Record | None:
    content = _read_json(path)
    content.pop("format", None)
    try:
        record = Record(**{**content, "files": tuple(File(**file) for file in content.pop("files"))})
        is_ours = all(_OWN_PATH.fullmatch(file.path) for file in record.files)
    except (TypeError, KeyError):
        return None
    mappings = (record.function, record.versions, record.figures)
    return record if is_ours and all(isinstance(one, dict) for one in mappings) else None
