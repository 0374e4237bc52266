"""Every notebook runs from top to bottom, and its flags are those of the library."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
NO_NETWORK = """
import socket

def refuse(*address, **options):
    raise OSError("a notebook must not use the network")

connect = socket.socket.connect
socket.socket.connect = lambda self, address: connect(self, address) if address[0] == "127.0.0.1" else refuse()
socket.getaddrinfo = refuse
"""


REGULATOR = REPOSITORY / "notebooks" / "01_regulator_coverage.ipynb"
ATLASES = REPOSITORY / "notebooks" / "03_atlases.ipynb"


@pytest.mark.parametrize(
    "path", [path for path in NOTEBOOKS if path not in (REGULATOR, ATLASES)], ids=lambda path: path.stem
)
def test_runs_offline(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(path, tmp_path, monkeypatch)


def test_R126_regulator_notebook_runs_offline_and_its_flags_are_those_of_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    equal = "import gridpart as gp\nassert (gp.sample_project().audit().faces['flag'] == audit.faces['flag']).all()"
    run(REGULATOR, tmp_path, monkeypatch, last=equal)


def test_R128_atlas_notebook_runs_offline_and_writes_the_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(ATLASES, tmp_path, monkeypatch)
    folder = tmp_path / "out" / "atlas"
    sheets = {f"{theme}_{zone}.html" for theme in ("outlets", "equipment", "personnel") for zone in ("urban", "rural")}
    names = {path.name for path in folder.iterdir()}
    assert sheets | {"index.html", "atlas.pdf", "atlas.gpkg", "atlas.xlsx", "atlas.zip", "scope.pdf"} <= names


def run(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, *, last: str = "") -> None:
    """Run a notebook without network, with a last cell added."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(NO_NETWORK))
    notebook.cells.append(nbformat.v4.new_code_cell(last))
    client = nbclient.NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    client.execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert [output for output in outputs if output.output_type == "stream" and output.name == "stderr"] == []
    assert any("text/html" in output.get("data", {}) for output in outputs)
