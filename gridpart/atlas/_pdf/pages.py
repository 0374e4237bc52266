"""Pages as plain values for the template: what stands on each, cut to fit where one page must do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import shapely

from gridpart._typing import IntArray
from gridpart.atlas._pdf.furniture import grid, scale_bar, swatch
from gridpart.atlas._pdf.labels import Box
from gridpart.atlas._pdf.picture import Picture, draw, label_data
from gridpart.atlas._pdf.shapes import PrintLayer
from gridpart.atlas._pdf.text import Shown, visible
from gridpart.atlas._pdf.window import Extent, Window
from gridpart.atlas.words import Words
from gridpart.viewer import Fact, FeatureClass, Layer, MapDocument, Table
from gridpart.viewer.fonts import FontSet
from gridpart.viewer.styles import page_colours

PAGE_PT = (841.89, 595.28)
"""A4, lying."""

MAP_PT = (540.0, 484.0)
COLUMN_PT = 230.0
_COLUMN_ROOM_PT = 496.0
_ROW_PT = {"legend": 12.0, "legend_title": 15.0, "fact": 11.0, "table": 10.4, "part": 22.0}
_LEAST_ROWS = 4
_NORTH_PT = (38.0, 48.0)
_BAR_HEIGHT_PT = 38.0
_LEAST_SHARE = 0.4
_MOST_SHOWN = 400
_MOST_WEIGHT = 34.0

Page = dict[str, Any]


@dataclass(eq=False)
class Book:
    """
    Pages so far, and the pictures on them.

    Attributes
    ----------
    fonts
        To measure texts.
    words
        Language and figures of the atlas.
    pages
        In order.
    files
        Pictures by the name that pages call them.
    """

    fonts: FontSet
    words: Words
    pages: list[Page] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    pictures: list[Picture] = field(default_factory=list)
    _swatches: dict[str, str] = field(default_factory=dict)

    @cached_property
    def ground(self) -> str:
        """Colour behind maps."""
        return page_colours(self.words.lang)["ground"]

    def swatch(self, layer: Layer, entry: FeatureClass) -> str:
        """Return the name of the picture of a legend entry; like entries share one."""
        picture = swatch(layer, entry)
        name = self._swatches.setdefault(picture, f"s{len(self._swatches)}.svg")
        self.files[name] = picture
        return name

    def cut(self, text: str, width: float, size: float) -> str:
        """Return a text that fits into a width in pt at a size in pt, with an ellipsis where it is cut."""
        shown = visible(text[:_MOST_SHOWN])
        if len(shown) * size * _LEAST_SHARE <= width and self.fonts.width(shown) * size <= width:
            return shown
        kept, room = "", width - self.fonts.width("…") * size
        for char in shown:
            room -= self.fonts.width(char) * size
            if room < 0:
                break
            kept += char
        return Shown(f"{kept}…")

    def map(
        self,
        layers: Sequence[PrintLayer],
        extent: Extent,
        *,
        north: float,
        alt: str,
        targets: Mapping[str, Mapping[int, str]] | None = None,
        subject: shapely.Geometry | None = None,
    ) -> dict[str, Any]:
        """Draw a map and return what the template needs of it."""
        window = Window.around(extent, width=MAP_PT[0], height=MAP_PT[1])
        lines, ticks = grid(window)
        bar = scale_bar(window)
        picture = draw(
            layers, window, fonts=self.fonts, ground=self.ground, targets=targets, furniture=lines,
            reserved=_reserved(bar["width"]), subject=subject,
        )  # fmt: skip
        name = f"m{len(self.pictures)}.svg"
        self.files[name] = picture.svg
        self.pictures.append(picture)
        return {
            "file": name, "width": MAP_PT[0], "height": MAP_PT[1], "labels": label_data(picture.labels),
            "ticks": ticks, "bar": bar, "north": round(north, 3), "alt": visible(alt),
        }  # fmt: skip

    def legend(self, layers: Sequence[Layer], counts: Mapping[str, IntArray] | None = None) -> list[dict[str, Any]]:
        """
        Return the legend of the visible layers, what is drawn on top first.

        Parameters
        ----------
        layers
            In drawing order.
        counts
            Numbers by class to be shown instead of the layer's own, by key.
        """
        groups = []
        for layer in reversed(layers):
            numbers = layer.counts if counts is None else counts.get(layer.key)
            entries = [
                {
                    "swatch": self.swatch(layer, entry),
                    "title": entry.title,
                    "count": "" if numbers is None or not layer.counted else self.words.count(int(numbers[at])),
                }
                for at, entry in enumerate(layer.classes)
            ]
            if layer.in_legend and layer.visible:
                alone = len(entries) == 1
                groups.append({"title": "" if alone else layer.title, "entries": entries})
        return groups

    def notes(self, document: MapDocument) -> list[str]:
        """Return the notes of a document but the one that tells how to use a page on screen."""
        _ = self.words.translate
        screen = _("Point at anything for its facts. The layer list switches the cells of the other banks on and off.")
        return [note for note in document.notes if note != screen]

    def foot(self, document: MapDocument) -> list[list[str]]:
        """Return the bottom line: coordinates, version, date, sources, certificate."""
        _ = self.words.translate
        unknown = _("not stated")
        parts = [
            (_("Coordinates"), document.crs_label),
            (_("Version"), document.version),
            (_("Date"), document.date),
            (_("Sources"), self.cut(document.sources, 900.0, 5.8)),
            (_("Certificate"), document.digest),
        ]
        return [[title, value or unknown] for title, value in parts]


def _reserved(bar_width: float) -> list[Box]:
    """Return what scale bar and north arrow take of the map frame."""
    width, height = MAP_PT
    return [
        (width - _NORTH_PT[0], 0.0, width, _NORTH_PT[1]),
        (0.0, height - _BAR_HEIGHT_PT, bar_width + 46.0, height),
    ]


def map_page(
    book: Book,
    document: MapDocument,
    *,
    name: str,
    title: str,
    picture: dict[str, Any],
    legend: list[dict[str, Any]],
    facts: Sequence[Fact] = (),
    table: Table | None = None,
) -> Page:
    """
    Return a page with a map; legend, figures and table are cut to what the column beside the map holds.

    Returns
    -------
    page
        ``full_legend`` tells whether the whole legend is on it.
    """
    _ = book.words.translate
    room = _COLUMN_ROOM_PT
    kept, room = _fitting_legend(book, legend, room, reserve=len(facts) * _ROW_PT["fact"] + _ROW_PT["part"])
    whole = sum(len(group["entries"]) for group in legend) == sum(len(group["entries"]) for group in kept)
    room -= (len(facts) * _ROW_PT["fact"] + _ROW_PT["part"]) if facts else 0.0
    return {
        "kind": "map",
        "id": name,
        "name": visible(title),
        "level": 2,
        "title": book.cut(title, 560.0, 15.0),
        "title-size": 15.0,
        "subtitle": book.cut(document.subtitle, 560.0, 8.0),
        "map": picture,
        "legend": kept,
        "legend-more": "" if whole else _("The whole legend is on the next page."),
        "facts": [[book.cut(fact.title, 150.0, 7.0), book.cut(fact.value, 74.0, 7.0)] for fact in facts],
        "table": None if table is None else _short_table(book, table, room),
        "neighbours": [],
        "links": [],
        "foot": book.foot(document),
        "full_legend": whole,
    }


def _fitting_legend(
    book: Book, legend: list[dict[str, Any]], room: float, *, reserve: float
) -> tuple[list[dict[str, Any]], float]:
    room -= _ROW_PT["part"]
    kept: list[dict[str, Any]] = []
    for group in legend:
        title = _ROW_PT["legend_title"] if group["title"] else 4.0
        fitting = int((room - reserve - title) // _ROW_PT["legend"])
        entries = group["entries"][: max(fitting, 0)]
        if not entries:
            break
        cut = [{**entry, "title": book.cut(entry["title"], 172.0, 7.0)} for entry in entries]
        kept.append({"title": book.cut(group["title"], COLUMN_PT - 10.0, 7.0), "entries": cut})
        room -= title + len(entries) * _ROW_PT["legend"]
        if len(entries) < len(group["entries"]):
            break
    return kept, room


def _short_table(book: Book, table: Table, room: float) -> dict[str, Any] | None:
    """Return as many rows as there is room for, every text on one line."""
    _ = book.words.translate
    most = int((room - _ROW_PT["part"] - 2 * _ROW_PT["table"]) // _ROW_PT["table"])
    if most < _LEAST_ROWS:
        return None
    rows = table.rows[:most]
    widths = _weights(table, rows, book.fonts)
    whole = sum(widths)
    pt = [width / whole * COLUMN_PT - 7.0 for width in widths]
    rest = len(table.rows) - len(rows)
    return {
        "title": table.title,
        "columns": [
            {"title": book.cut(column.title, pt[at], 6.0), "numeric": column.numeric, "width": round(widths[at], 2)}
            for at, column in enumerate(table.columns)
        ],
        "rows": [[book.cut(str(cell), pt[at], 6.0) for at, cell in enumerate(row)] for row in rows],
        "more": _("{n} more rows in the tables of the sheets").format(n=book.words.count(rest)) if rest else "",
        "to": "",
    }


def _weights(table: Table, rows: Sequence[Sequence[str]], fonts: FontSet) -> list[float]:
    """Return how wide each column wants to be, from its head and a sample of its texts, in em."""
    sample = rows[:: max(len(rows) // 60, 1)][:60]
    weights = []
    for at, column in enumerate(table.columns):
        texts = [fonts.width(str(row[at])[:40]) for row in sample] or [0.0]
        weights.append(
            float(np.clip(max(fonts.width(column.title[:24]), np.quantile(texts, 0.9)) + 1.2, 2.6, _MOST_WEIGHT))
        )
    return weights


def table_page(book: Book, document: MapDocument, *, name: str, title: str, legend: list[dict[str, Any]]) -> Page:
    """Return the tables, notes and, if it found no room beside the map, the legend of a document."""
    return {
        "kind": "tables",
        "id": name,
        "name": visible(title),
        "level": 3,
        "title": book.cut(title, 700.0, 12.0),
        "title-size": 12.0,
        "subtitle": book.cut(document.subtitle, 780.0, 8.0),
        "notes": book.notes(document),
        "legend": legend,
        "tables": [
            {
                "title": table.title,
                "count": book.words.count(len(table.rows)),
                "columns": [
                    {"title": column.title, "numeric": column.numeric, "width": round(width, 2)}
                    for column, width in zip(table.columns, _weights(table, table.rows, book.fonts), strict=True)
                ],
                "rows": [[str(cell) for cell in row] for row in table.rows],
            }
            for table in document.tables
        ],
        "foot": book.foot(document),
    }
