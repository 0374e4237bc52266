"""The whole printed atlas: cover, index map, six sheets with their tables, a page for each township and theme."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from gridpart.atlas._pdf.pages import Book, Page, map_page, table_page
from gridpart.atlas._pdf.setting import compiled
from gridpart.atlas._pdf.shapes import PrintLayer
from gridpart.atlas._pdf.text import visible
from gridpart.atlas._pdf.township_pages import TownshipPages, township_id
from gridpart.atlas._pdf.townships import Townships, townships_of
from gridpart.atlas.model import SheetModel
from gridpart.atlas.words import THEMES, Words
from gridpart.steps import counted
from gridpart.viewer import MapDocument, Table
from gridpart.viewer.fonts import FontSet


@dataclass(eq=False)
class Printed:
    """
    What the printed atlas is made of.

    Attributes
    ----------
    overview
        What the index page says.
    models
        The six sheets.
    words
        Language of the atlas.
    fonts
        Fonts to print with.
    only
        Numbers of the townships to print; None prints all.
    """

    overview: MapDocument
    models: Sequence[SheetModel]
    words: Words
    fonts: FontSet
    only: Collection[int] | None = None

    @cached_property
    def book(self) -> Book:
        """All pages."""
        book = Book(self.fonts, self.words)
        townships = townships_of(self.overview.layers)
        chosen = sorted(self.only) if self.only is not None else list(range(len(townships.names) if townships else 0))
        pages = TownshipPages(book, self.overview, self.models, townships) if townships and chosen else None
        book.pages.append(_cover(book, self, has_townships=pages is not None))
        book.pages += _index(book, self, townships, chosen)
        for model in counted("sheets", self.models):
            book.pages += _sheet(book, self, model)
        if pages is not None:
            listed = [(at, theme) for at in chosen for theme in THEMES]
            book.pages += [pages.page(at, theme) for at, theme in counted("township_pages", listed)]
        return book

    def pdf(self, *, tags: bool = False) -> bytes:
        """Set the pages and return the file."""
        return compiled(self.book, title=self.overview.title, date=self.overview.date, tags=tags)


def _cover(book: Book, atlas: Printed, *, has_townships: bool) -> Page:
    _ = book.words.translate
    townships = [{"title": _("Pages of the townships"), "to": "townships"}] if has_townships else []
    document = atlas.overview
    return {
        "kind": "cover",
        "id": "cover",
        "name": visible(document.title),
        "title": document.title,
        "title-size": 26.0 if book.fonts.width(document.title) < 27.0 else 15.0,
        "subtitle": document.subtitle,
        "notes": book.notes(document),
        "facts": [[fact.title, fact.value] for fact in document.facts],
        "contents": [
            {"title": _index_title(book, atlas), "to": "index"},
            *townships,
            *({"title": book.cut(model.document.title, 330.0, 8.0), "to": model.stem} for model in atlas.models),
        ],
        "picture": f"m{len(book.pictures)}.svg",  # the index map, which comes next
        "foot": book.foot(document),
    }


def _index_title(book: Book, atlas: Printed) -> str:
    _ = book.words.translate
    return book.cut(_("{title}: index map").format(title=atlas.overview.title), 330.0, 8.0)


def _index(book: Book, atlas: Printed, townships: Townships | None, chosen: Sequence[int]) -> list[Page]:
    """Return the index map, its tables, and the list of township pages."""
    _ = book.words.translate
    document = replace(atlas.overview, tables=[_without_files(table, book) for table in atlas.overview.tables])
    targets = {"townships": {at: township_id(at, THEMES[0]) for at in chosen}}
    pages = _document_pages(book, document, name="index", title=_index_title(book, atlas), targets=targets)
    if townships and chosen:
        entries = [
            {"title": book.cut(townships.names[at], 150.0, 7.5), "pages": [township_id(at, theme) for theme in THEMES]}
            for at in chosen
        ]
        pages.append(
            {
                "kind": "contents",
                "id": "townships",
                "name": _("Townships"),
                "level": 2,
                "title": _("Pages of the townships"),
                "title-size": 15.0,
                "subtitle": " · ".join(book.words.theme(theme) for theme in THEMES),
                "entries": entries,
                "foot": book.foot(document),
            }
        )
    return pages


def _without_files(table: Table, book: Book) -> Table:
    """Return a table without the files of the pages on screen: on paper the contents tell the page."""
    title = book.words.translate("File")
    kept = [at for at, column in enumerate(table.columns) if column.title != title]
    if len(kept) == len(table.columns):
        return table
    rows = [[row[at] for at in kept] for row in table.rows]
    return replace(table, columns=tuple(table.columns[at] for at in kept), rows=rows)


def _sheet(book: Book, atlas: Printed, model: SheetModel) -> list[Page]:
    """Return the pages of a sheet; a table that the index has too is printed there alone."""
    known = [(table.title, list(table.rows)) for table in atlas.overview.tables]
    document = model.document
    own = [table for table in document.tables if (table.title, list(table.rows)) not in known]
    return _document_pages(book, replace(document, tables=own), name=model.stem, title=document.title)


def _document_pages(
    book: Book, document: MapDocument, *, name: str, title: str, targets: dict[str, dict[int, str]] | None = None
) -> list[Page]:
    """Return the map of a document and its tables."""
    _ = book.words.translate
    layers = [layer for layer in document.layers if layer.visible]
    prepared = [PrintLayer(layer) for layer in layers]
    picture = book.map(
        prepared, document.focus or document.bounds, north=document.north, alt=document.title, targets=targets
    )
    legend = book.legend(layers)
    page = map_page(book, document, name=name, title=title, picture=picture, legend=legend, facts=document.facts)
    tables = table_page(
        book, document, name=f"{name}-tables", title=_("{title}: tables").format(title=title),
        legend=[] if page["full_legend"] else legend,
    )  # fmt: skip
    page["links"] = [{"title": _("Tables"), "to": f"{name}-tables"}]
    return [page, tables]
