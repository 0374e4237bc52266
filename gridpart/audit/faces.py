"""The table of faces: which banks serve each piece of the county, and what the rules say of it."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart._typing import FloatArray
from gridpart.audit.claims import Claim
from gridpart.audit.refinement import Refinement
from gridpart.audit.rules import flag_faces
from gridpart.audit.units import AuditUnits
from gridpart.partition.apportion import share_by_weight
from gridpart.profiles import Profile


def faces_table(
    refinement: Refinement, claims: Sequence[Claim], units: AuditUnits, *, profile: Profile, crs: object
) -> gpd.GeoDataFrame:
    """
    Describe every face.

    Returns
    -------
    faces
        ``banks`` (tuple), ``bank_count``, ``flag``, ``reason``, ``zone_class``, ``unit_id``, ``township_id``,
        ``is_sliver``, ``area_m2``, ``population`` (people of the unit shared by area, whole where the unit's figure is
        whole; NaN where unknown), geometry.
    """
    names = np.array([claim.bank_id for claim in claims], dtype=object)
    count = refinement.served.sum(axis=1).astype(np.int64)
    banks = np.empty(len(count), dtype=object)
    banks[:] = [tuple(names[row]) for row in refinement.served]
    zone = units.text_at("zone_class", refinement.unit)
    flagged = flag_faces(count, zone, profile)
    return gpd.GeoDataFrame(
        {
            "banks": pd.Series(banks, dtype=object),
            "bank_count": count,
            "flag": pd.Series(flagged.flag, dtype=object),
            "reason": pd.Series(flagged.reason, dtype=object),
            "zone_class": pd.Series(zone, dtype=object),
            "unit_id": pd.Series(units.text_at("unit_id", refinement.unit), dtype=object),
            "township_id": pd.Series(units.text_at("township_id", refinement.unit), dtype=object),
            "is_sliver": refinement.is_sliver,
            "area_m2": refinement.areas,
            "population": _people(refinement, units),
        },
        geometry=refinement.polygons,
        crs=crs,
    )


def _people(refinement: Refinement, units: AuditUnits) -> FloatArray:
    """Share the people of each unit among its faces inside the service area."""
    people = np.full(len(refinement.unit), np.nan)
    inside = np.flatnonzero(refinement.unit >= 0)
    if len(inside):
        people[inside] = share_by_weight(units.population, refinement.unit[inside], refinement.areas[inside])
    return people
