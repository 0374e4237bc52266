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

_Figure = Callable[[ZoneClass | None], str]

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
    figures: list[tuple[str, _Figure]] = [
        (_("Area"), lambda zone: words.square_km(float(service.land(zone)["area_m2"].sum()))),
        (_("Communities and villages"), lambda zone: words.count(len(service.units(zone)))),
        (_("Residents"), lambda zone: words.count(service.land(zone)["population"].sum(min_count=1))),
        (_("Cells of all banks"), lambda zone: words.count(len(_of(register.cells, zone)))),
        *(
            (title, lambda zone, table=table: words.count(len(_of(table[table["omitted"] == ""], zone))))
            for title, table in _registers(naming)
        ),
        (_("Unserved communities and villages"), lambda zone: words.count(len(_of(service.unserved, zone)))),
        (_("Coverage rate of communities and villages"), lambda zone: words.per_cent(_unit_rate(service, zone))),
        (_("Blank land"), lambda zone: words.square_km(float(service.land(zone, blank=True)["area_m2"].sum()))),
        (_("Residents on blank land"), lambda zone: words.count(_people_without(service, zone))),
    ]
    return Table(
        title=_("Key figures by class"),
        columns=(
            Column(_("Figure")),
            *(Column(words.zone(zone) if zone else _("Both"), numeric=True) for zone in _BOTH),
        ),
        rows=[(title, *(figure(zone) for zone in _BOTH)) for title, figure in figures],
    )


def _registers(naming: Naming) -> list[tuple[str, pd.DataFrame]]:
    _ = naming.translate
    register = naming.register
    return [
        (_("Outlets"), register.outlets),
        (_("Equipment"), register.equipment),
        (_("Officers"), register.officers),
    ]


def _of(table: pd.DataFrame, zone: ZoneClass | None) -> pd.DataFrame:
    return table if zone is None else table[table["zone_class"] == zone]


def _unit_rate(service: Service, zone: ZoneClass | None) -> float:
    units = len(service.units(zone))
    return (units - len(_of(service.unserved, zone))) / units if units else float("nan")


def _people_without(service: Service, zone: ZoneClass | None) -> float:
    """People on blank land: NaN if nobody was counted, 0 where there is no blank land."""
    if service.land(zone)["population"].isna().all():
        return float("nan")
    return float(service.land(zone, blank=True)["population"].sum())


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
    count = naming.words.count
    rows = []
    for title, table in _registers(naming):
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
