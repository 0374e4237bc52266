"""A fill plan as a map page: who takes which place, who withdraws from where, what is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridpart.audit.document import dates_of, digests_of, ground_layers, outlet_layers, unit_names
from gridpart.geo import crs_label, north_at
from gridpart.i18n import translator
from gridpart.steps import task
from gridpart.viewer import AreaLayer, Column, Fact, FeatureClass, MapDocument, PointLayer, Table, bank_style, style

if TYPE_CHECKING:
    import geopandas as gpd

    from gridpart._typing import GeometryArray, Language
    from gridpart.audit.fill_plan import FillPlan
    from gridpart.viewer import Layer


@task("plan_page")
def document_of(plan: FillPlan, *, lang: Language) -> MapDocument:
    """Return the page that `FillPlan.document` documents."""
    _ = translator(lang, "audit")
    audit, proposals = plan.audit, plan.proposals_in(lang)
    takes = proposals[proposals["action"] == "take"]
    leaves = proposals[proposals["action"] == "withdraw"]
    low_x, low_y, high_x, high_y = audit.faces.total_bounds
    return MapDocument(
        title=_("A proposal for blank and crowded places"),
        subtitle=_("Who could take each blank place, and who could withdraw; to be discussed with the banks"),
        lang=lang,
        layers=[
            *_leaves_layer(plan, leaves, lang),
            *_takes_layer(plan, takes, lang),
            *ground_layers(audit, lang),
            *outlet_layers(audit, lang),
            *_points_layer(plan, lang),
        ],
        facts=_facts(plan, takes, leaves, lang),
        tables=[
            _table(_("Places to take"), plan, takes, layer="takes", lang=lang),
            _table(_("Withdrawals"), plan, leaves, layer="leaves", lang=lang),
        ],
        notes=_notes(plan, lang),
        crs_label=crs_label(audit.faces.crs),
        version=_("Profile {name}").format(name=audit.profile.name),
        date=dates_of(audit, lang),
        sources=audit.bank_names.listed(audit.banks, lang),
        digest=digests_of(audit),
        north=north_at(audit.faces.crs, (low_x + high_x) / 2, (low_y + high_y) / 2),
    )


def _takes_layer(plan: FillPlan, takes: gpd.GeoDataFrame, lang: Language) -> list[Layer]:
    """Return the places that are taken, a class for each bank that takes any."""
    _ = translator(lang, "audit")
    banks = sorted(set(takes["bank_id"]))
    if not banks:
        return []
    number = {bank: row for row, bank in enumerate(plan.audit.banks)}
    return [
        AreaLayer(
            "takes",
            _("Places to take"),
            _shapes(takes),
            tuple(FeatureClass(plan.audit.bank_names.shown(bank, lang), bank_style(number[bank])) for bank in banks),
            class_of=takes["bank_id"].map({bank: row for row, bank in enumerate(banks)}).to_numpy(dtype=np.int64),
            fields=(_("Place"), _("Bank"), _("Proposal")),
            cards=_cards(plan, takes, lang),
            searchable=True,
        )
    ]


def _leaves_layer(plan: FillPlan, leaves: gpd.GeoDataFrame, lang: Language) -> list[Layer]:
    _ = translator(lang, "audit")
    if leaves.empty:
        return []
    return [
        AreaLayer(
            "leaves",
            _("Withdrawals"),
            _shapes(leaves),
            (FeatureClass(_("Withdrawals"), style("excessive")),),
            fields=(_("Place"), _("Bank"), _("Proposal")),
            cards=_cards(plan, leaves, lang),
        )
    ]


def _points_layer(plan: FillPlan, lang: Language) -> list[Layer]:
    _ = translator(lang, "audit")
    points = plan.new_points
    if points.empty:
        return []
    banks = [plan.audit.bank_names.shown(str(bank), lang) for bank in points["bank_id"]]
    people = ["" if np.isnan(number) else f"{number:,.0f}" for number in points["population"]]
    return [
        PointLayer(
            "new_points",
            _("Service points to open"),
            _shapes(points),
            (FeatureClass(_("Service points to open"), style("service_point")),),
            fields=(_("Number"), _("Bank"), _("People")),
            cards=list(zip(points["candidate_id"].astype(str), banks, people, strict=True)),
        )
    ]


def _shapes(table: gpd.GeoDataFrame) -> GeometryArray:
    shapes: GeometryArray = np.asarray(table.geometry.array, dtype=object)
    return shapes


def _cards(plan: FillPlan, table: gpd.GeoDataFrame, lang: Language) -> list[tuple[str, str, str]]:
    calls, names = unit_names(plan.audit, lang), plan.audit.bank_names
    return [
        (calls.get(row.unit_id) or row.unit_id or "", names.shown(row.bank_id, lang), row.proposal)
        for row in table.itertuples()
    ]


def _facts(plan: FillPlan, takes: gpd.GeoDataFrame, leaves: gpd.GeoDataFrame, lang: Language) -> list[Fact]:
    _ = translator(lang, "audit")
    people = takes["population"].sum(min_count=1)
    return [
        Fact(_("Places to take"), f"{len(takes):,}"),
        *([] if np.isnan(people) else [Fact(_("People there"), f"{people:,.0f}")]),
        Fact(_("Service points to open"), f"{len(plan.new_points):,}"),
        Fact(_("Withdrawals"), f"{len(leaves):,}"),
        Fact(_("Cost (person-km)"), f"{plan.objective:,.0f}"),
    ]


def _notes(plan: FillPlan, lang: Language) -> list[str]:
    _ = translator(lang, "audit")
    weights = plan.weights
    states = {
        "optimal": _("No plan costs less; this is proved."),
        "within_gap": _("No plan costs less by more than {gap:.2%}; this is proved."),
        "time_limit": _("The search was stopped in time; a plan may cost less by up to {gap:.2%}."),
        "greedy": _("Made place by place, without search for the cheapest plan."),
    }
    return [
        states[plan.status].format(gap=plan.gap),
        _(
            "Cost: {travel:g} per person-km travelled, {balance:g} per person above a bank's fair share, {change:g} "
            "per bank that enters or leaves a unit, {opening:g} per service point opened (assumed)."
        ).format(travel=weights.travel, balance=weights.balance, change=weights.change, opening=weights.opening),
    ]


def _table(title: str, plan: FillPlan, chosen: gpd.GeoDataFrame, *, layer: str, lang: Language) -> Table:
    _ = translator(lang, "audit")
    calls, names = unit_names(plan.audit, lang), plan.audit.bank_names
    rows = [
        (
            str(row.rank),
            calls.get(row.unit_id) or row.unit_id or "",
            row.township or "",
            names.shown(row.bank_id, lang),
            row.proposal,
            "" if np.isnan(row.population) else f"{row.population:,.0f}",
            f"{row.area_m2 / 1e6:,.2f}",
            row.proposal_id,
        )
        for row in chosen.itertuples()
    ]
    columns = (
        Column(_("Rank"), numeric=True),
        Column(_("Place")),
        Column(_("Township")),
        Column(_("Bank")),
        Column(_("Proposal")),
        Column(_("People"), numeric=True),
        Column(_("Area (km²)"), numeric=True),
        Column(_("Number")),
    )
    return Table(title, columns, rows, layer=layer if rows else None)
