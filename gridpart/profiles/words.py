"""Words for codes of a profile: rules of partition, products, limits with their units."""

from __future__ import annotations

from gridpart._typing import Language
from gridpart.i18n import translator
from gridpart.profiles.values import Threshold


def rule_name(rule: str, lang: Language) -> str:
    """Return a rule of partition in words: in English its own name, as code calls it."""
    _ = translator(lang, "profiles")
    return {
        "admin": _("admin"),
        "aggregate": _("aggregate"),
        "balanced": _("balanced"),
        "equal_demand": _("equal_demand"),
        "given": _("given"),
        "nearest": _("nearest"),
        "reconcile": _("reconcile"),
        "travel_time": _("travel_time"),
        "wellfield": _("wellfield"),
    }.get(rule, rule)


def product_name(code: str, lang: Language) -> str:
    """Return a product of the plans in words; in English, and one of a profile of one's own, its code."""
    _ = translator(lang, "profiles")
    return {
        "cards": _("cards"),
        "deposits": _("deposits"),
        "e_banking": _("e_banking"),
        "e_loan": _("e_loan"),
        "loans": _("loans"),
        "mobile_bank": _("mobile_bank"),
        "payment_code": _("payment_code"),
        "payroll": _("payroll"),
        "staff_loans": _("staff_loans"),
        "wealth": _("wealth"),
    }.get(code, code)


def measured(limit: Threshold, lang: Language) -> str:
    """Return a limit with its unit; a unit in full-width brackets stands close to the figure."""
    _ = translator(lang, "profiles")
    return f"{limit.value:,g} {_(limit.unit)}".replace(" （", "（")
