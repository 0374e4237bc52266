"""Two hundred hostile names through every sink: nothing runs, nothing breaks, every name comes back as it was."""

from __future__ import annotations

import json
import re
import subprocess
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pandas as pd
import pyogrio
import pytest
from atlas.county_by_hand import equipment, officers, outlets, place, small_project
from atlas.hostile import hostile_names
from atlas.test_printed import said, squeezed, tool

from gridpart.atlas import AtlasSet, build_atlas
from gridpart.atlas._pdf.text import hidden, visible
from gridpart.tables import read_csv
from gridpart.viewer.fonts import find_fonts

if TYPE_CHECKING:
    from conftest import OfflineBrowser

NAMES = hostile_names()
KNOWN = find_fonts(None, lang="zh-Hans").code_points


@dataclass(frozen=True)
class Attack:
    atlas: AtlasSet
    names: list[str]


@pytest.fixture(scope="module")
def attack(tmp_path_factory: pytest.TempPathFactory) -> Attack:
    """A county in which every text a user may give is hostile."""
    names = [name for name in NAMES if printable(name)]
    spots = [place(20 + 1940 * (at % 20) / 20, 30 + 1940 * (at // 20) / 20) for at in range(len(names))]
    rows = [(f"O{at:03d}", "A", name, "branch", spot) for at, (name, spot) in enumerate(zip(names, spots, strict=True))]
    project = small_project(name=names[2], outlets=outlets(*rows))
    project.units["name"], project.units["township"] = names[:4], [names[4], names[4], names[21], names[21]]
    project.banks = pd.DataFrame({"bank_id": ["A"], "name": [names[5]], "short_name": [names[20]]})
    machines = [(f"E{at:03d}", "A", names[at % 30], "active", spot) for at, spot in enumerate(spots)]
    project.equipment = equipment(*machines)
    project.equipment["name"] = names
    project.staff = officers((names[0], "A", project.grids["A"].cells["cell_id"].iloc[0], names[1]))
    project.history = pd.DataFrame([{"at": "2026-01-01T00:00:00+00:00", "who": names[0], "what": names[1]}])
    return Attack(build_atlas(project, tmp_path_factory.mktemp("hostile")), names)


def printable(name: str) -> bool:
    """Whether the font of these tests has every character that is seen."""
    seen = (char for char in name if unicodedata.category(char) not in {"Cc", "Cf", "Zl", "Zp"} and char != "\ufe0f")
    return all(ord(char) in KNOWN for char in seen)


def test_there_are_two_hundred_names_and_the_font_has_nearly_all() -> None:
    assert len(NAMES) >= 200
    assert sum(map(printable, NAMES)) >= 200


def test_pages_hold_every_name_as_text(attack: Attack) -> None:
    found: set[str] = set()
    for sheet in attack.atlas.sheets[:2]:
        page = sheet.path.read_text(encoding="utf-8")
        assert page.count("<script") == 2
        assert not re.search(r"<(img|svg|iframe|base|math|a href=j)", page.split('<script type="application/json"')[0])
        data = json.loads(re.search(r'id="gridpart-data">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
        found |= {card[0] for layer in data["layers"] if layer["key"] == "outlets" for card in layer["cards"]}
    assert found == set(attack.names)


def test_files_hold_every_name_and_no_formula(attack: Attack) -> None:
    folder = attack.atlas.folder
    assert sorted(pyogrio.read_dataframe(attack.atlas.package, layer="outlets")["name"]) == sorted(attack.names)
    assert sorted(read_csv(folder / "data_outlets.csv")["name"]) == sorted(attack.names)
    raw = (folder / "data_outlets.csv").read_text(encoding="utf-8-sig")
    assert not re.search(r'(^|,)"?[=+@＝＋＠]', raw, re.MULTILINE)
    book = openpyxl.load_workbook(folder / "atlas.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" or cell.hyperlink for cell in cells)
    sheet = book["outlets"]
    column = [cell.value for cell in sheet[1]].index("name")
    stored = [row[column] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert sorted(text.replace("_x000D_", "\r") for text in stored) == sorted(attack.names)


def test_paper_holds_every_name(attack: Attack) -> None:
    file = attack.atlas.pdf
    assert file is not None
    assert int(re.search(r"Pages: +(\d+)", said(tool("pdfinfo"), file))[1]) > 20  # type: ignore[index]
    done = subprocess.run([tool("pdftotext"), "-raw", str(file), "-"], check=True, capture_output=True)
    assert not done.stderr
    flow = squeezed(done.stdout.decode())
    missing = [name for name in attack.names if not holds(flow, squeezed(visible(name)))]
    assert not missing, [(len(name), name[:60]) for name in missing]
    assert all(hidden(visible(name)) == name for name in NAMES)


def holds(flow: str, name: str) -> bool:
    """Whether a text has a name in it; of one that goes on overleaf, every character as often as it has it."""
    overleaf = len(name) > 1000 and all(flow.count(char) >= number for char, number in Counter(name).items())
    return name in flow or overleaf


def test_folium_runs_nothing(attack: Attack, tmp_path: Path, browser: OfflineBrowser) -> None:
    pytest.importorskip("folium")
    file = tmp_path / "folium.html"
    attack.atlas.sheets[1].to_folium().save(str(file))
    text = file.read_text(encoding="utf-8")
    for payload in ("<img src=x onerror", "<script>alert", "`${alert", "<svg onload"):
        assert payload not in text
    tab = browser.open(file)
    tab.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    tab.wait_for_timeout(300)
    assert not any("SyntaxError" in line for line in browser.errors)


@pytest.mark.browser
def test_nothing_runs_in_the_pages(attack: Attack, browser: OfflineBrowser) -> None:
    for page in (attack.atlas.index, attack.atlas.sheets[1].path, attack.atlas.sheets[3].path):
        tab = browser.open(page)
        tab.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        tab.wait_for_function("document.documentElement.dataset.ready === 'true'")
        tab.fill(".search input", "alert")
        assert tab.locator(".search li button").count() >= 1 or page == attack.atlas.index
        assert tab.locator("img").count() == 0
    assert browser.errors == []
    assert browser.outside_requests == []
