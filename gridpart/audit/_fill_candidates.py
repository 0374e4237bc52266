"""Where service points could be opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import FloatArray, IntArray
from gridpart.audit._fill_items import Item
from gridpart.errors import InputError
from gridpart.geo import require_same_crs
from gridpart.i18n import Joined, messages
from gridpart.partition.layers import point_coordinates, text_ids

if TYPE_CHECKING:
    from gridpart.audit._fill_table import Step
    from gridpart.audit.audit import Audit

say = messages("audit")


@dataclass(frozen=True, eq=False)
class Candidates:
    """
    Places for new service points, sorted by id.

    Attributes
    ----------
    ids
        One text each.
    places
        In m, shape (n_candidates, 2).
    bank
        Column of the bank that could open it, -1 for any, shape (n_candidates,).
    """

    ids: tuple[str, ...]
    places: FloatArray
    bank: IntArray

    def opened(self, steps: Sequence[Step], *, crs: object) -> gpd.GeoDataFrame:
        """Return the points that a plan opens, with the places and people each serves."""
        rows: dict[str, dict[str, object]] = {}
        people: dict[str, float] = {}
        for step in steps:
            if step.site_kind == "service_point" and step.site_id is not None:
                row = rows.setdefault(
                    step.site_id, {"candidate_id": step.site_id, "bank_id": step.bank_id, "places": 0}
                )
                row["places"] = int(str(row["places"])) + 1
                people[step.site_id] = people.get(step.site_id, 0.0) + step.item.people
        names = sorted(rows)
        number = {name: row for row, name in enumerate(self.ids)}
        columns = ["candidate_id", "bank_id", "places", "population"]
        table = pd.DataFrame([{**rows[name], "population": people[name]} for name in names], columns=columns)
        where = shapely.points(self.places[[number[name] for name in names]].reshape(-1, 2))
        return gpd.GeoDataFrame(table, geometry=where, crs=crs)


def candidates_of(audit: Audit, items: Sequence[Item], candidates: gpd.GeoDataFrame | None) -> Candidates:
    """
    Read candidates; if None, a service point could open in each blank place itself.

    Raises
    ------
    InputError
        If an id is missing or repeats, a row has no point, or a bank is not in the audit.
    CRSError
        If the CRS differs from that of the audit.
    """
    if candidates is None:
        order = sorted(range(len(items)), key=lambda row: items[row].finding_id)
        places = np.array([items[row].place for row in order], dtype=np.float64).reshape(-1, 2)
        ids = tuple(f"new:{items[row].finding_id.partition(':')[2]}" for row in order)
        return Candidates(ids, places, np.full(len(ids), -1, dtype=np.int64))
    require_same_crs(audit.faces, candidates, names=("the audit", "candidates"))
    if len(candidates) == 0:
        return Candidates((), np.zeros((0, 2)), np.zeros(0, dtype=np.int64))
    ids_read = text_ids(candidates, "candidate_id", name="candidates")
    places = point_coordinates(candidates, audit.faces, ids_read, name="candidates")
    order = sorted(range(len(ids_read)), key=lambda row: ids_read[row])
    bank = _banks(audit, candidates, ids_read)
    return Candidates(tuple(ids_read[row] for row in order), places[order], bank[order])


def _banks(audit: Audit, candidates: gpd.GeoDataFrame, ids: Sequence[str]) -> IntArray:
    if "bank_id" not in candidates.columns:
        return np.full(len(candidates), -1, dtype=np.int64)
    number = {bank: column for column, bank in enumerate(audit.banks)}
    named = [None if pd.isna(bank) else str(bank) for bank in candidates["bank_id"]]
    unknown = [f"{ids[row]}: {bank}" for row, bank in enumerate(named) if bank is not None and bank not in number]
    if unknown:
        raise InputError(
            say(
                "{n} candidates name a bank that is not in the audit: {banks}. The audit has {known}. No plan was "
                "made.",
                n=len(unknown),
                banks=Joined(unknown[:8]),
                known=Joined(audit.banks),
            )
        )
    return np.array([-1 if bank is None else number[bank] for bank in named], dtype=np.int64)
