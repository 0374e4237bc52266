"""The ledger: twelve months of filing and visiting in every unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gridpart._typing import BoolArray, FloatArray

MONTHS = tuple(f"2025-{month:02d}" for month in range(1, 13))


def ledger_table(units: pd.DataFrame, *, rng: np.random.Generator, extra: np.random.Generator) -> pd.DataFrame:
    """
    Make up a year's ledger.

    Parameters
    ----------
    units
        With ``households`` and ``zone_class``.
    rng, extra
        Sources of chance: for households, and for what came later.

    Returns
    -------
    ledger
        One row per month and unit: ``period``, ``unit_id``, ``households``, ``households_filed`` (up to then, never
        falling, never above the households), ``households_granted`` (credit lines, at most those filed), ``visits`` and
        ``return_visits`` in the month. Then ``in_scheme`` (villages and communities join and never leave), and firms
        with those on file: ``merchants``, ``park_firms``, ``mses`` and ``merchants_filed``, ….
    """
    households = units["households"].to_numpy(np.int64)
    rural = (units["zone_class"] == "rural").to_numpy()
    shape = (len(MONTHS), len(units))
    filed = np.floor(households * _filed_share(rural, shape, rng)).astype(np.int64)
    granted = np.floor(filed * np.clip(rng.normal(0.45, 0.1, len(units)), 0.15, 0.8)).astype(np.int64)
    visits = rng.poisson(households * np.where(rural, 0.065, 0.03), shape)
    columns = {
        "period": np.repeat(np.array(MONTHS, dtype=object), len(units)),
        "unit_id": np.tile(units["unit_id"].to_numpy(object), len(MONTHS)),
        "households": np.tile(households, len(MONTHS)),
        "households_filed": filed.ravel(),
        "households_granted": granted.ravel(),
        "visits": visits.ravel(),
        "return_visits": rng.binomial(visits, 0.22).ravel(),
    }
    return pd.DataFrame({**columns, **_scheme_and_firms(rural, shape, extra)})


def _scheme_and_firms(rural: BoolArray, shape: tuple[int, int], rng: np.random.Generator) -> dict[str, Any]:
    """A third of the places join within the year, in a random order; firms are where people live close together."""
    n_months, n_units = shape
    rank = rng.permutation(n_units)
    joined = np.floor(n_units * np.linspace(0.05, 0.34, n_months))
    columns: dict[str, Any] = {"in_scheme": (rank[None, :] < joined[:, None]).ravel()}
    growth = np.linspace(0.3, 1.0, n_months)[:, None]
    for name, in_town, in_country, end in (
        ("merchants", 60, 6, 0.6),
        ("park_firms", 4, 0, 0.55),
        ("mses", 25, 3, 0.52),
    ):
        count = rng.poisson(np.where(rural, in_country, in_town))
        share = np.clip(rng.normal(end, 0.08, n_units), 0.2, 0.95)
        columns[name] = np.tile(count, n_months)
        columns[f"{name}_filed"] = np.floor(count * share * growth).astype(np.int64).ravel()
    return columns


def _filed_share(rural: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> FloatArray:
    """Return the share on file per month and unit: it climbs to its end by uneven steps."""
    end = np.clip(rng.normal(np.where(rural, 0.74, 0.5), 0.11), 0.2, 0.985)
    start = end * rng.uniform(0.25, 0.5, shape[1])
    steps = rng.dirichlet(np.full(shape[0], 3.0), shape[1]).T.cumsum(axis=0)
    share: FloatArray = start + (end - start) * np.minimum(steps, 1.0)
    return share
