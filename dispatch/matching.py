"""The cheapest way to give every row a column of its own: the assignment problem, solved exactly.

By shortest augmenting paths with potentials (Kuhn 1955, Munkres 1957; in the form of Jonker and Volgenant 1987): for n
rows and m columns it takes about n · n · m steps. A neighbourhood has tens of each.
"""

from collections.abc import Sequence
from typing import Any

Table = Sequence[Sequence[int | None]]


def match(table: Table) -> list[tuple[int, int]]:
    """Pairs of row and column: as many as can be, and of all such the cheapest. None: they do not fit together.

    `table[row][column]` is a price of zero or more; every row is equally long. The pairs come in the order of the rows.
    """
    if not table or not table[0]:
        return []
    if len(table) > len(table[0]):
        turned = [list(column) for column in zip(*table, strict=True)]
        return sorted((row, column) for column, row in match(turned))
    # A pair that cannot be costs more than all that can: it is only taken when there is none left.
    apart = 1 + sum(max((price for price in row if price is not None), default=0) for row in table)
    prices = [[apart if price is None else price for price in row] for row in table]
    return [(row, column) for row, column in _cheapest(prices) if table[row][column] is not None]


def _cheapest(prices: list[list[int]]) -> list[tuple[int, int]]:
    """A column for every row; there are at least as many columns as rows."""
    columns = len(prices[0])
    row_of: list[int | None] = [None] * columns
    of_row, of_column = [0] * len(prices), [0] * columns
    for row in range(len(prices)):
        _give_a_column(prices, row, row_of, of_row, of_column)
    return sorted((row, column) for column, row in enumerate(row_of) if row is not None)


def _give_a_column(
    prices: list[list[int]], start: int, row_of: list[int | None], of_row: list[int], of_column: list[int]
) -> None:
    """Find the cheapest path from this row to a free column, over rows that move on, and let them move.

    `of_row` and `of_column` are the potentials: what a price is worth after them is never below zero.
    """
    columns = len(row_of)
    least: list[Any] = [float("inf")] * columns
    came_from: list[int | None] = [None] * columns
    is_left = set(range(columns))
    row, at = start, None
    while True:
        line, worth = prices[row], of_row[row]
        for column in is_left:
            costs = line[column] - worth - of_column[column]
            if costs < least[column]:
                least[column], came_from[column] = costs, at
        nearest = min(is_left, key=lambda column: (least[column], column))
        step = least[nearest]
        of_row[start] += step
        for column in range(columns):
            if column in is_left:
                least[column] -= step
            else:
                of_column[column] -= step
                of_row[row_of[column]] += step  # type: ignore[index]
        is_left.remove(nearest)
        at = nearest
        moved = row_of[nearest]
        if moved is None:
            break
        row = moved
    while at is not None:
        before = came_from[at]
        row_of[at] = start if before is None else row_of[before]
        at = before
