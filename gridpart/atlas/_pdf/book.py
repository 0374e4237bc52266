"""The whole printed atlas: cover, index map, six sheets with their tables, a page for each township and theme."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import shapely

from gridpart._typing import IntArray
from gridpart.atlas._pdf.combine import combined_layers, taken
from gridpart.atlas._pdf.fonts import FontSet
from gridpart.atlas._pdf.pages import Book, Page, map_page, table_page
from gridpart.atlas._pdf.setting import compiled
from gridpart.atlas._pdf.shapes import PrintLayer
from gridpart.atlas._pdf.text import visible
from gridpart.atlas._pdf.townships import Townships, townships_of
from gridpart.atlas._pdf.window import Extent
from gridpart.atlas.model import SheetModel
from gridpart.atlas.words import THEMES, Theme, Words
from gridpart.viewer import Column, Layer, MapDocument, Table

_MARGIN = 0.06


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
        pages = _Townships(book, self, townships) if townships else None
        chosen = sorted(self.only) if self.only is not None else list(range(len(townships.names) if townships else 0))
        book.pages.append(_cover(book, self))
        book.pages += _index(book, self, townships, chosen)
        for model in self.models:
            book.pages += _sheet(book, model)
        if pages is not None:
            book.pages += [pages.page(at, theme) for at in chosen for theme in THEMES]
        return book

    def pdf(self, *, tags: bool = False) -> bytes:
        """Set the pages and return the file."""
        return compiled(self.book, title=self.overview.title, date=self.overview.date, tags=tags)


def _cover(book: Book, atlas: Printed) -> Page:
    document = atlas.overview
    return {
        "kind": "cover",
        "id": "cover",
        "name": visible(document.title),
        "title": document.title,
        "title-size": 26.0 if book.fonts.width(document.title) < 27.0 else 15.0,
        "subtitle": document.subtitle,
        "notes": list(document.notes),
        "facts": [[fact.title, fact.value] for fact in document.facts],
        "contents": [
            {"title": _index_title(book, atlas), "to": "index"},
            *({"title": book.cut(model.document.title, 330.0, 8.0), "to": model.stem} for model in atlas.models),
        ],
        "foot": book.foot(document),
    }


def _index_title(book: Book, atlas: Printed) -> str:
    _ = book.words.translate
    return book.cut(_("{title}: index map").format(title=atlas.overview.title), 330.0, 8.0)


def _index(book: Book, atlas: Printed, townships: Townships | None, chosen: Sequence[int]) -> list[Page]:
    """Return the index map, its tables, and the list of township pages."""
    _ = book.words.translate
    document = atlas.overview
    targets = {"townships": {at: _township_id(at, THEMES[0]) for at in chosen}}
    pages = _document_pages(book, document, name="index", title=_index_title(book, atlas), targets=targets)
    if townships and chosen:
        entries = [
            {"title": book.cut(townships.names[at], 150.0, 7.5), "pages": [_township_id(at, theme) for theme in THEMES]}
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


def _sheet(book: Book, model: SheetModel) -> list[Page]:
    return _document_pages(book, model.document, name=model.stem, title=model.document.title)


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


def _township_id(at: int, theme: Theme) -> str:
    return f"township-{at}-{theme}"


class _Townships:
    """Makes the pages of townships; what all of them need is made once."""

    def __init__(self, book: Book, atlas: Printed, townships: Townships) -> None:
        self.book, self.townships = book, townships
        overview = atlas.overview
        version = book.words.translate("version {version}").format(version=overview.version)
        self.subtitle = f"{overview.title} · {version} · {overview.date}"
        self.layers: dict[Theme, list[PrintLayer]] = {}
        self.document: dict[Theme, MapDocument] = {}
        self.members: dict[Theme, dict[str, list[IntArray]]] = {}
        self.tabled: dict[Theme, list[Layer]] = {}
        for theme in THEMES:
            documents = [model.document for model in atlas.models if model.theme == theme]
            layers = combined_layers(documents)
            self.document[theme] = documents[0]
            self.layers[theme] = [PrintLayer(layer) for layer in layers if layer.visible]
            counted = [
                layer
                for layer in layers
                if layer.kind == "point" or layer.key.startswith(("cells_", "units", "empty_"))
            ]
            self.tabled[theme] = [layer for layer in counted if layer.visible]
            self.members[theme] = {layer.key: townships.features(layer) for layer in self.tabled[theme]}

    def page(self, at: int, theme: Theme) -> Page:
        """Return the page of a township and a theme."""
        _ = self.book.words.translate
        name = self.townships.names[at]
        document, layers = self.document[theme], self.layers[theme]
        targets = {"townships": {k: _township_id(k, theme) for k in range(len(self.townships.names)) if k != at}}
        title = f"{name}{_(': ')}{self.book.words.theme(theme)}"
        picture = self.book.map(
            layers, _extent(self.townships.shapes[at]), north=document.north, alt=title, targets=targets,
            subject=self.townships.shapes[at],
        )  # fmt: skip
        mine = {layer.key: taken(layer, self.members[theme][layer.key][at]) for layer in self.tabled[theme]}
        counts = {key: layer.counts for key, layer in mine.items()}
        legend = self.book.legend([prepared.layer for prepared in layers], counts)
        page = map_page(
            self.book, document, name=_township_id(at, theme), title=title, picture=picture,
            legend=[_used(group) for group in legend], table=_table_of(theme, list(mine.values()), self.book),
        )  # fmt: skip
        page["subtitle"] = self.book.cut(self.subtitle, 560.0, 8.0)
        page["neighbours"] = [
            {"title": self.book.cut(self.townships.names[k], 90.0, 6.8), "to": _township_id(k, theme)}
            for k in self.townships.neighbours[at][:8]
        ]
        page["links"] = [
            {"title": self.book.words.theme(other), "to": _township_id(at, other)} for other in THEMES if other != theme
        ]
        page["links"].append({"title": _("Index"), "to": "index"})
        return page


def _used(group: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a legend what a township has none of, unless nothing would remain."""
    kept = [entry for entry in group["entries"] if entry["count"] != "0"]
    return {**group, "entries": kept or group["entries"][:1]}


def _extent(shape: shapely.Geometry) -> Extent:
    left, bottom, right, top = (float(value) for value in shape.bounds)
    margin = _MARGIN * max(right - left, top - bottom)
    return (left - margin, bottom - margin, right + margin, top + margin)


def _table_of(theme: Theme, layers: Sequence[Layer], book: Book) -> Table:
    """Return the table of a township: its outlets, its equipment by bank and kind, or its cells and their staff."""
    if theme == "equipment":
        return _by_bank(layers, book)
    wanted = {"outlets": (0, 2, 3, 4), "personnel": (0, 5, 6, 4)}[theme]
    chosen = [
        layer for layer in layers if layer.cards and layer.key.startswith("outlets" if theme == "outlets" else "cells_")
    ]
    _ = book.words.translate
    fields = chosen[0].fields if chosen else ()
    return Table(
        title=_("Outlets in the township") if theme == "outlets" else _("Cells that reach into the township"),
        columns=tuple(Column(fields[at]) for at in wanted) if fields else (Column(_("Name")),),
        rows=[[card[at] for at in wanted] for layer in chosen for card in layer.cards or ()],
    )


_MOST_BANKS = 6


def _by_bank(layers: Sequence[Layer], book: Book) -> Table:
    """Count kinds by bank; of many banks the largest have a column, the others share one."""
    _ = book.words.translate
    kinds = [layer for layer in reversed(layers) if layer.kind == "point" and len(layer.geometries)]
    counts = {layer.key: Counter(card[3] for card in layer.cards or ()) for layer in kinds}
    total = sum(counts.values(), Counter[str]())
    banks = sorted(total, key=lambda bank: (-total[bank], bank))
    named = banks if len(banks) <= _MOST_BANKS else banks[: _MOST_BANKS - 1]
    rest = [bank for bank in banks if bank not in named]

    def row(title: str, of: Counter[str]) -> list[str]:
        others = [sum(of[bank] for bank in rest)] if rest else []
        return [title, *map(book.words.count, [*(of[bank] for bank in named), *others, of.total()])]

    heads = [*named, *([_("Others")] if rest else []), _("Total")]
    return Table(
        title=_("Equipment by bank"),
        columns=(Column(_("Kind")), *(Column(head, numeric=True) for head in heads)),
        rows=[*(row(layer.title, counts[layer.key]) for layer in kinds), row(_("Total"), total)],
    )
