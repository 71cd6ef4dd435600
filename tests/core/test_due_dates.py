"""Days by which some must declare or pay: when they count, and for whom."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_router.core.configuration import DueDate
from cti_router.core.duty.due_dates import FallingDue, bonus_of, due_at, every_bonus, falls_on
from cti_router.core.inputs import Last
from cti_router.core.tickets.ticket import TicketState
from tests.core.board import CONFIGURATION, Board, at

ALL_YEAR = frozenset(range(1, 13))
MONTHLY = DueDate(
    "monthly", "Cotisations", frozenset(), frozenset((5, 15)), ALL_YEAR, frozenset(("employer",)), 2, bonus_s=120.0
)
QUARTERLY = replace(
    MONTHLY, id="quarterly", name="Trimestre", days=frozenset((5,)), months=frozenset((2, 5, 8, 11)), bonus_s=30.0
)
DUE = replace(CONFIGURATION, due_dates={"monthly": MONTHLY, "quarterly": QUARTERLY})


def near(day: str, profile: str = "employer") -> list[tuple[str, date]]:
    return [(due.what.id, due.on) for due in due_at(DUE, profile, at(f"{day} 10:00"))]


@pytest.mark.parametrize(
    ("day", "on"),
    [
        ("2026-12-02", None),
        ("2026-12-03", date(2026, 12, 5)),  # two days before a Saturday, on which the service is closed
        ("2026-12-05", date(2026, 12, 5)),
        ("2026-12-06", date(2026, 12, 5)),
        ("2026-12-07", date(2026, 12, 5)),  # until the Monday on which it answers again
        ("2026-12-08", None),
        ("2026-12-13", date(2026, 12, 15)),
        ("2026-12-15", date(2026, 12, 15)),  # a Tuesday: it ends with its day
        ("2026-12-16", None),
        ("2027-01-03", date(2027, 1, 5)),  # over the end of a year
    ],
)
def test_a_due_date_counts_from_its_days_before_to_the_first_day_of_service(day: str, on: date | None) -> None:
    assert near(day) == ([] if on is None else [("monthly", on)])


def test_the_first_instants_of_the_first_day_and_the_last_of_the_last_count() -> None:
    assert due_at(DUE, "employer", at("2026-12-13 00:00"))
    assert not due_at(DUE, "employer", at("2026-12-13 00:00") - 0.001)
    assert due_at(DUE, "employer", at("2026-12-16 00:00") - 0.001)
    assert not due_at(DUE, "employer", at("2026-12-16 00:00"))


def test_only_the_profiles_it_concerns() -> None:
    assert near("2026-12-15", "health") == []


def test_several_at_once_are_worth_the_largest() -> None:
    assert near("2026-11-04") == [("monthly", date(2026, 11, 5)), ("quarterly", date(2026, 11, 5))]
    assert bonus_of(due_at(DUE, "employer", at("2026-11-04 10:00"))) == 120.0
    assert bonus_of(()) == 0.0


def test_a_date_counts_besides_the_days() -> None:
    once = replace(MONTHLY, days=frozenset(), months=frozenset(), dates=frozenset((date(2027, 5, 20),)), days_before=0)
    assert due_at(replace(DUE, due_dates={"once": once}), "employer", at("2027-05-20 10:00")) == (
        FallingDue(once, date(2027, 5, 20)),
    )
    assert not due_at(replace(DUE, due_dates={"once": once}), "employer", at("2027-05-21 10:00"))


@given(st.dates(date(2020, 1, 1), date(2045, 12, 31)))
def test_the_31st_is_the_last_day_of_each_month(day: date) -> None:
    last = replace(MONTHLY, days=frozenset((31,)))
    tomorrow = date.fromordinal(day.toordinal() + 1)
    assert falls_on(last, day) == (tomorrow.month != day.month)


def test_all_bonuses_there_are() -> None:
    found = {0.0, 60.0, 120.0, 30.0}
    assert set(every_bonus(DUE)) == found
    both = replace(MONTHLY, profiles=frozenset(("employer", "urgent")))
    assert set(every_bonus(replace(DUE, due_dates={"monthly": both}))) == {0.0, 60.0, 120.0, 180.0}


# in routing


def test_who_calls_near_his_due_date_is_served_before_those_who_came_a_little_earlier() -> None:
    board = Board(DUE, now="2026-12-15 09:00").open()
    board.arrive("early", profile="health")
    board.arrive("early2", cli="0261910102", profile="urgent")
    board.wait(30)
    board.arrive("due")
    assert board.call("due").ticket.bonus_s == 120.0
    board.present("rose")
    assert board.call("due").ticket.state is TicketState.OFFERED
    assert board.call("early2").ticket.state is TicketState.WAITING
    assert board.call("due").record(board.now).because[1] == (
        "échéance Cotisations le 15/12 : compte 2 min d’attente de plus"
    )


def test_a_restart_keeps_the_bonus_of_his_arrival() -> None:
    former = Board(DUE, now="2026-12-15 09:00").open()
    former.arrive("c1")
    former.ask("c1")
    board = Board(CONFIGURATION, now="2026-12-15 09:01").open()
    board.ask("c1", Last.WAITED, ticket=former.ask_ticket("c1"))
    assert board.call("c1").ticket.bonus_s == 120.0
