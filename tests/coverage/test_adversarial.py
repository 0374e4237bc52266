"""Hard geometries of JTS and mapshaper: the verdict their authors expect, and never a crash or a lost square metre."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridpart.coverage import Coverage, prove_partition
from gridpart.errors import CoverageError

OURS = {
    # an empty or invalid cell is never part of a partition, whatever a coverage may hold
    "testRingCollapse": "invalid",
    "testPolygonEmpty": "invalid",
}
"""Cases of JTS that we judge otherwise, and what we report."""


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "adversarial_geometry"


def _frame(shape: shapely.Geometry) -> shapely.Polygon:
    bounds = np.array(shapely.bounds(shape))
    if not np.isfinite(bounds).all():
        return shapely.box(0, 0, 1, 1)
    margin = 1 + 0.1 * np.ptp(bounds)
    return shapely.box(*bounds[:2] - margin, *bounds[2:] + margin)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_validity_is_that_of_jts(folder: Path) -> None:
    cases = pd.read_csv(folder / "validity_cases.csv")
    assert len(cases) == 459
    wrong = {}
    for case in cases.itertuples():
        shape = shapely.from_wkt(case.wkt)
        proof = prove_partition(np.array([shape], dtype=object), _frame(shape))
        usable = shape.geom_type in ("Polygon", "MultiPolygon") and not shape.is_empty and bool(case.expected_isvalid)
        given = [defect.reason for defect in proof.of_kind("invalid")]
        if len(given) != int(not usable):
            wrong[case.Index] = (case.wkt[:120], given)
    assert not wrong


def test_no_square_metre_of_a_valid_polygon_is_lost(folder: Path) -> None:
    cases = pd.read_csv(folder / "validity_cases.csv")
    shapes = shapely.from_wkt(cases.loc[cases["expected_isvalid"].astype(bool), "wkt"].to_numpy())
    shapes = shapes[np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)]
    assert len(shapes) > 100
    for shape in shapes:
        alone = np.array([shape], dtype=object)
        frame = _frame(shape)
        gaps = prove_partition(alone, frame).of_kind("gap")
        assert sum(gap.area for gap in gaps) == pytest.approx(frame.area - shape.area, rel=1e-9)
        assert prove_partition(alone, shape).holds
        whole = Coverage.from_polygons(alone).boundary()
        assert whole.is_valid
        assert whole.area == pytest.approx(shape.area, rel=1e-12)


def _coverage_cases(folder: Path) -> list[tuple[str, str, np.ndarray]]:
    """Return name, check and polygons of each case."""
    found = []
    for case in pd.read_csv(folder / "coverage_cases.csv").itertuples():
        shapes = [shapely.from_wkt(text) for text in json.loads(case.wkt_in_order)]
        if case.check in {"checkUnion", "checkError", "checkGaps"}:
            polygons = shapely.get_parts(shapes[0])
        else:
            polygons = np.array([shape for shape in shapes if "Polygon" in shape.geom_type], dtype=object)
        found.append((case.test, case.check, polygons))
    return found


def _filled(polygons: np.ndarray) -> shapely.Geometry:
    """Return the frame of polygons: their bounds, so that gaps and gores are inside."""
    return shapely.box(*shapely.total_bounds(polygons))


def test_coverages_are_judged_as_jts_judges_them(folder: Path) -> None:
    cases = [case for case in _coverage_cases(folder) if len(case[2]) and case[1] != "checkGaps"]
    assert len(cases) >= 16
    for name, check, polygons in cases:
        valid = polygons[shapely.is_valid(polygons) & ~shapely.is_empty(polygons)]
        area = _filled(valid) if check == "checkInvalidWithGaps" else shapely.union_all(valid, grid_size=1e-9)
        kinds = {defect.kind for defect in prove_partition(polygons, area).defects}
        if name in OURS:
            assert OURS[name] in kinds, name
        else:
            assert bool(kinds) == check.startswith(("checkInvalid", "checkError")), (name, kinds)
        if check == "checkInvalidWithGaps":
            assert "gap" in kinds, name


def test_unions_are_those_of_jts(folder: Path) -> None:
    for name, check, polygons in _coverage_cases(folder):
        if check == "checkUnion" and len(polygons):
            union = shapely.coverage_union_all(polygons)
            found = Coverage.from_polygons(polygons).boundary()
            assert found.is_valid, name
            assert found.symmetric_difference(union, grid_size=1e-9).area == 0, name
            assert found.length == pytest.approx(union.length), name


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_mapshaper_shapes_are_judged_without_a_crash(folder: Path) -> None:
    files = sorted((folder / "mapshaper").glob("*.json"))
    assert len(files) == 39
    for file in files:
        shapes = np.asarray(gpd.read_file(file, on_invalid="ignore").geometry.array, dtype=object)
        shapes = shapes if len(shapes) else np.array([None], dtype=object)
        frame = _frame(shapely.geometrycollections(shapes[~shapely.is_missing(shapes)]))
        proof = prove_partition(shapes, frame)
        usable = shapely.is_valid(shapes) & np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
        invalid = {defect.polygons[0] for defect in proof.of_kind("invalid")}
        assert invalid == set(np.flatnonzero(~usable).tolist()), file.name
        _assert_areas_balance(proof.defects, shapes, frame, name=file.name)
        try:
            whole = Coverage.from_polygons(shapes[usable]).boundary() if usable.any() else None
        except CoverageError as refused:
            assert "overlap" in str(refused)  # noqa: PT017 - a refusal is one of the good ends
        else:
            assert whole is None or whole.area <= shapely.area(shapes[usable]).sum() * (1 + 1e-9)


def _assert_areas_balance(defects: tuple, shapes: np.ndarray, frame: shapely.Polygon, *, name: str) -> None:  # type: ignore[type-arg]
    """What is covered twice is reported as often as it is covered, so areas balance with those of the valid cells."""
    invalid = {defect.polygons[0] for defect in defects if defect.kind == "invalid"}
    if invalid:
        return
    gap = sum(defect.area for defect in defects if defect.kind == "gap")
    extra = sum(
        defect.area * (shapely.intersects(shapes, defect.geometry.representative_point()).sum() - 1)
        for defect in defects
        if defect.kind == "overlap"
    )
    assert gap - extra == pytest.approx(frame.area - shapely.area(shapes).sum(), rel=1e-6), name
