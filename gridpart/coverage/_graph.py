"""Connected components of plain edge lists."""

from __future__ import annotations

import numpy as np
import scipy

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
    if len(one) == n_nodes and (one == np.arange(n_nodes)).all():  # one edge for each node: the rows are there already
        links: object = (np.ones(n_nodes), two, np.arange(n_nodes + 1))
        graph = scipy.sparse.csr_array(links, shape=(n_nodes, n_nodes))
    else:
        graph = scipy.sparse.coo_array((np.ones(len(one)), (one, two)), shape=(n_nodes, n_nodes))
    number, label = scipy.sparse.csgraph.connected_components(graph, directed=False)
    smallest = np.empty(number, dtype=np.int64)
    smallest[label[::-1]] = np.arange(n_nodes)[::-1]  # of several nodes the last one written stays
    component: IntArray = smallest[label]
    return component
