"""The one entry of the core: each input goes to its owner, matching follows, an answer and effects come back.

Pure: `now` is told, nothing is read from outside, and the same inputs always give the same outcomes.
"""

from collections.abc import Callable
from typing import Any

from cti_router.core import aside, inputs
from cti_router.core.advisors.phone_codes import answer_phone_code
from cti_router.core.configuration import Configuration
from cti_router.core.deadlines import Due
from cti_router.core.duty.calendar import Closed, Duty
from cti_router.core.effects import StepOutcome
from cti_router.core.identity import CallId, Instant
from cti_router.core.instructions import Said
from cti_router.core.matching.kinds import Kinds
from cti_router.core.owners import Owners
from cti_router.core.serving.call import Call
from cti_router.core.turn import Turn


class Switchboard(Owners):
    def __init__(self, configuration: Configuration, kinds: Kinds | None = None) -> None:
        super().__init__(configuration, kinds)
        self._inputs, self._dues = self._owners_of_inputs(), self._owners_of_deadlines()

    @property
    def calls(self) -> dict[CallId, Call]:
        """The calls in progress, to be looked at."""
        return self._calls.calls

    @property
    def is_open(self) -> bool:
        """Are offers being made? Not before the PBXs have told what is there."""
        return self.offers.is_open

    def duty(self, now: Instant) -> Duty | Closed:
        return self._duties.at(now)

    def next_deadline(self) -> Instant | None:
        """When `inputs.Tick` is wanted; None: never."""
        return self._deadlines.next_at()

    def step(self, input_: inputs.Input, now: Instant) -> StepOutcome:
        turn = Turn(now, input_.call if isinstance(input_, inputs.Ask) else None)
        said = self._inputs[type(input_)](input_, turn)
        if turn.doubtful_offers:
            self.offers.withdraw(turn)
        self._attempts.look_again(turn)
        if turn.unserved_tickets:
            self._waiting.plan_again(turn)
        self._awaited.look(turn)
        if turn.free_advisors or turn.waiting_tickets or turn.way_opened:
            self.matches.match(turn)
            if self._awaited.let_go(turn) | self._waiting.widen(turn):
                self.matches.match(turn)
            self._waiting.begin(turn)
        if turn.experts_found:
            self._second_level.part_for_experts(turn)
        self._attempts.follow(turn)
        if said is None and isinstance(input_, inputs.Ask):
            said = self._calls.answer(input_, turn)
        self._deadlines.drop_lapsed()
        return StepOutcome(said, tuple(turn.effects))

    def _owners_of_inputs(self) -> dict[type, Callable[[Any, Turn], Said]]:
        """Each input goes to its owner."""
        return {
            inputs.Ask: self._asked,
            inputs.PhoneChanged: self._calls.phone_changed,
            inputs.DirectoryReplied: self._identification.replied,
            inputs.CallerLeft: self._caller_left,
            inputs.TrunkChanged: self._trunk_watch.changed,
            inputs.AnswerUndelivered: self._calls.undelivered,
            inputs.NudgeFailed: self._calls.not_reached,
            inputs.SetPresence: self.roster.set_presence,
            inputs.EndWrapUp: self.roster.end_wrap_up,
            inputs.ExtendWrapUp: self.roster.extend_wrap_up,
            inputs.PbxSynced: self._synced,
            inputs.PbxLost: self._resync.lost,
            inputs.Stalled: self._resync.stalled,
            inputs.Restore: self._restore,
            inputs.Configure: self._configure,
            inputs.Tick: self._time_passed,
            aside.LegEnded: self._leg_ended,
            **self._second_level.inputs(),
            **self._requests.inputs(),
            **self.orders.inputs(),
            **self._attempts.inputs(),
        }

    def _owners_of_deadlines(self) -> dict[Due, Callable[[str, Turn], None]]:
        """Each deadline goes to its owner, with what it is about."""
        return {
            Due.SETTLED: self._resync.settle_due,
            Due.DUTY_CHANGED: self._waiting.duty_changed,
            Due.DRAIN_OVER: self._waiting.drain_over,
            Due.LOOKUP_LATE: self._identification.late,
            Due.KEYED_LATE: self._identification.keyed_late,
            Due.STEP_REACHED: self._waiting.step_due,
            Due.WAIT_BEGUN: self._waiting.begun,
            Due.OFFER_LOST: self._calls.offer_lost,
            Due.CALL_SILENT: self._calls.silent,
            Due.WRAP_UP_OVER: self.roster.wrap_up_due,
            Due.ABSENCE_OVER: self.roster.absence_due,
            Due.REST_OVER: self.roster.rest_due,
            Due.DAY_BEGUN: self.roster.day_begun,
            Due.TRUNK_RESTED: self._trunk_watch.rested,
            Due.PROBE_LATE: self._trunk_watch.probe_late,
            Due.MOVE_LATE: self._second_level.move_late,
            Due.ORDER_DUE: self.orders.due,
            **self._attempts.deadlines(),
        }

    def _asked(self, ask: inputs.Ask, turn: Turn) -> Said:
        if ask.code:
            return answer_phone_code(ask, self.roster, turn)
        refused = self._calls.hear(ask, turn)
        self._resync.heard(ask, self.calls.get(ask.call), turn)
        return refused

    def _caller_left(self, fact: inputs.CallerLeft, turn: Turn) -> None:
        self._trunk_watch.left(fact.call, turn)
        self._calls.left(fact.call, turn)
        self._resync.left(fact.call, turn)
        self._attempts.left(fact.call, turn)

    def _leg_ended(self, fact: aside.LegEnded, turn: Turn) -> None:
        self._trunk_watch.left(fact.id, turn)
        self._second_level.leg_ended(fact, turn)
        self._attempts.left(fact.id, turn)

    def _restore(self, restored: inputs.Restore, turn: Turn) -> None:
        self.roster.restore(restored.presences, turn)
        self.roster.watch_day(turn)
        self._resync.restore(restored.calls, turn)
        self._resync.begin(turn)
        self.orders.restore(restored.orders, turn)
        self._waiting.watch_duty(turn)

    def _synced(self, fact: inputs.PbxSynced, turn: Turn) -> None:
        self._resync.synced(fact, turn)
        self.orders.tell(fact.site, turn)

    def _time_passed(self, _: inputs.Tick, turn: Turn) -> None:
        while (due := self._deadlines.pop_due(turn.now)) is not None:
            self._dues[due[0]](due[1], turn)

    def _configure(self, new: inputs.Configure, turn: Turn) -> None:
        self.configure(new.configuration, new.prepared, turn)
        self._waiting.watch_duty(turn)
