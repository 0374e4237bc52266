"""From the banks' grids to an audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import geopandas as gpd
import pandas as pd

from gridpart import profiles
from gridpart._typing import ZoneClass
from gridpart.arguments import checked
from gridpart.audit.access_points import access_points
from gridpart.audit.audit import Audit
from gridpart.audit.channels import read_online
from gridpart.audit.claims import claims_of
from gridpart.audit.faces import faces_table
from gridpart.audit.naming import bank_names_of
from gridpart.audit.pieces import cut_to_pieces
from gridpart.audit.refinement import refine
from gridpart.audit.units import units_of
from gridpart.partition import Grid, area_of
from gridpart.profiles import Profile
from gridpart.steps import step, task

if TYPE_CHECKING:
    import networkx as nx


@checked
@task("audit", steps=("claims", "noding", "faces", "points"))
def audit_grids(  # noqa: PLR0913 - as many layers as a county has
    grids: Mapping[str, Grid | gpd.GeoDataFrame | gpd.GeoSeries],
    service_area: gpd.GeoDataFrame | gpd.GeoSeries,
    *,
    units: gpd.GeoDataFrame | None = None,
    outlets: gpd.GeoDataFrame | None = None,
    equipment: gpd.GeoDataFrame | None = None,
    staff: pd.DataFrame | None = None,
    roads: nx.Graph[Any] | None = None,
    online: pd.DataFrame | None = None,
    profile: str | Profile = "default",
    reach: float | Mapping[str, float] | Literal["profile"] | None = None,
    data_dates: Mapping[str, str] | None = None,
    banks: pd.DataFrame | None = None,
) -> Audit:
    """
    Lay the grids of several banks over each other.

    Parameters
    ----------
    grids
        By bank: a grid (it claims all of its cells) or polygons such as ``grid.reach(3000)``, which claim what they
        cover. A bank's polygons may have gaps and overlaps, and may be in any CRS, geographic ones included: they are
        brought into that of the area vertex by vertex, which the audit says.
    service_area
        The county, in a metric CRS.
    units
        ``unit_id``, geometry; ``population``, ``zone_class``, ``kind``, names and township where present.
    outlets, equipment
        Points with ``bank_id``; for concentration, access and service points.
    staff
        ``role``, ``bank_id``, ``cell_id``: cells without an officer become findings.
    roads
        Graph with ``x``, ``y`` in m on nodes and ``minutes`` on edges; `Audit.access` then gives travel times too.
    online
        ``unit_id``, ``bank_id``: where a bank serves online; `Audit.channels` and the report then count online and
        offline channels apart.
    profile
        Name of a rule profile, or the profile itself.
    reach
        If given, a grid claims only what lies within this service radius in m of its outlets: one number, one for each
        zone class, or "profile" for the radii of the profile. Polygons that are no grid claim what they cover.
    data_dates
        Date of each layer, such as ``{"outlets": "2026-06-30"}``; printed with every result.
    banks
        ``bank_id`` and ``name``, also ``short_name``, ``name_en``, ``short_name_en``: what page and workbook call the
        banks. Where it has no name, ``bank_name`` of the outlets is taken if all outlets of a bank agree.

    Returns
    -------
    audit
        Faces, flags, findings, figures. Areas add up to the county within 1e-9, people exactly.

    Raises
    ------
    InputError
        If a layer cannot be used; rows are named.
    CRSError
        If a CRS is missing, that of the service area is in degrees, that of units, outlets or equipment differs from
        it, or a grid lies nowhere near the area.

    Notes
    -----
    Everything is noded together once [1]_ and banks are counted by walking across edges, so that no face is judged by a
    point test and no overlay is repeated.

    References
    ----------
    .. [1] Hobby, J. D. (1999). Practical segment intersection with finite precision output.
       Computational Geometry 13(4), 199-214.

    Examples
    --------
    >>> import geopandas as gpd, gridpart as gp, shapely
    >>> area = gpd.GeoSeries([shapely.box(0, 0, 10, 10)], crs=4546)
    >>> west = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 6, 10)], crs=4546)
    >>> middle = gpd.GeoDataFrame(geometry=[shapely.box(4, 0, 9, 10)], crs=4546)
    >>> audit = gp.audit_grids({"A": west, "B": middle}, area)
    >>> audit.totals()[["flag", "area_m2"]].values.tolist()
    [['blank', 10.0], ['single', 70.0], ['shared', 20.0], ['excessive', 0.0]]
    """
    step("claims")
    rules = profiles.load(profile) if isinstance(profile, str) else profile
    area = area_of(service_area)
    radius = {zone: rules.reach(zone).value for zone in get_args(ZoneClass)} if reach == "profile" else reach
    audit_units = units_of(units, service_area)
    claims = claims_of(grids, service_area, reach=radius, units=audit_units)
    step("noding")
    pieces = cut_to_pieces(
        area,
        audit_units.polygons,
        claims,
        sliver_width_m=rules.audit.sliver_width_m.value,
        unit_ids=audit_units.table["unit_id"].tolist(),
    )
    step("faces")
    refinement = refine(pieces)
    ids = tuple(claim.bank_id for claim in claims)
    faces = faces_table(refinement, claims, audit_units, profile=rules, crs=service_area.crs)
    step("points")
    return Audit(
        faces=faces,
        area=area,
        banks=ids,
        profile=rules,
        units=audit_units,
        points=access_points(outlets, equipment, audit_units, crs=service_area.crs, profile=rules),
        equipment=equipment,
        roads=roads,
        outside_m2=dict(zip(ids, refinement.outside_m2.tolist(), strict=True)),
        doubled_m2=dict(zip(ids, refinement.doubled_m2.tolist(), strict=True)),
        digests={claim.bank_id: claim.digest for claim in claims},
        claims=claims,
        pieces=pieces,
        _unit_rows=audit_units.rows(),
        staff=staff,
        online=None if online is None else read_online(online, audit_units),
        data_dates={str(name): str(date) for name, date in sorted((data_dates or {}).items())},
        bank_names=bank_names_of(banks, outlets),
    )
