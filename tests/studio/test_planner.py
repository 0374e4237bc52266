"""What a planner who does not program does in the widget: borders, outlets, officers, comments, states, comparison."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from laboratory import STUDIO

pytestmark = pytest.mark.browser

SHOW = (
    "import gridpart as gp\nproject = gp.sample_project()\n"
    "studio = gp.Studio(project, 'YLSB', lang='en', who='Li')\nsession = studio.session\nstudio"
)
CELL = "YLSB-050005"

EDGES = """(() => {
  const { board, view, parts } = studio, { shapes } = board.faces, found = [];
  const box = parts.canvas.getBoundingClientRect();
  shapes.eachCellEdge([-Infinity, -Infinity, Infinity, Infinity], (arc, i) => {
    const a = view.toScreen(...shapes.pointAt(i - 1)), b = view.toScreen(...shapes.pointAt(i));
    const x = (a[0] + b[0]) / 2, y = (a[1] + b[1]) / 2, length = Math.hypot(a[0] - b[0], a[1] - b[1]);
    const inside = x > 30 && y > 30 && x < view.width - 30 && y < view.height - 30;
    if (inside) found.push({ x: box.left + x, y: box.top + y, length });
  });
  return found.sort((one, two) => two.length - one.length);
})()"""

PLACE = """((id) => {
  const [, x, y] = studio.board.outlets.get(id), box = studio.parts.canvas.getBoundingClientRect();
  const at = studio.view.toScreen(x, y);
  return { x: box.left + at[0], y: box.top + at[1] };
})"""


@pytest.fixture
def studio(open_studio: Callable[..., Any], browser: Any) -> Any:
    opened = open_studio(SHOW)
    yield opened
    assert browser.errors == []


def choose(studio: Any, cell: str = CELL) -> None:
    studio.ask(f"studio.board.choose(studio.board.numberOf('{cell}'))")


def drag(studio: Any, start: dict[str, float], by: tuple[float, float]) -> None:
    mouse = studio.page.mouse
    mouse.move(start["x"], start["y"])
    mouse.down()
    mouse.move(start["x"] + by[0], start["y"] + by[1], steps=4)
    mouse.up()
    studio.settled()


def drag_until_done(studio: Any, by: tuple[float, float]) -> int:
    """Drag one long edge after the other until the kernel takes one; return how many it refused."""
    before = studio.rev
    for refused, edge in enumerate([edge for edge in studio.ask(EDGES) if edge["length"] > 40][:40]):
        drag(studio, edge, by)
        if studio.rev > before:
            return refused
        assert studio.ask("studio.parts.line.dataset.kind") == "refused"
        studio.says("Nothing was changed")
    pytest.fail("no border could be moved")


def check_undone(studio: Any, first: str) -> None:
    studio.press("undo")
    studio.settled()
    assert studio.run("print(session.state_digest)") == first


def zoomed(studio: Any) -> None:
    """Look so closely at the longest edge that its middle is out of reach of its corners."""
    edge = studio.ask(EDGES)[0]
    box = studio.ask("studio.parts.canvas.getBoundingClientRect().toJSON()")
    x, y = edge["x"] - box["left"], edge["y"] - box["top"]
    studio.ask(f"(() => {{ studio.view.zoom({90 / edge['length']}, {x}, {y}); studio.painter.changed(); }})()")


def test_a_border_is_bent_where_the_hand_takes_it_and_shifted_as_a_whole(studio: Any) -> None:
    first = studio.run("print(session.state_digest)")
    zoomed(studio)
    studio.press("border")
    drag_until_done(studio, (6, 5))
    assert studio.run("print(session.log[-1].command)") == "bend_border"
    assert studio.run("print(session.grid.certify().valid)") == "True"
    check_undone(studio, first)
    studio.press("border-stretch")
    assert studio.page.locator(".studio [data-act=border-stretch]").get_attribute("aria-checked") == "true"
    drag_until_done(studio, (3, 2))
    assert studio.run("print(session.log[-1].command)") == "move_stretch"
    assert studio.run("print(session.grid.certify().valid)") == "True"
    check_undone(studio, first)
    edge = studio.ask(EDGES)[0]
    drag(studio, edge, (260, 240))  # far across other borders
    studio.says("would cross or touch edge")
    assert studio.ask("studio.painter.place !== null")
    assert studio.run("print(session.state_digest)") == first


def free_unit(studio: Any, cell: str = CELL) -> dict[str, Any]:
    """A place in a cell whose unit holds no outlet."""
    homes = studio.run("print(*[session.unit_id(face) for face in session._state.home.values()])").split()
    units = [unit for pair in studio.pairs() for unit in pair]
    return next(unit for unit in units if unit["cell"] == cell and unit["unit"] not in homes)


def test_an_outlet_is_opened_and_closed_after_a_look_at_what_it_changes(studio: Any) -> None:
    first = studio.run("print(session.state_digest)")
    unit = free_unit(studio)
    studio.press("outlet")
    studio.press("outlet-open")
    studio.page.mouse.click(unit["x"], unit["y"])
    studio.wait("studio.board.proposal?.isReady")
    studio.says("Outlet new-1 would open")
    assert studio.ask("studio.painter.pendingFaces.size") > 0
    assert studio.run("print(session.seq)") == "0"
    name = studio.page.locator(".studio [data-act=outletId]")
    name.fill("050077")
    studio.wait("studio.board.proposal?.isReady && studio.board.proposal.values.outlet === '050077'")
    name.press("Enter")
    studio.wait("studio.link.rev === 1")
    assert studio.run("print(session.outlets['050077'].cell_id)") == "YLSB-050077"
    assert studio.cell_of(unit["face"]) == "YLSB-050077"
    check_undone(studio, first)
    assert studio.cell_of(unit["face"]) == CELL
    studio.press("redo")
    studio.settled()

    studio.press("outlet-close")
    place = studio.ask(f"{PLACE}('050077')")
    studio.page.mouse.click(place["x"], place["y"])
    studio.wait("studio.board.proposal?.isReady")
    studio.says("Outlet 050077 would close")
    studio.page.keyboard.press("Escape")
    assert studio.ask("studio.board.hasPending()") is False
    assert studio.cell_of(unit["face"]) == "YLSB-050077"
    studio.page.mouse.click(place["x"], place["y"])
    studio.wait("studio.board.proposal?.isReady")
    studio.press("apply")
    studio.wait("studio.link.rev === 4")
    assert studio.run("print('050077' in session.outlets, session.grid.certify().valid)") == "False True"
    studio.press("undo")
    studio.settled()
    assert studio.cell_of(unit["face"]) == "YLSB-050077"
    assert studio.ask("studio.link.crc()") == int(studio.run("print(studio.desk.wire.checksum)"))


def test_an_outlet_that_may_not_stand_there_is_refused_before_anything_changes(studio: Any) -> None:
    studio.press("outlet")
    studio.press("outlet-open")
    place = studio.ask(f"{PLACE}('050009')")
    studio.page.mouse.click(place["x"], place["y"])
    studio.wait("studio.parts.line.dataset.kind === 'refused'")
    studio.says("one unit holds one outlet")
    assert studio.ask("studio.painter.place.points.length") == 1
    assert studio.page.locator(".studio [data-act=apply]").is_hidden()
    name = studio.page.locator(".studio [data-act=outletId]")
    name.press("Enter")
    studio.page.locator(".studio [data-act=outletServes]").select_option(index=1)  # a second outlet of that cell
    studio.wait("studio.board.proposal?.isReady")
    studio.says("as another outlet of cell YLSB-050009")
    studio.press("apply")
    studio.wait("studio.link.rev === 1")
    assert studio.run("print(session.outlets['new-1'].cell_id)") == "YLSB-050009"


def test_an_officer_is_put_in_charge_of_the_chosen_cell(studio: Any) -> None:
    first = studio.run("print(session.state_digest)")
    studio.press("look")
    unit = free_unit(studio)
    top = studio.ask("studio.parts.map.getBoundingClientRect().top")
    studio.page.mouse.click(unit["x"], unit["y"])
    panel = studio.page.locator(".studio .panel.cell")
    assert CELL in panel.inner_text()
    officer = studio.run(f"print(next(name for name, cell in session.officers.items() if cell != '{CELL}'))")
    panel.locator("[data-act=officer]").select_option(officer)
    panel.locator("[data-act=assign]").click()
    studio.settled()
    assert studio.run(f"print(session.officers['{officer}'])") == CELL
    assert officer in panel.locator(".officers").inner_text()
    assert studio.ask("studio.parts.map.getBoundingClientRect().top") == top  # the map stays where it is
    check_undone(studio, first)
    assert officer not in panel.locator(".officers").inner_text()
    studio.press("redo")
    studio.settled()
    panel.locator(".officers li", has_text=officer).locator("[data-act=takeOut]").click()
    studio.settled()
    assert studio.run(f"print('{officer}' in session.officers)") == "False"
    studio.press("lock")
    studio.page.mouse.click(unit["x"], unit["y"])
    studio.settled()
    panel.locator("[data-act=officer]").select_option(officer)
    panel.locator("[data-act=assign]").click()
    studio.wait("studio.bar.text.textContent.includes('is locked')")


def test_R130_comments_on_a_cell_and_on_the_plan_are_kept_as_they_were_written(studio: Any) -> None:
    choose(studio)
    studio.press("cellTab")
    panel = studio.page.locator(".studio .panel.cell")
    said = "<img src=x onerror=alert(1)> 河东村希望归入东街支行 b l x"
    panel.locator("[data-act=commentText]").press_sequentially(said)
    assert studio.ask("studio.board.toolName") == "brush"  # letters went into the text, not to the tools
    choose(studio, "YLSB-050009")
    assert panel.locator("[data-act=commentText]").input_value() == ""
    choose(studio)
    assert panel.locator("[data-act=commentText]").input_value() == said
    panel.locator("[data-act=addComment]").click()
    studio.settled()
    assert studio.run("print(session.comments[0]['text'], session.comments[0]['cell_id'])") == f"{said} {CELL}"
    assert said in panel.locator(".comments").inner_text()
    assert panel.locator(".comments img").count() == 0
    studio.press("planTab")
    plan = studio.page.locator(".studio .panel.plan")
    plan.locator("[data-act=who]").fill("Wang, village")
    plan.locator("[data-act=commentText]").fill("the whole plan reads well")
    plan.locator("[data-act=addComment]").click()
    studio.settled()
    assert studio.run("print(session.comments[1]['who'], session.comments[1]['cell_id'])") == "Wang, village None"
    assert studio.run("print(session.who)") == "Li"
    assert plan.locator(".comments li").count() == 2
    studio.press("undo")
    studio.settled()
    assert plan.locator(".comments li").count() == 1
    plan.locator("[data-act=toCell]").click()
    assert studio.ask("studio.board.targetName()") == CELL


def step(studio: Any, op: str, why: str) -> None:
    plan = studio.page.locator(".studio .panel.plan")
    assert plan.locator(f"[data-act={op}]").is_disabled()  # not without a reason
    plan.locator("[data-act=why]").fill(why)
    plan.locator(f"[data-act={op}]").click()
    if op == "adopt":
        studio.says("only a new version can change it")
        studio.press("apply")
    studio.settled()


def test_R119_the_plan_is_led_from_draft_to_adopted_and_on_to_a_new_version(studio: Any) -> None:
    first = studio.run("print(session.state_digest)")
    studio.press("plan")
    plan = studio.page.locator(".studio .panel.plan")
    assert plan.locator("h2").inner_text() == "Version 1: draft"
    step(studio, "propose", "agreed in the branch")
    check_undone(studio, first)
    step(studio, "propose", "agreed in the branch")
    step(studio, "return_to_draft", "the east is too large")
    step(studio, "propose", "east divided")
    plan.locator("[data-act=who]").fill("supervisor")
    step(studio, "coordinate", "neighbours heard")
    step(studio, "adopt", "meeting of 1 March")
    assert plan.locator("h2").inner_text() == "Version 1: adopted"
    assert studio.run("print(session.milestones[-1]['who'], session.milestones[-1]['why'])") == (
        "supervisor meeting of 1 March"
    )
    studio.press("undo")
    studio.wait("studio.parts.line.dataset.kind === 'refused'")
    studio.says("Version 1 of this plan is adopted and does not change")
    step(studio, "new_version", "two villages moved")
    assert plan.locator("h2").inner_text() == "Version 2: draft"
    assert studio.run("print(session.status, session.version)") == "draft 2"


SAVED = SHOW.replace("studio = ", "project.save('{file}')\nproject = gp.open_project('{file}')\nstudio = ")


def test_R17_a_plan_is_adopted_with_a_date_and_the_table_of_outlets_follows(
    open_studio: Callable[..., Any], browser: Any
) -> None:
    studio = open_studio(SAVED.format(file="adopted.gpkg"))
    unit = free_unit(studio)
    studio.press("outlet")
    studio.press("outlet-open")
    studio.page.mouse.click(unit["x"], unit["y"])
    studio.wait("studio.board.proposal?.isReady")
    studio.page.locator(".studio [data-act=outletId]").fill("050077")
    studio.page.locator(".studio [data-act=outletName]").fill("<b>河东支行</b>")
    studio.page.locator(".studio [data-act=outletKind]").select_option("branch")
    studio.wait("studio.board.proposal?.isReady && studio.board.proposal.command.kind === 'branch'")
    studio.press("apply")
    studio.settled()
    studio.run("session.close_outlet('050016')")
    studio.press("plan")
    plan = studio.page.locator(".studio .panel.plan")
    date = plan.locator("[data-act=effective]")
    for op in ("propose", "coordinate"):
        assert date.is_hidden()
        step(studio, op, "agreed")
    assert date.is_visible()
    plan.locator("[data-act=why]").fill("meeting of 1 March")
    date.focus()
    keys = studio.page.keyboard
    keys.type("07")  # a date that is begun is not taken for none
    assert plan.locator("[data-act=adopt]").is_disabled()
    keys.type("012025")
    assert date.input_value() == "2025-07-01"
    plan.locator("[data-act=adopt]").press("Enter")
    studio.says("Version 1 would be adopted, in force from 2025-07-01, and saved")
    keys.press("Enter")  # Apply has the focus
    studio.wait("studio.parts.line.dataset.kind === 'refused'")
    studio.says("the data of this project begin on 2026-01-01")
    assert studio.run("print(session.status)") == "coordinated"
    assert date.input_value() == "2025-07-01"  # what was written is still there to be mended
    date.fill("2026-07-01")
    plan.locator("[data-act=adopt]").press("Enter")
    keys.press("Enter")
    studio.wait("studio.board.saved === studio.link.rev")
    studio.says("adopted from 2026-07-01 and saved. Table of outlets: 1 opened, 1 closed, 0 moved.")
    assert date.is_hidden()
    assert "in force from 2026-07-01 · Li · meeting of 1 March" in plan.locator(".states").inner_text()
    assert studio.page.locator(".studio [data-act=save]").is_disabled()
    told = studio.run(
        "fresh = gp.open_project('adopted.gpkg').outlets.set_index('outlet_id')\n"
        "print(fresh.loc['050077', ['bank_id', 'name', 'kind']].tolist(), *fresh.loc[['050077', '050016'], "
        "['valid_from', 'valid_to']].astype(str).to_numpy().ravel()[[0, 3]])"
    )
    assert told == "['YLSB', '<b>河东支行</b>', 'branch'] 2026-07-01 2026-07-01"
    assert studio.ask("studio.board.outletNames['050077']") == "<b>河东支行</b>"
    assert browser.errors == []


def test_without_a_file_to_save_to_no_date_is_asked_for(studio: Any) -> None:
    studio.press("plan")
    for op in ("propose", "coordinate"):
        step(studio, op, "agreed")
    assert studio.page.locator(".studio .panel.plan [data-act=effective]").is_hidden()
    step(studio, "adopt", "meeting")
    studio.says("Version 1 is adopted.")


def test_R130_the_plan_is_compared_with_another_one(studio: Any) -> None:
    studio.run("project.save('other.gpkg')\nproject.save('county.gpkg')")
    studio.run("move = session.suggest()[0]; session.accept(move)")
    studio.wait("studio.link.rev === 1")
    studio.press("plan")
    plan = studio.page.locator(".studio .panel.plan")
    plan.locator("[data-act=other] option[value='file:other.gpkg']").wait_for(state="attached")
    for other in ("opened", "file:other.gpkg"):
        plan.locator("[data-act=other]").select_option(other)
        plan.locator("[data-act=compare]").click()
        studio.wait("studio.board.comparison && studio.parts.line.dataset.kind === 'done'")
        told = plan.locator(".found").inner_text()
        assert f"{float(studio.run('print(session.compare().changed_area_m2 / 1e6)')):,.2f} km²" in told
        assert f"{float(studio.run('print(session.compare().changed_households)')):,.0f}" in told
        assert studio.ask("studio.context.filter(({ key }) => key === 'difference').length") == 1
        plan.locator(".found [data-act=toPair]").first.click()
        plan.locator("[data-act=endComparison]").click()
        assert studio.ask("studio.context.some(({ key }) => key === 'difference')") is False
    plan.locator("[data-act=compare]").click()
    studio.wait("studio.board.comparison")
    studio.press("undo")
    studio.settled()
    assert "compare again" in plan.locator(".found").inner_text()
    plan.locator("[data-act=compare]").click()
    studio.wait("studio.board.comparison?.pairs.length === 0")
    studio.says("the same")


def test_the_new_controls_can_be_used_with_keys_alone_and_show_where_the_focus_is(studio: Any) -> None:
    keys = studio.page.keyboard
    unit = free_unit(studio)
    studio.ask("studio.parts.canvas.focus()")
    studio.ask(
        f"(() => {{ const {{ anchors }} = studio.board.faces, {{ view }} = studio; view.scale = 6 * view.fitScale;"
        f" view.x = view.width / 2 - view.scale * anchors[{2 * unit['face']}];"
        f" view.y = view.height / 2 - view.scale * anchors[{2 * unit['face'] + 1}]; }})()"
    )
    keys.press("o")
    keys.press("o")
    assert studio.ask("studio.board.ways.outlet") == "open"
    keys.press("Enter")
    studio.wait("studio.board.proposal?.isReady")
    keys.type("050078")
    studio.wait("studio.board.proposal?.isReady && studio.board.proposal.values.outlet === '050078'")
    keys.press("Enter")
    studio.wait("studio.link.rev === 1")
    assert studio.run("print(list(session.outlets)[-1])") == "050078"
    keys.press("c")
    keys.press("i")
    active = f"() => {STUDIO}[0].parts.root.getRootNode().activeElement"
    assert studio.page.evaluate(f"({active})().dataset.act") == "officer"
    outline = studio.page.evaluate(f"getComputedStyle(({active})()).outlineWidth")
    assert outline == "2px"
    unnamed = studio.ask(
        "[...studio.parts.root.querySelectorAll('button, input, select, textarea')].filter((one) => "
        "!(one.getAttribute('aria-label') || one.title || one.textContent.trim() || one.closest('label')?.textContent))"
        ".map((one) => one.outerHTML)"
    )
    assert unnamed == []
    studio.ask("studio.parts.beside.tabs.cell.focus()")
    keys.press("ArrowRight")
    assert studio.ask("studio.parts.beside.shown") == "plan"
    studio.ask("studio.bar.tools.look.focus()")
    keys.press("h")
    keys.press("ArrowRight")
    assert studio.ask("studio.board.toolName") == "brush"
    assert studio.page.evaluate(f"({active})().dataset.act") == "brush"
    assert studio.ask("Object.values(studio.bar.tools).filter(({ tabIndex }) => tabIndex === 0).length") == 1
    assert studio.page.locator(".jp-Cell").count() == 1


def test_the_tool_in_hand_shows_in_high_contrast_and_controls_stay_light_in_a_dark_theme(studio: Any) -> None:
    ground = "getComputedStyle(studio.bar.tools.{}).backgroundColor"
    assert studio.ask("getComputedStyle(studio.parts.root).colorScheme") == "light"
    studio.press("brush")
    studio.page.emulate_media(forced_colors="active")
    assert studio.ask(ground.format("brush")) != studio.ask(ground.format("lasso"))


def test_tools_and_the_line_of_refusals_are_in_sight_together_on_a_small_screen(studio: Any) -> None:
    studio.page.set_viewport_size({"width": 907, "height": 600})  # 1360 by 900 at 150 %
    assert studio.ask("studio.parts.root.getBoundingClientRect().height") <= 600 - 170


CHINESE = {"zh-Hans": {"新设", "裁撤网点", "整段平移"}, "zh-Hant": {"新設", "裁撤網點", "整段平移"}}


@pytest.mark.parametrize("lang", CHINESE)
def test_the_new_controls_speak_chinese(open_studio: Callable[..., Any], lang: str) -> None:
    studio = open_studio(SHOW.replace("'en'", f"'{lang}'"))
    buttons: list[str] = []
    for tool in ("outlet", "border"):
        studio.press(tool)
        buttons += studio.page.locator(".studio .toolbar button span").all_inner_texts()
    assert set(buttons) >= CHINESE[lang]
    studio.press("plan")
    assert "草案" in studio.page.locator(".studio .panel.plan").inner_text()
    assert "undefined" not in studio.ask("studio.parts.root.textContent")
