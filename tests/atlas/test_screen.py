"""All pages on screen: offline, by pointer and by keyboard, one township at a time, large counties too."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from gridpart.coverage import tessellate
from gridpart.viewer import AreaLayer, Column, FeatureClass, MapDocument, Style, Table, style

if TYPE_CHECKING:
    from atlas.conftest import Made
    from conftest import OfflineBrowser


@pytest.mark.browser
def test_legend_search_and_township_work_on_every_page(made: Made, browser: OfflineBrowser) -> None:
    pages = [made.atlas.index, *(sheet.path for sheet in made.atlas.sheets)]
    for path in pages:
        page = browser.open(path, viewport={"width": 1280, "height": 800})
        page.wait_for_selector("html[data-ready=true]")
        before = page.screenshot()
        page.locator(".legend input[type=checkbox]:checked").first.uncheck()
        page.wait_for_timeout(120)
        assert page.screenshot() != before
        page.fill(".search input", "村" if path == made.atlas.index else "LZRCB")
        page.locator(".search li button").first.click()
        assert not page.locator(".card").is_hidden()
        page.focus(".map > canvas")
        for key in ("ArrowLeft", "+", "0", "Escape"):
            page.keyboard.press(key)
        page.wait_for_timeout(80)
        assert page.locator(".card").is_hidden()
    assert browser.outside_requests == []
    assert len(browser.requests) == len(pages)
    assert browser.errors == []


@pytest.mark.browser
def test_one_township_leaves_the_others_out(made: Made, browser: OfflineBrowser) -> None:
    page = browser.open(made.atlas.sheets[1].path, viewport={"width": 1280, "height": 800})
    page.wait_for_selector("html[data-ready=true]")
    table = next(table for table in made.atlas.sheets[1].document.tables if table.title == "本图幅网点")
    column = [head.title for head in table.columns].index("乡镇（街道）")
    name = table.rows[0][column]
    page.select_option(".search select", label=name)
    page.wait_for_timeout(150)
    shown = page.locator("section:not(.behind) tbody tr").count()
    assert shown == sum(row[column] == name for row in table.rows) < len(table.rows)
    scale = page.locator(".scale").get_attribute("data-metres")
    page.select_option(".search select", value="")
    page.wait_for_timeout(150)
    assert page.locator("section:not(.behind) tbody tr").count() == len(table.rows)
    assert page.locator(".scale").get_attribute("data-metres") != scale
    assert browser.errors == []


@pytest.mark.browser
def test_twenty_thousand_cells_are_one_small_quick_file(browser: OfflineBrowser, tmp_path: Path) -> None:
    """Below 6 MB; opened in two seconds of an idle machine, asked for here with room for a busy one."""
    rng = np.random.default_rng(0)
    coverage, _owner = tessellate(rng.uniform(0, 60_000, (20_000, 2)), shapely.box(0, 0, 60_000, 60_000))
    shapes = coverage.polygons
    cards = [
        (f"A-{i:05d}", f"第{i}支行", "甲银行", "农村", f"{a / 1e6:.1f} km²") for i, a in enumerate(shapely.area(shapes))
    ]
    fields = ("网格", "地点", "银行", "类别", "面积")
    document = MapDocument(
        title="两万网格", subtitle="", lang="zh-Hans",
        layers=[AreaLayer("cells_A", "网格", shapes, (FeatureClass("网格", Style()),), labels=[c[0] for c in cards],
                          fields=fields, cards=cards, outline=style("big_cell"), searchable=True)],
        tables=[Table("网格", tuple(map(Column, fields)), cards, layer="cells_A")],
    )  # fmt: skip
    path = document.save(tmp_path / "large.html")
    assert path.stat().st_size < 6e6
    seconds = []
    for _ in range(3):
        began = time.monotonic()
        browser.open(path, viewport={"width": 1280, "height": 800}).wait_for_selector("html[data-ready=true]")
        seconds.append(time.monotonic() - began)
    assert min(seconds) < 4
    assert browser.errors == []
