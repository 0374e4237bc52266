"""Every cell needs a channel and an officer, every village a service point."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from square_counties import CRS, square_county

import gridpart as gp


def layers() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame, pd.DataFrame]:
    area, units = square_county(5, columns=4, rows=2)
    x, y = [500, 3500, 1500], [500, 500, 1500]
    outlets = gpd.GeoDataFrame(
        {"outlet_id": ["1", "2", "3"], "bank_id": ["A", "A", "B"]}, geometry=gpd.points_from_xy(x, y), crs=CRS
    )
    staff = pd.DataFrame(
        {"staff_id": list("pqr"), "role": "officer", "bank_id": list("AAB"), "cell_id": ["A-1", "A-2", "B-3"]}
    )
    return area, units, outlets, staff


def grids(area: gpd.GeoDataFrame, outlets: gpd.GeoDataFrame) -> dict[str, gp.Grid]:
    return {bank: gp.partition.nearest(area, own) for bank, own in outlets.groupby("bank_id")}


def service_findings(audit: gp.Audit) -> list[str]:
    kinds = ("no_officer", "no_channel", "no_service_point", "no_workstation")
    return sorted(audit.findings.loc[audit.findings["kind"].isin(kinds), "finding_id"])


def test_R33_removing_one_officer_lists_that_cell_only() -> None:
    area, units, outlets, staff = layers()
    made = grids(area, outlets)
    cells = {cell for grid in made.values() for cell in grid.cells["cell_id"]}
    assert cells == set(staff["cell_id"])
    assert service_findings(gp.audit_grids(made, area, units=units, outlets=outlets, staff=staff)) == []
    for row in range(3):
        audit = gp.audit_grids(made, area, units=units, outlets=outlets, staff=staff.drop(index=row))
        bank, cell = staff.loc[row, ["bank_id", "cell_id"]]
        assert service_findings(audit) == [f"no_officer:{bank}/{cell}"]
        found = audit.findings.set_index("kind").loc["no_officer"]
        assert found["cells"] == (f"{bank}/{cell}",)
        assert found["population"] == made[bank].cells.set_index("cell_id").loc[cell].geometry.intersection(
            units.geometry
        ).area.mul(units["population"] / 1e6).sum().round()  # fmt: skip


def test_R33_removing_one_channel_lists_that_cell_only() -> None:
    area, units, outlets, _ = layers()
    made = grids(area, outlets)
    left = outlets[outlets["outlet_id"] != "2"]
    assert service_findings(gp.audit_grids(made, area, units=units, outlets=left)) == ["no_channel:A/A-2"]
    atm = gpd.GeoDataFrame(
        {"equipment_id": ["e"], "bank_id": ["A"], "kind": ["atm"], "status": ["active"]},
        geometry=gpd.points_from_xy([3600], [300]),
        crs=CRS,
    )
    villages = units.assign(kind=None)
    assert service_findings(gp.audit_grids(made, area, units=villages, outlets=left, equipment=atm)) == []
    closed = atm.assign(status="closed")
    audit = gp.audit_grids(made, area, units=villages, outlets=left, equipment=closed)
    assert service_findings(audit) == ["no_channel:A/A-2"]


def test_R33_managers_and_registers_without_cells_judge_nobody() -> None:
    area, units, outlets, staff = layers()
    made = grids(area, outlets)
    for table in (staff.assign(role="manager"), staff.assign(cell_id=None), staff.drop(columns="cell_id")):
        assert service_findings(gp.audit_grids(made, area, units=units, outlets=outlets, staff=table)) == []


def points(places: list[tuple[float, float]], kind: str, status: str = "active") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"equipment_id": [f"{kind}{n}" for n in range(len(places))], "bank_id": "A", "kind": kind, "status": status},
        geometry=gpd.points_from_xy(*zip(*places, strict=True)),
        crs=CRS,
    )


def test_R61_each_village_needs_an_active_service_point_and_a_border_counts_once() -> None:
    area, units, outlets, _ = layers()
    made = grids(area, outlets)
    # villages are U002, U003, U006, U007; a point on the border of two counts for the lower id only
    active = points([(3000, 500), (2500, 1500)], "service_point")
    closed = points([(3500, 500), (3500, 1500)], "service_point", "closed").assign(equipment_id=["c1", "c2"])
    audit = gp.audit_grids(made, area, units=units, equipment=pd.concat([active, closed], ignore_index=True))
    found = audit.findings[audit.findings["kind"] == "no_service_point"]
    assert sorted(found["unit_id"]) == ["U003", "U007"]
    assert found["value"].tolist() == [0.0, 0.0]
    assert (found["limit"].tolist(), found["assumed"].tolist()) == ([1.0, 1.0], [False, False])


@pytest.mark.parametrize(
    ("scope", "missing"),
    [
        ("none", []),
        ("villages", ["U002", "U006", "U007"]),
        ("communities_and_villages", ["U000", "U001", "U002", "U004", "U005", "U006", "U007"]),
    ],
)
def test_R66_missing_workstations_by_the_scope_of_the_profile(scope: str, missing: list[str]) -> None:
    area, units, outlets, _ = layers()
    rules = gp.profiles.load("default")
    rules = rules.model_copy(update={"staffing": rules.staffing.model_copy(update={"workstation_scope": scope})})
    stations = points([(3500, 500)], "workstation")
    audit = gp.audit_grids(grids(area, outlets), area, units=units, equipment=stations, profile=rules)
    found = audit.findings[audit.findings["kind"] == "no_workstation"]
    assert sorted(found["unit_id"]) == missing


def test_closed_machines_are_no_access_points_in_any_usual_word_and_others_are_not_guessed() -> None:
    area, units, outlets, _ = layers()
    machines = gpd.GeoDataFrame(
        {"equipment_id": ["e1", "e2"], "bank_id": "A", "kind": "atm", "status": ["在用", "停用"]},
        geometry=gpd.points_from_xy([500, 600], [500, 600]),
        crs=CRS,
    )
    audit = gp.audit_grids(grids(area, outlets), area, units=units, equipment=machines)
    assert audit.points is not None
    assert audit.points["point_id"].tolist() == ["e1"]
    with pytest.raises(gp.InputError, match="equipment: 2 rows have a status that is neither active nor closed"):
        gp.audit_grids(grids(area, outlets), area, units=units, equipment=machines.assign(status="planned"))
    with pytest.raises(gp.InputError, match="outlets and equipment needs the columns bank_id"):
        gp.audit.cells_without_service(grids(area, outlets)["A"], outlets=outlets.drop(columns="bank_id"))
