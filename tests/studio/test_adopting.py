"""A plan is adopted with a date: it is saved, the register of outlets follows, and atlas, audit, staffing see both."""

from __future__ import annotations

import copy
import datetime as dt
import json
import shutil
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import gridpart as gp
from gridpart.errors import EditRefused, InputError, ProjectError
from gridpart.project import Project, open_project
from gridpart.project.sample import sample_project
from gridpart.studio import Session
from gridpart.studio._following import followed
from gridpart.studio._register import Following
from gridpart.studio.comparing import Comparing
from gridpart.studio.desk import Desk
from gridpart.tables import valid_on

BANK = "YLSB"
NOON = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
DAY, BEFORE = "2026-07-01", "2026-06-30"
CLOSED, MOVED, OPENED = "050016", "050012", "050077"
FORMER = f"{MOVED}-until-{DAY}"


@pytest.fixture(scope="module")
def sample() -> Project:
    return sample_project()


@pytest.fixture(scope="module")
def saved(sample: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("saved") / "county.gpkg"
    sample.save(path)
    return path


@pytest.fixture
def county(saved: Path, tmp_path: Path) -> Path:
    return shutil.copy(saved, tmp_path / "county.gpkg")


def began(county: Path, who: str = "Li") -> Session:
    return Session.of(open_project(county), BANK, who=who, clock=lambda: NOON)


def free_place(session: Session, cell_id: str = "YLSB-050005") -> tuple[float, float]:
    """A place in a unit of a cell that holds no outlet."""
    homes = set(session._state.home.values())
    face = next(face for face, cell in enumerate(session.labels) if cell == cell_id and face not in homes)
    x, y = session._state.middles[face].tolist()
    return x, y


def change_outlets(session: Session) -> None:
    session.add_outlet(OPENED, free_place(session), name="河东支行", kind="branch")
    session.close_outlet(CLOSED)
    record = session.outlets[MOVED]
    session.move_outlet(MOVED, (record.x + 400.0, record.y + 300.0))


def led(session: Session) -> Session:
    """Lead a plan to the state before adoption."""
    session.propose(why="agreed in the branch")
    session.coordinate(why="neighbours heard")
    return session


def adopted(county: Path) -> Session:
    session = began(county)
    change_outlets(session)
    led(session).adopt(why="meeting of 1 March", effective=DAY)
    return session


def rows(project: Project) -> pd.DataFrame:
    return pd.DataFrame(project.outlets).set_index("outlet_id")


def test_R17_the_register_of_a_fresh_project_says_what_opened_closed_and_moved(county: Path) -> None:
    before = open_project(county).outlets
    session = adopted(county)
    fresh = open_project(county)
    table = rows(fresh)
    assert list(table.index[: len(before)]) == before["outlet_id"].tolist()  # nothing is taken away
    assert set(table.index) - set(before["outlet_id"]) == {OPENED, FORMER}
    opened = table.loc[OPENED]
    assert [opened["bank_id"], opened["name"], opened["kind"]] == [BANK, "河东支行", "branch"]
    assert opened["valid_from"] == pd.Timestamp(DAY)
    assert pd.isna(opened["valid_to"])
    record = session.outlets[OPENED]
    assert (opened["geometry"].x, opened["geometry"].y) == (record.x, record.y)
    assert opened["unit_id"] == session.unit_id(session._state.home[OPENED])
    old = rows(Project("", fresh.service_area, outlets=before))
    assert table.loc[CLOSED, "valid_to"] == pd.Timestamp(DAY)
    assert table.loc[CLOSED, "geometry"] == old.loc[CLOSED, "geometry"]
    moved, past, was = table.loc[MOVED], table.loc[FORMER], old.loc[MOVED]
    assert (moved["geometry"].x, moved["geometry"].y) == (was["geometry"].x + 400.0, was["geometry"].y + 300.0)
    assert moved["valid_from"] == past["valid_to"] == pd.Timestamp(DAY)
    assert past["geometry"] == was["geometry"]
    assert past["valid_from"] == was["valid_from"]
    assert moved["name"] == past["name"] == was["name"]
    assert moved["address"] is None  # the old address is that of the old place
    untouched = [name for name in old.index if name not in (CLOSED, MOVED)]
    pd.testing.assert_frame_equal(table.loc[untouched], old.loc[untouched], check_dtype=True)


def test_the_adopted_grid_is_certified_and_stands_for_its_day(county: Path) -> None:
    session = adopted(county)
    fresh = open_project(county)
    grid = fresh.grids[BANK]
    assert grid.certify().valid
    assert (grid.status, grid.version, grid.digest) == ("adopted", 1, session.digest)
    assert session.effective == date(2026, 7, 1)
    assert session.milestones[-1]["effective"] == DAY
    assert fresh.day() == date(2026, 7, 1)
    on_day = fresh.outlets_on(DAY)
    mine = on_day[on_day["bank_id"] == BANK]
    assert sorted(mine["outlet_id"]) == sorted(grid.outlets["outlet_id"])  # register and grid agree
    line = fresh.history["what"].iloc[-1]
    assert line.startswith(f"Adopted the grid of bank {BANK} from {DAY}: version 1")
    assert f"opened {OPENED}; closed {CLOSED}; moved {MOVED}: meeting of 1 March" in line
    assert "outlets_changed" not in grid.provenance


def drawn(project: Project, folder: Path, day: str | None) -> set[str]:
    """Ids of outlets on the maps of an atlas."""
    scope = {"bank_id": BANK}
    atlas = gp.build_atlas(project, folder, lang="en", formats=("html",), as_of=day, scope=scope)
    layers = [part for sheet in atlas.sheets if sheet.theme == "outlets" for part in sheet.document.layers]
    return {card[1] for part in layers if part.key == "outlets" for card in part.cards or ()}


def test_R17_the_atlas_of_the_saved_file_draws_the_outlets_of_its_day(county: Path, tmp_path: Path) -> None:
    adopted(county)
    fresh = open_project(county)
    old = drawn(fresh, tmp_path / "old", BEFORE)
    new = drawn(fresh, tmp_path / "new", DAY)
    assert old - new == {CLOSED, FORMER}
    assert new - old == {OPENED, MOVED}
    assert drawn(fresh, tmp_path / "default", None) == new


def test_R17_a_day_before_the_plan_has_the_grid_of_that_day(county: Path) -> None:
    before = open_project(county).grids[BANK]
    session = adopted(county)
    fresh = open_project(county)
    assert fresh.grids_on(BEFORE)[BANK].digest == before.digest
    assert fresh.grids_on(DAY)[BANK].digest == session.grid.digest != before.digest
    session.new_version(why="two villages move")
    session.save()
    fresh = open_project(county)
    assert fresh.grids[BANK].status == "draft"
    assert [grid.status for grid in fresh.earlier[BANK]] == ["draft", "adopted"]
    assert fresh.grids_on(DAY)[BANK].status == "adopted"
    titles = dict(Comparing(session, "en").references())
    assert titles["earlier:1"] == "version 1, in force from 2026-07-01"
    assert titles["earlier:0"] == "as it was before the first plan"
    desk = Desk(session, send=lambda *_: None, base=lambda: ({}, []))
    assert Comparing(session, "en").compare(desk, "earlier:1")["pairs"] == []
    assert Comparing(session, "en").compare(desk, "earlier:0")["pairs"] != []


def test_R17_audit_staffing_and_new_grids_see_the_outlets_of_the_day(county: Path) -> None:
    adopted(county)
    fresh = open_project(county)
    for day, there, gone in ((DAY, OPENED, CLOSED), (BEFORE, CLOSED, OPENED), (None, OPENED, CLOSED)):
        points = fresh.audit(as_of=day).points
        ids = set(points.loc[(points["source"] == "outlet") & (points["bank_id"] == BANK), "point_id"])
        assert there in ids
        assert gone not in ids

    cell = f"{BANK}-{OPENED}"
    for day, outlet in ((DAY, OPENED), (BEFORE, None)):
        chains = gp.staffing.chains(fresh.grids[BANK], fresh.staff, outlets=fresh.outlets_on(day))
        assert chains.set_index("cell_id").loc[cell, "outlet_id"] == outlet
        review = gp.staffing.review(fresh, BANK, as_of=day)
        check = next(check for check in review.checks if "leads to an outlet" in check.words("en"))
        assert (cell in set(check.findings["cell_id"])) == (outlet is not None)  # it has no officer yet
    fresh.partition(rule="nearest")
    assert sorted(fresh.grids[BANK].outlets["outlet_id"]) == sorted(
        fresh.outlets_on(DAY).loc[lambda table: table["bank_id"] == BANK, "outlet_id"]
    )
    fresh.partition(rule="nearest", as_of=BEFORE)
    assert {CLOSED, FORMER} <= set(fresh.grids[BANK].outlets["outlet_id"])


def test_drafts_saved_on_the_way_leave_the_register_and_it_follows_at_adoption(county: Path) -> None:
    before = open_project(county).outlets
    session = began(county)
    change_outlets(session)
    session.add_outlet("050078", free_place(session, "YLSB-050009"))
    session.save()
    pd.testing.assert_frame_equal(pd.DataFrame(open_project(county).outlets), pd.DataFrame(before))
    later = began(county)
    later.close_outlet("050078")  # opened and closed within the plan: the register never hears of it
    led(later).save()
    last = began(county, who="supervisor")
    last.adopt(why="meeting", effective=DAY)
    table = rows(open_project(county))
    assert set(table.index) - set(before["outlet_id"]) == {OPENED, FORMER}
    assert table.loc[OPENED, "name"] == "河东支行"
    assert table.loc[CLOSED, "valid_to"] == pd.Timestamp(DAY)
    last.comment("a second save tells the register nothing new")
    last.save()
    assert len(open_project(county).outlets) == len(before) + 2


def test_a_later_version_is_adopted_on_top(county: Path) -> None:
    session = adopted(county)
    session.new_version(why="the new branch goes elsewhere")
    record = session.outlets[OPENED]
    session.move_outlet(OPENED, (record.x + 60.0, record.y))
    led(session)
    with pytest.raises(EditRefused, match="the one before it is in force from 2026-07-01"):
        session.adopt(why="too early", effective=BEFORE)
    with pytest.raises(EditRefused, match=f"outlet {OPENED} is open only from 2026-07-01"):
        session.adopt(why="on the very day", effective=DAY)
    session.adopt(why="meeting", effective=date(2027, 1, 1))
    table = rows(open_project(county))
    assert table.loc[OPENED, "valid_from"] == table.loc[f"{OPENED}-until-2027-01-01", "valid_to"]
    assert open_project(county).day() == date(2027, 1, 1)


def test_without_a_date_a_plan_is_adopted_as_before_and_the_register_left(county: Path) -> None:
    before = open_project(county).outlets
    session = began(county)
    change_outlets(session)
    led(session).adopt(why="meeting")
    assert session.effective is None
    assert "effective" not in session.milestones[-1]
    session.save()
    pd.testing.assert_frame_equal(pd.DataFrame(open_project(county).outlets), pd.DataFrame(before))


def refused(session: Session, county: Path, match: str, *, effective: object = DAY, error: Any = EditRefused) -> None:
    """Check that an adoption is refused, and that session, log, project and file are as they were."""
    project = session.project
    assert project is not None
    log = county.with_name(f"{county.name}.{BANK}.edits.jsonl")
    before = (
        session.state_digest,
        session.seq,
        session.status,
        len(session.log),
        log.read_bytes(),
        county.read_bytes(),
    )
    held = (project.outlets, project.history, project.grids[BANK], project.staff)
    earlier = dict(project.earlier)
    told: list[object] = []
    session.listeners.append(told.append)
    with pytest.raises(error, match=match):
        session.adopt(why="meeting", effective=effective)  # type: ignore[arg-type] # of no type that is right
    session.listeners.remove(told.append)
    assert told == []
    assert before == (
        session.state_digest, session.seq, session.status, len(session.log), log.read_bytes(), county.read_bytes()
    )  # fmt: skip
    assert all(one is other for one, other in zip(
        held, (project.outlets, project.history, project.grids[BANK], project.staff), strict=True
    ))  # fmt: skip
    assert project.earlier == earlier


def test_what_the_register_contradicts_is_refused_and_nothing_is_changed(county: Path) -> None:
    session = began(county)
    change_outlets(session)
    refused(session, county, "The plan is draft; it must be coordinated")
    led(session)
    project = session.project
    assert project is not None
    refused(session, county, "'spring' is no date; write it as 2026-07-01", effective="spring")
    refused(session, county, "'' is no date", effective="")
    refused(session, county, "the data of this project begin on 2026-01-01", effective="2025-12-30")
    given = project.outlets

    def with_row(name: str, **values: object) -> None:
        table = given.copy()
        for column, value in values.items():
            table.loc[table["outlet_id"] == name, column] = value
        project.outlets = table

    with_row("050005", valid_from=pd.Timestamp("2026-08-01"))
    refused(session, county, "Someone changed outlet 050005")
    with_row(CLOSED, valid_to=pd.Timestamp("2026-05-01"))
    refused(session, county, f"Someone changed outlet {CLOSED}")
    with_row("010003", outlet_id=OPENED)
    refused(session, county, f"has an outlet {OPENED} already, of bank CLVB")
    project.outlets = given[given["outlet_id"] != MOVED]
    refused(session, county, f"Outlet {MOVED} is not in the project's table of outlets")
    project.outlets = pd.concat([given, given[given["outlet_id"] == "050005"]], ignore_index=True)
    refused(session, county, "more than one row for outlet 050005")
    with_row("010003", outlet_id=FORMER)
    refused(session, county, f"has an outlet {FORMER} already")
    project.outlets = given
    session.adopt(why="meeting", effective=DAY)
    assert OPENED in rows(open_project(county)).index


def test_a_register_that_changed_is_taken_as_it_is_by_a_new_version(county: Path) -> None:
    session = began(county)
    change_outlets(session)
    led(session)
    project = session.project
    assert project is not None
    project.outlets.loc[project.outlets["outlet_id"] == "050005", "valid_from"] = pd.Timestamp("2026-02-01")
    refused(session, county, "begin a new version of the plan")
    session.new_version(why="seen")
    led(session).adopt(why="meeting", effective=DAY)
    assert rows(open_project(county)).loc["050005", "valid_from"] == pd.Timestamp("2026-02-01")


def test_outlets_must_be_open_on_the_day(county: Path) -> None:
    project = open_project(county)
    project.outlets.loc[project.outlets["outlet_id"] == "050005", "valid_from"] = pd.Timestamp("2026-08-01")
    project.outlets.loc[project.outlets["outlet_id"] == "050009", "valid_to"] = pd.Timestamp("2026-10-01")
    project.save(county)
    session = began(county)
    change_outlets(session)
    led(session)
    refused(session, county, "outlet 050005 is open only from 2026-08-01; the plan cannot be in force from 2026-07-01")
    refused(session, county, "outlet 050009 is closed from 2026-10-01, but the plan", effective="2026-11-01")
    session.adopt(why="meeting", effective="2026-09-01")


def test_two_planners_at_once_the_second_is_refused(county: Path) -> None:
    first, second = began(county), Session.of(open_project(county), "JYB", who="Wang", clock=lambda: NOON)
    change_outlets(first)
    led(first)
    second.propose(why="other bank")
    second.save()
    refused(first, county, "changed .* after it was opened here", error=ProjectError)
    again = began(county)  # the edits of the first are in the log
    assert again.status == "coordinated"
    again.adopt(why="meeting", effective=DAY)
    fresh = open_project(county)
    assert fresh.grids["JYB"].status == "proposed"
    assert OPENED in rows(fresh).index


def test_a_save_that_fails_takes_everything_back(county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = began(county)
    change_outlets(session)
    led(session)

    message = "disk full"

    def full(*_: object, **__: object) -> None:
        raise ProjectError(message)

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt(message)

    with monkeypatch.context() as patch:
        patch.setattr(Project, "save", full)
        refused(session, county, message, error=ProjectError)
        patch.setattr(Project, "save", stopped)
        refused(session, county, message, error=KeyboardInterrupt)
    session.undo()
    session.redo()
    session.adopt(why="meeting", effective=DAY)
    assert open_project(county).grids[BANK].status == "adopted"


def test_a_session_without_file_says_what_an_adoption_needs(sample: Project) -> None:
    mine = copy.copy(sample)
    mine.grids, mine.origins = dict(sample.grids), {}
    session = led(Session.of(mine, BANK, clock=lambda: NOON, who="Li"))
    with pytest.raises(InputError, match="never saved, so there is no file"):
        session.adopt(why="meeting", effective=DAY)
    alone = led(Session.of(sample.grids[BANK], clock=lambda: NOON, who="Li"))
    with pytest.raises(InputError, match="of a grid alone"):
        alone.adopt(why="meeting", effective=DAY)


def test_undo_stays_refused_and_digests_are_those_of_the_same_plan_without_date(county: Path) -> None:
    session = began(county)
    change_outlets(session)
    digest = session.digest
    led(session).adopt(why="meeting", effective=DAY)
    assert session.digest == digest
    with pytest.raises(EditRefused, match="Version 1 of this plan is adopted and does not change"):
        session.undo()
    opened = began(county)
    assert opened.resting_digest == session.resting_digest
    assert opened.notes == []
    opened.new_version(why="go on")
    opened.undo()
    assert opened.resting_digest == session.resting_digest


# a session that adopts a plan and is killed before, or after, the step that puts the file in its place
KILLED = """
import os, signal, sys
from pathlib import Path
from gridpart.project import open_project
from gridpart.studio import Session
session = Session.of(open_project(Path(sys.argv[1])), "YLSB", who="Li")
step = os.replace
def replace(*files):
    if sys.argv[2] == "after":
        step(*files)
    os.kill(os.getpid(), signal.SIGKILL)
os.replace = replace
session.adopt(why="meeting", effective="2026-07-01")
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_kill_leaves_the_plan_adopted_with_the_register_or_neither(county: Path, when: str) -> None:
    log = county.with_name(f"{county.name}.{BANK}.edits.jsonl")
    session = began(county)
    change_outlets(session)
    led(session).save()
    whole, lines = county.read_bytes(), log.read_bytes()
    session._file.close()  # type: ignore[union-attr] # has one
    done = subprocess.run([sys.executable, "-c", KILLED, str(county), when], check=False)
    assert done.returncode == -signal.SIGKILL
    assert json.loads(log.read_bytes().splitlines()[-1])["command"] == "adopt"
    again = began(county)
    if when == "after":
        assert (again.status, again.notes) == ("adopted", [])
    else:
        assert county.read_bytes() == whole
        assert again.status == "coordinated"
        assert again.notes == ["The adoption from 2026-07-01 was broken off before it was saved; adopt the plan again."]
        assert log.read_bytes() == lines
        again.adopt(why="meeting", effective=DAY)
    fresh = open_project(county)
    assert fresh.grids[BANK].status == "adopted"
    assert {OPENED, FORMER} <= set(rows(fresh).index)


def test_a_log_with_an_adoption_is_replayed_and_saved_with_the_register(county: Path, tmp_path: Path) -> None:
    first = open_project(county)
    session = adopted(county)
    session.comment("and more was said")
    replayed = Session.replay(first, county.with_name(f"{county.name}.{BANK}.edits.jsonl"))
    assert replayed.state_digest == session.state_digest
    assert [entry.seq for entry in replayed.log] == [entry.seq for entry in session.log]
    replayed.save(tmp_path / "replayed.gpkg")
    pd.testing.assert_frame_equal(
        pd.DataFrame(open_project(tmp_path / "replayed.gpkg").outlets), pd.DataFrame(open_project(county).outlets)
    )


def test_two_banks_planned_in_one_project_follow_each_other(county: Path) -> None:
    project = open_project(county)
    first, second = (Session.of(project, bank, who="Li", clock=lambda: NOON) for bank in (BANK, "JYB"))
    for session, outlet in ((first, OPENED), (second, OPENED)):
        face = next(face for face in range(len(session.faces)) if face not in session._state.home.values())
        session.add_outlet(outlet, session._state.middles[face])
        led(session)
    first.adopt(why="meeting", effective=DAY)
    with pytest.raises(EditRefused, match=f"has an outlet {OPENED} already, of bank {BANK}"):
        second.adopt(why="meeting", effective=DAY)
    second.new_version(why="another id")
    second.close_outlet(OPENED)
    second.add_outlet("070077", second._state.middles[face])
    led(second).adopt(why="meeting", effective=DAY)
    table = rows(open_project(county))
    assert table.loc[[OPENED, "070077"], "bank_id"].tolist() == [BANK, "JYB"]


def test_kinds_of_new_outlets_are_those_of_the_table_and_ids_those_of_no_other_bank(county: Path) -> None:
    session = began(county)
    first = session.state_digest
    with pytest.raises(EditRefused, match="'shop' is no kind of outlet; there are main_branch, branch"):
        session.add_outlet(OPENED, free_place(session), kind="shop")
    with pytest.raises(EditRefused, match="has an outlet 010003 already, of bank CLVB"):
        session.add_outlet("010003", free_place(session))
    session.add_outlet(OPENED, free_place(session), kind="branch")
    assert session.openings == [{"outlet_id": OPENED, "name": None, "kind": "branch"}]
    session.undo()
    assert session.state_digest == first


REGISTERS = {
    "text": {"valid_from": ["2020-01-01", "", "2020-01-02"], "valid_to": ["", "", ""]},
    "dates": {"valid_from": [date(2020, 1, 1), None, None]},
    "none": {},
    "blank": {"valid_from": [None, None, None], "valid_to": [None, None, None]},
    "times": {"valid_from": pd.to_datetime(["2020-01-01", None, None]).tz_localize("Asia/Shanghai")},
}


@pytest.mark.parametrize("dates", REGISTERS)
def test_a_register_keeps_its_columns_as_they_are(dates: str) -> None:
    big = 2**53 + 1  # a float cannot hold it
    register = gpd.GeoDataFrame(
        {
            "outlet_id": ["1", "2", "3"],
            "bank_id": pd.Categorical(["A", "A", "B"]),
            "name": ["one", "two", "three"],
            "licence": [big, big + 2, 7],
            "open": [True, False, True],
            "phones": [["1"], [], None],
            **REGISTERS[dates],
        },
        geometry=gpd.points_from_xy([0.1, 1, 2], [0, 1, 2]),
        crs="EPSG:4546",
    ).rename_geometry("place")
    before = register.copy()
    facts = {
        "1": {"geometry": shapely.Point(5, 5), "bank_id": "A"},
        "9": {"geometry": shapely.Point(9, 9), "bank_id": "A", "name": "nine", "kind": "branch", "unit_id": None},
    }
    day = date(2026, 7, 1)
    made = followed(register, Following(day, opened=("9",), closed=("2",), moved=("1",)), facts=facts)
    pd.testing.assert_frame_equal(pd.DataFrame(register), pd.DataFrame(before))
    assert made.active_geometry_name == "place"
    assert made.crs == register.crs
    assert made["outlet_id"].tolist() == ["1", "2", "3", "1-until-2026-07-01", "9"]
    assert made["licence"].tolist()[:4] == [big, big + 2, 7, big]
    assert made["licence"].isna().tolist() == [False] * 4 + [True]
    assert made["open"].tolist()[:4] == [True, False, True, True]
    assert made["phones"].tolist()[:4] == [["1"], [], None, ["1"]]
    assert made["kind"].tolist() == [None] * 4 + ["branch"]
    assert [(point.x, point.y) for point in made.geometry] == [(5, 5), (1, 1), (2, 2), (0.1, 0), (9, 9)]
    for on, there in ((day, ["1", "3", "9"]), (date(2026, 6, 30), ["2", "3", "1-until-2026-07-01"])):
        assert made["outlet_id"][valid_on(made, on, name="outlets")].tolist() == there
    if dates == "text":
        assert made["valid_from"].tolist()[:4] == ["2026-07-01", "", "2020-01-02", "2020-01-01"]
    else:
        assert isinstance(made["valid_to"].dtype, type(np.dtype("datetime64[ms]")))
