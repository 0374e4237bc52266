"""What a record of each kind must hold: schemas as data, read once and validated."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, messages
from gridpart.tables import days_of, numbers_of

say = messages("ledger")

Tier = Literal["open", "personal"]
Holds = Literal["text", "choice", "count", "number", "coordinate", "date", "flag"]

_DTYPES: dict[Holds, str] = {
    "text": "object",
    "choice": "object",
    "flag": "object",
    "count": "float64",
    "number": "float64",
    "coordinate": "float64",
    "date": "datetime64[ns]",
}

OPEN_COLUMNS = frozenset(
    ("customer_id", "segment", "reason", "indicator", "period", "value", "on_file", "filed_on", "group_id")
)
"""Columns of other tables than records that tell nothing of a person."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RecordField(_Frozen):
    """
    One column of the table of records.

    Attributes
    ----------
    holds
        "text", "choice" (one of `choices`), "count" (whole number from 0), "number" (from 0), "coordinate", "date" or
        "flag".
    choices
        Codes of a choice.
    unit
        Unit of a number.
    most
        Largest number allowed, in `unit`; None for no limit.
    tier
        "personal" if it tells who a person is or where one lives, else "open".
    mask
        What is left of it where it is masked: "initial", the first letter, or "nothing".
    """

    holds: Holds
    choices: tuple[str, ...] = ()
    unit: str = ""
    most: float | None = None
    tier: Tier = "open"
    mask: Literal["initial", "nothing"] = "nothing"


class Need(_Frozen):
    """Columns that must be filled where a field has a value."""

    field: str
    value: str
    then: tuple[str, ...]


class RecordSchema(_Frozen):
    """
    What a record of one kind and version holds.

    Attributes
    ----------
    kind, version
        Name; version from 1. Records keep the version they were written by.
    title
        Words for people.
    tier
        "restricted" for kinds that only managers and above may see.
    required
        Columns without which the record is refused, the common ones among them.
    expected, expected_by_segment
        Columns that a complete record has; by segment where it matters.
    optional
        Columns that it may have.
    ordered
        Pairs of columns, the first never above (or later than) the second.
    needs
        Columns that a value in another column asks for.
    """

    kind: str
    version: Annotated[int, Field(ge=1)]
    title: str
    tier: Literal["open", "restricted"] = "open"
    required: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    expected_by_segment: dict[str, tuple[str, ...]] = {}
    optional: tuple[str, ...] = ()
    ordered: tuple[tuple[str, str], ...] = ()
    needs: tuple[Need, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that a record of this kind may fill, each once."""
        by_segment = [name for names in self.expected_by_segment.values() for name in names]
        return tuple(dict.fromkeys([*self.required, *self.expected, *by_segment, *self.optional]))

    @checked
    def asked(self, segment: object) -> tuple[str, ...]:
        """Columns that a complete record of a segment has."""
        extra = self.expected_by_segment.get(segment, ()) if isinstance(segment, str) else ()
        return tuple(dict.fromkeys([*self.required, *self.expected, *extra]))


class Schemas(_Frozen):
    """
    All columns and all kinds of records.

    Attributes
    ----------
    fields
        Columns by name, in the order of the table.
    schemas
        One per kind and version.
    """

    fields: dict[str, RecordField]
    schemas: tuple[RecordSchema, ...]

    @model_validator(mode="after")
    def _names_known(self) -> Schemas:
        keys = [(item.kind, item.version) for item in self.schemas]
        unknown = sorted({name for item in self.schemas for name in item.columns} - set(self.fields))
        if unknown or len(set(keys)) < len(keys):
            message = f"columns that are no fields: {unknown}; kinds and versions: {keys}, each must occur once"
            raise ValueError(message)
        return self

    @property
    def kinds(self) -> tuple[str, ...]:
        """Names of all kinds, in file order."""
        return tuple(dict.fromkeys(item.kind for item in self.schemas))

    @property
    def restricted_kinds(self) -> tuple[str, ...]:
        """Kinds that only managers and above may see."""
        return tuple(dict.fromkeys(item.kind for item in self.schemas if item.tier == "restricted"))

    @property
    def personal_fields(self) -> tuple[str, ...]:
        """Columns that tell who a person is or where one lives."""
        return tuple(name for name, field in self.fields.items() if field.tier == "personal")

    @checked
    def get(self, kind: str, version: int | None = None) -> RecordSchema:
        """
        Look up the schema of a kind: of a version, or the newest.

        Raises
        ------
        InputError
            If there is none; what there is, is listed.
        """
        found = [item for item in self.schemas if item.kind == kind and version in (None, item.version)]
        if not found:
            known = Joined(f"{item.kind} {item.version}" for item in self.schemas)
            raise InputError(
                say(
                    "no schema for records of kind {kind!r}, version {version}; known are: {known}.",
                    kind=kind,
                    version=version,
                    known=known,
                )
            )
        return max(found, key=lambda item: item.version)


@cache
def record_schemas() -> Schemas:
    """Read the packaged schemas; every schema has the common columns too."""
    text = (resources.files("gridpart.ledger") / "data" / "schemas.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    common = content.pop("common")
    for item in content["schemas"]:
        for key in ("required", "optional"):
            item[key] = [*common[key], *item.get(key, [])]
    return Schemas.model_validate(content)


def empty_records() -> pd.DataFrame:
    """Return a table of records without rows: ``record_id`` and all columns of the schemas, each with its type."""
    return typed(pd.DataFrame(columns=list(record_schemas().fields), dtype=object))


@checked
def typed(records: pd.DataFrame) -> pd.DataFrame:
    """
    Return records with every column in its type: ``record_id`` and text as objects, counts as floats, dates as days.

    Columns that are not there are left out, so that a table of visits stays small; columns of one's own are kept.

    Raises
    ------
    InputError
        If a column holds something that its type cannot; the first row is named.
    """
    result = records.copy()
    for name, field in record_schemas().fields.items():
        if name not in result.columns or (str(result[name].dtype) == _DTYPES[field.holds] and field.holds != "date"):
            continue
        result[name] = _as(result[name], field.holds, name=say("records: {column}", column=name))
    return result


def completed(records: pd.DataFrame) -> pd.DataFrame:
    """Return records in their types with every column that a schema knows, empty where it was not there."""
    result = typed(records)
    missing = {name: field for name, field in record_schemas().fields.items() if name not in result.columns}
    empty = {
        name: pd.Series(None, index=result.index, dtype=object).astype(_DTYPES[field.holds])  # type: ignore[call-overload]
        for name, field in missing.items()
    }
    return pd.concat([result, pd.DataFrame(empty, index=result.index)], axis=1) if empty else result


def _as(column: pd.Series[Any], holds: Holds, *, name: str) -> pd.Series[Any]:
    if holds == "date":
        return _days(column, name=name)
    if holds in ("count", "number", "coordinate"):
        return numbers_of(column, name=name)
    plain = column.astype(object)
    return plain.where(plain.notna(), None)


def _days(column: pd.Series[Any], *, name: str) -> pd.Series[Any]:
    """Return days, also of moments: what is dated on the last day of a month is of that month, at any hour."""
    try:
        return days_of(column, name=name).astype("datetime64[ns]")
    except pd.errors.OutOfBoundsDatetime as error:
        raise InputError(say("{name}: {error}. Nothing was changed.", name=name, error=error)) from error
