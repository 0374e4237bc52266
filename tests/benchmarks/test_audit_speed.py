"""
The audit of many banks against overlays and against noding in fixed precision, in one run.

The quick form checks on a small county that all ways agree. The full form (`make bench`) has 12 banks with 5,630 cells
and prints speed, agreement and memory.
"""

from __future__ import annotations

import pickle
import subprocess
import sys
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from audit_county import CRS, claims_of_many_banks

import gridpart as gp

pytestmark = pytest.mark.benchmark

WANTED_RATIO = 100.0
"""Of `audit_grids`, which nodes the cells too."""

WANTED_CALL_RATIO = 30.0
"""Of the whole call: `audit_grids`, which counts the banks at every place, and then `Audit.cell_faces`."""

AIM = 50.0
MAX_GROWTH_MIB = 300.0
SIZES = [(4, 120), pytest.param(12, 5630, marks=pytest.mark.full)]


@lru_cache(maxsize=2)
def _county(n_banks: int, n_cells: int) -> tuple[gpd.GeoSeries, dict[str, gpd.GeoDataFrame]]:
    return claims_of_many_banks(n_banks=n_banks, n_cells=n_cells)


def _seconds(function: object, *, repeats: int = 3) -> float:
    times = []
    for _ in range(repeats):
        began = time.process_time()
        function()  # type: ignore[operator]
        times.append(time.process_time() - began)
    return float(np.median(times))


def _overlay(layers: Iterable[gpd.GeoDataFrame], *, limit_s: float) -> tuple[gpd.GeoDataFrame, int, float]:
    """Overlay layers one after the other until a limit; return the outcome, the layers done and the time taken."""
    began, done, result = time.process_time(), 0, None
    for layer in layers:
        result = layer if result is None else gpd.overlay(result, layer, how="union", keep_geom_type=True)
        done += 1
        if time.process_time() - began > limit_s:
            break
    assert result is not None
    return result, done, time.process_time() - began


def _dissolved(grids: dict[str, gpd.GeoDataFrame]) -> list[gpd.GeoDataFrame]:
    return [
        gpd.GeoDataFrame({bank: [1]}, geometry=[shapely.coverage_union_all(cells.geometry.array)], crs=CRS)
        for bank, cells in grids.items()
    ]


@pytest.mark.parametrize(("n_banks", "n_cells"), SIZES)
def test_bank_counts_are_faster_than_overlay_of_dissolved_banks(n_banks: int, n_cells: int) -> None:
    area, grids = _county(n_banks, n_cells)
    ours = _seconds(lambda: gp.audit_grids(grids, area).totals())
    layers = [gpd.GeoDataFrame({"area": [1]}, geometry=area.values, crs=CRS), *_dissolved(grids)]
    parts, _, theirs = _overlay(layers, limit_s=np.inf)
    count = parts[list(grids)].notna().sum(axis=1)
    by_count = parts.geometry.area.groupby(count).sum()
    audit = gp.audit_grids(grids, area)
    mine = audit.faces.groupby("bank_count")["area_m2"].sum().reindex(by_count.index, fill_value=0.0)
    off = float((mine - by_count).abs().max() / area.area.iloc[0])
    print(
        f"\n  bank counts, {n_banks} banks, {n_cells:,} cells: {ours:.2f} s against {theirs:.1f} s of "
        f"geopandas.overlay over dissolved banks, {theirs / ours:.0f} times faster; "
        f"areas differ by {off:.1e} of the county"
    )
    if n_banks == 12:
        assert theirs / ours >= WANTED_RATIO


@pytest.mark.parametrize(("n_banks", "n_cells"), SIZES)
def test_cell_faces_are_faster_than_iterated_overlay_of_cells(n_banks: int, n_cells: int) -> None:
    area, grids = _county(n_banks, n_cells)

    passes, calls = [], []
    audit = faces = None
    for _ in range(3):
        del audit, faces  # to give back the answer before is no part of the question
        began = time.process_time()
        audit = gp.audit_grids(grids, area)
        laid = time.process_time()
        faces = audit.cell_faces
        passes.append(time.process_time() - laid)
        calls.append(time.process_time() - began)
    alone, whole = float(np.median(passes)), float(np.median(calls))
    layers = [cells.rename(columns={"cell_id": bank}) for bank, cells in grids.items()]
    # the other way is stopped once it has taken longer than the aim: its full time would be longer still
    parts, done, theirs = _overlay(layers, limit_s=2 * AIM * whole if n_banks == 12 else np.inf)
    print(
        f"\n  cell faces, {n_banks} banks, {n_cells:,} cells: {len(faces):,} faces against {theirs:.1f} s of iterated "
        f"geopandas.overlay for the first {done} banks ({len(parts):,} faces): {whole:.2f} s, of which {alone:.2f} s "
        f"after the banks were counted, at least {theirs / whole:.1f} times faster"
    )
    if n_banks == 12:
        assert theirs / whole >= WANTED_CALL_RATIO


@pytest.mark.parametrize(("n_banks", "n_cells"), SIZES)
def test_areas_agree_with_noding_in_fixed_precision_and_are_never_negative(n_banks: int, n_cells: int) -> None:
    area, grids = _county(n_banks, n_cells)
    polygons = [np.asarray(cells.geometry.array, dtype=object) for cells in grids.values()]
    lines = shapely.boundary(np.concatenate([np.asarray(area.values, dtype=object), *polygons]))
    noded = shapely.union_all(lines, grid_size=1e-5)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inner = shapely.point_on_surface(faces)
    covered = np.zeros((len(faces), len(polygons)), dtype=np.bool_)
    for bank, cells in enumerate(polygons):
        face, _ = shapely.STRtree(cells).query(inner, predicate="intersects")
        covered[face, bank] = True
    kept = shapely.contains_xy(area.iloc[0], shapely.get_x(inner), shapely.get_y(inner))
    theirs = np.bincount(covered.sum(axis=1)[kept], shapely.area(faces[kept]), minlength=n_banks + 1)
    audit = gp.audit_grids(grids, area)
    for table in (audit.faces, audit.cell_faces):
        ours = np.bincount(table["bank_count"], table["area_m2"], minlength=n_banks + 1)
        off = float(np.abs(ours - theirs).max() / area.area.iloc[0])
        print(f"\n  areas by bank count differ from fixed-precision noding by {off:.1e} of the county")
        assert off < 1e-8
        assert (table["area_m2"] > 0).all()
        assert ours.sum() == pytest.approx(area.area.iloc[0], rel=1e-9)


CHILD = """
import pickle, re, sys
import gridpart as gp
with open(sys.argv[1], "rb") as file:
    area, grids = pickle.load(file)
def mebibytes(key):
    with open("/proc/self/status") as status:
        return int(re.search(key + r":\\s+(\\d+) kB", status.read())[1]) / 1024
before = mebibytes("VmRSS")
def growth(before):
    return mebibytes("VmHWM") - before
audit = gp.audit_grids(grids, area)
audit.totals()
banks = growth(before)
len(audit.cell_faces)
print(banks, growth(before))
"""


@pytest.mark.full
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc")
def test_memory_stays_below_300_mib(tmp_path: Path) -> None:
    file = tmp_path / "county.pickle"
    with file.open("wb") as handle:
        pickle.dump(_county(12, 5630), handle)
    answer = subprocess.run([sys.executable, "-c", CHILD, str(file)], capture_output=True, text=True, check=True)
    banks, cells = (float(value) for value in answer.stdout.split())
    print(f"\n  peak memory above the loaded input: bank counts {banks:.0f} MiB, with cell faces {cells:.0f} MiB")
    assert banks < MAX_GROWTH_MIB
    assert cells < MAX_GROWTH_MIB
