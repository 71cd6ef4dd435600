"""Numbered columns of items, each in order: who chooses looks at the first of each, and never behind him."""

from collections.abc import Iterator
from typing import Any, Generic, TypeAlias, TypeVar

from sortedcontainers import SortedList

Numbers: TypeAlias = int
"""A set of small numbers as one whole number: bit n is set when n is in it. A thousand of them cost one operation."""

Item = TypeVar("Item", bound=tuple[Any, ...])

_ONE_BY_ONE = 4
"""To take a column out of a set costs about as much as to pass this many on the way."""


class Columns(Generic[Item]):
    """Items are tuples, all different, that say their order. Nothing here takes longer for a longer column, but by the
    logarithm of its length; `first` looks at about the square root of as many columns as are filled."""

    def __init__(self, count: int = 0) -> None:
        self._columns = [SortedList() for _ in range(count)]
        self._firsts: list[Item | None] = [None] * count
        self._order: SortedList = SortedList()  # (first item, its column's bit) of each that is filled
        self.filled: Numbers = 0

    def __len__(self) -> int:
        return len(self._columns)

    def append(self) -> int:
        """One more column; its number."""
        self._columns.append(SortedList())
        self._firsts.append(None)
        return len(self._columns) - 1

    def length(self, column: int) -> int:
        return len(self._columns[column])

    def add(self, column: int, item: Item) -> None:
        first = self._firsts[column]
        if first is None:
            self.filled |= 1 << column
        elif item > first:
            self._columns[column].add(item)
            return
        else:
            self._order.remove((first, 1 << column))
        self._columns[column].add(item)
        self._put_first(column, item)

    def remove(self, column: int, item: Item) -> None:
        """Raises ValueError when it is not there."""
        line = self._columns[column]
        line.remove(item)
        if item == self._firsts[column]:
            self._order.remove((item, 1 << column))
            if line:
                self._put_first(column, line[0])
            else:
                self._firsts[column] = None
                self.filled ^= 1 << column

    def first(self, among: Numbers) -> Item | None:
        """The first item of all that stand in these columns."""
        among &= self.filled
        few = among.bit_count()
        if _ONE_BY_ONE * few * few > len(self._order):
            return next((item for item, bit in self._order if among & bit), None)
        firsts = [self._firsts[column] for column in numbers_in(among)]
        return min(firsts) if firsts else None  # type: ignore[type-var]

    def first_of(self, column: int) -> Item | None:
        return self._firsts[column]

    def before(self, column: int, item: Item) -> int:
        """How many of this column come before the item, which need not stand there."""
        return int(self._columns[column].bisect_left(item))

    def firsts(self) -> list[Item]:
        """The first item of each column that is filled, in order."""
        return [item for item, _ in self._order]

    def keep(self, columns: Numbers) -> None:
        """Only these columns, numbered anew in the same order. The others must be empty."""
        kept = list(numbers_in(columns))
        self._columns = [self._columns[column] for column in kept]
        self._firsts = [self._firsts[column] for column in kept]
        filled = [(first, 1 << column) for column, first in enumerate(self._firsts) if first is not None]
        self._order = SortedList(filled)
        self.filled = sum(bit for _, bit in filled)

    def _put_first(self, column: int, item: Item) -> None:
        self._firsts[column] = item
        self._order.add((item, 1 << column))


def numbers_in(numbers: Numbers) -> Iterator[int]:
    """The members of the set, from the smallest on."""
    while numbers:
        low = numbers & -numbers
        yield low.bit_length() - 1
        numbers ^= low
