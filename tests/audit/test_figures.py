"""The figures of an audit on counties whose answer is known."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from square_counties import CRS, square_county

import gridpart as gp


def county() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Eight units of 1 km², two rows; the western four are communities, the others villages."""
    area, units = square_county(2, columns=4, rows=2)
    return area, units.assign(population=[100 * (n + 1) for n in range(8)])


def whole(units: gpd.GeoDataFrame, *names: str) -> gpd.GeoDataFrame:
    return units[units["unit_id"].isin(names)][["geometry"]]


def outlets(rows: list[tuple[str, str, float, float]], **columns: object) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows, columns=["outlet_id", "bank_id", "x", "y"])
    return gpd.GeoDataFrame(table.assign(**columns), geometry=gpd.points_from_xy(table["x"], table["y"]), crs=CRS)


def test_R6_deleting_a_cell_gives_one_gap_equal_to_that_cell() -> None:
    area, units = county()
    for gone in units["unit_id"]:
        kept = units[units["unit_id"] != gone]
        found = gp.audit_grids({"A": kept[["geometry"]]}, area, units=units).findings
        assert found["finding_id"].tolist() == [f"blank:{gone}"]
        cell = units.set_index("unit_id").geometry[gone]
        assert shapely.symmetric_difference(found.geometry.iloc[0], cell, grid_size=1e-6).area <= 1e-9 * 8e6


def test_R28_k_banks_pass_and_one_more_is_flagged_with_every_threshold_said_to_be_assumed() -> None:
    area, units = county()
    banks = {f"B{n}": whole(units, "U000", "U002") for n in range(4)}
    rules = gp.profiles.load("default")
    for zone, unit in (("urban", "U000"), ("rural", "U002")):
        limit = rules.max_banks(zone).count
        for count in (limit, limit + 1):
            audit = gp.audit_grids(dict(list(banks.items())[:count]), area, units=units)
            face = audit.faces.set_index("unit_id").loc[unit]
            assert face["flag"] == ("shared" if count == limit else "excessive")
            assert face["reason"] == f"{count} banks, {zone} limit {limit} banks (assumed)"
    excess = audit.findings.set_index("finding_id").loc["excessive:U002"]
    assert (excess["value"], excess["limit"], bool(excess["assumed"])) == (3.0, 2.0, True)
    assert "assumed" in excess["reason"]
    share = audit.findings.set_index("finding_id").loc["overlap_share:U000"]
    assert (share["value"], share["limit"], bool(share["assumed"])) == (1.0, 0.5, True)


def test_R29_blank_villages_are_ranked_and_all_proposals_leave_none_and_add_no_rural_overlap() -> None:
    area, units = county()
    claims = {"A": whole(units, "U000", "U001"), "B": whole(units, "U001", "U004")}
    points = outlets([("1", "A", 500, 500), ("2", "B", 1500, 500)])
    audit = gp.audit_grids(claims, area, units=units, outlets=points)
    plan = audit.fill_plan()
    takes = plan.proposals[plan.proposals["action"] == "take"]
    assert set(takes["unit_id"]) == {"U002", "U003", "U005", "U006", "U007"}
    assert takes["population"].tolist() == sorted(takes["population"], reverse=True)
    after = gp.audit_grids(plan.apply(), area, units=units, outlets=points)
    assert "blank" not in set(after.findings["kind"])
    rural = [a.faces.query("zone_class == 'rural' and bank_count > 1")["area_m2"].sum() for a in (audit, after)]
    assert rural[1] <= rural[0] + 1e-6


def test_R30_hhi_is_1_for_one_bank_half_for_two_and_null_for_none() -> None:
    area, units = county()
    points = outlets([("1", "A", 500, 500), ("2", "A", 600, 500), ("3", "A", 1500, 500), ("4", "B", 1500, 600)])
    table = gp.audit_grids({"A": whole(units, "U000")}, area, units=units, outlets=points).concentration()
    table = table.set_index("unit_id")
    assert table.loc[["U000", "U001"], "hhi"].tolist() == [1.0, 0.5]
    assert table.loc["U002":, "hhi"].isna().all()
    assert table["bank_count"].tolist()[:3] == [1, 2, 0]


def test_R31_rates_by_area_people_and_units_crossed_by_township_class_and_bank() -> None:
    area, units = county()
    audit = gp.audit_grids({"A": whole(units, "U000", "U001"), "B": whole(units, "U001", "U007")}, area, units=units)
    expected = {"area": 3 / 8, "population": (100 + 200 + 800) / 3600, "units": 3 / 8}
    for name, value in expected.items():
        assert audit.rates(name)["coverage_rate"].iloc[0] == pytest.approx(value, abs=1e-4)
    crossed = audit.rates("population", level=["township_id", "zone_class", "bank_id"])
    assert len(crossed) == 2 * 2 * 2
    rows = crossed.set_index(["township_id", "zone_class", "bank_id"])["coverage_rate"]
    assert rows["T0", "urban", "A"] == pytest.approx(1.0)
    assert rows["T0", "urban", "B"] == pytest.approx(200 / 300)
    assert rows["T1", "rural", "B"] == pytest.approx(800 / 1500)
    assert rows["T1", "rural", "A"] == 0
    with pytest.raises(gp.InputError, match="level is"):
        audit.rates(level=["township_id", "colour"])


@pytest.mark.parametrize("seed", range(5))
def test_R32_five_planted_blind_spots_are_found_and_no_other(seed: int) -> None:
    area, units = county()
    rng = np.random.default_rng(seed)
    claims = {"A": whole(units, "U000", "U001", "U002", "U003", "U004", "U005", "U006")}
    audit = gp.audit_grids(claims, area, units=units, outlets=outlets([("1", "A", 500, 500), ("2", "A", 2500, 500)]))
    seen = np.column_stack([rng.uniform(100, 2900, 40), rng.uniform(100, 900, 40)])
    blind = [(3500, 1500), (3900, 1900), (5000, 500), (500, 1900), (3990, 10)]
    table = gpd.GeoDataFrame(
        {"name": [f"p{n}" for n in range(45)]}, geometry=gpd.points_from_xy(*np.vstack([seen, blind]).T), crs=CRS
    ).sample(frac=1, random_state=seed)
    found = audit.blind_spots(table, reach=1300.0).set_index("name")["reason"].to_dict()
    assert found == {
        "p40": "no_cell", "p41": "no_cell", "p42": "outside_area", "p43": "beyond_reach", "p44": "beyond_reach",
    }  # fmt: skip


def test_R34_switching_one_point_off_flips_only_the_units_it_alone_served() -> None:
    area, units = county()
    rows = [(f"{n}", "A", 500 + 1000 * (n % 4), 500 + 1000 * (n // 4)) for n in range(8)]
    points = outlets([*rows, ("8", "B", 600, 600)], service_level=["full", *["basic"] * 7, "full"])
    everything = {"A": whole(units, *units["unit_id"])}
    before = gp.audit_grids(everything, area, units=units, outlets=points).proximity()
    assert before.query("level == 'unit'")["passed"].all()
    assert before.query("level == 'township'")[["id", "passed"]].to_numpy().tolist() == [["T0", True], ["T1", False]]
    flips = {}
    for gone in ("0", "3", "8"):
        left = points[points["outlet_id"] != gone]
        after = gp.audit_grids(everything, area, units=units, outlets=left).proximity()
        flips[gone] = after.loc[after["passed"] != before["passed"], "id"].tolist()
    assert flips == {"0": [], "3": ["U003"], "8": []}


def test_R34_what_the_profile_asks_for_and_nobody_offers_is_a_finding() -> None:
    area, units = county()
    rows = [(f"{n}", "A", 500 + 1000 * (n % 4), 500 + 1000 * (n // 4)) for n in range(7)]
    points = outlets(rows, kind=["branch", *["self_service_bank"] * 6])
    given = {"A": whole(units, *units["unit_id"])}
    kinds = ["no_basic_service", "no_full_service"]
    audit = gp.audit_grids(given, area, units=units, outlets=points, profile="p1")
    found = audit.findings.query("kind in @kinds").set_index("finding_id")
    assert sorted(found.index) == ["no_basic_service:U007", "no_full_service:T1"]
    assert found[["value", "limit", "assumed"]].to_numpy().tolist() == [[0.0, 1.0, False]] * 2
    assert found.loc["no_full_service:T1", "township_id"] == "T1"
    assert found.geometry.is_valid.all()
    assert found.loc["no_full_service:T1"].geometry.area == pytest.approx(
        units.loc[units["township_id"] == "T1"].area.sum()
    )
    assert "no_full_service:T1" in audit.document("zh-Hant").to_html()
    for lang in ("zh-Hans", "zh-Hant"):
        texts = audit.findings_in(lang).query("kind in @kinds")[["reason", "next_step"]].to_numpy().ravel()
        assert not any(text.isascii() for text in texts)
    # a profile without such a standard finds nothing, and says in its rules that it has none
    plain = gp.audit_grids(given, area, units=units, outlets=points)
    assert not plain.findings["kind"].isin(kinds).any()
    assert not plain.proximity()["is_rule"].any()
    assert plain.profile.thresholds("audit")["audit.min_full_points_per_township"].value == 0


def test_R35_distances_equal_brute_force() -> None:
    area, units = county()
    points = outlets([("1", "A", 100, 100), ("2", "B", 3900, 1900)])
    table = gp.audit_grids({"A": whole(units, "U000")}, area, units=units, outlets=points).access(by_unit=True)
    places = shapely.get_coordinates(shapely.point_on_surface(units.geometry.array))
    brute = np.hypot(*(places[:, None] - shapely.get_coordinates(points.geometry.array)).transpose(2, 0, 1)).min(axis=1)
    assert table["distance_m"].tolist() == pytest.approx(brute.tolist())


def test_R36_equal_provision_has_gini_0_and_officers_count_for_the_people_of_their_cells() -> None:
    area, units = county()
    even = units.assign(population=500)
    rows = [(f"{n}", "A", 500 + 1000 * (n % 4), 500 + 1000 * (n // 4)) for n in range(8)]
    cells = gpd.GeoDataFrame(
        {"cell_id": ["w", "e"]}, geometry=[shapely.box(0, 0, 2000, 2000), shapely.box(2000, 0, 4000, 2000)], crs=CRS
    )
    staff = pd.DataFrame({"bank_id": "A", "cell_id": ["w", "w", "e"], "role": "officer"})
    equity = gp.audit_grids({"A": cells}, area, units=even, outlets=outlets(rows), staff=staff).equity()
    assert equity["gini"] == pytest.approx(0, abs=1e-9)
    assert equity["urban_rural_ratio"] == pytest.approx(1)
    assert equity["officers_urban_per_10000"] == pytest.approx(2 / 2000 * 1e4)
    assert equity["officers_rural_per_10000"] == pytest.approx(1 / 2000 * 1e4)
    # half of the people have two thirds of the officers: 2/3 - 1/2
    assert equity["officers_gini"] == pytest.approx(1 / 6, abs=1e-6)


def test_R37_equal_progress_has_no_variation_and_the_lowest_comes_first() -> None:
    equal = gp.audit.evenness_of(pd.Series({"a": 0.4, "b": 0.4, "c": 0.4}))
    assert equal.cv == pytest.approx(0, abs=1e-12)
    assert len(equal.laggards) == 0
    uneven = gp.audit.evenness_of(pd.Series({"a": 0.9, "b": 0.1, "c": 0.5}))
    assert uneven.cv == pytest.approx(np.std([0.9, 0.1, 0.5]) / 0.5)
    assert uneven.table["name"].tolist() == ["b", "c", "a"]
    assert uneven.laggards["name"].tolist() == ["b"]
    area, units = county()
    audit = gp.audit_grids({"A": whole(units, "U000", "U001", "U002", "U004")}, area, units=units)
    assert audit.evenness(by="units").table[["name", "progress"]].to_numpy().tolist() == [["T1", 0.25], ["T0", 0.75]]
    with pytest.raises(gp.InputError, match="progress of b"):
        gp.audit.evenness_of(pd.Series({"a": 1.0, "b": np.nan}))


def test_R38_a_unit_served_online_only_is_flagged_physical_blank() -> None:
    area, units = county()
    points = outlets([("1", "A", 500, 500), ("2", "B", 1500, 500)])
    audit = gp.audit_grids({"A": whole(units, "U000")}, area, units=units, outlets=points)
    online = pd.DataFrame({"unit_id": ["U001", "U002", "U002"], "bank_id": ["A", "A", "B"]})
    table = audit.channels(online).set_index("unit_id")
    assert table["flag"].tolist()[:4] == ["offline_only", "both", "physical_blank", "blank"]
    assert table.loc["U002", ["offline_banks", "online_banks"]].tolist() == [0, 2]
    rates = gp.audit.channel_rates(table.reset_index()).set_index("channel")
    assert rates["units_rate"].to_dict() == {"offline": 2 / 8, "online": 2 / 8, "any": 3 / 8}
    assert rates.loc["any", "population_rate"] == pytest.approx(600 / 3600)
    with pytest.raises(gp.InputError, match="not in the audit: U999"):
        audit.channels(pd.DataFrame({"unit_id": ["U999"], "bank_id": ["A"]}))
    with pytest.raises(gp.InputError, match="no unit_id or no bank_id: rows 1"):
        audit.channels(pd.DataFrame({"unit_id": ["U000", None], "bank_id": ["A", "A"]}))
    with pytest.raises(gp.InputError, match="give `online` here or to audit_grids"):
        audit.channels()


def test_R38_channels_counted_apart_are_in_every_report(tmp_path: Path) -> None:
    area, units = county()
    points = outlets([("1", "A", 500, 500), ("2", "B", 1500, 500)])
    online = pd.DataFrame({"unit_id": ["U001", "U002", "U002"], "bank_id": ["A", "A", "B"]})
    claims = {"A": whole(units, "U000")}
    audit = gp.audit_grids(claims, area, units=units, outlets=points, online=online)
    assert audit.channels()["flag"].tolist()[:4] == ["offline_only", "both", "physical_blank", "blank"]
    turned = gp.audit_grids(claims, area, units=units, outlets=points, online=online[::-1])
    pages = [made.save(tmp_path / name, lang="en") for name, made in (("one", audit), ("two", turned))]
    for file in ("index.html", "audit.xlsx", "audit.json"):
        assert len({page.with_name(file).read_bytes() for page in pages}) == 1
    told = json.loads(pages[0].with_name("audit.json").read_text(encoding="utf-8"))["channels"]
    assert {row["unit_id"]: row["flag"] for row in told}["U002"] == "physical_blank"
    sheets = pd.read_excel(pages[0].with_name("audit.xlsx"), sheet_name=None)
    assert sheets["Channels"]["channel"].tolist() == ["offline", "online", "any"]
    assert "physical_blank" in sheets["Channels by unit"]["flag"].tolist()
    assert "online only (physical blank)" in pages[0].read_text(encoding="utf-8")


def test_R108_one_row_per_bank_and_period_and_the_same_again() -> None:
    area, units = county()
    claims = {"A": whole(units, "U000", "U001"), "B": whole(units, "U001")}
    audits = [gp.audit_grids(grids, area, units=units) for grids in (claims, dict(reversed(claims.items())))]
    tables = [audit.indicators(period="2026-06") for audit in audits]
    pd.testing.assert_frame_equal(*tables)
    assert tables[0][["bank_id", "period"]].to_numpy().tolist() == [["A", "2026-06"], ["B", "2026-06"]]
    assert tables[0]["served_population"].tolist() == [300.0, 200.0]
    assert tables[0]["alone_m2"].tolist() == [1e6, 0.0]
    assert tables[0]["officers"].isna().all()


def test_R114_shares_per_cell_sum_to_1_and_unmatched_are_listed() -> None:
    cells = gpd.GeoDataFrame(
        {"cell_id": list("abcde")},
        geometry=[shapely.box(x, 0, x + 10, 10) for x in (0, 10, 20, 30, 100)],
        crs=CRS,
    )
    boxes = [(0, 0, 10, 10), (10, 0, 15, 10), (15, 0, 20, 10), (20, 0, 40, 10), (200, 0, 210, 10)]
    gov = gpd.GeoDataFrame({"gov_grid_id": list("pqrst")}, geometry=[shapely.box(*box) for box in boxes], crs=CRS)
    pairs = gp.audit.crosswalk(cells, gov)
    assert pairs.groupby("cell_id")["cell_share"].sum().to_numpy() == pytest.approx(np.ones(5), abs=1e-6)
    relation = {
        (None if pd.isna(row.cell_id) else row.cell_id, None if pd.isna(row.gov_grid_id) else row.gov_grid_id): (
            row.relation
        )
        for row in pairs.itertuples()
    }
    assert relation == {
        ("a", "p"): "one_to_one",
        ("b", "q"): "split",
        ("b", "r"): "split",
        ("c", "s"): "merged",
        ("d", "s"): "merged",
        ("e", None): "unmatched",
        (None, "t"): "unmatched",
    }
