"""Figures and records as people hand them in: read where they say what they mean, refused where they do not."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from ledger_books import CELLS, book, record

from gridpart.errors import InputError
from gridpart.ledger import Book, last_visits, pivot, rates_of, roll_up
from gridpart.report import monthly_report

UNITS = pd.DataFrame({"unit_id": ["u1", "u2"], "zone_class": ["urban", "rural"]})
VISIT = {"customer_id": "C1", "officer_id": "F1", "date": "2025-06-01"}
UNIT_CELLS = pd.DataFrame({"unit_id": ["u1", "u2"], "bank_id": "A", "cell_id": ["A1", "A2"]})


def figures(**columns: object) -> pd.DataFrame:
    base = {"period": "2025-06", "unit_id": ["u1", "u2"], "in_scheme": [True, False]}
    return pd.DataFrame(base | {"households": [1000, 20], "households_filed": [500, 5], "visits": [1, 2]} | columns)


def of_banks(table: pd.DataFrame) -> pd.Series:
    units = Book(CELLS, figures=table, units=UNITS, unit_cells=UNIT_CELLS)
    return monthly_report(units, "2025-06").banks.set_index("bank_id").loc["A"]


@pytest.mark.parametrize(
    "columns",
    [
        {"period": "2025/6"}, {"period": 202506}, {"period": dt.date(2025, 6, 30)},
        {"period": pd.Period("2025-06", "M")},
        {"in_scheme": ["True", "False"]}, {"in_scheme": ["是", None]}, {"in_scheme": [1.0, np.nan]},
        {"households": ["1,000", "２０"]},
    ],
)  # fmt: skip
def test_report_and_rates_read_figures_as_people_write_them(columns: dict[str, object]) -> None:
    row = of_banks(figures(**columns))
    assert (row["households"], row["units_in_scheme"], row["visits"]) == (1020, 1, 3)
    rates = rates_of(figures(**columns), UNITS, period="2025-06").rates
    assert (rates["unit_coverage_rate"], rates["resident"]) == (50, 50)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"period": "June"}, "'June' are no months such as '2025-06'"),
        ({"unit_id": "u1"}, "1 rows stand twice, by period, unit_id: 2025-06 u1"),
        ({"households": ["约500", 20]}, "households: 1 values are not a number: row 0: '约500'"),
        ({"visits": [-1, 2]}, "visits is negative in rows 0"),
        ({"in_scheme": ["perhaps", True]}, "in_scheme: 1 values are not yes or no: row 0: 'perhaps'"),
        ({"households_filed": [1001, 5]}, "households_filed of 2025-06 is above households in units u1"),
    ],
)
def test_figures_that_would_give_wrong_sums_are_refused(columns: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        of_banks(figures(**columns))


def test_what_belongs_to_no_active_cell_is_named_and_not_counted() -> None:
    table = figures(unit_id=["u1", "gone"])
    units = book(record(1, "visit", "A1", **VISIT), record(2, "visit", "A-closed", **VISIT))
    source = Book(CELLS, records=units.records, figures=table, units=UNITS, unit_cells=UNIT_CELLS)
    report = monthly_report(source, "2025-06")
    assert report.uncounted == ("A-closed", "gone")
    assert "2 units or cells of the month belong to no active cell and are not counted" in report.to_html("en")
    assert report.banks["households"].sum() == 1000


@pytest.mark.parametrize(
    "date", ["2025-06-30 17:45", "2025年6月30日", pd.Timestamp("2025-06-30 23:59", tz="Asia/Shanghai")]
)
def test_what_is_dated_on_the_last_day_is_of_the_month_at_any_hour(date: object) -> None:
    customers = pd.DataFrame({"customer_id": ["C1"], "cell_id": ["A1"]})
    visit = pd.DataFrame([record(1, "visit", "A1", **VISIT | {"customer_id": "C1", "date": date})])
    report = monthly_report(Book(CELLS, records=visit, customers=customers), "2025-06").cells.set_index("cell_id")
    assert report.loc["A1", ["visits_recorded", "visited"]].tolist() == [1, 1]
    assert last_visits(visit, customers, as_of="2025-06-30")["days"].tolist() == [0]


def test_a_customer_on_file_counts_in_the_cell_of_today_whatever_the_order_of_records() -> None:
    customers = pd.DataFrame({"customer_id": ["C1"], "cell_id": ["A2"]})
    files = [
        record(number, "profile", cell_id, customer_id="C1", segment="resident", officer_id="O1", date="2025-06-01")
        for number, cell_id in enumerate(("A1", "A2"), start=1)
    ]
    for order in (files, files[::-1]):
        made = Book(CELLS, records=pd.DataFrame(order), customers=customers)
        cells = monthly_report(made, "2025-06").cells.set_index("cell_id")
        assert cells.loc[["A1", "A2"], "profiles"].tolist() == [0, 1]


def test_amounts_as_text_are_added_up_and_never_joined() -> None:
    kpis = pd.DataFrame(
        {"cell_id": ["A1", "A2"], "indicator": "deposits", "period": 202506, "value": ["1000", "2,000"]}
    )
    assert roll_up(Book(CELLS, kpis=kpis))[["period", "value"]].to_numpy().tolist() == [["2025-06", 3000.0]]
    assert pivot(kpis, "value", ["indicator"])["value"].tolist() == [3000.0, 3000.0]
    for text in ("约500", "1,23"):
        wrong = kpis.assign(value=[text, 1])
        with pytest.raises(InputError, match=f"value: 1 values are not a number: row 0: '{text}'"):
            Book(CELLS, kpis=wrong)
        with pytest.raises(InputError, match="values are not a number"):
            pivot(wrong, "value", ["indicator"])
    with pytest.raises(InputError, match="dims are value: each column once"):
        pivot(kpis, "value", ["value"])


def test_tables_that_lack_a_column_are_said_before_anything_is_added_up() -> None:
    kpis = pd.DataFrame({"cell_id": ["A1"], "indicator": "deposits", "period": [None], "value": 1.0})
    with pytest.raises(InputError, match="kpis"):
        Book(CELLS, kpis=kpis)
    with pytest.raises(InputError, match="kpis needs the columns period"):
        Book(CELLS, kpis=kpis.drop(columns="period"))
    with pytest.raises(InputError, match="customers needs the columns cell_id"):
        Book(CELLS, customers=pd.DataFrame({"customer_id": ["C1"]}))
    with pytest.raises(InputError, match="units needs the columns zone_class"):
        rates_of(figures(), UNITS.drop(columns="zone_class"), period="2025-06")
    # what is not counted is left out, not made 0
    assert set(rates_of(figures().drop(columns="households_filed"), UNITS, period="2025-06").rates) == {
        "unit_coverage_rate"
    }
    empty = Book(CELLS.drop(columns="outlet_id"), kpis=pd.DataFrame(), customers=pd.DataFrame(), members=pd.DataFrame())
    assert len(monthly_report(empty, "2025-06").cells) == len(CELLS)
