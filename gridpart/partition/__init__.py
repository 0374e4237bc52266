"""Grids, their certificates, and every rule that makes one."""

from gridpart.partition.certificate import Certificate, certify
from gridpart.partition.cleaning import clean
from gridpart.partition.grid import SEVERAL_BANKS, Grid
from gridpart.partition.layers import area_of
from gridpart.partition.road_graph import road_graph
from gridpart.partition.roads import RoadNetwork
from gridpart.partition.rule_admin import admin
from gridpart.partition.rule_aggregate import aggregate
from gridpart.partition.rule_balanced import balanced
from gridpart.partition.rule_nearest import nearest
from gridpart.partition.rule_nest import NestRule, nest
from gridpart.partition.rule_reconcile import reconcile
from gridpart.partition.rule_revise import revise
from gridpart.partition.rule_travel_time import travel_time
from gridpart.partition.rule_wellfield import wellfield
from gridpart.partition.scenarios import scenarios

__all__ = [
    "SEVERAL_BANKS",
    "Certificate",
    "Grid",
    "NestRule",
    "RoadNetwork",
    "admin",
    "aggregate",
    "area_of",
    "balanced",
    "certify",
    "clean",
    "nearest",
    "nest",
    "reconcile",
    "revise",
    "road_graph",
    "scenarios",
    "travel_time",
    "wellfield",
]
