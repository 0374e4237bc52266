"""Readers of the files banks and counties send: nothing is lost unsaid, and nothing guessed about places."""

from gridpart.inputs._places import MissingCRSError
from gridpart.inputs._rejected import remarks_on
from gridpart.inputs.banks import read_equipment, read_outlets, read_staff
from gridpart.inputs.land import read_cells, read_roads, read_service_area, read_units

__all__ = [
    "MissingCRSError",
    "read_cells",
    "read_equipment",
    "read_outlets",
    "read_roads",
    "read_service_area",
    "read_staff",
    "read_units",
    "remarks_on",
]
