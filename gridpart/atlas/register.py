"""Everything an atlas shows: classed, placed, and every row of the project's tables accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import GeometryArray
from gridpart.atlas._cells import cells_of, classed
from gridpart.atlas._people import people_of
from gridpart.atlas._places import WITHOUT_CLASS, has_place, rows_at, take, text_column, zone_column
from gridpart.atlas.scope import Scope
from gridpart.errors import InputError
from gridpart.geo import require_metric, require_same_crs
from gridpart.i18n import messages
from gridpart.tables import no_more, not_yet

if TYPE_CHECKING:
    from gridpart.partition import Grid
    from gridpart.project import Project

say = messages("atlas")

_TEXTS = ("outlet_id", "equipment_id", "bank_id", "name", "name_en", "kind", "address", "status")

DRAWN = ""
"""Value of ``omitted`` of a row that is on the map."""


@dataclass(frozen=True, eq=False)
class Register:
    """
    What is shown, one row per thing; tables are copies, the project is never changed.

    Attributes
    ----------
    name
        Name of the project.
    name_en
        English name of the service area where the project is called after it, or nothing.
    scope
        What the atlas is confined to.
    as_of
        Day the atlas stands for.
    service_area
        The county.
    units
        ``unit_id``, names, township, ``zone_class``, ``is_class_known``, ``population``, polygons. All of the county.
    banks
        ``bank_id``, ``name``, ``name_en``, ``short_name``, ``n_cells``; the bank with most cells first.
    cells
        ``bank_id``, ``cell_id``, ``outlet_id``, ``zone_class``, ``area_m2``, ``demand``, polygons.
    outlets, equipment
        Columns of their contracts and ``zone_class``, ``unit_id`` (where they stand), ``cell_id`` (of their own bank)
        and ``omitted``: why the row is not on the map, empty for one that is.
    officers, managers
        ``staff_id``, ``bank_id``, ``cell_id``, ``manager_id``, ``employment_type``, ``duties``, ``zone_class``,
        ``omitted``; no names, no contact data.
    roads
        Class and line of each road.
    grids
        Grid of each bank shown, by bank id, with a class for every cell.
    history
        Last line of the project's history, or nothing.
    """

    name: str
    name_en: str
    scope: Scope
    as_of: date
    service_area: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    banks: pd.DataFrame
    cells: gpd.GeoDataFrame
    outlets: gpd.GeoDataFrame
    equipment: gpd.GeoDataFrame
    officers: pd.DataFrame
    managers: pd.DataFrame
    roads: Sequence[tuple[str, shapely.Geometry]]
    grids: Mapping[str, Grid]
    history: str

    @property
    def bank_ids(self) -> list[str]:
        """Banks shown, the one with most cells first."""
        return [str(bank) for bank in self.banks["bank_id"]]


def register_of(project: Project, scope: Scope, *, as_of: str | date | None) -> Register:
    """
    Class and place everything in a project.

    Raises
    ------
    InputError
        If there is no grid to draw, or none of that day.
    CRSError
        If a layer is not in the metric CRS of the service area.
    """
    _require_drawable(project, scope)
    day = project.day(as_of)
    grids = {bank: grid for bank, grid in project.grids_on(as_of).items() if scope.bank_id in (None, bank)}
    units = _units_of(project)
    grids = {bank_id: classed(grid, units) for bank_id, grid in sorted(grids.items())}
    cells = cells_of(grids, units, scope=scope)
    banks = _banks_of(project, cells, scope=scope)
    order = {bank_id: number for number, bank_id in enumerate(banks["bank_id"])}
    cells = cells.sort_values("bank_id", key=lambda ids: ids.map(order), kind="stable").reset_index(drop=True)
    outlets = _placed(project.outlets, project, units=units, cells=cells, scope=scope)
    outlets["cell_id"] = _own_cells(outlets, cells)
    equipment = _placed(project.equipment, project, units=units, cells=cells, scope=scope)
    for name, layer in (("outlets", outlets), ("equipment", equipment)):
        layer["omitted"] = layer["omitted"].where(layer["omitted"] != DRAWN, _not_open(layer, day, name=name))
    officers, managers = people_of(project.staff, cells, scope=scope, day=day)
    return Register(
        name=project.name,
        name_en=_english_name(project),
        scope=scope,
        as_of=day,
        service_area=project.service_area,
        units=units,
        banks=banks,
        cells=cells,
        outlets=outlets,
        equipment=equipment,
        officers=officers,
        managers=managers,
        roads=_roads_of(project),
        grids=MappingProxyType(grids),
        history=_last_line(project.history),
    )


def _require_drawable(project: Project, scope: Scope) -> None:
    require_metric(project.service_area, name="service_area")
    for name in ("units", "outlets", "equipment"):
        layer = getattr(project, name)
        if len(layer):
            require_same_crs(project.service_area, layer, names=("service_area", name))
    wanted = set(project.grids) if scope.bank_id is None else {scope.bank_id} & set(project.grids)
    if not wanted:
        whose = (
            say("Project {name!r}", name=project.name)
            if scope.bank_id is None
            else say("Bank {bank_id!r}", bank_id=scope.bank_id)
        )
        raise InputError(
            say(
                "{whose} has no grid to draw. Make one first: `project.partition(rule='nearest')`. Nothing written.",
                whose=whose,
            )
        )


def _units_of(project: Project) -> gpd.GeoDataFrame:
    units = project.units.reset_index(drop=True)
    table = gpd.GeoDataFrame(
        {
            name: text_column(units, name)
            for name in ("unit_id", "name", "name_en", "kind", "township_id", "township", "township_en")
        },
        geometry=units.geometry,
        crs=project.service_area.crs,
    )
    zone = zone_column(units)
    table["zone_class"] = zone.fillna(WITHOUT_CLASS)
    table["is_class_known"] = zone.notna()
    known = "population" in units.columns
    table["population"] = pd.to_numeric(units["population"]).astype(float) if known else np.nan
    return table


def _placed(
    layer: gpd.GeoDataFrame, project: Project, *, units: gpd.GeoDataFrame, cells: gpd.GeoDataFrame, scope: Scope
) -> gpd.GeoDataFrame:
    """Find unit, cell and class of each point, and why it cannot be drawn."""
    table = layer.reset_index(drop=True)
    if scope.bank_id is not None:
        table = table[text_column(table, "bank_id") == scope.bank_id].reset_index(drop=True)
    shapes: GeometryArray = np.asarray(table.geometry.array, dtype=object)
    drawable = has_place(table)
    points = shapes.copy()
    points[~drawable] = shapely.Point()
    inside = rows_at(points, np.asarray(project.service_area.geometry.array, dtype=object)) >= 0
    unit_rows = rows_at(points, np.asarray(units.geometry.array, dtype=object))
    on_record = units.reset_index().drop_duplicates("unit_id").set_index("unit_id")["index"]
    recorded = text_column(table, "unit_id").map(on_record).fillna(-1).to_numpy(dtype=np.int64)
    unit_rows = np.where(unit_rows >= 0, unit_rows, recorded)
    table["unit_id"] = take(units["unit_id"], unit_rows)
    cell_rows = _cell_rows(points, text_column(table, "bank_id"), cells)
    for name in _TEXTS:
        table[name] = text_column(table, name)
    table["cell_id"] = take(cells["cell_id"], cell_rows)
    zone = pd.Series(take(units["zone_class"], unit_rows), dtype=object)
    table["zone_class"] = zone.where(zone.notna(), take(cells["zone_class"], cell_rows))
    closed = text_column(table, "status") == "closed"
    table["omitted"] = np.select(
        [closed, ~drawable, ~inside], ["closed", "no_coordinates", "outside"], default=DRAWN
    ).astype(object)
    drawn_without_class = (table["omitted"] == DRAWN) & table["zone_class"].isna()
    table.loc[drawn_without_class, "zone_class"] = WITHOUT_CLASS
    if scope.township_id is None:
        return table
    township = take(units["township_id"], unit_rows)
    return table[township == scope.township_id].reset_index(drop=True)


def _cell_rows(
    points: GeometryArray, bank_ids: pd.Series, cells: gpd.GeoDataFrame
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Row in `cells` of the own bank's cell that each point lies in, -1 without one."""
    rows = np.full(len(points), -1, dtype=np.int64)
    shapes: GeometryArray = np.asarray(cells.geometry.array, dtype=object)
    for bank_id in sorted(set(cells["bank_id"])):
        mine = np.flatnonzero((bank_ids == bank_id).to_numpy(dtype=bool))
        own = np.flatnonzero((cells["bank_id"] == bank_id).to_numpy(dtype=bool))
        found = rows_at(points[mine], shapes[own])
        rows[mine] = np.where(found >= 0, own[found], -1)
    return rows


def _own_cells(outlets: gpd.GeoDataFrame, cells: gpd.GeoDataFrame) -> list[str | None]:
    """Cell that each outlet is in charge of, else the one it stands in."""
    in_charge = dict(zip(zip(cells["bank_id"], cells["outlet_id"], strict=True), cells["cell_id"], strict=True))
    keys = zip(outlets["bank_id"], outlets["outlet_id"], strict=True)
    return [in_charge.get(key, standing) for key, standing in zip(keys, outlets["cell_id"], strict=True)]


def _not_open(layer: gpd.GeoDataFrame, as_of: date, *, name: str) -> pd.Series:
    """Say which outlets, or equipment, are closed, or not open yet, on the day of the atlas."""
    reason = pd.Series(DRAWN, index=layer.index, dtype=object)
    reason[not_yet(layer, as_of, name=name)] = "not_open_yet"
    reason[no_more(layer, as_of, name=name)] = "closed"
    return reason


def _banks_of(project: Project, cells: gpd.GeoDataFrame, *, scope: Scope) -> pd.DataFrame:
    known = pd.DataFrame(
        {
            name: text_column(project.banks, name)
            for name in ("bank_id", "name", "name_en", "short_name", "short_name_en")
        }
    ).drop_duplicates("bank_id")
    ids = [bank for bank in project.bank_ids if scope.bank_id in (None, bank)]
    table = pd.DataFrame({"bank_id": ids}).merge(known, on="bank_id", how="left")
    table["n_cells"] = table["bank_id"].map(cells["bank_id"].value_counts()).fillna(0).astype(int)
    return table.sort_values(["n_cells", "bank_id"], ascending=[False, True], kind="stable").reset_index(drop=True)


def _roads_of(project: Project) -> list[tuple[str, shapely.Geometry]]:
    edges = sorted(project.roads.edges(data=True), key=lambda edge: (str(edge[0]), str(edge[1])))
    return [
        (str(values.get("road_class") or ""), values["geometry"])
        for _start, _end, values in edges
        if values.get("geometry") is not None
    ]


def _english_name(project: Project) -> str:
    area = project.service_area
    if len(area) != 1 or text_column(area, "name").iloc[0] != project.name:
        return ""
    return text_column(area, "name_en").iloc[0] or ""


def _last_line(history: pd.DataFrame) -> str:
    if history.empty or "what" not in history.columns:
        return ""
    return text_column(history, "what").iloc[-1] or ""
