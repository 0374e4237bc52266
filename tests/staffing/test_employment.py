"""Full and part time, supervisors, training, credentials, headcount."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from ledger_books import record
from staffing.small_staff import changed, staff, without

from gridpart import staffing
from gridpart.errors import InputError
from gridpart.ledger import Book, grant, typed, view
from gridpart.project.sample import sample_tables
from gridpart.tables.export import read_csv, write_csv

if TYPE_CHECKING:
    from pathlib import Path


def test_R49_each_part_time_officer_has_a_full_time_supervisor() -> None:
    assert staffing.check_supervisors(staff()).passed
    cases = {
        "none": changed("p1", manager_id=None),
        "unknown": without("m2"),
        "part_time": changed("m2", employment_type="part_time", manager_id="m1"),
        "other_bank": changed("m2", bank_id="C"),
    }
    for problem, table in cases.items():
        found = staffing.check_supervisors(table).findings
        assert found.loc[found["staff_id"] == "p1", "problem"].tolist() == [problem]
    assert staffing.check_supervisors(changed("p1", manager_id=None, supervisor_id="f4")).passed


def test_R49_in_the_sample_county_exactly_the_planted_officer_is_found() -> None:
    tables = sample_tables(0)
    planted = tables.planted.loc[tables.planted["kind"] == "officer_unknown_manager", "object_id"].tolist()
    found = staffing.check_supervisors(tables.staff).findings
    assert (found["staff_id"].tolist(), set(found["problem"])) == (planted, {"unknown"})
    assert staffing.check_part_time(tables.staff).passed


def test_R49_full_time_share_by_branch() -> None:
    shares = staffing.full_time_share(staff()).set_index("outlet_id")
    assert shares["full_time_share"].to_dict() == {"o1": 1.0, "o2": pytest.approx(2 / 3)}
    assert shares[["full_time", "part_time"]].sum().tolist() == [4, 1]


def test_R50_part_time_officers_come_from_somewhere_and_see_least() -> None:
    assert staffing.check_part_time(staff()).passed
    assert staffing.check_part_time(changed("p1", source_org=" ")).findings["staff_id"].tolist() == ["p1"]
    tiers = staffing.access_tiers(staff()).set_index("staff_id")["tier"]
    assert tiers[["m1", "f1", "p1"]].tolist() == ["subtree", "own_cells", "low"]
    part_time_head = staffing.access_tiers(changed("m2", employment_type="part_time")).set_index("staff_id")["tier"]
    assert part_time_head["m2"] == "low"


def test_R50_the_ledger_masks_personal_columns_for_part_time_officers() -> None:
    table = pd.DataFrame({"staff_id": ["f4", "p1"], "role": "officer", "cell_id": "c4", "manager_id": None})
    book = Book(
        pd.DataFrame({"cell_id": ["c4"], "bank_id": ["B"], "outlet_id": ["o2"]}),
        records=typed(pd.DataFrame([record(1, "profile", "c4", customer_name="王小明")])),
        staff=table.assign(employment_type=["full_time", "part_time"]),
    )
    shown = {staff_id: view(book, "officer", staff_id)["customer_name"].iloc[0] for staff_id in ("f4", "p1")}
    assert shown["f4"] == "王小明"
    assert "小明" not in str(shown["p1"])
    assert grant(book, "officer", "p1").cell_ids == grant(book, "officer", "f4").cell_ids == {"c4"}
    assert staffing.access_tiers(book.staff)["tier"].tolist() == ["own_cells", "low"]


def trained() -> pd.DataFrame:
    return pd.DataFrame(
        [
            ("f1", "officer", "2026-03-01", "products;risk"),
            ("f2", "officer", "2025-03-01", "products"),
            ("f3", "officer", None, "products"),  # planned, not held
            ("f4", "officer", "2026-01-01", ""),
            ("m1", "manager", "2026-05-05", "risk"),
        ],
        columns=["staff_id", "role", "training_date", "training_topics"],
    )


def test_R58_share_trained_by_role_and_topic() -> None:
    shares = staffing.training_share(trained()).set_index(["role", "topic"])["share"]
    assert shares[("officer", "products")] == 0.5
    assert shares[("officer", "risk")] == 0.25
    assert shares[("officer", "any")] == 0.5
    assert shares[("manager", "risk")] == 1.0
    assert shares[("manager", "publicity")] == 0.0
    lately = staffing.training_share(trained(), since="2026-01-01").set_index(["role", "topic"])["share"]
    assert lately[("officer", "products")] == 0.25
    with pytest.raises(InputError, match="1 unknown training topics: m1: dancing"):
        staffing.training_share(trained().replace("risk", "dancing"))


def test_R59_who_was_not_issued_what_is_due() -> None:
    table = staff().assign(credential_issued=False, card_issued=[True, None, True, False, False, False, False])
    assert staffing.missing_credentials(table).to_numpy().tolist() == [["m2", "card"], ["p1", "credential"]]
    assert staffing.missing_credentials(table.assign(credential_issued=True, card_issued=True)).empty


def test_R60_the_export_has_one_row_per_active_officer(tmp_path: Path) -> None:
    table = staff().assign(valid_to=[None, None, "2026-01-01", None, None, None, None], name="=1+1")
    scores = pd.DataFrame({"staff_id": ["f2", "f3"], "score": [80.0, 70.0], "rank": [1, 2]})
    active = staffing.headcount(table, scores=scores, as_of="2026-06-01")
    assert active["staff_id"].tolist() == ["f2", "f3", "f4", "p1"]
    assert active["score"].tolist()[:2] == [80.0, 70.0]
    assert active["score"].isna().tolist() == [False, False, True, True]
    assert "name" not in active.columns
    assert len(read_csv(write_csv(active, tmp_path / "officers.csv"))) == len(active)
