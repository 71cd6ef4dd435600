"""The owner of a link to the scripted peer, and what its tests share."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from logging import WARNING

import pytest

from cti_router.asterisk.ami import AmiLink, AmiMessage, AmiTimings
from tests.asterisk.fake_ami import Conversation, FakeAmi, Received, Script

FAST = AmiTimings(connect_s=5, ping_every_s=30, dead_after_s=60, backoff_first_s=0.02, backoff_max_s=0.1)


@pytest.fixture(autouse=True)
def nothing_goes_wrong_in_the_dark(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """asyncio and panoramisk only log what a callback of theirs raised, and that they reconnect on their own."""
    yield
    assert [record.getMessage() for record in caplog.get_records("call") if record.levelno >= WARNING] == []


async def nothing() -> None:
    pass


async def eventually(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110  # what is waited for has no event
            await asyncio.sleep(0.005)


@dataclass
class Owner:
    """Of a link, writing down what it is told."""

    port: int
    timings: AmiTimings = FAST
    on_up: Callable[[], Awaitable[None]] = nothing
    ups: int = 0
    reasons: list[str] = field(default_factory=list)
    events: list[AmiMessage] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.link = AmiLink(
            host="127.0.0.1",
            port=self.port,
            username="router",
            secret="secret",
            on_event=self.hear,
            on_up=self._up,
            on_down=self.reasons.append,
            timings=self.timings,
        )

    def hear(self, event: AmiMessage) -> None:
        if event.event == "Bad":
            raise ValueError("the owner stumbles")
        self.events.append(event)

    def heard(self, name: str) -> list[AmiMessage]:
        return [event for event in self.events if event.event == name]

    async def _up(self) -> None:
        self.ups += 1
        await self.on_up()


@asynccontextmanager
async def running(owner: Owner) -> AsyncIterator[Owner]:
    async with asyncio.TaskGroup() as tasks:
        run = tasks.create_task(owner.link.run())
        yield owner
        run.cancel()


@asynccontextmanager
async def linked(peer: FakeAmi, timings: AmiTimings = FAST) -> AsyncIterator[Owner]:
    async with running(Owner(peer.port, timings)) as owner:
        await eventually(lambda: owner.ups and owner.heard("FullyBooted"))
        yield owner


def on(name: str, react: Callable[[Conversation, Received], None]) -> Script:
    """A script with one line of its own."""

    def script(conversation: Conversation, action: Received) -> bool:
        if action.get("Action") == name:
            react(conversation, action)
            return True
        return False

    return script


def silence(_: Conversation, __: Received) -> None:
    pass


def list_of_states(conversation: Conversation, action: Received) -> None:
    mark = f"ActionID: {action.action_id}"
    conversation.answer(action, "EventList: start", "Message: Device State Changes will follow")
    conversation.say("Event: DeviceStateChange", mark, "Device: PJSIP/101", "State: NOT_INUSE")
    conversation.say("Event: DeviceStateChange", "Device: PJSIP/102", "State: RINGING")
    conversation.say("Event: DeviceStateChange", mark, "Device: PJSIP/102", "State: RINGING")
    conversation.say("Event: DeviceStateListComplete", mark, "EventList: Complete", "ListItems: 2")
