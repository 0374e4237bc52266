"""
Whole units to balanced, connected cells on seeded counties, side by side with what else is in use.

Five figures for each method: largest deviation from the mean, loose pieces, outlets at home, travel over the transport
bound (straight, and along the unit graph), seconds of processor time. The other methods are measured on the first seed
of each family: the transport programme with every unit to the outlet that serves most of it (min-cost flow argmax),
GerryChain's recursive spanning trees, and spopt's Ward. ``pip install "gridpart[bench]"`` brings the last two.

    OMP_NUM_THREADS=1 GRIDPART_FULL=1 pytest tests/benchmarks/test_aggregate_speed.py -s
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import scipy
import workloads

from gridpart._typing import IntArray
from gridpart.partition._aggregate.cells import loads
from gridpart.partition._aggregate.problem import Problem
from gridpart.partition._aggregate.solve import Solution, solve

TOLERANCE = 0.02
SEEDS = 10


@dataclass(frozen=True)
class Figures:
    """What one method reached on one county."""

    deviation: float
    loose: int
    at_home: int
    straight: float
    by_units: float
    seconds: float

    def __str__(self) -> str:
        return (
            f"deviation {self.deviation:7.2%}  loose {self.loose:5d}  at home {self.at_home:4d}  "
            f"travel {self.straight:.4f} x bound  by units {self.by_units:.4f} x bound  {self.seconds:6.2f} s CPU"
        )


def problem_of(workload: workloads.Workload) -> Problem:
    return Problem(
        points=workload.points,
        demand=workload.demand,
        edges=workload.edges,
        outlets=workload.outlets,
        homes=workload.homes,
        tolerance=TOLERANCE,
    )


def figures(problem: Problem, labels: IntArray, *, bounds: tuple[float, float], seconds: float) -> Figures:
    rows = np.arange(problem.n_units)
    along = np.asarray(scipy.sparse.csgraph.dijkstra(problem.graph, indices=problem.homes))
    return Figures(
        deviation=float(np.abs(loads(problem, labels) / problem.targets - 1).max()),
        loose=loose_pieces(problem, labels),
        at_home=int((labels[problem.homes] == np.arange(problem.n_outlets)).sum()),
        straight=float(problem.demand @ problem.straight_m[labels, rows]) / bounds[0],
        by_units=float(problem.demand @ along[labels, rows]) / bounds[1],
        seconds=seconds,
    )


def loose_pieces(problem: Problem, labels: IntArray) -> int:
    """Return how many connected pieces there are beyond one for each cell."""
    one, two = problem.edges[labels[problem.edges[:, 0]] == labels[problem.edges[:, 1]]].T
    same = scipy.sparse.coo_array((np.ones(len(one)), (one, two)), shape=(problem.n_units, problem.n_units))
    return int(scipy.sparse.csgraph.connected_components(same, directed=False)[0]) - len(np.unique(labels))


def transport_argmax(problem: Problem) -> IntArray:
    """Solve the transport programme and give each unit to the outlet that serves most of it."""
    n, k = problem.n_units, problem.n_outlets
    near = np.argsort(problem.straight_m, axis=0, kind="stable")[: min(k, 12)]
    unit = np.broadcast_to(np.arange(n), near.shape).ravel()
    outlet = near.ravel()
    column = np.arange(len(unit))
    ones = np.ones(len(unit))
    place = scipy.sparse.coo_array((ones, (unit, column)), shape=(n, len(unit)))
    load = scipy.sparse.coo_array((problem.demand[unit], (outlet, column)), shape=(k, len(unit)))
    result = scipy.optimize.linprog(
        problem.straight_m[outlet, unit] * problem.demand[unit],
        A_eq=place.tocsc(),
        b_eq=np.ones(n),
        A_ub=scipy.sparse.vstack([load, -load]).tocsc(),
        b_ub=np.r_[problem.high, -problem.low],
        method="highs",
    )
    if result.status != 0:  # the outlets nearest to a unit may all be full
        return np.asarray(near[0], dtype=np.int64)
    share = np.zeros((k, n))
    share[outlet, unit] = result.x
    return np.asarray(share.argmax(axis=0), dtype=np.int64)


def gerrychain_tree(problem: Problem) -> IntArray:
    """Cut spanning trees recursively, then give each part the outlet that makes travel least."""
    import networkx as nx
    from gerrychain import Graph
    from gerrychain.partition import recursive_tree_part

    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from((unit, {"demand": float(value)}) for unit, value in enumerate(problem.demand))
    graph.add_edges_from(problem.edges.tolist())
    parts = recursive_tree_part(
        Graph.from_networkx(graph),
        range(problem.n_outlets),
        float(problem.targets[0]),
        "demand",
        TOLERANCE,
        rng=0,
    )
    return matched(problem, np.array([parts[unit] for unit in range(problem.n_units)], dtype=np.int64))


def spopt_ward(problem: Problem) -> IntArray:
    """Join neighbouring units by Ward's rule, then match parts with outlets."""
    import pandas as pd
    from libpysal.weights import W
    from spopt.region import WardSpatial

    graph = problem.graph
    beside = {
        unit: graph.indices[graph.indptr[unit] : graph.indptr[unit + 1]].tolist() for unit in range(problem.n_units)
    }
    table = pd.DataFrame(problem.points, columns=["x", "y"])
    model = WardSpatial(table, W(beside, silence_warnings=True), ["x", "y"], n_clusters=problem.n_outlets)
    model.solve()
    return matched(problem, np.asarray(model.labels_, dtype=np.int64))


def matched(problem: Problem, parts: IntArray) -> IntArray:
    """Give every part the outlet that makes travel least, each outlet once."""
    k = problem.n_outlets
    cost = np.zeros((k, k))
    for part in range(k):
        inside = parts == part
        cost[part] = problem.straight_m[:, inside] @ problem.demand[inside]
    rows, columns = scipy.optimize.linear_sum_assignment(cost)
    outlet = np.empty(k, dtype=np.int64)
    outlet[rows] = columns
    return outlet[parts]


OTHERS: dict[str, tuple[str | None, Callable[[Problem], IntArray]]] = {
    "min-cost flow argmax": (None, transport_argmax),
    "GerryChain trees": ("gerrychain", gerrychain_tree),
    "spopt Ward": ("spopt", spopt_ward),
}


def ours_on(workload: workloads.Workload) -> tuple[Figures, Solution]:
    started = time.process_time()
    problem = problem_of(workload)
    solution = solve(problem)
    seconds = time.process_time() - started
    bounds = solution.bound, solution.bound_by_units
    return figures(problem, solution.labels, bounds=bounds, seconds=seconds), solution


def compare(workload: workloads.Workload, solution: Solution) -> None:
    problem = problem_of(workload)
    bounds = solution.bound, solution.bound_by_units
    for name, (package, method) in OTHERS.items():
        if package is not None and importlib.util.find_spec(package) is None:
            print(f"{'':32s} {name:20s} not measured: pip install 'gridpart[bench]' brings {package}", flush=True)
            continue
        started = time.process_time()
        labels = method(problem)
        spent = time.process_time() - started
        print(f"{'':32s} {name:20s} {figures(problem, labels, bounds=bounds, seconds=spent)}", flush=True)


def answer_of(solution: Solution) -> str:
    return "solved" if solution.reached else "infeasible" if solution.obstacle else "not reached"


@pytest.mark.benchmark
@pytest.mark.parametrize("family", ["even", "clustered"])
def test_small_counties_are_compared(family: workloads.Family) -> None:
    workload = workloads.build(600, 8, seed=0, family=family)
    mine, solution = ours_on(workload)
    print(f"\n{workload.name:32s} {'gridpart':20s} {mine}  {answer_of(solution)}")
    compare(workload, solution)
    assert mine.deviation <= TOLERANCE
    assert (mine.loose, mine.at_home) == (0, 8)


@pytest.mark.benchmark
@pytest.mark.full
@pytest.mark.parametrize(("n_units", "n_outlets", "most_seconds"), [(2145, 20, 1.0), (20508, 50, 10.0)])
@pytest.mark.parametrize("family", ["even", "clustered"])
def test_R10_R11_units_are_gathered_evenly_near_the_bound(
    family: workloads.Family, n_units: int, n_outlets: int, most_seconds: float
) -> None:
    ours = []
    for seed in range(SEEDS):
        workload = workloads.build(n_units, n_outlets, seed=seed, family=family)
        mine, solution = ours_on(workload)
        print(f"\n{workload.name:32s} {'gridpart':20s} {mine}  {answer_of(solution)}", end="", flush=True)
        ours.append(mine)
        if seed == 0:
            print()
            compare(workload, solution)
            assert (ours_on(workload)[1].labels == solution.labels).all(), "same input, same result"
    straight = np.array([one.straight for one in ours])
    by_units = np.array([one.by_units for one in ours])
    print(
        f"\n{family} {n_units:,} / {n_outlets}: travel median {np.median(straight):.4f}, at most 1.10 on "
        f"{(straight <= 1.10).sum()} of {SEEDS}; by units median {np.median(by_units):.4f}, largest "
        f"{by_units.max():.4f}; deviation at most {max(one.deviation for one in ours):.2%}; "
        f"CPU {min(one.seconds for one in ours):.2f} to {max(one.seconds for one in ours):.2f} s"
    )
    assert max(one.deviation for one in ours) <= TOLERANCE
    assert {(one.loose, one.at_home) for one in ours} == {(0, n_outlets)}
    assert np.median(straight) <= 1.05
    assert (straight <= 1.10).sum() >= SEEDS - 2
    assert by_units.max() <= 1.03
    assert max(one.seconds for one in ours) <= most_seconds


@pytest.mark.benchmark
@pytest.mark.full
@pytest.mark.parametrize("family", ["even", "clustered"])
def test_two_hundred_outlets_end_in_one_of_three_answers(family: workloads.Family) -> None:
    for seed in range(6):
        workload = workloads.build(20508, 200, seed=seed, family=family)
        mine, solution = ours_on(workload)
        print(f"\n{workload.name:32s} {'gridpart':20s} {mine}  {answer_of(solution)}", end="", flush=True)
        assert mine.loose == 0
        assert mine.at_home == 200
        assert solution.reached == (mine.deviation <= TOLERANCE)
        assert not (solution.reached and solution.obstacle)
    print()
