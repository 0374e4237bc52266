"""Reports on the ledgers: monthly figures, bulletin, the supervisor's extract, tables as files."""

from gridpart.report.bulletin import Bulletin, bulletin
from gridpart.report.charts import line_chart
from gridpart.report.document import Document, Section
from gridpart.report.exporting import export
from gridpart.report.extract import supervisory_extract
from gridpart.report.monthly import MonthlyReport, monthly_report

__all__ = [
    "Bulletin",
    "Document",
    "MonthlyReport",
    "Section",
    "bulletin",
    "export",
    "line_chart",
    "monthly_report",
    "supervisory_extract",
]
