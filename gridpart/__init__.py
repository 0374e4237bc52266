"""Grids of banks over whole counties: exact, audited, drawn. See ``docs/`` for the guarantees."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from gridpart import geo, partition
from gridpart.errors import (
    CertificateError,
    CoverageError,
    CRSError,
    EditRefused,
    GridpartError,
    InfeasibleError,
    InputError,
    NotReachedError,
    ProfileError,
    ProjectError,
    RenderError,
    RunError,
)
from gridpart.geo import to_metric
from gridpart.partition import Certificate, Grid, certify, clean
from gridpart.steps import Progress, progress

if TYPE_CHECKING:
    from gridpart import audit, ledger, profiles, report, scaleout, staffing
    from gridpart.atlas import AtlasSet, Scope, build_atlas
    from gridpart.audit import Audit, audit_files, audit_grids
    from gridpart.inputs import (
        read_cells,
        read_equipment,
        read_outlets,
        read_roads,
        read_service_area,
        read_staff,
        read_units,
    )
    from gridpart.project import Project, import_project, open_project
    from gridpart.project.sample import sample_project
    from gridpart.scaleout import RunReport, map_counties
    from gridpart.studio.widget import Studio

__version__ = "0.1.0"

__all__ = [
    "AtlasSet",
    "Audit",
    "CRSError",
    "Certificate",
    "CertificateError",
    "CoverageError",
    "EditRefused",
    "Grid",
    "GridpartError",
    "InfeasibleError",
    "InputError",
    "NotReachedError",
    "ProfileError",
    "Progress",
    "Project",
    "ProjectError",
    "RenderError",
    "RunError",
    "RunReport",
    "Scope",
    "Studio",
    "__version__",
    "audit",
    "audit_files",
    "audit_grids",
    "build_atlas",
    "certify",
    "clean",
    "geo",
    "import_project",
    "ledger",
    "map_counties",
    "open_project",
    "partition",
    "profiles",
    "progress",
    "read_cells",
    "read_equipment",
    "read_outlets",
    "read_roads",
    "read_service_area",
    "read_staff",
    "read_units",
    "report",
    "sample_project",
    "scaleout",
    "staffing",
    "to_metric",
]

# the upper floors are loaded when first used, so that a script that only cuts or checks a grid starts at once
_PACKAGES = ("atlas", "audit", "inputs", "ledger", "profiles", "project", "report", "scaleout", "staffing")
_HOMES = {
    "gridpart.atlas": ("AtlasSet", "Scope", "build_atlas"),
    "gridpart.audit": ("Audit", "audit_files", "audit_grids"),
    "gridpart.inputs": (
        "read_cells",
        "read_equipment",
        "read_outlets",
        "read_roads",
        "read_service_area",
        "read_staff",
        "read_units",
    ),
    "gridpart.project": ("Project", "import_project", "open_project"),
    "gridpart.project.sample": ("sample_project",),
    "gridpart.scaleout": ("RunReport", "map_counties"),
    "gridpart.studio.widget": ("Studio",),
}

if not TYPE_CHECKING:  # a type checker reads the imports above

    def __getattr__(name: str) -> object:
        if name in _PACKAGES:
            return import_module(f"gridpart.{name}")
        for home, names in _HOMES.items():
            if name in names:
                return getattr(import_module(home), name)
        message = f"module 'gridpart' has no attribute {name!r}"
        raise AttributeError(message)


def __dir__() -> list[str]:
    """List every public name, loaded or not."""
    return sorted({*globals(), *__all__})
