"""Who is on a PBX: callers, advisors at their phones, and the legs that lead to them."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeAlias

from cti_router.core.inputs import Last, PhoneState, Presence

Waits: TypeAlias = Generator[tuple[Any, ...], Any, None]


@dataclass(slots=True)
class Person:
    """An advisor and his phone."""

    id: str
    site: str
    number: str
    leg: "Channel | None" = None
    presence: Presence = Presence.AVAILABLE

    @property
    def phone(self) -> PhoneState:
        if self.leg is None:
            return PhoneState.FREE
        return PhoneState.RINGING if self.leg.answered_at is None else PhoneState.IN_USE


@dataclass(eq=False, slots=True)
class Channel:
    """A caller's (`who` None), or the leg of an advisor (`caller`: whose call it is, `rung_by`: who dialled it)."""

    name: str
    call: str
    who: Person | None = None
    caller: "Channel | None" = None
    rung_by: "Channel | None" = None
    alive: bool = True
    state: str = ""
    last: Last = Last.ARRIVED
    seq: int = 1
    asked: int = 0
    missed: int = 0
    missed_since: float = 0.0
    ticket: str = ""
    offer: str = ""
    advisor: str = ""
    answered_at: float | None = None
    expert_ticket: str = ""
    expert_offer: str = ""
    expert: str = ""
    talked_s: float = 0.0
    keys: str = ""
    holder: "Channel | None" = None
    join: "Channel | None" = None
    peer: "Channel | None" = None
    rings: "Channel | None" = None
    waits: Waits | None = None
    turn: int = 0
    left_by: "Channel | None" = None
    ended_by: str = ""
    ended_at: float | None = None
