"""A planner's first minute on the page that ``gridpart studio`` serves: open, paint, be refused, undo, save, reopen."""

from __future__ import annotations

import sys
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import pytest

import gridpart as gp
from gridpart.errors import InputError
from gridpart.studio.page import notebook_of, require_free, serve


def test_the_notebook_names_the_project_as_text_only() -> None:
    path = Path("a'b\"\\n${x}.gpkg")
    (cell,) = notebook_of(path, bank_id="x'y", lang="en")["cells"]
    names: dict[str, Any] = {}

    class Gp:
        open_project = staticmethod(lambda text: names.update(path=text))
        Studio = staticmethod(lambda _, bank_id, **options: names.update(options, bank_id=bank_id))

    exec(cell["source"].replace("import gridpart as gp", ""), {"gp": Gp})
    assert names["path"] == str(path.resolve())
    assert names["bank_id"] == "x'y"


def test_a_taken_port_is_refused() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"Port {port} cannot be used"):
            require_free(port)
        with pytest.raises(InputError, match=f"Port {port} cannot be used"):
            serve(Path("county.gpkg"), port=port)


@pytest.mark.browser
def test_R127_a_planner_s_first_minute(browser: Any, tmp_path: Path) -> None:
    from laboratory import StudioPage, environment

    path = tmp_path / "county.gpkg"
    gp.sample_project().save(path)
    before = gp.open_project(path).grids["YLSB"]
    command = [sys.executable, "-m", "gridpart", "studio", str(path), "--bank", "YLSB", "--no-browser", "--lang", "en"]
    with (
        (tmp_path / "voila.log").open("w") as log,
        Popen(command, stdout=PIPE, stderr=log, text=True, env=environment(tmp_path)) as process,
    ):
        try:
            assert process.stdout is not None
            address = next(line.strip() for line in process.stdout if line.startswith("http://127.0.0.1"))
            painted = first_minute(browser, address, StudioPage)
        finally:
            process.terminate()
            process.wait(30)
    after = gp.open_project(path).grids["YLSB"]
    assert after.certify().valid
    assert after.digest != before.digest
    assert after.labels[painted] != before.labels[painted]
    outside = [url for url in browser.outside_requests if not url.startswith("http://127.0.0.1")]
    assert outside == []
    assert [line for line in browser.errors if "favicon" not in line] == []


def opened(browser: Any, address: str, studio_page: Any) -> Any:
    import time
    import urllib.error
    import urllib.request

    for _ in range(100):
        try:
            urllib.request.urlopen(address, timeout=5).close()
            break
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    return studio_page(browser.open(address, viewport={"width": 1360, "height": 900}), None).ready()


def first_minute(browser: Any, address: str, studio_page: Any) -> int:
    """Do what a new planner does; return a face that changed cells."""
    studio = opened(browser, address, studio_page)
    studio.says("Click a cell to choose it, then click or drag over the units it should take.")
    is_refused = is_done = False
    painted = -1
    for taker, taken in studio.pairs():
        if is_refused and is_done:
            break
        studio.ask(f"studio.board.choose(studio.board.faces.cellOf[{taker['face']}])")
        rev = studio.rev
        studio.page.mouse.click(taken["x"], taken["y"])
        studio.settled()
        if studio.rev > rev:
            is_done, painted = True, taken["face"]
        elif studio.ask("studio.parts.line.dataset.kind") == "refused":
            is_refused = True
            studio.says("Nothing was changed")
    assert is_refused
    assert is_done
    studio.press("undo")
    studio.settled()
    studio.press("redo")
    studio.settled()
    studio.press("save")
    studio.wait("studio.board.saved === studio.link.rev")
    studio.says("Saved")
    cell = studio.cell_of(painted)
    studio.page.context.close()
    again = opened(browser, address, studio_page)
    assert again.cell_of(painted) == cell
    again.page.context.close()
    return int(painted)
