"""The one entry of the core: each input goes to its owner, matching follows, an answer and effects come back.

Pure: `now` is told, nothing is read from outside, and the same inputs always give the same outcomes.
"""

from cti_router.core.calendar import Closed, Duty, duty_at
from cti_router.core.call import Call
from cti_router.core.calls import AFTER_TALK_S, Calls
from cti_router.core.configuration import Configuration, SiteId
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.identity import CallId, Instant
from cti_router.core.matching import Matching
from cti_router.core.model import (
    Accepted,
    Answer,
    AnswerUndelivered,
    Ask,
    CallerLeft,
    Configure,
    DirectoryReplied,
    EndWrapUp,
    Input,
    NudgeFailed,
    PbxLost,
    PbxSynced,
    PhoneChanged,
    Refused,
    Restore,
    SetPresence,
    Stalled,
    StepOutcome,
    Tick,
    TrunkChanged,
)
from cti_router.core.offers import Offers
from cti_router.core.phone_codes import answer_phone_code
from cti_router.core.resync import Resync
from cti_router.core.roster import Roster
from cti_router.core.trunks import Trunks
from cti_router.core.turn import Turn
from cti_router.core.waiting import Waiting


class Switchboard:
    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._deadlines = Deadlines()
        calls: dict[CallId, Call] = {}
        self.matching = Matching(configuration.advisors.values())
        self.trunks = Trunks(configuration.trunks.values())
        self.roster = Roster(configuration, self.matching, self._deadlines)
        self.offers = Offers(configuration, calls, self.matching, self.roster, self.trunks, self._deadlines)
        linked: set[SiteId] = set()
        self._waiting = Waiting(configuration, calls, self.matching, self._deadlines)
        self._calls = Calls(configuration, calls, self.matching, self.offers, self._waiting, self._deadlines, linked)
        self._resync = Resync(configuration, self._calls, self.offers, self._deadlines, linked)

    @property
    def calls(self) -> dict[CallId, Call]:
        """The calls in progress, to be looked at."""
        return self._calls.calls

    @property
    def is_open(self) -> bool:
        """Are offers being made? Not before the PBXs have told what is there."""
        return self.offers.is_open

    def duty(self, now: Instant) -> Duty | Closed:
        return duty_at(self.configuration.calendar, now)

    def next_deadline(self) -> Instant | None:
        """When `Tick` is wanted; None: never."""
        return self._deadlines.next_at()

    def step(self, input_: Input, now: Instant) -> StepOutcome:
        turn = Turn(now, asking=input_.call if isinstance(input_, Ask) else None)
        said = self._take(input_, turn)
        self.offers.withdraw(turn)
        self._waiting.plan_again(turn)
        self.offers.match(turn)
        answer: Answer | Accepted | Refused | None = said
        if isinstance(input_, Ask) and said is None:
            answer = self._calls.answer(input_, turn)
        return StepOutcome(answer, tuple(turn.effects))

    def _take(self, input_: Input, turn: Turn) -> Answer | Accepted | Refused | None:
        match input_:
            case Ask(code=code) if code:
                return answer_phone_code(input_, self.roster, turn)
            case Ask():
                refused = self._calls.hear(input_, turn)
                self._resync.heard(input_, self._calls.calls.get(input_.call), turn)
                return refused
            case PhoneChanged():
                over = self.offers.phone_changed(input_, turn)
                if over is not None:
                    self._calls.due(self._calls.calls[over], turn.now + AFTER_TALK_S)
            case DirectoryReplied():
                self._waiting.replied(input_, turn)
            case CallerLeft():
                self._calls.left(input_.call, turn)
                self._resync.left(input_.call, turn)
            case TrunkChanged():
                self.offers.trunk_changed(input_.site, input_.peer, input_.reachable, turn)
            case AnswerUndelivered():
                self._calls.undelivered(input_.call, input_.seq)
            case NudgeFailed():
                self._calls.not_reached(input_.call, turn)
            case SetPresence():
                return self.roster.set_presence(input_, turn)
            case EndWrapUp():
                return self.roster.end_wrap_up(input_, turn)
            case PbxSynced():
                self._resync.synced(input_, turn)
            case PbxLost():
                self._resync.lost(input_.site, turn)
            case Stalled():
                self._resync.begin(turn)
            case Restore():
                self.roster.restore(input_.presences, turn)
                self._resync.restore(input_.calls)
                self._resync.begin(turn)
                self._watch_duty(turn)
            case Configure():
                self._configure(input_.configuration, turn)
            case Tick():
                while (due := self._deadlines.pop_due(turn.now)) is not None:
                    self._fall_due(*due, turn)
        return None

    def _fall_due(self, due: Due, about: str, turn: Turn) -> None:
        match due:
            case Due.SETTLED:
                self._resync.settle_due(turn)
            case Due.DUTY_CHANGED:
                self._waiting.duty_changed(turn)
                self._watch_duty(turn)
            case Due.LOOKUP_LATE:
                self._waiting.lookup_late(about, turn)
            case Due.STEP_REACHED:
                self._waiting.step_due(about, turn)
            case Due.OFFER_LOST:
                if (call := self.offers.lost(about, turn)) is not None:
                    self._waiting.unheard(call)
            case Due.CALL_SILENT:
                self._calls.silent(about, turn)
            case Due.WRAP_UP_OVER:
                self.roster.wrap_up_due(about, turn)
            case Due.REST_OVER:
                self.roster.rest_due(about, turn)
            case Due.TRUNK_RESTED:
                self.offers.trunk_rested(turn)

    def _configure(self, configuration: Configuration, turn: Turn) -> None:
        self.configuration = configuration
        self.matching.configure(configuration.advisors.values())
        self.offers.configure(configuration)
        self.roster.configure(configuration, turn)
        self._calls.configure(configuration)
        self._waiting.configure(configuration, turn)
        self._resync.configure(configuration)
        self._watch_duty(turn)

    def _watch_duty(self, turn: Turn) -> None:
        until_at = self.duty(turn.now).until_at
        if until_at is not None:
            self._deadlines.set(until_at, Due.DUTY_CHANGED)
