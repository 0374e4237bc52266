"""What lies below the theme on every sheet: units, roads, townships, the county's border."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gridpart._typing import FloatArray, ZoneClass
from gridpart.atlas._places import shapes_of
from gridpart.atlas.naming import Naming
from gridpart.atlas.register import Register
from gridpart.atlas.words import other_zone
from gridpart.viewer import AreaLayer, FeatureClass, Layer, LineLayer, style

_ROADS = ("county", "township")
"""Classes of road that help to find one's way; village tracks would crowd the map."""

_MARGIN = 0.02
"""Room left around what a sheet is about, as a share of its width."""


def ground_layers(naming: Naming, *, zone: ZoneClass) -> list[Layer]:
    """Return units (those of the class tinted, the others in quiet grey) and roads."""
    return [_units(naming, zone=zone), *road_layers(naming)]


def frame_layers(naming: Naming) -> list[Layer]:
    """Return the borders of townships and county, drawn above the cells."""
    _ = naming.translate
    border = LineLayer(
        key="service_area",
        title=_("Service area"),
        geometries=shapely.boundary(shapes_of(naming.register.service_area)),
        classes=(FeatureClass(_("Service area"), style("service_area")),),
    )
    return [*township_layers(naming), border]


def _units(naming: Naming, *, zone: ZoneClass) -> AreaLayer:
    _ = naming.translate
    units = naming.register.units
    mine = (units["zone_class"] == zone).to_numpy(dtype=bool)
    titles = {"urban": _("Urban community or village"), "rural": _("Rural community or village")}
    context = _("{units}: for orientation").format(units=titles[other_zone(zone)])
    return AreaLayer(
        key="units",
        title=_("Communities and villages"),
        geometries=shapes_of(units),
        classes=(FeatureClass(titles[zone], style(zone)), FeatureClass(context, style("context"))),
        class_of=np.where(mine, 0, 1),
        labels=[
            naming.words.name(unit["name"], unit["name_en"]) if own else ""
            for unit, own in zip(naming.unit_rows, mine.tolist(), strict=True)
        ],
        fields=(_("Name"), _("Code"), _("Township"), _("Class"), _("Residents")),
        cards=naming.unit_cards,
        outline=style("unit"),
        searchable=True,
    )


def township_layers(naming: Naming) -> list[Layer]:
    """Return the townships' borders with their names; nothing where units have no township."""
    _ = naming.translate
    units = naming.register.units[naming.register.units["township_id"].notna()]
    groups = list(units.groupby("township_id", sort=True))
    if not groups:
        return []
    first = [rows.iloc[0] for _township_id, rows in groups]
    return [
        AreaLayer(
            key="townships",
            title=_("Townships"),
            geometries=np.array([shapely.coverage_union_all(shapes_of(rows)) for _township_id, rows in groups]),
            classes=(FeatureClass(_("Townships"), style("township")),),
            labels=[naming.words.name(row["township"], row["township_en"]) for row in first],
            outline=style("township"),
        )
    ]


def road_layers(naming: Naming) -> list[Layer]:
    """Return the greater roads, or nothing where there are none."""
    _ = naming.translate
    titles = {"county": _("County road"), "township": _("Township road")}
    roads = [(road_class, shape) for road_class, shape in naming.register.roads if road_class in _ROADS]
    if not roads:
        return []
    return [
        LineLayer(
            key="roads",
            title=_("Roads"),
            geometries=np.array([shape for _road_class, shape in roads], dtype=object),
            classes=tuple(FeatureClass(titles[name], style(f"{name}_road")) for name in _ROADS),
            class_of=np.array([_ROADS.index(road_class) for road_class, _shape in roads]),
        )
    ]


def focus_of(register: Register, zone: ZoneClass) -> tuple[float, float, float, float]:
    """
    Return the extent of what a sheet is about, with a margin, in m: min x, min y, max x, max y.

    That is the units of the class in scope, else its cells, else the county.
    """
    units = _in_scope(register)
    cells = register.cells[register.cells["zone_class"] == zone]
    parts = (units[units["zone_class"] == zone], cells, units, register.service_area)
    return _extent(next(part for part in parts if len(part)))


def focus_of_units(register: Register) -> tuple[float, float, float, float]:
    """Return the extent of the units in scope with a margin, in m."""
    return _extent(_in_scope(register))


def _in_scope(register: Register) -> gpd.GeoDataFrame:
    units, township = register.units, register.scope.township_id
    return units if township is None else units[units["township_id"] == township]


def _extent(layer: gpd.GeoDataFrame) -> tuple[float, float, float, float]:
    box: FloatArray = np.asarray(layer.total_bounds, dtype=np.float64)
    margin = _MARGIN * float(max(box[2] - box[0], box[3] - box[1]))
    return (float(box[0] - margin), float(box[1] - margin), float(box[2] + margin), float(box[3] + margin))
