"""The first page: what the county is, who serves it, where nobody does, and the way to the six sheets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gridpart.atlas import _index_tables as tables
from gridpart.atlas._frame import INDEX, digest_of, north_of, place_of, sources_of, version_of
from gridpart.atlas._ground import focus_of_units, frame_layers
from gridpart.atlas._places import records, shapes_of
from gridpart.atlas._service import Service, service_of
from gridpart.atlas._symbols import symbol_classes
from gridpart.atlas.model import SheetModel
from gridpart.atlas.naming import Naming
from gridpart.atlas.words import NOTHING
from gridpart.geo import crs_label
from gridpart.i18n import aside
from gridpart.viewer import AreaLayer, Fact, FeatureClass, Layer, Link, MapDocument, PointLayer, Style, style

if TYPE_CHECKING:
    from gridpart.project import Project

_STYLES = ("blank", "single", "shared_2", "shared_3", "shared_many")


def index_document(naming: Naming, project: Project, *, models: Sequence[SheetModel], has_audit: bool) -> MapDocument:
    """
    Return the index page.

    Parameters
    ----------
    naming
        The register and its words.
    project
        Read for its rule profile.
    models
        The six sheets.
    has_audit
        Whether an audit page lies in the folder ``audit`` beside the index.
    """
    _ = naming.translate
    register = naming.register
    service = service_of(register, project)
    return MapDocument(
        title=_title(naming),
        subtitle=_subtitle(naming, service),
        lang=naming.words.lang,
        layers=_layers(naming, service),
        facts=_facts(naming, service),
        tables=[
            tables.class_table(naming, service),
            *([tables.unserved_table(naming, service)] if len(service.unserved) else []),
            tables.bank_table(naming, service),
            tables.sheet_table(naming, models),
            tables.account_table(naming),
            tables.certificate_table(naming),
        ],
        notes=_notes(naming, service),
        crs_label=crs_label(register.service_area.crs),
        version=version_of(naming),
        date=register.as_of.isoformat(),
        sources=sources_of(naming),
        digest=digest_of(register),
        north=north_of(register),
        links=_links(naming, models, has_audit=has_audit),
        focus=None if register.scope.township_id is None else focus_of_units(register),
    )


def _title(naming: Naming) -> str:
    _ = naming.translate
    return _("Grid atlas of {project}").format(project=naming.project)


def _subtitle(naming: Naming, service: Service) -> str:
    """Return the county in one line: size, people, banks, blanks."""
    _ = naming.translate
    words = naming.words
    units = service.units(None)
    said = [
        words.square_km(float(service.land(None)["area_m2"].sum())),
        _("{n} residents").format(n=words.count(units["population"].sum(min_count=1))),
        _("{n} communities and villages, {unserved} served by no bank").format(
            n=words.count(len(units)), unserved=words.count(len(service.unserved))
        ),
    ]
    banks = len(naming.register.bank_ids)
    said.append(naming.bank(naming.register.bank_ids[0]) if banks == 1 else _("{n} banks").format(n=banks))
    return " · ".join([*said, *place_of(naming), naming.register.as_of.isoformat()])


def _links(naming: Naming, models: Sequence[SheetModel], *, has_audit: bool) -> list[Link]:
    _ = naming.translate
    words = naming.words
    links = [
        Link(f"{words.theme(model.theme)} · {words.zone(model.zone_class)}", f"{model.stem}.html") for model in models
    ]
    if has_audit:
        links.append(Link(_("Audit across banks"), f"audit/{INDEX}"))
    return links


def _layers(naming: Naming, service: Service) -> list[Layer]:
    return [
        _service_layer(naming, service),
        _unit_layer(naming),
        *_cell_layers(naming),
        *frame_layers(naming),
        *([_unserved_layer(naming, service)] if len(service.unserved) else []),
        _outlet_layer(naming),
    ]


def _service_layer(naming: Naming, service: Service) -> AreaLayer:
    """How many banks serve each place."""
    _ = naming.translate
    titles = (
        _("Blank: served by no bank"),
        _("Served by one bank"),
        _("Served by 2 banks"),
        _("Served by 3 banks"),
        _("Served by 4 and more"),
    )
    banks = service.faces["bank_count"].to_numpy(dtype=np.int64)
    most = min(int(banks.max(initial=1)), len(titles) - 1)
    class_of = np.minimum(banks, most)
    area = np.bincount(class_of, weights=service.faces["area_m2"].to_numpy(), minlength=most + 1)
    shares = area / area.sum()
    return AreaLayer(
        key="service",
        title=_("Banks that serve each place"),
        geometries=shapes_of(service.faces),
        classes=tuple(
            FeatureClass(aside(title, naming.words.per_cent(share), naming.words.lang), style(name))
            for title, name, share in zip(titles[: most + 1], _STYLES, shares, strict=False)
        ),
        class_of=class_of,
        counted=False,
        fields=(_("Place"), _("Served by"), _("Area"), _("Residents")),
        cards=[
            (
                naming.unit(face["unit_id"]),
                _(", ").join(naming.bank(bank) for bank in face["banks"]) or _("no bank"),
                naming.words.square_km(face["area_m2"]),
                naming.words.count(face["population"]),
            )
            for face in records(service.faces)
        ],
    )


def _unit_layer(naming: Naming) -> AreaLayer:
    _ = naming.translate
    units = naming.register.units
    urban = (units["zone_class"] == "urban").to_numpy(dtype=bool)
    return AreaLayer(
        key="units",
        title=_("Communities and villages"),
        geometries=shapes_of(units),
        classes=(FeatureClass(_("Communities and villages"), Style()),),
        labels=[
            "" if in_town else naming.words.name(unit["name"], unit["name_en"])
            for unit, in_town in zip(naming.unit_rows, urban, strict=True)
        ],
        fields=(_("Name"), _("Code"), _("Township"), _("Class"), _("Residents")),
        cards=naming.unit_cards,
        outline=style("unit"),
        searchable=True,
        visible=False,
    )


def _cell_layers(naming: Naming) -> list[Layer]:
    """The cells of each bank, the first bank's switched on."""
    from gridpart.atlas._bank_cells import cell_layer

    return [cell_layer(naming, bank_id) for bank_id in naming.register.bank_ids if bank_id in naming.register.grids]


def _unserved_layer(naming: Naming, service: Service) -> AreaLayer:
    _ = naming.translate
    units = service.unserved
    return AreaLayer(
        key="unserved",
        title=_("Unserved communities and villages"),
        geometries=shapes_of(units),
        classes=(FeatureClass(_("Unserved communities and villages"), Style()),),
        labels=[naming.words.name(unit["name"], unit["name_en"]) for unit in records(units)],
        fields=(_("Name"), _("Township"), _("Residents")),
        cards=[
            (naming.unit(unit["unit_id"]), naming.township(unit["unit_id"]), naming.words.count(unit["population"]))
            for unit in records(units)
        ],
        outline=Style(stroke="#d5400f", width=1.8),
        searchable=True,
    )


def _outlet_layer(naming: Naming) -> PointLayer:
    from gridpart.atlas._outlet_sheets import KINDS

    _ = naming.translate
    outlets = naming.register.outlets[naming.register.outlets["omitted"] == ""]
    rows = records(outlets)
    classes, class_of = symbol_classes([row["kind"] for row in rows], order=KINDS, words=naming.words)
    return PointLayer(
        key="outlets",
        title=_("Outlets"),
        geometries=shapes_of(outlets),
        classes=classes,
        class_of=class_of,
        fields=(_("Name"), _("Outlet"), _("Kind"), _("Bank"), _("Unit")),
        cards=[
            (
                naming.words.names(row["name"], row["name_en"]) or NOTHING,
                row["outlet_id"] or NOTHING,
                naming.words.kind(row["kind"]),
                naming.bank(row["bank_id"]),
                naming.unit(row["unit_id"]),
            )
            for row in rows
        ],
        searchable=True,
    )


def _facts(naming: Naming, service: Service) -> list[Fact]:
    _ = naming.translate
    words, register = naming.words, naming.register
    land, blank = service.land(None), service.land(None, blank=True)
    people, without = float(land["population"].sum()), float(blank["population"].sum())
    return [
        Fact(_("Area"), words.square_km(float(land["area_m2"].sum()))),
        Fact(_("Residents"), words.count(service.units(None)["population"].sum(min_count=1))),
        Fact(_("Communities and villages"), words.count(len(service.units(None)))),
        Fact(_("Banks"), words.count(len(register.bank_ids))),
        Fact(_("Outlets"), words.count(int((register.outlets["omitted"] == "").sum()))),
        Fact(_("Equipment"), words.count(int((register.equipment["omitted"] == "").sum()))),
        Fact(_("Officers"), words.count(int((register.officers["omitted"] == "").sum()))),
        Fact(_("Unserved communities and villages"), words.count(len(service.unserved))),
        Fact(_("Blank land"), words.per_cent(blank["area_m2"].sum() / land["area_m2"].sum())),
        Fact(
            _("Residents on blank land"),
            aside(words.count(without), words.per_cent(without / people), words.lang) if people > 0.0 else NOTHING,
        ),
    ]


def _notes(naming: Naming, service: Service) -> list[str]:
    _ = naming.translate
    register, words = naming.register, naming.words
    notes = [
        _(
            "{project} has {units} communities and villages. Each of {banks} banks divides the whole county into its "
            "own cells, one for each outlet, without gap or overlap; the dark lines are the cells of {first}."
        ).format(
            project=register.name,
            units=words.count(len(register.units)),
            banks=words.count(len(register.grids)),
            first=naming.bank(register.bank_ids[0]),
        )
    ]
    if service.by_reach:
        reach = service.audit.profile.audit.reach_m.outlet
        notes.append(
            _(
                "Hatched in red: blank land, outside the service radius of every outlet: {urban} m around urban "
                "outlets, {rural} m around rural ones, within the outlet's own cell. The radii come from the rule "
                "profile {profile}."
            ).format(
                urban=words.count(reach.urban.value),
                rural=words.count(reach.rural.value),
                profile=service.audit.profile.name,
            )
        )
    notes.append(
        _(
            "A community or village counts as served where a bank serves at least half of its area; "
            "the others are named on the map."
        )
    )
    notes.append(_("Point at anything for its facts. The layer list switches the cells of the other banks on and off."))
    return notes
