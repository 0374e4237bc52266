"""Heads and codes of records and their aggregates in words, for people; programs get the names of the code."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gridpart._typing import Language
from gridpart.i18n import translator


def in_words(table: pd.DataFrame, lang: Language) -> pd.DataFrame:
    """Return a table with heads and codes in words where the language is Chinese; the table given is left as it is."""
    if lang == "en":
        return table
    _ = translator(lang, "report")
    heads, codes, signs = _heads(lang), codes_in(lang), {True: _("yes"), False: _("no")}

    def said(name: str, value: Any) -> Any:  # noqa: ANN401 - any value of a table
        if isinstance(value, bool):
            return signs[value]
        return codes[name].get(value, value) if name in codes and isinstance(value, str) else value

    columns = {name: [said(str(name), value) for value in column.astype(object)] for name, column in table.items()}
    result = pd.DataFrame(columns, index=table.index, dtype=object).infer_objects()
    result.columns = [heads.get(str(name), str(name)) for name in table.columns]
    return result


def _heads(lang: Language) -> dict[str, str]:
    _ = translator(lang, "report")
    return {
        "record_id": _("Id of the record"),
        "kind": _("Kind"),
        "schema_version": _("Version of the schema"),
        "bank_id": _("Bank"),
        "cell_id": _("Cell"),
        "unit_id": _("Unit"),
        "segment": _("Segment"),
        "customer_id": _("Customer"),
        "officer_id": _("Officer"),
        "date": _("Date"),
        "status": _("Status"),
        "industry": _("Industry"),
        "circle": _("Business circle"),
        "household_size": _("People of the household"),
        "land_mu": _("Land (mu)"),
        "crop": _("Crop"),
        "members": _("Members"),
        "employees": _("Employees"),
        "capital_yuan": _("Capital (yuan)"),
        "turnover_yuan": _("Turnover (yuan)"),
        "purpose": _("Purpose"),
        "channel": _("Channel"),
        "is_return": _("Return visit"),
        "product": _("Product"),
        "amount_yuan": _("Amount (yuan)"),
        "amount_band": _("Band of the amount"),
        "balance_yuan": _("Balance (yuan)"),
        "overdue_yuan": _("Overdue (yuan)"),
        "loan_class": _("Class of the loan"),
        "result": _("Result"),
        "rating": _("Rating"),
        "source": _("Source"),
        "action": _("Action"),
        "issue_type": _("Type of the issue"),
        "owner_id": _("Owner"),
        "closed_on": _("Closed on"),
        "response_hours": _("Response (h)"),
        "satisfaction": _("Satisfaction"),
        "incident_type": _("Type of the incident"),
        "households": _("Households"),
        "listed": _("Households listed"),
        "granted": _("Households granted"),
        "drawn": _("Households that drew"),
        "count": _("Count"),
        "hidden": _("Not shown"),
    }


def codes_in(lang: Language) -> dict[str, dict[str, str]]:
    """Return the words for codes, by column and code."""
    _ = translator(lang, "report")
    return {
        "bank_id": {"all": _("all")},
        "kind": {
            "all": _("all"),
            "check": _("post-loan check"),
            "incident": _("incident"),
            "information": _("information"),
            "issue": _("issue"),
            "link": _("link"),
            "loan": _("loan"),
            "need": _("need"),
            "profile": _("customer profile"),
            "rating": _("credit rating"),
            "survey": _("pre-loan survey"),
            "village_credit": _("whole-village credit"),
            "visit": _("visit"),
        },
        "segment": {
            "cooperative": _("co-operative"),
            "family_farm": _("family farm"),
            "large_grower": _("large grower"),
            "leading_firm": _("leading firm"),
            "merchant": _("merchant"),
            "mse": _("micro and small enterprise"),
            "park_firm": _("firm in a park"),
            "resident": _("resident"),
            "rural_household": _("rural household"),
            "sole_trader": _("sole trader"),
        },
        "status": {
            "open": _("open"),
            "closed": _("closed"),
            "collected": _("collected"),
            "screened": _("screened"),
            "followed_up": _("followed up"),
            "fed_back": _("fed back"),
        },
        "purpose": {
            "publicity": _("publicity"),
            "filing": _("filing"),
            "service": _("service"),
            "collection": _("debt collection"),
            "advice": _("advice"),
        },
        "amount_band": {
            "below_50000": _("below 50,000 yuan"),
            "50000_200000": _("50,000 to 200,000 yuan"),
            "200000_1000000": _("200,000 to 1,000,000 yuan"),
            "above_1000000": _("above 1,000,000 yuan"),
        },
        "loan_class": {
            "agriculture": _("agriculture"),
            "mse": _("micro and small enterprise"),
            "agriculture_mse": _("agriculture and MSE"),
            "other": _("other"),
        },
        "result": {
            "favourable": _("favourable"),
            "unfavourable": _("unfavourable"),
            "open": _("undecided"),
        },
        "issue_type": {
            "problem": _("problem"),
            "complaint": _("complaint"),
            "suggestion": _("suggestion"),
            "praise": _("praise"),
        },
        "incident_type": {
            "illegal_fundraising": _("illegal fundraising"),
            "illegal_lending": _("illegal lending"),
            "fraud": _("fraud"),
            "other": _("other"),
        },
        "action": {
            "business": _("business"),
            "card": _("card"),
            "information": _("information on services"),
            "settlement": _("settlement"),
            "survey_file": _("survey file"),
            "talks": _("talks"),
        },
        "channel": {
            "counter": _("counter"),
            "visit": _("visit"),
            "mobile_bank": _("mobile banking"),
            "online_bank": _("online banking"),
            "messaging": _("messaging"),
            "service_point": _("service point"),
            "self_service": _("self-service machine"),
            "appointment": _("online appointment"),
            "virtual_assistant": _("virtual assistant"),
        },
        "product": {
            "insurance": _("insurance"),
            "mobile_bank": _("mobile banking"),
            "small_credit_loan": _("small credit loan"),
        },
    }
