"""Orders as people write and read them."""

from dataclasses import replace
from typing import Any

import pytest

from cti_router.core.duty.calendar_orders import CalendarOrders, Closure, DutySwap
from cti_router.core.order import Close, Force, GiveOrder, Notice, Order, OrderState, Pull, PullTicket, Swap
from cti_router.core.presence import Presence
from cti_router.ordering import BadOrder, calendar_orders, moment, order_of, order_to_json, orders_as_text
from tests.core.board import PARIS, at

NOW = at("2026-11-23 09:00")
UNTIL = {"until": "10:00", "author": "helene"}
TEN = at("2026-11-23 10:00")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("12:30", "2026-11-23 12:30"),
        ("90min", "2026-11-23 10:30"),
        ("2h", "2026-11-23 11:00"),
        ("1d", "2026-11-24 09:00"),
        ("45s", "2026-11-23 09:00:45"),
        ("2026-11-24", "2026-11-24 00:00"),
        ("2026-11-24T08:00", "2026-11-24 08:00"),
        ("2026-11-24T07:00+00:00", "2026-11-24 08:00"),
        ("2027-03-28T02:30", "2027-03-28 03:00"),  # an hour that never comes
    ],
)
def test_a_time_as_people_write_it(text: str, meant: str) -> None:
    assert moment(text, NOW, PARIS, "until") == at(meant)


@pytest.mark.parametrize("text", ["", "soon", "24:00", "9:30", "0min", "2026-13-01", "2026-11-23 9h", "10", "-2h"])
def test_what_is_no_time_says_how_to_write_one(text: str) -> None:
    with pytest.raises(BadOrder, match=r"until: .* is no time; write 12:30"):
        moment(text, NOW, PARIS, "until")


@pytest.mark.parametrize(
    ("kind", "body", "order"),
    [
        ("close", {"message": "feu", **UNTIL}, GiveOrder(Close("feu"), "helene", TEN)),
        (
            "close",
            {"message": " feu ", "site": "caen", "sounds": ["cti/feu"], "from": "09:30", **UNTIL},
            GiveOrder(Close("feu", "caen", ("cti/feu",)), "helene", TEN, at("2026-11-23 09:30")),
        ),
        ("swap", {"give": "caen", "take": "dieppe", **UNTIL}, GiveOrder(Swap("caen", "dieppe"), "helene", TEN)),
        ("notice", {"message": "report au 15", **UNTIL}, GiveOrder(Notice("report au 15"), "helene", TEN)),
        (
            "force",
            {"advisor": "rose", "presence": "absent", "reason": "formation", **UNTIL},
            GiveOrder(Force("rose", Presence.NOT_READY, "formation"), "helene", TEN),
        ),
        (
            "pull",
            {"call": "caen-1.0", "to": "rose", "reason": "rappel", "author": "helene"},
            PullTicket("caen-1.0", "rose", "rappel", "helene"),
        ),
    ],
)
def test_an_order_as_people_write_it(kind: str, body: dict[str, Any], order: GiveOrder | PullTicket) -> None:
    assert order_of(kind, body, NOW, PARIS) == order


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("close", {**UNTIL}, "message: is missing"),
        ("close", {"message": "  ", **UNTIL}, "message: is missing"),
        ("close", {"message": "feu", "author": "helene"}, "until: is missing"),
        ("close", {"message": "feu", "until": "1h"}, "author: is missing"),
        ("close", {"message": "feu\r\nAction: Logoff", **UNTIL}, "message: must be a text of one line"),
        ("close", {"message": "x" * 501, **UNTIL}, "message: must be a text of one line, of 500 characters at most"),
        ("close", {"message": 7, **UNTIL}, "message: must be a text"),
        ("close", {"message": "feu", "sounds": ["a&b"], **UNTIL}, "sounds: 'a&b' is no sound"),
        ("close", {"message": "feu", "sounds": "a", **UNTIL}, "sounds: must be a list of 4 sounds at most"),
        ("close", {"message": "feu", "sounds": ["a"] * 5, **UNTIL}, "sounds: must be a list of 4 sounds at most"),
        ("close", {"message": "feu", "when": "now", **UNTIL}, "when: no such key"),
        ("swap", {"give": "caen", **UNTIL}, "take: is missing"),
        (
            "force",
            {"advisor": "rose", "presence": "asleep", **UNTIL},
            "presence: 'asleep' is none of available",
        ),
        ("pull", {"call": "c", "to": "rose", "author": "helene"}, "reason: is missing"),
        ("pull", {"call": "c", "to": "rose", "reason": "r", **UNTIL}, "until: no such key"),
        ("open", {}, "no order is called 'open'; there are close, swap, notice, force, pull"),
    ],
)
def test_what_is_no_order_says_why(kind: str, body: dict[str, Any], why: str) -> None:
    with pytest.raises(BadOrder) as bad:
        order_of(kind, body, NOW, PARIS)
    assert str(bad.value).startswith(why)


CLOSED = Order("close-261123-090000", Close("feu", "caen", ("cti/feu",)), "helene", NOW, NOW, TEN, OrderState.IN_FORCE)
SWAPPED = replace(CLOSED, id="swap-261123-090000", what=Swap("caen", "dieppe"), state=OrderState.GIVEN)
OVER = replace(CLOSED, id="close-2", state=OrderState.UNDONE, over_at=NOW + 60, undone_by="irene")


def test_orders_as_people_read_them() -> None:
    told = [
        order_to_json(order, missing, PARIS)
        for order, missing in (
            (CLOSED, ""),
            (SWAPPED, "site dieppe"),
            (OVER, ""),
            (replace(CLOSED, id="notice-1", what=Notice("report au 15")), ""),
            (replace(CLOSED, id="force-1", what=Force("rose", Presence.NOT_READY, "formation")), ""),
            (replace(CLOSED, id="pull-1", what=Pull("c1", "rose", "rappel"), state=OrderState.CARRIED_OUT), ""),
        )
    ]
    span = "2026-11-23 09:00 to 2026-11-23 10:00"
    assert orders_as_text(told).splitlines() == [
        f"close-261123-090000  in_force  {span}  caen closed: feu (helene)",
        f"swap-261123-090000  given  {span}  dieppe takes the place of caen, and caen that of dieppe (helene);"
        " without effect: site dieppe is not configured",
        f"close-2  undone by irene  {span}  caen closed: feu (helene)",
        f"notice-1  in_force  {span}  notice: report au 15 (helene)",
        f"force-1  in_force  {span}  rose is not_ready (formation) (helene)",
        "pull-1  carried_out  2026-11-23 09:00  c1 given to rose: rappel (helene)",
    ]
    assert orders_as_text([]) == "no orders"


def test_the_calendar_s_orders_come_back_from_what_is_told() -> None:
    told = [order_to_json(order, "", PARIS) for order in (CLOSED, SWAPPED, OVER)]
    gone = order_to_json(replace(SWAPPED, what=Swap("caen", "vire")), "site vire", PARIS)
    assert calendar_orders([*told, gone]) == CalendarOrders(
        (Closure(NOW, TEN, "helene", "feu", ("cti/feu",), "caen"),), (DutySwap(NOW, TEN, "helene", "caen", "dieppe"),)
    )
