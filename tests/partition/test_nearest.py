"""Rule nearest: exact catchments, stated policies, real counties."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from planar_layouts import area_round, symmetric_sites
from scipy.spatial import cKDTree

import gridpart as gp

CRS = "EPSG:4546"
HOLED = shapely.Polygon(shapely.box(0, 0, 100, 80).exterior, [shapely.box(40, 30, 60, 50).exterior.coords])
TWO_PARTS = shapely.MultiPolygon([HOLED, shapely.box(120, 0, 150, 80)])
BAY = shapely.Polygon([(0, 0), (100, 0), (100, 100), (60, 100), (60, 10), (40, 10), (40, 100), (0, 100)])


def area_of(shape: shapely.Geometry) -> gpd.GeoSeries:
    return gpd.GeoSeries([shape], crs=CRS)


def outlets_at(points: np.ndarray | list[tuple[float, float]], bank: str = "A") -> gpd.GeoDataFrame:
    array = np.asarray(points, dtype=float)
    ids = [f"{number:04d}" for number in range(len(array))]
    return gpd.GeoDataFrame(
        {"outlet_id": ids, "bank_id": bank}, geometry=gpd.points_from_xy(array[:, 0], array[:, 1]), crs=CRS
    )


def points_inside(shape: shapely.Geometry, count: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    low, high = np.array(shape.bounds[:2]), np.array(shape.bounds[2:])
    points = np.empty((0, 2))
    while len(points) < count:
        candidates = generator.uniform(low, high, (4 * count, 2))
        points = np.concatenate([points, candidates[shapely.contains_xy(shape, candidates)]])
    return points[:count]


@pytest.mark.parametrize(
    "shape", [shapely.box(0, 0, 100, 80), HOLED, TWO_PARTS, BAY], ids=["box", "hole", "parts", "bay"]
)
@pytest.mark.parametrize("seed", range(5))
def test_every_point_lies_in_the_cell_of_its_nearest_outlet(shape: shapely.Geometry, seed: int) -> None:
    sites = points_inside(shape, 12, seed)
    grid = gp.partition.nearest(area_of(shape), outlets_at(sites), contiguous=False)
    assert grid.certificate.valid
    assert list(grid.cells["outlet_id"]) == [f"{number:04d}" for number in range(12)]
    places = points_inside(shape, 1000, seed + 100)
    found = grid.locate(gpd.GeoSeries(shapely.points(places), crs=CRS))
    expected = cKDTree(sites).query(places)[1]
    assert [int(cell.split("-")[1]) for cell in found] == expected.tolist()


@pytest.mark.parametrize("seed", range(8))
def test_contiguous_cells_are_single_polygons_on_one_part(seed: int) -> None:
    grid = gp.partition.nearest(area_of(BAY), outlets_at(points_inside(BAY, 9, seed)))
    assert set(grid.cells.geometry.geom_type) == {"Polygon"}
    loose = gp.partition.nearest(area_of(BAY), outlets_at(points_inside(BAY, 9, seed)), contiguous=False)
    moved = sum(entry["area_m2"] for entry in grid.provenance.get("pieces_moved", []))
    assert moved == pytest.approx(grid.compare(loose)["area_m2"].sum(), rel=1e-9, abs=1e-9)


def test_a_bay_really_cuts_cells_and_the_piece_goes_to_the_longest_border() -> None:
    sites = [(35, 95), (65, 50), (10, 20)]
    loose = gp.partition.nearest(area_of(BAY), outlets_at(sites), contiguous=False)
    assert (loose.cells.geometry.geom_type == "MultiPolygon").any()
    grid = gp.partition.nearest(area_of(BAY), outlets_at(sites))
    assert set(grid.cells.geometry.geom_type) == {"Polygon"}
    assert grid.provenance["pieces_moved"]


def test_a_part_without_outlet_stays_assigned_and_is_listed() -> None:
    grid = gp.partition.nearest(area_of(TWO_PARTS), outlets_at([(10, 10), (90, 70)]))
    listed = grid.provenance["parts_without_outlet_m2"]
    assert sum(listed.values()) == pytest.approx(30 * 80)
    assert grid.cells["area_m2"].sum() == pytest.approx(TWO_PARTS.area)


def test_coincident_outlets_follow_the_stated_policy() -> None:
    outlets = outlets_at([(20, 20), (20, 20 + 5e-7), (80, 60), (20, 20)])
    with pytest.raises(gp.InputError, match=r"0000, 0001, 0003 at \(20.000, 20.000\)"):
        gp.partition.nearest(area_of(HOLED), outlets)
    merged = gp.partition.nearest(area_of(HOLED), outlets, coincident="merge")
    assert list(merged.cells["outlet_id"]) == ["0000", "0002"]
    assert merged.provenance["coincident_merged"] == {"0000": ["0001", "0003"]}
    split = gp.partition.nearest(area_of(HOLED), outlets, coincident="split", contiguous=False)
    assert list(split.cells["outlet_id"]) == ["0000", "0001", "0002", "0003"]
    assert (split.cells["area_m2"] > 0).all()
    assert split.cells["area_m2"].iloc[[0, 1, 3]].sum() == pytest.approx(merged.cells["area_m2"].iloc[0])


def test_all_outlets_coincident_give_one_cell_or_equal_sectors() -> None:
    box = area_of(shapely.box(-10, -10, 10, 10))
    outlets = outlets_at([(0, 0)] * 4)
    assert gp.partition.nearest(box, outlets, coincident="merge").cells["area_m2"].tolist() == [400.0]
    sectors = gp.partition.nearest(box, outlets, coincident="split")
    assert sectors.cells["area_m2"].tolist() == pytest.approx([100.0] * 4)


def test_outlets_outside_follow_the_stated_policy() -> None:
    outlets = outlets_at([(20, 20), (103, 40), (50, 40)])  # one east of the border, one in the hole
    with pytest.raises(gp.InputError, match=r"2 of 3 outlets lie outside.*0001 at \(103.0, 40.0\), 3.0 m off"):
        gp.partition.nearest(area_of(HOLED), outlets)
    ignored = gp.partition.nearest(area_of(HOLED), outlets, outside="ignore")
    assert list(ignored.cells["outlet_id"]) == ["0000"]
    assert ignored.provenance["outside_ignored"] == {"0001": 3.0, "0002": 10.0}
    snapped = gp.partition.nearest(area_of(HOLED), outlets, outside="snap", snap_distance=10)
    assert len(snapped.cells) == 3
    assert snapped.provenance["outside_snapped"] == {"0001": 3.0, "0002": 10.0}
    with pytest.raises(gp.InputError, match="snap_distance is 5 m"):
        gp.partition.nearest(area_of(HOLED), outlets, outside="snap", snap_distance=5)
    with pytest.raises(gp.InfeasibleError, match="None of the 1 outlets"):
        gp.partition.nearest(area_of(HOLED), outlets.iloc[[1]], outside="ignore")


def test_an_outlet_on_the_border_is_inside() -> None:
    grid = gp.partition.nearest(area_of(HOLED), outlets_at([(0, 40), (100, 80), (60, 40)]))
    assert len(grid) == 3


def grid_units(nx: int = 10, ny: int = 8, size: float = 10.0) -> gpd.GeoDataFrame:
    boxes = [shapely.box(x * size, y * size, (x + 1) * size, (y + 1) * size) for y in range(ny) for x in range(nx)]
    ids = [f"U{number:03d}" for number in range(len(boxes))]
    people = np.arange(len(boxes)) + 1
    zones = ["urban" if number % nx < nx // 2 else "rural" for number in range(len(boxes))]
    return gpd.GeoDataFrame({"unit_id": ids, "population": people, "zone_class": zones}, geometry=boxes, crs=CRS)


def test_units_stay_whole_and_keep_their_people() -> None:
    units = grid_units()
    area = area_of(shapely.box(0, 0, 100, 80))
    grid = gp.partition.nearest(area, outlets_at([(12, 13), (77, 21), (45, 66)]), units=units)
    assert grid.cells["demand"].sum() == units["population"].sum()
    assert grid.cells["zone_class"].tolist() == ["urban", "rural", "urban"]
    for cell in grid.cells.geometry:
        inside = shapely.covers(cell, units.geometry.array)
        assert units.geometry[inside].area.sum() == pytest.approx(cell.area)


def test_two_outlets_in_one_unit_cut_that_unit_only_and_share_its_people() -> None:
    units = grid_units()
    area = area_of(shapely.box(0, 0, 100, 80))
    outlets = outlets_at([(11, 15), (19, 15), (77, 21)])
    grid = gp.partition.nearest(area, outlets, units=units)
    assert list(grid.cells["outlet_id"]) == ["0000", "0001", "0002"]
    assert grid.provenance["units_cut"] == {"U011": ["0000", "0001"]}
    assert grid.cells["demand"].sum() == units["population"].sum()
    assert (grid.cells["demand"] % 1 == 0).all()
    assert grid.locate(outlets).tolist() == grid.cells["cell_id"].tolist()
    with pytest.raises(gp.InfeasibleError, match="U011 holds 0000, 0001"):
        gp.partition.nearest(area, outlets, units=units, shared_units="error")


def test_units_that_do_not_tile_the_area_are_refused_with_the_gap() -> None:
    units = grid_units().drop(index=33)
    with pytest.raises(gp.CertificateError) as caught:
        gp.partition.nearest(area_of(shapely.box(0, 0, 100, 80)), outlets_at([(12, 13), (77, 21)]), units=units)
    assert caught.value.certificate.gaps["area_m2"].tolist() == pytest.approx([100.0])


def test_ties_go_to_the_lowest_outlet_id() -> None:
    outlets = outlets_at([(90, 40), (10, 40)])  # the unit column in the middle is as far from both
    units = grid_units(nx=5, ny=1, size=20)
    units.geometry = units.geometry.scale(yfact=4, origin=(0, 0))
    grid = gp.partition.nearest(area_of(shapely.box(0, 0, 100, 80)), outlets, units=units)
    assert grid.locate(gpd.GeoSeries([shapely.Point(50, 40)], crs=CRS)).tolist() == ["A-0000"]


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        (lambda o: o.set_crs("EPSG:4490", allow_override=True), gp.CRSError, ""),
        (lambda o: o.drop(columns="bank_id"), gp.InputError, "bank_id"),
        (lambda o: o.assign(outlet_id="same"), gp.InputError, "same"),
        (lambda o: o.assign(outlet_id=["x", None]), gp.InputError, "outlet_id"),
        (lambda o: o.set_geometry([shapely.Point(1, 1), None]), gp.InputError, "0001"),
        (lambda o: o.set_geometry([shapely.Point(1, 1), shapely.Point(float("nan"), 1)]), gp.InputError, "0001"),
        (lambda o: o.iloc[:0], gp.GridpartError, ""),
    ],
)
def test_layers_that_cannot_be_used_are_refused(change, error: type[Exception], text: str) -> None:  # noqa: ANN001
    outlets = outlets_at([(10, 10), (80, 70)])
    with pytest.raises(error, match=text or None):
        gp.partition.nearest(area_of(HOLED), change(outlets))


def test_the_service_area_needs_metres() -> None:
    area = gpd.GeoSeries([shapely.box(112, 30, 113, 31)], crs="EPSG:4490")
    with pytest.raises(gp.CRSError, match="to_metric"):
        gp.partition.nearest(area, outlets_at([(112.5, 30.5)]).set_crs("EPSG:4490", allow_override=True))


def test_the_same_input_gives_the_same_bytes_whatever_the_order_of_rows() -> None:
    sites = outlets_at(points_inside(TWO_PARTS, 30, 3))
    one = gp.partition.nearest(area_of(TWO_PARTS), sites)
    two = gp.partition.nearest(area_of(TWO_PARTS), sites.sample(frac=1, random_state=1))
    again = gp.partition.nearest(area_of(TWO_PARTS), sites)
    assert one.digest == again.digest
    assert sorted(one.cells["cell_id"]) == sorted(two.cells["cell_id"])
    order = two.cells.set_index("cell_id").loc[one.cells["cell_id"]]
    assert order["area_m2"].to_numpy() == pytest.approx(one.cells["area_m2"].to_numpy(), rel=1e-12)


def bank_tables(
    folder: Path, lon: str, lat: str, people: str
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame]:
    area = gpd.read_file(folder / "case.gpkg", layer="area")
    units = gpd.read_file(folder / "case.gpkg", layer="atoms")
    units = units.assign(unit_id=[f"U{row:05d}" for row in range(len(units))], population=units[people].astype(int))
    table = pd.read_csv(folder / "outlets.csv", dtype=str)
    points = gpd.points_from_xy(table[lon].astype(float), table[lat].astype(float), crs="EPSG:4326").to_crs(units.crs)
    columns = {"outlet_id": table["outlet_id"], "bank_id": table["bank"]}
    return area, units, gpd.GeoDataFrame(columns, geometry=points)


CASES = {
    "de_new_castle": ("lon", "lat", "POPULATION", 538_274, 18),
    "ny_onondaga": ("longitude", "latitude", "POP8", 463_920, 20),
}


@pytest.mark.parametrize("case", list(CASES))
def test_R3_real_county_every_bank_one_certified_grid(case: str, shared_data: Path) -> None:
    lon, lat, people, total, n_banks = CASES[case]
    area, units, outlets = bank_tables(shared_data / case, lon, lat, people)
    covered = shapely.covers(area.geometry.iloc[0], outlets.geometry.array)
    centres = units.set_geometry(units.representative_point())
    n_outside = 0
    for bank, own in outlets.groupby("bank_id"):
        inside = own[covered[own.index]]
        places = set(zip(inside.geometry.x, inside.geometry.y, strict=True))
        options = {"coincident": "merge", "outside": "ignore"}
        free = gp.partition.nearest(area, own, **options)
        by_units = gp.partition.nearest(area, own, units=units, **options)
        assert free.certificate.valid
        assert by_units.certificate.valid
        assert len(free) == len(by_units) == len(places), bank
        assert by_units.cells["demand"].sum() == total
        located = free.locate(centres)
        assert located.notna().all()
        assert units["population"].groupby(located).sum().sum() == total
        n_outside += len(free.provenance.get("outside_ignored", {}))
        kept = inside[inside["outlet_id"].isin(free.cells["outlet_id"])]
        assert dict(zip(kept["outlet_id"], free.locate(kept), strict=True)) == dict(
            zip(free.cells["outlet_id"], free.cells["cell_id"], strict=True)
        )
    assert outlets["bank_id"].nunique() == n_banks
    assert n_outside == (~covered).sum()


def check_symmetric_layouts(count: int) -> None:
    lost = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        sites = symmetric_sites(rng)
        area = gpd.GeoSeries([area_round(rng, sites)], crs=CRS)
        outlets = outlets_at(sites)
        grid = gp.partition.nearest(area, outlets, coincident="merge", outside="ignore", contiguous=False)
        left_out = set(grid.provenance.get("outside_ignored", {}))
        for merged in grid.provenance.get("coincident_merged", {}).values():
            left_out |= set(merged)
        kept = outlets[~outlets["outlet_id"].isin(left_out)]
        at_home = grid.locate(kept).tolist() == [f"A-{outlet}" for outlet in kept["outlet_id"]]
        if not grid.certificate.valid or len(grid) != len(kept) or not at_home:
            lost.append(seed)
    assert not lost


def test_symmetric_layouts_lose_no_outlet() -> None:
    check_symmetric_layouts(150)


@pytest.mark.full
def test_twenty_thousand_symmetric_layouts_lose_no_outlet() -> None:
    check_symmetric_layouts(20_000)


@pytest.mark.parametrize("blank", [None, np.nan, "  "])
def test_an_outlet_of_no_bank_is_refused(blank: object) -> None:
    outlets = outlets_at([(10, 10), (90, 70)])
    outlets["bank_id"] = pd.Series(["A", blank], dtype=object)
    with pytest.raises(gp.InputError, match="1 rows of outlets have no bank_id: rows 1"):
        gp.partition.nearest(area_of(HOLED), outlets)


def test_layers_that_are_none_are_refused_with_their_name() -> None:
    area, outlets = area_of(HOLED), outlets_at([(10, 10), (90, 70)])
    with pytest.raises(gp.InputError, match="service_area must be a GeoDataFrame or a GeoSeries; a Polygon was given"):
        gp.partition.nearest(HOLED, outlets)  # type: ignore[arg-type]
    with pytest.raises(gp.InputError, match="outlets must be a GeoDataFrame; a GeoSeries was given"):
        gp.partition.nearest(area, outlets.geometry)  # type: ignore[arg-type]
    with pytest.raises(gp.InputError, match="outlets must be a GeoDataFrame; a DataFrame was given"):
        gp.partition.nearest(area, pd.DataFrame(outlets.drop(columns="geometry")))  # type: ignore[arg-type]
    with pytest.raises(gp.InputError, match=r"service_area must be .*; one without geometry was given"):
        gp.partition.nearest(gpd.GeoDataFrame({"area_id": ["A"]}), outlets)
    with pytest.raises(gp.InfeasibleError, match="outlets has no row, so there is no cell to draw"):
        gp.partition.nearest(area, outlets.iloc[:0])


def test_a_slit_too_narrow_to_draw_along_is_named_with_the_remedy() -> None:
    slit = shapely.Polygon([(10, 0), (10, 79.99), (10 + 3e-8, 0)])
    area = area_of(shapely.box(0, 0, 100, 80).difference(slit))
    assert area.is_valid.all()
    outlets = outlets_at([(3, 40), (30, 40), (80, 40)])
    with pytest.raises(gp.CertificateError, match=r"come within \d\.\de-\d+ m .*, near \(10\.000, .*set_prec"):
        gp.partition.nearest(area, outlets)
    rounded = area.set_precision(0.001)
    assert gp.partition.nearest(rounded, outlets).certify().valid


def test_rows_of_an_area_that_do_not_fit_are_told_apart() -> None:
    rows = [shapely.box(0, 0, 50, 40), shapely.box(0, 40, 50, 80), shapely.box(50, 0, 100, 70)]
    area = gpd.GeoSeries(rows, index=["south", "north", "east"], crs=CRS)
    outlets = outlets_at([(10, 10), (90, 60), (10, 70)])
    with pytest.raises(gp.InputError, match=r"meet without matching vertices, near \(50\.000, .*union_all"):
        gp.partition.nearest(area, outlets)
    assert gp.partition.nearest(gpd.GeoSeries([area.union_all()], crs=CRS), outlets).certify().valid
    area["north"] = shapely.box(0, 39, 50, 80)
    with pytest.raises(gp.InputError, match=r"1 pairs overlap: south and north by 50 m²"):
        gp.partition.nearest(area, outlets)
    area["north"] = shapely.box(10, 10, 20, 20)
    with pytest.raises(gp.InputError, match=r"1 pairs overlap: south and north by 100 m²"):
        gp.partition.nearest(area, outlets)


def test_what_is_no_point_is_named_with_its_kind() -> None:
    area = gpd.GeoSeries([shapely.box(0, 0, 20, 10)], crs=4546)
    shapes = [shapely.MultiPoint([(5, 5)]), shapely.Point(15, 5), shapely.box(1, 1, 2, 2)]
    outlets = gpd.GeoDataFrame({"outlet_id": ["a", "b", "c"], "bank_id": "A"}, geometry=shapes, crs=4546)
    with pytest.raises(gp.InputError, match=r"coordinates: a \(a MultiPoint\), c \(a Polygon\)\. .*outlets\.explode"):
        gp.partition.nearest(area, outlets)
    assert len(gp.partition.nearest(area, outlets.iloc[:2].explode())) == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"snap_distance": -1.0}, "snap_distance must be a length in metres, zero or more; -1.0 was given"),
        ({"rotation": float("nan")}, "rotation must be a finite number of degrees; nan was given"),
        ({"min_cell_area": -5.0}, "min_cell_area must be a number of m², zero or more; -5.0 was given"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(options: dict[str, float], said: str) -> None:
    area = gpd.GeoSeries([shapely.box(0, 0, 20, 10)], crs=4546)
    outlets = gpd.GeoDataFrame({"outlet_id": ["a"], "bank_id": "A"}, geometry=[shapely.Point(5, 5)], crs=4546)
    with pytest.raises(gp.InputError, match=said):
        gp.partition.wellfield(area, outlets, **options)
