"""Equipment at two dates: what came, what went, what moved. Every row of both dates is in exactly one line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from gridpart._typing import FloatArray, GeometryArray, Language
from gridpart.arguments import checked
from gridpart.atlas._places import has_place, text_column
from gridpart.atlas._same_place import address_key, name_key
from gridpart.errors import InputError
from gridpart.geo import require_metric, require_same_crs
from gridpart.i18n import Joined, messages
from gridpart.steps import task

if TYPE_CHECKING:
    from gridpart.viewer import MapDocument

say = messages("atlas")

Change: TypeAlias = Literal["kept", "moved", "readdressed", "removed", "added"]

MOVED_M = 250.0
"""A machine whose address is the same counts as moved when its place is farther off than this."""

SAME_PLACE_M = 60.0
"""Machines of one bank and kind this near to each other are one, whatever their addresses say."""

_COLUMNS = (
    "change", "bank_id", "kind", "before_id", "after_id", "before_address", "after_address", "distance_m", "geometry",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class EquipmentChanges:
    """
    What became of the equipment between two dates.

    Attributes
    ----------
    table
        One line for each machine: ``change``, ``bank_id`` and ``kind`` (of the later date where there is one), ids and
        addresses at both dates, ``distance_m`` between the places, and the later place, or the earlier one of a machine
        that is gone; None without coordinates.
    n_before, n_after
        Rows at the two dates.
    """

    table: gpd.GeoDataFrame
    n_before: int
    n_after: int

    @property
    def counts(self) -> dict[Change, int]:
        """Number of lines of each change: kept + moved + readdressed + removed are the earlier rows."""
        found = self.table["change"].value_counts()
        order: tuple[Change, ...] = ("kept", "moved", "readdressed", "removed", "added")
        return {change: int(found.get(change, 0)) for change in order}

    def by_bank(self) -> pd.DataFrame:
        """Return for each bank the numbers of each change, and of machines before and after."""
        table = pd.crosstab(self.table["bank_id"].fillna(""), self.table["change"])
        table = table.reindex(columns=list(self.counts), fill_value=0)
        stayed = table["kept"] + table["moved"] + table["readdressed"]
        table.insert(0, "before", stayed + table["removed"])
        table["after"] = stayed + table["added"]
        return table.rename_axis("bank_id", axis=0).rename_axis(None, axis=1)

    def alias_suggestions(self) -> pd.DataFrame:
        """Return pairs of names among what came and went that may mean one bank; nothing is merged by itself."""
        from gridpart.audit.bank_names import similar_names

        loose = self.table[self.table["change"].isin(["added", "removed"])]
        return similar_names(sorted(set(loose["bank_id"].dropna())))

    @checked
    def document(self, service_area: gpd.GeoDataFrame, *, lang: Language = "zh-Hans") -> MapDocument:
        """Return a page with the changes on a map and in a table."""
        from gridpart.atlas._snapshot_page import snapshot_document

        return snapshot_document(self, service_area, lang=lang)

    @checked
    def save(self, path: str | Path, service_area: gpd.GeoDataFrame, *, lang: Language = "zh-Hans") -> Path:
        """Write the page of `document` to a file."""
        return self.document(service_area, lang=lang).save(path)

    def __repr__(self) -> str:
        """Show the numbers."""
        numbers = ", ".join(f"{number} {change}" for change, number in self.counts.items())
        return f"<EquipmentChanges {self.n_before} to {self.n_after}: {numbers}>"

    def _repr_html_(self) -> str:
        return str(self.by_bank().to_html(escape=True))


@checked
@task("compare_equipment")
def compare_equipment(
    before: gpd.GeoDataFrame,
    after: gpd.GeoDataFrame,
    *,
    bank_aliases: Mapping[str, str] | None = None,
    address_aliases: Mapping[str, str] | None = None,
    moved_m: float = MOVED_M,
    same_place_m: float = SAME_PLACE_M,
) -> EquipmentChanges:
    """
    Compare two lists of equipment, by institution and address: ids of two lists need not mean the same machines.

    Machines of one bank, kind and address are paired as far as the numbers go, the nearest first. What is left of a
    bank and kind is paired by place within `same_place_m`. The rest came or went.

    Parameters
    ----------
    before, after
        Tables with ``equipment_id``, ``bank_id`` (or the institution's name), ``address``, perhaps ``city`` and
        ``kind``, and points in one CRS whose unit is the metre; rows without a point are compared by address alone.
    bank_aliases
        Names by which a bank goes, to the name it shall have: ``{"M&T Bank": "Manufacturers and Traders Trust"}``.
    address_aliases
        The same for addresses that spelling alone cannot tell are one.
    moved_m, same_place_m
        In m.

    Returns
    -------
    changes
        Every row of both tables in exactly one line.

    Raises
    ------
    InputError
        If a table has no ``bank_id`` or no ``address``.
    CRSError
        If the tables are not in one metric CRS.
    """
    for table, name in ((before, "before"), (after, "after")):
        missing = [column for column in ("equipment_id", "bank_id", "address") if column not in table.columns]
        if missing:
            raise InputError(
                say(
                    "{name}: no column {columns}; equipment is compared by bank and address. Nothing done.",
                    name=name,
                    columns=Joined(missing),
                )
            )
        require_metric(table, name=name)
    require_same_crs(before, after, names=("before", "after"))
    old = _Side(before, bank_aliases or {}, address_aliases or {})
    new = _Side(after, bank_aliases or {}, address_aliases or {})
    pairs = _paired(old, new, key="address", within=None)
    pairs += _paired(old, new, key="owner", within=same_place_m)
    rows = [_line(old, new, one, other, moved_m=moved_m) for one, other in sorted(pairs)]
    rows += [_line(old, new, one, None, moved_m=moved_m) for one in old.loose]
    rows += [_line(old, new, None, other, moved_m=moved_m) for other in new.loose]
    table = gpd.GeoDataFrame(pd.DataFrame(rows, columns=list(_COLUMNS)), geometry="geometry", crs=before.crs)
    return EquipmentChanges(table, len(before), len(after))


class _Side:
    """One of the two tables: keys, places, and the rows that are not paired yet."""

    def __init__(self, table: gpd.GeoDataFrame, banks: Mapping[str, str], addresses: Mapping[str, str]) -> None:
        rows = table.reset_index(drop=True)
        self.ids, self.banks = _texts(rows, "equipment_id"), _texts(rows, "bank_id")
        self.addresses, self.kinds = _texts(rows, "address"), _texts(rows, "kind")
        bank_of = {name_key(name): name_key(known) for name, known in banks.items()}
        place_of = {address_key(name): address_key(known) for name, known in addresses.items()}
        cities = map(name_key, _texts(rows, "city"))
        keys = [name_key(bank) for bank in self.banks]
        streets = [address_key(address) for address in self.addresses]
        self.owner: list[Hashable] = [(bank_of.get(key, key), kind) for key, kind in zip(keys, self.kinds, strict=True)]
        self.address: list[Hashable] = [
            (owner, place_of.get(street, street), city)
            for owner, street, city in zip(self.owner, streets, cities, strict=True)
        ]
        self.there = has_place(rows)
        self.points: FloatArray = np.full((len(rows), 2), np.nan)
        shapes: GeometryArray = np.asarray(rows.geometry.array, dtype=object)
        self.points[self.there] = shapely.get_coordinates(shapely.centroid(shapes[self.there]))
        self.loose = list(range(len(rows)))

    def groups(self, key: str) -> dict[Hashable, list[int]]:
        """Return the loose rows by a key."""
        found: dict[Hashable, list[int]] = defaultdict(list)
        keys: list[Hashable] = getattr(self, key)
        for row in self.loose:
            found[keys[row]].append(row)
        return found


def _texts(table: pd.DataFrame, name: str) -> list[str]:
    return [value or "" for value in text_column(table, name)]


def _paired(old: _Side, new: _Side, *, key: str, within: float | None) -> list[tuple[int, int]]:
    """Pair loose rows of one key, the nearest first, and those without a place last, in the order of the tables."""
    pairs = []
    others = new.groups(key)
    for value, mine in old.groups(key).items():
        theirs = others.get(value, [])
        if theirs:
            pairs += _nearest_first(old, new, mine, theirs, within)
    taken_old, taken_new = {one for one, _other in pairs}, {other for _one, other in pairs}
    old.loose = [row for row in old.loose if row not in taken_old]
    new.loose = [row for row in new.loose if row not in taken_new]
    return pairs


def _nearest_first(
    old: _Side, new: _Side, mine: list[int], theirs: list[int], within: float | None
) -> list[tuple[int, int]]:
    placed, targets = [row for row in mine if old.there[row]], [row for row in theirs if new.there[row]]
    candidates: list[tuple[float, int, int]] = []
    if placed and targets:
        distance = cKDTree(old.points[placed]).sparse_distance_matrix(
            cKDTree(new.points[targets]), np.inf if within is None else within, output_type="coo_matrix"
        )
        candidates = [
            (float(d), placed[i], targets[j]) for d, i, j in zip(distance.data, distance.row, distance.col, strict=True)
        ]
    if within is None:
        blank = [row for row in mine if not old.there[row]], [row for row in theirs if not new.there[row]]
        candidates += [(np.inf, i, j) for i in mine for j in theirs if i in blank[0] or j in blank[1]]
    pairs, used_old, used_new = [], set(), set()
    for _distance, one, other in sorted(candidates):
        if one not in used_old and other not in used_new:
            pairs.append((one, other))
            used_old.add(one)
            used_new.add(other)
    return pairs


def _line(old: _Side, new: _Side, one: int | None, other: int | None, *, moved_m: float) -> tuple[object, ...]:
    before, after = (old, one) if one is not None else None, (new, other) if other is not None else None
    side, row = after or before or (old, 0)
    distance = float("nan")
    change: Change = "added" if before is None else "removed"
    if one is not None and other is not None:
        distance = float(np.hypot(*(old.points[one] - new.points[other])))
        same_address = old.address[one] == new.address[other]
        change = ("moved" if distance > moved_m else "kept") if same_address else "readdressed"
    x, y = side.points[row]
    return (
        change, side.banks[row] or None, side.kinds[row] or None,
        None if one is None else old.ids[one], None if other is None else new.ids[other],
        None if one is None else old.addresses[one], None if other is None else new.addresses[other],
        distance, shapely.Point(x, y) if np.isfinite(x) else None,
    )  # fmt: skip
