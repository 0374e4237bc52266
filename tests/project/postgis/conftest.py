"""Databases for the tests of this folder."""

from __future__ import annotations

import pytest
from postgis_server import Database, Server


@pytest.fixture(scope="module")
def database(postgis_server: Server) -> Database:
    """A database with PostGIS, of the superuser, for the tests of a module."""
    return postgis_server.new_database()


@pytest.fixture
def fresh(postgis_server: Server) -> Database:
    """A database with PostGIS and nothing else."""
    return postgis_server.new_database()
