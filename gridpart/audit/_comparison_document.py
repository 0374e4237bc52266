"""Two audits side by side as a map page: for talks with banks and villages about alternatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridpart.audit.comparison import CHANGES
from gridpart.audit.document import dates_of, digests_of, flag_names, ground_layers, unit_names
from gridpart.geo import crs_label, north_at
from gridpart.i18n import aside, translator
from gridpart.steps import task
from gridpart.viewer import AreaLayer, Column, Fact, FeatureClass, MapDocument, Table, style

if TYPE_CHECKING:
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
        layers=[_changed(comparison, lang), *ground_layers(comparison.after, lang)],
        facts=_facts(comparison, lang),
        tables=[_places(comparison, lang), _findings(comparison, lang), _losses(comparison, lang)],
        notes=[_("The rules of the two audits differ.")] if comparison.rules_differ else [],
        crs_label=crs_label(comparison.after.faces.crs),
        version=_("Profile {name}").format(name=comparison.after.profile.name),
        date=" → ".join(filter(None, (dates_of(audit, lang) for audit in (comparison.before, comparison.after)))),
        sources=comparison.bank_names.listed(comparison.after.banks, lang),
        digest=digests_of(comparison.after),
        north=north_at(comparison.after.faces.crs, (low_x + high_x) / 2, (low_y + high_y) / 2),
    )


def _changed(comparison: AuditComparison, lang: Language) -> AreaLayer:
    _ = translator(lang, "audit")
    changed, banks, calls = comparison.changed, comparison.bank_names, unit_names(comparison.after, lang)
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
            (
                calls.get(row.unit_id) or row.unit_id or "",
                banks.listed(row.gained, lang),
                banks.listed(row.lost, lang),
                f"{row.area_m2 / 1e6:,.2f} km²",
            )
            for row in changed.itertuples()
        ],
        searchable=True,
        counted=False,
    )


def _kind(before: tuple[str, ...], after: tuple[str, ...]) -> int:
    if not after:
        return 0
    return 1 if len(after) < len(before) else 2 if len(after) == len(before) else 3


def _facts(comparison: AuditComparison, lang: Language) -> list[Fact]:
    _ = translator(lang, "audit")
    names, changes = flag_names(lang), _change_names(lang)
    shares = {"area": _("Served share of area"), "population": _("Served share of people"), "units": _("Units served")}
    number = comparison.findings["change"].value_counts()
    return [
        *(
            Fact(names[row["flag"]], f"{row['area_m2_before'] / 1e6:,.1f} → {row['area_m2_after'] / 1e6:,.1f} km²")
            for row in comparison.areas.to_dict("records")
        ),
        *(
            Fact(shares[row["denominator"]], f"{row['coverage_rate_before']:.1%} → {row['coverage_rate_after']:.1%}")
            for row in comparison.rates.to_dict("records")
            if np.isfinite([row["coverage_rate_before"], row["coverage_rate_after"]]).all()
        ),
        *(Fact(aside(_("Findings"), changes[change], lang), f"{number.get(change, 0):,}") for change in CHANGES),
    ]


def _change_names(lang: Language) -> dict[str, str]:
    _ = translator(lang, "audit")
    return {"new": _("new"), "gone": _("gone"), "remaining": _("remaining")}


def _places(comparison: AuditComparison, lang: Language) -> Table:
    """Return the changed places, the largest first."""
    _ = translator(lang, "audit")
    banks, calls = comparison.bank_names, unit_names(comparison.after, lang)
    table = comparison.changed.sort_values("area_m2", ascending=False, kind="stable")
    rows = [
        (
            calls.get(row.unit_id) or row.unit_id or "",
            banks.listed(row.banks_before, lang),
            banks.listed(row.banks_after, lang),
            f"{row.area_m2 / 1e6:,.2f}",
        )
        for row in table.itertuples()
    ]
    columns = (
        Column(_("Place")),
        Column(_("Banks before")),
        Column(_("Banks after")),
        Column(_("Area (km²)"), numeric=True),
    )
    return Table(_("Changed places"), columns, rows, layer="changed", features=table.index.tolist())


def _findings(comparison: AuditComparison, lang: Language) -> Table:
    _ = translator(lang, "audit")
    words, calls = _change_names(lang), unit_names(comparison.after, lang)
    reasons: dict[str, str] = {}
    for audit in (comparison.before, comparison.after):
        found = audit.findings_in(lang)
        reasons.update(zip(found["finding_id"], found["reason"], strict=True))
    table = comparison.findings[comparison.findings["change"] != "remaining"].head(_ROWS)
    rows = [
        (
            words[row.change],
            calls.get(row.unit_id) or row.name or "",
            row.township or "",
            reasons[row.finding_id],
            row.finding_id,
        )
        for row in table.itertuples()
    ]
    titles = (_("Change"), _("Place"), _("Township"), _("Finding"), _("Number"))
    return Table(_("Findings new and gone"), tuple(map(Column, titles)), rows)


def _losses(comparison: AuditComparison, lang: Language) -> Table:
    _ = translator(lang, "audit")
    calls = unit_names(comparison.after, lang)
    rules = {
        "became_blank": _("no bank serves half of it any more"),
        "banks_lost": _("fewer banks serve half of it"),
        "last_point_lost": _("the last access point is gone"),
    }
    rows = [
        (
            calls.get(row["unit_id"]) or str(row["unit_id"]),
            rules[str(row["rule"])],
            aside(f"{row['limit']:g}", _("assumed"), lang) if row["assumed"] else f"{row['limit']:g}",
            f"{row['value_before']} → {row['value_after']}",
            comparison.bank_names.listed(row["banks"], lang),
        )
        for row in comparison.service_loss.to_dict("records")
    ]
    titles = (_("Place"), _("Warning"), _("Warned from"), _("Value"), _("Banks"))
    return Table(_("Service lost"), tuple(map(Column, titles)), rows)
