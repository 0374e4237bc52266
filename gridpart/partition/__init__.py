"""Grids, their certificates, and every rule that makes one."""

from gridpart.partition._layers import area_of
from gridpart.partition.admin import admin
from gridpart.partition.aggregate import aggregate
from gridpart.partition.balanced import balanced
from gridpart.partition.certificate import Certificate, certify
from gridpart.partition.clean import clean
from gridpart.partition.grid import SEVERAL_BANKS, Grid
from gridpart.partition.nearest import nearest
from gridpart.partition.nest import nest
from gridpart.partition.revise import revise
from gridpart.partition.roads import RoadNetwork
from gridpart.partition.travel_time import travel_time
from gridpart.partition.wellfield import wellfield

__all__ = [
    "SEVERAL_BANKS",
    "Certificate",
    "Grid",
    "RoadNetwork",
    "admin",
    "aggregate",
    "area_of",
    "balanced",
    "certify",
    "clean",
    "nearest",
    "nest",
    "revise",
    "travel_time",
    "wellfield",
]
