"""What a reader may not see is not in the bytes of any file: canaries in every cell, role and format."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from ledger_books import CELLS, STAFF, record, records

import gridpart as gp
from gridpart._typing import Language
from gridpart.errors import InputError
from gridpart.ledger import Book, grant, record_schemas, view
from gridpart.report import export
from gridpart.report.exporting import FORMATS
from gridpart.report.record_words import codes_in, in_words

PEOPLE = [
    *(("officer", person) for person in ("F1", "G2")),
    *(("manager", person) for person in ("M1", "M2")),
    ("head_office", "A"),
    ("regulator", None),
]
PERSONAL = ("customer_name", "id_number", "phone", "home_address", "note")
FIELDS = ("customer_id", *PERSONAL, "industry")
KINDS = ("profile", "visit", "incident", "issue")


def canary(kind: str, cell_id: str, field: str) -> str:
    """A word without blanks or hyphens, so that no format breaks it."""
    return f"QZ{kind}{cell_id}{field}ZQ".replace("_", "x")


@pytest.fixture(scope="module")
def book() -> Book:
    rows = []
    for kind in KINDS:
        columns = record_schemas().get(kind).columns
        for cell_id in CELLS["cell_id"]:
            texts = {name: canary(kind, cell_id, name) for name in FIELDS if name in columns}
            rows.append(record(len(rows), kind, cell_id, **texts))
    table = records(*rows)
    table.attrs["secret"] = canary("attribute", "A1", "secret")
    segment = pd.Categorical(["resident"] * len(table), categories=["resident", "QZcategoryZQ"])
    return Book(CELLS, records=table.assign(segment=segment), staff=STAFF)


def texts_of(file: Path) -> str:
    """Everything that can be read out of a file, by whatever means."""
    raw = file.read_bytes()
    if file.suffix == ".xlsx":
        with zipfile.ZipFile(file) as packed:
            return raw.decode("latin-1") + "".join(packed.read(name).decode("utf-8") for name in packed.namelist())
    if file.suffix == ".pdf":
        reader = shutil.which("pdftotext")
        if reader is None:
            message = "pdftotext is not here; run `make system`"
            if os.environ.get("CI"):
                pytest.fail(message)
            pytest.skip(message)
        text = subprocess.run([reader, "-raw", str(file), "-"], check=True, capture_output=True, text=True).stdout
        return raw.decode("latin-1") + re.sub(r"\s", "", text)
    return raw.decode("utf-8", errors="replace")


def may_see(role: str, cells: frozenset[str], kind: str, cell_id: str, field: str) -> bool:
    if cell_id not in cells or (kind == "incident" and role == "officer"):
        return False
    return role == "officer" or field not in PERSONAL


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".html", ".gpkg", ".pdf"])
@pytest.mark.parametrize(("role", "person"), PEOPLE)
def test_R69_canaries_never_appear_beyond_the_grant(
    book: Book, role: Any, person: str | None, suffix: str, tmp_path: Path
) -> None:
    shown = view(book, role, person)
    text = texts_of(export(shown, tmp_path / f"view{suffix}", title="ledger"))
    cells = grant(book, role, person).cell_ids
    seen = 0
    for kind in KINDS:
        for cell_id in CELLS["cell_id"]:
            for field in FIELDS:
                if field in record_schemas().get(kind).columns:
                    there = canary(kind, cell_id, field) in text
                    assert there == may_see(role, cells, kind, cell_id, field), (kind, cell_id, field)
                    seen += there
    assert "QZattribute" not in text
    assert "QZcategory" not in text
    assert (seen > 0) == (role != "regulator")


def test_a_file_written_over_keeps_nothing_of_the_one_before(book: Book, tmp_path: Path) -> None:
    for suffix in (".gpkg", ".csv", ".xlsx", ".html"):
        file = tmp_path / f"view{suffix}"
        export(view(book, "officer", "F1"), file)
        export(view(book, "officer", "G2"), file)
        found = set(re.findall(r"QZprofile(..)", texts_of(file)))
        assert found == {"B2"}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".html", ".gpkg", ".pdf"])
def test_the_same_table_gives_the_same_bytes(book: Book, suffix: str, tmp_path: Path) -> None:
    shown = view(book, "officer", "F1")
    files = [export(shown, tmp_path / f"{run}{suffix}") for run in ("one", "two")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_R125_tasks_for_a_mobile_application_are_valid_geojson_in_degrees(tmp_path: Path) -> None:
    square = gpd.GeoDataFrame(
        {"cell_id": ["A1"], "task": ["visit"], "due_on": [pd.Timestamp("2025-06-30")]},
        geometry=[shapely.box(500_000, 3_350_000, 501_000, 3_351_000)],
        crs="EPSG:4547",
    )
    content = json.loads(export(square, tmp_path / "tasks.geojson").read_text(encoding="utf-8"))
    assert content["type"] == "FeatureCollection"
    ring = content["features"][0]["geometry"]["coordinates"][0]
    assert all(113 < x < 115 and 30 < y < 31 for x, y in ring)
    assert ring[0] == ring[-1]
    back = gpd.read_file(tmp_path / "tasks.geojson")
    assert back.crs == "EPSG:4326"
    with pytest.raises(InputError, match="GeoJSON needs a geometry"):
        export(pd.DataFrame({"a": [1]}), tmp_path / "a.geojson")


@pytest.mark.parametrize(("lang", "kind"), [("zh-Hans", "整村授信"), ("zh-Hant", "整村授信"), ("en", "village_credit")])
def test_people_read_words_and_programs_readcodes_in(lang: Language, kind: str, tmp_path: Path) -> None:
    county = gp.sample_project()
    for person in (county.staff.loc[county.staff["role"] == "manager", "staff_id"].iloc[0], None):
        seen = gp.ledger.view(county.book(), "manager" if person else "regulator", person, profile=county.profile)
        page = export(seen, tmp_path / "a.html", lang=lang).read_text(encoding="utf-8")
        heads = re.findall(r"<th[^>]*>([^<]+)</th>", page)
        assert len(heads) >= len(seen.columns)
        assert [head for head in heads if head.isascii()] == ([] if lang != "en" else heads)
        for column in (set(seen.columns) & set(codes_in(lang))) - {"bank_id"}:
            worded = in_words(seen, lang)[in_words(seen, lang).columns[list(seen.columns).index(column)]]
            assert [code for code in worded.dropna() if str(code).isascii()] == [] or lang == "en"
        assert list(pd.read_csv(export(seen, tmp_path / "a.csv", lang=lang)).columns) == list(seen.columns)
    assert kind in page


def test_unknown_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tables are written as \.csv, \.xlsx"):
        export(pd.DataFrame({"a": [1]}), tmp_path / "a.pickle")
    assert list(tmp_path.iterdir()) == []
    assert len(FORMATS) == 6


def test_a_character_that_the_font_lacks_stops_the_print(tmp_path: Path) -> None:
    with pytest.raises(gp.RenderError, match=r"no glyph for U\+1F600 \(GRINNING FACE\)"):
        export(pd.DataFrame({"name": ["青溪", "smile 😀"]}), tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []
