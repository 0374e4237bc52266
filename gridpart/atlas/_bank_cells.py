"""The cells of each bank on a sheet, one layer for each bank, and what is said about a cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gridpart._typing import IntArray, ZoneClass
from gridpart.atlas._places import records, shapes_of
from gridpart.atlas.naming import Naming, Row
from gridpart.atlas.words import NOTHING, other_zone
from gridpart.viewer import AreaLayer, FeatureClass, Layer, Style, style

_BORDER_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#a03c78", "#b07d00", "#4d4d4d", "#2f8fbf")
"""Borders of further banks; the first bank's are dark as on any map of cells."""


@dataclass(frozen=True)
class CellLook:
    """
    What a theme makes of the cells of one bank.

    Attributes
    ----------
    classes
        Kinds of cells of the sheet's class; cells of the other class are added behind them.
    class_of
        Kind of a cell of the sheet's class.
    label
        Text in a cell of the sheet's class.
    fields, facts
        What the card says beyond bank, cell and area.
    """

    classes: tuple[FeatureClass, ...]
    class_of: Callable[[Row], int]
    label: Callable[[Row], str]
    fields: tuple[str, ...]
    facts: Callable[[Row], Sequence[str]]


def bank_layers(naming: Naming, *, zone: ZoneClass, look: Callable[[str], CellLook]) -> list[Layer]:
    """
    Return one layer of cells for each bank that has a grid; the first bank's is switched on.

    Below them lie the first bank's cells of the other class, in quiet grey.
    """
    context = _context_layer(naming, zone=zone, bank_id=naming.register.bank_ids[0])
    return [
        *([context] if len(context.geometries) else []),
        *(
            _bank_layer(naming, zone=zone, bank_id=bank_id, look=look(bank_id))
            for bank_id in naming.register.bank_ids
            if (naming.register.cells["bank_id"] == bank_id).any()
        ),
    ]


def _context_layer(naming: Naming, *, zone: ZoneClass, bank_id: str) -> AreaLayer:
    _ = naming.translate
    cells = naming.register.cells
    cells = cells[(cells["bank_id"] == bank_id) & (cells["zone_class"] != zone)]
    titles = {
        "urban": _("Urban cells of {bank}, for orientation"),
        "rural": _("Rural cells of {bank}, for orientation"),
    }
    title = titles[other_zone(zone)].format(bank=naming.bank(bank_id))
    return AreaLayer(
        key=f"context_{bank_id}",
        title=title,
        geometries=shapes_of(cells),
        classes=(FeatureClass(title, Style()),),
        fields=_fields(naming),
        cards=[_about(cell, naming) for cell in records(cells)],
        outline=style("unit").with_(width=1.0),
    )


def _fields(naming: Naming) -> tuple[str, ...]:
    _ = naming.translate
    return (_("Cell"), _("Place"), _("Bank"), _("Class"), _("Area"))


def _bank_layer(naming: Naming, *, zone: ZoneClass, bank_id: str, look: CellLook) -> AreaLayer:
    _ = naming.translate
    cells = naming.register.cells
    cells = cells[(cells["bank_id"] == bank_id) & (cells["zone_class"] == zone)]
    rows = records(cells)
    classes, class_of = _used(look.classes, np.array([look.class_of(cell) for cell in rows], dtype=np.int64))
    return AreaLayer(
        key=f"cells_{bank_id}",
        title=_("Cells of {bank}").format(bank=naming.bank(bank_id)),
        geometries=shapes_of(cells),
        classes=classes,
        class_of=class_of,
        labels=[look.label(cell) for cell in rows],
        fields=(*_fields(naming), *look.fields),
        cards=[(*_about(cell, naming), *look.facts(cell)) for cell in rows],
        outline=_border(naming.register.bank_ids.index(bank_id)),
        visible=bank_id == naming.register.bank_ids[0],
        searchable=True,
    )


def short_id(cell: Row) -> str:
    """Return the id of a cell without the id of its bank in front, which the layer's title says."""
    name = str(cell["cell_id"])
    return name.removeprefix(f"{cell['bank_id']}-") or name


def _used(classes: Sequence[FeatureClass], class_of: IntArray) -> tuple[tuple[FeatureClass, ...], IntArray]:
    """Leave out classes without any feature, so that the legend is short; the first stays if there is no feature."""
    used = np.unique(class_of)
    kept = tuple(classes[number] for number in used.tolist())
    return kept or (classes[0],), np.searchsorted(used, class_of)


def _border(rank: int) -> Style:
    if rank == 0:
        return style("big_cell")
    return style("other_bank").with_(stroke=_BORDER_COLOURS[(rank - 1) % len(_BORDER_COLOURS)], width=1.4)


def _about(cell: Row, naming: Naming) -> tuple[str, ...]:
    return (
        cell["cell_id"],
        naming.cell_place(cell) or NOTHING,
        naming.bank(cell["bank_id"]),
        naming.words.zone(cell["zone_class"]),
        naming.words.square_km(cell["area_m2"]),
    )


def cell_layer(naming: Naming, bank_id: str) -> AreaLayer:
    """Return the cells of a bank by their borders, all classes alike."""
    _ = naming.translate
    register = naming.register
    cells = register.cells[register.cells["bank_id"] == bank_id]
    return AreaLayer(
        key=f"cells_{bank_id}",
        title=_("Cells of {bank}").format(bank=naming.bank(bank_id)),
        geometries=shapes_of(cells),
        classes=(FeatureClass(_("Cells of {bank}").format(bank=naming.bank(bank_id)), Style()),),
        outline=_border(register.bank_ids.index(bank_id)),
        visible=bank_id == register.bank_ids[0],
    )
