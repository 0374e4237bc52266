"""Lost, doubled and late messages, a killed kernel, two views: all end in the same state."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gridpart as gp
from gridpart.studio import Session

pytestmark = pytest.mark.browser

BENCHMARKS = str(Path(__file__).resolve().parents[1] / "benchmarks")
MANY = f"""import sys
sys.path.insert(0, {BENCHMARKS!r})
from studio_county import studio_grid
import gridpart as gp
grid = studio_grid(1500, 4)"""
SHOW = "studio = gp.Studio(grid, lang='en')\nstudio"
LOSSY = """import random
rng, desk, late = random.Random(7), studio.desk, []
receive, send = desk.receive, desk._send
def bad_receive(message):
    roll = rng.random()
    if roll < 0.25:
        return
    if roll < 0.5:
        late.append(message)
        return
    receive(message)
    if roll < 0.7:
        receive(message)
    while late and rng.random() < 0.6:
        receive(late.pop())
def bad_send(message, buffers):
    if message["t"] == "base" or rng.random() > 0.3:
        send(message, buffers)
desk.receive, desk._send = bad_receive, bad_send"""

QUIET_BORDER = """(() => {
  const { board, view, parts } = studio, { faces } = board, { first, second, chains } = faces.shapes;
  const outlets = board.outletPlaces().map((place) => view.toScreen(...place));
  const box = parts.canvas.getBoundingClientRect(), around = [[70, 0], [-70, 0], [0, 70], [0, -70]];
  let best = null, most = 0;
  for (let arc = 0; arc < first.length; arc++) {
    if (second[arc] < 0 || faces.cellOf[first[arc]] === faces.cellOf[second[arc]]) continue;
    const [x, y] = view.toScreen(...chains.coordinates.subarray(2 * chains.start[arc], 2 * chains.start[arc] + 2));
    if (x < 90 || y < 90 || x > view.width - 90 || y > view.height - 90) continue;
    const near = Math.min(...outlets.map((place) => Math.hypot(place[0] - x, place[1] - y)));
    const others = around.map(([dx, dy]) => faces.cellOf[board.faceAt([x + dx, y + dy])]);
    if (new Set([...others, faces.cellOf[first[arc]], faces.cellOf[second[arc]]]).size > 2) continue;
    if (near > most) { most = near; best = { x: box.left + x, y: box.top + y, cell: faces.cellOf[first[arc]] }; }
  }
  return best;
})()"""
COUNT = """(() => {
  const { brush } = studio.board.tools, drag = brush.drag.bind(brush);
  window.drags = 0;
  brush.drag = (place) => { window.drags += 1; drag(place); };
})()"""


def labels_in_kernel(studio: Any) -> int:
    return int(studio.run("print(studio.desk.wire.checksum)"))


def labels_in_view(studio: Any, view: int = 0) -> int:
    return int(studio.ask("studio.link.crc()", view=view))


def scribble(studio: Any, moves: int, *, before: Callable[[int], None] = lambda _: None) -> None:
    """Press at a border between two cells, scribble over it for so many moves, release."""
    spot = studio.ask(QUIET_BORDER)
    studio.ask(f"studio.board.choose({spot['cell']})")
    studio.ask(COUNT)
    studio.page.mouse.move(spot["x"], spot["y"])
    studio.page.mouse.down()
    for step in range(moves):
        before(step)
        x, y = spot["x"] + 25 * (step % 2 - 0.5), spot["y"] + 40 * (step / moves - 0.5)
        studio.page.mouse.move(x, y)
    studio.page.mouse.up()


def test_a_long_stroke_over_a_bad_line_loses_nothing(open_studio: Callable[..., Any], browser: Any) -> None:
    studio = open_studio(MANY, SHOW)
    studio.run(LOSSY)
    scribble(studio, 480)
    painted = studio.ask("studio.board.overlay.pending.reduce((sum, entry) => sum + entry.faces.size, 0)")
    studio.wait("studio.link.queue.length === 0 && studio.board.overlay.pending.length === 0", timeout=60_000)
    assert studio.run("print(desk.moves)") == str(studio.page.evaluate("window.drags"))
    assert studio.page.evaluate("window.drags") >= 480
    assert painted > 3
    log = studio.run("print(len(studio.session.log), len(studio.session.log[0].args['unit_ids']))")
    assert log == f"1 {painted}"
    studio.wait("studio.link.rev === 1", timeout=30_000)
    assert labels_in_view(studio) == labels_in_kernel(studio)
    assert browser.errors == []


def test_two_views_of_one_studio_stay_the_same(open_studio: Callable[..., Any]) -> None:
    studio = open_studio(MANY, SHOW, "studio")
    studio.page.wait_for_function("document.querySelectorAll('.jp-OutputArea-output .widget-hbox').length > 1")
    studio.wait("studio.board.faces", view=1)
    studio.ask("studio.parts.root.scrollIntoView()")
    scribble(studio, 20)
    studio.settled()
    for view in (0, 1):
        studio.wait("studio.link.rev === 1", view=view)
    studio.ask("studio.board.command({ op: 'lock', cell: studio.board.cells[1].id })", view=1)
    studio.ask("studio.board.command({ op: 'lock', cell: studio.board.cells[2].id })", view=0)
    for view in (0, 1):
        studio.wait("studio.link.rev === 3", view=view)
    studio.ask("studio.board.undo()", view=1)
    studio.ask("studio.board.undo()", view=0)
    for view in (0, 1):
        studio.wait("studio.link.rev === 5", view=view)
    studio.run("studio.session.undo()")  # and by the planner's own code
    for view in (0, 1):
        studio.wait("studio.link.rev === 6", view=view)
        assert labels_in_view(studio, view) == labels_in_kernel(studio)
    assert studio.run("print(studio.session.digest == grid.digest)") == "True"


def test_a_kernel_killed_in_mid_stroke_goes_on_from_the_log(
    open_studio: Callable[..., Any], lab: Any, tmp_path: Path
) -> None:
    from studio_county import studio_grid

    grid = studio_grid(1500, 4)
    project = gp.sample_project()
    county = gp.Project("c", grid.service_area, grids={"B": grid}, staff=project.staff.iloc[:0])
    path = tmp_path / "county.gpkg"
    county.save(path)
    code = f"import gridpart as gp\nproject = gp.open_project({str(path)!r})"
    studio = open_studio(code, "studio = gp.Studio(project, lang='en')\nstudio")
    for op in ("lock", "unlock"):
        studio.ask(f"studio.board.command({{ op: '{op}', cell: studio.board.cells[3].id }})")
    studio.wait("studio.link.rev === 2")
    pid = int(studio.run("import os; print(os.getpid())"))

    def kill(step: int) -> None:
        if step == 240:
            os.kill(pid, signal.SIGKILL)

    scribble(studio, 480, before=kill)
    painted = studio.ask("studio.board.overlay.pending.flatMap((entry) => [...entry.faces.keys()])")
    cell = studio.ask("studio.board.targetName()")
    assert len(painted) > 3
    studio.wait("studio.link.isSilent()", timeout=15_000)
    studio.says("kept here")
    again(studio, lab, pid)
    studio.wait("studio.link.rev !== null && studio.link.queue.length === 0", timeout=60_000)
    studio.wait("studio.link.rev === 3", timeout=30_000)
    there = studio.run(f"print({{str(studio.session.labels[face]) for face in {painted}}}, studio.session.digest)")
    cells, digest = there.rsplit(" ", 1)
    assert cells == str({cell})
    assert labels_in_view(studio) == labels_in_kernel(studio)
    log = next(tmp_path.glob("*.edits.jsonl"))
    assert Session.replay(gp.open_project(path), log).digest == digest


def again(studio: Any, lab: Any, pid: int) -> None:
    """Wait for the kernel that the server starts in place of a killed one, and run the notebook again."""
    from laboratory import run_all

    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        states = [kernel["execution_state"] for kernel in lab.api("kernels")]
        if states and states[-1] == "idle":
            break
        time.sleep(0.3)
    studio.page.wait_for_timeout(1500)
    dialog = studio.page.locator(".jp-Dialog button.jp-mod-accept")
    while dialog.count():
        dialog.first.click()
        studio.page.wait_for_timeout(300)
    run_all(studio.page)
    studio.page.wait_for_timeout(500)
    assert os.getpid() != pid
    studio.wait("studio.board.faces && !studio.link.isSilent() && studio.link.rev !== null", timeout=60_000)
