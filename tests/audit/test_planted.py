"""Generated counties with every kind of fault planted: all are found, no other; areas equal a count of points."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from square_counties import CRS, square_county

import gridpart as gp

COLUMNS, ROWS, SIDE = 12, 8, 1000.0
BANKS = ("工行", "农行", "Bank C", "Bank D", "Bank E")
N_POINTS = 400_000
ORIGIN = np.array([500_000.0, 3_400_000.0])


@dataclass
class Planted:
    """A county, what its banks say, and every finding that must come of it."""

    area: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    grids: dict[str, gpd.GeoDataFrame]
    outlets: gpd.GeoDataFrame
    equipment: gpd.GeoDataFrame
    staff: pd.DataFrame
    expected: set[str] = field(default_factory=set)


def county(seed: int) -> Planted:
    """Every bank claims unit squares as cells; then faults are planted in units of their own."""
    rng = np.random.default_rng(seed)
    area, units = square_county(seed, columns=COLUMNS, rows=ROWS)
    for table in (area, units):
        table["geometry"] = shapely.transform(table.geometry.array, lambda xy: xy + ORIGIN)
    names, urban = units["unit_id"].to_numpy(), (units["zone_class"] == "urban").to_numpy()
    order = rng.permutation(len(units))
    blank, part, doubled, sliver = order[:4], order[4:6], order[6], order[7]
    excess_rural = [row for row in order[8:] if not urban[row]][:2]
    excess_urban = [row for row in order[8:] if urban[row]][:2]
    expected: set[str] = set()
    claimed: dict[str, dict[str, shapely.Geometry]] = {bank: {} for bank in BANKS}
    for row in range(len(units)):
        box = units.geometry.iloc[row]
        # two banks everywhere but in town three: what the default profile tolerates
        count = int(rng.integers(1, 4 if urban[row] else 3))
        count = 4 if row in excess_urban else 3 if row in excess_rural else count
        for bank in rng.permutation(len(BANKS))[: 0 if row in blank else count]:
            claimed[BANKS[bank]][names[row]] = box
        if row in (*excess_urban, *excess_rural):
            expected.add(f"excessive:{names[row]}")
        if row in blank:
            expected.add(f"blank:{names[row]}")
    for row in part:  # all banks leave the same half
        west, south, east, north = units.geometry.iloc[row].bounds
        for cells in claimed.values():
            if names[row] in cells:
                cells[names[row]] = shapely.box(west, south, east - SIDE / 2, north)
        expected.add(f"blank:{names[row]}")
    expected |= _sliver_and_overlap(units, claimed, sliver, doubled)
    grids = {
        bank: gpd.GeoDataFrame({"cell_id": list(cells)}, geometry=list(cells.values()), crs=CRS)
        for bank, cells in claimed.items()
    }
    expected |= _overlap_shares(claimed, urban, names)
    return _with_service(rng, Planted(area, units, grids, *_nothing(), expected))


def _sliver_and_overlap(
    units: gpd.GeoDataFrame, claimed: dict[str, dict[str, shapely.Geometry]], sliver: int, doubled: int
) -> set[str]:
    """Draw one unit 40 cm short, where no other bank serves, and cover one by two cells of one bank that overlap."""
    names = units["unit_id"].to_numpy()
    for cells in claimed.values():
        cells.pop(names[sliver], None)
        cells.pop(names[doubled], None)
    west, south, east, north = units.geometry.iloc[sliver].bounds
    claimed[BANKS[0]][names[sliver]] = shapely.box(west, south, east - 0.4, north)
    west, south, east, north = units.geometry.iloc[doubled].bounds
    claimed[BANKS[1]][f"{names[doubled]}-w"] = shapely.box(west, south, east - 300, north)
    claimed[BANKS[1]][f"{names[doubled]}-x"] = shapely.box(west + 500, south, east, north)
    return {
        f"sliver:{names[sliver]}",
        f"doubled_within_bank:农行/{names[doubled]}-w+农行/{names[doubled]}-x",
    }


def _nothing() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, pd.DataFrame]:
    return gpd.GeoDataFrame(), gpd.GeoDataFrame(), pd.DataFrame()


def _overlap_shares(claimed: dict[str, dict[str, shapely.Geometry]], urban: np.ndarray, names: np.ndarray) -> set[str]:
    """Towns of which more than half is served by several banks break a rule of their own."""
    found = set()
    for row in np.flatnonzero(urban):
        areas = [cells[names[row]].area for cells in claimed.values() if names[row] in cells]
        if len(areas) > 1 and min(areas) > SIDE * SIDE / 2:
            found.add(f"overlap_share:{names[row]}")
    return found


def _with_service(rng: np.random.Generator, planted: Planted) -> Planted:
    """Give every cell an officer and every village a service point, then take some away."""
    cells = pd.concat([grid.assign(bank_id=bank) for bank, grid in planted.grids.items()], ignore_index=True)
    lost = rng.permutation(len(cells))[:3]
    staff = pd.DataFrame({"bank_id": cells["bank_id"], "cell_id": cells["cell_id"], "role": "officer"})
    staff["staff_id"] = [f"S{row:03d}" for row in range(len(staff))]
    planted.staff = staff.drop(index=lost)
    names = zip(cells["bank_id"][lost], cells["cell_id"][lost], strict=True)
    planted.expected |= {f"no_officer:{bank}/{cell}" for bank, cell in names}
    inside = shapely.get_coordinates(shapely.centroid(np.asarray(cells.geometry.array, dtype=object)))
    planted.outlets = gpd.GeoDataFrame(
        {"outlet_id": [f"O{row:03d}" for row in range(len(cells))], "bank_id": cells["bank_id"]},
        geometry=gpd.points_from_xy(*inside.T),
        crs=CRS,
    )
    villages = planted.units[planted.units["kind"] == "village"].reset_index(drop=True)
    without = rng.permutation(len(villages))[:3]
    status = np.where(np.isin(np.arange(len(villages)), without[1:]), "closed", "active")
    planted.equipment = gpd.GeoDataFrame(
        {
            "equipment_id": [f"E{row:03d}" for row in range(len(villages))],
            "bank_id": "工行",
            "kind": "service_point",
            "status": status,
        },
        geometry=shapely.centroid(villages.geometry.array),
        crs=CRS,
    ).drop(index=without[0])
    planted.expected |= {f"no_service_point:{name}" for name in villages["unit_id"][without]}
    return planted


def audit_of(planted: Planted) -> gp.Audit:
    return gp.audit_grids(
        planted.grids,
        planted.area,
        units=planted.units,
        outlets=planted.outlets,
        equipment=planted.equipment,
        staff=planted.staff,
        data_dates={"outlets": "2026-06-30"},
    )


@pytest.mark.parametrize("seed", [*range(2), *(pytest.param(seed, marks=pytest.mark.full) for seed in range(2, 20))])
def test_R27_every_planted_fault_is_found_and_no_other(seed: int) -> None:
    planted = county(seed)
    audit = audit_of(planted)
    found = set(audit.findings["finding_id"])
    # concentration is a figure of chance here: its own rule decides, see below
    assert {name for name in found if not name.startswith("concentration:")} == planted.expected
    table = audit.concentration().set_index("unit_id")
    crowded = table[(table["access_points"] > 1) & (table["hhi"] > 0.5)]
    assert {f"concentration:{unit}" for unit in crowded.index} == {n for n in found if n.startswith("concentration:")}
    assert audit.faces["area_m2"].sum() == pytest.approx(COLUMNS * ROWS * SIDE * SIDE, rel=1e-9)
    assert audit.faces["population"].sum() == planted.units["population"].sum()


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(1, 20))])
def test_areas_by_bank_count_match_400000_random_points(seed: int) -> None:
    rng = np.random.default_rng(1000 + seed)
    planted = county(seed)
    for bank in BANKS[:3]:  # discs besides squares, so that borders are no grid lines
        discs = shapely.buffer(shapely.points(rng.uniform(0, [12_000, 8_000], (5, 2)) + ORIGIN), 900, quad_segs=8)
        more = gpd.GeoDataFrame({"cell_id": [f"disc {n}" for n in range(5)]}, geometry=discs, crs=CRS)
        planted.grids[bank] = pd.concat([planted.grids[bank], more], ignore_index=True)
    faces = gp.audit_grids(planted.grids, planted.area, units=planted.units).faces
    west, south, east, north = planted.area.total_bounds
    x, y = rng.uniform(west, east, N_POINTS), rng.uniform(south, north, N_POINTS)
    points = shapely.points(x, y)
    count = np.zeros(N_POINTS, dtype=np.int64)
    for cells in planted.grids.values():
        inside = np.zeros(N_POINTS, dtype=np.bool_)
        inside[shapely.STRtree(cells.geometry.array).query(points, predicate="within")[0]] = True
        count += inside
    total = (east - west) * (north - south)
    assert faces["area_m2"].sum() == pytest.approx(total, rel=1e-9)
    for number in range(len(BANKS) + 1):
        share = faces.loc[faces["bank_count"] == number, "area_m2"].sum() / total
        error = np.sqrt(max(share * (1 - share), 1e-9) / N_POINTS)
        assert abs((count == number).mean() - share) < 4 * error, (number, share)


def shuffled(table: gpd.GeoDataFrame, seed: int) -> gpd.GeoDataFrame:
    return table.sample(frac=1, random_state=seed)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.full) for seed in (1, 2))])
def test_shuffled_rows_of_every_layer_give_the_same_bytes(seed: int, tmp_path: Path) -> None:
    planted = county(seed)
    mixed = Planted(
        planted.area,
        shuffled(planted.units, seed + 1),
        {bank: shuffled(planted.grids[bank], seed + 2) for bank in reversed(BANKS)},
        shuffled(planted.outlets, seed + 3),
        shuffled(planted.equipment, seed + 4),
        shuffled(planted.staff, seed + 5),
    )
    audits = [audit_of(planted), audit_of(mixed)]
    assert audits[0].findings["finding_id"].tolist() == audits[1].findings["finding_id"].tolist()
    for number, audit in enumerate(audits):
        audit.save(tmp_path / str(number), lang="zh-Hans")
    for name in ("audit.json", "audit.xlsx", "index.html", "audit.gpkg"):
        one, two = ((tmp_path / str(number) / name).read_bytes() for number in (0, 1))
        assert one == two, name
