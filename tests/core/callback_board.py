"""A switchboard that calls back, and the words to tell it things."""

from dataclasses import replace
from typing import Self

from cti_router.core.callback import (
    AdvisorNotReached,
    AskCallback,
    Callback,
    CallbackAnswer,
    CallbackAsk,
    CallbacksRead,
    CallbackState,
    CallbackStored,
    CallOut,
    Heard,
    RingAdvisor,
    StoreCallback,
    StoredCallback,
)
from cti_router.core.configuration import CallbackRules, Configuration, EndAction
from cti_router.core.identity import Cli, Contributor
from cti_router.core.inputs import Last, PhoneState
from cti_router.core.instructions import Play, Said, Wait
from cti_router.core.serving.call import Call
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, Board

RULES = CallbackRules(
    attempts=3, retry_after_s=(300.0, 1800.0), ring_s=25.0, keep_for_s=7200.0, per_day=2, at_most=3,
    allow=("33",), refuse=("338",), noted_sounds=("noted",),
)  # fmt: skip


def calling_back(rules: CallbackRules | None = RULES, lines: int = 2) -> Configuration:
    """Plans end with a callback after 65 s, and Caen has lines out."""
    plan = replace(
        CONFIGURATION.plans["standard"], end_action=EndAction.CALLBACK, end_after_s=65.0, end_regrets=("regrets",)
    )
    sites = {**CONFIGURATION.sites, "caen": replace(CONFIGURATION.sites["caen"], public_calls=lines)}
    return replace(CONFIGURATION, plans={"standard": plan}, sites=sites, callback=rules)


class CallbackBoard(Board):
    """`rows` is the database; it takes what it is told at `commit`, unless it is away."""

    def __init__(self, configuration: Configuration | None = None, now: str = "2026-11-23 09:00") -> None:
        super().__init__(configuration or calling_back(), now)
        self.rows: dict[str, StoredCallback] = {}
        self.rung: list[RingAdvisor] = []

    # given

    def open(self, *available: str) -> Self:
        super().open(*available)
        self.read()
        return self

    def read(self, *rows: StoredCallback) -> None:
        """What the database had at the start."""
        self.rows = {row.id: row for row in rows}
        self.give(CallbacksRead(rows))

    def noted(self, e164: int = EMPLOYER_CLI, profile: str | None = "employer") -> str:
        """A callback for a number, committed."""
        before = set(self.switchboard.callbacks.open.values())
        assert self.give(AskCallback(e164=e164, profile=profile, author="paul")).answer is None
        self.commit()
        (id_,) = set(self.switchboard.callbacks.open.values()) - before
        return id_

    def another(self, call: str, e164: int = EMPLOYER_CLI + 1) -> None:
        """Somebody else calls, and waits."""
        self.ask(call, Last.ARRIVED, cli=Cli(f"+{e164}", e164))
        self.know(call, Contributor(8, "SARL Durand", "employer"))
        self.ask(call)

    # when

    def commit(self, *, away: bool = False) -> Said:
        """The database takes what it was told, and says so; the last of its answers."""
        said: Said = None
        stores = [effect.stored for effect in self.effects if isinstance(effect, StoreCallback)]
        self.effects = [effect for effect in self.effects if not isinstance(effect, StoreCallback)]
        for row in stores:
            if not away:
                self.rows[row.id] = row
            said = self.give(CallbackStored(row.id, row.revision, failed=away)).answer
        self.rung += [effect for effect in self.effects if isinstance(effect, RingAdvisor)]
        self.effects = [effect for effect in self.effects if not isinstance(effect, RingAdvisor)]
        return said

    def rings(self) -> RingAdvisor:
        """The one advisor's phone that is to ring since the last look."""
        while any(isinstance(effect, StoreCallback) for effect in self.effects):
            self.commit()
        (ring,) = self.rung
        self.rung.clear()
        return ring

    def no_answer(self, ring: RingAdvisor, why: Heard = Heard.NO_ANSWER) -> None:
        self.phone(ring.advisor, PhoneState.RINGING)
        self.wait(ring.ring_s)
        self.phone(ring.advisor, PhoneState.FREE)
        self.give(AdvisorNotReached(ring.callback, ring.offer, why))

    def picks_up(self, ring: RingAdvisor) -> CallOut | None:
        """The advisor answers his phone; what is done then."""
        self.phone(ring.advisor, PhoneState.RINGING)
        self.phone(ring.advisor, PhoneState.IN_USE)
        return self.leg(ring)

    def leg(
        self, ring: RingAdvisor, heard: Heard = Heard.ARRIVED, talked_s: float = 0.0, *, ended: bool = False
    ) -> CallOut | None:
        """The advisor's leg asks."""
        site, channel = ring.path[0], f"PJSIP/{ring.offer}"
        ask = CallbackAsk(ring.callback, site, channel, heard, ring.offer, ring.advisor, talked_s, ended)
        answer = self.give(ask).answer
        assert isinstance(answer, CallbackAnswer), answer
        return answer.instruction

    def hangs_up(self, ring: RingAdvisor) -> None:
        self.phone(ring.advisor, PhoneState.FREE)

    # then

    def callback(self, id_: str) -> Callback:
        callback = self.call(id_).callback
        assert callback is not None
        return callback

    def state_of(self, id_: str) -> CallbackState:
        return self.callback(id_).state

    def the_callback(self) -> Call:
        (id_,) = self.switchboard.callbacks.open.values()
        return self.call(id_)


OUT = CallOut(str(EMPLOYER_CLI), 25.0, "33261910001")


def at_the_end(board: CallbackBoard, call: str = "c1") -> None:
    """A caller has waited in vain, and hears the plan's last sounds."""
    board.arrive(call)
    assert isinstance(board.ask(call), Wait)
    board.wait(64)
    board.silent.add(call)
    board.wait(1)
    assert board.ask(call) == Play(("sorry",), interruptible=False)
