"""The log on disk: a killed session goes on where it was, two sessions do not overwrite each other."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from random_edits import edit, unit_grid

from gridpart.errors import InputError, ProjectError
from gridpart.project import Project, open_project
from gridpart.studio import Session

# a session that edits until it is killed, and tells the digest after each edit
EDITOR = """
import sys
from pathlib import Path
import numpy as np
from random_edits import edit
from gridpart.project import open_project
from gridpart.studio import Session
session = Session.of(open_project(Path(sys.argv[1])), who="Li")
rng = np.random.default_rng(int(sys.argv[2]))
while True:
    edit(session, rng)
    if rng.random() < 0.2 and session.can_undo:
        session.undo()
    print(session.seq, session.digest, session.state_digest, flush=True)
"""


@pytest.fixture
def county(tmp_path: Path) -> Path:
    grid = unit_grid(0)
    project = Project("county", grid.service_area, grids={"A": grid})
    project.save(tmp_path / "county.gpkg")
    return tmp_path / "county.gpkg"


def log_of(county: Path) -> Path:
    return county.with_name("county.gpkg.A.edits.jsonl")


def some_edits(session: Session, number: int, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    while number:
        number -= edit(session, rng)[1] is not None


def kill_in_mid_edit(county: Path, seed: int, after_s: float) -> dict[int, tuple[str, str]]:
    """Let another process edit, kill it, and return the digests that it told by sequence number."""
    command = [sys.executable, "-c", EDITOR, str(county), str(seed)]
    tests = Path(__file__).resolve().parent.parent
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=tests, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(after_s)
        process.send_signal(signal.SIGKILL)
        lines = [first, *process.stdout]
    told = [line.split() for line in lines if line.endswith("\n")]
    return {int(seq): (digest, state) for seq, digest, state in told}


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize("seed", range(2))
def test_a_session_killed_in_mid_edit_is_replayed_to_the_same_digest(county: Path, seed: int) -> None:
    told = kill_in_mid_edit(county, seed, 0.3 + seed / 10)
    replayed = Session.replay(open_project(county), log_of(county))
    # everything that was confirmed is there; the one edit under way when it was killed may be
    assert replayed.seq - max(told) in (0, 1)
    while replayed.seq > max(told):
        entry = replayed.log[-1]
        replayed = Session.replay(open_project(county), read_without_last(county))
        assert entry.seq == replayed.seq + 1
    assert (replayed.digest, replayed.state_digest) == told[max(told)]
    assert replayed.grid.certify().valid


def read_without_last(county: Path) -> Path:
    log = log_of(county)
    shorter = log.with_name("shorter.jsonl")
    shorter.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))
    return shorter


def test_the_next_session_goes_on_with_the_edits_that_were_not_saved(county: Path) -> None:
    session = Session.of(open_project(county), who="Li")
    assert not log_of(county).exists()  # looking at a grid leaves no file
    some_edits(session, 8)
    session.undo()
    digest, state, entries = session.digest, session.state_digest, session.log
    later = Session.of(open_project(county), who="Wang")
    assert (later.digest, later.state_digest) == (digest, state)
    assert later.notes == ["9 edits that had not been saved were done again from the log."]
    assert later.log == entries
    later.redo()
    while later.can_undo:
        later.undo()
    assert later.digest == open_project(county).grids["A"].digest
    with pytest.raises(ProjectError, match="A later session goes on with the log"):
        session.undo()


def test_after_a_save_only_what_follows_is_done_again_and_undo_reaches_back(county: Path) -> None:
    session = Session.of(open_project(county), who="Li")
    first = session.digest
    some_edits(session, 5)
    session.save(why="as agreed")
    saved = session.digest
    some_edits(session, 3, seed=1)
    last = session.digest
    project = open_project(county)
    assert project.grids["A"].digest == saved
    assert project.history["what"].iloc[-1].endswith("as agreed")
    later = Session.of(project)
    assert later.digest == last
    assert later.notes == ["3 edits that had not been saved were done again from the log."]
    while later.can_undo:
        later.undo()
    assert later.digest == first


def test_a_torn_last_line_is_dropped_and_reported(county: Path) -> None:
    session = Session.of(open_project(county))
    some_edits(session, 3)
    session.undo()
    digest, log = session.digest, log_of(county)
    whole = log.read_bytes()
    for torn in (b'{"seq":5,"kind":"comm', b'{"seq":5,"kind":"comm\n', b"\0\0\0\0"):
        log.write_bytes(whole + torn)
        later = Session.of(open_project(county))
        assert later.digest == digest
        assert "A torn last line of the log was dropped" in later.notes[-1]
        some_edits(later, 1)
        later.undo()
        assert Session.replay(open_project(county), log).digest == digest


def test_a_changed_line_of_the_log_is_an_error_that_names_it(county: Path) -> None:
    some_edits(Session.of(open_project(county), who="Li"), 4)
    lines = log_of(county).read_text("utf-8").splitlines(keepends=True)
    lines[1] = lines[1].replace('"who":"Li"', '"who":"Wu"')
    log_of(county).write_text("".join(lines), "utf-8")
    with pytest.raises(ProjectError, match=r"Line 3 of the log .* was changed or damaged; 2 lines before it are whole"):
        Session.replay(open_project(county), log_of(county))


def test_a_log_of_another_state_is_kept_aside(county: Path) -> None:
    some_edits(Session.of(open_project(county)), 2)
    project = open_project(county)
    project.grids["A"] = unit_grid(5)
    project.save(county)
    with pytest.raises(ProjectError, match="belongs to another state"):
        Session.replay(open_project(county), log_of(county))
    session = Session.of(open_project(county))
    assert session.digest == project.grids["A"].digest
    assert session.notes == [
        "The log that was there belongs to another state of the grid; it is now county.gpkg.A.edits.jsonl.1.old."
    ]
    some_edits(session, 1)
    assert Session.replay(open_project(county), log_of(county)).digest == session.digest


def test_the_log_says_who_when_why_and_what_changed(county: Path) -> None:
    session = Session.of(open_project(county), who="李")
    some_edits(session, 1)
    session.lock(session.cell_ids[0], why="agreed with the village")
    lines = [json.loads(line) for line in log_of(county).read_text("utf-8").splitlines()]
    assert [line["kind"] for line in lines] == ["open", "command", "command"]
    assert lines[-1]["who"] == "李"
    assert lines[-1]["why"] == "agreed with the village"
    assert lines[-1]["at"].endswith("Z")
    assert lines[-1]["changes"][0][:2] == ["cell", session.cell_ids[0]]


def test_two_sessions_on_one_file_notice_each_other_when_saving(county: Path) -> None:
    one, two = open_project(county), open_project(county)
    first, second = Session.of(one, who="Li"), Session.of(two, who="Wang", log=county.with_name("second.jsonl"))
    some_edits(first, 2)
    some_edits(second, 2, seed=1)
    first.save()
    with pytest.raises(ProjectError, match=r"was changed by .* after it was opened here"):
        second.save()
    assert two.grids["A"].digest != second.digest  # the project in memory is as it was, too
    assert open_project(county).grids["A"].digest == first.digest
    third = Session.of(one, log=county.with_name("third.jsonl"))
    fourth = Session.of(one, log=county.with_name("fourth.jsonl"))
    some_edits(third, 1)
    some_edits(fourth, 1, seed=2)
    third.save()
    with pytest.raises(ProjectError, match="was changed by someone else while this session was open"):
        fourth.save()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_sessions_in_two_processes_write_logs_of_their_own(county: Path) -> None:
    mine = Session.of(open_project(county), who="Wang")  # opened first, but the other one edits first
    told = kill_in_mid_edit(county, 0, 0.2)
    theirs = log_of(county).read_bytes()
    some_edits(mine, 3)
    assert log_of(county).read_bytes() == theirs
    own = county.with_name("county.gpkg.A.edits-2.jsonl")
    assert Session.replay(open_project(county), own).digest == mine.digest
    assert Session.replay(open_project(county), log_of(county)).seq >= max(told)


def test_a_session_beside_one_that_is_open_elsewhere_takes_another_log(county: Path) -> None:
    command = [sys.executable, "-c", EDITOR, str(county), "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1], text=True) as other:
        assert other.stdout is not None
        other.stdout.readline()
        session = Session.of(open_project(county), who="Wang")
        some_edits(session, 2)
        other.kill()
    assert session.notes == [
        "Another session is writing county.gpkg.A.edits.jsonl; a save of either will notice the other."
    ]
    assert Session.replay(open_project(county), county.with_name("county.gpkg.A.edits-2.jsonl")).seq == session.seq


def test_a_save_that_fails_changes_neither_project_nor_history(county: Path) -> None:
    project = open_project(county)
    session = Session.of(project)
    before, lines = project.grids["A"], len(project.history)
    some_edits(session, 2)
    with pytest.raises(ProjectError, match=r"must end in .gpkg"):
        session.save(county.with_suffix(".txt"))
    assert project.grids["A"] is before
    assert len(project.history) == lines
    session.save()
    assert open_project(county).grids["A"].digest == session.digest


def test_a_session_without_file_says_what_saving_needs() -> None:
    grid = unit_grid(0)
    with pytest.raises(InputError, match=r"take `session.grid`"):
        Session.of(grid).save()
    with pytest.raises(InputError, match=r"give `save` a path"):
        Session.of(Project("county", grid.service_area, grids={"A": grid})).save()


def test_entries_in_memory_can_be_replayed_too() -> None:
    grid = unit_grid(0)
    session = Session.of(grid)
    some_edits(session, 12)
    session.undo()
    assert Session.replay(grid, session.log).state_digest == session.state_digest
