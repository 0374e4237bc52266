"""Small files in all formats, written for tests of the readers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely

from gridpart.tables import InputReport, RowRecord

OUTLETS_HEADER = "outlet_id,bank_id,name,lon,lat"


def write_csv(folder: Path, *lines: str, encoding: str = "utf-8", name: str = "table.csv") -> Path:
    """Write lines of text as they are."""
    path = folder / name
    path.write_bytes("\r\n".join([*lines, ""]).encode(encoding, errors="surrogatepass"))
    return path


def write_outlets(folder: Path, *rows: str, encoding: str = "utf-8") -> Path:
    """Write outlets with the usual header."""
    return write_csv(folder, OUTLETS_HEADER, *rows, encoding=encoding, name="outlets.csv")


def write_layer(
    folder: Path, geometries: Sequence[Any], *, crs: str | None = "EPSG:32650", name: str = "layer.gpkg", **columns: Any
) -> Path:
    """Write geometries with ids "a", "b", … unless `columns` say otherwise."""
    shapes = [shapely.from_wkt(item) if isinstance(item, str) else item for item in geometries]
    columns.setdefault("unit_id", [chr(97 + place) for place in range(len(shapes))])
    table = gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)
    path = folder / name
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_file(path, layer=None if path.suffix == ".shp" else "units", engine="pyogrio")
    return path


def write_geojson(folder: Path, *geometries: dict[str, Any] | None, **columns: Sequence[Any]) -> Path:
    """Write GeoJSON by hand, with whatever faults the geometries have, and ids "a", "b", …."""
    columns.setdefault("unit_id", [chr(97 + place) for place in range(len(geometries))])
    features = [
        {"type": "Feature", "geometry": shape, "properties": {key: items[place] for key, items in columns.items()}}
        for place, shape in enumerate(geometries)
    ]
    path = folder / "layer.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def square(x: float = 0.0, y: float = 0.0, size: float = 100.0) -> shapely.Polygon:
    """Square with its lower left corner at (x, y)."""
    return shapely.box(x, y, x + size, y + size)


def fates(report: InputReport) -> tuple[int, int, int]:
    """Rows kept, repaired, rejected; they must add up to the rows read."""
    counts = (len(report.kept), len(report.repaired), len(report.rejected))
    assert sum(counts) == report.rows_read
    return counts


def only(records: Sequence[RowRecord]) -> RowRecord:
    """Return the only record."""
    assert len(records) == 1, [record.reason for record in records]
    return records[0]


def codes(records: Sequence[RowRecord]) -> list[tuple[int, str, str]]:
    """Row, column and fault of every issue."""
    return [(record.row, issue.column, issue.code) for record in records for issue in record.issues]


def notes(report: InputReport) -> str:
    """All notes as one text."""
    return "\n".join(str(note) for note in report.notes)
