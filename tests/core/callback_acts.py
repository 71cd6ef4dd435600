"""The callbacks' part of the seeded driver: who asks, the database, the advisors' legs, and the contributors'."""

from collections.abc import Callable
from random import Random

from cti_router.core.aside import HangUp
from cti_router.core.callback import (
    UNDER_WAY,
    AdvisorNotReached,
    AskCallback,
    CallbackAnswer,
    CallbackAsk,
    CallbackSeen,
    CallbackState,
    CallbackStored,
    CancelCallback,
    Heard,
    PlaceCall,
    RingAdvisor,
    StoreCallback,
    StoredCallback,
)
from cti_router.core.effects import StepOutcome
from cti_router.core.inputs import (
    CallerLeft,
    Input,
    PhoneState,
    Presence,
    SetPresence,
)
from cti_router.core.instructions import Accepted
from tests.core.callback_board import CallbackBoard

NUMBERS = (33261910101, 33261910102, 33261910103, 33899700123)
RINGS_END = (Heard.NO_ANSWER, Heard.BUSY, Heard.UNREACHABLE, Heard.NO_WAY, Heard.CANCELLED)
CALLS_END = (Heard.TALKED, Heard.TALKED, *RINGS_END)


class CallbackActs:
    """Mixed into the driver, whose board, chance and callers it has."""

    board: CallbackBoard
    _chance: Random
    _chosen: dict[str, Presence]

    def _check(self) -> None:
        raise NotImplementedError

    def _give(self, input_: Input) -> StepOutcome:
        raise NotImplementedError

    def _wait(self, seconds: float) -> None:
        raise NotImplementedError

    def _phone(self, advisor: str, state: PhoneState) -> None:
        raise NotImplementedError

    def _some_call(self) -> str:
        raise NotImplementedError

    def _some_advisor(self) -> str:
        raise NotImplementedError

    def nobody_is_called_back_yet(self) -> None:
        self._stores: list[StoredCallback] = []
        self._rings: list[RingAdvisor] = []
        self._legs: dict[str, RingAdvisor] = {}
        self._rung: set[str] = set()
        self.called_back = 0
        self.placed = 0

    def acts_of_callbacks(self) -> list[Callable[[], None]]:
        return [
            self.a_callback_is_asked, self.a_callback_is_cancelled, self.a_call_is_placed, *[self.all_goes_well] * 3,
            *[self.the_database] * 6, *[self.an_advisor_is_rung] * 4, *[self.a_leg_goes_on] * 4, self.a_leg_is_gone,
        ]  # fmt: skip

    # what happens

    def a_callback_is_asked(self) -> None:
        call = self._some_call() if self._chance.random() < 0.5 else ""
        later = self._chance.choice([None, None, self.board.now + self._chance.choice([60.0, 7200.0])])
        self._give(AskCallback(call, 0 if call else self._chance.choice(NUMBERS), author="paul", not_before_at=later))

    def a_call_is_placed(self) -> None:
        """Somebody wants to speak with somebody: the first of the advisors who can."""
        for advisor in sorted(self.board.switchboard.roster.states):
            if self._chance.random() < 0.5:
                self._phone(advisor, PhoneState.FREE)
                self._check()
            answer = self._give(PlaceCall(advisor, self._chance.choice(NUMBERS), 7, "paul")).answer
            if isinstance(answer, Accepted):
                self.placed += 1
                break

    def a_callback_is_cancelled(self) -> None:
        open_ = sorted(self.board.switchboard.callbacks.open.values())
        if open_ and self._chance.random() < 0.3:
            self._give(CancelCallback(self._chance.choice(open_), "paul"))

    def all_goes_well(self) -> None:
        """Somebody is to be called back, an advisor is there, and the contributor's phone rings."""
        self._give(AskCallback("", self._chance.choice(NUMBERS), profile="employer", author="paul"))
        self._check()
        advisor = self._some_advisor()
        for _ in range(3):
            while self._stores:
                self.the_database()
                self._check()
            self._phone(advisor, PhoneState.FREE)
            if self._give(SetPresence(advisor, Presence.AVAILABLE)).answer == Accepted():
                self._chosen[advisor] = Presence.AVAILABLE
            self._check()
        if self._rings:
            self.an_advisor_is_rung()

    def the_database(self) -> None:
        """It commits what it was told, in any order, or is away."""
        if not self._stores:
            return
        row = self._stores.pop(self._chance.randrange(len(self._stores)))
        failed = self._chance.random() < 0.2
        if not failed and row.revision > getattr(self.board.rows.get(row.id), "revision", 0):
            self.board.rows[row.id] = row
        self._give(CallbackStored(row.id, row.revision, failed))

    def an_advisor_is_rung(self) -> None:
        if not self._rings:
            return
        ring = self._rings.pop()
        self._phone(ring.advisor, PhoneState.RINGING)
        if self._chance.random() < 0.3:
            self._phone(ring.advisor, PhoneState.FREE)
            self._give(AdvisorNotReached(ring.callback, ring.offer, self._chance.choice(RINGS_END)))
            return
        self._phone(ring.advisor, PhoneState.IN_USE)
        self._leg_asks(ring, Heard.ARRIVED)

    def a_leg_goes_on(self) -> None:
        if not self._legs:
            return
        offer = self._chance.choice(sorted(self._legs))
        ring = self._legs.pop(offer)
        self._wait(self._chance.uniform(1.0, 20.0))
        self._rung.discard(ring.callback)
        if self._chance.random() < 0.5:
            self._phone(ring.advisor, PhoneState.FREE)
        self._leg_asks(ring, self._chance.choice(CALLS_END), ended=self._chance.random() < 0.5)

    def a_leg_is_gone(self) -> None:
        if not self._legs or self._chance.random() < 0.7:
            return
        ring = self._legs.pop(self._chance.choice(sorted(self._legs)))
        self._rung.discard(ring.callback)
        self._phone(ring.advisor, PhoneState.FREE)
        self._give(CallerLeft(f"{ring.path[0]}-{ring.offer}", 16))

    def _leg_asks(self, ring: RingAdvisor, heard: Heard, *, ended: bool = False) -> None:
        talked_s = 10.0 if heard is Heard.TALKED else 0.0
        ask = CallbackAsk(
            ring.callback, ring.path[0], f"PJSIP/{ring.offer}", heard, ring.offer, ring.advisor, talked_s, ended
        )
        answer = self._give(ask).answer
        assert isinstance(answer, CallbackAnswer)
        if answer.instruction is not None:
            assert ring.callback not in self._rung, "the contributor is rung twice at once"
            self._rung.add(ring.callback)
            self._legs[ring.offer] = ring
            self.called_back += 1

    def _legs_at(self, site: str) -> tuple[CallbackSeen, ...]:
        return tuple(
            CallbackSeen(ring.callback, offer, ring.advisor, f"PJSIP/{offer}", calling=True, talked_s=5.0)
            for offer, ring in sorted(self._legs.items())
            if ring.path[0] == site
        )

    # what must hold

    def _check_callbacks(self) -> None:
        for effect in self.board.effects:
            if isinstance(effect, StoreCallback):
                self._stores.append(effect.stored)
            elif isinstance(effect, RingAdvisor):
                if effect.callback not in self.board.switchboard.callbacks.placed:
                    written = self.board.rows.get(effect.callback)
                    assert written is not None
                    assert written.attempt == effect.offer, "rung before it was written"
                self._rings.append(effect)
            elif isinstance(effect, HangUp) and (gone := self._legs.pop(effect.channel.removeprefix("PJSIP/"), None)):
                self._rung.discard(gone.callback)
        callbacks = [call for call in self.board.switchboard.calls.values() if call.callback is not None]
        kept = [call.cli.e164 for call in callbacks if not self.board.callback(call.id).placed]
        assert len(set(kept)) == len(kept), "two callbacks of one number"
        placed = [call.id for call in callbacks if self.board.callback(call.id).placed]
        assert placed == list(self.board.switchboard.callbacks.placed)
        for call in callbacks:
            callback = self.board.callback(call.id)
            assert (call.ticket.offer is not None) == (callback.state in UNDER_WAY), (call.id, callback.state)
            assert callback.state is not CallbackState.ENDED
