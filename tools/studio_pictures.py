"""Make the pictures of docs/studio.md: serve the sample county, use every tool, photograph it."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

import gridpart as gp

REPOSITORY = Path(__file__).resolve().parent.parent
MOST_BYTES = 150_000
VIEWPORT = {"width": 1120, "height": 680}
COLOURS = 96
STUDIO = "[...document.querySelectorAll('[data-lm-suppress-shortcuts]')].map((e) => e.gridpartStudio).find(Boolean)"


@contextmanager
def served(lang: str) -> Iterator[str]:
    """Serve the sample county and yield the address of its page."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "county.gpkg"
        gp.sample_project().save(path)
        command = [
            sys.executable,
            "-m",
            "gridpart",
            "studio",
            str(path),
            "--bank",
            "YLSB",
            "--no-browser",
            "--lang",
            lang,
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            try:
                lines = iter(process.stdout or ())
                yield next(line.strip() for line in lines if line.startswith("http"))
            finally:
                process.terminate()


def in_page(page: Page, expression: str) -> object:
    """Evaluate JavaScript with `studio` in scope."""
    return page.evaluate(f"() => {{ const studio = {STUDIO}; return {expression}; }}")


def drag(page: Page, points: list[tuple[float, float]], *, release: bool = True) -> None:
    """Drag over places of the map."""
    box = page.locator(".studio canvas").first.bounding_box() or {"x": 0, "y": 0}
    places = [(box["x"] + x, box["y"] + y) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=6)
    page.wait_for_timeout(2000)
    if release:
        page.mouse.up()
        page.wait_for_timeout(700)


def press(page: Page, act: str) -> None:
    """Press a button by what it does."""
    page.locator(f".studio [data-act={act}]").first.click()


def choose(page: Page, cell: str) -> None:
    """Choose a cell."""
    in_page(page, f"studio.board.choose(studio.board.numberOf('{cell}'))")


def outlet(page: Page, name: str) -> tuple[float, float]:
    """Return the place of an outlet on the map."""
    at = f"studio.view.toScreen(...studio.board.outlets.get('{name}').slice(1))"
    x, y = in_page(page, at)  # type: ignore[misc]
    return x, y


def pictures(page: Page) -> Iterator[str]:
    """Use every tool; yield a name whenever there is something to see."""
    width, height = in_page(page, "[studio.view.width, studio.view.height]")  # type: ignore[misc]
    choose(page, "YLSB-050009")
    x, y = outlet(page, "050009")
    press(page, "brush")
    drag(page, [(x + 60, y + 10), (x + 82, y - 6), (x + 92, y - 24)], release=False)
    yield "paint"
    page.keyboard.press("Escape")
    page.mouse.up()
    page.wait_for_timeout(600)
    press(page, "lasso")
    drag(page, [(x + 40, y - 30), (x + 100, y - 40), (x + 110, y + 20), (x + 50, y + 30)], release=False)
    yield "lasso"
    page.mouse.up()
    page.wait_for_timeout(500)
    yield "pending"
    page.keyboard.press("Escape")
    press(page, "box")
    drag(page, [(width * 0.45, height * 0.35), (width * 0.6, height * 0.6)], release=False)
    yield "box"
    page.mouse.up()
    press(page, "apply")
    page.wait_for_timeout(800)
    yield "refused"
    yield from more_pictures(page)


def more_pictures(page: Page) -> Iterator[str]:
    """Go on with the tools that move and divide, and the colours."""
    x, y = outlet(page, "050009")
    press(page, "outlet")
    drag(page, [(x, y), (x + 40, y - 25), (x + 60, y - 30)], release=False)
    yield "outlet"
    page.mouse.up()
    page.wait_for_timeout(600)
    press(page, "undo")
    choose(page, "YLSB-050008")
    press(page, "suggest")
    page.wait_for_timeout(1500)
    yield "suggestion"
    page.keyboard.press("Escape")
    press(page, "split")
    x, y = outlet(page, "050010")
    drag(page, [(x - 90, y - 40), (x + 110, y + 45)], release=False)
    yield "split"
    page.mouse.up()
    page.wait_for_timeout(900)
    press(page, "lock")
    drag(page, [(x, y), (x, y)])
    yield "lock"
    press(page, "merge")
    choose(page, "YLSB-050013")
    yield "merge"
    press(page, "border")
    in_page(page, "(studio.view.zoom(4), studio.painter.changed())")
    page.wait_for_timeout(600)
    near = (
        "studio.board.faces.shapes.vertexNear(...studio.view.toMap(studio.view.width / 2, studio.view.height / 2), 1e9)"
    )
    x, y = in_page(page, f"studio.view.toScreen(...{near}.at)")  # type: ignore[misc]
    drag(page, [(x, y), (x + 22, y - 16)], release=False)
    yield "border"
    page.keyboard.press("Escape")
    page.mouse.up()
    in_page(page, "(studio.view.fit(), studio.painter.changed())")
    for mode in ("load", "coverage", "officer"):
        page.locator(".studio select:has(option[value=load])").select_option(mode)
        page.wait_for_timeout(2500)
        yield f"colour-{mode}"
    yield from adoption(page)


def adoption(page: Page) -> Iterator[str]:
    """Lead the plan to the step before its adoption with a date."""
    press(page, "plan")
    page.locator(".studio [data-act=who]").fill("Li")
    for op, why in (("propose", "agreed in the branch"), ("coordinate", "neighbours heard")):
        page.locator(".studio [data-act=why]").fill(why)
        press(page, op)
        page.wait_for_timeout(700)
    page.locator(".studio [data-act=why]").fill("meeting of 1 March")
    page.locator(".studio [data-act=effective]").fill("2026-07-01")
    press(page, "adopt")
    page.wait_for_timeout(700)
    yield "adopt"


def main() -> None:
    """Photograph every tool."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=REPOSITORY / "docs" / "images")
    parser.add_argument("--lang", default="en")
    arguments = parser.parse_args()
    with served(arguments.lang) as address, sync_playwright() as playwright:
        time.sleep(3)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=VIEWPORT)
        page.goto(address)
        page.wait_for_selector(".studio[data-ready]", timeout=60_000)
        page.wait_for_timeout(1000)
        for name in pictures(page):
            picture = arguments.to / f"studio-{name}.png"
            page.screenshot(path=picture)
            Image.open(picture).convert("RGB").quantize(COLOURS).save(picture, optimize=True)
            size = picture.stat().st_size
            print(f"{picture.name}: {size:,} bytes")
            if size > MOST_BYTES:
                parser.error(f"{picture.name} is larger than {MOST_BYTES:,} bytes; choose a smaller viewport")
        browser.close()


if __name__ == "__main__":
    main()
