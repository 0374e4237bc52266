"""``import gridpart`` is quick and needs none of the extras."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from statistics import median

REPOSITORY = Path(__file__).resolve().parents[2]
EXTRAS = (
    "anywidget",
    "babel",
    "dask",
    "distributed",
    "folium",
    "hypothesis",
    "ipywidgets",
    "IPython",
    "jinja2",
    "jupyterlab",
    "matplotlib",
    "openpyxl",
    "playwright",
    "psycopg",
    "pytest",
    "rich",
    "sqlalchemy",
    "typer",
    "xlsxwriter",
)
BLOCKED = f"""
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Refuse())
import gridpart
"""


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_works_without_any_extra() -> None:
    use = """
import geopandas as gpd, shapely
area = gpd.GeoDataFrame({"area_id": ["1"]}, geometry=[shapely.box(0, 0, 9, 9)], crs=4547)
outlets = gpd.GeoDataFrame(
    {"outlet_id": ["a", "b"], "bank_id": ["x", "x"]}, geometry=[shapely.Point(2, 2), shapely.Point(7, 7)], crs=4547
)
print(gridpart.partition.nearest(area, outlets).certify().valid)
"""
    ran = python(BLOCKED + use)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "True"


def test_imports_no_extra() -> None:
    ran = python(f"import sys, gridpart; print(sorted(set({EXTRAS!r}) & set(sys.modules)))")
    assert ran.stdout.strip() == "[]", ran.stderr


def test_command_line_without_its_extra_says_what_to_install() -> None:
    ran = python(BLOCKED + "from gridpart.cli import main\nmain(['check', '--help'])")
    assert ran.returncode == 2
    assert "pip install 'gridpart[cli]'" in ran.stderr


def test_import_takes_under_a_second() -> None:
    timed = "import time; begun = time.process_time(); import gridpart; print(time.process_time() - begun)"
    seconds = [float(python(timed).stdout) for _ in range(4)][1:]  # the first run warms the file cache
    print(f"import gridpart: {median(seconds):.2f} s of processor time")
    assert median(seconds) < 1.0
