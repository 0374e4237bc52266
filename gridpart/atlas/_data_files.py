"""The data behind the sheets for people without a map program: CSV, a workbook, the list of fields, a read-me."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

from gridpart.atlas._frame import digest_of, sources_of, version_of
from gridpart.atlas.naming import Naming
from gridpart.geo import crs_label
from gridpart.i18n import labelled
from gridpart.steps import counted
from gridpart.tables import write_csv, write_xlsx

BEGINNING = "data_"
"""How the names of the files begin."""

FIELDS = "fields"
WORKBOOK = "atlas.xlsx"
README = "README.txt"


def write_data_files(naming: Naming, tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """
    Write tables as CSV and, where the extra ``[files]`` is there, as one workbook, with the list of their fields.

    Parameters
    ----------
    naming
        The register and its words.
    tables
        By name; of points the coordinates are written, of areas the columns only.
    folder
        Where none of the files exists yet.
    """
    plain = {name: _plain(table) for name, table in tables.items()}
    plain[FIELDS] = fields_table(naming, plain)
    for name, table in counted("csv", list(plain.items())):
        write_csv(table, folder / f"{BEGINNING}{name}.csv")
    if importlib.util.find_spec("xlsxwriter") is not None:
        write_xlsx(plain, folder / WORKBOOK)
    text = "\n".join(_readme(naming, plain, has_workbook=(folder / WORKBOOK).is_file()))
    (folder / README).write_text(text + "\n", encoding="utf-8-sig", newline="\r\n")


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(table, gpd.GeoDataFrame):
        return table
    plain = pd.DataFrame(table.drop(columns=table.geometry.name))
    if (table.geom_type == "Point").all() and len(table):
        plain["x_m"], plain["y_m"] = table.geometry.x.to_numpy(), table.geometry.y.to_numpy()
    return plain


def fields_table(naming: Naming, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return every field of every table: what it holds, and its unit."""
    _ = naming.translate
    meanings = _meanings(naming)
    rows = [
        (name, str(column), _("number") if pd.api.types.is_numeric_dtype(table[column]) else _("text"),
         *meanings.get(str(column), (_("as its name says"), "")))
        for name, table in tables.items()
        for column in table.columns
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["table", "field", "type", "meaning", "unit"])


def _meanings(naming: Naming) -> dict[str, tuple[str, str]]:
    """Return meaning and unit of each field; a field in several tables means the same in all."""
    _ = naming.translate
    nothing = ""
    meanings = {
        "unit_id": _("Code of the community or village"),
        "name": _("Name"),
        "name_en": _("English name"),
        "short_name": _("Short name"),
        "kind": _("Kind"),
        "township_id": _("Code of the township"),
        "township": _("Name of the township"),
        "township_en": _("English name of the township"),
        "zone_class": _("Class: urban or rural"),
        "population": _("Residents"),
        "bank_id": _("Id of the bank"),
        "cell_id": _("Id of the cell"),
        "outlet_id": _("Id of the outlet"),
        "equipment_id": _("Id of the piece of equipment"),
        "staff_id": _("Number of the officer or manager; no name"),
        "manager_id": _("Number of the manager; no name"),
        "role": _("Officer or manager"),
        "employment_type": _("Full-time or part-time"),
        "duties": _("Duties, with semicolons between"),
        "address": _("Address of the outlet"),
        "omitted": _("Why it is on no map; empty if it is on one"),
        "demand": _("Demand of the cell, as its rule counts it"),
        "officers": _("Number of officers of the cell"),
        "outlets": _("Number of the bank's outlets in the cell"),
        "equipment": _("Number of the bank's pieces of equipment in the cell"),
        "cells": _("Number of cells"),
        "register": _("Register that the row is on"),
        "id": _("Id on that register"),
        "reason": _("Why it is on no map"),
        "key": _("What is stated"),
        "value": _("Its value"),
    }
    measured = {
        "area_m2": (_("Area"), "m²"),
        "x_m": (_("East coordinate in the system named in `about`"), "m"),
        "y_m": (_("North coordinate in the system named in `about`"), "m"),
    }
    return {name: (meaning, nothing) for name, meaning in meanings.items()} | measured


def _readme(naming: Naming, tables: Mapping[str, pd.DataFrame], *, has_workbook: bool) -> list[str]:
    _, lang = naming.translate, naming.words.lang
    register = naming.register
    lines = [
        _("Grid atlas of {project}").format(project=" ".join(naming.project.split())),
        "",
        labelled(_("Coordinates"), crs_label(register.service_area.crs), lang),
        labelled(_("Version"), version_of(naming), lang),
        labelled(_("Date"), register.as_of.isoformat(), lang),
        labelled(_("Sources"), " ".join(sources_of(naming).split()), lang),
        labelled(_("Certificate"), digest_of(register), lang),
        "",
        _("atlas.gpkg holds all layers with their borders; QGIS opens it with the colours of the sheets."),
        _("The CSV files are UTF-8; a text that a spreadsheet could run as a formula stands after an apostrophe."),
    ]
    if has_workbook:
        lines.append(_("atlas.xlsx holds the same tables in one workbook; texts in it are never formulas."))
    lines += [
        _("data_fields.csv tells what every field means. Nothing here tells who a person is: staff have numbers only."),
        "",
        *(
            labelled(f"{BEGINNING}{name}.csv", _("{n} rows").format(n=naming.words.count(len(table))), lang)
            for name, table in tables.items()
        ),
    ]
    return lines
