"""Monthly report and bulletin: figures equal the ledger's, a rerun gives the same bytes, pages are offline and safe."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest

import gridpart as gp
from gridpart._typing import Language
from gridpart.errors import InputError
from gridpart.ledger import Book, open_issues
from gridpart.project.sample.records import scaled_book
from gridpart.report import Document, Section, bulletin, line_chart, monthly_report, supervisory_extract
from gridpart.report.figures import SHARES
from gridpart.report.monthly import STEPS

if TYPE_CHECKING:
    from gridpart.report import MonthlyReport

MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]
EVIL = "<script>alert(1)</script>${x}`"


@pytest.fixture(scope="module")
def project() -> gp.Project:
    return gp.sample_project()


@pytest.fixture(scope="module")
def book(project: gp.Project) -> Book:
    return project.book()


def reconcile(report: MonthlyReport, book: Book) -> None:
    """Add the ledger up by hand, with nothing of the report's code, and compare."""
    records, month, end = book.records, report.period, pd.Timestamp(report.as_of)
    own = records[records["date"].dt.strftime("%Y-%m") == month]
    until = records[records["date"] <= end]
    figures = book.cell_figures[book.cell_figures["period"] == month]
    loans = own[own["kind"] == "loan"]
    expected = {
        "cells": len(book),
        "visits": figures["visits"].sum(),
        "return_visits": figures["return_visits"].sum(),
        "households": figures["households"].sum(),
        "households_filed": figures["households_filed"].sum(),
        "units_in_scheme": figures["in_scheme"].sum(),
        "visits_recorded": (own["kind"] == "visit").sum(),
        "profiles": until.loc[until["kind"] == "profile", "customer_id"].nunique(),
        "loans": len(loans),
        "loan_yuan": loans["amount_yuan"].sum(),
        "overdue_yuan": until.loc[until["kind"] == "loan", "overdue_yuan"].sum(),
        "issues_opened": (own["kind"] == "issue").sum(),
        "issues_closed": (records["closed_on"].dt.strftime("%Y-%m") == month).sum(),
        "issues_open": len(open_issues(records, as_of=report.as_of)),
        "customers": book.customers["cell_id"].notna().sum(),
        "alerts": len(report.alerts),
    }
    for table in (report.cells, report.outlets, report.banks):
        for name, value in expected.items():
            assert table[name].sum() == pytest.approx(value, rel=1e-12), (month, name)
        for share, (part, whole) in SHARES.items():
            known = table[table[whole] > 0]
            assert (known[share] * known[whole]).tolist() == pytest.approx(known[part].tolist(), rel=1e-9)


def test_R100_twelve_months_reconcile_with_the_ledger(book: Book) -> None:
    for period in MONTHS:
        reconcile(monthly_report(book, period), book)


def test_R100_a_rerun_gives_identical_output(project: gp.Project, tmp_path: Path) -> None:
    files = []
    for run in ("one", "two"):
        report = monthly_report(project, "2025-06", profile="p2", start="2025-01")
        paths = report.save(tmp_path / run, lang="zh-Hans")
        files.append([path.read_bytes() for path in paths])
        assert [path.name for path in paths] == ["monthly_2025-06.html", "monthly_2025-06.xlsx"]
    assert files[0] == files[1]
    workbook = openpyxl.load_workbook(tmp_path / "one" / "monthly_2025-06.xlsx")
    assert workbook.sheetnames == ["银行", "方案目标", "网点", "风险预警", "网格"]
    assert workbook["网格"].max_row == 81


def test_R100_the_report_of_a_month_knows_nothing_later(project: gp.Project) -> None:
    early = monthly_report(project, "2025-03")
    cut = gp.sample_project()
    cut.records = cut.records[cut.records["date"] <= "2025-03-31"]
    cut.kpis = cut.kpis[cut.kpis["period"] <= "2025-03"]
    cut.ledger = cut.ledger[cut.ledger["period"] <= "2025-03"]
    again = monthly_report(cut, "2025-03")
    pd.testing.assert_frame_equal(early.cells, again.cells)
    pd.testing.assert_frame_equal(early.alerts, again.alerts)
    pd.testing.assert_frame_equal(early.trend, again.trend)


def test_targets_are_judged_from_the_given_start_and_never_without(project: gp.Project) -> None:
    assert monthly_report(project, "2025-12", profile="p2").targets is None
    found = monthly_report(project, "2025-12", profile="p2", start="2025-01").targets
    assert found is not None
    verdicts = found.set_index("target")["verdict"]
    assert verdicts.to_dict() == {"unit_coverage_rate": "met", "resident": "met", "rural": "met", "mse": "failed"}
    later = monthly_report(project, "2025-12", profile="p2", start="2024-12")
    assert later.judged is not None
    assert later.judged.year == 2
    with pytest.raises(InputError, match="the plan starts in 2026-01, after 2025-12"):
        monthly_report(project, "2025-12", profile="p2", start="2026-01")
    for wrong in ("2025", "2025-13", "12/2025", "2025-1"):
        with pytest.raises(InputError, match="a period is a month such as"):
            monthly_report(project, wrong)


def test_planted_missing_month_of_a_unit_is_said(project: gp.Project) -> None:
    months = project.ledger["unit_id"].value_counts()
    unit_id = months[months < 12].index[0]
    known = set(project.ledger.loc[project.ledger["unit_id"] == unit_id, "period"])
    (period,) = set(MONTHS) - known
    report = monthly_report(project, period)
    assert report.missing == (unit_id,)
    assert unit_id in report.to_html("en")


def test_R101_every_bank_and_every_district_stands_in_the_bulletin_once(project: gp.Project, tmp_path: Path) -> None:
    made = bulletin(project, "2025-12", profile="p2", start="2025-01")
    assert sorted(made.banks["bank_id"]) == project.bank_ids
    assert sorted(made.districts["township"]) == sorted(project.units["township"].unique())
    assert made.districts["units"].sum() == len(project.units)
    page = made.document("en").to_html()
    assert "profile p2" in page
    assert "as of 2025-12-31" in page
    for name in [*project.banks["name"], *project.units["township"].unique()]:
        assert len(re.findall(f"<td[^>]*>{name}</td>", page)) == 1
    assert made.banks["score"].is_monotonic_decreasing
    again = bulletin(project, "2025-12", profile="p2", start="2025-01")
    pages = [one.save(tmp_path / name) for one, name in ((made, "one"), (again, "two"))]
    assert [path.read_bytes() for path in pages[0]] == [path.read_bytes() for path in pages[1]]
    assert f"Most to do: {made.districts.iloc[-1]['township']}." in page


def test_a_district_whose_coverage_is_not_known_has_not_failed(project: gp.Project) -> None:
    other = replace(project, ledger=project.ledger.drop(columns="in_scheme"))
    found = bulletin(other, "2025-12", profile="p2", start="2025-01").districts
    assert set(found["verdict"]) == {"not_computable"}


def test_R101_a_bank_without_figures_is_listed_without_rank(project: gp.Project) -> None:
    other = gp.sample_project()
    other.banks = pd.concat([other.banks, pd.DataFrame([{"bank_id": "ZZZ", "name": EVIL}])], ignore_index=True)
    other.customers = other.customers[other.customers["bank_id"] != "JYB"]
    made = bulletin(other, "2025-06")
    assert sorted(made.banks["bank_id"]) == [*project.bank_ids, "ZZZ"]
    assert made.banks.tail(2)["rank"].isna().all()
    page = made.document("en").to_html()
    assert "Without figures:" in page
    assert "<script" not in page


def test_R108_the_extract_has_one_row_per_bank_and_period_and_is_reproducible(project: gp.Project) -> None:
    extract = supervisory_extract(project, ["2025-12", "2025-06", "2025-06"])
    assert extract[["period", "bank_id"]].to_numpy().tolist() == [
        [period, bank] for period in ("2025-06", "2025-12") for bank in project.bank_ids
    ]
    pd.testing.assert_frame_equal(extract, supervisory_extract(project, ["2025-06", "2025-12"]))
    report = monthly_report(project, "2025-06")
    assert extract["visits_recorded"].head(5).tolist() == report.banks["visits_recorded"].tolist()


def test_R123_the_extract_leaves_out_figures_of_few_customers(project: gp.Project) -> None:
    extract, report = supervisory_extract(project, ["2025-06"]), monthly_report(project, "2025-06")
    few = (report.banks["loans"] > 0) & (report.banks["loans"] < 10)
    assert few.any()
    assert extract["loan_yuan"].isna().tolist() == few.tolist()
    assert extract["hidden"].tolist() == ["loans loan_yuan" if hide else "" for hide in few]
    assert (extract["loans"].dropna() >= 10).all()
    assert extract["customers"].tolist() == report.banks["customers"].tolist()


@pytest.mark.parametrize("lang", ["en", "zh-Hans", "zh-Hant"])
def test_pages_speak_every_language_and_carry_no_script(project: gp.Project, lang: Any) -> None:
    page = monthly_report(project, "2025-12", profile="p2", start="2025-01").to_html(lang)
    assert f'<html lang="{lang}">' in page
    assert "default-src 'none'" in page
    assert "<script" not in page
    if lang != "en":
        text = re.sub(r"<[^>]*>", " ", page.split("</style>")[1])
        words = set(re.findall(r"[A-Za-z]{4,}", text))
        assert words <= {"LZRCB", "CLVB", "YLSB"}, words


def test_text_from_data_stays_text(tmp_path: Path) -> None:
    chart = line_chart([EVIL, "b"], {EVIL: [1.0, float("nan")], "ok": [float("nan"), 2.0]}, title=EVIL)
    table = pd.DataFrame({"name": [EVIL, "=1+1"], "share": [0.4, 1.0]})
    section = Section(EVIL, table, text=(EVIL,), chart=chart, percent=frozenset(["share"]))
    document = Document(EVIL, EVIL, "en", (section,))
    page = document.to_html()
    assert "<script" not in page
    assert "40.0" in page
    _, workbook = document.save(tmp_path, "evil")
    cells = [cell for sheet in openpyxl.load_workbook(workbook) for row in sheet.iter_rows() for cell in row]
    assert cells
    assert all(cell.data_type != "f" for cell in cells)
    with pytest.raises(InputError, match="is no plain file name"):
        document.save(tmp_path, "../evil")


@pytest.mark.browser
def test_pages_work_without_network(project: gp.Project, tmp_path: Path, browser: Any) -> None:
    page, _ = monthly_report(project, "2025-12", profile="p2", start="2025-01").save(tmp_path)
    browser.open(page)
    assert browser.outside_requests == []
    assert browser.errors == []


@pytest.mark.browser
def test_no_column_of_a_report_is_cut_off_on_paper(project: gp.Project, tmp_path: Path, browser: Any) -> None:
    file = tmp_path / "month.html"
    file.write_text(monthly_report(project, "2025-12").to_html("zh-Hans"), encoding="utf-8")
    page = browser.open(file, viewport={"width": 1047, "height": 718})  # lying A4 within its margins
    page.emulate_media(media="print")
    wide = "[...document.querySelectorAll('table')].map((one) => one.getBoundingClientRect().right)"
    assert max(page.evaluate(wide)) <= 1047
    sheets = "[...document.styleSheets[0].cssRules].flatMap((rule) => [...(rule.cssRules ?? [])])"
    assert "landscape" in page.evaluate(f"{sheets}.map((rule) => rule.cssText).join()")


def test_progress_is_told_in_order(book: Book) -> None:
    told: list[str] = []
    monthly_report(book, "2025-05", progress=told.append)
    assert told == list(STEPS[: len(told)])
    assert len(told) >= 4


def test_R100_a_scaled_book_reconciles() -> None:
    book = scaled_book(1_000, n_months=3)
    for period in MONTHS[:3]:
        reconcile(monthly_report(book, period), book)


@pytest.mark.full
def test_R100_twenty_thousand_cells_in_under_thirty_seconds(tmp_path: Path) -> None:
    book = scaled_book(20_000)
    told: list[str] = []
    begun = time.process_time()
    report = monthly_report(book, "2025-12", profile="p2", start="2025-01", progress=told.append)
    report.save(tmp_path)
    seconds = time.process_time() - begun
    print(f"monthly report of 20,000 cells x 12 months, page and workbook: {seconds:.1f} s of processor time")
    assert seconds < 30
    assert len(told) >= 4
    reconcile(report, book)
    assert (tmp_path / "monthly_2025-12.html").stat().st_size < 3_000_000


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "Nothing is dated in 2031-02. Months with data: 2025-01 to 2025-12"),
        ("zh-Hans", "2031-02 没有任何数据。有数据的月份：2025-01 至 2025-12"),
        ("zh-Hant", "2031-02 沒有任何資料。有資料的月份：2025-01 至 2025-12"),
    ],
)
def test_a_month_without_data_says_so_and_names_the_months_that_have(book: Book, lang: Language, said: str) -> None:
    report = monthly_report(book, "2031-02")
    assert not report.has_data
    assert said in report.to_html(lang)
    assert "Nothing is dated in 2031-02" in repr(report)
    assert monthly_report(book, "2025-06").without_data(lang) == ""


def test_months_with_data_that_do_not_follow_each_other_are_named_apart(book: Book) -> None:
    figures = book.figures[book.figures["period"].isin(["2025-02", "2025-03", "2025-12"])]
    sparse = replace(book, figures=figures, records=book.records.iloc[:0])
    assert monthly_report(sparse, "2025-07").without_data("en").endswith("data: 2025-02 to 2025-03, 2025-12.")
