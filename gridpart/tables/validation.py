"""Does a table in memory keep its contract? All faults are found before anything is said."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.errors import InputError
from gridpart.geo import crs_label, require_metric
from gridpart.i18n import Joined, messages
from gridpart.tables.checks import Finding, blank_findings, is_blank, repeated_findings, shape_findings, value_findings
from gridpart.tables.contracts import TableContract, contract
from gridpart.tables.messages import problem_message
from gridpart.tables.report import InputReport, Issue, KeptRows, RowRecord, RowsRefusedError

say = messages("tables")


def problems(table: pd.DataFrame, kind: str) -> tuple[RowRecord, ...]:
    """
    List the rows of a table that break its contract.

    Parameters
    ----------
    table
        Table to check; it is not changed.
    kind
        Name of its contract, such as "outlets".

    Returns
    -------
    records
        One record per faulty row, in the order of the table, with every fault found in it.

    Raises
    ------
    InputError
        If the kind is unknown, or a required column or the geometry is missing; all of them are named.
    """
    rules = contract(kind)
    _require_columns(table, rules)
    by_place: dict[int, list[Finding]] = {}
    for finding in _findings(table, rules):
        by_place.setdefault(finding.place, []).append(finding)
    ids = table[rules.id_column].tolist()
    return tuple(
        RowRecord(place + 1, None, None if is_blank(ids[place]) else str(ids[place]), _issues(by_place[place]))
        for place in sorted(by_place)
    )


def validate(table: pd.DataFrame, kind: str, *, name: str | None = None) -> None:
    """
    Demand that a table keeps its contract.

    Parameters
    ----------
    table
        Table to check; it is not changed. A table with geometry must be in a projected CRS in metres.
    kind
        Name of its contract, such as "outlets".
    name
        What to call the table in messages; the kind, if None.

    Raises
    ------
    CRSError
        If the CRS is missing, in degrees, or not in metres.
    RowsRefusedError
        If rows break the contract; all of them are named, and are in ``error.report.rejected``.
    InputError
        If the kind is unknown or columns are missing.
    """
    shown = name or kind
    found = problems(table, kind)
    crs = None
    if contract(kind).shape is not None:
        crs = require_metric(gpd.GeoDataFrame(table), name=shown)
    if not found:
        return
    faulty = {record.row - 1 for record in found}
    fine = [place for place in range(len(table)) if place not in faulty]
    ids = table[contract(kind).id_column].astype(str).tolist()
    kept = KeptRows([place + 1 for place in fine], [ids[place] for place in fine])
    report = InputReport(kind, shown, len(table), kept, (), found, crs=crs_label(crs))
    raise RowsRefusedError(
        say(
            "{shown}: {n} of {of} rows break its contract. Nothing was changed.",
            shown=shown,
            n=len(found),
            of=len(table),
        ),
        report,
    )


def _require_columns(table: pd.DataFrame, rules: TableContract) -> None:
    missing = [column for column in rules.required if column not in table.columns]
    if missing:
        raise InputError(
            say(
                "{kind} needs {missing}; it has {columns}. Rename or add the columns.",
                kind=rules.kind,
                missing=Joined(map(repr, missing)),
                columns=Joined(map(repr, table.columns)) or say("no columns"),
            )
        )
    if rules.shape is not None and not isinstance(table, gpd.GeoDataFrame):
        raise InputError(
            say(
                "{kind} needs a geometry; a {given} was given. Expected a GeoDataFrame.",
                kind=rules.kind,
                given=type(table).__name__,
            )
        )


def _findings(table: pd.DataFrame, rules: TableContract) -> Iterator[Finding]:
    for rule in rules.columns:
        if rule.name not in table.columns:
            continue
        values = table[rule.name].astype(object).tolist()
        if rule.required:
            yield from blank_findings(values, column=rule.name)
        if rule.name == rules.id_column:
            yield from repeated_findings(values, column=rule.name)
        yield from value_findings(values, rule)
    if rules.shape is not None and isinstance(table, gpd.GeoDataFrame):
        yield from shape_findings(np.asarray(table.geometry.array, dtype=object), rules.shape)


def _issues(findings: list[Finding]) -> tuple[Issue, ...]:
    return tuple(
        Issue(item.column, item.value, *problem_message(item.problem, item.facts), code=item.problem.code)
        for item in findings
    )
