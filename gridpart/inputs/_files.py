"""Opening files safely: local, of a known format, of a sane size, and what they claim to be."""

from __future__ import annotations

import os
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from gridpart.errors import InputError
from gridpart.i18n import Joined, messages

say = messages("inputs")

Format = Literal["gpkg", "geojson", "shapefile", "parquet", "csv", "xlsx"]

MAX_FILE_BYTES = 4 << 30
MAX_UNPACKED_BYTES = 2 << 30
_MAX_UNPACK_RATIO = 200  # honest spreadsheets and shapefiles stay far below; bombs are above 1,000
_SMALL_ENOUGH = 64 << 20  # below this no ratio is dangerous
_MAX_MEMBERS = 10_000
DAMAGED_ARCHIVE = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
"""What the standard library raises on archives that are damaged, encrypted or packed in an unknown way."""

_FORMATS: dict[str, Format] = {
    ".gpkg": "gpkg",
    ".geojson": "geojson",
    ".json": "geojson",
    ".shp": "shapefile",
    ".parquet": "parquet",
    ".geoparquet": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}
_READABLE = say(
    "GeoPackage (.gpkg), GeoJSON (.geojson, .json), Shapefile (.shp, or all its parts as .zip), GeoParquet (.parquet), "
    "CSV (.csv, .tsv, .txt), Excel (.xlsx)"
)
_REFUSED = {
    ".pkl": say("pickle files can run code when opened"),
    ".pickle": say("pickle files can run code when opened"),
    ".npy": say("NumPy files can hold pickled objects that run code when opened"),
    ".npz": say("NumPy files can hold pickled objects that run code when opened"),
    ".kml": say("XML formats can refer to other files and addresses"),
    ".gml": say("XML formats can refer to other files and addresses"),
    ".xml": say("XML formats can refer to other files and addresses"),
    ".svg": say("XML formats can refer to other files and addresses"),
    ".vrt": say("VRT files can refer to other files and addresses"),
    ".xls": say("old Excel workbooks are not read; save it as .xlsx"),
    ".ods": say("OpenDocument sheets are not read; save it as .xlsx or .csv"),
}
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"SQLite format 3\x00", say("an SQLite database")),
    (b"PK\x03\x04", say("a ZIP archive")),
    (b"PAR1", say("a Parquet file")),
    (b"\x00\x00\x27\x0a", say("a Shapefile")),
    (b"\xd0\xcf\x11\xe0", say("an old Excel or Word file")),
    (b"%PDF", say("a PDF document")),
    (b"\x1f\x8b", say("a gzip archive")),
    (b"\x89PNG", say("an image")),
    (b"\xff\xd8\xff", say("an image")),
)
_EXPECTED = {
    "gpkg": say("an SQLite database"),
    "shapefile": say("a Shapefile"),
    "parquet": say("a Parquet file"),
    "xlsx": say("a ZIP archive"),
}


@dataclass(frozen=True)
class Source:
    """A file that may be read: where it is now, what it is, and what the user calls it."""

    path: Path
    format: Format
    name: str


@contextmanager
def open_source(path: str | os.PathLike[str]) -> Iterator[Source]:
    """
    Check a path and say how to read it; a ZIP archive is unpacked to a folder that is removed again.

    Raises
    ------
    InputError
        If the path is not a local file, or the file is empty, too large, of an unknown format, damaged,
        or not what its name says.
    """
    file = _local_file(path)
    if file.suffix.lower() != ".zip":
        yield Source(file, _checked_format(file, name=file.name), file.name)
        return
    with tempfile.TemporaryDirectory(prefix="gridpart-") as folder:
        inner = _unpack_dataset(file, Path(folder))
        yield Source(inner, _checked_format(inner, name=f"{file.name}/{inner.name}"), file.name)


def check_layer_name(layer: str) -> None:
    """Refuse layer names that are paths or hold characters no layer name needs."""
    if not layer or any(c in layer for c in "/\\\x00") or not layer.isprintable():
        raise InputError(
            say(
                "layer name {layer!r} is not allowed: it must not be empty, a path, or hold control characters.",
                layer=layer,
            )
        )


def check_archive(file: Path, *, name: str) -> None:
    """Refuse archives that unpack to an unreasonable size, before anything is unpacked."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except DAMAGED_ARCHIVE as error:
        raise InputError(
            say(
                "{name} is a damaged or truncated archive ({error}). Nothing was read. Get the file again.",
                name=name,
                error=error,
            )
        ) from error
    unpacked, packed = sum(m.file_size for m in members), max(file.stat().st_size, 1)
    too_dense = unpacked > _SMALL_ENOUGH and unpacked / packed > _MAX_UNPACK_RATIO
    if unpacked > MAX_UNPACKED_BYTES or too_dense or len(members) > _MAX_MEMBERS:
        raise InputError(
            say(
                "{name} would unpack from {packed:,} to {unpacked:,} bytes in {n:,} parts; the limits are {most:,} "
                "bytes, {ratio} times, {most_parts:,} parts. Nothing was unpacked. If it is genuine, unpack it "
                "yourself and read the inner file.",
                name=name,
                packed=packed,
                unpacked=unpacked,
                n=len(members),
                most=MAX_UNPACKED_BYTES,
                ratio=_MAX_UNPACK_RATIO,
                most_parts=_MAX_MEMBERS,
            )
        )


def _local_file(path: object) -> Path:
    if not isinstance(path, (str, os.PathLike)):
        raise InputError(say("path must be text or a Path; {given} was given.", given=type(path).__name__))
    text = os.fspath(path)
    remote = "://" in text or text.lower().startswith("/vsi") or text.startswith(("\\\\", "//"))
    if remote or "\x00" in text:
        raise InputError(
            say(
                "{text!r} is not a local file; addresses, network shares and /vsi paths are never opened. Copy the "
                "file here.",
                text=text,
            )
        )
    file = Path(text)
    try:
        status = file.stat()
    except OSError as error:
        raise InputError(
            say("{text!r} cannot be opened: {error}. Check the path.", text=text, error=error.strerror or error)
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise InputError(
            say("{text!r} is not a file. Give the file itself: {readable}.", text=text, readable=_READABLE)
        )
    _check_size(status.st_size, name=file.name)
    return file


def _check_size(size: int, *, name: str) -> None:
    if size == 0:
        raise InputError(
            say("{name} is empty (0 bytes); the copy or export may have failed. Nothing was read.", name=name)
        )
    if size > MAX_FILE_BYTES:
        raise InputError(
            say(
                "{name} has {size:,} bytes; the limit is {most:,}. Read it in parts, county by county.",
                name=name,
                size=size,
                most=MAX_FILE_BYTES,
            )
        )


def _checked_format(file: Path, *, name: str) -> Format:
    suffix = file.suffix.lower()
    if suffix not in _FORMATS:
        other = say("files ending in {suffix!r} are not read", suffix=suffix)
        if not suffix:
            other = say("its name has no ending")
        why = _REFUSED.get(suffix, other)
        raise InputError(say("{name}: {why}. Readable are {readable}.", name=name, why=why, readable=_READABLE))
    chosen = _FORMATS[suffix]
    with file.open("rb") as stream:
        head = stream.read(64)
    found = next((what for magic, what in _MAGIC if head.startswith(magic)), None)
    expected = _EXPECTED.get(chosen)
    if found != expected:
        is_text = found is None and b"\x00" not in head
        seen = found or (say("text") if is_text else say("of no known kind, or truncated"))
        raise InputError(
            say(
                "{name}: its name says {chosen}, but its content is {seen}. Nothing was read. Give the file the "
                "ending that fits its content, or export it again.",
                name=name,
                chosen=chosen,
                seen=seen,
            )
        )
    return chosen


def _unpack_dataset(file: Path, folder: Path) -> Path:
    """Unpack the one dataset of an archive under harmless names."""
    check_archive(file, name=file.name)
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            _check_member(member, archive=file.name)
        members = [m for m in archive.infolist() if not m.is_dir() and not _is_clutter(m.filename)]
        main = _main_member(members, archive=file.name)
        stem = PurePosixPath(main.filename).with_suffix("").as_posix().lower()
        parts = [main]
        if main.filename.lower().endswith(".shp"):
            parts = [m for m in members if PurePosixPath(m.filename).with_suffix("").as_posix().lower() == stem]
        for part in parts:
            target = folder / f"layer{PurePosixPath(part.filename).suffix.lower()}"
            _write_member(archive, part, target=target, name=file.name)
    return folder / f"layer{PurePosixPath(main.filename).suffix.lower()}"


def _write_member(archive: zipfile.ZipFile, part: zipfile.ZipInfo, *, target: Path, name: str) -> None:
    try:
        target.write_bytes(archive.read(part))
    except DAMAGED_ARCHIVE as error:
        raise InputError(
            say(
                "{name}: part {part!r} is damaged ({error}). Nothing was read. Get the file again.",
                name=name,
                part=part.filename,
                error=error,
            )
        ) from error


def _is_clutter(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")


def _check_member(member: zipfile.ZipInfo, *, archive: str) -> None:
    inner = PurePosixPath(member.filename.replace("\\", "/"))
    if inner.is_absolute() or ".." in inner.parts or ":" in inner.parts[0]:
        raise InputError(
            say(
                "{archive} holds a part that would leave its folder: {part!r}. Nothing was unpacked.",
                archive=archive,
                part=member.filename,
            )
        )
    if member.flag_bits & 0x1:
        raise InputError(
            say(
                "{archive} is encrypted ({part!r}). Unpack it with its password and read the inner file.",
                archive=archive,
                part=member.filename,
            )
        )


def _main_member(members: list[zipfile.ZipInfo], *, archive: str) -> zipfile.ZipInfo:
    mains = [m for m in members if PurePosixPath(m.filename).suffix.lower() in _FORMATS]
    shapes = [m for m in mains if m.filename.lower().endswith(".shp")]
    chosen = shapes or mains
    if len(chosen) != 1:
        names = Joined(repr(m.filename) for m in chosen[:10]) or say("none")
        raise InputError(
            say(
                "{archive} must hold exactly one dataset; it holds {n}: {names}. Unpack it and name the file to read.",
                archive=archive,
                n=len(chosen),
                names=names,
            )
        )
    return chosen[0]
