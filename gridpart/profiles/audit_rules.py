"""Rules of place: thresholds of the cross-bank audit, rules of division, and what an access point offers."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gridpart.profiles.values import Code, Frozen, Threshold

ReachKind = Literal["outlet", "service_point"]
Zone = Literal["urban", "rural"]
AnchorKind = Literal["outlet", "service_point"]
CellRule = Literal["admin", "wellfield", "aggregate", "nearest", "balanced", "travel_time"]
SmallRule = Literal["admin", "wellfield", "aggregate"]


class Reach(Frozen):
    """Service radius of one kind of access point, by settlement class, in m."""

    urban: Threshold
    rural: Threshold


class ReachRules(Frozen):
    """Service radius by kind of access point."""

    outlet: Reach
    service_point: Reach


class AuditRules(Frozen):
    """
    Thresholds of the cross-bank audit.

    Attributes
    ----------
    urban_max_banks, rural_max_banks
        Most banks that may serve one place before it counts as excessive. In rural zones filling
        blanks comes first, so the limit is lower.
    urban_max_overlap_share
        Largest share of an urban unit's area that several banks may share.
    hhi_max
        Herfindahl-Hirschman index (0 to 1) of access points by bank above which a unit is concentrated.
    min_service_points_per_village
        Active service points that each village needs.
    min_basic_points_per_unit
        Access points with at least basic services that each community and village needs; 0 for no standard.
    min_full_points_per_township
        Access points with full services that each sub-district and township needs; 0 for no standard.
    min_banks_lost
        So many banks fewer in a unit than at the date before make an early warning.
    sliver_width_m
        Faces narrower than this are reported as slivers, not as blank or shared.
    min_people
        Blank or excessive places with fewer people are reported with low severity.
    access_distance_m
        Distance within which an access point counts as near.
    reach_m
        Service radius by kind of access point and settlement class.
    """

    urban_max_banks: Threshold
    rural_max_banks: Threshold
    urban_max_overlap_share: Threshold
    hhi_max: Threshold
    min_service_points_per_village: Threshold
    min_basic_points_per_unit: Threshold
    min_full_points_per_township: Threshold
    min_banks_lost: Threshold
    sliver_width_m: Threshold
    min_people: Threshold
    access_distance_m: Threshold
    reach_m: ReachRules


class AnchorRules(Frozen):
    """
    What a cell may be anchored on, by zone class.

    Attributes
    ----------
    urban, rural
        Kinds of access point that may be the anchor.
    without
        What a cell without any is anchored on; such cells are flagged.
    """

    urban: tuple[AnchorKind, ...] = ("outlet",)
    rural: tuple[AnchorKind, ...] = ("outlet", "service_point")
    without: Literal["representative_point"] = "representative_point"

    @property
    def allowed(self) -> dict[str, tuple[str, ...]]:
        """Kinds of anchor by zone class, as `gridpart.partition.anchor_violations` takes them."""
        return {"urban": self.urban, "rural": self.rural}


class PartitionRules(Frozen):
    """
    How a bank's area is divided.

    Attributes
    ----------
    big, small
        Rule of big cells, and of the small cells inside them.
    balance_tolerance
        Largest departure of a cell's demand from the mean.
    max_mean_load
        Largest load over mean load of a balanced grid.
    anchors
        What a cell may be anchored on.
    """

    big: CellRule = "admin"
    small: SmallRule = "wellfield"
    balance_tolerance: Threshold
    max_mean_load: Threshold
    anchors: AnchorRules = AnchorRules()


class ServiceLevel(Frozen):
    """
    Services that must be had within one kind of place.

    Attributes
    ----------
    code, title
        "basic" or "full", and words for it.
    services
        Codes of the service catalogue.
    within
        The place: each community or village ("unit"), or each sub-district or township ("township").
    offered_by
        Kinds of outlet and equipment that offer the level.
    """

    code: Code
    title: str
    services: Annotated[tuple[Code, ...], Field(min_length=1)]
    within: Literal["unit", "township"]
    offered_by: Annotated[tuple[Code, ...], Field(min_length=1)]
