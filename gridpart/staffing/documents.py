"""Agreements and rule documents of villages and communities: which are missing, which have run out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, clauses, messages
from gridpart.partition.layers import text_ids
from gridpart.staffing._staff import column_of, require_columns, require_known, text_column, texts
from gridpart.staffing.checks import Check
from gridpart.tables import day_of
from gridpart.tables.messages import N_

say = messages("staffing")


@checked
def check_documents(
    units: pd.DataFrame, documents: pd.DataFrame, *, kinds: Sequence[str], as_of: dt.date | str
) -> Check:
    """
    Check that each big cell has every document it should have, in force on a day.

    Parameters
    ----------
    units
        Big cells: ``unit_id``.
    documents
        The register: ``unit_id``, ``kind``, ``date``, ``expiry`` (last day; blank where it does not run out).
    kinds
        Kinds each unit needs, such as the agreement of co-operation; plans ask for seven, or for four.
    as_of
        The day.

    Returns
    -------
    check
        Findings: ``unit_id``, ``kind``, ``problem`` ("missing" or "expired"), ``expiry`` (of the last one, ISO), in the
        order of units and kinds.

    Raises
    ------
    InputError
        If a document is of another kind, has no date, or belongs to a unit that is not there; rows are named.
    """
    require_columns(documents, ["unit_id", "kind", "date"], name="documents")
    ids, places = text_ids(units, "unit_id", name="units"), texts(documents["unit_id"])
    rows = [say("row {row}", row=number) for number in range(1, len(documents) + 1)]
    held = texts(documents["kind"])
    require_known([(str(kind),) for kind in held], kinds, ids=rows, what=say("kinds of document"))
    since = [day_of(value, name="date") for value in documents["date"]]
    faults = [say("{row} has no date", row=row) for row, date in zip(rows, since, strict=True) if date is None]
    faults += [
        say("{row} is of unit {unit}", row=row, unit=unit)
        for row, unit in zip(rows, places, strict=True)
        if unit not in set(ids)
    ]
    if faults:
        raise InputError(
            say(
                "{n} faults in documents: {faults}. Nothing was checked.",
                n=len(faults),
                faults=Joined(faults[:8], clauses),
            )
        )
    when = day_of(as_of, name="as_of") or dt.date.max
    last: dict[tuple[str | None, str | None], dt.date] = {}
    for unit, kind, date, end in zip(places, held, since, column_of(documents, "expiry"), strict=True):
        expiry = day_of(end, name="expiry") or dt.date.max
        if date is not None and date <= when:
            last[unit, kind] = max(last.get((unit, kind), dt.date.min), expiry)
    findings: list[tuple[str | None, ...]] = []
    for unit in ids:
        for kind in kinds:
            until = last.get((unit, kind))
            if until is None:
                findings.append((unit, kind, "missing", None))
            elif until < when:
                findings.append((unit, kind, "expired", until.isoformat()))
    names = ("unit_id", "kind", "problem", "expiry")
    table = pd.DataFrame({name: text_column(row[at] for row in findings) for at, name in enumerate(names)})
    return Check(N_("Every place has its documents in force on {day}"), table, values={"day": when.isoformat()})
