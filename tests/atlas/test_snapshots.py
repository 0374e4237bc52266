"""Equipment at two dates: nothing counted twice, nothing lost, aliases obeyed."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from atlas.county_by_hand import CRS, place

from gridpart.atlas import compare_equipment
from gridpart.atlas.snapshots import EquipmentChanges
from gridpart.errors import CRSError, InputError


def machines(*rows: tuple[str, str, str, shapely.Point | None]) -> gpd.GeoDataFrame:
    ids, banks, addresses, points = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"equipment_id": ids, "bank_id": banks, "address": addresses, "kind": "atm"}, geometry=list(points), crs=CRS
    )


def lines(changes: EquipmentChanges) -> set[tuple[str, str | None, str | None]]:
    return set(changes.table[["change", "before_id", "after_id"]].itertuples(index=False, name=None))


def test_every_machine_is_in_one_line() -> None:
    before = machines(
        ("1", "Alma Bank", "1 Main Street", place(0, 0)), ("2", "Alma Bank", "1 Main Street", place(0, 0)),
        ("3", "Alma Bank", "9 Hill Road", place(500, 0)), ("4", "B&C, N.A.", "2 Lake Ave", place(900, 0)),
        ("5", "Alma Bank", "7 Mill Lane", None), ("6", "Alma Bank", "5 Gone Road", place(100, 900)),
        ("7", "Alma Bank", "Old Name 4", place(300, 300)),
    )  # fmt: skip
    after = machines(
        ("11", "ALMA BANK", "1 MAIN ST.", place(1, 0)), ("13", "Alma Bank", "9 Hill Rd", place(1500, 0)),
        ("14", "B C N A", "2 Lake Avenue", place(900, 1)), ("15", "Alma Bank", "7 Mill Lane", place(40, 40)),
        ("16", "Alma Bank", "8 New Street", place(1900, 900)), ("17", "Alma Bank", "New Name 4", place(310, 300)),
    )  # fmt: skip
    changes = compare_equipment(before, after)
    expected = {
        ("kept", "1", "11"), ("removed", "2", None), ("moved", "3", "13"), ("kept", "4", "14"), ("kept", "5", "15"),
        ("removed", "6", None), ("added", None, "16"), ("readdressed", "7", "17"),
    }  # fmt: skip
    assert {tuple(None if pd.isna(part) else part for part in line) for line in lines(changes)} == expected
    assert changes.counts == {"kept": 3, "moved": 1, "readdressed": 1, "removed": 2, "added": 1}
    assert changes.table.set_index("before_id").loc["3", "distance_m"] == pytest.approx(1000.0)


def test_aliases_join_names_and_addresses() -> None:
    before = machines(("1", "KeyBank", "1 Main", place(0, 0)), ("2", "KeyBank", "City Hall", place(900, 0)))
    after = machines(("8", "Key Bank, National Association", "1 Main", place(0, 0)),
                     ("9", "Key Bank, National Association", "12 Court St", None))  # fmt: skip
    assert compare_equipment(before, after).counts["kept"] == 0
    names = {"KeyBank": "Key Bank, National Association"}
    assert compare_equipment(before, after, bank_aliases=names).counts["kept"] == 1
    places = {"City Hall": "12 Court Street"}
    assert compare_equipment(before, after, bank_aliases=names, address_aliases=places).counts["kept"] == 2


def test_tables_that_cannot_be_compared_are_refused() -> None:
    table = machines(("1", "A", "1 Main", place(0, 0)))
    with pytest.raises(InputError, match="after: no column address"):
        compare_equipment(table, table.drop(columns="address"))
    with pytest.raises(CRSError, match="after"):
        compare_equipment(table, table.to_crs(4326))


@pytest.mark.parametrize(("case", "n_before", "n_after"), [("ny_bronx", 530, 466), ("ny_onondaga", 202, 194)])
def test_real_lists_add_up(shared_data: Path, tmp_path: Path, case: str, n_before: int, n_after: int) -> None:
    area = gpd.read_file(shared_data / case / "case.gpkg", layer="area")
    before, after = (real_equipment(shared_data / case / f"equipment_snapshot_{day}.csv") for day in "ab")
    changes = compare_equipment(before, after)
    counts, table = changes.counts, changes.table
    assert (changes.n_before, changes.n_after) == (n_before, n_after)
    assert sum(counts.values()) - counts["added"] == n_before
    assert sum(counts.values()) - counts["removed"] == n_after
    assert sorted(table["before_id"].dropna()) == sorted(before["equipment_id"])
    assert sorted(table["after_id"].dropna()) == sorted(after["equipment_id"])
    assert counts["kept"] > 0.6 * n_after
    banks = changes.by_bank()
    assert (banks["before"].sum(), banks["after"].sum()) == (n_before, n_after)
    page = changes.save(tmp_path / "changes.html", area, lang="en").read_text(encoding="utf-8")
    assert f"{n_before} rows before, {n_after} after" in page


def real_equipment(path: Path) -> gpd.GeoDataFrame:
    table = pd.read_csv(path, dtype=str).rename(columns={"institution": "bank_id"}).assign(kind="atm")
    x, y = (pd.to_numeric(table[name]) for name in ("longitude", "latitude"))
    points = [shapely.Point(*pair) if pd.notna(pair[0]) else None for pair in zip(x, y, strict=True)]
    return gpd.GeoDataFrame(table, geometry=points, crs=4326).to_crs(32618)
