"""The tables of what moves: every state can be reached, every entry is used, every word occurs."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import pytest

from cti_router.core.advisors.advisor import ACTIVITY, Activity, AdvisorState, Moved
from cti_router.core.talk import TALK, Talk, TalkMoved
from cti_router.core.tickets.ticket import TICKET, Ticket, TicketMoved, TicketState
from tests.core.board import CONFIGURATION

_State = TypeVar("_State", bound=StrEnum)
_Word = TypeVar("_Word", bound=StrEnum)

CORE = "\n".join(path.read_text() for path in (Path(__file__).parents[2] / "cti_router" / "core").rglob("*.py"))


def _reached(table: Mapping[tuple[_State, _Word], _State], first: _State) -> set[_State]:
    reached = {first}
    while True:
        more = {after for (before, _), after in table.items() if before in reached} - reached
        if not more:
            return reached
        reached |= more


def test_every_activity_can_be_reached_from_idle() -> None:
    assert _reached(ACTIVITY, Activity.IDLE) == set(Activity)


def test_every_ticket_state_can_be_reached_from_arrived() -> None:
    assert _reached(TICKET, TicketState.ARRIVED) == set(TicketState)


def test_caller_and_advisor_can_be_apart_in_every_way_and_come_together_again() -> None:
    assert _reached(TALK, Talk.TOGETHER) == set(Talk)
    assert all(Talk.TOGETHER in _reached(TALK, talk) for talk in Talk)


def test_from_every_activity_idle_comes_again() -> None:
    assert all(Activity.IDLE in _reached(ACTIVITY, activity) for activity in Activity)


def test_a_caller_can_leave_in_every_state_and_is_then_gone() -> None:
    assert all(TICKET[state, TicketMoved.CALLER_LEFT] is TicketState.ENDED for state in TicketState)
    assert _reached(TICKET, TicketState.ENDED) == {TicketState.ENDED}


@pytest.mark.parametrize("words", [Moved, TicketMoved, TalkMoved], ids=["advisors", "tickets", "talks"])
def test_every_word_is_in_its_table_and_somewhere_in_the_core(words: type[StrEnum]) -> None:
    in_tables = {word for table in (ACTIVITY, TICKET, TALK) for _, word in table}
    for word in words:
        assert word in in_tables
        assert re.search(rf"\.move\({words.__name__}\.{word.name}[,)]", CORE), f"nothing moves by {word}: a dead entry"


@pytest.mark.parametrize("activity", Activity)
@pytest.mark.parametrize("moved", Moved)
def test_an_advisor_follows_the_table_or_stays(activity: Activity, moved: Moved) -> None:
    state = AdvisorState(CONFIGURATION.advisors["rose"], activity=activity)
    following = ACTIVITY.get((activity, moved))
    assert state.move(moved) is (following is not None)
    assert state.activity is (following or activity)


@pytest.mark.parametrize("before", TicketState)
@pytest.mark.parametrize("moved", TicketMoved)
def test_a_ticket_follows_the_table_or_stays(before: TicketState, moved: TicketMoved) -> None:
    ticket = Ticket("c1", 1, 0.0, 1, state=before)
    following = TICKET.get((before, moved))
    assert ticket.move(moved) is (following is not None)
    assert ticket.state is (following or before)
