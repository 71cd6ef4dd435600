"""Columns of items: whoever is first, whatever was added and taken away before."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from cti_router.core.matching.columns import Columns, numbers_in

Item = tuple[int, int]


def _columns(*columns: list[int]) -> Columns[tuple[int]]:
    made: Columns[tuple[int]] = Columns(len(columns))
    for number, items in enumerate(columns):
        for item in items:
            made.add(number, (item,))
    return made


def test_the_members_of_a_set_of_numbers() -> None:
    assert list(numbers_in(0)) == []
    assert list(numbers_in(1 << 700 | 0b1001)) == [0, 3, 700]


def test_the_first_of_all_that_stand_in_some_columns() -> None:
    columns = _columns([5, 3], [4], [], [1])
    assert columns.filled == 0b1011
    assert columns.first(0b0001) == (3,)
    assert columns.first(0b0110) == (4,)
    assert columns.first(0b1111) == (1,)
    assert columns.first(0b0100) is None
    assert columns.first(0) is None
    assert columns.firsts() == [(1,), (3,), (4,)]


def test_what_is_not_there_cannot_be_taken_away() -> None:
    columns = _columns([5])
    with pytest.raises(ValueError, match="not"):
        columns.remove(0, (4,))
    assert columns.first(1) == (5,)


class AnyColumns(RuleBasedStateMachine):
    """Against plain lists, which are looked through."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: Columns[Item] = Columns()
        self.plain: list[set[Item]] = []
        self.added = 0

    @precondition(lambda self: len(self.plain) < 70)
    @rule(more=st.integers(1, 20))
    def columns_are_appended(self, more: int) -> None:
        for _ in range(more):
            assert self.columns.append() == len(self.plain)
            self.plain.append(set())

    @precondition(lambda self: self.plain)
    @rule(data=st.data(), keys=st.lists(st.integers(0, 9), max_size=20))
    def items_come(self, data: st.DataObject, keys: list[int]) -> None:
        for key in keys:
            column = data.draw(st.integers(0, len(self.plain) - 1))
            self.added += 1
            self.columns.add(column, (key, self.added))
            self.plain[column].add((key, self.added))

    @precondition(lambda self: any(self.plain))
    @rule(data=st.data(), times=st.integers(1, 10))
    def items_go(self, data: st.DataObject, times: int) -> None:
        for _ in range(times):
            there = sorted((item, number) for number, column in enumerate(self.plain) for item in column)
            if there:
                item, column = data.draw(st.sampled_from(there))
                self.columns.remove(column, item)
                self.plain[column].remove(item)

    @rule(among=st.integers(0, 2**70 - 1))
    def the_first_is_found(self, among: int) -> None:
        there = [item for number in numbers_in(among) if number < len(self.plain) for item in self.plain[number]]
        assert self.columns.first(among) == min(there, default=None)

    @rule(among=st.integers(0, 2**70 - 1), one_by_one=st.booleans())
    def the_first_of_each_are_found_in_order(self, among: int, one_by_one: bool) -> None:
        columns = tuple(number for number in numbers_in(among) if number < len(self.plain))
        found = self.columns.in_order(among, columns if one_by_one else ())
        assert list(found) == sorted(min(self.plain[number]) for number in columns if self.plain[number])

    def teardown(self) -> None:
        assert len(self.columns) == len(self.plain)
        assert self.columns.first_of_all() == min((item for column in self.plain for item in column), default=None)
        assert self.columns.firsts() == sorted(min(column) for column in self.plain if column)
        for number, column in enumerate(self.plain):
            assert self.columns.length(number) == len(column)
            assert self.columns.first_of(number) == min(column, default=None)
            assert bool(self.columns.filled >> number & 1) == bool(column)


TestAnyColumns = AnyColumns.TestCase
