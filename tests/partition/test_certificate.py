"""The certificate: every defect in its table with ids, size and place; stable digest; readable in words and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from planar_layouts import random_county

import gridpart as gp
from gridpart._typing import Language

CRS = 4546
COLUMNS = ["cell_ids", "area_m2", "width_m", "reason", "geometry"]
AREA = gpd.GeoSeries([shapely.box(0, 0, 30, 10)], crs=CRS)


def _cells(*shapes: shapely.Geometry | None, ids: list[object] | None = None) -> gpd.GeoDataFrame:
    names = ids if ids is not None else list("abcdefgh"[: len(shapes)])
    return gpd.GeoDataFrame({"cell_id": names}, geometry=list(shapes), crs=CRS)


THREE = (shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10), shapely.box(20, 0, 30, 10))


def test_an_exact_partition_passes() -> None:
    certificate = gp.certify(_cells(*THREE), AREA)
    assert certificate.valid
    assert certificate.n_cells == 3
    assert certificate.n_edges == 10
    assert certificate.boundary_shift_m == 0.0
    assert certificate.summary().startswith("Exact partition: 3 cells, 10 edges, no gap, no overlap")
    for table in certificate.tables().values():
        assert list(table.columns) == COLUMNS
        assert len(table) == 0
        assert table.crs == CRS


def test_a_gap_has_ids_size_and_place() -> None:
    certificate = gp.certify(_cells(THREE[0], shapely.box(11, 0, 20, 10), THREE[2]), AREA)
    assert not certificate.valid
    (gap,) = certificate.gaps.itertuples()
    assert gap.cell_ids == ("a", "b")
    assert gap.area_m2 == 10.0
    assert gap.width_m == 1.0
    assert gap.reason == "covered by no polygon"
    assert shapely.equals(gap.geometry, shapely.box(10, 0, 11, 10))
    assert certificate.gaps.crs == CRS
    assert len(certificate.overlaps) == len(certificate.mismatches) == len(certificate.invalid) == 0


def test_an_overlap_names_all_cells_that_cover_it() -> None:
    certificate = gp.certify(_cells(*THREE, shapely.box(12, 2, 18, 8)), AREA)
    (overlap,) = certificate.overlaps.itertuples()
    assert overlap.cell_ids == ("b", "d")
    assert (overlap.area_m2, overlap.width_m) == (36.0, 6.0)
    assert overlap.reason == "covered by 2 polygons"


@pytest.mark.parametrize("big", [shapely.box(3, 2, 28, 8), shapely.box(0, 0, 25, 10)])
def test_a_cell_over_several_others_overlaps_each_of_them(big: shapely.Polygon) -> None:
    certificate = gp.certify(_cells(*THREE, big), AREA)
    found = dict(zip(certificate.overlaps["cell_ids"], certificate.overlaps["area_m2"], strict=True))
    assert found == {(name, "d"): big.intersection(cell).area for name, cell in zip("abc", THREE, strict=True)}
    assert len(certificate.gaps) == len(certificate.mismatches) == len(certificate.invalid) == 0


def test_every_one_of_neighbouring_cells_given_twice_is_named() -> None:
    certificate = gp.certify(_cells(*THREE, *THREE), AREA)
    assert sorted(certificate.overlaps["cell_ids"]) == [("a", "d"), ("b", "e"), ("c", "f")]
    assert certificate.overlaps["area_m2"].tolist() == [100.0, 100.0, 100.0]


def test_land_outside_beside_an_overlap_is_told_apart() -> None:
    certificate = gp.certify(_cells(*THREE[:2], shapely.box(20, -5, 30, 10), shapely.box(20, 0, 30, 5)), AREA)
    assert certificate.overlaps["cell_ids"].tolist() == [("c",), ("c", "d")]
    assert certificate.overlaps["area_m2"].tolist() == [50.0, 50.0]


def test_land_outside_the_area_is_an_overlap_with_a_reason() -> None:
    certificate = gp.certify(_cells(*THREE[:2], shapely.box(20, 0, 31, 10)), AREA)
    (overlap,) = certificate.overlaps.itertuples()
    assert overlap.cell_ids == ("c",)
    assert overlap.reason == "covered, but outside the area"
    assert overlap.area_m2 == 10.0


def test_a_t_junction_is_a_mismatch_with_both_sides() -> None:
    tee = shapely.Polygon([(10, 0), (20, 0), (20, 10), (10, 10), (10, 4)])
    certificate = gp.certify(_cells(THREE[0], tee, THREE[2]), AREA)
    (mismatch,) = certificate.mismatches.itertuples()
    assert mismatch.cell_ids == ("a", "b")
    assert mismatch.area_m2 == 0.0
    assert shapely.equals(mismatch.geometry, shapely.LineString([(10, 0), (10, 10)]))


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (None, "no geometry"),
        (shapely.Polygon(), "empty Polygon"),
        (shapely.LineString([(10, 0), (20, 10)]), "a LineString, not a polygon"),
        (shapely.Point(12, 4), "a Point, not a polygon"),
        (shapely.GeometryCollection([THREE[1]]), "a GeometryCollection, not a polygon"),
        (shapely.Polygon([(10, 0), (20, 10), (20, 0), (10, 10)]), r"Self-intersection\[15 5\]"),
        (shapely.Polygon([(10, 0), (20, 0), (15, 0)]), "zero area"),
        (
            shapely.Polygon([(10, 0), (20, 0), (float("nan"), 10), (10, 10)]),
            "vertex 2 of ring 0 of part 0 lies on no map",
        ),
        (
            shapely.Polygon([(10, 0), (20, 0), (float("inf"), 10), (10, 10)]),
            "vertex 2 of ring 0 of part 0 lies on no map",
        ),
        (shapely.Polygon([(10, 0), (20, 0), (1e300, 10), (10, 10)]), "vertex 2 of ring 0 of part 0 lies on no map"),
        (shapely.MultiPolygon([THREE[1], shapely.box(12, 2, 13, 3)]), "Nested shells"),
        (shapely.Polygon(THREE[1].exterior, [[(30, 2), (40, 2), (40, 4)]]), "Hole lies outside shell"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_an_invalid_cell_is_exactly_one_row(shape: shapely.Geometry | None, reason: str) -> None:
    certificate = gp.certify(_cells(THREE[0], shape, THREE[2]), AREA)
    (row,) = certificate.invalid.itertuples()
    assert row.cell_ids == ("b",)
    assert pd.Series([row.reason]).str.contains(reason).all()
    assert not certificate.valid
    assert "cells b" in certificate.summary()
    json.loads(certificate.to_json())


def test_valid_cells_with_odd_rings_are_not_invalid() -> None:
    # empty rings and parts, repeated points, either direction, a height
    first = shapely.Polygon([(0, 0), (10, 0), (10, 0), (10, 10), (0, 10)], [shapely.LinearRing()])
    second = shapely.from_wkt("MULTIPOLYGON (((10 0, 10 10, 20 10, 20 0, 10 0)), EMPTY)")
    third = shapely.from_wkt("POLYGON Z ((20 0 7, 30 0 7, 30 10 7, 20 10 7, 20 0 7))")
    assert gp.certify(_cells(first, second, third), AREA).valid


def test_a_cell_may_touch_itself_at_a_point() -> None:
    area = gpd.GeoSeries([shapely.box(0, 0, 4, 4)], crs=CRS)
    pinched = shapely.from_wkt("POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (0 0, 1 2, 2 1, 0 0))")
    inner = shapely.from_wkt("POLYGON ((0 0, 2 1, 1 2, 0 0))")
    assert gp.certify(_cells(pinched, inner), area).valid
    assert len(gp.certify(_cells(pinched), area).gaps) == 1


def test_no_cells_leave_one_gap() -> None:
    certificate = gp.certify(_cells(), AREA)
    (gap,) = certificate.gaps.itertuples()
    assert gap.cell_ids == ()
    assert gap.area_m2 == 300.0


def test_ids_come_from_the_index_without_a_column() -> None:
    cells = gpd.GeoDataFrame(geometry=[THREE[0], THREE[2]], index=[5, 7], crs=CRS)
    (gap,) = gp.certify(cells, AREA).gaps.itertuples()
    assert gap.cell_ids == ("5", "7")


def test_cells_with_one_id_are_told_apart_by_place() -> None:
    certificate = gp.certify(_cells(*THREE, THREE[1], ids=["x", "x", "x", "x"]), AREA)
    (overlap,) = certificate.overlaps.itertuples()
    assert overlap.cell_ids == ("x", "x")


def test_holes_of_the_area_must_stay_uncovered() -> None:
    ring = shapely.box(0, 0, 30, 10).difference(shapely.box(4, 4, 6, 6))
    area = gpd.GeoSeries([ring], crs=CRS)
    (outside,) = gp.certify(_cells(*THREE), area).overlaps.itertuples()
    assert outside.area_m2 == 4.0
    assert gp.certify(_cells(THREE[0].difference(shapely.box(4, 4, 6, 6)), *THREE[1:]), area).valid


def test_an_area_in_several_rows_is_joined() -> None:
    area = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 20, 10), shapely.box(20, 0, 30, 10)], crs=CRS)
    assert gp.certify(_cells(*THREE), area).valid


@pytest.mark.parametrize(
    "rows",
    [
        [shapely.box(0, 0, 20, 10), shapely.box(0, 0, 20, 10)],
        [shapely.box(0, 0, 20, 10), shapely.box(10, -5, 30, 5)],
        [shapely.box(0, 0, 20, 10), shapely.box(5, 5, 6, 6)],
        [shapely.box(0, 0, 20, 10), shapely.box(20, 2, 30, 8)],
    ],
    ids=["equal", "crossing", "nested", "unmatched"],
)
def test_an_area_whose_rows_do_not_fit_is_refused(rows: list[shapely.Polygon]) -> None:
    with pytest.raises(gp.InputError, match="rows of service_area"):
        gp.certify(_cells(*THREE), gpd.GeoSeries(rows, crs=CRS))


@pytest.mark.parametrize(
    "shape", [None, shapely.Polygon(), shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)]), shapely.Point(0, 0)]
)
def test_an_area_that_is_no_valid_polygon_is_refused(shape: shapely.Geometry | None) -> None:
    with pytest.raises(gp.InputError, match="1 of 1 rows of service_area are not valid polygons"):
        gp.certify(_cells(*THREE), gpd.GeoSeries([shape], crs=CRS))


@pytest.mark.parametrize(
    ("cells_crs", "area_crs", "match"),
    [(None, CRS, "cells"), (CRS, None, "service_area"), (4547, CRS, "must be the same"), (4490, 4490, "metre|degree")],
)
def test_coordinate_systems_must_be_metric_and_the_same(
    cells_crs: int | None, area_crs: int | None, match: str
) -> None:
    cells = gpd.GeoDataFrame({"cell_id": list("abc")}, geometry=list(THREE), crs=cells_crs)
    with pytest.raises(gp.CRSError, match=match):
        gp.certify(cells, gpd.GeoSeries([shapely.box(0, 0, 30, 10)], crs=area_crs))


def test_the_input_is_not_changed() -> None:
    cells = _cells(*THREE, shapely.box(12, 2, 18, 8), None)
    before = cells.copy(deep=True)
    gp.certify(cells, AREA)
    assert shapely.to_wkb(cells.geometry.array).tolist() == shapely.to_wkb(before.geometry.array).tolist()
    pd.testing.assert_frame_equal(pd.DataFrame(cells.drop(columns="geometry")), before.drop(columns="geometry"))


def test_the_digest_depends_on_the_cells_and_not_on_their_order() -> None:
    county = random_county(np.random.default_rng(4))
    area = gpd.GeoSeries([county.area], crs=CRS)
    cells = gpd.GeoDataFrame(
        {"cell_id": [f"c{row}" for row in range(len(county.cells))]}, geometry=list(county.cells), crs=CRS
    )
    digest = gp.certify(cells, area).digest
    assert len(digest) == 64
    assert gp.certify(cells.sample(frac=1, random_state=1), area).digest == digest
    turned = cells.set_geometry(shapely.reverse(cells.geometry.array)).set_crs(CRS)
    assert gp.certify(turned, area).digest == digest
    renamed = cells.assign(cell_id=cells["cell_id"].replace("c3", "d3"))
    assert gp.certify(renamed, area).digest != digest
    points = shapely.get_coordinates(county.cells)
    moved = shapely.transform(county.cells, lambda xy: np.where(xy == points.max(axis=0), xy + 1e-9, xy))
    assert gp.certify(cells.set_geometry(gpd.GeoSeries(moved, crs=CRS)), area).digest != digest


def test_the_digest_of_cells_with_one_id_does_not_depend_on_their_order() -> None:
    one = gp.certify(_cells(*THREE, ids=["x", "x", "y"]), AREA).digest
    two = gp.certify(_cells(THREE[1], THREE[0], THREE[2], ids=["x", "x", "y"]), AREA).digest
    assert one == two


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_json_holds_every_defect_and_is_standard_json() -> None:
    broken = shapely.Polygon([(20, 0), (30, 0), (float("nan"), 10), (20, 10)])
    certificate = gp.certify(_cells(THREE[0], shapely.box(11, 0, 20, 10), broken, ids=["甲", "</script>", "c"]), AREA)

    def refuse(name: str) -> None:
        message = f"{name} is not JSON"
        raise AssertionError(message)

    content = json.loads(certificate.to_json(), parse_constant=refuse)
    assert content["valid"] is False
    assert content["digest"] == certificate.digest
    assert content["n_cells"] == 3
    assert content["invalid"][0]["cell_ids"] == ["c"]
    assert {tuple(gap["cell_ids"]) for gap in content["gaps"]} >= {("</script>", "甲")}
    assert shapely.from_wkt(content["gaps"][0]["wkt"]).area == content["gaps"][0]["area_m2"]


def test_the_html_form_is_text_only() -> None:
    certificate = gp.certify(_cells(THREE[0], THREE[2], ids=["<img src=x onerror=alert(1)>", "b"]), AREA)
    assert "<img" not in certificate._repr_html_()
    assert "&lt;img" in certificate._repr_html_()


def test_the_summary_lists_the_largest_defects_and_counts_the_rest() -> None:
    strips = [shapely.box(3 * n, 0, 3 * n + 2, 10) for n in range(10)]
    certificate = gp.certify(_cells(*strips, ids=list(range(10))), AREA)
    lines = certificate.summary().splitlines()
    assert lines[0].startswith("Not an exact partition: 10 gaps, 0 overlaps, 0 mismatches, 0 invalid cells among 10")
    assert len(lines) == 7
    assert lines[-1] == "  and 5 more in `.gaps`"
    assert "20 m², widest 2 m" not in lines[1]
    assert "10 m², widest 1 m" in lines[1]


def test_raising_carries_the_certificate() -> None:
    certificate = gp.certify(_cells(THREE[0], THREE[2]), AREA)
    with pytest.raises(
        gp.CertificateError, match=r"(?s)Draft is not an exact partition\. .*Nothing was changed"
    ) as caught:
        certificate.raise_if_invalid(what="Draft")
    assert caught.value.certificate is certificate
    gp.certify(_cells(*THREE), AREA).raise_if_invalid(what="Draft")


def test_defects_that_the_onondaga_readme_names_are_found(shared_data: Path) -> None:
    case = shared_data / "ny_onondaga" / "case.gpkg"
    area = gpd.read_file(case, layer="area")
    clean = gp.certify(gpd.read_file(case, layer="atoms"), area)
    assert clean.valid, clean.summary()
    dirty = gpd.read_file(case, layer="atoms_dirty")
    certificate = gp.certify(dirty, _outline(dirty))
    assert [ids for (ids,) in certificate.invalid["cell_ids"]] == ["63", "100", "114"]
    assert certificate.overlaps["cell_ids"].tolist() == [("100", "98"), ("100", "26")]
    assert certificate.overlaps["area_m2"].sum() == pytest.approx(224_780, abs=1)
    assert certificate.gaps["area_m2"].round().tolist() == [24_645, 10_810]
    # the third gap that is named there has hardly a width: neighbours whose vertices do not match
    assert certificate.mismatches.distance(shapely.Point(402_288.7675, 4_766_509.6738)).min() < 1e-3


def _outline(cells: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return the area that cells enclose, holes filled."""
    union = shapely.union_all(shapely.make_valid(np.asarray(cells.geometry.array)), grid_size=1e-6)
    filled = [shapely.Polygon(part.exterior) for part in shapely.get_parts(union)]
    return gpd.GeoSeries([shapely.union_all(filled)], crs=cells.crs)


def test_shapes_alone_are_checked_with_the_ids_of_their_index() -> None:
    certificate = gp.certify(_cells(*THREE).set_index("cell_id").geometry.iloc[:2], AREA)
    assert certificate.gaps["area_m2"].tolist() == [100.0]
    assert certificate.digest == gp.certify(_cells(*THREE[:2]), AREA).digest
    with pytest.raises(gp.InputError, match="cells must be a GeoDataFrame or a GeoSeries; a list was given"):
        gp.certify([*THREE], AREA)  # type: ignore[arg-type]


def test_a_cell_with_nan_is_told_without_warnings(recwarn: pytest.WarningsRecorder) -> None:
    with np.errstate(invalid="ignore"):
        broken = shapely.Polygon([(0, 0), (10, np.nan), (10, 10)])
    certificate = gp.certify(_cells(broken, *THREE[1:]), AREA)
    assert certificate.invalid["cell_ids"].tolist() == [("a",)]
    assert len(certificate.digest) == 64
    assert [str(warning.message) for warning in recwarn] == []


@pytest.mark.parametrize(
    ("lang", "exact", "torn", "reason"),
    [
        ("en", "Exact partition: 2 cells", "Not an exact partition: 1 gaps, 1 overlaps", "covered by 2 polygons"),
        ("zh-Hans", "精确划分：2 个网格", "不是精确划分：2 个网格中有缝隙 1 处，重叠 1 处", "被 2 个面覆盖"),
        ("zh-Hant", "精確劃分：2 個網格", "不是精確劃分：2 個網格中有縫隙 1 處，重疊 1 處", "被 2 個面覆蓋"),
    ],
)
def test_a_certificate_speaks_three_languages(lang: Language, exact: str, torn: str, reason: str) -> None:
    area = gpd.GeoSeries([shapely.box(0, 0, 20, 10)], crs=4546)
    halves = [shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)]
    assert gp.certify(gpd.GeoSeries(halves, crs=4546), area).summary(lang=lang).startswith(exact)
    faulty = gp.certify(gpd.GeoSeries([shapely.box(0, 0, 9, 10), shapely.box(8, 0, 19, 10)], crs=4546), area)
    assert faulty.summary(lang=lang).startswith(torn)
    assert reason in faulty.summary(lang=lang)
    assert torn in faulty.to_html(lang=lang)
    assert f'lang="{lang}"' in faulty.to_html(lang=lang)
    with pytest.raises(gp.InputError, match="unknown language 'fr'"):
        faulty.summary(lang="fr")  # type: ignore[arg-type]


def test_large_defects_are_told_in_figures_that_people_read() -> None:
    area = gpd.GeoSeries([shapely.box(0, 0, 4000, 1000)], crs="EPSG:4547")
    cells = gpd.GeoDataFrame(
        {"cell_id": ["a", "b"]}, geometry=[shapely.box(0, 0, 3000, 1000), shapely.box(500, 0, 4000, 1000)], crs=area.crs
    )
    assert "2,500,000 m², widest 1,000 m" in gp.certify(cells, area).summary()
    whole = gp.certify(cells[:0], area)
    assert "4,000,000" in whole.summary()
    exact = gp.certify(gpd.GeoDataFrame({"cell_id": ["a"]}, geometry=area), area)
    assert "largest shift from the border 0 m" in exact.summary()
