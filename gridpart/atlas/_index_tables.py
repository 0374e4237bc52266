"""Tables of the index page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from gridpart._typing import ZoneClass
from gridpart.atlas._accounts import drawn_on
from gridpart.atlas._frame import grid_table
from gridpart.atlas._places import CLASSES, records
from gridpart.atlas._service import Service
from gridpart.atlas.model import SheetModel
from gridpart.atlas.naming import Naming
from gridpart.atlas.words import NOTHING
from gridpart.viewer import Column, Table

_BOTH: tuple[ZoneClass | None, ...] = (*CLASSES, None)

certificate_table = grid_table


def sheet_table(naming: Naming, models: Sequence[SheetModel]) -> Table:
    """Return the six sheets with what is on each."""
    _ = naming.translate
    count = naming.words.count
    return Table(
        title=_("The six sheets"),
        columns=(
            Column(_("Theme")),
            Column(_("Class")),
            Column(_("On the map"), numeric=True),
            Column(_("Listed, not on the map"), numeric=True),
            Column(_("File")),
        ),
        rows=[
            (
                naming.words.theme(model.theme),
                naming.words.zone(model.zone_class),
                count(sum(model.counts.values())),
                count(model.omitted),
                f"{model.stem}.html",
            )
            for model in models
        ],
    )


def class_table(naming: Naming, service: Service) -> Table:
    """Return the key figures of urban and rural land and of both."""
    _ = naming.translate
    words, register = naming.words, naming.register
    count = words.count

    def things(table: pd.DataFrame) -> Callable[[ZoneClass | None], str]:
        return lambda zone: count(sum(len(drawn_on(table, place)) for place in CLASSES if zone in (None, place)))

    def cells(zone: ZoneClass | None) -> str:
        return count(len(register.cells) if zone is None else int((register.cells["zone_class"] == zone).sum()))

    def unserved(zone: ZoneClass | None) -> str:
        units = service.unserved
        return count(len(units) if zone is None else int((units["zone_class"] == zone).sum()))

    def people(zone: ZoneClass | None, *, blank: bool = False) -> str:
        return count(service.land(zone, blank=blank)["population"].sum(min_count=1))

    def served(zone: ZoneClass | None) -> str:
        units = len(service.units(zone))
        blank = int((service.unserved["zone_class"] == zone).sum()) if zone else len(service.unserved)
        return words.per_cent((units - blank) / units) if units else NOTHING

    figures: list[tuple[str, Callable[[ZoneClass | None], str]]] = [
        (_("Area"), lambda zone: words.square_km(float(service.land(zone)["area_m2"].sum()))),
        (_("Communities and villages"), lambda zone: count(len(service.units(zone)))),
        (_("Residents"), people),
        (_("Cells of all banks"), cells),
        (_("Outlets"), things(register.outlets)),
        (_("Equipment"), things(register.equipment)),
        (_("Officers"), things(register.officers)),
        (_("Unserved communities and villages"), unserved),
        (_("Coverage rate of communities and villages"), served),
        (_("Blank land"), lambda zone: words.square_km(float(service.land(zone, blank=True)["area_m2"].sum()))),
        (_("Residents on blank land"), lambda zone: people(zone, blank=True)),
    ]
    return Table(
        title=_("Key figures by class"),
        columns=(
            Column(_("Figure")),
            *(Column(words.zone(zone) if zone else _("Both"), numeric=True) for zone in _BOTH),
        ),
        rows=[(title, *(figure(zone) for zone in _BOTH)) for title, figure in figures],
    )


def unserved_table(naming: Naming, service: Service) -> Table:
    """Return the units that no bank serves, those with most people first."""
    _ = naming.translate
    return Table(
        title=_("Unserved communities and villages"),
        columns=(
            *(Column(title) for title in (_("Name"), _("Code"), _("Township"), _("Class"))),
            Column(_("Residents"), numeric=True),
        ),
        rows=[
            (
                naming.words.names(unit["name"], unit["name_en"]) or NOTHING,
                unit["unit_id"] or NOTHING,
                naming.words.names(unit["township"], unit["township_en"]) or NOTHING,
                naming.words.zone(unit["zone_class"]),
                naming.words.count(unit["population"]),
            )
            for unit in records(service.unserved)
        ],
        layer="unserved",
    )


def bank_table(naming: Naming, service: Service) -> Table:
    """Return what each bank has and how many units it serves."""
    _ = naming.translate
    words, register = naming.words, naming.register
    rates = {} if register.units.empty else _bank_rates(service)
    rows = []
    for bank in records(register.banks):
        bank_id = bank["bank_id"]
        counts = [
            int(((table["bank_id"] == bank_id) & (table["omitted"] == "")).sum())
            for table in (register.outlets, register.equipment, register.officers)
        ]
        rows.append(
            (
                words.names(bank["name"], bank["name_en"]) or bank_id,
                bank_id,
                words.count(bank["n_cells"]),
                *map(words.count, counts),
                words.per_cent(rates.get(bank_id, float("nan"))),
            )
        )
    titles = (_("Cells"), _("Outlets"), _("Equipment"), _("Officers"), _("Communities and villages served"))
    return Table(
        title=_("Banks"),
        columns=(Column(_("Bank")), Column(_("Id")), *(Column(title, numeric=True) for title in titles)),
        rows=rows,
    )


def _bank_rates(service: Service) -> dict[str, float]:
    rates = service.audit.rates(by="units", level="bank_id")
    return dict(zip(rates["bank_id"], rates["coverage_rate"], strict=True))


def account_table(naming: Naming) -> Table:
    """Return how each register adds up over the six sheets."""
    _ = naming.translate
    register, count = naming.register, naming.words.count
    rows = []
    for title, table in (
        (_("Outlets"), register.outlets),
        (_("Equipment"), register.equipment),
        (_("Officers"), register.officers),
    ):
        drawn = [len(drawn_on(table, zone)) for zone in CLASSES]
        rows.append((title, *map(count, drawn), count(int((table["omitted"] != "").sum())), count(len(table))))
    return Table(
        title=_("How the registers add up"),
        columns=(
            Column(_("Register")),
            *(Column(_("{zone} sheet").format(zone=naming.words.zone(zone)), numeric=True) for zone in CLASSES),
            Column(_("Not on the map"), numeric=True),
            Column(_("On the register"), numeric=True),
        ),
        rows=rows,
    )
