"""Grids of banks over whole counties: exact, audited, drawn. See ``docs/`` for the guarantees."""

from gridpart import audit, geo, partition, profiles
from gridpart.audit import Audit, audit_grids
from gridpart.errors import (
    CertificateError,
    CoverageError,
    CRSError,
    EditRefused,
    GridpartError,
    InfeasibleError,
    InputError,
    ProfileError,
    ProjectError,
    RenderError,
)
from gridpart.geo import to_metric
from gridpart.partition import Certificate, Grid, certify, clean
from gridpart.project import Project, open_project
from gridpart.project.sample import sample_project

__version__ = "0.1.0"

__all__ = [
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
    "ProfileError",
    "Project",
    "ProjectError",
    "RenderError",
    "__version__",
    "audit",
    "audit_grids",
    "certify",
    "clean",
    "geo",
    "open_project",
    "partition",
    "profiles",
    "sample_project",
    "to_metric",
]
