"""What the pages show: advisors, duty, who talks with whom."""

import json
from dataclasses import replace
from datetime import time

import pytest

from cti_router.core.aside import Consult, HoldCall
from cti_router.core.duty.calendar_orders import NO_ORDERS, CalendarOrders, Closure, DutySwap
from cti_router.core.inputs import PhoneState, Presence, SetPresence
from cti_router.core.order import Force, GiveOrder
from cti_router.core.presence import AbsenceReason
from cti_router.feed.shown import (
    OnDuty,
    ShownAdvisor,
    ShownDuty,
    advisor_of,
    duty_of,
    names_of,
    on_duty,
    state_of,
    talk_shown,
)
from tests.core.board import CONFIGURATION, Board, at

EVERYBODY = frozenset(CONFIGURATION.advisors)


def shown(
    board: Board, advisor: str, wrapping_since_at: float | None = None, named: frozenset[str] = EVERYBODY
) -> ShownAdvisor:
    return advisor_of(board.switchboard, board.state(advisor), named, wrapping_since_at)


def duty(board: Board) -> ShownDuty:
    return duty_of(board.switchboard, on_duty(board.switchboard.configuration, NO_ORDERS, board.now))


def test_an_advisor_is_shown_with_all_that_a_banner_needs() -> None:
    board = Board().open("rose")
    began = board.now
    board.wait(10)
    board.present("remi", Presence.NOT_READY, "lunch")
    assert shown(board, "rose")._asdict() == {
        "id": "rose", "name": "Rose", "site": "rouen", "phone": "201", "phone_state": "free",
        "presence": "available", "reason": "", "presence_since_at": began, "until_at": None, "activity": "idle",
        "activity_since_at": began, "wrap_up_until_at": None, "forced_by": None, "named": True,
    }  # fmt: skip
    remi = shown(board, "remi", named=frozenset(("rose",)))
    assert (remi.presence, remi.reason, remi.presence_since_at, remi.named) == ("not_ready", "lunch", began + 10, False)


def test_the_end_of_an_absence_and_the_phone_of_the_day_are_shown() -> None:
    board = Board().open()
    board.give(SetPresence("remi", Presence.NOT_READY, "lunch", for_s=600, phone="201"))
    remi = shown(board, "remi")
    assert (remi.until_at, remi.phone, shown(board, "rose").phone) == (board.now + 600, "201", "")


def test_reasons_are_told_in_their_order_and_those_that_are_always_there_last() -> None:
    reasons = {"lunch": AbsenceReason("lunch", "Déjeuner"), "absent": AbsenceReason("absent", "Ailleurs")}
    assert list(names_of(replace(CONFIGURATION, reasons=reasons))["reasons"].items()) == [
        ("lunch", "Déjeuner"), ("absent", "Ailleurs"), ("rona", "Appel manqué"),
    ]  # fmt: skip


def test_a_call_is_followed_with_the_instants_of_its_stages() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    offered_at = board.now
    assert (shown(board, "rose").activity, shown(board, "rose").activity_since_at) == ("offered", offered_at)
    talk = talk_shown(board.switchboard, board.state("rose"))
    assert talk is not None
    assert (talk.call, talk.kind, talk.state, talk.since_at, talk.serves) == (
        "c1", "inbound", "offered", offered_at, True,
    )  # fmt: skip
    board.wait(4)
    board.talk("c1", "rose")
    assert (shown(board, "rose").activity, shown(board, "rose").activity_since_at) == ("talking", offered_at + 4)
    board.wait(60)
    board.phone("rose", PhoneState.FREE)
    ended_at = board.now
    rose = shown(board, "rose", ended_at)
    assert (rose.activity, rose.activity_since_at, rose.wrap_up_until_at) == ("wrap_up", ended_at, ended_at + 30)
    assert shown(board, "rose").activity_since_at == ended_at  # told by its end where its beginning was not seen
    assert talk_shown(board.switchboard, board.state("rose")) is None


def test_a_call_on_hold_is_told() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    board.talk("c1", "rose")
    board.ask_for(HoldCall("rose"))
    board.part("c1")
    talk = talk_shown(board.switchboard, board.state("rose"))
    assert talk is not None
    assert (talk.held, talk.consultation, talk.expert) == (True, None, None)


def test_the_expert_is_named_once_he_is_found() -> None:
    board = Board().open("remi")
    board.arrive("c1")
    board.talk("c1", "remi")
    board.ask_for(Consult("remi", "employers", 5))
    talk = talk_shown(board.switchboard, board.state("remi"))
    assert talk is not None
    assert (talk.consultation, talk.expert) == ("waiting", None)
    board.present("rose")
    asks, asked = (talk_shown(board.switchboard, board.state(advisor)) for advisor in ("remi", "rose"))
    assert asks is not None
    assert asked is not None
    assert (asks.serves, asks.consultation, asks.expert) == (True, "offered", "rose")
    assert (asked.call, asked.kind, asked.serves, asked.state) == ("c1", "consultation", False, "offered")


@pytest.mark.parametrize(
    ("when", "orders", "expected"),
    [
        (
            "2026-11-23 09:00", NO_ORDERS,
            OnDuty("rouen", ("caen",), at("2026-11-23 12:30"), "caen", at("2026-11-23 13:30"), None),
        ),
        (
            "2026-11-24 09:00", NO_ORDERS,  # no lunch break on Tuesday
            OnDuty("rouen", ("caen",), at("2026-11-24 12:30"), "caen", at("2026-11-24 12:30"), None),
        ),
        (
            "2026-11-23 13:00", NO_ORDERS,
            OnDuty(None, (), at("2026-11-23 13:30"), "caen", at("2026-11-23 13:30"), ""),
        ),
        (
            "2026-11-24 09:00",  # Rouen takes Caen's afternoon as well
            CalendarOrders(
                swaps=(DutySwap(at("2026-11-24 12:30"), at("2026-11-24 17:00"), "h", "caen", "rouen"),)
            ),
            OnDuty("rouen", ("caen",), at("2026-11-24 17:00"), "rouen", at("2026-11-25 08:30"), None),
        ),
        (
            "2026-11-23 09:00",
            CalendarOrders(closures=(Closure(at("2026-11-23 08:45"), at("2026-11-23 10:00"), "h", "alerte incendie"),)),
            OnDuty(None, (), at("2026-11-23 10:00"), "rouen", at("2026-11-23 10:00"), "alerte incendie"),
        ),
    ],
)  # fmt: skip
def test_who_serves_now_and_who_serves_next(when: str, orders: CalendarOrders, expected: OnDuty) -> None:
    assert on_duty(CONFIGURATION, orders, at(when)) == expected


def test_nobody_is_ever_on_duty_without_slots() -> None:
    never = replace(CONFIGURATION, calendar=replace(CONFIGURATION.calendar, week=()))
    assert on_duty(never, NO_ORDERS, at("2026-11-23 09:00")) == OnDuty(None, (), None, None, None, "")


def test_a_site_that_is_always_on_duty_has_no_next() -> None:
    slots = tuple(replace(CONFIGURATION.calendar.week[0], weekday=day, start=time(0), end=time(0)) for day in range(7))
    always = replace(CONFIGURATION, calendar=replace(CONFIGURATION.calendar, week=slots))
    found = on_duty(always, NO_ORDERS, at("2026-11-23 09:00"))
    assert (found.site, found.next_site) == ("rouen", "rouen")
    assert found.until_at is not None
    assert found.until_at > at("2026-11-30 09:00")


def test_who_waits_is_counted_with_the_longest_wait() -> None:
    board = Board().open()
    assert (duty(board).waiting, duty(board).oldest_at) == (0, None)
    first_at = board.now
    board.arrive("c1")
    board.wait(30)
    board.arrive("c2")
    assert (duty(board).waiting, duty(board).oldest_at) == (2, first_at)
    board.leave("c1")
    assert (duty(board).waiting, duty(board).oldest_at) == (1, first_at + 30)


def test_who_is_kept_by_an_order_is_shown_with_it() -> None:
    board = Board().open("rose")
    board.give(GiveOrder(Force("rose", Presence.NOT_READY, "réunion"), "helene", board.now + 600))
    rose = shown(board, "rose")
    assert (rose.presence, rose.reason) == ("not_ready", "réunion")
    assert rose.forced_by is not None


def test_everything_is_json() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    talk = talk_shown(board.switchboard, board.state("rose"))
    assert talk is not None
    state = json.loads(
        json.dumps(state_of(CONFIGURATION, board.now, [shown(board, "rose")], duty(board), [("rose", talk)]))
    )
    assert state["sites"] == {"caen": {"name": "Caen"}, "rouen": {"name": "Rouen"}}
    assert state["calls"]["rose"]["state"] == "offered"
    assert state["duty"]["backups"] == ["caen"]
    assert names_of(CONFIGURATION)["skills"] == ["employers", "health"]
