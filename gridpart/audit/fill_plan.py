"""The fill plan: who takes which blank place, and who withdraws where too many banks cross."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from gridpart._typing import FloatArray, IntArray
from gridpart.arguments import checked
from gridpart.audit._fill_apply import claims_after
from gridpart.audit._fill_candidates import Candidates, candidates_of
from gridpart.audit._fill_items import Item, Sites, blank_items, excess_items, nearest_sites
from gridpart.audit._fill_solver import Search, Status
from gridpart.audit._fill_table import SiteKind, Step, proposals_table, ranked
from gridpart.audit._fill_takes import Choice, choose_takes, take_options
from gridpart.audit._fill_weights import FillWeights, Terms
from gridpart.audit._fill_withdrawals import choose_withdrawals, presences_of
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.steps import step, task

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.audit.audit import Audit
    from gridpart.viewer import MapDocument

say = messages("audit")


@dataclass(frozen=True, eq=False, repr=False)
class FillPlan:
    """
    Proposals that leave no blank place and no place with too many banks.

    Attributes
    ----------
    objective
        Cost of the plan in person-km, by `weights`.
    bound
        No plan costs less.
    status
        ``optimal`` (proved), ``within_gap`` (proved as far as asked), ``time_limit`` (best found in time) or
        ``greedy`` (no model was solved).
    terms
        Person-km, people above fair shares, changes and openings of the plan.
    weights
        Their prices: the objective is the weighted sum of the terms.
    new_points
        Service points to open: ``candidate_id``, ``bank_id``, ``places``, ``population``, geometry.
    audit
        What the plan is for.
    """

    objective: float
    bound: float
    status: Status
    terms: Terms
    weights: FillWeights
    new_points: gpd.GeoDataFrame
    audit: Audit = field(repr=False)
    _steps: tuple[Step, ...] = field(repr=False)

    @property
    def gap(self) -> float:
        """Share of the objective by which a better plan could beat this one, 0 if proved optimal."""
        above = self.objective - self.bound
        return max(above, 0.0) / self.objective if self.objective > 0 and self.status != "optimal" else 0.0

    @cached_property
    def proposals(self) -> gpd.GeoDataFrame:
        """Proposals in English; see `proposals_in`."""
        return self.proposals_in("en")

    @checked
    def proposals_in(self, lang: Language) -> gpd.GeoDataFrame:
        """
        Return the proposals, blank places first, the most populous and then the farthest first.

        Returns
        -------
        proposals
            ``proposal_id``, ``rank`` (within its action), ``action`` (``take`` or ``withdraw``), ``finding_id``,
            ``unit_id``, ``name``, ``township_id``, ``township``, ``zone_class``, ``bank_id``, ``site_kind``
            (``outlet``, ``service_point`` to be opened, or ``claim`` where no outlet is known), ``site_id``,
            ``distance_m`` to that site, ``nearest_m`` to the nearest bank today, ``population``, ``area_m2``,
            ``proposal`` in words, geometry.
        """
        return proposals_table(self.audit, self._steps, lang=lang)

    @checked
    def apply(self, accepted: Collection[str] | None = None) -> dict[str, gpd.GeoDataFrame]:
        """
        Return the claims of all banks once proposals are accepted, ready for the next audit.

        Parameters
        ----------
        accepted
            Proposal ids; all if None.

        Returns
        -------
        claims
            By bank: ``cell_id``, ``bank_id``, ``origin`` (``kept``, ``cut`` or ``taken``), geometry. Cells that no
            proposal touches keep their polygon.

        Raises
        ------
        InputError
            If an id is not in the plan.
        """
        steps = self._accepted(accepted)
        taken: dict[str, dict[str, IntArray]] = {}
        left: dict[str, list[IntArray]] = {}
        for one in steps:
            if one.action == "take":
                cell = f"{one.bank_id}+{one.item.finding_id.partition(':')[2]}"
                cells = taken.setdefault(one.bank_id, {})
                cells[cell] = np.concatenate([cells.get(cell, one.item.faces[:0]), one.item.faces])
            else:
                left.setdefault(one.bank_id, []).append(one.item.faces)
        return claims_after(self.audit, taken=taken, left={bank: np.concatenate(rows) for bank, rows in left.items()})

    @checked
    def document(self, lang: Language = "zh-Hans") -> MapDocument:
        """Return the plan as a map page: who takes which place, who withdraws, what is opened, and at what price."""
        from gridpart.audit._fill_document import document_of

        return document_of(self, lang=lang)

    @checked
    def save(self, folder: str | Path, *, lang: Language = "zh-Hans") -> Path:
        """
        Write the plan as a page, a GeoPackage and JSON.

        Parameters
        ----------
        folder
            Made if missing; receives ``fill_plan.html``, ``fill_plan.gpkg`` (proposals, new points) and
            ``fill_plan.json``.
        lang
            Language of page and sentences.

        Returns
        -------
        file
            Path of the GeoPackage.
        """
        from gridpart.audit._fill_saving import save_plan

        return save_plan(self, Path(folder), lang=lang)

    @checked
    def to_json(self, *, lang: Language = "en") -> str:
        """Return objective, bound, weights, terms and proposals as JSON text; the same plan gives the same bytes."""
        from gridpart.audit._fill_saving import plan_json

        return plan_json(self, lang=lang)

    def _accepted(self, accepted: Collection[str] | None) -> list[Step]:
        if accepted is None:
            return list(self._steps)
        unknown = sorted(set(accepted) - {step.proposal_id for step in self._steps})
        if unknown:
            raise InputError(
                say(
                    "{n} ids are not in this plan: {ids}. Nothing was applied.", n=len(unknown), ids=Joined(unknown[:8])
                )
            )
        return [step for step in self._steps if step.proposal_id in accepted]

    def __repr__(self) -> str:
        """Show size, cost, bound and status."""
        actions = [step.action for step in self._steps]
        return (
            f"<FillPlan: {actions.count('take')} places taken, {len(self.new_points)} service points opened, "
            f"{len({s.proposal_id for s in self._steps if s.action == 'withdraw'})} withdrawals; "
            f"{self.objective:,.0f} person-km, {self.status}, gap {self.gap:.2%}>"
        )

    def _repr_html_(self) -> str:
        return self.document().to_fragment(height=560)


@task("fill_plan", steps=("blank", "takes", "excessive", "withdrawals"))
def make_plan(
    audit: Audit,
    *,
    candidates: gpd.GeoDataFrame | None,
    weights: FillWeights,
    max_distance_m: float | None,
    search: Search,
) -> FillPlan:
    """Return the plan that `Audit.fill_plan` documents."""
    takes, new_points, taking = _plan_takes(
        audit, candidates=candidates, weights=weights, max_distance_m=max_distance_m, search=search
    )
    leaves, leaving = _plan_withdrawals(audit, weights=weights, search=search)
    order: dict[Status, int] = {"optimal": 0, "within_gap": 1, "time_limit": 2, "greedy": 3}
    parts = [part for part, steps in ((taking, takes), (leaving, leaves)) if steps]
    return FillPlan(
        objective=sum(part.objective for part in parts),
        bound=sum(part.bound for part in parts),
        status=max((part.status for part in parts), key=order.__getitem__, default="optimal"),
        terms=sum((part.terms for part in parts), Terms(0.0, 0.0, 0, 0)),
        weights=weights,
        new_points=new_points,
        audit=audit,
        _steps=tuple(ranked([*takes, *leaves])),
    )


def _places(items: list[Item]) -> FloatArray:
    return np.array([item.place for item in items], dtype=np.float64).reshape(-1, 2)


def _plan_takes(
    audit: Audit,
    *,
    candidates: gpd.GeoDataFrame | None,
    weights: FillWeights,
    max_distance_m: float | None,
    search: Search,
) -> tuple[list[Step], gpd.GeoDataFrame, Choice]:
    step("blank")
    items = blank_items(audit)
    sites = nearest_sites(audit, _places(items))
    points = candidates_of(audit, items, candidates)
    options = take_options(
        items,
        sites,
        candidates=points.places,
        banks_of_candidate=points.bank,
        max_distance_m=max_distance_m,
        weights=weights,
    )
    step("takes")
    choice = choose_takes(
        items,
        options,
        fair=sites.n_outlets / sites.n_outlets.sum(),
        weights=weights,
        search=search,
    )
    steps = []
    for row in choice.options.tolist():
        item, bank, candidate = int(options.item[row]), int(options.bank[row]), int(options.candidate[row])
        kind, site = _site(sites, points, item=item, bank=bank, candidate=candidate)
        steps.append(
            Step(
                action="take",
                item=items[item],
                bank_id=audit.banks[bank],
                site_kind=kind,
                site_id=site,
                distance_m=float(options.distance_m[row]),
                nearest_m=float(sites.distance_m[item].min()),
            )
        )
    return steps, points.opened(steps, crs=audit.faces.crs), choice


def _site(sites: Sites, points: Candidates, *, item: int, bank: int, candidate: int) -> tuple[SiteKind, str | None]:
    if candidate >= 0:
        return "service_point", points.ids[candidate]
    site: str | None = sites.site_id[item, bank]
    return ("claim" if site is None else "outlet"), site


def _plan_withdrawals(audit: Audit, *, weights: FillWeights, search: Search) -> tuple[list[Step], Choice]:
    step("excessive")
    items = excess_items(audit)
    sites = nearest_sites(audit, _places(items))
    presence = presences_of(items, sites)
    step("withdrawals")
    choice = choose_withdrawals(
        items,
        presence,
        n_banks=len(audit.banks),
        weights=weights,
        search=search,
    )
    rows = choice.options
    pairs = zip(presence.item[rows].tolist(), presence.bank[rows].tolist(), strict=True)
    return [_leaving(audit, items, sites, place=place, bank=bank) for place, bank in pairs], choice


def _leaving(audit: Audit, items: list[Item], sites: Sites, *, place: int, bank: int) -> Step:
    site: str | None = sites.site_id[place, bank]
    return Step(
        action="withdraw",
        item=items[place],
        bank_id=audit.banks[bank],
        site_kind="claim" if site is None else "outlet",
        site_id=site,
        distance_m=float(sites.distance_m[place, bank]),
        nearest_m=float(sites.distance_m[place].min()),
    )
