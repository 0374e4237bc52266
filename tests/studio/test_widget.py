"""The studio in JupyterLab: what a planner does with hands and keys, and what the kernel makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser

SHOW = "import gridpart as gp\nproject = gp.sample_project()\nstudio = gp.Studio(project, 'YLSB', lang='en')\nstudio"


def paint_somewhere(studio: Any) -> dict[str, Any]:
    """Click a cell, then units next to it until the kernel takes one; return that unit's place."""
    for taker, taken in studio.pairs():
        studio.page.keyboard.press("Escape")
        studio.ask(f"studio.board.choose(studio.board.faces.cellOf[{taker['face']}])")
        before = studio.rev
        studio.page.mouse.click(taken["x"], taken["y"])
        studio.settled()
        if studio.rev > before:
            return dict(taken, taker=taker["cell"])
    pytest.fail("no unit at a border could be taken")


def test_a_click_repaints_one_unit_and_undo_takes_it_back(open_studio: Callable[..., Any], browser: Any) -> None:
    studio = open_studio(SHOW)
    first = studio.run("print(studio.session.digest)")
    unit = paint_somewhere(studio)
    assert studio.cell_of(unit["face"]) == unit["taker"] != unit["cell"]
    at = f"print(studio.session.labels[{unit['face']}], len(studio.session.log))"
    assert studio.run(at) == f"{unit['taker']} 1"
    studio.says("Done")
    studio.press("undo")
    studio.wait("studio.link.rev === 2")
    assert studio.cell_of(unit["face"]) == unit["cell"]
    assert studio.run("print(studio.session.digest)") == first
    studio.press("redo")
    studio.wait("studio.link.rev === 3")
    assert studio.cell_of(unit["face"]) == unit["taker"]
    assert browser.errors == []


DRAGGABLE = """(() => {
  const { board, view, parts } = studio, { faces } = board, { first, second, chains } = faces.shapes;
  const box = parts.canvas.getBoundingClientRect(), found = [];
  for (let arc = 0; arc < first.length; arc++) {
    if (second[arc] < 0 || faces.cellOf[first[arc]] === faces.cellOf[second[arc]]) continue;
    const middle = (chains.start[arc] + chains.start[arc + 1]) >> 1;
    const [x, y] = view.toScreen(...chains.coordinates.subarray(2 * middle, 2 * middle + 2));
    const inside = x > 20 && y > 20 && x < view.width - 20 && y < view.height - 20;
    if (chains.start[arc + 1] - chains.start[arc] > 2 && inside)
      found.push({ x: box.left + x, y: box.top + y });
  }
  return found;
})()"""

PLACES = """studio.board.outletPlaces().map((place) => {
  const [x, y] = studio.view.toScreen(...place), box = studio.parts.canvas.getBoundingClientRect();
  return { x: box.left + x, y: box.top + y };
})"""


def drag(studio: Any, start: dict[str, float], by: tuple[float, float]) -> None:
    mouse = studio.page.mouse
    mouse.move(start["x"], start["y"])
    mouse.down()
    mouse.move(start["x"] + by[0], start["y"] + by[1], steps=4)


def choose(studio: Any, cell: str) -> None:
    studio.ask(f"studio.board.choose(studio.board.numberOf('{cell}'))")


def check_box_and_escape(studio: Any, unit: dict[str, Any]) -> None:
    """A box waits until it is applied; Esc discards it."""
    choose(studio, "YLSB-050005")
    studio.press("box")
    drag(studio, {"x": unit["x"] - 4, "y": unit["y"] - 4}, (8, 8))
    studio.page.mouse.up()
    studio.says("would go to YLSB-050005")
    assert studio.cell_of(unit["face"]) == "YLSB-050005"
    assert studio.run("print(studio.session.seq)") == "0"
    studio.page.keyboard.press("Escape")
    studio.settled()
    assert studio.cell_of(unit["face"]) == unit["cell"]


def check_refusal(studio: Any) -> None:
    """A refusal says why, shows where, and changes nothing."""
    studio.run("beside = project.grids['YLSB'].adjacency()")
    studio.run("one, *rest = studio.session.cell_ids")
    one, other = studio.run("print(one, next(name for name in rest if name not in beside[one]))").split()
    studio.ask(f"studio.board.command({{ op: 'merge', cells: ['{one}', '{other}'] }})")
    studio.wait("studio.painter.place !== null")
    studio.says("does not touch")
    assert studio.ask("studio.painter.place.areas.length") > 0
    assert studio.run("print(studio.session.seq)") == "0"


def check_suggestion(studio: Any) -> None:
    """A suggestion is accepted with one key."""
    choose(studio, "YLSB-050008")
    studio.press("suggest")
    studio.wait("studio.board.suggestions")
    studio.page.keyboard.press("Enter")
    studio.wait("studio.link.rev === 1")


def check_border(studio: Any) -> None:
    """A corner of a border goes where the hand takes it."""
    studio.press("border")
    for corner in studio.ask(DRAGGABLE)[:40]:
        before = studio.rev
        drag(studio, corner, (1.5, 1.0))
        studio.page.mouse.up()
        studio.settled()
        if studio.rev > before:
            break
    assert studio.run("print(studio.session.log[-1].command)") == "move_vertex"
    assert studio.run("print(studio.session.grid.certify().valid)") == "True"


def check_outlet(studio: Any) -> None:
    """An outlet shows its new cells before it is let go, and gets these."""
    studio.press("outlet")
    place = studio.ask(PLACES)[int(studio.ask("[...studio.board.outlets.keys()].indexOf('050009')"))]
    drag(studio, place, (25, -15))
    studio.wait("studio.board.overlay.pending.some((entry) => entry.seq === 'preview' && entry.faces.size > 0)")
    studio.wait("!studio.board.wanted && studio.board.asking === undefined")
    shown = studio.ask("[...studio.board.faces.cellOf]")
    studio.page.mouse.up()
    studio.settled()
    assert studio.run("print(studio.session.log[-1].command)") == "move_outlet"
    assert studio.ask("[...studio.board.faces.cellOf]") == shown


def check_lock(studio: Any, unit: dict[str, Any]) -> None:
    """A click locks a cell."""
    studio.press("lock")
    studio.page.mouse.click(unit["x"], unit["y"])
    studio.settled()
    assert studio.run(f"print(studio.session.records['{studio.cell_of(unit['face'])}'].locked)") == "True"


def test_R127_every_tool_does_what_its_button_says(open_studio: Callable[..., Any], browser: Any) -> None:
    studio = open_studio(SHOW)
    unit = next(taken for taker, taken in studio.pairs() if taker["cell"] == "YLSB-050005")
    check_box_and_escape(studio, unit)
    check_refusal(studio)
    check_suggestion(studio)
    check_border(studio)
    check_outlet(studio)
    check_lock(studio, unit)
    while studio.ask("studio.board.canUndo"):
        studio.press("undo")
        studio.settled()
    assert studio.run("print(studio.session.digest == project.grids['YLSB'].digest)") == "True"
    assert studio.ask("studio.link.crc()") == int(studio.run("print(studio.desk.wire.checksum)"))
    assert browser.errors == []


def test_the_studio_can_be_used_with_keys_alone(open_studio: Callable[..., Any]) -> None:
    studio = open_studio(SHOW)
    studio.ask("studio.parts.canvas.focus()")
    keys = studio.page.keyboard
    keys.press("b")
    assert studio.ask("studio.board.toolName") == "brush"
    for taker, taken in studio.pairs():
        studio.ask(
            f"(() => {{ const {{ anchors }} = studio.board.faces, {{ view }} = studio; view.scale = 6 * view.fitScale;"
            f" view.x = view.width / 2 - view.scale * anchors[{2 * taken['face']}];"
            f" view.y = view.height / 2 - view.scale * anchors[{2 * taken['face'] + 1}]; }})()"
        )
        choose(studio, taker["cell"])
        before = studio.rev
        keys.press("ArrowLeft")
        keys.press("ArrowRight")
        keys.press("Enter")
        studio.settled()
        if studio.rev > before:
            break
    assert studio.rev == 1
    assert studio.cell_of(taken["face"]) == taker["cell"]
    keys.press("Control+z")
    studio.wait("studio.link.rev === 2")
    assert studio.cell_of(taken["face"]) == taken["cell"]
    keys.press("c")
    assert studio.ask("studio.board.targetName()") == taken["cell"]
    assert studio.page.locator(".jp-Cell").count() == 1  # the notebook did not take the keys as its own


def test_words_are_those_of_the_planner(open_studio: Callable[..., Any]) -> None:
    studio = open_studio(SHOW.replace("'en'", "'zh-Hant'"))
    buttons = studio.page.locator(".studio .toolbar button span").all_inner_texts()
    assert {"塗畫", "套索", "邊界", "復原", "重做"} <= set(buttons)
    studio.says("單元")
    assert "平均負荷" in studio.page.locator(".widget-vbox").first.inner_text()


def test_nothing_is_asked_of_other_computers(open_studio: Callable[..., Any], browser: Any) -> None:
    studio = open_studio(SHOW)
    studio.ask("studio.board.colourBy('coverage')")
    studio.wait("studio.board.faces.ofFace")
    outside = [url for url in browser.outside_requests if not url.startswith(("http://127.0.0.1", "http://localhost"))]
    assert outside == []
