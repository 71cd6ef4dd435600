"""A ticket: what waits in the queue. Everything that moves its state is in one table."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from cti_router.core.certainty import Recognition
from cti_router.core.configuration import AdvisorId, MotiveId, PlanId, ProfileId, Requirement, SiteId, Tie
from cti_router.core.history import OfferRecord, TicketRecord
from cti_router.core.identity import CallId, Instant, OfferId, TicketId
from cti_router.core.matching.queues import Place
from cti_router.core.plans.plan import PlannedStep
from cti_router.core.plans.priority import key
from cti_router.core.tickets.estimate import Told, WaitClass


class TicketKind(StrEnum):
    """What a call waits for."""

    INBOUND = "inbound"
    TRANSFER = "transfer"
    CONSULTATION = "consultation"
    CALLBACK = "callback"
    OUTGOING = "outgoing"  # one advisor wants to speak with somebody: it waits for nobody else


_WORD = r"[a-z][a-z0-9_-]{0,63}"
_KINDS, _RECOGNITIONS = "|".join(TicketKind), "|".join(Recognition)
_TICKET = re.compile(
    rf"\d{{1,4}}/\d{{1,15}}/\d{{1,6}}/(-|{_WORD})/(-|\d{{1,18}})/\d{{1,6}}"
    rf"(/({_KINDS})/(-|{_WORD}:[1-5](\+{_WORD}:[1-5])*)(/(-|\d{{1,15}})"
    rf"(/(-|{_RECOGNITIONS})/(-|{_WORD})(/(-|{_WORD})/(-|{_WORD}))?)?)?)?"
)
_FORMER = (str(TicketKind.INBOUND), "-", "-", "-", "-", "-", "-")
"""What the last fields mean where they are missing: the tickets of former versions end before."""


_NOT_PLANNED = WaitClass("", "")


class TicketState(StrEnum):
    ARRIVED = "arrived"  # not offerable yet: who calls is being looked up, or a greeting is running
    WAITING = "waiting"
    OFFERED = "offered"
    TALKING = "talking"
    LEAVING = "leaving"  # nothing more to route: farewell and release
    ENDED = "ended"


class TicketMoved(StrEnum):
    """What moves a ticket."""

    PLANNED = "planned"
    OFFER_MADE = "offer_made"
    OFFER_FAILED = "offer_failed"
    ANSWERED = "answered"
    TALK_ENDED = "talk_ended"
    DISMISSED = "dismissed"
    CALLER_LEFT = "caller_left"


TICKET: dict[tuple[TicketState, TicketMoved], TicketState] = {
    (TicketState.ARRIVED, TicketMoved.PLANNED): TicketState.WAITING,
    (TicketState.WAITING, TicketMoved.PLANNED): TicketState.WAITING,
    (TicketState.WAITING, TicketMoved.OFFER_MADE): TicketState.OFFERED,
    (TicketState.OFFERED, TicketMoved.OFFER_FAILED): TicketState.WAITING,
    (TicketState.TALKING, TicketMoved.OFFER_FAILED): TicketState.WAITING,
    (TicketState.OFFERED, TicketMoved.ANSWERED): TicketState.TALKING,
    (TicketState.OFFERED, TicketMoved.TALK_ENDED): TicketState.LEAVING,
    (TicketState.TALKING, TicketMoved.TALK_ENDED): TicketState.LEAVING,
    (TicketState.ARRIVED, TicketMoved.DISMISSED): TicketState.LEAVING,
    (TicketState.WAITING, TicketMoved.DISMISSED): TicketState.LEAVING,
    **{(state, TicketMoved.CALLER_LEFT): TicketState.ENDED for state in TicketState},
}


@dataclass(slots=True)
class Ticket:
    """One wait of one call. Its place is its arrival less its bonus, whatever happens to it meanwhile.

    `arrived_at` is the call's; `opened_at` is when this wait began (None: with the call), from which its plan's steps
    count. `requirements` are its own, None for those of its profile and motive. `plan` is the one chosen for it, None
    until it is planned for the first time. Who answered: `advisor`, over `path`, since `answered_at`;
    `serves_since_at` is when he came to speak with the caller himself.
    `told` is what was expected when its wait began, until that wait is over; `judged`: there was such a moment.
    `opened_early`: the last step that an expected wait has opened. `in_charge` of the caller's file, `last_advisor`:
    who served him last. `awaits`: the one of them who has to take it, and nobody else, until `awaits_until_at`.
    """

    call: CallId
    number: int
    arrived_at: Instant
    order: int
    kind: TicketKind = TicketKind.INBOUND
    opened_at: Instant | None = None
    requirements: tuple[Requirement, ...] | None = None
    bonus_s: float = 0.0
    profile: ProfileId | None = None
    recognition: Recognition | None = None
    motive: MotiveId | None = None
    plan: PlanId | None = None
    contributor: int | None = None
    in_charge: AdvisorId | None = None
    last_advisor: AdvisorId | None = None
    awaits: AdvisorId | None = None
    awaits_until_at: Instant = 0.0
    state: TicketState = TicketState.ARRIVED
    steps: tuple[PlannedStep, ...] = ()
    step: int = 0
    opened_early: int = 0
    next_step_at: Instant | None = None
    wait_class: WaitClass = _NOT_PLANNED
    judged: bool = False
    told: Told | None = None
    offer: OfferId | None = None
    offers_made: int = 0
    offers: tuple[OfferRecord, ...] = ()
    advisor: AdvisorId | None = None
    path: tuple[SiteId, ...] = ()
    answered_at: Instant | None = None
    serves_since_at: Instant | None = None
    talked_s: float = 0.0
    served_s: float = 0.0
    id: TicketId = field(init=False)

    def __post_init__(self) -> None:
        self.id = f"{self.call}-{self.number}"

    @property
    def asks(self) -> str:
        """What sets its wait apart from others: its profile and motive, or its own requirements."""
        if self.requirements is None:
            return "/".join(word for word in (self.profile, self.motive) if word)
        return "+".join(f"{wanted.skill}:{wanted.level}" for wanted in self.requirements)

    def preferred(self, ties: tuple[Tie, ...]) -> tuple[AdvisorId, ...]:
        """Whom the caller would be served by best: those who are tied to him so, in this order."""
        if self.in_charge is None and self.last_advisor is None:
            return ()
        tied = {Tie.IN_CHARGE: self.in_charge, Tie.LAST_ADVISOR: self.last_advisor}
        return tuple(dict.fromkeys(advisor for tie in ties if (advisor := tied[tie])))

    def tie_to(self, advisor: AdvisorId) -> Tie | None:
        """What ties the caller to an advisor."""
        if advisor == self.in_charge:
            return Tie.IN_CHARGE
        return Tie.LAST_ADVISOR if advisor == self.last_advisor else None

    @property
    def place(self) -> Place:
        return (key(self.arrived_at, self.bonus_s), self.order, self.id)

    @property
    def waits_since_at(self) -> Instant:
        return self.arrived_at if self.opened_at is None else self.opened_at

    def answered_by(
        self, advisor: AdvisorId | None, path: tuple[SiteId, ...], at: Instant, *, serves: bool = True
    ) -> None:
        """`serves`: the caller himself, not only somebody who asks his advice."""
        self.advisor, self.path, self.answered_at = advisor, path, at
        self.serves_since_at = at if serves else None

    def answered_before(self, at: Instant) -> None:
        """A former router saw the answer: it knows the instant better than whoever met the talk."""
        if self.answered_at is not None and at < self.answered_at:
            if self.serves_since_at == self.answered_at:
                self.serves_since_at = at
            self.answered_at = at

    def unanswered(self) -> None:
        """What looked like an answer was none, or the line broke."""
        self.advisor, self.path, self.answered_at, self.serves_since_at = None, (), None, None

    def talk_ended(self, began_at: Instant, talked_s: float) -> None:
        """Who answered is not on the call any more; the beginning is known better now than when it was seen."""
        if self.serves_since_at == self.answered_at:
            self.serves_since_at = began_at
        self.answered_at, self.talked_s = began_at, talked_s
        if self.serves_since_at is not None:
            self.served_s = max(0.0, talked_s - (self.serves_since_at - began_at))

    def record(self, now: Instant) -> TicketRecord:
        """As a row of the history: as it stands, or ends, now."""
        waited_until_at = now if self.answered_at is None else self.answered_at
        return TicketRecord(
            number=self.number,
            kind=self.kind,
            offers=self.offers,
            opened_at=self.waits_since_at,
            waited_s=max(0.0, round(waited_until_at - self.waits_since_at, 3)),
            advisor=self.advisor,
            path=self.path,
            answered_at=self.answered_at,
            talked_s=round(self.talked_s, 3),
            served_s=round(self.served_s, 3),
        )

    def move(self, moved: TicketMoved) -> bool:
        """Follow the table. False when this cannot happen in the present state: nothing changes then."""
        following = TICKET.get((self.state, moved))
        if following is None:
            return False
        self.state = following
        return True

    def to_text(self) -> str:
        """What the channel carries, enough for a router that has never seen the call to go on with it."""
        arrived_ms, bonus_s = round(self.arrived_at * 1000), round(self.bonus_s)
        skills = "+".join(f"{wanted.skill}:{wanted.level}" for wanted in self.requirements or ())
        opened_ms = "-" if self.opened_at is None else round(self.opened_at * 1000)
        return (
            f"{self.number}/{arrived_ms}/{bonus_s}/{self.profile or '-'}/{self.contributor or '-'}/{self.offers_made}"
            f"/{self.kind}/{skills or '-'}/{opened_ms}/{self.recognition or '-'}/{self.motive or '-'}"
            f"/{self.in_charge or '-'}/{self.last_advisor or '-'}"
        )


def ticket_from_text(call: CallId, text: str, latest_at: Instant, order: int) -> Ticket:
    """The ticket a channel carries. The unreadable gives a new one, arrived at `latest_at`: nobody arrives later."""
    if not _TICKET.fullmatch(text):
        # To the millisecond, as the channel carries it: the same arrival before and after a restart.
        return Ticket(call, number=1, arrived_at=round(latest_at, 3), order=order)
    number, arrived_ms, bonus_s, profile, contributor, offers_made, *more = text.split("/")
    kind, skills, opened_ms, recognition, motive, in_charge, last_advisor = (*more, *_FORMER[len(more) :])
    return Ticket(
        call,
        number=int(number),
        arrived_at=min(int(arrived_ms) / 1000, latest_at),
        order=order,
        bonus_s=float(bonus_s),
        profile=None if profile == "-" else profile,
        contributor=None if contributor == "-" else int(contributor),
        offers_made=int(offers_made),
        kind=TicketKind(kind),
        opened_at=None if opened_ms == "-" else min(int(opened_ms) / 1000, latest_at),
        requirements=None if skills == "-" else tuple(_requirement(skill) for skill in skills.split("+")),
        recognition=None if recognition == "-" else Recognition(recognition),
        motive=None if motive == "-" else motive,
        in_charge=None if in_charge == "-" else in_charge,
        last_advisor=None if last_advisor == "-" else last_advisor,
    )


def _requirement(text: str) -> Requirement:
    skill, level = text.split(":")
    return Requirement(skill, int(level))
