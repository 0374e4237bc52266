"""Tables below the map that a person signs: basis, rules, banks with their certificates, rates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from gridpart.audit.channels import channel_rates, shares_of
from gridpart.audit.report_tables import basis, rules
from gridpart.i18n import translator
from gridpart.viewer import Column, Table

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.audit.audit import Audit


def signing_tables(audit: Audit, *, lang: Language) -> list[Table]:
    """Return what the audit rests on, every threshold, every bank with its certificate, and the rates."""
    channels = [] if audit.online is None else [_channels(audit, lang)]
    return [_rates(audit, lang), *channels, _banks(audit, lang), _rules(audit, lang), _basis(audit, lang)]


def _basis(audit: Audit, lang: Language) -> Table:
    _ = translator(lang, "audit")
    rows = [tuple(row) for row in basis(audit, lang=lang).to_numpy().tolist()]
    return Table(_("Basis"), (Column(_("Item")), Column(_("Value"))), rows)


def _rules(audit: Audit, lang: Language) -> Table:
    _, say = translator(lang, "audit"), translator(lang, "profiles")
    rows = [
        (
            str(row["rule"]),
            f"{row['value']:g} {say(row['unit'])}".replace(" （", "（"),
            _("assumed") if row["assumed"] else _("from the plan"),
            _(say(str(row["note"]))),
        )
        for row in rules(audit).to_dict("records")
    ]
    columns = (Column(_("Rule")), Column(_("Value")), Column(_("Source")), Column(_("Why")))
    return Table(_("Rules"), columns, rows)


def _banks(audit: Audit, lang: Language) -> Table:
    _ = translator(lang, "audit")
    states = {
        "draft": _("draft"),
        "proposed": _("proposed"),
        "coordinated": _("co-ordinated"),
        "adopted": _("adopted"),
    }
    rows = [
        (
            audit.bank_names.shown(str(row["bank_id"]), lang),
            f"{row['cells']:,}",
            "" if row["status"] is None else f"{states[row['status']]} · {row['version']}",
            _square_km(row["served_area_m2"]),
            _share(row["population_rate"]),
            _square_km(row["alone_m2"]),
            _square_km(row["outside_m2"]),
            _square_km(row["doubled_m2"]),
            _("exact") if row["is_exact"] else _("not exact"),
            str(row["digest"]),
            str(row["crs_note"]),
        )
        for row in audit.indicators(period="").to_dict("records")
    ]
    columns = (
        Column(_("Bank")),
        Column(_("Cells"), numeric=True),
        Column(_("Plan")),
        Column(_("Served (km²)"), numeric=True),
        Column(_("People served (%)"), numeric=True),
        Column(_("Alone (km²)"), numeric=True),
        Column(_("Outside (km²)"), numeric=True),
        Column(_("Twice (km²)"), numeric=True),
        Column(_("Own grid")),
        Column(_("Certificate digest (SHA-256)")),
        Column(_("Reprojected")),
    )
    return Table(_("Banks"), columns, rows)


def _rates(audit: Audit, lang: Language) -> Table:
    _ = translator(lang, "audit")
    names = {"urban": _("urban"), "rural": _("rural"), "unknown": _("unknown"), "county": _("whole county")}
    townships = dict(audit.units.table[["township_id", "township"]].dropna().to_numpy().tolist())
    rows = []
    for level in ("county", "zone_class", "township_id") if len(audit.units) else ("county",):
        for row in audit.rates(level=level).to_dict("records"):
            name = str(row[level])
            shown = townships.get(name, names.get(name, name))
            rows.append((shown, *(_share(row[f"{kind}_rate"]) for kind in ("area", "population", "units"))))
    columns = (
        Column(_("Place")),
        Column(_("Area (%)"), numeric=True),
        Column(_("People (%)"), numeric=True),
        Column(_("Units (%)"), numeric=True),
    )
    return Table(_("Served share"), columns, rows)


def _channels(audit: Audit, lang: Language) -> Table:
    """Return the served share by channel class; what only online channels reach is in no outlet's or machine's row."""
    _ = translator(lang, "audit")
    table = audit.channels()
    names = {"offline": _("outlets and equipment"), "online": _("online"), "any": _("either")}
    rows = [
        (names[row["channel"]], _share(row["units_rate"]), _share(row["population_rate"]))
        for row in channel_rates(table).to_dict("records")
    ]
    units, people = shares_of(table, table["flag"] == "physical_blank")
    rows.append((_("online only (physical blank)"), _share(units), _share(people)))
    columns = (Column(_("Channel")), Column(_("Units (%)"), numeric=True), Column(_("People (%)"), numeric=True))
    return Table(_("Channels"), columns, rows)


def _share(value: float) -> str:
    return "" if math.isnan(value) else f"{100 * value:.1f}"


def _square_km(area_m2: float) -> str:
    return f"{area_m2 / 1e6:,.2f}"
