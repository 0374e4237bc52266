"""A sheet with too many cells for one file becomes a guide and a page for each township."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely

from gridpart._typing import IntArray
from gridpart.atlas._frame import INDEX
from gridpart.atlas._pdf.combine import taken
from gridpart.atlas._pdf.township_pages import extent_around
from gridpart.atlas._pdf.townships import Townships, townships_of
from gridpart.atlas.model import SheetModel
from gridpart.atlas.words import Words
from gridpart.viewer import Layer, Link, MapDocument, Table

CELLS_A_FILE = 5000
"""Cells of all banks on a sheet above which its page is split."""


def pages_of(model: SheetModel, words: Words, *, most: int | None = None) -> dict[str, MapDocument]:
    """
    Return the pages of a sheet by file name, its own name first.

    Parameters
    ----------
    model
        The sheet.
    words
        Language of the atlas.
    most
        Cells that one file may hold; None takes `CELLS_A_FILE`.

    Returns
    -------
    pages
        One page; or, of a large sheet of a county with townships, a guide without cells that leads to a page for each
        township. Things that lie in no township stay on the guide.
    """
    document, name = model.document, f"{model.stem}.html"
    cells = sum(len(layer.geometries) for layer in document.layers if _is_cells(layer))
    townships = townships_of(document.layers)
    if cells <= (CELLS_A_FILE if most is None else most) or townships is None:
        return {name: document}
    members = {layer.key: townships.features(layer) for layer in document.layers if _is_parted(layer)}
    names = [f"{model.stem}_{at + 1:03d}.html" for at in range(len(townships.names))]
    guide = _guide(
        document, members, [Link(title, file) for title, file in zip(townships.names, names, strict=True)], words
    )
    back = [Link(words.translate("Index"), INDEX), Link(document.title, name)]
    parts = {file: _part(document, townships, members, at, back) for at, file in enumerate(names)}
    return {name: guide} | parts


def _is_cells(layer: Layer) -> bool:
    return layer.key.startswith(("cells_", "context_", "empty_"))


def _is_parted(layer: Layer) -> bool:
    return layer.kind == "point" or _is_cells(layer) or layer.key == "units"


def _guide(
    document: MapDocument, members: dict[str, list[IntArray]], links: Sequence[Link], words: Words
) -> MapDocument:
    _ = words.translate
    layers, left = [], {}
    for layer in document.layers:
        if layer.kind == "point":
            placed = np.concatenate(members[layer.key]) if members[layer.key] else np.zeros(0, dtype=np.int64)
            left[layer.key] = np.setdiff1d(np.arange(len(layer.geometries)), placed)
            if len(left[layer.key]):
                layers.append(taken(layer, left[layer.key]))
        elif not _is_cells(layer):
            layers.append(layer)
    note = _("This sheet has too many cells for one page: choose a township above. The figures are of the whole sheet.")
    tables = [_table_of(table, left, None) for table in document.tables]
    return replace(
        document, layers=layers, tables=[table for table in tables if table is not None],
        notes=[note, *document.notes], links=[*document.links, *links], filter_by=None,
    )  # fmt: skip


def _part(
    document: MapDocument, townships: Townships, members: dict[str, list[IntArray]], at: int, back: Sequence[Link]
) -> MapDocument:
    chosen = {key: rows[at] for key, rows in members.items()}
    layers = [taken(layer, chosen[layer.key]) if layer.key in chosen else layer for layer in document.layers]
    ids = {
        card[0] for layer in layers if layer.key.startswith("cells_") for card in layer.cards or ()
    }  # fmt: skip
    land: shapely.Geometry = townships.shapes[at]
    tables = [_table_of(table, chosen, ids) for table in document.tables]
    return replace(
        document, title=f"{document.title} · {townships.names[at]}", layers=layers, facts=(), focus=extent_around(land),
        tables=[table for table in tables if table is not None], links=back, filter_by=None,
    )  # fmt: skip


def _table_of(table: Table, chosen: dict[str, IntArray], ids: set[str] | None) -> Table | None:
    """Return the rows of a table whose features or cells were chosen; None if the table is about neither."""
    if table.layer in chosen:
        kept = {int(feature): at for at, feature in enumerate(chosen[table.layer])}
        features = range(len(table.rows)) if table.features is None else table.features
        rows = [(row, kept[feature]) for row, feature in zip(table.rows, features, strict=True) if feature in kept]
        return replace(table, rows=[row for row, _ in rows], features=[at for _, at in rows])
    if ids is None:
        return table
    rows_of_cells = [row for row in table.rows if row and row[0] in ids]
    return replace(table, rows=rows_of_cells) if rows_of_cells else None
