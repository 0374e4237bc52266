"""Styles for QGIS inside the GeoPackage: the same symbols and colours as on the sheets, taken up when a layer opens."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree as ET  # writes only

from gridpart.atlas._symbols import kind_style
from gridpart.atlas.words import Words
from gridpart.viewer import Style, style

_MARKS = {
    "square": "square", "open_square": "square", "triangle": "triangle", "open_triangle": "triangle", "dot": "circle",
    "circle": "circle", "circle_cross": "circle", "diamond": "diamond", "cross": "cross2",
}  # fmt: skip
_MM_PER_PX = 0.26

_TABLE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME
)"""
_PLAIN = {
    "service_area": style("service_area"),
    "units": style("unit").with_(fill="#f6f3ea"),
    "cells": style("big_cell"),
    "territories": style("big_cell").with_(width=2.0, stroke="#a03c78"),
}


def add_styles(path: Path, *, kinds: Mapping[str, Sequence[str]], known: Sequence[str], words: Words, day: str) -> None:
    """
    Add a table of styles to a GeoPackage.

    Parameters
    ----------
    path
        The file, closed.
    kinds
        Kinds that occur in each layer of points, by its name.
    known
        Kinds that the visual language knows.
    words
        Names of kinds.
    day
        ISO date that the styles carry.
    """
    looks = {name: _document("singleSymbol", [("", "", look)], marker=False) for name, look in _PLAIN.items()}
    for name, present in kinds.items():
        rows = [(kind, words.kind(kind), kind_style(kind, known=kind in known)) for kind in present]
        looks[name] = _document("categorizedSymbol", rows, marker=True)
    moment = f"{day}T00:00:00.000Z"
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.execute(_TABLE)
            connection.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
                "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
                (moment,),
            )
            connection.executemany(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, "
                "styleName, styleQML, styleSLD, useAsDefault, description, owner, update_time) "
                "VALUES ('', '', ?, 'geom', ?, ?, '', 1, 'gridpart', '', ?)",
                [(name, name, text, moment) for name, text in looks.items()],
            )
    finally:
        connection.close()


def _document(kind: str, rows: Sequence[tuple[str, str, Style]], *, marker: bool) -> str:
    root = ET.Element("qgis", version="3.22", styleCategories="Symbology")
    renderer = ET.SubElement(root, "renderer-v2", type=kind, symbollevels="0", forceraster="0", enableorderby="0")
    if kind == "categorizedSymbol":
        renderer.set("attr", "kind")
        categories = ET.SubElement(renderer, "categories")
        for number, (value, label, _look) in enumerate(rows):
            ET.SubElement(categories, "category", render="true", value=value, label=label, symbol=str(number))
    symbols = ET.SubElement(renderer, "symbols")
    for number, (_value, _label, look) in enumerate(rows):
        _symbol(symbols, number, look, marker=marker)
    return "<!DOCTYPE qgis>\n" + ET.tostring(root, encoding="unicode")


def _symbol(symbols: ET.Element, number: int, look: Style, *, marker: bool) -> None:
    symbol = ET.SubElement(symbols, "symbol", name=str(number), type="marker" if marker else "fill", alpha="1")
    layer = ET.SubElement(
        symbol, "layer", {"class": "SimpleMarker" if marker else "SimpleFill"}, enabled="1", locked="0"
    )
    options = ET.SubElement(layer, "Option", type="Map")
    values = {
        "color": _colour(look.fill),
        "outline_color": _colour(look.stroke),
        "outline_style": "solid" if look.stroke else "no",
        "outline_width": f"{look.width * _MM_PER_PX:.2f}",
        "outline_width_unit": "MM",
    }
    if marker:
        values |= {"name": _MARKS[look.symbol or "circle"], "size": f"{look.size * _MM_PER_PX:.2f}", "size_unit": "MM"}
    else:
        values["style"] = "solid" if look.fill else "no"
    for name, value in values.items():
        ET.SubElement(options, "Option", type="QString", name=name, value=value)


def _colour(colour: str | None) -> str:
    if colour is None:
        return "0,0,0,0"
    return ",".join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5)) + ",255"
