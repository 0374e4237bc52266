"""What a report can say about a row or a layer: every sentence once, translated when it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gridpart import i18n
from gridpart._typing import Language

_NO_PARAMETERS: Mapping[str, object] = {}


def N_(text: str) -> str:  # noqa: N802 - the name gettext tools look for
    """Mark a text for the catalogues; it is translated when it is shown."""
    return text


@dataclass(frozen=True)
class Message:
    """
    A sentence with its facts, in any of the languages.

    Attributes
    ----------
    template
        English sentence with named places, as in the catalogues.
    facts
        What stands in those places.
    """

    template: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: Language = "en") -> str:
        """Return the sentence in a language."""
        return i18n.Message("tables", self.template, dict(self.facts)).told(lang)

    def __str__(self) -> str:
        """Return the sentence in English."""
        return self.text()


@dataclass(frozen=True)
class Problem:
    """
    A kind of fault in a row.

    Attributes
    ----------
    code
        Name for programs.
    reason, remedy
        English templates: what is wrong, and what to do about it.
    """

    code: str
    reason: str
    remedy: str


# rows of a file
RAGGED_ROW = Problem(
    "ragged_row",
    N_("the row has {found} cells, the header {expected}."),
    N_("Put values that hold the delimiter in quotes, or add the missing cells."),
)
TOTAL_ROW = Problem("total_row", N_("a total, not a record."), N_("Leave lines of totals out of the file."))
SAME_ROW = Problem(
    "same_row", N_("the row repeats row {row} in every column."), N_("Nothing is lost: the first one was kept.")
)

# ids and text
BLANK = Problem("blank", N_("a required value is blank."), N_("Fill it in."))
DIGITS_LOST = Problem(
    "digits_lost",
    N_("the id lost digits in Excel."),
    N_("Format the column as text in Excel, enter the ids again, and export."),
)
NOT_AN_ID = Problem("not_an_id", N_("not an id."), N_("Use text or whole numbers as ids."))
ID_WITH_DECIMALS = Problem(
    "id_with_decimals", N_("an id written as a number with decimals."), N_("Export the column as text.")
)
SAME_ID = Problem(
    "same_id", N_("the id stands in several rows: {rows}."), N_("Give every row its own id, or keep only one of them.")
)
CLEANED = Problem("cleaned", N_("control characters were removed."), N_("Correct the name at its source."))
TRIMMED = Problem("trimmed", N_("blanks at the ends were removed."), N_("Nothing to do."))
BAD_TEXT = Problem("bad_text", N_("bytes that are not valid {codec}."), N_("State the encoding with encoding=…"))
UNKNOWN_CODE = Problem("unknown_code", N_("unknown code."), N_("Use one of: {choices}."))

# numbers, dates, flags
NOT_A_NUMBER = Problem("not_a_number", N_("not a number."), N_("Write digits only, or leave it blank if unknown."))
NUMBER_READ = Problem("number_read", N_("a number written with separators or full-width digits."), N_("Nothing to do."))
NEGATIVE = Problem("negative", N_("negative; it must be 0 or more."), N_("Correct the figure."))
TOO_LARGE = Problem("too_large", N_("larger than any believable figure ({most:,.0f})."), N_("Correct the figure."))
NOT_WHOLE = Problem("not_whole", N_("not a whole number."), N_("Counts are whole numbers; correct the figure."))
NOT_A_DATE = Problem("not_a_date", N_("not a date."), N_("Write dates as 2026-11-24."))
NOT_A_FLAG = Problem("not_a_flag", N_("neither yes nor no."), N_("Write true or false."))

# coordinates
NO_COORDINATES = Problem("no_coordinates", N_("no coordinates."), N_("Add them, or locate the address first."))
NOT_A_COORDINATE = Problem(
    "not_a_coordinate", N_("not a coordinate."), N_("Write decimal degrees or metres, such as 116.391.")
)
COORDINATE_READ = Problem(
    "coordinate_read", N_("a coordinate in degrees, minutes and seconds or in full-width digits."), N_("Nothing to do.")
)
NOT_FINITE = Problem(
    "not_finite",
    N_("not a finite coordinate (part {part}, vertex {vertex})."),
    N_("Correct the coordinate."),
)
OFF_GLOBE = Problem(
    "off_globe", N_("longitude or latitude lies outside the globe."), N_("Check the order, the unit and the CRS.")
)
SWAPPED = Problem(
    "swapped",
    N_("looks like latitude, longitude: exchanged, it lies among the other rows."),
    N_("Exchange the two values of this row."),
)
ZERO_ZERO = Problem("zero_zero", N_("the coordinates are 0, 0."), N_("Replace the placeholder by the true place."))
OUTSIDE_CHINA = Problem(
    "outside_china",
    N_("lies outside mainland China, where {datum} is not defined."),
    N_('Check for exchanged longitude and latitude, or read this row with datum="wgs84".'),
)
ANTIMERIDIAN = Problem(
    "antimeridian",
    N_("wider than 180 degrees, so it crosses the antimeridian or wraps round the globe."),
    N_("Cut it at 180 degrees."),
)

# geometries
NO_GEOMETRY = Problem("no_geometry", N_("no geometry, or an empty one."), N_("Draw it, or delete the row."))
BAD_GEOMETRY = Problem("bad_geometry", N_("the geometry cannot be read: {detail}."), N_("Export the layer again."))
WRONG_SHAPE = Problem(
    "wrong_shape", N_("the geometry is a {found}; expected: {expected}."), N_("Move the row to a layer of its own.")
)
CURVED = Problem(
    "curved", N_("the geometry is a curve ({found})."), N_("Convert curves to straight segments before the export.")
)
ONE_PART = Problem("one_part", N_("a {found} of one part was unwrapped."), N_("Nothing to do."))
ZERO_AREA = Problem("zero_area", N_("zero area."), N_("Draw it again, or delete the row."))
INVALID = Problem(
    "invalid",
    N_("the outline is invalid ({detail})."),
    N_("Repair it with gp.clean, or read the layer with gp.read_…, which mends and reports."),
)
CROSSING = Problem(
    "crossing",
    N_("the outline was invalid ({detail}); it was mended. Area before {area_before:.6g}, after {area_after:.6g}."),
    N_("Compare it with the source; strict=True refuses such rows."),
)
UNCLOSED = Problem("unclosed", N_("a ring was not closed; its first vertex was added."), N_("Nothing to do."))
REPEATED_VERTICES = Problem("repeated_vertices", N_("repeated vertices were removed ({count})."), N_("Nothing to do."))

SUMMARY: Mapping[str, str] = {
    "headline": N_("{kind} from {source}: {read} rows read = {kept} kept + {repaired} repaired + {rejected} rejected."),
    "crs": N_("Coordinate system: {value}"),
    "datum": N_("Datum: {value}"),
    "encoding": N_("Encoding: {value}"),
    "rejected": N_("Rejected rows ({count}):"),
    "repaired": N_("Repaired rows ({count}):"),
    "row": N_("row {row}"),
    "row_line": N_("row {row} (line {line})"),
    "id": N_("{place}, id {id}"),
    "issue": N_("{place}, {column} = {value}: {told}"),
    "more": N_("and {count} more"),
    "service_area": N_("service area"),
    "units": N_("units"),
    "outlets": N_("outlets"),
    "equipment": N_("equipment"),
    "staff": N_("staff"),
    "roads": N_("roads"),
    "cells": N_("cells"),
}


def problem_message(problem: Problem, facts: Mapping[str, object] = _NO_PARAMETERS) -> tuple[Message, Message]:
    """Fill reason and remedy of a problem with its facts."""
    return Message(problem.reason, facts), Message(problem.remedy, facts)
