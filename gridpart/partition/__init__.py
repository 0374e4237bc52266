"""Grids, their certificates, and every rule that makes one."""

from gridpart.partition.anchoring import anchor_violations, anchors
from gridpart.partition.certificate import Certificate, certify
from gridpart.partition.cleaning import clean
from gridpart.partition.counting import count_points
from gridpart.partition.grid import SEVERAL_BANKS, Grid
from gridpart.partition.layers import area_of
from gridpart.partition.lookup import nearest_outlet
from gridpart.partition.market_rings import ring_totals, rings
from gridpart.partition.pictures import plot_grids, plot_scenarios
from gridpart.partition.road_tables import road_graph
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
from gridpart.partition.tree import validate_tree
from gridpart.partition.virtual import VirtualCells, memberships, virtual_cells

__all__ = [
    "SEVERAL_BANKS",
    "Certificate",
    "Grid",
    "NestRule",
    "RoadNetwork",
    "VirtualCells",
    "admin",
    "aggregate",
    "anchor_violations",
    "anchors",
    "area_of",
    "balanced",
    "certify",
    "clean",
    "count_points",
    "memberships",
    "nearest",
    "nearest_outlet",
    "nest",
    "plot_grids",
    "plot_scenarios",
    "reconcile",
    "revise",
    "ring_totals",
    "rings",
    "road_graph",
    "scenarios",
    "travel_time",
    "validate_tree",
    "virtual_cells",
    "wellfield",
]
