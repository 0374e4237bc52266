"""Two real counties: hundreds of machines, many outside the county, some nowhere; nothing is lost on the way."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from gridpart.atlas import AtlasSet, build_atlas
from gridpart.project import Project

CASES = {"ny_bronx": (530, 1, "pop5plus"), "ny_onondaga": (202, 11, "POP8")}


def points_of(path: Path) -> gpd.GeoDataFrame:
    table = pd.read_csv(path, dtype=str)
    x, y = (pd.to_numeric(table[name]) for name in ("longitude", "latitude"))
    points = [shapely.Point(*pair) if pd.notna(pair[0]) else None for pair in zip(x, y, strict=True)]
    return gpd.GeoDataFrame(table, geometry=points, crs=4326).to_crs(32618)


def county(shared: Path, case: str, people: str) -> Project:
    area = gpd.read_file(shared / case / "case.gpkg", layer="area")
    units = gpd.read_file(shared / case / "case.gpkg", layer="atoms")
    units = gpd.GeoDataFrame(
        {
            "unit_id": [f"U{row:05d}" for row in range(len(units))],
            "township_id": [f"T{row % 7}" for row in range(len(units))],
            "township": [f"District {row % 7}" for row in range(len(units))],
            "zone_class": ["urban" if row % 3 else "rural" for row in range(len(units))],
            "population": units[people].astype(int),
        },
        geometry=units.geometry.array, crs=units.crs,
    )  # fmt: skip
    listed = points_of(shared / case / "outlets.csv").rename(columns={"bank": "bank_id"})
    inside = listed[listed.within(shapely.union_all(area.geometry.array))].drop_duplicates("geometry")
    largest = inside["bank_id"].value_counts().index[:3]
    machines = points_of(shared / case / "equipment_snapshot_a.csv").rename(columns={"institution": "bank_id"})
    project = Project(
        name=case, service_area=area[["geometry"]], units=units,
        outlets=inside[inside["bank_id"].isin(largest)][["outlet_id", "bank_id", "geometry"]].assign(kind="branch"),
        equipment=machines[["equipment_id", "bank_id", "address", "geometry"]].assign(kind="atm"),
    )  # fmt: skip
    project.partition(rule="nearest")
    return project


@cache
def made(shared: Path, case: str, people: str, folder: Path) -> tuple[Project, AtlasSet]:
    project = county(shared, case, people)
    return project, build_atlas(project, folder, lang="en")


@pytest.mark.parametrize("case", list(CASES))
def test_R41_every_machine_is_on_one_sheet_or_listed(shared_data: Path, tmp_path: Path, case: str) -> None:
    rows, without, people = CASES[case]
    project, atlas = made(shared_data, case, people, tmp_path)
    assert len(atlas.sheets) == 6
    assert atlas.index.is_file()
    register = project.equipment
    sheets = [sheet for sheet in atlas.sheets if sheet.theme == "equipment"]
    layers = [layer for sheet in sheets for layer in sheet.document.layers if layer.kind == "point"]
    drawn = [card[1] for layer in layers for card in layer.cards or ()]
    listed = {
        row[0]: row[-1] for sheet in sheets for table in sheet.document.tables
        if table.title == "On the register but not on the map" for row in table.rows
    }  # fmt: skip
    assert len(register) == rows
    assert len(drawn) == len(set(drawn))
    assert sorted([*drawn, *listed]) == sorted(register["equipment_id"])
    assert sum(reason == "no coordinates" for reason in listed.values()) == without
    inside = register[register.within(project.service_area.geometry.iloc[0])]
    assert set(inside["equipment_id"]) <= set(drawn)
    counts = Counter(card[3] for layer in layers for card in layer.cards or ())
    by_bank = register[register["equipment_id"].isin(drawn)]["bank_id"].value_counts().to_dict()
    assert dict(counts) == by_bank
    package = pyogrio.read_dataframe(atlas.package, layer="equipment")
    assert sorted(package.loc[package["omitted"].fillna("") == "", "equipment_id"]) == sorted(drawn)
