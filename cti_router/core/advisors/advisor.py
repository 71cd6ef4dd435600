"""An advisor on two axes: presence is chosen, activity is observed. Everything that moves activity is in one table."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from cti_router.core.configuration import Advisor
from cti_router.core.identity import Instant, OfferId
from cti_router.core.inputs import PhoneState, Presence, StoredPresence
from cti_router.core.order import OrderId


class Activity(StrEnum):
    IDLE = "idle"
    OFFERED = "offered"
    TALKING = "talking"
    WRAP_UP = "wrap_up"


class Moved(StrEnum):
    """What moves activity."""

    OFFER_MADE = "offer_made"
    OFFER_FAILED = "offer_failed"
    ANSWERED = "answered"
    TALK_ENDED = "talk_ended"
    WRAP_UP_ENDED = "wrap_up_ended"


ACTIVITY: dict[tuple[Activity, Moved], Activity] = {
    (Activity.IDLE, Moved.OFFER_MADE): Activity.OFFERED,
    (Activity.OFFERED, Moved.OFFER_FAILED): Activity.IDLE,
    (Activity.OFFERED, Moved.ANSWERED): Activity.TALKING,
    # The dialplan's word outweighs the phone's: what looked like an answer was somebody else's call.
    (Activity.TALKING, Moved.OFFER_FAILED): Activity.IDLE,
    (Activity.OFFERED, Moved.TALK_ENDED): Activity.WRAP_UP,
    (Activity.TALKING, Moved.TALK_ENDED): Activity.WRAP_UP,
    (Activity.WRAP_UP, Moved.WRAP_UP_ENDED): Activity.IDLE,
}

HANGS_UP_S = 2.0
"""A phone may be seen in use for so long after its talk; from then on it is in use for something else."""


@dataclass(frozen=True, slots=True)
class Forced:
    """An order says what an advisor is. `own`: what he chose himself, which he is again when the order is over."""

    order: OrderId
    presence: Presence
    own: StoredPresence


@dataclass(slots=True)
class AdvisorState:
    """One advisor now. `phone` None: his PBX has not told yet, or is out of reach.

    `offered_at`: since when his present call keeps him; None when nobody saw that. `occupied_s`: how long calls kept
    him (ring, talk and wrap-up) on the local day `occupied_on`, as far as this router saw it. `until_at`: when his
    absence ends by itself. `phone_today`: the phone of the day he chose, "" for his own; `who.phone` is the one he has,
    "" when somebody else has his.
    """

    who: Advisor
    presence: Presence = Presence.LOGGED_OUT
    reason: str = ""
    presence_since_at: Instant = 0.0
    until_at: Instant | None = None
    phone_today: str = ""
    activity: Activity = Activity.IDLE
    idle_since_at: Instant = 0.0
    offered_at: Instant | None = None
    offer: OfferId | None = None
    phone: PhoneState | None = None
    wrap_up_since_at: Instant = 0.0
    wrap_up_until_at: Instant | None = None
    rests_until_at: Instant = 0.0
    missed: int = 0
    forced: Forced | None = None
    occupied_s: float = 0.0
    occupied_on: date | None = None

    def occupy(self, for_s: float, day: date) -> None:
        """A call kept him for so long; a new day begins with nothing."""
        self.occupied_s = for_s + (self.occupied_s if self.occupied_on == day else 0.0)
        self.occupied_on = day

    def occupied_today_s(self, day: date) -> float:
        return self.occupied_s if self.occupied_on == day else 0.0

    def ready(self, now: Instant) -> bool:
        """May an offer be made to him?"""
        return (
            self.presence is Presence.AVAILABLE
            and self.activity is Activity.IDLE
            and self.phone is PhoneState.FREE
            and self.rests_until_at <= now
        )

    def awaitable(self, now: Instant) -> bool:
        """Is he worth waiting for: can he take a call now, or once he is done with his present one?"""
        if self.activity is not Activity.IDLE or not self.works():
            return self.works()
        return self.ready(now) or (self.phone is not PhoneState.FREE and now < self.idle_since_at + HANGS_UP_S)

    def works(self) -> bool:
        """Is he there to take calls, this one or the next?"""
        return self.presence is Presence.AVAILABLE and self.phone not in (None, PhoneState.UNREACHABLE)

    def move(self, moved: Moved) -> bool:
        """Follow the table. False when this cannot happen in the present activity: nothing changes then."""
        following = ACTIVITY.get((self.activity, moved))
        if following is None:
            return False
        self.activity = following
        return True

    def stored(self) -> StoredPresence:
        """What he chose himself, to be kept."""
        if self.forced is not None:
            return replace(self.forced.own, wrap_up_until_at=self.wrap_up_until_at, phone=self.phone_today)
        return StoredPresence(
            self.who.id, self.presence, self.reason, self.presence_since_at, self.wrap_up_until_at, self.until_at,
            self.phone_today,
        )  # fmt: skip
