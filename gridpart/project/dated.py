"""A project on a day: what is open or in place, who is in office, and which grids are in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd

from gridpart.arguments import checked
from gridpart.project._days import day_of_project
from gridpart.project._in_force import in_force, with_former
from gridpart.project.past import told
from gridpart.tables import day_of, valid_on

if TYPE_CHECKING:
    from gridpart.partition.grid import Grid


class Dated:
    """What `Project` knows of days."""

    outlets: gpd.GeoDataFrame
    equipment: gpd.GeoDataFrame
    staff: pd.DataFrame
    history: pd.DataFrame
    grids: dict[str, Grid]
    earlier: dict[str, Sequence[Grid]]

    @checked
    def day(self, as_of: str | date | None = None) -> date:
        """
        Return the day that this project stands for.

        Parameters
        ----------
        as_of
            A day, which is returned. None takes the day of the last line of the history, or today if there is none;
            but not before the day that a grid was adopted from or revised for.

        Raises
        ------
        InputError
            If it is no date.
        """
        day = day_of(as_of, name="as_of")
        return day_of_project(self.history, self.grids.values()) if day is None else day

    @checked
    def outlets_on(self, as_of: str | date | None = None) -> gpd.GeoDataFrame:
        """
        Return the outlets that are open on a day: from ``valid_from`` to the day before ``valid_to``.

        Parameters
        ----------
        as_of
            As in `day`.

        Raises
        ------
        InputError
            If it, or a date of the outlets, is no date.
        """
        return self.outlets[valid_on(self.outlets, self.day(as_of), name="outlets")]

    @checked
    def equipment_on(self, as_of: str | date | None = None) -> gpd.GeoDataFrame:
        """Return the equipment in place on a day, as `outlets_on` does the outlets."""
        return self.equipment[valid_on(self.equipment, self.day(as_of), name="equipment")]

    @checked
    def staff_on(self, as_of: str | date | None = None) -> pd.DataFrame:
        """Return the staff in office on a day, as `outlets_on` does the outlets."""
        return self.staff[valid_on(self.staff, self.day(as_of), name="staff")]

    @checked
    def grids_on(self, as_of: str | date | None = None) -> dict[str, Grid]:
        """
        Return the grid of each bank that is in force on a day.

        Parameters
        ----------
        as_of
            A day: the plan that was adopted with effect from that day or last before it counts, drafts do not, unless
            the bank never adopted a plan. None returns the grids as they are now, drafts too.

        Raises
        ------
        InputError
            If it is no date, or the first plan of a bank came into force later and no former grid was kept.
        ProjectError
            If a former grid counts that is not the exact partition that was saved.
        """
        day = day_of(as_of, name="as_of")
        if day is None:
            return dict(self.grids)
        return {bank: self._in_force(bank, grid, day) for bank, grid in self.grids.items()}

    def _in_force(self, bank_id: str, grid: Grid, day: date) -> Grid:
        past = self.earlier.get(bank_id, ())
        place = in_force(bank_id, (*told(past), grid), day)
        return past[place] if place < len(past) else grid

    def _put(self, bank_id: str, grid: Grid, *, is_anew: bool) -> None:
        """Replace the grid of a bank, and keep the former one where a day may ask for it."""
        former, kept = self.grids.get(bank_id), self.earlier.pop(bank_id, ())
        if former is not None:
            kept = with_former(kept, former, is_anew=is_anew)
        if kept:
            self.earlier[bank_id] = kept
        self.grids[bank_id] = grid
