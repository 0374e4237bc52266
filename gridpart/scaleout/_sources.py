"""Which counties a run has, and where each is: in files, or in the rows of a table."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import pandas as pd

from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.scaleout._names import folder_name

say = messages("scaleout")

_SUFFIX = ".gpkg"
_SIDE_FILES = ("-wal", "-journal")
_NAMED = 5


@dataclass(frozen=True)
class County:
    """
    One county of a run.

    Attributes
    ----------
    name
        As the data has it.
    folder
        Name of the folder of its parts.
    source
        A file or folder, or rows of a table as Parquet.
    """

    name: str
    folder: str
    source: Path | bytes


def counties_of(source: object) -> tuple[County, ...]:
    """
    Return the counties of a source, sorted by name; see `gridpart.scaleout.map_counties`.

    Raises
    ------
    InputError
        If there are none, two have one name, or the source is of another kind.
    """
    if isinstance(source, pd.DataFrame):
        pairs = list(_of_table(source))
    elif isinstance(source, (str, os.PathLike)):
        pairs = list(_of_folder(Path(source)))
    elif isinstance(source, Mapping):
        pairs = [(name, _path(place, name)) for name, place in source.items()]
    elif isinstance(source, Iterable):
        paths = [_path(place, number) for number, place in enumerate(source)]
        pairs = [(path.stem if path.suffix.lower() == _SUFFIX else path.name, path) for path in paths]
    else:
        raise _unknown(source)
    if not pairs:
        named = str(source) if isinstance(source, (str, os.PathLike)) else type(source).__name__
        raise InputError(
            say("There is no county in {source}: no .gpkg file, no path, no row. Nothing was run.", source=named)
        )
    return _distinct(sorted((_name(name), place) for name, place in pairs))


def digest_of(source: Path | bytes) -> str:
    """
    Return the SHA-256 of a source, of all its files where it is a folder.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    if not source.is_dir():
        return _digest_of_file(source)
    lines = (f"{path.relative_to(source).as_posix()} {_digest_of_file(path)}" for path in _files(source))
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


def _digest_of_file(path: Path) -> str:
    """Digest a file, and what SQLite has not yet written into it."""
    with path.open("rb") as file:
        result = hashlib.file_digest(file, "sha256")
    for suffix in _SIDE_FILES:
        side = path.with_name(path.name + suffix)
        if path.suffix.lower() == _SUFFIX and side.exists() and side.stat().st_size:
            result.update(suffix.encode() + side.read_bytes())
    return result.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    """Go through all files below a folder in the order of their names, without hidden ones."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))


def _of_folder(folder: Path) -> Iterator[tuple[str, Path]]:
    place = folder.absolute()
    if place.is_file():
        yield place.stem, place
        return
    if not place.is_dir():
        raise InputError(
            say("{folder} is neither a folder nor a file. Give the folder of the counties' projects.", folder=folder)
        )
    for path in _files(place):
        if path.suffix.lower() == _SUFFIX:
            yield path.relative_to(place).with_suffix("").as_posix(), path


def _of_table(table: pd.DataFrame) -> Iterator[tuple[str, Path | bytes]]:
    if "county" not in table.columns:
        names = Joined(map(str, table.columns))
        raise InputError(say("A table of counties needs a column 'county'; the columns are {names}.", names=names))
    blank = [str(row) for row in table.index[table["county"].isna()]]
    if blank:
        rows = Joined(blank[:_NAMED])
        raise InputError(
            say("{n:,} rows have no county (rows {rows}). Name it. Nothing was run.", n=len(blank), rows=rows)
        )
    if "path" in table.columns:
        yield from ((place, _path(path, place)) for place, path in zip(table["county"], table["path"], strict=True))
        return
    for county, own in table.groupby("county", sort=True, observed=True):
        stored = io.BytesIO()
        own.reset_index(drop=True).to_parquet(stored, index=False)
        yield str(county), stored.getvalue()


def rows_of(stored: bytes) -> pd.DataFrame:
    """Return the rows that a table held of one county."""
    file = io.BytesIO(stored)
    import pyarrow.parquet as pq

    is_layer = b"geo" in (pq.read_schema(file).metadata or {})
    file.seek(0)
    table: pd.DataFrame = gpd.read_parquet(file) if is_layer else pd.read_parquet(file)
    return table


def _path(place: object, name: object) -> Path:
    if not isinstance(place, (str, os.PathLike)):
        raise InputError(
            say(
                "The source of county {name!r} is a {kind}; a path was expected. Save projects first "
                "(`project.save(path)`): paths go to the workers, not tables.",
                name=name,
                kind=type(place).__name__,
            )
        )
    if "://" in str(place):
        raise InputError(
            say("{place!r} is not a file on this computer. Counties are read from files.", place=str(place))
        )
    return Path(place).absolute()


def _name(name: object) -> str:
    text = str(name)
    if not text.strip():
        raise InputError(say("A county has a blank name. Nothing was run."))
    return text


def _distinct(pairs: list[tuple[str, Path | bytes]]) -> tuple[County, ...]:
    for (name, first), (other, second) in pairwise(pairs):
        if name == other:
            raise InputError(
                say(
                    "Two counties are called {name!r} ({first} and {second}). Nothing was run. Give a mapping of names "
                    "to paths, or the folder that holds both.",
                    name=name,
                    first=first if isinstance(first, Path) else "-",
                    second=second if isinstance(second, Path) else "-",
                )
            )
    return tuple(County(name, folder_name(name), place) for name, place in pairs)


def _unknown(source: object) -> InputError:
    return InputError(
        say(
            "source is a {kind}; expected a folder of projects, paths, a mapping of names to paths, or a table with a "
            "column 'county'. Nothing was run.",
            kind=type(source).__name__,
        )
    )
