"""The figures of an audit: shares, rates, concentration, access, equity, evenness, channels, indicators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

import geopandas as gpd
import pandas as pd

from gridpart.arguments import checked
from gridpart.audit import access as _access
from gridpart.audit import channels as _channels
from gridpart.audit import concentration as _concentration
from gridpart.audit import evenness as _evenness
from gridpart.audit import indicators as _indicators
from gridpart.audit import proximity as _proximity
from gridpart.audit import rates as _rates

if TYPE_CHECKING:
    from gridpart.audit.audit import Audit
    from gridpart.audit.evenness import Evenness


def _audit(figures: AuditFigures) -> Audit:
    return cast("Audit", figures)


class AuditFigures:
    """What an audit says in numbers; `Audit` is one."""

    def totals(self) -> pd.DataFrame:
        """Return ``area_m2``, ``area_share``, ``population``, ``population_share`` of each flag, blank to excessive."""
        return _rates.totals(_audit(self))

    @checked
    def rates(self, by: str | None = None, *, level: str | Sequence[str] | None = None) -> pd.DataFrame:
        """
        Return which share of area, people and units is served.

        Parameters
        ----------
        by
            Denominator: ``area``, ``population`` or ``units``; None for all three side by side.
        level
            Rows: ``county``, ``zone_class``, ``township_id``, ``unit_id`` or ``bank_id``, or several of them crossed,
            such as ``["township_id", "zone_class", "bank_id"]``; county if None.

        Returns
        -------
        rates
            With `by`: the level, ``served``, ``total``, ``coverage_rate`` (0 to 1). Without: ``served_…``, ``total_…``
            and ``…_rate`` of each denominator. A unit is served if at least half of its area is (assumed).

        Raises
        ------
        InputError
            If `by` or `level` is unknown.
        """
        return _rates.coverage_rates(_audit(self), by, level)

    def concentration(self) -> pd.DataFrame:
        """Return ``unit_id``, ``access_points``, ``bank_count``, ``hhi`` (NaN without any point) of every unit."""
        return _concentration.concentration(_audit(self))

    @checked
    def access(self, *, by_unit: bool = False) -> pd.DataFrame:
        """
        Return distances from units to the nearest access point, weighted by people.

        Parameters
        ----------
        by_unit
            If true, one row per unit instead of the summary by zone class.

        Returns
        -------
        access
            ``zone_class``, ``mean_m``, ``p95_m`` (straight), ``share_within`` the profile's distance; with roads also
            ``mean_minutes``, ``p95_minutes``, ``unreachable_units``. By unit: ``unit_id``, ``zone_class``,
            ``population``, ``distance_m``, ``within``, with roads ``minutes`` (infinite where no road leads).

        Raises
        ------
        InputError
            If units or access points were not given.
        """
        table = _access.access_distances(_audit(self))
        return table if by_unit else _access.summarise_access(table)

    def equity(self) -> dict[str, float]:
        """
        Return how evenly access points are shared among people.

        Returns
        -------
        equity
            ``urban_per_10000``, ``rural_per_10000``, ``urban_rural_ratio``, ``gini`` over units; with staff also
            ``officers_urban_per_10000``, ``officers_rural_per_10000``, ``officers_urban_rural_ratio``,
            ``officers_gini``: an officer counts for the people of the cell.

        Raises
        ------
        InputError
            If units or access points were not given.
        """
        return _access.equity(_audit(self))

    @checked
    def evenness(self, *, by: str = "population", level: str = "township_id") -> Evenness:
        """
        Return how evenly coverage has progressed, and who lags.

        Parameters
        ----------
        by
            Denominator of the coverage rate: ``area``, ``population`` or ``units``.
        level
            ``township_id``, ``bank_id``, ``zone_class`` or ``unit_id``. `gridpart.audit.evenness_of` judges any other
            progress.

        Returns
        -------
        evenness
            ``cv`` (coefficient of variation) and ``table``, the lowest first.
        """
        return _evenness.evenness(_audit(self), by=by, level=level)

    def proximity(self) -> pd.DataFrame:
        """
        Return whether each unit has basic, and each township full services.

        A column ``service_level`` says what a point offers, ``full`` or ``basic``; where there is none its kind does,
        by the service levels of the profile; where that is unknown an outlet offers full and equipment basic services.

        Returns
        -------
        proximity
            ``level`` (``unit``, ``township``), ``id``, ``required``, ``points`` (access points of that level),
            ``passed``, ``limit`` (points needed; 1 where the profile sets no standard), ``is_rule`` (whether the
            profile sets one, so that who misses it is a finding), ``assumed``.

        Raises
        ------
        InputError
            If units or access points were not given.
        """
        return _proximity.proximity(_audit(self))

    @checked
    def blind_spots(
        self, places: gpd.GeoDataFrame, *, reach: float | Mapping[str, float] | None = None
    ) -> gpd.GeoDataFrame:
        """
        Return the settlements or merchants that no bank claims, or that lie beyond reach of every access point.

        Parameters
        ----------
        places
            Points in the CRS of the audit.
        reach
            Radius in m, one or one for each zone class; that of the profile if None.

        Returns
        -------
        found
            Rows of `places` with ``reason`` (``outside_area``, ``no_cell``, ``beyond_reach``), ``distance_m`` (NaN
            without access points) and ``limit_m``.

        Raises
        ------
        CRSError
            If the CRS differs.
        """
        return _proximity.blind_spots(_audit(self), places, reach=reach)

    @checked
    def channels(self, online: pd.DataFrame | None = None) -> pd.DataFrame:
        """
        Return online and offline service of every unit, counted apart.

        Parameters
        ----------
        online
            ``unit_id``, ``bank_id``: where a bank serves online; what `audit_grids` was given if None.

        Returns
        -------
        channels
            ``unit_id``, ``zone_class``, ``offline_banks`` (with an access point), ``online_banks``, ``flag`` (``both``,
            ``offline_only``, ``physical_blank``, ``blank``), ``population``. `gridpart.audit.channel_rates` gives the
            rates by channel class.

        Raises
        ------
        InputError
            If a unit is not in the audit; such units are named. If it is not known where banks serve online.
        """
        return _channels.channels(_audit(self), online)

    @checked
    def indicators(self, *, period: str) -> pd.DataFrame:
        """
        Return one row of figures per bank, for a rating that is made elsewhere.

        Parameters
        ----------
        period
            Such as "2026-06"; stands in every row.

        Returns
        -------
        indicators
            ``bank_id``, ``period``, ``version`` and ``status`` of the plan (None for polygons), ``cells``, served area,
            people and units with their rates, ``alone_m2`` (no other bank there), ``excessive_m2``, ``outside_m2``,
            ``doubled_m2``, ``outlets``, ``equipment``, ``officers`` (None where not given), ``is_exact`` and
            ``digest`` of the certificate, ``crs_note``.
        """
        return _indicators.indicators(_audit(self), period=period)
