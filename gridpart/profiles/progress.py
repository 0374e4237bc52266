"""Rules of progress: phases with milestones, targets, checklists, and the limits that warn."""

from __future__ import annotations

import itertools
from typing import Annotated, Literal

from pydantic import Field, model_validator

from gridpart.i18n import messages
from gridpart.profiles.values import Code, Frozen, Threshold

say = messages("profiles")

RateKey = Literal[
    "unit_coverage_rate",
    "resident",
    "merchant",
    "park",
    "mse",
    "rural",
    "area_coverage_rate",
    "population_coverage_rate",
    "credit_coverage_rate",
    "credit_customers",
    "deposits",
    "loans",
    "e_loans",
    "e_banking",
    "agri_mse_share",
    "agri_mse_growth_lead",
]
Ring = Literal["outer_ring", "middle_ring", "urban_core", "rural"]


class Milestone(Frozen):
    """Something to be done before a month of the plan is over; `month` counts completed months since its start."""

    code: Code
    title: str
    month: Annotated[int, Field(ge=1)]
    assumed: bool = False


class Phase(Frozen):
    """
    A stage of the plan.

    Attributes
    ----------
    key, title
        Code, and words for it.
    start_month, end_month
        Months since the start of the plan, from `start_month` up to but not including `end_month`; both null for a
        step that the plan does not date.
    milestones
        What must be done by when.
    assumed
        True if no plan gives the months.
    note
        How the plan's words were read.
    """

    key: Code
    title: str
    start_month: Annotated[int, Field(ge=0)] | None
    end_month: Annotated[int, Field(ge=1)] | None
    milestones: tuple[Milestone, ...] = ()
    assumed: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _both_or_none(self) -> Phase:
        if (self.start_month is None) != (self.end_month is None):
            raise ValueError(say("phase {key!r} has only one of start_month and end_month", key=self.key))
        if self.start_month is not None and self.end_month is not None and self.end_month <= self.start_month:
            raise ValueError(
                say(
                    "phase {key!r} ends at month {end}, not after its start {start}",
                    key=self.key,
                    end=self.end_month,
                    start=self.start_month,
                )
            )
        return self

    @property
    def is_dated(self) -> bool:
        """Whether the plan says when."""
        return self.start_month is not None


class Target(Frozen):
    """
    A figure to be reached.

    Attributes
    ----------
    year
        Year of the plan, counted from 1.
    key
        Which figure. Three coverage rates are kept apart: ``unit_coverage_rate`` is the share of villages and
        communities in the scheme, ``area_coverage_rate`` and ``population_coverage_rate`` that of land and people
        reached, ``credit_coverage_rate`` that of customers with credit. ``resident, merchant, park, mse, rural`` are
        profile rates of a segment; ``agri_mse_share`` is the share of agriculture-related and MSE loans in all loans,
        ``agri_mse_growth_lead`` the points by which they grow faster than all loans.
    value
        Threshold in `unit`, met at or above; null where the plan leaves the figure blank.
    unit
        "percent" (0 to 100), "points" of per cent, "customers", "households" or "yuan".
    measure
        "level" for the value at the end of the year, "increment" for what is gained in the year.
    denominator
        "pilot" if the rate counts pilot units only, else "all".
    pool
        Targets of a year with the same pool are one composite target: the verdict is on the pooled rate.
    ring
        Only cells of branches in this ring; null for all.
    assumed
        True if no plan gives the number.
    note
        Where it comes from.
    """

    year: Annotated[int, Field(ge=1)]
    key: RateKey
    value: Annotated[float, Field(ge=0)] | None
    unit: Literal["percent", "points", "customers", "households", "yuan"] = "percent"
    measure: Literal["level", "increment"] = "level"
    denominator: Literal["pilot", "all"] = "all"
    pool: Code | None = None
    ring: Ring | None = None
    assumed: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _at_most_all(self) -> Target:
        if self.unit == "percent" and self.value is not None and self.value > 100:
            raise ValueError(
                say(
                    "target {key!r} of year {year} is {value:g} %; no rate passes 100",
                    key=self.key,
                    year=self.year,
                    value=self.value,
                )
            )
        return self


class ChecklistItem(Frozen):
    """A quality that a person must judge; it never passes by itself."""

    code: Code
    title: str
    year: Annotated[int, Field(ge=1)]
    note: str = ""


class LoanShare(Frozen):
    """
    How the share of agriculture-related and MSE loans is taken.

    Attributes
    ----------
    share_mode
        "combined": both kinds of loans together against the threshold; "each": each kind by itself.
    growth_period
        Period over which growth is compared.
    """

    share_mode: Literal["combined", "each"] = "combined"
    growth_period: Literal["calendar_year"] = "calendar_year"


class FollowUp(Frozen):
    """
    How long things may take, and when a customer counts as visited.

    Attributes
    ----------
    visit_within_days
        A customer visited so many days ago or less counts as visited.
    post_loan_check_days
        Days from a loan, or from its last check, to the next check.
    issue_days
        Days in which an issue must be closed.
    response_hours
        Hours in which a customer must have an answer.
    outreach_bands_m
        Outer limits of the distance bands of outreach from a branch, ascending.
    ring_limits_m
        Outer limits of urban core, middle ring and outer ring around a centre; beyond is rural.
    """

    visit_within_days: Threshold
    post_loan_check_days: Threshold
    issue_days: Threshold
    response_hours: Threshold
    outreach_bands_m: tuple[Threshold, ...]
    ring_limits_m: tuple[Threshold, Threshold, Threshold]

    @model_validator(mode="after")
    def _ascending(self) -> FollowUp:
        for limits, what in ((self.outreach_bands_m, "outreach_bands_m"), (self.ring_limits_m, "ring_limits_m")):
            values = [limit.value for limit in limits]
            if any(low >= high for low, high in itertools.pairwise(values)):
                raise ValueError(say("{what} must ascend; {values} was given", what=what, values=values))
        return self


class RiskRules(Frozen):
    """
    Limits past which a cell is warned of.

    Attributes
    ----------
    max_overdue_share
        Share of loans overdue.
    max_stale_visit_share
        Share of customers not visited in time.
    max_single_officer_share
        Share of a cell's customers that only one person knows.
    max_service_loss_share
        Share of access points lost since the period before.
    """

    max_overdue_share: Threshold
    max_stale_visit_share: Threshold
    max_single_officer_share: Threshold
    max_service_loss_share: Threshold


class Privacy(Frozen):
    """Counts of people below `min_count` are not shown, nor those from which they could be worked out."""

    min_count: Threshold
