"""Faces at the level of cells: which cells meet where, and that they add up to the faces of the audit."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from square_counties import CRS, square_county

import gridpart as gp
from gridpart.coverage import arrange, arrangement
from gridpart.coverage._noding import node_segments

AREA = gpd.GeoSeries([shapely.box(0, 0, 6, 2)], crs=CRS)


def cells(*boxes: tuple[float, float, float, float], names: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"cell_id": list(names)}, geometry=[shapely.box(*box) for box in boxes], crs=CRS)


def test_each_face_names_the_cells_that_meet_there() -> None:
    grids = {
        "A": cells((0, 0, 2, 2), (2, 0, 4, 2), names="wx"),
        "B": cells((1, 0, 3, 2), (3, 0, 5, 2), names="yz"),
    }
    faces = gp.audit_grids(grids, AREA).cell_faces
    assert faces.set_index("cells")["area_m2"].to_dict() == {
        (): 2.0,
        ("A/w",): 2.0,
        ("A/w", "B/y"): 2.0,
        ("A/x", "B/y"): 2.0,
        ("A/x", "B/z"): 2.0,
        ("B/z",): 2.0,
    }
    assert faces.set_index("cells")["banks"]["A/x", "B/z"] == ("A", "B")


def test_own_cells_that_overlap_are_all_named() -> None:
    grids = {"A": cells((0, 0, 3, 2), (2, 0, 5, 2), (2, 1, 4, 2), names="xyz")}
    audit = gp.audit_grids(grids, AREA)
    areas = audit.cell_faces.set_index("cells")["area_m2"].to_dict()
    assert areas == {
        (): 2.0,
        ("A/x",): 4.0,
        ("A/x", "A/y"): 1.0,
        ("A/x", "A/y", "A/z"): 1.0,
        ("A/y",): 3.0,
        ("A/y", "A/z"): 1.0,
    }
    assert set(audit.cell_faces["bank_count"]) == {0, 1}


@pytest.mark.parametrize("seed", range(8))
def test_members_equal_a_test_of_points(seed: int) -> None:
    rng = np.random.default_rng(seed)
    layers = [
        shapely.buffer(shapely.points(rng.uniform(0, 1000, (9, 2))), rng.uniform(40, 260, 9), quad_segs=3)
        for _ in range(3)
    ]
    result = arrange([], tolerance=1e-6, members=layers)
    inner = shapely.point_on_surface(result.coverage.polygons)
    thick = shapely.area(result.coverage.polygons) > 1e-3
    for layer, polygons in enumerate(layers):
        for face in np.flatnonzero(thick):
            expected = tuple(np.flatnonzero(shapely.contains(polygons, inner[face])).tolist())
            assert result.members.of(int(result.members.codes[face, layer]), layer) == expected
    assert (result.members.counts()[thick] == [[len(result.members.of(int(c), n)) for n, c in enumerate(row)]
                                               for row in result.members.codes[thick]]).all()  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_cell_faces_add_up_to_the_faces_of_banks(seed: int) -> None:
    area, units = square_county(seed, columns=6, rows=4)
    rng = np.random.default_rng(seed)
    grids = {
        f"B{n}": gpd.GeoDataFrame(
            geometry=shapely.buffer(shapely.points(rng.uniform(0, [6000, 4000], (7, 2))), 900, quad_segs=4), crs=CRS
        )
        for n in range(5)
    }
    audit = gp.audit_grids(grids, area, units=units)
    by_bank = audit.cell_faces.groupby(["unit_id", "is_sliver", "banks"])[["area_m2", "population"]].sum()
    expected = audit.faces.groupby(["unit_id", "is_sliver", "banks"])[["area_m2", "population"]].sum()
    pd.testing.assert_frame_equal(by_bank, expected, rtol=1e-9, atol=1e-5)
    assert gp.certify(audit.cell_faces, area).valid
    assert audit.cell_faces["population"].sum() == units["population"].sum()
    assert (audit.cell_faces["population"] % 1 == 0).all()


def test_findings_name_the_cells_concerned() -> None:
    area, units = square_county(1, columns=4, rows=2)
    whole = shapely.box(0, 0, 4000, 2000)
    half = shapely.box(2000, 0, 4000, 2000)
    grids = {bank: gpd.GeoDataFrame({"cell_id": [f"{bank}1"]}, geometry=[whole], crs=CRS) for bank in "AB"}
    grids["C"] = gpd.GeoDataFrame({"cell_id": ["C1"]}, geometry=[half], crs=CRS)
    found = gp.audit_grids(grids, area, units=units).findings
    crowded = found[found["kind"] == "excessive"]
    assert sorted(crowded["unit_id"]) == ["U002", "U003", "U006", "U007"]
    assert set(crowded["cells"]) == {("A/A1", "B/B1", "C/C1")}


def test_faces_of_banks_and_of_cells_come_from_one_noding(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(*given: object, **more: object) -> object:
        calls.append(1)
        return node_segments(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(arrangement, "node_segments", counted)
    area, units = square_county(2, columns=4, rows=3)
    rng = np.random.default_rng(2)
    circles = shapely.buffer(shapely.points(rng.uniform(0, [4000, 3000], (8, 2))), 900, quad_segs=4)
    audit = gp.audit_grids({"A": gpd.GeoDataFrame(geometry=circles, crs=CRS)}, area, units=units)
    assert len(audit.cell_faces) > len(audit.faces)
    assert len(calls) == 1


def test_a_face_of_banks_has_no_vertex_where_cells_of_others_end() -> None:
    halves = cells((0, 0, 6, 0.7), (0, 0.7, 6, 2), names="ab")
    slanted = [shapely.Polygon([(0, 0), (1, 0), (2, 2), (0, 2)]), shapely.Polygon([(1, 0), (6, 0), (6, 2), (2, 2)])]
    grids = {"A": halves, "B": gpd.GeoDataFrame(geometry=slanted, crs=CRS)}
    audit = gp.audit_grids(grids, AREA)
    assert len(audit.cell_faces) == 4
    # the corners of cells on the border of the area are theirs; where their borders cross, nothing stays
    assert sorted(shapely.get_coordinates(audit.faces.geometry.iloc[0]).tolist()[1:]) == sorted(
        [[0.0, 0.0], [1.0, 0.0], [6.0, 0.0], [6.0, 0.7], [6.0, 2.0], [2.0, 2.0], [0.0, 2.0], [0.0, 0.7]]
    )
