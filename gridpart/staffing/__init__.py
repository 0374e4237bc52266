"""People and machines of a grid: who answers for each cell, and what each place needs."""

from gridpart.staffing.assign import Assignment, assign
from gridpart.staffing.checks import Check

__all__ = [
    "Assignment",
    "Check",
    "assign",
]
