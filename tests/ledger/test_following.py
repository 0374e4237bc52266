"""What is due as of a day: boundaries of dates, ages, lists, credit through villages and markets."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from ledger_books import record, records

import gridpart as gp
from gridpart.ledger import (
    alerts,
    due_checks,
    industry_credit,
    needs_layer,
    needs_table,
    notice_list,
    open_issues,
    out_of_range,
    record_schemas,
    stale_customers,
    village_credit,
    visit_shares,
)
from gridpart.profiles import load

DAY = "2025-06-30"
DAYS = load("default").follow_up.visit_within_days.count


def before(days: int) -> str:
    return (pd.Timestamp(DAY) - pd.Timedelta(days=days)).date().isoformat()


def test_R74_the_boundary_day_counts_as_within() -> None:
    customers = pd.DataFrame({"customer_id": ["at", "late", "never", "future"], "cell_id": ["A1", "A1", "A1", "A2"]})
    visits = records(
        record(1, "visit", "A1", before(DAYS + 200), customer_id="at"),
        record(2, "visit", "A1", before(DAYS), customer_id="at"),
        record(3, "visit", "A1", before(DAYS + 1), customer_id="late"),
        record(4, "visit", "A2", before(-1), customer_id="future"),
    )
    shares = visit_shares(visits, customers, as_of=DAY).set_index("cell_id")
    assert shares.loc["A1", ["customers", "visited", "stale"]].tolist() == [3, 1, 2]
    assert shares.loc["A2", "share"] == 0
    stale = stale_customers(visits, customers, as_of=DAY)
    assert stale["customer_id"].tolist() == ["future", "never", "late"]
    assert stale["days"].iloc[-1] == DAYS + 1


def test_R70_due_checks_list_every_open_loan_and_what_is_overdue() -> None:
    days = load("default").follow_up.post_loan_check_days.count
    loan = {"product": "small_credit_loan", "amount_yuan": 1000.0}
    table = records(
        record(1, "loan", "A1", before(days), customer_id="due today", balance_yuan=5.0, **loan),
        record(2, "loan", "A1", before(days + 1), customer_id="overdue", balance_yuan=5.0, **loan),
        record(3, "loan", "A1", before(300), customer_id="checked", balance_yuan=5.0, **loan),
        record(4, "check", "A1", before(10), customer_id="checked", officer_id="F1"),
        record(5, "loan", "A1", before(300), customer_id="paid back", balance_yuan=0.0, **loan),
        record(6, "check", "A1", before(400), customer_id="overdue", officer_id="F1"),
        record(7, "loan", "A1", before(-5), customer_id="future", balance_yuan=5.0, **loan),
    )
    checks = due_checks(table, as_of=DAY).set_index("customer_id")
    assert checks["overdue"].to_dict() == {"overdue": True, "due today": False, "checked": False}
    assert checks["days_overdue"].to_dict() == {"overdue": 1, "due today": 0, "checked": 0}
    assert pd.isna(checks.loc["overdue", "last_check"])


def test_R71_the_notice_list_holds_no_personal_column() -> None:
    facts = {
        "unit_id": "U1",
        "source": "core",
        "customer_name": "CANARY",
        "phone": "CANARY",
        "x": 1.0,
        "note": "CANARY",
    }
    table = records(
        record(1, "rating", "A1", "2025-01-01", customer_id="C2", rating="A", **facts),
        record(2, "rating", "A1", "2025-02-01", customer_id="C2", rating="AA", **facts),
        record(3, "rating", "A1", "2025-02-01", customer_id="C1", rating="B", **facts),
    )
    notices = notice_list(table, pd.DataFrame({"unit_id": ["U1"], "name": ["青溪村"]}))
    assert notices[["unit", "customer_id", "rating"]].to_numpy().tolist() == [
        ["青溪村", "C1", "B"],
        ["青溪村", "C2", "AA"],
    ]
    assert not set(notices.columns) & set(record_schemas().personal_fields)
    assert "CANARY" not in notices.to_csv()
    assert notices[["rated_on", "source"]].notna().all(axis=None)


def test_R75_cell_totals_of_needs_sum_to_the_rows_of_the_survey() -> None:
    rows = [record(n, "need", f"A{n % 3 + 1}", segment="mse", product=f"p{n % 2}") for n in range(25)]
    rows.append(record(99, "need", "A1", segment=None, product="p0"))
    table = needs_table(records(*rows))
    assert table["count"].sum() == 26
    assert "missing" in table["segment"].tolist()


def test_R75_the_map_layer_has_every_cell_and_all_needs_of_them() -> None:
    products = [("A1", "loan"), ("A1", "card"), ("A1", "card"), ("A2", "loan"), ("A2", "card"), ("Z", "card")]
    table = records(*(record(n, "need", cell, segment="mse", product=p) for n, (cell, p) in enumerate(products)))
    cells = gpd.GeoDataFrame(
        {"cell_id": ["A1", "A2", "A3"]}, geometry=[shapely.box(n, 0, n + 1, 1) for n in range(3)], crs="EPSG:4547"
    )
    layer = needs_layer(table, cells)
    assert layer["needs"].tolist() == [3, 2, 0]
    assert layer["most_wanted"].tolist() == ["card", "card", None]
    assert layer.crs == cells.crs


def test_R94_village_credit_takes_the_last_figures_of_each_village() -> None:
    counts = {"households": 100, "listed": 50, "granted": 40, "drawn": 10}
    table = records(
        record(1, "village_credit", "A1", "2025-01-31", unit_id="U1", **{**counts, "granted": 20}),
        record(2, "village_credit", "A1", "2025-02-28", unit_id="U1", **counts),
        record(3, "village_credit", "A1", "2025-09-30", unit_id="U1", **{**counts, "drawn": 40}),
        record(4, "village_credit", "A2", "2025-02-28", unit_id="U2", households=0, listed=0, granted=0, drawn=0),
    )
    found = village_credit(table, as_of=DAY).set_index("unit_id")
    assert found.loc["U1", ["listed_rate", "granted_rate", "drawn_rate"]].tolist() == [50, 80, 25]
    assert found.loc["U2", ["listed_rate", "granted_rate", "drawn_rate"]].isna().all()


def test_R95_a_member_of_two_groups_is_counted_once_in_the_bank_total() -> None:
    members = pd.DataFrame(
        [("A", "market", "C1"), ("A", "market", "C2"), ("A", "guild", "C1"), ("A", "guild", "C3"), ("B", "hall", "C1")],
        columns=["bank_id", "group_id", "customer_id"],
    )
    loan = {"product": "small_credit_loan", "amount_yuan": 1000.0}
    table = records(
        record(1, "loan", "A1", customer_id="C1", **loan), record(2, "loan", "A1", customer_id="C1", **loan)
    )
    found = industry_credit(table, members, as_of=DAY).set_index(["bank_id", "group_id"])
    assert found["members"].to_dict() == {
        ("A", "guild"): 2,
        ("A", "market"): 2,
        ("B", "hall"): 1,
        ("A", "all"): 3,
        ("B", "all"): 1,
    }
    assert found.loc[("A", "all"), "granted"] == 1
    assert found.loc[("A", "all"), "rate"] == pytest.approx(100 / 3)


def test_R98_loans_outside_the_limits_of_their_product_are_listed() -> None:
    limit = load("default").products[0].max_yuan.value
    amounts = {"at": limit, "above": limit + 0.01, "least": 0.0}
    rows = [
        record(n, "loan", "A1", customer_id=name, product="small_credit_loan", amount_yuan=amount)
        for n, (name, amount) in enumerate(amounts.items())
    ]
    rows.append(record(9, "loan", "A1", customer_id="odd", product="moon_loan", amount_yuan=1.0))
    found = out_of_range(records(*rows))
    assert found[["record_id", "problem", "assumed"]].to_numpy().tolist() == [
        ["R0001", "above", False],
        ["R0009", "unknown_product", False],
    ]


def test_R106_ages_and_overdue_issues_are_exact() -> None:
    days = load("default").follow_up.issue_days.count
    issue = {"issue_type": "problem", "status": "open"}
    closed = {"issue_type": "problem", "status": "closed", "owner_id": "F1"}
    table = records(
        record(1, "issue", "A1", before(days), **issue),
        record(2, "issue", "A1", before(days + 1), **issue),
        record(3, "issue", "A1", before(5), due_on=before(1), **issue),
        record(4, "issue", "A1", before(50), closed_on=before(0), **closed),
        record(5, "issue", "A1", before(50), closed_on=before(-1), **closed),
        record(6, "issue", "A1", before(-1), **issue),
    )
    found = open_issues(table, as_of=DAY).set_index("record_id")
    assert found["age_days"].to_dict() == {"R0005": 50, "R0002": days + 1, "R0003": 5, "R0001": days}
    assert found["overdue"].to_dict() == {"R0005": True, "R0002": True, "R0003": True, "R0001": False}
    assert found["days_overdue"].to_dict() == {"R0005": 50 - days, "R0002": 1, "R0003": 1, "R0001": 0}


@pytest.mark.parametrize("day", ["2025/6/30", "2025年6月30日", 20250630, dt.date(2025, 6, 30), pd.Timestamp(DAY)])
def test_a_day_written_otherwise_warns_of_the_same(day: object) -> None:
    project = gp.sample_project()
    project.partition()
    book = project.book()
    plain = alerts(book, as_of="2025-06-30")
    assert len(plain)
    pd.testing.assert_frame_equal(alerts(book, as_of=day), plain)  # type: ignore[arg-type]
    checks = due_checks(book.records, as_of="2025-06-30")
    pd.testing.assert_frame_equal(due_checks(book.records, as_of=day), checks)  # type: ignore[arg-type]


def test_what_is_no_day_is_refused() -> None:
    project = gp.sample_project()
    for day in ("soon", None, 45292):
        with pytest.raises(gp.InputError, match=r"as_of (is .*; it must be a date|must be text or a day) such as"):
            due_checks(project.records, as_of=day)  # type: ignore[arg-type]
    with pytest.raises(gp.InputError, match="as_of is 'soon'; it must be a date such as"):
        gp.ledger.grant(project, "officer", "F001", as_of="soon")
