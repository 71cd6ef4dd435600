"""The running router as its doors see it: requests, calls, status, metrics, and a new configuration."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from watchfiles import awatch

from cti_router.asterisk.pbx import AsteriskPbxs
from cti_router.config import ConfigurationErrors, Loaded, load
from cti_router.core.callback import AskCallback, CancelCallback
from cti_router.core.configuration import AdvisorId, Configuration, SiteId
from cti_router.core.duty.calendar import Closed, Duty
from cti_router.core.identity import CallId, Instant
from cti_router.core.inputs import Configure, Request
from cti_router.core.instructions import Accepted, Dial, Refused
from cti_router.core.order import OrderId, OrderTaken, UndoOrder
from cti_router.core.prepared import prepared
from cti_router.feed.feed import Feed
from cti_router.live import Live
from cti_router.messages.messages import Messages
from cti_router.messages.telling import message_to_json
from cti_router.metrics import Metrics
from cti_router.ordering import order_of, order_to_json
from cti_router.pages_process import PagesProcess
from cti_router.postgres.memory import Memory
from cti_router.postgres.records import record_to_json
from cti_router.status import IN_THE_QUEUE, judged, open_callbacks, queue, talk
from cti_router.trace import Living, looks, marks
from cti_router.why import ledger_of

_SETTLE_MS = 300
"""An editor writes a file in several steps, an admin saves several files. Looked at no more often than that."""

_log = structlog.get_logger()


class RunningRouter:
    """Implements `control.Router`."""

    def __init__(
        self, directory: Path, loaded: Loaded, live: Live, memory: Memory, pbxs: AsteriskPbxs, metrics: Metrics,
        messages: Messages, feed: Feed, pages: PagesProcess | None = None,
    ) -> None:  # fmt: skip
        self._directory = directory
        self._loaded = loaded
        self._live = live
        self._memory = memory
        self._pbxs = pbxs
        self._metrics = metrics
        self._messages = messages
        self._feed = feed
        self._pages = pages
        self._refused = ""
        self._reloading = asyncio.Lock()
        self._watch()

    # ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def request(self, request: Request) -> Accepted | Refused:
        said = await self._live.request(request)
        return Accepted() if isinstance(said, OrderTaken) else said

    async def order(self, kind: str, body: Mapping[str, Any]) -> Mapping[str, Any] | Refused:
        return self._told(await self._live.request(order_of(kind, body, self._live.now(), self._zone)))

    async def undo(self, order: OrderId, author: str) -> Mapping[str, Any] | Refused:
        return self._told(await self._live.request(UndoOrder(order, author)))

    def orders(self) -> Sequence[Mapping[str, Any]]:
        orders = self._live.switchboard.orders
        return [order_to_json(order, orders.missing(order), self._zone) for order in orders.known()]

    def _told(self, said: Accepted | OrderTaken | Refused) -> Mapping[str, Any] | Refused:
        match said:
            case OrderTaken(order=order):
                return order_to_json(order, self._live.switchboard.orders.missing(order), self._zone)
            case Refused():
                return said
        raise TypeError("an order is taken or refused")

    async def request_callback(self, request: AskCallback | CancelCallback) -> tuple[Accepted | Refused, CallId]:
        return await self._live.calling_back.request(request)

    def callbacks(self) -> list[dict[str, Any]]:
        return open_callbacks(self._live.switchboard, self._zone)

    async def messages(self, *, done_too: bool, site: str, limit: int) -> list[dict[str, Any]]:
        found = await self._messages.listed(done_too=done_too, site=site or None, limit=limit)
        return [message_to_json(message, self._live.now(), self._zone) for message in found]

    async def message_done(self, message: str, author: str, note: str) -> Accepted | Refused:
        return await self._messages.done(message, author, note)

    async def message_file(self, message: str) -> Path | None:
        return await self._messages.file_of(message)

    async def calls(self, limit: int) -> Sequence[dict[str, Any]]:
        ended = {record.id: record for record in await self._memory.recent_calls(limit)}
        everything = ended | {record.id: record for record in self._live.records()}
        newest = sorted(everything.values(), key=lambda record: record.arrived_at)[-limit:]
        return [record_to_json(record, self._zone) for record in newest]

    async def trace(self, call: CallId) -> dict[str, Any] | None:
        if (met := self._live.switchboard.calls.get(call)) is not None:
            record = met.record(self._live.now())
            dials = met.told.advisor if isinstance(met.told, Dial) else None
            leg_sip = await self._pbxs.dialled_sip(met.site, met.channel) if dials else ""
            found = marks(record, Living(met.channel, met.seq, dials, leg_sip))
        elif (kept := await self._memory.call(call)) is not None:
            record, found = kept, marks(kept)
        else:
            return None
        return {"call": record_to_json(record, self._zone), **found, "look": looks(found)}

    async def why(self, call: CallId) -> dict[str, Any] | None:
        met = self._live.switchboard.calls.get(call)
        record = await self._memory.call(call) if met is None else met.record(self._live.now())
        return None if record is None else ledger_of(record, self._zone)

    # ── a new configuration ──────────────────────────────────────────────────────────────────────────────────────

    async def reload(self) -> Accepted | Refused:
        """Read the files again: taken whole between two inputs, or refused with the reason and nothing changed."""
        async with self._reloading:
            refused = await self._reload()
        self._refused = refused or ""
        self._metrics.reloaded(not refused)
        if refused:
            _log.error("reload_refused", why=refused)
            self._feed.notice("configuration_refused", refused)
            return Refused(refused)
        return Accepted()

    async def _reload(self) -> str | None:
        try:
            loaded = await asyncio.to_thread(load, self._directory, os.environ)
        except ConfigurationErrors as errors:
            return str(errors)
        if loaded.configuration.version == self._configuration.version:
            return None
        if loaded.deployment != self._loaded.deployment or set(loaded.configuration.sites) != set(
            self._configuration.sites
        ):
            return "the network or the sites have changed: that takes a restart of the router"
        kinds = await asyncio.to_thread(prepared, loaded.configuration)
        self._loaded = loaded
        self._live.tell(Configure(loaded.configuration, kinds))
        self._pbxs.configure(loaded.configuration)
        self._metrics.configured(loaded.configuration.version)
        _log.info("reloaded", configuration=loaded.configuration.version)
        return None

    async def reload_when_files_change(self) -> None:
        async for _ in awatch(self._directory, debounce=2 * _SETTLE_MS, step=_SETTLE_MS, recursive=False):
            await self.reload()

    # ── what is to be seen ───────────────────────────────────────────────────────────────────────────────────────

    def status(self) -> dict[str, Any]:
        now = self._live.now()
        duty = self._live.switchboard.duty(now)
        return {
            "clock": datetime.fromtimestamp(now, self._zone).isoformat(timespec="seconds"),
            "configuration": self._configuration.version,
            "reload_refused": self._refused,
            "offers_open": self._live.switchboard.is_open,
            "duty": {"site": duty.site, "backups": list(duty.backups)} if isinstance(duty, Duty) else None,
            "closed": self._closed(duty) if isinstance(duty, Closed) else None,
            "orders": [order for order in self.orders() if order["over_at"] is None],
            "waiting": self._waiting(),
            "queue": queue(self._live.switchboard, now),
            "expected_waits": judged(self._live.switchboard),
            "voice_ports": {site: self._ports(site) for site in self._configuration.sites},
            "pages": self._pages.told() if self._pages else None,
            "links": {site: self._pbxs.up(site) for site in self._configuration.sites},
            "advisors": {
                advisor: {
                    "site": state.who.site,
                    "phone": state.phone,
                    "extension": state.who.phone,
                    "presence": state.presence,
                    "reason": state.reason,
                    "until": self._until(state.until_at),
                    "activity": state.activity,
                    "ready": state.ready(now),
                    "talk": talk(self._live.switchboard, state),
                    "forced_by": state.forced.order if state.forced else None,
                }
                for advisor, state in self._live.switchboard.roster.states.items()
            },
        }

    def events(self, last_event_id: str) -> AsyncIterator[bytes]:
        return self._feed.events(last_event_id)

    def pop(self, advisor: AdvisorId) -> dict[str, Any] | None:
        return self._feed.pop(advisor)

    def not_ready_because(self) -> str:
        if not self._live.switchboard.is_open:
            return "the PBXs have not told yet what is there"
        up = any(self._pbxs.up(site) for site in self._configuration.sites)
        return "" if up else f"no link to the PBX of {', '.join(self._configuration.sites)}"

    def exposition(self) -> bytes:
        return self._metrics.exposition()

    def _until(self, at: Instant | None) -> str | None:
        return None if at is None else datetime.fromtimestamp(at, self._zone).isoformat(timespec="seconds")

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _configuration(self) -> Configuration:
        return self._loaded.configuration

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._configuration.calendar.timezone)

    def _watch(self) -> None:
        metrics = self._metrics
        metrics.configured(self._configuration.version)
        metrics.watch("cti_waiting_calls", "Callers waiting now, offers not answered yet included.", self._waiting)
        metrics.watch(
            "cti_open_callbacks",
            "Contributors who are to be called back.",
            lambda: len(self._live.switchboard.callbacks.open),
        )
        metrics.watch(
            "cti_spool_length", "Rows on local disk that await PostgreSQL.", lambda: self._memory.spool_length
        )
        metrics.watch("cti_messages_to_do", "Voice messages to do.", lambda: self._messages.to_do)
        metrics.count(
            "cti_messages_received_total",
            "Voice messages that the sites have brought since the start.",
            lambda: self._messages.received,
        )
        metrics.watch("cti_ready_advisors", "Advisors to whom an offer could be made now.", self._ready_advisors)
        metrics.count(
            "cti_inversions_total",
            "Offers that passed over a caller with an earlier place whom the same advisor could have served.",
            lambda: self._live.switchboard.matching.inversions,
        )
        metrics.count(
            "cti_passed_awaiting_total",
            "Offers that passed over a caller with an earlier place who waits for his preferred advisor.",
            lambda: self._live.switchboard.matching.passed_awaiting,
        )
        metrics.count(
            "cti_pulls_total",
            "Offers made by a supervisor's order; they may pass over others, and are no inversions.",
            lambda: self._live.switchboard.matches.pulls,
        )
        if (pages := self._pages) is not None:
            metrics.watch("cti_pages_up", "1 while the pages' process answers.", lambda: pages.state == "ready")
        waits = partial(judged, self._live.switchboard)
        metrics.watch_table(
            "cti_expected_wait_hit_rate",
            "Hits / (hits + misses) of the last 50 waits: answered between the bounds (P10, P90) told when it began.",
            ("plan", "asks"),
            lambda: {(each["plan"], each["asks"]): each["hit_rate"] for each in waits() if each["outcomes"]},
        )
        metrics.watch_table(
            "cti_expected_wait_outcomes",
            "Hits + misses that make the hit rate, 50 at most.",
            ("plan", "asks"),
            lambda: {(each["plan"], each["asks"]): each["outcomes"] for each in waits()},
        )
        metrics.watch_table(
            "cti_expected_wait_silent",
            "1 while nothing is told: too few outcomes, or the hit rate is under its bound.",
            ("plan", "asks"),
            lambda: {(each["plan"], each["asks"]): float(each["silent"] is not None) for each in waits()},
        )
        metrics.watch_sites(
            "cti_voice_ports_in_use",
            "Callers the site's PBX treats now, talks not included.",
            {site: partial(self._live.switchboard.voice_ports.in_use, site) for site in self._configuration.sites},
        )
        metrics.watch_sites(
            "cti_pbx_link_up",
            "1 while the AMI link to the site's PBX is up.",
            {site: partial(self._pbxs.up, site) for site in self._configuration.sites},
        )

    def _ports(self, site: SiteId) -> dict[str, Any]:
        ports = self._live.switchboard.voice_ports
        return {
            "count": self._configuration.sites[site].voice_ports,
            "in_use": ports.in_use(site),
            "ports": [
                {"number": port.number, "state": "out" if not self._pbxs.up(site) else port.state, "call": port.call}
                for port in ports.at(site)
            ],
        }

    def _closed(self, closed: Closed) -> dict[str, Any]:
        until_at = closed.until_at
        opens = None if until_at is None else datetime.fromtimestamp(until_at, self._zone).isoformat(timespec="minutes")
        return {"because": closed.because, "until": opens}

    def _waiting(self) -> int:
        calls = self._live.switchboard.calls.values()
        return sum(call.ticket.state in IN_THE_QUEUE for call in calls if call.callback is None)

    def _ready_advisors(self) -> int:
        now = self._live.now()
        return sum(state.ready(now) for state in self._live.switchboard.roster.states.values())
