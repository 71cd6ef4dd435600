"""What the switchboard's driver needs of the outside world. Adapters implement these; nobody imports an adapter."""

from collections.abc import Awaitable, Sequence
from typing import Protocol

from cti_router.core.callback import RingAdvisor, StoredCallback
from cti_router.core.configuration import AdvisorId, SiteId
from cti_router.core.duty.calendar_orders import CalendarOrders
from cti_router.core.effects import StepOutcome
from cti_router.core.history import CallRecord
from cti_router.core.identity import CallId, Contributor, Instant
from cti_router.core.inputs import Input, StoredPresence
from cti_router.core.order import Order
from cti_router.core.voice_message import VoiceMessage


class Directory(Protocol):
    """Contributors by telephone number, and by what they key in."""

    async def find(self, e164: int, since_at: Instant | None = None) -> tuple[Contributor, ...]:
        """Everybody who has this number, in a stable order. Raises `DirectoryAway` when nobody can tell.

        With `since_at`, each with the advisor who served him last, if that was then or later.
        """

    async def find_by_siret(self, siret: str, since_at: Instant | None = None) -> tuple[Contributor, ...]:
        """As `find`; one at most. What was keyed must not be logged."""

    async def find_by_account(self, account: str, since_at: Instant | None = None) -> tuple[Contributor, ...]:
        """As `find_by_siret`; an account may be given to several."""


class DirectoryAway(Exception):
    """The directory could not be asked."""


class Memory(Protocol):
    """What must outlive the router: on local disk at once, a call's end very soon; in the database when it can be."""

    def remember(self, record: CallRecord) -> None:
        """A call as it opens or as it ended: handed over, in order. What cannot be written is logged."""

    async def store_presence(self, stored: StoredPresence) -> None:
        """Returns when it is safe: in the database, or on local disk."""

    async def presences(self) -> tuple[StoredPresence, ...]: ...

    async def store_order(self, order: Order) -> None:
        """As `store_presence`."""

    async def orders(self, over_after: Instant) -> tuple[Order, ...]:
        """Those that are not over, or only since this instant, in the order in which they were given."""

    async def open_calls(self) -> tuple[CallRecord, ...]: ...

    async def recent_calls(self, limit: int) -> Sequence[CallRecord]:
        """The newest ended calls first, from database and spool, each once."""


class CallbackBook(Protocol):
    """Who is to be called back, in the database. Nothing stands in for it while it is away."""

    async def store(self, stored: StoredCallback) -> None:
        """Returns when it is committed. Raises `CallbackBookAway`: then it may or may not be."""

    async def read(self, since_at: Instant) -> tuple[StoredCallback, ...]:
        """Those that are open, and all that were asked for after `since_at`. Raises `CallbackBookAway`."""


class CallbackBookAway(Exception):
    """The database could not be asked, or did not answer in time."""


class MessageSpool(Protocol):
    """Where a voice message's row is safe on its way to the database."""

    async def store_message(self, message: VoiceMessage) -> None:
        """Returns when it is on local disk, or in the database. A message stored again changes nothing."""

    async def spooled_messages(self) -> tuple[VoiceMessage, ...]:
        """Those the database has not taken yet, or never takes; oldest first."""

    async def drop_messages(self, calls: Sequence[CallId]) -> None:
        """They are deleted."""


class MessageBook(Protocol):
    """The voice messages in the database. Each raises `MessageBookAway`: then a change may or may not be made."""

    async def read(self, *, done_too: bool, site: SiteId | None, limit: int) -> tuple[VoiceMessage, ...]:
        """Those to do, the first due first, then those done, the last done first; of all sites, or owned by one."""

    async def one(self, call: CallId) -> VoiceMessage | None: ...

    async def done(self, call: CallId, at: Instant, by: AdvisorId, note: str) -> bool:
        """False when there is no such message to do."""

    async def to_do(self) -> int:
        """How many there are to do."""

    async def old(self, done_before: Instant, taken_before: Instant) -> tuple[tuple[CallId, bool], ...]:
        """Those done before the one instant, and all taken before the other; each with: is it done?"""

    async def delete(self, calls: Sequence[CallId]) -> None: ...


class MessageBookAway(Exception):
    """The database could not be asked, or did not answer in time."""


class Journal(Protocol):
    """Every input of the switchboard, in order, for replay."""

    def keep(self, input_: Input, now: Instant, outcome: StepOutcome | None) -> None:
        """An input just taken, and what it gave (None: the core raised an error). Must be quick and must not raise."""


class Observer(Protocol):
    """Sees every step of the switchboard; must be quick and must not raise."""

    def observe(self, input_: Input, outcome: StepOutcome, took_s: float) -> None: ...


class Pbxs(Protocol):
    """The PBXs of all sites, as far as they take orders."""

    def nudge(self, site: SiteId, channel: str) -> Awaitable[bool]:
        """Sent at once. True when the PBX took it; False when the channel is gone. Raises `PbxAway` without a link."""

    async def part(self, site: SiteId, channel: str) -> bool:
        """Bring a caller to the ask, and whom he talks with aside, both at once. False when he is in no talk.

        Raises `PbxAway`.
        """

    def nudge_leg(self, site: SiteId, channel: str) -> Awaitable[bool]:
        """As `nudge`, for an advisor's leg that is aside."""

    async def hang_up(self, site: SiteId, channel: str, *, peer: bool, spares: str) -> bool:
        """Hang up a channel, or (`peer`) the one it talks with. False when there is none, or it is `spares`.

        Raises `PbxAway`.
        """

    async def ring_advisor(self, ring: RingAdvisor) -> None:
        """Let an advisor's phone ring for a callback; what becomes of it comes as facts. Raises `PbxAway`."""

    async def probe(self, site: SiteId, peer: SiteId) -> None:
        """Find out whether a site's PBX reaches its neighbour, and tell it as a fact. Raises `PbxAway`."""

    async def tell_orders(self, site: SiteId, orders: CalendarOrders) -> None:
        """Let a PBX's own fallback know what is ordered over its calendar. Raises `PbxAway`."""

    async def resync_all(self) -> None:
        """Let every PBX that is linked tell again all that is there."""


class PbxAway(Exception):
    """No link to that PBX now, or no answer in time. The action may or may not have been carried out."""
