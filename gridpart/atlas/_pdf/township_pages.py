"""A page for each township and theme: its map, what stands in it, and the way to its neighbours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import shapely

from gridpart._typing import IntArray
from gridpart.atlas._pdf.combine import combined_layers, taken
from gridpart.atlas._pdf.pages import Book, Page, map_page
from gridpart.atlas._pdf.shapes import PrintLayer
from gridpart.atlas._pdf.townships import Townships
from gridpart.atlas._pdf.window import Extent
from gridpart.atlas.model import SheetModel
from gridpart.atlas.words import THEMES, Theme
from gridpart.i18n import labelled
from gridpart.viewer import Column, Layer, MapDocument, Table

_MARGIN = 0.06
_GROUND = ("units", "roads", "townships", "service_area")


def township_id(at: int, theme: Theme) -> str:
    """Return the name of the page of a township and a theme."""
    return f"township-{at}-{theme}"


class TownshipPages:
    """Makes the pages of townships; what all of them need is made once."""

    def __init__(self, book: Book, overview: MapDocument, models: Sequence[SheetModel], townships: Townships) -> None:
        self.book, self.townships = book, townships
        version = book.words.translate("version {version}").format(version=overview.version)
        self.subtitle = f"{overview.title} · {version} · {overview.date}"
        self._ground: dict[str, PrintLayer] = {}
        self._found: dict[str, list[IntArray]] = {}
        self.layers: dict[Theme, list[PrintLayer]] = {}
        self.document: dict[Theme, MapDocument] = {}
        self.members: dict[Theme, dict[str, list[IntArray]]] = {}
        self.tabled: dict[Theme, list[Layer]] = {}
        for theme in THEMES:
            documents = [model.document for model in models if model.theme == theme]
            layers = combined_layers(documents)
            self.document[theme] = documents[0]
            self.layers[theme] = [self._prepared(layer) for layer in layers if layer.visible]
            counted = [
                layer
                for layer in layers
                if layer.kind == "point" or layer.key.startswith(("cells_", "units", "empty_"))
            ]
            self.tabled[theme] = [layer for layer in counted if layer.visible]
            self.members[theme] = {layer.key: self._members(layer) for layer in self.tabled[theme]}

    def _prepared(self, layer: Layer) -> PrintLayer:
        """Make a layer ready; the ground is the same in every theme."""
        if layer.key not in _GROUND:
            return PrintLayer(layer)
        return self._ground.setdefault(layer.key, PrintLayer(layer))

    def _members(self, layer: Layer) -> list[IntArray]:
        """Find the features in each township; cells and units are the same in every theme."""
        if layer.kind == "point" or layer.key.startswith("empty_"):
            return self.townships.features(layer)
        if layer.key not in self._found:
            self._found[layer.key] = self.townships.features(layer)
        return self._found[layer.key]

    def page(self, at: int, theme: Theme) -> Page:
        """Return the page of a township and a theme."""
        _ = self.book.words.translate
        name = self.townships.names[at]
        document, layers = self.document[theme], self.layers[theme]
        targets = {"townships": {k: township_id(k, theme) for k in range(len(self.townships.names)) if k != at}}
        title = labelled(name, self.book.words.theme(theme), self.book.words.lang)
        picture = self.book.map(
            layers, extent_around(self.townships.shapes[at]), north=document.north, alt=title, targets=targets,
            subject=self.townships.shapes[at],
        )  # fmt: skip
        mine = {layer.key: taken(layer, self.members[theme][layer.key][at]) for layer in self.tabled[theme]}
        counts = {key: layer.counts for key, layer in mine.items()}
        legend = self.book.legend([prepared.layer for prepared in layers], counts)
        page = map_page(
            self.book, document, name=township_id(at, theme), title=title, picture=picture,
            legend=[_used(group) for group in legend], table=_table_of(theme, list(mine.values()), self.book),
        )  # fmt: skip
        page["subtitle"] = self.book.cut(self.subtitle, 560.0, 8.0)
        page["neighbours"] = [
            {"title": self.book.cut(self.townships.names[k], 90.0, 6.8), "to": township_id(k, theme)}
            for k in self.townships.neighbours[at][:8]
        ]
        page["links"] = [
            {"title": self.book.words.theme(other), "to": township_id(at, other)} for other in THEMES if other != theme
        ]
        page["links"].append({"title": _("Index"), "to": "index"})
        return page


def _used(group: dict[str, Any]) -> dict[str, Any]:
    """Leave out of a legend what a township has none of, unless nothing would remain."""
    kept = [entry for entry in group["entries"] if entry["count"] != "0"]
    return {**group, "entries": kept or group["entries"][:1]}


def extent_around(shape: shapely.Geometry) -> Extent:
    """Return the extent of a shape with a margin, in m."""
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
