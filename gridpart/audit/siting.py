"""Where to set up service points: most people within reach, or everybody with the fewest points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy
import shapely

from gridpart._typing import FloatArray, GeometryArray, IntArray
from gridpart.arguments import checked
from gridpart.audit._fill_solver import Status
from gridpart.audit._siting_models import Sited, cover_all, cover_most, greedy_order
from gridpart.errors import InfeasibleError, InputError
from gridpart.geo import require_metric, require_same_crs
from gridpart.i18n import Joined, messages
from gridpart.partition.layers import point_coordinates, text_ids
from gridpart.steps import figures, step, task

say = messages("audit")


@dataclass(frozen=True, eq=False, repr=False)
class Siting:
    """
    Chosen sites of service points.

    Attributes
    ----------
    sites
        ``candidate_id``, ``villages`` and ``population`` that have this site as their nearest, geometry; by id.
    villages
        ``unit_id``, ``population``, ``candidate_id`` of the nearest site within reach (None where there is none),
        ``distance_m`` to it, ``covered`` (by a site or by a point that exists already).
    objective
        People covered by the sites, or number of sites.
    bound
        No choice can pass it.
    status
        ``optimal`` (proved), ``time_limit`` (best found in time) or ``greedy``.
    """

    sites: gpd.GeoDataFrame
    villages: pd.DataFrame
    objective: float
    bound: float
    status: Status

    @property
    def gap(self) -> float:
        """Distance between objective and bound as a share of the larger one, 0 if proved optimal."""
        if self.status == "optimal" or max(self.bound, self.objective) <= 0:
            return 0.0
        return abs(self.bound - self.objective) / max(self.bound, self.objective)

    def __repr__(self) -> str:
        """Show number of sites, cover, status."""
        covered = int(self.villages["covered"].sum())
        return (
            f"<Siting: {len(self.sites)} sites, {covered} of {len(self.villages)} villages covered; "
            f"{self.status}, gap {self.gap:.2%}>"
        )


@checked
@task("maximal_covering", steps=("within_reach", "search"))
def maximal_covering(
    villages: gpd.GeoDataFrame,
    candidates: gpd.GeoDataFrame,
    *,
    number: int,
    radius_m: float,
    existing: gpd.GeoDataFrame | None = None,
    weight: str = "population",
    time_limit_s: float = 60.0,
) -> Siting:
    """
    Choose a number of sites so that the most people have one within reach [1]_.

    Parameters
    ----------
    villages
        ``unit_id``, points or polygons (a point inside stands for each), and the column `weight`.
    candidates
        ``candidate_id``, points.
    number
        How many sites may be chosen.
    radius_m
        Reach of a service point in m, straight.
    existing
        Points that serve already; villages within their reach count as covered and weigh nothing.
    weight
        Column of `villages` with the people, at least 0.
    time_limit_s
        When to stop searching, in s; 0 for the greedy choice.

    Returns
    -------
    siting
        Sites, villages, objective in people, bound and status.

    Raises
    ------
    InputError
        If ids repeat, a weight is missing or negative, or `number` or `radius_m` cannot be used.
    CRSError
        If a CRS is missing, in degrees or differs.

    References
    ----------
    .. [1] Church, R. and ReVelle, C. (1974). The maximal covering location problem.
       Papers in Regional Science 32(1), 101-118.
    """
    case = _read(villages, candidates, existing=existing, radius_m=radius_m, weight=weight)
    step("search")
    figures("limit", seconds=time_limit_s)
    sited = cover_most(case.reach, np.where(case.covered, 0.0, case.people), number=number, time_limit_s=time_limit_s)
    return case.siting(sited)


@checked
@task("set_covering", steps=("within_reach", "search"))
def set_covering(
    villages: gpd.GeoDataFrame,
    candidates: gpd.GeoDataFrame,
    *,
    radius_m: float,
    existing: gpd.GeoDataFrame | None = None,
    skip_unreachable: bool = False,
    time_limit_s: float = 60.0,
) -> Siting:
    """
    Choose the fewest sites so that every village has one within reach [1]_.

    Parameters
    ----------
    villages
        ``unit_id``, points or polygons (a point inside stands for each).
    candidates
        ``candidate_id``, points.
    radius_m
        Reach of a service point in m, straight.
    existing
        Points that serve already; villages within their reach need no site.
    skip_unreachable
        Leave villages aside that no candidate reaches; they are not ``covered`` in the outcome.
    time_limit_s
        When to stop searching each independent part, in s; 0 for the greedy choice.

    Returns
    -------
    siting
        Sites, villages, objective in sites, bound and status.

    Raises
    ------
    InfeasibleError
        If no candidate reaches a village, unless `skip_unreachable`; such villages are named.
    InputError
        If ids repeat or `radius_m` cannot be used.
    CRSError
        If a CRS is missing, in degrees or differs.

    References
    ----------
    .. [1] Toregas, C., Swain, R., ReVelle, C. and Bergman, L. (1971). The location of emergency service
       facilities. Operations Research 19(6), 1363-1373.
    """
    case = _read(villages, candidates, existing=existing, radius_m=radius_m, weight=None)
    reached = np.diff(case.reach.indptr) > 0
    lost = np.flatnonzero(~reached & ~case.covered)
    if len(lost) and not skip_unreachable:
        named = Joined(case.unit_ids[row] for row in lost[:8])
        raise InfeasibleError(
            say(
                "No candidate lies within {radius_m:,.0f} m of {n} villages: {named}. Nothing was chosen. Add "
                "candidates, raise radius_m, or pass skip_unreachable=True.",
                radius_m=radius_m,
                n=len(lost),
                named=named,
            )
        )
    step("search")
    figures("limit", seconds=time_limit_s)
    sited = cover_all(case.reach[np.flatnonzero(reached & ~case.covered)], time_limit_s=time_limit_s)
    return case.siting(sited)


@checked
@task("rank_sites", steps=("within_reach", "ranking"))
def rank_sites(
    villages: gpd.GeoDataFrame,
    candidates: gpd.GeoDataFrame,
    *,
    radius_m: float,
    existing: gpd.GeoDataFrame | None = None,
    weight: str = "population",
) -> gpd.GeoDataFrame:
    """
    Rank candidates by the people they would newly reach, each after those ranked before it.

    Parameters
    ----------
    villages, candidates, radius_m, existing, weight
        As for `maximal_covering`.

    Returns
    -------
    ranked
        ``rank`` from 1, ``candidate_id``, ``added`` (people not reached by points before it), ``alone`` (people it
        would reach as the only new point), geometry. Candidates that add nothing come last, by id.

    Raises
    ------
    InputError
        If ids repeat, or a weight is missing or negative.
    CRSError
        If a CRS is missing, in degrees or differs.
    """
    case = _read(villages, candidates, existing=existing, radius_m=radius_m, weight=weight)
    people = np.where(case.covered, 0.0, case.people)
    number = len(case.candidate_ids)
    step("ranking")
    order, gains = greedy_order(case.reach, people, number=number)
    rest = np.setdiff1d(np.arange(number), order)
    rows = np.concatenate([order, rest]).astype(np.int64)
    table = pd.DataFrame(
        {
            "rank": np.arange(1, number + 1),
            "candidate_id": np.array(case.candidate_ids, dtype=object)[rows],
            "added": np.concatenate([gains, np.zeros(len(rest))]),
            "alone": (case.reach.T @ people)[rows],
        }
    )
    return gpd.GeoDataFrame(table, geometry=shapely.points(case.sites[rows]), crs=case.crs)


@dataclass(frozen=True, eq=False)
class _Case:
    """Villages and candidates sorted by id, and who reaches whom."""

    unit_ids: Sequence[str]
    candidate_ids: Sequence[str]
    places: FloatArray
    sites: FloatArray
    people: FloatArray
    covered: Any
    reach: Any
    radius_m: float
    crs: object

    def siting(self, sited: Sited) -> Siting:
        """Describe a choice: which site is nearest to whom."""
        nearest = np.full(len(self.unit_ids), -1, dtype=np.int64)
        distance = np.full(len(self.unit_ids), np.nan)
        if len(sited.chosen):
            away, which = scipy.spatial.cKDTree(self.sites[sited.chosen]).query(self.places)
            within = away <= self.radius_m
            nearest[within], distance[within] = sited.chosen[which[within]], away[within]
        ids = np.array([*self.candidate_ids, None], dtype=object)
        villages = pd.DataFrame(
            {
                "unit_id": np.array(self.unit_ids, dtype=object),
                "population": self.people,
                "candidate_id": ids[nearest],
                "distance_m": distance,
                "covered": self.covered | (nearest >= 0),
            }
        )
        served: IntArray = np.searchsorted(sited.chosen, nearest[nearest >= 0])
        number = len(sited.chosen)
        sites = gpd.GeoDataFrame(
            {
                "candidate_id": ids[sited.chosen],
                "villages": np.bincount(served, minlength=number),
                "population": np.bincount(served, weights=self.people[nearest >= 0], minlength=number),
            },
            geometry=shapely.points(self.sites[sited.chosen].reshape(-1, 2)),
            crs=self.crs,
        )
        return Siting(sites, villages, sited.objective, sited.bound, sited.status)


def _read(
    villages: gpd.GeoDataFrame,
    candidates: gpd.GeoDataFrame,
    *,
    existing: gpd.GeoDataFrame | None,
    radius_m: float,
    weight: str | None,
) -> _Case:
    step("within_reach")
    require_metric(villages, name="villages")
    if not (np.isfinite(radius_m) and radius_m > 0):
        raise InputError(say("radius_m is {radius_m!r}; it must be a positive number of metres.", radius_m=radius_m))
    unit_ids = text_ids(villages, "unit_id", name="villages")
    candidate_ids = text_ids(candidates, "candidate_id", name="candidates")
    by_unit = np.array(sorted(range(len(unit_ids)), key=unit_ids.__getitem__), dtype=np.int64)
    by_candidate = np.array(sorted(range(len(candidate_ids)), key=candidate_ids.__getitem__), dtype=np.int64)
    places = _inside(villages, unit_ids)[by_unit]
    sites = point_coordinates(candidates, villages, candidate_ids, name="candidates")[by_candidate]
    covered = np.zeros(len(places), dtype=np.bool_)
    if existing is not None and len(existing):
        require_same_crs(villages, existing, names=("villages", "existing"))
        points = shapely.get_coordinates(np.asarray(existing.geometry.array, dtype=object))
        covered = scipy.spatial.cKDTree(points).query(places)[0] <= radius_m
    return _Case(
        unit_ids=[unit_ids[row] for row in by_unit.tolist()],
        candidate_ids=[candidate_ids[row] for row in by_candidate.tolist()],
        places=places,
        sites=sites,
        people=_people(villages, unit_ids, weight)[by_unit],
        covered=covered,
        reach=reach_matrix(places, sites, radius_m=radius_m),
        radius_m=radius_m,
        crs=villages.crs,
    )


def _inside(villages: gpd.GeoDataFrame, ids: Sequence[str]) -> FloatArray:
    """Return a point in each village, shape (n_villages, 2)."""
    shapes: GeometryArray = np.asarray(villages.geometry.array, dtype=object)
    lacking = [ids[row] for row in np.flatnonzero(shapely.is_missing(shapes) | shapely.is_empty(shapes)).tolist()]
    if lacking:
        raise InputError(
            say(
                "{n} villages have no geometry: {units}. Nothing was chosen.", n=len(lacking), units=Joined(lacking[:8])
            )
        )
    places: FloatArray = shapely.get_coordinates(shapely.point_on_surface(shapes))
    return places


def _people(villages: gpd.GeoDataFrame, ids: Sequence[str], weight: str | None) -> FloatArray:
    column = "population" if weight is None else weight
    if column not in villages.columns:
        if weight is None:
            return np.ones(len(villages))
        raise InputError(
            say(
                "villages have no column {weight!r}; they have {columns}.",
                weight=weight,
                columns=Joined(map(str, villages.columns)),
            )
        )
    people: FloatArray = pd.to_numeric(villages[column], errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~(np.isfinite(people) & (people >= 0))
    if weight is not None and wrong.any():
        named = Joined(f"{ids[row]}: {villages[column].iloc[row]}" for row in np.flatnonzero(wrong)[:8])
        raise InputError(
            say(
                "{n} villages have no usable {column} (a number of at least 0): {named}.",
                n=int(wrong.sum()),
                column=column,
                named=named,
            )
        )
    return people


def reach_matrix(places: FloatArray, sites: FloatArray, *, radius_m: float) -> Any:  # noqa: ANN401 - scipy has no types
    """
    Return which sites lie within a radius of each place.

    Parameters
    ----------
    places, sites
        In m, shapes (n_places, 2), (n_sites, 2).
    radius_m
        Straight distance in m, reached when equal.

    Returns
    -------
    reach
        Sparse rows of ones, shape (n_places, n_sites); no distance matrix is ever built.
    """
    shape = (len(places), len(sites))
    if 0 in shape:
        return scipy.sparse.csr_array(shape)
    near = scipy.spatial.cKDTree(places).query_ball_tree(scipy.spatial.cKDTree(sites), radius_m)
    size = np.array([len(entry) for entry in near], dtype=np.int64)
    column = np.array([site for entry in near for site in sorted(entry)], dtype=np.int64)
    start = np.concatenate([[0], np.cumsum(size)])
    return scipy.sparse.csr_array((np.ones(len(column)), column, start), shape=shape)
