"""The whole sample county: all tables together, made from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from gridpart.errors import InputError
from gridpart.i18n import messages
from gridpart.project.sample.equipment import equipment_table
from gridpart.project.sample.ledger import ledger_table
from gridpart.project.sample.names import BANKS, name_units
from gridpart.project.sample.outlets import out_of_reach, outlets_table
from gridpart.project.sample.outline import lay_out
from gridpart.project.sample.people import accompany
from gridpart.project.sample.planted import Planting, plant, share_a_name, villages_without_service_point
from gridpart.project.sample.population import service_area_table, units_table
from gridpart.project.sample.roads import build_roads
from gridpart.project.sample.staff import staff_table
from gridpart.project.sample.units import N_TOWNSHIPS, settle

if TYPE_CHECKING:
    import networkx as nx

say = messages("project")


@dataclass(frozen=True, eq=False, repr=False)
class SampleTables:
    """
    A synthetic county: nothing in it exists.

    Attributes
    ----------
    service_area
        One row: the county with a lake as hole and an exclave as second part.
    units
        24 communities of one town and 250 villages of ten townships, an exact coverage of the service area.
    outlets
        80 outlets of five banks.
    equipment
        900 pieces of six kinds.
    staff
        200 officers and managers.
    workstations
        One in each village and community but for the planted ones, with ten items each.
    social_officers
        One social-grid officer per unit.
    organisation
        Head offices, departments and branches of the banks.
    roads
        Road table; lines.
    road_graph
        The roads as a graph: nodes with ``x`` and ``y`` in m, edges with ``minutes``.
    banks
        The five banks.
    ledger
        Twelve months of figures per unit.
    planted
        Every planted defect.
    """

    service_area: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    outlets: gpd.GeoDataFrame
    equipment: gpd.GeoDataFrame
    staff: pd.DataFrame
    workstations: gpd.GeoDataFrame
    social_officers: pd.DataFrame
    organisation: pd.DataFrame
    roads: gpd.GeoDataFrame
    road_graph: nx.Graph[Any]
    banks: pd.DataFrame
    ledger: pd.DataFrame
    planted: pd.DataFrame

    def layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Return the tables with a geometry by name."""
        names = ("service_area", "units", "outlets", "equipment", "roads", "workstations")
        return {name: getattr(self, name) for name in names}

    def plain_tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables without geometry by name."""
        names = ("staff", "banks", "ledger", "planted", "social_officers", "organisation")
        return {name: getattr(self, name) for name in names}

    def __repr__(self) -> str:
        """Show the sizes."""
        sizes = {name: len(table) for name, table in {**self.layers(), **self.plain_tables()}.items()}
        return f"SampleTables({', '.join(f'{count:,} {name}' for name, count in sizes.items())})"


def sample_tables(seed: int = 0) -> SampleTables:
    """
    Make the synthetic county.

    Parameters
    ----------
    seed
        Whole number from 0; the same seed gives the same tables, to the byte.

    Returns
    -------
    tables
        In EPSG:4547, coordinates in m rounded to the centimetre.

    Raises
    ------
    InputError
        If the seed is negative or no whole number.
    """
    if isinstance(seed, bool) or not hasattr(seed, "__index__") or seed < 0:
        raise InputError(say("seed must be a whole number from 0; {seed!r} was given. No county was made.", seed=seed))
    # one source of chance per subject: a change to one subject leaves the others as they were
    chance = [np.random.default_rng([int(seed), subject]) for subject in range(12)]
    land = lay_out(chance[0])
    places = settle(land, chance[1])
    names = name_units(places.township.tolist(), n_townships=N_TOWNSHIPS, rng=chance[2])
    units = units_table(places, names, rng=chance[3])
    share_a_name(units, places, rng=chance[9])
    network = build_roads(land, places, rng=chance[4])
    outlets = outlets_table(places, network, units=units, rng=chance[5])
    blank = out_of_reach(places, outlets)
    without = villages_without_service_point(places, blank=blank, rng=chance[9])
    equipment = equipment_table(places, units=units, outlets=outlets, without_service_point=without, rng=chance[6])
    staff, ledger = staff_table(outlets, units, rng=chance[7]), ledger_table(units, rng=chance[8], extra=chance[10])
    planting = Planting(units, equipment, staff, ledger)
    plant(planting, places, outlets=outlets, blank=blank, without_service_point=without, rng=chance[9])
    company = accompany(planting, outlets, rng=chance[11])
    return SampleTables(
        service_area=_as_text(service_area_table(places)),
        units=_as_text(units),
        outlets=_as_text(outlets),
        equipment=_as_text(equipment),
        staff=_as_text(staff),
        workstations=_as_text(company.workstations),
        social_officers=_as_text(company.social_officers),
        organisation=_as_text(company.organisation),
        roads=_as_text(network.table),
        road_graph=network.graph(),
        banks=_as_text(banks_table()),
        ledger=_as_text(planting.ledger),
        planted=_as_text(planting.listed()),
    )


_Table = TypeVar("_Table", bound=pd.DataFrame)


def _as_text(table: _Table) -> _Table:
    """Hold text as plain strings with None where there is none, whatever pandas makes of it by itself."""
    for name, column in table.items():
        if pd.api.types.is_string_dtype(column.dtype) or column.dtype == object:
            plain = column.astype(object)
            table[name] = plain.where(plain.notna(), None)
    return table


def banks_table() -> pd.DataFrame:
    """Return the five invented banks: ``bank_id``, ``name``, ``name_en``, ``short_name``, ``short_name_en``."""
    columns = {
        "bank_id": [bank.bank_id for bank in BANKS],
        "name": [bank.name.chinese for bank in BANKS],
        "name_en": [bank.name.english for bank in BANKS],
        "short_name": [bank.short.chinese for bank in BANKS],
        "short_name_en": [bank.short.english for bank in BANKS],
    }
    return pd.DataFrame(columns).astype(object)
