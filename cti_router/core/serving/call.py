"""A call: one caller's visit, from his first ask to his last."""

from dataclasses import dataclass

from cti_router.core.callback import Callback, CallbackState
from cti_router.core.configuration import Number, Requirement, SiteId
from cti_router.core.heard import CallbackOffer
from cti_router.core.history import CallRecord, DecisionRecord, Direction, Outcome, TicketRecord
from cti_router.core.identity import CallId, Cli, Instant, Sought, TicketId
from cti_router.core.instructions import Forward, Instruction, Refuse, TakeMessage
from cti_router.core.ledger.decision import Decision
from cti_router.core.ledger.ledger import Reason
from cti_router.core.ledger.ledger_in_french import sentence, sentences
from cti_router.core.question import Question
from cti_router.core.talk import TALK, Talk, TalkMoved
from cti_router.core.tickets.ticket import Ticket, TicketKind
from cti_router.core.treating.treatment import Heard, Item
from cti_router.core.ways.trunks import outward

_HEARD_NOTHING = Heard()


@dataclass(slots=True)
class CallbackWish:
    """The `offer` to be called back that he heard last, and at which number, as he dials it ("": not another one)."""

    offer: CallbackOffer
    number: str = ""


@dataclass(slots=True)
class Call:
    """`seq` is the ask heard last, `told` the instruction it got, `due_at` when he must have asked again, which is
    looked at when `watched_at` comes.

    `listening`: he is in his music, and his PBX can bring him to the ask: only then may he be nudged, since a redirect
    would cut a talk. `saying` are sounds to be played to their end; `question` is what he is asked after them;
    `parting` is what comes after the last ones, and `regrets` the sounds when that fails. `message` is where his
    voice message is. `ticket` is the one the caller himself waits with or is served by; `consultation` the one his
    advisor waits with meanwhile; `former` those that are over, in order.

    `heard` is what he has heard while he waits, `hears` what he was told to hear then, by his last ask.

    `talk` is where caller and advisor are, since `moved_at` (0.0: never moved); `taken_at` is when an advisor was told
    to take his caller. `leg` is the advisor's channel at this PBX while he is aside ("" where it has not asked),
    `leg_seq` its ask heard last. `transfer_to`: for what the caller is being fetched. `held_until_at`: his advisor lets
    him wait.

    `sought`: by what the directory is being asked for him.

    `wish`: what he keyed of being called back. `noting`: his callback is being committed; he hears about it then, by
    the sounds `afterwards`. `head_start_s`: the age of the callback he asked for before. `callback`: this is one, and
    nobody is on the line but who was found for it.
    """

    id: CallId
    site: SiteId
    channel: str
    cli: Cli
    dnis: str
    number: Number | None
    ticket: Ticket
    consultation: Ticket | None = None
    talk: Talk = Talk.TOGETHER
    moved_at: Instant = 0.0
    taken_at: Instant = 0.0
    leg: str = ""
    leg_seq: int = 0
    transfer_to: Requirement | None = None
    held_until_at: Instant | None = None
    former: tuple[TicketRecord, ...] = ()
    sip: str = ""
    seq: int = 0
    asked_at: Instant = 0.0
    told: Instruction | None = None
    listening: bool = False
    due_at: Instant | None = None
    watched_at: Instant | None = None
    in_fallback: bool = False
    saying: tuple[str, ...] = ()
    question: Question | None = None
    sought: Sought | None = None
    parting: TakeMessage | Forward | Refuse | None = None
    regrets: tuple[str, ...] = ()
    message: str = ""
    duty_site: SiteId | None = None
    outcome: Outcome | None = None
    because: tuple[Reason, ...] = ()
    decisions: tuple[Decision, ...] = ()
    decided_before: tuple[DecisionRecord, ...] = ()
    wish: CallbackWish | None = None
    noting: bool = False
    afterwards: tuple[str, ...] = ()
    head_start_s: float = 0.0
    callback: Callback | None = None
    heard: Heard = _HEARD_NOTHING
    hears: Item | None = None

    def say_why(self, reason: Reason) -> None:
        """Add a reason, once."""
        if reason not in self.because:
            self.because += (reason,)

    def decide(self, decision: Decision) -> None:
        """Keep a decision, unless it says again what the last one said."""
        if not (self.decisions and decision.repeats(self.decisions[-1])):
            self.decisions += (decision,)

    def move(self, moved: TalkMoved, now: Instant) -> bool:
        """Follow the table. False when this cannot happen in the present state: nothing changes then."""
        following = TALK.get((self.talk, moved))
        if following is None:
            return False
        self.talk, self.moved_at = following, 0.0 if moved is TalkMoved.OVER else now
        return True

    @property
    def origin(self) -> str:
        """Where its way to an advisor begins: for a callback, one with a line to the contributor besides."""
        return self.site if self.callback is None else outward(self.site)

    @property
    def is_taken_up(self) -> bool:
        """He hears or keys what nobody may cut short: no advisor is sought for him meanwhile."""
        return bool(self.saying) or (self.question is not None and not self.question.interruptible)

    @property
    def in_progress(self) -> bool:
        """Somebody is on the line: with a callback, once an advisor was found for it."""
        return self.callback is None or self.ticket.offer is not None

    @property
    def rests(self) -> bool:
        """A callback for which no advisor is sought now."""
        return self.callback is not None and self.callback.state is not CallbackState.SEEKING

    def live_tickets(self) -> tuple[Ticket, ...]:
        return (self.ticket, self.consultation) if self.consultation else (self.ticket,)

    def live_ticket(self, id_: TicketId) -> Ticket | None:
        if self.ticket.id == id_:
            return self.ticket
        return self.consultation if self.consultation and self.consultation.id == id_ else None

    def next_ticket_number(self) -> int:
        return 1 + max(each.number for each in self.live_tickets() + self.former)

    def record(self, now: Instant, *, ended: bool = False) -> CallRecord:
        """The call as a row of the history: as it stands now, or as it ends now."""
        ticket = self.ticket
        present = [each.record(now) for each in self.live_tickets()]
        tickets = sorted((*self.former, *present), key=lambda each: each.number)
        served = [each for each in self.former if each.served_s] if ended else []
        serving = next((each for each in (present[0], *reversed(served)) if each.advisor), None)
        waits = [each for each in tickets if each.kind != TicketKind.CONSULTATION]
        return CallRecord(
            id=self.id,
            arrived_at=ticket.arrived_at,
            cli=self.cli.raw,
            dnis=self.dnis,
            entry_site=self.site,
            contributor=ticket.contributor,
            profile=ticket.profile,
            recognition=ticket.recognition,
            duty_site=self.duty_site,
            advisor=serving.advisor if serving else None,
            advisor_site=serving.path[-1] if serving and serving.path else None,
            path=serving.path if serving else (),
            waited_s=round(sum(each.waited_s or 0.0 for each in waits), 3),
            talked_s=round(sum(each.served_s for each in tickets), 3),
            outcome=self.outcome if ended else None,
            because=sentences(self.because),
            tickets=tuple(tickets),
            ended_at=now if ended else None,
            sip=self.sip,
            verified=self.cli.verified,
            decisions=(*self.decided_before, *(decision.told(sentence) for decision in self.decisions)),
            motive=ticket.motive,
            message=self.message,
            direction=Direction.IN if self.callback is None else Direction.OUT,
            author="" if self.callback is None else self.callback.stored.author,
        )
