"""Two audits of one county at two dates: what is new, what is settled, what remains."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.arguments import checked
from gridpart.audit._comparison_places import changed_places, service_loss
from gridpart.audit.naming import BankNames
from gridpart.audit.rules import FLAGS
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import messages
from gridpart.steps import step, task

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.audit.audit import Audit
    from gridpart.viewer import MapDocument

say = messages("audit")

CHANGES = ("new", "gone", "remaining")
"""What can become of a finding between two audits."""

_FACTS = ("severity", "value", "area_m2", "population")
_PLACE = ("kind", "unit_id", "name", "township_id", "township", "zone_class")


@dataclass(frozen=True, eq=False, repr=False)
class AuditComparison:
    """
    What changed between two audits.

    Attributes
    ----------
    findings
        One row per finding of either: ``finding_id``, ``change`` (``new``, ``gone``, ``remaining``), ``kind``,
        ``unit_id``, ``name``, ``township_id``, ``township``, ``zone_class``, then ``severity``, ``value``, ``area_m2``
        and ``population`` each ``_before`` and ``_after``, geometry (of the later audit where it is there).
    areas
        By flag: ``area_m2``, ``area_share``, ``population`` and ``population_share``, each ``_before``, ``_after``,
        ``_change``.
    rates
        By denominator (``area``, ``population``, ``units``): ``coverage_rate`` ``_before``, ``_after``, ``_change``.
    banks_gone, banks_new
        Banks in one audit only.
    changed
        Land on which the set of banks changed, by unit: ``unit_id``, ``banks_before``, ``banks_after``, ``gained``,
        ``lost``, ``area_m2``, geometry.
    service_loss
        Early warnings: ``unit_id``, ``name``, ``township_id``, ``rule`` (``became_blank``: no bank serves half of the
        unit any more; ``banks_lost``: at least as many fewer do as the profile of the later audit says;
        ``last_point_lost``: the last access point is gone), ``value_before``, ``value_after``, ``banks`` (those lost),
        ``limit``, ``assumed``.
    before, after
        The two audits.
    rules_differ
        Whether the two used different thresholds, so that findings may differ without any change on the ground.
    """

    findings: gpd.GeoDataFrame
    areas: pd.DataFrame
    rates: pd.DataFrame
    banks_gone: tuple[str, ...]
    banks_new: tuple[str, ...]
    changed: gpd.GeoDataFrame
    service_loss: pd.DataFrame
    rules_differ: bool
    before: Audit
    after: Audit

    @cached_property
    def bank_names(self) -> BankNames:
        """What the page calls the banks: the names of the later audit, and of banks that only the earlier one has."""
        return self.after.bank_names.over(self.before.bank_names)

    @checked
    def document(self, lang: Language = "zh-Hans") -> MapDocument:
        """Return the difference as a map page: land gained and lost, findings and figures side by side."""
        from gridpart.audit._comparison_document import document_of

        return document_of(self, lang=lang)

    def counts(self) -> pd.DataFrame:
        """Return the number of findings by ``kind`` (rows) and change: ``new``, ``gone``, ``remaining``."""
        table = pd.crosstab(self.findings["kind"], self.findings["change"])
        counted: pd.DataFrame = table.reindex(columns=list(CHANGES), fill_value=0)
        counted.columns.name = None
        return counted.reset_index()

    def __repr__(self) -> str:
        """Show numbers of findings and the change of the blank area."""
        number = self.findings["change"].value_counts()
        shown = ", ".join(f"{int(number.get(change, 0))} {change}" for change in CHANGES)
        blank = float(self.areas.loc[self.areas["flag"] == "blank", "area_m2_change"].iloc[0]) / 1e6
        note = "; the rules differ" if self.rules_differ else ""
        return f"<AuditComparison: findings {shown}; blank area {blank:+,.2f} km²{note}>"

    def _repr_html_(self) -> str:
        return self.document().to_fragment(height=560)


@task("comparison", steps=("findings", "changed_places", "service"))
def compare_audits(before: Audit, after: Audit) -> AuditComparison:
    """Return the comparison that `Audit.compare` documents."""
    require_same_crs(before.faces, after.faces, names=("this audit", "the other audit"))
    areas = float(before.faces["area_m2"].sum()), float(after.faces["area_m2"].sum())
    if abs(areas[0] - areas[1]) > 1e-6 * max(areas):
        raise InputError(
            say(
                "The audits are of different service areas: {before:,.1f} m² and {after:,.1f} m². Nothing was "
                "compared; audit both dates on the same area.",
                before=areas[0],
                after=areas[1],
            )
        )
    step("findings")
    findings = _findings(before, after)
    step("changed_places")
    changed = changed_places(before, after)
    step("service")
    return AuditComparison(
        findings=findings,
        areas=_areas(before, after),
        rates=_rates(before, after),
        banks_gone=tuple(sorted(set(before.banks) - set(after.banks))),
        banks_new=tuple(sorted(set(after.banks) - set(before.banks))),
        changed=changed,
        service_loss=service_loss(before, after),
        rules_differ=before.profile.thresholds("audit") != after.profile.thresholds("audit"),
        before=before,
        after=after,
    )


def _keyed(audit: Audit) -> gpd.GeoDataFrame:
    """Return findings by id; findings that share one (places without unit on one 10 m square) are numbered."""
    table = audit.findings.sort_values(["finding_id", "area_m2"], ascending=[True, False], kind="stable")
    number = table.groupby("finding_id").cumcount()
    return table.set_index([table["finding_id"].to_numpy(), number.to_numpy()])


def _findings(before: Audit, after: Audit) -> gpd.GeoDataFrame:
    old, new = _keyed(before), _keyed(after)
    keys = old.index.union(new.index)
    was, now = keys.isin(old.index), keys.isin(new.index)
    latest = pd.concat([new, old[~old.index.isin(new.index)]]).reindex(keys)
    table: dict[str, object] = {
        "finding_id": keys.get_level_values(0),
        "change": np.select([was & now, now], ["remaining", "new"], default="gone"),
        **{column: latest[column].to_numpy() for column in _PLACE},
    }
    for column in _FACTS:
        table[f"{column}_before"] = old[column].reindex(keys).to_numpy()
        table[f"{column}_after"] = new[column].reindex(keys).to_numpy()
    return gpd.GeoDataFrame(
        pd.DataFrame(table), geometry=np.asarray(latest["geometry"], dtype=object), crs=after.faces.crs
    )


def _areas(before: Audit, after: Audit) -> pd.DataFrame:
    old, new = (audit.totals().set_index("flag").reindex(list(FLAGS)) for audit in (before, after))
    return _side_by_side(old, new, first="flag")


def _rates(before: Audit, after: Audit) -> pd.DataFrame:
    names = ["area", "population", "units"]
    old, new = (
        pd.DataFrame({"coverage_rate": [float(audit.rates().iloc[0][f"{name}_rate"]) for name in names]}, index=names)
        for audit in (before, after)
    )
    return _side_by_side(old, new, first="denominator")


def _side_by_side(old: pd.DataFrame, new: pd.DataFrame, *, first: str) -> pd.DataFrame:
    table = pd.DataFrame({first: old.index.to_numpy()})
    for column in old.columns:
        table[f"{column}_before"] = old[column].to_numpy()
        table[f"{column}_after"] = new[column].to_numpy()
        table[f"{column}_change"] = new[column].to_numpy() - old[column].to_numpy()
    return table
