"""``gridpart partition`` and ``gridpart audit`` on a small county with two banks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

import gridpart as gp
from gridpart.project.sample import sample_project

Run = Callable[..., Any]


@pytest.fixture
def outlets(tmp_path: Path) -> Path:
    path = tmp_path / "outlets.gpkg"
    places = [(402_000, 3_402_000), (409_000, 3_408_000), (417_000, 3_403_000), (405_000, 3_406_000)]
    gpd.GeoDataFrame(
        {"outlet_id": ["001", "002", "003", "004"], "bank_id": ["A", "A", "A", "B"], "name": ["东", "南", "西", "北"]},
        geometry=[shapely.Point(place) for place in places],
        crs=4547,
    ).to_file(path)
    return path


def test_one_certified_grid_for_every_bank(run: Run, area: Path, outlets: Path, tmp_path: Path) -> None:
    out = tmp_path / "cells.gpkg"
    outcome = run("partition", outlets, "--area", area, "--out", out, "--json")
    assert outcome.code == 0, outcome.err
    content = json.loads(outcome.out)
    assert [(grid["bank_id"], grid["n_cells"], grid["valid"]) for grid in content["grids"]] == [
        ("A", 3, True),
        ("B", 1, True),
    ]
    cells = gpd.read_file(out)
    assert sorted(cells["outlet_id"]) == ["001", "002", "003", "004"]
    certificate = gp.certify(cells[cells["bank_id"] == "A"], gpd.read_file(area))
    assert certificate.valid
    assert certificate.digest == content["grids"][0]["digest"]


def test_cells_of_one_and_of_several_parts_keep_their_digest(run: Run, outlets: Path, tmp_path: Path) -> None:
    area, out = tmp_path / "parts.gpkg", tmp_path / "cells.gpkg"
    parts = shapely.union_all(
        [shapely.box(400_000, 3_400_000, 420_000, 3_410_000), shapely.box(425_000, 3_400_000, 426_000, 3_401_000)]
    )
    gpd.GeoDataFrame({"area_id": ["421000"]}, geometry=[parts], crs=4547).to_file(area)
    made = json.loads(run("partition", outlets, "--area", area, "--out", out, "--json").out)["grids"][0]
    cells = gpd.read_file(out)
    cells[cells["bank_id"] == "A"].to_file(out, layer="cells", promote_to_multi=False)
    assert json.loads(run("check", out, "--area", area, "--json").out)["digest"] == made["digest"]


def test_other_names_of_a_bank_and_the_datum_of_its_points(run: Run, area: Path, tmp_path: Path) -> None:
    lines = [
        "outlet_id,bank_id,lon,lat",
        "001,清江银行,113.00,30.75",
        "002,清江行,113.10,30.78",
        "003,QJB,113.14,30.76",
    ]
    file, out = tmp_path / "outlets.csv", tmp_path / "cells.gpkg"
    file.write_text("\n".join(lines), encoding="utf-8")
    names = ("--alias", "清江银行=QJB", "--alias", "清江行=QJB")
    seen = []
    for datum in ("wgs84", "gcj02"):
        outcome = run("partition", file, "--area", area, "--out", out, "--json", "--datum", datum, *names)
        assert outcome.code == 0, outcome.err
        seen += [(grid["bank_id"], grid["n_cells"]) for grid in json.loads(outcome.out)["grids"]]
        seen.append(round(gpd.read_file(out).area.max()))
    assert seen[0] == seen[2] == ("QJB", 3)
    assert seen[1] != seen[3]
    refused = run("partition", file, "--area", area, "--out", out, "--alias", "清江银行")
    assert refused.code == 2
    assert "NAME=BANK_ID" in refused.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rule", "admin"), "say where they are with --units"),
        (("--rule", "nearest"), "give their file as the first argument"),
    ],
)
def test_what_a_rule_needs_is_said(run: Run, area: Path, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    outcome = run("partition", "--area", area, "--out", tmp_path / "cells.gpkg", *words)
    assert outcome.code == 2
    assert said in outcome.err


def test_unknown_format_is_refused(run: Run, area: Path, outlets: Path, tmp_path: Path) -> None:
    outcome = run("partition", outlets, "--area", area, "--out", tmp_path / "cells.doc")
    assert outcome.code == 2
    assert "unknown format '.doc'; expected one of .gpkg, .geojson, .shp" in outcome.err
    assert not (tmp_path / "cells.doc").exists()


def test_audit_of_what_partition_wrote(run: Run, area: Path, outlets: Path, tmp_path: Path) -> None:
    out = tmp_path / "cells.gpkg"
    run("partition", outlets, "--area", area, "--out", out)
    outcome = run("audit", out, "--area", area, "--outlets", outlets, "--out", tmp_path / "audit", "--json")
    assert outcome.code in {0, 1}, outcome.err
    content = json.loads(outcome.out)
    assert sum(content["areas_m2"].values()) == pytest.approx(2e8, rel=1e-9)
    assert (tmp_path / "audit" / "index.html").is_file()


def test_audit_with_staff_and_dates_of_layers(run: Run, area: Path, outlets: Path, tmp_path: Path) -> None:
    out, staff = tmp_path / "cells.gpkg", tmp_path / "staff.csv"
    run("partition", outlets, "--area", area, "--out", out)
    cells = gpd.read_file(out)
    people = cells.iloc[1:].assign(staff_id=[f"S{row}" for row in range(1, len(cells))], role="officer")
    people[["staff_id", "role", "bank_id", "cell_id"]].to_csv(staff, index=False)
    words = ("audit", out, "--area", area, "--outlets", outlets, "--out", tmp_path / "audit", "--json")
    outcome = run(*words, "--staff", staff, "--data-date", "outlets=2026-06-30", "--data-date", "staff=2026-07-01")
    assert outcome.code == 1, outcome.err
    told = json.loads((tmp_path / "audit" / "audit.json").read_text(encoding="utf-8"))
    assert told["data_dates"] == {"outlets": "2026-06-30", "staff": "2026-07-01"}
    without = [row["cells"] for row in told["findings"] if row["kind"] == "no_officer"]
    assert without == [[f"{cells['bank_id'][0]}/{cells['cell_id'][0]}"]]
    assert "2026-06-30" in (tmp_path / "audit" / "index.html").read_text(encoding="utf-8")
    for given, said in (
        (("outlet=2026-06-30",), "one of cells, service_area, units, outlets, equipment, staff"),
        (("outlets=June",), "'June' is no day such as 2026-06-30"),
        (("outlets=2026-06-30", "outlets=2026-07-01"), "gives outlets twice"),
    ):
        refused = run(*words, *(word for entry in given for word in ("--data-date", entry)))
        assert refused.code == 2
        assert said in refused.err


def test_audit_of_a_service_radius(run: Run, area: Path, outlets: Path, tmp_path: Path) -> None:
    out = tmp_path / "cells.gpkg"
    run("partition", outlets, "--area", area, "--out", out)
    words = ("audit", out, "--area", area, "--out", tmp_path / "audit", "--json", "--reach")
    outcome = run(*words, "500", "--outlets", outlets)
    assert outcome.code == 1, outcome.err
    served = json.loads(outcome.out)["areas_m2"]["single"]
    assert served == pytest.approx(4 * 3.14159265 * 500**2, rel=1e-6)
    for radius, outlet_words, said in (
        ("500", (), "no file of outlets was given"),
        ("far", ("--outlets", outlets), "'far' was given"),
    ):
        refused = run(*words, radius, *outlet_words)
        assert refused.code == 2
        assert said in refused.err


def test_a_bank_in_two_files_is_refused(run: Run, area: Path, outlets: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first.gpkg", tmp_path / "second.gpkg"
    for path in (first, second):
        run("partition", outlets, "--area", area, "--out", path)
    outcome = run("audit", first, second, "--area", area, "--out", tmp_path / "audit")
    assert outcome.code == 2
    assert "Bank 'A' comes in more than one file, the second is second.gpkg" in outcome.err


def test_audit_of_a_project(run: Run, tmp_path: Path) -> None:
    county = sample_project()
    county.save(tmp_path / "county.gpkg")
    words = ("audit", tmp_path / "county.gpkg", "--out", tmp_path / "audit", "--json")
    outcome = run(*words)
    assert outcome.code == 1, outcome.err
    totals = county.audit().totals().set_index("flag")["area_m2"]
    assert json.loads(outcome.out)["areas_m2"] == pytest.approx(totals.to_dict())
    whole = json.loads(run(*words, "--reach", "none").out)["areas_m2"]
    assert whole["blank"] < totals["blank"]
    for given, said in (
        (("--outlets", "outlets.csv"), "give it with --area"),
        (("--as-of", "June"), "as_of"),
        (("--profile", "defualt"), "defualt"),
    ):
        refused = run(*words, *given)
        assert refused.code == 2, refused.out
        assert said in refused.err


@pytest.fixture
def units(tmp_path: Path) -> Path:
    path = tmp_path / "units.gpkg"
    squares = [
        shapely.box(400_000 + 1000 * x, 3_400_000 + 1000 * y, 401_000 + 1000 * x, 3_401_000 + 1000 * y)
        for x in range(20)
        for y in range(10)
    ]
    columns = {"unit_id": [f"U{n:03d}" for n in range(200)], "population": 10, "township_id": ["1", "2"] * 100}
    gpd.GeoDataFrame(columns, geometry=squares, crs=4547).to_file(path)
    return path


@pytest.fixture
def roads(tmp_path: Path) -> Path:
    path = tmp_path / "roads.gpkg"
    lines = [shapely.LineString([(400_000 + 2000 * x, 3_405_000), (402_000 + 2000 * x, 3_405_000)]) for x in range(10)]
    gpd.GeoDataFrame({"road_id": [f"R{n}" for n in range(10)]}, geometry=lines, crs=4547).to_file(path)
    return path


@pytest.mark.parametrize(
    ("rule", "words", "n_cells"),
    [
        ("admin", ("--by", "township_id"), {"A": 2, "B": 2}),
        ("aggregate", ("--tolerance", "0.05", "--demand", "population"), {"A": 3, "B": 1}),
        ("balanced", ("--demand", "population"), {"A": 3, "B": 1}),
        ("travel_time", ("--speed", "40"), {"A": 3, "B": 1}),
        ("travel_time", ("--speed", "40", "--polygons", "nodes"), {"A": 3, "B": 1}),
        ("wellfield", (), {"A": 26, "B": 8}),  # two remnants join their neighbours
    ],
)
def test_every_rule_from_the_command_line(
    run: Run,
    area: Path,
    outlets: Path,
    units: Path,
    roads: Path,
    tmp_path: Path,
    rule: str,
    words: tuple[str, ...],
    n_cells: dict[str, int],
) -> None:
    out = tmp_path / "cells.gpkg"
    layers = ("--area", area, "--units", units, "--roads", roads, "--out", out)
    outcome = run("partition", outlets, *layers, "--rule", rule, *words, "--json")
    assert outcome.code == 0, outcome.err
    grids = json.loads(outcome.out)["grids"]
    assert {grid["bank_id"]: grid["n_cells"] for grid in grids} == n_cells
    assert all(grid["valid"] for grid in grids)
    cells = gpd.read_file(out)
    assert gp.certify(cells[cells["bank_id"] == "A"], gpd.read_file(area)).valid


def test_roads_without_minutes_or_speed_and_foreign_options_are_refused(
    run: Run, area: Path, outlets: Path, roads: Path, tmp_path: Path
) -> None:
    words = ("partition", outlets, "--area", area, "--roads", roads, "--out", tmp_path / "cells.gpkg")
    outcome = run(*words, "--rule", "travel_time")
    assert outcome.code == 2
    assert "10 of 10 roads have neither minutes" in outcome.err
    outcome = run(*words, "--rule", "nearest", "--cell-size", "100")
    assert outcome.code == 2
    assert "does not take these options" in outcome.err
