"""In JupyterLab a bar is a widget below the cell that called; nothing of it stays, in the saved notebook neither."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from laboratory import Laboratory, laboratory, run_all

pytestmark = pytest.mark.browser

WORK = """
import time
import gridpart as gp
from gridpart.steps import counted, step, task

@task("audit", steps=("claims", "noding", "faces"))
def audit():
    step("claims")
    step("noding")
    time.sleep(4)
    step("faces")
    for number in counted("units", range(20_000)):
        if number % 100 == 0:
            time.sleep(0.02)
    return "done"
"""
SHOWN = ".jp-OutputArea .widget-hbox, .jp-OutputArea .jupyter-widgets"


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Laboratory]:
    monkeypatch.delenv("GRIDPART_PROGRESS")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with laboratory(tmp_path) as running:
        yield running


def test_a_bar_is_shown_below_its_cell_and_leaves_nothing_behind(browser: Any, lab: Laboratory) -> None:
    page = browser.open(lab.notebook(WORK, "audit()", "audit()", name="bars.ipynb"))
    run_all(page)
    page.wait_for_selector(SHOWN, timeout=60_000)
    said = page.locator(SHOWN).first.inner_text()
    assert "all borders laid together" in said.replace("\u2007", " ")
    cells = page.locator(".jp-Cell")
    assert cells.nth(1).locator(SHOWN).count()
    assert not cells.nth(0).locator(SHOWN).count()
    page.wait_for_function(
        "shown => /units.[\\d,]+.20,000/.test(document.querySelector(shown)?.innerText ?? '')", arg=SHOWN
    )
    page.wait_for_function("() => document.querySelectorAll('.jp-Cell')[1].innerText.includes(\"'done'\")")
    assert not cells.nth(1).locator(SHOWN).count()

    cells.nth(2).locator(SHOWN).first.wait_for(timeout=60_000)
    [session] = lab.api("sessions")
    lab.api(f"kernels/{session['kernel']['id']}/interrupt", body={}, method="POST")
    page.wait_for_function("() => document.querySelectorAll('.jp-Cell')[2].innerText.includes('KeyboardInterrupt')")
    page.wait_for_function("shown => !document.querySelector(shown)", arg=SHOWN)

    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_timeout(500)
    saved = json.loads((lab.folder / "bars.ipynb").read_text(encoding="utf-8"))
    outputs = [output for cell in saved["cells"] for output in cell["outputs"]]
    assert [output["output_type"] for output in outputs].count("error") == 1
    assert not re.search("widget|Audit:", json.dumps([output.get("data") for output in outputs]))
