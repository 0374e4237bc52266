"""Rules of people: how many, in which roles, with which duties, and how their work is scored."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from gridpart.arguments import checked
from gridpart.i18n import Joined, messages
from gridpart.profiles.values import Code, Frozen, Term, Threshold, require_unique

say = messages("profiles")

ManagerMode = Literal["supervisor", "frontline"]
ScoreSubject = Literal["officer", "manager", "outlet", "evaluation"]

_WEIGHT_ERROR = 1e-9


class Hierarchy(Frozen):
    """Depth of the three trees, which are independent; null where a plan names none."""

    admin_levels: Annotated[int, Field(ge=1, le=6)] | None = None
    service_levels: Annotated[int, Field(ge=1, le=6)] | None = None
    organisation_levels: Annotated[int, Field(ge=1, le=6)] | None = None


class Staffing(Frozen):
    """
    How many people a cell has, and who the grid manager is.

    Attributes
    ----------
    officers_min, officers_max, managers_min, managers_max
        People of a role that answer for one cell; a null maximum means no limit.
    manager_mode
        "supervisor": the head of the branch; "frontline": a person in each cell.
    team_required
        True if officers and managers of a cell together must be at least two.
    workstation_scope
        Which big cells need a workstation.
    full_time_supervisor
        True if each part-time officer must answer to a full-time one or to a manager.
    assumed
        Names of the keys above whose number no plan gives.
    """

    officers_min: Annotated[int, Field(ge=0)] = 1
    officers_max: int | None = 1
    managers_min: Annotated[int, Field(ge=0)] = 1
    managers_max: int | None = 1
    manager_mode: ManagerMode = "supervisor"
    team_required: bool = False
    workstation_scope: Literal["communities_and_villages", "villages", "none"] = "none"
    full_time_supervisor: bool = True
    assumed: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _min_below_max(self) -> Staffing:
        for low, high, what in (
            (self.officers_min, self.officers_max, "officers"),
            (self.managers_min, self.managers_max, "managers"),
        ):
            if high is not None and high < low:
                raise ValueError(
                    say("{what}: minimum {low} and maximum {high} contradict each other", what=what, low=low, high=high)
                )
        unknown = sorted(set(self.assumed) - set(type(self).model_fields))
        if unknown:
            raise ValueError(say("assumed names no key of staffing: {unknown}", unknown=Joined(unknown)))
        return self

    @property
    def strict(self) -> bool:
        """Whether a cell has exactly one officer, and exceptions need a reason."""
        return self.officers_min == 1 and self.officers_max == 1


class ResourceNeed(Frozen):
    """
    How much of one resource a cell needs.

    Attributes
    ----------
    resource
        "officer", or a kind of equipment.
    per
        Column of the cells that is counted: "population", "households".
    ratio
        So many of `per` for each piece of the resource.
    zone_class
        Only in cells of this class; null for all.
    """

    resource: Code
    per: Code
    ratio: Threshold
    zone_class: Literal["urban", "rural"] | None = None


class Duties(Frozen):
    """
    Codes of what people do.

    Attributes
    ----------
    five_roles
        Duty roles of part-time officers.
    four_responsibilities
        What an officer answers for in a cell, all in.
    officer_tasks
        Tasks of an officer.
    manager_tasks
        Tasks of a manager beside all those of an officer.
    training_topics
        Topics of training.
    """

    five_roles: tuple[Term, ...]
    four_responsibilities: tuple[Term, ...]
    officer_tasks: tuple[Term, ...]
    manager_tasks: tuple[Term, ...]
    training_topics: tuple[Term, ...] = ()

    @model_validator(mode="after")
    def _codes_once(self) -> Duties:
        tasks = [*self.officer_tasks, *self.manager_tasks]
        for terms, what in (
            (self.five_roles, "five_roles"),
            (self.four_responsibilities, "four_responsibilities"),
            (tasks, "tasks of officers and managers"),
            (self.training_topics, "training_topics"),
        ):
            require_unique([term.code for term in terms], what)
        return self

    @checked
    def tasks(self, role: Literal["officer", "manager"]) -> tuple[str, ...]:
        """Task codes of a role; a manager has all tasks of an officer and more."""
        terms = self.officer_tasks if role == "officer" else (*self.officer_tasks, *self.manager_tasks)
        return tuple(term.code for term in terms)


class Indicator(Frozen):
    """
    One line of a scorecard.

    Attributes
    ----------
    code, title
        Column of the figures, and words for it.
    weight
        Share of the score, 0 to 1.
    zero, full
        Value that earns no point, and value that earns all; `zero` above `full` where less is better.
    """

    code: Code
    title: str
    weight: Annotated[float, Field(ge=0, le=1)]
    zero: float = 0.0
    full: float = 100.0

    @property
    def higher_is_better(self) -> bool:
        """Direction of the indicator."""
        return self.full > self.zero

    @model_validator(mode="after")
    def _ends_differ(self) -> Indicator:
        if self.zero == self.full:
            raise ValueError(
                say("indicator {code!r}: zero and full are both {value:g}", code=self.code, value=self.zero)
            )
        return self


class Scorecard(Frozen):
    """
    Indicators with weights that sum to 1.

    Attributes
    ----------
    subject
        Whom it scores; "evaluation" is the evaluation of the whole scheme.
    indicators
        The lines.
    assumed
        True if no plan gives the weights.
    note
        Where the weights come from.
    """

    subject: ScoreSubject
    indicators: Annotated[tuple[Indicator, ...], Field(min_length=1)]
    assumed: bool = True
    note: str = ""

    @model_validator(mode="after")
    def _weights_sum_to_one(self) -> Scorecard:
        require_unique(
            [indicator.code for indicator in self.indicators], say("indicators of {subject}", subject=self.subject)
        )
        total = math.fsum(indicator.weight for indicator in self.indicators)
        if abs(total - 1.0) > _WEIGHT_ERROR:
            raise ValueError(
                say(
                    "weights of scorecard {subject!r} sum to {total:g}; they must sum to 1",
                    subject=self.subject,
                    total=total,
                )
            )
        return self
