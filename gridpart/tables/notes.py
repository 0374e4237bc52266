"""What a report can say about a layer as a whole: templates for `Message`."""

from __future__ import annotations

from gridpart.tables.messages import N_

# how the file was read
TITLE_LINES = N_("{count} lines above the header were skipped: {titles}")
BLANK_LINES = N_("{count} blank lines were skipped: {lines}")
NO_ROWS = N_("The layer has no rows.")
UNNAMED_COLUMN = N_("Column {place} has no name; it is kept as {name}.")
RENAMED_COLUMN = N_("Column {source} is kept as {name}, because that name has a meaning of its own.")
DELIMITER = N_("The delimiter is {name}.")
OTHER_LAYERS = N_("Other layers or sheets were not read: {names}")
STALE_COUNT = N_("The file notes {noted} rows for the layer, but holds {found}; all were read.")
SHORT_NAMES = N_("Shapefiles cut column names to 10 bytes and text to 254 bytes; check names and long texts.")
CUT_TEXT = N_("Column {column}: {count} texts fill the 254 bytes a Shapefile allows and were probably cut.")
HEIGHTS_DROPPED = N_("Heights or measures (Z, M) of {count} rows were dropped; x and y are unchanged.")
MADE_IDS = N_("No column was recognised as {column}; rows are numbered from 1.")
BLANK_IDS = N_("Column {source}, read as {column}, is blank throughout; rows are numbered from 1.")
NUMERIC_IDS = N_("Column {source} holds numbers; {column} was made text. Any zeros in front were lost before.")
WRONG_CPG = N_("The .cpg file declares {declared}, but the texts are {found}; that was taken.")
EARLIER_NOTES = N_("The remarks of an earlier reading were left out: {names}.")

# columns
PERSONAL_DATA = N_("Left out as personal data: {names}. To keep a column, name it in columns=…")
UNUSED_ALIAS = N_("Column {source} could also mean {column}; {chosen} was taken and {source} kept under its own name.")
BLANK_VALUES = N_("Column {column} is blank in {count} of {total} rows.")
CODES_READ = N_("Column {column}: {pairs}.")
BANK_STATED = N_("Every row was taken as one of bank {bank}, as stated.")
BANKS_MAPPED = N_("Bank names mapped: {pairs}.")
BANKS_UNKNOWN = N_("Bank names that the aliases do not know, kept as they are: {names}.")
LOOK_ALIKE = N_("Column {column}: these look alike but differ: {names}.")

# coordinates
CRS_ASSUMED = N_("Columns {columns} hold longitude and latitude; they were read as {crs}. State another with crs=…")
CRS_STATED = N_("The file declares {declared}; {stated} was stated and taken instead.")
DATUM_CONVERTED = N_("Coordinates were converted from {datum} to {crs}; places moved by {least:.0f} to {most:.0f} m.")
DATUM_UNDECLARED = N_(
    "The datum is not declared. In mainland China coordinates from web maps are off by 100 to 700 m"
    ' (GCJ-02) or more (BD-09); say which with datum="wgs84", "gcj02" or "bd09".'
)
DATUM_COLUMN = N_('Column {column} says {values}, but no datum was stated; pass datum="{datum}" to convert.')
SAME_PLACE = N_("Suspicious: the same coordinates ({x}, {y}) stand in {count} rows: {rows}.")
SAME_SHAPE = N_("The same geometry stands in several rows: {rows}. All are kept; decide which are right.")
TINY = N_("{count} geometries are smaller than {limit} across: rows {rows}.")
