"""Writing an audit: a page to read, a GeoPackage to map, JSON to compute with."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely

from gridpart.audit.document import document_of
from gridpart.geo import crs_label
from gridpart.tables import replacing

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.audit.audit import Audit


def save(audit: Audit, folder: Path, *, lang: Language) -> Path:
    """Write ``index.html``, ``audit.gpkg`` and ``audit.json``, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / "audit.gpkg") as file:
        _flat(audit.faces).to_file(file, layer="faces", driver="GPKG")
        _flat(_drawable(audit.findings)).to_file(file, layer="findings", driver="GPKG")
    with replacing(folder / "audit.json") as file:
        file.write_text(to_json(audit), encoding="utf-8")
    page = folder / "index.html"
    with replacing(page) as file:
        file.write_text(document_of(audit, lang=lang).to_html(), encoding="utf-8", newline="\n")
    return page


def to_json(audit: Audit) -> str:
    """Return rules, figures and findings as JSON text; the same audit gives the same bytes."""
    findings = audit.findings
    content = {
        "banks": list(audit.banks),
        "crs": crs_label(audit.faces.crs),
        "profile": audit.profile.name,
        "thresholds": {
            name: {"value": limit.value, "unit": limit.unit, "assumed": limit.assumed}
            for name, limit in audit.profile.thresholds("audit").items()
        },
        "similar_banks": audit.similar_banks().to_dict("records"),
        "exceptions": audit.exceptions_status().astype(str).to_dict("records"),
        "certificates": dict(audit.digests),
        "claimed_outside_m2": dict(audit.outside_m2),
        "claimed_twice_m2": dict(audit.doubled_m2),
        "totals": audit.totals().to_dict("records"),
        "rates": audit.rates(level="zone_class").to_dict("records") + audit.rates().to_dict("records"),
        "findings": [
            {**row, "place": place}
            for row, place in zip(
                findings.drop(columns="geometry").to_dict("records"), map(_place, findings.geometry), strict=True
            )
        ],
    }
    return json.dumps(_plain(content), ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False) + "\n"


def _place(shape: shapely.Geometry) -> list[float] | None:
    """Return a point in the finding, in m, to the centimetre."""
    if shape is None or shape.is_empty:
        return None
    return [round(float(value), 2) for value in shapely.get_coordinates(shapely.point_on_surface(shape))[0]]


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Turn tuples, NumPy scalars and NaN into what JSON knows."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _flat(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join lists of banks to text: a GeoPackage has no lists."""
    flat = table.copy()
    flat["banks"] = [";".join(banks) for banks in table["banks"]]
    return flat


def _drawable(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return table[~table.geometry.is_empty]
