"""One row of figures per bank and period: the extract that a rating is made from elsewhere."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from gridpart.audit.rates import coverage_rates

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit


def indicators(audit: Audit, *, period: str) -> pd.DataFrame:
    """Return the table that `Audit.indicators` documents."""
    table = coverage_rates(audit, None, "bank_id")
    rates = {str(row["bank_id"]): row for row in table.to_dict("records")}
    rows = [{"bank_id": bank, "period": period, **_row(audit, bank, rates[bank])} for bank in audit.banks]
    # polygons that are no grid have neither: None stays None, and versions stay whole, only in columns of objects
    plain = {name: pd.Series([row[name] for row in rows], dtype=object) for name in ("version", "status")}
    return pd.DataFrame(rows).assign(**plain)


def _row(audit: Audit, bank: str, rates: Mapping[Hashable, object]) -> dict[str, object]:
    faces = audit.faces
    mine = audit.serves[:, audit.banks.index(bank)]
    certificate = audit.certificates[bank]
    claim = audit.claims[audit.banks.index(bank)]
    return {
        "version": None if claim.grid is None else claim.grid.version,
        "status": None if claim.grid is None else claim.grid.status,
        "cells": len(claim.cell_ids),
        "served_area_m2": rates["served_area"],
        "area_rate": rates["area_rate"],
        "served_population": rates["served_population"],
        "population_rate": rates["population_rate"],
        "served_units": rates["served_units"],
        "units_rate": rates["units_rate"],
        "alone_m2": float(faces.loc[mine & (faces["flag"] == "single"), "area_m2"].sum()),
        "excessive_m2": float(faces.loc[mine & (faces["flag"] == "excessive"), "area_m2"].sum()),
        "outside_m2": audit.outside_m2[bank],
        "doubled_m2": audit.doubled_m2[bank],
        "outlets": _points(audit, bank, "outlet"),
        "equipment": _points(audit, bank, "equipment"),
        "officers": _officers(audit, bank),
        "is_exact": certificate.valid,
        "digest": certificate.digest,
        "crs_note": claim.crs_note or "",
    }


def _points(audit: Audit, bank: str, source: str) -> int | None:
    if audit.points is None:
        return None
    return int(((audit.points["source"] == source) & (audit.points["bank_id"] == bank)).sum())


def _officers(audit: Audit, bank: str) -> int | None:
    if audit.staff is None or not {"bank_id", "role"} <= set(audit.staff.columns):
        return None
    return int(((audit.staff["role"] == "officer") & (audit.staff["bank_id"].astype(str) == bank)).sum())
