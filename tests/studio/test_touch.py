"""Fingers on the map: one works with the tool in hand, two move the map, and nothing is painted by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from laboratory import StudioPage, run_all

pytestmark = pytest.mark.browser

SHOW = (
    "import gridpart as gp\nproject = gp.sample_project()\n"
    "studio = gp.Studio(project, 'YLSB', lang='en', who='Li')\nsession = studio.session\nstudio"
)


class Fingers:
    """Touches that the browser takes for those of a hand."""

    def __init__(self, page: Any) -> None:
        self._line = page.context.new_cdp_session(page)

    def _send(self, kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        self._line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def down(self, *places: tuple[float, float]) -> None:
        for number in range(1, len(places) + 1):
            self._send("touchStart", *places[:number])

    def move(self, *places: tuple[float, float]) -> None:
        self._send("touchMove", *places)

    def up(self) -> None:
        self._send("touchEnd")

    def tap(self, place: tuple[float, float]) -> None:
        self.down(place)
        self.up()


@pytest.fixture
def studio(lab: Any, browser: Any) -> Iterator[Any]:
    options = {"viewport": {"width": 1360, "height": 940}, "has_touch": True}
    page = browser.open(lab.notebook(SHOW, name="touch.ipynb"), **options)
    run_all(page)
    yield StudioPage(page, lab).ready()
    assert browser.errors == []
    for kernel in lab.api("kernels"):
        lab.api(f"kernels/{kernel['id']}", method="DELETE")


def pairs_of(studio: Any) -> Iterator[tuple[dict[str, Any], tuple[float, float]]]:
    """A cell that takes, chosen, and the place of a unit beside it."""
    for taker, taken in studio.pairs():
        studio.ask(f"studio.board.choose(studio.board.faces.cellOf[{taker['face']}])")
        yield {**taken, "taker": taker["cell"]}, (taken["x"], taken["y"])


def check_tap_paints(studio: Any, fingers: Fingers) -> None:
    for unit, place in pairs_of(studio):
        before = studio.rev
        fingers.tap(place)
        studio.settled()
        if studio.rev > before:
            assert studio.cell_of(unit["face"]) == unit["taker"]
            break
    assert studio.run("print(session.log[-1].command)") == "assign"


def check_two_fingers_drop_the_stroke(studio: Any, fingers: Fingers) -> None:
    digest = studio.run("print(session.digest)")
    _, (x, y) = next(pairs_of(studio))
    scale = studio.ask("studio.view.scale")
    fingers.down((x, y))
    fingers.down((x, y), (x + 60, y))
    for step in range(1, 6):
        fingers.move((x - 8 * step, y), (x + 60 + 8 * step, y))
    fingers.up()
    studio.settled()
    assert studio.ask("studio.view.scale") > 1.5 * scale
    assert studio.ask("studio.board.hasPending()") is False
    assert studio.run("print(session.digest)") == digest
    studio.ask("(() => { studio.view.fit(); studio.painter.changed(); })()")


def check_drag_moves_an_outlet(studio: Any, fingers: Fingers) -> None:
    studio.page.locator(".studio [data-act=outlet]").tap()
    at = studio.ask("studio.view.toScreen(...studio.board.outlets.get('050009').slice(1))")
    box = studio.ask("studio.parts.canvas.getBoundingClientRect().toJSON()")
    x, y = box["left"] + at[0] + 10, box["top"] + at[1] + 10  # a finger is not that exact
    before = studio.rev
    fingers.down((x, y))
    for step in range(1, 5):
        fingers.move((x + 5 * step, y - 3 * step))
    studio.wait("studio.board.overlay.pending.some((entry) => entry.seq === 'preview')")
    fingers.up()
    studio.settled()
    assert studio.rev == before + 1
    assert studio.run("print(session.log[-1].command)") == "move_outlet"


def check_tap_opens_an_outlet(studio: Any, fingers: Fingers) -> None:
    studio.page.locator(".studio [data-act=outlet-open]").tap()
    homes = studio.run("print(*[session.unit_id(face) for face in session._state.home.values()])").split()
    unit = next(unit for pair in studio.pairs() for unit in pair if unit["unit"] not in homes)
    fingers.tap((unit["x"], unit["y"]))
    studio.wait("studio.board.proposal?.isReady")
    before = studio.rev
    studio.page.locator(".studio [data-act=apply]").tap()
    studio.wait(f"studio.link.rev === {before + 1}")
    assert studio.run("print('new-1' in session.outlets)") == "True"


def check_plan_by_finger(studio: Any) -> None:
    studio.page.locator(".studio [data-act=plan]").tap()
    studio.page.locator(".studio [data-act=why]").fill("agreed")
    studio.page.locator(".studio [data-act=propose]").tap()
    studio.settled()
    assert studio.run("print(session.status)") == "proposed"


def test_R127_fingers_paint_move_outlets_and_lead_the_plan(studio: Any) -> None:
    fingers = Fingers(studio.page)
    check_tap_paints(studio, fingers)
    check_two_fingers_drop_the_stroke(studio, fingers)
    check_drag_moves_an_outlet(studio, fingers)
    check_tap_opens_an_outlet(studio, fingers)
    check_plan_by_finger(studio)
    while studio.ask("studio.board.canUndo"):
        studio.page.locator(".studio [data-act=undo]").tap()
        studio.settled()
    assert studio.run("print(session.digest == project.grids['YLSB'].digest)") == "True"
    assert studio.run("print(session.grid.certify().valid)") == "True"
    heights = studio.ask(
        "[...studio.parts.bar.querySelectorAll('button')].map((one) => one.offsetHeight).filter(Boolean)"
    )
    assert min(heights) >= (40 if studio.page.evaluate("matchMedia('(pointer: coarse)').matches") else 28)
