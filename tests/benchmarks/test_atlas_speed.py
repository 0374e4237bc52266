"""
The printed atlas: how long a large county takes, and the same maps drawn by matplotlib.

Both draw the same 21 maps: the same layers, cut to the same windows, with the same symbols and labels. Ours also sets
title, legend, table and links of each page, which matplotlib is spared.

    OMP_NUM_THREADS=1 GRIDPART_FULL=1 pytest tests/benchmarks/test_atlas_speed.py -s
"""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from atlas.hundred_townships import hundred_townships
from pypdf import PdfReader
from stopwatch import compare

import gridpart as gp
from gridpart.atlas import AtlasSet
from gridpart.atlas._pdf.pages import MAP_PT, Book
from gridpart.atlas._pdf.picture import Picture
from gridpart.atlas._pdf.setting import compiled
from gridpart.atlas._pdf.shapes import PrintLayer
from gridpart.atlas._pdf.township_pages import TownshipPages
from gridpart.atlas._pdf.townships import townships_of
from gridpart.atlas.words import THEMES, Words
from gridpart.viewer.fonts import FontSet, find_fonts

pytestmark = pytest.mark.benchmark
TOWNSHIPS = 7


def our_pages(atlas: AtlasSet, fonts: FontSet) -> tuple[Book, TownshipPages, bytes]:
    towns = townships_of(atlas.overview.layers)
    assert towns is not None
    book = Book(fonts, Words("zh-Hans"))
    pages = TownshipPages(book, atlas.overview, [sheet.model for sheet in atlas.sheets], towns)
    book.pages += [pages.page(at, theme) for at in range(TOWNSHIPS) for theme in THEMES]
    return book, pages, compiled(book, title="t", date="2026-01-01")


def with_matplotlib(book: Book, pages: TownshipPages, font: Path) -> bytes:
    """Draw the maps of a book's pages with matplotlib."""
    import matplotlib as mpl
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    mpl.rcParams["pdf.fonttype"] = 42
    box = {"boxstyle": "round,pad=0.1", "facecolor": "#fdfcf8", "edgecolor": "none", "alpha": 0.7}
    made, words = io.BytesIO(), FontProperties(fname=font, size=6)
    with PdfPages(made) as paper:
        for number, picture in enumerate(book.pictures):
            figure = Figure(figsize=(11.69, 8.27))
            axes = figure.add_axes((0.03, 0.1, MAP_PT[0] / 842, MAP_PT[1] / 595))
            for prepared in pages.layers[THEMES[number % len(THEMES)]]:
                _draw(axes, prepared, picture)
            left, bottom, right, top = picture.window.extent()
            axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
            axes.grid(linewidth=0.25, color="#24282c", alpha=0.16)
            for placed in picture.labels:
                x = left + (placed.box[0] + placed.box[2]) / 2 / picture.window.scale
                y = top - (placed.box[1] + placed.box[3]) / 2 / picture.window.scale
                axes.text(
                    x, y, placed.label.text, fontproperties=words, ha="center", va="center", parse_math=False, bbox=box
                )
            paper.savefig(figure)
    return made.getvalue()


def _draw(axes: Any, prepared: PrintLayer, picture: Picture) -> None:
    """Draw what meets the window, as geopandas does: each feature a patch, all of a class one collection."""
    from matplotlib.collections import LineCollection, PatchCollection
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    layer = prepared.layer
    seen = prepared.seen(picture.window)
    class_of = layer.classes_of[seen.features]
    for number, entry in enumerate(layer.classes):
        shapes, look = prepared.shapes[seen.features[class_of == number]], entry.style
        if layer.kind == "area" and len(shapes):
            edge = layer.outline or look
            patches = [
                PathPatch(Outline.make_compound_path(*(Outline(ring.coords) for ring in shapely.get_rings(part))))
                for part in shapely.get_parts(shapes)
            ]
            paint = {"facecolor": look.fill or "none", "edgecolor": edge.stroke or "none", "linewidth": edge.width}
            axes.add_collection(PatchCollection(patches, **paint))
        elif layer.kind == "line" and len(shapes):
            lines = [np.asarray(line.coords) for line in shapely.get_parts(shapes)]
            axes.add_collection(LineCollection(lines, colors=look.stroke, linewidths=look.width))
        elif len(shapes):
            places = shapely.get_coordinates(shapes)
            axes.scatter(*places.T, s=look.size * 3, c=look.fill, edgecolors=look.stroke, linewidths=0.5)


def test_twenty_one_pages_against_matplotlib(tmp_path: Path) -> None:
    """Measured 7 to 9; the quick form runs beside other tests and asks for less."""
    atlas = gp.build_atlas(gp.sample_project(), tmp_path, formats=("html",))
    fonts = find_fonts(None, lang="zh-Hans")
    book, pages, ours = our_pages(atlas, fonts)
    assert len(PdfReader(io.BytesIO(ours)).pages) == 3 * TOWNSHIPS
    other = with_matplotlib(book, pages, fonts.fonts[0].path)
    assert len(PdfReader(io.BytesIO(other)).pages) == 3 * TOWNSHIPS
    result = compare(
        "21 printed maps, matplotlib's PdfPages",
        lambda: our_pages(atlas, fonts),
        lambda: with_matplotlib(book, pages, fonts.fonts[0].path),
        repeats=2,
    )
    assert result.ratio > (5 if os.environ.get("GRIDPART_FULL") else 3)


@pytest.mark.full
def test_a_hundred_townships_on_paper(tmp_path: Path) -> None:
    """Below 20 s of processor time and 8 MB."""
    project = hundred_townships()
    began = time.process_time()
    atlas = gp.build_atlas(project, tmp_path, formats=("pdf",))
    took = time.process_time() - began
    assert atlas.pdf is not None
    size = atlas.pdf.stat().st_size / 1e6
    print(f"\n  100 townships: {len(PdfReader(atlas.pdf).pages)} pages, {took:.1f} s, {size:.1f} MB")
    assert took < 20
    assert size < 8
