"""The fill plan: no blank place is left, no overlap is added, and no other plan is cheaper."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from square_counties import CRS, discs, outlets_of, square_county

import gridpart as gp
from gridpart.audit import FillWeights
from gridpart.audit.saving import to_json

BANKS = ("A", "B", "C", "D", "E")
Site = tuple[str, shapely.Point, str | None]
NO_CANDIDATES = gpd.GeoDataFrame({"candidate_id": []}, geometry=[], crs=CRS)


def county_with_discs(
    seed: int, *, radius_m: float = 1800.0
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame, dict[str, gpd.GeoDataFrame]]:
    area, units = square_county(seed, columns=8, rows=6)
    outlets = outlets_of(seed, banks=BANKS, each=3, width_m=8000, height_m=6000)
    return area, units, outlets, discs(outlets, radius_m)


def banks_at(units: gpd.GeoDataFrame, claims: dict[str, list[str]]) -> dict[str, gpd.GeoDataFrame]:
    return {bank: units[units["unit_id"].isin(names)][["geometry"]] for bank, names in claims.items()}


@pytest.mark.parametrize(
    "seed", [0, 3, 4, pytest.param(1, marks=pytest.mark.full), pytest.param(2, marks=pytest.mark.full)]
)
def test_accepting_all_proposals_leaves_no_blank_village_and_no_excess(seed: int) -> None:
    area, units, outlets, claims = county_with_discs(seed)
    before = gp.audit_grids(claims, area, units=units, outlets=outlets)
    plan = before.fill_plan(candidates=None if seed == 0 else NO_CANDIDATES)
    assert plan.status == "optimal"
    after = gp.audit_grids(plan.apply(), area, units=units, outlets=outlets)
    kinds = set(after.findings["kind"])
    assert {"blank", "excessive"} <= set(before.findings["kind"])
    assert not {"blank", "excessive"} & kinds
    flags = after.totals().set_index("flag")["area_m2"]
    assert flags["blank"] < 1
    assert flags["excessive"] < 1
    assert rural_overlap(after) <= rural_overlap(before) + 1e-3
    assert after.faces["area_m2"].sum() == pytest.approx(48e6, rel=1e-9)


def rural_overlap(audit: gp.Audit) -> float:
    crossed = (audit.faces["zone_class"] == "rural") & (audit.faces["bank_count"] > 1)
    return float(audit.faces.loc[crossed, "area_m2"].sum())


@pytest.mark.parametrize("seed", range(4))
def test_takes_are_the_cheapest_of_all_assignments(seed: int) -> None:
    area, units = square_county(seed, columns=4, rows=2)
    outlets = outlets_of(seed, banks=BANKS[:3], each=2, width_m=4000, height_m=2000)
    claims = banks_at(units, {"A": ["U000"], "B": ["U001"], "C": ["U002"]})
    weights = FillWeights(travel=1.0, balance=0.7, change=10.0, opening=900.0)
    candidates = gpd.GeoDataFrame(
        {"candidate_id": ["N1", "N2"], "bank_id": ["A", None]},
        geometry=shapely.points([[3200, 800], [1500, 1700]]),
        crs=CRS,
    )
    audit = gp.audit_grids(claims, area, units=units, outlets=outlets)
    plan = audit.fill_plan(candidates=candidates, weights=weights)
    blank = units[units["unit_id"] > "U002"]
    people = blank["population"].to_numpy(dtype=float)
    places = shapely.get_coordinates(shapely.point_on_surface(blank.geometry.array))
    sites = [(bank, point, None) for bank, point in zip(outlets["bank_id"], outlets.geometry, strict=True)]
    sites += [("A", candidates.geometry[0], "N1"), *((bank, candidates.geometry[1], "N2") for bank in "ABC")]
    # of each bank's outlets only the nearest can be part of a best plan; new points cost the same from anywhere
    options = [nearest_options(sites, place) for place in places]
    best = min(cost_of(chosen, sites, people, places=places, weights=weights) for chosen in itertools.product(*options))
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(best, abs=1e-6)
    assert plan.objective == pytest.approx(plan.terms.cost(weights))
    assert plan.bound == pytest.approx(best, rel=1e-6)
    quick = audit.fill_plan(candidates=candidates, weights=weights, time_limit_s=0)
    assert quick.bound <= best <= quick.objective + 1e-6


def nearest_options(sites: list[Site], place: np.ndarray) -> list[int]:
    point = shapely.Point(place)
    outlets = [row for row, site in enumerate(sites) if site[2] is None]
    nearest = [
        min((r for r in outlets if sites[r][0] == bank), key=lambda r: sites[r][1].distance(point)) for bank in "ABC"
    ]
    return [*nearest, *(row for row, site in enumerate(sites) if site[2] is not None)]


def cost_of(
    chosen: tuple[int, ...], sites: list[Site], people: np.ndarray, *, places: np.ndarray, weights: FillWeights
) -> float:
    owners: dict[str, set[str]] = {}
    load = dict.fromkeys("ABC", 0.0)
    travel = 0.0
    for option, crowd, place in zip(chosen, people, places, strict=True):
        bank, site, candidate = sites[option]
        travel += crowd * site.distance(shapely.Point(place)) / 1000
        load[bank] += crowd
        if candidate is not None:
            owners.setdefault(candidate, set()).add(bank)
    if any(len(banks) > 1 for banks in owners.values()):
        return np.inf
    above = sum(max(value - people.sum() / 3, 0) for value in load.values())
    return (
        weights.travel * travel + weights.balance * above + weights.change * len(people) + weights.opening * len(owners)
    )


@pytest.mark.parametrize("seed", range(6))
def test_withdrawals_are_the_cheapest_of_all(seed: int) -> None:
    area, units = square_county(seed, columns=4, rows=1)
    outlets = outlets_of(seed, banks=BANKS, each=1, width_m=4000, height_m=1000)
    everywhere = units["unit_id"].tolist()
    claims = {bank: units[["geometry"]] for bank in BANKS[:4]} | banks_at(units, {"E": everywhere[2:]})
    weights = FillWeights(balance=0.9, change=30.0)
    plan = gp.audit_grids(claims, area, units=units, outlets=outlets).fill_plan(weights=weights)
    limits = [3, 3, 2, 2]
    here = [BANKS[:4], BANKS[:4], BANKS, BANKS]
    people = units["population"].to_numpy(dtype=float)
    places = shapely.point_on_surface(units.geometry.array)
    where = outlets.set_index("bank_id").geometry
    fair = {
        bank: sum(
            crowd * (len(some) - limit) / len(some)
            for crowd, some, limit in zip(people, here, limits, strict=True)
            if bank in some
        )
        for bank in BANKS
    }
    best = np.inf
    for stays in itertools.product(
        *(itertools.combinations(some, limit) for some, limit in zip(here, limits, strict=True))
    ):
        travel = sum(
            crowd / limit * where[bank].distance(place) / 1000
            for crowd, limit, place, stay in zip(people, limits, places, stays, strict=True)
            for bank in stay
        )
        lost = {
            bank: sum(
                crowd
                for crowd, some, stay in zip(people, here, stays, strict=True)
                if bank in some and bank not in stay
            )
            for bank in BANKS
        }
        changes = sum(len(some) - len(stay) for some, stay in zip(here, stays, strict=True))
        above = sum(max(lost[bank] - fair[bank], 0) for bank in BANKS)
        best = min(best, travel + 0.9 * above + 30 * changes)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(best, abs=1e-6)
    assert (plan.proposals["action"] == "withdraw").all()
    after = gp.audit_grids(plan.apply(), area, units=units)
    assert after.faces["bank_count"].tolist() == limits


def test_proposals_are_ranked_by_people_and_then_by_distance() -> None:
    area, units, outlets, claims = county_with_discs(1, radius_m=1200)
    audit = gp.audit_grids(claims, area, units=units, outlets=outlets)
    plan = audit.fill_plan(candidates=NO_CANDIDATES)
    takes = plan.proposals[plan.proposals["action"] == "take"]
    blanks = audit.findings[audit.findings["kind"] == "blank"]
    assert set(takes["finding_id"]) == set(blanks["finding_id"])
    assert takes["finding_id"].is_unique
    assert takes["rank"].tolist() == list(range(1, len(takes) + 1))
    order = list(zip(-takes["population"], -takes["nearest_m"], strict=True))
    assert order == sorted(order)
    assert takes["area_m2"].sum() == pytest.approx(audit.totals().set_index("flag").loc["blank", "area_m2"])
    assert (takes["site_kind"] == "outlet").all()
    assert len(plan.new_points) == 0
    assert (takes["distance_m"] >= takes["nearest_m"] - 1e-9).all()


def test_a_service_point_opens_where_it_saves_more_than_it_costs() -> None:
    area, units = square_county(0, columns=6, rows=1)
    units["population"] = [100, 100, 100, 100, 100, 4000]
    outlets = gpd.GeoDataFrame({"outlet_id": ["O1"], "bank_id": ["A"]}, geometry=[shapely.Point(500, 500)], crs=CRS)
    audit = gp.audit_grids(banks_at(units, {"A": ["U000"]}), area, units=units, outlets=outlets)
    opened = audit.fill_plan()
    assert opened.new_points["candidate_id"].tolist() == ["new:U005"]
    assert opened.proposals.set_index("unit_id").loc["U005", "site_kind"] == "service_point"
    assert opened.terms.openings == 1
    dear = audit.fill_plan(weights=FillWeights(opening=1e6))
    assert len(dear.new_points) == 0
    with pytest.raises(
        gp.InfeasibleError, match=r"3 blank places have no bank and no candidate within 2,000 m: blank:"
    ):
        audit.fill_plan(candidates=NO_CANDIDATES, max_distance_m=2000)


def test_a_greedy_plan_says_so_and_still_leaves_nothing_blank() -> None:
    area, units, outlets, claims = county_with_discs(2)
    audit = gp.audit_grids(claims, area, units=units, outlets=outlets)
    best = audit.fill_plan(candidates=NO_CANDIDATES)
    quick = audit.fill_plan(candidates=NO_CANDIDATES, time_limit_s=0)
    assert quick.status == "greedy"
    assert "greedy" in repr(quick)
    assert quick.bound <= best.objective <= quick.objective + 1e-6
    assert 0 <= quick.gap <= 1
    after = gp.audit_grids(quick.apply(), area, units=units)
    assert not {"blank", "excessive"} & set(after.findings["kind"])


def test_cells_that_no_proposal_touches_keep_their_bytes() -> None:
    area, units, outlets, claims = county_with_discs(3)
    plan = gp.audit_grids(claims, area, units=units, outlets=outlets).fill_plan(candidates=NO_CANDIDATES)
    for bank, cells in plan.apply().items():
        given = claims[bank].set_index("cell_id").geometry
        kept = cells[cells["origin"] == "kept"]
        assert all(
            shapely.to_wkb(kept.geometry)[row] == shapely.to_wkb(given[cell]) for row, cell in kept["cell_id"].items()
        )
        assert cells["cell_id"].is_unique
    nothing = plan.apply(accepted=[])
    assert all((cells["origin"] == "kept").all() for cells in nothing.values())
    first = plan.proposals["proposal_id"].iloc[0]
    one = gp.audit_grids(plan.apply(accepted=[first]), area, units=units)
    assert plan.proposals["finding_id"].iloc[0] not in set(one.findings["finding_id"])
    with pytest.raises(gp.InputError, match="1 ids are not in this plan: take:nowhere"):
        plan.apply(accepted=["take:nowhere"])


def test_banks_without_outlets_and_counties_without_units_have_plans() -> None:
    area, units = square_county(4, columns=4, rows=4)
    claims = banks_at(units, {"A": ["U000", "U001"], "B": ["U015"]})
    plan = gp.audit_grids(claims, area).fill_plan(candidates=NO_CANDIDATES)
    assert plan.status == "optimal"
    assert set(plan.proposals["site_kind"]) == {"claim"}
    after = gp.audit_grids(plan.apply(), area)
    assert after.totals().set_index("flag").loc["blank", "area_m2"] == 0
    complete = gp.audit_grids({"A": units[["geometry"]]}, area, units=units).fill_plan()
    assert (len(complete.proposals), complete.objective, complete.gap, complete.status) == (0, 0, 0, "optimal")
    assert list(complete.proposals.columns) == list(plan.proposals.columns)


def test_weights_and_candidates_that_cannot_be_used_are_named() -> None:
    area, units = square_county(4, columns=3, rows=1)
    audit = gp.audit_grids(banks_at(units, {"A": ["U000"]}), area, units=units)
    with pytest.raises(gp.InputError, match="the weight travel is -1"):
        FillWeights(travel=-1)
    with pytest.raises(gp.InputError, match="time_limit_s is -3"):
        audit.fill_plan(time_limit_s=-3)
    stranger = gpd.GeoDataFrame({"candidate_id": ["N1"], "bank_id": ["Z"]}, geometry=[shapely.Point(100, 100)], crs=CRS)
    with pytest.raises(gp.InputError, match="1 candidates name a bank that is not in the audit: N1: Z"):
        audit.fill_plan(candidates=stranger)
    with pytest.raises(gp.CRSError):
        audit.fill_plan(candidates=stranger.to_crs(4326))


@pytest.mark.parametrize("lang", ["en", "zh-Hans", "zh-Hant"])
def test_proposals_speak_the_language_asked_for(lang: str) -> None:
    area, units, outlets, claims = county_with_discs(5)
    plan = gp.audit_grids(claims, area, units=units, outlets=outlets).fill_plan(time_limit_s=0)
    sentences = plan.proposals_in(lang)["proposal"]
    assert (sentences.str.contains("[\u4e00-\u9fff]") == (lang != "en")).all()
    assert not sentences.str.contains("[{}]").any()


def test_a_plan_is_saved_to_map_and_to_compute(tmp_path: Path) -> None:
    area, units, outlets, claims = county_with_discs(0)
    plan = gp.audit_grids(claims, area, units=units, outlets=outlets).fill_plan(gap=0.05)
    file = plan.save(tmp_path / "plan", lang="en")
    assert sorted(path.name for path in file.parent.iterdir()) == ["fill_plan.gpkg", "fill_plan.html", "fill_plan.json"]
    assert len(gpd.read_file(file, layer="proposals")) == len(plan.proposals)
    assert len(gpd.read_file(file, layer="new_points")) == len(plan.new_points)
    kept = json.loads((file.parent / "fill_plan.json").read_text(encoding="utf-8"))
    assert kept["terms"]["changes"] == len(plan.proposals)
    assert kept["status"] == plan.status
    assert [row["proposal_id"] for row in kept["proposals"]] == plan.proposals["proposal_id"].tolist()


def test_a_search_within_a_gap_says_how_far_it_proved() -> None:
    area, units, outlets, claims = county_with_discs(5)
    audit = gp.audit_grids(claims, area, units=units, outlets=outlets)
    plan = audit.fill_plan(gap=0.05)
    assert plan.status in ("within_gap", "optimal")
    assert plan.gap <= 0.05
    assert plan.bound <= plan.objective
    with pytest.raises(gp.InputError, match="gap is 5"):
        audit.fill_plan(gap=5)


@pytest.mark.full
@pytest.mark.parametrize(("case", "radius_m"), [("ny_onondaga", 3000.0), ("ny_bronx", 1500.0)])
def test_real_counties_are_left_without_blanks(shared_data: Path, case: str, radius_m: float) -> None:
    area = gpd.read_file(shared_data / case / "case.gpkg", layer="area")
    units = gpd.read_file(shared_data / case / "case.gpkg", layer="atoms").rename(columns={"POP8": "population"})
    units["unit_id"] = [f"{row:04d}" for row in range(len(units))]
    table = pd.read_csv(shared_data / case / "outlets.csv").rename(columns={"bank": "bank_id"})
    where = gpd.points_from_xy(table["longitude"], table["latitude"], crs=4326)
    outlets = gpd.GeoDataFrame(table, geometry=where).to_crs(area.crs)
    before = gp.audit_grids(discs(outlets, radius_m), area, units=units, outlets=outlets)
    plan = before.fill_plan(gap=0.02)
    after = gp.audit_grids(plan.apply(), area, units=units, outlets=outlets)
    comparison = before.compare(after)
    assert set(comparison.findings.loc[comparison.findings["change"] == "new", "kind"]) <= {
        "sliver",
        "sliver_within_bank",  # what is left of an overlap after a bank withdrew
    }
    assert not {"blank", "excessive"} & set(after.findings["kind"])
    assert plan.gap <= 0.02


def shuffled(table: gpd.GeoDataFrame, seed: int) -> gpd.GeoDataFrame:
    return table.sample(frac=1, random_state=seed)


@pytest.mark.parametrize("seed", range(3))
def test_shuffled_rows_give_the_same_findings_bytes_and_plan(seed: int) -> None:
    area, units, outlets, claims = county_with_discs(seed)
    one = gp.audit_grids(claims, area, units=units, outlets=outlets)
    mixed = {bank: shuffled(claims[bank], seed + 1) for bank in reversed(list(claims))}
    two = gp.audit_grids(mixed, area, units=shuffled(units, seed + 2), outlets=shuffled(outlets, seed + 3))
    assert one.findings["finding_id"].tolist() == two.findings["finding_id"].tolist()
    assert to_json(one) == to_json(two)
    plans = [audit.fill_plan(candidates=NO_CANDIDATES).proposals for audit in (one, two)]
    assert plans[0].drop(columns="geometry").equals(plans[1].drop(columns="geometry"))
