"""Small counties made by hand for the tests of the atlas."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from gridpart.project import Project

CRS = "EPSG:4547"
EAST, NORTH = 500_000.0, 3_400_000.0


def place(x: float, y: float) -> shapely.Point:
    """A point in the hand-made county, in m from its lower left corner."""
    return shapely.Point(EAST + x, NORTH + y)


def square(x: float, y: float, side: float) -> shapely.Polygon:
    return shapely.box(EAST + x, NORTH + y, EAST + x + side, NORTH + y + side)


def small_project(**changes: object) -> Project:
    """
    Four square units of 1 km, the lower left one urban, two outlets of bank A, one each of bank B.

    `changes` replace tables.
    """
    units = gpd.GeoDataFrame(
        {
            "unit_id": ["U1", "U2", "U3", "U4"],
            "name": ["甲社区", "乙村", "丙村", "丁村"],
            "name_en": ["Jia", "Yi", "Bing", "Ding"],
            "township_id": ["T1", "T1", "T2", "T2"],
            "township": ["东镇", "东镇", "西镇", "西镇"],
            "zone_class": ["urban", "rural", "rural", "rural"],
            "population": [400, 300, 200, 100],
        },
        geometry=[square(0, 0, 1000), square(1000, 0, 1000), square(0, 1000, 1000), square(1000, 1000, 1000)],
        crs=CRS,
    )
    tables: dict[str, object] = {
        "name": "小县",
        "service_area": gpd.GeoDataFrame({"area_id": ["S"], "name": ["小县"]}, geometry=[square(0, 0, 2000)], crs=CRS),
        "units": units,
        "outlets": outlets(
            ("A1", "A", "甲支行", "branch", place(300, 300)),
            ("A2", "A", "丁支行", "self_service_bank", place(1700, 1600)),
            ("B1", "B", "乙支行", "main_branch", place(1500, 500)),
        ),
    }
    tables.update(changes)
    project = Project(**tables)  # type: ignore[arg-type]
    if not project.grids:
        project.partition(rule="nearest")
    return project


def outlets(*rows: tuple[str, str, str | None, str | None, shapely.Point | None]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "outlet_id": [row[0] for row in rows],
            "bank_id": [row[1] for row in rows],
            "name": [row[2] for row in rows],
            "kind": [row[3] for row in rows],
        },
        geometry=[row[4] for row in rows],
        crs=CRS,
    )


def equipment(*rows: tuple[str, str, str | None, str, shapely.Point | None]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "equipment_id": [row[0] for row in rows],
            "bank_id": [row[1] for row in rows],
            "kind": [row[2] for row in rows],
            "status": [row[3] for row in rows],
        },
        geometry=[row[4] for row in rows],
        crs=CRS,
    )


def officers(*rows: tuple[str, str, str | None, str | None]) -> pd.DataFrame:
    """Officers by id, bank, cell and manager, and a manager M1 of bank A."""
    table = pd.DataFrame(rows, columns=["staff_id", "bank_id", "cell_id", "manager_id"])
    table["role"], table["employment_type"] = "officer", "full_time"
    boss = pd.DataFrame({"staff_id": ["M1"], "bank_id": ["A"], "role": ["manager"], "employment_type": ["full_time"]})
    return pd.concat([table, boss], ignore_index=True)
