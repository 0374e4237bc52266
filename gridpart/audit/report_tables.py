"""The tables of a report: the same for the workbook, the page and whoever signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gridpart.audit.channels import channel_rates
from gridpart.geo import crs_label
from gridpart.i18n import labelled, translator
from gridpart.tables.messages import N_

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.audit.audit import Audit
    from gridpart.tables import InputReport

_SHOWN_CELLS = 20
"""Cells of a finding that a table names; audit.json has all."""


def report_tables(audit: Audit, *, lang: Language) -> dict[str, pd.DataFrame]:
    """
    Return every table of an audit by title, for a workbook.

    Returns
    -------
    tables
        What the audit rests on, rules, banks, shares, rates, findings, concentration, and where there are points
        access, equity and proximity; online and offline channels where given; bank names that may mean one; accepted
        findings.
    """
    _ = translator(lang, "audit")
    tables = {
        _("Basis"): basis(audit, lang=lang),
        _("Rules"): rules(audit),
        _("Banks"): _called(audit, banks(audit), lang),
        _("Shares"): audit.totals(),
        _("Rates"): _called(audit, rates(audit), lang),
        _("Findings"): flat_findings(audit, lang=lang),
    }
    if len(audit.units):
        tables[_("Concentration")] = audit.concentration()
    if len(audit.units) and audit.points is not None and len(audit.points):
        tables[_("Access")] = audit.access()
        tables[_("Equity")] = pd.DataFrame(list(audit.equity().items()), columns=["figure", "value"])
        tables[_("Proximity")] = audit.proximity()
    if audit.online is not None:
        tables[_("Channels")] = channel_rates(audit.channels())
        tables[_("Channels by unit")] = audit.channels()
    if len(similar := audit.similar_banks()):
        tables[_("Similar bank names")] = similar
    if audit.exceptions is not None:
        tables[_("Accepted findings")] = audit.exceptions_status().astype(str)
    return tables


def _called(audit: Audit, table: pd.DataFrame, lang: Language) -> pd.DataFrame:
    """Return a table with the names of its banks beside their ids, where names are known."""
    if not audit.bank_names:
        return table
    named = [None if pd.isna(bank) else audit.bank_names.shown(str(bank), lang) for bank in table["bank_id"]]
    result = table.copy()
    place = table.columns.tolist().index("bank_id") + 1
    result.insert(place, "bank", pd.Series(named, index=table.index, dtype=object))
    return result


def basis(audit: Audit, *, lang: Language) -> pd.DataFrame:
    """Return what an audit rests on as ``item``, ``value``: profile, CRS, dates of the data, size of each layer."""
    _ = translator(lang, "audit")
    rules_of = audit.profile
    rows = [
        (_("Rule profile"), labelled(rules_of.name, translator(lang, "profiles")(rules_of.title), lang)),
        (_("Assumed thresholds"), f"{len(audit.profile.assumed('audit'))} / {len(audit.profile.thresholds('audit'))}"),
        (_("Coordinate system"), crs_label(audit.faces.crs)),
        (_("Banks"), audit.bank_names.listed(audit.banks, lang)),
        (_("Units"), str(len(audit.units))),
    ]
    for title, table in (
        (_("Access points"), audit.points),
        (_("Equipment as given"), audit.equipment),
        (_("Staff"), audit.staff),
        (_("Online channels"), audit.online),
    ):
        rows.append((title, _("not given") if table is None else str(len(table))))
    for name, report in audit.reports.items():
        rows.append((_("File of {layer}").format(layer=layer_name(name, lang)), _read(report, lang)))
    rows += [
        (_("Date of {layer}").format(layer=layer_name(name, lang)), date) for name, date in audit.data_dates.items()
    ]
    if not audit.data_dates:
        rows.append((_("Date of the data"), _("not stated")))
    return pd.DataFrame(rows, columns=["item", "value"], dtype=object)


def layer_name(name: str, lang: Language) -> str:
    """Return a layer in words; a file named behind it, as in ``cells a.gpkg``, stands as it is."""
    kind, gap, file = name.partition(" ")
    return translator(lang, "tables")(kind.replace("_", " ")) + gap + file


def _read(report: InputReport, lang: Language) -> str:
    """Say what became of the rows of a file."""
    _ = translator(lang, "audit")
    return _("{file}: {read} rows, {kept} kept, {repaired} repaired, {rejected} rejected").format(
        file=report.source,
        read=report.rows_read,
        kept=len(report.kept),
        repaired=len(report.repaired),
        rejected=len(report.rejected),
    )


def rules(audit: Audit) -> pd.DataFrame:
    """Return every threshold: ``rule``, ``value``, ``unit``, ``assumed``, ``note``."""
    rows = [(name, t.value, t.unit, t.assumed, t.note) for name, t in audit.profile.thresholds("audit").items()]
    rows.append(
        ("audit.unit_served_share", 0.5, "share", True, N_("A unit is served if at least half of its area is."))
    )
    return pd.DataFrame(rows, columns=["rule", "value", "unit", "assumed", "note"])


def banks(audit: Audit) -> pd.DataFrame:
    """Return the figures of each bank with certificate and coordinate system."""
    return audit.indicators(period="").drop(columns="period")


def rates(audit: Audit) -> pd.DataFrame:
    """Return the rates of the county, of each zone class, township, bank, and of all three crossed."""
    levels: list[tuple[str, ...]] = [("county",), ("bank_id",)]
    if len(audit.units):
        levels += [("zone_class",), ("township_id",), ("township_id", "zone_class", "bank_id")]
    parts = [audit.rates(level=list(level)) for level in levels]
    names = ["county", "township_id", "zone_class", "bank_id"]
    table = pd.concat(parts, ignore_index=True)
    present = [name for name in names if name in table.columns]
    rest = [column for column in table.columns if column not in names]
    return table[present + rest].astype(dict.fromkeys(present, object))


def flat_findings(audit: Audit, *, lang: Language) -> pd.DataFrame:
    """Return the findings without geometry, lists as text."""
    table = pd.DataFrame(audit.findings_in(lang).drop(columns="geometry"))
    table["banks"] = ["; ".join(audit.bank_names.shown(bank, lang) for bank in entry) for entry in table["banks"]]
    table["cells"] = [_listed(entry) for entry in table["cells"]]
    return table


def _listed(cells: tuple[str, ...]) -> str:
    shown = "; ".join(cells[:_SHOWN_CELLS])
    return shown if len(cells) <= _SHOWN_CELLS else f"{shown}; … ({len(cells)})"
