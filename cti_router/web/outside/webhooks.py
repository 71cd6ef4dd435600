"""Other programs are told what happens: noted in the database, sent signed, and again until they take it."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
import structlog
from httpx_sse import SSEError

from cti_router.config.deployment import Webhook
from cti_router.core.identity import Instant
from cti_router.database.pool import DatabaseAway, Pool, RowRefused
from cti_router.web.context import Clock
from cti_router.web.happenings import Happening, happening
from cti_router.web.link.control import Control
from cti_router.web.outside.deliveries import Deliveries, Delivery

PATIENCE_S = 10.0
"""What a program has to answer, from the connection to the end of its answer's headers."""

FIRST_AGAIN_S, AGAIN_AT_MOST_S = 5.0, 3600.0
"""After a failure it is tried again, twice as long after each further one."""

GIVEN_UP_AFTER_S = 86400.0
KEPT_S = 30 * 86400.0

MOST_IN_MEMORY = 5_000
"""What happens while the database is away, and its replay from the router for as long as that remembers."""

LOOKS_S = 1.0
SWEEPS_S = 3600.0

_log = structlog.get_logger()


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over the timestamp, a dot and the body, in hexadecimal."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def again_after_s(tries: int) -> float:
    """How long after the failure of that many tries (1 is the first)."""
    return float(min(FIRST_AGAIN_S * 2 ** min(tries - 1, 20), AGAIN_AT_MOST_S))


@dataclass(frozen=True, slots=True)
class _Hook:
    webhook: Webhook
    secret: str
    news: asyncio.Event


class Webhooks:
    """Follows the router on its own: neither a call nor a tab waits for what is slow outside.

    Raises `SecretError` where a secret is missing.
    """

    def __init__(self, webhooks: Sequence[Webhook], pool: Pool, control: Control, now: Clock) -> None:
        self._hooks = [_Hook(each, each.secret.reveal(), asyncio.Event()) for each in webhooks]
        self._events = frozenset[str]().union(*(each.events for each in webhooks))
        self._deliveries = Deliveries(pool)
        self._control = control
        self._now = now
        self._happened: asyncio.Queue[tuple[Happening, Instant]] = asyncio.Queue(MOST_IN_MEMORY)

    def told(self, happened: Happening) -> None:
        """Returns at once. What nobody wants is forgotten."""
        if happened.kind not in self._events:
            return
        try:
            self._happened.put_nowait((happened, self._now()))
        except asyncio.QueueFull:
            _log.error("webhook_lost", event=happened.kind, key=happened.key, why="the database has been away too long")

    async def run(self) -> None:
        """Until cancelled."""
        if not self._hooks:
            return
        # No redirect is followed, no proxy or password of the environment used: it goes where it was told, or nowhere.
        async with httpx.AsyncClient(
            follow_redirects=False, trust_env=False, timeout=PATIENCE_S, headers={"user-agent": "cti_router"}
        ) as client, asyncio.TaskGroup() as tasks:  # fmt: skip
            tasks.create_task(self._follow())
            tasks.create_task(self._note())
            tasks.create_task(self._sweep())
            for hook in self._hooks:
                tasks.create_task(self._send(hook, client))

    async def _follow(self) -> None:
        """From where the last life of this left off, as far back as the router remembers."""
        last = await self._last_router_event()
        while True:
            try:
                async for event in self._control.events(last):
                    if event is None:
                        continue
                    last = event.id
                    if (happened := happening(event.event, json.loads(event.data), event.id)) is not None:
                        self.told(happened)
            except (httpx.HTTPError, SSEError, ValueError, KeyError) as error:
                _log.info("webhooks_without_router", why=str(error) or type(error).__name__)
            await asyncio.sleep(LOOKS_S)

    async def _last_router_event(self) -> str:
        while True:
            try:
                return await self._deliveries.last_router_event()
            except DatabaseAway:
                await asyncio.sleep(LOOKS_S)

    async def _note(self) -> None:
        while True:
            happened, at = await self._happened.get()
            for hook in self._hooks:
                if happened.kind in hook.webhook.events:
                    await self._note_for(hook, happened, at)

    async def _note_for(self, hook: _Hook, happened: Happening, at: Instant) -> None:
        data = dict(happened.data)
        if hook.webhook.with_number and happened.number:
            data["number"] = happened.number
        body = json.dumps(
            {"key": happened.key, "event": happened.kind, "at": at, "data": data}, ensure_ascii=False
        )  # fmt: skip
        url = hook.webhook.url
        while True:
            try:
                await self._deliveries.note(url, happened.key, happened.kind, body, happened.router_event, at)
            except DatabaseAway:
                await asyncio.sleep(LOOKS_S)
            except RowRefused as error:
                _log.error("webhook_lost", event=happened.kind, key=happened.key, why=str(error))
                return
            else:
                hook.news.set()
                return

    async def _send(self, hook: _Hook, client: httpx.AsyncClient) -> None:
        while True:
            hook.news.clear()
            try:
                await self._send_due(hook, client)
            except DatabaseAway as error:
                _log.info("webhooks_without_database", why=str(error))
            try:
                async with asyncio.timeout(LOOKS_S):
                    await hook.news.wait()
            except TimeoutError:
                continue

    async def _send_due(self, hook: _Hook, client: httpx.AsyncClient) -> None:
        """Until one fails: whoever is away is not tried with all the others too."""
        while due := await self._deliveries.due(hook.webhook.url, self._now()):
            for delivery in due:
                why = await _refused(hook, delivery, client, self._now())
                now = self._now()
                if not why:
                    await self._deliveries.delivered(delivery.id, now)
                    continue
                next_at = now + again_after_s(delivery.tries + 1)
                given_up = next_at > delivery.noted_at + GIVEN_UP_AFTER_S
                await self._deliveries.failed(delivery.id, now, None if given_up else next_at, why)
                tell = _log.error if given_up else _log.info
                tell(
                    "webhook_given_up" if given_up else "webhook_failed",
                    url=hook.webhook.url,
                    key=delivery.key,
                    why=why,
                )
                return

    async def _sweep(self) -> None:
        while True:
            try:
                await self._deliveries.delete_before(self._now() - KEPT_S)
            except DatabaseAway as error:
                _log.info("webhooks_without_database", why=str(error))
            await asyncio.sleep(SWEEPS_S)


async def _refused(hook: _Hook, delivery: Delivery, client: httpx.AsyncClient, now: Instant) -> str:
    """Send it once. Returns why it was not taken, "" when it was; nothing of the answer but its status is read."""
    timestamp, body = str(int(now)), delivery.body.encode()
    headers = {
        "content-type": "application/json",
        "idempotency-key": delivery.key,
        "x-cti-event": delivery.event,
        "x-cti-timestamp": timestamp,
        "x-cti-signature": f"v1={signature(hook.secret, timestamp, body)}",
    }
    try:
        async with asyncio.timeout(PATIENCE_S):
            async with client.stream("POST", hook.webhook.url, content=body, headers=headers) as response:
                return "" if response.is_success else f"it answers {response.status_code}"
    except TimeoutError:
        return f"it takes more than {PATIENCE_S:.0f} s"
    except httpx.TimeoutException:
        return f"it takes more than {PATIENCE_S:.0f} s"
    except httpx.HTTPError as error:
        return str(error)[:200] or type(error).__name__
