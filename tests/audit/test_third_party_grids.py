"""Any bank's polygons: in their own coordinate system, with their own gaps and overlaps."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from square_counties import square_county

import gridpart as gp

CRS = "EPSG:4547"
ORIGIN = np.array([500_000.0, 3_400_000.0])


def moved(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = shapely.transform(np.asarray(table.geometry.array, dtype=object), lambda xy: xy + ORIGIN)
    return gpd.GeoDataFrame(table.drop(columns="geometry"), geometry=shapes, crs=CRS)


def county() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    area, units = square_county(3, columns=6, rows=4)
    return moved(area), moved(units)


def cells_of(units: gpd.GeoDataFrame, rows: slice) -> gpd.GeoDataFrame:
    return units.iloc[rows][["unit_id", "geometry"]].rename(columns={"unit_id": "cell_id"})


@pytest.mark.parametrize("codes", [(4547, 4490, 4548), (4547, 4326, 32650), (4547, 3857, 4549)])
def test_R113_three_banks_in_three_crs_overlay_within_a_centimetre(codes: tuple[int, int, int]) -> None:
    area, units = county()
    banks = {"A": slice(0, 14), "B": slice(8, 20), "C": slice(4, 24)}
    reference = gp.audit_grids({bank: cells_of(units, rows) for bank, rows in banks.items()}, area, units=units)
    grids = {bank: cells_of(units, rows).to_crs(code) for (bank, rows), code in zip(banks.items(), codes, strict=True)}
    audit = gp.audit_grids(grids, area, units=units)
    for claim, expected in zip(audit.claims, reference.claims, strict=True):
        assert claim.cell_ids == expected.cell_ids
        assert shapely.hausdorff_distance(claim.polygons, expected.polygons).max() < 0.01
    wide = audit.faces[~audit.faces["is_sliver"]]
    assert wide.groupby("unit_id")["banks"].first().to_dict() == reference.faces.set_index("unit_id")["banks"].to_dict()
    assert audit.faces["area_m2"].sum() == pytest.approx(area.area.sum(), rel=1e-9)
    assert set(audit.findings["kind"]) <= set(reference.findings["kind"]) | {"sliver"}
    assert audit.claims[0].crs_note is None
    assert f"EPSG:{codes[1]}" in str(audit.claims[1].crs_note)
    assert "EPSG:4547" in str(audit.claims[1].crs_note)


def test_R113_duplicate_ids_are_rejected() -> None:
    area, units = county()
    twice = cells_of(units, slice(0, 4)).assign(cell_id=["1", "2", "2", "3"])
    with pytest.raises(gp.InputError, match=r"cell_id in the cells of bank A occur more than once: 2"):
        gp.audit_grids({"A": twice}, area)
    one = cells_of(units, slice(0, 4))
    with pytest.raises(gp.InputError, match="several banks with the id 1"):
        gp.audit_grids({"1": one, 1: one}, area)  # type: ignore[dict-item]
    outlets = gpd.GeoDataFrame(
        {"outlet_id": ["7", "7"], "bank_id": ["A", "A"]}, geometry=one.geometry.centroid.array[:2], crs=CRS
    )
    with pytest.raises(gp.InputError, match="outlet_id in outlets occur more than once: 7"):
        gp.audit_grids({"A": one}, area, outlets=outlets)


def test_R113_a_missing_crs_is_refused_and_a_wrong_one_noticed() -> None:
    area, units = county()
    lost = cells_of(units, slice(0, 4))
    with pytest.raises(gp.CRSError, match="the cells of bank A has no coordinate system"):
        gp.audit_grids({"A": lost.set_crs(None, allow_override=True)}, area)
    with pytest.raises(gp.CRSError, match="the cells of bank A lies about"):
        gp.audit_grids({"A": lost.set_crs(4550, allow_override=True)}, area)


def test_gaps_overlaps_and_slivers_within_a_bank_are_told_apart() -> None:
    area, _ = county()
    x, y = ORIGIN
    cells = gpd.GeoDataFrame(
        {"cell_id": list("abc")},
        geometry=[
            shapely.box(x, y, x + 2000, y + 4000),
            shapely.box(x + 1999.5, y, x + 4000, y + 4000),
            shapely.box(x + 3800, y, x + 5000, y + 4000),
        ],
        crs=CRS,
    )
    audit = gp.audit_grids({"A": cells}, area)
    found = audit.findings.set_index("kind")
    assert found.loc["doubled_within_bank", ["cells", "value"]].tolist() == [("A/b", "A/c"), pytest.approx(800_000)]
    assert found.loc["sliver_within_bank", ["cells", "value"]].tolist() == [("A/a", "A/b"), pytest.approx(2000)]
    assert found.loc["blank", "area_m2"] == pytest.approx(4e6)
    certificate = audit.certificates["A"]
    assert (len(certificate.gaps), len(certificate.overlaps)) == (1, 2)
    assert audit.digests == {"A": None}


def test_a_series_of_polygons_and_an_empty_bank_are_grids_too() -> None:
    area, units = county()
    series = gpd.GeoSeries(units.geometry.array[:3], crs=CRS)
    empty = cells_of(units, slice(0, 0))
    audit = gp.audit_grids({"系列": series, "无": empty}, area)
    assert audit.banks == ("无", "系列")
    assert audit.faces.groupby("bank_count")["area_m2"].sum().to_dict() == pytest.approx({0: 21e6, 1: 3e6})


def test_blank_places_outside_all_units_are_found_one_by_one() -> None:
    area, units = county()
    holes = units.geometry.array[[0, 9, 23]]
    cells = gpd.GeoDataFrame(geometry=[area.geometry.iloc[0] - shapely.union_all(holes)], crs=CRS)
    found = gp.audit_grids({"A": cells}, area).findings
    assert found["kind"].tolist() == ["blank"] * 3
    assert found["finding_id"].is_unique
    assert sorted(found["area_m2"]) == pytest.approx([1e6] * 3)


def test_units_that_leave_part_of_the_area_out_are_audited_with_it() -> None:
    area, units = county()
    some = units.iloc[:20].assign(name=[None, *["村"] * 19])
    audit = gp.audit_grids({"A": cells_of(units, slice(5, 21))}, area, units=some)
    found = audit.findings[audit.findings["kind"] == "blank"]
    outside = found[[unit is None for unit in found["unit_id"]]]
    assert outside["area_m2"].tolist() == pytest.approx([3e6])
    assert outside[["name", "township_id", "zone_class"]].to_numpy().tolist() == [[None, None, None]]
    assert sorted(unit for unit in found["unit_id"] if unit is not None) == ["U000", "U001", "U002", "U003", "U004"]
    assert found.set_index("unit_id").loc["U000", "name"] is None
    assert ">nan<" not in audit.document("en").to_html()
    after = gp.audit_grids(audit.fill_plan().apply(), area, units=some)
    assert "blank" not in set(after.findings["kind"])


@pytest.mark.parametrize("layers", ["outlets", "equipment"])
def test_empty_registers_accuse_nobody(layers: str) -> None:
    area, units = county()
    empty = gpd.GeoDataFrame(
        {name: [] for name in ("outlet_id", "equipment_id", "bank_id", "kind", "status")}, geometry=[], crs=CRS
    )
    audit = gp.audit_grids({"A": cells_of(units, slice(0, 24))}, area, units=units.assign(kind=None), **{layers: empty})
    assert len(audit.findings) == 0
    assert audit.concentration()["hhi"].isna().all()
    with pytest.raises(gp.InputError, match="need units and outlets or equipment"):
        audit.access()


def test_grids_and_polygons_are_audited_side_by_side() -> None:
    area, units = county()
    whole = gp.Grid.from_cells(cells_of(units, slice(None)), area, bank_id="A")
    audit = gp.audit_grids({"A": whole, "B": cells_of(units, slice(0, 14))}, area, units=units)
    figures = audit.indicators(period="2026-01").set_index("bank_id")
    assert figures["status"].tolist() == ["draft", None]
    assert figures["version"].tolist() == [1, None]
    assert "'draft · 1'" in str(audit.document(lang="en").tables)
    assert audit._repr_html_().startswith("<iframe")


def test_banks_without_id_and_cells_without_polygon_are_refused() -> None:
    area, units = county()
    cells = cells_of(units, slice(0, 4))
    with pytest.raises(gp.InputError, match="2 banks of grids have no id: None, ' '"):
        gp.audit_grids({None: cells, " ": cells, "A": cells}, area)  # type: ignore[dict-item]
    with pytest.raises(
        gp.InputError, match="grids must be a mapping of a Grid, a GeoDataFrame, a GeoSeries; a list was given"
    ):
        gp.audit_grids([cells], area)  # type: ignore[arg-type]
    shapes = cells.geometry.to_numpy(dtype=object)
    ids = cells["cell_id"].tolist()
    for shape, why in ((None, "no geometry"), (shapely.Point(ORIGIN), "a Point")):
        broken = cells.set_geometry(gpd.GeoSeries([shape, *shapes[1:]], index=cells.index, crs=CRS))
        with pytest.raises(gp.InputError, match=f"1 of 4 rows of the cells of bank A .*: {ids[0]}: {why}"):
            gp.audit_grids({"A": broken}, area)
    empty = cells.set_geometry(gpd.GeoSeries([shapely.Polygon(), *shapes[1:]], index=cells.index, crs=CRS))
    assert len(gp.audit_grids({"A": empty}, area).claims[0].polygons) == 3
