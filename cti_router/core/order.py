"""The words of orders: what people command in the middle of a day, each with its author, its start and its end.

An order moves by the table below. `orders.py` carries them out.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from cti_router.core.configuration import AdvisorId, SiteId
from cti_router.core.duty.calendar_orders import CalendarOrders
from cti_router.core.identity import CallId, Instant
from cti_router.core.presence import Presence

OrderId: TypeAlias = str
"""`close-261123-090215`: its kind, and the local day and time at which it was made."""

# ── what is ordered ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Close:
    """Nobody is on duty; with a `site`: only that one serves nobody. `sounds` are played to callers, else their
    number's closed message."""

    message: str
    site: SiteId | None = None
    sounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Swap:
    """Two sites exchange their places in the slots."""

    give: SiteId
    take: SiteId


@dataclass(frozen=True, slots=True)
class Notice:
    """The information of the day."""

    message: str
    sounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Force:
    """An advisor is this, whatever he chose."""

    advisor: AdvisorId
    presence: Presence
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pull:
    """A waiting caller is offered to this advisor, whatever his plan says."""

    call: CallId
    advisor: AdvisorId
    reason: str


Ordered: TypeAlias = Close | Swap | Notice | Force | Pull

# ── an order and what moves it ───────────────────────────────────────────────────────────────────────────────────


class OrderState(StrEnum):
    GIVEN = "given"  # it begins later
    IN_FORCE = "in_force"
    UNDONE = "undone"
    EXPIRED = "expired"
    CARRIED_OUT = "carried_out"  # a pull: it was the matter of an instant


class OrderMoved(StrEnum):
    """What moves an order."""

    BEGAN = "began"
    TAKEN_BACK = "taken_back"
    RAN_OUT = "ran_out"
    DONE = "done"


ORDER: dict[tuple[OrderState, OrderMoved], OrderState] = {
    (OrderState.GIVEN, OrderMoved.BEGAN): OrderState.IN_FORCE,
    (OrderState.GIVEN, OrderMoved.DONE): OrderState.CARRIED_OUT,
    (OrderState.GIVEN, OrderMoved.TAKEN_BACK): OrderState.UNDONE,
    (OrderState.IN_FORCE, OrderMoved.TAKEN_BACK): OrderState.UNDONE,
    # It came and went while no router ran.
    (OrderState.GIVEN, OrderMoved.RAN_OUT): OrderState.EXPIRED,
    (OrderState.IN_FORCE, OrderMoved.RAN_OUT): OrderState.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Order:
    """One row. In force from `from_at` (included) to `until_at` (excluded), or until it is undone.

    `over_at`: since when it is over, None while it is not. `undone_by`: who took it back, "" when nobody did.
    """

    id: OrderId
    what: Ordered
    author: str
    made_at: Instant
    from_at: Instant
    until_at: Instant
    state: OrderState = OrderState.GIVEN
    over_at: Instant | None = None
    undone_by: str = ""

    @property
    def is_over(self) -> bool:
        return self.over_at is not None

    @property
    def ends_at(self) -> Instant:
        return self.until_at if self.over_at is None else self.over_at

    def move(self, moved: OrderMoved, over_at: Instant | None = None, undone_by: str = "") -> "Order | None":
        """Follow the table. None when this cannot happen in the present state."""
        following = ORDER.get((self.state, moved))
        if following is None:
            return None
        return replace(self, state=following, over_at=over_at, undone_by=undone_by)


# ── inputs, answers, effects ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class GiveOrder:
    """A person's order. `from_at` None: from now on."""

    what: Close | Swap | Notice | Force
    author: str
    until_at: Instant
    from_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class UndoOrder:
    """A person takes an order back."""

    order: OrderId
    author: str


@dataclass(frozen=True, slots=True)
class PullTicket:
    """A supervisor gives a waiting caller to an advisor who is ready."""

    call: CallId
    advisor: AdvisorId
    reason: str
    author: str


@dataclass(frozen=True, slots=True)
class OrderTaken:
    """An order was given, or undone."""

    order: Order


@dataclass(frozen=True, slots=True)
class RememberOrder:
    """To be written through before the person is told."""

    order: Order


@dataclass(frozen=True, slots=True)
class TellFallback:
    """Let the PBX of `site` know, for the time without a router, what is ordered over the calendar."""

    site: SiteId
    orders: CalendarOrders
