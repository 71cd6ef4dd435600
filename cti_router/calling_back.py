"""Callbacks in real time: what is to be committed is committed, and told; advisors' phones are rung."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import structlog

from cti_router.core.callback import (
    AdvisorNotReached,
    AskCallback,
    CallbackAnswer,
    CallbackAsk,
    CallbacksRead,
    CallbackStored,
    CancelCallback,
    Heard,
    RingAdvisor,
    StoreCallback,
    StoredCallback,
)
from cti_router.core.effects import StepOutcome
from cti_router.core.identity import CallId, Instant
from cti_router.core.inputs import Input
from cti_router.core.instructions import Accepted, Refused, Said
from cti_router.core.plans.callback_rules import A_DAY_S
from cti_router.interfaces import CallbackBook, CallbackBookAway, PbxAway, Pbxs

READ_AGAIN_AFTER_S = 2.0
"""Until the database has told who is to be called back, nothing is noted, and it is asked again."""

_log = structlog.get_logger()

_Step: TypeAlias = Callable[[Input], StepOutcome]
_Spawn: TypeAlias = Callable[[Coroutine[Any, Any, Any]], None]


class CallingBack:
    """`step` gives an input to the switchboard, and sees to what comes of it; `spawn` starts a task."""

    def __init__(self, book: CallbackBook, pbxs: Pbxs, step: _Step, spawn: _Spawn) -> None:
        self._book = book
        self._pbxs = pbxs
        self._step = step
        self._spawn = spawn
        self._storing: dict[tuple[CallId, int], asyncio.Future[Said]] = {}

    async def read(self, now: Callable[[], Instant]) -> None:
        """Tell the switchboard what the database has, as soon as it can be asked."""
        while True:
            try:
                rows = await self._book.read(now() - A_DAY_S)
            except CallbackBookAway as away:
                _log.warning("callbacks_not_read", why=str(away))
                await asyncio.sleep(READ_AGAIN_AFTER_S)
            else:
                self._step(CallbacksRead(rows))
                return

    async def request(self, request: AskCallback | CancelCallback) -> tuple[Accepted | Refused, CallId]:
        """A person's request, answered when it is committed; and which callback it is about."""
        outcome = self._step(request)
        said, id_ = outcome.answer, ""
        for effect in outcome.effects:
            if isinstance(effect, StoreCallback):
                id_ = effect.stored.id
                answer = await self._storing[id_, effect.stored.revision]
                said = said or answer
        if not isinstance(said, Accepted | Refused):
            return Refused("the database took too long: nothing is noted"), id_
        return said, id_

    def answer(self, ask: CallbackAsk) -> CallbackAnswer | None:
        """What a leg that was rung for a callback does next."""
        answer = self._step(ask).answer
        return answer if isinstance(answer, CallbackAnswer) else None

    def carry_out(self, effect: StoreCallback | RingAdvisor) -> None:
        if isinstance(effect, RingAdvisor):
            self._spawn(self._ring(effect))
            return
        done = asyncio.get_running_loop().create_future()
        self._storing[effect.stored.id, effect.stored.revision] = done
        self._spawn(self._store(effect.stored, done))

    async def _store(self, stored: StoredCallback, done: asyncio.Future[Said]) -> None:
        said: Said = None
        try:
            failed = not await self._stored(stored)
            said = self._step(CallbackStored(stored.id, stored.revision, failed)).answer
        finally:
            done.set_result(said)
            if self._storing.get((stored.id, stored.revision)) is done:
                del self._storing[stored.id, stored.revision]

    async def _stored(self, stored: StoredCallback) -> bool:
        try:
            await self._book.store(stored)
        except CallbackBookAway as away:
            _log.warning("callback_not_stored", callback=stored.id, why=str(away))
            return False
        return True

    async def _ring(self, ring: RingAdvisor) -> None:
        try:
            await self._pbxs.ring_advisor(ring)
        except PbxAway as away:
            _log.warning("advisor_not_rung", callback=ring.callback, offer=ring.offer, why=str(away))
            self._step(AdvisorNotReached(ring.callback, ring.offer, Heard.UNREACHABLE))
