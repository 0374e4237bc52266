"""Real counties: reach-based claims of all banks add up, whatever the layers look like, and bank names are listed."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

import gridpart as gp

CASES = {
    # folder: longitude, latitude, people, equipment
    "de_new_castle": ("lon", "lat", "POPULATION", None),
    "ny_onondaga": ("longitude", "latitude", "POP8", "equipment_snapshot_a.csv"),
    "ny_bronx": ("longitude", "latitude", "pop5plus", "equipment_snapshot_a.csv"),
}
REACH_M = 3000.0


def points(path: Path, lon: str, lat: str, crs: object) -> gpd.GeoDataFrame:
    table = pd.read_csv(path, dtype=str)
    xy = gpd.points_from_xy(table[lon].astype(float), table[lat].astype(float), crs="EPSG:4326")
    placed = gpd.GeoDataFrame(table, geometry=xy)
    return placed[placed.geometry.is_valid & ~placed.geometry.is_empty].to_crs(crs).reset_index(drop=True)


def claims(area: gpd.GeoDataFrame, outlets: gpd.GeoDataFrame, reach_m: float) -> dict[str, gpd.GeoDataFrame]:
    """Discs about every outlet of each bank, cut by nobody: they overlap each other and leave the county."""
    return {
        bank: gpd.GeoDataFrame(
            {"cell_id": own["outlet_id"].to_numpy()}, geometry=own.buffer(reach_m, quad_segs=8).array, crs=area.crs
        )
        for bank, own in outlets.groupby("bank_id")
    }


def require_adding_up(audit: gp.Audit, area: gpd.GeoDataFrame) -> None:
    total = area.geometry.area.sum()
    assert abs(audit.faces["area_m2"].sum() - total) < 1e-9 * total
    assert abs(audit.cell_faces["area_m2"].sum() - total) < 1e-9 * total
    assert (audit.faces["area_m2"] > 0).all()
    assert gp.certify(audit.faces, area).valid


@pytest.mark.parametrize("case", list(CASES))
def test_real_county_claims_add_up_and_name_variants_are_listed(case: str, shared_data: Path, tmp_path: Path) -> None:
    lon, lat, people, equipment_file = CASES[case]
    folder = shared_data / case
    area = gpd.read_file(folder / "case.gpkg", layer="area")
    units = gpd.read_file(folder / "case.gpkg", layer="atoms")
    units = units.assign(unit_id=[f"U{row:05d}" for row in range(len(units))], population=units[people].astype(int))
    outlets = points(folder / "outlets.csv", lon, lat, area.crs).rename(columns={"bank": "bank_id"})
    equipment = None
    if equipment_file is not None:
        table = points(folder / equipment_file, lon, lat, area.crs)
        name = "institution" if "institution" in table.columns else "bank"
        equipment = table.rename(columns={name: "bank_id"}).assign(kind="atm", status="active")
    audit = gp.audit_grids(claims(area, outlets, REACH_M), area, units=units, outlets=outlets, equipment=equipment)
    require_adding_up(audit, area)
    assert audit.faces["population"].sum() == units["population"].sum()
    assert audit.cell_faces["population"].sum() == units["population"].sum()
    doubled = {bank for bank, area_m2 in audit.doubled_m2.items() if area_m2 > 1}
    assert {
        name for names in audit.findings.query("kind == 'doubled_within_bank'")["banks"] for name in names
    } == doubled
    similar = audit.similar_banks()
    if equipment is not None:
        pairs = {frozenset(pair) for pair in similar[["name", "other"]].to_numpy().tolist()}
        assert any("KeyBank" in pair for pair in pairs) or case == "ny_bronx"
        assert len(pairs) >= 5
    audit.save(tmp_path, lang="en")
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    if len(similar):
        assert "may be one bank" in text


def test_louisiana_parishes_that_overlap_are_refused_and_111_banks_counted(shared_data: Path) -> None:
    folder = shared_data / "fdic_louisiana"
    parishes = gpd.read_file(folder / "counties.gpkg")
    table = pd.read_csv(folder / "outlets.csv", dtype=str)
    lat, lon = ("lat", "lon") if "lat" in table.columns else ("latitude", "longitude")
    bank = "bank" if "bank" in table.columns else "bank_id"
    outlets = points(folder / "outlets.csv", lon, lat, parishes.crs).rename(columns={bank: "bank_id"})
    if "outlet_id" not in outlets.columns:
        outlets["outlet_id"] = [f"O{row:04d}" for row in range(len(outlets))]
    with pytest.raises(gp.InputError, match="overlap"):
        gp.audit_grids(claims(parishes, outlets, 8000.0), parishes)
    outline = gpd.GeoDataFrame(geometry=[parishes.union_all()], crs=parishes.crs)
    audit = gp.audit_grids(claims(outline, outlets, 8000.0), outline, outlets=outlets)
    assert len(audit.banks) == 111
    require_adding_up(audit, outline)
    outside = sum(audit.outside_m2.values())
    assert outside > 1e9  # 207 outlets lie in Texas, Mississippi …
    assert len(audit.similar_banks()) > 0
