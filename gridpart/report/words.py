"""Words for the columns of reports."""

from __future__ import annotations

from gridpart._typing import Language
from gridpart.i18n import translator


def heads(lang: Language) -> dict[str, str]:
    """Return the words for columns, by name."""
    _ = translator(lang, "report")
    return {
        "bank_id": _("Bank"),
        "bank": _("Bank"),
        "outlet_id": _("Branch"),
        "outlet": _("Branch"),
        "cell_id": _("Cell"),
        "township": _("District"),
        "cells": _("Cells"),
        "units": _("Units"),
        "units_in_scheme": _("Units in the scheme"),
        "coverage_rate": _("Coverage (%)"),
        "households": _("Households"),
        "households_filed": _("Households on file"),
        "filing_rate": _("On file (%)"),
        "households_granted": _("Households with credit"),
        "visits": _("Visits"),
        "return_visits": _("Return visits"),
        "customers": _("Customers"),
        "visited": _("Customers visited in time"),
        "visited_share": _("Visited in time (%)"),
        "profiles": _("Customer files"),
        "profile_share": _("Customers on file (%)"),
        "visits_recorded": _("Visits recorded"),
        "loans": _("New loans"),
        "loan_yuan": _("New loans (yuan)"),
        "balance_yuan": _("Loan balance (yuan)"),
        "overdue_yuan": _("Overdue (yuan)"),
        "overdue_share": _("Overdue (%)"),
        "issues_opened": _("Issues opened"),
        "issues_closed": _("Issues closed"),
        "issues_open": _("Issues open"),
        "issues_overdue": _("Issues overdue"),
        "checks_overdue": _("Checks overdue"),
        "alerts": _("Alerts"),
        "rule": _("Rule"),
        "value": _("Value"),
        "limit": _("Limit"),
        "assumed": _("Assumed"),
        "as_of": _("As of"),
        "target": _("Target"),
        "threshold": _("Threshold"),
        "verdict": _("Verdict"),
        "reason": _("Reason"),
        "rank": _("Rank"),
        "score": _("Score"),
        "change": _("Change"),
        "period": _("Period"),
        "code": _("Code"),
        "title": _("Item"),
        "who": _("Who"),
        "when": _("When"),
    }


def target_names(lang: Language) -> dict[str, str]:
    """Return the words for the rates of a plan."""
    _ = translator(lang, "report")
    return {
        "unit_coverage_rate": _("Villages and communities in the scheme"),
        "resident": _("Residents on file"),
        "merchant": _("Merchants on file"),
        "park": _("Firms in parks on file"),
        "mse": _("Micro and small enterprises on file"),
        "rural": _("Rural households on file"),
        "area_coverage_rate": _("Land reached"),
        "population_coverage_rate": _("People reached"),
        "credit_coverage_rate": _("Households with credit"),
    }


def verdict_names(lang: Language) -> dict[str, str]:
    """Return the words for verdicts."""
    _ = translator(lang, "report")
    return {
        "met": _("met"),
        "failed": _("failed"),
        "not_set": _("not set"),
        "not_computable": _("not computable"),
        "not_judged": _("not judged"),
    }
