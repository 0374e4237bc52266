"""Pages and workbooks call banks by their names; the id stands beside it where a name alone would not do."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

import gridpart as gp
from gridpart._typing import Language
from gridpart.audit.naming import BankNames, bank_names_of

CRS = "EPSG:4546"


def audit_of(banks: pd.DataFrame | None, **columns: object) -> gp.audit.Audit:
    area = gpd.GeoSeries([shapely.box(0, 0, 4000, 1000)], crs=CRS)
    half = {"A1": shapely.box(0, 0, 3000, 1000), "B2": shapely.box(2000, 0, 4000, 1000)}
    grids = {bank: gpd.GeoDataFrame(geometry=[shape], crs=CRS) for bank, shape in half.items()}
    outlets = gpd.GeoDataFrame(
        {"outlet_id": ["o1", "o2"], "bank_id": ["A1", "B2"], **columns},
        geometry=gpd.points_from_xy([500, 3500], [500, 500]),
        crs=CRS,
    )
    return gp.audit_grids(grids, area, outlets=outlets, banks=banks)


BANKS = pd.DataFrame({"bank_id": ["A1", "B2"], "name": ["农商银行", "<b>邮储</b>"], "name_en": ["Rural Bank", None]})


@pytest.mark.parametrize(("lang", "first"), [("en", "Rural Bank"), ("zh-Hans", "农商银行"), ("zh-Hant", "农商银行")])
def test_a_page_calls_banks_by_name_and_escapes_them(lang: Language, first: str) -> None:
    audit = audit_of(BANKS)
    page = audit.document(lang)
    assert page.layers[0].cards is not None
    assert any(first in card[2] for card in page.layers[0].cards)
    assert first in page.sources
    assert page.tables[2].rows[0][0] == first
    assert "<b>邮储</b>" not in page.to_html()
    assert audit.findings["banks"].explode().dropna().isin(["A1", "B2"]).all()


def test_a_name_of_two_banks_carries_the_id() -> None:
    names = bank_names_of(BANKS.assign(name=["农商银行", "农商银行"]), None)
    assert names.listed(["A1", "B2", "C3"], "zh-Hans") == "农商银行（A1）、农商银行（B2）、C3"
    assert names.shown("B2", "en") == "农商银行"
    assert BankNames({"A": "B", "B": "甲"}).shown("A", "en") == "B (A)"


def test_names_of_outlets_count_where_all_outlets_of_a_bank_agree() -> None:
    outlets = pd.DataFrame({"bank_id": ["A1", "A1", "B2", "B2"], "bank_name": ["甲行", "甲行", "乙行", "丙行"]})
    names = bank_names_of(None, outlets)
    assert [names.shown(bank, "zh-Hans") for bank in ("A1", "B2")] == ["甲行", "B2"]
    assert "甲行" in audit_of(None, bank_name=["甲行", None]).document("zh-Hant").sources


def test_a_workbook_has_names_beside_ids(tmp_path: Path) -> None:
    audit_of(BANKS).save(tmp_path, lang="en", formats=("xlsx",))
    sheet = openpyxl.load_workbook(tmp_path / "audit.xlsx")["Banks"]
    assert [cell.value for cell in sheet[1]][:2] == ["bank_id", "bank"]
    assert [cell.value for cell in sheet[2]][:2] == ["A1", "Rural Bank"]


def test_comparison_and_fill_plan_call_banks_by_name() -> None:
    area = gpd.GeoSeries([shapely.box(0, 0, 4000, 1000)], crs=CRS)
    left = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1000, 1000)], crs=CRS)
    right = gpd.GeoDataFrame(geometry=[shapely.box(3000, 0, 4000, 1000)], crs=CRS)
    before = gp.audit_grids({"A1": left, "B2": right}, area, banks=BANKS)
    plan = before.fill_plan()
    assert "农商银行" in plan.proposals_in("zh-Hans")["proposal"].str.cat()
    shown = plan.document("zh-Hans")
    assert [row[3] for row in shown.tables[0].rows] == ["农商银行"]
    assert "B2" not in shown.sources
    assert "<b>邮储</b>" not in plan._repr_html_()
    after = gp.audit_grids({"A1": right}, area, banks=BANKS[:1])  # the later audit does not know B2
    page = before.compare(after).document("zh-Hans")
    told = {text for row in page.tables[0].rows for text in row}
    assert {"农商银行", "<b>邮储</b>"} <= told
    assert not {"A1", "B2"} & told


def test_files_are_audited_with_the_names_of_their_banks(tmp_path: Path) -> None:
    area = gpd.GeoDataFrame({"area_id": ["a"]}, geometry=[shapely.box(0, 0, 4000, 1000)], crs=CRS)
    cells = gpd.GeoDataFrame({"cell_id": ["c1"], "bank_id": ["A1"]}, geometry=area.geometry, crs=CRS)
    for name, layer in {"area": area, "cells": cells}.items():
        layer.to_file(tmp_path / f"{name}.gpkg")
    audit = gp.audit_files(tmp_path / "cells.gpkg", tmp_path / "area.gpkg", banks=BANKS)
    assert audit.document("en").sources == "Rural Bank"
