"""Saving is all or nothing: killed, raced, out of space or beside other programs, the file stays whole."""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyogrio
import pytest
from project.nursing import Nursery, started
from project.small_county import assert_same_project, require_whole, set_state, small_project

from gridpart.errors import ProjectError
from gridpart.project import Project, open_project
from gridpart.project import _replacing as replacing
from gridpart.project._lock import writing_alone

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills and limits as in POSIX")


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with started() as process:
        yield process


@pytest.fixture
def county(tmp_path: Path) -> Path:
    path = tmp_path / "county.gpkg"
    small_project(1).save(path)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def kill_many(nursery: Nursery, county: Path, *, kills: int, each: int) -> None:
    """
    Kill writers at random moments, more until enough kills fell into a save and enough saves were finished.

    Writers that finish nothing are given longer, and those that finish something less long: a machine that others are
    busy on changes its pace.
    """
    chance = random.Random(20261124)
    began = time.monotonic()
    open_project(county).save(county)
    busy_s = time.monotonic() - began
    state, interrupted, advanced = 1, 0, 0
    for done in range(5 * kills):
        if done >= kills and min(interrupted, advanced) >= each:
            return
        child = nursery.start("save_for_ever", county)
        time.sleep(chance.uniform(0.3, 1.8) * busy_s)
        nursery.kill(child)
        interrupted += len(names(county.parent)) > 2
        found = require_whole(open_project(county))
        assert found >= state, "a finished save was lost"
        advanced += found > state
        busy_s *= 0.95 if found > state else 1.05
        state = found
    pytest.fail(f"{interrupted} kills fell into a save and {advanced} came after one; the test shows nothing")


def test_kills_leave_the_old_or_the_new_state_whole(nursery: Nursery, county: Path) -> None:
    kill_many(nursery, county, kills=10, each=1)
    project = open_project(county)
    project.save(county)
    assert names(county.parent) == ["county.gpkg", "county.gpkg.lock"]


@pytest.mark.full
def test_a_hundred_kills_leave_the_old_or_the_new_state_whole(nursery: Nursery, county: Path) -> None:
    kill_many(nursery, county, kills=100, each=20)
    open_project(county).save(county)
    assert names(county.parent) == ["county.gpkg", "county.gpkg.lock"]


def test_full_disk_leaves_the_old_file(nursery: Nursery, county: Path) -> None:
    before = county.read_bytes()
    nursery.start("fill_disk", county)
    nursery.wait()
    outcome = county.with_name("county.gpkg.outcome")
    assert "could not be written" in outcome.read_text(encoding="utf-8")
    outcome.unlink()
    assert county.read_bytes() == before
    assert names(county.parent) == ["county.gpkg", "county.gpkg.lock"]


def test_leftovers_of_other_files_stay(county: Path) -> None:
    other = replacing.temporary_beside(county.with_name("other.gpkg"))
    mine = replacing.temporary_beside(county)
    for path in (other, mine, mine.with_name(mine.name + "-journal")):
        path.touch()
    open_project(county).save(county)
    assert names(county.parent) == sorted(["county.gpkg", "county.gpkg.lock", other.name])


def test_second_planner_is_told_who_saved_and_when(county: Path) -> None:
    first, second = open_project(county), open_project(county)
    set_state(first, 2)
    first.save(county)
    first.save(county)
    with pytest.raises(
        ProjectError, match=r"changed by \S+@.* at 20\d\d-\d\d-\d\dT.*Z \(revision 3\).*Nothing was saved"
    ):
        second.save(county)
    assert require_whole(open_project(county)) == 2
    second.save(county, overwrite_changes=True)
    assert require_whole(open_project(county)) == 1


def test_no_edit_is_lost_between_two_planners(nursery: Nursery, county: Path) -> None:
    project = open_project(county)
    project.grids.clear()  # quicker
    project.save(county)
    nursery.start("edit_ledger", county)
    nursery.start("edit_ledger", county)
    nursery.wait()
    nursery.wait()
    ledger = open_project(county).ledger
    assert len(ledger) == 50
    assert ledger["cell_id"].tail(10).is_unique


def test_project_from_elsewhere_may_replace_a_project(county: Path) -> None:
    small_project(5).save(county)
    assert require_whole(open_project(county)) == 5


def test_removed_file_is_saved_again(county: Path) -> None:
    project = open_project(county)
    county.unlink()
    project.save(county)
    assert require_whole(open_project(county)) == 1


def test_link_keeps_pointing(county: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.gpkg"
    link.symlink_to(county)
    small_project(4).save(link)
    assert link.is_symlink()
    assert require_whole(open_project(county)) == 4


def test_file_mode_is_kept(county: Path) -> None:
    county.chmod(0o640)
    open_project(county).save(county)
    assert county.stat().st_mode & 0o777 == 0o640


def test_lock_of_a_killed_owner_is_free(nursery: Nursery, county: Path) -> None:
    child = nursery.start_and_wait_until_held("hold_lock", county)
    words = rf"being saved by .*@.*, process {child}, since 20.*waited 0.1 s"
    with pytest.raises(ProjectError, match=words), writing_alone(county, wait_s=0.1):
        pytest.fail("two owners of one lock")
    nursery.kill(child)
    assert f"process {child}" in county.with_name("county.gpkg.lock").read_text(encoding="utf-8")
    open_project(county).save(county)


def test_other_program_killed_in_a_transaction(nursery: Nursery, county: Path) -> None:
    child = nursery.start_and_wait_until_held("write_and_hang", county)
    nursery.kill(child)
    assert "county.gpkg-journal" in names(county.parent)
    project = small_project(8)
    project.save(county)
    assert names(county.parent) == ["county.gpkg", "county.gpkg.lock"]
    assert_same_project(project, open_project(county))


def test_opening_undoes_a_killed_transaction(nursery: Nursery, county: Path) -> None:
    nursery.kill(nursery.start_and_wait_until_held("write_and_hang", county))
    assert require_whole(open_project(county)) == 1


def test_edit_left_in_a_log_is_seen_and_never_mixed_in(nursery: Nursery, county: Path) -> None:
    project = open_project(county)
    nursery.kill(nursery.start_and_wait_until_held("log_and_hang", county))
    assert "county.gpkg-wal" in names(county.parent)
    with pytest.raises(ProjectError, match=r"changed by another program, such as QGIS, at .*tables: ledger"):
        project.save(county)
    with pytest.raises(ProjectError, match="table 'ledger' has other values than were saved"):
        open_project(county)
    assert set(open_project(county, accept_edits=True).ledger["cell_id"]) == {"edited"}
    project.save(county, overwrite_changes=True)
    assert names(county.parent) == ["county.gpkg", "county.gpkg.lock"]
    assert_same_project(project, open_project(county))


def test_file_that_is_being_logged_into_is_not_replaced(nursery: Nursery, county: Path) -> None:
    project = open_project(county)
    child = nursery.start_and_wait_until_held("log_and_hang", county)
    before = county.read_bytes()
    with pytest.raises(ProjectError, match=r"another program \(QGIS\?\) has it open"):
        project.save(county, overwrite_changes=True)
    nursery.kill(child)
    assert county.read_bytes()[:100] == before[:100]


def test_reader_in_another_process_does_not_hinder(nursery: Nursery, county: Path) -> None:
    child = nursery.start_and_wait_until_held("read_and_hang", county)
    small_project(6).save(county)
    assert require_whole(open_project(county)) == 6
    nursery.kill(child)


def test_writer_in_another_process_is_waited_for_then_named(
    nursery: Nursery, county: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replacing, "_BUSY_S", 0.2)
    child = nursery.start_and_wait_until_held("write_and_hang", county)
    before = county.stat().st_ino
    with pytest.raises(ProjectError, match="locked"):
        small_project(6).save(county)
    nursery.kill(child)
    assert county.stat().st_ino == before
    assert require_whole(open_project(county)) == 1


def test_file_set_to_use_a_log_is_replaced(county: Path) -> None:
    project = open_project(county)
    with closing(sqlite3.connect(county)) as connection:
        assert connection.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    project.save(county)
    assert names(county.parent) == ["county.gpkg", "county.gpkg.lock"]
    assert require_whole(open_project(county)) == 1


def test_looking_at_the_file_is_no_change(county: Path) -> None:
    project = open_project(county)
    with closing(sqlite3.connect(county)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("SELECT count(*) FROM units").fetchone()
        connection.execute("PRAGMA journal_mode = DELETE")
    os.utime(county)
    project.save(county)


def test_styles_and_layers_of_others_outlive_a_save(county: Path) -> None:
    own = small_project().units.rename(columns={"unit_id": "own"})
    own.to_file(county, layer="my notes", mode="a")
    with closing(sqlite3.connect(county)) as connection, connection:
        connection.execute("CREATE TABLE layer_styles (id INTEGER PRIMARY KEY, f_table_name TEXT, styleQML TEXT)")
        connection.execute("INSERT INTO layer_styles VALUES (1, 'units', '<qgis/>')")
        connection.execute("CREATE TRIGGER sly AFTER UPDATE ON gpkg_contents BEGIN DELETE FROM layer_styles; END")
        connection.execute("CREATE VIEW seen AS SELECT * FROM units")
    project = open_project(county)
    set_state(project, 9)
    project.save(county)
    project.save(county)
    assert require_whole(open_project(county)) == 9
    assert pyogrio.read_dataframe(county, layer="my notes")["own"].tolist() == own["own"].tolist()
    with closing(sqlite3.connect(county)) as connection:
        assert connection.execute("SELECT * FROM layer_styles").fetchall() == [(1, "units", "<qgis/>")]
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
    assert names(county.parent) == ["county.gpkg", "county.gpkg.lock"]


def test_foreign_files_are_never_replaced(tmp_path: Path) -> None:
    project = small_project()
    note = tmp_path / "note.gpkg"
    note.write_text("not a database", encoding="utf-8")
    with pytest.raises(ProjectError, match=r"note\.gpkg is not a GeoPackage"):
        project.save(note)
    foreign = tmp_path / "foreign.gpkg"
    project.units.to_file(foreign, layer="villages")
    before = foreign.read_bytes()
    with pytest.raises(ProjectError, match=r"a GeoPackage but not a project.*'villages'"):
        project.save(foreign)
    assert foreign.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("county.shp", r"must end in \.gpkg"),
        ("none/county.gpkg", "there is no folder"),
        ("folder.gpkg", "it is a folder"),
    ],
)
def test_place_that_cannot_be_saved_to(name: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "folder.gpkg").mkdir()
    with pytest.raises(ProjectError, match=words):
        small_project().save(tmp_path / name)


def test_same_project_same_digest_and_fixed_time_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    one, two = tmp_path / "one.gpkg", tmp_path / "two.gpkg"
    small_project(3).save(one)
    small_project(3).save(two)
    assert one.read_bytes() == two.read_bytes()


def test_options_of_gdal_are_as_before(county: Path) -> None:
    pyogrio.set_gdal_config_options({"OGR_SQLITE_JOURNAL": "MEMORY"})
    try:
        open_project(county).save(county)
        names_of_options = ("OGR_SQLITE_JOURNAL", "OGR_SQLITE_SYNCHRONOUS", "OGR_CURRENT_DATE")
        assert [pyogrio.get_gdal_config_option(name) for name in names_of_options] == ["MEMORY", None, None]
    finally:
        pyogrio.set_gdal_config_options({"OGR_SQLITE_JOURNAL": None})


def test_failed_save_leaves_the_project_usable(county: Path, tmp_path: Path) -> None:
    project: Project = open_project(county)
    project.staff["odd"] = [{1}, {2}]
    with pytest.raises(ProjectError, match="'odd'"):
        project.save(county)
    del project.staff["odd"]
    project.save(county)
    assert names(tmp_path) == ["county.gpkg", "county.gpkg.lock"]
