"""The workbook of an audit, in the language of who signs it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import gridpart as gp
from gridpart._typing import Language
from gridpart.audit._workbook_words import CODED, in_words
from gridpart.audit.report_tables import report_tables
from gridpart.i18n import translator
from tests.audit.test_figures import county, outlets, whole


def audit() -> gp.Audit:
    area, units = county()
    online = pd.DataFrame({"unit_id": ["U001", "U002", "U002"], "bank_id": ["A", "A", "A "]})
    claims = {"A": whole(units, "U000"), "A ": whole(units, "U000", "U001")}
    accepted = pd.DataFrame(
        [{"finding_id": "blank:U003", "who": "county office", "when": "2026-01-05", "why": "lake", "until": None}]
    )
    points = outlets([("1", "A", 500, 500), ("2", "A ", 1500, 500)])
    return gp.audit_grids(claims, area, units=units, outlets=points, online=online).accept(accepted, as_of="2026-02-01")


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant"])
def test_no_head_and_no_code_is_left_in_english(lang: Language) -> None:
    for made in (audit(), gp.sample_project().audit()):
        plain, worded = report_tables(made, lang=lang), in_words(report_tables(made, lang=lang), lang)
        assert list(plain) == list(worded)
        for title, table in worded.items():
            assert table.columns.is_unique, title
            assert [head for head in table.columns if str(head).isascii()] == [], title
            coded = [head for name, head in zip(plain[title].columns, table.columns, strict=True) if name in CODED]
            codes = {code for head in coded for code in table[head] if isinstance(code, str)}
            assert [code for code in codes if code.isascii()] == [], title
            assert len(table) == len(plain[title])


def test_english_keeps_the_tables_of_the_code_and_figures_stay_figures(tmp_path: Path) -> None:
    made = audit()
    tables = report_tables(made, lang="en")
    assert in_words(tables, "en") is tables
    made.save(tmp_path, lang="zh-Hans", formats=("xlsx",))
    sheet = pd.read_excel(tmp_path / "audit.xlsx", sheet_name="各类占比")
    assert sheet["面积（m²）"].sum() == pytest.approx(made.totals()["area_m2"].sum())
    assert translator("zh-Hans", "audit")("blank") in set(sheet["类别"])
