"""Owner of the second level: what becomes of transfers, consultations and holds, whatever else happens meanwhile.

The router says who goes where; what must not depend on it is the dialplan's: an advisor's leg that finds no router
takes its caller back, and an expert who is left alone takes him over.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from cti_router.core import aside
from cti_router.core.calls.further_tickets import FurtherTickets, talked_so_far_s
from cti_router.core.configuration import AdvisorId, Configuration, Requirement, SiteId
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.effects import Noticed
from cti_router.core.identity import CallId, Instant, OfferId
from cti_router.core.inputs import Ask, ChannelSeen, Last, LegAsk
from cti_router.core.instructions import LegAnswer, LegInstruction, Refused, Release, Said
from cti_router.core.serving.call import Call
from cti_router.core.serving.clerk import Clerk
from cti_router.core.serving.offers import Offers
from cti_router.core.serving.waiting import Waiting
from cti_router.core.talk import Talk, TalkMoved
from cti_router.core.tickets.ticket import TicketState, ticket_from_text
from cti_router.core.turn import Turn

HELD_S = 5.0
"""The longest music between two asks of a caller whose advisor is aside."""

HOLD_S, HOLD_AT_MOST_S = 15.0, 300.0
"""What an advisor's leg waits between two asks, and after what it takes its caller back by itself."""

TAKES_S = 1.0
"""An advisor who is taking his caller can ask for nothing else meanwhile: two moves would cross."""

MOVE_WITHIN_S = 3.0
"""A move at a PBX takes milliseconds; one that did not happen by then does not."""


class SecondLevel:
    def __init__(
        self, configuration: Configuration, calls: Mapping[CallId, Call], offers: Offers, waiting: Waiting,
        clerk: Clerk, deadlines: Deadlines, linked: Collection[SiteId],
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._calls = calls
        self._offers = offers
        self._waiting = waiting
        self._deadlines = deadlines
        self._linked = linked
        self._tickets = FurtherTickets(configuration, offers, waiting, clerk)

    def configure(self, configuration: Configuration, turn: Turn) -> None:
        self._configuration = configuration
        self._tickets.configure(configuration, turn)

    def inputs(self) -> dict[type, Callable[[Any, Turn], Said]]:
        return {
            LegAsk: self.leg_asks,
            aside.LegUntold: self.leg_untold,
            aside.MoveFailed: self.move_failed,
        }

    # begun by a request; False when it cannot be now

    def transfer(self, call: Call, wanted: Requirement, turn: Turn) -> bool:
        if call.talk is Talk.ASIDE:  # he hears music already
            self.release_leg(call, turn)
            self._tickets.transfer(call, wanted, talked_so_far_s(call.ticket, turn.now), turn)
            return True
        if not call.move(TalkMoved.FETCH_ASKED, turn.now):
            return False
        call.transfer_to = wanted
        turn.emit(aside.Fetch(call.id, call.site, call.channel))
        self._deadlines.set(turn.now + MOVE_WITHIN_S, Due.MOVE_LATE, call.id)
        return True

    def consult(self, call: Call, wanted: Requirement, turn: Turn) -> None:
        """The talk goes on until an expert is found."""
        self._tickets.consult(call, wanted, turn)

    def hold(self, call: Call, turn: Turn) -> bool:
        if not self._part(call, turn):
            return False
        call.held_until_at = turn.now + HOLD_AT_MOST_S
        return True

    def cancel(self, call: Call, turn: Turn) -> None:
        self._tickets.end_consultation(call, turn)
        self.bring_back(call, turn)

    def bring_back(self, call: Call, turn: Turn) -> None:
        """The advisor's leg asks again, and is told to take its caller. One that is being parted asks anyway."""
        call.held_until_at = None
        if call.talk is Talk.ASIDE and call.leg:
            turn.emit(aside.NudgeLeg(call.id, call.site, call.leg))

    def release_leg(self, call: Call, turn: Turn) -> None:
        if call.leg:
            turn.emit(aside.HangUp(call.id, call.site, call.leg))

    def part_for_experts(self, turn: Turn) -> None:
        """An expert was found: caller and advisor are parted, or the advisor, who is aside already, is told."""
        for call in (self._calls[id_] for id_ in turn.experts_found):
            if call.talk is Talk.ASIDE:
                self.bring_back(call, turn)
            else:
                self._part(call, turn)

    # what the caller's asks tell

    def heard(self, call: Call, ask: Ask, turn: Turn) -> bool:
        """An ask of a caller whom an advisor has, or had. False when it is as any other."""
        if call.ticket.state is not TicketState.TALKING:
            return False
        if ask.ended:
            return call.moved_at > 0 and ask.last is Last.CANCELLED  # he hung up as he was moved: they did talk
        if call.consultation is not None and ask.offer == call.consultation.offer:
            self._to_expert(call, turn)  # who took him while we did not listen
        his = ask.offer == call.ticket.offer
        if his and (ask.last in _TALKED or ask.last in _NEVER_TALKED):
            heard = ask.last in _TALKED and self._put_down(call, ask.talked_s, turn)
        else:
            heard = self._apart(call, ask, turn)
        if not heard:
            self._over(call, turn)
        return heard

    def _apart(self, call: Call, ask: Ask, turn: Turn) -> bool:
        """He asks without having been hung up on: they are parted, or he has lost his advisor."""
        late = turn.now >= max(call.moved_at, call.taken_at) + MOVE_WITHIN_S
        match call.talk:
            case Talk.FETCHING:
                self._fetched(call, talked_so_far_s(call.ticket, turn.now), turn)
            case Talk.PARTING:
                call.move(TalkMoved.PARTED, turn.now)
            case Talk.ASIDE if ask.last not in (Last.HELD, Last.CANCELLED) and (
                late or not self._offers.holds(call.ticket)
            ):
                self._left_by_all(call, turn)
            case Talk.TOGETHER:
                return self._not_taken(call, ask, turn)
        return True

    def _not_taken(self, call: Call, ask: Ask, turn: Turn) -> bool:
        """He asks, though he should talk: his advisor may be about to take him, or they were parted too late."""
        if not call.moved_at or ask.last not in (Last.HELD, Last.LEFT, Last.CANCELLED):
            return False
        gone = ask.last is Last.LEFT and not call.leg  # the leg that was to take him was seen to end
        if gone or (ask.last is not Last.HELD and turn.now >= call.taken_at + MOVE_WITHIN_S):
            self._left_by_all(call, turn)
        return True

    def holds(self, call: Call, now: Instant) -> bool:
        """Is a caller who asks to hear music, since his advisor is aside, or about to take him?"""
        return (
            call.talk is not Talk.TOGETHER or isinstance(call.told, aside.Held) or now < call.taken_at + MOVE_WITHIN_S
        )

    def _put_down(self, call: Call, talked_s: float, turn: Turn) -> bool:
        """The advisor put his handset down in the talk. False when that ends the call, as ever."""
        if call.talk is Talk.FETCHING:
            self._fetched(call, talked_s, turn)
        elif call.consultation is not None and call.talk is not Talk.ASIDE:
            self._tickets.wait_for_expert(call, talked_s, turn)
        else:
            return False
        return True

    def _fetched(self, call: Call, talked_s: float, turn: Turn) -> None:
        if call.transfer_to is not None:
            self._tickets.transfer(call, call.transfer_to, talked_s, turn)

    def ended(self, call: Call, turn: Turn) -> None:
        """The caller is gone: nobody waits for an expert any more, nobody stays aside."""
        self._over(call, turn)

    def _over(self, call: Call, turn: Turn) -> None:
        if call.talk is Talk.ASIDE:
            self.release_leg(call, turn)
        self._tickets.end_consultation(call, turn)
        call.transfer_to = call.held_until_at = None
        call.move(TalkMoved.OVER, turn.now)

    # what the advisor's leg asks, and tells

    def leg_asks(self, ask: LegAsk, turn: Turn) -> LegAnswer | Refused:
        """What an advisor's leg does next, beside its caller. Whoever has no caller any more is let go."""
        call = self._calls.get(ask.call)
        if call is None:
            return Refused(f"call {ask.call} is not known: the leg takes its caller back")
        if call.consultation is not None and ask.offer == call.consultation.offer:
            self._to_expert(call, turn)  # he is alone: who asked him is gone
        if ask.offer != call.ticket.offer or call.talk is Talk.FETCHING:
            return LegAnswer(Release())
        call.leg, call.leg_seq = ask.channel, ask.seq
        if call.consultation is not None and ask.expert_offer == call.consultation.offer and ask.last in _DIALLED:
            last = Last.TALKED if ask.last is Last.CUT else ask.last
            self._offers.ended(call.consultation, last, ask.talked_s, turn)
            self._tickets.end_consultation(call, turn, str(ask.last))
        call.move(TalkMoved.PARTED, turn.now)
        told = self._beside(call, turn)
        expert_ticket = call.consultation.to_text() if call.consultation else ""
        return LegAnswer(told, expert_ticket)

    def _beside(self, call: Call, turn: Turn) -> LegInstruction:
        consultation = call.consultation
        if consultation is not None and consultation.state is TicketState.OFFERED:
            call.held_until_at = None
            return self._offers.dial(consultation, turn)
        if consultation is not None and consultation.state is TicketState.TALKING:
            self._tickets.end_consultation(call, turn)  # it asks, so it does not talk with him
        if call.held_until_at is not None and turn.now < call.held_until_at:
            return aside.Hold(min(HOLD_S, call.held_until_at - turn.now))
        self._taken(call, turn)
        return aside.Take()

    def leg_untold(self, fact: aside.LegUntold, turn: Turn) -> None:
        """It takes its caller back by itself: no nudge may reach it."""
        call = self._calls.get(fact.call)
        if call is not None and (call.leg, call.leg_seq) == (fact.channel, fact.seq):
            if call.consultation is not None and call.consultation.state is not TicketState.WAITING:
                self._tickets.end_consultation(call, turn, "lost")
            self._taken(call, turn)

    def leg_ended(self, fact: aside.LegEnded, turn: Turn) -> None:
        call = self._calls.get(fact.call)
        if call is not None and call.leg == fact.channel:
            call.leg = ""
            if call.talk is Talk.ASIDE:
                self._left_by_all(call, turn)

    # what did not happen

    def move_failed(self, fact: aside.MoveFailed, turn: Turn) -> None:
        """They talk on as before; an expert who was found for it is let go."""
        call = self._calls.get(fact.call)
        if call is None or not call.move(TalkMoved.NOT_MOVED, turn.now):
            return
        call.transfer_to = call.held_until_at = None
        if call.consultation is not None and call.consultation.state is TicketState.OFFERED:
            self._tickets.end_consultation(call, turn, "lost")

    def move_late(self, call_id: CallId, turn: Turn) -> None:
        call = self._calls.get(call_id)
        if call and call.talk in (Talk.FETCHING, Talk.PARTING) and turn.now >= call.moved_at + MOVE_WITHIN_S:
            turn.emit(Noticed("move_late", call_id))
            self.move_failed(aside.MoveFailed(call_id), turn)

    def expert_lost(self, call: Call, turn: Turn) -> None:
        """Nothing was heard of the expert who was to be rung."""
        self._tickets.end_consultation(call, turn, "lost")
        self.bring_back(call, turn)

    def reachable(self, site: SiteId, turn: Turn) -> None:
        """A PBX can be asked to move its calls: experts are sought again."""
        for call in self._calls.values():
            if call.site == site and call.consultation is not None:
                self._waiting.plan(call, call.consultation, turn)

    # after a restart, or a standstill

    def adopt(
        self, call: Call, offer: OfferId, advisor: AdvisorId, via: SiteId | None, talked_s: float, turn: Turn
    ) -> None:
        """A caller met in the music of an advisor who is aside."""
        call.ticket.state = TicketState.WAITING
        self._offers.adopt(call, call.ticket, offer, advisor, via, talked_s, turn)
        call.talk, call.moved_at = Talk.ASIDE, turn.now

    def legs_seen(self, call: Call, legs: Iterable[aside.AsideSeen], turn: Turn) -> None:
        """Where the advisor's leg is, and whom it rings or talks with."""
        by_offer = {leg.offer: leg for leg in legs}
        mine = by_offer.get(call.ticket.offer or "")
        if call.talk is not Talk.ASIDE or mine is None:
            return
        call.leg = mine.channel
        if mine.state == "hold" and call.held_until_at is None:
            call.held_until_at = turn.now + HOLD_AT_MOST_S
        if mine.state != "dial" or mine.expert not in self._configuration.advisors or call.consultation is not None:
            return
        expert = by_offer.get(mine.expert_offer)
        talked_s = expert.talked_s if expert and mine.bridged else None
        via = expert.via if expert else None
        self._adopt_expert(call, mine.expert_ticket, mine.expert_offer, mine.expert, via, talked_s, turn)

    def joined(self, call: Call, seen: ChannelSeen, turn: Turn) -> None:
        """A caller found in a talk: whoever was to take him did."""
        offer = seen.offer
        if call.consultation is None and offer != call.ticket.offer and seen.advisor in self._configuration.advisors:
            self._adopt_expert(call, seen.ticket, offer, seen.advisor, None, seen.talked_s, turn)
        if call.consultation is not None and offer == call.consultation.offer:
            self._to_expert(call, turn)
        if offer == call.ticket.offer and call.talk is Talk.ASIDE:
            if call.consultation is not None and call.consultation.state is not TicketState.WAITING:
                self._tickets.end_consultation(call, turn)
            self._taken(call, turn)

    # inside

    def _adopt_expert(
        self, call: Call, text: str, offer: OfferId, expert: AdvisorId, via: SiteId | None, talked_s: float | None,
        turn: Turn,
    ) -> None:  # fmt: skip
        """He was found by a former router: what that one wrote of his ticket goes on."""
        ticket = ticket_from_text(call.id, text, turn.now, call.ticket.order)
        if ticket.number <= call.ticket.number or self._offers.is_taken(expert):
            return
        for kept in call.former:
            if kept.number == ticket.number:
                ticket.offers = kept.offers
        call.former = tuple(kept for kept in call.former if kept.number != ticket.number)
        ticket.state, call.consultation = TicketState.WAITING, ticket
        self._offers.adopt(call, ticket, offer, expert, via, talked_s, turn)

    def _part(self, call: Call, turn: Turn) -> bool:
        if call.site not in self._linked or not call.move(TalkMoved.PART_ASKED, turn.now):
            return False
        call.leg = ""
        turn.emit(aside.Part(call.id, call.site, call.channel))
        self._deadlines.set(turn.now + MOVE_WITHIN_S, Due.MOVE_LATE, call.id)
        return True

    def _taken(self, call: Call, turn: Turn) -> None:
        call.move(TalkMoved.TAKEN, turn.now)
        call.taken_at = turn.now
        call.held_until_at = call.due_at = None
        call.listening = False

    def _left_by_all(self, call: Call, turn: Turn) -> None:
        """The advisor's leg is gone while his caller hears music."""
        if call.consultation is None:
            self._tickets.wait_again(call, turn)
        elif call.consultation.state is TicketState.TALKING:
            self._to_expert(call, turn)
        else:
            self._tickets.wait_for_expert(call, talked_so_far_s(call.ticket, turn.now), turn)

    def _to_expert(self, call: Call, turn: Turn) -> None:
        """The expert's leg is about to ask, and takes him."""
        self._tickets.hand_to_expert(call, turn)
        call.leg, call.held_until_at, call.moved_at = "", None, turn.now


_TALKED = (Last.TALKED, Last.CUT)
_NEVER_TALKED = (Last.NO_ANSWER, Last.BUSY, Last.UNREACHABLE, Last.NO_WAY)
_DIALLED = (*_TALKED, *_NEVER_TALKED, Last.CANCELLED)
