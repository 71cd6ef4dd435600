"""The diagrams in the docs are those of the code, and no table has a state nobody leaves or reaches by mistake."""

from collections.abc import Iterable
from enum import Enum

import pytest

from tests.core.state_tables import PAGE, Table, page_with_current_diagrams, tables

LAST = {"ended", "undone", "expired", "carried_out"}
"""States that are meant to be left by nothing."""


def test_the_page_is_current() -> None:
    """Else: python -m tests.core.state_tables"""
    assert PAGE.read_text(encoding="utf-8") == page_with_current_diagrams()


def test_the_tables_are_found() -> None:
    assert {"advisors.advisor.ACTIVITY", "tickets.ticket.TICKET", "ways.voice_ports.PORT", "ways.trunks.LINE"} <= set(
        tables()
    )


@pytest.mark.parametrize(("name", "table"), tables().items(), ids=list(tables()))
def test_every_state_can_be_reached_and_left(name: str, table: Table) -> None:
    first = next(iter(table))[0]
    states = set(type(first))
    assert _reached(table, first) == states, name
    assert {state for state, _ in table} | {state for state in states if state.value in LAST} == states, name


@pytest.mark.parametrize(("name", "table"), tables().items(), ids=list(tables()))
def test_everything_that_moves_moves_something(name: str, table: Table) -> None:
    moves = type(next(iter(table))[1])
    assert {moved for _, moved in table} == set(moves), name


def _reached(table: Table, first: Enum) -> set[Enum]:
    found: set[Enum] = set()
    ahead: Iterable[Enum] = [first]
    while ahead:
        found |= set(ahead)
        ahead = {following for (state, _), following in table.items() if state in found} - found
    return found
