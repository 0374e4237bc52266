"""Do records keep their schemas? Every error of every record at once, and how complete each record is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gridpart._typing import BoolArray, Language
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, Message, lines, messages, translator
from gridpart.ledger.schemas import RecordField, RecordSchema, record_schemas
from gridpart.profiles import Profile, load
from gridpart.steps import counted, task
from gridpart.tables import day_of

say = messages("ledger")

ERROR_COLUMNS = ("row", "record_id", "kind", "column", "value", "problem")
"""Columns of the table of errors, in order; `row` counts from 1."""


@dataclass(frozen=True, eq=False, repr=False)
class Validation:
    """
    What is wrong with records, and how complete they are.

    Attributes
    ----------
    errors
        One row per error: ``row`` (from 1), ``record_id``, ``kind``, ``column``, ``value``, ``problem``.
    completeness
        By record, in the order of the table: filled columns over columns asked for, 0 to 1; NaN for unknown kinds.
    kinds
        Kind of each record, in the same order.
    """

    errors: pd.DataFrame
    completeness: pd.Series[float]
    kinds: pd.Series[Any]

    @property
    def valid(self) -> bool:
        """Whether there is no error."""
        return self.errors.empty

    def by_kind(self) -> pd.DataFrame:
        """Return ``kind``, ``records``, ``errors`` and mean ``completeness``, one row per kind."""
        grouped = self.completeness.groupby(self.kinds, dropna=False)
        table = grouped.agg(records="size", completeness="mean").rename_axis("kind").reset_index()
        counts = self.errors.groupby("kind", dropna=False).size()
        table.insert(2, "errors", table["kind"].map(counts).fillna(0).astype("int64"))
        return table

    @checked
    def errors_in(self, lang: Language) -> pd.DataFrame:
        """Return the errors with ``reason`` in words of a language."""
        return self.errors.assign(reason=[reason_of(problem, lang) for problem in self.errors["problem"]])

    def raise_if_invalid(self) -> None:
        """
        Refuse records with errors.

        Raises
        ------
        InputError
            If there is an error; the first ten are named.
        """
        if self.valid:
            return
        told = [say("records: {n:,} errors. Nothing was changed.", n=len(self.errors))]
        told += [_line(error) for error in self.errors.head(10).itertuples(index=False)]
        if len(self.errors) > 10:
            told.append(say("  … and {n:,} more, in `validate(records).errors`.", n=len(self.errors) - 10))
        raise InputError(Joined(told, lines))

    def _repr_html_(self) -> str:
        shown = self.by_kind().assign(completeness=lambda table: (100 * table["completeness"]).round(1))
        return shown.rename(columns={"completeness": "complete (%)"}).to_html(index=False, border=0)

    def __repr__(self) -> str:
        """Show sizes."""
        mean = self.completeness.mean()
        return f"<Validation: {len(self.kinds):,} records, {len(self.errors):,} errors, completeness {mean:.1%}>"


@checked
@task("validate")
def validate(
    records: pd.DataFrame,
    *,
    profile: str | Profile = "default",
    cells: Iterable[str] | None = None,
    officers: Iterable[str] | None = None,
    customers: Iterable[str] | None = None,
) -> Validation:
    """
    Check every record against the schema of its kind and version.

    Parameters
    ----------
    records
        Table of records; it is not changed.
    profile
        Code lists of segments, channels and links.
    cells, officers, customers
        Ids that there are; a record that names another one is an error. None leaves the column unchecked.

    Returns
    -------
    validation
        Errors and completeness.

    Raises
    ------
    InputError
        If the table has no column ``kind`` or ``record_id``.
    """
    missing = [name for name in ("record_id", "kind", "schema_version") if name not in records.columns]
    if missing:
        raise InputError(
            say(
                "records need the columns {missing}; they have {columns}.",
                missing=Joined(missing),
                columns=Joined(map(str, records.columns)),
            )
        )
    table = records.reset_index(drop=True)
    lists = _code_lists(load(profile) if isinstance(profile, str) else profile, cells, officers, customers)
    completeness = np.full(len(table), np.nan)
    found = [*_repeated(table)]
    known = np.zeros(len(table), dtype=np.bool_)
    for schema in counted("record_kinds", record_schemas().schemas):
        rows = np.flatnonzero((table["kind"] == schema.kind) & (table["schema_version"] == schema.version))
        if not len(rows):
            continue
        known[rows] = True
        part = table.iloc[rows]
        blank = {name: _blank(part, name) for name in record_schemas().fields}
        completeness[rows] = _completeness(part, schema, blank)
        found += [_error(part, *fault) for fault in _faults(part, schema, blank, lists)]
    unknown = ~table["kind"].isin(record_schemas().kinds).to_numpy()
    found.append(_error(table, unknown, "kind", "unknown_kind"))
    found.append(_error(table, ~known & ~unknown, "schema_version", "unknown_version"))
    errors = pd.concat(found, ignore_index=True).sort_values(["row", "column", "problem"], kind="stable")
    return Validation(
        errors.reset_index(drop=True)[list(ERROR_COLUMNS)], pd.Series(completeness, dtype="float64"), table["kind"]
    )


def _code_lists(
    rules: Profile,
    cells: Iterable[str] | None,
    officers: Iterable[str] | None,
    customers: Iterable[str] | None,
) -> dict[str, tuple[str, frozenset[str]]]:
    """Return by column the problem and the codes that are allowed."""
    lists: dict[str, tuple[str, frozenset[str]]] = {
        "segment": ("unknown_code", frozenset(item.code for item in rules.segments)),
        "channel": ("unknown_code", frozenset(item.code for item in rules.channels)),
        "action": ("unknown_code", frozenset(code for link in rules.five_links for code in link.actions)),
    }
    for column, ids in (("cell_id", cells), ("officer_id", officers), ("customer_id", customers)):
        if ids is not None:
            lists[column] = ("unknown_id", frozenset(map(str, ids)))
    return lists


Fault = tuple[BoolArray, str, str]
Blanks = Mapping[str, BoolArray]


def _faults(
    part: pd.DataFrame, schema: RecordSchema, blank: Blanks, lists: Mapping[str, tuple[str, frozenset[str]]]
) -> Iterator[Fault]:
    """Yield mask of records, column and problem of every rule of a schema."""
    for name in schema.required:
        yield blank[name], name, "missing"
    for name in set(record_schemas().fields) - set(schema.columns):
        yield ~blank[name], name, "not_of_this_kind"
    for name in schema.columns:
        if name in part.columns:
            yield from _value_faults(part, name, blank[name], record_schemas().fields[name])
    for name, (problem, codes) in lists.items():
        if name in part.columns and name in schema.columns:
            yield ~blank[name] & ~part[name].isin(codes).to_numpy(), name, problem
    yield from _faults_between(part, schema, blank)


def _faults_between(part: pd.DataFrame, schema: RecordSchema, blank: Blanks) -> Iterator[Fault]:
    for low, high in schema.ordered:
        if {low, high} <= set(part.columns):
            # a column that cannot be compared is reported by its own rule
            yield (_comparable(part, low) > _comparable(part, high)).to_numpy(), low, f"above:{high}"
    for need in schema.needs:
        if need.field in part.columns:
            applies = (part[need.field] == need.value).to_numpy()
            yield from ((applies & blank[name], name, f"needed:{need.value}") for name in need.then)


def _value_faults(part: pd.DataFrame, name: str, blank: BoolArray, field: RecordField) -> Iterator[Fault]:
    column = part[name]
    if field.holds == "choice":
        yield ~blank & ~column.isin(field.choices).to_numpy(), name, "unknown_code"
    elif field.holds == "date":
        yield ~blank & _days(column).isna().to_numpy(), name, "not_a_date"
    elif field.holds == "flag":
        yield ~blank & ~column.isin([True, False]).to_numpy(), name, "not_a_flag"
    elif field.holds in ("count", "number", "coordinate"):
        numbers = _numbers(column)
        with np.errstate(invalid="ignore"):
            yield ~blank & ~np.isfinite(numbers), name, "not_a_number"
            if field.holds != "coordinate":
                yield numbers < 0, name, "negative"
            if field.holds == "count":
                yield np.isfinite(numbers) & (numbers != np.floor(numbers)), name, "not_whole"
            if field.most is not None:
                yield numbers > field.most, name, "too_large"


def _numbers(column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    flags = column.map(lambda value: isinstance(value, (bool, str))) if column.dtype == object else None
    numbers = pd.to_numeric(column, errors="coerce").to_numpy("float64").copy()
    if flags is not None:
        numbers[flags.to_numpy(bool)] = np.nan
    return numbers


def _days(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return days as a book reads them, NaT for what is none."""
    if column.dtype.kind == "M":
        return column
    return pd.Series(np.array([_day(value) for value in column.tolist()], dtype="datetime64[D]"), column.index)


def _day(value: object) -> dt.date | None:
    try:
        return day_of(value, name="date")
    except InputError:
        return None


def _comparable(part: pd.DataFrame, name: str) -> pd.Series[Any]:
    if record_schemas().fields[name].holds == "date":
        return _days(part[name])
    return pd.to_numeric(part[name], errors="coerce")


def _blank(part: pd.DataFrame, name: str) -> BoolArray:
    if name not in part.columns:
        return np.ones(len(part), dtype=np.bool_)
    column = part[name]
    blank: BoolArray = column.isna().to_numpy(copy=True)
    if column.dtype == object or isinstance(column.dtype, pd.StringDtype):
        texts = np.flatnonzero(~blank)
        values = column.to_numpy(object)[texts]
        blank[texts] = [isinstance(value, str) and not value.strip() for value in values]
    return blank


def _completeness(part: pd.DataFrame, schema: RecordSchema, blank: Blanks) -> np.ndarray[Any, np.dtype[np.float64]]:
    segments = part["segment"].to_numpy(object) if "segment" in part.columns else np.full(len(part), None, dtype=object)
    result = np.zeros(len(part))
    for segment in dict.fromkeys(segments.tolist()):
        rows = np.flatnonzero([value is segment or value == segment for value in segments.tolist()])
        asked = schema.asked(segment)
        result[rows] = sum((~blank[name][rows]).astype("float64") for name in asked) / len(asked)
    return result


def _repeated(table: pd.DataFrame) -> Iterator[pd.DataFrame]:
    repeated = table["record_id"].duplicated(keep=False) & table["record_id"].notna()
    yield _error(table, repeated.to_numpy(), "record_id", "repeated")


def _error(part: pd.DataFrame, mask: BoolArray, column: str, problem: str) -> pd.DataFrame:
    faulty = part[np.asarray(mask, dtype=np.bool_)]
    values = faulty[column].astype(object).tolist() if column in part.columns else [None] * len(faulty)
    return pd.DataFrame(
        {
            "row": faulty.index.to_numpy() + 1,
            "record_id": faulty["record_id"].astype(object).to_numpy(),
            "kind": faulty["kind"].astype(object).to_numpy(),
            "column": column,
            "value": pd.Series(values, dtype=object).to_numpy(),
            "problem": problem,
        }
    )


def reason_of(problem: str, lang: Language) -> str:
    """Return a problem in words of a language."""
    return _reason(problem).told(lang)


def _reason(problem: str) -> Message:
    start, _found, other = problem.partition(":")
    return say(_words()[start], other=other)


def _line(error: Any) -> Message:  # noqa: ANN401 - a named tuple that pandas makes
    values = {name: getattr(error, name) for name in ("row", "record_id", "column", "value")}
    return say(
        "  row {row}, record {record_id}, {column} = {value!r}: {reason}", **values, reason=_reason(error.problem)
    )


def _words() -> Mapping[str, str]:
    _ = translator("en", "ledger")
    return {
        "missing": _("is missing; a record of this kind needs it"),
        "not_of_this_kind": _("does not belong to records of this kind"),
        "unknown_code": _("is not in the code list"),
        "unknown_id": _("names something that is not there"),
        "not_a_date": _("is no date (YYYY-MM-DD)"),
        "not_a_flag": _("is neither true nor false"),
        "not_a_number": _("is no number"),
        "negative": _("is negative"),
        "not_whole": _("is no whole number"),
        "too_large": _("is above the largest value allowed"),
        "repeated": _("stands in several records"),
        "unknown_kind": _("is no kind of record"),
        "unknown_version": _("is no version of the schema of this kind"),
        "above": _("is above or later than {other}"),
        "needed": _("is missing; the status {other} needs it"),
    }
