"""
Benchmark of rule aggregate on seeded counties, side by side with what else is in use.

Run ``python tests/benchmarks/bench_aggregate.py`` (quick form: 2,145 units, three seeds), or with ``--full`` (20,508
units / 50 outlets and 2,145 / 20, ten seeds of each family; then 200 outlets). Five figures for each method: largest
deviation, loose units, outlets at home, travel over the transport bound, CPU seconds. GerryChain and Ward's rule are
measured where their packages are installed.
"""

from __future__ import annotations

import importlib.util
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
import workloads

from gridpart._typing import IntArray
from gridpart.partition._aggregate.cells import loads, loose_units
from gridpart.partition._aggregate.problem import Problem
from gridpart.partition._aggregate.solve import solve

TOLERANCE = 0.02


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
        loose=len(loose_units(problem, labels)),
        at_home=int((labels[problem.homes] == np.arange(problem.n_outlets)).sum()),
        straight=float(problem.demand @ problem.straight_m[labels, rows]) / bounds[0],
        by_units=float(problem.demand @ along[labels, rows]) / bounds[1],
        seconds=seconds,
    )


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
    from gerrychain.tree import recursive_tree_part

    random.seed(0)
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from((unit, {"demand": float(value)}) for unit, value in enumerate(problem.demand))
    graph.add_edges_from(problem.edges.tolist())
    parts = recursive_tree_part(
        graph, range(problem.n_outlets), float(problem.targets[0]), "demand", TOLERANCE, node_repeats=1
    )
    return matched(problem, np.array([parts[unit] for unit in range(problem.n_units)], dtype=np.int64))


def spopt_ward(problem: Problem) -> IntArray:
    """Join neighbouring units by Ward's rule (scikit-learn, as spopt does), then match parts with outlets."""
    from sklearn.cluster import AgglomerativeClustering

    connectivity = (problem.graph > 0).astype(np.float64)
    model = AgglomerativeClustering(n_clusters=problem.n_outlets, connectivity=connectivity, linkage="ward")
    return matched(problem, np.asarray(model.fit_predict(problem.points), dtype=np.int64))


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
    "transport argmax": (None, transport_argmax),
    "GerryChain tree": ("gerrychain", gerrychain_tree),
    "Ward (as spopt)": ("sklearn", spopt_ward),
}


def run(n_units: int, n_outlets: int, *, family: workloads.Family, seeds: int, others: bool) -> list[Figures]:
    ours = []
    for seed in range(seeds):
        workload = workloads.build(n_units, n_outlets, seed=seed, family=family)
        started = time.process_time()
        problem = problem_of(workload)
        solution = solve(problem)
        seconds = time.process_time() - started
        bounds = solution.bound, solution.bound_by_units
        ours.append(figures(problem, solution.labels, bounds=bounds, seconds=seconds))
        answer = "solved" if solution.reached else "infeasible" if solution.obstacle else "not reached"
        print(f"{workload.name:32s} gridpart          {ours[-1]}  {answer}", flush=True)
        for name, (package, method) in OTHERS.items() if others and seed == 0 else ():
            if package is not None and importlib.util.find_spec(package) is None:
                print(f"{'':32s} {name:17s} not measured: {package} is not installed")
                continue
            started = time.process_time()
            labels = method(problem)
            spent = time.process_time() - started
            print(f"{'':32s} {name:17s} {figures(problem, labels, bounds=bounds, seconds=spent)}", flush=True)
    straight = [one.straight for one in ours]
    print(
        f"{family} {n_units:,} / {n_outlets}: median travel {np.median(straight):.4f}, at most 1.10 on "
        f"{sum(value <= 1.10 for value in straight)} of {seeds}; by units median "
        f"{np.median([one.by_units for one in ours]):.4f}, largest {max(one.by_units for one in ours):.4f}; "
        f"deviation at most {max(one.deviation for one in ours):.2%}; loose {sum(one.loose for one in ours)}; "
        f"CPU at most {max(one.seconds for one in ours):.2f} s",
        flush=True,
    )
    return ours


def main() -> None:
    full = "--full" in sys.argv
    for family in ("even", "clustered"):
        run(2145, 20, family=family, seeds=10 if full else 3, others=True)
    if full:
        for family in ("even", "clustered"):
            run(20508, 50, family=family, seeds=10, others=True)
        run(20508, 200, family="even", seeds=1, others=False)


if __name__ == "__main__":
    main()
