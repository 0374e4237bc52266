"""The six kinds of equipment: at outlets, in shops and in village houses."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.project.sample.outline import CRS
from gridpart.project.sample.units import TOWN, Places, share_out

KIND_COUNTS = {
    "atm": 118,
    "pos": 240,
    "service_point": 290,
    "transfer_phone": 110,
    "self_service_terminal": 62,
    "mobile_reader": 80,
}
"""900 pieces in all."""

_KIND_WORDS = {
    "atm": "自动取款机",
    "pos": "POS机",
    "service_point": "助农取款服务点",
    "transfer_phone": "转账电话",
    "self_service_terminal": "自助终端",
    "mobile_reader": "卡乐付",
}
_AT_OUTLETS = ("atm", "self_service_terminal")
_ONLY_RURAL = ("service_point", "transfer_phone")
_URBAN_BANKS = (("LZRCB", 0.42), ("YLSB", 0.2), ("JYB", 0.18), ("LHB", 0.16), ("CLVB", 0.04))
_RURAL_BANKS = (("LZRCB", 0.66), ("YLSB", 0.27), ("CLVB", 0.07))
_OFFSET_M = (4.0, 14.0)
_SPREAD_M = {"urban": 160.0, "rural": 330.0}
_HALVINGS = 8


def equipment_table(
    places: Places,
    *,
    units: gpd.GeoDataFrame,
    outlets: gpd.GeoDataFrame,
    without_service_point: IntArray,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    """
    Place the equipment.

    Parameters
    ----------
    places, units, outlets
        The county so far.
    without_service_point
        Villages that get none; every other village gets at least one.
    rng
        Source of chance.

    Returns
    -------
    equipment
        900 rows, kind by kind: ``equipment_id``, ``bank_id``, ``outlet_id`` (the outlet that looks after it), ``kind``,
        ``unit_id``, ``status``, ``name``, points inside their unit; all active.
    """
    unit, kind, points, banks, hosts = [], [], [], [], []
    row_of_unit = {name: row for row, name in enumerate(units["unit_id"])}
    home = np.array([row_of_unit[name] for name in outlets["unit_id"]], dtype=np.int64)
    at = shapely.get_coordinates(np.asarray(outlets.geometry.array))
    for name, count in KIND_COUNTS.items():
        if name in _AT_OUTLETS:
            host = _hosts(outlets, name, count)
            unit.append(home[host])
            points.append(_near_outlets(places, at[host], home[host], rng))
            banks.append(outlets["bank_id"].to_numpy(object)[host])
        else:
            rows = _unit_of_each(units, name, count, without_service_point)
            unit.append(rows)
            points.append(_near_settlements(places, rows, rng))
            banks.append(_bank_of_each(places, rows, rng))
            host = _nearest_outlet(outlets, banks[-1], points[-1])
        hosts.append(host)
        kind.append(np.full(count, name, dtype=object))
    where, what, host = np.concatenate(unit), np.concatenate(kind), np.concatenate(hosts)
    village = units["name"].to_numpy(object)[where]
    columns = {
        "equipment_id": [f"E{number + 1:05d}" for number in range(len(where))],
        "bank_id": np.concatenate(banks),
        "outlet_id": outlets["outlet_id"].to_numpy(object)[host],
        "kind": what,
        "unit_id": units["unit_id"].to_numpy(object)[where],
        "status": np.full(len(where), "active", dtype=object),
        "name": [f"{place}{_KIND_WORDS[name]}" for place, name in zip(village, what, strict=True)],
    }
    return gpd.GeoDataFrame(columns, geometry=shapely.points(np.concatenate(points)), crs=CRS)


def _hosts(outlets: gpd.GeoDataFrame, kind: str, count: int) -> IntArray:
    """Return the outlet of each machine: every outlet has cash machines, staffed ones terminals first."""
    ranks = {"main_branch": 0, "self_service_bank": 1, "branch": 2, "sub_branch": 3}
    if kind == "self_service_terminal":
        ranks = {"main_branch": 0, "branch": 1, "sub_branch": 2, "self_service_bank": 3}
    order = np.argsort(outlets["kind"].map(ranks).to_numpy(), kind="stable")
    return np.sort(order[np.arange(count) % len(order)])


def _unit_of_each(units: gpd.GeoDataFrame, kind: str, count: int, without: IntArray) -> IntArray:
    """Return the unit of each piece, by population; service points leave out only the villages named."""
    weight = units["population"].to_numpy(np.float64)
    rural = (units["zone_class"] == "rural").to_numpy()
    if kind in _ONLY_RURAL:
        weight = np.where(rural, weight, 0.0)
    if kind != "service_point":
        return np.repeat(np.arange(len(units)), share_out(count, weight**0.8))
    weight[without] = 0.0
    first = np.flatnonzero(weight > 0)
    return np.sort(np.concatenate([first, np.repeat(np.arange(len(units)), share_out(count - len(first), weight**2))]))


def _near_outlets(places: Places, at: FloatArray, unit: IntArray, rng: np.random.Generator) -> FloatArray:
    turn, away = rng.uniform(0, 2 * np.pi, len(at)), rng.uniform(*_OFFSET_M, len(at))
    return _pulled_inside(places, unit, at, np.column_stack([np.cos(turn), np.sin(turn)]) * away[:, None])


def _near_settlements(places: Places, unit: IntArray, rng: np.random.Generator) -> FloatArray:
    spread = np.where(places.township[unit] == TOWN, _SPREAD_M["urban"], _SPREAD_M["rural"])
    step = rng.normal(0.0, 1.0, (len(unit), 2)) * spread[:, None]
    return _pulled_inside(places, unit, places.settlements[unit], step)


def _pulled_inside(places: Places, unit: IntArray, base: FloatArray, step: FloatArray) -> FloatArray:
    """Return base plus step, the step halved until the point lies in its unit."""
    home = places.polygons[unit]
    points = (base + step).round(2)
    for _ in range(_HALVINGS):
        out = ~shapely.contains_xy(home, points[:, 0], points[:, 1])
        step = np.where(out[:, None], step / 2, step)
        points = (base + step).round(2)
    return points


def _bank_of_each(places: Places, unit: IntArray, rng: np.random.Generator) -> np.ndarray:
    in_town = places.township[unit] == TOWN
    drawn = [
        rng.choice(np.array([name for name, _ in shares], dtype=object), len(unit), p=[share for _, share in shares])
        for shares in (_URBAN_BANKS, _RURAL_BANKS)
    ]
    return np.where(in_town, drawn[0], drawn[1])


def _nearest_outlet(outlets: gpd.GeoDataFrame, banks: np.ndarray, points: FloatArray) -> IntArray:
    """Return the nearest outlet of the bank of each piece."""
    host = np.zeros(len(points), dtype=np.int64)
    for bank_id in sorted(set(banks)):
        rows = np.flatnonzero(outlets["bank_id"] == bank_id)
        mine = np.flatnonzero(banks == bank_id)
        tree = shapely.STRtree(np.asarray(outlets.geometry.array)[rows])
        host[mine] = rows[tree.nearest(shapely.points(points[mine]))]
    return host
