"""What a session edits: cells, outlets and faces as frozen records, and changes between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, TypeAlias

import shapely

Table: TypeAlias = Literal["label", "face", "cell", "outlet", "officer", "plan"]


@dataclass(frozen=True)
class CellRecord:
    """
    What is known of a cell beside its faces.

    Attributes
    ----------
    cell_id, bank_id, outlet_id, parent_id, level, kind
        As in `Grid.cells`.
    locked
        Whether edits of the cell are refused.
    further
        Other columns of the grid's cells, as pairs of name and value.
    """

    cell_id: str
    bank_id: str
    outlet_id: str | None = None
    parent_id: str | None = None
    level: int = 1
    kind: str = "physical"
    locked: bool = False
    further: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class OutletRecord:
    """
    An outlet that anchors a cell, or several outlets of one cell.

    Attributes
    ----------
    outlet_id, cell_id, zone_class
        As in `Grid.outlets`.
    x, y
        Place in m.
    """

    outlet_id: str
    cell_id: str
    zone_class: str | None
    x: float
    y: float

    @property
    def point(self) -> shapely.Point:
        """The place as a geometry."""
        return shapely.Point(self.x, self.y)


@dataclass(frozen=True)
class FaceRecord:
    """
    A face: the smallest piece of land that has a label.

    Attributes
    ----------
    polygon
        In m.
    unit_id
        Unit that it is, or is a piece of; None in a grid without units.
    demand
        What lives there, None if unknown.
    zone_class
        ``urban``, ``rural`` or None.
    """

    polygon: shapely.Geometry = field(compare=False)
    unit_id: str | None = None
    demand: float | None = None
    zone_class: str | None = None


@dataclass(frozen=True)
class Change:
    """
    One value before and after.

    Attributes
    ----------
    table
        ``label``: cell id of a face. ``face``: `FaceRecord`. ``cell``: `CellRecord`. ``outlet``: `OutletRecord`.
        ``officer``: cell id of an officer. ``plan``: status, version and the like.
    key
        Number of the face, cell id, outlet id, staff id, or name in the plan.
    before, after
        None where there is nothing.
    """

    table: Table
    key: int | str
    before: Any
    after: Any

    @property
    def inverse(self) -> Change:
        """The change that takes this one back."""
        return Change(self.table, self.key, self.after, self.before)


_RECORDS: Mapping[str, type] = {"cell": CellRecord, "outlet": OutletRecord, "face": FaceRecord}


def encode_changes(changes: Iterable[Change]) -> list[list[Any]]:
    """Return changes as JSON values; faces of one move between two cells share a line."""
    lines: list[list[Any]] = []
    for change in changes:
        last = lines[-1] if lines else None
        if change.table == "label" and last and last[0] == "label" and last[2:] == [change.before, change.after]:
            last[1].append(change.key)
        elif change.table == "label":
            lines.append(["label", [change.key], change.before, change.after])
        else:
            lines.append([change.table, change.key, _plain(change.before), _plain(change.after)])
    return lines


def decode_changes(lines: Iterable[list[Any]]) -> tuple[Change, ...]:
    """Return the changes that `encode_changes` wrote."""
    changes: list[Change] = []
    for table, key, before, after in lines:
        if table == "label":
            changes += [Change("label", int(face), before, after) for face in key]
        else:
            changes.append(Change(table, key, _record(table, before), _record(table, after)))
    return tuple(changes)


def _plain(value: Any) -> Any:  # noqa: ANN401 - a record or a JSON value
    if isinstance(value, FaceRecord):
        rest = {item.name: getattr(value, item.name) for item in fields(value) if item.name != "polygon"}
        return {"wkb": shapely.to_wkb(value.polygon, hex=True, byte_order=1), **rest}
    if isinstance(value, CellRecord):
        return {**asdict(value), "further": [list(pair) for pair in value.further]}
    return asdict(value) if isinstance(value, OutletRecord) else value


def _record(table: str, value: Any) -> Any:  # noqa: ANN401 - a record or a JSON value
    if value is None or table not in _RECORDS:
        return value
    if table == "face":
        rest = {name: item for name, item in value.items() if name != "wkb"}
        return FaceRecord(polygon=shapely.from_wkb(value["wkb"]), **rest)
    record = _RECORDS[table](**value)
    if isinstance(record, CellRecord):
        return replace(record, further=tuple((name, item) for name, item in record.further))
    return record
