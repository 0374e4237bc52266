"""Which grid counts on a day, and which former grids a project keeps for that."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from project.small_county import assert_same_grid, small_project

from gridpart.atlas.register import register_of
from gridpart.atlas.scope import Scope
from gridpart.errors import InputError, ProjectError
from gridpart.partition import Grid
from gridpart.project import Project, open_project


@pytest.fixture
def project() -> Project:
    county = small_project()
    county.earlier = {}
    county.partition(rule="nearest")
    return county


def adopt(project: Project, version: int, since: str | None) -> Grid:
    """Put a plan in force, as a session does."""
    plan = project.grids["ABC"].with_(version=version, status="adopted", as_of=since, redrawn_from="before")
    project.replace_grid("ABC", plan, at="2026-01-01", who="Li")
    return plan


def draft(project: Project, version: int) -> Grid:
    plan = project.grids["ABC"].with_(version=version, status="draft", redrawn_from="before")
    project.replace_grid("ABC", plan, at="2026-01-01", who="Li")
    return plan


def test_R17_each_day_has_the_plan_that_was_in_force(project: Project) -> None:
    drawn = project.grids["ABC"]
    draft(project, 1)
    first = adopt(project, 1, "2026-07-01")
    draft(project, 2)
    draft(project, 2)
    second = adopt(project, 2, "2027-01-01")
    third = draft(project, 3)
    assert project.earlier["ABC"] == (drawn, first, second)
    days = {"2026-06-30": drawn, "2026-07-01": first, "2026-12-31": first, "2027-01-01": second, "2030-01-01": second}
    for day, grid in days.items():
        assert project.grids_on(day)["ABC"] is grid
        assert project.grids_on(date.fromisoformat(day))["XYZ"] is project.grids["XYZ"]
    assert project.grids_on() == project.grids
    assert project.grids["ABC"] is third


def test_drafts_alone_count_on_every_day(project: Project) -> None:
    draft(project, 1)
    newest = draft(project, 1)
    assert project.grids_on("1999-01-01")["ABC"] is project.grids_on("2099-01-01")["ABC"] is newest


def test_a_plan_adopted_without_a_date_counts_from_the_beginning(project: Project) -> None:
    plan = adopt(project, 1, None)
    assert project.grids_on("1999-01-01")["ABC"] is plan


def test_a_new_drawing_keeps_adopted_plans_and_forgets_drafts(project: Project) -> None:
    draft(project, 1)
    project.partition(rule="nearest")
    assert project.earlier == {}
    plan = adopt(project, 1, "2026-07-01")
    project.partition(rule="nearest")
    assert project.earlier["ABC"][-1] is plan
    assert project.grids_on("2026-08-01")["ABC"] is plan


def test_a_day_of_which_no_grid_is_kept_is_an_error(project: Project) -> None:
    adopt(project, 1, "2026-07-01")
    project.earlier.clear()
    with pytest.raises(InputError, match="bank ABC is in force from 2026-07-01, and no grid of 2026-06-30 is kept"):
        project.grids_on("2026-06-30")
    with pytest.raises(InputError, match="as_of"):
        project.grids_on("in June")


def test_atlas_and_audit_of_a_day_have_its_grids(project: Project) -> None:
    drawn = project.grids["ABC"]
    project.partition(rule="admin", by="zone_class")
    plan = adopt(project, 1, "2026-07-01")
    project.earlier["ABC"] = (drawn,)
    assert drawn.digest != plan.digest
    for day, grid in (("2026-06-30", drawn), ("2026-07-01", plan), (None, plan)):
        register = register_of(project, Scope(), as_of=day)
        assert register.grids["ABC"].digest == grid.digest
        claims = {claim.bank_id: claim.digest for claim in project.audit(as_of=day, reach=None).claims}
        assert claims["ABC"] == grid.digest


def test_earlier_grids_are_saved_and_proved_when_opened(project: Project, tmp_path: Path) -> None:
    adopt(project, 1, "2026-07-01")
    draft(project, 2)
    project.save(tmp_path / "county.gpkg")
    opened = open_project(tmp_path / "county.gpkg")
    for one, other in zip(project.earlier["ABC"], opened.earlier["ABC"], strict=True):
        assert_same_grid(one, other)
        assert other.certify().valid


def test_what_is_no_grid_among_earlier_ones_is_refused(project: Project, tmp_path: Path) -> None:
    project.earlier["ABC"] = ("not a grid",)
    with pytest.raises(ProjectError, match="ABC, earlier grid 1"):
        project.save(tmp_path / "county.gpkg")


def test_an_audit_counts_the_officers_in_office_on_its_day(project: Project) -> None:
    cells = pd.concat([project.grids[bank].cells for bank in ("ABC", "XYZ")], ignore_index=True)
    staff = cells[["bank_id", "cell_id"]].assign(staff_id=cells["cell_id"], role="officer")
    is_dated = staff["bank_id"] == "ABC"
    project.staff = staff.assign(valid_from="2026-01-01", valid_to="2027-01-01").where(is_dated, staff)
    for day, in_office in (("2025-12-31", 0), ("2026-01-01", is_dated.sum()), ("2027-01-01", 0)):
        assert (project.staff_on(day)["bank_id"] == "ABC").sum() == in_office
        found = project.audit(as_of=day).findings["finding_id"].str
        assert found.startswith("no_officer:ABC/").sum() == is_dated.sum() - in_office
        assert not found.startswith("no_officer:XYZ/").any()
