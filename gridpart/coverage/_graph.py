"""Connected components of plain edge lists."""

from __future__ import annotations

import numpy as np

from gridpart._typing import IntArray


def connected_components(n_nodes: int, one: IntArray, two: IntArray) -> IntArray:
    """
    Label the connected components of an undirected graph.

    Parameters
    ----------
    n_nodes
        Number of nodes.
    one, two
        Ends of each edge, shape (n_edges,).

    Returns
    -------
    component
        Smallest node of the component of each node, shape (n_nodes,).
    """
    leader = np.arange(n_nodes)
    while True:
        lowest = np.minimum(leader[one], leader[two])
        best = leader.copy()
        np.minimum.at(best, leader[one], lowest)
        np.minimum.at(best, leader[two], lowest)
        best = best[best]
        if (best == leader).all():
            return leader
        leader = best
