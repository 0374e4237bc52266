"""Officers and cells: the optimum of all assignments, nobody twice, nothing silent."""

from __future__ import annotations

import itertools
from time import process_time

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gridpart import staffing
from gridpart.errors import CRSError, InfeasibleError, InputError
from gridpart.project.sample import sample_project

CRS = "EPSG:4547"


def officers(count: int, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"staff_id": [f"F{row:04d}" for row in range(count)], "role": "officer", **columns})


def cells(count: int, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"cell_id": [f"C{row:04d}" for row in range(count)], **columns})


def least_cost(cost: np.ndarray) -> tuple[int, float]:
    """Number of pairs and least cost over all ways to match the shorter side, pairs first."""
    if cost.shape[0] > cost.shape[1]:
        cost = cost.T
    best = (0, 0.0)
    for columns in itertools.permutations(range(cost.shape[1]), cost.shape[0]):
        picked = cost[np.arange(cost.shape[0]), list(columns)]
        real = picked[np.isfinite(picked)]
        best = min(best, (-len(real), float(real.sum())))
    return -best[0], best[1]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 7), st.integers(0, 7), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.4]))
def test_R46_strict_assignment_equals_brute_force(n: int, m: int, seed: int, forbidden: float) -> None:
    rng = np.random.default_rng(seed)
    cost = rng.choice([rng.uniform(0, 100, (n, m)), rng.integers(0, 4, (n, m)).astype(float)])
    cost[rng.random((n, m)) < forbidden] = np.inf
    result = staffing.assign(officers(n), cells(m), cost=cost)
    pairs, total = least_cost(cost)
    assert (len(result.table), pytest.approx(total)) == (pairs, result.total_cost)
    assert result.table["officer_id"].is_unique
    assert result.table["cell_id"].is_unique
    assert len(result.vacancies) == m - pairs
    assert len(result.unassigned) == n - pairs
    assert np.isfinite(result.table["cost"]).all()


def test_R46_duties_go_with_the_officer() -> None:
    result = staffing.assign(officers(2, duties=["publicity; filing", None]), cells(2), cost=np.eye(2))
    assert result.table["duties"].tolist() == [None, "publicity;filing"]


@pytest.mark.parametrize("size", [401, 900])
def test_R46_prices_of_a_sample_leave_the_optimum_as_it_is(size: int) -> None:
    from scipy.optimize import linear_sum_assignment

    rng = np.random.default_rng(size)
    here, there = (
        rng.uniform(0, 50_000, (size // 9, 2))[rng.integers(0, size // 9, size)],
        rng.uniform(0, 5e4, (size, 2)),
    )
    cost = np.hypot(*(here[:, None] - there[None]).transpose(2, 0, 1))
    for case in (cost, cost[: size - 50], np.where(rng.random(cost.shape) < 0.5, np.inf, cost)):
        result = staffing.assign(officers(len(case)), cells(size), cost=case)
        rows, columns = linear_sum_assignment(np.where(np.isfinite(case), case, 1e12))
        assert result.total_cost == pytest.approx(case[rows, columns].sum(), rel=1e-12)


def scattered(count: int, kind: str) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    rng = np.random.default_rng(7)
    homes = rng.uniform(0, 50_000, (count, 2))
    if kind == "clustered":
        homes = homes[:80][rng.integers(0, 80, count)]
    at = shapely.buffer(shapely.points(rng.uniform(0, 50_000, (count, 2))), 10.0, quad_segs=2)
    people = gpd.GeoDataFrame(officers(count), geometry=shapely.points(homes), crs=CRS)
    return people, gpd.GeoDataFrame(cells(count), geometry=at, crs=CRS)


@pytest.mark.parametrize("kind", ["even", "clustered"])
@pytest.mark.parametrize("count", [1_000, pytest.param(5_000, marks=pytest.mark.full)])
def test_R46_thousands_of_officers_in_seconds(count: int, kind: str) -> None:
    people, there = scattered(count, kind)
    begun = process_time()
    result = staffing.assign(people, there)
    assert process_time() - begun < 10.0
    assert result.table["officer_id"].is_unique
    assert result.table["cell_id"].is_unique
    assert len(result.table) == count


def test_distance_from_the_outlet_is_the_cost_unless_given() -> None:
    outlets = gpd.GeoDataFrame({"outlet_id": ["A", "B"]}, geometry=gpd.points_from_xy([0, 100], [0, 0]), crs=CRS)
    shapes = [shapely.box(95, -5, 105, 5), shapely.box(-5, -5, 5, 5)]
    result = staffing.assign(
        officers(2, outlet_id=["A", "B"]), gpd.GeoDataFrame(cells(2), geometry=shapes, crs=CRS), outlets=outlets
    )
    assert result.table[["cell_id", "officer_id"]].to_numpy().tolist() == [["C0000", "F0001"], ["C0001", "F0000"]]
    assert result.total_cost == pytest.approx(0.0)


def test_nobody_works_for_another_bank() -> None:
    result = staffing.assign(
        officers(2, bank_id=["A", "A"]), cells(2, bank_id=["A", "B"]), cost=np.array([[5.0, 1.0], [7.0, 1.0]])
    )
    assert result.table["officer_id"].tolist() == ["F0000"]
    assert (result.vacancies, result.unassigned) == (("C0001",), ("F0001",))
    with pytest.raises(InfeasibleError, match=r"1 places stay vacant with 2 officers for 2 cells: C0001\. Nothing"):
        staffing.assign(officers(2, bank_id="A"), cells(2, bank_id=["A", "B"]), cost=np.zeros((2, 2)), require_all=True)


def test_several_officers_per_cell_or_cells_per_officer_where_the_rules_allow_it() -> None:
    cost = np.array([[1.0, 9.0], [2.0, 9.0], [3.0, 1.0], [4.0, 2.0]])
    pairs = staffing.assign(officers(4), cells(2), cost=cost, officers_per_cell=2)
    assert pairs.table["cell_id"].tolist() == ["C0000", "C0000", "C0001", "C0001"]
    assert pairs.total_cost == 6.0
    shared = staffing.assign(officers(1), cells(3), cost=np.array([[1.0, 2.0, 3.0]]), cells_per_officer=2)
    assert (shared.table["cell_id"].tolist(), shared.vacancies) == (["C0000", "C0001"], ("C0002",))
    with pytest.raises(InputError, match=r"officers_per_cell is 2 and cells_per_officer 2"):
        staffing.assign(officers(2), cells(2), cost=np.eye(2), officers_per_cell=2, cells_per_officer=2)


def test_the_order_of_rows_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    cost = pd.DataFrame(rng.integers(0, 3, (30, 30)).astype(float), index=officers(30)["staff_id"])
    cost.columns = pd.Index(cells(30)["cell_id"])
    first = staffing.assign(officers(30), cells(30), cost=cost)
    again = staffing.assign(
        officers(30).sample(frac=1, random_state=1), cells(30).sample(frac=1, random_state=2), cost=cost
    )
    pd.testing.assert_frame_equal(first.table, again.table)


@pytest.mark.parametrize(
    ("cost", "match"),
    [
        (np.zeros((1, 2)), r"cost must have the shape \(2, 2\); it has \(1, 2\)"),
        (np.array([[0.0, np.nan], [0.0, 0.0]]), "1 costs are missing: F0000 and C0001"),
        (pd.DataFrame([[1.0]], index=["F0000"], columns=["C0000"]), "no row or column for 2 ids: F0001, C0001"),
        (None, "cells have no geometry"),
    ],
)
def test_costs_that_cannot_be_used_are_named(cost: object, match: str) -> None:
    with pytest.raises(InputError, match=match):
        staffing.assign(officers(2), cells(2), cost=cost)  # type: ignore[arg-type]


def test_officers_without_a_place_are_named() -> None:
    there = gpd.GeoDataFrame(cells(1), geometry=[shapely.box(0, 0, 1, 1)], crs=CRS)
    with pytest.raises(InputError, match="officers have no points to measure distances from"):
        staffing.assign(officers(1), there)
    outlets = gpd.GeoDataFrame({"outlet_id": ["A"]}, geometry=gpd.points_from_xy([0], [0]), crs=CRS)
    with pytest.raises(InputError, match="1 officers have no point, and no outlet with one: F0001"):
        staffing.assign(officers(2, outlet_id=["A", "Z"]), there, outlets=outlets)
    with pytest.raises(CRSError, match="degree"):
        staffing.assign(officers(1), there.set_crs(4490, allow_override=True), outlets=outlets)


def test_ids_that_repeat_are_named() -> None:
    twice = pd.concat([officers(1), officers(1)], ignore_index=True)
    with pytest.raises(InputError, match="officer_id in officers occur more than once: F0000"):
        staffing.assign(twice, cells(2), cost=np.zeros((2, 2)))


def test_the_sample_county_is_staffed_one_to_one() -> None:
    project = sample_project()
    grid = project.grids["LZRCB"]
    full_time = project.staff[project.staff["employment_type"] == "full_time"]
    result = staffing.assign(full_time, grid, outlets=project.outlets)
    assert result.vacancies == ()
    assert len(result.table) == len(grid)
    own = full_time.set_index("staff_id").loc[result.table["officer_id"], "bank_id"]
    assert set(own) == {"LZRCB"}
    assert "0 places vacant" in repr(result)
    assert "<table" in result._repr_html_()


def test_register_of_an_assignment_has_cell_person_duty_and_date() -> None:
    result = staffing.assign(officers(2, duties=["filing", None]), cells(2), cost=1 - np.eye(2))
    register = result.register(valid_from="2026-01-01", duties=["publicity", "service"])
    assert register.to_numpy().tolist() == [
        ["C0000", "F0000", "filing", "2026-01-01"],
        ["C0001", "F0001", "publicity;service", "2026-01-01"],
    ]


def test_a_register_begins_on_a_day_and_a_text_is_no_cost() -> None:
    officers, cells = pd.DataFrame({"staff_id": ["f1"]}), pd.DataFrame({"cell_id": ["c1"]})
    made = staffing.assign(officers, cells, cost=pd.DataFrame({"c1": ["5"]}, index=["f1"]))
    assert made.total_cost == 5
    assert made.register(valid_from="2025/6/30")["valid_from"].tolist() == ["2025-06-30"]
    with pytest.raises(InputError, match="valid_from is '2025-06-31'; it must be a date"):
        made.register(valid_from="2025-06-31")
    with pytest.raises(InputError, match="1 costs are missing: f1 and c1"):
        staffing.assign(officers, cells, cost=pd.DataFrame({"c1": ["far"]}, index=["f1"]))
