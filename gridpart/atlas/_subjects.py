"""Who or what a single page is about: an institution, a manager, an officer, a workstation, with the cells of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
import shapely

from gridpart._typing import IntArray
from gridpart.atlas._jurisdictions import Jurisdictions, cell_key
from gridpart.atlas._places import records, shapes_of
from gridpart.atlas.naming import Naming, Row
from gridpart.atlas.words import NOTHING
from gridpart.viewer import Fact

SubjectKind: TypeAlias = Literal["institution", "manager", "officer", "workstation"]

SUBJECT_KINDS: tuple[SubjectKind, ...] = get_args(SubjectKind)
"""Order of the pages."""


@dataclass(frozen=True, eq=False)
class Subject:
    """
    What one page is about.

    Attributes
    ----------
    kind
        What it is.
    id
        Of the outlet, the manager, the officer or the workstation.
    bank_id
        Bank it belongs to.
    title
        Head of the page.
    cells
        Rows of the register's cells that it answers for, shape (n,).
    geometry
        Their union.
    facts
        Figures of its own.
    """

    kind: SubjectKind
    id: str
    bank_id: str
    title: str
    cells: IntArray
    geometry: shapely.Geometry
    facts: tuple[Fact, ...]


def subjects_of(naming: Naming, kinds: Sequence[SubjectKind]) -> list[Subject]:
    """Return every active subject of some kinds that answers for at least one cell, by kind, bank and id."""
    makers: dict[SubjectKind, Callable[[Naming], list[Subject]]] = {
        "institution": _institutions,
        "manager": _managers,
        "officer": _officers,
        "workstation": _workstations,
    }
    return [subject for kind in SUBJECT_KINDS if kind in kinds for subject in makers[kind](naming)]


def _make(
    naming: Naming,
    kind: SubjectKind,
    subject_id: str,
    *,
    bank_id: str,
    name: str,
    cells: Sequence[int],
    facts: Sequence[Fact],
) -> Subject:
    _ = naming.translate
    words = {
        "institution": _("Scope of institution {name}"),
        "manager": _("Scope of manager {name}"),
        "officer": _("Scope of officer {name}"),
        "workstation": _("Workstation {name}"),
    }
    rows = np.sort(np.asarray(cells, dtype=np.int64))
    union = shapely.coverage_union_all(shapes_of(naming.register.cells)[rows])
    facts = [Fact(_("Bank"), naming.bank(bank_id)), *facts]
    return Subject(kind, subject_id, bank_id, words[kind].format(name=name), rows, union, tuple(facts))


def _institutions(naming: Naming) -> list[Subject]:
    """Outlets on the map that are in charge of a cell."""
    _ = naming.translate
    register = naming.register
    cells: dict[tuple[str, str], list[int]] = {}
    for at, cell in enumerate(records(register.cells)):
        cells.setdefault((cell["bank_id"], cell["outlet_id"]), []).append(at)
    active = records(register.outlets[register.outlets["omitted"] == ""])
    return [
        _make(
            naming, "institution", row["outlet_id"], bank_id=row["bank_id"],
            name=naming.words.name(row["name"], row["name_en"]) or row["outlet_id"],
            cells=cells[row["bank_id"], row["outlet_id"]],
            facts=[Fact(_("Kind"), naming.words.kind(row["kind"])), Fact(_("Address"), row["address"] or NOTHING)],
        )
        for row in sorted(active, key=_by_bank_and("outlet_id"))
        if (row["bank_id"], row["outlet_id"]) in cells
    ]  # fmt: skip


def _by_bank_and(key: str) -> Callable[[Row], tuple[str, str]]:
    return lambda row: (row["bank_id"] or "", row[key] or "")


def _rows_by_key(naming: Naming) -> dict[tuple[str | None, str | None], int]:
    return {cell_key(cell): at for at, cell in enumerate(records(naming.register.cells))}


def _managers(naming: Naming) -> list[Subject]:
    _ = naming.translate
    people, rows = Jurisdictions(naming.register), _rows_by_key(naming)
    found = []
    for (bank_id, manager), ids in people.cells_of_manager.items():
        officers = sum(len(people.officers[bank_id, cell]) for cell in ids)
        facts = [Fact(_("Officers"), naming.words.count(officers))]
        cells = [rows[bank_id, cell] for cell in ids]
        found.append(_make(naming, "manager", manager, bank_id=bank_id, name=manager, cells=cells, facts=facts))
    return found


def _officers(naming: Naming) -> list[Subject]:
    _ = naming.translate
    rows, words = _rows_by_key(naming), naming.words
    outlets = {(row["bank_id"], row["outlet_id"]): row for row in records(naming.register.outlets)}
    active = records(naming.register.officers[naming.register.officers["omitted"] == ""])
    found = []
    for row in sorted(active, key=_by_bank_and("staff_id")):
        outlet = outlets.get((row["bank_id"], row["outlet_id"]), {})
        through = words.name(outlet.get("name"), outlet.get("name_en")) or NOTHING
        facts = [
            Fact(_("Employment"), words.employment(row["employment_type"])),
            Fact(_("Duties"), words.duties(row["duties"])),
            Fact(_("Manager"), row["manager_id"] or NOTHING),
            Fact(_("Contact through"), through),
        ]
        name = row["staff_id"] or NOTHING
        cells = [rows[cell_key(row)]]
        found.append(_make(naming, "officer", name, bank_id=row["bank_id"], name=name, cells=cells, facts=facts))
    return found


def _workstations(naming: Naming) -> list[Subject]:
    """Big cells: those that small cells name as their parent, and cells that are not divided."""
    _ = naming.translate
    big: dict[tuple[str, str], list[int]] = {}
    places: dict[tuple[str, str], str] = {}
    for at, cell in enumerate(records(naming.register.cells)):
        key = (cell["bank_id"], cell["parent_id"] or cell["cell_id"])
        big.setdefault(key, []).append(at)
        places[key] = places.get(key) or naming.cell_place(cell)
    found = []
    for (bank_id, cell_id), cells in big.items():
        name = " ".join(filter(None, (cell_id, places[bank_id, cell_id])))
        facts = [Fact(_("Small cells"), naming.words.count(len(cells)))]
        found.append(_make(naming, "workstation", cell_id, bank_id=bank_id, name=name, cells=cells, facts=facts))
    return found
