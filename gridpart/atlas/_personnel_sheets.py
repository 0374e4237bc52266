"""The personnel sheets: cells coloured by manager and labelled with officers, all by number, never by name."""

from __future__ import annotations

from gridpart._typing import ZoneClass
from gridpart.atlas._accounts import drawn_on
from gridpart.atlas._bank_cells import CellLook, bank_layers
from gridpart.atlas._frame import sheet
from gridpart.atlas._jurisdictions import Jurisdictions, cell_key
from gridpart.atlas._places import records
from gridpart.atlas.model import SheetModel
from gridpart.atlas.naming import Naming, Row
from gridpart.atlas.words import NOTHING
from gridpart.viewer import Column, Fact, FeatureClass, Table, bank_style, style

_SHOWN_IN_LABEL = 2
"""Officers named in a cell on the map; the card has all of them."""


def personnel_sheet(naming: Naming, zone: ZoneClass) -> SheetModel:
    """Return the personnel sheet of a class."""
    _ = naming.translate
    register = naming.register
    people = Jurisdictions(register)
    return sheet(
        naming,
        theme="personnel",
        zone=zone,
        layers=bank_layers(naming, zone=zone, look=lambda bank_id: _look(naming, people, bank_id)),
        facts=_facts(naming, people, zone=zone),
        tables=[
            _cell_table(naming, people, zone=zone),
            _officer_table(naming, zone=zone),
            _manager_table(naming, people, zone=zone),
        ],
        note=_("Cells are coloured by manager and carry the numbers of their officers. Names are left out on purpose."),
        rows=register.officers.assign(kind=register.officers["employment_type"]),
    )


def _look(naming: Naming, people: Jurisdictions, bank_id: str) -> CellLook:
    _ = naming.translate
    managers = people.managers_of_bank(bank_id)
    numbers = {manager: number for number, manager in enumerate(managers)}
    no_manager, no_officer = len(managers), len(managers) + 1

    def class_of(cell: Row) -> int:
        if cell_key(cell) not in people.officers:
            return no_officer
        return numbers.get(people.manager[cell_key(cell)] or "", no_manager)

    return CellLook(
        classes=(
            *(
                FeatureClass(_("Cells of manager {manager}").format(manager=manager), bank_style(number))
                for manager, number in numbers.items()
            ),
            FeatureClass(
                _("Cell with an officer, without a manager"),
                style("context").with_(hatch="dots", hatch_colour="#6a6f75"),
            ),
            FeatureClass(_("Cell without an officer"), style("blank")),
        ),
        class_of=class_of,
        label=lambda cell: _label(cell, people, naming),
        fields=(_("Manager"), _("Officers"), _("Full-time"), _("Part-time")),
        facts=lambda cell: _facts_of_cell(cell, people, naming),
    )


def _label(cell: Row, people: Jurisdictions, naming: Naming) -> str:
    _ = naming.translate
    ids = [row["staff_id"] for row in people.officers.get(cell_key(cell), [])]
    if not ids:
        return _("no officer")
    more = len(ids) - _SHOWN_IN_LABEL
    return " ".join(ids[:_SHOWN_IN_LABEL]) + (f" +{more}" if more > 0 else "")


def _facts_of_cell(cell: Row, people: Jurisdictions, naming: Naming) -> tuple[str, ...]:
    _ = naming.translate
    officers = people.officers.get(cell_key(cell), [])
    full_time = sum(row["employment_type"] == "full_time" for row in officers)
    part_time = sum(row["employment_type"] == "part_time" for row in officers)
    return (
        people.manager.get(cell_key(cell)) or NOTHING,
        _(", ").join(row["staff_id"] for row in officers) or _("none"),
        naming.words.count(full_time),
        naming.words.count(part_time),
    )


def _cell_table(naming: Naming, people: Jurisdictions, *, zone: ZoneClass) -> Table:
    _ = naming.translate
    cells = [cell for cell in records(naming.register.cells) if cell["zone_class"] == zone]
    return Table(
        title=_("Cells and who answers for them"),
        columns=(
            *(Column(title) for title in (_("Cell"), _("Place"), _("Bank"), _("Manager"), _("Officers"))),
            Column(_("Full-time"), numeric=True),
            Column(_("Part-time"), numeric=True),
            Column(_("Area (km²)"), numeric=True),
        ),
        rows=[
            (
                cell["cell_id"],
                naming.cell_place(cell) or NOTHING,
                naming.bank(cell["bank_id"]),
                *_facts_of_cell(cell, people, naming),
                f"{cell['area_m2'] / 1e6:,.1f}",
            )
            for cell in cells
        ],
    )


def _officer_table(naming: Naming, *, zone: ZoneClass) -> Table:
    _ = naming.translate
    known = Jurisdictions(naming.register).known_managers
    rows = records(drawn_on(naming.register.officers, zone))
    titles = (_("Officer"), _("Employment"), _("Bank"), _("Cell"), _("Manager"), _("Duties"))
    return Table(
        title=_("Officers"),
        columns=tuple(Column(title) for title in titles),
        rows=[
            (
                row["staff_id"] or NOTHING,
                naming.words.employment(row["employment_type"]),
                naming.bank(row["bank_id"]),
                row["cell_id"],
                _manager(row["manager_id"], known, naming),
                naming.words.duties(row["duties"]),
            )
            for row in sorted(rows, key=lambda row: (row["bank_id"] or "", row["cell_id"], row["staff_id"] or ""))
        ],
    )


def _manager(manager_id: str | None, known: frozenset[str], naming: Naming) -> str:
    _ = naming.translate
    if manager_id is None:
        return NOTHING
    return manager_id if manager_id in known else _("{manager} (not on the register)").format(manager=manager_id)


def _manager_table(naming: Naming, people: Jurisdictions, *, zone: ZoneClass) -> Table:
    _ = naming.translate
    cells = {cell_key(cell): cell for cell in records(naming.register.cells) if cell["zone_class"] == zone}
    rows = []
    for (bank_id, manager), ids in people.cells_of_manager.items():
        mine = [cells[bank_id, cell_id] for cell_id in ids if (bank_id, cell_id) in cells]
        if mine:
            officers = sum(len(people.officers[cell_key(cell)]) for cell in mine)
            area = sum(cell["area_m2"] for cell in mine)
            rows.append((manager, bank_id, [cell["cell_id"] for cell in mine], officers, area))
    return Table(
        title=_("Managers and their cells"),
        columns=(
            *(Column(title) for title in (_("Manager"), _("Bank"), _("Cells"))),
            Column(_("Number of cells"), numeric=True),
            Column(_("Officers"), numeric=True),
            Column(_("Area (km²)"), numeric=True),
        ),
        rows=[
            (
                _manager(manager, people.known_managers, naming),
                naming.bank(bank_id),
                _(", ").join(ids),
                naming.words.count(len(ids)),
                naming.words.count(officers),
                f"{area / 1e6:,.1f}",
            )
            for manager, bank_id, ids, officers, area in rows
        ],
    )


def _facts(naming: Naming, people: Jurisdictions, *, zone: ZoneClass) -> list[Fact]:
    _ = naming.translate
    count = naming.words.count
    officers = drawn_on(naming.register.officers, zone)
    cells = [cell for cell in records(naming.register.cells) if cell["zone_class"] == zone]
    managers = {(cell["bank_id"], people.manager.get(cell_key(cell))) for cell in cells}
    return [
        Fact(_("Officers"), count(len(officers))),
        Fact(_("Full-time"), count(int((officers["employment_type"] == "full_time").sum()))),
        Fact(_("Part-time"), count(int((officers["employment_type"] == "part_time").sum()))),
        Fact(_("Managers"), count(len({pair for pair in managers if pair[1]}))),
        Fact(_("Cells"), count(len(cells))),
        Fact(_("Cells without an officer"), count(sum(cell_key(cell) not in people.officers for cell in cells))),
    ]
