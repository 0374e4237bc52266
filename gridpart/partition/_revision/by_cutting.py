"""Land that is cut by straight borders when it changes hands: by distance, or by prices that even out demand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.coverage import SNAP_M, Coverage, arrange, power_cells
from gridpart.errors import CoverageError, InfeasibleError
from gridpart.i18n import messages
from gridpart.partition._aggregate.bound import transport_bound
from gridpart.partition._aggregate.ground import points_within
from gridpart.partition._contiguity import pieces_of
from gridpart.partition._demand_layer import demand_within
from gridpart.partition._revision.land import Land, divided
from gridpart.partition._revision.transfer import Carve, Share, grown_from
from gridpart.partition._transport_demand import Density, PointDemand
from gridpart.partition._transport_start import sample_demand

say = messages("partition")

Prices = dict[str, float]
"""Price in m² of each outlet's cell, by cell id; receives those of outlets that open."""

_SAMPLES_PER_HEIR = 150
"""Places that stand for the demand of a closing cell when it is shared out."""

_BISECTIONS = 50


def sharing(prices: Prices, held: Density | PointDemand | None, *, even: bool) -> Share:
    """Return a way to cut land between the cells around it: by power distance, or so that their loads come even."""

    def share(land: Land, rows: IntArray, heirs: Sequence[str]) -> tuple[Land, BoolArray]:
        seats = land.seats(heirs)
        price = np.array([prices.get(heir, 0.0) for heir in heirs])
        kept = np.arange(len(heirs))
        if even and land.demand is not None and land.demand[rows].sum() > 0:
            kept, price = _evening_prices(land, rows, heirs, held)
        names = np.array(heirs, dtype=object)[kept]
        if len(kept) == 1:
            fresh = np.zeros(len(land.cell), dtype=np.bool_)
            fresh[rows] = True
            return land.relabelled(rows, names[0]), fresh
        pieces, source, owner = _cut(land.coverage.polygons[rows], seats[kept], price)
        new, piece = divided(land, pieces, rows[source], names[owner])
        return _measured(new, piece >= 0, held), piece >= 0

    return share


def _cut(faces: GeometryArray, seats: FloatArray, price: FloatArray) -> tuple[GeometryArray, IntArray, IntArray]:
    """Cut faces by the power cells of seats, and return the pieces, the face and the seat of each."""
    bounds = np.array([shapely.total_bounds(faces)[:2], shapely.total_bounds(faces)[2:], *seats])
    low, high = bounds.min(axis=0), bounds.max(axis=0)
    middle = (low + high) / 2
    try:
        cells = power_cells(seats, price, middle=middle, reach=float(np.hypot(*(high - middle))), tolerance=SNAP_M)
    except CoverageError as error:
        raise InfeasibleError(
            say("The land of a closing outlet could not be cut between its neighbours. {error}", error=error)
        ) from error
    index = np.repeat(np.arange(len(cells.offset) - 1), np.diff(cells.offset))
    polygons = shapely.polygons(shapely.linearrings(cells.vertices[cells.corner], indices=index))
    both = arrange([faces, polygons], tolerance=SNAP_M)
    face, owner = both.labels.T
    inside = face >= 0
    return both.coverage.polygons[inside], face[inside], np.maximum(owner[inside], 0)


def _evening_prices(
    land: Land, rows: IntArray, heirs: Sequence[str], held: Density | PointDemand | None
) -> tuple[IntArray, FloatArray]:
    """Return the heirs that receive something and prices at which their loads come as even as this land allows."""
    assert land.demand is not None  # noqa: S101 - asked only where it is known
    loads = land.loads()
    have = np.array([loads[heir] for heir in heirs])
    points, weights = _samples(land, rows, held, len(heirs))
    level = _water_level(have, weights.sum())
    kept = np.flatnonzero(level - have > 1e-6 * level)
    quota = level - have[kept]
    quota *= weights.sum() / quota.sum()
    seats = land.seats([heirs[row] for row in kept.tolist()])
    cost = ((seats[:, None, :] - points[None]) ** 2).sum(axis=2)
    scale = float(cost.max()) or 1.0
    found = transport_bound(cost / scale, weights, low=quota, high=quota)
    return kept, found.prices * scale


def _samples(
    land: Land, rows: IntArray, held: Density | PointDemand | None, n_heirs: int
) -> tuple[FloatArray, FloatArray]:
    """Return places that stand for the demand of some faces."""
    polygons = land.coverage.polygons[rows]
    if isinstance(held, PointDemand):
        inside = shapely.STRtree(shapely.points(held.points)).query(polygons, predicate="intersects")[1]
        inside = np.unique(inside)
        if len(inside):
            return held.points[inside], held.weights[inside]
    if isinstance(held, Density) and not held.uniform:
        both = arrange([polygons, held.coverage.polygons], tolerance=SNAP_M)
        known = np.flatnonzero((both.labels >= 0).all(axis=1))
        source = both.labels[known, 1]
        coverage = Coverage.from_polygons(both.coverage.polygons[known])
        demand = (held.demand / held.coverage.areas)[source] * coverage.areas
    else:
        assert land.demand is not None  # noqa: S101 - asked only where it is known
        coverage, demand = Coverage.from_polygons(polygons), land.demand[rows]
    if not demand.sum() > 0:
        demand = coverage.areas
    return sample_demand(coverage, demand, n_cells=_SAMPLES_PER_HEIR * n_heirs // 4 + 1)


def _water_level(have: FloatArray, more: float) -> float:
    """Return the level that loads reach when more is poured on the lowest."""
    rising = np.sort(have)
    for count in range(len(rising), 0, -1):
        level = float((rising[:count].sum() + more) / count)
        if level >= rising[count - 1]:
            return level
    return float(rising[0] + more)


def _measured(land: Land, fresh: BoolArray, held: Density | PointDemand | None) -> Land:
    """Measure demand again on faces that were cut; the others keep theirs."""
    if held is None or land.demand is None:
        return land
    rows = np.flatnonzero(fresh)
    demand = land.demand.copy()
    demand[rows] = _amount(held, Coverage.from_polygons(land.coverage.polygons[rows]), float(demand[rows].sum()))
    return replace(land, demand=demand)


def _amount(held: Density | PointDemand, coverage: Coverage, total: float) -> FloatArray:
    if isinstance(held, PointDemand):
        tree = shapely.STRtree(coverage.polygons)
        near = tree.query(shapely.points(held.points), predicate="dwithin", distance=SNAP_M)[0]
        rows = np.unique(near)
        held = PointDemand(held.points[rows], held.weights[rows])
        if not len(rows):
            return np.zeros(len(coverage))
    amount = demand_within(held, coverage, whole=False)
    # points on a border and the last bits of areas: what the faces held together stays
    return amount * (total / amount.sum()) if isinstance(held, Density) and amount.sum() > 0 else amount


def carving(prices: Prices, held: Density | PointDemand | None, *, even: bool, joined: bool) -> Carve:
    """Return a way to give an outlet a convex piece: its power cell, at the price that gives it a fair load if even."""

    def carve(land: Land, name: str) -> Land:
        outlet = land.outlets[name]
        others = sorted(other for other in land.outlets if other != name)
        cells = [land.outlets[other].cell_id for other in others]
        rivals = _Rivals(land.seats(cells), np.array([prices.get(cell, 0.0) for cell in cells]), _frame(land))
        place = np.array(outlet.point)
        gap = np.hypot(*(rivals.seats - place).T)
        if len(gap) and gap.min() <= 1e-6:
            raise InfeasibleError(
                say(
                    "Outlet {name} opens at the place of outlet {other}. Nothing was changed.",
                    name=name,
                    other=others[int(gap.argmin())],
                )
            )
        price = _fair_price(land, name, rivals, held) if even and land.demand is not None else 0.0
        prices[outlet.cell_id] = price
        return _taken(land, name, rivals.cell_of(place, price), held, joined=joined)

    return carve


def _frame(land: Land) -> FloatArray:
    low_x, low_y, high_x, high_y = shapely.total_bounds(land.coverage.polygons)
    far = max(high_x - low_x, high_y - low_y)
    return np.array(
        [
            (low_x - far, low_y - far),
            (high_x + far, low_y - far),
            (high_x + far, high_y + far),
            (low_x - far, high_y + far),
        ]
    )


class _Rivals:
    """Outlets that hold land already, with their prices."""

    def __init__(self, seats: FloatArray, prices: FloatArray, frame: FloatArray) -> None:
        self.seats, self.prices, self.frame = seats, prices, frame

    def cell_of(self, place: FloatArray, price: float) -> FloatArray:
        """Return the corners of the power cell of one more outlet, shape (n_corners, 2), maybe none."""
        corners = self.frame - place
        away = self.seats - place
        # a point x is ours while 2 x·away <= |away|² - their price + our price
        limit = (away**2).sum(axis=1) - self.prices + price
        while len(corners):
            excess = 2 * corners @ away.T - limit
            scale = np.maximum(np.abs(limit), 1.0)
            worst = int(np.argmax((excess / scale).max(axis=0)))
            if (excess[:, worst] <= 1e-9 * scale[worst]).all():
                break
            corners = _clipped(corners, excess[:, worst])
        return corners + place if len(corners) >= 3 else np.zeros((0, 2))


def _clipped(corners: FloatArray, excess: FloatArray) -> FloatArray:
    """Return a convex polygon without the side where a linear function is above zero."""
    found = []
    for row in range(len(corners)):
        one, two = excess[row - 1], excess[row]
        if (one > 0) != (two > 0):
            share = one / (one - two)
            found.append(corners[row - 1] + share * (corners[row] - corners[row - 1]))
        if two <= 0:
            found.append(corners[row])
    return np.array(found).reshape(-1, 2)


def _fair_price(land: Land, name: str, rivals: _Rivals, held: Density | PointDemand | None) -> float:
    """Find the price at which the new cell holds the mean of the cells around the place, itself counted in."""
    place = np.array(land.outlets[name].point)
    loads = land.loads()
    here = shapely.STRtree(land.coverage.polygons).nearest(shapely.Point(place))
    zone = [str(land.cell[here]), *land.beside([str(land.cell[here])])]
    wanted = sum(loads[cell] for cell in zone) / (len(zone) + 1)
    faces, demand, points = _ground(land, held)
    nearest = ((rivals.seats - place) ** 2).sum(axis=1) - rivals.prices
    span = float(np.ptp(rivals.prices)) + float(np.square(np.ptp(rivals.frame, axis=0)).sum())
    low, high = -float(nearest.max()) - span, span + float(rivals.prices.max())
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        corners = rivals.cell_of(place, middle)
        load = 0.0 if not len(corners) else _load(shapely.Polygon(corners), faces, demand, points)
        low, high = (middle, high) if load < wanted else (low, middle)
    return high


def _ground(land: Land, held: Density | PointDemand | None) -> tuple[GeometryArray, FloatArray, FloatArray | None]:
    """Return faces and what each holds, or points."""
    assert land.demand is not None  # noqa: S101 - asked only where it is known
    if isinstance(held, PointDemand):
        return np.zeros(0, dtype=object), held.weights, held.points
    if held is None or held.uniform:
        return land.coverage.polygons, land.demand, None
    return held.coverage.polygons, held.demand, None


def _load(cell: shapely.Polygon, faces: GeometryArray, demand: FloatArray, points: FloatArray | None) -> float:
    """Estimate what a convex cell holds: this only leads the search, the delivered cell is measured."""
    shapely.prepare(cell)
    if points is not None:
        return float(demand[shapely.contains_xy(cell, points[:, 0], points[:, 1])].sum())
    near = shapely.STRtree(faces).query(cell, predicate="intersects")
    part = shapely.area(shapely.intersection(faces[near], cell)) / shapely.area(faces[near])
    return float(demand[near] @ part)


def _taken(land: Land, name: str, corners: FloatArray, held: Density | PointDemand | None, *, joined: bool) -> Land:
    """Cut the faces that a convex cell meets and give the part inside to an outlet."""
    if not len(corners):
        raise InfeasibleError(say("The cell of outlet {name} would have no land. Nothing was changed.", name=name))
    cell = _connected(land, shapely.Polygon(corners), shapely.Point(land.outlets[name].point))
    _, rows, pieces, inside = _met(land, cell)
    touched = np.isin(rows, rows[inside])
    rows, pieces, inside = rows[touched], pieces[touched], inside[touched]
    new, piece = divided(land, pieces, rows, land.cell[rows])
    wanted = (piece >= 0) & inside[piece]
    new = _measured(new, piece >= 0, held)
    return grown_from(new, name, wanted, joined=joined, start=int(np.flatnonzero(wanted)[0]))


def _met(land: Land, cell: shapely.Geometry) -> tuple[Coverage, IntArray, GeometryArray, BoolArray]:
    """Return the pieces of faces that a cell meets: as a coverage, with the face, the shape and whether inside."""
    met = np.sort(shapely.STRtree(land.coverage.polygons).query(cell, predicate="intersects"))
    both = arrange([land.coverage.polygons[met], np.array([cell], dtype=object)], tolerance=SNAP_M)
    known = both.labels[:, 0] >= 0
    coverage = Coverage.from_polygons(both.coverage.polygons[known])
    face, inside = both.labels[known].T
    return coverage, met[face], coverage.polygons, inside >= 0


def _connected(land: Land, cell: shapely.Polygon, place: shapely.Point) -> shapely.Geometry:
    """
    Return the land in a cell that hangs together with its outlet, or with what is nearest to it.

    The cut is then made along this alone: land behind a bay that stays with others gets no vertex.
    """
    coverage, _, _, inside = _met(land, cell)
    piece = pieces_of(coverage, inside.astype(np.int64))
    rows = np.flatnonzero(inside)
    if not len(rows):
        return cell
    start = rows[np.argmin(shapely.distance(coverage.polygons[rows], place))]
    _, polygons = coverage.dissolve(np.where(inside & (piece == piece[start]), 0, -1))
    return polygons[0]


def sharing_whole(prices: Prices, held: Density | PointDemand) -> Share:
    """Return a way to hand whole units to the cells around them so that loads come even."""

    def share(land: Land, rows: IntArray, heirs: Sequence[str]) -> tuple[Land, BoolArray]:
        kept, price = np.arange(len(heirs)), np.array([prices.get(heir, 0.0) for heir in heirs])
        if land.demand is not None and land.demand[rows].sum() > 0:
            kept, price = _evening_prices(land, rows, heirs, held)
        names = np.array(heirs, dtype=object)[kept]
        points = points_within(land.coverage.polygons[rows])
        seats = land.seats(names.tolist())
        power = ((points[:, None, :] - seats[None]) ** 2).sum(axis=2) - price
        fresh = np.zeros(len(land.cell), dtype=np.bool_)
        fresh[rows] = True
        return land.relabelled(rows, names[power.argmin(axis=1)]), fresh

    return share


def carving_whole(prices: Prices, held: Density | PointDemand, *, joined: bool) -> Carve:
    """Return a way to give an outlet the whole units whose points lie in its power cell at a fair price."""

    def carve(land: Land, name: str) -> Land:
        outlet = land.outlets[name]
        cells = sorted(other.cell_id for key, other in land.outlets.items() if key != name)
        rivals = _Rivals(land.seats(cells), np.array([prices.get(cell, 0.0) for cell in cells]), _frame(land))
        prices[outlet.cell_id] = _fair_price(land, name, rivals, held)
        corners = rivals.cell_of(np.array(outlet.point), prices[outlet.cell_id])
        points = points_within(land.coverage.polygons)
        inside = np.zeros(len(points), dtype=np.bool_)
        if len(corners):
            inside = shapely.contains_xy(shapely.Polygon(corners), points[:, 0], points[:, 1])
        return grown_from(land, name, inside, joined=joined)

    return carve
