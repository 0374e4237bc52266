"""Which grid counts on a day, and which former grids a project keeps for that."""

from __future__ import annotations

import pickle
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from project.small_county import assert_same_grid, small_project
from project.test_opening import change

from gridpart.atlas.register import register_of
from gridpart.atlas.scope import Scope
from gridpart.errors import InputError, ProjectError
from gridpart.partition import Grid
from gridpart.project import Project, open_project
from gridpart.project.past import Unproved, told


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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "county.gpkg"


@pytest.fixture
def opened(project: Project, path: Path) -> Project:
    """Two plans of ABC were in force before its draft."""
    adopt(project, 1, "2026-07-01")
    adopt(project, 2, "2027-01-01")
    draft(project, 3)
    project.save(path)
    return open_project(path)


def waiting(project: Project) -> list[bool]:
    return [isinstance(grid, Unproved) for grid in told(project.earlier["ABC"])]


def test_an_earlier_grid_is_proved_when_it_is_first_asked_for(project: Project, opened: Project) -> None:
    assert waiting(opened) == [True, True, True]
    plan = opened.grids_on("2026-08-01")["ABC"]
    assert waiting(opened) == [True, False, True]
    assert_same_grid(plan, project.grids_on("2026-08-01")["ABC"])
    assert opened.grids_on("2026-08-01")["ABC"] is plan
    assert opened.earlier["ABC"][1] is plan
    assert [grid.version for grid in opened.earlier["ABC"][1:]] == [1, 2]
    assert waiting(opened) == [True, False, False]


def test_earlier_grids_stay_unproved_while_nobody_asks(opened: Project) -> None:
    plan = adopt(opened, 4, "2028-01-01")
    assert opened.grids_on("2028-06-01")["ABC"] is plan
    assert opened.grids_on() == opened.grids
    draft(opened, 5)
    opened.partition(rule="nearest")
    assert [grid.status for grid in told(opened.earlier["ABC"])] == ["adopted"] * 3
    assert waiting(opened) == [True, True, False]
    assert "2 of them not proved yet" in repr(opened.earlier["ABC"])


def test_earlier_grids_are_saved_as_they_were_whatever_became_of_the_units(
    project: Project, opened: Project, tmp_path: Path
) -> None:
    opened.units = opened.units.iloc[:0]
    opened.save(tmp_path / "again.gpkg")
    again = open_project(tmp_path / "again.gpkg")
    copied = pickle.loads(pickle.dumps(again))
    assert waiting(copied) == [True, True, True]
    for one, other in zip(project.earlier["ABC"], copied.earlier["ABC"], strict=True):
        assert_same_grid(one, other)


def test_an_earlier_grid_that_is_no_partition_leaves_in_no_way(
    opened: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = opened.earlier["ABC"]
    stored = told(past)[1]
    assert isinstance(stored, Unproved)
    tables = stored.prove.func.__self__.tables  # type: ignore[attr-defined]
    cells = tables["cells"]
    monkeypatch.setitem(tables, "cells", cells[~((cells["place"] == 2) & (cells.index % 2 == 0))])
    for ask in (
        lambda: opened.grids_on("2026-08-01"),
        lambda: opened.audit(as_of="2026-08-01"),
        lambda: past[1],
        lambda: list(past),
        lambda: opened.save(tmp_path / "again.gpkg"),
    ):
        with pytest.raises(ProjectError, match="bank ABC, earlier grid 2 in the file is not an exact partition"):
            ask()
    assert not (tmp_path / "again.gpkg").exists()
    assert past[0].certify().valid


@pytest.mark.usefixtures("opened")
def test_earlier_grids_that_another_program_changed_are_proved_at_once(path: Path) -> None:
    change(path, "UPDATE earlier_grids SET rule = 'x'")
    with pytest.raises(ProjectError, match="earlier_grids"):
        open_project(path)
    assert isinstance(open_project(path, accept_edits=True).earlier["ABC"], tuple)
    change(path, "DELETE FROM earlier_cells WHERE place = 2 AND rowid % 2")
    with pytest.raises(ProjectError, match="bank ABC, earlier grid 2 in the file is not an exact partition"):
        open_project(path, accept_edits=True)


def test_grids_of_the_same_units_share_their_faces(project: Project, tmp_path: Path) -> None:
    project.save(tmp_path / "county.gpkg")
    opened = open_project(tmp_path / "county.gpkg")
    assert opened.grids["ABC"].coverage is opened.grids["XYZ"].coverage
    for bank_id, grid in project.grids.items():
        assert_same_grid(grid, opened.grids[bank_id])


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
