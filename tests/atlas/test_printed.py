"""The printed atlas: complete, with every figure of the pages, its labels apart, its links whole, the same twice."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import re
import shutil
import subprocess
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from atlas.county_by_hand import small_project
from pypdf import PdfReader

from gridpart.atlas import build_atlas
from gridpart.atlas._pdf.book import Printed
from gridpart.atlas._pdf.picture import NEEDED_PT2
from gridpart.atlas._pdf.shapes import PrintLayer
from gridpart.atlas._pdf.text import visible
from gridpart.atlas.words import Words
from gridpart.errors import RenderError
from gridpart.viewer import fonts as font_module
from gridpart.viewer.fonts import find_fonts

if TYPE_CHECKING:
    from atlas.conftest import Made

    from gridpart.atlas import AtlasSet

THEMES = ("outlets", "equipment", "personnel")


def tool(name: str) -> str:
    """Path of a program of poppler; tests that need it fail in CI and are skipped elsewhere when it is missing."""
    found = shutil.which(name)
    if found is None:
        message = f"{name} is not installed; run `make system`"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    return str(found)


def said(*command: str | Path) -> str:
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True)
    return done.stdout.decode(errors="replace")


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def own_text(cell: str) -> str:
    """Text of a table cell in the structure that pdfinfo prints; what follows the cell stands further left."""
    lines = re.findall(r'^( *)"(.*)"$', cell, re.MULTILINE)
    return "".join(text for indent, text in lines if indent == lines[0][0])


@pytest.fixture(scope="module")
def printed(made: Made) -> Printed:
    """The book of the sample county, not yet set."""
    models = [sheet.model for sheet in made.atlas.sheets]
    return Printed(made.atlas.overview, models, Words("zh-Hans"), find_fonts(None, lang="zh-Hans"))


@pytest.fixture(scope="module")
def pages(made: Made) -> list[str]:
    """Text of each page, columns in line."""
    assert made.atlas.pdf is not None
    return said(tool("pdftotext"), "-layout", made.atlas.pdf, "-").split("\f")[:-1]


def documents(atlas: AtlasSet) -> list[Any]:
    return [atlas.overview, *(sheet.document for sheet in atlas.sheets)]


def test_R39_paper_has_index_six_sheets_and_a_page_for_each_township_and_theme(made: Made, printed: Printed) -> None:
    kinds = [(page["kind"], page["id"]) for page in printed.book.pages]
    towns = made.project.units["township_id"].nunique()
    assert kinds[0] == ("cover", "cover")
    assert ("map", "index") in kinds
    assert [name for kind, name in kinds if kind == "map" and re.fullmatch(r"[a-z]+_[a-z]+", name)] == [
        f"{theme}_{zone}" for theme in THEMES for zone in ("urban", "rural")
    ]
    assert sum(name.startswith("township-") for _kind, name in kinds) == 3 * towns


def test_every_figure_of_the_pages_is_on_paper(made: Made, pages: list[str]) -> None:
    text = squeezed("".join(pages))
    for document in documents(made.atlas):
        for fact in document.facts:
            assert squeezed(visible(fact.title)) + squeezed(visible(fact.value)) in text, fact
        for table in document.tables:
            on_paper = [at for at, column in enumerate(table.columns) if column.title != "文件"]
            for row in ([row[at] for at in on_paper] for row in table.rows):
                whole = squeezed("".join(map(visible, row)))
                words = [word for cell in row for word in visible(cell).split()]
                assert whole in text or all(squeezed(word) in text for word in words), (table.title, row)


def test_paper_names_no_files_repeats_no_table_and_lists_the_pages_of_townships(printed: Printed) -> None:
    by_name = {page["id"]: page for page in printed.book.pages}
    assert by_name["cover"]["contents"][1] == {"title": "各乡镇（街道）页码", "to": "townships"}
    heads = [column["title"] for table in by_name["index-tables"]["tables"] for column in table["columns"]]
    assert "上图" in heads
    assert "文件" not in heads
    titles = [table["title"] for page in printed.book.pages for table in page.get("tables", ())]
    assert titles.count("网格划分及其证书") == 1
    assert "unserved" in {label["kind"] for label in by_name["index"]["map"]["labels"]}


def test_files_of_the_pages_hold_the_same_tables_cell_by_cell(made: Made) -> None:
    files = [made.atlas.index, *(sheet.path for sheet in made.atlas.sheets)]
    for file, document in zip(files, documents(made.atlas), strict=True):
        page = file.read_text(encoding="utf-8")
        data = json.loads(re.search(r'id="gridpart-data">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
        expected = [[[str(cell) for cell in row] for row in table.rows] for table in document.tables]
        assert [table["rows"] for table in data["tables"]] == expected
        facts = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page, re.DOTALL)
        assert {(escape(fact.title), escape(fact.value)) for fact in document.facts} <= set(facts)


def test_cells_of_tables_come_back_one_by_one(tmp_path: Path) -> None:
    atlas = build_atlas(small_project(), tmp_path, lang="en")
    models = [sheet.model for sheet in atlas.sheets]
    book = Printed(atlas.overview, models, Words("en"), find_fonts(None, lang="en"), only=())
    file = tmp_path / "tagged.pdf"
    file.write_bytes(book.pdf(tags=True))
    structure = said(tool("pdfinfo"), "-struct-text", file)
    found = []
    for part in re.split(r"^ *Table \(block\)\n", structure, flags=re.MULTILINE)[1:]:
        rows = re.split(r"^ *TR\n", part, flags=re.MULTILINE)[1:]
        cells = [re.split(r"^ *T[HD]\b.*\n", row, flags=re.MULTILINE)[1:] for row in rows]
        found.append([[own_text(cell) for cell in row] for row in cells])
    expected: list[list[list[str]]] = []
    for at, document in enumerate(documents(atlas)):
        for table in document.tables:
            told = [[column.title for column in table.columns], *([str(cell) for cell in row] for row in table.rows)]
            files = [column for column, title in enumerate(told[0]) if title == "File"]
            on_paper = [[cell for column, cell in enumerate(row) if column not in files] for row in told]
            if at == 0 or on_paper not in expected[: len(atlas.overview.tables)]:  # the index has it
                expected.append(on_paper)
    assert found == expected
    plain = said(tool("pdftotext"), "-layout", file, "-")
    (tmp_path / "plain.pdf").write_bytes(book.pdf())
    assert said(tool("pdftotext"), "-layout", tmp_path / "plain.pdf", "-") == plain


def test_legend_counts_on_paper_equal_the_pages(made: Made, printed: Printed) -> None:
    by_name = {page["id"]: page for page in printed.book.pages}
    for sheet in made.atlas.sheets:
        shown = [entry["count"] for group in by_name[sheet.model.stem]["legend"] for entry in group["entries"]]
        layers = [layer for layer in sheet.document.layers if layer.visible and layer.in_legend]
        expected = [f"{n:,}" if layer.counted else "" for layer in reversed(layers) for n in layer.counts.tolist()]
        whole = by_name[sheet.model.stem]["full_legend"]
        assert shown == (expected if whole else expected[: len(shown)])


def test_township_pages_sum_to_the_county(made: Made, printed: Printed) -> None:
    for theme in ("outlets", "equipment"):
        drawn = sum(sum(sheet.model.counts.values()) for sheet in made.atlas.sheets if sheet.theme == theme)
        titles = {
            entry.title for sheet in made.atlas.sheets if sheet.theme == theme
            for layer in sheet.document.layers if layer.kind == "point" for entry in layer.classes
        }  # fmt: skip
        on_pages = sum(
            int(entry["count"].replace(",", ""))
            for page in printed.book.pages
            if page["id"].startswith("township-") and page["id"].endswith(theme)
            for group in page["legend"]
            for entry in group["entries"]
            if entry["title"] in titles and entry["count"]
        )
        assert on_pages == drawn


def test_no_label_overlaps_another(printed: Printed) -> None:
    for picture in printed.book.pictures:
        boxes = [placed.box for placed in picture.labels]
        for at, one in enumerate(boxes):
            assert min(one) >= 0
            assert one[2] <= picture.window.width
            assert one[3] <= picture.window.height
            for other in boxes[at + 1 :]:
                assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_labels_keep_within_their_boxes_in_the_file(made: Made, printed: Printed, pages: list[str]) -> None:
    page = next(page for page in printed.book.pages if page["id"] == "outlets_urban")
    leaves = [squeezed(leaf) for leaf in pages]
    at = next(i for i, leaf in enumerate(leaves) if leaf.startswith(squeezed(page["title"])))
    words = said(tool("pdftotext"), "-bbox", "-f", str(at + 1), "-l", str(at + 1), made.atlas.pdf, "-")
    boxes: dict[str, list[tuple[float, ...]]] = {}
    for found in re.finditer(r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', words):
        boxes.setdefault(found[5], []).append(tuple(float(found[i]) for i in range(1, 5)))
    checked = 0
    for label in page["map"]["labels"]:
        for box in boxes.get(label["text"], []):
            if abs((box[0] + box[2]) / 2 - 28 - label["x"] - label["w"] / 2) < 1:
                assert box[2] - box[0] <= label["w"] + 0.5
                checked += 1
    assert checked > 20


def test_R43_every_large_cell_has_its_label(made: Made, printed: Printed) -> None:
    by_name = {page["id"]: page for page in printed.book.pages}
    for sheet in made.atlas.sheets:
        page = by_name[sheet.model.stem]
        picture = printed.book.pictures[int(page["map"]["file"][1:-4])]
        shown = sorted(placed.label.text for placed in picture.labels if placed.label.kind == "cell")
        needed = []
        for layer in sheet.document.layers:
            if layer.key.startswith("cells_") and layer.visible:
                seen = PrintLayer(layer).seen(picture.window)
                areas = [shape.area * picture.window.scale**2 for shape in seen.shapes]
                needed += [layer.labels[at] for at, area in zip(seen.features, areas, strict=True) if area > NEEDED_PT2]
        assert set(needed) <= set(shown)


def test_R43_every_map_carries_the_nine_elements(made: Made, printed: Printed, pages: list[str]) -> None:
    text = [squeezed(page) for page in pages]
    document = made.atlas.sheets[0].document
    maps = [page for page in printed.book.pages if page["kind"] == "map"]
    for page in maps:
        leaf = next(
            leaf for leaf in text if squeezed(page["title"]) in leaf and squeezed(page["map"]["bar"]["ratio"]) in leaf
        )
        for words in ("图例", page["map"]["bar"]["whole"], "北", document.crs_label, document.version, document.date):
            assert squeezed(words) in leaf, (page["id"], words)
        assert document.digest in leaf or page["id"] == "index"
        assert page["map"]["ticks"]
        assert "数据来源" in leaf


def test_fonts_are_embedded_and_links_resolve(made: Made) -> None:
    assert made.atlas.pdf is not None
    lines = said(tool("pdffonts"), made.atlas.pdf).splitlines()[2:]
    assert lines
    for line in lines:
        assert line.split()[-5:-2] == ["yes", "yes", "yes"], line
    reader = PdfReader(made.atlas.pdf)
    known = {page.indirect_reference.idnum for page in reader.pages}
    links = [note.get_object() for page in reader.pages for note in page.get("/Annots") or ()]
    assert len(links) > 100
    for link in links:
        assert "/URI" not in str(link)
        target = link.get("/Dest") or link["/A"]["/D"]
        if isinstance(target, str):
            target = reader.named_destinations[target].dest_array
        assert target[0].idnum in known
    assert str(reader.outline).count("/Title") >= 8


def test_neighbours_of_a_township_are_those_it_touches(made: Made, printed: Printed) -> None:
    towns = made.project.units.dissolve("township_id")
    order = list(towns.index)
    for at, town in enumerate(order):
        page = next(page for page in printed.book.pages if page["id"] == f"township-{at}-outlets")
        linked = {order[int(entry["to"].split("-")[1])] for entry in page["neighbours"]}
        rim = towns.geometry[town].boundary
        touching = {
            other for other in order if other != town and rim.intersection(towns.geometry[other].boundary).length > 0
        }
        assert linked == touching


@cache
def small_book(lang: str = "en") -> bytes:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        atlas = build_atlas(small_project(), folder, lang=lang, formats=("pdf",))  # type: ignore[arg-type]
        assert atlas.pdf is not None
        return atlas.pdf.read_bytes()


def test_the_same_county_gives_the_same_bytes_on_paper(tmp_path: Path) -> None:
    again = build_atlas(small_project(), tmp_path, lang="en", formats=("pdf",))
    assert again.pdf is not None
    assert again.pdf.read_bytes() == small_book("en")


@pytest.mark.parametrize("lang", ["en", "zh-Hans", "zh-Hant"])
def test_the_language_of_the_atlas_is_set(lang: str) -> None:
    words = {"en": "Legend", "zh-Hans": "图例", "zh-Hant": "圖例"}
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(small_book(lang))).pages)
    assert words[lang] in text
    assert not any(word in text for other, word in words.items() if other != lang)


def test_without_any_chinese_font_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(font_module, "_folders", list)
    monkeypatch.setattr(font_module, "_of_extra", lambda _lang: iter(()))
    monkeypatch.delenv(font_module.FONT_VARIABLE, raising=False)
    with pytest.raises(RenderError, match=r"no font with Chinese characters.*gridpart\[fonts\].*fonts-noto-cjk"):
        build_atlas(small_project(), tmp_path / "new")
    assert not (tmp_path / "new").exists()
    build_atlas(small_project(), tmp_path / "new", formats=("html", "gpkg"))


def test_without_the_extra_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "typst" else real(name, *rest))
    with pytest.raises(RenderError, match=r"needs typst.*gridpart\[pdf\]"):
        build_atlas(small_project(), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_missing_glyph_is_an_error_with_code_point_text_and_place(tmp_path: Path) -> None:
    project = small_project()
    project.outlets.loc[1, "name"] = "笑脸\N{GRINNING FACE}支行"
    with pytest.raises(RenderError, match=r"U\+1F600 \(GRINNING FACE\) in '笑脸.*支行', on .*rural / map / labels"):
        build_atlas(project, tmp_path / "new", lang="en")
    assert not (tmp_path / "new").exists()


def test_a_font_by_path(tmp_path: Path) -> None:
    file = find_fonts(None, lang="zh-Hans").fonts[0].path
    atlas = build_atlas(small_project(), tmp_path, lang="en", formats=("pdf",), font=file)
    assert atlas.pdf is not None
    assert atlas.pdf.read_bytes() == small_book("en")
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    with pytest.raises(RenderError, match=r"broken\.ttf cannot be read as a font"):
        build_atlas(small_project(), tmp_path / "new", font=broken)
    assert not (tmp_path / "new").exists()


def test_fonts_of_the_extra_are_taken_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = find_fonts(None, lang="zh-Hans").fonts[0].path
    for package, name in (
        ("pylopdf_fonts_zh_cn", "NotoSansSC-Regular.otf"),
        ("pylopdf_fonts_zh_tw", "NotoSansTC-Regular.otf"),
    ):
        folder = tmp_path / package
        folder.mkdir()
        (folder / "__init__.py").write_text("", encoding="utf-8")
        shutil.copyfile(file, folder / name.replace(".otf", file.suffix))
        (folder / name).symlink_to(folder / name.replace(".otf", file.suffix))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(font_module, "_folders", list)
    monkeypatch.setattr(font_module, "_faces", lambda _path, real=font_module._faces: real(file))
    names = [font.path.name for font in find_fonts(None, lang="zh-Hant").fonts]
    assert names == ["NotoSansTC-Regular.otf", "NotoSansSC-Regular.otf"]
