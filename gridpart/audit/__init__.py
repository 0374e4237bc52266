"""The audit across banks: refinement, flags, findings, figures."""

from gridpart.audit._fill_weights import FillWeights
from gridpart.audit.audit import Audit
from gridpart.audit.bank_names import similar_names
from gridpart.audit.channels import channel_rates
from gridpart.audit.comparison import AuditComparison
from gridpart.audit.crosswalk import crosswalk
from gridpart.audit.evenness import Evenness, evenness_of
from gridpart.audit.files import audit_files
from gridpart.audit.fill_plan import FillPlan
from gridpart.audit.laying import audit_grids
from gridpart.audit.rules import FLAGS
from gridpart.audit.service import cells_without_service
from gridpart.audit.siting import Siting, maximal_covering, rank_sites, set_covering

__all__ = [
    "FLAGS",
    "Audit",
    "AuditComparison",
    "Evenness",
    "FillPlan",
    "FillWeights",
    "Siting",
    "audit_files",
    "audit_grids",
    "cells_without_service",
    "channel_rates",
    "crosswalk",
    "evenness_of",
    "maximal_covering",
    "rank_sites",
    "set_covering",
    "similar_names",
]
