"""Rule aggregate: whole units, connected and balanced cells, three answers that are never mixed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

import gridpart as gp
from gridpart.partition._aggregate.bound import transport_bound
from gridpart.partition._aggregate.cells import loose_units
from gridpart.partition._aggregate.problem import Problem
from gridpart.partition._aggregate.solve import solve

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
import workloads

CRS = "EPSG:4546"


def squares(
    columns: int, rows: int, *, size: float = 100.0, keep: Any = None, demand: Any = 1.0, crs: str = CRS
) -> gpd.GeoDataFrame:
    places = [(i, j) for i in range(columns) for j in range(rows) if keep is None or keep(i, j)]
    shapes = [shapely.box(i * size, j * size, (i + 1) * size, (j + 1) * size) for i, j in places]
    ids = [f"u{i:02d}-{j:02d}" for i, j in places]
    return gpd.GeoDataFrame({"unit_id": ids, "households": demand}, geometry=shapes, crs=crs)


def outlets_in(*places: tuple[float, float], size: float = 100.0, bank: str = "A") -> gpd.GeoDataFrame:
    points = [((i + 0.5) * size, (j + 0.5) * size) for i, j in places]
    ids = [f"{number:02d}" for number in range(len(points))]
    return gpd.GeoDataFrame(
        {"outlet_id": ids, "bank_id": bank}, geometry=gpd.points_from_xy(*np.transpose(points)), crs=CRS
    )


def check(grid: gp.Grid, units: gpd.GeoDataFrame, outlets: gpd.GeoDataFrame, *, tolerance: float) -> None:
    """Units whole, cells connected, outlets at home, loads within the tolerance, figures true."""
    assert grid.certify().valid
    cells = grid.cells
    assert grid.face_ids == tuple(sorted(units["unit_id"]))
    assert cells["demand"].sum() == pytest.approx(units["households"].sum())
    mean = cells["demand"].mean()
    worst = float((cells["demand"] / mean - 1).abs().max())
    assert worst <= tolerance + 1e-9
    assert grid.provenance["imbalance"] == pytest.approx(worst)
    owner = cells.set_index("cell_id")["outlet_id"]
    assert owner[grid.locate(outlets.geometry)].tolist() == outlets["outlet_id"].tolist()
    assert grid.provenance["lower_bound"] <= grid.provenance["travel"] * (1 + 1e-9)
    assert grid.provenance["lower_bound_by_units"] <= grid.provenance["travel_by_units"] * (1 + 1e-9)


def pieces(grid: gp.Grid) -> int:
    one, two, _ = grid.coverage.adjacency()
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(len(grid.coverage)))
    same = grid.labels[one] == grid.labels[two]
    graph.add_edges_from(zip(one[same].tolist(), two[same].tolist(), strict=True))
    return nx.number_connected_components(graph)


@pytest.mark.parametrize("seed", range(5))
def test_R10_cells_are_connected_balanced_and_hold_their_outlets(seed: int) -> None:
    generator = np.random.default_rng(seed)
    units = squares(20, 18, demand=generator.integers(1, 9, 360))
    homes = generator.choice(360, 8, replace=False)
    outlets = outlets_in(*[(int(unit) // 18, int(unit) % 18) for unit in homes])
    grid = gp.partition.aggregate(units, outlets, tolerance=0.05)
    check(grid, units, outlets, tolerance=0.05)
    assert pieces(grid) == len(grid) == 8
    assert grid.cells["outlet_id"].tolist() == outlets["outlet_id"].tolist()


def test_the_same_input_gives_the_same_grid() -> None:
    units = squares(15, 15, demand=np.random.default_rng(3).integers(1, 9, 225))
    outlets = outlets_in((2, 2), (3, 2), (12, 4), (7, 13))
    digests = {gp.partition.aggregate(units, outlets, tolerance=0.03).digest for _ in range(3)}
    assert len(digests) == 1


def test_one_outlet_has_all_units() -> None:
    grid = gp.partition.aggregate(squares(4, 3), outlets_in((1, 1)))
    assert len(grid) == 1
    assert grid.provenance["imbalance"] == 0


def test_two_outlets_in_one_unit_are_named_or_merged() -> None:
    units, outlets = squares(6, 6), outlets_in((1, 1), (1.2, 1.1), (4, 4))
    with pytest.raises(gp.InfeasibleError, match="u01-01 holds 00, 01"):
        gp.partition.aggregate(units, outlets)
    grid = gp.partition.aggregate(units, outlets, shared_units="merge")
    assert grid.cells["outlet_id"].tolist() == ["00", "02"]
    assert grid.provenance["outlets_merged"] == {"00": ["01"]}
    assert gp.partition.aggregate(units, outlets, shared_units="merge", officers=1).cells["outlet_id"].tolist() == [
        "00",
        "00",
        "02",
    ]


def test_a_unit_larger_than_a_cell_is_proved_infeasible() -> None:
    units = squares(6, 6, demand=[30.0] + [1.0] * 35)
    with pytest.raises(gp.InfeasibleError, match=r"u00-00 alone hold up to 30\.0; a cell may hold 17\.9"):
        gp.partition.aggregate(units, outlets_in((1, 1), (2, 4), (4, 1), (4, 4)))


def test_land_behind_a_neck_is_proved_infeasible_with_the_neck_named() -> None:
    units = squares(13, 6, keep=lambda i, j: i != 6 or j == 2)  # two halves, joined over units u05-02 and u06-02
    outlets = outlets_in((0, 0), (2, 4), (4, 1), (11, 3))
    with pytest.raises(gp.InfeasibleError, match="through u05-02") as caught:
        gp.partition.aggregate(units, outlets, tolerance=0.02)
    assert not isinstance(caught.value, gp.NotReachedError)


def test_a_shut_in_outlet_is_proved_infeasible() -> None:
    outlets = outlets_in((0, 0), (0, 1), (1, 0), (6, 6))
    with pytest.raises(gp.InfeasibleError, match="outlets 00 need"):
        gp.partition.aggregate(squares(8, 8), outlets)


def test_what_is_not_reached_carries_the_best_grid_and_the_cells_that_miss() -> None:
    units, outlets = squares(5, 1), outlets_in((0, 0), (4, 0))  # 2 and 3 is the best there is
    with pytest.raises(gp.NotReachedError, match="not reached: 2 of 2 cells") as caught:
        gp.partition.aggregate(units, outlets, tolerance=0.1)
    assert not isinstance(caught.value, gp.InfeasibleError)
    assert sorted(caught.value.grid.cells["demand"]) == [2.0, 3.0]
    assert caught.value.grid.certify().valid
    assert caught.value.missing["deviation"].abs().tolist() == pytest.approx([0.2, 0.2])
    assert not caught.value.grid.provenance["reached"]


def test_R12_no_cell_crosses_a_river_with_outlets_on_both_banks() -> None:
    units, outlets = squares(10, 6), outlets_in((4, 1), (3, 4), (7, 1), (8, 4))
    river = gpd.GeoSeries([shapely.LineString([(500, -50), (500, 650)])], crs=CRS)
    grid = gp.partition.aggregate(units, outlets, barriers=river, tolerance=0.1)
    check(grid, units, outlets, tolerance=0.1)
    west = shapely.box(0, 0, 500, 600)
    inside = shapely.area(shapely.intersection(np.asarray(grid.cells.geometry.array), west))
    assert set(np.round(inside / grid.cells["area_m2"].to_numpy(), 9)) == {0.0, 1.0}
    assert grid.provenance["borders_barred"] == 6


def test_a_river_is_crossed_to_a_bank_without_outlet_and_that_is_listed() -> None:
    units, outlets = squares(10, 6), outlets_in((1, 1), (3, 4))
    river = gpd.GeoSeries([shapely.LineString([(512, -50), (512, 650)])], crs=CRS)  # drawn 12 m off the border
    grid = gp.partition.aggregate(units, outlets, barriers=river, tolerance=0.1)
    check(grid, units, outlets, tolerance=0.1)
    assert len(grid.provenance["barriers_lifted"]) == 6


def test_an_exclave_joins_the_nearest_land_and_is_listed() -> None:
    units = squares(12, 6, keep=lambda i, j: i < 9 or (i > 9 and j < 2))
    outlets = outlets_in((1, 1), (4, 4), (8, 1))
    grid = gp.partition.aggregate(units, outlets, tolerance=0.1)
    check(grid, units, outlets, tolerance=0.1)
    (exclave,) = grid.provenance["exclaves"]
    assert exclave["units"] == ["u10-00", "u10-01", "u11-00", "u11-01"]
    assert grid.cells.geometry.geom_type.tolist() == ["Polygon", "Polygon", "MultiPolygon"]


def test_every_officer_has_a_connected_cell_of_the_same_size() -> None:
    units, outlets = squares(18, 16), outlets_in((3, 3), (9, 12), (15, 5))
    grid = gp.partition.aggregate(units, outlets, officers={"00": 3, "02": 2}, tolerance=0.06)
    assert grid.cells["outlet_id"].tolist() == ["00", "00", "00", "01", "02", "02"]
    assert grid.cells["cell_id"].tolist() == ["A-00-1", "A-00-2", "A-00-3", "A-01", "A-02-1", "A-02-2"]
    assert pieces(grid) == 6
    check(grid, units, outlets, tolerance=0.06)


def test_more_officers_than_units_is_infeasible() -> None:
    with pytest.raises(gp.InfeasibleError, match="9 officers"):
        gp.partition.aggregate(squares(4, 2), outlets_in((1, 1)), officers=9)


def test_a_river_across_a_large_county_leaves_figures_finite() -> None:
    units, outlets = squares(80, 60), outlets_in((10, 30), (30, 10), (50, 30), (70, 50))
    river = gpd.GeoSeries([shapely.LineString([(4000, -50), (4000, 6050)])], crs=CRS)
    grid = gp.partition.aggregate(units, outlets, barriers=river, tolerance=0.03)
    check(grid, units, outlets, tolerance=0.03)
    assert grid.provenance["gap_by_units"] < 0.05


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"demand": "people"}, "people"),
        ({"tolerance": -0.1}, "tolerance is -0.1"),
        ({"shared_units": "cut"}, "shared_units is 'cut'"),
        ({"officers": {"nobody": 2}}, "nobody"),
        ({"officers": {"00": 0}}, "00: 0"),
        ({"barriers": gpd.GeoSeries([shapely.Point(5, 5)], crs=CRS)}, "rows? 0"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(gp.InputError, match=message):
        gp.partition.aggregate(squares(4, 4), outlets_in((0, 0), (3, 3)), **options)


def test_demand_of_nothing_is_refused() -> None:
    with pytest.raises(gp.InputError, match="must be positive"):
        gp.partition.aggregate(squares(4, 4, demand=0.0), outlets_in((0, 0), (3, 3)))


def problem_of(workload: workloads.Workload, tolerance: float = 0.02) -> Problem:
    return Problem(
        points=workload.points,
        demand=workload.demand,
        edges=workload.edges,
        outlets=workload.outlets,
        homes=workload.homes,
        tolerance=tolerance,
    )


def test_the_bound_is_that_of_the_transport_programme() -> None:
    from scipy.optimize import linprog

    problem = problem_of(workloads.build(120, 5, seed=1), tolerance=0.05)
    n, k, cost = 120, 5, problem.straight_m
    one_place = np.kron(np.ones((1, k)), np.eye(n))
    loads = np.kron(np.eye(k), problem.demand[None, :])
    exact = linprog(
        (cost * problem.demand).ravel(),
        A_eq=one_place,
        b_eq=np.ones(n),
        A_ub=np.vstack([loads, -loads]),
        b_ub=np.r_[problem.high, -problem.low],
        bounds=(0, None),
    ).fun
    bound = transport_bound(cost, problem.demand, low=problem.low, high=problem.high).travel
    assert bound <= exact * (1 + 1e-9)
    assert bound == pytest.approx(exact, rel=5e-3)


@pytest.mark.parametrize("family", ["even", "clustered"])
def test_seeded_counties_of_2145_units(family: workloads.Family, request: pytest.FixtureRequest) -> None:
    straight, by_units = [], []
    for seed in range(10 if request.config.option.markexpr != "not full" else 6):
        workload = workloads.build(2145, 20, seed=seed, family=family)
        solution = solve(problem_of(workload))
        assert solution.reached
        assert solution.deviation <= 0.02
        assert len(loose_units(problem_of(workload), solution.labels)) == 0
        assert solution.labels[workload.homes].tolist() == list(range(20))
        straight.append(solution.travel / solution.bound)
        by_units.append(solution.travel_by_units / solution.bound_by_units)
    assert np.median(straight) <= 1.05
    assert max(by_units) <= 1.03


def test_denver_blocks_after_cleaning(shared_data: Path) -> None:
    blocks = gp.to_metric(gpd.read_parquet(shared_data / "denver_dirty" / "blocks.parquet"))
    blocks = blocks.assign(unit_id=blocks["GEOID20"].astype(str), cell_id=blocks["GEOID20"].astype(str))
    units, _ = gp.clean(blocks.assign(households=blocks["TOTPOP20"]), max_gap_width=1.0)
    rows = np.sort(np.random.default_rng(1).choice(len(units), 40, replace=False))
    points = units.geometry.iloc[rows].representative_point().to_numpy()
    outlets = gpd.GeoDataFrame(
        {"outlet_id": [f"{number:02d}" for number in range(40)], "bank_id": "D"}, geometry=points, crs=units.crs
    )
    grid = gp.partition.aggregate(units, outlets, tolerance=0.02)
    check(grid, units, outlets, tolerance=0.02)
    assert grid.cells["demand"].sum() == 715_522
    assert grid.provenance["gap"] <= 0.05
    assert grid.provenance["gap_by_units"] <= 0.03
    # one part of the city lies apart from the rest; its units are listed
    assert pieces(grid) == 40 + len(grid.provenance.get("exclaves", []))


def test_bronx_tracts_for_every_bank_end_in_one_of_three_answers(shared_data: Path) -> None:
    case = shared_data / "ny_bronx"
    units = gpd.read_file(case / "case.gpkg", layer="atoms")
    units = units.assign(unit_id=units["GEOID"].astype(str), households=units["pop5plus"])
    table = pd.read_csv(case / "outlets.csv")
    points = gpd.points_from_xy(table["longitude"], table["latitude"])
    outlets = gpd.GeoDataFrame(
        {"outlet_id": table["outlet_id"].astype(str), "bank_id": table["bank"]}, geometry=points, crs=4326
    ).to_crs(units.crs)
    outlets = outlets[outlets.intersects(units.union_all())]
    told: list[str] = []
    answers = {"grid": 0, "infeasible": 0, "not reached": 0}
    for _, mine in outlets.groupby("bank_id"):
        try:
            check(gp.partition.aggregate(units, mine), units, mine, tolerance=0.10)
            answers["grid"] += 1
        except gp.InfeasibleError as error:
            told.append(str(error))
            answers["infeasible"] += 1
            merged = None
            try:
                merged = gp.partition.aggregate(units, mine, shared_units="merge")
            except gp.NotReachedError as missed:
                merged = missed.grid
                answers["not reached"] += 1
            assert merged.certify().valid
            assert merged.provenance["outlets_merged"]
    assert answers["grid"] >= 20
    assert answers["infeasible"] == len(told) == 1
    assert "36005021602 holds" in told[0]


HARD: dict[str, tuple[Any, ...]] = {
    # where outlets stand, land, what one unit holds, tolerance, what the proof names (None: there is a grid)
    "a crowd in the corner": (lambda i, j: i < 6 and j < 4, None, 10, 0.05, "need .*u00-00"),
    "one heavy unit": (lambda i, j: i % 10 == 5 and j % 10 == 5, None, 1, 0.1, "u00-00 alone hold"),
    "a bay, all on one side": (
        lambda i, j: i in {1, 5, 9} and j in {3, 9, 15}, lambda i, j: not 12 < i < 16 or j == 0, 10, 0.05, "through u",
    ),
    "an island too large for its outlet": (
        lambda i, j: (i in {26, 28} and j in {2, 9, 16}) or (i, j) == (3, 3), lambda i, _: i < 20 or i > 24, 10, 0.1,
        "u25-00",
    ),
    "two islands that fit": (
        lambda i, j: j in {5, 15} and i in {3, 11, 26}, lambda i, _: i < 15 or i > 21, 10, 0.2, None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", HARD)
def test_hard_cases_end_in_a_grid_or_a_proof_with_ids(case: str) -> None:
    stands, keep, demand, tolerance, named = HARD[case]
    units = squares(30, 20, keep=keep, demand=demand)
    if "heavy" in case:
        units.loc[0, "households"] = 5_000
    places = [(i, j) for i in range(30) for j in range(20) if stands(i, j)]
    outlets = outlets_in(*places)
    if named is None:
        check(gp.partition.aggregate(units, outlets, tolerance=tolerance), units, outlets, tolerance=tolerance)
        return
    with pytest.raises(gp.InfeasibleError, match=named):
        gp.partition.aggregate(units, outlets, tolerance=tolerance)
