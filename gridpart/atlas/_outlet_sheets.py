"""The outlet sheets: branches and self-service banks by kind, the cells they anchor, and their table."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from gridpart._typing import ZoneClass
from gridpart.atlas._accounts import drawn_on
from gridpart.atlas._bank_cells import CellLook, bank_layers, short_id
from gridpart.atlas._frame import sheet
from gridpart.atlas._places import records, shapes_of
from gridpart.atlas._symbols import symbol_classes
from gridpart.atlas.model import SheetModel
from gridpart.atlas.naming import Naming, Row
from gridpart.atlas.words import NOTHING
from gridpart.viewer import Column, Fact, FeatureClass, PointLayer, Style, Table

KINDS = ("main_branch", "branch", "sub_branch", "self_service_bank")


def outlet_sheet(naming: Naming, zone: ZoneClass) -> SheetModel:
    """Return the outlet sheet of a class."""
    _ = naming.translate
    register = naming.register
    outlets = drawn_on(register.outlets, zone)
    points = _outlet_layer(naming, outlets)
    return sheet(
        naming,
        theme="outlets",
        zone=zone,
        layers=[*bank_layers(naming, zone=zone, look=lambda _bank_id: _look(naming, zone)), points],
        facts=_facts(naming, outlets, zone=zone),
        tables=[_table(naming, outlets)],
        rows=register.outlets,
        note=_("Each cell carries its number; the outlet in charge of a cell stands on the cell's card."),
    )


def _look(naming: Naming, zone: ZoneClass) -> CellLook:
    _ = naming.translate
    outlet_of = {(row["bank_id"], row["outlet_id"]): row for row in records(naming.register.outlets)}

    def facts(cell: Row) -> tuple[str, ...]:
        outlet = outlet_of.get((cell["bank_id"], cell["outlet_id"]))
        return (NOTHING if outlet is None else naming.words.names(outlet["name"], outlet["name_en"]) or NOTHING,)

    return CellLook(
        classes=(FeatureClass(_("Urban cell") if zone == "urban" else _("Rural cell"), Style()),),
        class_of=lambda _cell: 0,
        label=short_id,
        fields=(_("Outlet of the cell"),),
        facts=facts,
    )


def _outlet_layer(naming: Naming, outlets: gpd.GeoDataFrame) -> PointLayer:
    _ = naming.translate
    rows = records(outlets)
    classes, class_of = symbol_classes([row["kind"] for row in rows], order=KINDS, words=naming.words)
    return PointLayer(
        key="outlets",
        title=_("Outlets"),
        geometries=shapes_of(outlets),
        classes=classes,
        class_of=class_of,
        labels=[naming.outlet_place(row) for row in rows],
        fields=(_("Name"), _("Outlet"), _("Kind"), _("Bank"), _("Cell"), _("Unit"), _("Township"), _("Address")),
        cards=[
            (
                naming.words.names(row["name"], row["name_en"]) or NOTHING,
                row["outlet_id"] or NOTHING,
                naming.words.kind(row["kind"]),
                naming.bank(row["bank_id"]),
                row["cell_id"] or NOTHING,
                naming.unit(row["unit_id"]),
                naming.township(row["unit_id"]),
                row["address"] or NOTHING,
            )
            for row in rows
        ],
        searchable=True,
    )


def _table(naming: Naming, outlets: gpd.GeoDataFrame) -> Table:
    _ = naming.translate
    rows = records(outlets)
    order = sorted(range(len(rows)), key=lambda at: (rows[at]["bank_id"] or "", rows[at]["outlet_id"] or ""))
    return Table(
        title=_("Outlets on this sheet"),
        columns=tuple(
            Column(title)
            for title in (
                _("Outlet"),
                _("Name"),
                _("Kind"),
                _("Bank"),
                _("Cell"),
                _("Unit"),
                _("Township"),
                _("Address"),
            )
        ),
        rows=[_table_row(naming, rows[at]) for at in order],
        layer="outlets",
        features=order,
    )


def _table_row(naming: Naming, row: Row) -> tuple[str, ...]:
    return (
        row["outlet_id"] or NOTHING,
        naming.words.names(row["name"], row["name_en"]) or NOTHING,
        naming.words.kind(row["kind"]),
        naming.bank(row["bank_id"]),
        row["cell_id"] or NOTHING,
        naming.unit(row["unit_id"]),
        naming.township(row["unit_id"]),
        row["address"] or NOTHING,
    )


def _facts(naming: Naming, outlets: gpd.GeoDataFrame, *, zone: ZoneClass) -> list[Fact]:
    _ = naming.translate
    register, count = naming.register, naming.words.count
    units = register.units[register.units["zone_class"] == zone]
    people = float(units["population"].sum(min_count=1))
    per_outlet = people / len(outlets) if len(outlets) else np.nan
    return [
        Fact(_("Outlets on this sheet"), count(len(outlets))),
        *(
            Fact(naming.bank(bank_id), count(int((outlets["bank_id"] == bank_id).sum())))
            for bank_id in register.bank_ids
            if len(register.bank_ids) > 1
        ),
        Fact(_("Cells"), count(int((register.cells["zone_class"] == zone).sum()))),
        Fact(_("Residents"), count(people)),
        Fact(_("Residents per outlet"), count(per_outlet)),
    ]
