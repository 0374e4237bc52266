"""Grids of banks over whole counties: exact, audited, drawn. See ``docs/`` for the guarantees."""

from gridpart import audit, geo, partition, profiles
from gridpart.atlas import AtlasSet, Scope, build_atlas
from gridpart.audit import Audit, audit_grids
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
)
from gridpart.geo import to_metric
from gridpart.inputs import (
    read_cells,
    read_equipment,
    read_outlets,
    read_roads,
    read_service_area,
    read_staff,
    read_units,
)
from gridpart.partition import Certificate, Grid, certify, clean
from gridpart.project import Project, open_project
from gridpart.project.sample import sample_project

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
    "Project",
    "ProjectError",
    "RenderError",
    "Scope",
    "__version__",
    "audit",
    "audit_grids",
    "build_atlas",
    "certify",
    "clean",
    "geo",
    "open_project",
    "partition",
    "profiles",
    "read_cells",
    "read_equipment",
    "read_outlets",
    "read_roads",
    "read_service_area",
    "read_staff",
    "read_units",
    "sample_project",
    "to_metric",
]
