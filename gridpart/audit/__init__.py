"""The audit across banks: refinement, flags, findings, figures."""

from gridpart.audit.audit import Audit, audit_grids
from gridpart.audit.rules import FLAGS
from gridpart.audit.service import cells_without_service

__all__ = ["FLAGS", "Audit", "audit_grids", "cells_without_service"]
