"""The outlets of the five banks: who sits where, and which corner of the county nobody reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.project.sample.names import BANKS, Name
from gridpart.project.sample.outline import CRS
from gridpart.project.sample.roads import Network
from gridpart.project.sample.units import TOWN, Places, spread_seeds

N_OUTLETS = 80
BLANK_REACH_M = 5_000.0
"""Villages that lie whole beyond this distance in m from every outlet are the planted blanks."""

_URBAN_REACH_M = 1_500.0
_SPARE_M = 150.0
_SPACING_M = 2_000.0
_CLEARANCE_M = 5_250.0
_STREET_M = (15.0, 45.0)
_FLANK_M = (1_500.0, 3_000.0)
_KIND_WORDS = {
    "main_branch": Name("营业部", "Main Branch"),
    "branch": Name("支行", "Branch"),
    "sub_branch": Name("分理处", "Sub-branch"),
    "self_service_bank": Name("自助银行", "Self-service Bank"),
}
_TOWN_KINDS = ("main_branch", "branch", "sub_branch", "self_service_bank", "sub_branch", "branch", "self_service_bank")
_STREETS = ("中心街", "人民路", "建设路", "沿河路", "迎宾大道", "新街", "老街", "学府路", "车站路", "湖滨路")


@dataclass(frozen=True)
class _Site:
    bank_id: str
    node: int
    kind: str


@dataclass
class _Siting:
    """Where outlets may stand, and those placed so far; no node is used twice."""

    places: Places
    network: Network
    unit_of_node: IntArray
    is_free: BoolArray
    placed: list[_Site] = field(default_factory=list)

    def put(self, bank_id: str, at: FloatArray, *, kind: str, among: BoolArray) -> None:
        """Place an outlet at the free node nearest to a point."""
        distance = np.hypot(*(self.network.nodes - at).T)
        node = int(np.where(among & self.is_free, distance, np.inf).argmin())
        self.is_free[node] = False
        self.placed.append(_Site(bank_id, node, kind))

    def points(self) -> FloatArray:
        """Return the nodes used so far, shape (n_placed, 2)."""
        return self.network.nodes[[site.node for site in self.placed]]


def remote_villages(places: Places) -> IntArray:
    """
    Return the villages that no bank is meant to reach: the exclave, and the remotest corner of the county.

    Parameters
    ----------
    places
        From `units.settle`.

    Returns
    -------
    villages
        Units, ascending.
    """
    seats = places.settlements[places.seats]
    away = shapely.distance(shapely.points(places.settlements), shapely.multipoints(seats))
    away = np.where(places.in_exclave, -1.0, away)
    remotest = int(away.argmax())
    beside = np.concatenate([places.two[places.one == remotest], places.one[places.two == remotest]])
    second = beside[away[beside].argmax()]
    return np.sort(np.append(np.flatnonzero(places.in_exclave), [remotest, second]))


def outlets_table(
    places: Places, network: Network, *, units: gpd.GeoDataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """
    Place and describe the outlets.

    Parameters
    ----------
    places, network, units
        The county so far.
    rng
        Source of chance.

    Returns
    -------
    outlets
        80 rows, bank by bank: ``outlet_id``, ``bank_id``, ``name``, ``name_en``, ``kind``, ``unit_id``, ``address``,
        ``valid_from``, ``valid_to``, points 15 to 45 m from a road node.
    """
    tree = shapely.STRtree(places.polygons)
    node, unit = tree.query(shapely.points(network.nodes), predicate="within")
    unit_of_node = np.full(len(network.nodes), -1, dtype=np.int64)
    unit_of_node[node] = unit
    siting = _Siting(places, network, unit_of_node, unit_of_node >= 0)
    _place_in_town(siting, rng)
    _place_at_seats(siting)
    _place_in_villages(siting, units["population"].to_numpy(np.float64))
    return _describe(siting, units, rng)


def _place_in_town(siting: _Siting, rng: np.random.Generator) -> None:
    """All five banks crowd the core; two cover the town, two more hold one flank each."""
    network, places = siting.network, siting.places
    town = network.in_town & (siting.unit_of_node >= 0)
    town &= places.township[np.maximum(siting.unit_of_node, 0)] == TOWN
    core = places.settlements[places.seats[TOWN]]
    in_core = town & (siting.unit_of_node == places.seats[TOWN])
    for bank_id in ("LZRCB", "YLSB", "JYB", "LHB", "CLVB"):
        siting.put(bank_id, core, kind="main_branch", among=in_core)
    rows = np.flatnonzero(town)
    for bank_id, count in (("LZRCB", 13), ("YLSB", 8)):
        chosen = rows[spread_seeds(network.nodes[rows], weight=np.ones(len(rows)), n_seeds=count, n_rounds=8, rng=rng)]
        _put_all(siting, bank_id, network.nodes[chosen], town)
    axis = rng.uniform(0, np.pi)
    along = (network.nodes - core) @ np.array([np.cos(axis), np.sin(axis)])
    siting.put("JYB", core, kind="self_service_bank", among=in_core)
    for bank_id, sign, count in (("JYB", -1, 7), ("LHB", 1, 7)):
        flank = np.flatnonzero(town & (sign * along > _FLANK_M[0]) & (sign * along < _FLANK_M[1]))
        weight = np.ones(len(flank))
        chosen = flank[spread_seeds(network.nodes[flank], weight=weight, n_seeds=count, n_rounds=8, rng=rng)]
        _put_all(siting, bank_id, network.nodes[chosen], town)


def _put_all(siting: _Siting, bank_id: str, points: FloatArray, among: BoolArray) -> None:
    for number, point in enumerate(points):
        siting.put(bank_id, point, kind=_TOWN_KINDS[1 + number % (len(_TOWN_KINDS) - 1)], among=among)


def _place_at_seats(siting: _Siting) -> None:
    """The rural bank sits in every township, the savings bank in seven, the village bank in the other three."""
    places = siting.places
    seats = places.seats[1:]
    core = places.settlements[places.seats[TOWN]]
    by_distance = seats[np.argsort(np.hypot(*(places.settlements[seats] - core).T), kind="stable")]
    village_bank = by_distance[[2, 5, 9]]
    for seat in seats:
        here = siting.unit_of_node == seat
        siting.put("LZRCB", places.settlements[seat], kind="branch", among=here)
        second = "CLVB" if seat in village_bank else "YLSB"
        siting.put(second, places.settlements[seat], kind="sub_branch", among=_anywhere_near(siting, seat))
    siting.put("LHB", places.settlements[crowded_seat(places)], kind="sub_branch", among=siting.unit_of_node >= 0)


def crowded_seat(places: Places) -> int:
    """
    Return the rural seat where a third bank sits.

    Parameters
    ----------
    places
        From `units.settle`.
    """
    seats = places.seats[1:]
    core = places.settlements[places.seats[TOWN]]
    return int(seats[np.argsort(np.hypot(*(places.settlements[seats] - core).T), kind="stable")[6]])


def _anywhere_near(siting: _Siting, seat: int) -> BoolArray:
    """Return the nodes of the seat, or those of the township if the seat has no free one left."""
    here: BoolArray = siting.unit_of_node == seat
    township = siting.places.township
    in_township: BoolArray = township[np.maximum(siting.unit_of_node, 0)] == township[seat]
    return here if (here & siting.is_free).any() else in_township


def _place_in_villages(siting: _Siting, population: FloatArray) -> None:
    """Fill what is out of reach, most people first, but stay clear of the villages meant to be blank."""
    places = siting.places
    blank = places.polygons[remote_villages(places)]
    settlements = places.settlements
    clear = shapely.distance(shapely.points(settlements)[:, None], blank[None, :]).min(axis=1) > _CLEARANCE_M
    candidates = np.flatnonzero(clear & (places.township != TOWN))
    people = population.copy()
    people[remote_villages(places)] = 0
    between = np.hypot(*(settlements[candidates][:, None] - settlements[None, :]).transpose(2, 0, 1))
    for number, bank_id in enumerate(["LZRCB"] * 14 + ["CLVB"] * 3 + ["YLSB"]):
        far = _beyond_reach(siting)
        # what is out of reach counts whole, what is merely far a little, so that late outlets still find a place
        need = people * np.where(far > -_SPARE_M, 1.0, 0.02 * (1 + far / BLANK_REACH_M))
        gain = np.where(between < BLANK_REACH_M - _SPARE_M, need[None, :], 0.0).sum(axis=1)
        gain[far[candidates] < _SPACING_M - BLANK_REACH_M] = 0
        gain[~np.isin(places.township[candidates], _home_townships(siting, bank_id))] = 0
        best = candidates[gain.argmax()]
        kind = "self_service_bank" if number % 3 == 2 else "sub_branch"
        siting.put(bank_id, settlements[best], kind=kind, among=siting.unit_of_node == best)


def _beyond_reach(siting: _Siting) -> FloatArray:
    """Return how far in m each settlement lies beyond the reach of the outlets so far; negative within it."""
    townships = siting.places.township[siting.unit_of_node[[site.node for site in siting.placed]]]
    reach = np.where(townships == TOWN, _URBAN_REACH_M, BLANK_REACH_M)
    apart = siting.places.settlements[:, None] - siting.points()[None, :]
    beyond: FloatArray = (np.hypot(apart[..., 0], apart[..., 1]) - reach).min(axis=1)
    return beyond


def _home_townships(siting: _Siting, bank_id: str) -> IntArray:
    """Return the townships where a bank has a seat already: none but the rural bank goes beyond them."""
    if bank_id == "LZRCB":
        return np.arange(1, len(siting.places.seats))
    nodes = [site.node for site in siting.placed if site.bank_id == bank_id]
    return np.unique(siting.places.township[siting.unit_of_node[nodes]])


def _describe(siting: _Siting, units: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    order = [bank.bank_id for bank in BANKS]
    rank = {name: number for number, name in enumerate(_KIND_WORDS)}
    sites = sorted(siting.placed, key=lambda site: (order.index(site.bank_id), rank[site.kind], site.node))
    unit = siting.unit_of_node[[site.node for site in sites]]
    points = _beside_road(siting, sites, unit, rng)
    counter: dict[str, int] = {}
    ids = []
    for site in sites:
        counter[site.bank_id] = counter.get(site.bank_id, 0) + 1
        ids.append(f"{order.index(site.bank_id) + 1:02d}{counter[site.bank_id]:04d}")
    names = _outlet_names(sites, units.iloc[unit])
    towns, villages = units["township"].to_numpy(object)[unit], units["name"].to_numpy(object)[unit]
    streets = rng.choice(np.array(_STREETS, dtype=object), len(sites))
    numbers = rng.integers(1, 240, len(sites))
    addresses = [f"{a}{b}{c}{d}号" for a, b, c, d in zip(towns, villages, streets, numbers, strict=True)]
    opened = pd.Timestamp("2001-03-01") + pd.to_timedelta(rng.integers(0, 8_400, len(sites)), unit="D")
    columns = {
        "outlet_id": ids,
        "bank_id": [site.bank_id for site in sites],
        "name": [name.chinese for name in names],
        "name_en": [name.english for name in names],
        "kind": [site.kind for site in sites],
        "unit_id": units["unit_id"].to_numpy(object)[unit],
        "address": addresses,
        "valid_from": opened.astype("datetime64[ms]"),
        "valid_to": pd.Series(pd.NaT, index=range(len(sites)), dtype="datetime64[ms]"),
    }
    return gpd.GeoDataFrame(columns, geometry=shapely.points(points), crs=CRS)


def _beside_road(siting: _Siting, sites: Sequence[_Site], unit: IntArray, rng: np.random.Generator) -> FloatArray:
    """Return points a few metres off the node, in the same unit."""
    nodes = siting.network.nodes[[site.node for site in sites]]
    turn, away = rng.uniform(0, 2 * np.pi, len(sites)), rng.uniform(*_STREET_M, len(sites))
    step = np.column_stack([np.cos(turn), np.sin(turn)]) * away[:, None]
    points = (nodes + step).round(2)
    home = siting.places.polygons[unit]
    for _ in range(3):
        out = ~shapely.contains_xy(home, points[:, 0], points[:, 1])
        step = np.column_stack([-step[:, 1], step[:, 0]])
        points[out] = (nodes + step).round(2)[out]
    return points


def _outlet_names(sites: Sequence[_Site], units: gpd.GeoDataFrame) -> list[Name]:
    """Name an outlet after its township if it is the branch there, else after its unit; none twice for a bank."""
    short = {bank.bank_id: bank.short for bank in BANKS}
    used: dict[str, int] = {}
    names = []
    for site, unit in zip(sites, units.itertuples(), strict=True):
        bank, word = short[site.bank_id], _KIND_WORDS[site.kind]
        rural_branch = site.kind == "branch" and unit.zone_class == "rural"
        chinese = unit.township[:-1] if rural_branch else unit.name.removesuffix("社区").removesuffix("村")
        english = (unit.township_en if rural_branch else unit.name_en).rsplit(" ", 1)[0]
        if site.kind == "main_branch":
            chinese, english = "", ""
        key = f"{bank.chinese}{chinese}{word.chinese}"
        used[key] = used.get(key, 0) + 1
        again = "" if used[key] == 1 else "二三四五六"[used[key] - 2]
        number = "" if used[key] == 1 else f" No. {used[key]}"
        full = f"{bank.chinese}{chinese}第{again}{word.chinese}" if again else key
        names.append(Name(full, " ".join(f"{bank.english} {english} {word.english}".split()) + number))
    return names


def out_of_reach(places: Places, outlets: gpd.GeoDataFrame) -> IntArray:
    """
    Return the villages that lie whole beyond `BLANK_REACH_M` of every outlet.

    Parameters
    ----------
    places, outlets
        The county.

    Returns
    -------
    villages
        Units, ascending: the ones meant to be blank, and sometimes a neighbour of theirs.
    """
    everywhere = shapely.multipoints(np.asarray(outlets.geometry.array))
    return np.flatnonzero(shapely.distance(places.polygons, everywhere) > BLANK_REACH_M)
