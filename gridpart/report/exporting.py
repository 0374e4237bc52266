"""Tables to files for others: CSV, XLSX, HTML, GeoPackage, PDF; only what is in the table is in the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.errors import InputError, RenderError
from gridpart.i18n import Joined, labelled, messages, require_language, translator
from gridpart.report.document import Document, Section, shown
from gridpart.report.record_words import in_words
from gridpart.steps import task
from gridpart.tables.export import write_csv, write_xlsx
from gridpart.tables.replacing import replacing
from gridpart.viewer.fonts import FontSet, find_fonts

say = messages("report")

FORMATS = (".csv", ".xlsx", ".html", ".gpkg", ".pdf", ".geojson")
"""Endings of the files that can be written."""

_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # the day of writing would change the bytes
_MOST_COLUMNS = 12  # more do not fit on a page; the filled ones then stand in words beside the first three
_TEMPLATE = """#let d = json("table.json")
#set document(title: d.title, date: none)
#set page("a4", flipped: true, margin: 12mm, numbering: "1 / 1")
#set text(font: d.fonts, size: 7pt, fallback: false)
#text(12pt, weight: "bold", d.title)
#v(2mm)
#table(columns: d.widths.map(w => if w == 0 { auto } else { 1fr }), stroke: 0.3pt + gray, inset: 3pt,
  table.header(..d.heads.map(h => strong(h))), ..d.rows.flatten())
"""


@checked
@task("export")
def export(table: pd.DataFrame, path: str | Path, *, title: str = "", lang: Language = "zh-Hans") -> Path:
    """
    Write a table, such as a view of a ledger, to a file.

    The file is made of the table's values alone, so that what a reader may not see is not in its bytes.

    Parameters
    ----------
    table
        From `gridpart.ledger.view`, or any other; its index and attributes are not written.
    path
        File to make or replace; its ending says the format, see `FORMATS`. GeoJSON needs a geometry and is written in
        longitude and latitude (EPSG:4326), for mobile devices.
    title
        Above the table, where the format has such a place; the name of the layer in a GeoPackage is ``table``.
    lang
        Language of page and print; in Chinese they show heads and codes of records in words. All other formats keep the
        names of the code.

    Returns
    -------
    path
        The file.

    Raises
    ------
    InputError
        If the format is unknown, or GeoJSON is asked for a table without geometry.
    RenderError
        If a PDF is asked for and typst, or a glyph, is missing.
    """
    target, require_language_of = Path(path), require_language(lang)
    plain = pd.DataFrame(table.drop(columns="geometry", errors="ignore")).reset_index(drop=True)
    writers: dict[str, Callable[[], object]] = {
        ".csv": lambda: write_csv(plain, target),
        ".xlsx": lambda: write_xlsx({title or "table": plain}, target),
        ".html": lambda: _page(in_words(plain, lang), target, title, require_language_of),
        ".gpkg": lambda: _layer(table, target),
        ".pdf": lambda: _print(in_words(plain, lang), target, title, require_language_of),
        ".geojson": lambda: _geojson(table, target),
    }
    if target.suffix.lower() not in writers:
        raise InputError(
            say(
                "{name}: tables are written as {formats}. Nothing was written.",
                name=target.name,
                formats=Joined(FORMATS),
            )
        )
    writers[target.suffix.lower()]()
    return target


def _page(table: pd.DataFrame, target: Path, title: str, lang: Language) -> None:
    head = title or translator(lang, "report")("table")
    page = Document(head, "", lang, (Section(head, table, limit=len(table)),)).to_html()
    with replacing(target) as file:
        file.write_text(page, encoding="utf-8", newline="\n")


def _layer(table: pd.DataFrame, target: Path) -> None:
    """Write a new file: one that was there before may hold deleted rows in its free pages."""
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _DAY.isoformat().replace("+00:00", ".000Z")})
    try:
        with replacing(target) as file:
            pyogrio.write_dataframe(table.reset_index(drop=True), file, layer="table", driver="GPKG")
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _geojson(table: pd.DataFrame, target: Path) -> None:
    if not isinstance(table, gpd.GeoDataFrame) or table.crs is None:
        raise InputError(say("{name}: GeoJSON needs a geometry with a CRS. Nothing was written.", name=target.name))
    text = table.reset_index(drop=True).to_crs(4326).to_json(drop_id=True, ensure_ascii=False, default=str)
    with replacing(target) as file:
        file.write_text(text + "\n", encoding="utf-8", newline="\n")


def _print(table: pd.DataFrame, target: Path, title: str, lang: Language) -> None:
    try:
        import typst
    except ModuleNotFoundError as error:
        raise RenderError(
            say("a printed table needs typst: pip install 'gridpart[pdf]'. Nothing was written.")
        ) from error
    fonts = find_fonts(None, lang=lang)
    heads, rows = _for_print(table, lang)
    _require_glyphs([title, *heads, *(text for row in rows for text in row)], fonts)
    widths = [int(head == _DETAILS) for head in heads]
    head = title or translator(lang, "report")("table")
    content = {"title": head, "fonts": fonts.families, "heads": heads, "rows": rows, "widths": widths}
    sources = {"main": _TEMPLATE, "table.json": json.dumps(content, ensure_ascii=False)}
    compile_table: Callable[..., tuple[bytes, list[Any]]] = typst.compile_with_warnings  # sources may be given by name
    try:
        with fonts.folder() as folder:
            made, warnings = compile_table(
                {name: text.encode() for name, text in sources.items()},
                font_paths=[folder],
                ignore_system_fonts=True,
                timestamp=_DAY,
                pdf_tags=False,
            )
    except typst.TypstError as error:
        raise RenderError(say("the table could not be printed: {error}. Nothing was written.", error=error)) from error
    if warnings:
        raise RenderError(
            say("the table could not be printed as promised: {why}. Nothing was written.", why=warnings[0].message)
        )
    with replacing(target) as file:
        file.write_bytes(made)


_DETAILS = "…"


def _require_glyphs(texts: list[str], fonts: FontSet) -> None:
    """Refuse a character that the fonts lack: it would be printed as an empty box."""
    for text in texts:
        named = fonts.lacking(text.replace("\n", ""))
        if named:
            families = Joined(fonts.families)
            raise RenderError(
                say(
                    "no glyph for {named} in {text!a}; fonts: {families}. Nothing was written.",
                    named=named,
                    text=text[:40],
                    families=families,
                )
            )


def _for_print(table: pd.DataFrame, lang: Language) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows as texts; of a wide table the first three columns, and the rest in words."""
    names = [str(name) for name in table.columns]
    rows = [[shown(value) for value in row] for row in table.astype(object).itertuples(index=False)]
    if len(names) <= _MOST_COLUMNS:
        return names, rows
    told = [
        [
            *row[:3],
            " · ".join(labelled(name, text, lang) for name, text in zip(names[3:], row[3:], strict=True) if text),
        ]
        for row in rows
    ]
    return [*names[:3], _DETAILS], told
