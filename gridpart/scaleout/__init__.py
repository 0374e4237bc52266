"""National runs: the same pure function, county by county, on any executor or Dask."""

from gridpart.scaleout.report import CountyError, RunReport
from gridpart.scaleout.run import map_counties

__all__ = ["CountyError", "RunReport", "map_counties"]
