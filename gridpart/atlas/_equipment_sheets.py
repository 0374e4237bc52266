"""The equipment sheets: machines and service points by kind, how many each cell has, and the cells without any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import geopandas as gpd
import numpy as np

from gridpart._typing import ZoneClass
from gridpart.atlas._accounts import drawn_on
from gridpart.atlas._bank_cells import CellLook, bank_layers, short_id
from gridpart.atlas._frame import sheet
from gridpart.atlas._places import records, shapes_of
from gridpart.atlas._symbols import kind_style
from gridpart.atlas.model import SheetModel
from gridpart.atlas.naming import Naming, Row
from gridpart.atlas.words import NOTHING, Words
from gridpart.viewer import AreaLayer, Column, Fact, FeatureClass, Layer, PointLayer, Style, Table

KINDS = ("atm", "self_service_terminal", "pos", "service_point", "transfer_phone", "mobile_reader")

_EMPTY = Style(stroke="#d5400f", width=2.4)
"""Border of a cell without equipment: the colour of blanks."""

_Counts = Mapping[tuple[str | None, str | None], Counter[str]]


def equipment_sheet(naming: Naming, zone: ZoneClass) -> SheetModel:
    """Return the equipment sheet of a class."""
    _ = naming.translate
    register = naming.register
    mine = drawn_on(register.equipment, zone)
    everywhere = _counts(register.equipment[register.equipment["omitted"] == ""])
    here = _counts(mine)
    return sheet(
        naming,
        theme="equipment",
        zone=zone,
        layers=[
            *bank_layers(naming, zone=zone, look=lambda _bank_id: _look(naming, here, everywhere, zone=zone)),
            *_empty_layers(naming, everywhere, zone=zone),
            *_point_layers(naming, mine),
        ],
        facts=_facts(naming, mine, everywhere, zone=zone),
        tables=[_cell_table(naming, here, everywhere, zone=zone)],
        rows=register.equipment,
        note=_("Each cell carries its number and how many pieces of its bank on this sheet stand in it."),
    )


def _counts(equipment: gpd.GeoDataFrame) -> _Counts:
    """Count kinds by bank and cell; cell None for what lies in no cell of its bank."""
    counts: dict[tuple[str | None, str | None], Counter[str]] = {}
    for row in records(equipment):
        counts.setdefault((row["bank_id"], row["cell_id"]), Counter())[row["kind"] or ""] += 1
    return counts


def _key(cell: Row) -> tuple[str | None, str | None]:
    return (cell["bank_id"], cell["cell_id"])


def _look(naming: Naming, here: _Counts, everywhere: _Counts, *, zone: ZoneClass) -> CellLook:
    _ = naming.translate
    count = naming.words.count
    kinds = _kinds_of(here)

    def facts(cell: Row) -> tuple[str, ...]:
        counts = here.get(_key(cell), Counter())
        return (count(everywhere.get(_key(cell), Counter()).total()), *(count(counts[kind]) for kind in kinds))

    return CellLook(
        classes=(FeatureClass(_("Urban cell") if zone == "urban" else _("Rural cell"), Style()),),
        class_of=lambda _cell: 0,
        label=lambda cell: f"{short_id(cell)} · {count(here.get(_key(cell), Counter()).total())}",
        fields=(
            _("Pieces in the cell"),
            *(_("{kind}, on this sheet").format(kind=naming.words.kind(k)) for k in kinds),
        ),
        facts=facts,
    )


def _empty_layers(naming: Naming, everywhere: _Counts, *, zone: ZoneClass) -> list[Layer]:
    """Outline the cells of each bank that have no equipment of the bank at all."""
    _ = naming.translate
    register = naming.register
    is_empty = np.array([_key(cell) not in everywhere for cell in records(register.cells)], dtype=np.bool_)
    empty = register.cells[is_empty & (register.cells["zone_class"] == zone).to_numpy(dtype=bool)]
    layers: list[Layer] = []
    for bank_id in register.bank_ids:
        mine = empty[empty["bank_id"] == bank_id]
        if len(mine):
            title = _("Cells of {bank} without any equipment").format(bank=naming.bank(bank_id))
            layers.append(
                AreaLayer(
                    key=f"empty_{bank_id}",
                    title=title,
                    geometries=shapes_of(mine),
                    classes=(FeatureClass(title, Style()),),
                    outline=_EMPTY,
                    visible=bank_id == register.bank_ids[0],
                )
            )
    return layers


def _kinds_of(counts: _Counts) -> list[str]:
    present = {kind for counter in counts.values() for kind in counter}
    return [kind for kind in KINDS if kind in present] + sorted(present - set(KINDS))


def _point_layers(naming: Naming, equipment: gpd.GeoDataFrame) -> list[Layer]:
    """One layer for each kind, so that each can be switched off."""
    kinds = equipment["kind"].fillna("")
    present = set(kinds)
    order = [kind for kind in KINDS if kind in present] + sorted(present - set(KINDS))
    return [_points(naming, equipment[kinds == kind], kind) for kind in reversed(order)]


def _points(naming: Naming, equipment: gpd.GeoDataFrame, kind: str) -> PointLayer:
    _ = naming.translate
    title = naming.words.kind(kind)
    return PointLayer(
        key=f"equipment_{kind or 'unknown'}",
        title=title,
        geometries=shapes_of(equipment),
        classes=(FeatureClass(title, kind_style(kind, known=kind in KINDS)),),
        fields=(_("Name"), _("Equipment"), _("Kind"), _("Bank"), _("Cell"), _("Unit"), _("Township")),
        cards=[
            (
                naming.words.names(row["name"], row["name_en"]) or title,
                row["equipment_id"] or NOTHING,
                title,
                naming.bank(row["bank_id"]),
                row["cell_id"] or NOTHING,
                naming.unit(row["unit_id"]),
                naming.township(row["unit_id"]),
            )
            for row in records(equipment)
        ],
        searchable=True,
    )


def _cell_table(naming: Naming, here: _Counts, everywhere: _Counts, *, zone: ZoneClass) -> Table:
    """Count per cell: cells of the class, cells of the other class with something on this sheet, and outside cells."""
    _ = naming.translate
    words = naming.words
    kinds = _kinds_of(here)
    listed = [cell for cell in records(naming.register.cells) if cell["zone_class"] == zone or _key(cell) in here]
    loose = sorted((key for key in here if key[1] is None), key=str)
    about = {
        _key(cell): (
            cell["cell_id"],
            naming.cell_place(cell) or NOTHING,
            naming.bank(cell["bank_id"]),
            words.zone(cell["zone_class"]),
        )
        for cell in listed
    } | {key: (_("in no cell"), NOTHING, naming.bank(key[0]), NOTHING) for key in loose}
    whole = {key: everywhere.get(key, Counter()).total() for key in about}
    rows = [(*texts, *_numbers(here.get(key, Counter()), kinds, whole[key], words)) for key, texts in about.items()]
    total = sum(here.values(), Counter[str]())
    return Table(
        title=_("Equipment by cell"),
        columns=(
            *(Column(title) for title in (_("Cell"), _("Place"), _("Bank"), _("Class"))),
            *(Column(words.kind(kind), numeric=True) for kind in kinds),
            Column(_("On this sheet"), numeric=True),
            Column(_("In the whole cell"), numeric=True),
        ),
        rows=[*rows, (_("Total"), "", "", "", *_numbers(total, kinds, sum(whole.values()), words))],
    )


def _numbers(counts: Counter[str], kinds: list[str], whole: int, words: Words) -> tuple[str, ...]:
    return (*(words.count(counts[kind]) for kind in kinds), words.count(counts.total()), words.count(whole))


def _facts(naming: Naming, equipment: gpd.GeoDataFrame, everywhere: _Counts, *, zone: ZoneClass) -> list[Fact]:
    _ = naming.translate
    count = naming.words.count
    cells = [cell for cell in records(naming.register.cells) if cell["zone_class"] == zone]
    empty = sum(_key(cell) not in everywhere for cell in cells)
    kinds = Counter(kind or "" for kind in equipment["kind"])
    order = [kind for kind in KINDS if kind in kinds] + sorted(set(kinds) - set(KINDS))
    return [
        Fact(_("Pieces on this sheet"), count(len(equipment))),
        *(Fact(naming.words.kind(kind), count(kinds[kind])) for kind in order),
        Fact(_("Cells"), count(len(cells))),
        Fact(_("Cells without any equipment of their bank"), count(empty)),
    ]
