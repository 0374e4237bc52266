"""How the banks shown serve the land and the people, from the audit of their grids."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart._typing import IntArray, ZoneClass
from gridpart.atlas.register import Register
from gridpart.audit import Audit, audit_grids
from gridpart.audit.rates import SERVED_SHARE

if TYPE_CHECKING:
    from gridpart.project import Project


@dataclass(frozen=True)
class Service:
    """
    The audit, confined to the scope of the atlas.

    Attributes
    ----------
    register
        What is shown.
    audit
        Of the banks shown, on the whole county.
    by_reach
        Whether a bank serves what lies within its service radius (else the whole of its cells).
    """

    register: Register
    audit: Audit
    by_reach: bool

    @cached_property
    def faces(self) -> gpd.GeoDataFrame:
        """Faces of the audit in the scope."""
        faces = self.audit.faces
        township = self.register.scope.township_id
        return faces if township is None else faces[faces["township_id"] == township].reset_index(drop=True)

    @cached_property
    def unit_rows(self) -> IntArray:
        """Rows of the register's units in the scope."""
        units, township = self.register.units, self.register.scope.township_id
        inside = (
            np.ones(len(units), dtype=np.bool_) if township is None else (units["township_id"] == township).to_numpy()
        )
        return np.flatnonzero(inside)

    @cached_property
    def is_served(self) -> pd.Series:
        """Whether any bank serves enough of each unit, by unit id: the rule of `Audit.rates`."""
        faces = self.audit.faces
        area = faces["area_m2"]
        sums = pd.DataFrame(
            {"unit_id": faces["unit_id"], "total": area, "served": area.where(faces["bank_count"] > 0, 0.0)}
        )
        by_unit = sums.dropna(subset=["unit_id"]).groupby("unit_id").sum()
        return by_unit["served"] >= SERVED_SHARE * by_unit["total"]

    @cached_property
    def unserved(self) -> gpd.GeoDataFrame:
        """Units in the scope that no bank serves, those with most people first."""
        units = self.register.units.iloc[self.unit_rows]
        blank = units[~units["unit_id"].map(self.is_served).fillna(value=True).astype(bool)]
        return blank.sort_values(["population", "unit_id"], ascending=[False, True]).reset_index(drop=True)

    def units(self, zone: ZoneClass | None) -> gpd.GeoDataFrame:
        """Units in the scope, of a class or of both."""
        units = self.register.units.iloc[self.unit_rows]
        return units if zone is None else units[units["zone_class"] == zone]

    def land(self, zone: ZoneClass | None, *, blank: bool = False) -> pd.DataFrame:
        """Faces in the scope, of a class or of both; only those that no bank serves if `blank`."""
        faces = self.faces
        chosen = faces if zone is None else faces[faces["zone_class"] == zone]
        return pd.DataFrame(chosen[chosen["flag"] == "blank"] if blank else chosen)


def service_of(register: Register, project: Project) -> Service:
    """Audit the banks shown, by the radii of the profile where outlets are known, else by whole cells."""
    by_reach = all(len(grid.outlets) for grid in register.grids.values())
    audit = audit_grids(
        register.grids,
        register.service_area,
        units=None if register.units.empty else register.units,
        profile=project.profile,
        reach="profile" if by_reach else None,
    )
    return Service(register=register, audit=audit, by_reach=by_reach)
