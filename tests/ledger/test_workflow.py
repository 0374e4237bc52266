"""Information moves only along allowed steps, by those who may, and its history is kept."""

from __future__ import annotations

import itertools
from typing import get_args

import pandas as pd
import pytest
from ledger_books import record, records

from gridpart.errors import InputError
from gridpart.ledger import Role, advance, history_of, workflow

STATES = ("collected", "screened", "followed_up", "fed_back")
ALLOWED = {
    ("collected", "screened"): {"manager", "head_office"},
    ("screened", "followed_up"): {"officer", "manager"},
    ("screened", "collected"): {"manager", "head_office"},
    ("followed_up", "fed_back"): {"manager", "head_office"},
    ("followed_up", "screened"): {"manager", "head_office"},
}


def test_R118_every_step_and_role_is_as_the_table_says() -> None:
    assert workflow().first == "collected"
    for before, after, role in itertools.product(STATES, STATES, get_args(Role)):
        table = records(record(1, "information", "A1", status=before))
        if role in ALLOWED.get((before, after), set()):
            moved, _ = advance(table, "R0001", to=after, role=role, who="x", at="2025-01-01")
            assert moved["status"].tolist() == [after]
        else:
            with pytest.raises(InputError, match=f"{role} may not move it from {before} to {after}"):
                advance(table, "R0001", to=after, role=role, who="x", at="2025-01-01")
        assert table["status"].tolist() == [before]


def test_R118_the_full_history_is_kept() -> None:
    table, log = records(record(1, "information", "A1", status="collected"), record(2, "visit", "A1")), []
    for day, (role, to) in enumerate([("manager", "screened"), ("officer", "followed_up"), ("manager", "fed_back")]):
        table, change = advance(table, "R0001", to=to, role=role, who=f"W{day}", at=f"2025-01-0{day + 1}", reason="why")
        log.append(change)
    history = history_of(pd.concat(log[::-1]), "R0001")
    assert history["after"].tolist() == ["screened", "followed_up", "fed_back"]
    assert history["before"].tolist() == ["collected", "screened", "followed_up"]
    assert history["who"].tolist() == ["W0", "W1", "W2"]
    with pytest.raises(InputError, match="there is no information 'R0002'"):
        advance(table, "R0002", to="screened", role="manager", who="x", at="2025-01-01")
