"""What hands do on the map: drag, wheel, double click, fingers, keys, printer; and how the map answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely

from gridpart.coverage import tessellate
from gridpart.viewer import AreaLayer, Column, FeatureClass, MapDocument, PointLayer, Style, Table, style

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

VIEWPORT = {"width": 1200, "height": 800}
METRES = "+document.querySelector('.scale').dataset.metres"


def cells(number: int, *, seed: int = 3) -> np.ndarray:
    generator = np.random.default_rng(seed)
    area = shapely.box(0, 0, 10_000, 8_000)
    coverage, owner = tessellate(generator.uniform((0, 0), (10_000, 8_000), (number, 2)), area)
    return coverage.dissolve(owner)[1]


def document(polygons: np.ndarray, **changes: Any) -> MapDocument:
    number = len(polygons)
    layer = AreaLayer(
        "cells",
        "Cells",
        polygons,
        (FeatureClass("even", style("shared_2")), FeatureClass("odd", style("single"))),
        class_of=np.arange(number) % 2,
        labels=[f"c{i}" for i in range(number)],
        fields=("Name", "Id"),
        cards=[(f"cell {i}", f"id{i}") for i in range(number)],
        outline=style("small_cell"),
        searchable=True,
    )
    options: dict[str, Any] = {"title": "t", "subtitle": "s", "lang": "en", "layers": [layer], "date": "2026-01-01"}
    return MapDocument(**(options | changes))


@pytest.fixture
def page(browser: Any, tmp_path: Path) -> Page:
    opened: Page = browser.open(document(cells(30)).save(tmp_path / "page.html"), viewport=VIEWPORT, has_touch=True)
    opened.wait_for_selector("html[data-ready=true]")
    return opened


def middle(page: Page) -> tuple[float, float]:
    box = page.locator(".map > canvas").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def settle(page: Page) -> None:
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def named(page: Page) -> str:
    settle(page)
    return page.inner_text(".card h3")


def test_dragging_moves_the_map_and_is_no_click(page: Page) -> None:
    x, y = middle(page)
    page.mouse.move(x, y)
    under = named(page)
    page.mouse.down()
    page.mouse.move(x + 120, y + 60, steps=4)
    page.mouse.up()
    assert named(page) == under  # the same cell is still under the hand
    assert page.locator(".card.pinned").count() == 0
    page.mouse.move(x, y)
    assert named(page) != under


def test_a_click_pins_the_card_and_a_second_one_lets_it_go(page: Page) -> None:
    x, y = middle(page)
    page.mouse.click(x, y)
    pinned = named(page)
    page.mouse.move(x + 200, y + 100)
    assert named(page) == pinned
    assert page.locator(".card.pinned").count() == 1
    page.click(".card .close")
    settle(page)
    assert page.locator(".card.pinned").count() == 0


def test_wheel_double_click_buttons_and_fit_change_the_scale(page: Page) -> None:
    x, y = middle(page)
    home = page.evaluate(METRES)
    page.mouse.move(x, y)
    for _ in range(6):
        page.mouse.wheel(0, -120)
    settle(page)
    near = page.evaluate(METRES)
    assert near < home
    page.mouse.dblclick(x, y)
    settle(page)
    assert page.evaluate(METRES) < near
    page.click('.tools button[aria-label="Whole map"]')
    settle(page)
    assert page.evaluate(METRES) == home
    for _ in range(4):
        page.click('.tools button[aria-label="Zoom in"]')
    settle(page)
    assert page.evaluate(METRES) < home


def test_two_fingers_zoom(page: Page) -> None:
    x, y = middle(page)
    home = page.evaluate(METRES)
    hand = page.context.new_cdp_session(page)

    def touch(kind: str, spread: float) -> None:
        points = [{"x": x - spread, "y": y, "id": 0}, {"x": x + spread, "y": y, "id": 1}] if spread else []
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 40)
    for spread in (80, 120, 160, 200):
        touch("touchMove", spread)
    touch("touchEnd", 0)
    settle(page)
    assert page.evaluate(METRES) < home
    assert page.locator(".card.pinned").count() == 0


def test_the_map_can_be_read_with_keys_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.tagName") != "CANVAS":
        page.keyboard.press("Tab")
    first = named(page)  # the card tells what is under the crosshair
    seen = {first}
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        seen.add(named(page))
    assert len(seen) > 1
    home = page.evaluate(METRES)
    for _ in range(4):
        page.keyboard.press("+")
    settle(page)
    assert page.evaluate(METRES) < home
    page.keyboard.press("Enter")
    settle(page)
    assert page.locator(".card.pinned").count() == 1
    page.keyboard.press("0")
    settle(page)
    assert page.evaluate(METRES) == home


def test_the_scale_bar_measures_the_ground(page: Page) -> None:
    # the map is 10 km wide; its width on screen against the bar's gives the same metres per pixel
    width = page.evaluate(
        """() => {
        const canvas = document.querySelector('.map > canvas'), c = canvas.getContext('2d');
        const row = c.getImageData(0, canvas.height / 2, canvas.width, 1).data;
        const ground = [row[0], row[1], row[2]].join();
        const inside = [];
        for (let i = 0; i < canvas.width; i++)
          if ([row[4 * i], row[4 * i + 1], row[4 * i + 2]].join() !== ground) inside.push(i);
        return (inside.at(-1) - inside[0] + 1) / devicePixelRatio;
        }"""
    )
    bar = page.evaluate("document.querySelector('.scale .bar').getBoundingClientRect().width")
    assert page.evaluate(METRES) / bar == pytest.approx(10_000 / width, rel=0.005)


def test_every_cell_with_room_has_its_label(page: Page) -> None:
    counts = page.evaluate("(({labelsFitting, labelsShown}) => [+labelsFitting, +labelsShown])"
                           "(document.querySelector('.map').dataset)")  # fmt: skip
    assert counts == [30, 30]


def test_no_ground_shows_between_cells(browser: Any, tmp_path: Path) -> None:
    looks = [Style(fill="#2040c0"), Style(fill="#2080c0"), Style(fill="#20c0c0")]
    polygons = cells(3_000)  # more than one chunk
    layer = AreaLayer(
        "cells", "Cells", polygons, tuple(FeatureClass(str(i), look) for i, look in enumerate(looks)),
        class_of=np.arange(len(polygons)) % 3,
    )  # fmt: skip
    page = browser.open(document(polygons, layers=[layer]).save(tmp_path / "page.html"), viewport=VIEWPORT)
    page.wait_for_selector("html[data-ready=true]")
    reddest = page.evaluate(
        """() => {
        const canvas = document.querySelector('.map > canvas');
        const w = canvas.width, h = canvas.height;
        const data = canvas.getContext('2d').getImageData(w / 4, h / 4, w / 2, h / 2).data;
        let most = 0;
        for (let i = 0; i < data.length; i += 4) most = Math.max(most, data[i]);
        return most;
        }"""
    )
    # Cells have red 0x20, the ground 0xec. A hairline would let a quarter of the ground through; at the very corners of
    # cells the rasteriser leaves a few per cent.
    assert reddest < 0x20 + 0.12 * (0xEC - 0x20)


def test_on_paper_the_picture_is_finer_and_the_controls_are_gone(page: Page) -> None:
    wide = page.evaluate("document.querySelector('.map > canvas').width")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.querySelector('.map > canvas').width") == 3 * wide
    page.emulate_media(media="print")
    assert page.locator(".tools").is_hidden()
    assert page.locator(".search").is_hidden()
    map_box, foot_box = page.locator(".map").bounding_box(), page.locator("footer").bounding_box()
    assert map_box is not None
    assert foot_box is not None
    assert foot_box["y"] - (map_box["y"] + map_box["height"]) < 30  # provenance stands on the map's page
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.querySelector('.map > canvas').width") == wide


def test_on_paper_tables_have_all_rows_and_names_stand_on_one_line(browser: Any, tmp_path: Path) -> None:
    rows = [("四公里半村", "长" * 30, str(row)) for row in range(450)]
    table = Table("表", (Column("地点"), Column("说明"), Column("数", numeric=True)), rows)
    page = browser.open(document(cells(30), tables=(table,)).save(tmp_path / "rows.html"), viewport=VIEWPORT)
    page.wait_for_selector("html[data-ready=true]")
    assert page.locator("tbody tr").count() == 200
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("tbody tr").count() == 450
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("tbody tr").count() == 200
    assert page.locator("tbody td").first.evaluate("(cell) => getComputedStyle(cell).whiteSpace") == "nowrap"


def test_a_page_opens_on_its_focus(browser: Any, tmp_path: Path) -> None:
    polygons = cells(30)
    whole = document(polygons).save(tmp_path / "whole.html")
    part = document(polygons, focus=(0.0, 0.0, 1000.0, 1000.0)).save(tmp_path / "part.html")
    metres = []
    for path in (whole, part):
        page = browser.open(path, viewport=VIEWPORT)
        page.wait_for_selector("html[data-ready=true]")
        metres.append(page.evaluate(METRES))
    assert metres[1] < metres[0]


def test_symbols_answer_before_the_cells_below_and_tables_come_in_tabs(browser: Any, tmp_path: Path) -> None:
    polygons = cells(30)
    points = PointLayer(
        "outlets", "Outlets", shapely.points([[5000, 4000], [5000, 4000]]), (FeatureClass("Branch", style("branch")),),
        fields=("Name",), cards=[("one",), ("two",)],
    )  # fmt: skip
    tables = [
        Table("Cells", (Column("Name"), Column("n", numeric=True)), [(f"cell {i}", f"{i * 700:,}") for i in range(30)],
              layer="cells"),
        Table("Outlets", (Column("Name"),), [("two",)], layer="outlets", features=[1]),
    ]  # fmt: skip
    made = document(polygons, layers=[*document(polygons).layers, points], tables=tables)
    page = browser.open(made.save(tmp_path / "page.html"), viewport=VIEWPORT)
    page.wait_for_selector("html[data-ready=true]")
    page.mouse.move(*middle(page))
    assert named(page) == "one"
    assert "two" in page.inner_text(".card ul")
    assert "cell" in page.inner_text(".card ul")
    page.click('th button:text-is("n")')
    assert page.locator(".tables section").first.locator("tbody tr td").nth(1).inner_text() == "20,300"
    page.click(".tabs button >> text=Outlets")
    page.locator(".tables section").nth(1).locator("tbody tr").click()
    assert named(page) == "two"
    assert browser.errors == []


def test_a_narrow_page_keeps_map_legend_and_figures(browser: Any, tmp_path: Path) -> None:
    path = document(cells(30)).save(tmp_path / "page.html")
    for width in (800, 480):
        page = browser.open(path, viewport={"width": width, "height": 700})
        page.wait_for_selector("html[data-ready=true]")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for part in (".map", ".legend", ".scale .bar", ".north svg"):
            assert page.locator(part).is_visible()


def test_the_legend_leaves_out_numbers_that_mean_nothing(browser: Any, tmp_path: Path) -> None:
    layer = AreaLayer("cells", "Cells", cells(30), (FeatureClass("cell", style("single")),), counted=False)
    page = browser.open(document(cells(30), layers=[layer]).save(tmp_path / "page.html"), viewport=VIEWPORT)
    page.wait_for_selector("html[data-ready=true]")
    assert page.locator(".legend li b").all_inner_texts() == [""]


def test_a_long_table_shows_the_rows_that_hold_a_text(browser: Any, tmp_path: Path) -> None:
    polygons = cells(30)
    rows = [(f"village {number}", "<i>west</i>" if number % 10 == 3 else "east") for number in range(1000)]
    columns = (Column("Place"), Column("Side"))
    tables = [Table("Findings", columns, rows), Table("Few", columns, rows[:5])]
    page = browser.open(document(polygons, tables=tables).save(tmp_path / "page.html"), viewport=VIEWPORT)
    page.wait_for_selector("html[data-ready=true]")
    shown = page.locator(".tables section").first.locator("tbody tr")
    assert page.locator(".rows-filter").count() == 1
    assert shown.count() == 200
    page.locator(".rows-filter").fill("<I>WEST")
    assert shown.count() == 100
    page.locator(".tables section").first.locator("th button").first.click()
    page.locator(".rows-filter").fill("village 13")
    assert shown.first.inner_text().startswith("village 13\t")
    page.locator(".rows-filter").fill("")
    assert shown.count() == 200
