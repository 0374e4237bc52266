"""States of a plan, comments, officers, and what changed against a version."""

from __future__ import annotations

import copy
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gridpart.errors import EditRefused
from gridpart.partition import reconcile
from gridpart.project import Project, open_project
from gridpart.project.sample import sample_project
from gridpart.studio import Session

BANK = "LZRCB"
NOON = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def sample() -> Project:
    return sample_project()


@pytest.fixture
def project(sample: Project) -> Project:
    """The sample county; saving changes this copy only."""
    mine = copy.copy(sample)
    mine.grids, mine.origins = dict(sample.grids), {}
    return mine


@pytest.fixture
def session(project: Project) -> Session:
    return Session.of(project, BANK, who="Li", clock=lambda: NOON)


def an_edit(session: Session) -> None:
    session.accept(session.suggest()[0])


def test_R119_a_plan_goes_from_draft_to_adopted_with_who_when_and_why(session: Session) -> None:
    with pytest.raises(EditRefused, match="The plan is draft; it must be coordinated to become adopted"):
        session.adopt(why="soon")
    with pytest.raises(EditRefused, match="Say who and why"):
        session.propose(why=" ")
    session.propose(why="agreed in the branch")
    session.who = "supervisor"
    session.return_to_draft(why="the east is too large")
    session.propose(why="east divided")
    session.coordinate(why="neighbours heard")
    session.adopt(why="meeting of 1 March")
    assert session.status == "adopted"
    assert [note["status"] for note in session.milestones] == [
        "proposed",
        "draft",
        "proposed",
        "coordinated",
        "adopted",
    ]
    assert session.milestones[-1] == {
        "status": "adopted",
        "version": 1,
        "at": "2026-03-01T12:00:00.000Z",
        "who": "supervisor",
        "why": "meeting of 1 March",
    }


def test_R119_an_adopted_plan_changes_only_by_a_new_version(session: Session, tmp_path: Path) -> None:
    an_edit(session)
    for step in (session.propose, session.coordinate, session.adopt):
        step(why="as agreed")
    adopted = session.digest
    for refused in (session.undo, lambda: an_edit(session), lambda: session.lock(session.cell_ids[0])):
        with pytest.raises(EditRefused, match="Version 1 of this plan is adopted and does not change"):
            refused()
    session.comment("the school asks for an ATM")
    session.new_version(why="two villages moved")
    assert (session.status, session.version) == ("draft", 2)
    an_edit(session)
    assert session.digest != adopted
    session.save(tmp_path / "county.gpkg")
    grid = open_project(tmp_path / "county.gpkg").grids[BANK]
    assert (grid.version, grid.status) == (2, "draft")
    assert [note["status"] for note in grid.provenance["milestones"]] == ["proposed", "coordinated", "adopted", "draft"]


def test_R130_comments_are_kept_with_the_version(session: Session, tmp_path: Path) -> None:
    session.comment("河东村希望归入东街支行", cell_id=session.cell_ids[2])
    session.comment("a bridge is planned here", place=(440_000, 3_400_000))
    with pytest.raises(EditRefused, match="needs a text"):
        session.comment("  ")
    session.save(tmp_path / "county.gpkg")
    opened = Session.of(open_project(tmp_path / "county.gpkg"), BANK)
    assert opened.comments == session.comments
    assert opened.comments[0]["version"] == 1
    assert opened.comments[0]["cell_id"] == session.cell_ids[2]
    assert opened.compare().comments["text"].tolist() == [note["text"] for note in session.comments]


def test_R130_difference_areas_sum_to_the_changed_area(session: Session) -> None:
    before = session.grid
    an_edit(session)
    record = list(session.outlets.values())[7]
    session.move_outlet(record.outlet_id, (record.x + 900, record.y + 300))
    found = session.compare()
    old, new = (grid.cells["cell_id"].to_numpy(dtype=object)[grid.labels] for grid in (before, session.grid))
    changed = before.coverage.areas[old != new].sum()
    assert found.changed_area_m2 == pytest.approx(changed, rel=1e-9)
    assert found.units["area_m2"].sum() == pytest.approx(changed, rel=1e-9)
    assert found.land["households"].astype(float).sum() == pytest.approx(found.changed_households)


def test_changed_households_and_officers_are_those_of_the_units_that_moved(session: Session, project: Project) -> None:
    moves = session.suggest()[0]
    session.accept(moves)
    units = [unit for move in moves.moves for unit in move.unit_ids]
    homes = project.units.set_index("unit_id")["households"]
    found = session.compare()
    assert sorted(found.units["unit_id"]) == sorted(units)
    assert found.changed_households == pytest.approx(homes[units].sum())
    touched = {name for move in moves.moves for name in (move.from_cell, move.to_cell)}
    assert set(found.officers["staff_id"]) == {name for name, cell in session.officers.items() if cell in touched}
    gained = found.officers["households_after"].astype(float) - found.officers["households_before"].astype(float)
    assert (gained != 0).all()


def test_a_cut_unit_counts_by_its_share_of_area(session: Session) -> None:
    before = session.grid
    session.split(session.cell_ids[5], cut=True)
    found = session.compare(before)
    assert found.changed_area_m2 == pytest.approx(found.units["area_m2"].sum(), rel=1e-6)
    assert found.changed_households is not None
    assert found.changed_households > 0


def test_officers_move_with_merged_cells_and_are_saved_with_the_staff(session: Session, tmp_path: Path) -> None:
    one, two = next((a, b) for a, b in session.grid.adjacency().edges if {a, b} <= set(session.officers.values()))
    staff = [name for name, cell in session.officers.items() if cell == two]
    session.merge([one, two])
    assert all(session.officers[name] == one for name in staff)
    with pytest.raises(EditRefused, match=r"works in cell .* already"):
        session.assign_officer(staff[0], one)
    with pytest.raises(EditRefused, match="nobody is no officer of bank LZRCB"):
        session.assign_officer("nobody", one)
    session.save(tmp_path / "county.gpkg")
    table = open_project(tmp_path / "county.gpkg").staff.set_index("staff_id")
    assert (table.loc[staff, "cell_id"] == one).all()


def test_R16_a_grid_reconciled_from_drafts_of_two_branches_is_redrawn_further(project: Project) -> None:
    grid = project.grids[BANK]
    cells = grid.cells
    half = len(cells) // 2
    west = cells.iloc[:half].set_geometry(cells.geometry.iloc[:half].buffer(20))  # claims a strip of its neighbours
    drafts = {"west": west, "east": cells.iloc[half:]}
    joined, conflicts = reconcile(drafts, project.service_area, owner="nearest")
    assert len(conflicts)
    session = Session.of(joined, who="Li")
    one, two = next(iter(joined.adjacency().edges))
    session.merge([one, two])
    assert session.grid.certify().valid
    assert np.isclose(session.compare().changed_area_m2, joined.cells.set_index("cell_id")["area_m2"][two])


def test_an_officer_taken_out_of_all_cells_stays_out_when_the_plan_is_opened_again(
    session: Session, tmp_path: Path
) -> None:
    name = next(iter(session.officers))
    session.assign_officer(name, None)
    session.save(tmp_path / "county.gpkg")
    opened = open_project(tmp_path / "county.gpkg")
    assert opened.staff.set_index("staff_id")["cell_id"].isna()[name]
    assert name not in Session.of(opened, BANK, autosave=False).officers


def test_officers_who_left_keep_their_row_and_get_no_cell(project: Project, tmp_path: Path) -> None:
    left, other = next(iter(Session.of(project, BANK, autosave=False).officers.items()))
    row = project.staff[project.staff["staff_id"] == left].assign(valid_to="2020-01-01")
    project.staff = pd.concat([project.staff[project.staff["staff_id"] != left], row], ignore_index=True)
    session = Session.of(project, BANK, autosave=False)
    assert left not in session.officers
    with pytest.raises(EditRefused, match=f"{left} is no officer of bank {BANK}"):
        session.assign_officer(left, other)
    one, two = next((a, b) for a, b in session.grid.adjacency().edges if other in (a, b))
    session.merge([one, two])
    session.save(tmp_path / "county.gpkg")
    table = open_project(tmp_path / "county.gpkg").staff.set_index("staff_id")
    assert table.loc[left, "cell_id"] == other


def test_R130_a_plan_is_compared_with_the_plan_of_another_file(session: Session, tmp_path: Path) -> None:
    session.save(tmp_path / "other.gpkg")
    officer, cell = next(iter(session.officers.items()))
    other = next(name for name in session.cell_ids if name != cell)
    session.assign_officer(officer, other)
    session.save(tmp_path / "county.gpkg")
    found = session.compare(open_project(tmp_path / "other.gpkg"))
    assert found.changed_area_m2 == 0
    assert found.officers.loc[:, ["staff_id", "cell_id_before", "cell_id_after"]].to_numpy().tolist() == [
        [officer, cell, other]
    ]
    assert len(session.compare(session.saved).officers) == 0
