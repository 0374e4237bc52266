"""A last look at files that leave: forbidden columns, numbers of persons, and words that must not be in them."""

from __future__ import annotations

import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.ledger.schemas import record_schemas

say = messages("ledger")

FORBIDDEN_FIELDS = ("customer_name", "id_number", "phone", "home_address")
"""Columns that no file for others may have, empty or not."""

FINDING_COLUMNS = ("file", "part", "what", "found")
"""Columns of the list of findings, in order."""

_RAW = "raw bytes"
_TEXT = (".csv", ".html", ".json", ".geojson", ".txt", ".md", ".svg", ".toml", ".ipynb", ".xml")
_ID_NUMBER = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?!\d)")
_MOBILE = re.compile(r"(?<![\d.])1[3-9]\d{9}(?![\d.])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


@checked
def privacy_scan(paths: str | Path | Sequence[str | Path], *, words: Iterable[str] = ()) -> pd.DataFrame:
    """
    Look through files for what must not leave.

    Parameters
    ----------
    paths
        Files, or folders with all files in them.
    words
        Texts that must not be in them, such as names known to be secret.

    Returns
    -------
    findings
        ``file``, ``part`` (sheet or table), ``what`` ("forbidden_field", "id_number", "mobile_number", "word") and
        ``found``; empty if there is nothing. Resident ids count with a right check digit only.

    Raises
    ------
    InputError
        If a file is of a type whose text cannot be read here (PDF, pictures): unread is not clean.
    """
    given = [paths] if isinstance(paths, (str, Path)) else list(paths)
    files = [file for path in map(Path, given) for file in (sorted(path.rglob("*")) if path.is_dir() else [path])]
    secret = sorted(set(words))
    rows = [
        (str(file), part, what, found)
        for file in files
        if file.is_file()
        for part, text in _texts(file)
        for what, found in (_words(text, secret) if part == _RAW else _suspects(text, secret))
    ]
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS)).drop_duplicates(ignore_index=True)


def _texts(file: Path) -> Iterator[tuple[str, str]]:
    suffix = file.suffix.lower()
    if suffix in _TEXT:
        yield "", file.read_text(encoding="utf-8", errors="replace")
    elif suffix == ".xlsx":
        with zipfile.ZipFile(file) as book:
            for name in sorted(book.namelist()):
                yield name, book.read(name).decode("utf-8", errors="replace")
    elif suffix == ".gpkg":
        yield from _tables(file)
        # also what SQLite has not yet wiped from pages that are free again
        yield _RAW, file.read_bytes().decode("utf-8", errors="replace")
    else:
        raise InputError(
            say(
                "{file}: files of type {suffix} cannot be looked through; check them by hand.",
                file=file,
                suffix=suffix or say("without suffix"),
            )
        )


def _tables(file: Path) -> Iterator[tuple[str, str]]:
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            quoted = name.replace('"', '""')
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{quoted}")')]
            rows = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - a table of this very file, quoted
            yield name, "\n".join([*columns, *(str(v) for row in rows for v in row if isinstance(v, (str, int)))])


def _suspects(text: str, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for field in FORBIDDEN_FIELDS:
        if re.search(rf"(?<![A-Za-z_]){field}(?![A-Za-z_])", text):
            yield "forbidden_field", field
    for match in _ID_NUMBER.finditer(text):
        if is_resident_id(match.group()):
            yield "id_number", match.group()
    for match in _MOBILE.finditer(text):
        yield "mobile_number", match.group()
    yield from _words(text, words)


def _words(text: str, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    return (("word", word) for word in words if word in text)


def is_resident_id(text: str) -> bool:
    """Tell whether a text of 18 signs carries the check digit of GB 11643."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text, strict=False))
    return _CHECKS[total % 11] == text[17].upper()


def personal_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns of a table that tell who a person is or where one lives."""
    return [str(name) for name in table.columns if name in record_schemas().personal_fields]
