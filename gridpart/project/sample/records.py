"""Ledgers of a year: customers without names, what happened with them, and figures; as many cells as wanted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gridpart._typing import IntArray
from gridpart.ledger import Book, record_schemas, typed

_SEGMENTS = {
    "urban": {"resident": 0.55, "merchant": 0.2, "sole_trader": 0.1, "park_firm": 0.05, "mse": 0.1},
    "rural": {
        "rural_household": 0.7,
        "merchant": 0.07,
        "large_grower": 0.08,
        "family_farm": 0.08,
        "cooperative": 0.04,
        "leading_firm": 0.03,
    },
}
_INDUSTRIES = ("food", "building", "clothing", "transport", "farming")
_CIRCLES = ("old town", "station", "market street", "riverside")
_LINKS = {
    "rural_household": ("card", "information"),
    "large_grower": ("survey_file",),
    "cooperative": ("talks",),
    "leading_firm": ("business",),
    "family_farm": ("settlement",),
}
_START = np.datetime64("2025-01-01")
_LOAN_MOST = 200_000  # yuan, limit of the product
_INDICATORS = ("deposits", "loans", "e_banking", "credit_customers", "access_points")


@dataclass(frozen=True)
class Homes:
    """
    Where customers may live, and who looks after them.

    Attributes
    ----------
    table
        One row per unit and bank: ``cell_id``, ``bank_id``, ``unit_id``, ``zone_class``, ``officer_id``, ``helper_id``,
        ``households``.
    months
        Periods, such as "2025-01", from January 2025.
    """

    table: pd.DataFrame
    months: tuple[str, ...]

    @property
    def days(self) -> int:
        """Number of days of all months."""
        end = np.datetime64(self.months[-1], "M") + 1
        return int((end.astype("datetime64[D]") - _START).astype(int))


@dataclass(frozen=True)
class LedgerTables:
    """What `ledger_tables` makes: see `gridpart.ledger.Book`."""

    records: pd.DataFrame
    customers: pd.DataFrame
    members: pd.DataFrame
    kpis: pd.DataFrame


def ledger_tables(
    homes: Homes, *, rng: np.random.Generator, customers_per_cell: float = 12.0, visits_per_month: float = 5.0
) -> LedgerTables:
    """
    Make up the ledgers of all cells.

    Parameters
    ----------
    homes
        Places, cells and officers.
    rng
        Source of chance.
    customers_per_cell, visits_per_month
        Mean numbers per cell.

    Returns
    -------
    tables
        Records of every kind, customers, members of virtual cells, business figures. They keep their schemas; nobody in
        them exists, and no name, number or address is made up.
    """
    cells = homes.table.drop_duplicates("cell_id")
    people = _customers(homes, round(customers_per_cell * len(cells)), rng)
    visits = round(visits_per_month * len(cells) * len(homes.months))
    parts = [
        _profiles(people, homes, rng),
        _visits(people, homes, visits, rng),
        *_credit(people, homes, rng),
        _links(people, homes, rng),
        *_from_the_field(cells, homes, rng),
        _villages(homes, rng),
    ]
    records = pd.concat(parts, ignore_index=True).sort_values(["date", "kind"], kind="stable", ignore_index=True)
    records.insert(0, "record_id", [f"R{number:07d}" for number in range(1, len(records) + 1)])
    order = [name for name in record_schemas().fields if name in records.columns]
    customers = people.drop(columns=["officer_id", "helper_id"])
    return LedgerTables(typed(records[order]), customers, _members(people, rng), _kpis(cells, people, homes, rng))


def _customers(homes: Homes, n: int, rng: np.random.Generator) -> pd.DataFrame:
    home = np.sort(rng.integers(0, len(homes.table), n))
    table = homes.table.iloc[home].reset_index(drop=True)
    segment = np.empty(n, dtype=object)
    for zone, shares in _SEGMENTS.items():
        mask = (table["zone_class"] == zone).to_numpy()
        segment[mask] = rng.choice(np.array(list(shares), dtype=object), int(mask.sum()), p=list(shares.values()))
    columns: dict[str, Any] = {
        "customer_id": [f"C{number:07d}" for number in range(1, n + 1)],
        "bank_id": table["bank_id"],
        "segment": segment,
        "cell_id": table["cell_id"],
        "unit_id": table["unit_id"],
        "reason": None,
        "industry": rng.choice(np.array(_INDUSTRIES, dtype=object), n),
        "circle": rng.choice(np.array(_CIRCLES, dtype=object), n),
        "officer_id": table["officer_id"],
        "helper_id": table["helper_id"],
    }
    return pd.DataFrame(columns)


def _pick(rng: np.random.Generator, words: str, n: int, p: list[float] | None = None) -> Any:  # noqa: ANN401 - texts
    return rng.choice(np.array(words.split(), dtype=object), n, p=p)


def _records(kind: str, about: pd.DataFrame, day: IntArray, **columns: Any) -> pd.DataFrame:
    """Records of a kind about customers or cells, on days counted from the start."""
    known = [name for name in ("cell_id", "bank_id", "unit_id", "segment", "customer_id") if name in about.columns]
    table = about[known].reset_index(drop=True)
    schema = record_schemas().get(kind)
    table = table[[name for name in known if name in schema.columns]]
    date = (_START + day.astype("timedelta64[D]")).astype("datetime64[ns]")
    return table.assign(kind=kind, schema_version=schema.version, date=date, **columns)


def _officers(people: pd.DataFrame, rng: np.random.Generator) -> Any:  # noqa: ANN401 - array of texts
    """One officer in six visits is a helper, where there is one."""
    helps = (rng.random(len(people)) < 1 / 6) & people["helper_id"].notna().to_numpy()
    return np.where(helps, people["helper_id"].to_numpy(object), people["officer_id"].to_numpy(object))


def _profiles(people: pd.DataFrame, homes: Homes, rng: np.random.Generator) -> pd.DataFrame:
    filed = people[rng.random(len(people)) < 0.7]
    n, segments = len(filed), filed["segment"].to_numpy(object)
    schema = record_schemas().get("profile")
    figures = {
        "household_size": rng.integers(1, 7, n),
        "land_mu": rng.integers(2, 40, n),
        "members": rng.integers(5, 80, n),
        "employees": rng.integers(2, 60, n),
        "capital_yuan": rng.integers(5, 200, n) * 10_000,
        "turnover_yuan": rng.integers(5, 500, n) * 10_000,
    }
    words = {"industry": filed["industry"], "circle": filed["circle"], "crop": _pick(rng, "rice tea citrus", n)}
    expected = {
        name: np.isin(segments, [segment for segment, names in schema.expected_by_segment.items() if name in names])
        for name in (*figures, *words)
    }
    gap = rng.random(n) < 0.1  # some files are incomplete
    columns: dict[str, Any] = {
        name: np.where(expected[name] & ~gap, values.astype(float), np.nan) for name, values in figures.items()
    }
    columns |= {
        name: pd.Series(np.asarray(values, dtype=object)).where(expected[name], None) for name, values in words.items()
    }
    return _records("profile", filed, rng.integers(0, homes.days, n), officer_id=_officers(filed, rng), **columns)


def _visits(people: pd.DataFrame, homes: Homes, n: int, rng: np.random.Generator) -> pd.DataFrame:
    favourite = rng.gamma(2.0, size=len(people))  # some are seen often, some hardly ever
    chosen = np.searchsorted(np.cumsum(favourite / favourite.sum()), rng.random(n)).clip(max=len(people) - 1)
    who = people.iloc[chosen]
    return _records(
        "visit",
        who,
        rng.integers(0, homes.days, n),
        officer_id=_officers(who, rng),
        purpose=_pick(rng, "publicity filing service collection advice", n, [0.2, 0.3, 0.3, 0.05, 0.15]),
        channel="visit",
        is_return=(rng.random(n) < 0.22).astype(object),
    )


def _credit(people: pd.DataFrame, homes: Homes, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Survey, loan, check and rating."""
    borrowers = people[rng.random(len(people)) < 0.35]
    n = len(borrowers)
    day = rng.integers(10, homes.days, n)
    amount = rng.integers(1, 41, n) * 5_000.0
    amount[:3] = _LOAN_MOST + 50_000.0  # planted: above the limit of the product
    balance = np.round(amount * rng.uniform(0.2, 1.0, n), 2)
    trouble = np.isin(borrowers["cell_id"], rng.permutation(borrowers["cell_id"].unique())[: max(1, n // 200)])
    overdue = np.where(rng.random(n) < np.where(trouble, 0.5, 0.02), np.round(balance * 0.6, 2), 0.0)
    farming = borrowers["segment"].isin(_LINKS).to_numpy()
    small = borrowers["segment"].isin(["mse", "park_firm", "sole_trader", "merchant"]).to_numpy()
    officer = _officers(borrowers, rng)
    checked = rng.random(n) < 0.6
    check_day = np.minimum(day + rng.integers(20, 100, n), homes.days - 1)[checked]
    rated = people[rng.random(len(people)) < 0.4]
    loan = {"product": "small_credit_loan", "amount_yuan": amount}
    loan_class = np.select([farming, small], ["agriculture", "mse"], default="other")
    amounts = {**loan, "balance_yuan": balance, "overdue_yuan": overdue, "loan_class": loan_class}
    ratings = _pick(rng, "AAA AA A B", len(rated), [0.1, 0.3, 0.45, 0.15])
    rating_day = rng.integers(0, homes.days, len(rated))
    return [
        _records("survey", borrowers, day - rng.integers(1, 10, n), officer_id=officer, result="favourable", **loan),
        _records("loan", borrowers, day, **amounts),
        _records("check", borrowers[checked], check_day, officer_id=officer[checked], result="favourable"),
        _records("rating", rated, rating_day, rating=ratings, source="core system of the bank"),
    ]


def _links(people: pd.DataFrame, homes: Homes, rng: np.random.Generator) -> pd.DataFrame:
    parts = []
    for segment, actions in _LINKS.items():
        for action in actions:
            listed = people[people["segment"] == segment]
            done = listed[rng.random(len(listed)) < 0.75]
            parts.append(_records("link", done, rng.integers(0, homes.days, len(done)), action=action))
    return pd.concat(parts, ignore_index=True)


def _from_the_field(cells: pd.DataFrame, homes: Homes, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Needs, issues, information and incidents, by cell."""
    needs, news, incidents = (_some(cells, mean, rng) for mean in (3.0, 1.0, 0.06))
    segment = np.where(needs["zone_class"] == "urban", "resident", "rural_household")
    product = _pick(rng, "small_credit_loan insurance mobile_bank", len(needs))
    status = _pick(rng, "collected screened followed_up fed_back", len(news))
    days = [rng.integers(0, homes.days, len(table)) for table in (needs, news, incidents)]
    return [
        _records("need", needs, days[0], segment=segment, product=product, amount_band="below_50000"),
        _issues(_some(cells, 3.5, rng), homes, rng),
        _records("information", news, days[1], officer_id=news["officer_id"].to_numpy(object), status=status),
        _records("incident", incidents, days[2], incident_type="illegal_fundraising"),
    ]


def _some(cells: pd.DataFrame, mean: float, rng: np.random.Generator) -> pd.DataFrame:
    return cells.iloc[np.sort(rng.integers(0, len(cells), round(mean * len(cells))))]


def _issues(cells: pd.DataFrame, homes: Homes, rng: np.random.Generator) -> pd.DataFrame:
    n = len(cells)
    day, lasts = rng.integers(0, homes.days, n), rng.integers(1, 60, n)
    closed = (rng.random(n) < 0.85) & (day + lasts < homes.days)
    ends = (_START + (day + lasts).astype("timedelta64[D]")).astype("datetime64[ns]")
    return _records(
        "issue",
        cells,
        day,
        issue_type=_pick(rng, "problem complaint suggestion praise", n, [0.5, 0.2, 0.2, 0.1]),
        status=np.where(closed, "closed", "open"),
        owner_id=cells["officer_id"].to_numpy(object),
        closed_on=np.where(closed, ends, np.datetime64("NaT", "ns")),
        response_hours=rng.integers(1, 72, n).astype(float),
        satisfaction=rng.integers(60, 101, n).astype(float),
    )


def _villages(homes: Homes, rng: np.random.Generator) -> pd.DataFrame:
    """Quarterly figures of the villages, by the bank with the most cells."""
    lead = homes.table.groupby("bank_id")["cell_id"].nunique().idxmax()
    rural = homes.table[(homes.table["zone_class"] == "rural") & (homes.table["bank_id"] == lead)]
    households = rural["households"].to_numpy(dtype=np.int64)
    share, parts = rng.uniform(0.3, 0.6, len(rural)), []
    for number, month in enumerate(homes.months[2::3], start=1):
        end = int(((np.datetime64(month, "M") + 1).astype("datetime64[D]") - _START).astype(int)) - 1
        listed = np.floor(households * np.minimum(share * (0.6 + 0.1 * number), 1.0))
        granted = np.floor(listed * (0.5 + 0.1 * number * share))
        counts = {"households": households, "listed": listed, "granted": granted, "drawn": np.floor(0.4 * granted)}
        parts.append(_records("village_credit", rural, np.full(len(rural), end), **counts))
    return pd.concat(parts, ignore_index=True)


def _members(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Merchants of a market, firms of an association; some belong to both."""
    traders = people[people["segment"].isin(["merchant", "sole_trader", "mse"])]
    parts = []
    for kind, name, share in (
        ("market", "Wholesale market", 0.3),
        ("association", "Building trades", 0.2),
    ):
        inside = traders[rng.random(len(traders)) < share]
        group = inside["bank_id"] + f"-{kind}"
        parts.append(
            pd.DataFrame({"group_id": group, "group_name": name, "kind": kind, "bank_id": inside["bank_id"],
                          "customer_id": inside["customer_id"]})
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _kpis(cells: pd.DataFrame, people: pd.DataFrame, homes: Homes, rng: np.random.Generator) -> pd.DataFrame:
    n, months = len(cells), len(homes.months)
    growth = np.linspace(1.0, 1.25, months)[:, None]
    customers = cells["cell_id"].map(people["cell_id"].value_counts()).fillna(0).to_numpy("float64")
    points = np.full((months, n), rng.integers(3, 9, n), dtype="float64")
    points[-1, rng.choice(n, max(1, n // 40), replace=False)] -= 2.0
    values = {
        "deposits": np.round(rng.gamma(4.0, 5e6, n) * growth),
        "loans": np.round(rng.gamma(4.0, 3e6, n) * growth),
        "e_banking": np.floor(customers * 0.5 * growth),
        "credit_customers": np.floor(customers * 0.3 * growth),
        "access_points": points,
    }
    size = len(_INDICATORS) * months * n
    columns = {
        "cell_id": np.resize(cells["cell_id"].to_numpy(object), size),
        "indicator": np.repeat(np.array(_INDICATORS, dtype=object), months * n),
        "period": np.resize(np.repeat(np.array(homes.months, dtype=object), n), size),
        "value": np.concatenate([values[name].ravel() for name in _INDICATORS]),
    }
    return pd.DataFrame(columns)


def scaled_book(n_cells: int = 20_000, *, n_months: int = 12, seed: int = 0) -> Book:
    """
    Make up a book of any size: one village or community per cell, one bank per 5,000 cells.

    Parameters
    ----------
    n_cells
        Number of cells.
    n_months
        Number of months from January 2025, at most 12.
    seed
        The same seed gives the same book.

    Returns
    -------
    book
        Without geometry: what reports and breakdowns are measured on.
    """
    rng = np.random.default_rng([seed, n_cells])
    number = np.arange(n_cells)
    bank = np.array([f"B{bank:02d}" for bank in number // 5_000], dtype=object)
    zone = np.where(rng.random(n_cells) < 0.25, "urban", "rural").astype(object)
    table = pd.DataFrame(
        {
            "cell_id": [f"{bank_id}-{n:05d}" for bank_id, n in zip(bank, number.tolist(), strict=True)],
            "bank_id": bank,
            "outlet_id": [f"{bank_id}-{n // 20:04d}" for bank_id, n in zip(bank, number.tolist(), strict=True)],
            "unit_id": [f"U{n:05d}" for n in number.tolist()],
            "township_id": [f"T{n // 40:03d}" for n in number.tolist()],
            "zone_class": zone,
            "officer_id": [f"F{n:05d}" for n in number.tolist()],
            "helper_id": [f"P{n:05d}" if n % 2 else None for n in number.tolist()],
            "households": rng.integers(150, 900, n_cells),
        }
    )
    from gridpart.project.sample.ledger import MONTHS, ledger_table

    months = MONTHS[:n_months]
    made = ledger_tables(Homes(table, months), rng=rng, customers_per_cell=8.0, visits_per_month=2.0)
    figures = ledger_table(table, rng=rng, extra=rng)
    return Book(
        table[["cell_id", "bank_id", "outlet_id", "zone_class"]],
        records=made.records,
        customers=made.customers,
        members=made.members,
        kpis=made.kpis,
        figures=figures[figures["period"].isin(months)].reset_index(drop=True),
        staff=pd.DataFrame(
            {"staff_id": table["officer_id"], "role": "officer", "cell_id": table["cell_id"], "manager_id": None}
        ),
        units=table[["unit_id", "zone_class", "township_id"]].assign(name=table["unit_id"]),
        unit_cells=table[["unit_id", "bank_id", "cell_id"]],
    )
