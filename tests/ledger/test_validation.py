"""Records against their schemas: every planted error, exact completeness, versions, optional columns."""

from __future__ import annotations

import pandas as pd
import pytest
from ledger_books import record

from gridpart.errors import InputError
from gridpart.ledger import empty_records, record_schemas, typed, validate
from gridpart.profiles import load


def errors(*rows: dict[str, object], **options: object) -> list[tuple[int, str, str]]:
    found = validate(pd.DataFrame(list(rows)), **options).errors
    return list(found[["row", "column", "problem"]].itertuples(index=False, name=None))


VISIT = {"customer_id": "C1", "officer_id": "F1"}
LOAN = {"customer_id": "C1", "product": "small_credit_loan", "amount_yuan": 50_000}


def test_R73_three_planted_errors_are_three_errors_and_completeness_is_exact() -> None:
    table = pd.DataFrame(
        [
            record(1, "profile", "A1", segment="resident", customer_id="C1", officer_id="F1", household_size=3),
            record(2, "profile", "A1", segment="nobody", customer_id="C2", officer_id="F1"),
            record(3, "profile", "A1", segment="mse", customer_id="C3", officer_id="F1", employees=-4, industry="food"),
            record(4, "profile", "A1", segment="resident", customer_id=" ", officer_id="F1", household_size=2),
        ]
    )
    found = validate(table)
    assert found.errors[["row", "record_id", "column", "problem"]].to_numpy().tolist() == [
        [2, "R0002", "segment", "unknown_code"],
        [3, "R0003", "employees", "negative"],
        [4, "R0004", "customer_id", "missing"],
    ]
    # a resident has 5 common columns, 3 of a file and household_size; an MSE has four more than the 8
    assert found.completeness.tolist() == [1.0, 1.0, pytest.approx(10 / 12), pytest.approx(8 / 9)]
    assert found.by_kind().to_dict("records") == [
        {"kind": "profile", "records": 4, "errors": 3, "completeness": pytest.approx((2 + 10 / 12 + 8 / 9) / 4)}
    ]
    with pytest.raises(
        InputError, match=r"(?s)3 errors.*row 2, record R0002, segment = 'nobody': is not in the code list"
    ):
        found.raise_if_invalid()


def test_R73_a_record_is_judged_by_the_version_it_was_written_by() -> None:
    row = record(1, "profile", "A1", segment="resident", customer_id="C1", officer_id="F1", household_size=3)
    assert errors(row) == []
    assert errors({**row, "schema_version": 1}) == [(1, "household_size", "not_of_this_kind")]
    assert errors({**row, "schema_version": 9}) == [(1, "schema_version", "unknown_version")]
    assert errors({**row, "kind": "dream"}) == [(1, "kind", "unknown_kind")]
    assert record_schemas().get("profile").version == 2
    with pytest.raises(InputError, match=r"no schema for records of kind 'dream'.*profile 1"):
        record_schemas().get("dream")


def test_R70_surveys_and_checks_without_date_or_officer_are_rejected() -> None:
    for kind in ("survey", "check"):
        assert errors(record(1, kind, "A1", **VISIT)) == []
        assert errors(record(1, kind, "A1", date=None, customer_id="C1")) == [
            (1, "date", "missing"),
            (1, "officer_id", "missing"),
        ]
        assert errors({**record(1, kind, "A1", **VISIT), "cell_id": None}) == [(1, "cell_id", "missing")]


def test_R71_every_rating_has_date_and_source() -> None:
    assert errors(record(1, "rating", "A1", customer_id="C1", rating="AA", source="bank core system")) == []
    assert errors(record(1, "rating", "A1", date=None, customer_id="C1", rating="AA")) == [
        (1, "date", "missing"),
        (1, "source", "missing"),
    ]


def test_R92_every_record_of_a_segment_has_one_valid_code() -> None:
    codes = [segment.code for segment in load("default").segments]
    assert len(codes) == len(set(codes)) >= 9
    rows = [record(n, "need", "A1", segment=code, product="loan") for n, code in enumerate(codes)]
    assert errors(*rows) == []
    assert errors(record(1, "need", "A1", segment="farmer", product="loan")) == [(1, "segment", "unknown_code")]
    assert errors(record(1, "need", "A1", product="loan")) == [(1, "segment", "missing")]


def test_R94_granted_is_at_most_listed_and_listed_at_most_households() -> None:
    village = {"unit_id": "U1", "households": 100, "listed": 80, "granted": 80, "drawn": 10}
    assert errors(record(1, "village_credit", "A1", **village)) == []
    assert errors(record(1, "village_credit", "A1", **{**village, "granted": 81})) == [(1, "granted", "above:listed")]
    assert errors(record(1, "village_credit", "A1", **{**village, "listed": 101})) == [
        (1, "listed", "above:households")
    ]
    assert errors(record(1, "village_credit", "A1", **{**village, "drawn": 80.5})) == [
        (1, "drawn", "above:granted"),
        (1, "drawn", "not_whole"),
    ]


def test_R99_channel_codes_are_validated() -> None:
    assert errors(record(1, "visit", "A1", **VISIT, channel="mobile_bank")) == []
    assert errors(record(1, "visit", "A1", **VISIT, channel="carrier_pigeon")) == [(1, "channel", "unknown_code")]


def test_R106_closed_needs_a_date_and_an_owner() -> None:
    issue = {"issue_type": "complaint", "status": "open"}
    assert errors(record(1, "issue", "A1", **issue)) == []
    assert errors(record(1, "issue", "A1", **{**issue, "status": "closed"})) == [
        (1, "closed_on", "needed:closed"),
        (1, "owner_id", "needed:closed"),
    ]
    closed = {**issue, "status": "closed", "owner_id": "F1", "closed_on": "2025-02-28"}
    assert errors(record(1, "issue", "A1", **closed)) == [(1, "date", "above:closed_on")]
    assert errors(record(1, "issue", "A1", **{**closed, "closed_on": "2025-03-01"})) == []


def test_R124_records_come_in_with_and_without_columns_of_other_authorities() -> None:
    row = record(1, "profile", "A1", segment="mse", customer_id="C1", officer_id="F1")
    assert errors(row) == []
    assert errors({**row, "registration_status": "active", "tax_status": "A", "police_status": "none"}) == []


def test_every_kind_of_wrong_value_is_found() -> None:
    assert errors(record(1, "loan", "A1", **{**LOAN, "amount_yuan": "5万"})) == [(1, "amount_yuan", "not_a_number")]
    assert errors(record(1, "loan", "A1", **LOAN, overdue_yuan=float("inf"))) == [(1, "overdue_yuan", "not_a_number")]
    assert errors(record(1, "loan", "A1", **LOAN, balance_yuan=60_000)) == [(1, "balance_yuan", "above:amount_yuan")]
    assert errors(record(1, "visit", "A1", date="01.03.25", **VISIT)) == [(1, "date", "not_a_date")]
    assert errors(record(1, "visit", "A1", **VISIT, is_return="maybe")) == [(1, "is_return", "not_a_flag")]
    assert errors(record(1, "visit", "A1", **VISIT, purpose="tea")) == [(1, "purpose", "unknown_code")]
    assert errors(record(1, "issue", "A1", issue_type="praise", status="open", satisfaction=101)) == [
        (1, "satisfaction", "too_large")
    ]
    visits = [record(1, "visit", "A1", **VISIT), record(1, "visit", "A2", **VISIT)]
    assert errors(*visits) == [(1, "record_id", "repeated"), (2, "record_id", "repeated")]


def test_ids_that_are_not_there_are_found_where_a_list_is_given() -> None:
    row = record(1, "visit", "A9", customer_id="C9", officer_id="F9")
    found = errors(row, cells=["A1"], officers=["F1"], customers=["C1"])
    assert found == [(1, "cell_id", "unknown_id"), (1, "customer_id", "unknown_id"), (1, "officer_id", "unknown_id")]


def test_columns_get_their_types_and_what_cannot_be_typed_is_refused() -> None:
    assert typed(empty_records()).dtypes.astype(str).to_dict()["date"] == "datetime64[ns]"
    table = pd.DataFrame([record(1, "visit", "A1", **VISIT, own="kept")])
    assert typed(table)["own"].tolist() == ["kept"]
    assert str(table["date"].dtype) != "datetime64[ns]"
    with pytest.raises(InputError, match="date, row 0, is 'yesterday'; it must be a date"):
        typed(table.assign(date="yesterday"))
    with pytest.raises(InputError, match="records need the columns kind"):
        validate(table.drop(columns="kind"))


@pytest.mark.parametrize("lang", ["en", "zh-Hans", "zh-Hant"])
def test_every_problem_has_words(lang: str) -> None:
    rows = [record(1, "loan", "A1", balance_yuan=-1, amount_yuan="x"), record(1, "issue", None, status="closed")]
    found = validate(pd.DataFrame(rows)).errors_in(lang)
    assert len(found) >= 6
    assert found["reason"].str.len().min() > 2
