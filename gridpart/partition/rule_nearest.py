"""Rule nearest: every place belongs to the outlet closest to it."""

from __future__ import annotations

from typing import Any, get_args

import geopandas as gpd
import numpy as np
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.arguments import checked, require_choice
from gridpart.coverage import tessellate
from gridpart.errors import CoverageError, InfeasibleError
from gridpart.i18n import messages
from gridpart.partition._assign import SharedUnits, grid_of_outlets, joined_up, own_faces, zones_of_outlets
from gridpart.partition._build import Faces
from gridpart.partition._cut import around, cut_faces
from gridpart.partition._demand_layer import column_of, kept_layer, measured_on, told_demand
from gridpart.partition._sites import Coincident, Outside, Sites, sites_of
from gridpart.partition._units import faces_of_units
from gridpart.partition.grid import Grid
from gridpart.partition.layers import area_of
from gridpart.partition.nearness import nearest_place
from gridpart.steps import step, task

say = messages("partition")


@checked
@task("nearest", steps=("cells", "proof"))
def nearest(  # noqa: PLR0913 - each policy is a choice of its own
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    outlets: gpd.GeoDataFrame,
    *,
    units: gpd.GeoDataFrame | None = None,
    contiguous: bool = True,
    coincident: Coincident = "error",
    outside: Outside = "error",
    snap_distance: float | None = None,
    shared_units: SharedUnits = "cut",
    demand: str | gpd.GeoDataFrame | None = None,
    weight: str | None = None,
) -> Grid:
    """
    Give every place to its nearest outlet: the catchments of the outlets.

    Parameters
    ----------
    service_area
        Polygons in a metric CRS; holes stay uncovered, several parts are fine.
    outlets
        ``outlet_id``, ``bank_id``, points in the same CRS.
    units
        If given, borders follow units: a unit goes whole to the outlet nearest to its representative point, and a
        unit that holds an outlet goes to that outlet. Units must partition the service area.
    contiguous
        Whether a piece that is cut off from its outlet (by a bay, an exclave) joins the neighbour with the longest
        shared border. If False, every point lies in the cell of its nearest outlet.
    coincident
        Outlets at most 1e-6 m apart: "error"; "merge" to one cell of the lowest id; "split" into equal sectors.
    outside
        Outlets outside the area: "error"; "ignore"; "snap" to the border within `snap_distance` m.
    snap_distance
        In m, for ``outside="snap"``.
    shared_units
        A unit that holds several outlets: "cut" that unit between them by distance, its demand shared by area; or
        "error".
    demand
        Column of the units to sum per cell; if None, ``population`` where present. Or a layer of points or polygons
        with weights, with or without units: points count where they stand, polygons by the share of their area.
    weight
        Column of the weights of a demand layer, as in `balanced`.

    Returns
    -------
    grid
        One cell per outlet in the order given; cell ids stay the same when other outlets open or close. What the
        policies did is listed in ``grid.provenance``.

    Raises
    ------
    InputError
        If a layer cannot be used or a policy is "error" and the case occurs; ids and places are named.
    CRSError
        If a CRS is missing, in degrees or differs.
    InfeasibleError
        If no outlet is left, or outlets share a unit and `shared_units` is "error".
    CertificateError
        If the units do not partition the service area exactly.

    References
    ----------
    .. [1] Okabe, A., Boots, B., Sugihara, K. and Chiu, S. N. (2000). Spatial Tessellations, 2nd ed. Wiley.

    Examples
    --------
    >>> import geopandas as gpd, gridpart as gp, shapely
    >>> area = gpd.GeoSeries([shapely.box(0, 0, 20, 10)], crs=4546)
    >>> outlets = gpd.GeoDataFrame(
    ...     {"outlet_id": ["west", "east"], "bank_id": "A"}, geometry=gpd.points_from_xy([5, 15], [5, 5]), crs=4546
    ... )
    >>> cells = gp.partition.nearest(area, outlets).cells
    >>> cells[["cell_id", "outlet_id", "area_m2"]].round(6).values.tolist()
    [['A-west', 'west', 100.0], ['A-east', 'east', 100.0]]
    """
    require_choice(shared_units, get_args(SharedUnits), name="shared_units")
    step("cells")
    column = column_of(demand, units=units, weight=weight)
    area = area_of(service_area)
    sites = sites_of(outlets, area, service_area, coincident=coincident, outside=outside, snap_distance=snap_distance)
    decisions: dict[str, Any] = dict(sites.decisions)
    zones: list[str | None] | None = None
    if units is None:
        faces, labels = _free(sites, area)
    else:
        faces = faces_of_units(units, demand=column)
        zones = zones_of_outlets(sites, faces)
        centres = shapely.get_coordinates(shapely.point_on_surface(faces.coverage.polygons))
        labels, _ = nearest_place(sites.outlet_ids, sites.points, centres)
        faces, labels = own_faces(sites, faces, labels, shared_units=shared_units, decisions=decisions)
    if contiguous:
        labels = joined_up(faces, labels, sites, decisions)
    faces = measured_on(faces, demand, weight=weight, service_area=service_area, decisions=decisions)
    return grid_of_outlets(
        faces,
        labels,
        sites,
        service_area=service_area,
        provenance={
            "rule": "nearest",
            "contiguous": contiguous,
            "by_units": units is not None,
            "demand": told_demand(demand),
            "policies": {
                "coincident": coincident,
                "outside": outside,
                "snap_distance": snap_distance,
                "shared_units": shared_units,
            },
            **decisions,
        },
        zones=zones,
        inputs=kept_layer(demand, weight),
    )


def _free(sites: Sites, area: shapely.Geometry) -> tuple[Faces, IntArray]:
    """Cut the area between the places, then the faces of places with several outlets into sectors."""
    _, first = np.unique(sites.place, return_index=True)
    try:
        coverage, place = tessellate(sites.points[first], area)
    except CoverageError as error:
        raise InfeasibleError(
            say("The service area could not be cut between these outlets. {error}", error=error)
        ) from error
    crowded = np.bincount(sites.place) > 1
    cuts = {int(face): _sectors(sites, int(place[face])) for face in np.flatnonzero(crowded[place])}
    cut = cut_faces(coverage, cuts)
    place = place[cut.source]
    members = [np.flatnonzero(sites.place == number) for number in range(len(first))]
    labels = np.array([members[p][max(s, 0)] for p, s in zip(place, cut.site, strict=True)], dtype=np.int64)
    return Faces(cut.coverage), labels


def _sectors(sites: Sites, place: int) -> FloatArray:
    mine = np.flatnonzero(sites.place == place)
    return around(sites.points[mine[0]], len(mine))
