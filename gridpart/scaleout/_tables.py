"""What a function returns for a county, as tables and figures, and their bytes as (Geo)Parquet."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from gridpart.audit import Audit
from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.partition import Certificate, Grid
from gridpart.project import Project

say = messages("scaleout")

COMPRESSION = "zstd"
Figure: TypeAlias = bool | int | float | str | None
_FIGURES = (bool, int, float, str, dt.date, type(None))
_DEFECT_COLUMNS = ("cell_ids", "area_m2", "width_m", "reason")


@dataclass
class Harvest:
    """
    Tables and figures of one county, by name.

    Attributes
    ----------
    tables
        To be written, one file each.
    figures
        Few and small; they go to the driver too.
    """

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)

    @staticmethod
    def of(result: object) -> Harvest:
        """
        Sort what a function returned into tables and figures.

        Raises
        ------
        InputError
            If it returned nothing, something of another kind, or two things under one name.
        """
        harvest = Harvest()
        if isinstance(result, (str, *_FIGURES)) or not harvest._take("rows", result):
            raise _unusable(result)
        if harvest.figures:
            harvest.tables["figures"] = pd.DataFrame({name: [value] for name, value in harvest.figures.items()})
        return harvest

    def _take(self, name: str, value: object) -> bool:
        """Take a value if it is of a kind that can be kept."""
        if isinstance(value, Project):
            value = value.grids
        if isinstance(value, Grid):
            self._grids([value])
        elif isinstance(value, Audit):
            self._audit(value)
        elif isinstance(value, Certificate):
            self._certificates({name: value})
        elif isinstance(value, gpd.GeoSeries):
            self._table(name, gpd.GeoDataFrame(geometry=value))
        elif isinstance(value, pd.Series):
            self._table(name, value.to_frame(name if value.name is None else None))
        elif isinstance(value, pd.DataFrame):
            self._table(name, value)
        elif isinstance(value, Mapping):
            return self._mapping(value)
        else:
            return self._figure(name, value)
        return True

    def _mapping(self, values: Mapping[Any, Any]) -> bool:
        grids = {str(name): value for name, value in values.items() if isinstance(value, Grid)}
        certificates = {str(name): value for name, value in values.items() if isinstance(value, Certificate)}
        if grids:
            self._grids([grids[name] for name in sorted(grids)])
        if certificates:
            self._certificates(certificates)
        others = ((str(name), value) for name, value in values.items() if not isinstance(value, (Grid, Certificate)))
        return all(self._take(name, value) for name, value in others)

    def _figure(self, name: str, value: object) -> bool:
        plain = value.item() if isinstance(value, np.generic) else value
        if not isinstance(plain, _FIGURES):
            return False
        if name in self.figures:
            raise _twice(name)
        self.figures[name] = plain.isoformat() if isinstance(plain, dt.date) else plain
        return True

    def _table(self, name: str, table: pd.DataFrame) -> None:
        if name in self.tables or name == "figures":
            raise _twice(name)
        self.tables[name] = table

    def _grids(self, grids: list[Grid]) -> None:
        """Keep cells with the digest of the certificate that their grid passed, and one row per grid."""
        cells = [grid.cells.assign(certificate=grid.digest) for grid in grids]
        self._table("cells", gpd.GeoDataFrame(pd.concat(cells, ignore_index=True), crs=cells[0].crs))
        facts = {
            "bank_id": [grid.bank_id for grid in grids],
            "rule": [str(grid.provenance.get("rule")) for grid in grids],
            "version": [grid.version for grid in grids],
            "status": [grid.status for grid in grids],
            "n_cells": [len(grid) for grid in grids],
            "area_m2": [float(table["area_m2"].sum()) for table in cells],
            "boundary_shift_m": [grid.certificate.boundary_shift_m for grid in grids],
            "certificate": [grid.digest for grid in grids],
        }
        self._table("grids", pd.DataFrame(facts))
        self._figure("n_grids", len(grids))
        self._figure("n_cells", sum(len(grid) for grid in grids))
        self._figure("grids_m2", math.fsum(float(table["area_m2"].sum()) for table in cells))

    def _audit(self, audit: Audit) -> None:
        """Keep faces, findings, shares by flag, rates, and one row per bank with its certificate."""
        self._table("faces", audit.faces)
        self._table("findings", audit.findings)
        totals = audit.totals()
        self._table("totals", totals)
        self._table("rates", audit.rates().drop(columns="county", errors="ignore"))
        banks = list(audit.banks)
        facts = {
            "bank_id": banks,
            "certificate": [audit.digests.get(bank) for bank in banks],
            "outside_m2": [float(audit.outside_m2.get(bank, 0.0)) for bank in banks],
            "doubled_m2": [float(audit.doubled_m2.get(bank, 0.0)) for bank in banks],
        }
        self._table("banks", pd.DataFrame(facts))
        for flag, area, people in zip(totals["flag"], totals["area_m2"], totals["population"], strict=True):
            self._figure(f"{flag}_m2", float(area))
            self._figure(f"{flag}_population", float(people))
        self._figure("n_banks", len(banks))
        self._figure("n_findings", len(audit.findings))

    def _certificates(self, certificates: Mapping[str, Certificate]) -> None:
        """Keep one row per certificate, and one per defect."""
        rows, defects = [], []
        for name, one in sorted(certificates.items()):
            counts = {f"n_{kind}": len(table) for kind, table in one.tables().items()}
            facts = {"valid": one.valid, "n_cells": one.n_cells, "n_edges": one.n_edges}
            rows.append(
                {"name": name, **facts, **counts, "boundary_shift_m": one.boundary_shift_m, "certificate": one.digest}
            )
            defects += [table.assign(name=name, defect=kind) for kind, table in one.tables().items()]
        self._table("certificates", pd.DataFrame(rows))
        found = gpd.GeoDataFrame(pd.concat(defects, ignore_index=True), crs=defects[0].crs)
        self._table("defects", found[["name", "defect", *_DEFECT_COLUMNS, "geometry"]])
        self._figure("n_certificates", len(rows))
        self._figure("n_defects", sum(one.n_defects for one in certificates.values()))


def parquet_bytes(table: pd.DataFrame, *, county: str, name: str) -> bytes:
    """
    Return a table as (Geo)Parquet with a first column ``county``; equal tables give equal bytes.

    Columns without any value are text, so that the files of all counties can be read as one table.

    Raises
    ------
    InputError
        If a column is called county and holds something else, or holds what Parquet cannot.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    stored = io.BytesIO()
    whole: Any = _prepared(table, county=county, name=name)  # the stubs of pandas do not know BytesIO
    try:
        whole.to_parquet(stored, index=False, compression=COMPRESSION)
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise InputError(
            say("Table {name!r} cannot be stored as Parquet: {error}. Nothing was written.", name=name, error=error)
        ) from error
    schema = pq.read_schema(stored)
    typed = pa.schema([_with_text(entry) for entry in schema], metadata=schema.metadata)
    if typed != schema:
        stored.seek(0)
        read = pq.read_table(stored)
        stored = io.BytesIO()
        pq.write_table(read.cast(typed), stored, compression=COMPRESSION)
    return stored.getvalue()


def _prepared(table: pd.DataFrame, *, county: str, name: str) -> pd.DataFrame:
    has_keys = not isinstance(table.index, pd.RangeIndex) or table.index.name is not None
    whole = table.reset_index(drop=not has_keys)
    whole.columns = whole.columns.map(str)
    if "county" in whole.columns:
        if not (whole["county"].astype(str) == county).all():
            raise InputError(
                say(
                    "Table {name!r} has a column 'county' with other values than {county!r}, the county's name in this "
                    "run. Rename the column. Nothing was written.",
                    name=name,
                    county=county,
                )
            )
        whole = whole.drop(columns="county")
    for column, values in whole.items():
        if values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) in {"string", "empty"}:
            whole[column] = values.astype("str")  # one type of text in all counties, those without any too
    whole.insert(0, "county", pd.Series([county] * len(whole), dtype="str"))
    return whole


def _with_text(entry: Any) -> Any:  # noqa: ANN401 - pyarrow has no types
    """Give a column of empty lists the type of lists of text."""
    import pyarrow as pa

    kind = entry.type
    if (pa.types.is_list(kind) or pa.types.is_large_list(kind)) and pa.types.is_null(kind.value_type):
        return entry.with_type(pa.list_(pa.string()))
    return entry


def system_of(table: pd.DataFrame) -> str | None:
    """Return a short name of a layer's coordinate system, such as ``4547``; None for a table without geometry."""
    if not isinstance(table, gpd.GeoDataFrame) or table.active_geometry_name is None:
        return None
    crs = table.crs
    if crs is None:
        return "none"
    code = pyproj.CRS(crs).to_epsg(min_confidence=100)
    return str(code) if code is not None else "own-" + _short_code(json.dumps(crs.to_json_dict(), sort_keys=True))


def _short_code(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _twice(name: str) -> InputError:
    return InputError(
        say(
            "The function returned two things called {name!r} for one county. Return grids, audits and tables in one "
            "mapping with different names. Nothing was written.",
            name=name,
        )
    )


def _unusable(result: object) -> InputError:
    given = type(result).__name__
    if isinstance(result, Mapping):
        given += f" ({', '.join(f'{name!r}: {type(value).__name__}' for name, value in result.items())})"
    return InputError(
        say(
            "The function returned {given}; it must return a Grid, Audit, Certificate, Project, table, or a mapping of "
            "names to these and to figures. Nothing was written.",
            given=given,
        )
    )
