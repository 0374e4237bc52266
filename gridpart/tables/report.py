"""What a reader did with every row of a file: kept, repaired or rejected, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Self, overload

import pandas as pd

from gridpart import i18n
from gridpart.errors import InputError
from gridpart.i18n import sentences
from gridpart.tables.messages import SUMMARY, Message

if TYPE_CHECKING:
    from gridpart._typing import Language

_SHOWN_IN_ERROR = 20
_SHOWN_IN_SUMMARY = 10
_SHOWN_IN_HTML = 100
_VALUE_LENGTH = 60

REJECTED_NOTES = ("gridpart row (行号)", "gridpart problem (原因)", "gridpart remedy (处理)")
"""Heads of what is said beside rejected rows; readers know them again in every language and leave them out."""


@dataclass(frozen=True)
class Issue:
    """
    One thing wrong in one row.

    Attributes
    ----------
    column
        Column of the table (canonical name), or "geometry".
    value
        The value as read.
    reason
        What is wrong.
    remedy
        What to do about it in the file or the call.
    before, after
        For repairs, the value read and the value kept.
    code
        Name of the fault for programs, such as "same_id".
    """

    column: str
    value: object
    reason: Message
    remedy: Message
    before: object = None
    after: object = None
    code: str = ""


@dataclass(frozen=True)
class RowRecord:
    """
    The fate of one row.

    Attributes
    ----------
    row
        Number of the row in the file or layer, counted from 1 without the header.
    line
        Line of a text file or row of a sheet, as an editor shows it; None for map layers.
    id
        Id of the row as read, or None.
    issues
        What was wrong, in the order it was found; empty for kept rows.
    """

    row: int
    line: int | None
    id: str | None
    issues: tuple[Issue, ...] = ()

    @property
    def where(self) -> str:
        """Row, line and id for people: ``row 3 (line 4), id B0018``."""
        line = f" (line {self.line})" if self.line is not None else ""
        return f"row {self.row}{line}" + (f", id {shorten(self.id)}" if self.id else "")

    @property
    def column(self) -> str:
        """Columns concerned, joined by "; "."""
        return "; ".join(issue.column for issue in self.issues)

    @property
    def value(self) -> object:
        """The value as read; a tuple if there are several issues."""
        return self._one("value")

    @property
    def before(self) -> object:
        """The value before the repair; a tuple if there are several issues."""
        return self._one("before")

    @property
    def after(self) -> object:
        """The value after the repair; a tuple if there are several issues."""
        return self._one("after")

    @property
    def reason(self) -> str:
        """Reasons, joined by "; "."""
        return "; ".join(str(issue.reason) for issue in self.issues)

    @property
    def remedy(self) -> str:
        """Remedies, joined by "; ", each once."""
        return "; ".join(dict.fromkeys(str(issue.remedy) for issue in self.issues))

    def _one(self, name: str) -> object:
        values = tuple(getattr(issue, name) for issue in self.issues)
        return values[0] if len(values) == 1 else values


class KeptRows(Sequence[RowRecord]):
    """Rows kept as they were; records are made only when looked at, as there may be many."""

    def __init__(self, rows: Sequence[int], ids: Sequence[str | None], *, lines: Sequence[int] | None = None) -> None:
        self._rows, self._lines, self._ids = rows, lines, ids

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> RowRecord: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[RowRecord]: ...
    def __getitem__(self, index: int | slice) -> RowRecord | Sequence[RowRecord]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        line = None if self._lines is None else int(self._lines[index])
        return RowRecord(int(self._rows[index]), line, self._ids[index])

    def __repr__(self) -> str:
        return f"<{len(self)} kept rows>"


@dataclass(frozen=True)
class InputReport:
    """
    What a reader did. Every row read is in exactly one of three lists.

    Attributes
    ----------
    kind
        Kind of table, such as "outlets".
    source, layer
        File name, and layer or sheet where there are several.
    rows_read
        Rows found in the file; always ``len(kept) + len(repaired) + len(rejected)``.
    kept, repaired, rejected
        Records of the rows. Repaired rows are in the table too, rejected ones are not.
    crs
        Coordinate system of the table for people, or "none".
    datum
        Datum stated by the caller, converted where it is not that of `crs`.
    encoding
        Character encoding of a text file, as detected or stated; None for other files.
    columns
        Which source column each canonical column was read from.
    notes
        What else was found or decided, for the layer as a whole.
    rejected_rows
        The rejected rows with the columns of the file, a GeoDataFrame where it has geometries, and in the columns
        `REJECTED_NOTES` which row each was, what is wrong with it and what to do: to be mended and read again. None
        where no row was rejected. Columns with personal data are left out.
    """

    kind: str
    source: str
    rows_read: int
    kept: Sequence[RowRecord]
    repaired: tuple[RowRecord, ...]
    rejected: tuple[RowRecord, ...]
    layer: str | None = None
    crs: str = "none"
    datum: str = "declared"
    encoding: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Message, ...] = ()
    rejected_rows: pd.DataFrame | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a report that loses a row."""
        total = len(self.kept) + len(self.repaired) + len(self.rejected)
        if total != self.rows_read:
            message = f"report of {self.source!r} accounts for {total} rows, but {self.rows_read} were read"
            raise ValueError(message)

    @property
    def has_issues(self) -> bool:
        """True if any row was repaired or rejected."""
        return bool(self.repaired or self.rejected)

    def summary(self, lang: Language = "en") -> str:
        """Say in plain text what was read, noted, rejected and repaired; the first few rows of each."""
        lines = [self._headline(lang)]
        facts = [("crs", self.crs), ("datum", self.datum), ("encoding", self.encoding)]
        lines += [
            "  " + _said(key, lang, value=value) for key, value in facts if value and value not in {"none", "declared"}
        ]
        lines += [f"  - {note.text(lang)}" for note in self.notes]
        for key, records in (("rejected", self.rejected), ("repaired", self.repaired)):
            if records:
                lines.append(_said(key, lang, count=len(records)))
                lines += _listed(records, limit=_SHOWN_IN_SUMMARY, lang=lang)
        return "\n".join(lines)

    def to_frame(self) -> pd.DataFrame:
        """
        List every issue, one row each.

        Returns
        -------
        issues
            Columns fate, row, line, id, column, value, before, after, reason, remedy.
        """
        items = [
            (fate, r.row, r.line, r.id, i.column, i.value, i.before, i.after, str(i.reason), str(i.remedy))
            for fate, records in (("rejected", self.rejected), ("repaired", self.repaired))
            for r in records
            for i in r.issues
        ]
        names = ["fate", "row", "line", "id", "column", "value", "before", "after", "reason", "remedy"]
        frame = pd.DataFrame(items, columns=names)
        return frame.astype({"line": "Int64"})

    def to_html(self, lang: Language = "en") -> str:
        """Show the report as a piece of HTML; every text from the file is escaped."""
        parts = [f"<p><b>{escape(self._headline(lang))}</b></p>"]
        facts = [("crs", self.crs), ("datum", self.datum), ("encoding", self.encoding)]
        notes = [_said(key, lang, value=value) for key, value in facts if value and value != "none"]
        notes += [note.text(lang) for note in self.notes]
        parts.append("<ul>" + "".join(f"<li>{escape(visible(note))}</li>" for note in notes) + "</ul>")
        for key, records in (("rejected", self.rejected), ("repaired", self.repaired)):
            if records:
                parts.append(f"<p>{escape(_said(key, lang, count=len(records)))}</p>")
                parts.append(
                    "<ul>"
                    + "".join(
                        f"<li>{escape(visible(line.strip()))}</li>"
                        for line in _listed(records, limit=_SHOWN_IN_HTML, lang=lang)
                    )
                    + "</ul>"
                )
        return '<div class="gridpart-input-report">' + "".join(parts) + "</div>"

    def _repr_html_(self) -> str:
        return self.to_html()

    def __str__(self) -> str:
        return self.summary()

    def _headline(self, lang: Language) -> str:
        layer = f" [{self.layer}]" if self.layer else ""
        return _said(
            "headline",
            lang,
            kind=_said(self.kind, lang),
            source=f"{self.source}{layer}",
            read=self.rows_read,
            kept=len(self.kept),
            repaired=len(self.repaired),
            rejected=len(self.rejected),
        )


class _Refused(i18n.Message):
    """What is wrong with a layer, and the rows that are refused, line by line."""

    __slots__ = ("records", "what")
    what: str
    records: Sequence[RowRecord]

    def __new__(cls, what: str, records: Sequence[RowRecord]) -> Self:
        text = str.__new__(cls, cls._in(what, records, "en"))
        text.what, text.records = what, records
        return text

    def __reduce__(self) -> tuple[Any, ...]:
        return _Refused, (self.what, self.records)

    def told(self, lang: Language) -> str:
        what = self.what.told(lang) if isinstance(self.what, i18n.Message) else self.what
        return self._in(what, self.records, lang)

    @staticmethod
    def _in(what: str, records: Sequence[RowRecord], lang: Language) -> str:
        return "\n".join([what, *_listed(records, limit=_SHOWN_IN_ERROR, lang=lang)])


class RowsRefusedError(InputError):
    """
    Rows of a file cannot be used as given.

    Parameters
    ----------
    what
        First line of the message.
    report
        The whole report, kept as ``error.report``.
    """

    def __init__(self, what: str, report: InputReport) -> None:
        super().__init__(_Refused(what, (*report.rejected, *report.repaired)))
        self.report = report


def _said(key: str, lang: Language, **facts: object) -> str:
    return Message(SUMMARY[key], facts).text(lang)


def shorten(value: object) -> str:
    """Show a value in a message: escaped where it would not print, and cut where it is long."""
    is_plain = isinstance(value, str) and value == value.strip()
    text = visible(value if is_plain and isinstance(value, str) else repr(value))
    return text if len(text) <= _VALUE_LENGTH else f"{text[:_VALUE_LENGTH]}… ({len(text)} characters)"


def visible(text: str) -> str:
    """Replace characters that do not show, or that turn the text round, by their code point."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _listed(records: Sequence[RowRecord], *, limit: int, lang: Language) -> list[str]:
    lines = list(_record_lines(records[:limit], lang=lang))
    if len(records) > limit:
        lines.append("  " + _said("more", lang, count=len(records) - limit))
    return lines


def _record_lines(records: Sequence[RowRecord], *, lang: Language) -> Iterator[str]:
    for record in records:
        place = _said("row" if record.line is None else "row_line", lang, row=record.row, line=record.line)
        if record.id:
            place = _said("id", lang, place=place, id=shorten(record.id))
        for issue in record.issues:
            change = f" -> {shorten(issue.after)}" if issue.before is not None else ""
            told = sentences(filter(None, (issue.reason.text(lang), issue.remedy.text(lang))), lang)
            value = f"{shorten(issue.value)}{change}"
            yield "  " + _said("issue", lang, place=place, column=issue.column, value=value, told=told)
