"""Closed machines count nowhere, in whatever usual word; what is no known status is not guessed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import gridpart as gp
from gridpart.tables import is_closed


def test_the_usual_words_for_closed_and_active_are_known() -> None:
    table = pd.DataFrame({"status": ["active", "closed", " Closed ", "停用", "ｃｌｏｓｅｄ", "在用", None, np.nan, ""]})
    assert is_closed(table, name="equipment").tolist() == [False, True, True, True, True, False, False, False, False]
    assert is_closed(table[[]], name="equipment").tolist() == [False] * 9


def test_an_unknown_status_is_named_with_its_row() -> None:
    table = pd.DataFrame({"status": ["active", "planned"]}, index=["e1", "e2"])
    with pytest.raises(gp.InputError, match="neither active nor closed: row e2: 'planned'"):
        is_closed(table, name="equipment")
