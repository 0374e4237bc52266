"""Layers around the faces that a planner looks at while redrawing: equipment, other banks, townships, blanks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from gridpart._typing import GeometryArray, IntArray
from gridpart.coverage import Coverage
from gridpart.i18n import translator
from gridpart.viewer import AreaLayer, FeatureClass, Layer, LineLayer, PointLayer, Style, style

if TYPE_CHECKING:
    import geopandas as gpd

    from gridpart._typing import Language
    from gridpart.audit import Audit
    from gridpart.project import Project

_KINDS = (
    "self_service_bank",
    "atm",
    "pos",
    "service_point",
    "workstation",
    "transfer_phone",
    "self_service_terminal",
    "mobile_reader",
)
_OTHER_KIND = Style(symbol="circle", size=8, fill="#ffffff", stroke="#6a6f75", width=1.4)
_OTHER_OUTLET = Style(symbol="square", size=6, fill="#8b8f94", stroke="#ffffff", width=0.8)


def context_layers(project: Project, bank_id: str, *, lang: Language) -> list[Layer]:
    """
    Return what a project knows around the grid of one bank, switched off at first but for townships.

    Parameters
    ----------
    project
        That the grid belongs to.
    bank_id
        Whose grid is redrawn.
    lang
        Of titles.
    """
    _ = translator(lang, "studio")
    layers: list[Layer] = []
    others = {name: grid for name, grid in project.grids.items() if name != bank_id}
    if others:
        borders = np.concatenate([np.asarray(grid.cells.boundary, dtype=object) for grid in others.values()])
        look = style("other_bank").with_(stroke="#4a4f55", width=1.1)
        title = _("Borders of other banks")
        layers.append(LineLayer("other_borders", title, borders, (FeatureClass(title, look),), visible=False))
    outlets = project.outlets_on()
    foreign = outlets[outlets["bank_id"].astype(str) != bank_id]
    if len(foreign):
        layers.append(_points("other_outlets", _("Outlets of other banks"), foreign, _OTHER_OUTLET, id_of="outlet_id"))
    own = project.equipment[project.equipment["bank_id"].astype(str) == bank_id]
    if len(own):
        layers.append(_equipment(own, title=_("Equipment"), words=_kind_words(_)))
    return layers


def _kind_words(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "self_service_bank": _("Self-service bank"),
        "atm": _("ATM"),
        "pos": _("POS"),
        "service_point": _("Service point"),
        "workstation": _("Workstation"),
        "transfer_phone": _("Transfer phone"),
        "self_service_terminal": _("Self-service terminal"),
        "mobile_reader": _("Mobile reader"),
    }


def _texts(table: gpd.GeoDataFrame, column: str) -> list[str]:
    if column not in table.columns:
        return [""] * len(table)
    return ["" if pd.isna(value) else str(value) for value in table[column]]


def _points(key: str, title: str, table: gpd.GeoDataFrame, look: Style, *, id_of: str) -> PointLayer:
    cards = list(zip(_texts(table, "name"), _texts(table, id_of), _texts(table, "bank_id"), strict=True))
    return PointLayer(
        key,
        title,
        np.asarray(table.geometry.array, dtype=object),
        (FeatureClass(title, look),),
        fields=(title, "", ""),
        cards=cards,
        visible=False,
        searchable=True,
    )


def _equipment(table: gpd.GeoDataFrame, *, title: str, words: dict[str, str]) -> PointLayer:
    kinds = _texts(table, "kind")
    shown = [kind for kind in _KINDS if kind in kinds] + sorted(set(kinds) - set(_KINDS))
    classes = tuple(
        FeatureClass(words.get(kind, kind), style(kind) if kind in _KINDS else _OTHER_KIND) for kind in shown
    )
    cards = list(zip(_texts(table, "name"), [words.get(kind, kind) for kind in kinds], strict=True))
    return PointLayer(
        "equipment",
        title,
        np.asarray(table.geometry.array, dtype=object),
        classes,
        class_of=np.array([shown.index(kind) for kind in kinds], dtype=np.int64),
        fields=(title, ""),
        cards=cards,
        visible=False,
        searchable=True,
    )


def flag_layers(audit: Audit, *, lang: Language) -> list[AreaLayer]:
    """
    Return land without a bank and land with too many, as layers.

    Parameters
    ----------
    audit
        Of all grids of a project.
    lang
        Of titles.
    """
    _ = translator(lang, "studio")
    faces = audit.faces
    titles = {"blank": _("Blank: no bank serves"), "excessive": _("Overlap: too many banks serve")}
    layers = []
    for flag, title in titles.items():
        chosen = faces[(faces["flag"] == flag) & ~faces["is_sliver"].astype(bool)]
        look = style(flag).with_(fill=None)
        shapes: GeometryArray = np.asarray(chosen.geometry.array, dtype=object)
        layers.append(AreaLayer(flag, title, shapes, (FeatureClass(title, look),), counted=False))
    return layers


def flags_of_faces(audit: Audit, faces: GeometryArray, flags: Sequence[str]) -> IntArray:
    """
    Return for each face the flag that most of its land has.

    Parameters
    ----------
    audit
        Of all grids of a project.
    faces
        Of the grid that is redrawn, shape (n_faces,).
    flags
        Known flags.

    Returns
    -------
    flag
        Row in `flags`, shape (n_faces,).
    """
    land = audit.faces
    points = shapely.point_on_surface(np.asarray(land.geometry.array, dtype=object))
    piece, face = shapely.STRtree(faces).query(points, predicate="intersects")
    number = land["flag"].map({flag: row for row, flag in enumerate(flags)}).to_numpy(dtype=np.int64)
    area = np.zeros((len(faces), len(flags)))
    np.add.at(area, (face, number[piece]), land["area_m2"].to_numpy(dtype=np.float64)[piece])
    most: IntArray = area.argmax(axis=1)
    return most


def township_layer(units: gpd.GeoDataFrame, *, title: str) -> AreaLayer | None:
    """Return the townships of units, as borders with names; None where they are not known or do not fit."""
    if not {"township_id", "township"} <= set(units.columns) or units.empty:
        return None
    ids, row = np.unique(units["township_id"].fillna("").astype(str), return_inverse=True)
    coverage = Coverage.from_polygons(np.asarray(units.geometry.array, dtype=object))
    number, shapes = coverage.dissolve(row.astype(np.int64))
    names = dict(zip(units["township_id"].fillna("").astype(str), _texts(units, "township"), strict=True))
    return AreaLayer(
        "townships",
        title,
        shapes,
        (FeatureClass(title, style("township")),),
        labels=[names[ids[place]] for place in number],
        outline=style("township"),
        visible=False,
    )
