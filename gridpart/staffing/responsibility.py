"""The chain of responsibility: cell, outlet, head of the outlet, customer manager; and who manages each cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.partition import Grid
from gridpart.staffing._cells import Cells, Rules, cell_table, rules_of
from gridpart.staffing._staff import column_of, is_part_time, people, require_columns, text_column, texts
from gridpart.staffing.checks import Check
from gridpart.tables.messages import N_

say = messages("staffing")

_STEPS = ("outlet_id", "head_id", "customer_manager_id")


@dataclass(frozen=True)
class _People:
    """Who stands where, by id."""

    heads: Mapping[str, Sequence[str]]
    """Managers by the outlet they stand at."""
    above: Mapping[str, Sequence[str]]
    """Managers that the full-time officers of an outlet name, whether they exist or not."""
    managers: frozenset[str]
    officers: Mapping[str, Sequence[str]]
    """Full-time officers by cell."""
    part_time: Mapping[str, Sequence[str]]
    """Part-time officers by cell."""

    def heads_of(self, outlet_id: str | None) -> list[str]:
        """Heads of an outlet: the managers at it, else those its full-time officers answer to."""
        if outlet_id is None:
            return []
        own = self.heads.get(outlet_id, ())
        return sorted(set(own or (name for name in self.above.get(outlet_id, ()) if name in self.managers)))


def read_people(staff: pd.DataFrame) -> _People:
    """Sort the staff by where they stand; rows without outlet or cell stand nowhere."""
    require_columns(staff, ["staff_id", "role"], name="staff")
    officers, managers = people(staff, "officer"), people(staff, "manager")
    full = officers[~is_part_time(officers)]
    return _People(
        heads=_grouped(managers, "outlet_id", "staff_id"),
        above=_grouped(full, "outlet_id", "manager_id"),
        managers=frozenset(str(value) for value in managers["staff_id"]),
        officers=_grouped(full, "cell_id", "staff_id"),
        part_time=_grouped(officers[is_part_time(officers)], "cell_id", "staff_id"),
    )


def _grouped(table: pd.DataFrame, key: str, value: str) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, item in zip(column_of(table, key), column_of(table, value), strict=True):
        if name is not None and item is not None:
            groups.setdefault(name, []).append(item)
    return {name: sorted(set(items)) for name, items in groups.items()}


@checked
def chains(cells: Cells, staff: pd.DataFrame, *, outlets: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Follow the responsibility of every cell: to its outlet, the head of the outlet, and a customer manager.

    The head of an outlet is the manager whose ``outlet_id`` it is; an outlet without one (a self-service bank) goes by
    the manager its full-time officers name in ``manager_id``. The customer manager is a full-time officer of the cell.

    Parameters
    ----------
    cells
        A grid, or a table with ``cell_id`` and ``outlet_id``.
    staff
        ``staff_id``, ``role``, ``outlet_id``, ``cell_id``, ``manager_id``, ``employment_type``.
    outlets
        If given, an outlet that is not in it breaks the chain.

    Returns
    -------
    chains
        ``cell_id``, ``outlet_id``, ``head_id``, ``customer_manager_id`` (None where the chain breaks; several ids with
        semicolons), ``missing`` (steps with semicolons, empty if whole), in the order of the cells.
    """
    table, known = cell_table(cells), read_people(staff)
    if outlets is not None:
        require_columns(outlets, ["outlet_id"], name="outlets")
    real = None if outlets is None else set(texts(outlets["outlet_id"]))
    rows = []
    for cell_id, outlet_id in zip(table["cell_id"], table["outlet_id"], strict=True):
        outlet = outlet_id if real is None or outlet_id in real else None
        steps = [outlet, _joined(known.heads_of(outlet)), _joined(known.officers.get(cell_id, ()))]
        missing = ";".join(name for name, step in zip(_STEPS, steps, strict=True) if step is None)
        rows.append((cell_id, *steps, missing))
    columns = ("cell_id", *_STEPS, "missing")
    return pd.DataFrame({name: text_column(row[at] for row in rows) for at, name in enumerate(columns)})


def _joined(ids: Sequence[str]) -> str | None:
    return ";".join(ids) or None


@checked
def chain(
    cell_id: str, *, cells: Cells, staff: pd.DataFrame, outlets: pd.DataFrame | None = None
) -> dict[str, str | None]:
    """
    Follow the responsibility of one cell; see `chains`.

    Raises
    ------
    InputError
        If there is no such cell.
    """
    found = chains(cells, staff, outlets=outlets)
    rows = found[found["cell_id"] == cell_id].to_dict("records")
    if not rows:
        raise InputError(say("there is no cell {cell_id!r} among {n} cells.", cell_id=cell_id, n=len(found)))
    return {str(key): value for key, value in rows[0].items()}


@checked
def broken_chains(cells: Cells, staff: pd.DataFrame, *, outlets: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the rows of `chains` that break, with the steps that are ``missing``."""
    found = chains(cells, staff, outlets=outlets)
    return found[found["missing"] != ""].reset_index(drop=True)


@checked
def managers_of(cells: Cells, staff: pd.DataFrame, *, profile: Rules = "default") -> pd.DataFrame:
    """
    Name the grid manager of each cell, by the mode of the profile.

    Parameters
    ----------
    cells, staff
        As for `chains`.
    profile
        Its ``staffing.manager_mode``: "supervisor" takes the head of the cell's outlet, "frontline" the managers whose
        ``cell_id`` it is.

    Returns
    -------
    managers
        ``cell_id``, ``manager_id`` (None, or several with semicolons), ``number``, in the order of the cells.
    """
    table, known = cell_table(cells), read_people(staff)
    if rules_of(profile).staffing.manager_mode == "frontline":
        own = _grouped(people(staff, "manager"), "cell_id", "staff_id")
        found = [own.get(cell_id, []) for cell_id in table["cell_id"]]
    else:
        found = [known.heads_of(outlet_id) for outlet_id in table["outlet_id"]]
    numbers = [len(ids) for ids in found]
    ids = text_column(_joined(names) for names in found)
    return pd.DataFrame({"cell_id": table["cell_id"], "manager_id": ids, "number": numbers})


@checked
def check_managers(cells: Cells, staff: pd.DataFrame, *, profile: Rules = "default") -> Check:
    """
    Check that each cell has as many grid managers as the profile asks for.

    Returns
    -------
    check
        Findings: ``cell_id``, ``manager_id``, ``number``.
    """
    rules = rules_of(profile)
    least, most = rules.staffing.managers_min, rules.staffing.managers_max
    found = managers_of(cells, staff, profile=rules)
    wrong = (found["number"] < least) | (found["number"] > (most if most is not None else len(staff)))
    values = {"mode": rules.staffing.manager_mode, "profile": rules.name}
    rule = N_("Each cell has its grid manager ({mode}, profile {profile})")
    return Check(rule, found[wrong].reset_index(drop=True), values=values)


@checked
def who_answers(points: gpd.GeoDataFrame | gpd.GeoSeries, grid: Grid, staff: pd.DataFrame) -> pd.DataFrame:
    """
    Name cell, outlet and people of the places of one bank.

    Parameters
    ----------
    points
        In the CRS of the grid.
    grid
        Cells of one bank; on a border the lowest cell id answers.
    staff
        As for `chains`.

    Returns
    -------
    people
        ``cell_id``, ``outlet_id``, ``head_id``, ``customer_manager_id``, ``part_time`` (ids with semicolons),
        with the index and order of the points; None outside the area.
    """
    whole = chains(grid, staff).set_index("cell_id")
    cells = [None if pd.isna(cell_id) else str(cell_id) for cell_id in grid.locate(points)]
    helpers = read_people(staff).part_time
    columns: dict[str, list[Any]] = {"cell_id": cells}
    for name in _STEPS:
        columns[name] = [None if cell_id is None else whole[name][cell_id] for cell_id in cells]
    columns["part_time"] = [None if cell_id is None else _joined(helpers.get(cell_id, ())) for cell_id in cells]
    return pd.DataFrame({name: text_column(values) for name, values in columns.items()}).set_index(points.index)
