"""Where two audits differ on the ground: places whose banks changed, and units that lost service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart._typing import GeometryArray, IntArray
from gridpart.audit.pieces import TOLERANCE_M
from gridpart.audit.rates import SERVED_SHARE
from gridpart.coverage import arrange

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit
    from gridpart.profiles import Threshold


def changed_places(before: Audit, after: Audit) -> gpd.GeoDataFrame:
    """Return the land on which the set of banks changed, see `AuditComparison.changed`."""
    audits = (before, after)
    noded = arrange([_shapes(audit) for audit in audits], tolerance=TOLERANCE_M)
    sets = [_bank_sets(audit, noded.labels[:, side]) for side, audit in enumerate(audits)]
    differs = np.array([one != two for one, two in zip(*sets, strict=True)], dtype=np.bool_)
    unit = _units(after, noded.labels[:, 1])
    keys = [(str(unit[row] or ""), sets[0][row], sets[1][row]) if differs[row] else None for row in range(len(differs))]
    names = sorted({key for key in keys if key is not None})
    number = {key: row for row, key in enumerate(names)}
    labels = np.array([-1 if key is None else number[key] for key in keys], dtype=np.int64)
    _, polygons = noded.coverage.dissolve(labels)
    area = np.bincount(labels[differs], weights=noded.coverage.areas[differs], minlength=len(names))
    table = pd.DataFrame(
        {
            "unit_id": pd.Series([key[0] or None for key in names], dtype=object),
            "banks_before": pd.Series([key[1] for key in names], dtype=object),
            "banks_after": pd.Series([key[2] for key in names], dtype=object),
            "gained": pd.Series([tuple(sorted(set(key[2]) - set(key[1]))) for key in names], dtype=object),
            "lost": pd.Series([tuple(sorted(set(key[1]) - set(key[2]))) for key in names], dtype=object),
            "area_m2": area,
        }
    )
    return gpd.GeoDataFrame(table, geometry=polygons, crs=after.faces.crs)


def _shapes(audit: Audit) -> GeometryArray:
    return np.asarray(audit.faces.geometry.array, dtype=object)


def _bank_sets(audit: Audit, rows: IntArray) -> list[tuple[str, ...]]:
    banks = [*audit.faces["banks"], ()]
    return [banks[row] for row in rows.tolist()]


def _units(audit: Audit, rows: IntArray) -> list[str | None]:
    units = [*audit.faces["unit_id"], None]
    return [units[row] for row in rows.tolist()]


def service_loss(before: Audit, after: Audit) -> pd.DataFrame:
    """Return the alerts that `AuditComparison.service_loss` documents, by the rules of the later audit."""
    least = after.profile.audit.min_banks_lost
    rows: list[dict[str, object]] = []
    banks = [_banks_by_unit(audit) for audit in (before, after)]
    points = [_points_by_unit(audit) for audit in (before, after)]
    for unit in sorted(set(banks[0]) & set(banks[1])):
        had, has = banks[0][unit], banks[1][unit]
        if had and not has:
            rows.append(_alert(after, unit, "became_blank", values=(len(had), 0), banks=sorted(had)))
        elif len(had - has) >= max(least.value, 1):
            lost, left = sorted(had - has), (len(had), len(has))
            rows.append(_alert(after, unit, "banks_lost", values=left, banks=lost, limit=least))
        was, now = points[0].get(unit, 0), points[1].get(unit, 0)
        if before.points is not None and after.points is not None and was > 0 and now == 0:
            rows.append(_alert(after, unit, "last_point_lost", values=(was, now), banks=[]))
    columns = ["unit_id", "name", "township_id", "rule", "value_before", "value_after", "banks", "limit", "assumed"]
    return pd.DataFrame(rows, columns=columns)


def _alert(
    audit: Audit, unit: str, rule: str, *, values: tuple[int, int], banks: list[str], limit: Threshold | None = None
) -> dict[str, object]:
    """Describe one loss; without a limit of the profile the loss of the last one counts."""
    place = audit.unit_row(unit)
    return {
        "unit_id": unit,
        "name": place.get("name"),
        "township_id": place.get("township_id"),
        "rule": rule,
        "value_before": values[0],
        "value_after": values[1],
        "banks": tuple(banks),
        "limit": 1.0 if limit is None else limit.value,
        "assumed": limit is not None and limit.assumed,
    }


def _banks_by_unit(audit: Audit) -> dict[str, set[str]]:
    """Return the banks that serve at least half of each unit."""
    faces = audit.faces.dropna(subset=["unit_id"])
    total = faces.groupby("unit_id")["area_m2"].sum()
    served: dict[str, set[str]] = {str(unit): set() for unit in total.index}
    parts = pd.DataFrame({"unit": faces["unit_id"], "bank": faces["banks"], "area": faces["area_m2"]})
    parts = parts.explode("bank").dropna(subset=["bank"])
    area = parts.groupby(["unit", "bank"], sort=True)["area"].sum().reset_index()
    for unit, bank, size in area.itertuples(index=False):
        if size >= SERVED_SHARE * total[unit]:
            served[str(unit)].add(str(bank))
    return served


def _points_by_unit(audit: Audit) -> dict[str, int]:
    if audit.points is None:
        return {}
    return {str(unit): int(number) for unit, number in audit.points["unit_id"].dropna().value_counts().items()}
