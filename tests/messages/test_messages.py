"""Voice messages at the router: in, as work to do, and no longer than needed. On a real disk and a real PostgreSQL."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cti_router.core.duty.calendar_orders import NO_ORDERS
from cti_router.core.instructions import Accepted, Refused
from cti_router.core.voicemail import VoicemailRules
from cti_router.database.pool import Pool
from cti_router.interfaces import MessageBookAway
from cti_router.messages.folder import Folder
from cti_router.messages.messages import Messages
from cti_router.messages.telling import message_to_json
from cti_router.postgres.memory import Memory
from cti_router.postgres.messages import MessageBook
from tests.core.board import CONFIGURATION, PARIS, at
from tests.postgres.conftest import Postgres
from tests.postgres.test_memory import drained, draining
from tests.wavs import wav

DAY_S = 86_400.0
EVENING = at("2026-11-23 20:00")
RULES = VoicemailRules(keep_s=30 * DAY_S, keep_at_most_s=90 * DAY_S)


class Desk:
    """The messages of a router whose clock can be set."""

    def __init__(self, folder: Path, memory: Memory, pool: Pool) -> None:
        self.now = EVENING
        self.memory = memory
        self.folder = Folder(folder)
        self.configuration = replace(CONFIGURATION, voicemail=RULES)
        self.messages = Messages(
            self.folder, memory, MessageBook(pool), lambda: (self.configuration, NO_ORDERS), lambda: self.now
        )

    async def left(self, call: str, age_s: float = 10.0, seconds: float = 2.0) -> None:
        """Somebody left a message, and it is in PostgreSQL."""
        await self.brought(call, age_s, seconds)
        await drained(self.memory)

    async def brought(self, call: str, age_s: float = 10.0, seconds: float = 2.0) -> None:
        sound = wav(seconds)
        incoming = await self.messages.receive(call)
        incoming.write(sound)
        await self.messages.keep(incoming, call, "caen", age_s, hashlib.sha256(sound).hexdigest())
        incoming.drop()

    async def calls(self, *, done_too: bool = False, site: str | None = None) -> list[str]:
        return [message.call for message in await self.messages.listed(done_too=done_too, site=site, limit=100)]


@pytest.fixture
async def desk(tmp_path: Path, memory: Memory, pool: Pool) -> AsyncIterator[Desk]:
    async with draining(memory):
        yield Desk(tmp_path / "messages", memory, pool)


async def test_a_message_is_work_for_the_site_that_opens_next_until_the_evening(desk: Desk) -> None:
    await desk.left("caen-1.1", age_s=12.5)
    (message,) = await desk.messages.listed(done_too=False, site=None, limit=10)
    told = message_to_json(message, desk.now, PARIS)
    assert told == {
        "id": "caen-1.1", "site": "caen", "taken_at": "2026-11-23T19:59:47+01:00", "length_s": 2.0,
        "digest": hashlib.sha256(wav()).hexdigest(), "owner_site": "rouen", "owner_advisor": None,
        "due_at": "2026-11-24T17:00:00+01:00", "cli": "", "contributor": None, "contributor_name": "",
        "profile": None, "motive": None, "done_at": None, "done_by": "", "note": "", "late": False,
    }  # fmt: skip
    assert message_to_json(message, at("2026-11-24 17:01"), PARIS)["late"]
    file = await desk.messages.file_of("caen-1.1")
    assert file is not None
    assert file.read_bytes() == wav()
    assert (desk.messages.received, desk.messages.to_do) == (1, 1)


async def test_brought_twice_it_is_one_message(desk: Desk) -> None:
    await desk.left("caen-1.1")
    await desk.left("caen-1.1", age_s=70.0)
    assert await desk.calls() == ["caen-1.1"]
    assert (desk.messages.received, desk.messages.to_do) == (1, 1)


async def test_while_the_database_is_away_it_is_listed_from_the_disk(postgres: Postgres, desk: Desk) -> None:
    await desk.left("caen-1.1")
    async with postgres.away():
        await desk.brought("caen-1.2", age_s=5.0)
        assert await desk.calls() == ["caen-1.2"]
        assert await desk.calls(site="caen") == []
        said = await desk.messages.done("caen-1.1", "anne", "")
        assert isinstance(said, Refused)
        assert said.why.startswith("the database cannot be asked")
        assert said.why.endswith("nothing is noted, try again")
        with pytest.raises(MessageBookAway):
            await desk.messages.purge()
    await drained(desk.memory)
    assert await desk.calls() == ["caen-1.1", "caen-1.2"]


async def test_it_is_done_by_somebody_once(desk: Desk) -> None:
    await desk.left("caen-1.1")
    await desk.left("caen-1.2")
    assert await desk.messages.done("caen-1.1", " anne ", "rappelée") == Accepted()
    assert await desk.calls() == ["caen-1.2"]
    assert await desk.calls(done_too=True) == ["caen-1.2", "caen-1.1"]
    assert desk.messages.to_do == 1
    for call, author, why in (
        ("caen-1.1", "rose", "message caen-1.1 was done already by anne"),
        ("caen-1.2", "  ", "who has done it? Tell the author"),
        ("caen-9", "rose", "no message 'caen-9' is known"),
    ):
        assert await desk.messages.done(call, author, "") == Refused(why)


async def test_what_the_database_has_not_got_yet_is_done_soon(tmp_path: Path, memory: Memory, pool: Pool) -> None:
    desk = Desk(tmp_path / "messages", memory, pool)  # nobody drains the spool
    await desk.brought("caen-1.1")
    said = await desk.messages.done("caen-1.1", "anne", "")
    assert said == Refused("message caen-1.1 is on its way to the database: try again soon")


async def test_retention_takes_row_and_sound(desk: Desk, tmp_path: Path) -> None:
    for call in ("caen-done", "caen-undone", "caen-late"):
        await desk.left(call)
    assert await desk.messages.done("caen-done", "anne", "") == Accepted()
    desk.now = EVENING + 30 * DAY_S
    assert await desk.messages.purge() == 0
    desk.now += 1.0
    with capture_logs() as logs:
        assert await desk.messages.purge() == 1
    assert [log for log in logs if log["event"] == "message_deleted"] == [
        {"event": "message_deleted", "log_level": "info", "call": "caen-done", "was_done": True}
    ]
    assert await desk.calls(done_too=True) == ["caen-late", "caen-undone"]
    assert await desk.messages.file_of("caen-done") is None
    assert await desk.messages.file_of("caen-late") is not None
    assert await desk.messages.done("caen-late", "anne", "") == Accepted()
    desk.now = EVENING + 90 * DAY_S
    with capture_logs() as logs:
        assert await desk.messages.purge() == 2
    told = [log for log in logs if "nobody" in log["event"]]
    assert [log["count"] for log in told] == [1]
    assert await desk.calls(done_too=True) == []
    assert list((tmp_path / "messages").iterdir()) == []


async def test_a_sound_that_no_row_knows_does_not_stay_for_ever(desk: Desk, tmp_path: Path) -> None:
    incoming = await desk.messages.receive("caen-lost")
    incoming.write(wav())
    incoming.finish(hashlib.sha256(wav()).hexdigest(), EVENING)
    desk.now = EVENING + 91 * DAY_S
    assert await desk.messages.purge() == 1
    assert list((tmp_path / "messages").iterdir()) == []


async def test_a_row_that_is_deleted_on_its_way_never_arrives(postgres: Postgres, desk: Desk, memory: Memory) -> None:
    async with postgres.away():
        await desk.brought("caen-1.1")
        await memory.drop_messages(["caen-1.1"])
    await drained(memory)
    assert await desk.calls(done_too=True) == []


async def test_what_is_no_call_has_no_sound(desk: Desk) -> None:
    assert await desk.messages.file_of("../../etc/passwd") is None
