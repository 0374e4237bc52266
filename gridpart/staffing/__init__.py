"""People and machines of a grid: who answers for each cell, and what each place needs."""

from gridpart.staffing.assign import Assignment, assign
from gridpart.staffing.cardinality import check_cardinality, check_register, people_per_cell, vacancies, workload
from gridpart.staffing.checks import Check
from gridpart.staffing.documents import check_documents
from gridpart.staffing.duties import (
    check_four_responsibilities,
    duty_codes,
    five_role_matrix,
    task_catalogue,
    task_progress,
)
from gridpart.staffing.employment import (
    access_tiers,
    check_part_time,
    check_supervisors,
    full_time_share,
    headcount,
    missing_credentials,
    training_share,
)
from gridpart.staffing.equipment import (
    check_minimum,
    equipment_at,
    equipment_by_cell,
    equipment_kinds,
    units_of_points,
)
from gridpart.staffing.offers import ServiceMatrix, product_bundles, service_matrix, zone_types
from gridpart.staffing.resources import resource_gap, stock_of
from gridpart.staffing.responsibility import broken_chains, chain, chains, check_managers, managers_of, who_answers
from gridpart.staffing.review import Review, review
from gridpart.staffing.scorecards import scorecard
from gridpart.staffing.social import social_crosswalk, without_counterpart
from gridpart.staffing.trees import Tree, admin_tree, org_tree, service_tree
from gridpart.staffing.workstations import TenOnes, check_workstations, score_ten_ones

__all__ = [
    "Assignment",
    "Check",
    "Review",
    "ServiceMatrix",
    "TenOnes",
    "Tree",
    "access_tiers",
    "admin_tree",
    "assign",
    "broken_chains",
    "chain",
    "chains",
    "check_cardinality",
    "check_documents",
    "check_four_responsibilities",
    "check_managers",
    "check_minimum",
    "check_part_time",
    "check_register",
    "check_supervisors",
    "check_workstations",
    "duty_codes",
    "equipment_at",
    "equipment_by_cell",
    "equipment_kinds",
    "five_role_matrix",
    "full_time_share",
    "headcount",
    "managers_of",
    "missing_credentials",
    "org_tree",
    "people_per_cell",
    "product_bundles",
    "resource_gap",
    "review",
    "score_ten_ones",
    "scorecard",
    "service_matrix",
    "service_tree",
    "social_crosswalk",
    "stock_of",
    "task_catalogue",
    "task_progress",
    "training_share",
    "units_of_points",
    "vacancies",
    "who_answers",
    "without_counterpart",
    "workload",
    "zone_types",
]
