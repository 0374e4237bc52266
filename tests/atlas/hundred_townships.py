"""A made-up county of a hundred townships with crooked borders, four hundred outlets and four thousand machines."""

from __future__ import annotations

from string import ascii_uppercase

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart.coverage import shared_arcs, tessellate
from gridpart.project import Project

CRS = "EPSG:4547"
EAST, NORTH, SIDE_M = 450_000.0, 3_380_000.0, 80_000.0
BENDS = 8


def hundred_townships(
    *, villages: int = 2500, across: int = 10, outlets: int = 400, machines: int = 4000, n_banks: int = 4
) -> Project:
    """Return the county with a grid for each of its banks; the same county every time."""
    rng = np.random.default_rng(5)
    frame = shapely.box(EAST, NORTH, EAST + SIDE_M, NORTH + SIDE_M)
    points = rng.uniform([EAST, NORTH], [EAST + SIDE_M, NORTH + SIDE_M], (villages, 2))
    coverage, _owner = tessellate(points, frame)
    shapes = crooked(coverage.polygons, rng)
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    column, row = np.clip((middle - [EAST, NORTH]) // (SIDE_M / across), 0, across - 1).astype(int).T
    town = row * across + column
    number = np.arange(len(shapes))
    units = gpd.GeoDataFrame(
        {
            "unit_id": [f"U{at:05d}" for at in number],
            "name": [f"第{at}村" for at in number],
            "township_id": [f"T{at:03d}" for at in town],
            "township": [f"镇{at + 1}" for at in town],
            "zone_class": np.where(rng.random(len(shapes)) < 0.2, "urban", "rural"),
            "population": rng.integers(100, 3000, len(shapes)),
        },
        geometry=shapes,
        crs=CRS,
    )
    area = gpd.GeoDataFrame({"name": ["百镇县"]}, geometry=[shapely.coverage_union_all(shapes)], crs=CRS)
    banks = np.array(list(ascii_uppercase[:n_banks]))
    project = Project(
        name="百镇县", service_area=area, units=units,
        outlets=_things(rng, outlets, "outlet_id", banks, ("branch", "sub_branch", "self_service_bank")),
        equipment=_things(rng, machines, "equipment_id", banks, ("atm", "pos", "service_point", "transfer_phone")),
    )  # fmt: skip
    project.partition(rule="nearest")
    cells = project.grids["A"].cells["cell_id"]
    project.staff = pd.DataFrame(
        {
            "staff_id": [f"F{at:03d}" for at in range(len(cells))], "role": "officer", "bank_id": "A",
            "cell_id": cells.to_numpy(), "employment_type": "full_time",
            "manager_id": [f"M{at // 9:02d}" for at in range(len(cells))],
        }
    )  # fmt: skip
    return project


def _things(rng: np.random.Generator, n: int, key: str, banks: np.ndarray, kinds: tuple[str, ...]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            key: [f"{key[0].upper()}{at:05d}" for at in range(n)], "bank_id": banks[np.arange(n) % len(banks)],
            "name": [f"{at}号" for at in range(n)], "kind": rng.choice(kinds, n), "status": "active",
        },
        geometry=shapely.points(rng.uniform([EAST + 1, NORTH + 1], [EAST + SIDE_M - 1, NORTH + SIDE_M - 1], (n, 2))),
        crs=CRS,
    )  # fmt: skip


def crooked(polygons: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Bend every border that two polygons share, alike for both."""
    arcs = shared_arcs(shapely.orient_polygons(polygons))
    pieces = [arcs.points[a:b] for a, b in zip(arcs.offsets[:-1], arcs.offsets[1:], strict=True)]
    lines = []
    for piece in pieces:
        ends = np.stack([piece[:-1], piece[1:]], axis=1)
        share = np.linspace(0, 1, BENDS + 1)[1:-1]
        swing = rng.uniform(-0.04, 0.04, (len(ends), len(share))) * np.sin(np.pi * share) ** 2
        along = ends[:, :1] + share[None, :, None] * (ends[:, 1:] - ends[:, :1])
        step = ends[:, 1] - ends[:, 0]
        on_rim = (np.abs(piece - [EAST, NORTH]) < 1e-6) | (np.abs(piece - [EAST + SIDE_M, NORTH + SIDE_M]) < 1e-6)
        swing[(on_rim[:-1] & on_rim[1:]).any(axis=1)] = 0.0
        bent = along + swing[:, :, None] * np.stack([-step[:, 1], step[:, 0]], axis=1)[:, None, :]
        lines.append(np.concatenate([np.concatenate([ends[:, :1], bent], axis=1).reshape(-1, 2), piece[-1:]]))
    at = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    made = shapely.get_parts(shapely.polygonize(shapely.linestrings(np.concatenate(lines), indices=at)))
    assert len(made) == len(polygons)
    return made
