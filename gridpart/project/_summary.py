"""What a project holds, in figures and in words of the language asked for."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from gridpart._typing import Language
from gridpart.geo import crs_label
from gridpart.i18n import labelled, listed, translator

if TYPE_CHECKING:
    from gridpart.project.project import Project


def facts(project: Project, lang: Language) -> list[tuple[str, str]]:
    """
    Return label and value of each line of the summary.

    Raises
    ------
    InputError
        If the language is unknown.
    """
    from gridpart.audit.naming import bank_names_of  # audits take longer to load than a project

    _ = translator(lang, "project")
    names = bank_names_of(project.banks, project.outlets)
    calls = {bank: " ".join(dict.fromkeys((bank, names.shown(bank, lang)))) for bank in project.bank_ids}
    area_km2 = float(project.service_area.geometry.area.sum()) / 1e6
    grids = [
        _("{bank} ({n} cells)").format(bank=calls[bank_id], n=f"{len(project.grids[bank_id]):,}")
        for bank_id in sorted(project.grids)
    ]
    shown = (
        []
        if project.only_banks is None
        else [
            (_("Shows only banks"), listed([calls.get(bank, bank) for bank in project.only_banks], lang) or _("none"))
        ]
    )
    return [
        (_("Project"), project.name),
        *shown,
        (
            _("Service area"),
            listed((f"{area_km2:,.1f} km²", _("no CRS") if project.crs is None else crs_label(project.crs)), lang),
        ),
        (_("Units"), f"{len(project.units):,}"),
        (_("Outlets"), f"{len(project.outlets):,}"),
        (_("Equipment"), f"{len(project.equipment):,}"),
        (_("Staff"), f"{len(project.staff):,}"),
        (_("Roads"), f"{project.roads.number_of_edges():,}"),
        (_("Banks"), f"{len(project.bank_ids):,}"),
        (_("Grids"), listed(grids, lang) or _("none yet")),
        (
            _("Profile"),
            labelled(project.profile.name, translator(lang, "profiles")(project.profile.title), lang),
        ),
    ]


def fragment(project: Project, lang: Language) -> str:
    """Return the summary as an HTML table, all of it escaped text."""
    rows = "".join(
        f'<tr><th style="text-align:left">{html.escape(label)}</th>'
        f'<td style="text-align:left">{html.escape(value)}</td></tr>'
        for label, value in facts(project, lang)
    )
    return f'<table lang="{lang}" style="font-family:system-ui,sans-serif">{rows}</table>'
