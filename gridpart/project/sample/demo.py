"""The sample county as a project."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gridpart.arguments import checked
from gridpart.ledger import unit_cells_of
from gridpart.project.history_words import SAMPLE
from gridpart.project.project import Project
from gridpart.project.sample.county import SampleTables, sample_tables
from gridpart.project.sample.ledger import MONTHS
from gridpart.project.sample.records import Homes, ledger_tables
from gridpart.steps import step, task

_SUBJECT = 20  # chance of the ledgers; the county's own subjects are numbered from 0
_MADE_AT = "2026-01-01T00:00:00+00:00"  # a fixed moment, so that the same seed gives the same bytes


@checked
@task("sample", steps=("tables", "bank_grids", "records"))
def sample_project(seed: int = 0) -> Project:
    """
    Make the synthetic sample county as a project, with a grid by rule nearest for each of its five banks.

    Everything in it is invented: one town of 24 communities, ten townships of 250 villages, a lake, an exclave, five
    banks with 80 outlets, 900 pieces of equipment, 200 staff, roads, a year's ledgers, and defects planted on purpose
    (`sample_tables` lists them).

    Parameters
    ----------
    seed
        Whole number from 0; the same seed gives the same project.

    Returns
    -------
    project
        In EPSG:4547; areas in m², lengths in m, times in min.

    Raises
    ------
    InputError
        If the seed is negative or no whole number.
    """
    step("tables")
    project = project_of(sample_tables(seed), seed=seed)
    step("bank_grids")
    project.partition(rule="nearest")
    step("records")
    fill_ledgers(project, seed=seed)
    return project


def fill_ledgers(project: Project, *, seed: int) -> None:
    """
    Fill the tables of the ledgers of a project that has grids: 12 customers per cell, twelve months.

    Parameters
    ----------
    project
        Changed in place: `records`, `customers`, `members`, `kpis`.
    seed
        The same seed gives the same ledgers.
    """
    made = ledger_tables(_homes(project), rng=np.random.default_rng([seed, _SUBJECT]))
    project.records, project.customers, project.members, project.kpis = (
        made.records,
        made.customers,
        made.members,
        made.kpis,
    )


def _homes(project: Project) -> Homes:
    """Every unit with its cell at each bank, and the officers of that cell."""
    table = unit_cells_of(project.grids, project.units)
    units = project.units.set_index("unit_id")
    officers = project.staff[project.staff["role"] == "officer"].drop_duplicates(["cell_id", "employment_type"])
    by_kind = {kind: rows.set_index("cell_id")["staff_id"] for kind, rows in officers.groupby("employment_type")}
    full = table["cell_id"].map(by_kind["full_time"])
    part = table["cell_id"].map(by_kind["part_time"])
    table = table.assign(
        zone_class=table["unit_id"].map(units["zone_class"]),
        households=table["unit_id"].map(units["households"]),
        officer_id=full.where(full.notna(), part),
        helper_id=part.where(full.notna()),
    )
    # a cell without any officer is looked after by the manager of its bank
    heads = (
        project.staff[project.staff["role"] == "manager"].drop_duplicates("bank_id").set_index("bank_id")["staff_id"]
    )
    table["officer_id"] = table["officer_id"].where(table["officer_id"].notna(), table["bank_id"].map(heads))
    table = table.astype(object).where(table.notna(), None)
    return Homes(table, MONTHS)


def project_of(tables: SampleTables, *, seed: int) -> Project:
    """
    Hold sample tables together as a project without grids.

    Parameters
    ----------
    tables
        From `sample_tables`.
    seed
        What they were made from; kept in the history.
    """
    what = SAMPLE.format(seed=seed)
    return Project(
        name=tables.service_area["name"].iloc[0],
        service_area=tables.service_area,
        units=tables.units,
        outlets=tables.outlets,
        equipment=tables.equipment,
        staff=tables.staff,
        workstations=tables.workstations,
        social_officers=tables.social_officers,
        organisation=tables.organisation,
        roads=tables.road_graph,
        banks=tables.banks,
        ledger=tables.ledger,
        history=pd.DataFrame([{"at": _MADE_AT, "who": "gridpart", "what": what}]).astype(object),
    )
