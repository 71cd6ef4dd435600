"""The driver: a real switchboard in real, short times; the outside world answers as each test wants."""

import asyncio
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from cti_router import live as driver
from cti_router.core.heard import KeyedIdentity
from cti_router.core.history import Outcome
from cti_router.core.inputs import (
    EndWrapUp,
    Last,
    Presence,
    SetPresence,
)
from cti_router.core.instructions import Accepted, Answer, Collect, Dial, Play, Refused, Release, Wait
from cti_router.core.order import Close, GiveOrder, OrderState, OrderTaken
from cti_router.core.switchboard import Switchboard
from cti_router.interfaces import DirectoryAway, PbxAway
from tests.core.board import EMPLOYER_CLI
from tests.driving import EMPLOYER, QUICK, driving

SIRET = "00000001800010"

# ── the journal ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_every_input_is_journaled_in_order_with_the_instant_and_what_it_gave() -> None:
    async with driving() as desk:
        await desk.arrive("c1")
        desk.make_available("rose")
        await desk.until(lambda: desk.world.nudged)
        kept = desk.world.kept
        assert [input_ for _, input_, _ in kept] == desk.world.steps
        assert [at for at, _, _ in kept] == sorted(at for at, _, _ in kept)
        twin = Switchboard(QUICK)
        assert [twin.step(input_, at) for at, input_, _ in kept] == [outcome for _, _, outcome in kept]


async def test_an_input_on_which_the_core_errs_is_journaled_too() -> None:
    async with driving() as desk:
        with pytest.raises(KeyError):
            desk.live.tell("no input")  # type: ignore[arg-type]
        _, kept, outcome = desk.world.kept[-1]
        assert str(kept) == "no input"
        assert outcome is None


# ── lookups ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_he_keyed_is_looked_up_and_told_with_the_same_ask() -> None:
    async with driving(replace(QUICK, identity=KeyedIdentity(("who",)))) as desk:
        desk.world.found, desk.world.found_keyed = (), (EMPLOYER,)
        desk.make_available("rose")
        assert await desk.ask("c1", Last.ARRIVED) == Collect(("who",), 18, 10.0)
        assert isinstance(await desk.ask("c1", Last.KEYED, keys=SIRET), Dial)
        assert desk.world.looked_up == [EMPLOYER_CLI, SIRET]


async def test_what_he_keyed_is_not_logged_when_the_directory_is_away() -> None:
    async with driving(replace(QUICK, identity=KeyedIdentity(("who",)))) as desk:
        desk.world.found = ()
        desk.world.faults["find_keyed"] = DirectoryAway("gone")
        await desk.ask("c1", Last.ARRIVED)
        with capture_logs() as logs:
            await desk.ask("c1", Last.KEYED, keys=SIRET)
            await desk.until(lambda: desk.live.switchboard.calls["c1"].ticket.profile == "unknown")
        assert {"event": "lookup_failed", "call": "c1", "by": "keyed", "why": "gone", "log_level": "warning"} in logs
        assert SIRET not in repr(logs)


async def test_who_is_known_at_once_is_told_so_in_the_answer_to_his_first_ask() -> None:
    async with driving() as desk:
        desk.make_available("rose")
        told = await desk.arrive("c1")
        assert isinstance(told, Dial)
        assert told.advisor == "rose"
        assert desk.world.looked_up == [EMPLOYER_CLI]
        assert desk.live.records()[0].contributor == 7
        assert desk.world.nudged == []


async def test_who_is_known_at_once_but_finds_nobody_free_waits_and_is_nudged_later() -> None:
    async with driving() as desk:
        assert isinstance(await desk.arrive("c1"), Wait)
        desk.make_available("rose")
        await desk.until(lambda: desk.world.nudged)
        assert isinstance(await desk.ask("c1"), Dial)


async def test_an_advisor_who_becomes_free_while_the_ask_is_held_is_in_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(driver, "KNOWN_SOON_S", 5.0)
    async with driving() as desk:
        gate = desk.world.close("find")
        async with asyncio.TaskGroup() as tasks:
            told = tasks.create_task(desk.ask("c1", Last.ARRIVED))
            await desk.until(lambda: desk.world.looked_up)
            gate.set()
            await asyncio.sleep(0)
            desk.make_available("rose")
        assert isinstance(told.result(), Dial)
        assert desk.world.nudged == []


async def test_a_lookup_in_its_budget_makes_the_call_known_and_its_news_a_nudge() -> None:
    async with driving() as desk:
        desk.make_available("rose")
        gate = desk.world.close("find")
        assert isinstance(await desk.ask("c1", Last.ARRIVED), Wait)  # not held for longer than a moment
        gate.set()
        await desk.until(lambda: desk.world.nudged)
        assert desk.world.nudged == [("caen", "PJSIP/c1")]
        told = await desk.ask("c1")
        assert isinstance(told, Dial)
        assert told.advisor == "rose"


async def test_a_lookup_out_of_its_budget_is_given_up_and_the_caller_is_unknown() -> None:
    async with driving() as desk:
        desk.make_available("rose")
        gate = desk.world.close("find")
        with capture_logs() as logs:
            await desk.arrive("c1")
            await desk.until(lambda: desk.world.nudged)
            await desk.until(lambda: [log for log in logs if log["event"] == "lookup_failed"])
        gate.set()
        assert desk.live.records()[0].profile == "unknown"
        assert isinstance(await desk.ask("c1"), Dial)
        (told,) = [log for log in logs if log["event"] == "lookup_failed"]
        assert told["why"] == "no answer within 0.1 s"


async def test_a_directory_that_is_away_costs_nothing() -> None:
    configuration = replace(QUICK, rules=replace(QUICK.rules, lookup_budget_s=60.0))
    async with driving(configuration) as desk:
        desk.world.faults["find"] = DirectoryAway("no database")
        with capture_logs() as logs:
            await desk.arrive("c1")
        assert desk.live.records()[0].profile == "unknown"
        assert [log["why"] for log in logs if log["event"] == "lookup_failed"] == ["no database"]


# ── orders ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_order_is_stored_before_it_is_acknowledged_and_each_fallback_is_told() -> None:
    async with driving() as desk:
        stored = desk.world.close("store_order")
        until_at = desk.live.now() + 0.3
        asking = asyncio.get_running_loop().create_task(
            desk.live.request(GiveOrder(Close("alerte incendie"), "helene", until_at))
        )
        await asyncio.sleep(0.05)
        assert not asking.done()
        stored.set()
        said = await asking
        assert isinstance(said, OrderTaken)
        assert desk.world.ordered == [said.order]
        assert {site: len(orders.closures) for site, orders in desk.world.told.items()} == {"caen": 1, "rouen": 1}
        assert isinstance(await desk.ask("c1", Last.ARRIVED), Play)
        await desk.until(lambda: len(desk.world.ordered) == 2)  # its end is stored as well
        assert desk.world.ordered[-1].state is OrderState.EXPIRED
        assert {len(orders.closures) for orders in desk.world.told.values()} == {0}


async def test_a_fallback_that_cannot_be_told_holds_up_nobody() -> None:
    async with driving() as desk:
        desk.world.faults["tell_orders"] = PbxAway("no AMI link")
        with capture_logs() as logs:
            said = await desk.live.request(GiveOrder(Close("feu"), "helene", desk.live.now() + 60))
            assert isinstance(said, OrderTaken)
            await desk.until(lambda: len([log for log in logs if log["event"] == "fallback_not_told"]) >= 2)


# ── nudges ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_ask_is_held_while_a_redirect_of_its_channel_is_under_way() -> None:
    async with driving() as desk:
        gate = desk.world.close("nudge")
        await desk.arrive("c1")
        desk.make_available("rose")
        await desk.until(lambda: desk.world.nudged)
        async with asyncio.TaskGroup() as tasks:
            held = tasks.create_task(desk.ask("c1"))
            other = tasks.create_task(desk.ask("c2", Last.ARRIVED))
            assert isinstance(await other, Wait)
            assert not held.done()
            gate.set()
        assert isinstance(held.result(), Dial)
        assert isinstance(await desk.ask("c1"), Dial)  # nothing is held any more


async def test_a_redirect_that_is_never_answered_does_not_hold_the_caller_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(driver, "NUDGE_PATIENCE_S", 0.05)
    async with driving() as desk:
        desk.world.close("nudge")
        await desk.arrive("c1")
        desk.make_available("rose")
        await desk.until(lambda: desk.world.nudged)
        with capture_logs() as logs:
            assert isinstance(await desk.ask("c1"), Dial)
        assert [log["event"] for log in logs] == ["nudge_unanswered"]


async def test_a_pbx_that_is_away_is_logged_and_holds_nobody() -> None:
    async with driving() as desk:
        desk.world.faults["nudge"] = PbxAway("no AMI link")
        with capture_logs() as logs:
            await desk.arrive("c1")
            desk.make_available("rose")
            await desk.until(lambda: [log for log in logs if log["event"] == "nudge_failed"])
            assert isinstance(await desk.ask("c1"), Dial)


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_did_not_get_his_answer_is_not_nudged_before_he_asks_again() -> None:
    async with driving() as desk:
        await desk.arrive("c1")
        heard = desk.next_ask("c1")
        await desk.live.ask(heard)
        desk.live.undelivered(heard)
        desk.make_available("rose")
        await asyncio.sleep(0.05)
        assert desk.world.nudged == []
        assert isinstance(await desk.ask("c1"), Dial)


async def test_the_last_answer_need_not_arrive() -> None:
    async with driving() as desk:
        await desk.arrive("c1")
        steps = len(desk.world.steps)
        desk.live.undelivered(desk.next_ask("c1", ended=True))
        assert len(desk.world.steps) == steps


async def test_an_older_ask_gets_no_answer() -> None:
    async with driving() as desk:
        await desk.arrive("c1")
        older = desk._asks["c1"]
        await desk.ask("c1")
        with capture_logs() as logs:
            assert await desk.live.ask(older) is None
        assert [(log["event"], log["call"]) for log in logs] == [("ask_refused", "c1")]


async def test_the_last_ask_is_answered_even_when_the_call_is_over_already() -> None:
    async with driving() as desk:
        answer = await desk.live.ask(desk.next_ask("c1", ended=True))
        assert answer == Answer(Release(), "", 2)


# ── what must be kept ────────────────────────────────────────────────────────────────────────────────────────────


async def test_presence_is_acknowledged_only_once_it_is_stored() -> None:
    async with driving() as desk:
        gate = desk.world.close("store_presence")
        async with asyncio.TaskGroup() as tasks:
            request = tasks.create_task(desk.live.request(SetPresence("rose", Presence.AVAILABLE, author="test")))
            await asyncio.sleep(0.02)
            assert not request.done()
            assert desk.world.stored == []
            gate.set()
        assert request.result() == Accepted()
        assert [(stored.advisor, stored.presence) for stored in desk.world.stored] == [("rose", Presence.AVAILABLE)]


async def test_presence_that_cannot_be_stored_is_not_acknowledged() -> None:
    async with driving() as desk:
        desk.world.faults["store_presence"] = OSError("disk full")
        with pytest.raises(OSError, match="disk full"):
            await desk.live.request(SetPresence("rose", Presence.AVAILABLE))


async def test_a_refused_request_says_why_and_stores_nothing() -> None:
    async with driving() as desk:
        assert await desk.live.request(EndWrapUp("rose")) == Refused("Rose is not in wrap-up, but idle")
        assert desk.world.stored == []


async def test_a_code_on_a_phone_is_confirmed_only_once_it_is_stored() -> None:
    async with driving() as desk:
        gate = desk.world.close("store_presence")
        async with asyncio.TaskGroup() as tasks:
            ask = desk.next_ask("p1", Last.ARRIVED, code="1", dnis="201", site="rouen")
            answer = tasks.create_task(desk.live.ask(ask))
            await asyncio.sleep(0.02)
            assert not answer.done()
            gate.set()
        assert [stored.advisor for stored in desk.world.stored] == ["rose"]


async def test_what_a_fact_changes_is_stored_too() -> None:
    async with driving() as desk:
        desk.make_available("rose")
        await desk.until(lambda: desk.world.stored)
        assert desk.world.stored[0].advisor == "rose"


async def test_a_call_is_kept_from_its_first_ask_and_closed_with_its_last() -> None:
    async with driving() as desk:
        await desk.arrive("c1")
        await desk.until(lambda: desk.world.opened)
        await desk.live.ask(desk.next_ask("c1", ended=True))
        await desk.until(lambda: desk.world.closed)
        assert [record.id for record in desk.world.opened] == ["c1"]
        assert [record.outcome for record in desk.world.closed] == [Outcome.ABANDONED]
        assert desk.live.records() == []


async def test_an_effect_that_fails_stops_neither_the_next_nor_the_calls() -> None:
    async with driving() as desk:
        desk.world.faults["nudge"] = ZeroDivisionError("a bug")
        with capture_logs() as logs:
            await desk.arrive("c1")
            desk.make_available("rose")
            await desk.until(lambda: [log for log in logs if log["event"] == "effect_failed"])
        assert isinstance(await desk.ask("c1"), Dial)
        await desk.live.ask(desk.next_ask("c1", ended=True))
        await desk.until(lambda: desk.world.closed)
