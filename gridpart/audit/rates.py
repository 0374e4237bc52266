"""Coverage rates by area, population and number of units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from gridpart.errors import InputError

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit

Denominator = Literal["area", "population", "units"]
Level = Literal["county", "zone_class", "township_id", "unit_id", "bank_id"]

SERVED_SHARE = 0.5
"""A unit counts as served if at least this share of its area is; assumed, and said with every rate of units."""

_ALIASES = {"unit_count": "units", "unit": "units", "pop": "population"}


def coverage_rates(audit: Audit, by: str | None, level: str | None) -> pd.DataFrame:
    """Return the rates that `Audit.rates` documents."""
    denominator, level = _choose(by, level)
    faces = audit.faces
    if level == "bank_id":
        parts = [
            _rates(faces, faces["banks"].map(lambda banks, bank=bank: bank in banks), bank) for bank in audit.banks
        ]
        table = pd.DataFrame(parts)
    elif level == "county":
        table = pd.DataFrame([_rates(faces, faces["bank_count"] > 0, "county")])
    else:
        groups = faces.groupby(faces[level].fillna("unknown"), sort=True)
        table = pd.DataFrame([_rates(group, group["bank_count"] > 0, str(name)) for name, group in groups])
    table = table.rename(columns={"group": level})
    if denominator is None:
        return table
    return pd.DataFrame(
        {
            level: table[level],
            "served": table[f"served_{denominator}"],
            "total": table[f"total_{denominator}"],
            "coverage_rate": table[f"{denominator}_rate"],
        }
    )


def _choose(by: str | None, level: str | None) -> tuple[Denominator | None, str]:
    name = _ALIASES.get(by, by) if by is not None else None
    if name in get_args(Level) and level is None:
        return None, str(name)
    if name is not None and name not in get_args(Denominator):
        names = f"{', '.join(get_args(Denominator))}, or a level: {', '.join(get_args(Level))}"
        message = f"by is {by!r}; it must be one of {names}."
        raise InputError(message)
    if level is not None and level not in get_args(Level):
        message = f"level is {level!r}; it must be one of {', '.join(get_args(Level))}."
        raise InputError(message)
    return name, level or "county"  # type: ignore[return-value]  # checked above


def _rates(faces: pd.DataFrame, served: pd.Series, group: str) -> dict[str, object]:
    area, people = faces["area_m2"], faces["population"]
    by_unit = pd.DataFrame({"unit": faces["unit_id"], "total": area, "served": area.where(served, 0.0)})
    units = by_unit.dropna(subset=["unit"]).groupby("unit").sum()
    served_units = int((units["served"] >= SERVED_SHARE * units["total"]).sum())
    figures: dict[str, object] = {"group": group}
    totals = {
        "area": (float(area[served].sum()), float(area.sum())),
        "population": (float(people[served].sum()), float(people.sum(min_count=1))),
        "units": (served_units, len(units)),
    }
    for name, (part, whole) in totals.items():
        figures[f"served_{name}"] = part
        figures[f"total_{name}"] = whole
        figures[f"{name}_rate"] = part / whole if whole else np.nan
    return figures
