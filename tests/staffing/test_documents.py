"""Documents of each big cell: missing and expired ones, exactly."""

from __future__ import annotations

import pandas as pd
import pytest

from gridpart import staffing
from gridpart.errors import InputError

UNITS = pd.DataFrame({"unit_id": ["v1", "v2"]})
KINDS = ["agreement", "rules", "duties", "rewards"]
REGISTER = pd.DataFrame(
    [(unit, kind, "2025-01-01", None) for unit in ("v1", "v2") for kind in KINDS],
    columns=["unit_id", "kind", "date", "expiry"],
)


def test_R110_missing_and_expired_documents_are_listed() -> None:
    assert staffing.check_documents(UNITS, REGISTER, kinds=KINDS, as_of="2026-01-01").passed
    register = REGISTER.drop(index=5)  # rules of v2
    register.loc[0, "expiry"] = "2025-12-31"
    register.loc[1, "expiry"] = "2026-01-01"  # the last day counts
    register.loc[2, "date"] = "2026-02-01"  # signed later
    check = staffing.check_documents(UNITS, register, kinds=KINDS, as_of="2026-01-01")
    assert check.findings.to_numpy().tolist() == [
        ["v1", "agreement", "expired", "2025-12-31"],
        ["v1", "duties", "missing", None],
        ["v2", "rules", "missing", None],
    ]
    renewed = pd.concat(
        [register, pd.DataFrame([("v1", "agreement", "2025-12-01", "2027-01-01")], columns=register.columns)]
    )
    assert "agreement" not in set(
        staffing.check_documents(UNITS, renewed, kinds=KINDS, as_of="2026-01-01").findings["kind"]
    )


@pytest.mark.parametrize(
    ("column", "value", "match"),
    [
        ("kind", "poem", "1 unknown kinds of document: row 1: poem"),
        ("date", None, "1 faults in documents: row 1 has no date"),
        ("unit_id", "v9", "1 faults in documents: row 1 is of unit v9"),
        ("expiry", "soon", "expiry is 'soon'; it must be a date"),
    ],
)
def test_R110_documents_that_cannot_be_used_are_named(column: str, value: object, match: str) -> None:
    register = REGISTER.astype(object)
    register.loc[0, column] = value
    with pytest.raises(InputError, match=match):
        staffing.check_documents(UNITS, register, kinds=KINDS, as_of="2026-01-01")
