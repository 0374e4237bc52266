"""The planted defects: made on purpose, each listed, so that every check has a known answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart._typing import IntArray
from gridpart.project.sample.ledger import MONTHS
from gridpart.project.sample.outlets import crowded_seat
from gridpart.project.sample.units import TOWN, Places

UNKNOWN_CELL = "LZRCB-049999"
UNKNOWN_MANAGER = "M999"

_N_WITHOUT_SERVICE_POINT = 3

NOTES = {
    "blank_village": "Every place of the village is more than 5,000 m from every outlet of every bank.",
    "village_without_service_point": "No rural cash-withdrawal service point is registered in the village.",
    "only_closed_service_points": "The service points of the village are all closed; closed ones do not count.",
    "crowded_community": "All five banks have an outlet in this community.",
    "crowded_seat": "Three banks have an outlet within 1,000 m in this rural seat.",
    "closed_atm": "The machine is closed but still in the register; it does not count.",
    "wrong_unit": "The unit on record is not the one the machine stands in.",
    "cell_without_officer": "No officer is assigned to the cell of this outlet.",
    "cell_with_two_officers": "Two full-time officers are assigned to the cell and no exception is agreed.",
    "officer_unknown_cell": "The officer is assigned to a cell that no grid has.",
    "officer_unknown_manager": "The officer's manager is not in the register.",
    "same_name": "Two villages in different townships share a name; only the code tells them apart.",
    "cell_without_counterpart": "No officer of the cell has a counterpart in the social grid.",
    "officer_without_credential": "The part-time officer was not issued a credential.",
    "manager_without_card": "The manager was not issued a preferential card.",
    "unit_without_workstation": "No open workstation is registered in the village or community.",
    "ledger_month_missing": "The unit has no ledger entry for one month.",
}
"""What each kind of planted defect is."""


@dataclass
class Planting:
    """
    The tables that get defects, and the list of those planted.

    Attributes
    ----------
    units, equipment, staff, ledger
        Tables of the sample, changed in place.
    rows
        One entry per planted defect.
    """

    units: gpd.GeoDataFrame
    equipment: gpd.GeoDataFrame
    staff: pd.DataFrame
    ledger: pd.DataFrame
    rows: list[dict[str, str]] = field(default_factory=list)

    def note(self, kind: str, table: str, object_ids: Iterable[str], *, detail: str = "") -> None:
        """List one defect per object."""
        for object_id in object_ids:
            text = f"{NOTES[kind]} {detail}".strip()
            self.rows.append({"kind": kind, "table": table, "object_id": object_id, "note": text})

    def listed(self) -> pd.DataFrame:
        """Return the list: ``defect_id``, ``kind``, ``table``, ``object_id``, ``note``."""
        table = pd.DataFrame(self.rows, columns=["kind", "table", "object_id", "note"]).astype(object)
        table.insert(0, "defect_id", [f"D{number + 1:02d}" for number in range(len(table))])
        return table


def share_a_name(units: gpd.GeoDataFrame, places: Places, *, rng: np.random.Generator) -> None:
    """
    Give a village the name of a village of another township, before anything is called after it.

    Parameters
    ----------
    units
        Changed in place.
    places
        From `units.settle`.
    rng
        Source of chance.
    """
    plain = np.setdiff1d(np.flatnonzero(places.township != TOWN), places.seats)
    one = int(rng.choice(plain[places.township[plain] == 1]))
    two = int(rng.choice(plain[places.township[plain] == 3]))
    for column in ("name", "name_en"):
        units.loc[two, column] = units.loc[one, column]


def _same_names(units: gpd.GeoDataFrame) -> list[str]:
    return [str(unit_id) for unit_id in units.loc[units["name"].duplicated(keep=False), "unit_id"]]


def villages_without_service_point(places: Places, *, blank: IntArray, rng: np.random.Generator) -> IntArray:
    """
    Choose the villages that get no service point: the blank ones and three more.

    Parameters
    ----------
    places
        From `units.settle`.
    blank
        Villages that no outlet reaches.
    rng
        Source of chance.

    Returns
    -------
    villages
        Units, ascending.
    """
    others = np.flatnonzero(places.township != TOWN)
    others = np.setdiff1d(others, np.concatenate([blank, places.seats]))
    return np.sort(np.append(blank, rng.choice(others, _N_WITHOUT_SERVICE_POINT, replace=False)))


def plant(
    planting: Planting,
    places: Places,
    *,
    outlets: gpd.GeoDataFrame,
    blank: IntArray,
    without_service_point: IntArray,
    rng: np.random.Generator,
) -> None:
    """
    Plant the defects and note all of them.

    Parameters
    ----------
    planting
        The tables; changed in place.
    places, outlets
        The county so far; blank and crowded places were planted when the outlets were placed.
    blank
        Villages that no outlet reaches.
    without_service_point
        Villages that got no service point.
    rng
        Source of chance.
    """
    unit_ids = planting.units["unit_id"].to_numpy(object)
    planting.note("blank_village", "units", unit_ids[blank])
    planting.note("village_without_service_point", "units", unit_ids[without_service_point])
    planting.note("crowded_community", "units", [unit_ids[places.seats[TOWN]]])
    planting.note("crowded_seat", "units", [unit_ids[crowded_seat(places)]])
    _plant_in_equipment(planting, places, rng)
    _plant_in_staff(planting, outlets, rng)
    planting.note("same_name", "units", _same_names(planting.units))
    _plant_in_ledger(planting, rng)


def _plant_in_equipment(planting: Planting, places: Places, rng: np.random.Generator) -> None:
    equipment = planting.equipment
    points = equipment[equipment["kind"] == "service_point"]
    count = points.groupby("unit_id")["equipment_id"].transform("size")
    village = str(rng.choice(np.unique(points.loc[count == 1, "unit_id"].to_numpy(object))))
    closed = (equipment["unit_id"] == village) & (equipment["kind"] == "service_point")
    equipment.loc[closed, "status"] = "closed"
    planting.note("only_closed_service_points", "units", [village])
    machine = int(rng.choice(np.flatnonzero(equipment["kind"] == "atm")))
    equipment.loc[machine, "status"] = "closed"
    planting.note("closed_atm", "equipment", [equipment.loc[machine, "equipment_id"]])
    reader = int(rng.choice(np.flatnonzero(equipment["kind"] == "pos")))
    unit_ids = planting.units["unit_id"]
    here = int(np.flatnonzero(unit_ids == equipment.loc[reader, "unit_id"])[0])
    beside = np.sort(np.concatenate([places.two[places.one == here], places.one[places.two == here]]))
    equipment.loc[reader, "unit_id"] = unit_ids[beside[0]]
    detail = f"On record {unit_ids[beside[0]]}, true {unit_ids[here]}."
    planting.note("wrong_unit", "equipment", [equipment.loc[reader, "equipment_id"]], detail=detail)


def _plant_in_staff(planting: Planting, outlets: gpd.GeoDataFrame, rng: np.random.Generator) -> None:
    """The officer of one urban cell is sent to another one; two part-time officers get wrong references."""
    staff = planting.staff
    zone = planting.units.set_index("unit_id")["zone_class"].to_dict()
    urban = outlets["unit_id"].map(zone).to_numpy() == "urban"
    eligible = outlets.loc[urban & (outlets["bank_id"] == "LZRCB").to_numpy(), "outlet_id"].to_numpy(object)
    emptied, doubled = rng.choice(eligible, 2, replace=False)
    full_time = (staff["role"] == "officer") & (staff["employment_type"] == "full_time")
    mover = int(np.flatnonzero(full_time & (staff["outlet_id"] == emptied))[0])
    cell = staff.loc[mover, "cell_id"]
    target = staff.loc[np.flatnonzero(full_time & (staff["outlet_id"] == doubled))[0], "cell_id"]
    staff.loc[mover, "cell_id"] = target
    planting.note("cell_without_officer", "cells", [str(cell)])
    planting.note("cell_with_two_officers", "cells", [str(target)])
    part_time = np.flatnonzero((staff["employment_type"] == "part_time") & (staff["bank_id"] == "LZRCB"))
    lost, orphan = rng.choice(part_time, 2, replace=False).tolist()
    staff.loc[lost, "cell_id"] = UNKNOWN_CELL
    planting.note("officer_unknown_cell", "staff", [staff.loc[lost, "staff_id"]], detail=f"The cell is {UNKNOWN_CELL}.")
    staff.loc[orphan, "manager_id"] = UNKNOWN_MANAGER
    detail = f"The manager is {UNKNOWN_MANAGER}."
    planting.note("officer_unknown_manager", "staff", [staff.loc[orphan, "staff_id"]], detail=detail)


def _plant_in_ledger(planting: Planting, rng: np.random.Generator) -> None:
    unit_id = str(rng.choice(planting.units["unit_id"].to_numpy(object)))
    month = MONTHS[int(rng.integers(3, 9))]
    ledger = planting.ledger
    gone = ledger.index[(ledger["unit_id"] == unit_id) & (ledger["period"] == month)]
    planting.ledger = ledger.drop(index=gone).reset_index(drop=True)
    planting.note("ledger_month_missing", "ledger", [unit_id], detail=f"The month is {month}.")
