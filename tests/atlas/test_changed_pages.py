"""Of a newer plan only those pages are printed that say or show something else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from atlas.county_by_hand import equipment, place, small_project
from pypdf import PdfReader

from gridpart.atlas import changed_pages


def machines(x: float) -> object:
    return equipment(("E1", "A", "atm", "active", place(x, 300)), ("E2", "A", "atm", "active", place(1500, 1500)))


def test_nothing_changed_prints_nothing(tmp_path: Path) -> None:
    pages = changed_pages(small_project(), small_project(), tmp_path / "new.pdf", lang="en", as_of=date(2030, 1, 1))
    assert pages.path is None
    assert (pages.changed, pages.new, pages.gone) == ((), (), ())
    assert not (tmp_path / "new.pdf").exists()


def test_a_machine_that_moved_changes_the_pages_it_is_on(tmp_path: Path) -> None:
    older, newer = small_project(equipment=machines(300)), small_project(equipment=machines(350))
    pages = changed_pages(newer, older, tmp_path / "new.pdf", lang="en", as_of=date(2030, 1, 1))
    assert pages.path is not None
    assert set(pages.changed) == {"小县: Equipment, urban", "东镇: Equipment"}
    assert (pages.new, pages.gone) == ((), ())
    text = "".join(page.extract_text() for page in PdfReader(pages.path).pages)
    assert "Changed pages" in text
    assert "东镇: Equipment" in text


def test_new_and_gone_townships_are_named(tmp_path: Path) -> None:
    newer = small_project()
    newer.units.loc[newer.units["township_id"] == "T2", ["township_id", "township"]] = ["T3", "北镇"]
    pages = changed_pages(newer, small_project(), tmp_path / "new.pdf", lang="en")
    assert {"北镇: Outlets", "北镇: Equipment", "北镇: Personnel"} <= set(pages.new)
    assert {"西镇: Outlets", "西镇: Equipment", "西镇: Personnel"} <= set(pages.gone)


def test_a_cover_without_its_sheets_is_set(tmp_path: Path) -> None:
    newer = small_project()
    newer.units.loc[0, "population"] += 1
    pages = changed_pages(newer, small_project(), tmp_path / "new.pdf", lang="en")
    assert pages.path is not None
    assert any("Grid atlas" in name for name in pages.changed)
    assert not any("Equipment" in name and "镇" in name for name in pages.changed)
