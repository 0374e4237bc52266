"""Need against stock: the differences add up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from gridpart import profiles, staffing
from gridpart.errors import InputError
from gridpart.project.sample import sample_project

if TYPE_CHECKING:
    from pathlib import Path

CELLS = pd.DataFrame(
    {
        "cell_id": ["c1", "c2"],
        "zone_class": ["urban", "rural"],
        "population": [10_000, 3_001],
        "households": [4_000, 1_000],
    }
)


def test_R65_deficits_minus_surpluses_are_need_minus_stock() -> None:
    stock = pd.DataFrame(
        [("c1", "officer", 3), ("c1", "atm", 1), ("c2", "service_point", 1), (None, "atm", 7)],
        columns=["cell_id", "resource", "count"],
    )
    gap = staffing.resource_gap(CELLS, stock).set_index(["resource", "cell_id"])
    assert gap["need"].to_dict() == {
        ("officer", "c1"): 2,
        ("officer", "c2"): 1,
        ("atm", "c1"): 2,
        ("atm", "c2"): 1,
        ("pos", "c1"): 4,
        ("pos", "c2"): 2,
        ("service_point", "c1"): 0,
        ("service_point", "c2"): 3,
    }
    assert gap.loc[("officer", "c1"), ["deficit", "surplus"]].tolist() == [0, 1]
    assert gap["deficit"].sum() - gap["surplus"].sum() == gap["need"].sum() - gap["stock"].sum()
    assert gap["assumed"].all()


def test_R65_on_a_bank_of_the_sample_county() -> None:
    project = sample_project()
    grid = project.grids["LZRCB"]
    own = grid.locate(project.units.assign(geometry=project.units.geometry.representative_point()))
    people = project.units.groupby(own.to_numpy())[["population", "households"]].sum()
    cells = grid.cells[["cell_id", "zone_class"]].join(people, on="cell_id").fillna({"population": 0, "households": 0})
    stock = staffing.stock_of(grid, equipment=project.equipment, staff=project.staff)
    equipment = project.equipment
    own_pieces = equipment[(equipment["bank_id"] == "LZRCB") & (equipment["status"] != "closed")]
    counted = stock[stock["resource"] != "officer"]
    assert counted.groupby("resource")["count"].sum().to_dict() == own_pieces["kind"].value_counts().to_dict()
    gap = staffing.resource_gap(cells, stock)
    assert gap["deficit"].sum() - gap["surplus"].sum() == gap["need"].sum() - gap["stock"].sum()
    assert (np.minimum(gap["deficit"], gap["surplus"]) == 0).all()


def test_R65_a_ratio_of_ones_own_is_not_assumed(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        'extends = "p5"\n[[resources]]\nresource = "officer"\nper = "households"\n'
        'ratio = { value = 500, unit = "households", assumed = false, note = "Agreed." }\n',
        encoding="utf-8",
    )
    gap = staffing.resource_gap(CELLS, staffing_stock(), profile=profiles.load(path))
    assert gap["need"].tolist() == [8, 2]
    assert not gap["assumed"].any()


def staffing_stock() -> pd.DataFrame:
    return pd.DataFrame({"cell_id": ["c1"], "resource": ["officer"], "count": [1]})


@pytest.mark.parametrize(
    ("cells", "stock", "match"),
    [
        (CELLS.assign(population=[1, -1]), staffing_stock(), "1 cells have no usable population: c2"),
        (CELLS.drop(columns="households"), staffing_stock(), "cells needs the columns households"),
        (CELLS, staffing_stock().assign(cell_id="c9"), "stock names 1 cells that are not there: c9"),
    ],
)
def test_what_cannot_be_compared_is_named(cells: pd.DataFrame, stock: pd.DataFrame, match: str) -> None:
    with pytest.raises(InputError, match=match):
        staffing.resource_gap(cells, stock)


def test_figures_as_text_are_read_and_missing_columns_are_said() -> None:
    officers = pd.DataFrame({"staff_id": ["f1"], "role": "officer", "cell_id": "12"})
    cells = pd.DataFrame({"cell_id": [12], "outlet_id": ["o1"], "demand": ["1,000"]})
    assert staffing.workload(cells, officers)[["cells", "demand"]].to_numpy().tolist() == [[1, 1000]]
    with pytest.raises(InputError, match="cells: demand: 1 values are not a number: row 0: 'many'"):
        staffing.workload(cells.assign(demand="many"), officers)
    with pytest.raises(InputError, match="outlets needs the columns outlet_id"):
        staffing.chains(cells, officers, outlets=pd.DataFrame({"id": ["o1"]}))
    with pytest.raises(InputError, match="workstations needs the columns unit_id"):
        staffing.check_workstations(
            pd.DataFrame({"unit_id": ["u1"], "kind": "village"}), pd.DataFrame({"workstation_id": ["w1"]})
        )
