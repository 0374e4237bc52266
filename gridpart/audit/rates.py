"""Coverage rates by area, population and number of units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from gridpart.audit.rules import FLAGS
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit

say = messages("audit")

Denominator = Literal["area", "population", "units"]
Level = Literal["county", "zone_class", "township_id", "unit_id", "bank_id"]

SERVED_SHARE = 0.5
"""A unit counts as served if at least this share of its area is; assumed, and said with every rate of units."""

_ALIASES = {"unit_count": "units", "unit": "units", "pop": "population"}


def totals(audit: Audit) -> pd.DataFrame:
    """Return the table that `Audit.totals` documents."""
    sums = audit.faces.groupby("flag")[["area_m2", "population"]].sum().reindex(list(FLAGS), fill_value=0.0)
    for name in ("area", "population"):
        column = "area_m2" if name == "area" else name
        total = sums[column].sum()
        sums[f"{name}_share"] = sums[column] / total if total else float("nan")
    if not audit.units.has_population:
        sums[["population", "population_share"]] = float("nan")
    table: pd.DataFrame = sums[["area_m2", "area_share", "population", "population_share"]].reset_index()
    return table


def coverage_rates(audit: Audit, by: str | None, level: str | Sequence[str] | None) -> pd.DataFrame:
    """Return the rates that `Audit.rates` documents."""
    denominator, levels = _choose(by, level)
    faces = audit.faces
    if "bank_id" in levels:
        members = {bank: faces["banks"].map(lambda banks, bank=bank: bank in banks) for bank in audit.banks}
    else:
        members = {"": faces["bank_count"] > 0}
    others = [name for name in levels if name not in ("bank_id", "county")]
    groups: list[tuple[tuple[str, ...], pd.DataFrame]] = [((), faces)]
    if others:
        keys = [faces[name].fillna("unknown").astype(str) for name in others]
        groups = [(tuple(map(str, name)), group) for name, group in faces.groupby(keys, sort=True)]
    rows = []
    for bank, served in members.items():
        for names, group in groups:
            place = {"county": "county", "bank_id": bank, **dict(zip(others, names, strict=True))}
            rows.append({**{name: place[name] for name in levels}, **_rates(group, served[group.index])})
    table = pd.DataFrame(rows).sort_values(list(levels), kind="stable", ignore_index=True)
    if denominator is None:
        return table
    columns = {name: table[name] for name in levels}
    columns |= {"served": table[f"served_{denominator}"], "total": table[f"total_{denominator}"]}
    return pd.DataFrame({**columns, "coverage_rate": table[f"{denominator}_rate"]})


def _choose(by: str | None, level: str | Sequence[str] | None) -> tuple[Denominator | None, tuple[str, ...]]:
    name = _ALIASES.get(by, by) if by is not None else None
    if name in get_args(Level) and level is None:
        return None, (str(name),)
    if name is not None and name not in get_args(Denominator):
        raise InputError(
            say(
                "by is {by!r}; it must be one of {denominators}, or a level: {levels}.",
                by=by,
                denominators=Joined(get_args(Denominator)),
                levels=Joined(get_args(Level)),
            )
        )
    levels = ("county",) if level is None else (level,) if isinstance(level, str) else tuple(level)
    unknown = [item for item in levels if item not in get_args(Level)]
    if unknown or not levels or len(set(levels)) < len(levels):
        raise InputError(
            say(
                "level is {level!r}; it must be one or several, each once, of {levels}.",
                level=level,
                levels=Joined(get_args(Level)),
            )
        )
    return name, levels  # type: ignore[return-value]  # checked above


def _rates(faces: pd.DataFrame, served: pd.Series) -> dict[str, object]:
    area, people = faces["area_m2"], faces["population"]
    by_unit = pd.DataFrame({"unit": faces["unit_id"], "total": area, "served": area.where(served, 0.0)})
    units = by_unit.dropna(subset=["unit"]).groupby("unit").sum()
    served_units = int((units["served"] >= SERVED_SHARE * units["total"]).sum())
    figures: dict[str, object] = {}
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
