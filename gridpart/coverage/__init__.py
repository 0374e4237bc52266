"""The planar kernel: coverages, arrangements, tessellations and their proof. It knows no bank and no file."""

from gridpart.coverage._defects import widths_of
from gridpart.coverage._graph import connected_components
from gridpart.coverage._matching import grouped
from gridpart.coverage._members import Members
from gridpart.coverage._power import PowerDiagram, power_cells, power_diagram
from gridpart.coverage._validity import why_invalid
from gridpart.coverage.arcs import Arcs, shared_arcs
from gridpart.coverage.arrangement import Arrangement, arrange
from gridpart.coverage.coverage import Coverage, collect_parts
from gridpart.coverage.proof import MAX_BOUNDARY_SHIFT_M, Defect, Proof, prove_partition
from gridpart.coverage.reshaping import (
    Crossing,
    Cut,
    cut_along,
    first_crossing,
    insert_vertices,
    is_same_land,
    is_same_land_within_rim,
    move_vertices,
    on_rim,
    prolonged,
)
from gridpart.coverage.tessellation import SNAP_M, cut_to_area, tessellate

__all__ = [
    "MAX_BOUNDARY_SHIFT_M",
    "SNAP_M",
    "Arcs",
    "Arrangement",
    "Coverage",
    "Crossing",
    "Cut",
    "Defect",
    "Members",
    "PowerDiagram",
    "Proof",
    "arrange",
    "collect_parts",
    "connected_components",
    "cut_along",
    "cut_to_area",
    "first_crossing",
    "grouped",
    "insert_vertices",
    "is_same_land",
    "is_same_land_within_rim",
    "move_vertices",
    "on_rim",
    "power_cells",
    "power_diagram",
    "prolonged",
    "prove_partition",
    "shared_arcs",
    "tessellate",
    "why_invalid",
    "widths_of",
]
