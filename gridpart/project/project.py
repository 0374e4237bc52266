"""A county's project: its tables, its grids and its history, held together and saved as one."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import pandas as pd

from gridpart._typing import Language
from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import labelled, messages
from gridpart.profiles import Profile, load
from gridpart.project._empty import empty_layer, empty_table
from gridpart.project._roads import no_roads
from gridpart.project._summary import facts, fragment
from gridpart.project.dated import Dated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import networkx as nx

    from gridpart.audit import Audit
    from gridpart.ledger import Book
    from gridpart.partition.grid import Grid
    from gridpart.project._addresses import DatabaseAddress
    from gridpart.project._manifest import Origin
    from gridpart.project.postgis._records import DatabaseOrigin

say = messages("project")

LAYERS = ("service_area", "units", "outlets", "equipment", "workstations")
"""Tables of a project that have a geometry."""

TABLES = (
    "staff",
    "banks",
    "ledger",
    "history",
    "exceptions",
    "records",
    "customers",
    "members",
    "kpis",
    "changes",
    "social_officers",
    "organisation",
    "documents",
)
"""Tables of a project without geometry."""


@dataclass(eq=False, repr=False)
class Project(Dated):
    """
    Everything that is known about one county: tables, grids, rules and history.

    The tables are live: an edit in place is seen by every atlas, audit and save that follows. A table that is not
    given starts empty, with its canonical columns.

    Attributes
    ----------
    name
        What to call the project, in any script.
    service_area
        Polygons of the area, in a projected CRS whose unit is the metre.
    units
        Basic spatial units: ``unit_id``, geometry, and what is known about each.
    outlets
        Points: ``outlet_id``, ``bank_id``, ``name``, …; past and future ones too, with ``valid_from``, ``valid_to``.
    equipment
        Points: ``equipment_id``, ``bank_id``, ``kind``, …
    staff
        Officers and managers: ``staff_id``, ``role``, …; no geometry.
    workstations
        Points: ``workstation_id``, ``unit_id``, ``status``, and the ten items of the checklist.
    social_officers
        Counterparts in the social grid: ``social_officer_id``, ``unit_id``.
    organisation
        Management line of the banks: ``org_id``, ``parent_id``, ``kind``, ….
    documents
        Agreements and rule documents of big cells: ``bank_id``, ``cell_id``, ``kind``, ``date``, ``expiry``.
    roads
        Graph, directed or not; nodes carry ``x`` and ``y`` in m, edges ``minutes``.
    banks
        ``bank_id``, ``name``, ``name_en``, ``short_name``.
    ledger
        Monthly figures per unit: ``period``, ``unit_id``, ….
    records, customers, members, kpis, changes
        The ledgers of all cells as long tables, see `gridpart.ledger.Book`, and the log of changes to them.
    grids
        Grid of each bank, by ``bank_id``.
    earlier
        Grids of each bank that those in `grids` replaced, oldest first: every adopted plan, and what the first of them
        was drawn from. Those of an opened project are proved when they are first asked for, one by one.
    profile
        Rule set of the plan; a name is looked up with `gridpart.profiles.load`.
    history
        What was done to the project: ``at``, ``who``, ``what``, ….
    exceptions
        Agreed departures from the rules.
    origins
        State of each file or database that the project was opened from or saved to: how a save notices that someone
        else saved in between. Kept by gridpart.
    only_banks
        Banks whose rows the project holds, because the database that it was opened from showed no others; None if it
        holds everything. A save leaves alone what is not held. Kept by gridpart.
    """

    name: str
    service_area: gpd.GeoDataFrame
    _: KW_ONLY
    units: gpd.GeoDataFrame = field(default_factory=partial(empty_layer, "units"))
    outlets: gpd.GeoDataFrame = field(default_factory=partial(empty_layer, "outlets"))
    equipment: gpd.GeoDataFrame = field(default_factory=partial(empty_layer, "equipment"))
    staff: pd.DataFrame = field(default_factory=partial(empty_table, "staff"))
    roads: nx.Graph[Any] = field(default_factory=no_roads)
    banks: pd.DataFrame = field(default_factory=partial(empty_table, "banks"))
    ledger: pd.DataFrame = field(default_factory=partial(empty_table, "ledger"))
    grids: dict[str, Grid] = field(default_factory=dict)
    earlier: dict[str, Sequence[Grid]] = field(default_factory=dict)
    profile: Profile = field(default_factory=partial(load, "default"))
    history: pd.DataFrame = field(default_factory=partial(empty_table, "history"))
    exceptions: pd.DataFrame = field(default_factory=partial(empty_table, "exceptions"))
    records: pd.DataFrame = field(default_factory=partial(empty_table, "records"))
    customers: pd.DataFrame = field(default_factory=partial(empty_table, "customers"))
    members: pd.DataFrame = field(default_factory=partial(empty_table, "members"))
    kpis: pd.DataFrame = field(default_factory=partial(empty_table, "kpis"))
    changes: pd.DataFrame = field(default_factory=partial(empty_table, "changes"))
    workstations: gpd.GeoDataFrame = field(default_factory=partial(empty_layer, "workstations"))
    social_officers: pd.DataFrame = field(default_factory=partial(empty_table, "social_officers"))
    organisation: pd.DataFrame = field(default_factory=partial(empty_table, "organisation"))
    documents: pd.DataFrame = field(default_factory=partial(empty_table, "documents"))
    origins: dict[Path | DatabaseAddress, Origin | DatabaseOrigin] = field(default_factory=dict, init=False, repr=False)
    only_banks: tuple[str, ...] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Look up a profile given by name; make a table of an area of shapes alone; give empty layers its CRS."""
        profile: object = self.profile
        area: object = self.service_area
        if isinstance(area, gpd.GeoSeries):
            self.service_area = gpd.GeoDataFrame(geometry=area)
        _require_tables(self)
        if isinstance(profile, str):
            self.profile = load(profile)
        for name in LAYERS[1:]:
            layer = getattr(self, name)
            if layer.empty and not isinstance(layer, gpd.GeoDataFrame):
                layer = empty_layer(name)
            if layer.empty and layer.crs is None:
                setattr(self, name, layer.set_crs(self.service_area.crs))

    @property
    def crs(self) -> Any:  # noqa: ANN401 - pyproj.CRS or None in geopandas' own types
        """Coordinate system of the service area; its unit is the metre."""
        return self.service_area.crs

    @property
    def bank_ids(self) -> list[str]:
        """Ids of every bank that has an outlet, a grid or a row in `banks`, sorted."""
        ids = set(self.grids)
        for table in (self.banks, self.outlets):
            if "bank_id" in table.columns:
                ids.update(table["bank_id"].dropna().astype(str))
        return sorted(ids)

    @checked
    def save(self, path: str | Path | DatabaseAddress, *, overwrite_changes: bool = False) -> None:
        """
        Save the project as one GeoPackage that QGIS opens, or to a PostGIS database, all or nothing.

        A file is written beside the target and put in its place in one step: whatever happens in between, the
        target holds the old project or the new one, whole. A lock file ``<target>.lock`` stays beside it.

        In a database, rows that differ are put in by key and rows that are gone are removed, in one transaction; no
        table is altered, so that grants, policies, indexes and triggers stay. Needs the extra ``postgis``.

        Parameters
        ----------
        path
            File to write, ending in ``.gpkg``; its folder must exist. Or the address of a database, as
            ``postgresql://user@host/database?county=Shazhou``; without ``county`` it is the county that the project was
            opened from, or one of the project's name.
        overwrite_changes
            Save even if someone else saved after the project was opened here: their changes are lost.

        Raises
        ------
        ProjectError
            If someone else saved in the meantime (who and when is said), is saving at this moment, what is there is no
            project of gridpart, the role may not write something, the server cannot be reached, or a table holds
            something that cannot be stored (the column is named). File and database are left as they were.
        """
        from gridpart.project._addresses import place_of

        place = place_of(path)
        if isinstance(place, Path):
            from gridpart.project.geopackage import save_geopackage

            save_geopackage(self, place, overwrite_changes=overwrite_changes)
        else:
            from gridpart.project.postgis.saving import save_database

            save_database(self, place, overwrite_changes=overwrite_changes)

    @checked
    def partition(self, *, rule: str = "nearest", as_of: str | date | None = None, **options: object) -> None:
        """
        Make a grid for every bank with outlets, and keep it in `grids`.

        Parameters
        ----------
        rule
            A rule of `gridpart.partition`: "nearest", "admin", "aggregate", "balanced", "travel_time", "wellfield"; or
            "nest", which divides the cells of the grids there are by the rule named with ``within``.
        as_of
            Day on which outlets are open that count, as in `day`.
        options
            Passed on to the rule. The layers of the project are used unless given here: cells of "nearest" and
            "travel_time" are made of its units where it has any (``units=None`` cuts freely), and ``demand`` is
            the units' population, or else households.

        Raises
        ------
        GridpartError
            If the rule is unknown, or fails for a bank, which is named. The grids there were stay as they were.
        """
        from gridpart.project._rules import grids_of

        for bank_id, grid in grids_of(self, self.outlets_on(as_of), rule=rule, options=options).items():
            self._put(bank_id, grid, is_anew=rule != "nest")

    @checked
    def audit(
        self,
        *,
        reach: float | Mapping[str, float] | Literal["profile"] | None = "profile",
        as_of: str | date | None = None,
    ) -> Audit:
        """
        Audit all grids against each other, by the profile of the project.

        Parameters
        ----------
        reach
            What a bank claims of its cells: what lies within this service radius in m of its outlets; by default the
            radii of the profile. None claims whole cells.
        as_of
            Day that counts, as in `day`: its outlets are those open, its equipment what is in place, its staff
            those in office, its grids those of `grids_on`.

        Raises
        ------
        InputError
            If there is no grid yet, or none of that day.
        """
        from gridpart.audit import audit_grids

        if not self.grids:
            raise InputError(
                say(
                    "Project {name!r} has no grid to audit. Make them first: `project.partition(rule='nearest')`.",
                    name=self.name,
                )
            )
        return audit_grids(
            self.grids_on(as_of),
            self.service_area,
            units=_or_none(self.units),
            outlets=_or_none(self.outlets_on(as_of)),
            equipment=_or_none(self.equipment_on(as_of)),
            staff=None if self.staff.empty else self.staff_on(as_of),
            roads=self.roads if len(self.roads) else None,
            profile=self.profile,
            reach=reach,
            banks=self.banks,
            data_dates=dict.fromkeys(("cells", "outlets"), self.day(as_of).isoformat()),
        )

    @checked
    def replace_grid(self, bank_id: str, grid: Grid, *, at: str, who: str) -> pd.DataFrame:
        """
        Put a revised or redrawn grid in the place of a bank's grid, and move records and customers to its cells.

        Parameters
        ----------
        bank_id
            Key in `grids`.
        grid
            What `gridpart.partition.revise` or a session of the studio made of the grid there.
        at, who
            When and by whom, for the log.

        Returns
        -------
        changes
            One row per record or customer that moved; they are added to `changes`.

        Raises
        ------
        InputError
            If a record finds no cell in the new grid; nothing was changed.
        """
        from gridpart.ledger import rehome

        before, log = self.grids.get(bank_id), []
        if before is not None:
            moved = {}
            for name, key in (("records", "record_id"), ("customers", "customer_id")):
                moved[name], changes = rehome(
                    getattr(self, name), before, grid, at=at, who=who, units=self.units, key=key
                )
                log.append(changes)
            self.records, self.customers = moved["records"], moved["customers"]
            self.changes = pd.concat([self.changes.astype(object), *log], ignore_index=True)
        self._put(bank_id, grid, is_anew=False)
        return pd.concat(log, ignore_index=True) if log else empty_table("changes")

    def book(self) -> Book:
        """
        Return the ledgers of all cells, as the tables are now.

        Raises
        ------
        InputError
            If a record holds something that its column cannot.
        """
        from gridpart.ledger import Book, cells_of, unit_cells_of

        return Book(
            cells_of(self.grids),
            records=self.records,
            customers=self.customers,
            members=self.members,
            kpis=self.kpis,
            figures=self.ledger,
            staff=self.staff,
            units=pd.DataFrame(self.units.drop(columns="geometry", errors="ignore")),
            unit_cells=unit_cells_of(self.grids, self.units),
        )

    @checked
    def summary(self, *, lang: Language = "en") -> str:
        """
        Return the size of the project as a few lines of text.

        Raises
        ------
        InputError
            If the language is unknown.
        """
        return "\n".join(labelled(label, value, lang) for label, value in facts(self, lang))

    def __repr__(self) -> str:
        """Show name, banks and grids, and whether it is a part only."""
        counts = f"{len(self.bank_ids)} banks, {len(self.outlets):,} outlets, {len(self.grids)} grids"
        part = "" if self.only_banks is None else f"; shows only banks {', '.join(self.only_banks) or 'none'}"
        return f"<Project {self.name!r}: {counts}{part}>"

    def to_html(self, *, lang: Language = "zh-Hans") -> str:
        """
        Return the size of the project as an HTML table, all of it escaped text.

        Raises
        ------
        InputError
            If the language is unknown.
        """
        return fragment(self, lang)

    def _repr_html_(self) -> str:
        return self.to_html()


def _require_tables(project: Project) -> None:
    for name in (*LAYERS, *TABLES):
        table: object = getattr(project, name)
        wanted = gpd.GeoDataFrame if name in LAYERS else pd.DataFrame
        if not isinstance(table, wanted) and not (isinstance(table, pd.DataFrame) and table.empty):
            message = say(
                "Project: {name} must be a {wanted}; a {kind} was given.",
                name=name,
                wanted=wanted.__name__,
                kind=type(table).__name__,
            )
            raise InputError(message)


def _or_none(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    return None if table.empty else table
