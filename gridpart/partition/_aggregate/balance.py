"""Even out the loads of connected cells by pushing surplus along the graph of neighbouring cells."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, csc_array, diags_array
from scipy.sparse.linalg import spsolve

if TYPE_CHECKING:
    from gridpart._typing import FloatArray, IntArray

    from .cells import Cells


class Balancer:
    def __init__(self, cells: Cells, cost: FloatArray, targets: FloatArray) -> None:
        self.cells = cells
        self.cost = cost
        self.rows = [memoryview(row) for row in cost]
        self.targets = targets
        i, j = cells.problem.edges[:, 0], cells.problem.edges[:, 1]
        self.src, self.dst = np.r_[i, j], np.r_[j, i]
        k = len(targets)
        self.ease = np.ones((k, k))

    def candidates(self):
        lab = self.cells.labels()
        k = len(self.targets)
        a, b = lab[self.src], lab[self.dst]
        m = a != b
        u, a, b = self.src[m], a[m], b[m]
        pen = self.cost[b, u] - self.cost[a, u]
        key = a * k + b
        o = np.lexsort((u, pen, key))
        return u[o], key[o], pen[o]

    def flows(self, key, surplus):
        k = len(self.targets)
        arc, start, count = np.unique(key, return_index=True, return_counts=True)
        a, b = arc // k, arc % k
        g = np.sqrt(count) * np.sqrt(self.ease[a, b] * self.ease[b, a])
        lap = coo_array((g, (a, b)), shape=(k, k))
        deg = np.asarray(lap.sum(axis=1)).ravel()
        L = csc_array(diags_array(deg + 1e-9 * deg.max()) - lap)
        phi = spsolve(L, surplus)
        f = g * (phi[a] - phi[b])
        return a, b, start, count, f

    def run(self, goal, rounds, verbose=False):
        cells = self.cells
        k = len(self.targets)
        tiny = float(np.mean(cells.problem.demand)) * 0.25
        hist = []
        for r in range(rounds):
            worst = cells.worst()
            hist.append(worst)
            if worst <= goal:
                break
            u, key, pen = self.candidates()
            surplus = np.asarray(cells.load) - self.targets
            a, b, start, count, f = self.flows(key, surplus)
            moved_any = 0
            order = np.argsort(-f, kind="stable")
            ul, pl = u.tolist(), pen.tolist()
            for q in order.tolist():
                if f[q] <= tiny:
                    break
                s, c = int(start[q]), int(count[q])
                A, B = int(a[q]), int(b[q])
                got = self.push(A, B, float(f[q]), list(zip(pl[s:s + c], ul[s:s + c])))
                moved_any += got > 0
                ratio = got / float(f[q])
                e = self.ease[A, B]
                self.ease[A, B] = min(1.0, e * 1.3) if ratio > 0.5 else max(1e-3, e * 0.5)
            if verbose:
                print(r, "%.4f" % worst, moved_any)
        return hist

    def push(self, A, B, amount, heap):
        cells = self.cells
        label, near, weight, is_home = cells.label, cells.near, cells.weight, cells.is_home
        ra, rb = self.rows[A], self.rows[B]
        moved = 0.0
        heapq.heapify(heap)
        tried = set()
        while heap and moved < amount:
            pen, u = heapq.heappop(heap)
            if label[u] != A or is_home[u] or u in tried:
                continue
            tried.add(u)
            for v in near[u]:
                if label[v] == B:
                    break
            else:
                continue
            if moved + 0.5 * weight[u] > amount:
                continue
            group = cells.with_cut_off(u, 2.0 * (amount - moved))
            if not group:
                continue
            mass = weight[u] if len(group) == 1 else sum([weight[v] for v in group])
            if moved + 0.5 * mass > amount:
                continue
            cells.move(group, B)
            moved += mass
            for x in group:
                for v in near[x]:
                    if label[v] == A and not is_home[v]:
                        tried.discard(v)
                        heapq.heappush(heap, (rb[v] - ra[v], v))
        return moved
