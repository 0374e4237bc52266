"""Ledgers, one per cell: records and their schemas, access, what is due, targets, warnings."""

from gridpart.ledger.access import Grant, Role, access_rules, grant, seen, view
from gridpart.ledger.aggregates import aggregate, pivot, with_cells
from gridpart.ledger.book import Book, Ledger, cells_of, unit_cells_of
from gridpart.ledger.following import (
    due_checks,
    industry_credit,
    last_visits,
    needs_layer,
    needs_table,
    notice_list,
    open_issues,
    out_of_range,
    stale_customers,
    village_credit,
    visit_shares,
)
from gridpart.ledger.kpis import roll_up, virtual_totals
from gridpart.ledger.placing import assign_customers, check_location, import_population, locate, rehome
from gridpart.ledger.privacy import privacy_scan
from gridpart.ledger.progress import evaluate_checklist, evaluate_path, evaluate_scheme, trajectory
from gridpart.ledger.rates import RateTable, five_links, loan_shares, rates_of
from gridpart.ledger.rollout import current_phase, milestones, next_wave, select_pilots, showcase
from gridpart.ledger.routes import SweepRoute, sweep_route, visit_list
from gridpart.ledger.schemas import RecordField, RecordSchema, Schemas, empty_records, record_schemas, typed
from gridpart.ledger.suppression import suppress
from gridpart.ledger.targets import evaluate_targets
from gridpart.ledger.validation import Validation, validate
from gridpart.ledger.warning import alerts, rule_names
from gridpart.ledger.workflow import advance, history_of, workflow

__all__ = [
    "Book",
    "Grant",
    "Ledger",
    "RateTable",
    "RecordField",
    "RecordSchema",
    "Role",
    "Schemas",
    "SweepRoute",
    "Validation",
    "access_rules",
    "advance",
    "aggregate",
    "alerts",
    "assign_customers",
    "cells_of",
    "check_location",
    "current_phase",
    "due_checks",
    "empty_records",
    "evaluate_checklist",
    "evaluate_path",
    "evaluate_scheme",
    "evaluate_targets",
    "five_links",
    "grant",
    "history_of",
    "import_population",
    "industry_credit",
    "last_visits",
    "loan_shares",
    "locate",
    "milestones",
    "needs_layer",
    "needs_table",
    "next_wave",
    "notice_list",
    "open_issues",
    "out_of_range",
    "pivot",
    "privacy_scan",
    "rates_of",
    "record_schemas",
    "rehome",
    "roll_up",
    "rule_names",
    "seen",
    "select_pilots",
    "showcase",
    "stale_customers",
    "suppress",
    "sweep_route",
    "trajectory",
    "typed",
    "unit_cells_of",
    "validate",
    "view",
    "village_credit",
    "virtual_totals",
    "visit_list",
    "visit_shares",
    "with_cells",
    "workflow",
]
