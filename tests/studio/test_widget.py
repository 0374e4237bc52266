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
    assert "Done" in studio.line
    studio.press("undo")
    studio.wait("studio.link.rev === 2")
    assert studio.cell_of(unit["face"]) == unit["cell"]
    assert studio.run("print(studio.session.digest)") == first
    studio.press("redo")
    studio.wait("studio.link.rev === 3")
    assert studio.cell_of(unit["face"]) == unit["taker"]
    assert browser.errors == []
