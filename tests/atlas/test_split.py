"""A sheet with too many cells is split by township, and nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gridpart.atlas import _split, build_atlas
from gridpart.atlas._split import pages_of
from gridpart.atlas.words import Words
from gridpart.viewer import MapDocument

if TYPE_CHECKING:
    from atlas.conftest import Made
    from conftest import OfflineBrowser


def cards(document: MapDocument, beginning: str, field: int) -> list[str]:
    return [card[field] for layer in document.layers if layer.key.startswith(beginning) for card in layer.cards or ()]


@pytest.mark.parametrize(("theme", "things"), [("outlets", "outlets"), ("equipment", "equipment_")])
def test_every_thing_is_on_one_part_and_every_cell_on_some(made: Made, theme: str, things: str) -> None:
    for sheet in made.atlas.sheets:
        if sheet.theme != theme:
            continue
        pages = pages_of(sheet.model, Words("zh-Hans"), most=3)
        name, *parts = pages
        assert name == sheet.path.name
        assert len(parts) == made.project.units["township_id"].nunique()
        assert [link.href for link in pages[name].links][-len(parts) :] == parts
        assert sorted(card for page in pages.values() for card in cards(page, things, 1)) == sorted(
            cards(sheet.document, things, 1)
        )
        assert cards(pages[name], "cells_", 0) == []
        assert {card for part in parts for card in cards(pages[part], "cells_", 0)} == set(
            cards(sheet.document, "cells_", 0)
        )
        rows = [row for part in parts for table in pages[part].tables if table.layer == "outlets" for row in table.rows]
        assert sorted(map(tuple, rows)) == sorted(
            tuple(row) for table in sheet.document.tables if table.layer == "outlets" for row in table.rows
        )


@pytest.mark.browser
def test_parts_are_written_and_open(
    made: Made, tmp_path: Path, browser: OfflineBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_split, "CELLS_A_FILE", 40)
    atlas = build_atlas(made.project, tmp_path, formats=("html",))
    split = [sheet for sheet in atlas.sheets if sheet.parts]
    assert {sheet.zone_class for sheet in split} == {"rural", "urban"}
    assert all(part.is_file() and part in atlas.files for sheet in split for part in sheet.parts)
    for path in (split[0].path, split[0].parts[0], split[-1].parts[-1]):
        browser.open(path).wait_for_selector("html[data-ready=true]")
    assert browser.errors == []
    assert browser.outside_requests == []
