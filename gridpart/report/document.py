"""A report as plain values: what it says, and nothing about how it is written."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import messages

say = messages("report")


@dataclass(frozen=True, eq=False)
class Section:
    """
    One part of a report.

    Attributes
    ----------
    title
        In the language of the report.
    table
        Rows to show, or None.
    heads
        Words for the columns, by name; the others keep their names.
    percent
        Columns that hold shares from 0 to 1 and are shown in per cent.
    text
        Sentences before the table.
    chart
        Picture as SVG of our own making, "" for none.
    limit
        Most rows of the table on a page; the workbook has all.
    columns
        Columns of the table on the page, the others being in the workbook only; nothing for all.
    in_workbook
        Whether the workbook has the table; False for a further look at one that it has already.
    marks
        Verdict of each row ("met", "failed", …), shown by a sign and not by colour alone; nothing for no marks.
    """

    title: str
    table: pd.DataFrame | None = None
    heads: Mapping[str, str] = field(default_factory=dict)
    percent: frozenset[str] = frozenset()
    text: Sequence[str] = ()
    chart: str = ""
    limit: int = 400
    columns: Sequence[str] = ()
    in_workbook: bool = True
    marks: Sequence[str] = ()


@dataclass(frozen=True, eq=False, repr=False)
class Document:
    """
    A whole report.

    Attributes
    ----------
    title, subtitle
        Head of the page.
    lang
        Language of everything in it.
    sections
        In this order.
    notes
        Sentences at the end: assumptions, omissions, sources.
    """

    title: str
    subtitle: str
    lang: Language
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()

    def to_html(self) -> str:
        """Return the report as one page: text escaped, no script, no request leaves it."""
        from gridpart.report.page import page_of

        return page_of(self)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by title, with heads in words and shares in per cent."""
        return {part.title: worded(part) for part in self.sections if part.table is not None and part.in_workbook}

    @checked
    def save(self, folder: str | Path, name: str) -> tuple[Path, Path]:
        """
        Write the page and the workbook, each whole or not at all.

        Parameters
        ----------
        folder
            Made if it is not there.
        name
            Of both files, without ending.

        Returns
        -------
        paths
            Of the page and of the workbook; the same report gives the same bytes.

        Raises
        ------
        InputError
            If the name is no plain file name.
        """
        from gridpart.tables.export import write_xlsx
        from gridpart.tables.replacing import replacing

        if not name or Path(name).name != name:
            raise InputError(say("{name!r} is no plain file name. Nothing was written.", name=name))
        home = Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        page, book = home / f"{name}.html", home / f"{name}.xlsx"
        with replacing(page) as file:
            file.write_text(self.to_html(), encoding="utf-8", newline="\n")
        write_xlsx(self.tables(), book)
        return page, book

    def __repr__(self) -> str:
        """Show title and parts."""
        return f"<Document {self.title!r}: {', '.join(section.title for section in self.sections)}>"

    def _repr_html_(self) -> str:
        from gridpart.report.page import fragment_of

        return fragment_of(self)


def worded(section: Section) -> pd.DataFrame:
    """Return the table of a section with heads in words and shares in per cent."""
    table = pd.DataFrame() if section.table is None else section.table
    columns = {name: (100 * column).round(6) if name in section.percent else column for name, column in table.items()}
    result = pd.DataFrame(columns)
    result.columns = [section.heads.get(str(name), str(name)) for name in table.columns]
    return result


def shown(value: Any, *, one_decimal: bool = False, is_money: bool = False) -> str:  # noqa: ANN401 - any value of a table
    """Return a value for people: thousands separators, one decimal at most, ISO dates, nothing for nothing."""
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value.date().isoformat() if isinstance(value, dt.datetime) else str(value)
    if is_money or (float(value).is_integer() and not one_decimal):
        return f"{value:,.0f}"
    return f"{value:,.1f}"
