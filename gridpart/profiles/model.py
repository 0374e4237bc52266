"""What a profile holds. Every number carries where it comes from; assumed ones say so."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Annotated, Literal

from pydantic import Field, model_validator

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.i18n import Joined, messages, translator
from gridpart.profiles.audit_rules import AuditRules, PartitionRules, ReachKind, ServiceLevel, Zone
from gridpart.profiles.offers import GridType, Product, Segment, SegmentLink
from gridpart.profiles.people import Duties, Hierarchy, ResourceNeed, Scorecard, ScoreSubject, Staffing
from gridpart.profiles.progress import ChecklistItem, FollowUp, LoanShare, Phase, Privacy, RiskRules, Target
from gridpart.profiles.values import Frozen, Term, Threshold, require_unique

say = messages("profiles")

Cadence = Literal["weekly", "monthly", "quarterly", "yearly"]


class Profile(Frozen):
    """
    The rule set of one plan.

    Attributes
    ----------
    name, title
        Name to load it by, and words for people.
    extends
        Names of the profiles it was built on, nearest first.
    audit, partition, hierarchy, staffing, duties, resources
        Rules of places and people, see the classes.
    service_levels, services, channels
        What must be had where, and the codes of services and channels.
    segments, grid_types, products, five_links
        Whom a cell serves and with what.
    phases, targets, checklist, loan_share
        What must be reached by when.
    follow_up, risk, privacy
        Periods and limits of the ledger.
    scorecards
        Weights by which work is scored.
    ten_ones
        Items of the checklist of workstations.
    report_cadence
        How often the plan reports.
    decision
        Who decides first: the bank, which proposes to the supervisor, or bank and community jointly.
    """

    name: str
    title: str
    extends: tuple[str, ...] = ()
    report_cadence: Cadence = "monthly"
    decision: Literal["bank_first", "joint_with_community"] = "bank_first"
    audit: AuditRules
    partition: PartitionRules
    hierarchy: Hierarchy = Hierarchy()
    staffing: Staffing = Staffing()
    duties: Duties
    resources: tuple[ResourceNeed, ...] = ()
    service_levels: tuple[ServiceLevel, ...] = ()
    services: tuple[Term, ...] = ()
    channels: tuple[Term, ...] = ()
    segments: Annotated[tuple[Segment, ...], Field(min_length=1)]
    grid_types: tuple[GridType, ...] = ()
    products: tuple[Product, ...] = ()
    five_links: tuple[SegmentLink, ...] = ()
    phases: tuple[Phase, ...] = ()
    targets: tuple[Target, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    loan_share: LoanShare = LoanShare()
    follow_up: FollowUp
    risk: RiskRules
    privacy: Privacy
    scorecards: tuple[Scorecard, ...] = ()
    ten_ones: tuple[Term, ...] = ()

    def __repr__(self) -> str:
        """Show the name and what it holds in numbers; the rules themselves would fill the screen."""
        thresholds = self.thresholds()
        assumed = sum(threshold.assumed for threshold in thresholds.values())
        return (
            f"<Profile {self.name}: {self.title}; {len(self.targets)} targets, {len(self.phases)} phases, "
            f"{len(thresholds)} thresholds, {assumed} of them assumed>"
        )

    __str__ = __repr__

    @model_validator(mode="after")
    def _phases_in_order(self) -> Profile:
        end = 0
        for phase in self.phases:
            if phase.start_month is None or phase.end_month is None:
                continue
            if phase.start_month < end:
                raise ValueError(say("phase {phase!r} overlaps the one before it", phase=phase.key))
            end = phase.end_month
        return self

    @model_validator(mode="after")
    def _codes_known(self) -> Profile:
        for items, what in (
            (self.segments, "segments"),
            (self.grid_types, "grid_types"),
            (self.products, "products"),
            (self.services, "services"),
            (self.channels, "channels"),
            (self.ten_ones, "ten_ones"),
        ):
            require_unique([item.code for item in items], what)
        require_unique([card.subject for card in self.scorecards], "scorecards")
        segments, services = {item.code for item in self.segments}, {item.code for item in self.services}
        named = {link.segment for link in self.five_links} | {s for item in self.products for s in item.segments}
        offered = {service for level in self.service_levels for service in level.services}
        for unknown, what in ((named - segments, "segments"), (offered - services, "services")):
            if unknown:
                raise ValueError(
                    say("codes that are not among {what}: {codes}", what=what, codes=Joined(sorted(unknown)))
                )
        return self

    @checked
    def thresholds(self, section: str = "") -> dict[str, Threshold]:
        """List every threshold by its dotted name, in the order of the file format; of one section, or of all."""
        return {name: value for name, value in _thresholds(self, "") if not section or name.split(".", 1)[0] == section}

    @checked
    def assumed(self, section: str = "") -> dict[str, Threshold]:
        """List the thresholds that no plan gives; reports must print them as assumed."""
        return {name: threshold for name, threshold in self.thresholds(section).items() if threshold.assumed}

    @checked
    def max_banks(self, zone_class: Zone) -> Threshold:
        """Most banks tolerated at one place of the zone class."""
        return self.audit.urban_max_banks if zone_class == "urban" else self.audit.rural_max_banks

    @checked
    def reach(self, zone_class: Zone, kind: ReachKind = "outlet") -> Threshold:
        """Service radius in m of an access point of the kind in the zone class."""
        radii = self.audit.reach_m.outlet if kind == "outlet" else self.audit.reach_m.service_point
        return radii.urban if zone_class == "urban" else radii.rural

    @checked
    def targets_of(self, year: int) -> tuple[Target, ...]:
        """Targets that apply in a year of the plan, in file order."""
        return tuple(target for target in self.targets if target.year == year)

    @checked
    def segments_of(self, rate: str) -> tuple[str, ...]:
        """Codes of the segments that count in a profile rate, in file order."""
        return tuple(segment.code for segment in self.segments if segment.rate == rate)

    @checked
    def to_html(self, *, lang: Language = "zh-Hans") -> str:
        """
        Return everything that the profile holds as HTML tables, all of it escaped text.

        Raises
        ------
        InputError
            If the language is unknown.
        """
        from gridpart.profiles.describe import describe

        title = escape(translator(lang, "profiles")(self.title))
        return f"<h3>{title}</h3>" + "".join(section.to_html() for section in describe(self, lang=lang))

    def _repr_html_(self) -> str:
        return self.to_html()

    @checked
    def scorecard(self, subject: ScoreSubject) -> Scorecard | None:
        """Scorecard of a subject, or None if the profile has none."""
        return next((card for card in self.scorecards if card.subject == subject), None)


def _thresholds(value: object, path: str) -> Iterator[tuple[str, Threshold]]:
    """Yield every threshold below a value; items of a list go by their code or place."""
    if isinstance(value, Threshold):
        yield path, value
    elif isinstance(value, Frozen):
        for key, item in value:
            yield from _thresholds(item, f"{path}.{key}".lstrip("."))
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            label = getattr(item, "code", None) or getattr(item, "resource", None) or place
            yield from _thresholds(item, f"{path}.{label}")
