"""The sample county holds what it says: counts, an exact coverage, a hierarchy, and exactly the planted defects."""

from __future__ import annotations

import re

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from gridpart import staffing
from gridpart.coverage import prove_partition
from gridpart.errors import InputError
from gridpart.project.sample import SampleTables, sample_project, sample_tables
from gridpart.project.sample.names import BANKS, name_units
from gridpart.project.sample.noise import angle_at, crooked_lines
from gridpart.project.sample.planted import NOTES
from gridpart.project.sample.roads import SPEED_KMH
from gridpart.tables import CONTRACTS, validate

REACH_M = 5_000.0
URBAN_REACH_M = 1_500.0


@pytest.fixture(scope="module")
def county() -> SampleTables:
    return sample_tables(0)


def _shapes(table: pd.DataFrame) -> np.ndarray:
    return np.asarray(table["geometry"].array, dtype=object)


def _planted(county: SampleTables, kind: str) -> list[str]:
    return county.planted.loc[county.planted["kind"] == kind, "object_id"].tolist()


def test_counts(county: SampleTables) -> None:
    assert county.units["kind"].value_counts().to_dict() == {"village": 250, "community": 24}
    assert county.units["township_id"].nunique() == 11
    assert len(county.banks) == 5
    assert len(county.outlets) == 80
    assert len(county.equipment) == 900
    assert county.equipment["kind"].nunique() == 6
    assert len(county.staff) == 200
    assert set(county.outlets["kind"]) == {"main_branch", "branch", "sub_branch", "self_service_bank"}


@pytest.mark.parametrize("kind", ["service_area", "units", "outlets", "equipment", "staff", "roads"])
def test_tables_keep_their_contracts(county: SampleTables, kind: str) -> None:
    table = getattr(county, kind)
    assert set(CONTRACTS[kind].required) <= set(table.columns)
    validate(table, kind)


def test_texts_are_plain_strings(county: SampleTables) -> None:
    for table in {**county.layers(), **county.plain_tables()}.values():
        for name in table.columns:
            if table[name].dtype == object:
                held = {type(value) for value in table[name]}
                assert held <= {str, type(None)}, name


def test_units_are_an_exact_partition(county: SampleTables) -> None:
    area = county.service_area.geometry.iloc[0]
    proof = prove_partition(_shapes(county.units), area)
    assert proof.holds
    assert proof.boundary_shift_m == 0.0


def test_service_area_has_a_lake_and_an_exclave(county: SampleTables) -> None:
    parts = county.service_area.geometry.iloc[0].geoms
    main, exclave = sorted(parts, key=lambda part: -part.area)
    assert [len(main.interiors), len(exclave.interiors)] == [1, 0]
    width, height = np.diff(np.array(main.bounds).reshape(2, 2), axis=0)[0]
    assert 38_000 < max(width, height) < 62_000
    assert main.distance(exclave) > 400
    assert (shapely.area(shapely.polygons(main.interiors)) > 1e7).all()


def test_codes_nest(county: SampleTables) -> None:
    units = county.units
    assert units["unit_id"].is_unique
    assert units["unit_id"].is_monotonic_increasing
    assert units["unit_id"].str.fullmatch(r"\d{12}").all()
    assert (units["unit_id"].str[:9] == units["township_id"]).all()
    assert (units["unit_id"].str[:6] == county.service_area["area_id"].iloc[0]).all()
    assert ((units["unit_id"].str[9] == "0") == (units["kind"] == "community")).all()
    assert ((units["zone_class"] == "urban") == (units["kind"] == "community")).all()
    assert units.groupby("township_id")["township"].nunique().eq(1).all()
    assert units["township"].nunique() == 11


def test_names_have_english_beside_them(county: SampleTables) -> None:
    for table in (county.units, county.outlets, county.banks, county.service_area):
        assert table["name"].str.fullmatch(r"[\u4e00-\u9fff]+").all()
        assert table["name_en"].str.fullmatch(r"[A-Z][A-Za-z,. -]+\d*").all()


def test_people_sum_to_half_a_million(county: SampleTables) -> None:
    by_zone = county.units.groupby("zone_class")["population"].sum()
    assert by_zone.to_dict() == {"urban": 158_400, "rural": 341_600}
    per_household = county.units["population"] / county.units["households"]
    assert per_household.between(2.3, 3.8).all()
    density = county.units["population"] / county.units.area * 1e6
    urban = county.units["zone_class"] == "urban"
    assert density[urban].median() > 10 * density[~urban].median()


def test_every_outlet_stands_in_its_unit(county: SampleTables) -> None:
    shape = county.units.set_index("unit_id").geometry
    assert shapely.contains_properly(
        _shapes(pd.DataFrame({"geometry": shape.loc[county.outlets["unit_id"]]})), _shapes(county.outlets)
    ).all()


def test_outlets_stand_apart_beside_a_road(county: SampleTables) -> None:
    points = _shapes(county.outlets)
    apart = shapely.distance(points[:, None], points[None, :])
    np.fill_diagonal(apart, np.inf)
    assert apart.min() > 5
    nodes = shapely.multipoints([(at["x"], at["y"]) for _, at in county.road_graph.nodes(data=True)])
    assert shapely.distance(points, nodes).max() < 50


def test_the_rural_bank_is_in_every_township(county: SampleTables) -> None:
    township = county.units.set_index("unit_id")["township_id"]
    served = county.outlets.assign(township=township.loc[county.outlets["unit_id"]].to_numpy())
    served = served.groupby("bank_id")["township"].nunique()
    assert served["LZRCB"] == 11
    assert served["JYB"] == 1
    assert county.outlets.groupby("bank_id")["kind"].apply(lambda kinds: (kinds == "main_branch").sum()).eq(1).all()


def test_equipment_stands_in_its_unit_but_for_the_planted_one(county: SampleTables) -> None:
    shape = county.units.set_index("unit_id").geometry.loc[county.equipment["unit_id"]]
    inside = shapely.contains_properly(np.asarray(shape.array, dtype=object), _shapes(county.equipment))
    assert county.equipment.loc[~inside, "equipment_id"].tolist() == _planted(county, "wrong_unit")


def test_equipment_belongs_to_outlets_of_its_bank(county: SampleTables) -> None:
    bank = county.outlets.set_index("outlet_id")["bank_id"].loc[county.equipment["outlet_id"]]
    assert (bank.to_numpy() == county.equipment["bank_id"].to_numpy()).all()


def test_roads_are_connected_and_planar(county: SampleTables) -> None:
    graph = county.road_graph
    assert nx.is_connected(graph)
    assert nx.check_planarity(graph)[0]
    assert len(county.roads) == graph.number_of_edges()
    lines = _shapes(county.roads)
    one, two = shapely.STRtree(lines).query(lines, predicate="crosses")
    assert len(one) == 0, list(zip(one, two, strict=True))[:3]


def test_roads_begin_and_end_at_their_nodes(county: SampleTables) -> None:
    graph, lines = county.road_graph, _shapes(county.roads)
    for column, place in (("from_node", 0), ("to_node", -1)):
        ends = shapely.get_coordinates(shapely.get_point(lines, place))
        nodes = [(graph.nodes[node]["x"], graph.nodes[node]["y"]) for node in county.roads[column]]
        assert np.array_equal(ends, nodes)


def test_roads_avoid_the_lake(county: SampleTables) -> None:
    main = max(county.service_area.geometry.iloc[0].geoms, key=lambda part: part.area)
    lake = shapely.Polygon(main.interiors[0])
    assert shapely.distance(_shapes(county.roads), lake).min() > 0


def test_road_times_follow_class_and_length(county: SampleTables) -> None:
    roads = county.roads
    assert set(roads["road_class"]) == set(SPEED_KMH)
    assert np.allclose(roads["length_m"], roads.geometry.length, atol=0.051)
    expected = roads["length_m"] / 1000 / roads["road_class"].map(SPEED_KMH) * 60
    assert np.allclose(roads["minutes"], expected, atol=1e-4)


def test_ledger_is_consistent(county: SampleTables) -> None:
    ledger = county.ledger
    assert len(ledger) == 12 * len(county.units) - 1
    assert (ledger["households_filed"] <= ledger["households"]).all()
    assert (ledger["households_granted"] <= ledger["households_filed"]).all()
    assert (ledger["return_visits"] <= ledger["visits"]).all()
    assert ledger.groupby("unit_id")["households_filed"].apply(lambda filed: filed.is_monotonic_increasing).all()


def test_every_planted_kind_is_listed(county: SampleTables) -> None:
    assert set(county.planted["kind"]) == set(NOTES)
    assert county.planted["defect_id"].is_unique


def test_planted_blanks_are_all_the_blanks(county: SampleTables) -> None:
    away = shapely.distance(_shapes(county.units), shapely.multipoints(_shapes(county.outlets)))
    assert county.units.loc[away > REACH_M, "unit_id"].tolist() == sorted(_planted(county, "blank_village"))
    assert not ((away > REACH_M - 5) & (away < REACH_M + 5)).any()


def test_blanks_are_the_same_with_the_shorter_urban_reach(county: SampleTables) -> None:
    zone = county.units.set_index("unit_id")["zone_class"].loc[county.outlets["unit_id"]].to_numpy()
    points, units = _shapes(county.outlets), _shapes(county.units)
    rural = shapely.distance(units, shapely.multipoints(points[zone == "rural"])) > REACH_M
    urban = shapely.distance(units, shapely.multipoints(points[zone == "urban"])) > URBAN_REACH_M
    assert county.units.loc[rural & urban, "unit_id"].tolist() == sorted(_planted(county, "blank_village"))


def test_planted_service_point_deficits_are_all_there_are(county: SampleTables) -> None:
    points = county.equipment[county.equipment["kind"] == "service_point"]
    villages = county.units.loc[county.units["kind"] == "village", "unit_id"]
    none = sorted(set(villages) - set(points["unit_id"]))
    none_active = set(villages) - set(points.loc[points["status"] == "active", "unit_id"]) - set(none)
    assert none == sorted(_planted(county, "village_without_service_point"))
    assert sorted(none_active) == _planted(county, "only_closed_service_points")


def test_planted_crowds(county: SampleTables) -> None:
    banks = county.outlets.groupby("unit_id")["bank_id"].nunique()
    assert banks[banks == 5].index.tolist() == _planted(county, "crowded_community")
    seat = county.units.set_index("unit_id").geometry[_planted(county, "crowded_seat")[0]]
    near = county.outlets[county.outlets.distance(seat) < 1_000]
    assert near["bank_id"].nunique() == 3


def test_planted_staff_faults_are_all_there_are(county: SampleTables) -> None:
    cells = {
        f"{bank}-{outlet}" for bank, outlet in zip(county.outlets["bank_id"], county.outlets["outlet_id"], strict=True)
    }
    officers = county.staff[county.staff["role"] == "officer"]
    full_time = officers[officers["employment_type"] == "full_time"]["cell_id"].value_counts()
    assert sorted(cells - set(officers["cell_id"])) == _planted(county, "cell_without_officer")
    assert full_time[full_time > 1].index.tolist() == _planted(county, "cell_with_two_officers")
    unknown = officers[~officers["cell_id"].isin(cells)]
    assert unknown["staff_id"].tolist() == _planted(county, "officer_unknown_cell")
    managers = set(county.staff.loc[county.staff["role"] == "manager", "staff_id"])
    orphans = county.staff[county.staff["manager_id"].notna() & ~county.staff["manager_id"].isin(managers)]
    assert orphans["staff_id"].tolist() == _planted(county, "officer_unknown_manager")


def test_every_manager_answers_to_a_main_branch(county: SampleTables) -> None:
    managers = county.staff[county.staff["role"] == "manager"].set_index("staff_id")
    heads = managers[managers["manager_id"].isna()]
    kind = county.outlets.set_index("outlet_id")["kind"]
    assert (kind.loc[heads["outlet_id"]] == "main_branch").all()
    assert sorted(heads["bank_id"]) == [bank.bank_id for bank in BANKS]
    assert managers["manager_id"].dropna().isin(heads.index).all()


def test_planted_faults_of_records_and_workstations_are_all_there_are(county: SampleTables) -> None:
    missing = staffing.missing_credentials(county.staff)
    for kind, what in (("officer_without_credential", "credential"), ("manager_without_card", "card")):
        assert missing.loc[missing["missing"] == what, "staff_id"].tolist() == _planted(county, kind)
    lost = staffing.check_workstations(county.units, county.workstations, profile="p3").findings
    assert lost["unit_id"].tolist() == _planted(county, "unit_without_workstation")
    assert (county.workstations["status"] == "closed").sum() == 1
    officers = county.staff[county.staff["role"] == "officer"]
    counterparts = officers.groupby("cell_id")["social_officer_id"].count()
    assert counterparts[counterparts == 0].index.tolist() == _planted(county, "cell_without_counterpart")
    assert set(officers["social_officer_id"].dropna()) <= set(county.social_officers["social_officer_id"])


def test_every_outlet_stands_in_the_management_line_and_names_its_main_branch(county: SampleTables) -> None:
    tree = staffing.org_tree(county.organisation)
    assert tree.depth == 3
    branches = county.organisation[county.organisation["kind"] == "branch"]
    assert sorted(branches["outlet_id"]) == sorted(county.outlets["outlet_id"])
    kinds = county.outlets.set_index("outlet_id")["kind"]
    assert set(kinds.loc[county.outlets["parent_outlet_id"]]) == {"main_branch"}


def test_remaining_planted_defects(county: SampleTables) -> None:
    closed = county.equipment[(county.equipment["status"] == "closed") & (county.equipment["kind"] == "atm")]
    assert closed["equipment_id"].tolist() == _planted(county, "closed_atm")
    twins = county.units[county.units["name"].duplicated(keep=False)]
    assert twins["unit_id"].tolist() == _planted(county, "same_name")
    assert twins["township_id"].nunique() == 2
    months = county.ledger["unit_id"].value_counts()
    assert months[months < 12].index.tolist() == _planted(county, "ledger_month_missing")


def test_same_seed_same_bytes(county: SampleTables) -> None:
    again = sample_tables(0)
    for name, layer in county.layers().items():
        assert layer.to_wkb().to_csv() == getattr(again, name).to_wkb().to_csv(), name
    for name, table in county.plain_tables().items():
        assert table.to_csv() == getattr(again, name).to_csv(), name


def test_other_seed_other_county(county: SampleTables) -> None:
    assert not sample_tables(1).service_area.geometry.iloc[0].equals(county.service_area.geometry.iloc[0])


@pytest.mark.full
@pytest.mark.parametrize("seed", range(2, 32))
def test_many_seeds_hold(seed: int) -> None:
    county = sample_tables(seed)
    test_service_area_has_a_lake_and_an_exclave(county)
    test_every_outlet_stands_in_its_unit(county)
    test_equipment_stands_in_its_unit_but_for_the_planted_one(county)
    test_roads_are_connected_and_planar(county)
    test_roads_avoid_the_lake(county)
    test_planted_service_point_deficits_are_all_there_are(county)
    test_planted_staff_faults_are_all_there_are(county)
    assert 4 <= len(_planted(county, "blank_village")) <= 12


@pytest.mark.parametrize("seed", [-1, 0.5, "0", True])
def test_bad_seeds_are_refused(seed: object) -> None:
    with pytest.raises(InputError, match=re.escape(f"seed must be a whole number from 0; {seed!r} was given")):
        sample_tables(seed)  # type: ignore[arg-type]


def test_project_has_a_certified_grid_per_bank(county: SampleTables) -> None:
    project = sample_project(0)
    assert sorted(project.grids) == [bank.bank_id for bank in BANKS]
    assert sum(len(grid) for grid in project.grids.values()) == 80
    cells = {cell for grid in project.grids.values() for cell in grid.cells["cell_id"]}
    unknown = project.staff.loc[project.staff["cell_id"].notna() & ~project.staff["cell_id"].isin(cells), "staff_id"]
    assert unknown.tolist() == _planted(county, "officer_unknown_cell")
    assert all(grid.certificate.valid for grid in project.grids.values())


def test_crooked_lines_stay_in_their_rhombus() -> None:
    rng = np.random.default_rng(5)
    start, end = rng.uniform(0, 1000, (2, 500, 2))
    angle = rng.uniform(0.05, 0.9, 500)
    points, line = crooked_lines(start, end, angle=angle, step_m=20.0, rng=rng)
    inner = ~((points == start[line]).all(axis=1) | (points == end[line]).all(axis=1))
    points, line = points[inner], line[inner]
    assert (angle_at(start[line], end[line], points) < angle[line]).all()
    assert (angle_at(end[line], start[line], points) < angle[line]).all()


def test_names_never_repeat() -> None:
    names = name_units([0] * 24 + list(np.repeat(range(1, 11), 25)), n_townships=10, rng=np.random.default_rng(3))
    assert len({name.chinese for name in names.units}) == 274
    assert len(set(names.unit_ids)) == 274
