"""A way to run a command as a terminal would, and small layers to run it on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gridpart.cli import main


@dataclass(frozen=True)
class Outcome:
    """What one command did."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Run ``gridpart`` with some words and return its exit code and both streams."""
    monkeypatch.delenv("GRIDPART_LANG", raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def run_command(*words: object) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(word) for word in words])
        captured = capsys.readouterr()
        return Outcome(int(left.value.code or 0), captured.out, captured.err)

    return run_command


@pytest.fixture
def area(tmp_path: Path) -> Path:
    """A county of 20 km by 10 km."""
    path = tmp_path / "area.gpkg"
    table = gpd.GeoDataFrame(
        {"area_id": ["421000"], "name": ["清江县"]},
        geometry=[shapely.box(400_000, 3_400_000, 420_000, 3_410_000)],
        crs=4547,
    )
    table.to_file(path)
    return path


@pytest.fixture
def halves(tmp_path: Path) -> Callable[..., Path]:
    """Write two cells, the western one reaching as far east as asked; 410000 makes an exact partition."""

    def write(east_of_west: float, *, names: tuple[str, str] = ("west", "east")) -> Path:
        path = tmp_path / f"cells_{east_of_west:.0f}.gpkg"
        shapes = [
            shapely.box(400_000, 3_400_000, east_of_west, 3_410_000),
            shapely.box(410_000, 3_400_000, 420_000, 3_410_000),
        ]
        gpd.GeoDataFrame({"cell_id": names}, geometry=shapes, crs=4547).to_file(path)
        return path

    return write
