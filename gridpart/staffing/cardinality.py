"""How many people a cell has, against how many the plan asks for; agreed exceptions; places that are vacant."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, clauses, messages
from gridpart.staffing._cells import Cells, Rules, cell_table, rules_of
from gridpart.staffing._staff import column_of, is_part_time, people, require_columns, text_column, texts
from gridpart.staffing.checks import Check
from gridpart.tables import day_of, numbers_of
from gridpart.tables.messages import N_

say = messages("staffing")

_EXCEPTION = ("cell_id", "reason", "approver", "end_date")
_OTHER_NAMES = {"approver": "agreed_by", "end_date": "valid_to"}
_REGISTER = ("cell_id", "officer_id", "duties", "valid_from")


@checked
def people_per_cell(cells: Cells, staff: pd.DataFrame, *, as_of: dt.date | str | None = None) -> pd.DataFrame:
    """
    Count the people who answer for each cell.

    Parameters
    ----------
    cells
        A grid, or a table with ``cell_id``.
    staff
        ``staff_id``, ``role``, ``cell_id``; ``employment_type``, ``valid_from`` and ``valid_to`` where known.
    as_of
        Day that counts; all rows if None.

    Returns
    -------
    counts
        ``cell_id``, ``officers`` (all), ``full_time``, ``part_time`` (officers of each kind), ``managers`` with a
        cell of their own, in the order of the cells.
    """
    table = cell_table(cells)[["cell_id"]]
    officers, managers = (people(staff, role, as_of=as_of) for role in ("officer", "manager"))
    part = is_part_time(officers)
    groups = {"officers": officers, "full_time": officers[~part], "part_time": officers[part], "managers": managers}
    for name, rows in groups.items():
        pairs = pd.DataFrame({"cell_id": column_of(rows, "cell_id"), "staff_id": texts(rows["staff_id"])})
        found = pairs.dropna().drop_duplicates().groupby("cell_id").size()
        table[name] = table["cell_id"].map(found).fillna(0).astype("int64")
    return table


@checked
def check_cardinality(
    cells: Cells,
    staff: pd.DataFrame,
    *,
    profile: Rules = "default",
    exceptions: pd.DataFrame | None = None,
    as_of: dt.date | str | None = None,
) -> Check:
    """
    Compare the people of each cell with what the profile asks for.

    Where the profile asks for one officer per cell, full-time officers count and part-time ones help them; otherwise
    all officers count. Managers count where they stand at the front line of each cell.

    Parameters
    ----------
    cells, staff
        As for `people_per_cell`.
    profile
        Its ``staffing``.
    exceptions
        Agreed departures: ``cell_id``, ``reason``, ``approver``, ``end_date`` (last day); a project's
        ``agreed_by`` and ``valid_to`` will do. They count up to their end date; without `as_of` every one counts.
    as_of
        Day that counts; all rows if None.

    Returns
    -------
    check
        Findings: ``cell_id``, ``role``, ``found``, ``least``, ``most`` (None for no limit), ``problem`` ("below_min",
        "above_max", "no_team").

    Raises
    ------
    InputError
        If an exception lacks its cell, reason, approver or end date; rows are named.
    """
    rules = rules_of(profile)
    staffing, counts = rules.staffing, people_per_cell(cells, staff, as_of=as_of)
    excused = _excused(exceptions, as_of)
    counted = counts["full_time"] if staffing.strict else counts["officers"]
    demands = [("officer", counted, staffing.officers_min, staffing.officers_max)]
    if staffing.manager_mode == "frontline":
        demands.append(("manager", counts["managers"], staffing.managers_min, staffing.managers_max))
    rows: list[tuple[str, str, int, int, int | None, str]] = []
    for role, found, least, most in demands:
        for cell_id, number in zip(counts["cell_id"], found.tolist(), strict=True):
            if number < least:
                rows.append((cell_id, role, number, least, most, "below_min"))
            elif most is not None and number > most:
                rows.append((cell_id, role, number, least, most, "above_max"))
    if staffing.team_required:
        team = (counts["officers"] + counts["managers"]).tolist()
        rows += [(c, "team", n, 2, None, "no_team") for c, n in zip(counts["cell_id"], team, strict=True) if n < 2]
    findings = pd.DataFrame(
        [row for row in rows if row[0] not in excused],
        columns=["cell_id", "role", "found", "least", "most", "problem"],
    )
    assumed = {f"staffing.{key}": str(getattr(staffing, key)) for key in staffing.assumed}
    return Check(N_("People per cell as profile {profile} asks"), findings, assumed, {"profile": rules.name})


def _excused(exceptions: pd.DataFrame | None, as_of: dt.date | str | None) -> set[str]:
    if exceptions is None or exceptions.empty:
        return set()
    # a project's own table of exceptions calls two of the columns by other names
    named = exceptions.rename(columns={o: n for n, o in _OTHER_NAMES.items() if n not in exceptions.columns})
    require_columns(named, _EXCEPTION, name="exceptions")
    columns = {name: texts(named[name]) for name in _EXCEPTION}
    faults = [
        say("row {row} has no {column}", row=number, column=name)
        for name, values in columns.items()
        for number, value in enumerate(values, start=1)
        if value is None
    ]
    if faults:
        raise InputError(
            say(
                "{n} faults in exceptions: {faults}. None was accepted.",
                n=len(faults),
                faults=Joined(faults[:8], clauses),
            )
        )
    when = day_of(as_of, name="as_of")
    return {
        str(cell_id)
        for cell_id, end in zip(columns["cell_id"], columns["end_date"], strict=True)
        if when is None or (until := day_of(end, name="end_date")) is None or until >= when
    }


@checked
def check_register(cells: Cells, register: pd.DataFrame) -> Check:
    """
    Check that every cell has a fixed person with fixed duties since a fixed day.

    Parameters
    ----------
    cells
        The active cells.
    register
        ``cell_id``, ``officer_id``, ``duties``, ``valid_from``; see `Assignment.register`.

    Returns
    -------
    check
        Findings: ``cell_id``, ``missing`` (names of what is blank, with semicolons).

    Raises
    ------
    InputError
        If a column is missing, or a cell of the register is none of the grid.
    """
    require_columns(register, _REGISTER, name="register")
    ids = cell_table(cells)["cell_id"].tolist()
    rows = {name: texts(register[name]) for name in _REGISTER}
    strange = sorted({str(cell) for cell in rows["cell_id"] if cell is not None and cell not in set(ids)})
    if strange:
        raise InputError(
            say("{n} cells of register are not in the grid: {cells}.", n=len(strange), cells=Joined(strange[:8]))
        )
    blank: dict[str, set[str]] = {}
    for number, cell_id in enumerate(rows["cell_id"]):
        lacking = {name for name in _REGISTER[1:] if rows[name][number] is None}
        blank.setdefault(str(cell_id), set()).update(lacking)
    missing = {cell_id: blank.get(cell_id, set(_REGISTER[1:])) for cell_id in ids}
    findings = [
        (cell_id, ";".join(name for name in _REGISTER if name in lacking))
        for cell_id, lacking in missing.items()
        if lacking
    ]
    table = pd.DataFrame(findings, columns=["cell_id", "missing"])
    return Check(N_("Every cell has person, duties and first day"), table)


@checked
def vacancies(
    cells: Cells, staff: pd.DataFrame, *, profile: Rules = "default", as_of: dt.date | str | None = None
) -> pd.DataFrame:
    """
    List the places that are not filled.

    Returns
    -------
    vacant
        ``cell_id``, ``role``, ``missing`` (people), in the order of the cells.
    """
    findings = check_cardinality(cells, staff, profile=profile, as_of=as_of).findings
    short = findings[findings["problem"] != "above_max"]
    lacking = short["least"] - short["found"]
    return pd.DataFrame({"cell_id": short["cell_id"], "role": short["role"], "missing": lacking}).reset_index(drop=True)


@checked
def workload(
    cells: Cells, staff: pd.DataFrame, *, columns: tuple[str, ...] = ("demand",), as_of: dt.date | str | None = None
) -> pd.DataFrame:
    """
    Sum what each officer answers for; a cell with several officers is shared equally among them.

    Parameters
    ----------
    cells, staff
        As for `people_per_cell`; a grid's cells have ``area_m2``.
    columns
        Columns of the cells to sum.
    as_of
        Day that counts; all rows if None.

    Returns
    -------
    loads
        ``staff_id``, ``cells`` (number), the columns, and ``to_mean`` (first column over its mean; NaN without load),
        by officer; officers without a cell have 0.

    Raises
    ------
    InputError
        If a column is missing, or a value is no number; rows are named.
    """
    table = cells if isinstance(cells, pd.DataFrame) else cells.cells
    require_columns(table, ["cell_id", *columns], name="cells")
    officers = people(staff, "officer", as_of=as_of)
    pairs = pd.DataFrame({"staff_id": texts(officers["staff_id"]), "cell_id": column_of(officers, "cell_id")})
    loaded = pd.DataFrame({name: numbers_of(table[name], name=f"cells: {name}") for name in columns})
    loaded["cell_id"] = text_column(texts(table["cell_id"])).set_axis(table.index)
    held = pairs.dropna().drop_duplicates().merge(loaded, on="cell_id")
    share = 1.0 / held.groupby("cell_id")["staff_id"].transform("size")
    loads = pd.DataFrame({"staff_id": text_column(sorted(set(map(str, pairs["staff_id"]))))})
    loads["cells"] = loads["staff_id"].map(held.groupby("staff_id").size()).fillna(0).astype("int64")
    for column in columns:
        sums = (held[column] * share).groupby(held["staff_id"]).sum()
        loads[column] = loads["staff_id"].map(sums).fillna(0.0).astype(float)
    mean = float(loads[columns[0]].mean())
    loads["to_mean"] = loads[columns[0]] / (mean if mean > 0 else float("nan"))
    return loads
