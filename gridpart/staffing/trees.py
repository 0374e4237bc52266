"""Trees: administrative, of service, of the bank; each rolls figures up to every level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import pandas as pd

from gridpart.arguments import checked
from gridpart.errors import InputError
from gridpart.i18n import Joined, clauses, messages
from gridpart.staffing._cells import Cells, Rules, cell_table, rules_of
from gridpart.staffing._staff import column_of, require_columns, text_column, texts
from gridpart.staffing.responsibility import read_people

say = messages("staffing")

_NAMED = 8


@dataclass(frozen=True, eq=False, repr=False)
class Tree:
    """
    A tree of places, people or offices.

    Attributes
    ----------
    nodes
        ``node_id``, ``parent_id`` (None at a root), ``level`` (1 at a root), and further columns, parents first.
    """

    nodes: pd.DataFrame

    @staticmethod
    @checked
    def of(nodes: pd.DataFrame, *, name: str = "tree") -> Tree:
        """
        Check nodes and put them in order.

        Parameters
        ----------
        nodes
            ``node_id``, ``parent_id`` (blank at a root), further columns.
        name
            What to call the tree in messages.

        Raises
        ------
        InputError
            If an id is missing or repeats, a parent is not there, or nodes form a circle; all are named.
        """
        require_columns(nodes, ["node_id", "parent_id"], name=name)
        ids, parents = texts(nodes["node_id"]), texts(nodes["parent_id"])
        _require_ids(ids, parents, name)
        level = _levels(dict(zip(ids, parents, strict=True)), name)
        table = nodes.copy()
        table["node_id"] = text_column(ids).set_axis(table.index)
        table["parent_id"] = text_column(parents).set_axis(table.index)
        table["level"] = [level[node] for node in ids]
        return Tree(table.sort_values(["level", "node_id"], kind="stable", ignore_index=True))

    @cached_property
    def parents(self) -> Mapping[str, str | None]:
        """Parent of each node."""
        return dict(zip(self.nodes["node_id"], self.nodes["parent_id"], strict=True))

    @property
    def depth(self) -> int:
        """Number of levels."""
        return int(self.nodes["level"].max()) if len(self.nodes) else 0

    @property
    def leaves(self) -> list[str]:
        """Nodes without children, sorted."""
        return sorted(set(self.parents) - {parent for parent in self.parents.values() if parent is not None})

    @checked
    def path(self, node_id: str) -> list[str]:
        """
        Return the nodes from the root down to a node.

        Raises
        ------
        InputError
            If there is no such node.
        """
        if node_id not in self.parents:
            raise InputError(
                say("there is no node {node_id!r} in a tree of {n} nodes.", node_id=node_id, n=len(self.nodes))
            )
        path: list[str] = []
        step: str | None = node_id
        while step is not None:
            path.append(step)
            step = self.parents[step]
        return path[::-1]

    @checked
    def subtree(self, node_id: str) -> list[str]:
        """Return a node and all below it, sorted."""
        self.path(node_id)
        return sorted(node for node in self.parents if node_id in self.path(node))

    @checked
    def roll_up(self, values: pd.Series[float]) -> pd.DataFrame:
        """
        Sum figures of nodes up to every level.

        Parameters
        ----------
        values
            Figures by node id; usually of the leaves.

        Returns
        -------
        totals
            ``node_id``, ``level``, ``total`` of the node and all below it. Where every figure is at the lowest level,
            the totals of all levels are equal.

        Raises
        ------
        InputError
            If a figure belongs to no node or is missing; the ids are named.
        """
        unknown = [str(node) for node in values.index if str(node) not in self.parents]
        blank = [str(node) for node in values.index[values.isna()]]
        if unknown or blank:
            named = Joined((unknown or blank)[:_NAMED])
            what = say("belong to no node") if unknown else say("are missing")
            raise InputError(
                say("{n} figures {what}: {named}. Nothing was summed.", n=len(unknown or blank), what=what, named=named)
            )
        totals = dict.fromkeys(self.nodes["node_id"], 0.0)
        for node, value in zip(values.index, values, strict=True):
            totals[str(node)] += float(value)
        for node in self.nodes["node_id"][::-1]:  # children stand after their parents
            parent = self.parents[node]
            if parent is not None:
                totals[parent] += totals[node]
        return self.nodes[["node_id", "level"]].assign(total=[totals[node] for node in self.nodes["node_id"]])

    def __repr__(self) -> str:
        """Show the size."""
        return f"<Tree: {len(self.nodes):,} nodes, {self.depth} levels, {len(self.leaves):,} leaves>"


def _require_ids(ids: Sequence[str | None], parents: Sequence[str | None], name: str) -> None:
    known = set(ids)
    faults = [say("row {row} has no node_id", row=row) for row, node in enumerate(ids, start=1) if node is None]
    faults += [say("{node} occurs more than once", node=node) for node, number in Counter(ids).items() if number > 1]
    faults += [
        say("{node} has the parent {parent}, which is not there", node=node, parent=parent)
        for node, parent in zip(ids, parents, strict=True)
        if parent is not None and parent not in known
    ]
    if faults:
        raise InputError(
            say(
                "{n} faults in {name}: {faults}. Nothing was made of it.",
                n=len(faults),
                name=name,
                faults=Joined(faults[:_NAMED], clauses),
            )
        )


def _levels(parents: Mapping[str | None, str | None], name: str) -> dict[str | None, int]:
    level: dict[str | None, int] = {None: 0}
    for node in parents:
        path: list[str | None] = []
        step: str | None = node
        while step not in level:
            if step in path:
                circle = " -> ".join(str(item) for item in [*path[path.index(step) :], step])
                raise InputError(
                    say("nodes of {name} form a circle: {circle}. Nothing was made of it.", name=name, circle=circle)
                )
            path.append(step)
            step = parents[step]
        level |= {item: number for number, item in enumerate(reversed(path), start=level[step] + 1)}
    return level


@checked
def admin_tree(units: gpd.GeoDataFrame | pd.DataFrame, *, district_id: str, district: str = "") -> Tree:
    """
    Build the administrative tree: district, townships, villages and communities.

    Parameters
    ----------
    units
        ``unit_id``, ``township_id``; ``name`` and ``township`` where known.
    district_id, district
        Id and name of the district.

    Returns
    -------
    tree
        Three levels; ``kind`` is "district", "township", "unit".

    Raises
    ------
    InputError
        If a unit has no township, or ids repeat across levels.
    """
    require_columns(units, ["unit_id", "township_id"], name="units")
    unit_ids, townships = texts(units["unit_id"]), texts(units["township_id"])
    homeless = [str(unit) for unit, township in zip(unit_ids, townships, strict=True) if township is None]
    if homeless:
        raise InputError(
            say(
                "{n} units have no township_id: {units}. Nothing was made of it.",
                n=len(homeless),
                units=Joined(homeless[:_NAMED]),
            )
        )
    names = dict(zip(townships, column_of(units, "township"), strict=True))
    rows: list[tuple[str | None, ...]] = [(district_id, None, "district", district or None)]
    rows += [(str(township), district_id, "township", names[township]) for township in sorted(map(str, names))]
    rows += [
        (str(unit), township, "unit", name)
        for unit, township, name in zip(unit_ids, townships, column_of(units, "name"), strict=True)
    ]
    return Tree.of(_nodes(rows), name="administrative tree")


def _nodes(rows: Sequence[tuple[str | None, ...]]) -> pd.DataFrame:
    columns = ("node_id", "parent_id", "kind", "name")
    return pd.DataFrame({name: text_column(row[at] for row in rows) for at, name in enumerate(columns)})


@checked
def org_tree(organisation: pd.DataFrame) -> Tree:
    """
    Build the management line of banks: head office, departments, branches.

    Parameters
    ----------
    organisation
        ``org_id``, ``parent_id``; ``kind``, ``name``, ``outlet_id``, ``contact`` and the like are kept. Leading groups
        and their offices may stand in it too.

    Raises
    ------
    InputError
        If ids are missing or repeat, a parent is not there, or there is a circle.
    """
    require_columns(organisation, ["org_id", "parent_id"], name="organisation")
    return Tree.of(organisation.rename(columns={"org_id": "node_id"}), name="organisation")


@checked
def service_tree(cells: Cells, staff: pd.DataFrame, outlets: pd.DataFrame, *, profile: Rules = "p2") -> pd.DataFrame:
    """
    Return the path of service of each cell, by the depth the profile asks for.

    Two tiers lead from the branch to the customer manager; three from the primary branch over the secondary branch to
    the customer manager. Part-time officers stand beside the customer manager. The primary branch is the outlet's
    ``parent_outlet_id`` where there is one, else the bank's only main branch.

    Parameters
    ----------
    cells
        A grid, or a table with ``cell_id``, ``outlet_id``, ``bank_id``.
    staff
        ``staff_id``, ``role``, ``cell_id``, ``employment_type``.
    outlets
        ``outlet_id``, ``bank_id``, ``kind``; ``parent_outlet_id`` where known.
    profile
        Its ``hierarchy.service_levels``.

    Returns
    -------
    paths
        ``cell_id``, ``tier_1``, ``tier_2`` (and ``tier_3``), ``part_time`` (ids with semicolons), ``missing``
        (names of the tiers a cell lacks, with semicolons; a tier is never skipped), in the order of the cells.

    Raises
    ------
    InputError
        If the profile names no depth, or one that is neither 2 nor 3.
    """
    rules = rules_of(profile)
    levels = rules.hierarchy.service_levels
    if levels not in (2, 3):
        raise InputError(
            say(
                "profile {profile!r} has service_levels {levels}; the service tree has 2 or 3 tiers.",
                profile=rules.name,
                levels=levels,
            )
        )
    table, known = cell_table(cells), read_people(staff)
    primary = _primary_branches(outlets)
    rows = []
    for cell_id, outlet_id in zip(table["cell_id"], table["outlet_id"], strict=True):
        branch = outlet_id if outlet_id in primary else None
        managers = ";".join(known.officers.get(cell_id, ())) or None
        helpers = ";".join(known.part_time.get(cell_id, ())) or None
        tiers = [branch, managers] if levels == 2 else [*_two_branches(branch, primary), managers]
        missing = ";".join(f"tier_{number}" for number, tier in enumerate(tiers, start=1) if tier is None)
        rows.append((cell_id, *tiers, helpers, missing))
    columns = ("cell_id", *(f"tier_{number}" for number in range(1, levels + 1)), "part_time", "missing")
    return pd.DataFrame({name: text_column(row[at] for row in rows) for at, name in enumerate(columns)})


def _primary_branches(outlets: pd.DataFrame) -> dict[str | None, tuple[str | None, bool]]:
    """Primary branch of each outlet, and whether the table names it; unknown where a bank has no or several."""
    require_columns(outlets, ["outlet_id", "bank_id"], name="outlets")
    ids, banks = texts(outlets["outlet_id"]), texts(outlets["bank_id"])
    named = column_of(outlets, "parent_outlet_id")
    main: dict[str | None, list[str | None]] = {}
    for outlet_id, bank_id, kind in zip(ids, banks, column_of(outlets, "kind"), strict=True):
        if kind == "main_branch":
            main.setdefault(bank_id, []).append(outlet_id)
    only = {bank_id: found[0] for bank_id, found in main.items() if len(found) == 1}
    return {
        outlet_id: (parent or only.get(bank_id), parent is not None)
        for outlet_id, bank_id, parent in zip(ids, banks, named, strict=True)
    }


def _two_branches(
    branch: str | None, primary: Mapping[str | None, tuple[str | None, bool]]
) -> tuple[str | None, str | None]:
    """Primary and secondary branch; a main branch is its own secondary branch only where the table says so."""
    above, is_named = primary.get(branch, (None, False))
    return above, branch if above != branch or is_named else None
