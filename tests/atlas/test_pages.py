"""The pages: complete, safe, reproducible, in three languages, without personal data, all or nothing."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from atlas.county_by_hand import equipment, officers, outlets, place, small_project

import gridpart as gp
from gridpart.atlas import AtlasSet, Scope, build_atlas
from gridpart.errors import InputError

if TYPE_CHECKING:
    from atlas.conftest import Made
    from conftest import OfflineBrowser

ELEMENTS = {"title", "legend", "scale-bar", "north-arrow", "crs", "version", "date", "source", "labels"}
HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "`${alert(3)}`",
    "<!--<script>",
    '=HYPERLINK("http://example.org")',
    "\u202e倒\u2028行\r\n",
    "𠮷" * 50,
    "' onmouseover='alert(4)",
)


class _Elements(HTMLParser):
    """Collects the texts of the parts of a page that are marked as map elements, and every link."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self.links: list[str] = []
        self.open: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        name = values.get("data-element")
        if name:
            self.texts[name] = ""
        if tag == "a":
            self.links.append(values["href"] or "")
        if tag not in {"meta", "input", "img", "br", "link"}:
            self.open.append((tag, name))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        for _tag, name in self.open:
            if name:
                self.texts[name] += data


def read(page: Path) -> _Elements:
    parser = _Elements()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


def data_of(page: Path) -> Any:
    found = re.search(
        r'<script type="application/json"[^>]*>(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL
    )
    assert found is not None
    return json.loads(found[1])


def pages_of(atlas: AtlasSet) -> list[Path]:
    return [atlas.index, *(sheet.path for sheet in atlas.sheets)]


def test_every_sheet_has_the_nine_elements(made: Made) -> None:
    for page in pages_of(made.atlas):
        texts = read(page).texts
        assert texts.keys() >= ELEMENTS, page.name
        for name in ("title", "crs", "version", "date", "source"):
            assert texts[name].strip(), (page.name, name)
        assert "EPSG:4547" in texts["crs"]
        assert "2026-01-01" in texts["date"]


def test_every_cell_of_the_class_has_a_label(made: Made) -> None:
    for sheet in made.atlas.sheets:
        cells = [layer for layer in sheet.document.layers if layer.key.startswith("cells_")]
        assert len(cells) == len(made.project.grids)
        for layer in cells:
            classes = [card[layer.fields.index("类别")] for card in layer.cards or ()]
            expected = {"urban": "城区", "rural": "农村"}[sheet.zone_class]
            assert [bool(label) for label in layer.labels or ()] == [name == expected for name in classes]


def test_cells_of_both_classes_add_up_to_the_county(made: Made) -> None:
    cells = gpd.read_file(made.atlas.package, layer="cells")
    area = made.project.service_area.area.sum()
    for _bank_id, mine in cells.groupby("bank_id"):
        assert mine["area_m2"].sum() == pytest.approx(area, rel=1e-9)
        assert set(mine["zone_class"]) <= {"urban", "rural"}


def test_links_lead_to_files_of_the_set(made: Made) -> None:
    for page in pages_of(made.atlas):
        links = read(page).links
        assert len(links) == 6
        assert all((made.atlas.folder / link).is_file() for link in links)


def test_the_index_leads_to_an_audit_page_if_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "index.html").write_text("x", encoding="utf-8")
    atlas = build_atlas(small_project(), tmp_path, lang="en", formats=("html",))
    assert "audit/index.html" in read(atlas.index).links


def test_figures_of_the_index_are_those_of_the_audit(made: Made) -> None:
    audit = made.project.audit()
    rates = audit.rates(level="county").iloc[0]
    tables = {table.title: table for table in made.atlas.overview.tables}
    figures = {row[0]: row[-1] for row in tables["分类主要指标"].rows}
    assert figures["村（社区）覆盖率"] == f"{rates['units_rate']:.1%}"
    assert int(figures["空白区人口"].replace(",", "")) == round(rates["total_population"] - rates["served_population"])
    by_unit = audit.rates(by="units", level="unit_id")
    unserved = set(by_unit.loc[by_unit["served"] == 0, "unit_id"])
    assert {row[1] for row in tables["无银行服务的村（社区）"].rows} == unserved
    by_bank = audit.rates(by="units", level="bank_id").set_index("bank_id")["coverage_rate"]
    assert {row[1]: row[-1] for row in tables["银行"].rows} == {bank: f"{rate:.1%}" for bank, rate in by_bank.items()}


@pytest.mark.parametrize(("lang", "title"), [("en", "Small"), ("zh-Hans", "网格地图集"), ("zh-Hant", "網格地圖集")])
def test_languages(tmp_path: Path, lang: Any, title: str) -> None:
    atlas = build_atlas(small_project(name="Small"), tmp_path, lang=lang, formats=("html",))
    for page in pages_of(atlas):
        assert f'<html lang="{lang}"' in page.read_text(encoding="utf-8")
    assert title in atlas.overview.title
    words = json.dumps([[fact.title for fact in sheet.document.facts] for sheet in atlas.sheets])
    assert ("Outlets" in words) == (lang == "en")


def digests(atlas: AtlasSet) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(atlas.folder.iterdir())}


def test_same_project_same_bytes(tmp_path: Path) -> None:
    first, second = (
        build_atlas(hostile_project(), tmp_path / name, as_of=date(2030, 1, 1)) for name in ("first", "second")
    )
    assert digests(first) == digests(second)
    assert len(digests(first)) == 21


@pytest.mark.full
def test_same_county_same_bytes(made: Made, tmp_path: Path) -> None:
    assert digests(build_atlas(gp.sample_project(), tmp_path, lang="zh-Hans")) == digests(made.atlas)


def test_hostile_names_are_text_and_come_back_exactly(tmp_path: Path) -> None:
    atlas = build_atlas(hostile_project(), tmp_path)
    for page in pages_of(atlas):
        html = page.read_text(encoding="utf-8")
        assert html.count("<script") == 2
        assert "<img" not in html
        assert "<script>alert" not in html
    for sheet in atlas.sheets[:2]:
        drawn = {
            card[0] for layer in data_of(sheet.path)["layers"] if layer["key"] == "outlets" for card in layer["cards"]
        }
        expected = {row[0] for layer in sheet.document.layers if layer.key == "outlets" for row in layer.cards or ()}
        assert drawn == expected
    names = {
        card[0] for sheet in atlas.sheets[:2] for layer in sheet.document.layers if layer.key == "outlets"
        for card in layer.cards or ()
    }  # fmt: skip
    assert names == set(HOSTILE)


def hostile_project() -> gp.Project:
    rows = [(f"A{i}", "A", name, "branch", place(150 + 220 * i, 300 + 150 * i)) for i, name in enumerate(HOSTILE)]
    project = small_project(name=HOSTILE[0], outlets=outlets(*rows))
    project.units["name"] = list(HOSTILE[:4])
    project.units["township"] = list(HOSTILE[1:5])
    project.banks = pd.DataFrame({"bank_id": ["A"], "name": [HOSTILE[1]], "short_name": [HOSTILE[2]]})
    project.equipment = equipment(("E1", "A", HOSTILE[0], "active", place(100, 100)))
    project.equipment["name"] = HOSTILE[1]
    project.staff = officers((HOSTILE[0], "A", project.grids["A"].cells["cell_id"].iloc[0], HOSTILE[1]))
    return project


def test_no_personal_data_in_any_file(tmp_path: Path) -> None:
    project = small_project(staff=officers(("F1", "A", "A1", "M1")))
    canaries = ("CANARY-PERSON", "CANARY-13800000000", "CANARY-STREET", "CANARY-OWNER")
    project.staff["name"], project.staff["phone"], project.staff["source_org"] = canaries[:3]
    project.outlets["manager_phone"] = canaries[1]
    project.units["head_of_village"] = canaries[3]
    atlas = build_atlas(project, tmp_path)
    for path in atlas.folder.iterdir():
        content = path.read_bytes()
        for canary in canaries:
            assert canary.encode("utf-8") not in content, (path.name, canary)
            assert canary.encode("utf-16-le") not in content, (path.name, canary)


def test_data_package_holds_what_the_sheets_show(made: Made) -> None:
    layers = dict(pyogrio.list_layers(made.atlas.package))
    assert {"service_area", "units", "cells", "territories", "outlets", "equipment"} <= layers.keys()
    staff = pyogrio.read_dataframe(made.atlas.package, layer="staff", read_geometry=False)
    assert "name" not in staff.columns
    assert len(staff) == len(made.project.staff)
    drawn = pyogrio.read_dataframe(made.atlas.package, layer="equipment")
    for sheet in made.atlas.sheets[2:4]:
        mine = drawn[(drawn["zone_class"] == sheet.zone_class) & (drawn["omitted"].fillna("") == "")]
        assert mine["kind"].value_counts().to_dict() == dict(sheet.model.counts)
    cells = pyogrio.read_dataframe(made.atlas.package, layer="cells")
    assert cells["equipment"].sum() == int((made.project.equipment["status"] == "active").sum())
    assert cells["outlets"].sum() == len(made.project.outlets)


def test_scope_of_a_bank_leaves_the_others_out_of_the_bytes(made: Made, tmp_path: Path) -> None:
    atlas = build_atlas(made.project, tmp_path, scope={"bank_id": "JYB"})
    mine = made.project.outlets[made.project.outlets["bank_id"] == "JYB"]
    shown = [card[1] for sheet in atlas.sheets[:2] for layer in sheet.document.layers if layer.key == "outlets"
             for card in layer.cards or ()]  # fmt: skip
    assert sorted(shown) == sorted(mine["outlet_id"])
    for path in atlas.folder.iterdir():
        assert b"LZRCB-0400" not in path.read_bytes(), path.name


def test_scope_of_a_township(made: Made, tmp_path: Path) -> None:
    township = "429971105"
    atlas = build_atlas(made.project, tmp_path, scope=Scope(township_id=township), lang="en")
    units = made.project.units[made.project.units["township_id"] == township]
    inside = made.project.outlets.sjoin(units[["geometry"]], predicate="intersects")
    shown = [card[1] for sheet in atlas.sheets[:2] for layer in sheet.document.layers if layer.key == "outlets"
             for card in layer.cards or ()]  # fmt: skip
    assert sorted(shown) == sorted(inside["outlet_id"])
    figures = {row[0]: row[-1] for row in atlas.overview.tables[0].rows}
    assert figures["Communities and villages"] == str(len(units))


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"formats": ("docx",)}, InputError, "unknown format 'docx'"),
        ({"lang": "fr"}, InputError, "unknown language 'fr'"),
        ({"scope": {"bank_id": "ZZZ"}}, InputError, "no bank 'ZZZ'; it has: A, B"),
        ({"scope": {"village": "1"}}, InputError, "no 'village'"),
        ({"scope": Scope(township_id="T9")}, InputError, "township 'T9'"),
    ],
)
def test_refusals_write_nothing(tmp_path: Path, options: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        build_atlas(small_project(), tmp_path / "new", **options)
    assert not (tmp_path / "new").exists()


def test_a_project_without_a_grid_is_refused(tmp_path: Path) -> None:
    project = small_project()
    project.grids.clear()
    with pytest.raises(InputError, match=r"has no grid to draw.*project\.partition"):
        build_atlas(project, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_failure_leaves_the_old_atlas_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build_atlas(small_project(), tmp_path)
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def fail(*_arguments: object) -> None:
        message = "disk full"
        raise OSError(message)

    monkeypatch.setattr("gridpart.atlas.build.write_package", fail)
    with pytest.raises(OSError, match="disk full"):
        build_atlas(small_project(name="other"), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_edits_in_place_are_seen(tmp_path: Path) -> None:
    project = small_project()
    project.outlets.loc[0, "name"] = "改名支行"
    atlas = build_atlas(project, tmp_path, formats=("html",))
    assert "改名支行" in atlas.sheets[0].path.read_text(encoding="utf-8")
    assert atlas.package is None


def test_a_set_and_a_sheet_show_themselves(made: Made) -> None:
    shown = made.atlas._repr_html_()
    assert shown.count("<a ") == 9
    assert "AtlasSet" in repr(made.atlas)
    assert "outlets_urban" in repr(made.atlas.sheets[0])
    assert made.atlas.sheets[0]._repr_html_().startswith("<iframe")


def test_a_sheet_on_folium_keeps_hostile_names_as_text(tmp_path: Path) -> None:
    pytest.importorskip("folium")
    atlas = build_atlas(hostile_project(), tmp_path)
    page = atlas.sheets[0].to_folium().get_root().render()
    for payload in ("<img src=x", "<script>alert", "`${alert"):
        assert payload not in page


@pytest.mark.browser
def test_pages_open_offline_without_an_error(made: Made, browser: OfflineBrowser) -> None:
    for page in pages_of(made.atlas):
        tab = browser.open(page)
        tab.wait_for_function("document.documentElement.dataset.ready === 'true'")
        assert tab.locator("aside").inner_text().strip()
    assert browser.outside_requests == []
    assert {url for url in browser.requests if url.startswith("file:")} == {
        page.resolve().as_uri() for page in pages_of(made.atlas)
    }
    assert browser.errors == []


@pytest.mark.browser
def test_hostile_names_do_nothing_in_a_browser(tmp_path: Path, browser: OfflineBrowser) -> None:
    atlas = build_atlas(hostile_project(), tmp_path, formats=("html",))
    for page in (atlas.index, *(sheet.path for sheet in atlas.sheets[::2])):
        tab = browser.open(page)
        tab.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
        tab.wait_for_function("document.documentElement.dataset.ready === 'true'")
        assert tab.locator("h1").inner_text().startswith(HOSTILE[0])
        assert tab.locator("img").count() == 0
    assert browser.errors == []
    assert browser.outside_requests == []
