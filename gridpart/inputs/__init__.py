"""Readers of the files banks and counties send: nothing is lost unsaid, and nothing guessed about places."""

from gridpart.inputs.banks import read_equipment, read_outlets, read_staff
from gridpart.inputs.land import read_cells, read_roads, read_service_area, read_units

__all__ = [
    "read_cells",
    "read_equipment",
    "read_outlets",
    "read_roads",
    "read_service_area",
    "read_staff",
    "read_units",
]
