"""The people of the demo: callers of every kind, and advisors who answer, let it ring, or refuse."""

import asyncio
import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from cti_router.core.configuration import Configuration, EndAction, Plan
from deploy.lab.callers import place_calls
from deploy.lab.carrier import CARRIER_SITE
from deploy.lab.contributors import shared_numbers
from deploy.lab.demo_example import ALONE, NATIONAL_CENTRE
from deploy.lab.phone import Phone, What
from deploy.lab.service import Service

EVERY_S = 3.0
"""The mean time between two callers: 60 of them in the first three minutes."""

MEETING_S = 150.0
"""How long Dieppe is in a meeting at first: meanwhile nobody answers what only rings there."""

RUSH_AFTER_S = 30.0
"""When several call a small PBX at the same moment."""

_PATIENT_S, _IMPATIENT_S = 180.0, 1.5
_SPEAKS_S = 15.0
"""How long the recorded speak, and who answers nationally; the greeting of the voice messages takes some of it."""
_RINGS_S = 25.0
"""Somewhat longer than the example lets a phone ring."""

_T = TypeVar("_T")


class _Mood(Enum):
    ANSWERS = auto()
    LETS_RING = auto()
    REFUSES = auto()


@dataclass(frozen=True, slots=True)
class _Caller:
    """Shows `cli`, dials `number`, and hangs up after `stay_s`; `speaks` where he is recorded."""

    cli: str
    number: int
    stay_s: float = _PATIENT_S
    speaks: bool = False


async def open_the_day(service: Service) -> None:
    """The advisors come, and the service opens."""

    async def is_open() -> bool:
        return (await service.status())["duty"] is not None

    for advisor, who in service.configuration.advisors.items():
        if who.site == ALONE:
            await service.present(advisor, "absent", "meeting")
        else:
            await service.present(advisor, "available")
    await service.until(is_open, "somebody is on duty", within_s=60)


async def open_national_centre(service: Service) -> Phone:
    """The public network, and who answers there when a plan sends callers on to another number."""
    await service.lab.start_carrier({}, [NATIONAL_CENTRE])
    return await service.lab.phone(CARRIER_SITE, str(NATIONAL_CENTRE))


async def go_on(service: Service, national_centre: Phone) -> None:
    """All call and answer, until cancelled."""
    moods = _dealt((_Mood.ANSWERS,) * 14 + (_Mood.LETS_RING, _Mood.REFUSES), random.Random(11))
    async with asyncio.TaskGroup() as people:
        for advisor, who in service.configuration.advisors.items():
            people.create_task(_work(service, advisor, moods, MEETING_S if who.site == ALONE else 0.0))
        people.create_task(_answer_nationally(national_centre))
        people.create_task(_keep_calling(service))
        people.create_task(_call_all_at_once(service))


# ── callers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def call_too_early(service: Service) -> None:
    """As soon as the router takes asks, somebody calls who hears that it is closed."""
    await service.until(service.lives, "the router takes asks", within_s=20)
    async with asyncio.TaskGroup() as calls:
        for contributor, site in zip(service.contributors[-3:], service.configuration.sites, strict=False):
            calls.create_task(_call(service, _Caller(contributor.phones[0], service.number), site))


async def _keep_calling(service: Service) -> None:
    chance = random.Random(7)
    kinds = _dealt(_kinds(service, chance), chance)
    async with asyncio.TaskGroup() as calls:
        for kind in kinds:
            calls.create_task(_call(service, kind(), chance.choice(list(service.configuration.sites))))
            await asyncio.sleep(EVERY_S * chance.uniform(0.5, 1.5))


async def _call_all_at_once(service: Service) -> None:
    """More callers than a small PBX has voice ports."""
    ports, site = min((site.voice_ports or math.inf, site.id) for site in service.configuration.sites.values())
    await asyncio.sleep(RUSH_AFTER_S)
    async with asyncio.TaskGroup() as calls:
        for contributor in service.contributors[: int(ports) + 2]:
            calls.create_task(_call(service, _Caller(contributor.phones[0], service.number), site))


async def _call(service: Service, caller: _Caller, site: str) -> None:
    if caller.speaks:
        phone = await service.lab.caller(caller.cli)
        await phone.call(f"sip:+{caller.number}@{service.lab.pbxs[site].sip}")
        await asyncio.sleep(caller.stay_s)
        await phone.stop()
        return
    await place_calls(
        number=f"+{caller.number}", pbx=service.lab.pbxs[site].sip, source=service.lab.callers, clis=[caller.cli],
        stay_s=caller.stay_s, speaks=True,
    )  # fmt: skip


def _kinds(service: Service, chance: random.Random) -> Sequence[Callable[[], _Caller]]:
    """Each as often as it comes among twenty."""
    phones = [phone for contributor in service.contributors for phone in contributor.phones]
    shared = [f"0{number % 10**9:09}" for number in shared_numbers(service.contributors)]
    own = sorted(set(phones) - set(shared))
    nobodys = sorted({f"026191{rest:04}" for rest in range(10**4)} - set(phones))
    one = service.number

    def known() -> _Caller:
        return _Caller(chance.choice(own), one)

    def of_several_files() -> _Caller:
        return _Caller(chance.choice(shared), one)

    def unknown() -> _Caller:
        return _Caller(chance.choice(nobodys), one)

    def masked() -> _Caller:
        return _Caller("anonymous", one)

    def impatient() -> _Caller:
        return _Caller(chance.choice(own), one, _IMPATIENT_S)

    def wrong_number() -> _Caller:
        return _Caller(chance.choice(own), one + 50)

    def local(number: int, end: Plan) -> Callable[[], _Caller]:
        speaks = end.end_action is EndAction.VOICEMAIL
        stay_s = end.end_after_s + _SPEAKS_S if speaks else _PATIENT_S
        return lambda: _Caller(chance.choice(own), number, stay_s, speaks)

    locals_ = (local(number, plan) for number, plan in _local_numbers(service.configuration))
    return (known,) * 12 + (of_several_files, unknown) * 2 + (masked, impatient, wrong_number, *locals_)


def _local_numbers(configuration: Configuration) -> Iterator[tuple[int, Plan]]:
    """Those that ring at the site in a meeting only, each with its plan."""
    for dnis, number in configuration.numbers.items():
        plan = configuration.plans[number.plan]
        if all(step.reach == (ALONE,) for step in plan.steps):
            yield dnis, plan


# ── advisors ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _work(service: Service, advisor: str, moods: Iterator[_Mood], meets_s: float) -> None:
    """Takes calls after his meeting, and says that he is back whenever one was not answered."""
    chance, phone = random.Random(advisor), service.phones[advisor]
    if meets_s:
        await asyncio.sleep(meets_s)
        await service.present(advisor, "available")
    while True:
        await phone.let_ring()
        await phone.wait_for(What.RINGING, within_s=math.inf)
        match next(moods):
            case _Mood.ANSWERS:
                await phone.answer_after(chance.uniform(1, 4))
            case _Mood.REFUSES:
                await phone.be_busy()
        try:
            await phone.wait_for(What.ANSWERED, within_s=_RINGS_S)
            await asyncio.sleep(chance.uniform(8, 25))
            await phone.hang_up()
        except TimeoutError:
            await service.present(advisor, "available")


async def _answer_nationally(phone: Phone) -> None:
    await phone.answer_after(2)
    while True:
        await phone.wait_for(What.ANSWERED, within_s=math.inf)
        await asyncio.sleep(_SPEAKS_S)
        await phone.hang_up()


def _dealt(cards: Sequence[_T], chance: random.Random) -> Iterator[_T]:
    """One card after the other, shuffled anew when all are dealt: each comes again and again, and soon."""
    while True:
        yield from chance.sample(cards, len(cards))
