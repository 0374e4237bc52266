"""Hiding small counts, and those from which they could be worked out with the help of the totals."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd

from gridpart._typing import BoolArray, IntArray
from gridpart.arguments import checked

TOTAL = "all"
"""Label of the row or column of totals."""

_Edge = tuple[int, int]


@checked
def suppress(counts: pd.DataFrame, *, least: int) -> pd.DataFrame:
    """
    Hide the small counts of a table, and further ones until none of them can be worked out.

    Every count below `least` is hidden, totals included. Whoever knows that counts are at least 0 and that rows and
    columns sum to their totals can then still compute a hidden count if the hidden cells around it leave it no room;
    such a cell gets room by hiding the smallest counts that close a circle through it [1]_. The hidden counts of a
    row or column also sum to at least `least`.

    Parameters
    ----------
    counts
        Counts from 0, one row per group and one column per group of another kind, shape (n_rows, n_columns). For a
        table by one group only, give one row.
    least
        Smallest count that may be shown, in people.

    Returns
    -------
    shown
        The counts with a row and a column ``"all"`` of totals, NaN where hidden, shape (n_rows + 1, n_columns + 1).

    References
    ----------
    .. [1] Gusfield, D. (1988). A graph theoretic approach to statistical data security. SIAM Journal on Computing 17.
    """
    inner = counts.to_numpy(dtype=np.int64)
    values = np.zeros((inner.shape[0] + 1, inner.shape[1] + 1), dtype=np.int64)
    values[:-1, :-1] = inner
    values[:-1, -1] = inner.sum(axis=1)
    values[-1] = values[:-1].sum(axis=0)
    hidden = values < least
    while _hide_thin_lines(values, hidden, least) or _hide_for_room(values, hidden):
        pass
    shown = np.where(hidden, np.nan, values.astype("float64"))
    return pd.DataFrame(shown, index=[*counts.index, TOTAL], columns=[*counts.columns, TOTAL])


def _hide_thin_lines(values: IntArray, hidden: BoolArray, least: int) -> bool:
    """Hide one more count in a row or column whose hidden counts sum to less than `least`; tell whether one was."""
    for line in _lines(values.shape):
        cells = line[:-1]  # the last is the total of the others
        masked = [cell for cell in cells if hidden[cell]]
        open_ = [cell for cell in cells if not hidden[cell]]
        if masked and open_ and not hidden[line[-1]] and sum(int(values[cell]) for cell in masked) < least:
            hidden[min(open_, key=lambda cell: (int(values[cell]), cell))] = True
            return True
    return False


def _lines(shape: tuple[int, ...]) -> Iterator[list[_Edge]]:
    rows, columns = shape
    for row in range(rows):
        yield [(row, column) for column in range(columns)]
    for column in range(columns):
        yield [(row, column) for row in range(rows)]


def _hide_for_room(values: IntArray, hidden: BoolArray) -> bool:
    """Hide what gives room to each hidden count without any; tell whether there was one."""
    graph, found = _exchanges(values, hidden), False
    for row, column in np.argwhere(hidden).tolist():
        for cell in _cheapest(graph, row, column):
            if not hidden[cell]:
                hidden[cell] = found = True
                for one, two in ((("r", cell[0]), ("c", cell[1])), (("c", cell[1]), ("r", cell[0]))):
                    if graph.has_edge(one, two):
                        graph[one][two]["weight"] = 0
    return found


def _exchanges(values: IntArray, hidden: BoolArray) -> nx.DiGraph[Any]:
    """
    Build the graph of changes that leave all sums as they are.

    A step from a row to a column raises a count, one from a column to a row lowers it, which only a count above 0
    allows; for totals it is the other way round, as they stand on the other side of the sum. A circle is a change
    that nobody outside can tell from the truth. Steps over hidden counts cost nothing, others their count.
    """
    graph: nx.DiGraph[Any] = nx.DiGraph()
    last_row, last_column = values.shape[0] - 1, values.shape[1] - 1
    for (row, column), value in np.ndenumerate(values):
        cost = 0 if hidden[row, column] else int(value) + 1
        is_total = (row == last_row) != (column == last_column)
        if value > 0 or not is_total:
            graph.add_edge(("r", row), ("c", column), weight=cost)
        if value > 0 or is_total:
            graph.add_edge(("c", column), ("r", row), weight=cost)
    return graph


def _cheapest(graph: nx.DiGraph[Any], row: int, column: int) -> list[_Edge]:
    """Return the counts on the cheapest circle through a count, or nothing if there is none to be had."""
    above, below = ("r", row), ("c", column)
    around = nx.restricted_view(graph, [], [(above, below), (below, above)])
    found = []
    for one, two in ((above, below), (below, above)):
        if graph.has_edge(one, two):  # the step over the count itself; the way back closes the circle
            try:
                found.append(nx.single_source_dijkstra(around, two, one))
            except nx.NetworkXNoPath:
                continue
    if not found:
        return []
    path = min(found)[1]
    pairs = [dict([one, two]) for one, two in itertools.pairwise(path)]
    return [(pair["r"], pair["c"]) for pair in pairs]
