"""One reading, from a path to a table and its report; the same steps for every kind of table."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.errors import InputError
from gridpart.geo import crs_label, require_near
from gridpart.i18n import Joined, messages
from gridpart.inputs._banks import BankAliases, bank_column, state_bank
from gridpart.inputs._csv import read_csv
from gridpart.inputs._files import Source, open_source
from gridpart.inputs._geojson import read_geojson
from gridpart.inputs._headers import Naming, header_score, name_columns
from gridpart.inputs._locating import locate
from gridpart.inputs._parquet import read_parquet
from gridpart.inputs._places import SHIFTED, require_datum, stated_crs
from gridpart.inputs._raw import RawLayer, Values, object_array
from gridpart.inputs._rejected import leave_out_earlier_notes, rejected_rows
from gridpart.inputs._tabulate import TEXT, note_look_alikes, own_series, ruled_series
from gridpart.inputs._values import note_numeric_ids, ruled_column, text_column
from gridpart.inputs._vector import read_geopackage, read_shapefile
from gridpart.inputs._xlsx import read_xlsx
from gridpart.steps import step, task
from gridpart.tables import InputReport, RowsRefusedError, TableContract, contract
from gridpart.tables import messages as m
from gridpart.tables import notes as n
from gridpart.tables.checks import Finding, blank_findings, is_blank, repeated_findings
from gridpart.tables.report import visible

if TYPE_CHECKING:
    import pyproj

    from gridpart._typing import GeometryArray
    from gridpart.inputs._log import ReadLog
    from gridpart.tables import ColumnRule

say = messages("inputs")

_MAY_LACK_IDS = ("area_id", "road_id")
_NAMED = ("bank_id", "name")


@dataclass(frozen=True)
class Options:
    """What the caller of a reader may state; see the readers."""

    layer: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    bank_aliases: BankAliases = field(default_factory=dict)
    bank_id: str | None = None
    datum: str = "declared"
    crs: object = None
    encoding: str | None = None
    strict: bool = False
    service_area: gpd.GeoDataFrame | gpd.GeoSeries | None = None


@task("read", steps=("file", "coordinates", "columns", "checks"))
def read(path: str | os.PathLike[str], kind: str, *, options: Options) -> tuple[pd.DataFrame, InputReport]:
    """Read a file as a kind of table."""
    step("file")
    rules = contract(kind)
    require_datum(options.datum)
    with open_source(path) as source:
        layer = _raw_layer(source, kind, options=options)
    name = source.name if layer.layer is None else f"{source.name} [{layer.layer}]"
    leave_out_earlier_notes(layer)
    own = list(layer.columns)
    naming = name_columns(layer, rules, columns=options.columns, name=name)
    known = {*naming.table.values(), *naming.places.values(), *naming.own.values()}
    if options.bank_id is not None:
        state_bank(layer, naming, bank_id=options.bank_id, aliases=options.bank_aliases, name=name)
    _require_columns(layer, rules, naming=naming, name=name)
    step("coordinates")
    geometry, crs = None, None
    if rules.shape is not None:
        if options.datum in SHIFTED and "datum" in naming.places:
            # the column told of the coordinates before their conversion
            naming.own = {own: source for own, source in naming.own.items() if source != naming.places["datum"]}
        geometry, crs = locate(
            layer, naming, shape=rules.shape, name=name, datum=options.datum, stated=stated_crs(options.crs)
        )
    step("columns")
    values = {
        rule.name: _converted(layer, rule, source=naming.table[rule.name], kind=kind, options=options)
        for rule in rules.columns
        if rule.name in naming.table
    }
    step("checks")
    _check_ids(layer, rules, values=values, geometry=geometry)
    table = _table(layer, rules, naming=naming, values=values, geometry=geometry, crs=crs)
    report = _report(
        layer, rules, naming=naming, ids=values[rules.id_column].tolist(), source=source.name, crs=crs, options=options
    )
    _refuse(table, report, name=name, options=options)
    rejected = rejected_rows(layer, report, titles=[title for title in own if title in known])
    return table, replace(report, rejected_rows=rejected)


def _raw_layer(source: Source, kind: str, *, options: Options) -> RawLayer:
    score = header_score(kind, options.columns)
    file, name = source.path, source.name
    if source.format == "csv":
        return read_csv(file, name=name, recognise=score, encoding=options.encoding)
    if source.format == "xlsx":
        return read_xlsx(file, name=name, recognise=score, layer=options.layer, kind=kind)
    if source.format == "geojson":
        return read_geojson(file, name=name, encoding=options.encoding)
    if source.format == "parquet":
        return read_parquet(file, name=name)
    if source.format == "shapefile":
        return read_shapefile(file, name=name, encoding=options.encoding)
    return read_geopackage(file, name=name, layer=options.layer, kind=kind)


def _require_columns(layer: RawLayer, rules: TableContract, *, naming: Naming, name: str) -> None:
    """Every required column must be found; service areas and roads may go without ids of their own."""
    if not layer.n_rows:
        layer.log.note(n.NO_ROWS)
    own = rules.id_column
    source = naming.table.get(own)
    bare = source is None or all(is_blank(value) for value in layer.columns[source].tolist())
    if own in _MAY_LACK_IDS and bare:
        layer.columns[own] = object_array(str(place + 1) for place in range(layer.n_rows))
        naming.table[own] = own
        if source is None:
            layer.log.note(n.MADE_IDS, column=own)
        else:
            layer.log.note(n.BLANK_IDS, column=own, source=source)
    missing = [column for column in rules.required if column not in naming.table]
    if not missing:
        return
    stated = ", ".join(f'"{column}": "…"' for column in missing)
    has_keys = say(" Row keys go by the name 'fid'.") if layer.keys is not None else ""
    raise InputError(
        say(
            "{name}: no column was recognised as {missing}; it has: {columns}.{has_keys} Nothing was read. State "
            "it: columns={{{stated}}}.",
            name=name,
            missing=Joined(map(repr, missing)),
            columns=Joined(repr(visible(title)) for title in layer.columns) or say("none"),
            has_keys=has_keys,
            stated=stated,
        )
    )


def _converted(layer: RawLayer, rule: ColumnRule, *, source: str, kind: str, options: Options) -> Values:
    stored = layer.columns[source]
    if rule.holds != "text":
        return ruled_column(stored, rule, kind=kind, log=layer.log)
    if rule.name == "bank_id":
        named = text_column(stored, column=rule.name, log=layer.log, digits=layer.digits)
        # a bank that was stated is an id already
        return named if options.bank_id else bank_column(named, options.bank_aliases, log=layer.log)
    note_numeric_ids(stored, column=rule.name, source=source, log=layer.log)
    return text_column(stored, column=rule.name, log=layer.log, digits=layer.digits)


def _check_ids(
    layer: RawLayer, rules: TableContract, *, values: Mapping[str, Values], geometry: GeometryArray | None
) -> None:
    log = layer.log
    for column in rules.required:
        log.reject_all(item for item in blank_findings(values[column].tolist(), column=column))
    alive = np.flatnonzero(log.live())
    column = rules.id_column
    first: dict[object, int] = {}
    repeats: list[Finding] = list(repeated_findings(values[column][alive].tolist(), column=column))
    for item in repeats:
        place = int(alive[item.place])
        row = (item.value, *(_comparable(cells[place]) for cells in layer.columns.values()), _key(geometry, place))
        if row in first:
            log.reject(place, column, value=item.value, problem=m.SAME_ROW, row=log.where([first[row]]))
        first.setdefault(row, place)
    kept = set(first.values())
    same: dict[object, list[int]] = {}
    for item in repeats:
        if int(alive[item.place]) in kept:
            same.setdefault(item.value, []).append(int(alive[item.place]))
    for value, places in same.items():
        if len(places) > 1:
            for place in places:
                log.reject(place, column, value=value, problem=m.SAME_ID, rows=log.where(places))


def _comparable(cell: object) -> object:
    return cell if cell == cell else None  # noqa: PLR0124 - NaN equals nothing, not even itself


def _key(geometry: GeometryArray | None, place: int) -> object:
    return None if geometry is None else geometry[place].wkb


def _table(
    layer: RawLayer,
    rules: TableContract,
    *,
    naming: Naming,
    values: Mapping[str, Values],
    geometry: GeometryArray | None,
    crs: pyproj.CRS | None,
) -> pd.DataFrame:
    """Put the rows not rejected into a table; own columns follow those of the contract."""
    log = layer.log
    own = {column: own_series(layer.columns[source], column=column, log=log) for column, source in naming.own.items()}
    live = log.live()
    series: dict[str, Any] = {}
    for rule in rules.columns:
        if rule.name in values:
            series[rule.name] = ruled_series(values[rule.name][live], rule)
            _note_gaps(values[rule.name][live], column=rule.name, log=log)
        elif rule.name == "name":
            series["name"] = pd.Series([None] * int(live.sum()), dtype=TEXT)
    for column, whole in own.items():
        series[column] = whole[live].reset_index(drop=True)
    table = pd.DataFrame(series)
    located: pd.DataFrame = table if geometry is None else gpd.GeoDataFrame(table, geometry=geometry[live], crs=crs)
    return located


def _note_gaps(values: Values, *, column: str, log: ReadLog) -> None:
    blank = sum(value is None for value in values.tolist())
    if blank:
        log.note(n.BLANK_VALUES, column=column, count=blank, total=len(values))
    if column in _NAMED:
        note_look_alikes(values, column=column, log=log)


def _report(
    layer: RawLayer,
    rules: TableContract,
    *,
    naming: Naming,
    ids: Sequence[str | None],
    source: str,
    crs: pyproj.CRS | None,
    options: Options,
) -> InputReport:
    columns = {**naming.table, **naming.own}
    made_of = [naming.places[place] for place in ("lon", "lat", "wkt", "x", "y") if place in naming.places]
    if made_of:
        columns["geometry"] = ", ".join(made_of)
    facts = {
        "layer": layer.layer,
        "crs": None if crs is None else crs_label(crs),
        "datum": options.datum,
        "encoding": layer.encoding,
    }
    return layer.log.close(kind=rules.kind, source=source, ids=ids, facts=facts, columns=columns)


def _refuse(table: pd.DataFrame, report: InputReport, *, name: str, options: Options) -> None:
    """Refuse what strict reading does not allow, and layers that lie nowhere near their service area."""
    if options.strict and report.has_issues:
        faulty = len(report.rejected) + len(report.repaired)
        raise RowsRefusedError(
            say(
                "{name}: {faulty} of {of} rows are not as they should be, and strict=True asks for that. Nothing "
                "was read.",
                name=name,
                faulty=faulty,
                of=report.rows_read,
            ),
            report,
        )
    if options.service_area is not None and len(table) and isinstance(table, gpd.GeoDataFrame):
        require_near(table, options.service_area, names=(name, say("the service area")))
