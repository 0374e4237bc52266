"""Writing an audit: a page to read, a workbook to sign, a GeoPackage to map, JSON to compute with."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import math
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from gridpart.audit._workbook_words import in_words
from gridpart.audit.document import document_of
from gridpart.audit.report_tables import report_tables
from gridpart.errors import InputError
from gridpart.geo import crs_label
from gridpart.i18n import Joined, messages
from gridpart.steps import step, task
from gridpart.tables import replacing, write_xlsx

if TYPE_CHECKING:
    from gridpart._typing import Language
    from gridpart.audit.audit import Audit

say = messages("audit")


FORMATS = ("html", "xlsx", "gpkg", "json")
"""What an audit can be written as."""

_MADE = "2000-01-01T00:00:00.000Z"
"""Time written into GeoPackages: that of the writing would change the bytes."""


@task("audit_save", steps=("gpkg", "xlsx", "json", "html"))
def save(audit: Audit, folder: Path, *, lang: Language, formats: Collection[str] = FORMATS) -> Path:
    """Write the files that `Audit.save` documents, each whole or not at all."""
    _require_formats(formats)
    folder.mkdir(parents=True, exist_ok=True)
    if "gpkg" in formats:
        step("gpkg")
        with replacing(folder / "audit.gpkg") as file, _fixed_time():
            _flat(audit.faces).to_file(file, layer="faces", driver="GPKG")
            _flat(_drawable(audit.findings)).to_file(file, layer="findings", driver="GPKG")
            _flat(audit.cell_faces).to_file(file, layer="cell_faces", driver="GPKG")
    if "xlsx" in formats:
        step("xlsx")
        write_xlsx(in_words(report_tables(audit, lang=lang), lang), folder / "audit.xlsx")
    if "json" in formats:
        step("json")
        with replacing(folder / "audit.json") as file:
            file.write_text(to_json(audit), encoding="utf-8", newline="\n")
    if "html" not in formats:
        return folder
    step("html")
    page = folder / "index.html"
    with replacing(page) as file:
        file.write_text(document_of(audit, lang=lang).to_html(), encoding="utf-8", newline="\n")
    return page


def _require_formats(formats: Collection[str]) -> None:
    unknown = sorted(set(formats) - set(FORMATS))
    if unknown:
        raise InputError(
            say(
                "formats has {unknown}; it may have {known}. Nothing was written.",
                unknown=Joined(unknown),
                known=Joined(FORMATS),
            )
        )
    if "xlsx" in formats and importlib.util.find_spec("xlsxwriter") is None:
        raise InputError(
            say(
                "The workbook needs the package xlsxwriter: `pip install gridpart[files]`, or leave xlsx out of "
                "formats. Nothing was written."
            )
        )


@contextmanager
def _fixed_time() -> Iterator[None]:
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _MADE})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def to_json(audit: Audit) -> str:
    """Return rules, figures and findings as JSON text; the same audit gives the same bytes."""
    findings = audit.findings
    content = {
        "banks": list(audit.banks),
        "crs": crs_label(audit.faces.crs),
        "profile": audit.profile.name,
        "data_dates": dict(audit.data_dates),
        "thresholds": {
            name: {"value": limit.value, "unit": limit.unit, "assumed": limit.assumed}
            for name, limit in audit.profile.thresholds("audit").items()
        },
        "similar_banks": audit.similar_banks().to_dict("records"),
        "exceptions": audit.exceptions_status().astype(str).to_dict("records"),
        "certificates": {
            bank: {"exact": c.valid, "digest": c.digest, "gaps": len(c.gaps), "overlaps": len(c.overlaps)}
            for bank, c in audit.certificates.items()
        },
        "reprojected": {claim.bank_id: claim.crs_note for claim in audit.claims if claim.crs_note},
        "service_area_sha256": hashlib.sha256(shapely.to_wkb(shapely.normalize(audit.area), byte_order=1)).hexdigest(),
        "claimed_outside_m2": dict(audit.outside_m2),
        "claimed_twice_m2": dict(audit.doubled_m2),
        "totals": audit.totals().to_dict("records"),
        "rates": audit.rates(level="zone_class").to_dict("records") + audit.rates().to_dict("records"),
        "channels": [] if audit.online is None else audit.channels().drop(columns="population").to_dict("records"),
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
    for column in ("banks", "cells"):
        if column in table.columns:
            flat[column] = [";".join(entry) for entry in table[column]]
    return flat


def _drawable(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return table[~table.geometry.is_empty]
