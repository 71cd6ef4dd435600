"""The switchboard in real time: inputs are stamped with the clock, effects are carried out, deadlines are kept."""

import asyncio
import time
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

from cti_router.calling_back import CallingBack
from cti_router.core.aside import Fetch, HangUp, LegUntold, MoveFailed, NudgeLeg, Part
from cti_router.core.callback import CallbackAnswer, CallbackAsk, RingAdvisor, StoreCallback
from cti_router.core.effects import (
    Decided,
    Effect,
    LookUp,
    LookUpKeyed,
    Noticed,
    NotPlayed,
    Nudge,
    Pop,
    PresenceChanged,
    ProbeTrunk,
    Remember,
    StepOutcome,
)
from cti_router.core.history import CallRecord
from cti_router.core.identity import CallId, Instant
from cti_router.core.inputs import AnswerUndelivered, Ask, Input, LegAsk, NudgeFailed, Request, Stalled, Tick
from cti_router.core.instructions import Accepted, Answer, LegAnswer, Refused, Release, Wait
from cti_router.core.order import OrderTaken, RememberOrder, TellFallback
from cti_router.core.switchboard import Switchboard
from cti_router.interfaces import CallbackBook, Directory, Journal, Memory, Observer, PbxAway, Pbxs
from cti_router.looking_up import looked_up

HEARTBEAT_S = 0.5
STALLED_AFTER_S = 2.5
"""A standstill longer than this: the dialplan's callers may be in the fallback by now."""

ASKS_PER_SECOND = 20
"""A call that asks more often than this is held for a second: its dialplan or its sounds are broken."""

NUDGE_PATIENCE_S = 1.5
"""A little more than the nudge itself may take."""

KNOWN_SOON_S = 0.003
"""How long the first ask of a call is held for the directory: who is known by then needs no music and no nudge."""

CLOCK_STEP_S = 1.0

_log = structlog.get_logger()


class Clock:
    """Wall time at the start plus the monotonic clock; `offset_s` puts a demo's day elsewhere."""

    def __init__(self, offset_s: float = 0.0) -> None:
        self._offset_s = offset_s
        self._anchor = time.time() + offset_s - time.monotonic()

    def now(self) -> Instant:
        return self._anchor + time.monotonic()

    def follow(self) -> float:
        """Take over a step of the wall clock (NTP, a machine that slept). How far it was, in seconds, 0.0 for none."""
        drift_s = time.time() + self._offset_s - self.now()
        if abs(drift_s) < CLOCK_STEP_S:
            return 0.0
        self._anchor += drift_s
        return drift_s


@dataclass(slots=True)
class _Held:
    """An ask whose answer is held until the directory has replied. `news`: what it will be told has changed since."""

    replied: asyncio.Event = field(default_factory=asyncio.Event)
    news: bool = False


class Live:
    """Drives one switchboard. Its tasks live in the group it is given."""

    def __init__(
        self,
        switchboard: Switchboard,
        clock: Clock,
        tasks: asyncio.TaskGroup,
        *,
        directory: Directory,
        memory: Memory,
        pbxs: Pbxs,
        book: CallbackBook,
        journal: Journal,
        observer: Observer,
    ) -> None:
        self.switchboard = switchboard
        self._clock = clock
        self._tasks = tasks
        self._directory = directory
        self._memory = memory
        self._pbxs = pbxs
        self._journal = journal
        self._observer = observer
        self.calling_back = CallingBack(book, pbxs, self.tell, self._spawn)
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: Instant | None = None
        self._beat_at = time.monotonic()
        self._nudges: dict[CallId, asyncio.Event] = {}
        self._held: dict[CallId, _Held] = {}
        self._moves: dict[CallId, asyncio.Future[bool]] = {}
        self._paces: dict[CallId, tuple[int, int]] = {}

    async def run(self) -> None:
        """The heartbeat: keeps the time of the last sign of life, so that a standstill is noticed."""
        try:
            while True:
                await asyncio.sleep(HEARTBEAT_S)
                self._beat()
                if stepped_s := self._clock.follow():
                    _log.warning("clock_stepped", by_s=round(stepped_s, 3))
                    self.tell(Tick())
                last_second = int(time.monotonic()) - 1
                self._paces = {call: pace for call, pace in self._paces.items() if pace[0] >= last_second}
        finally:
            self._cancel_timer()  # its deadline would come when there is no group for its tasks any more

    async def ask(self, ask: Ask | LegAsk | CallbackAsk) -> Answer | LegAnswer | CallbackAnswer | None:
        """The answer to an ask; None when it is refused."""
        if isinstance(ask, CallbackAsk):
            return self.calling_back.answer(ask)
        await self._keep_pace(ask.call)
        if isinstance(ask, LegAsk):
            return await self._leg_asks(ask)
        if (nudged := self._nudges.get(ask.call)) is not None:
            # A redirect is on its way to this channel: an answer given now would be cut by it.
            try:
                await asyncio.wait_for(nudged.wait(), NUDGE_PATIENCE_S)
            except TimeoutError:
                _log.warning("nudge_unanswered", call=ask.call)
        outcome = self._step(ask)
        if any(isinstance(effect, LookUp | LookUpKeyed) for effect in outcome.effects) and _says_wait(outcome):
            outcome = await self._known_soon(ask, outcome)
        await self._stored(outcome)
        if isinstance(outcome.answer, Answer):
            return outcome.answer
        if isinstance(outcome.answer, Refused) and not ask.ended:
            _log.warning("ask_refused", call=ask.call, why=outcome.answer.why)
            return None
        return Answer(Release(), ask.ticket, ask.seq + 1)  # nobody is there any more

    async def _known_soon(self, ask: Ask, outcome: StepOutcome) -> StepOutcome:
        """Hold the answer to an ask for the directory's reply, or for an offer; the ask is put again when one came."""
        held = self._held[ask.call] = _Held()
        try:
            async with asyncio.timeout(KNOWN_SOON_S):
                await held.replied.wait()
        except TimeoutError:
            pass  # he waits, and is nudged
        finally:
            if self._held.get(ask.call) is held:
                del self._held[ask.call]
        return self._step(ask) if held.news or held.replied.is_set() else outcome

    async def _leg_asks(self, ask: LegAsk) -> LegAnswer | None:
        outcome = self._step(ask)
        await self._stored(outcome)
        if isinstance(outcome.answer, LegAnswer):
            return outcome.answer
        _log.warning("leg_ask_refused", call=ask.call, channel=ask.channel)
        return None

    def undelivered(self, ask: Ask | LegAsk | CallbackAsk) -> None:
        if isinstance(ask, LegAsk):
            self.tell(LegUntold(ask.call, ask.channel, ask.seq))
        elif isinstance(ask, Ask) and not ask.ended:  # a callback's leg asks again, or is gone, which is told
            self.tell(AnswerUndelivered(ask.call, ask.seq))

    async def request(self, request: Request) -> Accepted | OrderTaken | Refused:
        """A person's request: it is stored, and begun at the PBX, before it is acknowledged."""
        outcome = self._step(request)
        await self._stored(outcome)
        moves = [effect.call for effect in outcome.effects if isinstance(effect, Fetch | Part)]
        if not all([await self._moves[call] for call in moves if call in self._moves]):
            return Refused("the PBX did not carry it out: the talk goes on")
        assert isinstance(outcome.answer, Accepted | OrderTaken | Refused)  # noqa: S101 — so says the core
        return outcome.answer

    def tell(self, fact: Input) -> StepOutcome:
        """A fact: most who tell one wait for no answer."""
        outcome = self._step(fact)
        for effect in outcome.effects:
            if isinstance(effect, PresenceChanged):
                self._spawn(self._memory.store_presence(effect.stored))
            elif isinstance(effect, RememberOrder):
                self._spawn(self._memory.store_order(effect.order))
        return outcome

    def records(self) -> list[CallRecord]:
        """The calls in progress, as rows of the history: of the callbacks those for which an advisor was found."""
        return [call.record(self.now()) for call in self.switchboard.calls.values() if call.in_progress]

    def now(self) -> Instant:
        return self._clock.now()

    def _step(self, input_: Input) -> StepOutcome:
        self._beat()
        began, now = time.perf_counter(), self._clock.now()
        outcome: StepOutcome | None = None
        try:
            outcome = self.switchboard.step(input_, now)
        finally:
            self._journal.keep(input_, now, outcome)
        took_s = time.perf_counter() - began
        for effect in outcome.effects:
            self._carry_out(effect)
        self._set_timer()
        self._observer.observe(input_, outcome, took_s)  # last: nobody waits for it
        return outcome

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Nudge(call=call) if (held := self._held.get(call)) is not None:
                held.news = True
            case Nudge():
                answered = self._nudges[effect.call] = asyncio.Event()
                self._spawn(self._nudge(effect, answered, self._pbxs.nudge(effect.site, effect.channel)))
            case Fetch() | Part():
                answered = self._nudges[effect.call] = asyncio.Event()
                moved = self._moves[effect.call] = asyncio.get_running_loop().create_future()
                self._spawn(self._move(effect, answered, moved))
            case NudgeLeg() | HangUp():
                self._spawn(self._beside(effect))
            case LookUp() | LookUpKeyed():
                self._spawn(self._look_up(effect))
            case StoreCallback() | RingAdvisor():
                self.calling_back.carry_out(effect)
            case ProbeTrunk():
                self._spawn(self._probe(effect))
            case Remember(record=record):
                self._remember(record)
            case Decided():
                _log.debug("decided", call=effect.call, what=effect.decision.what)
            case NotPlayed():
                _log.warning("not_played", call=effect.call, site=effect.site, sounds=" ".join(effect.sounds))
            case Noticed():
                _log.warning(effect.what, about=effect.about)
            case TellFallback():
                self._spawn(self._tell_fallback(effect))
            case RememberOrder(order=order):
                _log.info("order", order=order.id, state=order.state, author=order.author, undone_by=order.undone_by)
            case Pop() | PresenceChanged():
                pass  # shown by who observes; stored by who gave the input: a person waits for it, a fact does not

    async def _nudge(self, nudge: Nudge, answered: asyncio.Event, sent: Awaitable[bool]) -> None:
        try:
            await sent
        except PbxAway as away:
            _log.warning("nudge_failed", call=nudge.call, site=nudge.site, why=str(away))
            self.tell(NudgeFailed(nudge.call))
        finally:
            answered.set()
            if self._nudges.get(nudge.call) is answered:
                del self._nudges[nudge.call]

    async def _move(self, move: Fetch | Part, answered: asyncio.Event, moved: asyncio.Future[bool]) -> None:
        done = False
        try:
            done = await self._moved(move)
        finally:
            moved.set_result(done)
            answered.set()
            if self._nudges.get(move.call) is answered:
                del self._nudges[move.call]
            if self._moves.get(move.call) is moved:
                del self._moves[move.call]
        if not done:
            self.tell(MoveFailed(move.call))

    async def _moved(self, move: Fetch | Part) -> bool:
        try:
            sent = (
                self._pbxs.nudge(move.site, move.channel)
                if isinstance(move, Fetch)
                else self._pbxs.part(move.site, move.channel)
            )
            done, why = await sent, "he is in no talk"
        except PbxAway as away:
            done, why = False, str(away)
        if not done:
            _log.warning("not_moved", call=move.call, site=move.site, why=why)
        return done

    async def _beside(self, effect: NudgeLeg | HangUp) -> None:
        try:
            if isinstance(effect, NudgeLeg):
                await self._pbxs.nudge_leg(effect.site, effect.channel)
            else:
                await self._pbxs.hang_up(effect.site, effect.channel, peer=effect.peer, spares=effect.spares)
        except PbxAway as away:
            _log.warning("leg_not_reached", call=effect.call, site=effect.site, why=str(away))

    async def _probe(self, probe: ProbeTrunk) -> None:
        try:
            await self._pbxs.probe(probe.site, probe.peer)
        except PbxAway as away:
            _log.warning("trunk_not_probed", site=probe.site, peer=probe.peer, why=str(away))

    async def _tell_fallback(self, told: TellFallback) -> None:
        try:
            await self._pbxs.tell_orders(told.site, told.orders)
        except PbxAway as away:  # it is told again when it is back
            _log.warning("fallback_not_told", site=told.site, why=str(away))

    async def _look_up(self, wanted: LookUp | LookUpKeyed) -> None:
        budget_s = self.switchboard.configuration.rules.lookup_budget_s
        reply = await looked_up(self._directory, wanted, budget_s)
        self.tell(reply)
        if (held := self._held.get(wanted.call)) is not None:
            held.replied.set()

    def _remember(self, record: CallRecord) -> None:
        self._memory.remember(record)
        if record.ended_at is None:
            return
        _log.info(
            "call",
            call=record.id, outcome=record.outcome, profile=record.profile, entry_site=record.entry_site,
            duty_site=record.duty_site, advisor=record.advisor, path=record.path, waited_s=record.waited_s,
            talked_s=record.talked_s, because=record.because,
        )  # fmt: skip

    async def _stored(self, outcome: StepOutcome) -> None:
        for effect in outcome.effects:
            if isinstance(effect, PresenceChanged):
                await self._memory.store_presence(effect.stored)
            elif isinstance(effect, RememberOrder):
                await self._memory.store_order(effect.order)

    def _beat(self) -> None:
        now = time.monotonic()
        still_s, self._beat_at = now - self._beat_at, now
        if still_s > STALLED_AFTER_S:
            _log.warning("stalled", for_s=round(still_s, 3))
            self._step(Stalled(still_s))
            self._spawn(self._pbxs.resync_all())

    async def _keep_pace(self, call: CallId) -> None:
        second = int(time.monotonic())
        since, count = self._paces.get(call, (second, 0))
        count = count + 1 if since == second else 1
        self._paces[call] = (second, count)
        if count > ASKS_PER_SECOND:
            _log.warning("asks_too_fast", call=call)
            await asyncio.sleep(1.0)

    def _set_timer(self) -> None:
        deadline = self.switchboard.next_deadline()
        if deadline == self._timer_at:
            return
        self._cancel_timer()
        self._timer_at = deadline
        if deadline is not None:
            delay_s = max(0.0, deadline - self._clock.now())
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._deadline_came)

    def _deadline_came(self) -> None:
        self._timer = self._timer_at = None
        try:
            self.tell(Tick())
        except Exception:  # noqa: BLE001 — the boundary of a deadline: the next one must come all the same
            _log.exception("deadline_failed")
            self._set_timer()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = self._timer_at = None

    def _spawn(self, coroutine: Coroutine[Any, Any, object]) -> None:
        self._tasks.create_task(self._guarded(coroutine))

    async def _guarded(self, coroutine: Coroutine[Any, Any, object]) -> None:
        try:
            await coroutine
        except Exception:  # noqa: BLE001 — the boundary of one effect: its failure must not stop the calls
            _log.exception("effect_failed")


def _says_wait(outcome: StepOutcome) -> bool:
    return isinstance(outcome.answer, Answer) and isinstance(outcome.answer.instruction, Wait)
