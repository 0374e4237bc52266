"""Rule profiles: thresholds, staffing rules, phases and targets of a plan, as TOML data."""

from gridpart.profiles.audit_rules import AnchorRules, AuditRules, PartitionRules, Reach, ReachRules, ServiceLevel
from gridpart.profiles.describe import Section, describe, rate_names
from gridpart.profiles.loading import available, load
from gridpart.profiles.model import Profile
from gridpart.profiles.offers import GridType, Product, Segment, SegmentLink
from gridpart.profiles.people import Duties, Hierarchy, Indicator, ResourceNeed, Scorecard, Staffing
from gridpart.profiles.progress import (
    ChecklistItem,
    FollowUp,
    LoanShare,
    Milestone,
    Phase,
    Privacy,
    RiskRules,
    Target,
)
from gridpart.profiles.saving import save
from gridpart.profiles.values import Term, Threshold
from gridpart.profiles.words import measured, rule_name

__all__ = [
    "AnchorRules",
    "AuditRules",
    "ChecklistItem",
    "Duties",
    "FollowUp",
    "GridType",
    "Hierarchy",
    "Indicator",
    "LoanShare",
    "Milestone",
    "PartitionRules",
    "Phase",
    "Privacy",
    "Product",
    "Profile",
    "Reach",
    "ReachRules",
    "ResourceNeed",
    "RiskRules",
    "Scorecard",
    "Section",
    "Segment",
    "SegmentLink",
    "ServiceLevel",
    "Staffing",
    "Target",
    "Term",
    "Threshold",
    "available",
    "describe",
    "load",
    "measured",
    "rate_names",
    "rule_name",
    "save",
]
