"""Lower the travel of balanced, connected cells without leaving the tolerance."""
from __future__ import annotations
import heapq
import numpy as np


class Improver:
    def __init__(self, cells, cost, low, high):
        self.cells, self.cost = cells, cost
        self.rows = [memoryview(r) for r in cost]
        self.low, self.high = low.tolist(), high.tolist()
        self.target = 0.5 * (low + high)
        self.half = 0.5 * (high - low)
        i, j = cells.problem.edges[:, 0], cells.problem.edges[:, 1]
        self.src, self.dst = np.r_[i, j], np.r_[j, i]

    def travel(self):
        lab = self.cells.labels()
        return float(self.cells.problem.demand @ self.cost[lab, np.arange(len(lab))])

    def sweep(self, prices, least=0.0):
        cells = self.cells
        label, near, weight, is_home, load = cells.label, cells.near, cells.weight, cells.is_home, cells.load
        rows, low, high = self.rows, self.low, self.high
        lab = cells.labels()
        a, b = lab[self.src], lab[self.dst]
        m = a != b
        u, a, b = self.src[m], a[m], b[m]
        gain = (self.cost[a, u] - prices[a]) - (self.cost[b, u] - prices[b])
        m = gain > least
        p = prices.tolist()
        heap = list(zip((-gain[m]).tolist(), u[m].tolist(), b[m].tolist()))
        heapq.heapify(heap)
        moved = 0
        blocked = 0
        seen = set()
        while heap:
            g, v, B = heapq.heappop(heap)
            A = label[v]
            if A == B or is_home[v] or (v, B) in seen:
                continue
            seen.add((v, B))
            if (rows[A][v] - p[A]) - (rows[B][v] - p[B]) <= least:
                continue
            room = min(high[B] - load[B], load[A] - low[A])
            if weight[v] > room:
                blocked += 1
                continue
            for x in near[v]:
                if label[x] == B:
                    break
            else:
                continue
            group = cells.with_cut_off(v, room)
            if not group:
                continue
            if len(group) > 1:
                ra, rb = rows[A], rows[B]
                mass = 0.0; win = 0.0
                d = p[B] - p[A]
                for x in group:
                    mass += weight[x]; win += weight[x] * (ra[x] - rb[x] + d)
                if mass > room or win <= 0:
                    continue
            cells.move(group, B)
            moved += len(group)
            for x in group:
                for y in near[x]:
                    A2 = label[y]
                    if A2 != B and not is_home[y]:
                        g = (rows[A2][y] - p[A2]) - (rows[B][y] - p[B])
                        if g > least:
                            heapq.heappush(heap, (-g, y, B))
        return moved, blocked

    def run(self, prices, passes, eta, verbose=False, decay=0.93):
        best = self.travel(); keep = self.cells.label[:], self.cells.load[:]
        prices = prices.copy()
        for r in range(passes):
            moved, blocked = self.sweep(prices)
            t = self.travel()
            if verbose: print(r, moved, blocked, t, eta)
            if t < best:
                best = t; keep = self.cells.label[:], self.cells.load[:]
            L = np.asarray(self.cells.load)
            prices -= eta * (L - self.target) / self.half
            eta *= decay
        self.cells.label[:], self.cells.load[:] = keep
        return best
