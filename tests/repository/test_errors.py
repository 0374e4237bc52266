"""Errors pass from one process to another, with all that they carry."""

from __future__ import annotations

import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
import shapely
from county_runs import small_county

import gridpart
from gridpart.errors import CertificateError, EditRefused, GridpartError, NotReachedError
from gridpart.studio.refusals import Refusal, reasons_in
from gridpart.tables.report import InputReport, RowsRefusedError


def all_errors(kind: type[GridpartError] = GridpartError) -> Iterator[type[GridpartError]]:
    yield kind
    for inner in kind.__subclasses__():
        yield from all_errors(inner)


for module in pkgutil.walk_packages(gridpart.__path__, "gridpart."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)

GIVEN: dict[type[GridpartError], dict[str, Any]] = {
    RowsRefusedError: {"report": InputReport("outlets", "a.csv", 0, (), (), ())},
}


def made(kind: type[GridpartError]) -> GridpartError:
    if kind is Refusal:
        return Refusal(shapely.Point(1, 2), key=min(key for key, text in reasons_in("en").items() if "{" not in text))
    needed = [one.name for one in inspect.signature(kind).parameters.values() if one.default is one.empty]
    carried = {name: "carried" for name in needed[1:] if name != "args"}
    return kind("what is wrong", **GIVEN.get(kind, carried))


@pytest.mark.parametrize(
    "kind", sorted(set(all_errors()), key=lambda kind: kind.__name__), ids=lambda kind: kind.__name__
)
def test_every_error_survives_pickling(kind: type[GridpartError]) -> None:
    error = made(kind)
    error.add_note("a note")
    passed = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(error))))
    assert type(passed) is kind
    assert str(passed) == str(error) != ""
    assert passed.args == error.args
    assert passed.__notes__ == ["a note"]
    assert vars(passed) == vars(error)


def test_errors_carry_grids_certificates_and_places() -> None:
    county = small_county(0)
    county.partition()
    grid = county.grids["A"]
    missing = pd.DataFrame({"cell_id": ["A-1"], "demand": [2.0], "deviation": [0.5]})
    reached = pickle.loads(pickle.dumps(NotReachedError("not reached", grid=grid, missing=missing)))
    assert reached.grid.digest == grid.digest == reached.grid.certify().digest
    assert reached.grid.provenance == grid.provenance
    with pytest.raises(TypeError, match="does not support item assignment"):
        reached.grid.provenance["rule"] = "other"
    pd.testing.assert_frame_equal(reached.missing, missing)
    failed = pickle.loads(
        pickle.dumps(CertificateError("gaps", gridpart.certify(grid.cells.iloc[:1], county.service_area)))
    )
    assert len(failed.certificate.gaps) == 1
    assert pickle.loads(pickle.dumps(EditRefused("no", shapely.Point(1, 2)))).place == shapely.Point(1, 2)
