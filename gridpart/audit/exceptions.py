"""Findings that somebody accepted: who, when, why, until when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gridpart._typing import GeometryArray
from gridpart.errors import InputError
from gridpart.i18n import Joined, clauses, messages
from gridpart.tables import day_in

say = messages("audit")

COLUMNS = ("finding_id", "who", "when", "why", "until")
"""A table of exceptions; ``until`` may be empty, the others not."""


@dataclass(frozen=True, eq=False)
class Exceptions:
    """
    Accepted findings at a date.

    Attributes
    ----------
    table
        ``finding_id``, ``who``, ``when``, ``why``, ``until`` (dates; None for no end), sorted by finding and date.
    as_of
        The date at which they are judged; the last day of ``until`` still counts.
    """

    table: pd.DataFrame
    as_of: dt.date

    def in_force(self) -> pd.DataFrame:
        """Return the exceptions that count, one row per finding: the one accepted last."""
        status = self.status()
        valid: pd.DataFrame = self.table[status == "in force"].drop_duplicates("finding_id", keep="last")
        return valid.reset_index(drop=True)

    def status(self) -> GeometryArray:
        """Return ``in force``, ``expired`` or ``not yet`` of each row, shape (n_exceptions,)."""
        ended = np.array([until is not None and until < self.as_of for until in self.table["until"]], dtype=np.bool_)
        ahead = np.array([when > self.as_of for when in self.table["when"]], dtype=np.bool_)
        status: GeometryArray = np.select([ended, ahead], ["expired", "not yet"], default="in force").astype(object)
        return status

    def mark(self, findings: pd.DataFrame) -> dict[str, GeometryArray]:
        """Return the columns ``accepted``, ``accepted_by``, ``…_why``, ``…_until`` of findings, shape (n_findings,)."""
        rows = {row["finding_id"]: row for row in self.in_force().to_dict("records")}
        found = [rows.get(finding_id) for finding_id in findings["finding_id"]]
        marks: dict[str, GeometryArray] = {"accepted": np.array([row is not None for row in found], dtype=np.bool_)}
        for column, source in (("accepted_by", "who"), ("accepted_why", "why"), ("accepted_until", "until")):
            values = np.empty(len(found), dtype=object)
            values[:] = [None if row is None or row[source] is None else str(row[source]) for row in found]
            marks[column] = values
        return marks


def no_marks(number: int) -> dict[str, GeometryArray]:
    """Return the marks of findings that nobody accepted."""
    empty = np.full(number, None, dtype=object)
    names = ("accepted_by", "accepted_why", "accepted_until")
    return {"accepted": np.zeros(number, dtype=np.bool_), **{name: empty.copy() for name in names}}


def read_exceptions(table: pd.DataFrame, *, as_of: dt.date | str) -> Exceptions:
    """
    Check a table of accepted findings.

    Parameters
    ----------
    table
        ``finding_id``, ``who``, ``when``, ``why``, ``until`` as text or dates.
    as_of
        Date at which exceptions are judged, as a date or ``2026-11-24``; asked for, not taken from the clock, so that
        an audit gives the same findings tomorrow.

    Raises
    ------
    InputError
        If a column is missing, a row lacks id, person, date or reason, or a date cannot be read; rows are named.
    """
    missing = [column for column in COLUMNS if column not in table.columns]
    if missing:
        raise InputError(
            say(
                "exceptions need the columns {columns}; {missing} are missing.",
                columns=Joined(COLUMNS),
                missing=Joined(missing),
            )
        )
    rows: dict[str, list[object]] = {column: [] for column in COLUMNS}
    faults: list[str] = []
    for number, row in enumerate(table[list(COLUMNS)].to_dict("records"), start=1):
        for column in ("finding_id", "who", "why"):
            value = "" if pd.isna(row[column]) else str(row[column]).strip()
            rows[column].append(value)
            if not value:
                faults.append(say("row {row} has no {column}", row=number, column=column))
        for column in ("when", "until"):
            date = _date(row[column])
            rows[column].append(date)
            if isinstance(date, str) or (date is None and column == "when"):
                faults.append(
                    say(
                        "row {row} has no usable date in {column}: {value!r}",
                        row=number,
                        column=column,
                        value=row[column],
                    )
                )
    if faults:
        raise InputError(
            say(
                "{n} faults in exceptions: {faults}. None was accepted.",
                n=len(faults),
                faults=Joined(faults[:8], clauses),
            )
        )
    clean = pd.DataFrame({column: pd.Series(values, dtype=object) for column, values in rows.items()})
    judged = _date(as_of)
    if not isinstance(judged, dt.date):
        raise InputError(say("as_of is {as_of!r}; it must be a date such as 2026-11-24.", as_of=as_of))
    order = ["finding_id", "when", "who", "why"]
    return Exceptions(clean.sort_values(order, kind="stable").reset_index(drop=True), judged)


def _date(value: object) -> dt.date | str | None:
    """Return a date, None if there is none, or the text that is no date."""
    if value is pd.NaT:  # it calls itself a datetime
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    text = "" if value is None or (isinstance(value, float) and np.isnan(value)) else str(value).strip()
    if not text or text in ("NaT", "<NA>"):
        return None
    try:
        return day_in(text)
    except ValueError:
        return text
