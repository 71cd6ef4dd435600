"""Owner of arrivals: a call is met for the first time, and welcomed, let in from a former router, or refused."""

from collections.abc import Collection
from sys import intern

from cti_router.core.calls.identification import Identification
from cti_router.core.calls.second_level import SecondLevel
from cti_router.core.configuration import Configuration, SiteId
from cti_router.core.duty.calendar import Closed
from cti_router.core.duty.duties import Duties
from cti_router.core.effects import Remember
from cti_router.core.history import Outcome
from cti_router.core.identity import CallId
from cti_router.core.inputs import Ask, Last
from cti_router.core.instructions import Refuse
from cti_router.core.ledger import ledger
from cti_router.core.matching.matching import Matching
from cti_router.core.serving.call import Call
from cti_router.core.serving.endings import PARTED, Endings
from cti_router.core.serving.waiting import Waiting
from cti_router.core.tickets.ticket import TicketState, ticket_from_text
from cti_router.core.treating.treatment import adopted
from cti_router.core.turn import Turn
from cti_router.core.ways.voice_ports import VoicePorts

TRY_ELSEWHERE, BUSY, UNALLOCATED = 34, 17, 1
"""Q.850: no circuit available (SIP 503: the carrier tries the next PBX), user busy (486), no such number (404)."""


class Arrivals:
    def __init__(
        self, configuration: Configuration, calls: dict[CallId, Call], matching: Matching, waiting: Waiting,
        identification: Identification, second_level: SecondLevel, voice_ports: VoicePorts, endings: Endings,
        duties: Duties, linked: Collection[SiteId],
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._calls = calls
        self._matching = matching
        self._waiting = waiting
        self._identification = identification
        self._second_level = second_level
        self._voice_ports = voice_ports
        self._endings = endings
        self._duties = duties
        self._linked = linked
        self._orders = 0

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._configuration = configuration

    def meet(self, ask: Ask, turn: Turn) -> Call:
        known = bool(ask.ticket)
        number = self._waiting.number(ask.dnis)
        ticket = ticket_from_text(ask.call, ask.ticket, turn.now - ask.age_s, self.next_order())
        dnis = intern(ask.dnis)  # the same few, in every call
        call = Call(ask.call, ask.site, ask.channel, ask.cli, dnis, number, ticket, sip=ask.sip, asked_at=turn.now)
        self._calls[call.id] = call
        if known or ask.last is not Last.ARRIVED:
            call.heard = adopted(ticket.number, turn.now)
        if known:
            call.say_why(ledger.ADOPTED)
        elif number is not None:
            ticket.motive = number.motive
        if number is None and not known:
            call.parting = Refuse(UNALLOCATED)
            self._waiting.dismiss(call, Outcome.UNKNOWN_NUMBER, (), ledger.UNKNOWN_NUMBER, turn)
        elif ask.last is Last.TALKED:
            self.talked_unseen(call, ask, turn)
        elif ask.last is Last.HELD and ask.offer and ask.advisor in self._configuration.advisors:
            self._second_level.adopt(call, ask.offer, ask.advisor, None, ask.talked_s, turn)
        elif ask.last in PARTED:
            ticket.state = TicketState.LEAVING
            self._endings.parted(call, ask, turn)
        elif known or ask.last is not Last.ARRIVED:
            self._identification.identify(call, turn)
        else:
            self._welcome(call, turn)
        turn.met += (call.id,)
        turn.emit(Remember(call.record(turn.now)))
        return call

    def _welcome(self, call: Call, turn: Turn) -> None:
        number = call.number
        if not self._voice_ports.has_free(call.site):
            self._refuse(call, turn)
            return
        closed = self._duties.at(turn.now)
        if number is not None and isinstance(closed, Closed):
            self._waiting.close(call, call.ticket, closed, turn)
            if call.parting is not None:
                self._identification.identify(call, turn)  # whose message it will be
        else:
            call.saying = number.greeting_sounds if number else ()
            self._identification.identify(call, turn)

    def _refuse(self, call: Call, turn: Turn) -> None:
        """No voice port is free: not answered, so that the carrier tries the next PBX; else a polite busy."""
        number = call.number
        others = (site for site in number.entries if site != call.site and site in self._linked) if number else ()
        elsewhere = next((site for site in others if self._voice_ports.has_free(site)), None)
        call.parting = Refuse(TRY_ELSEWHERE) if elsewhere else Refuse(BUSY, number.busy_sounds if number else ())
        why = ledger.why_refused(self._configuration, call.site, elsewhere)
        self._waiting.dismiss(call, Outcome.REFUSED, (), why, turn)

    def talked_unseen(self, call: Call, ask: Ask, turn: Turn) -> None:
        """A talk that another router began, or that we missed, is over: all that is left is to let the caller go."""
        ticket = call.ticket
        self._matching.dequeue(ticket.id)
        advisor = self._configuration.advisors.get(ask.advisor)
        path = () if advisor is None else tuple(dict.fromkeys((call.site, advisor.site)))
        ticket.answered_by(advisor.id if advisor else None, path, turn.now - ask.talked_s)
        ticket.talk_ended(turn.now - ask.talked_s, ask.talked_s)
        call.outcome = Outcome.ANSWERED
        ticket.state = TicketState.LEAVING

    def next_order(self) -> int:
        """Whose arrival is of the same instant keeps the order of his first ask."""
        self._orders += 1
        return self._orders
