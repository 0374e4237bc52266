"""The audit: flags, sums, findings and figures on counties whose answer is known, and on real ones."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

import gridpart as gp
from gridpart.audit.access import gini
from gridpart.audit.concentration import herfindahl
from gridpart.audit.pieces import cut_to_pieces
from gridpart.audit.refinement import refine
from gridpart.partition.figures import weighted_quantile

CRS = "EPSG:4546"
AREA = gpd.GeoSeries([shapely.box(0, 0, 4, 2)], crs=CRS)


def claim(*boxes: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=[shapely.box(*box) for box in boxes], crs=CRS)


def county(scale: float = 1000.0) -> tuple[gpd.GeoSeries, gpd.GeoDataFrame]:
    """Eight square units of one square kilometre, the western four urban, with 100, 200, … people."""
    boxes = [shapely.box(x, y, x + 1, y + 1) for y in range(2) for x in range(4)]
    units = gpd.GeoDataFrame(
        {
            "unit_id": [f"U{n}" for n in range(8)],
            "name": [f"unit {n}" for n in range(8)],
            "kind": ["community" if n % 4 < 2 else "village" for n in range(8)],
            "township_id": ["T1" if n < 4 else "T2" for n in range(8)],
            "zone_class": ["urban" if n % 4 < 2 else "rural" for n in range(8)],
            "population": [100 * (n + 1) for n in range(8)],
        },
        geometry=shapely.transform(np.array(boxes, dtype=object), lambda xy: xy * scale),
        crs=CRS,
    )
    return gpd.GeoSeries([shapely.box(0, 0, 4 * scale, 2 * scale)], crs=CRS), units


def squares(*names: str, scale: float = 1000.0) -> gpd.GeoDataFrame:
    _, units = county(scale)
    return units[units["unit_id"].isin(names)][["geometry"]]


def test_bank_counts_and_flags_follow_the_rules_of_the_zone() -> None:
    area, units = county()
    everything = ["U0", "U2", "U3"]
    grids = {
        "A": squares("U0", "U1", "U2", "U3"),
        "B": squares(*everything),
        "C": squares("U0", "U2"),
        "D": squares("U0"),
    }
    audit = gp.audit_grids(grids, area, units=units)
    faces = audit.faces.set_index("unit_id")
    assert faces["bank_count"].to_dict() == {
        "U0": 4, "U1": 1, "U2": 3, "U3": 2, "U4": 0, "U5": 0, "U6": 0, "U7": 0,
    }  # fmt: skip
    # the default profile tolerates 3 banks in town and 2 in the country
    assert faces["flag"].to_dict() == {
        "U0": "excessive", "U1": "single", "U2": "excessive", "U3": "shared",
        "U4": "blank", "U5": "blank", "U6": "blank", "U7": "blank",
    }  # fmt: skip
    assert faces.loc["U0", "banks"] == ("A", "B", "C", "D")
    assert faces.loc["U0", "reason"] == "4 banks, urban limit 3 banks (assumed)"
    totals = audit.totals().set_index("flag")
    assert totals["area_m2"].to_dict() == {"blank": 4e6, "single": 1e6, "shared": 1e6, "excessive": 2e6}
    assert totals["population"].to_dict() == {"blank": 2600.0, "single": 200.0, "shared": 400.0, "excessive": 400.0}


def test_k_banks_pass_and_one_more_is_flagged() -> None:
    area, units = county()
    for zone, limit, unit in (("urban", 3, "U0"), ("rural", 2, "U3")):
        for count in (limit, limit + 1):
            audit = gp.audit_grids({f"B{n}": squares(unit) for n in range(count)}, area, units=units)
            flag = audit.faces.set_index("unit_id").loc[unit, "flag"]
            assert flag == ("shared" if count == limit else "excessive"), (zone, count)


def test_faces_cover_the_area_once_and_people_are_whole() -> None:
    area, units = county()
    generator = np.random.default_rng(5)
    grids = {
        f"B{n}": gpd.GeoDataFrame(
            geometry=shapely.buffer(shapely.points(generator.uniform(0, [4000, 2000], (6, 2))), 500), crs=CRS
        )
        for n in range(6)
    }
    audit = gp.audit_grids(grids, area, units=units)
    assert gp.certify(audit.faces, area).valid
    assert audit.faces["area_m2"].sum() == pytest.approx(8e6, rel=1e-9)
    assert audit.faces["population"].sum() == 3600
    assert (
        audit.faces.groupby("unit_id")["population"].sum().to_dict()
        == units.set_index("unit_id")["population"].to_dict()
    )
    assert (audit.faces["population"] % 1 == 0).all()


@pytest.mark.parametrize("seed", range(6))
def test_areas_by_bank_count_match_random_points(seed: int) -> None:
    generator = np.random.default_rng(seed)
    area = gpd.GeoSeries([shapely.box(0, 0, 4000, 2000)], crs=CRS)
    grids = {
        f"B{n}": gpd.GeoDataFrame(
            geometry=shapely.buffer(shapely.points(generator.uniform(0, [4000, 2000], (8, 2))), 400, quad_segs=4),
            crs=CRS,
        )
        for n in range(5)
    }
    faces = gp.audit_grids(grids, area).faces
    points = generator.uniform(0, [4000, 2000], (40_000, 2))
    count = sum(
        shapely.contains_xy(shapely.union_all(cells.geometry.array), points[:, 0], points[:, 1]).astype(int)
        for cells in grids.values()
    )
    for number in range(6):
        share = faces.loc[faces["bank_count"] == number, "area_m2"].sum() / 8e6
        error = max(np.sqrt(share * (1 - share) / len(points)), 1e-5)
        assert abs((count == number).mean() - share) < 4.5 * error, number


def test_a_grid_claims_its_cells_and_a_whole_county_counts_every_bank() -> None:
    area, units = county()
    outlets = gpd.GeoDataFrame(
        {"outlet_id": ["1", "2"], "bank_id": "A"}, geometry=gpd.points_from_xy([500, 3500], [500, 500]), crs=CRS
    )
    grid = gp.partition.nearest(area, outlets)
    audit = gp.audit_grids({"A": grid, "B": grid.reach(400)}, area, units=units)
    reached = grid.reach(400)["reached_m2"].sum()
    totals = audit.totals().set_index("flag")["area_m2"]
    assert totals["blank"] == 0
    assert totals["shared"] == pytest.approx(reached, rel=1e-9)
    assert audit.digests == {"A": grid.digest, "B": None}


def test_reach_of_a_free_grid_takes_zone_classes_from_the_units() -> None:
    area, units = county()
    outlets = points_table("outlet", [("1", "A", 500, 500), ("2", "A", 3500, 500)])
    grid = gp.partition.nearest(area, outlets)
    radii = {"urban": 100.0, "rural": 300.0}
    audit = gp.audit_grids({"A": grid}, area, units=units, reach=radii)
    assert audit.rates().iloc[0]["served_area"] == pytest.approx(np.pi * (100**2 + 300**2), rel=1e-3)
    with pytest.raises(gp.InputError, match="zone class None"):
        gp.audit_grids({"A": grid}, area, reach=radii)


def test_holes_are_outside_and_claims_beyond_the_area_are_told() -> None:
    holed = gpd.GeoSeries([shapely.box(0, 0, 10, 10) - shapely.box(4, 4, 6, 6)], crs=CRS)
    audit = gp.audit_grids({"A": claim((-2, 0, 5, 10))}, holed)
    assert audit.faces["area_m2"].sum() == pytest.approx(96)
    assert audit.outside_m2["A"] == pytest.approx(22)


def test_overlaps_within_a_bank_count_once_and_are_found() -> None:
    audit = gp.audit_grids({"A": claim((0, 0, 3, 2), (2, 0, 4, 2))}, AREA)
    assert audit.faces["bank_count"].tolist() == [1]
    assert audit.doubled_m2["A"] == pytest.approx(2)
    assert audit.findings["finding_id"].tolist() == ["doubled_within_bank:A/0+A/1"]
    found = audit.findings.iloc[0]
    assert (found["severity"], found["cells"], found["value"]) == ("high", ("A/0", "A/1"), pytest.approx(2))
    assert found.geometry.equals(shapely.box(2, 0, 3, 2))
    assert not audit.certificates["A"].valid


def test_slivers_are_reported_as_slivers() -> None:
    area, units = county()
    grids = {"A": claim((0, 0, 2000, 2000)), "B": claim((2000.4, 0, 4000, 2000)), "C": claim((0, 0, 1999, 500))}
    audit = gp.audit_grids(grids, area, units=units)
    sliver = audit.faces[audit.faces["is_sliver"]]
    assert sliver["area_m2"].sum() == pytest.approx(800)
    kinds = audit.findings.groupby("kind")["area_m2"].sum()
    assert kinds["sliver"] == pytest.approx(800)
    assert "blank" not in kinds


def test_findings_name_each_planted_blank_and_excess_and_no_other() -> None:
    area, units = county()
    served = squares("U0", "U1", "U2", "U4", "U5", "U6", "U7")
    grids = {"A": served, "B": squares("U2"), "C": squares("U2"), "D": claim((3000, 0, 3500, 1000))}
    findings = gp.audit_grids(grids, area, units=units).findings
    assert sorted(findings["finding_id"]) == ["blank:U3", "excessive:U2"]
    blank = findings.set_index("kind").loc["blank"]
    assert (blank["unit_id"], blank["value"], blank["severity"], blank["population"]) == ("U3", 0.5, "medium", 200.0)
    assert blank.geometry.equals(shapely.box(3500, 0, 4000, 1000))
    excess = findings.set_index("kind").loc["excessive"]
    assert (excess["value"], excess["limit"], excess["assumed"], excess["banks"]) == (3.0, 2.0, True, ("A", "B", "C"))


def test_findings_are_the_same_for_shuffled_rows() -> None:
    area, units = county()
    grids = {"B": squares("U2", "U3"), "A": squares("U0", "U1", "U2"), "C": squares("U2")}
    one = gp.audit_grids(grids, area, units=units).findings
    shuffled = {bank: grids[bank].sample(frac=1, random_state=2) for bank in ("C", "A", "B")}
    two = gp.audit_grids(shuffled, area, units=units.sample(frac=1, random_state=3)).findings
    pd.testing.assert_frame_equal(one.drop(columns="geometry"), two.drop(columns="geometry"))


def test_rates_by_area_people_and_units() -> None:
    area, units = county()
    audit = gp.audit_grids({"A": squares("U0", "U1"), "B": squares("U1", "U7")}, area, units=units)
    county_rates = audit.rates().iloc[0]
    assert county_rates["area_rate"] == pytest.approx(3 / 8)
    assert county_rates["population_rate"] == pytest.approx((100 + 200 + 800) / 3600)
    assert county_rates["units_rate"] == pytest.approx(3 / 8)
    by_zone = audit.rates("population", level="zone_class").set_index("zone_class")["coverage_rate"]
    assert by_zone.to_dict() == pytest.approx({"urban": 300 / 1400, "rural": 800 / 2200})
    by_bank = audit.rates("units", level="bank_id").set_index("bank_id")["served"]
    assert by_bank.to_dict() == {"A": 2, "B": 2}
    by_township = audit.rates("area", level="township_id").set_index("township_id")["coverage_rate"]
    assert by_township.to_dict() == pytest.approx({"T1": 0.5, "T2": 0.25})
    with pytest.raises(gp.InputError, match="by is 'colour'"):
        audit.rates("colour")


def points_table(kind: str, rows: list[tuple[str, str, float, float]], **columns: object) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows, columns=[f"{kind}_id", "bank_id", "x", "y"])
    geometry = gpd.points_from_xy(table.pop("x"), table.pop("y"))
    return gpd.GeoDataFrame(table.assign(**columns), geometry=geometry, crs=CRS)


def test_concentration_access_and_equity_on_known_points() -> None:
    area, units = county()
    outlets = points_table(
        "outlet", [("1", "A", 500, 500), ("2", "B", 500, 600), ("3", "A", 2500, 500), ("4", "A", 2500, 600)]
    )
    audit = gp.audit_grids({"A": squares("U0")}, area, units=units, outlets=outlets)
    table = audit.concentration().set_index("unit_id")
    assert table.loc["U0", "hhi"] == 0.5
    assert table.loc["U2", "hhi"] == 1.0
    assert np.isnan(table.loc["U1", "hhi"])
    assert "concentration:U2" in set(audit.findings["finding_id"])
    near = audit.access(by_unit=True).set_index("unit_id")
    assert near.loc["U0", "distance_m"] == pytest.approx(0)
    assert near.loc["U1", "distance_m"] == pytest.approx(1000)
    equity = audit.equity()
    assert equity["urban_per_10000"] == pytest.approx(2 / 1400 * 1e4)
    assert equity["rural_per_10000"] == pytest.approx(2 / 2200 * 1e4)


def test_access_by_road_takes_the_faster_of_parallel_roads_and_reports_the_unreachable() -> None:
    area, units = county()
    outlets = points_table("outlet", [("1", "A", 500, 500)])
    roads = nx.MultiGraph()
    for number, (x, y) in enumerate([(500, 500), (1500, 500), (2500, 500), (3500, 1500)]):
        roads.add_node(number, x=x, y=y)
    roads.add_edge(0, 1, minutes=9.0)
    roads.add_edge(0, 1, minutes=4.0)
    roads.add_edge(1, 2, minutes=1.0)
    audit = gp.audit_grids({"A": squares("U0")}, area, units=units, outlets=outlets, roads=roads)
    minutes = audit.access(by_unit=True).set_index("unit_id")["minutes"]
    assert minutes[["U0", "U1", "U2"]].tolist() == pytest.approx([0, 4, 5])
    assert np.isinf(minutes["U7"])
    summary = audit.access().set_index("zone_class")
    assert summary.loc["all", "unreachable_units"] == np.isinf(minutes).sum()


def test_missing_service_points_are_found_and_closed_ones_do_not_count() -> None:
    area, units = county()
    kinds = ["service_point", "service_point", "atm"]
    equipment = points_table("equipment", [("1", "A", 2500, 500), ("2", "A", 3500, 500), ("3", "A", 2500, 1500)])
    equipment = equipment.assign(kind=kinds, status=["active", "closed", "active"])
    everything = squares(*units["unit_id"])
    findings = gp.audit_grids({"A": everything}, area, units=units, equipment=equipment).findings
    missing = findings[findings["kind"] == "no_service_point"]
    assert sorted(missing["unit_id"]) == ["U3", "U6", "U7"]


def test_cells_without_service_name_what_is_missing() -> None:
    area, _ = county()
    outlets = points_table("outlet", [("1", "A", 500, 500), ("2", "A", 3500, 500)])
    grid = gp.partition.nearest(area, outlets)
    staff = pd.DataFrame({"staff_id": ["s1", "s2"], "role": ["officer", "manager"], "cell_id": ["A-1", "A-2"]})
    lacking = gp.audit.cells_without_service(grid, outlets=outlets.iloc[:1], staff=staff)
    assert lacking[["cell_id", "missing"]].to_numpy().tolist() == [["A-2", ("channel", "officer")]]
    staff.loc[2] = ["s3", "officer", "A-2"]
    assert len(gp.audit.cells_without_service(grid, outlets=outlets, staff=staff)) == 0


def test_indices_on_known_values() -> None:
    assert herfindahl(np.array([5.0])) == 1
    assert herfindahl(np.array([2.0, 2.0])) == 0.5
    assert np.isnan(herfindahl(np.array([0.0])))
    assert gini(np.array([1.0, 1, 1]), np.array([10.0, 10, 10])) == pytest.approx(0, abs=1e-12)
    assert gini(np.array([0.0, 0, 0, 4]), np.array([1.0, 1, 1, 1])) == pytest.approx(0.75)
    assert weighted_quantile(np.array([1.0, 2, 3]), np.array([1.0, 1, 98]), 0.95) == 3


@pytest.mark.parametrize(
    ("grids", "text"),
    [
        ({}, "at least one bank"),
        ({"A": gpd.GeoDataFrame(geometry=[shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])], crs=CRS)}, "bank A"),
        ({"A": claim((0, 0, 1, 1)).set_crs("EPSG:4547", allow_override=True)}, "bank A"),
    ],
)
def test_unusable_grids_are_refused_with_the_bank(grids: dict[str, gpd.GeoDataFrame], text: str) -> None:
    with pytest.raises(gp.InputError, match=text):
        gp.audit_grids(grids, AREA)


def test_overlapping_units_are_refused() -> None:
    area, units = county()
    units.loc[0, "geometry"] = shapely.box(0, 0, 1200, 1000)
    with pytest.raises(gp.InputError, match="units overlap"):
        gp.audit_grids({"A": squares("U0")}, area, units=units)


CASES = {
    "de_new_castle": ("lon", "lat", "POPULATION", 538_274),
    "ny_onondaga": ("longitude", "latitude", "POP8", 463_920),
}


@pytest.mark.parametrize("case", list(CASES))
def test_real_county_reaches_add_up(case: str, shared_data: Path) -> None:
    lon, lat, people, total = CASES[case]
    area = gpd.read_file(shared_data / case / "case.gpkg", layer="area")
    units = gpd.read_file(shared_data / case / "case.gpkg", layer="atoms")
    units = units.assign(unit_id=[f"U{row:05d}" for row in range(len(units))], population=units[people].astype(int))
    table = pd.read_csv(shared_data / case / "outlets.csv", dtype=str)
    points = gpd.points_from_xy(table[lon].astype(float), table[lat].astype(float), crs="EPSG:4326").to_crs(units.crs)
    outlets = gpd.GeoDataFrame({"outlet_id": table["outlet_id"], "bank_id": table["bank"]}, geometry=points)
    grids = {
        bank: gp.partition.nearest(area, own, coincident="merge", outside="ignore").reach(3000)
        for bank, own in outlets.groupby("bank_id")
    }
    audit = gp.audit_grids(grids, area, units=units)
    totals = audit.totals()
    county_area = area.geometry.area.sum()
    assert abs(totals["area_m2"].sum() - county_area) < 1e-9 * county_area
    assert totals["population"].sum() == total
    assert (totals["area_m2"] > 0).all()
    assert gp.certify(audit.faces, area).valid
    # independent of the arrangement: discs joined bank by bank in fixed precision
    claimed = shapely.union_all(
        np.concatenate([np.asarray(cells.geometry.array, dtype=object) for cells in grids.values()]), grid_size=1e-7
    )
    blank = totals.set_index("flag").loc["blank", "area_m2"]
    assert county_area - claimed.area == pytest.approx(blank, abs=1.0)


def test_refinement_adds_up_when_claims_follow_unit_borders_almost() -> None:
    area, units = county()
    shifted = shapely.transform(np.asarray(units.geometry.array), lambda xy: xy + 3e-7)
    claims = gp.audit.claims.claims_of({"A": gpd.GeoDataFrame(geometry=shifted[:3], crs=CRS)}, area)
    result = refine(cut_to_pieces(area.iloc[0], np.asarray(units.geometry.array), claims, sliver_width_m=1.0))
    assert len(result.polygons) == 8
    assert not result.is_sliver.any()


def test_people_that_cannot_be_read_and_outlets_of_no_bank_are_refused() -> None:
    area, units = county()
    grids = {"A": squares("U0")}
    with pytest.raises(gp.InputError, match=r"1 units have no usable population .*: U2: about 500"):
        gp.audit_grids(grids, area, units=units.assign(population=["1", None, "about 500", *"34567"]))
    blank = gp.audit_grids(grids, area, units=units.assign(population=["1", None, *"234567"]))
    assert blank.faces["population"].sum() == 1 + 2 + 3 + 4 + 5 + 6 + 7
    outlets = gpd.GeoDataFrame({"outlet_id": ["a", "b"], "bank_id": ["A", None]}, geometry=units.centroid[:2])
    with pytest.raises(gp.InputError, match="1 rows of outlets have no bank_id: rows 1"):
        gp.audit_grids(grids, area, units=units, outlets=outlets)


def test_units_that_overlap_are_named_with_what_they_share() -> None:
    area, units = county()
    shapes = units.geometry.to_numpy(dtype=object)
    shapes[3] = shapely.box(2990, 0, 4000, 1000)
    overlapping = units.set_geometry(gpd.GeoSeries(shapes, crs=CRS)).iloc[::-1]
    with pytest.raises(gp.InputError, match=r"1 pairs overlap: U2 and U3 by 10,000 m²"):
        gp.audit_grids({"A": squares("U0")}, area, units=overlapping)
    with pytest.raises(gp.InputError, match=r"1 pairs overlap: U2 and U3 by 10,000 m²"):
        gp.partition.admin(overlapping)
