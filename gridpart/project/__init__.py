"""A county's project, and its store: one GeoPackage file."""

from gridpart.project._days import first_moment
from gridpart.project._lock import signature, try_lock
from gridpart.project.documents import DocumentRegister, document_register
from gridpart.project.import_report import ImportReport
from gridpart.project.importing import ImportRefusedError, import_project, record_import
from gridpart.project.opening import open_project
from gridpart.project.project import Project

__all__ = [
    "DocumentRegister",
    "ImportRefusedError",
    "ImportReport",
    "Project",
    "document_register",
    "first_moment",
    "import_project",
    "open_project",
    "record_import",
    "signature",
    "try_lock",
]
