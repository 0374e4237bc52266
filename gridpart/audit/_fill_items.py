"""What a plan has to decide: blank places to be taken, and places that some banks have to leave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from gridpart._typing import BoolArray, FloatArray, GeometryArray, IntArray
from gridpart.audit.findings import place_names
from gridpart.audit.places import places_of
from gridpart.audit.rules import bank_limit
from gridpart.steps import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridpart.audit.audit import Audit
    from gridpart.audit.claims import Claim


@dataclass(frozen=True, eq=False)
class Item:
    """
    Faces that are decided together.

    Attributes
    ----------
    finding_id
        Finding of the audit that the decision settles.
    unit_id
        None where there are no units.
    faces
        Rows of the faces, shape (n_faces,).
    place
        A point inside, in m, shape (2,).
    people
        People living there; NaN if unknown.
    banks
        Columns of the banks that serve it now, shape (n_banks_here,).
    n_stay
        How many of them may stay; 0 for a blank place.
    """

    finding_id: str
    unit_id: str | None
    faces: IntArray
    place: FloatArray
    people: float
    banks: IntArray
    n_stay: int


def blank_items(audit: Audit) -> list[Item]:
    """Return one item per unit with blank land, and per blank face outside units; slivers beside it come along."""
    faces = audit.faces
    blank = (faces["flag"] == "blank").to_numpy()
    slivers = np.flatnonzero(blank & faces["is_sliver"].to_numpy())
    sliver_units = faces["unit_id"].to_numpy(dtype=object)[slivers]
    items = []
    places = places_of(audit, blank & ~faces["is_sliver"].to_numpy())
    for unit, rows in counted("units", list(zip(places.units, places.each(), strict=True))):
        beside = slivers[sliver_units == unit] if unit is not None else slivers[:0]
        items.append(_item(audit, "blank", unit, rows, beside=beside, banks=(), n_stay=0))
    return _with_slivers(audit, items, blank)


def excess_items(audit: Audit) -> list[Item]:
    """Return one item per unit and set of banks above the limit of the zone class."""
    faces = audit.faces
    above = ((faces["flag"] == "excessive") & ~faces["is_sliver"]).to_numpy()
    items = []
    places = places_of(audit, above)
    for unit, rows in counted("units", list(zip(places.units, places.each(), strict=True))):
        sets: dict[tuple[str, ...], list[int]] = {}
        for row in rows.tolist():
            sets.setdefault(faces["banks"].iloc[row], []).append(row)
        for banks in sorted(sets):
            members = np.array(sets[banks], dtype=np.int64)
            limit = max(bank_limit(audit.profile, faces["zone_class"].iloc[members[0]]).count, 1)
            items.append(_item(audit, "excessive", unit, members, beside=members[:0], banks=banks, n_stay=limit))
    return _with_slivers(audit, items, (faces["flag"] == "excessive").to_numpy())


def _with_slivers(audit: Audit, items: list[Item], flagged: BoolArray) -> list[Item]:
    """Add the slivers that continue an item's land into the next unit: left alone, they would remain as crumbs."""
    faces = audit.faces
    owner = np.full(len(faces), -1, dtype=np.int64)
    for number, item in enumerate(items):
        owner[item.faces] = number
    loose = np.flatnonzero(flagged & faces["is_sliver"].to_numpy() & (owner < 0))
    shapes: GeometryArray = np.asarray(faces.geometry.array, dtype=object)
    banks = faces["banks"].to_numpy(dtype=object)
    while len(loose) and items:  # a crumb may hang on a crumb
        held = np.flatnonzero(owner >= 0)
        sliver, face = shapely.STRtree(shapes[held]).query(shapes[loose], predicate="intersects")
        for row, at in sorted(zip(loose[sliver].tolist(), held[face].tolist(), strict=True)):
            if banks[row] == banks[at] and (owner[row] < 0 or owner[at] < owner[row]):
                owner[row] = owner[at]
        still = loose[owner[loose] < 0]
        if len(still) == len(loose):
            break
        loose = still
    return [replace(item, faces=_extended(item.faces, owner, number)) for number, item in enumerate(items)]


def _extended(faces: IntArray, owner: IntArray, number: int) -> IntArray:
    """Return the faces of an item, then those it gained."""
    return np.concatenate([faces, np.setdiff1d(np.flatnonzero(owner == number), faces)])


def _item(
    audit: Audit,
    kind: str,
    unit: object,
    rows: IntArray,
    *,
    beside: IntArray,
    banks: tuple[str, ...],
    n_stay: int,
) -> Item:
    faces = audit.faces.iloc[rows]
    shapes: GeometryArray = np.asarray(faces.geometry.array, dtype=object)
    largest = shapes[int(np.argmax(faces["area_m2"].to_numpy()))]
    where = str(unit) if unit is not None else place_names([unit], [_joined(shapes)])[0]
    return Item(
        finding_id=f"{kind}:{where}",
        unit_id=None if unit is None else str(unit),
        faces=np.concatenate([rows, beside]),
        place=shapely.get_coordinates(shapely.point_on_surface(largest))[0],
        people=float(faces["population"].sum(min_count=1)),
        banks=np.array([audit.banks.index(bank) for bank in banks], dtype=np.int64),
        n_stay=n_stay,
    )


def _joined(shapes: GeometryArray) -> shapely.Geometry:
    parts: GeometryArray = shapely.get_parts(shapes)
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts.tolist())


def weights_of(items: Sequence[Item]) -> FloatArray:
    """Return the people of each item, at least 1: an empty or uncounted village has its place, shape (n_items,)."""
    return np.maximum(np.nan_to_num(np.array([item.people for item in items], dtype=np.float64)), 1.0)


@dataclass(frozen=True, eq=False)
class Sites:
    """
    Where each bank serves from, seen from some places.

    Attributes
    ----------
    distance_m
        Straight distance to the nearest site of each bank, shape (n_places, n_banks).
    site_id
        That outlet, None where the distance is to the land the bank claims, shape (n_places, n_banks).
    n_outlets
        Outlets of each bank, 1 where none is known, shape (n_banks,).
    """

    distance_m: FloatArray
    site_id: GeometryArray
    n_outlets: FloatArray


def nearest_sites(audit: Audit, places: FloatArray) -> Sites:
    """Return each bank's outlet nearest to some places, shape (n_places, 2), or its land where no outlet is known."""
    shape = (len(places), len(audit.banks))
    distance, site = np.full(shape, np.inf), np.full(shape, None, dtype=object)
    number = np.ones(len(audit.banks))
    for column, (bank, claim) in enumerate(zip(audit.banks, audit.claims, strict=True)):
        outlets = _outlets(audit, bank)
        if outlets is None:
            distance[:, column] = _to_claim(claim, places)
            continue
        ids, xy = outlets
        tree = scipy_tree(xy)
        distance[:, column], row = tree.query(places)
        site[:, column] = ids[row]
        number[column] = len(ids)
    return Sites(distance, site, number)


def scipy_tree(points: FloatArray) -> Any:  # noqa: ANN401 - scipy has no types
    """Return a search tree of points."""
    from scipy.spatial import cKDTree

    return cKDTree(points)


def _outlets(audit: Audit, bank: str) -> tuple[GeometryArray, FloatArray] | None:
    """Return ids and places of a bank's outlets, sorted by id."""
    if audit.points is None:
        return None
    mine = audit.points[(audit.points["source"] == "outlet") & (audit.points["bank_id"] == bank)]
    mine = mine[~(mine.geometry.is_empty | mine.geometry.isna())].sort_values("point_id", kind="stable")
    if len(mine) == 0:
        return None
    return mine["point_id"].to_numpy(dtype=object), shapely.get_coordinates(np.asarray(mine.geometry.array))


def _to_claim(claim: Claim, places: FloatArray) -> FloatArray:
    distance: FloatArray = np.full(len(places), np.inf)
    if len(claim.polygons):
        tree = shapely.STRtree(claim.polygons)
        (place, _), near = tree.query_nearest(shapely.points(places), return_distance=True, all_matches=False)
        distance[place] = near
    return distance
