"""Two audits side by side as a map page: for talks with banks and villages about alternatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridpart.audit.document import _outline, flag_names
from gridpart.geo import crs_label, north_at
from gridpart.i18n import aside, listed, translator
from gridpart.steps import task
from gridpart.viewer import AreaLayer, Column, Fact, FeatureClass, MapDocument, Table, style

if TYPE_CHECKING:
    import geopandas as gpd

    from gridpart._typing import GeometryArray, IntArray, Language
    from gridpart.audit.comparison import AuditComparison

_ROWS = 400


@task("comparison_page")
def document_of(comparison: AuditComparison, *, lang: Language) -> MapDocument:
    """Return the page that `AuditComparison.document` documents."""
    _ = translator(lang, "audit")
    low_x, low_y, high_x, high_y = comparison.after.faces.total_bounds
    return MapDocument(
        title=_("What changed between two audits"),
        subtitle=_("Land gained and lost by banks; findings new, gone and remaining"),
        lang=lang,
        layers=[_changed(comparison.changed, lang), _area(comparison, lang)],
        facts=_facts(comparison, lang),
        tables=[_places(comparison, lang), _findings(comparison, lang), _losses(comparison, lang)],
        notes=[_("The rules of the two audits differ.")] if comparison.rules_differ else [],
        crs_label=crs_label(comparison.after.faces.crs),
        sources=listed(comparison.after.banks, lang),
        north=north_at(comparison.after.faces.crs, (low_x + high_x) / 2, (low_y + high_y) / 2),
    )


def _changed(changed: gpd.GeoDataFrame, lang: Language) -> AreaLayer:
    _ = translator(lang, "audit")
    titles = (_("Nobody left"), _("Fewer banks"), _("Other banks"), _("More banks"))
    kinds: IntArray = np.array(
        [_kind(row.banks_before, row.banks_after) for row in changed.itertuples()], dtype=np.int64
    )
    looks = ("blank", "excessive", "shared_2", "shared_3")
    used = np.unique(kinds)
    shapes: GeometryArray = np.asarray(changed.geometry.array, dtype=object)
    return AreaLayer(
        "changed",
        _("Changed places"),
        shapes,
        tuple(FeatureClass(titles[kind], style(looks[kind])) for kind in used.tolist()),
        class_of=np.searchsorted(used, kinds),
        fields=(_("Place"), _("Gained"), _("Lost"), _("Area")),
        cards=[
            (row.unit_id or "", listed(row.gained, lang), listed(row.lost, lang), f"{row.area_m2 / 1e6:,.2f} km²")
            for row in changed.itertuples()
        ],
    )


def _kind(before: tuple[str, ...], after: tuple[str, ...]) -> int:
    if not after:
        return 0
    return 1 if len(after) < len(before) else 2 if len(after) == len(before) else 3


def _area(comparison: AuditComparison, lang: Language) -> AreaLayer:
    _ = translator(lang, "audit")
    return AreaLayer(
        "area",
        _("Service area"),
        np.array([_outline(comparison.after)], dtype=object),
        (FeatureClass(_("Service area"), style("service_area")),),
        outline=style("service_area"),
        in_legend=False,
    )


def _facts(comparison: AuditComparison, lang: Language) -> list[Fact]:
    names = flag_names(lang)
    return [
        Fact(names[row["flag"]], f"{row['area_m2_before'] / 1e6:,.1f} → {row['area_m2_after'] / 1e6:,.1f} km²")
        for row in comparison.areas.to_dict("records")
    ]


def _places(comparison: AuditComparison, lang: Language) -> Table:
    _ = translator(lang, "audit")
    names = {unit: row["name"] for unit, row in comparison.after.units.rows().items()}
    rows = [
        (
            str(names.get(row.unit_id) or row.unit_id or ""),
            listed(row.banks_before, lang),
            listed(row.banks_after, lang),
            f"{row.area_m2 / 1e6:,.2f}",
        )
        for row in comparison.changed.itertuples()
    ]
    columns = (
        Column(_("Place")),
        Column(_("Banks before")),
        Column(_("Banks after")),
        Column(_("Area (km²)"), numeric=True),
    )
    return Table(_("Changed places"), columns, rows, layer="changed")


def _findings(comparison: AuditComparison, lang: Language) -> Table:
    _ = translator(lang, "audit")
    words = {"new": _("new"), "gone": _("gone"), "remaining": _("remaining")}
    table = comparison.findings[comparison.findings["change"] != "remaining"].head(_ROWS)
    rows = [(words[row.change], row.finding_id, row.name or "", row.township or "") for row in table.itertuples()]
    columns = (Column(_("Change")), Column(_("Number")), Column(_("Place")), Column(_("Township")))
    return Table(_("Findings new and gone"), columns, rows)


def _losses(comparison: AuditComparison, lang: Language) -> Table:
    _ = translator(lang, "audit")
    rules = {
        "became_blank": _("no bank serves half of it any more"),
        "banks_lost": _("fewer banks serve half of it"),
        "last_point_lost": _("the last access point is gone"),
    }
    rows = [
        (
            str(row["name"] or row["unit_id"]),
            rules[str(row["rule"])],
            aside(f"{row['limit']:g}", _("assumed"), lang) if row["assumed"] else f"{row['limit']:g}",
            f"{row['value_before']} → {row['value_after']}",
            listed(row["banks"], lang),
        )
        for row in comparison.service_loss.to_dict("records")
    ]
    titles = (_("Place"), _("Warning"), _("Warned from"), _("Value"), _("Banks"))
    return Table(_("Service lost"), tuple(map(Column, titles)), rows)
