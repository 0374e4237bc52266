"""What a view is told of another plan: which there are, what differs, and words where there is nothing to compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import gridpart as gp
from gridpart.studio import Session
from gridpart.studio.comparing import Comparing
from gridpart.studio.desk import Desk


@pytest.fixture
def session(tmp_path: Path) -> Session:
    project = gp.sample_project()
    project.save(tmp_path / "county.gpkg")
    return Session.of(gp.open_project(tmp_path / "county.gpkg"), "YLSB", autosave=False)


def answer(session: Session, key: str) -> dict[str, Any]:
    desk = Desk(session, send=lambda *_: None, base=lambda: ({}, []))
    return Comparing(session, "en").compare(desk, key)


def test_plans_to_compare_with_are_this_one_before_and_the_files_beside_it(session: Session, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no plan")
    gp.sample_project().save(tmp_path / "other plan.gpkg")
    keys = [key for key, _ in Comparing(session, "en").references()]
    assert keys == ["opened", "saved", "file:other plan.gpkg"]
    alone = Session.of(session.grid, autosave=False)
    assert [key for key, _ in Comparing(alone, "en").references()] == ["opened", "saved"]


def test_R130_differences_add_up_and_lie_where_cells_change(session: Session) -> None:
    session.accept(session.suggest()[0])
    told, found = answer(session, "opened"), session.compare()
    json.dumps(told)
    assert next(title for title, _ in told["facts"]) == "Land that changes cells"
    assert told["facts"][0][1] == f"{found.changed_area_m2 / 1e6:,.2f} km²"
    assert told["facts"][1][1] == f"{found.changed_households:,.0f}"
    assert len(told["pairs"]) == len(told["layer"]["cards"]) == len(found.land)
    assert len(told["officers"]) == len(found.officers)
    session.undo()
    same = answer(session, "opened")
    assert (same["pairs"], same["officers"], same["reason"]) == ([], [], "")


def test_a_plan_that_cannot_be_read_is_told_in_words(session: Session, tmp_path: Path) -> None:
    (tmp_path / "broken.gpkg").write_bytes(b"no database")
    assert "broken.gpkg" in answer(session, "file:broken.gpkg")["reason"]
    assert "There is no plan" in answer(session, "file:../../etc/passwd")["reason"]
    bare = gp.sample_project()
    bare.grids = {name: grid for name, grid in bare.grids.items() if name != "YLSB"}
    bare.save(tmp_path / "bare.gpkg")
    assert "has no grid of bank 'YLSB'" in answer(session, "file:bare.gpkg")["reason"]
