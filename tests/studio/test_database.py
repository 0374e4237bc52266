"""A session on a project from a database: its log lies in the user's folder, its saves go to the database."""

from __future__ import annotations

from pathlib import Path

import pytest
from postgis_server import GUARDED, Database, Server
from project.small_county import small_project

from gridpart.errors import EditRefused, ProjectError
from gridpart.project import grant_access, open_project
from gridpart.studio import Session
from gridpart.studio.comparing import Comparing
from gridpart.studio.page import notebook_of

WORD = "hidden-word"


@pytest.fixture
def database(postgis_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database with a small county, and a user's folder of its own."""
    monkeypatch.setenv("GRIDPART_HOME", str(tmp_path / "home"))
    database = postgis_server.new_database()
    small_project(1).save(database.url())
    return database


def swap(session: Session) -> None:
    """Give a unit to the other cell."""
    grid = session.grid
    for unit_id, label in zip(grid.face_ids or (), grid.labels, strict=True):
        for row, cell_id in enumerate(grid.cells["cell_id"]):
            if row == label:
                continue
            try:
                session.assign([unit_id], cell_id)
            except EditRefused:
                continue
            return
    pytest.fail("no unit could be moved")


def test_edits_are_kept_and_saved_in_the_database(database: Database, tmp_path: Path) -> None:
    session = Session.of(open_project(database.url()), "XYZ", who="anna")
    swap(session)
    (log,) = (tmp_path / "home" / "databases").iterdir()
    assert log.name.endswith(".XYZ.edits.jsonl")
    digest = session.digest
    del session  # as if the kernel died
    again = Session.of(open_project(database.url()), "XYZ", who="anna")
    assert again.digest == digest
    again.save(why="test")
    opened = open_project(database.url())
    assert opened.grids["XYZ"].digest == again.grid.digest
    assert "Redrew the grid of bank XYZ" in opened.history["what"].iloc[-1]
    assert not any(key.startswith("file:") for key, _ in Comparing(again, "en").references())


def test_a_bank_redraws_its_own_grid(database: Database, tmp_path: Path) -> None:
    database.role(GUARDED)
    database.execute(f"ALTER ROLE {GUARDED} PASSWORD '{WORD}'")
    grant_access(database.url(), GUARDED, bank_id="XYZ", write=True)
    url = database.url(f"{GUARDED}:{WORD}")
    session = Session.of(open_project(url), who="anna")
    assert session.bank_id == "XYZ"
    swap(session)
    session.save()  # with the password of the address, which nothing shows
    assert open_project(database.url()).grids["XYZ"].digest == session.grid.digest
    assert open_project(url).history["what"].str.contains("XYZ").all()
    for path in (tmp_path / "home").rglob("*"):
        assert WORD not in path.name
        assert path.is_dir() or WORD not in path.read_text(encoding="utf-8")


def test_two_sessions_of_one_grid(database: Database) -> None:
    first = Session.of(open_project(database.url()), "XYZ", autosave=False)
    second = Session.of(open_project(database.url()), "XYZ", autosave=False)
    for session in (first, second):
        swap(session)
    first.save()
    with pytest.raises(ProjectError, match="was changed after it was opened here"):
        second.save()


def test_the_notebook_of_the_page_holds_no_password(database: Database) -> None:
    (cell,) = notebook_of(database.url(f"anna:{WORD}"), bank_id="XYZ", lang="en")["cells"]
    assert WORD not in cell["source"]
    assert "postgresql://anna@" in cell["source"]
