"""Whatever the cells hold: every row read has one fate, and what is kept keeps the contract."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from input_files import fates, write_csv, write_geojson

from gridpart.errors import GridpartError
from gridpart.inputs import read_outlets, read_units
from gridpart.tables import problems

IDS = ["007", "1", "1.5", "", " a ", "合计", "1E+5", "é", "x\x0by", "NaN", "b", "c", "d", '"']
BANKS = ["ABC", "农行", "", " ABC", "Ａ", "null"]
LONGITUDES = [
    "114.3",
    "114.31",
    "30.6",
    "0",
    "",
    "nan",
    "-inf",
    "1e308",
    "114°18'",
    "１１４.３",
    "abc",
    "181",
    "-114.3",
]
LATITUDES = ["30.6", "30.61", "114.3", "0", "", "95", "30°36'N", "3 0", "-", "１"]
KINDS = ["支行", "branch", "?", ""]
DATES = ["2026-01-01", "20260230", "", "soon", "2026年1月1日"]
FIGURES = [0, 1, -1, 1.5, None, "1,234", "约500", 2**65, float("inf"), float("nan"), True, "", [1], {"a": 1}]

SEEDS = [*range(10), *(pytest.param(seed, marks=pytest.mark.full) for seed in range(10, 200))]


def ring(rng: random.Random) -> list[list[Any]]:
    values = [0.0, 1.0, 2.0, 2.0, 3.0, 116.0, float("nan"), 1e300, None]
    weights = [5, 5, 5, 5, 5, 1, 0.3, 0.2, 0.2]
    return [rng.choices(values, weights, k=rng.choice([2, 2, 2, 3])) for _ in range(rng.randrange(1, 8))]


def geometry(rng: random.Random) -> Any:
    shape = rng.random()
    if shape < 0.1:
        return rng.choice([None, {}, {"type": "Polygon"}, {"type": "Point", "coordinates": [1, 1]}, "Polygon", 5])
    if shape < 0.3:
        return {"type": "MultiPolygon", "coordinates": [[ring(rng)] for _ in range(rng.randrange(3))]}
    return {"type": "Polygon", "coordinates": [ring(rng) for _ in range(rng.choice([1, 1, 2]))]}


@pytest.mark.parametrize("seed", SEEDS)
def test_any_outlets(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    pools = (IDS, BANKS, LONGITUDES, LATITUDES, KINDS, DATES)
    rows = [",".join('"' + rng.choice(pool).replace('"', '""') + '"' for pool in pools) for _ in range(30)]
    good = [f"G{place},ABC,114.3,30.6,branch,2026-01-01" for place in range(3)]
    path = write_csv(tmp_path, "outlet_id,bank_id,lon,lat,kind,valid_from", *good, *rows)
    table, report = read_outlets(path, datum=rng.choice(["declared", "gcj02", "bd09", "cgcs2000"]))
    kept, repaired, _ = fates(report)
    assert report.rows_read == 33
    assert len(table) == kept + repaired
    assert problems(table, "outlets") == ()
    assert report.summary("zh-Hans")
    assert len(report.to_frame()) >= len(report.rejected)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_units(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    shapes = [geometry(rng) for _ in range(30)]
    figures = [rng.choice(FIGURES) for _ in shapes]
    names = [rng.choice(["甲", "\ud800", None, 5, "x" * 300]) for _ in shapes]
    identities = [rng.choice([place, f"u{place}", None, place + 0.5]) for place in range(30)]
    path = write_geojson(tmp_path, *shapes, unit_id=identities, population=figures, name=names)
    try:
        table, report = read_units(path)
    except GridpartError as error:
        assert "Nothing was read" in str(error)  # noqa: PT017 - either is right, depending on the seed
        return
    assert len(table) == sum(fates(report)[:2])
    assert report.rows_read == 30
    assert problems(table, "units") == ()
    assert report.to_html()
