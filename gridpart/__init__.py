"""Grids of banks over whole counties: exact, audited, drawn. See ``docs/`` for the guarantees."""

from gridpart import geo, partition, profiles
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
    "certify",
    "geo",
    "partition",
    "profiles",
    "to_metric",
]
