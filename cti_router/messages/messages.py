"""The voice messages of the router: taken in, listed, done, deleted when their time is over."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from cti_router.core.configuration import Configuration, SiteId
from cti_router.core.duty.calendar_orders import CalendarOrders
from cti_router.core.duty.owing import owed_until, site_that_owes
from cti_router.core.identity import CallId, Instant
from cti_router.core.instructions import Accepted, Refused
from cti_router.core.voice_message import VoiceMessage
from cti_router.interfaces import MessageBook, MessageBookAway, MessageSpool
from cti_router.messages.folder import Folder, Incoming

COUNTED_EVERY_S = 30.0
"""How old the number of messages to do may be, for the metrics."""

PURGED_EVERY_S = 86_400.0
PURGED_AGAIN_S = 300.0
"""When the database could not be asked."""

_log = structlog.get_logger()


class Messages:
    """`rules` tells the configuration in force and the orders over its calendar; `now` is the router's clock.

    `to_do`: how many there are to do, as far as is known; `received`: how many came in since the start.
    """

    def __init__(
        self, folder: Folder, spool: MessageSpool, book: MessageBook,
        rules: Callable[[], tuple[Configuration, CalendarOrders]], now: Callable[[], Instant],
    ) -> None:  # fmt: skip
        self.to_do = self.received = 0
        self._folder = folder
        self._spool = spool
        self._book = book
        self._rules = rules
        self._now = now

    # ── in ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def receive(self, call: CallId) -> Incoming:
        """Raises ValueError or OSError, as `Folder.receive`."""
        return await asyncio.to_thread(self._folder.receive, call)

    async def keep(self, incoming: Incoming, call: CallId, site: SiteId, age_s: float, digest: str) -> VoiceMessage:
        """File and row are on disk when this returns. `age_s`: how long ago it was left, by the site's own clock.

        Raises what `Incoming.finish` raises, and sqlite3.Error when the row cannot be written.
        """
        taken_at = self._now() - age_s
        kept = await asyncio.to_thread(incoming.finish, digest, taken_at)
        configuration, orders = self._rules()
        calendar = configuration.calendar
        message = VoiceMessage(
            call, site, taken_at, kept.length_s, digest,
            owner_site=site_that_owes(calendar, taken_at, orders) or site,
            due_at=owed_until(calendar, taken_at, configuration.voicemail.due_in_working_days),
        )  # fmt: skip
        await self._spool.store_message(message)
        if kept.is_new:
            self.received += 1
            self.to_do += 1
            _log.info("message_received", call=call, site=site, length_s=message.length_s, owner=message.owner_site)
        return message

    # ── as work to do ────────────────────────────────────────────────────────────────────────────────────────────

    async def listed(self, *, done_too: bool, site: SiteId | None, limit: int) -> tuple[VoiceMessage, ...]:
        """Those to do, the first due first, then those done. Without the database, those that it has not got yet."""
        # The spool first: a message that moves between the two questions is then seen twice, not missed.
        spooled = [message for message in await self._spool.spooled_messages() if site in (None, message.owner_site)]
        try:
            known = await self._book.read(done_too=done_too, site=site, limit=limit)
        except MessageBookAway as away:
            _log.warning("messages_from_the_spool_alone", why=str(away))
            known = ()
        there = {message.call for message in known}
        new = [message for message in spooled if message.call not in there]
        to_do = sorted([*new, *(each for each in known if each.done_at is None)], key=lambda each: each.due_at)
        return (*to_do, *(each for each in known if each.done_at is not None))[:limit]

    async def done(self, call: CallId, author: str, note: str) -> Accepted | Refused:
        """Somebody has seen to it."""
        if not author.strip():
            return Refused("who has done it? Tell the author")
        try:
            done = await self._book.done(call, self._now(), author.strip(), note)
            message = None if done else await self._book.one(call)
        except MessageBookAway as away:
            return Refused(f"the database cannot be asked ({away}): nothing is noted, try again")
        if done:
            self.to_do = max(0, self.to_do - 1)
            _log.info("message_done", call=call, author=author.strip())
            return Accepted()
        if message is not None:
            return Refused(f"message {call} was done already by {message.done_by}")
        if call in {spooled.call for spooled in await self._spool.spooled_messages()}:
            return Refused(f"message {call} is on its way to the database: try again soon")
        return Refused(f"no message {call[:80]!r} is known")

    async def file_of(self, call: CallId) -> Path | None:
        """Where its sound is; None when there is none."""
        try:
            return await asyncio.to_thread(self._folder.file_of, call)
        except ValueError:
            return None

    # ── no longer than needed ────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Deletes once a day what has been kept long enough, and keeps count of what is to be done. For ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_count())
            tasks.create_task(self._keep_deleting())

    async def purge(self) -> int:
        """Delete what has been kept long enough, sound first, then row; how many. Raises `MessageBookAway`."""
        kept, now = self._rules()[0].voicemail, self._now()
        oldest_at = now - kept.keep_at_most_s
        old = dict(await self._book.old(now - kept.keep_s, oldest_at))
        stray = await asyncio.to_thread(lambda: list(self._folder.older_than(oldest_at)))
        calls = list(dict.fromkeys((*old, *stray)))
        await asyncio.to_thread(self._folder.delete, calls)
        await self._spool.drop_messages(calls)
        await self._book.delete(calls)
        for call in calls:
            _log.info("message_deleted", call=call, was_done=old.get(call, False))
        undone = sum(not done for done in old.values())
        if undone:
            _log.warning("messages_deleted_that_nobody_had_done", count=undone)
        return len(calls)

    async def _keep_deleting(self) -> None:
        while True:
            pause_s = PURGED_EVERY_S
            try:
                await self.purge()
            except MessageBookAway as away:
                _log.warning("messages_not_purged", why=str(away))
                pause_s = PURGED_AGAIN_S
            except Exception:  # noqa: BLE001 — the boundary of this task: the next day must come all the same
                _log.exception("messages_not_purged")
            await asyncio.sleep(pause_s)

    async def _keep_count(self) -> None:
        while True:
            try:
                spooled = await self._spool.spooled_messages()
                self.to_do = len(spooled) + await self._book.to_do()
            except MessageBookAway as away:
                _log.debug("messages_not_counted", why=str(away))
            except Exception:  # noqa: BLE001 — the boundary of this task
                _log.exception("messages_not_counted")
            await asyncio.sleep(COUNTED_EVERY_S)
