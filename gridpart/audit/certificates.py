"""Certificates of the banks' own grids: exact, or where not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from gridpart._typing import GeometryArray
from gridpart.audit.cell_faces import cell_name
from gridpart.audit.pieces import TOLERANCE_M
from gridpart.coverage import widths_of
from gridpart.partition import Certificate, certify
from gridpart.steps import counted, task

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit
    from gridpart.audit.claims import Claim


@task("certificates")
def certificates_of(audit: Audit) -> Mapping[str, Certificate]:
    """Return the certificate of each bank: that of its grid, or one made for its polygons."""
    area = gpd.GeoDataFrame(geometry=[audit.area], crs=audit.faces.crs)
    return {
        claim.bank_id: claim.grid.certificate if claim.grid is not None else certify(_cells(claim, area.crs), area)
        for claim in counted("certificates", audit.claims)
    }


def _cells(claim: Claim, crs: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"cell_id": np.array(claim.cell_ids, dtype=object)}, geometry=list(claim.polygons), crs=crs)


_NOISE_M = 10 * TOLERANCE_M
"""Width below which an overlap comes from noding, not from a drawing."""


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
    """Return where cells of one bank overlap each other within the area, in the order of banks, cells and places."""
    if not any(area > 0 for area in audit.doubled_m2.values()):
        return
    limit = audit.profile.audit.sliver_width_m.value
    together = _faces_of_several(audit)
    for bank, cells in sorted(together):
        joined = shapely.coverage_union_all(np.array(together[bank, cells], dtype=object))
        parts: GeometryArray = shapely.get_parts(joined)
        parts = parts[np.lexsort(shapely.bounds(parts).T)]
        for part, width in zip(parts, widths_of(parts).tolist(), strict=True):
            if width < _NOISE_M:
                continue
            yield OwnOverlap(bank, cells, float(shapely.area(part)), width, width < limit, part)


def _faces_of_several(audit: Audit) -> dict[tuple[str, tuple[str, ...]], list[shapely.Geometry]]:
    """Return the polygons on which a bank has several cells, by bank and those cells."""
    faces = audit.cell_faces
    known = {c.bank_id: {cell_name(c.bank_id, cell): cell for cell in c.cell_ids} for c in audit.claims}
    several = np.flatnonzero(faces["cells"].map(len) > faces["bank_count"])
    places: dict[tuple[str, tuple[str, ...]], list[shapely.Geometry]] = {}
    for row in several.tolist():
        cells, shape = faces["cells"].iloc[row], faces.geometry.iloc[row]
        for bank in faces["banks"].iloc[row]:
            own = tuple(known[bank][cell] for cell in cells if cell in known[bank])
            if len(own) > 1:
                places.setdefault((bank, own), []).append(shape)
    return places
