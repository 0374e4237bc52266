"""Ledgers, one per cell: records and their schemas, access, targets, warnings."""

from gridpart.ledger.access import Grant, Role, access_rules, grant, seen, view
from gridpart.ledger.aggregates import aggregate, pivot, with_cells
from gridpart.ledger.book import Book, Ledger, cells_of, unit_cells_of
from gridpart.ledger.progress import evaluate_checklist, evaluate_path, evaluate_scheme, trajectory
from gridpart.ledger.rates import RateTable, five_links, loan_shares, rates_of
from gridpart.ledger.schemas import RecordField, RecordSchema, Schemas, empty_records, record_schemas, typed
from gridpart.ledger.suppression import suppress
from gridpart.ledger.targets import evaluate_targets
from gridpart.ledger.validation import Validation, validate

__all__ = [
    "Book",
    "Grant",
    "Ledger",
    "RateTable",
    "RecordField",
    "RecordSchema",
    "Role",
    "Schemas",
    "Validation",
    "access_rules",
    "aggregate",
    "cells_of",
    "empty_records",
    "evaluate_checklist",
    "evaluate_path",
    "evaluate_scheme",
    "evaluate_targets",
    "five_links",
    "grant",
    "loan_shares",
    "pivot",
    "rates_of",
    "record_schemas",
    "seen",
    "suppress",
    "trajectory",
    "typed",
    "unit_cells_of",
    "validate",
    "view",
    "with_cells",
]
