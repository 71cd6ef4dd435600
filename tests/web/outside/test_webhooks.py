"""What other programs are told, over real HTTP and from a real database; the router is who listens on the socket."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cti_router.config.deployment import Secret, SecretError, Webhook
from cti_router.database.pool import Pool
from cti_router.web.happenings import Happening
from cti_router.web.link.control import Control
from cti_router.web.outside import deliveries, webhooks
from cti_router.web.outside.deliveries import Deliveries, Undelivered
from cti_router.web.outside.webhooks import GIVEN_UP_AFTER_S, Webhooks, again_after_s
from tests.postgres.conftest import Postgres
from tests.web.outside.receiver import Receiver, receiver
from tests.web.talking_router import POP, TALK, TalkingRouter, talking_router

SECRET = "le secret du CRM"
ALL = frozenset({"call_offered", "call_answered", "call_ended", "contact_saved"})
OFFERED = POP | {"profile": "employer", "motive": None}
OVER = {"call": "c1", "advisors": ["damien_hebert"], "outcome": "answered", "contributors": [7]}


class Time:
    """A clock that is set."""

    at = 1000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def crm() -> Receiver:
    return receiver()


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "LOOKS_S", 0.02)


def hook(crm: Receiver, events: frozenset[str] = ALL, *, with_number: bool = False) -> Webhook:
    return Webhook(crm.url, Secret("CRM", {"CRM": SECRET}), events, with_number)


@asynccontextmanager
async def telling(pool: Pool, time: Time, socket: Path, *hooks: Webhook) -> AsyncIterator[Webhooks]:
    control = Control(socket)
    told = Webhooks(hooks, pool, control, time)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(told.run())
        yield told
        running.cancel()
    await control.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 — it is told from another side of a socket
            await asyncio.sleep(0.01)


async def waiting(pool: Pool, true: Callable[[Undelivered], object]) -> Undelivered:
    """The first undelivered one of which that is true."""
    async with asyncio.timeout(10):
        while True:
            for each in await Deliveries(pool).undelivered(False):
                if true(each):
                    return each
            await asyncio.sleep(0.01)


async def all_delivered(pool: Pool) -> None:
    async with asyncio.timeout(10):
        while await Deliveries(pool).undelivered(False):  # noqa: ASYNC110 — as above
            await asyncio.sleep(0.01)


def bodies(crm: Receiver) -> list[dict[str, Any]]:
    return [json.loads(body) for _, body in crm.taken]


async def test_what_happens_on_a_call_is_told_once_each(pool: Pool, time: Time, crm: Receiver, tmp_path: Path) -> None:
    socket = tmp_path / "s"
    async with crm.there(), talking_router(socket) as router, telling(pool, time, socket, hook(crm)):
        await until(lambda: bool(router.read_on_from))
        await router.tell("pop", OFFERED)
        await router.tell("call", {"advisor": "damien_hebert", "talk": TALK})
        await router.tell("call", {"advisor": "damien_hebert", "talk": TALK | {"state": "talking"}})
        await router.tell("call", {"advisor": "damien_hebert", "talk": TALK | {"state": "talking", "held": True}})
        await router.tell("call", {"advisor": "damien_hebert", "talk": None})
        await router.tell("over", OVER)
        await until(lambda: len(crm.taken) >= 3)
        await asyncio.sleep(0.1)
    assert [body["event"] for body in bodies(crm)] == ["call_offered", "call_answered", "call_ended"]
    assert bodies(crm)[0] == {
        "key": "call_offered:o1", "event": "call_offered", "at": 1000.0,
        "data": {"call": "c1", "offer": "o1", "advisor": "damien_hebert", "kind": "inbound", "contributors": [7],
                 "profile": "employer", "motive": None},
    }  # fmt: skip
    assert b"33261910001" not in b"".join(body for _, body in crm.taken)


async def test_it_is_signed_and_says_when(pool: Pool, time: Time, crm: Receiver, tmp_path: Path) -> None:
    async with crm.there(), telling(pool, time, tmp_path / "s", hook(crm)) as told:
        told.told(Happening("contact_saved", "contact_saved:1", {"call": "c1"}))
        await until(lambda: bool(crm.taken))
    headers, body = crm.taken[0]
    mac = hmac.new(SECRET.encode(), b"1000." + body, hashlib.sha256).hexdigest()
    assert headers["x-cti-timestamp"] == "1000"
    assert headers["x-cti-signature"] == f"v1={mac}"
    assert (headers["idempotency-key"], headers["x-cti-event"]) == ("contact_saved:1", "contact_saved")


async def test_the_number_is_told_where_it_may_be(pool: Pool, time: Time, crm: Receiver, tmp_path: Path) -> None:
    socket = tmp_path / "s"
    hooks = (hook(crm, frozenset({"call_offered"}), with_number=True),)
    async with crm.there(), talking_router(socket) as router, telling(pool, time, socket, *hooks):
        await until(lambda: bool(router.read_on_from))
        await router.tell("over", OVER)  # not what it asked for
        await router.tell("pop", OFFERED)
        await until(lambda: bool(crm.taken))
    (body,) = bodies(crm)
    assert body["data"]["number"] == "+33261910001"


async def test_who_fails_is_told_again_with_the_same_key(pool: Pool, time: Time, crm: Receiver, tmp_path: Path) -> None:
    crm.answers = [500, 302]
    async with crm.there(), telling(pool, time, tmp_path / "s", hook(crm)) as told:
        told.told(Happening("call_ended", "call_ended:c1"))
        await until(lambda: len(crm.taken) == 1)
        await asyncio.sleep(0.1)
        assert len(crm.taken) == 1  # not at once
        time.at += again_after_s(1)
        await until(lambda: len(crm.taken) == 2)
        await asyncio.sleep(0.1)
        time.at += again_after_s(2)
        await until(lambda: len(crm.taken) == 3)
        await all_delivered(pool)
    assert {headers["idempotency-key"] for headers, _ in crm.taken} == {"call_ended:c1"}
    assert len({headers["x-cti-signature"] for headers, _ in crm.taken}) == 3  # a new time each
    assert crm.elsewhere == 0  # no redirect is followed


async def test_who_is_away_is_told_in_order_when_he_is_back(
    pool: Pool, time: Time, crm: Receiver, tmp_path: Path
) -> None:
    async with telling(pool, time, tmp_path / "s", hook(crm)) as told:
        for number in range(5):
            told.told(Happening("call_ended", f"call_ended:{number}"))
        await waiting(pool, lambda each: each.tries)
    time.at += 3600.0
    async with crm.there(), telling(pool, time, tmp_path / "s", hook(crm)):  # of another life
        await until(lambda: len(crm.taken) == 5)
    assert [body["key"] for body in bodies(crm)] == [f"call_ended:{number}" for number in range(5)]


async def test_who_dawdles_holds_up_nobody_else(
    pool: Pool, time: Time, crm: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "PATIENCE_S", 0.3)
    slow = receiver()
    slow.dawdles_s = 5.0
    async with crm.there(), slow.there(), telling(pool, time, tmp_path / "s", hook(slow), hook(crm)) as told:
        told.told(Happening("call_ended", "call_ended:c1"))
        await until(lambda: bool(crm.taken))
        left = await waiting(pool, lambda each: each.last_error)
    assert (left.url, left.last_error) == (slow.url, "it takes more than 0 s")


async def test_after_a_day_it_is_given_up_until_somebody_asks(
    pool: Pool, time: Time, crm: Receiver, tmp_path: Path
) -> None:
    kept = Deliveries(pool)
    async with telling(pool, time, tmp_path / "s", hook(crm)) as told:
        told.told(Happening("call_ended", "call_ended:c1"))
        await waiting(pool, lambda each: each.tries)
        assert await kept.undelivered(True) == []
        time.at += GIVEN_UP_AFTER_S
        dead = await waiting(pool, lambda each: each.given_up)
    assert (dead.key, dead.tries, dead.given_up) == ("call_ended:c1", 2, True)
    async with crm.there(), telling(pool, time, tmp_path / "s", hook(crm)):
        await asyncio.sleep(0.2)
        assert not crm.taken
        assert await kept.retry(dead.id, time.at) == 1
        await until(lambda: len(crm.taken) == 1)


async def test_what_happens_while_the_database_is_away_is_told_later(
    pool: Pool, postgres: Postgres, time: Time, crm: Receiver, tmp_path: Path
) -> None:
    async with crm.there(), telling(pool, time, tmp_path / "s", hook(crm)) as told:
        async with postgres.away():
            told.told(Happening("call_ended", "call_ended:c1"))
            await asyncio.sleep(0.2)
        await until(lambda: len(crm.taken) == 1)


async def test_another_life_reads_the_router_on_from_where_it_was(
    pool: Pool, time: Time, crm: Receiver, tmp_path: Path
) -> None:
    socket, router = tmp_path / "s", TalkingRouter()
    async with crm.there(), talking_router(socket, router):
        async with telling(pool, time, socket, hook(crm)):
            await until(lambda: bool(router.read_on_from))
            await router.tell("pop", OFFERED)
            await until(lambda: len(crm.taken) == 1)
            await all_delivered(pool)  # else the next life would send it again
        await router.tell("over", OVER)  # nobody listens
        async with telling(pool, time, socket, hook(crm)):
            await until(lambda: len(crm.taken) >= 2)
    assert router.read_on_from[-1] == "r-1"
    assert [body["event"] for body in bodies(crm)] == ["call_offered", "call_ended"]


async def test_so_many_wait_at_most(pool: Pool, time: Time, crm: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "MOST_WAITING", 3)
    kept = Deliveries(pool)
    noted = [await kept.note(crm.url, f"k{number}", "call_ended", "{}", "", time.at) for number in range(5)]
    assert noted == [True, True, True, False, False]
    assert await kept.note("https://other.example.fr", "k4", "call_ended", "{}", "", time.at)
    assert not await kept.note("https://other.example.fr", "k4", "call_ended", "{}", "", time.at)  # it is there


async def test_what_is_old_and_over_is_deleted(pool: Pool, time: Time, crm: Receiver) -> None:
    kept = Deliveries(pool)
    for number in range(3):
        await kept.note(crm.url, f"k{number}", "call_ended", "{}", "", time.at)
    over, given_up, waiting = await kept.due(crm.url, time.at)
    await kept.delivered(over.id, time.at)
    await kept.failed(given_up.id, time.at, None, "it answers 500")
    await kept.delete_before(time.at + 1)
    assert [each.id for each in await kept.undelivered(False)] == [waiting.id]
    assert await kept.note(crm.url, "k0", "call_ended", "{}", "", time.at)  # its row is gone


def test_a_try_comes_later_after_each_failure_and_within_the_hour() -> None:
    pauses = [again_after_s(tries) for tries in range(1, 40)]
    assert pauses[:3] == [5.0, 10.0, 20.0]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 3600.0


def test_without_its_secret_nothing_begins(pool: Pool) -> None:
    with pytest.raises(SecretError, match="CRM"):
        Webhooks([Webhook("https://crm.example.fr", Secret("CRM", {}), ALL)], pool, Control(Path("/nowhere")), Time())
