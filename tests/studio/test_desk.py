"""The kernel's side of the line: events come twice, too early, again; and every view learns of every change."""

from __future__ import annotations

import copy
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gridpart as gp
from gridpart.studio import Session
from gridpart.studio.desk import Desk
from gridpart.studio.wire import Wire

VIEW = "abc"
SHIFT = np.array([1.0, 2.0])


@pytest.fixture(scope="module")
def project() -> gp.Project:
    return gp.sample_project()


class Line:
    """A desk whose messages are kept."""

    def __init__(self, session: Session) -> None:
        self.told: list[tuple[dict[str, Any], list[bytes]]] = []
        self.desk = Desk(session, send=lambda message, buffers: self.told.append((message, buffers)), base=self._base)
        self.session = session

    @staticmethod
    def _base() -> tuple[dict[str, Any], list[bytes]]:
        return {"layer": {}}, []

    def do(self, seq: int, *, view: str = VIEW, **command: Any) -> None:
        self.desk.receive({"t": "do", "view": view, "events": [{"seq": seq, "c": command}]})

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message, _ in self.told if message["t"] == kind]


@pytest.fixture
def line(project: gp.Project) -> Line:
    return Line(Session.of(project, "YLSB", autosave=False))


def takeable(session: Session) -> list[tuple[int, str]]:
    """Faces that a neighbouring cell may take, with that cell, tried on a session of its own."""
    trial, found = Session.of(session.grid), []
    one, two, _ = trial.grid.coverage.adjacency()
    for face, other in zip(one.tolist(), two.tolist(), strict=True):
        target = trial.labels[other]
        if trial.labels[face] == target:
            continue
        try:
            trial.assign_faces([face], target)
        except gp.EditRefused:
            continue
        found.append((face, target))
    return found


def test_events_are_taken_once_and_in_their_order(line: Line) -> None:
    (face, target), *_ = takeable(line.session)
    paint = {"op": "paint", "stroke": "s", "faces": [face], "cell": target, "moves": 3}
    line.do(2, op="commit", stroke="s", cell=target, moves=2)  # too early
    assert line.session.seq == 0
    assert line.of("ack")[-1]["got"] == 0
    line.do(1, **paint)
    assert line.session.labels[face] == target
    for _ in range(3):
        line.do(1, **paint)
        line.do(2, op="commit", stroke="s", cell=target, moves=2)
    assert line.session.seq == 1
    assert line.desk.moves == 5
    assert line.of("ack")[-1] == {"t": "ack", "to": VIEW, "got": 2, "done": 2, "rev": 1}


def test_a_stroke_under_way_is_not_decided(line: Line) -> None:
    (face, target), *_ = takeable(line.session)
    line.do(1, op="paint", stroke="s", faces=[face], cell=target, moves=1)
    assert (line.of("ack")[-1]["got"], line.of("ack")[-1]["done"]) == (1, 0)
    line.do(2, op="drop", stroke="s")
    assert line.of("ack")[-1]["done"] == 2
    assert line.session.seq == 0


def test_a_refusal_is_said_again_to_who_asks_again(line: Line) -> None:
    line.do(1, op="undo")
    line.do(1, op="undo")
    assert [message["reason"] for message in line.of("refused")] == [
        "There is nothing to undo. Nothing was changed."
    ] * 2
    line.do(2, op="dance")
    assert "no command 'dance'" in line.of("refused")[-1]["reason"]


def test_a_view_that_missed_changes_gets_them_or_everything(line: Line) -> None:
    for seq, (face, target) in enumerate(takeable(line.session)[:3], start=1):
        line.do(2 * seq - 1, op="paint", stroke=str(seq), faces=[face], cell=target, moves=1)
        line.do(2 * seq, op="commit", stroke=str(seq), cell=target)
    assert line.session.seq == 3
    line.told.clear()
    line.desk.receive({"t": "since", "view": "other", "rev": 1})
    assert [message["rev"] for message in line.of("delta")] == [2, 3]
    line.desk.receive({"t": "check", "view": "other", "rev": 3, "crc": 1})
    assert [message["rev"] for message in line.of("base")] == [3]
    line.desk.receive({"t": "check", "view": "other", "rev": 3, "crc": line.desk.wire.checksum})
    assert len(line.of("base")) == 1


def test_changes_from_elsewhere_reach_the_views(line: Line) -> None:
    (face, target), *_ = takeable(line.session)
    line.session.assign_faces([face], target)
    message, (faces, labels) = line.told[-1]
    assert (message["t"], message["view"], message["rev"]) == ("delta", "", 1)
    assert np.frombuffer(faces, "<i4").tolist() == [face]
    assert line.desk.wire.names[np.frombuffer(labels, "<i4")[0]] == target
    assert message["crc"] == zlib.crc32(np.asarray(line.desk.wire.labels, "<i4").tobytes())


def test_a_kernel_that_starts_again_knows_what_it_had_taken(project: gp.Project) -> None:
    first = Line(Session.of(project, "YLSB", autosave=False))
    for seq, (face, target) in enumerate(takeable(first.session)[:2], start=1):
        first.do(2 * seq - 1, op="paint", stroke=str(seq), faces=[face], cell=target, moves=1)
        first.do(2 * seq, op="commit", stroke=str(seq), cell=target)
    second = Line(Session.replay(project, first.session.log, bank_id="YLSB"))
    assert second.session.digest == first.session.digest
    second.desk.receive({"t": "hello", "view": VIEW, "rev": None})
    assert (second.of("base")[0]["got"], second.of("base")[0]["done"]) == (4, 4)
    second.do(4, op="commit", stroke="2", cell="x")
    assert second.session.seq == 2


def test_a_moved_vertex_is_told_as_a_move_and_new_faces_as_a_new_base(line: Line) -> None:
    wire: Wire = line.desk.wire
    coverage = line.session.grid.coverage
    for edge in np.flatnonzero(coverage.right_face >= 0)[:400]:
        start = coverage.points[coverage.ends[edge, 0]]
        try:
            line.session.move_vertex(start, start + SHIFT)
        except gp.EditRefused:
            continue
        break
    message, _ = line.told[-1]
    before = (wire.frame.to_map(start[None]) * [1, -1])[0].tolist()
    assert message["moves"][0][:2] == before
    assert wire.vertex_at(message["moves"][0][2:]).tolist() == pytest.approx((start + SHIFT).tolist())
    assert not message["rebase"]
    session = Session.of(project_cells(), autosave=False)
    other = Line(session)
    other.do(1, op="split", cell=session.cell_ids[0], line=halving(other.desk.wire))
    assert (other.of("delta") or other.of("refused"))[0].get("rebase") is True
    assert len(other.desk.wire.labels) > 2


def project_cells() -> gp.Grid:
    import geopandas as gpd
    import shapely

    boxes = [shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000)]
    cells = gpd.GeoDataFrame(geometry=boxes, crs="EPSG:4547")
    area = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 2000, 1000)], crs="EPSG:4547")
    return gp.Grid.from_cells(cells, area, bank_id="B")


def halving(wire: Wire) -> list[list[int]]:
    return (wire.frame.to_map(np.array([[300.0, -50.0], [400.0, 1050.0]])) * [1, -1]).tolist()


def test_the_place_of_a_refusal_is_told_in_map_numbers(line: Line) -> None:
    line.session.lock(line.session.cell_ids[0])
    line.do(1, op="merge", cells=line.session.cell_ids[:2])
    place = line.of("refused")[0]["place"]
    assert place["areas"]
    assert "locked" in line.of("refused")[0]["reason"]


def test_every_control_of_a_planner_is_a_command_that_undo_takes_back(line: Line) -> None:
    session, wire = line.session, line.desk.wire
    first = session.state_digest
    cell = session.cell_ids[0]
    officer = next(name for name, at in session.officers.items() if at != cell)
    at = free_place(line)
    commands: list[dict[str, Any]] = [
        {"op": "add_outlet", "outlet": " 050077 ", "at": at, "cell": None},
        {"op": "close_outlet", "outlet": "050077"},
        {"op": "assign_officer", "officer": officer, "cell": cell},
        {"op": "assign_officer", "officer": officer, "cell": None},
        {"op": "comment", "text": "河东村", "cell": cell, "who": "village"},
        {"op": "propose", "why": "agreed", "who": "branch"},
        {"op": "return_to_draft", "why": "too large"},
    ]
    for seq, command in enumerate(commands, start=1):
        line.do(seq, **command)
        line.do(seq, **command)  # a doubled message
    assert line.of("refused") == []
    assert [entry.command for entry in session.log] == [command["op"] for command in commands]
    assert [entry.who for entry in session.log[4:6]] == ["village", "branch"]
    assert session.milestones[0]["why"] == "agreed"  # without the mark of the view
    assert session.log[5].why == f"agreed (view {VIEW}, event 6)"
    assert line.of("delta")[4]["plan"]["comments"][0]["text"] == "河东村"
    for seq in range(len(commands)):
        line.do(len(commands) + seq + 1, op="undo")
    assert session.state_digest == first
    assert wire.labels.tolist() == Wire(session).labels.tolist()


def test_an_adoption_with_a_date_is_made_once_and_told_as_saved(project: gp.Project, tmp_path: Path) -> None:
    project = copy.copy(project)
    project.origins = {}
    project.save(tmp_path / "county.gpkg")
    line = Line(Session.of(gp.open_project(tmp_path / "county.gpkg"), "YLSB"))
    adopt = {"op": "adopt", "why": "meeting", "who": "supervisor", "effective": "2026-07-01"}
    line.do(1, op="propose", why="agreed")
    line.do(2, op="coordinate", why="neighbours heard")
    line.do(3, **{**adopt, "effective": "spring"})
    assert "'spring' is no date" in line.of("refused")[0]["reason"]
    assert (line.session.seq, line.session.status) == (2, "coordinated")
    for _ in range(3):
        line.do(4, **adopt)
    assert line.session.seq == 3
    told = {"rev": 3, "version": 1, "effective": "2026-07-01", "opened": 0, "closed": 0, "moved": 0}
    assert line.of("saved") == [{"t": "saved", **told}] * 3  # what is asked again is told again
    assert line.of("delta")[-1]["plan"]["status"] == "adopted"
    again = Line(Session.of(gp.open_project(tmp_path / "county.gpkg"), "YLSB"))
    again.do(4, **adopt)
    assert again.of("refused") == []
    assert [note["who"] for note in again.session.milestones][-1] == "supervisor"
    assert len(again.session.milestones) == 3


def free_place(line: Line) -> list[int]:
    """A place, in map numbers, where no outlet stands in the same unit."""
    import shapely

    taken = {line.session._state.home[name] for name in line.session.outlets}
    face = next(row for row in range(len(line.session.faces)) if row not in taken)
    point = shapely.get_coordinates(shapely.point_on_surface(line.session.faces[face]))
    return (line.desk.wire.frame.to_map(point) * [1, -1])[0].tolist()


def test_a_comment_is_not_made_twice_by_a_kernel_that_starts_again(project: gp.Project) -> None:
    first = Line(Session.of(project, "YLSB", autosave=False))
    first.do(1, op="comment", text="once", cell=None)
    first.do(2, op="propose", why="agreed")
    second = Line(Session.replay(project, first.session.log, bank_id="YLSB"))
    for seq, command in ((1, {"op": "comment", "text": "once", "cell": None}), (2, {"op": "propose", "why": "agreed"})):
        second.do(seq, **command)
    assert [note["text"] for note in second.session.comments] == ["once"]
    assert second.session.status == "proposed"


def test_what_a_command_would_change_is_told_and_nothing_changes(line: Line) -> None:
    before = line.session.state_digest
    at = free_place(line)

    def tried(**command: Any) -> dict[str, Any]:
        line.desk.receive({"t": "ask", "view": VIEW, "kind": "try", "n": 1, "command": command})
        return line.of("answer")[-1]

    opened = tried(op="add_outlet", outlet="050077", at=at, cell=None)
    assert opened["faces"]
    assert set(opened["labels"]) >= {cell["n"] for cell in opened["cells"]}
    assert [(cell["id"], cell["gone"]) for cell in opened["cells"]] == [("YLSB-050077", True)]
    name, record = next(iter(line.session.outlets.items()))
    taken = (line.desk.wire.frame.to_map(np.array([[record.x, record.y]])) * [1, -1])[0].tolist()
    refused = tried(op="add_outlet", outlet="050077", at=taken, cell=None)
    assert "stands in" in refused["reason"]
    assert refused["place"]["points"] == [taken]
    line.session.lang = "zh-Hans"
    assert "单元" in tried(op="add_outlet", outlet="050077", at=taken, cell=None)["reason"]
    line.session.lang = "zh-Hant"
    assert tried(op="close_outlet", outlet="{0}")["reason"] == "本網格劃分中沒有網點 {0}。未作任何更改。"
    assert tried(op="{op}")["reason"] == "沒有命令「{op}」。未作任何更改。"
    line.session.lang = "en"
    closed = tried(op="close_outlet", outlet=name)
    assert set(closed["faces"]) >= set(np.flatnonzero(line.session.labels == record.cell_id).tolist())
    assert line.session.state_digest == before


def test_a_bent_border_is_certified_and_a_shifted_stretch_keeps_its_ends(line: Line) -> None:
    session, wire = line.session, line.desk.wire
    coverage = session.grid.coverage
    labels = session.labels
    border = [
        edge
        for edge in np.flatnonzero(coverage.right_face >= 0).tolist()
        if labels[coverage.left_face[edge]] != labels[coverage.right_face[edge]]
    ]
    seq = 0
    for op in ("bend_border", "move_stretch"):
        for edge in border[:200]:
            ends = coverage.points[coverage.ends[edge]]
            start = (wire.frame.to_map(ends.mean(axis=0)[None]) * [1, -1])[0]
            seq += 1
            line.do(seq, op=op, **{"from": start.tolist(), "to": (start + 3).tolist()})
            if session.log and session.log[-1].command == op:
                break
        assert session.log[-1].command == op
        assert session.grid.certify().valid
        seq += 1
        line.do(seq, op="undo")
        assert session.digest == session.grid.digest
