"""Who is asked about what, when everybody could be asked about several things: shared out as cheaply as can be.

A flow of least cost through the network jobs → people, by cheapest augmenting paths with potentials (Jewell 1958;
Busacker and Gowen 1960; the potentials: Edmonds and Karp 1972). It is exact, and takes about k · n · m steps for n
jobs, m people and k questions.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush

Prices = Sequence[Sequence[int | None]]
Node = tuple[int, int]
_ROW, _COLUMN = 0, 1
_START, _END = (-1, 0), (2, 0)


def share_out(
    prices: Prices, wanted: Sequence[int], most: Sequence[int], *, row_step: int = 0, column_step: int = 0
) -> list[list[int]]:
    """For each row up to `wanted[row]` columns, the cheapest first; each column at most `most[column]` times.

    `prices[row][column]` is zero or more; None: they do not fit together. The k-th column of a row costs k · `row_step`
    besides, the k-th use of a column k · `column_step` (k from zero): with large steps every row has one before any has
    two, and every column is used once before any is used twice. As many are shared out as can be, and of all such ways
    the cheapest is taken.
    """
    sharing = _Sharing(prices, wanted, most, row_step, column_step)
    while sharing.give_one_more():
        pass
    return [sorted(has, key=lambda column: (prices[row][column] or 0, column)) for row, has in enumerate(sharing.has)]


@dataclass
class _Sharing:
    """What has been shared out so far: no other way to share out as much is cheaper."""

    prices: Prices
    wanted: Sequence[int]
    most: Sequence[int]
    row_step: int
    column_step: int
    has: list[set[int]] = field(init=False)  # row → its columns
    users: list[set[int]] = field(init=False)  # column → its rows
    # What a row, a column and the end are worth: with them no step of a path costs less than nothing.
    worth: dict[Node, int] = field(init=False)

    def __post_init__(self) -> None:
        self.has, self.users = [set() for _ in self.wanted], [set() for _ in self.most]
        rows = [(_ROW, row) for row in range(len(self.wanted))]
        self.worth = dict.fromkeys([*rows, *((_COLUMN, column) for column in range(len(self.most))), _END], 0)

    def give_one_more(self) -> bool:
        """By the cheapest path from a row that wants more; others may pass on what they have. False: there is none."""
        far, came_from = self._ways()
        if _END not in far:
            return False
        for node in self.worth:
            self.worth[node] += min(far.get(node, far[_END]), far[_END])
        node = came_from[_END]
        while (before := came_from[node]) != _START:
            if node[0] == _COLUMN:
                self._take(before[1], node[1])
            else:
                self._leave(node[1], before[1])
            node = before
        return True

    def _take(self, row: int, column: int) -> None:
        self.has[row].add(column)
        self.users[column].add(row)

    def _leave(self, row: int, column: int) -> None:
        self.has[row].discard(column)
        self.users[column].discard(row)

    def _ways(self) -> tuple[dict[Node, int], dict[Node, Node]]:
        """How far everything is that is nearer than the end, and from where it is reached (Dijkstra 1959)."""
        far: dict[Node, int] = {}
        came_from: dict[Node, Node] = {}
        heap = [(price - self.worth[after], after, _START) for price, after in self._first_steps()]
        heapify(heap)
        while heap and _END not in far:
            at, node, before = heappop(heap)
            if node in far:
                continue
            far[node], came_from[node] = at, before
            for price, after in self._steps(node):
                if after not in far:
                    heappush(heap, (at + price + self.worth[node] - self.worth[after], after, node))
        return far, came_from

    def _first_steps(self) -> list[tuple[int, Node]]:
        some_left = [row for row, most in enumerate(self.wanted) if len(self.has[row]) < most]
        return [(self.row_step * len(self.has[row]), (_ROW, row)) for row in some_left]

    def _steps(self, node: Node) -> list[tuple[int, Node]]:
        kind, index = node
        if node == _END:
            return []
        if kind == _ROW:
            has, line = self.has[index], enumerate(self.prices[index])
            return [(price, (_COLUMN, column)) for column, price in line if price is not None and column not in has]
        steps = [(-(self.prices[row][index] or 0), (_ROW, row)) for row in self.users[index]]
        if len(self.users[index]) < self.most[index]:
            steps.append((self.column_step * len(self.users[index]), _END))
        return steps
