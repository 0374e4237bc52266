"""The sample county: synthetic, the same for the same seed, with planted defects that are all listed."""

from gridpart.project.sample.county import SampleTables, sample_tables
from gridpart.project.sample.demo import sample_project

__all__ = ["SampleTables", "sample_project", "sample_tables"]
