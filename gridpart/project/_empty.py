"""Tables without rows, with the columns they will have."""

from __future__ import annotations

from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.tables import CONTRACTS

_OWN_COLUMNS = MappingProxyType(
    {
        "banks": ("bank_id", "name", "name_en", "short_name"),
        "ledger": ("cell_id", "bank_id", "segment", "total", "on_file"),
        "history": ("at", "who", "what"),
        "records": ("record_id", "kind", "schema_version", "cell_id", "date"),
        "customers": ("customer_id", "bank_id", "segment", "cell_id", "unit_id", "reason"),
        "members": ("group_id", "group_name", "kind", "bank_id", "customer_id"),
        "kpis": ("cell_id", "indicator", "period", "value"),
        "changes": ("at", "who", "role", "record_id", "column", "before", "after", "reason"),
        "workstations": ("workstation_id", "unit_id", "status"),
        "social_officers": ("social_officer_id", "unit_id"),
        "organisation": ("org_id", "parent_id", "kind", "name"),
        "documents": ("document_id", "bank_id", "cell_id", "kind", "date", "expiry"),
        "exceptions": ("exception_id", "bank_id", "cell_id", "reason", "agreed_by", "valid_from", "valid_to"),
    }
)
_NUMPY_TYPES = MappingProxyType({"count": "float64", "number": "float64", "date": "datetime64[ns]", "flag": "bool"})


def empty_layer(kind: str) -> gpd.GeoDataFrame:
    """Return a layer of the kind without rows and, for now, without CRS."""
    return gpd.GeoDataFrame(_columns(kind), geometry=gpd.GeoSeries([]))


def empty_table(kind: str) -> pd.DataFrame:
    """Return a table of the kind without rows."""
    return pd.DataFrame(_columns(kind))


def _columns(kind: str) -> dict[str, np.ndarray]:
    if kind in _OWN_COLUMNS:
        return {name: np.empty(0, dtype=object) for name in _OWN_COLUMNS[kind]}
    return {rule.name: np.empty(0, dtype=_NUMPY_TYPES.get(rule.holds, "object")) for rule in CONTRACTS[kind].columns}
