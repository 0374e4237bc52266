"""What every sheet carries whatever its theme: heads, accounts, provenance, links."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from gridpart._typing import ZoneClass
from gridpart.atlas._accounts import account_table, omission_table, omitted_on
from gridpart.atlas._ground import focus_of, frame_layers, ground_layers
from gridpart.atlas.model import SheetModel
from gridpart.atlas.naming import Naming
from gridpart.atlas.words import THEMES, Theme
from gridpart.geo import crs_label, north_at
from gridpart.i18n import aside, sentences
from gridpart.profiles import rule_name
from gridpart.project.history_words import history_in
from gridpart.viewer import Column, Fact, Layer, Link, MapDocument, Table

if TYPE_CHECKING:
    from gridpart.atlas.register import Register

INDEX = "index.html"


def sheet(
    naming: Naming,
    *,
    theme: Theme,
    zone: ZoneClass,
    layers: Sequence[Layer],
    facts: Sequence[Fact],
    tables: Sequence[Table],
    rows: pd.DataFrame,
    note: str,
) -> SheetModel:
    """
    Put a theme's layers, figures and tables on a sheet.

    Parameters
    ----------
    naming
        The register and its words.
    theme, zone
        Which sheet.
    layers
        Cells, then things; ground and borders are added around them.
    facts, tables
        Of the theme.
    rows
        The register's table that the sheet accounts for: ``kind``, ``zone_class``, ``omitted``.
    note
        How to read the theme.
    """
    cells = [layer for layer in layers if layer.kind == "area"]
    things = [layer for layer in layers if layer.kind != "area"]
    omitted = omitted_on(rows, zone)
    mine = rows[(rows["zone_class"] == zone) & (rows["omitted"] == "")]
    _ = naming.translate
    document = MapDocument(
        title=title_of(naming, theme=theme, zone=zone),
        subtitle=subtitle_of(naming),
        lang=naming.words.lang,
        layers=[*ground_layers(naming, zone=zone), *cells, *frame_layers(naming), *things],
        focus=focus_of(naming.register, zone),
        filter_by=(_("Township"), "townships"),
        facts=facts,
        tables=[
            *tables,
            *([omission_table(naming, omitted)] if len(omitted) else []),
            account_table(naming, rows, zone=zone),
            grid_table(naming),
        ],
        notes=[note, *_notes(naming, omitted=len(omitted), zone=zone)],
        links=_links(naming, theme=theme, zone=zone),
        crs_label=crs_label(naming.register.service_area.crs),
        version=version_of(naming),
        date=naming.register.as_of.isoformat(),
        sources=sources_of(naming),
        digest=digest_of(naming.register),
        north=north_of(naming.register),
    )
    counts = mine["kind"].fillna("").value_counts().sort_index()
    return SheetModel(
        theme=theme,
        zone_class=zone,
        document=document,
        counts={str(kind): int(number) for kind, number in counts.items()},
        omitted=len(omitted),
    )


def title_of(naming: Naming, *, theme: Theme, zone: ZoneClass) -> str:
    """Return the head of a sheet: project, theme, class."""
    _ = naming.translate
    return _("{project}: {theme}, {zone}").format(
        project=naming.project, theme=naming.words.theme(theme), zone=naming.words.zone(zone).lower()
    )


def subtitle_of(naming: Naming) -> str:
    """Return the second head: banks, township, version, day."""
    _ = naming.translate
    register = naming.register
    banks = register.bank_ids
    parts = [naming.bank(banks[0]) if len(banks) == 1 else _("{n} banks").format(n=len(banks))]
    parts += [*place_of(naming), _("version {version}").format(version=version_of(naming)), register.as_of.isoformat()]
    return " · ".join(parts)


def place_of(naming: Naming) -> list[str]:
    """Return the township that the atlas is confined to, if it is."""
    register = naming.register
    if register.scope.township_id is None:
        return []
    of_township = register.units[register.units["township_id"] == register.scope.township_id]
    return [naming.township(of_township["unit_id"].iloc[0])]


def version_of(naming: Naming) -> str:
    """Return versions and states of the grids shown: ``1 (draft)``."""
    grids = naming.register.grids.values()
    states = sorted({(grid.version, grid.status) for grid in grids})
    words = naming.words
    return words.translate(", ").join(
        aside(f"{version}", words.status(status), words.lang) for version, status in states
    )


def north_of(register: Register) -> float:
    """Return the direction of north in the middle of the county, in degrees clockwise from up."""
    left, bottom, right, top = register.service_area.total_bounds
    return north_at(register.service_area.crs, float(left + right) / 2, float(bottom + top) / 2)


def digest_of(register: Register) -> str:
    """Return the digest of the one certificate shown, or one digest of all of them with their banks."""
    digests = [f"{bank_id}:{register.grids[bank_id].digest}" for bank_id in sorted(register.grids)]
    if len(digests) == 1:
        return digests[0].split(":", 1)[1]
    return hashlib.sha256("\n".join(digests).encode("utf-8")).hexdigest()


def sources_of(naming: Naming) -> str:
    """Return where the data come from."""
    _ = naming.translate
    register = naming.register
    rules = sorted({str(grid.provenance.get("rule", "")) for grid in register.grids.values()} - {""})
    told = _("tables of the project {project}; cells by rule {rules}.").format(
        project=register.name, rules=_(", ").join(rule_name(rule, naming.words.lang) for rule in rules)
    )
    lang = naming.words.lang
    return sentences((told, history_in(register.history, lang)), lang) if register.history else told


def grid_table(naming: Naming) -> Table:
    """Return bank, cells, version and certificate of every grid shown."""
    _ = naming.translate
    grids = naming.register.grids
    return Table(
        title=_("Grids and their certificates"),
        columns=(
            Column(_("Bank")),
            Column(_("Cells"), numeric=True),
            Column(_("Version")),
            Column(_("Status")),
            Column(_("Certificate (SHA-256)")),
        ),
        rows=[
            (
                naming.bank(bank_id),
                naming.words.count(len(grids[bank_id])),
                str(grids[bank_id].version),
                naming.words.status(grids[bank_id].status),
                grids[bank_id].digest,
            )
            for bank_id in naming.register.bank_ids
            if bank_id in grids
        ],
    )


def _notes(naming: Naming, *, omitted: int, zone: ZoneClass) -> list[str]:
    _ = naming.translate
    register = naming.register
    notes = [
        _("Each bank's cells divide the whole county without gap or overlap; the layer list shows one bank or several.")
    ]
    if omitted:
        notes.append(
            _("{n} rows of the register are not on the map; they are listed with the reason.").format(n=omitted)
        )
    unknown = int((~register.units["is_class_known"]).sum())
    if unknown and zone == "rural":
        notes.append(
            _("No class is on record for {n} communities and villages; they are counted as rural.").format(n=unknown)
        )
    return notes


def _links(naming: Naming, *, theme: Theme, zone: ZoneClass) -> list[Link]:
    _ = naming.translate
    words = naming.words
    return [
        Link(_("Index"), INDEX),
        *(
            Link(f"{words.theme(other)} · {words.zone(place)}", f"{other}_{place}.html")
            for other in THEMES
            for place in ("urban", "rural")
            if (other, place) != (theme, zone)
        ),
    ]
