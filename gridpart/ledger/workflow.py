"""Information from the field: collected, screened, followed up, fed back; each step by those who may."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources

import pandas as pd
from pydantic import BaseModel, ConfigDict

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, clauses, messages, translator
from gridpart.ledger.access import Role
from gridpart.ledger.placing import CHANGE_COLUMNS

say = messages("ledger")


class Step(BaseModel):
    """
    One step that is allowed.

    Attributes
    ----------
    before, after
        Status before and after.
    roles
        Who may take it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    before: str
    after: str
    roles: tuple[Role, ...]


class Workflow(BaseModel):
    """
    Every step that is allowed.

    Attributes
    ----------
    first
        Status of new information.
    steps
        The steps.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: str
    steps: tuple[Step, ...]


@cache
def workflow() -> Workflow:
    """Read the packaged workflow."""
    text = (resources.files("gridpart.ledger") / "data" / "workflow.toml").read_text(encoding="utf-8")
    return Workflow.model_validate(tomllib.loads(text))


@checked
def advance(
    records: pd.DataFrame, record_id: str, *, to: str, role: Role, who: str, at: str, reason: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Move one piece of information to its next status.

    Parameters
    ----------
    records
        Table of records; it is not changed.
    record_id
        Record of kind "information".
    to
        Status to move to.
    role, who, at, reason
        Who moves it in which role, when, and perhaps why.

    Returns
    -------
    moved
        The records with the new ``status``.
    change
        One row for the log of changes: together they are the full history.

    Raises
    ------
    InputError
        If there is no such information, the step is not allowed, or not for the role; allowed steps are listed.
    """
    rows = records.index[(records["record_id"] == record_id) & (records["kind"] == "information")]
    if len(rows) != 1:
        raise InputError(say("there is no information {record_id!r}. Nothing was changed.", record_id=record_id))
    now = records.loc[rows[0], "status"]
    steps = [step for step in workflow().steps if step.before == now]
    if not any(step.after == to and role in step.roles for step in steps):
        allowed = Joined(
            (say("to {status} by {roles}", status=step.after, roles=Joined(step.roles, _either)) for step in steps),
            clauses,
        ) or say("no step")
        raise InputError(
            say(
                "{record_id}: {role} may not move it from {now} to {to}. Allowed: {allowed}. Nothing was changed.",
                record_id=record_id,
                role=role,
                now=now,
                to=to,
                allowed=allowed,
            )
        )
    moved = records.copy()
    moved.loc[rows[0], "status"] = to
    change = (at, who, role, record_id, "status", now, to, reason)
    return moved, pd.DataFrame([change], columns=list(CHANGE_COLUMNS))


def _either(texts: Iterable[str], lang: Language) -> str:
    return translator(lang, "ledger")(" or ").join(texts)


@checked
def history_of(changes: pd.DataFrame, record_id: str) -> pd.DataFrame:
    """Return every change of a record (``at``, ``who``, ``role``, ``column``, ``before``, ``after``), oldest first."""
    found = changes[changes["record_id"] == record_id]
    return found.sort_values("at", kind="stable").reset_index(drop=True)
