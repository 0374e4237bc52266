"""Whether machines and workstations are in use: closed ones count nowhere."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd

from gridpart._typing import BoolArray
from gridpart.errors import InputError
from gridpart.i18n import Joined, clauses, messages
from gridpart.tables.checks import is_blank

say = messages("tables")

_NAMED = 8
_CLOSED = frozenset(("closed", "inactive", "停用", "关闭", "關閉", "撤机", "撤機", "报废", "報廢"))
_OPEN = frozenset(("", "active", "open", "在用", "启用", "啟用", "正常", "运行", "運行", "营业", "營業"))


def is_closed(table: pd.DataFrame, *, name: str) -> BoolArray:
    """
    Tell which rows are closed by their ``status``; without the column, and where it is blank, none is.

    Parameters
    ----------
    table
        Equipment, workstations or outlets.
    name
        What to call the table in messages.

    Returns
    -------
    closed
        Shape (n_rows,).

    Raises
    ------
    InputError
        If a status is neither "active" nor "closed" nor a usual word for one of them; rows are named. Whether such a
        row counts is not guessed.
    """
    if "status" not in table.columns:
        return np.zeros(len(table), dtype=np.bool_)
    given = table["status"].tolist()
    words = ["" if is_blank(value) else unicodedata.normalize("NFKC", str(value)).strip().casefold() for value in given]
    unknown = [row for row, word in enumerate(words) if word not in _CLOSED | _OPEN]
    if unknown:
        rows = [say("row {row}: {value!r}", row=table.index[row], value=given[row]) for row in unknown[:_NAMED]]
        raise InputError(
            say(
                "{name}: {n} rows have a status that is neither active nor closed: {rows}. Nothing was counted.",
                name=name,
                n=len(unknown),
                rows=Joined(rows, clauses),
            )
        )
    return np.array([word in _CLOSED for word in words], dtype=np.bool_)
