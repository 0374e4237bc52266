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
from gridpart.partition import Certificate, Grid, certify

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
    "ProjectError",
    "RenderError",
    "__version__",
    "audit",
    "audit_grids",
    "certify",
    "geo",
    "partition",
    "profiles",
    "to_metric",
]
