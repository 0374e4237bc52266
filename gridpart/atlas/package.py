"""The data behind the sheets, to hand over: ids, places and figures, no personal fields."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from gridpart.atlas._data_files import write_data_files
from gridpart.atlas._equipment_sheets import KINDS as EQUIPMENT_KINDS
from gridpart.atlas._jurisdictions import Jurisdictions, cell_key
from gridpart.atlas._outlet_sheets import KINDS as OUTLET_KINDS
from gridpart.atlas._places import has_place, records, shapes_of
from gridpart.atlas._qgis import add_styles
from gridpart.atlas.naming import Naming
from gridpart.atlas.register import Register
from gridpart.geo import crs_label
from gridpart.steps import counted

PACKAGE = "atlas.gpkg"

_UNITS = ("unit_id", "name", "name_en", "kind", "township_id", "township", "township_en", "zone_class", "population")
_CELLS = ("bank_id", "cell_id", "outlet_id", "zone_class", "area_m2", "demand")
_OUTLETS = (
    "outlet_id", "bank_id", "name", "name_en", "kind", "unit_id", "cell_id", "zone_class", "address", "omitted",
)  # fmt: skip
_EQUIPMENT = ("equipment_id", "bank_id", "outlet_id", "name", "kind", "unit_id", "cell_id", "zone_class", "omitted")
_STAFF = (
    "staff_id", "role", "employment_type", "bank_id", "cell_id", "manager_id", "duties", "zone_class", "omitted",
)  # fmt: skip
_BANKS = ("bank_id", "name", "name_en", "short_name")


def package_tables(naming: Naming) -> dict[str, pd.DataFrame]:
    """
    Return the tables behind the sheets by name; those with places are GeoDataFrames.

    Only the columns named here are in it: a column of the user's own, such as a telephone number, stays out.
    """
    register = naming.register
    return {
        "service_area": register.service_area[["geometry"]],
        "units": _only(register.units, _UNITS),
        "cells": _cells(register),
        "territories": _territories(register),
        "outlets": _only(_drawable(register.outlets), _OUTLETS),
        "equipment": _only(_drawable(register.equipment), _EQUIPMENT),
        "banks": _plain(register.banks, _BANKS),
        "staff": _staff(register),
        "omissions": _omissions(register),
        "about": _about(naming),
    }


def write_package(naming: Naming, folder: Path) -> None:
    """
    Write the data behind the sheets: a GeoPackage with styles for QGIS, and beside it CSV, workbook, fields, read-me.

    Parameters
    ----------
    naming
        The register.
    folder
        Where none of these files exists yet.
    """
    register = naming.register
    tables = package_tables(naming)
    path = folder / PACKAGE
    with _fixed_clock(register):
        for name, table in counted("layers", list(tables.items())):
            if isinstance(table, gpd.GeoDataFrame):
                many = name not in _POINTS
                pyogrio.write_dataframe(table, path, layer=name, driver="GPKG", promote_to_multi=many)
            else:
                pyogrio.write_dataframe(table, path, layer=name, driver="GPKG", append=True)
    add_styles(
        path,
        kinds={name: sorted(set(tables[name]["kind"].dropna())) for name in _POINTS},
        known=(*OUTLET_KINDS, *EQUIPMENT_KINDS),
        words=naming.words,
        day=register.as_of.isoformat(),
    )
    write_data_files(naming, {name: tables[name] for name in _AS_TABLES}, folder)


_AS_TABLES = ("units", "cells", "territories", "outlets", "equipment", "banks", "staff", "omissions", "about")
_POINTS = ("outlets", "equipment")


@contextmanager
def _fixed_clock(register: Register) -> Iterator[None]:
    """Let GDAL stamp the day of the atlas instead of the moment, so that the same data give the same bytes."""
    wanted = {"OGR_CURRENT_DATE": f"{register.as_of.isoformat()}T00:00:00.000Z", "OGR_SQLITE_SYNCHRONOUS": "OFF"}
    before = {name: pyogrio.get_gdal_config_option(name) for name in wanted}
    pyogrio.set_gdal_config_options(wanted)
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def _only(layer: gpd.GeoDataFrame, columns: tuple[str, ...]) -> gpd.GeoDataFrame:
    table = _plain(layer, columns)
    return gpd.GeoDataFrame(table, geometry=shapes_of(layer), crs=layer.crs)


def _plain(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    chosen = table.reindex(columns=list(columns))
    return pd.DataFrame({name: chosen[name].to_numpy() for name in columns})


def _drawable(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return layer[has_place(layer)]


def _cells(register: Register) -> gpd.GeoDataFrame:
    """Cells with the counts that the sheets show."""
    people = Jurisdictions(register)
    cells = _only(register.cells, _CELLS)
    keys = [cell_key(cell) for cell in records(register.cells)]
    cells["manager_id"] = [people.manager.get(key) for key in keys]
    cells["officers"] = [len(people.officers.get(key, ())) for key in keys]
    for name in ("outlets", "equipment"):
        table = getattr(register, name)
        drawn = table[table["omitted"] == ""]
        counts = drawn.groupby(["bank_id", "cell_id"]).size().to_dict()
        cells[name] = np.array([counts.get(key, 0) for key in keys], dtype=np.int64)
    return cells


def _territories(register: Register) -> gpd.GeoDataFrame:
    """Union of the cells of each manager."""
    people = Jurisdictions(register)
    shape_of = dict(zip(map(cell_key, records(register.cells)), shapes_of(register.cells), strict=True))
    rows = [
        (bank_id, manager, len(ids), shapely.coverage_union_all([shape_of[bank_id, cell_id] for cell_id in ids]))
        for (bank_id, manager), ids in people.cells_of_manager.items()
    ]
    table = pd.DataFrame(
        {
            "bank_id": [row[0] for row in rows],
            "manager_id": [row[1] for row in rows],
            "cells": np.array([row[2] for row in rows], dtype=np.int64),
        }
    )
    return gpd.GeoDataFrame(table, geometry=[row[3] for row in rows], crs=register.cells.crs)


def _staff(register: Register) -> pd.DataFrame:
    managers = register.managers.assign(zone_class=None)
    return pd.concat([_plain(managers, _STAFF), _plain(register.officers, _STAFF)], ignore_index=True)


def _omissions(register: Register) -> pd.DataFrame:
    """Every row of a register that is on no map, with the reason."""
    parts = []
    for name, column in (("outlets", "outlet_id"), ("equipment", "equipment_id"), ("officers", "staff_id")):
        table = getattr(register, name)
        left = table[table["omitted"] != ""]
        parts.append(
            pd.DataFrame(
                {
                    "register": name,
                    "id": left[column].to_numpy(dtype=object),
                    "zone_class": left["zone_class"].to_numpy(dtype=object),
                    "reason": left["omitted"].to_numpy(dtype=object),
                }
            )
        )
    return pd.concat(parts, ignore_index=True).astype(object)


def _about(naming: Naming) -> pd.DataFrame:
    from gridpart.atlas._frame import digest_of, sources_of, version_of

    register = naming.register
    facts = {
        "project": register.name,
        "crs": crs_label(register.service_area.crs),
        "date": register.as_of.isoformat(),
        "version": version_of(naming),
        "sources": sources_of(naming),
        "digest": digest_of(register),
        "bank_id": register.scope.bank_id or "",
        "township_id": register.scope.township_id or "",
    }
    return pd.DataFrame({"key": list(facts), "value": list(facts.values())})
