"""CSV and other delimited text."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.inputs._encoding import decode
from gridpart.inputs._raw import RawLayer
from gridpart.inputs._rows import Line, Recogniser, layer_of_rows
from gridpart.tables import notes as n

say = messages("inputs")

_DELIMITERS = (",", "\t", ";", "|")
_NAMES = {"\t": "TAB", ";": '";"', "|": '"|"'}
_SAMPLE_LINES = 50


def read_csv(file: Path, *, name: str, recognise: Recogniser, encoding: str | None = None) -> RawLayer:
    """
    Read delimited text: encoding and delimiter detected, every value as text.

    Raises
    ------
    InputError
        If bytes do not fit the encoding, a quote is never closed, or the header is missing or names
        a column twice; the line is named.
    """
    decoded = decode(file.read_bytes(), name=name, encoding=encoding)
    delimiter = _delimiter(decoded.text)
    layer = layer_of_rows(_lines(decoded.text, delimiter=delimiter, name=name), name=name, recognise=recognise)
    layer.encoding = decoded.label
    if delimiter != ",":
        layer.log.note(n.DELIMITER, name=_NAMES[delimiter])
    return layer


def _delimiter(text: str) -> str:
    """Choose the delimiter that cuts the top lines into the same number of cells, more than one."""
    best, best_score = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths = Counter[int]()
        try:
            for place, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
                if row:
                    widths[len(row)] += 1
                if place >= _SAMPLE_LINES:
                    break
        except csv.Error:
            continue
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        score = (count / sum(widths.values()), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


def _lines(text: str, *, delimiter: str, name: str) -> list[Line]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[Line] = []
    start = 1
    try:
        for cells in reader:
            lines.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        hint = say("a quote opened there is never closed") if "unexpected end" in str(error) else str(error)
        raise InputError(
            say(
                "{name}: the row that starts in line {start} cannot be read: {hint}. Nothing was read. Correct that "
                "line.",
                name=name,
                start=start,
                hint=hint,
            )
        ) from error
    return lines
