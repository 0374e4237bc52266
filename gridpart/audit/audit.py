"""The audit across banks: where nobody serves, and where everybody does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridpart._typing import BoolArray
from gridpart.arguments import checked
from gridpart.audit import cell_faces as _cell_faces
from gridpart.audit._fill_weights import FillWeights
from gridpart.audit._finding_words import words_of
from gridpart.audit.bank_names import similar_names
from gridpart.audit.certificates import certificates_of
from gridpart.audit.claims import Claim
from gridpart.audit.comparison import AuditComparison, compare_audits
from gridpart.audit.exceptions import COLUMNS as EXCEPTION_COLUMNS
from gridpart.audit.exceptions import Exceptions, no_marks, read_exceptions
from gridpart.audit.figures import AuditFigures
from gridpart.audit.findings import find_all
from gridpart.audit.naming import BankNames
from gridpart.audit.pieces import Pieces
from gridpart.audit.units import AuditUnits
from gridpart.partition import Certificate
from gridpart.profiles import Profile
from gridpart.tables import InputReport

if TYPE_CHECKING:
    import networkx as nx

    from gridpart._typing import Language
    from gridpart.audit.fill_plan import FillPlan
    from gridpart.viewer import MapDocument


@dataclass(frozen=True, eq=False, repr=False)
class Audit(AuditFigures):
    """
    Outcome of laying the banks' grids over each other.

    Attributes
    ----------
    faces
        Disjoint faces that cover the service area: ``banks``, ``bank_count``, ``flag`` (blank, single, shared,
        excessive), ``reason``, ``zone_class``, ``unit_id``, ``township_id``, ``is_sliver``, ``area_m2``,
        ``population``, geometry.
    area
        The service area as given, in m.
    banks
        Bank ids, sorted.
    profile
        The rules; thresholds that no plan gives say that they are assumed.
    units
        Units with names and people.
    points
        Access points with unit, or None if neither outlets nor equipment were given.
    equipment
        Register as given, or None.
    roads
        Road graph as given, or None.
    outside_m2, doubled_m2
        By bank, in m²: claimed land outside the service area, and land inside claimed more than once by the bank.
    digests
        By bank, certificate digest of its grid; None for polygons of other origin.
    claims
        What each bank claims, in the order of `banks`.
    pieces
        What the faces of banks and of cells are joined from.
    staff
        Officers and managers as given, or None.
    online
        Units and banks that serve there online, or None if not given.
    data_dates
        Date of each layer as the caller stated it.
    reports
        What each reader did, where the audit was made from files.
    exceptions
        Accepted findings, see `accept`; None if there are none.
    bank_names
        What pages and workbooks call the banks.
    """

    faces: gpd.GeoDataFrame
    area: shapely.Geometry = field(repr=False)
    banks: tuple[str, ...]
    profile: Profile
    units: AuditUnits
    points: gpd.GeoDataFrame | None
    equipment: gpd.GeoDataFrame | None
    roads: nx.Graph[Any] | None
    outside_m2: Mapping[str, float]
    doubled_m2: Mapping[str, float]
    digests: Mapping[str, str | None]
    claims: tuple[Claim, ...] = field(repr=False)
    pieces: Pieces = field(repr=False)
    _unit_rows: Mapping[object, Mapping[str, Any]] = field(repr=False)
    staff: pd.DataFrame | None = None
    online: pd.DataFrame | None = None
    data_dates: Mapping[str, str] = field(default_factory=dict)
    reports: Mapping[str, InputReport] = field(default_factory=dict)
    exceptions: Exceptions | None = None
    bank_names: BankNames = field(default_factory=BankNames)

    @cached_property
    def cell_faces(self) -> gpd.GeoDataFrame:
        """
        Which cells of which banks meet at every place.

        One row per unit and set of cells: ``banks``, ``cells`` (``bank/cell``, several of one bank where its own cells
        overlap), ``bank_count``, ``unit_id``, ``is_sliver``, ``area_m2``, ``population``, geometry. Joined from the
        same pieces as `faces` when first asked for; areas and people add up to those of `faces`.
        """
        return _cell_faces.cell_faces(self)

    @cached_property
    def cells_by_place(self) -> Mapping[tuple[object, bool, tuple[str, ...]], frozenset[str]]:
        """The cells that meet where unit, sliver and set of banks are the same."""
        return _cell_faces.cells_by_place(self.cell_faces)

    @cached_property
    def serves(self) -> BoolArray:
        """Whether each bank, in the order of `banks`, serves each face, shape (n_faces, n_banks)."""
        column = {bank: number for number, bank in enumerate(self.banks)}
        served = np.zeros((len(self.faces), len(self.banks)), dtype=np.bool_)
        for row, banks in enumerate(self.faces["banks"]):
            served[row, [column[bank] for bank in banks]] = True
        return served

    @cached_property
    def certificates(self) -> Mapping[str, Certificate]:
        """Certificate of each bank's cells; of polygons that are no grid it lists their gaps and overlaps."""
        return certificates_of(self)

    @cached_property
    def findings(self) -> gpd.GeoDataFrame:
        """Places where a rule is broken, the most severe first, in English; see `findings_in`."""
        return self.findings_in("en")

    @cached_property
    def _found(self) -> gpd.GeoDataFrame:
        """The findings without words and marks: made once for all languages."""
        return find_all(self)

    @checked
    def findings_in(self, lang: Language) -> gpd.GeoDataFrame:
        """
        Return the findings with reason and next step in a language.

        Returns
        -------
        findings
            ``finding_id`` (the same for the same place in the next audit), ``kind``, ``severity``, ``unit_id``,
            ``name``, ``township_id``, ``township``, ``zone_class``, ``banks``, ``value``, ``limit``, ``assumed``,
            ``area_m2``, ``population``, ``reason``, ``next_step``, ``accepted`` and ``accepted_by``, ``accepted_why``,
            ``accepted_until`` (see `accept`), geometry.
        """
        found = self._found.copy()
        reason, next_step = words_of(found, lang)
        marks = no_marks(len(found)) if self.exceptions is None else self.exceptions.mark(found)
        for column, values in {"reason": reason, "next_step": next_step, **marks}.items():
            dtype = "bool" if column == "accepted" else "object"
            found.insert(found.columns.get_loc("geometry"), column, pd.Series(values, index=found.index, dtype=dtype))
        return found

    @checked
    def accept(self, exceptions: pd.DataFrame, *, as_of: dt.date | str) -> Audit:
        """
        Return this audit with findings marked that somebody accepted.

        Parameters
        ----------
        exceptions
            ``finding_id``, ``who``, ``when``, ``why``, ``until`` (its last day counts; empty for no end).
        as_of
            Date at which they are judged: expired ones, and those of later date, do not count.

        Raises
        ------
        InputError
            If a row lacks id, person, date or reason; rows are named.
        """
        return replace(self, exceptions=read_exceptions(exceptions, as_of=as_of))

    def exceptions_status(self) -> pd.DataFrame:
        """Return the exceptions with ``status``: in force, expired, not yet, or no such finding."""
        if self.exceptions is None:
            return pd.DataFrame({column: pd.Series(dtype=object) for column in (*EXCEPTION_COLUMNS, "status")})
        table = self.exceptions.table.copy()
        known = table["finding_id"].isin(set(self.findings["finding_id"]))
        table["status"] = pd.Series(self.exceptions.status(), dtype=object).where(known, "no such finding")
        return table

    @checked
    def compare(self, other: Audit) -> AuditComparison:
        """
        Return what changed from this audit to a later one of the same service area.

        Parameters
        ----------
        other
            The later audit.

        Returns
        -------
        comparison
            Findings that are new, gone or remaining, by their stable ids; areas by flag; rates; banks that came and
            went; whether the rules differ.

        Raises
        ------
        InputError
            If the service areas differ in size.
        CRSError
            If the CRSs differ.
        """
        return compare_audits(self, other)

    def similar_banks(self) -> pd.DataFrame:
        """
        Return bank names that may mean one bank: in grids, outlets and equipment.

        Nothing is merged; give ``bank_aliases`` to the readers to do so.

        Returns
        -------
        similar
            ``name``, ``other``, ``reason`` (``spelling``, ``legal_form``, ``short_name``, ``initials``, ``typing``).
        """
        named = set(self.banks)
        for table in (self.points, self.equipment):
            if table is not None:
                named |= {str(bank) for bank in table["bank_id"].dropna()}
        return similar_names(named)

    @checked
    def fill_plan(
        self,
        *,
        candidates: gpd.GeoDataFrame | None = None,
        weights: FillWeights | None = None,
        max_distance_m: float | None = None,
        gap: float | None = None,
        time_limit_s: float = 60.0,
    ) -> FillPlan:
        """
        Propose who takes each blank place, and who withdraws where more banks cross than the rules allow.

        Each blank place goes to one bank, served from its nearest outlet or from a service point opened for it; from
        each place with too many banks, so many withdraw that the limit holds. The plan minimises travel weighted by
        people, people above the banks' fair shares (by number of outlets), changes, and openings, as one price in
        person-km.

        Parameters
        ----------
        candidates
            Where service points could be opened: ``candidate_id``, points, ``bank_id`` where only one bank could. If
            None, a point could open in each blank place; an empty table allows none.
        weights
            Prices; the assumed ones of `FillWeights` if None.
        max_distance_m
            No bank takes a place from farther away, straight, in m; None for no limit.
        gap
            Stop each search once proved within this share of the best. None: 0 up to 1,000 options, else 0.005.
        time_limit_s
            When to stop each search, in s. 0, or more than 3,000 places, gives the greedy plan, and its status says so.

        Returns
        -------
        plan
            Proposals, objective, bound, gap and status; ``plan.apply()`` gives claims without blank places.

        Raises
        ------
        InfeasibleError
            If a blank place has neither bank nor candidate within `max_distance_m`; all are named.
        InputError
            If candidates, weights or limits cannot be used.
        """
        from gridpart.audit._fill_solver import Search
        from gridpart.audit.fill_plan import make_plan

        return make_plan(
            self,
            candidates=candidates,
            weights=FillWeights() if weights is None else weights,
            max_distance_m=max_distance_m,
            search=Search(time_limit_s, gap),
        )

    @checked
    def unit_row(self, unit_id: object) -> Mapping[str, Any]:
        """Return name, township and class of a unit; empty for None."""
        return self._unit_rows.get(unit_id, {})

    @checked
    def document(self, lang: Language = "zh-Hans") -> MapDocument:
        """Return the audit as a map page: flags, findings, figures, rules."""
        from gridpart.audit.document import document_of

        return document_of(self, lang=lang)

    @checked
    def save(
        self,
        folder: str | Path,
        *,
        lang: Language = "zh-Hans",
        formats: Collection[str] = ("html", "xlsx", "gpkg", "json"),
    ) -> Path:
        """
        Write the audit as a page, a workbook, a GeoPackage and JSON; the same audit gives the same bytes.

        Parameters
        ----------
        folder
            Made if missing; receives ``index.html``, ``audit.xlsx``, ``audit.gpkg`` and ``audit.json``.
        lang
            Language of page and workbook.
        formats
            Which of them to write.

        Returns
        -------
        page
            Path of ``index.html``, or the folder where no page was asked for.

        Raises
        ------
        InputError
            If a format is unknown, or the package that writes it is not installed.
        """
        from gridpart.audit.saving import save

        return save(self, Path(folder), lang=lang, formats=formats)

    def __repr__(self) -> str:
        """Show banks, shares by flag and number of findings."""
        shares = ", ".join(f"{row.flag} {row.area_share:.1%}" for row in self.totals().itertuples())
        found = f"{len(self.findings)} findings"
        return f"<Audit of {len(self.banks)} banks, profile {self.profile.name}: {shares} of the area; {found}>"

    def _repr_html_(self) -> str:
        return self.document().to_fragment(height=560)
