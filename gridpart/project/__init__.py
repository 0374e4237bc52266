"""A county's project, and its two stores: a GeoPackage file, a PostGIS database."""

from gridpart.project._addresses import DatabaseAddress, place_of
from gridpart.project._days import first_moment
from gridpart.project._lock import signature, try_lock, wait_for_lock
from gridpart.project.documents import DocumentRegister, document_register
from gridpart.project.import_report import ImportReport
from gridpart.project.importing import ImportRefusedError, import_project, record_import
from gridpart.project.opening import open_project
from gridpart.project.postgis.access import (
    access,
    grant_access,
    preparation_sql,
    prepare_database,
    revoke_access,
)
from gridpart.project.project import Project

__all__ = [
    "DatabaseAddress",
    "DocumentRegister",
    "ImportRefusedError",
    "ImportReport",
    "Project",
    "access",
    "document_register",
    "first_moment",
    "grant_access",
    "import_project",
    "open_project",
    "place_of",
    "preparation_sql",
    "prepare_database",
    "record_import",
    "revoke_access",
    "signature",
    "try_lock",
    "wait_for_lock",
]
