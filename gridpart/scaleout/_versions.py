"""What a result depends on besides function and source: the versions of what computes it."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

_PACKAGES = ("geopandas", "highspy", "networkx", "numpy", "pandas", "pyarrow", "pyogrio", "pyproj", "scipy", "shapely")


def versions() -> dict[str, str]:
    """Return the versions of gridpart (with a code of its source), Python, GEOS, PROJ and the packages that compute."""
    return dict(_versions())


@cache
def _versions() -> Mapping[str, str]:
    import pyproj
    import shapely

    found = {name: metadata.version(name) for name in _PACKAGES}
    found["geos"] = shapely.geos_version_string
    found["proj"] = pyproj.proj_version_str
    found["python"] = f"{sys.version_info.major}.{sys.version_info.minor}"
    found["gridpart"] = f"{_version()}+{_source_code()}"
    return dict(sorted(found.items()))


def differences(made: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Say which versions differ, as ``shapely 2.1.0 → 2.2.0``."""
    return [
        f"{name} {made.get(name, '-')} → {now.get(name, '-')}"
        for name in sorted({*made, *now})
        if made.get(name) != now.get(name)
    ]


def _version() -> str:
    try:
        return metadata.version("gridpart")
    except metadata.PackageNotFoundError:  # run from a source folder that is not installed
        return "0"


def _source_code() -> str:
    """Digest the package itself: between releases its version says little."""
    package = Path(__file__).resolve().parent.parent
    result = hashlib.sha256()
    for path in sorted(path for path in package.rglob("*") if path.suffix in {".py", ".toml"}):
        result.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n"))
    return result.hexdigest()[:12]
