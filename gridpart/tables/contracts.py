"""The columns of each table: names, what they hold, which are required, which values are allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gridpart.errors import InputError
from gridpart.i18n import Joined, messages

say = messages("tables")

Holds = Literal["text", "choice", "count", "number", "date", "flag"]
Shape = Literal["point", "polygon", "line"]

_MOST_PEOPLE = 100_000_000.0  # no unit holds more; larger figures are typing errors or lost separators
_MOST_METRES = 10_000_000.0
_MOST_MINUTES = 100_000.0


@dataclass(frozen=True)
class ColumnRule:
    """
    What one column holds.

    Attributes
    ----------
    name
        Canonical name.
    holds
        "text" (ids too: always text), "choice" (one of `choices`), "count" (whole number),
        "number", "date" (datetime64) or "flag" (true or false).
    required
        True if the table is of no use without it.
    choices
        Allowed codes of a choice.
    most
        Largest believable number, in `unit`; the smallest is 0.
    unit
        Unit of a number: "people", "households", "m", "min", "m2".
    refuse_unknown
        True if a row with a code outside `choices` is rejected; otherwise the value is blanked and reported.
    """

    name: str
    holds: Holds = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    most: float = _MOST_PEOPLE
    unit: str = ""
    refuse_unknown: bool = False


@dataclass(frozen=True)
class TableContract:
    """
    What one table holds.

    Attributes
    ----------
    kind
        Name of the table.
    id_column
        Column whose text identifies a row; no value may repeat.
    columns
        Rules of the columns in canonical order, geometry apart.
    shape
        What the geometry must be, or None for a table without one.
    """

    kind: str
    id_column: str
    columns: tuple[ColumnRule, ...]
    shape: Shape | None

    def rule(self, name: str) -> ColumnRule | None:
        """Rule of a column, or None for a column of the user's own."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns the table cannot do without, in canonical order."""
        return tuple(column.name for column in self.columns if column.required)


def _ids(*names: str, required: bool = False) -> tuple[ColumnRule, ...]:
    return tuple(ColumnRule(name, required=required) for name in names)


def _choice(name: str, *choices: str, refuse_unknown: bool = False) -> ColumnRule:
    return ColumnRule(name, holds="choice", choices=choices, refuse_unknown=refuse_unknown)


_NAMES = _ids("name", "name_en")
_ZONE = _choice("zone_class", "urban", "rural")

_ALL = (
    TableContract("service_area", "area_id", (*_ids("area_id", required=True), *_ids("name")), "polygon"),
    TableContract(
        "units",
        "unit_id",
        (
            *_ids("unit_id", required=True),
            *_NAMES,
            _choice("kind", "community", "village"),
            *_ids("township_id", "township", "township_en"),
            _ZONE,
            ColumnRule("population", holds="count", unit="people"),
            ColumnRule("households", holds="count", unit="households"),
        ),
        "polygon",
    ),
    TableContract(
        "outlets",
        "outlet_id",
        (
            *_ids("outlet_id", "bank_id", required=True),
            *_NAMES,
            _choice("kind", "main_branch", "branch", "sub_branch", "self_service_bank"),
            *_ids("unit_id", "address"),
            ColumnRule("valid_from", holds="date"),
            ColumnRule("valid_to", holds="date"),
        ),
        "point",
    ),
    TableContract(
        "equipment",
        "equipment_id",
        (
            *_ids("equipment_id", "bank_id", required=True),
            *_ids("outlet_id"),
            _choice(
                "kind",
                "atm",
                "pos",
                "service_point",
                "transfer_phone",
                "self_service_terminal",
                "mobile_reader",
                refuse_unknown=True,
            ),
            *_ids("unit_id"),
            _choice("status", "active", "closed", refuse_unknown=True),
            *_ids("name"),
        ),
        "point",
    ),
    TableContract(
        "staff",
        "staff_id",
        (
            *_ids("staff_id", required=True),
            *_ids("name"),
            _choice("role", "officer", "manager", refuse_unknown=True),
            _choice("employment_type", "full_time", "part_time", refuse_unknown=True),
            *_ids("bank_id", "outlet_id", "cell_id", "manager_id", "duties"),
        ),
        None,
    ),
    TableContract(
        "roads",
        "road_id",
        (
            *_ids("road_id", required=True),
            *_ids("from_node", "to_node", "road_class"),
            ColumnRule("length_m", holds="number", most=_MOST_METRES, unit="m"),
            ColumnRule("minutes", holds="number", most=_MOST_MINUTES, unit="min"),
            ColumnRule("oneway", holds="flag"),
        ),
        "line",
    ),
    TableContract(
        "cells",
        "cell_id",
        (
            *_ids("cell_id", required=True),
            *_ids("bank_id", "outlet_id", "parent_id"),
            ColumnRule("level", holds="count", most=10),
            *_ids("kind"),
            _ZONE,
            ColumnRule("demand", holds="number", most=1e12),
            ColumnRule("area_m2", holds="number", most=1e14, unit="m2"),
        ),
        "polygon",
    ),
)

CONTRACTS = {item.kind: item for item in _ALL}


def contract(kind: str) -> TableContract:
    """
    Look up the contract of a kind of table.

    Raises
    ------
    InputError
        If there is no such kind; the kinds are listed.
    """
    if kind not in CONTRACTS:
        raise InputError(say("unknown kind of table {kind!r}; known are: {known}.", kind=kind, known=Joined(CONTRACTS)))
    return CONTRACTS[kind]
