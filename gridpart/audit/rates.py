"""Coverage rates by area, population and number of units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from gridpart._typing import BoolArray, FloatArray, IntArray
from gridpart.audit.places import sums
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
    banks = audit.banks if "bank_id" in levels else ("",)
    served = audit.serves.T if "bank_id" in levels else [faces["bank_count"].to_numpy() > 0]
    others = [name for name in levels if name not in ("bank_id", "county")]
    names, group = _groups(faces, others)
    rows = [{"county": "county", "bank_id": bank, **name} for bank in banks for name in names]
    parts = [_rates(faces, mine, group, len(names)) for mine in served]
    columns: dict[str, object] = {name: [row[name] for row in rows] for name in levels}
    columns |= {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    table = pd.DataFrame(columns).sort_values(list(levels), kind="stable", ignore_index=True)
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


def _groups(faces: pd.DataFrame, levels: Sequence[str]) -> tuple[list[dict[str, str]], IntArray]:
    """Return the values of levels that occur together, sorted, and which of them each face has, shape (n_faces,)."""
    if not levels:
        return [{}], np.zeros(len(faces), dtype=np.int64)
    grouped = faces.groupby([faces[name].fillna("unknown").astype(str) for name in levels], sort=True)
    names = [dict(zip(levels, map(str, values), strict=True)) for values in grouped.size().index.to_frame().to_numpy()]
    number: IntArray = np.asarray(grouped.ngroup(), dtype=np.int64)
    return names, number


def _rates(faces: pd.DataFrame, served: BoolArray, group: IntArray, n_groups: int) -> dict[str, FloatArray | IntArray]:
    """Return the figures of each group of faces, shape (n_groups,)."""
    area, people = (faces[name].to_numpy(dtype=np.float64) for name in ("area_m2", "population"))
    known = np.bincount(group, weights=np.isfinite(people), minlength=n_groups) > 0
    all_people: FloatArray = np.where(known, _sums(people, group, n_groups), np.nan)
    totals: dict[str, tuple[FloatArray | IntArray, FloatArray | IntArray]] = {
        "area": (_sums(area[served], group[served], n_groups), _sums(area, group, n_groups)),
        "population": (_sums(people[served], group[served], n_groups), all_people),
        "units": _units_served(faces["unit_id"], np.where(served, area, 0.0), area, group=group, n_groups=n_groups),
    }
    figures: dict[str, FloatArray | IntArray] = {}
    for name, (part, whole) in totals.items():
        figures[f"served_{name}"] = part
        figures[f"total_{name}"] = whole
        rate: FloatArray = np.full(n_groups, np.nan)
        figures[f"{name}_rate"] = rate
        np.divide(part, whole, out=rate, where=whole != 0)
    return figures


def _sums(values: FloatArray, group: IntArray, n_groups: int) -> FloatArray:
    """Return the sum of the values of each group; what is not known counts nothing."""
    order = np.argsort(group, kind="stable")
    return sums(np.nan_to_num(values[order]), np.searchsorted(group[order], np.arange(n_groups + 1)))


def _units_served(
    unit: pd.Series, served: FloatArray, area: FloatArray, *, group: IntArray, n_groups: int
) -> tuple[IntArray, IntArray]:
    """Return how many units of each group are served, and how many there are."""
    number, names = pd.factorize(unit)
    parts = pd.DataFrame({"key": group * max(len(names), 1) + number, "total": area, "served": served})[number >= 0]
    units = parts.groupby("key").sum()
    owner = units.index.to_numpy(dtype=np.int64) // max(len(names), 1)
    is_served = (units["served"] >= SERVED_SHARE * units["total"]).to_numpy()
    return np.bincount(owner[is_served], minlength=n_groups), np.bincount(owner, minlength=n_groups)
