"""What each table must hold, and the report on what a reader did with every row."""

from gridpart.tables.contracts import CONTRACTS, ColumnRule, TableContract, contract
from gridpart.tables.dates import day_in, day_of, days_of, month_in, required_day
from gridpart.tables.export import read_csv, write_csv, write_xlsx
from gridpart.tables.messages import Message, Problem
from gridpart.tables.replacing import replacing
from gridpart.tables.report import REJECTED_NOTES, InputReport, Issue, KeptRows, RowRecord, RowsRefusedError
from gridpart.tables.status import is_closed
from gridpart.tables.validation import problems, validate
from gridpart.tables.validity import no_more, not_yet, valid_on
from gridpart.tables.values import flag_in, flags_of, numbers_of

__all__ = [
    "CONTRACTS",
    "REJECTED_NOTES",
    "ColumnRule",
    "InputReport",
    "Issue",
    "KeptRows",
    "Message",
    "Problem",
    "RowRecord",
    "RowsRefusedError",
    "TableContract",
    "contract",
    "day_in",
    "day_of",
    "days_of",
    "flag_in",
    "flags_of",
    "is_closed",
    "month_in",
    "no_more",
    "not_yet",
    "numbers_of",
    "problems",
    "read_csv",
    "replacing",
    "required_day",
    "valid_on",
    "validate",
    "write_csv",
    "write_xlsx",
]
