"""The sample county as a project."""

from __future__ import annotations

import pandas as pd

from gridpart.project.project import Project
from gridpart.project.sample.county import SampleTables, sample_tables

_MADE_AT = "2026-01-01T00:00:00+00:00"  # a fixed moment, so that the same seed gives the same bytes


def sample_project(seed: int = 0) -> Project:
    """
    Make the synthetic sample county as a project, with a grid by rule nearest for each of its five banks.

    Everything in it is invented: one town of 24 communities, ten townships of 250 villages, a lake, an exclave, five
    banks with 80 outlets, 900 pieces of equipment, 200 staff, roads, a year's ledger, and defects planted on purpose
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
    project = project_of(sample_tables(seed), seed=seed)
    project.partition(rule="nearest")
    return project


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
    what = f"Synthetic county made from seed {seed}; nothing in it exists."
    return Project(
        name=tables.service_area["name"].iloc[0],
        service_area=tables.service_area,
        units=tables.units,
        outlets=tables.outlets,
        equipment=tables.equipment,
        staff=tables.staff,
        roads=tables.road_graph,
        banks=tables.banks,
        ledger=tables.ledger,
        history=pd.DataFrame([{"at": _MADE_AT, "who": "gridpart", "what": what}]).astype(object),
    )
