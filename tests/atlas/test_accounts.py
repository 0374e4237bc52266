"""Nothing is lost: every row of a register is on one map, or listed with the reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from atlas.county_by_hand import equipment, officers, outlets, place, small_project

import gridpart as gp
from gridpart.atlas import AtlasSet, Sheet, build_atlas
from gridpart.viewer import Layer, Table

if TYPE_CHECKING:
    from atlas.conftest import Made

TABLES = (
    "units", "cells", "territories", "outlets", "equipment", "banks", "staff", "omissions", "about", "fields",
)  # fmt: skip
THEMES = ("outlets", "equipment", "personnel")


def sheet(atlas: AtlasSet, theme: str, zone: str) -> Sheet:
    return next(item for item in atlas.sheets if (item.theme, item.zone_class) == (theme, zone))


def layer(item: Sheet, key: str) -> Layer:
    return next(part for part in item.document.layers if part.key == key)


def table(item: Sheet, title: str) -> Table:
    return next(part for part in item.document.tables if part.title == title)


def ids(item: Sheet, prefix: str, field: int = 1) -> list[str]:
    """Ids on the cards of all layers whose key starts with a prefix."""
    return [card[field] for part in item.document.layers if part.key.startswith(prefix) for card in part.cards or ()]


def test_six_sheets_an_index_and_the_data_and_nothing_else(made: Made) -> None:
    names = {f"{theme}_{zone}.html" for theme in THEMES for zone in ("urban", "rural")}
    assert {path.name for path in made.atlas.folder.iterdir()} == names | {
        "index.html",
        "atlas.pdf",
        "atlas.gpkg",
        "atlas.xlsx",
        "README.txt",
        *(f"data_{name}.csv" for name in TABLES),
    }
    assert [(item.theme, item.zone_class) for item in made.atlas.sheets] == [
        (theme, zone) for theme in THEMES for zone in ("urban", "rural")
    ]
    assert {item.path.name for item in made.atlas.sheets} == names


def test_R40_each_active_outlet_is_on_exactly_one_sheet_and_in_its_table(made: Made) -> None:
    on_sheets = []
    for zone in ("urban", "rural"):
        item = sheet(made.atlas, "outlets", zone)
        rows = table(item, "本图幅网点")
        assert sorted(row[0] for row in rows.rows) == sorted(ids(item, "outlets"))
        assert rows.features is not None
        assert [ids(item, "outlets")[at] for at in rows.features] == [row[0] for row in rows.rows]
        on_sheets += ids(item, "outlets")
    assert sorted(on_sheets) == sorted(made.project.outlets["outlet_id"])


def test_outlets_are_on_the_sheet_of_the_unit_they_stand_in(made: Made) -> None:
    standing = made.project.outlets.sjoin(made.project.units[["geometry", "zone_class"]], predicate="intersects")
    for zone in ("urban", "rural"):
        expected = set(standing.loc[standing["zone_class"] == zone, "outlet_id"])
        assert set(ids(sheet(made.atlas, "outlets", zone), "outlets")) == expected


def test_equipment_by_kind_equals_the_register(made: Made) -> None:
    register = made.project.equipment
    active = register[register["status"] == "active"]
    urban, rural = (sheet(made.atlas, "equipment", zone) for zone in ("urban", "rural"))
    drawn = pd.Series(urban.model.counts).add(pd.Series(rural.model.counts), fill_value=0).astype(int)
    assert drawn.to_dict() == active["kind"].value_counts().to_dict()
    assert sorted(ids(urban, "equipment_") + ids(rural, "equipment_")) == sorted(active["equipment_id"])
    assert urban.model.omitted + rural.model.omitted == int((register["status"] == "closed").sum())


@pytest.mark.parametrize("zone", ["urban", "rural"])
def test_counts_per_cell_sum_to_the_sheet(made: Made, zone: str) -> None:
    item = sheet(made.atlas, "equipment", zone)
    rows = table(item, "各网格机具数")
    at = next(i for i, column in enumerate(rows.columns) if column.title == "本图幅")
    *cells, total = [int(row[at].replace(",", "")) for row in rows.rows]
    assert sum(cells) == total == sum(item.model.counts.values())


@pytest.mark.parametrize("theme", THEMES)
def test_the_register_adds_up_on_every_sheet(made: Made, theme: str) -> None:
    for zone in ("urban", "rural"):
        rows = table(sheet(made.atlas, theme, zone), "登记数核对").rows
        figures = [[int(value.replace(",", "")) for value in row[1:]] for row in rows]
        assert all(sum(parts) == whole for *parts, whole in figures)
        assert [sum(column) for column in zip(*figures[:-1], strict=True)] == figures[-1]


def test_R42_every_officer_with_a_cell_appears_and_territory_is_the_union_of_cells(made: Made) -> None:
    staff = made.project.staff
    officers_on_record = staff[staff["role"] == "officer"]
    known = {(bank, cell) for bank, grid in made.project.grids.items() for cell in grid.cells["cell_id"]}
    assigned = officers_on_record[
        [key in known for key in zip(officers_on_record["bank_id"], officers_on_record["cell_id"], strict=True)]
    ]
    shown = [
        name
        for zone in ("urban", "rural")
        for part in sheet(made.atlas, "personnel", zone).document.layers
        if part.key.startswith("cells_")
        for card, cell_class in zip(part.cards or (), part.classes_of, strict=True)
        if "定位" not in part.classes[cell_class].title
        for name in card[part.fields.index("网格员")].split("、")
        if name != "无"
    ]
    assert sorted(shown) == sorted(assigned["staff_id"])
    territories = gpd.read_file(made.atlas.package, layer="territories")
    cells = gpd.read_file(made.atlas.package, layer="cells")
    for row in territories.itertuples():
        mine = cells[(cells["bank_id"] == row.bank_id) & (cells["manager_id"] == row.manager_id)]
        assert len(mine) == row.cells
        assert row.geometry.area == pytest.approx(mine.area.sum(), rel=1e-12)
        assert shapely.equals(row.geometry, shapely.coverage_union_all(mine.geometry.array))


def test_cells_without_an_officer_are_marked(made: Made) -> None:
    item = sheet(made.atlas, "personnel", "urban")
    cells = layer(item, "cells_LZRCB")
    marked = [card[0] for card, number in zip(cells.cards or (), cells.classes_of, strict=True)
              if cells.classes[number].title == "无网格员的网格"]  # fmt: skip
    assert marked == ["LZRCB-040028"]


def test_rows_that_cannot_be_drawn_are_listed_with_the_reason(tmp_path: Path) -> None:
    project = small_project()
    given = pd.concat(
        [
            project.outlets,
            outlets(("A8", "A", "无处", "branch", None), ("A9", "A", "远处", "branch", place(9000, 9000))),
        ],
        ignore_index=True,
    )
    given["unit_id"] = [None, None, None, "U2", None]
    given["valid_from"] = pd.to_datetime([None, None, "2031-01-01", None, None])
    given["valid_to"] = pd.to_datetime(["2030-01-01", None, None, None, None])
    project.outlets = given
    atlas = build_atlas(project, tmp_path, lang="en", as_of=date(2030, 1, 1))
    reasons = {
        zone: {
            row[0]: row[5] for row in table(sheet(atlas, "outlets", zone), "On the register but not on the map").rows
        }
        for zone in ("urban", "rural")
    }
    assert reasons == {
        "urban": {"A1": "closed", "A9": "outside the service area"},
        "rural": {"B1": "not open yet", "A8": "no coordinates", "A9": "outside the service area"},
    }
    assert ids(sheet(atlas, "outlets", "rural"), "outlets") == ["A2"]
    assert ids(sheet(atlas, "outlets", "urban"), "outlets") == []


def test_equipment_of_unknown_kind_or_in_no_cell_is_drawn_and_counted(tmp_path: Path) -> None:
    project = small_project(
        equipment=equipment(
            ("E1", "A", "atm", "active", place(200, 200)),
            ("E2", "A", "drone", "active", place(200, 300)),
            ("E3", "C", None, "active", place(300, 300)),
            ("E4", "A", "pos", "closed", place(1200, 300)),
        )
    )
    atlas = build_atlas(project, tmp_path, lang="en")
    item = sheet(atlas, "equipment", "urban")
    assert dict(item.model.counts) == {"": 1, "atm": 1, "drone": 1}
    rows = {row[0]: row for row in table(item, "Equipment by cell").rows}
    assert rows["A1"][-2:] == ("2", "2")
    assert rows["in no cell"][-2:] == ("1", "1")
    assert [row[0] for row in table(sheet(atlas, "equipment", "rural"), "On the register but not on the map").rows] == [
        "E4"
    ]
    rural = sheet(atlas, "equipment", "rural")
    outlined = layer(rural, "empty_A")
    assert outlined.outline is not None
    cell = project.grids["A"].cells.set_index("cell_id").geometry["A2"]
    assert [shape.equals(cell) for shape in outlined.geometries] == [True]
    assert "empty_A" not in {part.key for part in item.document.layers}


def test_officers_without_a_cell_are_listed(tmp_path: Path) -> None:
    project = small_project(staff=officers(("F1", "A", "A1", "M1"), ("F2", "A", None, "M1"), ("F3", "A", "A-XX", "M9")))
    atlas = build_atlas(project, tmp_path, lang="en")
    listed = {
        row[0]: row[5] for row in table(sheet(atlas, "personnel", "urban"), "On the register but not on the map").rows
    }
    assert listed == {"F2": "no cell assigned", "F3": "assigned to a cell that no grid has"}


def test_only_officers_in_office_have_cells(tmp_path: Path) -> None:
    staff = officers(("F1", "A", "A1", "M1"), ("F1", "A", "A2", "M1"), ("F2", "A", "A2", "M1"), ("F3", "A", None, "M1"))
    staff["valid_from"] = [None, "2029-03-01", None, None, None]
    staff["valid_to"] = ["2029-03-01", None, None, "2028-12-31", None]
    project = small_project(staff=staff)
    reasons = {}
    for day in ("2029-02-28", "2029-03-01"):
        personnel = sheet(build_atlas(project, tmp_path / day, lang="en", as_of=day), "personnel", "urban")
        reasons[day] = [(row[0], row[3], row[5]) for row in table(personnel, "On the register but not on the map").rows]
    assert reasons["2029-02-28"] == [("F3", "–", "left office")]
    assert reasons["2029-03-01"] == [("F1", "A1", "left office"), ("F3", "–", "left office")]


def test_cells_without_a_class_take_that_of_most_of_their_area(tmp_path: Path) -> None:
    project = small_project()
    for bank_id, grid in project.grids.items():
        cells = grid.cells
        cells["zone_class"] = None
        project.grids[bank_id] = gp.Grid.from_cells(
            cells, project.service_area, bank_id=bank_id, outlets=project.outlets[project.outlets["bank_id"] == bank_id]
        )
    atlas = build_atlas(project, tmp_path, lang="en")
    cells = gpd.read_file(atlas.package, layer="cells")
    assert cells["zone_class"].tolist() == ["urban", "rural", "rural"]


def test_a_county_without_units_goes_on_the_rural_sheets(tmp_path: Path) -> None:
    units = small_project().units
    project = small_project(units=units.iloc[:0])
    atlas = build_atlas(project, tmp_path, lang="en")
    assert len(ids(sheet(atlas, "outlets", "rural"), "outlets")) == 3
    assert ids(sheet(atlas, "outlets", "urban"), "outlets") == []


@pytest.mark.parametrize("end", ["2029-12-31", "2029年12月31日", 20291231, date(2029, 12, 31)])
def test_days_of_outlets_and_of_the_atlas_may_be_written_in_many_ways(tmp_path: Path, end: object) -> None:
    project = small_project()
    ends = [end, *["9999-12-31"] * (len(project.outlets) - 1)]
    project.outlets["valid_to"] = pd.Series(ends, index=project.outlets.index, dtype=object)
    closed = str(project.outlets["outlet_id"].iloc[0])
    open_still, gone = (
        build_atlas(project, tmp_path, lang="en", formats=("html",), as_of=day) for day in ("2029-12-30", "2030/1/1")
    )
    shown = [{name for item in atlas.sheets for name in ids(item, "outlet")} for atlas in (open_still, gone)]
    assert closed in shown[0]
    assert closed not in shown[1]


def test_a_scope_or_day_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        gp.InputError, match="scope must be a Scope or a mapping of text or None; the text 'ABC' was given"
    ):
        build_atlas(small_project(), tmp_path, scope="ABC")  # type: ignore[arg-type]
    with pytest.raises(gp.InputError, match="as_of is 'soon'; it must be a date"):
        build_atlas(small_project(), tmp_path, as_of="soon")
