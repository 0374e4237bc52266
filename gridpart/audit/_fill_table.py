"""Proposals in rows and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import IntArray
from gridpart.audit._fill_items import Item
from gridpart.audit.naming import BankNames
from gridpart.i18n import translator
from gridpart.steps import counted, task

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.audit.audit import Audit

Action = Literal["take", "withdraw"]
SiteKind = Literal["outlet", "service_point", "claim"]


@dataclass(frozen=True, eq=False)
class Proposal:
    """One step of a plan; the columns of `FillPlan.proposals` but for the words and the geometry."""

    proposal_id: str
    rank: int
    action: Action
    finding_id: str
    unit_id: str | None
    name: str | None
    township_id: str | None
    township: str | None
    zone_class: str | None
    bank_id: str
    site_kind: SiteKind
    site_id: str | None
    distance_m: float
    nearest_m: float
    population: float
    area_m2: float


@dataclass(frozen=True, eq=False)
class Step:
    """A proposal before it is ranked: what, who, from where, on which faces."""

    action: Action
    item: Item
    bank_id: str
    site_kind: SiteKind
    site_id: str | None
    distance_m: float
    nearest_m: float

    @property
    def proposal_id(self) -> str:
        """Stable name of the step."""
        return f"{self.action}:{self.item.finding_id.partition(':')[2]}:{self.bank_id}"


def ranked(steps: Sequence[Step]) -> list[Step]:
    """Sort steps: blank places before withdrawals, then by people, then by distance to the nearest bank, far first."""
    return sorted(
        steps,
        key=lambda step: (
            step.action != "take",
            -float(np.nan_to_num(step.item.people)),
            -step.nearest_m,
            step.proposal_id,
            step.item.faces.tolist(),
        ),
    )


@task("proposals")
def proposals_table(audit: Audit, steps: Sequence[Step], *, lang: Language) -> gpd.GeoDataFrame:
    """Return ranked steps as rows with a sentence each; steps of one unit and bank are one row."""
    groups: dict[str, list[Step]] = {}
    for step in steps:
        groups.setdefault(step.proposal_id, []).append(step)
    rows, words, shapes, counts = [], [], [], {"take": 0, "withdraw": 0}
    for group in counted("proposals", list(groups.values())):
        counts[group[0].action] += 1
        faces = np.concatenate([step.item.faces for step in group])
        proposal = _proposal(audit, group, faces, rank=counts[group[0].action])
        rows.append(asdict(proposal))
        words.append(_sentence(proposal, audit.bank_names, lang))
        shapes.append(shapely.coverage_union_all(np.asarray(audit.faces.geometry.array, dtype=object)[faces]))
    table = pd.DataFrame(rows, columns=[field.name for field in fields(Proposal)])
    table["proposal"] = pd.Series(words, dtype=object)
    return gpd.GeoDataFrame(table, geometry=shapes, crs=audit.faces.crs)


def _proposal(audit: Audit, group: Sequence[Step], faces: IntArray, *, rank: int) -> Proposal:
    step = group[0]
    place = audit.unit_row(step.item.unit_id)
    chosen = audit.faces.iloc[faces]
    return Proposal(
        proposal_id=step.proposal_id,
        rank=rank,
        action=step.action,
        finding_id=step.item.finding_id,
        unit_id=step.item.unit_id,
        name=place.get("name"),
        township_id=place.get("township_id"),
        township=place.get("township"),
        zone_class=place.get("zone_class"),
        bank_id=step.bank_id,
        site_kind=step.site_kind,
        site_id=step.site_id,
        distance_m=min(member.distance_m for member in group),
        nearest_m=step.nearest_m,
        population=float(chosen["population"].sum(min_count=1)),
        area_m2=float(chosen["area_m2"].sum()),
    )


def _sentence(proposal: Proposal, names: BankNames, lang: Language) -> str:
    _ = translator(lang, "audit")
    place = proposal.name or proposal.unit_id or proposal.finding_id.partition(":")[2]
    if proposal.action == "withdraw":
        sentence = _("{bank} withdraws from {place}, where more banks cross than the rules allow.")
    elif proposal.site_kind == "service_point":
        sentence = _("{bank} takes {place} and serves it from a new service point, {site}, {distance} km away.")
    elif proposal.site_kind == "outlet":
        sentence = _("{bank} takes {place} and serves it from its outlet {site}, {distance} km away.")
    else:
        sentence = _("{bank} takes {place}; the land it claims is {distance} km away.")
    distance = f"{proposal.distance_m / 1000:.1f}"
    bank = names.shown(proposal.bank_id, lang)
    return sentence.format(bank=bank, place=place, site=proposal.site_id, distance=distance)
