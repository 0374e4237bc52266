"""How each rule passes land on when outlets close and open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from gridpart._typing import GeometryArray
from gridpart.errors import InputError
from gridpart.i18n import Message, messages
from gridpart.partition._aggregate.ground import points_within
from gridpart.partition._barriers import barrier_shapes
from gridpart.partition._build import Faces
from gridpart.partition._cells import anchor_frame
from gridpart.partition._cut import face_at
from gridpart.partition._revision import by_cutting, by_faces
from gridpart.partition._revision.by_units import solved_again
from gridpart.partition._revision.land import Land
from gridpart.partition._revision.records import Record, record_of, taken_back
from gridpart.partition._revision.transfer import Carve, Diff, Share, transferred
from gridpart.partition._sites import Sites
from gridpart.partition._transport_demand import Density, PointDemand, demand_of
from gridpart.partition.grid import Grid
from gridpart.partition.redrawing import redrawn
from gridpart.partition.roads import RoadNetwork

if TYPE_CHECKING:
    import networkx as nx

say = messages("partition")

_FIGURES = (
    "mean_demand", "max_deviation", "beyond_tolerance", "prices", "outlets_away", "steps", "evaluations", "residual",
    "reached", "imbalance", "travel", "lower_bound", "gap", "travel_by_units", "lower_bound_by_units", "gap_by_units",
    "starts", "rounds",
)  # fmt: skip
"""Figures in a provenance that hold for one version only."""


@dataclass(frozen=True, eq=False)
class Given:
    """What a rule read besides outlets: as given to the revision, or else as the grid remembers it."""

    units: gpd.GeoDataFrame | None
    demand: str | gpd.GeoDataFrame | None
    weight: str | None
    roads: nx.Graph[Any] | RoadNetwork | None
    barriers: GeometryArray | None

    @classmethod
    def of(
        cls,
        grid: Grid,
        *,
        units: gpd.GeoDataFrame | None,
        demand: str | gpd.GeoDataFrame | None,
        weight: str | None,
        roads: nx.Graph[Any] | RoadNetwork | None,
        barriers: gpd.GeoDataFrame | gpd.GeoSeries | None,
    ) -> Given:
        """Take what is given, and what is not from the grid."""
        kept = grid.inputs
        shapes = kept.get("barriers") if barriers is None else barrier_shapes(barriers, grid.cells, name="grid")
        if demand is not None:
            return cls(units, demand, weight, kept.get("roads") if roads is None else roads, shapes)
        return cls(
            kept.get("units") if "units" in kept else units,
            kept.get("demand"),
            kept.get("weight"),
            kept.get("roads") if roads is None else roads,
            shapes,
        )

    def layer(self, *, units_known: bool) -> dict[str, Any]:
        """Return the demand layer for a rule that counts it where it lies; units know theirs."""
        if units_known or self.demand is None or isinstance(self.demand, str):
            return {}
        return {"demand": self.demand, "weight": self.weight}


@dataclass(frozen=True, eq=False)
class Step:
    """What earlier revisions, taken back where they can be, leave to do."""

    land: Land
    left: Diff
    records: list[Record]
    figures: dict[str, Any]


def step_back(grid: Grid, land: Land, diff: Diff, records: Sequence[Record]) -> Step:
    """Take back earlier revisions as far as outlets return to where they were."""
    back, left, kept, told = taken_back(land, diff, records)
    figures = {name: grid.provenance[name] for name in _FIGURES if name in grid.provenance}
    return Step(back, left, kept, {**figures, **told})


def passed_on(grid: Grid, step: Step, sites: Sites, *, given: Given, shared_units: str) -> Grid:
    """
    Pass land on by the rule of a grid, and build the grid.

    Parameters
    ----------
    grid
        Before.
    step
        Its land, and what closes and opens.
    sites
        The outlets that are open then.
    given
        What the rule read.
    shared_units
        Whether a unit in which a second outlet opens is cut, or an error.
    """
    after, left, records, figures = step.land, step.left, step.records, step.figures
    if left:
        prices = {
            after.outlets[name].cell_id: price
            for name, price in figures.get("prices", {}).items()
            if name in after.outlets and name not in left.closed
        }
        after = _passed_on(grid, step.land, left, prices, given=given, shared_units=shared_units)
        records = [*records, record_of(step.land, after, left, figures, by_faces=shares_faces(grid))]
        figures = _figures(grid, after, prices)
    return _built(grid, after, sites, records=records, figures=figures)


def _passed_on(
    grid: Grid, land: Land, diff: Diff, prices: dict[str, float], *, given: Given, shared_units: str
) -> Land:
    rule = str(grid.provenance["rule"])
    if rule == "aggregate":
        if grid.provenance.get("borders_barred") and given.barriers is None:
            raise missing(rule, say("barriers"))
        barriers = np.zeros(0, dtype=object) if given.barriers is None else given.barriers
        return solved_again(land, diff, tolerance=float(grid.provenance["tolerance"]), barriers=barriers)
    share, carve = _method(grid, land, prices, given=given, shared_units=shared_units)
    joined = bool(grid.provenance.get("contiguous", True))
    return transferred(land, diff, share=share, carve=carve, joined=joined)


def _method(
    grid: Grid, land: Land, prices: dict[str, float], *, given: Given, shared_units: str
) -> tuple[Share, Carve]:
    rule = str(grid.provenance["rule"])
    joined = bool(grid.provenance.get("contiguous", True))
    if rule == "travel_time":
        if given.roads is None:
            raise missing(rule, say("roads"))
        network = RoadNetwork.from_graph(given.roads)
        if given.barriers is not None and len(given.barriers):
            network = network.without(given.barriers)
        choose = by_faces.first_by_road(network)
        return by_faces.sharing(choose), by_faces.carving(choose, shared_units=shared_units)
    if rule == "balanced":
        held = _held(grid, land, given)
        if grid.provenance.get("whole_units"):
            return by_cutting.sharing_whole(prices, held), by_cutting.carving_whole(prices, held, joined=joined)
        return (
            by_cutting.sharing(prices, held, even=True),
            by_cutting.carving(prices, held, even=True, joined=joined),
        )
    if land.unit_ids is not None:
        choose = by_faces.nearest_seat
        return by_faces.sharing(choose), by_faces.carving(choose, shared_units=shared_units)
    counted = _held(grid, land, given) if grid.provenance.get("demand") is not None else None
    return by_cutting.sharing({}, counted, even=False), by_cutting.carving({}, counted, even=False, joined=joined)


def _held(grid: Grid, land: Land, given: Given) -> Density | PointDemand:
    """Return where the demand of a grid lies."""
    if grid.provenance.get("whole_units"):
        assert land.demand is not None  # noqa: S101 - whole units know theirs
        return PointDemand(points_within(land.coverage.polygons), land.demand)
    told = grid.provenance.get("demand")
    area = grid.drawn_area or grid.service_area.geometry.iloc[0]
    demand = told if told == "area" and given.demand is None else given.demand
    if demand is None:
        raise missing(
            str(grid.provenance["rule"]), say("demand"), say(" (with weight=, or units= that have its column)")
        )
    return demand_of(demand, weight=given.weight, units=given.units, service_area=grid.service_area, area=area)


def shares_faces(grid: Grid) -> bool:
    """Tell whether a grid is made of whole faces, of which there are many."""
    return grid.face_ids is not None or grid.provenance["rule"] == "travel_time"


def missing(rule: str, name: Message, how: str = "") -> InputError:
    """Return the error for what a rule read and a file does not keep."""
    return InputError(
        say(
            "This grid of rule {rule} no longer knows what it was drawn with: a file keeps no {name}. Give it "
            "again: {name}{how} as in the call of the rule. Nothing was changed.",
            rule=rule,
            name=name,
            how=how,
        )
    )


def _figures(grid: Grid, land: Land, prices: Mapping[str, float]) -> dict[str, Any]:
    """Return how even cells are now, for rules that even them out."""
    rule = str(grid.provenance["rule"])
    if rule not in {"balanced", "aggregate"} or land.demand is None:
        return {}
    loads = land.loads()
    load = np.array(list(loads.values()))
    deviation = load / load.mean() - 1
    tolerance = float(grid.provenance["tolerance"])
    beyond = {cell: float(value) for cell, value in zip(loads, deviation, strict=True) if abs(value) > tolerance + 1e-9}
    figures: dict[str, Any] = {"mean_demand": float(load.mean()), "beyond_tolerance": beyond}
    largest = float(np.abs(deviation).max())
    if rule == "aggregate":
        return figures | {"imbalance": largest, "reached": not beyond, "travel": _travel(land)}
    return figures | {
        "max_deviation": largest,
        "prices": {name: prices.get(outlet.cell_id, 0.0) for name, outlet in land.outlets.items()},
        "outlets_away": _away(land),
    }


def _travel(land: Land) -> float:
    """Return demand times straight distance to the owner, in m."""
    assert land.demand is not None  # noqa: S101 - the rule sums a column
    points = points_within(land.coverage.polygons)
    seat = {cell: land.seat(cell) for cell in set(land.cell.tolist())}
    places = np.array([seat[cell] for cell in land.cell.tolist()])
    return float(land.demand @ np.hypot(*(points - places).T))


def _away(land: Land) -> list[str]:
    names = list(land.outlets)
    home = face_at(land.coverage, np.array([land.outlets[name].point for name in names]))
    return [
        name
        for name, face in zip(names, home.tolist(), strict=True)
        if face < 0 or land.cell[face] != land.outlets[name].cell_id
    ]


def _built(grid: Grid, land: Land, sites: Sites, *, records: Sequence[Record], figures: Mapping[str, Any]) -> Grid:
    """Build the grid; a cell whose border is as it was keeps its bytes."""
    ids = _in_order(land, sites)
    row = {cell: number for number, cell in enumerate(ids)}
    labels = np.array([row[cell] for cell in land.cell.tolist()], dtype=np.int64)
    _, shapes = land.coverage.dissolve(labels)
    shapes = shapely.orient_polygons(shapely.normalize(shapes))
    cells = grid.cells
    old = dict(zip(cells["cell_id"], np.asarray(cells.geometry.array, dtype=object), strict=True))
    for number, cell in enumerate(ids):
        if cell in old and _same_shape(old[cell], shapes[number]):
            shapes[number] = old[cell]
    table = gpd.GeoDataFrame([{"cell_id": cell, **land.facts[cell]} for cell in ids], geometry=shapes, crs=grid.crs)
    place = _places(sites)
    names = sorted(land.outlets, key=lambda name: (place.get(name, len(place)), name))
    provenance = {name: value for name, value in grid.provenance.items() if name not in {*_FIGURES, "revisions"}}
    return redrawn(
        grid,
        Faces(
            land.coverage,
            None if land.unit_ids is None else tuple(land.unit_ids.tolist()),
            land.demand,
            None if land.zone is None else tuple(land.zone.tolist()),
        ),
        labels,
        cells=table,
        outlets=anchor_frame(
            names,
            [_stands_in(land, name) for name in names],
            shapely.points(np.array([land.outlets[name].point for name in names])),
            crs=grid.crs,
            zones=[land.outlets[name].zone for name in names],
        ),
        version=grid.version,
        status=grid.status,
        provenance=provenance | dict(figures) | ({"revisions": list(records)} if records else {}),
    )


def _same_shape(one: shapely.Geometry, two: shapely.Geometry) -> bool:
    return bool(shapely.equals_exact(shapely.normalize(one), shapely.normalize(two)))


def _places(sites: Sites) -> dict[str, int]:
    """Return where in the order given each outlet comes."""
    return {sites.outlet_ids[row]: place for place, row in enumerate(sites.given.tolist())}


def _in_order(land: Land, sites: Sites) -> list[str]:
    """Return cells in the order of their outlets, those without at the end."""
    place = _places(sites)
    return sorted(land.facts, key=lambda cell: place.get(str(land.facts[cell]["outlet_id"]), len(place)))


def _stands_in(land: Land, name: str) -> str:
    """Return the cell that an outlet anchors: of several of its own, the one it stands in."""
    own = [cell for cell, row in land.facts.items() if row["outlet_id"] == name]
    if len(own) <= 1:
        return land.outlets[name].cell_id
    face = int(face_at(land.coverage, np.array([land.outlets[name].point]))[0])
    return str(land.cell[face]) if face >= 0 and land.cell[face] in own else land.outlets[name].cell_id
