"""What is known of the people beyond their posts, and who and what stands beside them; no real person anywhere."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import IntArray
from gridpart.profiles import load
from gridpart.project.sample.planted import Planting

_SINCE = "2025-01-01"
_TRAINED_SHARE = 0.8
_DAYS = 365
_LOST_WORKSTATIONS = {"community": 1, "village": 2}
_WITHOUT_CREDENTIAL, _WITHOUT_CARD = 2, 1
_TOPICS = tuple(term.code for term in load("default").duties.training_topics)
_ITEMS = tuple(term.code for term in load("default").ten_ones)
_ITEM_SHARE = 0.93


@dataclass(frozen=True, eq=False)
class Company:
    """
    Tables beside the staff.

    Attributes
    ----------
    workstations
        ``workstation_id``, ``unit_id``, ``status``, the ten items (true or false), points.
    social_officers
        One per unit: ``social_officer_id``, ``unit_id``.
    organisation
        Head offices, departments and branches: ``org_id``, ``parent_id``, ``kind``, ``name``, ``bank_id``,
        ``outlet_id``.
    """

    workstations: gpd.GeoDataFrame
    social_officers: pd.DataFrame
    organisation: pd.DataFrame


def accompany(planting: Planting, outlets: gpd.GeoDataFrame, *, rng: np.random.Generator) -> Company:
    """
    Add training, credentials and counterparts to the staff, and make the tables beside it, with planted defects.

    Parameters
    ----------
    planting
        Its staff gets ``position``, ``valid_from``, ``social_officer_id``, ``training_date``, ``training_topics``,
        ``credential_issued``, ``card_issued``; its list gets the defects.
    outlets
        Get ``parent_outlet_id``, the main branch of the bank.
    rng
        Source of chance.

    Returns
    -------
    company
        The tables.
    """
    _name_parents(outlets)
    social = _social_officers(planting.units)
    _add_records(planting, outlets, social, rng)
    return Company(_workstations(planting, rng), social, _organisation(outlets))


def _name_parents(outlets: gpd.GeoDataFrame) -> None:
    main = outlets[outlets["kind"] == "main_branch"].set_index("bank_id")["outlet_id"]
    outlets.insert(len(outlets.columns) - 1, "parent_outlet_id", outlets["bank_id"].map(main).astype(object))


def _social_officers(units: gpd.GeoDataFrame) -> pd.DataFrame:
    ids = [f"S{number + 1:04d}" for number in range(len(units))]
    return pd.DataFrame({"social_officer_id": ids, "unit_id": units["unit_id"].to_numpy(object)}).astype(object)


def _add_records(planting: Planting, outlets: gpd.GeoDataFrame, social: pd.DataFrame, rng: np.random.Generator) -> None:
    staff = planting.staff
    manager, part = (staff["role"] == "manager").to_numpy(), (staff["employment_type"] == "part_time").to_numpy()
    loans = rng.random(len(staff)) < 0.4
    staff["position"] = np.select(
        [manager, part, loans], ["branch_head", "village_cadre", "loan_officer"], default="customer_manager"
    ).astype(object)
    staff["valid_from"] = _SINCE
    unit = dict(zip(outlets["outlet_id"], outlets["unit_id"], strict=True))
    counterpart = dict(zip(social["unit_id"], social["social_officer_id"], strict=True))
    staff["social_officer_id"] = [
        None if is_manager else counterpart[unit[outlet_id]]
        for is_manager, outlet_id in zip(manager, staff["outlet_id"], strict=True)
    ]
    _train(staff, rng)
    staff["credential_issued"], staff["card_issued"] = part, manager
    _plant(planting, np.flatnonzero(manager), np.flatnonzero(part), rng)


def _train(staff: pd.DataFrame, rng: np.random.Generator) -> None:
    trained = rng.random(len(staff)) < _TRAINED_SHARE
    days = np.datetime64(_SINCE) + rng.integers(0, _DAYS, len(staff)).astype("timedelta64[D]")
    held = rng.random((len(staff), len(_TOPICS))) < 0.6
    held[~held.any(axis=1), 0] = True
    topics = [";".join(topic for topic, has in zip(_TOPICS, row, strict=True) if has) for row in held.tolist()]
    staff["training_date"] = [str(day) if was else None for day, was in zip(days, trained, strict=True)]
    staff["training_topics"] = [text if was else None for text, was in zip(topics, trained, strict=True)]


def _plant(planting: Planting, managers: IntArray, helpers: IntArray, rng: np.random.Generator) -> None:
    staff = planting.staff
    officers = staff[(staff["role"] == "officer") & (staff["bank_id"] == "YLSB")]
    cell = str(rng.choice(np.sort(officers["cell_id"].dropna().unique().astype(str))))
    staff.loc[staff["cell_id"] == cell, "social_officer_id"] = None
    planting.note("cell_without_counterpart", "cells", [cell])
    for kind, column, rows, number in (
        ("officer_without_credential", "credential_issued", helpers, _WITHOUT_CREDENTIAL),
        ("manager_without_card", "card_issued", managers, _WITHOUT_CARD),
    ):
        chosen = np.sort(rng.choice(rows, number, replace=False))
        staff.loc[chosen, column] = False
        planting.note(kind, "staff", staff.loc[chosen, "staff_id"])


def _workstations(planting: Planting, rng: np.random.Generator) -> gpd.GeoDataFrame:
    units = planting.units
    lost = np.sort(
        np.concatenate(
            [
                rng.choice(np.flatnonzero(units["kind"] == kind), number, replace=False)
                for kind, number in _LOST_WORKSTATIONS.items()
            ]
        )
    )
    planting.note("unit_without_workstation", "units", units["unit_id"].to_numpy(object)[lost])
    # one of the places without has a workstation that is closed
    kept = np.sort(np.append(np.setdiff1d(np.arange(len(units)), lost), lost[0]))
    points = np.round(shapely.get_coordinates(units.geometry.representative_point().array), 2)[kept]
    columns = {
        "workstation_id": np.array([f"W{number + 1:04d}" for number in range(len(kept))], dtype=object),
        "unit_id": units["unit_id"].to_numpy(object)[kept],
        "status": np.where(kept == lost[0], "closed", "active").astype(object),
    }
    columns |= {item: rng.random(len(kept)) < _ITEM_SHARE for item in _ITEMS}
    return gpd.GeoDataFrame(columns, geometry=shapely.points(points), crs=units.crs)


def _organisation(outlets: gpd.GeoDataFrame) -> pd.DataFrame:
    """Three levels for each bank: head office, two departments, and the outlets below the department of their kind."""
    rows: list[tuple[str | None, ...]] = []
    for bank_id in sorted(set(outlets["bank_id"])):
        rows.append((f"{bank_id}-H", None, "head_office", "总行", bank_id, None))
        for code, name in (("R", "零售金融部"), ("I", "普惠金融部")):
            rows.append((f"{bank_id}-{code}", f"{bank_id}-H", "department", name, bank_id, None))
    pairs = zip(outlets["bank_id"], outlets["outlet_id"], outlets["kind"], outlets["name"], strict=True)
    for bank_id, outlet_id, kind, name in pairs:
        department = "R" if kind in ("main_branch", "self_service_bank") else "I"
        rows.append((f"{bank_id}-{outlet_id}", f"{bank_id}-{department}", "branch", name, bank_id, outlet_id))
    return pd.DataFrame(rows, columns=["org_id", "parent_id", "kind", "name", "bank_id", "outlet_id"]).astype(object)
