"""What the command line does with every county; programs may use them too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gridpart.audit import Audit
from gridpart.partition import Certificate, Grid
from gridpart.profiles import load
from gridpart.project import Project


def partition_county(
    project: Project, *, rule: str = "nearest", options: Mapping[str, Any] | None = None
) -> dict[str, Grid]:
    """
    Make a grid for every bank of a county.

    Parameters
    ----------
    project
        The county.
    rule, options
        As for `Project.partition`.
    """
    project.partition(rule=rule, **(options or {}))
    return project.grids


def audit_county(
    project: Project,
    *,
    rule: str | None = None,
    options: Mapping[str, Any] | None = None,
    profile: str | None = None,
) -> dict[str, Audit | Grid]:
    """
    Audit the banks of a county against each other.

    Parameters
    ----------
    project
        The county.
    rule, options
        Make the grids anew first, as for `Project.partition`; None takes those of the project.
    profile
        Rules to judge by; those of the project if None.
    """
    if profile is not None:
        project.profile = load(profile)
    grids = {} if rule is None else partition_county(project, rule=rule, options=options)
    return {**grids, "audit of all banks": project.audit()}


def check_county(project: Project) -> dict[str, Certificate]:
    """
    Prove every grid of a county again.

    Parameters
    ----------
    project
        The county.
    """
    return {bank_id: grid.certify() for bank_id, grid in project.grids.items()}
