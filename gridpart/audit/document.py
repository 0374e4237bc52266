"""The audit as a map page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridpart._typing import Language
from gridpart.audit._document_tables import signing_tables
from gridpart.audit.report_tables import layer_name
from gridpart.audit.rules import FLAGS
from gridpart.geo import crs_label, north_at
from gridpart.i18n import aside, listed, sentences, translator
from gridpart.steps import task
from gridpart.viewer import AreaLayer, Column, Fact, FeatureClass, MapDocument, PointLayer, Table, style

if TYPE_CHECKING:
    import geopandas as gpd

    from gridpart.audit.audit import Audit
    from gridpart.viewer import Layer

_TABLE_ROWS = 5_000
_NAME_PAIRS = 8
_STYLES = ("blank", "single", "shared_2", "shared_3", "shared_many", "excessive")


@task("audit_page")
def document_of(audit: Audit, *, lang: Language) -> MapDocument:
    """Return the audit as a page: flags by place, findings, figures, and the thresholds they rest on."""
    _ = translator(lang, "audit")
    findings = audit.findings_in(lang)
    return MapDocument(
        title=_("Coverage audit across {n} banks").format(n=len(audit.banks)),
        subtitle=_("Where nobody serves, and where everybody does; profile {name}").format(name=audit.profile.name),
        lang=lang,
        layers=_layers(audit, lang),
        facts=_facts(audit, lang),
        tables=[_findings_table(audit, findings, lang), *signing_tables(audit, lang=lang)],
        notes=_notes(audit, findings, lang),
        crs_label=crs_label(audit.faces.crs),
        version=_("Profile {name}").format(name=audit.profile.name),
        date=dates_of(audit, lang),
        sources=audit.bank_names.listed(audit.banks, lang),
        digest=digests_of(audit),
        north=north_at(audit.faces.crs, *_middle(audit)),
    )


def dates_of(audit: Audit, lang: Language) -> str:
    """Return the dates of the layers of an audit as one text."""
    return listed((f"{layer_name(name, lang)} {date}" for name, date in audit.data_dates.items()), lang)


def digests_of(audit: Audit) -> str:
    """Return the beginnings of the certificate digests of an audit."""
    return " ".join(digest[:12] for digest in audit.digests.values() if digest is not None)


def _middle(audit: Audit) -> tuple[float, float]:
    low_x, low_y, high_x, high_y = audit.faces.total_bounds
    return (low_x + high_x) / 2, (low_y + high_y) / 2


def flag_names(lang: Language) -> dict[str, str]:
    """Return the words for the four flags."""
    _ = translator(lang, "audit")
    return {"blank": _("Blank"), "single": _("Single"), "shared": _("Shared"), "excessive": _("Excessive")}


def _layers(audit: Audit, lang: Language) -> list[Layer]:
    return [_face_layer(audit, lang), *ground_layers(audit, lang), *outlet_layers(audit, lang)]


def ground_layers(audit: Audit, lang: Language) -> list[Layer]:
    """Return what a map of an audit is read against: the units, where there are any, and the service area."""
    _ = translator(lang, "audit")
    units = AreaLayer(
        "units",
        _("Villages and communities"),
        audit.units.polygons,
        (FeatureClass(_("Border"), style("unit")),),
        labels=list(unit_names(audit, lang).values()),
        fields=(_("Place"),),
        cards=None,
        outline=style("unit"),
        in_legend=False,
    )
    area = AreaLayer(
        "area",
        _("Service area"),
        np.array([shapely.coverage_union_all(np.asarray(audit.faces.geometry.array, dtype=object))], dtype=object),
        (FeatureClass(_("Service area"), style("service_area")),),
        outline=style("service_area"),
        in_legend=False,
    )
    return [units, area] if len(audit.units) else [area]


def outlet_layers(audit: Audit, lang: Language) -> list[Layer]:
    """Return the outlets of all banks as a layer, or none where they were not given."""
    _ = translator(lang, "audit")
    if audit.points is None:
        return []
    outlets = audit.points[audit.points["source"] == "outlet"]
    calls = {bank: audit.bank_names.shown(bank, lang) for bank in set(outlets["bank_id"])}
    return [
        PointLayer(
            "outlets",
            _("Outlets"),
            np.asarray(outlets.geometry.array, dtype=object),
            (FeatureClass(_("Outlet"), style("sub_branch")),),
            fields=(_("Outlet"), _("Bank")),
            cards=list(zip(outlets["point_id"], outlets["bank_id"].map(calls), strict=True)),
            searchable=True,
        )
    ]


def unit_names(audit: Audit, lang: Language) -> dict[str, str]:
    """Return the name of each unit in a language by its id, "" where it has none."""
    table = audit.units.table
    column = "name_en" if lang == "en" and table["name_en"].notna().any() else "name"
    pairs = zip(table["unit_id"], table[column], strict=True)
    return {unit: "" if name is None else str(name) for unit, name in pairs}


def _face_layer(audit: Audit, lang: Language) -> AreaLayer:
    """Return the faces with one class per flag, the shared ones by number of banks."""
    _ = translator(lang, "audit")
    faces, names = audit.faces, flag_names(lang)
    titles = [
        names["blank"],
        names["single"],
        _("Shared by 2 banks"),
        _("Shared by 3 banks"),
        _("Shared by 4 and more"),
        names["excessive"],
    ]
    class_of = np.select(
        [faces["flag"] == "blank", faces["flag"] == "single", faces["flag"] == "excessive"],
        [0, 1, 5],
        default=np.clip(faces["bank_count"], 2, 4).to_numpy(),
    ).astype(np.int64)
    used, place = np.unique(class_of, return_inverse=True)
    shares = np.bincount(place, weights=faces["area_m2"]) / faces["area_m2"].sum()
    calls = unit_names(audit, lang)
    called = {banks: audit.bank_names.listed(banks, lang) for banks in set(faces["banks"])}
    cards = [
        (
            calls.get(face.unit_id, "") or face.unit_id or names[face.flag],
            names[face.flag],
            called[face.banks] or _("none"),
            f"{face.area_m2 / 1e6:,.2f} km²",
            "" if np.isnan(face.population) else f"{face.population:,.0f}",
        )
        for face in faces.itertuples()
    ]
    return AreaLayer(
        "faces",
        _("Banks at every place"),
        np.asarray(faces.geometry.array, dtype=object),
        tuple(
            FeatureClass(aside(titles[number], f"{share:.1%}", lang), style(_STYLES[number]))
            for number, share in zip(used.tolist(), shares, strict=True)
        ),
        class_of=place,
        fields=(_("Place"), _("Coverage"), _("Banks"), _("Area"), _("People")),
        cards=cards,
        counted=False,
    )


def _facts(audit: Audit, lang: Language) -> list[Fact]:
    _ = translator(lang, "audit")
    names = flag_names(lang)
    totals = audit.totals().set_index("flag")
    facts = [Fact(_("Area"), f"{totals['area_m2'].sum() / 1e6:,.1f} km²")]
    for flag in FLAGS:
        row = totals.loc[flag]
        facts.append(Fact(f"{names[flag]} · {_('Area')}", f"{row['area_m2'] / 1e6:,.1f} km² · {row['area_share']:.1%}"))
    if audit.units.has_population:
        facts.append(Fact(_("People"), f"{totals['population'].sum():,.0f}"))
        for flag in FLAGS:
            row = totals.loc[flag]
            facts.append(
                Fact(f"{names[flag]} · {_('People')}", f"{row['population']:,.0f} · {row['population_share']:.1%}")
            )
    rates = audit.rates().iloc[0]
    if rates["total_units"]:
        facts.append(
            Fact(
                _("Units served"),
                f"{rates['served_units']:,.0f} / {rates['total_units']:,.0f} · {rates['units_rate']:.1%}",
            )
        )
    return facts


def _findings_table(audit: Audit, findings: gpd.GeoDataFrame, lang: Language) -> Table:
    _ = translator(lang, "audit")
    findings = findings.head(_TABLE_ROWS)
    severities = {"high": _("high"), "medium": _("medium"), "low": _("low")}
    calls = unit_names(audit, lang)
    rows = [
        (
            severities[row.severity],
            str(calls.get(row.unit_id) or row.unit_id or row.name or ""),
            row.township or "",
            _reason(row.reason, row.accepted_by, row.accepted_why, lang=lang),
            audit.bank_names.listed(row.banks, lang),
            f"{row.area_m2 / 1e6:,.2f}",
            "" if np.isnan(row.population) else f"{row.population:,.0f}",
            row.next_step,
            row.finding_id,
        )
        for row in findings.itertuples()
    ]
    columns = (
        Column(_("Severity")),
        Column(_("Place")),
        Column(_("Township")),
        Column(_("Finding")),
        Column(_("Banks")),
        Column(_("Area (km²)"), numeric=True),
        Column(_("People"), numeric=True),
        Column(_("Next step")),
        Column(_("Number")),
    )
    units = audit.units.table
    places = {unit: row for row, unit in enumerate(units["unit_id"])}
    first = {town: row for row, town in reversed(list(enumerate(units["township_id"]))) if town is not None}
    # a finding of a whole township is shown at its first unit
    features = [places.get(row.unit_id, first.get(row.township_id, -1)) for row in findings.itertuples()]
    if len(units) and -1 not in features:
        return Table(_("Findings"), columns, rows, layer="units", features=features)
    return Table(_("Findings"), columns, rows)


def _reason(reason: str, who: str | None, why: str | None, *, lang: Language) -> str:
    """Return the reason of a finding, and who accepted it."""
    _ = translator(lang, "audit")
    return reason if who is None else sentences((reason, _("Accepted by {who}: {why}").format(who=who, why=why)), lang)


def _notes(audit: Audit, findings: gpd.GeoDataFrame, lang: Language) -> list[str]:
    _ = translator(lang, "audit")
    rules = audit.profile.audit
    notes = [
        _("In town more than {n} banks at one place count as excessive ({source}).").format(
            n=rules.urban_max_banks.count, source=_source(rules.urban_max_banks.assumed, lang)
        ),
        _("In the country more than {n} banks at one place count as excessive ({source}).").format(
            n=rules.rural_max_banks.count, source=_source(rules.rural_max_banks.assumed, lang)
        ),
        _("A unit counts as served if at least half of its area is (assumed)."),
        _("Places narrower than {width:g} m are slivers: drawing accuracy, not service ({source}).").format(
            width=rules.sliver_width_m.value, source=_source(rules.sliver_width_m.assumed, lang)
        ),
    ]
    hidden = len(findings) - _TABLE_ROWS
    if hidden > 0:
        notes.append(
            _("The table shows the first {n}; {more} more are in audit.gpkg and audit.json.").format(
                n=_TABLE_ROWS, more=hidden
            )
        )
    notes += _name_notes(audit, lang)
    if audit.exceptions is not None:
        accepted = int(findings["accepted"].sum())
        notes.append(
            _("{n} findings are accepted as of {date}; they stay in the table.").format(
                n=accepted, date=audit.exceptions.as_of.isoformat()
            )
        )
    outside = sum(audit.outside_m2.values())
    if outside > 1:
        notes.append(
            _("Banks claim {area:,.2f} km² outside the service area; it is not counted.").format(area=outside / 1e6)
        )
    return notes


def _name_notes(audit: Audit, lang: Language) -> list[str]:
    """Say which bank names may mean one bank: they are counted apart, but not silently."""
    _ = translator(lang, "audit")
    similar = audit.similar_banks()
    notes = [
        _("{name} and {other} may be one bank; they are counted as two.").format(name=row.name, other=row.other)
        for row in similar.head(_NAME_PAIRS).itertuples(index=False)
    ]
    if len(similar) > _NAME_PAIRS:
        notes.append(_("{n} more pairs of bank names are similar.").format(n=len(similar) - _NAME_PAIRS))
    return notes


def _source(assumed: bool, lang: Language) -> str:  # noqa: FBT001 - a yes or no of the profile
    _ = translator(lang, "audit")
    return _("assumed") if assumed else _("from the plan")
