"""Files and encodings: rows 64 to 74 of the list of bad inputs, as far as a reader meets them."""

from __future__ import annotations

import pickle
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
from input_files import fates, notes, square, write_csv, write_geojson, write_layer, write_outlets

from gridpart.errors import CRSError, InputError
from gridpart.inputs import read_outlets, read_service_area, read_units

ROWS = ["B1,农业银行,小溪塔街道网点,114.30,30.60", "B2,农业银行,樟村坪镇网点,114.31,30.61"]
TRIANGLE = {"type": "Polygon", "coordinates": [[[116, 40], [117, 40], [117, 41], [116, 40]]]}


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("gbk", "GB18030"),
        ("gb18030", "GB18030"),
        ("utf-8-sig", "UTF-8 with BOM"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-8", "UTF-8"),
    ],
)
def test_bad_input_64_65_encodings_are_told_apart_and_named(tmp_path: Path, encoding: str, label: str) -> None:
    table, report = read_outlets(write_outlets(tmp_path, *ROWS, encoding=encoding))
    assert table["name"].tolist() == ["小溪塔街道网点", "樟村坪镇网点"]
    assert report.encoding == label


def test_bad_input_64_big5_and_windows_1252(tmp_path: Path) -> None:
    rows = ["B1,農業銀行,嘉義市東區網點,120.4,23.4", "B2,農業銀行,朴子市永和里,120.5,23.5"]
    table, report = read_outlets(write_outlets(tmp_path, *rows, encoding="big5"))
    assert (table["name"].tolist()[0], report.encoding) == ("嘉義市東區網點", "Big5")
    table, report = read_outlets(write_outlets(tmp_path, "B1,Crédit,Zürich Süd,8.5,47.3", encoding="cp1252"))
    assert (table["name"].tolist()[0], report.encoding) == ("Zürich Süd", "Windows-1252")


def test_bad_input_64_stated_encoding_is_taken(tmp_path: Path) -> None:
    path = write_outlets(tmp_path, *ROWS, encoding="gbk")
    assert read_outlets(path, encoding="gbk")[1].encoding == "gbk (stated)"
    with pytest.raises(InputError, match="unknown encoding 'martian'"):
        read_outlets(path, encoding="martian")


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_bad_input_64_damaged_bytes_name_line_and_byte(tmp_path: Path, encoding: str) -> None:
    path = write_outlets(tmp_path, *ROWS * 5, encoding=encoding)
    lines = path.read_bytes().split(b"\r\n")
    lines[2] = b"B2,\xff\xff," + lines[2][3:]
    path.write_bytes(b"\r\n".join(lines))
    with pytest.raises(InputError, match=r"outlets\.csv: .* not valid .*line 3 byte 4.*Nothing was read"):
        read_outlets(path)


def test_without_the_detector_the_encoding_must_be_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "charset_normalizer", None)
    path = write_outlets(tmp_path, *ROWS, encoding="gbk")
    with pytest.raises(InputError, match=r"is not UTF-8.*pip install 'gridpart\[files\]'.*encoding=\"gb18030\""):
        read_outlets(path)
    assert len(read_outlets(path, encoding="gb18030")[0]) == 2


def test_delimiters_other_than_commas(tmp_path: Path) -> None:
    for delimiter, label in ((";", '";"'), ("\t", "TAB"), ("|", '"|"')):
        lines = [delimiter.join(line.split(",")) for line in ("outlet_id,bank,lon,lat", "B1,x,114.1,30.1")]
        table, report = read_outlets(write_csv(tmp_path, *lines))
        assert len(table) == 1
        assert f"The delimiter is {label}" in notes(report)


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize("declaration", ["kept", "lost", "wrong", "latin"])
@pytest.mark.filterwarnings("ignore:Could not decode error message:RuntimeWarning")
def test_bad_input_66_shapefiles_with_chinese_columns(tmp_path: Path, encoding: str, declaration: str) -> None:
    table = gpd.GeoDataFrame(
        {
            "单元编号": ["01", "02"],
            "单元名称": ["冯家湾社区居民委员会", "兴安社区"],
            "所属街道名": ["小溪塔", "小溪塔"],
        },
        geometry=[square(0), square(200)],
        crs="EPSG:4546",
    )
    path = tmp_path / "单元.shp"
    pyogrio.write_dataframe(table, path, encoding=encoding)
    if declaration == "lost":
        path.with_suffix(".cpg").unlink()
    if declaration in ("wrong", "latin"):
        lie = "ISO-8859-1" if declaration == "latin" else {"utf-8": "GBK", "gbk": "UTF-8"}[encoding]
        path.with_suffix(".cpg").write_text(lie, encoding="ascii")
    read, report = read_units(path)
    assert read["unit_id"].tolist() == ["01", "02"]
    assert report.encoding in {"utf-8", "gb18030", "gbk"}
    assert "Shapefiles cut column names to 10 bytes" in notes(report)
    assert ("The .cpg file declares" in notes(report)) == (declaration in ("wrong", "latin"))
    assert read["name"].tolist() == ["冯家湾社区居民委员会", "兴安社区"]
    stated, _ = read_units(path, columns={"township": "所属街道名"})
    assert stated["township"].tolist() == ["小溪塔", "小溪塔"]


def test_a_true_cpg_of_european_text_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "units.shp"
    names = ["Île-de-Bréhat", "Señorío", "Übersee", "Næstved"]
    table = gpd.GeoDataFrame(
        {"unit_id": list("1234"), "name": names}, geometry=[square(200 * n) for n in range(4)], crs="EPSG:4546"
    )
    pyogrio.write_dataframe(table, path, encoding="ISO-8859-1")
    read, report = read_units(path)
    assert read["name"].tolist() == names
    assert "The .cpg file declares" not in notes(report)


def test_shapefile_in_an_archive_and_with_a_missing_part(tmp_path: Path) -> None:
    path = write_layer(tmp_path, [square()], name="layer.shp")
    archive = tmp_path / "layer.zip"
    with zipfile.ZipFile(archive, "w") as stream:
        for part in tmp_path.glob("layer.*"):
            if part.suffix != ".zip":
                stream.write(part, f"数据/{part.name}")
    table, report = read_units(archive)
    assert len(table) == 1
    assert report.source == "layer.zip"
    path.with_suffix(".dbf").unlink()
    with pytest.raises(InputError, match=r"layer\.shp: \.dbf is missing beside it"):
        read_units(path)


@pytest.mark.parametrize("name", ["layer.gpkg", "layer.parquet", "layer.shp", "layer.geojson"])
def test_bad_input_67_truncated_files(tmp_path: Path, name: str) -> None:
    path = write_geojson(tmp_path, TRIANGLE) if name.endswith("json") else write_layer(tmp_path, [square()], name=name)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match=rf"{name}.*(damaged|cut off).*Nothing was read"):
        read_units(path)


def test_bad_input_67_empty_missing_and_misnamed_files(tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    with pytest.raises(InputError, match=r"empty\.csv is empty \(0 bytes\)"):
        read_outlets(empty)
    with pytest.raises(InputError, match="cannot be opened: No such file"):
        read_outlets(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="is not a file"):
        read_outlets(tmp_path)
    misnamed = write_layer(tmp_path, [square()]).rename(tmp_path / "layer.csv")
    with pytest.raises(InputError, match="its name says csv, but its content is an SQLite database"):
        read_outlets(misnamed)
    with pytest.raises(InputError, match="its name says xlsx, but its content is text"):
        read_outlets(write_csv(tmp_path, "a,b", name="table.xlsx"))


def test_bad_input_67_archives_that_unpack_too_far(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as stream:
        stream.writestr("layer.csv", b"0" * (65 << 20))
    with pytest.raises(InputError, match=r"bomb\.zip would unpack .*Nothing was unpacked"):
        read_outlets(bomb)


@pytest.mark.parametrize("member", ["../layer.csv", "/etc/layer.csv", "..\\layer.csv"])
def test_bad_input_73_archives_that_would_leave_their_folder(tmp_path: Path, member: str) -> None:
    archive = tmp_path / "trick.zip"
    with zipfile.ZipFile(archive, "w") as stream:
        stream.writestr(member, "outlet_id,bank,lon,lat\n")
    with pytest.raises(InputError, match="would leave its folder"):
        read_outlets(archive)


def test_bad_input_68_stale_row_counts(tmp_path: Path) -> None:
    path = write_layer(tmp_path, [square(200 * place) for place in range(40)], unit_id=[f"u{i}" for i in range(40)])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE gpkg_ogr_contents SET feature_count = 24")
    table, report = read_units(path)
    assert len(table) == 40
    assert "notes 24 rows for the layer, but holds 40; all were read" in notes(report)


def test_bad_input_69_a_journal_left_by_a_crash_is_read_with_the_file(tmp_path: Path) -> None:
    path = write_layer(tmp_path, [square(), square(200)])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{trigger}"')  # they call functions that only GDAL knows
        connection.execute("UPDATE units SET unit_id = 'z' WHERE unit_id = 'b'")
        connection.commit()
        crashed = tmp_path / "crashed"
        crashed.mkdir()
        for part in tmp_path.glob("layer.gpkg*"):
            shutil.copy(part, crashed / part.name)
    assert (crashed / "layer.gpkg-wal").exists()
    table, _ = read_units(crashed / "layer.gpkg")
    assert table["unit_id"].tolist() == ["a", "z"]


def test_bad_input_70_a_file_that_may_not_be_written_is_read(tmp_path: Path) -> None:
    path = write_layer(tmp_path, [square()])
    path.chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        assert len(read_units(path)[0]) == 1
    finally:
        tmp_path.chmod(0o755)


def test_bad_input_71_files_cannot_make_us_call_functions(tmp_path: Path) -> None:
    path = write_layer(tmp_path, [square()])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE IF EXISTS gpkg_ogr_contents")
        connection.execute("CREATE VIEW evil AS SELECT load_extension('nothing') AS unit_id")
    assert len(read_units(path, layer="units")[0]) == 1
    with pytest.raises(InputError, match=r"layer\.gpkg"):
        read_units(path, layer="evil")
    assert pyogrio.get_gdal_config_option("OGR_SQLITE_PRAGMA") is None


@pytest.mark.parametrize("name", ["table.pkl", "table.npy", "table.npz", "table.pickle"])
def test_bad_input_72_pickles_are_never_opened(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(InputError, match="run code when opened"):
        read_outlets(path)


@pytest.mark.parametrize(
    "path",
    [
        "/vsicurl/http://example.org/a.gpkg",
        "http://example.org/a.csv",
        r"\\host\share\a.gpkg",
        "//host/share/a.gpkg",
        "/vsizip/a.zip/a.gpkg",
        "a\x00.csv",
    ],
)
def test_bad_input_73_addresses_are_never_opened(path: str) -> None:
    with pytest.raises(InputError, match=r"is not a local file|It holds NUL"):
        read_outlets(path)


@pytest.mark.parametrize("suffix", [".kml", ".gml", ".svg", ".vrt", ".xml"])
def test_bad_input_73_formats_that_refer_to_other_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"layer{suffix}"
    path.write_text("<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>", encoding="utf-8")
    with pytest.raises(InputError, match="can refer to other files and addresses"):
        read_units(path)


def test_bad_input_73_links_in_geojson_are_not_followed(tmp_path: Path) -> None:
    path = write_geojson(tmp_path, TRIANGLE)
    link = '"crs": {"type": "link", "properties": {"href": "http://example.org/crs"}}, '
    path.write_text(path.read_text(encoding="utf-8").replace("{", "{" + link, 1), encoding="utf-8")
    with pytest.raises(CRSError, match=r"only names are read, links never"):
        read_units(path)


@pytest.mark.parametrize("layer", ["../units", "a/b", "units\x00", ""])
def test_bad_input_74_layer_names_that_are_paths(tmp_path: Path, layer: str) -> None:
    path = write_layer(tmp_path, [square()])
    with pytest.raises(InputError, match=r"layer name .* is not allowed"):
        read_units(path, layer=layer)


def test_bad_input_74_names_with_quotes_are_only_names(tmp_path: Path) -> None:
    name = 'x"; DROP TABLE units; --'
    table = gpd.GeoDataFrame({"unit_id": ["a"], name: ["v"]}, geometry=[square()], crs="EPSG:32650")
    path = tmp_path / "layer.gpkg"
    table.to_file(path, layer=name)
    read, _ = read_units(path, layer=name)
    assert read[name].tolist() == ["v"]


def test_parquet_without_geometry_and_with_nested_values(tmp_path: Path) -> None:
    table = pd.DataFrame({"outlet_id": ["007"], "bank": ["x"], "lon": [114.3], "lat": [30.6], "tags": [["a", "b"]]})
    table.to_parquet(tmp_path / "outlets.parquet")
    read, _ = read_outlets(tmp_path / "outlets.parquet", datum="wgs84")
    assert read[["outlet_id", "tags"]].to_numpy().tolist() == [["007", '["a", "b"]']]
    assert read.geometry.iloc[0].coords[0] == (114.3, 30.6)


def test_layers_are_listed_where_a_choice_is_needed(shared_data: Path) -> None:
    path = shared_data / "de_new_castle" / "case.gpkg"
    with pytest.raises(InputError, match=r"case\.gpkg has 2 layers; its layers are: 'area', 'atoms'.*layer=…"):
        read_service_area(path)
    with pytest.raises(InputError, match=r"has no layer 'blocks'; its layers are: 'area', 'atoms'"):
        read_service_area(path, layer="blocks")
    table, report = read_service_area(path, layer="area")
    assert (len(table), report.layer) == (1, "area")
    assert fates(report) == (1, 0, 0)


def test_the_same_units_from_every_format(tmp_path: Path) -> None:
    shapes = [square(500_000, 3_400_000), square(500_100, 3_400_000)]
    columns = {"unit_id": ["001", "002"], "population": [5, 7], "name": ["甲", "乙"]}
    tables = []
    for file in ("units.gpkg", "units.shp", "units.parquet"):
        path = write_layer(
            tmp_path, shapes, name=file, unit_id=columns["unit_id"], 人口=columns["population"], 村名=columns["name"]
        )
        tables.append(read_units(path)[0])
    rows = [
        f'{columns["unit_id"][i]},{columns["population"][i]},{columns["name"][i]},"{shapes[i].wkt}"' for i in (0, 1)
    ]
    path = write_csv(tmp_path, "unit_id,population,name,geometry", *rows)
    tables.append(read_units(path, crs="EPSG:32650")[0])
    for table in tables:
        assert table[["unit_id", "population", "name"]].to_dict("list") == columns
        assert table.crs.to_epsg() == 32650
        assert table.geometry.geom_equals(gpd.GeoSeries(shapes, crs=32650)).all()


def test_importing_the_readers_loads_no_optional_package() -> None:
    code = "import sys, gridpart.inputs; print(sorted({'openpyxl', 'folium', 'babel'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(("module", "name"), [("openpyxl", "table.xlsx"), ("pyarrow", "layer.parquet")])
def test_formats_whose_package_is_missing_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    if name.endswith("xlsx"):
        openpyxl.Workbook().save(tmp_path / name)
    else:
        write_layer(tmp_path, [square()], name=name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf"needs {module}.*pip install 'gridpart\[files\]'"):
        read_units(tmp_path / name)
