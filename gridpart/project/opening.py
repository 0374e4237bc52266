"""Open a project from wherever it is kept."""

from __future__ import annotations

from pathlib import Path

from gridpart.arguments import checked
from gridpart.project._addresses import DatabaseAddress, place_of
from gridpart.project.project import Project
from gridpart.steps import step, working


@checked
def open_project(path_or_url: str | Path | DatabaseAddress, *, accept_edits: bool = False) -> Project:
    """
    Open a project; its grids are proved again and must be those that were saved.

    Earlier grids are proved when they are first asked for, but at once where another program changed their tables.

    Parameters
    ----------
    path_or_url
        GeoPackage file that `Project.save` wrote, or the address of a PostGIS database that it saved to, as
        ``postgresql://user@host/database?county=Shazhou``; ``county`` may be left out where there is one only. A
        password is better kept in the password file of libpq, or in ``PGPASSWORD``. Needs the extra ``postgis``.
    accept_edits
        Take tables that another program, QGIS say, has changed since the project was saved, as they are now. Grids that
        were changed must still be exact partitions.

    Returns
    -------
    project
        As it was saved: types, ids, order of rows and columns, CRS, geometries bit by bit. Only the index of each table
        is numbered anew. From a database that shows its reader some banks only, it holds those: see
        `Project.only_banks`.

    Raises
    ------
    ProjectError
        If the file is missing, no project, damaged, changed, or from a newer gridpart; or the database cannot be
        reached, holds no such project, or may not be read.

    Examples
    --------
    >>> import geopandas as gpd, gridpart as gp, shapely, tempfile, pathlib
    >>> area = gpd.GeoDataFrame({"area_id": ["01"]}, geometry=[shapely.box(0, 0, 20, 10)], crs=4546)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     gp.Project("Shazhou", area).save(pathlib.Path(folder) / "county.gpkg")
    ...     gp.open_project(pathlib.Path(folder) / "county.gpkg")
    <Project 'Shazhou': 0 banks, 0 outlets, 0 grids>
    """
    place = place_of(path_or_url)
    with working("open", steps=("tables", "grids")):
        step("tables")
        if isinstance(place, Path):
            from gridpart.project.geopackage import open_geopackage

            return open_geopackage(place, accept_edits=accept_edits)
        from gridpart.project.postgis.opening import open_database

        return open_database(place, accept_edits=accept_edits)
