"""A call: one caller's visit, from his first ask to his last."""

from dataclasses import dataclass, field

from cti_router.core.configuration import AdvisorId, Number, SiteId
from cti_router.core.history import CallRecord, Outcome, TicketRecord
from cti_router.core.identity import CallId, Cli, Instant, Recognition
from cti_router.core.model import Instruction
from cti_router.core.ticket import Ticket


@dataclass(slots=True)
class Call:
    """`seq` is the ask heard last, `told` the instruction it got, `due_at` when he must have asked again.

    `listening`: he is in his music, and his PBX can bring him to the ask: only then may he be nudged, since a redirect
    would cut a talk. `saying` are sounds to be played to their end.
    """

    id: CallId
    site: SiteId
    channel: str
    cli: Cli
    dnis: str
    number: Number | None
    ticket: Ticket
    sip: str = ""
    seq: int = 0
    asked_at: Instant = 0.0
    told: Instruction | None = None
    listening: bool = False
    due_at: Instant | None = None
    in_fallback: bool = False
    saying: tuple[str, ...] = ()
    recognition: Recognition | None = None
    in_charge: AdvisorId | None = None
    duty_site: SiteId | None = None
    advisor: AdvisorId | None = None
    advisor_site: SiteId | None = None
    path: tuple[SiteId, ...] = ()
    answered_at: Instant | None = None
    talked_s: float = 0.0
    outcome: Outcome | None = None
    because: list[str] = field(default_factory=list)

    def say_why(self, sentence: str) -> None:
        """Add a reason, once."""
        if sentence not in self.because:
            self.because.append(sentence)

    def record(self, now: Instant, *, ended: bool = False) -> CallRecord:
        """The call as a row of the history: as it stands now, or as it ends now."""
        ticket = self.ticket
        waited_until = now if self.answered_at is None else self.answered_at
        return CallRecord(
            id=self.id,
            arrived_at=ticket.arrived_at,
            cli=self.cli.raw,
            dnis=self.dnis,
            entry_site=self.site,
            contributor=ticket.contributor,
            profile=ticket.profile,
            recognition=self.recognition,
            duty_site=self.duty_site,
            advisor=self.advisor,
            advisor_site=self.advisor_site,
            path=self.path,
            waited_s=max(0.0, round(waited_until - ticket.arrived_at, 3)),
            talked_s=round(self.talked_s, 3),
            outcome=self.outcome if ended else None,
            because=tuple(self.because),
            tickets=(TicketRecord(ticket.number, "inbound", tuple(ticket.offers)),),
            ended_at=now if ended else None,
            sip=self.sip,
        )
