"""Names that may mean one bank: real lists, Chinese short forms, and what must not be suggested."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from square_counties import CRS, square_county

import gridpart as gp
from gridpart.audit import similar_names


def pairs(names: list[str]) -> dict[frozenset[str], str]:
    return {frozenset((row.name, row.other)): row.reason for row in similar_names(names).itertuples(index=False)}


def names_of(folder: Path) -> list[str]:
    outlets = pd.read_csv(folder / "outlets.csv")["bank"]
    machines = pd.read_csv(folder / "equipment_snapshot_a.csv")["institution"]
    return sorted({*outlets, *machines})


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("KeyBank", "Key Bank, National Association", "legal_form"),
        ("Bank of America", "Bank of America N.A. GA1-006-15-40", "legal_form"),
        ("East West Bank", "EastWest Bank", "spelling"),
        ("M&T Bank", "Manufacturers and Traders Trust Company", "initials"),
        ("Sefcu", "State Employees Federal Credit Union", "initials"),
        ("Chase", "JPMorgan Chase Bank, National Association", "short_name"),
        ("Empower FCU", "Empower Federal Credit Union", "short_name"),
        ("Tompkins Mahopac Bank", "Tomkins Mahopac Bank", "typing"),
        ("农行", "中国农业银行", "short_name"),
        ("農業銀行", "农业银行", "spelling"),
        ("ABC ", "中国农业银行", "short_name"),
        ("常熟農商行", "江苏常熟农村商业银行股份有限公司", "short_name"),
        ("農商行", "岚泽农村商业银行", "short_name"),
        ("岚泽县农商银行", "岚泽农商行", "short_name"),
        ("邮储银行", "中国邮政储蓄银行股份有限公司", "short_name"),
        ("钧岳银行", "钧岳银行岚泽支行", "legal_form"),
        ("ＡＢＣ", "abc", "spelling"),
    ],
)
def test_variants_of_one_name_are_suggested(one: str, other: str, reason: str) -> None:
    assert pairs([one, other]) == {frozenset((one, other)): reason}


@pytest.mark.parametrize(
    "names",
    [
        ["B001", "B002", "B010"],
        ["中国银行", "中国农业银行", "中国建设银行", "中国工商银行", "交通银行"],
        ["常熟农商行", "张家港农商行", "常熟村镇银行", "岚泽农村信用社"],
        ["Bank Of Sunset", "Bank Of Zachary", "Bank Of Erath"],
        ["First National Bank Of Benton", "First Federal Bank Of Louisiana", "First Guaranty Bank"],
        ["Citizens Bank & Trust Company", "Citizens Progressive Bank", "Citizens Savings Bank"],
        ["Summit Bank", "Summit Federal Credit Union, The"],
        ["Farmers State Bank & Trust Co.", "Marion State Bank"],
        ["", " "],
    ],
)
def test_different_banks_are_left_alone(names: list[str]) -> None:
    assert pairs(names) == {}


def test_real_lists_of_new_york_name_the_known_variants(shared_data: Path) -> None:
    found = pairs(names_of(shared_data / "ny_onondaga"))
    for one, other in (
        ("KeyBank", "Key Bank, National Association"),
        ("M&T Bank", "Manufacturers and Traders Trust Company"),
        ("Chase", "JPMorgan Chase Bank, National Association"),
        ("Bank of America", "Bank of America N.A. GA1-006-15-40"),
        ("NBT Bank", "NBT Bank, National Association"),
        ("Community Bank", "Community Bank, N.A."),
    ):
        assert frozenset((one, other)) in found
    assert len(found) <= 12
    bronx = pairs(names_of(shared_data / "ny_bronx"))
    for one, other in (
        ("Apple Bank", "Apple Bank For Savings"),
        ("HSBC Bank", "HSBC Bank USA, National Association"),
        ("NYCB", "New York Community Bank"),
        ("Tompkins Mahopac Bank", "Tomkins Mahopac Bank"),
    ):
        assert frozenset((one, other)) in bronx
    assert len(bronx) <= 25


def test_the_111_banks_of_louisiana_bring_few_false_pairs(shared_data: Path) -> None:
    banks = sorted(pd.read_csv(shared_data / "fdic_louisiana" / "outlets.csv")["bank"].unique())
    assert len(banks) == 111
    # all are banks of their own by register: of 6,105 pairs hardly any may be suggested
    assert len(pairs(banks)) <= 6


def test_the_audit_lists_variants_and_counts_them_apart() -> None:
    area, units = square_county(1, columns=2, rows=1)
    whole = units[["geometry"]]
    outlets = gpd.GeoDataFrame(
        {"outlet_id": ["1"], "bank_id": ["Key Bank, National Association"]}, geometry=[shapely.Point(5, 5)], crs=CRS
    )
    audit = gp.audit_grids({"KeyBank": whole, "农行": whole, "中国农业银行": whole}, area, units=units, outlets=outlets)
    assert set(audit.faces["bank_count"]) == {3}
    assert len(audit.similar_banks()) == 2
    page = audit.document("en").to_html()
    assert "may be one bank; they are counted as two" in page
