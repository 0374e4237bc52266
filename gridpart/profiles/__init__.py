"""Rule profiles: thresholds, staffing rules, phases and targets of a plan, as TOML data."""

from gridpart.profiles.loading import available, load
from gridpart.profiles.model import (
    AuditRules,
    Hierarchy,
    Phase,
    Profile,
    Reach,
    ReachRules,
    Staffing,
    Target,
    Threshold,
)

__all__ = [
    "AuditRules",
    "Hierarchy",
    "Phase",
    "Profile",
    "Reach",
    "ReachRules",
    "Staffing",
    "Target",
    "Threshold",
    "available",
    "load",
]
