"""Which files an import reads, as what, and with which options."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.inputs import (
    read_cells,
    read_equipment,
    read_outlets,
    read_roads,
    read_service_area,
    read_staff,
    read_units,
)
from gridpart.tables import CONTRACTS

say = messages("project")

FilePath: TypeAlias = str | os.PathLike[str]
"""Path of a local file."""

Files: TypeAlias = FilePath | Iterable[FilePath | tuple[str | None, FilePath]] | Mapping[str, FilePath]
"""One file, several (with their bank or without), or the file of each bank."""

REJECTED = "_rejected_"
"""Stands between the names of project and file in the name of a table of rejected rows."""

READERS = {
    "service_area": read_service_area,
    "units": read_units,
    "outlets": read_outlets,
    "equipment": read_equipment,
    "staff": read_staff,
    "roads": read_roads,
    "cells": read_cells,
}
"""Reader by kind of table, in the order of reading."""

OF_BANKS = ("outlets", "equipment", "staff", "cells")
"""Tables that a bank sends; of these there may be several files."""

_OF_POINTS = ("outlets", "equipment")
_ALIASES = "bank_aliases"
_NUMBERED = re.compile(r"_\d+$")
_OF_A_FILE: dict[str, type | tuple[type, ...]] = {
    "columns": dict,
    "datum": str,
    "crs": (str, int),
    "encoding": str,
    "layer": str,
    "bank_id": str,
}


@dataclass(frozen=True)
class FileToRead:
    """
    One file of an import.

    Attributes
    ----------
    kind
        Table that it holds.
    path
        Where it is.
    options
        For the reader.
    """

    kind: str
    path: Path
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def bank_id(self) -> str | None:
        """Bank that every row is said to be of."""
        return self.options.get("bank_id")


@dataclass(frozen=True)
class ColumnMapping:
    """
    What the columns of the files mean.

    Attributes
    ----------
    by_kind
        Source column by canonical column, by kind of table.
    by_file
        Options of a reader, by name of the file.
    aliases
        Bank id by name, or names by bank id.
    """

    by_kind: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    by_file: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    aliases: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(given: FilePath | Mapping[str, Any] | None, *, names: Iterable[str]) -> ColumnMapping:
        """
        Read a mapping, from a TOML file or as given.

        Parameters
        ----------
        given
            A section for each kind of table, with source columns by canonical column; for single files, a section
            called by the name of the file, with options of the readers; and ``bank_aliases``.
        names
            Names of the files to be read.

        Raises
        ------
        InputError
            If the file cannot be read, or a section means neither a kind of table nor a file; the nearest is named.
        """
        if given is None:
            return ColumnMapping()
        sections = given if isinstance(given, Mapping) else _toml(given)
        source = "columns" if isinstance(given, Mapping) else Path(given).name
        known = [*CONTRACTS, *dict.fromkeys(names), _ALIASES]
        for name, section in sections.items():
            _require_section(name, section, known=known, source=source)
        return ColumnMapping(
            by_kind={name: section for name, section in sections.items() if name in CONTRACTS},
            by_file={name: section for name, section in sections.items() if name not in (*CONTRACTS, _ALIASES)},
            aliases=sections.get(_ALIASES, {}),
        )


def _toml(path: FilePath) -> Mapping[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        why = error.strerror or str(error)
        message = say("{path} cannot be read: {why}. Nothing was read. Check the path.", path=Path(path), why=why)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = say(
            "{file} is no TOML file in UTF-8: {error}. Nothing was read."
            ' Write lines such as outlet_id = "网点代码" under a heading such as [outlets].',
            file=Path(path).name,
            error=error,
        )
    raise InputError(message)


def _require_section(name: str, section: object, *, known: list[str], source: str) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        hint = say(" Did you mean [{near}]?", near=near[0]) if near else ""
        raise InputError(
            say(
                "{source}: section [{name}] is neither a table, nor a file that is read, nor {aliases!r}; those are "
                "{known}.{hint} Nothing was read.",
                source=source,
                name=name,
                aliases=_ALIASES,
                known=Joined(known),
                hint=hint,
            )
        )
    if not isinstance(section, Mapping):
        raise InputError(
            say(
                "{source}: {name!r} must be a section of names, and is {section!r}. Nothing was read. Group columns "
                'by table: [outlets] and, below it, outlet_id = "…".',
                source=source,
                name=name,
                section=section,
            )
        )
    if name == _ALIASES:
        return
    of_file = name not in CONTRACTS
    for key, value in section.items():
        wanted = _OF_A_FILE.get(key) if of_file else str
        if wanted is None or not isinstance(value, wanted):
            takes = Joined(_OF_A_FILE) if of_file else say("text, the name of a column")
            raise InputError(
                say(
                    "{source}: [{name}] {key} = {value!r} is not understood; it takes {takes}. Nothing was read.",
                    source=source,
                    name=name,
                    key=key,
                    value=value,
                    takes=takes,
                )
            )


def listed_files(files: Files | None, *, kind: str) -> list[tuple[str | None, Path]]:
    """
    Return bank (if stated) and path of each file.

    Raises
    ------
    InputError
        If they are no paths, or several for a table of which there is one file.
    """
    if files is None:
        return []
    if kind not in OF_BANKS or isinstance(files, (str, os.PathLike)) or not isinstance(files, Iterable):
        return [(None, _path(files, kind))]
    if isinstance(files, Mapping):
        return [(_bank(bank, kind), _path(path, kind)) for bank, path in files.items()]
    pairs = (each if isinstance(each, tuple) and len(each) == 2 else (None, each) for each in files)
    return [(None if bank is None else _bank(bank, kind), _path(path, kind)) for bank, path in pairs]


def _bank(bank: object, kind: str) -> str:
    if not isinstance(bank, str) or not bank.strip():
        raise InputError(say("{kind}: the bank of a file must be text; {bank!r} was given.", kind=kind, bank=bank))
    return bank


def _path(path: object, kind: str) -> Path:
    if not isinstance(path, (str, os.PathLike)):
        takes = say("a path, several, or one by bank") if kind in OF_BANKS else say("one path")
        raise InputError(say("{kind} must be {takes}; {path!r} was given.", kind=kind, takes=takes, path=path))
    return Path(path)


def files_to_read(
    files: Mapping[str, list[tuple[str | None, Path]]], mapping: ColumnMapping, *, common: Mapping[str, Any]
) -> Iterator[FileToRead]:
    """
    Put the options of each file together: those of all files, then its table's, then its own.

    Parameters
    ----------
    files
        Bank and path of each file by kind.
    mapping
        What its columns mean.
    common
        Options for all files; ``datum`` is for points, ``bank_aliases`` for tables of banks.
    """
    for kind, paths in files.items():
        for bank, path in paths:
            own = dict(_own_options(path, mapping))
            options = {
                "columns": {**mapping.by_kind.get(kind, {}), **own.pop("columns", {})},
                "encoding": common["encoding"],
                "strict": common["strict"],
            }
            if kind in _OF_POINTS:
                options["datum"] = common["datum"]
            if kind in OF_BANKS:
                options["bank_aliases"] = common[_ALIASES]
                options["bank_id"] = bank
            yield FileToRead(kind, path, {**options, **own})


def _own_options(path: Path, mapping: ColumnMapping) -> Mapping[str, Any]:
    """Return the options of a file; rejected rows are read as the file that they come from was."""
    if path.name in mapping.by_file:
        return mapping.by_file[path.name]
    _project, is_rejected, source = path.stem.partition(REJECTED)
    source = _NUMBERED.sub("", source)
    stems = {Path(name).stem: options for name, options in mapping.by_file.items()}
    return stems.get(source, {}) if is_rejected else {}
