"""What a profile holds. Every number carries where it comes from; assumed ones say so."""

from __future__ import annotations

import itertools
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

ReachKind = Literal["outlet", "service_point"]
Zone = Literal["urban", "rural"]
RateKey = Literal["unit_coverage_rate", "resident", "merchant", "park", "mse", "rural", "area_coverage_rate"]


class _Frozen(BaseModel):
    """Values cannot be changed, unknown keys are errors: a misspelt rule must not pass silently."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Threshold(_Frozen):
    """
    One number of a rule.

    Attributes
    ----------
    value
        The number, in `unit`.
    unit
        "m", "m2", "banks", "share" (0 to 1), "people", "points" and so on.
    assumed
        True if no plan gives the number: every report prints it as assumed.
    note
        Where the number comes from, or why it was assumed.
    """

    value: float
    unit: str
    assumed: bool
    note: str

    @property
    def count(self) -> int:
        """The value as a whole number, for limits that count."""
        return int(self.value)

    def __str__(self) -> str:
        number = f"{self.value:g} {self.unit}"
        return f"{number} (assumed)" if self.assumed else number


class Reach(_Frozen):
    """Service radius of one kind of access point, by settlement class, in m."""

    urban: Threshold
    rural: Threshold


class ReachRules(_Frozen):
    """Service radius by kind of access point."""

    outlet: Reach
    service_point: Reach


class AuditRules(_Frozen):
    """
    Thresholds of the cross-bank audit.

    Attributes
    ----------
    urban_max_banks, rural_max_banks
        Most banks that may serve one place before it counts as excessive. In rural zones filling
        blanks comes first, so the limit is lower.
    urban_max_overlap_share
        Largest share of an urban unit's area that several banks may share.
    hhi_max
        Herfindahl-Hirschman index (0 to 1) of access points by bank above which a unit is concentrated.
    min_service_points_per_village
        Active service points that each village needs.
    sliver_width_m
        Faces narrower than this are reported as slivers, not as blank or shared.
    min_people
        Blank or excessive places with fewer people are reported with low severity.
    access_distance_m
        Distance within which an access point counts as near.
    reach_m
        Service radius by kind of access point and settlement class.
    """

    urban_max_banks: Threshold
    rural_max_banks: Threshold
    urban_max_overlap_share: Threshold
    hhi_max: Threshold
    min_service_points_per_village: Threshold
    sliver_width_m: Threshold
    min_people: Threshold
    access_distance_m: Threshold
    reach_m: ReachRules


class Hierarchy(_Frozen):
    """Depth of the three trees, which are independent; null where a plan names none."""

    admin_levels: Annotated[int, Field(ge=1, le=6)] | None = None
    service_levels: Annotated[int, Field(ge=1, le=6)] | None = None
    organisation_levels: Annotated[int, Field(ge=1, le=6)] | None = None


class Staffing(_Frozen):
    """How many people a cell has, and who the grid manager is; a null maximum means no limit."""

    officers_min: int = 1
    officers_max: int | None = 1
    managers_min: int = 1
    managers_max: int | None = 1
    manager_mode: Literal["supervisor", "frontline"] = "supervisor"
    team_required: bool = False
    workstation_scope: Literal["communities_and_villages", "villages", "none"] = "none"

    @model_validator(mode="after")
    def _min_below_max(self) -> Staffing:
        for low, high, what in (
            (self.officers_min, self.officers_max, "officers"),
            (self.managers_min, self.managers_max, "managers"),
        ):
            if low < 0 or (high is not None and high < low):
                message = f"{what}: minimum {low} and maximum {high} contradict each other"
                raise ValueError(message)
        return self


class Phase(_Frozen):
    """A stage of the plan: months since its start, from `start_month` up to but not including `end_month`."""

    key: str
    title: str
    start_month: Annotated[int, Field(ge=0)]
    end_month: Annotated[int, Field(ge=1)]


class Target(_Frozen):
    """
    A rate to be reached.

    Attributes
    ----------
    year
        Year of the plan, counted from 1.
    key
        Which rate: ``unit_coverage_rate`` is the share of villages and communities in the scheme,
        ``resident, merchant, park, mse, rural`` are profile rates of a segment.
    value
        Threshold in per cent, met at or above; null where the plan leaves the figure blank.
    measure
        "level" for the value at the end of the year, "increment" for points gained in the year.
    denominator
        "pilot" if the rate counts pilot units only, else "all".
    """

    year: Annotated[int, Field(ge=1)]
    key: RateKey
    value: Annotated[float, Field(ge=0, le=100)] | None
    measure: Literal["level", "increment"] = "level"
    denominator: Literal["pilot", "all"] = "all"
    assumed: bool = False
    note: str = ""


class Profile(_Frozen):
    """
    The rule set of one plan.

    Attributes
    ----------
    name, title
        Name to load it by, and words for people.
    extends
        Names of the profiles it was built on, nearest first.
    audit, hierarchy, staffing, phases, targets
        The rules, see the classes.
    report_cadence
        How often the plan reports.
    """

    name: str
    title: str
    extends: tuple[str, ...] = ()
    audit: AuditRules
    hierarchy: Hierarchy = Hierarchy()
    staffing: Staffing = Staffing()
    phases: tuple[Phase, ...] = ()
    targets: tuple[Target, ...] = ()
    report_cadence: Literal["monthly", "quarterly", "yearly"] = "monthly"

    @model_validator(mode="after")
    def _phases_in_order(self) -> Profile:
        end = 0
        for phase in self.phases:
            if phase.start_month < end or phase.end_month <= phase.start_month:
                message = f"phase {phase.key!r} overlaps the one before it or is empty"
                raise ValueError(message)
            end = phase.end_month
        return self

    def thresholds(self) -> dict[str, Threshold]:
        """List every threshold by its dotted name, in the order of the file format."""
        named: dict[str, Threshold] = {}
        for key, value in self.audit:
            if isinstance(value, Threshold):
                named[f"audit.{key}"] = value
        for kind, zone in itertools.product(get_args(ReachKind), get_args(Zone)):
            named[f"audit.reach_m.{kind}.{zone}"] = self.reach(zone, kind)
        return named

    def assumed(self) -> dict[str, Threshold]:
        """List the thresholds that no plan gives; reports must print them as assumed."""
        return {name: threshold for name, threshold in self.thresholds().items() if threshold.assumed}

    def max_banks(self, zone_class: Zone) -> Threshold:
        """Most banks tolerated at one place of the zone class."""
        return self.audit.urban_max_banks if zone_class == "urban" else self.audit.rural_max_banks

    def reach(self, zone_class: Zone, kind: ReachKind = "outlet") -> Threshold:
        """Service radius in m of an access point of the kind in the zone class."""
        radii = self.audit.reach_m.outlet if kind == "outlet" else self.audit.reach_m.service_point
        return radii.urban if zone_class == "urban" else radii.rural

    def targets_of(self, year: int) -> tuple[Target, ...]:
        """Targets that apply in a year of the plan, in file order."""
        return tuple(target for target in self.targets if target.year == year)
