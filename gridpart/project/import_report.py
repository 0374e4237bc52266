"""What an import found in its files: the look before anything is kept."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.errors import GridpartError
from gridpart.i18n import explain, labelled, listed, translator
from gridpart.inputs import remarks_on
from gridpart.project._import_files import REJECTED
from gridpart.project._rejected import write_rejected
from gridpart.tables import REJECTED_NOTES, InputReport
from gridpart.tables.messages import SUMMARY, Message

if TYPE_CHECKING:
    from gridpart.project._import_files import FileToRead


@dataclass(frozen=True)
class FileReading:
    """
    What came of one file.

    Attributes
    ----------
    file
        The file, and how it was read.
    report
        Fate of every row; None where the file could not be read.
    error
        Why it could not be read.
    """

    file: FileToRead
    report: InputReport | None = None
    error: GridpartError | None = field(default=None, compare=False)

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Rows read, kept, repaired, rejected; the first is the sum of the others."""
        report = self.report
        if report is None:
            return 0, 0, 0, 0
        return report.rows_read, len(report.kept), len(report.repaired), len(report.rejected)

    @property
    def recognised(self) -> str:
        """Columns of the table, each with the column of the file that it was read from where that has another name."""
        columns = {} if self.report is None else self.report.columns
        return ", ".join(name if name == source else f"{name} ← {source}" for name, source in columns.items())


@dataclass(frozen=True)
class ImportReport:
    """
    What an import found in its files.

    Attributes
    ----------
    files
        Each file, in the order of reading.
    refused_grids
        Why the cells of a bank were not taken as its grid, by bank: they are no exact partition, say.
    unknown_banks
        Banks that equipment, staff or cells name and no outlet has, by file: one bank under two names, mostly.
    """

    files: tuple[FileReading, ...]
    refused_grids: Mapping[str, GridpartError] = field(default_factory=dict)
    unknown_banks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def errors(self) -> dict[str, GridpartError]:
        """Why files could not be read, by path."""
        return {str(each.file.path): each.error for each in self.files if each.error is not None}

    @property
    def has_issues(self) -> bool:
        """True if a row was repaired or rejected, a file not read, or a grid refused."""
        rows = any(each.report is not None and each.report.has_issues for each in self.files)
        return rows or bool(self.errors or self.refused_grids)

    def to_frame(self) -> pd.DataFrame:
        """
        List the files.

        Returns
        -------
        files
            Columns file, kind, rows_read, kept, repaired, rejected (the first is the sum of the others), layer, crs,
            datum, encoding, recognised, error.
        """
        rows = [
            {
                "file": each.file.path.name,
                "kind": each.file.kind,
                **dict(zip(("rows_read", "kept", "repaired", "rejected"), each.counts, strict=True)),
                **{name: getattr(each.report, name, None) for name in ("layer", "crs", "datum", "encoding")},
                "recognised": each.recognised,
                "error": None if each.error is None else str(each.error),
            }
            for each in self.files
        ]
        return pd.DataFrame(rows)

    @checked
    def table(self, lang: Language = "en") -> tuple[list[str], list[list[str]]]:
        """Return heads and rows of the look at the files, for people."""
        _ = translator(lang, "project")
        heads = [_("File"), _("Holds"), _("Rows"), _("Kept"), _("Repaired"), _("Rejected"), _("Read as"), _("Columns")]
        return heads, [_row(each, lang) for each in self.files]

    @checked
    def summary(self, lang: Language = "en") -> str:
        """Say in plain text what each file holds and what was done to its rows, and which grids were refused."""
        parts = [_summary(each, lang) for each in self.files]
        return "\n".join([*parts, *self._findings(lang)])

    def _findings(self, lang: Language) -> Iterator[str]:
        _ = translator(lang, "project")
        for bank_id, error in self.refused_grids.items():
            yield _("Bank {bank}: its cells were not taken as a grid. {why}").format(
                bank=bank_id, why=explain(error, lang)
            )
        for source, banks in self.unknown_banks.items():
            told = _("{file} names banks that have no outlet: {banks}. Say which bank each name means.")
            yield told.format(file=source, banks=listed(banks, lang))

    @checked
    def save_rejected(self, target: str | Path, *, lang: Language = "en") -> list[Path]:
        """
        Write the rejected rows of each file as a table that can be mended and read again.

        Tables become XLSX (CSV where a text is too long for a cell), map layers GeoPackage, with the columns of the
        file and three more: which row it was, what is wrong with it, what to do. These three need not be taken away
        before the table is read. No file is replaced by another.

        Parameters
        ----------
        target
            Project file; the tables are written beside it, as ``<project>_rejected_<file>.xlsx``.
        lang
            Language of the remarks.

        Returns
        -------
        paths
            The files written, and those that were there with the same content.

        """
        home = Path(target)
        paths = []
        for each in self.files:
            report = each.report
            if report is None or report.rejected_rows is None:
                continue
            rows = report.rejected_rows.copy()
            rows[list(REJECTED_NOTES)] = [remarks_on(record, lang) for record in report.rejected]
            name = f"{home.stem}{REJECTED}{each.file.path.stem}"
            paths.append(write_rejected(rows, home.with_name(name), kind=report.kind))
        return paths

    def _repr_html_(self) -> str:
        heads, rows = self.table()
        head = "".join(f"<th>{html.escape(text)}</th>" for text in heads)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
        refusals = "".join(f"<p>{html.escape(text)}</p>" for text in self._findings("en"))
        details = "".join(
            f"<details><summary>{html.escape(each.file.path.name)}</summary>{each.report.to_html()}</details>"
            for each in self.files
            if each.report is not None
        )
        style = "font-family:system-ui,sans-serif;text-align:left"
        return f'<div style="{style}"><table><tr>{head}</tr>{body}</table>{refusals}{details}</div>'


def _summary(each: FileReading, lang: Language) -> str:
    if each.report is not None:
        return each.report.summary(lang)
    return labelled(each.file.path.name, "" if each.error is None else explain(each.error, lang), lang)


def _row(each: FileReading, lang: Language) -> list[str]:
    _ = translator(lang, "project")
    report = each.report
    kind = Message(SUMMARY[each.file.kind], {}).text(lang)
    if report is None:
        return [each.file.path.name, kind, "–", "–", "–", "–", "", _("not read")]
    read_as = (report.layer, report.encoding, None if report.crs == "none" else report.crs.partition(" (")[0])
    datum = None if report.datum == "declared" else report.datum
    facts = listed([fact for fact in (*read_as, datum) if fact], lang)
    return [each.file.path.name, kind, *(f"{count:,}" for count in each.counts), facts, each.recognised]
