"""Opening checks what it is given, and says what is wrong."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pyogrio
import pytest
import shapely
from project.small_county import assert_same_project, require_whole, small_project

from gridpart._typing import Language
from gridpart.errors import ProjectError
from gridpart.project import open_project
from gridpart.project._manifest import STORED_TABLES
from gridpart.project.project import TABLES


@pytest.fixture
def county(tmp_path: Path) -> Path:
    path = tmp_path / "county.gpkg"
    small_project(1).save(path)
    return path


def change(path: Path, *statements: str) -> None:
    """Change a file behind gridpart's back; triggers that need spatial functions are dropped first."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            if name.startswith("rtree_"):
                connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            connection.execute(statement)


def test_other_programs_read_every_layer(county: Path) -> None:
    project = small_project(1)
    layers = dict(pyogrio.list_layers(county).tolist())
    assert set(STORED_TABLES) <= set(layers)
    assert {name for name, kind in layers.items() if kind is None} == {
        *(*TABLES, "grids", "earlier_grids", "gridpart_manifest"),
    }
    outlets = pyogrio.read_dataframe(county, layer="outlets")
    assert outlets["outlet_id"].tolist() == ["007", "010", "0100", "a"]
    assert outlets["name"].tolist() == project.outlets["name"].tolist()
    assert outlets.crs == project.crs
    assert outlets.to_wkb()["geometry"].tolist() == project.outlets.to_wkb()["geometry"].tolist()
    assert pyogrio.read_info(county, layer="outlets")["ogr_types"][3:4] == ["OFTDate"]
    cells = pyogrio.read_dataframe(county, layer="cells", where="bank_id = 'ABC'")
    assert cells["cell_id"].tolist() == project.grids["ABC"].cells["cell_id"].tolist()
    assert pyogrio.read_info(county, layer="cells")["features"] == 4
    grids = pyogrio.read_dataframe(county, layer="grids", read_geometry=False)
    assert grids["status"].tolist() == ["draft", "proposed"]
    assert json.loads(grids["provenance"][1])["checked_by"] == "李"


def test_layers_have_a_spatial_index_and_the_file_is_sound(county: Path) -> None:
    with closing(sqlite3.connect(county)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        indexed = {row[0] for row in connection.execute("SELECT table_name FROM gpkg_extensions")}
    assert {"service_area", "units", "outlets", "cells", "roads"} <= indexed


@pytest.mark.parametrize("address", ["https://example.org/county.gpkg", "/vsicurl/http://example.org/c.gpkg"])
def test_network_is_never_asked(address: str) -> None:
    with pytest.raises(ProjectError, match="not a file on this computer"):
        open_project(address)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"nowhere\.gpkg is not there"):
        open_project(tmp_path / "nowhere.gpkg")
    with pytest.raises(ProjectError, match="is a folder"):
        open_project(tmp_path)


def test_plain_geopackage_is_told_from_a_project(tmp_path: Path) -> None:
    path = tmp_path / "plain.gpkg"
    small_project().units.to_file(path, layer="villages")
    with pytest.raises(ProjectError, match=r"not a project.*Its layers: 'villages'.*read_units\(path, layer=…\)"):
        open_project(path)


def test_other_sqlite_file(tmp_path: Path) -> None:
    path = tmp_path / "other.gpkg"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE t (a)")
    with pytest.raises(ProjectError, match="an SQLite file but not a GeoPackage"):
        open_project(path)


@pytest.mark.parametrize("keep", [0, 10, 100, 5000, 0.5, 0.99])
def test_truncated_file(keep: float, county: Path) -> None:
    content = county.read_bytes()
    county.write_bytes(content[: int(len(content) * keep) if isinstance(keep, float) else keep])
    with pytest.raises(ProjectError, match="county"):
        open_project(county)


def test_newer_format_is_refused(county: Path) -> None:
    change(county, "UPDATE gridpart_manifest SET format = 2, manifest = '{\"unheard\": 1}'")
    with pytest.raises(ProjectError, match=r"newer gridpart: its format is 2, this gridpart reads up to 1\. Update"):
        open_project(county)
    with pytest.raises(ProjectError, match="newer gridpart"):
        small_project().save(county)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"dtype":"object"', '"dtype":"V99999999999"'),
        ('"name":"ledger"', '"name":"sqlite_master"'),
        ('"attributes":"', '"attributes":"' + "[" * 5000),
        ('"extends"', '"surprise"'),
    ],
)
def test_manifest_that_lies(old: str, new: str, county: Path) -> None:
    with closing(sqlite3.connect(county)) as connection, connection:
        text = connection.execute("SELECT manifest FROM gridpart_manifest").fetchone()[0]
        assert old in text
        connection.execute("UPDATE gridpart_manifest SET manifest = ?", (text.replace(old, new),))
    with pytest.raises(ProjectError):
        open_project(county)


@pytest.mark.parametrize(
    "manifest", ["", "[]", "{}", '{"format": 1, "tables": [{"name": "sqlite_master"}]}', "\x00"], ids=range(5)
)
def test_damaged_manifest(manifest: str, county: Path) -> None:
    with closing(sqlite3.connect(county)) as connection, connection:
        connection.execute("UPDATE gridpart_manifest SET manifest = ?", (manifest,))
    with pytest.raises(ProjectError, match="damaged project"):
        open_project(county)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM units WHERE fid = 3", "table 'units' has 11 rows where 12 were saved"),
        ("DELETE FROM staff", "table 'staff' has 0 rows where 2 were saved"),
        ("UPDATE outlets SET name = 'x' WHERE fid = 2", "table 'outlets' has other values than were saved"),
        ("ALTER TABLE banks ADD COLUMN logo TEXT", "table 'banks' has other columns than were saved"),
        ("UPDATE cells SET geom = (SELECT geom FROM units WHERE fid = 1)", "table 'cells' has other values"),
        ("UPDATE outlets SET geom = x'00' WHERE fid = 1", "Layer 'outlets' holds something that is no GeoPackage geom"),
        ("DROP TABLE ledger", "lost its table 'ledger'"),
    ],
)
def test_changed_table_is_named(statement: str, words: str, county: Path) -> None:
    change(county, statement)
    with pytest.raises(ProjectError, match=words):
        open_project(county)


def test_edits_of_another_program_are_taken_when_wanted(county: Path) -> None:
    change(
        county,
        "DELETE FROM units WHERE fid = 12",
        "UPDATE outlets SET name = '新名' WHERE fid = 1",
        "INSERT INTO outlets (outlet_id, bank_id) VALUES ('new', 'ABC')",
        "ALTER TABLE staff ADD COLUMN phone TEXT",
        "UPDATE staff SET phone = '0123'",
        "ALTER TABLE banks DROP COLUMN name",
    )
    project = open_project(county, accept_edits=True)
    assert len(project.units) == 11
    assert project.outlets["outlet_id"].tolist() == ["007", "010", "0100", "a", "new"]
    assert project.outlets["name"][0] == "新名"
    assert project.outlets["state"].tolist()[:4] == [1, 1, 1, 1]
    assert project.outlets.geometry[4] is None
    assert project.staff["phone"].tolist() == ["0123", "0123"]
    assert project.banks.columns.tolist() == ["bank_id", "state"]
    project.save(county)
    assert_same_project(project, open_project(county))


def test_edited_units_keep_the_faces_of_grids_that_they_still_make_up(county: Path) -> None:
    change(county, "UPDATE units SET population = 7 WHERE fid = 1")
    assert open_project(county, accept_edits=True).grids["XYZ"].face_ids == small_project().grids["XYZ"].face_ids
    change(county, "UPDATE units SET geom = (SELECT geom FROM units WHERE fid = 2) WHERE fid = 1")
    assert open_project(county, accept_edits=True).grids["XYZ"].face_ids is None


def test_edited_grid_must_still_be_exact(county: Path) -> None:
    change(county, "UPDATE cells SET geom = (SELECT geom FROM units WHERE fid = 1) WHERE fid = 1")
    with pytest.raises(ProjectError, match=r"grid of bank XYZ in the file is not an exact partition"):
        open_project(county, accept_edits=True)


def test_renamed_cell_is_another_grid(county: Path) -> None:
    change(county, "UPDATE cells SET cell_id = 'renamed' WHERE fid = 1")
    assert "renamed" in open_project(county, accept_edits=True).grids["XYZ"].cells["cell_id"].tolist()


def test_stale_feature_count_is_reported_and_mended(county: Path) -> None:
    change(county, "UPDATE gpkg_ogr_contents SET feature_count = 5 WHERE table_name = 'units'")
    with pytest.warns(UserWarning, match="layer 'units' has 12 rows but its feature_count says 5"):
        project = open_project(county)
    assert len(project.units) == 12
    project.save(county)
    assert pyogrio.read_info(county, layer="units")["features"] == 12


def test_nothing_stored_in_the_schema_is_run(county: Path) -> None:
    change(
        county,
        "ALTER TABLE ledger RENAME TO ledger_kept",
        "CREATE VIEW ledger AS SELECT *, load_extension('evil') AS evil FROM ledger_kept",
    )
    with pytest.raises(ProjectError, match="lost its table 'ledger'"):
        open_project(county, accept_edits=True)


def test_road_to_nowhere_is_named(county: Path) -> None:
    change(county, "DELETE FROM road_nodes WHERE node_id = 'j2'")
    with pytest.raises(ProjectError, match="2 ends of roads lead to nodes that are not there: j2"):
        open_project(county, accept_edits=True)


def test_file_in_a_read_only_place_opens(county: Path) -> None:
    county.chmod(0o444)
    county.parent.chmod(0o555)
    try:
        assert require_whole(open_project(county)) == 1
    finally:
        county.parent.chmod(0o755)


def test_summary_and_repr_escape_names(county: Path) -> None:
    project = open_project(county)
    project.name = "<script>alert(1)</script>"
    assert "<script>" not in project._repr_html_()
    assert "&lt;script&gt;" in project._repr_html_()
    assert "Units: 12\nOutlets: 4\n" in project.summary()
    assert "ABC 甲银行 (2 cells), XYZ (2 cells)" in project.summary()
    assert "网格划分：ABC 甲银行（2 格）、XYZ（2 格）" in project.summary(lang="zh-Hans")
    assert project.bank_ids == ["ABC", "XYZ"]


@pytest.mark.parametrize(("lang", "units"), [("en", "Units"), ("zh-Hans", "基本单元"), ("zh-Hant", "基本單元")])
def test_a_project_shows_itself_in_three_languages(county: Path, lang: Language, units: str) -> None:
    shown = open_project(county).to_html(lang=lang)
    assert f">{units}<" in shown
    assert shown.startswith(f'<table lang="{lang}"')
    assert open_project(county)._repr_html_().startswith('<table lang="zh-Hans"')


def test_values_are_live(county: Path) -> None:
    project = open_project(county)
    project.outlets.loc[0, "geometry"] = shapely.Point(1, 2)
    project.save(county)
    assert open_project(county).outlets.geometry[0] == shapely.Point(1, 2)
