"""A caller who is asked something keys the answer on a real telephone."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from deploy.lab.phone import Phone
from tests.acceptance.words import Centre


class Question(NamedTuple):
    """What the newest caller is asked now: the number of the ask that it will end with, and the sound that asks it."""

    ask: int
    sound: str


async def question(centre: Centre) -> Question | None:
    """None while he is asked nothing."""
    pbx, call = centre.service.lab.pbxs["caen"], (await centre.newest_call())["id"]
    channels = [line.split("!")[0] for line in (await pbx.cli("core show channels concise")).splitlines()]
    for shown in [await pbx.cli(f"core show channel {channel}") for channel in channels]:
        if f"CTI_CALL={call}" in shown and "CTI_STATE=collect" in shown and (sound := _value(shown, "CTI_SOUND")):
            return Question(int(_value(shown, "CTI_SEQ")), sound)
    return None


async def asked(centre: Centre, *sounds: str) -> Question:
    """Until he is asked this."""
    found: Question | None = None

    async def holds() -> bool:
        nonlocal found
        found = await question(centre)
        return found is not None and found.sound in sounds

    await centre.service.until(holds, f"the caller is asked {' or '.join(sounds)}")
    assert found is not None
    return found


async def keys(centre: Centre, caller: Phone, answers: Mapping[str, str], holds: Callable[[], Awaitable[bool]]) -> None:
    """To each sound that asks him he keys its answer, until something holds.

    As people do, he keys again when he is asked again: a softphone on a busy machine may lose a key.
    """
    answered = 0

    async def answers_until() -> bool:
        nonlocal answered
        now = await question(centre)
        if now is not None and now.ask > answered and now.sound in answers:
            answered = now.ask
            await caller.send_dtmf(answers[now.sound])
        return await holds()

    await centre.service.until(answers_until, f"{caller.name} has keyed all he is asked", within_s=60)


def _value(shown: str, variable: str) -> str:
    found = re.search(rf"^{variable}=(.*)$", shown, re.MULTILINE)
    return found[1].strip() if found else ""
