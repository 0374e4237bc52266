"""One ledger per active cell; business figures and breakdowns that add up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from ledger_books import CELLS, STAFF, book, record, records

from gridpart.errors import InputError
from gridpart.ledger import Book, alerts, pivot, roll_up, virtual_totals, with_cells

DAY = "2025-06-30"


def test_R68_there_is_one_ledger_per_active_cell_and_a_second_open_returns_the_same() -> None:
    many = book(record(1, "visit", "A1"), record(2, "visit", "A2"), record(3, "need", "A1"))
    assert len(many) == len(CELLS)
    ledgers = {cell_id: many.open(cell_id) for cell_id in many.cell_ids}
    assert all(many.open(cell_id) is ledger for cell_id, ledger in ledgers.items())
    assert ledgers["A1"].records["record_id"].tolist() == ["R0001", "R0003"]
    assert sum(len(ledger.records) for ledger in ledgers.values()) == len(many.records)
    assert ledgers["B2"].facts["outlet_id"] == "b2"
    assert "visit" in ledgers["A1"]._repr_html_()
    with pytest.raises(InputError, match="no active cell 'Z9'"):
        many.open("Z9")
    with pytest.raises(InputError, match="ids are missing or repeated: A1"):
        Book(pd.concat([CELLS, CELLS.head(1)]))


def test_R87_roll_ups_equal_sums_and_every_customer_counts_once() -> None:
    rng = np.random.default_rng(0)
    rows = [
        (cell_id, indicator, period, float(rng.integers(1000)))
        for cell_id in [*CELLS["cell_id"], "A-closed"]
        for indicator in ("deposits", "loans")
        for period in ("2025-01", "2025-02")
    ]
    members = pd.DataFrame(
        [("A", "market", "C1"), ("A", "guild", "C1"), ("A", "guild", "C2")],
        columns=["bank_id", "group_id", "customer_id"],
    )
    rows.append(("market", "loans", "2025-01", 777.0))  # a virtual cell: its customers are in physical cells already
    kpis = pd.DataFrame(rows, columns=["cell_id", "indicator", "period", "value"])
    full = Book(CELLS, kpis=kpis, members=members)
    physical = kpis[kpis["cell_id"] != "market"].groupby(["indicator", "period"])["value"].sum()
    for by in (["bank_id"], ["outlet_id"], ["ring"], ["ring", "bank_id"], []):
        total = roll_up(full, by).groupby(["indicator", "period"])["value"].sum()
        assert total.to_dict() == physical.to_dict()
    assert "missing" in roll_up(full, ["ring"])["ring"].tolist()
    values = pd.DataFrame(
        [("C1", "loans", "2025-01", 10.0), ("C2", "loans", "2025-01", 5.0)],
        columns=["customer_id", "indicator", "period", "value"],
    )
    by_group = virtual_totals(full, values).set_index("group_id")["value"]
    assert by_group.to_dict() == {"all": 15.0, "guild": 15.0, "market": 10.0}
    with pytest.raises(InputError, match="cells have no column colour"):
        roll_up(full, ["colour"])


def test_R96_the_grand_total_of_any_pivot_is_the_ungrouped_total() -> None:
    rng = np.random.default_rng(1)
    n = 500
    table = pd.DataFrame(
        {
            "cell_id": rng.choice([*CELLS["cell_id"], None], n),
            "industry": rng.choice(["food", "steel", None], n),
            "circle": rng.choice(["north", "south"], n),
            "amount": rng.choice([1.5, 2.0, np.nan], n),
        }
    )
    known = with_cells(Book(CELLS), table)
    total = table["amount"].fillna(0).sum()
    for dims in (["ring"], ["industry"], ["circle", "industry"], ["bank_id", "zone_class", "circle"], ["cell_id"]):
        wide = pivot(known, "amount", dims)
        assert wide["amount"].iloc[-1] == total
        assert wide["amount"].iloc[:-1].sum() == pytest.approx(total, abs=1e-9)
        assert pivot(known, None, dims)["count"].iloc[:-1].sum() == n
    assert pivot(known, "amount", []).iloc[0, 0] == total
    with pytest.raises(InputError, match="there is no column colour"):
        pivot(known, "amount", ["colour"])


def test_R92_sums_over_segments_equal_totals() -> None:
    table = records(*(record(n, "need", "A1", segment=s) for n, s in enumerate(["mse", "mse", "resident", None])))
    assert pivot(table, None, ["segment"])["count"].tolist() == [1, 2, 1, 4]


def test_R121_planted_breaches_are_all_found_and_no_others() -> None:
    loan = {"product": "p", "amount_yuan": 1000.0, "balance_yuan": 1000.0}
    rows = [
        record(1, "loan", "A1", customer_id="a", overdue_yuan=51.0, **loan),
        record(2, "loan", "A2", customer_id="b", overdue_yuan=50.0, **loan),  # at the limit
        record(3, "loan", "B1", "2025-07-01", customer_id="c", overdue_yuan=900.0, **loan),  # not known yet
    ]
    customers = [(f"{cell}{n}", cell) for cell in CELLS["cell_id"] for n in range(4)]
    number = 10
    for customer_id, cell_id in customers:
        n = int(customer_id[-1])
        recent = "2025-01-01" if cell_id == "A3" and n < 3 else "2025-06-01"  # A3: three of four are stale
        officers = ["F1"] if cell_id == "B2" else ["F1", "F2"]  # B2 knows one officer only
        for officer_id in officers:
            rows.append(record(number, "visit", cell_id, recent, customer_id=customer_id, officer_id=officer_id))
            number += 1
    points = {"2025-05": [5, 5, 5, 5, 5], "2025-06": [5, 4, 5, 3, 5]}  # A2 lost a fifth, which is the limit; B1 more
    kpis = pd.concat(
        pd.DataFrame({"cell_id": CELLS["cell_id"], "indicator": "access_points", "period": period, "value": values})
        for period, values in points.items()
    )
    full = Book(
        CELLS, records=records(*rows), customers=pd.DataFrame(customers, columns=["customer_id", "cell_id"]),
        kpis=kpis, staff=STAFF,
    )  # fmt: skip
    found = alerts(full, as_of=DAY)
    assert found[["rule", "cell_id"]].to_numpy().tolist() == [
        ["overdue_share", "A1"],
        ["stale_visits", "A3"],
        ["single_officer", "B2"],
        ["service_loss", "B1"],
    ]
    assert found["value"].tolist() == pytest.approx([0.051, 0.75, 1.0, 0.4])
    assert found["limit"].tolist() == [0.05, 0.5, 0.9, 0.2]
    assert found["assumed"].all()
