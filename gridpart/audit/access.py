"""Distance from where people live to the nearest access point, and how evenly it is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy
import shapely

from gridpart._typing import FloatArray
from gridpart.audit.service import officers_of
from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.partition import RoadNetwork
from gridpart.partition.figures import weighted_quantile

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit

say = messages("audit")


def access_distances(audit: Audit) -> pd.DataFrame:
    """Return the table by unit that `Audit.access` documents."""
    points = _require_points(audit)
    places = shapely.get_coordinates(shapely.point_on_surface(audit.units.polygons))
    targets = shapely.get_coordinates(np.asarray(points.geometry.array, dtype=object))
    distance, _ = scipy.spatial.cKDTree(targets).query(places)
    table = audit.units.table[["unit_id", "zone_class"]].copy()
    table["population"] = audit.units.population
    table["distance_m"] = distance
    table["within"] = distance <= audit.profile.audit.access_distance_m.value
    if audit.roads is not None:
        network = RoadNetwork.from_graph(audit.roads)
        network.require_near(targets)
        minutes = network.minutes_to(network.nearest_nodes(targets))
        table["minutes"] = minutes[network.nearest_nodes(places)]
    return table


def summarise_access(table: pd.DataFrame) -> pd.DataFrame:
    """Return people-weighted figures for all and for each zone class; see `Audit.access`."""
    groups = [("all", table), *((str(name), group) for name, group in table.groupby("zone_class", sort=True))]
    rows = [_summary(name, group) for name, group in groups]
    return pd.DataFrame([row for row in rows if row is not None])


def _summary(name: str, group: pd.DataFrame) -> dict[str, object] | None:
    known = group["population"].notna().to_numpy()
    weight = group["population"].fillna(0).to_numpy() if known.any() else np.ones(len(group))
    if weight.sum() <= 0:
        return None
    distance = group["distance_m"].to_numpy()
    row: dict[str, object] = {
        "zone_class": name,
        "mean_m": float(np.average(distance, weights=weight)),
        "p95_m": weighted_quantile(distance, weight, 0.95),
        "share_within": float(np.average(group["within"].to_numpy(dtype=np.float64), weights=weight)),
    }
    if "minutes" in group.columns:
        minutes = group["minutes"].to_numpy()
        there = np.isfinite(minutes) & (weight > 0)
        row["mean_minutes"] = float(np.average(minutes[there], weights=weight[there])) if there.any() else float("nan")
        row["p95_minutes"] = weighted_quantile(minutes, weight, 0.95)
        row["unreachable_units"] = int((~np.isfinite(minutes)).sum())
    return row


def equity(audit: Audit) -> dict[str, float]:
    """Return the figures that `Audit.equity` documents."""
    points = _require_points(audit)
    number = points.dropna(subset=["unit_id"]).groupby("unit_id").size()
    result = _shared(audit, number.reindex(audit.units.table["unit_id"], fill_value=0).to_numpy(dtype=np.float64))
    officers = officers_by_unit(audit)
    if officers is not None:
        result |= {f"officers_{name}": value for name, value in _shared(audit, officers).items()}
    return result


def _shared(audit: Audit, number: FloatArray) -> dict[str, float]:
    """Return amounts per 10,000 people by zone class, their ratio, and the Gini index over units."""
    people, zone = audit.units.population, audit.units.table["zone_class"]
    result: dict[str, float] = {}
    for name in ("urban", "rural"):
        mine = (zone == name).to_numpy()
        total = float(np.nansum(people[mine]))
        result[f"{name}_per_10000"] = float(number[mine].sum()) / total * 1e4 if total > 0 else float("nan")
    rural = result["rural_per_10000"]
    result["urban_rural_ratio"] = result["urban_per_10000"] / rural if rural > 0 else float("nan")
    lived_in = people > 0
    result["gini"] = gini(number[lived_in], people[lived_in])
    return result


def officers_by_unit(audit: Audit) -> FloatArray | None:
    """
    Share each officer among the units of the cell by people, or by area where nobody is counted there.

    Returns
    -------
    officers
        Shape (n_units,); None if no officer has a cell.
    """
    officers = officers_of(audit.staff)
    if officers is None:
        return None
    faces = audit.cell_faces
    row = {unit: number for number, unit in enumerate(audit.units.table["unit_id"])}
    exploded = pd.DataFrame({"cell": faces["cells"], "unit": faces["unit_id"].map(row)})
    exploded = exploded.assign(people=faces["population"].fillna(0.0), area=faces["area_m2"]).explode("cell")
    parts = exploded.dropna().groupby(["cell", "unit"], sort=True)[["people", "area"]].sum().reset_index()
    total = parts.groupby("cell")[["people", "area"]].transform("sum")
    share = np.where(
        total["people"] > 0,
        parts["people"] / total["people"].where(total["people"] > 0, 1.0),
        parts["area"] / total["area"],
    )
    number = parts["cell"].map(pd.Series(officers).value_counts()).fillna(0).to_numpy(dtype=np.float64)
    result: FloatArray = np.bincount(
        parts["unit"].to_numpy(dtype=np.int64), weights=share * number, minlength=len(audit.units)
    ).astype(np.float64)
    return result


def gini(amounts: FloatArray, people: FloatArray) -> float:
    """
    Return the Gini index of amounts per person over groups of people.

    Parameters
    ----------
    amounts, people
        Of each group, shape (n_groups,); people above 0.

    Returns
    -------
    index
        0 if all have the same per person, towards 1 if few have all; NaN if there is nothing.

    References
    ----------
    .. [1] Gini, C. (1912). Variabilità e mutabilità. Bologna.
    """
    if amounts.sum() <= 0:
        return float("nan")
    order = np.argsort(amounts / people, kind="stable")
    share = np.concatenate([[0.0], np.cumsum(people[order]) / people.sum()])
    held = np.concatenate([[0.0], np.cumsum(amounts[order]) / amounts.sum()])
    return float(1 - (np.diff(share) * (held[1:] + held[:-1])).sum())


def _require_points(audit: Audit) -> gpd.GeoDataFrame:
    if audit.points is None or len(audit.points) == 0 or len(audit.units) == 0:
        raise InputError(
            say("Distances to access points need units and outlets or equipment; give them to audit_grids.")
        )
    return audit.points
