"""Two outlets of one bank with two cells each, their head, officers and helpers, made by hand."""

from __future__ import annotations

import pandas as pd

CELLS = pd.DataFrame(
    {
        "cell_id": ["c1", "c2", "c3", "c4"],
        "outlet_id": ["o1", "o1", "o2", "o2"],
        "bank_id": "B",
        "demand": [10.0, 20.0, 30.0, 40.0],
    }
)
OUTLETS = pd.DataFrame({"outlet_id": ["o1", "o2"], "bank_id": "B", "kind": ["main_branch", "branch"]})


def staff() -> pd.DataFrame:
    rows = [
        # staff_id, role, employment_type, outlet, cell, manager, duties
        ("m1", "manager", "full_time", "o1", None, None, "supervision;analysis"),
        ("m2", "manager", "full_time", "o2", None, "m1", "supervision"),
        ("f1", "officer", "full_time", "o1", "c1", "m1", "publicity;filing;service;management"),
        ("f2", "officer", "full_time", "o1", "c2", "m1", "publicity;filing;service;management"),
        ("f3", "officer", "full_time", "o2", "c3", "m2", "publicity;filing;service;management"),
        ("f4", "officer", "full_time", "o2", "c4", "m2", "publicity;filing;service;management"),
        ("p1", "officer", "part_time", "o2", "c4", "m2", "publicity;information"),
    ]
    columns = ["staff_id", "role", "employment_type", "outlet_id", "cell_id", "manager_id", "duties"]
    return pd.DataFrame(rows, columns=columns).assign(bank_id="B", source_org=[None] * 6 + ["溪口村民委员会"])


def without(*staff_ids: str) -> pd.DataFrame:
    table = staff()
    return table[~table["staff_id"].isin(staff_ids)].reset_index(drop=True)


def changed(staff_id: str, **values: object) -> pd.DataFrame:
    table = staff()
    for name, value in values.items():
        table[name] = table[name].astype(object) if name in table.columns else None
        table.loc[table["staff_id"] == staff_id, name] = value
    return table


def added(**values: object) -> pd.DataFrame:
    """One more person; what is not given is as for f1."""
    table = staff()
    row = table[table["staff_id"] == "f1"].assign(**values)
    return pd.concat([table, row], ignore_index=True)
