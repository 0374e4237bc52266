"""Certificates of the banks' own grids: exact, or where not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from gridpart.partition import Certificate, certify

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit
    from gridpart.audit.claims import Claim


def certificates_of(audit: Audit) -> Mapping[str, Certificate]:
    """Return the certificate of each bank: that of its grid, or one made for its polygons."""
    area = gpd.GeoDataFrame(geometry=[audit.area], crs=audit.faces.crs)
    return {
        claim.bank_id: claim.grid.certificate if claim.grid is not None else certify(_cells(claim, area.crs), area)
        for claim in audit.claims
    }


def _cells(claim: Claim, crs: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"cell_id": np.array(claim.cell_ids, dtype=object)}, geometry=list(claim.polygons), crs=crs)


@dataclass(frozen=True, eq=False)
class OwnOverlap:
    """Cells of one bank that overlap each other; a sliver where narrower than the sliver width."""

    bank_id: str
    cell_ids: tuple[str, ...]
    area_m2: float
    width_m: float
    is_sliver: bool
    geometry: shapely.Geometry


def own_overlaps(audit: Audit) -> Iterator[OwnOverlap]:
    """Return where cells of one bank overlap each other, by its certificate, in the order of banks and places."""
    limit = audit.profile.audit.sliver_width_m.value
    for bank, certificate in audit.certificates.items():
        for row in certificate.overlaps.itertuples():
            if len(row.cell_ids) > 1:
                yield OwnOverlap(
                    bank, tuple(row.cell_ids), float(row.area_m2), float(row.width_m), row.width_m < limit, row.geometry
                )
