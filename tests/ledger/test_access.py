"""Who sees what: a reference model, ten thousand random triples, and nothing left over in what is shown."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from ledger_books import CELLS, STAFF, book, record

from gridpart.errors import InputError
from gridpart.ledger import Book, aggregate, grant, record_schemas, typed, view

PEOPLE = [
    *(("officer", person) for person in STAFF.loc[STAFF["role"] == "officer", "staff_id"]),
    *(("manager", person) for person in STAFF.loc[STAFF["role"] == "manager", "staff_id"]),
    ("head_office", "A"),
    ("head_office", "B"),
    ("regulator", None),
]
PERSONAL = {"x", "y", "customer_name", "id_number", "phone", "home_address", "note"}
CELLS_OF = {  # written by hand from the tree of staff
    "F1": {"A1"}, "F2": {"A2"}, "F3": {"A3"}, "G1": {"B1"}, "G2": {"B2"}, "G3": set(),
    "M1": {"A1", "A2", "A3"}, "M2": {"A2", "A3"}, "M9": {"B1", "B2"},
    "A": {"A1", "A2", "A3"}, "B": {"B1", "B2"}, None: set(),
}  # fmt: skip


def canary(kind: str, cell_id: str, field: str) -> str:
    return f"CANARY-{kind}-{cell_id}-{field}"


def full_book() -> Book:
    """Every kind in every cell, with a value of its own in every text column."""
    rows = []
    for kind in record_schemas().kinds:
        schema = record_schemas().get(kind)
        for cell_id in CELLS["cell_id"]:
            row = record(len(rows), kind, cell_id)
            for field in schema.columns:
                holds = record_schemas().fields[field].holds
                if field not in row and holds == "text":
                    row[field] = canary(kind, cell_id, field)
                elif field not in row and holds in ("count", "number", "coordinate"):
                    row[field] = 1000.0 + len(rows)
            rows.append(row)
    return book(*rows)


BOOK = full_book()


def reference(role: str, person: str | None, kind: str, cell_id: str, field: str) -> str:
    """What the requirements say, without the library's tables: full, masked or absent."""
    if role == "regulator" or cell_id not in CELLS_OF[person]:
        return "absent"
    if kind == "incident" and role == "officer":
        return "absent"
    if field not in PERSONAL or role == "officer":
        return "full"
    return "masked" if role == "manager" and field == "customer_name" else "absent"


def test_R69_ten_thousand_random_triples_agree_with_a_reference_model() -> None:
    rng = np.random.default_rng(0)
    seen = {}
    for role, person in PEOPLE:
        shown = view(BOOK, role, person) if role != "regulator" else pd.DataFrame()
        rows = shown.astype(object).to_dict("records")
        seen[role, person] = {(row["kind"], row["cell_id"]): row for row in rows}
    whole = {(row["kind"], row["cell_id"]): row for row in BOOK.records.to_dict("records")}
    fields = [name for name, field in record_schemas().fields.items() if field.holds == "text"]
    fields += ["x", "y", "amount_yuan"]
    fields = [field for field in fields if field not in ("kind", "cell_id")]
    answers = dict.fromkeys(("full", "masked", "absent"), 0)
    while sum(answers.values()) < 10_000:
        role, person = PEOPLE[rng.integers(len(PEOPLE))]
        kind = "profile" if rng.random() < 0.5 else str(rng.choice(record_schemas().kinds))
        cell_id, field = str(rng.choice(CELLS["cell_id"])), str(rng.choice(fields))
        value = whole[kind, cell_id].get(field)
        if pd.isna(value):
            continue
        shown = seen[role, person].get((kind, cell_id), {}).get(field)
        found = "absent" if pd.isna(shown) else "full" if shown == value else "masked"
        assert found != "masked" or shown == f"{value[0]}**"
        assert found == reference(role, person, kind, cell_id, field), (role, person, kind, cell_id, field)
        answers[found] += 1
    assert min(answers.values()) > 20


def test_R69_nothing_beyond_the_grant_is_left_over_in_what_is_shown() -> None:
    cells = BOOK.records.assign(segment=pd.Categorical(BOOK.records["segment"]))
    cells.attrs["secret"] = "CANARY-attribute"
    cells["own_notes"] = "CANARY-own"
    hidden = Book(CELLS, records=cells, staff=STAFF)
    for role, person in PEOPLE[:-1]:
        shown = view(hidden, role, person)
        assert shown.attrs == {}
        text = shown.to_json(force_ascii=False, default_handler=str, date_format="iso") + "".join(
            map(repr, shown.dtypes)
        )
        for cell_id in set(CELLS["cell_id"]) - CELLS_OF[person]:
            assert f"-{cell_id}-" not in text
        assert ("CANARY-own" in text) == (role == "officer" and bool(CELLS_OF[person]))


def test_R122_incidents_are_visible_to_managers_and_above_only() -> None:
    for role, person in PEOPLE:
        if role == "regulator":
            assert "incident" not in view(BOOK, role, by=("kind",))["kind"].tolist()
        else:
            shown = "incident" in view(BOOK, role, person).get("kind", pd.Series(dtype=object)).tolist()
            assert shown == (role != "officer" and bool(CELLS_OF[person])), (role, person)


def test_R69_a_regulator_sees_aggregates_with_small_counts_hidden() -> None:
    rows = [record(n, "visit", "A1", customer_id="C", officer_id="F1") for n in range(40)]
    rows += [record(100 + n, "visit", "B1", customer_id="C", officer_id="G1") for n in range(25)]
    rows += [record(200 + n, "need", "A2", segment="mse", product="loan") for n in range(3)]
    table = view(book(*rows), "regulator", by=("bank_id", "kind"))
    assert set(table.columns) == {"bank_id", "kind", "count", "hidden"}
    shown = table.set_index(["bank_id", "kind"])["count"]
    assert shown["all", "all"] == 68
    assert pd.isna(shown["A", "need"])
    assert pd.isna(shown["B", "need"])
    assert (shown.dropna() >= 10).all()
    one = view(book(*rows), "regulator", by=("zone_class",)).set_index("zone_class")["count"]
    assert one.isna().sum() == 2
    assert one["all"] == 68


@pytest.mark.parametrize("by", [("customer_name",), ("date",), ("record_id",), ("nonsense",), (), ("kind", "kind")])
def test_aggregates_by_personal_or_unknown_columns_are_refused(by: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="aggregates"):
        aggregate(BOOK, by)


def test_who_is_not_on_the_staff_in_that_role_sees_nothing() -> None:
    for role, person in (("officer", "M1"), ("manager", "F1"), ("officer", "nobody"), ("officer", None)):
        with pytest.raises(InputError, match="is not on the staff as"):
            view(BOOK, role, person)
    with pytest.raises(InputError, match="unknown role 'boss'"):
        view(BOOK, "boss")
    with pytest.raises(InputError, match="is no bank of this book"):
        view(BOOK, "head_office", "Z")


def test_a_circle_of_managers_ends() -> None:
    staff = STAFF.assign(manager_id=STAFF["manager_id"].where(STAFF["staff_id"] != "M1", "M2"))
    assert grant(Book(CELLS, staff=staff), "manager", "M2").cell_ids == {"A1", "A2", "A3"}


def test_personal_columns_are_the_ones_the_requirements_name() -> None:
    assert set(record_schemas().personal_fields) == PERSONAL
    assert record_schemas().restricted_kinds == ("incident",)
    assert typed(BOOK.records).equals(BOOK.records)


def test_R69_who_has_left_or_has_not_begun_sees_nothing() -> None:
    dates = {"F1": ("2025-01-01", "2025-07-01"), "M2": ("2025-03-01", None)}
    staff = STAFF.assign(
        valid_from=[dates.get(person, (None, None))[0] for person in STAFF["staff_id"]],
        valid_to=[dates.get(person, (None, None))[1] for person in STAFF["staff_id"]],
    )
    dated = Book(CELLS, staff=staff)
    assert grant(dated, "officer", "F1", as_of="2025-06-30").cell_ids == {"A1"}
    for day in ("2025-07-01", "2024-12-31", None):
        with pytest.raises(InputError, match="'F1' is not on the staff as officer"):
            grant(dated, "officer", "F1", as_of=day)
    assert grant(dated, "manager", "M1", as_of="2025-02-01").cell_ids == {
        "A1"
    }  # M2, who leads to the others, is to come
    assert grant(dated, "manager", "M1", as_of="2025-08-01").cell_ids == {"A2", "A3"}


def test_a_view_of_nothing_still_has_its_columns() -> None:
    shown = view(BOOK, "officer", "G3")
    assert shown.empty
    assert {"record_id", "kind", "cell_id", "date"} <= set(shown.columns)


def test_R69_a_column_of_ones_own_reaches_nobody_who_sees_no_personal_column() -> None:
    customers = pd.DataFrame(
        {
            "customer_id": [f"C{number}" for number in range(40)], "cell_id": "A1", "bank_id": "A",
            "segment": "resident", "period": "2025-06", "phone2": range(13800000000, 13800000040), "nickname": "CANARY",
        }
    )  # fmt: skip
    own = Book(CELLS, staff=STAFF, customers=customers)
    assert {"phone2", "nickname"} <= set(view(own, "officer", "F1", table="customers").columns)
    for role, scope in (("manager", "M1"), ("head_office", "A")):
        shown = view(own, role, scope, table="customers")
        assert len(shown) == 40
        assert not {"phone2", "nickname"} & set(shown.columns)
    with pytest.raises(InputError, match="cannot be by nickname: personal or unknown"):
        view(own, "regulator", table="customers", by=["nickname"])
    assert view(own, "regulator", table="customers", by=["segment"])["count"].tolist() == [40, 40]


def test_what_is_no_table_and_staff_without_columns_are_said() -> None:
    with pytest.raises(InputError, match="unknown table 'record'; expected one of records, customers, kpis, figures"):
        view(BOOK, "officer", "F1", table="record")
    with pytest.raises(InputError, match="staff needs the columns cell_id"):
        view(Book(CELLS, staff=STAFF.drop(columns="cell_id")), "officer", "F1")
    assert grant(Book(CELLS, staff=STAFF.drop(columns="manager_id")), "manager", "M1").cell_ids == frozenset()
