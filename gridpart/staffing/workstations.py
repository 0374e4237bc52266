"""Workstations of villages and communities: where one is missing, and how far each meets the ten items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, clauses, messages
from gridpart.partition.layers import text_ids
from gridpart.staffing._cells import Rules, rules_of
from gridpart.staffing._staff import column_of, require_columns, text_column, texts
from gridpart.staffing.checks import Check
from gridpart.tables import flag_in, is_closed
from gridpart.tables.messages import N_

say = messages("staffing")


@checked
def check_workstations(units: pd.DataFrame, workstations: pd.DataFrame, *, profile: Rules = "p3") -> Check:
    """
    Check that each village (and community, by the profile) has a workstation.

    Parameters
    ----------
    units
        Big cells: ``unit_id``, ``kind`` ("village" or "community").
    workstations
        ``workstation_id``, ``unit_id``, ``status``; closed ones do not count.
    profile
        Its ``staffing.workstation_scope``.

    Returns
    -------
    check
        Findings: ``unit_id``, ``kind``, in the order of the units.

    Raises
    ------
    InputError
        If ids repeat, or a workstation stands in a unit that is not there.
    """
    scope = rules_of(profile).staffing.workstation_scope
    asked = {"communities_and_villages": ("community", "village"), "villages": ("village",), "none": ()}[scope]
    text_ids(workstations, "workstation_id", name="workstations")
    require_columns(workstations, ["unit_id"], name="workstations")
    ids, kinds = text_ids(units, "unit_id", name="units"), column_of(units, "kind")
    places = texts(workstations["unit_id"])
    strange = sorted({str(place) for place in places if place not in set(ids)})
    if strange:
        raise InputError(
            say(
                "{n} workstations stand in units that are not there: {units}.",
                n=len(strange),
                units=Joined(strange[:8]),
            )
        )
    closed = is_closed(workstations, name="workstations").tolist()
    have = {place for place, is_gone in zip(places, closed, strict=True) if not is_gone}
    lacking = [
        (unit_id, kind) for unit_id, kind in zip(ids, kinds, strict=True) if kind in asked and unit_id not in have
    ]
    findings = pd.DataFrame(
        {name: text_column(row[at] for row in lacking) for at, name in enumerate(("unit_id", "kind"))}
    )
    return Check(N_("One workstation in each of: {places}"), findings, values={"places": asked})


@dataclass(frozen=True, eq=False, repr=False)
class TenOnes:
    """
    How far workstations meet the checklist.

    Attributes
    ----------
    scores
        ``workstation_id``, one column per item (true or false), ``score`` (items met), in the order of the rows.
    items
        ``item``, ``title``, ``met`` (workstations), ``rate`` (0 to 1; NaN without workstations), by item.
    """

    scores: pd.DataFrame
    items: pd.DataFrame

    @property
    def complete(self) -> list[str]:
        """Workstations that meet every item."""
        return [str(name) for name in self.scores.loc[self.scores["score"] == len(self.items), "workstation_id"]]

    def __repr__(self) -> str:
        """Show how many are complete."""
        return f"<TenOnes: {len(self.complete)} of {len(self.scores)} workstations meet all {len(self.items)} items>"

    def _repr_html_(self) -> str:
        return f"<p>{len(self.complete)} / {len(self.scores)}</p>" + str(self.items.to_html(index=False, escape=True))


@checked
def score_ten_ones(workstations: pd.DataFrame, *, profile: Rules = "p3") -> TenOnes:
    """
    Score workstations by the ten-item checklist.

    Parameters
    ----------
    workstations
        ``workstation_id`` and one column per item, true or false; blank is not met.
    profile
        Its ``ten_ones``.

    Returns
    -------
    outcome
        Score of each workstation, rate of each item.

    Raises
    ------
    InputError
        If a column is missing, ids repeat, or a value is neither true, false nor blank.
    """
    items = rules_of(profile).ten_ones
    codes = [item.code for item in items]
    require_columns(workstations, codes, name="workstations")
    ids = text_ids(workstations, "workstation_id", name="workstations")
    met = np.zeros((len(ids), len(codes)), dtype=np.bool_)
    wrong = []
    for column, code in enumerate(codes):
        for row, value in enumerate(workstations[code].tolist()):
            try:
                met[row, column] = bool(flag_in(value))  # a blank is not met
            except ValueError:
                wrong.append(f"{ids[row]}: {code} is {value!r}")
    if wrong:
        raise InputError(
            say(
                "{n} items are neither true nor false: {items}. Nothing was scored.",
                n=len(wrong),
                items=Joined(wrong[:8], clauses),
            )
        )
    scores = pd.DataFrame({"workstation_id": text_column(ids)} | {code: met[:, at] for at, code in enumerate(codes)})
    scores["score"] = met.sum(axis=1)
    counts = met.sum(axis=0)
    rates = pd.DataFrame(
        {"item": text_column(codes), "title": text_column(item.title for item in items), "met": counts}
    )
    rates["rate"] = counts / len(ids) if ids else np.nan
    return TenOnes(scores, rates)
