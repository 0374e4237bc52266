"""Full time and part time, supervisors, training, credentials, and the list that allowances are paid from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from gridpart.arguments import checked
from gridpart.i18n import messages
from gridpart.staffing._cells import Rules, rules_of
from gridpart.staffing._staff import (
    codes_of,
    column_of,
    in_force,
    is_part_time,
    people,
    require_columns,
    require_known,
    text_column,
    texts,
)
from gridpart.staffing.checks import Check
from gridpart.tables import day_of
from gridpart.tables.messages import N_

say = messages("staffing")


@checked
def full_time_share(staff: pd.DataFrame, *, by: str = "outlet_id") -> pd.DataFrame:
    """
    Count full- and part-time officers by outlet.

    Returns
    -------
    shares
        `by`, ``full_time``, ``part_time``, ``full_time_share`` (0 to 1), sorted.
    """
    officers = people(staff, "officer")
    require_columns(officers, [by, "employment_type"], name="staff")
    part = is_part_time(officers).astype("int64")
    groups = pd.DataFrame({by: officers[by], "full_time": 1 - part, "part_time": part})
    counts = groups.groupby(by, as_index=False, sort=True)[["full_time", "part_time"]].sum()
    counts["full_time_share"] = counts["full_time"] / (counts["full_time"] + counts["part_time"])
    return counts


@checked
def check_supervisors(staff: pd.DataFrame) -> Check:
    """
    Check that each part-time officer answers to a full-time person of the same bank.

    Parameters
    ----------
    staff
        ``staff_id``, ``role``, ``employment_type``; ``manager_id``, ``bank_id``; ``supervisor_id`` where it is
        somebody else than the manager.

    Returns
    -------
    check
        Findings: ``staff_id``, ``supervisor_id``, ``problem`` ("none", "unknown", "part_time", "other_bank").
    """
    require_columns(staff, ["staff_id", "role", "employment_type"], name="staff")
    ids, banks = [str(value) for value in staff["staff_id"]], column_of(staff, "bank_id")
    part = is_part_time(staff).tolist()
    own, above = column_of(staff, "supervisor_id"), column_of(staff, "manager_id")
    rows = {staff_id: number for number, staff_id in enumerate(ids)}
    findings = []
    for number, staff_id in enumerate(ids):
        if not part[number]:
            continue
        supervisor = own[number] or above[number]
        found = rows.get(supervisor) if supervisor is not None else None
        if supervisor is None or found is None:
            findings.append((staff_id, supervisor, "none" if supervisor is None else "unknown"))
        elif part[found] or banks[found] != banks[number]:
            findings.append((staff_id, supervisor, "part_time" if part[found] else "other_bank"))
    columns = ["staff_id", "supervisor_id", "problem"]
    return Check(N_("Each part-time officer has a full-time supervisor"), pd.DataFrame(findings, columns=columns))


@checked
def check_part_time(staff: pd.DataFrame) -> Check:
    """
    Check that each part-time officer has an organisation they come from.

    Returns
    -------
    check
        Findings: ``staff_id``.
    """
    officers = people(staff, "officer")
    officers = officers[is_part_time(officers)]
    lacking = [value is None for value in column_of(officers, "source_org")]
    findings = pd.DataFrame({"staff_id": text_column(texts(officers["staff_id"][lacking]))})
    return Check(N_("Each part-time officer has an organisation they come from"), findings)


@checked
def access_tiers(staff: pd.DataFrame) -> pd.DataFrame:
    """
    Return how much of the ledger each person may see at most.

    Returns
    -------
    tiers
        ``staff_id``, ``tier``: "low" for part-time people whatever their role, "own_cells" for officers, "subtree" for
        managers.
    """
    require_columns(staff, ["staff_id", "role"], name="staff")
    names = {"officer": "own_cells", "manager": "subtree"}
    tiers = ["low" if part else names.get(role) for part, role in zip(is_part_time(staff), staff["role"], strict=True)]
    return pd.DataFrame({"staff_id": text_column(texts(staff["staff_id"])), "tier": text_column(tiers)})


@checked
def training_share(
    staff: pd.DataFrame, *, since: dt.date | str | None = None, profile: Rules = "default"
) -> pd.DataFrame:
    """
    Share of people trained, by role and topic.

    Parameters
    ----------
    staff
        ``staff_id``, ``role``, ``training_date``, ``training_topics`` (codes with semicolons).
    since
        First day that counts; every training if None.
    profile
        Its ``duties.training_topics``.

    Returns
    -------
    shares
        ``role``, ``topic`` ("any" for at least one), ``people``, ``trained``, ``share`` (0 to 1).

    Raises
    ------
    InputError
        If a topic is unknown or a date cannot be read; people are named.
    """
    require_columns(staff, ["staff_id", "role", "training_date", "training_topics"], name="staff")
    topics = [term.code for term in rules_of(profile).duties.training_topics]
    known = [codes_of(value) for value in column_of(staff, "training_topics")]
    require_known(known, topics, ids=staff["staff_id"].tolist(), what=say("training topics"))
    first = day_of(since, name="since")
    dates = [day_of(value, name="training_date") for value in staff["training_date"]]
    fresh = [date is not None and (first is None or date >= first) for date in dates]
    held = [set(codes) if new else set[str]() for codes, new in zip(known, fresh, strict=True)]
    rows = []
    roles = column_of(staff, "role")
    for role in sorted({role for role in roles if role is not None}):
        mine = [codes for codes, other in zip(held, roles, strict=True) if other == role]
        for topic in ("any", *topics):
            trained = sum(1 for codes in mine if (topic in codes if topic != "any" else codes))
            rows.append((role, topic, len(mine), trained, trained / len(mine)))
    return pd.DataFrame(rows, columns=["role", "topic", "people", "trained", "share"])


@checked
def missing_credentials(staff: pd.DataFrame) -> pd.DataFrame:
    """
    List who was not issued what is due: part-time officers a credential, managers a preferential card.

    Parameters
    ----------
    staff
        ``staff_id``, ``role``, ``employment_type``, ``credential_issued``, ``card_issued`` (blank is no).

    Returns
    -------
    missing
        ``staff_id``, ``missing`` ("credential" or "card"), in the order of the rows.
    """
    require_columns(staff, ["staff_id", "role", "credential_issued", "card_issued"], name="staff")
    rows = []
    has = {name: staff[f"{name}_issued"].fillna(value=False).astype(bool).tolist() for name in ("credential", "card")}
    part, managers = is_part_time(staff).tolist(), (staff["role"] == "manager").tolist()
    for number, staff_id in enumerate(texts(staff["staff_id"])):
        for what, asked in (("credential", part[number]), ("card", managers[number])):
            if asked and not has[what][number]:
                rows.append((staff_id, what))
    return pd.DataFrame(rows, columns=["staff_id", "missing"])


@checked
def headcount(
    staff: pd.DataFrame,
    *,
    scores: pd.DataFrame | None = None,
    as_of: dt.date | str | None = None,
    columns: Sequence[str] = ("bank_id", "outlet_id", "cell_id", "employment_type"),
) -> pd.DataFrame:
    """
    Return one row per active officer with their score, for allowances that bank and government decide.

    Parameters
    ----------
    staff
        ``staff_id``, ``role``; the columns where known.
    scores
        From `scorecard`: ``staff_id``, ``score``, ``rank``.
    as_of
        Day on which they are active.
    columns
        What else to show; no names.

    Returns
    -------
    officers
        ``staff_id``, the columns, ``score``, ``rank`` (NaN where there is none), by id. Save it with
        `gridpart.tables.write_csv`.
    """
    active = in_force(staff, as_of)
    officers = people(active, "officer")
    content = {"staff_id": texts(officers["staff_id"])} | {name: column_of(officers, name) for name in columns}
    rows = pd.DataFrame({name: text_column(values) for name, values in content.items()})
    rows = rows.drop_duplicates("staff_id").sort_values("staff_id", ignore_index=True)
    for name in ("score", "rank"):
        known = {} if scores is None else dict(zip(scores["staff_id"].astype(str), scores[name], strict=True))
        rows[name] = rows["staff_id"].map(known).astype(float)
    return rows
