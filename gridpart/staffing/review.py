"""All checks of people and machines of a bank at once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from html import escape
from typing import Protocol

import geopandas as gpd
import pandas as pd

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages, translator
from gridpart.partition import Grid
from gridpart.profiles import Profile
from gridpart.staffing._cells import Rules, rules_of
from gridpart.staffing._staff import column_of, in_force
from gridpart.staffing.cardinality import check_cardinality
from gridpart.staffing.checks import Check
from gridpart.staffing.duties import check_four_responsibilities
from gridpart.staffing.employment import check_part_time, check_supervisors
from gridpart.staffing.equipment import check_minimum
from gridpart.staffing.responsibility import broken_chains, check_managers
from gridpart.staffing.workstations import check_workstations
from gridpart.steps import task
from gridpart.tables.messages import N_

say = messages("staffing")


@dataclass(frozen=True, eq=False, repr=False)
class Review:
    """
    Outcome of every check of one bank.

    Attributes
    ----------
    bank_id
        The bank.
    checks
        One after the other.
    """

    bank_id: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every rule holds."""
        return all(check.passed for check in self.checks)

    @checked
    def table(self, lang: Language = "en") -> pd.DataFrame:
        """Return ``rule`` (words), ``failures`` (number), ``assumed`` (numbers no plan gives), one row per check."""
        rows = [
            (check.words(lang), len(check.findings), "; ".join(f"{k} {v}" for k, v in check.assumed.items()))
            for check in self.checks
        ]
        return pd.DataFrame(rows, columns=["rule", "failures", "assumed"])

    @checked
    def to_html(self, lang: Language = "en") -> str:
        """Return the outcome as HTML: a table of rules, and the first failures of each; every text is escaped."""
        _ = translator(lang, "staffing")
        heads = {"rule": _("Rule"), "failures": _("Failures"), "assumed": _("Assumed")}
        parts = [f"<h4>{escape(_('People and machines of {bank}').format(bank=self.bank_id))}</h4>"]
        parts.append(self.table(lang).rename(columns=heads).to_html(index=False, escape=True))
        for check in self.checks:
            if not check.passed:
                table = check.findings.to_html(index=False, escape=True, max_rows=20, na_rep="–")
                summary = f"{escape(check.words(lang))}: {len(check.findings)}"
                parts.append(f"<details><summary>{summary}</summary>{table}</details>")
        return "".join(parts)

    def __repr__(self) -> str:
        """Show how many rules hold."""
        held = sum(check.passed for check in self.checks)
        return f"<Review of {self.bank_id}: {held} of {len(self.checks)} rules hold>"

    def _repr_html_(self) -> str:
        return self.to_html("zh-Hans")


class County(Protocol):
    """What a review needs of a county; a `gridpart.Project` has it."""

    staff: pd.DataFrame
    outlets: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    equipment: gpd.GeoDataFrame
    workstations: gpd.GeoDataFrame
    exceptions: pd.DataFrame
    profile: Profile

    def day(self, as_of: str | dt.date | None = None) -> dt.date:
        """Return the day that the county stands for, or the one that is asked for."""

    def grids_on(self, as_of: str | dt.date | None = None) -> dict[str, Grid]:
        """Return the grid of each bank that is in force on a day."""


@checked
@task("review")
def review(county: County, bank_id: str, *, profile: Rules | None = None, as_of: dt.date | str | None = None) -> Review:
    """
    Check everything that is known about the people and machines of a bank.

    Parameters
    ----------
    county
        A project. Tables without rows are not judged.
    bank_id
        A bank with a grid.
    profile
        The rules; those of the project if None.
    as_of
        Day that counts for grids, staff, outlets, equipment, workstations and exceptions; if None, the project's
        own day and its grids as they are.

    Returns
    -------
    review
        Its ``checks``; ``review.table(lang)`` for people.

    Raises
    ------
    InputError
        If the bank has no grid, or none of that day, or a table cannot be used; see each check.
    """
    day, grids = county.day(as_of), county.grids_on(as_of)
    if bank_id not in grids:
        raise InputError(
            say(
                "bank {bank_id!r} has no grid; those with one are: {banks}.",
                bank_id=bank_id,
                banks=Joined(sorted(grids)) or say("none"),
            )
        )
    grid, rules = grids[bank_id], rules_of(county.profile if profile is None else profile)
    staff, outlets, equipment, workstations = (
        in_force(getattr(county, name), day, name=name) for name in ("staff", "outlets", "equipment", "workstations")
    )
    own = staff[[bank in (None, bank_id) for bank in column_of(staff, "bank_id")]]
    agreed = county.exceptions[[cell is not None for cell in column_of(county.exceptions, "cell_id")]]
    checks = [
        check_cardinality(grid, own, profile=rules, exceptions=agreed, as_of=day),
        check_managers(grid, own, profile=rules),
        Check(
            N_("Every cell leads to an outlet, its head and a customer manager"),
            broken_chains(grid, own, outlets=outlets if len(county.outlets) else None),
        ),
    ]
    if "employment_type" in own.columns:
        checks += [check_supervisors(own), check_part_time(own)]
    if "duties" in own.columns:
        checks.append(check_four_responsibilities(grid, own, profile=rules))
    if len(county.units) and len(county.equipment):
        checks.append(check_minimum(county.units, equipment, profile=rules))
    if len(county.units) and len(county.workstations):
        checks.append(check_workstations(county.units, workstations, profile=rules))
    return Review(bank_id, tuple(checks))
