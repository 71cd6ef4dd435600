"""What is ordered over the calendar, as lines for the fallback's dialplan; and how a PBX is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

from cti_router.asterisk.fallback_orders import order_lines
from cti_router.asterisk.pbx import MOST_ORDERS, AsteriskPbxs
from cti_router.core.duty.calendar_orders import NO_ORDERS, CalendarOrders, Closure, DutySwap
from cti_router.interfaces import PbxAway
from tests.asterisk.fake_ami import Conversation, FakeAmi, Received
from tests.asterisk.linked_pbx import linked_caen


def test_swaps_come_first_then_closed_sites_then_closures_the_one_over_last_at_the_end() -> None:
    orders = CalendarOrders(
        (
            Closure(100.7, 200.2, "helene", "feu", ("cti/feu", "cti/au-revoir")),
            Closure(0.0, 50.0, "helene", "eau", (), "caen"),
            Closure(0.0, 150.0, "helene", "grève"),
        ),
        (DutySwap(1.0, 2.0, "helene", "caen", "saint-lo"), DutySwap(0.0, 9.0, "helene", "saint-lo", "rouen")),
    )
    assert order_lines(orders) == [
        "swap:1:2:caen:saint-lo:",
        "swap:0:9:saint-lo:rouen:",
        "swap:0:50:caen::",
        "close:0:150:::",
        "close:100:201:::cti/feu&cti/au-revoir",
    ]
    assert order_lines(NO_ORDERS) == []


# ── a PBX is told ────────────────────────────────────────────────────────────────────────────────────────────────

SWAP = DutySwap(1.0, 2.0, "helene", "caen", "rouen")


@asynccontextmanager
async def caen(refuses: str = "") -> AsyncIterator[tuple[AsteriskPbxs, FakeAmi]]:
    """A PBX that is linked, has nobody on it, and refuses one action."""

    def refusal(conversation: Conversation, action: Received) -> bool:
        if action.get("Action") != refuses:
            return False
        conversation.answer(action, "Message: Originate failed", response="Error")
        return True

    async with linked_caen(refusal) as linked:
        yield linked


def variables(action: Received) -> list[str]:
    return list(action.all("Variable"))


async def test_its_own_dialplan_is_given_the_lines_and_their_number() -> None:
    async with caen() as (pbxs, ami):
        await pbxs.tell_orders("caen", CalendarOrders((), (SWAP, SWAP)))
        (told,) = ami.received("Originate")
        assert told.get("Channel") == "Local/keep@cti-orders-v1/n"
        assert variables(told) == [
            "CTI_KEEP=2", "CTI_KEEP_1=swap:1:2:caen:rouen:", "CTI_KEEP_2=swap:1:2:caen:rouen:",
        ]  # fmt: skip
        await pbxs.tell_orders("caen", NO_ORDERS)
        assert variables(ami.received("Originate")[-1]) == ["CTI_KEEP=0"]


async def test_a_pbx_that_does_not_take_them_counts_as_away() -> None:
    async with caen(refuses="Originate") as (pbxs, _):
        with pytest.raises(PbxAway, match="caen does not keep orders for its fallback: Originate refused"):
            await pbxs.tell_orders("caen", NO_ORDERS)


async def test_of_too_many_the_first_are_told_and_the_log_says_so() -> None:
    async with caen() as (pbxs, ami):
        with capture_logs() as logs:
            await pbxs.tell_orders("caen", CalendarOrders((), (SWAP,) * (MOST_ORDERS + 1)))
        assert len(variables(ami.received("Originate")[-1])) == MOST_ORDERS + 1
        assert [log["event"] for log in logs] == ["orders_not_all_told"]
