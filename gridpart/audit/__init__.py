"""The audit across banks: refinement, flags, findings, figures."""

from gridpart.audit._fill_weights import FillWeights
from gridpart.audit.audit import Audit, audit_grids
from gridpart.audit.fill_plan import FillPlan
from gridpart.audit.rules import FLAGS
from gridpart.audit.service import cells_without_service
from gridpart.audit.siting import Siting, maximal_covering, rank_sites, set_covering

__all__ = [
    "FLAGS",
    "Audit",
    "FillPlan",
    "FillWeights",
    "Siting",
    "audit_grids",
    "cells_without_service",
    "maximal_covering",
    "rank_sites",
    "set_covering",
]
