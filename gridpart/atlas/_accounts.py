"""What became of every row of a register: on this sheet, on the other one, or listed with the reason."""

from __future__ import annotations

import pandas as pd

from gridpart._typing import ZoneClass
from gridpart.atlas._places import CLASSES, records
from gridpart.atlas.naming import Naming, Row
from gridpart.atlas.words import NOTHING
from gridpart.viewer import Column, Table


def drawn_on(rows: pd.DataFrame, zone: ZoneClass) -> pd.DataFrame:
    """Return the rows on the map of a class."""
    return rows[(rows["omitted"] == "") & (rows["zone_class"] == zone)]


def omitted_on(rows: pd.DataFrame, zone: ZoneClass) -> pd.DataFrame:
    """Return the rows that a sheet lists as not drawn: of its class, and of no known class (listed on both sheets)."""
    return rows[(rows["omitted"] != "") & ((rows["zone_class"] == zone) | rows["zone_class"].isna())]


def omission_table(naming: Naming, omitted: pd.DataFrame) -> Table:
    """Return the rows that are not on the map, with the reason."""
    _ = naming.translate
    return Table(
        title=_("On the register but not on the map"),
        columns=tuple(Column(title) for title in (_("Id"), _("Kind"), _("Bank"), _("Place"), _("Class"), _("Reason"))),
        rows=[
            (
                _id_of(row),
                _kind_of(row, naming),
                naming.bank(row["bank_id"]),
                _place_of(row, naming),
                naming.words.zone(row["zone_class"]) if row["zone_class"] else _("unknown (listed on both sheets)"),
                naming.words.reason(row["omitted"]),
            )
            for row in records(omitted)
        ],
    )


def _id_of(row: Row) -> str:
    return next((row[name] for name in ("staff_id", "equipment_id", "outlet_id") if row.get(name)), NOTHING)


def _kind_of(row: Row, naming: Naming) -> str:
    if "staff_id" in row:
        return naming.words.employment(row["employment_type"])
    return naming.words.kind(row["kind"])


def _place_of(row: Row, naming: Naming) -> str:
    if "staff_id" in row:
        return row["cell_id"] or NOTHING
    return naming.words.name(row.get("name"), row.get("name_en")) or naming.unit(row["unit_id"])


def account_table(naming: Naming, rows: pd.DataFrame, *, zone: ZoneClass | None) -> Table:
    """
    Return how the register adds up, by kind: drawn in each class, not drawn, on the register.

    Parameters
    ----------
    naming
        The register and its words.
    rows
        Table with ``kind`` (or ``employment_type``), ``zone_class``, ``omitted``.
    zone
        Class named first; None for urban first.
    """
    _ = naming.translate
    words = naming.words
    order = sorted(CLASSES, key=lambda place: place != (zone or CLASSES[0]))
    is_staff = "staff_id" in rows.columns
    kinds = rows["employment_type" if is_staff else "kind"].fillna("")
    name = words.employment if is_staff else words.kind
    named = [(name(kind), rows[kinds == kind]) for kind in sorted(set(kinds))]
    return Table(
        title=_("How the register adds up"),
        columns=(
            Column(_("Kind")),
            *(Column(_("{zone} sheet").format(zone=words.zone(place)), numeric=True) for place in order),
            Column(_("Not on the map"), numeric=True),
            Column(_("On the register"), numeric=True),
        ),
        rows=[
            (label, *(words.count(number) for number in _parts(part, order)))
            for label, part in [*named, (_("Total"), rows)]
        ],
    )


def _parts(rows: pd.DataFrame, order: list[ZoneClass]) -> tuple[int, ...]:
    omitted = int((rows["omitted"] != "").sum())
    return (*(len(drawn_on(rows, place)) for place in order), omitted, len(rows))
