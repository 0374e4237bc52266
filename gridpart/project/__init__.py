"""A county's project, and its store: one GeoPackage file."""

from gridpart.project.project import Project

__all__ = ["Project"]
