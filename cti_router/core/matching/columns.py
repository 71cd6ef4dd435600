"""Numbered columns of items, each in order: who chooses looks at the first of each, and never behind him."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import compress
from typing import Any, Generic, TypeAlias, TypeVar

from sortedcontainers import SortedList

Numbers: TypeAlias = int
"""A set of small numbers as one whole number: bit n is set when n is in it. A thousand of them cost one operation."""

Item = TypeVar("Item", bound=tuple[Any, ...])

_LONG = 2_000
"""A line of more is kept in parts: to make room in a plain list takes the longer the longer it is, though for a short
one nothing is quicker."""

_ONE_BY_ONE = 4
"""To take a column out of a set costs about as much as to pass this many on the way."""


class Columns(Generic[Item]):
    """Items are tuples, all different, that say their order. Nothing here takes longer for a longer column, but by the
    logarithm of its length; `first` looks at about the square root of as many columns as are filled."""

    def __init__(self, count: int = 0) -> None:
        self._firsts: list[Item | None] = [None] * count
        self._behind: list[list[Item] | SortedList | None] = [None] * count  # who stand behind the first, if any did
        self._order: list[Item] = []  # the first of each column that is filled
        self._order_bits: list[Numbers] = []  # and its column's bit
        self.filled: Numbers = 0

    def __len__(self) -> int:
        return len(self._firsts)

    def append(self) -> int:
        """One more column; its number."""
        self._firsts.append(None)
        self._behind.append(None)
        return len(self._firsts) - 1

    def length(self, column: int) -> int:
        behind = self._behind[column]
        return (self._firsts[column] is not None) + (len(behind) if behind else 0)

    def add(self, column: int, item: Item) -> None:
        first = self._firsts[column]
        if first is None:
            self.filled |= 1 << column
            self._rank(column, item)
        elif item > first:
            self._put_behind(column, item)
        else:
            self._unrank(first)
            self._rank(column, item)
            self._put_behind(column, first)

    def remove(self, column: int, item: Item) -> None:
        """Raises ValueError when it is not there."""
        behind = self._behind[column]
        if item != self._firsts[column]:
            if not behind:
                raise ValueError(f"{item} does not stand in column {column}")
            if not isinstance(behind, list):
                behind.remove(item)
            elif behind[at := min(bisect_left(behind, item), len(behind) - 1)] == item:
                del behind[at]
            else:
                raise ValueError(f"{item} does not stand in column {column}")
            return
        self._unrank(item)
        if behind:
            self._rank(column, behind.pop(0))
        else:
            self._firsts[column] = None
            self.filled ^= 1 << column

    def first(self, among: Numbers) -> Item | None:
        """The first item of all that stand in these columns."""
        among &= self.filled
        few = among.bit_count()
        if _ONE_BY_ONE * few * few > len(self._order):
            return next(self._among(among))
        firsts = [self._firsts[column] for column in numbers_in(among)]
        return min(firsts) if firsts else None  # type: ignore[type-var]

    def in_order(self, among: Numbers, one_by_one: Sequence[int] = ()) -> Iterable[Item]:
        """The first item of each of these columns, in order; `one_by_one`: the same ones, where they are few."""
        if one_by_one:
            return sorted(filter(None, map(self._firsts.__getitem__, one_by_one)))
        return self._among(among)

    def _among(self, among: Numbers) -> Iterator[Item]:
        return compress(self._order, map(among.__and__, self._order_bits))

    def first_of_all(self) -> Item | None:
        return self._order[0] if self._order else None

    def first_of(self, column: int) -> Item | None:
        return self._firsts[column]

    def firsts(self) -> list[Item]:
        """The first item of each column that is filled, in order."""
        return list(self._order)

    def before(self, column: int, item: tuple[Any, ...]) -> int:
        """How many of this column come before the item, which need not stand there."""
        first, behind = self._firsts[column], self._behind[column]
        if first is None or first >= item:
            return 0
        if isinstance(behind, list):
            return 1 + bisect_left(behind, item)
        return 1 + (behind.bisect_left(item) if behind else 0)

    def _rank(self, column: int, first: Item) -> None:
        self._firsts[column] = first
        at = bisect_left(self._order, first)
        self._order.insert(at, first)
        self._order_bits.insert(at, 1 << column)

    def _unrank(self, first: Item) -> None:
        at = bisect_left(self._order, first)
        del self._order[at], self._order_bits[at]

    def _put_behind(self, column: int, item: Item) -> None:
        behind = self._behind[column]
        if behind is None:
            self._behind[column] = [item]
        elif isinstance(behind, list):
            insort(behind, item)
            if len(behind) > _LONG:
                self._behind[column] = SortedList(behind)
        else:
            behind.add(item)


def numbers_in(numbers: Numbers) -> Iterator[int]:
    """The members of the set, from the smallest on."""
    while numbers:
        low = numbers & -numbers
        yield low.bit_length() - 1
        numbers ^= low
