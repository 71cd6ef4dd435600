"""Owner of what callers hear while they wait: one prompt, or some music, at each ask; and of why they call."""

from dataclasses import replace
from zoneinfo import ZoneInfo

from cti_router.core.configuration import Configuration
from cti_router.core.duty.duties import Duties
from cti_router.core.heard import Treatment, Value
from cti_router.core.inputs import Ask, Last
from cti_router.core.instructions import Play, Wait
from cti_router.core.ledger import ledger
from cti_router.core.question import Question
from cti_router.core.serving.call import Call
from cti_router.core.serving.clerk import Clerk
from cti_router.core.serving.waiting import Waiting
from cti_router.core.tickets.expected_wait import ExpectedWaits
from cti_router.core.tickets.plan_choice import plan_of, treatment_of
from cti_router.core.tickets.ticket import TicketKind, TicketState
from cti_router.core.treating import spoken
from cti_router.core.treating.information import InformationOfTheDay
from cti_router.core.treating.spoken import Sounds
from cti_router.core.treating.treatment import WAIT_S, Item, Moment, next_item
from cti_router.core.turn import Turn

WAIT_UNLINKED_S = 2.0
"""The longest music between two asks while the PBX cannot be nudged, or before offers are made."""

SHORT_S = 3.0
"""A prompt that an offer cut sooner was not heard: should the offer fail, it is said again."""

KNOWN_AFTER_S = 0.2
"""So long after the directory's time is over it is known who calls, and what he is to hear."""

_WAIT, _WAIT_UNLINKED = Wait(WAIT_S), Wait(WAIT_UNLINKED_S)
_MUSIC = Treatment("")


class Treating:
    def __init__(
        self, configuration: Configuration, information: InformationOfTheDay, expected: ExpectedWaits, clerk: Clerk,
        waiting: Waiting, duties: Duties,
    ) -> None:  # fmt: skip
        self._information = information
        self._expected = expected
        self._clerk = clerk
        self._waiting = waiting
        self._duties = duties
        self._configure(configuration)

    def configure(self, configuration: Configuration, _: Turn) -> None:
        """Who hears something hears it to its end; what comes next is of the new treatments."""
        self._configure(configuration)

    def _configure(self, configuration: Configuration) -> None:
        self._configuration = configuration
        rests = any(number.greeting_rest for number in configuration.numbers.values())
        self._treats = bool(configuration.treatments) or rests
        self._zone = ZoneInfo(configuration.calendar.timezone)
        self._look_up = Wait(min(WAIT_S, configuration.rules.lookup_budget_s + KNOWN_AFTER_S))

    # what comes next

    def next(self, call: Call, told: Item | None, turn: Turn, *, may_be_cut: bool) -> Wait | Play | None:
        """For a caller who waits, or is about to. `told`: what he was told by the same ask before, to be told again.

        `may_be_cut`: he can be brought to an offer meanwhile; else only music is given, and little of it. None: he is
        asked something instead.
        """
        if not (self._treats or self._information.any):
            return _WAIT if may_be_cut else _WAIT_UNLINKED
        treatment = self._treatment(call)
        if not may_be_cut:
            return Wait(WAIT_UNLINKED_S, treatment.music)
        if call.ticket.profile is None:
            return self._look_up  # it is about to be known, and tells what he is to hear
        item = told or next_item(call.heard.of_ticket(call.ticket.number), self._moment(call, treatment, turn))
        while item.offers:
            call.heard = item.heard
            if treatment.callback is not None and self._waiting.offer_callback(call, treatment.callback, turn):
                return None
            item = next_item(call.heard, self._moment(call, treatment, turn))
        call.hears = item
        return Play(item.sounds, item.interruptible) if item.sounds else Wait(item.for_s, treatment.music)

    def heard(self, call: Call, ask: Ask, turn: Turn) -> bool:
        """His ask tells of what he was told to hear last. False when that was none of ours."""
        item, call.hears = call.hears, None
        if ask.last is Last.KEYED:
            call.heard = replace(call.heard, quiet_since_at=turn.now)
        if item is None:
            return False
        if not item.sounds:
            call.heard = item.heard
        elif ask.last is Last.PLAYED:
            took_s, offered = turn.now - call.asked_at, call.ticket.state is TicketState.OFFERED
            if not (offered and took_s < SHORT_S):
                call.heard = replace(item.heard, quiet_since_at=turn.now)
        return True

    def _treatment(self, call: Call) -> Treatment:
        return treatment_of(self._configuration, call.number, call.ticket, call.cli) or _MUSIC

    def _moment(self, call: Call, treatment: Treatment, turn: Turn) -> Moment:
        ticket, number = call.ticket, call.number
        plan = plan_of(self._configuration, number, ticket, call.cli)
        until_at = float("inf") if ticket.kind is TicketKind.CALLBACK else ticket.waits_since_at + plan.end_after_s
        return Moment(
            treatment, number.greeting_rest if number else (), self._information.of(ticket.profile or "", turn.now),
            ticket.arrived_at, ticket.waits_since_at, until_at, turn.now, lambda value: self._known(call, value, turn),
        )  # fmt: skip

    # values

    def spoken(self, call: Call, sounds: Sounds, turn: Turn) -> Sounds:
        """The same with what is known only now, without what is not."""
        return spoken.spoken(sounds, lambda value: self._known(call, value, turn))

    def _known(self, call: Call, value: Value, turn: Turn) -> Sounds | None:
        match value:
            case Value.OPENING:
                opens_at = self._duties.opens_at(turn.now)
                return None if opens_at is None else spoken.opening(opens_at, turn.now, self._zone)
            case Value.POSITION:
                place = self._expected.position(call.ticket)
                return None if place is None else spoken.position(place)
            case Value.WAIT:
                if self._expected.position(call.ticket) is None:
                    return None
                median_s = self._expected.of(call.ticket, turn.now).known_median_s
                return None if median_s is None else spoken.wait(median_s)
            case Value.NUMBER:
                return spoken.number(f"33{wish.number[1:]}") if (wish := call.wish) and wish.number else None

    # why he calls

    def motive_keyed(self, call: Call, question: Question, keys: str, turn: Turn) -> None:
        """What he keyed when he was asked why he calls. A key of no motive: he is asked again, and then no more."""
        menu = self._treatment(call).menu
        motive = self._configuration.motives.get(menu.keys.get(keys, "") if menu else "")
        if motive is not None:
            call.ticket.motive, call.ticket.plan = motive.id, None
            self._clerk.ended(call, call.ticket, "motive", ledger.why_motive(motive), turn)
        elif question.tries_left > 1:
            self._waiting.ask(call, replace(question, tries_left=question.tries_left - 1), turn)
        else:
            self._clerk.ended(call, call.ticket, "motive", ledger.NO_MOTIVE, turn)
