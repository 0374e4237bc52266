"""The project's table of outlets, its register: what a plan changes there on the day from which it is adopted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart.partition import Grid
from gridpart.studio.records import OutletRecord
from gridpart.studio.refusals import Refusal, named
from gridpart.tables import no_more, not_yet

Place: TypeAlias = tuple[float, float]
"""East and north in m."""

_SAME_PLACE_M = 1e-6


@dataclass(frozen=True)
class Entry:
    """
    What the register says of an outlet.

    Attributes
    ----------
    x, y
        Place in m, None without one.
    valid_from, valid_to
        Dates as text, None where blank.
    """

    x: float | None
    y: float | None
    valid_from: str | None
    valid_to: str | None


@dataclass(frozen=True)
class Former:
    """
    An outlet before the plan touched it.

    Attributes
    ----------
    place
        In the grid, None if it was not there.
    entry
        In the register, None if it was not there.
    """

    place: Place | None
    entry: Entry | None


@dataclass(frozen=True)
class Following:
    """
    What the register gets to know of a plan.

    Attributes
    ----------
    day
        From which the plan is in force.
    opened, closed, moved
        Ids of outlets, sorted.
    """

    day: date
    opened: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()

    @property
    def steps(self) -> dict[str, list[str]]:
        """The ids by what becomes of the outlets."""
        return {"opened": list(self.opened), "closed": list(self.closed), "moved": list(self.moved)}


@dataclass(frozen=True)
class Baseline:
    """
    Outlets as they were when a session began.

    Attributes
    ----------
    places
        Place of each outlet of the grid.
    entries
        The register.
    former
        Outlets that earlier sessions changed in the grid, and the register does not know of yet.
    """

    places: Mapping[str, Place]
    entries: Mapping[str, Entry]
    former: Mapping[str, Former]

    @classmethod
    def of(cls, grid: Grid, register: gpd.GeoDataFrame) -> Baseline:
        """Note grid and register as they are."""
        table = grid.outlets
        points = shapely.get_coordinates(np.asarray(table.geometry.array, dtype=object)).tolist()
        places = {str(name): (x, y) for name, (x, y) in zip(table["outlet_id"], points, strict=True)}
        former = {
            name: Former(
                None if told["place"] is None else (told["place"][0], told["place"][1]),
                None if told["entry"] is None else Entry(*told["entry"]),
            )
            for name, told in grid.provenance.get("outlets_changed", {}).items()
        }
        return cls(places, entries_of(register), former)

    def renewed(self, register: gpd.GeoDataFrame) -> Baseline:
        """Return the same with the register as it is now: what changed there meanwhile is known from now on."""
        entries = entries_of(register)
        former = {name: Former(before.place, entries.get(name)) for name, before in self.former.items()}
        return Baseline(self.places, entries, former)

    def changed(self, outlets: Mapping[str, OutletRecord]) -> dict[str, Former]:
        """Return the outlets that the plan has opened, closed or moved, sorted by id, as they were before."""
        found = {}
        for name in sorted({*self.places, *self.former, *outlets}):
            before = self.former.get(name, Former(self.places.get(name), self.entries.get(name)))
            record = outlets.get(name)
            if before.place != (None if record is None else (record.x, record.y)):
                found[name] = before
        return found


def encode_former(changed: Mapping[str, Former]) -> dict[str, Any]:
    """Return what `Baseline.of` reads from a provenance."""
    return {
        name: {
            "place": None if before.place is None else list(before.place),
            "entry": None if before.entry is None else list(astuple(before.entry)),
        }
        for name, before in changed.items()
    }


def entries_of(register: gpd.GeoDataFrame) -> dict[str, Entry]:
    """Return what a register says of each outlet."""
    columns = [_texts(register, "valid_from"), _texts(register, "valid_to")]
    rows = zip(_ids(register), register.geometry, *columns, strict=True)
    return {name: Entry(*_place(point), since, until) for name, point, since, until in rows}


def banks_of(register: gpd.GeoDataFrame) -> dict[str, str]:
    """Return whose each outlet is."""
    ids = _ids(register)
    return dict(zip(ids, register["bank_id"].astype(str), strict=True)) if ids else {}


def _ids(register: gpd.GeoDataFrame) -> list[str]:
    return register["outlet_id"].astype(str).tolist() if "outlet_id" in register.columns else []


def _texts(register: gpd.GeoDataFrame, column: str) -> list[str | None]:
    if column not in register.columns:
        return [None] * len(register)
    return [None if pd.isna(value) or value == "" else str(value)[:10] for value in register[column].tolist()]


def _place(point: shapely.Geometry | None) -> tuple[float | None, float | None]:
    if point is None or point.is_empty:
        return None, None
    middle = point.centroid
    return float(middle.x), float(middle.y)


def following(
    baseline: Baseline,
    outlets: Mapping[str, OutletRecord],
    register: gpd.GeoDataFrame,
    *,
    bank_id: str | None,
    day: date,
) -> Following:
    """
    Find what a register gets to know of a plan; what it says already is left as it is.

    Parameters
    ----------
    baseline
        Of the session.
    outlets
        Of the plan.
    register
        As it is now.
    bank_id
        Whose outlets; None if the grid is of several banks.
    day
        From which the plan is in force.

    Raises
    ------
    EditRefused
        If an id stands there for another outlet, an outlet is not there, was changed there since the plan began, or is
        not open on that day; or the bank of a new outlet is not known.
    """
    facts = _Register(register, day)
    changed = baseline.changed(outlets)
    facts.require_once({*outlets, *changed})
    opened = [name for name, before in changed.items() if before.place is None]
    fresh = [name for name in opened if not facts.has(outlets[name], bank_id)]
    facts.require_free(fresh, outlets)
    if fresh and bank_id is None:
        raise Refusal(outlets[fresh[0]].point, key="no_bank", outlets=named(fresh))
    facts.require_there([name for name in changed if name not in opened], outlets)
    closed = [name for name in changed if name not in outlets and not facts.is_closed(name)]
    moved = [name for name in changed if name not in opened and name in outlets]
    moved = [name for name in moved if not facts.has(outlets[name], bank_id)]
    facts.require_same({*outlets, *changed}, baseline.entries)
    facts.require_same([*closed, *moved], {name: before.entry for name, before in changed.items() if before.entry})
    facts.require_open_before([*closed, *moved])
    facts.require_open([name for name in outlets if name not in fresh])
    facts.require_free([former_id(name, day) for name in moved], {})
    return Following(day, tuple(fresh), tuple(closed), tuple(moved))


def former_id(outlet_id: str, day: date) -> str:
    """Return the id under which the former place of an outlet that moved stays in the register."""
    return f"{outlet_id}-until-{day.isoformat()}"


class _Register:
    """The register on the day of an adoption."""

    def __init__(self, table: gpd.GeoDataFrame, day: date) -> None:
        self.day = day
        self.ids = _ids(table)
        self.entries = entries_of(table)
        self.banks = banks_of(table)
        self.later = self._named(not_yet(table, day, name="outlets"))
        self.as_late = self._named(not_yet(table, day - timedelta(days=1), name="outlets"))
        self.closed = self._named(no_more(table, day, name="outlets"))

    def _named(self, chosen: Iterable[bool]) -> set[str]:
        return {name for name, is_chosen in zip(self.ids, chosen, strict=True) if is_chosen}

    def has(self, record: OutletRecord, bank_id: str | None) -> bool:
        """Tell whether an outlet stands there as the plan has it."""
        entry = self.entries.get(record.outlet_id)
        if entry is None or entry.x is None or entry.y is None:
            return False
        if bank_id is not None and self.banks[record.outlet_id] != bank_id:
            return False
        near = max(abs(entry.x - record.x), abs(entry.y - record.y)) <= _SAME_PLACE_M
        return near and record.outlet_id not in self.later | self.closed

    def is_closed(self, name: str) -> bool:
        """Tell whether an outlet is closed on the day anyway."""
        return name in self.closed

    def require_once(self, names: Iterable[str]) -> None:
        """Refuse ids that stand for several outlets."""
        found = sorted(name for name in names if self.ids.count(name) > 1)
        if found:
            raise Refusal(key="register_twice", outlets=named(found))

    def require_free(self, names: Iterable[str], outlets: Mapping[str, OutletRecord]) -> None:
        """Refuse new ids that stand for an outlet already."""
        for name in names:
            if name in self.entries:
                place = outlets[name].point if name in outlets else None
                raise Refusal(place, key="register_taken", outlet=name, bank=self.banks[name])

    def require_there(self, names: Iterable[str], outlets: Mapping[str, OutletRecord]) -> None:
        """Refuse outlets that are not there."""
        missing = [name for name in names if name not in self.entries]
        if missing:
            place = outlets[missing[0]].point if missing[0] in outlets else None
            raise Refusal(place, key="register_lacks", outlets=named(missing))

    def require_same(self, names: Iterable[str], before: Mapping[str, Entry]) -> None:
        """Refuse outlets of which it says something else than before."""
        changed = sorted(name for name in names if self.entries.get(name) != before.get(name))
        if changed:
            entry = self.entries.get(changed[0])
            place = None if entry is None or entry.x is None else shapely.Point(entry.x, entry.y)
            raise Refusal(place, key="register_changed", outlets=named(changed))

    def require_open_before(self, names: Iterable[str]) -> None:
        """Refuse outlets that open on the day at the earliest: they cannot have closed, or moved, by then."""
        self._require_none(sorted(self.as_late.intersection(names)), "opens_later")

    def require_open(self, names: Iterable[str]) -> None:
        """Refuse outlets of the plan that are not open on the day."""
        known = set(names)
        self._require_none(sorted(self.later & known), "opens_later")
        self._require_none(sorted(self.closed & known), "closed_by_then")

    def _require_none(self, found: list[str], key: str) -> None:
        if found:
            entry = self.entries[found[0]]
            place = None if entry.x is None else shapely.Point(entry.x, entry.y)
            values = {"outlets": named(found), "since": entry.valid_from, "until": entry.valid_to}
            raise Refusal(place, key=key, date=self.day.isoformat(), **values)
